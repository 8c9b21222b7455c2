/* Canonical values and the string writer. */
#include "json/json.h"
#include "t.h"
#include "tools/alloc.h"

static GrEnv env;

/* The canonical id of a text; UINT32_MAX on failure. */
static uint32_t canon(GrEnv *e, GrIntern *pool, const char *s)
{
    GrArena arena = {0};
    GrJson j;
    uint32_t id = UINT32_MAX;
    if (gr_json_read(e, &arena, s, strlen(s), 0, 0, &j) == GRAM_OK)
        if (gr_json_canon(e, pool, &j, 0, &id) != GRAM_OK) id = UINT32_MAX;
    gr_arena_clear(e, &arena);
    return id;
}

/* Texts of one row are equal values, those of different rows are not. */
static const char *const classes[][4] = {
    {"0", "-0", "0.0e5", "-0.000E-9"},
    {"1", "1.0", "10e-1", "0.01e2"},
    {"-1", "-1.0"},
    {"1e400", "10e399"},
    {"0.1", "1e-1"},
    {"100000000000000000001"},
    {"100000000000000000000", "1e20"},
    {"true"},
    {"false"},
    {"null"},
    {"\"1\"", "\"\\u0031\""},
    {"\"\""},
    {"\"\\u0000\""},
    {"\"\\u0000\\u0000\""},
    {"[]", " [ ] "},
    {"{}"},
    {"[0]", "[-0]"},
    {"[[]]"},
    {"[[],[]]"},
    {"[{}]"},
    {"[1,2]", "[1.0,2e0]"},
    {"[2,1]"},
    {"[\"1\",2]"},
    {"{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", "{\"\\u0062\":2,\"a\":1}"},
    {"{\"a\":2,\"b\":1}"},
    {"{\"a\":1}"},
    {"{\"a\":{\"x\":[1,{\"y\":2,\"z\":3}]}}",
     "{\"a\":{\"x\":[1,{\"z\":3,\"y\":2}]}}"},
    {"{\"a\":{\"x\":[1,{\"y\":3,\"z\":2}]}}"},
    {"[\"a\",1,\"b\",2]"},
};

static void equality(void)
{
    GrIntern pool;
    gr_intern_init(&pool);
    uint32_t ids[64];
    int n = (int)(sizeof classes / sizeof *classes);
    for (int i = 0; i < n; i++) {
        ids[i] = canon(&env, &pool, classes[i][0]);
        T(ids[i] != UINT32_MAX);
        for (int k = 1; k < 4 && classes[i][k] != NULL; k++)
            T_OK(canon(&env, &pool, classes[i][k]) == ids[i], "%s and %s",
                 classes[i][0], classes[i][k]);
        for (int k = 0; k < i; k++)
            T_OK(ids[k] != ids[i], "%s and %s", classes[i][0], classes[k][0]);
    }
    /* an inner node has the id it has as a document of its own */
    GrArena arena = {0};
    GrJson j;
    uint32_t id;
    T(gr_json_read(&env, &arena, "[0,{\"a\":1}]", 11, 0, 0, &j) == GRAM_OK);
    T(gr_json_canon(&env, &pool, &j, 2, &id) == GRAM_OK);
    T(id == canon(&env, &pool, "{\"a\":1.0}"));
    gr_arena_clear(&env, &arena);
    gr_intern_clear(&env, &pool);
}

/* Depth costs no C stack: 200,000 levels. */
static void deep(void)
{
    uint32_t n = 200000, id;
    char *s = malloc(2 * n);
    memset(s, '[', n);
    memset(s + n, ']', n);
    GrArena arena = {0};
    GrIntern pool;
    GrJson j;
    gr_intern_init(&pool);
    T(gr_json_read(&env, &arena, s, 2 * n, n, 0, &j) == GRAM_OK);
    T(gr_json_canon(&env, &pool, &j, 0, &id) == GRAM_OK);
    T_EQ(pool.n, n);
    gr_intern_clear(&env, &pool);
    gr_arena_clear(&env, &arena);
    free(s);
}

static void failing_memory(void)
{
    uint32_t id = UINT32_MAX;
    long k = 0;
    for (; id == UINT32_MAX && k < 100; k++) {
        TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
        gram_allocator a = test_alloc(&f);
        GrEnv e;
        GrIntern pool;
        gr_env_init(&e, &a, 0, 0);
        gr_intern_init(&pool);
        id = canon(&e, &pool, "{\"a\":[1.5,2,\"x\"],\"b\":{\"c\":null}}");
        GrText out = {0};
        if (id != UINT32_MAX && gr_json_write_string(&e, &out, "a\n", 2))
            id = UINT32_MAX;
        T(id != UINT32_MAX || out.n == 0);
        gr_vec_clear(&e, &out);
        gr_intern_clear(&e, &pool);
        T(e.used == 0);
    }
    T(k > 5 && k < 100);
}

/* --- writer --------------------------------------------------------------- */

static void written(const char *bytes, size_t n, const char *want)
{
    GrText out = {0};
    T(gr_json_write_string(&env, &out, bytes, n) == GRAM_OK);
    T_OK(out.n == strlen(want) && memcmp(out.at, want, out.n) == 0,
         "%.*s, not %s", (int)out.n, out.at, want);
    GrArena arena = {0};
    GrJson j;
    T(gr_json_read(&env, &arena, out.at, out.n, 0, 0, &j) == GRAM_OK);
    T(j.node[0].n == n && (n == 0 || memcmp(j.node[0].text, bytes, n) == 0));
    gr_arena_clear(&env, &arena);
    gr_vec_clear(&env, &out);
}

static void writer(void)
{
    written("", 0, "\"\"");
    written("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    written("\b\f\n\r\t\0\x1f\x7f", 8, "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"");
    written("\xC3\xA9\xF0\x9F\x98\x80", 6, "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    for (int c = 0; c < 0x80; c++) {
        char one = (char)c, want[16];
        if (c < 0x20 && !strchr("\b\f\n\r\t", c + !c)) {
            sprintf(want, "\"\\u%04x\"", c);
            written(&one, 1, want);
        }
    }
    GrText out = {0};
    gram_error error = {0};
    env.error = &error;
    T(gr_json_write_string(&env, &out, "ab\xFFz", 4) == GRAM_E_SYNTAX);
    T(error.offset == 2 && out.n == 0);
    gr_vec_clear(&env, &out);
}

int main(void)
{
    gr_env_init(&env, NULL, 0, 0);
    equality();
    deep();
    failing_memory();
    writer();
    T(env.used == 0);
    return t_done();
}
