/* Hash-consing and the hash map.
 *
 * Both are open addressing with linear probing over a power of two, at most
 * three quarters full (gr_table_full), and never delete: caches are dropped as
 * a whole, so there are no tombstones and a search ends at the first free
 * place.  The hash is a fixed multiply-and-fold (after Vigna's splitmix
 * finalizer and wyhash's folding), unseeded, because ids must not depend on the
 * run.
 *
 * A place of an interning table, 64 bits:
 *
 *     63             32 31             0
 *     | upper hash half |  id + 1 or 0  |
 *
 * The place to begin at is taken from the same upper half.  So a table is made
 * larger without reading one key, and of keys that differ all but one in 2^32
 * are told apart without following the id into two stores. */
#include "base/base.h"

/* The multiplier is 2^64 / phi, odd, hence a bijection: what differs before
 * stays different; the shift brings high bits, which depend on all, down. */
static uint64_t fold(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

/* Four lanes side by side, since each waits for its own multiplication; what
 * is left is less than 32 bytes. */
static uint64_t fold_long(uint64_t h, const unsigned char *b, size_t n)
{
    uint64_t a = h, c = h + 1, d = h + 2, e = h + 3;
    for (; n >= 32; b += 32, n -= 32) {
        a = fold(a, gr_load_u64(b));
        c = fold(c, gr_load_u64(b + 8));
        d = fold(d, gr_load_u64(b + 16));
        e = fold(e, gr_load_u64(b + 24));
    }
    return fold(fold(fold(a, c), d), e);
}

/* The length goes in first, so that "a" and "a\0" differ although the rest of
 * less than 8 bytes is padded with zeros.  Files carry these sums (artifact.c):
 * a change here needs a new version there. */
uint64_t gr_hash(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *b = p;
    uint64_t h = fold(seed, n);
    /* four lanes cost three more folds; below that they do not pay */
    if (n >= 128) {
        h = fold_long(h, b, n);
        b += n - n % 32;
        n %= 32;
    }
    for (; n >= 8; b += 8, n -= 8) h = fold(h, gr_load_u64(b));
    uint64_t x = 0;
    while (n > 0) x = x << 8 | b[--n];
    return gr_mix(fold(h, x));
}

/* Two words, the first above. */
static uint64_t load_pair(const uint32_t *w)
{
    uint64_t x = gr_load_u64(w);
    return x << 32 | x >> 32;
}

/* Two lanes, because each step waits for the one before.  Keys are tuples of a
 * few small ids, so this is mostly the loop behind; maps of bytes have 64
 * words. */
static uint64_t hash_words(const uint32_t *w, uint32_t n)
{
    uint64_t a = n, b = ~(uint64_t)n;
    for (; n >= 4; w += 4, n -= 4) {
        a = fold(a, load_pair(w));
        b = fold(b, load_pair(w + 2));
    }
    for (; n > 0; n--) a = fold(a, *w++);
    return gr_mix(a ^ b);
}

enum { LITTLE = 64 }; /* slots that gr_intern_reset keeps */

void gr_intern_init(GrIntern *t)
{
    memset(t, 0, sizeof *t);
}

/* Bytes of a table with the spans behind it. */
static size_t table_bytes(uint32_t cap)
{
    return (size_t)cap * sizeof(uint64_t) +
           (size_t)gr_table_full(cap) * sizeof(GrInternSpan);
}

void gr_intern_clear(GrEnv *env, GrIntern *t)
{
    if (t->words != NULL) gr_store_clear(env, t->words);
    gr_free(env, t->words, sizeof *t->words);
    gr_free(env, t->table, table_bytes(t->table_cap));
    gr_intern_init(t);
}

/* Emptying in place costs the size of the table, which a caller that fills it
 * with three keys each time would pay again and again: only small ones stay.
 * The store keeps its chunks, whose words are written before they are read. */
void gr_intern_reset(GrEnv *env, GrIntern *t)
{
    if (t->table_cap > LITTLE) {
        gr_intern_clear(env, t);
        return;
    }
    if (t->table) memset(t->table, 0, t->table_cap * sizeof *t->table);
    t->n = 0;
    if (t->words) gr_store_empty(t->words);
}

static uint64_t tag(uint64_t hash)
{
    return hash & 0xFFFFFFFF00000000u;
}

/* Keys are mostly a few words: less than a call of memcmp. */
static bool same_words(const uint32_t *a, const uint32_t *b, uint32_t n)
{
    if (n > 8) return memcmp(a, b, n * sizeof *a) == 0;
    for (uint32_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}

/* The table place of the key: where it is, or where it would go.  The search
 * ends, since a quarter of the places is free.  O(1) probes are expected, and
 * one comparison of keys. */
static uint32_t place(const GrIntern *t, const uint32_t *words, uint32_t n,
                      uint64_t hash)
{
    uint32_t mask = t->table_cap - 1, i = (uint32_t)(hash >> 32) & mask;
    for (; t->table[i] != 0; i = (i + 1) & mask) {
        uint32_t len;
        if (tag(t->table[i]) != tag(hash)) continue;
        const uint32_t *key = gr_intern_get(t, (uint32_t)t->table[i] - 1, &len);
        if (len == n && same_words(key, words, n)) break;
    }
    return i;
}

/* Every key is in the table once, so places are only looked for, not compared.
 * The old table stays whole until the new one is complete: a failure leaves the
 * table usable.  One that was read from an image is copied by the first key
 * that is added, for there is no room for spans behind it. */
static gram_status grow_table(GrEnv *env, GrIntern *t)
{
    uint32_t cap = t->table_cap ? t->table_cap : 8;
    if (t->n >= gr_table_full(cap)) cap *= 2;
    /* 2^31 places were not enough */
    if (cap == 0) return gr_step_fail(env);
    uint64_t *table = gr_resize(env, NULL, 0, table_bytes(cap));
    if (table == NULL) return GRAM_E_MEMORY;
    memset(table, 0, (size_t)cap * sizeof *table);
    for (uint32_t from = 0; from < t->table_cap; from++) {
        uint32_t i = (uint32_t)(t->table[from] >> 32) & (cap - 1);
        if (t->table[from] == 0) continue;
        while (table[i] != 0) i = (i + 1) & (cap - 1);
        table[i] = t->table[from];
    }
    GrInternSpan *spans = (GrInternSpan *)(table + cap);
    if (t->n > 0) memcpy(spans, t->spans, t->n * sizeof *spans);
    gr_free(env, t->table, table_bytes(t->table_cap));
    t->table = table;
    t->table_cap = cap;
    t->spans = spans;
    t->room = gr_table_full(cap);
    return GRAM_OK;
}

static void copy_words(uint32_t *to, const uint32_t *from, uint32_t n)
{
    if (n > 8)
        memcpy(to, from, n * sizeof *to);
    else
        for (uint32_t i = 0; i < n; i++) to[i] = from[i];
}

static gram_status add_words(GrEnv *env, GrIntern *t, const uint32_t *words,
                             uint32_t n, uint32_t *start)
{
    if (t->words == NULL) {
        t->words = gr_resize(env, NULL, 0, sizeof *t->words);
        if (t->words == NULL) return GRAM_E_MEMORY;
        gr_store_init(t->words, sizeof *words);
    }
    GR_TRY(gr_store_add(env, t->words, n, start));
    copy_words(gr_store_at(t->words, *start), words, n);
    return GRAM_OK;
}

/* The order matters: the table names the id last, so that a failed allocation
 * leaves words that nobody refers to, and no id without a key. */
gram_status gr_intern(GrEnv *env, GrIntern *t, const uint32_t *words,
                      uint32_t n, uint32_t *id, bool *is_new)
{
    if (t->n >= t->room) GR_TRY(grow_table(env, t));
    uint64_t hash = hash_words(words, n);
    uint32_t i = place(t, words, n, hash);
    if (is_new != NULL) *is_new = t->table[i] == 0;
    if (t->table[i] != 0) {
        *id = (uint32_t)t->table[i] - 1;
        return GRAM_OK;
    }
    GrInternSpan span = {0, n};
    if (n != 0) GR_TRY(add_words(env, t, words, n, &span.start));
    t->spans[t->n] = span;
    *id = t->n++;
    t->table[i] = tag(hash) | t->n;
    return GRAM_OK;
}

uint32_t gr_intern_find(const GrIntern *t, const uint32_t *words, uint32_t n)
{
    if (t->table_cap == 0) return UINT32_MAX;
    uint32_t v = (uint32_t)t->table[place(t, words, n, hash_words(words, n))];
    return v ? v - 1 : UINT32_MAX;
}

/* The place of the key, or the free one where it would go. */
static GrMapSlot *map_place(const GrMap *m, uint64_t key)
{
    uint32_t mask = m->cap - 1, i = (uint32_t)gr_mix(key) & mask;
    while (m->slot[i].used && m->slot[i].key != key) i = (i + 1) & mask;
    return &m->slot[i];
}

uint32_t *gr_map_find(const GrMap *m, uint64_t key)
{
    if (m->cap == 0) return NULL;
    GrMapSlot *s = map_place(m, key);
    return s->used ? &s->value : NULL;
}

/* As grow_table: the old map is given up only when all is copied. */
static gram_status grow_map(GrEnv *env, GrMap *m)
{
    GrMap bigger = {NULL, m->cap ? m->cap * 2 : 8, m->n};
    if (bigger.cap == 0) return gr_step_fail(env);
    bigger.slot = gr_zalloc(env, bigger.cap, sizeof *bigger.slot);
    if (bigger.slot == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->slot[i].used) *map_place(&bigger, m->slot[i].key) = m->slot[i];
    gr_map_clear(env, m);
    *m = bigger;
    return GRAM_OK;
}

/* An entry of the same key is overwritten; room is made before it is known
 * whether the key is new, which at worst doubles a little early. */
gram_status gr_map_put(GrEnv *env, GrMap *m, uint64_t key, uint32_t value)
{
    if (m->n >= gr_table_full(m->cap)) GR_TRY(grow_map(env, m));
    GrMapSlot *s = map_place(m, key);
    if (!s->used) m->n++;
    *s = (GrMapSlot){key, value, 1};
    return GRAM_OK;
}

void gr_map_clear(GrEnv *env, GrMap *m)
{
    gr_free(env, m->slot, (size_t)m->cap * sizeof *m->slot);
    memset(m, 0, sizeof *m);
}
