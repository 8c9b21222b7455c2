/* The lengths of the words of a term.
 *
 * Most terms have an interval of lengths, and for those it is computed from
 * the term alone, whatever the numbers:
 *
 *     s 1..1      x y  the sums      x | y  the union, if the parts touch
 *     x{n,m}      n least .. m most, if consecutive multiples touch
 *
 * Everything else walks.  With S(0) = {a} and S(n+1) all derivatives of the
 * terms in S(n), length n is present iff S(n) holds a nullable term.  There
 * are finitely many terms, so S repeats: S(n) = S(m), n > m, makes the
 * lengths periodic from m on with period n - m.  (The subset construction
 * for the image under "every character is one letter".)  The sets are
 * interned, level n having id n, so that the first id that is not new ends
 * the walk.
 *
 * Emptiness is never asked here: a term without words contributes nothing
 * but steps, and gr_re_is_none itself asks for lengths. */
#include "regex/re_pool.h"

bool gr_lengths_has(const GrLengths *l, uint64_t n)
{
    if (l->none || n < l->least || (l->most != UINT32_MAX && n > l->most))
        return false;
    if (l->contiguous) return true;
    if (n >= l->size) {
        if (l->period == 0) return false;
        n = l->size - l->period + (n - l->size) % l->period;
    }
    return gr_bit_get(l->bits, (uint32_t)n);
}

bool gr_lengths_meet(const GrLengths *l, uint32_t lo, uint32_t hi)
{
    if (lo < l->least) lo = l->least;
    if (l->most < hi) hi = l->most;
    if (l->none || lo > hi) return false;
    /* a whole period after the last bit says all there is to say */
    uint64_t end = (uint64_t)(lo > l->size ? lo : l->size) + l->period;
    if (hi < end) end = hi;
    for (uint64_t n = lo; n <= end; n++)
        if (gr_lengths_has(l, n)) return true;
    return false;
}

static gram_status keep(GrRe *re, ReNode *node, const GrLengths *l)
{
    uint32_t id;
    GR_TRY(gr_store_add(re->env, &re->lengths, 1, &id));
    *(GrLengths *)gr_store_at(&re->lengths, id) = *l;
    node->lengths = id + 1;
    return GRAM_OK;
}

static const GrLengths *kept(const GrRe *re, const ReNode *node)
{
    return gr_store_at(&re->lengths, node->lengths - 1);
}

/* --- intervals from the term -------------------------------------------------------- */

/* a + b, a * b with UINT32_MAX infinite; UINT32_MAX - 1 and more of a finite
 * result is refused. */
static bool sum(uint32_t a, uint32_t b, uint32_t *out)
{
    bool inf = a == UINT32_MAX || b == UINT32_MAX;
    if (!inf && (uint64_t)a + b >= UINT32_MAX) return false;
    *out = inf ? UINT32_MAX : a + b;
    return true;
}

static bool product(uint32_t a, uint32_t b, uint32_t *out)
{
    bool inf = a == UINT32_MAX || b == UINT32_MAX;
    uint64_t p = (uint64_t)a * b;
    if (!inf && p >= UINT32_MAX) return false;
    *out = p == 0 ? 0 : inf ? UINT32_MAX : (uint32_t)p;
    return true;
}

static bool span_of_repeat(const ReNode *n, const GrLengths *x, GrLengths *l)
{
    uint64_t k = n->lo, least = x->least, most = x->most;
    bool touch = k == 0 ? least <= 1
                        : x->most == UINT32_MAX ||
                              least * (k + 1) <= most * k + 1;
    return (touch || n->lo == n->hi) && product(x->least, n->lo, &l->least) &&
           product(x->most, n->hi, &l->most);
}

static uint32_t chars_in(const char *p, uint32_t len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) n += (p[i] & 0xC0) != 0x80;
    return n;
}

/* The lengths of words, as rows (least, most) for join_rows. */
static gram_status rows_of_words(GrRe *re, const ReNode *node, ReVec *rows)
{
    for (uint32_t i = node->lo; i < node->hi; i++) {
        uint32_t len;
        const char *p = gr_words_text(re, node, i, &len);
        uint32_t chars = chars_in(p, len);
        GR_TRY(gr_step(re->env, len + 1));
        GR_TRY(gr_vec_push(re->env, rows, chars));
        GR_TRY(gr_vec_push(re->env, rows, chars));
    }
    return GRAM_OK;
}

static gram_status rows_of_union(GrRe *re, ReId a, ReVec *rows)
{
    uint32_t n;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    for (uint32_t i = 0; i < n; i++) {
        const GrLengths *x = kept(re, gr_re_node(re, gr_re_id(kid[i])));
        GR_TRY(gr_vec_push(re->env, rows, x->least));
        GR_TRY(gr_vec_push(re->env, rows, x->most));
    }
    return GRAM_OK;
}

/* Do the intervals in `rows` leave no gap?  Then their union. */
static bool join_rows(ReVec *rows, GrLengths *l)
{
    uint32_t n = rows->n / 2, *r = rows->at;
    gr_re_sort(r, n, 2);
    l->least = r[0];
    l->most = r[1];
    for (uint32_t i = 1; i < n; i++) {
        if (l->most != UINT32_MAX && r[2 * i] > l->most + 1) return false;
        if (r[2 * i + 1] > l->most) l->most = r[2 * i + 1];
    }
    return true;
}

