/* The rests of a class that are alive in a state.
 *
 * In: a configuration and the trie of the rests that begin with one byte.
 * Out: the groups of tokens that are alive.  Behind that byte most states
 * are in the same place: a string that ends goes on behind the member of its
 * object, whichever string it was.  So what is alive behind the byte is
 * remembered by the configuration there (a memo like that of the masks), and
 * its conditions are carried over to the walk at hand:
 *
 *      string 1 --"--+
 *      string 2 --"--+--> behind a member --> rests alive, conditions
 *      string 3 --"--+
 *
 * Cost: a byte and a look-up where the place is known. */
#include "mask/mask_int.h"

static gram_status note_group(Walk *k, uint32_t node, StateId s, uint32_t base)
{
    (void)s, (void)base;
    return gr_vec_push(k->w->env, &k->w->groups,
                       gr_trie_token(&k->trie.node[node]));
}

/* --- the place behind the byte -------------------------------------------- */

/* c as a place where a walk may begin: the frames that the present walk has
 * pushed are like any others. */
static gram_status rebase(GrWork *w, const GrConfig *c, GrConfig *out)
{
    const GrNode **link = &out->stack;
    *out = *c;
    for (const GrNode *n = c->stack; n != NULL; n = n->below) {
        *link = n;
        if (n->level.origin == GR_ORIGIN_MATCH) break;
        GrNode *copy = gr_arena_take(w->env, &w->arena, sizeof *copy);
        if (copy == NULL) return GRAM_E_MEMORY;
        *copy = *n;
        copy->level.origin = GR_ORIGIN_MATCH;
        *link = copy;
        link = &copy->below;
    }
    return GRAM_OK;
}

/* In a level that the walk opened, all items are of the walk. */
static bool carry_item(const GrLevel *l, const GrSeen *before, uint16_t level,
                       Mark *mark)
{
    if (level == 0) mark->kind = MARK_HARD;
    bool set = l->origin != GR_ORIGIN_MATCH && l->was_set >> mark->state & 1;
    if (l->seen != before || set) mark->added = 1;
    mark->level = level;
    return level != 0 || mark->added > 0 || l->seen != NULL;
}

/* A mark made in a walk that began at c, as one of the walk that has come to
 * c; false where it is none there. */
static bool carry_mark(const GrTrace *t, const GrConfig *c, Mark *mark)
{
    if (mark->kind == MARK_HARD || mark->level == 0) return true;
    const GrLevel *object = gr_config_level(c, mark->level);
    const GrSeen *before = NULL;
    if (object == NULL) return false; /* from a file that is damaged */
    uint16_t level = gr_trace_level(t, c, mark->level);
    if (level != 0) before = gr_config_level(t->from, level)->seen;
    if (mark->kind == MARK_ITEM) return carry_item(object, before, level, mark);
    if (object->seen != before) {
        mark->kind = MARK_AGAIN;
        mark->added += n_keys(object->seen) - n_keys(before);
    }
    mark->level = level;
    return mark->kind == MARK_AGAIN || level != 0;
}

/* In place: those that are none at c are left out, the others keep their order.
 */
static void carry_marks(GrWork *w, const GrTrace *t, const GrConfig *c,
                        uint32_t first)
{
    uint32_t n = first;
    for (uint32_t i = first; i < w->marks.n; i++)
        if (carry_mark(t, c, &w->marks.at[i])) {
            if (n < i) gr_mark_copy(&w->marks.at[n], &w->marks.at[i]);
            n++;
        }
    w->marks.n = n;
}

gram_status gr_marks_carry(GrWork *w, const GrTrace *t, const GrConfig *c,
                           const Leaf *l)
{
    Mark *mark = array_at(&w->m->marks, l->marks, l->n_marks);
    uint32_t first = w->marks.n;
    GR_TRY(gr_vec_reserve(w->env, &w->marks, l->n_marks));
    for (uint32_t i = 0; i < l->n_marks; i++)
        gr_mark_copy(&w->marks.at[w->marks.n++], &mark[i]);
    carry_marks(w, t, c, first);
    return GRAM_OK;
}

/* --- what is known there -------------------------------------------------- */

/* A leaf may come from a file that was not checked against these rests. */
static gram_status check_groups(GrWork *w, const Rests *r,
                                const uint32_t *group, uint32_t n)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        if (group[i] > most) most = group[i];
    if (n == 0 || most < r->n_groups) return GRAM_OK;
    return gr_fail(w->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                   "rests that the vocabulary does not have");
}

/* Instead of a walk.  Where marks become too many the mask is not kept anyway,
 * and what is missing in it is of no use to anybody. */
static gram_status load_known(GrWork *w, const Rests *r, const Leaf *l)
{
    const GrMasks *m = w->m;
    Mark *mark = array_at(&m->marks, l->marks, l->n_marks);
    const uint32_t *group = array_at(&m->groups, l->groups, l->n_groups);
    GR_TRY(check_groups(w, r, group, l->n_groups));
    if (w->marks.n + l->n_marks > MARKS_MAX) {
        w->too_many = true;
        return GRAM_OK;
    }
    GR_TRY(gr_vec_reserve(w->env, &w->marks, l->n_marks));
    for (uint32_t i = 0; i < l->n_marks; i++)
        gr_mark_copy(&w->marks.at[w->marks.n++], &mark[i]);
    GR_TRY(gr_vec_reserve(w->env, &w->groups, l->n_groups));
    if (l->n_groups > 0)
        memcpy(w->groups.at + w->groups.n, group, l->n_groups * sizeof *group);
    w->groups.n += l->n_groups;
    return gr_step(w->env, l->n_groups);
}

