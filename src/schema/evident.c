/* Values that a schema allows for certain, as is seen from its keywords alone.
 *
 * Before the first key of an object it is asked of each of its names whether
 * some value may follow (living.c), and most are never written.  The functions
 * of their schemas, the automata of their strings, searches for members that
 * they require would all be made for that one bit.  Mostly there is a witness
 * that needs none of it:
 *
 *     null  true  false  ""  0  1  []  {}
 *
 * Whether one of these is valid is read off the keywords, under `not` and the
 * others too: yes, no, or not known (Truth).  Where no keyword tells more than
 * one thing at once, other witnesses are seen by their types: a string that is
 * listed or has a least length, an object of the members that it requires, each
 * evident in turn.
 *
 * Sufficient only: what is not seen here is searched for (live.c).  Schemas
 * that are asked for are gone through on a stack; of one that needs itself
 * nothing is known there.  Cost: each schema is looked at twice. */
#include "schema/cells.h"

/* The eight values. */
enum {
    IS_NULL = 1,
    IS_TRUE = 2,
    IS_FALSE = 4,
    IS_EMPTY = 8,
    IS_ZERO = 16,
    IS_ONE = 32,
    IS_ARRAY = 64,
    IS_OBJECT = 128
};

/* SmEvident.state. */
enum { UNSEEN, BUSY, KNOWN };

/* Required names times properties that are compared. */
enum { COMPARED_MOST = 4096 };

#define NO_HEIGHT UINT32_MAX

typedef struct Look {
    Sm *sm;
    SmWords todo;
    bool waits; /* schemas have been put on `todo` */
} Look;

static const SmEvident nothing = {.may = GR_TYPE_ALL};

/* What is known of a schema that another one asks for; it may have to be looked
 * at first. */
static gram_status need(Look *l, SchemaId s, const SmEvident **out)
{
    *out = &l->sm->evident.at[s.v];
    GR_TRY(gr_step(l->sm->env, 1));
    if ((*out)->state == KNOWN) return GRAM_OK;
    bool busy = (*out)->state == BUSY;
    *out = &nothing;
    if (busy) return GRAM_OK;
    l->waits = true;
    return gr_vec_push(l->sm->env, &l->todo, s.v);
}

/* --- the eight values ----------------------------------------------------- */

static Truth both(Truth a, Truth b)
{
    return (Truth){a.yes & b.yes, a.no | b.no};
}

static Truth either(Truth a, Truth b)
{
    return (Truth){a.yes | b.yes, a.no & b.no};
}

static uint8_t of_types(uint8_t types)
{
    return (types & GR_TYPE_NULL ? IS_NULL : 0) |
           (types & GR_TYPE_BOOLEAN ? IS_TRUE | IS_FALSE : 0) |
           (types & GR_TYPE_NUMBER ? IS_ZERO | IS_ONE : 0) |
           (types & GR_TYPE_STRING ? IS_EMPTY : 0) |
           (types & GR_TYPE_ARRAY ? IS_ARRAY : 0) |
           (types & GR_TYPE_OBJECT ? IS_OBJECT : 0);
}

static bool is_inside(const GrNumberPart *p, const GrDecimal *d)
{
    int lo = p->lower.has ? gr_decimal_compare(d, &p->lower.value) : 1;
    int hi = p->upper.has ? gr_decimal_compare(&p->upper.value, d) : 1;
    return lo >= p->lower.open && hi >= p->upper.open;
}

/* Those that a part refuses; of 1 a divisor may say anything. */
static uint8_t refused(const Sm *sm, const GrSchema *s)
{
    static const GrDecimal zero = {"", 0, false, 0}, one = {"1", 1, false, 1};
    const GrStringPart *t = s->string;
    bool text = t->min_length == 0 &&
                (!t->has_pattern || gr_re_nullable(sm->re, t->pattern)) &&
                (!t->has_format || gr_re_nullable(sm->re, t->format));
    bool contains = s->array->has_contains && s->array->min_contains > 0;
    bool array = s->array->min_items == 0 && !contains;
    bool object = s->object->min_properties + s->object->n_required == 0;
    return (is_inside(s->number, &zero) ? 0 : IS_ZERO) |
           (is_inside(s->number, &one) ? 0 : IS_ONE) | (text ? 0 : IS_EMPTY) |
           (array ? 0 : IS_ARRAY) | (object ? 0 : IS_OBJECT);
}