static gram_status span_of_rows(GrRe *re, ReId a, GrLengths *l, bool *yes)
{
    const ReNode *node = gr_re_node(re, a);
    ReVec rows = {0};
    gram_status st = node->kind == RE_WORDS ? rows_of_words(re, node, &rows)
                                            : rows_of_union(re, a, &rows);
    if (st == GRAM_OK) *yes = join_rows(&rows, l);
    gr_vec_clear(re->env, &rows);
    return st;
}

/* The interval of a, those of its operands being known. */
static gram_status span_of(GrRe *re, ReId a, GrLengths *l, bool *yes)
{
    const ReNode *n = gr_re_node(re, a), *x, *y;
    *yes = true;
    l->most = UINT32_MAX;
    switch ((ReKind)n->kind) {
    case RE_ALL: return GRAM_OK;
    case RE_EPS: return l->most = 0, GRAM_OK;
    case RE_SET: return l->least = l->most = 1, GRAM_OK;
    case RE_WORDS:
    case RE_OR: return span_of_rows(re, a, l, yes);
    case RE_CAT:
        x = gr_re_node(re, gr_re_id(n->a));
        y = gr_re_node(re, gr_re_id(n->b));
        *yes = sum(kept(re, x)->least, kept(re, y)->least, &l->least) &&
               sum(kept(re, x)->most, kept(re, y)->most, &l->most);
        return GRAM_OK;
    case RE_REP:
        x = gr_re_node(re, gr_re_id(n->a));
        *yes = span_of_repeat(n, kept(re, x), l);
        return GRAM_OK;
    default: return *yes = false, GRAM_OK;
    }
}

/* The operands whose intervals make that of a. */
static const uint32_t *span_kids(const GrRe *re, ReId a, uint32_t *n)
{
    const ReNode *node = gr_re_node(re, a);
    *n = node->kind == RE_CAT ? 2 : node->kind == RE_REP ? 1
       : node->kind == RE_OR  ? node->lo : 0;
    return gr_intern_get(&re->terms, a.v, NULL) + 1;
}

/* Settle a, or put the operands it waits for above it. */
static gram_status span_visit(GrRe *re, ReId a, ReVec *todo)
{
    uint32_t n, before = todo->n;
    bool yes = true;
    const uint32_t *kid = span_kids(re, a, &n);
    ReNode *node = gr_re_node(re, a);
    GR_TRY(gr_step(re->env, n + 1));
    for (uint32_t i = 0; i < n; i++) {
        uint8_t span = gr_re_node(re, gr_re_id(kid[i]))->span;
        if (span == RE_SPAN_UNKNOWN)
            GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        yes &= span != RE_SPAN_NO;
    }
    if (yes && todo->n > before) return GRAM_OK;
    todo->n = before - 1;
    GrLengths l = {.contiguous = true};
    if (yes) GR_TRY(span_of(re, a, &l, &yes));
    if (yes && node->lengths == 0) GR_TRY(keep(re, node, &l));
    node->span = yes ? RE_SPAN_YES : RE_SPAN_NO;
    return GRAM_OK;
}

static gram_status span_run(GrRe *re, ReId a, ReVec *todo)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        ReId top = {todo->at[todo->n - 1]};
        if (gr_re_node(re, top)->span != RE_SPAN_UNKNOWN)
            todo->n--;
        else
            GR_TRY(span_visit(re, top, todo));
    }
    return GRAM_OK;
}

/* --- walking ------------------------------------------------------------------------ */

typedef struct Walk {
    ReVec term;       /* terms met */
    GrMap index;      /* term -> its place in `term` */
    ReVec first;      /* [terms + 1] of those expanded: into succ */
    ReVec succ;       /* places of successors */
    ReVec now, next;  /* S(n), S(n+1): places, ascending */
    ReVec stamp;      /* [terms] the last level it was put into, + 1 */
    GrIntern levels;  /* the S(n) */
    ReVec bits;
} Walk;

static void walk_clear(GrEnv *env, Walk *w)
{
    gr_vec_clear(env, &w->term);
    gr_map_clear(env, &w->index);
    gr_vec_clear(env, &w->first);
    gr_vec_clear(env, &w->succ);
    gr_vec_clear(env, &w->now);
    gr_vec_clear(env, &w->next);
    gr_vec_clear(env, &w->stamp);
    gr_intern_clear(env, &w->levels);
    gr_vec_clear(env, &w->bits);
}

static gram_status walk_place(GrRe *re, Walk *w, uint32_t term, uint32_t *at)
{
    uint32_t *known = gr_map_find(&w->index, term);
    if (known != NULL) return *at = *known, GRAM_OK;
    *at = w->term.n;
    GR_TRY(gr_map_put(re->env, &w->index, term, *at));
    GR_TRY(gr_vec_push(re->env, &w->stamp, 0));
    GR_TRY(gr_vec_push(re->env, &w->first, UINT32_MAX));
    GR_TRY(gr_vec_push(re->env, &w->first, 0));
    return gr_vec_push(re->env, &w->term, term);
}

