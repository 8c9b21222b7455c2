/* Groups that something refers to: which they are, whether a reference to them
 * can be understood, and what of them lies below each node.
 *
 * In: an Ast.  Out: Machine.group_bit, n_groups, inside, empties.
 *
 * A reference has a meaning here only where the content of its group is one
 * word at the time: a group inside a lookaround keeps, of the several ways in
 * which that may match, the first that a backtracking matcher would have found
 * (ECMA-262 22.2.2.4), which is no property of languages.  Inside a lookaround
 * that is negated the group is undefined outside, and a reference inside the
 * same lookaround is one of that lookaround's own text; both are taken. */
#include "regex/re_parse_look.h"

/* By node: the innermost lookaround it stands in, as its node + 1. */
static gram_status find_contexts(Machine *m, ReVec *context)
{
    const Ast *ast = m->ast;
    GR_TRY(gr_vec_reserve(m->env, context, ast->nodes.n));
    memset(context->at, 0, ast->nodes.n * sizeof *context->at);
    for (uint32_t i = ast->nodes.n; i > 0; i--) {
        const AstNode *n = ast->nodes.at + i - 1;
        uint32_t own = n->kind == AST_LOOK ? i : context->at[i - 1];
        if (n->kind == AST_CAT || n->kind == AST_OR) {
            for (uint32_t k = 0; k < n->b; k++) {
                context->at[gr_ast_kid(ast, n, k).v] = own;
            }
        } else if (n->kind == AST_REPEAT || n->kind == AST_GROUP ||
                   n->kind == AST_LOOK) {
            context->at[n->kid.v] = own;
        }
    }
    return GRAM_OK;
}

/* Outwards from inner, one lookaround after the other. */
static bool is_within(const ReVec *context, uint32_t inner, uint32_t outer)
{
    while (inner != outer && inner) inner = context->at[inner - 1];
    return inner == outer;
}

/* Can the content of a group captured in lookaround `from` be asked in
 * lookaround `to`?  Both as node + 1, 0 for none. */
static gram_status check_reference(const Machine *m, const ReVec *context,
                                   uint32_t from, uint32_t to, uint32_t at)
{
    const AstNode *nodes = m->ast->nodes.at;
    for (uint32_t c = to; c; c = context->at[c - 1]) {
        if (nodes[c - 1].flags & AST_BEHIND) {
            return gr_fail(m->env, GRAM_E_UNSUPPORTED, at,
                           "a reference inside a lookbehind");
        }
    }
    for (; !is_within(context, to, from); from = context->at[from - 1]) {
        if (nodes[from - 1].flags & AST_NEGATED) return GRAM_OK;
        if (is_within(context, to, context->at[from - 1])) {
            return gr_fail(m->env, GRAM_E_UNSUPPORTED, at,
                           "a reference to a group inside a lookaround");
        }
    }
    return GRAM_OK;
}

/* Every reference with every group that its number or name means. */
static gram_status check_references(Machine *m, ReVec *context,
                                    ReVec *group_node)
{
    const Ast *ast = m->ast;
    GR_TRY(find_contexts(m, context));
    GR_TRY(gr_vec_reserve(m->env, group_node, ast->n_groups + 1));
    memset(group_node->at, 0, (ast->n_groups + 1) * sizeof *group_node->at);
    for (uint32_t i = 0; i < ast->nodes.n; i++) {
        const AstNode *n = ast->nodes.at + i;
        if (n->kind == AST_GROUP) group_node->at[n->a] = i + 1;
    }
    for (uint32_t i = 0; i < ast->nodes.n; i++) {
        const AstNode *n = ast->nodes.at + i;
        for (uint32_t k = 0; n->kind == AST_BACK && k < n->b; k++) {
            uint32_t group = group_node->at[ast->refs.at[n->a + k]];
            if (!group) continue;
            GR_TRY(check_reference(m, context, context->at[group - 1],
                                   context->at[i], n->at));
        }
    }
    return GRAM_OK;
}

/* Only groups that something refers to have a place in keys. */
static gram_status number_groups(Machine *m)
{
    const Ast *ast = m->ast;
    ReVec context = {0}, group_node = {0};
    GR_TRY(gr_vec_reserve(m->env, &m->group_bit, ast->n_groups + 1));
    for (uint32_t i = 0; i <= ast->n_groups; i++) {
        bool needed = gr_bit_get(ast->needed.at, i);
        m->group_bit.at[i] = needed ? m->n_groups++ : GR_RE_INF;
    }
    if (m->n_groups > LOOK_MAX_GROUPS) {
        return gr_fail(m->env, GRAM_E_LIMIT, 0,
                       "references to more than %d groups",
                       (int)LOOK_MAX_GROUPS);
    }
    if (m->n_groups == 0) return GRAM_OK;
    gram_status s = check_references(m, &context, &group_node);
    gr_vec_clear(m->env, &context);
    gr_vec_clear(m->env, &group_node);
    return s;
}
/* The groups below a node, and whether it may match "". */
static void describe(Machine *m, uint32_t i)
{
    const AstNode *n = m->ast->nodes.at + i;
    uint64_t groups = 0;
    bool empty = n->kind != AST_CHAR && n->kind != AST_SET;
    if (n->kind == AST_CAT || n->kind == AST_OR) {
        bool all = true, any = false;
        for (uint32_t k = 0; k < n->b; k++) {
            uint32_t kid = gr_ast_kid(m->ast, n, k).v;
            bool kid_empty = gr_bit_get(m->empties.at, kid);
            groups |= m->inside.at[kid];
            all &= kid_empty;
            any |= kid_empty;
        }
        empty = n->kind == AST_CAT ? all : any;
    } else if (n->kind == AST_REPEAT || n->kind == AST_GROUP ||
               n->kind == AST_LOOK) {
        groups = m->inside.at[n->kid.v];
        if (n->kind == AST_GROUP || (n->kind == AST_REPEAT && n->a > 0)) {
            empty = gr_bit_get(m->empties.at, n->kid.v);
        }
    }
    if (n->kind == AST_GROUP && m->group_bit.at[n->a] != GR_RE_INF) {
        groups |= (uint64_t)1 << m->group_bit.at[n->a];
    }
    m->inside.at[i] = groups;
    if (empty) gr_bit_set(m->empties.at, i);
}

gram_status gr_look_groups(Machine *m)
{
    uint32_t n = m->ast->nodes.n, words = gr_bit_words(n);
    GR_TRY(number_groups(m));
    if (m->n_groups == 0) return GRAM_OK;
    GR_TRY(gr_vec_reserve(m->env, &m->inside, n));
    GR_TRY(gr_vec_reserve(m->env, &m->empties, words));
    memset(m->empties.at, 0, words * sizeof *m->empties.at);
    for (uint32_t i = 0; i < n; i++) describe(m, i);
    return GRAM_OK;
}
