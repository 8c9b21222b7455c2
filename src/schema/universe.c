/* Which keys an object's residual can tell apart.
 *
 * Named keys are those of `properties` and of `required` in any living atom.
 * All other keys fall into classes by the set of patterns they match
 * (patternProperties and propertyNames alike), which key_classes.c finds.  The
 * keys of a class that has few are named too: a class says how many of its
 * keys are used, not which. */
#include "schema/cells.h"

enum { SMALL_CLASS = 64 }; /* keys, see name_small */

typedef GrVec(uint32_t) Words;

/* A copy in the arena, for the universe. */
static gram_status keep(Sm *sm, Words *w, const uint32_t **out, uint32_t *n)
{
    *n = w->n;
    *out = (const uint32_t *)gr_arena_copy(sm->env, &sm->arena, w->at,
                                           w->n * sizeof *w->at);
    return *out ? GRAM_OK : GRAM_E_MEMORY;
}

/* What the atoms of an object speak of, while it is collected. */
typedef struct Parts {
    Words names, patterns, specs, vars;
} Parts;

/* propertyNames is a pattern among others: whether a key matches it is one more
 * bit of its class. */
static gram_status add_spec(Sm *sm, Parts *p, uint32_t spec)
{
    ObjectSpec s = sm_object_spec(sm, spec);
    for (uint32_t i = 0; i < s.n_names; i++)
        GR_TRY(gr_vec_push(sm->env, &p->names, s.names[2 * i]));
    for (uint32_t i = 0; i < s.n_patterns; i++)
        GR_TRY(gr_vec_push(sm->env, &p->patterns, s.patterns[2 * i]));
    if (s.key_text.v != gr_re_all(sm->re).v)
        GR_TRY(gr_vec_push(sm->env, &p->patterns, s.key_text.v));
    return gr_vec_push(sm->env, &p->specs, spec);
}

static gram_status add_atoms(Sm *sm, Bdd f, Parts *p)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode node = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        GR_TRY(gr_vec_push(sm->env, &p->vars, node.var));
    }
    return GRAM_OK;
}

/* Names of REQ atoms too: a key that only `required` mentions must be told
 * apart from others, or nobody could ask for it.  COUNT atoms need no key.
 * p->vars keeps the variables of the specs, in the order of the specs. */
static gram_status read_atoms(Sm *sm, Parts *p)
{
    uint32_t n = 0;
    p->vars.n = sm_sort_unique(p->vars.at, p->vars.n);
    for (uint32_t i = 0; i < p->vars.n; i++) {
        Atom atom = sm_atom_of(sm, p->vars.at[i]);
        if (atom.kind == ATOM_UNIV) {
            GR_TRY(add_spec(sm, p, atom.a));
            p->vars.at[n++] = p->vars.at[i];
        } else if (atom.kind == ATOM_REQ) {
            uint32_t m;
            const uint32_t *key = sm_set(sm, atom.a, &m);
            for (uint32_t j = 0; j < m; j++)
                GR_TRY(gr_vec_push(sm->env, &p->names, key[j]));
        }
    }
    p->vars.n = n;
    p->names.n = sm_sort_unique(p->names.at, p->names.n);
    p->patterns.n = sm_sort_unique(p->patterns.at, p->patterns.n);
    return GRAM_OK;
}

/* The shortest word of re becomes a name, and leaves re. */
static gram_status name_word(Sm *sm, ReId *re, Parts *p)
{
    GrText text = {0};
    uint32_t key = 0;
    ReId part[2] = {*re, {0}};
    gram_status status = gr_re_shortest(sm->re, *re, &text);
    if (status == GRAM_OK) status = sm_key(sm, text.at, text.n, &key);
    if (status == GRAM_OK)
        status = gr_re_text(sm->re, text.at, text.n, &part[1]);
    gr_vec_clear(sm->env, &text);
    GR_TRY(status);
    GR_TRY(gr_re_not(sm->re, part[1], &part[1]));
    GR_TRY(gr_re_and(sm->re, part, 2, re));
    return gr_vec_push(sm->env, &p->names, key);
}

/* The keys of small classes are names: which of them have been used is then
 * known one by one, not only how many at most.  (Of a class that has no names
 * each key seen may have used one up, whichever class it was of.) */
static gram_status name_small(Sm *sm, const Universe *u, Parts *p)
{
    for (uint32_t i = 0; i < u->n_classes; i++) {
        ReId re = u->classes[i].re;
        if (u->classes[i].count > SMALL_CLASS) continue;
        for (uint32_t j = 0; j < u->classes[i].count; j++)
            GR_TRY(name_word(sm, &re, p));
    }
    p->names.n = sm_sort_unique(p->names.at, p->names.n);
    return GRAM_OK;
}

