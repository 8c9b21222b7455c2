/* Vocabularies that lack single bytes: a token is allowed iff behind it tokens
 * lead to an end.
 *
 * Languages of a few words, as a pattern, a grammar and a schema, and every
 * text that tokens can write: what is allowed is worked out from the words,
 * exactly, and so are budgets.  Endless languages: what is allowed is brought
 * to an end and judged by a plain recogniser, and behind what is not there is
 * no row of tokens up to a length that ends a text. */
#include "oracle/earley.h"
#include "t.h"
#include "tools/alloc.h"

#include <gram.h>
#include <pthread.h>
#include <stdbool.h>

enum { TOKENS = 14, WORDS = 6, TEXT = 40, STATES = 400 };

/* --- vocabularies --------------------------------------------------------- */

typedef struct Tokens {
    char text[TOKENS][16];
    uint32_t n; /* the end comes behind them */
    gram_vocab *v;
} Tokens;

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(t_random(seed) % n);
}

/* One of some letters, of which one takes two bytes. */
static void add_letter(uint64_t *seed, char *to)
{
    static const char *const letters[] = {"a", "b", "c", "\xC3\xA9"};
    strcat(to, letters[below(seed, 4)]);
}

static void make_vocab(Tokens *t, uint64_t *seed, bool quotes)
{
    gram_token token[TOKENS + 1];
    t->n = 2 + below(seed, TOKENS - 2);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t len = 1 + below(seed, 2) * below(seed, 3);
        char *s = t->text[i];
        s[0] = 0;
        if (quotes && (i == 0 || below(seed, 5) == 0)) strcat(s, "\"");
        while (len-- > 0 && (i > 0 || !quotes)) add_letter(seed, s);
        if (quotes && i > 0 && s[0] != '"' && below(seed, 5) == 0)
            strcat(s, "\"");
        token[i] = (gram_token){s, (uint32_t)strlen(s), 0};
    }
    token[t->n] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    gram_vocab_options o = {.size = sizeof o, .end_ids = &t->n, .n_end_ids = 1};
    T(gram_vocab_new(token, t->n + 1, &o, &t->v, NULL) == GRAM_OK);
}

/* For messages. */
static const char *list(const Tokens *t)
{
    static char all[TOKENS * 17];
    all[0] = 0;
    for (uint32_t i = 0; i < t->n; i++)
        strcat(strcat(all, i ? " " : ""), t->text[i]);
    return all;
}

/* The fewest tokens that are this text; UINT32_MAX: it is no row of them. */
static uint32_t fewest(const Tokens *t, const char *text)
{
    uint32_t least[TEXT + 1], n = (uint32_t)strlen(text);
    least[n] = 0;
    for (uint32_t i = n; i-- > 0;) {
        least[i] = UINT32_MAX;
        for (uint32_t k = 0; k < t->n; k++) {
            size_t len = strlen(t->text[k]);
            if (strncmp(text + i, t->text[k], len) != 0) continue;
            uint32_t rest = least[i + len];
            if (rest != UINT32_MAX && rest + 1 < least[i]) least[i] = rest + 1;
        }
    }
    return least[0];
}

/* --- words ---------------------------------------------------------------- */

typedef struct Words {
    char text[WORDS][TEXT]; /* as written */
    uint32_t n;
} Words;

static void make_words(Words *w, uint64_t *seed, bool quotes)
{
    w->n = 1 + below(seed, WORDS);
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t len = 1 + below(seed, 6);
        strcpy(w->text[i], quotes ? "\"" : "");
        while (len-- > 0) add_letter(seed, w->text[i]);
        if (quotes) strcat(w->text[i], "\"");
    }
}

/* The fewest tokens from a text to an end; UINT32_MAX: there are none. */
static uint32_t rest_of(const Words *w, const Tokens *t, const char *text)
{
    size_t len = strlen(text);
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < w->n; i++) {
        if (strncmp(w->text[i], text, len) != 0) continue;
        uint32_t n = fewest(t, w->text[i] + len);
        if (n < least) least = n;
    }
    return least;
}

