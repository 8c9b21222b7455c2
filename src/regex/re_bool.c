/* Union, intersection, complement, in normal form.
 *
 * Operands are flattened, sorted by id and deduplicated (associativity,
 * commutativity, idempotence: what makes the set of derivatives finite,
 * Brzozowski 1964 theorem 5.2), and
 *
 *     none | x = x    all | x = all      none & x = none    all & x = x
 *     x | ~x = all    eps | x = x if x is nullable, else x{0,1}
 *     x & ~x = none   eps & x = eps if x is nullable, else none
 *     s t | u t = (s | u) t              for sets s, u
 *     x{n,m} t | x{k,l} t = x{n,l} t     if the intervals touch
 *     s{n,m} & u{k,l} = (s & u){max,min} for sets s, u
 *     x & s{n,m} = x & any{n,m}          if x has no characters but those of s
 *     words & s{n,m} = the words that fit
 *     words & ~words = the words that are left
 *     ~any{n,m} = any{0,n-1} | any{m+1,}
 *     ~x & ~y = ~(x | y)     but for words: they may be taken out of others
 *     x & y | x & z = x & (y | z)        where all operands share x
 *
 * The law about touching intervals is what keeps counted repeats small:
 * after `xx` the pattern x.{0,100}y is at .{0,98}y | .{0,99}y, which is one
 * counter and not a set of them.
 *
 * The last two are for rows of conditions on one string ("nowhere this, nowhere
 * that, and either short or ..."): most of them do not change from character to
 * character, and what is one term has its derivative looked up as one.
 * De Morgan is applied in no other case: complements are derived as they stand.
 *
 * Cost: O(n log n) in the operands. */
#include "regex/re_pool.h"

/* Collect the operands of `kind`, nested ones of the same kind spread out,
 * without `neutral`; *absorbed if one is `absorbing`. */
static gram_status flatten(GrRe *re, ReKind kind, const ReId *a, uint32_t n,
                           uint32_t neutral, uint32_t absorbing, bool *absorbed)
{
    re->kids.n = 0;
    *absorbed = false;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *kid = &a[i].v;
        uint32_t n_kids = 1;
        if (a[i].v == neutral) continue;
        if (a[i].v == absorbing) *absorbed = true;
        if (gr_re_node(re, a[i])->kind == kind)
            kid = gr_re_kids(re, a[i], &n_kids);
        GR_TRY(gr_vec_reserve(re->env, &re->kids, n_kids));
        for (uint32_t k = 0; k < n_kids; k++)
            re->kids.at[re->kids.n++] = kid[k];
    }
    return gr_step(re->env, re->kids.n + 1);
}

/* By id, each once: the order is that of creation, which is the same in every
 * run. */
static void sort_kids(GrRe *re)
{
    uint32_t *k = re->kids.at, kept = 0;
    gr_re_sort(k, re->kids.n, 1);
    for (uint32_t i = 0; i < re->kids.n; i++)
        if (kept == 0 || k[kept - 1] != k[i]) k[kept++] = k[i];
    re->kids.n = kept;
}

/* By halves. */
static bool is_among(const uint32_t *sorted, uint32_t n, uint32_t id)
{
    uint32_t lo = 0;
    for (uint32_t hi = n; lo < hi;) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (sorted[mid] < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && sorted[lo] == id;
}

/* The kids are sorted where it is asked. */
static bool has_kid(const GrRe *re, uint32_t id)
{
    return is_among(re->kids.at, re->kids.n, id);
}

static void drop_kid(GrRe *re, uint32_t id)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < re->kids.n; i++)
        if (re->kids.at[i] != id) re->kids.at[kept++] = re->kids.at[i];
    re->kids.n = kept;
}

/* Do x and ~x both stand among the kids? */
static bool has_contradiction(const GrRe *re)
{
    for (uint32_t i = 0; i < re->kids.n; i++) {
        const ReNode *n = gr_re_node(re, gr_re_id(re->kids.at[i]));
        if (n->kind == RE_NOT && has_kid(re, n->a)) return true;
    }
    return false;
}

/* Does x stand among the kids of an intersection, and ~(x | y)?  What is ruled
 * out is one kid, when all is joined. */
