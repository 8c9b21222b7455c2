/* Loading under pressure: failing memory, small limits, broken texts; work
 * that grows with the text only; depth that costs no stack. */
#include "tests/tools/alloc.h"
#include "tests/tools/loaded.h"

/* Something of everything that the loader allocates for. */
static const char RICH[] =
    "{\"$id\":\"http://h/r\",\"$schema\":\"https://json-schema.org/draft/"
    "2020-12/schema\",\"$dynamicAnchor\":\"n\",\"properties\":{\"a\":{\"$ref\""
    ":\"#/$defs/x\"},\"b\":{\"$dynamicRef\":\"#n\"},\"c\":{\"pattern\":"
    "\"^[a-z]{2}$\",\"minimum\":1.5,\"format\":\"date\"},\"d\":{\"$ref\":"
    "\"sub\"}},\"$defs\":{\"x\":{\"items\":{\"$ref\":\"#/$defs/x\"},"
    "\"dependentSchemas\":{\"q\":{\"required\":[\"r\",\"s\"]}}},\"y\":"
    "{\"$id\":\"sub\",\"$anchor\":\"k\",\"$dynamicAnchor\":\"n\",\"oneOf\":["
    "{\"$dynamicRef\":\"#n\"},{\"properties\":{\"z\":{\"$ref\":\"#k\"}}}]}},"
    "\"patternProperties\":{\"^x-\":{\"$ref\":\"https://json-schema.org/draft/"
    "2020-12/meta/core\"}}}";

static gram_status try_load(const gram_allocator *a, size_t memory,
                            uint64_t steps, const gram_options *opt)
{
    GrEnv env;
    GrArena arena = {0};
    GrRe *re = NULL;
    GrLoaded *l = NULL;
    GrReport r = {0};
    gram_error e;
    gr_env_init(&env, a, memory, steps);
    env.error = &e;
    gram_status s = gr_re_new(&env, &re);
    if (s == GRAM_OK)
        s = gr_load_schema(&env, &arena, re, RICH, strlen(RICH), opt, &l);
    if (s == GRAM_OK) s = gr_load_report(&env, l, &r);
    gr_report_clear(&env, &r);
    gr_re_free(re);
    gr_arena_clear(&env, &arena);
    T_EQ(env.used, 0);
    return s;
}

static void test_failing_memory(void)
{
    gram_options opt = {.additional = GRAM_ADDITIONAL_CLOSED};
    gram_status s = GRAM_E_MEMORY;
    long k = 0;
    for (; s != GRAM_OK && k < 100000; k++) {
        TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
        gram_allocator a = test_alloc(&f);
        s = try_load(&a, 0, 0, &opt);
        T_OK(s == GRAM_OK || s == GRAM_E_MEMORY, "allocation %ld: %d", k, s);
    }
    T_OK(k > 30, "only %ld allocations", k);
}

static void test_limits(void)
{
    for (size_t m = 1000; m < 400000; m += 7000) {
        gram_status s = try_load(NULL, m, 0, NULL);
        T(s == GRAM_OK || s == GRAM_E_MEMORY);
    }
    bool limited = false;
    for (uint64_t n = 1; n < 3000; n += 37) {
        gram_status s = try_load(NULL, 0, n, NULL);
        T(s == GRAM_OK || s == GRAM_E_LIMIT);
        limited |= s == GRAM_E_LIMIT;
    }
    T(limited);
}

/* Bytes of a rich schema replaced, doubled or left out at random: an error
 * with a place, or a schema; never a crash, never a leak. */
