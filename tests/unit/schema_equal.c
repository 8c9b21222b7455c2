/* Schemas that mean the same have the same masks along any walk; a schema
 * that asks for more never allows a token that the other does not.
 *
 * A walk draws tokens from the mask of the first schema, uniformly, or with
 * a lean towards short tokens, and feeds both matchers.  The pairs of a table,
 * and random schemas, each beside what is made of it by rewriting. */
#include "oracle/gen.h"
#include "t.h"

#include <gram.h>
#include <stdbool.h>

typedef enum Relation { EQUAL, NARROWER } Relation;

typedef struct Pair {
    Relation relation; /* the first to the second */
    const char *a, *b;
    const char *what;
} Pair;

#define ID   "\"id\":{\"type\":\"integer\"}"
#define NAME "\"name\":{\"type\":\"string\",\"maxLength\":4}"

static const Pair pairs[] = {
    /* key order of the schema */
    {EQUAL,
     "{\"type\":\"object\",\"properties\":{" ID "," NAME
     "},\"required\":[\"id\",\"name\"],\"additionalProperties\":false}",
     "{\"additionalProperties\":false,\"required\":[\"name\",\"id\"],"
     "\"properties\":{" NAME "," ID "},\"type\":\"object\"}",
     "key order of the schema"},
    {EQUAL, "{\"minLength\":2,\"maxLength\":5,\"pattern\":\"^[a-f]+$\"}",
     "{\"pattern\":\"^[a-f]+$\",\"maxLength\":5,\"minLength\":2}",
     "key order of a string's keywords"},
    /* $ref inlined */
    {EQUAL,
     "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"},\"b\":{\"$ref\":"
     "\"#/$defs/x\"}},\"$defs\":{\"x\":{\"enum\":[\"on\",\"off\",null]}}}",
     "{\"properties\":{\"a\":{\"enum\":[\"on\",\"off\",null]},"
     "\"b\":{\"enum\":[\"on\",\"off\",null]}}}",
     "$ref inlined"},
    {EQUAL,
     "{\"$ref\":\"#/$defs/y\",\"$defs\":{\"x\":{\"type\":\"array\",\"items\":"
     "{\"type\":\"boolean\"}},\"y\":{\"$ref\":\"#/$defs/x\"}}}",
     "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}}",
     "a chain of $ref inlined"},
    {EQUAL, "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}",
     "{\"type\":\"array\",\"items\":{\"type\":\"array\","
     "\"items\":{\"$ref\":\"#\"}}}",
     "a recursive $ref unrolled"},
    /* const and enum */
    {EQUAL, "{\"const\":\"a\\u00e9b\"}", "{\"enum\":[\"a\\u00e9b\"]}",
     "const a string"},
    {EQUAL, "{\"const\":{\"a\":[1,2.0],\"b\":null}}",
     "{\"enum\":[{\"b\":null,\"a\":[1.0,2]}]}", "const an object"},
    {EQUAL, "{\"const\":100}", "{\"enum\":[1e2]}", "const a number"},
    {EQUAL, "{\"enum\":[1,\"a\",null]}", "{\"enum\":[null,1.0,\"a\",1]}",
     "order and repetition of an enum"},
    {EQUAL, "{\"enum\":[true,false]}", "{\"type\":\"boolean\"}",
     "the booleans"},
    /* oneOf of disjoint schemas */
    {EQUAL,
     "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"},"
     "{\"type\":\"null\"}]}",
     "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"},"
     "{\"type\":\"null\"}]}",
     "oneOf of types"},
    {EQUAL,
     "{\"type\":\"object\",\"required\":[\"k\"],\"oneOf\":["
     "{\"properties\":{\"k\":{\"const\":\"a\"}," ID "}},"
     "{\"properties\":{\"k\":{\"const\":\"b\"}," NAME "}}]}",
     "{\"type\":\"object\",\"required\":[\"k\"],\"anyOf\":["
     "{\"properties\":{\"k\":{\"const\":\"a\"}," ID "}},"
     "{\"properties\":{\"k\":{\"const\":\"b\"}," NAME "}}]}",
     "oneOf by a tag"},
    {EQUAL,
     "{\"oneOf\":[{\"maximum\":3,\"type\":\"number\"},"
     "{\"exclusiveMinimum\":3,\"type\":\"number\"}]}",
     "{\"type\":\"number\"}", "oneOf of ranges"},
    {EQUAL,
     "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"integer\"},"
     "{\"type\":\"null\"}]}",
     "{\"type\":\"null\"}", "oneOf of equal arms"},
    /* not */
    {EQUAL, "{\"not\":{\"not\":{\"type\":\"array\",\"maxItems\":2}}}",
     "{\"type\":\"array\",\"maxItems\":2}", "double not"},
    {EQUAL,
     "{\"not\":{\"not\":{\"properties\":{" ID "," NAME
     "},\"required\":[\"id\"]}}}",
     "{\"properties\":{" ID "," NAME "},\"required\":[\"id\"]}",
     "double not of an object"},
    {EQUAL, "{\"not\":{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":3}]}}",
     "{\"allOf\":[{\"not\":{\"type\":\"string\"}},{\"not\":{\"minimum\":3}}]}",
     "not of anyOf"},
    {EQUAL, "{\"not\":{\"type\":[\"string\",\"object\",\"array\"]}}",
     "{\"type\":[\"number\",\"boolean\",\"null\"]}", "not of types"},
    {EQUAL, "{\"type\":\"string\",\"not\":{\"pattern\":\"a\"}}",
     "{\"type\":\"string\",\"pattern\":\"^[^a]*$\"}", "not of a pattern"},
    /* allOf */
    {EQUAL,
     "{\"allOf\":[{\"type\":\"object\",\"properties\":{" ID "}},"
     "{\"properties\":{" NAME "}},{\"required\":[\"id\"]}]}",
     "{\"type\":\"object\",\"properties\":{" ID "," NAME
     "},\"required\":[\"id\"]}",
     "allOf merged"},
    {EQUAL,
     "{\"allOf\":[{\"minimum\":3},{\"maximum\":70},{\"type\":\"integer\"}]}",
     "{\"type\":\"integer\",\"minimum\":3,\"maximum\":70}",
     "allOf of bounds merged"},
    {EQUAL,
     "{\"type\":\"array\",\"allOf\":[{\"items\":{\"type\":\"integer\"}},"
     "{\"items\":{\"minimum\":0}},{\"maxItems\":3}]}",
     "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0},"
     "\"maxItems\":3}",
     "allOf of items merged"},
    /* other spellings of one meaning */
    {EQUAL, "{\"if\":{\"type\":\"string\"},\"then\":{\"maxLength\":2}}",
     "{\"maxLength\":2}", "if without effect on others"},
    {EQUAL,
     "{\"type\":\"object\",\"if\":{\"required\":[\"id\"]},"
     "\"then\":{\"required\":[\"name\"]}}",
     "{\"type\":\"object\",\"dependentRequired\":{\"id\":[\"name\"]}}",
     "if and dependentRequired"},
    {EQUAL, "{\"type\":\"object\",\"propertyNames\":{\"enum\":[\"a\",\"b\"]}}",
     "{\"type\":\"object\",\"properties\":{\"a\":true,\"b\":{}},"
     "\"additionalProperties\":false}",
     "propertyNames and a closed object"},
    {EQUAL, "{\"type\":\"object\",\"patternProperties\":{\"^a\":false}}",
     "{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^(?!a)\"}}",
     "forbidden names"},
    /* what a later draft added, beside what says the same without it */
    {EQUAL,
     "{\"type\":\"object\",\"properties\":{" ID "},"
     "\"unevaluatedProperties\":false}",
     "{\"type\":\"object\",\"properties\":{" ID "},"
     "\"additionalProperties\":false}",
     "unevaluated and additional properties"},
    {EQUAL,
     "{\"type\":\"object\",\"allOf\":[{\"properties\":{" ID "}},"
     "{\"properties\":{" NAME "}}],\"unevaluatedProperties\":false}",
     "{\"type\":\"object\",\"properties\":{" ID "," NAME "},"
     "\"unevaluatedProperties\":false}",
     "unevaluatedProperties over allOf merged"},
    {EQUAL,
     "{\"$ref\":\"#/$defs/x\",\"unevaluatedProperties\":false,\"$defs\":"
     "{\"x\":{\"properties\":{" ID "}}}}",
     "{\"properties\":{" ID "},\"unevaluatedProperties\":false}",
     "unevaluatedProperties over a $ref inlined"},
    {EQUAL,
     "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],"
     "\"unevaluatedItems\":false}",
     "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],"
     "\"items\":false}",
     "unevaluatedItems and items"},
    {EQUAL,
     "{\"type\":\"object\",\"dependentSchemas\":{\"id\":{\"required\":"
     "[\"name\"]}}}",
     "{\"type\":\"object\",\"dependentRequired\":{\"id\":[\"name\"]}}",
     "dependentSchemas and dependentRequired"},
    {EQUAL,
     "{\"type\":\"object\",\"dependencies\":{\"id\":[\"name\"],"
     "\"a\":{\"maxProperties\":2}}}",
     "{\"type\":\"object\",\"dependentRequired\":{\"id\":[\"name\"]},"
     "\"dependentSchemas\":{\"a\":{\"maxProperties\":2}}}",
     "dependencies split"},
    {EQUAL, "{\"type\":\"array\",\"contains\":{\"const\":1}}",
     "{\"type\":\"array\",\"not\":{\"items\":{\"not\":{\"const\":1}}}}",
     "contains and not none"},
    {EQUAL,
     "{\"type\":\"array\",\"maxItems\":3,\"contains\":{\"type\":\"null\"},"
     "\"minContains\":2}",
     "{\"maxItems\":3,\"minContains\":2,\"contains\":{\"enum\":[null]},"
     "\"type\":\"array\"}",
     "contains of an enum"},
    {EQUAL,
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":"
     "[1,2,null]}}",
     "{\"type\":\"array\",\"uniqueItems\":true,\"maxItems\":3,\"items\":"
     "{\"enum\":[null,2.0,1]}}",
     "different items of few values"},
    {EQUAL,
     "{\"not\":{\"not\":{\"type\":\"array\",\"uniqueItems\":true,"
     "\"items\":{\"type\":\"boolean\"}}}}",
     "{\"type\":\"array\",\"uniqueItems\":true,"
     "\"items\":{\"type\":\"boolean\"}}",
     "double not of different items"},
    {EQUAL,
     "{\"type\":\"array\",\"allOf\":[{\"uniqueItems\":true},{\"items\":"
     "{\"type\":\"integer\"}},{\"contains\":{\"minimum\":3}}]}",
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":"
     "{\"type\":\"integer\"},\"contains\":{\"minimum\":3}}",
     "allOf of different items and contains merged"},
    /* a constraint more */
    {NARROWER, "{\"type\":\"object\",\"properties\":{" ID "}}",
     "{\"type\":\"object\"}", "a property more"},
    {NARROWER,
     "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{" ID "}}",
     "{\"type\":\"object\",\"properties\":{" ID "}}", "required more"},
    {NARROWER, "{\"type\":\"string\",\"minLength\":3,\"maxLength\":6}",
     "{\"type\":\"string\",\"maxLength\":6}", "minLength more"},
    {NARROWER, "{\"type\":\"string\",\"format\":\"date\"}",
     "{\"type\":\"string\"}", "a format more"},
    {NARROWER, "{\"minimum\":-20,\"maximum\":1.5e3,\"multipleOf\":0.25}",
     "{\"minimum\":-20}", "a bound and multipleOf more"},
    {NARROWER,
     "{\"type\":\"array\",\"minItems\":2,\"items\":{\"type\":"
     "\"null\"}}",
     "{\"type\":\"array\"}", "minItems and items more"},
    {NARROWER, "{\"type\":\"object\",\"minProperties\":2,\"maxProperties\":3}",
     "{\"type\":\"object\",\"maxProperties\":3}", "minProperties more"},
    {NARROWER, "{\"not\":{\"required\":[\"a\"]},\"type\":\"object\"}",
     "{\"type\":\"object\"}", "not more"},
    {NARROWER, "{\"type\":[\"array\",\"string\"],\"enum\":[\"abc\",[1,2],4]}",
     "{\"type\":[\"array\",\"string\"]}", "enum more"},
    {NARROWER,
     "{\"type\":\"object\",\"properties\":{" ID "},"
     "\"unevaluatedProperties\":{\"type\":\"string\"}}",
     "{\"type\":\"object\",\"properties\":{" ID "}}",
     "unevaluatedProperties more"},
    {NARROWER,
     "{\"type\":\"array\",\"prefixItems\":[true],\"unevaluatedItems\":"
     "{\"type\":\"integer\"}}",
     "{\"type\":\"array\",\"prefixItems\":[true]}", "unevaluatedItems more"},
    {NARROWER,
     "{\"type\":\"object\",\"dependentSchemas\":{\"a\":{\"properties\":"
     "{\"b\":{\"type\":\"null\"}}}},\"maxProperties\":3}",
     "{\"type\":\"object\",\"maxProperties\":3}", "dependentSchemas more"},
    {NARROWER,
     "{\"type\":\"object\",\"dependentRequired\":{\"a\":[\"b\"]},"
     "\"maxProperties\":3}",
     "{\"type\":\"object\",\"maxProperties\":3}", "dependentRequired more"},
    {NARROWER,
     "{\"type\":\"array\",\"contains\":{\"type\":\"integer\"},"
     "\"maxContains\":1,\"maxItems\":3}",
     "{\"type\":\"array\",\"contains\":{\"type\":\"integer\"},"
     "\"maxItems\":3}",
     "maxContains more"},
    {NARROWER,
     "{\"type\":\"array\",\"contains\":{\"type\":\"integer\"},"
     "\"maxItems\":3}",
     "{\"type\":\"array\",\"maxItems\":3}", "contains more"},
    {NARROWER,
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":"
     "[1,\"a\",[1]]}}",
     "{\"type\":\"array\",\"items\":{\"enum\":[1,\"a\",[1]]}}",
     "uniqueItems more"},
    /* an arm of anyOf more, in the second */
    {NARROWER, "{\"anyOf\":[{\"type\":\"integer\"}]}",
     "{\"anyOf\":[{\"type\":\"integer\"},{\"enum\":[\"a\",null]}]}",
     "an anyOf arm more"},
    {NARROWER,
     "{\"type\":\"object\",\"anyOf\":[{\"required\":[\"id\"]},"
     "{\"properties\":{\"a\":{\"maxLength\":2}},\"required\":[\"a\"]}]}",
     "{\"type\":\"object\",\"anyOf\":[{\"required\":[\"id\"]},"
     "{\"properties\":{\"a\":{\"maxLength\":2}},\"required\":[\"a\"]},"
     "{\"maxProperties\":1}]}",
     "an anyOf arm of objects more"},
    {NARROWER, "{\"anyOf\":[{\"const\":[]},{\"const\":[[]]}]}",
     "{\"anyOf\":[{\"const\":[]},{\"const\":[[]]},{\"type\":\"array\","
     "\"maxItems\":1}]}",
     "an anyOf arm that covers more"},
};
enum { N_PAIRS = sizeof pairs / sizeof pairs[0] };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WALKS = 2, STEPS = 24 };
#else
enum { WALKS = 12, STEPS = 48 };
#endif

