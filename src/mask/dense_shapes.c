/* The walk of the shapes of tokens: see dense.c and shapes.c.
 *
 * One step answers for all bytes of a symbol where they do the same.  Where
 * they do not, the symbol is MIXED, and then
 *
 *   joint    the walk goes on in all states that they lead to at once, as long
 *            as none is dead.  Where some are, the joint state is SPLIT, and
 *            the tokens below run by themselves from the start.
 *                [a-]  behind a letter of a class of characters a hyphen
 *                      begins a range, which may not end before it
 *                func|name  behind "fu" there may be more than behind "fx"
 *            Where some have no room for more characters, and others have, it
 *            is SPLIT as well.
 *   later    most do the same, and the bytes in front are known (symbols of
 *            one byte): the walk goes on as if all did, and the subtrees of
 *            the other bytes are done again, in the trie
 *                (?!www)[a-z.]+  what begins with w
 *   trie     the bytes in front are known: those subtrees, one by one
 *   alone    else the tokens run by themselves from there
 *
 * What a state takes another one may take, too, and more (gr_pda_covers): the
 * beginning of a keyword all that a name does.  Then the lesser one stands for
 * both.  Alive is alive; where it is dead, its tokens run by themselves.
 *
 * Shapes that are met are bits first (dense_met.c).
 *
 * Shapes are walked by pieces, those that begin with a symbol, or with a byte
 * that is one by itself and another symbol: half of all tokens begin with a
 * space.  Where many of a piece would have to run by themselves (letters of
 * other scripts, which symbols do not tell apart), that part of the trie is
 * walked by its nodes, and no other.
 *
 * Cost: some 40 instructions a shape, 30 a token that is set or cleared, 80 one
 * that runs by itself; 70 a token of what is walked by nodes. */
#include "mask/dense.h"

enum {
    /* Tokens that run by themselves, of those of a piece; nodes that are done
     * again rather than that a joint state is made: a part. */
    ALONE_PART = 4,
    AGAIN_PART = 16,
    /* States that are walked on in at once: in grammars; where cells are dear
     * and nothing is known of what covers what */
    JOINT_MOST = 64,
    JOINT_FEW = 8
};

/* --- symbols -------------------------------------------------------------- */

static bool is_same(const Dense *d, uint32_t at, uint8_t a, uint8_t b)
{
    return d->to[at][a] == d->to[at][b] &&
           (!d->counted || d->room[at][a] == d->room[at][b]);
}

/* Does the class do no more than a step?  What an operation does may depend on
 * the byte. */
static bool is_step(Dense *d, const WalkLevel *l, uint32_t cls)
{
    Cell cell = {GR_CELL_DEAD};
    Step step;
    if (cls != 0)
        cell.v = atomic_load_explicit(&l->row[cls], memory_order_acquire);
    return cell.v == GR_CELL_DEAD ||
           (cell.v != GR_CELL_EMPTY && gr_cell_step(d->k->w, cell, &step));
}

/* What a byte does, and with it those of its symbol and class behind it: most
 * symbols of many bytes are of one class. */
static gram_status ask_class(Dense *d, uint32_t at, uint8_t byte)
{
    uint16_t *to = d->to[at];
    uint32_t symbol = d->k->w->m->tables->shapes.of[byte];
    WalkLevel l;
    GR_TRY(gr_dense_ask(d, at, byte));
    row_ref(d->k->w, (StateId){d->state[at]}, &l);
    if (!is_step(d, &l, l.map[byte])) return GRAM_OK;
    for (uint32_t b = byte + 1u; b < gr_symbol_first[symbol + 1]; b++) {
        if (l.map[b] != l.map[byte]) break;
        to[b] = to[byte];
        if (d->counted) d->room[at][b] = d->room[at][byte];
    }
    return GRAM_OK;
}

static gram_status ask_byte(Dense *d, uint32_t at, uint8_t byte)
{
    return d->to[at][byte] == ASK ? ask_class(d, at, byte) : GRAM_OK;
}

