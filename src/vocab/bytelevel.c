/* The GPT-2 byte alphabet, ▁ and <0xHH>: how files spell bytes as text.
 *
 * GPT-2 writes each byte as one printable character: bytes that print in
 * Latin-1 stand for themselves, the 68 others are, in order, the code points
 * from U+0100 on (the function bytes_to_unicode of its encoder.py). */
#include "vocab/readers.h"

const char gr_gpt2_pattern[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
    "|\\s+(?!\\S)|\\s+";

static bool is_own_letter(uint32_t b)
{
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) ||
           (b >= 0xAE && b <= 0xFF);
}

/* The byte that code point c stands for, or -1: the bytes without a letter
 * of their own are 00-20, 7F-A0 and AD. */
static int byte_of(uint32_t c)
{
    if (c < 0x100) return is_own_letter(c) ? (int)c : -1;
    if (c <= 0x120) return (int)(c - 0x100);
    if (c <= 0x142) return (int)(c - 0x121 + 0x7F);
    return c == 0x143 ? 0xAD : -1;
}

/* Are all four bytes their own letters of ASCII, 21 to 7E?  A carry or borrow
 * can only come from a byte that is none, so the answer is exact. */
static bool are_plain(uint32_t w)
{
    const uint32_t ones = 0x01010101u;
    return ((w | (w + ones) | (w - 0x21u * ones)) & ones << 7) == 0;
}

bool gr_bytelevel_decode(const char *p, size_t n, char *out, size_t *out_len)
{
    const uint8_t *b = (const uint8_t *)p;
    size_t put = 0;
    for (size_t at = 0; at < n; at++) {
        for (uint32_t w; n - at >= 4; at += 4, put += 4) {
            memcpy(&w, b + at, 4);
            if (!are_plain(w)) break;
            memcpy(out + put, &w, 4);
        }
        if (at == n) break;
        uint32_t c = b[at];
        if (c >= 0x21 && c <= 0x7E) { /* most are */
            out[put++] = (char)(uint8_t)c;
            continue;
        }
        /* beyond ASCII the alphabet has characters of two bytes only */
        if (c < 0xC2 || c > 0xC5 || at + 1 == n || (b[at + 1] & 0xC0) != 0x80)
            return false;
        int byte = byte_of((c & 0x1F) << 6 | (b[++at] & 0x3F));
        if (byte < 0) return false;
        out[put++] = (char)(uint8_t)byte;
    }
    *out_len = put;
    return true;
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
