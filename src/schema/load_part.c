/* Keywords that hold subschemas or names: arrays, objects, logic,
 * references, identifiers.
 *
 * In: the node of a keyword's value.  Out: the section it belongs to;
 * subschemas become numbers and are read later, in their turn.  Subschemas
 * of a keyword that says nothing here (`then` without `if`, `additionalItems`
 * without a tuple) are only looked at for their type. */
#include "schema/load_in.h"

const GrArrayPart gr_no_array = {
    .min_contains = 1, .max_contains = GR_NO_MAX, .max_items = GR_NO_MAX};
const GrObjectPart gr_no_object = {.max_properties = GR_NO_MAX};
const GrLogicPart gr_no_logic;

/* As open_number in load_value.c: made by the first keyword of the section. */
static gram_status open_array(Loader *l)
{
    if (l->array != NULL) return GRAM_OK;
    l->array = gr_arena_take(l->env, l->arena, sizeof *l->array);
    if (l->array == NULL) return GRAM_E_MEMORY;
    *l->array = gr_no_array;
    l->cur.array = l->array;
    return GRAM_OK;
}

static gram_status open_object(Loader *l)
{
    if (l->object != NULL) return GRAM_OK;
    l->object = gr_arena_take(l->env, l->arena, sizeof *l->object);
    if (l->object == NULL) return GRAM_E_MEMORY;
    *l->object = gr_no_object;
    l->cur.object = l->object;
    return GRAM_OK;
}

static gram_status open_logic(Loader *l)
{
    if (l->logic != NULL) return GRAM_OK;
    l->logic = gr_arena_take(l->env, l->arena, sizeof *l->logic);
    if (l->logic == NULL) return GRAM_E_MEMORY;
    *l->logic = gr_no_logic;
    l->cur.logic = l->logic;
    return GRAM_OK;
}

/* Of the document that the current schema is in. */
static const GrJsonNode *at(const Loader *l, uint32_t node)
{
    return gr_load_node(l, l->cur.doc, node);
}

/* Is the keyword there, and on in this draft? */
static bool has(const Loader *l, Keyword k)
{
    return l->value[k] != GR_NO_NODE;
}

/* False as well where the keyword is not there. */
static bool is_array(const Loader *l, uint32_t node)
{
    return node != GR_NO_NODE && at(l, node)->type == GR_JSON_ARRAY;
}

/* All that is asked of a keyword which says nothing where it stands. */
static gram_status expect_schema(Loader *l, uint32_t node)
{
    GrJsonType type = (GrJsonType)at(l, node)->type;
    if (type == GR_JSON_TRUE || type == GR_JSON_FALSE) return GRAM_OK;
    return gr_load_expect(l, node, GR_JSON_OBJECT);
}

/* An array of `n` elements in the arena; NULL only without memory. */
static void *take(Loader *l, uint32_t n, size_t size)
{
    size_t bytes = 0;
    if (!gr_size_mul(n, size, &bytes)) bytes = SIZE_MAX / 2;
    return gr_arena_take(l->env, l->arena, bytes);
}

/* --- lists of schemas and of names ---------------------------------------- */

/* The ids in the order of the list. */
static gram_status read_list(Loader *l, uint32_t node, bool in_place,
                             SchemaId **out)
{
    const GrJsonNode *n = at(l, node);
    SchemaId *id = take(l, n->n, sizeof *id);
    if (id == NULL) return GRAM_E_MEMORY;
    *out = id;
    for (uint32_t i = node + 1; i < n->next; i = at(l, i)->next, id++)
        GR_TRY(in_place ? gr_load_in_place(l, i, id) : gr_load_child(l, i, id));
    return GRAM_OK;
}

/* In place: what such a list holds applies to the same value, so it
 * makes edges. */
static gram_status set_branches(Loader *l, uint32_t node, GrSchemaList *out)
{
    SchemaId *id;
    GR_TRY(gr_load_expect(l, node, GR_JSON_ARRAY));
    if (at(l, node)->n == 0)
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "a list of schemas must not be empty");
    GR_TRY(read_list(l, node, true, &id));
    *out = (GrSchemaList){id, at(l, node)->n};
    return GRAM_OK;
}

/* A key or a string node: both have their decoded text. */
static gram_status read_name(Loader *l, uint32_t node, GrName *out)
{
    const GrJsonNode *n = at(l, node);
    return gr_names_put(l->env, &l->names, (Str){n->text, n->n}, out);
}

/* Was this name in the list being read before?  Names carry the number of
 * the last list that they were in. */
