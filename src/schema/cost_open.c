/* What completing an open container costs, remembered.
 *
 * The cost is that of the way to hold that a search finds (search.c); plans
 * ask for it at every byte of a key, with the same registers.  Answers lie in
 * a table of fixed size under 128 bits of hash of what was asked, the newest
 * in place of older ones; a machine that no bound is asked of has none. */
#include "schema/cost.h"

enum { OPEN_KNOWN = 2048 };

struct OpenKnown {
    uint64_t a, b; /* hashes of the question */
    OpenCost cost;
    bool used;
};

/* The words of a question. */
static gram_status question_of(Sm *sm, TypedId t, const Regs *r, SmWords *w)
{
    uint32_t head[] = {t.v,         r->count, r->last,    r->n_seen, r->n_items,
                       r->unseen.v, r->same,  r->current, r->guess,  r->begun};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        GR_TRY(gr_vec_push(sm->env, w, head[i]));
    for (uint32_t i = 0; i < r->n_seen; i++)
        GR_TRY(gr_vec_push(sm->env, w, r->seen[i]));
    for (uint32_t i = 0; i < r->n_items; i++)
        GR_TRY(gr_vec_push(sm->env, w, r->items ? r->items[i] : 0));
    return GRAM_OK;
}

static gram_status find_place(Sm *sm, TypedId t, const Regs *r, uint64_t *a,
                              uint64_t *b)
{
    SmWords w = {0};
    gram_status status = question_of(sm, t, r, &w);
    if (status == GRAM_OK) {
        *a = gr_hash(w.at, w.n * sizeof *w.at, 1);
        *b = gr_hash(w.at, w.n * sizeof *w.at, 2);
    }
    gr_vec_clear(sm->env, &w);
    return status;
}

/* sm->wanted is what the search just made has left behind: a key of its way. */
gram_status sm_open_cost(Sm *sm, TypedId t, const Regs *regs, OpenCost *out)
{
    uint64_t a, b;
    GR_TRY(gr_step(sm->env, 1));
    if (sm->open_known == NULL) {
        sm->open_known = gr_zalloc(sm->env, OPEN_KNOWN, sizeof *sm->open_known);
        if (sm->open_known == NULL) return GRAM_E_MEMORY;
    }
    GR_TRY(find_place(sm, t, regs, &a, &b));
    struct OpenKnown *k = &sm->open_known[a % OPEN_KNOWN];
    if (!k->used || k->a != a || k->b != b) {
        OpenCost c = {0};
        GR_TRY(sm_open_live(sm, t, regs, &c.alive, &c.bytes));
        c.key = sm->wanted;
        *k = (struct OpenKnown){a, b, c, true};
    }
    *out = k->cost;
    return GRAM_OK;
}

void sm_forget_open(Sm *sm)
{
    if (sm->open_known != NULL)
        gr_free(sm->env, sm->open_known, OPEN_KNOWN * sizeof *sm->open_known);
    sm->open_known = NULL;
}
