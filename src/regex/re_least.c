/* Bounds of the lengths of words, read off the term.
 *
 * Three numbers a node: every word has at least `low` and at most `most`
 * characters, and some word has `least`.  A union takes the least (most), a
 * concatenation the sum, a repeat its bounds times.  Of an intersection only
 * `low` and `most` are known, of a complement neither; a union needs one
 * known branch only.  That touches every node once, whereas a search for a
 * shortest word may derive its way through every minute of a day (date-time,
 * whose leap second is an intersection).  So the shortest length is low where
 * low = least, and only else searched: best first by (characters so far +
 * low), deep before wide (A*, Hart, Nilsson, Raphael 1968).  An intersection
 * of patterns all of 60 characters is found in 60 steps, where a search by
 * breadth would visit their product.  Before that the end of the word that was
 * found before is tried.  What a search finds is kept apart from `least`.
 *
 * Operands are older than their term and so have smaller ids; a node waits on
 * an explicit stack until all of them are known. */
#include "regex/re_search.h"

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

/* The bounds of a node whose operands are known. */
static Bounds node_bounds(const GrRe *re, ReId a)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    Bounds x = {0, UNKNOWN, GR_RE_INF, true}, y;
    switch ((ReKind)node->kind) {
    case RE_NONE: return (Bounds){UNKNOWN, UNKNOWN, 0, false};
    case RE_EPS: return (Bounds){0, 0, 0, false};
    case RE_SET: return (Bounds){1, 1, 1, false};
    case RE_WORDS: return of_words(re, node);
    case RE_LEAP:
        x.low = x.least = gr_leap_least(node);
        x.walks = false;
        break;
    case RE_OR: return of_union(re, kid, n);
    case RE_AND: return of_meet(re, kid, n);
    case RE_CAT:
        x = bounds_of(re, kid[0]);
        y = bounds_of(re, kid[1]);
        return (Bounds){gr_re_sum(x.low, y.low), gr_re_sum(x.least, y.least),
                        gr_re_sum(x.most, y.most), x.walks | y.walks};
    case RE_REP:
        x = bounds_of(re, kid[0]);
        return (Bounds){gr_re_times(x.low, node->lo),
                        gr_re_times(x.least, node->lo),
                        gr_re_times(x.most, node->hi), x.walks};
    case RE_ALL: x.walks = false; break;
    case RE_NOT: break;
    }
    return x;
}

/* --- up to a mark --------------------------------------------------------- */

/* What is not one of the letters of a. */
static gram_status avoids(GrRe *re, uint32_t a, SetId mark, bool *yes)
{
    SetId letters;
    bool any;
    GR_TRY(gr_re_letters(re, gr_re_id(a), &letters, &any));
    *yes = !any && !gr_set_meets(re, letters, mark);
    return GRAM_OK;
}

/* a = p s all, p with an end?  Then s and the bound of p: the first s comes no
 * later. */
static bool marked(const GrRe *re, uint32_t a, SetId *mark, uint32_t *most)
{
    const ReNode *n = gr_re_node(re, gr_re_id(a)), *behind, *set;
    if (n->kind != RE_CAT) return false;
    behind = gr_re_node(re, gr_re_id(n->b));
    if (behind->kind != RE_CAT || behind->b != RE_ALL) return false;
    set = gr_re_node(re, gr_re_id(behind->a));
    *most = bounds_of(re, n->a).most;
    *mark = (SetId){set->a};
    return set->kind == RE_SET && *most != GR_RE_INF;
}

