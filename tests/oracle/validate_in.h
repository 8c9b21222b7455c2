/* What the files of the oracle share.
 *
 *   validate.c        keywords
 *   validate_equal.c  equality of values
 *   validate_refs.c   documents, base URIs, anchors, references
 *   validate_text.c   patterns and formats */
#ifndef ORACLE_VALIDATE_IN_H
#define ORACLE_VALIDATE_IN_H

#include "tests/oracle/validate.h"

typedef struct Place { /* a node of a document: a schema, or a value */
    uint32_t doc, node;
} Place;

typedef struct ResourceInfo {
    char *uri; /* absolute, without '#' */
    Place root;
    gram_draft draft;
    bool no_validation, no_format, asserts_format; /* by $vocabulary */
} ResourceInfo;

typedef struct AnchorInfo {
    uint32_t resource;
    const char *name;
    uint32_t len;
    Place place;
    bool dynamic;
} AnchorInfo;

typedef struct OracleDoc {
    GrJson json;
    char *uri;
    uint32_t *resource; /* [json.n] of each node that is a known schema */
} OracleDoc;

struct Oracle {
    GrEnv env;
    GrArena arena;
    gram_error status;
    OracleOptions opt;
    char *ignore;
    GrVec(OracleDoc) docs;
    GrVec(ResourceInfo) resources;
    GrVec(AnchorInfo) anchors;
    char error[256];
    bool failed;
    GrJson value;
    uint32_t depth;
};

/* The resources entered so far, innermost first. */
typedef struct Scope {
    const struct Scope *outer;
    uint32_t resource;
} Scope;

#define NOWHERE UINT32_MAX

static inline const GrJsonNode *oracle_node(const Oracle *o, Place p)
{
    return &o->docs.at[p.doc].json.node[p.node];
}

int oracle_fail(Oracle *o, const char *fmt, ...) GR_PRINTF(2, 3);
/* Open a document, index it; its number or NOWHERE. */
uint32_t oracle_open(Oracle *o, const char *uri, const char *text, size_t len);
/* The resource that a schema lies in. */
uint32_t oracle_resource(Oracle *o, Place p);
/* The schema that a reference names; false after oracle_fail. */
bool oracle_resolve(Oracle *o, uint32_t resource, const GrJsonNode *ref,
                    const char *keyword, const Scope *scope, Place *out);
bool oracle_is(const GrJsonNode *n, const char *text);

/* The node behind x and all that is inside of it. */
static inline const GrJsonNode *oracle_after(const GrJsonNode *x,
                                             const GrJson *j)
{
    return &j->node[x->next];
}
GrDecimal oracle_number(Oracle *o, const GrJsonNode *n);
/* Nodes of the value or of documents. */
bool oracle_equal(Oracle *o, const GrJsonNode *a, const GrJsonNode *b);

bool oracle_pattern(Oracle *o, const GrJsonNode *pattern,
                    const GrJsonNode *text);
bool oracle_format(Oracle *o, const GrJsonNode *format, const GrJsonNode *text);

#endif
