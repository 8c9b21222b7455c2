/* The longest word of a term, and gaps between the lengths of its words.
 *
 * Whoever asks whether a string can still come to at least 60 and at most 255
 * characters need not know all lengths (re_walk.c finds those, level by level,
 * over all terms that n characters lead to: with the counts of a host name,
 * thousands a level).  If no gap between two lengths is wider than a window of
 * lengths, the window has one in it unless it lies beyond the shortest or the
 * longest.  So three numbers do, least, most and gap, and one word tells them:
 *
 *     a  --c1-->  a1  --c2-->  a2 ... an         n = most(a)
 *     least(a)    1 + least(a1)   ...  n         are all lengths of words,
 *     gap(a) = the widest of 1 + least(a[i+1]) - least(a[i])
 *
 * It is searched depth first, the derivative first whose bound (re_least.c)
 * promises most; a term is done when no derivative promises more than what is
 * found.  That is remembered: mostly the first way down is the longest, and a
 * neighbour joins it after a character or two.  So the other derivatives are
 * made only where single characters, those that led on before, then each class
 * in turn, do not lead to all that the bound promises.  A term that is met
 * again on the way to it, and has words, has them of any length; so have all
 * terms before it.
 *
 *     email      (64 of a name, 253 of a host, 63 of a label)   318, gap 2
 *
 * Of a narrower window re_gaps.c tells what is missing, mostly.
 *
 * Whether there is a length says the same whatever way was found.  Which one is
 * found (gr_re_some_length) does not, so that asks for ways that do not depend
 * on what was asked before: by the first class that promises most and keeps it.
 * They are remembered apart.
 *
 * Rejected: the best estimate first over all terms (A*, as for the shortest):
 * where bounds are loose, as before the @ of an email, everything is opened
 * before anything is known; here each term is done once.
 *
 * Cost: mostly a derivative or two of each term met, at most one for each
 * class, and a shortest word.
 * It ends where too many terms are met; whoever asks of windows walks then. */
#include "regex/re_search.h"

/* Terms met in one search; a pool in which one was too few is not tried
 * again. */
enum { SPAN_MOST = 1 << 14 };

/* A term on the way down.  Until it is open, single characters are tried: the
 * hints, then one of each class; then its derivatives are succ[first .. end).
 */
typedef struct Frame {
    uint32_t term, first, end, next;
    uint32_t bound;    /* no word is longer */
    uint32_t best, by; /* most so far, and behind which; by 0: "" alone */
    uint32_t ahead;    /* the derivative that is looked at, or 0 */
    uint32_t tried;    /* characters */
    bool some;         /* best is known */
    bool fresh;        /* none of its derivatives was gone down to */
    bool open;
} Frame;

typedef struct Span {
    ReSpans *known;
    bool first; /* ways do not depend on what is known */
    GrVec(Frame) way;
    ReVec succ;
    GrMap place; /* terms on the way -> their place + 1, or 0 */
    uint32_t met;
} Span;

/* Characters more than n, where that has an end. */
static uint32_t after_one(uint32_t n)
{
    return n >= GR_RE_INF - 1 ? n : n + 1;
}

/* What is known of a term, or NULL. */
static const ReSpan *known_of(const ReSpans *known, uint32_t term)
{
    const uint32_t *at = gr_map_find(&known->of, term);
    return at != NULL ? &known->at.at[*at] : NULL;
}

static gram_status keep(GrRe *re, ReSpans *known, uint32_t term, ReSpan span)
{
    GR_TRY(gr_vec_push(re->env, &known->at, span));
    return gr_map_put(re->env, &known->of, term, known->at.n - 1);
}

/* The gap before the lengths behind `by`, if that is wider. */
static gram_status widen_gap(GrRe *re, uint32_t term, uint32_t by,
                             uint32_t *gap)
{
    uint32_t own, other;
    GR_TRY(gr_re_least_exact(re, gr_re_id(term), &own));
    GR_TRY(gr_re_least_exact(re, gr_re_id(by), &other));
    if (1 + other - own > *gap) *gap = 1 + other - own;
    return GRAM_OK;
}

/* Keep a term that has its longest word behind `by`, which is known. */
static gram_status keep_behind(GrRe *re, ReSpans *known, uint32_t term,
                               uint32_t by, uint32_t most)
{
    ReSpan span = {.most = most, .gap = known_of(known, by)->gap, .by = by};
    GR_TRY(widen_gap(re, term, by, &span.gap));
    return keep(re, known, term, span);
}

/* --- joining a way -------------------------------------------------------- */

/* The characters by which terms last came to others that were known, the last
 * one first: most neighbours do so by one of them. */
