/* Partitions of many intervals (re_atoms.c): conditions on the first and second
 * character of a text, of sets of some hundred ranges, against their truth. */
#include "regex/regex.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

enum { MOST_SETS = 16, RANGES = 240, NODES = 24, MAX = 0x10FFFF };

typedef struct Node {
    char op; /* | & ~, or a letter for the character that is asked about */
    int a, b;
} Node;

typedef struct World {
    GrEnv env;
    GrRe *re;
    uint64_t seed;
    int n_sets;
    SetId set[MOST_SETS];
    Node node[NODES];
    ReId term[NODES];
} World;

static uint32_t some(World *w, uint32_t n)
{
    return (uint32_t)(t_random(&w->seed) % n);
}

/* Short ranges, so that the sets overlap in all ways; every third is small. */
static gram_status make_sets(World *w)
{
    for (int i = 0; i < w->n_sets; i++) {
        GrRange r[RANGES];
        uint32_t n = i % 3 == 2 ? 2 : RANGES;
        for (uint32_t k = 0; k < n; k++) {
            r[k].lo = some(w, some(w, 2) ? 0x400 : 0x3000);
            r[k].hi = r[k].lo + some(w, some(w, 2) ? 3 : 40);
        }
        if (i % 4 == 3) r[0] = (GrRange){0xC000, 0xFFFF};
        GR_TRY(gr_set_make(w->re, r, n, &w->set[i]));
    }
    return GRAM_OK;
}

/* The n-th condition: of a set, or of two before it. */
static gram_status make_node(World *w, int n, const char *letters)
{
    ReId part[3] = {gr_re_all(w->re), {0}, gr_re_all(w->re)}, any;
    Node *x = &w->node[n];
    if (n < w->n_sets) {
        SetId all;
        *x = (Node){letters[some(w, 2)], n, 0};
        GR_TRY(gr_set_make(w->re, &(GrRange){0, MAX}, 1, &all));
        GR_TRY(gr_re_set(w->re, all, &any));
        GR_TRY(gr_re_set(w->re, w->set[n], &part[1]));
        part[0] = x->op == 'b' ? any : gr_re_eps(w->re);
        return gr_re_seq(w->re, part, 3, &w->term[n]);
    }
    *x = (Node){"|&~"[some(w, 3)], (int)some(w, (uint32_t)n),
                (int)some(w, (uint32_t)n)};
    part[0] = w->term[x->a];
    part[1] = w->term[x->b];
    if (x->op == '~') return gr_re_not(w->re, part[0], &w->term[n]);
    return x->op == '|' ? gr_re_or(w->re, part, 2, &w->term[n])
                        : gr_re_and(w->re, part, 2, &w->term[n]);
}

static bool holds(const World *w, int n, uint32_t a, uint32_t b)
{
    bool yes[NODES];
    for (int i = 0; i <= n; i++) {
        const Node *x = &w->node[i];
        switch (x->op) {
        case 'a': yes[i] = gr_set_has(w->re, w->set[x->a], a); break;
        case 'b': yes[i] = gr_set_has(w->re, w->set[x->a], b); break;
        case '~': yes[i] = !yes[x->a]; break;
        case '|': yes[i] = yes[x->a] || yes[x->b]; break;
        default: yes[i] = yes[x->a] && yes[x->b]; break;
        }
    }
    return yes[n];
}

static gram_status open_world(World *w, uint64_t seed, int n_sets,
                              const char *letters)
{
    w->seed = seed;
    w->n_sets = n_sets;
    GR_TRY(make_sets(w));
    for (int i = 0; i < NODES; i++) GR_TRY(make_node(w, i, letters));
    return GRAM_OK;
}

