/* Keys in the order of the schema, where the policy asks for it.
 *
 * An object's keys come in the order of `properties`, and all others after
 * them, in any order.  Where several schemas apply, the order is that of the
 * first, then what the next ones add, and so on; it is settled when the
 * object is begun and stays, whatever falls later:
 *
 *     allOf [{a, b}, {c, b, d}]    a  b  c  d  others
 *
 * A key may come iff its rank is above the highest one used, or it is one of
 * the others.  Keys that may still come can always be sorted, so nothing but
 * that has to be asked of a set of keys: liveness stays local. */
#include "schema/cells.h"

/* The schema, and the keys of its `properties` in order: an interned list,
 * + 1; 0 where the policy does not care. */
gram_status sm_order_of(Sm *sm, const GrSchema *s, uint32_t *order)
{
    const GrObjectPart *p = s->object;
    SmWords w = {0};
    *order = 0;
    if (!sm->policy.key_order || p->n_properties == 0) return GRAM_OK;
    gram_status status =
        gr_vec_push(sm->env, &w, (uint32_t)(s - sm->loaded->schema));
    for (uint32_t i = 0; i < p->n_properties && status == GRAM_OK; i++)
        status = gr_vec_push(sm->env, &w, p->properties[i].name.id);
    if (status == GRAM_OK)
        status = gr_intern(sm->env, &sm->orders, w.at, w.n, order, NULL);
    gr_vec_clear(sm->env, &w);
    ++*order;
    return status;
}

static gram_status add_vars(Sm *sm, Bdd f, SmWords *vars)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        GR_TRY(gr_vec_push(sm->env, vars, n.var));
    }
    return GRAM_OK;
}

/* The orders of the atoms, by schema.  Schemas are numbered as the loader
 * meets them: outer ones before inner ones, and of one level in the order of
 * the text. */
static gram_status read_orders(Sm *sm, const Bdd *root, uint32_t n,
                               SmWords *orders)
{
    SmWords vars = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = add_vars(sm, root[i], &vars);
    for (uint32_t i = 0; i < vars.n && status == GRAM_OK; i++) {
        Atom a = sm_atom_of(sm, vars.at[i]);
        if (a.kind != ATOM_UNIV || a.b == 0) continue;
        status = gr_vec_push(sm->env, orders,
                             gr_intern_get(&sm->orders, a.b - 1, NULL)[0]);
        if (status == GRAM_OK) status = gr_vec_push(sm->env, orders, a.b - 1);
    }
    gr_vec_clear(sm->env, &vars);
    sm_sort_pairs(orders->at, orders->n / 2);
    return status;
}

/* Pairs (key, rank), a key's first rank before others.  Ranks need not be
 * dense: only their order matters. */
static gram_status read_ranks(Sm *sm, const SmWords *orders, SmWords *pairs)
{
    uint32_t rank = 0, m = 0;
    for (uint32_t i = 1; i < orders->n; i += 2) {
        uint32_t n;
        const uint32_t *key = gr_intern_get(&sm->orders, orders->at[i], &n);
        if (i > 1 && orders->at[i] == orders->at[i - 2]) continue;
        GR_TRY(gr_step(sm->env, n));
        for (uint32_t j = 1; j < n; j++) {
            GR_TRY(gr_vec_push(sm->env, pairs, key[j]));
            GR_TRY(gr_vec_push(sm->env, pairs, ++rank));
        }
    }
    sm_sort_pairs(pairs->at, pairs->n / 2);
    for (uint32_t i = 0; i < pairs->n; i += 2) {
        if (m > 0 && pairs->at[m - 2] == pairs->at[i]) continue;
        pairs->at[m] = pairs->at[i];
        pairs->at[m + 1] = pairs->at[i + 1];
        m += 2;
    }
    pairs->n = m;
    return GRAM_OK;
}

/* Of all universals that the functions mention, whether they can still hold
 * or not. */
gram_status sm_order_of_roots(Sm *sm, const Bdd *root, uint32_t n,
                              uint32_t *order)
{
    SmWords orders = {0}, pairs = {0};
    *order = 0;
    if (!sm->policy.key_order) return GRAM_OK;
    gram_status status = read_orders(sm, root, n, &orders);
    if (status == GRAM_OK) status = read_ranks(sm, &orders, &pairs);
    if (status == GRAM_OK && pairs.n > 0) {
        status = gr_intern(sm->env, &sm->ranks, pairs.at, pairs.n, order, NULL);
        ++*order;
    }
    gr_vec_clear(sm->env, &orders);
    gr_vec_clear(sm->env, &pairs);
    return status;
}

uint32_t sm_rank(const Sm *sm, TypedId t, uint32_t key)
{
    uint32_t order = sm_typed_at(sm, t)->order, n;
    if (order == 0 || (key & 1)) return RANK_OTHER;
    const uint32_t *pair = gr_intern_get(&sm->ranks, order - 1, &n);
    uint32_t i = sm_find_word(pair, n / 2, 2, key / 2);
    return i != UINT32_MAX ? pair[2 * i + 1] : RANK_OTHER;
}
