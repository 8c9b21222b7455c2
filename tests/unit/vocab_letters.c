/* The byte alphabet against its rule: a byte that prints in Latin-1 is its own
 * letter, the others are, in order, U+0100 and on. */
#include "../t.h"
#include "base/base.h"
#include "vocab/readers.h"

static bool prints(uint32_t b)
{
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
}

/* The letter of a byte. */
static uint32_t letter_of(uint32_t b)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < b; i++) before += !prints(i);
    return prints(b) ? b : 0x100 + before;
}

/* Decode p[0..n), with and without bytes that may be read behind it: *read and
 * the bytes are `want` each time. */
static void check(const char *p, size_t n, size_t read, const char *want,
                  size_t len)
{
    for (size_t more = 0; more <= 8; more += 8) {
        char *in = malloc(n + more + 1), *out = malloc(n + more + 1);
        size_t got = 99;
        T(in != NULL && out != NULL);
        memset(in + n, 'x', more + 1);
        memcpy(in, p, n);
        T_EQ(gr_bytelevel_run(in, n, n + more, out, &got), read);
        T_EQ(got, len);
        T(memcmp(out, want, len) == 0);
        T_EQ(gr_bytelevel_decode(in, n, out, &got), read == n);
        free(in);
        free(out);
    }
}

/* Every code point up to U+07FF: the letter of one byte, or of none. */
static void test_letters(void)
{
    for (uint32_t c = 0; c < 0x800; c++) {
        char text[4], byte = 0;
        uint32_t b = 0, n = gr_utf8_put(c, text);
        while (b < 256 && letter_of(b) != c) b++;
        byte = (char)(uint8_t)b;
        check(text, n, b < 256 ? n : 0, &byte, b < 256);
    }
}

/* Runs of letters of both kinds, drawn; then one that is none, and more. */
static void test_runs(void)
{
    static const char *const none[] = {
        "", " ", "\n", "\x7F", "\xC2\xA0", "\xC4", "\xE4\xB8\xAD", "\xC5\xBF"};
    char text[128], bytes[128];
    for (uint32_t seed = 1; seed <= 20000; seed++) {
        uint64_t x = gr_mix(seed);
        size_t n = 0, len = 0, left = x % 24;
        for (; len < left; len++) {
            x = gr_mix(x + 1);
            /* mostly ASCII, so that there are runs of eight */
            uint32_t b = x % 8 ? 'a' + (uint32_t)(x >> 8) % 26
                               : (uint32_t)(x >> 8) % 256;
            bytes[len] = (char)(uint8_t)b;
            n += gr_utf8_put(letter_of(b), text + n);
        }
        const char *end = none[x % 8];
        size_t read = n;
        memcpy(text + n, end, strlen(end));
        n += strlen(end);
        if (*end != 0)
            for (uint64_t k = x % 12; k > 0; k--) text[n++] = 'a';
        check(text, n, read, bytes, len);
    }
}

int main(void)
{
    test_letters();
    test_runs();
    return t_done();
}
