/* re_pool: what the files of this room share about the pool; private.
 *
 * Hash-consing tables carry everything.  Each has a store beside it that holds
 * one record per id, kept in lockstep by gr_re_intern:
 *
 *     sets   [lo hi lo hi ...]                    -> SetId
 *     dicts  [n, plain, offsets, indexes, bytes]  -> a sorted word list
 *     terms  [kind, operands ...]                 -> ReId    + ReNode
 *     parts  [starts ..., classes ...], or a      -> a partition + RePart
 *            class for each atom (re_atoms.c)
 *     maps   [256 bytes]                          -> byte classes + LexMap
 *     lexes  [kind, ...]                          -> LexId   + LexState
 *     cuts   [kind, start, which, ...]            -> segments + LexCut
 *     merges [cut, which ...]                     -> a cut + 1, or 0
 *     joins  [operands ...]                       -> a ReId + 1, or 0
 *
 * Scratch vectors live in the pool, so that a hot call allocates nothing.
 * Each is named after its one user; a function that holds one calls nothing
 * that uses the same. */
#ifndef GR_RE_POOL_H
#define GR_RE_POOL_H

#include "base/base.h"
#include "regex/regex.h"

enum { RE_MAX_CHAR = 0x10FFFF, RE_SURROGATES = 0xD800, RE_PAST = 0xE000 };

typedef enum ReKind {
    RE_NONE,  /* id 0 */
    RE_EPS,   /* id 1 */
    RE_ALL,   /* id 2; the star of any character */
    RE_SET,   /* a: SetId, not empty */
    RE_WORDS, /* a: dict, b: depth in bytes, lo..hi-1: the words left */
    RE_CAT,   /* a: head, never a CAT; b: tail */
    RE_REP,   /* a: base, lo..hi times; hi may be GR_RE_INF */
    RE_OR,    /* lo: number of kids; at least 2, ascending, in the key */
    RE_AND,
    RE_NOT, /* a */
    RE_LEAP /* a: how far, b: hour, lo: minute (re_leap.c) */
} ReKind;

enum { WIDE_SETS = GR_SURES - 2 };

/* What is known about emptiness. */
typedef enum ReLife { RE_UNSURE, RE_SOME, RE_EMPTY } ReLife;

typedef struct ReNode {
    uint8_t kind; /* ReKind */
    uint8_t life; /* ReLife; grows from RE_UNSURE only */
    bool nullable : 1;
    bool walks : 1;   /* re_least.c: lengths are not read off the term */
    bool wide : 1;    /* re_walk.c: too many terms lie ahead of it, or of one
                       that leads to it */
    bool trimmed : 1; /* it came out of gr_re_trim */
    bool sought : 1;  /* re_least.c: a shortest word has `low` characters */
    uint32_t a, b, lo, hi;
    uint32_t part;    /* id + 1 of its partition, 0: not computed */
    uint32_t lengths; /* id + 1, 0: not computed */
    uint32_t unary;   /* ReId + 1 of its image over one letter, or 0 */
    /* re_least.c: as the term says, some word has `least` - 1 characters
     * (UINT32_MAX: not known of any; 0: nothing computed); all: low..most */
    uint32_t least, low, most;
    uint32_t letters;   /* re_letters.c: SetId + 1, or 0 */
    uint32_t way, held; /* re_way.c: of which way, and its relation */
    uint32_t *deriv;    /* [classes of part] ReId + 1, or 0; may be NULL */
} ReNode;

/* A partition of the code points into classes: 0 is dead and may be empty, the
 * others are numbered by their least member.  Surrogates belong to whatever
 * stands before them. */
typedef struct RePart {
    const uint32_t *start;   /* [n] ascending, start[0] is 0; NULL: only the
                              classes of the atoms are known (re_atoms.c) */
    const uint32_t *cls;     /* [n] */
    const uint32_t *of_atom; /* [n_atoms] class of each atom; or NULL */
    uint32_t n, n_classes, n_atoms;
    bool no_map;            /* it would take too many atoms */
    uint32_t *first;        /* [n_classes] least members from class 1 on; NULL
                               until asked */
    uint32_t map[3];        /* by GrLexMode: id + 1 of the byte classes */
    uint32_t escape_map[4]; /* the same behind a backslash, by LexKind - ESC */
} RePart;

