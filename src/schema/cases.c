/* Cases: what one member to come decides for many branches at once.
 *
 * Unions are often told apart by one key, the tag:
 *
 *     if {kind: const a} then A        n conditions on `kind` have n + 1
 *     if {kind: const b} then B        vectors of verdicts, not 2^n
 *     ...
 *
 * A search by paths and clauses (search.c) learns that pair by pair, and the
 * clauses together may be a large function.  Here the vectors are read off the
 * values of the key (vectors.c), and each is a case of its own, in which most
 * of the function is decided:
 *
 *     kind is a      A                 each completion is of one of them
 *     kind is b      B
 *     another        -
 *     not there      A and B and ...
 *
 * Only what says "this key is so" and nothing else is decided.  (What also says
 * something of other keys was left out after a trial: that it fails by this
 * one is known, but a witness for it would be looked for at all of them.)
 * Where the key is not there, all of it holds. */
#include "schema/want.h"

void sm_clear_cases(Sm *sm, SmCases *c)
{
    gr_vec_clear(sm->env, &c->uses);
    gr_vec_clear(sm->env, &c->roots);
    gr_vec_clear(sm->env, &c->vectors);
}

/* Does a spec speak of one key alone? */
bool sm_is_of_key(const Sm *sm, uint32_t spec)
{
    ObjectSpec o = sm_object_spec(sm, spec);
    return o.n_names == 1 && o.n_patterns == 0 && o.additional.v == CONJ_TRUE &&
           o.key_text.v == gr_re_all(sm->re).v;
}

/* The universals of a function that speak of one key: their variables,
 * ascending. */
static gram_status universals(Sm *sm, Bdd f, SmWords *out)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    GR_TRY(gr_vec_reserve(sm->env, out, sm->bdd.reached.n));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        uint32_t var = sm_var_of(sm, (Bdd){sm->bdd.reached.at[i]});
        Atom a = sm_atom_of(sm, var);
        if (a.kind == ATOM_UNIV && sm_is_of_key(sm, a.a))
            out->at[out->n++] = var;
    }
    out->n = sm_sort_unique(out->at, out->n);
    return gr_step(sm->env, 1 + out->n);
}

/* The key that most of them speak of, more than `most`, of those that may
 * come. */
static gram_status best_key(Search *s, const SmWords *vars, GrMap *count,
                            uint32_t most, uint32_t *best)
{
    *best = SM_NO_KEY;
    for (uint32_t i = 0; i < vars->n; i++) {
        ObjectSpec o = sm_object_spec(s->sm, sm_atom_of(s->sm, vars->at[i]).a);
        uint32_t key = o.names[0], n = 1;
        const uint32_t *was = gr_map_find(count, key);
        if (was != NULL) n += *was;
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(gr_map_put(s->sm->env, count, key, n));
        if (n <= most || sm_has_seen(s->regs, key)) continue;
        most = n;
        *best = key;
    }
    return GRAM_OK;
}

/* What one of them says of the key joins the roots. */
static gram_status add_use(Search *s, SmCases *c, GrMap *at, uint32_t var)
{
    Sm *sm = s->sm;
    uint32_t root = c->roots.n;
    ObjectSpec o = sm_object_spec(sm, sm_atom_of(sm, var).a);
    if (o.names[0] != c->key) return GRAM_OK;
    const uint32_t *known = gr_map_find(at, o.names[1]);
    if (known != NULL) root = *known;
    if (known == NULL) {
        GR_TRY(gr_map_put(sm->env, at, o.names[1], root));
        GR_TRY(gr_vec_push(sm->env, &c->roots, o.names[1]));
    }
    GR_TRY(gr_vec_push(sm->env, &c->uses, var));
    return gr_vec_push(sm->env, &c->uses, root);
}

static gram_status find_roots(Search *s, Bdd f, uint32_t fewest, SmCases *c,
                              SmWords *vars, GrMap *map)
{
    GR_TRY(universals(s->sm, f, vars));
    GR_TRY(best_key(s, vars, map, fewest - 1, &c->key));
    gr_map_clear(s->sm->env, map);
    for (uint32_t i = 0; i < vars->n && c->key != SM_NO_KEY; i++)
        GR_TRY(add_use(s, c, map, vars->at[i]));
    return GRAM_OK;
}

gram_status sm_find_cases(Search *s, Bdd f, uint32_t fewest, SmCases *c,
                          bool *some)
{
    Sm *sm = s->sm;
    SmWords vars = {0};
    GrMap map = {0};
    *c = (SmCases){.key = SM_NO_KEY};
    *some = false;
    if (s->u == NULL) return GRAM_OK;
    gram_status status = find_roots(s, f, fewest, c, &vars, &map);
    gr_vec_clear(sm->env, &vars);
    gr_map_clear(sm->env, &map);
    GR_TRY(status);
    if (c->roots.n < fewest) return GRAM_OK;
    c->words = gr_bit_words(c->roots.n);
    GR_TRY(sm_vectors(sm, (const ConjId *)c->roots.at, c->roots.n, &c->vectors,
                      some));
    c->n = 1 + c->vectors.n / c->words;
    return GRAM_OK;
}

/* The last case is that the key is not there. */
gram_status sm_case_lits(Sm *sm, const SmCases *c, uint32_t i, SmWords *out)
{
    const uint32_t *bits = c->vectors.at + (size_t)i * c->words;
    out->n = 0;
    GR_TRY(gr_step(sm->env, 1 + c->uses.n / 2));
    for (uint32_t j = 0; j < c->uses.n; j += 2) {
        const uint32_t *use = c->uses.at + j;
        bool holds = i + 1 == c->n || gr_bit_get(bits, use[1]);
        GR_TRY(gr_vec_push(sm->env, out, (use[0] - ATOM_BASE) << 1 | holds));
    }
    return GRAM_OK;
}

gram_status sm_cube_of(Sm *sm, const SmWords *lits, Bdd *out)
{
    Bdd no = gr_bdd_const(false);
    *out = gr_bdd_const(true);
    for (uint32_t i = lits->n; i-- > 0;) {
        bool yes = lits->at[i] & 1;
        GR_TRY(gr_bdd_make(&sm->bdd, (lits->at[i] >> 1) + ATOM_BASE,
                           yes ? no : *out, yes ? *out : no, out));
    }
    return GRAM_OK;
}
