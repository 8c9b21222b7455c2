/* A cache of grammars for servers: the same source with the same options is
 * compiled once.
 *
 *     key (kind, options, text, documents)  -->  entry: grammar, size
 *     entries from the one asked for last to the one asked for longest ago
 *
 * The key is the source as it would be written to a file (source.c), compared
 * byte by byte.  Grammars grow while they are used, so sizes are asked for
 * again: that of an entry when it is asked for, those of all when the sum is
 * above the budget or an entry is new.  Then the entries are gone through
 * from the newest on, and those that do not fit any more are dropped; who
 * still uses such a grammar owns it, and its memory is no longer ours.
 *
 * One lock, held for look-ups and never while a grammar is compiled or freed.
 * Two threads that miss the same key both compile; the later one's work is
 * thrown away: a lock for each key would make one thread's long compilation
 * everybody's.
 *
 * Cost: a hit is the key's bytes, hashed and compared. */
#include "api/api.h"

typedef struct Entry Entry;
struct Entry {
    Entry *chain;         /* in the bucket */
    Entry *newer, *older; /* by when they were asked for */
    gram_grammar *g;
    uint64_t hash;
    size_t memory; /* when it was looked at last, key included */
    uint32_t key_len;
    char key[];
};

struct gram_cache {
    GrEnv env; /* entries and buckets; max_memory counts grammars, too */
    gram_vocab *vocab;
    pthread_mutex_t lock;
    Entry **bucket;
    uint32_t n_buckets; /* a power of two */
    uint32_t n;
    Entry *newest, *oldest;
    size_t memory; /* of all entries, as looked at last */
    size_t max_memory;
    uint64_t hits, misses, evicted;
};

/* --- life ----------------------------------------------------------------- */

enum { FIRST_BUCKETS = 64 };

/* Its own env counts entries and buckets only; max_memory is the budget of all
 * grammars together, which trim keeps. */
gram_status gram_cache_new(gram_vocab *vocab, const gram_allocator *allocator,
                           size_t max_memory, gram_cache **out,
                           gram_error *error)
{
    GrEnv env;
    if (vocab == NULL || out == NULL)
        return gr_api_argument(error, "a pointer is NULL");
    gr_env_init(&env, allocator, max_memory, 0);
    env.error = error;
    gram_cache *c = gr_zalloc(&env, 1, sizeof *c);
    if (c == NULL) return GRAM_E_MEMORY;
    c->bucket = gr_zalloc(&env, FIRST_BUCKETS, sizeof *c->bucket);
    if (c->bucket == NULL) {
        gr_free(&env, c, sizeof *c);
        return GRAM_E_MEMORY;
    }
    c->n_buckets = FIRST_BUCKETS;
    c->max_memory = env.max_memory;
    env.error = NULL;
    c->env = env;
    c->vocab = gram_vocab_share(vocab);
    pthread_mutex_init(&c->lock, NULL);
    *out = c;
    return GRAM_OK;
}

/* The key lies behind the entry, in one block. */
static size_t entry_bytes(uint32_t key_len)
{
    return sizeof(Entry) + key_len;
}

/* Grammars in use live on with their other owners. */
void gram_cache_free(gram_cache *c)
{
    if (c == NULL) return;
    for (Entry *e = c->newest, *older; e != NULL; e = older) {
        older = e->older;
        gram_grammar_free(e->g);
        gr_free(&c->env, e, entry_bytes(e->key_len));
    }
    gr_free(&c->env, c->bucket, c->n_buckets * sizeof *c->bucket);
    gram_vocab_free(c->vocab);
    pthread_mutex_destroy(&c->lock);
    GrEnv env = c->env;
    gr_free(&env, c, sizeof *c);
}

/* --- lists; under the lock ------------------------------------------------ */

/* A doubly linked list whose ends are in the cache: what a missing neighbour
 * would have pointed to is `newest` or `oldest`. */
