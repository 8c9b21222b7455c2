/* mask == accept, for grammars of random schemas: every bit of every mask
 * along random walks against brute force, 20,000 different configurations of
 * grammars and more; with and without memo, classes and precomputed masks,
 * and with a cache that is full; after rollback, in forks and replayed from
 * the start; random vocabularies whose tokens cross everything.
 *
 *     GRAM_SEED=7 GRAM_WALKS=5000 build/unit/path_masks */
#include "oracle/world.h"
#include "t.h"

#if defined(__SANITIZE_ADDRESS__)
enum { WALKS = 40, LEAST = 1000 };
#else
enum { WALKS = 900, LEAST = 20000 };
#endif
enum { STEPS = 60, SHOWN = 12 };

static void run(World *w, Gen *g, long n)
{
    char schema[GEN_SCHEMA];
    int wrong = 0;
    gram_vocab *v = NULL;
    for (long i = 0; i < n; i++) {
        if (i % 8 == 0) {
            gram_vocab_free(v);
            v = world_random_vocab(g, i % 16 == 0);
        }
        if (i % 3 == 0)
            gen_one_words(g, schema);
        else
            gen_one_schema(g, schema);
        if (v == NULL) wrong++;
        if (v == NULL || world_masks(w, g, v, schema, STEPS)) continue;
        if (wrong++ < SHOWN) fprintf(stderr, "%s\n", w->why);
    }
    gram_vocab_free(v);
    T_OK(wrong == 0, "%d of %ld schemas failed", wrong, n);
    T(w->compiled > (uint64_t)n / 2);
}

/* Forks in the middle of items that are compared by their text. */
static void compared_items(World *w, Gen *g)
{
    static const char *const schema[] = {
        "{\"uniqueItems\":true}",
        "{\"uniqueItems\":true,\"items\":{\"uniqueItems\":true,\"items\":"
        "{\"enum\":[1,2,[1],[2]]}}}",
        "{\"uniqueItems\":true,\"contains\":{\"type\":\"boolean\"},"
        "\"minContains\":2,\"maxItems\":3}"};
    for (size_t i = 0; i < 4 * sizeof schema / sizeof *schema; i++) {
        gram_vocab *v = world_random_vocab(g, i & 1);
        T_OK(world_masks(w, g, v, schema[i / 4], 2 * STEPS), "%s", w->why);
        gram_vocab_free(v);
    }
}

/* States that count characters: chains of one class, which end, change or
 * close differently on the way; in values and in keys. */
static const char *const chains[] = {
    "{\"type\":\"string\",\"pattern\":\"^[a-zA-Z0-9 ]{1,9}$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[^\\\"k]{0,4}k[a-z]{3,5}$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z]{2,3}(-[a-z0-9]{1,6})*$\"}",
    "{\"type\":\"string\",\"pattern\":\"^([a-z]{3}|[a-z0-9,]{5})$\"}",
    "{\"type\":\"string\",\"format\":\"email\"}",
    "{\"type\":\"string\",\"format\":\"hostname\"}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z]{18,40}$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z]{19}(-[a-z]{1,30})?$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z]{2,200}(,[a-z]{0,17}-)?$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z]{24}([,-]b?|[a-z]{9})$\","
    "\"maxLength\":30}",
    "{\"type\":\"string\",\"format\":\"email\",\"maxLength\":12}",
    "{\"type\":\"string\",\"format\":\"email\",\"minLength\":9,\"maxLength\":"
    "90}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z0-9]{2,30}x?$\",\"maxLength\":7}",
    "{\"type\":\"string\",\"pattern\":\"^([a-z]{3}|[a-z0-9,]{5}).*$\","
    "\"maxLength\":6}",
    "{\"type\":\"string\",\"pattern\":\"[a-z\\u00e9]{4}\",\"maxLength\":7}",
    "{\"additionalProperties\":{\"type\":\"string\","
    "\"pattern\":\"^[a-z0-9]{0,5}$\"},\"properties\":{\"a\":{}}}",
    "{\"type\":\"object\",\"if\":{\"properties\":{\"a\":{\"const\":\"aba\"}}},"
    "\"then\":{\"required\":[\"b\"]},\"properties\":{\"a\":{\"type\":"
    "\"string\",\"pattern\":\"^[a-z]{1,4}$\"},\"b\":true}}",
    "{\"type\":\"object\",\"patternProperties\":{\"^[a-z0-9]{1,20}$\":{"
    "\"type\":\"integer\"}},\"additionalProperties\":false}",
    "{\"type\":\"object\",\"propertyNames\":{\"pattern\":"
    "\"^[a-z]{1,3}(-[a-z0-9]{1,6})*$\"},\"maxProperties\":3,"
    "\"additionalProperties\":{\"const\":1}}",
    "{\"type\":\"object\",\"patternProperties\":{\"^[a-z]{1,4}$\":{"
    "\"type\":\"integer\"},\"^[a-z]{3,9}$\":{\"minimum\":3}},"
    "\"additionalProperties\":false,\"minProperties\":2}",
    "{\"type\":\"object\",\"patternProperties\":{\"^[a-z]{2,30}$\":{}},"
    "\"properties\":{\"ab\":{\"const\":1}},\"required\":[\"ab\"],"
    "\"additionalProperties\":false}",
    "{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[a-z]{1,30}$\","
    "\"maxLength\":4},\"additionalProperties\":{\"type\":\"object\","
    "\"propertyNames\":{\"pattern\":\"^[a-z0-9]{1,2}$\"}}}",
    NULL};

