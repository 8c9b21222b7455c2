/* t.h: the whole test harness.
 *
 * A test file is a program: checks anywhere, `return t_done();` in main.
 * Each check counts once; a failing one prints its place and goes on. */
#ifndef T_H
#define T_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int t_passed, t_failed, t_skipped;

#define T_OK(cond, ...)                                                        \
    ((cond) ? (void)t_passed++                                                 \
            : (t_failed++, fprintf(stderr, "%s:%d: ", __FILE__, __LINE__),     \
               fprintf(stderr, __VA_ARGS__), (void)fputc('\n', stderr)))
#define T(cond) T_OK(cond, "%s", #cond)
#define T_EQ(a, b)                                                             \
    T_OK((long long)(a) == (long long)(b), "%s is %lld, not %lld", #a,         \
         (long long)(a), (long long)(b))
#define T_STR(a, b) T_OK(strcmp((a), (b)) == 0, "\"%s\" != \"%s\"", (a), (b))

/* A named reason not to run; counted apart, never as passed. */
#define T_SKIP(...)                                                            \
    (t_skipped++, fprintf(stderr, "skipped: "), fprintf(stderr, __VA_ARGS__),  \
     (void)fputc('\n', stderr))

/* splitmix64: random tests print the seed they start from. */
static inline uint64_t t_random(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* The seed of GRAM_SEED, or a fixed one; printed, so that a failure can be
 * run again. */
static inline uint64_t t_seed(void)
{
    const char *s = getenv("GRAM_SEED");
    uint64_t seed = s ? strtoull(s, NULL, 0) : 1;
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

/* How many of something: the environment's `name`, or `otherwise`. */
static inline long t_count(const char *name, long otherwise)
{
    const char *s = getenv(name);
    return s ? atol(s) : otherwise;
}

static inline int t_done(void)
{
    printf("%d passed, %d failed, %d skipped\n", t_passed, t_failed, t_skipped);
    return t_failed != 0;
}
#endif
