/* Atoms: partitions of many intervals, as small maps.
 *
 * A property of Unicode is hundreds of intervals, and an intersection of a
 * dozen such conditions thousands; yet few things are told apart, for code
 * points that lie in the same sets never are.  The pool keeps one partition
 * that is finer than all wide ones; its classes are the atoms.  A wide one then
 * is a class for each atom,
 *
 *     intervals   0..  'A'..  '['..  'a'..  '{'..  \u00AA  \u00AB..
 *     atom         0     1      0      1      0       2       0
 *     partition  [ 0 1 1 ]      a class each for the atoms 0, 1, 2
 *
 * and two of them are refined in a walk over the atoms, some dozens, where
 * that over the intervals (re_part.c) is a hundred times longer.
 *
 * The atoms are only ever cut.  Where a partition that is new to them parts the
 * members of an atom, those with the least one stay the atom, and the others
 * become atoms behind all that are, with that as their origin.  So the class of
 * an atom that a map is too short for is that of its origin: maps stay as they
 * are, and are cut short where that says the same, which makes equal partitions
 * equal maps whenever they were made.  (One of few intervals may be known as
 * intervals, too, and is then two.)
 *
 * Intervals are made of a map when somebody asks for them.
 *
 * Cost: cutting is linear in the intervals of the atoms, once for each
 * partition; refining in the atoms, of which there are ATOMS_MOST: a partition
 * for which they do not suffice is refined by its intervals. */
#include "regex/re_pool.h"

enum { WIDE = 64, ATOMS_MOST = 512 };

static const uint32_t UNKNOWN = UINT32_MAX; /* class of a piece; too many */
static const uint32_t MAP = UINT32_MAX;     /* heads the key of a map */

bool gr_atoms_wide(const RePart *p)
{
    return p->start == NULL || p->n > WIDE;
}

/* --- cutting -------------------------------------------------------------- */

static gram_status begin(GrRe *re)
{
    if (re->atoms.n > 0) return GRAM_OK;
    GR_TRY(gr_vec_reserve(re->env, &re->atom_start, 1));
    GR_TRY(gr_vec_reserve(re->env, &re->atom_of, 1));
    GR_TRY(gr_vec_reserve(re->env, &re->atom_order, 1));
    GR_TRY(gr_vec_push(re->env, &re->atoms, (ReAtom){0, 0, 1}));
    re->atom_start.at[re->atom_start.n++] = 0;
    re->atom_of.at[re->atom_of.n++] = 0;
    re->atom_order.at[re->atom_order.n++] = 0;
    return GRAM_OK;
}

/* The piece of atom a whose members are of class cls, made if need be with
 * `first` as its least member; UNKNOWN where there are too many. */
static gram_status piece_of(GrRe *re, uint32_t a, uint32_t cls, uint32_t first,
                            uint32_t *out)
{
    uint32_t last = *out = a;
    if (re->pieces.at[a].cls == UNKNOWN) re->pieces.at[a].cls = cls;
    for (; re->pieces.at[last].cls != cls; last = *out) {
        *out = re->pieces.at[last].next;
        if (*out == 0) break;
        GR_TRY(gr_step(re->env, 1));
    }
    if (re->pieces.at[last].cls == cls) return GRAM_OK;
    *out = UNKNOWN;
    if (re->atoms.n == ATOMS_MOST) return GRAM_OK;
    GR_TRY(gr_vec_push(re->env, &re->pieces, (RePiece){cls, 0}));
    GR_TRY(gr_vec_push(re->env, &re->atoms, (ReAtom){first, a, 0}));
    *out = re->pieces.at[last].next = re->pieces.n - 1;
    return GRAM_OK;
}

