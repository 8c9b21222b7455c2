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
 * Core specification 2020-12, sections 10.3.1.3 and 11; 2019-09 section 9.3
 * (where contains covers nothing). */
#include "schema/cells.h"

#include <stdlib.h>

/* --- schemas in place ----------------------------------------------------- */

typedef struct Cover {
    uint32_t schema;
    Bdd when;
} Cover;

typedef struct Covers {
    Sm *sm;
    uint32_t type;
    SchemaId self;        /* who asks; at[0] */
    GrVec(Cover) at;      /* what refers before what is referred to */
    GrMap place;          /* schema -> 1 + its place in the order, or 0 */
    SmWords stack;        /* (schema, next edge) of a depth-first walk */
    GrVec(Bdd) condition; /* those of covers that do not always count, each
                              once */
    SmWords near;         /* objects, by condition: the first variable that
                             says what such a cover does; or 0 */
    uint32_t first;       /* the same of all covers */
} Covers;

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

static const GrSchema *schema_at(const Covers *c, uint32_t schema)
{
    return gr_schema_get(c->sm->loaded, (SchemaId){schema});
}

/* Does a schema cover every key, or item?  What it applies in place counts
 * only where it does, and has nothing to add. */
static bool covers_all(const Covers *c, uint32_t schema)
{
    const GrSchema *s = schema_at(c, schema);
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
    return !covers_all(c, schema) &&
           link_at(schema_at(c, schema), c->type, i, out);
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
        const GrSchema *s = schema_at(c, schema);
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

static bool always(const Cover *cover)
{
    return gr_bdd_is(cover->when, true);
}

/* The number of a cover's condition. */
static gram_status condition_of(Covers *c, const Cover *cover, uint32_t *out)
{
    for (*out = 0; *out < c->condition.n; ++*out)
        if (gr_bdd_same(c->condition.at[*out], cover->when)) return GRAM_OK;
    return gr_vec_push(c->sm->env, &c->condition, cover->when);
}

/* --- keys ----------------------------------------------------------------- */

/* Behind which variable the atom of a clause belongs: beside what the covers
 * say themselves of these keys.  Far apart, n clauses are a diagram of 2^n
 * nodes; behind the schemas that a cover holds, n levels of them are. */
static void note_near(uint32_t *near, uint32_t var)
{
    if (var != 0 && (*near == 0 || var < *near)) *near = var;
}

/* The last variable of a function; 0: it has none. */
static gram_status last_var(const Covers *c, Bdd f, uint32_t *var)
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

/* The number of the condition, + 1, under which a cover's keys are evaluated;
 * 0: in any case. */
static gram_status keys_where(Covers *c, const Cover *cover, uint32_t *where)
{
    uint32_t var = 0;
    Bdd own = {GR_BDD_TRUE};
    GR_TRY(sm_object_form(c->sm, schema_at(c, cover->schema), &own));
    GR_TRY(last_var(c, own, &var));
    note_near(&c->first, var);
    *where = 0;
    if (always(cover)) return GRAM_OK;
    GR_TRY(condition_of(c, cover, where));
    while (c->near.n < c->condition.n)
        GR_TRY(gr_vec_push(c->sm->env, &c->near, 0));
    note_near(&c->near.at[(*where)++], var);
    return GRAM_OK;
}

/* Where a name or pattern lies: condition + 1, or 0 for always. */
typedef struct Part {
    uint32_t what, where;
} Part;

typedef struct Keys {
    Covers *c;
    GrVec(Part) names, patterns; /* by `what` */
    SmWords everything;          /* conditions of covers of all keys */
    Universe u;                  /* these names, classes by these patterns */
    GrIntern sets;               /* the B */
    SmWords of;                  /* by name: its B + 1; 0: it needs none */
    SmWords classes;             /* by B: does some class lie in it? */
    uint32_t words;
    uint32_t *set;
} Keys;

static int by_part(const void *a, const void *b)
{
    const Part *x = a, *y = b;
    if (x->what != y->what) return x->what < y->what ? -1 : 1;
    return (x->where > y->where) - (x->where < y->where);
}

/* all: every key is evaluated, whatever holds.  A cover that never counts
 * is none. */
static gram_status add_keys(Keys *k, const Cover *cover, bool *all)
{
    GrEnv *env = k->c->sm->env;
    const GrObjectPart *o = schema_at(k->c, cover->schema)->object;
    bool every = covers_all(k->c, cover->schema);
    uint32_t where = 0;
    if (!every && o->n_properties + o->n_patterns == 0) return GRAM_OK;
    if (gr_bdd_is(cover->when, false)) return GRAM_OK;
    *all = every && always(cover);
    if (*all) return GRAM_OK;
    GR_TRY(keys_where(k->c, cover, &where));
    if (every) return gr_vec_push(env, &k->everything, where - 1);
    for (uint32_t i = 0; i < o->n_properties; i++)
        GR_TRY(gr_vec_push(env, &k->names,
                           (Part){o->properties[i].name.id, where}));
    for (uint32_t i = 0; i < o->n_patterns; i++)
        GR_TRY(
            gr_vec_push(env, &k->patterns, (Part){o->patterns[i].re.v, where}));
    return GRAM_OK;
}

/* Each of the sorted parts once, as the universe has them. */
static gram_status distinct(Sm *sm, const Part *p, uint32_t n, uint32_t *n_out,
                            const uint32_t **out)
{
    uint32_t *w = gr_arena_take(sm->env, &sm->arena, (n + 1) * sizeof *w);
    if (w == NULL) return GRAM_E_MEMORY;
    *n_out = 0;
    *out = w;
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || p[i].what != p[i - 1].what) w[(*n_out)++] = p[i].what;
    return GRAM_OK;
}

