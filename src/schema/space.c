/* White space between the tokens of a text: which states take it, and how
 * much of it. */
#include "schema/cells.h"

enum { REG_SPACE = 0 };

/* Where a run may begin or go on: between two tokens.  Before and after the
 * whole text only the policy "any" takes it.  Strings, numbers and literals
 * have none inside, and a number's end is the next byte's business: that runs
 * in the state resumed. */
static bool takes_space(const Sm *sm, const StateKey *k)
{
    if (sm->policy.space_max == 0) return false;
    switch (k->kind) {
    case S_DONE: return sm->policy.outer_space;
    case S_VALUE: {
        uint32_t n;
        bool root = sm_frame_key(sm, (FrameId){k->b}, &n)[0] == F_DONE;
        return !root || sm->policy.outer_space;
    }
    case S_OPEN:
    case S_AFTER:
    case S_WAIT:
    case S_COLON:
    case S_FIRST:
    case S_NEXT: return true;
    default: return false;
    }
}

/* The run of white space is a register; the state inside of a run differs only
 * in that it counts on instead of starting.  Without a bound the state is its
 * own; with a bound of one the run is over at once. */
gram_status sm_space_fill(Sm *sm, StateId self, const StateKey *k, Cell *out)
{
    StateId in;
    *out = gr_cell_dead();
    if (!takes_space(sm, k)) return GRAM_OK;
    if (sm->policy.space_max == UINT32_MAX) {
        *out = gr_cell_goto(self);
        return GRAM_OK;
    }
    GR_TRY(sm_state(sm, k->kind | SPACE_BIT, k->a, k->b, &in));
    if (!k->space)
        return gr_cell_set(sm->pda, REG_SPACE, 1, gr_cell_goto(in), out);
    if (sm->policy.space_max == 1) return GRAM_OK;
    GR_TRY(gr_cell_add(sm->pda, REG_SPACE, 1, gr_cell_goto(in), out));
    return gr_cell_test(sm->pda, REG_SPACE, 0, sm->policy.space_max - 1, *out,
                        gr_cell_dead(), out);
}

/* Before a run, the state does what it does inside of one at count 0. */
gram_status sm_space_loop(Sm *sm, StateId self, const StateKey *k, GrLoop *out)
{
    static const uint32_t space[] = {'\t', '\n', '\r', '\r', ' ', ' '};
    if (!takes_space(sm, k)) return GRAM_OK;
    *out = (GrLoop){.ranges = space,
                    .n = 3,
                    .reg = GR_REGS,
                    .limit = UINT32_MAX,
                    .loop = self};
    if (sm->policy.space_max == UINT32_MAX) return GRAM_OK;
    out->reg = REG_SPACE;
    out->limit = sm->policy.space_max;
    out->starts = !k->space;
    if (k->space) return GRAM_OK;
    return sm_state(sm, k->kind | SPACE_BIT, k->a, k->b, &out->loop);
}