/* States that no plain character leaves, but which differ in what may end
 * them, and behind them; with and without a length that is counted. */
static const char *const zones[] = {
    "{\"type\":\"string\",\"pattern\":\"[a-f]\"}",
    "{\"items\":{\"type\":\"string\",\"pattern\":\"[^b-z]a*$\"}}",
    "{\"type\":\"string\",\"pattern\":\"^\\\\S(.*\\\\S)?$\"}",
    "{\"type\":\"string\",\"pattern\":\"[ab]\",\"maxLength\":5}",
    "{\"type\":\"string\",\"pattern\":\"[ab].*,\",\"maxLength\":60}",
    "{\"type\":\"string\",\"pattern\":\"[\\u00e9a]\",\"minLength\":3,"
    "\"maxLength\":9}",
    "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"allOf\":[{"
    "\"pattern\":"
    "\"a\"},{\"pattern\":\"b\"},{\"pattern\":\"1\"}]}}",
    "{\"type\":\"object\",\"if\":{\"properties\":{\"a\":{\"pattern\":\"b\"}}},"
    "\"then\":{\"required\":[\"b\"]},\"properties\":{\"a\":{\"type\":"
    "\"string\"},\"b\":{\"type\":\"string\"}}}",
    "{\"type\":\"object\",\"oneOf\":[{\"properties\":{\"a\":{\"enum\":"
    "[\"a\",\"ab\"]}},\"additionalProperties\":false},{\"properties\":{\"a\":"
    "{\"type\":\"string\"}},\"required\":[\"id\"]}]}",
    "{\"type\":\"object\",\"patternProperties\":{\"[a-c]\":{\"type\":"
    "\"string\"},\"[0-9]\":{\"maxLength\":2}}}",
    "{\"type\":\"object\",\"patternProperties\":{\"a\":{\"type\":\"string\"}},"
    "\"additionalProperties\":false}",
    "{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"[ab]$\"},"
    "\"maxProperties\":3}",
    "{\"type\":\"object\",\"oneOf\":[{\"properties\":{\"a\":{\"type\":"
    "\"string\","
    "\"pattern\":\"b\"},\"b\":{}},\"additionalProperties\":false},"
    "{\"properties\":{\"a\":{\"type\":\"string\",\"not\":{\"pattern\":\"b\"}},"
    "\"id\":{},\"b\":{},\"ab\":{}},\"additionalProperties\":false}]}",
    "{\"type\":\"string\",\"oneOf\":[{\"pattern\":\"^b.{2}$\"},{"
    "\"maxLength\":4}]}",
    "{\"type\":\"string\",\"pattern\":\"^[^\\\\s]+$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[a-f\\\\s-]+$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[^\\u00e9\\u20ac]*$\","
    "\"maxLength\":5}",
    "{\"type\":\"string\",\"pattern\":\"^[\\u00e9a-z]*[\\u00ea]?$\"}",
    "{\"type\":\"object\",\"propertyNames\":{\"pattern\":"
    "\"^[^\\u00e9\\\\s]*$\"}}",
    NULL};

static void listed(World *w, Gen *g, const char *const *schemas, long n)
{
    int wrong = 0;
    for (long i = 0; i < n; i++) {
        gram_vocab *v = world_random_vocab(g, i % 2 == 0);
        for (size_t j = 0; schemas[j] != NULL && v != NULL; j++) {
            if (world_masks(w, g, v, schemas[j], STEPS)) continue;
            if (wrong++ < SHOWN) fprintf(stderr, "%s\n", w->why);
        }
        gram_vocab_free(v);
    }
    T_OK(wrong == 0, "%d walks failed", wrong);
}

static void fault(World *w, Gen *g)
{
    char schema[GEN_SCHEMA];
    bool caught = false;
    gram_vocab *v = world_random_vocab(g, false);
    w->fault = WORLD_FAULT_MASK;
    for (int i = 0; i < 100 && !caught && v != NULL; i++) {
        gen_one_schema(g, schema);
        caught = !world_masks(w, g, v, schema, STEPS);
    }
    gram_vocab_free(v);
    T_OK(caught, "nobody misses a bit");
    w->fault = 0;
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    T(w != NULL && g != NULL && world_open(w));
    g->seed = t_seed();
    g->without = world_without(w);
    if (argc > 1) {
        for (int i = 0; i < 20; i++) {
            gram_vocab *v = world_random_vocab(g, i & 1);
            T_OK(world_masks(w, g, v, argv[1], 400), "%s", w->why);
            gram_vocab_free(v);
        }
    } else {
        long n = t_count("GRAM_WALKS", WALKS);
        run(w, g, n);
        compared_items(w, g);
        listed(w, g, chains, n / 8);
        listed(w, g, zones, n / 20);
        printf("%llu configurations\n", (unsigned long long)w->masks);
        if (n >= WALKS) T(w->masks >= LEAST);
        fault(w, g);
    }
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
