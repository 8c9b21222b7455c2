/* Scans and masks over logits: plain, AVX2, AVX-512, NEON; see kernels.h.
 *
 * The vector variants compare 4, 8 or 2 signatures at once and gather the
 * outcomes as bits.  They are bound by reading the signatures (1 MiB for
 * 128k tokens). */
#include "mask/kernels.h"

static bool always(void)
{
    return true;
}

/* --- plain ------------------------------------------------------------------ */

static void class_plain(const uint64_t *sig, uint32_t words, uint64_t inside,
                        uint64_t outside, uint32_t *yes, uint32_t *maybe)
{
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t in = 0, unsure = 0;
        for (uint32_t i = 0; i < 32; i++) {
            in |= (uint32_t)((sig[i] & ~inside) == 0) << i;
            unsure |= (uint32_t)((sig[i] & outside) == 0) << i;
        }
        yes[w] = in;
        maybe[w] = unsure & ~in;
    }
}

static void any_plain(const uint64_t *sig, uint32_t words, uint64_t any,
                      uint32_t *yes)
{
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t has = 0;
        for (uint32_t i = 0; i < 32; i++)
            has |= (uint32_t)((sig[i] & any) != 0) << i;
        yes[w] = has;
    }
}

static void apply_32_plain(uint32_t *x, uint32_t word, uint32_t value)
{
    for (uint32_t i = 0; i < 32; i++) x[i] = word >> i & 1 ? x[i] : value;
}

static void apply_16_plain(uint16_t *x, uint32_t word, uint16_t value)
{
    for (uint32_t i = 0; i < 32; i++) x[i] = word >> i & 1 ? x[i] : value;
}

/* --- x86-64 ------------------------------------------------------------------ */

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && has_avx2();
}

/* Bit i: lane i of x has no bit of m. */
__attribute__((target("avx2"))) static inline uint32_t none4(__m256i x,
                                                             __m256i m)
{
    __m256i none =
        _mm256_cmpeq_epi64(_mm256_and_si256(x, m), _mm256_setzero_si256());
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(none));
}

__attribute__((target("avx2"))) static void class_avx2(
    const uint64_t *sig, uint32_t words, uint64_t inside, uint64_t outside,
    uint32_t *yes, uint32_t *maybe)
{
    __m256i rest = _mm256_set1_epi64x((long long)~inside);
    __m256i out = _mm256_set1_epi64x((long long)outside);
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t in = 0, unsure = 0;
        for (uint32_t i = 0; i < 32; i += 4) {
            __m256i x = _mm256_loadu_si256((const __m256i *)(sig + i));
            in |= none4(x, rest) << i;
            unsure |= none4(x, out) << i;
        }
        yes[w] = in;
        maybe[w] = unsure & ~in;
    }
}

__attribute__((target("avx2"))) static void any_avx2(const uint64_t *sig,
                                                     uint32_t words,
                                                     uint64_t any,
                                                     uint32_t *yes)
{
    __m256i m = _mm256_set1_epi64x((long long)any);
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t none = 0;
        for (uint32_t i = 0; i < 32; i += 4)
            none |= none4(_mm256_loadu_si256((const __m256i *)(sig + i)), m)
                    << i;
        yes[w] = ~none;
    }
}

/* Lane i of the result is all ones where bit i of `bits` is set. */
__attribute__((target("avx2"))) static inline __m256i lanes_32(uint32_t bits)
{
    __m256i one = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i all = _mm256_set1_epi32((int)bits);
    return _mm256_cmpeq_epi32(_mm256_and_si256(all, one), one);
}

__attribute__((target("avx2"))) static inline __m256i lanes_16(uint32_t bits)
{
    __m256i one = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
                                    2048, 4096, 8192, 16384, (short)0x8000);
    __m256i all = _mm256_set1_epi16((short)bits);
    return _mm256_cmpeq_epi16(_mm256_and_si256(all, one), one);
}

__attribute__((target("avx2"))) static void apply_32_avx2(uint32_t *x,
                                                          uint32_t word,
                                                          uint32_t value)
{
    __m256i v = _mm256_set1_epi32((int)value);
    for (uint32_t i = 0; i < 32; i += 8) {
        __m256i *at = (__m256i *)(void *)(x + i);
        __m256i was = _mm256_loadu_si256(at), keep = lanes_32(word >> i);
        _mm256_storeu_si256(at, _mm256_blendv_epi8(v, was, keep));
    }
}

__attribute__((target("avx2"))) static void apply_16_avx2(uint16_t *x,
                                                          uint32_t word,
                                                          uint16_t value)
{
    __m256i v = _mm256_set1_epi16((short)value);
    for (uint32_t i = 0; i < 32; i += 16) {
        __m256i *at = (__m256i *)(void *)(x + i);
        __m256i was = _mm256_loadu_si256(at), keep = lanes_16(word >> i);
        _mm256_storeu_si256(at, _mm256_blendv_epi8(v, was, keep));
    }
}

