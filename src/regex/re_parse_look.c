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

static bool is(ReId a, ReId b)
{
    return a.v == b.v;
}

/* The system of all that `root` needs. */
static gram_status explore(Machine *m, uint32_t root)
{
    uint32_t i;
    for (i = 0; i < m->order.n; i++) m->local.at[m->order.at[i]] = 0;
    m->order.n = m->needs.n = m->sys.eqs.n = m->sys.terms.n = 0;
    GR_TRY(gr_look_local(m, root, &i));
    for (i = 0; i < m->order.n; i++)
        GR_TRY(gr_look_equation(m, m->order.at[i]));
    m->sys.at = m->code.at[gr_look_key(m, root)[0]].at;
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
    return m->code.at[gr_look_key(m, m->order.at[i])[0]].op == OP_KEEP;
}

/* The distinct rests that a lookbehind may leave. */
static gram_status find_kept(Machine *m)
{
    m->kept.n = 0;
    for (uint32_t i = 0; i < m->order.n; i++) {
        uint32_t r = gr_look_key(m, m->order.at[i])[1], k = 0;
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
        bool match = gr_look_key(m, m->order.at[i])[1] == r;
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

/* --- the whole ------------------------------------------------------------ */

/* Word 0 is the empty one: an open group begins with it. */
static gram_status prepare(Machine *m)
{
    uint32_t empty;
    GR_TRY(gr_intern(m->env, &m->words, NULL, 0, &empty, NULL));
    GR_TRY(gr_look_groups(m));
    return gr_vec_reserve(m->env, &m->look_tests, m->ast->n_looks);
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
