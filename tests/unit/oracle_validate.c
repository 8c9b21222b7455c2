/* The plain validator, judged itself: a few cases by hand, every required
 * test of the official suite, instances of MaskBench; and its fault switch:
 * an oracle that overlooks a keyword is caught by the same cases. */
#include "tests/oracle/cases.h"
#include "tests/oracle/validate.h"
#include "tests/t.h"

static const struct {
    const char *schema, *value;
    int valid;
} CASES[] = {
    {"{\"required\":[\"a\"]}", "{}", 0},
    {"{\"required\":[\"a\"]}", "{\"a\":null}", 1},
    {"{\"type\":\"integer\"}", "1.0", 1},
    {"{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
     "\"type\":\"integer\"}",
     "1.0", 0},
    {"{\"multipleOf\":0.01}", "0.07", 1},
    {"{\"multipleOf\":0.01}", "0.075", 0},
    {"{\"minimum\":9007199254740993}", "9007199254740992", 0},
    {"{\"const\":{\"a\":[1,2]}}", "{\"a\":[1.0,2e0]}", 1},
    {"{\"const\":false}", "0", 0},
    {"{\"uniqueItems\":true}", "[1,1.0]", 0},
    {"{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", 0},
    {"{\"uniqueItems\":true}", "[1,true,\"1\",[1]]", 1},
    {"{\"maxLength\":1}", "\"\\ud83d\\ude00\"", 1},
    {"{\"oneOf\":[{\"minimum\":1},{\"maximum\":5}]}", "3", 0},
    {"{\"not\":{\"minimum\":3}}", "\"x\"", 0},
    {"{\"if\":{\"const\":1},\"then\":false}", "1", 0},
    {"{\"if\":{\"const\":1},\"else\":false}", "1", 1},
    {"{\"contains\":{\"const\":1},\"minContains\":0,\"maxContains\":1}",
     "[1,1]", 0},
    {"{\"prefixItems\":[true],\"unevaluatedItems\":false}", "[1,2]", 0},
    {"{\"anyOf\":[{\"properties\":{\"a\":true}},{\"required\":[\"z\"]}],"
     "\"unevaluatedProperties\":false}",
     "{\"a\":1}", 1},
    {"{\"dependencies\":{\"a\":[\"b\"]}}", "{\"a\":1}", 0},
    {"{\"propertyNames\":{\"pattern\":\"^x\"}}", "{\"y\":1}", 0},
    {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"null\"}}}", "1", 0},
    {"{\"format\":\"date\"}", "\"2023-02-29\"", 0},
    {"{\"format\":\"date-time\"}", "\"2024-02-29T23:59:60Z\"", 1},
    {"{\"pattern\":\"^\\\\S+$\"}", "\"a\\u00a0\"", 0},
    {"{\"pattern\":\"^.$\"}", "\"\\r\"", 0},
    {"{\"pattern\":\"^.$\"}", "\"\\u2028\"", 0},
    {"{\"pattern\":\"^[.].$\"}", "\".a\"", 1},
};

static int check(const char *schema, const char *value, const char *ignore)
{
    OracleOptions opt = {.formats = 1, .ignore = ignore};
    Oracle *o = oracle_new(schema, strlen(schema), &opt);
    int r = o ? oracle_check(o, value, strlen(value)) : ORACLE_ERROR;
    oracle_free(o);
    return r;
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        T_OK(check(CASES[i].schema, CASES[i].value, NULL) == CASES[i].valid,
             "%s on %s", CASES[i].schema, CASES[i].value);
    T_EQ(check("{", "1", NULL), ORACLE_ERROR);
    T_EQ(check("{}", "[", NULL), ORACLE_ERROR);
    T_EQ(check("{\"$ref\":\"#\"}", "1", NULL), ORACLE_ERROR);
    T_EQ(check("{\"$ref\":\"http://no/\"}", "1", NULL), ORACLE_ERROR);
}

