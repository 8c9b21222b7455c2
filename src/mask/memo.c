/* The memo: which mask belongs to a configuration.
 *
 *      state --roots--> node --frame--> node --frame--> node ...
 *                        |               |
 *                      leaves          leaves
 *
 * A leaf lies at the node that its walk read down to, and holds where its
 * conditions do.  Everything a reader reaches was complete before the index
 * that leads there was published, so a look-up takes no lock, but for nodes
 * with several children: those are in a map, and a small cache in the work
 * space stands before it. */
#include "mask/mask_int.h"

static MemoNode *node_at(const GrMasks *m, uint32_t i)
{
    return gr_store_at(&m->nodes, i);
}

/* --- finding -------------------------------------------------------------- */

/* Children are never taken away, so one that the cache has is right; that there
 * is none is not kept. */
static uint32_t child_in_map(GrWork *w, uint32_t node, uint32_t frame)
{
    ChildRef *r = &w->child_ref[gr_mix(gr_pair(node, frame)) % N_CHILD_REFS];
    if (r->node == node && r->frame == frame) return r->child;
    pthread_mutex_lock(&w->m->lock);
    const uint32_t *at = gr_map_find(&w->m->children, gr_pair(node, frame));
    uint32_t child = at ? *at : 0;
    pthread_mutex_unlock(&w->m->lock);
    if (child != 0) *r = (ChildRef){node, frame, child};
    return child;
}

/* The first child lies in the node; its number is written before its frame, so
 * that who reads the frame finds the number. */
static uint32_t find_child(GrWork *w, uint32_t node, FrameId frame)
{
    const MemoNode *n = node_at(w->m, node);
    uint32_t first = atomic_load_explicit(&n->frame, memory_order_acquire);
    if (first == frame.v + 1)
        return atomic_load_explicit(&n->child, memory_order_acquire);
    if (!atomic_load_explicit(&n->more, memory_order_acquire)) return 0;
    return child_in_map(w, node, frame.v);
}

/* Leaves that differ in an answer alone ask the same. */
static bool same_question(const GrAsked *a, const GrAsked *b)
{
    return a->question == b->question && a->was_set == b->was_set &&
           a->n_keys == b->n_keys &&
           memcmp(a->reg, b->reg, sizeof a->reg) == 0 &&
           memcmp(a->named, b->named, sizeof a->named) == 0;
}

/* Questions cost far more than anything else here, and most levels are as
 * they were when the question was asked last: answers are kept in the work
 * space by the registers and the list of keys, which is known by its
 * address.  Lists of a walk (keys without texts) are not: their places are
 * used again. */
static gram_status ask(GrWork *w, const GrConfig *c, uint32_t index,
                       uint32_t *answer)
{
    const GrAsked *a = gr_store_at(&w->m->asked, index);
    const GrLevel *l = gr_config_level(c, a->level);
    AskRef *r = &w->ask_ref[a->question % N_ASK_REFS];
    bool stable = l->seen == NULL || l->seen->text != NULL;
    if (stable && r->index != 0 && r->seen == l->seen &&
        (r->index == index + 1 ||
         same_question(gr_store_at(&w->m->asked, r->index - 1), a)) &&
        memcmp(r->reg, l->reg + 1, sizeof r->reg) == 0) {
        *answer = r->answer;
        return GRAM_OK;
    }
    GR_TRY(gr_trace_ask(w->m->pda, c, a, answer));
    if (!stable) return GRAM_OK;
    *r = (AskRef){.index = index + 1, .answer = *answer, .seen = l->seen};
    memcpy(r->reg, l->reg + 1, sizeof r->reg);
    return GRAM_OK;
}

/* Registers first: to compare them costs nothing, a question may search. */
static gram_status leaf_holds(GrWork *w, const Leaf *l, const GrConfig *c,
                              bool *holds)
{
    GrMasks *m = w->m;
    *holds = l->n_boxes == 0 ||
             gr_trace_fits(c, gr_store_at(&m->boxes, l->boxes), l->n_boxes);
    for (uint32_t i = 0; i < l->n_asked && *holds; i++) {
        const GrAsked *a = gr_store_at(&m->asked, l->asked + i);
        uint32_t answer;
        GR_TRY(ask(w, c, l->asked + i, &answer));
        *holds = answer == a->answer;
    }
    return GRAM_OK;
}

