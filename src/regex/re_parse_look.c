/* Assertions anywhere, and references to finite groups: exactly.
 *
 * In: an Ast with special nodes.  Out: one Boolean expression without them.
 *
 * The idea.  After a prefix u of the string, what an assertion says depends
 * on u and on the rest v.  A lookahead is a language of v.  A lookbehind is a
 * language of u, so it is known at any moment if its derivative by u is
 * carried along: a *tracker*.  \b, ^ and $ are the smallest of both.  So let
 *
 *     X(pc, k)  be the language of rests v that the program accepts from
 *               instruction pc on, when the trackers are in the states k:
 *
 *     X(expr A, k)        = | over k'  (A & strings taking k to k') . X(., k')
 *     X(split, k)         = X(x, k) | X(y, k)
 *     X(lookahead B, k)   = X(B, k) & X(., k)        (negated: complement)
 *     X(lookbehind t, k)  = X(., k) if k[t] accepts "", else nothing
 *     X(end, k)           = everything, or only ""
 *
 * A program is what re_parse_emit.c makes of the pattern; assertion-free
 * parts of it stay whole expressions A, and re_parse_split.c finds the k'.
 * Without loops through assertions the equations have no cycles, and the
 * result is a term.  Around a loop they are linear once a lookahead inside
 * it does not intersect its unknown but is carried in it,
 *
 *     X(pc, r, k)  =  r & X(pc, k),      r derived by every character read,
 *
 * and linear equations have regular solutions (Arden 1961; re_parse_solve.c).
 * The same r serves lookaheads inside a lookbehind, which may see beyond its
 * end: the body of a lookbehind is run from the start of the string, and
 * for every r that is left when it ends, the prefixes that end so become a
 * tracker of their own.  The assertion is then: one of these trackers
 * accepts, and the rest is in its r.
 *
 * References.  The content of a group that something refers to is part of
 * the unknown, X(pc, r, k, contents), while the reference is ahead; reading
 * inside such a group goes word by word.  So a finite group works in loops
 * and alternatives; undefined groups match "" (ECMA-262 22.2.2.9.2), and an
 * iteration starts with its groups undefined (22.2.2.3.1).  Lookarounds are
 * atomic: a capture inside one that is used outside would need the first of
 * several ways, so that is refused, as is a reference inside a lookbehind,
 * which runs from right to left.
 *
 * Rejected: marker characters with a projection (no such operator); one
 * alternating automaton for the pattern (the derivative engine would need a
 * second kind of state; RE#, Varatalu, Veanes, Ernits 2025, builds lookarounds
 * into the derivatives, which leaves no room for complement and intersection
 * with other constraints); backtracking (not a language).
 *
 * Cost: unknowns are (instruction, live trackers' states, ...), all limited
 * (re_parse_look.h); a pattern that exceeds them is GRAM_E_LIMIT at the
 * assertion, never an approximation. */
#include "regex/re_parse_look.h"

static const uint32_t *key_of(const Machine *m, uint32_t var)
{
    return gr_intern_get(&m->vars, var, NULL);
}

static bool is(ReId a, ReId b)
{
    return a.v == b.v;
}

static gram_status or_to(Machine *m, ReId a, ReId *sum)
{
    ReId two[2] = {*sum, a};
    return gr_re_or(m->re, two, 2, sum);
}

/* The equation of a var in the system, made if need be. */
static gram_status local_of(Machine *m, uint32_t var, uint32_t *out)
{
    *out = m->local.at[var] - 1;
    if (m->local.at[var]) return GRAM_OK;
    *out = m->order.n;
    GR_TRY(gr_vec_push(m->env, &m->order, var));
    m->local.at[var] = m->order.n;
    return GRAM_OK;
}

/* eq |= coef . var */
static gram_status add_term(Machine *m, LinEq *eq, ReId coef, uint32_t var)
{
    LinTerm t = {.coef = coef};
    GR_TRY(local_of(m, var, &t.var));
    eq->n++;
    return gr_vec_push(m->env, &m->sys.terms, t);
}

