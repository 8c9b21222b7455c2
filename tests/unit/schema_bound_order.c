/* A bound is a function of the text, whatever was asked before.
 *
 * Random walks over random schemas note the bounds and some masks under a
 * budget along them.  The same are asked for again
 *
 *   - of a matcher of the same grammar, the places in another order;
 *   - of matchers of a second grammar that has seen nothing: one for all
 *     places in a third order, with masks in between or without, and a new
 *     one for each place.
 *
 *     GRAM_SEED=7 GRAM_WALKS=10000 build/unit/schema_bound_order    longer
 *     build/unit/schema_bound_order 'SCHEMA'                        one */
#include "oracle/world.h"
#include "t.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SCHEMAS = 20 };
#else
enum { SCHEMAS = 150 };
#endif
enum { DOCUMENTS = 4, STEPS = 40, SHOWN = 8, WORDS = WORLD_TOKENS / 32 };

typedef struct Place { /* behind n tokens of a document */
    uint64_t bound;
    bool known; /* no limit was met */
    uint32_t mask[WORDS];
    bool has_mask;
} Place;

typedef struct Table {
    World *w;
    Gen *g;
    const char *schema;
    gram_grammar *grammar, *other;
    uint32_t token[STEPS];
    uint32_t n;
    Place place[STEPS + 1];
    uint64_t asked;
} Table;

static uint64_t budget_of(const Place *p)
{
    return p->bound > 0 ? p->bound - 1 : 1;
}

/* What is asked at a place; false: a limit. */
static bool ask(Table *t, gram_matcher *m, bool mask, Place *out)
{
    out->has_mask = false;
    if (gram_matcher_completion_bound(m, &out->bound)) return false;
    t->asked++;
    if (!mask) return true;
    out->has_mask = gram_matcher_mask_budget(m, budget_of(out), out->mask,
                                             t->w->n_words) == GRAM_OK;
    return out->has_mask;
}

static bool same(const Table *t, uint32_t at, const Place *now, const char *who)
{
    const Place *then = &t->place[at];
    size_t size = t->w->n_words * sizeof *now->mask;
    bool masks = now->has_mask && then->has_mask;
    if (now->bound == then->bound &&
        (!masks || memcmp(now->mask, then->mask, size) == 0))
        return true;
    fprintf(stderr, "%s\n    %s: bound %llu, first %llu%s, behind `", t->schema,
            who, (unsigned long long)now->bound,
            (unsigned long long)then->bound,
            now->bound == then->bound ? ", another mask" : "");
    for (uint32_t i = 0; i < at; i++) {
        size_t len;
        const char *b = gram_vocab_token(t->w->vocab, t->token[i], &len);
        fwrite(b, 1, len, stderr);
    }
    fprintf(stderr, "`\n");
    return false;
}

/* Bring a matcher to a place. */
static bool come(const Table *t, gram_matcher *m, uint32_t at)
{
    bool ok = true;
    gram_matcher_reset(m);
    for (uint32_t i = 0; i < at && ok; i++)
        ok = gram_matcher_accept(m, t->token[i]) == GRAM_OK;
    return ok;
}

/* --- a document ----------------------------------------------------------- */

/* A token that may come: most of those that are no part of a text. */
static uint32_t draw(Table *t, gram_matcher *m)
{
    uint32_t row[WORDS], seen = 0, next = UINT32_MAX;
    if (gram_matcher_mask(m, row, t->w->n_words)) return next;
    for (uint32_t k = 0; k < t->w->n_tokens; k++) {
        size_t len;
        if (k == t->w->end || !(row[k >> 5] >> (k & 31) & 1)) continue;
        const char *b = gram_vocab_token(t->w->vocab, k, &len);
        bool dull = (*b & 0x80) || strchr(" \t\n\r.eE+", *b);
        uint32_t weight = dull ? 1 : 8;
        seen += weight;
        if (gen_below(t->g, seen) < weight) next = k;
    }
    return next;
}

