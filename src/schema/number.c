/* The pool and its atoms, and arithmetic modulo 64-bit numbers.
 *
 * An atom's key is its internal kind and, for each decimal, sign, exponent
 * and packed digits; decimals are normal forms, so equal values give equal
 * keys.  Sets are sorted before. */
#include "base/sort.h"
#include "schema/number_parts.h"

__extension__ typedef unsigned __int128 Wide;

/* --- modular arithmetic --------------------------------------------------- */

/* Through 128 bits: a and b may both reach 2^58.  m 1 is a number that
 * divides everything. */
uint64_t gr_num_mul(uint64_t a, uint64_t b, uint64_t m)
{
    return m == 1 ? 0 : (uint64_t)((Wide)a * b % m);
}

/* By squaring: k is an exponent, up to some 10^10. */
uint64_t gr_num_ten(uint64_t k, uint64_t m)
{
    if (m == 1) return 0;
    uint64_t r = 1, power = 10 % m;
    for (; k > 0; k >>= 1) {
        if (k & 1) r = gr_num_mul(r, power, m);
        power = gr_num_mul(power, power, m);
    }
    return r;
}

/* Euclid; a and b are not 0.  False where the result is 2^58 or more: sums of a
 * few remainders, and ten times one, then still fit 64 bits. */
bool gr_num_lcm(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t x = a, y = b;
    while (y != 0) {
        uint64_t t = x % y;
        x = y;
        y = t;
    }
    Wide product = (Wide)(a / x) * b;
    *out = (uint64_t)product;
    return product < (Wide)1 << 58;
}

/* m's last digit is not 0, so 2 and 5 do not both divide it: one base
 * is enough. */
void gr_num_divisor(uint64_t m, int64_t place, Divisor *out)
{
    *out = (Divisor){.m = m, .rest = m, .place = place, .base = 2};
    if (m % 5 == 0) out->base = 5;
    while (out->rest % out->base == 0) {
        out->rest /= out->base;
        out->power++;
    }
}

/* Each power of ten takes one factor 2 and one factor 5 away; behind `power` of
 * them only the rest is left, which no ten can help with. */
uint64_t gr_num_reduced(const Divisor *d, int64_t k)
{
    if (k >= d->power) return d->rest;
    uint64_t m = d->m;
    while (k-- > 0) m /= d->base;
    return m;
}

/* With w's last digit not 0, k < 0 is a "no": then w would have to end in
 * a zero. */
bool gr_num_rest_divides(const Divisor *d, uint64_t rest, int64_t place)
{
    int64_t k = place - d->place;
    return k >= 0 && rest % gr_num_reduced(d, k) == 0;
}

/* Zeros at the end become a higher place; 0 is a multiple of everything. */
bool gr_num_word_divides(const Divisor *d, uint64_t word, int64_t place)
{
    for (; word != 0 && word % 10 == 0; place++) word /= 10;
    return word == 0 || gr_num_rest_divides(d, word, place);
}

/* --- pool ----------------------------------------------------------------- */

/* Class 0 is "dead" in every spec, under a key that no other class has: the
 * empty one. */
gram_status gr_num_new(GrEnv *env, const GrNumPolicy *policy, GrNum **out)
{
    GrNum *num = gr_zalloc(env, 1, sizeof *num);
    if (num == NULL) return GRAM_E_MEMORY;
    num->env = env;
    num->policy = *policy;
    num->digits = policy->max_digits ? policy->max_digits : GR_NUM_DIGITS_FAR;
    num->exponent = 1;
    uint32_t places = policy->max_exponent_digits;
    for (uint32_t i = 0; i < places && i < 9; i++) num->exponent *= 10;
    num->exponent = places ? num->exponent - 1 : GR_NUM_EXPONENT_FAR;
    if (policy->no_exponent) num->exponent = 0;
    GrIntern *tables[] = {&num->atom_ids,  &num->spec_ids,  &num->state_ids,
                          &num->functions, &num->class_ids, &num->vectors,
                          &num->profiles};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        gr_intern_init(tables[i]);
    gr_store_init(&num->atoms, sizeof(Atom));
    gr_store_init(&num->specs, sizeof(Spec));
    gr_store_init(&num->states, sizeof(State));
    gr_store_init(&num->classes, sizeof(Class));
    uint32_t dead;
    gram_status status = gr_store_add(env, &num->classes, 1, &dead);
    if (status == GRAM_OK) /* class 0 */
        status = gr_intern(env, &num->class_ids, NULL, 0, &dead, NULL);
    if (status == GRAM_OK)
        *out = num;
    else
        gr_num_free(num);
    return status;
}

