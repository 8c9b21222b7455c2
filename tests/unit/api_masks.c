/* What is said about a mask is true of its row: its id, how many tokens it
 * has, whether it is the one before, whether it is all there is. */
#include "t.h"

#include <gram.h>
#include <stdbool.h>

static uint32_t popcount(const uint32_t *row, uint32_t words)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++)
        n += (uint32_t)__builtin_popcount(row[i]);
    return n;
}

/* --- along random walks --------------------------------------------------- */

enum { MOST_IDS = 4096 };

typedef struct Walk {
    gram_vocab *v;
    gram_grammar *g;
    uint32_t words;
    uint32_t *before; /* the last mask */
    uint32_t before_id;
    uint32_t *seen[MOST_IDS]; /* the mask of each id, once met */
    int unchanged, unnamed;
} Walk;

static uint32_t pick(const Walk *w, const uint32_t *row, uint64_t *seed)
{
    uint32_t n = gram_vocab_size(w->v), at = (uint32_t)(t_random(seed) % n);
    for (uint32_t i = 0; i < n; i++, at = (at + 1) % n)
        if (row[at >> 5] >> (at & 31) & 1) return at;
    return UINT32_MAX;
}

static uint32_t *copy(const Walk *w, const uint32_t *row)
{
    uint32_t *to = malloc(w->words * sizeof *to);
    if (to != NULL) memcpy(to, row, w->words * sizeof *to);
    return to;
}

static bool same(const Walk *w, const uint32_t *a, const uint32_t *b)
{
    return a && b && memcmp(a, b, w->words * sizeof *a) == 0;
}

/* Is what is said of the row true? */
static void check_facts(Walk *w, gram_matcher *m, const uint32_t *row,
                        uint32_t id)
{
    uint32_t count, facts = gram_matcher_mask_facts(m, &count);
    T_EQ(count, popcount(row, w->words));
    T_EQ((facts & GRAM_MASK_ALL) != 0, count == gram_vocab_size(w->v));
    if (facts & GRAM_MASK_UNCHANGED) {
        w->unchanged++;
        T(id != 0 && same(w, row, w->before));
    } else if (id != 0 && w->before_id != 0) {
        T(!same(w, row, w->before));
    }
    w->unnamed += id == 0;
    if (id == 0 || id >= MOST_IDS) return;
    if (w->seen[id] == NULL) w->seen[id] = copy(w, row);
    T_OK(same(w, row, w->seen[id]), "mask %u is not what it was", id);
}

static void step(Walk *w, gram_matcher *m, uint64_t *seed)
{
    const uint32_t *row;
    uint32_t id;
    T(gram_matcher_mask_view(m, &row, &id) == GRAM_OK);
    if (w->before == NULL)
        T_EQ(gram_matcher_mask_facts(m, NULL) & GRAM_MASK_UNCHANGED, 0);
    else
        check_facts(w, m, row, id);
    free(w->before);
    w->before = copy(w, row);
    w->before_id = id;
    uint32_t token = pick(w, row, seed);
    if (token == UINT32_MAX || gram_matcher_accept(m, token) != GRAM_OK ||
        gram_matcher_is_terminated(m))
        gram_matcher_reset(m);
    else if (t_random(seed) % 5 == 0)
        gram_matcher_rollback(m, 1);
}

static void walks(gram_vocab *v, const char *schema, int steps, uint64_t *seed)
{
    Walk *w = calloc(1, sizeof *w);
    *w = (Walk){.v = v, .words = gram_vocab_mask_words(v)};
    T(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema), NULL,
                       &w->g, NULL) == GRAM_OK);
    for (int i = 0; i < 2; i++) {
        gram_matcher *m;
        T(gram_matcher_new(w->g, &m, NULL) == GRAM_OK);
        for (int k = 0; k < steps; k++) step(w, m, seed);
        gram_matcher_free(m);
        free(w->before);
        w->before = NULL;
    }
    T_OK(w->unchanged > 0, "%s: every mask is new", schema);
    printf("%s: %d unchanged, %d unnamed\n", schema, w->unchanged, w->unnamed);
    for (int i = 0; i < MOST_IDS; i++) free(w->seen[i]);
    gram_grammar_free(w->g);
    free(w);
}

