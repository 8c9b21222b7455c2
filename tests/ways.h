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

/* The default vocabulary, and tables that ways share. */
typedef struct WayVocab {
    GrEnv env;
    GrVocab *v;
    GrTables *t;
} WayVocab;

static inline void way_vocab_open(WayVocab *w)
{
    gram_error e;
    GrVocabOptions o = {0};
    gr_env_init(&w->env, NULL, 0, 0);
    if (gr_vocab_from_default(&o, &e, &w->v) != GRAM_OK ||
        gr_tables_new(&w->env, w->v, &w->t) != GRAM_OK)
        abort();
}

static inline void way_vocab_close(WayVocab *w)
{
    gr_tables_free(w->t);
    gr_vocab_free(w->v);
    T_EQ(w->env.used, 0);
}

/* Tables of its own where `t` is NULL.  What the schema compiles to; where that
 * is no machine there is nothing but to stop.  max_steps 0: the default. */
static inline gram_status way_try(Way *w, const GrVocab *v, const GrTables *t,
                                  const char *schema, uint32_t flags,
                                  uint64_t max_steps)
{
    GrMasksOptions mo = {NULL, 0, flags | GR_MASK_BY_BYTES, NULL};
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, max_steps);
    if (t == NULL) T(gr_tables_new(&w->env, v, &w->own) == GRAM_OK);
    T(gr_pda_new(&w->env, &w->pda) == GRAM_OK);
    gram_status made =
        gr_schema_compile(&w->env, schema, strlen(schema), NULL, w->pda);
    if (made != GRAM_OK) return made;
    T(gr_masks_new(w->pda, v, t ? t : w->own, &mo, &w->masks) == GRAM_OK);
    T(gr_matcher_new(w->masks, NULL, 0, &w->error, &w->m) == GRAM_OK);
    return made;
}

static inline void way_start(Way *w, const GrVocab *v, const GrTables *t,
                             const char *schema, uint32_t flags)
{
    T_OK(way_try(w, v, t, schema, flags, 0) == GRAM_OK, "%s", schema);
}

static inline void way_stop(Way *w)
{
    gr_matcher_free(w->m);
    gr_masks_free(w->masks);
    gr_pda_free(w->pda);
    gr_tables_free(w->own);
    T_EQ(w->env.used, 0);
}

/* `before`: what comes next, or has come, told where the rows differ. */
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

/* The row against the matcher, token by token; `what` is told where they
 * differ. */
static inline void way_check(const GrVocab *v, Way *w, const char *what)
{
    GrMaskView view;
    uint32_t wrong = 0, first = 0;
    T(gr_matcher_mask(w->m, &view) == GRAM_OK);
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        bool may = gr_matcher_check(w->m, t) == GRAM_OK;
        if (may == gr_bit_get(view.row, t)) continue;
        if (wrong++ == 0) first = t;
    }
    T_OK(wrong == 0, "%u tokens, the first is %u: %s", wrong, first, what);
}

/* Of all its masks so far. */
static inline uint64_t way_steps(const Way *w)
{
    GrMasksStats stats;
    gr_masks_stats(w->masks, &stats);
    return stats.steps;
}

#endif