/* Newest first, as publish adds them; whichever holds will do, as all that hold
 * have one mask. */
static gram_status find_in_node(GrWork *w, const MemoNode *n, const GrConfig *c,
                                const Leaf **out)
{
    uint32_t i = atomic_load_explicit(&n->leaf, memory_order_acquire);
    while (i != 0) {
        const Leaf *l = leaf_at(w->m, i - 1);
        bool holds;
        GR_TRY(leaf_holds(w, l, c, &holds));
        if (holds) {
            *out = l;
            return GRAM_OK;
        }
        i = l->next;
    }
    return GRAM_OK;
}

/* A walk that read less than others left its leaf higher up: each node on the
 * way is looked at. */
static gram_status find_from(GrWork *w, uint32_t node, const GrConfig *c,
                             const Leaf **out)
{
    const GrNode *frames = c->stack;
    while (node != 0) {
        GR_TRY(find_in_node(w, node_at(w->m, node), c, out));
        if (*out != NULL || frames == NULL) break;
        node = find_child(w, node, frames->frame);
        frames = frames->below;
    }
    return GRAM_OK;
}

gram_status gr_memo_find(GrWork *w, const GrConfig *c, const Leaf **out)
{
    GrMasks *m = w->m;
    *out = NULL;
    if (c->state.v >= atomic_load_explicit(&m->n_roots, memory_order_acquire))
        return GRAM_OK;
    _Atomic uint32_t *root = gr_store_at(&m->roots, c->state.v);
    return find_from(w, atomic_load_explicit(root, memory_order_acquire), c,
                     out);
}

/* Ids of states take 30 bits, of classes fewer than 26. */
static uint64_t rests_key(uint32_t cls, uint8_t byte, StateId s)
{
    return (uint64_t)cls << 38 | (uint64_t)byte << 30 | s.v;
}

/* Few and dear: a lock does not show beside what they save. */
gram_status gr_memo_find_rests(GrWork *w, uint32_t cls, uint8_t byte,
                               const GrConfig *c, const Leaf **out)
{
    GrMasks *m = w->m;
    *out = NULL;
    pthread_mutex_lock(&m->lock);
    const uint32_t *root =
        gr_map_find(&m->rest_roots, rests_key(cls, byte, c->state));
    uint32_t node = root ? *root : 0;
    pthread_mutex_unlock(&m->lock);
    return find_from(w, node, c, out);
}

/* --- adding: all under the lock ------------------------------------------- */

/* Node 0 is none. */
static gram_status add_node(GrMasks *m, uint32_t *node)
{
    return gr_store_add(&m->env, &m->nodes, 1, node);
}

/* n_roots is published behind the element, so that a reader below it finds a
 * zero at least. */
static gram_status get_root(GrMasks *m, StateId s, uint32_t *node)
{
    while (m->roots.n <= s.v) {
        uint32_t at;
        GR_TRY(gr_store_add(&m->env, &m->roots, 1, &at));
        atomic_store_explicit(&m->n_roots, at + 1, memory_order_release);
    }
    _Atomic uint32_t *root = gr_store_at(&m->roots, s.v);
    *node = atomic_load(root);
    if (*node != 0) return GRAM_OK;
    GR_TRY(add_node(m, node));
    atomic_store_explicit(root, *node, memory_order_release);
    return GRAM_OK;
}

/* The mirror of find_child: what a reader follows is complete before the store
 * that leads there. */
