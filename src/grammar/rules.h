/* rules: the one form that every dialect is read into.
 *
 *     text --parse.c, by a row of dialect.c--> GrRules --nfa.c--> automata
 *                                                 |
 *                                            rules_print.c, which parses again
 *
 * A rule body is a tree of *parts*.  Parts lie in one array, children before
 * parents and the parts of one rule together, so that every question that is
 * answered bottom-up is one loop, never a recursion:
 *
 *     EMPTY              ""
 *     SET    set         one code point of a set; the empty set never matches
 *     TEXT   off len     a literal, UTF-8, in `text`
 *     SEQ    kids n      one after the other
 *     ALT    kids n      one of
 *     REF    rule        the language of another rule
 *     REPEAT kid lo hi   lo to hi times; GR_RE_INF: no end
 *     TOKENS off n not   one token out of (or not out of) a list of ids
 *     REGEX  expr        a Boolean expression of the regex room
 *     EXCEPT kid kid expr  what the first holds and the second does not
 *     AND    kid kid expr  what both hold
 *     NOT    kid - expr    every other string
 *
 * The makers simplify what costs nothing to see: groups of one, repeats of
 * repeats, {1,1}.  Simplification is what keeps 30,000 nested stars flat.
 */
#ifndef GR_GRAMMAR_RULES_H
#define GR_GRAMMAR_RULES_H

#include "base/base.h"
#include "base/report.h"
#include "grammar/grammar.h"
#include "regex/regex.h"

typedef struct PartId {
    uint32_t v;
} PartId;
typedef struct RuleId {
    uint32_t v;
} RuleId;

#define GR_NO_RULE UINT32_MAX

typedef enum PartKind {
    PART_EMPTY,
    PART_SET,
    PART_TEXT,
    PART_SEQ,
    PART_ALT,
    PART_REF,
    PART_REPEAT,
    PART_TOKENS,
    PART_REGEX,
    PART_EXCEPT,
    PART_AND,
    PART_NOT
} PartKind;

typedef struct Part {
    uint32_t kind;
    uint32_t a, b, c; /* as in the picture above, from left to right */
    uint32_t at;      /* byte offset of its text */
} Part;

typedef struct Rule {
    uint32_t name, name_len; /* in `text` */
    uint32_t at;             /* its definition, or its first use */
    bool defined;
    PartId body;
    uint32_t first; /* its parts are first .. body */
} Rule;

typedef struct GrRules {
    GrEnv *env;
    const GrTokenNames *tokens; /* while the grammar is compiled */
    GrRe *re;                   /* sets and expressions; owned */
    GrReport *report;           /* not owned */
    GrVec(Part) part;
    GrVec(uint32_t) kid; /* children of SEQ and ALT; ids of TOKENS */
    GrText text;         /* names and literals */
    GrVec(Rule) rule;
    GrIntern names; /* a word per byte; id = RuleId */
    RuleId start;
} GrRules;

gram_status gr_rules_init(GrEnv *env, GrReport *report, GrRules *out);
void gr_rules_clear(GrRules *r);

/* The rule of a name, made undefined on first use. */
gram_status gr_rules_name(GrRules *r, const char *name, size_t len, uint32_t at,
                          RuleId *out);
/* The rule of a name, or GR_NO_RULE. */
gram_status gr_rules_find(GrRules *r, const char *name, size_t len,
                          RuleId *out);
/* The name of a rule, zero-terminated, cut to `cap` bytes. */
const char *gr_rules_spell(const GrRules *r, RuleId rule, char *buf,
                           size_t cap);
/* An error about a rule: the rule's name goes into error->pointer. */
gram_status gr_rules_fail(const GrRules *r, gram_status code, RuleId rule,
                          const char *what);

/* --- making parts --------------------------------------------------------- */

gram_status gr_part_empty(GrRules *r, uint32_t at, PartId *out);
gram_status gr_part_set(GrRules *r, uint32_t at, SetId set, PartId *out);
/* n == 0 gives EMPTY. */
gram_status gr_part_text(GrRules *r, uint32_t at, const char *text, size_t n,
                         PartId *out);
