/* regex: lengths of intersections and complements, which are walked, against
 * the subset construction as the book has it (book.h).  The terms are
 * rings of letters with tails, which end in different periods, beside guards
 * that fall away on the way; they are asked as a whole first, and then those
 * that are met, or the other way round.  And some with so many terms that it
 * matters which way is walked.  And what cannot be in any word is left out of
 * them (gr_re_trim) without a change of their words. */
#include "regex/re_pool.h"
#include "tests/book.h"

enum { LEVELS = BOOK_LEVELS };

static GrEnv env;
static GrRe *re;

/* --- terms ---------------------------------------------------------------- */

/* Behind a letter, rounds of so many, what ends them and a tail. */
static ReId ring(uint64_t *seed)
{
    uint32_t r = book_below(seed, 4), p = 1 + book_below(seed, 5);
    uint32_t s = book_below(seed, 3), t = book_below(seed, 4);
    if (book_below(seed, 3) == 0)
        return book_parse(re, "^a{%u}(?:[ab]{%u})*[cd]{%u,%u}$", r, p, s,
                          s + t);
    if (book_below(seed, 4) == 0)
        return book_parse(re, "^a{%u}(?:a{%u})*(?:ce|cb|dd)d{%u}$", r, p, s);
    return book_parse(re, "^a{%u}(?:a{%u})*c(?:d{%u}|d{%u})$", r, p, s, s + t);
}

static ReId guard(uint64_t *seed)
{
    uint32_t n = book_below(seed, 4);
    switch (book_below(seed, 8)) {
    case 0: return book_parse(re, "^a*b");
    case 1: return book_parse(re, "^a{%u}c", n);
    case 2: return book_parse(re, "b%s$", n & 1 ? "d" : "");
    case 3: return book_parse(re, "^[^c]*c.{%u}$", n);
    case 4: return book_parse(re, "e.{%u}$", n);
    case 5: return book_parse(re, "^(?:a|ce|[b-e]{%u})*$", n);
    case 6: return book_parse(re, "^a*(?:c|d[de])(?:e|d{%u})", n);
    default: return ring(seed);
    }
}

/* A ring that is no guard; now and then all that is no such thing. */
static ReId guarded(uint64_t *seed)
{
    ReId part[2] = {ring(seed), guard(seed)}, a = {0};
    T(gr_re_not(re, part[1], &part[1]) == GRAM_OK);
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    if (book_below(seed, 8) == 0) T(gr_re_not(re, a, &a) == GRAM_OK);
    return a;
}

static ReId term(uint64_t *seed)
{
    ReId part[3], a = {0};
    uint32_t n = 1 + book_below(seed, 3);
    for (uint32_t i = 0; i < n; i++) part[i] = guarded(seed);
    T((book_below(seed, 4) == 0 ? gr_re_and(re, part, n, &a)
                                : gr_re_or(re, part, n, &a)) == GRAM_OK);
    return a;
}

/* --- comparing ------------------------------------------------------------ */

static uint32_t periodic, trimmed;

static void check(ReId a, uint64_t seed)
{
    bool has[LEVELS];
    GrLengths l = {0};
    T(book_lengths(re, a, has));
    T(gr_re_lengths(re, a, &l) == GRAM_OK);
    periodic += !l.none && !l.contiguous && l.period > 1;
    for (uint32_t n = 0; n < LEVELS; n++)
        T_OK(gr_lengths_has(&l, n) == has[n], "seed %llu: length %u is %s",
             (unsigned long long)seed, n, has[n] ? "there" : "not there");
}

/* What is trimmed has the same words. */
static void check_trim(ReId a, uint64_t seed)
{
    bool has[LEVELS];
    ReId less = {0}, part[2] = {a}, other[2], both[2];
    T(gr_re_trim(re, a, &less) == GRAM_OK);
    if (less.v == a.v) return;
    trimmed++;
    T(gr_re_not(re, less, &part[1]) == GRAM_OK);
    T(gr_re_and(re, part, 2, &both[0]) == GRAM_OK);
    other[0] = less;
    T(gr_re_not(re, a, &other[1]) == GRAM_OK);
    T(gr_re_and(re, other, 2, &both[1]) == GRAM_OK);
    T(gr_re_or(re, both, 2, &a) == GRAM_OK);
    T(book_lengths(re, a, has));
    for (uint32_t n = 0; n < LEVELS; n++)
        T_OK(!has[n], "seed %llu: trimmed, words of %u characters differ",
             (unsigned long long)seed, n);
}

