/* Property: any bytes as a tokenizer file are refused, or give a vocabulary
 * that is valid, survives its own pack, and encodes and decodes the file's
 * bytes without a crash.  All readers are reached: the format is told from
 * the content.  Side files, where there are any, follow a 0xFE byte each. */
#include "fuzz/driver.h"
#include "vocab/vocab.h"

#include <stdlib.h>

enum { FILE_MAX = 1 << 16, TEXT_MAX = 4096 };

static void must(bool true_always)
{
    if (!true_always) abort();
}

/* Cut the next part off at 0xFE. */
static GrBytes next_part(const uint8_t **p, size_t *n)
{
    const uint8_t *end = *n ? memchr(*p, 0xFE, *n) : NULL;
    GrBytes part = {*p, end ? (size_t)(end - *p) : *n};
    *p += part.n + (end != NULL);
    *n -= part.n + (end != NULL);
    return part;
}

static void check_pack(const GrVocab *v)
{
    GrVocab *again;
    must(gr_vocab_from_pack(NULL, v->block, v->block_len, 0, NULL, &again) ==
         GRAM_OK);
    must(again->fingerprint == v->fingerprint);
    gr_vocab_free(again);
}

static void check_encoder(GrVocab *v, const void *p, size_t n)
{
    GrEncoder *e;
    gram_error error;
    const uint32_t *ids;
    const char *text;
    size_t n_ids, len;
    if (gr_encoder_new(v, 0, &error, &e) != GRAM_OK) return;
    if (n > TEXT_MAX) n = TEXT_MAX;
    if (gr_encode(e, p, n, &error, &ids, &n_ids) == GRAM_OK) {
        for (size_t i = 0; i < n_ids; i++) must(ids[i] < v->n_tokens);
        uint32_t *copy = malloc(n_ids * sizeof *copy + 1);
        must(copy != NULL);
        if (n_ids) memcpy(copy, ids, n_ids * sizeof *copy);
        must(gr_decode(e, copy, n_ids, &error, &text, &len) == GRAM_OK);
        free(copy);
    }
    gr_encoder_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gram_error error;
    GrVocab *v;
    GrVocabOptions o = {.max_memory = (size_t)64 << 20};
    if (size > FILE_MAX) return 0;
    bool whole = size >= 4 && (!memcmp(data, "GGUF", 4) || data[0] == 0x0A ||
                               !memcmp(data, "gram", 4));
    GrBytes file = {data, size};
    if (!whole) {
        file = next_part(&data, &size);
        for (int i = 0; i < GR_SIDE_COUNT && size > 0; i++)
            o.side[i] = next_part(&data, &size);
    }
    if (gr_vocab_from_memory(&o, file.p, file.n, &error, &v) != GRAM_OK)
        return 0;
    must(gr_vocab_is_valid(v));
    check_pack(v);
    check_encoder(v, file.p, file.n);
    gr_vocab_free(v);
    return 0;
}
