/* The names of things: keys, sets, conjs, atoms and the specs behind them.
 *
 * Everything that a function is made of is interned here, in a normal form:
 * lists sorted and without repeats, specs without what says nothing.  So two
 * schemas that say the same in other words have one atom, and whatever is
 * computed for one is there for the other.
 *
 * This file knows no keyword and no schema; form.c, which reads schemas, is
 * one caller, others make atoms of what is left of an array or an object while
 * a text goes on.  A new atom costs one look-up and a variable. */
#include "schema/machine.h"

/* --- keys, sets ----------------------------------------------------------- */

/* A key is a text; the number is what specs, sets and registers have of it. */
gram_status sm_key(Sm *sm, const char *text, uint32_t len, uint32_t *key)
{
    /* length, then the bytes padded with zeros */
    uint32_t words[64], n = 1 + len / 4 + 1, *w = words;
    if (n > 64) {
        w = gr_arena_take(sm->env, &sm->arena, n * sizeof *w);
        if (w == NULL) return GRAM_E_MEMORY;
    }
    w[n - 1] = 0;
    w[0] = len;
    if (len) memcpy(w + 1, text, len);
    memset((char *)(w + 1) + len, 0, (n - 1) * sizeof *w - len);
    *key = gr_intern_find(&sm->keys, w, n);
    if (*key != UINT32_MAX) return GRAM_OK;
    /* the number is given out last: a failure leaves none without a name */
    char *copy = gr_arena_copy(sm->env, &sm->arena, text, len);
    if (copy == NULL) return GRAM_E_MEMORY;
    GR_TRY(gr_vec_reserve(sm->env, &sm->key, 1));
    GR_TRY(gr_intern(sm->env, &sm->keys, w, n, key, NULL));
    sm->key.at[sm->key.n++] = (GrName){copy, len, *key};
    return GRAM_OK;
}

gram_status sm_set_of(Sm *sm, uint32_t *w, uint32_t n, uint32_t *set)
{
    return gr_intern(sm->env, &sm->sets, w, sm_sort_unique(w, n), set, NULL);
}

const uint32_t *sm_set(const Sm *sm, uint32_t set, uint32_t *n)
{
    return gr_intern_get(&sm->sets, set, n);
}

/* --- conjs ---------------------------------------------------------------- */

/* Sorted and without `true`, so that equal sets are equal ids; the empty set is
 * id 0 and {false} id 1, which is why CONJ_TRUE needs no test here. */
gram_status sm_conj(Sm *sm, const uint32_t *elements, uint32_t n, ConjId *out)
{
    sm->work.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (elements[i] == GR_SCHEMA_TRUE * 2) continue;
        if (elements[i] == GR_SCHEMA_FALSE * 2) {
            *out = (ConjId){CONJ_FALSE};
            return GRAM_OK;
        }
        GR_TRY(gr_vec_push(sm->env, &sm->work, elements[i]));
    }
    uint32_t m = sm_sort_unique(sm->work.at, sm->work.n);
    return gr_intern(sm->env, &sm->conjs, sm->work.at, m, &out->v, NULL);
}

/* The elements of both: a conj of conjs is flat, so that {a, b} and {b} are {a,
 * b}, whichever way they came together. */
gram_status sm_conj_and(Sm *sm, ConjId a, ConjId b, ConjId *out)
{
    if (a.v == b.v || b.v == CONJ_TRUE || a.v == CONJ_FALSE) {
        *out = a;
        return GRAM_OK;
    }
    uint32_t na, nb;
    const uint32_t *wa = gr_intern_get(&sm->conjs, a.v, &na);
    const uint32_t *wb = gr_intern_get(&sm->conjs, b.v, &nb);
    uint32_t *both = gr_zalloc(sm->env, (size_t)na + nb, sizeof *both);
    if (both == NULL) return GRAM_E_MEMORY;
    if (na) memcpy(both, wa, na * sizeof *both);
    if (nb) memcpy(both + na, wb, nb * sizeof *both);
    gram_status status = sm_conj(sm, both, na + nb, out);
    gr_free(sm->env, both, ((size_t)na + nb) * sizeof *both);
    return status;
}

/* Dropping `false` and stopping at `true` keeps sets apart from one
 * another only where they differ: {s, false} and {s} are one conj, and
 * share all states. */
