/* Arena, growable array and address-stable store.
 *
 * An arena chunk:
 *
 *     | GrArenaChunk | block | red | block | red | ...      free     |
 *     0              ^8-byte aligned              ^ at                ^ cap
 *
 * `red` exists under AddressSanitizer only: 8 poisoned bytes, so that an
 * overrun from one block into the next is caught although malloc sees one
 * chunk.  Chunks double from 256 bytes to 1 KiB, and grow by half from there to
 * 256 KiB; a larger block gets a chunk of its own.
 *
 * A store of elements e0, e1, ...:
 *
 *     chunk[0] -> e0  .. e7        8 elements
 *     chunk[1] -> e8  .. e23      16
 *     chunk[2] -> e24 .. e55      32   and so on: nothing is ever moved
 *
 * All three cost O(1) amortized for a byte or an element, and waste at most
 * about as much as they hold. */
#include "base/base.h"
#include <stdarg.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define GR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GR_ASAN 1
#endif
#endif

#ifdef GR_ASAN
#include <sanitizer/asan_interface.h>
enum { RED = 8 };
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
enum { RED = 0 };
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { CHUNK_MIN = 256, CHUNK_SOON = 1024, CHUNK_MAX = 256 * 1024 };
/* Of stores: elements of the first chunk, bytes that are made zero at once. */
enum { FIRST = 1 << GR_STORE_FIRST_LOG, PIECE = 4096 };

struct GrArenaChunk {
    GrArenaChunk *older;
    size_t at, cap; /* bytes from the chunk's start */
};

static size_t align8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

/* A chunk with at least `need` bytes, its own head included; the rest of the
 * one before is given up.  The free part is poisoned as a whole, and
 * gr_arena_take uncovers each block. */
static gram_status add_chunk(GrEnv *env, GrArena *arena, size_t need)
{
    size_t last = arena->last ? arena->last->cap : CHUNK_MIN / 2;
    size_t cap = align8(last < CHUNK_SOON ? last * 2 : last / 2 * 3);
    if (cap > CHUNK_MAX) cap = CHUNK_MAX;
    if (cap < need) cap = need;
    GrArenaChunk *c = gr_resize(env, NULL, 0, cap);
    if (c == NULL) return GRAM_E_MEMORY;
    *c = (GrArenaChunk){arena->last, align8(sizeof *c), cap};
    POISON((char *)c + c->at, cap - c->at);
    arena->last = c;
    return GRAM_OK;
}

/* A block of 0 bytes gets an address of its own as well.  Sizes that would wrap
 * when rounded up are cut to half of all memory, which the limit refuses. */
void *gr_arena_take(GrEnv *env, GrArena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) size = SIZE_MAX / 2;
    size_t room = align8(size ? size : 1) + RED;
    if (arena->last == NULL || arena->last->cap - arena->last->at < room) {
        size_t need = room + align8(sizeof(GrArenaChunk));
        if (add_chunk(env, arena, need) != GRAM_OK) return NULL;
    }
    char *p = (char *)arena->last + arena->last->at;
    arena->last->at += room;
    UNPOISON(p, size);
    return p;
}

char *gr_arena_copy(GrEnv *env, GrArena *arena, const void *p, size_t n)
{
    if (n == SIZE_MAX) n--; /* refused below, not wrapped to 0 */
    char *q = gr_arena_take(env, arena, n + 1);
    if (q == NULL) return NULL;
    if (n) memcpy(q, p, n);
    q[n] = 0;
    return q;
}

/* Poison is lifted before the allocator sees the chunk, since its next owner
 * need not be one that knows of it. */
void gr_arena_clear(GrEnv *env, GrArena *arena)
{
    while (arena->last != NULL) {
        GrArenaChunk *c = arena->last;
        arena->last = c->older;
        UNPOISON(c, c->cap);
        gr_resize(env, c, c->cap, 0);
    }
}

GrArenaMark gr_arena_mark(const GrArena *arena)
{
    GrArenaChunk *c = arena->last;
    return (GrArenaMark){c, c ? c->at : 0};
}

/* Chunks that are newer than the mark go; of the marked chunk what lies behind.
 * With mark.chunk NULL (the arena was empty) nothing is left. */
void gr_arena_release(GrEnv *env, GrArena *arena, GrArenaMark mark)
{
    while (arena->last != mark.chunk) {
        GrArenaChunk *c = arena->last;
        arena->last = c->older;
        UNPOISON(c, c->cap);
        gr_resize(env, c, c->cap, 0);
    }
    if (mark.chunk == NULL) return;
    POISON((char *)mark.chunk + mark.at, mark.chunk->at - mark.at);
    mark.chunk->at = mark.at;
}

/* The least block that an allocator gives is not much smaller. */
enum { FIRST_BYTES = 64, FIRST_LEAST = 4 };

