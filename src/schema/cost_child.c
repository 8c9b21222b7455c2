/* What follows a key, remembered: its colon, its value, the rest of the object.
 *
 * Which frame a key leads to depends, where the object is not plain, on what
 * it has already, and takes a search for each verdict of the value.  Estimates
 * ask for the same key of the same object at every byte of every key that is
 * written, and a plan looks at some bytes where it takes one:
 *
 *     object, key, registers  ->  ways
 *
 * Answers lie in a table of fixed size under 128 bits of hash of what was
 * asked, the newest in place of older ones; a machine that no bound is asked of
 * has none. */
#include "schema/cost.h"
#include "schema/layout.h"

enum { CHILDREN_KNOWN = 2048 };

struct ChildKnown {
    SmAsked asked;
    SmWays ways;
    bool used;
};

static gram_status find_ways(Sm *sm, TypedId t, uint32_t key, const Regs *with,
                             SmWays *out)
{
    Outcome o = {0};
    SmWays value = {0};
    Regs regs;
    bool plain;
    GR_TRY(sm_is_plain(sm, t, &plain));
    if (!plain) GR_TRY(sm_what_matters(sm, t, key, with, &regs));
    GR_TRY(
        sm_object_child(sm, t, key, plain ? NULL : sm_or_no_regs(&regs), &o));
    if (!o.alive) return GRAM_OK;
    gram_status status = sm_value_ways(sm, o.value, &value);
    uint64_t colon = 1 + sm_colon_space(sm);
    for (uint32_t i = 0; i < value.n; i++)
        value.at[i].bytes = sm_add_cost(value.at[i].bytes, colon);
    if (status == GRAM_OK)
        status = sm_resumed_ways(sm, o.frame, &value, with, out);
    gr_vec_clear(sm->env, &value);
    return status;
}

/* The place of a question in the table, its answer in it. */
static gram_status known(Sm *sm, TypedId t, uint32_t key, const Regs *with,
                         struct ChildKnown **out)
{
    SmAsked asked = sm_asked(t, key, with);
    if (sm->child_known == NULL)
        sm->child_known =
            gr_zalloc(sm->env, CHILDREN_KNOWN, sizeof *sm->child_known);
    if (sm->child_known == NULL) return GRAM_E_MEMORY;
    struct ChildKnown *k = &sm->child_known[asked.a % CHILDREN_KNOWN];
    *out = k;
    if (k->used && k->asked.a == asked.a && k->asked.b == asked.b)
        return GRAM_OK;
    k->used = false; /* until all of the answer is there */
    k->ways.n = 0;
    GR_TRY(find_ways(sm, t, key, with, &k->ways));
    k->asked = asked;
    k->used = true;
    return GRAM_OK;
}

gram_status sm_child_ways(Sm *sm, TypedId t, uint32_t key, const Regs *with,
                          uint64_t more, SmWays *out)
{
    struct ChildKnown *k;
    GR_TRY(gr_step(sm->env, 1));
    GR_TRY(known(sm, t, key, with, &k));
    for (uint32_t i = 0; i < k->ways.n; i++)
        GR_TRY(sm_ways_add(sm->env, out, k->ways.at[i].verdict,
                           sm_add_cost(k->ways.at[i].bytes, more)));
    return GRAM_OK;
}

void sm_forget_children(Sm *sm)
{
    struct ChildKnown *k = sm->child_known;
    for (uint32_t i = 0; k != NULL && i < CHILDREN_KNOWN; i++)
        gr_vec_clear(sm->env, &k[i].ways);
    if (k != NULL) gr_free(sm->env, k, CHILDREN_KNOWN * sizeof *k);
    sm->child_known = NULL;
}
