/* The core of src/regex: normal form, sets, large numbers, deep nests.  Byte
 * states are in regex_bytes.c, membership of random terms in
 * regex_core_oracle.c. */
#include "tests/oracle/re_oracle.h"
#include "tests/terms.h"

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

/* A length that is read off a term stays what it is once a shorter word was
 * searched for, for the term and for what is made of it. */
static void test_least_again(void)
{
    ReId k = cat(cat(gr_re_all(re), text("k")), gr_re_all(re));
    ReId less = and2(rep(chars('a', 'm'), 2, GR_RE_INF), not1(k));
    ReId x = or2(text("zzzzzzzzz"), less);
    uint32_t before, exact, after;
    T(gr_re_least(re, x, &before) == GRAM_OK);
    T(gr_re_least_exact(re, x, &exact) == GRAM_OK);
    T(gr_re_least(re, x, &after) == GRAM_OK);
    T(before == 9 && exact == 2 && after == 9);
    T(gr_re_least(re, cat(text("q"), x), &after) == GRAM_OK);
    T_EQ(after, 10);
    T(gr_re_least_exact(re, cat(text("q"), x), &exact) == GRAM_OK);
    T_EQ(exact, 3);
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

static void (*const tests[])(void) = {
    test_set_edges,    test_set_random, test_laws,       test_loops,
    test_large_counts, test_conditions, test_many_words, test_wide_words,
    test_plain_words,  test_lazy,       test_states,     test_deep,
    test_deep_left,    test_least_again};

int main(void)
{
    return run_terms(tests, sizeof tests / sizeof *tests);
}
