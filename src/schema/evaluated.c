/* unevaluatedProperties, unevaluatedItems: what their subschema says about
 * keys and items that no other keyword has looked at.
 *
 * Which those are depends on which branches hold in the end, so it seems to
 * ask for a set of keys beside each branch.  Turned around it needs no state:
 * the schemas that apply in place form a graph, and each of them is a *cover*
 *
 *     cover   when it counts        which keys        which items
 *             a function of atoms   names, patterns,  the first n, or all;
 *                                   or all            those that contain
 *
 * Let B be the covers that a key lies in, other than those that always count.
 * Then "one of B counts, or the key's value holds" is a clause over atoms:
 * its second part, for all keys whose covers are just B, is one more
 * universal.  (Where patterns part the keys, all that lie in no cover outside
 * of B: that can be said in a spec.)  One clause for every B that some key has
 * says it all, in any order of keys and at any time; the names of a union of
 * branches make as many B as branches, where sets of branches would be
 * 2^branches.
 *
 * Items are alike: the covers of an index shrink as it grows, so there is one
 * B for each length of a prefix.  `contains` covers by value: where it
 * counts, an item may match it instead, so for each set Q of contains under
 * conditions there is the clause "one not in Q counts, or one of B, or every
 * item matches one of Q or holds".
 *
 * A cover counts where every schema on the way to it holds (annotations of a
 * schema that fails are dropped): allOf and references always, branches under
 * their own function, then under if, else under not if.  `not` covers
 * nothing.  A schema in place with an unevaluated keyword of its own covers
 * everything, and what it applies in place is not looked at: n such levels are
 * n small clauses, not n^2.
 *
 * Here are the covers and their conditions; the clauses are made in
 * evaluated_keys.c and evaluated_items.c.
 *
 * Core specification 2020-12, sections 10.3.1.3 and 11; 2019-09 section 9.3
 * (where contains covers nothing). */
#include "schema/evaluated.h"

typedef enum How { ALWAYS, HOLDS, THEN, ELSE, WITH_KEY } How;

typedef struct Link {
    SchemaId to;
    How how;
    GrName key;
} Link;

static bool from_list(const GrSchemaList *list, uint32_t *i, How how, Link *out)
{
    if (*i >= list->n) {
        *i -= list->n;
        return false;
    }
    *out = (Link){.to = list->at[*i], .how = how};
    return true;
}

/* The i-th schema that a schema applies in place, if it has so many.  `how`
 * follows the order of the three: if counts where it holds, then and else
 * under it. */
static bool link_at(const GrSchema *s, uint32_t type, uint32_t i, Link *out)
{
    const GrLogicPart *p = s->logic;
    if (from_list(&p->refs, &i, ALWAYS, out)) return true;
    if (from_list(&p->all_of, &i, ALWAYS, out)) return true;
    if (from_list(&p->any_of, &i, HOLDS, out)) return true;
    if (from_list(&p->one_of, &i, HOLDS, out)) return true;
    if (p->has_if) {
        SchemaId three[3] = {p->if_, p->then_, p->else_};
        GrSchemaList list = {three, 3};
        if (from_list(&list, &i, (How)(HOLDS + i), out)) return true;
    }
    if (type != T_OBJECT || i >= s->object->n_dependent_schemas) return false;
    const GrProperty *d = &s->object->dependent_schemas[i];
    *out = (Link){d->schema, WITH_KEY, d->name};
    return true;
}

/* When a link counts, where its owner counts `when`.  `holds`: a branch that
 * fails covers nothing.  For ALWAYS nothing is asked: the owner could not hold
 * without it. */
static gram_status link_when(const Covers *c, const GrSchema *s,
                             const Link *link, Bdd when, Bdd *out)
{
    Sm *sm = c->sm;
    Bdd also = {GR_BDD_TRUE}, holds = sm_ready(sm, link->to, c->type);
    *out = when;
    if (link->how == ALWAYS) return GRAM_OK;
    if (link->how == THEN || link->how == ELSE)
        also = sm_ready(sm, s->logic->if_, c->type);
    if (link->how == ELSE) GR_TRY(gr_bdd_not(&sm->bdd, also, &also));
    if (link->how == WITH_KEY) GR_TRY(sm_req_atom(sm, &link->key, 1, &also));
    GR_TRY(gr_bdd_and(&sm->bdd, *out, also, out));
    return gr_bdd_and(&sm->bdd, *out, holds, out);
}

static gram_status enter(Covers *c, uint32_t schema)
{
    GrEnv *env = c->sm->env;
    if (schema < 2 || gr_map_find(&c->place, schema) != NULL) return GRAM_OK;
    GR_TRY(gr_map_put(env, &c->place, schema, 0));
    GR_TRY(gr_vec_push(env, &c->stack, schema));
    return gr_vec_push(env, &c->stack, 0);
}

const GrSchema *sm_cover_schema(const Covers *c, uint32_t schema)
{
    return gr_schema_get(c->sm->loaded, (SchemaId){schema});
}

