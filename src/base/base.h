/* base: what every room stands on, and nothing of what any room is about.
 *
 * It refuses to know JSON, automata, tokens and files.  It offers
 *
 *   GrEnv     who pays: allocator, memory and step budget, error buffer
 *   GrArena   bump allocation that is given back all at once
 *   GrVec     a growable array of any type, as a macro
 *   GrStore   an append-only array whose elements never move
 *   GrIntern  hash-consing: sequences of 32-bit words <-> dense ids
 *   GrMap     a hash map of 64-bit keys to 32-bit values
 *   bits      sets as arrays of 32-bit words
 *   UTF-8     one decoder, one encoder
 *
 * One object tree has one GrEnv; everything that is allocated, counted or
 * refused goes through it, so that "bounded" is one property of one place:
 *
 *     gram_grammar --owns--> GrEnv <--pays-- arena, vec, store, intern, map
 *                              |
 *                              +--> gram_error (the caller's, during a call)
 *
 * GrIntern is the workhorse.  "Interned, canonical" (the idea that libgram
 * rests on) means: two structures that are equal have the same id, so that
 * equality is an integer compare and work on an id is done once.  Keys are
 * plain words, because every structure here is a tuple of small integers;
 * a generic compare callback was rejected: it is slower and every caller
 * would write a hash of its own.
 *
 *     words  [ k0 k1 k2 | k0 | k0 k1 ... ]   one after the other, in a store
 *     table  [ id + 1 or 0 ]                 open addressing, load <= 3/4
 *     spans  [ (start, n), ... ]             indexed by id; in one block with
 *                                            the table, of as many as it takes
 *
 * Invariants
 *   - env->used is the sum of the sizes of all live blocks of the tree, and
 *     never exceeds env->max_memory.
 *   - ids are dense: 0, 1, 2, ... in order of first appearance, which makes
 *     every later structure deterministic.
 *   - the address of a GrStore element never changes, so that readers in
 *     other threads may hold it while a writer appends.
 *
 * Cost: all operations are O(1) amortized, in the length of their keys.
 * Threads: none of these lock; the owner of the tree does.
 */
#ifndef GR_BASE_H
#define GR_BASE_H

#include <gram.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Forward an error of a call that returns gram_status. */
#define GR_TRY(expr)                                                           \
    do {                                                                       \
        gram_status gr_try_ = (expr);                                          \
        if (gr_try_ != GRAM_OK) return gr_try_;                                \
    } while (0)

/* An error that no text position belongs to. */
#define GR_NOWHERE ((size_t)-1)

#if defined(__GNUC__)
#define GR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define GR_LIKELY(x)         __builtin_expect(!!(x), 1)
#define GR_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define GR_APART             __attribute__((noinline))
#else
#define GR_PRINTF(fmt, args)
#define GR_LIKELY(x)   (x)
#define GR_UNLIKELY(x) (x)
#define GR_APART
#endif

/* --- env: who pays -------------------------------------------------------- */

typedef struct GrEnv {
    gram_allocator alloc;
    size_t used;        /* bytes held now */
    size_t peak;        /* the most ever held */
    size_t max_memory;  /* bytes; more is GRAM_E_MEMORY */
    uint64_t steps;     /* work done so far, in steps */
    uint64_t max_steps; /* more is GRAM_E_LIMIT */
    gram_error *error;  /* where gr_fail writes; may be NULL */
    /* Memory that tables may lie in and that is not the env's to give back
     * (a mapped file): freeing there does nothing, resizing copies. */
    const char *lent;
    size_t lent_len;
} GrEnv;

/* Default limits, each with its reason, in limits.def. */
enum {
#define GR_LIMIT(name, value, reason) GR_LIMIT_##name = (value),
#include "base/limits.def"
#undef GR_LIMIT
    GR_LIMIT_END_
};

/* Start an env; `alloc` NULL means the C library's.  Limits of 0 mean the
 * defaults of limits.def. */
void gr_env_init(GrEnv *env, const gram_allocator *alloc, size_t max_memory,
                 uint64_t max_steps);

