/* Strings: one Boolean expression per root, and a register for the length.
 *
 * A function over text atoms (pattern, format, enum) becomes one Boolean
 * regular expression, node by node; length atoms cut the lengths 0, 1, 2 ...
 * into regions on which the function has no length atom left:
 *
 *     minLength 2, maxLength 5       0..1  2......5  6........
 *                                    none   expr      none
 *
 * A state is (byte state of the tuple of all regions' expressions, typed
 * value); the length itself is register 0 of the string's level.  From a
 * byte state the string can be finished iff the length lies in a set of
 * intervals: for each region, those lengths from which some word of the
 * region's remaining expression ends inside of the region.  That set is the
 * guard of every move, so that no state without completion is entered. */
#include "schema/machine.h"

typedef struct Region {
    uint32_t lo, hi;    /* lengths, inclusive */
    const uint32_t *at; /* per root: its place in the tuple */
} Region;

struct TextSpec {
    Region *region; /* those in which the goal can be met */
    uint32_t n_regions;
    ReId *tuple;
    uint32_t n_tuple;
    bool counted; /* lengths matter */
};

enum { REG_LENGTH = 0 };

/* --- specs ---------------------------------------------------------------- */

typedef SmWords Words;

static gram_status add_cuts(Sm *sm, Bdd f, Words *cuts)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        Atom atom = sm_atom_of(sm, n.var);
        if (atom.kind != ATOM_COUNT) continue;
        uint32_t j = 0;
        while (j < cuts->n && cuts->at[j] < atom.b) j++;
        if (j < cuts->n && cuts->at[j] == atom.b) continue;
        GR_TRY(gr_vec_push(sm->env, cuts, 0));
        memmove(cuts->at + j + 1, cuts->at + j,
                (cuts->n - 1 - j) * sizeof *cuts->at);
        cuts->at[j] = atom.b;
    }
    return GRAM_OK;
}

/* f for lengths of at least `len` and below the next cut. */
static gram_status fix_length(Sm *sm, const Words *cuts, uint32_t len, Bdd *f)
{
    for (uint32_t i = 0; i < cuts->n; i++) {
        Bdd atom;
        GR_TRY(sm_atom(sm, ATOM_COUNT, T_STRING, 0, cuts->at[i], &atom));
        GR_TRY(gr_bdd_restrict(&sm->bdd, *f, gr_bdd_node(&sm->bdd, atom).var,
                               len >= cuts->at[i], f));
    }
    return GRAM_OK;
}

static gram_status tuple_place(Sm *sm, Words *tuple, ReId re, uint32_t *at)
{
    for (*at = 0; *at < tuple->n; ++*at)
        if (tuple->at[*at] == re.v) return GRAM_OK;
    return gr_vec_push(sm->env, tuple, re.v);
}

/* The region of lengths lo..hi, unless the goal cannot be met there. */
static gram_status add_region(Sm *sm, const Typed *t, const Words *cuts,
                              uint32_t lo, uint32_t hi, TextSpec *spec,
                              Words *tuple)
{
    Bdd all = t->all;
    GR_TRY(fix_length(sm, cuts, lo, &all));
    if (gr_bdd_is(all, false)) return GRAM_OK;
    uint32_t *at = gr_arena_take(sm->env, &sm->arena, t->n * sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < t->n; i++) {
        Bdd f = {t->root[i]};
        ReId re;
        GR_TRY(fix_length(sm, cuts, lo, &f));
        GR_TRY(sm_to_re(sm, f, NULL, &re));
        GR_TRY(tuple_place(sm, tuple, re, &at[i]));
    }
    spec->region[spec->n_regions++] = (Region){lo, hi, at};
    return GRAM_OK;
}

static bool must_hold(const Sm *sm, const Typed *t)
{
    if (t->n != 1 || t->goal.v < 2) return false;
    BddNode n = gr_bdd_node(&sm->bdd, t->goal);
    return n.var == 0 && gr_bdd_is(n.lo, false) && gr_bdd_is(n.hi, true);
}

/* A single region's bounds that all strings of the goal keep anyway are none:
 * a uuid of at most 64 characters counts nothing. */
