/* The walk of a large part of the trie of tokens.
 *
 * In: a configuration and the first bytes to take.  Out: the bits of the row.
 *  Most of a string's cells only change the state.  Where a hundred
 * thousand nodes are to be visited, the states that are met get rows of
 * numbers, so that a node costs a load and a compare, whatever maps and cells
 * its state has:
 *
 *     to[state][byte]   a state | DEAD | SLOW | ASK: not looked at yet
 *     by[state][symbol] the same, or MIXED: not one for all bytes of the symbol
 *
 * It is not tokens that are walked but their shapes (shapes.c), as long as all
 * bytes of a symbol do the same: then one step is one of all tokens that have
 * that shape so far, a tenth as many.  Where they do not, but most of them do,
 * and the bytes in front are known (symbols of one byte), the walk goes on as
 * if all did, and subtrees of the other bytes are put right afterwards.
 *
 *     ^(?!www)[a-z.]+$     a   MIXED: what begins with w is done again
 *                        . a   one step for all letters
 *                        9     dead
 *
 * Where most do not, those subtrees of the trie are walked one by one; where
 * the bytes in front are not known, the tokens run by themselves from there.
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
 * Cost: some 40 instructions a shape and 8 a token of it, or 40 a node of the
 * trie; 400 for each class of each state. */
#include "base/sort.h"
#include "mask/mask_int.h"

enum {
    DENSE_NODES = 1 << 15, /* from which on it pays */
    DENSE_STATES = 2048,
    DENSE_ALONE = 2048, /* tokens that run by themselves, about */
    FREE = INT32_MAX,   /* no bound of a count; others are less */
    ASK = 0xFFFC,
    MIXED, /* of symbols */
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
    /* In the arena of the work space: of 256 bytes, and behind them of the
     * symbols. */
    uint16_t *to[DENSE_STATES];
    /* Where lengths are counted, of each byte: how many characters there may
     * be then, and whether it completes one, which is bit 0. */
    bool counted;
    uint32_t *room[DENSE_STATES];
    int64_t least, most; /* room left: by moves made, and by those refused */
    GrVec(SlowNode) slow, later; /* later: done again */
    uint32_t alone;              /* tokens that ran by themselves */
    Level *level;
} Dense;

/* --- states --------------------------------------------------------------- */

enum { SYMBOLS = 256, MOVES = SYMBOLS + GR_SYMBOLS }; /* of a row */