static void walk(Table *t, gram_matcher *m)
{
    gram_matcher_reset(m);
    for (t->n = 0;; t->n++) {
        Place *p = &t->place[t->n];
        p->known = ask(t, m, gen_below(t->g, 2), p);
        if (t->n == STEPS) return;
        uint32_t next = draw(t, m);
        if (next == UINT32_MAX || gram_matcher_accept(m, next)) return;
        t->token[t->n] = next;
    }
}

/* --- the same places again ------------------------------------------------ */

static bool ask_again(Table *t, gram_matcher *m, uint32_t at, bool mask,
                      const char *who)
{
    Place now;
    if (!t->place[at].known || !come(t, m, at)) return true;
    return !ask(t, m, mask, &now) || same(t, at, &now, who);
}

/* From the last place to the first, or in any order. */
static bool in_order(Table *t, gram_grammar *g, bool back, const char *who)
{
    gram_matcher *m;
    bool ok = true;
    if (gram_matcher_new(g, &m, NULL)) return false;
    for (uint32_t i = 0; i <= t->n && ok; i++) {
        uint32_t at = back ? t->n - i : gen_below(t->g, t->n + 1);
        ok = ask_again(t, m, at, !back && gen_below(t->g, 2), who);
    }
    gram_matcher_free(m);
    return ok;
}

static bool each_alone(Table *t)
{
    bool ok = true;
    for (uint32_t i = 0; i < 4 && ok; i++) {
        gram_matcher *m;
        if (gram_matcher_new(t->other, &m, NULL)) return false;
        uint32_t at = gen_below(t->g, t->n + 1);
        ok = ask_again(t, m, at, gen_below(t->g, 2), "alone");
        gram_matcher_free(m);
    }
    return ok;
}

static bool documents(Table *t)
{
    gram_matcher *m;
    bool ok = true;
    if (gram_matcher_new(t->grammar, &m, NULL)) return false;
    for (int i = 0; i < DOCUMENTS && ok; i++) {
        walk(t, m);
        ok = each_alone(t) && in_order(t, t->other, true, "backwards") &&
             in_order(t, t->other, false, "any order") &&
             in_order(t, t->grammar, false, "same grammar");
    }
    gram_matcher_free(m);
    return ok;
}

static gram_grammar *compile(const Table *t)
{
    gram_grammar *g = NULL;
    gram_grammar_new(t->w->vocab, GRAM_KIND_JSON_SCHEMA, t->schema,
                     strlen(t->schema), t->w->options, &g, NULL);
    return g;
}

static bool check(World *w, Gen *g, const char *schema)
{
    static Table t;
    t = (Table){.w = w, .g = g, .schema = schema};
    t.grammar = compile(&t);
    if (t.grammar == NULL) return true;
    t.other = compile(&t);
    bool ok = t.other != NULL && documents(&t);
    gram_grammar_free(t.grammar);
    gram_grammar_free(t.other);
    w->compiled++;
    w->drawn += t.asked;
    return ok;
}

/* Places where a bound has depended on what was asked before. */
static const char *const known[] = {
    "{\"minProperties\":3}", /* the next keys on the open one */
    "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":4}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":3,"
    "\"items\":{\"type\":\"string\"}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":3,"
    "\"items\":{\"enum\":[\"a\",\"ab\",\"b\",1,2]}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"properties\":"
    "{\"a\":{\"uniqueItems\":true,\"minItems\":2}},\"required\":[\"a\"]}}",
    "{\"uniqueItems\":true,\"minItems\":2,\"contains\":{\"type\":\"string\","
    "\"minLength\":1},\"minContains\":2}",
    "{\"patternProperties\":{\"^a\":{\"type\":\"integer\"}},"
    "\"additionalProperties\":false,\"minProperties\":3}",
    /* a key that has a number, until a member decides the rest */
    "{\"not\":{\"patternProperties\":{\"^.{2,3}$\":false,\"^[ab]$\":"
    "{\"multipleOf\":1}},\"propertyNames\":{\"maxLength\":3}}}",
    "{\"propertyNames\":{\"enum\":[\"a\",\"ab\",\"b\"]},\"minProperties\":2}",
};

