/* The states of src/regex that read bytes: UTF-8, escapes, what is shared, dead
 * or near, and what text they still need. */
#include "tests/oracle/re_oracle.h"
#include "tests/terms.h"

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

/* The first have no word, which takes few steps to tell; the others have. */
static void decides(const ReId *none, size_t n_none, const ReId *some,
                    size_t n_some)
{
    uint64_t before = env.steps;
    for (size_t i = 0; i < n_none; i++) T_OK(is_none(none[i]), "%zu", i);
    T_OK(env.steps - before < 20000, "%lu steps",
         (unsigned long)(env.steps - before));
    for (size_t i = 0; i < n_some; i++) T_OK(!is_none(some[i]), "%zu", i);
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
    decides(none, sizeof none / sizeof *none, some, sizeof some / sizeof *some);
}

static ReId ending(ReId a)
{
    return cat(gr_re_all(re), a);
}

/* Nor is one searched whose parts have no last letter in common. */
static void test_ends(void)
{
    ReId time = format("date-time"), dot = rep(text("."), 3, GR_RE_INF);
    ReId low = chars('a', 'z'), digit = chars('0', '9');
    ReId none[] = {
        and2(time, ending(cat(low, dot))),
        and2(time, ending(cat(dot, star(dot)))),
        and2(time, not1(or2(ending(digit),
                            or2(ending(text("Z")), ending(text("z")))))),
        and2(format("ipv4"), ending(or2(text("1.2."), cat(text("."), dot))))};
    ReId some[] = {and2(time, ending(digit)),
                   and2(time, ending(cat(text("7"), star(chars('A', 'Z'))))),
                   and2(time, not1(ending(digit))),
                   and2(format("ipv4"), ending(or2(text("1.2"), text("3."))))};
    decides(none, sizeof none / sizeof *none, some, sizeof some / sizeof *some);
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
    test_utf8_exact, test_code_points, test_canon,   test_bad_escapes,
    test_sharing,    test_dead,        test_beyond,  test_need,
    test_way,        test_joined,      test_nearest, test_letters,
    test_ends,       test_ending,      test_unbound};

int main(void)
{
    return run_terms(tests, sizeof tests / sizeof *tests);
}