/* The intervals of the atoms, cut by p: starts to `key`, pieces to `cut`. */
static gram_status cut_atoms(GrRe *re, const RePart *p, bool *fits)
{
    uint32_t i = 0, j = 0, n = re->atom_start.n, kept = 0;
    uint64_t most = (uint64_t)n + p->n;
    const uint32_t *start = re->atom_start.at;
    re->key.n = re->cut.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, most));
    GR_TRY(gr_vec_reserve(re->env, &re->cut, most));
    GR_TRY(gr_step(re->env, most));
    for (uint32_t at = 0; at <= RE_MAX_CHAR;) {
        uint32_t piece = re->atom_of.at[i], k = p->cls[j];
        if (re->pieces.at[piece].cls != k)
            GR_TRY(piece_of(re, piece, k, at, &piece));
        *fits = piece != UNKNOWN;
        if (!*fits) return GRAM_OK;
        re->key.at[kept] = at;
        re->cut.at[kept] = piece;
        kept += kept == 0 || re->cut.at[kept - 1] != piece;
        uint32_t end = i + 1 < n ? start[i + 1] - 1 : RE_MAX_CHAR;
        uint32_t other = gr_re_part_end(p, j);
        at = (end < other ? end : other) + 1;
        i += at > end;
        j += at > other;
    }
    re->key.n = re->cut.n = kept;
    return GRAM_OK;
}

static void swap(ReVec *a, ReVec *b)
{
    ReVec t = *a;
    *a = *b;
    *b = t;
}

/* What was cut becomes the atoms; new ones get their place in the order. */
static gram_status keep_cut(GrRe *re)
{
    ReVec *order = &re->atom_order;
    uint32_t old = order->n;
    if (re->atoms.n == old) return GRAM_OK;
    GR_TRY(gr_vec_reserve(re->env, order, re->atoms.n - old));
    GR_TRY(gr_step(re->env, re->cut.n));
    re->atom_char = 0;
    swap(&re->atom_start, &re->key);
    swap(&re->atom_of, &re->cut);
    for (uint32_t a = 0; a < re->atoms.n; a++) re->atoms.at[a].n = 0;
    for (uint32_t i = 0; i < re->atom_of.n; i++)
        re->atoms.at[re->atom_of.at[i]].n++;
    for (uint32_t a = old; a < re->atoms.n; a++) {
        uint32_t at = order->n++, first = re->atoms.at[a].first;
        for (; re->atoms.at[order->at[at - 1]].first > first; at--)
            order->at[at] = order->at[at - 1];
        order->at[at] = a;
    }
    return GRAM_OK;
}

/* By halves: the interval of the atoms that holds c. */
static uint32_t interval_at(const GrRe *re, uint32_t c)
{
    uint32_t lo = 0;
    for (uint32_t n = re->atom_start.n; n > 1;) {
        uint32_t half = n / 2;
        lo += re->atom_start.at[lo + half] <= c ? half : 0;
        n -= half;
    }
    return lo;
}

/* The class of p that most intervals of the atoms are in.  *cut tells whether
 * one of them is cut by p. */
static gram_status main_class(GrRe *re, const RePart *p, uint32_t *out,
                              bool *cut)
{
    uint32_t *sum, next = 0;
    re->images.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->images, p->n_classes));
    GR_TRY(gr_step(re->env, (uint64_t)p->n + p->n_classes));
    sum = memset(re->images.at, 0, p->n_classes * sizeof *sum);
    *out = 0;
    *cut = false;
    for (uint32_t j = 0; j < p->n; j++) {
        uint32_t from = next, k = p->cls[j];
        *cut |= re->atom_start.at[from] != p->start[j];
        next = j + 1 < p->n ? interval_at(re, p->start[j + 1])
                            : re->atom_start.n;
        sum[k] += next - from;
        if (sum[k] > sum[*out]) *out = k;
    }
    return GRAM_OK;
}

/* Is p a map of the atoms as they are?  Its classes are then in `pieces`.  Only
 * those intervals are looked at that are not of the class of most: an atom is
 * of another class with all of its intervals. */
