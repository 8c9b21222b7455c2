/* Is a word left whatever is read?
 *
 * Of a string that must hold an "a", or must be no URI, no character can be
 * dead: the "a" may still come, and a space makes of any text one that is no
 * URI.  Masks are then told before a single token is looked at (GrLoop.open).
 * The states of an automaton for URIs would have to be searched, hundreds;
 * here it is read off the term.
 *
 *                                                              more  total
 *     all y        ends    whatever was read, y may come last  |y|
 *     all x all    holds   once x has come, so it is for ever  |x|
 *     any{n,}      holds   once the text is so long                  n
 *     ~x           holds   once a letter has come that no      1
 *                          word of x has, or the text is             |x| + 1
 *                          longer than any of them
 *
 * In an intersection what holds may come in any order, and then what ends, of
 * which there may be one; of a union, one operand will do.  Texts may be as
 * long as they like: where there is a bound, so many characters are needed
 * behind what was read (of each part its own), and so many from here on, what
 * is read among them.  A derivative of such a term is one again: it lacks the
 * same letters.
 *
 * A test for what must be so: what is not told may endure all the same.
 *
 * Cost: linear in the operands, of operands of the complement and of
 * intersections; letters and lengths are kept by the nodes. */
#include "regex/re_pool.h"

/* How a part is met for ever, or at the end; `more` and `total` as told. */
typedef enum Lasts { LASTS_NOT, LASTS_ENDS, LASTS_HOLDS } Lasts;
typedef struct Part {
    Lasts lasts;
    uint32_t more, total;
} Part;

/* The operands of a term of this kind; else the term itself. */
static const uint32_t *split(const GrRe *re, ReKind kind, const uint32_t *id,
                             uint32_t *n)
{
    *n = 1;
    if (gr_re_node(re, gr_re_id(*id))->kind != kind) return id;
    return gr_re_kids(re, gr_re_id(*id), n);
}

/* Characters that are enough behind any others. */
static uint32_t needs(const Part *p)
{
    return p->more > p->total ? p->more : p->total;
}

/* Of two parts both. */
static void add(Part *sum, const Part *p)
{
    sum->more = gr_re_sum(sum->more, p->more);
    if (p->total > sum->total) sum->total = p->total;
}

/* What is no word of x, nor the beginning of one. */
static gram_status leave_out(GrRe *re, ReId x, Part *out)
{
    uint32_t low, most;
    SetId letters;
    bool any = false;
    GR_TRY(gr_re_bounds(re, x, &low, &most));
    *out = (Part){LASTS_HOLDS, 0, most + 1};
    if (most < GR_RE_INF) return GRAM_OK;
    GR_TRY(gr_re_letters(re, x, &letters, &any));
    *out = (Part){any ? LASTS_NOT : LASTS_HOLDS, 1, 0};
    return GRAM_OK;
}

/* ~(x | y) is ~x & ~y. */
static gram_status of_complement(GrRe *re, uint32_t x, Part *out)
{
    uint32_t n;
    const uint32_t *kid = split(re, RE_OR, &x, &n);
    *out = (Part){LASTS_HOLDS, 0, 0};
    for (uint32_t i = 0; i < n && out->lasts == LASTS_HOLDS; i++) {
        Part p;
        GR_TRY(leave_out(re, gr_re_id(kid[i]), &p));
        add(out, &p);
        out->lasts = p.lasts;
    }
    return gr_step(re->env, n);
}

/* all y: does y end with `all` as well?  Its shortest word is not searched
 * for. */
static gram_status of_search(GrRe *re, const ReNode *cat, Part *out)
{
    uint32_t last = cat->b, n = 0;
    ReId y = gr_re_id(cat->b);
    bool none, walks;
    for (; gr_re_node(re, gr_re_id(last))->kind == RE_CAT; n++)
        last = gr_re_node(re, gr_re_id(last))->b;
    GR_TRY(gr_step(re->env, n));
    GR_TRY(gr_re_is_none(re, y, &none));
    if (none) return GRAM_OK;
    out->lasts = last == RE_ALL ? LASTS_HOLDS : LASTS_ENDS;
    out->more = GR_RE_INF;
    GR_TRY(gr_re_walks(re, y, &walks));
    return walks ? GRAM_OK : gr_re_least(re, y, &out->more);
}

/* Of a term that is neither a union nor an intersection. */
static gram_status of_part(GrRe *re, ReId a, Part *out)
{
    const ReNode *node = gr_re_node(re, a);
    RePower p = gr_re_power(re, a);
    *out = (Part){LASTS_NOT, 0, 0};
    if (p.base == re->any && p.hi == GR_RE_INF)
        *out = (Part){LASTS_HOLDS, 0, p.lo};
    else if (node->kind == RE_NOT)
        return of_complement(re, node->a, out);
    else if (node->kind == RE_CAT && node->a == RE_ALL)
        return of_search(re, node, out);
    return GRAM_OK;
}

/* What lasts longest of the operands of a union; of several what takes least.
 */
static gram_status of_union(GrRe *re, ReId a, Part *out)
{
    uint32_t n;
    const uint32_t *kid = split(re, RE_OR, &a.v, &n);
    *out = (Part){LASTS_NOT, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        Part p;
        GR_TRY(of_part(re, gr_re_id(kid[i]), &p));
        bool less = needs(&p) < needs(out);
        if (p.lasts > out->lasts || (p.lasts == out->lasts && less)) *out = p;
    }
    return gr_step(re->env, n);
}

static gram_status of_intersection(GrRe *re, ReId a, Part *out)
{
    uint32_t n, ends = 0;
    const uint32_t *kid = split(re, RE_AND, &a.v, &n);
    *out = (Part){LASTS_HOLDS, 0, 0};
    for (uint32_t i = 0; i < n && out->lasts != LASTS_NOT; i++) {
        Part p;
        GR_TRY(of_union(re, gr_re_id(kid[i]), &p));
        ends += p.lasts == LASTS_ENDS;
        add(out, &p);
        if (p.lasts == LASTS_NOT || ends > 1) out->lasts = LASTS_NOT;
    }
    return gr_step(re->env, n);
}

gram_status gr_re_endures(GrRe *re, ReId a, GrEndures *out)
{
    uint32_t n;
    const uint32_t *kid = split(re, RE_OR, &a.v, &n);
    *out = (GrEndures){false, 0};
    for (uint32_t i = 0; i < n; i++) {
        Part p;
        GR_TRY(of_intersection(re, gr_re_id(kid[i]), &p));
        if (p.lasts != LASTS_NOT && (!out->yes || needs(&p) < out->more))
            *out = (GrEndures){true, needs(&p)};
    }
    return GRAM_OK;
}
