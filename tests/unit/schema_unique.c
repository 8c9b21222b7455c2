/* Arrays whose items must all differ: the library says what the
 * plain validator says about every small value, documents drawn from masks
 * alone are valid and end, and no schema is too much for it.
 *
 *     GRAM_SEED=7 GRAM_WALKS=10000 build/unit/schema_unique     longer
 *     build/unit/schema_unique 'SCHEMA'                         one schema */
#include "oracle/world.h"
#include "t.h"

/* the oracle recurses freely */
extern const unsigned t_stack_kib;
const unsigned t_stack_kib = 1024;

#if defined(__SANITIZE_ADDRESS__)
enum { WALKS = 12 };
#else
enum { WALKS = 120 };
#endif
enum { SHOWN = 12 };

/* --- schemas -------------------------------------------------------------- */

/* What an item may be: endless and few values, of every type, open and closed
 * containers of such. */
static const char *const kinds[] = {
    "true",
    "{\"type\":\"string\"}",
    "{\"type\":\"string\",\"maxLength\":1}",
    "{\"type\":\"string\",\"maxLength\":3}",
    "{\"type\":\"string\",\"minLength\":2,\"maxLength\":4}",
    "{\"type\":\"string\",\"minLength\":1}",
    "{\"pattern\":\"^a+$\",\"type\":\"string\"}",
    "{\"enum\":[\"a\",\"b\",\"\"]}",
    "{\"enum\":[1,\"1\",[1],{\"a\":1},null,true]}",
    "{\"enum\":[[1],[2]]}",
    "{\"type\":\"integer\"}",
    "{\"type\":\"number\",\"minimum\":0,\"maximum\":1}",
    "{\"type\":\"integer\",\"minimum\":0,\"maximum\":3}",
    "{\"type\":\"boolean\"}",
    "{\"type\":[\"null\",\"boolean\",\"integer\"]}",
    "{\"type\":\"array\"}",
    "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"maxItems\":1}",
    "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,"
    "\"maxItems\":1}",
    "{\"type\":\"array\",\"items\":{\"enum\":[1,2]},\"uniqueItems\":true}",
    "{\"type\":\"object\"}",
    "{\"type\":\"object\",\"maxProperties\":1}",
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"boolean\"}},"
    "\"required\":[\"a\"],\"additionalProperties\":false}",
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},"
    "\"required\":[\"a\"]}",
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"null\"},"
    "\"propertyNames\":{\"enum\":[\"a\",\"b\"]}}",
    "{\"not\":{\"type\":[\"array\",\"object\",\"string\"]}}",
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":"
    "{\"enum\":[1,2]},\"ab\":{\"type\":[\"boolean\",\"null\"]}},"
    "\"additionalProperties\":false}",
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":"
    "{\"type\":[\"string\",\"integer\",\"null\"]}},\"required\":[\"b\"],"
    "\"additionalProperties\":false}",
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void put_number(Gen *g, const char *key, uint32_t n)
{
    char text[64];
    snprintf(text, sizeof text, ",\"%s\":%u", key, n);
    gen_put(g, text);
}

static void put_item(Gen *g, int depth);

static void put_list(Gen *g, const char *key, int depth)
{
    uint32_t n = 1 + gen_below(g, 3);
    gen_put(g, "\"");
    gen_put(g, key);
    gen_put(g, "\":[");
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) gen_put(g, ",");
        put_item(g, depth);
    }
    gen_put(g, "]");
}

static void put_key(Gen *g, const char *key, int depth)
{
    gen_put(g, ",\"");
    gen_put(g, key);
    gen_put(g, "\":");
    put_item(g, depth);
}

