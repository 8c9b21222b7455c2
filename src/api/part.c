/* What of a grammar grows while it is used, in generations.
 *
 * A machine is built as far as it is asked, and masks are remembered; over
 * many documents that has no end.  So a grammar is a source, and a *part*
 * that was compiled from it: tables and masks.  A part that meets its limit
 * is replaced by a new one from the same source; matchers of the old part
 * move to the new one at their next call, by running their text again, and
 * the last one to leave frees it:
 *
 *      grammar --now--> part 2  <--- matcher, matcher
 *                       part 1  <--- matcher that has been idle since
 *
 * Nobody waits: readers of a part go on without a lock, since a part is
 * never emptied in place.  (Counting who is inside of each call was rejected:
 * it costs as much as a mask.)
 *
 * Budget.  All parts together stay within the grammar's memory.  A part gets
 * an eighth of it, so that some may be waiting for idle matchers; 4 MB at
 * least, and never more than half of what the others leave, so that there is
 * always room for a next one.  Where the texts at hand alone fill a part,
 * parts get larger; where one text alone has filled a part, it gets all but
 * what the next one needs, for that text alone.
 *
 * Idle matchers of older parts thus hold on to no more than that memory, but
 * may leave nothing of it to others; gram_matcher_rest is for them.  (Taking
 * their part from them was rejected: they may have a mask of it in use, and
 * each call would have to say that it has begun.)
 *
 * Where a compilation takes more than a part in 32 of the memory, there is one
 * part and no other, with all of it: parts that matchers hold would soon leave
 * no room, and the memory of one lasts longer.
 *
 * Masks of different parts have different ids, for these are promised for
 * the grammar. */
#include "api/api.h"

#if defined(__GNUC__)
#pragma weak gr_source_compile
#endif

/* --- memory --------------------------------------------------------------- */

static size_t used_by(GrPart *p)
{
    GrPdaStats pda;
    GrMasksStats masks = {0};
    gr_pda_stats(p->pda, &pda);
    if (p->masks != NULL) gr_masks_stats(p->masks, &masks);
    return (size_t)(pda.memory + masks.memory);
}

/* What a compilation of the same source takes, and a little more. */
static size_t size_of_next(const GrPart *p)
{
    return p->birth + p->birth / 4 + 4096;
}

/* An eighth of the budget; 4 MiB; at most 2^8 of these; and what a compilation
 * may take, as a share of the budget, for parts to be replaced at all. */
enum { PARTS = 8, PART_LEAST = 4 << 20, SCALE_MOST = 8, RENEWS = 32 };

/* The last case above: then there is nothing to move to. */
static bool is_only(const GrPart *p)
{
    return p->birth > p->g->budget / RENEWS;
}

/* Bytes for p out of `room`, what all other parts leave.  In order: all of it;
 * the eighth, scaled, but half of the room at most (shifted right on the left
 * side, so that nothing overflows); and where that is less than two
 * compilations, or p is wide, all but the next one's. */
static size_t share_of(const GrPart *p, size_t room)
{
    size_t next = size_of_next(p), share = p->g->budget / PARTS;
    if (is_only(p)) return room;
    if (share < PART_LEAST) share = PART_LEAST;
    share = share > room / 2 >> p->g->scale ? room / 2 : share << p->g->scale;
    if (share >= 2 * next && !atomic_load(&p->is_wide)) return share;
    return room > 2 * next ? room - next : room;
}

/* p may hold its share of `room` bytes: half of what is left of it is for the
 * machine, half for masks.  Under the grammar's lock, or before p is known. */
static void set_limits(GrPart *p, size_t room)
{
    GrPdaStats pda;
    GrMasksStats masks;
    gr_pda_stats(p->pda, &pda);
    gr_masks_stats(p->masks, &masks);
    size_t used = (size_t)(pda.memory + masks.memory);
    p->share = share_of(p, room);
    size_t left = p->share > used ? p->share - used : 0;
    gr_pda_set_limit(p->pda, (size_t)pda.memory + left / 2);
    gr_masks_set_limit(p->masks, (size_t)masks.memory + left / 2 + 1);
}

/* What the parts other than p leave.  Under the grammar's lock. */
static size_t room_beside(gram_grammar *g, const GrPart *p)
{
    size_t used = 0;
    for (GrPart *q = g->parts; q != NULL; q = q->older)
        if (q != p) used += used_by(q);
    return used < g->budget ? g->budget - used : 0;
}

