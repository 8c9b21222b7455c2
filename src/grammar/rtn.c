/* What is computed once about a finished network.
 *
 *   rank    order of "begins with a call of", by components (all trivial)
 *   first   classes an automaton can begin with, callees before callers
 *   cost    least bytes from a state to the end of its automaton (cost.c)
 *
 * An automaton that is made when it is first called (left.c) is known by
 * what it can begin with, which is said once for its component, at the
 * leader, and by the length of its shortest word. */
#include "grammar/rtn.h"

enum { STAR_STATES = 256 }; /* how far gr_rtn_is_star looks */

/* --- ranks and first sets ------------------------------------------------- */

/* What an automaton that is not made yet begins with: its leader, or, if it is
 * that itself, the calls among the seeds.  These are of the whole component,
 * each member of which can begin with what any other begins with. */
static void late_kids(const GrRtn *t, uint32_t a, uint32_t *to, uint32_t *n)
{
    const RtnAuto *x = &t->automaton.at[a];
    if (x->leader != a) to[(*n)++] = x->leader;
    for (uint32_t i = 0; i < x->n_seeds; i++) {
        Label l = t->seed.at[x->seed + i];
        if (gr_label_kind(l) == LABEL_CALL) to[(*n)++] = gr_label_value(l);
    }
}

/* So many edges at most has the graph of what begins with a call of what.
 * Automata that are the same share their states, and have edges each. */
static uint64_t most_left(const GrRtn *t)
{
    uint64_t n = 0;
    for (uint32_t a = 0; a < t->automaton.n; a++) {
        const RtnAuto *x = &t->automaton.at[a];
        if (x->late) n += x->n_seeds + 1u; /* its leader */
        if (gr_rtn_is_made(t, a)) n += t->state.at[x->entry].n_calls;
    }
    return n;
}

/* "Begins with a call of" as rows of a graph.  Of a network that is its entry's
 * calls: nullable callees have been skipped by edges. */
static gram_status left_graph(const GrRtn *t, uint32_t *row, uint32_t *to)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < t->automaton.n; a++) {
        row[a] = n;
        if (t->automaton.at[a].late) late_kids(t, a, to, &n);
        if (!gr_rtn_is_made(t, a)) continue;
        const RtnState *q = &t->state.at[t->automaton.at[a].entry];
        for (uint32_t i = 0; i < q->n_calls; i++) {
            Label l = t->call.at[q->call + i].label;
            if (gr_label_kind(l) == LABEL_CALL) to[n++] = gr_label_value(l);
        }
    }
    row[t->automaton.n] = n;
    return GRAM_OK;
}

/* What y can begin with x can begin with, too. */
static void add_first(RtnAuto *x, const RtnAuto *y)
{
    for (int w = 0; w < 8; w++) x->first[w] |= y->first[w];
    x->has_regex_first |= y->has_regex_first;
    x->takes |= y->takes;
}

static void late_first(GrRtn *t, uint32_t a)
{
    RtnAuto *x = &t->automaton.at[a];
    if (x->leader != a) add_first(x, &t->automaton.at[x->leader]);
    for (uint32_t i = 0; i < x->n_seeds; i++) {
        Label l = t->seed.at[x->seed + i];
        uint32_t v = gr_label_value(l);
        x->has_regex_first |= gr_label_kind(l) == LABEL_REGEX;
        x->takes |= gr_label_kind(l) == LABEL_TOKENS;
        /* of bytes, the seed is a class */
        if (gr_label_kind(l) == LABEL_BYTES) gr_bit_set(x->first, v);
        if (gr_label_kind(l) == LABEL_CALL) add_first(x, &t->automaton.at[v]);
    }
}

/* Everything that `a` can begin with has been done: smaller components first,
 * and each is one automaton, as the relation has no cycle any more. */
static void first_set(GrRtn *t, uint32_t a)
{
    RtnAuto *x = &t->automaton.at[a];
    if (x->late) late_first(t, a);
    if (!gr_rtn_is_made(t, a)) return;
    const RtnState *q = &t->state.at[x->entry];
    for (uint32_t i = 0; i < q->n_moves; i++)
        gr_bit_set(x->first, t->move.at[q->move + i].cls);
    for (uint32_t i = 0; i < q->n_calls; i++) {
        Label l = t->call.at[q->call + i].label;
        x->has_regex_first |= gr_label_kind(l) == LABEL_REGEX;
        x->takes |= gr_label_kind(l) == LABEL_TOKENS;
        if (gr_label_kind(l) != LABEL_CALL) continue;
        add_first(x, &t->automaton.at[gr_label_value(l)]);
    }
}