/* What all bytes of a symbol do, counts and all. */
static gram_status ask_plain(Dense *d, uint32_t at, uint32_t symbol)
{
    uint32_t first = gr_symbol_first[symbol], end = gr_symbol_first[symbol + 1];
    uint16_t *to = d->to[at];
    bool same = true;
    for (uint32_t b = first; b < end && same; b++) {
        GR_TRY(ask_byte(d, at, (uint8_t)b));
        same = is_same(d, at, (uint8_t)b, (uint8_t)first);
    }
    to[SYMBOLS + symbol] = same ? to[first] : MIXED;
    if (d->counted) {
        d->room[at][SYMBOLS + symbol] = d->room[at][first];
        d->room[at][MOVES + symbol] = d->room[at][first];
    }
    return gr_step(d->k->w->env, 1);
}

/* --- joint states --------------------------------------------------------- */

/* Where bytes of a symbol lead to. */
typedef struct Targets {
    uint32_t at[JOINT_MOST + 1], n; /* ascending, each once; or see `exact` */
    uint32_t turn;                  /* in Dense.led_to, of those that are met */
    uint32_t least, most;           /* room */
    bool exact;     /* else each state that is led to takes what one of these
                       takes, at least */
    bool some_dead; /* bytes */
    bool apart;     /* too many, or not with one count, or not known */
} Targets;

static bool covers(const Dense *d, uint32_t a, uint32_t b)
{
    return d->plain && !d->counted && d->on[a] == d->on[b] &&
           gr_pda_covers(d->k->run.pda, (StateId){d->state[a]},
                         (StateId){d->state[b]});
}

/* What takes as much as another is left out. */
static void add_state(Dense *d, Targets *t, uint32_t state)
{
    uint32_t kept = 0, i = 0;
    if (d->led_to[state] == t->turn) return;
    d->led_to[state] = t->turn;
    for (; d->plain && i < t->n; i++) {
        if (covers(d, state, t->at[i])) {
            t->exact = false;
            return;
        }
        if (covers(d, t->at[i], state))
            t->exact = false;
        else
            t->at[kept++] = t->at[i];
    }
    if (d->plain) t->n = kept;
    for (i = t->n; i > 0 && t->at[i - 1] > state; i--) t->at[i] = t->at[i - 1];
    t->at[i] = state;
    t->apart |= ++t->n > (d->plain ? JOINT_MOST : JOINT_FEW);
}

/* The members of a joint state, or itself. */
static const uint32_t *members_of(const Dense *d, const uint32_t *at,
                                  uint32_t *n, bool *exact)
{
    *n = 1;
    *exact = true;
    if (d->members[*at] == 0) return at;
    const uint32_t *of = gr_intern_get(&d->joints, d->members[*at] - 1, n);
    *exact = *of;
    --*n;
    return of + 1;
}

/* Of states that have come as far, some have more room than others: one may be
 * nearer to its end. */
static void widen(Targets *t, uint32_t room)
{
    t->apart |= (t->least ^ room) & 1;
    if (room < t->least) t->least = room;
    if (room > t->most) t->most = room;
}

static void add_target(Dense *d, Targets *t, uint32_t does, uint32_t room)
{
    uint32_t n;
    bool exact;
    t->some_dead |= does == DEAD;
    t->apart |= does >= ASK && does != DEAD;
    if (does >= ASK) return;
    if (t->n == 0) t->least = t->most = room;
    widen(t, room);
    const uint32_t *of = members_of(d, &does, &n, &exact);
    t->exact &= exact;
    for (uint32_t i = 0; i < n && !t->apart; i++) add_state(d, t, of[i]);
}

/* Of a state, not of a joint one. */
static gram_status add_targets(Dense *d, uint32_t at, uint32_t symbol,
                               Targets *t)
{
    const uint16_t *to = d->to[at];
    const uint32_t *room = d->counted ? d->room[at] : NULL;
    uint32_t b = SYMBOLS + symbol, end = b + 1;
    if (to[b] == ASK) GR_TRY(ask_plain(d, at, symbol));
    if (to[b] == MIXED) {
        b = gr_symbol_first[symbol];
        end = gr_symbol_first[symbol + 1];
    }
    for (uint32_t last = SPLIT; b < end && !t->apart; b++) {
        if (b < SYMBOLS) GR_TRY(ask_byte(d, at, (uint8_t)b));
        if (to[b] == last && room == NULL) continue; /* as the byte before */
        last = to[b];
        add_target(d, t, last, room ? room[b] : 0);
        if (room && b >= SYMBOLS && to[b] < ASK) widen(t, room[MOVES + symbol]);
    }
    return gr_step(d->k->w->env, 1);
}

