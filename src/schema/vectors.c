/* Which verdicts can several conjs have together?
 *
 * A union told apart by a tag asks this about "is it t1", "is it t2", ...:
 * of the 2^n vectors only n + 1 can come.  They are read off the values
 * themselves, type by type:
 *
 *     strings   every word that some enumeration lists, and the others
 *     numbers   the same, or every region of the line that bounds cut
 *     lengths   "at least n" for one number of characters or members after
 *               the other
 *     objects   the vectors of one key that they speak of, and its absence
 *     all       the atoms that are left, in every combination
 *
 * What is found contains all vectors that can come, maybe more: whoever asks
 * looks at each and finds that nothing has it.  Where the combinations are
 * too many, nothing is said. */
#include "schema/want.h"

#include <stdlib.h>

enum { MOST_FREE = 5, MOST_VECTORS = 4096 };

typedef struct Listed {
    const char *text;   /* strings */
    uint32_t len, atom; /* place in Finder.atom */
    const GrDecimal *number;
} Listed;

typedef struct Finder {
    Sm *sm;
    const ConjId *root;
    uint32_t n, words; /* roots; words of a vector */
    SmWords form;      /* by root, for the present type */
    SmWords atom;      /* variables, ascending */
    SmWords truth;     /* by place in `atom` */
    SmWords free;      /* places whose truth is not known */
    SmWords counts;    /* places of counts, the least one first */
    SmWords placed;    /* places of numbers told by where they lie */
    GrVec(Listed) list;
    SmWords uses;   /* pairs (place of an atom, root that has it) */
    SmWords inner;  /* objects: pairs (place of a universal, root of its key) */
    uint32_t depth; /* of objects in objects that may be looked into */
    SmWords base;   /* the vector of "no atom holds" */
    SmWords vector;
    GrIntern found;
    bool many;
} Finder;

static void clear(Finder *f)
{
    GrEnv *env = f->sm->env;
    gr_vec_clear(env, &f->form);
    gr_vec_clear(env, &f->atom);
    gr_vec_clear(env, &f->truth);
    gr_vec_clear(env, &f->free);
    gr_vec_clear(env, &f->counts);
    gr_vec_clear(env, &f->placed);
    gr_vec_clear(env, &f->list);
    gr_vec_clear(env, &f->uses);
    gr_vec_clear(env, &f->inner);
    gr_vec_clear(env, &f->base);
    gr_vec_clear(env, &f->vector);
    gr_intern_clear(env, &f->found);
}

/* --- the roots in one type ------------------------------------------------ */

/* Functions, atoms and who uses which, for one type; `uses` is sorted by atom,
 * for patch. */
static gram_status read_forms(Finder *f, uint32_t type)
{
    Sm *sm = f->sm;
    f->form.n = f->atom.n = f->uses.n = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        Bdd form;
        GR_TRY(sm_form(sm, f->root[i], type, &form));
        GR_TRY(gr_vec_push(sm->env, &f->form, form.v));
        GR_TRY(gr_bdd_reach(&sm->bdd, form));
        for (uint32_t j = 0; j < sm->bdd.reached.n; j++) {
            Bdd node = {sm->bdd.reached.at[j]};
            uint32_t var = gr_bdd_node(&sm->bdd, node).var;
            GR_TRY(gr_vec_push(sm->env, &f->atom, var));
            GR_TRY(gr_vec_push(sm->env, &f->uses, var));
            GR_TRY(gr_vec_push(sm->env, &f->uses, i));
        }
    }
    f->atom.n = sm_sort_unique(f->atom.at, f->atom.n);
    GR_TRY(gr_vec_reserve(sm->env, &f->truth, f->atom.n));
    f->truth.n = f->atom.n;
    for (uint32_t i = 0; i < f->uses.n; i += 2)
        f->uses.at[i] = sm_find_word(f->atom.at, f->atom.n, 1, f->uses.at[i]);
    sm_sort_pairs(f->uses.at, f->uses.n / 2);
    return GRAM_OK;
}

static bool holds(const Finder *f, Bdd form)
{
    while (form.v >= 2) {
        BddNode n = gr_bdd_node(&f->sm->bdd, form);
        form = f->truth.at[sm_find_word(f->atom.at, f->atom.n, 1, n.var)]
                   ? n.hi
                   : n.lo;
    }
    return form.v == GR_BDD_TRUE;
}

/* Each vector once, whatever type it comes from. */
static gram_status note_vector(Finder *f)
{
    uint32_t id;
    GR_TRY(gr_intern(f->sm->env, &f->found, f->vector.at, f->words, &id, NULL));
    f->many |= f->found.n > MOST_VECTORS;
    return GRAM_OK;
}

