/* The lengths of the words of a term.
 *
 * Lengths see one letter only, so a term is first projected: every set
 * becomes `any`, words become the union of any{length}, and concatenation,
 * repetition and union stay what they are; a length bound any{n,m} & x stays
 * one too.  The normal form then does the arithmetic, whatever the numbers:
 * x{2,5} (y z)* of two literals is any{2,5} any{2}*, and what comes out as
 * one any{n,m} is an interval.
 *
 * Intersections and complements do not commute with projection.  For those,
 * and for what is left of the others, walk.  With S(0) = {a} and S(n+1) all
 * derivatives of the terms in S(n), length n is present iff S(n) holds a
 * nullable term.  There are finitely many terms, so S repeats: S(n) = S(m),
 * n > m, makes the lengths periodic from m on with period n - m.  (The
 * subset construction for the image under "every character is one letter".)
 * The sets are interned, level n having id n, so that the first id that is
 * not new ends the walk.  Over one letter every S(n) is one term.
 *
 * Whoever asks for the lengths of a term asks for those of its derivatives
 * next, character after character.  So over many letters the walk runs
 * backwards first: T(0) the nullable ones among all terms ahead of a, T(n+1)
 * those with a derivative in T(n).  Length n is present in each term of T(n),
 * and one walk answers for all of them.  It is given up for the forward one
 * where the terms are too many.
 *
 * Emptiness is never asked here: a term without words contributes nothing
 * but steps, and gr_re_is_none itself asks for lengths. */
#include "regex/re_pool.h"

/* Levels of a walk: 128 KiB of bits, and far more than real patterns need;
 * intervals, which may be any size, do not walk. */
enum { MOST_LEVELS = 1 << 20 };

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

/* Lengths lie in the pool's store; nodes share them by number. */
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

/* --- walking -------------------------------------------------------------- */

typedef struct Walk {
    ReVec term;      /* terms met */
    GrMap index;     /* term -> its place in `term` */
    ReVec first;     /* [terms + 1] of those expanded: into succ */
    ReVec succ;      /* places of successors */
    ReVec now, next; /* S(n), S(n+1): places, ascending */
    ReVec stamp;     /* [terms] the last level it was put into, + 1 */
    GrIntern levels; /* the S(n) */
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

/* The place of a term, given when it is first met. */
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
    for (uint32_t k = 1; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        if (gr_re_node(re, d)->life == RE_EMPTY) continue;
        GR_TRY(walk_place(re, w, d.v, &at));
        GR_TRY(gr_vec_push(re->env, &w->succ, at));
    }
    w->first.at[2 * i + 1] = w->succ.n;
    return gr_step(re->env, p->n_classes);
}

/* S(n+1) from S(n); a stamp says that a term is in it already. */
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

/* Has S(n) a nullable term? */
static gram_status walk_bit(GrRe *re, Walk *w, uint32_t level)
{
    if (level % 32 == 0) GR_TRY(gr_vec_push(re->env, &w->bits, 0));
    for (uint32_t i = 0; i < w->now.n; i++)
        if (gr_re_nullable(re, gr_re_id(w->term.at[w->now.at[i]])))
            gr_bit_set(w->bits.at, level);
    return GRAM_OK;
}

/* Walk until S repeats: *size levels, the last *period of them for ever.  It
 * ends: there are finitely many sets.  Equal sets are equal lists, for places
 * are sorted. */
