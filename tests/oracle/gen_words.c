/* Random schemas about strings and keys: see gen.h.
 *
 * gen.c draws every keyword alike, so few of its schemas have three of the
 * ones that must agree inside one string: lengths, patterns that count or
 * look ahead, `not`, `if`, formats, lists of words.  Here there is nothing
 * else, in values and in the names of members. */
#include "oracle/gen.h"

#include "tests/oracle/gen_pattern.h"

#include <stdio.h>
#include <string.h>

#define PICK(g, list) (list)[gen_below((g), sizeof(list) / sizeof *(list))]

static const char *const words[] = {
    "\"a\"",        "\"b\"",     "\"ab\"",    "\"\"",    "\"aa\"",
    "\"ba\"",       "\"abab\"",  "\"aaa\"",   "\"b1\"",  "\"a-b\"",
    "\"\xC3\xA9\"", "\"a\\nb\"", "\"a\\\"\"", "\"bab\"", "\"ab1\""};
enum { N_NAMES = 9 }; /* of the words, those that name members */

static const char *const patterns[] = {"^.{3}$",
                                       "^.{1,3}$",
                                       "^.{2,}$",
                                       "^[ab]{2,4}$",
                                       "^[^]{2}$",
                                       "^(ab?){1,3}$",
                                       "^(a|b{2}){2}$",
                                       "^a{2,}b?$",
                                       "b.{2}$",
                                       "[^a]{2}",
                                       "^(?!.*bb)",
                                       "^(?=.*b).{2,4}$",
                                       "^(?!ab$)[ab]*",
                                       "(?<!a)b$",
                                       "\\\\bb",
                                       "^(?:a.|.b){1,2}$",
                                       "^[a-z]{1,3}(-[a-z0-9]{1,2})*$",
                                       "^\\\\w+$",
                                       "^\\\\S+$",
                                       "\xC3\xA9{0,2}$",
                                       "^(?!.{3}$)",
                                       "a|b.$",
                                       "^[^b]*$",
                                       "^a?b?a?b?$",
                                       "^(aa|bb|ab|ba)*$",
                                       "^(?:[a-c]{3}|[a-z1,]{5}).*$",
                                       "[0-9]",
                                       "^[^0-9]{1,4}[0-9]"};

static const char *const exact_formats[] = {"date", "time", "date-time",
                                            "uuid", "ipv4", "json-pointer"};
static const char *const formats[] = {
    "email",        "hostname", "uri",          "uri-reference",
    "iri",          "ipv6",     "idn-hostname", "regex",
    "uri-template", "duration", "idn-email",    "relative-json-pointer"};

/* --- values --------------------------------------------------------------- */

static void word(Gen *g)
{
    static const char *const letters[] = {"a", "b", "a",        "b",   "c",
                                          "1", "-", "\xC3\xA9", "\\n", "\\\""};
    uint32_t n = gen_below(g, 7);
    gen_put(g, "\"");
    while (n-- > 0) gen_put(g, PICK(g, letters));
    gen_put(g, "\"");
}

void gen_word_value(Gen *g, int depth)
{
    uint32_t kind = depth > 0 ? gen_below(g, 8) : 0, used = 0, n;
    if (kind < 4) {
        word(g);
        return;
    }
    n = gen_below(g, 4);
    gen_put(g, kind < 7 ? "{" : "[");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = gen_below(g, N_NAMES);
        if (kind < 7 && used >> k & 1) continue;
        if (used) gen_put(g, ",");
        used |= 1u << k;
        if (kind < 7) gen_put(g, words[k]);
        if (kind < 7) gen_put(g, ":");
        if (gen_below(g, 2))
            gen_put(g, "1");
        else
            gen_word_value(g, depth - 1);
    }
    gen_put(g, kind < 7 ? "}" : "]");
}

/* --- strings -------------------------------------------------------------- */

static void key(Gen *g, const char *name)
{
    char c = g->text[g->len - 1];
    if (c != '{' && c != '[') gen_put(g, ",");
    gen_put(g, "\"");
    gen_put(g, name);
    gen_put(g, "\":");
}

static void number(Gen *g, const char *name, uint32_t below)
{
    char n[16];
    snprintf(n, sizeof n, "%u", gen_below(g, below));
    key(g, name);
    gen_put(g, n);
}

