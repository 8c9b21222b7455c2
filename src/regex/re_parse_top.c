/* Pattern text -> expression: the entry of the parser.
 *
 * Most patterns of real schemas are alternatives of `^...$` with nothing
 * special inside.  Those are joined here: a missing edge is `.*`, where . is
 * any character.  Everything else goes through re_parse_look.c, which is
 * exact for assertions anywhere. */
#include "regex/re_ast.h"

typedef struct Top {
    GrRe *re;
    const Ast *ast;
    const ReId *plain;
    bool whole;
    GrText text; /* scratch */
    GrVec(ReId) alts;
} Top;

/* With m it would also stand inside of a text. */
static bool is_edge(const AstNode *n, AstKind kind)
{
    return n->kind == kind && !(n->flags & AST_MULTILINE);
}

/* The alternative n as an expression; *simple is false if it has something
 * special besides ^ at its start and $ at its end.  `open`, `close`: may
 * something stand before and behind it? */
static gram_status join_alternative(Top *t, AstId id, bool *simple, ReId *out)
{
    const AstNode *n = gr_ast_get(t->ast, id);
    AstNode one = {.kind = AST_CAT, .b = n->kind == AST_CAT ? n->b : 1};
    bool open = !t->whole, close = open;
    uint32_t from = 0, to = one.b;
#define KID(i)                                                                 \
    (n->kind == AST_CAT ? gr_ast_get(t->ast, gr_ast_kid(t->ast, n, i)) : n)
    while (from < to && is_edge(KID(from), AST_BOL)) from++, open = false;
    while (from < to && is_edge(KID(to - 1), AST_EOL)) to--, close = false;
    for (uint32_t i = from; i < to; i++) {
        if (KID(i)->special) {
            *simple = false;
            return GRAM_OK;
        }
    }
#undef KID
    if (n->kind == AST_CAT) {
        GR_TRY(gr_ast_lower_slice(t->re, t->ast, n, from, to, t->plain,
                                  &t->text, out));
    } else {
        *out = from < to ? t->plain[id.v] : gr_re_eps(t->re);
    }
    if (close) GR_TRY(gr_re_cat(t->re, *out, gr_re_all(t->re), out));
    return open ? gr_re_cat(t->re, gr_re_all(t->re), *out, out) : GRAM_OK;
}

/* One alternative that is not simple sends all of them the general way. */
static gram_status join_all(Top *t, bool *simple, ReId *out)
{
    const AstNode *root = gr_ast_get(t->ast, t->ast->root);
    uint32_t n = root->kind == AST_OR ? root->b : 1;
    *simple = true;
    GR_TRY(gr_vec_reserve(t->re->env, &t->alts, n));
    for (uint32_t i = 0; *simple && i < n; i++) {
        AstId id = root->kind == AST_OR ? gr_ast_kid(t->ast, root, i)
                                        : t->ast->root;
        GR_TRY(join_alternative(t, id, simple, t->alts.at + i));
    }
    return *simple ? gr_re_or(t->re, t->alts.at, n, out) : GRAM_OK;
}

/* `plain` is an expression a node; both ways read it. */
static gram_status compile(GrRe *re, const Ast *ast, uint32_t flags, ReId *out)
{
    bool simple;
    Top t = {.re = re, .ast = ast, .whole = flags & GR_RE_WHOLE};
    ReId *plain = gr_zalloc(re->env, ast->nodes.n, sizeof *plain);
    if (!plain) return GRAM_E_MEMORY;
    t.plain = plain;
    gram_status s = gr_ast_lower(re, ast, plain);
    if (s == GRAM_OK) s = join_all(&t, &simple, out);
    if (s == GRAM_OK && !simple) s = gr_ast_solve(re, ast, plain, flags, out);
    gr_vec_clear(re->env, &t.text);
    gr_vec_clear(re->env, &t.alts);
    gr_free(re->env, plain, ast->nodes.n * sizeof *plain);
    return s;
}

/* Read by u or v; else, unless that is forbidden, by Annex B.  Only a fault of
 * the pattern leads there: running out of memory changes no meaning.  The first
 * error is caught in a buffer of its own, for the second reading may succeed;
 * where both fail the second one's is told. */
static gram_status read(GrRe *re, const char *text, size_t len, uint32_t flags,
                        Ast *ast, bool *annex_b)
{
    gram_error first = {0}, *error = re->env->error;
    re->env->error = &first;
    gram_status s = gr_ast_parse(re, text, len, flags, true, ast);
    re->env->error = error;
    *annex_b = s == GRAM_E_SYNTAX && !(flags & (GR_RE_STRICT | GR_RE_SETS));
    if (!*annex_b) {
        if (s != GRAM_OK && error) *error = first;
        return s;
    }
    gr_ast_clear(re->env, ast);
    *ast = (Ast){0};
    return gr_ast_parse(re, text, len, flags, false, ast);
}

gram_status gr_re_parse(GrRe *re, const char *text, size_t len, uint32_t flags,
                        ReId *out, bool *annex_b)
{
    Ast ast = {0};
    bool fallback;
    gram_status s = read(re, text, len, flags, &ast, &fallback);
    if (s == GRAM_OK) s = compile(re, &ast, flags, out);
    gr_ast_clear(re->env, &ast);
    if (annex_b) *annex_b = fallback;
    return s;
}
