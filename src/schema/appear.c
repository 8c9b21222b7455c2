/* Atoms in an order that is the schema's own.
 *
 * Where a container has several ways to hold, the order of its variables
 * decides which one a search finds, and with it what completions are said to
 * cost.  Functions are made when somebody asks for them; were their atoms
 * made then, too, that order would be one of the questions:
 *
 *     {"anyOf": [A, B], "properties": {"x": {"anyOf": [B, A]}}}
 *
 * So the atoms of all arrays and objects are made before the first question,
 * if anything has a choice: what stands in place together with what it stands
 * in, as functions are made (form.c), then what is below keys and items, level
 * by level; as if one text led everywhere.
 *
 * The order of the text was rejected: there a union's definitions are apart
 * from what tells its branches from one another, and a function that asks for
 * both is a diagram of 2^n nodes. */
#include "schema/machine.h"

enum { CONTAINERS = GR_TYPE_ARRAY | GR_TYPE_OBJECT };

/* --- is there a choice? --------------------------------------------------- */

/* Types, as GR_TYPE_*, that two branches may be. */
static uint32_t common_types(const Sm *sm, const GrSchemaList *list)
{
    uint32_t seen = 0, twice = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t types = gr_schema_get(sm->loaded, list->at[i])->types;
        twice |= seen & types;
        seen |= types;
    }
    return twice;
}

static uint32_t listed_types(const Sm *sm, const GrSchema *s)
{
    const GrJson *j = &sm->loaded->doc[s->doc].json;
    uint32_t seen = 0, twice = 0;
    if (s->enum_at == GR_NO_NODE) return 0;
    for (uint32_t i = s->enum_at + 1; i < j->node[s->enum_at].next;
         i = j->node[i].next) {
        uint32_t type = 1u << sm_type_of_json(j, i);
        twice |= seen & type;
        seen |= type;
    }
    return twice;
}

/* Types of values that the schema may have several ways for.  (Those of one
 * type of container make choices in the other, inside of it.) */
static uint32_t choices(const Sm *sm, const GrSchema *s)
{
    const GrLogicPart *p = s->logic;
    const GrObjectPart *o = s->object;
    uint32_t types = p->has_not || p->has_if ? GR_TYPE_ALL : 0;
    types |= common_types(sm, &p->any_of) | common_types(sm, &p->one_of);
    if (o->n_dependent_required > 0 || o->n_dependent_schemas > 0 ||
        o->has_unevaluated)
        types |= GR_TYPE_OBJECT;
    if (s->array->has_unevaluated) types |= GR_TYPE_ARRAY;
    return (types & s->types) | listed_types(sm, s);
}

/* --- atoms of one schema -------------------------------------------------- */

typedef struct Appear {
    Sm *sm;
    SmWords todo;    /* in place, the innermost last */
    SmWords inside;  /* below keys and items, in order */
    uint32_t *known; /* bits: those that have been in `inside` */
    uint32_t *done;  /* bits: those that have been in `todo` */
} Appear;

/* Of the arrays and objects in a constant, itself included. */
static gram_status constant_atoms(Appear *a, const GrJson *j, uint32_t node)
{
    Sm *sm = a->sm;
    uint32_t element, type;
    Bdd f;
    for (uint32_t i = node; i < j->node[node].next; i++) {
        type = sm_type_of_json(j, i);
        if (type < T_ARRAY) continue;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(sm_constant(sm, j, i, &element));
        GR_TRY(sm_constant_form(sm, element / 2, type, &f));
    }
    return gr_step(sm->env, 1 + (j->node[node].next - node) / 16);
}

/* An enum has an order of its own for what it lists. */
static gram_status enum_atoms(Appear *a, const GrJson *j, uint32_t at)
{
    uint32_t types = 0;
    Bdd f;
    for (uint32_t i = at + 1; i < j->node[at].next; i = j->node[i].next)
        types |= 1u << sm_type_of_json(j, i);
    if (types & GR_TYPE_ARRAY) GR_TRY(sm_enum_form(a->sm, j, at, T_ARRAY, &f));
    if (types & GR_TYPE_OBJECT)
        GR_TRY(sm_enum_form(a->sm, j, at, T_OBJECT, &f));
    if (types & CONTAINERS)
        for (uint32_t i = at + 1; i < j->node[at].next; i = j->node[i].next)
            GR_TRY(constant_atoms(a, j, i));
    return GRAM_OK;
}

static gram_status atoms_of(Appear *a, const GrSchema *s)
{
    const GrJson *j = &a->sm->loaded->doc[s->doc].json;
    Bdd f = {GR_BDD_TRUE};
    if (s->enum_at != GR_NO_NODE) GR_TRY(enum_atoms(a, j, s->enum_at));
    if (s->const_at != GR_NO_NODE) GR_TRY(constant_atoms(a, j, s->const_at));
    if ((s->types & GR_TYPE_ARRAY) && s->array != &gr_no_array)
        GR_TRY(sm_array_form(a->sm, s, &f));
    f = gr_bdd_const(true);
    if ((s->types & GR_TYPE_OBJECT) && s->object != &gr_no_object)
        GR_TRY(sm_object_form(a->sm, s, &f));
    return GRAM_OK;
}

