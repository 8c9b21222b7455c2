/* Is there any word, and do words go on for ever?  Walks over derivatives.
 *
 * Emptiness: a depth-first search for a term that plainly has a word.  When
 * one is found, all terms on the path to it have words too; when the search
 * closes without one, nothing it has seen has any.  So one search decides
 * many terms, and no strongly connected components are needed.  Depth first
 * rather than breadth first, because under a large count a wide search would
 * visit the product and a deep one a single path.  Where a few characters on
 * there is no word yet, the term that is nearest goes on (re_order.c).
 * An intersection whose bounds of lengths exclude each other is not searched,
 * nor, once the search is long, one whose letters do (re_letters.c); then the
 * question is put to the term without large counts, too (re_widen.c).
 * First of all the way is tried that the search before took to its word; then,
 * of an intersection, a shortest word of the part that needs the longest.
 * A term under a length bound, any{n,m} & x, is first asked for the lengths
 * of x: that is arithmetic where the product would have to be walked. */
#include "regex/re_search.h"

bool gr_re_nullable(const GrRe *re, ReId a)
{
    return gr_re_node(re, a)->nullable;
}

/* Terms that letters may tell nothing of, and how many more for each that they
 * rule out. */
enum { PATIENCE = 64, GAINED = 8 };

/* --- emptiness ------------------------------------------------------------ */

void gr_search_clear(GrEnv *env, Search *s)
{
    gr_vec_clear(env, &s->term);
    gr_vec_clear(env, &s->from);
    gr_vec_clear(env, &s->todo);
    gr_vec_clear(env, &s->far);
    gr_vec_clear(env, &s->done);
    gr_map_clear(env, &s->seen);
}

/* A term is found once, by whoever comes first. */
gram_status gr_search_add(GrEnv *env, Search *s, uint32_t term, uint32_t from,
                          bool *is_new)
{
    *is_new = gr_map_find(&s->seen, term) == NULL;
    if (!*is_new) return GRAM_OK;
    GR_TRY(gr_map_put(env, &s->seen, term, s->term.n));
    GR_TRY(gr_vec_push(env, &s->todo, s->term.n));
    GR_TRY(gr_vec_push(env, &s->from, from));
    return gr_vec_push(env, &s->term, term);
}

/* i leads to a word, and so does everything that led to i.  Stops at what is
 * known, whose finders are known too; the root finds itself. */
static void mark_path(const GrRe *re, const Search *s, uint32_t i)
{
    for (;; i = s->from.at[i]) {
        if (gr_re_life(re, s->term.at[i]) == RE_SOME) return;
        gr_re_set_life(re, s->term.at[i], RE_SOME);
    }
}

/* Is the term empty by the bounds of its lengths alone?  Then it says so. */
static gram_status by_bounds(GrRe *re, ReId a, bool *empty)
{
    uint32_t low, most;
    *empty = false;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    GR_TRY(gr_re_bounds(re, a, &low, &most));
    *empty = low > most;
    if (*empty) gr_re_set_life(re, a.v, RE_EMPTY);
    return GRAM_OK;
}

/* For its letters.  That takes as long as ten derivatives, so it is tried as
 * long as it tells something now and then. */
static gram_status rule_out(GrRe *re, Search *s, ReId a, bool *empty)
{
    GR_TRY(gr_re_none_by_letters(re, a, empty));
    if (*empty)
        gr_re_set_life(re, a.v, RE_EMPTY);
    else
        s->patience--;
    if (*empty && s->patience < PATIENCE) s->patience += GAINED;
    return GRAM_OK;
}

/* Find the successors of term i; *found if one of them has a word, the one
 * behind *c.  Later classes first, which puts the first one on top of the list:
 * it goes on with the least character. */
static gram_status expand(GrRe *re, Search *s, uint32_t i, bool *found,
                          uint32_t *c)
{
    ReId a = {s->term.at[i]}, d;
    uint32_t part;
    bool is_new, empty;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = p->n_classes; --k > 0 && !*found;) {
        *c = p->first[k];
        GR_TRY(gr_re_derive(re, a, *c, &d));
        *found = gr_re_life(re, d.v) == RE_SOME;
        if (gr_re_life(re, d.v) != RE_UNSURE) continue;
        GR_TRY(by_bounds(re, d, &empty));
        if (!empty && s->patience > 0) GR_TRY(rule_out(re, s, d, &empty));
        if (!empty) GR_TRY(gr_search_add(re->env, s, d.v, i, &is_new));
    }
    return gr_step(re->env, p->n_classes);
}

