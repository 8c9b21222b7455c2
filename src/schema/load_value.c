/* Keywords that look at one value: type, enum, const, numbers, strings.
 *
 * In: the node of a keyword's value.  Out: the section it belongs to, or a
 * positioned error where the value is not what the metaschema asks for.
 *
 * Lower and upper bounds are normalised while they are read: draft 4 says
 * `"exclusiveMinimum": true` beside a `minimum`, later drafts give a number;
 * either way one bound with an open or closed end remains. */
#include "schema/load_in.h"

const GrNumberPart gr_no_number;
const GrStringPart gr_no_string = {.max_length = GR_NO_MAX};

/* A section is made by the first keyword that says something in it; until then
 * the schema has the shared one that says nothing. */
static gram_status open_number(Loader *l)
{
    if (l->number != NULL) return GRAM_OK;
    l->number = gr_arena_take(l->env, l->arena, sizeof *l->number);
    if (l->number == NULL) return GRAM_E_MEMORY;
    *l->number = gr_no_number;
    l->cur.number = l->number;
    return GRAM_OK;
}

static gram_status open_string(Loader *l)
{
    if (l->string != NULL) return GRAM_OK;
    l->string = gr_arena_take(l->env, l->arena, sizeof *l->string);
    if (l->string == NULL) return GRAM_E_MEMORY;
    *l->string = gr_no_string;
    l->cur.string = l->string;
    return GRAM_OK;
}

static const GrJsonNode *at(const Loader *l, uint32_t node)
{
    return gr_load_node(l, l->cur.doc, node);
}

/* In the order of GrJsonType. */
const char *gr_load_type_name(uint32_t type)
{
    static const char *const names[] = {"null",     "a boolean", "a boolean",
                                        "a number", "a string",  "an array",
                                        "an object"};
    return names[type];
}

/* GR_JSON_TRUE stands for both booleans. */
gram_status gr_load_expect(Loader *l, uint32_t node, GrJsonType type)
{
    GrJsonType have = (GrJsonType)at(l, node)->type;
    if (have == type || (type == GR_JSON_TRUE && have == GR_JSON_FALSE))
        return GRAM_OK;
    return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                         "this keyword takes %s, not %s",
                         gr_load_type_name(type), gr_load_type_name(have));
}

/* --- type ----------------------------------------------------------------- */

/* Beside the bits of GR_TYPE_*: not a type of values, but numbers with
 * a condition. */
enum { INTEGER = 64 }; /* while `type` is being read */

/* 0: no type of JSON Schema. */
static uint32_t type_bit(const GrJsonNode *n)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } types[] = {
        {"string", GR_TYPE_STRING}, {"object", GR_TYPE_OBJECT},
        {"array", GR_TYPE_ARRAY},   {"number", GR_TYPE_NUMBER},
        {"integer", INTEGER},       {"boolean", GR_TYPE_BOOLEAN},
        {"null", GR_TYPE_NULL},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == n->n &&
            memcmp(types[i].name, n->text, n->n) == 0)
            return types[i].bit;
    return 0;
}

/* In a list a name may repeat; drafts forbid that, but it says nothing else. */
static gram_status add_type(Loader *l, uint32_t node, uint32_t *bits)
{
    const GrJsonNode *n = at(l, node);
    if (n->type != GR_JSON_STRING)
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "a type is a name or a list of names, not %s",
                             gr_load_type_name(n->type));
    uint32_t bit = type_bit(n);
    if (bit == 0)
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "unknown type \"%.*s\"",
                             (int)(n->n < 60 ? n->n : 60), n->text);
    *bits |= bit;
    return GRAM_OK;
}

/* "integer" beside "number" adds nothing.  `nullable` (OpenAPI 3.0) widens a
 * `type`, and means nothing without one.  In draft 4 a number is an integer by
 * its spelling: 1.0 is none (core specification, section 3.5). */
static gram_status set_type(Loader *l, uint32_t node)
{
    const GrJsonNode *n = at(l, node);
    uint32_t bits = 0;
    if (n->type == GR_JSON_ARRAY) {
        if (n->n == 0)
            return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                                 "a list of types must not be empty");
        for (uint32_t i = node + 1; i < n->next; i++)
            GR_TRY(add_type(l, i, &bits));
    } else {
        GR_TRY(add_type(l, node, &bits));
    }
    uint32_t nullable = l->value[K_NULLABLE];
    if (l->opt.nullable && nullable != GR_NO_NODE &&
        at(l, nullable)->type == GR_JSON_TRUE)
        bits |= GR_TYPE_NULL;
    if ((bits & INTEGER) && !(bits & GR_TYPE_NUMBER)) {
        bits |= GR_TYPE_NUMBER;
        l->cur.integer = true;
        l->cur.integer_lexical = l->cur.draft == GRAM_DRAFT_4;
    }
    l->cur.types = (uint8_t)(bits & GR_TYPE_ALL);
    return GRAM_OK;
}

