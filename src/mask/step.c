/* Cells that do no more than change the state and count a character.
 *
 * Inside a string most cells are a *step*: a state, and perhaps one more in a
 * register, as long as that is not above a bound.
 *
 *     goto s                                the state alone
 *     add 1 to r, then goto s               counted, without a bound
 *     add 1 to r, r <= hi or dead, goto s   counted up to hi
 *
 * Zones, chains and walks read cells by what they step to, and leave all that
 * does more (a push, a pop, a residue) to the machine.
 *
 * Cost: a look; operations are remembered by their cell. */
#include "mask/mask_int.h"

/* Is the cell a step, with no condition but an upper bound of one count? */
bool gr_read_step(const GrPda *pda, Cell cell, Step *out)
{
    *out = (Step){.hi = UINT32_MAX, .reg = GR_REGS};
    if (gr_cell_is_op(cell)) {
        const GrOp *op = gr_pda_get_op(pda, cell);
        if (op->kind == GR_OP_ADD && op->b == 1) {
            *out = (Step){.whole = 1, .hi = UINT32_MAX, .reg = op->a};
            cell = op->yes;
        }
    }
    if (gr_cell_is_op(cell)) {
        const GrOp *op = gr_pda_get_op(pda, cell);
        if (op->kind != GR_OP_TEST || op->no.v != GR_CELL_DEAD) return false;
        if (out->whole && op->a != out->reg) return false;
        if (op->b > out->whole) return false;
        out->reg = op->a;
        out->hi = op->c;
        cell = op->yes;
    }
    out->to = gr_cell_state(cell);
    return gr_cell_is_goto(cell);
}

/* Cells are never taken back, so that what one means is known for good. */
bool gr_cell_step(GrWork *w, Cell cell, Step *out)
{
    StepRef *r = &w->step_ref[cell.v % N_STEP_REFS];
    if (!gr_cell_is_op(cell)) return gr_read_step(w->m->pda, cell, out);
    if (GR_UNLIKELY(r->cell != cell.v)) {
        r->is_step = gr_read_step(w->m->pda, cell, &r->step);
        r->cell = cell.v;
    }
    *out = r->step;
    return r->is_step;
}

/* A limit is no step. */
gram_status gr_step_of(GrWork *w, StateId s, uint8_t byte, Step *out,
                       bool *is_step)
{
    WalkLevel at;
    Cell cell = {GR_CELL_DEAD};
    gram_status status = GRAM_OK;
    row_ref(w, s, &at);
    uint32_t cls = at.map[byte];
    if (cls != 0)
        cell.v = atomic_load_explicit(&at.row[cls], memory_order_acquire);
    if (GR_UNLIKELY(cell.v == GR_CELL_EMPTY)) {
        status = gr_pda_cell_of(w->m->pda, s, cls, &cell);
        w->filled++;
    }
    *is_step = status == GRAM_OK && gr_cell_step(w, cell, out);
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}
