/* Estimates: about how many bytes a configuration is from an end.
 *
 * The sum of what the machine says of the running level and of each frame
 * below it.  Frames that a plan does not touch keep their sum (Old.sum), so
 * that a deep text costs each of its frames once, not at every byte. */
#include "pda/plan_int.h"

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* For each frame that an estimate asks at once: half a microsecond and more,
 * when a step is 30 ns.  Without it a call could take minutes where hundreds
 * of frames wait for one another (unions that refer to each other). */
enum { ESTIMATE_STEPS = 16 };

/* From a frame of `from` that resumes to the end. */
static gram_status tail(GrPlan *p, const GrNode *n, uint64_t *bytes)
{
    GrEnv *env = p->run.env;
    bool has_read = false; /* of what is a fact in any case */
    p->nodes.n = 0;
    while (n != NULL && p->old[n->depth].sum == 0) {
        uint64_t own;
        GR_TRY(gr_step(env, 1));
        GR_TRY(gr_vec_push(env, &p->nodes, n));
        GR_TRY(gr_pda_frame_cost(p->run.pda, n, &own, &n, &has_read));
        p->old[p->nodes.at[p->nodes.n - 1]->depth].sum = add(own, 1);
    }
    *bytes = n ? p->old[n->depth].sum - 1 : 0;
    while (p->nodes.n > 0) {
        uint64_t *sum = &p->old[p->nodes.at[--p->nodes.n]->depth].sum;
        *bytes = add(*bytes, *sum - 1);
        *sum = add(*bytes, 1);
    }
    return GRAM_OK;
}

/* An open key that is there already cannot be closed.  That decides between
 * the keys of a byte, so that a plan invents those one after the other: what
 * longer keys spell, the open one among them, is then nothing that it has to
 * know. */
static bool is_taken(GrPlan *p, const GrConfig *c, const char *raw, size_t len)
{
    const GrSeen *seen = c->stack ? c->stack->level.seen : NULL;
    uint32_t flags = gr_pda_get_state(p->run.pda, c->state)->flags;
    if (seen == NULL || !(flags & GR_STATE_KEY)) return false;
    if (len > GR_BRIEF || (len > 0 && raw[0] == '\\')) return false;
    if (gr_seen_other(seen)) p->run.read |= GR_READ_BRIEF;
    return gr_seen_has(seen, raw, len);
}

/* Is the key that a byte begins taken? */
bool gr_plan_begins_taken(GrPlan *p, const GrConfig *c, uint8_t byte)
{
    return c->key_at == p->log.n && is_taken(p, c, (const char *)&byte, 1);
}

/* The bytes that an open key needs more than estimates know. */
static uint64_t key_cost(GrPlan *p, const GrConfig *c)
{
    if (c->key_at > p->log.n) return 0;
    return is_taken(p, c, p->log.at + c->key_at, p->log.n - c->key_at);
}

gram_status gr_plan_estimate(GrPlan *p, const GrConfig *c, uint64_t *bytes)
{
    const GrNode *n;
    uint64_t more;
    bool has_read = false;
    GR_TRY(gr_pda_level_cost(p->run.pda, c, bytes, &n, &has_read));
    /* of frames that wait for one another all are asked together */
    uint32_t below = n != NULL ? n->depth : 0;
    GR_TRY(gr_step(p->run.env, ESTIMATE_STEPS * (1 + c->depth - below)));
    *bytes = add(*bytes, key_cost(p, c));
    for (; n != NULL && !gr_plan_is_old(p, n) && *bytes != UINT64_MAX;) {
        GR_TRY(gr_step(p->run.env, 1));
        GR_TRY(gr_pda_frame_cost(p->run.pda, n, &more, &n, &has_read));
        *bytes = add(*bytes, more);
    }
    if (has_read) p->run.read |= GR_READ_ITEMS;
    if (n == NULL || *bytes == UINT64_MAX) return GRAM_OK;
    GR_TRY(tail(p, n, &more));
    *bytes = add(*bytes, more);
    return GRAM_OK;
}
