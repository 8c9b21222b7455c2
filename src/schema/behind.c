/* What is left of an object behind each of many keys.
 *
 * A key that comes settles some variables: universals that refuse it fall, and
 * a set of which it was the last key missing is complete.  Of a union of n
 * closed objects each key leaves one; key by key, that is n passes over a
 * function of n branches.  So they are settled together, by halves (settle.c),
 * from a table of bits, a row for each key, 0 where a fact is so:
 *
 *                      a  b  c  other
 *     closed, has a    1  0  0  0        falls behind all keys but a
 *     closed, has b c  0  1  1  0
 *     {a, b}, b seen   0  1  1  1        complete behind a
 *
 * Most rows are that of a key which nobody names but for a few bits.
 *
 * A *guess* leaves sets of keys incomplete, too, but for those that the key is
 * of, or that a completion that is known already has: so "just one of {a}, {b},
 * {c}, .." is small behind each of them.  What holds then is alive, if its
 * completion does not have such a set after all; what does not hold proves
 * nothing. */
#include "schema/want.h"

void sm_clear_behind(GrEnv *env, SmBehind *b)
{
    gr_vec_clear(env, &b->group);
    gr_vec_clear(env, &b->start);
    gr_vec_clear(env, &b->base);
    gr_vec_clear(env, &b->others);
    gr_vec_clear(env, &b->sets);
    gr_vec_clear(env, &b->came);
    gr_vec_clear(env, &b->after);
}

/* --- facts ---------------------------------------------------------------- */

/* The facts of one variable, as long as they are told. */
typedef struct Fact {
    SmBehind *b;
    GrEnv *env;
    uint32_t var;
    bool usual; /* it is so behind a key that nobody names */
    bool added;
} Fact;

static gram_status add_fact(Fact *f)
{
    SmBehind *b = f->b;
    uint32_t i = b->start.n;
    if (f->added) return GRAM_OK;
    f->added = true;
    GR_TRY(gr_vec_push(f->env, &b->start, b->group.n));
    GR_TRY(gr_vec_push(f->env, &b->group, 1));
    GR_TRY(gr_vec_push(f->env, &b->group, f->var));
    if (i % 32 == 0) GR_TRY(gr_vec_push(f->env, &b->base, 0));
    if (!f->usual) gr_bit_set(b->base.at, i);
    return GRAM_OK;
}

/* Behind the key of a row it is so, or not.  A fact that is so nowhere is
 * none. */
static gram_status tell(Fact *f, uint32_t row, bool so)
{
    if (row == UINT32_MAX || so == f->usual) return GRAM_OK;
    GR_TRY(gr_step(f->env, 1));
    GR_TRY(add_fact(f));
    GR_TRY(gr_vec_push(f->env, &f->b->others, row));
    return gr_vec_push(f->env, &f->b->others, f->b->start.n - 1);
}

static uint32_t row_of(const SmBehind *b, uint32_t name)
{
    return sm_find_word(b->key, b->n_named, 1, 2 * name);
}

/* --- universals ----------------------------------------------------------- */

static gram_status tell_universal(const Search *s, SmBehind *b, uint32_t i)
{
    Sm *sm = s->sm;
    ObjectSpec o = sm_object_spec(sm, s->u->specs[i]);
    Fact f = {.b = b, .env = sm->env, .var = s->u->vars[i]};
    ConjId conj;
    GR_TRY(gr_step(sm->env, 1));
    if (o.n_patterns == 0 && o.key_text.v == gr_re_all(sm->re).v) {
        f.usual = o.additional.v == CONJ_FALSE;
        if (f.usual) GR_TRY(add_fact(&f));
        for (uint32_t j = 0; j < o.n_names; j++)
            GR_TRY(tell(&f, row_of(b, o.names[2 * j]),
                        o.names[2 * j + 1] == CONJ_FALSE));
        return GRAM_OK;
    }
    for (uint32_t r = 0; r < b->n; r++) {
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(sm_key_conj(sm, s->u, s->u->specs[i], b->key[r], &conj));
        GR_TRY(tell(&f, r, conj.v == CONJ_FALSE));
    }
    return GRAM_OK;
}

