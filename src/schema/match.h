/* match.h - private to src/schema: what the files behind match.c share. */
#ifndef GR_SCHEMA_MATCH_H
#define GR_SCHEMA_MATCH_H

#include "schema/want.h"

enum { BITS_MAX = DEMANDS_MAX };
#define ENDLESS UINT32_MAX

typedef struct Vector {
    uint32_t bits;
    uint64_t cost;  /* of such an item and its comma */
    uint32_t count; /* of its values, where all differ: m->many at most */
} Vector;

/* Sums so far. */
typedef struct Sum {
    uint32_t at[BITS_MAX];
    uint64_t cost;
} Sum;

typedef struct Match {
    Search *s;
    Demand demand[BITS_MAX];
    uint32_t n;
    GrVec(Vector) vectors; /* of the present position */
    GrVec(Sum) sums, next;
    /* all differ, or some are equal, or all are to be told: */
    bool picky;
    uint32_t many;        /* more values than items that could be needed */
    GrVec(Vector) pool;   /* of all positions of the prefix */
    GrVec(uint32_t) from; /* their parts of it, and the end */
} Match;

/* match.c: one item more: the sum, saturated; false where a maximum is
 * passed. */
bool sm_match_add(const Match *m, Sum *sum, const Vector *v);
/* Is every demand met? */
bool sm_match_enough(const Match *m, const Sum *sum);
/* Do the items with these signs differ, or not, as they must? */
gram_status sm_match_signs_suit(Match *m, bool *ok);

/* match_vectors.c: into m->vectors all vectors of a position that no other one
 * dominates. */
gram_status sm_match_vectors(Match *m, uint32_t place);

/* match_tail.c: can items behind the prefix, with m->vectors, make up what a
 * sum lacks, where `end` items are before them?  Of all sums the cheapest. */
gram_status sm_match_tail(Match *m, const Sum *sum, uint32_t end, bool *ok,
                          uint64_t *cost);
gram_status sm_match_tails(Match *m, uint32_t end, bool *ok, uint64_t *cost);

/* match_walk.c: the vectors chosen one by one, where it matters which position
 * has which. */
gram_status sm_match_walk(Match *m, bool *ok, uint64_t *cost);

#endif
