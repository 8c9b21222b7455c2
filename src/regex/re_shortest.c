/* The shortest word of a language; of several, that of the least characters.
 *
 * A breadth-first search with classes in the order of their least members: the
 * first nullable term met was reached by the least of the shortest spellings.
 * Fixed heads (a literal, a counted set) are spelled first, so that long
 * literals cost nothing. */
#include "regex/re_search.h"

static gram_status put_char(GrRe *re, GrText *out, uint32_t c)
{
    GR_TRY(gr_vec_reserve(re->env, out, 4));
    out->n += gr_utf8_put(c, out->at + out->n);
    return gr_step(re->env, 1);
}

static uint32_t least_of(const GrRe *re, SetId s)
{
    uint32_t n;
    return gr_set_get(re, s, &n)[0].lo;
}

static uint32_t chars_in(const char *p, uint32_t len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) n += (p[i] & 0xC0) != 0x80;
    return n;
}

/* Words are sorted, so of equal lengths the first has the least spelling. */
static gram_status shortest_words(GrRe *re, const ReNode *n, GrText *out)
{
    const char *best = NULL;
    uint32_t best_len = 0, best_chars = UINT32_MAX;
    for (uint32_t i = n->lo; i < n->hi; i++) {
        uint32_t len;
        const char *p = gr_words_text(re, n, i, &len);
        uint32_t chars = chars_in(p, len);
        if (chars >= best_chars) continue;
        best = p;
        best_len = len;
        best_chars = chars;
    }
    GR_TRY(gr_step(re->env, n->hi - n->lo));
    GR_TRY(gr_vec_reserve(re->env, out, best_len));
    if (best_len) memcpy(out->at + out->n, best, best_len);
    out->n += best_len;
    return GRAM_OK;
}

/* Breadth-first: indexes are in the order of (length, spelling). */
typedef struct Shortest {
    Search s;
    ReVec by;      /* the character each term was found by */
    uint32_t next; /* the first index not expanded */
    uint32_t end;  /* index of a nullable term, or UINT32_MAX */
} Shortest;

/* The derivatives of the next term by ascending characters; it ends with the
 * first that holds "". */
static gram_status shortest_expand(GrRe *re, Shortest *b)
{
    uint32_t i = b->next++, part;
    ReId a = {b->s.term.at[i]}, d;
    bool none, is_new;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = 1; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        GR_TRY(gr_re_is_none(re, d, &none));
        if (none) continue;
        GR_TRY(gr_search_add(re->env, &b->s, d.v, i, &is_new));
        if (!is_new) continue;
        GR_TRY(gr_vec_push(re->env, &b->by, p->first[k]));
        if (!gr_re_nullable(re, d)) continue;
        return b->end = b->s.term.n - 1, GRAM_OK;
    }
    return gr_step(re->env, p->n_classes);
}

/* From the end back to the root, and then turned round. */
static gram_status spell(GrRe *re, const Shortest *b, GrText *out)
{
    ReVec path = {0};
    gram_status st = GRAM_OK;
    for (uint32_t i = b->end; i != 0 && st == GRAM_OK; i = b->s.from.at[i])
        st = gr_vec_push(re->env, &path, b->by.at[i]);
    while (path.n > 0 && st == GRAM_OK)
        st = put_char(re, out, path.at[--path.n]);
    gr_vec_clear(re->env, &path);
    return st;
}

/* It ends: the term is not empty. */
static gram_status shortest_run(GrRe *re, Shortest *b, ReId a, GrText *out)
{
    bool is_new;
    GR_TRY(gr_search_add(re->env, &b->s, a.v, 0, &is_new));
    GR_TRY(gr_vec_push(re->env, &b->by, 0));
    b->end = gr_re_nullable(re, a) ? 0 : UINT32_MAX;
    while (b->end == UINT32_MAX) GR_TRY(shortest_expand(re, b));
    return spell(re, b, out);
}

/* Breadth first through derivatives: for terms that no formula spells. */
static gram_status shortest_general(GrRe *re, ReId a, GrText *out)
{
    Shortest b = {0};
    gram_status st = shortest_run(re, &b, a, out);
    gr_search_clear(re->env, &b.s);
    gr_vec_clear(re->env, &b.by);
    return st;
}

static gram_status put_power(GrRe *re, const RePower *p, GrText *out)
{
    uint32_t c = least_of(re, gr_re_base_set(re, p));
    for (uint32_t k = 0; k < p->lo; k++) GR_TRY(put_char(re, out, c));
    return GRAM_OK;
}

/* Fixed heads are the same in each word but for their characters, of which the
 * least is taken. */
static gram_status shortest_tail(GrRe *re, ReId a, GrText *out)
{
    RePower head;
    ReId tail;
    for (; a.v != RE_EPS && gr_re_fixed_head(re, a, &head, &tail); a = tail)
        GR_TRY(put_power(re, &head, out));
    head = gr_re_power(re, a);
    if (gr_re_nullable(re, a)) return GRAM_OK;
    if (gr_re_node(re, a)->kind == RE_WORDS)
        return shortest_words(re, gr_re_node(re, a), out);
    if (gr_re_node(re, gr_re_id(head.base))->kind == RE_SET)
        return put_power(re, &head, out);
    return shortest_general(re, a, out);
}

/* On failure `out` is as it was. */
gram_status gr_re_shortest(GrRe *re, ReId a, GrText *out)
{
    bool none;
    uint32_t before = out->n;
    GR_TRY(gr_re_is_none(re, a, &none));
    if (none)
        return gr_fail(re->env, GRAM_E_EMPTY, GR_NOWHERE,
                       "no string is in this language");
    gram_status st = shortest_tail(re, a, out);
    if (st != GRAM_OK) out->n = before;
    return st;
}
