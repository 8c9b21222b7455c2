/* regex: gr_re_endures against all that can be read.
 *
 * Where it says that a word is left whatever is read, each term that any text
 * leads to must come to one that holds "": the derivatives by five letters,
 * one that no pattern names and the end of a line, until there are no new
 * ones; then backwards from those that hold "".  It may say no where the book
 * says yes; of the kinds of terms that it is made for it must say yes. */
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

/* Has every term a way to one that holds ""? */
static bool all_alive(const Graph *g)
{
    bool alive[BOOK_MOST], changed = true;
    for (uint32_t i = 0; i < g->n; i++) alive[i] = gr_re_nullable(re, g->at[i]);
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < g->n; i++)
            for (uint32_t k = 0; LETTERS[k] != 0 && !alive[i]; k++)
                changed |= alive[i] = alive[g->to[i][k]];
    }
    for (uint32_t i = 0; i < g->n; i++)
        if (!alive[i]) return false;
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
    uint64_t seed = t_seed(), missed = 0, told = 0, bad = 0;
    for (uint32_t i = 0; i < 3000; i++) {
        uint64_t from = seed;
        bool yes = false;
        if (i % 100 == 0) {
            gr_re_free(re);
            T(gr_re_new(&env, &re) == GRAM_OK);
        }
        ReId a = term(&seed);
        T(gr_re_endures(re, a, &yes) == GRAM_OK);
        reach(&g, a);
        if (g.full) continue;
        bool alive = all_alive(&g);
        T_OK(alive || !yes, "seed %llu: some text leaves nothing",
             (unsigned long long)from);
        told += yes;
        missed += alive && !yes;
        bad += !alive;
    }
    T_OK(told > 500 && bad > 500, "%llu told, %llu are not so",
         (unsigned long long)told, (unsigned long long)bad);
    T_OK(missed < told, "%llu missed of %llu", (unsigned long long)missed,
         (unsigned long long)(told + missed));
}

/* What it is made for, and what is near. */
static void test_kinds(void)
{
    static const struct {
        const char *is, *is_not; /* empty: no such part */
        bool endures;
    } cases[] = {
        {"", "^[a-z]+:[a-z]*$", true},
        {"", "^[a-z]+:[^ ]*$", true},
        {"", "^[a-z]+:[^]*$", false},
        {"ab", "^[a-z]*$", true},
        {"b$", "^[a-z]*$", true},
        {"b$", "^[a-z]*$|^.{3,9}$", true},
        {"b$", "c", false},
        {"^[^]{8,}$", "^[a-z]*$", true},
        {"^[^]{8,9}$", "^[a-z]*$", false},
        {"(?=[^]*b$)(?=[^]*c$)", "", false},
        {"(?=[^]*b)(?=[^]*c$)", "", true},
        {"", "a", false},
        {"", "^[^]{0,3}b$", true},
        {"", "^[^]*b$", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ReId a[2] = {book_parse(re, "%s", cases[i].is)};
        uint32_t n = 1;
        bool yes = false;
        if (cases[i].is_not[0] != 0)
            a[n++] = complement(book_parse(re, "%s", cases[i].is_not));
        T(gr_re_and(re, a, n, &a[0]) == GRAM_OK);
        T(gr_re_endures(re, a[0], &yes) == GRAM_OK);
        T_OK(yes == cases[i].endures, "%s, not %s", cases[i].is,
             cases[i].is_not);
    }
}

/* A pool that goes without memory once answers when it is asked again. */
static bool check_memory(unsigned long k)
{
    TestAlloc alloc = {.fail_at = k};
    gram_allocator g = test_alloc(&alloc);
    gr_env_init(&env, &g, 0, 0);
    if (gr_re_new(&env, &re) == GRAM_OK) {
        bool yes = false, annex_b;
        ReId a = {0};
        static const char pattern[] = "^(?![a-c]*$)(?!(?:ab|c)*x?$)[^]*b$";
        gram_status st = GRAM_E_MEMORY;
        for (int i = 0; i < 2 && st != GRAM_OK; i++) {
            st = gr_re_parse(re, pattern, strlen(pattern), 0, &a, &annex_b);
            if (st == GRAM_OK) st = gr_re_endures(re, a, &yes);
        }
        T(st == GRAM_OK && yes);
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
