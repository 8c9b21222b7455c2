/* The plans that all matchers of a grammar share.
 *
 * Where the vocabulary lacks single bytes a token is allowed if a way to an end
 * was found behind it.  What one search finds another need not: so a mask that
 * one matcher made and an accept of another one agree only if they know the
 * same, and what was found is known to all.  One plans at a time.
 *
 *     enter   the caller's steps and error are those of the plans
 *     leave   what they have used is charged to the caller
 *
 * Their memory is their own, an eighth of what the masks may have, or what a
 * search takes; where that does not do they begin anew. */
#include "mask/mask_int.h"

enum { SHARE = 8, FLOOR = 4 << 20 };

void gr_shared_plan_init(SharedPlan *s, const GrEnv *env)
{
    size_t most = env->max_memory / SHARE;
    pthread_mutex_init(&s->lock, NULL);
    gr_env_init(&s->env, &env->alloc, most > FLOOR ? most : FLOOR, 0);
}

void gr_shared_plan_clear(SharedPlan *s)
{
    gr_plan_free(s->plan);
    pthread_mutex_destroy(&s->lock);
}

uint64_t gr_shared_plan_memory(SharedPlan *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t used = s->env.used;
    pthread_mutex_unlock(&s->lock);
    return used;
}

gram_status gr_masks_enter_plan(GrMasks *m, const GrPlanTokens *tokens,
                                const GrEnv *env, GrPlan **out)
{
    SharedPlan *s = &m->plan;
    gram_status status = GRAM_OK;
    pthread_mutex_lock(&s->lock);
    s->env.error = env->error;
    s->env.steps = env->steps;
    s->env.max_steps = env->max_steps;
    if (s->plan == NULL)
        status = gr_plan_new(m->pda, &s->env, tokens, &s->plan);
    *out = s->plan;
    return status;
}

void gr_masks_leave_plan(GrMasks *m, GrEnv *env, gram_status status)
{
    SharedPlan *s = &m->plan;
    env->steps = s->env.steps;
    s->env.error = NULL;
    if (status == GRAM_E_MEMORY) {
        gr_plan_free(s->plan);
        s->plan = NULL;
    }
    pthread_mutex_unlock(&s->lock);
}
