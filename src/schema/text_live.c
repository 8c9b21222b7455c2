/* At which lengths is a byte state of a string alive, and how far is its end?
 *
 * From a byte state the string can be finished iff its length lies in a set of
 * intervals: for each region, those lengths from which some word of the
 * region's remaining expression ends inside of the region,
 *
 *     words of 2 or 3 more characters, region 4..5:   length 1..3
 *
 * That set is memoized by (typed value, byte state), since the cell of every
 * move asks for it.  Nearly always it is nothing or everything, which is kept
 * without a block.  Inside a character it is the union over the boundaries
 * that the character can still lead to, of which those are left out that by
 * their bounds cannot add anything to it.
 *
 * Costs are those of some completion: six bytes a character, none needs
 * more. */
#include "schema/text.h"

typedef SmWords Words;

gram_status sm_text_rest(Sm *sm, const Typed *t, Bdd goal, const Region *r,
                         const ReId *expr, ReId *out)
{
    if (sm_text_holds(sm, t)) {
        *out = expr[r->at[0]];
        return GRAM_OK;
    }
    size_t size = ((size_t)t->n + 1) * (sizeof(ReId) + sizeof(uint32_t));
    ReId *bit = gr_resize(sm->env, NULL, 0, size);
    if (bit == NULL) return GRAM_E_MEMORY;
    /* of a wide union, all words but a few are out of the question */
    uint32_t *out_of = (uint32_t *)(bit + t->n + 1), n = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        bit[i] = expr[r->at[i]];
        if (bit[i].v == gr_re_none(sm->re).v) out_of[n++] = i;
    }
    gram_status status = gr_bdd_fall(&sm->bdd, goal, out_of, n, &goal);
    if (status == GRAM_OK) status = sm_to_re(sm, goal, bit, out);
    gr_free(sm->env, bit, size);
    return status;
}

/* Pairs are kept sorted and apart by a gap at least; new ones come in any
 * order, and swallow what they touch. */
static gram_status add_interval(Sm *sm, Words *w, uint32_t lo, uint32_t hi)
{
    uint32_t i = 0, j;
    while (i < w->n && w->at[i + 1] < lo && w->at[i + 1] + 1 < lo) i += 2;
    for (j = i; j < w->n && (w->at[j] <= hi || w->at[j] - 1 <= hi); j += 2) {
        if (w->at[j] < lo) lo = w->at[j];
        if (w->at[j + 1] > hi) hi = w->at[j + 1];
    }
    if (i == j) {
        GR_TRY(gr_vec_push(sm->env, w, 0));
        GR_TRY(gr_vec_push(sm->env, w, 0));
        memmove(w->at + i + 2, w->at + i, (w->n - 2 - i) * sizeof *w->at);
    } else if (j > i + 2) {
        memmove(w->at + i + 2, w->at + j, (w->n - j) * sizeof *w->at);
        w->n -= j - i - 2;
    }
    w->at[i] = lo;
    w->at[i + 1] = hi;
    return GRAM_OK;
}

/* The lengths from which a word of length l ends between lo and hi. */
static gram_status add_lengths(Sm *sm, Words *w, const GrLengths *l,
                               uint32_t lo, uint32_t hi)
{
    if (l->none || l->least > hi) return GRAM_OK;
    if (l->contiguous || (hi == UINT32_MAX && l->most == UINT32_MAX)) {
        uint32_t from = lo > l->most ? lo - l->most : 0;
        if (l->most == UINT32_MAX) from = 0;
        uint32_t to = hi == UINT32_MAX ? hi : hi - l->least;
        return from <= to ? add_interval(sm, w, from, to) : GRAM_OK;
    }
    uint32_t end = l->most < hi ? l->most : hi;
    GR_TRY(gr_step(sm->env, end));
    for (uint32_t m = l->least; m <= end && m < UINT32_MAX; m++) {
        if (!gr_lengths_has(l, m)) continue;
        uint32_t to = hi == UINT32_MAX ? hi : hi - m;
        GR_TRY(add_interval(sm, w, lo > m ? lo - m : 0, to));
    }
    return GRAM_OK;
}