static gram_status get_child(GrMasks *m, uint32_t node, FrameId frame,
                             uint32_t *child)
{
    MemoNode *n = node_at(m, node);
    uint32_t first = atomic_load(&n->frame);
    if (first == frame.v + 1) {
        *child = atomic_load(&n->child);
        return GRAM_OK;
    }
    const uint32_t *known = gr_map_find(&m->children, gr_pair(node, frame.v));
    if (known != NULL) {
        *child = *known;
        return GRAM_OK;
    }
    GR_TRY(add_node(m, child));
    if (first == 0) {
        atomic_store_explicit(&n->child, *child, memory_order_release);
        atomic_store_explicit(&n->frame, frame.v + 1, memory_order_release);
        return GRAM_OK;
    }
    GR_TRY(gr_map_put(&m->env, &m->children, gr_pair(node, frame.v), *child));
    atomic_store_explicit(&n->more, 1, memory_order_release);
    return GRAM_OK;
}

/* Down from a root along the frames read. */
static gram_status descend(GrMasks *m, const GrNode *frames, uint32_t n,
                           uint32_t *node)
{
    for (uint32_t i = 0; i < n && frames != NULL; i++) {
        GR_TRY(get_child(m, *node, frames->frame, node));
        frames = frames->below;
    }
    return GRAM_OK;
}

/* n elements copied behind each other into a store. */
static gram_status put_all(GrMasks *m, GrStore *s, const void *from, uint32_t n,
                           uint32_t *at)
{
    *at = 0;
    if (n == 0) return GRAM_OK;
    GR_TRY(gr_store_add(&m->env, s, n, at));
    memcpy(gr_store_at(s, *at), from, (size_t)n * s->elem);
    return GRAM_OK;
}

/* What is alive behind a quote is mostly what was alive behind the one
 * before: the last lists are looked through. */
static gram_status put_groups(GrMasks *m, const uint32_t *from, uint32_t n,
                              uint32_t *at)
{
    for (uint32_t i = 0; i < LAST_GROUPS; i++) {
        *at = m->last_groups[i].at;
        if (n == 0 || m->last_groups[i].n != n) continue;
        if (memcmp(gr_store_at(&m->groups, *at), from, n * sizeof *from) == 0)
            return GRAM_OK;
    }
    GR_TRY(put_all(m, &m->groups, from, n, at));
    m->last_groups[m->n_group_lists++ % LAST_GROUPS] = (GroupList){*at, n};
    return GRAM_OK;
}

/* A register that may have any value is no condition. */
static gram_status put_conditions(GrMasks *m, const GrTrace *t, Leaf *leaf)
{
    GrBox box[GR_TRACE_BOXES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_boxes; i++)
        if (t->box[i].lo > 0 || t->box[i].hi < UINT32_MAX) box[n++] = t->box[i];
    leaf->n_boxes = n;
    leaf->n_asked = t->n_asked;
    GR_TRY(put_all(m, &m->boxes, box, n, &leaf->boxes));
    return put_all(m, &m->asked, t->asked, t->n_asked, &leaf->asked);
}

/* Those from `first` on; the ones before belong to a walk around this one. */
static gram_status put_marks(GrWork *w, uint32_t first, Leaf *leaf)
{
    leaf->n_marks = w->marks.n - first;
    const Mark *from = leaf->n_marks ? w->marks.at + first : NULL;
    return put_all(w->m, &w->m->marks, from, leaf->n_marks, &leaf->marks);
}

/* The leaf, complete, becomes the first of its node. */
static gram_status publish(GrMasks *m, uint32_t node, Leaf leaf,
                           const Leaf **out)
{
    uint32_t at;
    MemoNode *n = node_at(m, node);
    GR_TRY(gr_store_add(&m->env, &m->leaves, 1, &at));
    leaf.self = at;
    leaf.next = atomic_load(&n->leaf);
    *leaf_at(m, at) = leaf;
    *out = leaf_at(m, at);
    n->n_leaves++;
    atomic_store_explicit(&n->leaf, at + 1, memory_order_release);
    return GRAM_OK;
}

/* Where conditions differ each time nothing is won by keeping more of them: a
 * look-up would cost more than the walk. */
static bool is_full(const GrMasks *m, uint32_t node)
{
    return node_at(m, node)->n_leaves >= LEAVES_MAX;
}

/* A failure half way leaves parts in the stores that no leaf names: they are
 * freed with the rest. */
