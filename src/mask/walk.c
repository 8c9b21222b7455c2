/* The depth-first walk over a trie.
 *
 * In: a configuration.  Out: every token that is alive goes to `emit`.  A
 * level of the explicit stack is one trie depth: the state there, its row,
 * and the configuration that the state replaces the state of:
 *
 *     levels   row map end state base  --+
 *     bases    config, mark of the arena <
 *
 * A GOTO changes the state alone, so most levels share a base; a length that
 * is counted is kept beside the state.  Anything else
 * copies the configuration, steps it (walk_step.c), and becomes a base of its
 * own; going back gives bases and the arena behind them back.
 *
 * Most bytes are dead or lead back to the state.  Then the level stays as it
 * is, children and siblings alike, so that levels are fewer than bytes: how
 * deep a node lies is found out for the few that get a mark.
 *
 * Cost: two loads and a compare per visited node where cells are filled. */
#include "mask/mask_int.h"

enum { STEP_EVERY = 4096 };

/* --- setting up ----------------------------------------------------------- */

/* Traced, if there is a trace: then it must have been started at the
 * configuration that the walk begins with. */
void gr_walk_init(Walk *k, GrWork *w, GrTrace *trace)
{
    *k = (Walk){.w = w};
    k->run = (GrRun){.pda = w->m->pda,
                     .env = w->env,
                     .arena = &w->arena,
                     .trace = trace,
                     .paid = &w->paid};
    k->trie = (Trie){w->m->v->node, w->m->v->root};
    k->emit = gr_walk_put;
}

/* Room for the longest token behind the log; the log does not become longer by
 * that. */
gram_status gr_walk_exact(Walk *k, GrWork *w, GrText *log)
{
    gr_walk_init(k, w, NULL);
    GR_TRY(gr_vec_reserve(w->env, log, (uint64_t)w->m->v->longest + 1));
    k->path = log->at + log->n;
    k->path_at = log->n;
    k->run.log = log->at;
    return GRAM_OK;
}

/* --- tokens --------------------------------------------------------------- */

/* The node has a token. */
gram_status gr_row_put_node(GrWork *w, uint32_t node, bool bit)
{
    uint32_t info = w->m->v->node[node].info, n;
    if (GR_LIKELY(!(info & GR_TRIE_SHARED)))
        return gr_row_put(w, info >> GR_TRIE_TOKEN_SHIFT, bit);
    const uint32_t *ids = gr_vocab_same(w->m->v, node, &n);
    for (uint32_t i = 0; i < n; i++) GR_TRY(gr_row_put(w, ids[i], bit));
    return GRAM_OK;
}

/* Into any row of bits, without its sum. */
void gr_node_bits(const GrVocab *v, uint32_t *bits, uint32_t node, bool bit)
{
    uint32_t info = v->node[node].info, n = 1;
    uint32_t id = info >> GR_TRIE_TOKEN_SHIFT;
    const uint32_t *ids = &id;
    if (!(info & GR_TRIE_HAS)) return;
    if (info & GR_TRIE_SHARED) ids = gr_vocab_same(v, node, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (bit)
            gr_bit_set(bits, ids[i]);
        else
            gr_bit_clear(bits, ids[i]);
    }
}

/* Nearly all nodes have one token, or none, which is written as no bit of token
 * 0: the loop asks nothing that a processor would have to guess. */
void gr_subtree_bits(const GrVocab *v, uint32_t *bits, uint32_t node, bool bit)
{
    const GrTrieNode *at = v->node;
    for (uint32_t i = node, end = at[node].next; i < end; i++) {
        uint32_t info = at[i].info, id = info >> GR_TRIE_TOKEN_SHIFT;
        uint32_t one = (uint32_t)((info & GR_TRIE_HAS) != 0) << (id & 31);
        if (GR_UNLIKELY(info & GR_TRIE_SHARED))
            gr_node_bits(v, bits, i, bit);
        else
            bits[id >> 5] = bit ? bits[id >> 5] | one : bits[id >> 5] & ~one;
    }
}

