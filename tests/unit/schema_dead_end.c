/* schema: a text that nothing valid begins with is refused at the byte that
 * makes it so, and not later, when there is no way on.
 *
 * Each case is a schema, a text whose last byte is the first to be refused, and
 * one that is accepted as a whole. */
#include "t.h"

#include "pda/pda.h"
#include "schema/schema.h"

#include <stdbool.h>

typedef struct Case {
    const char *schema, *dead, *alive;
} Case;

/* "t" has none of these. */
#define ARM(x) "{\"properties\":{\"t\":{\"required\":[\"" x "\"]}}}"
#define NONE_OF                                                                \
    "\"not\":{\"anyOf\":[" ARM("r0") "," ARM("r1") "," ARM("r2") "," ARM(      \
        "r3") "," ARM("r4") "," ARM("r5") "," ARM("r6") "]}"

/* Twenty branches, as many as it takes to make keys be looked for together. */
#define TWENTY(x)                                                              \
    x("0") x("1") x("2") x("3") x("4") x("5") x("6") x("7") x("8") x("9")      \
        x("10") x("11") x("12") x("13") x("14") x("15") x("16") x("17")        \
            x("18") x("19")
#define NEEDS(i) ",{\"required\":[\"p" i "\"]}"
#define CLOSED(i)                                                              \
    ",{\"required\":[\"p" i "\"],\"additionalProperties\":false,"              \
    "\"properties\":{\"p" i "\":{},\"x\":{}}}"

static const Case cases[] = {
    /* a key for which another one must come, and both are one branch too
     * many */
    {"{\"dependentSchemas\":{\"a\":{\"required\":[\"a\",\"b\"]}},"
     "\"oneOf\":[false" TWENTY(
         NEEDS) ",{\"required\":[\"b\"]},{\"required\":[\"a\",\"b\"]}]}",
     "{\"a\"", "{\"b\":1}"},
    /* the same where it is the number of members that asks for it */
    {"{\"minProperties\":2,\"dependentSchemas\":{\"a\":{"
     "\"additionalProperties\":false,\"properties\":{\"a\":{},\"b\":{}}}},"
     "\"oneOf\":[{\"required\":[\"b\"]},{\"required\":[\"a\"]}" TWENTY(
         NEEDS) "]}",
     "{\"a\"", "{\"b\":1,\"c\":1}"},
    /* what may come beside the key of each branch, but is forbidden */
    {"{\"not\":{\"required\":[\"x\"]},\"oneOf\":[false" TWENTY(CLOSED) "]}",
     "{\"x", "{\"p3\":1}"},
    /* items as long as can be are told apart by each character */
    {"{\"uniqueItems\":true,\"items\":{\"type\":\"string\","
     "\"maxLength\":3}}",
     "[\"abc\",\"ab\",\"abc", "[\"abc\",\"ab\",\"abd\"]"},
    {"{\"uniqueItems\":true,\"items\":{\"type\":\"string\","
     "\"maxLength\":3}}",
     "[\"a\",\"a\"", "[\"a\",\"ab\"]"},
    /* what is asked for is forbidden by what hangs on the same member */
    {"{\"anyOf\":[{\"properties\":{\"t\":{\"required\":[\"a\"]},"
     "\"k\":false},\"required\":[\"k\"]},"
     "{\"properties\":{\"t\":{\"required\":[\"b\"]}}}]," NONE_OF "}",
     "{\"t\":{\"a\":1}", "{\"t\":{\"a\":1,\"b\":1}}"},
    /* the same where it is another member that decides */
    {"{\"anyOf\":[{\"properties\":{\"t\":{\"required\":[\"a\"]},"
     "\"k\":{\"type\":\"null\"}},\"required\":[\"k\"]},"
     "{\"properties\":{\"t\":{\"required\":[\"b\"]}}}],"
     "\"properties\":{\"k\":{\"type\":\"string\"}}," NONE_OF "}",
     "{\"t\":{\"a\":1}", "{\"t\":{\"a\":1,\"b\":1},\"k\":\"\"}"},
    /* a long path is refused, and another one by what was learned before */
    {"{\"allOf\":[{\"then\":{\"properties\":{\"cfg\":{}}},\"if\":{}},{\"t"
     "hen\":{\"properties\":{\"cfg\":{\"properties\":{}}}},\"if\":{}},{"
     "\"if\":{},\"then\":{\"properties\":{\"cfg\":{\"type\":\"string\"}}}}"
     ",{\"then\":{\"properties\":{\"cfg\":{\"required\":[\"a\"]}}},\"if\":"
     "{}},{\"then\":{\"properties\":{\"cfg\":{\"type\":\"object\"}}},\"if"
     "\":{}},{\"anyOf\":[{\"not\":{\"properties\":{\"kind\":{\"enum\":[\"t"
     "11\"]}}}}]},{\"then\":{\"properties\":{\"cfg\":{\"properties\":{\""
     "d\":{\"type\":[\"integer\",\"null\"]}}}}},\"if\":{}},{\"then\":{\"ad"
     "ditionalProperties\":false},\"if\":{\"properties\":{\"kind\":{\""
     "const\":\"t13\"}}}},{\"if\":{},\"then\":{\"properties\":{\"cfg\":{\""
     "properties\":{\"a\":{\"const\":1},\"b\":{\"const\":1}}}}}},{\"if\":"
     "{},\"then\":{\"properties\":{\"cfg\":{\"type\":\"object\"}}}},{\"th"
     "en\":{\"properties\":{\"cfg\":{\"type\":\"object\"}}},\"if\":{}},{\""
     "if\":{},\"then\":{\"properties\":{\"cfg\":{\"properties\":{\"a\":{\""
     "type\":[\"integer\",\"null\"]},\"c\":{\"maxLength\":1}}}}}},{\"the"
     "n\":{\"properties\":{\"cfg\":{\"type\":\"string\"}}},\"if\":{\"prope"
     "rties\":{\"kind\":{}}}},{\"then\":{\"properties\":{\"cfg\":{\"addi"
     "tionalProperties\":false}},\"required\":[\"cfg\"]},\"if\":{\"pro"
     "perties\":{\"kind\":{\"pattern\":\"^t24$\"}}}},{\"anyOf\":[{\"not\""
     ":{\"properties\":{\"kind\":{\"enum\":[\"t25\",\"t22\"]},\"extra\":{\""
     "type\":\"integer\"}},\"required\":[\"kind\"]}}]},{\"then\":{\"prop"
     "erties\":{\"cfg\":{\"properties\":{\"e\":{\"maxLength\":1},\"f\":{\""
     "minimum\":2},\"c\":{\"type\":\"string\"}}}}},\"if\":{}}]}",
     "{\"kind\":\"t11\"", "{\"r2\":null,\"kind\":\"t8\"}"},
    /* of the characters that an escape may become one needs more behind it than
     * there is room for, and another one does not */
    {"{\"maxLength\":5,\"pattern\":\"^x*(cb{2}|ab{4})$\"}", "\"x\\u0061",
     "\"xx\\u0063bb\""},
    {"{\"maxLength\":5,\"pattern\":\"^x*(cb{2}|ab{4}|gb{3})$\"}", "\"xx\\u0067",
     "\"x\\u0067bbb\""},
    {"{\"maxLength\":5,\"minLength\":5,\"pattern\":\"^x*(cb{2}|ab{4})$\"}",
     "\"x\\u006", "\"xx\\u0063bb\""},
};