/* A character where some set begins or ends. */
static uint32_t edge(World *w)
{
    uint32_t n;
    const GrRange *r =
        gr_set_get(w->re, w->set[some(w, (uint32_t)w->n_sets)], &n);
    const GrRange *x = &r[some(w, n)];
    const uint32_t c[4] = {x->lo, x->hi, x->lo ? x->lo - 1 : 0, x->hi + 1};
    uint32_t i = some(w, 4);
    return c[i] == 0xD800 || c[i] == 0xDFFF ? x->lo : c[i];
}

static gram_status check_texts(World *w, int texts, uint32_t *digest)
{
    for (int i = 0; i < texts; i++) {
        int n = NODES - 1 - (int)some(w, 8);
        uint32_t a = edge(w), b = edge(w);
        ReId d;
        GR_TRY(gr_re_derive(w->re, w->term[n], a, &d));
        GR_TRY(gr_re_derive(w->re, d, b, &d));
        bool yes = gr_re_nullable(w->re, d);
        T_EQ(yes, holds(w, n, a, b));
        *digest = *digest * 31 + yes;
    }
    return GRAM_OK;
}

static void each_world(void (*check)(World *), const char *letters)
{
    uint64_t seed = t_seed();
    for (int i = 0; i < 60; i++) {
        World w = {0};
        gr_env_init(&w.env, NULL, 0, 0);
        T(gr_re_new(&w.env, &w.re) == GRAM_OK);
        T(open_world(&w, t_random(&seed), i % 2 ? 5 : MOST_SETS, letters) ==
          GRAM_OK);
        check(&w);
        gr_re_free(w.re);
        T_EQ(w.env.used, 0);
    }
}

static void check_derivatives(World *w)
{
    uint32_t digest = 0;
    T(check_texts(w, 400, &digest) == GRAM_OK);
    /* some hundred partitions, each of a few thousand intervals at most */
    T_OK(w->env.steps < 60000, "%llu steps", (unsigned long long)w->env.steps);
}

/* What the bytes of a character leave; none where one of them is dead. */
static gram_status run_bytes(World *w, LexId *s, uint32_t c, ReId *left)
{
    char text[4];
    uint32_t len = gr_utf8_put(c, text), n;
    const ReId *expr = NULL;
    bool whole = false;
    *left = gr_re_none(w->re);
    for (uint32_t i = 0; i < len; i++) {
        GrLexInfo info;
        T(!whole);
        GR_TRY(gr_lex_info(w->re, *s, &info));
        uint32_t cls = info.classes[(uint8_t)text[i]];
        if (cls == 0) return GRAM_OK;
        GR_TRY(gr_lex_move(w->re, *s, cls, s, &whole));
    }
    T(whole && gr_lex_exprs(w->re, *s, &expr, &n) && expr != NULL);
    if (expr != NULL) *left = expr[0];
    return GRAM_OK;
}

/* Byte by byte, a character leaves what is derived by it, whichever stretches
 * of it have been cut before. */
static gram_status check_bytes_of(World *w, int texts)
{
    for (int i = 0; i < texts; i++) {
        int n = NODES - 1 - (int)some(w, 8);
        ReId d = w->term[n], left = d;
        LexId s;
        GR_TRY(gr_lex_start(w->re, GR_LEX_UTF8, GR_NEED_ANY, &d, 1, &s));
        for (int k = 0; k < 2 && left.v != gr_re_none(w->re).v; k++) {
            uint32_t c = edge(w);
            GR_TRY(gr_re_derive(w->re, d, c, &d));
            GR_TRY(run_bytes(w, &s, c, &left));
            T_EQ(left.v, d.v);
        }
    }
    return GRAM_OK;
}

static void check_bytes(World *w)
{
    T(check_bytes_of(w, 200) == GRAM_OK);
}

/* The shortest word is the least character that fulfils the condition: with
 * all others an edge of some set. */
