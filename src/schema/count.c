/* How many values does a conj have?
 *
 * Scalars are counted by their automata.  A container that only says what its
 * members are, which keys it must have and how many items it may, has as many
 * values as its members together:
 *
 *     {a: bool, b?: 3 values}      2 * (1 + 3)
 *     [bool, 3 values], 1..2       2 + 2 * 3
 *
 * and endlessly many if some member has, or there is no end to the members.
 * What also asks for items that differ, or that match, or for more keys than
 * must be there, is not counted: a number is told that it has at least, found
 * from one instance, whatever that is, in which members are added or changed.
 * Containers in containers are counted NEST deep.
 *
 * Every answer is a lower bound, and the number itself where it is exact:
 * too many values would make a promise of items that cannot be written. */
#include "schema/want.h"

enum { NEST = 4 };

static gram_status scalar_count(Sm *sm, ValueId v, uint32_t cap, uint32_t *n)
{
    *n = 0;
    for (uint32_t type = 0; type < T_ARRAY && *n < cap; type++) {
        TypedId t;
        bool alive;
        uint32_t more = 1;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, &alive));
        if (!alive) continue;
        if (type == T_BOOL && gr_bdd_is(sm_typed_at(sm, t)->all, true))
            more = 2;
        if (type == T_NUMBER) GR_TRY(sm_number_count(sm, t, cap, &more));
        if (type == T_STRING) GR_TRY(sm_text_count(sm, t, cap, &more));
        *n = more >= cap - *n ? cap : *n + more;
    }
    return GRAM_OK;
}

/* What an `all` says that is one way to hold: all of some atoms, and fewer
 * members than so many. */
typedef struct Cube {
    uint32_t least, most;
    uint64_t matches; /* that CONTAINS asks for, all together */
    bool is;          /* it is that */
    bool others;      /* CONTAINS, UNIQUE */
} Cube;

/* Anything else (a choice, a universal that must fall) is not `is`. */
static Cube read_cube(const Sm *sm, Bdd f)
{
    Cube c = {0, UINT32_MAX, 0, true, false};
    while (f.v >= 2 && c.is) {
        BddNode n = gr_bdd_node(&sm->bdd, f);
        Atom a = sm_atom_of(sm, n.var);
        bool yes = gr_bdd_is(n.lo, false), count = a.kind == ATOM_COUNT;
        c.is = yes || (count && gr_bdd_is(n.hi, false));
        c.others |= a.kind == ATOM_CONTAINS || a.kind == ATOM_UNIQUE;
        if (a.kind == ATOM_CONTAINS) c.matches += a.b;
        if (count && yes && a.b > c.least) c.least = a.b;
        if (count && !yes && a.b - 1 < c.most) c.most = a.b - 1;
        f = yes ? n.hi : n.lo;
    }
    c.is = c.is && gr_bdd_is(f, true);
    return c;
}

/* One path through `all`, which is a cube: each node has one side
 * that lives. */
gram_status sm_all_specs(Sm *sm, TypedId id, const Universe *u, uint32_t place,
                         ConjId *out)
{
    *out = (ConjId){CONJ_TRUE};
    for (Bdd f = sm_typed_at(sm, id)->all; f.v >= 2;) {
        BddNode node = gr_bdd_node(&sm->bdd, f);
        Atom a = sm_atom_of(sm, node.var);
        ConjId one;
        uint32_t n;
        f = gr_bdd_is(node.hi, false) ? node.lo : node.hi;
        if (a.kind != ATOM_UNIV) continue;
        if (u != NULL) {
            GR_TRY(sm_key_conj(sm, u, a.a, place, &one));
        } else {
            const uint32_t *prefix = sm_array_spec(sm, a.a, &n);
            one = (ConjId){prefix[place < n ? place : n]};
        }
        GR_TRY(sm_conj_and(sm, *out, one, out));
    }
    return GRAM_OK;
}

/* --- members -------------------------------------------------------------- */

