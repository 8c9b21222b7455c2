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

/* What of an array's functions is asked again and again; made once. */
struct ArrayShape {
    uint32_t prefix; /* the longest of its specs */
    uint32_t n_cuts; /* its counts, ascending, each once */
    const uint32_t *cuts;
    bool planned; /* see note_node */
    bool rising;  /* what holds for some items holds for more */
    bool begun;   /* `first` is known: what may stand behind [ */
    Outcome first;
};

/* Must the last items be of a kind?  Then it matters how many there are
 * before a count, and not only on which side of it: the comma asks. */
static gram_status note_node(Sm *sm, BddNode n, bool of_all, ArrayShape *shape)
{
    bool up;
    GR_TRY(gr_bdd_implies(&sm->bdd, n.lo, n.hi, &up));
    uint32_t kind = sm_atom_of(sm, n.var).kind;
    if (kind == ATOM_COUNT)
        shape->rising &= up;
    else if (of_all)
        shape->planned |= kind == ATOM_CONTAINS || !up;
    return GRAM_OK;
}

static gram_status read_function(Sm *sm, Bdd f, bool of_all, ArrayShape *shape,
                                 Words *cuts)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode node = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        Atom a = sm_atom_of(sm, node.var);
        uint32_t n = 0;
        if (a.kind == ATOM_UNIV) sm_array_spec(sm, a.a, &n);
        if (n > shape->prefix) shape->prefix = n;
        if (a.kind == ATOM_COUNT) GR_TRY(gr_vec_push(sm->env, cuts, a.b));
        GR_TRY(note_node(sm, node, of_all, shape));
    }
    return GRAM_OK;
}

/* Counts of all roots cut the line, not only those of the goal: which verdict
 * the array ends with depends on each. */
static gram_status read_shape(Sm *sm, const Typed *t, ArrayShape *shape,
                              Words *cuts)
{
    uint32_t n = 0;
    shape->rising = true;
    for (uint32_t r = 0; r < t->n; r++)
        GR_TRY(read_function(sm, (Bdd){t->root[r]}, false, shape, cuts));
    GR_TRY(read_function(sm, t->all, true, shape, cuts));
    n = sm_sort_unique(cuts->at, cuts->n);
    shape->n_cuts = n;
    shape->planned &= n > 0;
    shape->cuts = (const uint32_t *)gr_arena_copy(sm->env, &sm->arena, cuts->at,
                                                  n * sizeof *cuts->at);
    return shape->cuts ? GRAM_OK : GRAM_E_MEMORY;
}

static gram_status get_shape(Sm *sm, TypedId id, ArrayShape **out)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->shape == NULL) {
        Words cuts = {0};
        ArrayShape *shape = gr_arena_take(sm->env, &sm->arena, sizeof *shape);
        if (shape == NULL) return GRAM_E_MEMORY;
        memset(shape, 0, sizeof *shape);
        gram_status status = read_shape(sm, t, shape, &cuts);
        gr_vec_clear(sm->env, &cuts);
        GR_TRY(status);
        t->shape = shape;
    }
    *out = t->shape;
    return GRAM_OK;
}

gram_status sm_array_prefix(Sm *sm, TypedId id, uint32_t *n)
{
    ArrayShape *shape;
    GR_TRY(get_shape(sm, id, &shape));
    *n = shape->prefix;
    return GRAM_OK;
}

gram_status sm_is_counted(Sm *sm, TypedId id, bool *counted)
{
    ArrayShape *shape;
    GR_TRY(get_shape(sm, id, &shape));
    *counted = shape->n_cuts > 0;
    return GRAM_OK;
}

/* No item is left that could match what is still wanted. */
static bool pick_count(void *ctx, const Atom *a)
{
    if (a->kind == ATOM_CONTAINS) return false;
    return a->kind == ATOM_COUNT ? *(uint32_t *)ctx >= a->b : true;
}

/* What the bracket does after `index` items. */
static gram_status close_at(Sm *sm, TypedId t, uint32_t index, Cell *out)
{
    Verdict v;
    bool ok;
    GR_TRY(sm_verdict(sm, t, pick_count, &index, &v, &ok));
    *out = gr_cell_dead();
    return ok ? gr_cell_pop(sm->pda, v, false, out) : GRAM_OK;
}

/* A comma promises an item: its value is the state behind. */
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

/* --- regions -------------------------------------------------------------- */

typedef struct Regions {
    Sm *sm;
    TypedId typed;
    uint32_t pos;
    uint8_t byte;
    bool rising;
    uint32_t n; /* cuts; one region more */
    const uint32_t *cuts;
} Regions;

