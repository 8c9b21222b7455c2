/* States inside a character: segments, apart from where they lead.
 *
 * Such a state is a list of segments, each with the boundary that its code
 * points lead to (re_lex.c).  Behind a lead byte a property of Unicode has
 * hundreds of them, of a few boundaries; and where lengths are counted these
 * are others behind each character, while the segments stay.  So a key is in
 * two parts,
 *
 *     cut    [ kind | 0 -> 0   start1 -> 1   start2 -> 0   start3 -> none ]
 *     key    [ kind | cut | t0 t1 ]
 *
 * with the targets numbered in the order in which they come, which makes equal
 * states equal keys.  What depends on the segments alone, the classes of bytes,
 * is kept by the cut.
 *
 * The stretch that a lead byte opens is cut by the partition of the boundary:
 * once, with a number for each class.  For a boundary the classes are derived;
 * where some lead to one target, their numbers are merged, once for each such
 * pattern.
 *
 * Cost: opening a stretch that is known takes a look at its classes; others,
 * one at each segment. */
#include "regex/re_lex.h"

/* A stretch of no more intervals is not worth keeping. */
enum { FEW = 8 };

/* --- putting segments ----------------------------------------------------- */

/* The key being built: segments[0] is the kind, then pairs. */
gram_status gr_segments_open(GrRe *re, LexKind kind)
{
    re->segments.n = 0;
    return gr_vec_push(re->env, &re->segments, kind);
}

/* There is room for a pair. */
static inline void put_segment(ReVec *v, uint32_t start, uint32_t to)
{
    if (v->n > 1 && v->at[v->n - 1] == to) return;
    v->at[v->n++] = start;
    v->at[v->n++] = to;
}

/* From `start` on, the target is `to`. */
gram_status gr_segments_put(GrRe *re, uint32_t start, uint32_t to)
{
    GR_TRY(gr_vec_reserve(re->env, &re->segments, 2));
    put_segment(&re->segments, start, to);
    return GRAM_OK;
}

gram_status gr_segments_put_range(GrRe *re, LexState *s, uint32_t base,
                                  uint32_t lo, uint32_t hi)
{
    const RePart *p = part_of(re, s);
    uint32_t first = gr_re_part_at(p, lo), i = first;
    for (; i < p->n && p->start[i] <= hi; i++) {
        uint32_t c = p->start[i] > lo ? p->start[i] : lo, to;
        GR_TRY(gr_lex_target_of(re, s, p->cls[i], c, &to));
        GR_TRY(gr_segments_put(re, c - base, to));
    }
    return gr_step(re->env, i - first);
}

/* --- cuts and keys -------------------------------------------------------- */

/* The cut in re->segments, targets being numbers already. */
static gram_status intern_cut(GrRe *re, uint32_t *cut)
{
    const ReVec *v = &re->segments;
    bool is_new;
    GR_TRY(gr_re_intern(re->env, &re->cuts, &re->cut_info, v->at, v->n, cut,
                        &is_new));
    if (!is_new) return GRAM_OK;
    LexCut *info = gr_store_at(&re->cut_info, *cut);
    info->pair = gr_intern_get(&re->cuts, *cut, NULL) + 1;
    info->n = v->n / 2;
    return gr_step(re->env, v->n);
}

/* The key in re->tuple: no targets yet. */
static gram_status key_open(GrRe *re, LexKind kind)
{
    re->turn++;
    re->tuple.n = 0;
    GR_TRY(gr_vec_push(re->env, &re->tuple, kind));
    return gr_vec_push(re->env, &re->tuple, 0);
}

/* Which of the key's targets is this? */
static gram_status which_of(GrRe *re, uint32_t to, uint32_t *which)
{
    if (to == DEAD) return *which = DEAD, GRAM_OK;
    LexState *s = state_at(re, to);
    if (s->turn != re->turn) {
        s->turn = re->turn;
        s->which = re->tuple.n - 2;
        GR_TRY(gr_vec_push(re->env, &re->tuple, to));
    }
    *which = s->which;
    return GRAM_OK;
}

static gram_status intern_key(GrRe *re, uint32_t cut, uint32_t *to)
{
    re->tuple.at[1] = cut;
    return gr_lex_intern(re, re->tuple.at, re->tuple.n, to);
}

