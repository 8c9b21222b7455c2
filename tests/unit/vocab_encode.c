/* Byte pairs against the textbook loop on random vocabularies and texts;
 * greedy encoding; the default vocabulary; long runs; decode(encode). */
#include "../t.h"
#include "vocab/vocab.h"

/* The ids as a whole text are p[0..n). */
static bool comes_back(const GrVocab *v, const uint32_t *ids, size_t n,
                       const char *p, size_t len)
{
    char *back = malloc(len + 1);
    size_t got;
    bool same = gr_decode(v, ids, n, 0, back, len, &got, NULL) == GRAM_OK &&
                got == len && memcmp(back, p, len) == 0;
    free(back);
    return same;
}

/* Merge the best pair by rank = id, the leftmost of equals, until there is
 * none: quadratic and obviously right. */
static uint32_t naive(const GrVocab *v, const char *p, uint32_t n,
                      uint32_t *ids)
{
    uint32_t at[300], parts = n;
    for (uint32_t i = 0; i <= n; i++) at[i] = i;
    for (;;) {
        uint32_t best = UINT32_MAX, where = 0;
        for (uint32_t i = 0; i + 1 < parts; i++) {
            uint32_t id = gr_vocab_find(v, p + at[i], at[i + 2] - at[i]);
            if (id < best) {
                best = id;
                where = i;
            }
        }
        if (best == UINT32_MAX) break;
        memmove(at + where + 1, at + where + 2,
                (parts - where - 1) * sizeof *at);
        parts--;
    }
    for (uint32_t i = 0; i < parts; i++)
        ids[i] = gr_vocab_find(v, p + at[i], at[i + 1] - at[i]);
    return parts;
}

/* Letters first, then random concatenations of two tokens before them. */
static GrVocab *random_vocab(uint64_t *seed, const char *pattern)
{
    static char text[40][64];
    GrToken t[40];
    GrVocab *v = NULL;
    uint32_t n = 4;
    for (uint32_t i = 0; i < 4; i++) {
        text[i][0] = "ab c"[i];
        t[i] = (GrToken){text[i], 1, 0};
    }
    while (n < 40) {
        const GrToken *l = &t[t_random(seed) % n], *r = &t[t_random(seed) % n];
        if (l->len + r->len > 60) continue;
        memcpy(text[n], l->bytes, l->len);
        memcpy(text[n] + l->len, r->bytes, r->len);
        t[n] = (GrToken){text[n], l->len + r->len, 0};
        n++;
    }
    T_EQ(gr_vocab_from_tokens(NULL, t, n, pattern, NULL, &v), GRAM_OK);
    return v;
}

static void test_ranks(uint64_t *seed)
{
    for (int round = 0; round < 200; round++) {
        /* one piece a text, so that the pattern does not interfere */
        GrVocab *v = random_vocab(seed, "(?s).+");
        GrEncoder *e;
        T_EQ(gr_encoder_new(v, 0, NULL, &e), GRAM_OK);
        for (int k = 0; k < 20; k++) {
            char text[200];
            uint32_t n = 1 + (uint32_t)(t_random(seed) % 199), want[300];
            const uint32_t *ids;
            size_t got;
            for (uint32_t i = 0; i < n; i++)
                text[i] = "aaab c"[t_random(seed) % 6];
            T_EQ(gr_encode(e, text, n, NULL, &ids, &got), GRAM_OK);
            uint32_t whole = gr_vocab_find(v, text, n);
            uint32_t m = naive(v, text, n, want);
            if (whole != UINT32_MAX) {
                m = 1;
                want[0] = whole;
            }
            T(got == m && !memcmp(ids, want, m * sizeof *want));
            T(comes_back(v, want, m, text, n));
        }
        gr_encoder_free(e);
        gr_vocab_free(v);
    }
}