/* The words as a source of the kind. */
static void write_source(const Words *w, gram_kind kind, char *out)
{
    bool json = kind == GRAM_KIND_JSON_SCHEMA, gbnf = kind == GRAM_KIND_GBNF;
    strcpy(out, json ? "{\"enum\":[" : gbnf ? "root ::= " : "(");
    for (uint32_t i = 0; i < w->n; i++) {
        if (i > 0) strcat(out, json ? "," : "|");
        if (gbnf) strcat(out, "\"");
        strcat(out, w->text[i]);
        if (gbnf) strcat(out, "\"");
    }
    strcat(out, json ? "]}" : gbnf ? "\n" : ")");
}

/* --- every text ----------------------------------------------------------- */

typedef struct World {
    Tokens t;
    Words w;
    gram_grammar *g;
    char source[400];
    char text[STATES][TEXT]; /* that tokens have written */
    uint32_t n;
} World;

static bool bit(const uint32_t *mask, uint32_t t)
{
    return mask[t >> 5] >> (t & 31) & 1;
}

static void add_text(World *w, const char *text)
{
    uint32_t i = 0;
    while (i < w->n && strcmp(w->text[i], text) != 0) i++;
    if (i == w->n && i < STATES) strcpy(w->text[w->n++], text);
}

/* Every bit of a mask for at most `budget` tokens behind each. */
static uint32_t wrong_bits(World *w, gram_matcher *m, const char *text,
                           const uint32_t *mask, uint32_t budget)
{
    uint32_t wrong = 0;
    for (uint32_t t = 0; t < w->t.n; t++) {
        char next[2 * TEXT];
        snprintf(next, sizeof next, "%s%s", text, w->t.text[t]);
        uint32_t rest = rest_of(&w->w, &w->t, next);
        bool want = rest != UINT32_MAX && rest <= budget;
        /* a plan need not be the shortest */
        wrong += budget == UINT32_MAX ? bit(mask, t) != want
                                      : bit(mask, t) && !want;
        if (budget != UINT32_MAX) continue;
        wrong += (gram_matcher_check(m, t) == GRAM_OK) != want;
        if (want) add_text(w, next);
    }
    return wrong;
}

static void check_budget(World *w, gram_matcher *m, const char *text)
{
    uint64_t bound = 0;
    uint32_t mask[1], least = rest_of(&w->w, &w->t, text);
    T(gram_matcher_completion_bound(m, &bound) == GRAM_OK);
    T_OK(bound >= least && bound < TEXT, "%u tokens, not %u, after `%s`\n%s",
         (unsigned)bound, least, text, w->source);
    if (bound == 0) return;
    uint32_t most = (uint32_t)bound - 1;
    T(gram_matcher_mask_budget(m, most, mask, 1) == GRAM_OK);
    T_OK(mask[0] != 0 && wrong_bits(w, m, text, mask, most) == 0,
         "a budget of %u after `%s`: mask %x\n%s\ntokens %s", most, text,
         mask[0], w->source, list(&w->t));
}

static void check_text(World *w, const char *text)
{
    gram_matcher *m;
    uint32_t mask[1] = {0};
    T(gram_matcher_new(w->g, &m, NULL) == GRAM_OK);
    T(gram_matcher_accept_bytes(m, text, strlen(text), NULL) == GRAM_OK);
    T(gram_matcher_mask(m, mask, 1) == GRAM_OK);
    T_OK(wrong_bits(w, m, text, mask, UINT32_MAX) == 0,
         "mask %x after `%s`\n%s\ntokens %s", mask[0], text, w->source,
         list(&w->t));
    T_EQ(bit(mask, w->t.n), rest_of(&w->w, &w->t, text) == 0);
    check_budget(w, m, text);
    gram_matcher_free(m);
}

