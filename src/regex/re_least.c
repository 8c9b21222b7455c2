/* Bounds of the lengths of words, read off the term.
 *
 * Three numbers a node: every word has at least `low` and at most `most`
 * characters, and some word has `least`.  A union takes the least (most), a
 * concatenation the sum, a repeat its bounds times.  Of an intersection only
 * `low` and `most` are known, of a complement neither; a union needs one
 * known branch only.  That touches every node once, whereas a search for a
 * shortest word may derive its way through every minute of a day (date-time,
 * whose leap second is an intersection).  So the shortest length is low where
 * low = least, and only else searched.
 *
 * Operands are older than their term and so have smaller ids; a node waits on
 * an explicit stack until all of them are known. */
#include "regex/re_pool.h"

#define UNKNOWN UINT32_MAX /* there is an intersection or complement */

typedef struct Bounds {
    uint32_t low, least, most; /* least UNKNOWN, most GR_RE_INF */
    bool walks;                /* below is an intersection or complement */
} Bounds;

static Bounds bounds_of(const GrRe *re, uint32_t id)
{
    const ReNode *n = gr_re_node(re, gr_re_id(id));
    return (Bounds){n->low, n->least - 1, n->most, n->walks};
}

/* Both stay below UINT32_MAX, which is endless. */
static uint32_t sum(uint64_t a, uint64_t b)
{
    return a == UINT32_MAX || b == UINT32_MAX || a + b > UINT32_MAX
               ? UINT32_MAX
               : (uint32_t)(a + b);
}

static uint32_t times(uint64_t a, uint64_t n)
{
    if (a == 0 || n == 0) return 0;
    return a == UINT32_MAX || n == UINT32_MAX || a * n > UINT32_MAX
               ? UINT32_MAX
               : (uint32_t)(a * n);
}

static Bounds of_words(const GrRe *re, const ReNode *node)
{
    Bounds b = {UNKNOWN, UNKNOWN, 0, false};
    for (uint32_t i = node->lo; i < node->hi; i++) {
        uint32_t len, n = 0;
        const char *text = gr_words_text(re, node, i, &len);
        for (uint32_t j = 0; j < len; j++) n += (text[j] & 0xC0) != 0x80;
        if (n < b.least) b.low = b.least = n;
        if (n > b.most) b.most = n;
    }
    return b;
}

static Bounds of_union(const GrRe *re, const uint32_t *kid, uint32_t n)
{
    Bounds b = {UNKNOWN, UNKNOWN, 0, false};
    for (uint32_t i = 0; i < n; i++) {
        Bounds one = bounds_of(re, kid[i]);
        b.walks |= one.walks;
        if (one.low < b.low) b.low = one.low;
        if (one.least < b.least) b.least = one.least;
        if (one.most > b.most) b.most = one.most;
    }
    return b;
}

static Bounds of_meet(const GrRe *re, const uint32_t *kid, uint32_t n)
{
    Bounds b = {0, UNKNOWN, GR_RE_INF, true};
    for (uint32_t i = 0; i < n; i++) {
        Bounds one = bounds_of(re, kid[i]);
        if (one.low > b.low) b.low = one.low;
        if (one.most < b.most) b.most = one.most;
    }
    return b;
}

/* The operands that bounds are read off; n of them. */
static const uint32_t *operands(const GrRe *re, ReId a, uint32_t *n)
{
    const ReNode *node = gr_re_node(re, a);
    *n = node->kind == RE_CAT ? 2 : node->kind == RE_REP;
    return node->kind == RE_OR || node->kind == RE_AND ? gr_re_kids(re, a, n)
                                                       : &node->a;
}

/* The bounds of a node whose operands are known. */
static Bounds node_bounds(const GrRe *re, ReId a)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n;
    const uint32_t *kid = operands(re, a, &n);
    Bounds x = {0, UNKNOWN, GR_RE_INF, true}, y;
    switch ((ReKind)node->kind) {
    case RE_NONE: return (Bounds){UNKNOWN, UNKNOWN, 0, false};
    case RE_EPS: return (Bounds){0, 0, 0, false};
    case RE_SET: return (Bounds){1, 1, 1, false};
    case RE_WORDS: return of_words(re, node);
    case RE_OR: return of_union(re, kid, n);
    case RE_AND: return of_meet(re, kid, n);
    case RE_CAT:
        x = bounds_of(re, kid[0]);
        y = bounds_of(re, kid[1]);
        return (Bounds){sum(x.low, y.low), sum(x.least, y.least),
                        sum(x.most, y.most), x.walks | y.walks};
    case RE_REP:
        x = bounds_of(re, kid[0]);
        return (Bounds){times(x.low, node->lo), times(x.least, node->lo),
                        times(x.most, node->hi), x.walks};
    case RE_ALL: x.walks = false; break;
    case RE_NOT: break;
    }
    return x;
}

static void keep(const GrRe *re, ReId a, Bounds b)
{
    ReNode *node = gr_re_node(re, a);
    if (node->nullable) b.low = b.least = 0;
    if (!node->nullable && b.low == 0) b.low = 1;
    node->low = b.low;
    node->least = b.least >= UNKNOWN - 1 ? UNKNOWN : b.least + 1;
    node->most = b.most;
    node->walks = b.walks;
}

static gram_status read_off(GrRe *re, ReId a, ReVec *todo)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t before = todo->n, n;
        ReId top = gr_re_id(todo->at[before - 1]);
        const uint32_t *kid = operands(re, top, &n);
        GR_TRY(gr_step(re->env, 1));
        for (uint32_t i = 0; i < n; i++)
            if (gr_re_node(re, gr_re_id(kid[i]))->least == 0)
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        if (todo->n > before) continue;
        keep(re, top, node_bounds(re, top));
        todo->n--;
    }
    return GRAM_OK;
}

static gram_status ensure(GrRe *re, ReId a)
{
    if (gr_re_node(re, a)->least != 0) return GRAM_OK;
    ReVec todo = {0};
    gram_status status = read_off(re, a, &todo);
    gr_vec_clear(re->env, &todo);
    return status;
}

gram_status gr_re_bounds(GrRe *re, ReId a, uint32_t *low, uint32_t *most)
{
    GR_TRY(ensure(re, a));
    *low = gr_re_node(re, a)->low;
    *most = gr_re_node(re, a)->most;
    return GRAM_OK;
}

gram_status gr_re_walks(GrRe *re, ReId a, bool *walks)
{
    GR_TRY(ensure(re, a));
    *walks = gr_re_node(re, a)->walks;
    return GRAM_OK;
}

gram_status gr_re_least(GrRe *re, ReId a, uint32_t *out)
{
    GR_TRY(ensure(re, a));
    uint32_t known = gr_re_node(re, a)->least;
    if (known == UNKNOWN) return gr_re_search_least(re, a, out);
    *out = known - 1;
    return GRAM_OK;
}

gram_status gr_re_least_exact(GrRe *re, ReId a, uint32_t *out)
{
    GR_TRY(ensure(re, a));
    const ReNode *node = gr_re_node(re, a);
    *out = node->low;
    return node->least != UNKNOWN && node->least - 1 == node->low
               ? GRAM_OK
               : gr_re_search_least(re, a, out);
}
