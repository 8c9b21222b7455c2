/* The kernels of this processor give what the plain ones give, and those
 * what the definition says. */
#include "mask/kernels.h"
#include "mask/mask.h"
#include "t.h"

enum { WORDS = 200 };

/* Rows at any address, none or many, of more words than a kernel takes in one
 * go, and of fewer. */
static void check_union(const Kernels *k, uint64_t *seed)
{
    enum { MOST = 70 };
    uint32_t at[MOST * WORDS + 4], out[WORDS + 1];
    const uint32_t *row[MOST];
    uint32_t n = (uint32_t)(t_random(seed) % (MOST + 1));
    uint32_t words = (uint32_t)(t_random(seed) % (WORDS + 1));
    for (uint32_t i = 0; i < n; i++)
        row[i] = at + i * WORDS + t_random(seed) % 4;
    for (uint32_t i = 0; i < MOST * WORDS + 4; i++)
        at[i] = 1u << t_random(seed) % 32 & (uint32_t)t_random(seed);
    out[words] = 7;
    k->unite(row, n, words, out);
    bool right = out[words] == 7;
    for (uint32_t w = 0; w < words; w++) {
        uint32_t all = 0;
        for (uint32_t i = 0; i < n; i++) all |= row[i][w];
        right &= out[w] == all;
    }
    T(right);
}

/* Bytes of all kinds, from any place on, against the definition. */
static void check_bytes(const Kernels *k, uint64_t *seed)
{
    enum { MOST = 200 };
    uint8_t bytes[MOST];
    uint32_t out[MOST / 32 + 1], from = (uint32_t)(t_random(seed) % 32);
    uint32_t n = (uint32_t)(t_random(seed) % (MOST - from));
    AsciiTable t;
    for (uint32_t i = 0; i < MOST; i++) bytes[i] = (uint8_t)t_random(seed);
    for (uint32_t i = 0; i < 16; i++) t.low[i] = (uint8_t)t_random(seed);
    k->scan_bytes(bytes + from, n, &t, out);
    bool right = true;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t b = bytes[from + i];
        bool in = b < 128 && t.low[b & 15] >> (b >> 4) & 1;
        right &= gr_bit_get(out, i) == in;
    }
    T(right);
    T(out[n / 32] >> n % 32 == 0);
}

/* The same of three in a row; there are two bytes behind the last place. */
static void check_grams(const Kernels *k, uint64_t *seed)
{
    enum { MOST = 200 };
    uint8_t bytes[MOST + 2];
    uint32_t out[MOST / 32 + 1], from = (uint32_t)(t_random(seed) % 32);
    uint32_t n = (uint32_t)(t_random(seed) % (MOST - from));
    GramTable t;
    for (uint32_t i = 0; i < MOST + 2; i++) bytes[i] = (uint8_t)t_random(seed);
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t j = 0; j < 16; j++) {
            t.low[i][j] = (uint8_t)(t_random(seed) & t_random(seed));
            t.high[i][j] = (uint8_t)t_random(seed);
        }
    k->scan_grams(bytes + from, n, &t, out);
    bool right = true;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t kinds = 0xFF;
        for (uint32_t j = 0; j < 3; j++) {
            uint8_t b = bytes[from + i + j];
            kinds &= t.low[j][b % 16] & t.high[j][b / 16];
        }
        right &= gr_bit_get(out, i) == (kinds != 0);
    }
    T(right);
    T(out[n / 32] >> n % 32 == 0);
}

/* Rows of any length that differ in a few places, or nowhere. */
static void check_differ(const Kernels *k, uint64_t *seed)
{
    enum { MOST = 150 };
    uint32_t a[MOST], b[MOST], n = (uint32_t)(t_random(seed) % (MOST + 1));
    for (uint32_t i = 0; i < MOST; i++) a[i] = (uint32_t)t_random(seed);
    memcpy(b, a, sizeof b);
    for (uint32_t i = t_random(seed) % 4; i > 0; i--)
        b[t_random(seed) % MOST] ^= 1u << t_random(seed) % 32;
    for (uint32_t at = 0; at <= n; at++) {
        uint32_t got = k->differ(a, b, at, n);
        while (at < n && a[at] == b[at]) at++;
        T_EQ(got, at);
    }
}

/* Exact as far as it matters, and beyond that only too much. */
static void check_distance(const Kernels *k, uint64_t *seed)
{
    enum { MOST = 400 };
    uint32_t a[MOST], b[MOST], n = (uint32_t)(t_random(seed) % (MOST + 1));
    uint32_t all = 0;
    for (uint32_t i = 0; i < MOST; i++)
        b[i] = (a[i] = (uint32_t)t_random(seed)) ^ (i % 7 ? 0 : i);
    for (uint32_t i = 0; i < n; i++) all += gr_bits_in(a[i] ^ b[i]);
    for (uint32_t most = 0; most < all + 3; most += 1 + most / 8) {
        uint32_t got = k->distance(a, b, n, most);
        T(all > most ? got > most && got <= all : got == all);
    }
}