typedef struct LexMap {
    uint8_t *first; /* [n]: the least byte of each class */
    uint32_t n;     /* classes, the dead one included */
} LexMap;

/* Where the segments of a state inside a character start, and to which of its
 * targets each leads, by the order in which these come; or to none. */
typedef struct LexCut {
    const uint32_t *pair; /* n of start, which */
    uint32_t n, map;      /* map: id + 1, or 0 */
} LexCut;

/* A stretch of code points in a partition: the cut in which each class is a
 * target of its own, and those classes. */
typedef struct LexRange {
    uint32_t cut, n;
    const uint32_t *cls;
} LexRange;

typedef struct LexState {
    const uint8_t *classes; /* NULL until asked */
    uint32_t *move;         /* [n_classes] (target + 1) << 1 | whole, or 0 */
    const uint32_t *key;
    uint32_t *target;   /* boundaries: [classes of part] LexId + 1 */
    const LexId *reach; /* gr_lex_targets; NULL until asked */
    uint32_t n_key, n_classes, map, n_reach;
    uint32_t part; /* boundaries: id + 1 */
    uint32_t loop; /* boundaries: SetId + 1 of gr_lex_loop */
    /* boundaries: which target it is of the key that was made as the turn-th */
    uint32_t turn, which;
} LexState;

/* An operand of a union seen as base{lo,hi} followed by tail. */
typedef struct RePower {
    uint32_t tail, base, lo, hi, id;
} RePower;

typedef struct ReItem {
    uint64_t prefix; /* the first 8 bytes, big-endian, zero-padded */
    GrWord word;
} ReItem;

/* A class of the partition that is finer than all wide ones; behind the atom
 * that it was cut from. */
typedef struct ReAtom {
    uint32_t first, origin; /* its least member; of the first atom itself */
    uint32_t n;             /* intervals */
} ReAtom;

/* An atom while it is cut: the class of its members, and the next that was cut
 * from the same, or 0. */
typedef struct RePiece {
    uint32_t cls, next;
} RePiece;

/* A node that waits for the derivatives of its heads: those in `derived` from
 * `base` on. */
typedef struct ReTask {
    uint32_t id, base;
    uint32_t *result; /* where its own is remembered, + 1 */
} ReTask;

/* Lengths of a term's words along the way to a longest one (re_span.c): most,
 * the widest gap, and the next term, 0 at the end of it. */
typedef struct ReSpan {
    uint32_t most, gap, by;
    uint32_t gaps; /* re_gaps.c: place + 1 of what is missing; 0: not asked */
} ReSpan;

/* re_gaps.c: lengths between the least and the greatest that no word has, as
 * far as it is known; exact: none of them has one. */
enum { GR_GAPS_MOST = 6 };
typedef struct ReGaps {
    uint32_t at[GR_GAPS_MOST], n; /* ascending */
    bool exact;
} ReGaps;

typedef struct ReSpans {
    GrMap of; /* ReId -> place */
    GrVec(ReSpan) at;
} ReSpans;

enum { GR_SPAN_HINTS = 4 };

typedef GrVec(uint32_t) ReVec;

