/* The tokens after which a text can still end within a budget of bytes.
 *
 * An exact walk over the whole trie that asks for the completion cost where
 * a token ends.  Nothing is memoized: costs depend on registers. */
#include "mask/mask_int.h"

typedef struct Budget {
    uint64_t bytes;
} Budget;

static gram_status put_if_cheap(Walk *k, uint32_t node, StateId s,
                                uint32_t base)
{
    const Budget *b = k->ctx;
    GrConfig c = k->w->bases.at[base].config;
    uint64_t cost;
    c.state = s;
    GR_TRY(gr_pda_cost(k->run.pda, &c, &cost));
    GR_TRY(gr_step(k->w->env, 1));
    return cost <= b->bytes ? gr_row_put_node(k->w, node, true) : GRAM_OK;
}

gram_status gr_mask_budget(GrMasks *m, GrWork *w, const GrConfig *c,
                           GrText *log, uint64_t budget, uint32_t *row)
{
    Walk k;
    bool may;
    Budget b = {budget};
    GR_TRY(gr_walk_exact(&k, w, log));
    k.emit = put_if_cheap;
    k.ctx = &b;
    GR_TRY(gr_row_load_base(w, BASE_EMPTY));
    GR_TRY(gr_walk_all(&k, c));
    k.run.log_len = log->n;
    GR_TRY(gr_run_end(&k.run, c, &may));
    GR_TRY(gr_row_put_ends(w, may));
    memcpy(row, w->row, (size_t)m->v->mask_words * sizeof *row);
    return GRAM_OK;
}
