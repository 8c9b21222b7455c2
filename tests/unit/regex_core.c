/* The core of src/regex: normal form, sets, large numbers, deep nests, byte
 * states.  Membership of random terms is in regex_core_oracle.c. */
#include "tests/oracle/re_oracle.h"
#include "tests/t.h"

static GrEnv env;
static gram_error error;
static GrRe *re;

static void open_pool(void)
{
    gr_env_init(&env, NULL, 0, 0);
    env.error = &error;
    T(gr_re_new(&env, &re) == GRAM_OK);
}

static void close_pool(void)
{
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* --- short names for terms; a failure shows up as none -------------------- */

static ReId ok(gram_status st, ReId a)
{
    T_OK(st == GRAM_OK, "%s", error.message);
    return st == GRAM_OK ? a : gr_re_none(re);
}
static ReId chars(uint32_t lo, uint32_t hi)
{
    SetId s = {0};
    ReId a = gr_re_none(re);
    T(gr_set_make(re, &(GrRange){lo, hi}, 1, &s) == GRAM_OK);
    gram_status st = gr_re_set(re, s, &a);
    return ok(st, a);
}
static ReId cat(ReId a, ReId b)
{
    ReId x = a;
    gram_status st = gr_re_cat(re, a, b, &x);
    return ok(st, x);
}
static ReId or2(ReId a, ReId b)
{
    ReId x = a;
    gram_status st = gr_re_or(re, (ReId[]){a, b}, 2, &x);
    return ok(st, x);
}
static ReId and2(ReId a, ReId b)
{
    ReId x = a;
    gram_status st = gr_re_and(re, (ReId[]){a, b}, 2, &x);
    return ok(st, x);
}
static ReId not1(ReId a)
{
    ReId x = a;
    gram_status st = gr_re_not(re, a, &x);
    return ok(st, x);
}
static ReId rep(ReId a, uint32_t lo, uint32_t hi)
{
    ReId x = a;
    gram_status st = gr_re_repeat(re, a, lo, hi, &x);
    return ok(st, x);
}
static ReId star(ReId a)
{
    return rep(a, 0, GR_RE_INF);
}
static ReId text(const char *s)
{
    ReId x = {0};
    gram_status st = gr_re_text(re, s, strlen(s), &x);
    return ok(st, x);
}
static ReId derive(ReId a, uint32_t c)
{
    ReId x = a;
    gram_status st = gr_re_derive(re, a, c, &x);
    return ok(st, x);
}
static bool is_none(ReId a)
{
    bool none = false;
    T(gr_re_is_none(re, a, &none) == GRAM_OK);
    return none;
}
static uint32_t count(ReId a, uint32_t cap)
{
    uint32_t n = 0;
    T(gr_re_count(re, a, cap, &n) == GRAM_OK);
    return n;
}
static GrLengths lengths(ReId a)
{
    GrLengths l = {0};
    T(gr_re_lengths(re, a, &l) == GRAM_OK);
    return l;
}

static void same(ReId a, ReId b, int line)
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

/* --- sets ----------------------------------------------------------------- */

static void test_set_edges(void)
{
    SetId s, t;
    uint32_t n;
    GrRange r[] = {{'d', 'c'}, {0xD700, 0xE100}, {'a', 'c'},
                   {'b', 'x'}, {'y', 'y'},       {0x10FFFF, UINT32_MAX}};
    T(gr_set_make(re, r, 6, &s) == GRAM_OK);
    const GrRange *g = gr_set_get(re, s, &n);
    T_EQ(n, 4);
    T(g[0].lo == 'a' && g[0].hi == 'y');
    T(g[1].lo == 0xD700 && g[1].hi == 0xD7FF);
    T(g[2].lo == 0xE000 && g[2].hi == 0xE100);
    T(g[3].lo == 0x10FFFF && g[3].hi == 0x10FFFF);
    T(gr_set_not(re, s, &t) == GRAM_OK);
    T(gr_set_not(re, t, &t) == GRAM_OK);
    T_EQ(s.v, t.v);
    T(gr_set_make(re, NULL, 0, &s) == GRAM_OK);
    T(gr_set_not(re, s, &t) == GRAM_OK);
    g = gr_set_get(re, t, &n);
    T(n == 2 && g[0].hi == 0xD7FF && g[1].lo == 0xE000);
    T(!gr_set_has(re, t, 0xD800) && !gr_set_has(re, s, 'a'));
    T(gr_set_make(re, &(GrRange){0xD800, 0xDFFF}, 1, &t) == GRAM_OK);
    T_EQ(s.v, t.v);
}

static void test_set_random(void)
{
    uint64_t seed = 5;
    for (int round = 0; round < 200; round++) {
        GrRange r[2][40];
        uint32_t n[2], lo = 0xD700 * (uint32_t)(round % 2);
        SetId s[2], o, a, c;
        for (int k = 0; k < 2; k++) {
            n[k] = (uint32_t)(t_random(&seed) % 40);
            for (uint32_t i = 0; i < n[k]; i++) {
                r[k][i].lo = lo + (uint32_t)(t_random(&seed) % 3000);
                r[k][i].hi = r[k][i].lo + (uint32_t)(t_random(&seed) % 30);
            }
            T(gr_set_make(re, r[k], n[k], &s[k]) == GRAM_OK);
        }
        T(gr_set_or(re, s[0], s[1], &o) == GRAM_OK);
        T(gr_set_and(re, s[0], s[1], &a) == GRAM_OK);
        T(gr_set_not(re, s[0], &c) == GRAM_OK);
        int wrong = 0;
        for (uint32_t p = lo; p < lo + 3100; p++) {
            bool in[2] = {false, false}, scalar = p < 0xD800 || p > 0xDFFF;
            for (int k = 0; k < 2; k++)
                for (uint32_t i = 0; i < n[k]; i++)
                    in[k] |= scalar && r[k][i].lo <= p && p <= r[k][i].hi;
            wrong += gr_set_has(re, s[0], p) != in[0];
            wrong += gr_set_has(re, o, p) != (in[0] || in[1]);
            wrong += gr_set_has(re, a, p) != (in[0] && in[1]);
            wrong += gr_set_has(re, c, p) != (scalar && !in[0]);
        }
        T_EQ(wrong, 0);
        T(gr_set_within(re, a, s[0]) && gr_set_within(re, s[1], o));
        T(gr_set_within(re, s[0], s[1]) == (a.v == s[0].v));
        T(gr_set_within(re, o, s[1]) == (o.v == s[1].v));
    }
}

/* --- laws ----------------------------------------------------------------- */

static void test_laws(void)
{
    ReId none = gr_re_none(re), eps = gr_re_eps(re), all = gr_re_all(re);
    ReId a = chars('a', 'a'), b = chars('b', 'b'), ab = chars('a', 'b');
    ReId any = chars(0, 0x10FFFF), w = text("word"), x = cat(w, b);
    const uint32_t inf = GR_RE_INF;
    SAME(cat(none, x), none);
    SAME(cat(x, eps), x);
    SAME(cat(cat(a, w), b), cat(a, cat(w, b)));
    SAME(or2(x, none), x);
    SAME(or2(x, all), all);
    SAME(and2(x, none), none);
    SAME(and2(x, all), x);
    SAME(or2(x, not1(x)), all);
    SAME(and2(x, not1(x)), none);
    SAME(not1(not1(x)), x);
    SAME(not1(none), all);
    SAME(or2(a, b), ab);
    SAME(and2(ab, b), b);
    SAME(or2(or2(x, a), w), or2(w, or2(a, x)));
    SAME(star(any), all);
    SAME(star(star(x)), star(x));
    SAME(cat(star(x), all), all);
    SAME(cat(all, all), all);
    SAME(star(eps), eps);
    SAME(rep(none, 0, 5), eps);
    SAME(rep(none, 1, 5), none);
    SAME(rep(x, 5, 4), none);
    SAME(rep(x, 1, 1), x);
    SAME(rep(x, 0, 0), eps);
    SAME(cat(w, star(w)), rep(w, 1, inf));
    SAME(cat(w, cat(rep(w, 2, 3), b)), cat(rep(w, 3, 4), b));
    SAME(rep(rep(x, 2, 3), 4, 5), rep(x, 8, 15));
    T(rep(rep(x, 3, 3), 0, 5).v != rep(x, 0, 15).v);
    SAME(rep(rep(x, 1, 3), 0, 5), rep(x, 0, 15));
    SAME(star(or2(eps, or2(x, a))), star(or2(x, a)));
    SAME(or2(eps, x), rep(x, 0, 1));
    SAME(or2(eps, star(x)), star(x));
    SAME(or2(rep(x, 2, 4), rep(x, 5, 9)), rep(x, 2, 9));
    SAME(or2(cat(rep(a, 0, 9), w), cat(rep(a, 3, 12), w)),
         cat(rep(a, 0, 12), w));
    SAME(or2(cat(a, w), cat(b, w)), cat(ab, w));
    SAME(and2(rep(any, 2, 9), rep(ab, 5, 12)), rep(ab, 5, 9));
    SAME(and2(rep(a, 0, 9), rep(b, 0, 12)), eps);
    SAME(not1(rep(any, 2, 9)), or2(rep(any, 0, 1), rep(any, 10, inf)));
    SAME(not1(eps), rep(any, 1, inf));
    SAME(and2(eps, star(x)), eps);
    SAME(and2(eps, x), none);
}

/* A loop takes what stands beside it and is made of its characters, but for
 * what must be there. */
static void test_loops(void)
{
    ReId all = gr_re_all(re), a = chars('a', 'a'), ab = chars('a', 'b');
    ReId w = text("word"), x = cat(w, chars('x', 'y'));
    ReId part = cat(rep(a, 0, 3), rep(ab, 2, 5));
    const uint32_t inf = GR_RE_INF;
    SAME(cat(star(a), star(ab)), star(ab));
    SAME(cat(star(ab), star(a)), star(ab));
    SAME(cat(rep(a, 0, 7), cat(star(ab), w)), cat(star(ab), w));
    SAME(cat(rep(a, 1, inf), rep(ab, 3, inf)), cat(a, rep(ab, 3, inf)));
    SAME(cat(rep(ab, 1, inf), cat(rep(a, 2, 9), x)),
         cat(rep(ab, 1, inf), cat(rep(a, 2, 2), x)));
    SAME(cat(star(ab), cat(rep(a, 0, 9), star(ab))), star(ab));
    SAME(cat(all, cat(rep(x, 0, 4), w)), cat(all, w));
    SAME(cat(rep(x, 3, inf), all), cat(rep(x, 3, 3), all));
    SAME(derive(cat(rep(a, 1, inf), star(ab)), 'a'), star(ab));
    T(cat(star(ab), star(chars('b', 'c'))).v != star(ab).v);
    T(cat(all, rep(x, 1, 2)).v != cat(all, x).v); /* x is no single part */
    T(part.v != rep(ab, 2, 5).v && part.v != rep(ab, 2, 8).v);
}

/* Conditions on one string: what is ruled out is one term, and what all
 * alternatives share stands before them. */
static void test_conditions(void)
{
    ReId all = gr_re_all(re), none = gr_re_none(re);
    ReId a = cat(all, cat(chars('a', 'c'), all));
    ReId b = cat(text("b"), star(text("xy"))), c = cat(text("c"), a);
    ReId d = cat(all, text("d")), words = none;
    const GrWord list[] = {{"one", 3, GR_RE_UNNUMBERED},
                           {"two", 3, GR_RE_UNNUMBERED}};
    ReId not_ab = not1(or2(a, b));
    SAME(and2(not1(a), not1(b)), not_ab);
    SAME(and2(and2(not1(a), c), not1(b)), and2(c, not_ab));
    SAME(and2(not1(a), not1(not1(a))), none);
    SAME(and2(b, not_ab), none);
    SAME(and2(and2(d, not_ab), b), none);
    T(and2(c, not_ab).v != none.v);
    SAME(or2(and2(a, c), and2(a, d)), and2(a, or2(c, d)));
    SAME(or2(and2(and2(a, b), c), and2(and2(a, d), c)),
         and2(and2(a, c), or2(b, d)));
    SAME(or2(and2(and2(a, b), c), and2(a, c)), and2(a, c));
    SAME(or2(and2(c, not1(a)), and2(d, not1(a))), and2(or2(c, d), not1(a)));
    T_EQ(gr_re_words(re, list, 2, &words), GRAM_OK);
    SAME(and2(and2(not1(d), not1(text("two"))), words),
         and2(text("one"), not1(d)));
}

/* The answer and, beyond the call, no harm: counts at the edge of 32 bits. */
static void test_large_counts(void)
{
    const uint32_t inf = GR_RE_INF, big = inf - 1;
    ReId az = chars('a', 'z'), x = rep(az, big, big), y = text("xy");
    SAME(derive(x, 'q'), rep(az, big - 1, big - 1));
    GrLengths l = lengths(x);
    T(l.contiguous && l.least == big && l.most == big && l.bits == NULL);
    T(!is_none(x));
    T_EQ(count(x, 1000000), 1000000);
    T_EQ(count(rep(chars('a', 'a'), 5, big), 1000000), 1000000);
    T_EQ(count(rep(chars('a', 'a'), 5, 14), 1000000), 10);
    T(cat(x, x).v != rep(az, 0, 0).v);
    SAME(rep(az, inf, inf), gr_re_none(re));
    T(rep(rep(y, 70000, 70001), 70000, 70000).v != 0);
    /* even lengths up to 2 000 000 002 are too many bits: refused */
    T_EQ(gr_re_lengths(re, cat(rep(y, 2, 1000000000), y), &l), GRAM_E_LIMIT);
    l = lengths(rep(y, 2, 1000));
    T(l.least == 4 && l.most == 2000 && gr_lengths_has(&l, 1998));
    T(!gr_lengths_has(&l, 1999) && !gr_lengths_has(&l, 2002));
    l = lengths(rep(az, 1, 1000000));
    T(l.contiguous && l.least == 1 && l.most == 1000000 && l.bits == NULL);
    l = lengths(star(y));
    T(!l.contiguous && gr_lengths_has(&l, 4000000000u));
    T(!gr_lengths_has(&l, 4000000001u));
    T(gr_lengths_meet(&l, 4000000001u, inf));
    T(!gr_lengths_meet(&l, 4000000001u, 4000000001u));
    /* a large bound over something that is not a set is arithmetic */
    ReId any = chars(0, 0x10FFFF);
    T(!is_none(and2(rep(any, 1000000, inf), star(y))));
    T(is_none(and2(rep(any, 1000001, 1000001), star(y))));
}

/* --- words ---------------------------------------------------------------- */

enum { MANY = 100000 };

static void test_many_words(void)
{
    GrWord *w = malloc(MANY * sizeof *w);
    char(*spelling)[12] = malloc(MANY * sizeof *spelling);
    ReId all;
    uint64_t before = env.steps;
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t k = (uint32_t)((uint64_t)i * 7919 % MANY);
        int n = snprintf(spelling[i], 12, "w%u", k);
        w[i] = (GrWord){spelling[i], (uint32_t)n, k};
    }
    T(gr_re_words(re, w, MANY, &all) == GRAM_OK);
    T_EQ(count(all, UINT32_MAX), MANY);
    for (uint32_t i = 0; i < MANY; i += 9973) {
        ReId a = all;
        for (uint32_t c = 0; c < w[i].len; c++)
            a = derive(a, (unsigned char)w[i].text[c]);
        T_EQ(gr_re_word(re, a), w[i].index);
    }
    T(gr_re_word(re, derive(all, 'w')) == UINT32_MAX);
    GrLengths l = lengths(all);
    T(l.contiguous && l.least == 2 && l.most == 6);
    T_OK(env.steps - before < 20 * MANY, "%llu steps",
         (unsigned long long)(env.steps - before));
    /* a length bound filters them, and numbers survive */
    ReId few = and2(all, rep(chars(0, 0x10FFFF), 0, 2));
    T_EQ(count(few, 100), 10);
    T_EQ(gr_re_word(re, derive(derive(few, 'w'), '7')), 7);
    free(spelling);
    free(w);
}

