/* Linear equations over expressions: x_i = b_i | sum_j a_ij . x_j.
 *
 * In: a system.  Out: its least solution.  Method: strongly connected
 * components in topological order (Tarjan 1972); inside one, Gaussian
 * elimination with Arden's rule, x = a.x | b  =>  x = a*.b, the unknown with
 * the fewest neighbours first, so that expressions stay short.
 *
 * Cost: linear outside cycles; cubic in the size of a cycle, which is
 * limited; every joined pair is a counted step.
 *
 * An unknown in a cycle is never intersected (`meets` stands outside of cycles
 * only: re_parse_look.c carries instead), so cycles are linear. */
#include "regex/re_parse_look.h"

/* A frame of the search: an equation and its next term. */
typedef struct Call {
    uint32_t v, next;
} Call;

typedef struct Solver {
    GrRe *re;
    const Linear *sys;
    ReId *value;
    ReVec index, low; /* 0: not visited */
    ReVec on;         /* bits: on the stack */
    ReVec stack;
    GrVec(Call) calls;
    ReVec place;      /* by equation: row in the cycle + 1 */
    GrVec(ReId) cell; /* the cycle's matrix, rows of n + 1, b last */
    GrVec(ReId) sum;  /* the operands of one union */
    ReVec done;       /* rows in order of elimination */
    ReVec gone;       /* bits: the same as a set */
    ReVec in, out;    /* by row: entries of other remaining rows in its
                             column, and its own in their columns */
    uint32_t count;
} Solver;

/* Entries that are not there. */
static bool is_none(const Solver *s, ReId a)
{
    return a.v == gr_re_none(s->re).v;
}

/* *sum |= a . b Products with nothing are nothing, and are not made. */
static gram_status add_product(Solver *s, ReId a, ReId b, ReId *sum)
{
    ReId two[2] = {*sum};
    if (is_none(s, a) || is_none(s, b)) return GRAM_OK;
    GR_TRY(gr_step(s->re->env, 1));
    GR_TRY(gr_re_cat(s->re, a, b, two + 1));
    return gr_re_or(s->re, two, 2, sum);
}

/* An unknown outside cycles: everything it refers to is known.  One union of
 * all products: its operands are sorted once. */
static gram_status solve_one(Solver *s, uint32_t v)
{
    const LinEq *eq = s->sys->eqs.at + v;
    const LinTerm *t = s->sys->terms.at + eq->first;
    if (eq->meets) {
        ReId two[2] = {eq->b, s->value[t->var]};
        return gr_re_and(s->re, two, 2, s->value + v);
    }
    s->sum.n = 0;
    GR_TRY(gr_vec_push(s->re->env, &s->sum, eq->b));
    for (uint32_t i = 0; i < eq->n; i++) {
        ReId product;
        GR_TRY(gr_step(s->re->env, 1));
        GR_TRY(gr_re_cat(s->re, t[i].coef, s->value[t[i].var], &product));
        GR_TRY(gr_vec_push(s->re->env, &s->sum, product));
    }
    return gr_re_or(s->re, s->sum.at, s->sum.n, s->value + v);
}

/* The rows of the cycle stack[from..): what lies outside it is known.  Memory:
 * n * (n + 1) entries, which LOOK_MAX_CYCLE bounds. */
static gram_status fill_rows(Solver *s, uint32_t from)
{
    uint32_t n = s->stack.n - from;
    s->cell.n = 0;
    GR_TRY(gr_vec_reserve(s->re->env, &s->cell, (uint64_t)n * (n + 1)));
    for (uint32_t i = 0; i < n * (n + 1); i++) {
        s->cell.at[s->cell.n++] = gr_re_none(s->re);
    }
    for (uint32_t i = 0; i < n; i++) s->place.at[s->stack.at[from + i]] = i + 1;
    for (uint32_t i = 0; i < n; i++) {
        const LinEq *eq = s->sys->eqs.at + s->stack.at[from + i];
        const LinTerm *t = s->sys->terms.at + eq->first;
        ReId *row = s->cell.at + (size_t)i * (n + 1);
        row[n] = eq->b;
        for (uint32_t k = 0; k < eq->n; k++) {
            uint32_t place = s->place.at[t[k].var];
            if (place) {
                ReId two[2] = {row[place - 1], t[k].coef};
                GR_TRY(gr_re_or(s->re, two, 2, row + place - 1));
            } else {
                GR_TRY(add_product(s, t[k].coef, s->value[t[k].var], row + n));
            }
        }
    }
    for (uint32_t i = 0; i < n; i++) s->place.at[s->stack.at[from + i]] = 0;
    return GRAM_OK;
}