/* The keywords of an array, all behind a comma. */
static void put_array(Gen *g, int depth)
{
    if (gen_below(g, 4) > 0) gen_put(g, ",\"uniqueItems\":true");
    if (gen_below(g, 3) > 0) put_key(g, "items", depth);
    if (gen_below(g, 3) == 0) {
        gen_put(g, ",");
        put_list(g, "prefixItems", depth);
    }
    if (gen_below(g, 2) == 0) put_number(g, "minItems", gen_below(g, 5));
    if (gen_below(g, 3) == 0) put_number(g, "maxItems", 1 + gen_below(g, 4));
    if (gen_below(g, 3) == 0) {
        put_key(g, "contains", depth);
        if (gen_below(g, 3) == 0) put_number(g, "minContains", gen_below(g, 4));
        if (gen_below(g, 3) == 0)
            put_number(g, "maxContains", 1 + gen_below(g, 2));
    }
    if (gen_below(g, 6) == 0) put_key(g, "unevaluatedItems", depth);
}

/* Few or many objects. */
static void put_object(Gen *g, int depth)
{
    gen_put(g, "{\"type\":\"object\",\"properties\":{\"a\":");
    put_item(g, depth);
    if (gen_below(g, 2)) {
        gen_put(g, ",\"b\":");
        put_item(g, depth);
    }
    gen_put(g, "}");
    if (gen_below(g, 2)) gen_put(g, ",\"required\":[\"a\"]");
    if (gen_below(g, 3)) gen_put(g, ",\"additionalProperties\":false");
    if (gen_below(g, 4) == 0)
        put_number(g, "maxProperties", 1 + gen_below(g, 2));
    if (gen_below(g, 4) == 0) put_number(g, "minProperties", gen_below(g, 2));
    gen_put(g, "}");
}

static void put_combined(Gen *g, int depth)
{
    static const char *const lists[] = {"anyOf", "oneOf", "allOf"};
    gen_put(g, "{");
    switch (gen_below(g, 3)) {
    case 0: put_list(g, lists[gen_below(g, 3)], depth); break;
    case 1:
        gen_put(g, "\"not\":");
        put_item(g, depth);
        break;
    default:
        gen_put(g, "\"if\":");
        put_item(g, depth);
        put_key(g, "then", depth);
        put_key(g, "else", depth);
    }
    if (gen_below(g, 3) == 0) put_array(g, depth);
    gen_put(g, "}");
}

static void put_item(Gen *g, int depth)
{
    uint32_t n = depth > 0 ? gen_below(g, 8) : 0;
    if (n < 4) {
        gen_put(g, kinds[gen_below(g, N_KINDS)]);
    } else if (n == 4) {
        gen_put(g, "{\"type\":\"array\"");
        put_array(g, depth - 1);
        gen_put(g, "}");
    } else if (n == 5) {
        put_object(g, depth - 1);
    } else {
        put_combined(g, depth - 1);
    }
}

/* One array, or a combination of some. */
static void make(Gen *g, char *s, size_t cap)
{
    do {
        int depth = (int)gen_below(g, 4);
        gen_clear(g);
        if (gen_below(g, 6) == 0) {
            put_combined(g, depth);
        } else {
            gen_put(g, gen_below(g, 3) ? "{\"type\":\"array\""
                                       : "{\"title\":\"\"");
            put_array(g, depth);
            gen_put(g, "}");
        }
    } while (g->full || g->len >= cap);
    memcpy(s, g->text, g->len + 1);
}

/* --- runs ----------------------------------------------------------------- */

static void run(World *w, Gen *g, long n)
{
    char schema[4096];
    int bad = 0;
    for (long i = 0; i < n; i++) {
        make(g, schema, sizeof schema);
        if (world_check(w, g, schema)) continue;
        if (bad++ < SHOWN) fprintf(stderr, "%s\n", w->why);
    }
    T_OK(bad == 0, "%d of %ld schemas failed", bad, n);
    printf("%llu compiled, %llu empty, %llu limits, %llu unsupported; %llu "
           "valid, %llu invalid instances, %llu documents\n",
           (unsigned long long)w->compiled, (unsigned long long)w->empty,
           (unsigned long long)w->limits, (unsigned long long)w->unsupported,
           (unsigned long long)w->valid, (unsigned long long)w->invalid,
           (unsigned long long)w->drawn);
    T(w->limits == 0);
}