/* One value of enum or const.  A number may be spelled in many ways. */
static Truth listed_value(const GrJsonNode *node)
{
    uint8_t is = 0;
    switch ((GrJsonType)node->type) {
    case GR_JSON_NULL: is = IS_NULL; break;
    case GR_JSON_TRUE: is = IS_TRUE; break;
    case GR_JSON_FALSE: is = IS_FALSE; break;
    case GR_JSON_STRING: is = node->n == 0 ? IS_EMPTY : 0; break;
    case GR_JSON_ARRAY: is = node->n == 0 ? IS_ARRAY : 0; break;
    case GR_JSON_OBJECT: is = node->n == 0 ? IS_OBJECT : 0; break;
    case GR_JSON_NUMBER: return (Truth){0, (uint8_t) ~(IS_ZERO | IS_ONE)};
    }
    return (Truth){is, (uint8_t)~is};
}

/* The values of enum and const, and their types. */
static gram_status listed(Sm *sm, const GrSchema *s, Truth *out, uint8_t *types)
{
    const GrJson *json = &sm->loaded->doc[s->doc].json;
    bool is_enum = s->enum_at != GR_NO_NODE;
    uint32_t at = is_enum ? s->enum_at + 1 : s->const_at;
    uint32_t n = is_enum ? json->node[s->enum_at].n : 1;
    *out = (Truth){0, UINT8_MAX};
    *types = 0;
    GR_TRY(gr_step(sm->env, n / 16));
    for (uint32_t i = 0; i < n; i++, at = json->node[at].next) {
        *out = either(*out, listed_value(&json->node[at]));
        *types |= (uint8_t)(1 << sm_type_of_json(json, at));
    }
    if (is_enum && s->const_at != GR_NO_NODE)
        *out = both(*out, listed_value(&json->node[s->const_at]));
    return GRAM_OK;
}

static bool is_listed(const GrSchema *s)
{
    return s->enum_at != GR_NO_NODE || s->const_at != GR_NO_NODE;
}

/* What the keywords say but those of logic; also of which types. */
static gram_status own_truth(Sm *sm, const GrSchema *s, SmEvident *e)
{
    uint8_t valid = of_types(s->types) & (uint8_t)~refused(sm, s), types;
    Truth list;
    e->truth = (Truth){valid, (uint8_t)~valid};
    e->may = s->types;
    if (s->number->has_multiple_of) e->truth.yes &= (uint8_t)~IS_ONE;
    if (!is_listed(s)) return GRAM_OK;
    GR_TRY(listed(sm, s, &list, &types));
    e->truth = both(e->truth, list);
    e->may &= types;
    return GRAM_OK;
}

/* --- values by their types ------------------------------------------------ */

/* A value of a type; `high`: containers inside it. */
static void take(SmEvident *e, uint32_t type, uint32_t high)
{
    uint32_t i = type == GR_TYPE_OBJECT;
    if (high == NO_HEIGHT) return;
    bool first = !(e->some & type);
    e->some |= (uint8_t)type;
    if (type < GR_TYPE_ARRAY) return;
    if (first || high + 1 < e->high[i]) e->high[i] = high + 1;
}

/* Containers in the lowest witness of these types, or NO_HEIGHT. */
static uint32_t lowest(const SmEvident *e, uint8_t types)
{
    uint32_t high = NO_HEIGHT;
    if (e->some & types & (GR_TYPE_ARRAY - 1)) return 0;
    if (e->some & types & GR_TYPE_ARRAY) high = e->high[0];
    if (e->some & types & GR_TYPE_OBJECT && e->high[1] < high)
        high = e->high[1];
    return high;
}

