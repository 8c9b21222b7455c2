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
 * set again behind them.  A leaf that has another's marks below its own is b
 * where it has none itself and none of those clears: a gets them then.
 *
 * The mask depends on all that b's mask depends on, and on what a's side of
 * the walk has read: the leaf gets the conditions of both.
 *
 * What begins with bytes that only b takes is cleared at once (clear.c), and
 * what begins with those that only a takes is walked at the end, all of it at
 * once.
 *
 * Given up where the difference is large: a zone or a walk then takes less,
 * which is asked long before as much has been looked at; and
 * ended where there is none (near_same.c). */
#include "mask/near.h"
#include "mask/zone.h"

/* Fifths of the characters of a loop that one which is nearly it may have. */
enum { FEWER = 4 };
/* Nodes to be looked at before another way is looked for. */
enum { NEAR_MOST = 512 };
/* Nodes whose tokens are taken away that are worth another way; and those that
 * are taken away at once. */
enum { NARROW_NODES = 16384, GONE_NODES = 1024 };
/* Nodes that a state has more than the loop for which the latter is no help,
 * where it is walked itself; below fewer a first byte is not looked at. */
enum { MORE_NODES = 4096, HEADS_LEAST = 256 };
/* Levels below nodes at which states change: as many as a walk of shapes is
 * worth; those after which it is first asked how many they will be, and as how
 * many that is too much, where states change here and there. */
enum { MOVES_MOST = 4096, MOVES_LEAST = 256, FAR_MOVES = 2 * MOVES_MOST };
/* The same where the loop is at hand: half of what a space heads. */
enum { ALONE_MOST = 65536 };

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

/* Nodes below the first bytes that one state takes and another does not; the
 * many bytes that head few count for nothing. */
static gram_status count_more(GrWork *w, StateId s, StateId than, uint64_t *n)
{
    const GrVocab *v = w->m->v;
    *n = 0;
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t root = v->root[b];
        Cell a, t = {GR_CELL_DEAD};
        if (root == GR_TRIE_NONE || v->node[root].next - root < HEADS_LEAST)
            continue;
        GR_TRY(gr_cell_at(w, than, (uint8_t)b, &t));
        if (t.v != GR_CELL_DEAD) continue;
        GR_TRY(gr_cell_at(w, s, (uint8_t)b, &a));
        if (a.v != GR_CELL_DEAD) *n += v->node[root].next - root;
    }
    return GRAM_OK;
}