static gram_status make_universe(Keys *k)
{
    Sm *sm = k->c->sm;
    if (k->names.n > 1)
        qsort(k->names.at, k->names.n, sizeof *k->names.at, by_part);
    if (k->patterns.n > 1)
        qsort(k->patterns.at, k->patterns.n, sizeof *k->patterns.at, by_part);
    GR_TRY(distinct(sm, k->names.at, k->names.n, &k->u.n_names, &k->u.names));
    GR_TRY(distinct(sm, k->patterns.at, k->patterns.n, &k->u.n_patterns,
                    &k->u.patterns));
    return sm_part_keys(sm, &k->u);
}

/* The first part of a name. */
static uint32_t first_of(const Keys *k, uint32_t key)
{
    uint32_t lo = 0, hi = k->names.n;
    if (key & 1) return k->names.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (k->names.at[mid].what < key / 2)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* One more cover of the key whose set is being read; *always where it needs
 * no clause. */
static void lies_in(Keys *k, const Part *p, bool *always)
{
    if (p->where == 0)
        *always = true;
    else
        gr_bit_set(k->set, p->where - 1);
}

/* The set B of a key of the universe (see sm_key_conj), among the sets;
 * *out: + 1, or 0 where it is evaluated in any case. */
static gram_status add_set(Keys *k, uint32_t key, uint32_t *out)
{
    Sm *sm = k->c->sm;
    bool always = false, in;
    memset(k->set, 0, k->words * sizeof *k->set);
    for (uint32_t i = 0; i < k->everything.n; i++)
        gr_bit_set(k->set, k->everything.at[i]);
    for (uint32_t i = first_of(k, key); i < k->names.n; i++) {
        if (2 * k->names.at[i].what != key) break;
        lies_in(k, &k->names.at[i], &always);
    }
    for (uint32_t i = 0; i < k->patterns.n && !always; i++) {
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(sm_key_matches(sm, &k->u, k->patterns.at[i].what, key, &in));
        if (in) lies_in(k, &k->patterns.at[i], &always);
    }
    *out = 0;
    if (always) return GRAM_OK;
    GR_TRY(gr_intern(sm->env, &k->sets, k->set, k->words, out, NULL));
    ++*out;
    return k->classes.n < k->sets.n ? gr_vec_push(sm->env, &k->classes, 0)
                                    : GRAM_OK;
}

/* The B of every name and every class that some key is in; each B once. */
static gram_status add_sets(Keys *k)
{
    uint32_t set;
    k->words = gr_bit_words(k->c->condition.n) + 1;
    k->set = gr_zalloc(k->c->sm->env, k->words, sizeof *k->set);
    if (k->set == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < k->u.n_names; i++) {
        GR_TRY(add_set(k, 2 * k->u.names[i], &set));
        GR_TRY(gr_vec_push(k->c->sm->env, &k->of, set));
    }
    for (uint32_t i = 0; i < k->u.n_classes; i++) {
        GR_TRY(add_set(k, 2 * i + 1, &set));
        if (set > 0) k->classes.at[set - 1] = 1;
    }
    return GRAM_OK;
}

static gram_status add_pair(Sm *sm, SmWords *w, uint32_t what, ConjId conj)
{
    GR_TRY(gr_vec_push(sm->env, w, what));
    return gr_vec_push(sm->env, w, conj.v);
}

/* The parts that lie outside of the set ask for nothing. */
static gram_status outside(Sm *sm, const Part *p, uint32_t n,
                           const uint32_t *set, SmWords *out)
{
    ConjId nothing = {CONJ_TRUE};
    for (uint32_t i = 0; i < n; i++) {
        if (p[i].where > 0 && gr_bit_get(set, p[i].where - 1)) continue;
        if (out->n > 0 && out->at[out->n - 2] == p[i].what) continue;
        GR_TRY(add_pair(sm, out, p[i].what, nothing));
    }
    return gr_step(sm->env, 1 + n);
}

/* "All keys whose set is B hold what the schema says".  Names stand alone
 * where no class has it: each lies in one such atom, which is the same for all
 * schemas that say so, one in another. */
static gram_status set_atom(Keys *k, uint32_t b, SmWords *names,
                            SmWords *patterns, uint32_t near, Bdd *out)
{
    Sm *sm = k->c->sm;
    uint32_t element = schema_at(k->c, k->c->self.v)->object->unevaluated.v * 2;
    ConjId conj, nothing = {CONJ_TRUE};
    bool classes = k->classes.at[b];
    names->n = patterns->n = 0;
    GR_TRY(sm_conj(sm, &element, 1, &conj));
    for (uint32_t i = 0; i < k->u.n_names; i++)
        if ((k->of.at[i] == b + 1) != classes)
            GR_TRY(
                add_pair(sm, names, k->u.names[i], classes ? nothing : conj));
    if (classes)
        GR_TRY(outside(sm, k->patterns.at, k->patterns.n,
                       gr_intern_get(&k->sets, b, NULL), patterns));
    GR_TRY(gr_step(sm->env, 1 + names->n));
    return sm_object_atom(sm, names, patterns, classes ? conj : nothing,
                          gr_re_all(sm->re), near, out);
}

/* f and "some condition of the set, or all its keys hold what the schema
 * says". */
static gram_status and_set(Keys *k, uint32_t b, SmWords *names,
                           SmWords *patterns, Bdd *f)
{
    const uint32_t *set = gr_intern_get(&k->sets, b, NULL);
    uint32_t near = 0;
    Bdd clause;
    for (uint32_t i = 0; i < k->c->condition.n; i++)
        if (gr_bit_get(set, i)) note_near(&near, k->c->near.at[i]);
    if (near == 0) near = k->c->first;
    GR_TRY(set_atom(k, b, names, patterns, near, &clause));
    for (uint32_t i = 0; i < k->c->condition.n; i++)
        if (gr_bit_get(set, i))
            GR_TRY(gr_bdd_or(&k->c->sm->bdd, clause, k->c->condition.at[i],
                             &clause));
    return gr_bdd_and(&k->c->sm->bdd, *f, clause, f);
}

static gram_status and_sets(Keys *k, Bdd *f)
{
    GrEnv *env = k->c->sm->env;
    SmWords names = {0}, patterns = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < k->sets.n && status == GRAM_OK; i++)
        status = and_set(k, i, &names, &patterns, f);
    gr_vec_clear(env, &names);
    gr_vec_clear(env, &patterns);
    return status;
}

