/* Questions about whole languages, answered by walking derivatives.
 *
 * Emptiness: a depth-first search for a term that plainly has a word.  When
 * one is found, all terms on the path to it have words too; when the search
 * closes without one, nothing it has seen has any.  So one search decides
 * many terms, and no strongly connected components are needed.  Depth first
 * rather than breadth first, because under a large count a wide search would
 * visit the product and a deep one a single path.  Where the first path is
 * none, and nor are its neighbours, the term that is nearest goes on: the
 * one whose conjuncts, each for itself, need the fewest characters together.
 * An intersection whose bounds of lengths exclude each other is not searched.
 * A term under a length bound, any{n,m} & x, is first asked for the lengths
 * of x: that is arithmetic where the product would have to be walked.
 *
 * Counting goes level by level and counts ways, (term, number of prefixes
 * that lead there), over terms that are not empty: each way is at least one
 * more word, so reaching `cap` ways ends it, and a level deeper than the
 * number of terms seen means a loop.
 *
 * The shortest word is a breadth-first search with classes in the order of
 * their least members: the first nullable term met was reached by the least
 * of the shortest spellings.  Fixed heads (a literal, a counted set) are
 * taken off first in both, so that long literals cost nothing. */
#include "regex/re_pool.h"

bool gr_re_nullable(const GrRe *re, ReId a)
{
    return gr_re_node(re, a)->nullable;
}

/* --- emptiness ------------------------------------------------------------ */

/* A search: terms found, each with its finder, in a path or done. */
typedef struct Search {
    GrVec(uint32_t) term; /* in order of discovery */
    GrVec(uint32_t) from; /* index of the finder; its own at the root */
    GrVec(uint32_t) todo; /* indexes whose successors are not yet found */
    GrVec(uint64_t) far;  /* by index: see distance */
    GrMap seen;           /* term -> index */
} Search;

static void search_clear(GrEnv *env, Search *s)
{
    gr_vec_clear(env, &s->term);
    gr_vec_clear(env, &s->from);
    gr_vec_clear(env, &s->todo);
    gr_vec_clear(env, &s->far);
    gr_map_clear(env, &s->seen);
}

/* A term is found once, by whoever comes first. */
static gram_status search_add(GrEnv *env, Search *s, uint32_t term,
                              uint32_t from, bool *is_new)
{
    *is_new = gr_map_find(&s->seen, term) == NULL;
    if (!*is_new) return GRAM_OK;
    GR_TRY(gr_map_put(env, &s->seen, term, s->term.n));
    GR_TRY(gr_vec_push(env, &s->todo, s->term.n));
    GR_TRY(gr_vec_push(env, &s->from, from));
    return gr_vec_push(env, &s->term, term);
}

static ReLife life_of(const GrRe *re, uint32_t term)
{
    return (ReLife)gr_re_node(re, gr_re_id(term))->life;
}

static void set_life(const GrRe *re, uint32_t term, ReLife life)
{
    gr_re_node(re, gr_re_id(term))->life = (uint8_t)life;
}

/* i leads to a word, and so does everything that led to i.  Stops at what is
 * known, whose finders are known too; the root finds itself. */
static void mark_path(const GrRe *re, const Search *s, uint32_t i)
{
    for (;; i = s->from.at[i]) {
        if (life_of(re, s->term.at[i]) == RE_SOME) return;
        set_life(re, s->term.at[i], RE_SOME);
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
    if (*empty) set_life(re, a.v, RE_EMPTY);
    return GRAM_OK;
}

/* Find the successors of term i; *found if one of them has a word.  Later
 * classes first, which puts the first one on top of the list: it goes on with
 * the least character. */
static gram_status expand(GrRe *re, Search *s, uint32_t i, bool *found)
{
    ReId a = {s->term.at[i]}, d;
    uint32_t part;
    bool is_new, empty;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = p->n_classes; k-- > 0 && !*found;) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        *found = life_of(re, d.v) == RE_SOME;
        if (life_of(re, d.v) != RE_UNSURE) continue;
        GR_TRY(by_bounds(re, d, &empty));
        if (!empty) GR_TRY(search_add(re->env, s, d.v, i, &is_new));
    }
    return gr_step(re->env, p->n_classes);
}

/* How far a term is from its words: at least so many characters for each of
 * its conjuncts but the longest one, added up, so that progress with any of
 * them counts.  Where no word is so long they would have to overlap: those
 * terms come last. */
