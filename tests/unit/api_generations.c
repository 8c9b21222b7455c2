/* A grammar that is used for ever: it stays within its memory, no call fails,
 * and masks are those of a grammar that has room for all, along documents
 * that nobody has seen before; going back, forking, being idle for long, and
 * 16 threads included.
 *
 *     GRAM_SEED=7 GRAM_DOCUMENTS=20000 build/unit/api_generations */
#include "api/api.h"
#include "t.h"
#include "tools/alloc.h"

#include <gram.h>
#include <pthread.h>
#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { DOCUMENTS = 12, STEPS = 400, ROUNDS = 2, FAILURES_EVERY = 397 };
#else
enum { DOCUMENTS = 200, STEPS = 6000, ROUNDS = 8, FAILURES_EVERY = 37 };
#endif
enum { ROOMY = 1 << 28, TOKENS = 60, N_THREADS = 16 };

typedef struct Text {
    gram_kind kind;
    size_t budget; /* bytes; some documents fit, not all */
    const char *text;
} Text;

/* They have more states than fit, or more masks. */
static const Text sources[] = {
    {GRAM_KIND_JSON_SCHEMA, 350000, "{}"},
    {GRAM_KIND_JSON_SCHEMA, 4000000,
     "{\"items\":{\"type\":\"number\",\"multipleOf\":"
     "0.01,\"minimum\":-5},\"uniqueItems\":true,"
     "\"type\":\"array\"}"},
    {GRAM_KIND_REGEX, 4000000, "(a|b)*a(a|b){24}"},
    {GRAM_KIND_JSON_SCHEMA, 500000,
     "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\","
     "\"pattern\":\"(foo|b.r)[0-9]{3,9}$\"},\"b\":{\"contains\":{\"const\":3},"
     "\"minContains\":2}},\"patternProperties\":{\"^x\":{\"multipleOf\":7}}}"},
    {GRAM_KIND_GBNF, 250000,
     "root ::= \"(\" root \")\" root | [a-f]{0,40} [0-9]*"},
};
enum { N_SOURCES = sizeof sources / sizeof *sources };

static gram_grammar *compile(gram_vocab *v, const Text *t, size_t memory,
                             const gram_allocator *a)
{
    gram_grammar *g = NULL;
    gram_error e = {0};
    gram_options o = {.size = sizeof o, .max_memory = memory, .allocator = a};
    gram_status s =
        gram_grammar_new(v, t->kind, t->text, strlen(t->text), &o, &g, &e);
    T_OK(s == GRAM_OK, "%s: %s", t->text, e.message);
    return g;
}

static gram_matcher *begin(gram_grammar *g)
{
    gram_matcher *m = NULL;
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    return m;
}

static uint64_t memory_of(gram_grammar *g)
{
    gram_grammar_stats s = {.size = sizeof s};
    T(gram_grammar_get_stats(g, &s) == GRAM_OK);
    return s.memory_bytes;
}

static uint32_t pick(const uint32_t *row, uint32_t n, uint64_t *seed)
{
    uint32_t at = (uint32_t)(t_random(seed) % n);
    for (uint32_t i = 0; i < n; i++, at = (at + 1) % n)
        if (row[at >> 5] >> (at & 31) & 1) return at;
    return UINT32_MAX;
}

static uint64_t sum_of(const uint32_t *row, uint32_t words)
{
    uint64_t sum = 1;
    for (uint32_t w = 0; w < words; w++)
        sum = (sum ^ row[w]) * 0x100000001B3u + w;
    return sum;
}

/* --- many documents ------------------------------------------------------- */

/* One document; `sum` takes in all of its masks.  false: a call failed. */
static bool document(gram_vocab *v, gram_matcher *m, uint64_t *seed,
                     uint64_t *sum)
{
    gram_status s = GRAM_OK;
    for (int i = 0; i < TOKENS && !gram_matcher_is_terminated(m); i++) {
        const uint32_t *row;
        s = gram_matcher_mask_view(m, &row, NULL);
        if (s != GRAM_OK) break;
        *sum = *sum * 31 + sum_of(row, gram_vocab_mask_words(v));
        uint32_t token = pick(row, gram_vocab_size(v), seed);
        if (token == UINT32_MAX) break;
        s = gram_matcher_accept(m, token);
        if (s != GRAM_OK) break;
    }
    gram_matcher_reset(m);
    return s == GRAM_OK;
}

