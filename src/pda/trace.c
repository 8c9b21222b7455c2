/* What a walk has read, beyond the state it began in.
 *
 *     from:  level 1 | 2 | 3 ...          bytes  -->   the walk
 *               ^      ^                                  |
 *               |      `-- boxes: reg r in lo .. hi  <----|
 *               `--------- asked: question -> answer <----|
 *              frames read: how deep it looked      <----'
 *
 * A mask holds for every configuration that fits: the same frames as far as
 * they were read, registers inside the boxes, questions with the same answers.
 * What was tested later than it was changed is noted of the value at the start,
 * so that nothing of the walk itself is a condition.  Levels that it opened
 * need no note: they are a function of the bytes walked.
 *
 * What fits in no note (too many, a question about too many new keys) makes the
 * trace volatile: its mask is right, and kept nowhere.
 *
 * Cost: a compare for each note there is, at most 32. */
#include "pda/pda_int.h"

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
void gr_trace_test(GrTrace *t, uint16_t level, uint16_t reg, uint32_t start,
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
void gr_trace_asked(GrTrace *t, const GrLevel *l, uint32_t question,
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
GrLevel gr_trace_copy(const GrTrace *t, const GrConfig *c, uint32_t level)
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
    GrLevel l = gr_trace_copy(t, c, b->level);
    if (l.origin == 0 || l.was_set >> b->reg & 1) return;
    note_shifted(t, l.origin, b->reg,
                 gr_config_level(t->from, l.origin)->reg[b->reg], l.reg[b->reg],
                 b->lo, b->hi);
}

/* The changes of both walks, one after the other: what the outer one did to the
 * level, and on top of it what the question was asked with. */
static void inherit_asked(GrTrace *t, const GrConfig *c, const GrAsked *a)
{
    GrLevel l = gr_trace_copy(t, c, a->level);
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
    gr_trace_asked(t, &l, a->question, a->answer);
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
