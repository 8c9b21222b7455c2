/* Unions of rows, masks over logits: plain, AVX2, AVX-512, NEON; see kernels.h.
 *
 * A variant is some small functions, for as many lanes as its registers have;
 * the loops around them are written once and made for each variant by LOOPS.
 * Unions are bound by reading the rows (16 KiB each for 128k tokens), masks by
 * the logits that change.
 *
 *   unite64_V  the words w .. w + 63 of n rows in one; they stay in registers
 *              while all rows are read
 *   bytes_V  bit i: byte i of the 32 at `p` is in the table.  Half of a byte
 *            looks up which other halves are with it, and that one its bit
 *   grams_V  bit i: the bytes i .. i + 2 at `p` may be three of one kind
 *   same_V   are the 32 words at `a` and at `b` equal?
 *   sum      (of no lanes: compilers know how)
 *   put32_V, put16_V   of 32 numbers, those without a bit become `value`
 *
 * All variants give equal results, bit for bit; tests make whole masks with
 * each and compare them.  The plain one is what the others are measured
 * against, and what runs where none of them does.
 *
 * Rejected: choosing at build time, as one library serves every machine of a
 * kind. */
#include "mask/kernels.h"

enum {
    UNITED = 64, /* words of a row in one go */
    BLOCK = 128  /* those before a count is looked at */
};

#define LOOPS(V, TARGET)                                                       \
    TARGET static void unite_##V(const uint32_t *const *row, uint32_t n,       \
                                 uint32_t words, uint32_t *out)                \
    {                                                                          \
        uint32_t w = 0;                                                        \
        for (; w + UNITED <= words; w += UNITED)                               \
            unite64_##V(row, n, w, out + w);                                   \
        for (; w < words; w++) out[w] = united(row, n, w);                     \
    }                                                                          \
    TARGET static void scan_bytes_##V(const uint8_t *p, uint32_t n,            \
                                      const AsciiTable *t, uint32_t *out)      \
    {                                                                          \
        for (; n >= 32; n -= 32, p += 32) *out++ = bytes_##V(p, t);            \
        *out = bytes_of(p, n, t);                                              \
    }                                                                          \
    TARGET static void scan_grams_##V(const uint8_t *p, uint32_t n,            \
                                      const GramTable *t, uint32_t *out)       \
    {                                                                          \
        GramTable own = *t; /* which `out` is no part of */                    \
        for (; n >= 32; n -= 32, p += 32) *out++ = grams_##V(p, &own);         \
        *out = grams_of(p, n, &own);                                           \
    }                                                                          \
    TARGET static uint32_t differ_##V(const uint32_t *a, const uint32_t *b,    \
                                      uint32_t at, uint32_t words)             \
    {                                                                          \
        while (at + 32 <= words && same_##V(a + at, b + at)) at += 32;         \
        while (at < words && a[at] == b[at]) at++;                             \
        return at;                                                             \
    }                                                                          \
    TARGET static uint32_t distance_##V(const uint32_t *a, const uint32_t *b,  \
                                        uint32_t words, uint32_t most)         \
    {                                                                          \
        uint32_t bits = 0, w = 0; /* a row's end is no whole block */          \
        for (; w + BLOCK <= words && bits <= most; w += BLOCK)                 \
            for (uint32_t i = w; i < w + BLOCK; i++)                           \
                bits += gr_bits_in(a[i] ^ b[i]);                               \
        for (; w < words && bits <= most; w++)                                 \
            bits += gr_bits_in(a[w] ^ b[w]);                                   \
        return bits;                                                           \
    }                                                                          \
    TARGET static uint64_t sum_##V(const uint32_t *row, uint32_t words,        \
                                   uint32_t *n)                                \
    {                                                                          \
        uint64_t sum = 0;                                                      \
        uint32_t bits = 0; /* loops that compilers make vectors of */          \
        for (uint32_t w = 0; w < words; w++) sum += word_hash(w) * row[w];     \
        for (uint32_t w = 0; w < words; w++) bits += gr_bits_in(row[w]);       \
        *n = bits;                                                             \
        return sum;                                                            \
    }                                                                          \
    TARGET static void apply_32_##V(uint32_t *x, const uint32_t *mask,         \
                                    size_t words, uint32_t value)              \
    {                                                                          \
        for (size_t w = 0; w < words; w++, x += 32)                            \
            if (mask[w] != UINT32_MAX) put32_##V(x, mask[w], value);           \
    }                                                                          \
    TARGET static void apply_16_##V(uint16_t *x, const uint32_t *mask,         \
                                    size_t words, uint16_t value)              \
    {                                                                          \
        for (size_t w = 0; w < words; w++, x += 32)                            \
            if (mask[w] != UINT32_MAX) put16_##V(x, mask[w], value);           \
    }

