/* Masks along random walks over the toy machine: equal to the brute-force
 * oracle, equal for every way to compute them, and equal to what accepting
 * says; after rollback and in forks too. */
#include "oracle/mask_oracle.h"
#include "oracle/toy.h"
#include "t.h"

enum { N_WAYS = 5 };
static const uint32_t ways[N_WAYS] = {0, GR_MASK_NO_CLASSES, GR_MASK_NO_NEAR,
                                      GR_MASK_NO_MEMO, GR_MASK_NO_PARTS};

typedef struct World {
    GrEnv env;
    gram_error error;
    GrTables *tables;
    GrPda *pda[N_WAYS];
    GrMasks *masks[N_WAYS];
    GrMatcher *m[N_WAYS];
    MaskOracle oracle;
    GrText text;
    uint32_t lens[4096]; /* of the text before each token */
    uint32_t n;
} World;

static void start(World *w, const GrVocab *v, const ToyOptions *o)
{
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.max_steps = UINT64_MAX;
    T(gr_tables_new(&w->env, v, &w->tables) == GRAM_OK);
    for (int i = 0; i < N_WAYS; i++) {
        GrMasksOptions mo = {NULL, 0, ways[i] | GR_MASK_BY_BYTES, NULL};
        T(gr_pda_new(&w->env, &w->pda[i]) == GRAM_OK);
        T(toy_compile(&w->env, o, w->pda[i]) == GRAM_OK);
        T(gr_masks_new(w->pda[i], v, w->tables, &mo, &w->masks[i]) == GRAM_OK);
        T(gr_matcher_new(w->masks[i], NULL, 0, &w->error, &w->m[i]) == GRAM_OK);
    }
    T(mask_oracle_init(&w->oracle, w->masks[0]) == GRAM_OK);
}

static void stop(World *w)
{
    mask_oracle_clear(&w->oracle);
    for (int i = 0; i < N_WAYS; i++) {
        gr_matcher_free(w->m[i]);
        gr_masks_free(w->masks[i]);
        gr_pda_free(w->pda[i]);
    }
    gr_tables_free(w->tables);
    gr_vec_clear(&w->env, &w->text);
    T_EQ(w->env.used, 0);
}

static void show(World *w, const char *what, const GrVocab *v, uint32_t token)
{
    uint32_t n;
    const char *b = token < v->n_tokens ? gr_vocab_bytes(v, token, &n) : "";
    fprintf(stderr, "%s after `%.*s`: token %u `%.*s`\n", what, (int)w->text.n,
            w->text.at ? w->text.at : "", token,
            token < v->n_tokens ? (int)n : 0, b);
}

/* All masks here; false where one is wrong. */
static bool check_masks(World *w, const GrVocab *v, bool oracle,
                        GrMaskView *view)
{
    size_t size = (size_t)v->mask_words * 4;
    GrMaskView other;
    uint32_t first = 0;
    if (gr_matcher_mask(w->m[0], view) != GRAM_OK) return false;
    for (int i = 1; i < N_WAYS; i++) {
        if (gr_matcher_mask(w->m[i], &other) != GRAM_OK) return false;
        if (memcmp(other.row, view->row, size) == 0) continue;
        for (first = 0;
             gr_bit_get(other.row, first) == gr_bit_get(view->row, first);)
            first++;
        fprintf(stderr, "way %d: %d %d\n", i, gr_bit_get(view->row, first),
                gr_bit_get(other.row, first));
        show(w, "ways differ", v, first);
        return false;
    }
    if (!oracle) return true;
    uint32_t wrong = mask_oracle_compare(&w->oracle, gr_matcher_config(w->m[0]),
                                         w->text.at, w->text.n, view->row,
                                         &first);
    if (wrong != 0) show(w, "oracle differs", v, first);
    return wrong == 0;
}