typedef struct World {
    gram_vocab *v;
    uint32_t words;
    gram_grammar *g[2];
    gram_matcher *m[2];
    char text[4096];
    size_t n;
} World;

static bool get(const uint32_t *row, uint32_t t)
{
    return row[t >> 5] >> (t & 31) & 1;
}

/* The first token on which the relation fails, or UINT32_MAX. */
static uint32_t compare(const World *w, Relation r, const uint32_t *a,
                        const uint32_t *b)
{
    for (uint32_t i = 0; i < w->words; i++) {
        uint32_t bad = r == EQUAL ? a[i] ^ b[i] : a[i] & ~b[i];
        for (uint32_t k = 0; bad != 0 && k < 32; k++)
            if (bad >> k & 1) return i * 32 + k;
    }
    return UINT32_MAX;
}

/* A token of the mask: some bit after a random one; every second time the
 * shortest of eight, so that structure is met as well as long texts. */
static uint32_t draw(const World *w, const uint32_t *row, uint64_t *seed)
{
    uint32_t size = gram_vocab_size(w->v), best = UINT32_MAX;
    size_t best_len = SIZE_MAX, len;
    int tries = t_random(seed) % 2 ? 8 : 1;
    for (int k = 0; k < tries; k++) {
        uint32_t from = (uint32_t)(t_random(seed) % size);
        for (uint32_t i = 0; i < size; i++) {
            uint32_t t = from + i < size ? from + i : from + i - size;
            if (!get(row, t)) continue;
            gram_vocab_token(w->v, t, &len);
            if (len < best_len) best = t, best_len = len;
            break;
        }
    }
    return best;
}

