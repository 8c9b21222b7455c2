/* A value is valid or not whatever way it is written: instances of MaskBench
 * on one line, with spaces, indented, with their members in another order,
 * and laid out where the policy asks for that, all get the verdict that the
 * data gives; and what is not laid out then is refused.  (So is an indent of
 * more than 32 characters by the default policy, and only that.)
 *
 *     GRAM_STEP=1 build/unit/schema_spelled      every schema */
#include "oracle/cases.h"
#include "oracle/layout.h"
#include "oracle/verdict.h"
#include "t.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 200 };
#else
enum { STEP = 8 };
#endif

enum { INDENT = 3 };

typedef struct World {
    gram_vocab *v;
    gram_grammar *plain, *laid; /* default white space, by an indent */
    const char *id;
    uint64_t seed;
    long texts, shuffled;
} World;

/* Data must be there where tests are run for others. */
static void skip(void)
{
    const char *ci = getenv("CI");
    if (ci != NULL && strcmp(ci, "true") == 0)
        T_OK(0, "MaskBench: no data in GRAM_DATA");
    else
        T_SKIP("MaskBench: no data in GRAM_DATA");
}

static void judge(World *w, gram_grammar *g, char *text, bool valid,
                  const char *what)
{
    int verdict = verdict_text(g, text, strlen(text));
    T_OK(verdict == (valid ? VERDICT_ACCEPTED : VERDICT_REFUSED),
         "%s, %s: %s, verdict %d: %.300s", w->id, what,
         valid ? "valid" : "invalid", verdict, text);
    w->texts++;
    free(text);
}

/* The longest line break with its indent. */
static size_t longest_break(const char *text)
{
    size_t most = 0;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++) {
        size_t n = 1 + strspn(p + 1, " ");
        if (n > most) most = n;
    }
    return most;
}

static void indented(World *w, const CaseTest *t)
{
    char *text = layout_print(t->text, t->len, 2);
    bool fits = longest_break(text) <= 32;
    judge(w, w->plain, text, t->valid && fits, "indented");
}

static void instance(World *w, const CaseTest *t)
{
    char *mixed = layout_shuffle(t->text, t->len, &w->seed);
    char *line = layout_line(t->text, t->len, false);
    char *laid = layout_print(t->text, t->len, INDENT);
    size_t n = strlen(mixed);
    bool same = strcmp(line, laid) == 0;
    w->shuffled += strcmp(line, mixed) != 0;
    judge(w, w->plain, layout_line(t->text, t->len, true), t->valid, "spaced");
    indented(w, t);
    judge(w, w->laid, layout_print(mixed, n, INDENT), t->valid,
          "laid out, in another order");
    judge(w, w->laid, laid, t->valid, "laid out");
    if (!same)
        judge(w, w->laid, layout_print(line, strlen(line), INDENT + 1), false,
              "laid out with another indent");
    judge(w, w->plain, mixed, t->valid, "in another order");
    judge(w, w->plain, line, t->valid, "compact");
}

static void schema(World *w, const Case *c)
{
    gram_options opt = {.size = sizeof opt};
    gram_error e;
    w->id = c->id;
    w->plain = w->laid = NULL;
    gram_status s =
        verdict_compile(w->v, c->schema, c->schema_len, &opt, &w->plain, &e);
    opt.whitespace = GRAM_WHITESPACE_INDENT;
    opt.indent = INDENT;
    gram_status laid =
        verdict_compile(w->v, c->schema, c->schema_len, &opt, &w->laid, &e);
    T_OK(s == laid, "%s: status %d, and %d by an indent", c->id, s, laid);
    for (uint32_t i = 0; i < c->n_tests && s == GRAM_OK && laid == GRAM_OK; i++)
        instance(w, &c->test[i]);
    gram_grammar_free(w->plain);
    gram_grammar_free(w->laid);
}

static void test_maskbench(World *w)
{
    const char *path = cases_path("maskbench-public.jsonl.xz");
    long n = 0, step = t_count("GRAM_STEP", STEP);
    if (path == NULL) {
        skip();
        return;
    }
    Cases *in = cases_open(path);
    T_OK(in != NULL, "%s cannot be read", path);
    for (Case c; in != NULL && cases_next(in, &c); n++)
        if (n % step == 7 % step) schema(w, &c);
    if (in != NULL) cases_close(in);
    printf("%ld texts, %ld instances with members in another order\n", w->texts,
           w->shuffled);
    T(n > 1000 && w->texts > n / step);
    T(w->shuffled > 0);
}

/* --- the spellings -------------------------------------------------------- */

static void check(char *got, const char *want)
{
    T_STR(got, want);
    free(got);
}

static void test_printer(void)
{
    static const struct {
        const char *from, *to;
        unsigned indent;
    } rows[] = {
        {" [ ]", "[]", 2},
        {"{\t}\n", "{}", 2},
        {"1.0", "1.0", 2},
        {"[1,\"a]\\\"\"]", "[\n  1,\n  \"a]\\\"\"\n]", 2},
        {"{\"a\":[{}],\"b\" :{\"c\":[ [ ] ]}}",
         "{\n \"a\": [\n  {}\n ],\n \"b\": {\n  \"c\": [\n   []\n  ]\n }\n}",
         1},
        {"[[1]]", "[\n[\n1\n]\n]", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *from = rows[i].from, *to = rows[i].to;
        size_t len = strlen(to);
        check(layout_print(from, strlen(from), rows[i].indent), to);
        T(layout_is(to, len, rows[i].indent));
        T(!layout_is(to, len, rows[i].indent + 1) || len < 4);
    }
    T(!layout_is("[\n  1]", 6, 2));
    T(!layout_is("[1\n]", 4, 2));
    T(!layout_is("{\n  \"a\":1\n}", 11, 2));
    check(layout_line(" [1 ,\"a, b\",{}]", 15, false), "[1,\"a, b\",{}]");
    check(layout_line("{\"a\" :[1,2]}", 12, true), "{\"a\": [1, 2]}");
}

static void test_shuffle(void)
{
    static const char text[] =
        "[ {\"a\": 1, \"b,\\\"\" : [ 2, {} ]} , [], \"{\"]";
    static const char *const both[] = {
        "[{\"a\":1,\"b,\\\"\":[2,{}]},[],\"{\"]",
        "[{\"b,\\\"\":[2,{}],\"a\":1},[],\"{\"]"};
    bool met[2] = {false, false};
    uint64_t seed = 3;
    for (int i = 0; i < 64; i++) {
        char *got = layout_shuffle(text, sizeof text - 1, &seed);
        int k = strcmp(got, both[0]) == 0 ? 0 : 1;
        T_STR(got, both[k]);
        met[k] = true;
        free(got);
    }
    T(met[0] && met[1]);
}

int main(void)
{
    World w = {.seed = t_seed()};
    test_printer();
    test_shuffle();
    T(gram_vocab_default(NULL, &w.v, NULL) == GRAM_OK);
    test_maskbench(&w);
    gram_vocab_free(w.v);
    return t_done();
}
