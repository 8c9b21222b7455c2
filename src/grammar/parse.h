/* parse: what the parts of the front end share.
 *
 * scan.c reads characters, literals, classes, counts; parse.c reads rules
 * and bodies.  Both ask the dialect row, never which dialect it is.  Lark's
 * rules and directives are read by lark*.c, with the same groups. */
#ifndef GR_GRAMMAR_PARSE_H
#define GR_GRAMMAR_PARSE_H

#include "grammar/rules.h"

/* An open group; the outermost stands for the rule's body. */
typedef struct Group {
    uint32_t items; /* items of its running sequence begin here */
    uint32_t alts;  /* its finished alternatives begin here */
    uint32_t at;    /* offset of its parenthesis */
    uint32_t minus; /* where the left side of an open A - B lies, + 1 */
    bool lookahead; /* (= ... ) */
    bool sealed;    /* a lookahead has ended the sequence */
    bool optional;  /* [ ... ] of Lark */
    bool negated;   /* ~( ... ) of Lark */
    uint32_t conj;  /* the left side of an open A & B, + 1 */
} Group;

typedef struct Parser {
    GrEnv *env;
    GrRules *r;
    const Dialect *d;
    const char *text;
    size_t len, at;
    GrVec(uint32_t) items; /* parts of all open sequences */
    GrVec(uint32_t) alts;  /* alternatives of all open groups */
    GrVec(Group) groups;
    GrText word;           /* the literal being decoded */
    GrVec(GrRange) ranges; /* the class being read */
    RuleId rule;           /* the rule being read */
    uint32_t initial_skip; /* Lark: the rule that may come first, + 1 */
    bool can_repeat;       /* a postfix may follow */
    bool fresh;            /* after ::= or |: newlines do not end the rule */
} Parser;

/* Groups: open one, take a part as its next item, end its alternative, apply
 * a postfix to its last item, close it into one part. */
gram_status gr_group_open(Parser *p, size_t at, bool lookahead);
gram_status gr_group_add(Parser *p, PartId part);
gram_status gr_group_alternative(Parser *p);
/* What precedes & is one side of it. */
gram_status gr_group_conjunct(Parser *p);
gram_status gr_group_postfix(Parser *p);
gram_status gr_group_close(Parser *p, PartId *out);
/* A definition of the rule begins at `at`; a second one may be an error. */
gram_status gr_rule_define(Parser *p, RuleId rule, size_t at);
/* lark.c: all rules of a Lark grammar; and the rule from which to start,
 * once the start rule is known. */
gram_status gr_lark_rules(Parser *p);
gram_status gr_lark_start(Parser *p);

static inline int gr_peek(const Parser *p, size_t ahead)
{
    return p->len - p->at > ahead ? (unsigned char)p->text[p->at + ahead] : -1;
}
bool gr_scan_is(const Parser *p, const char *word);

/* Skip blanks, comments and, if asked, newlines. */
gram_status gr_scan_space(Parser *p, bool newlines);
/* The length of the rule name here, 0 if there is none. */
size_t gr_scan_name(const Parser *p, size_t from);
/* A decimal number below 2^32 - 1. */
gram_status gr_scan_number(Parser *p, uint32_t *out);

/* Each reads one element that begins here and makes its part. */
gram_status gr_scan_literal(Parser *p, PartId *out);
gram_status gr_scan_class(Parser *p, PartId *out);
gram_status gr_scan_code_point(Parser *p, PartId *out);
gram_status gr_scan_any(Parser *p, PartId *out);
gram_status gr_scan_tokens(Parser *p, PartId *out);
/* {m}, {m,}, {,n}, {m,n} */
gram_status gr_scan_counts(Parser *p, uint32_t *lo, uint32_t *hi);

#endif