static bool is_ruled_out(const GrRe *re)
{
    ReId out = {RE_NONE};
    uint32_t n;
    for (uint32_t i = 0; i < re->kids.n && out.v == RE_NONE; i++) {
        const ReNode *kid = gr_re_node(re, gr_re_id(re->kids.at[i]));
        if (kid->kind == RE_NOT) out.v = kid->a;
        if (gr_re_node(re, out)->kind != RE_OR) out.v = RE_NONE;
    }
    if (out.v == RE_NONE) return false;
    const uint32_t *ruled_out = gr_re_kids(re, out, &n);
    for (uint32_t k = 0; k < re->kids.n; k++)
        if (is_among(ruled_out, n, re->kids.at[k])) return true;
    return false;
}

/* What is left: nothing, one, or a node. */
static gram_status finish(GrRe *re, ReKind kind, uint32_t nothing, ReId *out)
{
    uint32_t n = re->kids.n;
    if (n == 0) return out->v = nothing, GRAM_OK;
    if (n == 1) return out->v = re->kids.at[0], GRAM_OK;
    re->key.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, (uint64_t)n + 1));
    memcpy(re->key.at + 1, re->kids.at, n * sizeof *re->kids.at);
    return gr_re_make_many(re, kind, re->key.at, n, out);
}

/* --- union ---------------------------------------------------------------- */

static bool is_set(const GrRe *re, const RePower *p)
{
    return p->lo == 1 && p->hi == 1 &&
           gr_re_node(re, gr_re_id(p->base))->kind == RE_SET;
}

/* Kid -> (tail, base, lo, hi); sorted, equal tails and bases are neighbours. */
static RePower power_of(const GrRe *re, uint32_t id)
{
    const ReNode *n = gr_re_node(re, gr_re_id(id));
    bool cat = n->kind == RE_CAT;
    RePower p = gr_re_power(re, gr_re_id(cat ? n->a : id));
    p.tail = cat ? n->b : RE_EPS;
    p.id = id;
    return p;
}

/* Neighbours of one group differ in their counts only. */
static bool same_group(const RePower *p, const RePower *q)
{
    return p->tail == q->tail && p->base == q->base;
}

/* As it was, or made anew from its parts. */
static gram_status put_power(GrRe *re, const RePower *p)
{
    ReId head = gr_re_id(p->id);
    if (head.v == UINT32_MAX) {
        GR_TRY(gr_re_repeat(re, gr_re_id(p->base), p->lo, p->hi, &head));
        GR_TRY(gr_re_cat(re, head, gr_re_id(p->tail), &head));
    }
    return gr_vec_push(re->env, &re->kids, head.v);
}

/* Join touching intervals of equal groups; id UINT32_MAX marks what has to
 * be made anew. */
static bool join_intervals(GrRe *re)
{
    RePower *p = re->powers.at;
    uint32_t kept = 0, n = re->powers.n;
    for (uint32_t i = 0; i < n; i++) {
        RePower *last = kept ? &p[kept - 1] : NULL;
        if (last != NULL && same_group(last, &p[i]) &&
            (last->hi == GR_RE_INF || p[i].lo <= last->hi + 1)) {
            if (p[i].hi > last->hi) last->hi = p[i].hi;
            last->id = UINT32_MAX;
        } else {
            p[kept++] = p[i];
        }
    }
    re->powers.n = kept;
    return kept < n;
}

/* Join the single sets that share a tail: they become one set. */
static gram_status join_sets(GrRe *re, bool *changed)
{
    RePower *p = re->powers.at;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < re->powers.n;) {
        uint32_t tail = p[i].tail, first = UINT32_MAX, n_sets = 0;
        re->spine.n = 0;
        for (; i < re->powers.n && p[i].tail == tail; i++) {
            if (is_set(re, &p[i])) {
                uint32_t s = gr_re_node(re, gr_re_id(p[i].base))->a;
                GR_TRY(gr_vec_push(re->env, &re->spine, s));
                if (n_sets++ > 0) continue;
                first = kept;
            }
            p[kept++] = p[i];
        }
        if (n_sets < 2) continue;
        SetId set;
        ReId id;
        GR_TRY(gr_set_or_all(re, (const SetId *)re->spine.at, n_sets, &set));
        GR_TRY(gr_re_set(re, set, &id));
        p[first] = (RePower){tail, id.v, 1, 1, UINT32_MAX};
        *changed = true;
    }
    re->powers.n = kept;
    return GRAM_OK;
}