/* Every leaf has a token: one is met on the way down the first children. */
const char *gr_walk_bytes(const Walk *k, uint32_t node, uint32_t *token,
                          uint32_t *len)
{
    while (!(k->trie.node[node].info & GR_TRIE_HAS)) node++;
    *token = k->trie.node[node].info >> GR_TRIE_TOKEN_SHIFT;
    return gr_vocab_bytes(k->w->m->v, *token, len);
}

gram_status gr_row_put_ends(GrWork *w, bool bit)
{
    const GrVocab *v = w->m->v;
    for (uint32_t i = 0; i < v->n_end; i++)
        GR_TRY(gr_row_put(w, v->end[i], bit));
    return GRAM_OK;
}

gram_status gr_walk_put(Walk *k, uint32_t node, StateId s, uint32_t base)
{
    (void)s, (void)base;
    return gr_row_put_node(k->w, node, true);
}

/* --- configurations ------------------------------------------------------- */

/* Bases from n on are given back, and what they took of the arena. */
static void drop_bases(GrWork *w, uint32_t n)
{
    if (w->bases.n <= n) return;
    w->bases.n = n;
    gr_arena_release(w->env, &w->arena, w->bases.at[n - 1].mark);
}

/* Step a copy of a base: it is the last base then, unless dead. */
static gram_status step_copy(Walk *k, const WalkLevel *from, uint8_t byte,
                             uint32_t node, uint32_t depth, bool *dead)
{
    GrWork *w = k->w;
    drop_bases(w, from->base + 1);
    WalkBase made = w->bases.at[from->base];
    made.config.state.v = from->state;
    made.config.level.reg[0] += from->add;
    GR_TRY(gr_walk_step(k, &made.config, byte, node, depth, dead));
    made.mark = gr_arena_mark(&w->arena);
    made.serial = ++w->serial;
    if (!*dead) return gr_vec_push(w->env, &w->bases, made);
    gr_arena_release(w->env, &w->arena, w->bases.at[from->base].mark);
    return GRAM_OK;
}

/* --- the walk ------------------------------------------------------------- */

/* Keys of an object that has some are stepped by the rules for keys.  So only
 * walks with the matcher's own rules are slow: others leave it to marks. */
static bool is_slow(const Walk *k, StateId s, uint32_t base)
{
    const GrNode *object = k->w->bases.at[base].config.stack;
    return object != NULL && object->level.seen != NULL &&
           gr_pda_get_state(k->run.pda, s)->flags & GR_STATE_KEY;
}

/* Is the rule for keys to be asked on the way to s?  Not where there are
 * always more words. */
static gram_status is_bound(Walk *k, StateId s, bool *yes)
{
    LoopRef own;
    GR_TRY(gr_loop_of(k->w, s, &own));
    *yes = !own.open;
    return GRAM_OK;
}

/* There is room: gr_vec_reserve at the start of a walk. */
static inline WalkLevel *push_level(Walk *k, uint32_t end, StateId s,
                                    uint32_t base, uint32_t add)
{
    WalkLevel *l = &k->w->levels.at[k->w->levels.n++];
    const WalkLevel *above = l - 1;
    l->end = end;
    l->state = s.v;
    l->base = base;
    l->add = add;
    if (k->w->levels.n > 1 && above->state == s.v) {
        l->row = above->row;
        l->map = above->map;
    } else {
        row_ref(k->w, s, l);
    }
    l->slow = k->path != NULL && is_slow(k, s, base);
    return l;
}

static gram_status count_visited(Walk *k)
{
    uint64_t n = k->visited;
    k->visited = 0;
    return gr_step(k->w->env, n);
}