static gram_status is_repeated(Loader *l, uint32_t name, bool *out)
{
    GR_TRY(gr_vec_reserve(l->env, &l->stamp,
                          name < l->stamp.n ? 0 : name - l->stamp.n + 1));
    while (l->stamp.n <= name) l->stamp.at[l->stamp.n++] = 0;
    *out = l->stamp.at[name] == l->n_lists;
    l->stamp.at[name] = l->n_lists;
    return GRAM_OK;
}

/* Names that repeat are left out; drafts differ in whether they are
 * an error. */
static gram_status read_names(Loader *l, uint32_t node, const GrName **out,
                              uint32_t *out_n)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_ARRAY));
    const GrJsonNode *n = at(l, node);
    GrName *names = take(l, n->n, sizeof *names);
    if (names == NULL) return GRAM_E_MEMORY;
    *out = names;
    *out_n = 0;
    l->n_lists++;
    for (uint32_t i = node + 1; i < n->next; i = at(l, i)->next) {
        bool repeated;
        GR_TRY(gr_load_expect(l, i, GR_JSON_STRING));
        GR_TRY(read_name(l, i, &names[*out_n]));
        GR_TRY(is_repeated(l, names[*out_n].id, &repeated));
        *out_n += !repeated;
    }
    return GRAM_OK;
}

/* --- arrays --------------------------------------------------------------- */

/* An empty list is a prefix of nothing. */
static gram_status set_prefix(Loader *l, uint32_t node)
{
    SchemaId *id;
    GR_TRY(read_list(l, node, false, &id));
    l->array->prefix = id;
    l->array->n_prefix = at(l, node)->n;
    return GRAM_OK;
}

/* Up to 2019-09, and without $schema, `items` may be a list: then it is what
 * prefixItems is today, and additionalItems is what items is. */
static gram_status set_items(Loader *l, uint32_t node)
{
    GR_TRY(open_array(l));
    if (!is_array(l, node)) {
        l->array->has_items = true;
        return gr_load_child(l, node, &l->array->items);
    }
    if (l->cur.draft == GRAM_DRAFT_2020_12 || has(l, K_PREFIX_ITEMS))
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "beside prefixItems, and from 2020-12 on, "
                             "items is one schema and not a list");
    return set_prefix(l, node);
}

/* From 2020-12 on, or without $schema; `items` is then of what follows. */
static gram_status set_prefix_items(Loader *l, uint32_t node)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_ARRAY));
    GR_TRY(open_array(l));
    return set_prefix(l, node);
}

/* Without a tuple the keyword says nothing.  Beside a list, what `items` is
 * today: both are kept as `items`. */
static gram_status set_additional_items(Loader *l, uint32_t node)
{
    if (!is_array(l, l->value[K_ITEMS])) return expect_schema(l, node);
    GR_TRY(open_array(l));
    l->array->has_items = true;
    return gr_load_child(l, node, &l->array->items);
}

/* 2019-09 has unevaluatedItems, but items that match `contains` are not
 * evaluated in it (section 9.3). */
static gram_status set_contains(Loader *l, uint32_t node)
{
    GR_TRY(open_array(l));
    l->array->has_contains = true;
    l->array->contains_evaluates = l->cur.draft != GRAM_DRAFT_2019_09;
    return gr_load_child(l, node, &l->array->contains);
}

/* minContains and maxContains mean nothing without contains, but must be
 * numbers all the same. */
static gram_status set_contains_count(Loader *l, Keyword k, uint32_t node)
{
    uint32_t n;
    GR_TRY(gr_load_count(l, node, &n));
    if (!has(l, K_CONTAINS)) return GRAM_OK;
    GR_TRY(open_array(l));
    if (k == K_MIN_CONTAINS)
        l->array->min_contains = n;
    else
        l->array->max_contains = n;
    return GRAM_OK;
}

/* false is no assertion. */
static gram_status set_unique(Loader *l, uint32_t node)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_TRUE));
    GR_TRY(open_array(l));
    l->array->unique = at(l, node)->type == GR_JSON_TRUE;
    return GRAM_OK;
}

/* What is left is unevaluatedItems. */
static gram_status load_array(Loader *l, Keyword k, uint32_t node)
{
    switch (k) {
    case K_ITEMS: return set_items(l, node);
    case K_PREFIX_ITEMS: return set_prefix_items(l, node);
    case K_ADDITIONAL_ITEMS: return set_additional_items(l, node);
    case K_CONTAINS: return set_contains(l, node);
    case K_MIN_CONTAINS:
    case K_MAX_CONTAINS: return set_contains_count(l, k, node);
    case K_UNIQUE_ITEMS: return set_unique(l, node);
    case K_MIN_ITEMS:
        GR_TRY(open_array(l));
        return gr_load_count(l, node, &l->array->min_items);
    case K_MAX_ITEMS:
        GR_TRY(open_array(l));
        return gr_load_count(l, node, &l->array->max_items);
    default:
        GR_TRY(open_array(l));
        l->array->has_unevaluated = true;
        return gr_load_child(l, node, &l->array->unevaluated);
    }
}

