/* terms.h: a pool of terms, and short names for terms.
 *
 * What fails is told by a test that fails, and shows up as the term none. */
#ifndef TERMS_H
#define TERMS_H

#include "regex/regex.h"
#include "tests/t.h"

static GrEnv env;
static gram_error error;
static GrRe *re;

static inline void open_pool(void)
{
    gr_env_init(&env, NULL, 0, 0);
    env.error = &error;
    T(gr_re_new(&env, &re) == GRAM_OK);
}

static inline void close_pool(void)
{
    gr_re_free(re);
    T_EQ(env.used, 0);
}

static inline ReId ok(gram_status st, ReId a)
{
    T_OK(st == GRAM_OK, "%s", error.message);
    return st == GRAM_OK ? a : gr_re_none(re);
}
static inline ReId chars(uint32_t lo, uint32_t hi)
{
    SetId s = {0};
    ReId a = gr_re_none(re);
    T(gr_set_make(re, &(GrRange){lo, hi}, 1, &s) == GRAM_OK);
    gram_status st = gr_re_set(re, s, &a);
    return ok(st, a);
}
static inline ReId cat(ReId a, ReId b)
{
    ReId x = a;
    gram_status st = gr_re_cat(re, a, b, &x);
    return ok(st, x);
}
static inline ReId or2(ReId a, ReId b)
{
    ReId x = a;
    gram_status st = gr_re_or(re, (ReId[]){a, b}, 2, &x);
    return ok(st, x);
}
static inline ReId and2(ReId a, ReId b)
{
    ReId x = a;
    gram_status st = gr_re_and(re, (ReId[]){a, b}, 2, &x);
    return ok(st, x);
}
static inline ReId not1(ReId a)
{
    ReId x = a;
    gram_status st = gr_re_not(re, a, &x);
    return ok(st, x);
}
static inline ReId rep(ReId a, uint32_t lo, uint32_t hi)
{
    ReId x = a;
    gram_status st = gr_re_repeat(re, a, lo, hi, &x);
    return ok(st, x);
}
static inline ReId star(ReId a)
{
    return rep(a, 0, GR_RE_INF);
}
static inline ReId text(const char *s)
{
    ReId x = {0};
    gram_status st = gr_re_text(re, s, strlen(s), &x);
    return ok(st, x);
}
static inline ReId derive(ReId a, uint32_t c)
{
    ReId x = a;
    gram_status st = gr_re_derive(re, a, c, &x);
    return ok(st, x);
}
static inline bool is_none(ReId a)
{
    bool none = false;
    T(gr_re_is_none(re, a, &none) == GRAM_OK);
    return none;
}
static inline uint32_t count(ReId a, uint32_t cap)
{
    uint32_t n = 0;
    T(gr_re_count(re, a, cap, &n) == GRAM_OK);
    return n;
}
static inline GrLengths lengths(ReId a)
{
    GrLengths l = {0};
    T(gr_re_lengths(re, a, &l) == GRAM_OK);
    return l;
}

static inline void same(ReId a, ReId b, int line)
{
    GrText x = {0}, y = {0};
    if (a.v != b.v) {
        gr_re_print(re, a, &x);
        gr_re_print(re, b, &y);
    }
    T_OK(a.v == b.v, "line %d: %.*s and %.*s", line, (int)x.n, x.at, (int)y.n,
         y.at);
    gr_vec_clear(&env, &x);
    gr_vec_clear(&env, &y);
}
#define SAME(a, b) same((a), (b), __LINE__)

/* Each test has a pool of its own. */
static inline int run_terms(void (*const *tests)(void), size_t n)
{
    for (size_t i = 0; i < n; i++) {
        open_pool();
        tests[i]();
        close_pool();
    }
    return t_done();
}

#endif
