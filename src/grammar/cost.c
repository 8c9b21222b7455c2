/* Least costs in a graph some of whose edges cost what a state costs.
 *
 * Knuth's generalization of Dijkstra's algorithm (1977): states are settled
 * in order of cost, and an edge that costs what its callee costs can be used
 * once its callee and its target are both settled.  O(edges log edges).
 *
 * Why it is right: no weight is negative, so an edge never makes its source
 * cheaper than its target or its callee, and what comes off the heap first is
 * final.  What never comes off has no cost: from there no end is reached. */
#include "grammar/facts.h"

typedef struct HeapItem {
    uint64_t cost;
    uint32_t state;
} HeapItem;

typedef struct Costs {
    GrEnv *env;
    uint32_t n, n_edges;
    const CostEdge *edge;
    uint64_t *cost;
    GrVec(HeapItem) heap;
    uint32_t *by_to, *to_row;         /* edges by target */
    uint32_t *by_callee, *callee_row; /* ... and by callee */
    uint8_t *settled;
} Costs;

/* Sums of finite costs stay below GR_COST_NONE: X{4294967294} nested a few
 * times is dear, and still has an end. */
uint64_t gr_cost_plus(uint64_t a, uint64_t b)
{
    return a > GR_COST_HUGE - b ? GR_COST_HUGE : a + b;
}

/* A state may lie in the heap several times, once for each cost it has had:
 * cheaper than finding its place to lower it.  `settled` skips the rest. */
static gram_status heap_push(Costs *c, uint64_t cost, uint32_t state)
{
    GR_TRY(gr_vec_push(c->env, &c->heap, (HeapItem){cost, state}));
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

/* The last item goes down from the top, as far as kids are cheaper. */
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

/* Keep the cost if it is less than what is known of the state. */
static gram_status relax(Costs *c, uint32_t state, uint64_t cost)
{
    if (c->settled[state] || cost >= c->cost[state]) return GRAM_OK;
    c->cost[state] = cost;
    return heap_push(c, cost, state);
}

/* The edge, if what it costs and its target are both settled.  Asked from both
 * sides: the later of the two is when the edge first counts. */
static gram_status use(Costs *c, const CostEdge *e)
{
    uint64_t weight = e->weight;
    if (!c->settled[e->to]) return GRAM_OK;
    if (e->callee != GR_NO_CALLEE) {
        if (!c->settled[e->callee]) return GRAM_OK;
        weight = c->cost[e->callee];
    }
    return relax(c, e->from, gr_cost_plus(c->cost[e->to], weight));
}

/* cost[s] is final. */
static gram_status settle(Costs *c, uint32_t s)
{
    c->settled[s] = 1;
    GR_TRY(gr_step(c->env, 1));
    for (uint32_t i = c->to_row[s]; i < c->to_row[s + 1]; i++)
        GR_TRY(use(c, &c->edge[c->by_to[i]]));
    for (uint32_t i = c->callee_row[s]; i < c->callee_row[s + 1]; i++)
        GR_TRY(use(c, &c->edge[c->by_callee[i]]));
    return GRAM_OK;
}

/* Counting sort of edges: `row` has n + 2 zeros.  Afterwards those of key k are
 * out[row[k]] .. out[row[k + 1] - 1].  Shifted by two, since the second pass
 * moves each row's begin to its end. */
static void sort_edges(const Costs *c, bool by_callee, uint32_t *out,
                       uint32_t *row)
{
    const CostEdge *e = c->edge;
    for (uint32_t i = 0; i < c->n_edges; i++)
        if (!by_callee || e[i].callee != GR_NO_CALLEE)
            row[(by_callee ? e[i].callee : e[i].to) + 2]++;
    for (uint32_t k = 1; k < c->n + 2; k++) row[k] += row[k - 1];
    for (uint32_t i = 0; i < c->n_edges; i++)
        if (!by_callee || e[i].callee != GR_NO_CALLEE)
            out[row[(by_callee ? e[i].callee : e[i].to) + 1]++] = i;
}

/* Ends come with their costs, and everything else follows from them. */
static gram_status run(Costs *c)
{
    sort_edges(c, false, c->by_to, c->to_row);
    sort_edges(c, true, c->by_callee, c->callee_row);
    for (uint32_t s = 0; s < c->n; s++)
        if (c->cost[s] != GR_COST_NONE) GR_TRY(heap_push(c, c->cost[s], s));
    while (c->heap.n > 0) {
        HeapItem x = heap_pop(c);
        if (!c->settled[x.state]) GR_TRY(settle(c, x.state));
    }
    return GRAM_OK;
}

/* Memory: two numbers an edge, two and a heap place a state. */
gram_status gr_least_costs(GrEnv *env, uint32_t n, const CostEdge *edge,
                           uint32_t n_edges, uint64_t *cost)
{
    Costs c = {env, n, n_edges, edge, cost, {0}, NULL, NULL, NULL, NULL, NULL};
    size_t row = (size_t)n + 2;
    c.by_to = gr_zalloc(env, n_edges, sizeof *c.by_to);
    c.by_callee = gr_zalloc(env, n_edges, sizeof *c.by_callee);
    c.to_row = gr_zalloc(env, row, sizeof *c.to_row);
    c.callee_row = gr_zalloc(env, row, sizeof *c.callee_row);
    c.settled = gr_zalloc(env, n, 1);
    gram_status status = GRAM_E_MEMORY;
    if (c.by_to && c.by_callee && c.to_row && c.callee_row && c.settled)
        status = run(&c);
    gr_free(env, c.by_to, n_edges * sizeof *c.by_to);
    gr_free(env, c.by_callee, n_edges * sizeof *c.by_callee);
    gr_free(env, c.to_row, row * sizeof *c.to_row);
    gr_free(env, c.callee_row, row * sizeof *c.callee_row);
    gr_free(env, c.settled, n);
    gr_vec_clear(env, &c.heap);
    return status;
}
