/* White space as a pretty printer puts it: every member on a line of its own,
 * indented by a fixed number of spaces for each container around it.
 *
 *     {                        {  \n  2 spaces  "a"  :  ' '  [  \n  4 ...
 *       "a": [
 *         1
 *       ],                     what a state waits for, before | in its run:
 *       "b": {}
 *     }                        OPEN  } or \n | "      AFTER  , or \n | }
 *                              WAIT       \n | "      NEXT   , or \n | ]
 *                              FIRST ] or \n | item   VALUE  \n or ' ' | value
 *
 * Behind a member a comma says that another one comes, and a line break that
 * none does: so the line break asks what the closing bracket would ask, and
 * is as alive as that.  (Behind an opening bracket it is the other way round:
 * the line break says that a member comes.)
 *
 * How long the spaces are is a function of how many containers are open.  A
 * value's room tells that, since a layout always bounds the depth; so states
 * know their lengths, and count in the register that runs count in.  States
 * of one schema at two depths are two states.  (A length that is read off the
 * stack was rejected: what a completion costs would depend on the stack too,
 * and every estimate of it with it.) */
#include "schema/layout.h"

enum { REG_SPACE = 0 };

/* --- lengths -------------------------------------------------------------- */

/* Containers open around this one; 0 where it stands for itself at any depth
 * (live.c). */
static uint32_t depth_of(const Sm *sm, TypedId t)
{
    uint32_t room = sm_typed_at(sm, t)->room;
    return room == ROOM_ANY ? 0 : sm->policy.max_depth - room;
}

static uint32_t indent(const Sm *sm, uint32_t depth)
{
    return sm->policy.indent * depth;
}

/* A line break and the spaces behind it. */
static uint64_t line_cost(const Sm *sm, uint32_t depth)
{
    return 1 + (sm->count_lines ? 0 : (uint64_t)indent(sm, depth));
}

uint64_t sm_comma_cost(const Sm *sm, TypedId t)
{
    if (!sm->policy.layout) return 1;
    return line_cost(sm, depth_of(sm, t) + 1) + !sm->count_lines;
}

uint64_t sm_close_space(const Sm *sm, TypedId t)
{
    return sm->policy.layout ? line_cost(sm, depth_of(sm, t)) : 0;
}

uint64_t sm_cost_at(const Sm *sm, uint64_t cost, uint64_t lines, TypedId t,
                    uint32_t inside)
{
    uint64_t n = sm->policy.layout ? indent(sm, depth_of(sm, t) + inside) : 0;
    if (n > 0 && lines > UINT64_MAX / 2 / n) return UINT64_MAX / 2;
    return sm_add_cost(cost, n * lines);
}

uint64_t sm_colon_space(const Sm *sm)
{
    return sm->policy.layout;
}

/* The container whose member a value is; false for the root. */
static bool parent_of(const Sm *sm, const StateKey *k, TypedId *t)
{
    uint32_t n;
    const uint32_t *w = sm_frame_key(sm, (FrameId){k->b}, &n);
    if (w[0] == F_DONE) return false;
    t->v = w[1];
    return true;
}

static bool in_object(const Sm *sm, TypedId t)
{
    return sm_typed_at(sm, t)->type == T_OBJECT;
}

/* Spaces of a state's run, behind its line break or its first space. */
static uint32_t run_length(const Sm *sm, const StateKey *k)
{
    TypedId t = {k->a};
    switch (k->kind) {
    case S_VALUE:
        return parent_of(sm, k, &t) && !in_object(sm, t)
                   ? indent(sm, depth_of(sm, t) + 1)
                   : 0;
    case S_OPEN:
    case S_WAIT:
    case S_FIRST: return indent(sm, depth_of(sm, t) + 1);
    case S_AFTER:
    case S_NEXT: return indent(sm, depth_of(sm, t));
    default: return 0;
    }
}

uint64_t sm_missing_space(const Sm *sm, const StateKey *k, const GrLevel *level)
{
    TypedId t;
    if (!sm->policy.layout) return 0;
    uint64_t n = run_length(sm, k), done = level->reg[REG_SPACE];
    if (k->space) return done < n ? n - done : 0;
    if (k->kind == S_WAIT) return n + 1;
    return k->kind == S_VALUE && parent_of(sm, k, &t) ? n + 1 : 0;
}