/* Has the row been eliminated? */
static bool is_done(const Solver *s, uint32_t i)
{
    return gr_bit_get(s->gone.at, i);
}

/* n words of 0, whatever lay there before. */
static gram_status zeroed(GrEnv *env, ReVec *v, uint32_t n)
{
    v->n = 0;
    GR_TRY(gr_vec_reserve(env, v, n));
    v->n = n;
    if (n) memset(v->at, 0, n * sizeof *v->at);
    return GRAM_OK;
}

/* Count the neighbours of every row. */
static gram_status count_neighbours(Solver *s, uint32_t n)
{
    GR_TRY(zeroed(s->re->env, &s->in, n));
    GR_TRY(zeroed(s->re->env, &s->out, n));
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            if (i == j || is_none(s, s->cell.at[(size_t)i * (n + 1) + j])) {
                continue;
            }
            s->out.at[i]++;
            s->in.at[j]++;
        }
    }
    return GRAM_OK;
}

/* The row that joins the fewest pairs of others.  Eliminating it writes that
 * many entries, b included. */
static uint32_t choose(const Solver *s, uint32_t n)
{
    uint64_t best = UINT64_MAX;
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t pairs = (uint64_t)s->in.at[i] * (s->out.at[i] + 1);
        if (!is_done(s, i) && pairs < best) {
            best = pairs;
            chosen = i;
        }
    }
    return chosen;
}

/* Row i leaves: its entries no longer count. */
static void forget(Solver *s, uint32_t n, uint32_t i)
{
    const ReId *row = s->cell.at + (size_t)i * (n + 1);
    gr_bit_set(s->gone.at, i);
    for (uint32_t j = 0; j < n; j++) {
        if (j != i && !is_none(s, row[j])) s->in.at[j]--;
    }
}

/* Row k, which mentions row i by a, takes what row i stands for. */
static gram_status substitute(Solver *s, uint32_t n, uint32_t k, uint32_t i)
{
    ReId *row = s->cell.at + (size_t)i * (n + 1);
    ReId *other = s->cell.at + (size_t)k * (n + 1), a = other[i];
    other[i] = gr_re_none(s->re);
    s->out.at[k]--;
    for (uint32_t j = 0; j <= n; j++) {
        bool was_none = is_none(s, other[j]);
        GR_TRY(add_product(s, a, row[j], other + j));
        if (j < n && j != k && was_none && !is_none(s, other[j])) {
            s->out.at[k]++;
            s->in.at[j]++;
        }
    }
    return GRAM_OK;
}

/* Row i no longer mentions itself, and the remaining rows no longer it.  x_i =
 * a_ii* . (all else of the row), put into every row that has x_i. */
static gram_status eliminate(Solver *s, uint32_t n, uint32_t i)
{
    ReId *row = s->cell.at + (size_t)i * (n + 1), star;
    GR_TRY(gr_step(s->re->env, n));
    GR_TRY(gr_re_repeat(s->re, row[i], 0, GR_RE_INF, &star));
    row[i] = gr_re_none(s->re);
    for (uint32_t j = 0; j <= n; j++) {
        if (is_none(s, row[j])) continue;
        GR_TRY(gr_re_cat(s->re, star, row[j], row + j));
    }
    forget(s, n, i);
    GR_TRY(gr_vec_push(s->re->env, &s->done, i));
    for (uint32_t k = 0; k < n; k++) {
        if (is_done(s, k)) continue;
        if (is_none(s, s->cell.at[(size_t)k * (n + 1) + i])) continue;
        GR_TRY(substitute(s, n, k, i));
    }
    return GRAM_OK;
}

/* Forwards by elimination; then backwards: a row mentions only rows that were
 * eliminated after it, which are known by then. */
static gram_status solve_cycle(Solver *s, uint32_t from)
{
    uint32_t n = s->stack.n - from;
    if (n > LOOK_MAX_CYCLE) {
        return gr_fail(s->re->env, GRAM_E_LIMIT, s->sys->at,
                       "the assertions of a loop need too many states");
    }
    GR_TRY(fill_rows(s, from));
    s->done.n = 0;
    GR_TRY(zeroed(s->re->env, &s->gone, gr_bit_words(n)));
    GR_TRY(count_neighbours(s, n));
    for (uint32_t i = 0; i < n; i++) GR_TRY(eliminate(s, n, choose(s, n)));
    for (uint32_t k = n; k > 0; k--) {
        uint32_t i = s->done.at[k - 1];
        ReId *row = s->cell.at + (size_t)i * (n + 1), sum = row[n];
        for (uint32_t j = 0; j < n; j++) {
            ReId known = s->value[s->stack.at[from + j]];
            if (is_none(s, row[j])) continue;
            GR_TRY(add_product(s, row[j], known, &sum));
        }
        s->value[s->stack.at[from + i]] = sum;
    }
    return GRAM_OK;
}