/* a = q s z, q without s?  Then the bound of z. */
static gram_status behind_mark(GrRe *re, uint32_t a, SetId mark, uint32_t *most,
                               bool *yes)
{
    *yes = false;
    for (bool before = true; before;) {
        const ReNode *n = gr_re_node(re, gr_re_id(a));
        if (n->kind != RE_CAT) return GRAM_OK;
        const ReNode *head = gr_re_node(re, gr_re_id(n->a));
        *yes = head->kind == RE_SET && head->a == mark.v;
        *most = bounds_of(re, n->b).most;
        if (*yes) return GRAM_OK;
        GR_TRY(avoids(re, n->a, mark, &before));
        GR_TRY(gr_step(re->env, 1));
        a = n->b;
    }
    return GRAM_OK;
}

/* An address has at most 64 characters before the @:
 *
 *     [^@]{1,64} @ all  &  q @ z        at most 64 + 1 + those of z
 *
 * Neither operand says so by itself. */
static gram_status bound_by_mark(GrRe *re, ReId a, Bounds *b)
{
    uint32_t n, before = 0, behind = 0;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    SetId mark = {0};
    bool yes = false;
    for (uint32_t i = 0; i < n && !yes; i++)
        yes = marked(re, kid[i], &mark, &before);
    for (uint32_t i = 0; i < n && yes; i++) {
        bool told;
        GR_TRY(behind_mark(re, kid[i], mark, &behind, &told));
        uint32_t most = told ? gr_re_sum(gr_re_sum(before, 1), behind)
                             : GR_RE_INF;
        if (most < b->most) b->most = most;
    }
    return GRAM_OK;
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
        const uint32_t *kid = gr_re_operands(re, top, &n);
        GR_TRY(gr_step(re->env, 1));
        for (uint32_t i = 0; i < n; i++)
            if (gr_re_node(re, gr_re_id(kid[i]))->least == 0)
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        if (todo->n > before) continue;
        Bounds b = node_bounds(re, top);
        if (b.most == GR_RE_INF && gr_re_node(re, top)->kind == RE_AND)
            GR_TRY(bound_by_mark(re, top, &b));
        keep(re, top, b);
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

/* --- searching ------------------------------------------------------------ */

/* Terms met, each with the fewest characters to it and the term before; the
 * open ones in lists by their estimate, from `base` on.  An estimate never
 * falls along a path, since a way through a term is no shorter than it says:
 * the first nullable term taken is a nearest one. */
typedef struct Open {
    uint32_t place, depth, before; /* before: of the same list, + 1 */
} Open;

typedef struct Ahead {
    ReVec term, from, depth;
    GrMap place;          /* term -> place in these */
    GrVec(uint32_t) list; /* by estimate - base: last of open, + 1 */
    GrVec(Open) open;
    uint32_t base;
} Ahead;

static void ahead_clear(GrEnv *env, Ahead *h)
{
    gr_vec_clear(env, &h->term);
    gr_vec_clear(env, &h->from);
    gr_vec_clear(env, &h->depth);
    gr_map_clear(env, &h->place);
    gr_vec_clear(env, &h->list);
    gr_vec_clear(env, &h->open);
}

static gram_status ahead_place(GrRe *re, Ahead *h, uint32_t term, uint32_t *at)
{
    const uint32_t *known = gr_map_find(&h->place, term);
    if (known != NULL) return *at = *known, GRAM_OK;
    *at = h->term.n;
    GR_TRY(gr_map_put(re->env, &h->place, term, *at));
    GR_TRY(gr_vec_push(re->env, &h->from, 0));
    GR_TRY(gr_vec_push(re->env, &h->depth, UINT32_MAX));
    return gr_vec_push(re->env, &h->term, term);
}

static gram_status ahead_open(GrRe *re, Ahead *h, uint32_t term, uint32_t from,
                              uint32_t depth, uint32_t estimate)
{
    uint32_t at;
    GR_TRY(ahead_place(re, h, term, &at));
    if (h->depth.at[at] <= depth) return GRAM_OK;
    h->depth.at[at] = depth;
    h->from.at[at] = from;
    GR_TRY(ensure(re, gr_re_id(term)));
    uint32_t own = gr_re_sum(depth, gr_re_node(re, gr_re_id(term))->low);
    if (own > estimate) estimate = own;
    if (estimate == UINT32_MAX) return GRAM_OK; /* no word is that long */
    while (h->list.n <= estimate - h->base) {
        GR_TRY(gr_step(re->env, 1));
        GR_TRY(gr_vec_push(re->env, &h->list, 0));
    }
    uint32_t *list = &h->list.at[estimate - h->base];
    GR_TRY(gr_vec_push(re->env, &h->open, (Open){at, depth, *list}));
    *list = h->open.n;
    return GRAM_OK;
}

static gram_status ahead_expand(GrRe *re, Ahead *h, uint32_t at,
                                uint32_t estimate)
{
    ReId a = {h->term.at[at]}, d;
    uint32_t part, depth = h->depth.at[at];
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = p->n_classes; --k > 0;) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        if (gr_re_node(re, d)->life != RE_EMPTY)
            GR_TRY(ahead_open(re, h, d.v, at, depth + 1, estimate));
    }
    return gr_step(re->env, p->n_classes);
}

