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
    GrVec(ReId) edged[4]; /* alternatives by their edges, see OPEN */
} Top;

/* May something stand before an alternative?  Behind it? */
enum { OPEN = 1, CLOSE = 2 };

/* With m it would also stand inside of a text. */
static bool is_edge(const AstNode *n, AstKind kind)
{
    return n->kind == kind && !(n->flags & AST_MULTILINE);
}

/* The alternative without ^ at its start and $ at its end, among those of the
 * same edges; *simple is false if it has something special besides. */
static gram_status read_alternative(Top *t, AstId id, bool *simple)
{
    const AstNode *n = gr_ast_get(t->ast, id);
    bool cat = n->kind == AST_CAT;
    uint32_t from = 0, to = cat ? n->b : 1, edges = t->whole ? 0 : OPEN | CLOSE;
    ReId re = gr_re_eps(t->re);
#define KID(i) (cat ? gr_ast_get(t->ast, gr_ast_kid(t->ast, n, i)) : n)
    while (from < to && is_edge(KID(from), AST_BOL)) from++, edges &= ~OPEN;
    while (from < to && is_edge(KID(to - 1), AST_EOL)) to--, edges &= ~CLOSE;
    for (uint32_t i = from; i < to; i++) *simple &= !KID(i)->special;
#undef KID
    if (!*simple) return GRAM_OK;
    if (cat)
        GR_TRY(gr_ast_lower_slice(t->re, t->ast, n, from, to, t->plain,
                                  &t->text, &re));
    else if (from < to)
        re = t->plain[id.v];
    return gr_vec_push(t->re->env, &t->edged[edges], re);
}

/* Those of the same edges together, as they have these in common: of "a|b|c",
 * which may stand anywhere, `.*` is followed once. */
static gram_status join_edged(Top *t, uint32_t edges)
{
    ReId re;
    if (t->edged[edges].n == 0) return GRAM_OK;
    GR_TRY(gr_re_or_texts(t->re, t->edged[edges].at, t->edged[edges].n, &re));
    if (edges & CLOSE) GR_TRY(gr_re_cat(t->re, re, gr_re_all(t->re), &re));
    if (edges & OPEN) GR_TRY(gr_re_cat(t->re, gr_re_all(t->re), re, &re));
    return gr_vec_push(t->re->env, &t->alts, re);
}

/* One alternative that is not simple sends all of them the general way. */
static gram_status join_all(Top *t, bool *simple, ReId *out)
{
    const AstNode *root = gr_ast_get(t->ast, t->ast->root);
    uint32_t n = root->kind == AST_OR ? root->b : 1;
    *simple = true;
    for (uint32_t i = 0; *simple && i < n; i++) {
        AstId id = root->kind == AST_OR ? gr_ast_kid(t->ast, root, i)
                                        : t->ast->root;
        GR_TRY(read_alternative(t, id, simple));
    }
    for (uint32_t i = 0; *simple && i < 4; i++) GR_TRY(join_edged(t, i));
    return *simple ? gr_re_or(t->re, t->alts.at, t->alts.n, out) : GRAM_OK;
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
    for (uint32_t i = 0; i < 4; i++) gr_vec_clear(re->env, &t.edged[i]);
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
