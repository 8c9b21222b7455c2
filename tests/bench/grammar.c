/* grammar: what a grammar costs along real documents.
 *
 *     grammar --grammar FILE.gbnf|FILE.ebnf [--vocab V] [--docs IN.jsonl]
 *             [--limit N] [--clock cpu]
 *
 * Documents are the texts of valid instances of a benchmark's lines
 * {"tests":[{"valid":true,"data_text":S}]}.  Along each one, encoded by the
 * vocabulary, every mask is timed with the row readable and every token
 * accepted, once with a grammar compiled afresh for each document and once
 * with one grammar for all of them.  A mask counts as cold if the grammar
 * kept a mask or a memo entry for it, that is if it was computed.
 *
 * --clock cpu counts the time of the thread alone: for machines that others
 * use too; asking it costs some tenths of a microsecond.
 *
 * Without --docs: nanoseconds and steps a byte over a document of 1 MB that
 * the program writes itself (JSON), for each tenth of it. */
#include "bench_util.h"

typedef struct Bench {
    gram_vocab *v;
    const char *text;
    size_t len;
    gram_kind kind;
    BenchHist all, cold, one, accept;
    uint64_t docs, refused;
} Bench;

static clockid_t the_clock = CLOCK_MONOTONIC;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(the_clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static gram_grammar *compile(const Bench *b)
{
    gram_grammar *g;
    gram_error e = {0};
    gram_status s =
        gram_grammar_new(b->v, b->kind, b->text, b->len, NULL, &g, &e);
    if (s != GRAM_OK) bench_die("grammar", e.message);
    return g;
}

static gram_matcher *matcher(gram_grammar *g)
{
    gram_matcher *m;
    gram_error e = {0};
    if (gram_matcher_new(g, &m, &e) != GRAM_OK) bench_die("matcher", e.message);
    return m;
}

static uint64_t steps_of(gram_grammar *g)
{
    gram_grammar_stats s = {.size = sizeof s};
    if (gram_grammar_get_stats(g, &s) != GRAM_OK) bench_die("stats", "failed");
    return s.steps;
}

/* --- along documents ------------------------------------------------------ */

static uint32_t sink; /* keeps the reads of rows */

/* Masks and accepts of one document; false where it is refused. */
static bool run(Bench *b, gram_grammar *g, const uint32_t *ids, size_t n,
                bool fresh)
{
    gram_matcher *m = matcher(g);
    uint32_t words = gram_vocab_mask_words(b->v);
    bool ok = true;
    for (size_t i = 0; i <= n && ok; i++) {
        const uint32_t *row;
        uint64_t steps = steps_of(g), t0 = now();
        if (gram_matcher_mask_view(m, &row, NULL) != GRAM_OK)
            bench_die("mask", "failed");
        sink += row[0] + row[words - 1];
        uint64_t ns = now() - t0;
        bool computed = steps_of(g) != steps;
        bench_hist_add(fresh ? &b->all : &b->one, ns, (uint32_t)b->docs,
                       (uint32_t)i);
        if (fresh && computed)
            bench_hist_add(&b->cold, ns, (uint32_t)b->docs, (uint32_t)i);
        if (i == n) break;
        t0 = now();
        ok = gram_matcher_accept(m, ids[i]) == GRAM_OK;
        bench_hist_add(&b->accept, now() - t0, (uint32_t)b->docs, (uint32_t)i);
    }
    ok &= gram_matcher_may_stop(m) == 1;
    gram_matcher_free(m);
    return ok;
}

static void one_text(Bench *b, gram_grammar *shared, const char *text)
{
    enum { CAP = 1 << 20 };
    static uint32_t ids[CAP];
    size_t n, len = strlen(text);
    if (gram_vocab_encode(b->v, text, len, ids, CAP, &n, NULL) != GRAM_OK)
        return;
    gram_grammar *g = compile(b);
    b->docs++;
    if (!run(b, g, ids, n, true)) b->refused++;
    gram_grammar_free(g);
    run(b, shared, ids, n, false);
}

static void one_line(Bench *b, gram_grammar *shared, const char *line)
{
    cJSON *j = cJSON_Parse(line), *test;
    cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(j, "tests"))
    {
        cJSON *valid = cJSON_GetObjectItemCaseSensitive(test, "valid");
        cJSON *text = cJSON_GetObjectItemCaseSensitive(test, "data_text");
        if (cJSON_IsTrue(valid) && cJSON_IsString(text))
            one_text(b, shared, text->valuestring);
    }
    cJSON_Delete(j);
}

/* --- results -------------------------------------------------------------- */

