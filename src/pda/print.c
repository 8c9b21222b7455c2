/* The tables of the waist as text, and as a graph in the DOT language.
 *
 * Cells are filled on first use, so something must use them before there is
 * anything to see: configurations are explored breadth-first from the start,
 * one byte for each class, until enough states exist.  Keys play no part in
 * that (the steps are those of a mask walk), so that what is printed depends
 * on nothing but the machine.
 *
 *     s3: array item 0 1
 *       [0-9] -> s7          a cell that is a move
 *       ] -> op4             one with operations: they are listed at the end
 *     op4: pop verdict 2 */
#include "pda/run.h"

#include <stdio.h>

enum { STATES = 400, CONFIGS = 4000, TOP_FRAMES = 2 };

typedef struct Dump {
    GrPda *pda;
    GrEnv *env;
    GrText *out;
    GrArena arena;
    GrIntern known;
    GrVec(GrConfig) todo;
    GrVec(uint32_t) ops; /* that cells led to, each once */
    GrMap seen;          /* op -> 1 */
} Dump;

#define PUT(...) gr_text_printf(d->env, d->out, __VA_ARGS__)

/* --- exploring ------------------------------------------------------------ */

/* Configurations that agree in their state and the top of their stack are one
 * here: what lies deeper is met when it comes to the top, and a recursive
 * machine has no end of stacks. */
static gram_status add(Dump *d, const GrConfig *c)
{
    uint32_t key[1 + TOP_FRAMES] = {c->state.v}, id;
    const GrNode *n = c->stack;
    bool is_new;
    for (uint32_t i = 0; i < TOP_FRAMES && n != NULL; i++, n = n->below)
        key[1 + i] = n->frame.v + 1;
    GR_TRY(gr_intern(d->env, &d->known, key, 1 + TOP_FRAMES, &id, &is_new));
    if (!is_new || d->todo.n >= CONFIGS) return GRAM_OK;
    return gr_vec_push(d->env, &d->todo, *c);
}

/* A move that a limit forbids is not seen; other failures are. */
static gram_status took(Dump *d, gram_status status, const GrConfig *c)
{
    if (status == GRAM_OK) return add(d, c);
    bool tolerable = status == GRAM_E_REFUSED || status == GRAM_E_LIMIT;
    return tolerable ? GRAM_OK : status;
}

/* One byte of each class, one token of each class of tokens, and the end of the
 * text: every column of the row is asked for once. */
static gram_status add_next(Dump *d, GrConfig from)
{
    const uint8_t *map;
    uint8_t done[256] = {0};
    GrTrace trace;
    GrConfig c;
    GrRun run = {
        .pda = d->pda, .env = d->env, .arena = &d->arena, .trace = &trace};
    gr_pda_row(d->pda, from.state, &map);
    for (uint32_t b = 0; b < 256; b++) {
        if (map[b] == 0 || done[map[b]]++) continue;
        gr_trace_start(&trace, &from, &c);
        GR_TRY(took(d, gr_run_byte(&run, &c, (uint8_t)b), &c));
    }
    for (uint32_t k = 0; k < gr_pda_n_token_classes(d->pda); k++) {
        gr_trace_start(&trace, &from, &c);
        GR_TRY(took(d, gr_run_take(&run, &c, GR_TAKE, k), &c));
    }
    bool may;
    gr_trace_start(&trace, &from, &c);
    return gr_run_end(&run, &c, &may);
}

/* The states are what is printed: enough of them end it, however many
 * configurations are left. */
static gram_status explore(Dump *d)
{
    GrConfig start;
    GrRun run = {.pda = d->pda, .env = d->env, .arena = &d->arena};
    GR_TRY(gr_run_start(&run, &start));
    GR_TRY(add(d, &start));
    for (uint32_t i = 0; i < d->todo.n; i++) {
        if (gr_pda_n_states(d->pda) >= STATES) return GRAM_OK;
        GR_TRY(add_next(d, d->todo.at[i]));
    }
    return GRAM_OK;
}

/* --- pieces --------------------------------------------------------------- */

/* As it stands, unless it means something in a class or in a label. */
static gram_status put_byte(Dump *d, uint32_t b)
{
    bool plain = b > ' ' && b < 127 && strchr("\"\\-", (int)b) == NULL;
    return plain ? PUT("%c", (int)b) : PUT("x%02x", b);
}

