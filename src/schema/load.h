/* load: JSON Schema text -> a checked graph of schemas, references resolved.
 *
 * It refuses to know automata, states and tokens.  It knows the five drafts:
 * which keyword each has, what its value may be, where subschemas lie, how
 * $id, $anchor, $ref, $dynamicRef and $recursiveRef name one another, and
 * what $vocabulary switches off.  Behind it there are no drafts any more,
 * no URIs and no dynamic scope: only numbered schemas.
 *
 *     text --src/json--> nodes --identify--> resources   (only where the text
 *                          |                     |        names any)
 *                          +------- load --------+
 *                                    |
 *        GrSchema[]   0 `true`   1 `false`   2 ...
 *
 * A schema is found by the triple (node, dynamic scope, mode).  Each triple
 * gets the next number when it is first asked for, and is read when its turn
 * comes: the array of schemas is its own work list, so there is neither
 * recursion nor a second queue, and what nobody references is never looked
 * at (nor an error).
 *
 *   node    an object or boolean of a document; it lies in exactly one
 *           resource (the innermost one with a $id around it), and that
 *           decides base URI, draft and vocabularies.
 *   scope   an interned list of (dynamic anchor, outermost resource entered
 *           that has it).  A scope only grows along a path and there are
 *           finitely many resources, so the graph is finite; where no
 *           dynamic anchor exists it is always empty.
 *   mode    only under GRAM_ADDITIONAL_CLOSED: see load_closed.c.
 *
 * Sections: what a schema says about strings, numbers, arrays, objects and
 * in combination with other schemas lies in one section each; an absent
 * section is a shared constant that says nothing, so that `s->array->items`
 * is always there to be read.
 *
 * Rejected: one flat struct (300 bytes for {"type":"string"}, most of them
 * never read); rewriting drafts into one another as JSON text (loses
 * positions); resolving references on demand (errors would come late, and
 * the machine would have to know URIs); recording the report while loading
 * (everything in it can be derived again from the nodes when somebody asks).
 *
 * Invariants
 *   - every SchemaId in a section is < n; section pointers are never NULL;
 *   - following in-place edges (refs, all_of, any_of, one_of, not_, if_,
 *     then_, else_, dependent_schemas) never comes back: such cycles are
 *     refused as GRAM_E_SCHEMA;
 *   - the result points into its arena only, never into the caller's text.
 *
 * Cost: linear in the reachable part of the text (times its scopes), about
 * as much again as reading the JSON: some 4 us for 1 KB on a 3 GHz core,
 * patterns included.  Formats cost what src/regex asks to build them, once
 * per format name.
 */
#ifndef GR_SCHEMA_LOAD_H
#define GR_SCHEMA_LOAD_H

#include "base/base.h"
#include "base/report.h"
#include "json/json.h"
#include "regex/regex.h"

typedef struct SchemaId {
    uint32_t v;
} SchemaId;

enum { GR_SCHEMA_TRUE = 0, GR_SCHEMA_FALSE = 1 }; /* SchemaId.v */

enum {
    GR_TYPE_NULL = 1,
    GR_TYPE_BOOLEAN = 2,
    GR_TYPE_NUMBER = 4,
    GR_TYPE_STRING = 8,
    GR_TYPE_ARRAY = 16,
    GR_TYPE_OBJECT = 32,
    GR_TYPE_ALL = 63
};

#define GR_NO_NODE UINT32_MAX
#define GR_NO_MAX  UINT32_MAX /* a maximum that is absent (or beyond 2^32) */

/* A decoded property name.  Equal texts have equal ids, dense in a load. */
typedef struct GrName {
    const char *text;
    uint32_t len;
    uint32_t id;
} GrName;

/* One end of the numbers allowed: `minimum` and `exclusiveMinimum` (and the
 * bounds of a number format) together, the tighter of them. */
typedef struct GrBound {
    GrDecimal value;
    bool has;
    bool open; /* the value itself is excluded */
} GrBound;