/* The same of definitions that hold each other, seen in half of the walks: */
enum { AGAIN = 8 };
static const char *const recursive[] = {
    /* the first one asked about counted as dead for the others */
    "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d0\"},\"b\""
    ":{\"$ref\":\"#/$defs/d1\"}},\"$defs\":{\"d0\":{\"anyOf\":[{\"type\":\"arra"
    "y\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/d1\"}},{\"type\":\"object"
    "\",\"required\":[\"b\"]},{\"$ref\":\"#/$defs/d3\"}]},\"d1\":{\"if\":{\"typ"
    "e\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d3\"},\"b\":{\"$r"
    "ef\":\"#/$defs/d3\"}},\"additionalProperties\":false},\"else\":{\"type\":"
    "\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d3\"},\"b\":{\"$ref\""
    ":\"#/$defs/d2\"}},\"additionalProperties\":false}},\"d2\":{\"anyOf\":[{\"t"
    "ype\":\"array\",\"minItems\":2,\"prefixItems\":[{\"$ref\":\"#/$defs/d2\"}]"
    "},{\"const\":\"abab\"},{\"type\":\"array\",\"minItems\":1,\"items\":{\"$re"
    "f\":\"#/$defs/d3\"},\"maxItems\":2}]},\"d3\":{\"oneOf\":[{\"type\":\"array"
    "\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/d1\"}},{\"type\":\"array\""
    ",\"minItems\":2,\"items\":{\"$ref\":\"#/$defs/d2\"}},{\"type\":\"object\","
    "\"properties\":{\"a\":{\"$ref\":\"#/$defs/d1\"},\"b\":{\"type\":\"null\"}}"
    ",\"additionalProperties\":false,\"required\":[\"b\"]}]}}}",
    /* what other searches had ruled out decided which way was found */
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"a\":"
    "{\"$ref\":\"#/$defs/d0\"},\"b\":{\"$ref\":\"#/$defs/d1\"}},\"$defs\":{\"d0"
    "\":{\"not\":{\"properties\":{\"a\":{\"$ref\":\"#/$defs/d2\"},\"b\":{\"$ref"
    "\":\"#/$defs/d1\"}}},\"anyOf\":[{\"$ref\":\"#/$defs/d3\"},{\"type\":\"obje"
    "ct\",\"properties\":{\"b\":{\"enum\":[1]}},\"additionalProperties\":false,"
    "\"not\":{\"required\":[\"a\"]},\"minProperties\":1}]},\"d1\":{\"anyOf\":[{"
    "\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[\"ab\",[]]},\"b\":{\""
    "$ref\":\"#/$defs/d0\"}},\"additionalProperties\":false,\"not\":{\"required"
    "\":[\"a\"]},\"minProperties\":1},{\"type\":\"object\",\"properties\":{\"a"
    "\":{\"$ref\":\"#/$defs/d1\"},\"b\":{\"$ref\":\"#/$defs/d0\"}},\"additional"
    "Properties\":false,\"required\":[\"a\",\"b\"]},{\"type\":\"array\",\"minIt"
    "ems\":1,\"items\":{\"$ref\":\"#/$defs/d0\"},\"prefixItems\":[{\"$ref\":\"#"
    "/$defs/d2\"}]}]},\"d2\":{\"anyOf\":[{\"type\":\"object\",\"properties\":{"
    "\"a\":{\"$ref\":\"#/$defs/d2\"},\"b\":{\"$ref\":\"#/$defs/d1\"}},\"additio"
    "nalProperties\":false,\"dependentRequired\":{\"a\":[\"b\"]},\"minPropertie"
    "s\":1},{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d1\""
    "},\"b\":{\"$ref\":\"#/$defs/d3\"}},\"additionalProperties\":false,\"not\":"
    "{\"required\":[\"a\"]},\"minProperties\":1},{\"$ref\":\"#/$defs/d3\"}]},\""
    "d3\":{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/"
    "$defs/d3\"},\"b\":{\"$ref\":\"#/$defs/d3\"}},\"additionalProperties\":fals"
    "e,\"not\":{\"required\":[\"a\"]},\"minProperties\":1},{\"type\":\"object\""
    ",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d1\"},\"b\":{\"$ref\":\"#/$defs"
    "/d1\"}},\"additionalProperties\":false}]}}}",
};