/* Allocate, resize or free, counted.  Returns NULL after writing a
 * GRAM_E_MEMORY error; the old block is then untouched.  Freeing (new_size
 * 0) never fails. */
void *gr_resize(GrEnv *env, void *p, size_t old_size, size_t new_size);

/* n * size zeroed bytes, overflow checked; NULL as gr_resize. */
void *gr_zalloc(GrEnv *env, size_t n, size_t size);
void gr_free(GrEnv *env, void *p, size_t size);

/* A block that `from` has paid for is to be `to`'s: count it there.  False,
 * and nothing is changed, where `to` has no room for it or another allocator.
 */
bool gr_env_pass(GrEnv *from, GrEnv *to, size_t size);

/* Write an error and return its code, to be returned by the caller.  `at` is
 * a byte offset into the text being read or GR_NOWHERE.  The first error of
 * a call wins nothing: the last one written stays, so write it once. */
gram_status gr_fail(GrEnv *env, gram_status code, size_t at, const char *fmt,
                    ...) GR_PRINTF(4, 5);

/* Count `n` steps of work; GRAM_E_LIMIT once the budget is gone.  The count
 * saturates: no n brings it back below the limit. */
gram_status gr_step_fail(GrEnv *env);
static inline gram_status gr_step(GrEnv *env, uint64_t n)
{
    env->steps = env->steps + n < n ? UINT64_MAX : env->steps + n;
    return GR_LIKELY(env->steps <= env->max_steps) ? GRAM_OK
                                                   : gr_step_fail(env);
}

/* Fill line and column of `error` from its offset into `text`. */
void gr_error_locate(gram_error *error, const char *text, size_t len);

/* a + b and a * b of sizes; false on overflow, *out then untouched. */
bool gr_size_add(size_t a, size_t b, size_t *out);
bool gr_size_mul(size_t a, size_t b, size_t *out);

/* --- arena ---------------------------------------------------------------- */

typedef struct GrArenaChunk GrArenaChunk;

/* Zero-initialise.  Blocks are 8-byte aligned, not zeroed, and live until
 * gr_arena_clear.  Under AddressSanitizer 8 poisoned bytes follow each. */
typedef struct GrArena {
    GrArenaChunk *last; /* the chunk being filled; older ones behind it */
} GrArena;

void *gr_arena_take(GrEnv *env, GrArena *arena, size_t size);
/* A zero-terminated copy of n bytes. */
char *gr_arena_copy(GrEnv *env, GrArena *arena, const void *p, size_t n);
void gr_arena_clear(GrEnv *env, GrArena *arena);

/* What is taken behind a mark can be given back alone. */
typedef struct GrArenaMark {
    GrArenaChunk *chunk;
    size_t at;
} GrArenaMark;
GrArenaMark gr_arena_mark(const GrArena *arena);
void gr_arena_release(GrEnv *env, GrArena *arena, GrArenaMark mark);

/* --- vec ------------------------------------------------------------------ */

/* GrVec(int) v = {0};  gr_vec_push(env, &v, 7);  v.at[0];  v.n;
 * gr_vec_push and gr_vec_reserve evaluate to a gram_status. */
#define GrVec(T)                                                               \
    struct {                                                                   \
        T *at;                                                                 \
        uint32_t n, cap;                                                       \
    }

gram_status gr_vec_grow(GrEnv *env, void **at, uint32_t *cap, uint64_t need,
                        size_t elem);

#define gr_vec_reserve(env, v, extra)                                          \
    ((uint64_t)(v)->n + (extra) <= (v)->cap                                    \
         ? GRAM_OK                                                             \
         : gr_vec_grow((env), (void **)&(v)->at, &(v)->cap,                    \
                       (uint64_t)(v)->n + (extra), sizeof *(v)->at))

#define gr_vec_push(env, v, ...)                                               \
    (gr_vec_reserve((env), (v), 1) == GRAM_OK                                  \
         ? ((v)->at[(v)->n++] = (__VA_ARGS__), GRAM_OK)                        \
         : GRAM_E_MEMORY)

#define gr_vec_clear(env, v)                                                   \
    (gr_free((env), (v)->at, (size_t)(v)->cap * sizeof *(v)->at),              \
     (v)->at = NULL, (v)->n = (v)->cap = 0)