/* How far the text is taken; *whole: it is all of a document. */
static gram_status read_text(const char *schema, const char *text, size_t *n,
                             bool *whole, uint64_t *steps)
{
    GrEnv env;
    GrPda *pda = NULL;
    GrArena arena = {0};
    GrConfig c;
    GrPdaStats stats = {0};
    gr_env_init(&env, NULL, 0, 0);
    gram_status s = gr_pda_new(&env, &pda);
    GrRun run = {.pda = pda, .env = &env, .arena = &arena, .log = text};
    *whole = false;
    if (s == GRAM_OK)
        s = gr_schema_compile(&env, schema, strlen(schema), NULL, pda);
    if (s == GRAM_OK) s = gr_run_start(&run, &c);
    for (*n = 0; s == GRAM_OK && text[*n];) {
        run.log_len = *n + 1;
        s = gr_run_byte(&run, &c, (uint8_t)text[*n]);
        *n += s == GRAM_OK;
    }
    if (s == GRAM_OK) s = gr_run_end(&run, &c, whole);
    gr_arena_clear(&env, &arena);
    if (pda != NULL) gr_pda_stats(pda, &stats);
    *steps = stats.steps;
    gr_pda_free(pda);
    return s;
}

/* Behind a backslash any character may come, but not all that may come behind
 * each of them has to be known. */
static void check_escape(void)
{
    static const char schema[] =
        "{\"format\":\"regex\",\"type\":\"string\",\"maxLength\":100}";
    uint64_t before, steps;
    size_t n;
    bool whole;
    T(read_text(schema, "\"", &n, &whole, &before) == GRAM_OK);
    T(read_text(schema, "\"\\", &n, &whole, &steps) == GRAM_OK);
    T_OK(steps - before < 2000, "%lu steps", (unsigned long)(steps - before));
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        size_t n;
        bool whole;
        uint64_t steps;
        gram_status s = read_text(c->schema, c->dead, &n, &whole, &steps);
        T_OK(s == GRAM_E_REFUSED && n == strlen(c->dead) - 1,
             "%s\n%s: status %d at byte %zu", c->schema, c->dead, s, n);
        s = read_text(c->schema, c->alive, &n, &whole, &steps);
        T_OK(s == GRAM_OK && whole, "%s\n%s: status %d at byte %zu", c->schema,
             c->alive, s, n);
    }
    check_escape();
    return t_done();
}
