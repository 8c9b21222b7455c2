/* The block: its layout, its checks, and pointers into it.
 *
 *     | GrPackHead | pad | BYTES | pad | OFF | pad | ... | RECIPE |
 *
 * A trusted load checks the head (magic, byte order, places and sizes of the
 * sections against each other, the head's own checksum): microseconds.  A
 * verified load also sums every section and then recomputes everything that
 * is derived (gr_vocab_is_valid), so that no block, however made, can lead a
 * reader outside of it. */
#include "vocab/draft.h"

#include <sys/mman.h>

static const char magic[8] = {'g', 'r', 'a', 'm', 'V', 'O', 'C', '\n'};
enum { VERSION = 4, ALIGN = 64, ORDER = 0x01020304 };

/* Told apart from other formats by this alone; the rest is checked later, so
 * that a damaged pack is called that and not an unknown file. */
bool gr_pack_is(const void *p, size_t len)
{
    return len >= sizeof magic && memcmp(p, magic, sizeof magic) == 0;
}

/* One layout for given lengths: readers compute it again and compare, which
 * proves that sections neither overlap nor leave the file. */
uint32_t gr_pack_layout(GrPackHead *h, const uint64_t len[GR_PACK_SECTIONS])
{
    uint64_t at = sizeof *h;
    for (int i = 0; i < GR_PACK_SECTIONS; i++) {
        at = (at + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
        if (at + len[i] > UINT32_MAX) return 0;
        h->section[i].at = (uint32_t)at;
        h->section[i].len = (uint32_t)len[i];
        at += len[i];
    }
    h->total = (uint32_t)at;
    return h->total;
}

/* Memory comes unset; what lies between sections would differ from build to
 * build. */
void gr_pack_clear_gaps(uint8_t *block)
{
    const GrPackHead *h = (const GrPackHead *)block;
    uint32_t from = sizeof *h;
    for (int i = 0; i < GR_PACK_SECTIONS; i++) {
        memset(block + from, 0, h->section[i].at - from);
        from = h->section[i].at + h->section[i].len;
    }
}

/* Over all of the head before the sum itself. */
static uint64_t head_sum(const GrPackHead *h)
{
    return gr_hash(h, offsetof(GrPackHead, sum), VERSION);
}

/* The section's number is the seed: two sections of equal bytes may not
 * change places unseen. */
static uint64_t section_sum(const uint8_t *block, int i)
{
    const GrPackHead *h = (const GrPackHead *)block;
    return gr_hash(block + h->section[i].at, h->section[i].len, (uint64_t)i);
}

/* What decides masks, from the sums of its sections: no two vocabularies are
 * told apart by encoding alone.  It tells mistakes, not forgeries. */
static uint64_t fingerprint(const GrPackHead *h)
{
    const uint64_t parts[] = {
        h->section[GR_PACK_BYTES].sum, h->section[GR_PACK_OFF].sum,
        h->section[GR_PACK_KIND].sum, h->section[GR_PACK_END].sum, h->width};
    return gr_hash(parts, sizeof parts, VERSION);
}

void gr_pack_close(uint8_t *block)
{
    GrPackHead *h = (GrPackHead *)block;
    memcpy(h->magic, magic, sizeof magic);
    h->version = VERSION;
    h->order = ORDER;
    for (int i = 0; i < GR_PACK_SECTIONS; i++)
        h->section[i].sum = section_sum(block, i);
    h->fingerprint = fingerprint(h);
    h->sum = head_sum(h);
}

/* Sections begin at multiples of 64, so any array may lie there. */
static const void *section(const GrVocab *v, int i)
{
    return v->block + ((const GrPackHead *)v->block)->section[i].at;
}

static uint32_t section_n(const GrVocab *v, int i, size_t elem)
{
    return ((const GrPackHead *)v->block)->section[i].len / (uint32_t)elem;
}

/* Counts follow from the sizes of sections, which have been checked. */
static void attach_counts(GrVocab *v, const GrPackHead *h)
{
    v->n_tokens = h->n_tokens;
    v->width = h->width;
    v->mask_words = gr_bit_words(h->width);
    v->longest = h->longest;
    v->n_text = h->n_text;
    v->n_nodes = section_n(v, GR_PACK_NODE, sizeof(GrTrieNode));
    v->n_end = section_n(v, GR_PACK_END, 4);
    v->n_same = section_n(v, GR_PACK_SAME, sizeof(GrSame));
    v->n_empty = section_n(v, GR_PACK_EMPTY, 4);
    v->n_names = section_n(v, GR_PACK_NAME_ID, 4);
    v->recipe_len = section_n(v, GR_PACK_RECIPE, 1);
}

/* Nothing is copied but the set of single bytes, which masks ask for. */
void gr_pack_attach(GrVocab *v)
{
    const GrPackHead *h = (const GrPackHead *)v->block;
    attach_counts(v, h);
    memcpy(v->alone, h->alone, sizeof v->alone);
    v->fingerprint = h->fingerprint;
    v->bytes = section(v, GR_PACK_BYTES);
    v->off = section(v, GR_PACK_OFF);
    v->kind = section(v, GR_PACK_KIND);
    v->flag = section(v, GR_PACK_FLAG);
    v->chars = section(v, GR_PACK_CHARS);
    v->sig = section(v, GR_PACK_SIG);
    v->node = section(v, GR_PACK_NODE);
    v->root = section(v, GR_PACK_ROOT);
    v->same = section(v, GR_PACK_SAME);
    v->same_ids = section(v, GR_PACK_SAME_IDS);
    v->end = section(v, GR_PACK_END);
    v->empty = section(v, GR_PACK_EMPTY);
    v->name_id = section(v, GR_PACK_NAME_ID);
    v->name_off = section(v, GR_PACK_NAME_OFF);
    v->name_text = section(v, GR_PACK_NAME_TEXT);
    v->recipe = v->recipe_len ? section(v, GR_PACK_RECIPE) : NULL;
}

/* Does section i have a size that its neighbours and the counts allow? */
static bool fits(const GrPackHead *h, int i)
{
    uint64_t n = h->n_tokens, len = h->section[i].len;
    switch (i) {
    case GR_PACK_OFF: return len == (n + 1) * 4;
    case GR_PACK_KIND:
    case GR_PACK_FLAG:
    case GR_PACK_CHARS: return len == n;
    case GR_PACK_SIG:
        return len == (uint64_t)gr_bit_words(h->width) * 4 * GR_SIGS;
    case GR_PACK_NODE: return len % sizeof(GrTrieNode) == 0;
    case GR_PACK_ROOT: return len == 1024;
    case GR_PACK_SAME: return len % sizeof(GrSame) == 0;
    case GR_PACK_SAME_IDS:
    case GR_PACK_END:
    case GR_PACK_EMPTY:
    case GR_PACK_NAME_ID: return len % 4 == 0;
    case GR_PACK_NAME_OFF:
        return len == (uint64_t)h->section[GR_PACK_NAME_ID].len + 4;
    default: return true; /* bytes, text, recipe */
    }
}

static bool head_is_valid(const GrPackHead *h, size_t len)
{
    GrPackHead again = *h;
    uint64_t lens[GR_PACK_SECTIONS];
    if (h->order != ORDER || h->sum != head_sum(h) ||
        h->fingerprint != fingerprint(h))
        return false;
    if (h->n_tokens == 0 || h->n_tokens >= GR_LIMIT_VOCAB_TOKENS ||
        h->width == 0 || h->width >= GR_LIMIT_VOCAB_TOKENS)
        return false;
    for (int i = 0; i < GR_PACK_SECTIONS; i++) {
        if (!fits(h, i)) return false;
        lens[i] = h->section[i].len;
    }
    /* there is one layout for given lengths; so nothing overlaps */
    if (gr_pack_layout(&again, lens) != h->total || h->total != len)
        return false;
    return memcmp(&again, h, sizeof again) == 0;
}

static gram_status check(GrVocab *v, size_t len, uint32_t flags)
{
    const GrPackHead *h = (const GrPackHead *)v->block;
    if (len < sizeof *h || !gr_pack_is(h, len))
        return gr_fail(&v->env, GRAM_E_VOCAB, 0, "not a vocabulary pack");
    if (h->version != VERSION)
        return gr_fail(&v->env, GRAM_E_VOCAB, sizeof magic,
                       "a vocabulary pack of version %u, not %d", h->version,
                       VERSION);
    if (h->sum == head_sum(h) && h->total > len)
        return gr_fail(&v->env, GRAM_E_VOCAB, len,
                       "a vocabulary pack of %u bytes is cut", h->total);
    if (!head_is_valid(h, len))
        return gr_fail(&v->env, GRAM_E_VOCAB, 0,
                       "the head of the vocabulary pack is damaged");
    if (flags & GR_PACK_TRUST) return GRAM_OK;
    for (int i = 0; i < GR_PACK_SECTIONS; i++)
        if (h->section[i].sum != section_sum(v->block, i))
            return gr_fail(&v->env, GRAM_E_VOCAB, h->section[i].at,
                           "section %d of the vocabulary pack is damaged", i);
    return GRAM_OK;
}

/* A borrowed block is the caller's. */
static void release(GrEnv *env, const uint8_t *block, size_t len,
                    uint32_t storage)
{
    union {
        const uint8_t *from;
        void *to;
    } p = {block};
    if (storage == GR_STORAGE_HEAP) gr_free(env, p.to, len);
    if (storage == GR_STORAGE_MAPPED) munmap(p.to, len);
}

static void destroy(GrVocab *v)
{
    GrEnv env = v->env;
    gr_spelling_free(&env, v->spelling);
    release(&env, v->block, v->block_len, v->storage);
    gr_free(&env, v, sizeof *v);
}

/* A trusted pack is not read beyond its head, so that mapping one costs the
 * same for any size; pages come in when they are used.  Where bytes are missing
 * its tokens are read. */
static gram_status open_block(GrVocab *v, uint32_t flags)
{
    GR_TRY(check(v, v->block_len, flags));
    gr_pack_attach(v);
    if (!(flags & GR_PACK_TRUST) && !gr_vocab_is_valid(v))
        return gr_fail(&v->env, GRAM_E_VOCAB, 0,
                       "the vocabulary pack contradicts itself");
    return gr_spelling_new(&v->env, v, &v->spelling);
}

/* The block is released on every way out that fails, so that callers need no
 * clean-up of their own. */
gram_status gr_pack_open(const GrEnv *env, const uint8_t *block, size_t len,
                         uint32_t storage, uint32_t flags, GrVocab **out)
{
    GrEnv own = *env;
    GrVocab *v = gr_zalloc(&own, 1, sizeof *v);
    if (v == NULL) {
        release(&own, block, len, storage);
        return GRAM_E_MEMORY;
    }
    v->env = own;
    v->block = block;
    v->block_len = len;
    v->storage = storage;
    v->refs = 1;
    gram_status status = open_block(v, flags);
    if (status != GRAM_OK) gr_error_in_bytes(v->env.error);
    v->env.error = NULL;
    if (status != GRAM_OK) {
        destroy(v);
        return status;
    }
    *out = v;
    return GRAM_OK;
}

/* Copied unless borrowed: alignment is then the allocator's. */
gram_status gr_vocab_from_pack(const gram_allocator *alloc, const void *pack,
                               size_t len, uint32_t flags, gram_error *error,
                               GrVocab **out)
{
    GrEnv env;
    gr_env_init(&env, alloc, 0, UINT64_MAX);
    env.error = error;
    if (flags & GR_PACK_BORROW) {
        if ((uintptr_t)pack % ALIGN != 0)
            return gr_fail(&env, GRAM_E_ARGUMENT, GR_NOWHERE,
                           "the pack is not aligned to %d bytes", ALIGN);
        return gr_pack_open(&env, pack, len, GR_STORAGE_BORROWED, flags, out);
    }
    uint8_t *copy = gr_resize(&env, NULL, 0, len);
    if (copy == NULL) return GRAM_E_MEMORY;
    if (len) memcpy(copy, pack, len);
    return gr_pack_open(&env, copy, len, GR_STORAGE_HEAP, flags, out);
}

GrVocab *gr_vocab_ref(GrVocab *v)
{
    atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
    return v;
}

/* Frees with the allocator that it was made by, which it carries. */
void gr_vocab_free(GrVocab *v)
{
    if (v == NULL) return;
    /* the last one out must see what all others did before they left */
    if (atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) == 1)
        destroy(v);
}
