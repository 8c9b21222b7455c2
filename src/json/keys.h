/* keys: no object has a key twice.
 *
 * Room-internal.  The reader asks when an object closes, since its members are
 * neighbours then, subtrees apart. */
#ifndef GR_JSON_KEYS_H
#define GR_JSON_KEYS_H

#include "json/order.h"

/* The nodes so far, of which the object's are the last. */
typedef struct GrMembers {
    GrEnv *env;
    const unsigned char *text; /* the whole document */
    uint32_t len, n;
    const GrJsonNode *node;
} GrMembers;

/* Kept from object to object; gr_members_clear frees it. */
typedef struct GrKeyScratch {
    GrVec(GrOrdered) sorted;
    GrVec(uint32_t) counts;
} GrKeyScratch;

/* GRAM_OK, or GRAM_E_SYNTAX at the earliest key that was there before; the
 * message has both places. */
gram_status gr_members_check(const GrMembers *m, uint32_t object,
                             GrKeyScratch *scratch);
void gr_members_clear(GrEnv *env, GrKeyScratch *scratch);

#endif