/* Bytes being written. */
typedef GrVec(char) GrText;

/* Append n bytes. */
gram_status gr_text_put(GrEnv *env, GrText *t, const void *p, size_t n);
/* Append what printf would write, cut to 255 bytes. */
gram_status gr_text_printf(GrEnv *env, GrText *t, const char *fmt, ...)
    GR_PRINTF(3, 4);

/* --- store: append-only, addresses never change --------------------------- */

enum { GR_STORE_FIRST_LOG = 3, GR_STORE_CHUNKS = 23 };

/* Chunk k holds 8 << k elements:  index i + 8 has its leading bit at
 * position 3 + k, the rest is the place inside the chunk. */
typedef struct GrStore {
    void *chunk[GR_STORE_CHUNKS];
    uint32_t n;     /* elements in use */
    uint32_t ready; /* those up to here are there, and zero behind n */
    uint32_t elem;  /* bytes each; set by gr_store_init */
} GrStore;

void gr_store_init(GrStore *s, size_t elem);
void gr_store_clear(GrEnv *env, GrStore *s);
/* Without elements again; the memory stays. */
static inline void gr_store_empty(GrStore *s)
{
    s->n = s->ready = 0;
}

/* Append n contiguous elements, zeroed; *first is the index of the first.
 * All of them lie in one chunk (indexes may be skipped to make that so). */
gram_status gr_store_grow(GrEnv *env, GrStore *s, uint32_t n, uint32_t *first);
static inline gram_status gr_store_add(GrEnv *env, GrStore *s, uint32_t n,
                                       uint32_t *first)
{
    if (GR_UNLIKELY(n > s->ready - s->n))
        return gr_store_grow(env, s, n, first);
    *first = s->n;
    s->n += n;
    return GRAM_OK;
}

/* How many elements from the next one on lie in one chunk. */
static inline uint32_t gr_store_room(const GrStore *s)
{
    uint32_t j = s->n + (1u << GR_STORE_FIRST_LOG);
    return (2u << (31 - __builtin_clz(j))) - j;
}

static inline void *gr_store_at(const GrStore *s, uint32_t i)
{
    uint32_t j = i + (1u << GR_STORE_FIRST_LOG);
    size_t log = 31u ^ (uint32_t)__builtin_clz(j);
    char *chunk = (char *)s->chunk[log - GR_STORE_FIRST_LOG];
    size_t skip = (size_t)(j ^ 1u << log) * s->elem;
    /* element 0 of none at all is asked for where n is 0 as well: NULL + 0 is
     * not defined in C11 */
    return skip ? chunk + skip : chunk;
}

/* Are elements first .. first + n - 1 in use, and in one chunk? */
static inline bool gr_store_holds(const GrStore *s, uint32_t first, uint32_t n)
{
    uint64_t a = (uint64_t)first + (1u << GR_STORE_FIRST_LOG);
    uint64_t end = (uint64_t)first + n;
    return n == 0 ||
           (end <= s->n && __builtin_clzll(a) == __builtin_clzll(a + n - 1));
}

/* How many of `cap` places, a power of two and 8 at least, a hash table fills
 * before it grows.  Half of them would cost a third more memory, and probes
 * are not what anything waits for. */
static inline uint32_t gr_table_full(uint32_t cap)
{
    return cap / 4 * 3;
}

/* --- intern: hash-consing ------------------------------------------------- */

typedef struct GrInternSpan {
    uint32_t start, n;
} GrInternSpan;

/* Of some dozen tables a grammar has, half stay empty: these are 40 bytes.
 * Keys never move, but where they lie does: who looks up an id while another
 * thread may add one needs that thread's lock. */
typedef struct GrIntern {
    GrStore *words;      /* uint32_t; NULL: no key has had any yet */
    uint64_t *table;     /* id + 1, above it half of the hash; or 0 */
    GrInternSpan *spans; /* behind it, but for tables of an image */
    uint32_t table_cap;  /* a power of two */
    uint32_t room;       /* spans that there is memory for */
    uint32_t n;          /* ids given out: 0 .. n-1 */
} GrIntern;

