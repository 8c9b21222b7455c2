/* bytes.h: writing and reading the bytes of test files.
 *
 *     Bytes b = {0};
 *     bytes_text(&b, "{\"id\":%u}", 7);     formatted text
 *     bytes_number(&b, 300, 8);             little-endian
 *     ... b.at, b.n ...
 *     free(b.at);
 *
 * and the escapes that lines of tests/cases are written in. */
#ifndef TEST_BYTES_H
#define TEST_BYTES_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bytes {
    char *at; /* malloc'ed, or NULL */
    size_t n, cap;
} Bytes;

static inline void bytes_put(Bytes *b, const void *p, size_t n)
{
    if (b->n + n > b->cap) {
        b->cap = 2 * (b->n + n);
        b->at = realloc(b->at, b->cap);
        if (b->at == NULL) abort();
    }
    if (n > 0) memcpy(b->at + b->n, p, n);
    b->n += n;
}

static inline void bytes_string(Bytes *b, const char *s)
{
    bytes_put(b, s, strlen(s));
}

/* At most 511 bytes of formatted text. */
__attribute__((format(printf, 2, 3))) static inline void bytes_text(
    Bytes *b, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof line) abort();
    bytes_put(b, line, (size_t)n);
}

static inline void bytes_number(Bytes *b, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char c = (char)(uint8_t)(x >> 8 * i);
        bytes_put(b, &c, 1);
    }
}

/* A string of GGUF: its length in eight bytes, then itself. */
static inline void bytes_counted(Bytes *b, const char *s)
{
    bytes_number(b, strlen(s), 8);
    bytes_string(b, s);
}

static inline int bytes_hex(const char *s, size_t digits, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        const char *set = "0123456789abcdef", *at;
        at = s[i] == 0 ? NULL : strchr(set, s[i] >= 'A' ? s[i] | 32 : s[i]);
        if (at == NULL) return 0;
        *out = *out << 4 | (uint32_t)(at - set);
    }
    return 1;
}

static inline size_t bytes_utf8(uint32_t c, char *out)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(n == 1 ? c : n == 2 ? 0xC0 | c : 0xE0 | c);
    return n;
}

/* Decode \xHH (a byte), \uXXXX (UTF-8; surrogates as they are), \n \r \t, and
 * any other character behind a backslash, in place; returns the length.
 * `s` ends with a zero. */
static inline size_t bytes_unescape(char *s, size_t n)
{
    size_t out = 0;
    uint32_t x;
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '\\' || i + 1 >= n) {
            s[out++] = s[i];
        } else if (s[++i] == 'x' && i + 2 < n && bytes_hex(s + i + 1, 2, &x)) {
            s[out++] = (char)x;
            i += 2;
        } else if (s[i] == 'u' && i + 4 < n && bytes_hex(s + i + 1, 4, &x)) {
            out += bytes_utf8(x, s + out);
            i += 4;
        } else {
            char c = s[i];
            s[out++] = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
    }
    return out;
}

#endif