/* Do a law's two sides meet in some pair?  That none do, as mostly, is seen
 * without sorting: only those are compared whose tails are of one list. */
static gram_status may_join(GrRe *re, bool *may)
{
    uint32_t head[32] = {0}, n = re->powers.n; /* a power + 1 */
    const RePower *p = re->powers.at;
    GR_TRY(gr_vec_reserve(re->env, &re->spine, n));
    uint32_t *next = re->spine.at;
    *may = false;
    for (uint32_t i = 0; i < n && !*may; i++) {
        uint32_t *list = &head[p[i].tail % 32];
        for (uint32_t j = *list; j-- > 0 && !*may; j = next[j])
            *may = p[i].tail == p[j].tail &&
                   (p[i].base == p[j].base ||
                    (is_set(re, &p[i]) && is_set(re, &p[j])));
        next[i] = *list;
        *list = i + 1;
    }
    return GRAM_OK;
}

/* The laws about common tails.  A joined set may touch an interval of its
 * own, so both laws run until nothing changes; each change is one kid less. */
static gram_status join_powers(GrRe *re, bool *changed)
{
    uint32_t candidates = 0;
    *changed = false;
    for (uint32_t i = 0; i < re->kids.n; i++) {
        ReKind kind = gr_re_node(re, gr_re_id(re->kids.at[i]))->kind;
        candidates += kind == RE_SET || kind == RE_REP || kind == RE_CAT;
    }
    if (candidates == 0 || re->kids.n < 2) return GRAM_OK;
    re->powers.n = 0;
    for (uint32_t i = 0; i < re->kids.n; i++) {
        if (re->kids.at[i] == RE_EPS) continue;
        GR_TRY(gr_vec_push(re->env, &re->powers, power_of(re, re->kids.at[i])));
    }
    GR_TRY(may_join(re, changed));
    if (!*changed) return GRAM_OK;
    gr_re_sort((uint32_t *)re->powers.at, re->powers.n, 5);
    *changed = join_intervals(re);
    return join_sets(re, changed);
}

/* From the joined powers; eps was left out of them and stays what it was. */
static gram_status rebuild_kids(GrRe *re)
{
    bool eps = has_kid(re, RE_EPS);
    re->kids.n = 0;
    if (eps) GR_TRY(gr_vec_push(re->env, &re->kids, RE_EPS));
    for (uint32_t i = 0; i < re->powers.n; i++)
        GR_TRY(put_power(re, &re->powers.at[i]));
    sort_kids(re);
    return GRAM_OK;
}

/* eps | x: needless if something else is nullable, x{0,1} if x is alone.
 * Otherwise it stays a kid like others. */
static gram_status absorb_eps(GrRe *re, ReId *out, bool *done)
{
    bool nullable = false;
    for (uint32_t i = 0; i < re->kids.n; i++)
        if (re->kids.at[i] != RE_EPS)
            nullable |= gr_re_node(re, gr_re_id(re->kids.at[i]))->nullable;
    *done = !nullable && re->kids.n == 2;
    if (*done) {
        uint32_t other = re->kids.at[re->kids.at[0] == RE_EPS];
        return gr_re_repeat(re, gr_re_id(other), 0, 1, out);
    }
    if (nullable) drop_kid(re, RE_EPS);
    return GRAM_OK;
}

/* The laws of common tails until nothing changes; then `all`, x | ~x and
 * eps.  What is left lies in `kids`, if it is not *done. */
static gram_status unite(GrRe *re, const ReId *a, uint32_t n, ReId *out,
                         bool *done)
{
    bool absorbed, changed = true;
    GR_TRY(flatten(re, RE_OR, a, n, RE_NONE, RE_ALL, &absorbed));
    sort_kids(re);
    while (changed && !absorbed) {
        GR_TRY(join_powers(re, &changed));
        if (changed) GR_TRY(rebuild_kids(re));
        absorbed |= has_kid(re, RE_ALL);
    }
    *done = absorbed || has_contradiction(re);
    if (*done) return *out = gr_re_all(re), GRAM_OK;
    return has_kid(re, RE_EPS) ? absorb_eps(re, out, done) : GRAM_OK;
}

