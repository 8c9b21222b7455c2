/* The cache of grammars: what is equal, what is dropped, what it may hold,
 * and that nobody notices but by the time it takes. */
#include "t.h"
#include "tools/alloc.h"

#include <gram.h>
#include <pthread.h>
#include <stdbool.h>

enum { SCHEMAS = 1000, N_THREADS = 8, FEW = 30 };

static gram_status get(gram_cache *c, const char *text, const gram_options *o,
                       gram_grammar **g)
{
    return gram_cache_get(c, GRAM_KIND_JSON_SCHEMA, text, strlen(text), o, g,
                          NULL);
}

static gram_cache_stats stats(gram_cache *c)
{
    gram_cache_stats s = {.size = sizeof s};
    T(gram_cache_get_stats(c, &s) == GRAM_OK);
    return s;
}

/* --- what is equal -------------------------------------------------------- */

static void test_keys(gram_vocab *v)
{
    static const gram_document document = {"http://x/y", "{}", 2};
    gram_options none = {.size = sizeof none, .whitespace = 1};
    gram_options with = {
        .size = sizeof with, .documents = &document, .n_documents = 1};
    const gram_options *o[] = {NULL, &none, &with};
    gram_cache *c;
    gram_grammar *g[2][3], *x = NULL;
    gram_error e;
    T(gram_cache_new(v, NULL, 0, &c, &e) == GRAM_OK);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3; i++)
            T(get(c, "{\"type\":\"null\"}", o[i], &g[round][i]) == GRAM_OK);
    for (int i = 0; i < 3; i++) T(g[0][i] == g[1][i]);
    T(g[0][0] != g[0][1] && g[0][1] != g[0][2] && g[0][0] != g[0][2]);
    T(gram_cache_get(c, GRAM_KIND_REGEX, "{\"type\":\"null\"}", 15, NULL, &x,
                     &e) != GRAM_OK ||
      x != g[0][0]);
    gram_grammar_free(x);
    for (int i = 0; i < 6; i++) gram_grammar_free(g[i / 3][i % 3]);
    T(gram_cache_get(c, GRAM_KIND_JSON_SCHEMA, "{\"type\":7}", 10, NULL, &x,
                     &e) == GRAM_E_SCHEMA &&
      e.line == 1);
    T(get(NULL, "{}", NULL, &x) == GRAM_E_ARGUMENT);
    T(gram_cache_get(c, GRAM_KIND_JSON_SCHEMA, NULL, 1, NULL, &x, &e) ==
      GRAM_E_ARGUMENT);
    gram_cache_stats s = stats(c);
    T_EQ(s.hits, 3);
    T(s.misses >= 4 && s.grammars >= 3 && s.evicted == 0);
    gram_cache_free(c);
    gram_cache_free(NULL);
}

/* --- what it holds -------------------------------------------------------- */

/* Schema number i; they have little in common. */
static void make(char *text, size_t cap, int i)
{
    snprintf(text, cap,
             "{\"type\":\"object\",\"properties\":{\"key%d\":{\"type\":"
             "\"string\",\"maxLength\":%d},\"n\":{\"minimum\":%d},\"list\":{"
             "\"items\":{\"enum\":[\"a%d\",%d]}}},\"required\":[\"key%d\"]}",
             i, i % 50, i, i, i, i);
}

/* A sum over all masks of a walk; 0 where it meets a limit.  Threads call it,
 * so that it counts no test. */
static uint64_t walk(gram_vocab *v, gram_grammar *g, int steps)
{
    gram_matcher *m;
    uint64_t seed = 5, sum = 0;
    uint32_t words = gram_vocab_mask_words(v), n = gram_vocab_size(v);
    gram_status s = gram_matcher_new(g, &m, NULL);
    if (s != GRAM_OK) return 0;
    for (int i = 0; i < steps && s == GRAM_OK; i++) {
        const uint32_t *row;
        uint32_t at = (uint32_t)(t_random(&seed) % n), tries = 0;
        s = gram_matcher_mask_view(m, &row, NULL);
        if (s != GRAM_OK) break;
        for (uint32_t w = 0; w < words; w++)
            sum = (sum ^ row[w]) * 0x100000001B3u + w;
        while (tries++ < n && !(row[at >> 5] >> (at & 31) & 1))
            at = (at + 1) % n;
        s = gram_matcher_accept(m, at);
        if (gram_matcher_is_terminated(m)) gram_matcher_reset(m);
    }
    gram_matcher_free(m);
    return s == GRAM_OK ? sum : 0;
}

/* A thousand schemas, used and let go: memory stays within the budget, give
 * or take the one in use; and what was dropped comes back the same. */
