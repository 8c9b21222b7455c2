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
 * step answers for all letters.  Where letters differ too much, the trie is,
 * for the first bytes of which that is so.
 *
 * A string whose length is bounded counts characters on the way.  Then each
 * level has the count so far, and each move how far it may go; how near that
 * came to a bound is a condition of the mask.
 *
 * What is done to the stack (a rule that is complete, a quote that ends the
 * string) gives the states behind it another ground: a configuration in which
 * they replace the state.  It is done once for a state and a byte, and what the
 * trace notes then holds for all nodes; grounds that are equal are one.
 *
 *     grounds     0: from   1: its level closed   2: a rule begun on 1 ...
 *     states      s@0  t@0  t@1 ...               numbers are of such pairs
 *
 * What needs more than that (a key that begins, a count that is bounded) is
 * SLOW: those nodes are noted and walked as always afterwards.
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
        size_t size = ROOMS * sizeof *d->room[0];
        d->room[d->n] = gr_arena_take(w->env, &w->arena, size);
        if (d->room[d->n] == NULL) return GRAM_E_MEMORY;
    }
    d->to[d->n] = to;
    d->members[d->n] = d->led_to[d->n] = 0;
    *out = (uint16_t)d->n++;
    return GRAM_OK;
}

static gram_status number_of(Dense *d, StateId s, uint32_t ground,
                             uint16_t *out)
{
    uint64_t key = gr_pair(ground, s.v);
    uint32_t *known = gr_map_find(&d->numbers, key);
    if (known != NULL) return *out = (uint16_t)*known, GRAM_OK;
    GR_TRY(gr_dense_row(d, out));
    if (*out == SLOW) return GRAM_OK;
    d->state[*out] = s.v;
    d->on[*out] = (uint8_t)ground;
    return gr_map_put(d->k->w->env, &d->numbers, key, *out);
}

/* --- grounds -------------------------------------------------------------- */

/* The number of a node's level, whether the walk has come back to it or not. */
static uint32_t origin_of(const Dense *d, const GrNode *n)
{
    if (n->level.origin != GR_ORIGIN_MATCH) return n->level.origin;
    return d->from->depth - n->depth + 1;
}

/* May a level stand for `b`?  Of one that the walk has made nothing is noted,
 * so that one which was there does: what is noted of that is more than is
 * needed.  But marks are of the keys that a level has at another time. */
static bool same_level(const Dense *d, const GrLevel *a, uint32_t a_origin,
                       const GrLevel *b, uint32_t b_origin)
{
    if (memcmp(a->reg, b->reg, sizeof a->reg) != 0) return false;
    if (d->plain && b_origin == 0) return true;
    return a_origin == b_origin && a->was_set == b->was_set &&
           a->item == b->item && a->seen == b->seen;
}

static bool same_stack(const Dense *d, const GrNode *a, const GrNode *b)
{
    while (
        a != b && a != NULL && b != NULL && a->frame.v == b->frame.v &&
        same_level(d, &a->level, origin_of(d, a), &b->level, origin_of(d, b))) {
        a = a->below;
        b = b->below;
    }
    return a == b;
}

/* The ground of a configuration; DENSE_GROUNDS: there are too many. */
static uint32_t ground_of(Dense *d, const GrConfig *c)
{
    uint32_t g = 0;
    for (; g < d->n_grounds; g++) {
        const GrConfig *x = &d->ground[g];
        if (x->depth == c->depth && x->key_at == c->key_at &&
            same_level(d, &x->level, x->level.origin, &c->level,
                       c->level.origin) &&
            same_stack(d, x->stack, c->stack))
            return g;
    }
    if (g < DENSE_GROUNDS) d->ground[d->n_grounds++] = *c;
    return g;
}

/* A state as it stands in a configuration. */
static GrConfig config_of(const Dense *d, uint32_t at, uint32_t count)
{
    GrConfig c = d->ground[d->on[at]];
    c.state.v = d->state[at];
    c.level.reg[0] += count;
    return c;
}

/* A byte whose cell is an operation.  What a trace tells of one node alone, and
 * limits, are left to the walk behind; so are counts. */
