/* json: exact JSON text -> values, and exact decimals.
 *
 * It refuses to know schemas and tokens.  It reads RFC 8259 strictly and
 * keeps what other readers throw away: the text of every number, the byte
 * position of every value, NUL inside strings, and both positions of a
 * duplicate key.
 *
 * A document is one flat array of nodes in text order; `next` skips a
 * subtree, so walking needs no recursion and no pointers:
 *
 *     {"a":[1,2],"b":true}
 *
 *     0 OBJECT n=2  next=7
 *     1   STRING "a"  (a key: its value is the node after it)
 *     2   ARRAY n=2  next=5
 *     3     NUMBER 1
 *     4     NUMBER 2
 *     5   STRING "b"
 *     6   TRUE
 *
 * Reading is one pass.  The stack of open containers is threaded through the
 * nodes themselves: until a container closes, its `next` holds its parent.
 * Strings without escapes stay where they are in the text, so most documents
 * cost one array.  Duplicate keys are found when an object closes (keys.c):
 * pairwise up to 8 members, by grouping (order.h) beyond.
 *
 * A value in canonical form is a hash-consed tuple of the ids of its parts,
 * built from the last node to the first, because children follow parents.
 *
 * A number is kept as spelled.  GrDecimal is its value: digits without zeros
 * at either end and a decimal exponent, so comparing never expands an
 * exponent and dividing needs remainders only.
 *
 * A large document can be read folded: containers of many items are checked
 * and counted, but leave one node, and their items are visited later, one at
 * a time, from the text.  So a file of millions of values costs the nodes of
 * a few, and the walk over what is left stays as above.  Most such items are
 * a string, a key with a number or a pair of strings, and are read in a loop
 * that knows only these (flat.c).  (A stream of events
 * was rejected: every reader would keep a state machine of its own to know
 * where it is, and members come in any order.)
 *
 * Rejected: cJSON (rounds numbers, cuts strings at \u0000, takes invalid
 * texts); a tree of pointers (recursion to walk and to free it); a hash
 * table for duplicate keys (whoever knows the hash makes it quadratic, see
 * order.h); a SIMD structural index as in simdjson (wins on megabytes, while
 * a schema is mostly a few kilobytes); doubles, anywhere.
 *
 * Invariants, for every node i of a document
 *   - i < next <= n; subtrees are intervals, and those of siblings touch.
 *   - text[at] is the value's first character; `at` grows with i.
 *   - an object of n members has 2 n children, a STRING before each value.
 *   - strings are UTF-8 without surrogates; they may hold NUL.
 *
 * Cost: reading is O(len), plus at worst O(m log m) for m colliding keys;
 * 24 bytes a node, and twice that while reading.  One step for 8 bytes.
 */
#ifndef GR_JSON_H
#define GR_JSON_H

#include "base/base.h"

typedef enum GrJsonType {
    GR_JSON_NULL,
    GR_JSON_FALSE,
    GR_JSON_TRUE,
    GR_JSON_NUMBER,
    GR_JSON_STRING,
    GR_JSON_ARRAY,
    GR_JSON_OBJECT
} GrJsonType;

typedef struct GrJsonNode {
    uint32_t type;    /* GrJsonType */
    uint32_t at;      /* byte offset of the value's first character */
    uint32_t next;    /* index of the node after this subtree */
    uint32_t n;       /* bytes of a string or number; items; members */
    const char *text; /* decoded string (not terminated; lies in the
                            document's text where it has no escape) or the
                            number as spelled; NULL else */
} GrJsonNode;

typedef struct GrJson {
    const GrJsonNode *node; /* node[0] is the root */
    uint32_t n;
} GrJson;

enum {
    GR_JSON_KEEP_DUPLICATES = 1, /* default: duplicates are an error */
    GR_JSON_FOLD = 2             /* leave large containers folded; implies
                                    KEEP_DUPLICATES */
};

