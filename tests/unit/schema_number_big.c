/* The number automaton by hand: wide digits, big and tiny divisors, sets,
 * unbounded policies, limits, failing memory. */
#include "schema/number.h"
#include "t.h"
#include "tools/alloc.h"

static GrEnv env;
static GrArena arena;
static GrNum *num;

typedef struct Want {
    GrNumKind kind;
    const char *d;
} Want;

static GrDecimal decimal(GrEnv *e, GrArena *a, const char *s)
{
    GrDecimal d = {0};
    gr_decimal_read(e, a, s, strlen(s), &d);
    return d;
}

/* All of the atoms must hold. */
static gram_status all_of(GrEnv *e, GrArena *a, GrNum *pool, const Want *w,
                          uint32_t n, GrNumSpecId *spec)
{
    GrNumAtomId atoms[8];
    GrNumNode nodes[8];
    for (uint32_t i = 0; i < n; i++) {
        GrDecimal d = decimal(e, a, w[i].d);
        GR_TRY(gr_num_atom(pool, w[i].kind, &d, &atoms[i]));
        nodes[n - 1 - i] = (GrNumNode){i, 0, i == n - 1 ? 1 : n - i};
    }
    return gr_num_spec(pool, atoms, n, nodes, n, n + 1, spec);
}

static GrNumSpecId spec_of(const Want *w, uint32_t n)
{
    GrNumSpecId spec = {0};
    T(all_of(&env, &arena, num, w, n, &spec) == GRAM_OK);
    return spec;
}

#define SPEC(...)                                                              \
    spec_of((const Want[]){__VA_ARGS__},                                       \
            (uint32_t)(sizeof((const Want[]){__VA_ARGS__}) / sizeof(Want)))

/* 'd' dead, 'l' live, 'e' live and may end. */
static char fate(GrNumSpecId spec, const char *text)
{
    GrNumStateId s;
    bool dead;
    if (gr_num_start(num, spec, &s, &dead) != GRAM_OK) return '!';
    for (; !dead && *text; text++)
        if (gr_num_move(num, s, (uint8_t)*text, &s, &dead)) return '!';
    return dead ? 'd' : gr_num_end(num, s, NULL) ? 'e' : 'l';
}

static void fates(GrNumSpecId spec, char want, const char *texts)
{
    char text[256];
    for (int n; sscanf(texts, "%255s%n", text, &n) == 1; texts += n) {
        char got = fate(spec, text);
        T_OK(got == want, "%s is %c, not %c", text, got, want);
    }
}

static void open_interval(void)
{
    GrNumSpecId s =
        SPEC({GR_NUM_GT, "5"}, {GR_NUM_LT, "7"}, {GR_NUM_INTEGER, "1"});
    fates(s, 'e', "6 6.0 60e-1 0.6e1 0.06e2 6000e-3 600e-2 6e0 6e-0 6.000e00");
    fates(s, 'd', "7 65e-1 70e-1 7e- -  5e0 61 0.61 06 +6 6.01 . e 6e0.");
    fates(s, 'l', "6. 60 0.6 0.0 600e 6e+ 0.06e");
    T(fate(s, "6\xff") == 'd' && fate(s, "") == 'l');
}

static void unconstrained(void)
{
    GrNumSpecId s = {0};
    T(gr_num_spec(num, NULL, 0, NULL, 0, 1, &s) == GRAM_OK);
    fates(s, 'e', "0 -0 -0.0e-00 1E400 1e+999 12345.678");
    fates(s, 'd', "00 01 -- 1e1000 1e0001 1..");
    char text[80];
    memset(text, '7', sizeof text);
    text[64] = 0;
    T(fate(s, text) == 'e');
    text[64] = '7', text[65] = 0;
    T(fate(s, text) == 'd');
}

static void divisors(void)
{
    GrNumSpecId cent = SPEC({GR_NUM_MULTIPLE, "0.01"});
    fates(cent, 'e', "19.99 0.010 1e-2 -3 100e-4 0.05");
    fates(cent, 'l', "0.001 123e-");
    fates(cent, 'd', "1e-3 123e-3 19.991e-0");
    GrNumSpecId tiny = SPEC({GR_NUM_MULTIPLE, "1e-8"}, {GR_NUM_GT, "0"},
                            {GR_NUM_LT, "0.00000002"});
    fates(tiny, 'e', "1e-8 0.00000001 10e-9");
    fates(tiny, 'd', "3 0.00000002 11 2");
    GrNumSpecId odd = SPEC({GR_NUM_MULTIPLE, "9007199254740993"},
                           {GR_NUM_GT, "0"}, {GR_NUM_LT, "1e17"});
    fates(odd, 'e', "9007199254740993 18014398509481986 9007199254740993.0");
    fates(odd, 'd', "9007199254740992 9007199254740994 19 -");
    fates(odd, 'l', "9007199254740993000 1801439850948198 1");
    GrNumSpecId huge = SPEC({GR_NUM_MULTIPLE, "1e308"}, {GR_NUM_GT, "0"});
    fates(huge, 'e', "1e308 3e400 0.5e309 1000e305");
    fates(huge, 'd', "1e307 5e30.");
    fates(huge, 'l', "12345 0.001e31");
    GrText text = {0};
    T(gr_num_shortest(num, odd, &text) == GRAM_OK && text.n == 16);
    T(memcmp(text.at, "9007199254740993", 16) == 0);
    text.n = 0;
    T(gr_num_shortest(num, huge, &text) == GRAM_OK && text.n == 5);
    gr_vec_clear(&env, &text);
    bool yes = true;
    GrNumSpecId none =
        SPEC({GR_NUM_MULTIPLE, "7"}, {GR_NUM_GT, "7"}, {GR_NUM_LT, "14"});
    T(gr_num_satisfiable(num, none, &yes) == GRAM_OK && !yes);
    T(gr_num_shortest(num, none, &text) == GRAM_E_EMPTY);
    uint32_t n;
    T(gr_num_count(
          num,
          SPEC({GR_NUM_MULTIPLE, "7"}, {GR_NUM_GE, "-7e5"}, {GR_NUM_LE, "7e5"}),
          1u << 30, &n) == GRAM_OK);
    T_EQ(n, 200001);
}

