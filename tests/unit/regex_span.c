/* regex: what is decided without a look at all terms, against the subset
 * construction (book.h).
 *
 *   - lengths between the shortest and the longest word, for whoever asks of
 *     several in a row whether one is there, and some length from a given one
 *     on, which a derivative goes on with (re_span.c)
 *   - the same of each single length, where a look along one way tells it
 *     (re_gaps.c)
 *   - whether two terms are apart, by their letters: no word is one of both
 *   - whether there is a word at all, by the term without large counts
 *     (re_widen.c): it has all the words of the term
 *
 * The terms are intersections of lists with large counts and of patterns that
 * look for something in them, so that few bounds can be read off. */
#include "regex/re_pool.h"
#include "tests/book.h"
#include "tests/tools/alloc.h"

static GrEnv env;
static GrRe *re;

/* --- terms ---------------------------------------------------------------- */

static ReId list(uint64_t *seed)
{
    uint32_t n = 1 + book_below(seed, 30), m = 1 + book_below(seed, 4);
    switch (book_below(seed, 7)) {
    case 0:
        return book_parse(re, "^[ab]{1,%u}(?:c[abd]{%u,%u})*$", n, m, m + 18);
    case 6:
        return book_parse(re, "^(?=[^%c]{1,%u}d)[a-%c]*(?:b|ac)*d(?:c|d){%u}$",
                          "de"[n % 2], n, "cd"[m % 2], m);
    case 1: return book_parse(re, "^(?:[a-d]{1,%u}e){0,%u}[a-d]$", n, m);
    case 2: return book_parse(re, "^(?:a{%u}|b{%u}|c)*$", m + 1, n);
    case 3: return book_parse(re, "^[abc]*(?:d[abc]{0,%u})?e?$", n);
    case 4: return book_parse(re, "^(?=.{%u,%u}$)(?:[ab]+c)+$", m, m + n);
    default:
        return book_parse(re, "^(?:ab|c{2,%u}|de){%u,%u}$", n + 1, m, m + 17);
    }
}

static ReId look(uint64_t *seed)
{
    uint32_t n = 1 + book_below(seed, 20), m = 1 + book_below(seed, 4);
    switch (book_below(seed, 8)) {
    case 0: return book_parse(re, "c");
    case 1: return book_parse(re, "a.{%u}c", m);
    case 2: return book_parse(re, "e$");
    case 3: return book_parse(re, "^(?!.*bb)");
    case 4: return book_parse(re, "^(?!.*[cd].*a{%u})", m);
    case 5: return book_parse(re, "^(?:[^c]*c[^c]*){0,%u}$", m);
    case 6: return book_parse(re, "^.{%u,%u}$", m, m + n);
    default: return book_parse(re, "d.*b|^a{%u}", n);
    }
}

static ReId term(uint64_t *seed)
{
    ReId part[4] = {list(seed), list(seed)}, a = {0};
    uint32_t n = 1 + book_below(seed, 2), looks = 1 + book_below(seed, 2);
    while (looks-- > 0) part[n++] = look(seed);
    if (book_below(seed, 4) == 0)
        T(gr_re_not(re, part[0], &part[0]) == GRAM_OK);
    T(gr_re_and(re, part, n, &a) == GRAM_OK);
    if (book_below(seed, 3) == 0) {
        part[0] = a;
        part[1] = list(seed);
        T(gr_re_or(re, part, 2, &a) == GRAM_OK);
    }
    return a;
}

/* --- comparing ------------------------------------------------------------ */

static uint32_t apart, spans, windows, wider, empty, each, lacking, rings;

/* The first length from lo to hi, BOOK_LEVELS where none is among those. */
static uint32_t first_of(const bool *has, uint32_t lo, uint32_t hi)
{
    while (lo < BOOK_LEVELS && lo <= hi && !has[lo]) lo++;
    return lo <= hi ? lo : BOOK_LEVELS;
}