static gram_status walk_run(GrRe *re, Walk *w, ReId a, uint32_t *size,
                            uint32_t *period)
{
    uint32_t at, id;
    gr_intern_init(&w->levels);
    GR_TRY(walk_place(re, w, a.v, &at));
    GR_TRY(gr_vec_push(re->env, &w->now, at));
    for (uint32_t level = 0;; level++) {
        if (level == MOST_LEVELS)
            return gr_fail(re->env, GRAM_E_LIMIT, GR_NOWHERE,
                           "lengths of strings beyond %d without a pattern",
                           (int)MOST_LEVELS);
        GR_TRY(gr_step(re->env, w->now.n + 1));
        GR_TRY(gr_intern(re->env, &w->levels, w->now.at, w->now.n, &id, NULL));
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
    l->contiguous = n > 0 && n == l->size - first && cycle == l->period;
}

/* Bits only where an interval does not say it all. */
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

static gram_status walk_forward(GrRe *re, ReId a)
{
    Walk w = {0};
    GrLengths l = {0};
    if (gr_re_node(re, a)->lengths != 0) return GRAM_OK;
    gram_status st = walk_run(re, &w, a, &l.size, &l.period);
    if (st == GRAM_OK) st = keep_walk(re, a, &w, &l);
    walk_clear(re->env, &w);
    return st;
}

/* --- walking backwards ---------------------------------------------------- */

/* Beyond these the backward walk costs more than it is likely to save. */
enum { BACK_TERMS = 4096, BACK_WORK = 1 << 22 };

typedef struct Back {
    Walk w;          /* terms and successors */
    ReVec from;      /* [terms + 1] into pred */
    ReVec pred;      /* places of predecessors */
    ReVec set;       /* T(n), as bits */
    ReVec now, next; /* T(n), T(n+1), as lists */
    uint64_t work;
    GrIntern columns; /* bits of the lengths found so far */
    ReVec kept;       /* [columns] id + 1 of their lengths */
} Back;

static void back_clear(GrEnv *env, Back *b)
{
    walk_clear(env, &b->w);
    gr_vec_clear(env, &b->from);
    gr_vec_clear(env, &b->pred);
    gr_vec_clear(env, &b->set);
    gr_vec_clear(env, &b->now);
    gr_vec_clear(env, &b->next);
    gr_vec_clear(env, &b->kept);
    gr_intern_clear(env, &b->columns);
}

/* All terms ahead of a; *done is false where they are too many. */
static gram_status back_explore(GrRe *re, Back *b, ReId a, bool *done)
{
    uint32_t at;
    GR_TRY(walk_place(re, &b->w, a.v, &at));
    for (uint32_t i = 0; i < b->w.term.n && i < BACK_TERMS; i++)
        GR_TRY(walk_expand(re, &b->w, i));
    *done = b->w.term.n <= BACK_TERMS;
    return GRAM_OK;
}

/* Turn the successors round. */
static gram_status back_turn(GrRe *re, Back *b)
{
    uint32_t n = b->w.term.n, edges = b->w.succ.n, sum = 0;
    GR_TRY(gr_vec_reserve(re->env, &b->from, (uint64_t)n + 2));
    GR_TRY(gr_vec_reserve(re->env, &b->pred, edges));
    uint32_t *from = memset(b->from.at, 0, (n + 2) * sizeof *b->from.at);
    for (uint32_t k = 0; k < edges; k++) from[b->w.succ.at[k] + 2]++;
    for (uint32_t i = 0; i < n; i++) from[i + 2] += from[i + 1];
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = b->w.first.at[2 * i]; k < b->w.first.at[2 * i + 1];
             k++, sum++)
            b->pred.at[from[b->w.succ.at[k] + 1]++] = i;
    return gr_step(re->env, (uint64_t)n + sum);
}

/* T(0) */
static gram_status back_open(GrRe *re, Back *b)
{
    uint32_t n = b->w.term.n, words = gr_bit_words(n);
    GR_TRY(gr_vec_reserve(re->env, &b->set, words));
    GR_TRY(gr_vec_reserve(re->env, &b->now, n));
    GR_TRY(gr_vec_reserve(re->env, &b->next, n));
    memset(b->set.at, 0, words * sizeof *b->set.at);
    for (uint32_t i = 0; i < n; i++) {
        if (!gr_re_nullable(re, gr_re_id(b->w.term.at[i]))) continue;
        gr_bit_set(b->set.at, i);
        b->now.at[b->now.n++] = i;
    }
    return GRAM_OK;
}

