/* An index that is read without a lock: see index.h. */
#include "base/index.h"

enum { LEAST = 32 };

static size_t size_of(uint32_t n)
{
    return sizeof(GrPlaces) + n * sizeof(_Atomic uint32_t);
}

static void put(GrPlaces *p, uint64_t hash, uint32_t i)
{
    for (uint32_t k = 0; k < GR_INDEX_LOOKS; k++, hash++) {
        _Atomic uint32_t *at = &p->at[hash & (p->n - 1)];
        if (atomic_load_explicit(at, memory_order_relaxed) != 0) continue;
        atomic_store_explicit(at, i + 1, memory_order_release);
        return;
    }
}

/* At most half of the places are taken. */
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
        uint32_t at = atomic_load(&old->at[i]);
        if (at != 0) put(made, hash_of(ctx, at - 1), at - 1);
    }
    atomic_store_explicit(&x->places, made, memory_order_release);
    return GRAM_OK;
}

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