static void put_newest(gram_cache *c, Entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void take_out(gram_cache *c, Entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static Entry **place_of(gram_cache *c, uint64_t hash)
{
    return &c->bucket[hash & (c->n_buckets - 1)];
}

/* The hash is compared first; equal keys are equal bytes, never only equal
 * hashes: a wrong grammar would be worse than a slow cache. */
static Entry *find(gram_cache *c, const GrText *key, uint64_t hash)
{
    Entry *e = *place_of(c, hash);
    while (e != NULL && (e->hash != hash || e->key_len != key->n ||
                         memcmp(e->key, key->at, key->n) != 0))
        e = e->chain;
    return e;
}

/* Where memory lacks, chains become longer instead. */
static void add_buckets(gram_cache *c)
{
    uint32_t n = c->n_buckets * 2;
    if (c->n < c->n_buckets || n == 0) return;
    Entry **fresh = gr_zalloc(&c->env, n, sizeof *fresh);
    if (fresh == NULL) return;
    gr_free(&c->env, c->bucket, c->n_buckets * sizeof *c->bucket);
    c->bucket = fresh;
    c->n_buckets = n;
    for (Entry *e = c->newest; e != NULL; e = e->older) {
        Entry **at = place_of(c, e->hash);
        e->chain = *at;
        *at = e;
    }
}

/* Out of bucket, list and sum; the caller frees it. */
static void remove_entry(gram_cache *c, Entry *e)
{
    Entry **at = place_of(c, e->hash);
    while (*at != e) at = &(*at)->chain;
    *at = e->chain;
    take_out(c, e);
    c->memory -= e->memory;
    c->n--;
}

/* --- sizes; under the lock ------------------------------------------------ */

/* What the entry holds now; c->memory remains the sum over all entries. */
static void look_at(gram_cache *c, Entry *e)
{
    gram_grammar_stats s = {.size = sizeof s};
    gram_grammar_get_stats(e->g, &s);
    c->memory -= e->memory;
    e->memory = (size_t)s.memory_bytes + entry_bytes(e->key_len);
    c->memory += e->memory;
}

/* Keep the newest entries that fit, one in any case; the others, as a chain,
 * are for the caller to free without the lock. */
static Entry *trim(gram_cache *c)
{
    size_t sum = 0;
    Entry *dropped = NULL, *e = c->newest;
    for (; e != NULL; e = e->older) {
        look_at(c, e);
        sum += e->memory;
        if (sum > c->max_memory && e != c->newest) break;
    }
    for (Entry *older; e != NULL; e = older) {
        older = e->older;
        remove_entry(c, e);
        c->evicted++;
        e->chain = dropped;
        dropped = e;
    }
    return dropped;
}

/* The entry itself goes back to the env, whose count the lock guards. */
static void free_entries(gram_cache *c, Entry *dropped)
{
    for (Entry *e = dropped; e != NULL; e = e->chain) gram_grammar_free(e->g);
    if (dropped == NULL) return;
    pthread_mutex_lock(&c->lock);
    for (Entry *e = dropped, *next; e != NULL; e = next) {
        next = e->chain;
        gr_free(&c->env, e, entry_bytes(e->key_len));
    }
    pthread_mutex_unlock(&c->lock);
}

/* --- asking --------------------------------------------------------------- */

/* The grammar gets an owner under the lock: once that is given up, another
 * thread may drop the entry. */
static gram_grammar *use(gram_cache *c, Entry *e, Entry **dropped)
{
    take_out(c, e);
    put_newest(c, e);
    look_at(c, e);
    if (c->memory > c->max_memory) *dropped = trim(c);
    return gram_grammar_share(e->g);
}

/* NULL: not there. */
static gram_grammar *look_up(gram_cache *c, const GrText *key, uint64_t hash)
{
    Entry *dropped = NULL;
    pthread_mutex_lock(&c->lock);
    Entry *e = find(c, key, hash);
    gram_grammar *g = e ? use(c, e, &dropped) : NULL;
    c->hits += g != NULL;
    c->misses += g == NULL;
    pthread_mutex_unlock(&c->lock);
    free_entries(c, dropped);
    return g;
}

/* NULL where memory lacks: then the grammar is simply not kept. */
static Entry *new_entry(gram_cache *c, const GrText *key, uint64_t hash)
{
    Entry *e = gr_zalloc(&c->env, 1, entry_bytes(key->n));
    if (e == NULL) return NULL;
    e->hash = hash;
    e->key_len = key->n;
    memcpy(e->key, key->at, key->n);
    return e;
}

/* Keep g, unless another thread was faster or memory lacks; the grammar to be
 * used, which may be that of the other thread. */
static gram_grammar *keep(gram_cache *c, const GrText *key, uint64_t hash,
                          gram_grammar *g)
{
    Entry *dropped = NULL;
    gram_grammar *unused = NULL;
    pthread_mutex_lock(&c->lock);
    Entry *e = find(c, key, hash);
    if (e != NULL) {
        unused = g;
        g = use(c, e, &dropped);
    } else if ((e = new_entry(c, key, hash)) != NULL) {
        add_buckets(c);
        e->g = gram_grammar_share(g);
        e->chain = *place_of(c, hash);
        *place_of(c, hash) = e;
        put_newest(c, e);
        c->n++;
        dropped = trim(c);
    }
    pthread_mutex_unlock(&c->lock);
    gram_grammar_free(unused);
    free_entries(c, dropped);
    return g;
}

/* `key` says what `source` is.  No lock is held while it is compiled. */
static gram_status get(gram_cache *c, const GrSource *source, const GrText *key,
                       gram_grammar **out, gram_error *error)
{
    uint64_t hash = gr_hash(key->at, key->n, 0);
    *out = look_up(c, key, hash);
    if (*out != NULL) return GRAM_OK;
    GR_TRY(gram_grammar_new(c->vocab, source->kind, source->text, source->len,
                            &source->options, out, error));
    *out = keep(c, key, hash, *out);
    return GRAM_OK;
}

gram_status gram_cache_get(gram_cache *c, gram_kind kind, const char *text,
                           size_t len, const gram_options *opt,
                           gram_grammar **out, gram_error *error)
{
    GrSource source;
    GrEnv env;
    GrText key = {0};
    gram_error own, *to = error ? error : &own;
    if (c == NULL || out == NULL)
        return gr_api_argument(error, "a pointer is NULL");
    GR_TRY(gr_source_init(c->vocab, kind, text, len, opt, to, &source));
    if (source.options.find_document != NULL)
        return gr_api_argument(to, "find_document is not for a cache: what it "
                                   "finds is no part of the key");
    /* the grammar outlives the call and is shared: it cannot be paid for by one
     * caller's allocator */
    source.options.allocator = &c->env.alloc;
    if (source.options.max_memory == 0)
        source.options.max_memory = c->max_memory;
    /* the key alone is made with it; the memory limit joins it, since the same
     * source with more memory is another grammar */
    gr_env_init(&env, &c->env.alloc, 0, UINT64_MAX);
    env.error = to;
    uint64_t memory = source.options.max_memory;
    gram_grammar *g = NULL;
    gram_status status = gr_source_put(&env, &key, &source);
    if (status == GRAM_OK)
        status = gr_image_put(&env, &key, &memory, sizeof memory);
    if (status == GRAM_OK) status = get(c, &source, &key, &g, to);
    gr_vec_clear(&env, &key);
    if (status == GRAM_OK) *out = g;
    return status;
}

/* Cost: a look at every grammar.  As in all structs that begin with their size,
 * a caller of an older version gets the part that it knows. */
gram_status gram_cache_get_stats(gram_cache *c, gram_cache_stats *out)
{
    if (c == NULL || out == NULL || out->size < sizeof out->size)
        return GRAM_E_ARGUMENT;
    pthread_mutex_lock(&c->lock);
    for (Entry *e = c->newest; e != NULL; e = e->older) look_at(c, e);
    gram_cache_stats s = {
        .size = out->size < sizeof s ? out->size : sizeof s,
        .grammars = c->n,
        .hits = c->hits,
        .misses = c->misses,
        .evicted = c->evicted,
        .memory_bytes = c->memory,
    };
    pthread_mutex_unlock(&c->lock);
    memcpy(out, &s, s.size);
    return GRAM_OK;
}
