/* The keys that can come next in an open object. */
#include "schema/want.h"

/* A way for the open object to hold, its children decided. */
static gram_status find_way(Search *s, bool *alive)
{
    do {
        s->sm->live_needs.n = 0;
        s->blocked = false;
        GR_TRY(sm_try_paths(s, alive));
        s->blocked &= *alive;
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

static uint32_t nth_key(const Universe *u, uint32_t i)
{
    return i < u->n_names ? 2 * u->names[i] : 2 * (i - u->n_names) + 1;
}

/* Most keys can be added to the first way that is found.  *n: how many are
 * not found after all. */
static gram_status spare_keys(Search *s, uint32_t *bits, uint32_t *n)
{
    bool alive, yes;
    do {
        GR_TRY(find_way(s, &alive));
        *n = 0;
        for (uint32_t i = 0; i < s->u->n_names + s->u->n_classes; i++) {
            if (gr_bit_get(bits, i)) continue;
            bool before = s->blocked;
            s->blocked = yes = false;
            GR_TRY(gr_step(s->sm->env, 1));
            if (alive) GR_TRY(sm_want_spare(s, nth_key(s->u, i), &yes));
            if (yes && !s->blocked) gr_bit_set(bits, i);
            *n += !yes;
            s->blocked |= before;
        }
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

/* Then a way is tried that asks for as much as there is: where keys need
 * others, or something of their values, it has them all. */
static gram_status find_keys(Search *s, uint32_t *bits)
{
    uint32_t n;
    GR_TRY(spare_keys(s, bits, &n));
    s->eager = true;
    if (n > 1) GR_TRY(spare_keys(s, bits, &n));
    s->eager = false;
    return GRAM_OK;
}

/* The others are searched for one by one, in what is left of the object once
 * the key has refuted what it refutes. */
static gram_status search_key(Sm *sm, TypedId id, const Regs *regs,
                              uint32_t key, bool *alive)
{
    Search s = {.sm = sm, .regs = regs, .extra = key};
    GR_TRY(sm_universe(sm, id, &s.u));
    GR_TRY(sm_after_key(sm, id, key, &s.typed));
    *alive = !gr_bdd_is(sm_typed_at(sm, s.typed)->all, false);
    gram_status status = *alive ? find_way(&s, alive) : GRAM_OK;
    sm_clear_search(&s);
    return status;
}

static gram_status living_keys(Search *s, uint32_t *bits)
{
    uint32_t n = s->u->n_names + s->u->n_classes;
    bool alive;
    GR_TRY(find_keys(s, bits));
    for (uint32_t i = 0; i < n; i++) {
        if (gr_bit_get(bits, i)) continue;
        GR_TRY(search_key(s->sm, s->typed, s->regs, nth_key(s->u, i), &alive));
        if (alive) gr_bit_set(bits, i);
    }
    return GRAM_OK;
}

gram_status sm_living_keys(Sm *sm, TypedId t, const Regs *regs, uint32_t *bits)
{
    Search s = {.sm = sm, .typed = t, .extra = SM_NO_KEY};
    s.regs = regs ? regs : &sm_no_regs;
    GR_TRY(sm_universe(sm, t, &s.u));
    gram_status status = living_keys(&s, bits);
    sm_clear_search(&s);
    return status;
}
