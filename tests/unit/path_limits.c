/* The whole path under pressure, on the small stack of every unit program:
 * failing allocations, memory and step limits swept, deep and wide inputs.
 *
 * Nothing leaks or crashes, errors are of the right kind, and a matcher that
 * failed is unchanged: once memory is back it goes on with the same mask. */
#include "t.h"
#include "tools/alloc.h"

#include <gram.h>
#include <stdbool.h>
#include <time.h>

/* Schemas that reach each part, and a text of each. */
static const struct {
    const char *schema, *text;
} paths[] = {
    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\","
     "\"minimum\":2},\"b\":{\"enum\":[\"x\",[1,{\"y\":null}]]}},"
     "\"required\":[\"a\"],\"additionalProperties\":false}",
     "{\"b\":[1,{\"y\":null}],\"a\":12}"},
    {"{\"patternProperties\":{\"^a\":{\"maxLength\":2}},\"minProperties\":2,"
     "\"propertyNames\":{\"pattern\":\"[a-c]\"}}",
     "{\"ab\":\"x\\u0041\",\"c\":[{\"d\":1}]}"},
    {"{\"oneOf\":[{\"type\":\"array\",\"items\":{\"$ref\":\"#\"},"
     "\"maxItems\":2},{\"multipleOf\":0.5}],\"not\":{\"const\":1}}",
     "[[],[2.5]]"},
    {"{\"if\":{\"required\":[\"k\"]},\"then\":{\"required\":[\"v\"]},"
     "\"dependentRequired\":{\"v\":[\"w\"]},\"type\":\"object\"}",
     "{\"k\":1,\"v\":\"\",\"w\":{}}"},
};
#if defined(__SANITIZE_ADDRESS__)
enum { WIDE = 1500 };
#else
enum { WIDE = 10000 };
#endif
enum { N_PATHS = sizeof paths / sizeof *paths, WORDS = 16 };

static gram_vocab *byte_vocab(const gram_allocator *a)
{
    static char bytes[256];
    gram_token t[258] = {{NULL, 0, 0}};
    uint32_t end = 257;
    gram_vocab_options o = {
        .size = sizeof o, .allocator = a, .end_ids = &end, .n_end_ids = 1};
    gram_vocab *v = NULL;
    for (int b = 0; b < 256; b++) {
        bytes[b] = (char)b;
        t[b] = (gram_token){&bytes[b], 1, GRAM_TOKEN_BYTE};
    }
    t[256] = (gram_token){"{\"a\":", 5, 0};
    t[257] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    return gram_vocab_new(t, 258, &o, &v, NULL) == GRAM_OK ? v : NULL;
}

static bool is_resource(gram_status s)
{
    return s == GRAM_E_MEMORY || s == GRAM_E_LIMIT;
}

/* --- a walk in which any call may fail ------------------------------------ */

/* Go over the text, a mask before each byte.  A failed call is made again
 * with memory at hand (*a), where it must succeed.  False at a wrong answer. */
static bool walk(gram_matcher *m, const char *text, TestAlloc *a)
{
    uint32_t mask[WORDS], again[WORDS];
    gram_matcher *fork = NULL;
    for (size_t i = 0; text[i]; i++) {
        uint32_t t = (uint8_t)text[i];
        uint64_t bound;
        gram_status s = gram_matcher_mask(m, mask, WORDS);
        if (s != GRAM_OK && (!is_resource(s) || a == NULL)) return false;
        if (a != NULL && s != GRAM_OK) a->fail_at = 0;
        if (gram_matcher_mask(m, again, WORDS) != GRAM_OK) {
            if (a == NULL) return false;
            a->fail_at = 0;
            if (gram_matcher_mask(m, again, WORDS) != GRAM_OK) return false;
        }
        if (s == GRAM_OK && memcmp(mask, again, sizeof mask) != 0) return false;
        if (!(again[t >> 5] >> (t & 31) & 1)) return false;
        s = gram_matcher_accept(m, t);
        if (s != GRAM_OK) {
            if (!is_resource(s) || a == NULL) return false;
            a->fail_at = 0;
            if (gram_matcher_accept(m, t) != GRAM_OK) return false;
        }
        s = gram_matcher_completion_bound(m, &bound);
        if (s != GRAM_OK && !is_resource(s)) return false;
        if (i % 7 == 3 && gram_matcher_fork(m, &fork) == GRAM_OK)
            gram_matcher_free(fork);
    }
    if (gram_matcher_may_stop(m)) return true;
    if (a == NULL) return false;
    a->fail_at = 0; /* may_stop says no where it cannot know */
    return gram_matcher_may_stop(m);
}

