/* Stepping a configuration over bytes.
 *
 * A byte is one cell, and a cell is a chain of operations that ends in a
 * state.  `retry` (a number ends at the byte behind it) runs the same byte
 * again in the state reached; every retry closes a level or the machine is
 * wrong, so the loop is bounded by the depth and a constant.
 *
 * With a trace the same code is the mask walk: it notes every outcome that
 * depends on something outside of the state (trace.c). */
#include "pda/pda_int.h"

enum { OPS_PER_BYTE = 4096 }; /* beyond the depth: a machine that loops */

/* --- operations ----------------------------------------------------------- */

/* The stack is a list that is shared, not an array: a matcher rolled back or
 * forked, and every branch of a walk, keeps the nodes below. */
static gram_status push(GrRun *run, GrConfig *c, const GrOp *op)
{
    if (c->depth >= GR_LIMIT_MATCH_DEPTH)
        return gr_fail(run->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d open levels", GR_LIMIT_MATCH_DEPTH);
    GrNode *n = gr_arena_take(run->env, run->arena, sizeof *n);
    if (n == NULL) return GRAM_E_MEMORY;
    /* the level goes to sleep with its frame, and wakes in `pop` */
    *n = (GrNode){c->stack, {op->a}, c->depth, c->level, 0};
    c->stack = n;
    c->depth++;
    memset(&c->level, 0, sizeof c->level);
    c->level.origin = run->trace ? 0 : GR_ORIGIN_MATCH;
    c->state = (StateId){op->b};
    return GRAM_OK;
}

/* Close the level; the frame's own level is the running one again. */
static FrameId pop(GrRun *run, GrConfig *c)
{
    const GrNode *n = c->stack;
    c->stack = n->below;
    c->depth = n->depth;
    c->level = n->level;
    GrTrace *t = run->trace;
    if (t != NULL && c->level.origin == GR_ORIGIN_MATCH) {
        uint32_t d = t->from->depth - n->depth;
        if (d > t->frames_read) t->frames_read = d;
        /* deeper levels than origins can name are not memoized */
        if (d + 1 >= GR_ORIGIN_MATCH) t->is_volatile = true;
        c->level.origin = (uint16_t)(d + 1 < GR_ORIGIN_MATCH ? d + 1 : 1);
        c->level.was_set = 0;
    }
    return n->frame;
}

/* `set`: from now on the register is a function of the walk, not of its start;
 * what is only added to is still both. */
static void set_register(GrConfig *c, uint32_t reg, uint32_t value, bool set)
{
    GrLevel *l = &c->level;
    l->reg[reg] = value;
    if (set) l->was_set |= (uint8_t)(1u << reg);
}

/* Noted as an interval of start values, so that one mask serves all lengths
 * that are far enough from a bound. */
static bool test_level(GrTrace *t, const GrLevel *l, uint32_t now,
                       const GrOp *op)
{
    if (t != NULL && l->origin != 0 && !(l->was_set >> op->a & 1)) {
        const GrLevel *start = gr_config_level(t->from, l->origin);
        gr_trace_test(t, l->origin, (uint16_t)op->a, start->reg[op->a], now,
                      op);
    }
    return now >= op->b && now <= op->c;
}

/* The depth is counted as any register is, only that no level holds it. */
static bool test(GrRun *run, const GrConfig *c, const GrOp *op)
{
    GrTrace *t = run->trace;
    if (op->a != GR_REG_DEPTH)
        return test_level(t, &c->level, c->level.reg[op->a], op);
    if (t != NULL)
        gr_trace_test(t, 0, GR_REG_DEPTH, t->from->depth, c->depth, op);
    return c->depth >= op->b && c->depth <= op->c;
}

/* Nearly all chains of operations inside strings are a length: to count it
 * beside the configuration saves its copy at each node of a walk. */
Cell gr_run_count(const GrRun *run, const GrLevel *l, Cell cell, uint32_t *add)
{
    while (gr_cell_is_op(cell)) {
        const GrOp *op = gr_pda_get_op(run->pda, cell);
        if (op->a != 0 || (op->kind != GR_OP_ADD && op->kind != GR_OP_TEST))
            break;
        if (op->kind == GR_OP_ADD)
            *add += op->b;
        else if (!test_level(run->trace, l, l->reg[0] + *add, op)) {
            cell = op->no;
            continue;
        }
        cell = op->yes;
    }
    return cell;
}

/* What the next question of a chain is about: a level, or the item of it that
 * was just completed; a fresh one is known to be new. */
typedef enum About { ABOUT_LEVEL, ABOUT_ITEM, ABOUT_FRESH } About;

/* An item is compared with those before it; other questions may be about what
 * all of them are. */
static void note_read(GrRun *run, const GrSeen *seen, About about)
{
    if (seen == NULL || !seen->is_item || about == ABOUT_FRESH) return;
    bool string = seen->len > 0 && seen->text && seen->text[0] == '"';
    if (about == ABOUT_ITEM && seen->older == NULL) return;
    if (about == ABOUT_ITEM && string)
        run->read_item |= GR_READ_ITEMS;
    else
        run->read |= GR_READ_ITEMS;
}

/* Keys, or items, that are looked at for a step: the list of an object is
 * searched, that of an array read. */
enum { KEYS_A_STEP = 8, ITEMS_A_STEP = 4 };

/* What follows an item may depend on all of them.  Paid for by whoever asks,
 * since answers are kept. */
static gram_status pay_for_items(GrRun *run, const GrSeen *seen, About about)
{
    if (seen == NULL || !seen->is_item || about != ABOUT_LEVEL) return GRAM_OK;
    return gr_step(run->env, seen->count / ITEMS_A_STEP);
}

/* Whether an item of a walk was there before is no condition: that it was not
 * has been noted. */
static gram_status ask(GrRun *run, const GrConfig *c, About about, Cell *cell)
{
    uint32_t answer, question = gr_pda_get_op(run->pda, *cell)->a;
    GrTrace *t = run->trace;
    note_read(run, c->level.seen, about);
    GR_TRY(pay_for_items(run, c->level.seen, about));
    answer = 0;
    gram_status status =
        gr_pda_ask_cell(run->pda, *cell, &c->level, &answer, cell);
    if (t == NULL || status != GRAM_OK) {
        if (t != NULL && status == GRAM_E_REFUSED) t->is_volatile = true;
        return status;
    }
    if (about == ABOUT_LEVEL) gr_trace_asked(t, &c->level, question, answer);
    return GRAM_OK;
}

/* An item of the level is complete, which must be another one than all before
 * it.  In a level that the walk opened all of them are of the walk. */
static void note_item(GrTrace *t, const GrLevel *l, uint32_t reg)
{
    if (l->origin == 0 && l->seen == NULL) return;
    if (l->origin == 0 || t->n_items == GR_TRACE_ITEMS) {
        t->is_volatile = true;
        return;
    }
    bool more = l->seen != gr_config_level(t->from, l->origin)->seen;
    t->item[t->n_items++] =
        (GrTraceItem){l->origin, (uint8_t)reg, more || l->was_set >> reg & 1};
}

static About about_item(const GrRun *run, uint32_t from)
{
    return run->fresh != 0 && run->fresh == from ? ABOUT_FRESH : ABOUT_ITEM;
}

/* The item of the level below that is open, as far as it is written. */
static void read_part(const GrRun *run, uint64_t from, bool retry, GrSeen *part)
{
    uint64_t to = run->log_len - retry;
    if (run->trace != NULL || from == 0 || to < from) return;
    part->text = run->log + from - 1;
    part->len = (uint32_t)(to - from + 1);
}

/* Where it may depend on what is written a walk takes the item for one that
 * differs from all before it, as at its end. */
static gram_status ask_part(GrRun *run, const GrConfig *c, uint32_t reg,
                            bool retry, Cell *cell)
{
    uint32_t answer = 0;
    if (c->stack == NULL) return GRAM_E_REFUSED;
    GrLevel array = c->stack->level;
    GrSeen part = {.older = array.seen, .named = UINT32_MAX, .is_item = true};
    part.count = array.seen ? array.seen->count + 1 : 1;
    read_part(run, array.reg[reg], retry, &part);
    if (run->trace != NULL) {
        GrLevel l = gr_trace_copy(run->trace, c, 2);
        note_item(run->trace, &l, reg);
    }
    note_read(run, array.seen,
              about_item(run, array.reg[reg]) == ABOUT_FRESH ? ABOUT_FRESH
                                                             : ABOUT_LEVEL);
    array.seen = &part;
    return gr_pda_ask_cell(run->pda, *cell, &array, &answer, cell);
}

/* Where the text of the key begins is enough: it lies in the log, and is
 * decoded when the key is complete. */
static void enter_key(GrRun *run, GrConfig *c)
{
    c->key_at = run->log_len;
    if (run->trace != NULL) run->trace->key_entered = true;
}

/* For plans: a text is looked for among the keys there.  A key that is open
 * where the plan begins, and that no other begins like, is new whatever it
 * becomes. */
static gram_status seek(GrRun *run, const GrConfig *c, const char *text,
                        size_t len, GrSoughtAs as)
{
    bool full;
    run->read_key |= GR_READ_KEYS;
    if (c->key_at + 1 == run->own_key) return GRAM_OK;
    GR_TRY(gr_sought_add(run->env, run->sought, text, len, as, &full));
    if (full) run->read_key |= GR_READ_TEXTS;
    return GRAM_OK;
}

/* The key that ends, which has no number, among others that have none. */
static gram_status seek_key(GrRun *run, const GrConfig *c, const GrSeen *key)
{
    if (key->len > GR_BRIEF)
        return seek(run, c, key->text, key->len, GR_SOUGHT_KEY);
    run->read_key |= GR_READ_BRIEF;
    return GRAM_OK;
}

/* The key that the present byte closes is decoded from the log; a walk only
 * notes that one more key is there. */
static gram_status see(GrRun *run, GrConfig *c, uint32_t named)
{
    const GrSeen *older = c->level.seen;
    GrSeen *s = gr_arena_take(run->env, run->arena, sizeof *s);
    if (s == NULL) return GRAM_E_MEMORY;
    *s = (GrSeen){
        .older = older, .count = older ? older->count + 1 : 1, .named = named};
    c->level.seen = s;
    if (run->trace != NULL) return gr_seen_number(run->pda, s), GRAM_OK;
    size_t len = (size_t)(run->log_len - 1 - c->key_at);
    char *text = gr_arena_take(run->env, run->arena, len);
    if (text == NULL) return GRAM_E_MEMORY;
    GrUnescape u = {0};
    for (size_t i = 0; i < len; i++) {
        char out[4];
        uint32_t n = gr_unescape(&u, (uint8_t)run->log[c->key_at + i], out);
        if (n > 4) return GRAM_E_REFUSED;
        memcpy(text + s->len, out, n);
        s->len += n;
    }
    s->text = text;
    if (run->plans && named == UINT32_MAX && gr_seen_other(older))
        GR_TRY(seek_key(run, c, s));
    GR_TRY(gr_step(run->env, s->count / KEYS_A_STEP));
    if (gr_seen_has(older, text, s->len)) return GRAM_E_REFUSED;
    s->hash = gr_hash(text, s->len, 0);
    gr_seen_number(run->pda, s);
    return GRAM_OK;
}

/* Where the item began: a walk does not know, nor need to. */
static gram_status enter_item(GrRun *run, GrConfig *c, uint32_t reg)
{
    if (run->log_len > UINT32_MAX)
        return gr_fail(run->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "an item that begins behind 4 GiB of text");
    set_register(c, reg, run->trace ? 0 : (uint32_t)run->log_len, true);
    c->level.item = (uint8_t)reg;
    return GRAM_OK;
}

/* The item ends at the present byte, or before it where that is run again.
 * In a walk its text is not known.  Where it began matters no more. */
static gram_status see_item(GrRun *run, GrConfig *c, uint32_t reg, bool retry)
{
    const GrSeen *older = c->level.seen;
    uint64_t from = c->level.reg[reg], to = run->log_len - retry;
    set_register(c, reg, 0, true);
    c->level.item = 0;
    GrSeen *s = gr_arena_take(run->env, run->arena, sizeof *s);
    if (s == NULL) return GRAM_E_MEMORY;
    *s = (GrSeen){.older = older,
                  .count = older ? older->count + 1 : 1,
                  .named = UINT32_MAX,
                  .is_item = true};
    c->level.seen = s;
    if (run->trace != NULL) return gr_seen_number(run->pda, s), GRAM_OK;
    s->len = from > 0 && to >= from ? (uint32_t)(to - from + 1) : 0;
    char *text = gr_arena_take(run->env, run->arena, (size_t)s->len + 1);
    if (text == NULL) return GRAM_E_MEMORY;
    if (s->len) memcpy(text, run->log + from - 1, s->len);
    s->text = text;
    s->hash = gr_hash(text, s->len, 0);
    s->serial = gr_pda_serial(run->pda);
    gr_seen_number(run->pda, s);
    return GRAM_OK;
}

/* What follows a pop may have been dear (dear.c): whoever needs it pays. */
static gram_status resume(GrRun *run, FrameId f, Verdict v, Cell *out)
{
    GR_TRY(gr_pda_resume(run->pda, f, v, out));
    return gr_pay_pop(run, f, v);
}

/* Run the chain of operations behind a cell.  *accepted: it ended in ACCEPT;
 * *retry: the byte is to be run again. */
static gram_status run_chain(GrRun *run, GrConfig *c, Cell cell, bool *retry,
                             bool *accepted)
{
    About about = ABOUT_LEVEL;
    for (uint32_t left = c->depth + OPS_PER_BYTE; left > 0; left--) {
        if (gr_cell_is_goto(cell)) {
            c->state = gr_cell_state(cell);
            return GRAM_OK;
        }
        /* dead; empty it cannot be, the cell was asked for */
        if (!gr_cell_is_op(cell)) return GRAM_E_REFUSED;
        const GrOp *op = gr_pda_get_op(run->pda, cell);
        switch ((GrOpKind)op->kind) {
        case GR_OP_PUSH: return push(run, c, op);
        case GR_OP_POP:
            /* the frame's answer goes on as if it were the byte's cell */
            *retry = op->b;
            if (c->stack == NULL) return GRAM_E_REFUSED;
            GR_TRY(resume(run, pop(run, c), (Verdict){op->a}, &cell));
            continue;
        case GR_OP_SET: set_register(c, op->a, op->b, true); break;
        case GR_OP_ADD:
            set_register(c, op->a, c->level.reg[op->a] + op->b, false);
            break;
        case GR_OP_TEST: cell = test(run, c, op) ? op->yes : op->no; continue;
        case GR_OP_ASK: GR_TRY(ask(run, c, about, &cell)); continue;
        case GR_OP_PART:
            cell = op->yes;
            GR_TRY(ask_part(run, c, op->a, *retry, &cell));
            continue;
        case GR_OP_KEY: enter_key(run, c); break;
        case GR_OP_SEE: GR_TRY(see(run, c, op->a)); break;
        case GR_OP_ITEM: GR_TRY(enter_item(run, c, op->a)); break;
        case GR_OP_SEE_ITEM:
            if (op->b && run->trace) note_item(run->trace, &c->level, op->a);
            if (op->b) about = about_item(run, c->level.reg[op->a]);
            GR_TRY(see_item(run, c, op->a, *retry));
            break;
        case GR_OP_ACCEPT: *accepted = true; return GRAM_OK;
        case GR_OP_LIMIT:
            return gr_fail(run->env, GRAM_E_LIMIT, GR_NOWHERE,
                           "what may follow takes too much work to find out");
        }
        cell = op->yes;
    }
    return gr_fail(run->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "a byte that takes more than %d operations", OPS_PER_BYTE);
}

/* --- running -------------------------------------------------------------- */

/* The bottom frame hears the verdict of the whole text; it makes the end of a
 * text a pop like any other. */
gram_status gr_run_start(GrRun *run, GrConfig *out)
{
    GrNode *n = gr_arena_take(run->env, run->arena, sizeof *n);
    if (n == NULL) return GRAM_E_MEMORY;
    memset(n, 0, sizeof *n);
    n->frame = (FrameId){GR_FRAME_BOTTOM};
    n->level.origin = GR_ORIGIN_MATCH;
    memset(out, 0, sizeof *out);
    out->state = gr_pda_start(run->pda);
    out->stack = n;
    out->depth = 1;
    out->level.origin = GR_ORIGIN_MATCH;
    return GRAM_OK;
}

/* Keys with a number are told apart by it: only what others spell is read, and
 * that only where some key that may follow has none.  Inside of a key those
 * matter that begin like it. */
static gram_status note_others(GrRun *run, const GrConfig *c,
                               const char *prefix, size_t len)
{
    bool named;
    if (!run->plans || !gr_seen_other(c->stack->level.seen)) return GRAM_OK;
    GR_TRY(gr_pda_key_named(run->pda, c->state, &named));
    if (named) return GRAM_OK;
    if (run->log_len > c->key_at)
        return seek(run, c, prefix, len, GR_SOUGHT_BEGIN);
    run->read |= GR_READ_TEXTS;
    return GRAM_OK;
}

/* Cheap first: most key languages have more words than an object has keys, and
 * then nothing of the key is looked at. */
gram_status gr_run_key(GrRun *run, const GrConfig *c)
{
    const GrSeen *seen = c->stack ? c->stack->level.seen : NULL;
    uint32_t words, flags = gr_pda_row_at(run->pda, c->state)->flags;
    if (!(flags & GR_STATE_KEY) || seen == NULL) return GRAM_OK;
    GR_TRY(gr_pda_key_words(run->pda, c->state, &words));
    if (words > seen->count) return GRAM_OK;
    size_t len = (size_t)(run->log_len - c->key_at), n = 0;
    char *prefix = gr_arena_take(run->env, run->arena, len);
    if (prefix == NULL) return GRAM_E_MEMORY;
    GrUnescape u = {0};
    for (size_t i = 0; i < len; i++) {
        char out[4];
        uint32_t k = gr_unescape(&u, (uint8_t)run->log[c->key_at + i], out);
        if (k > 4) return GRAM_E_REFUSED;
        memcpy(prefix + n, out, k);
        n += k;
    }
    bool live;
    GR_TRY(note_others(run, c, prefix, n));
    GR_TRY(gr_key_live(run, c->state, seen, prefix, n, &u, &live));
    return live ? GRAM_OK : GRAM_E_REFUSED;
}

/* One cell and what is behind it. */
gram_status gr_run_once(GrRun *run, GrConfig *c, uint8_t byte, bool *again)
{
    Cell cell;
    bool accepted = false;
    *again = false;
    GR_TRY(gr_pda_cell(run->pda, c->state, byte, &cell));
    return run_chain(run, c, cell, again, &accepted);
}

/* The bound on retries is for a machine that is wrong; others close a level
 * with each.  Keys are asked about behind the last of them. */
gram_status gr_run_byte(GrRun *run, GrConfig *c, uint8_t byte)
{
    bool again;
    uint32_t left = c->depth + OPS_PER_BYTE;
    do GR_TRY(gr_run_once(run, c, byte, &again));
    while (again && left-- > 0);
    bool check = run->trace == NULL && !run->keys_later;
    return check ? gr_run_key(run, c) : GRAM_OK;
}

/* An END where no token was begun is what every other byte string does:
 * nothing. */
gram_status gr_run_take(GrRun *run, GrConfig *c, GrTake how, uint32_t cls)
{
    Cell cell;
    bool retry = false, accepted = false;
    uint32_t flags = gr_pda_get_state(run->pda, c->state)->flags;
    uint32_t need = how == GR_TAKE_END ? GR_STATE_INSIDE : GR_STATE_TAKES;
    if (!(flags & need)) return how == GR_TAKE_END ? GRAM_OK : GRAM_E_REFUSED;
    GR_TRY(gr_pda_take(run->pda, c->state, how, cls, &cell));
    return run_chain(run, c, cell, &retry, &accepted);
}

/* The end is a class like a byte's, and may be retried like one: a number at
 * the end of the text closes first.  Refused is an answer here, not a
 * failure. */
gram_status gr_run_end(GrRun *run, const GrConfig *from, bool *may)
{
    GrConfig copy = *from, *c = &copy;
    bool retry, accepted = false;
    uint32_t left = c->depth + OPS_PER_BYTE;
    *may = false;
    do {
        Cell cell;
        uint32_t n_classes;
        retry = false;
        gr_pda_map_of(run->pda, c->state, &n_classes);
        GR_TRY(gr_pda_cell_of(run->pda, c->state, n_classes, &cell));
        gram_status status = run_chain(run, c, cell, &retry, &accepted);
        if (status == GRAM_E_REFUSED) return GRAM_OK;
        GR_TRY(status);
    } while (retry && !accepted && left-- > 0);
    *may = accepted;
    return GRAM_OK;
}
