/* evaluated.h - private to src/schema: what the two files of clauses for
 * unevaluated* (keys, items) have from the one that finds covers. */
#ifndef GR_SCHEMA_EVALUATED_H
#define GR_SCHEMA_EVALUATED_H

#include "schema/cells.h"

/* A schema in place: which keys or items it looks at, and when that counts. */
typedef struct Cover {
    uint32_t schema;
    Bdd when;
} Cover;

typedef struct Covers {
    Sm *sm;
    uint32_t type;
    SchemaId self;        /* who asks; at[0] */
    GrVec(Cover) at;      /* what refers before what is referred to */
    GrMap place;          /* schema -> 1 + its place in the order, or 0 */
    SmWords stack;        /* (schema, next edge) of a depth-first walk */
    GrVec(Bdd) condition; /* those of covers that do not always count, each
                              once */
    SmWords near;         /* objects, by condition: the first variable that
                             says what such a cover does; or 0 */
    uint32_t first;       /* the same of all covers */
} Covers;

const GrSchema *sm_cover_schema(const Covers *c, uint32_t schema);
/* Does a schema cover every key, or item?  What it applies in place counts
 * only where it does, and has nothing to add. */
bool sm_covers_all(const Covers *c, uint32_t schema);
/* Does it count whatever else holds? */
bool sm_cover_always(const Cover *cover);
/* The number of a cover's condition. */
gram_status sm_cover_condition(Covers *c, const Cover *cover, uint32_t *out);

/* Behind which variable the atom of a clause belongs: beside what the covers
 * say themselves of these keys.  Far apart, n clauses are a diagram of 2^n
 * nodes; behind the schemas that a cover holds, n levels of them are. */
void sm_note_near(uint32_t *near, uint32_t var);
/* The last variable of a function; 0: it has none. */
gram_status sm_last_var(const Covers *c, Bdd f, uint32_t *var);

/* f and the clauses of all keys (evaluated_keys.c), or items
 * (evaluated_items.c). */
gram_status sm_unevaluated_keys(Covers *c, Bdd *f);
gram_status sm_unevaluated_items(Covers *c, Bdd *f);

#endif
