/* Is an intersection empty for its last letters alone?
 *
 * A date-time ends with a digit or a Z, and "\.{3,}$" with a dot.  Both have
 * dots and digits, so that letters say nothing (re_letters.c), and the product
 * of the two has thousands of states, in all of which a search finds nothing.
 * Here a set is read off each term that has all letters which a word of it may
 * end with:
 *
 *     x y     those of y; if y may be "", of x, too
 *     x & y   what both have
 *     ~(all s)    all but s
 *
 * Where a term has none, "" is its only word, if it has one at all.  A test for
 * what must be so, as that of letters.
 *
 * First letters need none: a derivative tells.  Operands are older than their
 * term, and each is looked at once; a term waits on an explicit stack until its
 * operands are known.  Cost: linear in the terms below; nothing is kept. */
#include "regex/re_pool.h"

/* Of longer lists it is not asked how they end. */
enum { WORDS_MOST = 64 };

typedef struct Ends {
    GrRe *re;
    ReVec todo;
    GrMap of; /* SetId by term */
} Ends;

static SetId ends_at(const Ends *e, uint32_t a)
{
    return (SetId){*gr_map_find(&e->of, a)};
}

static gram_status of_words(GrRe *re, const ReNode *node, SetId *out)
{
    GrRange letter[WORDS_MOST];
    uint32_t n = 0, len, size;
    if (node->hi - node->lo > WORDS_MOST) return *out = any_letter(re), GRAM_OK;
    for (uint32_t i = node->lo; i < node->hi; i++) {
        const char *text = gr_words_text(re, node, i, &len);
        uint32_t at = len;
        while (at > 0 && ((uint8_t)text[--at] & 0xC0) == 0x80) continue;
        if (len == 0) continue;
        letter[n].lo = letter[n].hi = gr_utf8_get(text + at, len - at, &size);
        n++;
    }
    return gr_set_make(re, letter, n, out);
}

/* A time of RFC 3339. */
static gram_status of_leap(GrRe *re, SetId *out)
{
    static const GrRange letter[] = {{'0', '9'}, {'Z', 'Z'}, {'z', 'z'}};
    return gr_set_make(re, letter, sizeof letter / sizeof *letter, out);
}

/* Of ~a: all but those with which each word is in a. */
static gram_status of_complement(GrRe *re, uint32_t a, SetId *out)
{
    uint32_t n = 1;
    const uint32_t *kid = &a;
    *out = any_letter(re);
    if (gr_re_node(re, gr_re_id(a))->kind == RE_OR)
        kid = gr_re_kids(re, gr_re_id(a), &n);
    for (uint32_t i = 0; i < n; i++) {
        const ReNode *node = gr_re_node(re, gr_re_id(kid[i]));
        if (node->kind != RE_CAT || node->a != RE_ALL) continue;
        node = gr_re_node(re, gr_re_id(node->b));
        SetId s = {node->a};
        if (node->kind != RE_SET) continue;
        GR_TRY(gr_set_not(re, s, &s));
        GR_TRY(gr_set_and(re, *out, s, out));
    }
    return gr_step(re->env, n);
}

static gram_status of_operands(Ends *e, ReId a, bool meet, SetId *out)
{
    uint32_t n;
    const uint32_t *kid = gr_re_operands(e->re, a, &n);
    *out = ends_at(e, kid[0]);
    for (uint32_t i = 1; i < n; i++) {
        SetId s = ends_at(e, kid[i]);
        GR_TRY(meet ? gr_set_and(e->re, *out, s, out)
                    : gr_set_or(e->re, *out, s, out));
    }
    return gr_step(e->re->env, n);
}

/* Those of a, those of its operands being known. */
static gram_status ends_of(Ends *e, ReId a, SetId *out)
{
    GrRe *re = e->re;
    const ReNode *node = gr_re_node(re, a);
    *out = any_letter(re);
    switch ((ReKind)node->kind) {
    case RE_NONE:
    case RE_EPS: return gr_set_make(re, NULL, 0, out);
    case RE_ALL: break;
    case RE_SET: *out = (SetId){node->a}; break;
    case RE_WORDS: return of_words(re, node, out);
    case RE_LEAP: return of_leap(re, out);
    case RE_NOT: return of_complement(re, node->a, out);
    case RE_REP: *out = ends_at(e, node->a); break;
    case RE_CAT:
        *out = ends_at(e, node->b);
        if (!gr_re_nullable(re, gr_re_id(node->b))) break;
        return gr_set_or(re, *out, ends_at(e, node->a), out);
    case RE_OR:
    case RE_AND: return of_operands(e, a, node->kind == RE_AND, out);
    }
    return GRAM_OK;
}

static gram_status find_ends(Ends *e, ReId a)
{
    GrRe *re = e->re;
    GR_TRY(gr_vec_push(re->env, &e->todo, a.v));
    while (e->todo.n > 0) {
        uint32_t before = e->todo.n, n;
        ReId top = gr_re_id(e->todo.at[before - 1]);
        const uint32_t *kid = gr_re_operands(re, top, &n);
        SetId s;
        GR_TRY(gr_step(re->env, 1));
        for (uint32_t i = 0; i < n; i++)
            if (gr_map_find(&e->of, kid[i]) == NULL)
                GR_TRY(gr_vec_push(re->env, &e->todo, kid[i]));
        if (e->todo.n > before) continue;
        if (gr_map_find(&e->of, top.v) == NULL) {
            GR_TRY(ends_of(e, top, &s));
            GR_TRY(gr_map_put(re->env, &e->of, top.v, s.v));
        }
        e->todo.n--;
    }
    return GRAM_OK;
}

gram_status gr_re_none_by_ends(GrRe *re, ReId a, bool *none)
{
    Ends e = {.re = re};
    uint32_t n = 1;
    *none = false;
    if (gr_re_nullable(re, a)) return GRAM_OK;
    gram_status st = find_ends(&e, a);
    if (st == GRAM_OK) gr_set_get(re, ends_at(&e, a.v), &n);
    *none = n == 0;
    gr_vec_clear(re->env, &e.todo);
    gr_map_clear(re->env, &e.of);
    return st;
}
