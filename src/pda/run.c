/* Stepping a configuration over bytes, and recording what a walk has read.
 *
 * A byte is one cell, and a cell is a chain of operations that ends in a
 * state.  `retry` (a number ends at the byte behind it) runs the same byte
 * again in the state reached; every retry closes a level or the machine is
 * wrong, so the loop is bounded by the depth and a constant.
 *
 * With a trace the same code is the mask walk: it notes every outcome that
 * depends on something outside of the state.  Levels that the walk opened
 * itself need no note: they are a function of the bytes walked. */
#include "pda/pda_int.h"

enum { OPS_PER_BYTE = 4096 }; /* beyond the depth: a machine that loops */

/* --- notes ---------------------------------------------------------------- */

/* Levels below the top have their origin set when the walk comes to them: most
 * walks never do, and a stack may be a thousand levels deep. */
void gr_trace_start(GrTrace *t, const GrConfig *from, GrConfig *walk)
{
    memset(t, 0, sizeof *t);
    t->from = from;
    *walk = *from;
    walk->level.origin = 1;
    walk->level.was_set = 0;
}

/* 0 and 1 are the running level. */
const GrLevel *gr_config_level(const GrConfig *c, uint32_t level)
{
    if (level <= 1) return &c->level;
    const GrNode *n = c->stack;
    for (uint32_t i = 2; i < level && n != NULL; i++) n = n->below;
    return n ? &n->level : NULL;
}

/* Narrow the box of (level, reg) to lo..hi, both inclusive. */
static void note_box(GrTrace *t, uint16_t level, uint16_t reg, uint32_t lo,
                     uint32_t hi)
{
    uint32_t i = 0;
    while (i < t->n_boxes && (t->box[i].level != level || t->box[i].reg != reg))
        i++;
    if (i == GR_TRACE_BOXES) {
        t->is_volatile = true;
        return;
    }
    if (i == t->n_boxes)
        t->box[t->n_boxes++] = (GrBox){level, reg, 0, UINT32_MAX};
    if (lo > t->box[i].lo) t->box[i].lo = lo;
    if (hi < t->box[i].hi) t->box[i].hi = hi;
}

/* A register that held `start` holds `now`, and what was found is true of
 * lo .. hi: note the interval of start values for which it is. */
static void note_shifted(GrTrace *t, uint16_t level, uint16_t reg,
                         uint32_t start, uint32_t now, uint32_t lo, uint32_t hi)
{
    int64_t delta = (int64_t)now - start, from = lo - delta, to = hi - delta;
    if (from < 0) from = 0;
    if (hi == UINT32_MAX || to > UINT32_MAX) to = UINT32_MAX;
    note_box(t, level, reg, (uint32_t)from, (uint32_t)to);
}

/* The register now holds start + delta and was found inside or outside of
 * a..b. */
static void note_test(GrTrace *t, uint16_t level, uint16_t reg, uint32_t start,
                      uint32_t now, const GrOp *op)
{
    uint32_t lo = 0, hi = UINT32_MAX;
    if (now >= op->b && now <= op->c)
        lo = op->b, hi = op->c;
    else if (now < op->b)
        hi = op->b - 1;
    else
        lo = op->c + 1;
    note_shifted(t, level, reg, start, now, lo, hi);
}

/* How the walk has changed a level since it began; false where that is too
 * much to note. */
static bool note_changes(const GrLevel *start, const GrLevel *l, GrAsked *a)
{
    const GrSeen *s = l->seen;
    a->was_set = l->was_set & (uint8_t)~1u;
    for (uint32_t r = 1; r < GR_REGS; r++)
        a->reg[r] = l->reg[r] - (a->was_set >> r & 1 ? 0 : start->reg[r]);
    uint32_t n = (s ? s->count : 0) - (start->seen ? start->seen->count : 0);
    if (n > GR_ASKED_KEYS) return false;
    a->n_keys = (uint8_t)n;
    for (; n > 0; s = s->older) a->named[--n] = s->named;
    return true;
}