/* eq = r & var */
static gram_status set_meets(Machine *m, LinEq *eq, ReId r, uint32_t var)
{
    eq->meets = true;
    eq->b = r;
    return add_term(m, eq, gr_re_eps(m->re), var);
}

/* A key to be changed, in scratch: keys of vars never change.  NULL: no
 * memory. */
static uint32_t *copy_key(Machine *m, const uint32_t *key, uint32_t pc)
{
    uint32_t width = gr_look_width(m);
    m->key.n = 0;
    if (gr_vec_reserve(m->env, &m->key, width) != GRAM_OK) return NULL;
    memcpy(m->key.at, key, width * sizeof *key);
    m->key.at[0] = pc;
    return m->key.at;
}

/* eq |= var of that key; NULL comes from copy_key. */
static gram_status go(Machine *m, LinEq *eq, uint32_t *key)
{
    uint32_t var;
    if (!key) return GRAM_E_MEMORY;
    GR_TRY(gr_look_var(m, key, &var));
    return add_term(m, eq, gr_re_eps(m->re), var);
}

/* Go on at the next instruction, where the rest must be in r too.  Carried
 * where the instruction carries; else an intersection with the unknown behind,
 * which is an equation of its own form. */
static gram_status require(Machine *m, LinEq *eq, const uint32_t *key, ReId r)
{
    const Instr *c = m->code.at + key[0];
    uint32_t *next = copy_key(m, key, key[0] + 1), var;
    ReId two[2] = {r, {key[1]}};
    if (!next) return GRAM_E_MEMORY;
    if (is(r, gr_re_none(m->re))) return GRAM_OK;
    if (c->carries || is(r, gr_re_all(m->re))) {
        GR_TRY(gr_re_and(m->re, two, 2, two));
        next[1] = two[0].v;
        if (is(two[0], gr_re_none(m->re))) return GRAM_OK;
        return go(m, eq, next);
    }
    GR_TRY(gr_look_var(m, next, &var));
    return set_meets(m, eq, r, var);
}

/* --- one instruction ------------------------------------------------------ */

/* The prefix is in the tracker's language: what is left of it holds "". */
static bool accepts(const Machine *m, const uint32_t *key, uint32_t tracker)
{
    return gr_re_nullable(m->re, (ReId){key[2 + tracker]});
}

/* Of which rests one must be, or (negated) none. */
static gram_status eq_test(Machine *m, LinEq *eq, const uint32_t *key,
                           const Test *t)
{
    ReId r = gr_re_none(m->re);
    for (uint32_t i = 0; i < t->n; i++) {
        Pair p = m->pairs.at[t->first + i];
        if (p.tracker == LOOK_ALWAYS || accepts(m, key, p.tracker) == p.when) {
            GR_TRY(or_to(m, p.rest, &r));
        }
    }
    if (t->negated) GR_TRY(gr_re_not(m->re, r, &r));
    return require(m, eq, key, r);
}

/* The body's language must be known as an expression first: that is a system of
 * its own, into which nothing is carried. */
static gram_status eq_look(Machine *m, LinEq *eq, const uint32_t *key)
{
    const Instr *c = m->code.at + key[0];
    uint32_t *body = copy_key(m, key, c->x), var;
    ReId r;
    if (!body) return GRAM_E_MEMORY;
    body[1] = gr_re_all(m->re).v;
    GR_TRY(gr_look_var(m, body, &var));
    if (!m->solved.at[var]) {
        GR_TRY(gr_vec_push(m->env, &m->needs, var));
        /* Go on where that is sure to be asked, to find all needs at once. */
        return c->carries ? GRAM_OK : go(m, eq, copy_key(m, key, key[0] + 1));
    }
    r.v = (uint32_t)(m->solved.at[var] - 1);
    if (c->negated) GR_TRY(gr_re_not(m->re, r, &r));
    return require(m, eq, key, r);
}

