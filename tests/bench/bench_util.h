/* What benchmark runners share: clock, histogram, lines of files (also .xz),
 * vocabularies (also LGV1). */
#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <cjson/cJSON.h>
#include <gram.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static inline void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

static inline void *bench_alloc(void *p, size_t n)
{
    p = realloc(p, n ? n : 1);
    if (p == NULL) bench_die("bench", "out of memory");
    return p;
}

/* --- clock and memory ----------------------------------------------------- */

static inline uint64_t bench_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline long bench_rss_kb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

/* --- histogram: bucket b counts 2^(b/8) <= ns < 2^((b+1)/8) --------------- */

enum { BENCH_BUCKETS = 512 };

typedef struct BenchHist {
    uint64_t n, sum, max;
    uint32_t max_test, max_token;
    uint64_t count[BENCH_BUCKETS];
} BenchHist;

static inline void bench_hist_add(BenchHist *h, uint64_t ns, uint32_t test,
                                  uint32_t token)
{
    if (ns == 0) ns = 1;
    h->n++;
    h->sum += ns;
    if (ns > h->max) {
        h->max = ns;
        h->max_test = test;
        h->max_token = token;
    }
    h->count[(uint32_t)(8 * log2((double)ns))]++;
}

static inline cJSON *bench_pair(double a, double b)
{
    double both[2] = {a, b};
    return cJSON_CreateDoubleArray(both, 2);
}

static inline cJSON *bench_hist_json(const BenchHist *h)
{
    cJSON *j = cJSON_CreateObject(), *list = cJSON_CreateArray();
    cJSON_AddNumberToObject(j, "n", (double)h->n);
    cJSON_AddNumberToObject(j, "sum", (double)h->sum);
    cJSON_AddNumberToObject(j, "max", (double)h->max);
    cJSON_AddItemToObject(j, "max_at", bench_pair(h->max_test, h->max_token));
    for (int b = 0; b < BENCH_BUCKETS; b++)
        if (h->count[b] > 0)
            cJSON_AddItemToArray(list, bench_pair(b, (double)h->count[b]));
    cJSON_AddItemToObject(j, "h", list);
    return j;
}

/* --- files ---------------------------------------------------------------- */

typedef struct BenchLines {
    FILE *f;
    bool piped;
    char *at;
    size_t n, cap;
} BenchLines;

/* `path` NULL: stdin. */
static inline void bench_open(BenchLines *l, const char *path)
{
    size_t n = path ? strlen(path) : 0;
    memset(l, 0, sizeof *l);
    l->piped = n > 3 && strcmp(path + n - 3, ".xz") == 0;
    if (path == NULL) {
        l->f = stdin;
    } else if (!l->piped) {
        l->f = fopen(path, "rb");
    } else if (strchr(path, '\'') == NULL) {
        char *command = bench_alloc(NULL, n + 16);
        snprintf(command, n + 16, "xz -dc '%s'", path);
        l->f = popen(command, "r");
        free(command);
    }
    if (l->f == NULL) bench_die(path, "cannot be read");
}

/* The next line without its end; false behind the last. */
static inline bool bench_line(BenchLines *l)
{
    int c;
    l->n = 0;
    while ((c = getc(l->f)) != EOF && c != '\n') {
        if (l->n + 2 > l->cap) {
            l->cap = l->cap * 2 + 4096;
            l->at = bench_alloc(l->at, l->cap);
        }
        l->at[l->n++] = (char)c;
    }
    if (l->at == NULL) l->at = bench_alloc(NULL, 1);
    l->at[l->n] = 0;
    return c != EOF || l->n > 0;
}

static inline bool bench_close(BenchLines *l)
{
    bool ok = l->piped ? pclose(l->f) == 0 : true;
    if (!l->piped && l->f != stdin) fclose(l->f);
    free(l->at);
    return ok;
}

/* A whole file, or NULL. */
static inline unsigned char *bench_read(const char *path, size_t *len)
{
    BenchLines l;
    unsigned char *at = NULL;
    size_t cap = 0, got;
    *len = 0;
    bench_open(&l, path);
    do {
        if (*len + 65536 > cap) at = bench_alloc(at, cap = cap * 2 + 65536);
        got = fread(at + *len, 1, cap - *len, l.f);
        *len += got;
    } while (got > 0);
    if (!bench_close(&l)) bench_die(path, "cannot be read");
    return at;
}

/* --- vocabularies --------------------------------------------------------- */

static inline uint32_t bench_u32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* "LGV1" u32 n, u32 end id, u32 0, then n times
 * u8 kind (0 text, 1 control), u8 0, u16 length, bytes. */
static inline gram_status bench_lgv1(const unsigned char *p, size_t len,
                                     gram_vocab **out, gram_error *error)
{
    uint32_t n = bench_u32(p + 4), end = bench_u32(p + 8);
    gram_token *t = bench_alloc(NULL, (size_t)n * sizeof *t);
    size_t at = 16;
    for (uint32_t i = 0; i < n; i++) {
        if (at + 4 > len) bench_die("vocabulary", "cut short");
        uint32_t size = p[at + 2] | (uint32_t)p[at + 3] << 8;
        if (at + 4 + size > len) bench_die("vocabulary", "cut short");
        t[i] = (gram_token){(const char *)p + at + 4, size,
                            p[at] ? GRAM_TOKEN_SPECIAL : GRAM_TOKEN_NORMAL};
        at += 4 + size;
    }
    gram_vocab_options o = {.size = sizeof o, .end_ids = &end, .n_end_ids = 1};
    gram_status status = gram_vocab_new(t, n, &o, out, error);
    free(t);
    return status;
}

/* `path` NULL: the embedded one.  `specials` may be NULL. */
static inline gram_vocab *bench_vocab(const char *path, const char *specials)
{
    gram_vocab_options o = {.size = sizeof o};
    gram_vocab *v = NULL;
    gram_error error = {.code = GRAM_OK};
    gram_status status;
    size_t len = 0, specials_len = 0;
    unsigned char *side = NULL, *data = NULL;
    if (specials != NULL) {
        side = bench_read(specials, &specials_len);
        o.specials = (const char *)side;
        o.specials_len = specials_len;
    }
    size_t n = path ? strlen(path) : 0;
    bool packed = n > 3 && strcmp(path + n - 3, ".xz") == 0;
    if (path != NULL) data = bench_read(path, &len);
    if (path == NULL)
        status = gram_vocab_default(&o, &v, &error);
    else if (len >= 16 && memcmp(data, "LGV1", 4) == 0)
        status = bench_lgv1(data, len, &v, &error);
    else if (packed)
        status = gram_vocab_load(data, len, &o, &v, &error);
    else
        status = gram_vocab_load_file(path, &o, &v, &error);
    free(data);
    free(side);
    if (status != GRAM_OK) bench_die("vocabulary", error.message);
    return v;
}

#endif
