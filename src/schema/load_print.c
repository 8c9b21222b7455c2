/* A readable listing of loaded schemas.
 *
 *     #2 /properties/a  string, array
 *         length 1..8  pattern r3
 *         items #4  contains #5 (1..)
 *
 * One head line per schema, then one line per section that says anything.
 * `true` and `false` stand for #0 and #1, rN for expression N of the pool.
 *
 * It shows what the machine gets to see, when drafts and references are gone:
 * of several spellings of one thing ("minimum" with a boolean beside it, or
 * "exclusiveMinimum") one is left.  Numbers are those of the load, so that two
 * listings of one text are equal byte by byte.
 *
 * Errors are kept in the printer instead of being forwarded at each call: after
 * the first one nothing is appended, and the status is read at the end. */
#include "schema/load_in.h"

#include <stdio.h>

typedef struct Printer {
    GrEnv *env;
    const GrLoaded *l;
    GrText *out;
    gram_status status; /* the first error; nothing is written after it */
} Printer;

/* Appends, or notes the first error. */
static void bytes(Printer *p, const char *s, size_t n)
{
    if (p->status != GRAM_OK) return;
    p->status = gr_vec_reserve(p->env, p->out, n);
    if (p->status != GRAM_OK) return;
    if (n) memcpy(p->out->at + p->out->n, s, n);
    p->out->n += (uint32_t)n;
}

/* For what is short by itself: numbers and fixed words.  Names and digits have
 * no bound and go through `bytes`. */