/* What is read off the term; asked before anything is searched for. */
static void check_bounds(ReId a, const bool *has, uint64_t seed)
{
    uint32_t low = 0, most = 0;
    T(gr_re_bounds(re, a, &low, &most) == GRAM_OK);
    for (uint32_t i = 0; i < BOOK_LEVELS; i++)
        T_OK(!has[i] || (i >= low && i <= most), "seed %llu: %u of %u..%u",
             (unsigned long long)seed, i, low, most);
}

static void check_some(ReId a, const bool *has, uint32_t lo, uint32_t hi,
                       uint64_t seed)
{
    uint32_t first = first_of(has, lo, hi), n = 0, rest;
    T(gr_re_some_length(re, a, lo, hi, &n) == GRAM_OK);
    T_OK(n == GR_RE_INF
             ? first == BOOK_LEVELS
             : n >= first && n <= hi && n >= lo && (n >= BOOK_LEVELS || has[n]),
         "seed %llu: %u of %u..%u, first %u", (unsigned long long)seed, n, lo,
         hi, first);
    if (n == 0 || n == GR_RE_INF) return;
    bool goes_on = false;
    for (const char *c = "abcdez\n"; *c != 0 && !goes_on; c++) {
        ReId d = {0};
        T(gr_re_derive(re, a, (unsigned char)*c, &d) == GRAM_OK);
        T(gr_re_some_length(re, d, lo ? lo - 1 : 0,
                            hi == GR_RE_INF ? hi : hi - 1, &rest) == GRAM_OK);
        goes_on = rest <= n - 1;
    }
    T_OK(goes_on, "seed %llu: no way on from %u of %u..%u",
         (unsigned long long)seed, n, lo, hi);
}

static void check_windows(ReId a, const bool *has, uint32_t width,
                          uint64_t seed)
{
    GrLengths l = {0};
    T(gr_re_lengths_within(re, a, width, &l) == GRAM_OK);
    const ReNode *node = gr_re_node(re, a);
    spans += node->lengths == 0 && !l.none;
    bool by_gaps = node->lengths != 0 && node->unary == 0;
    each += by_gaps;
    lacking += by_gaps && !l.contiguous;
    rings += by_gaps && l.most == GR_RE_INF;
    for (uint32_t lo = 0; lo < BOOK_LEVELS / 2; lo++) {
        uint32_t hi = width == GR_RE_INF ? width : lo + width - 1;
        bool yes = first_of(has, lo, hi) < BOOK_LEVELS;
        bool far = hi == GR_RE_INF && l.most >= BOOK_LEVELS;
        T_OK(gr_lengths_meet(&l, lo, hi) == (yes || far),
             "seed %llu: %u..%u should %sbe there", (unsigned long long)seed,
             lo, hi, yes ? "" : "not ");
        windows += yes;
    }
}

static void check_lengths(ReId a, const bool *has, uint64_t *s, uint64_t seed)
{
    uint32_t width = 1 + book_below(s, 12), lo = book_below(s, BOOK_LEVELS / 2);
    bool endless = book_below(s, 4) == 0;
    if (endless) check_windows(a, has, GR_RE_INF, seed);
    for (uint32_t w = width; w > 0; w /= 2) check_windows(a, has, w, seed);
    check_some(a, has, lo, endless ? GR_RE_INF : lo + width - 1, seed);
}

/* None of its words is short; it has some. */
static void check_long(ReId a, uint64_t seed)
{
    GrText word = {0};
    bool yes = false;
    T(gr_re_shortest(re, a, &word) == GRAM_OK && word.n >= BOOK_LEVELS);
    T(gr_re_holds(re, a, word.at, word.n, &yes) == GRAM_OK);
    T_OK(yes, "seed %llu: it has no words", (unsigned long long)seed);
    gr_vec_clear(&env, &word);
}

