/* Schemas that hold themselves: their completions come to an end.
 *
 * Random schemas of a few definitions that refer to each other; some values of
 * each are finite, or it is the empty language.  Along random texts
 *
 *   - a bound can be told, at every place;
 *   - some token lowers it, and is in the mask of the bound less one.
 *
 *     GRAM_SEED=7 GRAM_WALKS=10000 build/unit/schema_recursive      longer
 *     build/unit/schema_recursive 'SCHEMA'                          one */
#include "oracle/world.h"
#include "t.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SCHEMAS = 20 };
#else
enum { SCHEMAS = 150 };
#endif
enum { DEFS = 4, STEPS = 24, SHOWN = 8, WORDS = WORLD_TOKENS / 32 };

/* --- schemas -------------------------------------------------------------- */

static void put_member(Gen *g)
{
    static const char *const leaf[] = {"{\"const\":\"abab\"}", "{\"enum\":[1]}",
                                       "{\"type\":\"string\"}"};
    char ref[] = "{\"$ref\":\"#/$defs/d0\"}";
    ref[18] += (char)gen_below(g, DEFS);
    gen_put(g, gen_below(g, 3) ? ref : leaf[gen_below(g, 3)]);
}

static void put_array(Gen *g)
{
    char least[] = "{\"type\":\"array\",\"minItems\":0,\"items\":";
    least[27] += (char)gen_below(g, 3);
    gen_put(g, least);
    put_member(g);
    gen_put(g, "}");
}

static void put_object(Gen *g)
{
    static const char *const needs[] = {
        "\"required\":[\"a\"]", "\"required\":[\"b\"]",
        "\"required\":[\"a\",\"b\"]", "\"minProperties\":1",
        "\"not\":{\"required\":[\"a\"]}"};
    gen_put(g, "{\"type\":\"object\",\"properties\":{\"a\":");
    put_member(g);
    gen_put(g, ",\"b\":");
    put_member(g);
    gen_put(g, "},\"additionalProperties\":false,");
    gen_put(g, needs[gen_below(g, 5)]);
    gen_put(g, "}");
}

static void put_container(Gen *g)
{
    if (gen_below(g, 4))
        put_object(g);
    else
        put_array(g);
}

static void put_definition(Gen *g)
{
    static const char *const unions[] = {"{\"anyOf\":[", "{\"oneOf\":["};
    uint32_t n = gen_below(g, 4);
    if (n == 0) {
        put_container(g);
        return;
    }
    gen_put(g, unions[gen_below(g, 2)]);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) gen_put(g, ",");
        put_container(g);
    }
    gen_put(g, "]}");
}

static void put_schema(Gen *g)
{
    char def[] = "\"d0\":";
    gen_clear(g);
    gen_put(g, "{\"type\":\"object\",\"additionalProperties\":false,"
               "\"properties\":{\"a\":{\"$ref\":\"#/$defs/d0\"},\"b\":"
               "{\"$ref\":\"#/$defs/d1\"}},\"$defs\":{");
    for (uint32_t i = 0; i < DEFS; i++, def[2]++) {
        if (i > 0) gen_put(g, ",");
        gen_put(g, def);
        put_definition(g);
    }
    gen_put(g, "}}");
}

/* --- one schema ----------------------------------------------------------- */

typedef struct Case {
    World *w;
    Gen *g;
    const char *schema;
    gram_grammar *grammar;
    uint32_t token[STEPS];
    uint32_t n; /* behind so many tokens */
} Case;

static bool fails(const Case *c, const char *why, uint64_t a, uint64_t b)
{
    fprintf(stderr, "%s\n    %s (%llu, %llu) behind `", c->schema, why,
            (unsigned long long)a, (unsigned long long)b);
    for (uint32_t i = 0; i < c->n; i++) {
        size_t len;
        const char *s = gram_vocab_token(c->w->vocab, c->token[i], &len);
        fwrite(s, 1, len, stderr);
    }
    fprintf(stderr, "`\n");
    return false;
}

static gram_grammar *compile(const Case *c)
{
    gram_grammar *g = NULL;
    gram_grammar_new(c->w->vocab, GRAM_KIND_JSON_SCHEMA, c->schema,
                     strlen(c->schema), c->w->options, &g, NULL);
    return g;
}

/* Any of the set, or UINT32_MAX. */
static uint32_t draw(Case *c, const uint32_t *row)
{
    uint32_t seen = 0, next = UINT32_MAX;
    for (uint32_t k = 0; k < c->w->n_tokens; k++) {
        size_t len;
        if (k == c->w->end || !(row[k >> 5] >> (k & 31) & 1)) continue;
        const char *b = gram_vocab_token(c->w->vocab, k, &len);
        bool dull = (*b & 0x80) || strchr(" \t\n\r\\.eE+", *b);
        uint32_t weight = dull ? 1 : 16;
        seen += weight;
        if (gen_below(c->g, seen) < weight) next = k;
    }
    return next;
}

