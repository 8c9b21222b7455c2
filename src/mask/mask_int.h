/* What the files of the mask room share. */
#ifndef GR_MASK_INT_H
#define GR_MASK_INT_H

#include "mask/mask.h"

/* --- tries: of all tokens, or of the rests of a class ---------------------- */

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
} Exit;

/* Exits with one rest: exit[start .. start + n) of their Rests. */
typedef struct Group {
    uint32_t start, n;
} Group;

/* The exits whose rests begin with one byte, and the trie of them, which is
 * built when a state first needs it. */
typedef struct Rests {
    Exit *exit;
    uint32_t n;
    uint32_t most_chars; /* before a rest */
    Group *group;
    GrTrieNode *node; /* NULL: not built */
    uint32_t n_nodes;
} Rests;

/* A row that masks are patches of. */
typedef struct Base {
    const uint32_t *row;
    uint64_t sum; /* of token_hash over its tokens */
    uint32_t n;   /* tokens */
} Base;

enum { LENGTH_ROWS = 24 }; /* characters for which rows are kept */

/* A class of characters: see "Class loops" in mask.h.  Tokens whose first
 * byte begins no character of the class are not here: the trie of all
 * tokens has them. */
typedef struct Class {
    uint32_t *ranges; /* n pairs, without surrogates */
    uint32_t n;
    uint32_t lead[8];      /* the bytes that begin its characters */
    Base all;              /* every token of the class */
    uint32_t *by_chars;    /* those tokens, by number of characters */
    uint32_t *chars_at;    /* by_chars[chars_at[k] ..) has more than k;
                            longest + 1 entries */
    uint32_t longest;      /* characters of the longest token of the class */
    Base few[LENGTH_ROWS]; /* at most k characters; row NULL: not kept */
    Rests rests[256];      /* by first byte */
    GrArena arena;         /* holds all of it */
} Class;

/* `keep_rows`: build `few` and the tries of all rests too. */
gram_status gr_class_build(GrEnv *env, const GrVocab *v, const uint32_t *ranges,
                           uint32_t n, bool keep_rows, Class **out);
void gr_class_free(GrEnv *env, Class *c);
gram_status gr_rests_build(GrEnv *env, Class *c, uint8_t byte);
/* Are these ranges, surrogates aside, the class? */
bool gr_class_is(const uint32_t *own, uint32_t n_own, const uint32_t *ranges,
                 uint32_t n);

struct GrTables {
    GrEnv *env;
    const GrVocab *v;
    Class *plain; /* all but ", \ and control characters */
};

static inline uint64_t token_hash(uint32_t t)
{
    return gr_mix((uint64_t)t + 0x9e3779b97f4a7c15u);
}

/* --- stored masks ------------------------------------------------------------ */

#define BASE_EMPTY 0u
#define BASE_NONE  UINT32_MAX

typedef struct Mask {
    uint64_t sum;
    uint32_t n;             /* tokens */
    uint32_t base;          /* BASE_NONE: `row` is all there is */
    uint32_t ids, n_ids;    /* toggles of the base, in GrMasks.ids */
    uint32_t same_sum;      /* an older mask with this sum, or 0 */
    _Atomic uint32_t asked; /* times; decides whether a row is worth it */
    uint32_t *_Atomic row;  /* all bits, or NULL */
} Mask;

/* --- memo ---------------------------------------------------------------------- */

enum {
    MARK_KEY,   /* follow the spellings of seen keys */
    MARK_AGAIN, /* a key that follows others of the same walk: walk again,
                   exactly, where the survey does not rule it out */
    MARK_HARD,  /* walk again, exactly */
    MARK_END    /* ask again whether the text may end */
};

typedef struct Mark {
    uint32_t node;  /* of the trie; GR_TRIE_NONE: above all nodes */
    uint32_t depth; /* bytes up to and including node */
    uint32_t state; /* KEY, AGAIN: the state behind the opening quote */
    uint32_t added; /* AGAIN: keys added before it in the walk */
    uint16_t level; /* of the object; AGAIN: 0 where the walk opened it */
    uint8_t kind;
    uint8_t byte; /* if cls: of the rests that node is one of */
    uint32_t cls; /* class index + 1; 0: node is of the trie of tokens */
    _Atomic uint32_t survey; /* index, 0: not made */
} Mark;