/* What gen_pattern writes has no characters to escape but the backslash.
 * PCRE2 takes (?:a|^){0}b for a pattern that is anchored. */
static void any_pattern(Gen *g)
{
    char copy[256];
    size_t from = g->len, n;
    gen_pattern(g);
    n = g->len - from;
    if (n >= sizeof copy || strstr(g->text + from, "){0}")) n = 0;
    memcpy(copy, g->text + from, n);
    g->len = from;
    g->text[from] = 0;
    for (size_t i = 0; i < n; i++)
        gen_put(g, copy[i] == '\\' ? "\\\\" : (char[]){copy[i], 0});
}

static void pattern(Gen *g)
{
    gen_put(g, "\"");
    if (gen_below(g, 5))
        gen_put(g, PICK(g, patterns));
    else
        any_pattern(g);
    gen_put(g, "\"");
}

static void some_words(Gen *g, uint32_t of)
{
    uint32_t n = 1 + gen_below(g, 4), used = 0;
    gen_put(g, "[");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = gen_below(g, of);
        if (used >> k & 1) continue;
        if (used) gen_put(g, ",");
        used |= 1u << k;
        gen_put(g, words[k]);
    }
    gen_put(g, "]");
}

static void format(Gen *g)
{
    bool exact = g->without & GEN_LOOSE_FORMATS || gen_below(g, 2);
    key(g, "format");
    gen_put(g, "\"");
    gen_put(g, exact ? PICK(g, exact_formats) : PICK(g, formats));
    gen_put(g, "\"");
}

typedef void Part(Gen *g, int depth);

/* A schema of `one`, two of them as branches, three as a condition. */
static void branches(Gen *g, Part *one, int depth)
{
    static const char *const lists[] = {"anyOf", "oneOf", "allOf"};
    key(g, PICK(g, lists));
    gen_put(g, "[");
    one(g, depth - 1);
    gen_put(g, ",");
    one(g, depth - 1);
    gen_put(g, "]");
}

static void condition(Gen *g, Part *one, int depth)
{
    static const char *const words_of_if[] = {"if", "then", "else"};
    uint32_t without = gen_below(g, 3);
    for (uint32_t i = 0; i < 3; i++) {
        if (i > 0 && i == without) continue;
        key(g, words_of_if[i]);
        one(g, depth - 1);
    }
}

static void unless(Gen *g, Part *one, int depth)
{
    key(g, "not");
    one(g, depth - 1);
}

enum { FLAT_RULES = 7, TEXT_RULES = 11, OBJECT_RULES = 14 };

static Part string_schema, object_schema;

static void string_rule(Gen *g, uint32_t rule, int depth)
{
    switch (rule) {
    case 0: number(g, "maxLength", 7); break;
    case 1: number(g, "minLength", 5); break;
    case 2:
    case 3:
        key(g, "pattern");
        pattern(g);
        break;
    case 4:
        key(g, "enum");
        some_words(g, sizeof words / sizeof *words);
        break;
    case 5:
        key(g, "const");
        gen_put(g, PICK(g, words));
        break;
    case 6: format(g); break;
    case 7:
    case 8: unless(g, string_schema, depth); break;
    case 9: branches(g, string_schema, depth); break;
    default: condition(g, string_schema, depth);
    }
}

/* Rules that are the same keyword have neighbouring numbers. */
static bool is_new(uint32_t *used, uint32_t rule)
{
    uint32_t same = rule == 3 || rule == 8 ? rule - 1 : rule;
    bool fresh = !(*used >> same & 1);
    *used |= 1u << same;
    return fresh;
}

static void string_rules(Gen *g, int depth)
{
    uint32_t n = 1 + gen_below(g, 3), used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t rule = gen_below(g, depth > 0 ? TEXT_RULES : FLAT_RULES);
        if (is_new(&used, rule)) string_rule(g, rule, depth);
    }
}

static void string_schema(Gen *g, int depth)
{
    gen_put(g, "{");
    string_rules(g, depth);
    gen_put(g, "}");
}

/* --- objects -------------------------------------------------------------- */