/* Into `shared`, the operands that all kids have; none where one of them is no
 * intersection. */
static gram_status find_shared(GrRe *re)
{
    ReVec *x = &re->shared;
    x->n = 0;
    for (uint32_t i = 0; i < re->kids.n; i++)
        if (gr_re_node(re, gr_re_id(re->kids.at[i]))->kind != RE_AND)
            return GRAM_OK;
    for (uint32_t i = 0; i < re->kids.n; i++) {
        uint32_t n, kept = 0;
        const uint32_t *kid = gr_re_kids(re, gr_re_id(re->kids.at[i]), &n);
        if (i == 0) {
            GR_TRY(gr_vec_reserve(re->env, x, n));
            memcpy(x->at, kid, n * sizeof *kid);
            x->n = n;
            continue;
        }
        for (uint32_t k = 0; k < x->n; k++)
            if (is_among(kid, n, x->at[k])) x->at[kept++] = x->at[k];
        GR_TRY(gr_step(re->env, x->n));
        x->n = kept;
        if (kept == 0) break;
    }
    return gr_step(re->env, re->kids.n);
}

/* A kid without what is shared: a part of a normal form is one. */
static gram_status without_shared(GrRe *re, uint32_t id, ReId *out)
{
    uint32_t n, kept = 1;
    const uint32_t *kid = gr_re_kids(re, gr_re_id(id), &n);
    re->key.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, (uint64_t)n + 1));
    for (uint32_t i = 0; i < n; i++)
        if (!is_among(re->shared.at, re->shared.n, kid[i]))
            re->key.at[kept++] = kid[i];
    *out = gr_re_all(re);
    if (kept == 1) return GRAM_OK;
    if (kept == 2) return out->v = re->key.at[1], GRAM_OK;
    return gr_re_make_many(re, RE_AND, re->key.at, kept - 1, out);
}

static gram_status intersect(GrRe *re, const ReId *a, uint32_t n, ReId *out);

/* The kids are intersections that have `shared`. */
static gram_status factor_out(GrRe *re, ReId *out)
{
    ReVec *x = &re->shared;
    uint32_t n = re->kids.n;
    bool done;
    ReId rest;
    GR_TRY(gr_vec_reserve(re->env, x, (uint64_t)n + 1));
    uint32_t *part = x->at + x->n;
    memcpy(part, re->kids.at, n * sizeof *part);
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(without_shared(re, part[i], (ReId *)&part[i]));
    GR_TRY(unite(re, (const ReId *)part, n, &rest, &done));
    if (!done) GR_TRY(finish(re, RE_OR, RE_NONE, &rest));
    x->at[x->n++] = rest.v;
    return intersect(re, (const ReId *)x->at, x->n, out);
}

gram_status gr_re_or(GrRe *re, const ReId *a, uint32_t n, ReId *out)
{
    bool done;
    GR_TRY(unite(re, a, n, out, &done));
    if (done) return GRAM_OK;
    re->shared.n = 0;
    if (re->kids.n > 1) GR_TRY(find_shared(re));
    return re->shared.n > 0 ? factor_out(re, out)
                            : finish(re, RE_OR, RE_NONE, out);
}

/* --- intersection --------------------------------------------------------- */

/* Fold one s{lo,hi} into the running intersection. */
static gram_status meet(GrRe *re, RePower *sum, bool first, const RePower *p)
{
    SetId s = {gr_re_node(re, gr_re_id(p->base))->a};
    if (first) {
        *sum = *p;
        sum->base = s.v;
        return GRAM_OK;
    }
    if (p->lo > sum->lo) sum->lo = p->lo;
    if (p->hi < sum->hi) sum->hi = p->hi;
    return gr_set_and(re, (SetId){sum->base}, s, (SetId *)&sum->base);
}

/* Take all s{n,m} out of the kids and meet them; how many is told in *found. */
static gram_status meet_powers(GrRe *re, RePower *sum, uint32_t *found)
{
    uint32_t kept = 0, n = re->kids.n;
    *found = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = re->kids.at[i];
        RePower p = gr_re_power(re, gr_re_id(id));
        if (gr_re_node(re, gr_re_id(p.base))->kind != RE_SET) {
            re->kids.at[kept++] = id;
            continue;
        }
        GR_TRY(meet(re, sum, *found == 0, &p));
        ++*found;
    }
    re->kids.n = kept;
    return GRAM_OK;
}

