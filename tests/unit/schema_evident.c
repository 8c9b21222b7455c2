/* schema: what is seen of a schema without a search is so (evident.c).
 *
 * A member that no value can have is none of the keys that may come, one that
 * has some is; and keys of which that can be seen cost no search. */
#include "t.h"

#include "pda/pda.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <string.h>

typedef struct Case {
    const char *schema; /* of the member "x" */
    bool alive;
} Case;

#define REC                                                                    \
    "{\"$id\":\"http://a/\",\"$ref\":\"#/$defs/"                               \
    "r\",\"$defs\":{\"r\":{\"type\":"                                          \
    "\"object\",\"required\":[\"r\"],\"properties\":{\"r\":{"

static const Case cases[] = {
    {"true", true},
    {"false", false},
    {"{\"type\":\"string\",\"minLength\":3}", true},
    {"{\"type\":\"string\",\"minLength\":3,\"maxLength\":2}", false},
    {"{\"type\":\"string\",\"pattern\":\"^a?$\"}", true},
    {"{\"type\":\"string\",\"pattern\":\"^(?!)$\"}", false},
    {"{\"type\":\"string\",\"pattern\":\"^a?$\",\"minLength\":2}", false},
    {"{\"type\":\"integer\",\"minimum\":1,\"maximum\":1}", true},
    {"{\"type\":\"integer\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":1}",
     false},
    {"{\"type\":\"integer\",\"minimum\":1,\"maximum\":5,\"multipleOf\":7}",
     false},
    {"{\"type\":\"number\",\"minimum\":-1,\"maximum\":1,\"multipleOf\":7}",
     true},
    {"{\"enum\":[]}", false},
    {"{\"enum\":[\"a\",\"b\"]}", true},
    {"{\"type\":\"integer\",\"enum\":[\"a\",true,null,[],{}]}", false},
    {"{\"type\":\"integer\",\"enum\":[\"a\",0.0]}", true},
    {"{\"type\":\"integer\",\"enum\":[\"a\",0.5]}", false},
    {"{\"type\":[\"string\",\"null\"],\"enum\":[\"\"],\"minLength\":1}", false},
    {"{\"enum\":[\"a\",null],\"const\":\"b\"}", false},
    {"{\"enum\":[\"a\",null],\"const\":null}", true},
    {"{\"const\":\"a\",\"type\":\"object\"}", false},
    {"{\"type\":\"array\",\"minItems\":1}", true},
    {"{\"type\":\"array\",\"minItems\":1,\"items\":false}", false},
    {"{\"type\":\"array\",\"minItems\":2,\"prefixItems\":[{}],"
     "\"items\":false}",
     false},
    {"{\"type\":\"array\",\"contains\":{},\"maxItems\":0}", false},
    {"{\"type\":\"array\",\"contains\":{},\"minContains\":0,\"maxItems\":0}",
     true},
    {"{\"type\":\"array\",\"minItems\":3,\"uniqueItems\":true,"
     "\"items\":{\"type\":\"boolean\"}}",
     false},
    {"{\"type\":\"array\",\"minItems\":2,\"uniqueItems\":true,\"items\":"
     "{\"type\":\"array\",\"maxItems\":1,\"items\":{\"const\":1}}}",
     true},
    {"{\"type\":\"array\",\"minItems\":3,\"uniqueItems\":true,\"items\":"
     "{\"type\":\"array\",\"maxItems\":1,\"items\":{\"const\":1}}}",
     false},
    {"{\"type\":\"array\",\"minItems\":3,\"uniqueItems\":true,\"items\":"
     "{\"enum\":[[],{}]}}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\"]}", true},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":"
     "false}}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"additionalProperties\":"
     "false}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"patternProperties\":"
     "{\"a\":false}}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"propertyNames\":"
     "{\"minLength\":2}}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"unevaluatedProperties\":"
     "false}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"dependentSchemas\":"
     "{\"a\":false}}",
     false},
    {"{\"type\":\"object\",\"required\":[\"a\",\"b\"],\"maxProperties\":1}",
     false},
    {"{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":"
     "false}",
     false},
    /* logic */
    {"{\"not\":{}}", false},
    {"{\"not\":{\"type\":[\"null\",\"boolean\",\"number\",\"array\","
     "\"object\"]}}",
     true},
    {"{\"not\":{\"minLength\":0},\"type\":\"string\"}", false},
    {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":[\"string\",\"null\"]}]}",
     true},
    {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"string\"}]}", false},
    {"{\"oneOf\":[{},{}]}", false},
    {"{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"null\"},"
     "{\"type\":\"null\"}]}",
     false},
    {"{\"oneOf\":[{\"const\":\"a\"},{\"const\":\"a\"}]}", false},
    {"{\"oneOf\":[{\"enum\":[\"a\"]},{\"type\":\"object\"}]}", true},
    {"{\"type\":\"number\",\"oneOf\":[{\"enum\":[\"a\"]},"
     "{\"type\":\"object\"}]}",
     false},
    {"{\"anyOf\":[false,{\"type\":\"object\",\"required\":[\"a\"]}]}", true},
    {"{\"type\":\"string\",\"anyOf\":[{\"type\":\"null\"},false]}", false},
    {"{\"allOf\":[{\"type\":[\"string\",\"null\"]},{\"type\":[\"null\","
     "\"array\"]}]}",
     true},
    {"{\"allOf\":[{\"type\":\"string\"},{\"type\":\"array\"}]}", false},
    {"{\"type\":\"object\",\"allOf\":[{\"required\":[\"a\"]}],\"properties\":"
     "{\"a\":false}}",
     false},
    {"{\"type\":\"null\",\"if\":{\"type\":\"null\"},\"then\":false}", false},
    {"{\"type\":\"null\",\"if\":{\"type\":\"null\"},\"else\":false}", true},
    {"{\"type\":\"string\",\"if\":{\"type\":\"null\"},\"else\":false}", false},
    {"{\"type\":\"boolean\",\"if\":{\"const\":true},\"then\":false,"
     "\"else\":{\"const\":true}}",
     false},
    /* what needs itself */
    {REC "\"$ref\":\"#/$defs/r\"}}}}}", false},
    {REC "\"anyOf\":[{\"$ref\":\"#/$defs/r\"},{\"type\":\"null\"}]}}}}}", true},
    {REC "\"anyOf\":[{\"$ref\":\"#/$defs/r\"},{\"required\":[\"r\"],"
         "\"type\":\"object\",\"properties\":{\"r\":{\"$ref\":"
         "\"#/$defs/r\"}}}]}}}}}",
     false},
};

