/* The mask of a state that nearly is a loop, by its difference from it.
 *
 *      key, nothing read:   "n" -> in `name`      all other bytes -> loop
 *      loop:                "n" -> loop           all other bytes -> loop
 *
 * In: configuration a in state s, and the leaf of b, which is a but for its
 * state, a loop.  Both walk the trie side by side; a subtree at whose root
 * they stand in equal configurations has equal bits and is left alone.  What
 * remains are the spellings on which they differ: a few named keys.
 *
 *     at a node    a dead       a alive
 *     b dead       leave        set it, go down
 *     b alive      clear all    the same place: leave; else set, go down
 *
 * Whatever a cell does, it does the same to two configurations that differ in
 * their states alone: below it they are equal, with all that b's leaf says of
 * it.
 *
 * The leaf of b may have marks.  Hard ones are answered from the matcher's own
 * configuration, so they hold for a as well; key marks clear what b would have
 * met, so `over` lists each token that is alive here and lies under one: it is
 * set again behind them.
 *
 * The mask depends on all that b's mask depends on, and on what a's side of
 * the walk has read: the leaf gets the conditions of both.
 *
 * What begins with bytes that only b takes is cleared at once (clear.c).
 *
 * Given up where the difference is large: a zone or a walk then takes less; and
 * ended where there is none (near_same.c). */
#include "mask/near.h"
#include "mask/zone.h"

/* Nodes to be looked at before another way is looked for, and nodes for each
 * cell of that search: it takes no more than the walk has taken.  Where that is
 * not enough, it is looked for again when the walk has become so much larger.
 */
enum { NEAR_MOST = 512, NEAR_LOOK = 16, NEAR_AGAIN = 4 };
/* Fifths of the characters of a loop that one which is nearly it may have. */
enum { FEWER = 4 };
/* Nodes whose tokens are taken away that are worth another way. */
enum { NARROW_NODES = 16384 };
/* Nodes for which it pays to count the row again, where no list is kept. */
enum { CLEAR_NODES = 1024 };
/* Nodes for which it pays to begin a walk. */
enum { ALONE_NODES = 128 };

/* First bytes: with which the loop goes on and the state does not, and with
 * which that does. */
typedef struct Roots {
    uint32_t gone[8], left[8];
    uint64_t n_gone, n_left; /* nodes below them */
    bool cleared;            /* nothing of `gone` is in the row */
} Roots;

typedef struct Near {
    Walk *k;
    GrTrace trace; /* of b, thrown away: b's leaf has its conditions */
    GrConfig b_from;
    bool watch;    /* w->touched holds tokens under marks */
    uint64_t most; /* nodes before another way is looked for */
    bool same;     /* a and b are one but for their states */
    bool is_far;
    Roots roots;
} Near;

/* --- finding the loop ----------------------------------------------------- */

/* ASCII characters of a class, which need not be built for that. */
static uint32_t n_ascii(const GrMasks *m, uint32_t cls)
{
    const ClassRef *r = class_at(m, cls);
    const Class *c = atomic_load(&r->cls);
    const uint32_t *ranges = c ? c->ranges : r->ranges;
    uint32_t n = 0, n_ranges = c ? c->n : r->n_ranges;
    for (uint32_t i = 0; i < n_ranges && ranges[2 * i] < 128; i++)
        n += (ranges[2 * i + 1] < 128 ? ranges[2 * i + 1] + 1 : 128) -
             ranges[2 * i];
    return n;
}

/* Behind the colon of a URI digits may be a port, and are a loop; but nearly
 * all that may follow is that of a longer loop, of all that a password has; and
 * what may be the name of a host may be a path, where a scheme is optional. */
static bool is_longer(const GrMasks *m, const LoopRef *own, const LoopRef *by)
{
    if (own->cls == 0) return true;
    return own->cls >= CLASS_OWN &&
           n_ascii(m, own->cls) * 5 <= n_ascii(m, by->cls) * FEWER;
}

/* Bytes that are in few names and in no syntax: where s goes on one of them
 * into a loop, that loop is what s nearly is.  Of keys and of other strings
 * the loops are different ones. */