/* NULL is nothing to free. */
void gr_num_free(GrNum *num)
{
    if (num == NULL) return;
    GrEnv *env = num->env;
    GrIntern *tables[] = {&num->atom_ids,  &num->spec_ids,  &num->state_ids,
                          &num->functions, &num->class_ids, &num->vectors,
                          &num->profiles};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        gr_intern_clear(env, tables[i]);
    gr_store_clear(env, &num->atoms);
    gr_store_clear(env, &num->specs);
    gr_store_clear(env, &num->states);
    gr_store_clear(env, &num->classes);
    gr_vec_clear(env, &num->spare);
    gr_vec_clear(env, &num->words);
    gr_vec_clear(env, &num->parts);
    gr_vec_clear(env, &num->cuts);
    gr_arena_clear(env, &num->arena);
    gr_free(env, num, sizeof *num);
}

uint32_t gr_num_states(const GrNum *num)
{
    return num->states.n;
}

const uint32_t *gr_num_vector(const GrNum *num, uint32_t id)
{
    return gr_intern_get(&num->vectors, id, NULL);
}

/* --- atoms ---------------------------------------------------------------- */

/* Append the words of a decimal to the key.  The exponent takes two words;
 * digits are packed four to a word. */
static gram_status add_decimal(GrNum *num, const GrDecimal *d)
{
    GR_TRY(gr_vec_reserve(num->env, &num->words, 4 + (uint64_t)d->n / 4 + 1));
    uint32_t *w = num->words.at + num->words.n;
    *w++ = d->negative;
    *w++ = (uint32_t)d->exp;
    *w++ = (uint32_t)((uint64_t)d->exp >> 32);
    *w++ = d->n;
    for (uint32_t i = 0; i < d->n; i += 4) {
        uint32_t word = 0, left = d->n - i;
        memcpy(&word, d->digits + i, left < 4 ? left : 4);
        *w++ = word;
    }
    num->words.n = (uint32_t)(w - num->words.at);
    return GRAM_OK;
}

/* Digits too: the caller's lie in a document or on a stack. */
static gram_status copy_decimals(GrNum *num, const GrDecimal *d, uint32_t n,
                                 const GrDecimal **out)
{
    size_t bytes = (size_t)n * sizeof *d;
    GrDecimal *copy = gr_arena_take(num->env, &num->arena, bytes);
    if (copy == NULL) return GRAM_E_MEMORY;
    if (n != 0) memcpy(copy, d, bytes);
    for (uint32_t i = 0; i < n; i++) {
        copy[i].digits =
            gr_arena_copy(num->env, &num->arena, d[i].digits, d[i].n);
        if (copy[i].digits == NULL) return GRAM_E_MEMORY;
    }
    *out = copy;
    return GRAM_OK;
}

/* Up to 17 digits are below 10^17 < 2^58; 18 may be.  As a decimal 0.d1d2... *
 * 10^exp, its last digit stands at exp - n. */