/* In the one of a type, beside itself. */
static uint32_t inside(const SmEvident *e, uint32_t type)
{
    return type < GR_TYPE_ARRAY ? 0 : e->high[type == GR_TYPE_OBJECT] - 1;
}

/* The eight among them. */
static void take_truth(SmEvident *e)
{
    for (uint32_t type = 1; type <= GR_TYPE_OBJECT; type *= 2)
        if (e->truth.yes & of_types((uint8_t)type)) take(e, type, 0);
}

/* A member must be of this schema: the highest one of all, or NO_HEIGHT. */
static gram_status need_some(Look *l, SchemaId s, uint32_t *high)
{
    const SmEvident *e;
    GR_TRY(need(l, s, &e));
    uint32_t low = lowest(e, GR_TYPE_ALL);
    if (low > *high) *high = low;
    return GRAM_OK;
}

/* An array of just as many items as must be there. */
static gram_status look_at_array(Look *l, const GrArrayPart *p, SmEvident *e)
{
    uint32_t n = p->min_items, max = l->sm->policy.max_items, high = 0;
    if (n > p->max_items || (max > 0 && n > max) || p->has_contains ||
        p->has_unevaluated || (n > 1 && p->unique))
        return GRAM_OK;
    for (uint32_t i = 0; i < n && i <= p->n_prefix; i++) {
        SchemaId item = i < p->n_prefix ? p->prefix[i] : p->items;
        GR_TRY(need_some(l, item, &high));
    }
    take(e, GR_TYPE_ARRAY, high);
    return GRAM_OK;
}

/* The schema of a member, where it depends on no pattern. */
static SchemaId member_of(const GrObjectPart *p, uint32_t name)
{
    uint32_t i = 0;
    while (i < p->n_properties && p->properties[i].name.id != name) i++;
    return i < p->n_properties ? p->properties[i].schema : p->additional;
}

/* The object of the members that are required, and no other. */
static gram_status look_at_object(Look *l, const GrObjectPart *p, SmEvident *e)
{
    uint32_t n = p->n_required, high = 0;
    if (p->min_properties > n || p->max_properties < n || p->n_patterns > 0 ||
        p->has_property_names || p->has_unevaluated ||
        p->n_dependent_required + p->n_dependent_schemas > 0 ||
        n > COMPARED_MOST / (p->n_properties + 1))
        return GRAM_OK;
    GR_TRY(gr_step(l->sm->env, (uint64_t)n * p->n_properties / 16));
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(need_some(l, member_of(p, p->required[i].id), &high));
    take(e, GR_TYPE_OBJECT, high);
    return GRAM_OK;
}

/* Is there a string? */
static bool has_text(const Sm *sm, const GrSchema *s)
{
    const GrStringPart *p = s->string;
    uint32_t max = sm->policy.max_string;
    if (is_listed(s)) return p == &gr_no_string && max == 0;
    return !p->has_pattern && !p->has_format &&
           p->min_length <= p->max_length && (max == 0 || p->min_length <= max);
}

/* Of a schema without logic.  Its listed values are there, where no other
 * keyword speaks of strings; those of const may not be those of enum. */
static gram_status look_at_parts(Look *l, const GrSchema *s, SmEvident *e)
{
    if (s->enum_at != GR_NO_NODE && s->const_at != GR_NO_NODE) return GRAM_OK;
    if (e->may & GR_TYPE_STRING && has_text(l->sm, s))
        take(e, GR_TYPE_STRING, 0);
    if (is_listed(s)) return GRAM_OK;
    if (s->types & GR_TYPE_ARRAY) GR_TRY(look_at_array(l, s->array, e));
    if (s->types & GR_TYPE_OBJECT) GR_TRY(look_at_object(l, s->object, e));
    return GRAM_OK;
}

/* --- logic ---------------------------------------------------------------- */

