/* tables_int.h - private to src/mask: what is made of a vocabulary, once for
 * it or for a class of characters: tries of rests, classes, rows that masks
 * are patches of. */
#ifndef GR_MASK_TABLES_INT_H
#define GR_MASK_TABLES_INT_H

#include "mask/kernels.h"
#include "mask/mask.h"

/* --- tries: of all tokens, or of the rests of a class --------------------- */

/* `node` is laid out as in vocab.h; in a trie of rests, "token" is a group. */
typedef struct Trie {
    const GrTrieNode *node;
    const uint32_t *root; /* 256 */
} Trie;

/* A token outside of a class: `chars` characters of it, then the rest. */
typedef struct Exit {
    const char *rest;
    uint32_t len; /* of the rest, at least 1 */
    uint32_t token;
    uint32_t chars;
    uint32_t prefix; /* of a table: in prefix of its class */
} Exit;

/* The characters before a rest, as a trie: `up` and one more. */
typedef struct Prefix {
    const char *last; /* the character `code` as it is spelled, len bytes */
    uint32_t len, code, up;
    uint32_t chars; /* of the whole prefix */
} Prefix;

typedef GrVec(Exit) Exits;

/* Exits with one rest: exit[start .. start + n) of their Rests; `sum` is that
 * of token_hash over their tokens. */
typedef struct Group {
    uint32_t start, n;
    uint64_t sum;
} Group;

/* The exits whose rests begin with one byte, and the trie of them. */
typedef struct Rests {
    Exit *exit;
    uint32_t n;
    uint32_t most_chars; /* before a rest */
    Group *group;
    GrTrieNode *node;
    uint32_t n_nodes, n_groups;
    bool whole; /* tokens with no character of the class are there too */
} Rests;

/* Where tokens leave a class, by the byte that the first character outside of
 * it begins with: nodes of the trie of tokens, those of byte b are node[
 * at[b - 1] .. at[b]), from 0 for byte 0.  `at` is NULL until searching for
 * one byte after the other has `spent` the looks at tokens that it takes. */
typedef struct Sweep {
    uint32_t *node, *at; /* at: 256 */
    uint32_t spent;
} Sweep;

/* Tokens by the ASCII bytes that they have first behind their first byte: those
 * of byte b are token[at[b] .. at[b + 1]), none where `often`.  A dot is in
 * 400 tokens behind something; by signature 10,000 would be looked at.  By
 * bytes beyond ASCII those that have it there and are no whole characters. */
typedef struct Inner {
    uint32_t *token, *at; /* at: 257; NULL until made */
    uint32_t often[4];
} Inner;

/* A row that masks are patches of. */
typedef struct Base {
    const uint32_t *row;
    uint64_t sum;  /* of token_hash over its tokens: see gr_base_sum */
    uint32_t *own; /* the row, where it is freed with the masks */
    uint32_t n;    /* tokens */
} Base;

/* Characters for which rows are kept.  Tokens longer than 16 characters are so
 * few that a patch does; of white space runs of up to 32 are allowed, so that
 * the masks between values are those of 32 and somewhat less. */
enum {
    LENGTH_ROWS = 33,
    LENGTH_ROWS_OF_TEXT = 17,
    LENGTH_ROWS_FROM = 25 /* of white space */
};
/* Classes by index: those of the vocabulary come first. */
enum { CLASS_PLAIN = 1, CLASS_SPACE, CLASS_INSIDE, CLASS_OWN };

/* A class of characters: see "Class loops" in mask.h. */
typedef struct Class {
    const Kernels *kernels; /* by which it is built */
    uint32_t *ranges;       /* n pairs, without surrogates */
    uint32_t n;
    uint32_t ascii[4];     /* those of its characters */
    uint64_t cut, outside; /* signs, see vocab.h */
    Base all;              /* every token of the class */
    bool common;           /* of the vocabulary, and of no number there */
    /* All its characters are plain: lengths are the plain class's.  `within`
     * are bits: the plain prefixes of this class alone. */
    bool part;
    uint32_t *within;
    uint32_t
        reach; /* of a part: the most characters that a token begins with */
    /* Once counted, unless a part: its tokens by number of characters, and
     * maybe others among them; by_chars[chars_at[k] ..) has more than k;
     * longest + 1 entries. */
    uint32_t *by_chars, *chars_at;
    uint32_t longest; /* characters of the longest token of the class */
    /* Of a table, once complete. */
    Base *few; /* n_few, of at most first_few, first_few + 1, .. characters */
    uint32_t first_few, n_few;
    uint32_t complete[8]; /* first bytes for which rests are there */
    Rests *rests;         /* 256, by first byte */
    /* What characters come before its rests, each behind those that it
     * begins with; 0 is empty. */
    Prefix *prefix;
    uint32_t n_prefixes;
    /* Of `inside`: its rests['"'] in that order, those of prefix p up to
     * prefix_end[p]; and by exit the group. */
    uint32_t *by_prefix, *prefix_end, *group_of;
    GrArena *arena; /* holds all of it: its own, or that of the tables */
    GrArena own;
} Class;

