/* Masks under keys that objects have already, as marks.c made them once.
 *
 *     leaf --> entries, newest first: texts of keys, mask
 *
 * What the marks of a leaf do to its mask depends on the keys of the objects
 * that they name, and inside a key on what of it is written: on nothing else,
 * where no subtree had to be walked again.  An entry holds these texts as
 * they came, and is right where all of them are equal, byte by byte.
 *
 * Cost: of a hit, the keys' bytes compared; of an entry, those bytes and a
 * mask.  A leaf has CHAIN entries at most, so that keys nobody will use again
 * cannot fill the memory; long lists of keys are followed through the trie
 * each time.
 *
 * Rejected: sets of keys as interned ids (each matcher would keep one per
 * open object up to date, asked or not); keys sorted before they are compared
 * (documents of one source have them in one order). */
#include "mask/mask_int.h"

enum { CHAIN = 64, TEXTS_MAX = 1024 };
#define PREFIX 0x80000000u /* beside the bits of levels */

/* What an entry is found by: bit L - 1 of levels stands for level L. */
typedef struct Keys {
    const GrConfig *c;
    const GrText *log;
    uint32_t levels;
} Keys;

typedef struct Entry {
    uint64_t hash;
    uint32_t mask;
    uint32_t next;       /* entry + 1 */
    uint32_t texts, len; /* in GrMasks.key_texts */
} Entry;

/* By leaf; `levels` is set before the first entry is there. */
typedef struct Chain {
    _Atomic uint32_t first; /* entry + 1 */
    uint32_t levels;
    uint32_t n;
} Chain;

void gr_keyed_init(GrMasks *m)
{
    gr_store_init(&m->key_chains, sizeof(Chain));
    gr_store_init(&m->key_entries, sizeof(Entry));
    gr_store_init(&m->key_texts, 1);
}

/* --- texts ---------------------------------------------------------------- */

static const GrSeen *seen_at(const Keys *k, uint32_t levels)
{
    uint32_t level = 1 + (uint32_t)__builtin_ctz(levels);
    const GrLevel *l = gr_config_level(k->c, level);
    return l ? l->seen : NULL;
}

/* Give `part` each text, until it says no. */
static bool each_text(const Keys *k,
                      bool (*part)(void *ctx, const char *p, uint32_t n),
                      void *ctx)
{
    for (uint32_t l = k->levels & ~PREFIX; l != 0; l &= l - 1) {
        const GrSeen *s = seen_at(k, l);
        char count[4];
        uint32_t n = n_keys(s);
        memcpy(count, &n, sizeof count);
        if (!part(ctx, count, sizeof count)) return false;
        for (; s != NULL; s = s->older)
            if (s->text == NULL || !part(ctx, s->text, s->len)) return false;
    }
    if (!(k->levels & PREFIX)) return true;
    return part(ctx, k->log->at + k->c->key_at,
                (uint32_t)(k->log->n - k->c->key_at));
}

static uint64_t hash_of(const Keys *k)
{
    uint64_t h = 0;
    for (uint32_t l = k->levels & ~PREFIX; l != 0; l &= l - 1) {
        const GrSeen *s = seen_at(k, l);
        h = gr_mix(h + n_keys(s));
        for (; s != NULL; s = s->older) h = gr_mix(h ^ s->hash);
    }
    if (!(k->levels & PREFIX)) return h;
    uint64_t at = k->c->key_at;
    return gr_mix(h ^ gr_hash(k->log->at + at, k->log->n - at, 1));
}

typedef struct Cursor {
    const char *at, *end;
} Cursor;

static bool same_text(void *ctx, const char *p, uint32_t n)
{
    Cursor *q = ctx;
    uint32_t len;
    if (q->end - q->at < (ptrdiff_t)sizeof len) return false;
    memcpy(&len, q->at, sizeof len);
    q->at += sizeof len;
    if (len != n || q->end - q->at < (ptrdiff_t)n) return false;
    bool same = n == 0 || memcmp(q->at, p, n) == 0;
    q->at += n;
    return same;
}

static bool is_entry_of(const GrMasks *m, const Entry *e, const Keys *k)
{
    const char *at = array_at(&m->key_texts, e->texts, e->len);
    Cursor q = {at, at + e->len};
    return each_text(k, same_text, &q) && q.at == q.end;
}

/* --- finding -------------------------------------------------------------- */

