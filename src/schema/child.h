/* child.h - private to src/schema: a child under construction, as the files
 * that make it see it.
 *
 *     child.c        what each atom asks of the place; the frame to resume in
 *     child_goal.c   which verdicts of the child keep the parent alive
 *     child_value.c  the same where it depends on which value the child is
 */
#ifndef GR_SCHEMA_CHILD_H
#define GR_SCHEMA_CHILD_H

#include "schema/want.h"

/* Equal demands are one root; its group are the variables that hang on its
 * verdict.  Roots behind the groups have none: child_value.c adds them. */
typedef struct Child {
    Sm *sm;
    TypedId typed;    /* after what falls in any case */
    const Regs *regs; /* of the parent, once the child is done */
    bool plain;
    bool unique;    /* arrays: has a UNIQUE atom */
    SmWords roots;  /* conjs */
    SmWords vars;   /* k groups: n, variables */
    SmWords starts; /* where group i begins in vars */
    SmWords by_var; /* see index_vars */
} Child;

static inline const uint32_t *sm_group_of(const Child *c, uint32_t root)
{
    return &c->vars.at[c->starts.at[root]];
}
/* For sm_settle_all: the verdicts as bits. */
static inline bool sm_vector_bit(const void *ctx, uint32_t i)
{
    return gr_bit_get(ctx, i);
}

/* child_goal.c: a function over the verdicts of the roots. */
gram_status sm_child_goal(Child *c, Bdd *goal);
/* Must no universal fall, and is nothing counted?  Then no bit is open, and
 * there is no need to ask which verdicts can come. */
bool sm_all_must_hold(const Child *c);

/* child_value.c: what is left for the items behind may depend on what this
 * one, at a place, is. */
gram_status sm_refine_goal(Child *c, uint32_t at, Bdd *goal);
/* Is there some value for the item at a place, whichever were seen? */
gram_status sm_item_live(Child *c, uint32_t at, ValueId v, bool *alive);

#endif
