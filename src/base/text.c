/* Bit sets and UTF-8 (RFC 3629: shortest form, no surrogates, to 10FFFF).
 *
 * UTF-8 is checked where bytes come in (JSON, grammars, vocabularies) and where
 * messages go out; in between, machines work on bytes.  Overlong forms must be
 * refused, not only decoded: two spellings of one character would be two
 * strings to a byte machine. */
#include "base/base.h"

/* Whole words between a head and a tail; the shifts stay below 32, which is why
 * the tail is counted from the last bit and not from `to`. */
void gr_bit_fill(uint32_t *w, uint32_t from, uint32_t to)
{
    if (from >= to) return;
    uint32_t a = from >> 5, b = (to - 1) >> 5;
    uint32_t head = UINT32_MAX << (from & 31);
    uint32_t tail = UINT32_MAX >> (31 - ((to - 1) & 31));
    if (a == b) {
        w[a] |= head & tail;
        return;
    }
    w[a] |= head;
    for (uint32_t i = a + 1; i < b; i++) w[i] = UINT32_MAX;
    w[b] |= tail;
}

uint32_t gr_bit_count(const uint32_t *w, uint32_t words)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++) n += gr_bits_in(w[i]);
    return n;
}

/*     bytes   first byte   least       masks of the first byte
 *     1       00 .. 7F
 *     2       C2 .. DF     80          1F = 3F >> 1
 *     3       E0 .. EF     800         0F = 3F >> 2
 *     4       F0 .. F4     10000       07 = 3F >> 3
 * C0, C1 and F5 up can begin no shortest form at all. */
uint32_t gr_utf8_get(const void *p, size_t n, uint32_t *len)
{
    const unsigned char *b = p;
    *len = 1;
    if (b[0] < 0x80) return b[0];
    /* continuation bytes 80 .. BF fall under 1 here and are refused below */
    uint32_t more = b[0] >= 0xF0 ? 3 : b[0] >= 0xE0 ? 2 : 1;
    if (b[0] < 0xC2 || b[0] > 0xF4 || n <= more) return UINT32_MAX;
    uint32_t c = b[0] & (0x3Fu >> more);
    for (uint32_t i = 1; i <= more; i++) {
        if ((b[i] & 0xC0) != 0x80) return UINT32_MAX;
        c = c << 6 | (b[i] & 0x3F);
    }
    static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
    /* overlong, behind the last code point, or half of a surrogate pair */
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return UINT32_MAX;
    *len = more + 1;
    return c;
}

/* F00 >> len, cut to the upper half, is C0, E0 or F0: len ones and a zero. */
uint32_t gr_utf8_put(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    uint32_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (uint32_t i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((0xF00u >> len & 0xF0) | c);
    return len;
}

size_t gr_utf8_valid(const void *p, size_t n)
{
    const char *b = p;
    size_t i = 0;
    while (i < n) {
        uint32_t len;
        if (gr_utf8_get(b + i, n - i, &len) == UINT32_MAX) break;
        i += len;
    }
    return i;
}