/* Filter the words among the kids; true in *used if there were some. */
static gram_status filter_words(GrRe *re, const RePower *sum, bool *used)
{
    *used = false;
    for (uint32_t i = 0; i < re->kids.n; i++) {
        ReId kid = gr_re_id(re->kids.at[i]);
        if (gr_re_node(re, kid)->kind != RE_WORDS) continue;
        GR_TRY(gr_words_filter(re, kid, (SetId){sum->base}, sum->lo, sum->hi,
                               &kid));
        re->kids.at[i] = kid.v;
        *used = true;
    }
    return GRAM_OK;
}

/* Says s of what is met with only how many there are? */
static gram_status is_length(GrRe *re, SetId s, bool *yes)
{
    SetId letters;
    bool any;
    *yes = false;
    if (s.v == gr_re_node(re, gr_re_id(re->any))->a) return GRAM_OK;
    for (uint32_t i = 0; i < re->kids.n && !*yes; i++) {
        GR_TRY(gr_re_letters(re, gr_re_id(re->kids.at[i]), &letters, &any));
        *yes = !any && gr_set_within(re, letters, s);
    }
    return GRAM_OK;
}

/* s{n,m} made of what was met; one alone is made already. */
static gram_status put_met(GrRe *re, const RePower *sum, uint32_t found)
{
    ReId x = {sum->id};
    bool length;
    GR_TRY(is_length(re, (SetId){sum->base}, &length));
    if (found > 1 || length) {
        GR_TRY(gr_re_set(re, (SetId){sum->base}, &x));
        if (length) x.v = re->any;
        GR_TRY(gr_re_repeat(re, x, sum->lo, sum->hi, &x));
    }
    return gr_vec_push(re->env, &re->kids, x.v);
}

/* With words among the kids the product of sets is needless: the words that fit
 * say it all. */
static gram_status join_lengths(GrRe *re)
{
    RePower sum = {0, 0, 0, 0, 0};
    uint32_t found;
    bool used;
    GR_TRY(meet_powers(re, &sum, &found));
    if (found == 0) return GRAM_OK;
    GR_TRY(filter_words(re, &sum, &used));
    if (!used) GR_TRY(put_met(re, &sum, found));
    sort_kids(re);
    drop_kid(re, RE_ALL);
    return GRAM_OK;
}

/* The words b where a is ~b; none else. */
static ReId denied_words(const GrRe *re, uint32_t a)
{
    const ReNode *n = gr_re_node(re, gr_re_id(a));
    bool words = n->kind == RE_NOT &&
                 gr_re_node(re, gr_re_id(n->a))->kind == RE_WORDS;
    return words ? gr_re_id(n->a) : gr_re_none(re);
}

/* Take denied words out of the first list of words among the kids. */
static gram_status subtract_words(GrRe *re)
{
    uint32_t at = 0, kept = 0, n = re->kids.n;
    while (at < n &&
           gr_re_node(re, gr_re_id(re->kids.at[at]))->kind != RE_WORDS)
        at++;
    if (at == n) return GRAM_OK;
    ReId words = {re->kids.at[at]};
    for (uint32_t i = 0; i < n; i++) {
        ReId b = denied_words(re, re->kids.at[i]);
        bool list = gr_re_node(re, words)->kind == RE_WORDS;
        if (i == at || (b.v != RE_NONE && list)) {
            if (i != at) GR_TRY(gr_words_minus(re, words, b, &words));
            continue;
        }
        re->kids.at[kept++] = re->kids.at[i];
    }
    re->kids.n = kept;
    GR_TRY(gr_vec_push(re->env, &re->kids, words.v));
    sort_kids(re);
    return GRAM_OK;
}

/* eps & the rest.  "" is in all of them or it is not. */
static ReId meet_eps(const GrRe *re)
{
    for (uint32_t i = 0; i < re->kids.n; i++)
        if (!gr_re_node(re, gr_re_id(re->kids.at[i]))->nullable)
            return gr_re_none(re);
    return gr_re_eps(re);
}

