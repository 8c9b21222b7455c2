/* A walk that leaves out what is known of whole blocks of tokens.
 *
 * Numbers are where walks are widest: a vocabulary has a thousand tokens of
 * digits, and behind a digit nearly all that may follow a value may follow.
 *
 *     12   3 4 5 ...    digits: a row of the tables (digits.c)
 *          . e E        walked
 *          , } ] white  the number ends, and the byte is run again in the
 *                       state below, of which the mask is known, or found
 *
 * Where bytes do nothing but close the level, to be run again, tokens that
 * begin with them are those of the state reached.  It takes no others, or its
 * mask is of no use.  Its conditions and marks become those of the walk.
 *
 * Cost: twenty cells, and the tokens that are alive, without their nodes. */
#include "mask/mask_int.h"

/* --- the state below ------------------------------------------------------ */

/* The bytes that only close the level, to be run again. */
static gram_status find_closing(GrWork *w, StateId s, uint32_t bytes[8],
                                uint8_t *byte)
{
    static const char tries[] = ",}] ";
    Cell pop = {GR_CELL_DEAD}, cell;
    *byte = 0;
    for (uint32_t i = 0; i + 1 < sizeof tries && *byte == 0; i++) {
        GR_TRY(gr_cell_or_dead(w, s, (uint8_t)tries[i], &pop));
        if (!gr_cell_is_op(pop)) continue;
        const GrOp *op = gr_pda_get_op(w->m->pda, pop);
        if (op->kind == GR_OP_POP && op->b) *byte = (uint8_t)tries[i];
    }
    for (uint32_t b = 0; b < 256 && *byte != 0; b++) {
        GR_TRY(gr_cell_or_dead(w, s, b, &cell));
        if (cell.v == pop.v) gr_bit_set(bytes, b);
    }
    return GRAM_OK;
}

/* Does the state take no other bytes, nor tokens by id? */
static gram_status takes_only(GrWork *w, StateId s, const uint32_t bytes[8],
                              bool *only)
{
    Cell cell;
    *only = !gr_state_takes(gr_pda_get_state(w->m->pda, s));
    for (uint32_t b = 0; b < 256 && *only; b++) {
        if (gr_bit_get(bytes, b)) continue;
        GR_TRY(gr_cell_or_dead(w, s, b, &cell));
        *only = cell.v == GR_CELL_DEAD;
    }
    return GRAM_OK;
}

/* Close the level; *done is false where that does more, which no trace holds
 * for all tokens at once. */
static gram_status close_level(Walk *k, GrConfig *c, uint8_t byte, bool *done)
{
    GrTrace *t = k->run.trace;
    gram_status status = gr_run_once(&k->run, c, byte, done);
    *done &= status == GRAM_OK && !t->is_volatile && !t->key_entered &&
             t->n_items == 0;
    t->is_volatile = t->key_entered = false;
    t->n_items = 0;
    bool refused = status == GRAM_E_REFUSED || status == GRAM_E_LIMIT;
    return refused ? GRAM_OK : status;
}

/* What a mask of its own left behind is not of the walk. */
static gram_status mask_below(GrWork *w, const GrConfig *c, const Leaf **leaf)
{
    w->below = true;
    gram_status status = gr_mask_leaf(w, c, leaf);
    w->below = false;
    w->marks.n = w->over.n = 0;
    w->too_many = false;
    if (status == GRAM_OK && *leaf != NULL && (*leaf)->below != 0) *leaf = NULL;
    return status;
}

static gram_status inherit(Walk *k, const GrConfig *c, const Leaf *l, bool *fit)
{
    GrMasks *m = k->w->m;
    GrTrace *t = k->run.trace;
    gr_trace_inherit(t, c, l->frames, array_at(&m->boxes, l->boxes, l->n_boxes),
                     l->n_boxes, array_at(&m->asked, l->asked, l->n_asked),
                     l->n_asked);
    *fit = !t->is_volatile;
    t->is_volatile = false;
    return *fit ? gr_marks_carry(k->w, t, c, l) : GRAM_OK;
}

/* The leaf of the state below, or NULL; the bytes for which it answers. */
static gram_status find_leaf(Walk *k, const GrConfig *c, uint32_t bytes[8],
                             const Leaf **leaf)
{
    GrWork *w = k->w;
    GrConfig below = *c;
    uint8_t byte;
    bool fit;
    *leaf = NULL;
    if (w->below || w->marks.n > 0 || w->m->flags & GR_MASK_NO_PARTS)
        return GRAM_OK;
    GR_TRY(find_closing(w, c->state, bytes, &byte));
    if (byte == 0) return GRAM_OK;
    GR_TRY(close_level(k, &below, byte, &fit));
    if (fit) GR_TRY(takes_only(w, below.state, bytes, &fit));
    if (fit) GR_TRY(mask_below(w, &below, leaf));
    if (*leaf == NULL) return GRAM_OK;
    GR_TRY(inherit(k, &below, *leaf, &fit));
    if (!fit) *leaf = NULL;
    return GRAM_OK;
}

/* Tokens of digits, and all of a mask in which there are none: nearly what is
 * usual behind digits. */
static gram_status put_both(GrWork *w, uint32_t id)
{
    const Mask *k = mask_at(w->m, id);
    const GrTables *t = w->m->tables;
    const uint32_t *digits = t->base[t->digits.base].row, *row = k->row;
    const uint32_t *ids = array_at(&w->m->ids, k->ids, k->n_ids);
    if (k->base != BASE_NONE) row = base_at(w->m, k->base)->row;
    if (row == NULL)
        GR_TRY(gr_row_load_base(w, t->digits.base));
    else
        GR_TRY(gr_row_unite(w, t->usual + GR_USUAL_TAIL, digits, row));
    for (uint32_t i = 0; i < k->n_ids; i++)
        GR_TRY(gr_row_put(w, ids[i], row == NULL || !gr_bit_get(row, ids[i])));
    return GRAM_OK;
}

/* --- the mask ------------------------------------------------------------- */

gram_status gr_blocks_mask(Walk *k, const GrConfig *c)
{
    GrWork *w = k->w;
    const Leaf *leaf;
    uint32_t skip[8] = {0};
    DigitRun digits;
    bool found;
    GR_TRY(find_leaf(k, c, skip, &leaf));
    if (leaf == NULL) memset(skip, 0, sizeof skip);
    GR_TRY(gr_digits_find(k, c, &digits, &found));
    if (found) gr_bit_fill(skip, '1', '9' + 1);
    if (leaf == NULL)
        GR_TRY(gr_row_load_base(w, found ? w->m->tables->digits.base
                                         : BASE_EMPTY));
    else if (found)
        GR_TRY(put_both(w, leaf->mask));
    else
        GR_TRY(gr_row_load(w, leaf->mask));
    GR_TRY(gr_walk_others(k, c, skip));
    return found ? gr_digits_walk(k, &digits) : GRAM_OK;
}
