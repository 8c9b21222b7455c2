/* base: UTF-8 against the grammar of RFC 3629, section 4, exhaustively. */
#include "base/base.h"
#include "tests/t.h"

/* A line of the RFC's ABNF: the ranges of the first two bytes (the others
 * are 80-BF) and the length. */
static const struct {
    uint8_t lo0, hi0, lo1, hi1;
    uint32_t len;
} rfc[] = {
    {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool tails(const uint8_t *b, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (b[i] < 0x80 || b[i] > 0xBF) return false;
    return true;
}

/* The length of the character at b, or 0. */
static uint32_t rfc_length(const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < sizeof rfc / sizeof *rfc; i++) {
        if (b[0] < rfc[i].lo0 || b[0] > rfc[i].hi0) continue;
        if (n < rfc[i].len) return 0;
        if (rfc[i].len > 1 && (b[1] < rfc[i].lo1 || b[1] > rfc[i].hi1))
            continue;
        return tails(b, 2, rfc[i].len) ? rfc[i].len : 0;
    }
    return 0;
}

static uint32_t rfc_value(const uint8_t *b, uint32_t len)
{
    uint32_t c = len == 1 ? b[0] : b[0] & (0x7Fu >> len);
    for (uint32_t i = 1; i < len; i++) c = c * 64 + (b[i] - 0x80);
    return c;
}

/* Both agree on what begins at b. */
static bool same(const uint8_t *b, size_t n)
{
    uint32_t len = 77, want = rfc_length(b, n);
    uint32_t c = gr_utf8_get(b, n, &len);
    if (want == 0) return c == UINT32_MAX && len == 1;
    return c == rfc_value(b, want) && len == want;
}

static void every_code_point(void)
{
    int wrong = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char b[4];
        uint32_t n = gr_utf8_put(c, b), len = 0;
        bool surrogate = c >= 0xD800 && c < 0xE000;
        uint32_t back = gr_utf8_get(b, n, &len);
        if (surrogate)
            wrong += back != UINT32_MAX || n != 3;
        else
            wrong += back != c || len != n || gr_utf8_valid(b, n) != n;
        /* every proper prefix is refused */
        for (uint32_t k = 1; k < n; k++)
            wrong += gr_utf8_get(b, k, &len) != UINT32_MAX || len != 1;
    }
    T_EQ(wrong, 0);
}

static void every_short_sequence(void)
{
    int wrong = 0;
    for (uint32_t x = 0; x < 1u << 24; x++) {
        uint8_t b[3] = {(uint8_t)(x >> 16), (uint8_t)(x >> 8), (uint8_t)x};
        wrong += !same(b, 3);
        if ((x & 0xFF) == 0) wrong += !same(b, 2);
        if ((x & 0xFFFF) == 0) wrong += !same(b, 1);
    }
    T_EQ(wrong, 0);
}

/* All leads and second bytes, with third and fourth bytes at the edges. */
static void four_bytes(void)
{
    static const uint8_t edge[] = {0x00, 0x7F, 0x80, 0x81,
                                   0xBE, 0xBF, 0xC0, 0xFF};
    int wrong = 0;
    for (uint32_t x = 0; x < 1u << 16; x++) {
        for (size_t i = 0; i < 64; i++) {
            uint8_t b[4] = {(uint8_t)(x >> 8), (uint8_t)x, edge[i / 8],
                            edge[i % 8]};
            wrong += !same(b, 4);
        }
    }
    T_EQ(wrong, 0);
}

static size_t slow_valid(const uint8_t *b, size_t n)
{
    size_t i = 0;
    while (i < n) {
        uint32_t len = rfc_length(b + i, n - i);
        if (len == 0) break;
        i += len;
    }
    return i;
}

/* Texts of valid characters with one byte spoilt. */
static void valid_prefixes(void)
{
    uint64_t seed = t_seed();
    int wrong = 0;
    for (int round = 0; round < 20000; round++) {
        uint8_t b[40];
        uint32_t n = 0;
        while (n < 36) {
            uint32_t c = (uint32_t)(t_random(&seed) >> 43) >>
                         (t_random(&seed) % 21);
            if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) continue;
            n += gr_utf8_put(c, (char *)b + n);
        }
        wrong += gr_utf8_valid(b, n) != n;
        b[t_random(&seed) % n] = (uint8_t)t_random(&seed);
        uint32_t cut = (uint32_t)(t_random(&seed) % n);
        wrong += gr_utf8_valid(b, cut) != slow_valid(b, cut);
    }
    T_EQ(wrong, 0);
    T_EQ(gr_utf8_valid("", 0), 0);
    T_EQ(gr_utf8_valid("a\xF0\x9F\x98", 4), 1);
    T_EQ(gr_utf8_valid("a\0b", 3), 3);
}

int main(void)
{
    every_code_point();
    every_short_sequence();
    four_bytes();
    valid_prefixes();
    return t_done();
}