static gram_status fold_all(Look *l, const GrSchemaList *list, SmEvident *e)
{
    for (uint32_t i = 0; i < list->n; i++) {
        const SmEvident *one;
        GR_TRY(need(l, list->at[i], &one));
        e->truth = both(e->truth, one->truth);
        e->may &= one->may;
    }
    return GRAM_OK;
}

static gram_status fold_any(Look *l, const GrSchemaList *list, SmEvident *e)
{
    Truth any = {0, UINT8_MAX};
    uint8_t may = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        const SmEvident *one;
        GR_TRY(need(l, list->at[i], &one));
        any = either(any, one->truth);
        may |= one->may;
    }
    if (list->n == 0) return GRAM_OK;
    e->truth = both(e->truth, any);
    e->may &= may;
    return GRAM_OK;
}

/* Exactly one: none, one, more than one so far. */
static gram_status fold_one(Look *l, const GrSchemaList *list, SmEvident *e)
{
    uint8_t none = UINT8_MAX, one = 0, some = 0, more = 0, may = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        const SmEvident *branch;
        GR_TRY(need(l, list->at[i], &branch));
        Truth t = branch->truth;
        one = (uint8_t)((one & t.no) | (none & t.yes));
        none &= t.no;
        more |= some & t.yes;
        some |= t.yes;
        may |= branch->may;
    }
    if (list->n == 0) return GRAM_OK;
    e->truth = both(e->truth, (Truth){one, none | more});
    e->may &= may;
    return GRAM_OK;
}

static gram_status fold_if(Look *l, const GrLogicPart *p, SmEvident *e)
{
    const SmEvident * not, *test, *yes, *no;
    if (p->has_not) {
        GR_TRY(need(l, p->not_, &not ));
        e->truth = both(e->truth, (Truth){not ->truth.no, not ->truth.yes});
    }
    if (!p->has_if) return GRAM_OK;
    GR_TRY(need(l, p->if_, &test));
    GR_TRY(need(l, p->then_, &yes));
    GR_TRY(need(l, p->else_, &no));
    Truth t = {test->truth.yes & yes->truth.yes,
               test->truth.yes & yes->truth.no};
    t.yes |= test->truth.no & no->truth.yes;
    t.no |= test->truth.no & no->truth.no;
    e->truth = both(e->truth, t);
    return GRAM_OK;
}

/* Beside its type a schema has one list, of which one schema holds: of two that
 * must hold each has a witness, and maybe none in common.  Of oneOf it is one
 * that no other branch takes. */
static gram_status some_of_list(Look *l, const GrLogicPart *p, SmEvident *e)
{
    uint32_t all = p->refs.n + p->all_of.n;
    const GrSchemaList *list = p->refs.n     ? &p->refs
                               : p->all_of.n ? &p->all_of
                               : p->any_of.n ? &p->any_of
                                             : &p->one_of;
    uint8_t once = 0, twice = 0;
    if (p->has_not || p->has_if || all > 1 ||
        (all > 0) + (p->any_of.n > 0) + (p->one_of.n > 0) != 1)
        return GRAM_OK;
    for (uint32_t i = 0; i < list->n; i++) {
        const SmEvident *one;
        GR_TRY(need(l, list->at[i], &one));
        twice |= once & one->may;
        once |= one->may;
    }
    if (list != &p->one_of) twice = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        const SmEvident *one;
        GR_TRY(need(l, list->at[i], &one));
        uint8_t types = one->some & e->may & (uint8_t)~twice;
        for (uint32_t type = 1; type <= GR_TYPE_OBJECT; type *= 2)
            if (types & type) take(e, type, inside(one, type));
    }
    return GRAM_OK;
}

static bool says_type_only(const GrSchema *s)
{
    return !s->integer && !is_listed(s) && s->number == &gr_no_number &&
           s->string == &gr_no_string && s->array == &gr_no_array &&
           s->object == &gr_no_object;
}

