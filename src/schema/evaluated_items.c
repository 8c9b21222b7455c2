/* unevaluatedItems: a clause for each length of a prefix and each set of
 * `contains` (evaluated.c has the method).
 *
 * In: covers with their conditions.  Out: a function and all these clauses.
 *
 * Cost: lengths x 2^(conditions of contains), the latter limited. */
#include "schema/evaluated.h"

#define ALL_ITEMS UINT32_MAX
enum { CONTAINS_MAX = 10 };

/* How many items a cover takes, by index.  `contains` is not in it: that covers
 * by value. */
static uint32_t extent(const Covers *c, const Cover *cover)
{
    const GrArrayPart *p = sm_cover_schema(c, cover->schema)->array;
    return sm_covers_all(c, cover->schema) ? ALL_ITEMS : p->n_prefix;
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
        if (sm_cover_always(&c->at.at[i]) && n > t->from) t->from = n;
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
        const GrArrayPart *p = sm_cover_schema(c, cover->schema)->array;
        uint32_t where = UINT32_MAX;
        if (!p->has_contains || !p->contains_evaluates) continue;
        if (gr_bdd_is(cover->when, false)) continue;
        if (!sm_cover_always(cover))
            GR_TRY(sm_cover_condition(c, cover, &where));
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
    const GrArrayPart *p = sm_cover_schema(t->c, t->c->self.v)->array;
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
        const GrSchema *s = sm_cover_schema(c, c->at.at[i].schema);
        Bdd own = {GR_BDD_TRUE};
        uint32_t var;
        GR_TRY(sm_array_form(c->sm, s, &own));
        GR_TRY(sm_last_var(c, own, &var));
        sm_note_near(&c->first, var);
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

gram_status sm_unevaluated_items(Covers *c, Bdd *f)
{
    Items t = {.c = c};
    gram_status status = and_lengths(&t, f);
    gr_vec_clear(c->sm->env, &t.lengths);
    gr_vec_clear(c->sm->env, &t.elements);
    gr_vec_clear(c->sm->env, &t.contains);
    return status;
}