static gram_status make_divisor(GrNum *num, const GrDecimal *d, Divisor *out)
{
    uint64_t m = 0;
    if (d->n == 0 || d->negative)
        return gr_fail(num->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                       "a divisor that is not above 0");
    for (uint32_t i = 0; i < d->n && d->n <= 18; i++)
        m = m * 10 + (uint64_t)(d->digits[i] - '0');
    if (d->n > 18 || m >> 58 != 0)
        return gr_fail(num->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a multipleOf of more than 17 digits");
    gr_num_divisor(m, d->exp - (int64_t)d->n, out);
    return GRAM_OK;
}

/* Intern kind and d[0..n), ascending and distinct.  The id is given out last,
 * so that a failure in between leaves no atom without content.  (A store that
 * is one longer than the table is what such a failure leaves: the next atom
 * takes that place.) */
static gram_status make_atom(GrNum *num, NumKind kind, const GrDecimal *d,
                             uint32_t n, GrNumAtomId *id)
{
    num->words.n = 0;
    GR_TRY(gr_vec_push(num->env, &num->words, (uint32_t)kind));
    GR_TRY(gr_step(num->env, n + 1));
    for (uint32_t i = 0; i < n; i++) GR_TRY(add_decimal(num, &d[i]));
    id->v = gr_intern_find(&num->atom_ids, num->words.at, num->words.n);
    if (id->v != GR_NUM_NONE) return GRAM_OK;
    Atom atom = {.kind = kind, .n = n};
    uint32_t at;
    if (kind == IN_MULTIPLE) GR_TRY(make_divisor(num, d, &atom.by));
    GR_TRY(copy_decimals(num, d, n, &atom.d));
    if (num->atoms.n <= num->atom_ids.n)
        GR_TRY(gr_store_add(num->env, &num->atoms, 1, &at));
    GR_TRY(gr_intern(num->env, &num->atom_ids, num->words.at, num->words.n,
                     &id->v, NULL));
    *(Atom *)gr_store_at(&num->atoms, id->v) = atom;
    return GRAM_OK;
}

/* A lexical integer has no decimal: all of them are one atom. */
gram_status gr_num_atom(GrNum *num, GrNumKind kind, const GrDecimal *d,
                        GrNumAtomId *id)
{
    static const GrDecimal one = {"1", 1, false, 1};
    switch (kind) {
    case GR_NUM_LE: return make_atom(num, IN_LE, d, 1, id);
    case GR_NUM_LT: return make_atom(num, IN_LT, d, 1, id);
    case GR_NUM_GE: return make_atom(num, IN_GE, d, 1, id);
    case GR_NUM_GT: return make_atom(num, IN_GT, d, 1, id);
    case GR_NUM_EQ: return make_atom(num, IN_SET, d, 1, id);
    case GR_NUM_MULTIPLE: return make_atom(num, IN_MULTIPLE, d, 1, id);
    case GR_NUM_INTEGER: return make_atom(num, IN_MULTIPLE, &one, 1, id);
    case GR_NUM_LEXICAL_INTEGER: break;
    }
    return make_atom(num, IN_LEXICAL, NULL, 0, id);
}

static int by_value(const void *a, const void *b)
{
    return gr_decimal_compare(a, b);
}

/* The sorted set decides the id: an enum in any order, with repeats, is
 * one atom. */
gram_status gr_num_atom_in(GrNum *num, const GrDecimal *d, uint32_t n,
                           GrNumAtomId *id)
{
    size_t bytes = (size_t)n * sizeof *d;
    GrDecimal *a = gr_resize(num->env, NULL, 0, bytes + !bytes);
    if (a == NULL) return GRAM_E_MEMORY;
    uint32_t m = 0;
    if (n != 0) memcpy(a, d, bytes);
    gr_sort(a, n, sizeof *a, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (m == 0 || gr_decimal_compare(&a[m - 1], &a[i]) != 0) a[m++] = a[i];
    gram_status status = make_atom(num, IN_SET, a, m, id);
    gr_free(num->env, a, bytes);
    return status;
}

/* What the pool has, not a copy. */
const GrDecimal *gr_num_listed(const GrNum *num, GrNumAtomId id, uint32_t *n)
{
    const Atom *a = gr_store_at(&num->atoms, id.v);
    *n = a->kind == IN_SET ? a->n : 0;
    return a->kind == IN_SET ? a->d : NULL;
}