static gram_status distance(GrRe *re, ReId a, uint64_t *out)
{
    uint32_t low, most, n, longest = 0, end;
    GR_TRY(gr_re_bounds(re, a, &low, &end));
    *out = low;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *out = 0;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_re_bounds(re, gr_re_id(kid[i]), &low, &most));
        *out += low;
        if (low > longest) longest = low;
    }
    *out -= longest;
    if (*out > end) *out += UINT32_MAX;
    return gr_step(re->env, n);
}

/* Of equal ones the one found last, as depth first would. */
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

/* Put todo[from ..) into the heap before them. */
static gram_status order_todo(GrRe *re, Search *s, uint32_t from)
{
    while (s->far.n < s->term.n) {
        uint64_t far;
        GR_TRY(distance(re, gr_re_id(s->term.at[s->far.n]), &far));
        GR_TRY(gr_vec_push(re->env, &s->far, far));
    }
    for (uint32_t n = from + 1; n <= s->todo.n; n++) climb(s, n);
    return GRAM_OK;
}

enum { DEPTH_FIRST = 256 }; /* terms, before the nearest go first */

/* When the list is empty without a word, every term found is closed under
 * derivatives and none of them holds "": all are empty. */
static gram_status search_words(GrRe *re, Search *s, ReId root)
{
    bool found = false, is_new;
    GR_TRY(search_add(re->env, s, root.v, 0, &is_new));
    for (uint32_t n = 0; s->todo.n > 0; n++) {
        if (n == DEPTH_FIRST) GR_TRY(order_todo(re, s, 0));
        uint32_t i = n < DEPTH_FIRST ? s->todo.at[--s->todo.n]
                                     : take_nearest(s);
        uint32_t from = s->todo.n;
        GR_TRY(expand(re, s, i, &found));
        /* i has a derivative with a word: i, and all that led to it */
        if (found) return mark_path(re, s, i), GRAM_OK;
        if (n >= DEPTH_FIRST) GR_TRY(order_todo(re, s, from));
    }
    for (uint32_t i = 0; i < s->term.n; i++)
        set_life(re, s->term.at[i], RE_EMPTY);
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

/* any{lo,hi} & x has a word where x has one of such a length. */
static gram_status decide_by_length(GrRe *re, ReId a)
{
    RePower p = {0, 0, 0, 0, 0};
    ReId rest;
    GrLengths len;
    if (gr_re_node(re, a)->kind != RE_AND) return GRAM_OK;
    GR_TRY(split_lengths(re, a, &p, &rest));
    if (rest.v == a.v) return GRAM_OK;
    GR_TRY(gr_re_lengths(re, rest, &len));
    bool some = gr_lengths_meet(&len, p.lo, p.hi);
    set_life(re, a.v, some ? RE_SOME : RE_EMPTY);
    return GRAM_OK;
}

/* What costs least is asked first; each answer is kept in the node. */
gram_status gr_re_is_none(GrRe *re, ReId a, bool *out)
{
    bool empty;
    if (life_of(re, a.v) == RE_UNSURE) GR_TRY(by_bounds(re, a, &empty));
    if (life_of(re, a.v) == RE_UNSURE) GR_TRY(decide_by_length(re, a));
    if (life_of(re, a.v) == RE_UNSURE) {
        Search s = {0};
        gram_status st = search_words(re, &s, a);
        search_clear(re->env, &s);
        GR_TRY(st);
    }
    *out = life_of(re, a.v) == RE_EMPTY;
    return GRAM_OK;
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
    for (uint32_t k = 0; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        GR_TRY(gr_re_is_none(re, d, &none));
        if (none) continue;
        *yes = true;
        GR_TRY(search_add(re->env, s, d.v, i, &is_new));
    }
    return gr_step(re->env, 1);
}

/* All live terms go on: as they are finitely many, for ever. */
static gram_status all_go_on(GrRe *re, Search *s, ReId a, bool *yes)
{
    bool is_new;
    GR_TRY(search_add(re->env, s, a.v, 0, &is_new));
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
    search_clear(re->env, &s);
    return st;
}

/* --- fixed heads ---------------------------------------------------------- */

/* Is a = s{n,n} tail?  Then what is left is *tail. */
static bool fixed_head(const GrRe *re, ReId a, RePower *head, ReId *tail)
{
    const ReNode *n = gr_re_node(re, a);
    bool cat = n->kind == RE_CAT;
    *head = gr_re_power(re, cat ? gr_re_id(n->a) : a);
    *tail = cat ? gr_re_id(n->b) : gr_re_eps(re);
    return head->lo == head->hi && head->lo != GR_RE_INF &&
           gr_re_node(re, gr_re_id(head->base))->kind == RE_SET;
}

static SetId base_set(const GrRe *re, const RePower *p)
{
    return (SetId){gr_re_node(re, gr_re_id(p->base))->a};
}

/* --- counting ------------------------------------------------------------- */

static uint32_t capped(uint64_t a, uint32_t cap)
{
    return a < cap ? (uint32_t)a : cap;
}

/* Surrogates are in no set. */
static uint32_t set_size(const GrRe *re, SetId s)
{
    uint32_t n, sum = 0;
    const GrRange *r = gr_set_get(re, s, &n);
    for (uint32_t i = 0; i < n; i++) sum += r[i].hi - r[i].lo + 1;
    return sum;
}

/* How many scalar values each class of p has, into size[0..n_classes). */
static void class_sizes(const RePart *p, uint32_t *size)
{
    memset(size, 0, p->n_classes * sizeof *size);
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t lo = p->start[i], hi = gr_re_part_end(p, i);
        uint32_t n = hi - lo + 1;
        if (lo < RE_SURROGATES && hi >= RE_PAST - 1)
            n -= RE_PAST - RE_SURROGATES;
        size[p->cls[i]] += n;
    }
}

