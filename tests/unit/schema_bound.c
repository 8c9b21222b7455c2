/* The completion bound is one that can be kept, and masks under a budget keep
 * it.  Wherever a walk may be:
 *
 *   - some token that may come next lowers the bound by one at least, until
 *     it is 0 and the text may end;
 *   - the mask under a budget is exactly the tokens behind which the bound is
 *     within it;
 *   - drawing from such masks ends the text within the bound, and with fewer
 *     tokens it often does not: the check can fail.
 *
 *     GRAM_SEED=7 GRAM_WALKS=10000 build/unit/schema_bound     longer
 *     build/unit/schema_bound 'SCHEMA' ['PREFIX']              one schema */
#include "oracle/world.h"
#include "t.h"

#if defined(__SANITIZE_ADDRESS__)
enum { WALKS = 20 };
#else
enum { WALKS = 200 };
#endif
enum { SHOWN = 12, STEPS = 48 };

typedef struct Walk {
    gram_matcher *m;
    World *w;
    Gen *g;
    const char *schema;
    char text[STEPS * 16 + 1];
    size_t len;
    uint64_t *behind; /* by token: the bound, REFUSED or UNKNOWN */
    uint32_t *mask;
    uint64_t bounds, stuck;
} Walk;

static const uint64_t REFUSED = UINT64_MAX, UNKNOWN = UINT64_MAX - 1;

static bool wrong(const Walk *w, const char *what, uint64_t bound)
{
    fprintf(stderr, "%s\n    %s, bound %llu at `%s`\n", w->schema, what,
            (unsigned long long)bound, w->text);
    return false;
}

/* The bound behind one more token. */
static uint64_t behind(const Walk *w, uint32_t token)
{
    uint64_t bound = UNKNOWN;
    if (gram_matcher_accept(w->m, token) != GRAM_OK) return REFUSED;
    if (gram_matcher_is_terminated(w->m)) bound = 0;
    if (bound && gram_matcher_completion_bound(w->m, &bound) != GRAM_OK)
        bound = UNKNOWN;
    gram_matcher_rollback(w->m, 1);
    return bound;
}

static bool has_bit(const Walk *w, uint32_t token)
{
    return w->mask[token >> 5] >> (token & 31) & 1;
}

/* What the mask under a budget must be. */
static bool check_budget(Walk *w, uint64_t budget)
{
    if (gram_matcher_mask_budget(w->m, budget, w->mask, w->w->n_words))
        return wrong(w, "no mask", budget);
    for (uint32_t t = 0; t < w->w->n_tokens; t++) {
        if (w->behind[t] == UNKNOWN) continue;
        bool fits = w->behind[t] != REFUSED && w->behind[t] <= budget;
        if (has_bit(w, t) != fits)
            return wrong(w, "another mask under this budget", budget);
    }
    return true;
}

/* Draw from the mask; UINT32_MAX where it is empty. */
static uint32_t draw(Walk *w, gram_matcher *m, uint64_t budget)
{
    uint32_t n = w->w->n_tokens, from = gen_below(w->g, n);
    if (gram_matcher_mask_budget(m, budget, w->mask, w->w->n_words))
        return UINT32_MAX;
    for (uint32_t i = 0; i < n; i++)
        if (has_bit(w, (from + i) % n)) return (from + i) % n;
    return UINT32_MAX;
}

/* Does a random walk in a fork end with `left` tokens? */
static bool ends_within(Walk *w, uint64_t left)
{
    gram_matcher *m;
    bool ok = true;
    if (gram_matcher_fork(w->m, &m) != GRAM_OK) return false;
    while (ok && left > 0 && !gram_matcher_is_terminated(m)) {
        uint32_t token = draw(w, m, --left);
        ok = token != UINT32_MAX && gram_matcher_accept(m, token) == GRAM_OK;
    }
    ok = ok && (gram_matcher_is_terminated(m) || gram_matcher_may_stop(m));
    gram_matcher_free(m);
    return ok;
}

/* Look at all tokens; *next is a random one of those that may come. */
static bool look(Walk *w, uint64_t *best, uint32_t *next)
{
    uint32_t seen = 0;
    *best = UINT64_MAX;
    *next = UINT32_MAX;
    for (uint32_t t = 0; t < w->w->n_tokens; t++) {
        uint64_t one = w->behind[t] = behind(w, t);
        if (one < *best) *best = one;
        if (one == REFUSED || t == w->w->end) continue;
        /* few of the bytes of strings, most of the others */
        size_t n;
        const char *b = gram_vocab_token(w->w->vocab, t, &n);
        bool dull = (*b & 0x80) || strchr(" \t\n\r.eE+", *b);
        uint32_t weight = dull ? 1 : 8;
        seen += weight;
        if (gen_below(w->g, seen) < weight) *next = t;
    }
    return true;
}

