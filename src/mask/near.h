/* near.h - private to src/mask: states that nearly are a loop (near.c), the
 * walk that finds what differs (near_walk.c), and states that are one but for
 * their names (near_same.c). */
#ifndef GR_MASK_NEAR_H
#define GR_MASK_NEAR_H

#include "mask/mask_int.h"

/* First bytes: with which the loop goes on and the state does not, and with
 * which that does; nodes below them, and below those with which the loop does
 * not (`more`), or both do, but not by one cell (`apart`). */
typedef struct Roots {
    uint32_t gone[8], left[8], apart[8];
    uint64_t n_gone, n_left, n_more, n_apart;
    bool cleared; /* nothing of `gone` is in the row */
} Roots;

/* Cells with which both sides go on: to these states, with so much counted,
 * where no more than `most` was counted before. */
typedef struct Move {
    Cell cell_a, cell_b;
    StateId a, b;
    uint32_t whole_a, whole_b, most_a, most_b;
    bool same; /* nothing differs from there on */
} Move;

enum { NEAR_MOVES = 4, NEAR_BOTHS = 16 };

/* Two states over a pair, and what bytes do there (near_walk.c). */
typedef struct Both {
    uint32_t a, b; /* the states; a is one more, and 0: none */
    uint32_t base; /* index of the pair */
    bool alike;    /* the sides differ in their states at most */
    uint8_t n;
    Move move[NEAR_MOVES];
    uint8_t does[256];
} Both;

/* What tells two states apart: bytes, and their signs (gr_byte_sign). */
typedef struct Tells {
    uint32_t a, b, bytes[8];
    uint64_t signs;
    bool found; /* else it takes too many looks to tell */
} Tells;

/* TOLD_NONE: it was asked, and is not known. */
enum { TOLD_NONE = 1, NEAR_TELLS = 8 };

typedef struct Near {
    Walk *k;
    GrTrace trace; /* of b, thrown away: b's leaf has its conditions */
    GrConfig b_from;
    bool watch;    /* w->touched holds tokens under marks */
    uint64_t most; /* nodes before another way is looked for */
    bool same;     /* a and b are one but for their states */
    Tells tells[NEAR_TELLS];
    uint32_t n_tells;
    uint32_t moves;      /* levels that were pushed */
    uint32_t moves_most; /* more of them are worth a question */
    uint32_t more;       /* nodes with tokens of the state alone */
    bool is_far;
    uint64_t taken; /* nodes that were cleared */
    Roots roots;
    uint32_t alone[8]; /* roots that only the state has, still to be walked */
    Both both[NEAR_BOTHS];
} Near;

/* near.c: the loop state that is nearly s, or s itself where none is */
gram_status gr_near_find(GrWork *w, StateId s, const LoopRef *own,
                         StateId *loop);
/* Would the mask of the loop be a walk of all tokens, and that of c by it
 * another one, of what c takes and the loop does not?  Then a walk from c does
 * for both. */
gram_status gr_near_is_vain(GrWork *w, const GrConfig *c,
                            const GrConfig *at_loop, const LoopRef *loop,
                            bool *vain);
/* The mask of walk (a traced copy of t->from) by its difference from the
 * mask of the loop state, whose leaf is `below`.  *done is false where the
 * conditions of both do not fit into one leaf. */
gram_status gr_near_mask(Walk *k, const GrConfig *walk, StateId loop,
                         const Leaf *below, bool *done);
/* Node i is reached with more moves than that.  Will they be as many as a walk
 * of shapes is worth? */
bool gr_near_is_far(Near *n, uint32_t i);
/* Whose marks a leaf near b needs: b's, or those that b has below its own where
 * it has none (NULL: there are none).  False where it would need both, or some
 * clear what may be alive in it. */
bool gr_near_marked(const GrMasks *m, const Leaf *b, const Leaf **marked);
/* Whatever the leaf depends on, the walk of this trace depends on. */
void gr_near_conditions(GrTrace *t, const GrMasks *m, const Leaf *leaf);
/* near_walk.c: from a and b over all tokens; the row is that of b, and then of
 * a, unless n->is_far. */
gram_status gr_near_walk(Near *n, const GrConfig *a, const GrConfig *b);
/* near_same.c: are the masks of configurations which differ in these states
 * alone equal, and that is told by so many looks at cells?  Not asked of keys.
 */
gram_status gr_near_same(GrWork *w, StateId a, StateId b, uint64_t looks,
                         bool *same);
/* The bytes, of which each token has one that is not as alive from a as from b;
 * *found is false where so many looks do not tell.  Not asked of keys. */
gram_status gr_near_tells(GrWork *w, StateId a, StateId b, uint64_t looks,
                          uint32_t bytes[8], bool *found);

#endif