/* What is widened has all the words, and says so of none. */
static void check_wider(ReId a, const bool *has, uint64_t seed)
{
    ReId wide = {0}, part[2] = {a};
    bool none = false, more[BOOK_LEVELS];
    T(gr_re_widen(re, a, 16, &wide) == GRAM_OK);
    T(gr_re_is_none(re, a, &none) == GRAM_OK);
    T_OK(!none || first_of(has, 0, BOOK_LEVELS) == BOOK_LEVELS,
         "seed %llu: it has words", (unsigned long long)seed);
    if (!none && first_of(has, 0, BOOK_LEVELS) == BOOK_LEVELS)
        check_long(a, seed);
    empty += none;
    if (wide.v == a.v) return;
    wider++;
    T(gr_re_not(re, wide, &part[1]) == GRAM_OK);
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    T_OK(!book_lengths(re, a, more) ||
             first_of(more, 0, BOOK_LEVELS) == BOOK_LEVELS,
         "seed %llu: a word is lost", (unsigned long long)seed);
}

/* What is said to be apart has no word in common. */
static void check_apart(ReId a, ReId b, uint64_t seed)
{
    bool yes = false, has[BOOK_LEVELS];
    ReId both = {0};
    T(gr_re_apart(re, a, b, &yes) == GRAM_OK);
    apart += yes;
    T(gr_re_and(re, (ReId[]){a, b}, 2, &both) == GRAM_OK);
    if (yes && book_lengths(re, both, has))
        T_OK(first_of(has, 0, BOOK_LEVELS) == BOOK_LEVELS,
             "seed %llu: they are not apart", (unsigned long long)seed);
}

enum { SAME = 5 };

/* Lengths told of a term and some behind it, asked from either end. */
static void tell(uint64_t seed, bool last_first, uint32_t out[SAME])
{
    uint32_t lo = book_below(&seed, BOOK_LEVELS / 2),
             hi = lo + book_below(&seed, 9);
    GrLengths l;
    ReId at[SAME];
    env.steps = 0;
    T(gr_re_new(&env, &re) == GRAM_OK);
    at[0] = term(&seed);
    for (uint32_t i = 1; i < SAME; i++)
        T(gr_re_derive(re, at[i - 1], "abcde"[book_below(&seed, 5)], &at[i]) ==
          GRAM_OK);
    for (uint32_t i = 0; i < SAME; i++) {
        uint32_t k = last_first ? SAME - 1 - i : i;
        T(gr_re_lengths_within(re, at[k], 9, &l) == GRAM_OK);
        T(gr_re_some_length(re, at[k], lo, hi, &out[k]) == GRAM_OK);
    }
    gr_re_free(re);
}

/* What was asked before does not matter. */
static void check_same(uint64_t seed)
{
    uint32_t told[2][SAME];
    tell(seed, false, told[0]);
    tell(seed, true, told[1]);
    T_OK(memcmp(told[0], told[1], sizeof told[0]) == 0,
         "seed %llu: asked in another order", (unsigned long long)seed);
}