/* The vector of f->truth. */
static gram_status add_vector(Finder *f)
{
    memset(f->vector.at, 0, f->words * sizeof *f->vector.at);
    GR_TRY(gr_step(f->sm->env, f->n));
    for (uint32_t i = 0; i < f->n; i++)
        if (holds(f, (Bdd){f->form.at[i]})) gr_bit_set(f->vector.at, i);
    return note_vector(f);
}

/* The same from f->base, where few atoms hold: only the roots that have one of
 * them are looked at.  f->truth has the atom already; others that hold are
 * patched by calls of their own. */
static void patch(Finder *f, uint32_t atom)
{
    uint32_t n = f->uses.n / 2, i = sm_lower_word(f->uses.at, n, 2, atom);
    for (; i < n && f->uses.at[2 * i] == atom; i++) {
        const uint32_t *at = f->uses.at + 2 * i;
        uint32_t *word = &f->vector.at[at[1] / 32], bit = 1u << at[1] % 32;
        *word = holds(f, (Bdd){f->form.at[at[1]]}) ? *word | bit : *word & ~bit;
    }
}

/* The free atoms in all combinations. */
static gram_status add_free(Finder *f)
{
    f->many |= f->free.n > MOST_FREE;
    for (uint32_t bits = 0; !f->many && bits >> f->free.n == 0; bits++) {
        for (uint32_t i = 0; i < f->free.n; i++)
            f->truth.at[f->free.at[i]] = bits >> i & 1;
        GR_TRY(add_vector(f));
    }
    return GRAM_OK;
}

/* The same for every count: fewer than the first, between two, ... "At least 5"
 * holds only with "at least 3", so n counts have n + 1 combinations, in
 * ascending order. */
static gram_status add_combinations(Finder *f)
{
    for (uint32_t i = 0; i < f->counts.n; i++) f->truth.at[f->counts.at[i]] = 0;
    GR_TRY(add_free(f));
    for (uint32_t i = 0; i < f->counts.n && !f->many; i++) {
        f->truth.at[f->counts.at[i]] = 1;
        GR_TRY(add_free(f));
    }
    return GRAM_OK;
}

/* An atom whose truth is not known goes to the free ones or to the counts.
 * Sorted as they come, since the loop above walks up. */
static gram_status add_open(Finder *f, uint32_t place)
{
    Sm *sm = f->sm;
    Atom a = sm_atom_of(sm, f->atom.at[place]);
    SmWords *c = &f->counts;
    if (a.kind != ATOM_COUNT) return gr_vec_push(sm->env, &f->free, place);
    GR_TRY(gr_vec_push(sm->env, c, place));
    uint32_t i = c->n - 1;
    for (; i > 0 && sm_atom_of(sm, f->atom.at[c->at[i - 1]]).b > a.b; i--)
        c->at[i] = c->at[i - 1];
    c->at[i] = place;
    return gr_step(sm->env, 1 + (c->n - i) / 8);
}

/* --- strings -------------------------------------------------------------- */

/* Words of enumerations go on the list, other atoms are free. */
static gram_status list_words(Finder *f)
{
    Sm *sm = f->sm;
    f->list.n = f->free.n = f->counts.n = 0;
    for (uint32_t i = 0; i < f->atom.n; i++) {
        Atom a = sm_atom_of(sm, f->atom.at[i]);
        uint32_t n = a.kind == ATOM_TEXT ? gr_re_n_words(sm->re, (ReId){a.a})
                                         : 0;
        if (n == 0) GR_TRY(add_open(f, i));
        f->many |= f->list.n + (uint64_t)n > MOST_VECTORS;
        for (uint32_t j = 0; j < n && !f->many; j++) {
            Listed l = {.atom = i};
            l.text = gr_re_word_text(sm->re, (ReId){a.a}, j, &l.len);
            GR_TRY(gr_vec_push(sm->env, &f->list, l));
        }
    }
    return gr_step(sm->env, f->list.n);
}

/* The numbers of an atom of them, as list_words. */
static gram_status list_numbers(Finder *f)
{
    Sm *sm = f->sm;
    f->list.n = f->free.n = f->counts.n = 0;
    for (uint32_t i = 0; i < f->atom.n; i++) {
        GrNumAtomId id = {sm_atom_of(sm, f->atom.at[i]).a};
        uint32_t n;
        const GrDecimal *d = gr_num_listed(sm->num, id, &n);
        if (d == NULL) GR_TRY(gr_vec_push(sm->env, &f->free, i));
        f->many |= f->list.n + (uint64_t)n > MOST_VECTORS;
        for (uint32_t j = 0; j < n && !f->many; j++) {
            Listed l = {.atom = i, .number = &d[j]};
            GR_TRY(gr_vec_push(sm->env, &f->list, l));
        }
    }
    return gr_step(sm->env, f->list.n);
}