static bool step(Walk *w, uint32_t *next)
{
    uint64_t bound, best;
    if (gram_matcher_completion_bound(w->m, &bound) != GRAM_OK)
        return wrong(w, "no bound", 0);
    w->bounds++;
    look(w, &best, next);
    if (bound == 0)
        return gram_matcher_may_stop(w->m) || wrong(w, "no end", bound);
    if (best >= bound) return wrong(w, "no token lowers it", bound);
    if (!check_budget(w, bound - 1) || !check_budget(w, bound + 2))
        return false;
    if (gen_below(w->g, 4)) return true;
    if (bound > 1) w->stuck += !ends_within(w, bound - 1);
    return ends_within(w, bound) || wrong(w, "not reached", bound);
}

static bool document(Walk *w)
{
    uint32_t next;
    gram_matcher_reset(w->m);
    w->len = 0;
    for (int i = 0;; i++) {
        w->text[w->len] = 0;
        if (!step(w, &next)) return false;
        if (next == UINT32_MAX || i == STEPS) return true;
        size_t n;
        const char *b = gram_vocab_token(w->w->vocab, next, &n);
        if (w->len + n >= sizeof w->text) return true;
        memcpy(w->text + w->len, b, n);
        w->len += n;
        if (gram_matcher_accept(w->m, next) != GRAM_OK)
            return wrong(w, "refused what it took", 0);
    }
}

/* Bounds along one text, printed. */
static bool along(Walk *w, const char *text)
{
    uint32_t next;
    bool ok = true;
    gram_matcher_reset(w->m);
    for (size_t i = 0;; i++) {
        uint64_t bound = 0;
        w->text[w->len] = 0;
        gram_matcher_completion_bound(w->m, &bound);
        printf("%4llu  %s\n", (unsigned long long)bound, w->text);
        ok = step(w, &next) && ok;
        if (text[i] == 0) return ok;
        w->text[w->len < sizeof w->text - 1 ? w->len++ : w->len] = text[i];
        if (gram_matcher_accept_bytes(w->m, &text[i], 1, NULL) != GRAM_OK)
            return wrong(w, "refused", 0);
    }
}

static bool check(World *w, Gen *g, const char *schema, const char *text,
                  uint64_t *stuck)
{
    Walk k = {.w = w, .g = g, .schema = schema};
    gram_grammar *grammar = NULL;
    bool ok = true;
    if (gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                         strlen(schema), w->options, &grammar, NULL))
        return text == NULL;
    k.behind = calloc(w->n_tokens, sizeof *k.behind);
    k.mask = calloc(w->n_words + 1, sizeof *k.mask);
    if (gram_matcher_new(grammar, &k.m, NULL) != GRAM_OK) ok = false;
    if (k.behind == NULL || k.mask == NULL) ok = false;
    for (int i = 0; ok && i < 3; i++)
        ok = text ? along(&k, text) : document(&k);
    gram_matcher_free(k.m);
    gram_grammar_free(grammar);
    free(k.behind);
    free(k.mask);
    w->compiled++;
    w->drawn += k.bounds;
    *stuck += k.stuck;
    return ok;
}

static void run(World *w, Gen *g)
{
    static const gram_options layout = {.size = sizeof layout,
                                        .whitespace = GRAM_WHITESPACE_INDENT,
                                        .indent = 2};
    char schema[GEN_SCHEMA];
    uint64_t stuck = 0;
    long bad = 0, all = t_count("GRAM_WALKS", WALKS);
    for (long i = 0; i < all && bad < SHOWN; i++) {
        gen_one_schema(g, schema);
        w->options = i % 4 == 3 ? &layout : NULL;
        bad += !check(w, g, schema, NULL, &stuck);
    }
    T_OK(bad == 0, "%ld of %ld schemas failed", bad, all);
    T_OK(stuck > 0, "no walk has needed its bound");
    printf("%llu grammars, %llu bounds, %llu walks stuck below them\n",
           (unsigned long long)w->compiled, (unsigned long long)w->drawn,
           (unsigned long long)stuck);
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    uint64_t stuck = 0;
    T(w != NULL && g != NULL && world_open(w));
    g->seed = t_seed();
    g->without = world_without(w);
    if (argc > 1)
        T(check(w, g, argv[1], argc > 2 ? argv[2] : NULL, &stuck));
    else
        run(w, g);
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