gram_status gr_segments_state(GrRe *re, uint32_t *to)
{
    ReVec *v = &re->segments;
    uint32_t cut;
    GR_TRY(key_open(re, (LexKind)v->at[0]));
    for (uint32_t i = 2; i < v->n; i += 2)
        GR_TRY(which_of(re, v->at[i], &v->at[i]));
    GR_TRY(intern_cut(re, &cut));
    return intern_key(re, cut, to);
}

/* --- stretches ------------------------------------------------------------ */

/* The number of class k, DEAD for none: those that have one are in re->tuple,
 * and re->key, where it is one more. */
static gram_status number_of(GrRe *re, uint32_t k, uint32_t *out)
{
    if (k > 0 && re->key.at[k] == 0) {
        GR_TRY(gr_vec_push(re->env, &re->tuple, k));
        re->key.at[k] = re->tuple.n;
    }
    *out = k > 0 ? re->key.at[k] - 1 : DEAD;
    return GRAM_OK;
}

/* Cut the code points of l by the classes of p; these go to re->tuple, in the
 * order in which they come. */
static gram_status cut_classes(GrRe *re, const RePart *p, const LexLead *l,
                               uint32_t *cut)
{
    uint32_t last = l->base + ((1u << gr_lex_shapes[l->kind].bits) - 1);
    uint32_t from = gr_re_part_at(p, l->lo), end = from, number;
    ReVec *v = &re->segments;
    while (end < p->n && p->start[end] <= l->hi) end++;
    re->tuple.n = re->key.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, p->n_classes));
    memset(re->key.at, 0, p->n_classes * sizeof *re->key.at);
    GR_TRY(gr_segments_open(re, (LexKind)l->kind));
    GR_TRY(gr_vec_reserve(re->env, v, 2 * (end - from + 2ull)));
    if (l->lo > l->base) put_segment(v, 0, DEAD);
    for (uint32_t i = from; i < end; i++) {
        uint32_t c = p->start[i] > l->lo ? p->start[i] : l->lo;
        GR_TRY(number_of(re, p->cls[i], &number));
        put_segment(v, c - l->base, number);
    }
    if (l->hi < last) put_segment(v, l->hi + 1 - l->base, DEAD);
    GR_TRY(gr_step(re->env, end - from));
    return intern_cut(re, cut);
}

/* The stretch of l in the boundary's partition, cut when it is asked for. */
static gram_status range_of(GrRe *re, const LexState *s, const LexLead *l,
                            LexRange **out)
{
    uint64_t key = gr_pair(s->part, (uint32_t)l->kind << 24 | l->base);
    uint32_t *known = gr_map_find(&re->range_of, key), at;
    if (known != NULL) {
        *out = gr_store_at(&re->stretches, *known);
        return GRAM_OK;
    }
    LexRange r;
    GR_TRY(cut_classes(re, part_of(re, s), l, &r.cut));
    r.n = re->tuple.n;
    size_t size = r.n * sizeof *r.cls;
    r.cls = (const uint32_t *)gr_arena_copy(re->env, &re->arena, re->tuple.at,
                                            size);
    if (r.cls == NULL) return GRAM_E_MEMORY;
    GR_TRY(gr_store_add(re->env, &re->stretches, 1, &at));
    *out = gr_store_at(&re->stretches, at);
    **out = r;
    return gr_map_put(re->env, &re->range_of, key, at);
}

/* The cut in which the i-th number has become which[i]; n of them. */
static gram_status merge(GrRe *re, uint32_t cut, const uint32_t *which,
                         uint32_t *out)
{
    const LexCut *c = gr_store_at(&re->cut_info, cut);
    const uint32_t *key = gr_intern_get(&re->cuts, cut, NULL);
    GR_TRY(gr_segments_open(re, (LexKind)key[0]));
    GR_TRY(gr_vec_reserve(re->env, &re->segments, 2ull * c->n));
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t was = c->pair[2 * i + 1];
        put_segment(&re->segments, c->pair[2 * i],
                    was == DEAD ? DEAD : which[was]);
    }
    return intern_cut(re, out);
}

/* The same, once for each pattern: re->segments has the cut, and the numbers
 * behind it. */
