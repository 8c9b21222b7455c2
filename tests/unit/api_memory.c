/* The handles under failing memory and in several threads. */
#include "t.h"

#include "tests/tools/small_vocab.h"

#include <pthread.h>

static const char schema[] =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
    "\"maxLength\":9},\"id\":{\"type\":\"integer\"},\"tags\":{\"type\":"
    "\"array\",\"items\":{\"enum\":[\"a\",\"b\"]},\"maxItems\":3}},"
    "\"required\":[\"id\"],\"additionalProperties\":false}";
static const char *const texts[] = {
    "{\"id\":12,\"name\":\"x\\u00e9\"}",
    "{\"tags\":[\"a\",\"b\"],\"name\":\"abcdefghi\",\"id\":-0}",
    "{\"name\":\"\",\"tags\":[],\"id\":1}",
};
enum { N_TEXTS = 3 };

/* --- an allocator that fails from its k-th call on, and counts ------------ */

typedef struct Failing {
    uint64_t calls, fail_at; /* 0: never */
    size_t used;
} Failing;

static void *resize(void *ctx, void *p, size_t old_size, size_t new_size)
{
    Failing *f = ctx;
    if (new_size > 0 && f->fail_at != 0 && ++f->calls >= f->fail_at)
        return NULL;
    f->used += new_size - old_size;
    if (new_size > 0) return realloc(p, new_size);
    free(p);
    return NULL;
}

/* A small vocabulary: single bytes and some longer tokens. */
static gram_status new_vocab(const gram_allocator *a, gram_vocab **out)
{
    static const char *const more[] = {
        "{\"",  "\":", "\",\"", "id", "na",       "me",      "tags",
        "\":[", "abc", "\"}",   "12", "\xC3\xA9", "\":1,\"", "{\"id\":"};
    return small_vocab(more, sizeof more / sizeof *more, a, out);
}

/* --- failing memory ------------------------------------------------------- */

/* One generation by bytes, with masks, rollback and a fork on the way. */
static gram_status generate(gram_grammar *g, const char *text, uint32_t *sum)
{
    gram_matcher *m, *copy;
    gram_status status = gram_matcher_new(g, &m, NULL);
    if (status != GRAM_OK) return status;
    for (size_t i = 0; text[i] != 0 && status == GRAM_OK; i++) {
        const uint32_t *row;
        status = gram_matcher_mask_view(m, &row, NULL);
        for (int w = 0; w < 8 && status == GRAM_OK; w++)
            *sum = *sum * 31 + row[w];
        if (status == GRAM_OK)
            status = gram_matcher_accept(m, (uint8_t)text[i]);
        if (status == GRAM_OK && i % 5 == 4)
            status = gram_matcher_rollback(m, 1);
        if (status == GRAM_OK && i % 5 == 4)
            status = gram_matcher_accept(m, (uint8_t)text[i]);
    }
    if (status == GRAM_OK) status = gram_matcher_fork(m, &copy);
    if (status == GRAM_OK) {
        *sum += (uint32_t)gram_matcher_may_stop(copy);
        gram_matcher_free(copy);
    }
    gram_matcher_free(m);
    return status;
}

static gram_status everything(const gram_allocator *a, uint32_t *sum)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_options o = {.size = sizeof o, .allocator = a};
    gram_status status = new_vocab(a, &v);
    if (status != GRAM_OK) return status;
    status = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema,
                              sizeof schema - 1, &o, &g, NULL);
    gram_vocab_free(v);
    if (status != GRAM_OK) return status;
    *sum = 0;
    for (int i = 0; i < N_TEXTS && status == GRAM_OK; i++)
        status = generate(g, texts[i], sum);
    gram_grammar_free(g);
    return status;
}

static void failing_memory(void)
{
    Failing f = {0, UINT64_MAX, 0};
    gram_allocator a = {resize, &f};
    uint32_t expected = 0, sum = 0, wrong = 0, ok = 0;
    T_EQ(everything(&a, &expected), GRAM_OK);
    T_EQ(f.used, 0);
    uint64_t n = f.calls, step = n / 400 + 1;
    for (uint64_t k = 1; k <= n; k += step) {
        f = (Failing){0, k, 0};
        gram_status status = everything(&a, &sum);
        /* caches may do without: then the answers are the same */
        wrong += status == GRAM_OK ? sum != expected : status != GRAM_E_MEMORY;
        wrong += f.used != 0;
        ok += status == GRAM_OK;
    }
    printf("%llu allocations, %u ended well\n", (unsigned long long)n, ok);
    T_EQ(wrong, 0);
}

/* --- threads -------------------------------------------------------------- */

enum { N_THREADS = 8 };

typedef struct Job {
    gram_grammar *g;
    uint32_t sum[N_TEXTS];
    gram_status status;
} Job;

static void *work(void *p)
{
    Job *j = p;
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < N_TEXTS && j->status == GRAM_OK; i++) {
            j->sum[i] = 0;
            j->status = generate(j->g, texts[i], &j->sum[i]);
        }
    return NULL;
}

