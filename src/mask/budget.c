/* The tokens after which a text can still end within a budget of bytes.
 *
 * An exact walk over the whole trie that asks, where a token ends, for the
 * plan from there (pda/plan.c).  No mask is memoized, since plans depend on
 * registers and keys. */
#include "mask/mask_int.h"

typedef struct Budget {
    GrPlan *plan;
    uint64_t bytes;
} Budget;

static gram_status put_if_cheap(Walk *k, uint32_t node, StateId s,
                                uint32_t base)
{
    Budget *b = k->ctx;
    GrConfig c = k->w->bases.at[base].config;
    uint32_t token, len;
    uint64_t bytes;
    c.state = s;
    const char *text = gr_walk_bytes(k, node, &token, &len);
    GR_TRY(gr_plan_bytes(b->plan, &c, text, len, b->bytes, &bytes));
    return bytes <= b->bytes ? gr_row_put_node(k->w, node, true) : GRAM_OK;
}

static gram_status is_cheap(Walk *k, const GrConfig *c, bool *put)
{
    Budget *b = k->ctx;
    uint64_t bytes;
    GR_TRY(gr_plan_bytes(b->plan, c, NULL, 0, b->bytes, &bytes));
    *put = bytes <= b->bytes;
    return GRAM_OK;
}

static gram_status walk(GrMasks *m, GrWork *w, const GrConfig *c, GrText *log,
                        Budget *b, uint32_t *row)
{
    Walk k;
    bool may;
    GR_TRY(gr_walk_exact(&k, w, log));
    k.run.log_len = log->n;
    GR_TRY(gr_plan_new(&k.run, c, &b->plan));
    k.emit = put_if_cheap;
    k.ctx = b;
    GR_TRY(gr_row_load_base(w, BASE_EMPTY));
    GR_TRY(gr_walk_all(&k, c));
    k.run.log_len = log->n;
    GR_TRY(gr_run_end(&k.run, c, &may));
    GR_TRY(gr_row_put_ends(w, may));
    GR_TRY(gr_row_put_taken(&k, c, is_cheap));
    memcpy(row, w->row, (size_t)m->v->mask_words * sizeof *row);
    return GRAM_OK;
}

gram_status gr_mask_budget(GrMasks *m, GrWork *w, const GrConfig *c,
                           GrText *log, uint64_t budget, uint32_t *row)
{
    Budget b = {.bytes = budget};
    gram_status status = walk(m, w, c, log, &b, row);
    gr_plan_free(b.plan);
    return status;
}