typedef struct World {
    GrEnv env;
    GrPda *pda;
    GrArena arena;
    GrRun run;
    GrConfig at;
} World;

static gram_status start(World *w, const char *schema)
{
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    gram_status s = gr_pda_new(&w->env, &w->pda);
    w->run = (GrRun){.pda = w->pda, .env = &w->env, .arena = &w->arena};
    if (s == GRAM_OK)
        s = gr_schema_compile(&w->env, schema, strlen(schema), NULL, w->pda);
    return s == GRAM_OK ? gr_run_start(&w->run, &w->at) : s;
}

/* How far the text is taken. */
static size_t read_text(World *w, const char *text)
{
    size_t n = 0;
    w->run.log = text;
    for (; text[n] != 0; n++) {
        w->run.log_len = n + 1;
        if (gr_run_byte(&w->run, &w->at, (uint8_t)text[n]) != GRAM_OK) break;
    }
    return n;
}

static void stop(World *w)
{
    gr_arena_clear(&w->env, &w->arena);
    gr_pda_free(w->pda);
}

/* As a member, and as a member of one that must be there. */
static void check(const Case *c)
{
    static const char *const around[2] = {
        "{\"properties\":{\"x\":%s}}",
        "{\"properties\":{\"y\":{\"type\":\"object\",\"required\":[\"x\"],"
        "\"properties\":{\"x\":%s}}}}"};
    static const char *const text[2] = {"{\"x\"", "{\"y\""};
    char schema[1024];
    for (int i = 0; i < 2; i++) {
        World w;
        snprintf(schema, sizeof schema, around[i], c->schema);
        gram_status s = start(&w, schema);
        T_OK(s == GRAM_OK, "%s: status %d", schema, s);
        size_t n = s == GRAM_OK ? read_text(&w, text[i]) : 0;
        T_OK((n == strlen(text[i])) == c->alive, "%s: read %zu", schema, n);
        stop(&w);
    }
}

static uint64_t made(const World *w)
{
    GrPdaStats stats;
    gr_pda_stats(w->pda, &stats);
    return stats.steps;
}

/* The first key of an object of n members, each of which says so much. */
static void check_steps(const char *member, uint64_t most)
{
    enum { N = 200 };
    static char schema[N * 256];
    size_t n = (size_t)snprintf(schema, sizeof schema, "{\"properties\":{");
    for (int i = 0; i < N; i++) {
        n += (size_t)snprintf(schema + n, sizeof schema - n,
                              "%s\"n%d\":", i ? "," : "", i);
        n += (size_t)snprintf(schema + n, sizeof schema - n, member, i, i);
    }
    snprintf(schema + n, sizeof schema - n, "}}");
    World w;
    T(start(&w, schema) == GRAM_OK);
    uint64_t before = made(&w);
    T(read_text(&w, "{\"") == 2);
    T_OK((made(&w) - before) / N <= most, "%s: %llu steps", member,
         (unsigned long long)(made(&w) - before) / N);
    stop(&w);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check(&cases[i]);
    check_steps("{\"type\":\"string\",\"minLength\":%d}", 12);
    check_steps("{\"enum\":[\"a%d\",\"b%d\"]}", 12);
    check_steps("{\"type\":\"object\",\"required\":[\"k%d\",\"l%d\"]}", 20);
    check_steps("{\"oneOf\":[{\"type\":\"string\",\"minLength\":%d},"
                "{\"type\":\"array\",\"minItems\":%d}]}",
                32);
    return t_done();
}
