/* A typed string value -> regions of lengths, and a tuple of expressions.
 *
 * A function over text atoms (pattern, format, enum) becomes one Boolean
 * regular expression, node by node; length atoms cut the lengths 0, 1, 2 ...
 * into regions on which the function has no length atom left:
 *
 *     minLength 2, maxLength 5       0..1  2......5  6........
 *                                    none   expr      none
 *
 * A region is an expression of its own because "pattern, or at most 5
 * characters" is no conjunction: what must come differs from length to length.
 * Bounds that change nothing are dropped here, once, since each one that stays
 * is a guard on every move (relax_bounds, fold_bound).
 *
 * Cost: regions times roots, on first use. */
#include "schema/text.h"

typedef SmWords Words;

/* Kept sorted by insertion: a string has few bounds. */
static gram_status add_cuts(Sm *sm, Bdd f, Words *cuts)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        Atom atom = sm_atom_of(sm, n.var);
        if (atom.kind != ATOM_COUNT) continue;
        uint32_t j = 0;
        while (j < cuts->n && cuts->at[j] < atom.b) j++;
        if (j < cuts->n && cuts->at[j] == atom.b) continue;
        GR_TRY(gr_vec_push(sm->env, cuts, 0));
        memmove(cuts->at + j + 1, cuts->at + j,
                (cuts->n - 1 - j) * sizeof *cuts->at);
        cuts->at[j] = atom.b;
    }
    return GRAM_OK;
}

/* f for lengths of at least `len` and below the next cut. */
static gram_status fix_length(Sm *sm, const Words *cuts, uint32_t len, Bdd *f)
{
    for (uint32_t i = 0; i < cuts->n; i++) {
        Bdd atom;
        GR_TRY(sm_atom(sm, ATOM_COUNT, T_STRING, 0, cuts->at[i], &atom));
        GR_TRY(gr_bdd_restrict(&sm->bdd, *f, gr_bdd_node(&sm->bdd, atom).var,
                               len >= cuts->at[i], f));
    }
    return GRAM_OK;
}

/* Roots that mean the same, in one region or in two, run once. */
static gram_status tuple_place(Sm *sm, Words *tuple, ReId re, uint32_t *at)
{
    for (*at = 0; *at < tuple->n; ++*at)
        if (tuple->at[*at] == re.v) return GRAM_OK;
    return gr_vec_push(sm->env, tuple, re.v);
}

/* The region of lengths lo..hi, unless the goal cannot be met there. */
static gram_status add_region(Sm *sm, const Typed *t, const Words *cuts,
                              uint32_t lo, uint32_t hi, TextSpec *spec,
                              Words *tuple)
{
    Bdd all = t->all;
    GR_TRY(fix_length(sm, cuts, lo, &all));
    if (gr_bdd_is(all, false)) return GRAM_OK;
    uint32_t *at = gr_arena_take(sm->env, &sm->arena, t->n * sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < t->n; i++) {
        Bdd f = {t->root[i]};
        ReId re;
        GR_TRY(fix_length(sm, cuts, lo, &f));
        GR_TRY(sm_to_re(sm, f, NULL, &re));
        GR_TRY(tuple_place(sm, tuple, re, &at[i]));
    }
    spec->region[spec->n_regions++] = (Region){lo, hi, at};
    return GRAM_OK;
}

/* Nearly always: then one expression says all, and no vector is needed. */
bool sm_text_holds(const Sm *sm, const Typed *t)
{
    if (t->n != 1 || t->goal.v < 2) return false;
    BddNode n = gr_bdd_node(&sm->bdd, t->goal);
    return n.var == 0 && gr_bdd_is(n.lo, false) && gr_bdd_is(n.hi, true);
}

/* A single region's bounds that all strings of the goal keep anyway are none:
 * a uuid of at most 64 characters counts nothing. */
static gram_status relax_bounds(Sm *sm, Region *r, ReId re)
{
    uint32_t low, most;
    GR_TRY(gr_re_bounds(sm->re, re, &low, &most));
    if (low >= r->lo) r->lo = 0;
    if (most <= r->hi) r->hi = UINT32_MAX;
    return GRAM_OK;
}

/* Where all lengths would have to be known for a small lower bound, or the
 * states count anyway, it becomes a part of the expression: any{2,} is gone
 * after two characters. */
static gram_status fold_bound(Sm *sm, Region *r, ReId *re)
{
    enum { SMALL = 16 };
    ReId one, part[2] = {*re, {0}};
    uint32_t low, most;
    SetId any;
    GrRange range = {0, 0x10FFFF};
    bool folds;
    if (r->lo == 0 || r->lo > SMALL) return GRAM_OK;
    GR_TRY(gr_re_walks(sm->re, *re, &folds));
    GR_TRY(gr_re_bounds(sm->re, *re, &low, &most));
    if (!folds && most == GR_RE_INF) return GRAM_OK;
    GR_TRY(gr_set_make(sm->re, &range, 1, &any));
    GR_TRY(gr_re_set(sm->re, any, &one));
    GR_TRY(gr_re_repeat(sm->re, one, r->lo, GR_RE_INF, &part[1]));
    r->lo = 0;
    return gr_re_and(sm->re, part, 2, re);
}

/* [a-z]{1,255} by itself is a chain of 255 states, which differ by how many
 * characters are left; [a-z]+ of at most 255 is one that counts. */
static gram_status lift_bound(Sm *sm, Region *r, ReId *re)
{
    uint32_t most;
    GR_TRY(gr_re_unbound(sm->re, *re, re, &most));
    if (most < r->hi) r->hi = most;
    return GRAM_OK;
}