/* As many different first characters as there are words. */
static void test_wide_words(void)
{
    enum { WIDE = 20000, FIRST = 0x3000 };
    GrWord *w = malloc(WIDE * sizeof *w);
    char(*spelling)[8] = malloc(WIDE * sizeof *spelling);
    for (uint32_t i = 0; i < WIDE; i++) {
        uint32_t n = gr_utf8_put(FIRST + i, spelling[i]);
        spelling[i][n++] = 'x';
        w[i] = (GrWord){spelling[i], n, i};
    }
    ReId all;
    T(gr_re_words(re, w, WIDE, &all) == GRAM_OK);
    uint64_t before = env.steps;
    LexId s, start;
    T(gr_lex_start(re, GR_LEX_JSON, GR_NEED_FIRST, &all, 1, &start) == GRAM_OK);
    for (uint32_t i = 0; i < WIDE; i += 777) {
        s = start;
        for (uint32_t k = 0; k < w[i].len; k++) {
            GrLexInfo info;
            bool whole;
            T(gr_lex_info(re, s, &info) == GRAM_OK);
            uint8_t cls = info.classes[(unsigned char)w[i].text[k]];
            T(cls != 0 && gr_lex_move(re, s, cls, &s, &whole) == GRAM_OK);
        }
        GrLexInfo info;
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        T_EQ(gr_re_word(re, info.expr[0]), i);
    }
    SetId loop;
    uint32_t n;
    T(gr_lex_loop(re, start, &loop) == GRAM_OK);
    T(gr_set_get(re, loop, &n) == NULL && n == 0);
    T_OK(env.steps - before < 20 * WIDE, "%llu steps",
         (unsigned long long)(env.steps - before));
    free(spelling);
    free(w);
}

