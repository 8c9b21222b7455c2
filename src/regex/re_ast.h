/* re_ast: a pattern as read, before it becomes a language; private.
 *
 * Flat: nodes lie in one vector, children before their parents, so that
 * every pass from the leaves up is a loop over indexes and no pass recurses,
 * however deep the pattern nests.  Groups that nothing refers to leave no
 * node behind.
 *
 *     kind     a           b         kid    flags
 *     EMPTY
 *     CHAR     code point
 *     SET      SetId
 *     CAT, OR  kids[a .. a + b)
 *     REPEAT   least       most      body
 *     GROUP    number                body
 *     BOL, EOL                              MULTILINE
 *     WORD                                  NEGATED (\B), FOLD
 *     LOOK     number                body   NEGATED, BEHIND
 *     BACK     refs[a .. a + b)             FOLD
 *
 * `special` marks the nodes that say something about their surroundings: an
 * assertion, a backreference, or a group that a backreference needs, or a
 * node above one.  Everything else is a plain regular expression. */
#ifndef GR_RE_AST_H
#define GR_RE_AST_H

#include "regex/re_pool.h"

typedef enum AstKind {
    AST_EMPTY,
    AST_CHAR,
    AST_SET,
    AST_CAT,
    AST_OR,
    AST_REPEAT,
    AST_GROUP,
    AST_BOL,
    AST_EOL,
    AST_WORD,
    AST_LOOK,
    AST_BACK
} AstKind;

/* Beside the GR_RE_* flags of a parse: the pattern is one of formats.def, and
 * may use the properties that begin with a star. */
enum { RE_FORMAT = 1 << 16 };

enum { AST_NEGATED = 1, AST_BEHIND = 2, AST_MULTILINE = 4, AST_FOLD = 8 };

typedef struct AstId {
    uint32_t v;
} AstId;

typedef struct AstNode {
    uint8_t kind; /* AstKind */
    uint8_t flags;
    bool special;
    bool inner;  /* a CHAR under a CAT: lowered with its neighbours */
    uint32_t at; /* byte offset in the pattern */
    uint32_t a, b;
    AstId kid;
} AstNode;

typedef struct Ast {
    GrVec(AstNode) nodes;
    ReVec kids;   /* children of CAT and OR */
    ReVec refs;   /* group numbers of BACK */
    ReVec needed; /* bits: groups that a BACK names; after gr_ast_mark */
    uint32_t n_groups, n_looks;
    AstId root;
} Ast;

static inline AstNode *gr_ast_get(const Ast *ast, AstId id)
{
    return ast->nodes.at + id.v;
}
static inline AstId gr_ast_kid(const Ast *ast, const AstNode *n, uint32_t i)
{
    return (AstId){ast->kids.at[n->a + i]};
}

gram_status gr_ast_add(GrEnv *env, Ast *ast, AstNode node, AstId *out);
/* A CAT or OR of n nodes; n == 1 is the node itself, n == 0 is EMPTY. */
gram_status gr_ast_add_many(GrEnv *env, Ast *ast, AstKind kind,
                            const uint32_t *kids, uint32_t n, uint32_t at,
                            AstId *out);
/* Fill `needed` and every `special`. */
gram_status gr_ast_mark(GrEnv *env, Ast *ast);
void gr_ast_clear(GrEnv *env, Ast *ast);

/* Text -> Ast (re_parse.c).  Flags and errors as gr_re_parse; `unicode`:
 * read by the grammar under u or v, else by Annex B. */
gram_status gr_ast_parse(GrRe *re, const char *text, size_t len, uint32_t flags,
                         bool unicode, Ast *out);

/* The expressions of all nodes that are not special; plain[i] belongs to
 * node i and is `none` for the others (re_ast.c). */
gram_status gr_ast_lower(GrRe *re, const Ast *ast, ReId *plain);

/* The kids from .. to-1 of a CAT, none of them special; `text` is scratch. */
gram_status gr_ast_lower_slice(GrRe *re, const Ast *ast, const AstNode *n,
                               uint32_t from, uint32_t to, const ReId *plain,
                               GrText *text, ReId *out);

/* The language of an Ast with special nodes (re_parse_look.c). */
gram_status gr_ast_solve(GrRe *re, const Ast *ast, const ReId *plain,
                         uint32_t flags, ReId *out);

/* --- sets (re_unicode.c) -------------------------------------------------- */

typedef GrVec(GrRange) ReRanges;

/* \d \s \w; the last with what `fold` adds to it under u and i. */
gram_status gr_unicode_class(GrRe *re, char name, bool fold, SetId *out);
/* The code points of \p{key}: "L", "gc=L", "sc=Greek", "scx=Greek", "Emoji";
 * false in *known if there is no such property. */
gram_status gr_unicode_property(GrRe *re, const char *key, size_t len,
                                bool *known, SetId *out);
/* What Canonicalize makes equal to c, itself included: 1 if c stands alone,
 * *members is then not set. */
uint32_t gr_unicode_folds(uint32_t c, const uint32_t **members);
/* The set with all that is equal to a member by Canonicalize. */
gram_status gr_unicode_close(GrRe *re, SetId s, SetId *out);

#endif