/* With several regions a bound tells them apart, and may not move. */
static gram_status simplify(Sm *sm, const Typed *t, TextSpec *spec,
                            Words *tuple)
{
    Region *r = &spec->region[0];
    if (spec->n_regions != 1 || !sm_text_holds(sm, t)) return GRAM_OK;
    ReId re = {tuple->at[0]};
    if (spec->counted) GR_TRY(relax_bounds(sm, r, re));
    GR_TRY(lift_bound(sm, r, &re));
    if (spec->counted) GR_TRY(fold_bound(sm, r, &re));
    tuple->at[0] = re.v;
    spec->counted = r->lo > 0 || r->hi < UINT32_MAX;
    return GRAM_OK;
}

/* Where no root holds, is the goal missed?  Then some expression of the tuple
 * has to be left. */
static GrLexNeed need_of(const Sm *sm, Bdd goal)
{
    while (goal.v > GR_BDD_TRUE) goal = gr_bdd_node(&sm->bdd, goal).lo;
    return gr_bdd_is(goal, false) ? GR_NEED_ANY : GR_NEED_NOTHING;
}

/* n cuts make n + 1 regions; those in which the goal cannot be met are left
 * out, and what is no region is dead. */
static gram_status fill_spec(Sm *sm, const Typed *t, TextSpec *spec,
                             Words *cuts, Words *tuple)
{
    for (uint32_t i = 0; i < t->n; i++)
        GR_TRY(add_cuts(sm, (Bdd){t->root[i]}, cuts));
    spec->counted = cuts->n > 0;
    spec->need = need_of(sm, t->goal);
    spec->region = gr_arena_take(sm->env, &sm->arena,
                                 (cuts->n + 1) * sizeof *spec->region);
    if (spec->region == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i <= cuts->n; i++)
        GR_TRY(add_region(sm, t, cuts, i ? cuts->at[i - 1] : 0,
                          i < cuts->n ? cuts->at[i] - 1 : UINT32_MAX, spec,
                          tuple));
    GR_TRY(simplify(sm, t, spec, tuple));
    size_t size = (tuple->n + 1) * sizeof *spec->tuple;
    spec->tuple = gr_arena_take(sm->env, &sm->arena, size);
    if (spec->tuple == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < tuple->n; i++)
        spec->tuple[i] = (ReId){tuple->at[i]};
    spec->n_tuple = tuple->n;
    return GRAM_OK;
}

gram_status sm_text_spec(Sm *sm, Typed *t, const TextSpec **out)
{
    if (t->text == NULL) {
        TextSpec *spec = gr_arena_take(sm->env, &sm->arena, sizeof *spec);
        if (spec == NULL) return GRAM_E_MEMORY;
        memset(spec, 0, sizeof *spec);
        Words cuts = {0}, tuple = {0};
        gram_status status = fill_spec(sm, t, spec, &cuts, &tuple);
        gr_vec_clear(sm->env, &cuts);
        gr_vec_clear(sm->env, &tuple);
        GR_TRY(status);
        t->text = spec;
    }
    *out = t->text;
    return GRAM_OK;
}

/* Of strings that must hold one expression, a byte state says all but the
 * bounds of the regions: those that agree in these share their states, so
 * that a string that has become different from every value of some set is as
 * any other. */
static gram_status shape_of(Sm *sm, const TextSpec *spec, uint32_t *shape)
{
    Words w = {0};
    gram_status status = gr_vec_push(sm->env, &w, spec->counted);
    for (uint32_t i = 0; i < spec->n_regions && status == GRAM_OK; i++) {
        const Region *r = &spec->region[i];
        status = gr_vec_reserve(sm->env, &w, 3);
        if (status != GRAM_OK) break;
        w.at[w.n++] = r->lo;
        w.at[w.n++] = r->hi;
        w.at[w.n++] = r->at[0];
    }
    if (status == GRAM_OK)
        status = gr_intern(sm->env, &sm->shapes, w.at, w.n, shape, NULL);
    gr_vec_clear(sm->env, &w);
    return status;
}

gram_status sm_text_like(Sm *sm, TypedId id, TypedId *out)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    uint32_t shape;
    *out = id;
    if (t->like == 0 && sm_text_holds(sm, t)) {
        GR_TRY(sm_text_spec(sm, t, &spec));
        GR_TRY(shape_of(sm, spec, &shape));
        while (sm->like.n <= shape) GR_TRY(gr_vec_push(sm->env, &sm->like, 0));
        if (sm->like.at[shape] == 0) sm->like.at[shape] = id.v + 1;
        t->like = sm->like.at[shape];
    }
    if (t->like != 0) out->v = t->like - 1;
    return GRAM_OK;
}

gram_status sm_text_lex(Sm *sm, TypedId id, LexId *out)
{
    const TextSpec *spec;
    GR_TRY(sm_text_spec(sm, sm_typed_at(sm, id), &spec));
    return gr_lex_start(sm->re, sm->policy.escapes, spec->need, spec->tuple,
                        spec->n_tuple, out);
}

gram_status sm_text_must(Sm *sm, TypedId id, uint32_t *by, bool *yes)
{
    const TextSpec *spec;
    const Typed *t = sm_typed_at(sm, id);
    *yes = sm_text_holds(sm, t);
    if (!*yes) return GRAM_OK;
    GR_TRY(sm_text_spec(sm, sm_typed_at(sm, id), &spec));
    *yes = spec->n_regions == 1;
    if (*yes) *by = spec->region[0].at[0];
    return GRAM_OK;
}