static int by_value(const void *a, const void *b)
{
    const Listed *x = a, *y = b;
    return gr_decimal_compare(x->number, y->number);
}

static int by_text(const void *a, const void *b)
{
    const Listed *x = a, *y = b;
    uint32_t n = x->len < y->len ? x->len : y->len;
    int c = n ? memcmp(x->text, y->text, n) : 0;
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

/* Is the word of the atom's kind?  A free one: a pattern or a length.  Its
 * length counts code points, as minLength does. */
static gram_status fits(Sm *sm, const Atom *a, const Listed *w, uint32_t *yes)
{
    uint32_t chars = 0, len;
    ReId re = {a->a};
    GR_TRY(gr_step(sm->env, w->len + 1));
    for (uint32_t i = 0; i < w->len; i += len, chars++) {
        uint32_t c = gr_utf8_get(w->text + i, w->len - i, &len);
        if (a->kind == ATOM_TEXT) GR_TRY(gr_re_derive(sm->re, re, c, &re));
    }
    *yes = a->kind == ATOM_TEXT ? gr_re_nullable(sm->re, re) : chars >= a->b;
    return GRAM_OK;
}

/* Which of some open atoms hold of a word. */
static gram_status fit_word(Finder *f, const SmWords *open, const Listed *w)
{
    for (uint32_t i = 0; i < open->n; i++) {
        uint32_t *yes = &f->truth.at[open->at[i]];
        Atom a = sm_atom_of(f->sm, f->atom.at[open->at[i]]);
        GR_TRY(fits(f->sm, &a, w, yes));
    }
    return gr_step(f->sm->env, open->n);
}

static void patch_open(Finder *f, const SmWords *open)
{
    for (uint32_t i = 0; i < open->n; i++)
        if (f->truth.at[open->at[i]]) patch(f, open->at[i]);
}

/* The vector of the words from..to-1 of the list, which are equal. */
static gram_status add_word(Finder *f, uint32_t from, uint32_t to)
{
    memset(f->truth.at, 0, f->truth.n * sizeof *f->truth.at);
    for (uint32_t i = from; i < to; i++) f->truth.at[f->list.at[i].atom] = 1;
    GR_TRY(fit_word(f, &f->free, &f->list.at[from]));
    GR_TRY(fit_word(f, &f->counts, &f->list.at[from]));
    memcpy(f->vector.at, f->base.at, f->words * sizeof *f->vector.at);
    GR_TRY(gr_step(f->sm->env, to - from + 1));
    for (uint32_t i = from; i < to; i++) patch(f, f->list.at[i].atom);
    patch_open(f, &f->free);
    patch_open(f, &f->counts);
    return note_vector(f);
}

/* The vector where no atom holds: a word changes few of its bits. */
static gram_status find_base(Finder *f)
{
    f->base.n = 0;
    if (f->truth.n > 0)
        memset(f->truth.at, 0, f->truth.n * sizeof *f->truth.at);
    GR_TRY(gr_vec_reserve(f->sm->env, &f->base, f->words));
    memset(f->base.at, 0, f->words * sizeof *f->base.at);
    for (uint32_t i = 0; i < f->n; i++)
        if (holds(f, (Bdd){f->form.at[i]})) gr_bit_set(f->base.at, i);
    return gr_step(f->sm->env, f->n);
}

/* Words first, each with the lists that have it; then all that are on
 * no list. */
static gram_status add_strings(Finder *f)
{
    GR_TRY(list_words(f));
    if (f->many) return GRAM_OK;
    if (f->list.n > 1)
        qsort(f->list.at, f->list.n, sizeof *f->list.at, by_text);
    GR_TRY(find_base(f));
    for (uint32_t i = 0, j; i < f->list.n && !f->many; i = j) {
        for (j = i + 1; j < f->list.n; j++)
            if (by_text(&f->list.at[i], &f->list.at[j]) != 0) break;
        GR_TRY(add_word(f, i, j));
    }
    if (f->truth.n > 0)
        memset(f->truth.at, 0, f->truth.n * sizeof *f->truth.at);
    return add_combinations(f);
}

/* --- numbers -------------------------------------------------------------- */

/* Set the truth of the atoms of the numbers from..to-1 of the list, which are
 * equal; what is free comes in all combinations. */
static gram_status add_number(Finder *f, uint32_t from, uint32_t to, bool yes)
{
    for (uint32_t i = from; i < to; i++) f->truth.at[f->list.at[i].atom] = yes;
    if (!yes) return GRAM_OK;
    if (f->free.n > 0) return add_combinations(f);
    memcpy(f->vector.at, f->base.at, f->words * sizeof *f->vector.at);
    GR_TRY(gr_step(f->sm->env, to - from + 1));
    for (uint32_t i = from; i < to; i++) patch(f, f->list.at[i].atom);
    return note_vector(f);
}

/* Numbers told by sets alone: those of the sets, and the others. */
static gram_status add_listed(Finder *f)
{
    if (f->list.n > 1)
        qsort(f->list.at, f->list.n, sizeof *f->list.at, by_value);
    GR_TRY(find_base(f));
    for (uint32_t i = 0, j; i < f->list.n && !f->many; i = j) {
        for (j = i + 1; j < f->list.n; j++)
            if (by_value(&f->list.at[i], &f->list.at[j]) != 0) break;
        GR_TRY(add_number(f, i, j, true));
        GR_TRY(add_number(f, i, j, false));
    }
    return add_combinations(f);
}

/* In one region every comparison has one truth; free atoms come in all ways. */
static gram_status add_region(void *ctx, const uint32_t *bits)
{
    Finder *f = ctx;
    for (uint32_t i = 0; i < f->placed.n; i++)
        f->truth.at[f->placed.at[i]] = gr_bit_get(bits, i);
    return f->many ? GRAM_OK : add_free(f);
}

/* Numbers told by bounds, too: the regions of the line. */
static gram_status add_regions(Finder *f)
{
    GrVec(GrNumAtomId) atoms = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < f->placed.n && status == GRAM_OK; i++) {
        GrNumAtomId id = {sm_atom_of(f->sm, f->atom.at[f->placed.at[i]]).a};
        status = gr_vec_push(f->sm->env, &atoms, id);
    }
    if (status == GRAM_OK)
        status =
            gr_num_each_region(f->sm->num, atoms.at, atoms.n, add_region, f);
    gr_vec_clear(f->sm->env, &atoms);
    return status;
}

