/* base: arena, array and store; under a failing allocator; and that an
 * overrun inside an arena is seen by AddressSanitizer. */
#include "base/base.h"
#include "base/image.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISONED(p) __asan_address_is_poisoned(p)
#else
#define POISONED(p) ((void)(p), 1)
#endif

typedef struct World {
    TestAlloc a;
    GrEnv env;
    gram_error error;
} World;

static void world(World *w, unsigned long fail_at)
{
    memset(w, 0, sizeof *w);
    w->a.fail_at = fail_at;
    gram_allocator g = test_alloc(&w->a);
    gr_env_init(&w->env, &g, 0, 0);
    w->env.error = &w->error;
}

/* All is given back, and all that was said about sizes was true. */
static void world_end(World *w)
{
    T_EQ(w->env.used, 0);
    T_EQ(w->a.live, 0);
    T_EQ(w->a.wrong, 0);
}

/* Blocks of all sizes keep what was written, are aligned, and do not
 * overlap. */
static void arena_blocks(void)
{
    enum { N = 600 };
    World w;
    world(&w, 0);
    GrArena arena = {0};
    unsigned char *block[N];
    int wrong = 0;
    for (size_t i = 0; i < N; i++) {
        block[i] = gr_arena_take(&w.env, &arena, i);
        if (block[i] == NULL)
            wrong++;
        else
            memset(block[i], (int)(i & 0xFF), i);
        wrong += (uintptr_t)block[i] % 8 != 0;
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i; k++) wrong += block[i][k] != (i & 0xFF);
    T_EQ(wrong, 0);
    gr_arena_clear(&w.env, &arena);
    T(arena.last == NULL);
    gr_arena_clear(&w.env, &arena);
    world_end(&w);
}

static void arena_large(void)
{
    World w;
    world(&w, 0);
    GrArena arena = {0};
    char *small = gr_arena_take(&w.env, &arena, 1);
    char *large = gr_arena_take(&w.env, &arena, 3 << 20);
    char *after = gr_arena_take(&w.env, &arena, 100);
    T(small && large && after);
    memset(large, 1, 3 << 20);
    /* no block in sight is ever granted */
    T(gr_arena_take(&w.env, &arena, SIZE_MAX) == NULL);
    T_EQ(w.error.code, GRAM_E_MEMORY);
    T(gr_arena_take(&w.env, &arena, SIZE_MAX - 7) == NULL);
    T(gr_arena_copy(&w.env, &arena, "", SIZE_MAX) == NULL);
    T(gr_arena_copy(&w.env, &arena, "", SIZE_MAX - 1) == NULL);
    gr_arena_clear(&w.env, &arena);
    world_end(&w);
}

static void arena_copies(void)
{
    World w;
    world(&w, 0);
    GrArena arena = {0};
    char *s = gr_arena_copy(&w.env, &arena, "a\0b", 3);
    T(s != NULL && memcmp(s, "a\0b", 4) == 0);
    s = gr_arena_copy(&w.env, &arena, NULL, 0);
    T(s != NULL && *s == 0);
    gr_arena_clear(&w.env, &arena);
    world_end(&w);
}

/* Behind a mark everything is given back, and nothing in front of it. */
static void arena_marks(void)
{
    World w;
    world(&w, 0);
    GrArena arena = {0};
    GrArenaMark empty = gr_arena_mark(&arena);
    int wrong = 0;
    for (size_t size = 1; size < 100000; size *= 3) {
        unsigned char *kept = gr_arena_take(&w.env, &arena, size);
        if (kept == NULL) continue;
        memset(kept, 7, size);
        size_t used = w.env.used;
        GrArenaMark mark = gr_arena_mark(&arena);
        unsigned char *next = NULL;
        for (size_t i = 1; i < 50; i++) {
            unsigned char *p = gr_arena_take(&w.env, &arena, size);
            if (p != NULL) memset(p, 9, size);
            if (i == 1) next = p;
        }
        gr_arena_release(&w.env, &arena, mark);
        wrong += w.env.used != used || !POISONED(next);
        gr_arena_release(&w.env, &arena, mark); /* again: nothing left */
        for (size_t i = 0; i < size; i++) wrong += kept[i] != 7;
    }
    T_EQ(wrong, 0);
    gr_arena_release(&w.env, &arena, empty);
    T(arena.last == NULL);
    world_end(&w);
}

