/* The walk of a large part of the trie of tokens.
 *
 * In: a configuration and the first bytes to take.  Out: the bits of the row.
 * Most of a string's cells only change the state.  Where a hundred thousand
 * nodes are to be visited, the states that are met get rows of numbers, so that
 * a node costs a load and a compare, whatever maps and cells its state has:
 *
 *     to[state][byte]   a state | DEAD | SLOW | ASK: not looked at yet
 *
 * First not tokens are walked but their shapes (dense_shapes.c), in which one
 * step answers for all letters.  Where letters differ too much, the trie is.
 *
 * A string whose length is bounded counts characters on the way.  Then each
 * level has the count so far, and each move how far it may go; how near that
 * came to a bound is a condition of the mask.
 *
 * What does anything else (a quote that ends the string) is SLOW: those nodes
 * are noted and walked as always afterwards, each with its state.
 *
 * Cells are filled, and paid for, when they are first needed, as by any walk.
 *
 * Rejected: a sweep level by level.  It needs the trie once more, breadth
 * first (2.5 MB), and looks at what is dead.
 *
 * Cost: some 30 instructions a node, 100 for each byte of each state. */
#include "mask/dense.h"

#include "base/sort.h"

enum { DENSE_NODES = 1 << 15 }; /* from which on it pays */

/* --- states --------------------------------------------------------------- */

gram_status gr_dense_row(Dense *d, uint16_t *out)
{
    GrWork *w = d->k->w;
    *out = SLOW;
    if (d->n == DENSE_STATES) return GRAM_OK;
    uint16_t *to = gr_arena_take(w->env, &w->arena, MOVES * sizeof *to);
    if (to == NULL) return GRAM_E_MEMORY;
    for (uint32_t b = 0; b < MOVES; b++) to[b] = ASK;
    if (d->counted) {
        d->room[d->n] =
            gr_arena_take(w->env, &w->arena, MOVES * sizeof *d->room[0]);
        if (d->room[d->n] == NULL) return GRAM_E_MEMORY;
    }
    d->to[d->n] = to;
    *out = (uint16_t)d->n++;
    return GRAM_OK;
}

static gram_status number_of(Dense *d, StateId s, uint16_t *out)
{
    uint32_t *known = gr_map_find(&d->numbers, s.v);
    if (known != NULL) return *out = (uint16_t)*known, GRAM_OK;
    GR_TRY(gr_dense_row(d, out));
    if (*out == SLOW) return GRAM_OK;
    d->state[*out] = s.v;
    return gr_map_put(d->k->w->env, &d->numbers, s.v, *out);
}

/* A move that may count; *room as above.  What is over its bound already is
 * left to the walk behind. */
static gram_status move_of(Dense *d, Cell cell, uint16_t *does, uint32_t *room)
{
    uint32_t now = d->from->level.reg[0];
    Step step;
    if (!gr_read_step(d->k->run.pda, cell, &step)) return GRAM_OK;
    if (step.reg != 0 && step.reg != GR_REGS) return GRAM_OK;
    if (step.reg == 0 && (!d->counted || step.hi < now)) return GRAM_OK;
    uint64_t left = step.hi == UINT32_MAX ? FREE : step.hi - now;
    *room = (uint32_t)(left < FREE ? left : (uint64_t)FREE) << 1 | step.whole;
    return number_of(d, step.to, does);
}

/* Where a limit keeps a cell from being filled, the walk that comes behind
 * tells so. */
gram_status gr_dense_ask(Dense *d, uint32_t at, uint8_t byte)
{
    Walk *k = d->k;
    WalkLevel l;
    Cell cell = {GR_CELL_DEAD};
    StateId s = {d->state[at]};
    uint16_t does = SLOW;
    uint32_t room = (uint32_t)FREE << 1;
    row_ref(k->w, s, &l);
    uint8_t cls = l.map[byte];
    gram_status status = GRAM_OK;
    if (cls != 0) status = gr_pda_cell_of(k->run.pda, s, cls, &cell);
    if (status == GRAM_E_MEMORY) return status;
    if (status == GRAM_OK && gr_pda_is_dear(k->run.pda))
        GR_TRY(gr_pay_cell(&k->run, s, cls));
    if (status == GRAM_OK && cell.v == GR_CELL_DEAD) does = DEAD;
    if (status == GRAM_OK && does == SLOW)
        GR_TRY(move_of(d, cell, &does, &room));
    d->to[at][byte] = does;
    if (d->counted) d->room[at][byte] = room;
    return gr_step(k->w->env, 1);
}