/* The bytes of a class: one, or a list of ranges in brackets. */
static gram_status put_class(Dump *d, const uint8_t *map, uint32_t cls)
{
    GR_TRY(PUT("["));
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t e = b;
        if (map[b] != cls) continue;
        while (e < 255 && map[e + 1] == cls) e++;
        GR_TRY(put_byte(d, b));
        if (e > b + 1) GR_TRY(PUT("-"));
        if (e > b) GR_TRY(put_byte(d, e));
        b = e;
    }
    return PUT("]");
}

/* The columns of a row: byte classes, the end of the text, then for each class
 * of tokens two, "taken whole" and "begins". */
static gram_status put_column(Dump *d, StateId s, uint32_t cls)
{
    uint32_t n, k = gr_pda_n_token_classes(d->pda);
    const uint8_t *map = gr_pda_map_of(d->pda, s, &n);
    if (cls < n) return put_class(d, map, cls);
    if (cls == n) return PUT("end");
    if (gr_pda_row_at(d->pda, s)->flags & GR_STATE_INSIDE)
        return PUT("token end");
    cls -= n + 1;
    return cls < k ? PUT("token %u", cls) : PUT("token %u begins", cls - k);
}

/* Listed in the order in which cells lead there. */
static gram_status note_op(Dump *d, Cell cell)
{
    if (!gr_cell_is_op(cell)) return GRAM_OK;
    if (gr_map_find(&d->seen, cell.v) != NULL) return GRAM_OK;
    GR_TRY(gr_map_put(d->env, &d->seen, cell.v, 1));
    return gr_vec_push(d->env, &d->ops, cell.v);
}

/* An operation is named by its number, as it may be that of many cells. */
static gram_status put_cell(Dump *d, Cell cell)
{
    GR_TRY(note_op(d, cell));
    if (gr_cell_is_goto(cell)) return PUT("s%u", gr_cell_state(cell).v);
    if (gr_cell_is_op(cell)) return PUT("op%u", cell.v & 0x3FFFFFFF);
    return cell.v == GR_CELL_DEAD ? PUT("dead") : PUT("?");
}

static gram_status put_op(Dump *d, const GrOp *op)
{
    switch ((GrOpKind)op->kind) {
    case GR_OP_PUSH: return PUT("push f%u, s%u", op->a, op->b);
    case GR_OP_POP:
        return PUT("pop verdict %u%s", op->a, op->b ? ", same byte" : "");
    case GR_OP_SET: return PUT("r%u = %u", op->a, op->b);
    case GR_OP_ADD: return PUT("r%u += %u", op->a, op->b);
    case GR_OP_TEST: return PUT("r%u in %u..%u", op->a, op->b, op->c);
    case GR_OP_ASK: return PUT("ask %u", op->a);
    case GR_OP_KEY: return PUT("key begins");
    case GR_OP_SEE: return PUT("key ends");
    case GR_OP_ITEM: return PUT("item begins, r%u", op->a);
    case GR_OP_SEE_ITEM:
        return PUT("item ends, r%u%s", op->a, op->b ? ", differs" : "");
    case GR_OP_PART: return PUT("of the item in r%u so far", op->a);
    case GR_OP_ACCEPT: return PUT("accept");
    case GR_OP_LIMIT: return PUT("limit");
    }
    return GRAM_OK;
}

/* What comes behind an operation that does not end its cell. */
static bool goes_on(const GrOp *op)
{
    return op->kind != GR_OP_PUSH && op->kind != GR_OP_POP &&
           op->kind != GR_OP_ASK && op->kind != GR_OP_ACCEPT &&
           op->kind != GR_OP_LIMIT;
}

/* The machine's own words for a state; its line breaks are left out. */
static gram_status put_description(Dump *d, uint32_t s, bool dot)
{
    GrText text = {0};
    gram_status status = gr_pda_print(d->pda, (StateId){s}, &text);
    for (uint32_t i = 0; i < text.n && status == GRAM_OK && i < 400; i++) {
        char c = text.at[i];
        if (c == '\n' && (i + 1 == text.n || dot)) continue;
        if (dot && (c == '"' || c == '\\')) status = PUT("\\");
        if (status == GRAM_OK) status = gr_text_put(d->env, d->out, &c, 1);
    }
    gr_pda_text_clear(d->pda, &text);
    return status;
}

/* --- both forms ----------------------------------------------------------- */

/* Inside a token of a class there is but its end besides the bytes. */
static uint32_t n_columns(const Dump *d, StateId s)
{
    uint32_t n, k = gr_pda_n_token_classes(d->pda);
    uint32_t flags = gr_pda_row_at(d->pda, s)->flags;
    gr_pda_map_of(d->pda, s, &n);
    if (flags & GR_STATE_INSIDE) return n + 2;
    return n + 1 + (flags & GR_STATE_TAKES ? 2 * k : 0);
}