/* Lengths and words first, since they can leave one kid, or `none`. */
static gram_status intersect(GrRe *re, const ReId *a, uint32_t n, ReId *out)
{
    bool absorbed;
    GR_TRY(flatten(re, RE_AND, a, n, RE_ALL, RE_NONE, &absorbed));
    sort_kids(re);
    if (!absorbed && re->kids.n > 1) GR_TRY(join_lengths(re));
    if (!absorbed && re->kids.n > 1) GR_TRY(subtract_words(re));
    if (absorbed || has_kid(re, RE_NONE) || has_contradiction(re) ||
        is_ruled_out(re))
        return *out = gr_re_none(re), GRAM_OK;
    if (re->kids.n > 1 && has_kid(re, RE_EPS))
        return *out = meet_eps(re), GRAM_OK;
    return finish(re, RE_AND, RE_ALL, out);
}

/* What a kid rules out, but for words; `none` where it is no complement. */
static uint32_t ruled_out(const GrRe *re, uint32_t id)
{
    const ReNode *n = gr_re_node(re, gr_re_id(id));
    bool is_not = n->kind == RE_NOT &&
                  gr_re_node(re, gr_re_id(n->a))->kind != RE_WORDS;
    return is_not ? n->a : RE_NONE;
}

/* Of an intersection: the other kids to `denied`, and what is ruled out behind
 * them, n of them. */
static gram_status part_denied(GrRe *re, ReId a, uint32_t *n)
{
    uint32_t n_kids;
    const uint32_t *kid = gr_re_kids(re, a, &n_kids);
    re->denied.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->denied, n_kids));
    for (uint32_t i = 0; i < n_kids; i++)
        if (ruled_out(re, kid[i]) == RE_NONE)
            re->denied.at[re->denied.n++] = kid[i];
    *n = n_kids - re->denied.n;
    for (uint32_t i = 0, at = re->denied.n; i < n_kids; i++)
        if (ruled_out(re, kid[i]) != RE_NONE)
            re->denied.at[at++] = ruled_out(re, kid[i]);
    return GRAM_OK;
}

/* All that is ruled out becomes one complement. */
gram_status gr_re_and(GrRe *re, const ReId *a, uint32_t n, ReId *out)
{
    ReVec *x = &re->denied;
    ReId other;
    GR_TRY(intersect(re, a, n, out));
    if (gr_re_node(re, *out)->kind != RE_AND) return GRAM_OK;
    GR_TRY(part_denied(re, *out, &n));
    if (n < 2) return GRAM_OK;
    GR_TRY(gr_re_or(re, (const ReId *)x->at + x->n, n, &other));
    GR_TRY(gr_re_not(re, other, &other));
    x->at[x->n++] = other.v;
    return intersect(re, (const ReId *)x->at, x->n, out);
}

/* --- complement ----------------------------------------------------------- */

/* ~any{lo,hi} */
static gram_status not_lengths(GrRe *re, uint32_t lo, uint32_t hi, ReId *out)
{
    ReId part[2], any = gr_re_id(re->any);
    uint32_t n = 0;
    if (lo > 0) GR_TRY(gr_re_repeat(re, any, 0, lo - 1, &part[n++]));
    if (hi != GR_RE_INF)
        GR_TRY(gr_re_repeat(re, any, hi + 1, GR_RE_INF, &part[n++]));
    return gr_re_or(re, part, n, out);
}

gram_status gr_re_not(GrRe *re, ReId a, ReId *out)
{
    const ReNode *n = gr_re_node(re, a);
    RePower p = gr_re_power(re, a);
    if (n->kind == RE_NONE) return *out = gr_re_all(re), GRAM_OK;
    if (n->kind == RE_NOT) return out->v = n->a, GRAM_OK;
    if (n->kind == RE_EPS) return not_lengths(re, 0, 0, out);
    /* hi + 1 must stay a count */
    if (p.base == re->any && (p.hi == GR_RE_INF || p.hi + 1 < GR_RE_INF))
        return not_lengths(re, p.lo, p.hi, out);
    return gr_re_make(re, RE_NOT, a.v, 0, 0, 0, out);
}