/* Which keys an object must have for anything below an opening quote to be
 * dead: one of those that tokens close there, or at least `least` of them. */
typedef struct Survey {
    uint32_t closed, n; /* hashes of keys closed below, ascending */
    uint32_t longest;   /* bytes of the longest of them */
    uint32_t least;     /* words of the state with the fewest */
    bool made;
} Survey;

typedef struct Leaf {
    uint32_t self; /* index of this leaf */
    uint32_t next; /* leaf + 1 */
    uint32_t mask; /* id */
    uint32_t boxes, n_boxes, asked, n_asked;
    uint32_t frames; /* read */
    uint32_t marks, n_marks;
    uint32_t below;        /* leaf + 1 whose marks come first, or 0 (near.c) */
    uint32_t over, n_over; /* nodes alive, whatever the marks of `below` say */
} Leaf;

typedef struct MemoNode {
    _Atomic uint32_t leaf;  /* leaf + 1 */
    _Atomic uint32_t frame; /* the first child's frame + 1 */
    _Atomic uint32_t child; /* and the child */
    _Atomic uint32_t more;  /* there are others, in GrMasks.children */
    uint32_t n_leaves;
} MemoNode;

struct GrMasks {
    GrPda *pda;
    const GrVocab *v;
    const GrTables *tables;
    uint32_t flags;
    GrEnv env;
    pthread_mutex_t lock; /* of everything below */
    GrStore masks, ids, bases, leaves, boxes, asked, marks, over, nodes, roots;
    GrStore surveys, closed;
    GrIntern survey_ids; /* cls, byte, node, state */
    _Atomic uint32_t n_roots;
    GrMap by_sum, children;
    GrStore classes; /* ClassRef, from 1 */
    _Atomic uint32_t n_classes;
    uint64_t row_bytes;
    _Atomic uint64_t steps;
};

/* A class in use by a grammar; index 1 is the plain one of the vocabulary. */
typedef struct ClassRef {
    Class *_Atomic cls;     /* NULL: read from a file, not built yet */
    const uint32_t *ranges; /* of it, where read from a file */
    uint32_t n_ranges;
    uint32_t all;              /* base index of cls->all */
    uint32_t few[LENGTH_ROWS]; /* and of cls->few, or 0 */
    _Atomic bool built[256];   /* rests[b] may be read */
} ClassRef;

enum { LEAVES_MAX = 256 }; /* of one memo node; more are not kept */

/* --- work ------------------------------------------------------------------------ */

typedef struct WalkLevel {
    const _Atomic uint32_t *row;
    const uint8_t *map;
    uint32_t end; /* node behind the subtree */
    uint32_t state;
    uint32_t base; /* index of the configuration that state replaces in */
    bool slow;     /* every byte goes through gr_run_byte */
} WalkLevel;

typedef struct WalkBase {
    GrConfig config;
    GrArenaMark mark; /* the arena when config was made */
} WalkBase;

typedef struct RowRef {
    const _Atomic uint32_t *row;
    const uint8_t *map;
    uint32_t state; /* + 1 */
} RowRef;

typedef struct ChildRef {
    uint32_t node, frame, child;
} ChildRef;

typedef struct WordsRef {
    uint32_t state; /* + 1 */
    uint32_t words;
} WordsRef;

typedef struct LoopRef {
    uint32_t state; /* + 1 */
    uint32_t cls;   /* class index + 1, or 0: no loop */
    uint32_t reg, limit;
} LoopRef;

enum {
    N_ROW_REFS = 128,
    N_CHILD_REFS = 64,
    N_WORDS_REFS = 16,
    N_LOOP_REFS = 32
};

/* A trie depth while the spellings of seen keys are followed: the keys
 * sorted[lo .. hi) begin with the len bytes decoded so far. */