static void test_mutations(void)
{
    static const char bytes[] = "{}[]\",:0-1e.#/~%$\\u \n";
    uint64_t seed = t_seed();
    int loaded = 0;
    for (int i = 0; i < 4000; i++) {
        char text[sizeof RICH + 8];
        size_t n = sizeof RICH - 1;
        memcpy(text, RICH, n);
        for (uint64_t k = t_random(&seed) % 3 + 1; k > 0; k--) {
            size_t at = t_random(&seed) % n, from = t_random(&seed) % n;
            switch (t_random(&seed) % 3) {
            case 0:
                text[at] = bytes[t_random(&seed) % (sizeof bytes - 1)];
                break;
            case 1: text[at] = text[from]; break;
            default: memmove(text + at, text + at + 1, --n - at); break;
            }
        }
        text[n] = 0;
        World w;
        open_world(&w, text, NULL);
        T_OK(w.status == GRAM_OK || w.error.message[0] != 0, "%s", text);
        T(w.status == GRAM_OK || w.error.offset <= n);
        loaded += w.status == GRAM_OK;
        close_world(&w);
    }
    T_OK(loaded > 40 && loaded < 3960, "%d of 4000 load", loaded);
}

/* Loading is linear: a wide and a deep schema, a chain of references. */
static uint64_t steps_of(const char *item, const char *join, uint32_t n,
                         const char *before, const char *after)
{
    size_t cap = (strlen(item) + strlen(join) + 32) * (size_t)n +
                 strlen(before) + strlen(after) + 1;
    char *text = malloc(cap), *p = text;
    p += sprintf(p, "%s", before);
    for (uint32_t i = 0; i < n; i++) {
        p += sprintf(p, "%s", i ? join : "");
        for (const char *q = item; *q != 0; q++)
            p += *q == '@'   ? sprintf(p, "%u", i)
                 : *q == '+' ? sprintf(p, "%u", (i + 1) % n)
                             : sprintf(p, "%c", *q);
    }
    strcpy(p, after);
    World w;
    open_world(&w, text, NULL);
    T_OK(w.status == GRAM_OK, "%.60s: %s", text, w.error.message);
    uint64_t steps = w.env.steps;
    close_world(&w);
    free(text);
    return steps;
}

static void test_linear(void)
{
    static const struct {
        const char *item, *join, *before, *after;
    } families[] = {
        {"\"p@\":{\"type\":\"string\"}", ",", "{\"properties\":{", "}}"},
        {"\"d@\":{\"items\":{\"$ref\":\"#/$defs/d+\"}}", ",",
         "{\"$ref\":\"#/$defs/d0\",\"$defs\":{", "}}"},
        {"{\"const\":@}", ",", "{\"anyOf\":[", "]}"},
        {"\"d@\":{\"$id\":\"u@\",\"items\":{\"$ref\":\"u+\"}}", ",",
         "{\"$ref\":\"u0\",\"$defs\":{", "}}"},
        {"\"d@\":{\"$dynamicAnchor\":\"a@\",\"items\":{\"$dynamicRef\":"
         "\"#a+\"}}",
         ",", "{\"$ref\":\"#a0\",\"$defs\":{", "}}"},
        {"\"r@\"", ",", "{\"required\":[", "]}"},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        uint64_t a = steps_of(families[i].item, families[i].join, 2000,
                              families[i].before, families[i].after);
        uint64_t b = steps_of(families[i].item, families[i].join, 4000,
                              families[i].before, families[i].after);
        T_OK(b <= a * 5 / 2, "family %zu: %llu then %llu steps", i,
             (unsigned long long)a, (unsigned long long)b);
    }
}

static void test_deep(void)
{
    enum { DEPTH = 4000 };
    static char text[DEPTH * 9 + 16];
    char *p = text;
    for (int i = 0; i < DEPTH; i++) p += sprintf(p, "{\"not\":");
    p += sprintf(p, "true");
    for (int i = 0; i < DEPTH; i++) *p++ = '}';
    *p = 0;
    LOAD(text, NULL);
    T_EQ(w.l->n, DEPTH + 2);
    T(s->logic->has_not);
    char buf[64];
    gr_schema_pointer(w.l, (SchemaId){DEPTH}, "x", buf, sizeof buf);
    T_EQ(strlen(buf), 63);
    T_STR(buf + 60, "...");
    close_world(&w);
}

int main(void)
{
    test_failing_memory();
    test_limits();
    test_mutations();
    test_linear();
    test_deep();
    return t_done();
}