/* runs_here of what every machine of the kind can do. */
static bool always(void)
{
    return true;
}

static inline uint32_t bytes_of(const uint8_t *p, uint32_t n,
                                const AsciiTable *t)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < n; i++)
        bits |= (uint32_t)(t->low[p[i] & 15] >> (p[i] >> 4) & 1) << i;
    return bits;
}

static inline uint32_t grams_of(const uint8_t *p, uint32_t n,
                                const GramTable *t)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t kinds = 0xFF;
        for (uint32_t k = 0; k < 3; k++)
            kinds &= t->low[k][p[i + k] & 15] & t->high[k][p[i + k] >> 4];
        bits |= (uint32_t)(kinds != 0) << i;
    }
    return bits;
}

static inline uint32_t united(const uint32_t *const *row, uint32_t n,
                              uint32_t w)
{
    uint32_t all = 0;
    for (uint32_t r = 0; r < n; r++) all |= row[r][w];
    return all;
}

/* --- plain ---------------------------------------------------------------- */

static inline void unite64_plain(const uint32_t *const *row, uint32_t n,
                                 uint32_t w, uint32_t *out)
{
    for (uint32_t i = 0; i < UNITED; i++) out[i] = 0;
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = 0; i < UNITED; i++) out[i] |= row[r][w + i];
}

/* Every number is written, or the loop would have a branch a number. */
static inline void put32_plain(uint32_t *x, uint32_t word, uint32_t value)
{
    for (uint32_t i = 0; i < 32; i++) x[i] = word >> i & 1 ? x[i] : value;
}

static inline void put16_plain(uint16_t *x, uint32_t word, uint16_t value)
{
    for (uint32_t i = 0; i < 32; i++) x[i] = word >> i & 1 ? x[i] : value;
}

static inline uint32_t bytes_plain(const uint8_t *p, const AsciiTable *t)
{
    return bytes_of(p, 32, t);
}

static inline uint32_t grams_plain(const uint8_t *p, const GramTable *t)
{
    return grams_of(p, 32, t);
}

static inline bool same_plain(const uint32_t *a, const uint32_t *b)
{
    return memcmp(a, b, 32 * sizeof *a) == 0;
}

LOOPS(plain, )

/* --- x86-64 --------------------------------------------------------------- */

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw")))

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw");
}

