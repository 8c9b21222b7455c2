/* The lengths of the words of a term.
 *
 * Lengths see one letter only, so a term is first projected: every set
 * becomes `any`, words become the union of any{length}, and concatenation,
 * repetition and union stay what they are; a length bound any{n,m} & x stays
 * one too.  The normal form then does the arithmetic, whatever the numbers:
 * x{2,5} (y z)* of two literals is any{2,5} any{2}*, and what comes out as
 * one any{n,m} is an interval.
 *
 * Intersections and complements do not commute with projection.  Those, and
 * what is left of the others, walk (re_walk.c).
 *
 * Emptiness is never asked here: a term without words contributes nothing
 * but steps, and gr_re_is_none itself asks for lengths. */
#include "regex/re_pool.h"

bool gr_lengths_has(const GrLengths *l, uint64_t n)
{
    if (l->none || n < l->least || (l->most != UINT32_MAX && n > l->most))
        return false;
    if (l->contiguous) return true;
    if (n >= l->size) {
        if (l->period == 0) return false;
        n = l->size - l->period + (n - l->size) % l->period;
    }
    return gr_bit_get(l->bits, (uint32_t)n);
}

bool gr_lengths_meet(const GrLengths *l, uint32_t lo, uint32_t hi)
{
    if (lo < l->least) lo = l->least;
    if (l->most < hi) hi = l->most;
    if (l->none || lo > hi) return false;
    /* a whole period after the last bit says all there is to say */
    uint64_t end = (uint64_t)(lo > l->size ? lo : l->size) + l->period;
    if (hi < end) end = hi;
    for (uint64_t n = lo; n <= end; n++)
        if (gr_lengths_has(l, n)) return true;
    return false;
}

/* Lengths lie in the pool's store; nodes share them by number. */
gram_status gr_lengths_keep(GrRe *re, ReNode *node, const GrLengths *l)
{
    uint32_t id;
    GR_TRY(gr_store_add(re->env, &re->lengths, 1, &id));
    *(GrLengths *)gr_store_at(&re->lengths, id) = *l;
    node->lengths = id + 1;
    return GRAM_OK;
}

const GrLengths *gr_lengths_kept(GrRe *re, ReId a)
{
    return gr_store_at(&re->lengths, gr_re_node(re, a)->lengths - 1);
}

/* --- projection ----------------------------------------------------------- */

/* Bytes that begin a code point. */
static uint32_t chars_in(const char *p, uint32_t len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) n += (p[i] & 0xC0) != 0x80;
    return n;
}

/* The lengths of words, repeated and in any order. */
static gram_status word_lengths(GrRe *re, const ReNode *node, ReVec *out)
{
    for (uint32_t i = node->lo; i < node->hi; i++) {
        uint32_t len;
        const char *p = gr_words_text(re, node, i, &len);
        GR_TRY(gr_step(re->env, len + 1));
        GR_TRY(gr_vec_push(re->env, out, chars_in(p, len)));
    }
    return GRAM_OK;
}

static gram_status project_words(GrRe *re, const ReNode *node, ReVec *v,
                                 ReId *out)
{
    uint32_t kept = 0;
    GR_TRY(word_lengths(re, node, v));
    gr_re_sort(v->at, v->n, 1);
    for (uint32_t i = 0; i < v->n; i++)
        if (kept == 0 || v->at[kept - 1] != v->at[i]) v->at[kept++] = v->at[i];
    for (uint32_t i = 0; i < kept; i++) {
        GR_TRY(gr_any_power(re, v->at[i], v->at[i], out));
        v->at[i] = out->v;
    }
    return gr_re_or(re, (const ReId *)v->at, kept, out);
}

