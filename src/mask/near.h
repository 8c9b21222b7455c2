/* near.h - private to src/mask: states that nearly are a loop (near.c), and
 * those that are one but for their names (near_same.c). */
#ifndef GR_MASK_NEAR_H
#define GR_MASK_NEAR_H

#include "mask/mask_int.h"

/* near.c: the loop state that is nearly s, or s itself where none is */
gram_status gr_near_find(GrWork *w, StateId s, const LoopRef *own,
                         StateId *loop);
/* The mask of walk (a traced copy of t->from) by its difference from the
 * mask of the loop state, whose leaf is `below`.  *done is false where the
 * conditions of both do not fit into one leaf. */
gram_status gr_near_mask(Walk *k, const GrConfig *walk, StateId loop,
                         const Leaf *below, bool *done);
/* near_same.c: are the masks of configurations which differ in these states
 * alone equal, and that is told by so many looks at cells?  Not asked of keys.
 */
gram_status gr_near_same(GrWork *w, StateId a, StateId b, uint64_t looks,
                         bool *same);

#endif