/* --- edges ---------------------------------------------------------------- */

static void all_tokens(void)
{
    static const gram_token t[] = {
        {"a", 1, 0}, {"b", 1, 0}, {"ab", 2, 0}, {"<end>", 5, 3}};
    uint32_t end = 3, count, row[1];
    gram_vocab_options o = {.size = sizeof o, .end_ids = &end, .n_end_ids = 1};
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m, *fork;
    T(gram_vocab_new(t, 4, &o, &v, NULL) == GRAM_OK);
    T(gram_grammar_new(v, GRAM_KIND_REGEX, "([ab]*a)?", 9, NULL, &g, NULL) ==
      GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    T_EQ(gram_matcher_mask_facts(m, &count), 0);
    T_EQ(count, 0);
    T(gram_matcher_mask(m, row, 1) == GRAM_OK && row[0] == 15);
    T_EQ(gram_matcher_mask_facts(m, &count), GRAM_MASK_ALL);
    T_EQ(count, 4);
    T(gram_matcher_accept(m, 2) == GRAM_OK); /* ab: may not end here */
    T_EQ(gram_matcher_mask_facts(m, NULL), GRAM_MASK_ALL); /* the last one */
    T(gram_matcher_mask(m, row, 1) == GRAM_OK && row[0] == 7);
    T_EQ(gram_matcher_mask_facts(m, &count), 0);
    T_EQ(count, 3);
    T(gram_matcher_mask(m, row, 1) == GRAM_OK);
    T_EQ(gram_matcher_mask_facts(m, NULL), GRAM_MASK_UNCHANGED);
    T(gram_matcher_fork(m, &fork) == GRAM_OK);
    T_EQ(gram_matcher_mask_facts(fork, NULL), 0);
    T(gram_matcher_mask(fork, row, 1) == GRAM_OK);
    T_EQ(gram_matcher_mask_facts(fork, NULL), 0);
    T(gram_matcher_accept(m, 0) == GRAM_OK);
    T(gram_matcher_accept(m, 3) == GRAM_OK);
    T(gram_matcher_mask(m, row, 1) == GRAM_E_STATE);
    T_EQ(gram_matcher_mask_facts(m, &count), 0);
    T_EQ(gram_matcher_mask_facts(NULL, &count), 0);
    gram_matcher_free(fork);
    gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
}

/* --- widths --------------------------------------------------------------- */

static bool bit(const uint32_t *row, uint32_t words, uint32_t t)
{
    return t >> 5 < words && (row[t >> 5] >> (t & 31) & 1);
}

/* The narrow (or wide) matcher's mask is the other's as far as both go, has
 * nothing beyond, and is what accept does about the border. */
static void same_masks(gram_matcher *narrow, gram_matcher *all, uint32_t width,
                       uint32_t n)
{
    const uint32_t *a, *b;
    uint32_t words = (width + 31) / 32, wrong = 0, count = 0, said;
    T(gram_matcher_mask_view(narrow, &a, NULL) == GRAM_OK);
    uint32_t facts = gram_matcher_mask_facts(narrow, &said);
    T(gram_matcher_mask_view(all, &b, NULL) == GRAM_OK);
    for (uint32_t t = 0; t < 32 * words; t++) {
        wrong += bit(a, words, t) != (t < width && t < n && bit(b, n, t));
        count += bit(a, words, t);
    }
    T_OK(wrong == 0, "width %u: %u bits are wrong", width, wrong);
    T_EQ(said, count);
    T_EQ((facts & GRAM_MASK_ALL) != 0, count == width);
    for (uint32_t t = width > 40 ? width - 40 : 0; t < width + 40; t++)
        T_EQ(gram_matcher_check(narrow, t) == GRAM_OK, bit(a, words, t));
}

/* Models are wider than their tokenizers, mostly; a caller may also say less
 * than there are tokens. */
static void width_is(gram_vocab *v, uint32_t width)
{
    static const char schema[] =
        "{\"additionalProperties\":{\"type\":[\"array\",\"string\"]}}";
    static const char text[] = "{\"a b\": [1, \"c\\n\"], \"d\": \"e";
    gram_vocab_options o = {.size = sizeof o, .width = width};
    gram_vocab *narrow;
    gram_grammar *g[2];
    gram_matcher *m[2];
    T(gram_vocab_default(&o, &narrow, NULL) == GRAM_OK);
    T_EQ(gram_vocab_mask_words(narrow), (width + 31) / 32);
    for (int i = 0; i < 2; i++) {
        T(gram_grammar_new(i ? v : narrow, GRAM_KIND_JSON_SCHEMA, schema,
                           sizeof schema - 1, NULL, &g[i], NULL) == GRAM_OK);
        T(gram_matcher_new(g[i], &m[i], NULL) == GRAM_OK);
    }
    for (size_t at = 0; at < sizeof text; at++) {
        same_masks(m[0], m[1], width, gram_vocab_size(v));
        for (int i = 0; i < 2 && text[at] != 0; i++)
            T(gram_matcher_accept_bytes(m[i], text + at, 1, NULL) == GRAM_OK);
    }
    for (int i = 0; i < 2; i++) {
        gram_matcher_free(m[i]);
        gram_grammar_free(g[i]);
    }
    gram_vocab_free(narrow);
}

/* The first tokens are the bytes: with `!` alone nothing is spelled. */
static void too_narrow(void)
{
    gram_vocab_options o = {.size = sizeof o, .width = 1};
    gram_vocab *v;
    gram_grammar *g = NULL;
    gram_error e;
    T(gram_vocab_default(&o, &v, NULL) == GRAM_OK);
    T_EQ(gram_grammar_json(v, NULL, &g, &e), GRAM_E_EMPTY);
    T(strstr(e.message, "vocabulary") != NULL);
    gram_vocab_free(v);
}

static void widths(gram_vocab *v)
{
    static const uint32_t less[] = {256, 287, 288, 289, 1000, 20000};
    uint32_t n = gram_vocab_size(v);
    for (size_t i = 0; i < sizeof less / sizeof *less; i++)
        width_is(v, less[i]);
    width_is(v, n - 1);
    width_is(v, n);
    width_is(v, n + 100);
    too_narrow();
}

/* NULL is an empty vocabulary. */
static void test_no_vocab(void)
{
    uint8_t tokens[32], kinds[32], zeros[32] = {0};
    size_t n = 1;
    memset(tokens, 1, sizeof tokens);
    memset(kinds, 1, sizeof kinds);
    gram_vocab_digest(NULL, tokens, kinds);
    T(memcmp(tokens, zeros, 32) == 0 && memcmp(kinds, zeros, 32) == 0);
    T(gram_vocab_pack(NULL, &n) == NULL && n == 0);
    T(gram_vocab_size(NULL) == 0 && gram_vocab_fingerprint(NULL) == 0);
}

/* One digest alone is the same as of both. */
static void test_one_digest(const gram_vocab *v)
{
    uint8_t both[2][32], alone[2][32];
    gram_vocab_digest(v, both[0], both[1]);
    gram_vocab_digest(v, alone[0], NULL);
    gram_vocab_digest(v, NULL, alone[1]);
    gram_vocab_digest(v, NULL, NULL);
    T(memcmp(both, alone, sizeof both) == 0);
}

/* A wrong argument is the matcher's last error too, and changes nothing. */
static void test_misuse(gram_vocab *v)
{
    size_t words = gram_vocab_mask_words(v), at = 7;
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    T(gram_grammar_json(v, NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    uint32_t *mask = calloc(words, sizeof *mask);
    const gram_error *e = gram_matcher_error(m);
    for (int i = 0; i < 5; i++) {
        gram_status s = i == 0   ? gram_matcher_mask(m, mask, words - 1)
                        : i == 1 ? gram_matcher_mask_view(m, NULL, NULL)
                        : i == 2 ? gram_matcher_mask_budget(m, 9, NULL, words)
                        : i == 3 ? gram_matcher_accept_bytes(m, NULL, 3, &at)
                                 : gram_matcher_completion_bound(m, NULL);
        T_OK(s == GRAM_E_ARGUMENT && e->code == s && e->message[0] != 0 &&
                 e->line == 0,
             "misuse %d: %d, and the error says %d", i, s, e->code);
        T(gram_matcher_mask(m, mask, words) == GRAM_OK && e->code == GRAM_OK);
    }
    /* what is refused has a place in the bytes */
    T(gram_matcher_accept_bytes(m, "[1,\n 2,,", 8, &at) == GRAM_E_REFUSED);
    T(at == 7 && e->offset == 7 && e->line == 2 && e->column == 4);
    free(mask);
    gram_matcher_free(m);
    gram_grammar_free(g);
}

static uint32_t token_of(const gram_vocab *v, const char *text)
{
    uint32_t n = gram_vocab_size(v);
    for (uint32_t i = 0; i < n; i++) {
        size_t len;
        const char *bytes = gram_vocab_token(v, i, &len);
        if (bytes && len == strlen(text) && memcmp(bytes, text, len) == 0)
            return i;
    }
    T_OK(false, "no token %s", text);
    return 0;
}

/* An error is that of the last call, also where that went a way that is known
 * and had nothing to do: a mask that has a row, a token that was taken there
 * before. */
static void test_error_ends(gram_vocab *v)
{
    const uint32_t *row, open = token_of(v, "["), close = token_of(v, "]");
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    T(gram_grammar_json(v, NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    const gram_error *e = gram_matcher_error(m);
    for (int i = 0; i < 300; i++) {
        gram_matcher_reset(m);
        T(gram_matcher_accept(m, close) == GRAM_E_REFUSED);
        T(e->code == GRAM_E_REFUSED);
        T(gram_matcher_accept(m, open) == GRAM_OK && e->code == GRAM_OK);
        T(gram_matcher_mask_view(m, NULL, NULL) == GRAM_E_ARGUMENT);
        T(e->code == GRAM_E_ARGUMENT);
        T(gram_matcher_mask_view(m, &row, NULL) == GRAM_OK);
        T(e->code == GRAM_OK);
        T(gram_matcher_rollback(m, 2) == GRAM_E_ARGUMENT);
        T(e->code == GRAM_E_ARGUMENT);
        T(gram_matcher_check(m, open) != GRAM_E_ARGUMENT);
        T(e->code == GRAM_OK);
        T(gram_matcher_mask_view(m, NULL, NULL) == GRAM_E_ARGUMENT);
        T(gram_matcher_accept(m, open) == GRAM_OK && e->code == GRAM_OK);
    }
    gram_matcher_free(m);
    gram_grammar_free(g);
}

int main(void)
{
    uint64_t seed = t_seed();
    gram_vocab *v;
    all_tokens();
    test_no_vocab();
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    test_one_digest(v);
    test_misuse(v);
    test_error_ends(v);
    widths(v);
    walks(v, "{}", 400, &seed);
    walks(v,
          "{\"properties\":{\"a\":{\"maxLength\":9},\"ab\":{},\"b\":{\"type\":"
          "\"integer\"}},\"additionalProperties\":false,\"type\":\"object\"}",
          400, &seed);
    walks(v, "{\"type\":\"array\",\"uniqueItems\":true}", 200, &seed);
    walks(v, "{\"type\":\"string\",\"pattern\":\"^[a-z]{3,50}$\"}", 300, &seed);
    gram_vocab_free(v);
    return t_done();
}
