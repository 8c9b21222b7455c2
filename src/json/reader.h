/* reader: a text while it is being read.
 *
 * Room-internal: read.c has the grammar of values, string.c what is in quotes,
 * flat.c a short way through long lists. */
#ifndef GR_JSON_READER_H
#define GR_JSON_READER_H

#include "json/keys.h"

/* A mark between two values, with the space around it, as it was met last. */
typedef struct GrJsonSeam {
    uint64_t bytes[2], mask[2]; /* of the 16 bytes from its first on, and
                                       those that count */
    uint32_t n;                 /* how many do; 0: none was met yet */
} GrJsonSeam;

typedef struct GrJsonReading {
    GrEnv *env;
    GrArena *arena;
    const unsigned char *text;
    uint32_t len, at;
    uint32_t open; /* innermost open container, or NONE */
    uint32_t depth, max_depth;
    uint32_t max_nodes;
    uint32_t folded; /* open containers whose items are forgotten */
    bool keep_duplicates, folds;
    bool trusted; /* the text was read before: it is valid */
    bool decoded; /* a string has been put into the arena */
    GrJsonSeam between, inside, colon; /* items; those of one; a key's */
    GrVec(GrJsonNode) nodes;
    GrKeyScratch keys;
} GrJsonReading;

/* GRAM_E_SYNTAX at a byte of the text. */
static inline gram_status gr_json_bad(const GrJsonReading *r, uint32_t at,
                                      const char *what)
{
    return gr_fail(r->env, GRAM_E_SYNTAX, at, "%s", what);
}

/* A leaf, whose subtree ends behind it; containers change that. */
static inline gram_status gr_json_add(GrJsonReading *r, GrJsonType type,
                                      uint32_t at, const unsigned char *text,
                                      uint32_t n)
{
    if (GR_UNLIKELY(r->nodes.n >= r->max_nodes))
        return gr_fail(r->env, GRAM_E_LIMIT, at, "more than %u values here",
                       r->max_nodes);
    GR_TRY(gr_vec_reserve(r->env, &r->nodes, 1));
    uint32_t i = r->nodes.n++;
    r->nodes.at[i] =
        (GrJsonNode){(uint32_t)type, at, i + 1, n, (const char *)text};
    return GRAM_OK;
}

/* The string whose opening quote is at r->at: a node, and r->at behind it. */
gram_status gr_json_read_string(GrJsonReading *r);

/* --- flat.c: items at a glance ------------------------------------------- */

enum { GR_JSON_FLAT = 8 }; /* nodes of one */

/* Over a mark, with the space around it, that is not as the one before. */
bool gr_json_new_seam(const GrJsonReading *r, uint32_t *i, unsigned mark,
                      GrJsonSeam *s);

/* In a folded container, where an item is due: step over the flat ones that a
 * comma follows, and count them. */
void gr_json_skip_flat(GrJsonReading *r);

/* The item at r->at into r->nodes, which has room, and r->at behind it; false,
 * and nothing has changed, where it is not flat.  Of a text read before. */
bool gr_json_read_flat(GrJsonReading *r, bool object);

#endif