/* A random allowed text token, structural ones more often; or none. */
static uint32_t pick(const GrVocab *v, const uint32_t *row, uint64_t *seed)
{
    uint32_t best = UINT32_MAX, best_len = 99;
    uint32_t tries = 1 + (uint32_t)(t_random(seed) % 6);
    for (uint32_t i = 0; i < tries; i++) {
        uint32_t from = (uint32_t)(t_random(seed) % v->n_tokens);
        for (uint32_t j = 0; j < v->n_tokens; j++) {
            uint32_t t = (from + j) % v->n_tokens, n;
            if (!gr_bit_get(row, t) || gr_vocab_is_end(v, t)) continue;
            const char *b = gr_vocab_bytes(v, t, &n);
            bool plain = (b[0] >= 'a' && b[0] <= 'z') || (uint8_t)b[0] > 127;
            if (best == UINT32_MAX || (!plain && n < best_len)) {
                best = t;
                best_len = plain ? 98 : n;
            }
            break;
        }
    }
    return best;
}

static bool accept_all(World *w, const GrVocab *v, uint32_t token)
{
    uint32_t n;
    const char *b = gr_vocab_bytes(v, token, &n);
    for (int i = 0; i < N_WAYS; i++)
        if (gr_matcher_accept(w->m[i], token) != GRAM_OK) {
            show(w, "refused", v, token);
            return false;
        }
    w->lens[w->n++] = w->text.n;
    for (uint32_t i = 0; i < n; i++) (void)gr_vec_push(&w->env, &w->text, b[i]);
    return true;
}

/* check() says what the mask says, for a few tokens. */
static bool same_as_check(World *w, const GrVocab *v, const uint32_t *row,
                          uint64_t *seed)
{
    for (int i = 0; i < 20; i++) {
        uint32_t t = (uint32_t)(t_random(seed) % v->width);
        gram_status s = gr_matcher_check(w->m[0], t);
        if ((s == GRAM_OK) != gr_bit_get(row, t)) {
            show(w, "check differs", v, t);
            return false;
        }
    }
    return true;
}

static bool back(World *w, uint32_t n)
{
    for (int i = 0; i < N_WAYS; i++)
        if (gr_matcher_rollback(w->m[i], n) != GRAM_OK) return false;
    w->n -= n;
    w->text.n = w->lens[w->n];
    return true;
}

/* A fork says the same as its origin, and takes over from it. */
static bool fork_all(World *w, const GrVocab *v)
{
    for (int i = 0; i < N_WAYS; i++) {
        GrMatcher *copy;
        GrMaskView a, b;
        if (gr_matcher_fork(w->m[i], &copy) != GRAM_OK) return false;
        bool same = gr_matcher_mask(w->m[i], &a) == GRAM_OK &&
                    gr_matcher_mask(copy, &b) == GRAM_OK &&
                    memcmp(a.row, b.row, (size_t)v->mask_words * 4) == 0;
        gr_matcher_free(copy);
        if (!same) return false;
    }
    return true;
}

static void reset_all(World *w)
{
    for (int i = 0; i < N_WAYS; i++) gr_matcher_reset(w->m[i]);
    w->text.n = w->n = 0;
}

static void walk(const GrVocab *v, const ToyOptions *o, int steps,
                 int oracle_every, uint64_t *seed, const char *name)
{
    World *w = calloc(1, sizeof *w);
    GrMaskView view;
    bool ok = true;
    start(w, v, o);
    for (int i = 0; i < steps && ok; i++) {
        ok = check_masks(w, v, i % oracle_every == 0, &view) &&
             same_as_check(w, v, view.row, seed);
        uint32_t t = ok ? pick(v, view.row, seed) : UINT32_MAX;
        if (i % 17 == 16) ok = ok && fork_all(w, v);
        if (t == UINT32_MAX || w->text.n > 200 || w->n > 4000)
            reset_all(w);
        else
            ok = ok && accept_all(w, v, t);
        if (ok && w->n > 3 && t_random(seed) % 8 == 0)
            ok = back(w, 1 + (uint32_t)(t_random(seed) % 3));
    }
    T_OK(ok, "%s", name);
    stop(w);
    free(w);
}

static const struct {
    const char *name;
    ToyOptions o;
} grammars[] = {
    {"open", {0, 0, 0, {NULL}, false, false, false}},
    {"named", {0, 0, 3, {"name", "na", "id", "n"}, false, true, false}},
    {"closed", {0, 0, 0, {"name", "na", "id", "a\"b"}, true, true, false}},
    {"one key", {0, 0, 0, {"a"}, true, false, false}},
    {"lengths", {3, 7, 2, {"id"}, false, true, false}},
    {"long", {0, 40, 2, {"id"}, false, true, false}},
    {"word", {2, 9, 0, {"id", "idx"}, false, false, true}},
    {"word, any length", {0, 0, 0, {"x"}, true, false, true}},
};

