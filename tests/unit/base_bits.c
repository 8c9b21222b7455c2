/* base: bit sets against an array of bool. */
#include "base/base.h"
#include "tests/t.h"

enum { N = 200, WORDS = 7 };

/* Every interval from..to of a 200-bit set, over what was there before. */
static void fill_every_interval(void)
{
    int wrong = 0;
    for (uint32_t from = 0; from <= N; from++) {
        for (uint32_t to = 0; to <= N; to++) {
            uint32_t w[WORDS] = {0}, count = to > from ? to - from : 0;
            gr_bit_fill(w, from, to);
            for (uint32_t i = 0; i < WORDS * 32; i++)
                wrong += gr_bit_get(w, i) != (i >= from && i < to);
            wrong += gr_bit_count(w, WORDS) != count;
        }
    }
    T_EQ(wrong, 0);
}

static void fill_keeps_other_bits(void)
{
    uint32_t w[4];
    memset(w, 0xA5, sizeof w);
    gr_bit_fill(w, 40, 90);
    int wrong = 0;
    for (uint32_t i = 0; i < 128; i++) {
        bool before = 0xA5A5A5A5u >> (i & 31) & 1;
        wrong += gr_bit_get(w, i) != (before || (i >= 40 && i < 90));
    }
    T_EQ(wrong, 0);
}

static void set_and_clear(void)
{
    uint64_t seed = t_seed();
    uint32_t w[WORDS] = {0};
    bool naive[N] = {0};
    int wrong = 0;
    for (int step = 0; step < 20000; step++) {
        uint32_t i = (uint32_t)(t_random(&seed) % N);
        naive[i] = t_random(&seed) & 1;
        naive[i] ? gr_bit_set(w, i) : gr_bit_clear(w, i);
        uint32_t j = (uint32_t)(t_random(&seed) % N);
        wrong += gr_bit_get(w, j) != naive[j];
    }
    uint32_t count = 0;
    for (int i = 0; i < N; i++) count += naive[i];
    T_EQ(wrong, 0);
    T_EQ(gr_bit_count(w, WORDS), count);
}

static void word_counts(void)
{
    T_EQ(gr_bit_words(0), 0);
    T_EQ(gr_bit_words(1), 1);
    T_EQ(gr_bit_words(32), 1);
    T_EQ(gr_bit_words(33), 2);
    T_EQ(gr_bit_words(UINT32_MAX), 1u << 27);
    T_EQ(gr_bit_count(NULL, 0), 0);
    gr_bit_fill(NULL, 5, 5);
    gr_bit_fill(NULL, 6, 5);
}

int main(void)
{
    fill_every_interval();
    fill_keeps_other_bits();
    set_and_clear();
    word_counts();
    return t_done();
}