static void note(World *w, uint32_t token)
{
    size_t len;
    const char *bytes = gram_vocab_token(w->v, token, &len);
    if (bytes == NULL || w->n + len >= sizeof w->text) return;
    memcpy(w->text + w->n, bytes, len);
    w->n += len;
    w->text[w->n] = 0;
}

static void report(World *w, const Pair *p, uint32_t token)
{
    size_t len;
    const char *bytes = gram_vocab_token(w->v, token, &len);
    T_OK(0, "%s: after `%s` token %u `%.*s` differs", p->what, w->text, token,
         bytes ? (int)len : 0, bytes ? bytes : "");
}

/* One step; false where the walk is over. */
static bool step(World *w, const Pair *p, uint64_t *seed)
{
    const uint32_t *row[2];
    for (int i = 0; i < 2; i++)
        if (gram_matcher_mask_view(w->m[i], &row[i], NULL) != GRAM_OK) {
            T_OK(0, "%s: no mask after `%s`: %s", p->what, w->text,
                 gram_matcher_error(w->m[i])->message);
            return false;
        }
    uint32_t bad = compare(w, p->relation, row[0], row[1]);
    if (bad != UINT32_MAX) {
        report(w, p, bad);
        return false;
    }
    uint32_t token = draw(w, row[0], seed);
    T_OK(token != UINT32_MAX, "%s: stuck after `%s`", p->what, w->text);
    if (token == UINT32_MAX) return false;
    note(w, token);
    bool ok = gram_matcher_accept(w->m[0], token) == GRAM_OK &&
              gram_matcher_accept(w->m[1], token) == GRAM_OK;
    T_OK(ok, "%s: not accepted: `%s`", p->what, w->text);
    return ok && !gram_matcher_is_terminated(w->m[0]);
}