/* Sums by document, and the most memory that was seen between two. */
static uint64_t run(gram_vocab *v, gram_grammar *g, long n, uint64_t seed,
                    uint64_t *sums)
{
    gram_matcher *m = begin(g);
    uint64_t most = 0;
    for (long d = 0; d < n; d++) {
        sums[d] = 0;
        T_OK(document(v, m, &seed, &sums[d]), "document %ld failed", d);
        uint64_t now = memory_of(g);
        if (now > most) most = now;
    }
    gram_matcher_free(m);
    return most;
}

static void test_flat(gram_vocab *v, uint64_t *seed, long n)
{
    for (int i = 0; i < N_SOURCES; i++) {
        uint64_t *sums = calloc((size_t)n, 2 * sizeof *sums);
        gram_grammar *small = compile(v, &sources[i], sources[i].budget, NULL);
        gram_grammar *roomy = compile(v, &sources[i], ROOMY, NULL);
        uint64_t most = run(v, small, n, *seed, sums);
        uint64_t needs = run(v, roomy, n, *seed, sums + n);
        printf("%.40s: %llu bytes at most, without a limit %llu\n",
               sources[i].text, (unsigned long long)most,
               (unsigned long long)needs);
        T(most <= sources[i].budget);
        T_OK(memcmp(sums, sums + n, (size_t)n * sizeof *sums) == 0,
             "%s: other masks", sources[i].text);
        gram_grammar_free(small);
        gram_grammar_free(roomy);
        free(sums);
    }
}

/* --- everything a matcher can do ------------------------------------------ */

enum { PAIRS = 6, IDLE = 8 };

/* The same generation over a grammar that lacks room and over one that does
 * not. */
typedef struct Pair {
    gram_matcher *a, *b;
} Pair;

static void free_pair(Pair *p)
{
    gram_matcher_free(p->a);
    gram_matcher_free(p->b);
}

static bool same_mask(gram_vocab *v, const Pair *p, uint64_t *seed,
                      uint32_t *token)
{
    const uint32_t *x, *y;
    uint32_t words = gram_vocab_mask_words(v);
    if (gram_matcher_mask_view(p->a, &x, NULL) != GRAM_OK ||
        gram_matcher_mask_view(p->b, &y, NULL) != GRAM_OK ||
        memcmp(x, y, words * sizeof *x) != 0)
        return false;
    *token = pick(x, gram_vocab_size(v), seed);
    return true;
}

static bool same_state(const Pair *p)
{
    uint64_t x = 0, y = 0;
    return gram_matcher_n_accepted(p->a) == gram_matcher_n_accepted(p->b) &&
           gram_matcher_may_stop(p->a) == gram_matcher_may_stop(p->b) &&
           gram_matcher_completion_bound(p->a, &x) ==
               gram_matcher_completion_bound(p->b, &y) &&
           x == y;
}

static void back(Pair *p, uint64_t *seed)
{
    size_t n = gram_matcher_n_accepted(p->a);
    n = n ? t_random(seed) % n + 1 : 0;
    T(gram_matcher_rollback(p->a, n) == GRAM_OK);
    T(gram_matcher_rollback(p->b, n) == GRAM_OK);
}

static void fork_to(const Pair *p, Pair *to)
{
    free_pair(to);
    to->a = to->b = NULL;
    T(gram_matcher_fork(p->a, &to->a) == GRAM_OK);
    T(gram_matcher_fork(p->b, &to->b) == GRAM_OK);
}

static bool step(gram_vocab *v, Pair *pair, uint64_t *seed)
{
    Pair *p = &pair[t_random(seed) % PAIRS];
    uint32_t token = UINT32_MAX;
    if (gram_matcher_is_terminated(p->a) ||
        gram_matcher_n_accepted(p->a) > TOKENS) {
        gram_matcher_reset(p->a);
        gram_matcher_reset(p->b);
    }
    switch (t_random(seed) % 16) {
    case 0: back(p, seed); break;
    case 1: fork_to(p, &pair[(p - pair + 1) % PAIRS]); break;
    case 2: return same_state(p);
    case 3: gram_matcher_rest(p->a); break;
    default: break;
    }
    if (gram_matcher_is_terminated(p->a)) return true;
    if (!same_mask(v, p, seed, &token)) return false;
    if (token == UINT32_MAX) return true;
    return gram_matcher_accept(p->a, token) == GRAM_OK &&
           gram_matcher_accept(p->b, token) == GRAM_OK;
}

