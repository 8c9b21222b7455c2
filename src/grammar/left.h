/* left: what is left of left recursion after compiling; private to the room.
 *
 * The loops that left recursion becomes are a copy of their component for
 * each rule that is called from elsewhere.  Where that is more than the
 * grammar has, no copy is made: the component is kept as it is, and a copy
 * comes into being when its rule is first called. */
#ifndef GR_GRAMMAR_LEFT_H
#define GR_GRAMMAR_LEFT_H

#include "grammar/nfa.h"

typedef struct Corner {
    uint32_t member, back; /* the call at the left, and where it returns */
} Corner;

typedef struct Goal {
    uint32_t id;
    Automaton automaton;
} Goal;

typedef struct GrLeft {
    GrNfa *n;
    bool any_late;           /* below: only then after gr_left_init */
    uint32_t n_old, n_autos; /* states and automata that came in */
    uint32_t n_states;       /* states now, but for a goal being made */
    uint32_t *mark;          /* a bit per state: gr_nfa_closure's */
    StateList list;
    uint32_t *comp; /* component of an automaton */
    uint32_t *row;  /* automata by component */
    uint32_t *member;
    bool *cyclic, *late;   /* by component */
    bool *goal;            /* by automaton */
    uint32_t *same;        /* of the component: index into built, + 1 */
    uint64_t *least;       /* bytes of its shortest word */
    GrVec(uint32_t) todo;  /* goals to build */
    GrVec(Goal) built;     /* of the component */
    GrVec(Corner) corners; /* of the component, */
    GrVec(NfaEdge) seeds;  /* first edges that leave it, */
    uint32_t split;        /* ... of this one, + 1 */
    GrMap copy;            /* old state -> new state, of the goal being built */
    GrVec(uint32_t) fresh; /* old states whose edges are to be copied */
    GrVec(uint32_t) exits; /* of the component's automata, in the copy */
    GrVec(uint32_t) equal; /* automata with the language of a late goal */
} GrLeft;

/* Make every left-recursive automaton a loop, or (`all_late`, for tests: in
 * any case) late. */
gram_status gr_left_init(GrNfa *n, bool all_late, GrLeft *out);
void gr_left_clear(GrLeft *l);

static inline bool gr_left_is_late(const GrLeft *l, uint32_t automaton)
{
    return automaton < l->n_autos && l->late[l->comp[automaton]];
}

/* The first edges that leave the component of a late automaton: l->seeds. */
gram_status gr_left_seeds(GrLeft *l, uint32_t automaton);

/* The loop of a late automaton, behind all states of the NFA, and in l->equal
 * which others it does for; gr_left_drop takes it away again. */
gram_status gr_left_goal(GrLeft *l, uint32_t automaton, Automaton *out);
void gr_left_drop(GrLeft *l);

/* fold.c: the automaton whose edges are those from first_edge on, with one
 * state for those that reach each other without a label; `states` of it are
 * replaced too. */
gram_status gr_nfa_fold(GrNfa *n, uint32_t first_edge, Automaton *a,
                        uint32_t *states, uint32_t n_states);

#endif