static void test_greedy(void)
{
    const GrToken t[] = {
        {"a", 1, 0}, {"ab", 2, 0}, {"abc", 3, 0}, {"<u>", 3, 4}};
    GrVocab *v;
    GrEncoder *e;
    const uint32_t *ids;
    size_t n;
    gram_error error;
    T_EQ(gr_vocab_from_tokens(NULL, t, 4, NULL, NULL, &v), GRAM_OK);
    T(!gr_vocab_has_encoder(v));
    T_EQ(gr_encoder_new(v, 0, NULL, &e), GRAM_OK);
    T_EQ(gr_encode(e, "abcabxa", 7, NULL, &ids, &n), GRAM_OK);
    T(n == 4 && ids[0] == 2 && ids[1] == 1 && ids[2] == 3 && ids[3] == 0);
    T_EQ(gr_encode(e, "", 0, NULL, &ids, &n), GRAM_OK);
    T_EQ(n, 0);
    const uint32_t bad[] = {0, 4};
    char back[8];
    T_EQ(gr_decode(v, bad, 2, 0, back, 8, &n, &error), GRAM_E_ARGUMENT);
    T(error.offset == 1 && error.line == 0 && error.column == 0);
    gr_encoder_free(e);
    gr_vocab_free(v);
    T_EQ(gr_vocab_from_tokens(NULL, t, 3, NULL, NULL, &v), GRAM_OK);
    T_EQ(gr_encoder_new(v, 0, NULL, &e), GRAM_OK);
    T_EQ(gr_encode(e, "x", 1, &error, &ids, &n), GRAM_E_VOCAB);
    gr_encoder_free(e);
    gr_vocab_free(v);
}

static void test_patterns(void)
{
    static const char *const bad[] = {"(",         "[a",        "a{99999999}",
                                      "(?<n",      "[a[^b]]",   "[a-[b]]",
                                      "[a[b-]]",   "[a&&b]",    "[a&&[b",
                                      "[a&&[b]c]", "[^a&&[b]]", "[a&&[b]&&[c]]",
                                      "[a[",       "[[:a",      "[\\",
                                      "[a&",       "[^"};
    const GrToken t[] = {{"a", 1, 0}};
    gram_error error;
    GrVocab *v;
    GrEncoder *e;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        T_EQ(gr_vocab_from_tokens(NULL, t, 1, bad[i], &error, &v), GRAM_OK);
        T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_E_UNSUPPORTED);
        T_EQ(gr_encoder_new(v, GR_ENCODER_GREEDY, &error, &e), GRAM_OK);
        gr_encoder_free(e);
        gr_vocab_free(v);
    }
    /* a pattern that backtracks for ever ends at a limit */
    T_EQ(gr_vocab_from_tokens(NULL, t, 1, "(a|aa|aaa)+$", &error, &v), GRAM_OK);
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
    char text[60];
    memset(text, 'a', sizeof text);
    text[59] = 'b';
    const uint32_t *ids;
    size_t n;
    gram_status s = gr_encode(e, text, sizeof text, &error, &ids, &n);
    T_OK(s == GRAM_E_LIMIT, "status %d", s);
    gr_encoder_free(e);
    gr_vocab_free(v);
}

/* A class joined or cut with another, as Rust and Oniguruma have it: letters
 * but no a; a bracket that is quoted, first or of a named class opens none. */
