/* re_parse: what the files of the pattern parser share; private.
 *
 *     re_parse.c         alternatives, groups, quantifiers; gr_re_parse
 *     re_parse_escape.c  what follows a backslash; group names
 *     re_parse_class.c   [...] in both notations
 *
 * The parser keeps its own stack of open groups (Frame).  Terms that have
 * been read but not yet joined lie on one stack of node numbers, and so do
 * finished alternatives; a frame remembers where its own begin. */
#ifndef GR_RE_PARSE_H
#define GR_RE_PARSE_H

#include "regex/re_ast.h"

typedef struct GroupName {
    uint32_t text, len; /* code points in Parser.spelled */
    uint32_t group;
    uint32_t same; /* the previous one of this name, + 1 */
    bool active;   /* a group on the way from the root to here */
} GroupName;

typedef struct NameRef {
    AstId node; /* the BACK that waits for its groups */
    uint32_t text, len, at;
} NameRef;

typedef struct Frame {
    uint8_t kind;  /* AST_EMPTY (plain), AST_GROUP, AST_LOOK */
    uint8_t flags; /* of the node */
    uint32_t at, number;
    uint32_t terms, alts; /* where its own begin */
    uint32_t names;       /* ... names of the whole group */
    uint32_t alt_names;   /* ... names of this alternative */
    uint32_t modes;       /* i, s, m to be restored */
} Frame;

typedef struct Parser {
    GrRe *re;
    GrEnv *env;
    const char *text;
    size_t len, pos;
    uint32_t modes;    /* GR_RE_* that apply here */
    bool unicode;      /* the grammar of u (or v), not Annex B */
    bool has_names;    /* \k is a reference, also in Annex B */
    uint32_t n_groups; /* in the whole pattern */
    uint32_t seen_groups;
    Ast *ast;
    ReVec terms, alts;
    GrVec(Frame) frames;
    GrVec(GroupName) names;
    GrVec(NameRef) name_refs;
    GrMap name_map; /* hash of the spelling -> last GroupName + 1 */
    ReVec spelled;
    SetId common[8];     /* . \d \w ... as made before; see has_common */
    uint32_t has_common; /* bits: entries of `common` that are made */
    ReRanges ranges;     /* the class being read */
    GrIntern words;      /* strings of v classes, as code points */
    ReVec strings;       /* ... those of the open classes */
} Parser;

static inline bool gr_parse_end(const Parser *p)
{
    return p->pos >= p->len;
}
/* The byte `ahead` from here, or -1. */
static inline int gr_parse_peek(const Parser *p, size_t ahead)
{
    return p->len - p->pos > ahead ? (unsigned char)p->text[p->pos + ahead]
                                   : -1;
}
static inline bool gr_parse_take(Parser *p, char c)
{
    if (gr_parse_peek(p, 0) != (unsigned char)c) return false;
    p->pos++;
    return true;
}

/* The next code point; the text may have ended, or not be UTF-8. */
gram_status gr_parse_char(Parser *p, uint32_t *c);
gram_status gr_parse_push(Parser *p, AstNode node);
gram_status gr_parse_push_set(Parser *p, SetId s, size_t at);
/* c with what the flag i makes equal to it. */
gram_status gr_parse_push_char(Parser *p, uint32_t c, size_t at);

/* The set of \d \D \s \S \w \W \p \P if one follows (after the backslash),
 * closed under folding where the flag i asks for it; *is_set false and
 * nothing read otherwise.  A property of strings: v only, *strings then
 * tells that the pos was left before it. */
gram_status gr_parse_set(Parser *p, bool *is_set, SetId *out);
/* CharacterEscape, after the backslash at `at`: one code point. */
gram_status gr_parse_escape(Parser *p, size_t at, bool in_class, uint32_t *c);
/* An escape outside classes, after the backslash at `at`: pushes a term.
 * *quantifiable is false after \b and \B. */
gram_status gr_parse_atom_escape(Parser *p, size_t at, bool *quantifiable);
/* "name>" of a group or reference; its code points go to p->spelled. */
gram_status gr_parse_name(Parser *p, uint32_t *text, uint32_t *len);
gram_status gr_parse_declare(Parser *p, uint32_t text, uint32_t len,
                             uint32_t group, size_t at);
/* After the whole text: the groups that each \k<name> means. */
gram_status gr_parse_resolve(Parser *p);

/* A class, after the [ at `at`: pushes a term. */
gram_status gr_parse_class(Parser *p, size_t at);
gram_status gr_parse_class_sets(Parser *p, size_t at);

#endif