/* An index of 128 and more, as a byte beyond ASCII is one, looks up 0. */
AVX2 static inline uint32_t bytes_avx2(const uint8_t *p, const AsciiTable *t)
{
    const __m128i *table = (const __m128i *)(const void *)t->low;
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128(table));
    __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201u);
    __m256i high =
        _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
    __m256i both = _mm256_and_si256(_mm256_shuffle_epi8(low, x),
                                    _mm256_shuffle_epi8(bit, high));
    __m256i none = _mm256_cmpeq_epi8(both, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

/* Of the 32 bytes at `p`, each as the k-th of a gram. */
AVX2 static inline __m256i kinds_avx2(const uint8_t *p, const GramTable *t,
                                      uint32_t k)
{
    const __m128i *low = (const __m128i *)(const void *)t->low[k];
    const __m128i *high = (const __m128i *)(const void *)t->high[k];
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i half = _mm256_set1_epi8(15);
    __m256i a = _mm256_broadcastsi128_si256(_mm_loadu_si128(low));
    __m256i b = _mm256_broadcastsi128_si256(_mm_loadu_si128(high));
    return _mm256_and_si256(
        _mm256_shuffle_epi8(a, _mm256_and_si256(x, half)),
        _mm256_shuffle_epi8(b,
                            _mm256_and_si256(_mm256_srli_epi16(x, 4), half)));
}

AVX2 static inline uint32_t grams_avx2(const uint8_t *p, const GramTable *t)
{
    __m256i all = kinds_avx2(p, t, 0);
    for (uint32_t k = 1; k < 3; k++)
        all = _mm256_and_si256(all, kinds_avx2(p + k, t, k));
    __m256i none = _mm256_cmpeq_epi8(all, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

/* At any address: rows begin where the allocator puts them. */
AVX2 static inline __m256i load_avx2(const uint32_t *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

AVX2 static inline void unite64_avx2(const uint32_t *const *row, uint32_t n,
                                     uint32_t w, uint32_t *out)
{
    __m256i all[UNITED / 8];
    for (uint32_t i = 0; i < UNITED / 8; i++) all[i] = _mm256_setzero_si256();
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = 0; i < UNITED / 8; i++)
            all[i] = _mm256_or_si256(all[i], load_avx2(row[r] + w + 8 * i));
    for (uint32_t i = 0; i < UNITED / 8; i++)
        _mm256_storeu_si256((__m256i *)(void *)(out + 8 * i), all[i]);
}

AVX2 static inline bool same_avx2(const uint32_t *a, const uint32_t *b)
{
    __m256i other = _mm256_setzero_si256();
    for (uint32_t i = 0; i < 32; i += 8)
        other = _mm256_or_si256(
            other, _mm256_xor_si256(load_avx2(a + i), load_avx2(b + i)));
    return _mm256_testz_si256(other, other);
}

/* Lanes of *at where `bit` is not in `all` become v. */
AVX2 static inline void put_avx2(__m256i *at, __m256i keep, __m256i v)
{
    __m256i was = _mm256_loadu_si256(at);
    _mm256_storeu_si256(at, _mm256_blendv_epi8(v, was, keep));
}

AVX2 static inline void put32_avx2(uint32_t *x, uint32_t word, uint32_t value)
{
    __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i v = _mm256_set1_epi32((int)value);
    for (uint32_t i = 0; i < 32; i += 8) {
        __m256i all = _mm256_set1_epi32((int)(word >> i));
        __m256i keep = _mm256_cmpeq_epi32(_mm256_and_si256(all, bit), bit);
        put_avx2((__m256i *)(void *)(x + i), keep, v);
    }
}

AVX2 static inline void put16_avx2(uint16_t *x, uint32_t word, uint16_t value)
{
    __m256i bit = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
                                    2048, 4096, 8192, 16384, (short)0x8000);
    __m256i v = _mm256_set1_epi16((short)value);
    for (uint32_t i = 0; i < 32; i += 16) {
        __m256i all = _mm256_set1_epi16((short)(word >> i));
        __m256i keep = _mm256_cmpeq_epi16(_mm256_and_si256(all, bit), bit);
        put_avx2((__m256i *)(void *)(x + i), keep, v);
    }
}

LOOPS(avx2, AVX2)

AVX512 static inline void unite64_avx512(const uint32_t *const *row, uint32_t n,
                                         uint32_t w, uint32_t *out)
{
    __m512i all[UNITED / 16];
    for (uint32_t i = 0; i < UNITED / 16; i++) all[i] = _mm512_setzero_si512();
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = 0; i < UNITED / 16; i++)
            all[i] = _mm512_or_si512(all[i],
                                     _mm512_loadu_si512(row[r] + w + 16 * i));
    for (uint32_t i = 0; i < UNITED / 16; i++)
        _mm512_storeu_si512(out + 16 * i, all[i]);
}

/* 32 bytes are half of a register: the same as above. */
AVX512 static inline uint32_t bytes_avx512(const uint8_t *p,
                                           const AsciiTable *t)
{
    return bytes_avx2(p, t);
}

AVX512 static inline uint32_t grams_avx512(const uint8_t *p, const GramTable *t)
{
    return grams_avx2(p, t);
}

AVX512 static inline bool same_avx512(const uint32_t *a, const uint32_t *b)
{
    return (_mm512_cmpneq_epi32_mask(_mm512_loadu_si512(a),
                                     _mm512_loadu_si512(b)) |
            _mm512_cmpneq_epi32_mask(_mm512_loadu_si512(a + 16),
                                     _mm512_loadu_si512(b + 16))) == 0;
}

/* Masked stores: numbers that stay are not even read. */
AVX512 static inline void put32_avx512(uint32_t *x, uint32_t word,
                                       uint32_t value)
{
    __m512i v = _mm512_set1_epi32((int)value);
    _mm512_mask_storeu_epi32(x, (__mmask16)~word, v);
    _mm512_mask_storeu_epi32(x + 16, (__mmask16)(~word >> 16), v);
}

AVX512 static inline void put16_avx512(uint16_t *x, uint32_t word,
                                       uint16_t value)
{
    _mm512_mask_storeu_epi16(x, ~word, _mm512_set1_epi16((short)value));
}

LOOPS(avx512, AVX512)
#endif

/* --- 64-bit ARM ----------------------------------------------------------- */

#if defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>

static inline void unite64_neon(const uint32_t *const *row, uint32_t n,
                                uint32_t w, uint32_t *out)
{
    uint32x4_t all[UNITED / 4];
    for (uint32_t i = 0; i < UNITED / 4; i++) all[i] = vdupq_n_u32(0);
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = 0; i < UNITED / 4; i++)
            all[i] = vorrq_u32(all[i], vld1q_u32(row[r] + w + 4 * i));
    for (uint32_t i = 0; i < UNITED / 4; i++) vst1q_u32(out + 4 * i, all[i]);
}

