/* stacks: sets of stacks, canonical and hash-consed.
 *
 * An ambiguous or merely undecided text is in several stacks at once.  A set
 * of stacks is one id, and equal sets have equal ids: a set is
 *
 *     { top q1 over rest R1,  top q2 over rest R2, ... }  and maybe  hole
 *
 * with distinct tops, sorted, whose rests are sets again.
 * Read from the top down this is a deterministic acyclic automaton, hash-consed
 * from the bottom up, hence the minimal one of the language of stacks:
 * canonical (Revuz 1992).  A graph-structured stack (Tomita 1986) shares less:
 * nodes are equal there by history, not by content.
 *
 *     S = { a r s |,  b r s |,  c s | }
 *
 *     S --a--> . --r--> . --s--> hole        | is the hole: whatever lies
 *       --b--> '       /                       below this level
 *       --c-----------'
 *
 * The *hole* stands for the frames below.  A set that holds the hole itself
 * has a stack that is popped down to it.  Pushing is dividing: when all
 * stacks of a set pass through one node D (here the one before s), then
 * S = U D, U is the new local state, and D is the new frame.
 *
 * Symbols: a state of the network, or (top bit set) a byte state of the
 * regex room.
 *
 * Subsumption.  Of two equal frames q q where L(q) L(q) = L(q), one is
 * dropped when it is pushed: S -> S S | "a" keeps one stack for ever.
 *
 * Loose.  To be canonical a set must join the rests under equal tops, and
 * joining two rests joins what lies below them, down to the ground.  Of
 * deterministic grammars and most others that is little; but where a text can
 * have been read in thousands of ways that differ in what is still open, the
 * sets that arise in passing are without number.  So the joins of one move
 * have an allowance; a move that needs more keeps a list of the rests,
 *
 *     { q over { any over R1,  any over R2,  ... },  ... }
 *
 * and so do all moves from such a *loose* set: a graph-structured stack, one
 * node for each call and byte and some lists.  Its language is the same, and
 * so are all answers; what is lost is that two equal situations have one id.
 * Lists are flat: what is in one is no list.
 *
 * Cost: union, division and closure are memoized per pair or node, and
 * visit each node at most once for each pair; all are iterative. */
#ifndef GR_GRAMMAR_STACKS_H
#define GR_GRAMMAR_STACKS_H

#include "grammar/rtn.h"

typedef struct StackSet {
    uint32_t v;
} StackSet;

enum {
    STACKS_NONE = 0, /* no stack at all */
    STACKS_HOLE = 1  /* one stack: the hole */
};

#define GR_LEX_SYMBOL 0x80000000u
/* What is over each set of a list; it has no state and reads nothing.  It is
 * final and not open, so that closing a set replaces it. */
#define GR_ANY_SYMBOL UINT32_MAX

/* One member group of a set: stacks with this top. */
typedef struct StackTop {
    uint32_t symbol, rest;
} StackTop;

/* What is known of a byte state of the regex room. */
typedef struct LexFact {
    bool known, final, open;
    uint64_t cost;
} LexFact;

typedef struct StackFact {
    uint64_t cost;        /* least bytes down to the hole; saturating */
    uint32_t height : 31; /* symbols of its longest stack */
    uint32_t is_loose : 1;
    uint32_t closed; /* memo of gr_stacks_close, + 1 */
} StackFact;

typedef GrVec(StackTop) TopList;

typedef struct GrStacks {
    GrEnv *env;
    GrRtn *t;
    GrRe *re;
    GrIntern sets;            /* words: hole?, (symbol, rest)* */
    GrStore facts;            /* StackFact by set */
    GrStore lex;              /* LexFact by LexId */
    GrMap unions;             /* (a, b) -> a | b */
    GrMap over;               /* (x, d) -> x with the hole filled by d */
    uint64_t allowance;       /* steps of joins for one move */
    uint64_t credit;          /* what is left of them */
    bool gave_up;             /* nothing is */
    GrVec(uint64_t) todo;     /* pairs still to do */
    TopList build, row, list; /* scratch: of union and push, of gather, of
                               the caller of gather */
    GrVec(uint64_t) sorted;   /* scratch: tops of gather, sets of close */
    GrVec(uint64_t) under;    /* scratch: rests of one symbol */
    GrVec(uint64_t) halves;   /* scratch: sets that are being joined */
    GrVec(uint64_t) flat;     /* scratch: tops of sets, listed */
    GrVec(uint64_t) parts;    /* scratch: sets of a list, */
    TopList any;              /* ... and its tops */
    GrVec(uint64_t) front;    /* of a division */
    GrVec(uint32_t) stamp;    /* by set: when it was last met */
    uint32_t now;
} GrStacks;

gram_status gr_stacks_init(GrEnv *env, GrRtn *t, GrRe *re, GrStacks *out);
void gr_stacks_clear(GrStacks *s);

/* The tops of a set; *hole (may be NULL): it holds the hole. */
const StackTop *gr_stacks_get(const GrStacks *s, StackSet x, uint32_t *n,
                              bool *hole);
const StackFact *gr_stacks_fact(const GrStacks *s, StackSet x);

/* The set of tops in any order, with subsumption; `tops` is used up. */
gram_status gr_stacks_gather(GrStacks *s, TopList *tops, StackSet *out);
/* { symbol over rest }, with subsumption. */
gram_status gr_stacks_push(GrStacks *s, uint32_t symbol, StackSet rest,
                           StackSet *out);
/* A move from x begins: joins have an allowance, unless x is loose. */
void gr_stacks_allow(GrStacks *s, StackSet x);
/* Was that not enough? */
static inline bool gr_stacks_gave_up(const GrStacks *s)
{
    return s->gave_up;
}
gram_status gr_stacks_union(GrStacks *s, StackSet a, StackSet b, StackSet *out);
/* The union of n sets, by halves: what is made on the way is not larger than
 * n log n. */
gram_status gr_stacks_join(GrStacks *s, const uint64_t *sets, uint32_t n,
                           StackSet *out);
/* x with the hole filled by d. */
gram_status gr_stacks_over(GrStacks *s, StackSet x, StackSet d, StackSet *out);
/* Tops that can do something: final tops also give what lies below them,
 * and tops that can only end are dropped.  Idempotent. */
gram_status gr_stacks_close(GrStacks *s, StackSet x, StackSet *out);
/* The nearest node d that all stacks of x pass through below their tops, and
 * u with x = u d; *d is the hole where there is none. */
gram_status gr_stacks_divide(GrStacks *s, StackSet x, StackSet *u, StackSet *d);

/* A walk over sets begins; is x met for the first time in it? */
gram_status gr_stacks_walk(GrStacks *s);
static inline bool gr_stacks_is_new(GrStacks *s, uint32_t x)
{
    bool is_new = s->stamp.at[x] != s->now;
    s->stamp.at[x] = s->now;
    return is_new;
}
/* Intern a set; tops are sorted and distinct. */
gram_status gr_stacks_make(GrStacks *s, bool hole, const StackTop *tops,
                           uint32_t n, StackSet *out);

/* Of a symbol of any kind: may its rule end here, can it go on, and the least
 * bytes to an end. */
typedef struct StackSymbol {
    bool final, open;
    uint64_t cost;
} StackSymbol;
gram_status gr_stacks_look(GrStacks *s, uint32_t symbol, StackSymbol *out);
/* The same of a byte state of the regex room. */
gram_status gr_stacks_lex_fact(GrStacks *s, uint32_t symbol,
                               const LexFact **out);

gram_status gr_stacks_print(const GrStacks *s, const GrRules *r, StackSet x,
                            GrText *out);

#endif