/* Only divisors and spellings stay free; *bounds: there are others. */
static gram_status part_numbers(Finder *f, bool *bounds)
{
    uint32_t n = f->free.n;
    f->placed.n = f->free.n = 0;
    for (uint32_t i = 0; i < f->atom.n; i++) {
        GrNumAtomId id = {sm_atom_of(f->sm, f->atom.at[i]).a};
        bool placed = gr_num_is_placed(f->sm->num, id);
        GR_TRY(gr_vec_push(f->sm->env, placed ? &f->placed : &f->free, i));
    }
    *bounds = f->free.n < n;
    return GRAM_OK;
}

static gram_status add_numbers(Finder *f)
{
    bool bounds;
    GR_TRY(list_numbers(f));
    GR_TRY(part_numbers(f, &bounds));
    f->many |= f->free.n > MOST_FREE || f->placed.n > MOST_VECTORS;
    if (f->many) return GRAM_OK;
    return bounds ? add_regions(f) : add_listed(f);
}

/* --- objects -------------------------------------------------------------- */

/* Of a universal that speaks of one key alone: its name, and what it says. */
static bool speaks_of(const Sm *sm, const Atom *a, uint32_t *key, ConjId *conj)
{
    if (a->kind != ATOM_UNIV || !sm_is_of_key(sm, a->a)) return false;
    ObjectSpec spec = sm_object_spec(sm, a->a);
    *key = spec.names[0];
    *conj = (ConjId){spec.names[1]};
    return true;
}

/* Is it the set of this key alone? */
static bool asks_for(const Sm *sm, const Atom *a, uint32_t key)
{
    uint32_t n;
    if (a->kind != ATOM_REQ) return false;
    const uint32_t *set = sm_set(sm, a->a, &n);
    return n == 1 && set[0] == key;
}

/* Atoms that speak of one key, the first that comes: pairs in f->inner, its
 * conjs in `roots`.  "It is there" has root UINT32_MAX.  Others are open. */
static gram_status part_objects(Finder *f, SmWords *roots)
{
    Sm *sm = f->sm;
    uint32_t key = SM_NO_KEY, k = 0;
    f->inner.n = f->free.n = f->counts.n = 0;
    for (uint32_t i = 0; i < f->atom.n; i++) {
        Atom a = sm_atom_of(sm, f->atom.at[i]);
        ConjId conj;
        bool is = speaks_of(sm, &a, &k, &conj);
        if (is && key == SM_NO_KEY) key = k;
        if (!(is && k == key) && !asks_for(sm, &a, key)) {
            GR_TRY(add_open(f, i));
            continue;
        }
        GR_TRY(gr_vec_push(sm->env, &f->inner, i));
        GR_TRY(gr_vec_push(sm->env, &f->inner, is ? roots->n : UINT32_MAX));
        if (is) GR_TRY(gr_vec_push(sm->env, roots, conj.v));
    }
    return gr_step(sm->env, 1 + f->atom.n);
}

