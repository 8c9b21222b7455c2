/* kernels.h - private to src/mask: loops over whole vocabularies.
 *
 * Each kernel exists in plain C and for the vector units of processors; all
 * variants give equal results, and which one runs is asked of the processor
 * at each call.  Rows are those of a vocabulary's ids, a bit each, at any
 * address. */
#ifndef GR_MASK_KERNELS_H
#define GR_MASK_KERNELS_H

#include "base/base.h"

/* Some ASCII bytes: b is one of them iff low[b & 15] has bit b >> 4, which is
 * how vector units look bytes up. */
typedef struct AsciiTable {
    uint8_t low[16];
} AsciiTable;

/* Three bytes in a row of up to eight kinds, a bit each: byte b may be the i-th
 * of those of low[i][b & 15] that are in high[i][b >> 4] as well. */
typedef struct GramTable {
    uint8_t low[3][16], high[3][16];
} GramTable;

/* Rows are told apart by a sum over their words, so that a row's takes a few
 * microseconds and one bit changes it at once. */
static inline uint64_t word_hash(uint32_t word)
{
    return gr_mix((uint64_t)word + 0x9e3779b97f4a7c15u) | 1;
}

typedef struct Kernels Kernels;
struct Kernels {
    const char *name;
    bool (*runs_here)(void);
    /* out: what is in one of the n rows of `words` words. */
    void (*unite)(const uint32_t *const *row, uint32_t n, uint32_t words,
                  uint32_t *out);
    /* out: bit i: byte i of n is in the table; n / 32 + 1 words. */
    void (*scan_bytes)(const uint8_t *byte, uint32_t n, const AsciiTable *t,
                       uint32_t *out);
    /* The same: the bytes i .. i + 2 of n + 2 may be three of one kind. */
    void (*scan_grams)(const uint8_t *byte, uint32_t n, const GramTable *t,
                       uint32_t *out);
    /* The first word from `at` on in which two rows differ; or `words`. */
    uint32_t (*differ)(const uint32_t *a, const uint32_t *b, uint32_t at,
                       uint32_t words);
    /* In how many bits two rows differ; where that is over `most`, some number
     * over it. */
    uint32_t (*distance)(const uint32_t *a, const uint32_t *b, uint32_t words,
                         uint32_t most);
    /* The sum of word_hash times the words of a row; *n: bits. */
    uint64_t (*sum)(const uint32_t *row, uint32_t words, uint32_t *n);
    /* 32 numbers for each word of a mask: those without a bit become
     * `value`. */
    void (*apply_32)(uint32_t *x, const uint32_t *mask, size_t words,
                     uint32_t value);
    void (*apply_16)(uint16_t *x, const uint32_t *mask, size_t words,
                     uint16_t value);
};

/* All that were compiled, the plain one first, the best last. */
const Kernels *gr_kernels(size_t *n);
/* The best one that runs here. */
const Kernels *gr_kernels_best(void);

#endif
