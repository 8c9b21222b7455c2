/* work.h - private to src/mask: what a mask is computed with.
 *
 * A work space belongs to one call at a time.  It holds the row being made and
 * rows put aside (rows.c), the stacks of walks, what has been looked up of the
 * tables just now, and scratch of the files named beside it. */
#ifndef GR_MASK_WORK_H
#define GR_MASK_WORK_H

#include "mask/kept.h"

/* --- what is in it -------------------------------------------------------- */

typedef struct WalkLevel {
    const _Atomic uint32_t *row;
    const uint8_t *map;
    uint32_t end; /* node behind the subtree */
    uint32_t state;
    uint32_t base; /* index of the configuration that state replaces in */
    uint32_t add;  /* to its register 0, which counts along the way */
    bool slow;     /* every byte goes through gr_run_byte */
} WalkLevel;

typedef struct WalkBase {
    GrConfig config;
    GrArenaMark mark; /* the arena when config was made */
    uint32_t serial;  /* told apart from bases before it */
} WalkBase;

/* Two walks side by side (near.c): configurations a and b, which states of
 * levels above replace the states of. */
typedef struct Pair {
    GrConfig a, b;
    bool b_dead; /* then b is nothing */
    bool alike;  /* they differ in their states at most */
} Pair;

typedef struct PairRow {
    const _Atomic uint32_t *row;
    const uint8_t *map; /* NULL: dead */
    uint32_t state;
    uint32_t add; /* to its register 0, which counts along the way */
} PairRow;

typedef struct PairLevel {
    PairRow a, b;
    uint32_t end;   /* node behind the subtree */
    uint32_t base;  /* index of the pair */
    uint32_t tells; /* which of Near.tells; 0: not asked yet */
} PairLevel;

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
    uint32_t cls;   /* class index, or 0: no loop */
    uint32_t reg, limit;
    uint32_t as;   /* the looping state that this one is, with reg 0; nearly
                    always the state itself */
    uint32_t like; /* a state with the same masks; mostly itself */
    uint32_t past; /* behind any text that tokens have before a quote, a quote
                      does what it does in this state; itself: not known */
    const GrWide *wide; /* this and the next: see GrLoop */
    bool walked;
    bool open;
    bool is_all;
    uint32_t sure, most;
} LoopRef;

/* Classes of a state that this call has paid for, of those that it met. */
typedef struct PaidRef {
    uint32_t state; /* + 1 */
    uint32_t cls[8];
} PaidRef;

/* What an operation that counts came to, with `add` counted before it. */
typedef struct CountRef {
    uint32_t cell, serial; /* of the base */
    uint32_t add, whole;   /* and so many more behind it */
    Cell to;
} CountRef;

typedef struct AskRef {
    const GrSeen *seen;
    uint32_t reg[GR_REGS - 1]; /* without the first, which is not asked about */
    uint32_t index;            /* in GrMasks.asked, + 1 */
    uint32_t answer;
} AskRef;

/* One step inside a string: add `whole` to the count in reg, which may then
 * be hi at most. */
typedef struct Step {
    StateId to;
    uint32_t whole, hi, reg;
} Step;

/* What an operation is as a step: reading one takes four look-ups, and those
 * of one string are few, so that few are kept. */
typedef struct StepRef {
    uint32_t cell; /* 0: none */
    bool is_step;
    Step step;
} StepRef;

enum {
    N_ASK_REFS = 64,
    N_STEP_REFS = 8,
    N_ROW_REFS = 128,
    N_CHILD_REFS = 64,
    N_WORDS_REFS = 16,
    N_LOOP_REFS = 32,
    N_PAID_REFS = 32,
    N_COUNT_REFS = 16
};

/* A trie depth while the spellings of seen keys are followed: the keys
 * sorted[lo .. hi) begin with the len bytes decoded so far. */
typedef struct Follow {
    GrUnescape u;
    uint32_t end, lo, hi, len;
    uint32_t state;
    uint32_t words;   /* of the state; 0: not known */
    uint32_t want[8]; /* bytes that lead on */
} Follow;