/* --- one text ------------------------------------------------------------- */

/* The bound behind a text, asked for there only or all along. */
static uint64_t bound_behind(Table *t, const char *text, bool along)
{
    gram_grammar *g = compile(t);
    gram_matcher *m = NULL;
    uint64_t bound = 0;
    if (g == NULL || gram_matcher_new(g, &m, NULL)) return 0;
    for (const char *c = text; *c != 0; c++) {
        if (along) T_OK(!gram_matcher_completion_bound(m, &bound), "%s", text);
        T_OK(!gram_matcher_accept_bytes(m, c, 1, NULL), "%s", text);
    }
    T_OK(!gram_matcher_completion_bound(m, &bound), "%s", text);
    gram_matcher_free(m);
    gram_grammar_free(g);
    return bound;
}

/* What has been numbered in the order of the questions. */
static const struct {
    const char *schema, *text;
} numbered[] = {
    /* lengths of arrays */
    {"{\"oneOf\":[{\"const\":[\"a\",\"b\",\"c\"]},true],\"properties\":{\"\":"
     "{\"enum\":[[4],[2,true]]}}}",
     "{\"\":["},
    /* keys of constants */
    {"{\"enum\":[[{},{\"aa\":-0,\"c\":true}],{\"a\":0,\"c\":10},{\"a\":"
     "null,\"c\":true,\"ab\":-0},-0]}",
     "{\"ab\": "},
};

static void one_text(World *w)
{
    for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++) {
        Table t = {.w = w, .schema = numbered[i].schema};
        uint64_t alone = bound_behind(&t, numbered[i].text, false);
        uint64_t along = bound_behind(&t, numbered[i].text, true);
        T_OK(alone > 0 && alone == along, "%s: %u and %u", numbered[i].schema,
             (unsigned)alone, (unsigned)along);
    }
}

/* One of three is of definitions that hold each other. */
static void draw_schema(Gen *g, char out[GEN_SCHEMA])
{
    if (gen_below(g, 3)) {
        gen_one_schema(g, out);
        return;
    }
    do gen_recursive(g);
    while (g->full || g->len >= GEN_SCHEMA);
    memcpy(out, g->text, g->len + 1);
}

static void run(World *w, Gen *g)
{
    const char *n = getenv("GRAM_WALKS");
    char schema[GEN_SCHEMA];
    long bad = 0, all = n ? atol(n) : SCHEMAS;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        bad += !check(w, g, known[i]);
    for (size_t i = 0; i < sizeof recursive / sizeof *recursive * AGAIN; i++)
        bad += bad < SHOWN && !check(w, g, recursive[i / AGAIN]);
    for (long i = 0; i < all && bad < SHOWN; i++) {
        draw_schema(g, schema);
        bad += !check(w, g, schema);
    }
    T_OK(bad == 0, "%ld of %ld schemas failed", bad, all);
    printf("%llu grammars, %llu bounds\n", (unsigned long long)w->compiled,
           (unsigned long long)w->drawn);
}

int main(int argc, char **argv)
{
    World *w = calloc(1, sizeof *w);
    Gen *g = calloc(1, sizeof *g);
    T(w != NULL && g != NULL && world_open(w) && w->n_words <= WORDS);
    g->seed = t_seed();
    g->without = world_without(w);
    if (argc > 1)
        T(check(w, g, argv[1]));
    else
        one_text(w), run(w, g);
    world_close(w);
    free(g);
    free(w);
    return t_done();
}