/* Some that have failed. */
static void known(World *w, Gen *g)
{
    static const char *const schemas[] = {
        "{\"uniqueItems\":true,\"contains\":{\"const\":[1]},\"minItems\":2,"
        "\"maxItems\":2,\"items\":{\"enum\":[[1],[2]]}}",
        "{\"not\":{\"anyOf\":[{\"uniqueItems\":true},{\"contains\":"
        "{\"const\":2}}]},\"maxItems\":2}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":12,"
        "\"items\":{\"type\":\"string\"}}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":3,\"items\":"
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":2,"
        "\"maxItems\":2}}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"not"
        "\":{\"type\":[\"array\",\"object\",\"string\"]}},\"prefixI"
        "tems\":[{\"pattern\":\"^a+$\",\"type\":\"string\"},{\"type"
        "\":\"object\",\"maxProperties\":1}],\"contains\":{\"type\""
        ":\"string\",\"minLength\":1}}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"prefixItems\":["
        "{\"type\":\"string\"},{\"type\":\"string\"},{\"enum\":[\"a"
        "\",\"b\"]}],\"minItems\":3}",
        "{\"title\":\"\",\"uniqueItems\":true,\"items\":{\"type\":"
        "\"array\",\"uniqueItems\":true,\"contains\":true},\"contai"
        "ns\":{\"not\":{\"type\":\"array\",\"items\":{\"type\":\"bo"
        "olean\"},\"maxItems\":1}},\"maxContains\":1}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type"
        "\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":[\"n"
        "ull\",\"boolean\",\"integer\"]},\"contains\":{\"type\":\"o"
        "bject\",\"additionalProperties\":{\"type\":\"null\"},\"pro"
        "pertyNames\":{\"enum\":[\"a\",\"b\"]}},\"minContains\":2},"
        "\"prefixItems\":[{\"enum\":[\"a\",\"b\",\"\"]},{\"not\":{"
        "\"type\":\"string\",\"minLength\":1},\"uniqueItems\":true,"
        "\"items\":{\"type\":\"array\",\"uniqueItems\":true,\"minIt"
        "ems\":1,\"maxItems\":3},\"minItems\":4}],\"unevaluatedItem"
        "s\":{\"enum\":[1,\"1\",[1],{\"a\":1},null,true]}}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":2,\"items\":"
        "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":2,\"maxItems"
        "\":2,\"contains\":{\"type\":\"boolean\"}}}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"arr"
        "ay\",\"prefixItems\":[{\"type\":\"boolean\"},false]}}",
        /* null waits to be listed, and is in what is listed first */
        "{\"uniqueItems\":true,\"contains\":{\"enum\":[{\"a\":null,\"b\":"
        "[null]},null]}}",
        /* numbers that are counted one by one are too many */
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"arr"
        "ay\",\"uniqueItems\":true,\"items\":{\"not\":{\"type\":\"integer\"}}}"
        "}",
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"arr"
        "ay\",\"uniqueItems\":true,\"items\":{\"type\":[\"boolean\",\"strin"
        "g\"],\"maxLength\":0}}}",
    };
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
        T_OK(world_check(w, g, schemas[i]), "%s", w->why);
    T_OK(w->unsupported == 0, "%u are not supported", (unsigned)w->unsupported);
}

/* An array of as many different items as there are can be had, one of one item
 * more cannot, nor can it be begun: how many is counted here by hand. */
static void counts(World *w)
{
    static const struct {
        const char *item;
        int n;
    } cases[] = {
        {"\"type\":\"array\",\"uniqueItems\":true,\"maxItems\":2,"
         "\"items\":{\"type\":\"boolean\"}",
         5}, /* [], [t], [f], [t,f], [f,t] */
        {"\"type\":\"array\",\"uniqueItems\":true,"
         "\"items\":{\"type\":\"boolean\"}",
         5},
        {"\"type\":\"array\",\"uniqueItems\":true,\"items\":false,"
         "\"prefixItems\":[{\"type\":\"boolean\"},{\"type\":\"null\"}]",
         5},
        {"\"type\":\"array\",\"contains\":{\"const\":true},"
         "\"minItems\":2,\"maxItems\":2,\"items\":{\"type\":\"boolean\"}",
         3},
        {"\"type\":\"array\",\"contains\":{\"const\":1},"
         "\"maxItems\":1,\"items\":{\"type\":\"integer\"}",
         1},
        {"\"type\":\"object\",\"minProperties\":3,"
         "\"additionalProperties\":false,\"properties\":{\"a\":"
         "{\"type\":\"boolean\"},\"b\":{\"type\":\"boolean\"},"
         "\"c\":{\"type\":\"boolean\"}}",
         8},
        {"\"type\":\"object\",\"minProperties\":2,"
         "\"additionalProperties\":false,\"properties\":{\"a\":"
         "{\"type\":\"boolean\"},\"b\":{\"type\":\"boolean\"},"
         "\"c\":{\"type\":\"null\"}}",
         12}, /* ab 4, ac 2, bc 2, abc 4 */
        {"\"type\":\"object\",\"maxProperties\":1,"
         "\"additionalProperties\":false,\"properties\":{\"a\":"
         "{\"type\":\"boolean\"},\"b\":{\"type\":\"boolean\"}}",
         5},
        {"\"type\":\"object\",\"required\":[\"a\"],"
         "\"minProperties\":2,\"propertyNames\":{\"pattern\":\"^[abc]$\"},"
         "\"additionalProperties\":{\"type\":\"null\"}",
         3}, /* ab, ac, abc */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int more = 0; more < 2; more++) {
            char schema[512];
            gram_grammar *grammar = NULL;
            int n = cases[i].n + more;
            snprintf(schema, sizeof schema,
                     "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":"
                     "%d,\"items\":{%s}}",
                     n, cases[i].item);
            T_OK(gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                                  strlen(schema), NULL, &grammar,
                                  NULL) == (more ? GRAM_E_EMPTY : GRAM_OK),
                 "%s", schema);
            gram_grammar_free(grammar);
        }
}