static gram_status and_keys(Keys *k, Bdd *f)
{
    bool all = false;
    for (uint32_t i = 0; i < k->c->at.n && !all; i++)
        GR_TRY(add_keys(k, &k->c->at.at[i], &all));
    if (all) return GRAM_OK;
    GR_TRY(make_universe(k));
    GR_TRY(add_sets(k));
    return and_sets(k, f);
}

static gram_status unevaluated_keys(Covers *c, Bdd *f)
{
    GrEnv *env = c->sm->env;
    Keys k = {.c = c};
    gr_intern_init(&k.sets);
    gram_status status = and_keys(&k, f);
    gr_vec_clear(env, &k.names);
    gr_vec_clear(env, &k.patterns);
    gr_vec_clear(env, &k.everything);
    gr_vec_clear(env, &k.of);
    gr_vec_clear(env, &k.classes);
    gr_intern_clear(env, &k.sets);
    if (k.set != NULL) gr_free(env, k.set, k.words * sizeof *k.set);
    return status;
}

/* --- items ---------------------------------------------------------------- */

#define ALL_ITEMS UINT32_MAX
enum { CONTAINS_MAX = 10 };

/* How many items a cover takes, by index.  `contains` is not in it: that covers
 * by value. */
static uint32_t extent(const Covers *c, const Cover *cover)
{
    const GrArrayPart *p = schema_at(c, cover->schema)->array;
    return covers_all(c, cover->schema) ? ALL_ITEMS : p->n_prefix;
}

