/* Items that must differ: along documents whose items nearly are, or are,
 * equal to earlier ones in another spelling, every mask has exactly the tokens
 * that can be accepted, and nothing that was remembered shows. */
#include "oracle/world.h"
#include "t.h"

#include <stdbool.h>

static const char *const schemas[] = {
    "{\"type\":\"array\",\"uniqueItems\":true}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
    "\"string\"}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"string\","
    "\"minLength\":1,\"maxLength\":3}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"maxItems\":4,\"items\":{"
    "\"anyOf\":[{\"type\":\"object\"},{\"type\":\"string\",\"pattern\":"
    "\"^[a-c]*$\"},{\"type\":\"number\"}]}}",
    "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"uniqueItems\":true},"
    "\"uniqueItems\":true}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"contains\":{\"type\":"
    "\"string\"},\"items\":{\"type\":[\"string\",\"array\",\"object\"]}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"object\","
    "\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"array\","
    "\"uniqueItems\":true}},\"required\":[\"a\"]}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":[\"object\","
    "\"string\",\"number\"],\"properties\":{\"a\":{\"type\":[\"string\","
    "\"number\",\"null\"]},\"b\":{\"enum\":[1,\"a\",null]},\"ab\":{\"type\":"
    "\"string\"}},\"patternProperties\":{\"^x\":false},"
    "\"propertyNames\":{\"enum\":[\"a\",\"b\",\"ab\"]}}}",
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"anyOf\":[{\"type\":"
    "\"integer\",\"minimum\":-1,\"maximum\":120},{\"type\":\"object\","
    "\"properties\""
    ":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"number\"}},\"not\":{"
    "\"maxProperties\":0},\"unevaluatedProperties\":false}]}}",
    "{\"type\":\"array\",\"not\":{\"uniqueItems\":true}}",
    "{\"type\":\"array\",\"oneOf\":[{\"uniqueItems\":true},{\"maxItems\":2}]}",
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\","
    "\"uniqueItems\":true,\"items\":{\"type\":[\"string\",\"integer\"]}}}",
};
enum { N_SCHEMAS = sizeof schemas / sizeof *schemas };

/* --- documents ------------------------------------------------------------ */

typedef struct Doc {
    char at[2048];
    size_t n;
    uint64_t *seed;
} Doc;

static uint32_t any(Doc *d, uint32_t n)
{
    return (uint32_t)(t_random(d->seed) % n);
}

static void put(Doc *d, const char *text)
{
    size_t n = strlen(text);
    if (d->n + n < sizeof d->at) memcpy(d->at + d->n, text, n);
    if (d->n + n < sizeof d->at) d->n += n;
}

static void space(Doc *d)
{
    static const char *const some[] = {"", "", "", " ", "\n", "  "};
    put(d, some[any(d, 6)]);
}

/* The same few values in many spellings. */
static void scalar(Doc *d)
{
    static const char *const some[] = {
        "\"a\"",       "\"\\u0061\"", "\"ab\"",  "\"a\\u0062\"", "\"b\"",
        "\"\"",        "\"a\"",       "\"abc\"", "\"\\n\"",      "\"\\u000a\"",
        "1",           "1.0",         "10e-1",   "12",           "0",
        "-0",          "0.0e5",       "100",     "1e2",          "1.20",
        "12e-1",       "true",        "null",    "false",        "\"\\\"\"",
        "\"\\u00e9\"", "\"\xC3\xA9\""};
    put(d, some[any(d, sizeof some / sizeof *some)]);
}

static void value(Doc *d, uint32_t depth);

static void object(Doc *d, uint32_t depth)
{
    static const char *const keys[2][3] = {{"\"a\"", "\"b\"", "\"ab\""},
                                           {"\"b\"", "\"\\u0061\"", "\"ab\""}};
    uint32_t n = any(d, 4), order = any(d, 2);
    put(d, "{");
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) put(d, ",");
        space(d);
        put(d, keys[order][i]);
        put(d, ":");
        space(d);
        value(d, depth + 1);
    }
    put(d, "}");
}

static void array(Doc *d, uint32_t depth, uint32_t most)
{
    uint32_t n = any(d, most);
    put(d, "[");
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) put(d, ",");
        space(d);
        value(d, depth + 1);
        space(d);
    }
    put(d, "]");
}

static void value(Doc *d, uint32_t depth)
{
    uint32_t kind = depth > 3 ? 0 : any(d, 8);
    if (kind == 7)
        array(d, depth, 4);
    else if (kind > 4)
        object(d, depth);
    else
        scalar(d);
}

