/* Two configurations side by side through the trie of tokens.
 *
 * In: what near.c has of a state and the loop that it nearly is.  Out: the row,
 * which was the loop's, is the state's.
 *
 * Two walks in one order: a level has the rows of both, and what they have
 * counted since the configurations that it stands over.  Of two states it is
 * remembered what a byte does to both, so that most nodes are a look at one
 * table:
 *
 *     SKIP    the same, or both are dead: nothing below differs
 *     STAY    both come back to where they are: the level stands for those
 *             below it
 *     MOVE    both go on to states that are remembered, too
 *     LOOK    all else, and what was not met yet
 *
 * Cost: ten instructions a node, a hundred where states change or characters
 * are counted; some hundred for each byte of two states. */
#include "mask/near.h"
#include "mask/zone.h"

/* Nodes for each cell of a search for another way: it takes no more than the
 * walk has taken.  Where that is not enough, it is looked for again when the
 * walk has become so much larger. */
enum { NEAR_LOOK = 16, NEAR_AGAIN = 4 };
/* Nodes that only the state has: as many as a walk of shapes is worth. */
enum { MORE_MOST = 2048 };
/* Nodes that were taken away for which it pays to count the row again, where no
 * list is kept. */
enum { CLEAR_NODES = 1024 };
/* Nodes for which it pays to begin a walk. */
enum { ALONE_NODES = 128 };

/* Nodes for which it pays to remember what bytes do. */
enum { BOTH_NODES = 32 };
/* Nodes for which it pays to ask what tells two states apart, in a walk that
 * has come so far, and looks at cells for an answer; and nodes for which it
 * pays to look at it. */
enum { TELL_NODES = 256, NEAR_TELL = 512, TELL_LOOKS = 64, TOLD_NODES = 4 };

/* What a byte does to both sides: see above. */
enum { LOOK, SKIP, STAY, MOVE /* and which */ };

/* --- a node --------------------------------------------------------------- */

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
    n->more += b_dead;
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
    n->taken += end - node;
    bool loose = w->held_base == BASE_NONE &&
                 (w->loose || n->taken > CLEAR_NODES);
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

/* --- levels --------------------------------------------------------------- */

/* The row at hand, so that a level needs no look-up a byte. */
static void pair_row(GrWork *w, StateId s, uint32_t add, PairRow *out)
{
    WalkLevel l;
    row_ref(w, s, &l);
    *out = (PairRow){l.row, l.map, s.v, add};
}

/* Children of a node up to `end` are to be looked at, from these states over
 * the last pair, with so much counted over it. */
static gram_status push_level(Near *n, uint32_t end, StateId a, uint32_t add_a,
                              StateId b, uint32_t add_b, uint32_t tells)
{
    GrWork *w = n->k->w;
    PairLevel l = {.end = end, .base = w->pairs.n - 1, .tells = tells};
    pair_row(w, a, add_a, &l.a);
    if (!w->pairs.at[l.base].b_dead) pair_row(w, b, add_b, &l.b);
    return gr_vec_push(w->env, &w->pair_levels, l);
}

/* What is remembered of pairs that stood there holds no longer. */
static gram_status push_pair(Near *n, const Pair *p, uint32_t end)
{
    GrWork *w = n->k->w;
    for (uint32_t i = 0; i < NEAR_BOTHS; i++)
        if (n->both[i].base >= w->pairs.n) n->both[i].a = 0;
    GR_TRY(gr_vec_push(w->env, &w->pairs, *p));
    return push_level(n, end, p->a.state, 0, p->b.state, 0, 0);
}

/* The deepest level that has nodes left, or NULL. */
static const PairLevel *next_level(GrWork *w, uint32_t i)
{
    while (w->pair_levels.n > 0 &&
           i >= w->pair_levels.at[w->pair_levels.n - 1].end)
        w->pair_levels.n--;
    return w->pair_levels.n ? &w->pair_levels.at[w->pair_levels.n - 1] : NULL;
}

/* Has b died above the level? */
static bool is_b_dead(const PairLevel *l)
{
    return l->b.map == NULL;
}

/* Do both sides of a level differ in their states at most? */
static bool is_level(const Near *n, const PairLevel *l)
{
    return n->k->w->pairs.at[l->base].alike && l->a.add == l->b.add;
}

