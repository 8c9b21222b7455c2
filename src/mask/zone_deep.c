/* Masks of states that count characters by states, and have no loop.
 *
 *      \S           \S           \S
 *   s0 ---> s1 ---------> s2 ---------> s3 ..     ^\S(?:.{0,198}\S)?$
 *             `- space -> t2 - space -> t3 ..     t: a character must follow
 *
 * Each state has others behind it, up to the end of what is counted, so that
 * there is no end of places to be looked at, or one where all is dead; and a
 * chain would have all words behind a space as exits.  But nearly all tokens
 * are short: where nothing is dead for as many characters as they have, they
 * are alive, and the few that are longer are stepped one by one.
 *
 * What lies beyond may do more than step (count, ask for keys): where a token
 * meets that, the mask is made in another way.
 *
 * That a state was in such a zone is remembered of all its places: their own
 * masks need no search to the end either.
 *
 * Cost: a look at the cells of some 60 states, which are those of the next
 * mask, too; steps for some hundred tokens. */
#include "mask/zone.h"

/* Tokens that are longer than was looked at, at most; and so few that it is not
 * looked farther. */
enum { LONGER_MOST = 2048, LONGER_LEAST = 256, DEEPEST = 200 };
/* What a search may take: about a quarter of a walk. */
enum { DEEP_LOOKS = 3072, DEEP_FILLS = 1536 };

static uint32_t longer_than(const GrTables *t, uint32_t depth)
{
    const Class *plain = t->plain;
    if (depth >= plain->longest) return 0;
    return plain->chars_at[plain->longest] - plain->chars_at[depth];
}

bool gr_zone_is_deep(const GrTables *t, uint32_t depth)
{
    return depth > 0 && longer_than(t, depth) <= LONGER_MOST;
}

bool gr_zone_was_deep(GrMasks *m, StateId s)
{
    pthread_mutex_lock(&m->lock);
    bool yes = gr_map_find(&m->deep_of, s.v) != NULL;
    pthread_mutex_unlock(&m->lock);
    return yes;
}

static gram_status keep(GrMasks *m, const ZoneSearch *s)
{
    gram_status status = GRAM_OK;
    pthread_mutex_lock(&m->lock);
    for (uint32_t i = 0; i < s->n && status == GRAM_OK; i++)
        if (gr_map_find(&m->deep_of, s->place[i].state) == NULL)
            status = gr_map_put(&m->env, &m->deep_of, s->place[i].state, 1);
    pthread_mutex_unlock(&m->lock);
    return status;
}

/* The search is too large for a stack. */
static gram_status find(GrWork *w, StateId s, Zone *out, bool *found)
{
    GrArenaMark mark = gr_arena_mark(&w->arena);
    ZoneSearch *at = gr_arena_take(w->env, &w->arena, sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memset(at, 0, sizeof *at);
    at->w = w;
    at->most = (ZoneMost){DEEP_LOOKS, DEEP_FILLS};
    at->deepest = 1;
    while (at->deepest < DEEPEST &&
           longer_than(w->m->tables, at->deepest) > LONGER_LEAST)
        at->deepest++;
    gram_status status = gr_zone_search(at, s);
    gr_map_clear(w->env, &at->inside);
    *found = status == GRAM_OK && at->is_one && at->zone.cls != 0 &&
             at->zone.reg >= GR_REGS;
    *out = at->zone;
    out->deep = at->deep;
    /* no room for it: found again */
    if (*found) (void)keep(w->m, at);
    gr_arena_release(w->env, &w->arena, mark);
    return status;
}

gram_status gr_zone_deep(Walk *k, const LoopRef *own, const GrConfig *c,
                         bool *done)
{
    GrMasks *m = k->w->m;
    Zone zone;
    *done = false;
    if (own->cls != 0 || gr_pda_is_plain(m->pda)) return GRAM_OK;
    GR_TRY(gr_zone_may_be(k->w, c->state, done));
    if (*done) GR_TRY(gr_table_classes(m, done));
    if (*done) GR_TRY(find(k->w, c->state, &zone, done));
    return *done ? gr_zone_mask(k, &zone, c, done) : GRAM_OK;
}