static void walk(World *w, const Pair *p, uint64_t *seed)
{
    w->n = 0;
    w->text[0] = 0;
    bool ok = gram_matcher_new(w->g[0], &w->m[0], NULL) == GRAM_OK &&
              gram_matcher_new(w->g[1], &w->m[1], NULL) == GRAM_OK;
    T(ok);
    for (int i = 0; ok && i < STEPS; i++) ok = step(w, p, seed);
    for (int i = 0; i < 2; i++) {
        gram_matcher_free(w->m[i]);
        w->m[i] = NULL;
    }
}

static void test_pair(World *w, const Pair *p, const gram_options *opt,
                      uint64_t *seed)
{
    const char *text[2] = {p->a, p->b};
    bool ok = true;
    for (int i = 0; i < 2; i++) {
        gram_error error = {.code = GRAM_OK};
        gram_status s = gram_grammar_new(w->v, GRAM_KIND_JSON_SCHEMA, text[i],
                                         strlen(text[i]), opt, &w->g[i],
                                         &error);
        T_OK(s == GRAM_OK, "%s: %s: %s", p->what, text[i], error.message);
        ok = ok && s == GRAM_OK;
    }
    for (int i = 0; ok && i < WALKS; i++) walk(w, p, seed);
    for (int i = 0; i < 2; i++) {
        gram_grammar_free(w->g[i]);
        w->g[i] = NULL;
    }
}

