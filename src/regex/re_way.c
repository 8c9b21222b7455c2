/* The way of before: has a term the word that the last search ended with?
 *
 * Terms that are asked about one after the other mostly have their word where
 * the last one had it: a name that is one letter longer ends as the shorter
 * one.  So the last characters of a way to a word are kept, four at most, and
 * tried before any search, by derivatives; two or three of them are less than a
 * search, which makes all of each term, and those that are made are mostly
 * asked for later.
 *
 * Not so where a term counts characters: then what is derived is another term
 * for each count.  But to see that a term has such a word, none is needed.  Of
 * a text of n characters there are n + 1 places; what a term says about it is a
 * relation, from which place to which it has a word:
 *
 *          . a        [^.]                    1 -> 2
 *         0 1 2       [^.]{1,63} \.           none
 *                     (\. [^.]{1,63}){0,126}  0 -> 0  1 -> 1  2 -> 2  0 -> 2
 *
 * and the relation of a term is made of those of its operands: x | y is their
 * union, ~x the complement, x y their product, x{n,m} a sum of powers, of which
 * those from the fourth on add nothing.  It is a matrix of 5 times 5 bits in
 * one word, kept by the node: of a term that differs from others in its counts
 * alone the few nodes that are new are looked at.
 *
 * Rejected: relations for all terms, and longer texts of several ways (of an
 * expression with parentheses the ways change at each third question, and with
 * them all relations; the derivatives are needed anyway).
 *
 * Cost: some 30 instructions a node and operand, 30 a product; LOOKS nodes at
 * most are looked at for one question, and those after it go on from there. */
#include "regex/re_search.h"

enum { WAY_MOST = 4, PLACES = WAY_MOST + 1, ROW = (1 << PLACES) - 1 };
enum { LOOKS = 256 };

/* From each place to itself; and from each place to place 0. */
static const uint32_t SAME = 1 | 1 << 6 | 1 << 12 | 1 << 18 | 1 << 24;
static const uint32_t COLUMN = 1 | 1 << 5 | 1 << 10 | 1 << 15 | 1 << 20;

/* --- relations ------------------------------------------------------------ */

static uint32_t bit_of(uint32_t i, uint32_t j)
{
    return 1u << (PLACES * i + j);
}

/* From each place of the text to all behind it; and, as in all that holds "",
 * from those that a shorter text has not to themselves. */
static uint32_t any_text(const GrRe *re)
{
    uint32_t x = SAME;
    for (uint32_t i = 0; i < re->way.n; i++)
        x |= bit_of(i, re->way.n + 1) - bit_of(i, i);
    return x;
}

/* By x, then by y: row j of y for all that lead to place j. */
static uint32_t product(uint32_t x, uint32_t y)
{
    uint32_t z = 0;
    if (x == SAME) return y;
    for (uint32_t j = 0; j < PLACES; j++)
        z |= (x >> j & COLUMN) * (y >> PLACES * j & ROW);
    return z;
}

/* x, n times; from the fourth on nothing is new, for no part of the text is
 * more words than it has characters, but for empty ones. */
static uint32_t times(uint32_t x, uint32_t n)
{
    uint32_t p = SAME;
    if (n > WAY_MOST) n = PLACES;
    for (; n > 0; n >>= 1) {
        if (n & 1) p = product(p, x);
        if (n > 1) x = product(x, x);
    }
    return p;
}

/* What must be, and as much as may be. */
static uint32_t power(uint32_t x, uint32_t lo, uint32_t hi)
{
    if (x == 0) return lo == 0 ? SAME : 0;
    return product(times(x, lo), times(SAME | x, hi - lo));
}

static uint32_t of_set(const GrRe *re, SetId s)
{
    uint32_t x = 0;
    for (uint32_t i = 0; i < re->way.n; i++)
        if (gr_set_has(re, s, re->way.at[i])) x |= bit_of(i, i + 1);
    return x;
}

/* Of a list, which has no operands. */
static gram_status by_derivatives(GrRe *re, ReId a, uint32_t *out)
{
    *out = gr_re_nullable(re, a) ? SAME : 0;
    for (uint32_t i = 0; i < re->way.n; i++) {
        ReId d = a;
        for (uint32_t j = i; j < re->way.n && d.v != RE_NONE; j++) {
            GR_TRY(gr_re_derive(re, d, re->way.at[j], &d));
            if (gr_re_nullable(re, d)) *out |= bit_of(i, j + 1);
        }
    }
    return GRAM_OK;
}

/* --- of a term ------------------------------------------------------------ */

static void keep(const GrRe *re, ReNode *n, uint32_t x)
{
    n->way = re->way_id;
    n->held = x;
    if (x != 0 && n->life == RE_UNSURE) n->life = RE_SOME;
}

static bool is_known(const GrRe *re, const ReNode *n)
{
    return n->way == re->way_id;
}

static uint32_t of_leaf(const GrRe *re, const ReNode *n)
{
    if (n->kind == RE_SET) return of_set(re, (SetId){n->a});
    return n->kind == RE_ALL ? any_text(re) : n->kind == RE_EPS ? SAME : 0;
}

/* Of a term without operands, or the power of one; else false. */
static bool look_leaf(const GrRe *re, ReNode *n)
{
    ReNode *x = n->kind == RE_REP ? gr_re_node(re, gr_re_id(n->a)) : n;
    if (is_known(re, n)) return true;
    if (x->kind > RE_SET) return false;
    if (!is_known(re, x)) keep(re, x, of_leaf(re, x));
    if (n != x) keep(re, n, power(x->held, n->lo, n->hi));
    return true;
}