typedef struct Follow {
    GrUnescape u;
    uint32_t end, lo, hi, len;
    uint32_t state;
    uint32_t want[8]; /* bytes that lead on */
} Follow;

/* Seen keys of one list, sorted by text. */
typedef struct SeenSorted {
    const GrSeen *head;
    GrVec(const GrSeen *) at;
} SeenSorted;

struct GrWork {
    GrMasks *m;
    GrEnv *env;
    GrArena arena;
    uint32_t *row;
    uint32_t held_base; /* BASE_NONE: row holds anything */
    uint32_t held_mask; /* the mask that row is, or 0 */
    GrVec(uint32_t) held;
    uint64_t sum; /* of the tokens of row */
    uint32_t n;   /* how many they are */
    GrVec(WalkLevel) levels;
    GrVec(WalkBase) bases;
    GrVec(Mark) marks; /* of the walk going on */
    GrVec(uint32_t) over;
    GrVec(uint32_t) groups; /* met in a walk over rests */
    GrText text;            /* a decoded key prefix */
    GrVec(Follow) follow;   /* the stack of marks.c and survey.c */
    GrVec(uint64_t) closed; /* of a survey being made */
    SeenSorted seen;
    RowRef row_ref[N_ROW_REFS];
    ChildRef child_ref[N_CHILD_REFS];
    WordsRef words_ref[N_WORDS_REFS];
    LoopRef loop_ref[N_LOOP_REFS];
    uint32_t *touched; /* bits: tokens under key marks (near.c) */
    bool limited;      /* a token met a limit */
    bool too_many;     /* marks: nothing is kept */
};

/* store.c: the row of the work space, and masks that are kept */
void gr_row_reset(GrWork *w);
gram_status gr_row_load_base(GrWork *w, uint32_t base);
gram_status gr_row_load(GrWork *w, uint32_t mask);
gram_status gr_row_put(GrWork *w, uint32_t token, bool bit);
gram_status gr_base_add(GrMasks *m, Base base, uint32_t *index);
gram_status gr_mask_keep(GrWork *w, uint32_t *id);
gram_status gr_mask_view(GrWork *w, uint32_t id, GrMaskView *out);
static inline const Base *base_at(const GrMasks *m, uint32_t i)
{
    return gr_store_at(&m->bases, i);
}
static inline Mask *mask_at(const GrMasks *m, uint32_t id)
{
    return gr_store_at(&m->masks, id);
}
static inline Leaf *leaf_at(const GrMasks *m, uint32_t i)
{
    return gr_store_at(&m->leaves, i);
}

/* n elements from index i on; NULL where there are none. */
static inline void *array_at(const GrStore *s, uint32_t i, uint32_t n)
{
    return n ? gr_store_at(s, i) : NULL;
}
static inline ClassRef *class_at(const GrMasks *m, uint32_t index)
{
    return gr_store_at(&m->classes, index);
}

/* memo.c */
gram_status gr_memo_find(GrWork *w, const GrConfig *c, const Leaf **out);
/* Keep what a walk found; *out stays NULL where it cannot be kept. */
gram_status gr_memo_add(GrWork *w, const GrTrace *t, Leaf leaf,
                        const Leaf **out);

/* walk.c */
typedef struct Walk Walk;
struct Walk {
    GrWork *w;
    GrRun run;
    Trie trie;
    uint32_t cls;     /* whose rests are walked, or 0 */
    uint8_t byte;     /* which rests */
    char *path;       /* exact walks: the log behind its end; else NULL */
    uint64_t path_at; /* log offset of path */
    uint64_t visited; /* nodes, not counted as steps yet */
    /* What to do with the token (a group, where rests are walked) of a node
     * that is alive in state s over the configuration w->bases.at[base]. */
    gram_status (*emit)(Walk *k, uint32_t node, StateId s, uint32_t base);
    void *ctx;
};

/* A walk over all tokens; traced, or exact (with the matcher's own rules;
 * the bytes of a path are written behind the end of the log). */
