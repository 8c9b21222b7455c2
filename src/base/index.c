/* An index that is read without a lock: see index.h.
 *
 * A reader may hold any table that was ever published, and sees in each place
 * either 0 or an element that was complete when the place was written (release
 * in `put`, acquire in gr_index_next).  What it may miss is an element added
 * meanwhile, which is no error: whoever looks here can make the thing anew.
 * Tables are given back in gr_index_clear only; they double, so all of them
 * together are less than twice the last. */
#include "base/index.h"

enum { LEAST = 32 };

static size_t size_of(uint32_t n)
{
    return sizeof(GrPlaces) + n * sizeof(_Atomic uint32_t);
}

/* The first free place among those of the hash.  The one writer reads its own
 * stores, so relaxed is enough; no place is ever emptied, so a reader may stop
 * at the first 0. */
static void put(GrPlaces *p, uint64_t hash, uint32_t i)
{
    for (uint32_t k = 0; k < GR_INDEX_LOOKS; k++, hash++) {
        _Atomic uint32_t *at = &p->at[hash & (p->n - 1)];
        if (atomic_load_explicit(at, memory_order_relaxed) != 0) continue;
        atomic_store_explicit(at, i + 1, memory_order_release);
        return;
    }
}

/* At most half of the places are taken.  The new table is filled before it is
 * published, so readers see the old one or a complete one. */
static gram_status make_room(GrEnv *env, GrIndex *x,
                             uint64_t (*hash_of)(const void *ctx, uint32_t i),
                             const void *ctx)
{
    GrPlaces *old = atomic_load(&x->places);
    if (old != NULL && x->n < old->n / 2) return GRAM_OK;
    if (old != NULL && old->n > UINT32_MAX / 8) return GRAM_E_MEMORY;
    uint32_t n = old ? old->n * 2 : LEAST;
    GrPlaces *made = gr_zalloc(env, 1, size_of(n));
    if (made == NULL) return GRAM_E_MEMORY;
    made->before = old;
    made->n = n;
    for (uint32_t i = 0; old != NULL && i < old->n; i++) {
        /* elements, not hashes, are kept: the caller has them anyway */
        uint32_t at = atomic_load(&old->at[i]);
        if (at != 0) put(made, hash_of(ctx, at - 1), at - 1);
    }
    atomic_store_explicit(&x->places, made, memory_order_release);
    return GRAM_OK;
}

/* x->n counts elements that were left out too: they make room come earlier. */
gram_status gr_index_add(GrEnv *env, GrIndex *x, uint64_t hash, uint32_t i,
                         uint64_t (*hash_of)(const void *ctx, uint32_t i),
                         const void *ctx)
{
    GR_TRY(make_room(env, x, hash_of, ctx));
    put(atomic_load(&x->places), hash, i);
    x->n++;
    return GRAM_OK;
}

void gr_index_clear(GrEnv *env, GrIndex *x)
{
    GrPlaces *p = atomic_load(&x->places);
    while (p != NULL) {
        GrPlaces *before = p->before;
        gr_free(env, p, size_of(p->n));
        p = before;
    }
    atomic_store(&x->places, NULL);
    x->n = 0;
}
