/* Logits under a mask: what is not allowed becomes minus infinity.
 *
 * In place, row by row; a word of the mask covers 32 logits.  A word of all
 * ones is left unread, one of all zeros is filled: most masks are mostly one
 * or the other, so that the cost is that of the memory touched. */
#include "mask/kernels.h"
#include "mask/mask.h"

/* Minus infinity as f32, f16 and bf16. */
enum { F16_NEGATIVE = 0xFC00, BF16_NEGATIVE = 0xFF80 };
#define F32_NEGATIVE 0xFF800000u

static void part_32(uint32_t *x, uint32_t n, uint32_t word)
{
    for (uint32_t i = 0; i < n; i++)
        if (!(word >> i & 1)) x[i] = F32_NEGATIVE;
}

static void part_16(uint16_t *x, uint32_t n, uint32_t word, uint16_t negative)
{
    for (uint32_t i = 0; i < n; i++)
        if (!(word >> i & 1)) x[i] = negative;
}

static uint32_t word_at(const uint32_t *mask, uint32_t words, size_t w)
{
    return w < words ? mask[w] : 0;
}

static void row_32(const Kernels *k, uint32_t *x, size_t n,
                   const uint32_t *mask, uint32_t words)
{
    for (size_t at = 0, w = 0; at < n; at += 32, w++) {
        uint32_t word = word_at(mask, words, w);
        if (word == UINT32_MAX) continue;
        if (n - at < 32)
            part_32(x + at, (uint32_t)(n - at), word);
        else
            k->apply_32(x + at, word, F32_NEGATIVE);
    }
}

static void row_16(const Kernels *k, uint16_t *x, size_t n,
                   const uint32_t *mask, uint32_t words, uint16_t negative)
{
    for (size_t at = 0, w = 0; at < n; at += 32, w++) {
        uint32_t word = word_at(mask, words, w);
        if (word == UINT32_MAX) continue;
        if (n - at < 32)
            part_16(x + at, (uint32_t)(n - at), word, negative);
        else
            k->apply_16(x + at, word, negative);
    }
}

void gr_mask_apply(const Kernels *k, void *logits, gram_logits type, size_t n,
                   const uint32_t *mask, uint32_t words)
{
    if (k == NULL) k = gr_kernels_best();
    if (type == GRAM_LOGITS_F32)
        row_32(k, logits, n, mask, words);
    else
        row_16(k, logits, n, mask, words,
               type == GRAM_LOGITS_F16 ? F16_NEGATIVE : BF16_NEGATIVE);
}