/* How many lengths are in it; GR_RE_INF also where they have no end. */
static uint32_t width_of(const Region *r)
{
    return r->hi == UINT32_MAX ? GR_RE_INF : r->hi - r->lo + 1;
}

/* The words of a region without an end that are as long as they must be from
 * length `len` on, as a term, where that is better asked than all lengths of
 * re (*asked).  One word of formats and complements of others is soon found
 * where the longest, let alone all lengths, takes far more; a small bound is
 * gone after as many characters. */
static gram_status long_words(Sm *sm, const Region *r, uint32_t len, ReId re,
                              ReId *out, bool *asked)
{
    enum { SMALL = 16 };
    ReId part[2] = {re};
    bool walks;
    *asked = false;
    if (r->hi != UINT32_MAX || r->lo - len > SMALL) return GRAM_OK;
    GR_TRY(gr_re_walks(sm->re, re, &walks));
    if (!walks) return GRAM_OK;
    *asked = true;
    GR_TRY(sm_any_text(sm, r->lo - len, GR_RE_INF, &part[1]));
    return gr_re_and(sm->re, part, 2, out);
}

/* Is a word that is long enough from the start still to come?  Then one is
 * from any length. */
static gram_status find_long(Sm *sm, const Region *r, ReId re, bool *found)
{
    ReId words;
    bool asked, none = true;
    GR_TRY(long_words(sm, r, 0, re, &words, &asked));
    if (asked) GR_TRY(gr_re_is_none(sm->re, words, &none));
    *found = !none;
    return GRAM_OK;
}

/* The lengths from which a word of re ends in region r.  With an upper bound
 * alone the shortest word says it all: no need to know all lengths. */
static gram_status region_live(Sm *sm, const Region *r, ReId re, Words *w)
{
    GrLengths lengths;
    uint32_t least = 0;
    bool none, all = r->hi == UINT32_MAX && r->lo == 0;
    GR_TRY(gr_re_is_none(sm->re, re, &none));
    if (none) return GRAM_OK;
    if (!all && r->lo > 0) GR_TRY(find_long(sm, r, re, &all));
    if (all) return add_interval(sm, w, 0, UINT32_MAX);
    if (r->lo > 0) {
        GR_TRY(gr_re_lengths_within(sm->re, re, width_of(r), &lengths));
        return add_lengths(sm, w, &lengths, r->lo, r->hi);
    }
    GR_TRY(gr_re_least_exact(sm->re, re, &least));
    return least <= r->hi ? add_interval(sm, w, 0, r->hi - least) : GRAM_OK;
}

/* Is there a word of at most `near` characters, all of them ASCII?  One of a
 * single character leads to what the walk asks for anyway. */
static gram_status ends_soon(Sm *sm, ReId re, uint32_t near, bool *yes)
{
    GrText word = {0};
    uint32_t least;
    *yes = gr_re_nullable(sm->re, re);
    if (*yes) return GRAM_OK;
    GR_TRY(gr_re_least(sm->re, re, &least));
    if (least > near) return GRAM_OK;
    for (uint32_t c = 0x7E; c >= 0x20 && !*yes; c--) {
        ReId next;
        GR_TRY(gr_re_derive(sm->re, re, c, &next));
        *yes = gr_re_nullable(sm->re, next);
    }
    if (*yes || near < 2) return GRAM_OK;
    gram_status status = gr_re_shortest(sm->re, re, &word);
    *yes = status == GRAM_OK && word.n <= near;
    for (size_t i = 0; i < word.n; i++) *yes &= (uint8_t)word.at[i] < 0x80;
    gr_vec_clear(sm->env, &word);
    return status;
}

/* Of a string that must end soon: alive where it can within `near` characters,
 * and a limit where it can, but not so soon. */