static void test_thousand(gram_vocab *v)
{
    enum { BUDGET = 8 << 20, SLACK = 2 << 20 };
    TestAlloc a = {0};
    gram_allocator alloc = test_alloc(&a);
    gram_cache *c;
    char text[512];
    uint64_t sum[2][FEW];
    T(gram_cache_new(v, &alloc, BUDGET, &c, NULL) == GRAM_OK);
    for (int i = 0; i < SCHEMAS + FEW; i++) {
        gram_grammar *g;
        make(text, sizeof text, i % SCHEMAS);
        T(get(c, text, NULL, &g) == GRAM_OK);
        uint64_t s = walk(v, g, 8);
        if (i < FEW) sum[0][i] = s;
        if (i >= SCHEMAS) sum[1][i - SCHEMAS] = s;
        gram_grammar_free(g);
    }
    T(memcmp(sum[0], sum[1], sizeof sum[0]) == 0);
    gram_cache_stats s = stats(c);
    printf("%llu of %d grammars kept in %llu bytes, peak %zu\n",
           (unsigned long long)s.grammars, SCHEMAS,
           (unsigned long long)s.memory_bytes, a.peak);
    T(s.evicted > 0 && s.grammars > 4);
    T_EQ(s.misses, SCHEMAS + FEW);
    T(a.peak <= BUDGET + SLACK);
    T(a.live <= BUDGET + SLACK);
    gram_cache_free(c);
    T_EQ(a.live, 0);
    T_EQ(a.wrong, 0);
}

static void fill(gram_cache *c, gram_grammar *g[3])
{
    char text[512];
    for (int i = 0; i < 3; i++) {
        make(text, sizeof text, i);
        T(get(c, text, NULL, &g[i]) == GRAM_OK);
    }
}

/* Grammars that grow behind the cache's back are noticed. */
static void test_growing(gram_vocab *v)
{
    size_t budget = 0;
    for (int round = 0; round < 2; round++) {
        gram_cache *c;
        gram_grammar *g[3], *again;
        char text[512];
        T(gram_cache_new(v, NULL, budget, &c, NULL) == GRAM_OK);
        fill(c, g);
        T_EQ(stats(c).grammars, 3);
        /* the second time there is just this much room: enough for a walk
         * through one of them */
        budget = (size_t)stats(c).memory_bytes + 40000;
        for (int i = 0; i < 3; i++) T(walk(v, g[i], 100) != 0);
        make(text, sizeof text, 2);
        T(get(c, text, NULL, &again) == GRAM_OK && again == g[2]);
        T_EQ(stats(c).grammars < 3, round == 1);
        gram_grammar_free(again);
        for (int i = 0; i < 3; i++) gram_grammar_free(g[i]);
        gram_cache_free(c);
    }
}

/* --- failures and threads ------------------------------------------------- */

static void test_failures(gram_vocab *v)
{
    unsigned long k = 1;
    for (;; k++) {
        TestAlloc a = {.fail_at = k};
        gram_allocator alloc = test_alloc(&a);
        gram_cache *c;
        gram_grammar *g;
        gram_status s = gram_cache_new(v, &alloc, 1 << 20, &c, NULL);
        for (int i = 0; i < 3 && s == GRAM_OK; i++) {
            gram_status got = get(c, i == 1 ? "false" : "{}", NULL, &g);
            T(got == GRAM_OK || got == GRAM_E_MEMORY || i == 1);
            if (got == GRAM_OK) gram_grammar_free(g);
        }
        if (s == GRAM_OK) gram_cache_free(c);
        T_EQ(a.live, 0);
        if (a.calls < k) break;
    }
    T(k > 20);
}

typedef struct Job {
    gram_cache *c;
    gram_vocab *v;
    uint64_t sum[FEW];
    int first;
} Job;

static void *work(void *p)
{
    Job *j = p;
    char text[512];
    for (int i = 0; i < 3 * FEW; i++) {
        gram_grammar *g;
        int k = (j->first + i) % FEW;
        make(text, sizeof text, k);
        j->sum[k] = 0;
        if (get(j->c, text, NULL, &g) != GRAM_OK) continue;
        j->sum[k] = walk(j->v, g, 6);
        gram_grammar_free(g);
    }
    return NULL;
}

/* So little room that entries are dropped all the time. */
static void test_threads(gram_vocab *v)
{
    static Job job[1 + N_THREADS];
    pthread_t thread[1 + N_THREADS];
    gram_cache *c;
    T(gram_cache_new(v, NULL, 3 << 19, &c, NULL) == GRAM_OK);
    for (int i = 0; i <= N_THREADS; i++) {
        job[i] = (Job){.c = c, .v = v, .first = i * 7};
        if (i == 0)
            work(&job[0]);
        else
            T(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
    }
    for (int i = 1; i <= N_THREADS; i++) {
        pthread_join(thread[i], NULL);
        T(memcmp(job[i].sum, job[0].sum, sizeof job[i].sum) == 0);
    }
    T(stats(c).evicted > 0);
    gram_cache_free(c);
}

int main(void)
{
    gram_vocab *v;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    test_keys(v);
    test_thousand(v);
    test_growing(v);
    test_failures(v);
    test_threads(v);
    gram_vocab_free(v);
    return t_done();
}
