/* Constant values as functions over atoms: const, enum, and "none of these".
 *
 * A constant array or object is an ordinary constraint, so that any order of
 * keys and any spelling of numbers will do; all strings of an enum are one
 * atom, and all numbers.  Members of constants are elements of their own:
 * however deep a value is, this does not recurse. */
#include "schema/machine.h"

#include <stdlib.h>

typedef SmWords Words;

/* Equal values are one element, however they are spelled and in whatever order
 * their keys come: 1.0 and 1, and the members of an enum that stands twice.
 * The first spelling is the one that is kept. */
gram_status sm_constant(Sm *sm, const GrJson *json, uint32_t node,
                        uint32_t *element)
{
    uint32_t id;
    GR_TRY(gr_json_canon(sm->env, &sm->canon, json, node, &id));
    /* ids of parts of constants leave gaps, filled when they are met */
    while (sm->constants.n <= id)
        GR_TRY(gr_vec_push(sm->env, &sm->constants, (Constant){0}));
    if (sm->constants.at[id].json == NULL)
        sm->constants.at[id] = (Constant){json, node};
    *element = id * 2 + 1;
    return GRAM_OK;
}

/* --- constants ------------------------------------------------------------ */

uint32_t sm_type_of_json(const GrJson *j, uint32_t node)
{
    switch ((GrJsonType)j->node[node].type) {
    case GR_JSON_NULL: return T_NULL;
    case GR_JSON_FALSE:
    case GR_JSON_TRUE: return T_BOOL;
    case GR_JSON_NUMBER: return T_NUMBER;
    case GR_JSON_STRING: return T_STRING;
    case GR_JSON_ARRAY: return T_ARRAY;
    default: return T_OBJECT;
    }
}

/* As prefixItems with no item behind, and exactly so many of them. */
static gram_status constant_array(Sm *sm, const GrJson *j, uint32_t node,
                                  Bdd *f)
{
    Words w = {0};
    Bdd items;
    uint32_t element, conj, count = j->node[node].n;
    gram_status status = gr_vec_push(sm->env, &w, 0);
    uint32_t end = j->node[node].next;
    *f = gr_bdd_const(true);
    if (status == GRAM_OK)
        status = sm_count_atoms(sm, T_ARRAY, count, count, f);
    for (uint32_t i = node + 1; i < end && status == GRAM_OK;
         i = j->node[i].next) {
        status = sm_constant(sm, j, i, &element);
        if (status == GRAM_OK) status = sm_conj_of(sm, element, &conj);
        if (status == GRAM_OK) status = gr_vec_push(sm->env, &w, conj);
    }
    if (status == GRAM_OK)
        status = sm_array_atom(sm, &w, (ConjId){CONJ_FALSE}, 0, &items);
    if (status == GRAM_OK) status = gr_bdd_and(&sm->bdd, *f, items, f);
    gr_vec_clear(sm->env, &w);
    return status;
}

/* The keys of a constant object. */
static gram_status constant_keys(Sm *sm, const GrJson *j, uint32_t node,
                                 uint32_t *set)
{
    Words keys = {0};
    uint32_t key, end = j->node[node].next;
    gram_status status = GRAM_OK;
    for (uint32_t i = node + 1; i < end && status == GRAM_OK;
         i = j->node[i + 1].next) {
        status = sm_key(sm, j->node[i].text, j->node[i].n, &key);
        if (status == GRAM_OK) status = gr_vec_push(sm->env, &keys, key);
    }
    if (status == GRAM_OK) status = sm_set_of(sm, keys.at, keys.n, set);
    gr_vec_clear(sm->env, &keys);
    return status;
}

/* Keys are numbered as they are met, and completions have them in that order:
 * so all of a constant's are met at once, in the order of the text, and not
 * when something first asks about a part of it. */
gram_status sm_constant_names(Sm *sm, const GrJson *j, uint32_t node)
{
    uint32_t set;
    for (uint32_t i = node; i < j->node[node].next; i++)
        if (j->node[i].type == GR_JSON_OBJECT)
            GR_TRY(constant_keys(sm, j, i, &set));
    return gr_step(sm->env, 1 + (j->node[node].next - node) / 16);
}