static void test_plain_words(void)
{
    GrWord w[3] = {{"one", 3, GR_RE_UNNUMBERED},
                   {"two", 3, GR_RE_UNNUMBERED},
                   {"", 0, GR_RE_UNNUMBERED}};
    ReId a;
    T(gr_re_words(re, w, 3, &a) == GRAM_OK);
    T(gr_re_nullable(re, a));
    SAME(derive(derive(derive(a, 'o'), 'n'), 'e'), gr_re_eps(re));
    w[0].index = 4;
    T(gr_re_words(re, w, 1, &a) == GRAM_OK);
    a = derive(derive(derive(a, 'o'), 'n'), 'e');
    T(a.v != gr_re_eps(re).v);
    T_EQ(gr_re_word(re, a), 4);
    SAME(cat(a, text("x")), text("x"));
    T(gr_re_words(re, w, 0, &a) == GRAM_OK);
    SAME(a, gr_re_none(re));
    w[0] = (GrWord){"\xC3", 1, 0};
    T_EQ(gr_re_words(re, w, 1, &a), GRAM_E_ARGUMENT);
}

/* --- lazy and deep -------------------------------------------------------- */

static void test_lazy(void)
{
    ReId a = chars('a', 'a'), ab = chars('a', 'b');
    ReId x = cat(star(ab), cat(a, rep(ab, 24, 24)));
    uint64_t seed = 3, bits = 0;
    for (int i = 0; i < 200; i++) {
        bool is_a = t_random(&seed) % 2;
        bits = bits << 1 | is_a;
        x = derive(x, is_a ? 'a' : 'b');
        T_EQ(gr_re_nullable(re, x), i >= 24 && (bits >> 24 & 1));
    }
    x = rep(text("abc"), 5000, 5000);
    for (int i = 0; i < 15000; i++) x = derive(x, "abc"[i % 3]);
    SAME(x, gr_re_eps(re));
    ReId plus = rep(chars('x', 'x'), 1, GR_RE_INF);
    x = cat(rep(cat(plus, plus), 1, GR_RE_INF), text("y"));
    for (int i = 0; i < 1000; i++) x = derive(x, 'x');
    T(!gr_re_nullable(re, x) && gr_re_nullable(re, derive(x, 'y')));
    /* one counter, not a set of them */
    ReId any = chars(0, 0x10FFFF);
    x = cat(gr_re_all(re), cat(a, cat(rep(any, 0, 100), text("b"))));
    size_t before = env.used;
    for (int i = 0; i < 1000; i++) x = derive(x, i % 3 ? 'a' : 'c');
    T_OK(env.used - before < 1 << 20, "%zu bytes", env.used - before);
}