static gram_status put_edge(Dump *d, uint32_t s, uint32_t cls, Cell cell,
                            bool dot)
{
    GR_TRY(dot ? PUT("  s%u -> ", s) : PUT("  "));
    if (dot) GR_TRY(put_cell(d, cell));
    if (dot) GR_TRY(PUT(" [label=\""));
    GR_TRY(put_column(d, (StateId){s}, cls));
    if (dot) return PUT("\"];\n");
    GR_TRY(PUT(" -> "));
    GR_TRY(put_cell(d, cell));
    return PUT("\n");
}

/* Cells that nobody has filled, and dead ones, are left out. */
static gram_status put_state(Dump *d, uint32_t s, bool dot)
{
    const uint8_t *map;
    const _Atomic uint32_t *row = gr_pda_row(d->pda, (StateId){s}, &map);
    uint32_t n = n_columns(d, (StateId){s});
    GR_TRY(PUT(dot ? "  s%u [label=\"s%u: " : "s%u: ", s, s));
    GR_TRY(put_description(d, s, dot));
    GR_TRY(PUT(dot ? "\"];\n" : "\n"));
    for (uint32_t cls = 1; cls < n; cls++) {
        Cell cell = {atomic_load_explicit(&row[cls], memory_order_acquire)};
        if (cell.v == GR_CELL_EMPTY || cell.v == GR_CELL_DEAD) continue;
        GR_TRY(put_edge(d, s, cls, cell, dot));
    }
    return gr_step(d->env, n);
}

static gram_status put_op_edge(Dump *d, uint32_t id, Cell to, const char *label)
{
    if (to.v == GR_CELL_EMPTY || to.v == GR_CELL_DEAD) return GRAM_OK;
    GR_TRY(PUT("  op%u -> ", id));
    GR_TRY(put_cell(d, to));
    return PUT(" [label=\"%s\"];\n", label);
}

/* An operation is a node of its own between states: tests have two ways out. */
static gram_status draw_op(Dump *d, uint32_t id, const GrOp *op)
{
    GR_TRY(PUT("  op%u [shape=plaintext, label=\"", id));
    GR_TRY(put_op(d, op));
    GR_TRY(PUT("\"];\n"));
    if (op->kind == GR_OP_PUSH) return PUT("  op%u -> s%u;\n", id, op->b);
    if (op->kind == GR_OP_TEST) GR_TRY(put_op_edge(d, id, op->no, "no"));
    return goes_on(op) ? put_op_edge(d, id, op->yes, "") : GRAM_OK;
}

static gram_status list_op(Dump *d, uint32_t id, const GrOp *op)
{
    GR_TRY(PUT("op%u: ", id));
    GR_TRY(put_op(d, op));
    if (goes_on(op)) {
        GR_TRY(PUT(op->kind == GR_OP_TEST ? " ? " : ", then "));
        GR_TRY(put_cell(d, op->yes));
    }
    if (op->kind == GR_OP_TEST) {
        GR_TRY(PUT(" : "));
        GR_TRY(put_cell(d, op->no));
    }
    return PUT("\n");
}

/* d->ops grows while it is walked: operations lead to operations. */
static gram_status put_all(Dump *d, bool dot)
{
    uint32_t n = gr_pda_n_states(d->pda);
    if (dot)
        GR_TRY(PUT("digraph machine {\n  rankdir=LR;\n"
                   "  start [shape=point];\n  start -> s%u;\n",
                   gr_pda_start(d->pda).v));
    for (uint32_t s = 0; s < n; s++) GR_TRY(put_state(d, s, dot));
    for (uint32_t i = 0; i < d->ops.n; i++) {
        uint32_t id = d->ops.at[i] & 0x3FFFFFFF;
        const GrOp *op = gr_pda_get_op(d->pda, (Cell){d->ops.at[i]});
        GR_TRY(dot ? draw_op(d, id, op) : list_op(d, id, op));
    }
    return dot ? PUT("}\n") : GRAM_OK;
}

gram_status gr_pda_dump(GrPda *pda, GrEnv *env, bool dot, GrText *out)
{
    Dump dump = {.pda = pda, .env = env, .out = out}, *d = &dump;
    gr_intern_init(&d->known);
    gram_status status = explore(d);
    if (status == GRAM_OK) status = put_all(d, dot);
    gr_arena_clear(env, &d->arena);
    gr_intern_clear(env, &d->known);
    gr_vec_clear(env, &d->todo);
    gr_vec_clear(env, &d->ops);
    gr_map_clear(env, &d->seen);
    return status;
}
