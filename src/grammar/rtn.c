/* What is computed once about a finished network.
 *
 *   rank    order of "begins with a call of", by components (all trivial)
 *   first   classes an automaton can begin with, callees before callers
 *   cost    least bytes from a state to the end of its automaton
 *
 * Costs are Knuth's generalization of Dijkstra's algorithm (1977): a state
 * is settled in order of cost, and a call edge can be used once its callee's
 * entry and its target are both settled.  O(edges log edges). */
#include "grammar/rtn.h"

#define UNSETTLED UINT64_MAX
#define HUGE      (UINT64_MAX - 1) /* costs saturate here */

enum { STAR_STATES = 256 }; /* how far gr_rtn_is_star looks */

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > HUGE - b ? HUGE : a + b;
}

/* --- ranks and first sets ------------------------------------------------ */

static gram_status left_graph(const GrRtn *t, uint32_t *row, uint32_t *to)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < t->automaton.n; a++) {
        const RtnState *q = &t->state.at[t->automaton.at[a].entry];
        row[a] = n;
        if (t->automaton.at[a].dropped) continue;
        for (uint32_t i = 0; i < q->n_calls; i++) {
            Label l = t->call.at[q->call + i].label;
            if (gr_label_kind(l) == LABEL_CALL) to[n++] = gr_label_value(l);
        }
    }
    row[t->automaton.n] = n;
    return GRAM_OK;
}

static void first_set(GrRtn *t, uint32_t a)
{
    RtnAuto *x = &t->automaton.at[a];
    if (x->dropped) return;
    const RtnState *q = &t->state.at[x->entry];
    for (uint32_t i = 0; i < q->n_moves; i++)
        gr_bit_set(x->first, t->move.at[q->move + i].cls);
    for (uint32_t i = 0; i < q->n_calls; i++) {
        Label l = t->call.at[q->call + i].label;
        x->has_regex_first |= gr_label_kind(l) == LABEL_REGEX;
        x->takes |= gr_label_kind(l) == LABEL_TOKENS;
        if (gr_label_kind(l) != LABEL_CALL) continue;
        const RtnAuto *y = &t->automaton.at[gr_label_value(l)];
        for (int w = 0; w < 8; w++) x->first[w] |= y->first[w];
        x->has_regex_first |= y->has_regex_first;
        x->takes |= y->takes;
    }
}

/* Which states can begin with a token terminal, once automata are known. */
static void mark_takes(GrRtn *t)
{
    for (uint32_t s = 0; s < t->state.n; s++) {
        RtnState *q = &t->state.at[s];
        for (uint32_t i = 0; i < q->n_calls; i++) {
            Label l = t->call.at[q->call + i].label;
            q->takes |= gr_label_kind(l) == LABEL_TOKENS ||
                        (gr_label_kind(l) == LABEL_CALL &&
                         t->automaton.at[gr_label_value(l)].takes);
        }
    }
}

/* Automata by rank, smallest first, are visited through `by_rank`. */
static gram_status ranks(GrRtn *t, uint32_t *row, uint32_t *to, uint32_t *comp,
                         uint32_t *by_rank)
{
    uint32_t n = t->automaton.n, n_comps;
    GR_TRY(left_graph(t, row, to));
    GR_TRY(gr_graph_components(t->env, n, row, to, comp, &n_comps));
    for (uint32_t a = 0; a < n; a++) {
        t->automaton.at[a].rank = comp[a];
        by_rank[comp[a]] = a;
    }
    for (uint32_t c = 0; c < n_comps; c++) first_set(t, by_rank[c]);
    mark_takes(t);
    return gr_step(t->env, n);
}

static gram_status annotate_left(GrRtn *t)
{
    uint32_t n = t->automaton.n, m = t->call.n;
    uint32_t *row = gr_zalloc(t->env, n + 1, sizeof *row);
    uint32_t *to = gr_zalloc(t->env, m, sizeof *to);
    uint32_t *comp = gr_zalloc(t->env, n, sizeof *comp);
    uint32_t *by = gr_zalloc(t->env, n, sizeof *by);
    gram_status status = GRAM_E_MEMORY;
    if (row && to && comp && by) status = ranks(t, row, to, comp, by);
    gr_free(t->env, row, (n + 1) * sizeof *row);
    gr_free(t->env, to, m * sizeof *to);
    gr_free(t->env, comp, n * sizeof *comp);
    gr_free(t->env, by, n * sizeof *by);
    return status;
}

/* --- costs --------------------------------------------------------------- */

typedef struct HeapItem {
    uint64_t cost;
    uint32_t state;
} HeapItem;