/* The byte behind a block, and those behind the last, are poisoned; the
 * block is not. */
static void arena_redzones(void)
{
    World w;
    world(&w, 0);
    GrArena arena = {0};
    int wrong = 0;
    for (size_t size = 0; size < 40; size++) {
        char *p = gr_arena_take(&w.env, &arena, size);
        if (p == NULL) continue;
        for (size_t i = 0; i < size; i++) p[i] = 1;
        for (size_t i = size; i < size + 8; i++) wrong += !POISONED(p + i);
#if defined(__SANITIZE_ADDRESS__)
        for (size_t i = 0; i < size; i++) wrong += POISONED(p + i);
#endif
    }
    T_EQ(wrong, 0);
    gr_arena_clear(&w.env, &arena);
    world_end(&w);
}

static void vec_grows(void)
{
    World w;
    world(&w, 0);
    GrVec(uint16_t) v = {0};
    for (uint32_t i = 0; i < 70000; i++)
        if (gr_vec_push(&w.env, &v, (uint16_t)i) != GRAM_OK) break;
    T_EQ(v.n, 70000);
    int wrong = 0;
    for (uint32_t i = 0; i < v.n; i++) wrong += v.at[i] != (uint16_t)i;
    T_EQ(wrong, 0);
    T_EQ(w.env.used, v.cap * sizeof(uint16_t));
    uint32_t cap = v.cap;
    T_EQ(gr_vec_reserve(&w.env, &v, cap - v.n), GRAM_OK);
    T_EQ(v.cap, cap);
    T_EQ(gr_vec_reserve(&w.env, &v, cap - v.n + 1), GRAM_OK);
    T_EQ(v.cap, cap * 2);
    T_EQ(v.n, 70000);
    gr_vec_clear(&w.env, &v);
    T(v.at == NULL && v.n == 0 && v.cap == 0);
    gr_vec_clear(&w.env, &v);
    world_end(&w);
}

static void text_grows(void)
{
    World w;
    world(&w, 0);
    GrText t = {0};
    T_EQ(gr_text_put(&w.env, &t, NULL, 0), GRAM_OK);
    T_EQ(gr_text_put(&w.env, &t, "ab\0", 3), GRAM_OK);
    T_EQ(gr_text_put(&w.env, &t, "cdefghijkl", 10), GRAM_OK);
    T(t.n == 13 && memcmp(t.at, "ab\0cdefghijkl", 13) == 0);
    T_EQ(gr_text_put(&w.env, &t, "", SIZE_MAX / 2), GRAM_E_MEMORY);
    T_EQ(gr_text_put(&w.env, &t, "", SIZE_MAX - 13), GRAM_E_MEMORY);
    w.a.fail_at = w.a.calls + 1;
    char more[64] = {0};
    T_EQ(gr_text_put(&w.env, &t, more, sizeof more), GRAM_E_MEMORY);
    T_EQ(t.n, 13);
    gr_vec_clear(&w.env, &t);
    world_end(&w);
}

/* More than a table can index is refused, and nothing is changed. */
static void vec_too_large(void)
{
    World w;
    world(&w, 0);
    GrVec(char) v = {0};
    T_EQ(gr_vec_push(&w.env, &v, 'a'), GRAM_OK);
    T_EQ(gr_vec_reserve(&w.env, &v, UINT32_MAX), GRAM_E_MEMORY);
    T_EQ(gr_vec_reserve(&w.env, &v, (uint64_t)1 << 40), GRAM_E_MEMORY);
    T_EQ(v.n, 1);
    T_EQ(v.at[0], 'a');
    struct {
        char big[1 << 20];
    } *at = NULL;
    uint32_t cap = 0;
    T_EQ(gr_vec_grow(&w.env, (void **)&at, &cap, 1u << 31, SIZE_MAX / 2),
         GRAM_E_MEMORY);
    T(at == NULL && cap == 0);
    gr_vec_clear(&w.env, &v);
    world_end(&w);
}