static void keep_hint(GrRe *re, uint32_t c)
{
    uint32_t i = 0, *hint = re->span_hint;
    while (i < GR_SPAN_HINTS - 1 && hint[i] != c) i++;
    memmove(hint + 1, hint, i * sizeof *hint);
    hint[0] = c;
}

/* Does a lead, by a hint, to a known term behind which words are as long as a
 * promises?  Then a is known as well. */
static gram_status join_known(GrRe *re, Span *s, ReId a, bool *joined)
{
    uint32_t low, most;
    ReId d;
    *joined = false;
    GR_TRY(gr_re_bounds(re, a, &low, &most));
    for (uint32_t i = 0; i < GR_SPAN_HINTS && !*joined && !s->first; i++) {
        GR_TRY(gr_re_derive(re, a, re->span_hint[i], &d));
        const ReSpan *to = known_of(s->known, d.v);
        *joined = to != NULL && after_one(to->most) == most;
        if (!*joined) continue;
        GR_TRY(keep_behind(re, s->known, a.v, d.v, most));
        keep_hint(re, re->span_hint[i]);
    }
    return gr_step(re->env, GR_SPAN_HINTS);
}

/* --- searching ------------------------------------------------------------ */

static gram_status put_derivatives(GrRe *re, ReId a, ReVec *out)
{
    uint32_t part;
    ReId d;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = 1; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        if (gr_re_node(re, d)->life == RE_EMPTY) continue;
        GR_TRY(gr_vec_push(re->env, out, d.v));
    }
    return gr_step(re->env, p->n_classes);
}

static gram_status go_down(GrRe *re, Span *s, uint32_t term)
{
    Frame f = {.term = term, .first = s->succ.n, .fresh = true};
    uint32_t low;
    GR_TRY(gr_re_bounds(re, gr_re_id(term), &low, &f.bound));
    f.some = gr_re_nullable(re, gr_re_id(term));
    s->met++;
    GR_TRY(gr_vec_push(re->env, &s->way, f));
    return gr_map_put(re->env, &s->place, term, s->way.n);
}

/* The term on top is done. */
static gram_status come_up(GrRe *re, Span *s)
{
    Frame f = s->way.at[--s->way.n];
    s->succ.n = f.first;
    GR_TRY(gr_map_put(re->env, &s->place, f.term, 0));
    return f.by != 0 ? keep_behind(re, s->known, f.term, f.by, f.best)
                     : keep(re, s->known, f.term, (ReSpan){0});
}

/* The term on top leads to the one at `first`: words of any length, for all on
 * the way.  The terms of the ring have its gaps, those before it their own as
 * well. */
static gram_status close_ring(GrRe *re, Span *s, uint32_t first)
{
    ReSpan span = {.most = GR_RE_INF};
    uint32_t n = s->way.n;
    const Frame *at = s->way.at;
    for (uint32_t i = first; i < n; i++)
        GR_TRY(widen_gap(re, at[i].term, at[i + 1 < n ? i + 1 : first].term,
                         &span.gap));
    for (uint32_t i = n; i-- > 0;) {
        span.by = at[i + 1 < n ? i + 1 : first].term;
        if (i < first) GR_TRY(widen_gap(re, at[i].term, span.by, &span.gap));
        GR_TRY(keep(re, s->known, at[i].term, span));
    }
    s->way.n = 0;
    return GRAM_OK;
}

/* What is known of the derivative that is looked at; where it was so before the
 * term was come to, that is a join. */
static gram_status take_known(GrRe *re, Span *s, Frame *f)
{
    uint32_t by = f->ahead, c;
    uint32_t most = after_one(known_of(s->known, by)->most);
    f->ahead = 0;
    if (f->fresh) {
        GR_TRY(gr_search_char(re, gr_re_id(f->term), by, &c));
        keep_hint(re, c);
    }
    if (f->some && most <= f->best) return GRAM_OK;
    f->some = true;
    f->best = most;
    f->by = by;
    return GRAM_OK;
}

/* What is behind d at most: known, or promised. */
static gram_status promise(GrRe *re, const Span *s, uint32_t d, uint32_t *most,
                           bool *known)
{
    uint32_t low;
    const ReSpan *span = known_of(s->known, d);
    GR_TRY(gr_re_bounds(re, gr_re_id(d), &low, most));
    *known = span != NULL;
    if (*known && !s->first) *most = span->most;
    return GRAM_OK;
}

/* The derivative that promises most goes first; of equal ones that of the first
 * class, or one that is known. */