/* --- objects -------------------------------------------------------------- */

/* In the order of the text, which the policy of key order needs. */
static gram_status set_properties(Loader *l, uint32_t node)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_OBJECT));
    GR_TRY(open_object(l));
    const GrJsonNode *n = at(l, node);
    GrProperty *p = take(l, n->n, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    l->object->has_properties = true;
    l->object->properties = p;
    l->object->n_properties = n->n;
    for (uint32_t k = node + 1; k < n->next; k = at(l, k + 1)->next, p++) {
        p->node = k + 1;
        GR_TRY(read_name(l, k, &p->name));
        GR_TRY(gr_load_child(l, k + 1, &p->schema));
    }
    return GRAM_OK;
}

/* A key may match several, and each of them applies.  The pattern stands in a
 * key's node, which an error then names. */
static gram_status set_patterns(Loader *l, uint32_t node)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_OBJECT));
    GR_TRY(open_object(l));
    const GrJsonNode *n = at(l, node);
    GrPattern *p = take(l, n->n, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    l->object->patterns = p;
    l->object->n_patterns = n->n;
    for (uint32_t k = node + 1; k < n->next; k = at(l, k + 1)->next, p++) {
        p->node = k + 1;
        GR_TRY(gr_load_pattern(l, k, &p->re));
        GR_TRY(gr_load_child(l, k + 1, &p->schema));
    }
    return GRAM_OK;
}

/* The three keywords of dependencies become two lists; this reads them all
 * when the first of them is met.  `dependencies` decides by the type of each
 * value where it belongs. */
static uint32_t members(const Loader *l, Keyword k)
{
    return has(l, k) ? at(l, l->value[k])->n : 0;
}

/* required, schemas: room for as many as could come; n_dependent_* count them.
 * A dependent schema applies to the object itself: an edge. */
static gram_status add_dependency(Loader *l, Keyword k, uint32_t key,
                                  GrDependentRequired *required,
                                  GrProperty *schemas)
{
    GrObjectPart *o = l->object;
    bool names = k == K_DEPENDENT_REQUIRED ||
                 (k == K_DEPENDENCIES && is_array(l, key + 1));
    if (names) {
        GrDependentRequired *d = &required[o->n_dependent_required++];
        GR_TRY(read_name(l, key, &d->name));
        return read_names(l, key + 1, &d->required, &d->n);
    }
    if (k == K_DEPENDENCIES && at(l, key + 1)->type == GR_JSON_STRING)
        return gr_place_fail(l, l->cur.doc, key + 1, GRAM_E_SCHEMA,
                             "a dependency is a list of keys or a schema, not "
                             "a string");
    GrProperty *p = &schemas[o->n_dependent_schemas++];
    p->node = key + 1;
    GR_TRY(read_name(l, key, &p->name));
    return gr_load_in_place(l, key + 1, &p->schema);
}

/* Room is taken for all members of `dependencies` in both lists, as their types
 * are not known yet.  l->keyword decides the mode of the subschemas, which is
 * one for all three keywords. */
static gram_status set_dependents(Loader *l)
{
    static const Keyword three[] = {K_DEPENDENCIES, K_DEPENDENT_REQUIRED,
                                    K_DEPENDENT_SCHEMAS};
    uint32_t both = members(l, K_DEPENDENCIES);
    if (l->dependents_done) return GRAM_OK;
    l->dependents_done = true;
    l->keyword = K_DEPENDENT_SCHEMAS;
    GR_TRY(open_object(l));
    GrDependentRequired *required =
        take(l, both + members(l, K_DEPENDENT_REQUIRED), sizeof *required);
    GrProperty *schemas =
        take(l, both + members(l, K_DEPENDENT_SCHEMAS), sizeof *schemas);
    if (required == NULL || schemas == NULL) return GRAM_E_MEMORY;
    l->object->dependent_required = required;
    l->object->dependent_schemas = schemas;
    for (int i = 0; i < 3; i++) {
        uint32_t node = l->value[three[i]];
        if (node == GR_NO_NODE) continue;
        GR_TRY(gr_load_expect(l, node, GR_JSON_OBJECT));
        uint32_t end = at(l, node)->next;
        for (uint32_t k = node + 1; k < end; k = at(l, k + 1)->next)
            GR_TRY(add_dependency(l, three[i], k, required, schemas));
    }
    return GRAM_OK;
}