static gram_status relax_bounds(Sm *sm, Region *r, ReId re)
{
    uint32_t low, most;
    GR_TRY(gr_re_bounds(sm->re, re, &low, &most));
    if (low >= r->lo) r->lo = 0;
    if (most <= r->hi) r->hi = UINT32_MAX;
    return GRAM_OK;
}

/* Where all lengths would have to be known for a small lower bound, it
 * becomes a part of the expression: any{2,} is gone after two characters. */
static gram_status fold_bound(Sm *sm, Region *r, ReId *re)
{
    enum { SMALL = 16 };
    ReId one, part[2] = {*re, {0}};
    SetId any;
    GrRange range = {0, 0x10FFFF};
    bool walks;
    GR_TRY(gr_re_walks(sm->re, *re, &walks));
    if (!walks || r->lo == 0 || r->lo > SMALL) return GRAM_OK;
    GR_TRY(gr_set_make(sm->re, &range, 1, &any));
    GR_TRY(gr_re_set(sm->re, any, &one));
    GR_TRY(gr_re_repeat(sm->re, one, r->lo, GR_RE_INF, &part[1]));
    r->lo = 0;
    return gr_re_and(sm->re, part, 2, re);
}

static gram_status simplify(Sm *sm, const Typed *t, TextSpec *spec,
                            Words *tuple)
{
    Region *r = &spec->region[0];
    if (!spec->counted || spec->n_regions != 1 || !must_hold(sm, t))
        return GRAM_OK;
    ReId re = {tuple->at[0]};
    GR_TRY(relax_bounds(sm, r, re));
    GR_TRY(fold_bound(sm, r, &re));
    tuple->at[0] = re.v;
    spec->counted = r->lo > 0 || r->hi < UINT32_MAX;
    return GRAM_OK;
}

static gram_status fill_spec(Sm *sm, const Typed *t, TextSpec *spec,
                             Words *cuts, Words *tuple)
{
    for (uint32_t i = 0; i < t->n; i++)
        GR_TRY(add_cuts(sm, (Bdd){t->root[i]}, cuts));
    spec->counted = cuts->n > 0;
    spec->region = gr_arena_take(sm->env, &sm->arena,
                                 (cuts->n + 1) * sizeof *spec->region);
    if (spec->region == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i <= cuts->n; i++)
        GR_TRY(add_region(sm, t, cuts, i ? cuts->at[i - 1] : 0,
                          i < cuts->n ? cuts->at[i] - 1 : UINT32_MAX, spec,
                          tuple));
    GR_TRY(simplify(sm, t, spec, tuple));
    size_t size = (tuple->n + 1) * sizeof *spec->tuple;
    spec->tuple = gr_arena_take(sm->env, &sm->arena, size);
    if (spec->tuple == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < tuple->n; i++)
        spec->tuple[i] = (ReId){tuple->at[i]};
    spec->n_tuple = tuple->n;
    return GRAM_OK;
}

static gram_status get_spec(Sm *sm, Typed *t, const TextSpec **out)
{
    if (t->text == NULL) {
        TextSpec *spec = gr_arena_take(sm->env, &sm->arena, sizeof *spec);
        if (spec == NULL) return GRAM_E_MEMORY;
        memset(spec, 0, sizeof *spec);
        Words cuts = {0}, tuple = {0};
        gram_status status = fill_spec(sm, t, spec, &cuts, &tuple);
        gr_vec_clear(sm->env, &cuts);
        gr_vec_clear(sm->env, &tuple);
        GR_TRY(status);
        t->text = spec;
    }
    *out = t->text;
    return GRAM_OK;
}

/* Of strings that must hold one expression, a byte state says all but the
 * bounds of the regions: those that agree in these share their states, so
 * that a string that has become different from every value of some set is as
 * any other. */
static gram_status shape_of(Sm *sm, const TextSpec *spec, uint32_t *shape)
{
    Words w = {0};
    gram_status status = gr_vec_push(sm->env, &w, spec->counted);
    for (uint32_t i = 0; i < spec->n_regions && status == GRAM_OK; i++) {
        const Region *r = &spec->region[i];
        status = gr_vec_reserve(sm->env, &w, 3);
        if (status != GRAM_OK) break;
        w.at[w.n++] = r->lo;
        w.at[w.n++] = r->hi;
        w.at[w.n++] = r->at[0];
    }
    if (status == GRAM_OK)
        status = gr_intern(sm->env, &sm->shapes, w.at, w.n, shape, NULL);
    gr_vec_clear(sm->env, &w);
    return status;
}