/* An edge seen from its target, or a call seen from its callee. */
typedef struct Back {
    uint32_t key, from, to; /* sorted by key: target, or callee's entry */
    Label label;            /* LABEL_NONE: a move */
} Back;

typedef struct Costs {
    GrRtn *t;
    GrRe *re;
    GrVec(HeapItem) heap;
    uint32_t *row, *callee_row;
    Back *back, *by_callee;
    uint32_t n_back, n_calls;
    uint8_t *settled;
} Costs;

static gram_status heap_push(Costs *c, uint64_t cost, uint32_t state)
{
    GR_TRY(gr_vec_push(c->t->env, &c->heap, (HeapItem){cost, state}));
    HeapItem *h = c->heap.at;
    for (uint32_t i = c->heap.n - 1; i > 0;) {
        uint32_t up = (i - 1) / 2;
        if (h[up].cost <= h[i].cost) break;
        HeapItem x = h[up];
        h[up] = h[i];
        h[i] = x;
        i = up;
    }
    return GRAM_OK;
}

static HeapItem heap_pop(Costs *c)
{
    HeapItem *h = c->heap.at, top = h[0], x = h[--c->heap.n];
    uint32_t n = c->heap.n, i = 0;
    for (size_t kid; (kid = 2 * (size_t)i + 1) < n; i = (uint32_t)kid) {
        if (kid + 1 < n && h[kid + 1].cost < h[kid].cost) kid++;
        if (x.cost <= h[kid].cost) break;
        h[i] = h[kid];
    }
    if (n > 0) h[i] = x;
    return top;
}

static gram_status relax(Costs *c, uint32_t state, uint64_t cost)
{
    RtnState *q = &c->t->state.at[state];
    if (c->settled[state] || cost >= q->cost) return GRAM_OK;
    q->cost = cost;
    return heap_push(c, cost, state);
}

/* The cost of a call's inside; UNSETTLED while unknown. */
static gram_status inside(Costs *c, Label l, uint64_t *out)
{
    ReId a = {gr_label_value(l)};
    uint32_t least;
    bool none;
    *out = UNSETTLED;
    if (gr_label_kind(l) == LABEL_CALL) {
        uint32_t entry = c->t->automaton.at[gr_label_value(l)].entry;
        if (c->settled[entry]) *out = c->t->state.at[entry].cost;
        return GRAM_OK;
    }
    if (gr_label_kind(l) == LABEL_TOKENS) {
        *out = 1; /* one token, as a byte is one at most */
        return GRAM_OK;
    }
    GR_TRY(gr_re_is_none(c->re, a, &none));
    if (none) return GRAM_OK;
    GR_TRY(gr_re_least(c->re, a, &least));
    *out = 4 * (uint64_t)least;
    return GRAM_OK;
}

static gram_status settle(Costs *c, uint32_t s)
{
    uint64_t cost = c->t->state.at[s].cost, more;
    c->settled[s] = 1;
    GR_TRY(gr_step(c->t->env, 1));
    for (uint32_t i = c->row[s]; i < c->row[s + 1]; i++) {
        const Back *b = &c->back[i];
        more = 1;
        if (gr_label_kind(b->label) != LABEL_NONE)
            GR_TRY(inside(c, b->label, &more));
        if (more != UNSETTLED) GR_TRY(relax(c, b->from, plus(cost, more)));
    }
    for (uint32_t i = c->callee_row[s]; i < c->callee_row[s + 1]; i++) {
        const Back *b = &c->by_callee[i];
        if (!c->settled[b->to]) continue;
        GR_TRY(relax(c, b->from, plus(cost, c->t->state.at[b->to].cost)));
    }
    return GRAM_OK;
}

/* Sort backs by key: counting sort from `in` to `out`, rows into `row`. */
static void sort_backs(const Back *in, uint32_t n, Back *out, uint32_t *row,
                       uint32_t n_keys)
{
    for (uint32_t i = 0; i < n; i++) row[in[i].key + 2]++;
    for (uint32_t k = 1; k < n_keys + 2; k++) row[k] += row[k - 1];
    for (uint32_t i = 0; i < n; i++) out[row[in[i].key + 1]++] = in[i];
}

static void list_edges(Costs *c, Back *edges, Back *calls)
{
    const GrRtn *t = c->t;
    for (uint32_t s = 0; s < t->state.n; s++) {
        const RtnState *q = &t->state.at[s];
        for (uint32_t i = 0; i < q->n_moves; i++) {
            uint32_t to = t->move.at[q->move + i].to;
            edges[c->n_back++] = (Back){to, s, to, {0}};
        }
        for (uint32_t i = 0; i < q->n_calls; i++) {
            RtnCall x = t->call.at[q->call + i];
            edges[c->n_back++] = (Back){x.back, s, x.back, x.label};
            if (gr_label_kind(x.label) != LABEL_CALL) continue;
            uint32_t callee = gr_label_value(x.label);
            calls[c->n_calls++] =
                (Back){t->automaton.at[callee].entry, s, x.back, x.label};
        }
    }
}

