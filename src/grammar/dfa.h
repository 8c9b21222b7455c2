/* dfa: an automaton on its way into the network; private to the room.
 *
 *     GrNfa --dfa.c--> Dfa --dfa.c--> GrRtn
 *           --loose.c-/
 *
 * A Dfa is what both makers fill and one writer reads: states 0 .. n_states-1,
 * the edges of each in a row.  It has at most one state for each subset of
 * states of the NFA, and in loose.c for each state. */
#ifndef GR_GRAMMAR_DFA_H
#define GR_GRAMMAR_DFA_H

#include "grammar/left.h"
#include "grammar/rtn.h"

typedef struct DEdge {
    uint32_t from, symbol, to; /* symbol: class, or a Label's v */
} DEdge;

typedef struct Dfa {
    GrEnv *env;
    const GrNfa *n;
    GrRtn *t;
    uint32_t *mark;        /* a bit per NFA state */
    uint32_t *solid;       /* bits: has a labelled edge, or is an exit */
    GrVec(uint32_t) masks; /* 8 words of class bits per byte set */
    GrIntern sets;         /* of the automaton at hand: its states */
    GrIntern blocks;       /* signatures of a round of minimization */
    uint32_t n_states;
    GrVec(DEdge) edge; /* sorted by from */
    GrVec(uint8_t) final;
    GrVec(uint32_t) row;   /* edges of state s: edge[row[s]].. */
    GrVec(uint32_t) block; /* of a state */
    GrVec(uint64_t) pairs; /* scratch: symbol << 32 | target */
    GrVec(uint32_t) words;
    StateList list;
    bool keep_nfa, loose;
    uint32_t exit;
    uint64_t work, limit; /* members of closures; and of subsets, at most */
} Dfa;

/* All (symbol, target) pairs of the labelled edges of NFA states, sorted. */
typedef GrVec(uint64_t) Pairs;
gram_status gr_dfa_pairs(Dfa *d, const uint32_t *set, uint32_t n, Pairs *out);

/* loose.c: fill d with automaton `owner`, whose first state will be the
 * network's state `base`. */
gram_status gr_dfa_loosen(Dfa *d, const Automaton *a, uint32_t owner,
                          uint32_t base, Pairs *p);

#endif