/* SLOW where there is no room for one more. */
static gram_status number_of(Dense *d, StateId s, uint16_t *out)
{
    GrWork *w = d->k->w;
    uint32_t *known = gr_map_find(&d->numbers, s.v);
    *out = SLOW;
    if (known != NULL) return *out = (uint16_t)*known, GRAM_OK;
    if (d->n == DENSE_STATES) return GRAM_OK;
    uint16_t *to = gr_arena_take(w->env, &w->arena, MOVES * sizeof *to);
    if (to == NULL) return GRAM_E_MEMORY;
    for (uint32_t b = 0; b < MOVES; b++) to[b] = ASK;
    if (d->counted) {
        d->room[d->n] =
            gr_arena_take(w->env, &w->arena, MOVES * sizeof *d->room[0]);
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

static bool is_same(const Dense *d, uint32_t at, uint8_t a, uint8_t b)
{
    return d->to[at][a] == d->to[at][b] &&
           (!d->counted || d->room[at][a] == d->room[at][b]);
}

/* What all bytes of a symbol do, counts and all, or MIXED. */
static gram_status ask_symbol(Dense *d, uint32_t at, uint32_t symbol)
{
    uint32_t first = gr_symbol_first[symbol], end = gr_symbol_first[symbol + 1];
    uint16_t *to = d->to[at];
    bool same = true;
    for (uint32_t b = first; b < end && same; b++) {
        if (to[b] == ASK) GR_TRY(ask(d, at, (uint8_t)b));
        same = is_same(d, at, (uint8_t)b, (uint8_t)first);
    }
    to[SYMBOLS + symbol] = same ? to[first] : MIXED;
    if (d->counted) d->room[at][SYMBOLS + symbol] = d->room[at][first];
    return gr_step(d->k->w->env, 1);
}

/* --- walking the trie ----------------------------------------------------- */

/* Where a walk stands: at node i, in state `at` as long as i < end. */
typedef struct Cursor {
    uint32_t i, at, end, count, visited;
    uint32_t told;   /* a node whose ids are set already */
    Level *base, *l; /* of the levels above, and the first that is not one */
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

/* A node, which a state is to step over, and what is below it; `level` has
 * room for what it is above. */
static gram_status run(Dense *d, const SlowNode *s, Level *level)
{
    GrWork *w = d->k->w;
    const GrTrieNode *node = d->k->trie.node;
    Cursor c = {s->node, s->at, node[s->node].next, s->count, 0, GR_TRIE_NONE,
                level,   level};
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
            if (may) gr_node_bits(w->m->v, w->row, c.i, true);
            c.told = c.i;
        }
    }
    return gr_step(w->env, c.visited);
}

/* --- walking shapes ------------------------------------------------------- */

/* The tokens of a shape into the row; how many they are. */
static inline uint32_t put_list(const Shapes *s, uint32_t *row, uint32_t i)
{
    const uint8_t *list = s->list + s->node[i].list;
    const uint8_t *last = s->list + s->node[i + 1].list;
    uint32_t n = 0;
    for (uint32_t id = 0; list < last; n++) {
        id = gr_shape_token(&list, id);
        gr_bit_set(row, id);
    }
    return n;
}

/* On to a node that needs more than its tokens' bits; false at the end.  There
 * is a level for each node on the path, so that they tell its depth. */
static inline bool pace_by(Dense *d, Cursor *c, bool counted)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    const uint16_t *to = d->to[c->at] + SYMBOLS;
    uint32_t *row = d->k->w->row, n = 0;
    uint32_t i = c->i, at = c->at, end = c->end, count = c->count;
    Level *l = c->l;
    bool more = true;
    for (;; n++) {
        while (i >= end && l > c->base) {
            end = (--l)->end;
            at = l->at;
            count = l->count;
            to = d->to[at] + SYMBOLS;
        }
        more = i < end;
        if (!more) break;
        uint32_t next = s->node[i].next, with = count, k = s->symbol[i];
        uint32_t does = to[k];
        if (does >= ASK && does != DEAD) break;
        if (does == DEAD ||
            (counted && !may_count(d, d->room[at][SYMBOLS + k], &with))) {
            i = next;
            continue;
        }
        n += put_list(s, row, i);
        if (++i == next) continue;
        *l++ = (Level){end, at, count};
        end = next;
        at = does;
        count = with;
        to = d->to[at] + SYMBOLS;
    }
    *c = (Cursor){i, at, end, count, c->visited + n, c->told, c->base, l};
    return more;
}

static bool pace(Dense *d, Cursor *c)
{
    return d->counted ? pace_by(d, c, true) : pace_by(d, c, false);
}

/* The node of the trie with these bytes is walked as always, later. */
static gram_status note_slow(Dense *d, const char *p, uint32_t n, uint32_t at,
                             uint32_t count)
{
    uint32_t node = gr_vocab_node(d->k->w->m->v, p, n);
    return gr_vec_push(d->k->w->env, &d->slow, (SlowNode){node, at, count});
}

/* A token by itself, from byte `i` on. */
static gram_status run_token(Dense *d, uint32_t token, const Cursor *c,
                             uint32_t i)
{
    GrWork *w = d->k->w;
    uint32_t len, at = c->at, count = c->count;
    const char *p = gr_vocab_bytes(w->m->v, token, &len);
    for (; i < len; i++) {
        uint8_t b = (uint8_t)p[i];
        if (d->to[at][b] == ASK) GR_TRY(ask(d, at, b));
        uint32_t does = d->to[at][b];
        if (does == SLOW) return note_slow(d, p, i + 1, at, count);
        if (does == DEAD ||
            (d->counted && !may_count(d, d->room[at][b], &count)))
            return GRAM_OK;
        at = does;
    }
    gr_bit_set(w->row, token);
    return GRAM_OK;
}