/* Texts from where plans went astray: some completion is short. */
static void bounds(World *w)
{
    static const struct {
        const char *schema, *text;
    } cases[] = {
        {"{\"type\":\"array\",\"uniqueItems\":true,\"prefixItems\":["
         "{\"type\":\"boolean\"},true,{\"anyOf\":[{\"type\":\"array"
         "\"},{\"type\":\"array\"}]}],\"minItems\":4,\"contains\":{"
         "\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"maxI"
         "tems\":1},\"minContains\":3}",
         "[false,null,[],{\"a\":1},true,"},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type"
         "\":\"array\",\"uniqueItems\":true,\"prefixItems\":[{\"type"
         "\":\"integer\"},{\"type\":\"object\",\"additionalPropertie"
         "s\":{\"type\":\"null\"},\"propertyNames\":{\"enum\":[\"a\""
         ",\"b\"]}},{\"type\":\"string\",\"maxLength\":1}],\"contain"
         "s\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3}},\""
         "prefixItems\":[{\"oneOf\":[{\"type\":\"string\",\"minLengt"
         "h\":1},{\"type\":\"array\",\"items\":{\"type\":\"integer\""
         "},\"minItems\":1,\"maxItems\":1}]}],\"minItems\":4}",
         "[[1],[1,{\"a\":null,\"b\":null}],[0.50e061 "},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"not"
         "\":{\"if\":{\"type\":\"array\",\"uniqueItems\":true,\"item"
         "s\":{\"type\":\"object\"},\"maxItems\":4},\"then\":true,\""
         "else\":{\"pattern\":\"^a+$\",\"type\":\"string\"},\"prefix"
         "Items\":[{\"type\":\"array\",\"items\":true,\"prefixItems"
         "\":[{\"not\":{\"type\":[\"array\",\"object\",\"string\"]}}"
         ",true],\"minItems\":1,\"contains\":{\"type\":\"object\"},"
         "\"minContains\":2,\"maxContains\":2},{\"type\":\"object\","
         "\"properties\":{\"a\":{\"type\":\"boolean\"}},\"additional"
         "Properties\":false,\"maxProperties\":1},true],\"contains\""
         ":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"bo"
         "olean\"}},\"required\":[\"a\"],\"additionalProperties\":fa"
         "lse}},\"uniqueItems\":true,\"items\":{\"not\":{\"type\":\""
         "object\",\"properties\":{\"a\":{\"type\":\"boolean\"}},\"r"
         "equired\":[\"a\"],\"additionalProperties\":false}},\"minIt"
         "ems\":3,\"contains\":{\"type\":\"array\",\"uniqueItems\":t"
         "rue,\"items\":{\"anyOf\":[{\"type\":\"string\"}],\"items\""
         ":{\"type\":\"boolean\"},\"prefixItems\":[{\"type\":\"objec"
         "t\"},{\"type\":\"integer\",\"minimum\":0,\"maximum\":3}],"
         "\"minItems\":2,\"maxItems\":2,\"unevaluatedItems\":{\"type"
         "\":\"string\",\"maxLength\":1}},\"minItems\":3},\"minConta"
         "ins\":1,\"maxContains\":1},\"minItems\":0}",
         "[[{\"a\":[[\"a\"]],\"b\":1},{\"ab\":1,\"axb,"},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"prefixItems\":["
         "{\"not\":{\"type\":\"object\",\"maxProperties\":1},\"uniqu"
         "eItems\":true,\"items\":{\"type\":\"array\",\"items\":{\"t"
         "ype\":\"integer\"},\"minItems\":1,\"maxItems\":1},\"contai"
         "ns\":{\"type\":\"string\"}},{\"type\":\"object\",\"propert"
         "ies\":{\"a\":{\"type\":\"boolean\"}},\"required\":[\"a\"],"
         "\"additionalProperties\":false}],\"contains\":{\"type\":\""
         "object\",\"properties\":{\"a\":{\"type\":\"array\",\"items"
         "\":{\"type\":\"integer\"},\"minItems\":1,\"maxItems\":1}},"
         "\"additionalProperties\":false},\"minContains\":3}",
         "[true,{\"a\":true},610.5,0 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gram_grammar *grammar = NULL;
        gram_matcher *m = NULL;
        const char *schema = cases[i].schema, *text = cases[i].text;
        uint64_t bound = UINT64_MAX;
        T(gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                           strlen(schema), NULL, &grammar, NULL) == GRAM_OK);
        T(gram_matcher_new(grammar, &m, NULL) == GRAM_OK);
        T(gram_matcher_accept_bytes(m, text, strlen(text), NULL) == GRAM_OK);
        T(gram_matcher_completion_bound(m, &bound) == GRAM_OK);
        T_OK(bound < 64, "%s: %llu at `%s`", schema, (unsigned long long)bound,
             text);
        gram_matcher_free(m);
        gram_grammar_free(grammar);
    }
}

