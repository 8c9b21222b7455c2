/* What completing an open container costs, remembered.
 *
 * The cost is that of a way to hold that a search finds (search.c); plans
 * ask for it at every byte of a key, with the same registers.  Answers lie in
 * a table of fixed size under 128 bits of hash of what was asked, the newest
 * in place of older ones; a machine that no bound is asked of has none.
 *
 * A plan that follows these ways has to come to an end.  In
 *
 *     e: anyOf [{"required": ["left"], "properties": {"left": e}},
 *               {"required": ["value"]}]
 *
 * any e does for `left` where e is known to be alive, and whoever follows that
 * opens one e in another for ever.  So a container that nothing is written of
 * goes the way of its lowest instance (low.c), all members of which cost less,
 * or a cheaper one; and of one that has begun the dearest member is as cheap as
 * can be, hence no dearer than that of the way that the plan has followed. */
#include "schema/cost.h"
#include "schema/want.h"

enum { OPEN_KNOWN = 2048 };

struct OpenKnown {
    SmAsked asked;
    OpenCost cost;
    bool used;
};

/* One hash of a question, by one seed.  Items may be known by their number
 * alone. */
static uint64_t hash_of(TypedId t, uint32_t key, const Regs *r, uint64_t seed)
{
    uint32_t head[] = {t.v,       key,        r->count,         r->last,
                       r->n_seen, r->n_items, r->unseen.v,      r->same,
                       r->guess,  r->current, r->items != NULL, r->begun};
    uint64_t h = gr_hash(head, sizeof head, seed);
    if (r->n_seen > 0) h = gr_hash(r->seen, r->n_seen * sizeof *r->seen, h);
    if (r->items != NULL && r->n_items > 0)
        h = gr_hash(r->items, r->n_items * sizeof *r->items, h);
    return h;
}

SmAsked sm_asked(TypedId t, uint32_t key, const Regs *regs)
{
    return (SmAsked){hash_of(t, key, regs, 1), hash_of(t, key, regs, 2)};
}

/* below: see Sm.live_below. */
static gram_status find_way(Sm *sm, TypedId t, const Regs *regs, uint64_t below,
                            OpenCost *out)
{
    sm->costing = true;
    sm->live_below = below;
    gram_status status = sm_open_live(sm, t, regs, &out->alive, &out->bytes);
    sm->live_below = 0;
    sm->costing = false;
    out->key = sm->wanted;
    return status;
}

/* From way to way, each without the dearest member of the one before. */
static gram_status find_low_way(Sm *sm, TypedId t, const Regs *regs,
                                OpenCost *out)
{
    OpenCost low = {.alive = true};
    GR_TRY(find_way(sm, t, regs, 0, out));
    while (out->alive && low.alive && sm->dearest > 0) {
        GR_TRY(find_way(sm, t, regs, sm->dearest, &low));
        if (low.alive) *out = low;
    }
    return GRAM_OK;
}

static bool is_begun(const Regs *r)
{
    return r->count > 0 || r->n_seen > 0 || r->n_items > 0 || r->begun;
}

/* An instance that may be cheaper than the lowest one; its opening bracket is
 * written.  The costs that others are made of stay those of the lowest. */
static gram_status find_cheap_way(Sm *sm, TypedId t, OpenCost *out)
{
    OpenCost c;
    uint64_t below;
    GR_TRY(sm_low_cost(sm, t, &below));
    GR_TRY(find_way(sm, t, &sm_no_regs, below, &c));
    if (!c.alive) GR_TRY(find_way(sm, t, &sm_no_regs, 0, &c));
    *out = c;
    while (c.alive && sm->dearest > 0) {
        GR_TRY(find_way(sm, t, &sm_no_regs, sm->dearest, &c));
        if (c.alive && c.bytes < out->bytes) *out = c;
    }
    return GRAM_OK;
}

static gram_status find_cost(Sm *sm, TypedId t, const Regs *regs, OpenCost *out)
{
    return is_begun(regs) ? find_low_way(sm, t, regs, out)
                          : find_cheap_way(sm, t, out);
}

/* sm->wanted is what the search just made has left behind: a key of its way. */
gram_status sm_open_cost(Sm *sm, TypedId t, const Regs *regs, OpenCost *out)
{
    SmAsked asked = sm_asked(t, SM_NO_KEY, regs);
    GR_TRY(gr_step(sm->env, 1));
    if (sm->open_known == NULL) {
        sm->open_known = gr_zalloc(sm->env, OPEN_KNOWN, sizeof *sm->open_known);
        if (sm->open_known == NULL) return GRAM_E_MEMORY;
    }
    struct OpenKnown *k = &sm->open_known[asked.a % OPEN_KNOWN];
    if (!k->used || k->asked.a != asked.a || k->asked.b != asked.b) {
        OpenCost c = {0};
        GR_TRY(find_cost(sm, t, regs, &c));
        *k = (struct OpenKnown){asked, c, true};
    }
    *out = k->cost;
    return GRAM_OK;
}

gram_status sm_new_cost(Sm *sm, TypedId t, uint64_t *bytes)
{
    OpenCost c;
    *bytes = sm_typed_at(sm, t)->cost;
    if (sm_typed_at(sm, t)->type < T_ARRAY) return GRAM_OK;
    GR_TRY(sm_open_cost(sm, t, &sm_no_regs, &c));
    *bytes = sm_add_cost(c.bytes, 1);
    return GRAM_OK;
}

void sm_forget_open(Sm *sm)
{
    if (sm->open_known != NULL)
        gr_free(sm->env, sm->open_known, OPEN_KNOWN * sizeof *sm->open_known);
    sm->open_known = NULL;
}