static void test_states(void)
{
    GrText t = {0};
    ReId a = chars('a', 'a'), x = cat(a, rep(chars('b', 'c'), 0, GR_RE_INF));
    static const char want[] = "s0  a [b-c]*\n    a -> s1\n"
                               "s1 final  [b-c]*\n    [b-c] -> s1\n";
    T_EQ(gr_re_print_states(re, x, 9, &t), GRAM_OK);
    T(t.n == strlen(want) && memcmp(t.at, want, t.n) == 0);
    t.n = 0;
    T_EQ(gr_re_print_states(re, or2(x, text("d")), 1, &t), GRAM_OK);
    T(memcmp(t.at + t.n - 27, "... at least 2 more states\n", 27) == 0);
    gr_vec_clear(&env, &t);
}

enum { DEEP = 100000 };

static void ask_all(ReId x, uint32_t c)
{
    GrText t = {0};
    ReId d = derive(x, c);
    T(!is_none(x));
    T(!is_none(d) || true);
    T(gr_re_print(re, x, &t) == GRAM_OK && t.n > 0);
    gr_vec_clear(&env, &t);
}

static void test_deep(void)
{
    ReId a = chars('a', 'a'), b = chars('b', 'b'), w = text("cd"), x = w;
    for (int i = 0; i < DEEP; i++) x = cat(or2(x, b), a);
    ask_all(x, 'b');
    T_EQ(lengths(x).most, DEEP + 2);
    x = w;
    for (int i = 0; i < DEEP; i++) x = cat(a, rep(cat(b, x), 0, 2));
    ask_all(x, 'a');
    x = w;
    for (int i = 0; i < DEEP; i++) x = not1(or2(x, cat(a, x)));
    derive(x, 'a');
    x = w;
    for (int i = 0; i < DEEP; i++)
        x = or2(and2(b, not1(and2(x, b))), and2(b, not1(cat(a, x))));
    derive(x, 'b');
}

