/* regex: terms without large counts (re_widen.c), and how far words go on
 * letters of a set (re_reach.c), against all words of up to seven characters.
 *
 *   - a word of the term is one of the widened term
 *   - a short word of the widened term is one of the term: as short as is said
 *     of the letters that it has
 *   - no word begins with more letters of a set than is said, and none has
 *     others where that is said
 *
 * The terms are unions of runs of letters with counts, among other things, and
 * in intersections with what looks for something. */
#include "regex/re_pool.h"
#include "tests/book.h"

static GrEnv env;
static GrRe *re;
static uint32_t widened, of_letters, reaches, insides;

enum { DEPTH = 7, LARGE_LEAST = 2 };
static const uint32_t letter[] = {'a', 'b', '-', 0xE9, 0x44F};
enum { LETTERS = sizeof letter / sizeof *letter };

/* --- terms ---------------------------------------------------------------- */

static ReId runs(uint64_t *seed)
{
    uint32_t n = 1 + book_below(seed, 7), m = 1 + book_below(seed, 5);
    switch (book_below(seed, 7)) {
    case 6:
        return book_parse(re, "^(?:[a\\xE9]{0,%u}|[ab\\xE9\\u044F]{1,%u})-?$",
                          n + m, m);
    case 0:
        return book_parse(re, "^(?:[ab-]{1,%u}|[ab\\xE9-]{1,%u})$", n + m, m);
    case 1:
        return book_parse(
            re, "^(?:[ab]{0,%u}|[ab\\xE9]{0,%u}|[ab\\u044F]{0,5})-$", n, m);
    case 2:
        return book_parse(re,
                          "^(?:[ab-]{1,%u}|[ab\\xE9\\u044F-]{1,%u}"
                          "|[ab\\u044F-]{1,%u}|(?:\\xE9a*){1,3})(?:-a)*$",
                          n, m, n + 1);
    case 3:
        return book_parse(re, "^(?:(?:[ab]{1,%u}|[\\xE9a]{1,%u})-?)*$", n, m);
    case 4:
        return book_parse(
            re, "^(?:[ab]{1,%u}|(?=.{1,4}$)[ab\\xE9]*|[^-]{1,%u})$", n, m);
    default: return book_parse(re, "^[ab]{%u,%u}(?:\\xE9|b{3,})?$", m, m + n);
    }
}

static ReId look(uint64_t *seed)
{
    uint32_t n = 1 + book_below(seed, 6);
    switch (book_below(seed, 5)) {
    case 0: return book_parse(re, "^(?!.*--)");
    case 1: return book_parse(re, "^[^\\xE9]{0,%u}(?:\\xE9|$)", n);
    case 2: return book_parse(re, "a$|\\u044F");
    case 3: return book_parse(re, "^(?!.*\\xE9.*a{%u})", n);
    default: return book_parse(re, "^.{0,%u}$", n + 2);
    }
}

static ReId term(uint64_t *seed)
{
    ReId part[3] = {runs(seed), look(seed), look(seed)}, a = {0};
    uint32_t n = 1 + book_below(seed, 3);
    if (book_below(seed, 6) == 0)
        T(gr_re_not(re, part[n - 1], &part[n - 1]) == GRAM_OK);
    T(gr_re_and(re, part, n, &a) == GRAM_OK);
    if (book_below(seed, 4) > 0) return a;
    part[0] = a;
    part[1] = runs(seed);
    T((book_below(seed, 2) ? gr_re_or(re, part, 2, &a)
                           : gr_re_cat(re, part[0], part[1], &a)) == GRAM_OK);
    return a;
}

/* --- all words ------------------------------------------------------------ */

typedef struct Case {
    ReId term, wide;
    uint32_t seed, n;
    GrSure sure[GR_SURES];
    SetId set;      /* of letters that words may go on with, */
    uint32_t reach; /* so far */
    bool inside;
} Case;

static bool is_of(SetId set, const uint32_t *word, uint32_t n, bool ascii)
{
    for (uint32_t i = 0; i < n; i++)
        if (!gr_set_has(re, set, word[i]) && !(ascii && word[i] < 0x80))
            return false;
    return true;
}

static bool is_sure(const Case *c, const uint32_t *word, uint32_t n)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (n <= c->sure[i].most && is_of(c->sure[i].set, word, n, true))
            return true;
    return false;
}

