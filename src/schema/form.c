/* The function of a schema over its atoms (atoms.c).
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
#include "schema/cells.h"

typedef SmWords Words;

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

/* A pattern and a format are atoms of their own, not one: `not` may meet one of
 * them, and text_re.c puts them together anyway. */
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

/* maxContains: not at least one more than that. */
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

/* Every part that a schema does not have is `true`, and vanishes in the and. */
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

/* What is below a key is a conj, not a function: it is made when somebody gets
 * there, so that recursive schemas end. */
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

/* One memo for elements of all kinds: their numbers do not overlap. */
static uint64_t form_key(uint32_t element, uint32_t type)
{
    return gr_pair(element, type);
}

/* FALSE where there is none; run_forms sees to it that there is. */
Bdd sm_ready(const Sm *sm, SchemaId s, uint32_t type)
{
    const uint32_t *v = gr_map_find(&sm->forms, form_key(s.v * 2, type));
    return (Bdd){v ? *v : GR_BDD_FALSE};
}

/* The functions of a list of schemas folded; part: room for them. */
static gram_status fold_list(Sm *sm, const GrSchemaList *list, uint32_t type,
                             Fold *fold, Bdd *part, Bdd *out)
{
    for (uint32_t i = 0; i < list->n; i++)
        part[i] = sm_ready(sm, list->at[i], type);
    return fold(&sm->bdd, part, list->n, out);
}

/* f and the list folded, as branches and not as a set: two equal branches of
 * oneOf that hold make two, and {"oneOf": [{}, {}]} takes nothing. */
static gram_status and_list(Sm *sm, const GrSchemaList *list, uint32_t type,
                            Fold *fold, Bdd *f)
{
    size_t size = list->n * sizeof(Bdd);
    Bdd g, few[16], *part = few;
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
    GR_TRY(sm_req_atom_near(sm, name, 1, near, &key));
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

/* The list is short; a schema that is pushed twice is made once. */
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
        if (element >= ELEM_OTHER)
            GR_TRY(sm_other_form(sm, element - ELEM_OTHER, type, out));
        else if (element >= ELEM_UNSEEN)
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

/* `type` is looked at before anything is built: of the six types most schemas
 * allow one. */
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
