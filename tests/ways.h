/* ways.h: one schema whose masks are made in several ways.
 *
 * Each way has a machine and caches of its own; two that stand at the same
 * place must have the same row, however it was found. */
#ifndef WAYS_H
#define WAYS_H

#include "t.h"

#include "mask/mask_int.h"
#include "match/match.h"
#include "schema/schema.h"

typedef struct Way {
    GrEnv env;
    gram_error error;
    GrTables *own; /* NULL: the tables are the caller's */
    GrPda *pda;
    GrMasks *masks;
    GrMatcher *m;
} Way;

/* Tables of its own where `t` is NULL. */
static inline void way_start(Way *w, const GrVocab *v, const GrTables *t,
                             const char *schema, uint32_t flags)
{
    GrMasksOptions mo = {NULL, 0, flags, NULL};
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    if (t == NULL) T(gr_tables_new(&w->env, v, &w->own) == GRAM_OK);
    T(gr_pda_new(&w->env, &w->pda) == GRAM_OK);
    T_OK(gr_schema_compile(&w->env, schema, strlen(schema), NULL, w->pda) ==
             GRAM_OK,
         "%s", schema);
    T(gr_masks_new(w->pda, v, t ? t : w->own, &mo, &w->masks) == GRAM_OK);
    T(gr_matcher_new(w->masks, NULL, 0, &w->error, &w->m) == GRAM_OK);
}

static inline void way_stop(Way *w)
{
    gr_matcher_free(w->m);
    gr_masks_free(w->masks);
    gr_pda_free(w->pda);
    gr_tables_free(w->own);
    T_EQ(w->env.used, 0);
}

/* `before`: what comes next, told where the rows differ. */
static inline void ways_compare(const GrVocab *v, Way way[2],
                                const char *before)
{
    GrMaskView view[2];
    for (int k = 0; k < 2; k++)
        T(gr_matcher_mask(way[k].m, &view[k]) == GRAM_OK);
    T_OK(view[0].n == view[1].n &&
             memcmp(view[0].row, view[1].row, v->mask_words * 4) == 0,
         "%u tokens, not %u, before %s", view[1].n, view[0].n, before);
}

/* Of all its masks so far. */
static inline uint64_t way_steps(const Way *w)
{
    GrMasksStats stats;
    gr_masks_stats(w->masks, &stats);
    return stats.steps;
}

#endif