struct GrRe {
    GrEnv *env;
    GrArena arena;
    GrIntern sets, dicts, terms, parts, maps, lexes, cuts, merges;
    GrStore nodes, part_info, map_info, states, lengths, cut_info, merged;
    GrMap range_of; /* re_lex_cut.c: partition, stretch -> its place */
    GrStore stretches;
    uint32_t turn;     /* keys of states inside characters that were made */
    GrIntern joins[2]; /* unions, intersections of derivatives (re_derive.c) */
    GrStore join_result[2];
    GrMap refined[3];          /* by ReMeet: pair of partitions -> partition */
    uint32_t char_part[128];   /* id + 1 of {c} and the others, or 0 */
    ReVec atom_start, atom_of; /* intervals of the atoms */
    GrVec(ReAtom) atoms;
    ReVec atom_order;              /* by their least members */
    uint32_t atom_char, atom_last; /* a character + 1, or 0; its atom */
    uint32_t any;                  /* the ReId of "any one character" */
    GrMap wider;                   /* re_widen.c, the next three also */
    SetId alphabet[WIDE_SETS];     /* of members of unions that went */
    uint32_t n_alphabets;
    bool has_runs;     /* of unions some are of runs, */
    uint32_t n_looked; /* of so many nodes */
    uint32_t run;      /* of the last run they are in; + 1, or 0 */
    GrMap reach;       /* re_reach.c */
    bool widened;      /* a question is put to a wider term */
    uint32_t way_id;   /* re_way.c: number of the way; 0: none yet */
    GrMap letters;     /* re_letters.c: ReId -> SetId + 1, told exactly */
    bool exact;        /* they are being asked for */
    /* re_span.c: ways of any kind, and those that are always the same. */
    ReSpans spans[2];
    GrVec(ReGaps) gaps;                /* re_gaps.c */
    uint32_t span_hint[GR_SPAN_HINTS]; /* characters */
    bool measured; /* lengths are asked of what is left of a bound */
    bool no_spans; /* a term had too many ahead of it */

    ReVec key;             /* the key that is being built */
    GrVec(GrRange) ranges; /* gr_set_make and its kin */
    GrVec(ReItem) items;   /* gr_re_words */
    ReVec spine;           /* gr_re_cat */
    ReVec kids;            /* gr_re_or, gr_re_and */
    ReVec shared, denied;  /* what operands share; what is ruled out */
    GrVec(RePower) powers; /* gr_re_or */
    ReVec part_todo;       /* gr_re_part */
    ReVec part_list;       /* partitions being joined */
    ReVec cut;             /* the refinement that is being built */
    GrVec(RePiece) pieces; /* atoms being cut */
    ReVec images;          /* classes of the atoms in two partitions */
    GrVec(ReTask) tasks;   /* gr_re_derive */
    ReVec derived;         /* derivatives of the operands of tasks */
    ReVec tuple;           /* gr_lex: the key of a state */
    ReVec segments;        /* gr_lex: boundaries of a slice */
    ReVec way;             /* re_way.c: characters to the last word */
    ReVec way_todo;
    ReVec ending; /* gr_re_least: the end of the last one */
};

/* a + b and a * n characters, where GR_RE_INF is endless; so is what leaves the
 * numbers. */
static inline uint32_t gr_re_sum(uint64_t a, uint64_t b)
{
    return a + b < GR_RE_INF ? (uint32_t)(a + b) : GR_RE_INF;
}

static inline uint32_t gr_re_times(uint64_t a, uint64_t n)
{
    return a * n < GR_RE_INF ? (uint32_t)(a * n) : GR_RE_INF;
}

static inline ReNode *gr_re_node(const GrRe *re, ReId a)
{
    return gr_store_at(&re->nodes, a.v);
}
/* Is it known that it has one?  False may be either. */
static inline bool gr_re_has_word(const ReNode *node)
{
    return node->life == RE_SOME ||
           (node->least != 0 && node->least != UINT32_MAX);
}
static inline ReId gr_re_id(uint32_t v)
{
    return (ReId){v};
}
static inline RePart *gr_re_part_get(const GrRe *re, uint32_t part)
{
    return gr_store_at(&re->part_info, part);
}
/* The set of all characters. */
static inline SetId any_letter(const GrRe *re)
{
    return (SetId){gr_re_node(re, gr_re_id(re->any))->a};
}
/* The operands of a RE_OR or RE_AND; *n of them. */
static inline const uint32_t *gr_re_kids(const GrRe *re, ReId a, uint32_t *n)
{
    const uint32_t *key = gr_intern_get(&re->terms, a.v, n);
    --*n;
    return key + 1;
}

/* gr_intern that keeps `info` one record per id: the record exists before
 * the id does, so that a failure between the two loses nothing. */