/* In the arena, or one of its own where that is NULL.  What the tables have
 * already is used. */
gram_status gr_class_build(GrEnv *env, const GrTables *t, GrArena *arena,
                           const uint32_t *ranges, uint32_t n, Class **out);
/* Count the characters of its tokens, unless that is done. */
gram_status gr_class_count(GrEnv *env, const GrVocab *v, const Class *plain,
                           Class *c);
/* members.c: the tokens with one of these signs (vocab.h). */
void gr_sign_union(const GrVocab *v, const Kernels *k, uint64_t signs,
                   uint32_t *row);
/* The row of the class's tokens; `maybe` is scratch of that size. */
void gr_class_members(const GrTables *t, const Class *c, uint32_t *row,
                      uint32_t *maybe);
/* Three bytes in a row, of up to eight kinds: at[i][b] has a bit for each kind
 * whose byte i may be b. */
typedef struct Grams {
    uint8_t at[3][256];
} Grams;
/* Set the tokens that have one, from their first byte on or later. */
void gr_grams_find(const GrVocab *v, const Kernels *k, const Grams *g,
                   uint32_t *row);
/* Nodes of the tokens that begin with one of these characters, or with any
 * beyond ASCII. */
uint64_t gr_begun(const GrVocab *v, const uint32_t ascii[4], bool beyond);
/* Make b's sum and number of tokens those of its row. */
void gr_base_sum(const Kernels *k, Base *b, uint32_t words);
/* For a table: count, make the rests that begin with these bytes, and rows of
 * at most first .. end - 1 characters. */
gram_status gr_class_complete(GrEnv *env, const GrVocab *v, Class *c,
                              const uint32_t bytes[8], uint32_t first,
                              uint32_t end);
/* All tokens of c are of `more`, whose order is that of both. */
void gr_class_order_as(Class *c, const Class *more);
/* The characters of a token, counted by what begins one. */
uint32_t gr_chars_of(const GrVocab *v, uint32_t token);
void gr_class_free(GrEnv *env, Class *c);
bool gr_class_has(const Class *c, uint32_t code);
/* The first range that does not end before a code point. */
uint32_t gr_class_from(const Class *c, uint32_t code);
/* exits.c: of a part of the plain class, are its rests with this byte among
 * those of the plain one? */
bool gr_class_same(const Class *c, const Class *plain, uint8_t byte);
/* How many code points of lo .. hi it has. */
uint32_t gr_class_overlap(const Class *c, uint32_t lo, uint32_t hi);
/* Bytes of the characters of the class that p begins with, and how many
 * they are. */
uint32_t gr_class_split(const Class *c, const char *p, uint32_t len,
                        uint32_t *chars);
static inline uint32_t gr_sig_last(uint32_t group)
{
    return group + 1 < GR_SIG_GROUPS ? gr_sig_first[group + 1] - 1 : 0x10FFFF;
}

/* The code points that begin with a byte; false for bytes that begin none. */
bool gr_lead_codes(uint8_t byte, uint32_t *lo, uint32_t *hi);

/* exits.c: those of a table; the rests of tokens that begin with a byte.
 * What the tables have of the plain class and of inner bytes is used. */
gram_status gr_rests_build_all(GrEnv *env, const GrVocab *v, Class *c);
gram_status gr_rests_build(GrEnv *env, GrArena *arena, const GrTables *t,
                           const Class *c, uint8_t byte, Sweep *sweep,
                           Rests *out);
/* The rests by these bytes are going to be asked for: where they are many, the
 * first of them makes the sweep. */
void gr_sweep_expect(const GrTables *t, const Class *c, const uint32_t bytes[8],
                     Sweep *sweep);
/* The rests of these exits, in the arena. */
gram_status gr_rests_make(GrEnv *env, GrArena *arena, const GrVocab *v,
                          const Exits *exits, bool whole, Rests *out);
/* The rows of a class whose tokens are sorted by characters. */
gram_status gr_class_rows(GrEnv *env, const GrVocab *v, Class *c);
/* Room for the rests of a class of the vocabulary. */
gram_status gr_class_rests(GrEnv *env, Class *c);

/* inside.c: the tokens that stay inside a JSON string. */
gram_status gr_inside_build(GrEnv *env, const GrVocab *v, GrArena *arena,
                            const Class *plain, Class **out);
