/* Building, marking and lowering the nodes of re_ast.h.
 *
 * Lowering gives every plain node its expression, from the leaves up, by the
 * constructors of regex.h.  A run of characters inside a concatenation
 * becomes one text, so that a literal costs one call; concatenations are
 * folded from the right, the way the constructor likes them.
 *
 * Cost: linear in the pattern, apart from what the constructors do. */
#include "regex/re_ast.h"

/* Nodes move when the vector grows: ids are kept, not pointers. */
gram_status gr_ast_add(GrEnv *env, Ast *ast, AstNode node, AstId *out)
{
    out->v = ast->nodes.n;
    return gr_vec_push(env, &ast->nodes, node);
}

/* `kids` lies outside of ast->kids, or growing that would take it away. `inner`
 * is what only a concatenation sets: its characters are lowered by runs. */
gram_status gr_ast_add_many(GrEnv *env, Ast *ast, AstKind kind,
                            const uint32_t *kids, uint32_t n, uint32_t at,
                            AstId *out)
{
    AstNode node = {.kind = (uint8_t)kind, .at = at, .b = n};
    if (n == 1) {
        out->v = kids[0];
        return GRAM_OK;
    }
    if (n == 0) node.kind = AST_EMPTY;
    node.a = ast->kids.n;
    GR_TRY(gr_vec_reserve(env, &ast->kids, n));
    for (uint32_t i = 0; i < n; i++) {
        ast->nodes.at[kids[i]].inner = kind == AST_CAT;
        ast->kids.at[ast->kids.n++] = kids[i];
    }
    return gr_ast_add(env, ast, node, out);
}

void gr_ast_clear(GrEnv *env, Ast *ast)
{
    gr_vec_clear(env, &ast->nodes);
    gr_vec_clear(env, &ast->kids);
    gr_vec_clear(env, &ast->refs);
    gr_vec_clear(env, &ast->needed);
}

/* special(n): n, or something below it, is more than a regular expression.
 * Kids have been marked, since they come before n. */
static bool is_special(const Ast *ast, const AstNode *n)
{
    switch ((AstKind)n->kind) {
    case AST_EMPTY:
    case AST_CHAR:
    case AST_SET: return false;
    case AST_REPEAT: return gr_ast_get(ast, n->kid)->special;
    case AST_GROUP:
        return gr_bit_get(ast->needed.at, n->a) ||
               gr_ast_get(ast, n->kid)->special;
    case AST_CAT:
    case AST_OR:
        for (uint32_t i = 0; i < n->b; i++) {
            if (gr_ast_get(ast, gr_ast_kid(ast, n, i))->special) return true;
        }
        return false;
    default: return true;
    }
}

/* After the whole pattern: a reference may come before or behind its group. */
gram_status gr_ast_mark(GrEnv *env, Ast *ast)
{
    uint32_t words = gr_bit_words(ast->n_groups + 1);
    GR_TRY(gr_vec_reserve(env, &ast->needed, words));
    ast->needed.n = words;
    memset(ast->needed.at, 0, words * sizeof *ast->needed.at);
    for (uint32_t i = 0; i < ast->refs.n; i++) {
        gr_bit_set(ast->needed.at, ast->refs.at[i]);
    }
    for (uint32_t i = 0; i < ast->nodes.n; i++) {
        ast->nodes.at[i].special = is_special(ast, ast->nodes.at + i);
    }
    return GRAM_OK;
}

/* Patterns can spell it; no string of scalar values has it. */
static bool is_surrogate(uint32_t c)
{
    return c >= RE_SURROGATES && c < RE_PAST;
}

/* The run of characters that ends before kid `end`: as text in front of
 * *tail.  Returns where it starts. */