static void test_pairs(gram_vocab *v, uint64_t *seed)
{
    for (int i = 0; i < N_SOURCES; i++) {
        Pair pair[PAIRS];
        gram_grammar *small =
            compile(v, &sources[i], IDLE * sources[i].budget, NULL);
        gram_grammar *roomy = compile(v, &sources[i], ROOMY, NULL);
        for (int k = 0; k < PAIRS; k++)
            pair[k] = (Pair){begin(small), begin(roomy)};
        int n = 0;
        while (n < STEPS && step(v, pair, seed)) n++;
        T_OK(n == STEPS, "%s: step %d differs", sources[i].text, n);
        T(memory_of(small) <= IDLE * sources[i].budget);
        for (int k = 0; k < PAIRS; k++) free_pair(&pair[k]);
        gram_grammar_free(small);
        gram_grammar_free(roomy);
    }
}

/* --- matchers that wait --------------------------------------------------- */

enum { WAITING = 24, WAIT_TOKENS = 20 };

static bool read_pair(gram_vocab *v, Pair *p, int n, uint64_t *seed)
{
    uint32_t token;
    for (int i = 0; i < n && !gram_matcher_is_terminated(p->b); i++)
        if (!same_mask(v, p, seed, &token) || token == UINT32_MAX ||
            gram_matcher_accept(p->a, token) != GRAM_OK ||
            gram_matcher_accept(p->b, token) != GRAM_OK)
            return false;
    return true;
}

/* Each part that is left has a matcher in it that waits.  Their memory is
 * within what the grammar has; those that rest leave it to others, and go on
 * where they were. */
static void test_waiting(gram_vocab *v, uint64_t *seed, bool rest)
{
    const Text *t = &sources[2];
    gram_grammar *small = compile(v, t, t->budget, NULL);
    gram_grammar *roomy = compile(v, t, ROOMY, NULL);
    gram_matcher *m = begin(small);
    Pair wait[WAITING];
    int failed = 0;
    for (int i = 0; i < WAITING; i++) {
        wait[i] = (Pair){begin(small), begin(roomy)};
        bool ok = read_pair(v, &wait[i], WAIT_TOKENS, seed);
        T(ok || !rest);
        if (rest) gram_matcher_rest(wait[i].a);
        for (int k = 0; k < 8; k++) {
            uint64_t sum = 0;
            failed += !document(v, m, seed, &sum);
            T(memory_of(small) <= t->budget);
        }
    }
    T_OK(failed == 0 || !rest, "%d documents failed", failed);
    for (int i = 0; i < WAITING; i++) {
        if (rest) T(same_state(&wait[i]));
        if (rest && i % 3 == 0) gram_matcher_reset(wait[i].a);
        if (rest && i % 3 == 0) gram_matcher_reset(wait[i].b);
        if (rest) T(read_pair(v, &wait[i], 3, seed));
        if (i % 3 == 1) gram_matcher_rest(wait[i].a);
        free_pair(&wait[i]);
    }
    gram_matcher_free(m);
    gram_grammar_free(small);
    gram_grammar_free(roomy);
}

/* --- tokens by id, and ids of masks --------------------------------------- */

/* A thinking part, between tokens that are no text, before what needs room:
 * a matcher that moves runs all of it again. */
static void test_taken(gram_vocab *v, uint64_t *seed)
{
    static const Text t = {
        GRAM_KIND_LARK, 4000000,
        "start: <[0]> /(a|b)*a(a|b){20}/ <[1]> /[ab]*a[ab]{12}/\n"};
    gram_grammar *g = compile(v, &t, IDLE * t.budget, NULL);
    gram_grammar *roomy = compile(v, &t, ROOMY, NULL);
    if (g == NULL || roomy == NULL) return;
    Pair p[PAIRS];
    for (int k = 0; k < PAIRS; k++) p[k] = (Pair){begin(g), begin(roomy)};
    int n = 0;
    while (n < STEPS && step(v, p, seed)) n++;
    T_OK(n == STEPS, "step %d differs", n);
    for (int k = 0; k < PAIRS; k++) free_pair(&p[k]);
    gram_grammar_free(g);
    gram_grammar_free(roomy);
}

/* Equal ids are equal masks, whichever part they come from; those before had
 * all ids up to `first`, and when there are no more, masks have none. */