static void bounds(void)
{
    GrNumSpecId s = SPEC({GR_NUM_GE, "9007199254740992.5"},
                         {GR_NUM_LE, "9007199254740993"});
    fates(s, 'e',
          "9007199254740993 9007199254740992.5 "
          "0.90071992547409928e16");
    fates(s, 'd', "9007199254740992.4 9007199254740993.1e0 91 8 -");
    GrNumSpecId far = SPEC({GR_NUM_GE, "1e400"}, {GR_NUM_LE, "1e401"});
    fates(far, 'e', "1e400 5e400 0.1e401 12e399");
    fates(far, 'd', "1e399 2e401 1e402");
    GrNumSpecId lex = SPEC({GR_NUM_LEXICAL_INTEGER, "0"}, {GR_NUM_GE, "10"},
                           {GR_NUM_LT, "30"});
    fates(lex, 'e', "10 29");
    fates(lex, 'l', "1 2");
    fates(lex, 'd', "3 1e 10. 0 100");
    uint32_t n;
    T(gr_num_count(num, lex, 100, &n) == GRAM_OK && n == 20);
}

static void sets(void)
{
    static char spelled[1000][16];
    static GrDecimal d[1000];
    GrNumAtomId atom, again;
    GrNumSpecId spec;
    GrNumNode node = {0, 0, 1};
    uint32_t n;
    for (int i = 0; i < 1000; i++) {
        sprintf(spelled[i], "%d.%d", (i * 7919) % 1000 - 500, i % 10);
        d[i] = decimal(&env, &arena, spelled[i]);
    }
    T(gr_num_atom_in(num, d, 1000, &atom) == GRAM_OK);
    GrDecimal t = d[0];
    d[0] = d[999], d[999] = t;
    T(gr_num_atom_in(num, d, 1000, &again) == GRAM_OK && again.v == atom.v);
    T(gr_num_spec(num, &atom, 1, &node, 1, 2, &spec) == GRAM_OK);
    for (int i = 0; i < 1000; i++) T(fate(spec, spelled[i]) == 'e');
    fates(spec, 'd', "501 -501 0.1234567 499.95 1e5");
    T(gr_num_count(num, spec, 5000, &n) == GRAM_OK);
    T(n >= 999 && n <= 1000);
    T(gr_num_atom(num, GR_NUM_EQ, &d[3], &atom) == GRAM_OK);
    T(gr_num_atom_in(num, &d[3], 1, &again) == GRAM_OK && again.v == atom.v);
}

/* Unbounded: no count where nothing needs one, exponents of any length. */
static void unbounded(void)
{
    GrNum *kept = num;
    GrNumPolicy policy = {0, 0, false};
    T(gr_num_new(&env, &policy, &num) == GRAM_OK);
    GrNumSpecId plain = {0}, s = SPEC({GR_NUM_GT, "5"}, {GR_NUM_LT, "7"},
                                      {GR_NUM_INTEGER, "1"});
    T(gr_num_spec(num, NULL, 0, NULL, 0, 1, &plain) == GRAM_OK);
    char text[400];
    memset(text, '3', sizeof text);
    text[300] = 0;
    T(fate(plain, text) == 'e');
    uint32_t states = gr_num_states(num);
    text[100] = '.', text[200] = 'e';
    T(fate(plain, text) == 'e' && gr_num_states(num) < states + 8);
    fates(s, 'e', "6e0000000000000000 0.0006e+00000000004");
    fates(s, 'l', "60000e-000000 60000e-00000000");
    fates(s, 'd', "6e00000000001 7");
    GrNumSpecId big = SPEC({GR_NUM_GE, "1e900000000"});
    fates(big, 'e', "1e900000000 1e0900000001 3e99999999999999");
    fates(big, 'l', "0.1 7e");
    fates(big, 'd', "0.1e-");
    gr_num_free(num);
    num = kept;
}

