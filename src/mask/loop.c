/* The mask of a state that returns to itself on a class of characters.
 *
 * In: the loop of the state.  Out: the row is the slice of the class (or one
 * by length, near the bound of a counting loop), and the exits that are alive
 * are set.  Exits are walked rest by rest from the state itself; where the
 * loop counts, once for all prefix lengths if the outcomes allow it. */
#include "mask/chain.h"
#include "mask/zone.h"

/* --- the loop of a state -------------------------------------------------- */

/* An open key matters where tokens end it by what is left of a name.  If none
 * does, it is as if no name were left; if those do that begin with the quote,
 * it is so behind any character. */
static void find_like(const GrTables *t, const GrLoop *loop, LoopRef *out)
{
    bool ends = false, closes = false;
    for (uint32_t i = 0; i < loop->n_words; i++) {
        const GrWordRef *word = &loop->word[i];
        uint64_t hash = gr_hash(word->text, word->len, 0);
        uint32_t n;
        ends |= word->len == 0;
        closes |= word->len > 0 && gr_tables_close(t, hash, &n) != NULL;
    }
    if (closes || loop->n_words == 0) return;
    out->past = loop->like.v;
    if (!ends) out->like = loop->like.v;
}

/* The class INSIDE is told apart by what it promises, not by its ranges:
 * nothing is dead, in whatever spelling.  Where no class can be had the state
 * is none that loops, and is walked. */
static gram_status find_loop(GrWork *w, StateId s, LoopRef *out)
{
    GrMasks *m = w->m;
    GrLoop loop = {0};
    *out = (LoopRef){.state = s.v + 1,
                     .as = s.v,
                     .like = s.v,
                     .past = s.v,
                     .reg = GR_REGS,
                     .limit = UINT32_MAX};
    if (m->flags & GR_MASK_NO_CLASSES) return GRAM_OK;
    GR_TRY(gr_pda_loop(m->pda, s, &loop));
    out->reg = loop.reg;
    out->limit = loop.limit;
    out->sure = loop.sure;
    out->most = loop.most;
    out->is_all = loop.is_all;
    out->walked = loop.walked;
    if (!(m->flags & GR_MASK_NO_NEAR)) out->wide = loop.wide;
    if (loop.open) GR_TRY(gr_table_classes(m, &out->open));
    out->open = out->open && gr_zone_is_narrow(m->tables, loop.sure, loop.most);
    if (out->open && loop.whole) out->cls = CLASS_INSIDE;
    if (out->open && !(m->flags & GR_MASK_NO_NEAR))
        find_like(m->tables, &loop, out);
    if (out->cls != 0 || loop.n == 0) return GRAM_OK;
    if (loop.starts) out->as = loop.loop.v;
    return gr_class_of(m, &loop, &out->cls);
}

/* The machine takes a lock and some time to say so; a walk asks for the same
 * few states. */
gram_status gr_loop_of(GrWork *w, StateId s, LoopRef *out)
{
    LoopRef *r = &w->loop_ref[s.v % N_LOOP_REFS];
    if (r->state != s.v + 1) GR_TRY(find_loop(w, s, r));
    *out = *r;
    return GRAM_OK;
}

/* --- the slice ------------------------------------------------------------ */

void gr_trace_note(GrTrace *t, uint16_t level, uint32_t reg, uint32_t lo,
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
        t->box[t->n_boxes++] = (GrBox){level, (uint16_t)reg, 0, UINT32_MAX};
    if (lo > t->box[i].lo) t->box[i].lo = lo;
    if (hi < t->box[i].hi) t->box[i].hi = hi;
}

static gram_status add_few(GrMasks *m, ClassRef *r, uint32_t k, Base base)
{
    uint32_t at;
    GR_TRY(gr_base_add(m, base, &at));
    atomic_store_explicit(&r->few[k], at, memory_order_release);
    return GRAM_OK;
}

/* Of a part of the plain class, what has at most k characters.  Under the
 * lock. */
static gram_status make_few(GrMasks *m, ClassRef *r, uint32_t k)
{
    const uint32_t *all = r->cls->all.row, *few = m->tables->plain->few[k].row;
    uint32_t words = m->v->mask_words;
    if (atomic_load(&r->few[k]) != 0) return GRAM_OK;
    uint32_t *row = gr_arena_take(&m->env, &m->rests, words * sizeof *row);
    if (row == NULL) return GRAM_E_MEMORY;
    for (uint32_t w = 0; w < words; w++) row[w] = all[w] & few[w];
    Base base = {.row = row};
    gr_base_sum(m->tables->kernels, &base, words);
    GR_TRY(gr_step(&m->env, words));
    return add_few(m, r, k, base);
}