/* The first typed value of this shape. */
static gram_status find_like(Sm *sm, TypedId id, TypedId *out)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    uint32_t shape;
    *out = id;
    if (t->like == 0 && must_hold(sm, t)) {
        GR_TRY(get_spec(sm, t, &spec));
        GR_TRY(shape_of(sm, spec, &shape));
        while (sm->like.n <= shape) GR_TRY(gr_vec_push(sm->env, &sm->like, 0));
        if (sm->like.at[shape] == 0) sm->like.at[shape] = id.v + 1;
        t->like = sm->like.at[shape];
    }
    if (t->like != 0) out->v = t->like - 1;
    return GRAM_OK;
}

/* --- liveness ------------------------------------------------------------- */

/* What must still come so that the goal is met in region r. */
static gram_status rest(Sm *sm, const Typed *t, Bdd goal, const Region *r,
                        const ReId *expr, ReId *out)
{
    if (must_hold(sm, t)) {
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

static gram_status add_interval(Sm *sm, Words *w, uint32_t lo, uint32_t hi)
{
    /* keep pairs sorted and merged; new ones come in any order */
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

static bool has_length(const GrLengths *l, uint32_t m)
{
    if (m < l->size) return gr_bit_get(l->bits, m);
    return l->period > 0 &&
           gr_bit_get(l->bits, l->size - l->period + (m - l->size) % l->period);
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
        if (!has_length(l, m)) continue;
        uint32_t to = hi == UINT32_MAX ? hi : hi - m;
        GR_TRY(add_interval(sm, w, lo > m ? lo - m : 0, to));
    }
    return GRAM_OK;
}

/* The lengths from which a word of re ends in region r.  With an upper bound
 * alone the shortest word says it all: no need to know all lengths. */
static gram_status region_live(Sm *sm, const Region *r, ReId re, Words *w)
{
    GrLengths lengths;
    uint32_t least = 0;
    bool none;
    GR_TRY(gr_re_is_none(sm->re, re, &none));
    if (none) return GRAM_OK;
    if (r->lo > 0) {
        GR_TRY(gr_re_lengths(sm->re, re, &lengths));
        return add_lengths(sm, w, &lengths, r->lo, r->hi);
    }
    if (r->hi == UINT32_MAX) return add_interval(sm, w, 0, UINT32_MAX);
    GR_TRY(gr_re_least_exact(sm->re, re, &least));
    return least <= r->hi ? add_interval(sm, w, 0, r->hi - least) : GRAM_OK;
}

static gram_status boundary_live(Sm *sm, Typed *t, const TextSpec *spec,
                                 const ReId *expr, Words *w)
{
    for (uint32_t i = 0; i < spec->n_regions; i++) {
        const Region *r = &spec->region[i];
        ReId re;
        GR_TRY(rest(sm, t, t->goal, r, expr, &re));
        GR_TRY(region_live(sm, r, re, w));
    }
    return GRAM_OK;
}

static gram_status live_of(Sm *sm, TypedId id, LexId lex, Intervals *out);

/* Inside a character: from some boundary that it can still lead to. */
static gram_status inside_live(Sm *sm, TypedId id, LexId lex, bool counted,
                               Words *w)
{
    const LexId *to;
    uint32_t n;
    GR_TRY(gr_lex_targets(sm->re, lex, &to, &n));
    for (uint32_t i = 0; i < n; i++) {
        Intervals live;
        GR_TRY(live_of(sm, id, to[i], &live));
        for (uint32_t j = 0; j < live.n; j++) {
            uint32_t lo = live.at[2 * j], hi = live.at[2 * j + 1];
            if (counted && hi == 0) continue;
            if (counted && lo > 0) lo--;
            if (counted && hi < UINT32_MAX) hi--;
            GR_TRY(add_interval(sm, w, lo, hi));
        }
    }
    return GRAM_OK;
}

static gram_status find_live(Sm *sm, TypedId id, LexId lex, Words *w)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    const ReId *expr;
    uint32_t n;
    GR_TRY(get_spec(sm, t, &spec));
    return gr_lex_exprs(sm->re, lex, &expr, &n)
               ? boundary_live(sm, t, spec, expr, w)
               : inside_live(sm, id, lex, spec->counted, w);
}

/* Nearly always no length is alive, or all are. */
enum { LIVE_NONE, LIVE_ALL, LIVE_KEPT };

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
static gram_status live_of(Sm *sm, TypedId id, LexId lex, Intervals *out)
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

/* May a byte lead to a boundary that is alive at some length? */
static gram_status may_live(Sm *sm, TypedId id, LexId lex, uint32_t cls,
                            bool *may)
{
    GrLexAhead ahead;
    LexId to;
    bool more = true;
    *may = false;
    GR_TRY(gr_lex_ahead(sm->re, lex, cls, &ahead));
    while (more && !*may) {
        Intervals live;
        GR_TRY(gr_lex_ahead_next(sm->re, &ahead, &to, &more));
        if (more) GR_TRY(live_of(sm, id, to, &live));
        *may = more && live.n > 0;
    }
    return GRAM_OK;
}

static gram_status start_lex(Sm *sm, TypedId id, LexId *out)
{
    const TextSpec *spec;
    GR_TRY(get_spec(sm, sm_typed_at(sm, id), &spec));
    return gr_lex_start(sm->re, sm->policy.escapes, spec->tuple, spec->n_tuple,
                        out);
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
    GrLengths l;
    bool none;
    *least = UINT32_MAX;
    if (len > r->hi) return GRAM_OK;
    if (r->lo <= len) {
        /* a shortest word will do; some short one, where no bound is near */
        GR_TRY(gr_re_is_none(sm->re, re, &none));
        if (none) return GRAM_OK;
        if (r->hi == UINT32_MAX) return gr_re_least(sm->re, re, least);
        GR_TRY(gr_re_least_exact(sm->re, re, least));
        if (*least > r->hi - len) *least = UINT32_MAX;
        return GRAM_OK;
    }
    GR_TRY(gr_re_lengths(sm->re, re, &l));
    if (l.none) return GRAM_OK;
    uint32_t m = r->lo > len ? r->lo - len : 0;
    if (m < l.least) m = l.least;
    while (!l.contiguous && m < l.most && !gr_lengths_has(&l, m)) m++;
    if (m <= l.most && m <= r->hi - len) *least = m;
    return GRAM_OK;
}

static gram_status least_rest(Sm *sm, Typed *t, Bdd goal, const GrLexInfo *info,
                              uint32_t len, uint32_t *least)
{
    *least = UINT32_MAX;
    for (uint32_t i = 0; i < t->text->n_regions; i++) {
        const Region *r = &t->text->region[i];
        uint32_t one;
        ReId re;
        GR_TRY(rest(sm, t, goal, r, info->expr, &re));
        GR_TRY(region_rest(sm, r, re, len, &one));
        if (one < *least) *least = one;
    }
    return GRAM_OK;
}

enum { CHAR_BYTES = 6 }; /* no character needs more: \u0000 */

gram_status sm_text_live(Sm *sm, TypedId id, bool *alive, uint64_t *cost)
{
    LexId lex;
    Intervals live;
    GR_TRY(start_lex(sm, id, &lex));
    GR_TRY(live_of(sm, id, lex, &live));
    *alive = lies_in(&live, 0);
    *cost = UINT64_MAX;
    if (!*alive) return GRAM_OK;
    GrLevel level = {0};
    GR_TRY(sm_text_cost(sm, lex, id, sm_typed_at(sm, id)->goal, &level, cost));
    ++*cost; /* the opening quote */
    return GRAM_OK;
}

gram_status sm_text_cost(Sm *sm, LexId lex, TypedId id, Bdd goal,
                         const GrLevel *level, uint64_t *bytes)
{
    const TextSpec *spec;
    GrLexInfo info;
    const LexEnd *end;
    uint32_t len = level->reg[REG_LENGTH], least, n;
    GR_TRY(get_spec(sm, sm_typed_at(sm, id), &spec));
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

gram_status sm_text_count(Sm *sm, TypedId id, uint32_t cap, uint32_t *n)
{
    ReId re;
    *n = cap;
    if (gr_bdd_is(sm_typed_at(sm, id)->all, true)) return GRAM_OK;
    GR_TRY(sm_to_re(sm, sm_typed_at(sm, id)->all, NULL, &re));
    return gr_re_count(sm->re, re, cap, n);
}

/* --- cells ---------------------------------------------------------------- */

gram_status sm_lex_map(Sm *sm, const GrLexInfo *info, uint32_t *map)
{
    SmWords *known = &sm->lex_maps;
    while (known->n <= info->map) GR_TRY(gr_vec_push(sm->env, known, 0));
    if (known->at[info->map] != 0) {
        *map = known->at[info->map] - 1;
        return GRAM_OK;
    }
    uint8_t classes[256];
    memcpy(classes, info->classes, sizeof classes);
    /* behind a backslash the quote is a character like others */
    if (classes['"'] == 0) classes['"'] = (uint8_t)info->n_classes;
    GR_TRY(gr_pda_map(sm->pda, classes, info->n_classes + 1, map));
    known->at[info->map] = *map + 1;
    return GRAM_OK;
}

static gram_status test_in(Sm *sm, const Intervals *v, Cell yes, Cell *out)
{
    if (v->n == 1 && v->at[0] == 0 && v->at[1] == UINT32_MAX) {
        *out = yes;
        return GRAM_OK;
    }
    Cell cell = gr_cell_dead();
    for (uint32_t i = v->n; i-- > 0;)
        GR_TRY(gr_cell_test(sm->pda, REG_LENGTH, v->at[2 * i], v->at[2 * i + 1],
                            yes, cell, &cell));
    *out = cell;
    return GRAM_OK;
}

gram_status sm_text_must(Sm *sm, TypedId id, uint32_t *by, bool *yes)
{
    const TextSpec *spec;
    const Typed *t = sm_typed_at(sm, id);
    *yes = must_hold(sm, t);
    if (!*yes) return GRAM_OK;
    GR_TRY(get_spec(sm, sm_typed_at(sm, id), &spec));
    *yes = spec->n_regions == 1;
    if (*yes) *by = spec->region[0].at[0];
    return GRAM_OK;
}

gram_status sm_text_start(Sm *sm, TypedId id, StateId *out)
{
    LexId lex;
    TypedId like;
    GR_TRY(start_lex(sm, id, &lex));
    GR_TRY(find_like(sm, id, &like));
    return sm_state(sm, S_TEXT, lex.v, like.v, out);
}

/* The closing quote in one region: the verdict, read off the tuple.  The
 * roots' functions were turned into expressions there, so the vector is
 * rebuilt from nullability, not from atoms. */
static gram_status close_region(Sm *sm, Typed *t, const GrLexInfo *info,
                                const Region *r, Cell *out)
{
    uint32_t words = gr_bit_words(t->n);
    uint32_t *vector = gr_zalloc(sm->env, words, sizeof *vector);
    if (vector == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < t->n; i++)
        if (gr_re_nullable(sm->re, info->expr[r->at[i]])) gr_bit_set(vector, i);
    Verdict v;
    bool ok;
    gram_status status = sm_verdict_of(sm, t, vector, &v, &ok);
    gr_free(sm->env, vector, words * sizeof *vector);
    GR_TRY(status);
    if (!ok) {
        *out = gr_cell_dead();
        return GRAM_OK;
    }
    return gr_cell_pop(sm->pda, v, false, out);
}

static gram_status close_cell(Sm *sm, TypedId id, const GrLexInfo *info,
                              Cell *out)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    GR_TRY(get_spec(sm, t, &spec));
    *out = gr_cell_dead();
    if (!info->boundary) return GRAM_OK;
    for (uint32_t i = spec->n_regions; i-- > 0;) {
        const Region *r = &spec->region[i];
        Cell yes;
        GR_TRY(close_region(sm, t, info, r, &yes));
        if (!spec->counted)
            *out = yes;
        else if (yes.v != out->v)
            GR_TRY(gr_cell_test(sm->pda, REG_LENGTH, r->lo, r->hi, yes, *out,
                                out));
    }
    return GRAM_OK;
}

gram_status sm_text_fill(Sm *sm, LexId lex, TypedId id, uint32_t cls, Cell *out)
{
    GrLexInfo info;
    LexId to;
    bool whole, may;
    StateId next;
    Intervals live;
    *out = gr_cell_dead();
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (cls > info.n_classes) return GRAM_OK;
    if (cls == info.n_classes) return close_cell(sm, id, &info, out);
    GR_TRY(may_live(sm, id, lex, cls, &may));
    if (!may) return GRAM_OK;
    GR_TRY(gr_lex_move(sm->re, lex, cls, &to, &whole));
    GR_TRY(live_of(sm, id, to, &live));
    if (live.n == 0) return GRAM_OK;
    GR_TRY(sm_state(sm, S_TEXT, to.v, id.v, &next));
    const TextSpec *spec = sm_typed_at(sm, id)->text;
    if (!spec->counted) {
        *out = gr_cell_goto(next);
        return GRAM_OK;
    }
    GR_TRY(test_in(sm, &live, gr_cell_goto(next), out));
    return whole ? gr_cell_add(sm->pda, REG_LENGTH, 1, *out, out) : GRAM_OK;
}

/* --- the self loop -------------------------------------------------------- */

/* Raw characters of a set: without what only an escape can spell. */
static gram_status raw_ranges(Sm *sm, const GrRange *range, uint32_t n,
                              GrLoop *out)
{
    static const GrRange raw[3] = {
        {0x20, 0x21}, {0x23, 0x5B}, {0x5D, 0x10FFFF}};
    uint32_t *w =
        gr_arena_take(sm->env, &sm->arena, ((size_t)n + 3) * 2 * sizeof *w);
    if (w == NULL) return GRAM_E_MEMORY;
    out->n = 0;
    for (uint32_t i = 0, j = 0; i < n && j < 3;) {
        uint32_t lo = range[i].lo > raw[j].lo ? range[i].lo : raw[j].lo;
        uint32_t hi = range[i].hi < raw[j].hi ? range[i].hi : raw[j].hi;
        if (lo <= hi) {
            w[2 * out->n] = lo;
            w[2 * out->n + 1] = hi;
            out->n++;
        }
        if (range[i].hi <= raw[j].hi)
            i++;
        else
            j++;
    }
    out->ranges = w;
    return GRAM_OK;
}

/* All code points, but perhaps for surrogates. */
static bool is_whole(const GrRange *range, uint32_t n)
{
    uint32_t last = n ? range[n - 1].hi : 0;
    return n > 0 && range[0].lo == 0 && last == 0x10FFFF &&
           (n == 1 ||
            (n == 2 && range[0].hi >= 0xD7FF && range[1].lo <= 0xE000));
}

gram_status sm_lex_loop(Sm *sm, LexId lex, GrLoop *out)
{
    GrLexInfo info;
    SetId set;
    uint32_t n;
    memset(out, 0, sizeof *out);
    out->reg = GR_REGS;
    out->limit = UINT32_MAX;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary) return GRAM_OK;
    GR_TRY(gr_lex_loop(sm->re, lex, &set));
    const GrRange *range = gr_set_get(sm->re, set, &n);
    out->whole = is_whole(range, n);
    return raw_ranges(sm, range, n, out);
}

