/* suite: the official JSON-Schema-Test-Suite, verdict by verdict.
 *
 *     suite --schemas json-schema-test-suite.jsonl[.xz] [--remotes DIR]
 *           [--out OUT] [--vocab V] [--specials S] [--timeout-ms N]
 *           [--limit N] [--kind json-schema] [policy options]
 *
 * The first segment of an id names the draft (`draft4/...`); schemas are
 * compiled to the letter (--exact), formats are asserted for the ids with
 * `/optional/format/` alone.  The suite's remotes are supplied documents
 * below http://localhost:1234: of DIR, or else of the suite's archive
 * json-schema-test-suite.tar.xz beside the input.  Lines are maskbench's. */
#include "bench/bench_options.h"
#include "bench/lib/case.h"
#include "oracle/verdict.h"

typedef struct Args {
    const char *vocab, *specials, *schemas, *out, *remotes;
    uint64_t limit;
} Args;

static const char **text_option(Args *a, const char *name)
{
    if (strcmp(name, "--vocab") == 0) return &a->vocab;
    if (strcmp(name, "--specials") == 0) return &a->specials;
    if (strcmp(name, "--schemas") == 0) return &a->schemas;
    if (strcmp(name, "--out") == 0) return &a->out;
    if (strcmp(name, "--remotes") == 0) return &a->remotes;
    return NULL;
}

static bool option(Bench *b, Args *a, const char *name, const char *value)
{
    const char **text = text_option(a, name);
    uint64_t n = 0;
    if (text != NULL) {
        *text = value;
        return true;
    }
    if (strcmp(name, "--limit") == 0)
        return bench_number(value, UINT64_MAX, &a->limit);
    if (strcmp(name, "--timeout-ms") == 0) {
        bool ok = bench_number(value, UINT32_MAX, &n);
        b->timeout_ns = n * 1000000;
        return ok;
    }
    if (strcmp(name, "--kind") == 0) return strcmp(value, "json-schema") == 0;
    return bench_option(&b->opt, name, value) == 1;
}

static void parse(Bench *b, Args *a, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (bench_flag(&b->opt, argv[i]) == 1) continue;
        if (i + 1 == argc) bench_die(argv[i], "a value is missing");
        if (!option(b, a, argv[i], argv[i + 1]))
            bench_die(argv[i], "unknown option, or a bad value");
        i++;
    }
    if (a->schemas == NULL) bench_die("--schemas", "the suite is missing");
}

/* Without DIR and archive there are none: the schemas that refer to them
 * are errors, which the output says. */
static void add_remotes(CaseDocs *docs, const Args *a)
{
    const char *slash = strrchr(a->schemas, '/');
    int n = slash ? (int)(slash + 1 - a->schemas) : 0;
    char path[1024];
    if (a->remotes != NULL) {
        cases_add_folder(docs, a->remotes, "http://localhost:1234");
        if (docs->n == 0) bench_die(a->remotes, "no documents there");
        return;
    }
    snprintf(path, sizeof path, "%.*sjson-schema-test-suite.tar.xz", n,
             a->schemas);
    FILE *f = fopen(path, "rb");
    if (f != NULL && (fclose(f), !cases_add_remotes(docs, path)))
        bench_die(path, "cannot be unpacked");
}

int main(int argc, char **argv)
{
    Bench *b = bench_alloc(NULL, sizeof *b);
    Args a = {.limit = UINT64_MAX};
    CaseDocs docs = {NULL, 0};
    BenchLines lines;
    bench_init(b);
    gram_options_exact(&b->opt);
    parse(b, &a, argc, argv);
    add_remotes(&docs, &a);
    b->opt.documents = docs.at;
    b->opt.n_documents = docs.n;
    if (a.out != NULL) b->out = fopen(a.out, "wb");
    if (b->out == NULL) bench_die(a.out, "cannot be written");
    bench_start(b, a.vocab, a.specials);
    bench_open(&lines, a.schemas);
    for (uint64_t n = 0; n < a.limit && bench_line(&lines); n++) {
        bench_case_read(b, lines.at, lines.n);
        verdict_suite_options(b->id, &b->opt);
        bench_case_run(b);
    }
    bool ok = bench_close(&lines) || a.limit != UINT64_MAX;
    ok = bench_stop(b) && ok;
    cases_free_docs(&docs);
    free(b);
    return ok ? 0 : 5;
}