static const uint8_t bits_neon[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                      1, 2, 4, 8, 16, 32, 64, 128};

/* Which of 16 lanes are all ones; others are 0. */
static inline uint32_t lanes_neon(uint8x16_t is)
{
    uint8x16_t bits = vandq_u8(is, vld1q_u8(bits_neon));
    return (uint32_t)vaddv_u8(vget_low_u8(bits)) |
           (uint32_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

/* Which of 16; an index beyond the table looks up 0. */
static inline uint32_t sixteen_neon(const uint8_t *p, uint8x16_t low)
{
    uint8x16_t x = vld1q_u8(p), bit = vld1q_u8(bits_neon);
    uint8x16_t with = vqtbl1q_u8(low, vandq_u8(x, vdupq_n_u8(0x8F)));
    return lanes_neon(vtstq_u8(with, vqtbl1q_u8(bit, vshrq_n_u8(x, 4))));
}

static inline uint32_t bytes_neon(const uint8_t *p, const AsciiTable *t)
{
    uint8x16_t low = vld1q_u8(t->low);
    return sixteen_neon(p, low) | sixteen_neon(p + 16, low) << 16;
}

/* Of the 16 bytes at `p`, each as the k-th of a gram. */
static inline uint8x16_t kinds_neon(const uint8_t *p, const GramTable *t,
                                    uint32_t k)
{
    uint8x16_t x = vld1q_u8(p);
    uint8x16_t low = vandq_u8(x, vdupq_n_u8(15)), high = vshrq_n_u8(x, 4);
    return vandq_u8(vqtbl1q_u8(vld1q_u8(t->low[k]), low),
                    vqtbl1q_u8(vld1q_u8(t->high[k]), high));
}

static inline uint32_t grams_neon(const uint8_t *p, const GramTable *t)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < 32; i += 16) {
        uint8x16_t all = kinds_neon(p + i, t, 0);
        for (uint32_t k = 1; k < 3; k++)
            all = vandq_u8(all, kinds_neon(p + i + k, t, k));
        bits |= lanes_neon(vtstq_u8(all, all)) << i;
    }
    return bits;
}

static inline bool same_neon(const uint32_t *a, const uint32_t *b)
{
    uint32x4_t other = vdupq_n_u32(0);
    for (uint32_t i = 0; i < 32; i += 4)
        other = vorrq_u32(other, veorq_u32(vld1q_u32(a + i), vld1q_u32(b + i)));
    return vmaxvq_u32(other) == 0;
}

static inline void put32_neon(uint32_t *x, uint32_t word, uint32_t value)
{
    static const uint32_t one[4] = {1, 2, 4, 8};
    uint32x4_t bit = vld1q_u32(one), v = vdupq_n_u32(value);
    for (uint32_t i = 0; i < 32; i += 4) {
        uint32x4_t keep = vtstq_u32(vdupq_n_u32(word >> i), bit);
        vst1q_u32(x + i, vbslq_u32(keep, vld1q_u32(x + i), v));
    }
}

static inline void put16_neon(uint16_t *x, uint32_t word, uint16_t value)
{
    static const uint16_t one[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    uint16x8_t bit = vld1q_u16(one), v = vdupq_n_u16(value);
    for (uint32_t i = 0; i < 32; i += 8) {
        uint16x8_t keep = vtstq_u16(vdupq_n_u16((uint16_t)(word >> i)), bit);
        vst1q_u16(x + i, vbslq_u16(keep, vld1q_u16(x + i), v));
    }
}

LOOPS(neon, )
#endif

/* --- the table ------------------------------------------------------------ */

#define VARIANT(V, RUNS_HERE)                                                  \
    {                                                                          \
#V, RUNS_HERE, unite_##V, scan_bytes_##V, scan_grams_##V, differ_##V,  \
            distance_##V, sum_##V, apply_32_##V, apply_16_##V                  \
    }

static const Kernels all[] = {
    VARIANT(plain, always),
#if defined(__x86_64__) && defined(__GNUC__)
    VARIANT(avx2, has_avx2),
    VARIANT(avx512, has_avx512),
#endif
#if defined(__aarch64__) && defined(__ARM_NEON)
    VARIANT(neon, always),
#endif
};

const Kernels *gr_kernels(size_t *n)
{
    *n = sizeof all / sizeof *all;
    return all;
}

/* From the end: the plain one, which is first, always runs. */
const Kernels *gr_kernels_best(void)
{
    size_t i = sizeof all / sizeof *all - 1;
    while (!all[i].runs_here()) i--;
    return &all[i];
}