static gram_status lower_run(GrRe *re, const Ast *ast, const AstNode *n,
                             uint32_t from, uint32_t *end, GrText *text,
                             ReId *tail)
{
    uint32_t i = *end;
    ReId head;
    while (i > from) {
        const AstNode *kid = gr_ast_get(ast, gr_ast_kid(ast, n, i - 1));
        if (kid->kind != AST_CHAR || is_surrogate(kid->a)) break;
        i--;
    }
    text->n = 0;
    for (uint32_t k = i; k < *end; k++) {
        GR_TRY(gr_vec_reserve(re->env, text, 4));
        text->n += gr_utf8_put(gr_ast_get(ast, gr_ast_kid(ast, n, k))->a,
                               text->at + text->n);
    }
    *end = i;
    GR_TRY(gr_re_text(re, text->at, text->n, &head));
    return gr_re_cat(re, head, *tail, tail);
}

/* From the last kid on.  A surrogate is no text; its expression is `none`, and
 * so is then that of the slice. */
gram_status gr_ast_lower_slice(GrRe *re, const Ast *ast, const AstNode *n,
                               uint32_t from, uint32_t to, const ReId *plain,
                               GrText *text, ReId *out)
{
    *out = gr_re_eps(re);
    for (uint32_t i = to; i > from;) {
        AstId kid = gr_ast_kid(ast, n, i - 1);
        const AstNode *k = gr_ast_get(ast, kid);
        if (k->kind == AST_CHAR && !is_surrogate(k->a)) {
            GR_TRY(lower_run(re, ast, n, from, &i, text, out));
        } else {
            GR_TRY(gr_re_cat(re, plain[kid.v], *out, out));
            i--;
        }
    }
    return GRAM_OK;
}

/* All at once: a union sorts its operands, and pairs would be sorted again. */
static gram_status lower_or(GrRe *re, const Ast *ast, const AstNode *n,
                            const ReId *plain, ReId *out)
{
    GrVec(ReId) kids = {0};
    gram_status s = gr_vec_reserve(re->env, &kids, n->b);
    for (uint32_t i = 0; s == GRAM_OK && i < n->b; i++) {
        kids.at[i] = plain[gr_ast_kid(ast, n, i).v];
    }
    if (s == GRAM_OK) s = gr_re_or_texts(re, kids.at, n->b, out);
    gr_vec_clear(re->env, &kids);
    return s;
}

/* Never matches a half of a pair. */
static gram_status lower_char(GrRe *re, uint32_t c, ReId *out)
{
    char utf8[4];
    *out = gr_re_none(re);
    if (is_surrogate(c)) return GRAM_OK;
    return gr_re_text(re, utf8, gr_utf8_put(c, utf8), out);
}

/* An inner character has no expression of its own: its CAT lowers it with its
 * neighbours.  *out is `none` before. */
static gram_status lower(GrRe *re, const Ast *ast, const AstNode *n,
                         const ReId *plain, GrText *text, ReId *out)
{
    switch ((AstKind)n->kind) {
    case AST_EMPTY: *out = gr_re_eps(re); return GRAM_OK;
    case AST_CHAR: return n->inner ? GRAM_OK : lower_char(re, n->a, out);
    case AST_SET: return gr_re_set(re, (SetId){n->a}, out);
    case AST_CAT:
        return gr_ast_lower_slice(re, ast, n, 0, n->b, plain, text, out);
    case AST_OR: return lower_or(re, ast, n, plain, out);
    case AST_REPEAT: return gr_re_repeat(re, plain[n->kid.v], n->a, n->b, out);
    default: *out = plain[n->kid.v]; return GRAM_OK; /* GROUP */
    }
}

/* One pass, kids before parents.  `none` is what special nodes and inner
 * characters keep. */
gram_status gr_ast_lower(GrRe *re, const Ast *ast, ReId *plain)
{
    GrText text = {0};
    gram_status s = GRAM_OK;
    for (uint32_t i = 0; s == GRAM_OK && i < ast->nodes.n; i++) {
        const AstNode *n = ast->nodes.at + i;
        plain[i] = gr_re_none(re);
        if (!n->special) s = lower(re, ast, n, plain, &text, plain + i);
    }
    gr_vec_clear(re->env, &text);
    return s;
}
