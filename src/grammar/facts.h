/* facts: what is true of rules and parts before any automaton exists.
 *
 * Each question has a sentence:
 *
 *   productive(p)  p derives at least one string
 *   nullable(p)    p derives the empty string
 *   recursive(r)   r can reach itself through references
 *   inlined(r)     references to r are replaced by r's body: r is not
 *                  recursive and small, and the grammar's growth is paid for
 *   copied(p)      the repeat p is written out, else built by doubling
 *   flat(p)        the automaton of p calls no other
 *   wide(p)        p begins with one of many characters
 *   counted(p)     the repeat p is an automaton of its own, so that a register
 *                  can count it where its end is plain (count.c): what it
 *                  repeats is flat, not nullable, and wide or long
 *
 * The first two are least fixed points over a tree with references, solved
 * in linear time by counting unsatisfied children (Dowling and Gallier
 * 1984).  Recursion is strongly connected components (Tarjan 1972). */
#ifndef GR_GRAMMAR_FACTS_H
#define GR_GRAMMAR_FACTS_H

#include "grammar/rules.h"

typedef struct RuleFacts {
    uint32_t size; /* states of the body, about; saturating */
    uint32_t n_refs;
    bool recursive, inlined, reachable;
    bool calls; /* its automaton calls others */
} RuleFacts;

typedef struct GrFacts {
    GrEnv *env;
    uint32_t n_parts, n_rules;
    uint32_t *productive; /* bits by part */
    uint32_t *nullable;
    uint32_t *copied, *flat, *wide, *counted;
    uint32_t *size; /* by part */
    RuleFacts *rule;
} GrFacts;

gram_status gr_facts_init(GrEnv *env, const GrRules *r, GrFacts *out);
void gr_facts_clear(GrFacts *f);

/* Strongly connected components of a graph in rows: the targets of node v
 * are to[row[v]] .. to[row[v + 1] - 1].  comp[v] numbers components so that
 * an edge never leads to a higher number; *n_comps of them. */
gram_status gr_graph_components(GrEnv *env, uint32_t n, const uint32_t *row,
                                const uint32_t *to, uint32_t *comp,
                                uint32_t *n_comps);

/* An edge of a graph with costs: it costs `weight`, or what `callee` costs. */
#define GR_NO_CALLEE UINT32_MAX
#define GR_COST_NONE UINT64_MAX
#define GR_COST_HUGE (UINT64_MAX - 1) /* costs saturate here */
typedef struct CostEdge {
    uint32_t from, to, callee;
    uint64_t weight;
} CostEdge;
uint64_t gr_cost_plus(uint64_t a, uint64_t b);

/* cost.c: the least costs of n states: those that are given (0 at an end,
 * GR_COST_NONE elsewhere), or by an edge to a state that has one. */
gram_status gr_least_costs(GrEnv *env, uint32_t n, const CostEdge *edge,
                           uint32_t n_edges, uint64_t *cost);

/* Sort ascending, in place (no allocation, n log n always). */
void gr_sort_words(uint64_t *w, uint32_t n);

#endif