/* The tokens of a shape, and of those below it, one by one, as long as they are
 * few: a byte of the list is a token, or part of one. */
static gram_status run_tokens(Dense *d, Cursor *c, uint32_t depth)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t end = s->node[c->i].next;
    d->alone += s->node[end].list - s->node[c->i].list;
    for (; c->i < end && d->alone <= DENSE_ALONE; c->i++) {
        const uint8_t *list = s->list + s->node[c->i].list;
        const uint8_t *last = s->list + s->node[c->i + 1].list;
        for (uint32_t id = 0; list < last; c->visited++) {
            id = gr_shape_token(&list, id);
            GR_TRY(run_token(d, id, c, depth - 1));
        }
    }
    return GRAM_OK;
}

/* --- symbols whose bytes differ ------------------------------------------- */

/* The nodes of the trie whose bytes are of one symbol, behind known ones. */
typedef struct Branches {
    uint32_t node[GR_SYMBOL_BYTES], n;
    uint32_t nodes; /* in their subtrees */
} Branches;

/* Tokens of one shape share the bytes in front if each is a symbol by itself.
 * Any of them tells; the first of a list is written as it is. */
static bool find_branches(const Dense *d, const Cursor *c, uint32_t depth,
                          Branches *out)
{
    const GrVocab *v = d->k->w->m->v;
    const Shapes *s = &d->k->w->m->tables->shapes;
    const uint8_t *list = s->list + s->node[c->i].list;
    uint32_t len, i = 0, end = v->n_nodes;
    const char *p = gr_vocab_bytes(v, gr_shape_token(&list, 0), &len);
    *out = (Branches){.n = 0};
    for (uint32_t k = 0; k + 1 < depth; k++)
        if (gr_symbol_size(s->of[(uint8_t)p[k]]) > 1) return false;
    if (depth > 1) {
        i = gr_vocab_node(v, p, depth - 1);
        end = v->node[i++].next;
    }
    for (; i < end; i = v->node[i].next) {
        if (s->of[gr_trie_byte(&v->node[i])] != s->symbol[c->i]) continue;
        out->node[out->n++] = i;
        out->nodes += v->node[i].next - i;
    }
    return true;
}

/* The byte that does what those of most nodes do; how many those are. */
static uint8_t find_most(const Dense *d, const Cursor *c, const Branches *b,
                         uint32_t *most)
{
    const GrTrieNode *node = d->k->trie.node;
    uint8_t best = 0;
    *most = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        uint8_t byte = gr_trie_byte(&node[b->node[i]]);
        uint32_t nodes = 0;
        for (uint32_t j = 0; j < b->n; j++)
            if (is_same(d, c->at, byte, gr_trie_byte(&node[b->node[j]])))
                nodes += node[b->node[j]].next - b->node[j];
        if (nodes <= *most) continue;
        *most = nodes;
        best = byte;
    }
    return best;
}

/* As `byte` does, as if all bytes did. */
static void follow(Dense *d, Cursor *c, uint8_t byte)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t at = d->to[c->at][byte], count = c->count, i = c->i;
    uint32_t next = s->node[i].next;
    c->i = next;
    if (d->counted && !may_count(d, d->room[c->at][byte], &count)) return;
    c->visited += put_list(s, d->k->w->row, i);
    if (i + 1 == next) return;
    *c->l++ = (Level){c->end, c->at, c->count};
    c->i = i + 1;
    c->end = next;
    c->at = at;
    c->count = count;
}

static gram_status ask_branches(Dense *d, uint32_t at, const Branches *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        uint8_t byte = gr_trie_byte(&d->k->trie.node[b->node[i]]);
        if (d->to[at][byte] == ASK) GR_TRY(ask(d, at, byte));
    }
    return GRAM_OK;
}