/* One token of those that leave the bound less one. */
static bool goes_down(Case *c, gram_matcher *m, uint64_t bound)
{
    uint32_t row[WORDS], next;
    uint64_t now = bound;
    if (bound == 0) return true;
    if (gram_matcher_mask_budget(m, bound - 1, row, c->w->n_words))
        return fails(c, "no mask", bound, 0);
    next = draw(c, row);
    if (next == UINT32_MAX && (row[c->w->end >> 5] >> (c->w->end & 31) & 1))
        return true;
    if (next == UINT32_MAX || gram_matcher_accept(m, next) ||
        gram_matcher_completion_bound(m, &now) || now >= bound)
        return fails(c, "no progress", bound, now);
    return gram_matcher_rollback(m, 1) == GRAM_OK;
}

static bool walk(Case *c, gram_matcher *m)
{
    uint32_t row[WORDS];
    gram_matcher_reset(m);
    for (c->n = 0;; c->n++) {
        uint64_t bound;
        if (gram_matcher_completion_bound(m, &bound))
            return fails(c, "no bound", 0, 0);
        if (gen_below(c->g, 4) == 0 && !goes_down(c, m, bound)) return false;
        if (c->n == STEPS || gram_matcher_mask(m, row, c->w->n_words))
            return true;
        uint32_t next = draw(c, row);
        if (next == UINT32_MAX || gram_matcher_accept(m, next)) return true;
        c->token[c->n] = next;
    }
}

static bool check(World *w, Gen *g, const char *schema)
{
    Case c = {.w = w, .g = g, .schema = schema};
    gram_matcher *m;
    c.grammar = compile(&c);
    if (c.grammar == NULL) return true;
    bool ok = gram_matcher_new(c.grammar, &m, NULL) == GRAM_OK;
    for (int i = 0; i < 4 && ok; i++) ok = walk(&c, m);
    gram_matcher_free(m);
    gram_grammar_free(c.grammar);
    w->compiled++;
    return ok;
}

/* Any branch that refers to the union did for what stands in it; and an array
 * that can hold itself did for its items. */
static const char *const known[] = {
    "{\"$ref\":\"#/$defs/e\",\"$defs\":{\"e\":{\"anyOf\":[{\"required\":"
    "[\"a\"],\"properties\":{\"a\":{\"$ref\":\"#/$defs/e\"}},"
    "\"type\":\"object\"},{\"type\":\"object\",\"required\":[\"b\"]}]}}}",
    "{\"$ref\":\"#/$defs/e\",\"$defs\":{\"e\":{\"anyOf\":[{\"required\":"
    "[\"b\"],\"type\":\"object\"},{\"type\":\"object\",\"required\":[\"a\"],"
    "\"properties\":{\"a\":{\"$ref\":\"#/$defs/e\"}}}]}}}",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properti"
    "es\":{\"a\":{\"$ref\":\"#/$defs/d0\"},\"b\":{\"$ref\":\"#/$def"
    "s/d1\"}},\"$defs\":{\"d0\":{\"oneOf\":[{\"type\":\"object\",\""
    "properties\":{\"a\":{\"$ref\":\"#/$defs/d3\"},\"b\":{\"$ref\":"
    "\"#/$defs/d2\"}},\"additionalProperties\":false,\"required\":["
    "\"b\"]}]},\"d1\":{\"anyOf\":[{\"type\":\"array\",\"minItems\":"
    "1,\"items\":{\"$ref\":\"#/$defs/d1\"}},{\"type\":\"array\",\"m"
    "inItems\":1,\"items\":{\"$ref\":\"#/$defs/d0\"}},{\"type\":\"a"
    "rray\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/d3\"}}]},"
    "\"d2\":{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"a\":"
    "{\"type\":\"string\"},\"b\":{\"type\":\"string\"}},\"additiona"
    "lProperties\":false,\"required\":[\"b\"]},{\"type\":\"object\""
    ",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d0\"},\"b\":{\"enum"
    "\":[1]}},\"additionalProperties\":false,\"required\":[\"a\"]}]"
    "},\"d3\":{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"a"
    "\":{\"$ref\":\"#/$defs/d3\"},\"b\":{\"$ref\":\"#/$defs/d2\"}},"
    "\"additionalProperties\":false,\"required\":[\"b\"]},{\"type\""
    ":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d0\"},\""
    "b\":{\"$ref\":\"#/$defs/d3\"}},\"additionalProperties\":false,"
    "\"required\":[\"b\"]}]}}}",
};

static void run(World *w, Gen *g)
{
    const char *n = getenv("GRAM_WALKS");
    char schema[GEN_MAX];
    long bad = 0, all = n ? atol(n) : SCHEMAS;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        bad += !check(w, g, known[i]);
    for (long i = 0; i < all && bad < SHOWN; i++) {
        put_schema(g);
        memcpy(schema, g->text, g->len + 1);
        bad += !check(w, g, schema);
    }
    T_OK(bad == 0, "%ld of %ld schemas failed", bad, all);
    printf("%llu grammars\n", (unsigned long long)w->compiled);
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    T(w != NULL && g != NULL && world_open(w) && w->n_words <= WORDS);
    g->seed = t_seed();
    if (argc > 1)
        T(check(w, g, argv[1]));
    else
        run(w, g);
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
