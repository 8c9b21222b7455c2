/* Lengths that are missing among those of a term's words.
 *
 * The way to a longest word tells lengths with gaps between them (re_span.c).
 * An email may end behind each letter of a label, but where a label is full
 * nothing but a dot and one more letter can follow:
 *
 *     a@b^62    lengths left: 0, 1, 2 ... 191      or "bc", or ".c"
 *     a@b^63                  0, 2, 3 ... 190      a dot needs a letter
 *
 * So lengths are told from the end of the way: a term lacks what the next one
 * lacks, a character later, and what lies between the end of its own shortest
 * word and that of the next; but for what other words have that leave the way
 * just ahead of the gap.  Nearly all gaps are filled so, some characters
 * before them.  What is left is searched for, level by level, which for a
 * length or two that no word has is short: mostly it is 1.
 *
 * So all lengths of an email are known by a look at the terms of one way, where
 * those of the product are thousands a level.  This is for windows that are
 * narrower than a gap: exactly one length, where one bound lies beside
 * another.
 *
 * A way that comes back to a term goes on for ever; what is missing behind one
 * round is so behind all, if nothing is behind two that was not behind one.
 *
 * It tells nothing where more than a few lengths are missing, or where a
 * search takes long; whoever asks walks then
 * (re_walk.c). */
#include "regex/re_search.h"

/* Terms whose derivatives are looked at for a length; for one that is missing
 * at most `near` characters behind the shortest word. */
enum { SEARCH_MOST = 512, NEAR_MOST = 32, NEAR = 8 };

typedef struct Lack {
    uint32_t term;
    uint32_t own, next; /* least lengths, that behind a character of the way */
    bool last;          /* nothing is behind */
} Lack;
typedef GrVec(Lack) Way;

static bool has_gap(const ReGaps *g, uint32_t n)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (g->at[i] == n) return true;
    return false;
}

static ReSpan *span_of(const GrRe *re, uint32_t term)
{
    const uint32_t *at = gr_map_find(&re->spans[0].of, term);
    return at == NULL ? NULL : &re->spans[0].at.at[*at];
}

/* What is known of a term, or NULL. */
static const ReGaps *gaps_of(const GrRe *re, uint32_t term)
{
    const ReSpan *span = span_of(re, term);
    return span == NULL || span->gaps == 0 ? NULL
                                           : &re->gaps.at[span->gaps - 1];
}

/* Most terms lack nothing, and share that. */
static gram_status keep(GrRe *re, uint32_t term, const ReGaps *g)
{
    static const ReGaps nothing = {.exact = true};
    if (re->gaps.n == 0) GR_TRY(gr_vec_push(re->env, &re->gaps, nothing));
    if (g->n > 0) GR_TRY(gr_vec_push(re->env, &re->gaps, *g));
    span_of(re, term)->gaps = g->n > 0 ? re->gaps.n : 1;
    return GRAM_OK;
}

/* --- is it missing? ------------------------------------------------------- */

/* Each term once, in order. */
static void drop_twins(ReVec *v)
{
    uint32_t kept = 0;
    gr_re_sort(v->at, v->n, 1);
    for (uint32_t i = 0; i < v->n; i++)
        if (kept == 0 || v->at[kept - 1] != v->at[i]) v->at[kept++] = v->at[i];
    v->n = kept;
}

typedef struct Levels {
    ReVec level[2]; /* terms behind so many characters, by turns */
    uint32_t met;
} Levels;

/* Has d a word of n characters, as far as that is seen?  *open: it is not. */
static gram_status seen(GrRe *re, uint32_t d, uint32_t n, bool *yes, bool *open)
{
    uint32_t low, most, least;
    bool none;
    *yes = *open = false;
    GR_TRY(gr_re_bounds(re, gr_re_id(d), &low, &most));
    if (n < low || n > most) return GRAM_OK;
    GR_TRY(gr_re_is_none(re, gr_re_id(d), &none));
    if (none) return GRAM_OK;
    GR_TRY(gr_re_least_exact(re, gr_re_id(d), &least));
    const ReGaps *g = gaps_of(re, d);
    bool told = g != NULL && (g->exact || !has_gap(g, n));
    *yes = n == least ||
           (told && n > least && n <= span_of(re, d)->most && !has_gap(g, n));
    *open = !*yes && !told && n > least;
    return GRAM_OK;
}

