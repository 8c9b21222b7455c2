/* alloc.h: an allocator that counts, checks what it is told, and fails on
 * command.
 *
 *     TestAlloc a = {0};             never fails
 *     a.fail_at = k;                 the k-th request (from 1) fails ...
 *     a.fail_on = 1;                 ... and all behind it
 *     gram_allocator g = test_alloc(&a);
 *
 * Each block carries its size in front of it, so that a wrong `old_size` and
 * a block of another allocator are seen (a.wrong).  A resize always moves,
 * so that a stale pointer is a use after free under ASan.  The usual sweep:
 *
 *     for (k = 1; ; k++) { run with fail_at = k; if (a.calls < k) break; }
 *
 * after each run a.live, the bytes held, must be 0. */
#ifndef TEST_ALLOC_H
#define TEST_ALLOC_H

#include <gram.h>
#include <stdlib.h>
#include <string.h>

typedef struct TestAlloc {
    unsigned long calls;   /* requests for more or moved memory */
    unsigned long fail_at; /* 0: never */
    int fail_on;
    size_t live, peak; /* bytes */
    int wrong;         /* calls with a wrong old_size */
} TestAlloc;

enum { TEST_ALLOC_HEAD = 16 };

static void *test_resize(void *ctx, void *p, size_t old_size, size_t new_size)
{
    TestAlloc *a = ctx;
    char *block = p ? (char *)p - TEST_ALLOC_HEAD : NULL;
    size_t held = 0;
    if (block != NULL) memcpy(&held, block, sizeof held);
    if (held != old_size) a->wrong++;
    char *fresh = NULL;
    if (new_size != 0) {
        a->calls++;
        int fails = a->fail_on ? a->calls >= a->fail_at
                               : a->calls == a->fail_at;
        if (a->fail_at != 0 && fails) return NULL;
        if (new_size > SIZE_MAX / 4) return NULL;
        fresh = malloc(new_size + TEST_ALLOC_HEAD);
        if (fresh == NULL) return NULL;
        memcpy(fresh, &new_size, sizeof new_size);
        memset(fresh + TEST_ALLOC_HEAD, 0xDB, new_size);
        size_t kept = held < new_size ? held : new_size;
        if (kept != 0) memcpy(fresh + TEST_ALLOC_HEAD, p, kept);
    }
    free(block);
    a->live = a->live - held + new_size;
    if (a->live > a->peak) a->peak = a->live;
    return fresh ? fresh + TEST_ALLOC_HEAD : NULL;
}

static inline gram_allocator test_alloc(TestAlloc *a)
{
    gram_allocator g = {test_resize, a};
    return g;
}

#endif