typedef struct Items {
    Covers *c;
    uint32_t from;       /* items below it are evaluated in any case */
    SmWords lengths;     /* from, and longer prefixes under conditions */
    SmWords elements;    /* scratch: what an item may match */
    SmWords contains;    /* pairs (element, condition or UINT32_MAX) */
    uint32_t conditions; /* of contains */
} Items;

static gram_status add_length(Items *t, uint32_t n)
{
    for (uint32_t i = 0; i < t->lengths.n; i++)
        if (t->lengths.at[i] == n) return GRAM_OK;
    return gr_vec_push(t->c->sm->env, &t->lengths, n);
}

/* Between two lengths the same covers lie over every index, so one clause for
 * each will do. */
static gram_status find_lengths(Items *t)
{
    Covers *c = t->c;
    for (uint32_t i = 0; i < c->at.n; i++) {
        uint32_t n = extent(c, &c->at.at[i]);
        if (always(&c->at.at[i]) && n > t->from) t->from = n;
    }
    GR_TRY(add_length(t, t->from));
    for (uint32_t i = 0; i < c->at.n; i++) {
        uint32_t n = extent(c, &c->at.at[i]);
        if (gr_bdd_is(c->at.at[i].when, false)) continue;
        if (n > t->from && n != ALL_ITEMS) GR_TRY(add_length(t, n));
    }
    return GRAM_OK;
}

/* The schemas that evaluate the items they match, and under what condition.
 * 2^conditions clauses are made for each length: hence the limit. */
static gram_status find_contains(Items *t)
{
    Covers *c = t->c;
    GrEnv *env = c->sm->env;
    for (uint32_t i = 0; i < c->at.n; i++) {
        const Cover *cover = &c->at.at[i];
        const GrArrayPart *p = schema_at(c, cover->schema)->array;
        uint32_t where = UINT32_MAX;
        if (!p->has_contains || !p->contains_evaluates) continue;
        if (gr_bdd_is(cover->when, false)) continue;
        if (!always(cover)) GR_TRY(condition_of(c, cover, &where));
        GR_TRY(gr_vec_push(env, &t->contains, p->contains.v * 2));
        GR_TRY(gr_vec_push(env, &t->contains, where));
    }
    t->conditions = c->condition.n;
    if (t->conditions <= CONTAINS_MAX) return GRAM_OK;
    return gr_schema_fail(env, c->sm->loaded, c->self, "unevaluatedItems",
                          GRAM_E_LIMIT,
                          "more than %d conditions under which \"contains\" "
                          "evaluates items",
                          CONTAINS_MAX);
}

