/* index: hash -> element of a store, read without a lock.
 *
 * One writer at a time, any number of readers.  Places are published one by
 * one behind what they refer to; a table that has become too small is
 * replaced by a larger one, and kept until the end, because somebody may be
 * reading it.
 *
 *      GrProbe q = gr_index_probe(x, hash);
 *      for (uint32_t i; gr_index_next(&q, &i);)
 *          if (element i is the one) ...
 *
 * An element whose places are all taken is left out: this is for what may be
 * forgotten. */
#ifndef GR_INDEX_H
#define GR_INDEX_H

#include "base/base.h"
#include <stdatomic.h>

enum { GR_INDEX_LOOKS = 32 }; /* places of one hash */

typedef struct GrPlaces GrPlaces;
struct GrPlaces {
    GrPlaces *before;      /* the smaller ones */
    uint32_t n;            /* a power of two */
    _Atomic uint32_t at[]; /* element + 1, or 0 */
};

/* Zero-initialise. */
typedef struct GrIndex {
    GrPlaces *_Atomic places;
    uint32_t n; /* elements added */
} GrIndex;

/* `hash_of` tells the hash of an element that was added before. */
gram_status gr_index_add(GrEnv *env, GrIndex *x, uint64_t hash, uint32_t i,
                         uint64_t (*hash_of)(const void *ctx, uint32_t i),
                         const void *ctx);
void gr_index_clear(GrEnv *env, GrIndex *x);

typedef struct GrProbe {
    GrPlaces *places;
    uint32_t at, end;
} GrProbe;

static inline GrProbe gr_index_probe(const GrIndex *x, uint64_t hash)
{
    GrPlaces *p = atomic_load_explicit(&x->places, memory_order_acquire);
    return (GrProbe){p, (uint32_t)hash,
                     (uint32_t)hash + (p ? GR_INDEX_LOOKS : 0)};
}

/* Another element that may have the hash; false where there is none. */
static inline bool gr_index_next(GrProbe *q, uint32_t *i)
{
    if (q->at == q->end) return false;
    uint32_t k = q->at++ & (q->places->n - 1);
    uint32_t at = atomic_load_explicit(&q->places->at[k], memory_order_acquire);
    *i = at - 1;
    return at != 0;
}

#endif
