/* Walks of shapes (dense.c) where letters of one symbol do different things.
 *
 * In: a vocabulary of all words of up to three letters and more that begin with
 * s, behind spaces and dots and in front of quotes, and random patterns that
 * look ahead, for words and for ends, half of them with a bound of the length.
 * Each row is what the matcher says of one token after the other.  And a
 * vocabulary of which a letter is in half. */
#include "ways.h"

enum { MOST = 60000, N_PATTERNS = 60, TEXT = 8 };

typedef struct Words {
    GrToken token[MOST];
    char text[MOST][TEXT];
    uint32_t n;
} Words;

static void add(Words *w, const char *before, const char *word,
                const char *behind)
{
    if (w->n == MOST) abort();
    int len = snprintf(w->text[w->n], TEXT, "%s%s%s", before, word, behind);
    w->token[w->n] = (GrToken){w->text[w->n], (uint32_t)len, 0};
    w->n++;
}

static void add_words(Words *w)
{
    for (uint32_t i = 0; i < 27 * 27 * 27; i++) {
        uint32_t digit[3] = {i % 27, i / 27 % 27, i / 729}, n = 0;
        char word[4] = {0};
        while (n < 3 && digit[n] > 0) {
            word[n] = (char)('a' + digit[n] - 1);
            n++;
        }
        bool whole = n == 3 || (digit[n] == 0 && (n == 2 || digit[2] == 0));
        if (n == 0 || !whole) continue;
        add(w, "", word, "");
        if (n == 3) add(w, "s", word, "");
        if (n == 3) continue;
        add(w, " ", word, "");
        add(w, ".", word, "");
        add(w, "", word, "\"");
        add(w, " ", word, "\"");
    }
    for (const char *p = "\"., -0"; *p != 0; p++) add(w, "", (char[2]){*p}, "");
}

/* --- patterns ------------------------------------------------------------- */

static const char *one_of(uint64_t *seed, const char *const *of, uint32_t n)
{
    return of[t_random(seed) % n];
}

static void make_pattern(uint64_t *seed, char *out, size_t size)
{
    static const char *const ahead[] = {
        "",      "(?!s)",    "(?!s$|n$|e$)", "(?!sa|so|in)", "(?![a-z]x)",
        "(?!b)", "(?!.*th)", "(?!.*e$)",     "(?=.{2,7}$)",  "(?!a$)(?!.* b)"};
    static const char *const body[] = {"[a-z]+",
                                       "[a-z]{1,5}",
                                       "[a-z. ]{2,9}",
                                       "[a-z]*( [a-z]+)*",
                                       "([a-m]|[n-z][a-z])*",
                                       "[^q]*",
                                       "([a-z]{1,3}[. ])*[a-z]+",
                                       "(in|[a-z]s|.)*"};
    static const char *const end[] = {"$", "s$", "(ed|[^d])$", "", ".*x"};
    uint32_t n_ahead = sizeof ahead / sizeof *ahead;
    snprintf(out, size, "^%s%s%s%s", one_of(seed, ahead, n_ahead),
             one_of(seed, ahead, n_ahead),
             one_of(seed, body, sizeof body / sizeof *body),
             one_of(seed, end, sizeof end / sizeof *end));
}

/* --- rows ----------------------------------------------------------------- */

static void check(const GrVocab *v, const GrTables *t, uint64_t *seed,
                  uint32_t flags)
{
    Way way;
    size_t at;
    char pattern[128], schema[192], letter[2] = {0}, length[32] = "";
    make_pattern(seed, pattern, sizeof pattern);
    /* some letters are nearer to an end than others */
    if (t_random(seed) % 2 == 0)
        snprintf(length, sizeof length, ",\"maxLength\":%u",
                 (unsigned)(3 + t_random(seed) % 8));
    snprintf(schema, sizeof schema,
             "{\"type\":\"string\",\"pattern\":\"%s\"%s}", pattern, length);
    way_start(&way, v, t, schema, flags);
    T(gr_matcher_accept_bytes(way.m, "\"", 1, &at) == GRAM_OK);
    way_check(v, &way, pattern);
    for (int i = 0; i < 2; i++) {
        letter[0] = (char)('a' + t_random(seed) % 26);
        if (gr_matcher_accept_bytes(way.m, letter, 1, &at) == GRAM_OK)
            way_check(v, &way, pattern);
    }
    way_stop(&way);
}

/* --- half of the tokens --------------------------------------------------- */

/* As many with an `a` as of characters beyond ASCII. */
static void add_halves(Words *w)
{
    for (uint32_t i = 0; w->n + 9 < MOST; i++) {
        char word[TEXT] = {0};
        for (uint32_t k = 0, left = i; k < 4; k++, left /= 25)
            word[k] = (char)('b' + left % 25);
        add(w, "", word, "a");
        uint32_t n = gr_utf8_put(0x4E00 + i % 200, word);
        word[n + gr_utf8_put(0x4E00 + i / 200, word + n)] = 0;
        add(w, "", word, "");
    }
}

/* Where a letter is dead, in all spellings, the others are a class, and what it
 * has beyond ASCII is known: no walk of all tokens. */
static void check_halves(Words *w)
{
    static const char schema[] =
        "{\"type\":\"string\",\"not\":{\"pattern\":\"a\"}}";
    GrVocab *v;
    gram_error e;
    Way way;
    size_t at;
    w->n = 0;
    add_halves(w);
    for (const char *p = "\"\\u0"; *p != 0; p++) add(w, "", (char[2]){*p}, "");
    T_EQ(gr_vocab_from_tokens(NULL, w->token, w->n, NULL, &e, &v), GRAM_OK);
    way_start(&way, v, NULL, schema, 0);
    T(gr_matcher_accept_bytes(way.m, "\"b", 2, &at) == GRAM_OK);
    way_check(v, &way, schema);
    T_OK(way_steps(&way) < v->n_nodes / 2, "%u steps of %u nodes",
         (unsigned)way_steps(&way), v->n_nodes);
    way_stop(&way);
    gr_vocab_free(v);
}

int main(void)
{
    Words *w = calloc(1, sizeof *w);
    GrEnv env;
    GrVocab *v;
    GrTables *t;
    gram_error e;
    uint64_t seed = t_seed();
    if (w == NULL) return 1;
    add_words(w);
    gr_env_init(&env, NULL, 0, 0);
    T_EQ(gr_vocab_from_tokens(NULL, w->token, w->n, NULL, &e, &v), GRAM_OK);
    T_EQ(gr_tables_new(&env, v, &t), GRAM_OK);
    T(v->n_nodes >= 1 << 15); /* else no walk is one of these */
    for (int i = 0; i < t_count("GRAM_WALKS", N_PATTERNS); i++) {
        check(v, t, &seed, GR_MASK_NO_CLASSES | GR_MASK_NO_NEAR);
        check(v, t, &seed, 0);
    }
    gr_tables_free(t);
    gr_vocab_free(v);
    check_halves(w);
    free(w);
    return t_done();
}
