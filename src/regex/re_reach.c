/* How far can a word go on letters of a set?
 *
 *     [a-z]{0,40} (\. [a-z]{1,63})*     on letters a-z      40
 *                                       on a-z and the dot  no bound
 *
 * Two numbers a term, read off it: the most characters of a word that has
 * letters of the set alone, and of the beginning of any word.  Of an
 * intersection the least of its parts' is a bound, of a complement there is
 * none.
 *
 * Cost: linear in the terms below, of which none is looked at twice for a
 * set. */
#include "regex/re_pool.h"

/* GR_RE_INF: there is no bound. */
typedef struct Reach {
    bool some;   /* is there a word of such letters? */
    bool inside; /* do all words have no others? */
    uint32_t whole, begun;
} Reach;

static const Reach nothing = {false, false, 0, 0};
static const Reach anything = {true, false, GR_RE_INF, GR_RE_INF};

enum { ASK_WHOLE, ASK_BEGUN, ASK_INSIDE, N_ASKS };

static uint64_t key_of(SetId set, uint32_t ask, uint32_t id)
{
    return gr_pair(N_ASKS * set.v + ask, id);
}

/* Kept as the length and one more; 0: there is no word. */
static Reach reach_of(const GrRe *re, SetId set, uint32_t id)
{
    uint32_t whole = *gr_map_find(&re->reach, key_of(set, ASK_WHOLE, id));
    bool some = whole > 0;
    uint32_t begun = *gr_map_find(&re->reach, key_of(set, ASK_BEGUN, id));
    uint32_t inside = *gr_map_find(&re->reach, key_of(set, ASK_INSIDE, id));
    if (whole > 0 && whole < GR_RE_INF) whole--;
    return (Reach){some, inside, whole, begun};
}

static gram_status keep(GrRe *re, SetId set, uint32_t id, const Reach *r)
{
    uint32_t whole = r->some ? r->whole + (r->whole < GR_RE_INF) : 0;
    GR_TRY(
        gr_map_put(re->env, &re->reach, key_of(set, ASK_BEGUN, id), r->begun));
    GR_TRY(gr_map_put(re->env, &re->reach, key_of(set, ASK_INSIDE, id),
                      r->inside));
    return gr_map_put(re->env, &re->reach, key_of(set, ASK_WHOLE, id), whole);
}

static void raise(uint32_t *most, uint32_t n)
{
    if (n > *most) *most = n;
}

/* --- terms ---------------------------------------------------------------- */

/* y behind x. */
static Reach of_cat(Reach x, Reach y)
{
    Reach r = {x.some && y.some, x.inside && y.inside, 0, x.begun};
    if (r.some) r.whole = gr_re_sum(x.whole, y.whole);
    if (x.some) raise(&r.begun, gr_re_sum(x.whole, y.begun));
    return r;
}

static Reach of_repeat(Reach x, uint32_t lo, uint32_t hi)
{
    Reach r = {lo == 0 || x.some, x.inside, 0, x.begun};
    if (!x.some) return r;
    r.whole = gr_re_times(x.whole, hi);
    raise(&r.begun, hi == GR_RE_INF
                        ? r.whole
                        : gr_re_sum(gr_re_times(x.whole, hi - 1), x.begun));
    return r;
}

static Reach of_union(const GrRe *re, SetId set, const uint32_t *kid,
                      uint32_t n)
{
    Reach r = {false, true, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        Reach one = reach_of(re, set, kid[i]);
        r.some |= one.some;
        r.inside &= one.inside;
        raise(&r.whole, one.whole);
        raise(&r.begun, one.begun);
    }
    return r;
}

static Reach of_meet(const GrRe *re, SetId set, const uint32_t *kid, uint32_t n)
{
    Reach r = anything;
    for (uint32_t i = 0; i < n; i++) {
        Reach one = reach_of(re, set, kid[i]);
        r.some &= one.some;
        r.inside |= one.inside;
        if (one.whole < r.whole) r.whole = one.whole;
        if (one.begun < r.begun) r.begun = one.begun;
    }
    return r;
}

static gram_status of_term(GrRe *re, SetId set, ReId a, Reach *out)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n, low, most;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    *out = anything;
    switch ((ReKind)node->kind) {
    case RE_NONE: *out = nothing; break;
    case RE_EPS: *out = (Reach){true, true, 0, 0}; break;
    case RE_SET:
        *out = nothing;
        if (!gr_set_meets(re, (SetId){node->a}, set)) break;
        *out = (Reach){true, gr_set_within(re, (SetId){node->a}, set), 1, 1};
        break;
    case RE_WORDS:
    case RE_LEAP:
        GR_TRY(gr_re_bounds(re, a, &low, &most));
        *out = (Reach){true, false, most, most};
        break;
    case RE_CAT:
        *out = of_cat(reach_of(re, set, kid[0]), reach_of(re, set, kid[1]));
        break;
    case RE_REP:
        *out = of_repeat(reach_of(re, set, kid[0]), node->lo, node->hi);
        break;
    case RE_OR: *out = of_union(re, set, kid, n); break;
    case RE_AND: *out = of_meet(re, set, kid, n); break;
    case RE_ALL:
    case RE_NOT: break;
    }
    return GRAM_OK;
}

/* On an explicit stack: a term waits above its operands. */
static gram_status ask(GrRe *re, SetId set, ReId a, ReVec *todo)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t before = todo->n, n;
        ReId top = gr_re_id(todo->at[before - 1]);
        const uint32_t *kid = gr_re_operands(re, top, &n);
        Reach r;
        for (uint32_t i = 0; i < n; i++)
            if (!gr_map_find(&re->reach, key_of(set, ASK_WHOLE, kid[i])))
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        GR_TRY(gr_step(re->env, n + 1));
        if (todo->n > before) continue;
        GR_TRY(of_term(re, set, top, &r));
        GR_TRY(keep(re, set, top.v, &r));
        todo->n--;
    }
    return GRAM_OK;
}

static gram_status find(GrRe *re, SetId set, ReId a, Reach *out)
{
    ReVec todo = {0};
    gram_status st = GRAM_OK;
    if (gr_map_find(&re->reach, key_of(set, ASK_WHOLE, a.v)) == NULL)
        st = ask(re, set, a, &todo);
    gr_vec_clear(re->env, &todo);
    if (st == GRAM_OK) *out = reach_of(re, set, a.v);
    return st;
}

gram_status gr_re_reach(GrRe *re, ReId a, SetId set, uint32_t *most)
{
    Reach r = nothing;
    gram_status st = find(re, set, a, &r);
    *most = r.begun;
    return st;
}

gram_status gr_re_inside(GrRe *re, ReId a, SetId set, bool *yes)
{
    Reach r = nothing;
    gram_status st = find(re, set, a, &r);
    *yes = r.inside;
    return st;
}