/* T(n+1): whatever leads into T(n). */
static void back_level(Back *b)
{
    uint32_t words = gr_bit_words(b->w.term.n);
    memset(b->set.at, 0, words * sizeof *b->set.at);
    b->next.n = 0;
    for (uint32_t i = 0; i < b->now.n; i++) {
        uint32_t s = b->now.at[i];
        for (uint32_t k = b->from.at[s]; k < b->from.at[s + 1]; k++) {
            uint32_t t = b->pred.at[k];
            if (gr_bit_get(b->set.at, t)) continue;
            gr_bit_set(b->set.at, t);
            b->next.at[b->next.n++] = t;
        }
        b->work += b->from.at[s + 1] - b->from.at[s] + 1;
    }
    ReVec t = b->now;
    b->now = b->next;
    b->next = t;
    b->work += words;
}

/* Until T repeats; *done is false where that takes too much work. */
static gram_status back_run(GrRe *re, Back *b, GrLengths *l, bool *done)
{
    uint32_t id = UINT32_MAX, words = gr_bit_words(b->w.term.n);
    GR_TRY(back_open(re, b));
    for (l->size = 0;; l->size++) {
        uint64_t before = b->work;
        GR_TRY(gr_intern(re->env, &b->w.levels, b->set.at, words, &id, NULL));
        l->period = l->size - id;
        *done = id < l->size;
        if (*done || b->work > BACK_WORK) return GRAM_OK;
        back_level(b);
        GR_TRY(gr_step(re->env, b->work - before));
    }
}

/* The lengths of term i: its column of the T. */
static gram_status back_column(GrRe *re, Back *b, uint32_t i, GrLengths l)
{
    uint32_t words = gr_bit_words(l.size), column;
    ReNode *node = gr_re_node(re, gr_re_id(b->w.term.at[i]));
    if (node->lengths != 0) return GRAM_OK;
    b->w.bits.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &b->w.bits, words));
    memset(b->w.bits.at, 0, words * sizeof *b->w.bits.at);
    for (uint32_t n = 0; n < l.size; n++)
        if (gr_bit_get(gr_intern_get(&b->w.levels, n, NULL), i))
            gr_bit_set(b->w.bits.at, n);
    GR_TRY(gr_step(re->env, l.size));
    GR_TRY(gr_intern(re->env, &b->columns, b->w.bits.at, words, &column, NULL));
    if (column == b->kept.n) {
        GR_TRY(keep_walk(re, gr_re_id(b->w.term.at[i]), &b->w, &l));
        return gr_vec_push(re->env, &b->kept, node->lengths);
    }
    node->lengths = b->kept.at[column];
    return GRAM_OK;
}

/* Explore, turn round, walk, and read off every column. */
static gram_status back_all(GrRe *re, Back *b, ReId a, bool *done)
{
    GrLengths l = {0};
    GR_TRY(back_explore(re, b, a, done));
    if (!*done) return GRAM_OK;
    GR_TRY(back_turn(re, b));
    GR_TRY(back_run(re, b, &l, done));
    for (uint32_t i = 0; i < b->w.term.n && *done; i++)
        GR_TRY(back_column(re, b, i, l));
    return GRAM_OK;
}

/* Backwards; forwards where that was given up. */
static gram_status walk(GrRe *re, ReId a)
{
    Back b = {0};
    bool done = false;
    if (gr_re_node(re, a)->lengths != 0) return GRAM_OK;
    gr_intern_init(&b.w.levels);
    gr_intern_init(&b.columns);
    gram_status st = back_all(re, &b, a, &done);
    back_clear(re->env, &b);
    return st == GRAM_OK && !done ? walk_forward(re, a) : st;
}

/* --- projection ----------------------------------------------------------- */

static gram_status any_power(GrRe *re, uint32_t lo, uint32_t hi, ReId *out)
{
    return gr_re_repeat(re, gr_re_id(re->any), lo, hi, out);
}