/* A container of more items is folded: `n` counts them, `next` is the node
 * behind it.  What is left may have one node for every 64 bytes of text, and
 * 65,536; an item that is visited 4,096.  More is GRAM_E_LIMIT. */
enum { GR_JSON_FOLD_ITEMS = 1024 };

/* Read one document; nodes and decoded strings live in `arena`, plain strings
 * point into `text`, which must outlive the result.  Errors: GRAM_E_SYNTAX at
 * a byte offset; GRAM_E_LIMIT beyond max_depth (0: the default) or 4 GiB.
 * Lone surrogate escapes are an error.  `out` is written on success only; on
 * failure `arena` may have grown. */
gram_status gr_json_read(GrEnv *env, GrArena *arena, const char *text,
                         size_t len, uint32_t max_depth, uint32_t flags,
                         GrJson *out);

/* The value of member `key` of the object node `object`, or UINT32_MAX, also
 * where `object` is no object.  O(members); with duplicates the first. */
uint32_t gr_json_member(const GrJson *j, uint32_t object, const char *key,
                        size_t key_len);

/* Visit the items of the container at byte `at` of `text`, which is part of
 * a document that gr_json_read has taken, folded or not.  An item is a small
 * document: node[0] is the item of an array; of an object node[0] is the key
 * and node[1] the value.  Positions are those of the whole text.  `item` and
 * its strings live until `visit` returns; its first status that is not
 * GRAM_OK ends the walk and is returned. */
typedef gram_status GrJsonVisit(void *ctx, const GrJson *item);
gram_status gr_json_each(GrEnv *env, const char *text, size_t len, uint32_t at,
                         GrJsonVisit *visit, void *ctx);

/* --- decimals: exact numbers ---------------------------------------------- */

/* sign * 0.d1 d2 ... dn * 10^exp, d1 and dn not 0; zero has n == 0, exp 0,
 * negative false.  Digits are '0'..'9' characters in an arena or a text. */
typedef struct GrDecimal {
    const char *digits;
    uint32_t n;
    bool negative;
    int64_t exp;
} GrDecimal;

/* Parse JSON number text (already valid).  GRAM_E_LIMIT where the exponent
 * does not fit 9 digits after normalisation. */
gram_status gr_decimal_read(GrEnv *env, GrArena *arena, const char *text,
                            size_t len, GrDecimal *out);

int gr_decimal_compare(const GrDecimal *a, const GrDecimal *b);
bool gr_decimal_is_integer(const GrDecimal *a);

/* The value of an integer decimal in *out; false where it is not an integer
 * or lies outside int64_t. */
bool gr_decimal_to_int64(const GrDecimal *a, int64_t *out);

/* Is a an integer multiple of b (b > 0)?  Exact; counts steps. */
gram_status gr_decimal_divisible(GrEnv *env, const GrDecimal *a,
                                 const GrDecimal *b, bool *out);

/* --- canonical values ----------------------------------------------------- */

/* Intern node `i` as a canonical value: equal JSON values (numbers by value,
 * objects unordered, booleans apart from numbers) get equal ids, unequal ones
 * different ids.  `pool` is the caller's, shared by all documents compared. */
gram_status gr_json_canon(GrEnv *env, GrIntern *pool, const GrJson *j,
                          uint32_t i, uint32_t *id);
/* The id that an equal value has in the pool, which is left as it is;
 * UINT32_MAX where there is none. */
gram_status gr_json_find(GrEnv *env, const GrIntern *pool, const GrJson *j,
                         uint32_t i, uint32_t *id);

/* --- writer --------------------------------------------------------------- */

/* Append bytes[0..n) as a JSON string literal, quotes included, shortest
 * escapes; bytes that are not UTF-8 are refused with GRAM_E_SYNTAX. */
gram_status gr_json_write_string(GrEnv *env, GrText *out, const char *bytes,
                                 size_t n);

#endif
