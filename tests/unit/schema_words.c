/* Lists of numbers, sorted: against a sort by insertion, in every order that
 * lists come in. */
#include "schema/words.h"
#include "tests/t.h"

enum { MOST = 3000, ROUNDS = 60 };

static uint64_t seed;

static uint64_t pair_at(const uint32_t *at, uint32_t i)
{
    return gr_pair(at[2 * i], at[2 * i + 1]);
}

/* Ascending, descending, any, few different ones, two runs. */
static uint32_t value(int order, uint32_t i, uint32_t n)
{
    uint32_t any = (uint32_t)t_random(&seed);
    switch (order) {
    case 0: return i;
    case 1: return n - i;
    case 2: return any;
    case 3: return any % 7;
    default: return i < n / 2 ? 2 * i : i;
    }
}

static void insert(uint64_t *at, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t j = i; j > 0 && at[j - 1] > at[j]; j--) {
            uint64_t x = at[j];
            at[j] = at[j - 1];
            at[j - 1] = x;
        }
}

static void check(int order, uint32_t n)
{
    static uint32_t word[MOST], pair[2 * MOST];
    static uint64_t sorted[MOST], pairs[MOST];
    bool same = true;
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = word[i] = value(order, i, n);
        pair[2 * i] = value(order, i, n);
        pair[2 * i + 1] = value(3, i, n);
        pairs[i] = pair_at(pair, i);
    }
    insert(sorted, n);
    insert(pairs, n);
    sm_sort_words(word, n);
    sm_sort_pairs(pair, n);
    for (uint32_t i = 0; i < n; i++)
        same = same && word[i] == sorted[i] && pair_at(pair, i) == pairs[i];
    T_OK(same, "order %d of %u", order, (unsigned)n);
    uint32_t m = sm_sort_unique(word, n);
    for (uint32_t i = 1; i < m; i++) same = same && word[i - 1] < word[i];
    for (uint32_t i = 0; i < n; i++)
        same = same && sm_has_word(word, m, (uint32_t)sorted[i]);
    T_OK(same, "order %d of %u, each once", order, (unsigned)n);
}

int main(void)
{
    seed = t_seed();
    sm_sort_words(NULL, 0);
    for (int order = 0; order < 5; order++) {
        for (int i = 0; i < ROUNDS; i++)
            check(order, (uint32_t)(t_random(&seed) % 100));
        check(order, MOST);
    }
    return t_done();
}
