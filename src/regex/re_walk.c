/* The lengths of the words of an intersection or a complement, by walking.
 *
 * In: a term that does not commute with projection (re_lengths.c).  Out: its
 * projection.  With S(0) = {a} and S(n+1) all derivatives of the terms in S(n),
 * length n is present iff S(n) holds a nullable term.  There are finitely many
 * terms, so S repeats: S(n) = S(m), n > m, makes the lengths periodic from m on
 * with period n - m.  (The subset construction for the image under "every
 * character is one letter".)  The sets are interned, level n having id n, so
 * that the first id that is not new ends the walk.
 *
 *     S(0)      S(1)     S(2)
 *     a    -->  b   -->  b         of the same kind as a: goes on
 *          -->  c                  told: c is projected as it is, behind one
 *                                  character
 *
 * Two things keep the sets small:
 *
 *   - What another term of S(n) contains adds no length to it and is dropped
 *     (the antichains of De Wulf, Doyen, Henzinger, Raskin, CAV 2006, as far as
 *     terms show it): a & b beside a, and all beside every string.  So the
 *     complement of a format of thousands of terms is done after one
 *     character, behind which anything may follow.
 *   - A term that is projected without a walk, or has been, is *told*: it is a
 *     member of S(n) that nothing follows.
 *
 * Whoever asks for the lengths of a term asks for those of its derivatives
 * next, character after character.  So where few terms do not tell, the walk
 * runs backwards: T(0) the nullable ones among all terms ahead of a, T(n+1)
 * those with a derivative in T(n).  Length n is present in each term of T(n),
 * and one walk answers for all of them.  It is given up for the forward one
 * where the terms are too many.
 *
 * Cost: a derivative for each class of each term met, once; then one step for
 * each successor of each S(n). */
#include "regex/re_pool.h"

/* Levels of a walk: 128 KiB of bits, and far more than real patterns need;
 * intervals, which may be any size, do not walk. */
enum { MOST_LEVELS = 1 << 20 };

/* --- forwards ------------------------------------------------------------- */

typedef struct Walk {
    ReVec term;      /* terms met */
    GrMap index;     /* term -> its place in `term` */
    ReVec first;     /* [terms + 1] of those expanded: into succ */
    ReVec succ;      /* places of successors */
    ReVec now, next; /* S(n), S(n+1): places, ascending */
    ReVec stamp;     /* [terms] the last level it was put into, + 1 */
    ReVec told;      /* [terms] is it? */
    bool tells;      /* some may be */
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
    gr_vec_clear(env, &w->told);
    gr_intern_clear(env, &w->levels);
    gr_vec_clear(env, &w->bits);
}

/* Is a projected, or projected without a walk? */
static gram_status is_told(GrRe *re, ReId a, bool *told)
{
    bool walks = false, known = gr_re_node(re, a)->unary != 0;
    if (!known) GR_TRY(gr_re_walks(re, a, &walks));
    *told = !walks;
    return GRAM_OK;
}

/* The place of a term, given when it is first met. */
static gram_status walk_place(GrRe *re, Walk *w, uint32_t term, uint32_t *at)
{
    uint32_t *known = gr_map_find(&w->index, term);
    bool told = false;
    if (known != NULL) return *at = *known, GRAM_OK;
    *at = w->term.n;
    if (w->tells) GR_TRY(is_told(re, gr_re_id(term), &told));
    GR_TRY(gr_vec_push(re->env, &w->told, told));
    GR_TRY(gr_map_put(re->env, &w->index, term, *at));
    GR_TRY(gr_vec_push(re->env, &w->stamp, 0));
    GR_TRY(gr_vec_push(re->env, &w->first, UINT32_MAX));
    GR_TRY(gr_vec_push(re->env, &w->first, 0));
    return gr_vec_push(re->env, &w->term, term);
}

/* Find the successors of the term at place i: first[2 i] .. first[2 i + 1]
 * of succ.  One that is told has none. */
static gram_status walk_expand(GrRe *re, Walk *w, uint32_t i)
{
    ReId a = {w->term.at[i]}, d;
    uint32_t part, at;
    if (w->first.at[2 * i] != UINT32_MAX) return GRAM_OK;
    w->first.at[2 * i] = w->first.at[2 * i + 1] = w->succ.n;
    if (w->told.at[i]) return GRAM_OK;
    GR_TRY(gr_re_part(re, a, &part));
    RePart *p = gr_re_part_get(re, part);
    GR_TRY(gr_re_part_firsts(re, p));
    for (uint32_t k = 1; k < p->n_classes; k++) {
        GR_TRY(gr_re_derive(re, a, p->first[k], &d));
        if (gr_re_node(re, d)->life == RE_EMPTY) continue;
        GR_TRY(walk_place(re, w, d.v, &at));
        GR_TRY(gr_vec_push(re->env, &w->succ, at));
    }
    w->first.at[2 * i + 1] = w->succ.n;
    return gr_step(re->env, p->n_classes);
}

