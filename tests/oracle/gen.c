/* Random schemas and values: see gen.h. */
#include "oracle/gen.h"

#include "t.h"

uint32_t gen_below(Gen *g, uint32_t n)
{
    if (n <= 1) return 0;
    if (g->data == NULL) return (uint32_t)(t_random(&g->seed) % n);
    if (g->at >= g->n) return 0;
    uint32_t x = g->data[g->at++];
    if (n > 256 && g->at < g->n) x = x << 8 | g->data[g->at++];
    return x % n;
}

void gen_clear(Gen *g)
{
    g->len = 0;
    g->full = false;
    g->text[0] = 0;
}

void gen_bytes(Gen *g, const char *s, size_t n)
{
    if (g->len + n + 1 > GEN_MAX) {
        g->full = true;
        return;
    }
    memcpy(g->text + g->len, s, n);
    g->len += n;
    g->text[g->len] = 0;
}

void gen_put(Gen *g, const char *s)
{
    gen_bytes(g, s, strlen(s));
}

#define PICK(g, list) (list)[gen_below((g), sizeof(list) / sizeof *(list))]

static const char *const keys[] = {"\"a\"", "\"b\"",  "\"ab\"",
                                   "\"\"",  "\"aa\"", "\"c\""};
static const char *const scalars[] = {
    "null",        "true",  "false",  "0",      "1",       "2",
    "3",           "-1",    "0.5",    "1.5",    "10",      "\"\"",
    "\"a\"",       "\"b\"", "\"ab\"", "\"aa\"", "\"aab\"", "\"bb\"",
    "\"\\u00e9\"", "1.0",   "-0",     "4",
};
static const char *const types[] = {"\"null\"",   "\"boolean\"", "\"number\"",
                                    "\"string\"", "\"array\"",   "\"object\"",
                                    "\"integer\""};
static const char *const patterns[] = {
    "\"^a\"",     "\"b$\"",       "\"a\"",    "\"^[ab]$\"",
    "\"^a+$\"",   "\"^$\"",       "\"^.$\"",  "\"^(a|bb)*$\"",
    "\"^(?!a)\"", "\"^.{2,3}$\"", "\"[^a]\"", "\"\"",
};
static const char *const bounds[] = {"0",   "1",   "2",  "3",    "-1",
                                     "0.5", "1.5", "10", "-0.5", "1e0"};
static const char *const factors[] = {"1", "2", "0.5", "3", "1.5", "0.1"};
static const char *const counts[] = {"0", "1", "2", "3"};

/* --- values --------------------------------------------------------------- */

static void members(Gen *g, int depth)
{
    uint32_t n = gen_below(g, 4), used = 0;
    gen_put(g, "{");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = gen_below(g, 6);
        if (used >> k & 1) continue;
        gen_put(g, used ? "," : "");
        used |= 1u << k;
        gen_put(g, keys[k]);
        gen_put(g, ":");
        gen_value(g, depth - 1);
    }
    gen_put(g, "}");
}

static void items(Gen *g, int depth)
{
    uint32_t n = gen_below(g, 4);
    gen_put(g, "[");
    for (uint32_t i = 0; i < n; i++) {
        gen_put(g, i ? "," : "");
        gen_value(g, depth - 1);
    }
    gen_put(g, "]");
}

void gen_value(Gen *g, int depth)
{
    uint32_t kind;
    if (g->words && gen_below(g, 2)) {
        gen_word_value(g, depth);
        return;
    }
    kind = depth > 0 ? gen_below(g, 5) : 0;
    if (kind < 2)
        gen_put(g, PICK(g, scalars));
    else if (kind == 2)
        items(g, depth);
    else
        members(g, depth);
}

/* --- schemas -------------------------------------------------------------- */

typedef enum Group {
    K_TYPE,
    K_PROPERTIES,
    K_REQUIRED,
    K_ADDITIONAL,
    K_PATTERN_PROPERTIES,
    K_NAMES,
    K_ITEMS,
    K_PREFIX,
    K_ITEM_COUNT,
    K_KEY_COUNT,
    K_ENUM,
    K_CONST,
    K_REF,
    K_ANY,
    K_ALL,
    K_ONE,
    K_NOT,
    K_IF,
    K_DEPENDENT_REQUIRED,
    K_DEPENDENT_SCHEMAS,
    K_LENGTH,
    K_PATTERN,
    K_BOUNDS,
    K_MULTIPLE,
    K_CONTAINS,
    K_UNIQUE,
    K_UNEVALUATED_PROPERTIES,
    K_UNEVALUATED_ITEMS,
    N_GROUPS
} Group;