/* Bytes of the character of a JSON string that p begins with, in whatever
 * spelling; 0 if it begins with none. */
uint32_t gr_inside_char(const char *p, uint32_t n, uint32_t *code);

/* These ranges without surrogates, at most twice as many; how many. */
uint32_t gr_class_ranges(const uint32_t *ranges, uint32_t n, uint32_t *out);
/* One more behind n ascending ranges, or a longer last one. */
void gr_range_put(uint32_t *to, uint32_t *n, uint32_t lo, uint32_t hi);
/* Are these ranges, surrogates aside, the class? */
bool gr_class_is(const uint32_t *own, uint32_t n_own, const uint32_t *ranges,
                 uint32_t n);

/* common.c: classes that many schemas have, whole and counted, with the rests
 * behind a quote and a backslash. */
enum { GR_COMMON = 13 };

gram_status gr_common_build(GrEnv *env, GrTables *t);
/* The common class of these ranges, or NULL. */
Class *gr_common_find(const GrTables *t, const uint32_t *ranges, uint32_t n);
/* beyond.c: characters beyond ASCII, n of them, ascending, and the tokens that
 * have them: those of code[i] are token[at[i]] .. token[at[i + 1] - 1]. */
typedef struct Beyond {
    uint32_t *code, *at, *token, n;
} Beyond;

gram_status gr_beyond_build(GrEnv *env, GrTables *t);
/* Tokens of the characters lo .. hi, by each of them. */
uint32_t gr_beyond_count(const Beyond *b, uint32_t lo, uint32_t hi);
/* Set the tokens that have a character of lo .. hi, all beyond ASCII, which is
 * not of the class; how many, one that has two of them counted twice. */
uint32_t gr_beyond_lacking(const Beyond *b, const Class *c, uint32_t lo,
                           uint32_t hi, uint32_t *row);
/* The row becomes those with such a character that the byte begins, and those
 * that have the byte and are no whole characters; about how many. */
uint32_t gr_beyond_leaving(const GrTables *t, const Class *c, uint8_t byte,
                           uint32_t *row);

/* rough.c: the tokens that are not made of plain characters alone, as a part of
 * the trie of tokens: node i is from[i] there. */
typedef struct Rough {
    GrTrieNode *node;
    uint32_t *from;
    uint32_t root[256];
    uint32_t n_nodes;
} Rough;

gram_status gr_rough_build(GrEnv *env, GrArena *arena, const GrVocab *v,
                           const uint32_t *plain, Rough *out);

/* shapes.c: the tokens by what patterns tell apart in them.  Symbol k is the
 * bytes gr_symbol_first[k] .. gr_symbol_first[k + 1] - 1. */
enum { GR_SYMBOLS = 61, GR_SYMBOL_BYTES = 32 /* of one, at most */ };
extern const uint16_t gr_symbol_first[GR_SYMBOLS + 1];
static inline uint32_t gr_symbol_size(uint32_t symbol)
{
    return gr_symbol_first[symbol + 1] - gr_symbol_first[symbol];
}

/* `next` as in the trie of tokens; the node's own tokens are list[node->list ..
 * node[1].list), ascending, as differences. */
typedef struct ShapeNode {
    uint32_t next, list;
} ShapeNode;

/* Of the shapes that JSON strings take as they are, those that many patterns
 * take all of, or none. */
enum { SHAPES_SPACE, SHAPES_ASCII, SHAPES_BEYOND, SHAPES_PARTS };
typedef struct ShapePart {
    uint32_t *nodes, *row; /* bits: they, and their tokens */
    uint32_t len;          /* of their lists together */
} ShapePart;

typedef struct Shapes {
    ShapeNode *node; /* one more than there are */
    uint8_t *symbol, *list;
    uint32_t n_nodes;
    uint8_t of[256]; /* the symbol of a byte */
    ShapePart part[SHAPES_PARTS];
} Shapes;

gram_status gr_shapes_build(GrEnv *env, const GrVocab *v, GrArena *arena,
                            Shapes *out);
/* The token behind `last` (0 in front of the first) in a list. */
static inline uint32_t gr_shape_token(const uint8_t **list, uint32_t last)
{
    uint32_t more = *(*list)++;
    if (GR_LIKELY(more < 128)) return last + more;
    more &= 127;
    for (uint32_t shift = 7;; shift += 7) {
        uint32_t b = *(*list)++;
        more |= (b & 127) << shift;
        if (b < 128) return last + more;
    }
}

/* usual.c: rows of common places of JSON documents. */
enum { GR_USUAL = 8, GR_USUAL_TAIL = 2 };
gram_status gr_usual_rows(GrEnv *env, const GrVocab *v, Class *inside,
                          Base out[GR_USUAL]);
enum { CLOSER_BITS = 4096 };