static gram_status merged_cut(GrRe *re, uint32_t *out)
{
    const ReVec *v = &re->segments;
    uint32_t id;
    GR_TRY(gr_re_intern(re->env, &re->merges, &re->merged, v->at, v->n, &id,
                        NULL));
    uint32_t *known = gr_store_at(&re->merged, id);
    if (*known == 0) {
        const uint32_t *key = gr_intern_get(&re->merges, id, NULL);
        GR_TRY(merge(re, key[0], key + 1, out));
        *known = *out + 1;
    }
    *out = *known - 1;
    return GRAM_OK;
}

/* The targets of a stretch's classes to re->segments, behind its cut. */
static gram_status derive_range(GrRe *re, LexState *s, const LexRange *r)
{
    RePart *p = part_of(re, s);
    GR_TRY(gr_re_part_firsts(re, p));
    GR_TRY(gr_segments_open(re, (LexKind)0));
    GR_TRY(gr_vec_reserve(re->env, &re->segments, r->n));
    re->segments.at[0] = r->cut;
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t k = r->cls[i], to;
        GR_TRY(gr_lex_target_of(re, s, k, p->first[k], &to));
        re->segments.at[re->segments.n++] = to;
    }
    return gr_step(re->env, r->n);
}

static gram_status open_known(GrRe *re, LexState *s, const LexLead *l,
                              uint32_t *to)
{
    LexRange *r;
    ReVec *v = &re->segments;
    GR_TRY(range_of(re, s, l, &r));
    GR_TRY(derive_range(re, s, r));
    GR_TRY(key_open(re, (LexKind)l->kind));
    for (uint32_t i = 1; i < v->n; i++)
        GR_TRY(which_of(re, v->at[i], &v->at[i]));
    uint32_t cut = r->cut;
    if (re->tuple.n - 2 < r->n) GR_TRY(merged_cut(re, &cut));
    return intern_key(re, cut, to);
}

gram_status gr_lex_open(GrRe *re, LexState *s, const LexLead *l, uint32_t *to)
{
    const RePart *p = part_of(re, s);
    uint32_t last = l->base + ((1u << gr_lex_shapes[l->kind].bits) - 1);
    uint32_t far = gr_re_part_at(p, l->lo) + FEW;
    if (far < p->n && p->start[far] <= l->hi) return open_known(re, s, l, to);
    GR_TRY(gr_segments_open(re, (LexKind)l->kind));
    if (l->lo > l->base) GR_TRY(gr_segments_put(re, 0, DEAD));
    GR_TRY(gr_segments_put_range(re, s, l->base, l->lo, l->hi));
    if (l->hi < last) GR_TRY(gr_segments_put(re, l->hi + 1 - l->base, DEAD));
    return gr_segments_state(re, to);
}

/* --- slices --------------------------------------------------------------- */

/* By bisection; the first segment starts at 0, so there is one. */
uint32_t gr_lex_segment_at(const GrRe *re, const LexState *s, uint32_t at)
{
    const LexCut *cut = gr_lex_cut(re, s);
    uint32_t lo = 0;
    for (uint32_t hi = cut->n; hi - lo > 1;) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (cut->pair[2 * mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* The part of the list that a byte leaves, moved to begin at 0.  The last byte
 * of a character leaves one code point, whose boundary it is. */
gram_status gr_lex_slice(GrRe *re, const LexState *s, uint32_t x, uint32_t *to,
                         bool *whole)
{
    const LexShape *shape = &gr_lex_shapes[kind_of(s)];
    const LexCut *cut = gr_lex_cut(re, s);
    uint32_t from = x << shape->child_bits;
    uint32_t i = gr_lex_segment_at(re, s, from);
    uint32_t end = from + (1u << shape->child_bits);
    *whole = shape->next == BOUNDARY;
    if (*whole) return *to = gr_lex_segment_to(s, cut, i), GRAM_OK;
    GR_TRY(gr_segments_open(re, (LexKind)shape->next));
    GR_TRY(gr_vec_reserve(re->env, &re->segments, 2ull * (cut->n - i)));
    for (; i < cut->n && cut->pair[2 * i] < end; i++) {
        uint32_t start = cut->pair[2 * i];
        put_segment(&re->segments, start > from ? start - from : 0,
                    gr_lex_segment_to(s, cut, i));
    }
    return gr_segments_state(re, to);
}
