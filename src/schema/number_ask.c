/* Questions about a whole spec, and shortest completions.
 *
 * A shortest completion is found by its shape: a more digits before the
 * point, b after it, an exponent of k digits.  For each (a, exponent) the
 * values grow with b, so the least b is found by bisection, and everything
 * longer than the best so far is skipped.  Being the exact minimum over all
 * completions, it falls by one along some next byte by itself. */
#include "schema/number_parts.h"

enum { LIFT_ANY = 1 << 30 };

/* A start state exists only if it is alive. */
gram_status gr_num_satisfiable(GrNum *num, GrNumSpecId spec, bool *out)
{
    GrNumStateId state;
    bool dead;
    GR_TRY(gr_num_start(num, spec, &state, &dead));
    *out = !dead;
    return GRAM_OK;
}

/* --- counting values ------------------------------------------------------ */

/* Values of one sign and way of spelling, all of which start with 1 .. 9.
 * First digits part all nonzero values of a sign, each value into one. */
static gram_status count_sign(GrNum *num, const Spec *spec, int negative,
                              bool lexical, const Only *only, uint64_t cap,
                              uint64_t *total)
{
    const Line *line = &spec->line[negative];
    Shape shape = lexical ? gr_num_shape_first_lexical(num)
                          : gr_num_shape_first(num);
    for (uint32_t d = 1; d <= 9 && *total < cap; d++) {
        uint64_t n = 0;
        Lead lead = gr_num_lead_first(line, spec, d);
        GR_TRY(gr_num_reach(num, spec, line, &lead, &shape, only, cap - *total,
                            &n));
        *total += n;
    }
    return GRAM_OK;
}

/* Values with a spelling of that kind; 0 has no sign here. */
static gram_status count_spelled(GrNum *num, const Spec *spec, bool lexical,
                                 uint64_t cap, uint64_t *total)
{
    *total = gr_num_zero(num, spec, lexical);
    GR_TRY(count_sign(num, spec, 0, lexical, NULL, cap, total));
    return count_sign(num, spec, 1, lexical, NULL, cap, total);
}

/* A value that is spelled both ways would count twice: so the larger of the two
 * counts is given, which is what number.h calls a lower bound. */
gram_status gr_num_count(GrNum *num, GrNumSpecId id, uint32_t cap, uint32_t *n)
{
    const Spec *spec = spec_at(num, id.v);
    uint64_t any = 0, lexical = 0;
    GR_TRY(count_spelled(num, spec, false, cap, &any));
    if (spec->lexical) GR_TRY(count_spelled(num, spec, true, cap, &lexical));
    if (lexical > any) any = lexical;
    *n = any < cap ? (uint32_t)any : cap;
    return GRAM_OK;
}

/* --- vectors -------------------------------------------------------------- */

/* Vectors met so far.  A class in gaps and the same class at points are asked
 * apart: at points divisibility is part of the class. */
typedef struct Listing {
    GrNum *num;
    const Spec *spec;
    uint32_t *ids, n, cap;
    bool more;
    GrMap seen; /* vector id */
    GrMap done; /* (class, line and kind of region) */
    GrVec(Cube) stack;
} Listing;

/* At most cap of them; `more` ends the listing. */
static gram_status add_vector(Listing *l, uint32_t class, uint32_t mask)
{
    uint32_t vector;
    GR_TRY(gr_num_verdict(l->num, l->spec, class, mask, &vector));
    if (vector == 0 || gr_map_find(&l->seen, vector)) return GRAM_OK;
    if (l->n >= l->cap) {
        l->more = true;
        return GRAM_OK;
    }
    GR_TRY(gr_map_put(l->num->env, &l->seen, vector, 1));
    l->ids[l->n++] = vector - 1;
    return GRAM_OK;
}

/* Is the cube possible in the regions of `only`, for one way of spelling? */
static gram_status spelled(Listing *l, int negative, Only only, bool lexical,
                           bool *yes)
{
    uint32_t bits = l->spec->lexical;
    uint64_t n = 0;
    *yes = false;
    if (lexical && bits == 0) return GRAM_OK;
    if ((lexical ? only.cube.must_not : only.cube.must) & bits) return GRAM_OK;
    GR_TRY(count_sign(l->num, l->spec, negative, lexical, &only, 1, &n));
    *yes = n > 0;
    return GRAM_OK;
}

