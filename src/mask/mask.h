/* mask: configuration x vocabulary -> the set of tokens that may come next.
 *
 * It refuses to know what a state means and how a token is sampled.  A mask
 * is the answer for one configuration; it is computed once, remembered by
 * exactly what was read to compute it, and after that a look-up.
 *
 *      configuration
 *           |
 *       memo: state -> frames -> conditions         memo.c
 *        hit |        | miss
 *            |        v
 *            |   class loop?  --yes--> slice + rests  loop.c, inside.c
 *            |        | no
 *            |        +--near a class loop-> difference walk  near.c
 *            |        | no
 *            |        +--in a zone of states -> slice + rests  zone.c
 *            |        | no
 *            |        +--a chain of states --> slice + rests   chain.c
 *            |        | no
 *            |        v
 *            |   depth-first walk over the token trie         walk.c
 *            |        |
 *            |   store: equal masks get one id                store.c, rows.c
 *            v        |
 *          marks <----'   what the text itself decides        marks.c
 *            |
 *          a row of bits
 *
 * The walk.  Tokens that share a prefix share its steps: the trie lies in
 * depth-first order, so pruning a dead subtree is one assignment.  The common
 * step is two loads and a compare on filled cells; everything else goes
 * through gr_run_byte with a trace, which notes the frames read and the
 * outcomes met (pda.h).  Masks are thus shared across depths, documents and
 * threads, and are still exact.
 *
 * The memo is a tree per state: a node holds leaves and has a child per next
 * frame.  A leaf holds where the registers lie in its boxes and the machine
 * gives the same answers; any leaf that holds is right, so order is free.
 *
 * Class loops.  Inside a string nearly every token is a run of ordinary
 * characters on which the state returns to itself.  For a class of
 * characters the tokens made of it alone are one row (a slice), found by a
 * scan over signatures; all other tokens are "some characters of the class,
 * then a rest": the rests form tries of their own, by first byte, in which
 * each distinct rest is walked once.  Where the loop counts characters, the
 * slice is one of those by length, and rests are walked once for all prefix
 * lengths where no outcome depends on the count, else once for each.  White
 * space between JSON tokens is such a loop too.  Classes of the vocabulary
 * (plain characters, white space) are complete when it is loaded.
 *
 * Strings.  Where a machine promises that no character is ever dead (any
 * string, a key of an open object), a token matters by where it closes the
 * string alone.  The tokens that do not are one row, by characters as they
 * are meant; the others are told by the 300 texts that come before a quote
 * and the trie of what comes behind it (inside.c).
 *
 * Zones.  Where a pattern is searched for, no single state takes all plain
 * characters back to itself, but none of the states that they lead to is
 * ever dead.  Then their slice is alive, and what may follow the characters
 * is told from each of those states.
 *
 * Chains.  A pattern such as [a-z0-9]{1,64}, or the parts of a mail address,
 * counts by states: each takes the class to the next one.  Its row is the
 * slice up to the end of the chain, and rests behind n characters are walked
 * from the n-th state.  Where a byte leads out of the chain and into one again
 * (the dot of a host name), the tokens that it heads are a row, too
 * (headed.c).
 *
 * Parts.  Behind a closing quote all strings of an object are in the same
 * place.  What is alive among the rests behind such a byte is remembered by
 * the configuration there, and its conditions are carried over.
 *
 * Near a loop.  A state such as "in a key, nothing read yet" is no loop, but
 * on almost every byte it enters one.  Its mask is the loop's mask but for
 * the tokens along paths where both states differ: only those are walked.
 *
 * Names.  Where any key may come, one that begins like a name is like others
 * as long as no token ends it by what is left of the name: then its mask is
 * that of a key without a name, and not computed again (loop.c).
 *
 * Keeping.  A mask is a patch of a row.  Rows of the vocabulary cost a grammar
 * nothing: the slices, and the rows of common places of JSON (usual.c), which
 * most masks of most grammars are near.  A mask that is near none becomes a
 * row of the grammar's own.
 *
 * Rows.  A work space shows patches on rows of its own, one for each base: to
 * go from one mask of a base to the next costs their ids.  Texts of a grammar
 * come to the same places, so a work space begins with rows of the bases that
 * the texts before it came to (rows.c).  A mask that is asked for often becomes
 * a row that all share, where a text ends and as far as rows are a modest share
 * of the memory (store.c).
 *
 * Marks.  Three things depend on the text and not on the configuration's ids:
 * which keys an object has already, which items an array whose items must
 * differ, and outcomes that no condition can hold.  A leaf lists where in the
 * trie they matter: at a *key* mark the spellings of seen keys are followed
 * and what is then dead is cleared (follow.c); at an *item* mark the mask has
 * what completes a new item, and what may complete one that is there is tried
 * (items.c); the subtree at a *hard* mark is walked again with the matcher's
 * own stepping (again.c).  A survey of the subtree tells when the keys cannot
 * matter (survey.c), and what keys made of a mask is kept by the numbers of
 * their lists (keyed.c).
 * A mask that was put right otherwise lies in the caller's work space and has
 * no id, unless nothing changed.
 *
 * Places.  A configuration that was met before, as it was, has a number, and
 * its mask and where tokens lead from there are known by it (place.c).  That
 * is what a matcher looks at first; all of the above is for places that are
 * new.
 *
 * Rejected: keying masks by the whole stack (no sharing between depths);
 * keying by register values (a mask per string length); 256-entry rows per
 * trie node (a vocabulary of 128k tokens has 250k nodes).
 *
 * Invariants
 *   - bit t of a mask is set iff stepping over the bytes of t succeeds, and
 *     for end ids iff the text may end.
 *   - leaves, nodes and masks are append-only; ids are dense from 1.
 *   - the row of a GrWork is base `held_base` xor the ids in `held`, or those
 *     of `held_mask` where it is shown alone.
 *
 * Cost: a hit is some tens of nanoseconds, a row copied 0.3 us for 128k
 * tokens, a walk 5-10 ns a live trie node, a slice with exits some us.
 * Threads: one GrMasks for all; a GrWork belongs to one thread.  Walks run
 * without a lock; inserting takes the lock of the GrMasks.
 */