/* --- random schemas ------------------------------------------------------- */

enum { SCHEMA_MAX = 1500, RANDOM = WALKS > 4 ? 150 : 15 };

/* What is made of a schema %s and another one; each of them as often as it
 * says, so the first comes first. */
static const struct {
    Relation relation; /* of the schema to this */
    bool back;         /* no, of this to the schema */
    const char *fmt;
} rewritten[] = {
    {EQUAL, false, "{\"not\":{\"not\":%s}}"},
    {EQUAL, false, "{\"allOf\":[%s]}"},
    {EQUAL, false, "{\"allOf\":[true,%s,{}]}"},
    {EQUAL, false, "{\"anyOf\":[false,%s]}"},
    {EQUAL, false, "{\"oneOf\":[%s,false]}"},
    {EQUAL, false, "{\"if\":true,\"then\":%s}"},
    {EQUAL, false, "{\"$ref\":\"#/$defs/x\",\"$defs\":{\"x\":%s}}"},
    {NARROWER, true, "{\"allOf\":[%s,%s]}"},
    {NARROWER, false, "{\"anyOf\":[%s,%s]}"},
};
enum { N_REWRITTEN = sizeof rewritten / sizeof *rewritten };

/* Without references, whose pointers would lead elsewhere. */
static void make_schema(Gen *g, char *out)
{
    do {
        gen_clear(g);
        gen_schema(g, 1 + (int)gen_below(g, 2));
    } while (g->full || g->len >= SCHEMA_MAX || strstr(g->text, "$ref") ||
             strstr(g->text, "$dynamicRef") || strstr(g->text, "$recursive"));
    memcpy(out, g->text, g->len + 1);
}