/* Is another term of S(n), whose stamp is given, all of which a is a part? */
static bool is_contained(GrRe *re, Walk *w, ReId a, uint32_t stamp)
{
    uint32_t n;
    if (gr_re_node(re, a)->kind != RE_AND) return false;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *at = gr_map_find(&w->index, kid[i]);
        if (at != NULL && w->stamp.at[*at] == stamp) return true;
    }
    return false;
}

/* Drop what another one contains.  Those dropped keep their stamps: they are
 * contained in what contains them. */
static void walk_prune(GrRe *re, Walk *w, uint32_t stamp)
{
    uint32_t n = 0, *at = w->next.at;
    uint32_t *all = gr_map_find(&w->index, gr_re_all(re).v);
    if (all != NULL && w->stamp.at[*all] == stamp) {
        at[0] = *all;
        w->next.n = 1;
        return;
    }
    for (uint32_t i = 0; i < w->next.n; i++)
        if (!is_contained(re, w, gr_re_id(w->term.at[at[i]]), stamp))
            at[n++] = at[i];
    w->next.n = n;
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
    walk_prune(re, w, level + 1);
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
 * are sorted.  *done is false where more than `most` terms were met before. */
static gram_status walk_run(GrRe *re, Walk *w, ReId a, uint32_t most,
                            uint32_t *size, uint32_t *period, bool *done)
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
        *done = id < level;
        if (*done || w->term.n > most) return GRAM_OK;
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
    return gr_lengths_keep(re, gr_re_node(re, a), l);
}

/* Both walks give the projection of a; a term over one letter is its own, and
 * has its lengths kept. */
gram_status gr_walk_unary(GrRe *re, ReId a)
{
    Walk w = {0};
    GrLengths l = {0};
    bool done;
    if (gr_re_node(re, a)->lengths != 0) return GRAM_OK;
    gram_status st = walk_run(re, &w, a, UINT32_MAX, &l.size, &l.period, &done);
    if (st == GRAM_OK) st = keep_walk(re, a, &w, &l);
    walk_clear(re->env, &w);
    return st;
}

/* --- the projection ------------------------------------------------------- */

gram_status gr_any_power(GrRe *re, uint32_t lo, uint32_t hi, ReId *out)
{
    return gr_re_repeat(re, gr_re_id(re->any), lo, hi, out);
}

