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
 * What can be made longer: a typed value that only asks for more, whose tail
 * can be had.  A number cannot, as its zeros and digits are limited, nor
 * anything with a maximum, nor a string of a pattern. */
#include "schema/machine.h"

/* --- which values --------------------------------------------------------- */

/* Does it ask for more members, characters or matches, never for fewer? */
static bool asks_for_more(const Sm *sm, const Typed *t)
{
    for (Bdd f = t->all; f.v >= 2;) {
        BddNode n = gr_bdd_node(&sm->bdd, f);
        uint32_t kind = sm_atom_of(sm, n.var).kind;
        if (kind == ATOM_UNIQUE || kind == ATOM_TEXT) return false;
        f = n.hi;
    }
    return sm_is_cube(sm, t->all) && t->order == 0;
}

static gram_status place_alive(Sm *sm, TypedId id, const Universe *u,
                               uint32_t place, bool *alive)
{
    ConjId conj;
    ValueId v;
    GR_TRY(sm_all_specs(sm, id, u, place, &conj));
    GR_TRY(sm_value_of(sm, conj, sm_room_inside(sm, id), &v));
    return sm_value_live(sm, v, alive);
}

/* Can a key that no other one is like come at any time? */
static gram_status has_spare_key(Sm *sm, TypedId id, bool *has)
{
    const Universe *u;
    GR_TRY(sm_universe(sm, id, &u));
    *has = false;
    for (uint32_t i = 0; i < u->n_classes && !*has; i++)
        if (u->classes[i].count == UINT32_MAX)
            GR_TRY(place_alive(sm, id, u, 2 * i + 1, has));
    return GRAM_OK;
}

static gram_status is_late(Sm *sm, TypedId id, bool *late)
{
    const Typed *t = sm_typed_at(sm, id);
    uint32_t prefix;
    *late = asks_for_more(sm, t);
    if (!*late || t->all.v < 2 || t->type == T_STRING) return GRAM_OK;
    if (t->type == T_OBJECT) return has_spare_key(sm, id, late);
    GR_TRY(sm_array_prefix(sm, id, &prefix));
    return place_alive(sm, id, NULL, prefix, late);
}

static gram_status type_is_late(Sm *sm, ValueId v, uint32_t type, bool *late)
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
        GR_TRY(type_is_late(sm, next->value, type, &late));
        if (late) *types |= 1u << type;
    }
    return GRAM_OK;
}
