/* What the bytes of a token say about characters: groups, cuts, length.
 *
 * The groups were chosen from what classes in schemas and grammars separate:
 * each ASCII punctuation mark alone (escapes, quotes, delimiters), the
 * controls that JSON tells apart, digits by the borders of binary and octal,
 * letters by the border of hexadecimal, and above ASCII the borders of
 * common script ranges.  A finer split of letters was rejected: each
 * group is a row of the pack, and a walk repairs what one cannot tell. */
#include "vocab/draft.h"

const uint32_t
    gr_sig_first[GR_SIG_GROUPS] = {0x00,   0x09,   0x0A,   0x0B,   0x0D,
                                   0x0E, /* controls */
                                   0x20,   0x21,   0x22,   0x23,   0x24,
                                   0x25,   0x26,   0x27,   0x28,   0x29,
                                   0x2A,   0x2B,   0x2C,   0x2D,   0x2E,
                                   0x2F,                 /* SP ! .. / */
                                   0x30,   0x32,   0x38, /* 01 2-7 89 */
                                   0x3A,   0x3B,   0x3C,   0x3D,   0x3E,
                                   0x3F,   0x40, /* : .. @ */
                                   0x41,   0x47,   0x5B,   0x5C,   0x5D,
                                   0x5E,   0x5F,   0x60, /* A-F G-Z [ .. ` */
                                   0x61,   0x67,   0x7B,   0x7C,   0x7D,
                                   0x7E,   0x7F, /* a-f g-z { .. DEL */
                                   0x80,   0xA0,   0xC0,   0x100,  0x250,
                                   0x370,  0x400,  0x530, /* Latin, Greek, .. */
                                   0x2000, 0x2070, 0x2E80, 0xA000, 0xE000,
                                   0x10000};

/* The groups of ASCII, looked up for every byte of every vocabulary. */
static const uint8_t ascii_group[128] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  2,  3,  3,  4,  5,  5,  5,  5,  5,
    5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  6,  7,  8,  9,  10, 11,
    12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 22, 23, 23, 23, 23, 23, 23, 24,
    24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 32, 32, 32, 32, 33, 33, 33, 33, 33,
    33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 34, 35, 36, 37,
    38, 39, 40, 40, 40, 40, 40, 40, 41, 41, 41, 41, 41, 41, 41, 41, 41, 41, 41,
    41, 41, 41, 41, 41, 41, 41, 41, 41, 42, 43, 44, 45, 46};

/* Above ASCII the group is how many borders lie at or below: a sum without a
 * branch, since no processor guesses the script of the next token. */
uint32_t gr_sig_group(uint32_t code_point)
{
    if (code_point < 128) return ascii_group[code_point];
    uint32_t group = ascii_group[127];
    for (uint32_t i = group + 1; i < GR_SIG_GROUPS; i++)
        group += gr_sig_first[i] <= code_point;
    return group;
}

/* Could p[0..n), n <= 3, be the beginning of a longer valid character? */
static bool is_cut_tail(const uint8_t *p, uint32_t n)
{
    uint32_t b = p[0], need = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
    if (b < 0xC2 || b > 0xF4 || n >= need) return false;
    if (n == 1) return true;
    uint32_t low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    uint32_t high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    return p[1] >= low && p[1] <= high && (n == 2 || (p[2] & 0xC0) == 0x80);
}

/* At most three continuation bytes may open a token: the rest of one
 * character that began before. */
static uint32_t head_bytes(const uint8_t *b, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && i < 3 && (b[i] & 0xC0) == 0x80) i++;
    return i;
}

/* The groups of eight characters of ASCII. */
static inline uint64_t ascii_signs(uint64_t w)
{
    uint64_t sig = 0;
    for (int i = 0; i < 64; i += 8)
        sig |= GR_SIG_BIT(ascii_group[w >> i & 0x7F]);
    return sig;
}

/* Three tokens of four are ASCII: eight bytes at once, since no processor
 * guesses where a token ends.  What is behind a short one is made its first
 * character again, and the last eight of a long one are taken twice.  0: it is
 * not ASCII. */
static uint64_t signs_if_ascii(const char *p, uint32_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101),
                   own = UINT64_MAX >> (64 - 8 * (n < 8 ? n : 8));
    uint64_t w = gr_load_u64(p), sig;
    w = (w & own) | ((w & 0xFF) * ones & ~own);
    if (w & ones << 7) return 0;
    sig = ascii_signs(w);
    for (uint32_t i = 8; i < n; i += 8) {
        w = gr_load_u64(p + (n - i < 8 ? n - 8 : i));
        if (w & ones << 7) return 0;
        sig |= ascii_signs(w);
    }
    return sig;
}

GrTokenFacts gr_token_facts(const char *p, uint32_t n)
{
    const uint8_t *b = (const uint8_t *)p;
    GrTokenFacts f = {n > 0 ? signs_if_ascii(p, n) : 0, 0, 0};
    if (f.sig != 0) {
        f.chars = (uint8_t)(n < 255 ? n : 255);
        return f;
    }
    uint32_t chars = 0, i = head_bytes(b, n), len;
    if (i > 0) f.flag |= GR_TOKEN_CUT_HEAD;
    for (; i < n; i += len) {
        const uint32_t from = i;
        while (i < n && b[i] < 0x80) f.sig |= GR_SIG_BIT(ascii_group[b[i++]]);
        chars += i - from;
        if (i == n) break;
        chars += (b[i] & 0xC0) != 0x80;
        uint32_t c = gr_utf8_get(p + i, n - i, &len);
        if (c != UINT32_MAX)
            f.sig |= GR_SIG_BIT(gr_sig_group(c)) | GR_SIG_BIT(GR_SIG_BEYOND);
        else if (n - i <= 3 && is_cut_tail(b + i, n - i)) {
            f.flag |= GR_TOKEN_CUT_TAIL;
            break;
        } else
            f.flag |= GR_TOKEN_NOT_UTF8;
    }
    if (f.flag) f.sig |= GR_SIG_BIT(GR_SIG_CUT);
    f.chars = (uint8_t)(chars < 255 ? chars : 255);
    return f;
}
