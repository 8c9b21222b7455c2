/* dense.h - private to src/mask: walks of large parts of the trie, by nodes
 * (dense.c) and by shapes (dense_shapes.c, dense_met.c). */
#ifndef GR_MASK_DENSE_H
#define GR_MASK_DENSE_H

#include "mask/mask_int.h"

enum {
    DENSE_STATES = 2048,
    DENSE_GROUNDS = 64,
    FREE = INT32_MAX, /* no bound of a count; others are less */
    ASK = 0xFFFB,
    MIXED, /* of symbols: not all bytes do the same */
    SPLIT, /* of joint states: they do not */
    SLOW,
    DEAD
};

typedef struct Level {
    uint32_t end;   /* node behind the subtree */
    uint32_t at;    /* number of the state */
    uint32_t count; /* of characters, from the configuration on */
} Level;

typedef struct SlowNode {
    uint32_t node, at, count;
} SlowNode;

typedef GrVec(SlowNode) SlowNodes;

typedef struct Dense {
    Walk *k;
    const GrConfig *from;
    GrMap numbers; /* of states and their grounds */
    uint32_t n, n_grounds, turn;
    bool plain; /* levels hold registers alone */
    /* Joint states: one of some numbers, which is not known. */
    GrIntern joints;
    GrVec(uint16_t) joint; /* number by id */
    bool counted;          /* lengths are */
    int64_t least, most;   /* room left: by moves made, and by those refused */
    SlowNodes slow, later, spare; /* later: done again */
    SlowNodes by_nodes;           /* what shapes are no way for */
    uint32_t alone, alone_most;   /* tokens that ran by themselves, about */
    Level *level;
    uint32_t *met; /* bits: shapes whose tokens are alive, not set yet */

    /* Of each state, from here on nothing is set before there is one.  Rows lie
     * in the arena of the work space: of 256 bytes, and behind them of the
     * symbols. */
    uint16_t *to[DENSE_STATES];
    uint32_t state[DENSE_STATES];
    uint8_t on[DENSE_STATES];       /* its ground */
    uint32_t members[DENSE_STATES]; /* of a joint one: id + 1; 0: a state */
    /* The last set of states that it was put into; `turn` is the newest. */
    uint32_t led_to[DENSE_STATES];
    /* Where lengths are counted, of each byte: how many characters there may
     * be then, and whether it completes one, which is bit 0.  Of symbols whose
     * bytes differ in it, the least, and behind these the most. */
    uint32_t *room[DENSE_STATES];
    /* Configurations, apart from their states; the first is `from`. */
    GrConfig ground[DENSE_GROUNDS];
} Dense;

/* Of a row: moves of bytes and of symbols; and of symbols the most room. */
enum {
    SYMBOLS = 256,
    MOVES = SYMBOLS + GR_SYMBOLS,
    ROOMS = MOVES + GR_SYMBOLS
};

/* Where a walk stands: at node i, in state `at` as long as i < end. */
typedef struct Cursor {
    uint32_t i, at, end, count, visited;
    uint32_t told;   /* a node whose ids are set already */
    Level *base, *l; /* of the levels above, and the first that is not one */
} Cursor;

/* May a move be made?  How near to the bound it was is noted. */
static inline bool may_count(Dense *d, uint32_t room, uint32_t *count)
{
    uint32_t most = room >> 1;
    *count += room & 1;
    if (most == FREE) return true;
    int64_t left = (int64_t)most - *count;
    if (left >= 0 && left < d->least) d->least = left;
    if (left < 0 && left > d->most) d->most = left;
    return left >= 0;
}

/* What a byte does in a state, into its row. */
gram_status gr_dense_ask(Dense *d, uint32_t at, uint8_t byte);
/* One more row; SLOW where there is no room for it. */
gram_status gr_dense_row(Dense *d, uint16_t *out);
/* A node, which a state is to step over, and what is below it; `level` has
 * room for what it is above. */
gram_status gr_dense_run(Dense *d, const SlowNode *s, Level *level);
/* The tokens that begin with these bytes, but for those below d->by_nodes, of
 * which too many would have to run by themselves.  What is in `later` is wrong
 * then, and has to be done again. */
gram_status gr_dense_shapes(Dense *d, const uint32_t roots[8]);
/* Sets the tokens of d->met. */
gram_status gr_dense_met(Dense *d);

#endif