/* A comma asks what holds with one more item: its regions end one earlier. */
static Regions regions_of(Sm *sm, TypedId t, uint32_t pos, uint8_t byte,
                          const ArrayShape *shape)
{
    uint32_t skip = byte == ',' && shape->n_cuts > 0 && shape->cuts[0] < 2;
    return (Regions){.sm = sm,
                     .typed = t,
                     .pos = pos,
                     .byte = byte,
                     .rising = shape->rising,
                     .n = shape->n_cuts - skip,
                     .cuts = shape->cuts + skip};
}

static uint32_t region_end(const Regions *r, uint32_t i)
{
    return i == r->n ? UINT32_MAX : r->cuts[i] - 1 - (r->byte == ',');
}

/* The first region that some number of items from `pos` on lies in. */
static uint32_t first_region(const Regions *r)
{
    uint32_t lo = 0, hi = r->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (region_end(r, mid) < r->pos)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static gram_status region_cell(const Regions *r, uint32_t i, Cell *out)
{
    uint32_t lo = i ? region_end(r, i - 1) + 1 : 0;
    if (lo < r->pos) lo = r->pos;
    GR_TRY(gr_step(r->sm->env, 1));
    return cell_at(r->sm, r->typed, r->pos, lo, r->byte, out);
}

/* The first of the regions up to *i whose cell is that of region *i.  Where
 * more items can only do good, two regions with one cell have no other
 * between them: they are found by doubling the stride, then halving it. */
static gram_status first_alike(const Regions *r, uint32_t first, Cell cell,
                               uint32_t *i)
{
    bool more = true;
    for (uint32_t stride = 1; r->rising && stride > 0 && *i > first;) {
        Cell other;
        if (stride > *i - first) stride = *i - first;
        GR_TRY(region_cell(r, *i - stride, &other));
        if (other.v == cell.v) *i -= stride;
        more = more && other.v == cell.v;
        stride = more ? 2 * stride : stride / 2;
    }
    return GRAM_OK;
}

/* One test for each run of regions with the same cell, from the last one to
 * the first. */
static gram_status region_cells(const Regions *r, Cell *out)
{
    uint32_t first = first_region(r), i = r->n;
    Cell yes;
    GR_TRY(region_cell(r, i, out));
    GR_TRY(first_alike(r, first, *out, &i));
    while (i-- > first) {
        uint32_t hi = region_end(r, i);
        GR_TRY(region_cell(r, i, &yes));
        GR_TRY(first_alike(r, first, yes, &i));
        if (yes.v != out->v)
            GR_TRY(gr_cell_test(r->sm->pda, REG_INDEX, 0, hi, yes, *out, out));
    }
    return GRAM_OK;
}

/* The number of items as far as it matters: past all counts it is their
 * last. */
gram_status sm_item_index(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                          uint32_t *index)
{
    ArrayShape *shape;
    GR_TRY(get_shape(sm, t, &shape));
    *index = shape->n_cuts ? count : pos;
    if (shape->n_cuts == 0) return GRAM_OK;
    uint32_t last = shape->cuts[shape->n_cuts - 1];
    if (*index > last && *index > pos) *index = last > pos ? last : pos;
    return GRAM_OK;
}

/* Every byte that may come behind the bracket asks for it. */
gram_status sm_first_item(Sm *sm, TypedId t, Outcome *out)
{
    static const Regs empty;
    ArrayShape *shape;
    GR_TRY(get_shape(sm, t, &shape));
    if (!shape->begun) GR_TRY(sm_array_child(sm, t, 0, &empty, &shape->first));
    shape->begun = true;
    *out = shape->first;
    return GRAM_OK;
}

/* byte: a line break only where a layout has it. */
gram_status sm_array_fill(Sm *sm, bool first, TypedId t, uint32_t pos,
                          uint8_t byte, Cell *out)
{
    *out = gr_cell_dead();
    if (first) {
        Outcome o;
        if (byte == ']') return close_at(sm, t, 0, out);
        GR_TRY(sm_first_item(sm, t, &o));
        if (!o.alive) return GRAM_OK;
        return byte == '\n' ? sm_layout_break(sm, S_FIRST, t, 0, out)
                            : sm_value_fill(sm, o.value, o.frame, byte, out);
    }
    ArrayShape *shape;
    bool unique;
    if (byte != ']' && byte != ',' && byte != '\n') return GRAM_OK;
    GR_TRY(sm_is_unique(sm, t, &unique));
    GR_TRY(get_shape(sm, t, &shape));
    if (byte == ',' && (unique || shape->planned))
        return sm_item_cell(sm, t, pos, out);
    if (pos < shape->prefix) return cell_at(sm, t, pos, pos, byte, out);
    Regions r = regions_of(sm, t, pos, byte, shape);
    return region_cells(&r, out);
}