static void try_words(uint64_t *seed, gram_kind kind)
{
    static World w;
    bool json = kind == GRAM_KIND_JSON_SCHEMA;
    gram_error e;
    gram_options o = {.size = sizeof o,
                      .whitespace = GRAM_WHITESPACE_NONE,
                      .escapes = GRAM_ESCAPES_CANONICAL};
    w.n = 0;
    w.g = NULL;
    make_vocab(&w.t, seed, json);
    make_words(&w.w, seed, json);
    write_source(&w.w, kind, w.source);
    gram_status s =
        gram_grammar_new(w.t.v, kind, w.source, strlen(w.source), &o, &w.g, &e);
    bool some = rest_of(&w.w, &w.t, "") != UINT32_MAX;
    T_OK(s == (some ? GRAM_OK : GRAM_E_EMPTY), "%d: %s\n%s", s, e.message,
         w.source);
    if (s == GRAM_OK) add_text(&w, "");
    for (uint32_t i = 0; i < w.n; i++) check_text(&w, w.text[i]);
    gram_grammar_free(w.g);
    gram_vocab_free(w.t.v);
}

/* --- endless languages ---------------------------------------------------- */

static const char *const endless[] = {
    "root ::= \"a\" root \"b\" | \"c\"\n",
    "root ::= \"a\" root | \"b\" \"c\"\n",
    "root ::= root \"a\" | \"b\" | \"c\"\n",
    "root ::= root root | \"a\" \"b\" | \"c\"\n",
    "root ::= A B\nA ::= \"a\" A | \"b\"\nB ::= \"c\" B \"c\" | \"a\"\n",
    "root ::= A \"c\"\nA ::= \"a\" \"a\" A | \"b\" A \"b\" | \"\"\n",
    "root ::= \"a\" A | \"b\" root\nA ::= \"c\" | \"a\" root \"c\"\n",
};

typedef struct Endless {
    Tokens t;
    Cfg cfg;
    const char *source;
    gram_grammar *g;
    uint32_t left; /* of texts that may still be looked at */
} Endless;

/* Some row of tokens behind the text ends it: depth first, at most `most`
 * bytes. */
static bool ends_within(Endless *w, char *text, size_t most)
{
    size_t len = strlen(text);
    if (!cfg_is_prefix(&w->cfg, text, len) || w->left == 0) return false;
    if (cfg_accepts(&w->cfg, text, len)) return true;
    w->left--;
    for (uint32_t t = 0; t < w->t.n; t++) {
        if (len + strlen(w->t.text[t]) > most) continue;
        strcpy(text + len, w->t.text[t]);
        bool ends = ends_within(w, text, most);
        text[len] = 0;
        if (ends) return true;
    }
    return false;
}

/* The matcher is brought to an end by budgets; what it has written is in the
 * language, where that is not too long for the recogniser. */
static void complete(Endless *w, gram_matcher *m, char *text)
{
    uint64_t left;
    uint32_t mask[1];
    T_EQ(gram_matcher_completion_bound(m, &left), GRAM_OK);
    while (left-- > 0) {
        if (strlen(text) > CFG_TEXT - 8) return;
        uint32_t t = 0;
        T(gram_matcher_mask_budget(m, left, mask, 1) == GRAM_OK);
        while (t < w->t.n && !bit(mask, t)) t++;
        if (t == w->t.n) break;
        T(gram_matcher_accept(m, t) == GRAM_OK);
        strcat(text, w->t.text[t]);
    }
    T_OK(cfg_accepts(&w->cfg, text, strlen(text)), "ended at `%s`\n%s", text,
         w->source);
}

static void check_token(Endless *w, gram_matcher *m, const char *text,
                        uint32_t t, bool allowed)
{
    char next[TEXT + CFG_TEXT];
    gram_matcher *f;
    snprintf(next, sizeof next, "%s%s", text, w->t.text[t]);
    w->left = 300;
    if (!allowed) {
        T_OK(!ends_within(w, next, strlen(next) + 8),
             "`%s` is missing after `%s`\n%s\ntokens %s", w->t.text[t], text,
             w->source, list(&w->t));
        return;
    }
    T(gram_matcher_fork(m, &f) == GRAM_OK);
    T(gram_matcher_accept(f, t) == GRAM_OK);
    complete(w, f, next);
    gram_matcher_free(f);
}