/* As properties, all of them required, with additionalProperties false. */
static gram_status constant_object(Sm *sm, const GrJson *j, uint32_t node,
                                   Bdd *f)
{
    Words names = {0}, none = {0};
    uint32_t element, conj, key, set;
    Bdd all;
    uint32_t end = j->node[node].next;
    *f = gr_bdd_const(true);
    GR_TRY(constant_keys(sm, j, node, &set));
    gram_status status = GRAM_OK;
    if (j->node[node].n > 0)
        status = sm_atom(sm, ATOM_REQ, T_OBJECT, set, 0, f);
    for (uint32_t i = node + 1; i < end && status == GRAM_OK;
         i = j->node[i + 1].next) {
        status = sm_key(sm, j->node[i].text, j->node[i].n, &key);
        if (status == GRAM_OK) status = sm_constant(sm, j, i + 1, &element);
        if (status == GRAM_OK) status = sm_conj_of(sm, element, &conj);
        if (status == GRAM_OK) status = gr_vec_push(sm->env, &names, key);
        if (status == GRAM_OK) status = gr_vec_push(sm->env, &names, conj);
    }
    if (status == GRAM_OK)
        status = sm_object_atom(sm, &names, &none, (ConjId){CONJ_FALSE},
                                gr_re_all(sm->re), 0, &all);
    if (status == GRAM_OK) status = gr_bdd_and(&sm->bdd, *f, all, f);
    gr_vec_clear(sm->env, &names);
    return status;
}

static gram_status text_of_constant(Sm *sm, const GrJson *j, uint32_t node,
                                    Bdd *f)
{
    GrWord word = {j->node[node].text, j->node[node].n, GR_RE_UNNUMBERED};
    ReId re;
    GR_TRY(gr_re_words(sm->re, &word, 1, &re));
    return sm_atom(sm, ATOM_TEXT, T_STRING, re.v, 0, f);
}

static gram_status number_of_constant(Sm *sm, const GrJson *j, uint32_t node,
                                      Bdd *f)
{
    GrDecimal d;
    GrNumAtomId id;
    GR_TRY(gr_decimal_read(sm->env, &sm->arena, j->node[node].text,
                           j->node[node].n, &d));
    GR_TRY(gr_num_atom(sm->num, GR_NUM_EQ, &d, &id));
    return sm_atom(sm, ATOM_NUMBER, T_NUMBER, id.v, 0, f);
}

/* null has no atom: once the type is known there is nothing left to ask. */
gram_status sm_constant_form(Sm *sm, uint32_t constant, uint32_t type, Bdd *f)
{
    Constant c = sm->constants.at[constant];
    *f = gr_bdd_const(sm_type_of_json(c.json, c.node) == type);
    if (f->v == 0) return GRAM_OK;
    switch (type) {
    case T_BOOL:
        GR_TRY(sm_atom(sm, ATOM_TRUE, T_BOOL, 0, 0, f));
        return c.json->node[c.node].type == GR_JSON_TRUE
                   ? GRAM_OK
                   : gr_bdd_not(&sm->bdd, *f, f);
    case T_NUMBER: return number_of_constant(sm, c.json, c.node, f);
    case T_STRING: return text_of_constant(sm, c.json, c.node, f);
    case T_ARRAY: return constant_array(sm, c.json, c.node, f);
    case T_OBJECT: return constant_object(sm, c.json, c.node, f);
    default: return GRAM_OK;
    }
}

/* --- enum ----------------------------------------------------------------- */

typedef GrVec(GrWord) Strings;
typedef GrVec(GrDecimal) Numbers;

/* The node's string, if it is one. */
static gram_status add_string(Sm *sm, const GrJsonNode *node, Strings *list)
{
    GrWord word = {node->text, node->n, GR_RE_UNNUMBERED};
    if (node->type != GR_JSON_STRING) return GRAM_OK;
    return gr_vec_push(sm->env, list, word);
}