/* Addresses stay, contents stay, new elements are zero. */
static void store_is_stable(void)
{
    enum { N = 5000 };
    World w;
    world(&w, 0);
    GrStore s;
    gr_store_init(&s, sizeof(uint64_t));
    static uint64_t *address[N];
    int wrong = 0;
    for (uint32_t i = 0; i < N; i++) {
        uint32_t at = UINT32_MAX;
        if (gr_store_add(&w.env, &s, 1, &at) != GRAM_OK) break;
        wrong += at != i;
        address[i] = gr_store_at(&s, i);
        wrong += *address[i] != 0;
        *address[i] = i * 3u + 1;
    }
    for (uint32_t i = 0; i < N; i++)
        wrong += gr_store_at(&s, i) != address[i] || *address[i] != i * 3u + 1;
    T_EQ(s.n, N);
    T_EQ(wrong, 0);
    gr_store_clear(&w.env, &s);
    T_EQ(s.n, 0);
    gr_store_clear(&w.env, &s);
    world_end(&w);
}

/* Runs of any length lie in one piece and never overlap. */
static void store_runs(void)
{
    enum { N = 400 };
    World w;
    world(&w, 0);
    GrStore s;
    gr_store_init(&s, 3); /* an odd size: no hidden alignment */
    uint64_t seed = t_seed();
    static uint32_t first[N], len[N];
    int wrong = 0;
    uint32_t end = 0;
    for (uint32_t i = 0; i < N; i++) {
        len[i] = (uint32_t)(t_random(&seed) % (1u << t_random(&seed) % 11));
        if (gr_store_add(&w.env, &s, len[i], &first[i]) != GRAM_OK) break;
        wrong += first[i] < end;
        end = first[i] + len[i];
        wrong += s.n != end;
        char *p = gr_store_at(&s, first[i]);
        for (size_t k = 0; k < 3 * (size_t)len[i]; k++) {
            wrong += p[k] != 0;
            p[k] = (char)(i % 100 + 1);
        }
    }
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t k = 0; k < len[i]; k++) {
            const char *p = gr_store_at(&s, first[i] + k);
            for (int b = 0; b < 3; b++) wrong += p[b] != (char)(i % 100 + 1);
        }
    T_EQ(wrong, 0);
    gr_store_clear(&w.env, &s);
    world_end(&w);
}

static void store_too_large(void)
{
    World w;
    world(&w, 0);
    w.env.max_memory = 1 << 20;
    GrStore s;
    gr_store_init(&s, 1);
    uint32_t at = 5;
    T_EQ(gr_store_add(&w.env, &s, UINT32_MAX, &at), GRAM_E_LIMIT);
    T_EQ(gr_store_add(&w.env, &s, 1u << 25, &at), GRAM_E_MEMORY);
    /* as if everything were in use */
    s.n = s.ready = UINT32_MAX - ((1u << GR_STORE_FIRST_LOG) - 1);
    T_EQ(gr_store_add(&w.env, &s, 1, &at), GRAM_E_LIMIT);
    T_EQ(at, 5);
    s.n = s.ready = 0;
    T_EQ(gr_store_add(&w.env, &s, 1, &at), GRAM_OK);
    T_EQ(at, 0);
    gr_store_clear(&w.env, &s);
    world_end(&w);
}

/* A store that is emptied and filled again and again: runs lie in one chunk and
 * are zero, whatever the memory was used for. */