static gram_status near_live(Sm *sm, const Typed *t, ReId re, Words *w)
{
    bool none, soon;
    GR_TRY(gr_re_is_none(sm->re, re, &none));
    if (none) return GRAM_OK;
    GR_TRY(ends_soon(sm, re, t->order, &soon));
    return soon ? add_interval(sm, w, 0, UINT32_MAX) : GRAM_E_LIMIT;
}

/* The regions' intervals overlap where a string can still end in either. */
static gram_status boundary_live(Sm *sm, Typed *t, const TextSpec *spec,
                                 const ReId *expr, Words *w)
{
    for (uint32_t i = 0; i < spec->n_regions; i++) {
        const Region *r = &spec->region[i];
        ReId re;
        GR_TRY(sm_text_rest(sm, t, t->goal, r, expr, &re));
        GR_TRY(t->order > 0 ? near_live(sm, t, re, w)
                            : region_live(sm, r, re, w));
    }
    return GRAM_OK;
}

/* No word that ends in region r from a boundary on has less characters. */
static gram_status least_low(Sm *sm, const Typed *t, const Region *r, LexId lex,
                             uint32_t *low)
{
    const ReId *expr;
    uint32_t n, most;
    ReId re;
    (void)gr_lex_exprs(sm->re, lex, &expr, &n);
    GR_TRY(sm_text_rest(sm, t, t->goal, r, expr, &re));
    return gr_re_bounds(sm->re, re, low, &most);
}

/* Can a boundary add anything to w, in front of the character that leads there?
 * What is alive there ends in a region, with no less characters than that.
 * *ends: the string may, as bounds say. */
static gram_status may_add(Sm *sm, const Typed *t, LexId lex, const Words *w,
                           bool *ends, bool *yes)
{
    const TextSpec *spec = t->text;
    uint32_t low;
    *yes = w->n != 2 || w->at[0] != 0;
    *ends = false;
    for (uint32_t i = 0; i < spec->n_regions; i++) {
        const Region *r = &spec->region[i];
        uint32_t hi = r->hi;
        GR_TRY(least_low(sm, t, r, lex, &low));
        *ends |= low == 0;
        if (low > hi || (low == hi && spec->counted)) continue;
        if (hi < UINT32_MAX) hi -= low + spec->counted;
        *yes |= w->n == 2 && w->at[1] < hi;
    }
    return GRAM_OK;
}

/* What is alive behind a character, in front of it. */
static gram_status add_behind(Sm *sm, TypedId id, LexId to, bool counted,
                              Words *w)
{
    Intervals live;
    GR_TRY(sm_text_lengths(sm, id, to, &live));
    for (uint32_t j = 0; j < live.n; j++) {
        uint32_t lo = live.at[2 * j], hi = live.at[2 * j + 1];
        if (counted && hi == 0) continue;
        if (counted && lo > 0) lo--;
        if (counted && hi < UINT32_MAX) hi--;
        GR_TRY(add_interval(sm, w, lo, hi));
    }
    return GRAM_OK;
}

/* Inside a character: from some boundary that it can still lead to.  Behind an
 * escape that is any, and those where the string may end mostly say it all:
 * they come first.  (Of a string that must end soon, each may be a limit.) */
static gram_status inside_live(Sm *sm, TypedId id, LexId lex, bool counted,
                               Words *w)
{
    const LexId *to;
    uint32_t n;
    GR_TRY(gr_lex_targets(sm->re, lex, &to, &n));
    for (uint32_t i = 0; i < 2 * n; i++) {
        const Typed *t = sm_typed_at(sm, id);
        bool ends = i < n, yes = i < n;
        if (t->order == 0) GR_TRY(may_add(sm, t, to[i % n], w, &ends, &yes));
        if (yes && ends == (i < n))
            GR_TRY(add_behind(sm, id, to[i % n], counted, w));
    }
    return GRAM_OK;
}

/* Only a boundary has expressions to ask; inside a character it is asked what
 * lies ahead. */