gram_status gr_near_find(GrWork *w, StateId s, const LoopRef *own,
                         StateId *loop)
{
    static const char tries[] = "qZ~7x";
    uint32_t flags = gr_pda_get_state(w->m->pda, s)->flags;
    *loop = s;
    if (!(flags & GR_STATE_QUOTED) || w->m->flags & GR_MASK_NO_NEAR)
        return GRAM_OK;
    for (uint32_t i = 0; i + 1 < sizeof tries; i++) {
        Cell cell;
        Step step;
        LoopRef found;
        GR_TRY(gr_pda_cell(w->m->pda, s, (uint8_t)tries[i], &cell));
        if (!gr_read_step(w->m->pda, cell, &step)) continue;
        StateId to = step.to;
        GR_TRY(gr_loop_of(w, to, &found));
        uint32_t same = gr_pda_get_state(w->m->pda, to)->flags ^ flags;
        if (found.cls == 0 || same & GR_STATE_KEY) continue;
        if (!is_longer(w->m, own, &found)) continue;
        *loop = to;
        return GRAM_OK;
    }
    return GRAM_OK;
}

/* --- conditions of both --------------------------------------------------- */

/* The same question with the same answer. */
static bool knows(const GrTrace *t, const GrAsked *a)
{
    for (uint32_t i = 0; i < t->n_asked; i++)
        if (memcmp(&t->asked[i], a, sizeof *a) == 0) return true;
    return false;
}

/* Whatever the leaf depends on, this walk depends on. */
static void add_conditions(GrTrace *t, const GrMasks *m, const Leaf *leaf)
{
    const GrBox *box = array_at(&m->boxes, leaf->boxes, leaf->n_boxes);
    const GrAsked *asked = array_at(&m->asked, leaf->asked, leaf->n_asked);
    if (leaf->frames > t->frames_read) t->frames_read = leaf->frames;
    for (uint32_t i = 0; i < leaf->n_boxes; i++)
        gr_trace_note(t, box[i].level, box[i].reg, box[i].lo, box[i].hi);
    for (uint32_t i = 0; i < leaf->n_asked; i++) {
        if (knows(t, &asked[i])) continue;
        if (t->n_asked < GR_TRACE_ASKS)
            t->asked[t->n_asked++] = asked[i];
        else
            t->is_volatile = true;
    }
}

/* --- tokens under the marks of the loop ----------------------------------- */

/* As touch, of a trie of rests. */
static gram_status touch_exits(GrWork *w, const Mark *mark)
{
    const Rests *r;
    GR_TRY(gr_mark_rests(w, mark, &r));
    for (uint32_t i = mark->node; i < r->node[mark->node].next; i++) {
        uint32_t group = gr_trie_token(&r->node[i]);
        if (group == GR_TRIE_NONE) continue;
        const Group *g = &r->group[group];
        for (uint32_t j = g->start; j < g->start + g->n; j++)
            gr_bit_set(w->touched, r->exit[j].token);
    }
    return GRAM_OK;
}

/* Note the tokens below a mark. */
static gram_status touch(GrWork *w, const Mark *mark)
{
    const GrVocab *v = w->m->v;
    if (mark->cls != 0) return touch_exits(w, mark);
    for (uint32_t i = mark->node; i < v->node[mark->node].next; i++) {
        uint32_t token = gr_trie_token(&v->node[i]);
        if (token != GR_TRIE_NONE) gr_bit_set(w->touched, token);
    }
    return GRAM_OK;
}

/* Only key marks clear what b would have met. */
static gram_status touch_all(Near *n, const Leaf *below)
{
    GrWork *w = n->k->w;
    size_t words = w->m->v->mask_words;
    const Mark *mark = array_at(&w->m->marks, below->marks, below->n_marks);
    for (uint32_t i = 0; i < below->n_marks; i++) {
        if (mark[i].kind != MARK_KEY || mark[i].node == GR_TRIE_NONE) continue;
        if (w->touched == NULL) {
            w->touched = gr_zalloc(w->env, words, sizeof(uint32_t));
            if (w->touched == NULL) return GRAM_E_MEMORY;
        } else if (!n->watch) {
            memset(w->touched, 0, words * sizeof(uint32_t));
        }
        n->watch = true;
        GR_TRY(touch(w, &mark[i]));
    }
    return GRAM_OK;
}

