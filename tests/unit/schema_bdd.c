/* The diagrams of conditions against truth tables: functions of six variables
 * are 64 bits each, and every operation has a simple counterpart on these.
 * Canonical: the same table is the same id, whichever way it was made. */
#include "schema/bdd.h"
#include "tests/t.h"

enum { VARS = 6, POOL = 48, ROUNDS = 4000, FIRST_VAR = 7 };

static const uint64_t var_table[VARS] = {
    UINT64_C(0xAAAAAAAAAAAAAAAA), UINT64_C(0xCCCCCCCCCCCCCCCC),
    UINT64_C(0xF0F0F0F0F0F0F0F0), UINT64_C(0xFF00FF00FF00FF00),
    UINT64_C(0xFFFF0000FFFF0000), UINT64_C(0xFFFFFFFF00000000)};

typedef struct Fn {
    Bdd f;
    uint64_t table;
} Fn;

typedef struct World {
    GrEnv env;
    gram_error error;
    Bdds b;
    Fn pool[POOL];
    uint64_t seed;
} World;

static Fn any(World *w)
{
    return w->pool[t_random(&w->seed) % POOL];
}

/* The variable false or true, by lines of the table. */
static uint64_t cofactor(uint64_t t, int var, bool value)
{
    uint64_t part = value ? t & var_table[var] : t & ~var_table[var];
    int shift = 1 << var;
    return value ? part | part >> shift : part | part << shift;
}

static uint64_t table_of(World *w, Bdd f)
{
    uint64_t t = 0;
    for (int line = 0; line < 64; line++) {
        Bdd g = f;
        while (g.v >= 2) {
            BddNode n = gr_bdd_node(&w->b, g);
            bool value = line >> (n.var - FIRST_VAR) & 1;
            g = value ? n.hi : n.lo;
        }
        t |= (uint64_t)(g.v == GR_BDD_TRUE) << line;
    }
    return t;
}

static void check(World *w, gram_status status, Bdd f, uint64_t want,
                  const char *what)
{
    T_OK(status == GRAM_OK, "%s: %s", what, w->error.message);
    uint64_t got = table_of(w, f);
    T_OK(got == want, "%s: %016llx, not %016llx", what, (unsigned long long)got,
         (unsigned long long)want);
    bool canonical = true;
    for (int i = 0; i < POOL; i++)
        canonical &= (w->pool[i].table == want) == gr_bdd_same(w->pool[i].f, f);
    T_OK(canonical, "%s: one function has two diagrams", what);
}

/* It makes nothing. */
static void check_implies(World *w, Fn x, Fn y)
{
    uint32_t nodes = w->b.nodes.n;
    bool yes;
    T(gr_bdd_implies(&w->b, x.f, y.f, &yes) == GRAM_OK);
    T_EQ(yes, (x.table & ~y.table) == 0);
    T_EQ(w->b.nodes.n, nodes);
}

static void check_pairs(World *w)
{
    Fn x = any(w), y = any(w), z = any(w);
    Bdd f;
    gram_status st = gr_bdd_and(&w->b, x.f, y.f, &f);
    check(w, st, f, x.table & y.table, "and");
    st = gr_bdd_or(&w->b, x.f, y.f, &f);
    check(w, st, f, x.table | y.table, "or");
    st = gr_bdd_not(&w->b, x.f, &f);
    check(w, st, f, ~x.table, "not");
    st = gr_bdd_ite(&w->b, x.f, y.f, z.f, &f);
    check(w, st, f, (x.table & y.table) | (~x.table & z.table), "ite");
    check_implies(w, x, y);
    check_implies(w, (Fn){f, (x.table & y.table) | (~x.table & z.table)}, x);
    gr_bdd_or(&w->b, x.f, y.f, &f);
    check_implies(w, x, (Fn){f, x.table | y.table});
}

static void check_vars(World *w)
{
    Fn x = any(w);
    Bdd f;
    int var = (int)(t_random(&w->seed) % VARS);
    bool value = t_random(&w->seed) % 2;
    uint32_t falls[VARS], n = 0;
    uint64_t t = x.table;
    gram_status st =
        gr_bdd_restrict(&w->b, x.f, (uint32_t)(FIRST_VAR + var), value, &f);
    check(w, st, f, cofactor(t, var, value), "restrict");
    for (int i = 0; i < VARS; i++)
        if (t_random(&w->seed) % 2) {
            falls[n++] = (uint32_t)(FIRST_VAR + i);
            t = cofactor(t, i, false);
        }
    st = gr_bdd_fall(&w->b, x.f, falls, n, &f);
    check(w, st, f, t, "fall");
}

static uint64_t exactly_one(const Fn *x, uint32_t n)
{
    uint64_t one = 0, more = 0;
    for (uint32_t i = 0; i < n; i++) {
        more |= one & x[i].table;
        one |= x[i].table;
    }
    return one & ~more;
}

