/* Loading every schema of MaskBench and of the official suite, with the
 * times printed; where the data is not beside the repository, the schemas of
 * grammars/ alone. */
#include "schema/load.h"
#include "tests/oracle/cases.h"
#include "tests/t.h"

#include <time.h>

typedef struct Times {
    double *at;
    size_t n, cap;
} Times;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void add_time(Times *t, double us)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 1024;
        t->at = realloc(t->at, t->cap * sizeof *t->at);
        if (t->at == NULL) abort();
    }
    t->at[t->n++] = us;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_times(const char *what, Times *t)
{
    if (t->n == 0) return;
    qsort(t->at, t->n, sizeof *t->at, ascending);
    printf("%s: %zu loaded, us p50 %.1f p90 %.1f p99 %.1f max %.1f\n", what,
           t->n, t->at[t->n / 2], t->at[t->n * 9 / 10], t->at[t->n * 99 / 100],
           t->at[t->n - 1]);
    free(t->at);
}

/* Every id of a section lies below n, and in-place edges are there. */
static bool ids_are_valid(const GrLoaded *l)
{
    bool ok = l->root.v < l->n;
    for (uint32_t i = 0; i < l->n; i++) {
        const GrSchema *s = &l->schema[i];
        const GrSchemaList lists[] = {s->logic->refs,
                                      s->logic->all_of,
                                      s->logic->any_of,
                                      s->logic->one_of,
                                      {s->array->prefix, s->array->n_prefix}};
        for (size_t k = 0; k < 5; k++)
            for (uint32_t j = 0; j < lists[k].n; j++)
                ok = ok && lists[k].at[j].v < l->n;
        for (uint32_t j = 0; j < s->object->n_properties; j++)
            ok = ok && s->object->properties[j].schema.v < l->n &&
                 s->object->properties[j].name.id < l->n_names;
        ok = ok && s->logic->not_.v < l->n && s->array->items.v < l->n &&
             s->object->additional.v < l->n;
    }
    return ok;
}

static gram_status load(const char *id, const char *text, size_t len,
                        const gram_options *opt, Times *times)
{
    GrEnv env;
    GrArena arena = {0};
    GrRe *re = NULL;
    GrLoaded *l = NULL;
    GrReport report = {0};
    gram_error e = {0};
    gr_env_init(&env, NULL, 0, 0);
    env.error = &e;
    gram_status s = gr_re_new(&env, &re);
    double start = now_us();
    if (s == GRAM_OK) s = gr_load_schema(&env, &arena, re, text, len, opt, &l);
    if (s == GRAM_OK) add_time(times, now_us() - start);
    if (s == GRAM_OK) {
        T_OK(ids_are_valid(l), "%s: an id is out of range", id);
        T_EQ(gr_load_report(&env, l, &report), GRAM_OK);
    } else {
        gr_error_locate(&e, text, len);
        printf("%s: %s at %u:%u %s: %s\n", id, gram_status_text(s), e.line,
               e.column, e.pointer, e.message);
    }
    gr_report_clear(&env, &report);
    gr_re_free(re);
    gr_arena_clear(&env, &arena);
    T_OK(env.used == 0, "%s: %zu bytes left", id, env.used);
    return s;
}

/* One schema refers to itself in place (in allOf, through four names). */
static void test_maskbench(void)
{
    const char *path = cases_path("maskbench-public.jsonl.xz");
    Times times = {NULL, 0, 0};
    if (path == NULL) {
        T_SKIP("no MaskBench beside the repository");
        return;
    }
    Cases *in = cases_open(path);
    long failed = 0;
    for (Case c; in != NULL && cases_next(in, &c);)
        failed += load(c.id, c.schema, c.schema_len, NULL, &times) != GRAM_OK;
    if (in != NULL) cases_close(in);
    print_times("MaskBench", &times);
    T_OK(failed <= 1, "%ld schemas do not load", failed);
}

static void test_suite(void)
{
    const char *path = cases_path("json-schema-test-suite.jsonl.xz");
    CaseDocs docs = {NULL, 0};
    Times times = {NULL, 0, 0};
    char data[512];
    if (path == NULL) {
        T_SKIP("no official suite beside the repository");
        return;
    }
    snprintf(data, sizeof data, "%s", path);
    const char *tar = cases_path("json-schema-test-suite.tar.xz");
    T(tar != NULL && cases_add_remotes(&docs, tar));
    Cases *in = cases_open(data);
    long failed = 0;
    for (Case c; in != NULL && cases_next(in, &c);) {
        gram_options opt = {.draft = cases_draft(c.id)};
        opt.documents = docs.at;
        opt.n_documents = docs.n;
        if (strstr(c.id, "/optional/format/") == NULL)
            opt.formats = GRAM_FORMATS_ANNOTATE;
        failed += load(c.id, c.schema, c.schema_len, &opt, &times) != GRAM_OK;
    }
    if (in != NULL) cases_close(in);
    cases_free_docs(&docs);
    print_times("suite", &times);
    T_OK(failed == 0, "%ld schemas do not load", failed);
}

static void test_grammars(void)
{
    CaseDocs docs = {NULL, 0};
    Times times = {NULL, 0, 0};
    cases_add_folder(&docs, "grammars", "file:");
    for (size_t i = 0; i < docs.n; i++)
        if (strstr(docs.at[i].uri, ".json") != NULL)
            T_EQ(load(docs.at[i].uri, docs.at[i].text, docs.at[i].len, NULL,
                      &times),
                 GRAM_OK);
    T(times.n > 0);
    print_times("grammars", &times);
    cases_free_docs(&docs);
}

int main(void)
{
    test_grammars();
    test_suite();
    test_maskbench();
    return t_done();
}