/* --- walking the trie ----------------------------------------------------- */

/* On to a node that needs more than a bit; false at the end.  Levels are pushed
 * where the state or the count changes and there is something below.  Nothing
 * is called here, so that all of it stays in registers. */
static inline bool stride_by(Dense *d, Cursor *c, bool counted)
{
    const GrTrieNode *node = d->k->trie.node;
    const uint16_t *to = d->to[c->at];
    uint32_t *row = d->k->w->row, n = 0;
    uint32_t i = c->i, at = c->at, end = c->end, count = c->count;
    Level *l = c->l;
    bool more = true;
    for (;; n++) {
        while (i >= end && l > c->base) {
            end = (--l)->end;
            at = l->at;
            count = l->count;
            to = d->to[at];
        }
        more = i < end;
        if (!more) break;
        uint32_t info = node[i].info, next = node[i].next, with = count;
        uint32_t does = to[(uint8_t)info];
        if (does >= ASK && does != DEAD) break;
        if (info & GR_TRIE_SHARED && i != c->told && does != DEAD) break;
        if (does == DEAD ||
            (counted && !may_count(d, d->room[at][(uint8_t)info], &with))) {
            i = next;
            continue;
        }
        uint32_t id = info >> GR_TRIE_TOKEN_SHIFT;
        row[id >> 5] |= (uint32_t)((info & GR_TRIE_HAS) != 0) << (id & 31);
        if (++i == next || (does == at && with == count)) continue;
        *l++ = (Level){end, at, count};
        end = next;
        at = does;
        count = with;
        to = d->to[at];
    }
    *c = (Cursor){i, at, end, count, c->visited + n, c->told, c->base, l};
    return more;
}

static bool stride(Dense *d, Cursor *c)
{
    return d->counted ? stride_by(d, c, true) : stride_by(d, c, false);
}

gram_status gr_dense_run(Dense *d, const SlowNode *s, Level *level)
{
    GrWork *w = d->k->w;
    const GrTrieNode *node = d->k->trie.node;
    Cursor c = {s->node, s->at, node[s->node].next, s->count, 0, GR_TRIE_NONE,
                level,   level};
    while (stride(d, &c)) {
        uint32_t info = node[c.i].info, does = d->to[c.at][(uint8_t)info];
        if (does == ASK) {
            GR_TRY(gr_dense_ask(d, c.at, (uint8_t)info));
        } else if (does == SLOW) {
            GR_TRY(
                gr_vec_push(w->env, &d->slow, (SlowNode){c.i, c.at, c.count}));
            c.i = node[c.i].next;
        } else {
            uint32_t with = c.count;
            bool may = !d->counted ||
                       may_count(d, d->room[c.at][(uint8_t)info], &with);
            if (may) gr_node_bits(w->m->v, w->row, c.i, true);
            c.told = c.i;
        }
    }
    return gr_step(w->env, c.visited);
}

/* --- all of it ------------------------------------------------------------ */

static int by_node(const void *x, const void *y)
{
    const SlowNode *a = x, *b = y;
    return (a->node > b->node) - (a->node < b->node);
}

/* What was noted below nodes that are done again is forgotten.  Both are in
 * order. */
static void forget(Dense *d)
{
    const GrTrieNode *node = d->k->trie.node;
    uint32_t kept = 0, j = 0;
    for (uint32_t i = 0; i < d->slow.n; i++) {
        SlowNode s = d->slow.at[i];
        while (j < d->later.n && node[d->later.at[j].node].next <= s.node) j++;
        if (j == d->later.n || s.node < d->later.at[j].node)
            d->slow.at[kept++] = s;
    }
    d->slow.n = kept;
}

/* Tokens below nodes that are done again were taken for others. */
static void take_back(const Dense *d)
{
    const GrWork *w = d->k->w;
    for (uint32_t i = 0; i < d->later.n; i++) {
        uint32_t node = d->later.at[i].node;
        for (uint32_t end = w->m->v->node[node].next; node < end; node++)
            gr_node_bits(w->m->v, w->row, node, false);
    }
}

static gram_status do_again(Dense *d)
{
    if (d->later.n == 0) return GRAM_OK;
    gr_sort(d->later.at, d->later.n, sizeof *d->later.at, by_node);
    gr_sort(d->slow.at, d->slow.n, sizeof *d->slow.at, by_node);
    forget(d);
    for (uint32_t i = 0; i < d->later.n; i++)
        GR_TRY(gr_dense_run(d, &d->later.at[i], d->level));
    return GRAM_OK;
}