/* Is the instruction behind `pc` a plain lookbehind whose tracker nobody
 * asks later?  Then crossing into it needs no states: what is read must be
 * in the tracker's language, or not. */
static const Pair *last_question(const Machine *m, uint32_t pc, bool *holds)
{
    const Instr *c = m->code.at + pc + 1;
    if (c->op != OP_TEST || m->code.at[pc + 2].groups) return NULL;
    const Test *t = m->tests.at + c->x;
    const Pair *p = m->pairs.at + t->first;
    if (t->n != 1 || p->tracker == LOOK_ALWAYS ||
        !is(p->rest, gr_re_all(m->re)) ||
        m->code.at[pc + 2].trackers >> p->tracker & 1) {
        return NULL;
    }
    *holds = p->when != t->negated;
    return p;
}

/* One term for each way in which A takes the trackers somewhere. */
static gram_status eq_expr(Machine *m, LinEq *eq, const uint32_t *key, ReId a,
                           bool may_skip)
{
    uint32_t pc = key[0];
    bool holds = false;
    const Pair *last = may_skip ? last_question(m, pc, &holds) : NULL;
    if (last) {
        ReId two[2] = {{key[2 + last->tracker]}, a};
        if (!holds) GR_TRY(gr_re_not(m->re, two[0], two));
        GR_TRY(gr_re_and(m->re, two, 2, &a));
        pc++;
    }
    m->pieces.n = 0;
    GR_TRY(gr_look_split(m, a, key, pc + 1, m->code.at[pc].at));
    for (uint32_t i = 0; i < m->pieces.n; i++) {
        GR_TRY(add_term(m, eq, m->pieces.at[i].coef, m->pieces.at[i].var));
    }
    return GRAM_OK;
}

/* The strings that equal the word under Canonicalize. */
static gram_status folded(Machine *m, const uint32_t *word, uint32_t n,
                          ReId *out)
{
    *out = gr_re_eps(m->re);
    for (uint32_t i = n; i > 0; i--) {
        GrRange one = {word[i - 1], word[i - 1]};
        SetId set;
        ReId e;
        GR_TRY(gr_set_make(m->re, &one, 1, &set));
        GR_TRY(gr_unicode_close(m->re, set, &set));
        GR_TRY(gr_re_set(m->re, set, &e));
        GR_TRY(gr_re_cat(m->re, e, *out, out));
    }
    return GRAM_OK;
}

/* A reference reads the content of its group; of several groups of one name
 * at most one has any; of an open or undefined one it is "". */
static gram_status eq_back(Machine *m, LinEq *eq, const uint32_t *key)
{
    uint32_t pc = key[0], n = 0;
    const AstNode *node = gr_ast_get(m->ast, (AstId){m->code.at[pc].x});
    const uint32_t *word = NULL;
    ReId e;
    for (uint32_t i = 0; i < node->b; i++) {
        uint32_t group = m->ast->refs.at[node->a + i];
        uint32_t content = key[2 + m->trackers.n + m->group_bit.at[group]];
        if (content == 0 || content & 1) continue;
        word = gr_intern_get(&m->words, content >> 1, &n);
    }
    if (node->flags & AST_FOLD) {
        GR_TRY(folded(m, word, n, &e));
        return eq_expr(m, eq, key, e, false);
    }
    m->pieces.n = 0;
    GR_TRY(gr_look_word(m, word, n, key, pc + 1));
    for (uint32_t i = 0; i < m->pieces.n; i++) {
        GR_TRY(add_term(m, eq, m->pieces.at[i].coef, m->pieces.at[i].var));
    }
    return GRAM_OK;
}

/* What changes the key alone.  A group's place is the number of its content <<
 * 1, with a 1 while it is open; undefined is 0, like "", which is read
 * alike. */