static void test_ids(gram_vocab *v, uint64_t *seed, uint32_t first)
{
    enum { IDS = 1 << 16 };
    uint64_t *known = calloc(IDS, sizeof *known);
    gram_grammar *g = compile(v, &sources[1], sources[1].budget, NULL);
    gram_matcher *m = begin(g);
    uint32_t highest = first;
    gram_grammar_stats s = {.size = sizeof s};
    g->now->first_id = first;
    for (int i = 0; i < STEPS; i++) {
        const uint32_t *row;
        uint32_t id;
        T(gram_matcher_mask_view(m, &row, &id) == GRAM_OK);
        uint64_t sum = sum_of(row, gram_vocab_mask_words(v));
        T(id == 0 || id > first);
        if (id > 0 && id - first < IDS) {
            T(known[id - first] == 0 || known[id - first] == sum);
            known[id - first] = sum;
        }
        if (id > highest) highest = id;
        uint32_t token = pick(row, gram_vocab_size(v), seed);
        if (token == UINT32_MAX || gram_matcher_accept(m, token) != GRAM_OK ||
            gram_matcher_is_terminated(m) || i % TOKENS == 0)
            gram_matcher_reset(m);
    }
    T(gram_grammar_get_stats(g, &s) == GRAM_OK);
    printf("ids up to %u, %llu masks now\n", highest,
           (unsigned long long)s.masks);
    gram_matcher_free(m);
    gram_grammar_free(g);
    free(known);
}

/* --- failures and threads ------------------------------------------------- */

/* Memory fails at any point, that of the next part included. */
static void test_failures(gram_vocab *v, uint64_t *seed)
{
    for (unsigned long k = 1; k < 4000; k += FAILURES_EVERY) {
        TestAlloc a = {.fail_at = k};
        gram_allocator alloc = test_alloc(&a);
        gram_options o = {
            .size = sizeof o, .max_memory = 2000000, .allocator = &alloc};
        gram_grammar *g;
        gram_matcher *m = NULL;
        const Text *t = &sources[2];
        if (gram_grammar_new(v, t->kind, t->text, strlen(t->text), &o, &g,
                             NULL) == GRAM_OK) {
            uint64_t sum;
            if (gram_matcher_new(g, &m, NULL) == GRAM_OK)
                for (int d = 0; d < 20; d++) document(v, m, seed, &sum);
            gram_matcher_free(m);
            gram_grammar_free(g);
        }
        T_EQ(a.live, 0);
        T_EQ(a.wrong, 0);
    }
}

typedef struct Job {
    gram_grammar *g;
    gram_vocab *v;
    uint64_t seed, sum;
    bool ok;
} Job;

static void *work(void *p)
{
    Job *j = p;
    gram_matcher *m = NULL;
    uint64_t seed = j->seed;
    j->ok = gram_matcher_new(j->g, &m, NULL) == GRAM_OK;
    for (int d = 0; d < ROUNDS && j->ok; d++)
        j->ok = document(j->v, m, &seed, &j->sum);
    gram_matcher_free(m);
    return NULL;
}

static void test_threads(gram_vocab *v, uint64_t *seed)
{
    for (int i = 0; i < N_SOURCES; i++) {
        static Job job[N_THREADS];
        pthread_t thread[N_THREADS];
        gram_grammar *small =
            compile(v, &sources[i], N_THREADS * sources[i].budget, NULL);
        gram_grammar *roomy = compile(v, &sources[i], ROOMY, NULL);
        for (int k = 0; k < N_THREADS; k++) {
            job[k] = (Job){small, v, t_random(seed), 0, false};
            T(pthread_create(&thread[k], NULL, work, &job[k]) == 0);
        }
        for (int k = 0; k < N_THREADS; k++) {
            pthread_join(thread[k], NULL);
            Job again = {roomy, v, job[k].seed, 0, false};
            work(&again);
            T(job[k].ok && again.ok);
            T_OK(job[k].sum == again.sum, "%s: other masks", sources[i].text);
        }
        T(memory_of(small) <= N_THREADS * sources[i].budget);
        gram_grammar_free(small);
        gram_grammar_free(roomy);
    }
}

int main(void)
{
    uint64_t seed = t_seed();
    gram_vocab *v;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    test_flat(v, &seed, t_count("GRAM_DOCUMENTS", DOCUMENTS));
    test_pairs(v, &seed);
    test_waiting(v, &seed, true);
    test_waiting(v, &seed, false);
    test_taken(v, &seed);
    test_ids(v, &seed, 0);
    test_ids(v, &seed, UINT32_MAX - 50);
    test_failures(v, &seed);
    test_threads(v, &seed);
    gram_vocab_free(v);
    return t_done();
}