static void check_term(uint64_t seed)
{
    uint64_t s = seed;
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = term(&s), d = a;
    bool first = t_random(&s) % 2 != 0;
    if (first) check(a, seed);
    for (const char *c = "aac"; *c != 0; c++) {
        T(gr_re_derive(re, d, (unsigned char)*c, &d) == GRAM_OK);
        check(d, seed);
    }
    if (!first) check(a, seed);
    check_trim(a, seed);
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* A complement of thousands of terms is settled behind one character. */
static void check_wide(void)
{
    ReId a = {0};
    GrLengths l = {0};
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(gr_re_format(re, "date-time", 9, &a) == GRAM_OK);
    T(gr_re_not(re, a, &a) == GRAM_OK);
    uint64_t before = env.steps;
    T(gr_re_lengths(re, a, &l) == GRAM_OK);
    T(l.contiguous && l.least == 0 && l.most == UINT32_MAX);
    T(env.steps - before < 1000);
    gr_re_free(re);
}

/* No date-time has an "a": that there is none is not searched for long, nor how
 * long they are without one. */
static void check_letters(void)
{
    ReId part[2] = {{0}}, a = {0};
    GrLengths l = {0}, with = {0};
    bool none = false;
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(gr_re_format(re, "date-time", 9, &part[0]) == GRAM_OK);
    part[1] = book_parse(re, "a");
    uint64_t before = env.steps;
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    T(gr_re_is_none(re, a, &none) == GRAM_OK && none);
    T(gr_re_not(re, part[1], &part[1]) == GRAM_OK);
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    T(gr_re_lengths(re, a, &l) == GRAM_OK);
    T_OK(env.steps - before < 20000, "%llu steps",
         (unsigned long long)(env.steps - before));
    T(gr_re_lengths(re, part[0], &with) == GRAM_OK);
    for (uint32_t n = 0; n < LEVELS; n++)
        T_EQ(gr_lengths_has(&l, n), gr_lengths_has(&with, n));
    gr_re_free(re);
}

/* Behind open parentheses a pattern has a word that closes them: it is guessed,
 * where a search would try what else opens first. */
static void check_guess(void)
{
    ReId a = {0};
    bool none = true;
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(gr_re_format(re, "regex", 5, &a) == GRAM_OK);
    for (uint32_t i = 0; i < 3; i++) T(gr_re_derive(re, a, '(', &a) == GRAM_OK);
    uint64_t before = env.steps;
    T(gr_re_is_none(re, a, &none) == GRAM_OK && !none);
    T_OK(env.steps - before < 2000, "%llu steps",
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* Words of an odd number of letters, with no "a" so far from their end: as
 * many terms as there are ways to have one nearer. */
static ReId far(uint32_t from_end)
{
    ReId part[2] = {book_parse(re, "^[ab]{3}(?:[ab][ab])*$"),
                    book_parse(re, "a.{%u}$", from_end)},
         a = {0};
    T(gr_re_not(re, part[1], &part[1]) == GRAM_OK);
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    return a;
}

/* 128 terms are walked backwards, once for all; 8,192 forwards. */
static void check_far(uint32_t from_end)
{
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = far(from_end);
    for (uint32_t i = 0; i < 6; i++) {
        GrLengths l = {0};
        T(gr_re_lengths(re, a, &l) == GRAM_OK);
        for (uint32_t n = 0; n < LEVELS; n++) {
            bool odd = n + i >= 3 && (n + i) % 2 == 1;
            bool bad = i > 2 && n + i == 3 + from_end; /* an "a" is there */
            T_EQ(gr_lengths_has(&l, n), odd && !bad);
        }
        T(gr_re_derive(re, a, i == 2 ? 'a' : 'b', &a) == GRAM_OK);
    }
    gr_re_free(re);
    T_EQ(env.used, 0);
}

int main(void)
{
    uint64_t seed = t_seed();
    gr_env_init(&env, NULL, 0, 0);
    check_wide();
    check_letters();
    check_guess();
    check_far(6);
    check_far(12);
    for (int i = 0; i < 3000 && t_failed < 20; i++) check_term(t_random(&seed));
    T_OK(trimmed > 300, "only %u are trimmed", trimmed);
    T_OK(periodic > 1000, "only %u are periodic", periodic);
    return t_done();
}