/* --- walking side by side ------------------------------------------------- */

static bool same_level(const GrLevel *a, const GrLevel *b)
{
    return memcmp(a->reg, b->reg, sizeof a->reg) == 0 &&
           a->origin == b->origin && a->was_set == b->was_set &&
           a->seen == b->seen;
}

/* Do both differ in their states at most? */
static bool is_alike(const Pair *p)
{
    return !p->b_dead && p->a.stack == p->b.stack &&
           same_level(&p->a.level, &p->b.level);
}

/* A node of a's that is alive; the row has the tokens that b takes. */
static inline gram_status put_alive(Near *n, uint32_t node, bool b_dead)
{
    GrWork *w = n->k->w;
    uint32_t token = gr_trie_token(&n->k->trie.node[node]);
    if (token == GR_TRIE_NONE) return GRAM_OK;
    if (b_dead) GR_TRY(gr_row_put_node(w, node, true));
    if (GR_LIKELY(!n->watch || !gr_bit_get(w->touched, token))) return GRAM_OK;
    return gr_vec_push(w->env, &w->over, node);
}

/* A root whose tokens have been taken away at once. */
static bool is_cleared(const Near *n, uint32_t node)
{
    uint32_t byte = gr_trie_byte(&n->k->trie.node[node]);
    return n->roots.cleared && gr_bit_get(n->roots.gone, byte) &&
           n->k->trie.root[byte] == node;
}

/* No token of the subtree is alive. */
static gram_status clear_subtree(Near *n, uint32_t node)
{
    GrWork *w = n->k->w;
    const GrTrieNode *at = n->k->trie.node;
    uint32_t end = at[node].next;
    bool loose = w->held_base == BASE_NONE &&
                 (w->loose || end - node > CLEAR_NODES);
    if (loose) gr_row_loosen(w);
    for (uint32_t i = node; i < end; i++) {
        if (!(at[i].info & GR_TRIE_HAS)) continue;
        if (GR_UNLIKELY(at[i].info & GR_TRIE_SHARED))
            GR_TRY(gr_row_put_node(w, i, false));
        else if (loose)
            gr_bit_clear(w->row, at[i].info >> GR_TRIE_TOKEN_SHIFT);
        else
            GR_TRY(gr_row_put(w, at[i].info >> GR_TRIE_TOKEN_SHIFT, false));
    }
    return gr_step(w->env, end - node);
}

/* Step one side; b's marks are in its leaf already. */
static gram_status step_a(Near *n, Pair *p, uint8_t byte, uint32_t node,
                          bool *dead)
{
    return gr_walk_step(n->k, &p->a, byte, node, 0, dead);
}

static gram_status step_b(Near *n, Pair *p, uint8_t byte, uint32_t node)
{
    GrTrace *mine = n->k->run.trace;
    uint32_t marks = n->k->w->marks.n;
    if (p->b_dead) return GRAM_OK;
    n->k->run.trace = &n->trace;
    gram_status status = gr_walk_step(n->k, &p->b, byte, node, 0, &p->b_dead);
    n->k->run.trace = mine;
    n->k->w->marks.n = marks;
    return status;
}

/* The row at hand, so that a level needs no look-up a byte. */
static void pair_row(GrWork *w, uint32_t state, PairRow *out)
{
    WalkLevel l;
    row_ref(w, (StateId){state}, &l);
    *out = (PairRow){l.row, l.map, state};
}

/* Children of a node up to `end` are to be looked at, from these states over
 * the last pair. */
static gram_status push_level(Near *n, uint32_t end, uint32_t a, uint32_t b)
{
    GrWork *w = n->k->w;
    PairLevel l = {.end = end, .base = w->pairs.n - 1};
    pair_row(w, a, &l.a);
    if (!w->pairs.at[l.base].b_dead) pair_row(w, b, &l.b);
    return gr_vec_push(w->env, &w->pair_levels, l);
}

/* The cell of one side, filled; a limit counts as an operation, because
 * gr_walk_step knows what limits mean. */