void gr_intern_init(GrIntern *t);
void gr_intern_clear(GrEnv *env, GrIntern *t);
/* The same for a table that is filled again at once: keeps a little memory. */
void gr_intern_reset(GrEnv *env, GrIntern *t);

/* The id of the key words[0..n).  *is_new (may be NULL) tells whether this
 * call made it. */
gram_status gr_intern(GrEnv *env, GrIntern *t, const uint32_t *words,
                      uint32_t n, uint32_t *id, bool *is_new);

/* The id of a key that exists, or UINT32_MAX. */
uint32_t gr_intern_find(const GrIntern *t, const uint32_t *words, uint32_t n);

/* The key of an id; stable address.  n may be NULL. */
static inline const uint32_t *gr_intern_get(const GrIntern *t, uint32_t id,
                                            uint32_t *n)
{
    GrInternSpan s = t->spans[id];
    if (n != NULL) *n = s.n;
    return s.n ? gr_store_at(t->words, s.start) : NULL;
}

/* Words of all keys together. */
static inline uint32_t gr_intern_n_words(const GrIntern *t)
{
    return t->words ? t->words->n : 0;
}

/* --- map ------------------------------------------------------------------ */

typedef struct GrMapSlot {
    uint64_t key;
    uint32_t value;
    uint32_t used;
} GrMapSlot;

/* Zero-initialise. */
typedef struct GrMap {
    GrMapSlot *slot;
    uint32_t cap, n;
} GrMap;

/* The value's place, or NULL; valid until the next gr_map_put. */
uint32_t *gr_map_find(const GrMap *m, uint64_t key);
gram_status gr_map_put(GrEnv *env, GrMap *m, uint64_t key, uint32_t value);
void gr_map_clear(GrEnv *env, GrMap *m);

static inline uint64_t gr_pair(uint32_t hi, uint32_t lo)
{
    return (uint64_t)hi << 32 | lo;
}

/* --- hashing -------------------------------------------------------------- */

/* A 64-bit hash of bytes; the same on every machine and run. */
uint64_t gr_hash(const void *p, size_t n, uint64_t seed);

/* Eight bytes, the first lowest, on every machine; written out, because
 * compilers make one load of this and none of a loop. */
static inline uint64_t gr_load_u64(const void *p)
{
    const unsigned char *b = p;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
           (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 |
           (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static inline uint64_t gr_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* --- bits ----------------------------------------------------------------- */

static inline bool gr_bit_get(const uint32_t *w, uint32_t i)
{
    return w[i >> 5] >> (i & 31) & 1;
}
static inline void gr_bit_set(uint32_t *w, uint32_t i)
{
    w[i >> 5] |= 1u << (i & 31);
}
static inline void gr_bit_clear(uint32_t *w, uint32_t i)
{
    w[i >> 5] &= ~(1u << (i & 31));
}
static inline uint32_t gr_bit_words(uint32_t n)
{
    return n / 32 + !!(n % 32);
}
/* By pairs, nibbles, bytes: compilers do this to several words at once, where
 * the processor's own instruction may not be asked for. */
static inline uint32_t gr_bits_in(uint32_t x)
{
    x -= x >> 1 & 0x55555555;
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    x = (x + (x >> 4)) & 0x0F0F0F0F;
    x += x >> 8;
    return (x + (x >> 16)) & 63;
}
/* Set the bits from .. to-1. */
void gr_bit_fill(uint32_t *w, uint32_t from, uint32_t to);
uint32_t gr_bit_count(const uint32_t *w, uint32_t words);

/* --- UTF-8 ---------------------------------------------------------------- */

/* The code point at p and its length 1-4 in *len; UINT32_MAX (and *len 1)
 * where the bytes are not shortest-form UTF-8 of a scalar value.  n >= 1. */
uint32_t gr_utf8_get(const void *p, size_t n, uint32_t *len);

/* Write code point c (at most 4 bytes; surrogates are encoded like any other
 * value); returns the length. */
uint32_t gr_utf8_put(uint32_t c, char out[4]);

/* The offset of the first byte that is not part of valid UTF-8, or n. */
size_t gr_utf8_valid(const void *p, size_t n);

#endif