/* Walk from the place, and remember; conditions go to t. */
static gram_status explore(Walk *k, const GrConfig *place, const GrConfig *c,
                           uint32_t first_mark)
{
    GrWork *w = k->w;
    GrTrace own;
    GrConfig walk;
    Walk inner = *k;
    gr_trace_start(&own, place, &walk);
    inner.run.trace = &own;
    inner.emit = note_group;
    GR_TRY(gr_walk_below(&inner, &walk, 0, 1));
    if (!w->too_many && !own.is_volatile)
        GR_TRY(gr_memo_add_rests(w, k->cls, k->byte, &own, first_mark));
    gr_trace_inherit(k->run.trace, c, own.frames_read, own.box, own.n_boxes,
                     own.asked, own.n_asked);
    k->run.trace->is_volatile |= own.is_volatile;
    return GRAM_OK;
}

/* What is alive behind the byte, by the memo if it knows the place.  A place
 * where the conditions of the rests and those of the walk do not fit into one
 * leaf gets a hard mark at the root of the rests: all of them are tried for
 * each mask, which is slow and right. */
static gram_status behind(Walk *k, const Rests *r, const GrConfig *c)
{
    GrWork *w = k->w;
    const GrMasks *m = w->m;
    GrTrace *t = k->run.trace;
    GrConfig place;
    const Leaf *l;
    uint32_t first = w->marks.n;
    GR_TRY(rebase(w, c, &place));
    GR_TRY(gr_memo_find_rests(w, k->cls, k->byte, &place, &l));
    if (l == NULL) {
        GR_TRY(explore(k, &place, c, first));
    } else {
        GR_TRY(load_known(w, r, l));
        gr_trace_inherit(t, c, l->frames,
                         array_at(&m->boxes, l->boxes, l->n_boxes), l->n_boxes,
                         array_at(&m->asked, l->asked, l->n_asked), l->n_asked);
    }
    carry_marks(w, t, c, first);
    if (!t->is_volatile) return GRAM_OK;
    /* conditions that do not fit: all of it is walked for each mask */
    t->is_volatile = false;
    w->marks.n = first;
    w->groups.n = 0;
    Mark hard = {.depth = 1, .kind = MARK_HARD, .cls = k->cls, .byte = k->byte};
    return gr_vec_push(w->env, &w->marks, hard);
}

/* --- walking -------------------------------------------------------------- */

/* The byte is stepped in the walk at hand, since what it does (a pop, a key
 * that is complete) depends on where it stands; only what lies behind is
 * shared.  The rest that is the byte alone is the root of the trie. */
static gram_status walk_parts(Walk *k, const Rests *r, const GrConfig *from)
{
    GrConfig c = *from;
    bool dead;
    GR_TRY(gr_walk_step(k, &c, k->byte, 0, 1, &dead));
    if (dead) return GRAM_OK;
    if (r->n_nodes > 1) GR_TRY(behind(k, r, &c));
    if (!(r->node[0].info & GR_TRIE_HAS)) return GRAM_OK;
    return gr_vec_push(k->w->env, &k->w->groups, gr_trie_token(&r->node[0]));
}

gram_status gr_rests_walk(Walk *k, const Rests *r, const GrConfig *c)
{
    GrWork *w = k->w;
    w->groups.n = 0;
    if (k->run.trace == NULL || w->m->flags & GR_MASK_NO_PARTS) {
        k->emit = note_group;
        return gr_walk_node(k, c, 0, 1);
    }
    GrArenaMark mark = gr_arena_mark(&w->arena);
    gram_status status = walk_parts(k, r, c);
    gr_arena_release(w->env, &w->arena, mark);
    return status;
}

/* --- marks met from several states ---------------------------------------- */

static bool same_marks(const Mark *a, const Mark *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i].node != b[i].node || a[i].depth != b[i].depth ||
            a[i].state != b[i].state || a[i].added != b[i].added ||
            a[i].level != b[i].level || a[i].kind != b[i].kind)
            return false;
    return true;
}

/* What earlier states met at a key is not what later ones meet there: each
 * tells when it has to be walked again. */
static void walk_again(GrWork *w, uint32_t first)
{
    for (uint32_t i = first; i < w->marks.n; i++)
        if (w->marks.at[i].kind == MARK_KEY) w->marks.at[i].kind = MARK_AGAIN;
}

void gr_marks_merge(GrWork *w, uint32_t first, uint32_t from)
{
    Mark *mark = w->marks.at;
    uint32_t had = from - first, n = w->marks.n, to = from;
    if (n - from == had && same_marks(mark + first, mark + from, had)) {
        w->marks.n = from;
        return;
    }
    walk_again(w, first);
    for (uint32_t i = from, j; i < n; i++) {
        for (j = first; j < to && !same_marks(&mark[i], &mark[j], 1);) j++;
        if (j < to) continue;
        if (to < i) gr_mark_copy(&mark[to], &mark[i]);
        to++;
    }
    w->marks.n = to;
}