/* A trie depth while what follows a prefix of a key is cleared. */
typedef struct ClearLevel {
    const _Atomic uint32_t *row; /* of the state that the key has come to */
    const uint8_t *map;
    uint32_t end;
} ClearLevel;

/* Seen keys of one list, sorted by text. */
typedef struct SeenSorted {
    const GrSeen *head;
    GrVec(const GrSeen *) at;
} SeenSorted;

/* The marks of a leaf, but for that of the open key, do nothing where the
 * levels of its marks have these keys. */
typedef struct Quiet {
    uint32_t leaf;   /* index + 1, or 0 */
    uint32_t levels; /* see gr_keyed_levels */
    bool known;
    const GrSeen *seen[2];
} Quiet;
enum { N_QUIET = 32 };
#define LEVELS_OPEN_KEY 0x80000000u /* beside the bits of levels */

struct GrWork {
    /* What a look at a mask that is known reads comes first: a line of 64
     * bytes. */
    GrMasks *m;
    uint32_t *row;
    uint32_t held_base; /* BASE_NONE: row holds anything */
    uint32_t held_mask; /* the mask that row is, or 0 */
    uint32_t n;         /* tokens of row */
    uint8_t number;     /* told apart from others of m, mostly */
    bool shown;         /* see Held; also for `on` */
    bool loose;         /* sum and n are to be made (gr_row_settle) */
    uint8_t n_other;
    Patch on;
    uint32_t turn;         /* of masks that were asked for, as in Held */
    uint32_t base[N_HELD]; /* of the rows put aside */
    uint8_t hint[N_ROW_HINTS];
    Held other[N_HELD];
    uint32_t n_due, due[N_DUE]; /* masks to become rows (store.c) */
    GrEnv *env;
    Ids held;
    uint64_t sum; /* of the tokens of row */
    GrArena arena;
    GrVec(WalkLevel) levels;
    GrVec(WalkBase) bases;
    GrVec(PairLevel) pair_levels;
    GrVec(Pair) pairs;
    GrVec(Mark) marks; /* of the walk going on */
    GrVec(uint32_t) over;
    GrVec(uint32_t) groups;        /* met in a walk over rests */
    GrText text;                   /* a decoded key prefix */
    GrText prefix;                 /* that of the key that is open */
    uint64_t prefix_at, prefix_to; /* from and to there in the log */
    GrUnescape prefix_u;           /* what is begun behind it */
    GrVec(Follow) follow;          /* the stack of marks.c and survey.c */
    GrVec(ClearLevel) clear;
    GrVec(uint64_t) closed; /* of a survey being made */
    SeenSorted seen;
    struct ItemLists *items; /* items.c; NULL: none were read yet */
    Quiet quiet[N_QUIET];
    /* None of these keys begins like the key that began there in the log. */
    const GrSeen *never;
    uint64_t never_at;
    RowRef row_ref[N_ROW_REFS];
    ChildRef child_ref[N_CHILD_REFS];
    WordsRef words_ref[N_WORDS_REFS];
    LoopRef loop_ref[N_LOOP_REFS];
    AskRef ask_ref[N_ASK_REFS];
    StepRef step_ref[N_STEP_REFS];
    PaidRef paid_ref[N_PAID_REFS];
    CountRef count_ref[N_COUNT_REFS];
    uint32_t filled;       /* cells that steps were read from (step.c) */
    uint32_t serial;       /* of the last base */
    GrVec(uint32_t) patch; /* store.c: toggles of another base */
    uint32_t *touched;     /* bits: tokens under key marks (near.c) */
    bool limited;          /* a token met a limit */
    bool met_other;        /* tokens were stepped over what is no step: zones */
    GrMap paid;            /* what this call has paid for (pda/dear.c) */
    bool too_many;         /* marks: nothing is kept */
    bool below;            /* the mask of a state below another's (blocks.c) */
};

static inline size_t row_bytes(const GrMasks *m)
{
    return (size_t)m->v->mask_words * sizeof(uint32_t);
}

