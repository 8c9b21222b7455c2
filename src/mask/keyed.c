/* Masks under keys that objects have already, as marks.c made them once.
 *
 *     leaf, lists of keys, what is written of a key  -->  mask
 *
 * What the marks of a leaf do to its mask depends on the keys of the objects
 * that they name, and inside a key on what of it is written: on nothing else,
 * where no subtree had to be walked again for another reason.  Lists of keys
 * are known by their numbers (pda.h), so that an entry is a few words, and
 * the spelling of the open key.
 *
 * Cost: of a hit, one look-up.  Entries are limited in number, so that keys
 * nobody will use again cannot fill the memory.
 *
 * Rejected: sets of keys (documents of one source have them in one order). */
#include "mask/mask_int.h"

enum { LISTS = 3, PREFIX_MOST = 64, ENTRIES_MOST = 1 << 15, SHARE = 16 };

typedef struct Entry {
    uint64_t hash;
    uint32_t leaf, mask;
    uint32_t list[LISTS];
    uint32_t prefix, len; /* in GrMasks.key_texts */
} Entry;

/* What an entry is found by. */
typedef struct Key {
    uint64_t hash;
    uint32_t leaf;
    uint32_t list[LISTS];
    const char *prefix;
    uint32_t len;
} Key;

void gr_keyed_init(GrMasks *m)
{
    gr_store_init(&m->key_entries, sizeof(Entry));
    gr_store_init(&m->key_texts, 1);
}

void gr_keyed_clear(GrMasks *m)
{
    gr_index_clear(&m->env, &m->keyed);
    gr_store_clear(&m->env, &m->key_entries);
    gr_store_clear(&m->env, &m->key_texts);
}

/* --- what it depends on --------------------------------------------------- */

/* The levels that marks are about; false for a mark of another kind. */
static bool add_levels(const GrMasks *m, const Leaf *leaf, uint32_t *levels)
{
    const Mark *mark = array_at(&m->marks, leaf->marks, leaf->n_marks);
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        bool known = mark[i].kind == MARK_KEY || mark[i].kind == MARK_AGAIN;
        if (!known || mark[i].level > 31) return false;
        if (mark[i].level > 0) *levels |= 1u << (mark[i].level - 1);
        if (mark[i].node == GR_TRIE_NONE) *levels |= LEVELS_OPEN_KEY;
    }
    return true;
}

uint32_t gr_keyed_levels(const GrMasks *m, const Leaf *leaf)
{
    uint32_t levels = 0;
    if (!add_levels(m, leaf, &levels)) return 0;
    if (leaf->below != 0 &&
        !add_levels(m, leaf_at(m, leaf->below - 1), &levels))
        return 0;
    return levels;
}

/* False where a list has no number. */
static bool make_key(uint32_t leaf, uint32_t levels, const GrConfig *c,
                     const GrText *log, Key *k)
{
    uint32_t n = 0;
    memset(k, 0, sizeof *k);
    k->leaf = leaf;
    k->hash = gr_mix(leaf);
    for (uint32_t l = levels & ~LEVELS_OPEN_KEY; l != 0; l &= l - 1) {
        const GrLevel *level =
            gr_config_level(c, 1 + (uint32_t)__builtin_ctz(l));
        const GrSeen *seen = level ? level->seen : NULL;
        if (n == LISTS || (seen != NULL && seen->texts == 0)) return false;
        k->list[n] = seen ? seen->texts : 0;
        k->hash = gr_mix(k->hash + k->list[n++]);
    }
    if (!(levels & LEVELS_OPEN_KEY)) return true;
    k->prefix = log->at + c->key_at;
    k->len = (uint32_t)(log->n - c->key_at);
    k->hash = gr_mix(k->hash ^ gr_hash(k->prefix, k->len, 1));
    return k->len <= PREFIX_MOST;
}

/* --- finding -------------------------------------------------------------- */

static bool is_entry(const GrMasks *m, const Entry *e, const Key *k)
{
    return e->hash == k->hash && e->leaf == k->leaf && e->len == k->len &&
           memcmp(e->list, k->list, sizeof e->list) == 0 &&
           (k->len == 0 || memcmp(gr_store_at(&m->key_texts, e->prefix),
                                  k->prefix, k->len) == 0);
}

static uint32_t find(const GrMasks *m, const Key *k)
{
    GrProbe q = gr_index_probe(&m->keyed, k->hash);
    for (uint32_t i; gr_index_next(&q, &i);) {
        const Entry *e = gr_store_at(&m->key_entries, i);
        if (is_entry(m, e, k)) return e->mask;
    }
    return 0;
}

bool gr_keyed_find(GrWork *w, const Leaf *leaf, uint32_t levels,
                   const GrConfig *c, const GrText *log, uint32_t *mask)
{
    Key k;
    if (levels == 0 || !make_key(leaf->self, levels, c, log, &k)) return false;
    *mask = find(w->m, &k);
    return *mask != 0;
}

/* --- keeping -------------------------------------------------------------- */

static uint64_t hash_of(const void *m, uint32_t i)
{
    const Entry *e = gr_store_at(&((const GrMasks *)m)->key_entries, i);
    return e->hash;
}

static bool is_full(const GrMasks *m)
{
    size_t used = m->key_entries.n * sizeof(Entry) + m->key_texts.n;
    return m->key_entries.n >= ENTRIES_MOST ||
           used >= m->env.max_memory / SHARE;
}

/* *mask, where it is not 0, is the row. */
static gram_status add_entry(GrWork *w, const Key *k, uint32_t *mask)
{
    GrMasks *m = w->m;
    Entry made = {k->hash, k->leaf, 0, {0}, 0, k->len};
    uint32_t at, id = *mask;
    if (is_full(m)) return GRAM_OK;
    if (id == 0) GR_TRY(gr_mask_keep(w, &id));
    *mask = id;
    if (find(m, k) != 0) return GRAM_OK;
    made.mask = *mask;
    memcpy(made.list, k->list, sizeof made.list);
    if (k->len > 0) {
        GR_TRY(gr_store_add(&m->env, &m->key_texts, k->len, &made.prefix));
        memcpy(gr_store_at(&m->key_texts, made.prefix), k->prefix, k->len);
    }
    GR_TRY(gr_store_add(&m->env, &m->key_entries, 1, &at));
    *(Entry *)gr_store_at(&m->key_entries, at) = made;
    return gr_index_add(&m->env, &m->keyed, made.hash, at, hash_of, m);
}

gram_status gr_keyed_add(GrWork *w, const Leaf *leaf, uint32_t levels,
                         const GrConfig *c, const GrText *log, uint32_t *mask)
{
    GrMasks *m = w->m;
    Key k;
    uint32_t id = *mask;
    if (levels == 0 || !make_key(leaf->self, levels, c, log, &k))
        return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    gram_status status = add_entry(w, &k, &id);
    pthread_mutex_unlock(&m->lock);
    /* a full cache is no error: the row is there, and maybe not remembered */
    *mask = id;
    if (GR_UNLIKELY(status == GRAM_E_MEMORY)) gr_masks_lack(m);
    bool full = status == GRAM_E_MEMORY || status == GRAM_E_LIMIT;
    return full ? GRAM_OK : status;
}