/* Each bit adds the hash of its word, as far up as it stands. */
static void check_sum(const Kernels *k, uint64_t *seed)
{
    enum { MOST = 70 };
    uint32_t row[MOST], words = (uint32_t)(t_random(seed) % (MOST + 1));
    uint32_t n = 0, got;
    uint64_t sum = 0;
    for (uint32_t w = 0; w < MOST; w++)
        row[w] = (uint32_t)(t_random(seed) & t_random(seed) & t_random(seed));
    for (uint32_t i = 0; i < 32 * words; i++) {
        if (!gr_bit_get(row, i)) continue;
        sum += word_hash(i / 32) << i % 32;
        n++;
    }
    T(k->sum(row, words, &got) == sum);
    T_EQ(got, n);
}

static uint32_t negative(gram_logits type)
{
    return type == GRAM_LOGITS_F32   ? 0xFF800000u
           : type == GRAM_LOGITS_F16 ? 0xFC00u
                                     : 0xFF80u;
}

/* Against the definition, number by number; what lies between rows and
 * behind them is left alone. */
static void check_apply(const Kernels *k, gram_logits type, uint64_t *seed)
{
    enum { MOST = 200, ROWS = 3 };
    uint32_t masks[ROWS * 7], was[ROWS * MOST], now[ROWS * MOST];
    size_t each = type == GRAM_LOGITS_F32 ? 4 : 2, words = t_random(seed) % 8;
    size_t width = t_random(seed) % (MOST - 20);
    size_t stride = width + t_random(seed) % 20;
    for (size_t i = 0; i < ROWS * 7; i++) {
        uint64_t r = t_random(seed);
        masks[i] = r % 3 == 0 ? 0 : r % 3 == 1 ? ~0u : (uint32_t)(r >> 32);
    }
    for (size_t i = 0; i < ROWS * MOST; i++) was[i] = (uint32_t)t_random(seed);
    memcpy(now, was, sizeof now);
    if (words > 7) words = 7;
    if (k != NULL)
        for (size_t r = 0; r < ROWS; r++)
            gr_mask_apply(k, (char *)now + r * stride * each, type, width,
                          masks + r * words, (uint32_t)words);
    else
        T(gram_apply_mask(now, type, width, ROWS, stride, masks, words) ==
          GRAM_OK);
    bool right = true;
    for (size_t i = 0; i < ROWS * MOST * 4 / each; i++) {
        size_t r = stride ? i / stride : ROWS, t = stride ? i % stride : 0;
        uint32_t a = 0, b = 0;
        memcpy(&a, (char *)was + i * each, each);
        memcpy(&b, (char *)now + i * each, each);
        bool in = r < ROWS && t < width;
        bool set = in && t / 32 < words &&
                   masks[r * words + t / 32] >> t % 32 & 1;
        right &= b == (in && !set ? negative(type) : a);
    }
    T(right);
}

static void check_arguments(void)
{
    uint32_t x[4] = {0}, m[1] = {0};
    T(gram_apply_mask(NULL, GRAM_LOGITS_F32, 4, 1, 0, m, 1) == GRAM_E_ARGUMENT);
    T(gram_apply_mask(x, GRAM_LOGITS_F32, 4, 1, 0, NULL, 1) == GRAM_E_ARGUMENT);
    T(gram_apply_mask(x, GRAM_LOGITS_F32, 4, 1, 3, m, 1) == GRAM_E_ARGUMENT);
    T(gram_apply_mask(x, (gram_logits)3, 4, 1, 0, m, 1) == GRAM_E_ARGUMENT);
    T(gram_apply_mask(NULL, GRAM_LOGITS_F32, 0, 1, 0, NULL, 0) == GRAM_OK);
}

int main(void)
{
    uint64_t seed = t_seed();
    size_t n;
    const Kernels *k = gr_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        if (!k[i].runs_here()) {
            T_SKIP("%s: not on this processor", k[i].name);
            continue;
        }
        for (int j = 0; j < 20; j++) check_union(&k[i], &seed);
        for (int j = 0; j < 300; j++) check_bytes(&k[i], &seed);
        for (int j = 0; j < 300; j++) check_grams(&k[i], &seed);
        for (int j = 0; j < 300; j++) check_differ(&k[i], &seed);
        for (int j = 0; j < 300; j++) check_distance(&k[i], &seed);
        for (int j = 0; j < 300; j++) check_sum(&k[i], &seed);
        for (int j = 0; j < 300; j++)
            check_apply(&k[i], (gram_logits)(j % 3), &seed);
    }
    for (int j = 0; j < 300; j++)
        check_apply(NULL, (gram_logits)(j % 3), &seed);
    check_arguments();
    T(gr_kernels_best()->runs_here());
    return t_done();
}
