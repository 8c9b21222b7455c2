/* regex: gr_re_endures against all that can be read.
 *
 * Where it says that a word is left whatever is read, each term that a text
 * leads to must come to one that holds "" by so many characters as it says, and
 * by any number beyond: derivatives by five letters, one that no pattern names
 * and the end of a line, until there are no new ones, and how far each is from
 * those that hold "".  It may say no where the book says yes; of the kinds of
 * terms that it is made for it must say yes. */
#include "regex/re_pool.h"
#include "tests/book.h"
#include "tests/tools/alloc.h"

static GrEnv env;
static GrRe *re;

/* --- the book ------------------------------------------------------------- */

static const char LETTERS[] = "abcdez\n";

typedef struct Graph {
    ReId at[BOOK_MOST];
    uint32_t to[BOOK_MOST][sizeof LETTERS - 1];
    uint32_t n;
    bool full;
} Graph;

static uint32_t index_of(Graph *g, ReId a)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (g->at[i].v == a.v) return i;
    g->full |= g->n == BOOK_MOST;
    if (g->full) return 0;
    g->at[g->n] = a;
    return g->n++;
}

static void reach(Graph *g, ReId a)
{
    g->n = 0;
    g->full = false;
    index_of(g, a);
    for (uint32_t i = 0; i < g->n && !g->full; i++)
        for (uint32_t k = 0; LETTERS[k] != 0; k++) {
            ReId d = {0};
            uint32_t c = (unsigned char)LETTERS[k];
            if (gr_re_derive(re, g->at[i], c, &d) != GRAM_OK) T(false);
            g->to[i][k] = index_of(g, d);
        }
}

/* Which terms come to "" by exactly so many characters. */
enum { FAR = 40 };
static bool comes[FAR][BOOK_MOST];

static void fill_comes(const Graph *g)
{
    for (uint32_t i = 0; i < g->n; i++)
        comes[0][i] = gr_re_nullable(re, g->at[i]);
    for (uint32_t n = 1; n < FAR; n++)
        for (uint32_t i = 0; i < g->n; i++) {
            comes[n][i] = false;
            for (uint32_t k = 0; LETTERS[k] != 0; k++)
                comes[n][i] |= comes[n - 1][g->to[i][k]];
        }
}

/* Has every term a way to one that holds ""? */
static bool all_alive(const Graph *g)
{
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t n = 0;
        while (n < FAR && !comes[n][i]) n++;
        if (n == FAR) return false;
    }
    return true;
}

/* From all terms by so many characters as are said, and more. */
static bool all_near(const Graph *g, const GrEndures *e)
{
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t n = e->more; n < FAR; n++)
            if (!comes[n][i]) return false;
    return true;
}

/* --- terms ---------------------------------------------------------------- */

static ReId complement(ReId a)
{
    T(gr_re_not(re, a, &a) == GRAM_OK);
    return a;
}

static ReId part(uint64_t *seed)
{
    uint32_t n = 1 + book_below(seed, 5), m = 1 + book_below(seed, 3);
    switch (book_below(seed, 12)) {
    case 0: return book_parse(re, "a.{%u}c", m);
    case 1: return book_parse(re, "ab{%u}$", m);
    case 2: return book_parse(re, "^(?:[a-d]{1,%u}e)*$", n);
    case 3: return book_parse(re, "^[^]{%u,}$", n);
    case 4: return book_parse(re, "^(?!.*b{%u})", m);
    case 5: return complement(book_parse(re, "^(?:[a-d]{1,%u}e)*$", n));
    case 6: return complement(book_parse(re, "^(?:ab|c{2,%u}|d)+$", n + 1));
    case 7: return complement(book_parse(re, "^[^]{%u,%u}$", m, m + n));
    case 8: return complement(book_parse(re, "e"));
    case 9: return complement(book_parse(re, "^a[^]*b{%u}$", m));
    case 10: return complement(book_parse(re, "^[^]{0,%u}$|^a+$", n));
    default: return book_parse(re, "^a|c");
    }
}

static ReId term(uint64_t *seed)
{
    ReId side[2], a[3];
    uint32_t n_sides = 1 + (book_below(seed, 3) == 0);
    for (uint32_t i = 0; i < n_sides; i++) {
        uint32_t n = 1 + book_below(seed, 3);
        for (uint32_t k = 0; k < n; k++) a[k] = part(seed);
        T(gr_re_and(re, a, n, &side[i]) == GRAM_OK);
    }
    T(gr_re_or(re, side, n_sides, &a[0]) == GRAM_OK);
    return a[0];
}

