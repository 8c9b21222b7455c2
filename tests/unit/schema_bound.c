/* The completion bound is one that can be kept: wherever a walk may be, some
 * byte that may come next lowers it by one at least, until it is 0 and the
 * text may end.  So a budget at or above the bound always suffices.
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
    Gen *g;
    const char *schema;
    char text[STEPS + 1];
    size_t len;
    uint64_t undecided, bounds;
} Walk;

static bool wrong(const Walk *w, const char *what, uint64_t bound)
{
    fprintf(stderr, "%s\n    %s, bound %llu at `%s`\n", w->schema, what,
            (unsigned long long)bound, w->text);
    return false;
}

/* The bound behind one more byte; UINT64_MAX where it may not come. */
static uint64_t behind(const Walk *w, int byte)
{
    char c = (char)byte;
    uint64_t bound = UINT64_MAX;
    if (gram_matcher_accept_bytes(w->m, &c, 1, NULL) != GRAM_OK)
        return UINT64_MAX;
    if (gram_matcher_completion_bound(w->m, &bound) != GRAM_OK)
        bound = UINT64_MAX - 1;
    gram_matcher_rollback(w->m, 1);
    return bound;
}

/* Look at all bytes; *next is a random one of those that may come. */
static bool step(Walk *w, int *next)
{
    uint64_t bound, best = UINT64_MAX;
    uint32_t seen = 0;
    if (gram_matcher_completion_bound(w->m, &bound) != GRAM_OK)
        return wrong(w, "no bound", 0);
    *next = -1;
    w->bounds++;
    for (int b = 0; b < 256; b++) {
        uint64_t one = behind(w, b);
        if (one < best) best = one;
        if (one == UINT64_MAX) continue;
        /* few of the bytes of strings, most of the others */
        uint32_t weight = b >= 0x80 ? 1 : strchr(" \t\n\r.eE+", b) ? 2 : 8;
        seen += weight;
        if (gen_below(w->g, seen) < weight) *next = b;
    }
    if (bound == 0)
        return gram_matcher_may_stop(w->m) || wrong(w, "no end", bound);
    return best < bound || wrong(w, "no byte lowers it", bound);
}

static bool document(Walk *w)
{
    int next;
    gram_matcher_reset(w->m);
    for (w->len = 0;;) {
        w->text[w->len] = 0;
        if (!step(w, &next)) return false;
        if (next < 0 || w->len == STEPS) return true;
        w->text[w->len++] = (char)next;
        if (gram_matcher_accept_bytes(w->m, &w->text[w->len - 1], 1, NULL))
            return wrong(w, "refused what it took", 0);
    }
}

/* Bounds along one text, printed. */
static bool along(Walk *w, const char *text)
{
    int next;
    bool ok = true;
    gram_matcher_reset(w->m);
    for (size_t i = 0;; i++) {
        uint64_t bound = 0;
        w->text[w->len] = 0;
        gram_matcher_completion_bound(w->m, &bound);
        printf("%4llu  %s\n", (unsigned long long)bound, w->text);
        ok = step(w, &next) && ok;
        if (text[i] == 0) return ok;
        w->text[w->len < STEPS ? w->len++ : w->len] = text[i];
        if (gram_matcher_accept_bytes(w->m, &text[i], 1, NULL) != GRAM_OK)
            return wrong(w, "refused", 0);
    }
}

static bool check(World *w, Gen *g, const char *schema, const char *text)
{
    Walk k = {.g = g, .schema = schema};
    gram_grammar *grammar = NULL;
    bool ok = true;
    if (gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                         strlen(schema), w->options, &grammar, NULL))
        return text == NULL;
    if (gram_matcher_new(grammar, &k.m, NULL) != GRAM_OK) ok = false;
    for (int i = 0; ok && i < 3; i++)
        ok = text ? along(&k, text) : document(&k);
    gram_matcher_free(k.m);
    gram_grammar_free(grammar);
    w->compiled++;
    w->drawn += k.bounds;
    return ok;
}

static void run(World *w, Gen *g)
{
    const char *n = getenv("GRAM_WALKS");
    char schema[4096];
    long bad = 0, all = n ? atol(n) : WALKS;
    for (long i = 0; i < all && bad < SHOWN; i++) {
        do {
            gen_clear(g);
            gen_schema(g, (int)gen_below(g, 4));
        } while (g->full || g->len > 3000);
        memcpy(schema, g->text, g->len + 1);
        bad += !check(w, g, schema, NULL);
    }
    T_OK(bad == 0, "%ld of %ld schemas failed", bad, all);
    printf("%llu grammars, %llu bounds\n", (unsigned long long)w->compiled,
           (unsigned long long)w->drawn);
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    T(w != NULL && g != NULL && world_open(w));
    g->seed = t_seed();
    g->without = world_without(w);
    if (argc > 1)
        T(check(w, g, argv[1], argc > 2 ? argv[2] : NULL));
    else
        run(w, g);
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