/* Sum of size^k for k in lo..hi, at most cap. */
static uint32_t count_powers(uint32_t size, uint32_t lo, uint32_t hi,
                             uint32_t cap)
{
    uint64_t power = 1, sum = 0;
    if (size == 1) /* a^lo ... a^hi */
        return hi == GR_RE_INF ? cap : capped((uint64_t)hi - lo + 1, cap);
    for (uint32_t k = 0; k < lo && power < cap; k++) power *= size;
    for (uint64_t k = lo; k <= hi && sum < cap; k++) {
        sum += power;
        if (power < cap) power *= size;
    }
    return capped(sum, cap);
}

/* One level of prefixes: term -> ways, and the terms in order. */
typedef struct Level {
    GrMap ways;
    ReVec term;
} Level;

static void level_clear(GrEnv *env, Level *l)
{
    gr_map_clear(env, &l->ways);
    gr_vec_clear(env, &l->term);
}

/* Ways to the same term add up. */
static gram_status level_add(GrEnv *env, Level *l, uint32_t term, uint64_t ways,
                             uint32_t cap)
{
    uint32_t *old = gr_map_find(&l->ways, term);
    if (old != NULL) return *old = capped(*old + ways, cap), GRAM_OK;
    GR_TRY(gr_map_put(env, &l->ways, term, capped(ways, cap)));
    return gr_vec_push(env, &l->term, term);
}

/* Does some character lead from a term back to it?  Where it has a word it then
 * has words without end: seen so at once, where the levels of an intersection
 * would grow to thousands of terms first. */
static gram_status is_loop(GrRe *re, ReId a, bool *loop)
{
    uint32_t part;
    ReId d;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    *loop = false;
    for (uint32_t k = 0; k < p->n_classes && !*loop; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        *loop = d.v == a.v;
    }
    return gr_step(re->env, p->n_classes);
}

/* Everything one character further than `a` by `ways` ways. */
static gram_status level_step(GrRe *re, Level *to, ReId a, uint32_t ways,
                              uint32_t cap, ReVec *size)
{
    uint32_t part;
    ReId d;
    bool none;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    size->n = 0;
    GR_TRY(gr_vec_reserve(re->env, size, p->n_classes));
    class_sizes(p, size->at);
    for (uint32_t k = 0; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        GR_TRY(gr_re_is_none(re, d, &none));
        uint64_t more = (uint64_t)ways * size->at[k];
        if (!none) GR_TRY(level_add(re->env, to, d.v, more, cap));
    }
    return gr_step(re->env, p->n_classes);
}

/* Words that end in this level, and ways that go on, both capped. */
static void level_sum(const GrRe *re, const Level *l, uint64_t *words,
                      uint64_t *ways)
{
    *ways = 0;
    for (uint32_t i = 0; i < l->term.n; i++) {
        uint32_t n = *gr_map_find(&l->ways, l->term.at[i]);
        *ways += n;
        if (gr_re_nullable(re, gr_re_id(l->term.at[i]))) *words += n;
    }
}

