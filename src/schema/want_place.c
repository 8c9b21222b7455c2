/* The value of a member or an item of a completion: all of what is held, and
 * none of what is to be broken there.
 *
 * For most places that is the conj of what a few specs say.  Witnesses and
 * counted items ask for more: a value that some conjs refuse.  Both come out as
 * one interned value, so that its liveness is looked up and not searched again,
 * however many completions ask for it. */
#include "schema/want.h"

/* The value of an item or member that all of `hold` allow and that each of the
 * n conjs in `fall` refuses.  Where n is 0 it is one conj that must hold; else
 *
 *      roots  fall[n-1] ... fall[0] hold     goal  !0 & !1 & ... & hold
 *
 * so that the goal is a cube, which typed.c folds into one function. */
static gram_status joint_value(Search *s, ConjId hold, const ConjId *fall,
                               uint32_t n, ValueId *out)
{
    Sm *sm = s->sm;
    uint32_t room = sm_room_inside(sm, s->typed);
    if (n == 0) return sm_value_of(sm, hold, room, out);
    Bdd goal = gr_bdd_const(true), no = gr_bdd_const(false);
    size_t size = ((size_t)n + 1) * sizeof(ConjId);
    ConjId *root = gr_resize(sm->env, NULL, 0, size);
    if (root == NULL) return GRAM_E_MEMORY;
    /* the last one first: what is made of the others is known then */
    gram_status status = gr_bdd_make(&sm->bdd, n, no, goal, &goal);
    root[n] = hold;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++) {
        root[n - 1 - i] = fall[i];
        status = gr_bdd_make(&sm->bdd, n - 1 - i, goal, no, &goal);
    }
    if (status == GRAM_OK) status = sm_value(sm, root, n + 1, goal, room, out);
    gr_free(sm->env, root, size);
    return status;
}

gram_status sm_place_conj(Search *s, uint32_t spec, uint32_t place, ConjId *out)
{
    uint32_t n;
    if (s->u != NULL) return sm_key_conj(s->sm, s->u, spec, place, out);
    const uint32_t *prefix = sm_array_spec(s->sm, spec, &n);
    *out = (ConjId){prefix[place < n ? place : n]};
    return GRAM_OK;
}

/* Specs that must hold are marked with the number of the check, so that only
 * those need be looked at that say something about a key.  (An array has no
 * such walk, and few specs.) */
gram_status sm_hold_spec(Search *s, uint32_t spec)
{
    Sm *sm = s->sm;
    while (sm->hold_mark.n <= spec)
        GR_TRY(gr_vec_push(sm->env, &sm->hold_mark, 0));
    sm->hold_mark.at[spec] = s->stamp;
    return gr_vec_push(sm->env, &s->want.hold, spec);
}

/* A mark of an earlier check has a smaller stamp. */
static bool is_held(const Search *s, uint32_t spec)
{
    return spec < s->sm->hold_mark.n && s->sm->hold_mark.at[spec] == s->stamp;
}

/* The conjs of the held specs at a place, of those that ask for something. */
static gram_status add_held(Search *s, uint32_t spec, uint32_t place,
                            SmWords *conjs)
{
    ConjId one;
    GR_TRY(gr_step(s->sm->env, 1));
    GR_TRY(sm_place_conj(s, spec, place, &one));
    return one.v == CONJ_TRUE ? GRAM_OK : gr_vec_push(s->sm->env, conjs, one.v);
}

/* Whichever is shorter: all held specs, or those that speak of the key. */
static gram_status held_conjs(Search *s, uint32_t place, SmWords *conjs)
{
    const SmWords *hold = &s->want.hold;
    SpecWalk w = {0};
    if (s->u != NULL) w = sm_specs_of_key(s->u, place);
    bool few = s->u == NULL || hold->n <= w.n_far + w.n_near;
    for (uint32_t i = 0; i < hold->n && few; i++)
        GR_TRY(add_held(s, hold->at[i], place, conjs));
    if (few) return GRAM_OK;
    for (uint32_t i; sm_next_spec(&w, &i);)
        if (is_held(s, s->u->specs[i]))
            GR_TRY(add_held(s, s->u->specs[i], place, conjs));
    return GRAM_OK;
}

/* All their elements in one conj.  They are appended behind the conjs, in the
 * same scratch. */