static void walk(Endless *w, uint64_t *seed)
{
    enum { STEPS = 6 };
    char text[TEXT] = "";
    gram_matcher *m;
    T(gram_matcher_new(w->g, &m, NULL) == GRAM_OK);
    for (int i = 0; i < STEPS; i++) {
        uint32_t mask[1], next = UINT32_MAX, from = below(seed, w->t.n);
        T(gram_matcher_mask(m, mask, 1) == GRAM_OK);
        for (uint32_t k = 0; k < w->t.n; k++) {
            uint32_t t = (from + k) % w->t.n;
            check_token(w, m, text, t, bit(mask, t));
            if (bit(mask, t) && next == UINT32_MAX) next = t;
        }
        T(mask[0] != 0);
        if (next == UINT32_MAX) break;
        T(gram_matcher_accept(m, next) == GRAM_OK);
        strcat(text, w->t.text[next]);
    }
    gram_matcher_free(m);
}

static void try_endless(uint64_t *seed)
{
    static Endless w;
    gram_error e;
    char none[TEXT] = "";
    w.source = endless[below(seed, sizeof endless / sizeof *endless)];
    w.g = NULL;
    T(cfg_read(&w.cfg, w.source, "root"));
    make_vocab(&w.t, seed, false);
    gram_status s = gram_grammar_new(w.t.v, GRAM_KIND_GBNF, w.source,
                                     strlen(w.source), NULL, &w.g, &e);
    w.left = 2000;
    if (s == GRAM_OK)
        walk(&w, seed);
    else
        T_OK(s == GRAM_E_EMPTY && !ends_within(&w, none, 9),
             "%d: %s\n%s\ntokens %s", s, e.message, w.source, list(&w.t));
    gram_grammar_free(w.g);
    gram_vocab_free(w.t.v);
}

/* --- white space ---------------------------------------------------------- */

/* A way may take white space, and a run of it that is at its end has no room
 * for that: behind `[ ` there is no ` 1]`. */
