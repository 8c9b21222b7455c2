/* Is a word in a language?  Asked of a word that somebody has guessed.
 *
 * An intersection of n parts has a state for each combination of theirs, so a
 * search for a word of it may take long, where a guess is often at hand: if
 * "ab" is in one of two languages that look for something anywhere, and "cd"
 * in the other, "abcd" is in both.  A guess is tried on each part by itself,
 * whose states are few and known already, so that no state of the product is
 * made:
 *
 *     &( p1  p2  ~p3 )  holds w   iff   p1 holds w, p2 holds w, p3 does not
 *
 * A language that holds a word is not empty: the node keeps that, and
 * gr_re_is_none needs no search. */
#include "regex/re_pool.h"

/* By derivatives; a term that is plainly nothing ends it. */
static gram_status holds(GrRe *re, ReId a, const char *text, uint32_t n,
                         bool *yes)
{
    uint32_t len;
    for (uint32_t i = 0; i < n && a.v != RE_NONE; i += len) {
        uint32_t c = gr_utf8_get(text + i, n - i, &len);
        GR_TRY(gr_re_derive(re, a, c, &a));
    }
    *yes = gr_re_nullable(re, a);
    return gr_step(re->env, 1 + n / 16);
}

/* A part of an intersection; what is under `not` has fewer terms without it. */
static gram_status part_holds(GrRe *re, ReId a, const char *text, uint32_t n,
                              bool *yes)
{
    const ReNode *node = gr_re_node(re, a);
    if (node->kind != RE_NOT) return holds(re, a, text, n, yes);
    GR_TRY(holds(re, gr_re_id(node->a), text, n, yes));
    *yes = !*yes;
    return GRAM_OK;
}

gram_status gr_re_holds(GrRe *re, ReId a, const char *text, uint32_t n,
                        bool *yes)
{
    uint32_t n_kids = 1;
    const uint32_t *kid = &a.v;
    if (gr_re_node(re, a)->kind == RE_AND) kid = gr_re_kids(re, a, &n_kids);
    *yes = gr_utf8_valid(text, n) == n;
    for (uint32_t i = 0; i < n_kids && *yes; i++)
        GR_TRY(part_holds(re, gr_re_id(kid[i]), text, n, yes));
    if (*yes) gr_re_node(re, a)->life = RE_SOME;
    return GRAM_OK;
}