/* Short tokens chosen to hurt: through several keys, duplicates, halves of
 * characters, escapes. */
static const char *const hard[] = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "0",
    "1",
    "a",
    "b",
    "n",
    "na",
    "me",
    "name",
    "i",
    "d",
    "id",
    "\\",
    "\\u",
    "u",
    "\\u0061",
    "\\u00",
    "61",
    "6e",
    "6",
    "\\\"",
    "\\n",
    "{\"",
    "\":",
    "\":0",
    "\":\"",
    "\",\"",
    "\":1,\"",
    "\":\"\",\"",
    "{\"a\":1,\"",
    "{\"a\":1,\"a\":",
    "{\"a\":1,\"b\":2}",
    "{\"id\":0,\"id",
    "{\"id\":0,\"na",
    "0,\"id\":0}",
    "0,\"",
    "\"}",
    "\"]",
    "],[",
    "a\",\"b",
    "a\":\"",
    "a\":1,\"a",
    "a\":1,\"b",
    "n\":1,\"na\":",
    "e\":1",
    "}}",
    "0}",
    "]}",
    "\xC3\xA9",
    "\xC3",
    "\xA9",
    "\xE2\x82",
    "\xAC",
    "x\xC3",
    "\xA9y",
    "\xA9\"",
    "abc",
    "abcdefg",
    "a,b",
    "0123",
    "A",
    "zz\"",
    "abc\":",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F",
    "\x98\x80",
    "e",
    "m",
    "am",
    "\"id\":0",
    "\"id\"",
    "\"name\":",
    "idx",
    "x",
    "dx",
    "id\"",
    "00",
    "1,1",
    "[1,1",
    "[0,0,0",
    "a\\",
    "\\ud83d",
    "\\ude00",
    "d83d",
};

static GrVocab *hard_vocab(void)
{
    enum { N = sizeof hard / sizeof *hard };
    GrToken t[N + 3];
    GrVocab *v = NULL;
    gram_error error;
    uint32_t end = N;
    for (uint32_t i = 0; i < N; i++)
        t[i] = (GrToken){hard[i], (uint32_t)strlen(hard[i]), 0};
    t[N] = (GrToken){"<end>", 5, GR_TOKEN_SPECIAL};
    t[N + 1] = (GrToken){"{\"", 2, 0}; /* the same bytes twice */
    t[N + 2] = (GrToken){"a\":1,\"b", 7, 0};
    GrVocabOptions o = {.end_ids = &end, .n_end_ids = 1};
    T(gr_vocab_from_tokens(&o, t, N + 3, NULL, &error, &v) == GRAM_OK);
    return v;
}

/* The oracle catches a wrong bit. */
static void selftest(const GrVocab *v)
{
    World *w = calloc(1, sizeof *w);
    GrMaskView view;
    start(w, v, &grammars[0].o);
    T(gr_matcher_mask(w->m[0], &view) == GRAM_OK);
    for (uint32_t bit = 0; bit < 4; bit++) {
        uint32_t first = 0;
        w->oracle.fault = bit * 7 + 1;
        T_EQ(mask_oracle_compare(&w->oracle, gr_matcher_config(w->m[0]), NULL,
                                 0, view.row, &first),
             1);
        T_EQ(first, bit * 7);
    }
    stop(w);
    free(w);
}

int main(int argc, char **argv)
{
    uint64_t seed = t_seed();
    int scale = argc > 1 ? atoi(argv[1]) : 1;
    gram_error error;
    GrVocab *v = hard_vocab(), *big = NULL;
    selftest(v);
    for (size_t i = 0; i < sizeof grammars / sizeof *grammars; i++)
        walk(v, &grammars[i].o, 4000 * scale, 1, &seed, grammars[i].name);
    gr_vocab_free(v);
    T(gr_vocab_from_default(NULL, &error, &big) == GRAM_OK);
    for (size_t i = 0; i < sizeof grammars / sizeof *grammars; i++)
        walk(big, &grammars[i].o, 150 * scale, 4, &seed, grammars[i].name);
    gr_vocab_free(big);
    return t_done();
}
