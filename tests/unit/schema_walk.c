/* Thousands of random small schemas: the library says what the plain
 * validator says, about every small value in any spelling and tokenization,
 * and documents drawn from masks alone are valid and always end.
 *
 *     GRAM_SEED=7 GRAM_WALKS=100000 build/unit/schema_walk     longer
 *     build/unit/schema_walk 'SCHEMA'                          one schema
 *
 * Each failing schema is printed with the reason; the first few only. */
#include "oracle/world.h"
#include "t.h"

/* the oracle recurses freely */
extern const unsigned t_stack_kib;
const unsigned t_stack_kib = 1024;

#if defined(__SANITIZE_ADDRESS__)
enum { WALKS = 60 };
#else
enum { WALKS = 1000 };
#endif
enum { SHOWN = 12 };

static void run(World *w, Gen *g, long n)
{
    char schema[GEN_SCHEMA];
    int bad = 0;
    for (long i = 0; i < n; i++) {
        if (i % 4 == 0)
            gen_one_words(g, schema);
        else
            gen_one_schema(g, schema);
        if (world_check(w, g, schema)) continue;
        if (bad++ < SHOWN) fprintf(stderr, "%s\n", w->why);
    }
    T_OK(bad == 0, "%d of %ld schemas failed", bad, n);
    printf("%llu compiled, %llu empty, %llu limits, %llu unsupported, %llu "
           "cycles; %llu valid, %llu invalid instances, %llu documents\n",
           (unsigned long long)w->compiled, (unsigned long long)w->empty,
           (unsigned long long)w->limits, (unsigned long long)w->unsupported,
           (unsigned long long)w->references, (unsigned long long)w->valid,
           (unsigned long long)w->invalid, (unsigned long long)w->drawn);
    T(w->compiled > (uint64_t)n / 2);
    T(w->limits <= (uint64_t)n / 100);
    T(w->valid > 0 && w->invalid > 0);
}

/* Documents under policies: valid, and never at a dead end. */
static void policies(World *w, Gen *g, long n)
{
    static const gram_options policy[] = {
        {.size = sizeof *policy, .whitespace = GRAM_WHITESPACE_NONE},
        {.size = sizeof *policy, .key_order = GRAM_KEY_ORDER_SCHEMA},
        {.size = sizeof *policy, .escapes = GRAM_ESCAPES_CANONICAL},
        {.size = sizeof *policy, .max_items = 1},
        {.size = sizeof *policy, .max_items = 3, .max_string = 2},
        {.size = sizeof *policy, .max_depth = 1},
        {.size = sizeof *policy, .max_depth = 3},
        {.size = sizeof *policy, .additional = GRAM_ADDITIONAL_CLOSED},
        {.size = sizeof *policy,
         .key_order = GRAM_KEY_ORDER_SCHEMA,
         .max_depth = 2,
         .max_items = 2,
         .additional = GRAM_ADDITIONAL_CLOSED}};
    size_t n_policies = sizeof policy / sizeof *policy;
    char schema[GEN_SCHEMA];
    int bad = 0;
    for (long i = 0; i < n; i++) {
        gen_one_schema(g, schema);
        w->options = &policy[(size_t)i % n_policies];
        if (world_check(w, g, schema)) continue;
        if (bad++ < SHOWN)
            fprintf(stderr, "policy %d: %s\n", (int)((size_t)i % n_policies),
                    w->why);
    }
    w->options = NULL;
    T_OK(bad == 0, "%d of %ld schemas failed under policies", bad, n);
}

/* An oracle that overlooks one keyword, or a document that loses a byte, is
 * noticed within some hundred schemas. */
static void faults(World *w, Gen *g)
{
    static const char *const keywords[] = {"type",
                                           "properties",
                                           "required",
                                           "additionalProperties",
                                           "patternProperties",
                                           "propertyNames",
                                           "items",
                                           "prefixItems",
                                           "minItems",
                                           "maxProperties",
                                           "enum",
                                           "const",
                                           "$ref",
                                           "anyOf",
                                           "allOf",
                                           "oneOf",
                                           "not",
                                           "if",
                                           "dependentRequired",
                                           "minLength",
                                           "pattern",
                                           "minimum",
                                           "multipleOf"};
    char schema[GEN_SCHEMA];
    size_t n = sizeof keywords / sizeof *keywords;
    for (size_t k = 0; k <= n; k++) {
        bool caught = false;
        w->ignore = k < n ? keywords[k] : NULL;
        w->fault = k < n ? 0 : WORLD_FAULT_DOCUMENT;
        for (int i = 0; i < 600 && !caught; i++) {
            gen_one_schema(g, schema);
            caught = !world_check(w, g, schema);
        }
        T_OK(caught, "nobody misses %s", k < n ? keywords[k] : "a byte");
    }
    w->ignore = NULL;
    w->fault = 0;
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    T(w != NULL && g != NULL && world_open(w));
    g->seed = t_seed();
    w->instances = 12;
    w->documents = 4;
    g->without = world_without(w) | GEN_LOOSE_FORMATS;
    if (argc > 1) {
        w->instances = w->documents = 200;
        T_OK(world_check(w, g, argv[1]), "%s", w->why);
    } else {
        long n = t_count("GRAM_WALKS", WALKS);
        run(w, g, n);
        policies(w, g, n / 3);
        faults(w, g);
    }
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
