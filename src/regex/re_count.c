/* How many words has a language, up to a cap?  And does what is counted at its
 * end say how long they are (gr_re_unbound)?
 *
 * Counting goes level by level and counts ways, (term, number of prefixes
 * that lead there), over terms that are not empty: each way is at least one
 * more word, so reaching `cap` ways ends it, and a level deeper than the
 * number of terms seen means a loop.
 *
 * Fixed heads (a literal, a counted set) are taken off first and are a factor,
 * so that long literals cost nothing. */
#include "regex/re_search.h"

/* Is a = s{n,n} tail?  Then what is left is *tail. */
bool gr_re_fixed_head(const GrRe *re, ReId a, RePower *head, ReId *tail)
{
    const ReNode *n = gr_re_node(re, a);
    bool cat = n->kind == RE_CAT;
    *head = gr_re_power(re, cat ? gr_re_id(n->a) : a);
    *tail = cat ? gr_re_id(n->b) : gr_re_eps(re);
    return head->lo == head->hi && head->lo != GR_RE_INF &&
           gr_re_node(re, gr_re_id(head->base))->kind == RE_SET;
}

/* The last part of a, behind at most `room` that have one length each; *len is
 * theirs. */
static RePower last_part(const GrRe *re, ReId a, uint32_t room, uint64_t *len)
{
    RePower head;
    ReId tail;
    *len = 0;
    for (; room > 0 && gr_re_fixed_head(re, a, &head, &tail); room--) {
        *len += head.lo;
        a = tail;
    }
    return gr_re_power(re, a);
}

gram_status gr_re_unbound(GrRe *re, ReId a, ReId *out, uint32_t *most)
{
    enum { HEADS = 8, LEAST = 16 };
    ReId part[HEADS + 1], tail;
    RePower head;
    uint32_t n;
    uint64_t len;
    RePower last = last_part(re, a, HEADS, &len);
    *out = a;
    *most = GR_RE_INF;
    if (last.hi - last.lo < LEAST || last.hi >= GR_RE_INF - len ||
        gr_re_node(re, gr_re_id(last.base))->kind != RE_SET)
        return GRAM_OK;
    for (n = 0; gr_re_fixed_head(re, a, &head, &tail); n++, a = tail)
        GR_TRY(
            gr_re_repeat(re, gr_re_id(head.base), head.lo, head.hi, &part[n]));
    GR_TRY(gr_re_repeat(re, gr_re_id(last.base), last.lo, GR_RE_INF, &part[n]));
    *most = (uint32_t)len + last.hi;
    return gr_re_seq(re, part, n + 1, out);
}

SetId gr_re_base_set(const GrRe *re, const RePower *p)
{
    return (SetId){gr_re_node(re, gr_re_id(p->base))->a};
}

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
    for (uint32_t k = 1; k < p->n_classes && !*loop; k++) {
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
    GR_TRY(gr_re_part_open(re, p));
    size->n = 0;
    GR_TRY(gr_vec_reserve(re->env, size, p->n_classes));
    class_sizes(p, size->at);
    for (uint32_t k = 1; k < p->n_classes; k++) {
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
    while (a.v != RE_EPS && gr_re_fixed_head(re, a, &head, &tail)) {
        factor *= count_powers(set_size(re, gr_re_base_set(re, &head)), head.lo,
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
        *out = count_powers(set_size(re, gr_re_base_set(re, &head)), head.lo,
                            head.hi, cap);
    else
        GR_TRY(count_general(re, a, cap, out));
    *out = capped(factor * *out, cap);
    return GRAM_OK;
}