static gram_status is_map(GrRe *re, const RePart *p, bool *yes)
{
    uint32_t most, at;
    bool cut;
    GR_TRY(main_class(re, p, &most, &cut));
    *yes = !cut;
    for (uint32_t a = 0; a < re->atoms.n; a++)
        re->pieces.at[a] = (RePiece){most, 0};
    for (uint32_t j = 0; j < p->n && *yes; j++) {
        uint32_t k = p->cls[j], end = gr_re_part_end(p, j);
        if (k == most) continue;
        uint32_t from = interval_at(re, p->start[j]);
        for (at = from; at < re->atom_start.n && re->atom_start.at[at] <= end;
             at++) {
            RePiece *x = &re->pieces.at[re->atom_of.at[at]];
            *yes &= x->next == 0 || x->cls == k;
            *x = (RePiece){k, x->next + 1};
        }
        GR_TRY(gr_step(re->env, at - from));
    }
    for (uint32_t a = 0; a < re->atoms.n; a++) {
        const RePiece *x = &re->pieces.at[a];
        *yes &= x->next == 0 || x->next == re->atoms.at[a].n;
    }
    return gr_step(re->env, re->atoms.n);
}

/* Cut the atoms so that p is a map of them.  Classes are in `pieces` then. */
static gram_status cut_for(GrRe *re, const RePart *p, bool *fits)
{
    uint32_t old = re->atoms.n;
    for (uint32_t a = 0; a < old; a++) re->pieces.at[a] = (RePiece){UNKNOWN, 0};
    gram_status status = cut_atoms(re, p, fits);
    if (status == GRAM_OK && *fits) status = keep_cut(re);
    if (status != GRAM_OK || !*fits) re->atoms.n = old;
    return status;
}

static gram_status map_part(GrRe *re, RePart *p, bool *fits)
{
    uint32_t n = re->atoms.n;
    *fits = !p->no_map;
    if (p->of_atom != NULL || p->no_map) return GRAM_OK;
    re->pieces.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->pieces, n));
    re->pieces.n = n;
    GR_TRY(is_map(re, p, fits));
    if (!*fits) GR_TRY(cut_for(re, p, fits));
    p->no_map = !*fits;
    if (!*fits) return GRAM_OK;
    n = re->atoms.n;
    uint32_t *map = gr_arena_take(re->env, &re->arena, n * sizeof *map);
    if (map == NULL) return GRAM_E_MEMORY;
    for (uint32_t a = 0; a < n; a++) map[a] = re->pieces.at[a].cls;
    p->of_atom = map;
    p->n_atoms = n;
    return GRAM_OK;
}

/* --- maps ----------------------------------------------------------------- */

/* The class of every atom. */
static void spread(const GrRe *re, const RePart *p, uint32_t *cls)
{
    for (uint32_t a = 0; a < re->atoms.n; a++)
        cls[a] = a < p->n_atoms ? p->of_atom[a] : cls[re->atoms.at[a].origin];
}

/* key[1..]: a class for each atom, of which those go that are as their origins
 * are; nothing dead, or all, is no map. */
static gram_status intern_map(GrRe *re, uint32_t n_classes, bool dead,
                              uint32_t *out)
{
    uint32_t n = re->atoms.n, *cls = re->key.at + 1;
    bool is_new;
    if (n_classes == 1) return *out = PART_DEAD, GRAM_OK;
    if (n_classes == 2 && !dead) return *out = PART_LIVE, GRAM_OK;
    while (n > 1 && cls[n - 1] == cls[re->atoms.at[n - 1].origin]) n--;
    re->key.at[0] = MAP;
    GR_TRY(gr_re_intern(re->env, &re->parts, &re->part_info, re->key.at, n + 1,
                        out, &is_new));
    if (!is_new) return GRAM_OK;
    RePart *p = gr_re_part_get(re, *out);
    p->of_atom = gr_intern_get(&re->parts, *out, NULL) + 1;
    p->n_atoms = n;
    p->n_classes = n_classes;
    return GRAM_OK;
}

/* Two partitions as classes of the atoms, and a class, or 0, for each pair of
 * theirs. */