/* The derivatives of a term from which n characters may still be left. */
static gram_status put_next(GrRe *re, uint32_t term, uint32_t n, ReVec *next,
                            bool *yes)
{
    uint32_t part;
    ReId d;
    bool open;
    GR_TRY(gr_re_part(re, gr_re_id(term), &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = 1; k < p->n_classes && !*yes; k++) {
        GR_TRY(gr_re_derive(re, gr_re_id(term), p->first[k], &d));
        GR_TRY(seen(re, d.v, n, yes, &open));
        if (open) GR_TRY(gr_vec_push(re->env, next, d.v));
    }
    return gr_step(re->env, p->n_classes);
}

/* Is there a word of n characters?  *told: it is known, `most` terms being
 * looked at. */
static gram_status search(GrRe *re, Levels *s, uint32_t term, uint32_t n,
                          uint32_t most, bool *yes, bool *told)
{
    *yes = false;
    s->met = 0;
    s->level[0].n = 0;
    GR_TRY(gr_vec_push(re->env, &s->level[0], term));
    for (uint32_t i = 0; n > 0 && !*yes; i ^= 1) {
        ReVec *now = &s->level[i], *next = &s->level[i ^ 1];
        next->n = 0;
        s->met += now->n;
        *told = s->met <= most;
        if (now->n == 0 || !*told) break;
        n--;
        for (uint32_t j = 0; j < now->n && !*yes; j++)
            GR_TRY(put_next(re, now->at[j], n, next, yes));
        drop_twins(next);
    }
    return GRAM_OK;
}

/* --- along the way -------------------------------------------------------- */

/* The terms from a on of which nothing is known yet; *ring: the place of the
 * one that is met again behind the last, or their number. */
static gram_status put_way(GrRe *re, uint32_t term, Way *way, GrMap *place,
                           uint32_t *ring)
{
    const uint32_t *met = NULL;
    while (gaps_of(re, term) == NULL && met == NULL) {
        Lack one = {.term = term};
        uint32_t by = span_of(re, term)->by;
        one.last = by == 0;
        GR_TRY(gr_re_least_exact(re, gr_re_id(term), &one.own));
        if (!one.last) GR_TRY(gr_re_least_exact(re, gr_re_id(by), &one.next));
        GR_TRY(gr_map_put(re->env, place, term, way->n));
        GR_TRY(gr_vec_push(re->env, way, one));
        if (one.last) break;
        term = by;
        met = gr_map_find(place, term);
    }
    *ring = met != NULL ? *met : way->n;
    return gr_step(re->env, way->n);
}

/* What the next term lacks, a character later, and what is between.  They are
 * in order.  False: too many. */
static bool step_back(ReGaps *g, const Lack *l)
{
    uint32_t between = l->next > l->own ? l->next - l->own : 0;
    if (g->n + (uint64_t)between > GR_GAPS_MOST) return false;
    for (uint32_t i = g->n; i-- > 0;) g->at[i + between] = g->at[i] + 1;
    for (uint32_t i = 0; i < between; i++) g->at[i] = l->own + 1 + i;
    g->n += between;
    return true;
}

static void fill(ReGaps *g, uint32_t length)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->n; i++)
        if (g->at[i] != length) g->at[kept++] = g->at[i];
    g->n = kept;
}

/* Take out what other words than those of the way have: near its beginning,
 * where they go on otherwise. */
static gram_status fill_near(GrRe *re, Levels *s, const Lack *l, ReGaps *g)
{
    bool yes, told;
    for (uint32_t i = g->n; i-- > 0;) {
        if (g->at[i] > l->own + NEAR) continue;
        GR_TRY(search(re, s, l->term, g->at[i], NEAR_MOST, &yes, &told));
        if (yes) fill(g, g->at[i]);
    }
    return GRAM_OK;
}

/* From behind the last of those terms to the first.  *told: not too much is
 * missing. */