/* --- numbers -------------------------------------------------------------- */

/* Exact: the digits are kept, so 0.1 is a tenth. */
static gram_status read_number(Loader *l, uint32_t node, GrDecimal *out)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_NUMBER));
    const GrJsonNode *n = at(l, node);
    gram_status s = gr_decimal_read(l->env, l->arena, n->text, n->n, out);
    if (s == GRAM_OK || s == GRAM_E_MEMORY) return s;
    return gr_place_fail(l, l->cur.doc, node, s,
                         "the exponent of this number is too large");
}

/* Values to compare with: what cannot be compared is an error here, with its
 * place, not where a text first comes to it.  Spellings of up to 9 characters
 * have no such exponent. */
static gram_status check_numbers(Loader *l, uint32_t node)
{
    uint32_t end = at(l, node)->next;
    GrDecimal unused;
    for (uint32_t i = node; i < end; i++)
        if (at(l, i)->type == GR_JSON_NUMBER && at(l, i)->n > 9)
            GR_TRY(read_number(l, i, &unused));
    return GRAM_OK;
}

/* Keep the tighter of two bounds; sign is 1 for lower bounds, -1 for upper
 * ones.  At equal values the open end is the tighter one. */
static void tighten(GrBound *b, const GrDecimal *value, bool open, int sign)
{
    int c = b->has ? sign * gr_decimal_compare(value, &b->value) : 1;
    if (c > 0) *b = (GrBound){*value, true, open};
    if (c == 0) b->open |= open;
}

/* Without $schema both spellings are taken: their values tell them apart. */
static bool booleans_allowed(const Loader *l)
{
    return l->cur.draft == GRAM_DRAFT_4 || l->cur.draft == GRAM_DRAFT_AUTO;
}

/* `minimum` or `maximum`; `exclusive` is its companion's keyword.  In draft 4
 * that is the boolean which opens the bound. */
static gram_status set_bound(Loader *l, uint32_t node, Keyword exclusive,
                             int sign)
{
    GrDecimal d;
    GR_TRY(read_number(l, node, &d));
    GR_TRY(open_number(l));
    uint32_t e = l->value[exclusive];
    bool open = e != GR_NO_NODE && at(l, e)->type == GR_JSON_TRUE;
    tighten(sign > 0 ? &l->number->lower : &l->number->upper, &d, open, sign);
    return GRAM_OK;
}

/* A boolean beside no bound says nothing. */
static gram_status set_exclusive(Loader *l, uint32_t node, int sign)
{
    GrDecimal d;
    GrJsonType type = (GrJsonType)at(l, node)->type;
    bool boolean = type == GR_JSON_TRUE || type == GR_JSON_FALSE;
    if (boolean && booleans_allowed(l)) return GRAM_OK; /* see set_bound */
    if (l->cur.draft == GRAM_DRAFT_4)
        return gr_load_expect(l, node, GR_JSON_TRUE);
    GR_TRY(read_number(l, node, &d));
    GR_TRY(open_number(l));
    tighten(sign > 0 ? &l->number->lower : &l->number->upper, &d, true, sign);
    return GRAM_OK;
}

/* 0 has no multiples but itself, and drafts agree to forbid it. */
static gram_status set_multiple_of(Loader *l, uint32_t node)
{
    GrDecimal d;
    GR_TRY(read_number(l, node, &d));
    if (d.negative || d.n == 0)
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "multipleOf must be greater than 0");
    GR_TRY(open_number(l));
    l->number->has_multiple_of = true;
    l->number->multiple_of = d;
    return GRAM_OK;
}

/* --- counts --------------------------------------------------------------- */

/* Nearly all counts: no decimal has to be made of up to nine plain digits. */
static bool short_count(const GrJsonNode *n, uint32_t *out)
{
    uint32_t v = 0;
    if (n->type != GR_JSON_NUMBER || n->n > 9) return false;
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->text[i] < '0' || n->text[i] > '9') return false;
        v = v * 10 + (uint32_t)(n->text[i] - '0');
    }
    *out = v;
    return true;
}

/* 2.0 and 1e2 are integers.  What does not fit becomes UINT32_MAX: as a maximum
 * that is none, as a minimum it is out of reach. */