static gram_status run_costs(Costs *c)
{
    GrRtn *t = c->t;
    for (uint32_t s = 0; s < t->state.n; s++) {
        t->state.at[s].cost = UNSETTLED;
        if (t->state.at[s].final || s < RTN_PSEUDO) GR_TRY(relax(c, s, 0));
    }
    while (c->heap.n > 0) {
        HeapItem x = heap_pop(c);
        if (!c->settled[x.state]) GR_TRY(settle(c, x.state));
    }
    return GRAM_OK;
}

static gram_status costs(GrRtn *t, GrRe *re)
{
    Costs c = {.t = t, .re = re};
    GrEnv *env = t->env;
    uint32_t n = t->state.n;
    uint32_t e = t->move.n + t->call.n, k = t->call.n;
    Back *edges = gr_zalloc(env, e, sizeof *edges);
    Back *calls = gr_zalloc(env, k, sizeof *calls);
    c.back = gr_zalloc(env, e, sizeof *c.back);
    c.by_callee = gr_zalloc(env, k, sizeof *c.by_callee);
    c.row = gr_zalloc(env, n + 2, sizeof *c.row);
    c.callee_row = gr_zalloc(env, n + 2, sizeof *c.callee_row);
    c.settled = gr_zalloc(env, n, 1);
    gram_status status = GRAM_E_MEMORY;
    if (edges && calls && c.back && c.by_callee && c.row && c.callee_row &&
        c.settled) {
        list_edges(&c, edges, calls);
        sort_backs(edges, c.n_back, c.back, c.row, n);
        sort_backs(calls, c.n_calls, c.by_callee, c.callee_row, n);
        status = run_costs(&c);
    }
    gr_free(env, edges, e * sizeof *edges);
    gr_free(env, calls, k * sizeof *calls);
    gr_free(env, c.back, e * sizeof *c.back);
    gr_free(env, c.by_callee, k * sizeof *c.by_callee);
    gr_free(env, c.row, (n + 2) * sizeof *c.row);
    gr_free(env, c.callee_row, (n + 2) * sizeof *c.callee_row);
    gr_free(env, c.settled, n);
    gr_vec_clear(env, &c.heap);
    return status;
}

gram_status gr_rtn_annotate(GrRtn *t, GrRe *re)
{
    for (uint32_t i = 0; i < t->call.n; i++)
        t->has_regex |= gr_label_kind(t->call.at[i].label) == LABEL_REGEX;
    GR_TRY(annotate_left(t));
    return costs(t, re);
}

/* --- stars --------------------------------------------------------------- */

typedef struct Seen {
    uint32_t at[STAR_STATES];
    uint32_t n;
} Seen;

/* Note a state reached from q; false when q is no star by this test. */
static bool visit(const GrRtn *t, Seen *seen, uint32_t q, uint32_t s)
{
    if (t->state.at[s].final && s != q) return false;
    for (uint32_t i = 0; i < seen->n; i++)
        if (seen->at[i] == s) return true;
    if (seen->n == STAR_STATES) return false;
    seen->at[seen->n++] = s;
    return true;
}

static bool is_star(const GrRtn *t, uint32_t q, Seen *seen)
{
    if (!t->state.at[q].final) return false;
    seen->n = 0;
    if (!visit(t, seen, q, q)) return false;
    for (uint32_t i = 0; i < seen->n; i++) {
        const RtnState *s = &t->state.at[seen->at[i]];
        for (uint32_t e = 0; e < s->n_moves; e++)
            if (!visit(t, seen, q, t->move.at[s->move + e].to)) return false;
        for (uint32_t e = 0; e < s->n_calls; e++)
            if (!visit(t, seen, q, t->call.at[s->call + e].back)) return false;
    }
    return true;
}

gram_status gr_rtn_is_star(GrRtn *t, uint32_t q, bool *out)
{
    RtnState *s = &t->state.at[q];
    if (s->star == 0) {
        Seen seen = {.n = 0};
        s->star = is_star(t, q, &seen) ? 2 : 1;
        GR_TRY(gr_step(t->env, seen.n * (uint64_t)seen.n));
    }
    *out = s->star == 2;
    return GRAM_OK;
}
