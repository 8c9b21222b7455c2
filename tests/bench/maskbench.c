/* maskbench: schemas with instances, timed mask by mask.
 *
 *     maskbench [--worker] [--vocab V] [--specials S] [--schemas IN]
 *               [--out OUT] [--warm] [--copy] [--threads 1] [--timeout-ms N]
 *               [--kind json-schema|...] [--limit N] [policy options]
 *
 * Input, one case a line: {"id","schema":any,"tests":[{"valid","data_text"}]}
 * or {"id","schema_text":str,"tests":[{"valid","tokens":[ids]}]}.
 * For each schema, in this order: compile; a fresh matcher's first mask; for
 * each instance a fresh matcher and, for each token, mask (timed), is the
 * token in it, accept (mask and accept are timed together too); at the end
 * one more mask, in which an end token must be set.  Nothing is shared
 * between schemas but the vocabulary.  The timed mask call ends with every
 * word of the row readable: without a copy, or with one (--copy). */
#include "bench/bench_options.h"
#include "bench/bench_util.h"
#include "bench/lib/case.h"

typedef struct Args {
    const char *vocab, *specials, *schemas, *out;
    uint64_t limit;
} Args;

static gram_kind kind_of(const char *name)
{
    static const char *const kinds[] = {
        "json-schema", "ebnf", "gbnf", "lark", "regex", "structural-tag", NULL};
    int k = bench_choice(name, kinds);
    if (k < 0) bench_die("--kind", "unknown");
    return (gram_kind)(GRAM_KIND_JSON_SCHEMA + k);
}

static bool flag(Bench *b, const char *name)
{
    if (strcmp(name, "--warm") == 0)
        b->warm = true;
    else if (strcmp(name, "--copy") == 0)
        b->copy = true;
    else if (strcmp(name, "--worker") != 0)
        return bench_flag(&b->opt, name) == 1;
    return true;
}

static void option(Bench *b, Args *a, const char *name, const char *value)
{
    uint64_t n = 0;
    if (strcmp(name, "--vocab") == 0)
        a->vocab = value;
    else if (strcmp(name, "--specials") == 0)
        a->specials = value;
    else if (strcmp(name, "--schemas") == 0)
        a->schemas = value;
    else if (strcmp(name, "--out") == 0)
        a->out = value;
    else if (strcmp(name, "--kind") == 0)
        b->kind = kind_of(value);
    else if (strcmp(name, "--limit") == 0 &&
             bench_number(value, UINT64_MAX, &a->limit))
        return;
    else if (strcmp(name, "--timeout-ms") == 0 &&
             bench_number(value, UINT32_MAX, &n))
        b->timeout_ns = n * 1000000;
    else if (strcmp(name, "--threads") == 0 && strcmp(value, "1") == 0)
        return; /* timings of one core are what is asked for */
    else if (bench_option(&b->opt, name, value) != 1)
        bench_die(name, "unknown option, or a bad value");
}

static void parse(Bench *b, Args *a, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (flag(b, argv[i])) continue;
        if (i + 1 == argc) bench_die(argv[i], "a value is missing");
        option(b, a, argv[i], argv[i + 1]);
        i++;
    }
}

int main(int argc, char **argv)
{
    Bench *b = bench_alloc(NULL, sizeof *b);
    Args a = {.limit = UINT64_MAX};
    BenchLines lines;
    bench_init(b);
    parse(b, &a, argc, argv);
    if (a.out != NULL) b->out = fopen(a.out, "wb");
    if (b->out == NULL) bench_die(a.out, "cannot be written");
    bench_start(b, a.vocab, a.specials);
    bench_open(&lines, a.schemas);
    for (uint64_t n = 0; n < a.limit && bench_line(&lines); n++) {
        bench_case_read(b, lines.at, lines.n);
        bench_case_run(b);
    }
    bool ok = bench_close(&lines) || a.limit != UINT64_MAX;
    ok = bench_stop(b) && ok;
    free(b);
    return ok ? 0 : 5;
}