gram_status gr_load_count(Loader *l, uint32_t node, uint32_t *out)
{
    GrDecimal d;
    int64_t v;
    if (short_count(at(l, node), out)) return GRAM_OK;
    GR_TRY(read_number(l, node, &d));
    if (d.negative || !gr_decimal_is_integer(&d))
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "this keyword takes an integer not below 0");
    bool fits = gr_decimal_to_int64(&d, &v) && v < (int64_t)UINT32_MAX;
    *out = fits ? (uint32_t)v : UINT32_MAX;
    return GRAM_OK;
}

/* --- strings -------------------------------------------------------------- */

enum { SEED_PATTERN = 1, SEED_FORMAT = 2 };

/* Of two texts with one hash the later one is remembered, and the other is
 * parsed again: expressions are interned, so that changes nothing. */
static KnownPattern *known(Loader *l, const GrJsonNode *n, uint64_t seed)
{
    uint32_t *i = gr_map_find(&l->pattern_map, gr_hash(n->text, n->n, seed));
    if (i == NULL) return NULL;
    KnownPattern *p = &l->patterns.at[*i];
    bool same = p->text.len == n->n &&
                (n->n == 0 || memcmp(p->text.at, n->text, n->n) == 0);
    return same ? p : NULL;
}

/* The text is that of a node, which lives as long as the loader. */
static gram_status remember(Loader *l, const GrJsonNode *n, uint64_t seed,
                            ReId re, bool annex_b)
{
    KnownPattern p = {{n->text, n->n}, re, annex_b};
    GR_TRY(gr_vec_push(l->env, &l->patterns, p));
    return gr_map_put(l->env, &l->pattern_map, gr_hash(n->text, n->n, seed),
                      l->patterns.n - 1);
}

/* Also of keys in patternProperties.  A schema that repeats a pattern a
 * thousand times parses it once; whether Annex B was needed to read it is part
 * of what is known. */
gram_status gr_load_pattern(Loader *l, uint32_t node, ReId *out)
{
    const GrJsonNode *n = at(l, node);
    GR_TRY(gr_load_expect(l, node, GR_JSON_STRING));
    const KnownPattern *p = known(l, n, SEED_PATTERN);
    if (p != NULL) {
        *out = p->re;
        l->cur.annex_b |= p->annex_b;
        return GRAM_OK;
    }
    bool annex_b = false;
    uint32_t strict = l->opt.regex_flags & GRAM_REGEX_STRICT;
    gram_status s = gr_re_parse(l->re, n->text, n->n, strict ? GR_RE_STRICT : 0,
                                out, &annex_b);
    if (s != GRAM_OK) return gr_place_move(l, l->cur.doc, node, s);
    l->cur.annex_b |= annex_b;
    return remember(l, n, SEED_PATTERN, *out, annex_b);
}

/* An expression matches anywhere in a string (core specification, section 6.4):
 * what is kept is the language of such strings. */
static gram_status set_pattern(Loader *l, uint32_t node)
{
    GR_TRY(open_string(l));
    l->string->has_pattern = true;
    return gr_load_pattern(l, node, &l->string->pattern);
}

/* --- formats -------------------------------------------------------------- */

/* OpenAPI's formats of integers (the registry of the OpenAPI Initiative);
 * its other number formats say nothing about the value. */
static const struct {
    const char *name, *least, *most;
} INTEGERS[] = {
    {"int8", "-128", "127"},
    {"int16", "-32768", "32767"},
    {"int32", "-2147483648", "2147483647"},
    {"int64", "-9223372036854775808", "9223372036854775807"},
    {"uint8", "0", "255"},
    {"uint16", "0", "65535"},
    {"uint32", "0", "4294967295"},
    {"uint64", "0", "18446744073709551615"},
};
enum { N_INTEGERS = sizeof INTEGERS / sizeof *INTEGERS };

/* N_INTEGERS where it is none of them. */
static uint32_t integer_format(const char *name, uint32_t len)
{
    uint32_t i = 0;
    while (i < N_INTEGERS && (strlen(INTEGERS[i].name) != len ||
                              memcmp(INTEGERS[i].name, name, len) != 0))
        i++;
    return i;
}

/* For loading and for the report alike, so that the two cannot differ. */
FormatUse gr_load_format_use(const char *name, uint32_t len, uint32_t policy,
                             uint32_t vocabularies)
{
    bool asserts = policy != GRAM_FORMATS_ANNOTATE ||
                   (vocabularies & VOCABULARY_ASSERTS_FORMAT);
    bool open_api = policy == GRAM_FORMATS_OPENAPI;
    switch (gr_format_kind(name, len)) {
    case GR_FORMAT_JSON_SCHEMA:
        return asserts ? FORMAT_STRING : FORMAT_ANNOTATES;
    case GR_FORMAT_OPENAPI: return open_api ? FORMAT_STRING : FORMAT_ANNOTATES;
    case GR_FORMAT_NUMBER:
        return open_api && integer_format(name, len) < N_INTEGERS
                   ? FORMAT_NUMBER
                   : FORMAT_ANNOTATES;
    case GR_FORMAT_UNKNOWN: break;
    }
    return FORMAT_UNKNOWN;
}