/* Decide one more divisor of the cube, or list it. */
static gram_status refine(Listing *l, int negative, Only only)
{
    const Spec *spec = l->spec;
    uint32_t known = only.cube.must | only.cube.must_not | spec->lexical;
    bool plain, lexical;
    GR_TRY(gr_step(l->num->env, 8));
    GR_TRY(spelled(l, negative, only, false, &plain));
    GR_TRY(spelled(l, negative, only, true, &lexical));
    if (!plain && !lexical) return GRAM_OK;
    for (uint32_t k = 0; k < spec->n_bits && !only.points; k++) {
        Cube no = only.cube, yes = only.cube;
        if (known >> k & 1) continue;
        no.must_not |= 1u << k;
        yes.must |= 1u << k;
        GR_TRY(gr_vec_push(l->num->env, &l->stack, no));
        return gr_vec_push(l->num->env, &l->stack, yes);
    }
    uint32_t mask = only.cube.must & ~spec->lexical;
    if (plain) GR_TRY(add_vector(l, only.class, mask));
    return lexical ? add_vector(l, only.class, mask | spec->lexical) : GRAM_OK;
}

/* Regions of one class on one line have the same vectors; `only` looks for the
 * cube in all of them. */
static gram_status list_class(Listing *l, int negative, bool points,
                              uint32_t class)
{
    uint64_t key = gr_pair((uint32_t)negative * 2 + points, class);
    if (class == 0 || l->more || gr_map_find(&l->done, key)) return GRAM_OK;
    GR_TRY(gr_map_put(l->num->env, &l->done, key, 1));
    const Class *c = class_at(l->num, class);
    for (uint32_t i = 0; i < c->n_cubes; i++) {
        GR_TRY(gr_vec_push(l->num->env, &l->stack, c->cube[i]));
        while (l->stack.n > 0 && !l->more) {
            Only only = {class, points, l->stack.at[--l->stack.n]};
            GR_TRY(refine(l, negative, only));
        }
    }
    return GRAM_OK;
}

/* 0 is a multiple of everything: its mask is that of a place beyond
 * all divisors. */
static gram_status list_all(Listing *l)
{
    const Spec *spec = l->spec;
    uint32_t mask = gr_num_mask(spec, 0, INT64_MAX / 4);
    GR_TRY(add_vector(l, spec->zero, mask));
    GR_TRY(add_vector(l, spec->zero, mask | spec->lexical));
    for (int negative = 0; negative < 2; negative++) {
        const Line *line = &spec->line[negative];
        for (uint32_t k = 0; k <= line->n_points; k++)
            GR_TRY(list_class(l, negative, false, line->gap[k]));
        for (uint32_t k = 0; k < line->n_points; k++)
            GR_TRY(list_class(l, negative, true, line->point[k].class));
    }
    return GRAM_OK;
}

gram_status gr_num_vectors(GrNum *num, GrNumSpecId spec, uint32_t cap,
                           uint32_t *ids, uint32_t *n, bool *more)
{
    Listing l = {
        .num = num, .spec = spec_at(num, spec.v), .ids = ids, .cap = cap};
    gram_status status = list_all(&l);
    gr_map_clear(num->env, &l.seen);
    gr_map_clear(num->env, &l.done);
    gr_vec_clear(num->env, &l.stack);
    *n = l.n;
    *more = l.more;
    return status;
}

/* --- shortest completions ------------------------------------------------- */

/* One state's search; lengths in bytes, the best one so far being the bound. */
typedef struct Hunt {
    GrNum *num;
    const Spec *spec;
    const Line *line;
    Lead lead;
    Phase phase; /* INT, DOT or FRAC, after a nonzero digit */
    int64_t count;
    int64_t best;                /* bytes; only shorter ones are looked for */
    int64_t a;                   /* more digits of the integer part */
    int64_t e_min, e_max, e_len; /* exponents of one length, and that */
} Hunt;

/* Is there a completion with exactly these lengths?  Digits of the fraction
 * lower the place of the last digit, not the decade: they are in `digits`
 * alone.  The lift is set so high that only `digits` binds. */
static gram_status completes(const Hunt *h, int64_t b, bool *yes)
{
    int64_t shift = h->a - (h->phase == INT ? 0 : h->count);
    bool lexical = h->phase == INT && b == 0 && h->e_len == 0;
    Shape shape = {shift + h->e_min, shift + h->e_max, h->a + b, LIFT_ANY,
                   lexical};
    uint64_t n = 0;
    shape.lift += 4 * h->num->exponent;
    GR_TRY(
        gr_num_reach(h->num, h->spec, h->line, &h->lead, &shape, NULL, 1, &n));
    *yes = n > 0;
    return GRAM_OK;
}