static gram_status look_at_logic(Look *l, const GrSchema *s, SmEvident *e)
{
    const GrLogicPart *p = s->logic;
    GR_TRY(fold_all(l, &p->refs, e));
    GR_TRY(fold_all(l, &p->all_of, e));
    GR_TRY(fold_any(l, &p->any_of, e));
    GR_TRY(fold_one(l, &p->one_of, e));
    GR_TRY(fold_if(l, p, e));
    take_truth(e);
    return says_type_only(s) ? some_of_list(l, p, e) : GRAM_OK;
}

/* --- schemas -------------------------------------------------------------- */

static gram_status look_at(Look *l, SchemaId id, SmEvident *e)
{
    const GrSchema *s = gr_schema_get(l->sm->loaded, id);
    bool no = id.v == GR_SCHEMA_FALSE;
    *e = (SmEvident){.state = KNOWN, .may = no ? 0 : GR_TYPE_ALL};
    e->truth = (Truth){no ? 0 : UINT8_MAX, no ? UINT8_MAX : 0};
    if (id.v > GR_SCHEMA_FALSE) GR_TRY(own_truth(l->sm, s, e));
    if (s->logic != &gr_no_logic) return look_at_logic(l, s, e);
    take_truth(e);
    return id.v > GR_SCHEMA_FALSE ? look_at_parts(l, s, e) : GRAM_OK;
}

/* The schema on top, or those that it asks for: it is looked at again when they
 * are known. */
static gram_status look_at_top(Look *l)
{
    uint32_t n = l->todo.n, id = l->todo.at[n - 1];
    SmEvident *known = &l->sm->evident.at[id], e;
    GR_TRY(gr_step(l->sm->env, 1));
    l->waits = false;
    if (known->state != KNOWN) {
        known->state = BUSY;
        GR_TRY(look_at(l, (SchemaId){id}, &e));
        if (l->waits) return GRAM_OK;
        *known = e;
    }
    l->todo.n--;
    return GRAM_OK;
}

/* What was on the way when this failed is as if nobody had asked. */
static gram_status look_for(Sm *sm, uint32_t schema)
{
    Look l = {.sm = sm};
    gram_status status = gr_vec_push(sm->env, &l.todo, schema);
    while (status == GRAM_OK && l.todo.n > 0) status = look_at_top(&l);
    for (uint32_t i = 0; i < l.todo.n; i++)
        if (sm->evident.at[l.todo.at[i]].state == BUSY)
            sm->evident.at[l.todo.at[i]].state = UNSEEN;
    gr_vec_clear(sm->env, &l.todo);
    return status;
}

/* --- values --------------------------------------------------------------- */

static gram_status begin(Sm *sm)
{
    uint32_t n = sm->loaded->n;
    if (sm->evident.n > 0) return GRAM_OK;
    GR_TRY(gr_vec_reserve(sm->env, &sm->evident, n));
    GR_TRY(gr_step(sm->env, n / 16));
    memset(sm->evident.at, 0, n * sizeof *sm->evident.at);
    sm->evident.n = n;
    sm->unique_items = false;
    for (uint32_t i = 0; i < n; i++)
        sm->unique_items |= sm->loaded->schema[i].array->unique;
    return GRAM_OK;
}

/* None of some constants, or one of them. */
static gram_status constants_truth(Sm *sm, uint32_t element, Truth *out)
{
    const uint32_t *at = &element;
    uint32_t n = 1;
    bool none = element >= ELEM_UNSEEN;
    if (none) at = sm_set(sm, element - ELEM_UNSEEN, &n);
    GR_TRY(gr_step(sm->env, n / 16));
    *out = (Truth){none ? UINT8_MAX : 0, none ? 0 : UINT8_MAX};
    for (uint32_t i = 0; i < n; i++) {
        Constant c = sm->constants.at[at[i] / 2];
        Truth t = listed_value(&c.json->node[c.node]);
        *out = none ? both(*out, (Truth){t.no, t.yes}) : either(*out, t);
    }
    return GRAM_OK;
}

/* Of one of several schemas, and of items seen that are not listed, nothing is
 * known. */
