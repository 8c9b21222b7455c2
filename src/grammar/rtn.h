/* rtn: the recursive transition network that machine A runs.
 *
 * Per automaton a minimal deterministic network over two kinds of symbols:
 *
 *     state --byte class--> state        a move
 *     state --automaton---> state        a call; the target is where the
 *                                        callee returns to
 *
 * (Woods 1970.)  Deterministic over the mixed alphabet; what is left to
 * chance is which of a state's moves and calls a byte belongs to, and that
 * is what sets of stacks are for.  Where determinization would blow up
 * ((a|b)*a(a|b){24}), the network keeps several moves on one class instead,
 * and the sets determinize lazily.
 *
 * Invariants
 *   - every state reaches a final state: nothing here is a dead end.
 *   - the graph "begins with a call of" is acyclic; `rank` falls along it.
 *   - a call consumes at least one byte; callees that may be empty are
 *     skipped by other edges. */
#ifndef GR_GRAMMAR_RTN_H
#define GR_GRAMMAR_RTN_H

#include "grammar/nfa.h"
#include "pda/pda.h"

/* Pseudo states.  END lies under every stack: the whole text is complete.
 * INSIDE is a token that is being taken by its id: every byte stays in it. */
enum { RTN_END = 0, RTN_INSIDE = 1, RTN_PSEUDO = 2 };

typedef struct RtnMove {
    uint32_t cls, to;
} RtnMove;

typedef struct RtnCall {
    Label label; /* LABEL_CALL, LABEL_REGEX or LABEL_TOKENS */
    uint32_t back;
} RtnCall;

typedef struct RtnState {
    uint32_t move, n_moves; /* sorted by class */
    uint32_t call, n_calls;
    uint32_t owner; /* AutoId */
    uint8_t final;  /* the automaton may end here */
    uint8_t star;   /* see gr_rtn_is_star; 0: not asked yet */
    uint8_t takes;  /* it can begin with a token terminal */
    uint8_t count;  /* count.c: 0 not asked yet, 1 no, else its call + 2 */
    uint64_t cost;  /* least bytes to a final state; saturating */
} RtnState;

typedef struct RtnAuto {
    RuleId rule;
    uint32_t entry;
    uint32_t rank;          /* callees at the left have smaller ones */
    uint32_t first[8];      /* bits: classes it can begin with */
    bool dropped;           /* nothing calls it, it has no entry */
    bool skips;             /* loose.c: it begins inside of another */
    bool late;              /* it is made when it is first called, ... */
    bool made;              /* ... which has happened */
    uint32_t leader;        /* late: of its component, which has the seeds: */
    uint32_t seed, n_seeds; /* labels it can begin with */
    uint64_t least;         /* bytes of its shortest word */
    bool has_regex_first;   /* it can begin with a regex */
    bool takes;             /* it can begin with a token terminal */
    uint32_t item, lo, hi;  /* a counted repeat, see Automaton */
} RtnAuto;

/* The partition of token ids that no token terminal cuts: tokens.c. */
typedef struct RtnTokens {
    GrVec(GrTokenClass) list; /* the ids that are named, ascending */
    uint32_t n_classes;
    uint32_t other; /* the class of text tokens not named, or GR_NO_CLASS */
    GrVec(uint32_t) bits; /* bits of classes, `words` for each token set */
    uint32_t words;
} RtnTokens;

typedef struct GrRtn {
    GrEnv *env;
    uint8_t classes[256];
    uint32_t n_classes; /* class 0: no automaton moves on such a byte */
    GrVec(RtnState) state;
    GrVec(RtnMove) move;
    GrVec(RtnCall) call;
    GrVec(RtnAuto) automaton;
    GrVec(Label) seed; /* of late automata; LABEL_BYTES: a class */
    bool has_regex;
    RtnTokens tokens;
} GrRtn;

/* dfa.c: determinize and minimize every automaton, but for those that are too
 * large for it, or all that are `loose`. */
struct GrLeft;
gram_status gr_rtn_build(GrEnv *env, struct GrLeft *l, bool loose, GrRtn *out);
void gr_rtn_clear(GrRtn *t);

/* Make a late automaton, if that has not happened. */
gram_status gr_rtn_make(GrRtn *t, struct GrLeft *l, uint32_t a);

static inline bool gr_rtn_is_made(const GrRtn *t, uint32_t a)
{
    const RtnAuto *x = &t->automaton.at[a];
    return !x->dropped && (!x->late || x->made);
}

/* rtn.c: ranks, first sets, costs; called by gr_rtn_build. */
gram_status gr_rtn_annotate(GrRtn *t, GrRe *re);
/* The same for the states from `base` on, of a late automaton. */
gram_status gr_rtn_annotate_late(GrRtn *t, GrRe *re, uint32_t base);
/* Least bytes of what a label other than a call stands for. */
gram_status gr_label_cost(GrRe *re, Label l, uint64_t *out);

/* tokens.c: classes of token ids from the sets of an automaton. */
gram_status gr_rtn_classify_tokens(GrRtn *t, const GrNfa *n);
/* Has the token set of a LABEL_TOKENS the class? */
static inline bool gr_rtn_has_class(const GrRtn *t, Label l, uint32_t cls)
{
    const uint32_t *bits = t->tokens.bits.at +
                           (size_t)gr_label_value(l) * t->tokens.words;
    return gr_bit_get(bits, cls);
}

static inline bool gr_rtn_is_open(const RtnState *s)
{
    return s->n_moves + s->n_calls > 0;
}

/* star(q): L(q) L(q) = L(q), so that of two equal frames in a row one is
 * enough.  Sufficient: q is final, and the only final state that q reaches. */
gram_status gr_rtn_is_star(GrRtn *t, uint32_t q, bool *out);

/* Append a readable form. */
gram_status gr_rtn_print(const GrRtn *t, const GrRules *r, GrText *out);

#endif