static void threads(void)
{
    gram_vocab *v = NULL;
    gram_grammar *g = NULL;
    pthread_t thread[N_THREADS];
    Job job[N_THREADS];
    memset(job, 0, sizeof job);
    T_EQ(new_vocab(NULL, &v), GRAM_OK);
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1,
                          NULL, &g, NULL),
         GRAM_OK);
    for (int i = 0; i < N_THREADS; i++) {
        job[i].g = g;
        T(pthread_create(&thread[i], NULL, work, &job[i]) == 0);
    }
    for (int i = 0; i < N_THREADS; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < N_THREADS; i++) {
        T_EQ(job[i].status, GRAM_OK);
        T(memcmp(job[i].sum, job[0].sum, sizeof job[0].sum) == 0);
    }
    gram_grammar_free(g);
    gram_vocab_free(v);
}

/* --- arguments ------------------------------------------------------------ */

/* What is wrong in a list is no crash, and no flag is dropped unread. */
static void options(gram_vocab *v)
{
    gram_grammar *g = NULL;
    gram_document d = {"x:y", NULL, 2};
    gram_options o = {.size = sizeof o, .documents = &d, .n_documents = 1};
    const char *text = "{\"$ref\":\"x:y\"}";
    size_t len = strlen(text);
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, text, len, &o, &g, NULL),
         GRAM_E_ARGUMENT);
    d = (gram_document){NULL, "{}", 2};
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, text, len, &o, &g, NULL),
         GRAM_E_ARGUMENT);
    d = (gram_document){"x:y", NULL, 0}; /* a text, but none of JSON */
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, text, len, &o, &g, NULL),
         GRAM_E_SYNTAX);
    d = (gram_document){"x:y", "{}", 2};
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, text, len, &o, &g, NULL),
         GRAM_OK);
    gram_grammar_free(g);
    T_EQ(gram_grammar_load_memory(v, NULL, 0, 0, NULL, &g, NULL),
         GRAM_E_ARTIFACT);
    T_EQ(gram_grammar_load_memory(v, NULL, 5, 0, NULL, &g, NULL),
         GRAM_E_ARGUMENT);
    T_EQ(gram_grammar_load(v, NULL, 0, NULL, &g, NULL), GRAM_E_ARGUMENT);
    gram_vocab_options beside = {
        .size = sizeof beside, .specials = "{}", .specials_len = 2};
    gram_vocab *none = NULL;
    T_EQ(gram_vocab_default(&beside, &none, NULL), GRAM_E_ARGUMENT);
    o = (gram_options){.size = sizeof o, .regex_flags = 64};
    T_EQ(gram_grammar_new(v, GRAM_KIND_REGEX, "a", 1, &o, &g, NULL),
         GRAM_E_ARGUMENT);
}

static void arguments(void)
{
    gram_vocab *v = NULL;
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_error e;
    uint32_t row[16];
    size_t at = 99;
    struct {
        gram_options o;
        char tail[8];
    } longer = {{.size = sizeof longer}, "\1"};
    T_EQ(new_vocab(NULL, &v), GRAM_OK);
    T_EQ(gram_grammar_new(NULL, GRAM_KIND_JSON_SCHEMA, "{}", 2, NULL, &g, &e),
         GRAM_E_ARGUMENT);
    T_EQ(gram_grammar_new(v, (gram_kind)99, "{}", 2, NULL, &g, &e),
         GRAM_E_ARGUMENT);
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, "{}", 2, &longer.o, &g, &e),
         GRAM_E_ARGUMENT);
    longer.tail[0] = 0;
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, "{}", 2, &longer.o, &g, &e),
         GRAM_OK);
    gram_grammar_free(g);
    options(v);
    T_EQ(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, "{\n }}", 5, NULL, &g, &e),
         GRAM_E_SYNTAX);
    T_EQ(e.line, 2);
    T_EQ(gram_grammar_json(v, NULL, &g, &e), GRAM_OK);
    gram_vocab_free(v); /* the grammar owns it too */
    T_EQ(gram_matcher_new(g, &m, &e), GRAM_OK);
    gram_grammar_free(g);
    T_EQ(gram_matcher_mask(m, row, 3), GRAM_E_ARGUMENT);
    T_EQ(gram_matcher_accept_bytes(m, "[1,x", 4, &at), GRAM_E_REFUSED);
    T_EQ(at, 3);
    T_EQ(gram_matcher_n_accepted(m), 0);
    T_EQ(gram_matcher_accept_bytes(m, "[1]", 3, &at), GRAM_OK);
    T_EQ(gram_matcher_may_stop(m), 1);
    T_EQ(gram_matcher_accept(m, 270), GRAM_OK);
    T_EQ(gram_matcher_is_terminated(m), 1);
    T_EQ(gram_matcher_mask(m, row, 16), GRAM_E_STATE);
    T_EQ(gram_matcher_rollback(m, 3), GRAM_E_ARGUMENT);
    T_EQ(gram_matcher_rollback(m, 1), GRAM_OK);
    T_EQ(gram_matcher_is_terminated(m), 0);
    T_EQ(gram_matcher_mask(m, row, 16), GRAM_OK);
    gram_matcher_free(m);
}

int main(void)
{
    arguments();
    threads();
    failing_memory();
    return t_done();
}