/* From the names so far. */
static gram_status make_keys(Sm *sm, Parts *p, Universe *u)
{
    GR_TRY(keep(sm, &p->names, &u->names, &u->n_names));
    return sm_part_keys(sm, u);
}

/* --- which specs speak of which keys -------------------------------------- */

bool sm_speaks_of_all(const Sm *sm, const ObjectSpec *s)
{
    return s->additional.v != CONJ_TRUE || s->n_patterns > 0 ||
           s->key_text.v != gr_re_all(sm->re).v;
}

/* How many specs name each name, and those that speak of all keys. */
static gram_status count_mentions(Sm *sm, const Universe *u, uint32_t *count,
                                  Words *far)
{
    for (uint32_t i = 0; i < u->n_specs; i++) {
        ObjectSpec s = sm_object_spec(sm, u->specs[i]);
        GR_TRY(gr_step(sm->env, 1));
        if (sm_speaks_of_all(sm, &s)) {
            GR_TRY(gr_vec_push(sm->env, far, i));
            continue;
        }
        for (uint32_t j = 0; j < s.n_names; j++)
            count[sm_find_word(u->names, u->n_names, 1, s.names[2 * j])]++;
    }
    return GRAM_OK;
}

/* From the last spec to the first, each list filled from its end: the
 * lists ascend. */
static void place_mentions(Sm *sm, const Universe *u, uint32_t *end,
                           uint32_t *mention)
{
    for (uint32_t i = u->n_specs; i-- > 0;) {
        ObjectSpec s = sm_object_spec(sm, u->specs[i]);
        for (uint32_t j = 0; j < s.n_names && !sm_speaks_of_all(sm, &s); j++) {
            uint32_t at = sm_find_word(u->names, u->n_names, 1, s.names[2 * j]);
            mention[--end[at]] = i;
        }
    }
}

/* Two passes, count and place, as in a sort by counting.  A union of n closed
 * objects has n specs and few that speak of a key: asking all for each key
 * would be n^2. */
static gram_status index_specs(Sm *sm, Universe *u)
{
    static const uint32_t few[4] = {0, 1, 2, 3};
    Words far = {0};
    u->far = few;
    u->n_far = u->n_specs;
    if (u->n_specs <= 4) return GRAM_OK; /* as quick to ask as to look up */
    uint32_t total = 0, n = u->n_names;
    uint32_t *at = gr_arena_take(sm->env, &sm->arena, (n + 1) * sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memset(at, 0, (n + 1) * sizeof *at);
    gram_status status = count_mentions(sm, u, at, &far);
    if (status == GRAM_OK) status = keep(sm, &far, &u->far, &u->n_far);
    gr_vec_clear(sm->env, &far);
    GR_TRY(status);
    /* ends for now: placing from behind turns them into beginnings */
    for (uint32_t i = 0; i <= n; i++) at[i] = total += at[i];
    uint32_t *mention =
        gr_arena_take(sm->env, &sm->arena, (total + 1) * sizeof *mention);
    if (mention == NULL) return GRAM_E_MEMORY;
    place_mentions(sm, u, at, mention);
    u->mention = mention;
    u->mention_at = at;
    return GRAM_OK;
}

/* A class has no name: only the far ones speak of it. */
SpecWalk sm_specs_of_key(const Universe *u, uint32_t key)
{
    SpecWalk w = {.far = u->far, .n_far = u->n_far};
    if ((key & 1) || u->mention_at == NULL) return w;
    uint32_t i = sm_find_word(u->names, u->n_names, 1, key / 2);
    if (i == UINT32_MAX) return w;
    w.near = u->mention + u->mention_at[i];
    w.n_near = u->mention_at[i + 1] - u->mention_at[i];
    return w;
}

/* Two ascending lists merged, so that whoever walks meets specs in the order of
 * the universe. */
bool sm_next_spec(SpecWalk *w, uint32_t *i)
{
    if (w->n_far + w->n_near == 0) return false;
    bool far = w->n_near == 0 || (w->n_far > 0 && *w->far < *w->near);
    *i = far ? *w->far++ : *w->near++;
    if (far)
        w->n_far--;
    else
        w->n_near--;
    return true;
}

/* Keys are parted twice where small classes have given names: the second time
 * without those keys. */
static gram_status make_universe(Sm *sm, Typed *t, Parts *p, Universe *u)
{
    uint32_t n;
    for (uint32_t i = 0; i < t->n; i++)
        GR_TRY(add_atoms(sm, (Bdd){t->root[i]}, p));
    GR_TRY(read_atoms(sm, p));
    GR_TRY(keep(sm, &p->patterns, &u->patterns, &u->n_patterns));
    GR_TRY(keep(sm, &p->specs, &u->specs, &u->n_specs));
    GR_TRY(keep(sm, &p->vars, &u->vars, &n));
    GR_TRY(make_keys(sm, p, u));
    GR_TRY(name_small(sm, u, p));
    if (p->names.n != u->n_names) GR_TRY(make_keys(sm, p, u));
    return index_specs(sm, u);
}

/* Of the functions as they are: what has fallen has left them, and its keys. */
gram_status sm_universe(Sm *sm, TypedId id, const Universe **out)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->universe == NULL) {
        Parts p = {0};
        Universe *u = gr_arena_take(sm->env, &sm->arena, sizeof *u);
        if (u == NULL) return GRAM_E_MEMORY;
        memset(u, 0, sizeof *u);
        gram_status status = make_universe(sm, t, &p, u);
        gr_vec_clear(sm->env, &p.names);
        gr_vec_clear(sm->env, &p.patterns);
        gr_vec_clear(sm->env, &p.specs);
        gr_vec_clear(sm->env, &p.vars);
        GR_TRY(status);
        t->universe = u;
    }
    *out = t->universe;
    return GRAM_OK;
}