static void say(Printer *p, const char *fmt, ...) GR_PRINTF(2, 3);
static void say(Printer *p, const char *fmt, ...)
{
    char buf[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(buf, sizeof buf, fmt, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n;
    bytes(p, buf, len < sizeof buf ? len : sizeof buf - 1);
}

/* `label` says what the schema is for. */
static void schema_id(Printer *p, const char *label, SchemaId id)
{
    if (id.v <= GR_SCHEMA_FALSE)
        say(p, " %s %s", label, id.v == GR_SCHEMA_TRUE ? "true" : "false");
    else
        say(p, " %s #%u", label, id.v);
}

/* As a JSON string, so that any key is one line. */
static void name(Printer *p, const GrName *n)
{
    if (p->status == GRAM_OK)
        p->status = gr_json_write_string(p->env, p->out, n->text, n->len);
}

static void names(Printer *p, const GrName *n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        say(p, i ? ", " : " ");
        name(p, &n[i]);
    }
}

/* GR_NO_MAX is shown as an open end. */
static void range(Printer *p, const char *label, uint32_t lo, uint32_t hi)
{
    if (hi == GR_NO_MAX)
        say(p, " %s %u..", label, lo);
    else
        say(p, " %s %u..%u", label, lo, hi);
}

/* As 0.DIGITS e EXP, which is how it is kept. */
static void decimal(Printer *p, const GrDecimal *d)
{
    if (d->n == 0) {
        say(p, "0");
        return;
    }
    say(p, "%s0.", d->negative ? "-" : "");
    bytes(p, d->digits, d->n);
    if (d->exp != 0) say(p, "e%lld", (long long)d->exp);
}

/* What is said of no type in particular comes here as well. */
static void types(Printer *p, const GrSchema *s)
{
    static const char *const text[] = {"null",   "boolean", "number",
                                       "string", "array",   "object"};
    const char *gap = "  ";
    if (s->types != GR_TYPE_ALL)
        for (int i = 0; i < 6; i++) {
            if (!(s->types >> i & 1)) continue;
            say(p, "%s%s", gap, text[i]);
            gap = ", ";
        }
    if (s->integer)
        say(p, "  (numbers: %s)",
            s->integer_lexical ? "spelled as integers" : "integers");
    if (s->enum_at != GR_NO_NODE)
        say(p, "  enum of %u", p->l->doc[s->doc].json.node[s->enum_at].n);
    if (s->const_at != GR_NO_NODE) say(p, "  const");
}

/* The shared section of "nothing" is told by its address: each part
 * begins so. */
static void number_part(Printer *p, const GrNumberPart *n)
{
    if (n == &gr_no_number) return;
    say(p, "\n   ");
    if (n->lower.has) {
        say(p, n->lower.open ? " > " : " >= ");
        decimal(p, &n->lower.value);
    }
    if (n->upper.has) {
        say(p, n->upper.open ? " < " : " <= ");
        decimal(p, &n->upper.value);
    }
    if (n->has_multiple_of) {
        say(p, " multiple of ");
        decimal(p, &n->multiple_of);
    }
}

/* Patterns are shown by the number of their expression, not by text. */
static void string_part(Printer *p, const GrStringPart *s)
{
    if (s == &gr_no_string) return;
    say(p, "\n   ");
    range(p, "length", s->min_length, s->max_length);
    if (s->has_pattern) say(p, " pattern r%u", s->pattern.v);
    if (s->has_format) say(p, " format r%u", s->format.v);
}

/* `items` is the range of lengths; `each` the schema of items behind
 * the prefix. */
static void array_part(Printer *p, const GrArrayPart *a)
{
    if (a == &gr_no_array) return;
    say(p, "\n   ");
    range(p, "items", a->min_items, a->max_items);
    for (uint32_t i = 0; i < a->n_prefix; i++)
        schema_id(p, i ? "," : "prefix", a->prefix[i]);
    if (a->has_items) schema_id(p, "each", a->items);
    if (a->has_contains) {
        schema_id(p, "contains", a->contains);
        range(p, "times", a->min_contains, a->max_contains);
    }
    if (a->unique) say(p, " unique");
    if (a->has_unevaluated) schema_id(p, "unevaluated", a->unevaluated);
}

/* One line each: there may be thousands. */
static void members(Printer *p, const GrObjectPart *o)
{
    for (uint32_t i = 0; i < o->n_properties; i++) {
        say(p, "\n    ");
        name(p, &o->properties[i].name);
        schema_id(p, ":", o->properties[i].schema);
    }
    for (uint32_t i = 0; i < o->n_patterns; i++) {
        say(p, "\n    /r%u/", o->patterns[i].re.v);
        schema_id(p, ":", o->patterns[i].schema);
    }
    for (uint32_t i = 0; i < o->n_dependent_required; i++) {
        say(p, "\n    if ");
        name(p, &o->dependent_required[i].name);
        say(p, " required");
        names(p, o->dependent_required[i].required, o->dependent_required[i].n);
    }
    for (uint32_t i = 0; i < o->n_dependent_schemas; i++) {
        say(p, "\n    if ");
        name(p, &o->dependent_schemas[i].name);
        schema_id(p, "then", o->dependent_schemas[i].schema);
    }
}

/* `closed` tells that `additional` or `unevaluated` is the policy's, not
 * the text's. */
static void object_part(Printer *p, const GrObjectPart *o)
{
    if (o == &gr_no_object) return;
    say(p, "\n   ");
    range(p, "properties", o->min_properties, o->max_properties);
    if (o->has_additional) schema_id(p, "additional", o->additional);
    if (o->has_property_names) schema_id(p, "names", o->property_names);
    if (o->has_unevaluated) schema_id(p, "unevaluated", o->unevaluated);
    if (o->closed) say(p, " (closed by policy)");
    if (o->n_required) say(p, " required");
    names(p, o->required, o->n_required);
    members(p, o);
}

/* An absent list says nothing. */
static void list(Printer *p, const char *label, GrSchemaList l)
{
    if (l.n > 0) say(p, "\n    %s", label);
    for (uint32_t i = 0; i < l.n; i++) schema_id(p, "", l.at[i]);
}

/* References come first: they are resolved, and shown like branches. */
static void logic_part(Printer *p, const GrLogicPart *g)
{
    list(p, "ref", g->refs);
    list(p, "all of", g->all_of);
    list(p, "any of", g->any_of);
    list(p, "one of", g->one_of);
    if (g->has_not) {
        say(p, "\n   ");
        schema_id(p, "not", g->not_);
    }
    if (g->has_if) {
        say(p, "\n   ");
        schema_id(p, "if", g->if_);
        schema_id(p, "then", g->then_);
        schema_id(p, "else", g->else_);
    }
}

/* Schemas that a policy made have no pointer, and are shown like the root. */
gram_status gr_load_print(GrEnv *env, const GrLoaded *l, GrText *out)
{
    Printer p = {env, l, out, GRAM_OK};
    schema_id(&p, "root", l->root);
    say(&p, "\n");
    for (uint32_t i = GR_SCHEMA_FALSE + 1; i < l->n; i++) {
        char pointer[256];
        const GrSchema *s = &l->schema[i];
        gr_schema_pointer(l, (SchemaId){i}, NULL, pointer, sizeof pointer);
        say(&p, "#%u %s", i, pointer[0] ? pointer : "(root)");
        types(&p, s);
        number_part(&p, s->number);
        string_part(&p, s->string);
        array_part(&p, s->array);
        object_part(&p, s->object);
        logic_part(&p, s->logic);
        say(&p, "\n");
    }
    return p.status;
}
