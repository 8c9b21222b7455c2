/* The official suite and MaskBench against their lists of expected failures:
 * a wrong verdict outside the list fails, and so does a listed case that has
 * become right.  A schema that does not compile gives no verdict: it is
 * counted and told, and judged by the runners' figures alone.
 *
 * Run on every n-th line, so that the time is known; under a sanitizer on
 * fewer. */
#include "oracle/known.h"
#include "oracle/verdict.h"
#include "t.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SUITE_STEP = 8, MASKBENCH_STEP = 320 };
#else
enum { SUITE_STEP = 1, MASKBENCH_STEP = 40 };
#endif

typedef struct Tally {
    long right, wrong, listed, not_compiled;
} Tally;

/* Data must be there where tests are run for others. */
static void skip(const char *what)
{
    const char *ci = getenv("CI");
    if (ci != NULL && strcmp(ci, "true") == 0)
        T_OK(0, "%s: no data in GRAM_DATA", what);
    else
        T_SKIP("%s: no data in GRAM_DATA", what);
}

/* Instances with a wrong verdict; `first` is the first of them. */
static uint32_t count_wrong(gram_grammar *g, const Case *c, uint32_t *first)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_tests; i++) {
        int verdict = verdict_text(g, c->test[i].text, c->test[i].len);
        int wanted = c->test[i].valid ? VERDICT_ACCEPTED : VERDICT_REFUSED;
        if (verdict != wanted && n++ == 0) *first = i;
    }
    return n;
}

static void judge(gram_vocab *v, const Case *c, const gram_options *opt,
                  const Known *known, Tally *tally)
{
    gram_grammar *g;
    gram_error error;
    uint32_t first = 0;
    bool listed = known_has(known, c->id);
    if (verdict_compile(v, c->schema, c->schema_len, opt, &g, &error) !=
        GRAM_OK) {
        tally->not_compiled++;
        return;
    }
    uint32_t wrong = count_wrong(g, c, &first);
    gram_grammar_free(g);
    tally->listed += listed;
    tally->wrong += wrong > 0;
    tally->right += wrong == 0;
    if (listed)
        T_OK(wrong > 0, "%s: right, so it must leave the list", c->id);
    else
        T_OK(wrong == 0, "%s: %u wrong, the first is %s: %.*s", c->id, wrong,
             c->test[first].valid ? "valid" : "invalid",
             (int)(c->test[first].len < 200 ? c->test[first].len : 200),
             c->test[first].text);
}

static void run(const char *data, const char *list, gram_options *opt,
                bool suite, long step)
{
    gram_vocab *v;
    Known known;
    Tally t = {0};
    long n = 0;
    T_OK(known_read(&known, list), "%s: missing, or a line without reason",
         list);
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    Cases *in = cases_open(data);
    T_OK(in != NULL, "%s cannot be read", data);
    for (Case c; in != NULL && cases_next(in, &c); n++) {
        if (n % step != 0) continue;
        if (suite) verdict_suite_options(c.id, opt);
        judge(v, &c, opt, &known, &t);
    }
    if (in != NULL) cases_close(in);
    gram_vocab_free(v);
    printf("%s: %ld right, %ld wrong (%ld listed), %ld do not compile\n", list,
           t.right, t.wrong, t.listed, t.not_compiled);
    T(n > 1000 && t.right > n / step / 2);
    known_clear(&known);
}

static void test_suite(void)
{
    const char *path = cases_path("json-schema-test-suite.jsonl.xz");
    gram_options opt = {.size = sizeof opt};
    CaseDocs docs = {NULL, 0};
    char data[512];
    if (path == NULL) {
        skip("official suite");
        return;
    }
    snprintf(data, sizeof data, "%s", path);
    const char *tar = cases_path("json-schema-test-suite.tar.xz");
    T(tar != NULL && cases_add_remotes(&docs, tar));
    gram_options_exact(&opt);
    opt.documents = docs.at;
    opt.n_documents = docs.n;
    run(data, "tests/cases/schema/suite-known.txt", &opt, true, SUITE_STEP);
    cases_free_docs(&docs);
}

static void test_maskbench(void)
{
    const char *path = cases_path("maskbench-public.jsonl.xz");
    gram_options opt = {.size = sizeof opt};
    char data[512];
    if (path == NULL) {
        skip("MaskBench");
        return;
    }
    snprintf(data, sizeof data, "%s", path);
    run(data, "tests/cases/schema/maskbench-known.txt", &opt, false,
        MASKBENCH_STEP);
}

/* The lists are read as they are meant. */
static void test_list(void)
{
    Known k = {0};
    T(!known_read(&k, "tests/cases/schema/no-such-list.txt"));
    T(known_read(&k, "tests/cases/schema/suite-known.txt"));
    for (size_t i = 0; i < k.n; i++) T(known_has(&k, k.id[i]));
    T(!known_has(&k, "") && !known_has(&k, "#"));
    known_clear(&k);
}

int main(void)
{
    test_list();
    test_suite();
    test_maskbench();
    return t_done();
}