/* --- masks ---------------------------------------------------------------- */

typedef struct Run {
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    const Doc *doc;
    size_t at;
    uint64_t checked, refused, named;
} Run;

static void show(const Run *r, uint32_t token, bool bit)
{
    size_t len;
    const char *bytes = gram_vocab_token(r->v, token, &len);
    fprintf(stderr, "after `%.*s`: `%.*s` is %s\n", (int)r->at, r->doc->at,
            (int)len, bytes ? bytes : "", bit ? "set" : "missing");
}

/* Every bit is what accepting the token says. */
static bool masks_are_right(Run *r)
{
    const uint32_t *row;
    uint32_t id, n = gram_vocab_size(r->v);
    if (gram_matcher_mask_view(r->m, &row, &id) != GRAM_OK) return false;
    r->named += id != 0;
    for (uint32_t t = 0; t < n; t++) {
        bool bit = row[t >> 5] >> (t & 31) & 1;
        if ((gram_matcher_check(r->m, t) == GRAM_OK) == bit) continue;
        show(r, t, bit);
        return false;
    }
    r->checked++;
    return true;
}

/* A few bytes more; *more is false at the end, or where one is refused. */
static bool step(Run *r, uint64_t *seed, bool *more)
{
    size_t n = 1 + t_random(seed) % 3, bad;
    bool right = masks_are_right(r);
    if (n > r->doc->n - r->at) n = r->doc->n - r->at;
    *more = n > 0;
    if (!right || n == 0) return right;
    *more = gram_matcher_accept_bytes(r->m, r->doc->at + r->at, n, &bad) ==
            GRAM_OK;
    r->refused += !*more;
    if (*more) r->at += n;
    if (!*more || t_random(seed) % 6 != 0) return true;
    /* back, and on by other pieces */
    if (gram_matcher_rollback(r->m, 1) != GRAM_OK) return false;
    r->at -= n;
    return true;
}

static void documents(gram_vocab *v, const char *schema, int n, uint64_t *seed)
{
    Run r = {.v = v};
    Doc d = {.seed = seed};
    bool ok = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema),
                               NULL, &r.g, NULL) == GRAM_OK;
    r.doc = &d;
    T(ok && gram_matcher_new(r.g, &r.m, NULL) == GRAM_OK);
    for (int i = 0; i < n && ok; i++) {
        bool more = true;
        d.n = r.at = 0;
        if (strstr(schema, "additionalP")) put(&d, "{\"a\":");
        array(&d, 0, 7);
        if (i % 16 == 15) {
            gram_matcher_free(r.m);
            ok = gram_matcher_new(r.g, &r.m, NULL) == GRAM_OK;
        }
        gram_matcher_reset(r.m);
        while (ok && more) ok = step(&r, seed, &more);
    }
    T_OK(ok, "%s", schema);
    T_OK(r.refused > 0 && r.named > r.checked / 2,
         "%s: %llu refused, %llu of "
         "%llu masks have an id",
         schema, (unsigned long long)r.refused, (unsigned long long)r.named,
         (unsigned long long)r.checked);
    gram_matcher_free(r.m);
    gram_grammar_free(r.g);
}

/* Behind an item of some length, each mask is as the bytes say: one that is
 * too long to be remembered must not pass for one that is not known. */
static void long_item(gram_vocab *v, size_t len)
{
    static const char schema[] = "{\"uniqueItems\":true}";
    Run r = {.v = v};
    Doc d = {.n = 0};
    size_t bad;
    bool ok = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema),
                               NULL, &r.g, NULL) == GRAM_OK;
    r.doc = &d;
    T(ok && gram_matcher_new(r.g, &r.m, NULL) == GRAM_OK);
    put(&d, "[\"");
    for (size_t i = 0; i < len; i++) put(&d, "x");
    size_t prefix = d.n;
    put(&d, "\",\"b\",2]");
    while (ok && r.at < d.n) {
        size_t n = r.at < prefix ? prefix - r.at : 1;
        ok = gram_matcher_accept_bytes(r.m, d.at + r.at, n, &bad) == GRAM_OK;
        r.at += n;
        ok = ok && masks_are_right(&r);
    }
    T_OK(ok, "an item of %zu bytes: at %zu", len, r.at);
    gram_matcher_free(r.m);
    gram_grammar_free(r.g);
}