static gram_status few_of(GrMasks *m, ClassRef *r, uint32_t k, uint32_t *base)
{
    gram_status status = GRAM_OK;
    *base = atomic_load_explicit(&r->few[k], memory_order_acquire);
    if (*base != 0 || !r->cls->part || k >= m->tables->plain->n_few)
        return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    status = make_few(m, r, k);
    pthread_mutex_unlock(&m->lock);
    *base = atomic_load_explicit(&r->few[k], memory_order_acquire);
    return status;
}

/* All of the class but what is longer than `left` characters. */
gram_status gr_load_few(GrWork *w, ClassRef *r, uint32_t left)
{
    const Class *c = r->cls, *by = c->part ? w->m->tables->plain : c;
    uint32_t base = 0;
    if (left == 0) return gr_row_load_base(w, BASE_EMPTY);
    if (left < LENGTH_ROWS) GR_TRY(few_of(w->m, r, left, &base));
    if (base != 0) return gr_row_load_base(w, base);
    uint32_t at = by->chars_at[left < by->longest ? left : by->longest];
    uint32_t n = by->chars_at[by->longest];
    bool shorter = at < n - at;
    GR_TRY(gr_row_load_base(w, shorter ? BASE_EMPTY : r->all));
    for (uint32_t i = shorter ? 0 : at; i < (shorter ? at : n); i++)
        if (gr_bit_get(c->all.row, by->by_chars[i]))
            GR_TRY(gr_row_put(w, by->by_chars[i], shorter));
    return gr_step(w->env, shorter ? at : n - at);
}

/* How many characters the loop may still take. */
static gram_status load_slice(Walk *k, const LoopRef *loop, const GrConfig *c,
                              uint32_t *left)
{
    ClassRef *r;
    GR_TRY(gr_class_ref(k->w->m, loop->cls, &r));
    *left = UINT32_MAX;
    if (loop->limit == UINT32_MAX || loop->reg >= GR_REGS)
        return gr_row_load_base(k->w, r->all);
    GR_TRY(gr_count_class(k->w->m, r));
    uint32_t now = c->level.reg[loop->reg], longest = r->cls->longest;
    *left = now < loop->limit ? loop->limit - now : 0;
    if (*left >= longest) {
        gr_trace_note(k->run.trace, 1, loop->reg, 0, loop->limit - longest);
        return gr_row_load_base(k->w, r->all);
    }
    if (now >= loop->limit)
        gr_trace_note(k->run.trace, 1, loop->reg, loop->limit, UINT32_MAX);
    else
        gr_trace_note(k->run.trace, 1, loop->reg, now, now);
    return gr_load_few(k->w, r, *left);
}

/* --- the exits ------------------------------------------------------------ */

/* Exits of some characters, or behind some prefixes. */
static gram_status put_some(Walk *k, const Rests *r, const Group *g,
                            uint32_t from, uint32_t to)
{
    const Exit *e = &r->exit[g->start];
    for (uint32_t j = 0; j < g->n; j++)
        if (e[j].chars >= from && e[j].chars <= to &&
            (k->within == NULL || gr_bit_get(k->within, e[j].prefix)))
            GR_TRY(gr_row_put(k->w, e[j].token, true));
    return GRAM_OK;
}

/* An exit is no token of the class, and has one rest: where all exits of a
 * group are set, none of them was. */
gram_status gr_put_groups(Walk *k, const Rests *r, uint32_t from, uint32_t to)
{
    GrWork *w = k->w;
    bool all = from == 0 && to >= r->most_chars && k->within == NULL;
    for (uint32_t i = 0; i < w->groups.n; i++) {
        uint32_t g = w->groups.at[i];
        GR_TRY(all ? gr_row_put_group(w, r, g)
                   : put_some(k, r, &r->group[g], from, to));
    }
    return gr_step(w->env, w->groups.n);
}

uint32_t gr_trace_highest(const GrTrace *t, uint32_t reg)
{
    for (uint32_t i = 0; i < t->n_boxes; i++)
        if (t->box[i].level == 1 && t->box[i].reg == reg) return t->box[i].hi;
    return UINT32_MAX;
}