typedef struct Members {
    Search *s;
    TypedId id;
    const Universe *u; /* NULL: of an array */
    Cube cube;
    uint32_t cap, nest;
    bool exact;
} Members;

/* Both are cut at the cap, which stands for "as many as anyone asks for". */
static uint32_t times(const Members *m, uint32_t a, uint32_t b)
{
    uint64_t n = (uint64_t)a * b;
    return n < m->cap ? (uint32_t)n : m->cap;
}

static uint32_t plus(const Members *m, uint32_t a, uint32_t b)
{
    uint64_t n = (uint64_t)a + b;
    return n < m->cap ? (uint32_t)n : m->cap;
}

/* Values of different types differ, so numbers add up. */
static gram_status count_nested(Search *s, ValueId v, uint32_t cap,
                                uint32_t nest, uint32_t *n, bool *exact);

/* Values at a place; *alive: some. */
static gram_status count_place(Members *m, uint32_t place, uint32_t *n)
{
    Sm *sm = m->s->sm;
    ConjId conj;
    ValueId v;
    bool exact, alive;
    uint64_t cost;
    GR_TRY(gr_step(sm->env, 1));
    GR_TRY(sm_all_specs(sm, m->id, m->u, place, &conj));
    GR_TRY(sm_value_of(sm, conj, sm_room_inside(sm, m->id), &v));
    GR_TRY(sm_child_check(m->s, v, &alive, &cost));
    *n = 0;
    if (!alive) return GRAM_OK;
    GR_TRY(count_nested(m->s, v, m->cap, m->nest - 1, n, &exact));
    m->exact &= exact;
    return GRAM_OK;
}

/* Items that differ, or some that match: as many arrays as there are values
 * for one more item.  A shortest array has at most
 *
 *     L = prefix + least + matches
 *
 * items: of more, one behind the prefix is no match that is needed and can go.
 * So if any place up to the prefix has `cap` values and L more, and L + 1
 * items may be there, another item can follow the last of that array, and at
 * least `cap` of its values are none of those before it. */
static gram_status count_longer(Members *m, uint32_t prefix, uint32_t *n)
{
    uint64_t longest = (uint64_t)prefix + m->cube.least + m->cube.matches;
    uint64_t most = (uint64_t)m->cap + longest;
    uint32_t cap = m->cap, one = UINT32_MAX;
    *n = 1;
    m->exact = false;
    if (m->cube.most <= longest) return GRAM_OK;
    m->cap = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
    for (uint32_t i = 0; i <= prefix && one >= m->cap; i++)
        GR_TRY(count_place(m, i, &one));
    if (one >= m->cap) *n = cap;
    m->cap = cap;
    return GRAM_OK;
}

/* All lengths up to the first place without values. */
static gram_status count_items(Members *m, uint32_t *n)
{
    uint32_t prefix, ways = 1, one = 1;
    GR_TRY(sm_array_prefix(m->s->sm, m->id, &prefix));
    if (m->cube.others) return count_longer(m, prefix, n);
    *n = m->cube.least == 0;
    m->exact = true;
    for (uint32_t i = 0; i < m->cube.most && *n < m->cap && one > 0; i++) {
        if (i <= prefix) GR_TRY(count_place(m, i, &one));
        /* behind the prefix items are alike: so are ever longer arrays */
        bool endless = i >= prefix && m->cube.most == UINT32_MAX;
        ways = endless && one > 0 ? m->cap : times(m, ways, one);
        if (endless || i + 1 >= m->cube.least) *n = plus(m, *n, ways);
        GR_TRY(gr_step(m->s->sm->env, 1));
    }
    return GRAM_OK;
}