uint32_t sm_name_index(const Universe *u, uint32_t key)
{
    return sm_find_word(u->names, u->n_names, 1, key);
}

/* --- what a spec says about a key ----------------------------------------- */

/* By derivatives, one for each code point, not by an automaton: most keys are
 * asked once for each expression, and it is settled by few of their characters:
 * by the first one that is wrong. */
gram_status sm_key_in(Sm *sm, ReId re, uint32_t key, bool *in)
{
    uint64_t memo_key = gr_pair(re.v, key);
    const uint32_t *memo = gr_map_find(&sm->key_in, memo_key);
    if (memo != NULL) {
        *in = *memo;
        return GRAM_OK;
    }
    const GrName *k = &sm->key.at[key];
    uint32_t none = gr_re_none(sm->re).v, all = gr_re_all(sm->re).v;
    for (uint32_t i = 0, len; i < k->len; i += len) {
        if (re.v == none || re.v == all) break;
        uint32_t c = gr_utf8_get(k->text + i, k->len - i, &len);
        GR_TRY(gr_re_derive(sm->re, re, c, &re));
    }
    *in = gr_re_nullable(sm->re, re);
    return gr_map_put(sm->env, &sm->key_in, memo_key, *in);
}

static bool begins_with(const GrName *key, KeyText lead)
{
    return key->len >= lead.n && memcmp(key->text, lead.at, lead.n) == 0;
}

/* What a class matches is known from its bits.  That a name does not begin as
 * all keys of the pattern do is seen at once, which matters where there are
 * many of both. */
gram_status sm_key_matches(Sm *sm, const Universe *u, uint32_t re, uint32_t key,
                           bool *yes)
{
    uint32_t bit = sm_find_word(u->patterns, u->n_patterns, 1, re);
    if (!(key & 1)) {
        *yes = bit == UINT32_MAX ||
               begins_with(&sm->key.at[key >> 1], u->leads[bit]);
        return *yes ? sm_key_in(sm, (ReId){re}, key >> 1, yes) : GRAM_OK;
    }
    *yes = bit != UINT32_MAX && gr_bit_get(u->classes[key >> 1].bits, bit);
    return GRAM_OK;
}

/* Core specification, sections 10.3.2.1 to 10.3.2.3: the property's schema and
 * those of all matching patterns; the additional one if there is none of these,
 * even where they say nothing. */
gram_status sm_key_conj(Sm *sm, const Universe *u, uint32_t spec, uint32_t key,
                        ConjId *out)
{
    ObjectSpec s = sm_object_spec(sm, spec);
    bool applied = false, yes = true;
    *out = (ConjId){CONJ_TRUE};
    if (s.key_text.v != gr_re_all(sm->re).v)
        GR_TRY(sm_key_matches(sm, u, s.key_text.v, key, &yes));
    if (!yes) {
        *out = (ConjId){CONJ_FALSE};
        return GRAM_OK;
    }
    uint32_t at = key & 1 ? UINT32_MAX
                          : sm_find_word(s.names, s.n_names, 2, key >> 1);
    if (at != UINT32_MAX) {
        *out = (ConjId){s.names[2 * at + 1]};
        applied = true;
    }
    for (uint32_t i = 0; i < s.n_patterns; i++) {
        GR_TRY(sm_key_matches(sm, u, s.patterns[2 * i], key, &yes));
        if (!yes) continue;
        GR_TRY(sm_conj_and(sm, *out, (ConjId){s.patterns[2 * i + 1]}, out));
        applied = true;
    }
    if (!applied) *out = s.additional;
    return GRAM_OK;
}