/* Bytes that begin a code point. */
static uint32_t chars_in(const char *p, uint32_t len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) n += (p[i] & 0xC0) != 0x80;
    return n;
}

/* The lengths of words, repeated and in any order. */
static gram_status word_lengths(GrRe *re, const ReNode *node, ReVec *out)
{
    for (uint32_t i = node->lo; i < node->hi; i++) {
        uint32_t len;
        const char *p = gr_words_text(re, node, i, &len);
        GR_TRY(gr_step(re->env, len + 1));
        GR_TRY(gr_vec_push(re->env, out, chars_in(p, len)));
    }
    return GRAM_OK;
}

static gram_status project_words(GrRe *re, const ReNode *node, ReVec *v,
                                 ReId *out)
{
    uint32_t kept = 0;
    GR_TRY(word_lengths(re, node, v));
    gr_re_sort(v->at, v->n, 1);
    for (uint32_t i = 0; i < v->n; i++)
        if (kept == 0 || v->at[kept - 1] != v->at[i]) v->at[kept++] = v->at[i];
    for (uint32_t i = 0; i < kept; i++) {
        GR_TRY(any_power(re, v->at[i], v->at[i], out));
        v->at[i] = out->v;
    }
    return gr_re_or(re, (const ReId *)v->at, kept, out);
}

/* The lengths i..j-1, repeated for ever if they lie in the period. */
static gram_status put_run(GrRe *re, const GrLengths *l, uint32_t i, uint32_t j,
                           ReVec *v)
{
    ReId x, cycle;
    GR_TRY(any_power(re, i, j - 1, &x));
    if (l->period != 0 && i >= l->size - l->period) {
        GR_TRY(any_power(re, l->period, l->period, &cycle));
        GR_TRY(gr_re_repeat(re, cycle, 0, GR_RE_INF, &cycle));
        GR_TRY(gr_re_cat(re, x, cycle, &x));
    }
    return gr_vec_push(re->env, v, x.v);
}

/* Lengths as a term over one letter: a union of runs, none of which crosses
 * into the period. */
static gram_status term_of(GrRe *re, const GrLengths *l, ReVec *v, ReId *out)
{
    uint32_t cycle = l->size - l->period, j;
    if (l->contiguous) return any_power(re, l->least, l->most, out);
    v->n = 0;
    for (uint32_t i = 0; i < l->size; i = j) {
        bool bit = gr_bit_get(l->bits, i);
        for (j = i + 1; j < l->size && j != cycle; j++)
            if (gr_bit_get(l->bits, j) != bit) break;
        if (bit) GR_TRY(put_run(re, l, i, j, v));
    }
    GR_TRY(gr_step(re->env, l->size));
    return gr_re_or(re, (const ReId *)v->at, v->n, out);
}