/* How deep a node lies: the first token below it has that many bytes and those
 * on the way to it. */
static uint32_t depth_of(const Walk *k, uint32_t node)
{
    uint32_t token, len, below = 0;
    gr_walk_bytes(k, node, &token, &len);
    while (!(k->trie.node[node + below].info & GR_TRIE_HAS)) below++;
    return len - below;
}

/* In order; many tokens note the same node, each with the same state. */
static gram_status walk_slow(Dense *d)
{
    GrConfig c = *d->from;
    gr_sort(d->slow.at, d->slow.n, sizeof *d->slow.at, by_node);
    for (uint32_t i = 0; i < d->slow.n; i++) {
        const SlowNode *s = &d->slow.at[i];
        if (i > 0 && s->node == s[-1].node) continue;
        c.state.v = d->state[s->at];
        c.level.reg[0] = d->from->level.reg[0] + s->count;
        GR_TRY(gr_walk_node(d->k, &c, s->node, depth_of(d->k, s->node)));
    }
    return GRAM_OK;
}

/* What was counted holds as long as no move comes over its bound, or below. */
static void note_counts(const Dense *d)
{
    GrTrace *t = d->k->run.trace;
    const GrLevel *l = &d->from->level;
    if (t == NULL || l->origin == 0 || l->was_set & 1) return;
    int64_t start = gr_config_level(t->from, l->origin)->reg[0];
    int64_t lo = d->most > -FREE ? start + d->most + 1 : 0;
    int64_t hi = d->least < FREE ? start + d->least : UINT32_MAX;
    if (lo > 0 || hi < UINT32_MAX)
        gr_trace_note(t, l->origin, 0, (uint32_t)lo, (uint32_t)hi);
}

/* Does any byte count characters in register 0? */
static gram_status find_counted(Dense *d, const uint32_t roots[8])
{
    Step step;
    bool is_step;
    for (uint32_t b = 0; b < 256 && !d->counted; b++) {
        if (!gr_bit_get(roots, b)) continue;
        GR_TRY(
            gr_step_of(d->k->w, d->from->state, (uint8_t)b, &step, &is_step));
        d->counted = is_step && step.reg == 0;
    }
    return GRAM_OK;
}

static gram_status walk_trie(Dense *d, const uint32_t roots[8])
{
    d->slow.n = 0;
    for (uint32_t b = 0; b < 256; b++) {
        SlowNode root = {d->k->trie.root[b], 0, 0};
        if (gr_bit_get(roots, b)) GR_TRY(gr_dense_run(d, &root, d->level));
    }
    return GRAM_OK;
}

/* What shapes have set is right, whether they came to an end or not. */
static gram_status walk(Dense *d, const uint32_t roots[8])
{
    GrWork *w = d->k->w;
    size_t room = ((size_t)w->m->v->longest + 2) * sizeof *d->level;
    uint16_t first;
    bool done;
    d->level = gr_arena_take(w->env, &w->arena, room);
    if (d->level == NULL) return GRAM_E_MEMORY;
    d->least = FREE;
    d->most = -FREE;
    GR_TRY(find_counted(d, roots));
    GR_TRY(number_of(d, d->from->state, &first));
    GR_TRY(gr_dense_shapes(d, roots, &done));
    take_back(d);
    GR_TRY(done ? do_again(d) : walk_trie(d, roots));
    if (d->counted) note_counts(d);
    return walk_slow(d);
}

bool gr_dense_may(const Walk *k, uint32_t nodes)
{
    return nodes >= DENSE_NODES && k->emit == gr_walk_put && k->path == NULL &&
           k->trie.node == k->w->m->v->node;
}

gram_status gr_dense_walk(Walk *k, const GrConfig *c, const uint32_t roots[8])
{
    GrWork *w = k->w;
    Dense *d = gr_zalloc(w->env, 1, sizeof *d);
    if (d == NULL) return GRAM_E_MEMORY;
    d->k = k;
    d->from = c;
    gr_intern_init(&d->joints);
    gr_row_detach(w);
    gram_status status = walk(d, roots);
    gr_map_clear(w->env, &d->numbers);
    gr_intern_clear(w->env, &d->joints);
    gr_vec_clear(w->env, &d->joint);
    gr_vec_clear(w->env, &d->slow);
    gr_vec_clear(w->env, &d->later);
    gr_free(w->env, d, sizeof *d);
    return status;
}