static void store_emptied(void)
{
    World w;
    world(&w, 0);
    GrStore s;
    uint32_t at, wrong = 0;
    gr_store_init(&s, 4);
    for (uint32_t pass = 0; pass < 8; pass++) {
        for (uint32_t i = 0; i < 20 * pass + 3; i++) {
            uint32_t n = (7 * i + 3 * pass) % 13 + 1;
            T(gr_store_add(&w.env, &s, n, &at) == GRAM_OK);
            T(gr_store_holds(&s, at, n));
            for (uint32_t k = 0; k < n; k++) {
                uint32_t *e = gr_store_at(&s, at + k);
                wrong += *e != 0;
                *e = 1;
            }
        }
        gr_store_empty(&s);
    }
    T_EQ(wrong, 0);
    gr_store_clear(&w.env, &s);
    world_end(&w);
}

/* A store that was read from a file: what it had is there, and what is added,
 * or skipped for an array, is zero, though the chunk it lies in was not. */
static void store_read_back(uint32_t had, uint32_t run)
{
    World w;
    world(&w, 0);
    GrStore s, back;
    GrText t = {0};
    uint32_t at, wrong = 0;
    gr_store_init(&s, 4);
    gr_store_init(&back, 4);
    for (uint32_t i = 0; i < had; i++) {
        T(gr_store_add(&w.env, &s, 1, &at) == GRAM_OK);
        *(uint32_t *)gr_store_at(&s, at) = i + 1;
    }
    T(gr_image_put_store(&w.env, &t, &s) == GRAM_OK);
    GrImage img = {t.at, t.n, 0, false};
    w.env.lent = t.at;
    w.env.lent_len = t.n;
    T(gr_image_take_store(&w.env, &img, &back) == GRAM_OK && !img.bad);
    T_EQ(back.n, had);
    for (uint32_t i = 0; i < 3000; i += run) {
        T(gr_store_add(&w.env, &back, run, &at) == GRAM_OK);
        for (uint32_t k = 0; k < run; k++)
            wrong += *(uint32_t *)gr_store_at(&back, at + k) != 0;
    }
    for (uint32_t i = 0; i < back.n; i++)
        wrong += *(uint32_t *)gr_store_at(&back, i) != (i < had ? i + 1 : 0);
    T_EQ(wrong, 0);
    gr_store_clear(&w.env, &back);
    w.env.lent = NULL;
    gr_store_clear(&w.env, &s);
    gr_vec_clear(&w.env, &t);
    world_end(&w);
}

/* Everything at once while the k-th request fails, until none does. */
static void sweep(void)
{
    unsigned long k = 1;
    int quiet = 0;
    for (;; k++) {
        World w;
        world(&w, k);
        GrArena arena = {0};
        GrVec(int) v = {0};
        GrStore s;
        gr_store_init(&s, 16);
        int failed = 0;
        for (int i = 0; i < 300; i++) {
            uint32_t at;
            failed += gr_arena_take(&w.env, &arena, 50) == NULL;
            failed += gr_vec_push(&w.env, &v, i) != GRAM_OK;
            failed += gr_store_add(&w.env, &s, 1, &at) != GRAM_OK;
        }
        bool done = w.a.calls < k;
        quiet += (failed == 0) != done;
        quiet += !done && w.error.code != GRAM_E_MEMORY;
        T_EQ(v.n + s.n + (uint32_t)failed >= 600, 1);
        gr_arena_clear(&w.env, &arena);
        gr_vec_clear(&w.env, &v);
        gr_store_clear(&w.env, &s);
        world_end(&w);
        if (done) break;
    }
    T_EQ(quiet, 0);
    T(k > 10);
}

int main(void)
{
    arena_blocks();
    arena_large();
    arena_copies();
    arena_marks();
    arena_redzones();
    vec_grows();
    text_grows();
    vec_too_large();
    store_is_stable();
    store_runs();
    store_too_large();
    store_emptied();
    for (uint32_t had = 0; had < 130; had += 3) store_read_back(had, 1);
    store_read_back(5000, 1);
    store_read_back(1500, 700);
    sweep();
    return t_done();
}