/* What every item from `length` on must be, where the contains of the set q
 * count.  As a prefix of `length` positions that ask for nothing. */
static gram_status items_atom(Items *t, uint32_t length, uint32_t q, Bdd *out)
{
    Sm *sm = t->c->sm;
    SmWords *e = &t->elements, prefix = {0};
    const GrArrayPart *p = schema_at(t->c, t->c->self.v)->array;
    ConjId items;
    e->n = 0;
    GR_TRY(gr_vec_push(sm->env, e, p->unevaluated.v * 2));
    for (uint32_t i = 0; i < t->contains.n; i += 2) {
        uint32_t where = t->contains.at[i + 1];
        if (where == UINT32_MAX || (q >> where & 1))
            GR_TRY(gr_vec_push(sm->env, e, t->contains.at[i]));
    }
    GR_TRY(sm_any(sm, e->at, e->n, &items));
    gram_status status = gr_vec_reserve(sm->env, &prefix, length + 2);
    if (status == GRAM_OK) {
        memset(prefix.at, 0, (length + 1) * sizeof *prefix.at);
        prefix.n = length + 1;
        status = sm_array_atom(sm, &prefix, items, t->c->first, out);
    }
    gr_vec_clear(sm->env, &prefix);
    return status;
}

/* f and the clause of one length and one set of contains. */
static gram_status and_items(Items *t, uint32_t length, uint32_t q, Bdd *f)
{
    Covers *c = t->c;
    Bdds *b = &c->sm->bdd;
    Bdd clause;
    GR_TRY(gr_step(c->sm->env, 1 + length));
    GR_TRY(items_atom(t, length, q, &clause));
    for (uint32_t i = 0; i < t->conditions; i++)
        if (!(q >> i & 1))
            GR_TRY(gr_bdd_or(b, clause, c->condition.at[i], &clause));
    for (uint32_t i = 0; i < c->at.n; i++)
        if (extent(c, &c->at.at[i]) > length)
            GR_TRY(gr_bdd_or(b, clause, c->at.at[i].when, &clause));
    return gr_bdd_and(b, *f, clause, f);
}

/* The atoms of the clauses stand beside what the first cover says itself, not
 * behind all that the covers hold. */
static gram_status find_first(Covers *c)
{
    for (uint32_t i = 0; i < c->at.n; i++) {
        const GrSchema *s = schema_at(c, c->at.at[i].schema);
        Bdd own = {GR_BDD_TRUE};
        uint32_t var;
        GR_TRY(sm_array_form(c->sm, s, &own));
        GR_TRY(last_var(c, own, &var));
        note_near(&c->first, var);
    }
    return GRAM_OK;
}

static gram_status and_lengths(Items *t, Bdd *f)
{
    GR_TRY(find_first(t->c));
    GR_TRY(find_lengths(t));
    if (t->from == ALL_ITEMS) return GRAM_OK;
    GR_TRY(find_contains(t));
    for (uint32_t i = 0; i < t->lengths.n; i++)
        for (uint32_t q = 0; q >> t->conditions == 0; q++)
            GR_TRY(and_items(t, t->lengths.at[i], q, f));
    return GRAM_OK;
}

static gram_status unevaluated_items(Covers *c, Bdd *f)
{
    Items t = {.c = c};
    gram_status status = and_lengths(&t, f);
    gr_vec_clear(c->sm->env, &t.lengths);
    gr_vec_clear(c->sm->env, &t.elements);
    gr_vec_clear(c->sm->env, &t.contains);
    return status;
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
        status = keys ? unevaluated_keys(&c, f) : unevaluated_items(&c, f);
    clear(&c);
    return status;
}
