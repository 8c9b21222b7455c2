/* What the files of completion costs share: cost.c, cost_key.c, cost_child.c,
 * cost_open.c. */
#ifndef GR_SCHEMA_COST_H
#define GR_SCHEMA_COST_H

#include "schema/cells.h"

/* The registers of a container's level, copied: nested questions use the same
 * scratch.  Freed with sm_drop_regs. */
gram_status sm_take_regs(Sm *sm, TypedId t, uint32_t pos, const GrLevel *level,
                         Regs *regs);
void sm_drop_regs(Sm *sm, Regs *regs);

/* A question about an open container, and a key of it (or SM_NO_KEY), as 128
 * bits of hash. */
typedef struct SmAsked {
    uint64_t a, b;
} SmAsked;
SmAsked sm_asked(TypedId t, uint32_t key, const Regs *regs);

/* A value that nothing is written of. */
gram_status sm_value_ways(Sm *sm, ValueId v, SmWays *out);
/* What comes behind a value that ends in these ways. */
gram_status sm_resumed_ways(Sm *sm, FrameId f, const SmWays *value,
                            const Regs *regs, SmWays *out);

/* The completion of an open container that its search has found. */
typedef struct OpenCost {
    uint64_t bytes;
    uint32_t key; /* one that comes in it, as for sm_key_conj; SM_NO_KEY */
    bool alive;
} OpenCost;
/* What costs a live value that nothing is written of. */
gram_status sm_new_cost(Sm *sm, TypedId t, uint64_t *bytes);
/* Memoized, as far as there is room. */
gram_status sm_open_cost(Sm *sm, TypedId t, const Regs *regs, OpenCost *out);

/* The object of a key, by the level below it. */
TypedId sm_key_object(const Sm *sm, const GrNode *n);
/* What follows a key: its colon, its value, the rest of the object.  It is
 * among the keys seen by the registers; `more` is bytes before the colon. */
gram_status sm_child_ways(Sm *sm, TypedId t, uint32_t key, const Regs *with,
                          uint64_t more, SmWays *out);
/* The keys that a byte state can still become.  The state's level is the
 * key's own; regs are the object's. */
gram_status sm_key_ways(Sm *sm, LexId lex, TypedId t, const Regs *regs,
                        SmWays *out);
/* Behind a comma one more member must come. */
gram_status sm_wait_ways(Sm *sm, TypedId t, const Regs *regs, SmWays *out);

#endif
