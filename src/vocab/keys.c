/* Key -> id: open addressing over spans, two thirds full.
 *
 * GrMap does not serve here: its keys are 64-bit numbers, and tokens are
 * byte strings that already lie in one text.  A slot holds eight bytes of the
 * key and its length, which is the whole key for most tokens, so that a
 * look-up touches one cache line (with ids alone it touched three, and
 * resolving 280,000 merges took twice as long).  Of equal keys the lowest id
 * is kept, so 10^6 equal tokens cost one slot and no long chains.
 *
 * Whoever knows the hash can make a file whose keys all fall on one place.
 * So no key lies further than REACH_MAX from its place: where one would, the
 * table is made anew with another seed, and after a few seeds the file is
 * refused.  Looking up is bounded by the furthest key. */
#include "vocab/recipe.h"

enum { REACH_MAX = 1024, SEEDS = 4 };

struct GrKeySlot {
    uint64_t head; /* see ends_of */
    uint32_t id;   /* id + 1, or 0: empty */
    uint32_t len;
};

/* What the table reads of a key: up to eight bytes at its beginning, and of a
 * longer one the last eight as well. */
typedef struct Ends {
    uint64_t head, tail;
} Ends;

/* The same where eight bytes cannot be read: shorter keys by two loads that
 * overlap, or three. */
static uint64_t short_head(const char *p, uint32_t len)
{
    const uint8_t *b = (const uint8_t *)p;
    if (len >= 4)
        return (uint64_t)gr_load_u32(b) | (uint64_t)gr_load_u32(b + len - 4)
                                              << 8 * (len - 4);
    return (uint64_t)b[0] | (uint64_t)b[len / 2] << 8 * (len / 2) |
           (uint64_t)b[len - 1] << 8 * (len - 1);
}

/* `room` bytes may be read at p, at least len, which is not 0.  Where there are
 * eight no branch asks for the length, which no processor guesses.  What is
 * behind a key is shifted out. */
static inline Ends ends_of(const char *p, uint32_t len, size_t room)
{
    const uint32_t head = len < 8 ? len : 8, last = (len > 8 ? len : 8) - 8;
    if (room < 8) return (Ends){short_head(p, len) << (64 - 8 * head), 0};
    const uint64_t tail = gr_load_u64(p + last);
    return (Ends){gr_load_u64(p) << (64 - 8 * head),
                  tail & (0 - (uint64_t)(last > 0))};
}

/* The hash decides places in the table only, never an id.  Of long keys the
 * ends are enough, if nobody means harm: with another seed all bytes count.
 * The lower half is taken as a fraction of the table, which then need not be a
 * power of two. */
static inline uint32_t place_of(const GrKeys *k, Ends e, const char *p,
                                uint32_t len)
{
    uint64_t x = e.head ^ (uint64_t)len << 56 ^ k->seed;
    x += e.tail * 0x9E3779B97F4A7C15u;
    if (GR_UNLIKELY(k->seed != 0 && len > 16)) x ^= gr_hash(p, len, k->seed);
    return (uint32_t)((gr_mix(x) & UINT32_MAX) * k->cap >> 32);
}

/* Are two keys of the same length and head the same?  Long ones overlap their
 * last eight bytes with what is before them. */
static inline bool same_rest(const char *a, const char *b, uint32_t len)
{
    if (len <= 8) return true;
    return gr_load_u64(a + len - 8) == gr_load_u64(b + len - 8) &&
           (len <= 16 || memcmp(a + 8, b + 8, len - 16) == 0);
}

/* The slot of the key, or the empty one where it belongs; NULL where it is
 * neither within reach. */
static inline struct GrKeySlot *probe(const GrKeys *k, const char *p,
                                      uint32_t len, uint64_t head,
                                      uint32_t place, uint32_t reach)
{
    for (uint32_t i = 0; i <= reach; i++, place++) {
        if (place == k->cap) place = 0;
        struct GrKeySlot *s = &k->slot[place];
        if (s->id == 0) return s;
        if (s->head != head || s->len != len) continue;
        if (same_rest(k->text + k->span[s->id - 1].at, p, len)) return s;
    }
    return NULL;
}

