/* What was dear to find out, and who pays for it.
 *
 * A cell is made when it is first asked for, and most take some hundred steps.
 * Where a text can be read in many ways one may take a million, and a mask asks
 * for hundreds of them.  A bound of each alone does not bound their sum; and
 * to count only what a call itself has made would make its limit depend on
 * what others have asked before.  So what took many steps is remembered with
 * them,
 *
 *      (state, class)  -> steps of the cell
 *      (frame, verdict) -> steps of what follows the pop
 *
 * and a call that needs it pays these steps, once, whether it was known
 * already or not.
 *
 * What is cheap is not noted: it costs no memory, and is bounded by how much a
 * call visits.  (Rejected: a price for each state by the size of its set of
 * stacks.  It is no more than a guess: measured on ambiguous grammars it was
 * wrong by 20 in both directions.)
 *
 * Cost: nothing where nothing is dear; else a look-up for each cell of a state
 * that has a dear one, and for each pop.  Calls hold what they have paid for,
 * so the lock is taken once for each. */
#include "pda/pda_int.h"

enum {
    DEAR_LEAST = 1 << 12
}; /* steps: a cell that may take 5 M is bounded
                                  by itself, thousands of these are not */

#define OF_POP (UINT64_C(1) << 63) /* states and frames are below 2^31 */

static uint64_t cell_key(uint32_t state, uint32_t cls)
{
    return gr_pair(state, cls);
}
static uint64_t pop_key(FrameId f, Verdict v)
{
    return gr_pair(f.v, v.v) | OF_POP;
}

bool gr_is_dear(const GrPda *p)
{
    return p->env->steps >= DEAR_LEAST;
}

/* Under the lock. */
static gram_status note(GrPda *p, uint64_t key, bool *dear)
{
    uint64_t steps = p->env->steps;
    *dear = gr_is_dear(p);
    if (!*dear) return GRAM_OK;
    return gr_map_put(p->env, &p->dear, key, (uint32_t)steps);
}

gram_status gr_dear_cell(GrPda *p, StateId s, uint32_t cls)
{
    bool dear;
    GrRow *row = gr_store_at(&p->head.rows, s.v);
    GR_TRY(note(p, cell_key(s.v, cls), &dear));
    /* seen by whoever sees the cell, which is published later */
    if (!dear) return GRAM_OK;
    atomic_store_explicit(&row->dear, true, memory_order_relaxed);
    atomic_store_explicit(&p->head.dear, true, memory_order_relaxed);
    return GRAM_OK;
}

gram_status gr_dear_pop(GrPda *p, FrameId f, Verdict v)
{
    bool dear;
    GR_TRY(note(p, pop_key(f, v), &dear));
    if (dear) atomic_store_explicit(&p->dear_pops, true, memory_order_relaxed);
    return GRAM_OK;
}

static gram_status pay(GrRun *run, uint64_t key)
{
    GrPda *p = run->pda;
    if (gr_map_find(run->paid, key) != NULL) return GRAM_OK;
    pthread_mutex_lock(&p->lock);
    uint32_t *known = gr_map_find(&p->dear, key), steps = known ? *known : 0;
    pthread_mutex_unlock(&p->lock);
    GR_TRY(gr_map_put(run->env, run->paid, key, 1));
    return gr_step(run->env, steps);
}

gram_status gr_pay_cell(GrRun *run, StateId s, uint32_t cls)
{
    const GrRow *row = gr_pda_row_at(run->pda, s);
    if (run->paid == NULL ||
        !atomic_load_explicit(&row->dear, memory_order_relaxed))
        return GRAM_OK;
    return pay(run, cell_key(s.v, cls));
}

gram_status gr_pay_pop(GrRun *run, FrameId f, Verdict v)
{
    if (run->paid == NULL ||
        !atomic_load_explicit(&run->pda->dear_pops, memory_order_relaxed))
        return GRAM_OK;
    return pay(run, pop_key(f, v));
}
