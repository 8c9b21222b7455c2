/* re_parse_look: what the files behind assertions share; private.
 *
 *     re_parse_look.c      the method (its essay), the order of work
 *     re_parse_groups.c    groups that something refers to
 *     re_parse_emit.c      Ast -> program
 *     re_parse_equation.c  program -> equations
 *     re_parse_split.c     an expression split by where it takes the trackers
 *     re_parse_solve.c     systems of linear equations over expressions */
#ifndef GR_RE_PARSE_LOOK_H
#define GR_RE_PARSE_LOOK_H

#include "regex/re_ast.h"

enum {
    LOOK_MAX_TRACKERS = 64, /* bits of Instr.trackers */
    LOOK_MAX_GROUPS = 64,   /* bits of Instr.groups */
    LOOK_MAX_CODE = 50000,  /* instructions of one program */
    LOOK_MAX_VARS = 50000,  /* unknowns of one pattern */
    LOOK_MAX_CYCLE = 1000,  /* unknowns of one cycle of equations */
    LOOK_MAX_STATES = 1000, /* states of trackers crossed by one piece */
    LOOK_MAX_WORDS = 16384, /* words of a group that is referred to */
    LOOK_ALWAYS = 0xFFFF    /* Pair.tracker: no condition */
};

typedef enum Op {
    OP_EXPR,   /* a string of expr, then the next instruction */
    OP_SPLIT,  /* x or y */
    OP_JUMP,   /* x */
    OP_TEST,   /* tests[x] holds here */
    OP_LOOK,   /* what begins at x matches (not, if negated) from here on */
    OP_OPEN,   /* group x begins */
    OP_CLOSE,  /* group x ends */
    OP_RESET,  /* the groups of the bits in `mask` are undefined again */
    OP_MARK,   /* tracker x: "nothing read since here" */
    OP_BACK,   /* the strings of the groups of node x */
    OP_REST,   /* end: anything may follow */
    OP_FINISH, /* end: nothing may follow */
    OP_KEEP    /* end of a lookbehind: keep what must follow */
} Op;

typedef struct Instr {
    uint8_t op;
    bool negated;
    bool carries; /* what must follow is part of the unknown here */
    uint32_t at, x, y;
    ReId expr;
    uint64_t mask;
    uint64_t trackers; /* live before this instruction */
    uint64_t groups;
} Instr;

/* An assertion about the place between two characters: the rest must be in
 * the union of `rest` over the pairs whose tracker accepts (or does not, if
 * !when) what stands before; negated: must not. */
typedef struct Pair {
    uint32_t tracker; /* or LOOK_ALWAYS */
    bool when;
    ReId rest;
} Pair;
typedef struct Test {
    uint32_t first, n; /* of pairs */
    bool negated;
} Test;

typedef struct LinTerm {
    ReId coef;
    uint32_t var;
} LinTerm;
/* x = b | sum of coef . x[var]; or, where `meets`, x = b & x[var of the one
 * term].  Where all coefs together are known to be one expression that is not
 * made of them, `whole` is it; else none. */
typedef struct LinEq {
    uint32_t first, n; /* of terms */
    ReId b, whole;
    bool meets;
} LinEq;
typedef struct Linear {
    GrVec(LinEq) eqs;
    GrVec(LinTerm) terms;
    uint32_t at; /* where in the pattern, for errors */
} Linear;

/* The least solution; value[n of eqs]. */
gram_status gr_linear_solve(GrRe *re, const Linear *sys, ReId *value);
void gr_linear_clear(GrEnv *env, Linear *sys);

/* Emission: an item is something still to be emitted. */
typedef enum ItemKind {
    ITEM_NODE,
    ITEM_SLICE,
    ITEM_REPEAT,
    ITEM_LABEL,
    ITEM_CODE
} ItemKind;
typedef struct Item {
    ItemKind kind;
    bool carries;
    AstId node;
    uint32_t a, b;
    uint32_t tracker; /* of a REPEAT: + 1, once there is one */
    Instr code;
} Item;

typedef GrVec(LinTerm) Pieces; /* var: an index of Machine.vars' keys */

typedef struct Machine {
    GrRe *re;
    GrEnv *env;
    const Ast *ast;
    const ReId *plain;

    /* of the pattern */
    GrVec(ReId) trackers; /* what each accepts from the string's start */
    GrVec(Test) tests;
    GrVec(Pair) pairs;
    ReVec look_tests;       /* by number of a LOOK: its test */
    ReVec group_bit;        /* by group: its place in the keys, or none */
    uint32_t n_groups;      /* groups with a place */
    GrVec(uint64_t) inside; /* by node: groups with a place below it */
    ReVec empties;          /* bits by node: may match the empty string */

    /* of one program */
    GrVec(Instr) code;
    ReVec labels;        /* -> instruction */
    uint32_t last_label; /* the instruction that one points to, last */
    GrVec(Item) items;
    GrVec(uint64_t) bodies; /* lookaheads to be emitted: instr, node */
    GrText text;

    GrIntern vars;          /* [pc, rest, trackers ..., groups ...] */
    GrVec(uint64_t) solved; /* by var: ReId + 1, or 0 */
    ReVec local;            /* by var: its equation in the system + 1 */
    ReVec order;            /* by equation: its var */
    ReVec needs;            /* vars that must be solved before */
    Linear sys;
    GrVec(ReId) values;
    GrIntern words;   /* contents of groups, as code points; 0: "" */
    GrMap paths;      /* (state, state) of a tracker -> strings */
    ReVec key, other; /* scratch keys */
    Pieces pieces;
    ReId whole; /* what the pieces are cut from, if nothing is lost; or none */
    ReVec kept; /* what must follow at OP_KEEP: distinct ReIds */
} Machine;

static inline uint32_t gr_look_width(const Machine *m)
{
    return 2 + m->trackers.n + m->n_groups;
}

/* re_parse_groups.c: numbers the groups that need a place in keys; an error
 * where a reference cannot be understood. */
gram_status gr_look_groups(Machine *m);

/* re_parse_equation.c: the equation of a var, appended to m->sys. */
gram_status gr_look_equation(Machine *m, uint32_t var);
/* The number of the equation of a var in the system, now or later. */
gram_status gr_look_local(Machine *m, uint32_t var, uint32_t *out);
const uint32_t *gr_look_key(const Machine *m, uint32_t var);

/* re_parse_emit.c */
gram_status gr_look_emit(Machine *m, AstId root, Op end, bool search);
gram_status gr_look_tracker(Machine *m, ReId accepts, uint32_t at,
                            uint32_t *out);

/* re_parse_split.c: all ways to read a string of `a` from the unknown `key`
 * (without its pc): appended to m->pieces as (strings read, var of the key
 * behind, with pc). */
gram_status gr_look_split(Machine *m, ReId a, const uint32_t *key, uint32_t pc,
                          uint32_t at);
/* The same for one string of code points. */
gram_status gr_look_word(Machine *m, const uint32_t *word, uint32_t n,
                         const uint32_t *key, uint32_t pc);
/* The var of a key, projected on what is live at its pc. */
gram_status gr_look_var(Machine *m, uint32_t *key, uint32_t *var);

#endif