bool sm_covers_all(const Covers *c, uint32_t schema)
{
    const GrSchema *s = sm_cover_schema(c, schema);
    const GrObjectPart *o = s->object;
    const GrArrayPart *a = s->array;
    bool self = schema == c->self.v;
    if (c->type == T_OBJECT)
        return o->has_additional || (o->has_unevaluated && !self);
    return a->has_items || (a->has_unevaluated && !self);
}

/* The i-th schema in place that is a cover beside its owner. */
static bool next_link(const Covers *c, uint32_t schema, uint32_t i, Link *out)
{
    return !sm_covers_all(c, schema) &&
           link_at(sm_cover_schema(c, schema), c->type, i, out);
}

/* All schemas in place, each behind those that refer to it: a depth-first
 * walk finishes them the other way round. */
static gram_status find_covers(Covers *c)
{
    GrEnv *env = c->sm->env;
    GR_TRY(enter(c, c->self.v));
    while (c->stack.n > 0) {
        uint32_t schema = c->stack.at[c->stack.n - 2];
        uint32_t i = c->stack.at[c->stack.n - 1]++;
        Link link;
        GR_TRY(gr_step(env, 1));
        if (next_link(c, schema, i, &link)) {
            GR_TRY(enter(c, link.to.v));
            continue;
        }
        GR_TRY(gr_vec_push(env, &c->at, (Cover){schema, {GR_BDD_FALSE}}));
        c->stack.n -= 2;
    }
    for (uint32_t i = 0, j = c->at.n - 1; i < j; i++, j--) {
        Cover x = c->at.at[i];
        c->at.at[i] = c->at.at[j];
        c->at.at[j] = x;
    }
    for (uint32_t i = 0; i < c->at.n; i++)
        GR_TRY(gr_map_put(env, &c->place, c->at.at[i].schema, i + 1));
    return GRAM_OK;
}

/* In an order in which every schema comes behind all that refer to it, so that
 * its condition is complete when it is passed on.  A schema with several ways
 * to it counts where one of them does. */
static gram_status find_conditions(Covers *c)
{
    c->at.at[0].when = gr_bdd_const(true);
    for (uint32_t i = 0; i < c->at.n; i++) {
        uint32_t schema = c->at.at[i].schema;
        const GrSchema *s = sm_cover_schema(c, schema);
        Link link;
        for (uint32_t j = 0; next_link(c, schema, j, &link); j++) {
            if (link.to.v < 2) continue;
            uint32_t at = *gr_map_find(&c->place, link.to.v) - 1;
            Bdd *to = &c->at.at[at].when, when;
            GR_TRY(link_when(c, s, &link, c->at.at[i].when, &when));
            GR_TRY(gr_bdd_or(&c->sm->bdd, *to, when, to));
        }
    }
    return GRAM_OK;
}

static void clear(Covers *c)
{
    gr_vec_clear(c->sm->env, &c->at);
    gr_map_clear(c->sm->env, &c->place);
    gr_vec_clear(c->sm->env, &c->stack);
    gr_vec_clear(c->sm->env, &c->condition);
    gr_vec_clear(c->sm->env, &c->near);
}

bool sm_cover_always(const Cover *cover)
{
    return gr_bdd_is(cover->when, true);
}

gram_status sm_cover_condition(Covers *c, const Cover *cover, uint32_t *out)
{
    for (*out = 0; *out < c->condition.n; ++*out)
        if (gr_bdd_same(c->condition.at[*out], cover->when)) return GRAM_OK;
    return gr_vec_push(c->sm->env, &c->condition, cover->when);
}

void sm_note_near(uint32_t *near, uint32_t var)
{
    if (var != 0 && (*near == 0 || var < *near)) *near = var;
}

gram_status sm_last_var(const Covers *c, Bdd f, uint32_t *var)
{
    Bdds *b = &c->sm->bdd;
    *var = 0;
    GR_TRY(gr_bdd_reach(b, f));
    for (uint32_t i = 0; i < b->reached.n; i++) {
        uint32_t one = gr_bdd_node(b, (Bdd){b->reached.at[i]}).var;
        if (one > *var) *var = one;
    }
    return GRAM_OK;
}

gram_status sm_unevaluated(Sm *sm, SchemaId schema, uint32_t type, Bdd *f)
{
    const GrSchema *s = gr_schema_get(sm->loaded, schema);
    bool keys = type == T_OBJECT && s->object->has_unevaluated;
    bool items = type == T_ARRAY && s->array->has_unevaluated;
    if ((!keys && !items) || gr_bdd_is(*f, false)) return GRAM_OK;
    Covers c = {.sm = sm, .type = type, .self = schema};
    gram_status status = find_covers(&c);
    if (status == GRAM_OK) status = find_conditions(&c);
    if (status == GRAM_OK)
        status = keys ? sm_unevaluated_keys(&c, f)
                      : sm_unevaluated_items(&c, f);
    clear(&c);
    return status;
}