/* --- long arrays ---------------------------------------------------------- */

/* Steps of the masks, and of the bound where asked, before each token of an
 * array of n items. */
static uint64_t steps(World *w, const char *schema, const char *item, int n,
                      bool bounds)
{
    gram_grammar *grammar = NULL;
    gram_matcher *m = NULL;
    gram_grammar_stats stats = {.size = sizeof stats};
    char text[64];
    uint64_t bound;
    uint32_t *mask = calloc(w->n_words, sizeof *mask);
    T(mask != NULL);
    T(gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema),
                       NULL, &grammar, NULL) == GRAM_OK);
    T(gram_matcher_new(grammar, &m, NULL) == GRAM_OK);
    for (int i = 0; i < n; i++) {
        text[0] = i == 0 ? '[' : ',';
        snprintf(text + 1, sizeof text - 1, item, i * 37);
        for (size_t k = 0; text[k] != 0; k++) {
            T(gram_matcher_mask(m, mask, w->n_words) == GRAM_OK);
            if (bounds) T(gram_matcher_completion_bound(m, &bound) == GRAM_OK);
            T(gram_matcher_accept_bytes(m, text + k, 1, NULL) == GRAM_OK);
        }
    }
    T(gram_grammar_get_stats(grammar, &stats) == GRAM_OK);
    gram_matcher_free(m);
    gram_grammar_free(grammar);
    free(mask);
    return stats.steps;
}

