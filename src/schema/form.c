/* Elements, atoms, and the function of a schema over its atoms.
 *
 * form(element, type) says, for a value known to be of that type, what must
 * come true.  Splitting by type first makes keywords of other types vanish,
 * also under `not` (not:{minimum:3} is false for strings).  References and
 * applicators in place are part of the function; references under a key or
 * an item stay names inside of a spec, so that the formulas are finitely
 * many although the schema may be recursive.
 *
 * Order of work: the in-place dependents of an element are pushed on a work
 * list until all have a function; the loader has refused in-place cycles. */
#include "schema/machine.h"

#include <stdlib.h>

/* --- keys, sets ----------------------------------------------------------- */

gram_status sm_key(Sm *sm, const char *text, uint32_t len, uint32_t *key)
{
    /* length, then the bytes padded with zeros */
    uint32_t words[64], n = 1 + len / 4 + 1, *w = words;
    bool is_new;
    if (n > 64) {
        w = gr_arena_take(sm->env, &sm->arena, n * sizeof *w);
        if (w == NULL) return GRAM_E_MEMORY;
    }
    w[n - 1] = 0;
    w[0] = len;
    if (len) memcpy(w + 1, text, len);
    memset((char *)(w + 1) + len, 0, (n - 1) * sizeof *w - len);
    GR_TRY(gr_intern(sm->env, &sm->keys, w, n, key, &is_new));
    if (*key < sm->key.n) return GRAM_OK;
    char *copy = gr_arena_copy(sm->env, &sm->arena, text, len);
    if (copy == NULL) return GRAM_E_MEMORY;
    return gr_vec_push(sm->env, &sm->key, (GrName){copy, len, *key});
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Most lists come in order. */
static bool is_sorted(const uint32_t *w, uint32_t n)
{
    uint32_t i = 1;
    while (i < n && w[i - 1] <= w[i]) i++;
    return i >= n;
}

static uint32_t sort_unique(uint32_t *w, uint32_t n)
{
    uint32_t m = 0;
    if (!is_sorted(w, n)) qsort(w, n, sizeof *w, ascending);
    for (uint32_t i = 0; i < n; i++)
        if (m == 0 || w[m - 1] != w[i]) w[m++] = w[i];
    return m;
}

gram_status sm_set_of(Sm *sm, uint32_t *w, uint32_t n, uint32_t *set)
{
    return gr_intern(sm->env, &sm->sets, w, sort_unique(w, n), set, NULL);
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
    uint32_t m = sm->work.n ? sort_unique(sm->work.at, sm->work.n) : 0;
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
    uint32_t key[4] = {kind, type, a, b}, id, slot = 0;
    GR_TRY(gr_intern(sm->env, &sm->atoms, key, 4, &id, NULL));
    if (id == sm->slot_of.n) {
        GR_TRY(gr_vec_reserve(sm->env, &sm->slot_of, 1));
        GR_TRY(new_slot(sm, near, &slot));
        sm->atom_at.at[slot] = id + 1;
        sm->slot_of.at[sm->slot_of.n++] = slot;
    }
    return gr_bdd_var(&sm->bdd, ATOM_BASE + sm->slot_of.at[id], out);
}

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

static int by_key(const void *a, const void *b)
{
    return ascending(a, b);
}

/* names: pairs (key, conj), unsorted.  Interns the spec and makes its atom;
 * a spec that allows everything is true. */
gram_status sm_object_atom(Sm *sm, Words *names, const Words *patterns,
                           ConjId additional, ReId key_text, uint32_t near,
                           Bdd *out)
{
    Words w = {0};
    uint32_t spec;
    if (names->n > 2) qsort(names->at, names->n / 2, 8, by_key);
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

/* near: as for sm_atom_near. */
static gram_status req_atom_near(Sm *sm, const GrName *name, uint32_t n,
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
    return req_atom_near(sm, name, n, 0, out);
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

/* --- the keywords of one type --------------------------------------------- */

static gram_status and_number(Sm *sm, GrNumKind kind, const GrDecimal *d,
                              Bdd *f)
{
    GrNumAtomId id;
    Bdd a;
    GR_TRY(gr_num_atom(sm->num, kind, d, &id));
    GR_TRY(sm_atom(sm, ATOM_NUMBER, T_NUMBER, id.v, 0, &a));
    return gr_bdd_and(&sm->bdd, *f, a, f);
}

/* Type `integer` is an assertion like others.  "type": ["integer", "number"]
 * does not set it: the wider of the two wins in the loader. */
static gram_status number_form(Sm *sm, const GrSchema *s, Bdd *f)
{
    const GrNumberPart *p = s->number;
    if (s->integer)
        GR_TRY(and_number(
            sm, s->integer_lexical ? GR_NUM_LEXICAL_INTEGER : GR_NUM_INTEGER,
            NULL, f));
    if (p->lower.has)
        GR_TRY(and_number(sm, p->lower.open ? GR_NUM_GT : GR_NUM_GE,
                          &p->lower.value, f));
    if (p->upper.has)
        GR_TRY(and_number(sm, p->upper.open ? GR_NUM_LT : GR_NUM_LE,
                          &p->upper.value, f));
    if (p->has_multiple_of)
        GR_TRY(and_number(sm, GR_NUM_MULTIPLE, &p->multiple_of, f));
    return GRAM_OK;
}

static gram_status and_text(Sm *sm, ReId re, Bdd *f)
{
    Bdd a;
    GR_TRY(sm_atom(sm, ATOM_TEXT, T_STRING, re.v, 0, &a));
    return gr_bdd_and(&sm->bdd, *f, a, f);
}

static gram_status string_form(Sm *sm, const GrSchema *s, Bdd *f)
{
    const GrStringPart *p = s->string;
    if (p->has_pattern) GR_TRY(and_text(sm, p->pattern, f));
    if (p->has_format) GR_TRY(and_text(sm, p->format, f));
    return sm_count_atoms(sm, T_STRING, p->min_length, p->max_length, f);
}

/* At least n items of a conj.  A conj that asks for nothing is met by every
 * item: then a plain count says it, which needs no state per item. */
static gram_status contains_atom(Sm *sm, ConjId conj, uint32_t n, Bdd *out)
{
    *out = gr_bdd_const(n == 0);
    if (n == 0 || conj.v == CONJ_FALSE) return GRAM_OK;
    if (conj.v == CONJ_TRUE) return sm_atom(sm, ATOM_COUNT, T_ARRAY, 0, n, out);
    return sm_atom(sm, ATOM_CONTAINS, T_ARRAY, conj.v, n, out);
}

static gram_status contains_form(Sm *sm, const GrArrayPart *p, Bdd *f)
{
    ConjId conj;
    uint32_t element = p->contains.v * 2;
    Bdd a;
    if (!p->has_contains) return GRAM_OK;
    GR_TRY(sm_conj(sm, &element, 1, &conj));
    GR_TRY(contains_atom(sm, conj, p->min_contains, &a));
    GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    if (p->max_contains >= GR_NO_MAX) return GRAM_OK;
    GR_TRY(contains_atom(sm, conj, p->max_contains + 1, &a));
    GR_TRY(gr_bdd_not(&sm->bdd, a, &a));
    return gr_bdd_and(&sm->bdd, *f, a, f);
}

gram_status sm_array_form(Sm *sm, const GrSchema *s, Bdd *f)
{
    const GrArrayPart *p = s->array;
    Words w = {0};
    uint32_t conj, items;
    Bdd a;
    gram_status status = gr_vec_push(sm->env, &w, 0);
    for (uint32_t i = 0; i < p->n_prefix && status == GRAM_OK; i++) {
        status = sm_conj_of(sm, p->prefix[i].v * 2, &conj);
        if (status == GRAM_OK) status = gr_vec_push(sm->env, &w, conj);
    }
    if (status == GRAM_OK) status = sm_conj_of(sm, p->items.v * 2, &items);
    if (status == GRAM_OK)
        status = sm_array_atom(sm, &w, (ConjId){items}, 0, &a);
    gr_vec_clear(sm->env, &w);
    GR_TRY(status);
    GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    if (p->unique) {
        GR_TRY(sm_atom(sm, ATOM_UNIQUE, T_ARRAY, 0, 0, &a));
        GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    }
    GR_TRY(contains_form(sm, p, f));
    return sm_count_atoms(sm, T_ARRAY, p->min_items, p->max_items, f);
}

static gram_status names_and_patterns(Sm *sm, const GrObjectPart *p,
                                      Words *names, Words *patterns)
{
    uint32_t conj;
    for (uint32_t i = 0; i < p->n_properties; i++) {
        GR_TRY(sm_conj_of(sm, p->properties[i].schema.v * 2, &conj));
        GR_TRY(gr_vec_push(sm->env, names, p->properties[i].name.id));
        GR_TRY(gr_vec_push(sm->env, names, conj));
    }
    for (uint32_t i = 0; i < p->n_patterns; i++) {
        GR_TRY(sm_conj_of(sm, p->patterns[i].schema.v * 2, &conj));
        GR_TRY(gr_vec_push(sm->env, patterns, p->patterns[i].re.v));
        GR_TRY(gr_vec_push(sm->env, patterns, conj));
    }
    return GRAM_OK;
}

/* The atom is made first without an order, as only its spec's id is wanted;
 * where the policy orders keys, the same spec gets another atom for each order.
 * (The first is then in no function.) */
gram_status sm_object_form(Sm *sm, const GrSchema *s, Bdd *f)
{
    const GrObjectPart *p = s->object;
    Words names = {0}, patterns = {0};
    ConjId additional = {0}, key_schema;
    ReId key_text = gr_re_all(sm->re);
    uint32_t element = p->additional.v * 2, order;
    Bdd a = {GR_BDD_TRUE};
    gram_status status = names_and_patterns(sm, p, &names, &patterns);
    if (status == GRAM_OK) status = sm_conj(sm, &element, 1, &additional);
    element = p->property_names.v * 2;
    if (status == GRAM_OK && p->has_property_names) {
        status = sm_conj(sm, &element, 1, &key_schema);
        if (status == GRAM_OK) status = sm_text_re(sm, key_schema, &key_text);
    }
    if (status == GRAM_OK)
        status =
            sm_object_atom(sm, &names, &patterns, additional, key_text, 0, &a);
    if (status == GRAM_OK) status = sm_order_of(sm, s, &order);
    if (status == GRAM_OK && order != 0 && a.v >= 2)
        status = sm_atom(sm, ATOM_UNIV, T_OBJECT,
                         sm_atom_of(sm, gr_bdd_node(&sm->bdd, a).var).a, order,
                         &a);
    gr_vec_clear(sm->env, &names);
    gr_vec_clear(sm->env, &patterns);
    GR_TRY(status);
    GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    GR_TRY(sm_req_atom(sm, p->required, p->n_required, &a));
    GR_TRY(gr_bdd_and(&sm->bdd, *f, a, f));
    return sm_count_atoms(sm, T_OBJECT, p->min_properties, p->max_properties,
                          f);
}

/* --- one of some schemas -------------------------------------------------- */

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
    m = sort_unique(elements, m);
    element = m ? elements[0] : GR_SCHEMA_FALSE * 2;
    if (m > 1) {
        GR_TRY(sm_set_of(sm, elements, m, &set));
        element = ELEM_ANY | set;
    }
    return sm_conj(sm, &element, 1, out);
}

/* The functions of schemas that a schema contains in place are kept beside its
 * own: they are asked for again by unevaluated*, and as roots of their own. */
static gram_status element_form(Sm *sm, uint32_t element, uint32_t type,
                                Bdd *out);

typedef gram_status Fold(Bdds *b, Bdd *part, uint32_t n, Bdd *out);

/* The functions of some elements, folded.  One more place, so that none is no
 * empty block. */
static gram_status fold_elements(Sm *sm, const uint32_t *element, uint32_t n,
                                 uint32_t type, Fold *fold, Bdd *out)
{
    size_t size = ((size_t)n + 1) * sizeof(Bdd);
    if (n == 1) return element_form(sm, element[0], type, out);
    Bdd *part = gr_resize(sm->env, NULL, 0, size);
    if (part == NULL) return GRAM_E_MEMORY;
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = element_form(sm, element[i], type, &part[i]);
    if (status == GRAM_OK) status = fold(&sm->bdd, part, n, out);
    gr_free(sm->env, part, size);
    return status;
}

/* An ELEM_ANY holds schemas only, so the depth of element_form is two, whatever
 * the input. */
static gram_status any_form(Sm *sm, uint32_t set, uint32_t type, Bdd *f)
{
    uint32_t n;
    const uint32_t *element = sm_set(sm, set, &n);
    return fold_elements(sm, element, n, type, gr_bdd_any, f);
}

/* --- a whole schema ------------------------------------------------------- */

static uint64_t form_key(uint32_t element, uint32_t type)
{
    return gr_pair(element, type);
}

Bdd sm_ready(const Sm *sm, SchemaId s, uint32_t type)
{
    const uint32_t *v = gr_map_find(&sm->forms, form_key(s.v * 2, type));
    return (Bdd){v ? *v : GR_BDD_FALSE};
}

/* The functions of a list of schemas folded; part: room for them, and for as
 * much again. */
static gram_status fold_list(Sm *sm, const GrSchemaList *list, uint32_t type,
                             Fold *fold, Bdd *part, Bdd *out)
{
    uint32_t stride = fold == gr_bdd_one ? 2 : 1;
    for (uint32_t i = 0; i < list->n; i++)
        part[i * stride] = sm_ready(sm, list->at[i], type);
    return fold(&sm->bdd, part, list->n, out);
}

/* f and the list folded, as branches and not as a set: two equal branches of
 * oneOf that hold make two, and {"oneOf": [{}, {}]} takes nothing. */
static gram_status and_list(Sm *sm, const GrSchemaList *list, uint32_t type,
                            Fold *fold, Bdd *f)
{
    size_t size = 2 * (size_t)list->n * sizeof(Bdd);
    Bdd g, few[32], *part = few;
    if (list->n == 0) return GRAM_OK;
    if (size > sizeof few) part = gr_resize(sm->env, NULL, 0, size);
    if (part == NULL) return GRAM_E_MEMORY;
    gram_status status = fold_list(sm, list, type, fold, part, &g);
    if (part != few) gr_free(sm->env, part, size);
    GR_TRY(status);
    return gr_bdd_and(&sm->bdd, *f, g, f);
}

/* `if` without then and else is ite(if, true, true): nothing. */
static gram_status logic_form(Sm *sm, const GrLogicPart *p, uint32_t type,
                              Bdd *f)
{
    Bdd g;
    GR_TRY(and_list(sm, &p->refs, type, gr_bdd_all, f));
    GR_TRY(and_list(sm, &p->all_of, type, gr_bdd_all, f));
    GR_TRY(and_list(sm, &p->any_of, type, gr_bdd_any, f));
    GR_TRY(and_list(sm, &p->one_of, type, gr_bdd_one, f));
    if (p->has_not) {
        GR_TRY(gr_bdd_not(&sm->bdd, sm_ready(sm, p->not_, type), &g));
        GR_TRY(gr_bdd_and(&sm->bdd, *f, g, f));
    }
    if (!p->has_if) return GRAM_OK;
    GR_TRY(gr_bdd_ite(&sm->bdd, sm_ready(sm, p->if_, type),
                      sm_ready(sm, p->then_, type),
                      sm_ready(sm, p->else_, type), &g));
    return gr_bdd_and(&sm->bdd, *f, g, f);
}

/* "if this key is there, then f".  The two stand together: n such pairs with
 * all keys behind all else have 2^n nodes. */
static gram_status when_key(Sm *sm, const GrName *name, Bdd then, Bdd *out)
{
    Bdd key;
    uint32_t near = then.v < 2 ? 0 : gr_bdd_node(&sm->bdd, then).var;
    GR_TRY(req_atom_near(sm, name, 1, near, &key));
    GR_TRY(gr_bdd_not(&sm->bdd, key, &key));
    return gr_bdd_or(&sm->bdd, key, then, out);
}

static gram_status all_when(Sm *sm, const GrObjectPart *p, Bdd *part)
{
    for (uint32_t i = 0; i < p->n_dependent_required; i++) {
        const GrDependentRequired *d = &p->dependent_required[i];
        Bdd all;
        GR_TRY(sm_req_atom(sm, d->required, d->n, &all));
        GR_TRY(when_key(sm, &d->name, all, part++));
    }
    for (uint32_t i = 0; i < p->n_dependent_schemas; i++) {
        const GrProperty *d = &p->dependent_schemas[i];
        Bdd then = sm_ready(sm, d->schema, T_OBJECT);
        GR_TRY(when_key(sm, &d->name, then, part++));
    }
    return GRAM_OK;
}

/* Folded by halves: each pair has variables of its own, side by side. */
static gram_status dependent_form(Sm *sm, const GrObjectPart *p, Bdd *f)
{
    uint32_t n = p->n_dependent_required + p->n_dependent_schemas;
    size_t size = ((size_t)n + 1) * sizeof(Bdd);
    Bdd g, *part;
    if (n == 0) return GRAM_OK;
    part = gr_resize(sm->env, NULL, 0, size);
    if (part == NULL) return GRAM_E_MEMORY;
    gram_status status = all_when(sm, p, part);
    if (status == GRAM_OK) status = gr_bdd_all(&sm->bdd, part, n, &g);
    gr_free(sm->env, part, size);
    GR_TRY(status);
    return gr_bdd_and(&sm->bdd, *f, g, f);
}

/* Booleans and null have no keywords but enum and const. */
static gram_status own_form(Sm *sm, const GrSchema *s, uint32_t type, Bdd *f)
{
    switch (type) {
    case T_NUMBER: return number_form(sm, s, f);
    case T_STRING: return string_form(sm, s, f);
    case T_ARRAY: return sm_array_form(sm, s, f);
    case T_OBJECT:
        GR_TRY(sm_object_form(sm, s, f));
        return dependent_form(sm, s->object, f);
    default: return GRAM_OK;
    }
}

/* Everything that a value of this type must meet.  All schemas in place have a
 * function by now (run_forms).  unevaluated* come last: they are told in terms
 * of the functions of those. */
static gram_status schema_form(Sm *sm, uint32_t schema, uint32_t type, Bdd *f)
{
    const GrSchema *s = gr_schema_get(sm->loaded, (SchemaId){schema});
    Bdd g;
    *f = gr_bdd_const(schema != GR_SCHEMA_FALSE && (s->types >> type & 1));
    if (f->v == GR_BDD_FALSE || schema == GR_SCHEMA_TRUE) return GRAM_OK;
    if (s->enum_at != GR_NO_NODE) {
        const GrJson *j = &sm->loaded->doc[s->doc].json;
        GR_TRY(sm_enum_form(sm, j, s->enum_at, type, f));
    }
    if (s->const_at != GR_NO_NODE) {
        uint32_t element;
        GR_TRY(sm_constant(sm, &sm->loaded->doc[s->doc].json, s->const_at,
                           &element));
        GR_TRY(sm_constant_form(sm, element / 2, type, &g));
        GR_TRY(gr_bdd_and(&sm->bdd, *f, g, f));
    }
    GR_TRY(own_form(sm, s, type, f));
    GR_TRY(logic_form(sm, s->logic, type, f));
    return sm_unevaluated(sm, (SchemaId){schema}, type, f);
}

/* Push the in-place dependents of a schema that have no function yet.  `true`
 * and `false` get theirs here, so that sm_ready finds them like any other. */
static gram_status need(Sm *sm, Words *todo, SchemaId s, uint32_t type)
{
    if (s.v < 2 && gr_map_find(&sm->forms, form_key(s.v * 2, type)) == NULL)
        GR_TRY(gr_map_put(sm->env, &sm->forms, form_key(s.v * 2, type),
                          s.v == GR_SCHEMA_TRUE));
    if (gr_map_find(&sm->forms, form_key(s.v * 2, type)) != NULL)
        return GRAM_OK;
    return gr_vec_push(sm->env, todo, s.v);
}

static gram_status need_list(Sm *sm, Words *todo, const GrSchemaList *list,
                             uint32_t type)
{
    for (uint32_t i = 0; i < list->n; i++)
        GR_TRY(need(sm, todo, list->at[i], type));
    return GRAM_OK;
}

static gram_status need_all(Sm *sm, Words *todo, uint32_t schema, uint32_t type)
{
    const GrSchema *s = gr_schema_get(sm->loaded, (SchemaId){schema});
    const GrLogicPart *p = s->logic;
    if (!(s->types >> type & 1)) return GRAM_OK;
    GR_TRY(need_list(sm, todo, &p->refs, type));
    GR_TRY(need_list(sm, todo, &p->all_of, type));
    GR_TRY(need_list(sm, todo, &p->any_of, type));
    GR_TRY(need_list(sm, todo, &p->one_of, type));
    if (p->has_not) GR_TRY(need(sm, todo, p->not_, type));
    /* what is pushed last is made first: a condition stands above what hangs on
     * it, or its diagram must remember both sides */
    if (p->has_if) {
        GR_TRY(need(sm, todo, p->else_, type));
        GR_TRY(need(sm, todo, p->then_, type));
        GR_TRY(need(sm, todo, p->if_, type));
    }
    for (uint32_t i = 0; type == T_OBJECT && i < s->object->n_dependent_schemas;
         i++)
        GR_TRY(need(sm, todo, s->object->dependent_schemas[i].schema, type));
    return GRAM_OK;
}

/* A schema stays on the list until all that it is built of are done: it is
 * looked at twice, and its dependents between.  One that was pushed by two
 * schemas is met again when it is done, and skipped. */
static gram_status run_forms(Sm *sm, Words *todo, uint32_t type)
{
    while (todo->n > 0) {
        uint32_t n = todo->n, schema = todo->at[n - 1];
        Bdd f;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(need_all(sm, todo, schema, type));
        if (todo->n > n) continue;
        todo->n--;
        if (gr_map_find(&sm->forms, form_key(schema * 2, type)) != NULL)
            continue;
        GR_TRY(schema_form(sm, schema, type, &f));
        GR_TRY(
            gr_map_put(sm->env, &sm->forms, form_key(schema * 2, type), f.v));
    }
    return GRAM_OK;
}

static gram_status element_form(Sm *sm, uint32_t element, uint32_t type,
                                Bdd *out)
{
    Words todo = {0};
    uint32_t *memo = gr_map_find(&sm->forms, form_key(element, type));
    if (memo == NULL && element >= ELEM_ANY) {
        if (element >= ELEM_UNSEEN)
            GR_TRY(sm_unseen_form(sm, element - ELEM_UNSEEN, type, out));
        else
            GR_TRY(any_form(sm, element - ELEM_ANY, type, out));
        return gr_map_put(sm->env, &sm->forms, form_key(element, type), out->v);
    }
    if (memo == NULL && (element & 1)) {
        GR_TRY(sm_constant_form(sm, element / 2, type, out));
        return gr_map_put(sm->env, &sm->forms, form_key(element, type), out->v);
    }
    if (memo == NULL) {
        gram_status status = gr_vec_push(sm->env, &todo, element / 2);
        if (status == GRAM_OK) status = run_forms(sm, &todo, type);
        gr_vec_clear(sm->env, &todo);
        GR_TRY(status);
        memo = gr_map_find(&sm->forms, form_key(element, type));
    }
    out->v = memo ? *memo : GR_BDD_FALSE;
    return GRAM_OK;
}

/* Sufficient only: `type` of the schemas themselves is read, neither their
 * $refs nor enums, and nothing is built. */
bool sm_is_never(const Sm *sm, ConjId conj, uint32_t type)
{
    uint32_t n;
    const uint32_t *element = gr_intern_get(&sm->conjs, conj.v, &n);
    for (uint32_t i = 0; i < n; i++) {
        if ((element[i] & 1) || element[i] >= ELEM_ANY) continue;
        SchemaId s = {element[i] / 2};
        if (!(gr_schema_get(sm->loaded, s)->types >> type & 1)) return true;
    }
    return false;
}

gram_status sm_form(Sm *sm, ConjId conj, uint32_t type, Bdd *out)
{
    uint32_t n;
    const uint32_t *element = gr_intern_get(&sm->conjs, conj.v, &n);
    const uint32_t *memo = gr_map_find(&sm->conj_forms, form_key(conj.v, type));
    if (memo != NULL || conj.v == CONJ_FALSE || sm_is_never(sm, conj, type)) {
        out->v = memo ? *memo : GR_BDD_FALSE;
        return GRAM_OK;
    }
    GR_TRY(fold_elements(sm, element, n, type, gr_bdd_all, out));
    return gr_map_put(sm->env, &sm->conj_forms, form_key(conj.v, type), out->v);
}