/* The least b >= from, where `fixed` bytes come on top.  Whoever can do with b
 * digits can with b + 1 (a zero more), so bisection is right; where even the
 * greatest b fails nothing is searched. */
static gram_status least_fraction(Hunt *h, int64_t from, int64_t fixed)
{
    int64_t used = h->phase == INT ? 0 : h->count;
    int64_t lo = from, hi = h->num->digits - used;
    bool yes;
    if (hi > h->best - fixed - 1) hi = h->best - fixed - 1;
    if (lo > hi) return GRAM_OK;
    GR_TRY(completes(h, hi, &yes));
    if (!yes) return GRAM_OK;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        GR_TRY(completes(h, mid, &yes));
        if (yes)
            hi = mid;
        else
            lo = mid + 1;
    }
    h->best = fixed + lo;
    return GRAM_OK;
}

/* All fractions for one length of the integer part and the exponent.  With a
 * fraction to be begun, the point is one byte and one digit must follow. */
static gram_status try_fractions(Hunt *h)
{
    int64_t fixed = h->a + h->e_len;
    bool yes;
    if (fixed >= h->best) return GRAM_OK;
    if (h->phase == FRAC) return least_fraction(h, 0, fixed);
    if (h->phase == DOT) return least_fraction(h, 1, fixed);
    GR_TRY(completes(h, 0, &yes));
    if (yes) h->best = fixed;
    return least_fraction(h, 1, fixed + 1);
}

/* An exponent is e, maybe a minus, and k digits; those of k digits reach
 * all of smaller size too (leading zeros).  Without a limit 11 digits
 * reach GR_NUM_EXPONENT_FAR. */
static gram_status try_exponents(Hunt *h)
{
    uint32_t most = h->num->policy.max_exponent_digits;
    int64_t room = 1, far = h->num->exponent;
    h->e_min = h->e_max = h->e_len = 0;
    GR_TRY(try_fractions(h));
    if (h->num->policy.no_exponent) return GRAM_OK;
    if (most == 0) most = 11;
    for (uint32_t k = 1; k <= most && h->a + 1 + k < h->best; k++) {
        room *= 10;
        h->e_min = 0;
        h->e_max = room - 1 < far ? room - 1 : far;
        h->e_len = 1 + k;
        GR_TRY(try_fractions(h));
        h->e_min = -h->e_max;
        h->e_max = 0;
        h->e_len = 2 + k;
        GR_TRY(try_fractions(h));
    }
    return GRAM_OK;
}

/* More digits of the integer part, one by one: each is a byte, so `best`
 * ends it. */
static gram_status hunt(Hunt *h)
{
    int64_t most = h->phase == INT ? h->num->digits - h->count : 0;
    for (h->a = 0; h->a <= most && h->a < h->best; h->a++)
        GR_TRY(try_exponents(h));
    return GRAM_OK;
}

/* Zeros, then a nonzero digit, then as above.  Behind the point alone 0
 * itself is one digit away; behind "0.0" it would have been reached, and
 * nothing be asked. */
static gram_status hunt_zeros(Hunt *h)
{
    Hunt inner = *h;
    int64_t left = h->num->digits - h->count;
    if (h->phase == DOT && gr_num_zero(h->num, h->spec, false)) h->best = 1;
    for (int64_t z = 0; z < left && 1 + z < h->best; z++) {
        for (uint32_t d = 1; d <= 9 && 1 + z < h->best; d++) {
            inner.phase = FRAC;
            inner.count = h->count + z + 1;
            inner.lead = gr_num_lead_first(h->line, h->spec, d);
            inner.best = h->best - 1 - z;
            GR_TRY(hunt(&inner));
            h->best = inner.best + 1 + z;
        }
    }
    return GRAM_OK;
}

/* Phases DOT, FRAC and INT; `best` is replaced, as the state is live. */
static gram_status hunt_state(GrNum *num, const State *s, uint32_t *bytes)
{
    const Spec *spec = spec_at(num, s->spec);
    Hunt h = {.num = num,
              .spec = spec,
              .line = &spec->line[s->negative],
              .lead = gr_num_lead(s),
              .phase = (Phase)s->phase,
              .count = s->count,
              .best = INT32_MAX};
    if (s->zero)
        GR_TRY(hunt_zeros(&h));
    else
        GR_TRY(hunt(&h));
    *bytes = (uint32_t)h.best;
    return GRAM_OK;
}