static void check_lists(World *w)
{
    Fn x[5];
    Bdd part[5], f;
    uint32_t n = 1 + (uint32_t)(t_random(&w->seed) % 5);
    uint64_t all = UINT64_MAX, some = 0;
    for (uint32_t i = 0; i < n; i++) {
        x[i] = any(w);
        all &= x[i].table;
        some |= x[i].table;
    }
    for (uint32_t i = 0; i < n; i++) part[i] = x[i].f;
    gram_status st = gr_bdd_all(&w->b, part, n, &f);
    check(w, st, f, all, "all");
    for (uint32_t i = 0; i < n; i++) part[i] = x[i].f;
    st = gr_bdd_any(&w->b, part, n, &f);
    check(w, st, f, some, "any");
    for (uint32_t i = 0; i < n; i++) part[i] = x[i].f;
    st = gr_bdd_one(&w->b, part, n, &f);
    check(w, st, f, exactly_one(x, n), "one");
}

/* A goal of five bits, chains more often than not, of functions for them. */
static void check_compose(World *w)
{
    enum { BITS = 5 };
    Bdd root[BITS], goal = gr_bdd_const(t_random(&w->seed) % 2), f;
    uint64_t table = goal.v ? UINT64_MAX : 0;
    for (uint32_t i = BITS; i-- > 0;) {
        Fn x = any(w);
        uint32_t kind = (uint32_t)(t_random(&w->seed) % 8);
        Bdd lo = goal, hi = goal;
        root[i] = x.f;
        if (kind < 6) *(kind & 1 ? &hi : &lo) = gr_bdd_const(kind & 2);
        if (kind == 6) T(gr_bdd_not(&w->b, goal, &lo) == GRAM_OK);
        T(gr_bdd_make(&w->b, i, lo, hi, &goal) == GRAM_OK);
        uint64_t side = kind & 2 ? UINT64_MAX : 0;
        uint64_t yes = kind < 6 && kind & 1 ? side : table;
        uint64_t no = kind < 6 && !(kind & 1) ? side : table;
        if (kind == 6) no = ~table;
        table = (x.table & yes) | (~x.table & no);
    }
    gram_status st = gr_bdd_compose(&w->b, goal, root, BITS, &f);
    check(w, st, f, table, "compose");
}

/* Children come first, and each once; what is no pass leaves them. */
static void check_reach(World *w)
{
    Fn x = any(w), y = any(w), z = any(w);
    Bdd f;
    bool yes;
    T(gr_bdd_reach(&w->b, x.f) == GRAM_OK);
    uint32_t n = w->b.reached.n;
    T(gr_bdd_and(&w->b, y.f, z.f, &f) == GRAM_OK);
    T(gr_bdd_or(&w->b, y.f, z.f, &f) == GRAM_OK);
    T(gr_bdd_implies(&w->b, y.f, z.f, &yes) == GRAM_OK);
    T_EQ(w->b.reached.n, n);
    for (uint32_t i = 1; i < w->b.reached.n; i++)
        T(w->b.reached.at[i - 1] < w->b.reached.at[i]);
    if (x.f.v >= 2) T_EQ(w->b.reached.at[w->b.reached.n - 1], x.f.v);
}

static void fill_pool(World *w)
{
    for (int i = 0; i < POOL; i++) {
        Fn *x = &w->pool[i];
        uint32_t var = (uint32_t)(i % VARS);
        T(gr_bdd_var(&w->b, FIRST_VAR + var, &x->f) == GRAM_OK);
        x->table = var_table[var];
        for (int k = 0; i >= VARS && k < 4; k++) {
            Fn y = w->pool[t_random(&w->seed) % (unsigned)i];
            bool both = t_random(&w->seed) % 2;
            T((both ? gr_bdd_and(&w->b, x->f, y.f, &x->f)
                    : gr_bdd_or(&w->b, x->f, y.f, &x->f)) == GRAM_OK);
            x->table = both ? x->table & y.table : x->table | y.table;
            if (t_random(&w->seed) % 2 == 0) continue;
            T(gr_bdd_not(&w->b, x->f, &x->f) == GRAM_OK);
            x->table = ~x->table;
        }
    }
}

/* n variables of one diagram each, from `from` on: n nodes. */
static gram_status make_nodes(World *w, uint32_t from, uint32_t n)
{
    Bdd f;
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(gr_bdd_var(&w->b, 100 + from + i, &f));
    return GRAM_OK;
}

/* One question has a limit; what many have left together has none but memory.
 * A text with many different items leaves so much behind, and the next text
 * must not find everything refused. */
static void check_questions(World *w)
{
    uint32_t n = GR_LIMIT_BDD_NODES;
    for (uint32_t i = 0; i < 3; i++) {
        gr_bdd_begin(&w->b);
        T(make_nodes(w, i * n, n - 1) == GRAM_OK);
    }
    gr_bdd_begin(&w->b);
    T_EQ(make_nodes(w, 3 * n, n + 1), GRAM_E_LIMIT);
    T_OK(strstr(w->error.message, "nodes") != NULL, "%s", w->error.message);
    gr_bdd_begin(&w->b);
    T(make_nodes(w, 5 * n, 1) == GRAM_OK);
}

int main(void)
{
    World w = {.seed = t_seed()};
    gr_env_init(&w.env, NULL, 0, 0);
    w.env.error = &w.error;
    gr_bdd_init(&w.env, &w.b);
    fill_pool(&w);
    for (int i = 0; i < ROUNDS; i++) {
        check_pairs(&w);
        check_vars(&w);
        check_lists(&w);
        check_compose(&w);
        check_reach(&w);
    }
    check_questions(&w);
    gr_bdd_clear(&w.b);
    T_EQ(w.env.used, 0);
    return t_done();
}