static void value(Gen *g, int depth)
{
    static const char *const plain[] = {"true", "{\"const\":1}", "false",
                                        "{\"type\":\"string\"}"};
    uint32_t kind = gen_below(g, 8);
    if (kind == 7 && depth > 0)
        object_schema(g, depth - 1);
    else if (kind >= 5)
        string_schema(g, depth > 0 ? 1 : 0);
    else
        gen_put(g, plain[kind % 4]);
}

static void map(Gen *g, const char *name, Part *one, int depth)
{
    uint32_t n = 1 + gen_below(g, 3), used = 0;
    key(g, name);
    gen_put(g, "{");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = gen_below(g, N_NAMES);
        if (used >> k & 1) continue;
        if (used) gen_put(g, ",");
        used |= 1u << k;
        gen_put(g, words[k]);
        gen_put(g, ":");
        one(g, depth - 1);
    }
    gen_put(g, "}");
}

/* One or two patterns, which are not the same. */
static void pattern_properties(Gen *g, int depth)
{
    uint32_t n = sizeof patterns / sizeof *patterns, k = gen_below(g, n);
    key(g, "patternProperties");
    gen_put(g, "{\"");
    gen_put(g, patterns[k]);
    gen_put(g, "\":");
    value(g, depth - 1);
    if (gen_below(g, 2)) {
        gen_put(g, ",\"");
        gen_put(g, patterns[(k + 1 + gen_below(g, n - 1)) % n]);
        gen_put(g, "\":");
        value(g, depth - 1);
    }
    gen_put(g, "}");
}

static void dependent_required(Gen *g)
{
    key(g, "dependentRequired");
    gen_put(g, "{");
    gen_put(g, words[gen_below(g, N_NAMES)]);
    gen_put(g, ":");
    some_words(g, N_NAMES);
    gen_put(g, "}");
}

static void others(Gen *g, int depth)
{
    bool late = !(g->without & GEN_UNEVALUATED_PROPERTIES) && !gen_below(g, 4);
    key(g, late ? "unevaluatedProperties" : "additionalProperties");
    if (gen_below(g, 3))
        gen_put(g, "false");
    else
        value(g, depth - 1);
}

static void object_rule(Gen *g, uint32_t rule, int depth)
{
    switch (rule) {
    case 0: map(g, "properties", value, depth); break;
    case 1: others(g, depth); break;
    case 2:
    case 3: pattern_properties(g, depth); break;
    case 4:
        key(g, "propertyNames");
        string_schema(g, 1);
        break;
    case 5:
        key(g, "required");
        some_words(g, N_NAMES);
        break;
    case 6: dependent_required(g); break;
    case 7:
    case 8: unless(g, object_schema, depth); break;
    case 9: branches(g, object_schema, depth); break;
    case 10: condition(g, object_schema, depth); break;
    case 11: map(g, "dependentSchemas", object_schema, depth); break;
    case 12: number(g, "maxProperties", 4); break;
    default: number(g, "minProperties", 4);
    }
}

static void object_rules(Gen *g, int depth)
{
    uint32_t n = 1 + gen_below(g, 4), used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t rule = gen_below(g, depth > 0 ? OBJECT_RULES : FLAT_RULES);
        if (is_new(&used, rule)) object_rule(g, rule, depth);
    }
}

static void object_schema(Gen *g, int depth)
{
    gen_put(g, "{");
    object_rules(g, depth);
    gen_put(g, "}");
}

/* --- all ------------------------------------------------------------------ */

void gen_words(Gen *g)
{
    uint32_t kind = gen_below(g, 8);
    gen_clear(g);
    if (kind < 4) {
        gen_put(g, "{\"type\":\"string\"");
        string_rules(g, 1 + (int)gen_below(g, 2));
    } else if (kind < 7) {
        gen_put(g, "{\"type\":\"object\"");
        object_rules(g, 1 + (int)gen_below(g, 2));
    } else {
        gen_put(g, "{\"type\":\"array\",\"maxItems\":3,\"items\":");
        string_schema(g, 1);
        if (gen_below(g, 2) && !(g->without & GEN_UNIQUE))
            gen_put(g, ",\"uniqueItems\":true");
    }
    gen_put(g, "}");
    g->words = true;
}

void gen_one_words(Gen *g, char out[GEN_SCHEMA])
{
    do gen_words(g);
    while (g->full || g->len >= GEN_SCHEMA);
    memcpy(out, g->text, g->len + 1);
}
