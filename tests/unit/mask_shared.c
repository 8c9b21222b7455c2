/* Classes that grammars over one vocabulary share: the first two grammars to
 * ask for a class build their own, the third has what the second began.  None
 * of them may be told by its masks, by the bytes of an artifact, or by what
 * happens where memory for sharing is refused.
 *
 *     make VARIANT=tsan build/tsan/unit/mask_shared */
#include "t.h"

#include <gram.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { TURNS = 4, N_THREADS = 6 };

/* Classes that are a part of the plain one, and others; rests found by a
 * scan, by a sweep, and among those of the plain class. */
static const struct {
    const char *schema, *text;
} source[] = {
    {"{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]+[.][A-Z_:]*$\"}",
     "\"abc-12.UPPER_CASE:X\""},
    {"{\"type\":\"string\",\"pattern\":\"^([^a-c]+[abc])*$\"}",
     "\"some text \xC3\xA9\xE4\xBD\xA0 a, other b\""},
    {"{\"type\":\"string\",\"pattern\":\"^[a-z]{1,9}(:[a-z ]{2,30})?$\"}",
     "\"name:some words\""},
    {"{\"type\":\"string\",\"format\":\"uri\"}",
     "\"https://example.org:80/a/b?c=d#e\""},
    {"{\"type\":\"string\",\"format\":\"email\"}", "\"ann.b@example.org\""},
    {"{\"type\":\"object\",\"patternProperties\":{\"^[\xC3\xA0-\xC3\xBF]+$\":"
     "{\"type\":\"string\",\"pattern\":\"^\\\\d+$\"}},"
     "\"additionalProperties\":false}",
     "{\"\xC3\xA9\xC3\xA9\":\"123\"}"},
};
enum { N_SOURCES = sizeof source / sizeof *source };

static gram_status make(gram_vocab *v, int i, gram_grammar **g)
{
    return gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, source[i].schema,
                            strlen(source[i].schema), NULL, g, NULL);
}

/* A sum over the masks along the text, a byte at a time; 0: an error. */
static uint64_t masks_of(gram_vocab *v, int i, uint64_t *memory)
{
    gram_grammar_stats stats = {.size = sizeof stats};
    uint32_t words = gram_vocab_mask_words(v);
    uint64_t sum = 1;
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    const uint32_t *row;
    if (make(v, i, &g) != GRAM_OK || gram_matcher_new(g, &m, NULL) != GRAM_OK)
        sum = 0;
    for (const char *p = source[i].text; sum != 0 && *p != 0; p++) {
        if (gram_matcher_mask_view(m, &row, NULL) != GRAM_OK ||
            gram_matcher_accept_bytes(m, p, 1, NULL) != GRAM_OK)
            sum = 0;
        for (uint32_t w = 0; w < words && sum != 0; w++)
            sum = (sum ^ row[w]) * 0x100000001B3u + w + 1;
    }
    if (sum != 0 && gram_grammar_get_stats(g, &stats) == GRAM_OK)
        *memory = stats.memory_bytes;
    gram_matcher_free(m);
    gram_grammar_free(g);
    return sum;
}

static void one_after_the_other(gram_vocab *v, uint64_t sums[N_SOURCES],
                                bool saves)
{
    uint64_t memory[TURNS] = {0}, all[2] = {0};
    for (int i = 0; i < N_SOURCES; i++) {
        sums[i] = masks_of(v, i, &memory[0]);
        T_OK(sums[i] != 0, "%s", source[i].schema);
        for (int k = 1; k < TURNS; k++)
            T_OK(masks_of(v, i, &memory[k]) == sums[i], "turn %d: %s", k,
                 source[i].schema);
        T(memory[0] >= memory[TURNS - 1]);
        all[0] += memory[0];
        all[1] += memory[TURNS - 1];
    }
    if (saves) T(all[1] + N_SOURCES * 10000 < all[0]);
}

/* --- memory --------------------------------------------------------------- */

static bool refuse; /* from now on */

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx, (void)old;
    if (size == 0) return free(p), NULL;
    return refuse ? NULL : realloc(p, size);
}

static void without_memory(const uint64_t sums[N_SOURCES])
{
    gram_allocator a = {resize, NULL};
    gram_vocab_options o = {.size = sizeof o, .allocator = &a};
    uint64_t memory, own[N_SOURCES];
    gram_vocab *v;
    T_EQ(gram_vocab_default(&o, &v, NULL), GRAM_OK);
    refuse = true;
    one_after_the_other(v, own, false);
    for (int i = 0; i < N_SOURCES; i++) T(own[i] == sums[i]);
    /* what was refused once is not tried again */
    refuse = false;
    for (int i = 0; i < N_SOURCES; i++) T(masks_of(v, i, &memory) == sums[i]);
    gram_vocab_free(v);
}

/* --- artifacts ------------------------------------------------------------ */

static size_t saved(gram_vocab *v, int i, char *out, size_t cap)
{
    char path[] = "/tmp/gram-shared-XXXXXX";
    int fd = mkstemp(path);
    T(fd >= 0);
    T_EQ(gram_grammar_save(v, GRAM_KIND_JSON_SCHEMA, source[i].schema,
                           strlen(source[i].schema), NULL, path, 1 << 20, NULL,
                           NULL, NULL),
         GRAM_OK);
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(out, 1, cap, f) : 0;
    if (f) fclose(f);
    close(fd);
    unlink(path);
    return n;
}

/* Where nothing was shared yet, and where all is. */
static void artifacts(gram_vocab *shared)
{
    enum { CAP = 8 << 20 };
    char *a = malloc(CAP), *b = malloc(CAP);
    gram_vocab *v;
    T(a != NULL && b != NULL);
    for (int i = 0; i < N_SOURCES; i++) {
        T_EQ(gram_vocab_default(NULL, &v, NULL), GRAM_OK);
        size_t n = saved(v, i, a, CAP);
        T(n > 0 && n < CAP);
        T_OK(saved(shared, i, b, CAP) == n && memcmp(a, b, n) == 0, "%s",
             source[i].schema);
        gram_vocab_free(v);
    }
    free(a);
    free(b);
}

/* --- threads -------------------------------------------------------------- */

typedef struct Job {
    gram_vocab *v;
    const uint64_t *sums;
    int wrong;
} Job;

static void *work(void *p)
{
    Job *j = p;
    uint64_t memory;
    for (int k = 0; k < 3 * N_SOURCES; k++)
        j->wrong += masks_of(j->v, k % N_SOURCES, &memory) !=
                    j->sums[k % N_SOURCES];
    return NULL;
}

static void side_by_side(const uint64_t sums[N_SOURCES])
{
    pthread_t thread[N_THREADS];
    Job job[N_THREADS];
    gram_vocab *v;
    T_EQ(gram_vocab_default(NULL, &v, NULL), GRAM_OK);
    for (int t = 0; t < N_THREADS; t++) {
        job[t] = (Job){v, sums, 0};
        T_EQ(pthread_create(&thread[t], NULL, work, &job[t]), 0);
    }
    for (int t = 0; t < N_THREADS; t++) {
        pthread_join(thread[t], NULL);
        T_EQ(job[t].wrong, 0);
    }
    gram_vocab_free(v);
}

int main(void)
{
    uint64_t sums[N_SOURCES];
    gram_vocab *v;
    T_EQ(gram_vocab_default(NULL, &v, NULL), GRAM_OK);
    one_after_the_other(v, sums, true);
    artifacts(v);
    gram_vocab_free(v);
    without_memory(sums);
    side_by_side(sums);
    return t_done();
}