/* Repeats nested to the left: what is left after one character is as long as
 * the nest is deep, for each level of it.  Small ones work, large ones meet
 * the budget, and the pool goes on after that. */
static void test_deep_left(void)
{
    ReId w = text("cd"), b = text("xyz"), x = w, d;
    for (int i = 0; i < 300; i++) x = rep(cat(x, b), 0, 2);
    ask_all(x, 'c');
    for (int i = 0; i < DEEP; i++) x = rep(cat(x, b), 0, 2);
    env.max_steps = env.steps + 1000000;
    T_EQ(gr_re_derive(re, x, 'c', &d), GRAM_E_LIMIT);
    env.max_steps = UINT64_MAX;
    SAME(derive(derive(cat(w, b), 'c'), 'd'), b);
}

/* --- bytes ---------------------------------------------------------------- */

/* Does the state machine of {a} in this mode accept the bytes? */
static bool accepts(GrLexMode mode, ReId a, const char *p, uint32_t n)
{
    LexId s;
    GrLexInfo info;
    bool whole;
    T(gr_lex_start(re, mode, GR_NEED_FIRST, &a, 1, &s) == GRAM_OK);
    for (uint32_t i = 0; i < n; i++) {
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        uint8_t cls = info.classes[(unsigned char)p[i]];
        if (cls == 0) return false;
        T(gr_lex_move(re, s, cls, &s, &whole) == GRAM_OK);
    }
    T(gr_lex_info(re, s, &info) == GRAM_OK);
    return info.boundary && gr_re_nullable(re, info.expr[0]);
}