static void check_least(World *w)
{
    for (int n = w->n_sets; n < NODES; n++) {
        uint32_t least = MAX + 1, len;
        ReId one = gr_re_none(w->re), x[2] = {w->term[n], one};
        SetId all;
        GrText t = {0};
        T(gr_set_make(w->re, &(GrRange){0, MAX}, 1, &all) == GRAM_OK);
        T(gr_re_set(w->re, all, &x[1]) == GRAM_OK);
        T(gr_re_and(w->re, x, 2, &one) == GRAM_OK);
        for (uint32_t c = 0; c < 0x10000 && least > MAX; c++)
            if ((c < 0xD800 || c > 0xDFFF) && holds(w, n, c, 0)) least = c;
        gram_status st = gr_re_shortest(w->re, one, &t);
        T_EQ(st, least <= MAX ? GRAM_OK : GRAM_E_EMPTY);
        char want[4];
        len = least <= MAX ? gr_utf8_put(least, want) : 0;
        T(t.n == len && (len == 0 || memcmp(t.at, want, len) == 0));
        gr_vec_clear(&w->env, &t);
    }
}

/* A state loops on what is in one set and, of many, in none that is denied. */
static void check_loops(World *w)
{
    for (int i = 0; i + 1 < w->n_sets; i++) {
        ReId a, x[2];
        LexId s;
        SetId loop;
        T(gr_re_set(w->re, w->set[i + 1], &a) == GRAM_OK);
        T(gr_re_cat(w->re, gr_re_all(w->re), a, &x[1]) == GRAM_OK);
        T(gr_re_cat(w->re, x[1], gr_re_all(w->re), &x[1]) == GRAM_OK);
        T(gr_re_not(w->re, x[1], &x[1]) == GRAM_OK);
        T(gr_re_set(w->re, w->set[i], &a) == GRAM_OK);
        T(gr_re_cat(w->re, gr_re_all(w->re), a, &x[0]) == GRAM_OK);
        T(gr_re_and(w->re, x, 2, &a) == GRAM_OK);
        T(gr_lex_start(w->re, GR_LEX_JSON, GR_NEED_ANY, &a, 1, &s) == GRAM_OK);
        T(gr_lex_loop(w->re, s, &loop) == GRAM_OK);
        for (int k = 0; k < 100; k++) {
            uint32_t c = edge(w);
            bool want = !gr_set_has(w->re, w->set[i], c) &&
                        !gr_set_has(w->re, w->set[i + 1], c);
            T_EQ(gr_set_has(w->re, loop, c), want);
        }
    }
}

/* Where the steps end in the middle of a byte state, the next call goes on. */
static void check_resumed(World *w)
{
    for (int n = w->n_sets; n < NODES; n++) {
        LexId s;
        GrLexInfo info;
        gram_status st = GRAM_E_LIMIT;
        uint64_t none = w->env.max_steps;
        T(gr_lex_start(w->re, GR_LEX_UTF8, GR_NEED_ANY, &w->term[n], 1, &s) ==
          GRAM_OK);
        for (uint64_t most = 1; st == GRAM_E_LIMIT; most += 1 + most / 16) {
            w->env.steps = 0;
            w->env.max_steps = most;
            st = gr_lex_info(w->re, s, &info);
        }
        T_EQ(st, GRAM_OK);
        w->env.max_steps = none;
    }
}