/* What is remembered of a level's states, from node i on; NULL where that is
 * nothing, and few nodes are left. */
static Both *both_of(Near *n, const PairLevel *l, uint32_t i)
{
    Both *both = &n->both[(l->a.state * 5 + l->b.state) % NEAR_BOTHS];
    bool alike = is_level(n, l);
    if (both->a == l->a.state + 1 && both->b == l->b.state &&
        both->base == l->base && both->alike == alike)
        return both;
    if (l->end - i < BOTH_NODES) return NULL;
    *both = (Both){
        .a = l->a.state + 1, .b = l->b.state, .base = l->base, .alike = alike};
    return both;
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

/* From a root on it is done when all else is, and by shapes, with the others:
 * then the marks that the step over it has made are none. */
static gram_status walk_alone(Near *n, const GrConfig *a, uint32_t node,
                              uint32_t marks)
{
    Walk alone = *n->k;
    uint32_t end = n->k->trie.node[node].next;
    uint8_t byte = gr_trie_byte(&n->k->trie.node[node]);
    alone.visited = 0;
    n->k->visited += end - node;
    if (n->k->trie.root[byte] == node) {
        gr_bit_set(n->alone, byte);
        n->k->w->marks.n = marks;
        return GRAM_OK;
    }
    return gr_walk_below(&alone, a, node, gr_walk_depth(n->k, node));
}

/* One side at least does more than change its state: step copies. */
static gram_status visit_slowly(Near *n, const PairLevel *l, uint32_t i,
                                bool *down)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = &n->k->trie.node[i];
    uint8_t byte = gr_trie_byte(node);
    uint32_t marks = w->marks.n;
    bool a_dead;
    w->pairs.n = l->base + 1;
    Pair p = w->pairs.at[l->base];
    p.a.state.v = l->a.state;
    p.b.state.v = l->b.state;
    p.a.level.reg[0] += l->a.add;
    p.b.level.reg[0] += l->b.add;
    *down = false;
    GR_TRY(step_a(n, &p, byte, i, &a_dead));
    GR_TRY(step_b(n, &p, byte, i));
    if (a_dead && (p.b_dead || is_cleared(n, i))) return GRAM_OK;
    if (a_dead) return clear_subtree(n, i);
    p.alike = is_alike(&p);
    if (p.alike && p.a.state.v == p.b.state.v) return GRAM_OK;
    GR_TRY(put_alive(n, i, p.b_dead));
    if (is_alone(n, &p, i)) return walk_alone(n, &p.a, i, marks);
    *down = true;
    return i + 1 == node->next ? GRAM_OK : push_pair(n, &p, node->next);
}

/* Where a length is counted a cell is as good as the state behind: what has
 * been counted is kept beside the pair.  b's leaf has its conditions. */
static Cell count(Near *n, const PairLevel *l, bool b, Cell cell, uint32_t *add)
{
    const Pair *p = &n->k->w->pairs.at[l->base];
    uint32_t before = b ? l->b.add : l->a.add;
    GrRun run = n->k->run;
    *add = before;
    if (!gr_cell_is_op(cell)) return cell;
    if (b) run.trace = NULL;
    Cell to = gr_run_count(&run, b ? &p->b.level : &p->a.level, cell, add);
    if (!gr_cell_is_op(to)) return to;
    *add = before;
    return cell;
}

/* Of a cell that one side has gone on with: does it so with less counted before
 * it as well?  Steps (gr_read_step) bound a count from above alone, and what
 * the trace has noted holds for less. */
static bool is_move(Near *n, Cell cell, uint32_t add, uint32_t *most)
{
    Step step;
    *most = gr_cell_is_op(cell) ? add : UINT32_MAX;
    return !gr_cell_is_op(cell) || gr_cell_step(n->k->w, cell, &step);
}

/* The place of a move among those of two states, or one that is free. */
static Move *move_of(Both *both, Cell a, Cell b)
{
    for (uint32_t i = 0; i < both->n; i++)
        if (both->move[i].cell_a.v == a.v && both->move[i].cell_b.v == b.v)
            return &both->move[i];
    return both->n < NEAR_MOVES ? &both->move[both->n++] : NULL;
}

