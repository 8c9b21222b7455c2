/* Is a word left whatever is read?
 *
 * Of a string that must hold an "a", or must be no URI, no character can be
 * dead: the "a" may still come, and a space makes of any text one that is no
 * URI.  Masks are then told before a single token is looked at (GrLoop.open).
 * The states of an automaton for URIs would have to be searched, hundreds;
 * here it is read off the term.
 *
 *     all y        ends    whatever was read, y may come last
 *     all x all    holds   once x has come, so it is for ever
 *     any{n,}      holds   once the text is so long
 *     ~x           holds   once a letter has come that no word of x has, or
 *                          the text is longer than any of them
 *
 * In an intersection what holds may come in any order, and then what ends, of
 * which there may be one; of a union, one operand will do.  A derivative of
 * such a term is one again: it lacks the same letters.
 *
 * A test for what must be so: what is not told may endure all the same.
 *
 * Cost: linear in the operands, of operands of the complement and of
 * intersections; letters and bounds are kept by the nodes. */
#include "regex/re_pool.h"

typedef enum Lasts { LASTS_NOT, LASTS_ENDS, LASTS_HOLDS } Lasts;

/* The operands of a term of this kind; else the term itself. */
static const uint32_t *split(const GrRe *re, ReKind kind, const uint32_t *id,
                             uint32_t *n)
{
    *n = 1;
    if (gr_re_node(re, gr_re_id(*id))->kind != kind) return id;
    return gr_re_kids(re, gr_re_id(*id), n);
}

/* Is there a text that is no word of x, nor the beginning of one? */
static gram_status leaves_out(GrRe *re, ReId x, bool *yes)
{
    uint32_t low, most;
    SetId letters;
    bool any;
    GR_TRY(gr_re_bounds(re, x, &low, &most));
    *yes = most != GR_RE_INF;
    if (*yes) return GRAM_OK;
    GR_TRY(gr_re_letters(re, x, &letters, &any));
    *yes = !any;
    return GRAM_OK;
}

/* ~(x | y) is ~x & ~y. */
static gram_status of_complement(GrRe *re, uint32_t x, Lasts *out)
{
    uint32_t n;
    bool yes = true;
    const uint32_t *kid = split(re, RE_OR, &x, &n);
    for (uint32_t i = 0; i < n && yes; i++)
        GR_TRY(leaves_out(re, gr_re_id(kid[i]), &yes));
    *out = yes ? LASTS_HOLDS : LASTS_NOT;
    return gr_step(re->env, n);
}

/* all y: does y end with `all` as well? */
static gram_status of_search(GrRe *re, const ReNode *cat, Lasts *out)
{
    uint32_t last = cat->b, n = 0;
    bool none;
    for (; gr_re_node(re, gr_re_id(last))->kind == RE_CAT; n++)
        last = gr_re_node(re, gr_re_id(last))->b;
    GR_TRY(gr_step(re->env, n));
    GR_TRY(gr_re_is_none(re, gr_re_id(cat->b), &none));
    if (!none) *out = last == RE_ALL ? LASTS_HOLDS : LASTS_ENDS;
    return GRAM_OK;
}

/* Of a term that is neither a union nor an intersection. */
static gram_status of_part(GrRe *re, ReId a, Lasts *out)
{
    const ReNode *node = gr_re_node(re, a);
    RePower p = gr_re_power(re, a);
    *out = LASTS_NOT;
    if (a.v == RE_ALL || (p.base == re->any && p.hi == GR_RE_INF))
        return *out = LASTS_HOLDS, GRAM_OK;
    if (node->kind == RE_NOT) return of_complement(re, node->a, out);
    if (node->kind == RE_CAT && node->a == RE_ALL)
        return of_search(re, node, out);
    return GRAM_OK;
}

/* What lasts longest of the operands of a union. */
static gram_status of_union(GrRe *re, ReId a, Lasts *out)
{
    uint32_t n;
    const uint32_t *kid = split(re, RE_OR, &a.v, &n);
    *out = LASTS_NOT;
    for (uint32_t i = 0; i < n && *out != LASTS_HOLDS; i++) {
        Lasts part;
        GR_TRY(of_part(re, gr_re_id(kid[i]), &part));
        if (part > *out) *out = part;
    }
    return gr_step(re->env, n);
}

static gram_status of_intersection(GrRe *re, ReId a, bool *yes)
{
    uint32_t n, ends = 0;
    const uint32_t *kid = split(re, RE_AND, &a.v, &n);
    *yes = true;
    for (uint32_t i = 0; i < n && *yes; i++) {
        Lasts part;
        GR_TRY(of_union(re, gr_re_id(kid[i]), &part));
        ends += part == LASTS_ENDS;
        *yes = part != LASTS_NOT && ends < 2;
    }
    return gr_step(re->env, n);
}

gram_status gr_re_endures(GrRe *re, ReId a, bool *out)
{
    uint32_t n;
    const uint32_t *kid = split(re, RE_OR, &a.v, &n);
    *out = false;
    for (uint32_t i = 0; i < n && !*out; i++)
        GR_TRY(of_intersection(re, gr_re_id(kid[i]), out));
    return GRAM_OK;
}