/* digits.c: tokens of at most DIGITS_MOST digits, the first of them not 0. */
enum { DIGITS_MOST = 4, DIGITS_SPACED = 2 };

/* A node below digits that is none, or one too many; `depth` as in walks. */
typedef struct DigitExit {
    uint32_t node, depth;
} DigitExit;

typedef struct Digits {
    uint32_t base; /* index of the row of those tokens */
    /* Bases spaced + i: these and the tokens of base of + i, i < n_spaced. */
    uint32_t spaced, of, n_spaced;
    uint32_t longest; /* digits of a node; 0: tokens are too few to use it */
    DigitExit *exit;
    uint32_t n_exits;
} Digits;

gram_status gr_digits_build(GrEnv *env, const GrTables *t, GrArena *arena,
                            Base *row, Digits *out);

/* A node at which a character out of the class begins; bytes up to it. */
typedef struct HeadedExit {
    uint32_t node, depth;
} HeadedExit;

enum { HEADED_CHARS = 20 }; /* of the class behind the byte; more is an exit */

/* What follows one byte in tokens, told apart by a class (headed.c). */
typedef struct Headed {
    uint32_t ascii[4], root; /* the class; the node of the byte */
    uint32_t longest;        /* characters of the class behind it */
    Base all;                /* the byte alone, and before such characters */
    const HeadedExit *exit;  /* in the order of the trie */
    uint32_t n_exits;
} Headed;

/* Of letters and digits, for each ASCII byte that heads many tokens. */
gram_status gr_headed_tables(GrEnv *env, GrTables *t);

enum { SIGN_NODES = 64 };

/* Beyond ASCII all bytes have one. */
static inline uint64_t gr_byte_sign(uint8_t byte)
{
    return GR_SIG_BIT(byte < 128 ? gr_sig_group(byte) : GR_SIG_BEYOND);
}

struct GrTables {
    GrEnv *env;
    const GrVocab *v;
    const Kernels *kernels;
    GrArena arena; /* of all that follows */
    Class *plain;  /* all but ", \ and control characters */
    Class *space;  /* of JSON */
    Class *inside; /* no class of characters: see inside.c */
    Class *common[GR_COMMON];
    Beyond beyond;
    /* What tokens have before the quote that closes a JSON string: hashes
     * of the decoded texts, ascending, and the tokens: those of text i are
     * closing[closing_at[i] .. closing_at[i + 1]). */
    uint64_t *closer;
    uint32_t n_closers, longest_closer;
    uint32_t *closing, *closing_at, n_closing;
    uint32_t closer_bits[CLOSER_BITS / 32]; /* of the hashes */
    /* Tokens of plain characters that are not spaces and then one word. */
    uint32_t *odd, n_odd;
    /* How many tokens have a byte behind another first one; beyond ASCII, how
     * often they have it. */
    uint32_t inner[256];
    Inner first_inner;
    /* Plain characters of ASCII that tokens have before a byte, the first of
     * its kind in the token, at most; and those of names alone (gr_is_name),
     * which are not in the long rows of asterisks and the like. */
    uint32_t before[256], before_names[256];
    /* What bytes the nodes i * SIGN_NODES .. of the trie have, as signs (see
     * gr_byte_sign). */
    uint64_t *signs;
    /* The root of the trie that has most tokens (a space has nearly half of
     * them), and their row. */
    uint32_t crowd, *crowd_row;
    /* What masks of all grammars are patches of: the first bases of each. */
    Base *base;              /* 0 is empty */
    uint32_t n_bases, usual; /* usual: the first of GR_USUAL */
    /* Of plain, space, inside: where among them the rows are. */
    uint32_t all[4], few[4];
    Digits digits;
    Rough rough;
    Shapes shapes;
    Headed *headed;
    uint32_t n_headed;
};

/* Of those that names are mostly made of. */
static inline bool gr_is_name(uint32_t byte)
{
    return (byte >= '0' && byte <= '9') ||
           ((byte | 32) >= 'a' && (byte | 32) <= 'z') || byte == '-' ||
           byte == '.' || byte == '_';
}

/* The n tokens that close a string as a text of this hash (with seed 0) goes
 * on; NULL: there is none. */
const uint32_t *gr_tables_close(const GrTables *t, uint64_t hash, uint32_t *n);
/* May there be some? */
static inline bool gr_tables_may_close(const GrTables *t, uint64_t hash)
{
    return gr_bit_get(t->closer_bits, (uint32_t)hash % CLOSER_BITS);
}

static inline uint32_t n_keys(const GrSeen *seen)
{
    return seen ? seen->count : 0;
}

static inline uint64_t token_hash(uint32_t t)
{
    return word_hash(t >> 5) << (t & 31);
}

#endif