/* With these cells both sides have gone on, to `to`. */
static void learn(Near *n, const PairLevel *l, uint32_t i, Cell a, Cell b,
                  const Move *to)
{
    uint8_t byte = gr_trie_byte(&n->k->trie.node[i]);
    Both *both = both_of(n, l, i);
    Move move = *to;
    if (both == NULL) return;
    if (!is_move(n, a, l->a.add, &move.most_a) ||
        !is_move(n, b, l->b.add, &move.most_b))
        return;
    move.cell_a = a;
    move.cell_b = b;
    Move *at = move_of(both, a, b);
    if (at == NULL) return;
    if (move.most_a < at->most_a) move.most_a = at->most_a;
    if (move.most_b < at->most_b) move.most_b = at->most_b;
    *at = move;
    both->does[byte] = (uint8_t)(MOVE + (at - both->move));
}

/* What tells the sides of a level apart does so below a byte that does not. */
static uint32_t tells_below(const Near *n, const PairLevel *l, uint32_t node)
{
    uint8_t byte = gr_trie_byte(&n->k->trie.node[node]);
    if (l->tells <= TOLD_NONE) return 0;
    return gr_bit_get(n->tells[l->tells].bytes, byte) ? 0 : l->tells;
}

/* Both sides go on to where `m` leads from a node, and there are some below.
 * Most come back to where they are. */
static gram_status go_on(Near *n, const PairLevel *l, const Move *m,
                         uint32_t node)
{
    GrWork *w = n->k->w;
    uint32_t end = n->k->trie.node[node].next;
    PairLevel below = *l;
    below.end = end;
    below.a.add += m->whole_a;
    below.b.add += m->whole_b;
    w->pairs.n = l->base + 1;
    n->moves++;
    if (m->a.v != l->a.state || m->b.v != l->b.state)
        return push_level(n, end, m->a, below.a.add, m->b, below.b.add,
                          tells_below(n, l, node));
    return gr_vec_push(w->env, &w->pair_levels, below);
}

/* May the move be made from the level? */
static bool may_move(const PairLevel *l, const Move *m)
{
    return l->a.add <= m->most_a && l->b.add <= m->most_b;
}

/* The cell of one side as it is. */
static inline uint32_t known_cell(const PairRow *r, uint8_t byte)
{
    uint32_t cls = r->map ? r->map[byte] : 0;
    return cls ? atomic_load_explicit(&r->row[cls], memory_order_acquire)
               : GR_CELL_DEAD;
}

/* What cells tell by themselves.  Where nothing lies below, all states are as
 * good as those of the level. */
static uint8_t first_look(const PairLevel *l, bool alike, uint8_t byte,
                          bool leaf)
{
    uint32_t a = known_cell(&l->a, byte), b = known_cell(&l->b, byte);
    uint32_t same_b = is_b_dead(l) ? GR_CELL_DEAD
                                   : gr_cell_goto((StateId){l->b.state}).v;
    if (a == b && (a == GR_CELL_DEAD || (alike && a != GR_CELL_EMPTY)))
        return SKIP;
    if (leaf && gr_cell_is_goto((Cell){a}) &&
        (is_b_dead(l) || gr_cell_is_goto((Cell){b})))
        return STAY;
    bool stay = a == gr_cell_goto((StateId){l->a.state}).v && b == same_b;
    return stay ? STAY : LOOK;
}

/* What can be told of a node at once; of its byte, it is remembered. */
static uint32_t look_up(Near *n, const PairLevel *l, Both *both, uint32_t i)
{
    const GrTrieNode *node = &n->k->trie.node[i];
    uint8_t byte = gr_trie_byte(node);
    bool alike = is_level(n, l), leaf = i + 1 == node->next;
    uint8_t does = first_look(l, alike, byte, false);
    if (both != NULL) both->does[byte] = does;
    return does == LOOK && leaf ? first_look(l, alike, byte, true) : does;
}

/* Has no node of the subtree a byte that tells the sides of the level apart?
 * Of small ones all are in one group of nodes, mostly. */
static bool is_told(const Near *n, const PairLevel *l, uint32_t node)
{
    const uint64_t *signs = n->k->w->m->tables->signs;
    uint32_t next = n->k->trie.node[node].next;
    uint64_t has = signs[node / SIGN_NODES];
    if (next - node < TOLD_NODES) return false;
    for (uint32_t i = node / SIGN_NODES + 1; i <= (next - 1) / SIGN_NODES; i++)
        has |= signs[i];
    return !(has & n->tells[l->tells].signs);
}