/* The lengths i..j-1, repeated for ever if they lie in the period. */
static gram_status put_run(GrRe *re, const GrLengths *l, uint32_t i, uint32_t j,
                           ReVec *v)
{
    ReId x, cycle;
    GR_TRY(gr_any_power(re, i, j - 1, &x));
    if (l->period != 0 && i >= l->size - l->period) {
        GR_TRY(gr_any_power(re, l->period, l->period, &cycle));
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
    if (l->contiguous) return gr_any_power(re, l->least, l->most, out);
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

/* (projection, level) of each told term of each S(n), by projection. */
static gram_status list_told(GrRe *re, const Walk *w, uint32_t size, ReVec *v)
{
    ReId image;
    for (uint32_t level = 0; level < size; level++) {
        uint32_t n;
        const uint32_t *at = gr_intern_get(&w->levels, level, &n);
        for (uint32_t i = 0; i < n; i++) {
            if (!w->told.at[at[i]]) continue;
            GR_TRY(gr_re_project(re, gr_re_id(w->term.at[at[i]]), &image));
            GR_TRY(gr_vec_push(re->env, v, image.v));
            GR_TRY(gr_vec_push(re->env, v, level));
        }
    }
    gr_re_sort(v->at, v->n / 2, 2);
    return gr_step(re->env, v->n);
}

/* What is told on the levels i..j-1, behind so many characters. */
static gram_status put_told(GrRe *re, const GrLengths *l, ReId image,
                            uint32_t i, uint32_t j, ReVec *v)
{
    ReId *out;
    GR_TRY(put_run(re, l, i, j, v));
    out = (ReId *)&v->at[v->n - 1];
    return gr_re_cat(re, *out, image, out);
}

/* The union of what is told, and of what is in `walked`; runs of levels as in
 * term_of. */
static gram_status add_told(GrRe *re, const GrLengths *l, const ReVec *told,
                            ReVec *v, ReId walked, ReId *out)
{
    uint32_t n = told->n / 2, cycle = l->size - l->period, j;
    v->n = 0;
    GR_TRY(gr_vec_push(re->env, v, walked.v));
    for (uint32_t i = 0; i < n; i = j) {
        const uint32_t *at = &told->at[2 * i];
        uint32_t next = at[1] + 1;
        for (j = i + 1; j < n && told->at[2 * j] == at[0]; j++) {
            uint32_t level = told->at[2 * j + 1];
            if (level > next || (level == next && level == cycle)) break;
            next = level + 1;
        }
        GR_TRY(put_told(re, l, gr_re_id(at[0]), at[1], next, v));
    }
    return gr_re_or(re, (const ReId *)v->at, v->n, out);
}

/* What S(n) has of nullable terms, and of those told. */
static gram_status image_of(GrRe *re, const Walk *w, GrLengths *l, ReVec *v,
                            ReVec *told, ReId *out)
{
    GrLengths all = *l;
    GR_TRY(list_told(re, w, l->size, told));
    measure(w->bits.at, l);
    l->bits = w->bits.at;
    GR_TRY(term_of(re, l, v, out));
    return told->n > 0 ? add_told(re, &all, told, v, *out, out) : GRAM_OK;
}

/* *done is false where more than `most` terms were met. */
static gram_status walk_forward(GrRe *re, ReId a, uint32_t most, ReId *out,
                                bool *done)
{
    Walk w = {.tells = true};
    ReVec v = {0}, told = {0};
    GrLengths l = {0};
    gram_status st = walk_run(re, &w, a, most, &l.size, &l.period, done);
    if (st == GRAM_OK && *done) st = image_of(re, &w, &l, &v, &told, out);
    gr_vec_clear(re->env, &v);
    gr_vec_clear(re->env, &told);
    walk_clear(re->env, &w);
    return st;
}

/* --- walking backwards ---------------------------------------------------- */

/* Terms of the first walk; of that before the backward one, and where that
 * would be in vain; and those beyond which it costs more than it is likely to
 * save. */
enum {
    FIRST_TERMS = 24,
    FEW_TERMS = 64,
    SOME_TERMS = 1024,
    BACK_TERMS = 4096,
    BACK_WORK = 1 << 22
};

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

/* All terms ahead of a; *done is false where they are too many, and probably
 * for most of those met as well. */
static gram_status back_explore(GrRe *re, Back *b, ReId a, bool *done)
{
    uint32_t at;
    GR_TRY(walk_place(re, &b->w, a.v, &at));
    for (uint32_t i = 0; i < b->w.term.n && i < BACK_TERMS; i++)
        GR_TRY(walk_expand(re, &b->w, i));
    *done = b->w.term.n <= BACK_TERMS;
    for (uint32_t i = 0; i < b->w.term.n && !*done; i++)
        gr_re_node(re, gr_re_id(b->w.term.at[i]))->wide = true;
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

static gram_status walk_back(GrRe *re, ReId a, bool *done)
{
    Back b = {0};
    gr_intern_init(&b.w.levels);
    gr_intern_init(&b.columns);
    gram_status st = back_all(re, &b, a, done);
    back_clear(re->env, &b);
    return st;
}

/* What a backward walk has found of a. */
static gram_status image_of_kept(GrRe *re, ReId a, ReId *out)
{
    ReVec v = {0};
    gram_status st = term_of(re, gr_lengths_kept(re, a), &v, out);
    gr_vec_clear(re->env, &v);
    return st;
}

/* Forwards if few terms do; else without what cannot be; else backwards; and
 * forwards where that was given up.  What is left of a trimmed term is walked
 * here, whatever it is: its operands may have to be trimmed as well, and would
 * be so one call deeper each. */
gram_status gr_walk_project(GrRe *re, ReId a, ReId *out)
{
    bool done;
    if (gr_re_node(re, a)->lengths != 0) return image_of_kept(re, a, out);
    GR_TRY(walk_forward(re, a, FIRST_TERMS, out, &done));
    if (done) return GRAM_OK;
    GR_TRY(gr_re_trim(re, a, &a));
    uint32_t few = gr_re_node(re, a)->wide ? SOME_TERMS : FEW_TERMS;
    GR_TRY(walk_forward(re, a, few, out, &done));
    if (done) return GRAM_OK;
    GR_TRY(walk_back(re, a, &done));
    if (done) return image_of_kept(re, a, out);
    return walk_forward(re, a, UINT32_MAX, out, &done);
}