/* Compile and walk with allocation number k failing, or all from k on.
 * *failed: something did fail. */
static bool attempt(gram_vocab *v, int path, TestAlloc *a)
{
    gram_allocator alloc = test_alloc(a);
    gram_options o = {.size = sizeof o, .allocator = &alloc};
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_error e = {0};
    uint64_t n;
    bool ok = true;
    gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA,
                                     paths[path].schema,
                                     strlen(paths[path].schema), &o, &g, &e);
    if (s != GRAM_OK) return s == GRAM_E_MEMORY && e.code == s;
    s = gram_grammar_precompute(g, 2000, NULL, NULL, &n, &e);
    ok = s == GRAM_OK || s == GRAM_E_MEMORY;
    s = gram_matcher_new(g, &m, &e);
    if (s == GRAM_OK) {
        ok = ok && walk(m, paths[path].text, a);
        gram_matcher_free(m);
    } else {
        ok = ok && s == GRAM_E_MEMORY;
    }
    gram_grammar_free(g);
    return ok;
}

/* The first allocations one by one, then by growing strides. */
static void failing_allocator(gram_vocab *v)
{
    for (int path = 0; path < N_PATHS; path++) {
        for (int on = 0; on < 2; on++) {
            unsigned long k = 1, calls;
            do {
                TestAlloc a = {.fail_at = k, .fail_on = on};
                bool ok = attempt(v, path, &a);
                T_OK(ok && a.live == 0 && a.wrong == 0,
                     "path %d, allocation %lu%s: %s, %zu bytes live, %d wrong",
                     path, k, on ? " on" : "", ok ? "ok" : "bad answer", a.live,
                     a.wrong);
                calls = a.calls;
                k += 1 + k / 64;
            } while (k <= calls && k < 4000);
        }
    }
}

/* --- limits --------------------------------------------------------------- */

static gram_status limited(gram_vocab *v, int path, size_t memory,
                           uint64_t steps, TestAlloc *a, bool *walked)
{
    gram_allocator alloc = test_alloc(a);
    gram_options o = {.size = sizeof o,
                      .allocator = &alloc,
                      .max_memory = memory,
                      .max_steps = steps};
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_error e = {0};
    *walked = true;
    gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA,
                                     paths[path].schema,
                                     strlen(paths[path].schema), &o, &g, &e);
    if (s != GRAM_OK) return s;
    s = gram_matcher_new(g, &m, &e);
    if (s == GRAM_OK) {
        uint32_t mask[WORDS];
        for (const char *p = paths[path].text; *p && s == GRAM_OK; p++) {
            s = gram_matcher_mask(m, mask, WORDS);
            if (s == GRAM_OK) s = gram_matcher_accept(m, (uint8_t)*p);
        }
        *walked = s == GRAM_OK || is_resource(s);
        gram_matcher_free(m);
    }
    gram_grammar_free(g);
    return s;
}

static void limit_sweeps(gram_vocab *v)
{
    for (int path = 0; path < N_PATHS; path++) {
        bool walked, done = false;
        for (size_t memory = 256; memory < 64u << 20; memory += memory / 6) {
            TestAlloc a = {0};
            gram_status s = limited(v, path, memory, 0, &a, &walked);
            T_OK((s == GRAM_OK || s == GRAM_E_MEMORY) && walked &&
                     a.live == 0 && a.wrong == 0,
                 "path %d, %zu bytes: status %d", path, memory, s);
            if (s == GRAM_OK) done = true;
            T_OK(s == GRAM_OK || !done || memory < 8u << 20,
                 "path %d: %zu bytes do not suffice", path, memory);
        }
        T(done);
        done = false;
        for (uint64_t steps = 1; steps < 10000000; steps += 1 + steps / 4) {
            TestAlloc a = {0};
            gram_status s = limited(v, path, 0, steps, &a, &walked);
            T_OK((s == GRAM_OK || s == GRAM_E_LIMIT) && walked && a.live == 0,
                 "path %d, %llu steps: status %d", path,
                 (unsigned long long)steps, s);
            T_OK(s == GRAM_OK || !done, "path %d: %llu steps do not suffice",
                 path, (unsigned long long)steps);
            done = done || s == GRAM_OK;
        }
        T(done);
    }
}