/* What is left are the three keywords of dependencies. */
static gram_status load_object(Loader *l, Keyword k, uint32_t node)
{
    GR_TRY(open_object(l));
    GrObjectPart *o = l->object;
    switch (k) {
    case K_PROPERTIES: return set_properties(l, node);
    case K_PATTERN_PROPERTIES: return set_patterns(l, node);
    case K_REQUIRED: return read_names(l, node, &o->required, &o->n_required);
    case K_MIN_PROPERTIES: return gr_load_count(l, node, &o->min_properties);
    case K_MAX_PROPERTIES: return gr_load_count(l, node, &o->max_properties);
    case K_ADDITIONAL_PROPERTIES:
        o->has_additional = true;
        return gr_load_child(l, node, &o->additional);
    case K_PROPERTY_NAMES:
        o->has_property_names = true;
        return gr_load_child(l, node, &o->property_names);
    case K_UNEVALUATED_PROPERTIES:
        o->has_unevaluated = true;
        return gr_load_child(l, node, &o->unevaluated);
    default: return set_dependents(l);
    }
}

/* --- logic and references ------------------------------------------------- */

/* `if` alone is kept too: it asserts nothing, but what it evaluates counts for
 * unevaluated*.  `then` and `else` are read here, so that without an `if` they
 * are not read at all. */
static gram_status set_if(Loader *l, uint32_t node)
{
    GR_TRY(open_logic(l));
    l->logic->has_if = true;
    GR_TRY(gr_load_in_place(l, node, &l->logic->if_));
    l->keyword = K_THEN;
    if (has(l, K_THEN))
        GR_TRY(gr_load_in_place(l, l->value[K_THEN], &l->logic->then_));
    if (has(l, K_ELSE))
        GR_TRY(gr_load_in_place(l, l->value[K_ELSE], &l->logic->else_));
    return GRAM_OK;
}

/* The three references, and what a policy adds; all of them hold. */
enum { MAX_REFS = 4 };

/* Room for all is taken at the first: the list's pointer, given out, stays. */
static gram_status new_ref(Loader *l, SchemaId **out)
{
    GR_TRY(open_logic(l));
    SchemaId *id = (SchemaId *)l->logic->refs.at;
    if (id == NULL) id = take(l, MAX_REFS, sizeof *id);
    if (id == NULL) return GRAM_E_MEMORY;
    l->logic->refs.at = id;
    *out = id + l->logic->refs.n++;
    return GRAM_OK;
}

/* Where objects are closed, one of the closed arms must hold as well.  The arms
 * of oneOf themselves must stay open: of two arms that hold, a closed one could
 * fail, and the value would become valid.  So the value is closed by an anyOf
 * of the same arms beside it, loaded in another mode. */
static gram_status set_one_of(Loader *l, uint32_t node)
{
    GrSchemaList closed;
    SchemaId *id;
    GR_TRY(set_branches(l, node, &l->logic->one_of));
    if (l->cur.mode == MODE_OPEN) return GRAM_OK;
    l->keyword = K_ANY_OF;
    GR_TRY(set_branches(l, node, &closed));
    l->keyword = K_ONE_OF;
    GR_TRY(new_ref(l, &id));
    return gr_load_union(l, closed, id);
}

/* The target may lie in another document, which keeps its own draft and
 * base, but it is read in the scope that leads here: that is what makes
 * $dynamicRef dynamic. */
static gram_status set_ref(Loader *l, Keyword k, uint32_t node)
{
    uint32_t doc, target;
    SchemaId *id;
    GR_TRY(gr_load_expect(l, node, GR_JSON_STRING));
    const GrJsonNode *n = at(l, node);
    if (k == K_RECURSIVE_REF && (n->n != 1 || n->text[0] != '#'))
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                             "$recursiveRef is always \"#\"");
    GR_TRY(gr_refs_find(l, k, node, &doc, &target));
    GrJsonType type = (GrJsonType)gr_load_node(l, doc, target)->type;
    if (type != GR_JSON_OBJECT && type != GR_JSON_TRUE && type != GR_JSON_FALSE)
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_REFERENCE,
                             "this names something that is not a schema");
    GR_TRY(new_ref(l, &id));
    GR_TRY(
        gr_load_want(l, doc, target, l->cur.scope, gr_closed_mode(l, k), id));
    return gr_load_edge(l, node, *id);
}

