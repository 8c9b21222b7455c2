/* In which order a search for a word goes on: the nearest term, or the oldest.
 *
 * A term is as far from its words as its conjuncts, each for itself, need
 * characters together; behind an open parenthesis, that is not the one with
 * another behind it.  So every step with any conjunct counts, and under a large
 * count a search goes straight on.  Of equal ones the newest goes on, as depth
 * first would.
 *
 * But bounds that are read off a term may say nothing of the way:
 *
 *     host name & all a all, behind a Hebrew letter
 *         all letters and marks of Hebrew, Arabic ...   1 to go, for ever
 *         "."                                           3 to go, and then an a
 *
 * The nearest ones are thousands there, all beside the way, which is two
 * characters long.  So once a search is long, the oldest term has its turn
 * after three that are nearest: short ways are found soon, whatever bounds say,
 * and long ones by bounds.  (As each second term it took seven times as long
 * where words are long and bounds right: what is added far back comes between.)
 *
 * Rejected: the oldest of those equally near (they may all be wrong); far and
 * deep added up, as for a shortest word (the plateau again, a little later).
 *
 * Cost: a few steps for each term, and the logarithm of their number. */
#include "regex/re_search.h"

/* At least so many characters for each conjunct, added up; those of one length
 * come nearer by every character.  Where no word is so long they would have to
 * overlap: those terms come last. */
static gram_status distance(GrRe *re, ReId a, uint64_t *out)
{
    uint32_t low, most, n, end;
    GR_TRY(gr_re_bounds(re, a, &low, &end));
    *out = low;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *out = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (gr_re_power(re, gr_re_id(kid[i])).base == re->any) continue;
        GR_TRY(gr_re_bounds(re, gr_re_id(kid[i]), &low, &most));
        if (low < most) *out += low;
    }
    if (*out > end) *out += UINT32_MAX;
    return gr_step(re->env, n);
}

static bool is_nearer(const Search *s, uint32_t i, uint32_t j)
{
    uint64_t x = s->far.at[i], y = s->far.at[j];
    return x != y ? x < y : i > j;
}

/* Give the last of todo[0 .. n) its place in a heap, the nearest on top. */
static void climb(Search *s, uint32_t n)
{
    uint32_t *at = s->todo.at, i = n - 1;
    while (i > 0 && is_nearer(s, at[i], at[(i - 1) / 2])) {
        uint32_t t = at[i];
        at[i] = at[(i - 1) / 2];
        at[(i - 1) / 2] = t;
        i = (i - 1) / 2;
    }
}

/* The last of the heap goes down from the top. */
static uint32_t take_nearest(Search *s)
{
    uint32_t *at = s->todo.at, top = at[0], n = --s->todo.n;
    at[0] = at[n];
    for (uint32_t i = 0, k; (k = 2 * i + 1) < n; i = k) {
        if (k + 1 < n && is_nearer(s, at[k + 1], at[k])) k++;
        if (!is_nearer(s, at[k], at[i])) break;
        uint32_t t = at[i];
        at[i] = at[k];
        at[k] = t;
    }
    return top;
}

/* Those that are in no heap any more when it is made are done. */
static gram_status note_done(GrRe *re, Search *s)
{
    uint32_t n = s->term.n;
    if (s->done.n == 0) {
        GR_TRY(gr_vec_reserve(re->env, &s->done, n));
        memset(s->done.at, 1, n * sizeof *s->done.at);
        for (uint32_t i = 0; i < s->todo.n; i++) s->done.at[s->todo.at[i]] = 0;
        s->done.n = n;
    }
    while (s->done.n < n) GR_TRY(gr_vec_push(re->env, &s->done, 0));
    return GRAM_OK;
}

gram_status gr_search_order(GrRe *re, Search *s, uint32_t from)
{
    GR_TRY(note_done(re, s));
    while (s->far.n < s->term.n) {
        uint64_t far;
        GR_TRY(distance(re, gr_re_id(s->term.at[s->far.n]), &far));
        GR_TRY(gr_vec_push(re->env, &s->far, far));
    }
    for (uint32_t n = from + 1; n <= s->todo.n; n++) climb(s, n);
    return GRAM_OK;
}

/* What is taken as the oldest stays in the heap until it comes up there. */
uint32_t gr_search_next(Search *s, bool oldest)
{
    uint32_t i;
    while (s->done.at[s->n_done]) s->n_done++;
    do i = oldest ? s->n_done : take_nearest(s);
    while (s->done.at[i]);
    s->done.at[i] = 1;
    return i;
}