/* --- sets of keys --------------------------------------------------------- */

/* Keys of a set that are not there: how many, and the last one; `beside`: nor
 * among these. */
static uint32_t missing(const Search *s, uint32_t set, const SmWords *beside,
                        uint32_t *last)
{
    uint32_t n, left = 0;
    const uint32_t *key = sm_set(s->sm, set, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (sm_has_seen(s->regs, key[i])) continue;
        if (beside && sm_has_word(beside->at, beside->n, key[i])) continue;
        left++;
        *last = key[i];
    }
    return left;
}

static gram_status tell_set(const Search *s, SmBehind *b, uint32_t var)
{
    GrEnv *env = s->sm->env;
    uint32_t set = sm_atom_of(s->sm, var).a, last = 0, n;
    const uint32_t *key = sm_set(s->sm, set, &n);
    Fact f = {.b = b, .env = env, .var = var | SM_COMES};
    uint32_t left = missing(s, set, NULL, &last);
    GR_TRY(gr_step(env, n));
    f.usual = left == 0;
    if (f.usual) GR_TRY(add_fact(&f));
    if (left == 1) GR_TRY(tell(&f, row_of(b, last), true));
    if (b->known == NULL || missing(s, set, b->known, &last) == 0)
        return GRAM_OK;
    f = (Fact){.b = b, .env = env, .var = var, .usual = true};
    GR_TRY(add_fact(&f));
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(tell(&f, row_of(b, key[i]), false));
        GR_TRY(gr_vec_push(env, &b->sets, key[i]));
        GR_TRY(gr_vec_push(env, &b->sets, set));
    }
    return GRAM_OK;
}

static gram_status tell_sets(const Search *s, SmBehind *b, TypedId id)
{
    Sm *sm = s->sm;
    SmWords vars = {0};
    gram_status status = gr_bdd_reach(&sm->bdd, sm_typed_at(sm, id)->all);
    for (uint32_t i = 0; i < sm->bdd.reached.n && status == GRAM_OK; i++) {
        uint32_t var = sm_var_of(sm, (Bdd){sm->bdd.reached.at[i]});
        if (sm_atom_of(sm, var).kind == ATOM_REQ)
            status = gr_vec_push(sm->env, &vars, var);
    }
    vars.n = sm_sort_unique(vars.at, vars.n);
    for (uint32_t i = 0; i < vars.n && status == GRAM_OK; i++)
        status = tell_set(s, b, vars.at[i]);
    gr_vec_clear(sm->env, &vars);
    sm_sort_pairs(b->sets.at, b->sets.n / 2);
    return status;
}

/* --- the table ------------------------------------------------------------ */

static void fill_rows(const SmBehind *b, uint32_t *row)
{
    uint32_t words = b->base.n;
    for (uint32_t r = 0; r < b->n; r++)
        memcpy(row + (size_t)r * words, b->base.at, words * sizeof *row);
    for (uint32_t i = 0; i < b->others.n; i += 2) {
        uint32_t bit = b->others.at[i + 1];
        row[(size_t)b->others.at[i] * words + bit / 32] ^= 1u << bit % 32;
    }
}

/* Equal rows are one vector: those of all keys of a closed branch are. */
static gram_status settle_vectors(Sm *sm, SmBehind *b, const uint32_t *row,
                                  GrIntern *rows, SmVector *vector, TypedId id)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < b->n; r++) {
        const uint32_t *bits = row + (size_t)r * b->base.n;
        uint32_t *of = &b->after.at[r];
        GR_TRY(gr_intern(sm->env, rows, bits, b->base.n, of, NULL));
        if (*of == n) vector[n++] = (SmVector){.bits = bits};
    }
    GR_TRY(sm_settle_each(sm, id, b->group.at, b->start.at, b->start.n, vector,
                          n));
    for (uint32_t r = 0; r < b->n; r++)
        b->after.at[r] = vector[b->after.at[r]].after.v;
    return GRAM_OK;
}

