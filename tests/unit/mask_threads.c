/* Sixteen threads over a few grammars that they share: every mask and every
 * verdict is that of one thread alone.  Under ThreadSanitizer this is also
 * the proof that readers need no lock:
 *
 *     make VARIANT=tsan build/tsan/unit/mask_threads */
#include "t.h"

#include <gram.h>
#include <pthread.h>
#include <stdbool.h>

enum { N_THREADS = 16, N_GRAMMARS = 4, ROUNDS = 2, MOST = 512 };

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
};

typedef struct Job {
    gram_vocab *v;
    gram_grammar *const *g;
    uint64_t sum[N_GRAMMARS]; /* over all masks */
    uint32_t first;           /* grammar to begin with */
    gram_status status;
} Job;

static gram_status run(gram_vocab *v, gram_grammar *g, const char *text,
                       uint64_t *sum)
{
    uint32_t ids[MOST], words = gram_vocab_mask_words(v);
    const uint32_t *row;
    gram_matcher *m;
    size_t n;
    gram_status s =
        gram_vocab_encode(v, text, strlen(text), ids, MOST, &n, NULL);
    if (s == GRAM_OK) s = gram_matcher_new(g, &m, NULL);
    if (s != GRAM_OK) return s;
    for (size_t i = 0; i <= n && s == GRAM_OK; i++) {
        s = gram_matcher_mask_view(m, &row, NULL);
        for (uint32_t w = 0; w < words && s == GRAM_OK; w++)
            *sum = (*sum ^ row[w]) * 0x100000001B3u + w;
        if (i < n && s == GRAM_OK) s = gram_matcher_accept(m, ids[i]);
    }
    if (s == GRAM_OK && !gram_matcher_may_stop(m)) s = GRAM_E_REFUSED;
    gram_matcher_free(m);
    return s;
}

static void *work(void *p)
{
    Job *j = p;
    for (int round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < N_GRAMMARS && j->status == GRAM_OK; i++) {
            uint32_t k = (j->first + i) % N_GRAMMARS;
            j->sum[k] = 0;
            j->status = run(j->v, j->g[k], source[k].sample, &j->sum[k]);
        }
    return NULL;
}

static bool compile(gram_vocab *v, gram_grammar *g[N_GRAMMARS], size_t memory)
{
    gram_options o = {.size = sizeof o, .max_memory = memory};
    bool ok = true;
    for (int i = 0; i < N_GRAMMARS; i++) {
        g[i] = NULL;
        ok &= gram_grammar_new(v, source[i].kind, source[i].text,
                               strlen(source[i].text), &o, &g[i],
                               NULL) == GRAM_OK;
    }
    return ok;
}

static void check(gram_vocab *v, size_t memory, const uint64_t *want)
{
    gram_grammar *g[N_GRAMMARS];
    pthread_t thread[N_THREADS];
    Job job[N_THREADS];
    memset(job, 0, sizeof job);
    T(compile(v, g, memory));
    for (uint32_t i = 0; i < N_THREADS; i++) {
        job[i].v = v;
        job[i].g = g;
        job[i].first = i % N_GRAMMARS;
        T(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(thread[i], NULL);
        T_EQ(job[i].status, GRAM_OK);
        T(memcmp(job[i].sum, want, sizeof job[i].sum) == 0);
    }
    for (int i = 0; i < N_GRAMMARS; i++) gram_grammar_free(g[i]);
}

int main(void)
{
    gram_vocab *v = NULL;
    gram_grammar *g[N_GRAMMARS];
    Job alone = {.g = g};
    T_EQ(gram_vocab_default(NULL, &v, NULL), GRAM_OK);
    T(compile(v, g, 0));
    alone.v = v;
    work(&alone);
    T_EQ(alone.status, GRAM_OK);
    for (int i = 0; i < N_GRAMMARS; i++) gram_grammar_free(g[i]);
    check(v, 0, alone.sum);
    /* caches that are full at once: equal masks, none of them kept */
    check(v, (size_t)1 << 20, alone.sum);
    gram_vocab_free(v);
    return t_done();
}
