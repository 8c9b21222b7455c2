/* What arrays cost that must still get numbers, all different.
 *
 * However many are seen, with N of them some number is left among any N + 1;
 * so if there are more than N integers of at most L digits, a shortest number
 * that is left takes at most L bytes.  With n items there, of the `least` that
 * are needed:
 *
 *     rest  <=  (L(n) + 1) + (L(n + 1) + 1) + ...
 *                item, comma or bracket
 *
 * Nothing has to be known of what the next number must not be. */
#include "schema/machine.h"

enum { DIGITS_MOST = 9 };

/* The number of items that the array must have, where all that it says is
 * that they be so many, and differ. */
static bool needs_items(const Sm *sm, const Typed *t, uint32_t *least)
{
    *least = 0;
    for (Bdd f = t->all; f.v >= 2; f = gr_bdd_node(&sm->bdd, f).hi) {
        Atom a = sm_atom_of(sm, gr_bdd_node(&sm->bdd, f).var);
        if (a.kind == ATOM_CONTAINS) return false;
        if (a.kind == ATOM_COUNT && a.b > *least) *least = a.b;
    }
    return sm_is_cube(sm, t->all);
}

/* The items' typed value, if they are numbers. */
static gram_status find_numbers(Sm *sm, TypedId id, uint32_t pos, TypedId *out,
                                bool *numbers)
{
    ConjId conj;
    ValueId v;
    GR_TRY(sm_all_specs(sm, id, NULL, pos, &conj));
    GR_TRY(sm_value_of(sm, conj, sm_room_inside(sm, id), &v));
    *numbers = true;
    for (uint32_t type = 0; type < N_TYPES && *numbers; type++) {
        TypedId t;
        bool alive;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, &alive));
        *numbers = alive == (type == T_NUMBER);
        if (type == T_NUMBER) *out = t;
    }
    return GRAM_OK;
}

/* Bytes of items number from .. to-1, each with what is behind it. */
static gram_status add_items(Sm *sm, TypedId number, uint32_t from, uint32_t to,
                             uint64_t *bytes, bool *can)
{
    for (uint32_t digits = 1; from < to; digits++) {
        uint32_t n, end;
        *can = digits <= DIGITS_MOST;
        if (!*can) return GRAM_OK;
        GR_TRY(sm_number_count_short(sm, number, digits, to, &n));
        end = n < to ? n : to;
        if (end <= from) continue;
        *bytes += (uint64_t)(end - from) * (1 + digits);
        from = end;
    }
    return GRAM_OK;
}

static bool pick_count(void *ctx, const Atom *a)
{
    return a->kind != ATOM_COUNT || *(uint32_t *)ctx >= a->b;
}

gram_status sm_numbers_cost(Sm *sm, const GrConfig *c, uint64_t *bytes,
                            Verdict *verdict, bool *can)
{
    StateKey k = sm_state_key(sm, c->state);
    TypedId id, number = {0};
    uint32_t least, prefix, len, n = c->level.reg[REG_INDEX];
    *can = false;
    *bytes = 0;
    if (k.kind != S_VALUE) return GRAM_OK;
    const uint32_t *w = sm_frame_key(sm, (FrameId){k.b}, &len);
    if (w[0] != F_CONST) return GRAM_OK;
    id.v = w[1];
    GR_TRY(sm_must_differ(sm, id, can));
    *can = *can && needs_items(sm, sm_typed_at(sm, id), &least) && n < least;
    if (!*can) return GRAM_OK;
    GR_TRY(sm_array_prefix(sm, id, &prefix));
    *can = n >= prefix;
    if (*can) GR_TRY(find_numbers(sm, id, prefix, &number, can));
    if (*can) GR_TRY(add_items(sm, number, n, least, bytes, can));
    return *can ? sm_verdict(sm, id, pick_count, &least, verdict, can)
                : GRAM_OK;
}