typedef struct GrNumberPart {
    GrBound lower, upper;
    bool has_multiple_of;
    GrDecimal multiple_of; /* > 0 */
} GrNumberPart;

typedef struct GrStringPart {
    uint32_t min_length, max_length; /* code points; 0, GR_NO_MAX */
    bool has_pattern, has_format;    /* has_format: asserted */
    ReId pattern, format;
} GrStringPart;

typedef struct GrArrayPart {
    const SchemaId *prefix; /* prefixItems, or `items` as an array */
    uint32_t n_prefix;
    SchemaId items; /* of all others; true where absent */
    SchemaId contains;
    uint32_t min_contains, max_contains; /* 1, GR_NO_MAX; only if has */
    uint32_t min_items, max_items;       /* 0, GR_NO_MAX */
    SchemaId unevaluated;
    bool has_items, has_contains, has_unevaluated;
    bool unique;
    bool contains_evaluates; /* items that match `contains` are evaluated:
                                from 2020-12 on */
} GrArrayPart;

typedef struct GrProperty {
    GrName name;
    SchemaId schema;
    uint32_t node; /* of the subschema */
} GrProperty;

typedef struct GrPattern {
    ReId re;
    SchemaId schema;
    uint32_t node;
} GrPattern;

typedef struct GrDependentRequired {
    GrName name;
    const GrName *required;
    uint32_t n;
} GrDependentRequired;

typedef struct GrObjectPart {
    const GrProperty *properties; /* in source order */
    const GrPattern *patterns;    /* in source order */
    const GrName *required;       /* each name once */
    const GrDependentRequired *dependent_required;
    const GrProperty *dependent_schemas; /* `dependencies` is split in two */
    uint32_t n_properties, n_patterns, n_required;
    uint32_t n_dependent_required, n_dependent_schemas;
    SchemaId additional; /* true where absent */
    SchemaId property_names;
    SchemaId unevaluated;
    uint32_t min_properties, max_properties; /* 0, GR_NO_MAX */
    bool has_properties;                     /* the keyword is there */
    bool has_additional, has_property_names, has_unevaluated;
    bool closed; /* `additional` or `unevaluated` was set to false by
                      GRAM_ADDITIONAL_CLOSED: a restriction */
} GrObjectPart;

typedef struct GrSchemaList {
    const SchemaId *at;
    uint32_t n; /* 0: the keyword is absent */
} GrSchemaList;

typedef struct GrLogicPart {
    GrSchemaList refs; /* $ref, $dynamicRef, $recursiveRef: all hold */
    GrSchemaList all_of, any_of, one_of;
    SchemaId not_, if_, then_, else_; /* true where absent */
    bool has_not;
    bool has_if; /* also alone: its annotations count for
                            unevaluated*; then_/else_ only beside it */
} GrLogicPart;

/* What absent sections say. */
extern const GrNumberPart gr_no_number;
extern const GrStringPart gr_no_string;
extern const GrArrayPart gr_no_array;
extern const GrObjectPart gr_no_object;
extern const GrLogicPart gr_no_logic;

typedef struct GrSchema {
    uint8_t types;        /* GR_TYPE_*; GR_TYPE_ALL without `type` */
    bool integer;         /* a number must be an integer */
    bool integer_lexical; /* ... spelled without point and exponent
                             (draft 4); only where `integer` */
    bool annex_b;         /* some pattern here is not valid under `u` */
    uint8_t draft;        /* gram_draft; AUTO: no $schema */
    uint32_t doc, node;   /* where it stands; GR_NO_NODE for 0, 1 and
                            schemas made by a policy */
    uint32_t enum_at;     /* node of the `enum` array in `doc`, or
                            GR_NO_NODE; its items: enum_at + 1, .next ... */
    uint32_t const_at;    /* node of the `const` value, or GR_NO_NODE */
    uint32_t resource, scope, mode; /* private to the loader, as the next */
    uint32_t vocabularies;
    bool unknown_dialect; /* its $schema is no metaschema that is known */
    const GrNumberPart *number;
    const GrStringPart *string;
    const GrArrayPart *array;
    const GrObjectPart *object;
    const GrLogicPart *logic;
} GrSchema;