/* A limit leaves the cell empty: gr_walk_step knows what that means. */
static gram_status fill(Walk *k, StateId s, uint32_t cls, Cell *out)
{
    gram_status status = gr_pda_cell_of(k->run.pda, s, cls, out);
    if (status != GRAM_OK) out->v = GR_CELL_EMPTY;
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* A token that is alive: nearly always a bit of the row. */
static gram_status emit(Walk *k, uint32_t node, StateId s, uint32_t base)
{
    uint32_t info = k->trie.node[node].info;
    if (GR_LIKELY(k->emit == gr_walk_put && !(info & GR_TRIE_SHARED)))
        return gr_row_put(k->w, info >> GR_TRIE_TOKEN_SHIFT, true);
    return k->emit(k, node, s, base);
}

/* Where the tokens of the range may become bits alone. */
static uint32_t *loose_row(Walk *k)
{
    if (k->emit != gr_walk_put || !gr_row_may_loosen(k->w, k->last - k->first))
        return NULL;
    gr_row_loosen(k->w);
    return k->w->row;
}

/* Lengths are counted without a copy of the configuration; not in exact
 * walks, where `emit` may ask for it. */
static Cell count(Walk *k, const WalkLevel *l, Cell cell, uint32_t *add)
{
    uint32_t counted = l->add;
    Step step;
    const GrConfig *c = &k->w->bases.at[l->base].config;
    Cell next = gr_run_count(&k->run, &c->level, cell, &counted);
    if (gr_cell_is_op(next)) return cell;
    if (gr_read_step(k->run.pda, cell, &step) && gr_cell_is_goto(next)) {
        uint32_t serial = k->w->bases.at[l->base].serial;
        k->w->count_ref[cell.v % N_COUNT_REFS] =
            (CountRef){cell.v, serial, l->add, counted - l->add, next};
    }
    *add = counted;
    return next;
}

/* Steps (gr_read_step) bound a count from above alone: where one was made with
 * a greater count over the same configuration, it can be made, and what the
 * trace has noted holds for less. */
static bool recall(const Walk *k, const WalkLevel *l, Cell *cell, uint32_t *add)
{
    const CountRef *r = &k->w->count_ref[cell->v % N_COUNT_REFS];
    if (r->cell != cell->v || l->add > r->add ||
        r->serial != k->w->bases.at[l->base].serial)
        return false;
    *cell = r->to;
    *add += r->whole;
    return true;
}

/* The deepest level that has nodes left, or NULL. */
static WalkLevel *next_level(Walk *k, uint32_t i)
{
    GrWork *w = k->w;
    while (w->levels.n > 0 && i >= w->levels.at[w->levels.n - 1].end)
        w->levels.n--;
    return w->levels.n > 0 ? &w->levels.at[w->levels.n - 1] : NULL;
}

/* The classes of a state for which this call has paid, or NULL where nothing
 * is to be paid. */
static uint32_t *paid_of(Walk *k, StateId s)
{
    if (k->run.paid == NULL || !gr_state_is_dear(k->run.pda, s)) return NULL;
    PaidRef *r = &k->w->paid_ref[s.v % N_PAID_REFS];
    if (r->state != s.v + 1) *r = (PaidRef){.state = s.v + 1};
    return r->cls;
}

static gram_status pay(Walk *k, uint32_t state, uint32_t cls, uint32_t *paid)
{
    gr_bit_set(paid, cls);
    return gr_pay_cell(&k->run, (StateId){state}, cls);
}

enum { ONE_TOKEN = GR_TRIE_HAS | GR_TRIE_SHARED };

/* From node *i on, as long as bytes are dead or change the state alone.  This
 * is nearly all of a walk, and has to stay in registers: two loops, of which
 * one pays. */
static inline gram_status run_by(Walk *k, uint32_t *i, bool dear)
{
    const GrTrieNode *node = k->trie.node;
    uint32_t at = *i, visited = 0, *row = loose_row(k);
    for (WalkLevel *l; (l = next_level(k, at)) != NULL;) {
        const _Atomic uint32_t *cells = l->row;
        const uint8_t *map = l->map;
        uint32_t end = l->end, same = gr_cell_goto((StateId){l->state}).v;
        uint32_t *paid = dear ? paid_of(k, (StateId){l->state}) : NULL;
        Cell cell = {GR_CELL_DEAD};
        for (; at < end; visited++) {
            uint32_t info = node[at].info, cls = map[(uint8_t)info];
            cell.v = GR_CELL_DEAD;
            if (cls != 0)
                cell.v =
                    atomic_load_explicit(&cells[cls], memory_order_acquire);
            if (dear && paid != NULL && cell.v != GR_CELL_EMPTY &&
                !gr_bit_get(paid, cls))
                GR_TRY(pay(k, l->state, cls, paid));
            if (cell.v == GR_CELL_DEAD) {
                at = node[at].next;
                continue;
            }
            bool leaf = node[at].next == at + 1;
            if (cell.v != same && !(leaf && gr_cell_is_goto(cell))) break;
            if (row != NULL && (info & ONE_TOKEN) == GR_TRIE_HAS) {
                gr_bit_set(row, info >> GR_TRIE_TOKEN_SHIFT);
            } else if (info & GR_TRIE_HAS) {
                GR_TRY(emit(k, at, gr_cell_state(cell), l->base));
                row = loose_row(k);
            }
            at++;
        }
        if (at >= end) continue;
        uint32_t add = l->add, next = node[at].next;
        if (!gr_cell_is_goto(cell) && !recall(k, l, &cell, &add)) break;
        StateId s = gr_cell_state(cell);
        if (node[at].info & GR_TRIE_HAS) GR_TRY(emit(k, at, s, l->base));
        if (++at < next) push_level(k, next, s, l->base, add);
        visited++;
        if (loose_row(k) != NULL) break; /* run_loose is faster */
    }
    k->visited += visited;
    *i = at;
    return GRAM_OK;
}

/* The same where tokens become bits alone, as long as cells are states and
 * nothing is to be paid: walks of all tokens change the state at every third
 * node, and spend their time here. */
static void run_loose(Walk *k, uint32_t *i, uint32_t *row)
{
    GrWork *w = k->w;
    const GrTrieNode *node = k->trie.node;
    const GrPda *pda = k->run.pda;
    bool dear = gr_pda_is_dear(pda);
    WalkLevel *first = w->levels.at, *l = next_level(k, *i);
    uint32_t at = *i, visited = 0;
    while (l != NULL && !(dear && gr_state_is_dear(pda, (StateId){l->state}))) {
        const _Atomic uint32_t *cells = l->row;
        const uint8_t *map = l->map;
        uint32_t end = l->end, same = gr_cell_goto((StateId){l->state}).v;
        for (; at < end; visited++) {
            uint32_t info = node[at].info, next = node[at].next;
            uint32_t cls = map[(uint8_t)info];
            Cell cell = {GR_CELL_DEAD};
            if (cls != 0)
                cell.v =
                    atomic_load_explicit(&cells[cls], memory_order_acquire);
            if (cell.v == GR_CELL_DEAD) {
                at = next;
                continue;
            }
            if (!gr_cell_is_goto(cell) || (info & ONE_TOKEN) == ONE_TOKEN)
                break;
            if (info & GR_TRIE_HAS)
                gr_bit_set(row, info >> GR_TRIE_TOKEN_SHIFT);
            if (++at == next || cell.v == same) continue;
            StateId s = gr_cell_state(cell);
            l[1].end = end = next;
            l[1].state = s.v;
            l[1].base = l->base;
            l[1].add = l->add;
            l[1].slow = false;
            row_ref(w, s, ++l);
            cells = l->row;
            map = l->map;
            same = cell.v;
            if (dear && gr_state_is_dear(pda, s)) break;
        }
        if (at < end) break;
        while (l > first && at >= l->end) l--;
        if (at >= l->end) break;
    }
    if (l != NULL) w->levels.n = (uint32_t)(l - first) + 1;
    k->visited += visited;
    *i = at;
}

/* Decided once for a stretch: in machines without dear cells, which are nearly
 * all, the loop has no test for them.  What one loop stops at the other takes,
 * as long as either comes on. */
static gram_status run_on(Walk *k, uint32_t *i)
{
    for (uint32_t *row, was;;) {
        was = *i;
        row = loose_row(k);
        if (row != NULL) run_loose(k, i, row);
        GR_TRY(gr_pda_is_dear(k->run.pda) ? run_by(k, i, true)
                                          : run_by(k, i, false));
        if (*i == was || (row == NULL && loose_row(k) == NULL)) return GRAM_OK;
    }
}

/* Node i by whatever its byte does; *down: to its children, if alive. */
static gram_status visit(Walk *k, uint32_t i, WalkLevel *l, uint32_t depth,
                         bool *down)
{
    GrWork *w = k->w;
    GrTrieNode n = k->trie.node[i];
    uint8_t byte = (uint8_t)n.info, cls = l->map[byte];
    uint32_t base = l->base, add = l->add;
    bool exact = k->path != NULL, dead;
    Cell cell = {GR_CELL_DEAD};
    *down = false;
    k->visited++;
    if (cls != 0)
        cell.v = atomic_load_explicit(&l->row[cls], memory_order_acquire);
    if (GR_UNLIKELY(cell.v == GR_CELL_EMPTY))
        GR_TRY(fill(k, (StateId){l->state}, cls, &cell));
    if (GR_UNLIKELY(gr_pda_is_dear(k->run.pda)))
        GR_TRY(gr_pay_cell(&k->run, (StateId){l->state}, cls));
    if (gr_cell_is_op(cell) && !exact) cell = count(k, l, cell, &add);
    if (cell.v == GR_CELL_DEAD) return GRAM_OK;
    StateId s = gr_cell_state(cell);
    bool whole = !gr_cell_is_goto(cell);
    if (exact) k->path[depth - 1] = (char)byte;
    if (GR_UNLIKELY(l->slow && !whole)) GR_TRY(is_bound(k, s, &whole));
    if (GR_UNLIKELY(whole)) {
        GR_TRY(step_copy(k, l, byte, i, depth, &dead));
        if (k->visited >= STEP_EVERY) GR_TRY(count_visited(k));
        if (dead) return GRAM_OK;
        base = w->bases.n - 1;
        add = 0;
        s = w->bases.at[base].config.state;
    }
    *down = true;
    if (n.info & GR_TRIE_HAS) GR_TRY(emit(k, i, s, base));
    if (i + 1 < n.next) push_level(k, n.next, s, base, add);
    return GRAM_OK;
}

/* Walk the siblings i .. end-1, children of what base 0 stands at.  Exact walks
 * have a level for each byte. */
static gram_status walk_range(Walk *k, uint32_t i, uint32_t end, uint32_t depth)
{
    GrWork *w = k->w;
    w->levels.n = 0;
    GR_TRY(gr_vec_reserve(w->env, &w->levels, (uint64_t)w->m->v->longest + 2));
    k->first = i;
    k->last = end;
    k->first_depth = depth;
    push_level(k, end, w->bases.at[0].config.state, 0, 0);
    for (WalkLevel *l; (l = next_level(k, i)) != NULL;) {
        bool down, exact = k->path != NULL;
        uint32_t at = exact ? depth + w->levels.n - 1 : 0;
        GR_TRY(visit(k, i, l, at, &down));
        i = down ? i + 1 : k->trie.node[i].next;
        if (!exact) GR_TRY(run_on(k, &i));
    }
    return count_visited(k);
}

/* The configuration itself stays the caller's. */
static gram_status start(Walk *k, const GrConfig *c)
{
    GrWork *w = k->w;
    w->bases.n = 0;
    return gr_vec_push(w->env, &w->bases,
                       (WalkBase){*c, gr_arena_mark(&w->arena), ++w->serial});
}

/* The rest of the walk lies behind this: give back what it took. */
static gram_status finish(Walk *k, gram_status status)
{
    if (k->w->bases.n > 0) drop_bases(k->w, 1);
    return status;
}

/* From the parent, over the node and what is below it. */
gram_status gr_walk_node(Walk *k, const GrConfig *c, uint32_t node,
                         uint32_t depth)
{
    GR_TRY(start(k, c));
    return finish(k, walk_range(k, node, k->trie.node[node].next, depth));
}

/* The node has been stepped over already. */
gram_status gr_walk_below(Walk *k, const GrConfig *c, uint32_t node,
                          uint32_t depth)
{
    uint32_t end = k->trie.node[node].next;
    if (node + 1 == end) return GRAM_OK;
    GR_TRY(start(k, c));
    return finish(k, walk_range(k, node + 1, end, depth + 1));
}

gram_status gr_walk_all(Walk *k, const GrConfig *c)
{
    static const uint32_t none[8];
    return gr_walk_others(k, c, none);
}

/* Is the cell of a class known to be dead? */
static bool is_dead(const WalkLevel *l, uint32_t cls)
{
    return cls == 0 || atomic_load_explicit(
                           &l->row[cls], memory_order_acquire) == GR_CELL_DEAD;
}

/* First bytes that are alive and not to be left out.  By class first: there are
 * twenty of them, and most are dead.  EMPTY cells are filled by the walk. */
static void find_alive(Walk *k, StateId s, const WalkLevel *l,
                       const uint32_t bytes[8], uint32_t out[8])
{
    uint8_t alive[256];
    uint32_t n;
    gr_pda_map_of(k->run.pda, s, &n);
    for (uint32_t cls = 0; cls < n; cls++) alive[cls] = !is_dead(l, cls);
    for (uint32_t w = 0; w < 8; w++) {
        const uint8_t *map = l->map + w * 32;
        uint32_t some = 0;
        for (uint32_t i = 0; i < 32; i++) some |= (uint32_t)alive[map[i]] << i;
        out[w] = some &= ~bytes[w];
        for (; some != 0; some &= some - 1) {
            uint32_t b = w * 32 + (uint32_t)__builtin_ctz(some);
            if (k->trie.root[b] == GR_TRIE_NONE) gr_bit_clear(out, b);
        }
    }
}

static gram_status walk_each(Walk *k, const WalkLevel *first,
                             const uint32_t roots[8])
{
    for (uint32_t w = 0; w < 8; w++)
        for (uint32_t bits = roots[w]; bits != 0; bits &= bits - 1) {
            uint32_t b = w * 32 + (uint32_t)__builtin_ctz(bits);
            uint32_t node = k->trie.root[b];
            /* what one byte has found dead may be others, too */
            if (is_dead(first, first->map[b])) continue;
            GR_TRY(walk_range(k, node, k->trie.node[node].next, 1));
        }
    return GRAM_OK;
}

/* How many nodes are there; UINT32_MAX: there is no root. */
static uint32_t count_nodes(const Walk *k, const uint32_t roots[8])
{
    uint32_t n = 0;
    bool any = false;
    for (uint32_t w = 0; w < 8; w++)
        for (uint32_t bits = roots[w]; bits != 0;
             bits &= bits - 1, any = true) {
            uint32_t b = w * 32 + (uint32_t)__builtin_ctz(bits);
            n += k->trie.node[k->trie.root[b]].next - k->trie.root[b];
        }
    return any ? n : UINT32_MAX;
}

enum { TEXTS_NODES = 1024 }; /* from which on it pays to ask for texts */

gram_status gr_walk_roots(Walk *k, const GrConfig *c, const uint32_t roots[8])
{
    WalkLevel first;
    uint32_t nodes = count_nodes(k, roots);
    bool done = false;
    if (nodes == UINT32_MAX) return GRAM_OK;
    if (nodes >= TEXTS_NODES) GR_TRY(gr_texts_walk(k, c, roots, &done));
    if (done) return GRAM_OK;
    if (gr_dense_may(k, nodes)) return gr_dense_walk(k, c, roots);
    row_ref(k->w, c->state, &first);
    GR_TRY(start(k, c));
    return finish(k, walk_each(k, &first, roots));
}

gram_status gr_walk_others(Walk *k, const GrConfig *c, const uint32_t bytes[8])
{
    uint32_t roots[8] = {0};
    WalkLevel first;
    row_ref(k->w, c->state, &first);
    find_alive(k, c->state, &first, bytes, roots);
    return gr_walk_roots(k, c, roots);
}