/* What lies beside the parts is counted with the machine's memory. */
void gr_parts_stats(gram_grammar *g, GrPdaStats *pda, GrMasksStats *masks)
{
    pthread_mutex_lock(&g->lock);
    gr_pda_stats(g->now->pda, pda);
    gr_masks_stats(g->now->masks, masks);
    pda->memory = g->env.used;
    masks->memory = 0;
    for (GrPart *q = g->parts; q != NULL; q = q->older)
        masks->memory += used_by(q);
    pthread_mutex_unlock(&g->lock);
}

/* --- life ----------------------------------------------------------------- */

/* The machine reports to p->full by itself whenever it would need more room. */
gram_status gr_part_new(gram_grammar *g, size_t room, gram_error *error,
                        GrPart **out)
{
    GrEnv env;
    gr_env_init(&env, &g->env.alloc, room, g->max_steps);
    env.error = error;
    GrPart *p = gr_zalloc(&env, 1, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    p->env = env;
    p->g = g;
    p->refs = 1;
    atomic_store(&p->n_ids, UINT32_MAX);
    gram_status status = gr_pda_new(&p->env, &p->pda);
    if (status == GRAM_OK) {
        gr_pda_set_full(p->pda, &p->full);
        *out = p;
    } else {
        gr_part_free(p);
    }
    return status;
}

/* A limit of 0 would mean the default, hence left + 1.  `birth` is what
 * compiling took at its highest, not only what is left of it: the next part has
 * to get through the same peak. */
gram_status gr_part_finish(GrPart *p, size_t room, uint32_t mask_flags)
{
    GrEnv *env = &p->env;
    size_t left = room > env->used ? room - env->used : 0;
    GrMasksOptions o = {&env->alloc, left + 1, mask_flags, &p->full};
    const gram_vocab *v = p->g->vocab;
    gram_status status = gr_masks_new(p->pda, v->v, v->tables, &o, &p->masks);
    if (status != GRAM_OK)
        return gr_fail(env, status, GR_NOWHERE, "%s", gram_status_text(status));
    env->error = NULL;
    p->birth = used_by(p) + (env->peak - env->used);
    set_limits(p, room);
    return GRAM_OK;
}

/* The part itself never lies in a file, and what does is gone by now: nothing
 * is lent any more. */
void gr_part_free(GrPart *p)
{
    if (p == NULL) return;
    gr_masks_free(p->masks);
    gr_pda_free(p->pda);
    gr_report_clear(&p->env, &p->report);
    GrEnv env = p->env;
    env.lent_len = 0;
    gr_free(&env, p, sizeof *p);
}

/* --- use ------------------------------------------------------------------ */

GrPart *gr_part_use(gram_grammar *g)
{
    pthread_mutex_lock(&g->lock);
    GrPart *p = g->now;
    p->refs++;
    pthread_mutex_unlock(&g->lock);
    return p;
}

GrPart *gr_part_share(GrPart *p)
{
    pthread_mutex_lock(&p->g->lock);
    p->refs++;
    pthread_mutex_unlock(&p->g->lock);
    return p;
}

/* Under the lock.  What p held is room for the present part. */
static void unlink_part(gram_grammar *g, const GrPart *p)
{
    GrPart **at = &g->parts;
    while (*at != p) at = &(*at)->older;
    *at = p->older;
    set_limits(g->now, room_beside(g, g->now));
}

/* Freed behind the lock: that takes as long as the part is large. */
void gr_part_leave(GrPart *p)
{
    gram_grammar *g = p->g;
    pthread_mutex_lock(&g->lock);
    bool last = --p->refs == 0;
    if (last) unlink_part(g, p);
    pthread_mutex_unlock(&g->lock);
    if (last) gr_part_free(p);
}

/* --- the next one --------------------------------------------------------- */

/* Neither lock is held but `renewing`: matchers go on meanwhile.  Errors stay
 * here; to who asked there is only no room. */
static gram_status compile(gram_grammar *g, size_t room, GrPart **out)
{
    GrPart *p;
    gram_error error;
    if (gr_source_compile == NULL) return GRAM_E_UNSUPPORTED;
    GR_TRY(gr_part_new(g, room, &error, &p));
    gram_status status =
        gr_source_compile(g->vocab, &p->env, &g->source, p->pda, &p->report);
    if (status == GRAM_OK) status = gr_part_finish(p, room, 0);
    if (status == GRAM_OK)
        *out = p;
    else
        gr_part_free(p);
    return status;
}

/* The part stays as large as it is: who needs more of it waits, or moves. */
static void freeze(GrPart *p)
{
    GrPdaStats pda;
    GrMasksStats masks;
    gr_pda_stats(p->pda, &pda);
    gr_masks_stats(p->masks, &masks);
    gr_pda_set_limit(p->pda, (size_t)pda.memory);
    gr_masks_set_limit(p->masks, (size_t)masks.memory);
}

/* A part's masks have the ids 1 .. n - 1 of its own when it is frozen; those
 * made later get none, so the next part may begin with first_id + n.  When the
 * ids are used up, after 2^32 masks, masks have none: none comes twice. */
static void retire(GrPart *p, GrPart *next)
{
    GrMasksStats masks;
    freeze(p);
    gr_masks_stats(p->masks, &masks);
    uint32_t n = (uint32_t)masks.masks + 1;
    bool left = n < UINT32_MAX - p->first_id;
    next->first_id = left ? p->first_id + n : UINT32_MAX;
    if (atomic_load(&p->n_ids) > n) atomic_store(&p->n_ids, n);
    atomic_store(&p->full, true);
}

/* The grammar's share of the old part goes last; the part lives on where
 * matchers hold it. */
static void put(gram_grammar *g, GrPart *next)
{
    GrPart *old = g->now;
    pthread_mutex_lock(&g->lock);
    retire(old, next);
    next->older = g->parts;
    g->parts = next;
    g->now = next;
    set_limits(next, room_beside(g, next));
    pthread_mutex_unlock(&g->lock);
    gr_part_leave(old);
}

/* May the present part grow by half after all, since others are gone, or it
 * is to be wide?  *room: what a next one may take. */
static bool may_grow(gram_grammar *g, GrPart *p, size_t *room)
{
    pthread_mutex_lock(&g->lock);
    size_t had = p->share, used = used_by(p);
    *room = room_beside(g, p);
    set_limits(p, *room);
    bool grows = p->share > had + had / 2;
    pthread_mutex_unlock(&g->lock);
    *room -= used < *room ? used : *room;
    return grows;
}

/* Both together fit, since p does not grow meanwhile: others that fill it wait
 * for the outcome. */
static bool compile_beside(gram_grammar *g, GrPart *p, GrPart **next)
{
    pthread_mutex_lock(&g->lock);
    freeze(p);
    size_t room = room_beside(g, NULL);
    pthread_mutex_unlock(&g->lock);
    if (compile(g, room, next) == GRAM_OK) return true;
    pthread_mutex_lock(&g->lock);
    set_limits(p, room_beside(g, p));
    pthread_mutex_unlock(&g->lock);
    return false;
}

/* Parts that a few texts of each matcher fill are too small for all of them,
 * and would be filled again by running these; and the other way round. */
static void scale(gram_grammar *g, GrPart *p)
{
    pthread_mutex_lock(&g->lock);
    uint32_t n = atomic_load(&p->n_texts), few = 2 * p->refs;
    if (n <= few && g->scale < SCALE_MOST) g->scale++;
    if (n > 16 * few && g->scale > 0) g->scale--;
    pthread_mutex_unlock(&g->lock);
}

/* Under g->renewing; p is the present part, and full: that stays to be seen
 * until something has been done about it, since others ask meanwhile. */
static bool replace(gram_grammar *g, GrPart *p)
{
    size_t room;
    GrPart *next;
    atomic_store(&p->full, !is_only(p));
    if (is_only(p)) return false;
    scale(g, p);
    bool grows = may_grow(g, p, &room);
    if (!grows && atomic_load(&p->n_texts) <= 2) {
        atomic_store(&p->is_wide, true);
        grows = may_grow(g, p, &room);
    }
    if (!grows && room >= size_of_next(p)) {
        bool made = compile_beside(g, p, &next);
        if (made) put(g, next);
        if (made) return true;
    }
    if (grows) atomic_fetch_add(&p->grown, 1);
    atomic_store(&p->full, false);
    return grows;
}

/* Only one thread replaces; those that waited find a part that is not full, and
 * take that. */
GrPart *gr_part_next(GrPart *p)
{
    gram_grammar *g = p->g;
    bool there = true;
    pthread_mutex_lock(&g->renewing);
    if (g->now == p || atomic_load(&g->now->full)) there = replace(g, g->now);
    pthread_mutex_unlock(&g->renewing);
    return there ? gr_part_use(g) : NULL;
}