/* Find the successors of the term at place i: first[2 i] .. first[2 i + 1]
 * of succ. */
static gram_status walk_expand(GrRe *re, Walk *w, uint32_t i)
{
    ReId a = {w->term.at[i]}, d;
    uint32_t part, at;
    if (w->first.at[2 * i] != UINT32_MAX) return GRAM_OK;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    w->first.at[2 * i] = w->succ.n;
    for (uint32_t k = 0; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        if (gr_re_node(re, d)->life == RE_EMPTY) continue;
        GR_TRY(walk_place(re, w, d.v, &at));
        GR_TRY(gr_vec_push(re->env, &w->succ, at));
    }
    w->first.at[2 * i + 1] = w->succ.n;
    return gr_step(re->env, p->n_classes);
}

static gram_status walk_level(GrRe *re, Walk *w, uint32_t level)
{
    w->next.n = 0;
    for (uint32_t i = 0; i < w->now.n; i++) {
        uint32_t at = w->now.at[i];
        GR_TRY(walk_expand(re, w, at));
        uint32_t from = w->first.at[2 * at], to = w->first.at[2 * at + 1];
        GR_TRY(gr_step(re->env, to - from + 1));
        for (uint32_t k = from; k < to; k++) {
            uint32_t s = w->succ.at[k];
            if (w->stamp.at[s] == level + 1) continue;
            w->stamp.at[s] = level + 1;
            GR_TRY(gr_vec_push(re->env, &w->next, s));
        }
    }
    gr_re_sort(w->next.at, w->next.n, 1);
    ReVec t = w->now;
    w->now = w->next;
    w->next = t;
    return GRAM_OK;
}

static gram_status walk_bit(GrRe *re, Walk *w, uint32_t level)
{
    if (level % 32 == 0) GR_TRY(gr_vec_push(re->env, &w->bits, 0));
    for (uint32_t i = 0; i < w->now.n; i++)
        if (gr_re_nullable(re, gr_re_id(w->term.at[w->now.at[i]])))
            gr_bit_set(w->bits.at, level);
    return GRAM_OK;
}

/* Walk until S repeats: *size levels, the last *period of them for ever. */
static gram_status walk_run(GrRe *re, Walk *w, ReId a, uint32_t *size,
                            uint32_t *period)
{
    uint32_t at, id;
    gr_intern_init(&w->levels);
    GR_TRY(walk_place(re, w, a.v, &at));
    GR_TRY(gr_vec_push(re->env, &w->now, at));
    for (uint32_t level = 0;; level++) {
        GR_TRY(gr_step(re->env, w->now.n + 1));
        GR_TRY(gr_intern(re->env, &w->levels, w->now.at, w->now.n, &id,
                         NULL));
        *size = level;
        *period = level - id;
        if (id < level) return GRAM_OK;
        GR_TRY(walk_bit(re, w, level));
        GR_TRY(walk_level(re, w, level));
    }
}

/* least, most, contiguous, none of `size` bits. */
static void measure(const uint32_t *bits, GrLengths *l)
{
    uint32_t first = l->size, last = 0, n = 0, cycle = 0;
    for (uint32_t i = 0; i < l->size; i++) {
        if (!gr_bit_get(bits, i)) continue;
        if (n++ == 0) first = i;
        last = i;
        cycle += i >= l->size - l->period;
    }
    l->none = n == 0;
    l->least = n ? first : 0;
    l->most = cycle ? UINT32_MAX : last;
    if (cycle == 0) l->period = 0;
    if (cycle == 0) l->size = n ? last + 1 : 0;
    l->contiguous = n > 0 && n == l->size - first;
}

static gram_status keep_walk(GrRe *re, ReId a, const Walk *w, GrLengths *l)
{
    measure(w->bits.at, l);
    if (l->contiguous || l->none) {
        l->size = l->period = 0;
    } else {
        l->bits = (const uint32_t *)(const void *)gr_arena_copy(
            re->env, &re->arena, w->bits.at,
            gr_bit_words(l->size) * sizeof *l->bits);
        if (l->bits == NULL) return GRAM_E_MEMORY;
    }
    return keep(re, gr_re_node(re, a), l);
}

static gram_status walk(GrRe *re, ReId a)
{
    Walk w = {0};
    GrLengths l = {0};
    gram_status st = walk_run(re, &w, a, &l.size, &l.period);
    if (st == GRAM_OK) st = keep_walk(re, a, &w, &l);
    walk_clear(re->env, &w);
    return st;
}

gram_status gr_re_lengths(GrRe *re, ReId a, GrLengths *out)
{
    const ReNode *node = gr_re_node(re, a);
    if (node->lengths == 0 && node->span == RE_SPAN_UNKNOWN) {
        ReVec todo = {0};
        gram_status st = span_run(re, a, &todo);
        gr_vec_clear(re->env, &todo);
        GR_TRY(st);
    }
    if (node->lengths == 0) GR_TRY(walk(re, a));
    *out = *kept(re, node);
    return GRAM_OK;
}