/* A word of the term; its longest beginning of the set's letters. */
static void check_word(const Case *c, const uint32_t *word, uint32_t n)
{
    uint32_t begun = 0;
    while (begun < n && gr_set_has(re, c->set, word[begun])) begun++;
    T_OK(begun <= c->reach, "seed %u: a word goes on for %u of %u", c->seed,
         begun, c->reach);
    T_OK(!c->inside || begun == n, "seed %u: a word has others", c->seed);
}

static void check(const Case *c, ReId a, ReId wide, uint32_t *word, uint32_t n)
{
    bool own = gr_re_nullable(re, a), other = gr_re_nullable(re, wide);
    T_OK(!own || other, "seed %u: a word of %u is lost", c->seed, n);
    if (other && is_sure(c, word, n))
        T_OK(own, "seed %u: a word of %u is none", c->seed, n);
    if (own) check_word(c, word, n);
    if (n == DEPTH || wide.v == gr_re_none(re).v) return;
    for (uint32_t i = 0; i < LETTERS; i++) {
        ReId next, next_wide;
        T(gr_re_derive(re, a, letter[i], &next) == GRAM_OK);
        T(gr_re_derive(re, wide, letter[i], &next_wide) == GRAM_OK);
        word[n] = letter[i];
        check(c, next, next_wide, word, n + 1);
    }
}

/* Letters that are among the members of unions, or not. */
static SetId some_set(uint64_t *seed)
{
    static const GrRange range[] = {
        {'a', 'b'}, {'-', '-'}, {0xE9, 0xE9}, {0x44F, 0x44F}};
    GrRange some[4];
    uint32_t n = 0, bits = 1 + book_below(seed, 15);
    SetId set = {0};
    for (uint32_t i = 0; i < 4; i++)
        if (bits >> i & 1) some[n++] = range[i];
    T(gr_set_make(re, some, n, &set) == GRAM_OK);
    return set;
}

static void one(uint32_t number)
{
    uint64_t seed = number;
    uint32_t word[DEPTH], large = LARGE_LEAST + book_below(&seed, 3);
    Case c = {.seed = number, .term = term(&seed)};
    c.set = some_set(&seed);
    T(gr_re_widen(re, c.term, large, &c.wide) == GRAM_OK);
    T(gr_re_widen_sure(re, c.term, large, c.sure, &c.n) == GRAM_OK);
    T(gr_re_reach(re, c.term, c.set, &c.reach) == GRAM_OK);
    T(gr_re_inside(re, c.term, c.set, &c.inside) == GRAM_OK);
    widened += c.wide.v != c.term.v;
    for (uint32_t i = 1; i < c.n; i++)
        of_letters += c.sure[i].most > c.sure[0].most;
    reaches += c.reach < DEPTH;
    insides += c.inside;
    check(&c, c.term, c.wide, word, 0);
}

/* What an alphabet says, of terms where it is known. */
static void test_known(void)
{
    GrSure sure[GR_SURES];
    uint32_t n, most;
    SetId run;
    ReId wide, all,
        a = book_parse(re, "^(?=.*e)(?:[a-z]{0,56}|"
                           "[a-z\\u0430-\\u044F]{0,5})(?:-b)?$");
    T(gr_re_widen(re, a, 4, &wide) == GRAM_OK);
    all = book_parse(re, "^(?=.*e)[a-z\\u0430-\\u044F]*(?:-b)?$");
    T_EQ(wide.v, all.v);
    T(gr_re_widen_sure(re, a, 4, sure, &n) == GRAM_OK);
    T_EQ(sure[0].most, 5);
    T_EQ(sure[1].most, 56);
    T(gr_re_widen_run(re, &run));
    T(gr_re_reach(re, a, run, &most) == GRAM_OK);
    T_EQ(most, 58); /* a list of words counts whole, like that of -b */
}

int main(void)
{
    uint32_t from = (uint32_t)t_seed(), cases = 400;
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    T(gr_re_new(&env, &re) == GRAM_OK);
    test_known();
    gr_re_free(re);
    for (uint32_t i = 0; i < cases; i++) {
        T(gr_re_new(&env, &re) == GRAM_OK);
        one(from + i);
        gr_re_free(re);
    }
    T_EQ(env.used, 0);
    T_OK(widened > cases / 3 && of_letters > cases / 20 &&
             reaches > cases / 10 && insides > cases / 40,
         "of %u terms %u widened, %u with letters, %u reaches, %u inside",
         cases, widened, of_letters, reaches, insides);
    return t_done();
}
