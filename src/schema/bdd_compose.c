/* Decision diagrams: a function of functions.
 *
 * Goals are functions over the verdicts of roots, and nearly all are chains, of
 * which each node is decided by one side:
 *
 *     "one of these": 0 ? yes : 1 ? yes : 2 ? ..     or   or   or
 *     "all of these": 0 ? (1 ? (2 ? .. : no) : no) : no   and  and
 *
 * What follows one another with the same operation may be taken in any order.
 * The root with the lowest variables goes first, so that each next one lies
 * above what there is: n roots of a variable each are n steps.  In the order of
 * the goal, which need not be that of the variables, they would be n^2. */
#include "schema/bdd.h"
#include "schema/words.h"

static Bdd root_of(BddNode node, const Bdd *root, uint32_t n)
{
    return node.var < n ? root[node.var] : gr_bdd_const(false);
}

/* --- chains --------------------------------------------------------------- */

/* Does the side that is chosen at once say yes?  Then it is an "or". */
static bool is_or(BddNode n)
{
    return n.hi.v == GR_BDD_TRUE || n.lo.v == GR_BDD_TRUE;
}

static Bdd next_of(BddNode n)
{
    return n.lo.v < 2 ? n.hi : n.lo;
}

/* How many nodes, or 0 where it is none. */
static uint32_t chain_length(const Bdds *b, Bdd f)
{
    uint32_t length = 0;
    for (; f.v >= 2; length++) {
        BddNode n = gr_bdd_node(b, f);
        if (n.lo.v >= 2 && n.hi.v >= 2) return 0;
        f = next_of(n);
    }
    return length;
}

/* What a node asks of its root: that it holds, or fails. */
static gram_status link_of(Bdds *b, BddNode n, Bdd c, Bdd *out)
{
    bool holds = n.hi.v == GR_BDD_TRUE || n.lo.v == GR_BDD_FALSE;
    *out = c;
    return holds ? GRAM_OK : gr_bdd_not(b, c, out);
}

/* n links of one operation, pairs (variable, function), and *f. */
static gram_status join_links(Bdds *b, bool any, uint32_t *link, uint32_t n,
                              Bdd *f)
{
    sm_sort_pairs(link, n);
    for (uint32_t i = n; i-- > 0;) {
        Bdd one = {link[2 * i + 1]};
        GR_TRY(any ? gr_bdd_or(b, one, *f, f) : gr_bdd_and(b, one, *f, f));
    }
    return GRAM_OK;
}

/* From the last run of links up.  id: nodes of the chain, from the top. */
static gram_status join_chain(Bdds *b, const uint32_t *id, uint32_t length,
                              uint32_t *link, Bdd *out)
{
    for (uint32_t from = length, to = length; from > 0;) {
        bool any = is_or(gr_bdd_node(b, (Bdd){id[from - 1]}));
        if (to == length) *out = gr_bdd_const(!any);
        while (from > 0 && is_or(gr_bdd_node(b, (Bdd){id[from - 1]})) == any)
            from--;
        GR_TRY(join_links(b, any, link + 2 * (size_t)from, to - from, out));
        to = from;
    }
    return GRAM_OK;
}

static gram_status compose_chain(Bdds *b, Bdd goal, uint32_t length,
                                 const Bdd *root, uint32_t n, Bdd *out)
{
    uint32_t *id = gr_zalloc(b->env, length, 3 * sizeof *id);
    if (id == NULL) return GRAM_E_MEMORY;
    uint32_t *link = id + length;
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < length && status == GRAM_OK; i++) {
        BddNode node = gr_bdd_node(b, goal);
        Bdd one;
        id[i] = goal.v;
        status = link_of(b, node, root_of(node, root, n), &one);
        link[2 * i] = one.v < 2 ? UINT32_MAX : gr_bdd_node(b, one).var;
        link[2 * i + 1] = one.v;
        goal = next_of(node);
    }
    if (status == GRAM_OK) status = join_chain(b, id, length, link, out);
    gr_free(b->env, id, (size_t)length * 3 * sizeof *id);
    return status;
}

/* --- any ------------------------------------------------------------------ */

/* From the leaves of the goal up, each node becomes "if its root, then, else".
 * The roots may have any variables in common, so ite does it, not make. */
static gram_status compose_any(Bdds *b, Bdd goal, const Bdd *root, uint32_t n,
                               Bdd *out)
{
    GR_TRY(gr_bdd_reach(b, goal));
    /* the passes inside gr_bdd_ite reuse `reached`: keep a copy */
    uint32_t count = b->reached.n;
    uint32_t *id = gr_zalloc(b->env, count, 2 * sizeof *id);
    if (id == NULL) return GRAM_E_MEMORY;
    uint32_t *result = id + count;
    memcpy(id, b->reached.at, count * sizeof *id);
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < count && status == GRAM_OK; i++) {
        BddNode node = gr_bdd_node(b, (Bdd){id[i]});
        Bdd side[2] = {node.lo, node.hi};
        for (int s = 0; s < 2; s++) {
            if (side[s].v < 2) continue;
            uint32_t at = sm_find_word(id, i, 1, side[s].v);
            if (at != UINT32_MAX) side[s].v = result[at];
        }
        Bdd c = root_of(node, root, n);
        status = gr_bdd_ite(b, c, side[1], side[0], out);
        result[i] = out->v;
    }
    gr_free(b->env, id, (size_t)count * 2 * sizeof *id);
    return status;
}

/* Most goals are "root 0 must hold": that is answered at once. */
gram_status gr_bdd_compose(Bdds *b, Bdd goal, const Bdd *root, uint32_t n,
                           Bdd *out)
{
    *out = goal;
    if (goal.v < 2) return GRAM_OK;
    BddNode top = gr_bdd_node(b, goal);
    if (top.var == 0 && n > 0 && top.lo.v == GR_BDD_FALSE &&
        top.hi.v == GR_BDD_TRUE)
        return *out = root[0], GRAM_OK;
    uint32_t length = chain_length(b, goal);
    return length ? compose_chain(b, goal, length, root, n, out)
                  : compose_any(b, goal, root, n, out);
}