/* Is a key, as for sm_key_conj, one of those that must come? */
static bool is_required(const Members *m, uint32_t key)
{
    const Sm *sm = m->s->sm;
    for (Bdd f = sm_typed_at(sm, m->id)->all; f.v >= 2;) {
        BddNode node = gr_bdd_node(&sm->bdd, f);
        Atom a = sm_atom_of(sm, node.var);
        uint32_t n;
        f = gr_bdd_is(node.hi, false) ? node.lo : node.hi;
        if (a.kind != ATOM_REQ) continue;
        const uint32_t *set = sm_set(sm, a.a, &n);
        for (uint32_t i = 0; i < n; i++)
            if (2 * set[i] == key) return true;
    }
    return false;
}

/* Each key is there with one of its values, or (if it may) not at all.  Where
 * that leaves too few keys for the least that there must be, all are there;
 * where there is a most, only those that must: fewer objects than there are,
 * but all of them hold. */
static gram_status count_keys(Members *m, uint32_t *n)
{
    const Universe *u = m->u;
    bool bounded = m->cube.most != UINT32_MAX;
    uint32_t required = 0, absent;
    for (uint32_t i = 0; i < u->n_names; i++)
        required += is_required(m, 2 * u->names[i]);
    absent = required >= m->cube.least;
    *n = 1;
    m->exact = !bounded && absent;
    for (uint32_t i = 0; i < u->n_names && *n < m->cap; i++) {
        uint32_t key = 2 * u->names[i], one;
        bool must = is_required(m, key);
        if (bounded && !must) continue; /* it may have no room */
        GR_TRY(count_place(m, key, &one));
        if (!must) one = one > 0 ? plus(m, one, absent) : 1;
        *n = times(m, *n, one);
    }
    for (uint32_t i = 0; i < u->n_classes && *n < m->cap && !bounded; i++) {
        uint32_t one, keys = u->classes[i].count;
        GR_TRY(count_place(m, 2 * i + 1, &one));
        if (one == 0) continue;
        if (keys == UINT32_MAX) *n = m->cap;
        one = plus(m, one, absent);
        for (; one > 1 && keys > 0 && *n < m->cap; keys--)
            *n = times(m, *n, one);
    }
    return GRAM_OK;
}

/* Of a container that is alive: it has one value at least. */
static gram_status count_members(Search *s, TypedId id, uint32_t cap,
                                 uint32_t nest, uint32_t *n, bool *exact)
{
    const Typed *t = sm_typed_at(s->sm, id);
    Members m = {.s = s, .id = id, .cap = cap, .nest = nest};
    *n = t->all.v == GR_BDD_TRUE ? cap : 1;
    *exact = false;
    m.cube = read_cube(s->sm, t->all);
    if (t->all.v < 2 || !m.cube.is || nest == 0 || t->order != 0)
        return GRAM_OK;
    if (t->type == T_OBJECT) {
        GR_TRY(sm_universe(s->sm, id, &m.u));
        GR_TRY(count_keys(&m, n));
    } else {
        GR_TRY(count_items(&m, n));
    }
    *exact = m.exact;
    if (*n == 0) *n = 1;
    return GRAM_OK;
}

static gram_status count_nested(Search *s, ValueId v, uint32_t cap,
                                uint32_t nest, uint32_t *n, bool *exact)
{
    Sm *sm = s->sm;
    *exact = true;
    GR_TRY(scalar_count(sm, v, cap, n));
    for (uint32_t type = T_ARRAY; type < N_TYPES && *n < cap; type++) {
        TypedId t;
        bool alive, all;
        uint32_t more;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_container_check(s, t, &alive));
        if (!alive) continue;
        GR_TRY(count_members(s, t, cap, nest, &more, &all));
        *exact &= all;
        *n = more >= cap - *n ? cap : *n + more;
    }
    return GRAM_OK;
}

gram_status sm_count_values(Search *s, ValueId v, uint32_t cap, uint32_t *n,
                            bool *exact)
{
    bool blocked = s->blocked;
    s->blocked = false;
    GR_TRY(count_nested(s, v, cap, NEST, n, exact));
    /* what is not known yet is assumed to be enough */
    if (s->blocked) *n = cap;
    s->blocked |= blocked;
    return GRAM_OK;
}