gram_status gr_part_ref(GrRules *r, uint32_t at, RuleId rule, PartId *out);
/* A SEQ or an ALT of n parts; one part is itself, no part is EMPTY. */
gram_status gr_part_list(GrRules *r, uint32_t at, PartKind kind,
                         const uint32_t *parts, uint32_t n, PartId *out);
gram_status gr_part_repeat(GrRules *r, uint32_t at, PartId kid, uint32_t lo,
                           uint32_t hi, PartId *out);
gram_status gr_part_tokens(GrRules *r, uint32_t at, const uint32_t *ids,
                           uint32_t n, bool negated, PartId *out);
gram_status gr_part_regex(GrRules *r, uint32_t at, ReId expr, PartId *out);
gram_status gr_part_except(GrRules *r, uint32_t at, PartId a, PartId b,
                           PartId *out);
gram_status gr_part_and(GrRules *r, uint32_t at, PartId a, PartId b,
                        PartId *out);
gram_status gr_part_not(GrRules *r, uint32_t at, PartId a, PartId *out);
/* Is it one of these three: an expression once all rules are known? */
static inline bool gr_part_is_resolved(const Part *p)
{
    return p->kind >= PART_EXCEPT;
}
/* Does it become one edge of a regex, and of which? */
static inline bool gr_part_is_regex(const Part *p)
{
    return p->kind == PART_REGEX || gr_part_is_resolved(p);
}
static inline ReId gr_part_expr(const Part *p)
{
    return (ReId){p->kind == PART_REGEX ? p->a : p->c};
}

/* --- dialects ------------------------------------------------------------- */

/* What the empty class and the empty negated class mean. */
typedef enum EmptyClass {
    EMPTY_IS_EPSILON, /* both stand for the empty string */
    EMPTY_IS_SET      /* no code point, and any code point */
} EmptyClass;

/* One row for each dialect: every difference that the parser knows. */
typedef struct Dialect {
    const char *name;
    const char *name_first; /* besides letters: characters of rule names */
    const char *name_rest;
    const char *start;       /* NULL: the first rule */
    const char *escapes;     /* pairs (letter, value) in strings and classes;
                               NULL: the backslash is a character */
    const char *set_escapes; /* letters that stand for themselves in classes */
    bool line_rules;         /* a newline outside of groups ends a rule */
    bool empty_alternative;
    bool last_wins;      /* of two definitions; else an error */
    bool raw_newline;    /* in strings and classes */
    bool greedy_hex;     /* \x takes every hex digit that follows */
    bool reversed_range; /* [z-a] matches nothing; else an error */
    bool dot;            /* . is any code point */
    bool stacking;       /* "a"+? */
    bool quote;          /* '...' strings */
    bool code_point;     /* #x41, also in classes; comments are C's */
    bool macros;         /* Name(...): refused by name */
    bool lookahead;      /* (=...) at the end: read and dropped */
    bool tokens;         /* <[1]> and !<[1]> */
    bool exception;      /* A - B */
    bool lark;           /* read by lark.c, which asks few of these */
    EmptyClass empty_class;
} Dialect;

extern const Dialect gr_dialect_gbnf, gr_dialect_xgrammar, gr_dialect_w3c,
    gr_dialect_lark, gr_dialect_ir;

/* XGrammar's spelling or W3C's, by what only one of them can contain. */
const Dialect *gr_dialect_of_ebnf(const char *text, size_t len);

/* --- reading and printing ------------------------------------------------- */

/* Read a text; `start` NULL means the dialect's.  Undefined rules, a missing
 * start and duplicates are errors with positions. */
gram_status gr_rules_parse(GrRules *r, const Dialect *d, const char *text,
                           size_t len, const char *start);

/* Append the rules in the spelling of gr_dialect_ir, start rule first. */
gram_status gr_rules_print(const GrRules *r, GrText *out);
/* Append one part. */
gram_status gr_part_print(const GrRules *r, PartId part, GrText *out);

/* Give every EXCEPT, AND and NOT its expression, once all rules are known; an
 * operand that is recursive or names tokens is GRAM_E_UNSUPPORTED. */
gram_status gr_rules_resolve(GrRules *r);

#endif