static inline gram_status gr_re_intern(GrEnv *env, GrIntern *t, GrStore *info,
                                       const uint32_t *key, uint32_t n,
                                       uint32_t *id, bool *is_new)
{
    uint32_t at;
    if (info->n == t->n) GR_TRY(gr_store_add(env, info, 1, &at));
    return gr_intern(env, t, key, n, id, is_new);
}

/* Sort n rows of `width` words each, in lexicographic order (re_set.c). */
void gr_re_sort(uint32_t *rows, uint32_t n, uint32_t width);

/* --- terms (re_expr.c) ---------------------------------------------------- */

/* The node of this kind; operands already in normal form. */
gram_status gr_re_make(GrRe *re, ReKind kind, uint32_t a, uint32_t b,
                       uint32_t lo, uint32_t hi, ReId *out);
/* A RE_OR or RE_AND of n >= 2 ascending kids; key[0] is overwritten, the
 * kids follow it. */
gram_status gr_re_make_many(GrRe *re, ReKind kind, uint32_t *key, uint32_t n,
                            ReId *out);
/* The terms of which a is made; none of what is under `not`: n of them. */
const uint32_t *gr_re_operands(const GrRe *re, ReId a, uint32_t *n);
/* a seen as base{lo,hi}; a itself is a{1,1}. */
RePower gr_re_power(const GrRe *re, ReId a);

/* --- words (re_words.c) --------------------------------------------------- */

/* The node of a residual; a finished word without a number becomes eps. */
/* The union of n expressions, of which those that are texts are made one list
 * of words; the array is overwritten. */
gram_status gr_re_or_texts(GrRe *re, ReId *a, uint32_t n, ReId *out);
gram_status gr_words_make(GrRe *re, uint32_t dict, uint32_t lo, uint32_t hi,
                          uint32_t depth, ReId *out);
gram_status gr_words_derive(GrRe *re, ReId a, uint32_t c, ReId *out);
/* Is a the empty string alone (with or without a number)? */
bool gr_words_done(const GrRe *re, ReId a);
bool gr_words_nullable(const GrRe *re, const ReNode *node);
/* The word i of the node, from its depth on. */
const char *gr_words_text(const GrRe *re, const ReNode *node, uint32_t i,
                          uint32_t *len);
/* Past the last word that starts as word i does with its next character,
 * which is returned in *c.  Word i is not finished. */
uint32_t gr_words_next(const GrRe *re, const ReNode *node, uint32_t i,
                       uint32_t *c);
/* The words of lo..hi characters, all of `set`. */
gram_status gr_words_filter(GrRe *re, ReId a, SetId set, uint32_t lo,
                            uint32_t hi, ReId *out);

/* The words of a that are not among those of b. */
gram_status gr_words_minus(GrRe *re, ReId a, ReId b, ReId *out);

/* --- leap seconds (re_leap.c) --------------------------------------------- */

/* The whole times of leap seconds, as one term. */
gram_status gr_leap_start(GrRe *re, ReId *out);
/* The characters with which the words of a RE_LEAP begin, ascending, each pair
 * from one to another. */
const char *gr_leap_ahead(const ReNode *node);
gram_status gr_leap_derive(GrRe *re, ReId a, uint32_t c, ReId *out);
/* Of its words the length of a shortest one, and the image over one letter;
 * there is no longest. */
uint32_t gr_leap_least(const ReNode *node);
gram_status gr_leap_project(GrRe *re, const ReNode *node, ReId *out);

/* --- trimming (re_trim.c) ------------------------------------------------- */

/* *out has the words of a: where it is an intersection, without what no word of
 * all operands can have. */
gram_status gr_re_trim(GrRe *re, ReId a, ReId *out);

/* --- lengths (re_lengths.c, re_walk.c, re_span.c) ------------------------- */