/* --- tests ---------------------------------------------------------------- */

static void test_random(void)
{
    static Graph g;
    uint64_t seed = t_seed(), missed = 0, told = 0, bad = 0, bounded = 0;
    for (uint32_t i = 0; i < 3000; i++) {
        uint64_t from = seed;
        GrEndures e = {false, 0};
        if (i % 100 == 0) {
            gr_re_free(re);
            T(gr_re_new(&env, &re) == GRAM_OK);
        }
        ReId a = term(&seed);
        T(gr_re_endures(re, a, &e) == GRAM_OK);
        reach(&g, a);
        if (g.full) continue;
        fill_comes(&g);
        bool alive = all_alive(&g);
        T_OK(!e.yes || (alive && all_near(&g, &e)),
             "seed %llu: not by %u characters", (unsigned long long)from,
             e.more);
        told += e.yes;
        bounded += e.yes && e.more < FAR;
        missed += alive && !e.yes;
        bad += !alive;
    }
    T_OK(told > 500 && bad > 500 && bounded > 500,
         "%llu told, %llu are not so, %llu with a bound",
         (unsigned long long)told, (unsigned long long)bad,
         (unsigned long long)bounded);
    T_OK(missed < told, "%llu missed of %llu", (unsigned long long)missed,
         (unsigned long long)(told + missed));
}

/* What it is made for, and what is near. */
static void test_kinds(void)
{
    static const struct {
        const char *is, *is_not; /* empty: no such part */
        bool endures;
        uint32_t more;
    } cases[] = {
        {"", "^[a-z]+:[a-z]*$", true, 1},
        {"", "^[a-z]+:[^ ]*$", true, 1},
        {"", "^[a-z]+:[^]*$", false, 0},
        {"ab", "^[a-z]*$", true, 3},
        {"b$", "^[a-z]*$", true, 2},
        {"b$", "^[a-z]*$|^.{3,9}$", true, 10},
        {"b$", "c", false, 0},
        {"^[^]{8,}$", "^[a-z]*$", true, 8},
        {"^[^]{8,9}$", "^[a-z]*$", false, 0},
        {"(?=[^]*b$)(?=[^]*c$)", "", false, 0},
        {"(?=[^]*b)(?=[^]*c$)", "", true, GR_RE_INF},
        {"", "a", false, 0},
        {"", "^[^]{0,3}b$", true, 5},
        {"", "^[^]*b$", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ReId a[2] = {book_parse(re, "%s", cases[i].is)};
        uint32_t n = 1;
        GrEndures e;
        if (cases[i].is_not[0] != 0)
            a[n++] = complement(book_parse(re, "%s", cases[i].is_not));
        T(gr_re_and(re, a, n, &a[0]) == GRAM_OK);
        T(gr_re_endures(re, a[0], &e) == GRAM_OK);
        T_OK(e.yes == cases[i].endures && e.more == cases[i].more,
             "%s, not %s: %d, %u", cases[i].is, cases[i].is_not, e.yes, e.more);
    }
}

/* A pool that goes without memory once answers when it is asked again. */
static bool check_memory(unsigned long k)
{
    TestAlloc alloc = {.fail_at = k};
    gram_allocator g = test_alloc(&alloc);
    gr_env_init(&env, &g, 0, 0);
    if (gr_re_new(&env, &re) == GRAM_OK) {
        bool annex_b;
        GrEndures e = {false, 0};
        ReId a = {0};
        static const char pattern[] = "^(?![a-c]*$)(?!(?:ab|c)*x?$)[^]*b$";
        gram_status st = GRAM_E_MEMORY;
        for (int i = 0; i < 2 && st != GRAM_OK; i++) {
            st = gr_re_parse(re, pattern, strlen(pattern), 0, &a, &annex_b);
            if (st == GRAM_OK) st = gr_re_endures(re, a, &e);
        }
        T(st == GRAM_OK && e.yes);
        gr_re_free(re);
    }
    T(alloc.live == 0 && alloc.wrong == 0);
    return alloc.calls >= k;
}

int main(void)
{
    unsigned long k = 1;
    while (check_memory(k)) k++;
    T_OK(k > 20, "only %lu requests", k);
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    test_kinds();
    test_random();
    gr_re_free(re);
    return t_done();
}