static gram_status add_leaf(GrWork *w, const GrTrace *t, Leaf leaf,
                            const Leaf **out)
{
    GrMasks *m = w->m;
    uint32_t node;
    GR_TRY(get_root(m, t->from->state, &node));
    GR_TRY(descend(m, t->from->stack, t->frames_read, &node));
    if (is_full(m, node)) return GRAM_OK;
    GR_TRY(gr_mask_keep(w, &leaf.mask));
    GR_TRY(put_conditions(m, t, &leaf));
    leaf.frames = t->frames_read;
    leaf.n_over = w->over.n;
    GR_TRY(put_marks(w, 0, &leaf));
    GR_TRY(put_all(m, &m->over, w->over.at, w->over.n, &leaf.over));
    return publish(m, node, leaf, out);
}

static gram_status get_rest_root(GrMasks *m, uint64_t key, uint32_t *node)
{
    const uint32_t *root = gr_map_find(&m->rest_roots, key);
    if (root != NULL) {
        *node = *root;
        return GRAM_OK;
    }
    GR_TRY(add_node(m, node));
    return gr_map_put(&m->env, &m->rest_roots, key, *node);
}

static gram_status add_rests(GrWork *w, uint64_t key, const GrTrace *t,
                             uint32_t first_mark)
{
    GrMasks *m = w->m;
    uint32_t node;
    const Leaf *made;
    Leaf leaf = {.frames = t->frames_read, .n_groups = w->groups.n};
    GR_TRY(get_rest_root(m, key, &node));
    GR_TRY(descend(m, t->from->stack, t->frames_read, &node));
    if (is_full(m, node)) return GRAM_OK;
    GR_TRY(put_conditions(m, t, &leaf));
    GR_TRY(put_marks(w, first_mark, &leaf));
    GR_TRY(put_groups(m, w->groups.at, w->groups.n, &leaf.groups));
    return publish(m, node, leaf, &made);
}

/* The same leaf without its conditions on `reg`; all else that it names is
 * shared. */
static gram_status add_alias(GrMasks *m, const GrConfig *c, const Leaf *l,
                             uint32_t reg, const Leaf **out)
{
    GrBox box[GR_TRACE_BOXES];
    const GrBox *from = array_at(&m->boxes, l->boxes, l->n_boxes);
    uint32_t node;
    Leaf leaf = *l;
    leaf.n_boxes = 0;
    for (uint32_t i = 0; i < l->n_boxes; i++)
        if (from[i].level != 1 || from[i].reg != reg)
            box[leaf.n_boxes++] = from[i];
    GR_TRY(get_root(m, c->state, &node));
    GR_TRY(descend(m, c->stack, l->frames, &node));
    if (is_full(m, node)) return GRAM_OK;
    GR_TRY(put_all(m, &m->boxes, box, leaf.n_boxes, &leaf.boxes));
    return publish(m, node, leaf, out);
}

/* A full cache is no error: the answer is there, and not remembered. */
static gram_status unlock(GrMasks *m, gram_status status)
{
    pthread_mutex_unlock(&m->lock);
    if (GR_UNLIKELY(status == GRAM_E_MEMORY)) gr_masks_lack(m);
    bool full = status == GRAM_E_MEMORY || status == GRAM_E_LIMIT;
    return full ? GRAM_OK : status;
}

gram_status gr_memo_add(GrWork *w, const GrTrace *t, Leaf leaf,
                        const Leaf **out)
{
    *out = NULL;
    pthread_mutex_lock(&w->m->lock);
    return unlock(w->m, add_leaf(w, t, leaf, out));
}

gram_status gr_memo_add_rests(GrWork *w, uint32_t cls, uint8_t byte,
                              const GrTrace *t, uint32_t first_mark)
{
    uint64_t key = rests_key(cls, byte, t->from->state);
    pthread_mutex_lock(&w->m->lock);
    return unlock(w->m, add_rests(w, key, t, first_mark));
}

gram_status gr_memo_add_alias(GrWork *w, const GrConfig *c, const Leaf *l,
                              uint32_t reg, const Leaf **out)
{
    *out = NULL;
    pthread_mutex_lock(&w->m->lock);
    return unlock(w->m, add_alias(w->m, c, l, reg, out));
}