typedef struct Meeting {
    const uint32_t *x, *y;
    uint32_t *pair, width; /* a row of pairs for each class of x */
} Meeting;

/* Atoms of one pair of classes are of one class; by their least members, which
 * numbers the classes so. */
static gram_status meet_maps(GrRe *re, ReMeet how, const Meeting *m,
                             uint32_t *out)
{
    uint32_t n_classes = 1, *cls = re->key.at + 1;
    bool dead = false;
    for (uint32_t o = 0; o < re->atoms.n; o++) {
        uint32_t a = re->atom_order.at[o], x = m->x[a], y = m->y[a];
        uint32_t *pair = &m->pair[(size_t)x * m->width + y];
        cls[a] = 0;
        if (gr_re_meet_dead(how, x, y)) {
            dead = true;
            continue;
        }
        if (*pair == 0) *pair = n_classes++;
        cls[a] = *pair;
    }
    GR_TRY(gr_step(re->env, re->atoms.n));
    return intern_map(re, n_classes, dead, out);
}

gram_status gr_atoms_refine(GrRe *re, ReMeet how, RePart *p, RePart *q,
                            uint32_t *out, bool *done)
{
    GR_TRY(begin(re));
    GR_TRY(map_part(re, p, done));
    if (*done) GR_TRY(map_part(re, q, done));
    if (!*done) return GRAM_OK;
    uint32_t n = re->atoms.n;
    size_t pairs = (size_t)p->n_classes * q->n_classes; /* few: of atoms each */
    re->images.n = re->key.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->images, 2ull * n + pairs));
    GR_TRY(gr_vec_reserve(re->env, &re->key, n + 1));
    uint32_t *x = re->images.at, *y = x + n;
    Meeting m = {x, y, y + n, q->n_classes};
    spread(re, p, x);
    spread(re, q, y);
    memset(m.pair, 0, pairs * sizeof *m.pair);
    return meet_maps(re, how, &m, out);
}

/* A derivative asks many partitions about one character. */
uint32_t gr_atoms_class(GrRe *re, const RePart *p, uint32_t c)
{
    if (re->atom_char != c + 1) {
        re->atom_char = c + 1;
        re->atom_last = re->atom_of.at[interval_at(re, c)];
    }
    uint32_t a = re->atom_last;
    while (a >= p->n_atoms) a = re->atoms.at[a].origin;
    return p->of_atom[a];
}

void gr_atoms_firsts(const GrRe *re, const RePart *p, uint32_t *first)
{
    for (uint32_t o = re->atoms.n; o-- > 0;) {
        uint32_t a = re->atom_order.at[o], least = re->atoms.at[a].first;
        while (a >= p->n_atoms) a = re->atoms.at[a].origin;
        first[p->of_atom[a]] = least;
    }
}

gram_status gr_atoms_open(GrRe *re, RePart *p)
{
    uint32_t most = re->atom_start.n, n = 0;
    re->images.n = re->key.n = re->cut.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->images, re->atoms.n));
    GR_TRY(gr_vec_reserve(re->env, &re->key, most));
    GR_TRY(gr_vec_reserve(re->env, &re->cut, most));
    GR_TRY(gr_step(re->env, most));
    spread(re, p, re->images.at);
    const uint32_t *from = re->atom_start.at, *of = re->atom_of.at;
    const uint32_t *image = re->images.at;
    uint32_t *start = re->key.at, *cls = re->cut.at, last = UNKNOWN;
    /* what is of the class before is written over: no branch */
    for (uint32_t i = 0; i < most; i++) {
        uint32_t k = image[of[i]];
        start[n] = from[i];
        cls[n] = k;
        n += k != last;
        last = k;
    }
    uint32_t *at = gr_arena_take(re->env, &re->arena, 2ull * n * sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memcpy(at, start, n * sizeof *at);
    memcpy(at + n, cls, n * sizeof *at);
    p->start = at;
    p->cls = at + n;
    p->n = n;
    return GRAM_OK;
}