typedef struct GrLoadedDoc {
    GrJson json;
    const char *uri; /* zero-terminated; "" for the schema itself */
    const char *text;
    size_t len;
} GrLoadedDoc;

typedef struct GrLoaded {
    const GrSchema *schema; /* [n]; 0 is `true`, 1 is `false` */
    uint32_t n;
    SchemaId root;
    const GrLoadedDoc *doc; /* [n_docs]; 0 is the text that was given */
    uint32_t n_docs;
    const GrName *name; /* [n_names] by id */
    uint32_t n_names;
    uint32_t formats;         /* policies, for the report */
    bool nullable, key_order; /* options */
} GrLoaded;

/* Read, check and resolve a schema.
 *
 *   arena    holds the result; freeing it frees everything.
 *   re       pool that patterns and formats are made in; its env must be
 *            `env` (errors of patterns are moved into the schema's text).
 *   opt      policies; NULL for the defaults.
 *   out      [out] lives in the arena; the texts are copied.
 *   returns  GRAM_OK; E_SYNTAX (not JSON, duplicate keys), E_SCHEMA,
 *            E_UNSUPPORTED, E_REFERENCE; E_MEMORY, E_LIMIT.  The error has
 *            the JSON pointer of the keyword at fault, and its byte offset
 *            where it lies in `text` (in another document the pointer is
 *            preceded by that document's URI and '#').
 *
 * max_string, max_items and max_depth of the options are no matter of single
 * schemas (under `not` they would widen the language): the machine applies
 * them to values. */
gram_status gr_load_schema(GrEnv *env, GrArena *arena, GrRe *re,
                           const char *text, size_t len,
                           const gram_options *opt, GrLoaded **out);
/* The same as if the marked nodes of the text were not there: bits by node;
 * the key of a keyword, which is then ignored, or a schema, then `true`. */
gram_status gr_load_schema_without(GrEnv *env, GrArena *arena, GrRe *re,
                                   const char *text, size_t len,
                                   const gram_options *opt,
                                   const uint32_t *without, GrLoaded **out);

static inline const GrSchema *gr_schema_get(const GrLoaded *l, SchemaId id)
{
    return &l->schema[id.v];
}

/* Write the JSON pointer of a schema, or of its keyword where `keyword` is
 * not NULL, as a zero-terminated text of at most cap - 1 bytes; a longer one
 * ends in "...".  Schemas without a place give "". */
void gr_schema_pointer(const GrLoaded *l, SchemaId id, const char *keyword,
                       char *buf, size_t cap);

/* gr_fail at (a keyword of) a schema: position and pointer filled in.
 * `keyword` may be NULL. */
gram_status gr_schema_fail(GrEnv *env, const GrLoaded *l, SchemaId id,
                           const char *keyword, gram_status code,
                           const char *fmt, ...) GR_PRINTF(6, 7);

/* gr_fail at a node of the schema's own text (a key stands for its value). */
gram_status gr_node_fail(GrEnv *env, const GrLoaded *l, uint32_t node,
                         gram_status code, const char *fmt, ...)
    GR_PRINTF(5, 6);

/* Add an entry for every keyword of every schema reached: enforced, an
 * annotation, a restriction by policy, or a warning.  Derived from the
 * loaded schemas, so it may be asked for at any later time. */
gram_status gr_load_report(GrEnv *env, const GrLoaded *l, GrReport *report);

/* Append a readable listing of all schemas. */
gram_status gr_load_print(GrEnv *env, const GrLoaded *l, GrText *out);

/* The keywords known, from keywords.def. */
typedef struct GrKeyword {
    const char *text;
    uint32_t len;
    uint32_t drafts;  /* bit 1 << gram_draft; bit 0: without $schema */
    const char *what; /* "assertion", "applicator", "identifier",
                            "annotation" */
} GrKeyword;

/* The i-th keyword, or NULL past the end. */
const GrKeyword *gr_keyword_get(uint32_t i);

#endif