/* The bounds of the format and those that the schema gives are both kept, as
 * the tighter of each.  A format of a type says nothing about values of others,
 * so `type` stays what it is. */
static gram_status set_number_format(Loader *l, uint32_t i)
{
    GrDecimal least, most;
    GR_TRY(open_number(l));
    GR_TRY(gr_decimal_read(l->env, l->arena, INTEGERS[i].least,
                           strlen(INTEGERS[i].least), &least));
    GR_TRY(gr_decimal_read(l->env, l->arena, INTEGERS[i].most,
                           strlen(INTEGERS[i].most), &most));
    tighten(&l->number->lower, &least, false, 1);
    tighten(&l->number->upper, &most, false, -1);
    l->cur.integer = true;
    return GRAM_OK;
}

/* A format that is asserted and cannot be is an error, never ignored. */
static gram_status set_string_format(Loader *l, uint32_t node)
{
    const GrJsonNode *n = at(l, node);
    const KnownPattern *p = known(l, n, SEED_FORMAT);
    GR_TRY(open_string(l));
    l->string->has_format = true;
    if (p != NULL) {
        l->string->format = p->re;
        return GRAM_OK;
    }
    gram_status s = gr_re_format(l->re, n->text, n->n, &l->string->format);
    if (s == GRAM_E_MEMORY) return s;
    if (s != GRAM_OK)
        return gr_place_fail(l, l->cur.doc, node, s,
                             "this format cannot be enforced");
    return remember(l, n, SEED_FORMAT, l->string->format, false);
}

/* What a format is used for depends on options and vocabularies; here that is
 * acted upon. */
static gram_status set_format(Loader *l, uint32_t node)
{
    const GrJsonNode *n = at(l, node);
    GR_TRY(gr_load_expect(l, node, GR_JSON_STRING));
    switch (gr_load_format_use(n->text, n->n, l->opt.formats,
                               l->cur.vocabularies)) {
    case FORMAT_STRING: return set_string_format(l, node);
    case FORMAT_NUMBER:
        return set_number_format(l, integer_format(n->text, n->n));
    case FORMAT_UNKNOWN:
        if (l->opt.unknown_format == GRAM_UNKNOWN_ERROR)
            return gr_place_fail(l, l->cur.doc, node, GRAM_E_UNSUPPORTED,
                                 "unknown format \"%.*s\"",
                                 (int)(n->n < 60 ? n->n : 60), n->text);
        break;
    case FORMAT_ANNOTATES: break;
    }
    return GRAM_OK;
}

/* --- dispatch ------------------------------------------------------------- */

/* In code points, not bytes (validation, section 6.3.1). */
static gram_status set_length(Loader *l, Keyword k, uint32_t node)
{
    GR_TRY(open_string(l));
    return gr_load_count(l, node,
                         k == K_MIN_LENGTH ? &l->string->min_length
                                           : &l->string->max_length);
}

/* `nullable` has been read by set_type; here it is only checked. */
gram_status gr_load_value(Loader *l, Keyword k, uint32_t node)
{
    switch (k) {
    case K_TYPE: return set_type(l, node);
    case K_NULLABLE:
        return l->opt.nullable ? gr_load_expect(l, node, GR_JSON_TRUE)
                               : GRAM_OK;
    case K_ENUM:
        l->cur.enum_at = node;
        GR_TRY(gr_load_expect(l, node, GR_JSON_ARRAY));
        return check_numbers(l, node);
    case K_CONST: l->cur.const_at = node; return check_numbers(l, node);
    case K_MINIMUM: return set_bound(l, node, K_EXCLUSIVE_MINIMUM, 1);
    case K_MAXIMUM: return set_bound(l, node, K_EXCLUSIVE_MAXIMUM, -1);
    case K_EXCLUSIVE_MINIMUM: return set_exclusive(l, node, 1);
    case K_EXCLUSIVE_MAXIMUM: return set_exclusive(l, node, -1);
    case K_MULTIPLE_OF: return set_multiple_of(l, node);
    case K_MIN_LENGTH:
    case K_MAX_LENGTH: return set_length(l, k, node);
    case K_PATTERN: return set_pattern(l, node);
    case K_FORMAT: return set_format(l, node);
    default: return gr_load_part(l, k, node);
    }
}