/* The relation of an operand; where it is not known, it is looked at first. */
static inline gram_status ask(GrRe *re, uint32_t id, uint32_t *x, bool *known)
{
    ReNode *n = gr_re_node(re, gr_re_id(id));
    *known = is_known(re, n) || look_leaf(re, n);
    *x = n->held;
    return *known ? GRAM_OK : gr_vec_push(re->env, &re->way_todo, id);
}

/* All operands of a union; of others none behind one that holds nothing. */
static gram_status of_many(GrRe *re, ReId a, uint32_t *out, bool *done)
{
    bool any = gr_re_node(re, a)->kind == RE_OR, known = true;
    uint32_t n, x = 0;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *out = any ? 0 : any_text(re);
    for (uint32_t i = 0; i < n && (any || (known && *out != 0)); i++) {
        GR_TRY(ask(re, kid[i], &x, &known));
        *out = any ? *out | x : *out & x;
        *done &= known;
    }
    return gr_step(re->env, n);
}

static gram_status of_cat(GrRe *re, const ReNode *n, uint32_t *out, bool *done)
{
    uint32_t x, y;
    GR_TRY(ask(re, n->a, &x, done));
    if (!*done || x == 0) return GRAM_OK;
    GR_TRY(ask(re, n->b, &y, done));
    *out = product(x, y);
    return GRAM_OK;
}

/* *done is false where operands have to be looked at before. */
static gram_status look(GrRe *re, ReId a, uint32_t *out, bool *done)
{
    const ReNode *n = gr_re_node(re, a);
    uint32_t x;
    *out = 0;
    *done = true;
    switch ((ReKind)n->kind) {
    case RE_WORDS:
    case RE_LEAP: return by_derivatives(re, a, out);
    case RE_CAT: return of_cat(re, n, out, done);
    case RE_OR:
    case RE_AND: return of_many(re, a, out, done);
    default: break;
    }
    GR_TRY(ask(re, n->a, &x, done));
    *out = n->kind == RE_NOT ? any_text(re) & ~x : power(x, n->lo, n->hi);
    return GRAM_OK;
}

/* A node that holds any part of the text has words. */
static gram_status try_parts(GrRe *re, ReId a)
{
    ReVec *todo = &re->way_todo;
    uint32_t looks = 0, x;
    bool done;
    todo->n = 0;
    GR_TRY(ask(re, a.v, &x, &done));
    for (; todo->n > 0 && looks < LOOKS; looks++) {
        ReId top = {todo->at[todo->n - 1]};
        ReNode *n = gr_re_node(re, top);
        uint32_t at = todo->n;
        if (!is_known(re, n)) {
            GR_TRY(look(re, top, &x, &done));
            if (!done) continue;
            keep(re, n, x);
        }
        todo->n = at - 1;
    }
    return gr_step(re->env, looks);
}

/* --- the way -------------------------------------------------------------- */

/* Of n characters the last ones.  What is known of the same way stays. */
gram_status gr_way_set(GrRe *re, const uint32_t *c, uint32_t n)
{
    GR_TRY(gr_vec_reserve(re->env, &re->way, WAY_MOST));
    if (n > WAY_MOST) c += n - WAY_MOST;
    if (n > WAY_MOST) n = WAY_MOST;
    size_t size = n * sizeof *c;
    if (n == re->way.n && memcmp(re->way.at, c, size) == 0) return GRAM_OK;
    memcpy(re->way.at, c, size);
    re->way.n = n;
    re->way_id++;
    return GRAM_OK;
}

gram_status gr_way_keep(GrRe *re, const Search *s, uint32_t i, uint32_t c)
{
    uint32_t way[WAY_MOST], *at = way + WAY_MOST;
    *--at = c;
    for (; at > way && s->from.at[i] != i; i = s->from.at[i])
        GR_TRY(gr_search_char(re, gr_re_id(s->term.at[s->from.at[i]]),
                              s->term.at[i], --at));
    return gr_way_set(re, at, (uint32_t)(way + WAY_MOST - at));
}

/* Does a go on to a word by the way from character i on?  Then all terms along
 * it do. */
static gram_status try_from(GrRe *re, ReId a, uint32_t i)
{
    uint32_t passed[WAY_MOST], n = 0;
    for (; i < re->way.n && gr_re_life(re, a.v) == RE_UNSURE; i++) {
        passed[n++] = a.v;
        GR_TRY(gr_re_derive(re, a, re->way.at[i], &a));
    }
    if (gr_re_life(re, a.v) == RE_SOME)
        while (n > 0) gr_re_set_life(re, passed[--n], RE_SOME);
    return gr_step(re->env, WAY_MOST);
}

/* Is it a number of characters, or one of several? */
static bool is_count(const GrRe *re, ReId a)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n = 1, i = 0;
    const uint32_t *kid = &a.v;
    if (node->kind == RE_OR) kid = gr_re_kids(re, a, &n);
    for (; i < n && (node = gr_re_node(re, gr_re_id(kid[i])))->kind == RE_REP;
         i++)
        if (node->hi == GR_RE_INF) return false;
    return i == n;
}

static bool counts(const GrRe *re, ReId a)
{
    uint32_t n;
    if (gr_re_node(re, a)->kind != RE_AND) return false;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    while (n > 0 && !is_count(re, gr_re_id(kid[n - 1]))) n--;
    return n > 0;
}

gram_status gr_way_try(GrRe *re, ReId a)
{
    if (re->way.n == 0) return GRAM_OK;
    if (counts(re, a)) GR_TRY(try_parts(re, a));
    for (uint32_t i = 0; i < re->way.n && gr_re_life(re, a.v) == RE_UNSURE; i++)
        GR_TRY(try_from(re, a, i));
    return GRAM_OK;
}