/* Is what must still come anything at all, or nothing that can be, in each
 * region?  Then it stays so. */
static gram_status is_open(Sm *sm, Typed *t, LexId lex, bool *open)
{
    GrLexInfo info;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    *open = info.boundary && sm->policy.escapes == GR_LEX_JSON;
    for (uint32_t i = 0; i < t->text->n_regions && *open; i++) {
        ReId re;
        GR_TRY(rest(sm, t, t->goal, &t->text->region[i], info.expr, &re));
        *open = re.v == gr_re_all(sm->re).v || re.v == gr_re_none(sm->re).v;
    }
    return GRAM_OK;
}

gram_status sm_text_loop(Sm *sm, LexId lex, TypedId id, GrLoop *out)
{
    Typed *t = sm_typed_at(sm, id);
    Intervals live;
    GR_TRY(sm_lex_loop(sm, lex, out));
    GR_TRY(live_of(sm, id, lex, &live));
    GR_TRY(is_open(sm, t, lex, &out->open));
    if (!t->text->counted) return GRAM_OK;
    bool contiguous = live.n == 1 && live.at[0] == 0;
    out->reg = REG_LENGTH;
    out->limit = live.n > 0 ? live.at[1] : 0;
    out->open &= contiguous;
    if (!contiguous) out->n = 0;
    return GRAM_OK;
}