static void test_utf8_exact(void)
{
    uint64_t seed = 9;
    ReId all = gr_re_all(re);
    static const unsigned char edge[] = {
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
        0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
        0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    int wrong = 0, valid = 0;
    for (int i = 0; i < 40000; i++) {
        char p[4];
        uint32_t n = 1 + (uint32_t)(t_random(&seed) % 4);
        for (uint32_t k = 0; k < n; k++)
            p[k] = (char)edge[t_random(&seed) % sizeof edge];
        bool want = gr_utf8_valid(p, n) == n;
        valid += want;
        wrong += accepts(GR_LEX_UTF8, all, p, n) != want;
    }
    T_EQ(wrong, 0);
    T(valid > 1000);
}

/* Every code point of a sample, in and out of random sets, in every mode. */
static void test_code_points(void)
{
    static const uint32_t edge[] = {
        0,       7,       8,        9,       0xA,     0xB,     0xC,
        0xD,     0xE,     0x1F,     0x20,    '"',     '/',     '\\',
        0x7F,    0x80,    0x7FF,    0x800,   0xFFF,   0x1000,  0xCFFF,
        0xD000,  0xD7FF,  0xE000,   0xFFFF,  0x10000, 0x103FF, 0x10400,
        0x3FFFF, 0x40000, 0x10FC00, 0x10FFFF};
    enum { EDGES = sizeof edge / sizeof *edge };
    uint64_t seed = 11;
    int wrong = 0;
    for (int round = 0; round < 120; round++) {
        GrRange r[6];
        for (int i = 0; i < 6; i++) {
            r[i].lo = edge[t_random(&seed) % EDGES];
            r[i].hi = r[i].lo + (uint32_t)(t_random(&seed) % 3);
            if (t_random(&seed) % 4 == 0)
                r[i].hi = edge[t_random(&seed) % EDGES];
        }
        SetId s;
        ReId a;
        T(gr_set_make(re, r, 6, &s) == GRAM_OK);
        T(gr_re_set(re, s, &a) == GRAM_OK);
        for (int i = 0; i < EDGES; i++) {
            char p[16];
            bool want = gr_set_has(re, s, edge[i]);
            uint32_t n = gr_utf8_put(edge[i], p);
            wrong += accepts(GR_LEX_UTF8, a, p, n) != want;
            n = re_oracle_spell(&seed, edge[i], p);
            wrong += accepts(GR_LEX_JSON, a, p, n) != want;
            n = re_oracle_spell_canon(edge[i], p);
            wrong += accepts(GR_LEX_CANON, a, p, n) != want;
        }
    }
    T_EQ(wrong, 0);
}

/* Of all spellings of a character the canonical mode takes one. */
static void test_canon(void)
{
    uint64_t seed = 13;
    ReId all = gr_re_all(re);
    for (uint32_t c = 0; c < 0x20100; c = c < 0x180 ? c + 1 : c * 2 + 1) {
        char canon[16], p[16];
        uint32_t n_canon = re_oracle_spell_canon(c, canon);
        if (c >= 0xD800 && c < 0xE000) continue;
        T(accepts(GR_LEX_CANON, all, canon, n_canon));
        for (int i = 0; i < 40; i++) {
            uint32_t n = re_oracle_spell(&seed, c, p);
            bool equal = n == n_canon && memcmp(p, canon, n) == 0;
            T(accepts(GR_LEX_CANON, all, p, n) == equal);
            T(accepts(GR_LEX_JSON, all, p, n));
        }
    }
}

static void test_bad_escapes(void)
{
    static const char *const bad[] = {"\"",
                                      "\n",
                                      "\x1F",
                                      "\\",
                                      "\\a",
                                      "\\u",
                                      "\\u12",
                                      "\\u123g",
                                      "\\x41",
                                      "\\ud800",
                                      "\\udc00",
                                      "\\uDBFFx",
                                      "\\ud83d\\n",
                                      "\\ud83d\\ud83d",
                                      "\\ud83d\\u0041",
                                      "\\ud83d\\uDBFF",
                                      "\\U0041",
                                      "\\'",
                                      "\\u00\\u0041"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t n = (uint32_t)strlen(bad[i]);
        T_OK(!accepts(GR_LEX_JSON, gr_re_all(re), bad[i], n), "%s", bad[i]);
        T_OK(!accepts(GR_LEX_CANON, gr_re_all(re), bad[i], n), "%s", bad[i]);
    }
    T(accepts(GR_LEX_JSON, gr_re_all(re), "\\uD83d\\uDe00", 12));
    T(accepts(GR_LEX_JSON, gr_re_all(re), "\\/", 2));
}

/* Any string is a handful of states; equal maps are one map. */
static void test_sharing(void)
{
    ReId all = gr_re_all(re), two[2] = {all, gr_re_none(re)};
    LexId found[64], s;
    uint32_t n = 1, n_maps = 0;
    const uint8_t *maps[64];
    T(gr_lex_start(re, GR_LEX_JSON, GR_NEED_FIRST, &all, 1, &found[0]) ==
      GRAM_OK);
    for (uint32_t i = 0; i < n; i++) {
        GrLexInfo info;
        T(gr_lex_info(re, found[i], &info) == GRAM_OK);
        for (uint32_t k = 0; k < n_maps; k++)
            T((maps[k] == info.classes) ==
              (memcmp(maps[k], info.classes, 256) == 0));
        maps[n_maps++] = info.classes;
        for (uint32_t c = 1; c < info.n_classes && n < 63; c++) {
            bool whole, known = false;
            T(gr_lex_move(re, found[i], c, &s, &whole) == GRAM_OK);
            for (uint32_t k = 0; k < n; k++) known |= found[k].v == s.v;
            if (!known) found[n++] = s;
        }
    }
    T_OK(n <= 22, "%u states for any string", n);
    SetId loop, any;
    T(gr_lex_loop(re, found[0], &loop) == GRAM_OK);
    T(gr_set_make(re, &(GrRange){0, 0x10FFFF}, 1, &any) == GRAM_OK);
    T_EQ(loop.v, any.v);
    T(gr_lex_start(re, GR_LEX_JSON, GR_NEED_NOTHING, two, 2, &s) == GRAM_OK);
    bool whole;
    LexId to;
    T_EQ(gr_lex_move(re, s, 0, &to, &whole), GRAM_E_ARGUMENT);
    T_EQ(gr_lex_move(re, s, 255, &to, &whole), GRAM_E_ARGUMENT);
    T(gr_lex_start(re, GR_LEX_UTF8, GR_NEED_NOTHING, NULL, 0, &s) == GRAM_OK);
    T(gr_lex_move(re, s, 1, &to, &whole) == GRAM_OK && to.v == s.v);
}

/* What no word begins with is class 0, whatever the expression: no character
 * of it is ever derived by. */
static void test_dead(void)
{
    static const struct {
        const char *pattern, *alive, *dead;
    } row[] = {{"[a-c]x", "ac", "dxz "},         {"a?[x-z]", "axz", "bw"},
               {"(ab|cd)*", "ac", "bd"},         {"", "", "a0"},
               {"(?=[a-m])[k-z]", "km", "ajnz"}, {"(?![a-y])[a-z]b", "z", "1Z"},
               {"\\u00e9", "\xC3", "a\xC2\xE2"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ReId a;
        LexId s;
        GrLexInfo info;
        T(gr_re_parse(re, row[i].pattern, strlen(row[i].pattern), GR_RE_WHOLE,
                      &a, NULL) == GRAM_OK);
        T(gr_lex_start(re, GR_LEX_JSON, GR_NEED_FIRST, &a, 1, &s) == GRAM_OK);
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        T_OK((info.classes['\\'] != 0) == (*row[i].alive != 0), "%s \\",
             row[i].pattern);
        for (const char *p = row[i].alive; *p; p++)
            T_OK(info.classes[(unsigned char)*p] != 0, "%s %c", row[i].pattern,
                 *p);
        for (const char *p = row[i].dead; *p; p++)
            T_OK(info.classes[(unsigned char)*p] == 0, "%s %c", row[i].pattern,
                 *p);
    }
}

/* Where UTF-8 of these bytes leads; UINT32_MAX: it is dead. */
static uint32_t behind(LexId s, const char *p)
{
    for (; *p; p++) {
        GrLexInfo info;
        bool whole;
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        uint32_t cls = info.classes[(unsigned char)*p];
        if (cls == 0) return UINT32_MAX;
        T(gr_lex_move(re, s, cls, &s, &whole) == GRAM_OK);
    }
    return s.v;
}

/* The character of ASCII that is told leads where those beyond do; there is
 * none where one of them goes its own way. */
static void test_beyond(void)
{
    static const struct {
        const char *pattern;
        bool told;
    } row[] = {{"cat|[0-9]x", true},   {"^[^<>]*$", true},
               {"é", false},           {"^[^\\u2028]*x", false},
               {"\\u{10FFFF}", false}, {"^[ -~]+$", true},
               {"^[a-z]+$", true},     {"^[^\\x00-\\x7F]*$", false}};
    static const char *const some[] = {
        "\xC2\x80",     "\xC3\xA9",         "\xE2\x80\xA8",    "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ReId a;
        LexId s;
        GrLexInfo info;
        T(gr_re_parse(re, row[i].pattern, strlen(row[i].pattern), 0, &a,
                      NULL) == GRAM_OK);
        T(gr_lex_start(re, GR_LEX_JSON, GR_NEED_FIRST, &a, 1, &s) == GRAM_OK);
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        char byte[2] = {(char)gr_lex_beyond(re, s), 0};
        T_OK((byte[0] != 0) == row[i].told, "%s: %d", row[i].pattern, byte[0]);
        for (size_t k = 0; k < sizeof some / sizeof *some && *byte; k++)
            T_OK(behind(s, byte) == behind(s, some[k]), "%s: %s",
                 row[i].pattern, some[k]);
    }
}

/* The owner's first expression decides, or all, or none. */
static void test_need(void)
{
    ReId two[2];
    LexId s;
    T(gr_re_text(re, "a", 1, &two[0]) == GRAM_OK);
    T(gr_re_text(re, "b", 1, &two[1]) == GRAM_OK);
    static const char *const alive[] = {"abc", "a", "ab"};
    for (GrLexNeed need = GR_NEED_NOTHING; need <= GR_NEED_ANY; need++) {
        GrLexInfo info;
        T(gr_lex_start(re, GR_LEX_UTF8, need, two, 2, &s) == GRAM_OK);
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        for (const char *p = "abc"; *p; p++)
            T_OK((info.classes[(unsigned char)*p] != 0) ==
                     (strchr(alive[need], *p) != NULL),
                 "%d %c", (int)need, *p);
    }
}

/* All texts of five characters out of seven are asked whether a name of a host
 * can begin so: most end as the one before did, and 27,000 steps become 10,000.
 * On a list, not by calling itself: 19,503 terms. */
static void test_way(void)
{
    enum { MOST = 20000, LONG = 5 };
    static const char name[] = "(?!.*://)(?=.{1,255}$)((.{1,63}\\.){1,127}"
                               "(?![0-9]*$)[a-z0-9-]+\\.?)";
    static struct {
        ReId a;
        uint32_t len;
    } todo[MOST];
    uint32_t n = 0;
    bool none;
    T(gr_re_parse(re, name, strlen(name), GR_RE_WHOLE, &todo[n++].a, NULL) ==
      GRAM_OK);
    uint64_t before = env.steps;
    while (n > 0) {
        ReId a = todo[--n].a;
        uint32_t len = todo[n].len;
        T(gr_re_is_none(re, a, &none) == GRAM_OK);
        for (const char *c = ":/-0 .A"; *c && !none && len < LONG; c++) {
            todo[n].len = len + 1;
            todo[n++].a = derive(a, (unsigned char)*c);
        }
    }
    T_OK(env.steps - before < 15000, "%lu steps",
         (unsigned long)(env.steps - before));
}

/* Exactly one of five words is somewhere in the text.  Most characters leave
 * the same of each part as some other did, or some other state: what was joined
 * once is not joined again, and 39,000 steps become 25,000. */
static void test_joined(void)
{
    enum { MOST = 400 };
    static const char *const word[] = {"NEW", "SIGNING", "APPROVAL",
                                       "DEPRECATED", "REJECTED"};
    ReId all = gr_re_all(re), none = gr_re_none(re), seen = none, one = none;
    ReId state[MOST];
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        ReId x = cat(all, cat(text(word[i]), all));
        one = or2(and2(one, not1(x)), and2(x, not1(seen)));
        seen = or2(seen, x);
    }
    uint64_t before = env.steps;
    state[n++] = one;
    for (uint32_t i = 0; i < n; i++)
        for (const char *c = "NEWSIGAPROVLDCTJ "; *c; c++) {
            ReId d = derive(state[i], (unsigned char)*c);
            uint32_t k = 0;
            while (k < n && state[k].v != d.v) k++;
            if (k == n && n < MOST) state[n++] = d;
        }
    T_OK(env.steps - before < 32000, "%u states, %lu steps", n,
         (unsigned long)(env.steps - before));
}

/* Behind "((" the least characters never lead to an end: another "(" does as
 * well, for ever.  The nearest term is asked soon, and 33,000 steps become
 * 4,400. */
static void test_nearest(void)
{
    static const char *const begun[] = {"((", "((((", "(?:(", "(a|(b("};
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
        ReId a = gr_re_none(re);
        close_pool();
        open_pool();
        T(gr_re_format(re, "regex", 5, &a) == GRAM_OK);
        for (const char *c = begun[i]; *c; c++)
            a = derive(a, (unsigned char)*c);
        uint64_t before = env.steps;
        T(!is_none(a));
        T_OK(env.steps - before < 8000, "%s: %lu steps", begun[i],
             (unsigned long)(env.steps - before));
    }
}

