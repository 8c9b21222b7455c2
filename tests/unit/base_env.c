/* base: who pays, what is refused, and how it is said. */
#include "base/base.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

static void accounting(void)
{
    TestAlloc a = {0};
    gram_allocator g = test_alloc(&a);
    GrEnv env;
    gr_env_init(&env, &g, 1000, 0);
    void *p = gr_resize(&env, NULL, 0, 400);
    T(p != NULL);
    T_EQ(env.used, 400);
    p = gr_resize(&env, p, 400, 1000);
    T(p != NULL);
    T_EQ(env.used, 1000);
    T_EQ(gr_resize(&env, p, 1000, 1001) == NULL, 1);
    T_EQ(env.used, 1000);
    T_EQ(gr_resize(&env, NULL, 0, 1) == NULL, 1);
    p = gr_resize(&env, p, 1000, 10);
    T_EQ(env.used, 10);
    gr_resize(&env, p, 10, 0);
    T_EQ(env.used, 0);
    T_EQ(env.peak, 1000);
    T_EQ(a.live, 0);
    T_EQ(a.wrong, 0);
    /* freeing nothing is nothing */
    gr_resize(&env, NULL, 77, 0);
    gr_free(&env, NULL, 77);
    T_EQ(env.used, 0);
}

/* A refused request leaves the old block and the sums as they were. */
static void refusal(void)
{
    TestAlloc a = {0};
    gram_allocator g = test_alloc(&a);
    gram_error e = {0};
    GrEnv env;
    gr_env_init(&env, &g, 0, 0);
    env.error = &e;
    char *p = gr_resize(&env, NULL, 0, 8);
    T(p != NULL);
    memcpy(p, "kept", 5);
    a.fail_at = a.calls + 1;
    T_EQ(gr_resize(&env, p, 8, 16) == NULL, 1);
    T_EQ(e.code, GRAM_E_MEMORY);
    T_EQ(e.line, 0);
    T_STR(p, "kept");
    T_EQ(env.used, 8);
    gr_free(&env, p, 8);
    T_EQ(a.live, 0);
    T_EQ(a.wrong, 0);
}

static void zeroed(void)
{
    TestAlloc a = {0};
    gram_allocator g = test_alloc(&a);
    GrEnv env;
    gr_env_init(&env, &g, 0, 0);
    char *p = gr_zalloc(&env, 3, 5);
    T(p != NULL && memcmp(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15) == 0);
    gr_free(&env, p, 15);
    /* nothing is a block too, and is freed as nothing */
    p = gr_zalloc(&env, 0, 8);
    T(p != NULL);
    gr_free(&env, p, 0);
    T_EQ(env.used, 0);
    T_EQ(a.live, 0);
    T_EQ(a.wrong, 0);
    T(gr_zalloc(&env, SIZE_MAX / 2, 3) == NULL);
    T(gr_zalloc(&env, (size_t)1 << 63, 2) == NULL);
    gr_env_init(&env, &g, SIZE_MAX, 0);
    T(gr_zalloc(&env, SIZE_MAX, SIZE_MAX) == NULL);
    T_EQ(env.used, 0);
}

static void steps(void)
{
    gram_error e = {0};
    GrEnv env;
    gr_env_init(&env, NULL, 0, 10);
    env.error = &e;
    T_EQ(gr_step(&env, 0), GRAM_OK);
    T_EQ(gr_step(&env, 10), GRAM_OK);
    T_EQ(gr_step(&env, 1), GRAM_E_LIMIT);
    T_EQ(e.code, GRAM_E_LIMIT);
    T_STR(e.message, "over the work limit of 10 steps");
    /* spent stays spent, however much more is asked for */
    T_EQ(gr_step(&env, UINT64_MAX - 3), GRAM_E_LIMIT);
    T_EQ(gr_step(&env, 0), GRAM_E_LIMIT);
    T_EQ(gr_step(&env, UINT64_MAX), GRAM_E_LIMIT);
    T_EQ(gr_step(&env, 1), GRAM_E_LIMIT);
}

static void messages(void)
{
    gram_error e;
    memset(&e, 0x55, sizeof e);
    GrEnv env;
    gr_env_init(&env, NULL, 0, 0);
    T_EQ(gr_fail(&env, GRAM_E_SCHEMA, 7, "no buffer"), GRAM_E_SCHEMA);
    env.error = &e;
    T_EQ(gr_fail(&env, GRAM_E_SCHEMA, 7, "%d of %s", 3, "x"), GRAM_E_SCHEMA);
    T_EQ(e.code, GRAM_E_SCHEMA);
    T_EQ(e.offset, 7);
    T_STR(e.message, "3 of x");
    T_STR(e.pointer, "");
    gr_fail(&env, GRAM_E_IO, GR_NOWHERE, "nowhere");
    T_EQ(e.offset, 0);
    T_EQ(e.line, 0);
    T_EQ(e.column, 0);
}