void gr_walk_init(Walk *k, GrWork *w, GrTrace *trace);
gram_status gr_walk_exact(Walk *k, GrWork *w, GrText *log);
/* Walk everything from c; or the subtree of one node whose parent c stands
 * at (depth: bytes up to and including node). */
gram_status gr_walk_all(Walk *k, const GrConfig *c);
gram_status gr_walk_node(Walk *k, const GrConfig *c, uint32_t node,
                         uint32_t depth);
/* Step config over a byte at a node: traced outcomes become marks.  *dead:
 * no token below node is alive (or a mark answers for them). */
gram_status gr_walk_step(Walk *k, GrConfig *c, uint8_t byte, uint32_t node,
                         uint32_t depth, bool *dead);
/* Exact walks: step over the first n bytes of p. */
gram_status gr_walk_path(Walk *k, GrConfig *c, const char *p, uint32_t n,
                         bool *dead);
/* The lowest token below a node (or at it), and its bytes. */
const char *gr_walk_bytes(const Walk *k, uint32_t node, uint32_t *token,
                          uint32_t *len);
gram_status gr_walk_put(Walk *k, uint32_t node, StateId s, uint32_t base);
/* All ids of a node of the trie of tokens. */
gram_status gr_row_put_node(GrWork *w, uint32_t node, bool bit);
gram_status gr_row_put_ends(GrWork *w, bool bit);

/* tokens.c: set what can be taken by id at c; gr_run_take's trace notes what
 * was read.  `keep` (may be NULL) is asked about each class: put its tokens? */
typedef gram_status (*KeepClass)(Walk *k, const GrConfig *c, bool *put);
gram_status gr_row_put_taken(Walk *k, const GrConfig *c, KeepClass keep);

static inline void row_ref(GrWork *w, StateId s, WalkLevel *out)
{
    RowRef *r = &w->row_ref[s.v % N_ROW_REFS];
    if (GR_UNLIKELY(r->state != s.v + 1)) {
        r->row = gr_pda_row(w->m->pda, s, &r->map);
        r->state = s.v + 1;
    }
    out->row = r->row;
    out->map = r->map;
}

/* loop.c: a class in use, built if need be */
gram_status gr_class_ref(GrMasks *m, uint32_t index, ClassRef **out);
/* The class of a state's loop, built on demand. */
gram_status gr_loop_of(GrWork *w, StateId s, LoopRef *out);
/* The trie of some rests of a class, built on demand. */
gram_status gr_rests_of(GrWork *w, uint32_t cls, uint8_t byte,
                        const Rests **out);
/* The rests that a mark with a class is about. */
gram_status gr_mark_rests(GrWork *w, const Mark *mark, const Rests **out);
gram_status gr_loop_mask(Walk *k, const LoopRef *loop, const GrConfig *c);
/* Narrow the box of a register of a level at the start of the walk. */
void gr_trace_note(GrTrace *t, uint16_t level, uint32_t reg, uint32_t lo,
                   uint32_t hi);

/* near.c: the loop state that is nearly s, or s itself where none is */
gram_status gr_near_find(GrWork *w, StateId s, StateId *loop);
/* The mask of walk (a traced copy of t->from) by its difference from the
 * mask of the loop state, whose leaf is `below`.  *done is false where the
 * conditions of both do not fit into one leaf. */
gram_status gr_near_mask(Walk *k, const GrConfig *walk, StateId loop,
                         const Leaf *below, bool *done);

/* marks.c: apply the marks of a leaf to its mask */
gram_status gr_marks_apply(GrWork *w, const Leaf *leaf, const GrConfig *c,
                           GrText *log, GrMaskView *out);
gram_status gr_words_of(GrWork *w, StateId s, uint32_t *words);

/* survey.c: may the keys `seen`, and `added` more, kill anything below a
 * mark?  `true` where that is not known. */
gram_status gr_survey_matters(GrWork *w, Mark *mark, const GrSeen *seen,
                              bool *matters);

/* mask.c: the leaf of a configuration; NULL where nothing can be kept */
gram_status gr_mask_leaf(GrWork *w, const GrConfig *c, const Leaf **out);

#endif
