/* load_in: what the files of the loader share, and nobody else includes.
 *
 *   load.c          the work list, the checks at the end
 *   load_keyword.c  keyword texts -> numbers
 *   load_value.c    keywords of single values: type, enum, numbers, strings
 *   load_part.c     keywords with subschemas and names: arrays, objects, logic
 *   load_closed.c   the policy that closes objects
 *   load_place.c    pointers and errors
 *   load_print.c    a listing
 *   load_report.c   what became of each keyword, derived again on demand
 *   load_docs.c     documents: opened, found by URI
 *   load_dialect.c  $schema -> draft and vocabularies
 *   load_ids.c      resources and anchors of documents
 *   refs.c          references and dynamic scopes
 *   uri.c           RFC 3986
 *   metaschemas.c   texts of the standard metaschemas (generated) */
#ifndef GR_SCHEMA_LOAD_IN_H
#define GR_SCHEMA_LOAD_IN_H

#include "schema/load.h"

/* --- keywords (load_keyword.c) -------------------------------------------- */

enum {
    DA = 1 << GRAM_DRAFT_AUTO,
    D4 = 1 << GRAM_DRAFT_4,
    D6 = 1 << GRAM_DRAFT_6,
    D7 = 1 << GRAM_DRAFT_7,
    D19 = 1 << GRAM_DRAFT_2019_09,
    D20 = 1 << GRAM_DRAFT_2020_12,
    SINCE_19 = DA | D19 | D20,
    SINCE_7 = SINCE_19 | D7,
    SINCE_6 = SINCE_7 | D6,
    ALL = SINCE_6 | D4
};

enum { /* bits of the vocabularies that are on */
       VOCABULARY_CORE = 1,
       VOCABULARY_APPLICATOR = 2,
       VOCABULARY_UNEVALUATED = 4,
       VOCABULARY_VALIDATION = 8,
       VOCABULARY_METADATA = 16,
       VOCABULARY_FORMAT = 32,
       VOCABULARY_CONTENT = 64,
       VOCABULARY_STANDARD = 127,
       VOCABULARY_ASSERTS_FORMAT = 128 /* whatever the options say */
};

typedef enum Keyword {
/* BEFORE only steps back, so that the next name gets the number of FIRST */
#define GR_KEYWORD_LENGTH(n) K_FIRST_##n, K_BEFORE_##n = K_FIRST_##n - 1,

#define GR_KEYWORD(name, text, drafts, vocabulary, what, sub) K_##name,
#include "schema/keywords.def"
#undef GR_KEYWORD
#undef GR_KEYWORD_LENGTH
    K_N,
    K_NONE = K_N
} Keyword;

typedef enum SubKind {
    SUB_NONE,
    SUB_ONE,
    SUB_LIST,
    SUB_MAP,
    SUB_EITHER,
    SUB_MIXED
} SubKind;

Keyword gr_keyword_find(const char *text, uint32_t len);
/* Is it a keyword where this draft and these vocabularies hold? */
bool gr_keyword_is_on(Keyword k, uint32_t draft, uint32_t vocabularies);
SubKind gr_keyword_sub(Keyword k);

/* --- text ----------------------------------------------------------------- */

typedef struct Str {
    const char *at;
    uint32_t len;
} Str;

static inline bool gr_str_is(Str a, const char *text)
{
    return strlen(text) == a.len && memcmp(a.at, text, a.len) == 0;
}