/* a = any{n,m} & rest?  Then both. */
static gram_status split_bound(GrRe *re, ReId a, ReId *bound, ReId *rest,
                               bool *found)
{
    uint32_t n, kept = 0;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *found = false;
    for (uint32_t i = 0; i < n && !*found; i++) {
        *bound = gr_re_id(kid[i]);
        *found = gr_re_power(re, *bound).base == re->any;
    }
    if (!*found) return GRAM_OK;
    ReId *other = gr_resize(re->env, NULL, 0, n * sizeof *other);
    if (other == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        if (kid[i] != bound->v) other[kept++] = gr_re_id(kid[i]);
    gram_status st = gr_re_and(re, other, kept, rest);
    gr_free(re->env, other, n * sizeof *other);
    return st;
}

/* The operands that are projected on their own: *n ids at *kid, which may be
 * *rest. */
static gram_status operands(GrRe *re, ReId a, const uint32_t **kid, uint32_t *n,
                            ReId *rest)
{
    const ReNode *node = gr_re_node(re, a);
    ReId bound;
    bool found = false;
    *kid = gr_intern_get(&re->terms, a.v, NULL) + 1;
    *n = 0;
    switch ((ReKind)node->kind) {
    case RE_CAT: *n = 2; break;
    case RE_REP: *n = 1; break;
    case RE_OR: *n = node->lo; break;
    case RE_AND:
        GR_TRY(split_bound(re, a, &bound, rest, &found));
        *kid = &rest->v;
        *n = found;
        break;
    default: break;
    }
    return GRAM_OK;
}

/* The projection of a, those of its operands being in v. */
static gram_status project(GrRe *re, ReId a, ReVec *v, ReId *out)
{
    const ReNode *n = gr_re_node(re, a);
    const ReId *x = (const ReId *)v->at;
    ReId bound, rest;
    bool found;
    switch ((ReKind)n->kind) {
    case RE_NONE:
    case RE_EPS:
    case RE_ALL: return *out = a, GRAM_OK;
    case RE_SET: return out->v = re->any, GRAM_OK;
    case RE_WORDS: return project_words(re, n, v, out);
    case RE_LEAP: return gr_leap_project(re, n, out);
    case RE_CAT: return gr_re_cat(re, x[0], x[1], out);
    case RE_REP: return gr_re_repeat(re, x[0], n->lo, n->hi, out);
    case RE_OR: return gr_re_or(re, x, v->n, out);
    case RE_AND:
        GR_TRY(split_bound(re, a, &bound, &rest, &found));
        if (!found) break;
        return gr_re_and(re, (ReId[]){x[0], bound}, 2, out);
    case RE_NOT: break;
    }
    GR_TRY(walk(re, a));
    return term_of(re, kept(re, n), v, out);
}

/* Project a, or put the operands it waits for above it. */
static gram_status project_visit(GrRe *re, ReId a, ReVec *todo, ReVec *v)
{
    uint32_t n, before = todo->n;
    const uint32_t *kid;
    ReId image, rest;
    v->n = 0;
    GR_TRY(operands(re, a, &kid, &n, &rest));
    GR_TRY(gr_step(re->env, n + 1));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t known = gr_re_node(re, gr_re_id(kid[i]))->unary;
        if (known == 0) GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        GR_TRY(gr_vec_push(re->env, v, known - 1));
    }
    if (todo->n > before) return GRAM_OK;
    GR_TRY(project(re, a, v, &image));
    gr_re_node(re, a)->unary = image.v + 1;
    return GRAM_OK;
}

/* On an explicit stack: a term waits below its operands. */
static gram_status project_run(GrRe *re, ReId a, ReVec *todo, ReVec *v)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        ReId top = {todo->at[todo->n - 1]};
        if (gr_re_node(re, top)->unary != 0)
            todo->n--;
        else
            GR_TRY(project_visit(re, top, todo, v));
    }
    return GRAM_OK;
}

/* Lengths of a term over one letter. */
static gram_status measure_unary(GrRe *re, ReId u)
{
    RePower p = gr_re_power(re, u);
    GrLengths l = {.contiguous = true, .least = p.lo, .most = p.hi};
    if (gr_re_node(re, u)->lengths != 0) return GRAM_OK;
    if (u.v == RE_EPS) l.least = l.most = 0;
    if (u.v == RE_EPS || p.base == re->any)
        return keep(re, gr_re_node(re, u), &l);
    return walk_forward(re, u);
}

/* Two memos: the projection, and its lengths, which many terms share. */
gram_status gr_re_lengths(GrRe *re, ReId a, GrLengths *out)
{
    ReNode *node = gr_re_node(re, a);
    if (node->unary == 0) {
        ReVec todo = {0}, v = {0};
        gram_status st = project_run(re, a, &todo, &v);
        gr_vec_clear(re->env, &todo);
        gr_vec_clear(re->env, &v);
        GR_TRY(st);
    }
    if (node->lengths == 0) {
        ReId u = {node->unary - 1};
        GR_TRY(measure_unary(re, u));
        node->lengths = gr_re_node(re, u)->lengths;
    }
    *out = *kept(re, node);
    return GRAM_OK;
}