/* What they come to: a state, a joint one, DEAD; SPLIT where some are dead. */
static gram_status join(Dense *d, const Targets *t, uint16_t *out)
{
    uint32_t id, key[JOINT_MOST + 1] = {t->exact};
    bool is_new, split = t->apart || (t->some_dead && (t->n > 0 || !t->exact));
    *out = split ? SPLIT : t->n == 0 ? DEAD : (uint16_t)t->at[0];
    if (split || t->n == 0 || (t->n == 1 && t->exact)) return GRAM_OK;
    memcpy(key + 1, t->at, t->n * sizeof *key);
    GR_TRY(gr_intern(d->k->w->env, &d->joints, key, t->n + 1, &id, &is_new));
    if (!is_new) return *out = d->joint.at[id], GRAM_OK;
    GR_TRY(gr_dense_row(d, out));
    if (*out != SLOW) d->members[*out] = id + 1;
    return gr_vec_push(d->k->w->env, &d->joint, *out);
}

static void put_room(Dense *d, uint32_t at, uint32_t symbol, const Targets *t)
{
    d->room[at][SYMBOLS + symbol] = t->least;
    d->room[at][MOVES + symbol] = t->most;
}

/* Of all its members. */
static gram_status ask_joint(Dense *d, uint32_t at, uint32_t symbol)
{
    uint32_t n;
    Targets t = {.turn = ++d->turn};
    const uint32_t *of = members_of(d, &at, &n, &t.exact);
    for (uint32_t i = 0; i < n && !t.apart; i++)
        GR_TRY(add_targets(d, of[i], symbol, &t));
    if (d->counted) put_room(d, at, symbol, &t);
    return join(d, &t, &d->to[at][SYMBOLS + symbol]);
}

static gram_status ask_symbol(Dense *d, uint32_t at, uint32_t symbol)
{
    return d->members[at] != 0 ? ask_joint(d, at, symbol)
                               : ask_plain(d, at, symbol);
}

/* --- walking shapes ------------------------------------------------------- */

/* Does some state have room for a move that not all have room for? */
static bool may_some(const Dense *d, uint32_t at, uint32_t symbol,
                     uint32_t count)
{
    uint32_t most = d->room[at][MOVES + symbol];
    return count + (most & 1) <= most >> 1;
}

/* On to a node that needs more than its tokens' bits; false at the end.  There
 * is a level for each node on the path, so that they tell its depth. */