/* Steps to tell integers that are no multiples of 1024, in 1000 ways. */
static uint64_t work(GrNumPolicy policy)
{
    GrNum *kept = num;
    GrNumAtomId atom[2];
    GrNumSpecId spec = {0};
    GrNumNode node[2] = {{1, 1, 0}, {0, 0, 2}};
    GrDecimal d[2] = {decimal(&env, &arena, "1"),
                      decimal(&env, &arena, "1024")};
    T(gr_num_new(&env, &policy, &num) == GRAM_OK);
    T(gr_num_atom(num, GR_NUM_INTEGER, &d[0], &atom[0]) == GRAM_OK);
    T(gr_num_atom(num, GR_NUM_MULTIPLE, &d[1], &atom[1]) == GRAM_OK);
    T(gr_num_spec(num, atom, 2, node, 2, 3, &spec) == GRAM_OK);
    uint64_t before = env.steps;
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof text, "2%03d", i);
        T(fate(spec, text) == ((2000 + i) % 1024 ? 'e' : 'l'));
    }
    gr_num_free(num);
    num = kept;
    return env.steps - before;
}

/* Digits that there may be and nobody looks at cost nothing. */
static void unbounded_work(void)
{
    uint64_t bounded = work(GR_NUM_POLICY_DEFAULT);
    uint64_t endless = work((GrNumPolicy){0, 0, false});
    T_OK(endless < 2 * bounded, "%llu steps, bounded %llu",
         (unsigned long long)endless, (unsigned long long)bounded);
}

static void limits(void)
{
    GrNumAtomId a[40];
    GrNumSpecId spec;
    GrDecimal d = decimal(&env, &arena, "1234567890123456789012345");
    T(gr_num_atom(num, GR_NUM_MULTIPLE, &d, a) == GRAM_E_LIMIT);
    d = decimal(&env, &arena, "-1");
    T(gr_num_atom(num, GR_NUM_MULTIPLE, &d, a) == GRAM_E_ARGUMENT);
    d = decimal(&env, &arena, "100000000003");
    T(gr_num_atom(num, GR_NUM_MULTIPLE, &d, &a[0]) == GRAM_OK);
    d = decimal(&env, &arena, "100000000019");
    T(gr_num_atom(num, GR_NUM_MULTIPLE, &d, &a[1]) == GRAM_OK);
    T(gr_num_spec(num, a, 2, NULL, 0, 1, &spec) == GRAM_E_LIMIT);
    for (int i = 0; i < 40; i++) a[i] = a[0];
    T(gr_num_spec(num, a, 40, NULL, 0, 1, &spec) == GRAM_E_LIMIT);
    GrNumNode node = {0, 0, 3};
    T(gr_num_spec(num, a, 1, &node, 1, 2, &spec) == GRAM_E_ARGUMENT);
}

/* A whole life; after a failure the same calls are made again, now with
 * memory, and must give what they should. */
static gram_status life(GrEnv *e, GrArena *a, GrNum *pool, GrText *out)
{
    static const Want w[] = {{GR_NUM_GT, "12.5"},
                             {GR_NUM_MULTIPLE, "0.3"},
                             {GR_NUM_LT, "1e3"},
                             {GR_NUM_INTEGER, "1"}};
    GrNumSpecId spec;
    uint32_t n, ids[8];
    bool more;
    GR_TRY(all_of(e, a, pool, w, 4, &spec));
    GR_TRY(gr_num_count(pool, spec, 1000, &n));
    GR_TRY(gr_num_vectors(pool, spec, 8, ids, &n, &more));
    out->n = 0;
    return gr_num_shortest(pool, spec, out);
}

static void failing_memory(void)
{
    gram_status st = GRAM_E_MEMORY;
    long k = 0;
    for (; st == GRAM_E_MEMORY && k < 500; k++) {
        TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
        gram_allocator al = test_alloc(&f);
        GrNumPolicy policy = GR_NUM_POLICY_DEFAULT;
        GrEnv e;
        GrArena a = {0};
        GrText out = {0};
        GrNum *pool = NULL;
        gr_env_init(&e, &al, 0, 0);
        st = gr_num_new(&e, &policy, &pool);
        if (st == GRAM_OK) {
            st = life(&e, &a, pool, &out);
            f.fail_at = 0;
            T(life(&e, &a, pool, &out) == GRAM_OK);
            T(out.n == 2 && memcmp(out.at, "15", 2) == 0);
            gr_num_free(pool);
        }
        gr_vec_clear(&e, &out);
        gr_arena_clear(&e, &a);
        T(e.used == 0);
    }
    T(st == GRAM_OK && k > 20);
}

int main(void)
{
    GrNumPolicy policy = GR_NUM_POLICY_DEFAULT;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_num_new(&env, &policy, &num) == GRAM_OK);
    open_interval();
    unconstrained();
    divisors();
    bounds();
    sets();
    unbounded();
    unbounded_work();
    limits();
    failing_memory();
    gr_num_free(num);
    gr_num_free(NULL);
    gr_arena_clear(&env, &arena);
    T(env.used == 0);
    return t_done();
}