static gram_status find_live(Sm *sm, TypedId id, LexId lex, Words *w)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    const ReId *expr;
    uint32_t n;
    GR_TRY(sm_text_spec(sm, t, &spec));
    return gr_lex_exprs(sm->re, lex, &expr, &n)
               ? boundary_live(sm, t, spec, expr, w)
               : inside_live(sm, id, lex, spec->counted, w);
}

/* Nearly always no length is alive, or all are. */
enum { LIVE_NONE, LIVE_ALL, LIVE_KEPT };

/* The list is scratch: what is kept is copied, exactly as long. */
static gram_status keep_live(Sm *sm, const Words *w, uint32_t *kept)
{
    if (w->n == 2 && w->at[0] == 0 && w->at[1] == UINT32_MAX) *kept = LIVE_ALL;
    if (w->n == 0) *kept = LIVE_NONE;
    if (w->n == 0 || *kept == LIVE_ALL) return GRAM_OK;
    const void *at =
        gr_arena_copy(sm->env, &sm->arena, w->at, w->n * sizeof *w->at);
    if (at == NULL) return GRAM_E_MEMORY;
    *kept = LIVE_KEPT + sm->intervals.n;
    return gr_vec_push(sm->env, &sm->intervals, (Intervals){w->n / 2, at});
}

static Intervals kept_live(const Sm *sm, uint32_t kept)
{
    static const uint32_t all[2] = {0, UINT32_MAX};
    if (kept == LIVE_NONE) return (Intervals){0, NULL};
    return kept == LIVE_ALL ? (Intervals){1, all}
                            : sm->intervals.at[kept - LIVE_KEPT];
}

/* The lengths at which (typed, byte state) is alive; at most one level of
 * calling itself, since targets are boundaries. */
gram_status sm_text_lengths(Sm *sm, TypedId id, LexId lex, Intervals *out)
{
    uint64_t key = gr_pair(id.v, lex.v);
    uint32_t *memo = gr_map_find(&sm->text_live, key), kept = LIVE_KEPT, n;
    if (memo == NULL) {
        const ReId *expr;
        Words *w = &sm->lengths[gr_lex_exprs(sm->re, lex, &expr, &n)];
        w->n = 0;
        GR_TRY(find_live(sm, id, lex, w));
        GR_TRY(keep_live(sm, w, &kept));
        GR_TRY(gr_map_put(sm->env, &sm->text_live, key, kept));
        memo = &kept;
    }
    *out = kept_live(sm, *memo);
    return GRAM_OK;
}

gram_status sm_text_may(Sm *sm, TypedId id, LexId lex, uint32_t cls, bool *may)
{
    GrLexAhead ahead;
    LexId to;
    gram_status far = GRAM_OK, status = GRAM_OK;
    bool more = true;
    *may = false;
    GR_TRY(gr_lex_ahead(sm->re, lex, cls, &ahead));
    while (more && !*may) {
        Intervals live = {0, NULL};
        GR_TRY(gr_lex_ahead_next(sm->re, &ahead, &to, &more));
        if (more) status = sm_text_lengths(sm, id, to, &live);
        if (status == GRAM_E_LIMIT) far = status;
        if (status != GRAM_E_LIMIT) GR_TRY(status);
        *may = more && status == GRAM_OK && live.n > 0;
    }
    return *may ? GRAM_OK : far;
}

static bool lies_in(const Intervals *v, uint32_t x)
{
    for (uint32_t i = 0; i < v->n; i++)
        if (x >= v->at[2 * i] && x <= v->at[2 * i + 1]) return true;
    return false;
}

/* Fewest further characters of a region from length `len`; UINT32_MAX where
 * the region cannot be reached. */
static gram_status region_rest(Sm *sm, const Region *r, ReId re, uint32_t len,
                               uint32_t *least)
{
    bool none, asked;
    *least = UINT32_MAX;
    if (len > r->hi) return GRAM_OK;
    if (r->lo <= len) {
        GR_TRY(gr_re_is_none(sm->re, re, &none));
        if (none) return GRAM_OK;
        GR_TRY(gr_re_least_exact(sm->re, re, least));
        if (r->hi != UINT32_MAX && *least > r->hi - len) *least = UINT32_MAX;
        return GRAM_OK;
    }
    GR_TRY(long_words(sm, r, len, re, &re, &asked));
    if (asked) {
        GR_TRY(gr_re_is_none(sm->re, re, &none));
        return none ? GRAM_OK : gr_re_least_exact(sm->re, re, least);
    }
    return gr_re_some_length(sm->re, re, r->lo - len,
                             r->hi == UINT32_MAX ? r->hi : r->hi - len, least);
}

