/* The verdicts that a typed value may still end with, each as a typed value
 * of its own: the same functions with a goal that only this verdict meets.
 *
 *     roots f g, goal f | g    ->    (f & g)  (f & !g)  (!f & g)
 *
 * Estimates of what a completion costs need them: behind one verdict of a
 * member the rest of its container may be a byte, behind another a hundred.
 * Found by going down the bits, holding first, and asking at each whether
 * some instance exists; so they are as many as there are, not two to the
 * power of the roots, and at most SM_ENDS_MAX of them are looked at. */
#include "schema/cells.h"

typedef GrVec(SmEnd) Ends;

/* The typed value whose verdict begins with these `n` bits.  That is the goal,
 * and that its first n variables are these. */
static gram_status with_bits(Sm *sm, TypedId id, const uint32_t *bits,
                             uint32_t n, TypedId *out)
{
    const Typed *t = sm_typed_at(sm, id);
    Bdd cube = {GR_BDD_TRUE}, no = {GR_BDD_FALSE}, goal = t->goal;
    Bdd *root = sm_take_roots(sm, id);
    if (root == NULL) return GRAM_E_MEMORY;
    gram_status status = GRAM_OK;
    for (uint32_t i = n; i-- > 0 && status == GRAM_OK;)
        status = gr_bit_get(bits, i)
                     ? gr_bdd_make(&sm->bdd, i, no, cube, &cube)
                     : gr_bdd_make(&sm->bdd, i, cube, no, &cube);
    if (status == GRAM_OK) status = gr_bdd_and(&sm->bdd, goal, cube, &goal);
    if (status == GRAM_OK)
        status =
            sm_typed(sm, t->type, root, t->n, goal, t->room, t->order, out);
    sm_drop_roots(sm, id, root);
    return status;
}

/* The bits are complete, or their value is dead: on to the next ones.  As a
 * binary number counts down: the last 1 becomes 0, and what follows is cut off.
 * 0: there is no next one. */
static uint32_t next_bits(uint32_t *bits, uint32_t n)
{
    while (n > 0 && !gr_bit_get(bits, n - 1)) n--;
    if (n > 0) gr_bit_clear(bits, n - 1);
    return n;
}

static gram_status add_end(Sm *sm, TypedId id, const uint32_t *bits, Ends *ends)
{
    SmEnd e;
    bool ok;
    GR_TRY(with_bits(sm, id, bits, sm_typed_at(sm, id)->n, &e.typed));
    GR_TRY(sm_verdict_of(sm, sm_typed_at(sm, id), bits, &e.verdict, &ok));
    return ok ? gr_vec_push(sm->env, ends, e) : GRAM_OK;
}

static gram_status find_ends(Sm *sm, TypedId id, uint32_t *bits, Ends *ends)
{
    uint32_t total = sm_typed_at(sm, id)->n, n = 1;
    gr_bit_set(bits, 0);
    while (n > 0 && ends->n < SM_ENDS_MAX) {
        TypedId part;
        bool alive;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(with_bits(sm, id, bits, n, &part));
        GR_TRY(sm_typed_live(sm, part, &alive));
        if (alive && n < total) {
            gr_bit_set(bits, n++);
            continue;
        }
        if (alive) GR_TRY(add_end(sm, id, bits, ends));
        n = next_bits(bits, n);
    }
    return GRAM_OK;
}

/* A goal that one verdict alone meets needs no search. */
static gram_status make_ends(Sm *sm, TypedId id, Ends *ends)
{
    uint32_t n = sm_typed_at(sm, id)->n, words = gr_bit_words(n);
    uint32_t *bits = gr_zalloc(sm->env, words, sizeof *bits);
    if (bits == NULL) return GRAM_E_MEMORY;
    bool cube = sm_goal_is_cube(sm, sm_typed_at(sm, id)->goal, n, bits);
    if (!cube) memset(bits, 0, words * sizeof *bits);
    gram_status status = cube ? add_end(sm, id, bits, ends)
                              : find_ends(sm, id, bits, ends);
    gr_free(sm->env, bits, words * sizeof *bits);
    return status;
}

/* Kept in the typed value for good. */
gram_status sm_ends(Sm *sm, TypedId id, const SmEnd **end, uint32_t *n)
{
    if (sm_typed_at(sm, id)->ends == NULL) {
        Ends ends = {0};
        gram_status status = make_ends(sm, id, &ends);
        const SmEnd *kept = NULL;
        if (status == GRAM_OK) {
            kept = (const SmEnd *)gr_arena_copy(sm->env, &sm->arena, ends.at,
                                                ends.n * sizeof *ends.at);
            if (kept == NULL) status = GRAM_E_MEMORY;
        }
        sm_typed_at(sm, id)->n_ends = ends.n;
        sm_typed_at(sm, id)->ends = kept;
        gr_vec_clear(sm->env, &ends);
        GR_TRY(status);
    }
    *end = sm_typed_at(sm, id)->ends;
    *n = sm_typed_at(sm, id)->n_ends;
    return GRAM_OK;
}