static gram_status element_truth(Sm *sm, uint32_t element, Truth *out)
{
    *out = (Truth){0, 0};
    if (element >= ELEM_OTHER) return GRAM_OK;
    if (element >= ELEM_UNSEEN) return constants_truth(sm, element, out);
    if (element >= ELEM_ANY) return GRAM_OK;
    if (element & 1) return constants_truth(sm, element, out);
    const SmEvident *e = &sm->evident.at[element / 2];
    if (e->state != KNOWN) GR_TRY(look_for(sm, element / 2));
    *out = e->truth;
    return GRAM_OK;
}

/* All elements of a conj must hold. */
static gram_status conj_truth(Sm *sm, ConjId conj, Truth *out)
{
    uint32_t n;
    const uint32_t *element = gr_intern_get(&sm->conjs, conj.v, &n);
    *out = (Truth){UINT8_MAX, 0};
    for (uint32_t i = 0; i < n; i++) {
        Truth one;
        GR_TRY(element_truth(sm, element[i], &one));
        *out = both(*out, one);
    }
    return GRAM_OK;
}

/* A value that one schema makes has what is seen of that. */
static void take_schema(Sm *sm, const Value *v, SmEvident *e)
{
    uint32_t n, must = 0;
    if (v->n != 1 || sm->unique_items ||
        !sm_goal_is_cube(sm, v->goal, 1, &must) || must != 1)
        return;
    const uint32_t *element = gr_intern_get(&sm->conjs, v->root[0], &n);
    if (n == 1 && !(element[0] & 1) && element[0] < ELEM_ANY)
        *e = sm->evident.at[element[0] / 2];
}

/* Those of the eight for which a goal comes true: one at a time, as far as the
 * roots that it asks for are known. */
static uint8_t goal_truth(const Sm *sm, Bdd goal, const Truth *root)
{
    uint8_t valid = 0;
    for (uint32_t bit = 1; bit <= IS_OBJECT; bit *= 2) {
        Bdd f = goal;
        while (f.v >= 2) {
            BddNode node = gr_bdd_node(&sm->bdd, f);
            if (!((root[node.var].yes | root[node.var].no) & bit)) break;
            f = root[node.var].yes & bit ? node.hi : node.lo;
        }
        if (f.v == GR_BDD_TRUE) valid |= (uint8_t)bit;
    }
    return valid;
}

/* What is known of a value. */
static gram_status look_at_value(Sm *sm, const Value *v, SmEvident *e)
{
    enum { ROOTS_MOST = 16 };
    Truth root[ROOTS_MOST];
    *e = nothing;
    if (v->n > ROOTS_MOST) return GRAM_OK;
    GR_TRY(begin(sm));
    for (uint32_t i = 0; i < v->n; i++)
        GR_TRY(conj_truth(sm, (ConjId){v->root[i]}, &root[i]));
    take_schema(sm, v, e);
    e->truth.yes = goal_truth(sm, v->goal, root);
    take_truth(e);
    return GRAM_OK;
}

/* Where items must differ values are listed, and those of containers by their
 * proofs (example.c), but for the empty ones. */
gram_status sm_is_evident(Sm *sm, ValueId id, uint32_t *height, bool *yes)
{
    Value *v = sm_value_at(sm, id);
    if (v->evident == 0) {
        SmEvident e;
        GR_TRY(look_at_value(sm, v, &e));
        uint32_t low = lowest(&e, GR_TYPE_ALL);
        v->evident = e.some != 0 && low <= v->room ? 2 + low : 1;
    }
    *yes = v->evident >= 2;
    *height = *yes ? v->evident - 2 : 0;
    return GRAM_OK;
}

gram_status sm_empty_text(Sm *sm, ValueId id, GrText *out)
{
    const Value *v = sm_value_at(sm, id);
    SmEvident e;
    GR_TRY(look_at_value(sm, v, &e));
    uint8_t is = e.truth.yes & (IS_ARRAY | IS_OBJECT);
    if (is == 0 || v->room == 0) return GRAM_OK;
    return gr_text_put(sm->env, out, is & IS_ARRAY ? "[]" : "{}", 2);
}