/* Does a cell lead to one place, whatever was counted? */
static bool is_one_place(const Walk *k, Cell cell)
{
    return cell.v == GR_CELL_DEAD ||
           (gr_cell_is_op(cell) &&
            gr_pda_get_op(k->run.pda, cell)->kind == GR_OP_POP);
}

/* A token whose prefix has n characters leaves the loop with a count of n more,
 * and its rest is looked at from there.  Mostly the count only decides whether
 * the string may end: lengths for which it does so alike share one walk. */
static gram_status walk_by_length(Walk *k, const LoopRef *loop, const Rests *r,
                                  const GrConfig *c, uint32_t left)
{
    GrConfig moved = *c;
    uint32_t most = left < r->most_chars ? left : r->most_chars, from = 0;
    Cell cell, last = {GR_CELL_DEAD}; /* whose rests are in groups */
    GR_TRY(gr_cell_at(k->w, c->state, k->byte, &cell));
    k->w->groups.n = 0;
    for (uint32_t n = 0; n <= most; n++) {
        uint32_t add = 0;
        moved.level.reg[loop->reg] = c->level.reg[loop->reg] + n;
        Cell now = gr_run_count(&k->run, &moved.level, cell, &add);
        if (now.v == last.v && is_one_place(k, now)) continue;
        if (n > 0) GR_TRY(gr_put_groups(k, r, from, n - 1));
        k->w->groups.n = 0;
        if (now.v != GR_CELL_DEAD) GR_TRY(gr_rests_walk(k, r, &moved));
        from = n;
        last = now;
    }
    return gr_put_groups(k, r, from, most);
}

/* One walk serves all prefixes where no outcome met depends on the count as
 * long as it is below `highest`; the box that says so is moved by the longest
 * prefix. Else what that walk has met is given up, and there is one for each
 * length. */
static gram_status put_rests(Walk *k, const LoopRef *loop, const Rests *r,
                             const GrConfig *c, uint32_t left)
{
    uint32_t marks = k->w->marks.n;
    GR_TRY(gr_rests_walk(k, r, c));
    if (loop->reg >= GR_REGS) return gr_put_groups(k, r, 0, UINT32_MAX);
    uint32_t highest = gr_trace_highest(k->run.trace, loop->reg);
    uint32_t now = c->level.reg[loop->reg], most = r->most_chars;
    if (left >= most && highest - now >= most) {
        uint32_t hi = highest == UINT32_MAX ? highest : highest - most;
        if (loop->limit != UINT32_MAX && hi > loop->limit - most)
            hi = loop->limit - most;
        gr_trace_note(k->run.trace, 1, loop->reg, 0, hi);
        return gr_put_groups(k, r, 0, UINT32_MAX);
    }
    k->w->marks.n = marks;
    gr_trace_note(k->run.trace, 1, loop->reg, now, now);
    return walk_by_length(k, loop, r, c, left);
}

/* The ranges of a class, passed in order. */
typedef struct Passed {
    const Class *c;
    uint32_t at;
} Passed;

/* Has the class all of lo .. hi?  Each lo is above that of the last question,
 * or within what that asked about. */
static bool has_all(Passed *r, uint32_t lo, uint32_t hi)
{
    const uint32_t *range = r->c->ranges;
    while (r->at < r->c->n && range[2 * r->at + 1] < lo) r->at++;
    return r->at < r->c->n && range[2 * r->at] <= lo &&
           range[2 * r->at + 1] >= hi;
}

/* The same of the last bytes, of 64 characters: those of one class of the map
 * that is dead take no look. */
static gram_status try_last(GrWork *w, Passed *r, StateId s, uint32_t code,
                            bool *all)
{
    WalkLevel at;
    row_ref(w, s, &at);
    for (uint32_t b = 0; b < 64 && *all; b++) {
        Cell cell;
        if (at.map[0x80 + b] == 0 || has_all(r, code + b, code + b)) continue;
        GR_TRY(gr_cell_at(w, s, (uint8_t)(0x80 + b), &cell));
        *all = cell.v == GR_CELL_DEAD;
    }
    return gr_step(w->env, 8);
}

/* Behind `byte` of state s there are `left` more of the characters from `code`
 * on.  *all: each of them is of the class, or dead.  Depth is at most three,
 * the length of UTF-8. */
