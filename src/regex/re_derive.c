/* Derivatives (Brzozowski 1964, extended to counts and word lists):
 *
 *     d(s)       = eps if c in s, else none
 *     d(x y)     = d(x) y  |  d(y) if x is nullable
 *     d(x{n,m})  = d(x) x{n-1,m-1}
 *     d(x | y)   = d(x) | d(y);    the same for & and ~
 *
 * (for nullable x the normal form has n = 0, which makes the third law hold
 * there too.)  Terms nest as deep as their author liked, so the walk keeps
 * its own stack: a node waits on it until all heads that matter are known.
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

/* The derivative if it is a leaf's or remembered; UINT32_MAX if not. */
static gram_status derive_known(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    GR_TRY(derive_leaf(re, a, c, out));
    const ReNode *n = gr_re_node(re, a);
    if (out->v != UINT32_MAX || n->deriv == NULL) return GRAM_OK;
    const RePart *p = gr_re_part_get(re, n->part - 1);
    out->v = n->deriv[p->cls[gr_re_part_at(p, c)]] - 1;
    return GRAM_OK;
}

/* The derivative of a, those of its heads being in re->derived. */
static gram_status combine(GrRe *re, ReId a, ReId *out)
{
    const ReNode *n = gr_re_node(re, a);
    const ReId *d = (const ReId *)re->derived.at;
    ReId sum[2];
    switch ((ReKind)n->kind) {
    case RE_OR: return gr_re_or(re, d, re->derived.n, out);
    case RE_AND: return gr_re_and(re, d, re->derived.n, out);
    case RE_NOT: return gr_re_not(re, d[0], out);
    case RE_REP:
        GR_TRY(gr_re_repeat(re, gr_re_id(n->a), less_one(n->lo),
                            less_one(n->hi), out));
        return gr_re_cat(re, d[0], *out, out);
    default:
        GR_TRY(gr_re_cat(re, d[0], gr_re_id(n->b), &sum[0]));
        if (re->derived.n == 1) return *out = sum[0], GRAM_OK;
        sum[1] = d[1];
        return gr_re_or(re, sum, 2, out);
    }
}

static gram_status remember(GrRe *re, ReId a, uint32_t c, ReId d)
{
    uint32_t part;
    GR_TRY(gr_re_part(re, a, &part));
    const RePart *p = gr_re_part_get(re, part);
    ReNode *n = gr_re_node(re, a);
    if (n->deriv == NULL) {
        size_t size = p->n_classes * sizeof *n->deriv;
        uint32_t *row = gr_arena_take(re->env, &re->arena, size);
        if (row == NULL) return GRAM_E_MEMORY;
        n->deriv = memset(row, 0, size);
    }
    n->deriv[p->cls[gr_re_part_at(p, c)]] = d.v + 1;
    return GRAM_OK;
}

/* Derive the node from its heads, if they are known; otherwise put those
 * that are not on the stack, above it. */
static gram_status derive_node(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    uint32_t n, before = re->derive_todo.n;
    const uint32_t *head = gr_re_heads(re, a, &n);
    re->derived.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->derived, n));
    GR_TRY(gr_step(re->env, n + 1));
    for (uint32_t i = 0; i < n; i++) {
        ReId d;
        GR_TRY(derive_known(re, gr_re_id(head[i]), c, &d));
        if (d.v == UINT32_MAX)
            GR_TRY(gr_vec_push(re->env, &re->derive_todo, head[i]));
        re->derived.at[re->derived.n++] = d.v;
    }
    out->v = UINT32_MAX;
    if (re->derive_todo.n > before) return GRAM_OK;
    GR_TRY(combine(re, a, out));
    return remember(re, a, c, *out);
}

gram_status gr_re_derive(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    *out = gr_re_none(re);
    if (c > RE_MAX_CHAR || (c >= RE_SURROGATES && c < RE_PAST)) return GRAM_OK;
    GR_TRY(derive_known(re, a, c, out));
    if (out->v != UINT32_MAX) return GRAM_OK;
    re->derive_todo.n = 0;
    GR_TRY(gr_vec_push(re->env, &re->derive_todo, a.v));
    while (re->derive_todo.n > 0) {
        ReId top = {re->derive_todo.at[re->derive_todo.n - 1]};
        GR_TRY(derive_known(re, top, c, out));
        if (out->v == UINT32_MAX) GR_TRY(derive_node(re, top, c, out));
        if (out->v != UINT32_MAX) re->derive_todo.n--;
    }
    return GRAM_OK;
}