#ifndef GR_MASK_H
#define GR_MASK_H

#include "base/base.h"
#include "pda/pda.h"
#include "vocab/vocab.h"

/* --- tables of a vocabulary: complete when made, immutable ---------------- */

typedef struct GrTables GrTables;

/* The slice and exits of the plain characters of JSON strings; `v` must
 * outlive the tables. */
gram_status gr_tables_new(GrEnv *env, const GrVocab *v, GrTables **out);
/* The same by certain kernels (kernels.h), for these tables and all classes of
 * grammars over them: tests compare whole masks of each with the others. */
struct Kernels;
gram_status gr_tables_new_by(GrEnv *env, const GrVocab *v,
                             const struct Kernels *k, GrTables **out);
void gr_tables_free(GrTables *t);

/* --- masks of a grammar --------------------------------------------------- */

typedef struct GrMasks GrMasks;

typedef struct GrMasksOptions {
    const gram_allocator *alloc; /* NULL: the C library's */
    size_t max_memory;           /* bytes of all caches; 0: the default */
    uint32_t flags;              /* GR_MASK_NO_*: slower, equal answers */
    _Atomic bool *full;          /* set when they need more; may be NULL */
} GrMasksOptions;
enum {
    GR_MASK_NO_MEMO = 1,    /* remember nothing */
    GR_MASK_NO_CLASSES = 2, /* walk everything */
    GR_MASK_NO_NEAR = 4,
    GR_MASK_NO_PARTS = 8,  /* walk rests again for each state */
    GR_MASK_NO_EXITS = 16, /* take the exits of loops and chains for dear */
    /* as if every byte were a token: what is alive byte by byte is allowed */
    GR_MASK_BY_BYTES = 32
};

/* All three must outlive the result. */
gram_status gr_masks_new(GrPda *pda, const GrVocab *v, const GrTables *t,
                         const GrMasksOptions *opt, GrMasks **out);
void gr_masks_free(GrMasks *m);

/* Are tokens allowed only if tokens lead on?  Where all bytes are tokens that
 * needs no asking. */
bool gr_masks_spell(const GrMasks *m);

GrPda *gr_masks_pda(const GrMasks *m);
const GrVocab *gr_masks_vocab(const GrMasks *m);

typedef struct GrMasksStats {
    uint64_t masks;      /* distinct */
    uint64_t leaves;     /* memo entries */
    uint64_t mask_bytes; /* ids and rows of masks */
    uint64_t memory;     /* everything held */
    uint64_t steps;      /* spent on computing masks */
} GrMasksStats;
void gr_masks_stats(GrMasks *m, GrMasksStats *out);
/* Bytes that all caches may hold from now on. */
void gr_masks_set_limit(GrMasks *m, size_t max_memory);

/* --- asking --------------------------------------------------------------- */

/* Work space of one thread: a row, stacks, an arena. */
typedef struct GrWork GrWork;

