/* Arrays: cells between the brackets.
 *
 *     [  FIRST --item--> NEXT --,--> VALUE --item--> NEXT
 *          |               |
 *          ]               ]
 *
 * The position (cut at the longest prefix, beyond which items are alike) is
 * part of the state.  The number of items is a register, and only where the
 * residual has a count: its thresholds cut 0, 1, 2, ... into regions on
 * which every answer is the same, and the cell is a chain of tests over
 * them.  Where items of some kind must still come before a count is reached,
 * every number has an answer of its own, and the comma asks.  Before the end
 * of the prefix the number is the position, so nothing is tested there. */
#include "schema/layout.h"

typedef GrVec(uint32_t) Words;

/* The counts of t, ascending, each once. */
static gram_status thresholds(Sm *sm, TypedId id, Words *out)
{
    const Typed *t = sm_typed_at(sm, id);
    for (uint32_t r = 0; r < t->n; r++) {
        GR_TRY(gr_bdd_reach(&sm->bdd, (Bdd){t->root[r]}));
        for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
            Bdd f = {sm->bdd.reached.at[i]};
            Atom a = sm_atom_of(sm, gr_bdd_node(&sm->bdd, f).var);
            uint32_t j = 0;
            if (a.kind != ATOM_COUNT) continue;
            while (j < out->n && out->at[j] < a.b) j++;
            if (j < out->n && out->at[j] == a.b) continue;
            GR_TRY(gr_vec_push(sm->env, out, 0));
            memmove(out->at + j + 1, out->at + j,
                    (out->n - 1 - j) * sizeof *out->at);
            out->at[j] = a.b;
        }
    }
    return GRAM_OK;
}

/* No item is left that could match what is still wanted. */
static bool pick_count(void *ctx, const Atom *a)
{
    if (a->kind == ATOM_CONTAINS) return false;
    return a->kind == ATOM_COUNT ? *(uint32_t *)ctx >= a->b : true;
}

static gram_status close_at(Sm *sm, TypedId t, uint32_t index, Cell *out)
{
    Verdict v;
    bool ok;
    GR_TRY(sm_verdict(sm, t, pick_count, &index, &v, &ok));
    *out = gr_cell_dead();
    return ok ? gr_cell_pop(sm->pda, v, false, out) : GRAM_OK;
}

static gram_status comma_at(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                            Cell *out)
{
    Outcome o;
    StateId s;
    Regs regs = {.count = index};
    GR_TRY(sm_array_child(sm, t, pos, &regs, &o));
    *out = gr_cell_dead();
    if (!o.alive) return GRAM_OK;
    GR_TRY(sm_state(sm, S_VALUE, o.value.v, o.frame.v, &s));
    *out = gr_cell_goto(s);
    return GRAM_OK;
}

/* A line break of a layout: the bracket comes next. */
static gram_status break_at(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                            Cell *out)
{
    GR_TRY(close_at(sm, t, index, out));
    return out->v == GR_CELL_DEAD ? GRAM_OK
                                  : sm_layout_break(sm, S_NEXT, t, pos, out);
}

static gram_status cell_at(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                           uint8_t byte, Cell *out)
{
    switch (byte) {
    case ']': return close_at(sm, t, index, out);
    case '\n': return break_at(sm, t, pos, index, out);
    default: return comma_at(sm, t, pos, index, out);
    }
}

/* A comma asks what holds with one more item: its regions end one earlier. */
static void shift_cuts(Words *cuts)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cuts->n; i++)
        if (cuts->at[i] > 1) cuts->at[n++] = cuts->at[i] - 1;
    cuts->n = n;
}

/* One test per region, from the last to the first. */
static gram_status region_cells(Sm *sm, TypedId t, uint32_t pos, uint8_t byte,
                                const Words *cuts, Cell *out)
{
    *out = gr_cell_dead();
    for (uint32_t i = cuts->n + 1; i-- > 0;) {
        uint32_t lo = i ? cuts->at[i - 1] : 0;
        uint32_t hi = i < cuts->n ? cuts->at[i] - 1 : UINT32_MAX;
        Cell yes;
        if (hi < pos) break;
        if (lo < pos) lo = pos;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(cell_at(sm, t, pos, lo, byte, &yes));
        if (i == cuts->n)
            *out = yes;
        else if (yes.v != out->v)
            GR_TRY(gr_cell_test(sm->pda, REG_INDEX, 0, hi, yes, *out, out));
    }
    return GRAM_OK;
}

/* Must the last items be of a kind?  Then it matters how many there are
 * before a count, and not only on which side of it: the comma asks. */
static gram_status is_planned(Sm *sm, TypedId id, bool *planned)
{
    const Typed *t = sm_typed_at(sm, id);
    *planned = false;
    GR_TRY(sm_is_counted(sm, id, planned));
    if (!*planned) return GRAM_OK;
    bool up = true;
    GR_TRY(gr_bdd_reach(&sm->bdd, t->all));
    for (uint32_t i = 0; i < sm->bdd.reached.n && up; i++) {
        BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        uint32_t kind = sm_atom_of(sm, n.var).kind;
        if (kind == ATOM_COUNT) continue;
        up = kind != ATOM_CONTAINS;
        if (up) GR_TRY(gr_bdd_implies(&sm->bdd, n.lo, n.hi, &up));
    }
    *planned = !up;
    return GRAM_OK;
}

/* The number of items as far as it matters: past all counts it is their
 * last. */
gram_status sm_item_index(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                          uint32_t *index)
{
    bool counted;
    Words cuts = {0};
    *index = pos;
    GR_TRY(sm_is_counted(sm, t, &counted));
    if (!counted) return GRAM_OK;
    gram_status status = thresholds(sm, t, &cuts);
    uint32_t last = cuts.n ? cuts.at[cuts.n - 1] : 0;
    gr_vec_clear(sm->env, &cuts);
    *index = count;
    if (*index > last && *index > pos) *index = last > pos ? last : pos;
    return status;
}

gram_status sm_first_item(Sm *sm, TypedId t, Outcome *out)
{
    static const Regs empty;
    return sm_array_child(sm, t, 0, &empty, out);
}

/* byte: a line break only where a layout has it. */
gram_status sm_array_fill(Sm *sm, bool first, TypedId t, uint32_t pos,
                          uint8_t byte, Cell *out)
{
    uint32_t prefix;
    *out = gr_cell_dead();
    if (first) {
        Outcome o;
        if (byte == ']') return close_at(sm, t, 0, out);
        GR_TRY(sm_first_item(sm, t, &o));
        if (!o.alive) return GRAM_OK;
        return byte == '\n' ? sm_layout_break(sm, S_FIRST, t, 0, out)
                            : sm_value_fill(sm, o.value, o.frame, byte, out);
    }
    bool unique, planned;
    if (byte != ']' && byte != ',' && byte != '\n') return GRAM_OK;
    GR_TRY(sm_is_unique(sm, t, &unique));
    GR_TRY(is_planned(sm, t, &planned));
    if (byte == ',' && (unique || planned))
        return sm_item_cell(sm, t, pos, out);
    GR_TRY(sm_array_prefix(sm, t, &prefix));
    if (pos < prefix) return cell_at(sm, t, pos, pos, byte, out);
    Words cuts = {0};
    gram_status status = thresholds(sm, t, &cuts);
    if (byte == ',') shift_cuts(&cuts);
    if (status == GRAM_OK) status = region_cells(sm, t, pos, byte, &cuts, out);
    gr_vec_clear(sm->env, &cuts);
    return status;
}
