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
 * only: re_parse_look.c carries instead), so cycles are linear.
 *
 * A lookahead that counts, (?=\w{1,36}:), cuts what is read into a piece for
 * each count, x = a1.y1 | a2.y2 | ..., though all of them go on in one way.
 * So what is multiplied with one thing is joined, a.y | b.y = (a | b).y, and
 * unknowns of a cycle whose equations are the same are one.  What a lookbehind
 * cuts, and nobody asks for before it is as ever, is whole again. */
#include "regex/re_parse_look.h"

/* A term of an equation: coef times a known value, or an unknown of the cycle,
 * by its row. */
typedef struct Share {
    uint32_t known, of, coef; /* of: ReId; row + 1 */
} Share;

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
    ReVec place; /* by equation: row in the cycle + 1 */
    ReVec rows;  /* by row: the first of its equations */
    ReVec root;  /* by place on the stack: what it is a name of */
    ReVec same;  /* by place on the stack: its row + 1 to be */
    ReVec key;   /* an equation, to be found again */
    GrVec(Share) shares;
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

/* The terms of an equation to s->shares, those of one factor side by side. */
static gram_status list_shares(Solver *s, const LinEq *eq)
{
    const LinTerm *t = s->sys->terms.at + eq->first;
    s->shares.n = 0;
    GR_TRY(gr_vec_reserve(s->re->env, &s->shares, eq->n));
    GR_TRY(gr_step(s->re->env, eq->n));
    for (uint32_t i = 0; i < eq->n; i++) {
        uint32_t row = s->place.at[t[i].var];
        s->shares.at[i] = (Share){.known = row == 0,
                                  .of = row ? row : s->value[t[i].var].v,
                                  .coef = t[i].coef.v};
    }
    s->shares.n = eq->n;
    gr_re_sort((uint32_t *)s->shares.at, eq->n, 3);
    return GRAM_OK;
}

/* Are all shares of one factor, and is it known what all coefs are? */
static bool is_whole(const Solver *s, const LinEq *eq)
{
    const Share *x = s->shares.at;
    uint32_t n = s->shares.n;
    if (n < 2 || is_none(s, eq->whole)) return false;
    return x[0].known == x[n - 1].known && x[0].of == x[n - 1].of;
}

/* a.x | b.x = (a | b).x  They are sorted by what x is. */
static gram_status join_shares(Solver *s, const LinEq *eq)
{
    Share *x = s->shares.at;
    uint32_t kept = 0, n = s->shares.n;
    if (is_whole(s, eq)) {
        x->coef = eq->whole.v;
        return s->shares.n = 1, GRAM_OK;
    }
    for (uint32_t i = 0; i < n;) {
        Share joined = x[i];
        s->sum.n = 0;
        for (; i < n && x[i].known == joined.known && x[i].of == joined.of; i++)
            GR_TRY(gr_vec_push(s->re->env, &s->sum, (ReId){x[i].coef}));
        if (s->sum.n > 1)
            GR_TRY(gr_re_or(s->re, s->sum.at, s->sum.n, (ReId *)&joined.coef));
        x[kept++] = joined;
    }
    s->shares.n = kept;
    return GRAM_OK;
}

/* An unknown outside cycles: everything it refers to is known.  One union of
 * all products: its operands are sorted once. */
static gram_status solve_one(Solver *s, uint32_t v)
{
    const LinEq *eq = s->sys->eqs.at + v;
    if (eq->meets) {
        uint32_t var = s->sys->terms.at[eq->first].var;
        ReId two[2] = {eq->b, s->value[var]};
        return gr_re_and(s->re, two, 2, s->value + v);
    }
    GR_TRY(list_shares(s, eq));
    GR_TRY(join_shares(s, eq));
    s->sum.n = 0;
    GR_TRY(gr_vec_push(s->re->env, &s->sum, eq->b));
    for (uint32_t i = 0; i < s->shares.n; i++) {
        const Share *x = &s->shares.at[i];
        ReId product;
        GR_TRY(gr_re_cat(s->re, (ReId){x->coef}, (ReId){x->of}, &product));
        GR_TRY(gr_vec_push(s->re->env, &s->sum, product));
    }
    return gr_re_or(s->re, s->sum.at, s->sum.n, s->value + v);
}

/* --- cycles --------------------------------------------------------------- */

/* The equation as one key; its number among those of `keys`. */
static gram_status number_of(Solver *s, const LinEq *eq, GrIntern *keys,
                             uint32_t *number)
{
    GrEnv *env = s->re->env;
    GR_TRY(list_shares(s, eq));
    uint32_t n = 3 * s->shares.n;
    s->key.n = 0;
    GR_TRY(gr_vec_reserve(env, &s->key, (uint64_t)n + 1));
    s->key.at[0] = eq->b.v;
    if (n) memcpy(s->key.at + 1, s->shares.at, n * sizeof *s->key.at);
    return gr_intern(env, keys, s->key.at, n + 1, number, NULL);
}

/* The unknown of the cycle that v is only a name of, x = y; itself where it is
 * none, or names lead round and round. */
static gram_status named(Solver *s, uint32_t v, uint32_t *out)
{
    uint32_t at = *out = v;
    for (uint32_t n = s->stack.n; n > 0; n--) {
        const LinEq *eq = s->sys->eqs.at + at;
        const LinTerm *t = s->sys->terms.at + eq->first;
        bool name = eq->n == 1 && t->coef.v == RE_EPS && is_none(s, eq->b);
        if (!name || s->place.at[t->var] == 0) return *out = at, GRAM_OK;
        GR_TRY(gr_step(s->re->env, 1));
        at = t->var;
    }
    return GRAM_OK;
}

