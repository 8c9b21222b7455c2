/* Key -> id: open addressing over spans, at most three quarters full.
 *
 * GrMap does not serve here: its keys are 64-bit numbers, and tokens are
 * byte strings that already lie in one text.  A slot holds the first eight
 * bytes and the length, which is the whole key for most tokens, so that a
 * look-up touches one cache line (with ids alone it touched three, and
 * resolving 280,000 merges took twice as long).  Of equal keys the lowest id
 * is kept, so 10^6 equal tokens cost one slot and no long chains. */
#include "vocab/recipe.h"

struct GrKeySlot {
    uint64_t head; /* the first eight bytes, zero padded */
    uint32_t id;   /* id + 1, or 0: empty */
    uint32_t len;
};

static uint64_t head_of(const char *p, size_t len)
{
    uint64_t head = 0;
    memcpy(&head, p, len < 8 ? len : 8);
    return head;
}

/* The same for equal keys on one machine; it decides places in the table
 * only, never an id. */
static uint64_t hash_key(uint64_t head, const char *p, size_t len)
{
    return gr_mix(len <= 8 ? head ^ (uint64_t)len << 56
                           : gr_hash(p, len, head));
}

/* The slot of the key, or the empty one where it belongs. */
static struct GrKeySlot *probe_at(const GrKeys *k, const char *p, size_t len,
                                  uint64_t hash)
{
    uint64_t head = head_of(p, len);
    uint32_t i = (uint32_t)hash & (k->cap - 1);
    for (;; i = (i + 1) & (k->cap - 1)) {
        struct GrKeySlot *s = &k->slot[i];
        if (s->id == 0) return s;
        if (s->head != head || s->len != len) continue;
        if (len <= 8 ||
            !memcmp(k->text + k->span[s->id - 1].at + 8, p + 8, len - 8))
            return s;
    }
}

static struct GrKeySlot *probe(const GrKeys *k, const char *p, size_t len)
{
    return probe_at(k, p, len, hash_key(head_of(p, len), p, len));
}

gram_status gr_keys_init(GrEnv *env, GrKeys *k, const char *text,
                         const GrSpan *span, uint32_t n)
{
    *k = (GrKeys){.text = text, .span = span, .cap = 16};
    while (3 * (uint64_t)k->cap < 4 * (uint64_t)n) k->cap *= 2;
    k->slot = gr_zalloc(env, k->cap, sizeof *k->slot);
    if (k->slot == NULL) {
        k->cap = 0;
        return GRAM_E_MEMORY;
    }
    for (uint32_t id = 0; id < n; id++) {
        if (span[id].len == 0) continue;
        const char *p = text + span[id].at;
        struct GrKeySlot *s = probe(k, p, span[id].len);
        if (s->id == 0)
            *s = (struct GrKeySlot){head_of(p, span[id].len), id + 1,
                                    span[id].len};
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
    return probe(k, p, len)->id - 1;
}

gram_status gr_batch_add(GrEnv *env, GrBatch *b, const void *p, size_t len,
                         uint32_t tag)
{
    GR_TRY(gr_vec_reserve(env, &b->text, len));
    if (len) memcpy(b->text.at + b->text.n, p, len);
    b->span[b->n] = (GrSpan){b->text.n, (uint32_t)len};
    b->tag[b->n++] = tag;
    b->text.n += (uint32_t)len;
    return GRAM_OK;
}

void gr_batch_run(GrBatch *b)
{
    const GrKeys *k = b->keys;
    uint64_t hash[GR_BATCH];
    for (uint32_t i = 0; i < b->n; i++) {
        const char *p = b->text.at + b->span[i].at;
        uint32_t len = b->span[i].len;
        b->id[i] = UINT32_MAX;
        if (len == 0 || len > k->longest) {
            b->span[i].len = 0;
            continue;
        }
        hash[i] = hash_key(head_of(p, len), p, len);
#if defined(__GNUC__)
        __builtin_prefetch(&k->slot[(uint32_t)hash[i] & (k->cap - 1)]);
#endif
    }
    for (uint32_t i = 0; i < b->n; i++) {
        const char *p = b->text.at + b->span[i].at;
        if (b->span[i].len > 0)
            b->id[i] = probe_at(k, p, b->span[i].len, hash[i])->id - 1;
    }
}

void gr_batch_reset(GrBatch *b)
{
    b->n = 0;
    b->text.n = 0;
}