/* Each of these faults changes the verdict of some case above. */
static void test_faults(void)
{
    static const char *const faults[] = {"required",
                                         "type",
                                         "multipleOf",
                                         "minimum",
                                         "const",
                                         "uniqueItems",
                                         "oneOf",
                                         "not",
                                         "if",
                                         "contains",
                                         "unevaluatedItems",
                                         "dependencies",
                                         "propertyNames",
                                         "$ref",
                                         "format",
                                         "pattern"};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        int caught = 0;
        for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
            caught += check(CASES[i].schema, CASES[i].value, faults[f]) !=
                      CASES[i].valid;
        T_OK(caught > 0, "nobody misses %s", faults[f]);
    }
}

/* --- the data files ------------------------------------------------------- */

typedef struct Score {
    long right, wrong, errors;
} Score;

static void judge(const Case *c, const OracleOptions *opt, Score *score,
                  int talk)
{
    Oracle *o = oracle_new(c->schema, c->schema_len, opt);
    T_OK(o != NULL, "%s: not read", c->id);
    for (uint32_t i = 0; o != NULL && i < c->n_tests; i++) {
        int r = oracle_check(o, c->test[i].text, c->test[i].len);
        score->errors += r == ORACLE_ERROR;
        score->right += r == c->test[i].valid;
        score->wrong += r != ORACLE_ERROR && r != c->test[i].valid;
        if (talk && r != c->test[i].valid)
            fprintf(stderr, "%s [%u]: %d %s\n", c->id, i, r, oracle_error(o));
    }
    oracle_free(o);
}

static void suite(const char *path, const char *ignore, Score *score)
{
    CaseDocs docs = {NULL, 0};
    char data[512];
    snprintf(data, sizeof data, "%s", path);
    const char *tar = cases_path("json-schema-test-suite.tar.xz");
    T(tar != NULL && cases_add_remotes(&docs, tar));
    cases_add_metaschemas(&docs);
    Cases *in = cases_open(data);
    for (Case c; in != NULL && cases_next(in, &c);) {
        OracleOptions opt = {.draft = cases_draft(c.id), .ignore = ignore};
        opt.documents = docs.at;
        opt.n_documents = docs.n;
        if (strstr(c.id, "/optional/") == NULL)
            judge(&c, &opt, score, ignore == NULL);
    }
    if (in != NULL) cases_close(in);
    cases_free_docs(&docs);
}

static void test_suite(void)
{
    const char *path = cases_path("json-schema-test-suite.jsonl.xz");
    Score score = {0}, faulty = {0};
    if (path == NULL) {
        T_SKIP("no official suite beside the repository");
        return;
    }
    char copy[512];
    snprintf(copy, sizeof copy, "%s", path);
    suite(copy, NULL, &score);
    printf("suite: %ld right, %ld wrong, %ld errors\n", score.right,
           score.wrong, score.errors);
    T(score.right > 4000 && score.wrong == 0 && score.errors == 0);
    suite(copy, "required", &faulty);
    T(faulty.wrong > 0);
}

/* Every fifth schema: the whole takes long under sanitizers. */
static void test_maskbench(void)
{
    const char *path = cases_path("maskbench-public.jsonl.xz");
    Score score = {0};
    OracleOptions opt = {.formats = 1};
    if (path == NULL) {
        T_SKIP("no MaskBench beside the repository");
        return;
    }
    Cases *in = cases_open(path);
    long n = 0;
    for (Case c; in != NULL && cases_next(in, &c); n++)
        if (n % 5 == 0) judge(&c, &opt, &score, 1);
    if (in != NULL) cases_close(in);
    printf("MaskBench: %ld right, %ld wrong, %ld errors\n", score.right,
           score.wrong, score.errors);
    T(score.right > 4000 && score.wrong == 0 && score.errors == 0);
}

int main(void)
{
    test_cases();
    test_faults();
    test_suite();
    test_maskbench();
    return t_done();
}
