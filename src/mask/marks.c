/* Marks: what the text decides, put right on top of a memoized mask.
 *
 *     is it known that nothing matters?  --> the mask, as it is
 *     is it known what these keys make of it?  --> another mask (keyed.c)
 *     else: hard marks, items, keys, in that order
 *
 * That nothing matters is found out by looking at each mark's survey, and
 * known as long as the lists of keys are the same ones; for the open key, once
 * no seen key begins like it.
 *
 * The order is one of strength: hard marks and subtrees that are walked again
 * set what they find alive, items and keys only clear.  A leaf that was made
 * near another one (near.c) has that one's marks below its own; what they
 * clear and is alive here is set again.
 *
 * What comes out has an id where it is a function of the leaf and of numbers
 * of lists; what items or hard marks made of it depends on the text, and lies
 * in the work space alone. */
#include "mask/marks.h"

/* Only when a mark has something to say is the row loaded, which may be a copy
 * of 16 KB. */
gram_status gr_apply_load(Apply *a)
{
    if (a->loaded) return GRAM_OK;
    a->loaded = true;
    return gr_row_load(a->w, a->leaf->mask);
}

/* --- a leaf --------------------------------------------------------------- */

/* Hard marks first: key marks may clear what they set. */
static gram_status apply_marks(Apply *a, const Leaf *leaf, bool outer)
{
    Mark *mark = array_at(&a->w->m->marks, leaf->marks, leaf->n_marks);
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        a->exact |= mark[i].kind == MARK_HARD;
        if (mark[i].kind == MARK_HARD) GR_TRY(gr_apply_hard(a, &mark[i]));
        if (mark[i].kind == MARK_AGAIN) GR_TRY(gr_apply_again(a, &mark[i]));
    }
    for (uint32_t i = 0; i < leaf->n_marks; i++)
        if (mark[i].kind == MARK_ITEM) GR_TRY(gr_apply_item(a, &mark[i]));
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        if (!outer && mark[i].node == GR_TRIE_NONE) continue;
        if (mark[i].kind == MARK_KEY) GR_TRY(gr_apply_key(a, &mark[i]));
        if (mark[i].kind == MARK_END) GR_TRY(gr_apply_end(a));
    }
    return GRAM_OK;
}

/* The mark of the open key is the outer leaf's own. */
static gram_status apply_below(Apply *a, const Leaf *leaf)
{
    const uint32_t *over = array_at(&a->w->m->over, leaf->over, leaf->n_over);
    GR_TRY(apply_marks(a, leaf_at(a->w->m, leaf->below - 1), false));
    if (!a->loaded) return GRAM_OK;
    for (uint32_t i = 0; i < leaf->n_over; i++)
        GR_TRY(gr_row_put_node(a->w, over[i], true));
    return GRAM_OK;
}

/* The leaf's place among those that are known to be quiet. */
static Quiet *quiet_at(GrWork *w, const Leaf *leaf)
{
    Quiet *q = &w->quiet[leaf->self % N_QUIET];
    if (q->leaf == leaf->self + 1) return q;
    *q = (Quiet){.leaf = leaf->self + 1, .levels = gr_keyed_levels(w->m, leaf)};
    return q;
}

/* The keys of the levels of the leaf's marks; false: those are too many. */
static bool seen_of(uint32_t levels, const GrConfig *c, const GrSeen *seen[2])
{
    uint32_t n = 0;
    seen[0] = seen[1] = NULL;
    for (uint32_t l = levels & ~LEVELS_OPEN_KEY; l != 0; l &= l - 1) {
        const GrLevel *level =
            gr_config_level(c, 1 + (uint32_t)__builtin_ctz(l));
        if (n == 2) return false;
        seen[n++] = level ? level->seen : NULL;
    }
    return levels != 0;
}

/* The same lists, by their addresses (gr_work_forget). */
static bool is_quiet(const Quiet *q, const GrConfig *c)
{
    const GrSeen *seen[2];
    return q->known && seen_of(q->levels, c, seen) && q->seen[0] == seen[0] &&
           q->seen[1] == seen[1];
}

/* May the marks of keys, but for that of the open one, do anything? */
static gram_status keys_matter(Apply *a, const Leaf *leaf, bool *any)
{
    Mark *mark = array_at(&a->w->m->marks, leaf->marks, leaf->n_marks);
    for (uint32_t i = 0; i < leaf->n_marks && !*any; i++) {
        const GrLevel *object = NULL;
        if (mark[i].node == GR_TRIE_NONE) continue;
        if (mark[i].level > 0) object = gr_config_level(a->c, mark[i].level);
        const GrSeen *seen = object ? object->seen : NULL;
        if (mark[i].kind == MARK_AGAIN || seen != NULL)
            GR_TRY(gr_survey_matters(a->w, &mark[i], seen, any));
    }
    return GRAM_OK;
}

/* The mark of the open key is the first of a leaf. */
static gram_status is_root_idle(Apply *a, bool *idle)
{
    RootMatter what = ROOT_NEVER;
    Mark *mark = gr_store_at(&a->w->m->marks, a->leaf->marks);
    const GrLevel *object = gr_config_level(a->c, 2);
    bool is_first = a->leaf->n_marks > 0 && mark->node == GR_TRIE_NONE &&
                    mark->kind == MARK_KEY && object != NULL;
    if (is_first) GR_TRY(gr_root_matter(a, mark, object->seen, &what));
    *idle = is_first && what <= ROOT_NOTHING;
    return GRAM_OK;
}

/* Do the marks do nothing? */
static gram_status is_idle(Apply *a, Quiet *q, bool *idle)
{
    const Leaf *leaf = a->leaf;
    bool any = false;
    *idle = false;
    if (q->levels == 0) return GRAM_OK;
    if (!is_quiet(q, a->c)) {
        GR_TRY(keys_matter(a, leaf, &any));
        if (leaf->below != 0)
            GR_TRY(keys_matter(a, leaf_at(a->w->m, leaf->below - 1), &any));
        if (any) return GRAM_OK;
        q->known = seen_of(q->levels, a->c, q->seen);
    }
    *idle = true;
    return q->levels & LEVELS_OPEN_KEY ? is_root_idle(a, idle) : GRAM_OK;
}

/* If the row was loaded and nothing changed, it is the leaf's mask still. */
gram_status gr_marks_apply(GrWork *w, const Leaf *leaf, const GrConfig *c,
                           GrText *log, GrMaskView *out)
{
    Apply a = {.w = w, .leaf = leaf, .c = c, .log = log};
    Quiet *q = quiet_at(w, leaf);
    uint32_t mask = 0;
    bool idle;
    GR_TRY(is_idle(&a, q, &idle));
    if (idle) return gr_mask_view(w, leaf->mask, out);
    if (gr_keyed_find(w, leaf, q->levels, c, log, &mask))
        return gr_mask_view(w, mask, out);
    if (leaf->below != 0) GR_TRY(apply_below(&a, leaf));
    GR_TRY(apply_marks(&a, leaf, true));
    if (!a.loaded || w->held_mask == leaf->mask) mask = leaf->mask;
    if (a.followed && !a.exact)
        GR_TRY(gr_keyed_add(w, leaf, q->levels, c, log, &mask));
    if (mask != 0) return gr_mask_view(w, mask, out);
    gr_row_settle(w);
    *out = (GrMaskView){w->row, 0, w->n};
    return GRAM_OK;
}