static gram_status join_conjs(Sm *sm, SmWords *conjs, ConjId *out)
{
    uint32_t k = conjs->n, n;
    out->v = k ? conjs->at[0] : CONJ_TRUE;
    if (k < 2) return GRAM_OK;
    for (uint32_t i = 0; i < k; i++) {
        const uint32_t *element = gr_intern_get(&sm->conjs, conjs->at[i], &n);
        for (uint32_t j = 0; j < n; j++)
            GR_TRY(gr_vec_push(sm->env, conjs, element[j]));
    }
    return sm_conj(sm, conjs->at + k, conjs->n - k, out);
}

gram_status sm_held_conj(Search *s, uint32_t place, ConjId *out)
{
    SmWords *conjs = &s->sm->parts;
    conjs->n = 0;
    GR_TRY(held_conjs(s, place, conjs));
    GR_TRY(join_conjs(s->sm, conjs, out));
    if (!s->want.unique || s->regs->unseen.v == CONJ_TRUE) return GRAM_OK;
    ConjId unseen = s->regs->unseen;
    GR_TRY(sm_unseen_of(s, *out, &unseen));
    return sm_conj_and(s->sm, *out, unseen, out);
}

/* Bits by demand of the item that match.c has chosen for a place to come. */
static bool sign_of(const Search *s, uint32_t place, uint32_t *bits)
{
    uint32_t i = place - s->regs->count;
    if (place < s->regs->count || i >= s->sign.n) return false;
    *bits = s->sign.at[i];
    return true;
}

/* What an item is asked for comes from three sides: specs that hold, witnesses
 * that stand there, and the signs that match.c has chosen. */
gram_status sm_place_literals(Search *s, uint32_t place, ConjId *hold,
                              ConjId *fall, uint32_t *n)
{
    ConjId one;
    uint32_t bits;
    GR_TRY(sm_held_conj(s, place, &one));
    GR_TRY(sm_conj_and(s->sm, *hold, one, hold));
    for (uint32_t i = 0; i < s->placed.n; i++)
        if (s->placed.at[i] == place)
            GR_TRY(sm_place_conj(s, s->want.fall.at[i], place, &fall[(*n)++]));
    if (!sign_of(s, place, &bits)) return GRAM_OK;
    for (uint32_t i = 0; i < s->n_demands; i++) {
        const Demand *d = &s->demand[i];
        one = (ConjId){d->what};
        if (d->breaks) GR_TRY(sm_place_conj(s, d->what, place, &one));
        if ((bits >> i & 1) != d->breaks)
            GR_TRY(sm_conj_and(s->sm, *hold, one, hold));
        else
            fall[(*n)++] = one;
    }
    return GRAM_OK;
}

/* `extra` is what is asked beside: the value found must have it too. */
gram_status sm_item_value(Search *s, uint32_t place, ConjId extra, ValueId *out)
{
    ConjId fall[PLACE_LITERALS_MAX];
    uint32_t n = 0;
    GR_TRY(sm_place_literals(s, place, &extra, fall, &n));
    return joint_value(s, extra, fall, n, out);
}

/* At p and q the same value can stand iff one value is what both ask for. */
gram_status sm_common_value(Search *s, uint32_t p, uint32_t q, ValueId *out)
{
    ConjId hold = {CONJ_TRUE}, fall[2 * PLACE_LITERALS_MAX];
    uint32_t n = 0;
    GR_TRY(sm_place_literals(s, p, &hold, fall, &n));
    GR_TRY(sm_place_literals(s, q, &hold, fall, &n));
    return joint_value(s, hold, fall, n, out);
}

gram_status sm_place_value(Search *s, uint32_t place, const uint32_t *which,
                           uint32_t n, ValueId *out)
{
    ConjId hold, *fall = NULL;
    size_t size = n * sizeof *fall;
    GR_TRY(sm_held_conj(s, place, &hold));
    if (n > 0) {
        fall = gr_resize(s->sm->env, NULL, 0, size);
        if (fall == NULL) return GRAM_E_MEMORY;
    }
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = sm_place_conj(s, s->want.fall.at[which[i]], place, &fall[i]);
    if (status == GRAM_OK) status = joint_value(s, hold, fall, n, out);
    if (n > 0) gr_free(s->sm->env, fall, size);
    return status;
}

/* Can a member stand at `place` that all of hold allow and that breaks the
 * specs fall[which[0..n)]? */
gram_status sm_place_live(Search *s, uint32_t place, const uint32_t *which,
                          uint32_t n, bool *alive, uint64_t *cost)
{
    ValueId v;
    GR_TRY(sm_place_value(s, place, which, n, &v));
    return sm_child_check(s, v, alive, cost);
}