/* The image of a over one letter. */
gram_status gr_re_project(GrRe *re, ReId a, ReId *out);
/* The same of an intersection or a complement, by walking. */
gram_status gr_walk_project(GrRe *re, ReId a, ReId *out);
/* Of a term over one letter: keep its lengths. */
gram_status gr_walk_unary(GrRe *re, ReId a);
/* any{lo,hi} */
gram_status gr_any_power(GrRe *re, uint32_t lo, uint32_t hi, ReId *out);
gram_status gr_lengths_keep(GrRe *re, ReNode *node, const GrLengths *l);
const GrLengths *gr_lengths_kept(GrRe *re, ReId a);

/* --- letters (re_letters.c) ----------------------------------------------- */

/* A set of characters that all words of a are made of; *any: of all there are.
 */
gram_status gr_re_letters(GrRe *re, ReId a, SetId *out, bool *any);
/* The same without leaving out how sets of many ranges look. */
gram_status gr_re_exact_letters(GrRe *re, ReId a, SetId *out, bool *any);
/* Is a plainly empty, since its parts have no letters in common that would
 * spell it?  If not, it may be empty all the same. */
gram_status gr_re_none_by_letters(GrRe *re, ReId a, bool *none);
/* The same since no letter can be its last one (re_ends.c). */
gram_status gr_re_none_by_ends(GrRe *re, ReId a, bool *none);

/* --- partitions (re_part.c) ----------------------------------------------- */

enum { PART_DEAD, PART_LIVE }; /* all characters in class 0, in class 1 */

/* Of two partitions, where is nothing left?  Where both say so, where either
 * does, or where the first does. */
typedef enum ReMeet { MEET_OR, MEET_AND, MEET_FIRST } ReMeet;

/* The partition of a: its derivative is constant on every class, and none on
 * class 0. */
gram_status gr_re_part(GrRe *re, ReId a, uint32_t *part);
/* The operands of a whose first character is one of a's: n ids. */
const uint32_t *gr_re_heads(const GrRe *re, ReId a, uint32_t *n);
/* The coarsest common refinement, with what is then dead as one class. */
gram_status gr_re_refine(GrRe *re, ReMeet how, uint32_t p, uint32_t q,
                         uint32_t *out);
/* Refine all of list[0..n), which is overwritten; MEET_OR or MEET_AND. */
gram_status gr_re_refine_all(GrRe *re, ReMeet how, uint32_t *list, uint32_t n,
                             uint32_t *out);
/* The class of c. */
uint32_t gr_re_part_class(GrRe *re, const RePart *p, uint32_t c);
/* Make the intervals of p, if they are still to be made. */
gram_status gr_re_part_open(GrRe *re, RePart *p);
/* The index of the interval that holds c; p is open. */
uint32_t gr_re_part_at(const RePart *p, uint32_t c);
/* The code points of a class. */
gram_status gr_re_part_set(GrRe *re, RePart *p, uint32_t cls, SetId *out);
/* Make p->first. */
gram_status gr_re_part_firsts(GrRe *re, RePart *p);
/* What is dead where classes k and l meet. */
static inline bool gr_re_meet_dead(ReMeet how, uint32_t k, uint32_t l)
{
    switch (how) {
    case MEET_OR: return k == 0 && l == 0;
    case MEET_AND: return k == 0 || l == 0;
    case MEET_FIRST: break;
    }
    return k == 0;
}
/* The last code point of interval i. */
static inline uint32_t gr_re_part_end(const RePart *p, uint32_t i)
{
    return i + 1 < p->n ? p->start[i + 1] - 1 : RE_MAX_CHAR;
}

/* --- atoms (re_atoms.c) --------------------------------------------------- */

/* Has it so many intervals that they are looked at through atoms? */
bool gr_atoms_wide(const RePart *p);
/* gr_re_refine over atoms; *done is false, and nothing found, where there would
 * be too many of them. */
gram_status gr_atoms_refine(GrRe *re, ReMeet how, RePart *p, RePart *q,
                            uint32_t *out, bool *done);
uint32_t gr_atoms_class(GrRe *re, const RePart *p, uint32_t c);
gram_status gr_atoms_open(GrRe *re, RePart *p);
/* The least member of each class; p is not open. */
void gr_atoms_firsts(const GrRe *re, const RePart *p, uint32_t *first);

#endif