static gram_status eq_state(Machine *m, LinEq *eq, const uint32_t *key)
{
    const Instr *c = m->code.at + key[0];
    uint32_t *next = copy_key(m, key, key[0] + 1), first;
    if (!next) return GRAM_E_MEMORY;
    first = 2 + m->trackers.n;
    switch ((Op)c->op) {
    case OP_OPEN: next[first + c->x] = 1; break;
    case OP_CLOSE: next[first + c->x] &= ~1u; break;
    case OP_MARK: next[2 + c->x] = gr_re_eps(m->re).v; break;
    default: /* OP_RESET */
        for (uint32_t i = 0; i < m->n_groups; i++) {
            if (c->mask >> i & 1) next[first + i] = 0;
        }
    }
    return go(m, eq, next);
}

static gram_status eq_op(Machine *m, LinEq *eq, const uint32_t *key)
{
    const Instr *c = m->code.at + key[0];
    switch ((Op)c->op) {
    case OP_EXPR: return eq_expr(m, eq, key, c->expr, true);
    case OP_SPLIT:
        GR_TRY(go(m, eq, copy_key(m, key, c->y))); /* and x */
    /* fall through */
    case OP_JUMP: return go(m, eq, copy_key(m, key, c->x));
    case OP_TEST: return eq_test(m, eq, key, m->tests.at + c->x);
    case OP_LOOK: return eq_look(m, eq, key);
    case OP_BACK: return eq_back(m, eq, key);
    case OP_REST: eq->b = gr_re_all(m->re); return GRAM_OK;
    case OP_FINISH: eq->b = gr_re_eps(m->re); return GRAM_OK;
    case OP_KEEP: return GRAM_OK; /* set by keep_ends */
    default: return eq_state(m, eq, key);
    }
}

/* Where nothing is carried but something must follow: r & the same unknown
 * without it, so that each is solved once, whatever r. */
static gram_status make_eq(Machine *m, uint32_t var)
{
    const uint32_t *key = key_of(m, var);
    LinEq eq = {.first = m->sys.terms.n, .b = gr_re_none(m->re)};
    ReId r = {key[1]};
    GR_TRY(gr_step(m->env, 1));
    if (m->solved.at[var]) {
        eq.b.v = (uint32_t)(m->solved.at[var] - 1);
    } else if (!m->code.at[key[0]].carries && !is(r, gr_re_all(m->re))) {
        uint32_t *free = copy_key(m, key, key[0]), other;
        if (!free) return GRAM_E_MEMORY;
        free[1] = gr_re_all(m->re).v;
        GR_TRY(gr_look_var(m, free, &other));
        GR_TRY(set_meets(m, &eq, r, other));
    } else {
        GR_TRY(eq_op(m, &eq, key));
    }
    return gr_vec_push(m->env, &m->sys.eqs, eq);
}

/* --- programs ------------------------------------------------------------- */

/* The system of all that `root` needs. */
static gram_status explore(Machine *m, uint32_t root)
{
    uint32_t i;
    for (i = 0; i < m->order.n; i++) m->local.at[m->order.at[i]] = 0;
    m->order.n = m->needs.n = m->sys.eqs.n = m->sys.terms.n = 0;
    GR_TRY(local_of(m, root, &i));
    for (i = 0; i < m->order.n; i++) GR_TRY(make_eq(m, m->order.at[i]));
    m->sys.at = m->code.at[key_of(m, root)[0]].at;
    m->values.n = 0;
    GR_TRY(gr_vec_reserve(m->env, &m->values, m->order.n));
    m->values.n = m->order.n;
    return GRAM_OK;
}

/* Solve `root`, and before it the lookaheads that it turns out to need.
 * With `keep` its own system is left for keep_ends. */