static inline gram_status cell_of(Near *n, const PairRow *r, uint8_t byte,
                                  Cell *out)
{
    uint32_t cls = r->map ? r->map[byte] : 0;
    out->v = GR_CELL_DEAD;
    if (cls == 0) return GRAM_OK;
    out->v = atomic_load_explicit(&r->row[cls], memory_order_acquire);
    if (GR_LIKELY(out->v != GR_CELL_EMPTY)) return GRAM_OK;
    gram_status status =
        gr_pda_cell_of(n->k->run.pda, (StateId){r->state}, cls, out);
    if (status == GRAM_OK || status == GRAM_E_MEMORY) return status;
    out->v = GR_CELL_EMPTY;
    return GRAM_OK;
}

/* Where b has died all that a takes below a node is set: a walk like any other,
 * unless tokens under marks have to be noted. */
static bool is_alone(const Near *n, const Pair *p, uint32_t node)
{
    uint32_t end = n->k->trie.node[node].next;
    return p->b_dead && !n->watch && end - node > ALONE_NODES;
}

static gram_status walk_alone(Near *n, const GrConfig *a, uint32_t node)
{
    Walk alone = *n->k;
    uint32_t end = n->k->trie.node[node].next;
    alone.visited = 0;
    n->k->visited += end - node;
    return gr_walk_below(&alone, a, node, gr_walk_depth(n->k, node));
}

/* One side at least does more than change its state: step copies. */
static gram_status visit_slowly(Near *n, const PairLevel *l, uint32_t i,
                                bool *down)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = &n->k->trie.node[i];
    uint8_t byte = gr_trie_byte(node);
    bool a_dead;
    w->pairs.n = l->base + 1;
    Pair p = w->pairs.at[l->base];
    p.a.state.v = l->a.state;
    p.b.state.v = l->b.state;
    *down = false;
    GR_TRY(step_a(n, &p, byte, i, &a_dead));
    GR_TRY(step_b(n, &p, byte, i));
    if (a_dead && (p.b_dead || is_cleared(n, i))) return GRAM_OK;
    if (a_dead) return clear_subtree(n, i);
    p.alike = is_alike(&p);
    if (p.alike && p.a.state.v == p.b.state.v) return GRAM_OK;
    GR_TRY(put_alive(n, i, p.b_dead));
    if (is_alone(n, &p, i)) return walk_alone(n, &p.a, i);
    *down = true;
    if (i + 1 == node->next) return GRAM_OK;
    GR_TRY(gr_vec_push(w->env, &w->pairs, p));
    return push_level(n, node->next, p.a.state.v, p.b.state.v);
}

/* The cell of one side as it is. */
static inline uint32_t known_cell(const PairRow *r, uint8_t byte)
{
    uint32_t cls = r->map ? r->map[byte] : 0;
    return cls ? atomic_load_explicit(&r->row[cls], memory_order_acquire)
               : GR_CELL_DEAD;
}

/* From node *i of a level on, as long as nothing differs or both sides come
 * back to their states: below a loop beside a loop this is nearly all, and the
 * level stands for those below it. */
static gram_status run_level(Near *n, const PairLevel *level, uint32_t *i)
{
    const GrTrieNode *node = n->k->trie.node;
    const PairLevel l = *level;
    bool alike = n->k->w->pairs.at[l.base].alike, b_dead = l.b.map == NULL;
    uint32_t same_a = gr_cell_goto((StateId){l.a.state}).v, at = *i;
    uint32_t same_b = b_dead ? GR_CELL_DEAD
                             : gr_cell_goto((StateId){l.b.state}).v;
    uint64_t visited = n->k->visited;
    for (; at < l.end && visited < n->most; visited++) {
        uint32_t a = known_cell(&l.a, gr_trie_byte(&node[at]));
        uint32_t b = known_cell(&l.b, gr_trie_byte(&node[at]));
        uint32_t next = node[at].next;
        if (a == b && (a == GR_CELL_DEAD || (alike && a != GR_CELL_EMPTY))) {
            at = next;
            continue;
        }
        bool leaf = at + 1 == next && gr_cell_is_goto((Cell){a}) &&
                    (b_dead || gr_cell_is_goto((Cell){b}));
        if (!leaf && (a != same_a || b != same_b)) break;
        GR_TRY(put_alive(n, at++, b_dead));
    }
    n->k->visited = visited;
    *i = at;
    return GRAM_OK;
}

