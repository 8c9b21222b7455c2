/* Tokens of digits, and what may follow a number: with a vocabulary that has
 * digits in all kinds of company, every mask along random walks has exactly
 * the tokens that can be accepted. */
#include "t.h"

#include <gram.h>
#include <stdbool.h>

enum { TOKENS = 2048, LENGTH = 12, WALKS = 12, STEPS = 30 };

static const struct {
    gram_kind kind;
    const char *text;
} source[] = {
    {GRAM_KIND_JSON_SCHEMA, "{\"type\":[\"number\",\"array\",\"boolean\"]}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"maxItems\":3}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":2,\"items\":{"
     "\"type\":\"number\",\"minimum\":11,\"maximum\":1250}}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"additionalProperties\":{\"type\":\"number\",\"multipleOf\":0.5},"
     "\"type\":\"object\",\"minProperties\":1}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"properties\":{\"1\":{\"type\":\"integer\"},\"2\":{\"type\":\"array\","
     "\"items\":{\"type\":\"number\"}}},\"type\":\"object\",\"required\":["
     "\"1\"],\"additionalProperties\":false}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"string\",\"pattern\":\"^[0-9]{1,6}(\\\\.[0-9]+)?x?$\"}"},
    {GRAM_KIND_REGEX, "[1-9][0-9]{0,4}(,[0-9]{3})*"},
    {GRAM_KIND_GBNF,
     "root ::= n ([,+] n)*\nn ::= [0-9]+ (\".\" [0-9]+)? | \"(\" root \")\"\n"},
};
enum { N_SOURCES = sizeof source / sizeof *source };

/* --- the vocabulary ------------------------------------------------------- */

typedef struct Words {
    gram_token token[TOKENS];
    char text[TOKENS][LENGTH];
    uint32_t n;
} Words;

static void add(Words *w, const char *text)
{
    size_t len = strlen(text);
    if (w->n == TOKENS || len == 0 || len >= LENGTH) return;
    memcpy(w->text[w->n], text, len + 1);
    w->token[w->n] =
        (gram_token){w->text[w->n], (uint32_t)len, GRAM_TOKEN_NORMAL};
    w->n++;
}

/* Single bytes, numbers of one to five digits (some missing, some twice),
 * and such with other text around them. */
static gram_vocab *make_vocab(Words *w, uint64_t *seed)
{
    static const char *const around[] = {
        ",",   "}",   "]",   " ", ".",  "e", ", ", "],[", ".5",
        "e+1", "\":", "\"}", "x", "\n", "-", "},", "e1",  ",\""};
    enum { N_AROUND = sizeof around / sizeof *around };
    char text[2 * LENGTH];
    for (char c = 1; c != 127; c++) add(w, (char[]){c, 0});
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, i % 3 ? "%u" : "%03u", i);
        if (t_random(seed) % 8 != 0) add(w, text);
        if (t_random(seed) % 32 == 0) add(w, text);
    }
    for (uint32_t i = 0; i < N_AROUND; i++) add(w, around[i]);
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t n = (uint32_t)(t_random(seed) % 100000);
        uint32_t least = t_random(seed) % 2 ? 10 : 100000;
        snprintf(text, sizeof text, "%s%u%s",
                 t_random(seed) % 4 ? "" : around[t_random(seed) % N_AROUND],
                 n % least, around[t_random(seed) % N_AROUND]);
        add(w, text);
    }
    uint32_t end = w->n;
    gram_vocab *v = NULL;
    gram_vocab_options o = {.size = sizeof o, .end_ids = &end, .n_end_ids = 1};
    add(w, "<end>");
    w->token[end].kind = GRAM_TOKEN_SPECIAL;
    T(gram_vocab_new(w->token, w->n, &o, &v, NULL) == GRAM_OK);
    return v;
}

/* --- walks ---------------------------------------------------------------- */

static bool is_right(const Words *w, gram_matcher *m, const uint32_t *row,
                     const char *source_text)
{
    for (uint32_t t = 0; t < w->n; t++) {
        bool bit = row[t >> 5] >> (t & 31) & 1;
        if ((gram_matcher_check(m, t) == GRAM_OK) == bit) continue;
        T_OK(0, "`%s` is %s: %s", w->text[t], bit ? "set" : "missing",
             source_text);
        return false;
    }
    return true;
}

/* A token of the row, one of digits more often than not. */
static uint32_t choose(const Words *w, const uint32_t *row, uint64_t *seed)
{
    uint32_t at = UINT32_MAX;
    for (uint32_t i = 0; i < 4 * w->n; i++) {
        uint32_t t = (uint32_t)(t_random(seed) % (w->n - 1));
        if (!(row[t >> 5] >> (t & 31) & 1)) continue;
        at = t;
        char c = w->text[t][0];
        if ((c != ' ' && c != '\n' && c != '\t' && c != '\r') || i % 4 == 0)
            break;
    }
    return at;
}

static void walk(const Words *w, gram_grammar *g, const char *text,
                 uint64_t *seed)
{
    gram_matcher *m;
    const uint32_t *row;
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    for (int i = 0; i < STEPS; i++) {
        bool got = gram_matcher_mask_view(m, &row, NULL) == GRAM_OK;
        T_OK(got, "no mask: %s", text);
        if (!got || !is_right(w, m, row, text)) break;
        t_passed++;
        uint32_t t = choose(w, row, seed);
        if (t == UINT32_MAX || gram_matcher_accept(m, t) != GRAM_OK) break;
    }
    gram_matcher_free(m);
}

int main(void)
{
    uint64_t seed = t_seed();
    Words *w = calloc(1, sizeof *w);
    gram_vocab *v = w != NULL ? make_vocab(w, &seed) : NULL;
    for (int i = 0; i < N_SOURCES && v != NULL; i++) {
        gram_grammar *g;
        T(gram_grammar_new(v, source[i].kind, source[i].text,
                           strlen(source[i].text), NULL, &g, NULL) == GRAM_OK);
        for (int k = 0; k < WALKS; k++) walk(w, g, source[i].text, &seed);
        gram_grammar_free(g);
    }
    gram_vocab_free(v);
    free(w);
    return t_done();
}