/* --- all of them ---------------------------------------------------------- */

static gram_status add_place(Appear *a, SchemaId s)
{
    return gr_bit_get(a->done, s.v) ? GRAM_OK
                                    : gr_vec_push(a->sm->env, &a->todo, s.v);
}

static gram_status add_list(Appear *a, const GrSchemaList *list)
{
    for (uint32_t i = 0; i < list->n; i++) GR_TRY(add_place(a, list->at[i]));
    return GRAM_OK;
}

/* What stands in place of a schema; the last one is made first, as functions
 * are (form.c). */
static gram_status add_places(Appear *a, const GrSchema *s)
{
    const GrLogicPart *p = s->logic;
    GR_TRY(add_list(a, &p->refs));
    GR_TRY(add_list(a, &p->all_of));
    GR_TRY(add_list(a, &p->any_of));
    GR_TRY(add_list(a, &p->one_of));
    if (p->has_not) GR_TRY(add_place(a, p->not_));
    if (p->has_if) {
        GR_TRY(add_place(a, p->else_));
        GR_TRY(add_place(a, p->then_));
        GR_TRY(add_place(a, p->if_));
    }
    for (uint32_t i = 0; i < s->object->n_dependent_schemas; i++)
        GR_TRY(add_place(a, s->object->dependent_schemas[i].schema));
    return GRAM_OK;
}

static gram_status add_inside(Appear *a, SchemaId s)
{
    if (gr_bit_get(a->known, s.v)) return GRAM_OK;
    gr_bit_set(a->known, s.v);
    return gr_vec_push(a->sm->env, &a->inside, s.v);
}

static gram_status add_members(Appear *a, const GrObjectPart *p)
{
    for (uint32_t i = 0; i < p->n_properties; i++)
        GR_TRY(add_inside(a, p->properties[i].schema));
    for (uint32_t i = 0; i < p->n_patterns; i++)
        GR_TRY(add_inside(a, p->patterns[i].schema));
    GR_TRY(add_inside(a, p->additional));
    return p->has_unevaluated ? add_inside(a, p->unevaluated) : GRAM_OK;
}

static gram_status add_items(Appear *a, const GrArrayPart *p)
{
    for (uint32_t i = 0; i < p->n_prefix; i++)
        GR_TRY(add_inside(a, p->prefix[i]));
    GR_TRY(add_inside(a, p->items));
    if (p->has_contains) GR_TRY(add_inside(a, p->contains));
    return p->has_unevaluated ? add_inside(a, p->unevaluated) : GRAM_OK;
}

/* A schema is done when all that stands in place of it is. */
static gram_status run_places(Appear *a)
{
    while (a->todo.n > 0) {
        uint32_t n = a->todo.n, schema = a->todo.at[n - 1];
        const GrSchema *s = gr_schema_get(a->sm->loaded, (SchemaId){schema});
        GR_TRY(gr_step(a->sm->env, 1));
        if (!gr_bit_get(a->done, schema)) GR_TRY(add_places(a, s));
        if (a->todo.n > n) continue;
        a->todo.n--;
        if (gr_bit_get(a->done, schema)) continue;
        gr_bit_set(a->done, schema);
        GR_TRY(atoms_of(a, s));
        GR_TRY(add_items(a, s->array));
        GR_TRY(add_members(a, s->object));
    }
    return GRAM_OK;
}

static gram_status run(Appear *a)
{
    gr_bit_set(a->done, GR_SCHEMA_TRUE);
    gr_bit_set(a->done, GR_SCHEMA_FALSE);
    GR_TRY(add_inside(a, a->sm->loaded->root));
    for (uint32_t i = 0; i < a->inside.n; i++) {
        GR_TRY(add_place(a, (SchemaId){a->inside.at[i]}));
        GR_TRY(run_places(a));
    }
    return GRAM_OK;
}

gram_status sm_make_atoms(Sm *sm)
{
    Appear a = {.sm = sm};
    const GrLoaded *l = sm->loaded;
    uint32_t n = gr_bit_words(l->n);
    bool some = false;
    for (uint32_t i = 2; i < l->n && !some; i++)
        some = choices(sm, &l->schema[i]) & CONTAINERS;
    if (!some) return GRAM_OK;
    a.known = gr_zalloc(sm->env, 2 * (size_t)n, sizeof *a.known);
    if (a.known == NULL) return GRAM_E_MEMORY;
    a.done = a.known + n;
    gram_status status = run(&a);
    gr_free(sm->env, a.known, 2 * (size_t)n * sizeof *a.known);
    gr_vec_clear(sm->env, &a.todo);
    gr_vec_clear(sm->env, &a.inside);
    return status;
}