static void test_space(void)
{
    static const char schema[] =
        "{\"type\":\"array\",\"items\":{\"const\":1},\"minItems\":1}";
    static const gram_token token[] = {
        {"[", 1, 0}, {"[ ", 2, 0}, {" 1]", 3, 0}, {" ", 1, 0}, {"<end>", 5, 3}};
    uint32_t end = 4, mask[1];
    gram_vocab_options vo = {
        .size = sizeof vo, .end_ids = &end, .n_end_ids = 1};
    gram_options o = {.size = sizeof o, .whitespace_max = 1};
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    T(gram_vocab_new(token, 5, &vo, &v, NULL) == GRAM_OK);
    T(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1, &o,
                       &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    T(gram_matcher_mask(m, mask, 1) == GRAM_OK);
    T_EQ(mask[0], 1);
    T(gram_matcher_accept(m, 0) == GRAM_OK);
    T(gram_matcher_mask(m, mask, 1) == GRAM_OK);
    T_EQ(mask[0], 4);
    gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
}

/* --- threads -------------------------------------------------------------- */

enum { THREADS = 8, TEXTS = 40 };

typedef struct Job {
    gram_grammar *g;
    uint32_t n; /* text tokens */
    uint64_t seed, wrong;
} Job;

/* Random texts: every mask allows something, and what it allows is taken. */
static void *write_texts(void *ctx)
{
    Job *k = ctx;
    gram_matcher *m;
    if (gram_matcher_new(k->g, &m, NULL) != GRAM_OK) return NULL;
    for (int i = 0; i < TEXTS; i++) {
        gram_matcher_reset(m);
        for (bool more = true; more;) {
            uint32_t mask[1], t = below(&k->seed, k->n), tried = 0;
            k->wrong += gram_matcher_mask(m, mask, 1) != GRAM_OK;
            while (tried++ < k->n && !bit(mask, t)) t = (t + 1) % k->n;
            more = bit(mask, t);
            k->wrong += !more && !gram_matcher_may_stop(m);
            if (more) k->wrong += gram_matcher_accept(m, t) != GRAM_OK;
        }
    }
    gram_matcher_free(m);
    return NULL;
}

/* One grammar, which all of them fill at once. */
static void test_threads(void)
{
    static const char source[] =
        "root ::= A \"c\"\nA ::= \"a\" [ab]{0,9} | \"bb\" A | \"c\" A \"c\"\n";
    static Tokens t;
    pthread_t thread[THREADS];
    Job job[THREADS];
    gram_grammar *g;
    uint64_t seed = 5; /* a vocabulary with which there are texts */
    gram_status s = GRAM_E_EMPTY;
    while (s == GRAM_E_EMPTY) {
        make_vocab(&t, &seed, false);
        s = gram_grammar_new(t.v, GRAM_KIND_GBNF, source, sizeof source - 1,
                             NULL, &g, NULL);
        if (s != GRAM_OK) gram_vocab_free(t.v);
    }
    T_EQ(s, GRAM_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        job[i] = (Job){.g = g, .n = t.n, .seed = i};
        T(pthread_create(&thread[i], NULL, write_texts, &job[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        T_EQ(job[i].wrong, 0);
    }
    gram_grammar_free(g);
    gram_vocab_free(t.v);
}

/* --- failing memory ------------------------------------------------------- */

static const char *const few[] = {"[",  "1]",  "1",   ",1",
                                  ", ", "\"a", "a\"", "x"};
enum { N_FEW = sizeof few / sizeof *few };
#define GRAM_TRY(call)                                                         \
    do {                                                                       \
        gram_status status_ = (call);                                          \
        if (status_ != GRAM_OK) return status_;                                \
    } while (0)

/* `[1]`, by masks and bounds.  `x` is an item, but no token ends it. */
static gram_status write_item(gram_matcher *m)
{
    uint32_t mask[1];
    uint64_t left;
    for (uint32_t token = 0; token < 2; token++) {
        GRAM_TRY(gram_matcher_mask(m, mask, 1));
        T(bit(mask, token) && !bit(mask, 7));
        GRAM_TRY(gram_matcher_completion_bound(m, &left));
        T(left >= 2 - token && left < 8);
        GRAM_TRY(gram_matcher_accept(m, token));
    }
    return GRAM_OK;
}

/* *done: no allocation was refused. */
static void lack_memory(unsigned long at, bool *done)
{
    static const char schema[] =
        "{\"type\":\"array\",\"items\":{\"enum\":[1,\"aa\",\"x\"]}}";
    TestAlloc a = {.fail_at = at};
    gram_allocator alloc = test_alloc(&a);
    gram_token token[N_FEW + 1];
    uint32_t end = N_FEW;
    for (uint32_t i = 0; i < N_FEW; i++)
        token[i] = (gram_token){few[i], (uint32_t)strlen(few[i]), 0};
    token[end] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    gram_vocab_options vo = {.size = sizeof vo,
                             .allocator = &alloc,
                             .end_ids = &end,
                             .n_end_ids = 1};
    gram_options o = {.size = sizeof o, .allocator = &alloc};
    gram_vocab *v = NULL;
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_status s = gram_vocab_new(token, N_FEW + 1, &vo, &v, NULL);
    if (s == GRAM_OK)
        s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema,
                             sizeof schema - 1, &o, &g, NULL);
    if (s == GRAM_OK) s = gram_matcher_new(g, &m, NULL);
    T_OK(s == GRAM_OK || s == GRAM_E_MEMORY, "status %d at %lu", s, at);
    if (s == GRAM_OK) s = write_item(m);
    T_OK(s == GRAM_OK || s == GRAM_E_MEMORY, "status %d at %lu", s, at);
    *done = a.calls < at;
    T(!*done || s == GRAM_OK);
    gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
    T(a.live == 0 && a.wrong == 0);
}

static void test_memory(void)
{
    bool done = false;
    for (unsigned long at = 1; !done && t_failed < 10; at++)
        lack_memory(at, &done);
}

int main(void)
{
    static const gram_kind kinds[] = {GRAM_KIND_REGEX, GRAM_KIND_GBNF,
                                      GRAM_KIND_JSON_SCHEMA};
    uint64_t seed = t_seed();
    long n = t_count("GRAM_SPELLED", 400);
    test_memory();
    test_threads();
    test_space();
    for (long i = 0; i < n && t_failed < 10; i++) {
        for (int k = 0; k < 3; k++) try_words(&seed, kinds[k]);
        try_endless(&seed);
    }
    return t_done();
}
