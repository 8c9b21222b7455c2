/* The kernels of this processor give what the plain ones give. */
#include "mask/kernels.h"
#include "t.h"

enum { WORDS = 37 };

/* Few or many bits, so that all of a word agree now and then. */
static uint64_t random_bits(uint64_t *seed)
{
    uint64_t a = t_random(seed), b = t_random(seed), c = t_random(seed);
    switch (c % 4) {
    case 0: return a & b & c;
    case 1: return a | b;
    case 2: return 0;
    default: return (uint64_t)1 << (a % 64);
    }
}

static void check_scans(const Kernels *k, uint64_t *seed)
{
    uint64_t sig[WORDS * 32], inside = random_bits(seed),
                              outside = random_bits(seed) & ~inside;
    uint32_t yes[2][WORDS], maybe[2][WORDS], any[2][WORDS];
    size_t n;
    const Kernels *plain = gr_kernels(&n);
    for (uint32_t i = 0; i < WORDS * 32; i++) sig[i] = random_bits(seed);
    plain->scan_class(sig, WORDS, inside, outside, yes[0], maybe[0]);
    k->scan_class(sig, WORDS, inside, outside, yes[1], maybe[1]);
    plain->scan_any(sig, WORDS, inside, any[0]);
    k->scan_any(sig, WORDS, inside, any[1]);
    T(memcmp(yes[0], yes[1], sizeof yes[0]) == 0);
    T(memcmp(maybe[0], maybe[1], sizeof maybe[0]) == 0);
    T(memcmp(any[0], any[1], sizeof any[0]) == 0);
    for (uint32_t i = 0; i < WORDS * 32; i++) {
        bool in = (sig[i] & ~inside) == 0;
        T(gr_bit_get(yes[0], i) == in);
        T(gr_bit_get(maybe[0], i) == (!in && (sig[i] & outside) == 0));
        T(gr_bit_get(any[0], i) == ((sig[i] & inside) != 0));
    }
}

int main(void)
{
    uint64_t seed = t_seed();
    size_t n;
    const Kernels *k = gr_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        if (!k[i].runs_here()) {
            T_SKIP("%s: not on this processor", k[i].name);
            continue;
        }
        for (int j = 0; j < 20; j++) check_scans(&k[i], &seed);
    }
    T(gr_kernels_best()->runs_here());
    return t_done();
}
