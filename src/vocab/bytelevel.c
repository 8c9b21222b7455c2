/* The GPT-2 byte alphabet, ▁ and <0xHH>: how files spell bytes as text.
 *
 * GPT-2 writes each byte as one printable character: bytes that print in
 * Latin-1 stand for themselves, the 68 others are, in order, the code points
 * from U+0100 on (the function bytes_to_unicode of its encoder.py). */
#include "vocab/readers.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

const char gr_gpt2_pattern[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
    "|\\s+(?!\\S)|\\s+";

/* The byte that U+0080 and the characters behind it stand for, and one; 0:
 * none.  A look-up, since no processor guesses which byte of a character of
 * another script comes next; a test compares it with the rule above. */
static const uint16_t letter[256] = {
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   162, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173,
    0,   175, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 188,
    189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 202, 203,
    204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215, 216, 217, 218,
    219, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233,
    234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248,
    249, 250, 251, 252, 253, 254, 255, 256, 1,   2,   3,   4,   5,   6,   7,
    8,   9,   10,  11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,
    23,  24,  25,  26,  27,  28,  29,  30,  31,  32,  33,  128, 129, 130, 131,
    132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146,
    147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161,
    174, 0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0};

/* How many of the eight bytes of w, from the lowest on, are their own letters
 * of ASCII, 21 to 7E?  A carry or borrow comes only from a byte that is none,
 * so the lowest that is told is right. */
static inline uint32_t count_plain(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t other = (w | (w + ones) | (w - 0x21 * ones)) & ones << 7;
    return other ? (uint32_t)__builtin_ctzll(other) / 8 : 8;
}

/* What is left of a text, and where its bytes go. */
typedef struct Run {
    const uint8_t *p, *end;
    const uint8_t *room; /* up to here bytes may be read, and as many written */
    char *out;
} Run;

/* Letters that stand for themselves, up to one that does not. */
static inline void copy_plain(Run *x)
{
    uint32_t n = 8;
    while (n == 8 && x->room - x->p >= 8) {
        memcpy(x->out, x->p, 8);
        n = count_plain(gr_load_u64(x->p));
        if (n >= x->end - x->p) n = (uint32_t)(x->end - x->p);
        x->p += n;
        x->out += n;
    }
    if (n < 8) return;
    while (x->p < x->end && *x->p - 0x21u < 0x7F - 0x21)
        *x->out++ = (char)*x->p++;
}

/* Characters beyond ASCII, which in the alphabet have two bytes, C2 80 to C5 BF
 * at most; up to one that is none. */
static inline void decode_pairs(Run *x)
{
    while (x->end - x->p >= 2) {
        uint32_t first = x->p[0] - 0xC2u, next = x->p[1] - 0x80u;
        if (first >= 4 || next >= 0x40) break;
        uint32_t byte = letter[first << 6 | next];
        if (byte == 0) break;
        *x->out++ = (char)(uint8_t)(byte - 1);
        x->p += 2;
    }
}

/* Both kinds take turns, until there is none of either. */
size_t gr_bytelevel_run(const char *p, size_t n, size_t room, char *out,
                        size_t *out_len)
{
    const uint8_t *b = (const uint8_t *)p, *before;
    Run x = {b, b + n, b + room, out};
    do {
        copy_plain(&x);
        before = x.p;
        decode_pairs(&x);
    } while (x.p > before && x.p < x.end);
    *out_len = (size_t)(x.out - out);
    return (size_t)(x.p - b);
}

#if defined(__SSE2__)
/* The byte that the two at p stand for, and one; 0: they are no letter. */
static inline uint32_t pair_at(const uint8_t *p)
{
    uint32_t first = p[0] - 0xC2u, next = p[1] - 0x80u;
    uint32_t byte = letter[(first << 6 | (next & 0x3F)) & 0xFF];
    return byte & (0 - (uint32_t)((first < 4) & (next < 0x40)));
}

/* What `first` says, a byte and one or 0, and behind it letters of ASCII. */
static inline void put_letters(const uint8_t *p, uint32_t first, char *out)
{
    const uint32_t is = first > 0;
    *out = (char)(uint8_t)(first - 1); /* if not, it is written over */
    memcpy(out + is, p + 2 * is, GR_BYTELEVEL_SHORT);
}

/* Three merges of four are short, and of letters of ASCII but for a space that
 * either side begins with: no branch asks where, or whether.  False: it is none
 * of these. */
static inline bool short_merge(const uint8_t *p, uint32_t n, char *out,
                               size_t put[2])
{
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p),
                  plain = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8(0x20)),
                                        _mm_cmplt_epi8(x, _mm_set1_epi8(0x7F)));
    const uint32_t all = (1u << n) - 1, last = 1u << 31,
                   space = (uint32_t)_mm_movemask_epi8(
                       _mm_cmpeq_epi8(x, _mm_set1_epi8(' '))),
                   at = (uint32_t)__builtin_ctz(space | last),
                   to = at + 1 < n ? at + 1 : 0;
    const uint32_t left = pair_at(p), right = pair_at(p + to);
    uint32_t good = (left > 0 ? 3 : 0) | (right > 0 ? 3u << to : 0);
    const bool fits = (good & ~all) == 0;
    good |= (uint32_t)_mm_movemask_epi8(plain) | 1u << at;
    if (at == 0 || to == 0 || !fits || (good & all) != all) return false;
    put[0] = at - (left > 0);
    put[1] = n - to - (right > 0);
    put_letters(p, left, out);
    put_letters(p + to, right, out + put[0]);
    return true;
}
#endif

bool gr_bytelevel_merge(const char *p, size_t n, size_t room, char *out,
                        size_t put[2])
{
#if defined(__SSE2__)
    if (n <= GR_BYTELEVEL_SHORT && room >= n + GR_BYTELEVEL_SHORT &&
        short_merge((const uint8_t *)p, (uint32_t)n, out, put))
        return true;
#endif
    size_t left = gr_bytelevel_run(p, n, room, out, &put[0]);
    if (left == 0 || left == n || p[left] != ' ') return false;
    left++;
    return left < n && gr_bytelevel_run(p + left, n - left, room - left,
                                        out + put[0], &put[1]) == n - left;
}

bool gr_bytelevel_decode(const char *p, size_t n, char *out, size_t *out_len)
{
    return gr_bytelevel_run(p, n, n, out, out_len) == n;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int gr_byte_piece(const char *p, size_t n)
{
    if (n != 6 || memcmp(p, "<0x", 3) != 0 || p[5] != '>') return -1;
    int high = hex_digit(p[3]), low = hex_digit(p[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t gr_metaspace_decode(const char *p, size_t n, char *out)
{
    size_t put = 0;
    for (size_t i = 0; i < n; put++) {
        bool meta = n - i >= 3 && memcmp(p + i, "\xE2\x96\x81", 3) == 0;
        out[put] = meta ? ' ' : p[i];
        i += meta ? 3 : 1;
    }
    return put;
}