typedef struct Counter {
    Level now, next;
    GrMap seen; /* terms met on any level */
    ReVec size;
} Counter;

/* Only ways that lead to a word go on (level_step). */
static gram_status next_level(GrRe *re, Counter *c, uint32_t cap)
{
    level_clear(re->env, &c->next);
    for (uint32_t i = 0; i < c->now.term.n; i++) {
        uint32_t term = c->now.term.at[i];
        GR_TRY(level_step(re, &c->next, gr_re_id(term),
                          *gr_map_find(&c->now.ways, term), cap, &c->size));
        GR_TRY(gr_map_put(re->env, &c->seen, term, 0));
    }
    Level t = c->now;
    c->now = c->next;
    c->next = t;
    return GRAM_OK;
}

static gram_status count_levels(GrRe *re, Counter *c, ReId a, uint32_t cap,
                                uint32_t *out)
{
    uint64_t words = 0, ways;
    GR_TRY(level_add(re->env, &c->now, a.v, 1, cap));
    for (uint32_t depth = 0; c->now.term.n > 0; depth++) {
        level_sum(re, &c->now, &words, &ways);
        /* deeper than there are terms: some path has a loop */
        if (depth > c->seen.n || words >= cap || ways >= cap)
            return *out = cap, GRAM_OK;
        GR_TRY(next_level(re, c, cap));
    }
    return *out = capped(words, cap), GRAM_OK;
}

/* For terms that no formula counts, and that have words. */
static gram_status count_general(GrRe *re, ReId a, uint32_t cap, uint32_t *out)
{
    Counter c = {0};
    bool loop;
    GR_TRY(is_loop(re, a, &loop));
    if (loop) return *out = cap, GRAM_OK;
    gram_status st = count_levels(re, &c, a, cap, out);
    level_clear(re->env, &c.now);
    level_clear(re->env, &c.next);
    gr_map_clear(re->env, &c.seen);
    gr_vec_clear(re->env, &c.size);
    return st;
}

/* Words of s{n,n} tail are |s|^n times those of the tail; what is left is a
 * list, a power, or a general term. */
gram_status gr_re_count(GrRe *re, ReId a, uint32_t cap, uint32_t *out)
{
    uint64_t factor = 1;
    RePower head;
    ReId tail;
    bool none;
    GR_TRY(gr_re_is_none(re, a, &none));
    if (none || cap == 0) return *out = 0, GRAM_OK;
    while (a.v != RE_EPS && fixed_head(re, a, &head, &tail)) {
        factor *= count_powers(set_size(re, base_set(re, &head)), head.lo,
                               head.lo, cap);
        factor = capped(factor, cap);
        a = tail;
        GR_TRY(gr_step(re->env, 1));
    }
    const ReNode *n = gr_re_node(re, a);
    head = gr_re_power(re, a);
    if (a.v == RE_EPS)
        *out = 1;
    else if (n->kind == RE_WORDS)
        *out = capped(n->hi - n->lo, cap);
    else if (gr_re_node(re, gr_re_id(head.base))->kind == RE_SET)
        *out = count_powers(set_size(re, base_set(re, &head)), head.lo, head.hi,
                            cap);
    else
        GR_TRY(count_general(re, a, cap, out));
    *out = capped(factor * *out, cap);
    return GRAM_OK;
}

/* --- the shortest word ---------------------------------------------------- */

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
    for (uint32_t k = 0; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        GR_TRY(gr_re_is_none(re, d, &none));
        if (none) continue;
        GR_TRY(search_add(re->env, &b->s, d.v, i, &is_new));
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
    GR_TRY(search_add(re->env, &b->s, a.v, 0, &is_new));
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
    search_clear(re->env, &b.s);
    gr_vec_clear(re->env, &b.by);
    return st;
}

static gram_status put_power(GrRe *re, const RePower *p, GrText *out)
{
    uint32_t c = least_of(re, base_set(re, p));
    for (uint32_t k = 0; k < p->lo; k++) GR_TRY(put_char(re, out, c));
    return GRAM_OK;
}

/* Fixed heads are the same in each word but for their characters, of which the
 * least is taken. */
static gram_status shortest_tail(GrRe *re, ReId a, GrText *out)
{
    RePower head;
    ReId tail;
    for (; a.v != RE_EPS && fixed_head(re, a, &head, &tail); a = tail)
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