static inline bool pace_by(Dense *d, Cursor *c, bool counted)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    const uint16_t *to = d->to[c->at] + SYMBOLS;
    uint32_t *met = d->met, n = 0;
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
            if (does != DEAD && may_some(d, at, k, count)) break;
            i = next;
            continue;
        }
        gr_bit_set(met, i);
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
static gram_status run_token(Dense *d, uint32_t token, uint32_t at,
                             uint32_t count, uint32_t i)
{
    GrWork *w = d->k->w;
    uint32_t len;
    const char *p = gr_vocab_bytes(w->m->v, token, &len);
    for (; i < len; i++) {
        uint8_t b = (uint8_t)p[i];
        if (d->to[at][b] == ASK) GR_TRY(gr_dense_ask(d, at, b));
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
 * few: a byte of the list is a token, or part of one.  From there on, or from
 * the start where it is not known which state that is. */
static gram_status run_tokens(Dense *d, Cursor *c, uint32_t depth)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t end = s->node[c->i].next, at = c->at, count = c->count;
    d->alone += s->node[end].list - s->node[c->i].list;
    if (d->members[at] != 0) at = count = depth = 0;
    for (; c->i < end && d->alone <= d->alone_most; c->i++) {
        const uint8_t *list = s->list + s->node[c->i].list;
        const uint8_t *last = s->list + s->node[c->i + 1].list;
        for (uint32_t id = 0; list < last; c->visited++) {
            id = gr_shape_token(&list, id);
            GR_TRY(run_token(d, id, at, count, depth));
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
    for (uint32_t k = 0; k < depth; k++)
        if (gr_symbol_size(s->of[(uint8_t)p[k]]) > 1) return false;
    if (depth > 0) {
        i = gr_vocab_node(v, p, depth);
        end = v->node[i++].next;
    }
    for (; i < end; i = v->node[i].next) {
        if (s->of[gr_trie_byte(&v->node[i])] != s->symbol[c->i]) continue;
        out->node[out->n++] = i;
        out->nodes += v->node[i].next - i;
    }
    return true;
}

/* The first byte that does what those of most nodes do; how many those are.
 * Bytes do few different things. */
static uint8_t find_most(const Dense *d, const Cursor *c, const Branches *b,
                         uint32_t *most)
{
    const GrTrieNode *node = d->k->trie.node;
    uint8_t first[GR_SYMBOL_BYTES] = {0};
    uint32_t nodes[GR_SYMBOL_BYTES] = {0}, n = 0, best = 0;
    for (uint32_t i = 0, k; i < b->n; i++) {
        uint8_t byte = gr_trie_byte(&node[b->node[i]]);
        for (k = 0; k < n && !is_same(d, c->at, first[k], byte);) k++;
        if (k == n) first[n++] = byte;
        nodes[k] += node[b->node[i]].next - b->node[i];
    }
    for (uint32_t k = 1; k < n; k++)
        if (nodes[k] > nodes[best]) best = k;
    *most = nodes[best];
    return first[best];
}

/* As `byte` does, as if all bytes did. */
static void follow(Dense *d, Cursor *c, uint8_t byte)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t at = d->to[c->at][byte], count = c->count, i = c->i;
    uint32_t next = s->node[i].next;
    c->i = next;
    if (d->counted && !may_count(d, d->room[c->at][byte], &count)) return;
    gr_bit_set(d->met, i);
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
        if (d->to[at][byte] == ASK) GR_TRY(gr_dense_ask(d, at, byte));
    }
    return GRAM_OK;
}

/* As most do, if the others are so small a part of the nodes, at most; *done
 * is false where they are more. */
static gram_status branch_off(Dense *d, Cursor *c, const Branches *b,
                              uint32_t part, bool *done)
{
    uint32_t most, at = c->at;
    GR_TRY(ask_branches(d, at, b));
    uint8_t byte = find_most(d, c, b, &most);
    *done = most > b->nodes - b->nodes / part && d->to[at][byte] < ASK;
    for (uint32_t i = 0; i < b->n && *done; i++) {
        SlowNode s = {b->node[i], at, c->count};
        if (!is_same(d, at, byte, gr_trie_byte(&d->k->trie.node[s.node])))
            GR_TRY(gr_vec_push(d->k->w->env, &d->later, s));
    }
    if (*done) follow(d, c, byte);
    return GRAM_OK;
}

static gram_status run_branches(Dense *d, Cursor *c, const Branches *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        SlowNode s = {b->node[i], c->at, c->count};
        GR_TRY(gr_dense_run(d, &s, c->l));
    }
    c->i = d->k->w->m->tables->shapes.node[c->i].next;
    return GRAM_OK;
}

/* What a symbol of a state that is none leads to, for the next time as well. */
static gram_status try_joint(Dense *d, uint32_t at, uint32_t symbol, bool *done)
{
    Targets t = {.turn = ++d->turn, .exact = true};
    uint16_t joint;
    GR_TRY(add_targets(d, at, symbol, &t));
    GR_TRY(join(d, &t, &joint));
    *done = joint < ASK;
    if (*done && d->counted) put_room(d, at, symbol, &t);
    if (*done) d->to[at][SYMBOLS + symbol] = joint;
    return GRAM_OK;
}

/* A shape whose symbol is not one step. */
static gram_status part(Dense *d, Cursor *c)
{
    uint32_t symbol = d->k->w->m->tables->shapes.symbol[c->i];
    uint32_t depth = (uint32_t)(c->l - d->level);
    bool mixed = d->to[c->at][SYMBOLS + symbol] == MIXED;
    bool known = false, done = false;
    Branches b;
    if (d->members[c->at] == 0) known = find_branches(d, c, depth, &b);
    if (known && mixed) GR_TRY(branch_off(d, c, &b, AGAIN_PART, &done));
    if (!done && mixed) GR_TRY(try_joint(d, c->at, symbol, &done));
    if (!done && known && mixed) GR_TRY(branch_off(d, c, &b, 2, &done));
    if (done) return GRAM_OK;
    return known ? run_branches(d, c, &b) : run_tokens(d, c, depth);
}

/* A shape and what is below it: the tokens that have come to state `at` behind
 * `depth` bytes, and go on with a byte of its symbol. */
typedef struct Piece {
    uint32_t i, depth, at, count;
} Piece;