static gram_status pick(GrRe *re, Span *s, Frame *f, uint32_t *most)
{
    uint32_t *at = s->succ.at + f->next, n = f->end - f->next, best = 0, other;
    bool known, sure;
    GR_TRY(promise(re, s, at[0], most, &known));
    for (uint32_t i = 1; i < n; i++) {
        GR_TRY(promise(re, s, at[i], &other, &sure));
        if (other < *most) continue;
        if (other == *most && (s->first || sure <= known)) continue;
        best = i;
        *most = other;
        known = sure;
    }
    uint32_t first = at[best];
    memmove(at + 1, at, best * sizeof *at);
    at[0] = first;
    return gr_step(re->env, n);
}

/* The i-th character to try, or UINT32_MAX. */
static uint32_t trial(GrRe *re, const Span *s, const RePart *p, uint32_t i)
{
    if (s->first) i += GR_SPAN_HINTS;
    if (i < GR_SPAN_HINTS) return re->span_hint[i];
    i -= GR_SPAN_HINTS - 1;
    return i < p->n_classes ? p->first[i] : UINT32_MAX;
}

/* Mostly some derivative promises all that can be, and keeps it: then there is
 * no need for the others. */
static gram_status try_one(GrRe *re, Span *s, Frame *f)
{
    uint32_t part, most, c;
    ReId d;
    bool known;
    GR_TRY(gr_re_part(re, gr_re_id(f->term), &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    while (f->ahead == 0 && (c = trial(re, s, p, f->tried)) != UINT32_MAX) {
        f->tried++;
        GR_TRY(gr_re_derive(re, gr_re_id(f->term), c, &d));
        GR_TRY(gr_step(re->env, 1));
        if (gr_re_node(re, d)->life == RE_EMPTY) continue;
        GR_TRY(promise(re, s, d.v, &most, &known));
        if (after_one(most) >= f->bound) f->ahead = d.v;
    }
    return GRAM_OK;
}

/* Where none did, all are looked at as long as one promises more than is
 * found. */
static gram_status open_next(GrRe *re, Span *s, Frame *f)
{
    uint32_t most;
    if (!f->open) {
        f->open = true;
        f->next = s->succ.n;
        GR_TRY(put_derivatives(re, gr_re_id(f->term), &s->succ));
        f->end = s->succ.n;
    }
    if (f->next == f->end) return GRAM_OK;
    GR_TRY(pick(re, s, f, &most));
    if (!f->some || after_one(most) > f->best) f->ahead = s->succ.at[f->next++];
    return GRAM_OK;
}

/* Look at the next derivative of the term on top, if one promises more. */
static gram_status look(GrRe *re, Span *s)
{
    Frame *f = &s->way.at[s->way.n - 1];
    bool joined, none, all = f->some && f->best >= f->bound;
    if (f->ahead == 0 && !all && !f->open) GR_TRY(try_one(re, s, f));
    if (f->ahead == 0 && !all) GR_TRY(open_next(re, s, f));
    if (f->ahead == 0) return come_up(re, s);
    if (known_of(s->known, f->ahead) != NULL) return take_known(re, s, f);
    f->fresh = false;
    const uint32_t *place = gr_map_find(&s->place, f->ahead);
    if (place != NULL && *place != 0) return close_ring(re, s, *place - 1);
    GR_TRY(gr_re_is_none(re, gr_re_id(f->ahead), &none));
    if (none) return f->ahead = 0, GRAM_OK;
    GR_TRY(join_known(re, s, gr_re_id(f->ahead), &joined));
    return joined ? GRAM_OK : go_down(re, s, f->ahead);
}

static gram_status search(GrRe *re, Span *s, ReId a)
{
    bool known;
    GR_TRY(join_known(re, s, a, &known));
    if (known) return GRAM_OK;
    GR_TRY(go_down(re, s, a.v));
    while (s->way.n > 0 && (s->first || s->met <= SPAN_MOST))
        GR_TRY(look(re, s));
    re->no_spans |= s->way.n > 0;
    return GRAM_OK;
}

/* Of a term that has words.  `first`: always the same way. */
static gram_status find_span(GrRe *re, ReId a, bool first)
{
    Span s = {.known = &re->spans[first], .first = first};
    if (known_of(s.known, a.v) != NULL) return GRAM_OK;
    if (!first && re->no_spans) return GRAM_OK;
    gram_status st = search(re, &s, a);
    gr_vec_clear(re->env, &s.way);
    gr_vec_clear(re->env, &s.succ);
    gr_map_clear(re->env, &s.place);
    return st;
}

gram_status gr_re_lengths_within(GrRe *re, ReId a, uint32_t width,
                                 GrLengths *out)
{
    const ReSpan *span;
    bool walks, none, told = false;
    GR_TRY(gr_re_walks(re, a, &walks));
    if (!walks || gr_re_node(re, a)->lengths != 0)
        return gr_re_lengths(re, a, out);
    *out = (GrLengths){.contiguous = true, .none = true};
    GR_TRY(gr_re_is_none(re, a, &none));
    if (none) return GRAM_OK;
    GR_TRY(find_span(re, a, false));
    span = known_of(&re->spans[0], a.v);
    if (span != NULL && span->gap > width)
        GR_TRY(gr_gaps_lengths(re, a, &told));
    if (told || span == NULL || span->gap > width)
        return gr_re_lengths(re, a, out);
    *out = (GrLengths){.contiguous = true, .most = span->most};
    return gr_re_least_exact(re, a, &out->least);
}

/* --- a word of a length --------------------------------------------------- */

/* Longer ways are not gone step by step. */
enum { LENGTH_MOST = 1 << 16 };

/* The least length from lo on, of those that are known one by one. */
static gram_status first_from(GrRe *re, const GrLengths *l, uint32_t lo,
                              uint32_t *out)
{
    *out = lo;
    while (!gr_lengths_has(l, *out)) ++*out;
    return gr_step(re->env, *out - lo);
}

/* The first length from lo to hi along the way to a longest word of a, or
 * GR_RE_INF. */
static gram_status first_on_way(GrRe *re, ReId a, uint32_t lo, uint32_t hi,
                                uint32_t *out)
{
    uint32_t least, n = 0;
    bool none;
    *out = GR_RE_INF;
    GR_TRY(gr_re_is_none(re, a, &none));
    if (none) return GRAM_OK;
    GR_TRY(find_span(re, a, true));
    const ReSpan *span = known_of(&re->spans[1], a.v);
    GR_TRY(gr_re_least_exact(re, a, &least));
    for (; span->by != 0 && n + least < lo; n++) {
        a = gr_re_id(span->by);
        span = known_of(&re->spans[1], a.v);
        GR_TRY(gr_re_least_exact(re, a, &least));
    }
    if (n + least >= lo && n + least <= hi) *out = n + least;
    return gr_step(re->env, n + 1);
}

/* Has d a word of lo to hi characters? */
static gram_status has_length(GrRe *re, ReId d, uint32_t lo, uint32_t hi,
                              bool *yes)
{
    GrLengths l;
    GR_TRY(gr_re_lengths_within(re, d, hi == GR_RE_INF ? hi : hi - lo + 1, &l));
    *yes = gr_lengths_meet(&l, lo, hi);
    return GRAM_OK;
}

/* A derivative of a that has one: the one that the way goes to, or that of the
 * first class.  There is one. */
static gram_status next_with(GrRe *re, ReId a, uint32_t lo, uint32_t hi,
                             ReId *out)
{
    uint32_t part, by = known_of(&re->spans[1], a.v)->by;
    bool yes = false;
    *out = gr_re_id(by);
    if (by != 0) GR_TRY(has_length(re, *out, lo, hi, &yes));
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = 1; k < p->n_classes && !yes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], out));
        GR_TRY(has_length(re, *out, lo, hi, &yes));
    }
    return gr_step(re->env, p->n_classes);
}