/* One node: *down is set where its children are to be looked at. */
static gram_status visit(Near *n, const PairLevel *l, uint32_t i, bool *down)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = &n->k->trie.node[i];
    Cell a, b;
    GR_TRY(cell_of(n, &l->a, gr_trie_byte(node), &a));
    GR_TRY(cell_of(n, &l->b, gr_trie_byte(node), &b));
    *down = false;
    n->k->visited++;
    if (a.v == GR_CELL_DEAD && (b.v == GR_CELL_DEAD || is_cleared(n, i)))
        return GRAM_OK;
    if (a.v == b.v && a.v != GR_CELL_EMPTY && w->pairs.at[l->base].alike)
        return GRAM_OK;
    if (a.v == GR_CELL_DEAD && gr_cell_is_goto(b)) return clear_subtree(n, i);
    if (!gr_cell_is_goto(a) || !(gr_cell_is_goto(b) || b.v == GR_CELL_DEAD))
        return visit_slowly(n, l, i, down);
    if (b.v == GR_CELL_DEAD && !w->pairs.at[l->base].b_dead)
        return visit_slowly(n, l, i, down);
    GR_TRY(put_alive(n, i, b.v == GR_CELL_DEAD));
    *down = true;
    if (i + 1 == node->next) return GRAM_OK;
    w->pairs.n = l->base + 1;
    return push_level(n, node->next, gr_cell_state(a).v, gr_cell_state(b).v);
}

/* So many differences that a zone is better, if s is in one; or none at all.
 * The many names of an object's keys take long to find that out, and are soon
 * walked. */
static gram_status look_ahead(Near *n, StateId a, StateId b)
{
    LoopRef own;
    Zone zone;
    ZoneAnswer answer;
    uint64_t looks = n->k->visited / NEAR_LOOK;
    GR_TRY(gr_near_same(n->k->w, a, b, n->k->visited, &n->same));
    if (n->same) return GRAM_OK;
    GR_TRY(gr_loop_of(n->k->w, a, &own));
    GR_TRY(gr_zone_of(n->k->w, a, &own,
                      looks < GR_ZONE_LOOKS ? (uint32_t)looks : GR_ZONE_LOOKS,
                      &zone, &answer));
    n->is_far = answer == ZONE_FOUND;
    n->most = answer == ZONE_UNKNOWN ? n->most * NEAR_AGAIN : UINT64_MAX;
    return GRAM_OK;
}

/* Two walks in one order: a level has the rows of both. */
static gram_status walk_pairs(Near *n, const GrConfig *a, const GrConfig *b)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = n->k->trie.node;
    Pair first = {.a = *a, .b = *b};
    first.alike = is_alike(&first);
    w->pairs.n = w->pair_levels.n = 0;
    GR_TRY(gr_vec_push(w->env, &w->pairs, first));
    GR_TRY(push_level(n, w->m->v->n_nodes, a->state.v, b->state.v));
    for (uint32_t i = 0; w->pair_levels.n > 0;) {
        /* read before there is a level more */
        const PairLevel *l = &w->pair_levels.at[w->pair_levels.n - 1];
        bool down;
        if (i >= l->end) {
            w->pair_levels.n--;
            continue;
        }
        GR_TRY(run_level(n, l, &i));
        if (i >= l->end) continue;
        GR_TRY(visit(n, l, i, &down));
        i = down ? i + 1 : node[i].next;
        if (GR_LIKELY(n->k->visited < n->most)) continue;
        GR_TRY(look_ahead(n, a->state, b->state));
        if (n->same || n->is_far) break;
    }
    return gr_step(w->env, n->k->visited);
}

/* One side in front of all tokens, and what the last of its cells comes to. */
typedef struct Front {
    const GrConfig *c;
    PairRow row;
    Cell last, does;
} Front;

