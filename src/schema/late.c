/* Items that may be compared with earlier ones when they are complete.
 *
 * That an item is none of the values seen is part of what it must be
 * (unique.c), so that a prefix without another way to go on is refused in
 * time:
 *
 *     [true,f        [{"a":1},{"a":2     with "a" alone allowed
 *
 * But where a value can be made longer until its last byte, there always is
 * another way: a string takes one more character, an open object one more
 * key, an array one more item.  Such an item is written as if nothing was
 * seen before, all of them in the same states, and its last byte is refused
 * where it is there already:
 *
 *     ["ab","a    b" would be the second one;   bc" is not
 *
 * What can be made longer: an object or array of which one more member, that
 * can always be had, does no harm to what holds; a string of whose expression
 * every beginning that lives can go on for ever.  A number cannot, as its
 * zeros and digits are limited, nor anything with a maximum, nor a date.
 *
 * But where all strings of up to m characters are items, those seen that have
 * m - 2 or fewer are late: what begins like one of them has 10^12 ways to go
 * on.  Only what is nearly as long as can be is told apart from its first byte
 * on. */
#include "schema/want.h"

/* --- which values --------------------------------------------------------- */

/* One more member of a typed container. */
typedef struct Tail {
    Sm *sm;
    TypedId id;
    Bdd all;
    SmWords univ; /* pairs: variable of a UNIV atom, spec; ascending */
    SmWords fall; /* variables of those that the member refutes */
    bool unique;  /* it must be another one than those before it */
} Tail;

/* More values than any array has items. */
enum { ENOUGH = 1 << 30 };

static gram_status find_specs(Tail *t)
{
    Sm *sm = t->sm;
    uint32_t n = 0, *w;
    GR_TRY(gr_bdd_reach(&sm->bdd, t->all));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        Bdd f = {sm->bdd.reached.at[i]};
        uint32_t var = gr_bdd_node(&sm->bdd, f).var;
        Atom a = sm_atom_of(sm, var);
        t->unique |= a.kind == ATOM_UNIQUE;
        if (a.kind != ATOM_UNIV) continue;
        GR_TRY(gr_vec_push(sm->env, &t->univ, var));
        GR_TRY(gr_vec_push(sm->env, &t->univ, a.a));
    }
    w = t->univ.at;
    sm_sort_pairs(w, t->univ.n / 2);
    for (uint32_t i = 0; i < t->univ.n; i += 2)
        if (n == 0 || w[n - 2] != w[i]) {
            w[n] = w[i];
            w[n + 1] = w[i + 1];
            n += 2;
        }
    t->univ.n = n;
    return GRAM_OK;
}

/* What holds still holds if those fall and there is one more: an implication,
 * and none of what counts members was better with fewer. */
static gram_status does_no_harm(Tail *t, bool *yes)
{
    Bdds *b = &t->sm->bdd;
    Bdd f;
    GR_TRY(gr_bdd_fall(b, t->all, t->fall.at, t->fall.n, &f));
    GR_TRY(gr_bdd_implies(b, t->all, f, yes));
    if (!*yes) return GRAM_OK;
    GR_TRY(gr_bdd_reach(b, f));
    for (uint32_t i = 0; i < b->reached.n && *yes; i++) {
        BddNode n = gr_bdd_node(b, (Bdd){b->reached.at[i]});
        uint32_t kind = sm_atom_of(t->sm, n.var).kind;
        if (kind == ATOM_COUNT || kind == ATOM_CONTAINS)
            GR_TRY(gr_bdd_implies(b, n.lo, n.hi, yes));
    }
    return GRAM_OK;
}

/* What a spec says about a key of the universe; u NULL: about an item. */
static gram_status spec_conj(const Tail *t, const Universe *u, uint32_t spec,
                             uint32_t place, ConjId *out)
{
    uint32_t n;
    if (u != NULL) return sm_key_conj(t->sm, u, spec, place, out);
    const uint32_t *w = sm_array_spec(t->sm, spec, &n);
    *out = (ConjId){w[place < n ? place : n]};
    return GRAM_OK;
}