/* The node's number, if it is one. */
static gram_status add_number(Sm *sm, const GrJsonNode *node, Numbers *list)
{
    GrDecimal d;
    if (node->type != GR_JSON_NUMBER) return GRAM_OK;
    GR_TRY(gr_decimal_read(sm->env, &sm->arena, node->text, node->n, &d));
    return gr_vec_push(sm->env, list, d);
}

/* All strings of a list are one atom: its expression is a list of words, of
 * which one step costs the same however long it is.  An atom for each would
 * be a diagram with a level for each. */
static gram_status one_of_strings(Sm *sm, const Strings *list, Bdd *f)
{
    ReId re;
    *f = gr_bdd_const(false);
    if (list->n == 0) return GRAM_OK;
    GR_TRY(gr_re_words(sm->re, list->at, list->n, &re));
    return sm_atom(sm, ATOM_TEXT, T_STRING, re.v, 0, f);
}

/* And so are all numbers. */
static gram_status one_of_numbers(Sm *sm, const Numbers *list, Bdd *f)
{
    GrNumAtomId id;
    *f = gr_bdd_const(false);
    if (list->n == 0) return GRAM_OK;
    GR_TRY(gr_num_atom_in(sm->num, list->at, list->n, &id));
    return sm_atom(sm, ATOM_NUMBER, T_NUMBER, id.v, 0, f);
}

static gram_status enum_strings(Sm *sm, const GrJson *j, uint32_t at, Bdd *f)
{
    Strings list = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = at + 1; i < j->node[at].next && status == GRAM_OK;
         i = j->node[i].next)
        status = add_string(sm, &j->node[i], &list);
    if (status == GRAM_OK) status = one_of_strings(sm, &list, f);
    gr_vec_clear(sm->env, &list);
    return status;
}

static gram_status enum_numbers(Sm *sm, const GrJson *j, uint32_t at, Bdd *f)
{
    Numbers list = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = at + 1; i < j->node[at].next && status == GRAM_OK;
         i = j->node[i].next)
        status = add_number(sm, &j->node[i], &list);
    if (status == GRAM_OK) status = one_of_numbers(sm, &list, f);
    gr_vec_clear(sm->env, &list);
    return status;
}

/* A constant of an enum; shape: where the first one is of as many items, or of
 * the same keys. */
typedef struct Listed {
    uint32_t shape, at, element;
} Listed;

