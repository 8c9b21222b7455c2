/* The table of keys against a search through all of them. */
#include "../t.h"
#include "vocab/recipe.h"

enum { MAX = 6000 };

static char text[1 << 18];
static uint32_t text_len, n_keys;
static GrSpan span[MAX];

static void add(const char *p, uint32_t n)
{
    memcpy(text + text_len, p, n);
    span[n_keys++] = (GrSpan){text_len, n};
    text_len += n;
}

static uint32_t naive(const char *p, uint32_t n)
{
    for (uint32_t i = 0; n > 0 && i < n_keys; i++)
        if (span[i].len == n && memcmp(text + span[i].at, p, n) == 0) return i;
    return UINT32_MAX;
}

/* Each key, and each with another byte or another length: alone, from a copy
 * behind which nothing can be read, and in a batch. */
static void check(void)
{
    GrEnv env;
    GrKeys k;
    GrBatch b;
    char copy[64];
    gr_env_init(&env, NULL, 0, 0);
    const GrBytes all = {text, text_len};
    T_EQ(gr_keys_init(&env, &k, all, span, n_keys), GRAM_OK);
    for (uint32_t i = 0; i < n_keys; i++) {
        uint32_t n = span[i].len, from = span[i].at;
        b.n = 3;
        b.span[0] = span[i];
        b.span[1] = (GrSpan){from, n + (from + n < text_len)};
        b.span[2] = (GrSpan){from, n - (n > 0)};
        gr_batch_run(&k, all, &b);
        for (uint32_t j = 0; j < 3; j++) {
            GrSpan s = b.span[j];
            uint32_t want = naive(text + s.at, s.len);
            T_EQ(b.id[j], want);
            if (s.len > sizeof copy) continue;
            memcpy(copy + sizeof copy - s.len, text + s.at, s.len);
            T_EQ(gr_keys_find(&k, copy + sizeof copy - s.len, s.len), want);
            if (s.len > 0) copy[sizeof copy - 1 - i % s.len] ^= 1;
            T_EQ(gr_keys_find(&k, copy + sizeof copy - s.len, s.len),
                 naive(copy + sizeof copy - s.len, s.len));
        }
    }
    gr_keys_clear(&env, &k);
    T_EQ(env.used, 0);
    text_len = n_keys = 0;
}

/* Short and long ones, many of them equal or beginnings of others. */
static void test_drawn(void)
{
    for (uint32_t seed = 1; seed <= 8; seed++) {
        uint64_t x = gr_mix(seed);
        for (uint32_t i = 0; i < 400; i++) {
            char key[40];
            uint32_t n = (uint32_t)(x = gr_mix(x + 1)) % (seed % 2 ? 6 : 40);
            for (uint32_t j = 0; j < n; j++)
                key[j] = (char)('a' + (x >> (j % 16) & (seed > 4 ? 7 : 1)));
            add(key, n);
        }
        check();
    }
}

/* What hashes alike because only the middle differs is told apart with another
 * seed: more of them than a search may pass. */
static void test_middles(void)
{
    char key[32];
    for (uint32_t i = 0; i < 3000; i++) {
        sprintf(key, "<beginning>%05u<the end>", i);
        add(key, (uint32_t)strlen(key));
    }
    check();
}

int main(void)
{
    test_drawn();
    test_middles();
    return t_done();
}