/* --- deep and wide -------------------------------------------------------- */

typedef struct Text {
    char *at;
    size_t n, cap;
} Text;

static void put(Text *t, const char *s)
{
    size_t n = strlen(s);
    if (t->n + n + 1 > t->cap) {
        t->cap = 2 * (t->cap + n + 64);
        t->at = realloc(t->at, t->cap);
        if (t->at == NULL) abort();
    }
    memcpy(t->at + t->n, s, n + 1);
    t->n += n;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static gram_status compile(gram_vocab *v, const Text *t, gram_grammar **g,
                           gram_error *e)
{
    memset(e, 0, sizeof *e);
    return gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, t->at, t->n, NULL, g, e);
}

/* Is the text accepted, with a mask every so often? */
static bool takes(gram_grammar *g, const Text *t, size_t every)
{
    gram_matcher *m = NULL;
    uint32_t mask[WORDS];
    bool ok = gram_matcher_new(g, &m, NULL) == GRAM_OK;
    for (size_t i = 0; ok && i < t->n; i++) {
        uint32_t b = (uint8_t)t->at[i];
        if (i % every == 0)
            ok = gram_matcher_mask(m, mask, WORDS) == GRAM_OK &&
                 (mask[b >> 5] >> (b & 31) & 1);
        ok = ok && gram_matcher_accept(m, b) == GRAM_OK;
    }
    ok = ok && gram_matcher_may_stop(m);
    gram_matcher_free(m);
    return ok;
}

static void deep_value(gram_vocab *v)
{
    static const char *const schemas[] = {
        "{}", "{\"type\":[\"array\",\"object\"],\"items\":{\"$ref\":\"#\"},"
              "\"additionalProperties\":{\"$ref\":\"#\"}}"};
    for (size_t s = 0; s < 2; s++)
        for (int depth = 400; depth <= 20000; depth *= 50) {
            Text schema = {0}, text = {0};
            gram_grammar *g = NULL;
            gram_error e;
            put(&schema, schemas[s]);
            for (int i = 0; i < depth; i++) put(&text, i % 3 ? "[" : "{\"a\":");
            put(&text, "[]");
            for (int i = depth; i-- > 0;) put(&text, i % 3 ? "]" : "}");
            T(compile(v, &schema, &g, &e) == GRAM_OK);
            T_OK(takes(g, &text, 5), "%d deep under %s", depth, schemas[s]);
            gram_grammar_free(g);
            free(schema.at);
            free(text.at);
        }
}

/* All keys of a closed object, in an order that is not the schema's. */
static void wide_object(gram_vocab *v, int n, bool required)
{
    Text schema = {0}, text = {0};
    gram_grammar *g = NULL;
    gram_error e;
    char part[64];
    double from = now();
    put(&schema, "{\"additionalProperties\":false,\"properties\":{");
    for (int i = 0; i < n; i++) {
        snprintf(part, sizeof part, "%s\"key%d\":{\"type\":\"%s\"}",
                 i ? "," : "", i, i % 2 ? "null" : "boolean");
        put(&schema, part);
    }
    put(&schema, "},\"required\":[\"key1\"");
    for (int i = 2; i < n && required; i++) {
        snprintf(part, sizeof part, ",\"key%d\"", i);
        put(&schema, part);
    }
    put(&schema, "]}");
    for (int j = 0; j < n; j++) {
        int i = (int)((long)j * 7919 % n);
        snprintf(part, sizeof part, "%s\"key%d\":%s", j ? "," : "{", i,
                 i % 2 ? "null" : "true");
        put(&text, part);
    }
    put(&text, "}");
    gram_status s = compile(v, &schema, &g, &e);
    T_OK(s == GRAM_OK, "%d properties: status %d: %s", n, s, e.message);
    if (s == GRAM_OK) {
        T_OK(takes(g, &text, 997), "%d properties%s: not all at once", n,
             required ? ", all required" : "");
        gram_grammar_free(g);
    }
    printf("%d properties%s: %.2f s\n", n, required ? ", all required" : "",
           now() - from);
    free(schema.at);
    free(text.at);
}

