/* Threads over a few grammars that they share, compiled or loaded from a
 * file: every mask and every verdict is that of one thread alone.  Under
 * ThreadSanitizer this is also the proof that readers need no lock:
 *
 *     make VARIANT=tsan build/tsan/unit/mask_threads */
#include "t.h"

#include <gram.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

enum { MOST_THREADS = 16, N_GRAMMARS = 10, TOGETHER = 10 };
enum { ROUNDS = 2, MOST = 512, STEPS = 60 };

static const struct {
    gram_kind kind;
    const char *text, *sample;
} source[N_GRAMMARS] = {
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
     "\"maxLength\":40},\"kind\":{\"enum\":[\"one\",\"two\"]},\"list\":{"
     "\"items\":{\"type\":\"number\"}}},\"required\":[\"kind\"]}",
     "{\"name\": \"some name\",\n  \"list\": [1, 2.5e3, -7],\n"
     "  \"other\": {\"a\": [true, null]}, \"kind\": \"two\"}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"properties\":{\"id\":{\"pattern\":"
     "\"^[a-z0-9-]+$\"},\"n\":{\"type\":\"integer\"},\"s\":{\"type\":"
     "\"string\"}},\"additionalProperties\":false}",
     "{\"n\": 12, \"id\": \"abc-12\", \"s\": \"plain text\"}"},
    {GRAM_KIND_EBNF,
     "root ::= item (\",\" item)*\nitem ::= [a-z]+ | \"(\" root \")\"\n",
     "abc,(de,(f,gh)),i"},
    {GRAM_KIND_JSON_SCHEMA, "{}",
     "[{\"a\": \"b\", \"c\": {\"d\": \"e f g\"}}, \"x\\n\", 1e5, []]"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":[\"red\","
     "\"green\",\"blue\",[1],[2]]}}",
     "[\"red\",[2],\"blue\"]"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":["
     "\"string\",\"object\"],\"minProperties\":1}}",
     "[\"red\",{\"a\":1,\"b\":\"x\"},{\"a\":1,\"b\":\"y\"},\"re\"]"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"anyOf\":[{\"type\":"
     "\"string\",\"pattern\":\"^[A-Za-z0-9 ]{1,30}$\"},{\"type\":\"object\","
     "\"additionalProperties\":{\"$ref\":\"#/$defs/t\"},\"maxProperties\":3},"
     "{\"type\":\"number\",\"multipleOf\":0.25,\"maximum\":1000}]}}}",
     "{\"left\":{\"a\":\"Some words 12\",\"b\":12.25},\"right\":\"x\"}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"oneOf\":[{\"properties\":{\"k\":{\"const\":1}},\"required\":[\"k\"]},"
     "{\"properties\":{\"k\":{\"const\":2}},\"required\":[\"k\",\"v\"]}],"
     "\"type\":\"object\",\"properties\":{\"at\":{\"format\":\"date-time\"}}}",
     "{\"at\":\"2026-02-28T10:00:00Z\",\"v\":null,\"k\":2}"},
    {GRAM_KIND_GBNF,
     "root ::= \"begin\" (ws stmt)* ws \"end\"\nstmt ::= name \" = \" expr "
     "\";\"\nexpr ::= name | [0-9]+ | \"(\" expr \")\" | expr \"+\" expr\n"
     "name ::= [a-z_] [a-z0-9_]*\nws ::= [ \\n]+\n",
     "begin x_1 = (a+12); y = x_1+x_1+3; end"},
    {GRAM_KIND_REGEX, "([a-z]+@[a-z]{2,20}\\.(org|net)[,;] ?)*",
     "ann@example.org, bob@exam.net;"},
};

typedef struct Job {
    gram_vocab *v;
    gram_grammar *const *g;
    uint64_t sum[N_GRAMMARS]; /* over all masks */
    uint32_t first;           /* grammar to begin with */
    pthread_barrier_t *line;  /* of those that begin each one together */
    gram_status status;
} Job;

static gram_status add_mask(gram_vocab *v, gram_matcher *m, uint64_t *sum,
                            const uint32_t **row)
{
    uint32_t words = gram_vocab_mask_words(v);
    gram_status s = gram_matcher_mask_view(m, row, NULL);
    for (uint32_t w = 0; w < words && s == GRAM_OK; w++)
        *sum = (*sum ^ (*row)[w]) * 0x100000001B3u + w;
    return s;
}

static gram_status read_text(gram_vocab *v, gram_matcher *m, const char *text,
                             uint64_t *sum)
{
    uint32_t ids[MOST];
    const uint32_t *row;
    size_t n;
    gram_status s =
        gram_vocab_encode(v, text, strlen(text), ids, MOST, &n, NULL);
    for (size_t i = 0; i < n && s == GRAM_OK; i++) {
        s = add_mask(v, m, sum, &row);
        if (s == GRAM_OK) s = gram_matcher_accept(m, ids[i]);
    }
    if (s == GRAM_OK) s = add_mask(v, m, sum, &row);
    if (s == GRAM_OK && !gram_matcher_may_stop(m)) s = GRAM_E_REFUSED;
    return s;
}

