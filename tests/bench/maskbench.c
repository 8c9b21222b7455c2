/* maskbench: schemas with instances, timed mask by mask.
 *
 *     maskbench [--worker] [--vocab V] [--specials S] [--schemas IN]
 *               [--out OUT] [--warm] [--copy] [--threads N] [--timeout-ms N]
 *               [--kind json-schema|...] [--limit N] [policy options]
 *
 * Input, one case a line: {"id","schema":any,"tests":[{"valid","data_text"}]}
 * or {"id","schema_text":str,"tests":[{"valid","tokens":[ids]}]}.
 * For each schema, in this order: compile; a fresh matcher's first mask; for
 * each instance a fresh matcher and, for each token, mask (timed), is the
 * token in it, accept (timed, and together with its mask); at the end
 * one more mask, in which an end token must be set.  Nothing is shared
 * between schemas but the vocabulary.  The timed mask call ends with every
 * word of the row readable: without a copy, or with one (--copy).  With
 * several threads each takes the next schema; lines come out in order. */
#include "bench/bench_options.h"
#include "bench/bench_util.h"
#include "bench/lib/case.h"

#include <pthread.h>

typedef struct Args {
    const char *vocab, *specials, *schemas, *out;
    uint64_t limit, threads;
} Args;

enum { MOST_THREADS = 256 };

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
    else if (strcmp(name, "--threads") == 0 &&
             bench_number(value, MOST_THREADS, &a->threads) && a->threads > 0)
        return;
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

/* --- threads -------------------------------------------------------------- */

/* Cases going in, lines coming out.  Reading and printing have a lock each,
 * so that a line gets out while another thread waits for input. */
typedef struct Pool {
    BenchLines in;
    uint64_t n_in, limit;
    pthread_mutex_t reading, printing;
    FILE *out;
    char **done; /* by case; NULL: not yet, or printed */
    uint64_t n_out, cap;
    const Bench *first;
} Pool;

/* Copy the next case to *line; false where there is none. */
static bool take(Pool *p, char **line, size_t *len, uint64_t *index)
{
    pthread_mutex_lock(&p->reading);
    bool more = p->n_in < p->limit && bench_line(&p->in);
    if (more) {
        *len = p->in.n;
        *line = bench_alloc(*line, *len + 1);
        memcpy(*line, p->in.at, *len + 1);
        *index = p->n_in++;
    }
    pthread_mutex_unlock(&p->reading);
    return more;
}

static void put(Pool *p, uint64_t index, char *text)
{
    pthread_mutex_lock(&p->printing);
    if (index >= p->cap) {
        uint64_t cap = index * 2 + 64;
        p->done = bench_alloc(p->done, cap * sizeof *p->done);
        memset(p->done + p->cap, 0, (cap - p->cap) * sizeof *p->done);
        p->cap = cap;
    }
    p->done[index] = text;
    while (p->n_out < p->cap && p->done[p->n_out] != NULL)
        bench_print(p->out, p->done[p->n_out++]);
    pthread_mutex_unlock(&p->printing);
}

static void *work(void *ctx)
{
    Pool *p = ctx;
    Bench *b = bench_alloc(NULL, sizeof *b);
    char *line = NULL;
    size_t len;
    uint64_t index;
    bench_share(b, p->first);
    while (take(p, &line, &len, &index)) {
        bench_case_read(b, line, len);
        put(p, index, bench_case_line(b));
    }
    bench_stop(b);
    free(b);
    free(line);
    return NULL;
}

static void run_all(Pool *p, uint64_t threads)
{
    pthread_t thread[MOST_THREADS];
    pthread_mutex_init(&p->reading, NULL);
    pthread_mutex_init(&p->printing, NULL);
    for (uint64_t i = 1; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, p) != 0)
            bench_die("--threads", "no thread to be had");
    work(p);
    for (uint64_t i = 1; i < threads; i++) pthread_join(thread[i], NULL);
    free(p->done);
}

int main(int argc, char **argv)
{
    Bench *b = bench_alloc(NULL, sizeof *b);
    Args a = {.limit = UINT64_MAX, .threads = 1};
    bench_init(b);
    parse(b, &a, argc, argv);
    if (a.out != NULL) b->out = fopen(a.out, "wb");
    if (b->out == NULL) bench_die(a.out, "cannot be written");
    bench_start(b, a.vocab, a.specials);
    Pool p = {.limit = a.limit, .out = b->out, .first = b};
    bench_open(&p.in, a.schemas);
    run_all(&p, a.threads);
    bool ok = bench_close(&p.in) || a.limit != UINT64_MAX;
    ok = bench_stop(b) && ok;
    free(b);
    return ok ? 0 : 5;
}