uint8_t sm_layout_hint(const Sm *sm, const StateKey *k, const GrLevel *level)
{
    TypedId t;
    if (!sm->policy.layout) return 0;
    if (k->space) return sm_missing_space(sm, k, level) > 0 ? ' ' : 0;
    switch (k->kind) {
    case S_VALUE:
        if (!parent_of(sm, k, &t)) return 0;
        return in_object(sm, t) ? ' ' : '\n';
    case S_OPEN:
    case S_WAIT:
    case S_FIRST:
    case S_AFTER:
    case S_NEXT:
    case S_NUMBER: return '\n';
    default: return 0;
    }
}

/* --- cells ---------------------------------------------------------------- */

static gram_status enter_run(Sm *sm, const StateKey *k, Cell *out)
{
    StateId in;
    GR_TRY(sm_state(sm, k->kind | SPACE_BIT, k->a, k->b, &in));
    *out = gr_cell_goto(in);
    return run_length(sm, k) > 0 ? gr_cell_set(sm->pda, REG_SPACE, 0, *out, out)
                                 : GRAM_OK;
}

gram_status sm_layout_break(Sm *sm, uint32_t kind, TypedId t, uint32_t b,
                            Cell *out)
{
    StateKey k = {kind, t.v, b, 0};
    return enter_run(sm, &k, out);
}

/* The first byte of white space. */
static gram_status first_space(Sm *sm, const StateKey *k, uint8_t byte,
                               Cell *out)
{
    TypedId t = {k->a};
    if (k->kind == S_VALUE && parent_of(sm, k, &t))
        return byte == (in_object(sm, t) ? ' ' : '\n') ? enter_run(sm, k, out)
                                                       : GRAM_OK;
    if (byte != '\n') return GRAM_OK;
    switch (k->kind) {
    case S_WAIT: return enter_run(sm, k, out);
    case S_OPEN:
    case S_AFTER: return sm_object_fill(sm, k->kind, k->a, k->b, byte, out);
    case S_FIRST: return sm_array_fill(sm, true, t, 0, byte, out);
    case S_NEXT: return sm_array_fill(sm, false, t, k->b, byte, out);
    default: return GRAM_OK;
    }
}

static gram_status more_space(Sm *sm, const StateKey *k, uint8_t byte,
                              Cell *out)
{
    uint32_t n = run_length(sm, k);
    StateId self;
    if (byte != ' ' || n == 0) return GRAM_OK;
    GR_TRY(sm_state(sm, k->kind | SPACE_BIT, k->a, k->b, &self));
    GR_TRY(gr_cell_add(sm->pda, REG_SPACE, 1, gr_cell_goto(self), out));
    return gr_cell_test(sm->pda, REG_SPACE, 0, n - 1, *out, gr_cell_dead(),
                        out);
}

/* May this token come here, white space being as it is? */
static bool takes_token(const Sm *sm, const StateKey *k, uint8_t byte)
{
    TypedId t;
    switch (k->kind) {
    case S_VALUE: return k->space || !parent_of(sm, k, &t);
    case S_WAIT: return k->space;
    case S_OPEN: return byte == (k->space ? '"' : '}');
    case S_FIRST: return (byte == ']') != (k->space != 0);
    case S_AFTER: return byte == (k->space ? '}' : ',');
    case S_NEXT: return byte == (k->space ? ']' : ',');
    default: return true;
    }
}

gram_status sm_layout_fill(Sm *sm, const StateKey *k, uint8_t byte, Cell *out)
{
    uint32_t n = k->space ? run_length(sm, k) : 0;
    *out = gr_cell_dead();
    if (byte == ' ' || byte == '\n')
        return k->space ? more_space(sm, k, byte, out)
                        : first_space(sm, k, byte, out);
    if (!takes_token(sm, k, byte)) return GRAM_OK;
    GR_TRY(sm_token_fill(sm, k, byte, out));
    if (n == 0 || out->v == GR_CELL_DEAD) return GRAM_OK;
    return gr_cell_test(sm->pda, REG_SPACE, n, n, *out, gr_cell_dead(), out);
}