/* Stores the numbers that change, and reads none. */
__attribute__((target("avx512f"))) static void apply_32_avx512(uint32_t *x,
                                                               uint32_t word,
                                                               uint32_t value)
{
    __m512i v = _mm512_set1_epi32((int)value);
    _mm512_mask_storeu_epi32(x, (__mmask16)~word, v);
    _mm512_mask_storeu_epi32(x + 16, (__mmask16)(~word >> 16), v);
}

__attribute__((target("avx512f"))) static void class_avx512(
    const uint64_t *sig, uint32_t words, uint64_t inside, uint64_t outside,
    uint32_t *yes, uint32_t *maybe)
{
    __m512i rest = _mm512_set1_epi64((long long)~inside);
    __m512i out = _mm512_set1_epi64((long long)outside);
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t not_in = 0, sure = 0;
        for (uint32_t i = 0; i < 32; i += 8) {
            __m512i x = _mm512_loadu_si512(sig + i);
            not_in |= (uint32_t)_mm512_test_epi64_mask(x, rest) << i;
            sure |= (uint32_t)_mm512_test_epi64_mask(x, out) << i;
        }
        yes[w] = ~not_in;
        maybe[w] = ~sure & not_in;
    }
}

__attribute__((target("avx512f"))) static void any_avx512(const uint64_t *sig,
                                                          uint32_t words,
                                                          uint64_t any,
                                                          uint32_t *yes)
{
    __m512i m = _mm512_set1_epi64((long long)any);
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t has = 0;
        for (uint32_t i = 0; i < 32; i += 8)
            has |=
                (uint32_t)_mm512_test_epi64_mask(_mm512_loadu_si512(sig + i), m)
                << i;
        yes[w] = has;
    }
}
#endif

/* --- 64-bit ARM --------------------------------------------------------------- */

#if defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>

/* Bit i: lane i of x has a bit of m. */
static inline uint32_t some2(uint64x2_t x, uint64x2_t m)
{
    uint64x2_t some = vtstq_u64(x, m);
    return (uint32_t)(vgetq_lane_u64(some, 0) & 1) |
           (uint32_t)(vgetq_lane_u64(some, 1) & 2);
}

static void class_neon(const uint64_t *sig, uint32_t words, uint64_t inside,
                       uint64_t outside, uint32_t *yes, uint32_t *maybe)
{
    uint64x2_t rest = vdupq_n_u64(~inside), out = vdupq_n_u64(outside);
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t not_in = 0, sure = 0;
        for (uint32_t i = 0; i < 32; i += 2) {
            uint64x2_t x = vld1q_u64(sig + i);
            not_in |= some2(x, rest) << i;
            sure |= some2(x, out) << i;
        }
        yes[w] = ~not_in;
        maybe[w] = ~sure & not_in;
    }
}

static void apply_32_neon(uint32_t *x, uint32_t word, uint32_t value)
{
    static const uint32_t one[4] = {1, 2, 4, 8};
    uint32x4_t bit = vld1q_u32(one), v = vdupq_n_u32(value);
    for (uint32_t i = 0; i < 32; i += 4) {
        uint32x4_t keep = vtstq_u32(vdupq_n_u32(word >> i), bit);
        vst1q_u32(x + i, vbslq_u32(keep, vld1q_u32(x + i), v));
    }
}

static void apply_16_neon(uint16_t *x, uint32_t word, uint16_t value)
{
    static const uint16_t one[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    uint16x8_t bit = vld1q_u16(one), v = vdupq_n_u16(value);
    for (uint32_t i = 0; i < 32; i += 8) {
        uint16x8_t keep = vtstq_u16(vdupq_n_u16((uint16_t)(word >> i)), bit);
        vst1q_u16(x + i, vbslq_u16(keep, vld1q_u16(x + i), v));
    }
}

static void any_neon(const uint64_t *sig, uint32_t words, uint64_t any,
                     uint32_t *yes)
{
    uint64x2_t m = vdupq_n_u64(any);
    for (uint32_t w = 0; w < words; w++, sig += 32) {
        uint32_t has = 0;
        for (uint32_t i = 0; i < 32; i += 2)
            has |= some2(vld1q_u64(sig + i), m) << i;
        yes[w] = has;
    }
}
#endif

/* --- the table ---------------------------------------------------------------- */

static const Kernels all[] = {
    {"plain", always, class_plain, any_plain, apply_32_plain, apply_16_plain},
#if defined(__x86_64__) && defined(__GNUC__)
    {"avx2", has_avx2, class_avx2, any_avx2, apply_32_avx2, apply_16_avx2},
    {"avx512", has_avx512, class_avx512, any_avx512, apply_32_avx512,
     apply_16_avx2},
#endif
#if defined(__aarch64__) && defined(__ARM_NEON)
    {"neon", always, class_neon, any_neon, apply_32_neon, apply_16_neon},
#endif
};

const Kernels *gr_kernels(size_t *n)
{
    *n = sizeof all / sizeof *all;
    return all;
}

const Kernels *gr_kernels_best(void)
{
    size_t i = sizeof all / sizeof *all - 1;
    while (!all[i].runs_here()) i--;
    return &all[i];
}