/* Schemas below each other; `in_place` by allOf, else by items. */
/* A list that is searched or read behind each of its parts: all at once is the
 * square of it, and too much for one call; in pieces it is taken. */
static void long_list(gram_vocab *v, const char *schema, bool keys)
{
    enum { PARTS = 20000, PIECE = 1 << 14 };
    Text source = {0}, text = {0};
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_error e;
    char part[32];
    double from = now();
    put(&source, schema);
    for (int i = 0; i < PARTS; i++) {
        snprintf(part, sizeof part, keys ? "%s\"%d\":0" : "%s%d",
                 i      ? ","
                 : keys ? "{"
                        : "[",
                 i);
        put(&text, part);
    }
    T(compile(v, &source, &g, &e) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    T_EQ(gram_matcher_accept_bytes(m, text.at, text.n, NULL), GRAM_E_LIMIT);
    gram_status s = GRAM_OK;
    for (size_t i = 0; s == GRAM_OK && i < text.n / 2; i += PIECE)
        s = gram_matcher_accept_bytes(m, text.at + i, PIECE, NULL);
    T_OK(s == GRAM_OK, "%s in pieces: status %d", schema, s);
    gram_matcher_free(m);
    gram_grammar_free(g);
    free(source.at);
    free(text.at);
    printf("%d parts of %s: %.2f s\n", PARTS, schema, now() - from);
}

static void nested_schemas(gram_vocab *v, int n, const char *open,
                           const char *close)
{
    Text schema = {0};
    gram_grammar *g = NULL;
    gram_error e;
    double from = now();
    for (int i = 0; i < n; i++) put(&schema, open);
    put(&schema, "{\"type\":[\"array\",\"object\"]}");
    for (int i = 0; i < n; i++) put(&schema, close);
    gram_status s = compile(v, &schema, &g, &e);
    T_OK(s == GRAM_OK || (s == GRAM_E_LIMIT && e.line == 1 && e.column > 1),
         "%d x %s: status %d at %u:%u: %s", n, open, s, e.line, e.column,
         e.message);
    if (s == GRAM_OK) {
        Text text = {0};
        put(&text, "[]");
        T_OK(takes(g, &text, 1), "%d x %s: [] refused", n, open);
        free(text.at);
        gram_grammar_free(g);
    }
    printf("%d x %s: status %d, %.2f s\n", n, open, s, now() - from);
    free(schema.at);
}

/* Brackets without end: the depth limit, where it is met, at once. */
static void brackets(gram_vocab *v, const char *open)
{
    Text schema = {0};
    gram_grammar *g = NULL;
    gram_error e;
    for (int i = 0; i < 1000000; i++) put(&schema, open);
    double from = now();
    gram_status s = compile(v, &schema, &g, &e);
    double took = now() - from;
    T_OK(s == GRAM_E_LIMIT && e.line == 1 && e.column > 1000,
         "brackets: status %d at %u:%u", s, e.line, e.column);
    T_OK(took < 1, "brackets: %.3f s", took);
    free(schema.at);
}

int main(void)
{
    gram_vocab *v = byte_vocab(NULL);
    T(v != NULL && gram_vocab_mask_words(v) <= WORDS);
    failing_allocator(v);
    limit_sweeps(v);
    deep_value(v);
    wide_object(v, WIDE, false);
    wide_object(v, WIDE / 5, true);
    long_list(v, "{}", true);
    long_list(v, "{\"uniqueItems\":true}", false);
    nested_schemas(v, 10000, "{\"items\":", "}");
    nested_schemas(v, 3000, "{\"allOf\":[", "]}");
    nested_schemas(v, 3000, "{\"not\":", "}");
    nested_schemas(v, 3000, "{\"properties\":{\"a\":", "}}");
    brackets(v, "[");
    brackets(v, "{\"items\":");
    gram_vocab_free(v);
    return t_done();
}
