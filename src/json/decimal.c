/* Exact decimals: sign, digits without zeros at either end, exponent.
 *
 * Normal form makes equality a comparison of parts and ordering a comparison
 * of (sign, exponent, digits).  Nothing is ever rounded or expanded, so
 * 1e-999999999 costs as much as 1.
 *
 * Divisibility.  With A, B the digits read as integers, a / b is
 * (A / B) * 10^k for k = (a.exp - a.n) - (b.exp - b.n).  For k < 0 the answer
 * is no, unless a is 0: A would have to end in a zero.  For k >= 0 the
 * question is whether B divides A * 10^k; powers of ten beyond the number of
 * twos or fives in B (at most log2 B < 4 * b.n) change nothing, so k is cut
 * there.  A remainder of B's size follows the digits of A and k zeros. */
#include "json/json.h"

#include <inttypes.h>

#define EXPONENT_MAX INT64_C(999999999)
/* Spelled exponents stop counting here; no text is long enough to come back
 * from it into the range of EXPONENT_MAX. */
#define EXPONENT_FAR INT64_C(1000000000000000)

enum { LIMB = 1000000000, LIMB_DIGITS = 9 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent part at p ("e+17" or nothing), saturated.  The text is a JSON
 * number, so digits follow the sign. */
static int64_t read_exponent(const char *p, const char *end)
{
    if (p == end) return 0;
    bool negative = *++p == '-';
    if (!is_digit(*p)) p++;
    int64_t e = 0;
    for (; p < end && e < EXPONENT_FAR; p++) e = e * 10 + (*p - '0');
    return negative ? -e : e;
}

/* The digits from first to last, without the point between them. */
static gram_status join(GrEnv *env, GrArena *arena, const char *first,
                        const char *point, const char *end, GrDecimal *out)
{
    out->digits = first;
    out->n = (uint32_t)(end - first);
    if (point < first || point >= end) return GRAM_OK;
    char *copy = gr_arena_take(env, arena, out->n);
    if (copy == NULL) return GRAM_E_MEMORY;
    size_t head = (size_t)(point - first);
    memcpy(copy, first, head);
    memcpy(copy + head, point + 1, (size_t)(end - point) - 1);
    out->digits = copy;
    out->n--;
    return GRAM_OK;
}

/* Finish *out from the marks of the spelling:
 *
 *     - 0 0 . 0 1 2 3 0 e - 7
 *           ^   ^     ^ ^
 *       point first end mantissa's end */
static gram_status finish(GrEnv *env, GrArena *arena, const char *first,
                          const char *point, const char *end, int64_t e,
                          GrDecimal *out)
{
    int64_t place = point - first; /* digits before the point */
    if (place < 0) place++;        /* the point itself is no zero */
    out->exp = place + e;
    if (out->exp > EXPONENT_MAX || out->exp < -EXPONENT_MAX)
        return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a number whose exponent has more than 9 digits");
    return join(env, arena, first, point, end, out);
}

/* Zero has no first digit other than 0, and stays as it was set: so -0 is 0. */
gram_status gr_decimal_read(GrEnv *env, GrArena *arena, const char *text,
                            size_t len, GrDecimal *out)
{
    const char *stop = text + len, *p = text;
    *out = (GrDecimal){.digits = text};
    bool negative = len > 0 && *p == '-';
    p += negative;
    const char *first = NULL, *last = NULL, *point = NULL;
    for (; p < stop && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') point = p;
        if (*p >= '1' && first == NULL) first = p;
        if (*p >= '1') last = p;
    }
    if (first == NULL) return GRAM_OK;
    if (point == NULL) point = p;
    out->negative = negative;
    return finish(env, arena, first, point, last + 1, read_exponent(p, stop),
                  out);
}

/* Compare |a| and |b|.  Leading digits are not 0, so the exponent alone decides
 * where it differs. */
static int compare_size(const GrDecimal *a, const GrDecimal *b)
{
    if (a->n == 0 || b->n == 0) return (a->n != 0) - (b->n != 0);
    if (a->exp != b->exp) return a->exp < b->exp ? -1 : 1;
    int c = memcmp(a->digits, b->digits, a->n < b->n ? a->n : b->n);
    if (c != 0) return c < 0 ? -1 : 1;
    return (a->n > b->n) - (a->n < b->n);
}

int gr_decimal_compare(const GrDecimal *a, const GrDecimal *b)
{
    if (a->negative != b->negative) return a->negative ? -1 : 1;
    return a->negative ? -compare_size(a, b) : compare_size(a, b);
}

/* The last digit, which is not 0, stands before the point. */
bool gr_decimal_is_integer(const GrDecimal *a)
{
    return a->exp >= (int64_t)a->n;
}

bool gr_decimal_to_int64(const GrDecimal *a, int64_t *out)
{
    if (!gr_decimal_is_integer(a) || a->exp > 19) return false;
    uint64_t v = 0;
    for (uint32_t i = 0; i < a->exp; i++) /* below 10^19: fits */
        v = v * 10 + (i < a->n ? (uint64_t)(a->digits[i] - '0') : 0);
    if (v > (uint64_t)INT64_MAX + a->negative) return false;
    *out = a->negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

/* --- divisibility --------------------------------------------------------- */

/* Unsigned integers in limbs of nine digits, least first. */
typedef struct Big {
    uint32_t *limb;
    uint32_t n;
} Big;

/* r = r * 10 + digit, in n limbs. */
static void shift_in(Big r, uint32_t digit)
{
    uint64_t carry = digit;
    for (uint32_t i = 0; i < r.n; i++) {
        carry += (uint64_t)r.limb[i] * 10;
        r.limb[i] = (uint32_t)(carry % LIMB);
        carry /= LIMB;
    }
}

/* From the highest limb on; both have r.n. */
static bool at_least(Big r, Big b)
{
    for (uint32_t i = r.n; i-- > 0;)
        if (r.limb[i] != b.limb[i]) return r.limb[i] > b.limb[i];
    return true;
}

/* r >= b, so no borrow is left. */
static void subtract(Big r, Big b)
{
    uint32_t borrow = 0;
    for (uint32_t i = 0; i < r.n; i++) {
        uint32_t take = b.limb[i] + borrow;
        borrow = r.limb[i] < take;
        r.limb[i] += (borrow ? LIMB : 0) - take;
    }
}

static bool is_zero(Big r)
{
    for (uint32_t i = 0; i < r.n; i++)
        if (r.limb[i] != 0) return false;
    return true;
}

/* Does b divide the digits of a followed by k zeros?  r starts as 0 and is
 * below b after every round, so r * 10 + 9 fits the limb b has to spare. */
static gram_status big_divides(GrEnv *env, const GrDecimal *a, uint64_t k,
                               Big b, Big r, bool *out)
{
    for (uint64_t i = 0; i < a->n + k; i++) {
        GR_TRY(gr_step(env, r.n / 4 + 1));
        shift_in(r, i < a->n ? (uint32_t)(a->digits[i] - '0') : 0);
        while (at_least(r, b)) subtract(r, b);
        /* more zeros change nothing */
        if (i >= a->n && is_zero(r)) break;
    }
    *out = is_zero(r);
    return GRAM_OK;
}

/* Both numbers have a limb more than b needs, for the tenfold remainder. */
static gram_status divide_big(GrEnv *env, const GrDecimal *a, uint64_t k,
                              const GrDecimal *d, bool *out)
{
    uint32_t n = d->n / LIMB_DIGITS + 2;
    uint32_t *limbs = gr_zalloc(env, 2 * (size_t)n, sizeof *limbs);
    if (limbs == NULL) return GRAM_E_MEMORY;
    Big b = {limbs, n}, r = {limbs + n, n};
    gram_status status = gr_step(env, (uint64_t)d->n * n / 4);
    for (uint32_t i = 0; status == GRAM_OK && i < d->n; i++)
        shift_in(b, (uint32_t)(d->digits[i] - '0'));
    if (status == GRAM_OK) status = big_divides(env, a, k, b, r, out);
    gr_free(env, limbs, 2 * (size_t)n * sizeof *limbs);
    return status;
}

/* The same for a divisor of at most 18 digits, in one word. */
static gram_status divide_word(GrEnv *env, const GrDecimal *a, uint64_t k,
                               const GrDecimal *d, bool *out)
{
    uint64_t b = 0, r = 0;
    for (uint32_t i = 0; i < d->n; i++)
        b = b * 10 + (uint64_t)(d->digits[i] - '0');
    GR_TRY(gr_step(env, (a->n + k) / 4 + 1));
    for (uint64_t i = 0; i < a->n + k; i++)
        r = (r * 10 + (i < a->n ? (uint64_t)(a->digits[i] - '0') : 0)) % b;
    *out = r == 0;
    return GRAM_OK;
}

/* The head's argument; b == 0 divides nothing but 0. */
gram_status gr_decimal_divisible(GrEnv *env, const GrDecimal *a,
                                 const GrDecimal *b, bool *out)
{
    int64_t k = (a->exp - (int64_t)a->n) - (b->exp - (int64_t)b->n);
    *out = a->n == 0;
    if (a->n == 0 || b->n == 0 || k < 0) return GRAM_OK;
    uint64_t zeros = (uint64_t)k, enough = 4 * (uint64_t)b->n;
    if (zeros > enough) zeros = enough;
    return b->n <= 18 ? divide_word(env, a, zeros, b, out)
                      : divide_big(env, a, zeros, b, out);
}
