/* nfa: rules as nondeterministic automata, before and after left recursion.
 *
 *     facts --nfa.c--> GrNfa --left.c--> GrNfa --dfa.c--> GrRtn
 *
 * All automata lie in one array of states and one of edges.  An *automaton*
 * is a rule, or a helper of a long repeat; it has one entry and one exit:
 *
 *     entry --label--> ... --label--> exit
 *
 * Labels:  nothing · a set of bytes · a call of an automaton (which consumes
 * at least one byte: that a callee may be empty is a second edge without a
 * label) · an expression of the regex room · a set of tokens, one of which is
 * taken by its id. */
#ifndef GR_GRAMMAR_NFA_H
#define GR_GRAMMAR_NFA_H

#include "grammar/facts.h"

typedef struct AutoId {
    uint32_t v;
} AutoId; /* an automaton */

enum {
    LABEL_NONE = 0,
    LABEL_BYTES = 1,
    LABEL_CALL = 2,
    LABEL_REGEX = 3,
    LABEL_TOKENS = 4,
    LABEL_BITS = 29
};

/* kind in the top three bits, below it ByteSet, AutoId, ReId or TokenSet */
typedef struct Label {
    uint32_t v;
} Label;

static inline uint32_t gr_label_kind(Label l)
{
    return l.v >> LABEL_BITS;
}
static inline uint32_t gr_label_value(Label l)
{
    return l.v & ((1u << LABEL_BITS) - 1);
}
static inline Label gr_label(uint32_t kind, uint32_t value)
{
    return (Label){kind << LABEL_BITS | value};
}

typedef struct NfaEdge {
    uint32_t from;
    Label label;
    uint32_t to;
} NfaEdge;

typedef struct Automaton {
    RuleId rule; /* the rule it is, or helps */
    uint32_t entry, exit;
    uint32_t first, end; /* its states: first .. end - 1 */
    bool nullable;
    bool dropped;  /* replaced by the transform; nothing calls it */
    uint32_t same; /* its states are this automaton's, + 1 */
    /* a counted repeat: lo .. hi times the automaton item - 1 (that lo may
     * be 0 is the caller's business, as with all that may be empty) */
    uint32_t item, lo, hi;
} Automaton;

typedef struct GrNfa {
    GrEnv *env;
    const GrRules *r;
    const GrFacts *f;
    uint32_t n_states;
    GrVec(NfaEdge) edge;
    GrVec(Automaton) automaton; /* 0 is the start rule's */
    GrIntern byte_sets;         /* 8 words each */
    GrIntern token_sets;        /* negated?, the ids ascending */
    uint32_t *row;              /* edges of state s: edge[row[s]] .. , sorted */
    uint32_t row_cap;
} GrNfa;

/* Build the automata of everything that the start rule needs. */
gram_status gr_nfa_build(GrEnv *env, const GrRules *r, const GrFacts *f,
                         GrNfa *out);
void gr_nfa_clear(GrNfa *n);
/* Sort edges by state and fill `row`; after edges were added. */
gram_status gr_nfa_index(GrNfa *n);
/* The same where edges from `first` on were added, from states that were
 * added too: `from` is the first of them. */
gram_status gr_nfa_index_from(GrNfa *n, uint32_t from, uint32_t first);

/* The states reachable from those in `states` without a label, added behind
 * them; `mark` has a bit per NFA state and is clean before and after. */
typedef GrVec(uint32_t) StateList;
gram_status gr_nfa_closure(const GrNfa *n, StateList *states, uint32_t *mark);

/* utf8.c: the byte automaton of a class between two states, as a template:
 * local state 0 is the entry, 1 the exit. */
typedef struct ClassEdge {
    uint32_t from, bytes, to;
} ClassEdge;
typedef GrVec(ClassEdge) ClassEdges;
gram_status gr_class_edges(GrEnv *env, GrIntern *byte_sets,
                           const GrRange *range, uint32_t n, ClassEdges *out,
                           uint32_t *n_locals);

#endif