static gram_status try_others(GrWork *w, Passed *r, StateId s, uint8_t byte,
                              uint32_t code, uint32_t left, bool *all)
{
    uint32_t n = 1u << 6 * left;
    Cell cell;
    Step step;
    *all = has_all(r, code, code + n - 1);
    if (*all) return GRAM_OK;
    GR_TRY(gr_cell_at(w, s, byte, &cell));
    *all = cell.v == GR_CELL_DEAD ||
           (left > 0 && gr_read_step(w->m->pda, cell, &step));
    if (cell.v == GR_CELL_DEAD || !*all) return GRAM_OK;
    if (left == 1) return try_last(w, r, step.to, code, all);
    for (uint32_t b = 0; b < 64 && *all; b++)
        GR_TRY(try_others(w, r, step.to, (uint8_t)(0x80 + b),
                          code + (b << 6 * (left - 1)), left - 1, all));
    return gr_step(w->env, 4);
}

/* Of the characters that a byte begins the class may lack some (white space
 * beyond ASCII, say): those that are dead need not be looked for in tokens.
 * If all are, as the machine says mostly, what is left are tokens that end
 * inside a character, and those are rests of the plain class. */
static gram_status only_cut(GrWork *w, const LoopRef *loop, StateId s,
                            uint8_t byte, const uint32_t **within)
{
    ClassRef *r;
    bool all = loop->is_all;
    *within = NULL;
    if (byte < 0xC2 || byte > 0xF4 || loop->cls < CLASS_OWN) return GRAM_OK;
    GR_TRY(gr_class_ref(w->m, loop->cls, &r));
    if (!r->cls->part || gr_rests_known(r, byte) != NULL) return GRAM_OK;
    uint32_t left = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    uint32_t code = (byte & (0x3Fu >> left)) << 6 * left;
    Passed ranges = {.c = r->cls};
    if (!all) GR_TRY(try_others(w, &ranges, s, byte, code, left, &all));
    if (all) *within = r->cls->within;
    return GRAM_OK;
}

/* Tokens that begin with these.  What one heads before letters and digits is
 * known by the vocabulary; for a class without these a walk is as fast. */
static gram_status put_roots(Walk *k, const LoopRef *loop, const GrConfig *c,
                             const uint32_t bytes[8])
{
    const uint32_t *ascii = class_at(k->w->m, loop->cls)->cls->ascii;
    return gr_chain_has_words(ascii) ? gr_headed_walk(k, c, bytes)
                                     : gr_walk_roots(k, c, bytes);
}

/* Tokens with this byte behind their characters of the class; a bit of `begin`
 * is set where those are to come that begin with it. */
static gram_status put_byte(Walk *k, const LoopRef *loop, uint8_t byte,
                            const GrConfig *c, uint32_t left, uint32_t begin[8])
{
    const Rests *r;
    Walk rests = *k;
    GR_TRY(only_cut(k->w, loop, c->state, byte, &rests.within));
    rests.cls = rests.within ? CLASS_PLAIN : loop->cls;
    rests.byte = byte;
    GR_TRY(gr_rests_of(k->w, rests.cls, byte, &r));
    if (!r->whole && k->trie.root[byte] != GR_TRIE_NONE)
        gr_bit_set(begin, byte);
    if (r->n == 0) return GRAM_OK;
    rests.trie.node = r->node;
    return put_rests(&rests, loop, r, c, left);
}

/* Beyond ASCII a token may begin with such a byte and with a character of the
 * class: then it is among the rests, too.  Groups of those are set where none
 * of their tokens was, so that they come first. */
static gram_status put_bytes(Walk *k, const LoopRef *loop,
                             const uint32_t bytes[8], const GrConfig *c,
                             uint32_t left)
{
    uint32_t begin[8] = {0};
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b))
            GR_TRY(put_byte(k, loop, (uint8_t)b, c, left, begin));
    return put_roots(k, loop, c, begin);
}

/* The bytes that the state takes, but for those of the class. */
static gram_status find_exits(GrWork *w, const LoopRef *loop, StateId s,
                              uint32_t bytes[8])
{
    bool inside = loop->cls == CLASS_INSIDE;
    uint32_t ascii[4];
    WalkLevel at;
    gr_class_ascii(class_at(w->m, loop->cls), ascii);
    row_ref(w, s, &at);
    for (uint32_t b = inside ? '"' : 0; b <= (inside ? '"' : 255); b++) {
        Cell cell = {GR_CELL_DEAD};
        if (at.map[b] == 0 || (b < 128 && gr_bit_get(ascii, b))) continue;
        gram_status status = gr_pda_cell_of(w->m->pda, s, at.map[b], &cell);
        if (status == GRAM_E_MEMORY) return status;
        if (status != GRAM_OK || cell.v != GR_CELL_DEAD) /* a limit: hard */
            gr_bit_set(bytes, b);
    }
    return GRAM_OK;
}

