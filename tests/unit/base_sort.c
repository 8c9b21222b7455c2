/* base: sorting.  Random arrays of several element sizes, few and many equal
 * elements, and orders that are bad for other methods; the number of
 * comparisons is bounded in all of them. */
#include "base/sort.h"
#include "tests/t.h"

enum { MOST = 3000, WIDEST = 100 };

static unsigned long comparisons;

/* The first four bytes; what is behind them must travel along. */
static int by_key(const void *a, const void *b)
{
    uint32_t x, y;
    comparisons++;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void put(char *at, uint32_t key, size_t size)
{
    memcpy(at, &key, sizeof key);
    for (size_t i = sizeof key; i < size; i++) at[i] = (char)(key * 31 + i * 7);
}

/* Every element is as put() made it, and no smaller than the one before; the
 * keys together are those that were put. */
static void check(const char *at, size_t n, size_t size, uint64_t sum)
{
    uint32_t last = 0, key;
    int wrong = 0;
    for (size_t i = 0; i < n; i++, last = key) {
        char whole[WIDEST];
        memcpy(&key, at + i * size, sizeof key);
        put(whole, key, size);
        wrong += key < last || memcmp(whole, at + i * size, size) != 0;
        sum -= key * (uint64_t)key + 1;
    }
    T_OK(wrong == 0 && sum == 0, "%zu elements of %zu bytes", n, size);
}

static uint32_t key_of(int order, size_t i, size_t n, uint64_t *seed)
{
    switch (order) {
    case 0: return (uint32_t)i;
    case 1: return (uint32_t)(n - i);
    case 2: return 7;
    case 3: return (uint32_t)(i < n / 2 ? i : n - i);
    case 4: return (uint32_t)(t_random(seed) % 4);
    default: return (uint32_t)t_random(seed);
    }
}

static void sort_words(int order, size_t n, size_t size, uint64_t *seed)
{
    char *at = malloc(n * size + 1), *spare = malloc(n * size + 1);
    uint64_t sum = 0;
    if (at == NULL || spare == NULL) abort();
    for (size_t i = 0; i < n; i++) {
        uint32_t key = key_of(order, i, n, seed);
        put(at + i * size, key, size);
        sum += key * (uint64_t)key + 1;
    }
    gr_sort_by_first(at, spare, n, size);
    check(at, n, size, sum);
    free(at);
    free(spare);
}

/* Of elements with one word the first stays first. */
static void sort_stable(int order, uint64_t *seed)
{
    static uint32_t at[MOST][2], spare[MOST][2];
    int wrong = 0;
    for (uint32_t i = 0; i < MOST; i++) {
        at[i][0] = key_of(order, i, MOST, seed);
        at[i][1] = i;
    }
    gr_sort_by_first(at, spare, MOST, sizeof at[0]);
    for (uint32_t i = 1; i < MOST; i++)
        wrong += at[i][0] < at[i - 1][0] ||
                 (at[i][0] == at[i - 1][0] && at[i][1] < at[i - 1][1]);
    T_OK(wrong == 0, "order %d: %d of %d", order, wrong, MOST);
}

static void sort_one(int order, size_t n, size_t size, uint64_t *seed)
{
    char *at = malloc(n * size + 1);
    uint64_t sum = 0;
    if (at == NULL) abort();
    for (size_t i = 0; i < n; i++) {
        uint32_t key = key_of(order, i, n, seed);
        put(at + i * size, key, size);
        sum += key * (uint64_t)key + 1;
    }
    comparisons = 0;
    gr_sort(at, n, size, by_key);
    check(at, n, size, sum);
    unsigned long log = 1;
    while (n >> log) log++;
    T_OK(comparisons <= 2 * n * (log + 1), "order %d: %lu comparisons of %zu",
         order, comparisons, n);
    free(at);
}

int main(void)
{
    static const size_t sizes[] = {4, 8, 24, 63, 64, 65, WIDEST};
    uint64_t seed = t_seed();
    for (int order = 0; order < 6; order++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            for (size_t n = 0; n < 12; n++) {
                sort_one(order, n, sizes[i], &seed);
                sort_words(order, n, sizes[i], &seed);
            }
            sort_one(order, t_random(&seed) % MOST, sizes[i], &seed);
            sort_one(order, MOST, sizes[i], &seed);
            sort_words(order, t_random(&seed) % MOST, sizes[i], &seed);
        }
        sort_stable(order, &seed);
    }
    return t_done();
}