/* A row for each of the equations stack[from..), and what they are named. */
static gram_status open_rows(Solver *s, uint32_t from)
{
    const uint32_t *at = s->stack.at;
    uint32_t root;
    s->root.n = s->rows.n = 0;
    for (uint32_t i = from; i < s->stack.n; i++)
        s->place.at[at[i]] = i - from + 1;
    for (uint32_t i = from; i < s->stack.n; i++) {
        GR_TRY(named(s, at[i], &root));
        GR_TRY(gr_vec_push(s->re->env, &s->root, root));
        if (root == at[i]) GR_TRY(gr_vec_push(s->re->env, &s->rows, root));
    }
    for (uint32_t i = from; i < s->stack.n; i++)
        s->place.at[at[i]] = s->place.at[s->root.at[i - from]];
    return GRAM_OK;
}

/* Number the rows anew, those of equal equations alike: the first one stands
 * for all. */
static gram_status number_rows(Solver *s, uint32_t from, GrIntern *keys)
{
    const uint32_t *at = s->stack.at;
    uint32_t number;
    s->rows.n = s->same.n = 0;
    for (uint32_t i = from; i < s->stack.n; i++) {
        uint32_t root = s->root.at[i - from];
        GR_TRY(number_of(s, s->sys->eqs.at + root, keys, &number));
        if (number == s->rows.n)
            GR_TRY(gr_vec_push(s->re->env, &s->rows, root));
        GR_TRY(gr_vec_push(s->re->env, &s->same, number + 1));
    }
    for (uint32_t i = from; i < s->stack.n; i++)
        s->place.at[at[i]] = s->same.at[i - from];
    return GRAM_OK;
}

/* Give each of the equations stack[from..) its row, until no two are the same:
 * where two have become one, those that refer to them may be. */
static gram_status place_rows(Solver *s, uint32_t from)
{
    uint32_t before;
    GR_TRY(open_rows(s, from));
    do {
        GrIntern keys;
        gr_intern_init(&keys);
        before = s->rows.n;
        gram_status status = number_rows(s, from, &keys);
        gr_intern_clear(s->re->env, &keys);
        GR_TRY(status);
    } while (s->rows.n < before);
    return GRAM_OK;
}

/* The rows of a cycle: what lies outside it is known.  Memory: n * (n + 1)
 * entries, which LOOK_MAX_CYCLE bounds. */
static gram_status fill_rows(Solver *s)
{
    uint32_t n = s->rows.n;
    s->cell.n = 0;
    GR_TRY(gr_vec_reserve(s->re->env, &s->cell, (uint64_t)n * (n + 1)));
    for (uint32_t i = 0; i < n * (n + 1); i++) {
        s->cell.at[s->cell.n++] = gr_re_none(s->re);
    }
    for (uint32_t i = 0; i < n; i++) {
        const LinEq *eq = s->sys->eqs.at + s->rows.at[i];
        ReId *row = s->cell.at + (size_t)i * (n + 1);
        row[n] = eq->b;
        GR_TRY(list_shares(s, eq));
        GR_TRY(join_shares(s, eq));
        for (uint32_t k = 0; k < s->shares.n; k++) {
            Share x = s->shares.at[k];
            if (x.known)
                GR_TRY(add_product(s, (ReId){x.coef}, (ReId){x.of}, row + n));
            else
                row[x.of - 1] = (ReId){x.coef};
        }
    }
    return GRAM_OK;
}

/* What rows have come to is what their equations are; these are in no cycle
 * any more. */
static void leave_rows(Solver *s, uint32_t from)
{
    for (uint32_t i = from; i < s->stack.n; i++) {
        uint32_t v = s->stack.at[i];
        s->value[v] = s->value[s->rows.at[s->place.at[v] - 1]];
        s->place.at[v] = 0;
    }
}

/* --- elimination ---------------------------------------------------------- */

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
 * many entries, b included.  Of equal ones, one that ends no text: what does
 * comes out as (. x)* then, not as (. x)* . x | eps. */
static uint32_t choose(const Solver *s, uint32_t n)
{
    uint64_t best = UINT64_MAX;
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool b = !is_none(s, s->cell.at[(size_t)i * (n + 1) + n]);
        uint64_t pairs = 2ull * s->in.at[i] * (s->out.at[i] + 1) + b;
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
    if (s->stack.n - from > LOOK_MAX_CYCLE) {
        return gr_fail(s->re->env, GRAM_E_LIMIT, s->sys->at,
                       "the assertions of a loop need too many states");
    }
    GR_TRY(place_rows(s, from));
    GR_TRY(fill_rows(s));
    uint32_t n = s->rows.n;
    s->done.n = 0;
    GR_TRY(zeroed(s->re->env, &s->gone, gr_bit_words(n)));
    GR_TRY(count_neighbours(s, n));
    for (uint32_t i = 0; i < n; i++) GR_TRY(eliminate(s, n, choose(s, n)));
    for (uint32_t k = n; k > 0; k--) {
        uint32_t i = s->done.at[k - 1];
        ReId *row = s->cell.at + (size_t)i * (n + 1), sum = row[n];
        for (uint32_t j = 0; j < n; j++) {
            if (is_none(s, row[j])) continue;
            GR_TRY(add_product(s, row[j], s->value[s->rows.at[j]], &sum));
        }
        s->value[s->rows.at[i]] = sum;
    }
    leave_rows(s, from);
    return GRAM_OK;
}

/* --- components ----------------------------------------------------------- */

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
    gr_vec_clear(re->env, &s.rows);
    gr_vec_clear(re->env, &s.root);
    gr_vec_clear(re->env, &s.same);
    gr_vec_clear(re->env, &s.key);
    gr_vec_clear(re->env, &s.shares);
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
