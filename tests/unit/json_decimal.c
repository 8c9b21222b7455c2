/* Decimals against 128-bit arithmetic over every spelling of a small world,
 * and big ones by hand. */
#include "json/json.h"
#include "t.h"

__extension__ typedef __int128 Wide;

static GrEnv env;
static GrArena arena;

static GrDecimal dec(const char *s)
{
    GrDecimal d;
    T(gr_decimal_read(&env, &arena, s, strlen(s), &d) == GRAM_OK);
    return d;
}

/* The value of a spelling times 10^6, by plain arithmetic. */
static long scaled(const char *s)
{
    long v = 0, e = 0;
    int negative = *s == '-', places = 0;
    s += negative;
    for (; *s && *s != 'e'; s++) {
        if (*s == '.') {
            places = 1;
        } else {
            v = v * 10 + (*s - '0');
            if (places) places++;
        }
    }
    if (*s == 'e') e = strtol(s + 1, NULL, 10);
    e += 6 - (places ? places - 1 : 0);
    for (; e > 0; e--) v *= 10;
    return negative ? -v : v;
}

static int is_normal(const GrDecimal *d)
{
    if (d->n == 0) return d->exp == 0 && !d->negative;
    for (uint32_t i = 0; i < d->n; i++)
        if (d->digits[i] < '0' || d->digits[i] > '9') return 0;
    return d->digits[0] != '0' && d->digits[d->n - 1] != '0';
}

enum { N_MAX = 1200 };
static char spelling[N_MAX][16];
static GrDecimal value[N_MAX];
static long exact[N_MAX];
static int n_spellings;

static void spell_all(void)
{
    static const char *const whole[] = {"0", "1", "7", "10", "12", "90"};
    static const char *const part[] = {"", ".0", ".5", ".05", ".50", ".125"};
    static const char *const power[] = {"",    "e0",  "e1",   "e-1",
                                        "e+2", "e-2", "e-03", "e003"};
    for (int sign = 0; sign < 2; sign++)
        for (int w = 0; w < 6; w++)
            for (int p = 0; p < 6; p++)
                for (int e = 0; e < 8; e++) {
                    char *s = spelling[n_spellings];
                    sprintf(s, "%s%s%s%s", sign ? "-" : "", whole[w], part[p],
                            power[e]);
                    value[n_spellings] = dec(s);
                    exact[n_spellings++] = scaled(s);
                }
}

static void all_pairs(void)
{
    int wrong = 0;
    for (int i = 0; i < n_spellings; i++) {
        const GrDecimal *a = &value[i];
        long x = exact[i];
        wrong += !is_normal(a);
        wrong += gr_decimal_is_integer(a) != (x % 1000000 == 0);
        int64_t v = -1;
        bool fits = gr_decimal_to_int64(a, &v);
        wrong += fits != (x % 1000000 == 0) || (fits && v != x / 1000000);
        for (int k = 0; k < n_spellings; k++) {
            long y = exact[k];
            int c = gr_decimal_compare(a, &value[k]);
            wrong += c != (x > y) - (x < y);
            bool yes = false;
            if (y <= 0) continue;
            wrong += gr_decimal_divisible(&env, a, &value[k], &yes) != 0;
            wrong += yes != (x % y == 0);
        }
        if (wrong) {
            T_OK(wrong == 0, "%s", spelling[i]);
            return;
        }
    }
    T(n_spellings > 500);
}

static int divisible(const char *a, const char *b)
{
    GrDecimal x = dec(a), y = dec(b);
    bool yes = false;
    T(gr_decimal_divisible(&env, &x, &y, &yes) == GRAM_OK);
    return yes;
}

static void by_hand(void)
{
    T(divisible("9007199254740993e300", "9007199254740993"));
    T(!divisible("9007199254740992", "9007199254740993"));
    T(divisible("1e999999998", "1e-999999998"));
    T(divisible("1e308", "1e308") && !divisible("1e307", "1e308"));
    T(divisible("0", "1e308"));
    T(divisible("0.3", "0.1") && divisible("19.99", "0.01"));
    T(!divisible("0.35", "0.1") && divisible("1", "0.00000001"));
    T(!divisible("1e999999998", "3") && divisible("1e999999998", "1024"));
    T(divisible("111111111111111111111111111111111111110",
                "12345679012345679012345679012345679"
                "0") == 0);
    T(divisible("998001998001998001998001998001", "998001998001998001998001"
                                                  "998001"));
    T(divisible("3e40", "6e39") && !divisible("5e38", "6e39"));
    /* 2^90: divides 10^90 and everything above, not 10^89 */
    T(divisible("1e90", "1237940039285380274899124224"));
    T(!divisible("1e89", "1237940039285380274899124224"));
}