/* Bytes of a grammar whose masks along such an item have been asked for. */
static uint64_t bytes_of_item(gram_vocab *v, const char *schema, size_t len)
{
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_grammar_stats stats = {.size = sizeof stats};
    const uint32_t *row;
    size_t bad;
    bool ok = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema),
                               NULL, &g, NULL) == GRAM_OK;
    ok = ok && gram_matcher_new(g, &m, NULL) == GRAM_OK;
    for (size_t i = 0; i < len + 2 && ok; i++) {
        char c = i < 2 ? "[\""[i] : (char)('a' + i % 7);
        ok = gram_matcher_accept_bytes(m, &c, 1, &bad) == GRAM_OK &&
             gram_matcher_mask_view(m, &row, NULL) == GRAM_OK;
    }
    ok = ok && gram_grammar_get_stats(g, &stats) == GRAM_OK;
    T_OK(ok, "%s: an item of %zu bytes", schema, len);
    gram_matcher_free(m);
    gram_grammar_free(g);
    return stats.memory_bytes;
}

/* What tokens would make of an item is looked at in each mask, and forgotten,
 * where it is told from others when it is complete: even if items of another
 * type are told apart before. */
static void item_growth(gram_vocab *v)
{
    static const char schema[] =
        "{\"type\":\"array\",\"uniqueItems\":true,"
        "\"items\":{\"type\":[\"string\",\"boolean\"]}}";
    uint64_t one = bytes_of_item(v, schema, 500);
    uint64_t two = bytes_of_item(v, schema, 1000);
    T_OK(two < one + one / 2, "%llu bytes, then %llu", (unsigned long long)one,
         (unsigned long long)two);
}

/* The masks behind each byte of a text, over these tokens and single bytes. */
static void by_bytes(const char *const *longer, uint32_t n, const char *schema,
                     const char *text)
{
    enum { BYTES = 128, MOST = 1024 };
    char bytes[BYTES];
    gram_token token[MOST];
    Run r = {.v = NULL};
    Doc d = {.n = 0};
    memset(token, 0, sizeof token);
    for (uint32_t i = 0; i < BYTES + n; i++) {
        bytes[i < BYTES ? i : 0] = (char)(i < BYTES ? i : 0);
        token[i].bytes = i < BYTES ? bytes + i : longer[i - BYTES];
        token[i].len = i < BYTES ? 1 : (uint32_t)strlen(longer[i - BYTES]);
    }
    T(gram_vocab_new(token, BYTES + n, NULL, &r.v, NULL) == GRAM_OK);
    T(gram_grammar_new(r.v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema), NULL,
                       &r.g, NULL) == GRAM_OK);
    T(gram_matcher_new(r.g, &r.m, NULL) == GRAM_OK);
    r.doc = &d;
    put(&d, text);
    for (; r.at < d.n; r.at++) {
        T(gram_matcher_accept_bytes(r.m, d.at + r.at, 1, NULL) == GRAM_OK);
        T(masks_are_right(&r));
    }
    gram_matcher_free(r.m);
    gram_grammar_free(r.g);
    gram_vocab_free(r.v);
}

/* A token may complete two items that are equal, in an array that has none. */
static void two_items(void)
{
    static const char *const longer[] = {"\",\"\"]", "\",\"\",", "\",\"a\"]"};
    by_bytes(longer, 3,
             "{\"type\":\"array\",\"uniqueItems\":true,"
             "\"items\":{\"type\":\"string\"}}",
             "[\"");
}

/* White space may complete an item: nearly all that begins with it is dead
 * anyway, and of what is alive some is not where there is such an item. */
static void many_below(void)
{
    enum { WORDS = 26 * 26 };
    static const char *const more[] = {"  ",  " ]", " ,", " ,2",
                                       " ,1", ",1", "0 ]"};
    enum { MORE = sizeof more / sizeof *more };
    static char word[WORDS][4];
    const char *longer[WORDS + MORE];
    for (int i = 0; i < WORDS; i++) {
        snprintf(word[i], sizeof word[i], " %c%c", 'a' + i / 26, 'a' + i % 26);
        longer[i] = word[i];
    }
    memcpy(longer + WORDS, more, sizeof more);
    by_bytes(longer, WORDS + MORE,
             "{\"type\":\"array\",\"uniqueItems\":true,"
             "\"items\":{\"type\":\"integer\"}}",
             "[1,10 ,12,1000 ");
}

int main(void)
{
    uint64_t seed = t_seed();
    uint32_t n_first;
    gram_vocab *v = world_vocab(&n_first);
    T(v != NULL);
    for (int i = 0; i < N_SCHEMAS; i++) documents(v, schemas[i], 200, &seed);
    two_items();
    many_below();
    for (size_t len = 250; len < 260; len++) long_item(v, len);
    item_growth(v);
    gram_vocab_free(v);
    return t_done();
}
