/* Which of what was seen can matter to what may still come?
 *
 * Where liveness needs no registers at all (sm_is_plain) nobody reads them.
 * Where it does, it is mostly a few keys that it needs:
 *
 *     dependencies  a: not required b           a, b
 *     if    kind is "x"                         kind
 *     then  required c                          c
 *     properties of forty others                -
 *
 * A key matters if a set asks for it, or if a member there can break what does
 * good by being broken: a universal in which the function is not monotone.
 * Whether any other was seen changes nothing but that it cannot come again,
 * which is no matter of liveness: such a key is taken for one not seen, and
 * what was found out for one text holds for nearly all.  Where members are
 * counted, or keys are in order, all matters.
 *
 * A residual that comes of a verdict is the function with some variables given
 * a value, so that what does not matter to an object matters to none of
 * those. */
#include "schema/cells.h"

struct Matter {
    bool all;    /* nothing is left out */
    bool others; /* it matters how many keys had no name */
    uint32_t n;
    const uint32_t *names; /* key ids, ascending */
};

/* The universals that may do good by falling, and the keys that sets ask
 * for. */
static gram_status read_function(Sm *sm, Bdd f, struct Matter *m,
                                 SmWords *breaks, SmWords *names)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n && !m->all; i++) {
        BddNode node = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        Atom a = sm_atom_of(sm, node.var);
        bool up = true;
        m->all = a.kind != ATOM_UNIV && a.kind != ATOM_REQ;
        if (a.kind == ATOM_UNIV)
            GR_TRY(gr_bdd_implies(&sm->bdd, node.lo, node.hi, &up));
        if (!up) GR_TRY(gr_vec_push(sm->env, breaks, node.var));
        if (a.kind != ATOM_REQ) continue;
        uint32_t n;
        const uint32_t *key = sm_set(sm, a.a, &n);
        GR_TRY(gr_step(sm->env, n));
        for (uint32_t j = 0; j < n; j++)
            GR_TRY(gr_vec_push(sm->env, names, key[j]));
    }
    breaks->n = sm_sort_unique(breaks->at, breaks->n);
    names->n = sm_sort_unique(names->at, names->n);
    return GRAM_OK;
}

/* Can a member at this key break one of them? */
static gram_status can_break(Sm *sm, const Universe *u, uint32_t name,
                             const SmWords *breaks, bool *yes)
{
    SpecWalk w = sm_specs_of_key(u, 2 * name);
    *yes = false;
    for (uint32_t i; !*yes && sm_next_spec(&w, &i);) {
        ConjId conj = {CONJ_TRUE};
        GR_TRY(gr_step(sm->env, 1));
        if (sm_has_word(breaks->at, breaks->n, u->vars[i]))
            GR_TRY(sm_key_conj(sm, u, u->specs[i], 2 * name, &conj));
        *yes = conj.v != CONJ_TRUE;
    }
    return GRAM_OK;
}

static gram_status add_breaking(Sm *sm, const Universe *u,
                                const SmWords *breaks, SmWords *names)
{
    uint32_t n = names->n;
    for (uint32_t i = 0; i < u->n_names && breaks->n > 0; i++) {
        bool yes;
        if (sm_has_word(names->at, n, u->names[i])) continue;
        GR_TRY(can_break(sm, u, u->names[i], breaks, &yes));
        if (yes) GR_TRY(gr_vec_push(sm->env, names, u->names[i]));
    }
    sm_sort_words(names->at, names->n);
    return GRAM_OK;
}

/* Keys without a name use up those of a class that has an end. */
static bool some_class_ends(const Universe *u)
{
    uint32_t i = 0;
    while (i < u->n_classes && u->classes[i].count == UINT32_MAX) i++;
    return i < u->n_classes;
}

static gram_status make_matter(Sm *sm, TypedId id, struct Matter *m)
{
    const Typed *t = sm_typed_at(sm, id);
    const Universe *u;
    SmWords breaks = {0}, names = {0};
    m->all = t->order != 0;
    GR_TRY(sm_universe(sm, id, &u));
    m->others = some_class_ends(u);
    gram_status status = read_function(sm, t->all, m, &breaks, &names);
    if (status == GRAM_OK && !m->all)
        status = add_breaking(sm, u, &breaks, &names);
    m->n = names.n;
    if (status == GRAM_OK)
        m->names = (const uint32_t *)gr_arena_copy(
            sm->env, &sm->arena, names.at, names.n * sizeof *names.at);
    if (status == GRAM_OK && m->names == NULL) status = GRAM_E_MEMORY;
    gr_vec_clear(sm->env, &breaks);
    gr_vec_clear(sm->env, &names);
    return status;
}

static gram_status matter_of(Sm *sm, TypedId id, const struct Matter **out)
{
    *out = sm_typed_at(sm, id)->matter;
    if (*out != NULL) return GRAM_OK;
    struct Matter *m = gr_arena_take(sm->env, &sm->arena, sizeof *m);
    if (m == NULL) return GRAM_E_MEMORY;
    memset(m, 0, sizeof *m);
    GR_TRY(make_matter(sm, id, m));
    *out = sm_typed_at(sm, id)->matter = m;
    return GRAM_OK;
}

/* The key whose member is present is kept in any case: it is no key to come,
 * and nobody need look whether it tells branches apart (cases.c). */
static gram_status meet(Sm *sm, const struct Matter *m, uint32_t key,
                        const Regs *regs)
{
    sm->mattering.n = 0;
    for (uint32_t i = 0; i < regs->n_seen; i++)
        if (2 * regs->seen[i] == key ||
            sm_has_word(m->names, m->n, regs->seen[i]))
            GR_TRY(gr_vec_push(sm->env, &sm->mattering, regs->seen[i]));
    return GRAM_OK;
}

gram_status sm_what_matters(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                            Regs *out)
{
    const struct Matter *m;
    GR_TRY(matter_of(sm, t, &m));
    *out = *regs;
    if (m->all) return GRAM_OK;
    uint32_t others = m->others ? regs->count - regs->n_seen : 0;
    GR_TRY(meet(sm, m, key, regs));
    *out = (Regs){.count = others + sm->mattering.n,
                  .n_seen = sm->mattering.n,
                  .seen = sm->mattering.at};
    return GRAM_OK;
}

const Regs *sm_or_no_regs(const Regs *regs)
{
    bool none = regs->count == 0 && regs->n_seen == 0 && regs->last == 0;
    return none ? &sm_no_regs : regs;
}