/* An atom of two intervals, which are of two classes of what comes later. */
static void test_two_in_one(void)
{
    World w = {0};
    GrRange r[RANGES];
    ReId a, b, part[3], d[2], end[2];
    for (uint32_t i = 0; i < RANGES; i++) r[i] = (GrRange){3 * i, 3 * i};
    gr_env_init(&w.env, NULL, 0, 0);
    T(gr_re_new(&w.env, &w.re) == GRAM_OK);
    T(gr_set_make(w.re, r, RANGES, &w.set[0]) == GRAM_OK);
    T(gr_set_make(w.re, r, RANGES - 2, &w.set[1]) == GRAM_OK);
    for (uint32_t i = 0; i < 2; i++) {
        T(gr_re_set(w.re, w.set[i], &a) == GRAM_OK);
        T(gr_re_cat(w.re, a, gr_re_all(w.re), &part[i]) == GRAM_OK);
    }
    T(gr_re_not(w.re, part[1], &part[1]) == GRAM_OK);
    T(gr_re_and(w.re, part, 2, &a) == GRAM_OK);
    T(gr_re_derive(w.re, a, r[RANGES - 1].lo, &b) == GRAM_OK);
    T(b.v == gr_re_all(w.re).v);
    for (uint32_t i = 0; i < 2; i++) {
        T(gr_set_make(w.re, &r[RANGES - 1 - i], 1, &w.set[2]) == GRAM_OK);
        T(gr_re_set(w.re, w.set[2], &b) == GRAM_OK);
        T(gr_re_text(w.re, i ? "p" : "q", 1, &end[i]) == GRAM_OK);
        T(gr_re_cat(w.re, b, end[i], &d[i]) == GRAM_OK);
    }
    T(gr_re_or(w.re, d, 2, &part[2]) == GRAM_OK);
    T(gr_re_and(w.re, part, 3, &a) == GRAM_OK);
    for (uint32_t i = 0; i < 2; i++) {
        T(gr_re_derive(w.re, a, r[RANGES - 1 - i].lo, &b) == GRAM_OK);
        T(b.v == end[i].v);
    }
    gr_re_free(w.re);
}

/* One scenario, whatever it is that fails; then once more. */
static gram_status scenario(World *w, uint32_t *digest)
{
    *digest = 0;
    GR_TRY(open_world(w, 7, 5, "ab"));
    GR_TRY(check_texts(w, 40, digest));
    return check_bytes_of(w, 10);
}

static uint32_t wanted(void)
{
    World w = {0};
    uint32_t digest = 0;
    gr_env_init(&w.env, NULL, 0, 0);
    T(gr_re_new(&w.env, &w.re) == GRAM_OK);
    T(scenario(&w, &digest) == GRAM_OK);
    gr_re_free(w.re);
    return digest;
}

static void test_allocations(void)
{
    bool done = false;
    uint32_t want = wanted(), digest;
    for (unsigned long k = 1; !done; k++) {
        TestAlloc alloc = {.fail_at = k, .fail_on = k % 2};
        gram_allocator g = test_alloc(&alloc);
        World w = {0};
        gr_env_init(&w.env, &g, 0, 0);
        if (gr_re_new(&w.env, &w.re) != GRAM_OK) continue;
        done = scenario(&w, &digest) == GRAM_OK && alloc.calls < k;
        alloc.fail_at = 0;
        T(scenario(&w, &digest) == GRAM_OK);
        T_EQ(digest, want);
        gr_re_free(w.re);
        T_EQ(alloc.live, 0);
        T_EQ(alloc.wrong, 0);
    }
}

/* Again and again, with a few steps more each time. */
static void test_steps(void)
{
    uint32_t want = wanted(), digest = 0;
    for (uint64_t more = 1; more < 60; more += 7) {
        World w = {0};
        gr_env_init(&w.env, NULL, 0, 0);
        T(gr_re_new(&w.env, &w.re) == GRAM_OK);
        gram_status st = GRAM_E_LIMIT;
        for (uint64_t i = 1; st == GRAM_E_LIMIT; i++) {
            w.env.steps = 0;
            w.env.max_steps = more * i;
            st = scenario(&w, &digest);
        }
        T_EQ(st, GRAM_OK);
        T_EQ(digest, want);
        gr_re_free(w.re);
    }
}

int main(void)
{
    each_world(check_derivatives, "ab");
    each_world(check_bytes, "ab");
    each_world(check_least, "aa");
    each_world(check_loops, "ab");
    each_world(check_resumed, "ab");
    test_two_in_one();
    test_allocations();
    test_steps();
    return t_done();
}