/* `then` and `else` beside an `if` have been read with it. */
static gram_status load_logic(Loader *l, Keyword k, uint32_t node)
{
    GR_TRY(open_logic(l));
    switch (k) {
    case K_ALL_OF: return set_branches(l, node, &l->logic->all_of);
    case K_ANY_OF: return set_branches(l, node, &l->logic->any_of);
    case K_ONE_OF: return set_one_of(l, node);
    case K_NOT:
        l->logic->has_not = true;
        return gr_load_in_place(l, node, &l->logic->not_);
    case K_IF: return set_if(l, node);
    default: return has(l, K_IF) ? GRAM_OK : expect_schema(l, node);
    }
}

/* --- identifiers: only their form; load_ids.c has read them already ------- */

/* 2019-09 core section 8.2.3: a letter, then letters, digits, - _ : .
 * (2020-12: an underscore may begin it, colons are out; both are taken). */
static bool is_plain_name(const GrJsonNode *n)
{
    static const char more[] = "-_:.";
    for (uint32_t i = 0; i < n->n; i++) {
        char c = n->text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool later = (c >= '0' && c <= '9') ||
                     memchr(more, c, sizeof more - 1) != NULL;
        if (!letter && !(later && i > 0) && c != '_') return false;
    }
    return n->n > 0;
}

/* $dynamicAnchor alike. */
static gram_status check_anchor(Loader *l, uint32_t node)
{
    GR_TRY(gr_load_expect(l, node, GR_JSON_STRING));
    if (is_plain_name(at(l, node))) return GRAM_OK;
    return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                         "an anchor is a plain name");
}

/* Up to draft 7 a fragment in $id names an anchor (load_ids.c). */
static gram_status check_id(Loader *l, uint32_t node)
{
    Str uri, fragment;
    GR_TRY(gr_load_expect(l, node, GR_JSON_STRING));
    gr_uri_split((Str){at(l, node)->text, at(l, node)->n}, &uri, &fragment);
    if (fragment.len == 0 || l->cur.draft <= GRAM_DRAFT_7) return GRAM_OK;
    return gr_place_fail(l, l->cur.doc, node, GRAM_E_SCHEMA,
                         "from 2019-09 on $id has no fragment: use $anchor");
}

/* A misspelt identifier is an error here, where its schema is reached, and not
 * where all documents are scanned for them. */
static gram_status load_identifier(Loader *l, Keyword k, uint32_t node)
{
    switch (k) {
    case K_ID: return check_id(l, node);
    case K_ID4: return GRAM_OK; /* see gr_load_report */
    case K_SCHEMA: return gr_load_expect(l, node, GR_JSON_STRING);
    case K_ANCHOR:
    case K_DYNAMIC_ANCHOR: return check_anchor(l, node);
    case K_RECURSIVE_ANCHOR: return gr_load_expect(l, node, GR_JSON_TRUE);
    case K_DEFS:
    case K_DEFINITIONS:
    case K_VOCABULARY: return gr_load_expect(l, node, GR_JSON_OBJECT);
    default: return GRAM_OK; /* annotations */
    }
}

/* The one switch over keywords that are not of single values; what is left are
 * identifiers and annotations. */
gram_status gr_load_part(Loader *l, Keyword k, uint32_t node)
{
    switch (k) {
    case K_ITEMS:
    case K_PREFIX_ITEMS:
    case K_ADDITIONAL_ITEMS:
    case K_CONTAINS:
    case K_MIN_CONTAINS:
    case K_MAX_CONTAINS:
    case K_UNIQUE_ITEMS:
    case K_MIN_ITEMS:
    case K_MAX_ITEMS:
    case K_UNEVALUATED_ITEMS: return load_array(l, k, node);
    case K_PROPERTIES:
    case K_PATTERN_PROPERTIES:
    case K_REQUIRED:
    case K_MIN_PROPERTIES:
    case K_MAX_PROPERTIES:
    case K_ADDITIONAL_PROPERTIES:
    case K_PROPERTY_NAMES:
    case K_UNEVALUATED_PROPERTIES:
    case K_DEPENDENCIES:
    case K_DEPENDENT_REQUIRED:
    case K_DEPENDENT_SCHEMAS: return load_object(l, k, node);
    case K_REF:
    case K_DYNAMIC_REF:
    case K_RECURSIVE_REF: return set_ref(l, k, node);
    case K_ALL_OF:
    case K_ANY_OF:
    case K_ONE_OF:
    case K_NOT:
    case K_IF:
    case K_THEN:
    case K_ELSE: return load_logic(l, k, node);
    default: return load_identifier(l, k, node);
    }
}
