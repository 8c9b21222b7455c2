/* Masks do not depend on which number a token has: the same tokens in another
 * order give the same sets, along random walks. */
#include "t.h"

#include <gram.h>
#include <stdbool.h>

enum { ORDERS = 2, STEPS = 60 };

static const struct {
    gram_kind kind;
    const char *text;
} source[] = {
    {GRAM_KIND_JSON_SCHEMA, "{}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
     "\"maxLength\":12},\"na\":{\"enum\":[\"x\",\"xy\",3]},\"n\":{\"type\":"
     "\"integer\",\"minimum\":17}},\"required\":[\"n\"]}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":"
     "\"^[a-zA-Z ]{2,40}$\"},\"uniqueItems\":true}"},
    {GRAM_KIND_JSON_SCHEMA, "{\"type\":\"string\",\"format\":\"uri\"}"},
    {GRAM_KIND_GBNF, "root ::= [a-z]+ (\" \" root)? | \"(\" root \")\"\n"},
    {GRAM_KIND_REGEX, "(\\w{1,9}[,;] )*end\\.?"},
};

typedef struct World {
    gram_vocab *v[1 + ORDERS];
    uint32_t *at[1 + ORDERS]; /* token i of the first is at[i] here */
    uint32_t n;
} World;

static gram_vocab *copy(const gram_vocab *v, const uint32_t *at)
{
    uint32_t n = gram_vocab_size(v);
    gram_token *t = calloc(n, sizeof *t);
    size_t n_ends, len;
    const uint32_t *ends = gram_vocab_end_ids(v, &n_ends);
    uint32_t end = n_ends > 0 ? at[ends[0]] : 0;
    gram_vocab_options o = {
        .size = sizeof o, .end_ids = &end, .n_end_ids = n_ends > 0};
    gram_vocab *made = NULL;
    for (uint32_t i = 0; i < n && t != NULL; i++) {
        t[at[i]].bytes = gram_vocab_token(v, i, &len);
        t[at[i]].len = (uint32_t)len;
        t[at[i]].kind = gram_vocab_kind(v, i);
    }
    T(t != NULL && gram_vocab_new(t, n, &o, &made, NULL) == GRAM_OK);
    free(t);
    return made;
}

static void start(World *w, uint64_t *seed)
{
    gram_vocab *v;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    w->n = gram_vocab_size(v);
    for (int k = 0; k <= ORDERS; k++) {
        w->at[k] = malloc(w->n * sizeof(uint32_t));
        for (uint32_t i = 0; i < w->n; i++) w->at[k][i] = i;
        for (uint32_t i = w->n - 1; i > 0 && k > 0; i--) {
            uint32_t j = (uint32_t)(t_random(seed) % (i + 1));
            uint32_t x = w->at[k][i];
            w->at[k][i] = w->at[k][j];
            w->at[k][j] = x;
        }
        w->v[k] = copy(v, w->at[k]);
    }
    gram_vocab_free(v);
}

static bool has(const uint32_t *row, uint32_t i)
{
    return row[i >> 5] >> (i & 31) & 1;
}

static bool same(const World *w, int k, const uint32_t *a, const uint32_t *b)
{
    for (uint32_t i = 0; i < w->n; i++)
        if (has(a, i) != has(b, w->at[k][i])) return false;
    return true;
}

static uint32_t pick(const World *w, const uint32_t *row, uint64_t *seed)
{
    uint32_t at = (uint32_t)(t_random(seed) % w->n);
    for (uint32_t i = 0; i < w->n; i++, at = (at + 1) % w->n)
        if (has(row, at)) return at;
    return UINT32_MAX;
}

/* One step of all; false where they differ. */
static bool step(const World *w, gram_matcher **m, uint64_t *seed)
{
    const uint32_t *row[1 + ORDERS];
    bool ok = true;
    for (int k = 0; k <= ORDERS && ok; k++)
        ok = gram_matcher_mask_view(m[k], &row[k], NULL) == GRAM_OK &&
             same(w, k, row[0], row[k]);
    uint32_t token = ok ? pick(w, row[0], seed) : UINT32_MAX;
    for (int k = 0; k <= ORDERS && ok; k++) {
        ok = token == UINT32_MAX ||
             gram_matcher_accept(m[k], w->at[k][token]) == GRAM_OK;
        if (token == UINT32_MAX || gram_matcher_is_terminated(m[k]))
            gram_matcher_reset(m[k]);
    }
    return ok;
}

static void walk(const World *w, size_t i, uint64_t *seed)
{
    gram_grammar *g[1 + ORDERS];
    gram_matcher *m[1 + ORDERS];
    bool ok = true;
    for (int k = 0; k <= ORDERS; k++) {
        T(gram_grammar_new(w->v[k], source[i].kind, source[i].text,
                           strlen(source[i].text), NULL, &g[k],
                           NULL) == GRAM_OK);
        T(gram_matcher_new(g[k], &m[k], NULL) == GRAM_OK);
    }
    for (int s = 0; s < STEPS && ok; s++) ok = step(w, m, seed);
    T_OK(ok, "%s: another order of tokens, another mask", source[i].text);
    for (int k = 0; k <= ORDERS; k++) {
        gram_matcher_free(m[k]);
        gram_grammar_free(g[k]);
    }
}

int main(void)
{
    uint64_t seed = t_seed();
    World w;
    start(&w, &seed);
    for (size_t i = 0; i < sizeof source / sizeof *source; i++)
        walk(&w, i, &seed);
    for (int k = 0; k <= ORDERS; k++) {
        gram_vocab_free(w.v[k]);
        free(w.at[k]);
    }
    return t_done();
}