/* Can a member always come there?  It is what all specs ask for that allow
 * any; the others fall.  One that is new leaves UNIQUE as it is. */
static gram_status always_comes(Tail *t, const Universe *u, uint32_t place,
                                bool *yes)
{
    ConjId conj = {CONJ_TRUE}, one;
    ValueId v;
    t->fall.n = 0;
    for (uint32_t i = 0; i < t->univ.n; i += 2) {
        GR_TRY(spec_conj(t, u, t->univ.at[i + 1], place, &one));
        if (one.v == CONJ_FALSE)
            GR_TRY(gr_vec_push(t->sm->env, &t->fall, t->univ.at[i]));
        else
            GR_TRY(sm_conj_and(t->sm, conj, one, &conj));
    }
    GR_TRY(does_no_harm(t, yes));
    if (!*yes) return GRAM_OK;
    Search s = {.sm = t->sm, .typed = t->id, .regs = &sm_no_regs};
    if (t->unique) return sm_conj_plenty(&s, conj, ENOUGH, yes);
    GR_TRY(sm_value_of(t->sm, conj, sm_room_inside(t->sm, t->id), &v));
    return sm_value_live(t->sm, v, yes);
}

/* Can a key that no other one is like come at any time? */
static gram_status has_spare_key(Tail *t, bool *has)
{
    const Universe *u;
    GR_TRY(sm_universe(t->sm, t->id, &u));
    *has = false;
    for (uint32_t i = 0; i < u->n_classes && !*has; i++)
        if (u->classes[i].count == UINT32_MAX)
            GR_TRY(always_comes(t, u, 2 * i + 1, has));
    return GRAM_OK;
}

/* Can an item come, and others behind it, wherever the array is? */
static gram_status has_spare_items(Tail *t, bool *has)
{
    uint32_t prefix;
    GR_TRY(sm_array_prefix(t->sm, t->id, &prefix));
    *has = true;
    for (uint32_t i = 0; i <= prefix && *has; i++) {
        GR_TRY(gr_step(t->sm->env, 1));
        GR_TRY(always_comes(t, NULL, i, has));
    }
    return GRAM_OK;
}

/* f if the variables of all lengths are true; *more is false where a string
 * may be too long. */
static gram_status without_lengths(Sm *sm, Bdd f, Bdd *out, bool *more)
{
    uint32_t var = 0;
    *out = f;
    *more = true;
    while (*more && var != UINT32_MAX) {
        var = UINT32_MAX;
        GR_TRY(gr_bdd_reach(&sm->bdd, *out));
        for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
            BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
            if (sm_atom_of(sm, n.var).kind == ATOM_COUNT) var = n.var;
        }
        if (var == UINT32_MAX) return GRAM_OK;
        GR_TRY(gr_bdd_restrict(&sm->bdd, *out, var, true, &f));
        GR_TRY(gr_bdd_implies(&sm->bdd, *out, f, more));
        *out = f;
    }
    return GRAM_OK;
}

/* Can every beginning of a string go on for ever?  The lengths asked for are
 * least ones, which whatever has no end reaches. */
static gram_status has_spare_text(Sm *sm, TypedId id, bool *has)
{
    Bdd f;
    ReId re;
    GR_TRY(without_lengths(sm, sm_typed_at(sm, id)->all, &f, has));
    if (!*has) return GRAM_OK;
    GR_TRY(sm_to_re(sm, f, NULL, &re));
    return gr_re_endless(sm->re, re, has);
}

static gram_status is_late(Sm *sm, TypedId id, bool *late)
{
    const Typed *typed = sm_typed_at(sm, id);
    Tail t = {.sm = sm, .id = id, .all = typed->all};
    *late = typed->all.v == GR_BDD_TRUE;
    if (*late || typed->order != 0) return GRAM_OK;
    if (typed->type == T_STRING) return has_spare_text(sm, id, late);
    gram_status status = find_specs(&t);
    if (status == GRAM_OK)
        status = typed->type == T_OBJECT ? has_spare_key(&t, late)
                                         : has_spare_items(&t, late);
    gr_vec_clear(sm->env, &t.univ);
    gr_vec_clear(sm->env, &t.fall);
    return status;
}