/* Where no length on the way is one, some derivative has one: so what is told
 * of a goes on with that.  All derivatives, level by level, would be too many:
 * a host name of 64 characters has its second label where no way of a name
 * with a first label of 63 has one. */
static gram_status search_length(GrRe *re, ReId a, uint32_t lo, uint32_t hi,
                                 uint32_t *out)
{
    for (uint32_t n = 0;; n++) {
        GR_TRY(first_on_way(re, a, lo, hi, out));
        if (*out != GR_RE_INF) return *out += n, GRAM_OK;
        if (lo > 0) lo--;
        if (hi == 0) return GRAM_OK;
        if (hi != GR_RE_INF) hi--;
        GR_TRY(next_with(re, a, lo, hi, &a));
    }
}

gram_status gr_re_some_length(GrRe *re, ReId a, uint32_t lo, uint32_t hi,
                              uint32_t *out)
{
    uint32_t width = hi == GR_RE_INF ? hi : hi - lo + 1;
    bool walks;
    GrLengths l;
    *out = GR_RE_INF;
    GR_TRY(gr_re_walks(re, a, &walks));
    walks = walks && lo <= LENGTH_MOST;
    if (walks)
        GR_TRY(gr_re_lengths_within(re, a, width, &l));
    else
        GR_TRY(gr_re_lengths(re, a, &l));
    if (!gr_lengths_meet(&l, lo, hi)) return GRAM_OK;
    if (!walks) return first_from(re, &l, lo, out);
    return search_length(re, a, lo, hi, out);
}
