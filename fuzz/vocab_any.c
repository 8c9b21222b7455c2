/* See vocab_any.h. */
#include "fuzz/vocab_any.h"

#include <stdlib.h>

enum { FILE_MAX = 1 << 16, TEXT_MAX = 4096, HEAD_MAX = 16 };

static void must(bool true_always)
{
    if (!true_always) abort();
}

/* --- memory --------------------------------------------------------------- */

typedef struct Counter {
    size_t held, peak;
} Counter;

static void *count(void *ctx, void *p, size_t old_size, size_t new_size)
{
    Counter *c = ctx;
    must(c->held >= old_size);
    if (new_size == 0) {
        free(p);
        c->held -= old_size;
        return NULL;
    }
    void *q = realloc(p, new_size);
    if (q == NULL) return NULL;
    c->held += new_size - old_size;
    if (c->held > c->peak) c->peak = c->held;
    return q;
}

/* An id costs its tables, also where the file names few: up to 65,536 may be
 * gaps, and a stated width of 262,144 has signatures; that is the constant. */
static void check_peak(const Counter *c, size_t file, const GrVocab *v)
{
    size_t may = ((size_t)4 << 20) + 4 * file;
    if (v != NULL)
        may += 4 * (size_t)v->off[v->n_tokens] + 8 * (size_t)v->n_nodes +
               48 * (size_t)v->n_tokens;
    must(c->peak <= may);
}

/* --- what follows reading ------------------------------------------------- */

static void check_pack(const GrVocab *v)
{
    GrVocab *again;
    must(gr_vocab_from_pack(NULL, v->block, v->block_len, 0, NULL, &again) ==
         GRAM_OK);
    must(again->fingerprint == v->fingerprint);
    gr_vocab_free(again);
}

static void check_text(GrEncoder *e, const GrVocab *v, const void *p, size_t n)
{
    gram_error error;
    const uint32_t *ids;
    size_t n_ids, len, whole;
    if (gr_encode(e, p, n, &error, &ids, &n_ids) != GRAM_OK) return;
    for (size_t i = 0; i < n_ids; i++) must(ids[i] < v->n_tokens);
    const uint32_t inner = GR_DECODE_BEFORE | GR_DECODE_AFTER;
    gr_decode(v, ids, n_ids, inner, NULL, 0, &len, NULL);
    char *text = malloc(len + 1), *part = malloc(len + 1);
    must(text != NULL && part != NULL);
    must(gr_decode(v, ids, n_ids, inner, text, len, &len, &error) == GRAM_OK);
    must(gr_decode(v, ids, n_ids, 0, part, len, &whole, &error) == GRAM_OK);
    /* a whole text is a part without something at its ends */
    bool part_of = false;
    for (size_t at = 0; at + whole <= len && !part_of; at++)
        part_of = memcmp(text + at, part, whole) == 0;
    must(part_of);
    free(text);
    free(part);
}

static void check_encoder(GrVocab *v, GrBytes file)
{
    static const char text[] = "a ab<u>  \xE2\x96\x81"
                               "Ab\n\xC3\xA9[U]\x01 "
                               "e\xCC\x81\xEF\xB7\xBA\xE4\xB8\x80 12345 aaaa";
    GrEncoder *e;
    gram_error error;
    if (gr_encoder_new(v, 0, &error, &e) != GRAM_OK) return;
    check_text(e, v, text, sizeof text - 1);
    check_text(e, v, file.p, file.n < TEXT_MAX ? file.n : TEXT_MAX);
    gr_encoder_free(e);
}

/* --- a file --------------------------------------------------------------- */

/* Cut the next part off at 0xFE, which is in no JSON and no UTF-8. */
static GrBytes next_part(const uint8_t **p, size_t *n)
{
    const uint8_t *end = *n ? memchr(*p, 0xFE, *n) : NULL;
    GrBytes part = {*p, end ? (size_t)(end - *p) : *n};
    *p += part.n + (end != NULL);
    *n -= part.n + (end != NULL);
    return part;
}

static void run(GrVocabOptions *o, GrBytes file)
{
    Counter c = {0, 0};
    gram_allocator a = {count, &c};
    gram_error error;
    GrVocab *v = NULL;
    size_t all = file.n;
    for (int i = 0; i < GR_SIDE_COUNT; i++) all += o->side[i].n;
    o->alloc = &a;
    gram_status s = gr_vocab_from_memory(o, file.p, file.n, &error, &v);
    check_peak(&c, all, s == GRAM_OK ? v : NULL);
    if (s == GRAM_OK) {
        must(gr_vocab_is_valid(v));
        check_pack(v);
        check_encoder(v, file);
        gr_vocab_free(v);
    }
    must(c.held == 0);
}

int fuzz_vocab(const char *head, size_t head_len, const uint8_t *data,
               size_t size, bool sides)
{
    GrVocabOptions o = {.max_memory = (size_t)64 << 20};
    if (size > FILE_MAX || head_len > HEAD_MAX) return 0;
    GrBytes part = {data, size};
    if (sides) part = next_part(&data, &size);
    for (int i = 0; sides && i < GR_SIDE_COUNT && size > 0; i++)
        o.side[i] = next_part(&data, &size);
    /* a block of exactly the file's size, so that an overrun is seen */
    uint8_t *file = malloc(head_len + part.n + !(head_len + part.n));
    must(file != NULL);
    if (head_len) memcpy(file, head, head_len);
    if (part.n) memcpy(file + head_len, part.p, part.n);
    run(&o, (GrBytes){file, head_len + part.n});
    free(file);
    return 0;
}