gram_status sm_any(Sm *sm, uint32_t *elements, uint32_t n, ConjId *out)
{
    uint32_t set, element, m = 0;
    *out = (ConjId){CONJ_TRUE};
    for (uint32_t i = 0; i < n; i++) {
        if (elements[i] == GR_SCHEMA_TRUE * 2) return GRAM_OK;
        if (elements[i] != GR_SCHEMA_FALSE * 2) elements[m++] = elements[i];
    }
    m = sm_sort_unique(elements, m);
    element = m ? elements[0] : GR_SCHEMA_FALSE * 2;
    if (m > 1) {
        GR_TRY(sm_set_of(sm, elements, m, &set));
        element = ELEM_ANY | set;
    }
    return sm_conj(sm, &element, 1, out);
}

/* --- atoms and specs ------------------------------------------------------ */

/* A free variable behind `near`, or the first of a new gap.  A wrong order
 * costs nodes, never truth: where the gap is full the atom goes to the end. */
static gram_status new_slot(Sm *sm, uint32_t near, uint32_t *slot)
{
    uint32_t n = sm->atom_at.n, at = near % ATOM_BASE + 1;
    if (near >= ATOM_BASE)
        for (; at < n && at % ATOM_GAP != 0; at++)
            if (sm->atom_at.at[at] == 0) {
                *slot = at;
                return GRAM_OK;
            }
    if (n + ATOM_GAP > 1u << ATOM_NUMBER_BITS)
        return gr_fail(sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d assertions",
                       (1 << ATOM_NUMBER_BITS) / ATOM_GAP);
    GR_TRY(gr_vec_reserve(sm->env, &sm->atom_at, ATOM_GAP));
    memset(sm->atom_at.at + n, 0, ATOM_GAP * sizeof *sm->atom_at.at);
    sm->atom_at.n = n + ATOM_GAP;
    *slot = n;
    return GRAM_OK;
}

gram_status sm_atom_near(Sm *sm, AtomKind kind, uint32_t type, uint32_t a,
                         uint32_t b, uint32_t near, Bdd *out)
{
    uint32_t key[4] = {kind, type, a, b}, slot = 0;
    uint32_t id = gr_intern_find(&sm->atoms, key, 4);
    if (id == UINT32_MAX) {
        GR_TRY(gr_vec_reserve(sm->env, &sm->slot_of, 1));
        GR_TRY(new_slot(sm, near, &slot));
        GR_TRY(gr_intern(sm->env, &sm->atoms, key, 4, &id, NULL));
        sm->atom_at.at[slot] = id + 1;
        sm->slot_of.at[sm->slot_of.n++] = slot;
    }
    return gr_bdd_var(&sm->bdd, ATOM_BASE + sm->slot_of.at[id], out);
}

/* Behind no other: a new gap. */
gram_status sm_atom(Sm *sm, AtomKind kind, uint32_t type, uint32_t a,
                    uint32_t b, Bdd *out)
{
    return sm_atom_near(sm, kind, type, a, b, 0, out);
}

/* A BDD node knows its variable alone; from there the way leads over the slot
 * to the atom's id, and to its words. */
Atom sm_atom_of(const Sm *sm, uint32_t var)
{
    uint32_t id = sm->atom_at.at[var % ATOM_BASE] - 1;
    const uint32_t *key = gr_intern_get(&sm->atoms, id, NULL);
    return (Atom){key[0], key[1], key[2], key[3]};
}

/* A view of the interned words (machine.h): nothing is copied. */
ObjectSpec sm_object_spec(const Sm *sm, uint32_t spec)
{
    const uint32_t *w = gr_intern_get(&sm->specs, spec, NULL);
    ObjectSpec s = {.n_names = w[0], .names = w + 1};
    w += 1 + 2 * s.n_names;
    s.n_patterns = w[0];
    s.patterns = w + 1;
    w += 1 + 2 * s.n_patterns;
    s.additional = (ConjId){w[0]};
    s.key_text = (ReId){w[1]};
    return s;
}

const uint32_t *sm_array_spec(const Sm *sm, uint32_t spec, uint32_t *n_prefix)
{
    const uint32_t *w = gr_intern_get(&sm->specs, spec, NULL);
    *n_prefix = w[0];
    return w + 1;
}