static ReId format(const char *name)
{
    ReId a = gr_re_none(re);
    T(gr_re_format(re, name, strlen(name), &a) == GRAM_OK);
    return a;
}

static ReId holding(ReId a)
{
    ReId all = gr_re_all(re);
    return cat(all, cat(a, all));
}

/* An intersection whose parts have no letters in common that would spell it is
 * none without a search, which would see thousands of states of a date-time. */
static void test_letters(void)
{
    ReId time = format("date-time"), digit = chars('0', '9');
    ReId upper = rep(chars('A', 'Z'), 1, GR_RE_INF), w = text("2026-11-29T");
    ReId none[] = {
        and2(time, holding(chars('a', 'a'))),
        and2(time, not1(holding(digit))),
        and2(time, not1(or2(holding(text("a")), holding(digit)))),
        and2(format("ipv6"), upper),
        and2(format("date"), holding(cat(digit, text("T")))),
        and2(or2(cat(w, upper), cat(text("a"), upper)), star(chars('0', 'T')))};
    ReId some[] = {
        and2(time, holding(chars('t', 't'))),
        and2(time, not1(holding(text("a")))),
        and2(time, not1(holding(text("00")))),
        and2(format("ipv6"), holding(text("a"))),
        and2(or2(cat(w, upper), cat(text("a"), upper)), star(chars('-', 'T')))};
    uint64_t before = env.steps;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        T_OK(is_none(none[i]), "%zu", i);
    T_OK(env.steps - before < 20000, "%lu steps",
         (unsigned long)(env.steps - before));
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        T_OK(!is_none(some[i]), "%zu", i);
}