/* Byte by byte, an empty one being equal to an absent one. */
static inline bool gr_str_same(Str a, Str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The text of a string or a key, as long as its document lives. */
static inline Str gr_str_of(const GrJsonNode *n)
{
    return (Str){n->text, n->n};
}

/* --- URIs (uri.c) --------------------------------------------------------- */

/* Everything before '#' in *uri, everything behind it in *fragment (at NULL:
 * there is no '#'). */
void gr_uri_split(Str text, Str *uri, Str *fragment);
/* RFC 3986 section 5.2: `ref` seen from `base`; neither has a fragment.
 * Scheme and host come out in lower case. */
gram_status gr_uri_resolve(GrEnv *env, GrArena *arena, Str base, Str ref,
                           Str *out);
/* %XX -> bytes; false where a % is not followed by two hex digits. */
bool gr_uri_unescape(Str in, char *out, uint32_t *out_len);

/* --- the loader ----------------------------------------------------------- */

/* A part of a document with its own base URI: nodes node .. end-1, without
 * the resources inside. */
typedef struct Resource {
    uint32_t doc, node, end;
    uint32_t parent; /* the resource around it, or GR_NO_NODE */
    Str uri;         /* absolute where known, no fragment */
    uint32_t draft, vocabularies;
    uint32_t first_dynamic; /* anchor, linked by next_dynamic */
    bool known_schema;      /* its $schema is one that is known, or absent */
} Resource;

/* A name of a resource: its $id, and where its document was found. */
typedef struct UriEntry {
    Str uri;
    uint32_t resource;
    uint32_t next; /* entry with the same hash, or GR_NO_NODE */
} UriEntry;

/* A document that could be opened: supplied by the caller, or bundled. */
typedef struct Source {
    Str uri;                       /* normalised, no fragment */
    uint32_t doc;                  /* GR_NO_NODE: not opened */
    const gram_document *supplied; /* NULL: metaschema number `bundled` */
    uint32_t bundled;
} Source;

typedef struct Anchor {
    uint32_t resource, node;
    Str name; /* $recursiveAnchor: the empty name */
    bool dynamic;
    uint32_t name_id; /* if dynamic: in Loader.dynamic_names */
    uint32_t next;    /* anchor with the same hash */
    uint32_t next_dynamic;
} Anchor;

typedef struct Doc {
    GrLoadedDoc d;
    uint32_t first_node; /* number of its node 0 among all documents */
    uint32_t first_resource, n_resources; /* 0: not identified yet */
    uint32_t *id_of; /* node -> SchemaId with empty scope, 0: none */
} Doc;

typedef struct Names {
    GrMap map;
    GrVec(GrName) at;
} Names;

typedef struct Edge {
    uint32_t to;   /* schema */
    uint32_t node; /* the value that makes the edge */
} Edge;

typedef struct KnownPattern {
    Str text;
    ReId re;
    bool annex_b;
} KnownPattern;

enum { MODE_OPEN, MODE_PLACE, MODE_VALUE, MODES }; /* see load_closed.c */

typedef struct Loader {
    GrEnv *env;
    GrArena *arena;
    GrRe *re;
    gram_options opt;
    const uint32_t *without; /* bits: nodes of document 0 to leave out */

    GrVec(GrSchema) schemas;
    GrVec(uint32_t) first_edge; /* [schemas.n] */
    GrVec(Edge) edges;          /* in place, by the schema they leave */
    bool may_cycle;             /* some edge does not go upwards */

    GrVec(Doc) docs;
    GrVec(Resource) resources;
    GrVec(Anchor) anchors;
    GrVec(UriEntry) uris;
    GrVec(Source) sources;     /* filled when first asked for */
    GrMap source_map;          /* hash of the URI, or behind it -> source */
    GrMap uri_map, anchor_map; /* hash -> first of a chain */
    GrMap scoped;              /* (node, scope and mode) -> SchemaId */
    GrMap members, indexed;    /* members of large objects by name */
    GrIntern scopes;
    GrMap entered; /* (scope, resource) -> scope */
    Names dynamic_names;
    uint32_t n_nodes; /* of all documents */

    Names names;
    GrVec(uint32_t) stamp; /* [names.at.n] the last list it was in */
    uint32_t n_lists;
    GrVec(KnownPattern) patterns;
    GrMap pattern_map;
    GrVec(uint32_t) scratch;
    GrText text;

    /* the schema that is being read */
    GrSchema cur;
    uint32_t cur_id;
    Keyword keyword;      /* whose subschemas are being asked for */
    GrNumberPart *number; /* NULL until it says something */
    GrStringPart *string;
    GrArrayPart *array;
    GrObjectPart *object;
    GrLogicPart *logic;
    uint32_t value[K_N]; /* node of each keyword, or GR_NO_NODE */
    bool dependents_done;
} Loader;

static inline const GrJsonNode *gr_load_node(const Loader *l, uint32_t doc,
                                             uint32_t node)
{
    return &l->docs.at[doc].d.json.node[node];
}

/* Ask for the schema at a node (an object or boolean, else GRAM_E_SCHEMA). */
gram_status gr_load_want(Loader *l, uint32_t doc, uint32_t node, uint32_t scope,
                         uint32_t mode, SchemaId *out);
/* The same for a subschema of the current one: under a key or item, or in
 * place (then the edge is recorded). */
gram_status gr_load_child(Loader *l, uint32_t node, SchemaId *out);
gram_status gr_load_in_place(Loader *l, uint32_t node, SchemaId *out);
gram_status gr_load_edge(Loader *l, uint32_t node, SchemaId to);

/* The number of a name (load.c). */
gram_status gr_names_put(GrEnv *env, Names *names, Str text, GrName *out);

/* Apply one keyword of the current schema, its value at `node`: those of
 * single values, then (load_part.c) all others. */
gram_status gr_load_value(Loader *l, Keyword k, uint32_t node);
gram_status gr_load_part(Loader *l, Keyword k, uint32_t node);

/* A non-negative integer; beyond 2^32 - 1 it is that. */
gram_status gr_load_count(Loader *l, uint32_t node, uint32_t *out);
gram_status gr_load_expect(Loader *l, uint32_t node, GrJsonType type);
/* "a string", ... of a GrJsonType. */
const char *gr_load_type_name(uint32_t type);
/* The pattern at string node `node`. */
gram_status gr_load_pattern(Loader *l, uint32_t node, ReId *out);
/* The mode of subschemas of a keyword of the current schema, and what is left
 * to do when all are read (load_closed.c). */
uint32_t gr_closed_mode(const Loader *l, Keyword k);
gram_status gr_closed_finish(Loader *l);
/* A schema without a node that holds where one of the arms does. */
gram_status gr_load_union(Loader *l, GrSchemaList arms, SchemaId *out);

/* What a `format` means under the policies (load_value.c). */
typedef enum FormatUse {
    FORMAT_ANNOTATES,
    FORMAT_UNKNOWN,
    FORMAT_STRING,
    FORMAT_NUMBER
} FormatUse;
FormatUse gr_load_format_use(const char *name, uint32_t len, uint32_t policy,
                             uint32_t vocabularies);

/* --- documents (load_docs.c) ---------------------------------------------- */

/* Read `text` as the next document; `uri` is where it was found. */
gram_status gr_docs_open(Loader *l, Str uri, const char *text, size_t len,
                         uint32_t *doc);
/* Open the document that was supplied or bundled under an absolute URI, or
 * that the caller finds; *doc is GR_NO_NODE where there is none. */
gram_status gr_docs_find(Loader *l, Str uri, uint32_t *doc);
/* Open and scan all documents of the caller: one may lie under an $id that is
 * not where it was found. */
gram_status gr_docs_scan_supplied(Loader *l);

/* --- dialects (load_dialect.c) -------------------------------------------- */

typedef struct Dialect {
    uint32_t draft, vocabularies;
    bool known; /* the metaschema is a standard one, was found, or is absent */
} Dialect;

/* Is it one of the standard metaschemas?  `draft` is set only then. */
bool gr_dialect_standard(Str uri, uint32_t *draft);
/* What the value of a $schema (NULL: there is none) stands for.  Documents may
 * be opened on the way: pointers to nodes must be read anew afterwards. */
gram_status gr_dialect_find(Loader *l, const GrJsonNode *schema, Dialect *out);

/* --- identifiers (load_ids.c) --------------------------------------------- */

/* Find the resources and anchors of a document, once. */
gram_status gr_ids_scan(Loader *l, uint32_t doc);
/* The innermost resource around a node of a scanned document. */
uint32_t gr_ids_resource(const Loader *l, uint32_t doc, uint32_t node);
/* The resource of that URI, among what has been scanned; or GR_NO_NODE. */
uint32_t gr_ids_find(const Loader *l, Str uri);
/* The first anchor of that name (and only dynamic ones if asked for), or
 * GR_NO_NODE. */
uint32_t gr_ids_anchor(const Loader *l, uint32_t resource, Str name,
                       bool dynamic);

/* --- references (refs.c) -------------------------------------------------- */

/* The scope after entering a resource. */
gram_status gr_refs_enter(Loader *l, uint32_t scope, uint32_t resource,
                          uint32_t *out);
/* What the reference at string node `node` of the current schema names. */
gram_status gr_refs_find(Loader *l, Keyword k, uint32_t node, uint32_t *doc,
                         uint32_t *target);

/* --- places (load_place.c) ------------------------------------------------ */

/* Write the JSON pointer of a node (a key stands for its value). */
void gr_place_pointer(const GrLoadedDoc *d, uint32_t node, const char *keyword,
                      char *buf, size_t cap);
/* The containers of all nodes of a document, for whoever asks for many
 * pointers: each then costs its own length, wherever the node lies. */
typedef struct GrPlaces {
    GrVec(uint32_t) up;    /* by node: its container; of the root: itself */
    GrVec(uint32_t) index; /* by node: which item of an array it is */
    GrVec(uint32_t) path;  /* scratch */
} GrPlaces;
gram_status gr_places_read(GrEnv *env, const GrJson *json, GrPlaces *p);
void gr_places_clear(GrEnv *env, GrPlaces *p);
/* As gr_place_pointer without a keyword. */
gram_status gr_places_pointer(GrEnv *env, const GrLoadedDoc *d, GrPlaces *p,
                              uint32_t node, char *buf, size_t cap);
/* gr_fail at a node. */
gram_status gr_place_fail(const Loader *l, uint32_t doc, uint32_t node,
                          gram_status code, const char *fmt, ...)
    GR_PRINTF(5, 6);
/* Move the error of a pattern, an offset into the decoded string at `node`,
 * to its place in the text. */
gram_status gr_place_move(const Loader *l, uint32_t doc, uint32_t node,
                          gram_status code);

/* --- metaschemas (metaschemas.c, generated) ------------------------------- */

typedef struct Metaschema {
    const char *uri;         /* without '#' */
    const char *const *text; /* pieces, up to a NULL */
} Metaschema;
extern const Metaschema gr_metaschemas[]; /* up to a NULL uri */

#endif
