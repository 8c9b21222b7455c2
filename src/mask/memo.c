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

/* --- finding ------------------------------------------------------------------ */

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

static uint32_t find_child(GrWork *w, uint32_t node, FrameId frame)
{
    const MemoNode *n = node_at(w->m, node);
    uint32_t first = atomic_load_explicit(&n->frame, memory_order_acquire);
    if (first == frame.v + 1)
        return atomic_load_explicit(&n->child, memory_order_acquire);
    if (!atomic_load_explicit(&n->more, memory_order_acquire)) return 0;
    return child_in_map(w, node, frame.v);
}

static gram_status leaf_holds(GrMasks *m, const Leaf *l, const GrConfig *c,
                              bool *holds)
{
    *holds = true;
    if (GR_LIKELY((l->n_boxes | l->n_asked) == 0)) return GRAM_OK;
    return gr_trace_holds(m->pda, c, gr_store_at(&m->boxes, l->boxes),
                          l->n_boxes, gr_store_at(&m->asked, l->asked),
                          l->n_asked, holds);
}

static gram_status find_in_node(GrMasks *m, const MemoNode *n,
                                const GrConfig *c, const Leaf **out)
{
    uint32_t i = atomic_load_explicit(&n->leaf, memory_order_acquire);
    while (i != 0) {
        const Leaf *l = leaf_at(m, i - 1);
        bool holds;
        GR_TRY(leaf_holds(m, l, c, &holds));
        if (holds) {
            *out = l;
            return GRAM_OK;
        }
        i = l->next;
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
    uint32_t node = atomic_load_explicit(root, memory_order_acquire);
    const GrNode *frames = c->stack;
    while (node != 0) {
        GR_TRY(find_in_node(m, node_at(m, node), c, out));
        if (*out != NULL || frames == NULL) break;
        node = find_child(w, node, frames->frame);
        frames = frames->below;
    }
    return GRAM_OK;
}

/* --- adding: all under the lock ------------------------------------------------ */

static gram_status add_node(GrMasks *m, uint32_t *node)
{
    return gr_store_add(&m->env, &m->nodes, 1, node);
}

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

static gram_status get_node(GrMasks *m, const GrTrace *t, uint32_t *node)
{
    const GrNode *frames = t->from->stack;
    GR_TRY(get_root(m, t->from->state, node));
    for (uint32_t i = 0; i < t->frames_read && frames != NULL; i++) {
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

static gram_status add_leaf(GrWork *w, const GrTrace *t, Leaf leaf,
                            const Leaf **out)
{
    GrMasks *m = w->m;
    uint32_t node, at;
    GR_TRY(get_node(m, t, &node));
    MemoNode *n = node_at(m, node);
    if (n->n_leaves >= LEAVES_MAX) return GRAM_OK;
    GR_TRY(gr_mask_keep(w, &leaf.mask));
    GR_TRY(put_conditions(m, t, &leaf));
    leaf.frames = t->frames_read;
    leaf.n_marks = w->marks.n;
    leaf.n_over = w->over.n;
    GR_TRY(put_all(m, &m->marks, w->marks.at, w->marks.n, &leaf.marks));
    GR_TRY(put_all(m, &m->over, w->over.at, w->over.n, &leaf.over));
    GR_TRY(gr_store_add(&m->env, &m->leaves, 1, &at));
    leaf.self = at;
    leaf.next = atomic_load(&n->leaf);
    *leaf_at(m, at) = leaf;
    *out = leaf_at(m, at);
    n->n_leaves++;
    atomic_store_explicit(&n->leaf, at + 1, memory_order_release);
    return GRAM_OK;
}

gram_status gr_memo_add(GrWork *w, const GrTrace *t, Leaf leaf,
                        const Leaf **out)
{
    *out = NULL;
    pthread_mutex_lock(&w->m->lock);
    gram_status status = add_leaf(w, t, leaf, out);
    pthread_mutex_unlock(&w->m->lock);
    /* a full cache is no error: the answer is there, and not remembered */
    if (status == GRAM_E_MEMORY || status == GRAM_E_LIMIT) return GRAM_OK;
    return status;
}
