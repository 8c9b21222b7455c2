/* Strongly connected components (Tarjan 1972) on an explicit stack, and the
 * sort that the room's canonical lists need.
 *
 * low[v] is 0 while v is unseen.  A component is numbered when its root is
 * left, so that everything it leads to has a smaller number.
 *
 * low[v] is the least index that v is known to reach by its descendants and one
 * edge back to an open node; a root is a node that reaches none before itself.
 * Linear in nodes and edges, each edge being a step. */
#include "grammar/facts.h"

/* A node being visited and its next edge: a frame of the recursion. */
typedef struct Visit {
    uint32_t node, edge;
} Visit;

typedef struct Tarjan {
    GrEnv *env;
    const uint32_t *row, *to;
    uint32_t *comp, *low, *index;
    uint32_t n_seen, n_comps;
    GrVec(Visit) path;
    GrVec(uint32_t) open;
} Tarjan;

/* Indexes begin at 1, so that 0 means unseen. */
static gram_status enter(Tarjan *t, uint32_t v)
{
    t->low[v] = t->index[v] = ++t->n_seen;
    GR_TRY(gr_vec_push(t->env, &t->open, v));
    return gr_vec_push(t->env, &t->path, (Visit){v, t->row[v]});
}

/* What the recursion would do on return: tell the parent, and close the
 * component if v is its root.  Its nodes lie on top of `open`. */
static void leave(Tarjan *t, uint32_t v)
{
    t->path.n--;
    if (t->path.n > 0) {
        uint32_t up = t->path.at[t->path.n - 1].node;
        if (t->low[v] < t->low[up]) t->low[up] = t->low[v];
    }
    if (t->low[v] != t->index[v]) return;
    uint32_t w;
    do {
        w = t->open.at[--t->open.n];
        t->comp[w] = t->n_comps;
    } while (w != v);
    t->n_comps++;
}

/* Depth first from `root`.  Nodes of a component that is complete are passed
 * by: they cannot reach v, or they would be in its component. */
static gram_status walk(Tarjan *t, uint32_t root)
{
    GR_TRY(enter(t, root));
    while (t->path.n > 0) {
        Visit *top = &t->path.at[t->path.n - 1];
        uint32_t v = top->node;
        GR_TRY(gr_step(t->env, 1));
        if (top->edge == t->row[v + 1]) {
            leave(t, v);
            continue;
        }
        uint32_t w = t->to[top->edge++];
        if (t->index[w] == 0)
            GR_TRY(enter(t, w));
        else if (t->comp[w] == UINT32_MAX && t->index[w] < t->low[v])
            t->low[v] = t->index[w];
    }
    return GRAM_OK;
}

/* comp[v] is UINT32_MAX while v's component is open. */
gram_status gr_graph_components(GrEnv *env, uint32_t n, const uint32_t *row,
                                const uint32_t *to, uint32_t *comp,
                                uint32_t *n_comps)
{
    Tarjan t = {.env = env, .row = row, .to = to, .comp = comp};
    t.low = gr_zalloc(env, n, sizeof *t.low);
    t.index = gr_zalloc(env, n, sizeof *t.index);
    gram_status status = t.low && t.index ? GRAM_OK : GRAM_E_MEMORY;
    memset(comp, 0xFF, (size_t)n * sizeof *comp);
    for (uint32_t v = 0; v < n && status == GRAM_OK; v++)
        if (t.index[v] == 0) status = walk(&t, v);
    *n_comps = t.n_comps;
    gr_free(env, t.low, n * sizeof *t.low);
    gr_free(env, t.index, n * sizeof *t.index);
    gr_vec_clear(env, &t.path);
    gr_vec_clear(env, &t.open);
    return status;
}

/* --- sorting -------------------------------------------------------------- */

/* Insertion sort below FEW; these lists are short almost always. */
enum { FEW = 16, DEEP = 48 };

static void sort_few(uint64_t *w, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint64_t x = w[i];
        uint32_t k = i;
        for (; k > 0 && w[k - 1] > x; k--) w[k] = w[k - 1];
        w[k] = x;
    }
}

/* Move w[i] down until no child is larger: a heap again, largest first. */
static void sift(uint64_t *w, uint32_t i, uint32_t n)
{
    uint64_t x = w[i];
    for (size_t kid; (kid = 2 * (size_t)i + 1) < n; i = (uint32_t)kid) {
        if (kid + 1 < n && w[kid] < w[kid + 1]) kid++;
        if (x >= w[kid]) break;
        w[i] = w[kid];
    }
    w[i] = x;
}

static void sort_heap(uint64_t *w, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;) sift(w, i, n);
    for (uint32_t i = n; i-- > 1;) {
        uint64_t last = w[i];
        w[i] = w[0];
        w[0] = last;
        sift(w, 0, i);
    }
}

static uint64_t middle(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t lo = a < b ? a : b, hi = a < b ? b : a;
    return c < lo ? lo : c > hi ? hi : c;
}

/* Words of the first part are not above, others not below a middle one of
 * three; both parts are shorter than the whole.  The length of the first. */
static uint32_t part(uint64_t *w, uint32_t n)
{
    uint64_t x = middle(w[0], w[n / 2], w[n - 1]);
    uint32_t i = 0, k = n - 1;
    for (;; i++, k--) {
        while (w[i] < x) i++;
        while (w[k] > x) k--;
        if (i >= k) break;
        uint64_t swap = w[i];
        w[i] = w[k];
        w[k] = swap;
    }
    return i == k ? i + (i == 0) : i;
}

/* Quick sort, until parts are few or it goes wrong: then what is slower. */
void gr_sort_words(uint64_t *w, uint32_t n)
{
    struct {
        uint32_t at, n, depth;
    } todo[64], x = {0, n, 0};
    uint32_t n_todo = 0;
    bool sorted = true;
    for (uint32_t i = 1; i < n && sorted; i++) sorted = w[i - 1] <= w[i];
    if (sorted) return;
    for (;;) {
        if (x.n <= FEW || x.depth >= DEEP) {
            if (x.n <= FEW)
                sort_few(w + x.at, x.n);
            else
                sort_heap(w + x.at, x.n);
            if (n_todo == 0) return;
            x = todo[--n_todo];
            continue;
        }
        uint32_t first = part(w + x.at, x.n);
        x.depth++;
        todo[n_todo] = x;
        todo[n_todo].at += first;
        todo[n_todo++].n -= first;
        x.n = first;
    }
}
