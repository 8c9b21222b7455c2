/* One byte of a walk, and what the mask has to know of it.
 *
 * In: a configuration in front of a node's byte.  Out: the one behind it, or
 * that it is dead.  The trace of the walk tells what the byte has met that not
 * all configurations of the leaf have in common; for the tokens below the node
 * that becomes a mark, which is applied each time the leaf is used:
 *
 *     a key begins          MARK_KEY, or MARK_AGAIN where the walk has added
 *                           keys itself
 *     an item is complete   MARK_ITEM
 *     a limit, and what     MARK_HARD: the tokens below are walked again, by
 *     no condition holds    the matcher's own rules
 *
 * Exact walks have no trace, and write the bytes of the path behind the log.
 *
 * Cost: that of the machine's step. */
#include "mask/mask_int.h"

/* --- one step ------------------------------------------------------------- */

/* Bytes up to and including a node of the range that is walked. */
uint32_t gr_walk_depth(const Walk *k, uint32_t node)
{
    uint32_t i = k->first, depth = k->first_depth;
    while (i != node) {
        bool below = node < k->trie.node[i].next;
        depth += below;
        i = below ? i + 1 : k->trie.node[i].next;
    }
    return depth;
}

/* Where there are too many, the mask is made all the same: but nothing can be
 * remembered. */
static gram_status add_mark(Walk *k, Mark mark)
{
    GrWork *w = k->w;
    if (mark.depth == 0) mark.depth = gr_walk_depth(k, mark.node);
    mark.cls = k->cls;
    mark.byte = k->byte;
    if (w->marks.n >= MARKS_MAX) {
        w->too_many = true; /* gr_mask_leaf then keeps nothing */
        return GRAM_OK;
    }
    return gr_vec_push(w->env, &w->marks, mark);
}

/* A key begins behind this byte.  Where the walk has not added keys to its
 * object, only the keys that the object had when the walk began matter; else
 * the walk has to be done again, with their texts, if they matter at all. */
static gram_status at_key(Walk *k, const GrConfig *c, uint32_t node,
                          uint32_t depth)
{
    const GrLevel *object = &c->stack->level;
    const GrSeen *before = NULL;
    Mark mark = {.node = node,
                 .depth = depth,
                 .state = c->state.v,
                 .level = object->origin,
                 .kind = MARK_KEY};
    if (object->origin != 0)
        before = gr_config_level(k->run.trace->from, object->origin)->seen;
    if (object->seen != before) {
        mark.kind = MARK_AGAIN;
        mark.added = n_keys(object->seen) - n_keys(before);
    } else if (object->origin == 0) {
        return GRAM_OK;
    }
    return add_mark(k, mark);
}

/* Items are complete behind this byte, and taken for new ones. */
static gram_status at_items(Walk *k, uint32_t n, uint32_t node, uint32_t depth)
{
    for (uint32_t i = 0; i < n; i++) {
        const GrTraceItem *item = &k->run.trace->item[i];
        GR_TRY(add_mark(k, (Mark){.node = node,
                                  .depth = depth,
                                  .state = item->reg,
                                  .added = item->inside,
                                  .level = item->level,
                                  .kind = MARK_ITEM}));
    }
    return GRAM_OK;
}

/* What the trace met on this byte that no condition of a leaf can hold
 * makes the node hard; so does a limit, which may depend on anything. */
static gram_status after_traced(Walk *k, const GrConfig *c, uint32_t node,
                                uint32_t depth, bool limit, bool *dead)
{
    GrTrace *t = k->run.trace;
    bool hard = t->is_volatile || limit, key = t->key_entered;
    uint32_t n_items = t->n_items;
    t->is_volatile = t->key_entered = false;
    t->n_items = 0;
    if (hard) {
        *dead = true;
        return add_mark(
            k, (Mark){.node = node, .depth = depth, .kind = MARK_HARD});
    }
    if (*dead) return GRAM_OK;
    GR_TRY(at_items(k, n_items, node, depth));
    return key ? at_key(k, c, node, depth) : GRAM_OK;
}

/* A refusal is an answer.  A limit of one step only makes the tokens below
 * hard, or dead in an exact walk; one of the whole call ends it. */
gram_status gr_walk_step(Walk *k, GrConfig *c, uint8_t byte, uint32_t node,
                         uint32_t depth, bool *dead)
{
    if (k->path != NULL) {
        k->path[depth - 1] = (char)byte;
        k->run.log_len = k->path_at + depth;
    }
    gram_status status = gr_run_byte(&k->run, c, byte);
    bool limit = status == GRAM_E_LIMIT;
    if (status != GRAM_OK && status != GRAM_E_REFUSED && !limit) return status;
    if (limit && k->w->env->steps > k->w->env->max_steps) return status;
    *dead = status != GRAM_OK;
    k->w->limited |= limit && k->run.trace == NULL;
    if (k->run.trace == NULL) return GRAM_OK;
    return after_traced(k, c, node, depth, limit, dead);
}

/* --- paths ---------------------------------------------------------------- */

/* No node is at hand: what an exact walk meets needs no mark. */
gram_status gr_walk_on(Walk *k, GrConfig *c, const char *p, uint32_t from,
                       uint32_t n, bool *dead)
{
    *dead = false;
    for (uint32_t i = from; i < n && !*dead; i++)
        GR_TRY(gr_walk_step(k, c, (uint8_t)p[i], GR_TRIE_NONE, i + 1, dead));
    return GRAM_OK;
}

gram_status gr_walk_path(Walk *k, GrConfig *c, const char *p, uint32_t n,
                         bool *dead)
{
    return gr_walk_on(k, c, p, 0, n, dead);
}