bool gr_keyed_find(GrWork *w, const Leaf *leaf, const GrConfig *c,
                   const GrText *log, uint32_t *mask)
{
    GrMasks *m = w->m;
    if (leaf->self >= atomic_load_explicit(&m->n_chains, memory_order_acquire))
        return false;
    Chain *chain = gr_store_at(&m->key_chains, leaf->self);
    uint32_t i = atomic_load_explicit(&chain->first, memory_order_acquire);
    if (i == 0) return false;
    Keys k = {c, log, chain->levels};
    uint64_t hash = hash_of(&k);
    while (i != 0) {
        const Entry *e = gr_store_at(&m->key_entries, i - 1);
        if (e->hash == hash && is_entry_of(m, e, &k)) {
            *mask = e->mask;
            return true;
        }
        i = e->next;
    }
    return false;
}

/* --- keeping -------------------------------------------------------------- */

/* The levels that marks are about; false for a mark of another kind. */
static bool add_levels(const GrMasks *m, const Leaf *leaf, uint32_t *levels)
{
    const Mark *mark = array_at(&m->marks, leaf->marks, leaf->n_marks);
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        bool known = mark[i].kind == MARK_KEY || mark[i].kind == MARK_AGAIN;
        if (!known || mark[i].level > 31) return false;
        if (mark[i].level > 0) *levels |= 1u << (mark[i].level - 1);
        if (mark[i].node == GR_TRIE_NONE) *levels |= PREFIX;
    }
    return true;
}

static bool put_text(void *ctx, const char *p, uint32_t n)
{
    GrWork *w = ctx;
    return w->text.n + n <= TEXTS_MAX &&
           gr_text_put(w->env, &w->text, &n, sizeof n) == GRAM_OK &&
           gr_text_put(w->env, &w->text, p, n) == GRAM_OK;
}

static gram_status get_chain(GrMasks *m, uint32_t leaf, Chain **out)
{
    while (m->key_chains.n <= leaf) {
        uint32_t at;
        GR_TRY(gr_store_add(&m->env, &m->key_chains, 1, &at));
        atomic_store_explicit(&m->n_chains, at + 1, memory_order_release);
    }
    *out = gr_store_at(&m->key_chains, leaf);
    return GRAM_OK;
}

/* The texts are in w->text. */
static gram_status add_entry(GrWork *w, const Leaf *leaf, const Keys *k,
                             uint32_t *mask)
{
    GrMasks *m = w->m;
    Chain *chain;
    uint32_t at, texts, id = *mask;
    GR_TRY(get_chain(m, leaf->self, &chain));
    if (chain->n >= CHAIN) return GRAM_OK;
    if (id == 0) GR_TRY(gr_mask_keep(w, &id));
    *mask = id; /* kept, whether there is room for an entry or not */
    GR_TRY(gr_store_add(&m->env, &m->key_texts, w->text.n, &texts));
    memcpy(gr_store_at(&m->key_texts, texts), w->text.at, w->text.n);
    GR_TRY(gr_store_add(&m->env, &m->key_entries, 1, &at));
    *(Entry *)gr_store_at(&m->key_entries, at) =
        (Entry){.hash = hash_of(k),
                .mask = *mask,
                .next = atomic_load(&chain->first),
                .texts = texts,
                .len = w->text.n};
    if (chain->n == 0) chain->levels = k->levels;
    chain->n++;
    atomic_store_explicit(&chain->first, at + 1, memory_order_release);
    return GRAM_OK;
}

gram_status gr_keyed_add(GrWork *w, const Leaf *leaf, const GrConfig *c,
                         const GrText *log, uint32_t *mask)
{
    GrMasks *m = w->m;
    Keys k = {c, log, 0};
    if (!add_levels(m, leaf, &k.levels)) return GRAM_OK;
    if (leaf->below != 0 &&
        !add_levels(m, leaf_at(m, leaf->below - 1), &k.levels))
        return GRAM_OK;
    w->text.n = 0;
    if (!each_text(&k, put_text, w)) return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    gram_status status = add_entry(w, leaf, &k, mask);
    pthread_mutex_unlock(&m->lock);
    /* a full cache is no error: the row is there, and not remembered */
    bool full = status == GRAM_E_MEMORY || status == GRAM_E_LIMIT;
    return full ? GRAM_OK : status;
}
