/* Derivatives (Brzozowski 1964, extended to counts and word lists):
 *
 *     d(s)       = eps if c in s, else none
 *     d(x y)     = d(x) y  |  d(y) if x is nullable
 *     d(x{n,m})  = d(x) x{n-1,m-1}
 *     d(x | y)   = d(x) | d(y);    the same for & and ~
 *
 * (for nullable x the normal form has n = 0, which makes the third law hold
 * there too.)  Terms nest as deep as their author liked, so the walk keeps
 * its own stacks: a node waits on one until all heads that matter are known,
 * whose derivatives lie on the other, the last node's on top:
 *
 *     tasks    (x | y) z       y
 *     derived  d(x)            d(first head of y) ...
 *
 * Where one head says it all (none in an intersection) the others stay as they
 * are.
 * Sets, words and what starts with a single set are answered at once; every
 * other node remembers one derivative per class of its partition. */
#include "regex/re_pool.h"

static uint32_t less_one(uint32_t n)
{
    return n == 0 || n == GR_RE_INF ? n : n - 1;
}

static bool starts_with_set(const GrRe *re, const ReNode *n, uint32_t c)
{
    SetId s = {gr_re_node(re, gr_re_id(n->a))->a};
    return gr_set_has(re, s, c);
}

static bool is_set(const GrRe *re, uint32_t id)
{
    return gr_re_node(re, gr_re_id(id))->kind == RE_SET;
}

/* The derivative if it needs no others; UINT32_MAX if it does. */
static gram_status derive_leaf(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    const ReNode *n = gr_re_node(re, a);
    *out = gr_re_none(re);
    switch ((ReKind)n->kind) {
    case RE_NONE:
    case RE_EPS: return GRAM_OK;
    case RE_ALL: return *out = a, GRAM_OK;
    case RE_SET:
        if (gr_set_has(re, (SetId){n->a}, c)) *out = gr_re_eps(re);
        return GRAM_OK;
    case RE_WORDS: return gr_words_derive(re, a, c, out);
    case RE_LEAP: return gr_leap_derive(re, a, c, out);
    case RE_CAT:
        if (!is_set(re, n->a)) break;
        if (starts_with_set(re, n, c)) out->v = n->b;
        return GRAM_OK;
    case RE_REP:
        if (!is_set(re, n->a)) break;
        if (!starts_with_set(re, n, c)) return GRAM_OK;
        return gr_re_repeat(re, gr_re_id(n->a), less_one(n->lo),
                            less_one(n->hi), out);
    default: break;
    }
    return out->v = UINT32_MAX, GRAM_OK;
}

/* The row of derivatives of a node, by the classes of its partition. */
static gram_status get_row(GrRe *re, ReId a, ReNode *n)
{
    uint32_t part;
    if (GR_LIKELY(n->deriv != NULL)) return GRAM_OK;
    GR_TRY(gr_re_part(re, a, &part));
    size_t size = gr_re_part_get(re, part)->n_classes * sizeof *n->deriv;
    uint32_t *row = gr_arena_take(re->env, &re->arena, size);
    if (row == NULL) return GRAM_E_MEMORY;
    n->deriv = memset(row, 0, size);
    return GRAM_OK;
}

/* The derivative if it is a leaf's or remembered; else UINT32_MAX, and the
 * node waits on top of the others for what its heads will be. */
static gram_status derive_known(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    GR_TRY(derive_leaf(re, a, c, out));
    if (out->v != UINT32_MAX) return GRAM_OK;
    ReNode *n = gr_re_node(re, a);
    GR_TRY(get_row(re, a, n));
    const RePart *p = gr_re_part_get(re, n->part - 1);
    uint32_t k = gr_re_part_class(re, p, c), *known = &n->deriv[k];
    out->v = k == 0 ? RE_NONE : *known - 1;
    if (out->v != UINT32_MAX) return GRAM_OK;
    ReTask task = {.id = a.v, .base = re->derived.n, .result = known};
    return gr_vec_push(re->env, &re->tasks, task);
}

/* Without those that say nothing; n of them are left. */
static void drop_neutral(uint32_t *d, uint32_t *n, uint32_t neutral)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++)
        if (d[i] != neutral) d[kept++] = d[i];
    *n = kept;
}