/* Both compile, or neither has an instance: then all is said.  What asks for
 * too much work in one form may do so. */
static bool compile_both(World *w, const Pair *p, const gram_options *opt)
{
    const char *text[2] = {p->a, p->b};
    gram_status s[2];
    gram_error e[2];
    for (int i = 0; i < 2; i++)
        s[i] = gram_grammar_new(w->v, GRAM_KIND_JSON_SCHEMA, text[i],
                                strlen(text[i]), opt, &w->g[i], &e[i]);
    if (s[0] == GRAM_OK && s[1] == GRAM_OK) return true;
    bool limit = s[0] == GRAM_E_LIMIT || s[1] == GRAM_E_LIMIT ||
                 s[0] == GRAM_E_UNSUPPORTED || s[1] == GRAM_E_UNSUPPORTED;
    bool right = p->relation == EQUAL ? s[0] == s[1] : s[0] == GRAM_E_EMPTY;
    T_OK(limit || right, "%s: %d (%s)\n%s: %d (%s)", p->a, s[0],
         s[0] ? e[0].message : "", p->b, s[1], s[1] ? e[1].message : "");
    for (int i = 0; i < 2; i++)
        if (s[i] == GRAM_OK) gram_grammar_free(w->g[i]);
    return false;
}

static void test_random(World *w, Gen *g, const gram_options *opt,
                        uint64_t *seed)
{
    static char a[SCHEMA_MAX], b[SCHEMA_MAX], both[3 * SCHEMA_MAX + 100];
    int compared = 0;
    for (int i = 0; i < RANDOM; i++) {
        int k = i % N_REWRITTEN;
        make_schema(g, a);
        make_schema(g, b);
        snprintf(both, sizeof both, rewritten[k].fmt, a, b);
        bool back = rewritten[k].back;
        Pair p = {rewritten[k].relation, back ? both : a, back ? a : both,
                  both};
        if (!compile_both(w, &p, opt)) continue;
        for (int n = 0; n < 3; n++) walk(w, &p, seed);
        gram_grammar_free(w->g[0]);
        gram_grammar_free(w->g[1]);
        compared++;
    }
    T(compared > RANDOM / 2);
}

/* The comparison notices a difference. */
static void test_compare(void)
{
    World w = {.words = 2};
    uint32_t a[2] = {5, 1u << 31}, b[2] = {7, 1u << 31};
    T_EQ(compare(&w, EQUAL, a, b), 1);
    T_EQ(compare(&w, NARROWER, a, b), UINT32_MAX);
    T_EQ(compare(&w, NARROWER, b, a), 1);
    b[0] = 5, b[1] = 0;
    T_EQ(compare(&w, NARROWER, a, b), 63);
}

int main(void)
{
    World *w = calloc(1, sizeof *w);
    uint64_t seed = t_seed();
    gram_options opt = {.size = sizeof opt}, exact = opt;
    gram_options_exact(&exact);
    test_compare();
    T(w != NULL && gram_vocab_default(NULL, &w->v, NULL) == GRAM_OK);
    if (w == NULL) return t_done();
    w->words = gram_vocab_mask_words(w->v);
    for (int i = 0; i < N_PAIRS; i++) {
        test_pair(w, &pairs[i], &opt, &seed);
        test_pair(w, &pairs[i], &exact, &seed);
    }
    Gen *g = calloc(1, sizeof *g);
    T(g != NULL);
    if (g != NULL) {
        g->seed = t_random(&seed);
        test_random(w, g, &opt, &seed);
        test_random(w, g, &exact, &seed);
    }
    free(g);
    gram_vocab_free(w->v);
    free(w);
    return t_done();
}