/* The key has these verdicts, or (NULL) is not there. */
static gram_status add_member(Finder *f, const uint32_t *bits)
{
    for (uint32_t i = 0; i < f->inner.n; i += 2) {
        uint32_t root = f->inner.at[i + 1];
        bool asks = root == UINT32_MAX;
        bool holds = bits == NULL ? !asks : asks || gr_bit_get(bits, root);
        f->truth.at[f->inner.at[i]] = holds;
    }
    GR_TRY(gr_step(f->sm->env, 1 + f->inner.n));
    return add_combinations(f);
}

static gram_status vectors_at(Sm *sm, const ConjId *root, uint32_t n,
                              uint32_t depth, SmWords *out, bool *done);

/* Objects told apart by one key, as a tag in an object is: the vectors of the
 * key, and that it is not there.  Without roots nothing is said of any key. */
static gram_status add_tagged(Finder *f, const SmWords *roots)
{
    uint32_t words = gr_bit_words(roots->n);
    SmWords inner = {0};
    bool done;
    if (roots->n == 0) return add_member(f, NULL);
    gram_status status = vectors_at(f->sm, (const ConjId *)roots->at, roots->n,
                                    f->depth - 1, &inner, &done);
    if (status == GRAM_OK && done) status = add_member(f, NULL);
    f->many |= !done;
    for (uint32_t i = 0; i < inner.n && !f->many && status == GRAM_OK;
         i += words)
        status = add_member(f, inner.at + i);
    gr_vec_clear(f->sm->env, &inner);
    return status;
}

static gram_status add_others(Finder *f)
{
    f->free.n = f->counts.n = 0;
    for (uint32_t i = 0; i < f->atom.n; i++) GR_TRY(add_open(f, i));
    return add_combinations(f);
}

static gram_status add_objects(Finder *f)
{
    SmWords roots = {0};
    if (f->atom.n <= MOST_FREE || f->depth == 0) return add_others(f);
    gram_status status = part_objects(f, &roots);
    f->many |= f->free.n > MOST_FREE;
    if (status == GRAM_OK && !f->many) status = add_tagged(f, &roots);
    gr_vec_clear(f->sm->env, &roots);
    return status;
}

/* --- all types ------------------------------------------------------------ */

static gram_status add_type(Finder *f, uint32_t type)
{
    GR_TRY(read_forms(f, type));
    for (uint32_t i = 0; type == T_NUMBER && i < f->atom.n; i++)
        f->many |= sm_atom_of(f->sm, f->atom.at[i]).kind != ATOM_NUMBER;
    if (f->many) return GRAM_OK;
    if (type == T_STRING) return add_strings(f);
    if (type == T_NUMBER) return add_numbers(f);
    return type == T_OBJECT ? add_objects(f) : add_others(f);
}

/* Types after one another into one table.  Nothing is given out where they are
 * too many: a part of the vectors would say what is not so. */
static gram_status find(Finder *f, SmWords *out)
{
    GrEnv *env = f->sm->env;
    GR_TRY(gr_vec_reserve(env, &f->vector, f->words));
    for (uint32_t type = 0; type < N_TYPES && !f->many; type++)
        GR_TRY(add_type(f, type));
    if (f->many) return GRAM_OK;
    for (uint32_t i = 0; i < f->found.n; i++)
        for (uint32_t j = 0; j < f->words; j++)
            GR_TRY(gr_vec_push(env, out, gr_intern_get(&f->found, i, NULL)[j]));
    return GRAM_OK;
}

static gram_status vectors_at(Sm *sm, const ConjId *root, uint32_t n,
                              uint32_t depth, SmWords *out, bool *done)
{
    Finder f = {.sm = sm, .root = root, .n = n, .words = gr_bit_words(n)};
    f.depth = depth;
    gr_intern_init(&f.found);
    gram_status status = find(&f, out);
    *done = !f.many;
    clear(&f);
    return status;
}

/* Calls go no deeper than that, whatever the schema is. */
gram_status sm_vectors(Sm *sm, const ConjId *root, uint32_t n, SmWords *out,
                       bool *done)
{
    enum { DEPTH = 3 };
    return vectors_at(sm, root, n, DEPTH, out, done);
}