/* The place of a nearest nullable term, or UINT32_MAX. */
static gram_status ahead_run(GrRe *re, Ahead *h, ReId a, uint32_t *end)
{
    GR_TRY(ensure(re, a));
    h->base = gr_re_node(re, a)->low;
    GR_TRY(ahead_open(re, h, a.v, 0, 0, h->base));
    for (uint32_t i = 0; i < h->list.n;) {
        if (h->list.at[i] == 0) {
            i++;
            continue;
        }
        Open e = h->open.at[h->list.at[i] - 1];
        h->list.at[i] = e.before;
        if (e.depth > h->depth.at[e.place]) continue; /* met again, nearer */
        *end = e.place;
        if (gr_re_nullable(re, gr_re_id(h->term.at[*end]))) return GRAM_OK;
        GR_TRY(ahead_expand(re, h, *end, h->base + i));
    }
    *end = UINT32_MAX;
    return GRAM_OK;
}

/* No term met after d characters is nearer to an end than what is left of
 * the shortest word then: the next search, which is nearly always from a
 * neighbour, need not go these ways again.  (Adaptive A*, Koenig, Likhachev
 * 2005.) */
static void raise_lows(const GrRe *re, const Ahead *h, uint32_t least)
{
    for (uint32_t i = 0; i < h->term.n; i++) {
        ReNode *n = gr_re_node(re, gr_re_id(h->term.at[i]));
        uint32_t depth = h->depth.at[i];
        if (depth < least && n->low < least - depth) n->low = least - depth;
    }
}

/* What follows on a shortest word is a shortest word of what is left. */
static void ahead_keep(const GrRe *re, const Ahead *h, uint32_t end,
                       uint32_t *out)
{
    raise_lows(re, h, h->depth.at[end]);
    *out = 0;
    for (uint32_t i = end;; i = h->from.at[i], ++*out) {
        ReNode *n = gr_re_node(re, gr_re_id(h->term.at[i]));
        n->low = *out;
        n->sought = true;
        if (h->depth.at[i] == 0) return;
    }
}

/* --- the end of before ---------------------------------------------------- */

enum { ENDING_MOST = 4 };

/* Remember the last characters of the word that was found. */
static gram_status keep_ending(GrRe *re, const Ahead *h, uint32_t end)
{
    ReVec *x = &re->ending;
    uint32_t n = h->depth.at[end] < ENDING_MOST ? h->depth.at[end]
                                                : ENDING_MOST;
    x->n = 0;
    GR_TRY(gr_vec_reserve(re->env, x, ENDING_MOST));
    for (uint32_t i = n; i-- > 0; end = h->from.at[end])
        GR_TRY(gr_search_char(re, gr_re_id(h->term.at[h->from.at[end]]),
                              h->term.at[end], &x->at[i]));
    x->n = n;
    return GRAM_OK;
}

