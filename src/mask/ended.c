/* One mask for the ends of all names in front of one state.
 *
 *     {"id   {"name   {"price      : behind each may follow a quote, and what
 *                                  then may is the same
 *
 * A name that has come to its end is a state of its own, and so its mask would
 * be computed anew, though nothing of it depends on which name it was, unless
 * it asks for keys that tokens add.  So the first that ended so in an object is
 * remembered by the state behind the quote, and others that lead there get its
 * leaf.
 *
 * Cost: two cells, and a look-up under the lock. */
#include "mask/mask_int.h"

/* Behind the quote that ends a name here: the state, or 0. */
static gram_status behind_name(GrWork *w, const GrConfig *c, uint32_t *state)
{
    const GrPda *pda = w->m->pda;
    Cell cell;
    *state = 0;
    GR_TRY(gr_cell_at(w, c->state, '"', &cell));
    if (!gr_cell_is_op(cell) || c->stack == NULL) return GRAM_OK;
    const GrOp *pop = gr_pda_get_op(pda, cell);
    if (pop->kind != GR_OP_POP || pop->b) return GRAM_OK;
    gram_status status =
        gr_pda_resume(w->m->pda, c->stack->frame, (Verdict){pop->a}, &cell);
    if (status != GRAM_OK || !gr_cell_is_op(cell))
        return status == GRAM_E_MEMORY ? status : GRAM_OK;
    const GrOp *see = gr_pda_get_op(pda, cell);
    if (see->kind == GR_OP_SEE && gr_cell_is_goto(see->yes))
        *state = gr_cell_state(see->yes).v;
    return GRAM_OK;
}

/* The first state that ended a name in front of the same one, in the same
 * object; this one, if it is the first.  No room: this one. */
static uint32_t first_ended(GrMasks *m, const GrConfig *c, uint32_t behind)
{
    uint64_t key = gr_pair(c->stack->frame.v, behind);
    uint32_t state = c->state.v;
    pthread_mutex_lock(&m->lock);
    const uint32_t *known = gr_map_find(&m->ended, key);
    if (known != NULL)
        state = *known;
    else if (gr_map_put(&m->env, &m->ended, key, state) != GRAM_OK)
        gr_masks_lack(m);
    pthread_mutex_unlock(&m->lock);
    return state;
}

/* Has anything been asked about keys that tokens add? */
static bool asks_names(const GrMasks *m, const Leaf *l)
{
    const GrAsked *a = array_at(&m->asked, l->asked, l->n_asked);
    uint32_t i = 0;
    while (i < l->n_asked && a[i].n_keys == 0) i++;
    return i < l->n_asked;
}

gram_status gr_mask_by_name(GrWork *w, const GrConfig *c, const LoopRef *own,
                            const Leaf **out)
{
    const Leaf *leaf;
    uint32_t behind;
    GrConfig other = *c;
    *out = NULL;
    if (own->past == c->state.v || own->cls != 0) return GRAM_OK;
    GR_TRY(behind_name(w, c, &behind));
    if (behind == 0) return GRAM_OK;
    other.state.v = first_ended(w->m, c, behind);
    if (other.state.v == c->state.v) return GRAM_OK;
    GR_TRY(gr_mask_leaf(w, &other, &leaf));
    if (leaf == NULL || asks_names(w->m, leaf)) return GRAM_OK;
    GR_TRY(gr_memo_add_alias(w, c, leaf, GR_REGS, out));
    if (*out == NULL) *out = leaf;
    return GRAM_OK;
}