static gram_status go_back(GrRe *re, Levels *s, const Lack *l, uint32_t n,
                           ReGaps *g, bool keeps, bool *told)
{
    g->exact = false;
    for (uint32_t i = n; i-- > 0 && *told;) {
        *told = l[i].last || step_back(g, &l[i]);
        if (*told) GR_TRY(fill_near(re, s, &l[i], g));
        if (*told && keeps) GR_TRY(keep(re, l[i].term, g));
    }
    return gr_step(re->env, n);
}

/* What is missing behind any number of rounds: if a second one brings nothing
 * new, no further one does. */
static gram_status go_round(GrRe *re, Levels *s, const Lack *l, uint32_t n,
                            ReGaps *g, bool *told)
{
    GR_TRY(go_back(re, s, l, n, g, false, told));
    ReGaps once = *g;
    GR_TRY(go_back(re, s, l, n, g, false, told));
    if (g->n != once.n || memcmp(g->at, once.at, g->n * sizeof *g->at) != 0)
        *told = false;
    return go_back(re, s, l, n, g, true, told);
}

static gram_status go_ways(GrRe *re, uint32_t term, Levels *s, Way *way,
                           GrMap *place, bool *told)
{
    ReGaps g = {0};
    uint32_t ring = 0;
    GR_TRY(put_way(re, term, way, place, &ring));
    if (way->n == 0) return GRAM_OK;
    const Lack *last = &way->at[way->n - 1];
    if (ring < way->n)
        GR_TRY(go_round(re, s, way->at + ring, way->n - ring, &g, told));
    else if (!last->last)
        g = *gaps_of(re, span_of(re, last->term)->by);
    return go_back(re, s, way->at, ring, &g, true, told);
}

static gram_status be_exact(GrRe *re, Levels *s, uint32_t term, bool *told)
{
    ReGaps g = *gaps_of(re, term);
    bool yes;
    *told = true;
    if (g.exact) return GRAM_OK;
    for (uint32_t i = g.n; i-- > 0 && *told;) {
        GR_TRY(search(re, s, term, g.at[i], SEARCH_MOST, &yes, told));
        if (yes) fill(&g, g.at[i]);
    }
    g.exact = *told;
    return *told ? keep(re, term, &g) : GRAM_OK;
}

/* --- lengths -------------------------------------------------------------- */

/* All lengths up to the last that is missing, then up to the longest, or each
 * one.  A way has as many terms as its word characters, so these are few. */
static gram_status put_bits(GrRe *re, const ReGaps *g, GrLengths *l)
{
    bool endless = l->most == GR_RE_INF;
    l->size = (endless ? g->at[g->n - 1] + 1 : l->most) + 1;
    l->period = endless;
    size_t size = gr_bit_words(l->size) * sizeof(uint32_t);
    uint32_t *bits = gr_arena_take(re->env, &re->arena, size);
    if (bits == NULL) return GRAM_E_MEMORY;
    memset(bits, 0, size);
    for (uint32_t i = l->least; i < l->size; i++)
        if (!has_gap(g, i)) gr_bit_set(bits, i);
    l->bits = bits;
    return gr_step(re->env, l->size);
}

/* They are those that a walk would find, and kept as those are. */
static gram_status keep_lengths(GrRe *re, ReId a)
{
    const ReGaps *g = gaps_of(re, a.v);
    GrLengths l = {.contiguous = g->n == 0, .most = span_of(re, a.v)->most};
    GR_TRY(gr_re_least_exact(re, a, &l.least));
    if (!l.contiguous) GR_TRY(put_bits(re, g, &l));
    return gr_lengths_keep(re, gr_re_node(re, a), &l);
}

gram_status gr_gaps_lengths(GrRe *re, ReId a, bool *told)
{
    Way way = {0};
    GrMap place = {0};
    Levels s = {{{0}, {0}}, 0};
    *told = true;
    gram_status st = go_ways(re, a.v, &s, &way, &place, told);
    if (st == GRAM_OK && *told) st = be_exact(re, &s, a.v, told);
    if (st == GRAM_OK && *told) st = keep_lengths(re, a);
    gr_vec_clear(re->env, &way);
    gr_map_clear(re->env, &place);
    gr_vec_clear(re->env, &s.level[0]);
    gr_vec_clear(re->env, &s.level[1]);
    return st;
}