static bool first_of(Gen *g)
{
    char c = g->text[g->len - 1];
    return c == '{' || c == '[' || c == ',';
}

static void key(Gen *g, const char *name)
{
    if (!first_of(g)) gen_put(g, ",");
    gen_put(g, "\"");
    gen_put(g, name);
    gen_put(g, "\":");
}

static void below(Gen *g, const char *name, int depth)
{
    key(g, name);
    g->under++;
    gen_schema(g, depth - 1);
    g->under--;
}

static void in_place(Gen *g, const char *name, int depth)
{
    key(g, name);
    gen_schema(g, depth - 1);
}

static void map(Gen *g, const char *name, const char *const *names,
                uint32_t n_names, int depth, bool contained)
{
    uint32_t n = 1 + gen_below(g, 3), used = 0;
    key(g, name);
    gen_put(g, "{");
    g->under += contained;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = gen_below(g, n_names);
        if (used >> k & 1) continue;
        used |= 1u << k;
        if (!first_of(g)) gen_put(g, ",");
        gen_put(g, names[k]);
        gen_put(g, ":");
        gen_schema(g, depth - 1);
    }
    g->under -= contained;
    gen_put(g, "}");
}

static void list(Gen *g, const char *name, int depth, bool contained)
{
    uint32_t n = 1 + gen_below(g, 3);
    key(g, name);
    gen_put(g, "[");
    g->under += contained;
    for (uint32_t i = 0; i < n; i++) {
        if (i) gen_put(g, ",");
        gen_schema(g, depth - 1);
    }
    g->under -= contained;
    gen_put(g, "]");
}

static void names_of(Gen *g)
{
    uint32_t n = gen_below(g, 3), used = 0;
    gen_put(g, "[");
    for (uint32_t i = 0; i <= n; i++) {
        uint32_t k = gen_below(g, 6);
        if (used >> k & 1) continue;
        if (used) gen_put(g, ",");
        used |= 1u << k;
        gen_put(g, keys[k]);
    }
    gen_put(g, "]");
}

static void put_type(Gen *g)
{
    uint32_t n = gen_below(g, 3), used = 0;
    key(g, "type");
    if (n < 2) {
        gen_put(g, PICK(g, types));
        return;
    }
    gen_put(g, "[");
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t k = gen_below(g, 7);
        if (used >> k & 1) continue;
        if (used) gen_put(g, ",");
        used |= 1u << k;
        gen_put(g, types[k]);
    }
    gen_put(g, "]");
}

static void between(Gen *g, const char *lo, const char *hi,
                    const char *const *values, uint32_t n)
{
    uint32_t which = gen_below(g, 3);
    if (which != 1) {
        key(g, lo);
        gen_put(g, values[gen_below(g, n)]);
    }
    if (which != 0) {
        key(g, hi);
        gen_put(g, values[gen_below(g, n)]);
    }
}

static void put_enum(Gen *g)
{
    uint32_t n = 1 + gen_below(g, 4);
    key(g, "enum");
    gen_put(g, "[");
    for (uint32_t i = 0; i < n; i++) {
        if (i) gen_put(g, ",");
        gen_value(g, 1 + (int)gen_below(g, 2));
    }
    gen_put(g, "]");
}

/* To a definition; to the whole only below a container, where it is no cycle
 * in place. */
static void put_ref(Gen *g)
{
    char name[32];
    uint32_t k = gen_below(g, g->n_defs + (g->under > 0));
    if (g->n_defs + (g->under > 0) == 0) return;
    key(g, "$ref");
    snprintf(name, sizeof name, "\"#/$defs/d%u\"", k);
    gen_put(g, k < g->n_defs ? name : "\"#\"");
}

static void dependent_required(Gen *g)
{
    key(g, "dependentRequired");
    gen_put(g, "{");
    gen_put(g, PICK(g, keys));
    gen_put(g, ":");
    names_of(g);
    gen_put(g, "}");
}