gram_status gr_near_is_vain(GrWork *w, const GrConfig *c,
                            const GrConfig *at_loop, const LoopRef *loop,
                            bool *vain)
{
    uint64_t more;
    *vain = false;
    GR_TRY(count_more(w, c->state, at_loop->state, &more));
    return more > MORE_NODES ? gr_loop_is_walked(w, loop, at_loop, vain)
                             : GRAM_OK;
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
void gr_near_conditions(GrTrace *t, const GrMasks *m, const Leaf *leaf)
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

/* One side in front of all tokens, and what the last of its cells comes to. */
typedef struct Front {
    const GrConfig *c;
    Cell last, does;
} Front;

/* What a count refuses is dead: the walk notes that it was asked. */
static gram_status first_byte(Near *n, Front *f, uint8_t byte, bool *dead)
{
    GrRun run = n->k->run;
    uint32_t add = 0;
    Cell cell;
    GR_TRY(gr_cell_at(n->k->w, f->c->state, byte, &cell));
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
    Front at_a = {a, {GR_CELL_DEAD}, {GR_CELL_DEAD}};
    Front at_b = {b, {GR_CELL_DEAD}, {GR_CELL_DEAD}};
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t root = v->root[byte];
        bool a_dead, b_dead;
        if (root == GR_TRIE_NONE) continue;
        GR_TRY(first_byte(n, &at_a, (uint8_t)byte, &a_dead));
        GR_TRY(first_byte(n, &at_b, (uint8_t)byte, &b_dead));
        if (!a_dead) {
            n->roots.n_left += v->node[root].next - root;
            if (b_dead) n->roots.n_more += v->node[root].next - root;
            if (!b_dead && at_a.last.v != at_b.last.v) {
                n->roots.n_apart += v->node[root].next - root;
                gr_bit_set(n->roots.apart, byte);
            }
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
    n->roots.cleared = n->roots.n_gone > GONE_NODES;
    return n->roots.cleared
               ? gr_row_clear_roots(n->k->w, n->roots.gone, n->roots.left)
               : GRAM_OK;
}

/* Nodes below first bytes that lead apart, of those in front of node i. */
static uint64_t nodes_passed(const Near *n, uint32_t i)
{
    const GrVocab *v = n->k->w->m->v;
    uint64_t passed = 0;
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t root = v->root[b];
        if (!gr_bit_get(n->roots.apart, b) || root > i) continue;
        uint32_t end = v->node[root].next < i ? v->node[root].next : i;
        passed += end - root;
    }
    return passed;
}

/* Where states count characters nearly each node is a move, and that is seen
 * long before they are too many. */
bool gr_near_is_far(Near *n, uint32_t i)
{
    uint64_t passed = nodes_passed(n, i);
    if (n->moves > MOVES_MOST) return true;
    if (n->moves * n->roots.n_apart > FAR_MOVES * passed) return true;
    n->moves_most *= 2;
    if (n->moves_most > MOVES_MOST) n->moves_most = MOVES_MOST;
    return false;
}

/* What begins with bytes that only the state takes, if that is not the mask of
 * another way after all. */
static gram_status walk_alone(Near *n, const GrConfig *a)
{
    Walk alone = *n->k;
    alone.visited = 0;
    return n->is_far ? GRAM_OK : gr_walk_roots(&alone, a, n->alone);
}

/* Has a leaf marks that another one would need below its own: any but that of
 * the open key?  *clears: do some of them clear? */
static bool has_inner_marks(const GrMasks *m, const Leaf *leaf, bool *clears)
{
    const Mark *mark = array_at(&m->marks, leaf->marks, leaf->n_marks);
    bool any = false;
    *clears = false;
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        if (mark[i].node == GR_TRIE_NONE) continue;
        *clears |= mark[i].kind == MARK_KEY;
        any = true;
    }
    return any;
}

bool gr_near_marked(const GrMasks *m, const Leaf *b, const Leaf **marked)
{
    bool clears, inner = has_inner_marks(m, b, &clears);
    *marked = inner ? b : NULL;
    if (b->below == 0) return true;
    *marked = leaf_at(m, b->below - 1);
    has_inner_marks(m, *marked, &clears);
    return !inner && !clears;
}

/* The row starts as the mask of b.  Marks and `over` of a walk that is given
 * up are forgotten. */
gram_status gr_near_mask(Walk *k, const GrConfig *walk, StateId loop,
                         const Leaf *below, bool *done)
{
    GrWork *w = k->w;
    Near n = {.k = k, .most = NEAR_MOST, .moves_most = MOVES_LEAST};
    GrConfig b;
    *done = false;
    n.b_from = *k->run.trace->from;
    n.b_from.state = loop;
    gr_trace_start(&n.trace, &n.b_from, &b);
    GR_TRY(find_roots(&n, walk, &b));
    if (is_narrow(&n) || n.roots.n_more > ALONE_MOST) return GRAM_OK;
    gr_near_conditions(k->run.trace, w->m, below);
    if (k->run.trace->is_volatile) return GRAM_OK;
    GR_TRY(gr_row_load(w, below->mask));
    k->first = 0; /* marks are told how deep they are */
    k->first_depth = 1;
    GrArenaMark mark = gr_arena_mark(&w->arena);
    uint32_t marks = w->marks.n;
    gram_status status = clear_roots(&n);
    if (status == GRAM_OK) status = touch_all(&n, below);
    if (status == GRAM_OK) status = gr_near_walk(&n, walk, &b);
    if (status == GRAM_OK) status = walk_alone(&n, walk);
    gr_arena_release(w->env, &w->arena, mark);
    k->visited = 0;
    *done = status == GRAM_OK && !n.is_far;
    if (n.is_far) w->marks.n = marks;
    if (n.is_far) w->over.n = 0;
    return status;
}