/* The same list takes a patch off that put it on. */
static inline void toggle(uint32_t *row, const uint32_t *ids, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) row[ids[i] >> 5] ^= 1u << (ids[i] & 31);
}

/* A call begins. */
static inline void gr_work_begin(GrWork *w)
{
    w->limited = false;
    if (GR_LIKELY(w->paid.n == 0)) return;
    gr_map_clear(w->env, &w->paid);
    memset(w->paid_ref, 0, sizeof w->paid_ref);
}

/* --- the row (rows.c) ----------------------------------------------------- */

/* An empty row, as long as those of a work space; NULL: no memory. */
uint32_t *gr_work_row(GrWork *w);
/* Begin with rows that texts before came to need; and give up those of w, or
 * leave them to the next one. */
void gr_rows_borrow(GrWork *w);
void gr_rows_return(GrWork *w);
void gr_rows_clear(GrMasks *m);
gram_status gr_row_load_base(GrWork *w, uint32_t base);
gram_status gr_row_load(GrWork *w, uint32_t mask);
/* Any row becomes the mask, which is a patch. */
void gr_row_fill(const GrMasks *m, uint32_t *row, const Mask *k);
/* A row that is mask k, which has this id, is kept as a patch, and is not at
 * hand.  It is not for changing. */
gram_status gr_row_show(GrWork *w, uint32_t id, const Mask *k,
                        const uint32_t **row);
/* With them, of which it has none: it is then no patch of a base. */
gram_status gr_row_add(GrWork *w, const Base *tokens);
/* Remember a toggle, where there is no room for it at hand. */
gram_status gr_row_note(GrWork *w, uint32_t token);
static inline gram_status gr_row_put(GrWork *w, uint32_t token, bool bit)
{
    uint64_t hash = token_hash(token);
    if (gr_bit_get(w->row, token) == bit) return GRAM_OK;
    w->held_mask = 0;
    if (GR_LIKELY(w->held.n < w->held.cap && w->held_base != BASE_NONE &&
                  w->held.n < w->m->v->mask_words))
        w->held.at[w->held.n++] = token;
    else
        GR_TRY(gr_row_note(w, token));
    w->row[token >> 5] ^= 1u << (token & 31);
    w->sum += bit ? hash : 0 - hash;
    w->n += bit ? 1u : 0u - 1u;
    return GRAM_OK;
}
/* Where no list is kept bits of many tokens are set or cleared without a look
 * at sum and n: those of so many nodes are worth a sum over the row. */
enum { LOOSE_NODES = 8192 };
static inline bool gr_row_may_loosen(const GrWork *w, uint32_t nodes)
{
    return w->held_base == BASE_NONE && (w->loose || nodes > LOOSE_NODES);
}
static inline void gr_row_loosen(GrWork *w)
{
    w->loose = true;
    w->held_mask = 0;
}
/* From here on the row is no patch of anything. */
static inline void gr_row_detach(GrWork *w)
{
    w->held_base = BASE_NONE;
    w->held.n = 0;
    w->shown = false;
    gr_row_loosen(w);
}
/* Make sum and n what the row says, if they are not. */
void gr_row_settle(GrWork *w);
/* Set the tokens of a group, of which the row has none. */
gram_status gr_row_put_group(GrWork *w, const Rests *r, uint32_t group);
/* Set all tokens of another row. */
gram_status gr_row_join(GrWork *w, const uint32_t *tokens);
/* The tokens of two rows, as a patch of a base that is near. */
gram_status gr_row_unite(GrWork *w, uint32_t base, const uint32_t *a,
                         const uint32_t *b);
/* clear.c: clear what begins with one of the bytes `gone`, where all else that
 * the row has begins with one of `left`; all of these begin tokens. */
gram_status gr_row_clear_roots(GrWork *w, const uint32_t gone[8],
                               const uint32_t left[8]);
/* The tokens of one subtree of the trie, token by token. */
gram_status gr_row_clear_below(GrWork *w, uint32_t node);

#endif