static gram_status run_shapes(Dense *d, const Piece *p)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    Level *l = d->level + p->depth;
    Cursor c = {p->i, p->at, s->node[p->i].next, p->count, 0, 0, l, l};
    while (d->alone <= d->alone_most && pace(d, &c)) {
        uint32_t symbol = s->symbol[c.i];
        if (d->to[c.at][SYMBOLS + symbol] == ASK)
            GR_TRY(ask_symbol(d, c.at, symbol));
        else
            GR_TRY(part(d, &c));
    }
    return gr_step(d->k->w->env, c.visited);
}

/* --- all of it ------------------------------------------------------------ */

/* What is set until it gives up is right all the same. */
static gram_status run_piece(Dense *d, const Piece *p, bool *done)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    const ShapeNode *node = &s->node[p->i];
    d->alone = 0;
    d->alone_most = (s->node[node->next].list - node->list) / ALONE_PART;
    GR_TRY(run_shapes(d, p));
    *done = d->alone <= d->alone_most;
    return GRAM_OK;
}

/* What follows one byte, which has led to the state, by nodes where that takes
 * less. */
static gram_status run_behind(Dense *d, uint32_t root, const Piece *p)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    const GrTrieNode *node = d->k->trie.node;
    bool done;
    GR_TRY(run_piece(d, p, &done));
    for (uint32_t i = root + 1; i < node[root].next && !done; i = node[i].next)
        if (s->of[gr_trie_byte(&node[i])] == s->symbol[p->i])
            GR_TRY(gr_vec_push(d->k->w->env, &d->by_nodes,
                               (SlowNode){i, p->at, p->count}));
    return GRAM_OK;
}

/* A byte that is a symbol by itself: what may follow it are pieces, so that the
 * half of all tokens that a space begins is not one. */
static gram_status walk_byte(Dense *d, uint32_t i, uint8_t byte)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t root = d->k->trie.root[byte], count = 0;
    if (d->to[0][byte] == ASK) GR_TRY(gr_dense_ask(d, 0, byte));
    uint32_t does = d->to[0][byte];
    if (does == SLOW)
        return gr_vec_push(d->k->w->env, &d->by_nodes, (SlowNode){root, 0, 0});
    if (does == DEAD || (d->counted && !may_count(d, d->room[0][byte], &count)))
        return GRAM_OK;
    gr_bit_set(d->met, i);
    for (uint32_t j = i + 1; j < s->node[i].next; j = s->node[j].next)
        GR_TRY(run_behind(d, root, &(Piece){j, 1, does, count}));
    return GRAM_OK;
}

/* Of the tokens that begin with a symbol, those that begin with `roots`: all,
 * but for what is dead, or by the nodes of the trie. */
static gram_status walk_root(Dense *d, uint32_t i, const uint32_t roots[8])
{
    const uint32_t *root = d->k->trie.root;
    uint32_t symbol = d->k->w->m->tables->shapes.symbol[i];
    uint32_t first = gr_symbol_first[symbol], end = gr_symbol_first[symbol + 1];
    bool any = false, all = true;
    for (uint32_t b = first; b < end; b++) any |= gr_bit_get(roots, b);
    if (any && end == first + 1) return walk_byte(d, i, (uint8_t)first);
    for (uint32_t b = first; any && all && b < end; b++) {
        if (gr_bit_get(roots, b) || root[b] == GR_TRIE_NONE) continue;
        if (d->to[0][b] == ASK) GR_TRY(gr_dense_ask(d, 0, (uint8_t)b));
        all = d->to[0][b] == DEAD;
    }
    if (any && all) GR_TRY(run_piece(d, &(Piece){.i = i}, &all));
    for (uint32_t b = first; any && !all && b < end; b++)
        if (gr_bit_get(roots, b))
            GR_TRY(gr_vec_push(d->k->w->env, &d->by_nodes,
                               (SlowNode){root[b], 0, 0}));
    return GRAM_OK;
}

gram_status gr_dense_shapes(Dense *d, const uint32_t roots[8])
{
    GrWork *w = d->k->w;
    const Shapes *s = &w->m->tables->shapes;
    size_t words = s->n_nodes / 32 + (size_t)1, size = words * sizeof *d->met;
    d->met = gr_arena_take(w->env, &w->arena, size);
    if (d->met == NULL) return GRAM_E_MEMORY;
    memset(d->met, 0, size);
    for (uint32_t i = 0; i < s->n_nodes; i = s->node[i].next)
        GR_TRY(walk_root(d, i, roots));
    return gr_dense_met(d);
}