/* a * b is a multiple of b, and a * b + 1 is not, for random wide b. */
static void random_products(uint64_t *seed)
{
    int wrong = 0;
    for (int round = 0; round < 20000; round++) {
        Wide b = (Wide)(t_random(seed) >> (t_random(seed) % 60)) + 2;
        Wide a = (Wide)(t_random(seed) >> (4 + t_random(seed) % 60));
        char text[64], divisor[64];
        Wide both[3] = {a * b, a * b + 1, b};
        for (int k = 0; k < 3; k++) {
            char rev[64], *out = k == 2 ? divisor : text;
            int n = 0;
            Wide v = both[k];
            do rev[n++] = (char)('0' + (int)(v % 10));
            while ((v /= 10) > 0);
            for (int i = 0; i < n; i++) out[i] = rev[n - 1 - i];
            out[n] = 0;
            if (k == 0) {
                sprintf(divisor, "%llu", (unsigned long long)b);
                wrong += !divisible(text, divisor);
            } else if (k == 1) {
                wrong += divisible(text, divisor);
            }
        }
    }
    T_EQ(wrong, 0);
}

static int compare(const char *a, const char *b)
{
    GrDecimal x = dec(a), y = dec(b);
    int c = gr_decimal_compare(&x, &y);
    T(gr_decimal_compare(&y, &x) == -c);
    return c;
}

static void order(void)
{
    T(compare("-0", "0") == 0 && compare("-0.0e99999999999", "0") == 0);
    T(compare("1e2", "100.00") == 0 && compare("1e-2", "0.01") == 0);
    T(compare("9007199254740993", "9007199254740992") > 0);
    T(compare("-1e999999998", "1e-999999998") < 0);
    T(compare("1e-999999998", "0") > 0 && compare("-1e-9", "0") < 0);
}

static void limits(void)
{
    GrDecimal d;
    int64_t v;
    static const char *const far[] = {"1e1000000000", "1e-1000000001",
                                      "1e99999999999999999999999",
                                      "-0.01e-9999999999"};
    for (int i = 0; i < 4; i++)
        T(gr_decimal_read(&env, &arena, far[i], strlen(far[i]), &d) ==
          GRAM_E_LIMIT);
    d = dec("0e99999999999999999999999");
    T(d.n == 0 && d.exp == 0);
    d = dec("0.00001e1000000000");
    T(d.exp == 999999996);
    d = dec("9223372036854775807");
    T(gr_decimal_to_int64(&d, &v) && v == INT64_MAX);
    d = dec("-9223372036854775808");
    T(gr_decimal_to_int64(&d, &v) && v == INT64_MIN);
    d = dec("9223372036854775808");
    T(!gr_decimal_to_int64(&d, &v));
    d = dec("1e19");
    T(!gr_decimal_to_int64(&d, &v));
}

/* A divisor of 30,000 digits meets the step budget, not the clock. */
static void work(void)
{
    enum { N = 30000 };
    char *s = malloc(N);
    memset(s, '7', N);
    GrDecimal a = {s, N, false, N}, b = {s, N - 1, false, N - 1};
    GrEnv tight;
    bool yes;
    gr_env_init(&tight, NULL, 0, 1000000);
    T(gr_decimal_divisible(&tight, &a, &b, &yes) == GRAM_E_LIMIT);
    T(tight.used == 0);
    a.exp = 5;
    T(gr_decimal_divisible(&tight, &a, &b, &yes) == GRAM_OK && !yes);
    tight.max_memory = 10;
    tight.steps = 0;
    a.exp = N;
    T(gr_decimal_divisible(&tight, &a, &b, &yes) == GRAM_E_MEMORY);
    free(s);
}

int main(void)
{
    uint64_t seed = t_seed();
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    spell_all();
    all_pairs();
    by_hand();
    random_products(&seed);
    order();
    limits();
    work();
    gr_arena_clear(&env, &arena);
    T(env.used == 0);
    return t_done();
}