static inline uint32_t find(const GrKeys *k, const char *p, uint32_t len,
                            uint64_t head, uint32_t place)
{
    const struct GrKeySlot *s = probe(k, p, len, head, place, k->reach);
    return s ? s->id - 1 : UINT32_MAX;
}

/* Where a few keys in a row belong, their places fetched ahead. */
typedef struct Ahead {
    uint64_t head[GR_BATCH];
    uint32_t place[GR_BATCH];
} Ahead;

static void look_ahead(const GrKeys *k, GrBytes text, const GrSpan *span,
                       uint32_t n, Ahead *a)
{
    for (uint32_t i = 0; i < n; i++) {
        const char *p = (const char *)text.p + span[i].at;
        if (span[i].len == 0) continue;
        const Ends e = ends_of(p, span[i].len, text.n - span[i].at);
        a->head[i] = e.head;
        a->place[i] = place_of(k, e, p, span[i].len);
#if defined(__GNUC__)
        __builtin_prefetch(&k->slot[a->place[i]]);
#endif
    }
}

/* False where the key would lie too far off. */
static bool put(GrKeys *k, uint32_t id, uint64_t head, uint32_t place)
{
    uint32_t len = k->span[id].len;
    struct GrKeySlot *s =
        probe(k, k->text + k->span[id].at, len, head, place, REACH_MAX);
    if (s == NULL) return false;
    if (s->id == 0) *s = (struct GrKeySlot){head, id + 1, len};
    uint32_t at = (uint32_t)(s - k->slot);
    uint32_t far = at >= place ? at - place : at + k->cap - place;
    if (far > k->reach) k->reach = far;
    if (len > k->longest) k->longest = len;
    return true;
}

static bool put_all(GrKeys *k, GrBytes text, uint32_t n)
{
    Ahead a;
    k->reach = k->longest = 0;
    for (uint32_t from = 0; from < n; from += GR_BATCH) {
        uint32_t some = n - from < GR_BATCH ? n - from : GR_BATCH;
        look_ahead(k, text, k->span + from, some, &a);
        for (uint32_t i = 0; i < some; i++)
            if (k->span[from + i].len > 0 &&
                !put(k, from + i, a.head[i], a.place[i]))
                return false;
    }
    return true;
}

gram_status gr_keys_init(GrEnv *env, GrKeys *k, GrBytes text,
                         const GrSpan *span, uint32_t n)
{
    *k = (GrKeys){.text = text.p, .span = span, .cap = n + n / 2 + 16};
    k->slot = gr_zalloc(env, k->cap, sizeof *k->slot);
    if (k->slot == NULL) {
        k->cap = 0;
        return GRAM_E_MEMORY;
    }
    for (int i = 0; i < SEEDS; i++) {
        if (put_all(k, text, n)) return GRAM_OK;
        memset(k->slot, 0, (size_t)k->cap * sizeof *k->slot);
        k->seed = gr_mix(k->seed + 1);
    }
    return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                   "the tokens are made to collide in a hash table");
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
    const Ends e = ends_of(p, (uint32_t)len, len);
    return find(k, p, (uint32_t)len, e.head, place_of(k, e, p, (uint32_t)len));
}

void gr_batch_run(const GrKeys *k, GrBytes text, GrBatch *b)
{
    Ahead a;
    for (uint32_t i = 0; i < b->n; i++)
        if (b->span[i].len > k->longest) b->span[i].len = 0;
    look_ahead(k, text, b->span, b->n, &a);
    for (uint32_t i = 0; i < b->n; i++) {
        const char *p = (const char *)text.p + b->span[i].at;
        uint32_t len = b->span[i].len;
        b->id[i] = len ? find(k, p, len, a.head[i], a.place[i]) : UINT32_MAX;
    }
}
