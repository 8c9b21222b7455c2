/* near.h - private to src/mask: states that nearly are a loop (near.c), the
 * walk that finds what differs (near_walk.c), and states that are one but for
 * their names (near_same.c). */
#ifndef GR_MASK_NEAR_H
#define GR_MASK_NEAR_H

#include "mask/mask_int.h"

/* First bytes: with which the loop goes on and the state does not, and with
 * which that does. */
typedef struct Roots {
    uint32_t gone[8], left[8];
    uint64_t n_gone, n_left; /* nodes below them */
    bool cleared;            /* nothing of `gone` is in the row */
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

typedef struct Near {
    Walk *k;
    GrTrace trace; /* of b, thrown away: b's leaf has its conditions */
    GrConfig b_from;
    bool watch;    /* w->touched holds tokens under marks */
    uint64_t most; /* nodes before another way is looked for */
    bool same;     /* a and b are one but for their states */
    bool is_far;
    uint64_t taken; /* nodes that were cleared */
    Roots roots;
    Both both[NEAR_BOTHS];
} Near;

/* near.c: the loop state that is nearly s, or s itself where none is */
gram_status gr_near_find(GrWork *w, StateId s, const LoopRef *own,
                         StateId *loop);
/* The mask of walk (a traced copy of t->from) by its difference from the
 * mask of the loop state, whose leaf is `below`.  *done is false where the
 * conditions of both do not fit into one leaf. */
gram_status gr_near_mask(Walk *k, const GrConfig *walk, StateId loop,
                         const Leaf *below, bool *done);
/* near_walk.c: from a and b over all tokens; the row is that of b, and then of
 * a, unless n->is_far. */
gram_status gr_near_walk(Near *n, const GrConfig *a, const GrConfig *b);
/* near_same.c: are the masks of configurations which differ in these states
 * alone equal, and that is told by so many looks at cells?  Not asked of keys.
 */
gram_status gr_near_same(GrWork *w, StateId a, StateId b, uint64_t looks,
                         bool *same);

#endif
