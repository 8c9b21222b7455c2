/* One instruction of a program -> the equation of one unknown.
 *
 * In: a var, whose key is (instruction, what must follow, trackers' states,
 * contents of groups).  Out: its equation, as the last of m->sys, with the vars
 * that it refers to numbered behind those that the system had.
 *
 * re_parse_look.c has the equations; here is one function for each kind of
 * instruction.  Keys are interned, and never change: where an instruction leads
 * is a copy in scratch, changed and interned in turn. */
#include "regex/re_parse_look.h"

const uint32_t *gr_look_key(const Machine *m, uint32_t var)
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
gram_status gr_look_local(Machine *m, uint32_t var, uint32_t *out)
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
    GR_TRY(gr_look_local(m, var, &t.var));
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
    eq->whole = m->whole;
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
gram_status gr_look_equation(Machine *m, uint32_t var)
{
    const uint32_t *key = gr_look_key(m, var);
    ReId none = gr_re_none(m->re);
    LinEq eq = {.first = m->sys.terms.n, .b = none, .whole = none};
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