static Front front_of(GrWork *w, const GrConfig *c)
{
    Front f = {.c = c, .last = {GR_CELL_DEAD}, .does = {GR_CELL_DEAD}};
    pair_row(w, c->state.v, &f.row);
    return f;
}

/* What a count refuses is dead: the walk notes that it was asked. */
static gram_status first_byte(Near *n, Front *f, uint8_t byte, bool *dead)
{
    GrRun run = n->k->run;
    uint32_t add = 0;
    Cell cell;
    GR_TRY(cell_of(n, &f->row, byte, &cell));
    if (cell.v != f->last.v) {
        run.trace = NULL;
        f->does = gr_run_count(&run, &f->c->level, cell, &add);
        f->last = cell;
    }
    *dead = f->does.v == GR_CELL_DEAD;
    return GRAM_OK;
}

/* What the first byte of a token tells: see Roots. */
static gram_status find_roots(Near *n, const GrConfig *a, const GrConfig *b)
{
    const GrVocab *v = n->k->w->m->v;
    Front at_a = front_of(n->k->w, a), at_b = front_of(n->k->w, b);
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t root = v->root[byte];
        bool a_dead, b_dead;
        if (root == GR_TRIE_NONE) continue;
        GR_TRY(first_byte(n, &at_a, (uint8_t)byte, &a_dead));
        GR_TRY(first_byte(n, &at_b, (uint8_t)byte, &b_dead));
        if (!a_dead) {
            n->roots.n_left += v->node[root].next - root;
            gr_bit_set(n->roots.left, byte);
        } else if (!b_dead) {
            n->roots.n_gone += v->node[root].next - root;
            gr_bit_set(n->roots.gone, byte);
        }
    }
    return GRAM_OK;
}

/* Are tokens of the loop that the state has not, by their first byte, more than
 * those it may have?  Then they are walked, and not taken away.  Those of the
 * root that has most are a row. */
static bool is_narrow(const Near *n)
{
    const GrTrieNode *node = n->k->w->m->v->node;
    uint32_t crowd = n->k->w->m->tables->crowd;
    uint64_t gone = n->roots.n_gone, most = 2 * n->roots.n_left + NARROW_NODES;
    if (gone <= most) return false;
    if (gr_bit_get(n->roots.gone, gr_trie_byte(&node[crowd])))
        gone -= node[crowd].next - crowd;
    return gone > most;
}

/* What is little is taken away by the walk, token by token. */
static gram_status clear_roots(Near *n)
{
    n->roots.cleared = n->roots.n_gone > CLEAR_NODES;
    return n->roots.cleared
               ? gr_row_clear_roots(n->k->w, n->roots.gone, n->roots.left)
               : GRAM_OK;
}

/* The row starts as the mask of b.  Marks and `over` of a walk that is given
 * up are forgotten. */
gram_status gr_near_mask(Walk *k, const GrConfig *walk, StateId loop,
                         const Leaf *below, bool *done)
{
    GrWork *w = k->w;
    Near n = {.k = k, .most = NEAR_MOST};
    GrConfig b;
    *done = false;
    n.b_from = *k->run.trace->from;
    n.b_from.state = loop;
    gr_trace_start(&n.trace, &n.b_from, &b);
    GR_TRY(find_roots(&n, walk, &b));
    if (is_narrow(&n)) return GRAM_OK;
    add_conditions(k->run.trace, w->m, below);
    if (k->run.trace->is_volatile) return GRAM_OK;
    GR_TRY(gr_row_load(w, below->mask));
    k->first = 0; /* marks are told how deep they are */
    k->first_depth = 1;
    GrArenaMark mark = gr_arena_mark(&w->arena);
    uint32_t marks = w->marks.n;
    gram_status status = clear_roots(&n);
    if (status == GRAM_OK) status = touch_all(&n, below);
    if (status == GRAM_OK) status = walk_pairs(&n, walk, &b);
    gr_arena_release(w->env, &w->arena, mark);
    k->visited = 0;
    *done = status == GRAM_OK && !n.is_far;
    if (n.is_far) w->marks.n = marks;
    if (n.is_far) w->over.n = 0;
    return status;
}