static gram_status solve(Machine *m, uint32_t root, bool keep, ReVec *todo)
{
    GR_TRY(gr_vec_push(m->env, todo, root));
    while (todo->n) {
        uint32_t var = todo->at[todo->n - 1];
        if (m->solved.at[var]) {
            todo->n--;
            continue;
        }
        GR_TRY(explore(m, var));
        for (uint32_t i = 0; i < m->needs.n; i++) {
            GR_TRY(gr_vec_push(m->env, todo, m->needs.at[i]));
        }
        if (m->needs.n) continue;
        todo->n--;
        if (keep && todo->n == 0) return GRAM_OK;
        GR_TRY(gr_linear_solve(m->re, &m->sys, m->values.at));
        for (uint32_t i = 0; i < m->order.n; i++) {
            m->solved.at[m->order.at[i]] = (uint64_t)m->values.at[i].v + 1;
        }
    }
    return GRAM_OK;
}

/* Nothing read: trackers are what they accept from the start on. */
static gram_status start_key(Machine *m, uint32_t *var)
{
    uint32_t width = gr_look_width(m);
    m->key.n = 0;
    GR_TRY(gr_vec_reserve(m->env, &m->key, width));
    memset(m->key.at, 0, width * sizeof *m->key.at);
    m->key.at[1] = gr_re_all(m->re).v;
    for (uint32_t i = 0; i < m->trackers.n; i++) {
        m->key.at[2 + i] = m->trackers.at[i].v;
    }
    return gr_look_var(m, m->key.at, var);
}

/* Emit and solve; *root is the var at the start of the string. */
static gram_status run(Machine *m, AstId node, Op end, bool search,
                       uint32_t *root)
{
    ReVec todo = {0};
    GR_TRY(gr_look_emit(m, node, end, search));
    gr_intern_clear(m->env, &m->vars);
    gr_intern_init(&m->vars);
    m->solved.n = m->local.n = m->order.n = 0;
    GR_TRY(start_key(m, root));
    gram_status s = solve(m, *root, end == OP_KEEP, &todo);
    gr_vec_clear(m->env, &todo);
    return s;
}

static bool is_keep(const Machine *m, uint32_t i)
{
    return m->code.at[key_of(m, m->order.at[i])[0]].op == OP_KEEP;
}

/* The distinct rests that a lookbehind may leave. */
static gram_status find_kept(Machine *m)
{
    m->kept.n = 0;
    for (uint32_t i = 0; i < m->order.n; i++) {
        uint32_t r = key_of(m, m->order.at[i])[1], k = 0;
        if (!is_keep(m, i)) continue;
        while (k < m->kept.n && m->kept.at[k] != r) k++;
        if (k == m->kept.n) GR_TRY(gr_vec_push(m->env, &m->kept, r));
    }
    return GRAM_OK;
}

/* The prefixes after which the lookbehind has ended and leaves r. */
static gram_status keep_ends(Machine *m, uint32_t r, ReId *out)
{
    for (uint32_t i = 0; i < m->order.n; i++) {
        if (!is_keep(m, i)) continue;
        bool match = key_of(m, m->order.at[i])[1] == r;
        m->sys.eqs.at[i].b = match ? gr_re_eps(m->re) : gr_re_none(m->re);
    }
    GR_TRY(gr_linear_solve(m->re, &m->sys, m->values.at));
    *out = m->values.at[0];
    return GRAM_OK;
}

/* A lookbehind becomes a test of trackers. */
static gram_status look_behind(Machine *m, const AstNode *n)
{
    Test test = {.negated = n->flags & AST_NEGATED};
    uint32_t root;
    ReId before;
    GR_TRY(run(m, n->kid, OP_KEEP, true, &root));
    GR_TRY(find_kept(m));
    test.first = m->pairs.n;
    for (uint32_t i = 0; i < m->kept.n; i++) {
        Pair p = {.when = true, .rest = {m->kept.at[i]}};
        GR_TRY(keep_ends(m, m->kept.at[i], &before));
        if (is(before, gr_re_none(m->re))) continue;
        GR_TRY(gr_look_tracker(m, before, n->at, &p.tracker));
        GR_TRY(gr_vec_push(m->env, &m->pairs, p));
        test.n++;
    }
    m->look_tests.at[n->a] = m->tests.n;
    return gr_vec_push(m->env, &m->tests, test);
}