/* So few characters are left that a walk, which ends behind them, costs less
 * than finding what tokens have behind any number of characters. */
enum { WALK_LEFT = 4 };

static bool is_short(const LoopRef *loop, const GrConfig *c)
{
    return loop->reg < GR_REGS && loop->cls >= CLASS_OWN &&
           loop->limit < UINT32_MAX &&
           c->level.reg[loop->reg] + (uint64_t)WALK_LEFT >= loop->limit;
}

/* Outside of strings a class may have what no string has as it is, and then its
 * rests are among no others: where it has characters with most first bytes,
 * finding what is behind each takes longer than the walk of all tokens. */
enum { WIDE_EXITS = 32 };

static bool is_wide(const GrWork *w, const GrConfig *c, const uint32_t bytes[8])
{
    const GrState *s = gr_pda_get_state(w->m->pda, c->state);
    return !(s->flags & GR_STATE_QUOTED) &&
           gr_bit_count(bytes, 8) >= WIDE_EXITS;
}

/* The row is a slice; the commonest have a base with digits. */
static gram_status join_digits(GrWork *w)
{
    const Digits *d = &w->m->tables->digits;
    uint32_t at = w->held_base - d->of;
    if (w->held_base != BASE_NONE && w->held.n == 0 && at < d->n_spaced)
        return gr_row_load_base(w, d->spaced + at);
    return gr_row_join(w, base_at(w->m, d->base)->row);
}

/* Behind white space digits begin a number.  Where tokens of digits are alive
 * as a whole and none has white space before them, the bytes need no rests. */
static gram_status put_digits(Walk *k, const LoopRef *loop, const GrConfig *c,
                              uint32_t bytes[8])
{
    const Rests *rests = class_at(k->w->m, loop->cls)->cls->rests;
    DigitRun digits;
    bool found = loop->cls == CLASS_SPACE;
    for (uint32_t b = '1'; b <= '9' && found; b++)
        found = gr_bit_get(bytes, b) && rests[b].most_chars == 0;
    if (found) GR_TRY(gr_digits_find(k, c, &digits, &found));
    if (!found) return GRAM_OK;
    for (uint32_t b = '1'; b <= '9'; b++) gr_bit_clear(bytes, b);
    GR_TRY(join_digits(k->w));
    return gr_digits_walk(k, &digits);
}

/* Where finding the exits would cost more than walking all tokens does, they
 * are walked: as well where the loop counts, and each count near its bound may
 * have to be. */
static gram_status is_dear(GrWork *w, const LoopRef *loop, const GrConfig *c,
                           uint32_t bytes[8], bool *dear)
{
    *dear = is_short(loop, c);
    GR_TRY(find_exits(w, loop, c->state, bytes));
    if (loop->cls < CLASS_OWN) return GRAM_OK;
    *dear |= is_wide(w, c, bytes);
    return *dear ? GRAM_OK : gr_exits_are_dear(w, loop->cls, bytes, true, dear);
}

gram_status gr_loop_is_walked(GrWork *w, const LoopRef *loop, const GrConfig *c,
                              bool *walked)
{
    uint32_t bytes[8] = {0};
    return is_dear(w, loop, c, bytes, walked);
}

/* The slice, then byte by byte what leaves the class. */
gram_status gr_loop_mask(Walk *k, const LoopRef *loop, const GrConfig *c)
{
    uint32_t left, bytes[8] = {0};
    bool dear;
    GR_TRY(is_dear(k->w, loop, c, bytes, &dear));
    if (dear) {
        GR_TRY(gr_row_load_base(k->w, BASE_EMPTY));
        return gr_walk_all(k, c);
    }
    GR_TRY(load_slice(k, loop, c, &left));
    GR_TRY(put_digits(k, loop, c, bytes));
    GR_TRY(gr_rests_expect(k->w, loop->cls, bytes));
    return put_bytes(k, loop, bytes, c, left);
}