/* One more than the cheapest successor: the first bytes of a number, whose
 * successors are of other phases, so that this nests four deep at most. */
static gram_status cheapest_move(GrNum *num, uint32_t state, uint32_t *bytes)
{
    *bytes = GR_NUM_NONE - 1;
    for (uint32_t c = 0; c<N_COLUMNS && * bytes> 1; c++) {
        uint32_t to, more;
        GR_TRY(gr_num_move_column(num, state, c, &to));
        if (to == GR_NUM_NONE) continue;
        GR_TRY(gr_num_cost(num, (GrNumStateId){to}, &more));
        if (more + 1 < *bytes) *bytes = more + 1;
    }
    return GRAM_OK;
}

/* Kept in the state, one more than it is: 0 means not known yet. */
gram_status gr_num_cost(GrNum *num, GrNumStateId state, uint32_t *bytes)
{
    State *s = state_at(num, state.v);
    uint32_t n = 0;
    if (s->cost == 0) {
        if (s->vector != 0)
            n = 0;
        else if (s->phase >= EXP)
            n = gr_num_power_cost(num, s);
        else if (s->phase <= ZERO)
            GR_TRY(cheapest_move(num, state.v, &n));
        else
            GR_TRY(hunt_state(num, s, &n));
        s->cost = n + 1;
    }
    *bytes = s->cost - 1;
    return GRAM_OK;
}

/* Append the first byte that leads one byte nearer to the end.  There is one:
 * the cost is an exact minimum.  Digits are tried first, in order. */
static gram_status step_nearer(GrNum *num, uint32_t *state, uint32_t cost,
                               GrText *out)
{
    for (uint32_t c = 0; c < N_COLUMNS; c++) {
        uint32_t to, more;
        GR_TRY(gr_num_move_column(num, *state, c, &to));
        if (to == GR_NUM_NONE) continue;
        GR_TRY(gr_num_cost(num, (GrNumStateId){to}, &more));
        if (more + 1 != cost) continue;
        *state = to;
        return gr_vec_push(num->env, out, "0123456789-+.e"[c]);
    }
    return gr_fail(num->env, GRAM_E_STATE, GR_NOWHERE,
                   "a number without a shortest completion");
}

gram_status gr_num_shortest(GrNum *num, GrNumSpecId spec, GrText *out)
{
    GrNumStateId state;
    bool dead;
    uint32_t cost;
    GR_TRY(gr_num_start(num, spec, &state, &dead));
    if (dead)
        return gr_fail(num->env, GRAM_E_EMPTY, GR_NOWHERE,
                       "no number meets all conditions");
    GR_TRY(gr_num_cost(num, state, &cost));
    for (; cost > 0; cost--) GR_TRY(step_nearer(num, &state.v, cost, out));
    return GRAM_OK;
}

/* --- regions of the line -------------------------------------------------- */

/* Where a number lies decides it: a comparison or a set. */
bool gr_num_is_placed(const GrNum *num, GrNumAtomId id)
{
    const Atom *a = gr_store_at(&num->atoms, id.v);
    return a->kind != IN_MULTIPLE && a->kind != IN_LEXICAL;
}

bool gr_num_in_exponent(const GrNum *num, GrNumStateId state)
{
    return state_at(num, state.v)->phase >= EXP;
}

/* A multiple of a power of ten is told by where its last digit that is not 0
 * stands. */
bool gr_num_is_even(const GrNum *num, GrNumAtomId id)
{
    const Atom *a = gr_store_at(&num->atoms, id.v);
    return a->kind == IN_LEXICAL || (a->kind == IN_MULTIPLE && a->by.m == 1);
}

/* A spec whose goal takes everything: its classes then differ in the truths of
 * comparisons alone, and regions that agree in them are told once or more. */
gram_status gr_num_each_region(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                               GrNumTruths *each, void *ctx)
{
    GrNumSpecId id;
    GR_TRY(gr_num_spec(num, atoms, n, NULL, 0, 1, &id));
    const Spec *spec = spec_at(num, id.v);
    GR_TRY(each(ctx, class_at(num, spec->zero)->bits));
    for (int side = 0; side < 2; side++) {
        const Line *line = &spec->line[side];
        for (uint32_t i = 0; i <= line->n_points; i++)
            GR_TRY(each(ctx, class_at(num, line->gap[i])->bits));
        for (uint32_t i = 0; i < line->n_points; i++)
            GR_TRY(each(ctx, class_at(num, line->point[i].class)->bits));
    }
    return GRAM_OK;
}