static void test_classes(void)
{
    static const struct {
        const char *pattern;
        uint32_t n;
    } cases[] = {{"[a-z&&[^a]]+|a", 3},
                 {"[a-z&&[a]]+|b+", 2},
                 {"[[:alpha:]&&[b]]+|a", 3},
                 {"[[:alpha:]]+", 1},
                 {"[\\[a-z\\]]+", 1},
                 {"[]a-z]+", 1},
                 {"[^]&]+", 1},
                 {"[a&b]+", 1},
                 {"[x[ab]]+", 1},
                 {"[[ab]x]+", 1},
                 {"[^x[y\\]b]]+|b", 3},
                 {"[x[[:alpha:]]]+", 1},
                 {"[(|[.,b]z[a])]+", 1}};
    const GrToken t[] = {
        {"a", 1, 0}, {"b", 1, 0}, {"aa", 2, 0}, {"bb", 2, 0}, {"aabb", 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GrVocab *v;
        GrEncoder *e = NULL;
        const uint32_t *ids;
        size_t n = 0;
        gram_error error = {0};
        T_EQ(gr_vocab_from_tokens(NULL, t, 5, cases[i].pattern, &error, &v),
             GRAM_OK);
        T_OK(gr_encoder_new(v, 0, &error, &e) == GRAM_OK, "%s: %s",
             cases[i].pattern, error.message);
        if (e) gr_encode(e, "aabb", 4, &error, &ids, &n);
        T_OK(n == cases[i].n, "%s: %zu ids", cases[i].pattern, n);
        gr_encoder_free(e);
        gr_vocab_free(v);
    }
}

/* Keys are what tokens add, or, where that is something else, all stated: the
 * ids are the same.  "## b" is the rest of a word that looks like a word. */
static void test_wordpiece(void)
{
    static const char *const rests[] = {
        "}}", "}},\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\"}",
        ("}},\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\","
         "\"cleanup\":false}"),
        ",\"## b\":7}},\"decoder\":{\"type\":\"WordPiece\"}"};
    static const struct {
        const char *text;
        uint32_t ids[4], n;
    } cases[] = {{"abc.", {1, 3, 5}, 3}, {"abb", {1, 2, 2}, 3}, {".", {4}, 1},
                 {"[UNK]", {0}, 1},      {"<s>", {6}, 1},       {"bc", {0}, 1}};
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        char file[500];
        GrVocab *v = NULL;
        GrEncoder *e;
        gram_error error = {0};
        int len = snprintf(
            file, sizeof file,
            "{\"added_tokens\":[{\"id\":6,\"content\":\"<s>\",\"special\":"
            "true}],\"model\":{\"type\":\"WordPiece\",\"unk_token\":"
            "\"[UNK]\",\"vocab\":{\"[UNK]\":0,\"a\":1,\"##b\":2,\"##bc\":3,"
            "\".\":4,\"##.\":5,\"<s>\":6%s}",
            rests[i]);
        T_EQ(gr_vocab_from_memory(NULL, file, (size_t)len, &error, &v),
             GRAM_OK);
        T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            const uint32_t *ids;
            size_t n = 0;
            const char *p = cases[k].text;
            T_EQ(gr_encode(e, p, strlen(p), &error, &ids, &n), GRAM_OK);
            T_OK(n == cases[k].n && !memcmp(ids, cases[k].ids, n * sizeof *ids),
                 "%s, file %zu: %zu ids, first %u", p, i, n, n ? ids[0] : 0);
        }
        gr_encoder_free(e);
        gr_vocab_free(v);
    }
}

/* The usual pattern goes back over all of a run of spaces; the limit on its
 * work grows with the text. */
static void test_spaces(void)
{
    static const char pattern[] = " ?\\S+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    const GrToken t[] = {{" ", 1, 0}, {"  ", 2, 0}};
    enum { LEN = 11000000 };
    GrVocab *v;
    GrEncoder *e;
    const uint32_t *ids;
    size_t n = 0;
    gram_error error = {0};
    char *text = malloc(LEN);
    memset(text, ' ', LEN);
    T_EQ(gr_vocab_from_tokens(NULL, t, 2, pattern, &error, &v), GRAM_OK);
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
    gram_status s = gr_encode(e, text, LEN, &error, &ids, &n);
    T_OK(s == GRAM_OK && n == LEN / 2, "%zu ids: %s", n, error.message);
    gr_encoder_free(e);
    gr_vocab_free(v);
    free(text);
}

static void test_default(void)
{
    static const char text[] =
        "{\"name\": \"caf\xC3\xA9\", \"list\": [1, 2.5e3, null]}\n\tif (x)";
    gram_error error = {0};
    GrVocab *v;
    GrEncoder *e;
    const uint32_t *ids;
    size_t n;
    gram_status s = gr_vocab_from_default(NULL, &error, &v);
    T_OK(s == GRAM_OK, "%s", error.message);
    if (s != GRAM_OK) return;
    T(gr_vocab_is_valid(v));
    for (uint32_t b = 0; b < 256; b++) T(gr_bit_get(v->alone, b));
    T(v->n_end >= 1);
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
    T_EQ(gr_encode(e, text, sizeof text - 1, &error, &ids, &n), GRAM_OK);
    T(n > 0 && n < 50);
    T(comes_back(v, ids, n, text, sizeof text - 1));
    /* a megabyte of one letter, of spaces and of newlines: no quadratic
     * step, which would take hours, and the text comes back */
    size_t big = 1 << 20;
    char *run = malloc(big);
    for (int k = 0; k < 3; k++) {
        memset(run, "a \n"[k], big);
        T_EQ(gr_encode(e, run, big, &error, &ids, &n), GRAM_OK);
        T(comes_back(v, ids, n, run, big));
    }
    free(run);
    gr_encoder_free(e);
    gr_vocab_free(v);
}

int main(void)
{
    uint64_t seed = t_seed();
    test_ranks(&seed);
    test_greedy();
    test_patterns();
    test_spaces();
    test_wordpiece();
    test_classes();
    test_default();
    return t_done();
}