/* More than one equation, or one that mentions itself. */
static bool in_cycle(const Solver *s, uint32_t from)
{
    uint32_t v = s->stack.at[from];
    const LinEq *eq = s->sys->eqs.at + v;
    if (s->stack.n - from > 1) return true;
    for (uint32_t i = 0; i < eq->n; i++) {
        if (s->sys->terms.at[eq->first + i].var == v) return true;
    }
    return false;
}

/* v's component lies on the stack from `from`. */
static gram_status close_component(Solver *s, uint32_t v)
{
    uint32_t from = s->stack.n;
    while (s->stack.at[--from] != v) continue;
    GR_TRY(in_cycle(s, from) ? solve_cycle(s, from) : solve_one(s, v));
    for (uint32_t i = from; i < s->stack.n; i++) {
        gr_bit_clear(s->on.at, s->stack.at[i]);
    }
    s->stack.n = from;
    return GRAM_OK;
}

/* Tarjan's: numbers in order of visit; `on` marks open components. */
static gram_status enter(Solver *s, uint32_t v)
{
    s->index.at[v] = s->low.at[v] = ++s->count;
    gr_bit_set(s->on.at, v);
    GR_TRY(gr_vec_push(s->re->env, &s->stack, v));
    return gr_vec_push(s->re->env, &s->calls, (Call){v, 0});
}

/* Tarjan's low: the oldest open node that v leads back to. */
static void lower(Solver *s, uint32_t v, uint32_t to)
{
    if (to < s->low.at[v]) s->low.at[v] = to;
}

/* On an explicit stack.  A component is solved when it closes: what it refers
 * to outside of itself has been closed before. */
static gram_status visit(Solver *s, uint32_t root)
{
    GR_TRY(enter(s, root));
    while (s->calls.n) {
        Call *c = s->calls.at + s->calls.n - 1;
        const LinEq *eq = s->sys->eqs.at + c->v;
        if (c->next < eq->n) {
            uint32_t w = s->sys->terms.at[eq->first + c->next++].var;
            if (!s->index.at[w])
                GR_TRY(enter(s, w));
            else if (gr_bit_get(s->on.at, w))
                lower(s, c->v, s->index.at[w]);
            continue;
        }
        Call done = *c;
        s->calls.n--;
        if (s->low.at[done.v] == s->index.at[done.v]) {
            GR_TRY(close_component(s, done.v));
        }
        if (s->calls.n) {
            lower(s, s->calls.at[s->calls.n - 1].v, s->low.at[done.v]);
        }
    }
    return GRAM_OK;
}

/* Every equation is the root of a search or has been met in one. */
static gram_status solve_all(Solver *s, uint32_t n)
{
    GR_TRY(zeroed(s->re->env, &s->index, n));
    GR_TRY(zeroed(s->re->env, &s->low, n));
    GR_TRY(zeroed(s->re->env, &s->place, n));
    GR_TRY(zeroed(s->re->env, &s->on, gr_bit_words(n)));
    for (uint32_t v = 0; v < n; v++) {
        if (!s->index.at[v]) GR_TRY(visit(s, v));
    }
    return GRAM_OK;
}

/* `value` may be left half filled on failure; the caller then fails too. */
gram_status gr_linear_solve(GrRe *re, const Linear *sys, ReId *value)
{
    Solver s = {.re = re, .sys = sys, .value = value};
    gram_status st = sys->eqs.n ? solve_all(&s, sys->eqs.n) : GRAM_OK;
    gr_vec_clear(re->env, &s.index);
    gr_vec_clear(re->env, &s.low);
    gr_vec_clear(re->env, &s.on);
    gr_vec_clear(re->env, &s.stack);
    gr_vec_clear(re->env, &s.calls);
    gr_vec_clear(re->env, &s.place);
    gr_vec_clear(re->env, &s.cell);
    gr_vec_clear(re->env, &s.sum);
    gr_vec_clear(re->env, &s.done);
    gr_vec_clear(re->env, &s.gone);
    gr_vec_clear(re->env, &s.in);
    gr_vec_clear(re->env, &s.out);
    return st;
}

void gr_linear_clear(GrEnv *env, Linear *sys)
{
    gr_vec_clear(env, &sys->eqs);
    gr_vec_clear(env, &sys->terms);
}
