/* bdd: Boolean functions over numbered variables, reduced and ordered.
 *
 * The residual of a container ("which branches can still hold"), the goal of
 * a child ("which verdicts keep the parent alive") and every formula over
 * typed assertions are such functions.  Canonical: equal functions have
 * equal ids, so that equality is an integer compare, "this atom fell" is a
 * restriction, and contradictions vanish by themselves.  (Bryant 1986.)
 *
 *        var 3                 id 0 FALSE, id 1 TRUE, other nodes follow;
 *       lo/  \hi               both children of a node have smaller ids and
 *     FALSE   var 7            greater variables: bottom-up passes are loops
 *             lo/ \hi          over ascending ids, never recursion
 *          FALSE   TRUE
 *
 * An and/or graph with syntactic simplification was rejected: it has as many
 * states, but contradictions in it look alive.
 *
 * Cost: and/or O(|f| |g|) in the worst case, memoized; every node made is a
 * step of the env, so a bad variable order ends in GRAM_E_LIMIT.
 */
#ifndef GR_SCHEMA_BDD_H
#define GR_SCHEMA_BDD_H

#include "base/base.h"

typedef struct Bdd {
    uint32_t v;
} Bdd;

enum { GR_BDD_FALSE = 0, GR_BDD_TRUE = 1 };

typedef struct BddNode {
    uint32_t var;
    Bdd lo, hi;
} BddNode;

typedef struct BddPair {
    uint32_t f, g, var; /* being combined */
    uint32_t phase;     /* children done */
    Bdd lo;
} BddPair;

typedef struct Bdds {
    GrEnv *env;
    GrVec(BddNode) nodes; /* by id - 2 */
    uint32_t *table;      /* of ids, by hash; 0: free */
    uint32_t table_cap;   /* a power of two */
    GrMap memo[3];        /* by operation */
    GrMap not_memo, implies_memo;
    Bdd many;                /* see gr_bdd_one */
    GrVec(uint32_t) stamp;   /* per id: the pass that reached it */
    GrVec(uint32_t) image;   /* per id: its image in the present pass */
    GrVec(uint32_t) reached; /* the pass's nodes, ascending after sorting */
    GrVec(uint32_t) todo;
    GrVec(BddPair) pairs;
    GrVec(uint32_t) given; /* two bits for each variable from `first` on, */
    uint32_t first, last;  /* for as long as some are given a value */
    uint32_t pass;
    uint32_t most; /* nodes there may be, see gr_bdd_begin */
} Bdds;

void gr_bdd_init(GrEnv *env, Bdds *b);
void gr_bdd_clear(Bdds *b);

/* A question begins: it may make GR_LIMIT_BDD_NODES nodes.  Those that earlier
 * questions have left are a matter of memory, which has a limit of its own:
 * what a long text leaves is no reason to refuse another one. */
void gr_bdd_begin(Bdds *b);

static inline Bdd gr_bdd_const(bool v)
{
    return (Bdd){v};
}
static inline bool gr_bdd_is(Bdd f, bool v)
{
    return f.v == (uint32_t)v;
}
static inline bool gr_bdd_same(Bdd f, Bdd g)
{
    return f.v == g.v;
}

/* The node of an id >= 2. */
static inline BddNode gr_bdd_node(const Bdds *b, Bdd f)
{
    return b->nodes.at[f.v - 2];
}

gram_status gr_bdd_var(Bdds *b, uint32_t var, Bdd *out);
/* if var then hi else lo; var lies above both. */
gram_status gr_bdd_make(Bdds *b, uint32_t var, Bdd lo, Bdd hi, Bdd *out);
gram_status gr_bdd_and(Bdds *b, Bdd f, Bdd g, Bdd *out);
gram_status gr_bdd_or(Bdds *b, Bdd f, Bdd g, Bdd *out);
/* All of n functions, one of them at least; they are overwritten. */
gram_status gr_bdd_all(Bdds *b, Bdd *part, uint32_t n, Bdd *out);
gram_status gr_bdd_any(Bdds *b, Bdd *part, uint32_t n, Bdd *out);
/* Exactly one of them. */
gram_status gr_bdd_one(Bdds *b, Bdd *part, uint32_t n, Bdd *out);
gram_status gr_bdd_not(Bdds *b, Bdd f, Bdd *out);
/* if c then f else g, any functions. */
gram_status gr_bdd_ite(Bdds *b, Bdd c, Bdd f, Bdd g, Bdd *out);
/* f with var fixed. */
gram_status gr_bdd_restrict(Bdds *b, Bdd f, uint32_t var, bool value, Bdd *out);
/* f with n variables false; they ascend. */
gram_status gr_bdd_fall(Bdds *b, Bdd f, const uint32_t *var, uint32_t n,
                        Bdd *out);
/* f with n variables fixed: base + (lit >> 1) is lit & 1; they ascend. */
gram_status gr_bdd_assign(Bdds *b, Bdd f, const uint32_t *lit, uint32_t n,
                          uint32_t base, Bdd *out);
/* goal with its variable i replaced by root[i]. */
gram_status gr_bdd_compose(Bdds *b, Bdd goal, const Bdd *root, uint32_t n,
                           Bdd *out);

/* All nodes of f, ascending ids (children first), in b->reached: valid until
 * the next pass.  A call is one unless it is of nodes, var, make, and, or,
 * implies. */
gram_status gr_bdd_reach(Bdds *b, Bdd f);

/* Which nodes of f can come true where the variables that `met` names are
 * true: told until the next pass over a function. */
typedef bool GrBddMet(const void *ctx, uint32_t var);
gram_status gr_bdd_hopes(Bdds *b, Bdd f, GrBddMet *met, const void *ctx);
static inline bool gr_bdd_has_hope(const Bdds *b, Bdd f)
{
    return f.v < 2 ? f.v == GR_BDD_TRUE : b->image.at[f.v] != 0;
}

/* Is f => g? */
gram_status gr_bdd_implies(Bdds *b, Bdd f, Bdd g, bool *out);

#endif