#define CLOSED                                                                 \
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"object\"," \
    "\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"enum\":[\"x\","      \
    "\"y\"]},"                                                                 \
    "\"c\":{\"type\":\"boolean\"}},\"additionalProperties\":false,"            \
    "\"required\":"                                                            \
    "[\"a\"]}}"

/* Twice the items are not much more than twice the work. */
static void growth(World *w)
{
    static const struct {
        const char *schema, *item;
        bool bounds;
        double most;
    } arrays[] = {
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"string\"}}",
         "\"item %d\"", false, 2.6},
        /* shorter than they may be */
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"string\",\"minLength\":2,\"maxLength\":40}}",
         "\"item %d\"", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}}",
         "{\"a\":%d}", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"array\",\"items\":{\"type\":\"integer\"}}}",
         "[1,%d]", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"string\",\"pattern\":\"^([^/]+/)*[^/]+/?$\"}}",
         "\"a/%d\"", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"object\",\"if\":{\"propertyNames\":{\"enum\":[\"a\",\"b\"]},"
         "\"minProperties\":2},\"then\":false,\"else\":{\"oneOf\":[{"
         "\"required\":[\"a\"]},{\"required\":[\"b\"]}]}}}",
         "{\"a\":%d}", true, 2.6},
        /* closed objects, told apart by members that others have, too */
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
         "\"required\":[\"a\"],\"additionalProperties\":false}}",
         "{\"a\":\"%d\"}", true, 2.6},
        {CLOSED, "{\"b\":\"x\",\"c\":true,\"a\":\"%d\"}", false, 2.6},
        {CLOSED, "{\"a\":\"%d\",\"b\":\"x\",\"c\":true}", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":"
         "{\"type\":\"number\"}},\"additionalProperties\":false}}",
         "{\"a\":%d,\"b\":7}", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
         "\"integer\",\"minimum\":0,\"maximum\":9999}}",
         "%d", false, 2.6},
        {"{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":1000,"
         "\"items\":{\"type\":\"integer\"}}",
         "%d", false, 2.6},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        uint64_t one =
            steps(w, arrays[i].schema, arrays[i].item, 48, arrays[i].bounds);
        uint64_t two =
            steps(w, arrays[i].schema, arrays[i].item, 96, arrays[i].bounds);
        printf("%s: %llu, %llu steps\n", arrays[i].item,
               (unsigned long long)one, (unsigned long long)two);
        T_OK((double)two <= arrays[i].most * (double)one,
             "%s: steps grow %.2f times", arrays[i].item,
             (double)two / (double)one);
    }
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    T(w != NULL && g != NULL && world_open(w));
    g->seed = t_seed();
    w->instances = 12;
    w->documents = 4;
    g->without = world_without(w);
    if (argc > 1) {
        w->instances = w->documents = 200;
        T_OK(world_check(w, g, argv[1]), "%s", w->why);
    } else {
        growth(w);
        known(w, g);
        counts(w);
        bounds(w);
        run(w, g, t_count("GRAM_WALKS", WALKS));
    }
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