static uint32_t first_cap(size_t elem)
{
    return elem < FIRST_BYTES / FIRST_LEAST ? (uint32_t)(FIRST_BYTES / elem)
                                            : FIRST_LEAST;
}

/* Doubling in 64 bits: `need` comes from an addition that may exceed 32 bits,
 * and is refused here rather than in each caller. */
gram_status gr_vec_grow(GrEnv *env, void **at, uint32_t *cap, uint64_t need,
                        size_t elem)
{
    uint64_t new_cap = *cap ? *cap : first_cap(elem);
    while (new_cap < need && new_cap <= UINT32_MAX) new_cap *= 2;
    size_t bytes;
    if (new_cap > UINT32_MAX || !gr_size_mul(new_cap, elem, &bytes))
        return gr_fail(env, GRAM_E_MEMORY, GR_NOWHERE,
                       "an array of more than 2^31 elements");
    void *p = gr_resize(env, *at, *cap * elem, bytes);
    if (p == NULL) return GRAM_E_MEMORY;
    *at = p;
    *cap = (uint32_t)new_cap;
    return GRAM_OK;
}

/* n is a size_t, the count 32 bits: reserve refuses what does not fit, hence
 * the cast. */
gram_status gr_text_put(GrEnv *env, GrText *t, const void *p, size_t n)
{
    GR_TRY(gr_vec_reserve(env, t, n));
    if (n) memcpy(t->at + t->n, p, n);
    t->n += (uint32_t)n;
    return GRAM_OK;
}

/* One buffer and one pass; names and numbers are what it is for, longer texts
 * go through gr_text_put. */
gram_status gr_text_printf(GrEnv *env, GrText *t, const char *fmt, ...)
{
    char line[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (n < 0) n = 0;
    if ((size_t)n >= sizeof line) n = (int)sizeof line - 1;
    return gr_text_put(env, t, line, (size_t)n);
}

void gr_store_init(GrStore *s, size_t elem)
{
    memset(s, 0, sizeof *s);
    s->elem = (uint32_t)elem;
}

/* More than there is where the product does not fit: nobody can allocate it. */
static size_t chunk_bytes(const GrStore *s, int k)
{
    size_t bytes;
    bool fits = gr_size_mul((size_t)FIRST << k, s->elem, &bytes);
    return fits ? bytes : SIZE_MAX;
}

/* All chunks, also behind a hole: an array that did not fit skips some. */
void gr_store_clear(GrEnv *env, GrStore *s)
{
    for (int k = 0; k < GR_STORE_CHUNKS; k++) {
        if (s->chunk[k] != NULL)
            gr_resize(env, s->chunk[k], chunk_bytes(s, k), 0);
        s->chunk[k] = NULL;
    }
    s->n = s->ready = 0;
}

/* What lies behind the elements in use is made zero bit by bit: a new chunk is
 * as large as all before it, one that was read from a file is seldom appended
 * to, and pages that nobody touches cost nothing.  Chunks that are not there
 * are passed. */
static void make_ready(GrStore *s, uint64_t to)
{
    while (s->ready < to) {
        int k = 31 - GR_STORE_FIRST_LOG - __builtin_clz(s->ready + FIRST);
        uint64_t end = ((uint64_t)2 * FIRST << k) - FIRST;
        if (end > to) end = to;
        if (s->chunk[k] != NULL)
            memset(gr_store_at(s, s->ready), 0,
                   (size_t)(end - s->ready) * s->elem);
        s->ready = (uint32_t)end;
    }
}

/* j is the index plus 8: its leading bit tells the chunk.  Arrays of n lie in
 * one chunk, because callers use them as C arrays; what is skipped for that is
 * zero and counts as used. */
gram_status gr_store_grow(GrEnv *env, GrStore *s, uint32_t n, uint32_t *first)
{
    uint64_t j = (uint64_t)s->n + FIRST;
    int log = 63 - __builtin_clzll(j);
    /* skip to the next chunk until all n fit into one */
    while (j + n > (uint64_t)2 << log) j = (uint64_t)1 << ++log;
    int k = log - GR_STORE_FIRST_LOG;
    uint64_t end = (uint64_t)2 << log, to = j + n + PIECE / s->elem;
    if (k >= GR_STORE_CHUNKS)
        return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a table of more than 2^26 elements");
    if (s->chunk[k] == NULL)
        s->chunk[k] = gr_resize(env, NULL, 0, chunk_bytes(s, k));
    if (s->chunk[k] == NULL) return GRAM_E_MEMORY;
    make_ready(s, (to < end ? to : end) - FIRST);
    *first = (uint32_t)(j - FIRST);
    s->n = *first + n;
    return GRAM_OK;
}
