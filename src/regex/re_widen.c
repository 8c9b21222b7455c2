/* Large counts left out: a language that holds the given one, with few states.
 *
 *     email & all date all     64 lengths of a name, 253 of a host and 63 of a
 *                              label, times the places in the pattern
 *     the same, widened        a few hundred terms
 *
 * A search for a word of an intersection makes a term for each combination of
 * places and counts, although large counts hardly ever decide.  So once it has
 * gone on for a while, the question is put to the term whose large counts are
 * endless:
 *
 *     a  --x{n,m} becomes x{n,}-->  w       a is a part of w
 *     w has no word                         nor has a
 *     a shortest word of w is one of a      a has a word
 *     otherwise                             the search goes on
 *
 * What is under a complement stays, since there less would be ruled out.  Terms
 * that differ in how much is left of a count become one, so that an answer for
 * w serves all of them.
 *
 * Rejected: counts of no end at both ends (a `minLength` would be lost, and
 * the word of w with it); the exact search over w with counts beside it (it is
 * what the terms are).
 *
 * Cost: each term below is widened once, and remembers what it became. */
#include "regex/re_search.h"

/* A count from here on is large. */
enum { LARGE = 16 };

/* The term of widened operands; a itself where they are what they were. */
static gram_status remake(GrRe *re, ReId a, ReVec *kids, ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n, changed = 0;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    bool large = node->kind == RE_REP && node->hi >= LARGE;
    kids->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t wide = *gr_map_find(&re->wider, kid[i]);
        GR_TRY(gr_vec_push(re->env, kids, wide));
        changed += wide != kid[i];
    }
    const ReId *x = (const ReId *)kids->at;
    *out = a;
    if (changed == 0 && !large) return GRAM_OK;
    switch ((ReKind)node->kind) {
    case RE_CAT: return gr_re_cat(re, x[0], x[1], out);
    case RE_REP:
        return gr_re_repeat(re, x[0], node->lo, large ? GR_RE_INF : node->hi,
                            out);
    case RE_OR: return gr_re_or(re, x, n, out);
    default: return gr_re_and(re, x, n, out);
    }
}

/* On an explicit stack: a term waits above its operands. */
static gram_status widen(GrRe *re, ReId a, ReVec *todo, ReVec *kids)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t before = todo->n, n;
        ReId top = gr_re_id(todo->at[before - 1]), out;
        const uint32_t *kid = gr_re_operands(re, top, &n);
        for (uint32_t i = 0; i < n; i++)
            if (gr_map_find(&re->wider, kid[i]) == NULL)
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        GR_TRY(gr_step(re->env, n + 1));
        if (todo->n > before) continue;
        GR_TRY(remake(re, top, kids, &out));
        GR_TRY(gr_map_put(re->env, &re->wider, top.v, out.v));
        GR_TRY(gr_map_put(re->env, &re->wider, out.v, out.v));
        todo->n--;
    }
    return GRAM_OK;
}

gram_status gr_re_widen(GrRe *re, ReId a, ReId *out)
{
    ReVec todo = {0}, kids = {0};
    gram_status st = GRAM_OK;
    if (gr_map_find(&re->wider, a.v) == NULL) st = widen(re, a, &todo, &kids);
    gr_vec_clear(re->env, &todo);
    gr_vec_clear(re->env, &kids);
    if (st == GRAM_OK) *out = gr_re_id(*gr_map_find(&re->wider, a.v));
    return st;
}
