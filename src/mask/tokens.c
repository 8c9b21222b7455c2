/* Tokens that a grammar lets be taken by their ids.
 *
 * In: a configuration in a state that is GR_STATE_TAKES.  Out: their bits are
 * set, whatever the walk over bytes has found: a token is alive if one of its
 * two meanings is.  One step decides for all ids of a class; the class of
 * text tokens that the grammar does not list is most of the vocabulary, and
 * all of it is written. */
#include "mask/mask_int.h"

static gram_status put_listed(GrWork *w, uint32_t cls)
{
    uint32_t n, other;
    const GrTokenClass *list = gr_pda_tokens(w->m->pda, &n, &other);
    for (uint32_t i = 0; i < n; i++)
        if (list[i].cls == cls && list[i].id < w->m->v->width)
            GR_TRY(gr_row_put(w, list[i].id, true));
    return gr_step(w->env, n);
}

/* All text ids but those listed: these are ascending. */
static gram_status put_others(GrWork *w)
{
    uint32_t n, other, next = 0;
    const GrVocab *v = w->m->v;
    const GrTokenClass *list = gr_pda_tokens(w->m->pda, &n, &other);
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        bool listed = next < n && list[next].id == t;
        if (listed)
            next++;
        else if (gr_vocab_is_text(v, t))
            GR_TRY(gr_row_put(w, t, true));
    }
    return gr_step(w->env, v->n_tokens / 8);
}

static gram_status put_class(Walk *k, const GrConfig *from, uint32_t cls,
                             KeepClass keep)
{
    uint32_t n, other;
    bool put = true;
    GrConfig c = *from;
    gram_status status = gr_run_take(&k->run, &c, GR_TAKE, cls);
    if (status == GRAM_E_REFUSED) return GRAM_OK;
    if (status == GRAM_E_LIMIT && k->w->env->steps <= k->w->env->max_steps) {
        if (k->run.trace != NULL) k->run.trace->is_volatile = true;
        k->w->limited |= k->run.trace == NULL;
        return GRAM_OK;
    }
    GR_TRY(status);
    if (k->run.trace != NULL && k->run.trace->n_items > 0)
        k->run.trace->is_volatile = true;
    if (keep != NULL) GR_TRY(keep(k, &c, &put));
    if (!put) return GRAM_OK;
    GR_TRY(put_listed(k->w, cls));
    gr_pda_tokens(k->w->m->pda, &n, &other);
    return cls == other ? put_others(k->w) : GRAM_OK;
}

gram_status gr_row_put_taken(Walk *k, const GrConfig *c, KeepClass keep)
{
    GrPda *pda = k->w->m->pda;
    uint32_t n = gr_pda_n_token_classes(pda);
    if (!gr_state_takes(gr_pda_get_state(pda, c->state))) return GRAM_OK;
    for (uint32_t cls = 0; cls < n; cls++) {
        GrArenaMark mark = gr_arena_mark(&k->w->arena);
        GR_TRY(put_class(k, c, cls, keep));
        gr_arena_release(k->w->env, &k->w->arena, mark);
    }
    return GRAM_OK;
}