/* Is the end of that word one of a, and as short as a word of a can be?  What
 * is asked about is mostly a neighbour, where a derivative or two tell what a
 * search has to make all of a term for. */
static gram_status try_ending(GrRe *re, ReId a, bool *found)
{
    ReNode *node = gr_re_node(re, a);
    const ReVec *x = &re->ending;
    *found = node->low <= x->n;
    if (!*found) return GRAM_OK;
    for (uint32_t i = x->n - node->low; i < x->n; i++)
        GR_TRY(gr_re_derive(re, a, x->at[i], &a));
    *found = gr_re_nullable(re, a);
    node->sought |= *found;
    return gr_step(re->env, node->low);
}

/* Without the parts of a union that have no word for their letters: each may
 * promise a short one all the same, and has more terms ahead of it than those
 * that have words. */
static gram_status spelled_parts(GrRe *re, ReId a, ReId *out)
{
    uint32_t n;
    ReVec kept = {0};
    bool none = false;
    gram_status st = GRAM_OK;
    *out = a;
    if (gr_re_node(re, a)->kind != RE_OR) return GRAM_OK;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    for (uint32_t i = 0; i < n && st == GRAM_OK; i++) {
        st = gr_re_none_by_letters(re, gr_re_id(kid[i]), &none);
        if (st == GRAM_OK && !none) st = gr_vec_push(re->env, &kept, kid[i]);
    }
    if (st == GRAM_OK && kept.n < n)
        st = gr_re_or(re, (const ReId *)kept.at, kept.n, out);
    gr_vec_clear(re->env, &kept);
    return st;
}

static gram_status search_least(GrRe *re, ReId a, uint32_t *out)
{
    Ahead h = {0};
    uint32_t end = 0;
    bool none, found;
    GR_TRY(gr_re_is_none(re, a, &none));
    if (none)
        return gr_fail(re->env, GRAM_E_EMPTY, GR_NOWHERE,
                       "no string is in this language");
    ReNode *node = gr_re_node(re, a);
    if (node->low == node->most) { /* one length, and it has words */
        node->sought = true;
        return *out = node->low, GRAM_OK;
    }
    if (!node->walks) /* a count too large: nothing to find */
        return *out = UINT32_MAX - 1, GRAM_OK;
    GR_TRY(try_ending(re, a, &found));
    if (found) return *out = node->low, GRAM_OK;
    GR_TRY(spelled_parts(re, a, &a));
    gram_status st = ahead_run(re, &h, a, &end);
    if (st == GRAM_OK && end != UINT32_MAX) {
        ahead_keep(re, &h, end, out);
        node->low = *out;
        node->sought = true;
        st = keep_ending(re, &h, end);
    }
    ahead_clear(re->env, &h);
    if (st != GRAM_OK || end != UINT32_MAX) return st;
    return gr_fail(re->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "no string of less than 2^32 characters");
}

/* --- the interface -------------------------------------------------------- */

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

/* What a search has found is left out where an answer can be read off: else
 * that would depend on what was asked before. */
gram_status gr_re_least(GrRe *re, ReId a, uint32_t *out)
{
    GR_TRY(ensure(re, a));
    uint32_t known = gr_re_node(re, a)->least;
    if (known == UNKNOWN) return gr_re_least_exact(re, a, out);
    *out = known - 1;
    return GRAM_OK;
}

uint32_t gr_re_least_known(const GrRe *re, ReId a)
{
    const ReNode *node = gr_re_node(re, a);
    return node->sought ? node->low : node->least - 1;
}

gram_status gr_re_least_exact(GrRe *re, ReId a, uint32_t *out)
{
    GR_TRY(ensure(re, a));
    const ReNode *node = gr_re_node(re, a);
    bool met = node->least != UNKNOWN && node->least - 1 == node->low;
    *out = node->low;
    return met || node->sought ? GRAM_OK : search_least(re, a, out);
}