/* Each condition once.  One that does not fit makes the trace volatile: its
 * mask is right here and kept nowhere. */
static void note_asked(GrTrace *t, const GrLevel *l, uint32_t question,
                       uint32_t answer)
{
    GrAsked a;
    if (l->origin == 0) return;
    memset(&a, 0, sizeof a);
    a.level = l->origin;
    a.question = question;
    a.answer = answer;
    if (!note_changes(gr_config_level(t->from, l->origin), l, &a)) {
        t->is_volatile = true;
        return;
    }
    for (uint32_t i = 0; i < t->n_asked; i++)
        if (memcmp(&t->asked[i], &a, sizeof a) == 0) return;
    if (t->n_asked == GR_TRACE_ASKS)
        t->is_volatile = true;
    else
        t->asked[t->n_asked++] = a;
}

/* Asked about a level with the changes that a walk had made. */
gram_status gr_trace_ask(GrPda *pda, const GrConfig *c, const GrAsked *a,
                         uint32_t *answer)
{
    GrLevel l = *gr_config_level(c, a->level);
    GrSeen key[GR_ASKED_KEYS];
    for (uint32_t r = 1; r < GR_REGS; r++)
        l.reg[r] = a->reg[r] + (a->was_set >> r & 1 ? 0 : l.reg[r]);
    for (uint32_t i = 0; i < a->n_keys; i++) {
        uint32_t count = l.seen ? l.seen->count + 1 : 1;
        bool is_item = l.seen != NULL && l.seen->is_item;
        key[i] = (GrSeen){.older = l.seen,
                          .count = count,
                          .named = a->named[i],
                          .is_item = is_item};
        gr_seen_number(pda, &key[i]);
        l.seen = &key[i];
    }
    return gr_pda_ask(pda, a->question, &l, answer);
}

/* Called for every leaf that is tried, so it does without the machine. */
bool gr_trace_fits(const GrConfig *c, const GrBox *box, uint32_t n_boxes)
{
    for (uint32_t i = 0; i < n_boxes; i++) {
        uint32_t now = c->depth;
        if (box[i].level != 0)
            now = gr_config_level(c, box[i].level)->reg[box[i].reg];
        if (now < box[i].lo || now > box[i].hi) return false;
    }
    return true;
}

/* --- walks behind walks --------------------------------------------------- */

/* The frame with which a level of c lies on the stack; NULL for the top. */
static const GrNode *node_of_level(const GrConfig *c, uint32_t level)
{
    const GrNode *n = c->stack;
    if (level <= 1) return NULL;
    for (uint32_t i = 2; i < level && n != NULL; i++) n = n->below;
    return n;
}

uint16_t gr_trace_level(const GrTrace *t, const GrConfig *c, uint32_t level)
{
    const GrNode *n = node_of_level(c, level);
    uint16_t origin = n ? n->level.origin : c->level.origin;
    if (origin != GR_ORIGIN_MATCH || n == NULL) return origin;
    uint32_t d = t->from->depth - n->depth + 1;
    return (uint16_t)(d < GR_ORIGIN_MATCH ? d : 1);
}

/* Frames that the walk itself has pushed are no condition of it. */
static void inherit_frames(GrTrace *t, const GrConfig *c, uint32_t frames)
{
    const GrNode *n = c->stack;
    for (uint32_t i = 0; i < frames && n != NULL; i++, n = n->below) {
        if (n->level.origin != GR_ORIGIN_MATCH) continue;
        uint32_t d = t->from->depth - n->depth;
        if (d > t->frames_read) t->frames_read = d;
        if (d + 1 >= GR_ORIGIN_MATCH) t->is_volatile = true;
    }
}

/* A level at c as t sees it: levels that the walk has not come to are as
 * they were. */
static GrLevel level_in(const GrTrace *t, const GrConfig *c, uint32_t level)
{
    GrLevel l = *gr_config_level(c, level);
    if (l.origin == GR_ORIGIN_MATCH) l.was_set = 0;
    l.origin = gr_trace_level(t, c, level);
    return l;
}

