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

typedef struct Mask {
    const uint32_t *at;
    size_t words;
} Mask;

static bool has(Mask m, size_t i)
{
    return i / 32 < m.words && m.at[i / 32] >> i % 32 & 1;
}

/* The words that all of their 32 logits have. */
static size_t whole(Mask m, size_t n)
{
    return n / 32 < m.words ? n / 32 : m.words;
}

static void row_32(const Kernels *k, uint32_t *x, size_t n, Mask m)
{
    k->apply_32(x, m.at, whole(m, n), F32_NEGATIVE);
    for (size_t i = whole(m, n) * 32; i < n; i++)
        if (!has(m, i)) x[i] = F32_NEGATIVE;
}

static void row_16(const Kernels *k, uint16_t *x, size_t n, Mask m,
                   uint16_t negative)
{
    k->apply_16(x, m.at, whole(m, n), negative);
    for (size_t i = whole(m, n) * 32; i < n; i++)
        if (!has(m, i)) x[i] = negative;
}

void gr_mask_apply(const Kernels *k, void *logits, gram_logits type, size_t n,
                   const uint32_t *mask, uint32_t words)
{
    Mask m = {mask, words};
    if (k == NULL) k = gr_kernels_best();
    if (type == GRAM_LOGITS_F32)
        row_32(k, logits, n, m);
    else
        row_16(k, logits, n, m,
               type == GRAM_LOGITS_F16 ? F16_NEGATIVE : BF16_NEGATIVE);
}