/* A message is UTF-8 whatever was cut off or quoted. */
static void messages_are_utf8(void)
{
    char text[400];
    gram_error e;
    GrEnv env;
    gr_env_init(&env, NULL, 0, 0);
    env.error = &e;
    for (size_t at = sizeof e.message - 8; at < sizeof e.message + 2; at++) {
        memset(text, 'x', sizeof text);
        memcpy(text + at, "\xF0\x9F\x98\x80 \xE2\x82\xAC", 9);
        gr_fail(&env, GRAM_E_SYNTAX, 0, "%s", text);
        size_t n = strlen(e.message);
        T_EQ(n < sizeof e.message, 1);
        T_EQ(gr_utf8_valid(e.message, n), n);
    }
    gr_fail(&env, GRAM_E_SYNTAX, 0, "a\xFF%s", "b\xC3(\xC3\xA9");
    T_STR(e.message, "a?b?(\xC3\xA9");
}

static void where(const char *text, size_t len, size_t at, uint32_t line,
                  uint32_t column)
{
    gram_error e;
    GrEnv env;
    gr_env_init(&env, NULL, 0, 0);
    env.error = &e;
    gr_fail(&env, GRAM_E_SYNTAX, at, "x");
    gr_error_locate(&e, text, len);
    T_EQ(e.line, line);
    T_EQ(e.column, column);
    T_EQ(e.offset, at == GR_NOWHERE ? 0 : at);
    gr_error_locate(&e, text, len); /* again changes nothing */
    T_EQ(e.line, line);
    T_EQ(e.column, column);
}

static void locations(void)
{
    const char *text = "ab\n\xC3\xA9x\r\n\nz";
    size_t n = strlen(text);
    where(text, n, 0, 1, 1);
    where(text, n, 2, 1, 3); /* the line end belongs to its line */
    where(text, n, 3, 2, 1);
    where(text, n, 6, 2, 4);
    where(text, n, 8, 3, 1);
    where(text, n, 9, 4, 1);
    where(text, n, n, 4, 2);
    where(text, n, n + 100, 4, 2);
    where(text, n, GR_NOWHERE, 0, 0);
    where(NULL, 0, 0, 1, 1);
    where("\0\n\0", 3, 2, 2, 1);
    gr_error_locate(NULL, text, n);
}

static void checked_sizes(void)
{
    static const size_t v[] = {0,
                               1,
                               2,
                               3,
                               SIZE_MAX / 2,
                               SIZE_MAX / 2 + 1,
                               SIZE_MAX / 3,
                               SIZE_MAX - 1,
                               SIZE_MAX,
                               (size_t)1 << 32,
                               ((size_t)1 << 32) - 1};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        for (size_t j = 0; j < sizeof v / sizeof *v; j++) {
            size_t sum = 99, product = 99, s, p;
            bool add = !__builtin_add_overflow(v[i], v[j], &s);
            bool mul = !__builtin_mul_overflow(v[i], v[j], &p);
            T_EQ(gr_size_add(v[i], v[j], &sum), add);
            T_EQ(gr_size_mul(v[i], v[j], &product), mul);
            T(sum == (add ? s : 99) && product == (mul ? p : 99));
        }
    }
}

/* A block is counted where it was passed to, which is where it is freed. */
static void passing(void)
{
    GrEnv a, b, other;
    gr_env_init(&a, NULL, 100, 0);
    gr_env_init(&b, NULL, 50, 0);
    gr_env_init(&other, NULL, 100, 0);
    other.alloc.ctx = &other; /* another allocator */
    void *p = gr_resize(&a, NULL, 0, 40);
    T(p != NULL && !gr_env_pass(&a, &other, 40));
    T(gr_env_pass(&a, &b, 40));
    T_EQ(a.used, 0);
    T_EQ(b.used, 40);
    T_EQ(b.peak, 40);
    void *q = gr_resize(&a, NULL, 0, 11);
    T(q != NULL && !gr_env_pass(&a, &b, 11));
    T_EQ(a.used, 11);
    T_EQ(b.used, 40);
    gr_free(&b, p, 40);
    gr_free(&a, q, 11);
    T(a.used == 0 && b.used == 0 && other.used == 0);
}

/* Every line of limits.def is a bound that can hold something, fits an int,
 * and says why. */
static void limits(void)
{
#define GR_LIMIT(name, value, reason)                                          \
    T_OK((value) > 0 && (long long)(value) <= INT32_MAX, #name);               \
    T_OK(strlen(reason) > 10, #name);
#include "base/limits.def"
#undef GR_LIMIT
    GrEnv env;
    gr_env_init(&env, NULL, 0, 0);
    T_EQ(env.max_memory, (size_t)GR_LIMIT_MEMORY_MIB << 20);
    T_EQ(env.max_steps, GR_LIMIT_COMPILE_STEPS);
    gram_allocator none = {NULL, NULL};
    gr_env_init(&env, &none, 5, 6);
    T_EQ(env.max_memory, 5);
    T_EQ(env.max_steps, 6);
    T(env.alloc.resize != NULL);
}

int main(void)
{
    accounting();
    refusal();
    zeroed();
    steps();
    messages();
    messages_are_utf8();
    locations();
    checked_sizes();
    passing();
    limits();
    return t_done();
}