static void put_if(Gen *g, int depth)
{
    uint32_t which = gen_below(g, 3);
    in_place(g, "if", depth);
    if (which != 1) in_place(g, "then", depth);
    if (which != 0) in_place(g, "else", depth);
}

static void contains(Gen *g, int depth)
{
    if (g->without & GEN_CONTAINS) return;
    below(g, "contains", depth);
    if (gen_below(g, 2)) between(g, "minContains", "maxContains", counts, 4);
}

enum {
    N_KEYS = sizeof keys / sizeof *keys,
    N_PATTERNS = sizeof patterns / sizeof *patterns,
    N_BOUNDS = sizeof bounds / sizeof *bounds
};

static void put_group(Gen *g, Group k, int depth)
{
    switch (k) {
    case K_TYPE: put_type(g); break;
    case K_PROPERTIES: map(g, "properties", keys, N_KEYS, depth, true); break;
    case K_REQUIRED:
        key(g, "required");
        names_of(g);
        break;
    case K_ADDITIONAL: below(g, "additionalProperties", depth); break;
    case K_PATTERN_PROPERTIES:
        map(g, "patternProperties", patterns, N_PATTERNS, depth, true);
        break;
    case K_NAMES: below(g, "propertyNames", depth); break;
    case K_ITEMS: below(g, "items", depth); break;
    case K_PREFIX: list(g, "prefixItems", depth, true); break;
    case K_ITEM_COUNT: between(g, "minItems", "maxItems", counts, 4); break;
    case K_KEY_COUNT:
        between(g, "minProperties", "maxProperties", counts, 4);
        break;
    case K_ENUM: put_enum(g); break;
    case K_CONST:
        key(g, "const");
        gen_value(g, 2);
        break;
    case K_REF: put_ref(g); break;
    case K_ANY: list(g, "anyOf", depth, false); break;
    case K_ALL: list(g, "allOf", depth, false); break;
    case K_ONE: list(g, "oneOf", depth, false); break;
    case K_NOT: in_place(g, "not", depth); break;
    case K_IF: put_if(g, depth); break;
    case K_DEPENDENT_REQUIRED: dependent_required(g); break;
    case K_DEPENDENT_SCHEMAS:
        map(g, "dependentSchemas", keys, N_KEYS, depth, false);
        break;
    case K_LENGTH: between(g, "minLength", "maxLength", counts, 4); break;
    case K_PATTERN:
        key(g, "pattern");
        gen_put(g, PICK(g, patterns));
        break;
    case K_BOUNDS:
        if (gen_below(g, 2))
            between(g, "minimum", "maximum", bounds, N_BOUNDS);
        else
            between(g, "exclusiveMinimum", "exclusiveMaximum", bounds,
                    N_BOUNDS);
        break;
    case K_MULTIPLE:
        key(g, "multipleOf");
        gen_put(g, PICK(g, factors));
        break;
    case K_CONTAINS: contains(g, depth); break;
    case K_UNIQUE:
        if (g->without & GEN_UNIQUE) break;
        key(g, "uniqueItems");
        gen_put(g, gen_below(g, 4) ? "true" : "false");
        break;
    case K_UNEVALUATED_PROPERTIES:
        if (!(g->without & GEN_UNEVALUATED_PROPERTIES))
            below(g, "unevaluatedProperties", depth);
        break;
    case K_UNEVALUATED_ITEMS:
        if (!(g->without & GEN_UNEVALUATED_ITEMS))
            below(g, "unevaluatedItems", depth);
        break;
    case N_GROUPS: break;
    }
}

/* Keywords that need no schema below them. */
static const uint8_t flat[] = {
    K_TYPE,  K_REQUIRED, K_ITEM_COUNT,        K_KEY_COUNT, K_ENUM,
    K_CONST, K_LENGTH,   K_PATTERN,           K_BOUNDS,    K_MULTIPLE,
    K_TYPE,  K_REF,      K_DEPENDENT_REQUIRED};

static void body(Gen *g, int depth)
{
    uint32_t n = 1 + gen_below(g, depth > 0 ? 4 : 2), used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = depth > 0 ? gen_below(g, N_GROUPS) : PICK(g, flat);
        if (used >> k & 1) continue;
        used |= 1u << k;
        put_group(g, (Group)k, depth);
    }
}

