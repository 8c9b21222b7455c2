/* grammar: what a grammar costs along real documents.
 *
 *     grammar --grammar FILE.gbnf|FILE.ebnf [--vocab V] [--docs IN.jsonl]
 *             [--limit N] [--clock cpu]
 *     grammar --cases CASES.jsonl [--vocab V] [--limit N] [--clock cpu]
 *             [--check yes]
 *
 * Documents are the texts of valid instances of a benchmark's lines
 * {"tests":[{"valid":true,"data_text":S}]}.  Along each one, encoded by the
 * vocabulary, every mask is timed with the row readable and every token
 * accepted, once with a grammar compiled afresh for each document and once
 * with one grammar for all of them.  A mask counts as cold if the grammar
 * kept a mask or a memo entry for it, that is if it was computed.
 *
 * With --cases each line is a grammar or pattern of its own, with texts that it
 * accepts (the corpus of grammar cases, README.md): compiled once, its masks
 * timed along the first texts.  With --check they are compared with what the
 * matcher takes, token by token, at some milliseconds each; those that differ
 * are told, and are a failure.
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
    gram_options opt;
    const char *id; /* of a case */
    bool check;
    uint64_t wrong, cases, skipped;
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

/* NULL where a case is not taken. */
static gram_grammar *compile(const Bench *b)
{
    gram_grammar *g = NULL;
    gram_error e = {0};
    gram_status s =
        gram_grammar_new(b->v, b->kind, b->text, b->len, &b->opt, &g, &e);
    if (s != GRAM_OK && b->id == NULL) bench_die("grammar", e.message);
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

/* Is a bit set exactly where the token is taken? */
static void check_row(Bench *b, gram_matcher *m, const uint32_t *row, size_t at)
{
    uint32_t n = gram_vocab_size(b->v), wrong = 0, first = 0;
    for (uint32_t id = 0; id < n; id++) {
        bool bit = row[id >> 5] >> (id & 31) & 1;
        if (gram_vocab_kind(b->v, id) != GRAM_TOKEN_NORMAL) continue;
        if ((gram_matcher_check(m, id) == GRAM_OK) == bit) continue;
        if (wrong++ == 0) first = id;
    }
    if (wrong == 0) return;
    b->wrong++;
    printf("%s: document %llu, mask %zu: %u tokens wrong, first %u\n",
           b->id ? b->id : "", (unsigned long long)b->docs, at, (unsigned)wrong,
           (unsigned)first);
}

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
        if (fresh && computed && b->check) check_row(b, m, row, i);
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

/* --- cases ---------------------------------------------------------------- */

enum { CASE_TEXTS = 40, CASE_TOKENS = 400 };

static const char *text_of(const cJSON *j, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, name));
}

static gram_kind kind_of(const char *syntax)
{
    static const struct {
        const char *syntax;
        gram_kind kind;
    } kinds[] = {{"gbnf", GRAM_KIND_GBNF},
                 {"cfg", GRAM_KIND_GBNF},
                 {"xgrammar-ebnf", GRAM_KIND_EBNF},
                 {"structural-tag", GRAM_KIND_STRUCTURAL_TAG},
                 {"regex-ecma", GRAM_KIND_REGEX}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (syntax && strcmp(kinds[i].syntax, syntax) == 0)
            return kinds[i].kind;
    return GRAM_KIND_LARK;
}

/* Texts of bytes or of token ids are left out: they are of other vocabularies.
 */
static void case_texts(Bench *b, gram_grammar *g, const cJSON *list)
{
    static uint32_t ids[1 << 16];
    const cJSON *x;
    int left = CASE_TEXTS;
    cJSON_ArrayForEach(x, list)
    {
        size_t n;
        const char *text = cJSON_GetStringValue(x);
        if (left-- == 0) return;
        if (text == NULL || gram_vocab_encode(b->v, text, strlen(text), ids,
                                              1 << 16, &n, NULL) != GRAM_OK)
            continue;
        b->docs++;
        bool all = n <= CASE_TOKENS;
        if (!run(b, g, ids, all ? n : CASE_TOKENS, true) && all) b->refused++;
    }
}

static void one_case(Bench *b, const char *line)
{
    cJSON *j = cJSON_Parse(line);
    const char *start = text_of(j, "start");
    b->id = text_of(j, "id");
    b->text = text_of(j, "grammar");
    if (b->id == NULL || b->text == NULL) bench_die("a case", "is none");
    b->len = strlen(b->text);
    b->kind = kind_of(text_of(j, "syntax"));
    b->opt = (gram_options){.size = sizeof b->opt, .start = start};
    gram_grammar *g = compile(b);
    b->cases++;
    b->skipped += g == NULL;
    if (g != NULL)
        case_texts(b, g, cJSON_GetObjectItemCaseSensitive(j, "accept"));
    gram_grammar_free(g);
    cJSON_Delete(j);
    b->text = b->id = NULL;
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

static void run_cases(Bench *b, const char *path, long limit)
{
    BenchLines lines;
    bench_open(&lines, path);
    while (limit-- > 0 && bench_line(&lines)) one_case(b, lines.at);
    bench_close(&lines);
    printf("%llu cases, %llu of them not taken; %llu texts, %llu refused\n",
           (unsigned long long)b->cases, (unsigned long long)b->skipped,
           (unsigned long long)b->docs, (unsigned long long)b->refused);
    print("all", &b->all);
    print("cold", &b->cold);
    print("accept", &b->accept);
    if (b->check) printf("%llu masks wrong\n", (unsigned long long)b->wrong);
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
    const char *cases = NULL;
    long limit = 1L << 30;
    Bench *b = bench_alloc(NULL, sizeof *b);
    memset(b, 0, sizeof *b);
    b->opt.size = sizeof b->opt;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--grammar") == 0) path = argv[i + 1];
        if (strcmp(argv[i], "--vocab") == 0) vocab = argv[i + 1];
        if (strcmp(argv[i], "--specials") == 0) specials = argv[i + 1];
        if (strcmp(argv[i], "--docs") == 0) docs = argv[i + 1];
        if (strcmp(argv[i], "--cases") == 0) cases = argv[i + 1];
        if (strcmp(argv[i], "--limit") == 0) limit = atol(argv[i + 1]);
        b->check |= strcmp(argv[i], "--check") == 0;
        if (strcmp(argv[i], "--clock") == 0)
            the_clock = CLOCK_THREAD_CPUTIME_ID;
    }
    size_t n = path ? strlen(path) : 0;
    if (argc % 2 == 0 || (n < 5 && cases == NULL))
        bench_die("usage", "grammar --grammar FILE | --cases CASES "
                           "[--vocab V] [--docs IN]");
    b->v = bench_vocab(vocab, specials);
    if (cases != NULL) {
        run_cases(b, cases, limit);
    } else {
        b->kind = strcmp(path + n - 5, ".ebnf") == 0 ? GRAM_KIND_EBNF
                                                     : GRAM_KIND_GBNF;
        b->text = (const char *)bench_read(path, &b->len);
        if (docs != NULL)
            run_docs(b, docs, limit);
        else
            run_long(b);
        free((void *)(uintptr_t)b->text);
    }
    int rc = b->wrong > 0;
    gram_vocab_free(b->v);
    free(b);
    return rc;
}