typedef SmWords Words;

gram_status sm_conj_of(Sm *sm, uint32_t element, uint32_t *conj)
{
    ConjId c;
    GR_TRY(sm_conj(sm, &element, 1, &c));
    *conj = c.v;
    return GRAM_OK;
}

/* names: pairs (key, conj), unsorted.  Interns the spec and makes its atom;
 * a spec that allows everything is true. */
gram_status sm_object_atom(Sm *sm, Words *names, const Words *patterns,
                           ConjId additional, ReId key_text, uint32_t near,
                           Bdd *out)
{
    Words w = {0};
    uint32_t spec;
    sm_sort_pairs(names->at, names->n / 2);
    bool all = names->n == 0 && patterns->n == 0 && additional.v == CONJ_TRUE &&
               key_text.v == gr_re_all(sm->re).v;
    *out = gr_bdd_const(true);
    if (all) return GRAM_OK;
    gram_status status =
        gr_vec_reserve(sm->env, &w, (uint64_t)names->n + patterns->n + 4);
    if (status == GRAM_OK) {
        w.at[w.n++] = names->n / 2;
        for (uint32_t i = 0; i < names->n; i++) w.at[w.n++] = names->at[i];
        w.at[w.n++] = patterns->n / 2;
        for (uint32_t i = 0; i < patterns->n; i++)
            w.at[w.n++] = patterns->at[i];
        w.at[w.n++] = additional.v;
        w.at[w.n++] = key_text.v;
        status = gr_intern(sm->env, &sm->specs, w.at, w.n, &spec, NULL);
    }
    gr_vec_clear(sm->env, &w);
    GR_TRY(status);
    return sm_atom_near(sm, ATOM_UNIV, T_OBJECT, spec, 0, near, out);
}

/* The spec of all positions: `prefix` gets its own length in front and `items`
 * behind, which is the layout that sm_array_spec reads. */
gram_status sm_array_atom(Sm *sm, Words *prefix, ConjId items, uint32_t near,
                          Bdd *out)
{
    uint32_t spec;
    *out = gr_bdd_const(true);
    /* a tail of the prefix that says what items says is no prefix */
    while (prefix->n > 1 && prefix->at[prefix->n - 1] == items.v) prefix->n--;
    if (prefix->n == 1 && items.v == CONJ_TRUE) return GRAM_OK;
    prefix->at[0] = prefix->n - 1;
    GR_TRY(gr_vec_push(sm->env, prefix, items.v));
    GR_TRY(gr_intern(sm->env, &sm->specs, prefix->at, prefix->n, &spec, NULL));
    return sm_atom_near(sm, ATOM_UNIV, T_ARRAY, spec, 0, near, out);
}

gram_status sm_req_atom_near(Sm *sm, const GrName *name, uint32_t n,
                             uint32_t near, Bdd *out)
{
    Words w = {0};
    uint32_t set = 0;
    *out = gr_bdd_const(true);
    if (n == 0) return GRAM_OK;
    gram_status status = gr_vec_reserve(sm->env, &w, n);
    if (status == GRAM_OK) {
        for (uint32_t i = 0; i < n; i++) w.at[w.n++] = name[i].id;
        status = sm_set_of(sm, w.at, w.n, &set);
    }
    gr_vec_clear(sm->env, &w);
    GR_TRY(status);
    return sm_atom_near(sm, ATOM_REQ, T_OBJECT, set, 0, near, out);
}

gram_status sm_req_atom(Sm *sm, const GrName *name, uint32_t n, Bdd *out)
{
    return sm_req_atom_near(sm, name, n, 0, out);
}

/* f and (least <= count <= most). */
gram_status sm_count_atoms(Sm *sm, uint32_t type, uint32_t least, uint32_t most,
                           Bdd *f)
{
    Bdd a;
    if (least > 0) {
        GR_TRY(sm_atom(sm, ATOM_COUNT, type, 0, least, &a));
        GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    }
    if (most < GR_NO_MAX) {
        GR_TRY(sm_atom(sm, ATOM_COUNT, type, 0, most + 1, &a));
        GR_TRY(gr_bdd_not(&sm->bdd, a, &a));
        GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    }
    return GRAM_OK;
}