static gram_status settle_rows(Sm *sm, SmBehind *b, TypedId id)
{
    size_t words = (size_t)b->n * b->base.n;
    size_t size = words * sizeof(uint32_t) + b->n * sizeof(SmVector);
    GrIntern rows;
    GR_TRY(gr_step(sm->env, words / 8));
    SmVector *vector = gr_resize(sm->env, NULL, 0, size);
    if (vector == NULL) return GRAM_E_MEMORY;
    uint32_t *row = (uint32_t *)(vector + b->n);
    gr_intern_init(&rows);
    fill_rows(b, row);
    gram_status status = settle_vectors(sm, b, row, &rows, vector, id);
    gr_intern_clear(sm->env, &rows);
    gr_free(sm->env, vector, size);
    return status;
}

/* The same object, all its roots in one function: a search asks for no more,
 * and a union inside of a union has a root for each branch. */
static gram_status join_roots(Sm *sm, TypedId id, TypedId *out)
{
    Typed t = *sm_typed_at(sm, id);
    Bdd goal;
    *out = id;
    if (t.n < 2) return GRAM_OK;
    GR_TRY(gr_bdd_var(&sm->bdd, 0, &goal));
    return sm_typed(sm, t.type, &t.all, 1, goal, t.room, t.order, out);
}

gram_status sm_settle_behind(const Search *s, TypedId id, SmBehind *b)
{
    GR_TRY(join_roots(s->sm, id, &id));
    b->n_named = 0;
    while (b->n_named < b->n && !(b->key[b->n_named] & 1)) b->n_named++;
    for (uint32_t i = 0; i < s->u->n_specs; i++)
        GR_TRY(tell_universal(s, b, i));
    GR_TRY(tell_sets(s, b, id));
    for (uint32_t i = 0; i < b->n; i++)
        GR_TRY(gr_vec_push(s->sm->env, &b->after, id.v));
    return b->n > 0 && b->start.n > 0 ? settle_rows(s->sm, b, id) : GRAM_OK;
}

/* --- what came of a guess ------------------------------------------------- */

gram_status sm_keys_of_way(const Search *s, SmWords *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < s->want.add.n; i++)
        GR_TRY(gr_vec_push(s->sm->env, out, s->want.add.at[i]));
    for (uint32_t i = 0; i < s->placed.n; i++)
        if (!(s->placed.at[i] & 1))
            GR_TRY(gr_vec_push(s->sm->env, out, s->placed.at[i] / 2));
    out->n = sm_sort_unique(out->at, out->n);
    return gr_step(s->sm->env, 1 + out->n / 8);
}

/* Does this key complete a set that does not have the one guessed for? */
static bool completes(const Search *s, const SmBehind *b, uint32_t key)
{
    const uint32_t *pair = b->sets.at;
    uint32_t n = b->sets.n / 2, i = sm_lower_word(pair, n, 2, key), last, m;
    for (; i < n && pair[2 * i] == key; i++) {
        const uint32_t *of = sm_set(s->sm, pair[2 * i + 1], &m);
        uint32_t left = missing(s, pair[2 * i + 1], &b->came, &last);
        if ((s->extra & 1 || !sm_has_word(of, m, s->extra / 2)) &&
            (left == 0 || (left == 1 && last == key)))
            return true;
    }
    return false;
}

/* Each set that was left incomplete has a key that is not known: only what such
 * keys complete is looked at.  Members that come for their number may be
 * any. */
gram_status sm_guess_is_right(const Search *s, SmBehind *b, bool *yes)
{
    *yes = s->members >= s->want.least;
    GR_TRY(sm_keys_of_way(s, &b->came));
    for (uint32_t i = 0; i < b->came.n && *yes; i++) {
        uint32_t key = b->came.at[i];
        GR_TRY(gr_step(s->sm->env, 1));
        *yes = 2 * key == s->extra ||
               sm_has_word(b->known->at, b->known->n, key) ||
               !completes(s, b, key);
    }
    return GRAM_OK;
}

bool sm_guess_excludes(const Search *s, const SmBehind *b, uint32_t key)
{
    return !(key & 1) && completes(s, b, key / 2);
}