static double percentile(const BenchHist *h, double q)
{
    uint64_t left = (uint64_t)(q * (double)h->n);
    for (int k = 0; k < BENCH_BUCKETS; k++) {
        if (h->count[k] > left) return exp2((k + 0.5) / 8) / 1000;
        left -= h->count[k];
    }
    return (double)h->max / 1000;
}

static void print(const char *name, const BenchHist *h)
{
    printf("%-14s n %9llu  mean %8.3f us  p50 %8.3f  p99 %8.3f  "
           "p99.9 %8.3f  max %9.3f\n",
           name, (unsigned long long)h->n,
           h->n ? (double)h->sum / (double)h->n / 1000 : 0.0,
           percentile(h, 0.5), percentile(h, 0.99), percentile(h, 0.999),
           (double)h->max / 1000);
}

static void run_docs(Bench *b, const char *path, long limit)
{
    BenchLines lines;
    gram_grammar *shared = compile(b);
    bench_open(&lines, path);
    while (limit-- > 0 && bench_line(&lines)) one_line(b, shared, lines.at);
    bench_close(&lines);
    gram_grammar_free(shared);
    printf("%llu documents, %llu of them refused\n",
           (unsigned long long)b->docs, (unsigned long long)b->refused);
    print("fresh, all", &b->all);
    print("fresh, cold", &b->cold);
    print("one grammar", &b->one);
    print("accept", &b->accept);
}

/* --- one long document ---------------------------------------------------- */

static char *long_document(size_t *len)
{
    static const char unit[] = ", {\"id\": -12.5e3, \"tags\": [\"a\\u00e9\", "
                               "\"\xc3\xa9\\n\", [[], {}]], \"ok\": true}";
    size_t n = sizeof unit - 1, times = 1000000 / n + 1;
    char *text = bench_alloc(NULL, 2 + times * n + 1);
    text[0] = '[', text[1] = '0';
    for (size_t i = 0; i < times; i++) memcpy(text + 2 + i * n, unit, n);
    text[2 + times * n] = ']';
    *len = 3 + times * n;
    return text;
}

static void run_long(Bench *b)
{
    gram_grammar *g = compile(b);
    gram_matcher *m = matcher(g);
    size_t len, at = 0;
    char *text = long_document(&len);
    for (int tenth = 1; tenth <= 10; tenth++) {
        size_t end = len * (size_t)tenth / 10;
        uint64_t steps = steps_of(g), t0 = now();
        size_t from = at;
        for (size_t n; at < end; at += n) {
            n = end - at < 16 ? end - at : 16;
            if (gram_matcher_accept_bytes(m, text + at, n, NULL) != GRAM_OK)
                bench_die("the document", "is refused");
        }
        printf(
            "bytes %7zu to %7zu: %6.2f ns a byte, %llu steps to fill cells\n",
            from, at, (double)(now() - t0) / (double)(at - from),
            (unsigned long long)(steps_of(g) - steps));
    }
    if (gram_matcher_may_stop(m) != 1) bench_die("the document", "has no end");
    free(text);
    gram_matcher_free(m);
    gram_grammar_free(g);
}

int main(int argc, char **argv)
{
    const char *vocab = NULL, *specials = NULL, *docs = NULL, *path = NULL;
    long limit = 1L << 30;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--grammar") == 0) path = argv[i + 1];
        if (strcmp(argv[i], "--vocab") == 0) vocab = argv[i + 1];
        if (strcmp(argv[i], "--specials") == 0) specials = argv[i + 1];
        if (strcmp(argv[i], "--docs") == 0) docs = argv[i + 1];
        if (strcmp(argv[i], "--limit") == 0) limit = atol(argv[i + 1]);
        if (strcmp(argv[i], "--clock") == 0)
            the_clock = CLOCK_THREAD_CPUTIME_ID;
    }
    size_t n = path ? strlen(path) : 0;
    if (argc % 2 == 0 || n < 5)
        bench_die("usage", "grammar --grammar FILE [--vocab V] [--docs IN]");
    Bench *b = bench_alloc(NULL, sizeof *b);
    memset(b, 0, sizeof *b);
    b->kind = strcmp(path + n - 5, ".ebnf") == 0 ? GRAM_KIND_EBNF
                                                 : GRAM_KIND_GBNF;
    b->text = (const char *)bench_read(path, &b->len);
    b->v = bench_vocab(vocab, specials);
    if (docs != NULL)
        run_docs(b, docs, limit);
    else
        run_long(b);
    gram_vocab_free(b->v);
    free((void *)(uintptr_t)b->text);
    free(b);
    return 0;
}