/* From node *i of a level on, as long as bytes lead nowhere else. */
static gram_status run_level(Near *n, const PairLevel *l, Both *both,
                             uint32_t *i)
{
    static const uint8_t nothing[256] = {LOOK};
    const GrTrieNode *node = n->k->trie.node;
    const uint8_t *known = both ? both->does : nothing;
    uint64_t left = n->most - n->k->visited;
    uint32_t at = *i, end = l->end;
    bool b_dead = is_b_dead(l), quiet = !n->watch && !b_dead;
    bool tells = l->tells > TOLD_NONE;
    for (; at < end && left > 0; left--) {
        uint32_t does = known[gr_trie_byte(&node[at])];
        if (GR_UNLIKELY(does == LOOK)) does = look_up(n, l, both, at);
        if (does == SKIP) {
            at = node[at].next;
            continue;
        }
        if (does != STAY) break;
        if (GR_UNLIKELY(tells) && is_told(n, l, at)) {
            at = node[at].next;
            continue;
        }
        if (!quiet && node[at].info & GR_TRIE_HAS)
            GR_TRY(put_alive(n, at, b_dead));
        at++;
    }
    n->k->visited = n->most - left;
    *i = at;
    return GRAM_OK;
}

static uint64_t signs_of(const uint32_t bytes[8])
{
    uint64_t signs = 0;
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b)) signs |= gr_byte_sign((uint8_t)b);
    return signs;
}

/* The place of what tells these states apart. */
static gram_status find_tells(Near *n, StateId a, StateId b, uint32_t *at)
{
    uint32_t i = TOLD_NONE + 1;
    while (i < n->n_tells && (n->tells[i].a != a.v || n->tells[i].b != b.v))
        i++;
    *at = TOLD_NONE;
    if (i == NEAR_TELLS) return GRAM_OK;
    Tells *t = &n->tells[i];
    if (i == n->n_tells) {
        *t = (Tells){.a = a.v, .b = b.v};
        n->n_tells++;
        GR_TRY(gr_near_tells(n->k->w, a, b, TELL_LOOKS, t->bytes, &t->found));
        t->signs = signs_of(t->bytes);
    }
    if (t->found) *at = i;
    if (!t->found) n->n_tells = NEAR_TELLS; /* others would take as many */
    return GRAM_OK;
}

/* Keys are behind a quote, and with that both sides do the same, or it is one
 * of these bytes: below others nothing is under a mark of the loop but what is
 * so from the state, too. */
static gram_status learn_tells(Near *n, const PairLevel *l)
{
    GrWork *w = n->k->w;
    if (l->tells != 0 || n->k->visited < NEAR_TELL || is_b_dead(l) ||
        !is_level(n, l))
        return GRAM_OK;
    return find_tells(n, (StateId){l->a.state}, (StateId){l->b.state},
                      &w->pair_levels.at[w->pair_levels.n - 1].tells);
}

/* Has the walk taken more than another way would? */
static bool is_much(const Near *n)
{
    return n->moves > n->moves_most || n->more > MORE_MOST;
}

/* From node *i on, as long as it is known what bytes do; *level gets that of
 * node *i, NULL at the end. */
static gram_status run(Near *n, uint32_t *i, const PairLevel **level)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = n->k->trie.node;
    const PairLevel *l;
    while ((*level = l = next_level(w, *i)) != NULL) {
        Both *both = both_of(n, l, *i);
        if (l->end - *i >= TELL_NODES) GR_TRY(learn_tells(n, l));
        GR_TRY(run_level(n, l, both, i));
        if (*i >= l->end) continue;
        uint32_t next = node[*i].next, does = LOOK;
        if (both != NULL) does = both->does[gr_trie_byte(&node[*i])];
        const Move *m = does < MOVE ? NULL : &both->move[does - MOVE];
        if (n->k->visited >= n->most || is_much(n)) break;
        if (m == NULL || !may_move(l, m)) break;
        n->k->visited++;
        if (m->same || (l->tells > TOLD_NONE && is_told(n, l, *i))) {
            *i = next;
            continue;
        }
        GR_TRY(put_alive(n, *i, is_b_dead(l)));
        uint32_t at = (*i)++;
        if (*i < next) GR_TRY(go_on(n, l, m, at));
    }
    return GRAM_OK;
}