/* Of the regions the nearest one.  The goal may be another than the typed
 * value's own: what a caller wants of the verdict. */
static gram_status least_rest(Sm *sm, Typed *t, Bdd goal, const GrLexInfo *info,
                              uint32_t len, uint32_t *least)
{
    *least = UINT32_MAX;
    for (uint32_t i = 0; i < t->text->n_regions; i++) {
        const Region *r = &t->text->region[i];
        uint32_t one;
        ReId re;
        GR_TRY(sm_text_rest(sm, t, goal, r, info->expr, &re));
        GR_TRY(region_rest(sm, r, re, len, &one));
        if (one < *least) *least = one;
    }
    return GRAM_OK;
}

enum { CHAR_BYTES = 6 }; /* no character needs more: \u0000 */

/* At the opening quote, of which nothing is written yet. */
gram_status sm_text_live(Sm *sm, TypedId id, bool *alive, uint64_t *cost)
{
    LexId lex;
    Intervals live;
    GR_TRY(sm_text_lex(sm, id, &lex));
    GR_TRY(sm_text_lengths(sm, id, lex, &live));
    *alive = lies_in(&live, 0);
    *cost = UINT64_MAX;
    if (!*alive) return GRAM_OK;
    GrLevel level = {0};
    GR_TRY(sm_text_cost(sm, lex, id, sm_typed_at(sm, id)->goal, &level, cost));
    ++*cost; /* the opening quote */
    return GRAM_OK;
}

/* From inside a character there are several ends of it, each with its own bytes
 * and its own boundary behind: the cheapest way over all.  A character that is
 * begun counts already. */
gram_status sm_text_cost(Sm *sm, LexId lex, TypedId id, Bdd goal,
                         const GrLevel *level, uint64_t *bytes)
{
    const TextSpec *spec;
    GrLexInfo info;
    const LexEnd *end;
    uint32_t len = level->reg[REG_LENGTH], least, n;
    GR_TRY(sm_text_spec(sm, sm_typed_at(sm, id), &spec));
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary) len += spec->counted;
    GR_TRY(sm_lex_ends(sm, lex, &end, &n));
    *bytes = UINT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_lex_info(sm->re, end[i].lex, &info));
        GR_TRY(least_rest(sm, sm_typed_at(sm, id), goal, &info, len, &least));
        if (least == UINT32_MAX) continue;
        uint64_t one = (uint64_t)CHAR_BYTES * least + end[i].bytes + 1;
        if (one < *bytes) *bytes = one;
    }
    return GRAM_OK;
}

/* For messages and examples; the least spelling, so that it is always the
 * same. */
gram_status sm_text_shortest(Sm *sm, TypedId id, GrText *out)
{
    ReId re;
    GrText word = {0};
    GR_TRY(sm_to_re(sm, sm_typed_at(sm, id)->all, NULL, &re));
    gram_status status = gr_re_shortest(sm->re, re, &word);
    if (status == GRAM_OK)
        status = gr_json_write_string(sm->env, out, word.at, word.n);
    gr_vec_clear(sm->env, &word);
    return status;
}

/* Where nothing is asked for there are more than any cap. */
gram_status sm_text_count(Sm *sm, TypedId id, uint32_t cap, uint32_t *n)
{
    ReId re;
    *n = cap;
    if (gr_bdd_is(sm_typed_at(sm, id)->all, true)) return GRAM_OK;
    GR_TRY(sm_to_re(sm, sm_typed_at(sm, id)->all, NULL, &re));
    return gr_re_count(sm->re, re, cap, n);
}