static gram_status operate(Dense *d, uint32_t at, uint8_t byte, uint16_t *does)
{
    GrWork *w = d->k->w;
    GrTrace *t = d->k->run.trace;
    GrConfig c = config_of(d, at, 0);
    GrArenaMark mark = gr_arena_mark(&w->arena);
    uint32_t had = d->n_grounds, ground = DENSE_GROUNDS;
    bool alone = false;
    if (d->counted) return GRAM_OK;
    gram_status status = gr_run_byte(&d->k->run, &c, byte);
    if (t != NULL) {
        alone = t->is_volatile || t->key_entered || t->n_items > 0;
        t->is_volatile = t->key_entered = false;
        t->n_items = 0;
    }
    if (status == GRAM_OK && !alone) ground = ground_of(d, &c);
    if (d->n_grounds == had) gr_arena_release(w->env, &w->arena, mark);
    if (status == GRAM_E_REFUSED && !alone) *does = DEAD;
    if (ground < DENSE_GROUNDS) return number_of(d, c.state, ground, does);
    bool over = status == GRAM_E_LIMIT && w->env->steps > w->env->max_steps;
    return over || status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* A move that may count; *room as above.  What is over its bound already is
 * left to the walk behind. */
static gram_status move_of(Dense *d, uint32_t at, uint8_t byte, Cell cell,
                           uint16_t *does, uint32_t *room)
{
    uint32_t now = d->from->level.reg[0];
    Step step;
    if (!gr_read_step(d->k->run.pda, cell, &step))
        return operate(d, at, byte, does);
    if (step.reg != 0 && step.reg != GR_REGS) return GRAM_OK;
    if (step.reg == 0 && (!d->counted || step.hi < now)) return GRAM_OK;
    uint64_t left = step.hi == UINT32_MAX ? FREE : step.hi - now;
    *room = (uint32_t)(left < FREE ? left : (uint64_t)FREE) << 1 | step.whole;
    return number_of(d, step.to, d->on[at], does);
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
        GR_TRY(move_of(d, at, byte, cell, &does, &room));
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

static gram_status put_in_order(Dense *d, SlowNodes *v)
{
    GR_TRY(gr_vec_reserve(d->k->w->env, &d->spare, v->n));
    gr_sort_by_first(v->at, d->spare.at, v->n, sizeof *v->at);
    return GRAM_OK;
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
    for (uint32_t i = 0; i < d->later.n; i++)
        gr_subtree_bits(w->m->v, w->row, d->later.at[i].node, false);
}

static gram_status do_again(Dense *d)
{
    if (d->later.n == 0) return GRAM_OK;
    GR_TRY(put_in_order(d, &d->later));
    GR_TRY(put_in_order(d, &d->slow));
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
    GR_TRY(put_in_order(d, &d->slow));
    for (uint32_t i = 0; i < d->slow.n; i++) {
        const SlowNode *s = &d->slow.at[i];
        if (i > 0 && s->node == s[-1].node) continue;
        GrConfig c = config_of(d, s->at, s->count);
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

static gram_status walk_trie(Dense *d)
{
    for (uint32_t i = 0; i < d->by_nodes.n; i++)
        GR_TRY(gr_dense_run(d, &d->by_nodes.at[i], d->level));
    return GRAM_OK;
}

static gram_status walk(Dense *d, const uint32_t roots[8])
{
    GrWork *w = d->k->w;
    size_t room = ((size_t)w->m->v->longest + 2) * sizeof *d->level;
    uint16_t first;
    d->level = gr_arena_take(w->env, &w->arena, room);
    if (d->level == NULL) return GRAM_E_MEMORY;
    d->least = FREE;
    d->most = -FREE;
    GR_TRY(find_counted(d, roots));
    d->ground[d->n_grounds++] = *d->from;
    d->plain = gr_pda_is_plain(d->k->run.pda);
    GR_TRY(number_of(d, d->from->state, 0, &first));
    GR_TRY(gr_dense_shapes(d, roots));
    take_back(d);
    GR_TRY(do_again(d));
    GR_TRY(walk_trie(d));
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
    Dense *d = gr_resize(w->env, NULL, 0, sizeof *d);
    if (d == NULL) return GRAM_E_MEMORY;
    memset(d, 0, offsetof(Dense, to));
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
    gr_vec_clear(w->env, &d->by_nodes);
    gr_vec_clear(w->env, &d->spare);
    gr_free(w->env, d, sizeof *d);
    return status;
}