/* `env` pays for the work space and outlives it. */
gram_status gr_work_new(GrMasks *m, GrEnv *env, GrWork **out);
void gr_work_free(GrWork *w);
/* To be called when seen keys of the configurations asked about are given
 * back (rollback). */
void gr_work_forget(GrWork *w);
/* A text ends: masks that it has often asked for become rows. */
void gr_rows_publish(GrWork *w);

/* Has it been found that no key of the list begins like the one that began at
 * key_at of the log? */
bool gr_work_is_new_key(const GrWork *w, const GrSeen *seen, uint64_t key_at);

typedef struct GrMaskView {
    const uint32_t *row; /* gr_vocab mask_words; valid until the next call
                            with the same GrWork */
    uint32_t id;         /* equal ids are equal masks; 0: no id */
    uint32_t n;          /* how many tokens it allows */
} GrMaskView;

/* The mask at configuration c.  `log` holds all bytes accepted so far; bytes
 * behind its end are used as scratch. */
gram_status gr_mask_get(GrMasks *m, GrWork *w, const GrConfig *c, GrText *log,
                        GrMaskView *out);

/* Minus infinity for each of n logits whose bit is not set; `words` words of
 * mask, behind which no bit is.  `k` from kernels.h; NULL: the best. */
void gr_mask_apply(const struct Kernels *k, void *logits, gram_logits type,
                   size_t n, const uint32_t *mask, uint32_t words);

/* --- places: whole configurations as numbers (place.c) -------------------- */

/* Equal configurations have one number; 0: none. */
typedef struct PlaceId {
    uint32_t v;
} PlaceId;

/* The place of c, or 0 where it gets none.  Then c's stack and lists are those
 * of the place, and live as long as m. */
PlaceId gr_place_of(GrMasks *m, GrConfig *c, const GrText *log);
/* The configuration of a place, behind log_len bytes. */
void gr_place_config(const GrMasks *m, PlaceId id, uint64_t log_len,
                     GrConfig *out);
/* Where a text token leads to from there, as was noted before; 0: nothing was
 * noted. */
PlaceId gr_place_next(const GrMasks *m, PlaceId from, uint32_t token);
void gr_place_note(GrMasks *m, PlaceId from, uint32_t token, PlaceId to);
/* The id of the mask there that was set before, or 0; and, where that was set
 * as well, its row and how many tokens it allows, else NULL. */
void gr_place_look(const GrMasks *m, PlaceId id, GrMaskView *out);
void gr_place_set_mask(GrMasks *m, PlaceId id, uint32_t mask);
/* The row of the mask there, if all share it: as long as m lives. */
void gr_place_set_row(GrMasks *m, PlaceId id, uint32_t mask);
/* The mask with this id. */
gram_status gr_mask_view(GrWork *w, uint32_t id, GrMaskView *out);

/* Compute masks breadth-first from the start until they, and the cells that
 * they take, have grown by about max_bytes; *n: how many leaves are new. */
gram_status gr_masks_precompute(GrMasks *m, GrWork *w, size_t max_bytes,
                                int (*progress)(void *ctx, uint64_t masks,
                                                uint64_t bytes),
                                void *ctx, uint64_t *n);

/* The tokens after which a text can end within `budget` more, by plans that
 * have begun at c; row has mask_words words, end ids included. */
gram_status gr_mask_budget(GrMasks *m, GrWork *w, GrPlan *plan,
                           const GrConfig *c, GrText *log, uint64_t budget,
                           uint32_t *row);

/* The tokens after which there is such a plan at all: what may come next where
 * the vocabulary lacks single bytes.  `keep`: it gets an id. */
gram_status gr_mask_spelled(GrMasks *m, GrWork *w, GrPlan *plan,
                            const GrConfig *c, GrText *log, bool keep,
                            GrMaskView *out);

/* The plans that all matchers share then; until they are left no other thread
 * plans.  `env` is charged for the steps; `status`: what has become of it. */
gram_status gr_masks_enter_plan(GrMasks *m, const GrPlanTokens *tokens,
                                const GrEnv *env, GrPlan **out);
void gr_masks_leave_plan(GrMasks *m, GrEnv *env, gram_status status);

/* --- keeping and restoring (image.c) -------------------------------------- */

/* Append all that is remembered; `env` pays.  Nobody may ask meanwhile. */
gram_status gr_masks_save(GrMasks *m, GrEnv *env, GrText *image);
/* Into a fresh GrMasks, over the same vocabulary and over the tables that
 * were written with it.  With `check` every index in it is looked at. */
gram_status gr_masks_load(GrMasks *m, GrImage *image, bool check,
                          gram_error *error);

#endif