/* The root, known by the text being empty, may carry definitions. */
void gen_schema(Gen *g, int depth)
{
    bool root = g->len == 0;
    if (root) {
        g->under = 0;
        g->words = false;
        g->n_defs = gen_below(g, 3);
    }
    if (!root && gen_below(g, 6) == 5) {
        gen_put(g, gen_below(g, 3) ? "true" : "false");
        return;
    }
    gen_put(g, "{");
    body(g, depth);
    if (root && g->n_defs > 0) {
        key(g, "$defs");
        gen_put(g, "{\"d0\":");
        gen_schema(g, depth - 1);
        if (g->n_defs > 1) {
            gen_put(g, ",\"d1\":");
            gen_schema(g, depth - 1);
        }
        gen_put(g, "}");
    }
    gen_put(g, "}");
}

void gen_one_schema(Gen *g, char out[GEN_SCHEMA])
{
    do {
        gen_clear(g);
        gen_schema(g, (int)gen_below(g, 4));
    } while (g->full || g->len >= GEN_SCHEMA);
    memcpy(out, g->text, g->len + 1);
}

/* --- all small values ----------------------------------------------------- */

static const char *const inner[] = {"null", "1", "\"a\"", "0.5", "[]", "{}"};
enum {
    N_SCALARS = sizeof scalars / sizeof *scalars,
    N_INNER = sizeof inner / sizeof *inner,
    SMALL_MAX = 512,
    SMALL_LEN = 64
};

typedef struct Small {
    char text[SMALL_MAX][SMALL_LEN];
    size_t n;
} Small;

static void small_pairs(Small *s)
{
    static const char *const k[] = {"a", "b", "ab"};
    for (size_t i = 0; i < N_INNER; i++)
        for (size_t j = 0; j < N_INNER; j++)
            snprintf(s->text[s->n++], SMALL_LEN, "[%s,%s]", inner[i], inner[j]);
    for (size_t x = 0; x < 3; x++)
        for (size_t y = x + 1; y < 3; y++)
            for (size_t i = 0; i < N_INNER; i++)
                for (size_t j = 0; j < N_INNER - 1; j++)
                    snprintf(s->text[s->n++], SMALL_LEN,
                             "{\"%s\":%s,\"%s\":%s}", k[x], inner[i], k[y],
                             inner[(i + j) % N_INNER]);
}

static void small_make(Small *s)
{
    static const char *const more[] = {"[]",
                                       "{}",
                                       "[1,1,1]",
                                       "[\"a\",1,null]",
                                       "[[[]]]",
                                       "[{\"a\":1}]",
                                       "{\"a\":{\"a\":{}}}",
                                       "{\"a\":[1]}",
                                       "{\"a\":1,\"b\":1,\"ab\":1}",
                                       "{\"a\":\"a\",\"b\":null,\"\":1}",
                                       "{\"b\":{\"a\":1}}",
                                       "[1,2]",
                                       "[2,1]",
                                       "[[1],[1]]",
                                       "[1,2,3]",
                                       "[\"a\",\"b\"]",
                                       "{\"a\":{\"b\":1},\"b\":{\"a\":1}}",
                                       "[{},{}]",
                                       "[1,\"a\",1,\"a\"]"};
    for (size_t i = 0; i < N_SCALARS; i++)
        snprintf(s->text[s->n++], SMALL_LEN, "%s", scalars[i]);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        snprintf(s->text[s->n++], SMALL_LEN, "%s", more[i]);
    for (size_t i = 0; i < N_SCALARS; i++)
        snprintf(s->text[s->n++], SMALL_LEN, "[%s]", scalars[i]);
    for (size_t k = 0; k < N_KEYS; k++)
        for (size_t i = 0; i < N_INNER; i++)
            snprintf(s->text[s->n++], SMALL_LEN, "{%s:%s}", keys[k], inner[i]);
    small_pairs(s);
}

const char *gen_small(size_t i)
{
    static Small s; /* made once, by the first caller of the one thread */
    if (s.n == 0) small_make(&s);
    return i < s.n ? s.text[i] : NULL;
}