static gram_status branch(Dense *d, Cursor *c, const Branches *b)
{
    const GrTrieNode *node = d->k->trie.node;
    uint32_t most, at = c->at, count = c->count;
    GR_TRY(ask_branches(d, at, b));
    uint8_t byte = find_most(d, c, b, &most);
    bool many = most > b->nodes / 2 && d->to[at][byte] < ASK;
    for (uint32_t i = 0; i < b->n; i++) {
        SlowNode s = {b->node[i], at, count};
        bool same = is_same(d, at, byte, gr_trie_byte(&node[s.node]));
        if (!many)
            GR_TRY(run(d, &s, c->l));
        else if (!same)
            GR_TRY(gr_vec_push(d->k->w->env, &d->later, s));
    }
    if (many)
        follow(d, c, byte);
    else
        c->i = d->k->w->m->tables->shapes.node[c->i].next;
    return GRAM_OK;
}

/* A shape and what is below it, which the first state steps over. */
static gram_status run_shapes(Dense *d, uint32_t i)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    Cursor c = {i, 0, s->node[i].next, 0, 0, 0, d->level, d->level};
    Branches b;
    while (d->alone <= DENSE_ALONE && pace(d, &c)) {
        uint32_t symbol = s->symbol[c.i],
                 depth = (uint32_t)(c.l - d->level) + 1;
        if (d->to[c.at][SYMBOLS + symbol] == ASK)
            GR_TRY(ask_symbol(d, c.at, symbol));
        else if (find_branches(d, &c, depth, &b))
            GR_TRY(branch(d, &c, &b));
        else
            GR_TRY(run_tokens(d, &c, depth));
    }
    return gr_step(d->k->w->env, c.visited);
}

/* --- all of it ------------------------------------------------------------ */

/* Of the tokens that begin with a symbol, those that begin with `roots`: all,
 * but for what is dead, or one by one. */
static gram_status walk_root(Dense *d, uint32_t i, const uint32_t roots[8])
{
    const uint32_t *root = d->k->trie.root;
    uint32_t symbol = d->k->w->m->tables->shapes.symbol[i];
    uint32_t first = gr_symbol_first[symbol], end = gr_symbol_first[symbol + 1];
    bool any = false, all = true;
    for (uint32_t b = first; b < end; b++) any |= gr_bit_get(roots, b);
    for (uint32_t b = first; any && all && b < end; b++) {
        if (gr_bit_get(roots, b) || root[b] == GR_TRIE_NONE) continue;
        if (d->to[0][b] == ASK) GR_TRY(ask(d, 0, (uint8_t)b));
        all = d->to[0][b] == DEAD;
    }
    if (!any) return GRAM_OK;
    if (all) return run_shapes(d, i);
    for (uint32_t b = first; b < end; b++)
        if (gr_bit_get(roots, b))
            GR_TRY(run(d, &(SlowNode){root[b], 0, 0}, d->level));
    return GRAM_OK;
}

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
        GR_TRY(run(d, &d->later.at[i], d->level));
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
        if (gr_bit_get(roots, b)) GR_TRY(run(d, &root, d->level));
    }
    return GRAM_OK;
}

/* Where too many tokens would have to run by themselves, the trie is faster;
 * what is set already is right. */
static gram_status walk(Dense *d, const uint32_t roots[8])
{
    GrWork *w = d->k->w;
    const Shapes *s = &w->m->tables->shapes;
    size_t room = ((size_t)w->m->v->longest + 2) * sizeof *d->level;
    uint16_t first;
    d->level = gr_arena_take(w->env, &w->arena, room);
    if (d->level == NULL) return GRAM_E_MEMORY;
    d->least = FREE;
    d->most = -FREE;
    GR_TRY(find_counted(d, roots));
    GR_TRY(number_of(d, d->from->state, &first));
    for (uint32_t i = 0; i < s->n_nodes; i = s->node[i].next)
        if (d->alone <= DENSE_ALONE) GR_TRY(walk_root(d, i, roots));
    take_back(d);
    GR_TRY(d->alone > DENSE_ALONE ? walk_trie(d, roots) : do_again(d));
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
    gr_vec_clear(w->env, &d->later);
    gr_free(w->env, d, sizeof *d);
    return status;
}
