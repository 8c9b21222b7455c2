/* The walk of a large part of the trie of tokens.
 *
 * In: a configuration and the first bytes to take.  Out: the bits of the row.
 *  Most of a string's cells only change the state.  Where a hundred
 * thousand nodes are to be visited, the states that are met get rows of 256
 * numbers, so that a node costs a load and a compare, whatever maps and cells
 * its state has:
 *
 *     to[state][byte]   a state | DEAD | SLOW | ASK: not looked at yet
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
 * Cost: some 40 instructions a node, 100 for each byte of each state. */
#include "mask/mask_int.h"

enum {
    DENSE_NODES = 1 << 15, /* from which on it pays */
    DENSE_STATES = 2048,
    FREE = INT32_MAX, /* no bound of a count; others are less */
    ASK = 0xFFFD,
    SLOW,
    DEAD
};

typedef struct Level {
    uint32_t end;   /* node behind the subtree */
    uint32_t at;    /* number of the state */
    uint32_t count; /* of characters, from the configuration on */
} Level;

typedef struct SlowNode {
    uint32_t node, at, count;
} SlowNode;

typedef struct Dense {
    Walk *k;
    const GrConfig *from;
    GrMap numbers; /* of states */
    uint32_t state[DENSE_STATES], n;
    uint16_t *to[DENSE_STATES]; /* in the arena of the work space */
    /* Where lengths are counted, of each byte: how many characters there may
     * be then, and whether it completes one, which is bit 0. */
    bool counted;
    uint32_t *room[DENSE_STATES];
    int64_t least, most; /* room left: by moves made, and by those refused */
    GrVec(SlowNode) slow;
    Level *level;
} Dense;

/* --- states --------------------------------------------------------------- */

/* SLOW where there is no room for one more. */
static gram_status number_of(Dense *d, StateId s, uint16_t *out)
{
    GrWork *w = d->k->w;
    uint32_t *known = gr_map_find(&d->numbers, s.v);
    *out = SLOW;
    if (known != NULL) return *out = (uint16_t)*known, GRAM_OK;
    if (d->n == DENSE_STATES) return GRAM_OK;
    uint16_t *to = gr_arena_take(w->env, &w->arena, 256 * sizeof *to);
    if (to == NULL) return GRAM_E_MEMORY;
    for (uint32_t b = 0; b < 256; b++) to[b] = ASK;
    if (d->counted) {
        d->room[d->n] =
            gr_arena_take(w->env, &w->arena, 256 * sizeof *d->room[0]);
        if (d->room[d->n] == NULL) return GRAM_E_MEMORY;
    }
    GR_TRY(gr_map_put(w->env, &d->numbers, s.v, d->n));
    d->state[d->n] = s.v;
    d->to[d->n] = to;
    *out = (uint16_t)d->n++;
    return GRAM_OK;
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

/* What the byte does in a state.  Where a limit keeps a cell from being filled,
 * the walk that comes behind tells so. */
static gram_status ask(Dense *d, uint32_t at, uint8_t byte)
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

/* --- walking -------------------------------------------------------------- */

/* Where a walk stands: at node i, in state `at` as long as i < end. */
typedef struct Cursor {
    uint32_t i, at, end, count, visited;
    uint32_t told; /* a node whose ids are set already */
    Level *l;      /* of the levels above */
} Cursor;

/* May a move be made?  How near to the bound it was is noted. */
static inline bool may_count(Dense *d, uint32_t room, uint32_t *count)
{
    uint32_t most = room >> 1;
    *count += room & 1;
    if (most == FREE) return true;
    int64_t left = (int64_t)most - *count;
    if (left >= 0 && left < d->least) d->least = left;
    if (left < 0 && left > d->most) d->most = left;
    return left >= 0;
}

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
        while (i >= end && l > d->level) {
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
    *c = (Cursor){i, at, end, count, c->visited + n, c->told, l};
    return more;
}

static bool stride(Dense *d, Cursor *c)
{
    return d->counted ? stride_by(d, c, true) : stride_by(d, c, false);
}

/* The subtree of a node, which the first state steps over. */
static gram_status run(Dense *d, uint32_t i)
{
    GrWork *w = d->k->w;
    const GrTrieNode *node = d->k->trie.node;
    Cursor c = {i, 0, node[i].next, 0, 0, GR_TRIE_NONE, d->level};
    while (stride(d, &c)) {
        uint32_t info = node[c.i].info, does = d->to[c.at][(uint8_t)info];
        if (does == ASK) {
            GR_TRY(ask(d, c.at, (uint8_t)info));
        } else if (does == SLOW) {
            GR_TRY(
                gr_vec_push(w->env, &d->slow, (SlowNode){c.i, c.at, c.count}));
            c.i = node[c.i].next;
        } else {
            uint32_t with = c.count;
            bool may = !d->counted ||
                       may_count(d, d->room[c.at][(uint8_t)info], &with);
            if (may) gr_node_bits(w->m->v, w->row, c.i);
            c.told = c.i;
        }
    }
    return gr_step(w->env, c.visited);
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

static gram_status walk_slow(Dense *d)
{
    GrConfig c = *d->from;
    for (uint32_t i = 0; i < d->slow.n; i++) {
        const SlowNode *s = &d->slow.at[i];
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

static gram_status walk(Dense *d, const uint32_t roots[8])
{
    GrWork *w = d->k->w;
    uint16_t first;
    size_t room = ((size_t)w->m->v->longest + 2) * sizeof *d->level;
    d->level = gr_arena_take(w->env, &w->arena, room);
    if (d->level == NULL) return GRAM_E_MEMORY;
    d->least = FREE;
    d->most = -FREE;
    GR_TRY(find_counted(d, roots));
    GR_TRY(number_of(d, d->from->state, &first));
    for (uint32_t b = 0; b < 256; b++) {
        if (gr_bit_get(roots, b)) GR_TRY(run(d, d->k->trie.root[b]));
    }
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
    gr_row_detach(w);
    gram_status status = walk(d, roots);
    gr_map_clear(w->env, &d->numbers);
    gr_vec_clear(w->env, &d->slow);
    gr_free(w->env, d, sizeof *d);
    return status;
}