/* The union or intersection of derivatives, n of them.  Characters that a node
 * tells apart often leave the same of each operand, and so do nodes of which
 * one has grown out of the other: what was joined once is looked up. */
static gram_status join(GrRe *re, ReKind kind, uint32_t *d, uint32_t n,
                        ReId *out)
{
    bool meet = kind == RE_AND;
    GrStore *results = &re->join_result[meet];
    uint32_t id;
    drop_neutral(d, &n, meet ? RE_ALL : RE_NONE);
    *out = gr_re_id(n == 1 ? *d : meet ? RE_ALL : RE_NONE);
    if (n < 2) return GRAM_OK;
    GR_TRY(gr_re_intern(re->env, &re->joins[meet], results, d, n, &id, NULL));
    uint32_t *known = gr_store_at(results, id);
    if (*known == 0) {
        const ReId *a = (const ReId *)d;
        GR_TRY(meet ? gr_re_and(re, a, n, out) : gr_re_or(re, a, n, out));
        *known = out->v + 1;
    }
    out->v = *known - 1;
    return GRAM_OK;
}

/* The derivative of a from those of its n heads, which are overwritten. */
static gram_status combine(GrRe *re, ReId a, uint32_t *d, uint32_t n, ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    ReId first = gr_re_id(d[0]);
    switch ((ReKind)node->kind) {
    case RE_OR:
    case RE_AND: return join(re, (ReKind)node->kind, d, n, out);
    case RE_NOT: return gr_re_not(re, first, out);
    case RE_REP:
        GR_TRY(gr_re_repeat(re, gr_re_id(node->a), less_one(node->lo),
                            less_one(node->hi), out));
        return gr_re_cat(re, first, *out, out);
    default:
        GR_TRY(gr_re_cat(re, first, gr_re_id(node->b), out));
        if (n == 1) return GRAM_OK;
        d[0] = out->v;
        return join(re, RE_OR, d, n, out);
    }
}

/* Does this derivative of a head settle that of the node? */
static bool settles(ReKind kind, ReId d)
{
    return (kind == RE_AND && d.v == RE_NONE) ||
           (kind == RE_OR && d.v == RE_ALL);
}

/* Ask for the heads of the topmost node that are still to come.  *out is its
 * derivative; UINT32_MAX where another node has come to lie above it. */
static gram_status run_task(GrRe *re, uint32_t c, ReId *out)
{
    uint32_t n, at = re->tasks.n - 1, base = re->tasks.at[at].base;
    ReId a = {re->tasks.at[at].id};
    const uint32_t *head = gr_re_heads(re, a, &n);
    ReKind kind = (ReKind)gr_re_node(re, a)->kind;
    GR_TRY(gr_step(re->env, 1));
    while (re->derived.n - base < n) {
        uint32_t i = re->derived.n - base;
        if (i > 0 && settles(kind, gr_re_id(re->derived.at[base + i - 1])))
            return out->v = re->derived.at[base + i - 1], GRAM_OK;
        GR_TRY(derive_known(re, gr_re_id(head[i]), c, out));
        if (out->v == UINT32_MAX) return GRAM_OK;
        GR_TRY(gr_vec_push(re->env, &re->derived, out->v));
        GR_TRY(gr_step(re->env, 1));
    }
    return combine(re, a, re->derived.at + base, n, out);
}

gram_status gr_re_derive(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    *out = gr_re_none(re);
    if (c > RE_MAX_CHAR || (c >= RE_SURROGATES && c < RE_PAST)) return GRAM_OK;
    re->tasks.n = re->derived.n = 0;
    GR_TRY(derive_known(re, a, c, out));
    while (re->tasks.n > 0) {
        GR_TRY(run_task(re, c, out));
        if (out->v == UINT32_MAX) continue;
        const ReTask *done = &re->tasks.at[--re->tasks.n];
        *done->result = out->v + 1;
        re->derived.n = done->base;
        GR_TRY(gr_vec_push(re->env, &re->derived, out->v));
    }
    return GRAM_OK;
}