/* One node: *down is set where its children are to be looked at. */
static gram_status visit(Near *n, const PairLevel *l, uint32_t i, bool *down)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = &n->k->trie.node[i];
    uint8_t byte = gr_trie_byte(node);
    uint32_t add_a, add_b;
    Cell at_a, at_b;
    GR_TRY(cell_of(n, &l->a, byte, &at_a));
    GR_TRY(cell_of(n, &l->b, byte, &at_b));
    *down = false;
    n->k->visited++;
    if (at_a.v == at_b.v &&
        (at_a.v == GR_CELL_DEAD || (at_a.v != GR_CELL_EMPTY && is_level(n, l))))
        return GRAM_OK;
    Cell a = count(n, l, false, at_a, &add_a);
    Cell b = count(n, l, true, at_b, &add_b);
    if (a.v == GR_CELL_DEAD && (b.v == GR_CELL_DEAD || is_cleared(n, i)))
        return GRAM_OK;
    if (a.v == GR_CELL_DEAD && gr_cell_is_goto(b)) return clear_subtree(n, i);
    if (!gr_cell_is_goto(a) || !(gr_cell_is_goto(b) || b.v == GR_CELL_DEAD))
        return visit_slowly(n, l, i, down);
    if (b.v == GR_CELL_DEAD && !is_b_dead(l))
        return visit_slowly(n, l, i, down);
    Move m = {.a = gr_cell_state(a), .whole_a = add_a - l->a.add};
    m.b = gr_cell_state(b);
    m.whole_b = add_b - l->b.add;
    m.same = a.v == b.v && add_a == add_b && w->pairs.at[l->base].alike;
    learn(n, l, i, at_a, at_b, &m);
    if (m.same) return GRAM_OK;
    GR_TRY(put_alive(n, i, b.v == GR_CELL_DEAD));
    *down = true;
    return i + 1 == node->next ? GRAM_OK : go_on(n, l, &m, i);
}

/* --- all of them ---------------------------------------------------------- */

/* So many differences that a zone is better, if s is in one; or none at all.
 * The many names of an object's keys take long to find that out, and are soon
 * walked. */
static gram_status look_ahead(Near *n, StateId a, StateId b)
{
    LoopRef own;
    Zone zone;
    ZoneAnswer answer;
    uint64_t looks = n->k->visited / NEAR_LOOK;
    if (looks > GR_ZONE_LOOKS) looks = GR_ZONE_LOOKS;
    GR_TRY(gr_near_same(n->k->w, a, b, n->k->visited, &n->same));
    if (n->same) return GRAM_OK;
    GR_TRY(gr_loop_of(n->k->w, a, &own));
    GR_TRY(gr_zone_of(n->k->w, a, &own,
                      (ZoneMost){(uint32_t)looks, (uint32_t)looks}, &zone,
                      &answer));
    n->is_far = answer == ZONE_FOUND;
    n->most = answer == ZONE_UNKNOWN ? n->most * NEAR_AGAIN : UINT64_MAX;
    return GRAM_OK;
}

gram_status gr_near_walk(Near *n, const GrConfig *a, const GrConfig *b)
{
    GrWork *w = n->k->w;
    const GrTrieNode *node = n->k->trie.node;
    const PairLevel *l;
    Pair first = {.a = *a, .b = *b};
    n->n_tells = TOLD_NONE + 1;
    first.alike = is_alike(&first);
    w->pairs.n = w->pair_levels.n = 0;
    GR_TRY(push_pair(n, &first, w->m->v->n_nodes));
    for (uint32_t i = 0;;) {
        bool down;
        GR_TRY(run(n, &i, &l));
        if (l == NULL) break;
        GR_TRY(visit(n, l, i, &down));
        i = down ? i + 1 : node[i].next;
        n->is_far = is_much(n) && (n->more > MORE_MOST || gr_near_is_far(n, i));
        if (n->is_far) break;
        if (GR_LIKELY(n->k->visited < n->most)) continue;
        GR_TRY(look_ahead(n, a->state, b->state));
        if (n->same || n->is_far) break;
    }
    return gr_step(w->env, n->k->visited);
}