gram_status gr_search_char(GrRe *re, ReId i, uint32_t j, uint32_t *c)
{
    ReId d = {RE_NONE};
    const RePart *p = gr_re_part_get(re, gr_re_node(re, i)->part - 1);
    for (uint32_t k = 1; k < p->n_classes && d.v != j; k++) {
        *c = p->first[k];
        GR_TRY(gr_re_derive(re, i, *c, &d));
    }
    return gr_step(re->env, p->n_classes);
}

/* --- a guess -------------------------------------------------------------- */

enum { GUESS_MOST = 64 };

/* The conjunct of which no word is as short as of the others. */
static gram_status neediest(GrRe *re, ReId a, ReId *out, uint32_t *low)
{
    uint32_t n, least, most;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *low = 0;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_re_bounds(re, gr_re_id(kid[i]), &least, &most));
        if (least <= *low) continue;
        *low = least;
        *out = gr_re_id(kid[i]);
    }
    return gr_step(re->env, n);
}

/* Read *c where that leaves fewer characters to come than *low. */
static gram_status come_nearer(GrRe *re, ReId *a, uint32_t *low, uint32_t *c,
                               bool *found)
{
    uint32_t part, least, most;
    ReId d;
    GR_TRY(gr_re_part(re, *a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    *found = false;
    for (uint32_t k = 1; k < p->n_classes && !*found; k++) {
        *c = p->first[k];
        GR_TRY(gr_re_derive(re, *a, *c, &d));
        GR_TRY(gr_re_bounds(re, d, &least, &most));
        *found = least < *low;
    }
    if (*found) {
        *a = d;
        *low = least;
    }
    return gr_step(re->env, p->n_classes);
}

/* Is c[0..n) a word of a?  Each part of a is derived by itself: no term of the
 * product is made. */
static gram_status try_word(GrRe *re, ReId a, const uint32_t *c, uint32_t n)
{
    char text[4 * GUESS_MOST];
    uint32_t len = 0;
    bool found;
    for (uint32_t i = 0; i < n; i++) len += gr_utf8_put(c[i], text + len);
    GR_TRY(gr_re_holds(re, a, text, len, &found));
    return found ? gr_way_set(re, c, n) : GRAM_OK;
}

/* Is a shortest word of the conjunct that needs most one of all the others,
 * too?  Behind two parentheses, that is the two that close them. */
static gram_status try_guess(GrRe *re, ReId a)
{
    uint32_t c[GUESS_MOST], low, n = 0;
    bool found = true;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    ReId part = a;
    GR_TRY(neediest(re, a, &part, &low));
    if (low > GUESS_MOST) return GRAM_OK;
    while (low > 0 && found)
        GR_TRY(come_nearer(re, &part, &low, &c[n++], &found));
    return found ? try_word(re, a, c, n) : GRAM_OK;
}

/* --- without large counts ------------------------------------------------- */

/* The length of a shortest word of d, if that is less than *least; `search`
 * for it, where it is not known. */
static gram_status come_less(GrRe *re, ReId d, bool search, uint32_t *least)
{
    uint32_t low, most, exact;
    bool none;
    GR_TRY(gr_re_bounds(re, d, &low, &most));
    exact = gr_re_least_known(re, d);
    if (search && low < *least) {
        GR_TRY(gr_re_is_none(re, d, &none));
        if (!none) GR_TRY(gr_re_least_exact(re, d, &exact));
    }
    if (exact < *least) *least = exact;
    return GRAM_OK;
}

/* What follows `a` on a shortest word of it, which has *least characters: what
 * was met in the search for that, mostly. */
static gram_status next_of_word(GrRe *re, ReId *a, uint32_t *least, uint32_t *c)
{
    uint32_t part, before = *least;
    ReId d = *a;
    GR_TRY(gr_re_part(re, *a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t k = 1; k < p->n_classes && *least == before; k++) {
            *c = p->first[k];
            GR_TRY(gr_re_derive(re, *a, *c, &d));
            GR_TRY(come_less(re, d, i == 1, least));
        }
    *a = d;
    return gr_step(re->env, p->n_classes);
}

/* The term without large counts (re_widen.c) has no word, or a shortest one of
 * it is a word of a, too. */
static gram_status ask_wider(GrRe *re, ReId a, ReId wide)
{
    uint32_t c[GUESS_MOST], least, most, n = 0;
    bool none;
    GR_TRY(gr_re_is_none(re, wide, &none));
    if (none) return gr_re_set_life(re, a.v, RE_EMPTY), GRAM_OK;
    GR_TRY(gr_re_bounds(re, wide, &least, &most));
    if (least > GUESS_MOST) return GRAM_OK;
    GR_TRY(gr_re_least_exact(re, wide, &least));
    if (least > GUESS_MOST) return GRAM_OK;
    while (least > 0) GR_TRY(next_of_word(re, &wide, &least, &c[n++]));
    return try_word(re, a, c, n);
}

/* A count from here on is large. */
enum { LARGE = 16 };

/* What is met on the way is not widened once more: so calls are few deep. */
static gram_status by_widening(GrRe *re, ReId a)
{
    ReId wide;
    if (re->widened || gr_re_life(re, a.v) != RE_UNSURE) return GRAM_OK;
    GR_TRY(gr_re_widen(re, a, LARGE, &wide));
    if (wide.v == a.v) return GRAM_OK;
    re->widened = true;
    gram_status st = ask_wider(re, a, wide);
    re->widened = false;
    return st;
}

/* --- searching ------------------------------------------------------------ */

/* Terms before the nearest go first, and before what cannot be, and large
 * counts, are left out; and the oldest goes on as each fourth. */
enum { DEPTH_FIRST = 8, UNTRIMMED = 32, OLDEST = 4 };

/* The term that goes on as the n-th one. */
static gram_status next_term(GrRe *re, Search *s, uint32_t n, uint32_t *i)
{
    if (n == DEPTH_FIRST) GR_TRY(gr_search_order(re, s, 0));
    *i = n < DEPTH_FIRST ? s->todo.at[--s->todo.n]
                         : gr_search_next(s, n > UNTRIMMED && n % OLDEST == 0);
    return GRAM_OK;
}

/* Decide by letters, by the last ones, or by what is left of a term when it is
 * trimmed, if that is another one.  It is not trimmed again, so that this is at
 * most two calls deep. */
static gram_status by_letters(GrRe *re, ReId a)
{
    ReId less;
    bool none;
    GR_TRY(gr_re_none_by_letters(re, a, &none));
    if (!none) GR_TRY(gr_re_none_by_ends(re, a, &none));
    if (none) return gr_re_set_life(re, a.v, RE_EMPTY), GRAM_OK;
    GR_TRY(gr_re_trim(re, a, &less));
    if (less.v == a.v) return GRAM_OK;
    GR_TRY(gr_re_is_none(re, less, &none));
    gr_re_set_life(re, a.v, none ? RE_EMPTY : RE_SOME);
    return GRAM_OK;
}

/* Enough to see that a rule on the whole of a name holds, or does not. */
enum { SHORT_MOST = 256 };

static gram_status search_words(GrRe *re, Search *s, ReId root);

/* Is it empty, as a short search can tell? */
static gram_status search_part(GrRe *re, ReId a, bool *none)
{
    Search s = {.short_one = true};
    gram_status st = GRAM_OK;
    if (gr_re_life(re, a.v) == RE_UNSURE) st = search_words(re, &s, a);
    gr_search_clear(re->env, &s);
    *none = st == GRAM_OK && gr_re_life(re, a.v) == RE_EMPTY;
    return st;
}

/* Has a part of a no word of these letters? */
static gram_status try_part(GrRe *re, ReId a, ReId letters, ReId part,
                            bool *none)
{
    GR_TRY(gr_re_and(re, (ReId[]){letters, part}, 2, &part));
    *none = false;
    return part.v == a.v ? GRAM_OK : search_part(re, part, none);
}

/* The same of an operand; each of what a complement rules out is a part. */
static gram_status try_kid(GrRe *re, ReId a, ReId letters, ReId kid, bool *none)
{
    const ReNode *node = gr_re_node(re, kid);
    uint32_t n = 1;
    const uint32_t *out = &node->a;
    if (node->kind != RE_NOT) return try_part(re, a, letters, kid, none);
    if (gr_re_node(re, gr_re_id(node->a))->kind == RE_OR)
        out = gr_re_kids(re, gr_re_id(node->a), &n);
    for (uint32_t i = 0; i < n && !*none; i++) {
        GR_TRY(gr_re_not(re, gr_re_id(out[i]), &kid));
        GR_TRY(try_part(re, a, letters, kid, none));
    }
    return GRAM_OK;
}

/* An intersection is empty where one of its parts has no word of the letters
 * that all of them have, whatever the other parts say besides.  It does not
 * hold "", or it would have a word for sure. */
static gram_status by_parts(GrRe *re, ReId a)
{
    SetId set;
    ReId letters;
    uint32_t n;
    bool any, none = false;
    if (gr_re_life(re, a.v) != RE_UNSURE) return GRAM_OK;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    GR_TRY(gr_re_exact_letters(re, a, &set, &any));
    if (any) return GRAM_OK;
    GR_TRY(gr_re_set(re, set, &letters));
    GR_TRY(gr_re_repeat(re, letters, 1, GR_RE_INF, &letters));
    const uint32_t *kid = gr_re_kids(re, a, &n);
    for (uint32_t i = 0; i < n && !none; i++)
        GR_TRY(try_kid(re, a, letters, gr_re_id(kid[i]), &none));
    if (none) gr_re_set_life(re, a.v, RE_EMPTY);
    return gr_step(re->env, n);
}

/* Is a long search not needed after all? */
static gram_status by_other_means(GrRe *re, ReId a)
{
    GR_TRY(by_letters(re, a));
    GR_TRY(by_parts(re, a));
    return by_widening(re, a);
}

/* When the list is empty without a word, every term found is closed under
 * derivatives and none of them holds "": all are empty. */
static gram_status search_words(GrRe *re, Search *s, ReId root)
{
    bool found = false, is_new;
    uint32_t c, i;
    GR_TRY(gr_search_add(re->env, s, root.v, 0, &is_new));
    for (uint32_t n = 0; n < s->term.n; n++) {
        if (s->short_one && n == SHORT_MOST) return GRAM_OK;
        if (n == UNTRIMMED && !s->short_one) {
            GR_TRY(by_other_means(re, root));
            if (gr_re_life(re, root.v) != RE_UNSURE) return GRAM_OK;
            s->patience = PATIENCE;
        }
        GR_TRY(next_term(re, s, n, &i));
        uint32_t from = s->todo.n;
        GR_TRY(expand(re, s, i, &found, &c));
        if (found) {
            /* i has a derivative with a word: i, and all that led to it */
            mark_path(re, s, i);
            return gr_way_keep(re, s, i, c);
        }
        if (n >= DEPTH_FIRST) GR_TRY(gr_search_order(re, s, from));
    }
    for (i = 0; i < s->term.n; i++) gr_re_set_life(re, s->term.at[i], RE_EMPTY);
    return GRAM_OK;
}

/* any{lo,hi} & rest, with lo large enough to be worth it?  Then *rest. */
static gram_status split_lengths(GrRe *re, ReId a, RePower *bound, ReId *rest)
{
    enum { WORTH = 32 };
    uint32_t n, kept = 0;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    ReVec others = {0};
    gram_status st = gr_vec_reserve(re->env, &others, n);
    *rest = a;
    for (uint32_t i = 0; i < n && st == GRAM_OK; i++) {
        RePower p = gr_re_power(re, gr_re_id(kid[i]));
        if (p.base == re->any && p.lo >= WORTH)
            *bound = p;
        else
            others.at[kept++] = kid[i];
    }
    if (st == GRAM_OK && kept < n)
        st = gr_re_and(re, (const ReId *)others.at, kept, rest);
    gr_vec_clear(re->env, &others);
    return st;
}

/* Lengths of x that lie lo to hi.  Those of what is met while they are found
 * are walked: so calls are few deep. */
static gram_status lengths_near(GrRe *re, ReId x, const RePower *p,
                                GrLengths *out)
{
    if (re->measured) return gr_re_lengths(re, x, out);
    re->measured = true;
    gram_status st = gr_re_lengths_within(
        re, x, p->hi == GR_RE_INF ? p->hi : p->hi - p->lo + 1, out);
    re->measured = false;
    return st;
}

/* any{lo,hi} & x has a word where x has one of such a length. */
static gram_status decide_by_length(GrRe *re, ReId a)
{
    RePower p = {0, 0, 0, 0, 0};
    ReId rest;
    GrLengths len;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    GR_TRY(split_lengths(re, a, &p, &rest));
    if (rest.v == a.v) return GRAM_OK;
    GR_TRY(lengths_near(re, rest, &p, &len));
    bool some = gr_lengths_meet(&len, p.lo, p.hi);
    gr_re_set_life(re, a.v, some ? RE_SOME : RE_EMPTY);
    return GRAM_OK;
}

/* What costs least is asked first; each answer is kept in the node. */
gram_status gr_re_is_none(GrRe *re, ReId a, bool *out)
{
    bool empty;
    if (gr_re_life(re, a.v) == RE_UNSURE) GR_TRY(gr_way_try(re, a));
    if (gr_re_life(re, a.v) == RE_UNSURE) GR_TRY(by_bounds(re, a, &empty));
    if (gr_re_life(re, a.v) == RE_UNSURE) GR_TRY(decide_by_length(re, a));
    if (gr_re_life(re, a.v) == RE_UNSURE) GR_TRY(try_guess(re, a));
    if (gr_re_life(re, a.v) == RE_UNSURE) {
        Search s = {0};
        gram_status st = search_words(re, &s, a);
        gr_search_clear(re->env, &s);
        GR_TRY(st);
    }
    *out = gr_re_life(re, a.v) == RE_EMPTY;
    return GRAM_OK;
}

gram_status gr_re_apart(GrRe *re, ReId a, ReId b, bool *yes)
{
    ReId both;
    GR_TRY(gr_re_and(re, (ReId[]){a, b}, 2, &both));
    *yes = gr_re_life(re, both.v) == RE_EMPTY;
    if (gr_re_life(re, both.v) != RE_UNSURE) return GRAM_OK;
    return gr_re_none_by_letters(re, both, yes);
}

/* --- words without end ---------------------------------------------------- */

enum { ENDLESS_MOST = 256 }; /* terms looked at */

/* Does some word of term i go on?  Its successors that have words are added. */
static gram_status goes_on(GrRe *re, Search *s, uint32_t i, bool *yes)
{
    ReId a = {s->term.at[i]}, d;
    uint32_t part;
    bool is_new, none;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    *yes = false;
    for (uint32_t k = 1; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        GR_TRY(gr_re_is_none(re, d, &none));
        if (none) continue;
        *yes = true;
        GR_TRY(gr_search_add(re->env, s, d.v, i, &is_new));
    }
    return gr_step(re->env, 1);
}

/* All live terms go on: as they are finitely many, for ever. */
static gram_status all_go_on(GrRe *re, Search *s, ReId a, bool *yes)
{
    bool is_new;
    GR_TRY(gr_search_add(re->env, s, a.v, 0, &is_new));
    for (uint32_t i = 0; i < s->term.n && *yes; i++) {
        GR_TRY(goes_on(re, s, i, yes));
        *yes = *yes && s->term.n <= ENDLESS_MOST;
    }
    return GRAM_OK;
}

gram_status gr_re_endless(GrRe *re, ReId a, bool *out)
{
    Search s = {0};
    bool none;
    GR_TRY(gr_re_is_none(re, a, &none));
    *out = !none;
    gram_status st = none ? GRAM_OK : all_go_on(re, &s, a, out);
    gr_search_clear(re->env, &s);
    return st;
}