static int by_shape(const void *a, const void *b)
{
    const Listed *x = a, *y = b;
    if (x->shape != y->shape) return x->shape < y->shape ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* The place of the first one of its shape; what ids sets have is a matter of
 * who asked for them. */
static gram_status shape_of(Sm *sm, Listed *l, GrMap *first)
{
    Constant c = sm->constants.at[l->element / 2];
    uint32_t type = sm_type_of_json(c.json, c.node);
    uint32_t shape = type == T_ARRAY ? c.json->node[c.node].n : 0;
    if (type == T_OBJECT) GR_TRY(constant_keys(sm, c.json, c.node, &shape));
    const uint32_t *at = gr_map_find(first, shape);
    l->shape = at ? *at : l->at;
    return at ? GRAM_OK : gr_map_put(sm->env, first, shape, l->at);
}

static gram_status shapes_of(Sm *sm, Listed *list, uint32_t n)
{
    GrMap first = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = shape_of(sm, &list[i], &first);
    gr_map_clear(sm->env, &first);
    return status;
}

/* Those of one shape share its atom: side by side they are a diagram of
 * their number, in any other order a function of each set of shapes. */
static gram_status forms_of(Sm *sm, Listed *list, uint32_t n, uint32_t type,
                            Bdd *part)
{
    GR_TRY(shapes_of(sm, list, n));
    if (n > 1) qsort(list, n, sizeof *list, by_shape);
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(sm_constant_form(sm, list[i].element / 2, type, &part[i]));
    return GRAM_OK;
}

/* One of n constants that are neither strings nor numbers; those of other types
 * are false. */
static gram_status any_constant(Sm *sm, const uint32_t *element, uint32_t n,
                                uint32_t type, Bdd *f)
{
    size_t forms = ((size_t)n + 1) * sizeof(Bdd);
    size_t size = forms + n * sizeof(Listed);
    Bdd *part = gr_resize(sm->env, NULL, 0, size);
    if (part == NULL) return GRAM_E_MEMORY;
    Listed *list = (Listed *)(part + n + 1);
    for (uint32_t i = 0; i < n; i++) list[i] = (Listed){0, i, element[i]};
    gram_status status = forms_of(sm, list, n, type, part);
    if (status == GRAM_OK) status = gr_bdd_any(&sm->bdd, part, n, f);
    gr_free(sm->env, part, size);
    return status;
}

/* Only the constants of the type are looked at: an enum that mixes types falls
 * apart into six, of which five are empty mostly. */
gram_status sm_enum_form(Sm *sm, const GrJson *j, uint32_t at, uint32_t type,
                         Bdd *f)
{
    if (type == T_STRING) return enum_strings(sm, j, at, f);
    if (type == T_NUMBER) return enum_numbers(sm, j, at, f);
    Words constants = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = at + 1; i < j->node[at].next && status == GRAM_OK;
         i = j->node[i].next) {
        uint32_t element;
        if (sm_type_of_json(j, i) != type) continue;
        status = sm_constant(sm, j, i, &element);
        if (status == GRAM_OK)
            status = gr_vec_push(sm->env, &constants, element);
    }
    if (status == GRAM_OK)
        status = any_constant(sm, constants.at, constants.n, type, f);
    gr_vec_clear(sm->env, &constants);
    return status;
}

/* --- none of some constants ----------------------------------------------- */

/* A set, not a list: whichever way a text came to have seen them, what is left
 * is one conj. */
gram_status sm_unseen(Sm *sm, const uint32_t *constants, uint32_t n,
                      ConjId *out)
{
    Words w = {0};
    uint32_t set, element;
    *out = (ConjId){CONJ_TRUE};
    if (n == 0) return GRAM_OK;
    gram_status status = gr_vec_reserve(sm->env, &w, n);
    if (status == GRAM_OK) {
        memcpy(w.at, constants, n * sizeof *w.at);
        status = sm_set_of(sm, w.at, n, &set);
    }
    gr_vec_clear(sm->env, &w);
    GR_TRY(status);
    element = ELEM_UNSEEN | set;
    return sm_conj(sm, &element, 1, out);
}

static const GrJsonNode *node_of(const Sm *sm, uint32_t element)
{
    Constant c = sm->constants.at[element / 2];
    return &c.json->node[c.node];
}

static gram_status any_string(Sm *sm, const uint32_t *element, uint32_t n,
                              Bdd *f)
{
    Strings list = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = add_string(sm, node_of(sm, element[i]), &list);
    if (status == GRAM_OK) status = one_of_strings(sm, &list, f);
    gr_vec_clear(sm->env, &list);
    return status;
}

static gram_status any_number(Sm *sm, const uint32_t *element, uint32_t n,
                              Bdd *f)
{
    Numbers list = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = add_number(sm, node_of(sm, element[i]), &list);
    if (status == GRAM_OK) status = one_of_numbers(sm, &list, f);
    gr_vec_clear(sm->env, &list);
    return status;
}

gram_status sm_unseen_form(Sm *sm, uint32_t set, uint32_t type, Bdd *f)
{
    uint32_t n;
    const uint32_t *element = sm_set(sm, set, &n);
    if (type == T_STRING) {
        GR_TRY(any_string(sm, element, n, f));
    } else if (type == T_NUMBER) {
        GR_TRY(any_number(sm, element, n, f));
    } else {
        GR_TRY(any_constant(sm, element, n, type, f));
    }
    return gr_bdd_not(&sm->bdd, *f, f);
}