/* The way of before serves the length of a shortest word, too, which is exact
 * all the same. */
static void test_ending(void)
{
    static const char name[] = "(?!.*--)(?=.{1,99}$)(?:[a-z0-9-]{0,9}[a-z0-9]"
                               "[.])*(?:(?!.*[0-9])[a-z-]*[a-z]!|[a-z]+[?])";
    uint64_t seed = 7;
    ReId a;
    T(gr_re_parse(re, name, strlen(name), GR_RE_WHOLE, &a, NULL) == GRAM_OK);
    uint64_t steps = 0;
    for (int i = 0; i < 60; i++) {
        uint32_t c = (uint32_t) "abz09-."[t_random(&seed) % 7], least, len;
        ReId d = derive(a, c);
        if (is_none(d)) continue;
        a = d;
        uint64_t before = env.steps;
        T(gr_re_least_exact(re, a, &least) == GRAM_OK);
        steps += env.steps - before;
        GrText word = {0};
        T(gr_re_shortest(re, a, &word) == GRAM_OK);
        len = word.n;
        T_EQ(least, len);
        gr_vec_clear(&env, &word);
    }
    T_OK(steps < 2000, "%lu steps", (unsigned long)steps);
}

static ReId parsed(const char *pattern)
{
    ReId a = gr_re_none(re);
    gram_status st =
        gr_re_parse(re, pattern, strlen(pattern), GR_RE_WHOLE, &a, NULL);
    return ok(st, a);
}

/* An upper bound is taken off where nothing else says how long a word is. */
static void test_unbound(void)
{
    static const struct {
        const char *pattern, *wide;
        uint32_t most; /* 0: none is */
    } row[] = {{"[a-z]{1,255}", "[a-z]+", 255},
               {"[a-z]{0,16}", "[a-z]*", 16},
               {"[a-z]{4,40}", "[a-z]{4,}", 40},
               {"[A-Z][0-9]{3}[a-z]{0,62}", "[A-Z][0-9]{3}[a-z]*", 66},
               {"[a-z][a-z0-9]{1,20}", "[a-z][a-z0-9]+", 21},
               {"[a-z]{4,19}", NULL, 0},
               {"[a-z]{3,}", NULL, 0},
               {"[a-z]{90}", NULL, 0},
               {"[a-z]{1,99}[0-9]", NULL, 0},
               {"[0-9]?[a-z]{1,99}", NULL, 0},
               {"(ab){1,99}", NULL, 0},
               {"x|[a-z]{2,99}", NULL, 0},
               {"(a[0-9]){5}b[a-z]{1,99}", NULL, 0}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ReId a = parsed(row[i].pattern), wide;
        ReId want = row[i].wide ? parsed(row[i].wide) : a;
        uint32_t most;
        T(gr_re_unbound(re, a, &wide, &most) == GRAM_OK);
        T_OK(wide.v == want.v, "%s", row[i].pattern);
        T_OK(most == (row[i].most ? row[i].most : GR_RE_INF), "%s: %u",
             row[i].pattern, most);
    }
}

static void (*const tests[])(void) = {
    test_set_edges,    test_set_random, test_laws,        test_loops,
    test_large_counts, test_conditions, test_many_words,  test_wide_words,
    test_plain_words,  test_lazy,       test_states,      test_deep,
    test_deep_left,    test_utf8_exact, test_code_points, test_canon,
    test_bad_escapes,  test_sharing,    test_dead,        test_beyond,
    test_need,         test_way,        test_joined,      test_nearest,
    test_letters,      test_ending,     test_unbound};

int main(void)
{
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        open_pool();
        tests[i]();
        close_pool();
    }
    return t_done();
}
