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

/* A merge, with and without bytes behind it, is each side by itself. */
static void check_merge(const char *p, size_t n)
{
    const char *space = memchr(p, ' ', n);
    size_t left = space ? (size_t)(space - p) : n, len[2] = {0, 0}, put[2];
    char want[128];
    bool good =
        space != NULL && left > 0 && left + 1 < n &&
        gr_bytelevel_decode(p, left, want, &len[0]) &&
        gr_bytelevel_decode(space + 1, n - left - 1, want + len[0], &len[1]);
    for (size_t k = 0; k < 2 * (GR_BYTELEVEL_SHORT + 1); k++) {
        size_t more = k / 2;
        char *in = malloc(n + more), *out = malloc(n + more);
        T(in != NULL && out != NULL);
        memset(in, k % 2 ? '\xA0' : 'x', n + more);
        memcpy(in, p, n);
        T_EQ(gr_bytelevel_merge(in, n, n + more, out, put), good);
        if (good) T(put[0] == len[0] && put[1] == len[1]);
        if (good) T(memcmp(out, want, len[0] + len[1]) == 0);
        free(in);
        free(out);
    }
}

/* Sides begin with a space or not, and are ASCII but for a letter or what is
 * none, anywhere. */
static void test_merges(void)
{
    static const char *const odd[] = {
        "",     "",         "",         "",         "",     " ",           "\n",
        "\x7F", "\xC4\xA0", "\xC3\x97", "\xC2\xA0", "\xC4", "\xE4\xB8\xAD"};
    char text[128];
    for (uint32_t seed = 1; seed <= 20000; seed++) {
        uint64_t x = gr_mix(seed);
        size_t n = 0;
        for (int side = 0; side < 2; side++) {
            if (side > 0 && x % 32 != 0) text[n++] = ' ';
            x = gr_mix(x + 1);
            uint32_t most = (uint32_t)(x >> 16) % 9,
                     at = (uint32_t)(x >> 24) % 9;
            if (x % 2) memcpy(text + n, "\xC4\xA0", 2), n += 2;
            for (uint32_t i = 0; i <= most; i++) {
                const char *other = odd[(x >> 32) % (sizeof odd / sizeof *odd)];
                if (i == at) memcpy(text + n, other, strlen(other));
                if (i == at) n += strlen(other);
                if (i < most) text[n++] = (char)('a' + (x >> i) % 26);
            }
        }
        if (n > 0) check_merge(text, n);
    }
}

int main(void)
{
    test_letters();
    test_runs();
    test_merges();
    return t_done();
}