/* a = any{n,m} & rest?  Then both. */
static gram_status split_bound(GrRe *re, ReId a, ReId *bound, ReId *rest,
                               bool *found)
{
    uint32_t n, kept = 0;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *found = false;
    for (uint32_t i = 0; i < n && !*found; i++) {
        *bound = gr_re_id(kid[i]);
        *found = gr_re_power(re, *bound).base == re->any;
    }
    if (!*found) return GRAM_OK;
    ReId *other = gr_resize(re->env, NULL, 0, n * sizeof *other);
    if (other == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        if (kid[i] != bound->v) other[kept++] = gr_re_id(kid[i]);
    gram_status st = gr_re_and(re, other, kept, rest);
    gr_free(re->env, other, n * sizeof *other);
    return st;
}

/* The operands that are projected on their own: *n ids at *kid, which may be
 * *rest. */
static gram_status operands(GrRe *re, ReId a, const uint32_t **kid, uint32_t *n,
                            ReId *rest)
{
    const ReNode *node = gr_re_node(re, a);
    ReId bound;
    bool found = false;
    *kid = gr_intern_get(&re->terms, a.v, NULL) + 1;
    *n = 0;
    switch ((ReKind)node->kind) {
    case RE_CAT: *n = 2; break;
    case RE_REP: *n = 1; break;
    case RE_OR: *n = node->lo; break;
    case RE_AND:
        GR_TRY(split_bound(re, a, &bound, rest, &found));
        *kid = &rest->v;
        *n = found;
        break;
    default: break;
    }
    return GRAM_OK;
}

/* The projection of a, those of its operands being in v. */
static gram_status project(GrRe *re, ReId a, ReVec *v, ReId *out)
{
    const ReNode *n = gr_re_node(re, a);
    const ReId *x = (const ReId *)v->at;
    ReId bound, rest;
    bool found;
    switch ((ReKind)n->kind) {
    case RE_NONE:
    case RE_EPS:
    case RE_ALL: return *out = a, GRAM_OK;
    case RE_SET: return out->v = re->any, GRAM_OK;
    case RE_WORDS: return project_words(re, n, v, out);
    case RE_LEAP: return gr_leap_project(re, n, out);
    case RE_CAT: return gr_re_cat(re, x[0], x[1], out);
    case RE_REP: return gr_re_repeat(re, x[0], n->lo, n->hi, out);
    case RE_OR: return gr_re_or(re, x, v->n, out);
    case RE_AND:
        GR_TRY(split_bound(re, a, &bound, &rest, &found));
        if (!found) break;
        return gr_re_and(re, (ReId[]){x[0], bound}, 2, out);
    case RE_NOT: break;
    }
    return gr_walk_project(re, a, out);
}

/* Project a, or put the operands it waits for above it. */
static gram_status project_visit(GrRe *re, ReId a, ReVec *todo, ReVec *v)
{
    uint32_t n, before = todo->n;
    const uint32_t *kid;
    ReId image, rest;
    v->n = 0;
    GR_TRY(operands(re, a, &kid, &n, &rest));
    GR_TRY(gr_step(re->env, n + 1));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t known = gr_re_node(re, gr_re_id(kid[i]))->unary;
        if (known == 0) GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        GR_TRY(gr_vec_push(re->env, v, known - 1));
    }
    if (todo->n > before) return GRAM_OK;
    GR_TRY(project(re, a, v, &image));
    gr_re_node(re, a)->unary = image.v + 1;
    return GRAM_OK;
}

/* On an explicit stack: a term waits below its operands. */
static gram_status project_run(GrRe *re, ReId a, ReVec *todo, ReVec *v)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        ReId top = {todo->at[todo->n - 1]};
        if (gr_re_node(re, top)->unary != 0)
            todo->n--;
        else
            GR_TRY(project_visit(re, top, todo, v));
    }
    return GRAM_OK;
}

/* Lengths of a term over one letter. */
static gram_status measure_unary(GrRe *re, ReId u)
{
    RePower p = gr_re_power(re, u);
    GrLengths l = {.contiguous = true, .least = p.lo, .most = p.hi};
    if (gr_re_node(re, u)->lengths != 0) return GRAM_OK;
    if (u.v == RE_EPS) l.least = l.most = 0;
    if (u.v == RE_EPS || p.base == re->any)
        return gr_lengths_keep(re, gr_re_node(re, u), &l);
    return gr_walk_unary(re, u);
}

gram_status gr_re_project(GrRe *re, ReId a, ReId *out)
{
    ReVec todo = {0}, v = {0};
    gram_status st = GRAM_OK;
    if (gr_re_node(re, a)->unary == 0) st = project_run(re, a, &todo, &v);
    gr_vec_clear(re->env, &todo);
    gr_vec_clear(re->env, &v);
    if (st == GRAM_OK) *out = gr_re_id(gr_re_node(re, a)->unary - 1);
    return st;
}

/* Two memos: the projection, and its lengths, which many terms share; of some
 * the lengths alone are known (re_gaps.c). */
gram_status gr_re_lengths(GrRe *re, ReId a, GrLengths *out)
{
    ReId image;
    if (gr_re_node(re, a)->lengths == 0) {
        GR_TRY(gr_re_project(re, a, &image));
        GR_TRY(measure_unary(re, image));
        gr_re_node(re, a)->lengths = gr_re_node(re, image)->lengths;
    }
    *out = *gr_lengths_kept(re, a);
    return GRAM_OK;
}