/* A register that the walk has set no longer says anything of its start. */
static void inherit_box(GrTrace *t, const GrConfig *c, const GrBox *b)
{
    if (b->lo == 0 && b->hi == UINT32_MAX) return;
    if (b->level == 0) {
        note_shifted(t, 0, b->reg, t->from->depth, c->depth, b->lo, b->hi);
        return;
    }
    GrLevel l = level_in(t, c, b->level);
    if (l.origin == 0 || l.was_set >> b->reg & 1) return;
    note_shifted(t, l.origin, b->reg,
                 gr_config_level(t->from, l.origin)->reg[b->reg], l.reg[b->reg],
                 b->lo, b->hi);
}

/* The changes of both walks, one after the other: what the outer one did to the
 * level, and on top of it what the question was asked with. */
static void inherit_asked(GrTrace *t, const GrConfig *c, const GrAsked *a)
{
    GrLevel l = level_in(t, c, a->level);
    GrSeen key[GR_ASKED_KEYS];
    for (uint32_t r = 1; r < GR_REGS; r++)
        l.reg[r] = a->reg[r] + (a->was_set >> r & 1 ? 0 : l.reg[r]);
    l.was_set |= a->was_set;
    for (uint32_t i = 0; i < a->n_keys; i++) {
        uint32_t count = l.seen ? l.seen->count + 1 : 1;
        key[i] =
            (GrSeen){.older = l.seen, .count = count, .named = a->named[i]};
        l.seen = &key[i];
    }
    note_asked(t, &l, a->question, a->answer);
}

/* Frames first: a box or a question may be about a level that is read by that
 * alone. */
void gr_trace_inherit(GrTrace *t, const GrConfig *c, uint32_t frames_read,
                      const GrBox *box, uint32_t n_boxes, const GrAsked *asked,
                      uint32_t n_asked)
{
    inherit_frames(t, c, frames_read);
    for (uint32_t i = 0; i < n_boxes; i++) inherit_box(t, c, &box[i]);
    for (uint32_t i = 0; i < n_asked; i++) inherit_asked(t, c, &asked[i]);
}

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
        note_test(t, l->origin, (uint16_t)op->a, start->reg[op->a], now, op);
    }
    return now >= op->b && now <= op->c;
}

/* The depth is counted as any register is, only that no level holds it. */
static bool test(GrRun *run, const GrConfig *c, const GrOp *op)
{
    GrTrace *t = run->trace;
    if (op->a != GR_REG_DEPTH)
        return test_level(t, &c->level, c->level.reg[op->a], op);
    if (t != NULL) note_test(t, 0, GR_REG_DEPTH, t->from->depth, c->depth, op);
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

/* Whether an item of a walk was there before is no condition: that it was not
 * has been noted. */
static gram_status ask(GrRun *run, const GrConfig *c, About about, Cell *cell)
{
    uint32_t answer, question = gr_pda_get_op(run->pda, *cell)->a;
    GrTrace *t = run->trace;
    note_read(run, c->level.seen, about);
    answer = 0;
    gram_status status =
        gr_pda_ask_cell(run->pda, *cell, &c->level, &answer, cell);
    if (t == NULL || status != GRAM_OK) {
        if (t != NULL && status == GRAM_E_REFUSED) t->is_volatile = true;
        return status;
    }
    if (about == ABOUT_LEVEL) note_asked(t, &c->level, question, answer);
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
        GrLevel l = level_in(run->trace, c, 2);
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
        uint32_t map = gr_pda_get_state(run->pda, c->state)->map;
        gr_pda_get_map(run->pda, map, &n_classes);
        GR_TRY(gr_pda_cell_of(run->pda, c->state, n_classes, &cell));
        gram_status status = run_chain(run, c, cell, &retry, &accepted);
        if (status == GRAM_E_REFUSED) return GRAM_OK;
        GR_TRY(status);
    } while (retry && !accepted && left-- > 0);
    *may = accepted;
    return GRAM_OK;
}
