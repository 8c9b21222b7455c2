/* unevaluatedProperties: a clause for each set B of covers that some key has
 * (evaluated.c has the method).
 *
 * In: covers with their conditions.  Out: a function and all these clauses.
 *
 * Keys are what a universe says: names, and classes of other keys by the
 * patterns that they match.  A cover's names and patterns are noted as parts
 * (what, under which condition), sorted by what, so that the B of a key is
 * read off the run of its name and the patterns it is in.  Most keys share
 * their B with others: they are interned, and each makes one clause.
 *
 * Cost: names x patterns, and conditions x sets. */
#include "schema/evaluated.h"

#include <stdlib.h>

/* The number of the condition, + 1, under which a cover's keys are evaluated;
 * 0: in any case. */
static gram_status keys_where(Covers *c, const Cover *cover, uint32_t *where)
{
    uint32_t var = 0;
    Bdd own = {GR_BDD_TRUE};
    GR_TRY(sm_object_form(c->sm, sm_cover_schema(c, cover->schema), &own));
    GR_TRY(sm_last_var(c, own, &var));
    sm_note_near(&c->first, var);
    *where = 0;
    if (sm_cover_always(cover)) return GRAM_OK;
    GR_TRY(sm_cover_condition(c, cover, where));
    while (c->near.n < c->condition.n)
        GR_TRY(gr_vec_push(c->sm->env, &c->near, 0));
    sm_note_near(&c->near.at[(*where)++], var);
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
    const GrObjectPart *o = sm_cover_schema(k->c, cover->schema)->object;
    bool every = sm_covers_all(k->c, cover->schema);
    uint32_t where = 0;
    if (!every && o->n_properties + o->n_patterns == 0) return GRAM_OK;
    if (gr_bdd_is(cover->when, false)) return GRAM_OK;
    *all = every && sm_cover_always(cover);
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
    uint32_t element =
        sm_cover_schema(k->c, k->c->self.v)->object->unevaluated.v * 2;
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
        if (gr_bit_get(set, i)) sm_note_near(&near, k->c->near.at[i]);
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

gram_status sm_unevaluated_keys(Covers *c, Bdd *f)
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
