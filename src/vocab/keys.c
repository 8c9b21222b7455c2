/* Key -> id: open addressing over spans, at most half full.
 *
 * GrMap does not serve here: its keys are 64-bit numbers, and tokens are
 * byte strings that already lie in one text; storing ids alone costs eight
 * bytes a token.  Of equal keys the lowest id is kept, so 10^6 equal tokens
 * cost one slot and no long chains. */
#include "vocab/recipe.h"

static bool is_key(const GrKeys *k, uint32_t id, const void *p, size_t len)
{
    GrSpan s = k->span[id];
    return s.len == len && memcmp(k->text + s.at, p, len) == 0;
}

/* The slot of the key, or the empty one where it belongs. */
static uint32_t probe(const GrKeys *k, const void *p, size_t len)
{
    uint32_t i = (uint32_t)gr_hash(p, len, 0) & (k->cap - 1);
    while (k->slot[i] != 0 && !is_key(k, k->slot[i] - 1, p, len))
        i = (i + 1) & (k->cap - 1);
    return i;
}

gram_status gr_keys_init(GrEnv *env, GrKeys *k, const char *text,
                         const GrSpan *span, uint32_t n)
{
    *k = (GrKeys){.text = text, .span = span, .cap = 16};
    while (k->cap < 2 * (uint64_t)n) k->cap *= 2;
    k->slot = gr_zalloc(env, k->cap, sizeof *k->slot);
    if (k->slot == NULL) {
        k->cap = 0;
        return GRAM_E_MEMORY;
    }
    for (uint32_t id = 0; id < n; id++) {
        if (span[id].len == 0) continue;
        uint32_t i = probe(k, text + span[id].at, span[id].len);
        if (k->slot[i] == 0) k->slot[i] = id + 1;
        if (span[id].len > k->longest) k->longest = span[id].len;
    }
    return GRAM_OK;
}

void gr_keys_clear(GrEnv *env, GrKeys *k)
{
    gr_free(env, k->slot, (size_t)k->cap * sizeof *k->slot);
    k->slot = NULL;
    k->cap = 0;
}

uint32_t gr_keys_find(const GrKeys *k, const void *p, size_t len)
{
    if (k->cap == 0 || len == 0 || len > k->longest) return UINT32_MAX;
    return k->slot[probe(k, p, len)] - 1;
}