static void check_term(uint64_t seed)
{
    uint64_t s = seed;
    bool has[BOOK_LEVELS];
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = term(&s);
    for (uint32_t i = 0; i < 4 && book_lengths(re, a, has); i++) {
        check_bounds(a, has, seed);
        check_lengths(a, has, &s, seed);
        check_wider(a, has, seed);
        check_apart(a, look(&s), seed);
        T(gr_re_derive(re, a, "abcd"[book_below(&s, 4)], &a) == GRAM_OK);
    }
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* --- steps ---------------------------------------------------------------- */

static ReId format(const char *name)
{
    ReId a = {0};
    T(gr_re_format(re, name, (uint32_t)strlen(name), &a) == GRAM_OK);
    return a;
}

#define LABEL "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

/* Names of 60 to 255 characters: not all lengths at all places are needed. */
static void check_format_lengths(const char *name, uint32_t most)
{
    GrLengths l = {0};
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = format(name);
    uint64_t before = env.steps;
    T(gr_re_lengths_within(re, a, 196, &l) == GRAM_OK);
    T_OK(l.contiguous && l.most == most, "%s: %u", name, l.most);
    T_OK(env.steps - before < 1000000, "%s: %llu steps", name,
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* Exactly so many characters: behind those of `before` all lengths are there,
 * but for `lack`. */
static void check_each_length(const char *name, const char *before,
                              uint32_t lack, uint32_t most)
{
    GrLengths l = {0};
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = format(name);
    for (; *before != 0; before++)
        T(gr_re_derive(re, a, (unsigned char)*before, &a) == GRAM_OK);
    uint64_t steps = env.steps;
    T(gr_re_lengths_within(re, a, 1, &l) == GRAM_OK);
    T_OK(l.most == most, "%s: %u", name, l.most);
    for (uint32_t i = l.least; i < 400 && i <= most; i++)
        T_OK(gr_lengths_has(&l, i) == (i != lack), "%s: %u", name, i);
    T_OK(env.steps - steps < 1000000, "%s: %llu steps", name,
         (unsigned long long)(env.steps - steps));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* A name of exactly so many characters, which the way to a longest one misses,
 * is found by one way. */
static void check_exactly(const char *name, uint32_t n)
{
    uint32_t rest = 0;
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = format(name);
    uint64_t before = env.steps;
    T(gr_re_some_length(re, a, n, n, &rest) == GRAM_OK);
    T_OK(rest == n, "%s: %u of %u", name, rest, n);
    T_OK(env.steps - before < 500000, "%s: %llu steps", name,
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* An address, or a name: the address says how long it may be, so that one way
 * down tells the lengths of both. */
static void check_either(const char *name, const char *other, uint32_t most)
{
    GrLengths l = {0};
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId part[2] = {format(name), format(other)}, a = {0};
    T(gr_re_or(re, part, 2, &a) == GRAM_OK);
    uint64_t before = env.steps;
    T(gr_re_lengths_within(re, a, 250, &l) == GRAM_OK);
    T_OK(l.most == most, "%s, %s: %u", name, other, l.most);
    T_OK(env.steps - before < 400000, "%s, %s: %llu steps", name, other,
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* And of their neighbours: mostly one character tried leads to a longest word,
 * and the others are not derived. */
static void check_neighbours(void)
{
    static const uint32_t letter[] = {'a', 0xE9, 0x3B1, 0x915, 0x8A9E};
    GrLengths l = {0};
    ReId d;
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId a = format("idn-hostname");
    uint64_t before = env.steps;
    for (const char *c = "host-name.host"; *c != 0; c++) {
        for (uint32_t i = 0; i < sizeof letter / sizeof *letter; i++) {
            T(gr_re_derive(re, a, letter[i], &d) == GRAM_OK);
            T(gr_re_lengths_within(re, d, GR_RE_INF, &l) == GRAM_OK);
            T_OK(l.most >= 50, "%u before %s", l.most, c);
        }
        T(gr_re_derive(re, a, (unsigned char)*c, &a) == GRAM_OK);
    }
    T_OK(env.steps - before < 800000, "%llu steps",
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* By their letters; other pairs share words. */
static void check_formats_apart(const char *name, const char *other, bool are)
{
    bool yes = !are;
    T(gr_re_new(&env, &re) == GRAM_OK);
    uint64_t before = env.steps;
    T(gr_re_apart(re, format(name), format(other), &yes) == GRAM_OK);
    T_OK(yes == are, "%s and %s", name, other);
    T_OK(env.steps - before < 500000, "%s and %s: %llu steps", name, other,
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* Addresses with a date in them, or a host name beside a path: found, or ruled
 * out, without a look at each count. */
static void check_words(const char *name, ReId other, bool none)
{
    ReId part[2] = {format(name), other};
    bool is_none = !none;
    uint64_t before = env.steps;
    T(gr_re_and(re, part, 2, &part[0]) == GRAM_OK);
    T(gr_re_is_none(re, part[0], &is_none) == GRAM_OK);
    T_OK(is_none == none, "%s", name);
    T_OK(env.steps - before < 1000000, "%s: %llu steps", name,
         (unsigned long long)(env.steps - before));
}

static void check_format_words(const char *name, const char *pattern, bool none)
{
    T(gr_re_new(&env, &re) == GRAM_OK);
    check_words(name, book_parse(re, "%s", pattern), none);
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* Is every word of one format one of the other?  The letters of the one tell,
 * with the automaton of the other. */
static void check_format_within(const char *name, const char *other, bool all)
{
    ReId out = {0};
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(gr_re_not(re, format(other), &out) == GRAM_OK);
    check_words(name, out, all);
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* Behind a Hebrew letter there are thousands of ways on to more of the kind,
 * each as near to an "a" as can be told; the short one is by a dot. */
static void check_short_way(void)
{
    bool none = true;
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId part[2] = {format("idn-hostname"), book_parse(re, "a")}, a;
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    T(gr_re_derive(re, a, 0x5D1, &a) == GRAM_OK);
    uint64_t before = env.steps;
    T(gr_re_is_none(re, a, &none) == GRAM_OK && !none);
    T_OK(env.steps - before < 600000, "%llu steps",
         (unsigned long long)(env.steps - before));
    gr_re_free(re);
    T_EQ(env.used, 0);
}

/* Of sets too large to be kept, ASCII is, and what is beyond it may come. */
static void check_letters(const char *letter, bool none)
{
    bool is_none = !none;
    T(gr_re_new(&env, &re) == GRAM_OK);
    ReId part[2] = {format("idn-hostname"), book_parse(re, "%s", letter)};
    T(gr_re_and(re, part, 2, &part[0]) == GRAM_OK);
    T(gr_re_none_by_letters(re, part[0], &is_none) == GRAM_OK);
    T_OK(is_none == none, "%s in a host name", letter);
    gr_re_free(re);
}

/* --- when memory or steps run out ----------------------------------------- */

typedef struct Answers {
    bool none[3], ends[2];
    GrLengths within, each;
    uint32_t length;
} Answers;

static gram_status ask(Answers *out)
{
    static const char host[] = "^(?:[a-c]{1,17}(?:\\.|$))*$", look[] = "c\\.a",
                      bad[] = "\\.\\.", all[] = "^[a-z.]+$",
                      few[] = "^(?:[a-c]{3}\\.){1,3}$";
    ReId part[2], a, b, c;
    bool annex_b;
    memset(out, 0, sizeof *out);
    GR_TRY(gr_re_parse(re, host, sizeof host - 1, 0, &part[0], &annex_b));
    GR_TRY(gr_re_parse(re, look, sizeof look - 1, 0, &part[1], &annex_b));
    GR_TRY(gr_re_and(re, part, 2, &a));
    GR_TRY(gr_re_parse(re, few, sizeof few - 1, 0, &c, &annex_b));
    GR_TRY(gr_re_and(re, (ReId[]){c, part[1]}, 2, &c));
    GR_TRY(gr_re_lengths_within(re, c, 1, &out->each));
    GR_TRY(gr_re_parse(re, bad, sizeof bad - 1, 0, &part[1], &annex_b));
    GR_TRY(gr_re_and(re, part, 2, &b));
    GR_TRY(gr_re_parse(re, all, sizeof all - 1, 0, &part[1], &annex_b));
    GR_TRY(gr_re_not(re, part[1], &part[1]));
    GR_TRY(gr_re_and(re, (ReId[]){a, part[1]}, 2, &c));
    GR_TRY(gr_re_is_none(re, c, &out->none[2]));
    GR_TRY(gr_re_none_by_ends(re, c, &out->ends[0]));
    GR_TRY(gr_re_parse(re, "-$", 2, 0, &part[1], &annex_b));
    GR_TRY(gr_re_and(re, (ReId[]){a, part[1]}, 2, &c));
    GR_TRY(gr_re_none_by_ends(re, c, &out->ends[1]));
    GR_TRY(gr_re_is_none(re, a, &out->none[0]));
    GR_TRY(gr_re_is_none(re, b, &out->none[1]));
    GR_TRY(gr_re_lengths_within(re, a, 5, &out->within));
    return gr_re_some_length(re, a, 40, 44, &out->length);
}

static void check_answers(const Answers *a)
{
    T(!a->none[0] && a->none[1] && a->none[2]);
    T(!a->ends[0] && a->ends[1]);
    T(a->within.least == 3 && a->within.most == GR_RE_INF);
    T(a->length >= 40 && a->length <= 44);
    for (uint32_t i = 0; i < 20; i++)
        T(gr_lengths_has(&a->each, i) == (i == 8 || i == 12));
}

/* The pool that went without goes on with what it then has. */
static bool check_memory(unsigned long k)
{
    TestAlloc alloc = {.fail_at = k, .fail_on = k % 2};
    gram_allocator g = test_alloc(&alloc);
    Answers a;
    gr_env_init(&env, &g, 0, 0);
    gram_status st = gr_re_new(&env, &re);
    if (st == GRAM_OK) {
        st = ask(&a);
        alloc.fail_at = 0;
        if (st != GRAM_OK) T(ask(&a) == GRAM_OK);
        check_answers(&a);
        gr_re_free(re);
    }
    T_EQ(alloc.live, 0);
    T_EQ(alloc.wrong, 0);
    return alloc.calls >= k;
}

static void check_steps(uint64_t allowance)
{
    Answers a;
    gram_status st = GRAM_E_LIMIT;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    for (int i = 0; i < 100000 && st == GRAM_E_LIMIT; i++) {
        env.steps = 0;
        env.max_steps = allowance * (uint64_t)(i + 1);
        st = ask(&a);
    }
    T_EQ(st, GRAM_OK);
    check_answers(&a);
    gr_re_free(re);
}

static void check_faults(void)
{
    unsigned long k = 1;
    while (check_memory(k)) k++;
    T_OK(k > 200, "only %lu requests", k);
    for (uint64_t n = 1; n < 60; n += 7) check_steps(n);
    gr_env_init(&env, NULL, 0, 0);
}

int main(void)
{
    uint64_t seed = t_seed();
    gr_env_init(&env, NULL, 0, 0);
    check_faults();
    check_letters("/", true);
    check_letters("a", false);
    check_letters("\xC3\xA9", false);
    check_format_lengths("email", 318);
    check_format_lengths("idn-hostname", 253);
    check_format_lengths("regex", GR_RE_INF);
    check_each_length("email", "", UINT32_MAX, 318);
    check_each_length("idn-email", "", UINT32_MAX, 318);
    check_each_length("idn-email", LABEL "@" LABEL, 1, 190);
    check_each_length("regex", "", UINT32_MAX, GR_RE_INF);
    check_each_length("uri", "a:", UINT32_MAX, GR_RE_INF);
    check_either("idn-email", "idn-hostname", 318);
    check_either("email", "hostname", 318);
    check_formats_apart("idn-email", "idn-hostname", true);
    check_formats_apart("email", "date-time", true);
    check_formats_apart("uuid", "ipv4", true);
    check_formats_apart("hostname", "ipv4", false);
    check_formats_apart("iri", "uri", false);
    check_exactly("hostname", 64);
    check_exactly("idn-hostname", 64);
    check_exactly("idn-email", 130);
    check_neighbours();
    check_short_way();
    check_format_words("email", "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}", false);
    check_format_words("idn-hostname", "\\.com$", false);
    check_format_words("idn-hostname", "^[^/]+/[^/]+$", true);
    check_format_words("email", "^[^\"@]+@.*%", true);
    check_format_words("idn-hostname", "\\s", true);
    check_format_within("idn-hostname", "iri-reference", true);
    check_format_within("idn-hostname", "uri-reference", false);
    check_format_within("hostname", "regex", true);
    for (int i = 0; i < 1000 && t_failed < 20; i++) check_term(t_random(&seed));
    for (int i = 0; i < 1500 && t_failed < 20; i++) check_same(t_random(&seed));
    T_OK(spans > 1000, "only %u are spans", spans);
    T_OK(windows > 20000, "only %u windows", windows);
    T_OK(each > 500, "only %u of each length", each);
    T_OK(lacking > 100, "only %u lack some", lacking);
    T_OK(rings > 20, "only %u are endless", rings);
    T_OK(apart > 200, "only %u are apart", apart);
    T_OK(wider > 800, "only %u are widened", wider);
    T_OK(empty > 100, "only %u are empty", empty);
    return t_done();
}
