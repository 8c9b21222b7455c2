/* regex: what a term says about a text (re_way.c) against derivatives.
 *
 * Random terms of counts, under a count of characters, so that they are asked
 * for the way; each node that was looked at has a word from place i to place j
 * if deriving it by these characters leaves one that holds "". */
#include "regex/re_search.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

enum { NODES = 40, ROUNDS = 400, TEXT = 4 };

static const char LETTERS[] = "abc\xC3\xA9";
static const uint32_t CODES[] = {'a', 'b', 'c', 0xE9};

typedef struct World {
    GrEnv env;
    GrRe *re;
    uint64_t seed;
    ReId term[NODES];
    uint32_t text[TEXT], n;
} World;

static uint32_t some(World *w, uint32_t n)
{
    return (uint32_t)(t_random(&w->seed) % n);
}

/* A set, or a list of two words. */
static gram_status make_leaf(World *w, ReId *out)
{
    GrRange r[2];
    SetId set;
    GrWord word[2];
    for (uint32_t i = 0; i < 2; i++) {
        r[i].lo = r[i].hi = CODES[some(w, 4)];
        word[i] = (GrWord){LETTERS, 1 + some(w, 3), GR_RE_UNNUMBERED};
    }
    if (some(w, 3) == 0) return gr_re_words(w->re, word, 2, out);
    GR_TRY(gr_set_make(w->re, r, 2, &set));
    return gr_re_set(w->re, set, out);
}

static gram_status make_node(World *w, uint32_t i)
{
    ReId part[2], *out = &w->term[i];
    uint32_t lo = some(w, 7), more = some(w, 9);
    if (i < 4) return make_leaf(w, out);
    part[0] = w->term[some(w, i)];
    part[1] = w->term[some(w, i)];
    switch (some(w, 6)) {
    case 0: return gr_re_not(w->re, part[0], out);
    case 1: return gr_re_or(w->re, part, 2, out);
    case 2: return gr_re_and(w->re, part, 2, out);
    case 3:
        return gr_re_repeat(w->re, part[0], lo,
                            more > 6 ? GR_RE_INF : lo + more, out);
    default: return gr_re_cat(w->re, part[0], part[1], out);
    }
}

/* any{2,60} & a, or a where that is no intersection. */
static gram_status ask_counted(World *w, ReId a)
{
    SetId all;
    ReId part[2] = {a};
    GR_TRY(gr_set_make(w->re, &(GrRange){0, 0x10FFFF}, 1, &all));
    GR_TRY(gr_re_set(w->re, all, &part[1]));
    GR_TRY(gr_re_repeat(w->re, part[1], 2, 60, &part[1]));
    GR_TRY(gr_re_and(w->re, part, 2, &a));
    return gr_way_try(w->re, a);
}

static gram_status check_node(World *w, ReId a, bool *some_word)
{
    const ReNode *node = gr_re_node(w->re, a);
    if (node->way != w->re->way_id) return GRAM_OK;
    for (uint32_t i = 0; i <= w->n; i++) {
        ReId d = a;
        for (uint32_t j = i; j <= w->n; j++) {
            bool held = node->held >> ((TEXT + 1) * i + j) & 1;
            T_EQ(held, gr_re_nullable(w->re, d));
            *some_word |= held;
            if (j < w->n) GR_TRY(gr_re_derive(w->re, d, w->text[j], &d));
        }
    }
    if (*some_word) T_EQ(node->life, RE_SOME);
    return GRAM_OK;
}

static gram_status round_of(World *w, uint64_t seed)
{
    bool some_word;
    w->seed = seed;
    w->n = 1 + some(w, TEXT);
    for (uint32_t i = 0; i < w->n; i++) w->text[i] = CODES[some(w, 4)];
    for (uint32_t i = 0; i < NODES; i++) GR_TRY(make_node(w, i));
    GR_TRY(gr_way_set(w->re, w->text, w->n));
    for (uint32_t i = 0; i < NODES; i++) GR_TRY(ask_counted(w, w->term[i]));
    for (uint32_t i = 0; i < NODES; i++) {
        some_word = false;
        GR_TRY(check_node(w, w->term[i], &some_word));
    }
    return GRAM_OK;
}

static uint32_t n_known(const World *w)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->re->nodes.n; i++)
        n += gr_re_node(w->re, gr_re_id(i))->way == w->re->way_id;
    return n;
}

/* Several ways in one pool: what is known of another one says nothing. */
static void test_relations(void)
{
    uint64_t seed = t_seed();
    World w = {0};
    uint32_t known = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 4 == 0) {
            gr_env_init(&w.env, NULL, 0, 0);
            T(gr_re_new(&w.env, &w.re) == GRAM_OK);
        }
        T(round_of(&w, t_random(&seed)) == GRAM_OK);
        known += n_known(&w);
        if (i % 4 < 3) continue;
        gr_re_free(w.re);
        T_EQ(w.env.used, 0);
    }
    T_OK(known > ROUNDS * NODES / 2, "%u nodes were looked at", known);
}

/* A host name by a pattern: each character more is one more term that counts,
 * and none is made to see that it has words. */
static void test_counting(void)
{
    static const char name[] = "(?=.{1,255}$)(.{1,63}\\.){1,127}[a-z]+";
    GrEnv env;
    GrRe *re;
    ReId a;
    bool none;
    uint32_t before = 0, made = 0;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(gr_re_parse(re, name, sizeof name - 1, GR_RE_WHOLE, &a, NULL) == GRAM_OK);
    for (int i = 0; i < 60; i++) {
        T(gr_re_derive(re, a, 'x', &a) == GRAM_OK);
        before = re->nodes.n;
        T(gr_re_is_none(re, a, &none) == GRAM_OK && !none);
        if (i > 0) made += re->nodes.n - before;
    }
    T_EQ(made, 0);
    gr_re_free(re);
}

static void test_allocations(void)
{
    bool done = false;
    for (unsigned long k = 1; !done; k += 3) {
        TestAlloc alloc = {.fail_at = k, .fail_on = k % 2};
        gram_allocator g = test_alloc(&alloc);
        World w = {0};
        gr_env_init(&w.env, &g, 0, 0);
        if (gr_re_new(&w.env, &w.re) != GRAM_OK) continue;
        done = round_of(&w, 5) == GRAM_OK && alloc.calls < k;
        alloc.fail_at = 0;
        T(round_of(&w, 5) == GRAM_OK);
        gr_re_free(w.re);
        T_EQ(alloc.live, 0);
        T_EQ(alloc.wrong, 0);
    }
}

int main(void)
{
    test_relations();
    test_counting();
    test_allocations();
    return t_done();
}