gram_status sm_type_is_late(Sm *sm, ValueId v, uint32_t type, bool *late)
{
    TypedId id;
    bool alive;
    GR_TRY(sm_value_typed(sm, v, type, &id));
    if (sm_typed_at(sm, id)->late == 0) {
        GR_TRY(sm_typed_live(sm, id, &alive));
        *late = !alive;
        if (alive && type >= T_STRING) GR_TRY(is_late(sm, id, late));
        sm_typed_at(sm, id)->late = (uint8_t)(1 + *late);
    }
    *late = sm_typed_at(sm, id)->late == 2;
    return GRAM_OK;
}

/* --- items ---------------------------------------------------------------- */

gram_status sm_must_differ(Sm *sm, TypedId id, bool *must)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->differ == 0) {
        Bdd atom, without;
        GR_TRY(sm_atom(sm, ATOM_UNIQUE, T_ARRAY, 0, 0, &atom));
        GR_TRY(gr_bdd_restrict(&sm->bdd, t->all,
                               gr_bdd_node(&sm->bdd, atom).var, false,
                               &without));
        sm_typed_at(sm, id)->differ =
            (uint8_t)(1 + (t->type == T_ARRAY && gr_bdd_is(without, false)));
    }
    *must = sm_typed_at(sm, id)->differ == 2;
    return GRAM_OK;
}

/* Types that are not late may be told apart late all the same. */
static gram_status try_other(Sm *sm, TypedId t, uint32_t pos, Regs regs,
                             uint32_t *types, Outcome *next)
{
    Outcome o = *next;
    uint32_t waits = 0, may = (1u << T_OBJECT | 1u << T_NUMBER) & ~*types;
    while (may != waits) {
        waits = may;
        regs.other = sm_other_element(waits, regs.blind);
        GR_TRY(sm_array_child(sm, t, pos, &regs, &o));
        if (!o.alive) return GRAM_OK;
        GR_TRY(sm_may_wait(sm, o.value, &may));
        may &= waits;
        if (may == 0) return GRAM_OK;
    }
    if (waits == 0) return GRAM_OK;
    *types |= waits | waits << N_TYPES;
    *next = o;
    return GRAM_OK;
}

/* The greatest length of an item that is a string, if that is all that is said
 * of strings. */
static gram_status late_length(Sm *sm, ValueId v, uint32_t *types)
{
    TypedId id;
    ReId re, all;
    uint32_t low, most;
    GR_TRY(sm_value_typed(sm, v, T_STRING, &id));
    GR_TRY(sm_to_re(sm, sm_typed_at(sm, id)->all, NULL, &re));
    GR_TRY(gr_re_bounds(sm->re, re, &low, &most));
    if (low > most || most >> (32 - LATE_LENGTH) != 0) return GRAM_OK;
    GR_TRY(sm_any_text(sm, low, most, &all));
    if (re.v == all.v) *types |= most << LATE_LENGTH;
    return GRAM_OK;
}

gram_status sm_late_types(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                          uint32_t blind, uint32_t *types, Outcome *next)
{
    Regs none = {.count = index, .blind = blind};
    bool must, late;
    *types = 0;
    GR_TRY(sm_must_differ(sm, t, &must));
    if (!must) return GRAM_OK;
    GR_TRY(sm_array_child(sm, t, pos, &none, next));
    /* what later items need may depend on what this one is, and those were */
    if (!next->alive || sm->few || sm->special.n > 0 || sm->same.n > 0)
        return GRAM_OK;
    for (uint32_t type = 0; type < N_TYPES; type++) {
        GR_TRY(sm_type_is_late(sm, next->value, type, &late));
        if (late) *types |= 1u << type;
    }
    if (!(*types >> T_STRING & 1)) GR_TRY(late_length(sm, next->value, types));
    return try_other(sm, t, pos, none, types, next);
}