/* Tokens drawn from the masks, the same ones in every thread. */
static gram_status wander(gram_vocab *v, gram_matcher *m, uint64_t *sum)
{
    uint64_t seed = 1;
    uint32_t n = gram_vocab_size(v);
    const uint32_t *row;
    gram_status s = GRAM_OK;
    gram_matcher_reset(m);
    for (int i = 0; i < STEPS && s == GRAM_OK; i++) {
        uint32_t at = (uint32_t)(t_random(&seed) % n), tries = 0;
        s = add_mask(v, m, sum, &row);
        if (s != GRAM_OK) break;
        while (tries++ < n && !(row[at >> 5] >> (at & 31) & 1))
            at = (at + 1) % n;
        s = gram_matcher_accept(m, at);
        if (gram_matcher_is_terminated(m)) gram_matcher_reset(m);
    }
    return s;
}

static gram_status run(gram_vocab *v, gram_grammar *g, const char *text,
                       uint64_t *sum)
{
    gram_matcher *m;
    gram_status s = gram_matcher_new(g, &m, NULL);
    if (s != GRAM_OK) return s;
    s = read_text(v, m, text, sum);
    if (s == GRAM_OK) s = wander(v, m, sum);
    gram_matcher_free(m);
    return s;
}

static void *work(void *p)
{
    Job *j = p;
    for (int round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < N_GRAMMARS; i++) {
            uint32_t k = (j->first + i) % N_GRAMMARS;
            if (j->line != NULL) pthread_barrier_wait(j->line);
            j->sum[k] = 0;
            gram_status s = run(j->v, j->g[k], source[k].sample, &j->sum[k]);
            if (s != GRAM_OK) j->status = s;
        }
    return NULL;
}

/* --- grammars ------------------------------------------------------------- */

static bool make(gram_vocab *v, int i, const gram_options *o, gram_grammar **g)
{
    return gram_grammar_new(v, source[i].kind, source[i].text,
                            strlen(source[i].text), o, g, NULL) == GRAM_OK;
}

/* From a file that holds a few masks only: the rest is compiled when a
 * thread first needs it. */
static bool load(gram_vocab *v, int i, const gram_options *o, gram_grammar **g)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/gram-threads-%ld.gram", (long)getpid());
    bool ok = gram_grammar_save(v, source[i].kind, source[i].text,
                                strlen(source[i].text), o, path, 1 << 14, NULL,
                                NULL, NULL) == GRAM_OK &&
              gram_grammar_load(v, path, 0, o, g, NULL) == GRAM_OK;
    remove(path);
    return ok;
}

static bool make_all(gram_vocab *v, gram_grammar *g[N_GRAMMARS], size_t memory,
                     bool loaded)
{
    gram_options o = {.size = sizeof o, .max_memory = memory};
    bool ok = true;
    for (int i = 0; i < N_GRAMMARS; i++) {
        g[i] = NULL;
        ok &= loaded ? load(v, i, &o, &g[i]) : make(v, i, &o, &g[i]);
    }
    return ok;
}

/* Spread over the grammars, or all of them at the first masks of each. */
static void check(gram_vocab *v, uint32_t threads, size_t memory, bool loaded,
                  bool together, const uint64_t *want)
{
    pthread_barrier_t line;
    gram_grammar *g[N_GRAMMARS];
    pthread_t thread[MOST_THREADS];
    Job job[MOST_THREADS];
    memset(job, 0, sizeof job);
    T(make_all(v, g, memory, loaded));
    T(pthread_barrier_init(&line, NULL, threads) == 0);
    for (uint32_t i = 0; i < threads; i++) {
        job[i].v = v;
        job[i].g = g;
        job[i].first = together ? 0 : i % N_GRAMMARS;
        job[i].line = together ? &line : NULL;
        T(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
    }
    for (uint32_t i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        T_EQ(job[i].status, GRAM_OK);
        for (int k = 0; k < N_GRAMMARS; k++)
            T_OK(job[i].sum[k] == want[k],
                 "%u threads, %zu bytes, %s: masks of grammar %d differ",
                 threads, memory, loaded ? "loaded" : "compiled", k);
    }
    pthread_barrier_destroy(&line);
    for (int i = 0; i < N_GRAMMARS; i++) gram_grammar_free(g[i]);
}

int main(void)
{
    gram_vocab *v = NULL;
    gram_grammar *g[N_GRAMMARS];
    Job alone = {.g = g};
    T_EQ(gram_vocab_default(NULL, &v, NULL), GRAM_OK);
    T(make_all(v, g, 0, false));
    alone.v = v;
    work(&alone);
    T_EQ(alone.status, GRAM_OK);
    for (int i = 0; i < N_GRAMMARS; i++) gram_grammar_free(g[i]);
    check(v, 2, 0, false, false, alone.sum);
    check(v, 16, 0, false, false, alone.sum);
    check(v, 16, 0, true, false, alone.sum);
    for (int i = 0; i < TOGETHER; i++)
        check(v, 4, 0, i % 2 == 1, true, alone.sum);
    /* caches that are full at once: equal masks, none of them kept */
    check(v, 4, (size_t)1 << 20, false, false, alone.sum);
    gram_vocab_free(v);
    return t_done();
}