/* --- references ----------------------------------------------------------- */

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

/* --- the whole ------------------------------------------------------------ */

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

/* Word 0 is the empty one: an open group begins with it. */
static gram_status prepare(Machine *m)
{
    uint32_t n = m->ast->nodes.n, words = gr_bit_words(n), empty;
    GR_TRY(gr_intern(m->env, &m->words, NULL, 0, &empty, NULL));
    GR_TRY(number_groups(m));
    GR_TRY(gr_vec_reserve(m->env, &m->look_tests, m->ast->n_looks));
    if (m->n_groups == 0) return GRAM_OK;
    GR_TRY(gr_vec_reserve(m->env, &m->inside, n));
    GR_TRY(gr_vec_reserve(m->env, &m->empties, words));
    memset(m->empties.at, 0, words * sizeof *m->empties.at);
    for (uint32_t i = 0; i < n; i++) describe(m, i);
    return GRAM_OK;
}

/* Lookbehinds first, inner before outer as their nodes lie: they are tests of
 * trackers in the programs around them. */
static gram_status solve_all(Machine *m, uint32_t flags, ReId *out)
{
    const Ast *ast = m->ast;
    bool whole = flags & GR_RE_WHOLE;
    uint32_t root;
    GR_TRY(prepare(m));
    for (uint32_t i = 0; i < ast->nodes.n; i++) {
        const AstNode *n = ast->nodes.at + i;
        if (n->kind == AST_LOOK && n->flags & AST_BEHIND) {
            GR_TRY(look_behind(m, n));
        }
    }
    GR_TRY(run(m, ast->root, whole ? OP_FINISH : OP_REST, !whole, &root));
    out->v = (uint32_t)(m->solved.at[root] - 1);
    return GRAM_OK;
}

static void clear(Machine *m)
{
    gr_vec_clear(m->env, &m->trackers);
    gr_vec_clear(m->env, &m->tests);
    gr_vec_clear(m->env, &m->pairs);
    gr_vec_clear(m->env, &m->look_tests);
    gr_vec_clear(m->env, &m->group_bit);
    gr_vec_clear(m->env, &m->inside);
    gr_vec_clear(m->env, &m->empties);
    gr_vec_clear(m->env, &m->code);
    gr_vec_clear(m->env, &m->labels);
    gr_vec_clear(m->env, &m->items);
    gr_vec_clear(m->env, &m->bodies);
    gr_vec_clear(m->env, &m->text);
    gr_intern_clear(m->env, &m->vars);
    gr_vec_clear(m->env, &m->solved);
    gr_vec_clear(m->env, &m->local);
    gr_vec_clear(m->env, &m->order);
    gr_vec_clear(m->env, &m->needs);
    gr_linear_clear(m->env, &m->sys);
    gr_vec_clear(m->env, &m->values);
    gr_intern_clear(m->env, &m->words);
    gr_map_clear(m->env, &m->paths);
    gr_vec_clear(m->env, &m->key);
    gr_vec_clear(m->env, &m->other);
    gr_vec_clear(m->env, &m->pieces);
    gr_vec_clear(m->env, &m->kept);
}

gram_status gr_ast_solve(GrRe *re, const Ast *ast, const ReId *plain,
                         uint32_t flags, ReId *out)
{
    Machine m = {.re = re, .env = re->env, .ast = ast, .plain = plain};
    gr_intern_init(&m.vars);
    gr_intern_init(&m.words);
    gram_status s = solve_all(&m, flags, out);
    clear(&m);
    return s;
}