/* Which states can begin with a token terminal, once automata are known. */
static void mark_takes(GrRtn *t, uint32_t from)
{
    for (uint32_t s = from; s < t->state.n; s++) {
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
    mark_takes(t, 0);
    return gr_step(t->env, n);
}

static gram_status annotate_left(GrRtn *t)
{
    uint32_t n = t->automaton.n;
    uint64_t m = most_left(t);
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

/* --- costs ---------------------------------------------------------------- */

/* Costs bound what a completion takes (match.h), so they may be too high and
 * never too low: of a regex the shortest word is known in code points, each of
 * which is four bytes at most.  A regex that matches nothing is no edge. */
gram_status gr_label_cost(GrRe *re, Label l, uint64_t *out)
{
    ReId a = {gr_label_value(l)};
    uint32_t least;
    bool none;
    *out = 1; /* a token too, as a byte is one at most */
    if (gr_label_kind(l) == LABEL_NONE) *out = 0;
    if (gr_label_kind(l) != LABEL_REGEX) return GRAM_OK;
    *out = GR_COST_NONE;
    GR_TRY(gr_re_is_none(re, a, &none));
    if (none) return GRAM_OK;
    GR_TRY(gr_re_least(re, a, &least));
    *out = 4 * (uint64_t)least;
    return GRAM_OK;
}

/* The edge of a call between states numbered from `base`.  What was there
 * before `base`, or is not made, costs what its shortest word does. */
static gram_status call_edge(const GrRtn *t, GrRe *re, uint32_t base,
                             Label label, CostEdge *e)
{
    if (gr_label_kind(label) != LABEL_CALL)
        return gr_label_cost(re, label, &e->weight);
    const RtnAuto *a = &t->automaton.at[gr_label_value(label)];
    if (gr_rtn_is_made(t, gr_label_value(label)) && a->entry >= base)
        e->callee = a->entry - base;
    else
        e->weight = a->least;
    return GRAM_OK;
}

/* One byte a move. */
static gram_status list_edges(const GrRtn *t, GrRe *re, uint32_t base,
                              CostEdge *edge, uint32_t *n)
{
    *n = 0;
    for (uint32_t s = base; s < t->state.n; s++) {
        const RtnState *q = &t->state.at[s];
        CostEdge e = {s - base, 0, GR_NO_CALLEE, 1};
        for (uint32_t i = 0; i < q->n_moves; i++) {
            e.to = t->move.at[q->move + i].to - base;
            edge[(*n)++] = e;
        }
        for (uint32_t i = 0; i < q->n_calls; i++) {
            RtnCall x = t->call.at[q->call + i];
            e.callee = GR_NO_CALLEE;
            e.to = x.back - base;
            GR_TRY(call_edge(t, re, base, x.label, &e));
            if (e.weight != GR_COST_NONE) edge[(*n)++] = e;
            e.weight = 1;
        }
    }
    return GRAM_OK;
}

/* END and INSIDE have no edges and cost nothing by themselves. */
static gram_status run_costs(GrRtn *t, GrRe *re, uint32_t base, CostEdge *edge,
                             uint64_t *cost)
{
    uint32_t n_edges, n = t->state.n - base;
    GR_TRY(list_edges(t, re, base, edge, &n_edges));
    for (uint32_t s = 0; s < n; s++) {
        bool ends = t->state.at[base + s].final || base + s < RTN_PSEUDO;
        cost[s] = ends ? 0 : GR_COST_NONE;
    }
    GR_TRY(gr_least_costs(t->env, n, edge, n_edges, cost));
    for (uint32_t s = 0; s < n; s++) t->state.at[base + s].cost = cost[s];
    return GRAM_OK;
}

/* Costs of the states from `base` on: of whole automata. */
static gram_status costs(GrRtn *t, GrRe *re, uint32_t base)
{
    uint32_t n = t->state.n - base, n_edges = 0;
    for (uint32_t s = base; s < t->state.n; s++)
        n_edges += t->state.at[s].n_moves + t->state.at[s].n_calls;
    CostEdge *edge = gr_zalloc(t->env, n_edges, sizeof *edge);
    uint64_t *cost = gr_zalloc(t->env, n, sizeof *cost);
    gram_status status = GRAM_E_MEMORY;
    if (edge && cost) status = run_costs(t, re, base, edge, cost);
    gr_free(t->env, edge, n_edges * sizeof *edge);
    gr_free(t->env, cost, n * sizeof *cost);
    return status;
}

/* In order of need: first sets by rank, then costs, of which the entries' are
 * the shortest words.  Late automata know theirs already. */
gram_status gr_rtn_annotate(GrRtn *t, GrRe *re)
{
    for (uint32_t i = 0; i < t->call.n; i++)
        t->has_regex |= gr_label_kind(t->call.at[i].label) == LABEL_REGEX;
    for (uint32_t i = 0; i < t->seed.n; i++)
        t->has_regex |= gr_label_kind(t->seed.at[i]) == LABEL_REGEX;
    GR_TRY(annotate_left(t));
    GR_TRY(costs(t, re, 0));
    for (uint32_t a = 0; a < t->automaton.n; a++)
        if (gr_rtn_is_made(t, a))
            t->automaton.at[a].least =
                t->state.at[t->automaton.at[a].entry].cost;
    return GRAM_OK;
}

/* Ranks and first sets are not touched: the component's seeds have said it
 * all. */
gram_status gr_rtn_annotate_late(GrRtn *t, GrRe *re, uint32_t base)
{
    mark_takes(t, base);
    return costs(t, re, base);
}

/* --- stars ---------------------------------------------------------------- */

/* On the C stack: 1 KiB, and a list this short is searched faster than
 * hashed. */
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

/* Sufficient, not necessary: "no" may be said of a star, which then costs sets
 * of stacks that grow with the text, but no wrong answer.
 *
 * Why: from q every way that may end here comes back to q, so a word of L(q) is
 * a sequence of ways from q to q; two of them in a row are a longer one. */
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
