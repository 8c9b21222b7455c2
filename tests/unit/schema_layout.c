/* White space by a fixed indent: random schemas under random indents.
 *
 *   - a value is accepted exactly if it is valid and laid out, and documents
 *     drawn from masks are what a pretty printer writes, byte for byte;
 *   - every bit of every mask is right, whatever tokens cross;
 *   - documents end within their completion bounds, which count white space
 *     (schema_bound looks at every place of a walk).
 *
 *     GRAM_SEED=7 GRAM_WALKS=10000 build/unit/schema_layout     longer
 *     build/unit/schema_layout 'SCHEMA' INDENT                  one schema */
#include "oracle/world.h"
#include "t.h"

/* the oracle recurses freely */
extern const unsigned t_stack_kib;
const unsigned t_stack_kib = 1024;

#if defined(__SANITIZE_ADDRESS__)
enum { WALKS = 40, MASKS = 10 };
#else
enum { WALKS = 600, MASKS = 120 };
#endif
enum { SHOWN = 12, STEPS = 60 };

static const unsigned indents[] = {2, 0, 4, 1, 3, 8, 2, 64};
enum { N_INDENTS = sizeof indents / sizeof *indents };

static gram_options options(unsigned indent)
{
    return (gram_options){.size = sizeof(gram_options),
                          .whitespace = GRAM_WHITESPACE_INDENT,
                          .indent = indent};
}

/* --- random schemas ------------------------------------------------------- */

static void run(World *w, Gen *g, long n)
{
    char schema[GEN_SCHEMA];
    int bad = 0;
    for (long i = 0; i < n; i++) {
        gram_options opt = options(indents[(size_t)i % N_INDENTS]);
        if (i % 5 == 4) opt.max_depth = 1 + gen_below(g, 3);
        if (i % 7 == 6) opt.key_order = GRAM_KEY_ORDER_SCHEMA;
        w->options = &opt;
        gen_one_schema(g, schema);
        if (!world_check(w, g, schema) && bad++ < SHOWN)
            fprintf(stderr, "indent %u: %s\n", opt.indent, w->why);
    }
    w->options = NULL;
    T_OK(bad == 0, "%d of %ld schemas failed", bad, n);
    T(w->compiled > (uint64_t)n / 2);
    T(w->limits <= (uint64_t)n / 100);
    T(w->valid > 0 && w->invalid > 0 && w->drawn > 0);
    printf("%llu compiled, %llu limits; %llu valid, %llu invalid instances, "
           "%llu documents\n",
           (unsigned long long)w->compiled, (unsigned long long)w->limits,
           (unsigned long long)w->valid, (unsigned long long)w->invalid,
           (unsigned long long)w->drawn);
}

static void masks(World *w, Gen *g, long n)
{
    char schema[GEN_SCHEMA];
    int bad = 0;
    for (long i = 0; i < n; i++) {
        gram_options opt = options(indents[(size_t)i % N_INDENTS]);
        gram_vocab *v = i % 2 ? gram_vocab_share(w->vocab)
                              : world_random_vocab(g, i % 4);
        w->options = &opt;
        gen_one_schema(g, schema);
        T(v != NULL);
        if (v == NULL) break;
        if (!world_masks(w, g, v, schema, STEPS) && bad++ < SHOWN)
            fprintf(stderr, "indent %u: %s\n", opt.indent, w->why);
        gram_vocab_free(v);
    }
    w->options = NULL;
    T_OK(bad == 0, "%d of %ld schemas failed", bad, n);
}

/* A document that loses a byte is noticed. */
static void faults(World *w, Gen *g)
{
    gram_options opt = options(2);
    bool caught = false;
    char schema[GEN_SCHEMA];
    w->options = &opt;
    w->fault = WORLD_FAULT_DOCUMENT;
    for (int i = 0; i < 600 && !caught; i++) {
        gen_one_schema(g, schema);
        caught = !world_check(w, g, schema);
    }
    w->options = NULL;
    w->fault = 0;
    T(caught);
}

static void one(World *w, Gen *g, const char *schema, const char *indent)
{
    gram_options opt = options((unsigned)atoi(indent));
    w->options = &opt;
    bool ok = world_check(w, g, schema) &&
              world_masks(w, g, w->vocab, schema, STEPS);
    T_OK(ok, "%s", w->why);
    w->options = NULL;
}

int main(int argc, char **argv)
{
    World w = {.instances = 8, .small = 6, .documents = 8};
    Gen *g = calloc(1, sizeof *g);
    T(g != NULL && world_open(&w));
    g->seed = t_seed();
    g->without = world_without(&w);
    if (argc > 2) {
        one(&w, g, argv[1], argv[2]);
    } else {
        run(&w, g, t_count("GRAM_WALKS", WALKS));
        masks(&w, g, t_count("GRAM_WALKS", 5 * MASKS) / 5);
        faults(&w, g);
    }
    world_close(&w);
    free(g);
    return t_done();
}
