/* States and moves: the mantissa's half of the automaton.
 *
 * A move builds the successor as a State, puts it into normal form (what no
 * atom needs is 0), looks it up, and only if it is new decides whether it is
 * live: dead ones are remembered in the row and never made.
 *
 *      row[column]    0  not asked yet
 *                     id + 1
 *                     GR_NUM_NONE  dead, or no such move
 *
 * The normal form is what keeps the states few, and it must be a function of
 * the state alone: two prefixes that differ only in what it drops have to agree
 * on every completion, its verdict and its cost.  Digits of a part are counted
 * as long as the policy bounds them; the value matters as far as the spec has
 * points; the remainder as far as it has divisors. */
#include "schema/number_parts.h"

enum { KEY_WORDS = 13, LIFT_ANY = 1 << 30 };

/* --- shapes (number.h, 2) ------------------------------------------------- */

/* i digits were read.  With a fraction and exponent to come, D - i digits more
 * may stand before the point and D behind it. */
Shape gr_num_shape_int(const GrNum *num, int64_t i)
{
    int64_t d = num->digits, x = num->exponent;
    return (Shape){-x, x + d - i, 2 * d - i, x + d, false};
}

/* Neither fraction nor exponent: all completions end at the unit. */
Shape gr_num_shape_lexical(const GrNum *num, int64_t i)
{
    return (Shape){0, num->digits - i, num->digits, 0, true};
}

/* The number of decimals left bounds the digits, wherever the exponent puts
 * them: there is no lift to speak of. */
Shape gr_num_shape_frac(const GrNum *num, int64_t j)
{
    int64_t d = num->digits, x = num->exponent;
    return (Shape){-x - j, x - j, d - j, 4 * (x + d) + LIFT_ANY, false};
}

/* After j zeros of a fraction, from its first nonzero digit on.  One more
 * zero lowers s by one and rho by one; which zero is first matters only
 * where the exponent cannot make up for it. */
Shape gr_num_shape_zeros(const GrNum *num, int64_t j)
{
    int64_t d = num->digits, x = num->exponent;
    return (Shape){-x - d, x - j - 1, d - j - 1, x + d, false};
}

/* The integer part's shape from its first digit on, joined with that of
 * zeros: they have the same lift. */
Shape gr_num_shape_first(const GrNum *num)
{
    int64_t d = num->digits, x = num->exponent;
    return (Shape){-x - d, x + d - 1, 2 * d - 1, x + d, false};
}

Shape gr_num_shape_first_lexical(const GrNum *num)
{
    return gr_num_shape_lexical(num, 1);
}

/* --- liveness ------------------------------------------------------------- */

/* off + s is the decade of the value.  Behind the point s is the exponent less
 * the digits of the fraction, so these are added to mag. */
Lead gr_num_lead(const State *s)
{
    Lead lead = {s->lo, s->hi, s->len, s->count, s->rest, s->zeros};
    if (s->phase == DOT || s->phase == FRAC) lead.off = s->mag + s->count;
    return lead;
}

/* `*live` that is true already stays so: callers try shapes one after
 * the other. */
static gram_status any_value(GrNum *num, const State *s, const Lead *lead,
                             Shape shape, bool *live)
{
    const Spec *spec = spec_at(num, s->spec);
    uint64_t n = 0;
    if (*live || shape.s_min > shape.s_max || shape.digits < 0) return GRAM_OK;
    GR_TRY(gr_num_reach(num, spec, &spec->line[s->negative], lead, &shape, NULL,
                        1, &n));
    *live = n > 0;
    return GRAM_OK;
}

/* Some number that starts with a nonzero digit, of the state's sign. */
static gram_status any_first(GrNum *num, const State *s, Shape shape,
                             bool *live)
{
    const Spec *spec = spec_at(num, s->spec);
    for (uint32_t d = 1; d <= 9 && !*live; d++) {
        Lead lead = gr_num_lead_first(&spec->line[s->negative], spec, d);
        GR_TRY(any_value(num, s, &lead, shape, live));
    }
    return GRAM_OK;
}

/* Before a sign both signs are tried.  This calls itself once: a state behind a
 * minus returns above. */
static gram_status unread_live(GrNum *num, const State *s, bool *live)
{
    const Spec *spec = spec_at(num, s->spec);
    GR_TRY(any_first(num, s, gr_num_shape_first(num), live));
    if (spec->lexical)
        GR_TRY(any_first(num, s, gr_num_shape_first_lexical(num), live));
    if (s->phase == MINUS) return GRAM_OK;
    State minus = *s;
    minus.phase = MINUS;
    minus.negative = 1;
    return *live ? GRAM_OK : unread_live(num, &minus, live);
}

/* Cheap questions first: 0 may still be written, or is.  A number has two ways
 * of spelling where a spec tells integers by them, so both are asked. */
static gram_status is_live(GrNum *num, const State *s, bool *live)
{
    const Spec *spec = spec_at(num, s->spec);
    Lead lead = gr_num_lead(s);
    if (s->phase >= EXP) {
        *live = gr_num_power_live(num, s);
        return GRAM_OK;
    }
    *live = (s->phase <= ZERO && gr_num_zero(num, spec, true)) ||
            ((s->phase <= ZERO || s->zero) && gr_num_zero(num, spec, false));
    if (*live) return GRAM_OK;
    if (s->phase <= MINUS) return unread_live(num, s, live);
    if (s->zero || s->phase == ZERO)
        return any_first(num, s, gr_num_shape_zeros(num, s->count), live);
    if (s->phase != INT)
        return any_value(num, s, &lead, gr_num_shape_frac(num, s->count), live);
    GR_TRY(any_value(num, s, &lead, gr_num_shape_int(num, s->count), live));
    if (!spec->lexical) return GRAM_OK;
    return any_value(num, s, &lead, gr_num_shape_lexical(num, s->count), live);
}

/* --- what is left --------------------------------------------------------- */

static gram_status add_values(GrNum *num, const State *s, const Lead *lead,
                              Shape shape, uint64_t cap, uint64_t *total)
{
    const Spec *spec = spec_at(num, s->spec);
    uint64_t n = 0;
    if (*total >= cap || shape.s_min > shape.s_max || shape.digits < 0)
        return GRAM_OK;
    GR_TRY(gr_num_reach(num, spec, &spec->line[s->negative], lead, &shape, NULL,
                        cap - *total, &n));
    *total += n;
    return GRAM_OK;
}

/* Behind a sign, or zeros. */
static gram_status add_first(GrNum *num, const State *s, Shape shape,
                             uint64_t cap, uint64_t *total)
{
    const Spec *spec = spec_at(num, s->spec);
    for (uint32_t d = 1; d <= 9; d++) {
        Lead lead = gr_num_lead_first(&spec->line[s->negative], spec, d);
        GR_TRY(add_values(num, s, &lead, shape, cap, total));
    }
    return GRAM_OK;
}

/* As is_live, by the same shapes.  Of two ways of spelling the one with more
 * values counts; what an exponent may still become is not counted. */
gram_status gr_num_left(GrNum *num, GrNumStateId state, uint32_t cap,
                        uint32_t *out)
{
    const State *s = state_at(num, state.v);
    Lead lead = gr_num_lead(s);
    uint64_t n = 0, lexical = 0;
    if (s->phase == MINUS)
        GR_TRY(add_first(num, s, gr_num_shape_first(num), cap, &n));
    else if (s->phase < EXP && (s->zero || s->phase == ZERO))
        GR_TRY(add_first(num, s, gr_num_shape_zeros(num, s->count), cap, &n));
    else if (s->phase == INT)
        GR_TRY(add_values(num, s, &lead, gr_num_shape_int(num, s->count), cap,
                          &n));
    else if (s->phase < EXP && s->phase > INT)
        GR_TRY(add_values(num, s, &lead, gr_num_shape_frac(num, s->count), cap,
                          &n));
    if (s->phase == INT && spec_at(num, s->spec)->lexical)
        GR_TRY(add_values(num, s, &lead, gr_num_shape_lexical(num, s->count),
                          cap, &lexical));
    if (lexical > n) n = lexical;
    *out = (uint32_t)n;
    return GRAM_OK;
}

/* --- verdicts ------------------------------------------------------------- */

/* The bits of divisors; those of lexical atoms are left 0. */
uint32_t gr_num_mask(const Spec *spec, uint64_t rest, int64_t place)
{
    uint32_t mask = 0;
    for (uint32_t k = 0; k < spec->n_bits; k++)
        if (!(spec->lexical >> k & 1) &&
            gr_num_rest_divides(&spec->by[k], rest, place))
            mask |= 1u << k;
    return mask;
}

/* The class has the truths of comparisons, the mask those of divisors and of
 * how the number is spelled: together every atom's. */
gram_status gr_num_verdict(GrNum *num, const Spec *spec, uint32_t class,
                           uint32_t mask, uint32_t *vector)
{
    *vector = 0;
    if (class == 0 || !gr_num_accepts(class_at(num, class), mask))
        return GRAM_OK;
    num->words.n = 0;
    GR_TRY(gr_vec_reserve(num->env, &num->words, spec->words));
    uint32_t *w = num->words.at;
    memcpy(w, class_at(num, class)->bits, spec->words * sizeof *w);
    for (uint32_t k = 0; k < spec->n_bits; k++)
        if (mask >> k & 1) gr_bit_set(w, spec->position[k]);
    GR_TRY(gr_intern(num->env, &num->vectors, w, spec->words, vector, NULL));
    ++*vector;
    return GRAM_OK;
}

/* The truth vector if the number ends in this state of the mantissa.  A point
 * or an exponent that has just begun cannot end one.  "Exact" means that the
 * digits read are all of the point's: what follows them is zeros. */
static gram_status end_vector(GrNum *num, const State *s, uint32_t *vector)
{
    const Spec *spec = spec_at(num, s->spec);
    const Line *line = &spec->line[s->negative];
    *vector = 0;
    if (s->phase != ZERO && s->phase != INT && s->phase != FRAC) return GRAM_OK;
    int64_t place = s->zeros, mag = s->count;
    if (s->phase == FRAC) {
        place -= s->count;
        mag = s->mag;
    }
    uint32_t class = spec->zero;
    uint32_t mask = s->phase == FRAC ? 0 : spec->lexical;
    if (s->zero) {
        mask |= gr_num_mask(spec, 0, INT64_MAX / 4);
    } else {
        bool exact = s->lo < s->hi && line->digits[s->lo].n <= s->len;
        gr_num_region(line, mag, s->lo, exact, &class);
        mask |= gr_num_mask(spec, s->rest, place);
    }
    return gr_num_verdict(num, spec, class, mask, vector);
}

/* --- normal form ---------------------------------------------------------- */

/* Beyond all points whatever the exponent: only the side matters.  The digits
 * matter no more either: their place goes too. */
static void cut_mag(const GrNum *num, const Line *line, State *s)
{
    int64_t least = line->point[0].exp - num->exponent - 1;
    int64_t most = line->point[line->n_points - 1].exp + num->exponent + 1;
    if (s->mag > least && s->mag < most) return;
    s->mag = (int32_t)(s->mag <= least ? least : most);
    s->lo = s->hi = s->len = 0;
}

/* In a plain spec all numbers are alike: sign, digits and zeros go, and without
 * a bound of digits even their number (one digit of a fraction must be there).
 * Zeros at the end matter only to divisors; mag only where there are points. */
static void reduce(const GrNum *num, State *s)
{
    const Spec *spec = spec_at(num, s->spec);
    const Line *line = &spec->line[s->negative];
    if (spec->plain) {
        if (s->phase > MINUS) s->negative = 0;
        if (s->phase > ZERO) s->zero = 0;
        if (num->policy.max_digits == 0) s->count = s->phase == FRAC;
    }
    if (spec->lcm == 1) s->rest = 0;
    if ((uint32_t)__builtin_popcount(spec->lexical) == spec->n_bits)
        s->zeros = 0;
    if (s->phase != DOT && s->phase != FRAC)
        s->mag = 0;
    else if (line->n_points == 0)
        s->mag = 0;
    else if (!s->zero)
        cut_mag(num, line, s);
}

/* After `e` only the profile and the exponent matter.  The mantissa is gone:
 * states of different prefixes with one profile are one. */
static void reduce_power(const GrNum *num, State *s)
{
    State kept = {.spec = s->spec,
                  .phase = s->phase,
                  .e_negative = s->e_negative,
                  .profile = s->profile,
                  .power = s->power};
    if (s->phase == DIGITS) kept.count = s->count;
    gr_num_power_reduce(num, &kept);
    *s = kept;
}

/* All that is not a function of the rest: vector, cost and row are left out. */
static void make_key(const State *s, uint32_t key[KEY_WORDS])
{
    uint64_t power = (uint64_t)s->power;
    uint32_t words[KEY_WORDS] = {
        s->spec,
        (uint32_t)s->phase | (uint32_t)s->negative << 8 |
            (uint32_t)s->zero << 9 | (uint32_t)s->e_negative << 10,
        s->count,
        s->lo,
        s->hi,
        s->len,
        s->zeros,
        (uint32_t)s->mag,
        s->profile,
        (uint32_t)s->rest,
        (uint32_t)(s->rest >> 32),
        (uint32_t)power,
        (uint32_t)(power >> 32)};
    memcpy(key, words, sizeof words);
}

/* The store may be one ahead of the table after a failure, as with atoms. */
static gram_status add_state(GrNum *num, State *s, const uint32_t *key,
                             uint32_t *id)
{
    uint32_t at;
    if (s->phase >= EXP)
        s->vector = gr_num_power_vector(num, s);
    else
        GR_TRY(end_vector(num, s, &s->vector));
    if (num->states.n <= num->state_ids.n)
        GR_TRY(gr_store_add(num->env, &num->states, 1, &at));
    GR_TRY(gr_intern(num->env, &num->state_ids, key, KEY_WORDS, id, NULL));
    *state_at(num, *id) = *s;
    return GRAM_OK;
}

/* Looked up before it is asked whether it lives: only new states cost that. */
gram_status gr_num_intern_state(GrNum *num, State *s, uint32_t *id)
{
    uint32_t key[KEY_WORDS];
    bool live = false;
    if (s->phase >= EXP)
        reduce_power(num, s);
    else
        reduce(num, s);
    make_key(s, key);
    *id = gr_intern_find(&num->state_ids, key, KEY_WORDS);
    if (*id != GR_NUM_NONE) return GRAM_OK;
    GR_TRY(gr_step(num->env, 4));
    GR_TRY(is_live(num, s, &live));
    return live ? add_state(num, s, key, id) : GRAM_OK;
}

/* --- moves ---------------------------------------------------------------- */

/* A digit of the integer part or the fraction joins the lead.  The first
 * nonzero digit begins the lead.  In a fraction it stands behind count - 1
 * zeros, which is what mag says: 0.00x is in [1/10, 1) * 10^-2. */
static void take_digit(const Spec *spec, State *s, uint32_t digit)
{
    const Line *line = &spec->line[s->negative];
    Lead lead = {s->lo, s->hi, s->len, 0, s->rest, s->zeros};
    s->count++;
    if (s->zero) {
        if (digit == 0) return;
        lead = (Lead){.hi = line->n_digits};
        s->mag = 1 - (int32_t)s->count;
        s->zero = 0;
    }
    gr_num_lead_digit(line, spec, &lead, digit);
    s->lo = lead.lo;
    s->hi = lead.hi;
    s->len = lead.len;
    s->rest = lead.rest;
    s->zeros = lead.zeros;
}

/* A leading 0 takes no further digit (RFC 8259, section 6). */
static bool move_digit(const GrNum *num, State *s, uint32_t digit)
{
    const Spec *spec = spec_at(num, s->spec);
    switch ((Phase)s->phase) {
    case START:
    case MINUS:
        s->phase = digit == 0 ? ZERO : INT;
        s->zero = 1;
        if (digit != 0) take_digit(spec, s, digit);
        return true;
    case ZERO: return false;
    case INT:
    case FRAC:
        if (s->count >= num->digits) return false;
        take_digit(spec, s, digit);
        return true;
    case DOT:
        s->phase = FRAC;
        take_digit(spec, s, digit);
        return true;
    case EXP:
    case SIGN:
    case DIGITS: break;
    }
    return gr_num_power_digit(num, s, digit);
}

/* Turn *s into its successor; false where the grammar has none. */
static gram_status successor(GrNum *num, State *s, uint32_t column, bool *is)
{
    Phase phase = (Phase)s->phase;
    *is = false;
    if (column < 10) {
        *is = move_digit(num, s, column);
    } else if (column == COLUMN_MINUS || column == COLUMN_PLUS) {
        *is = phase == EXP || (phase == START && column == COLUMN_MINUS);
        if (phase == EXP)
            s->e_negative = column == COLUMN_MINUS;
        else
            s->negative = 1;
        s->phase = phase == EXP ? SIGN : MINUS;
    } else if (column == COLUMN_POINT) {
        *is = phase == ZERO || phase == INT;
        s->mag = (int32_t)s->count;
        s->count = 0;
        s->phase = DOT;
    } else if (!num->policy.no_exponent &&
               (phase == ZERO || phase == INT || phase == FRAC)) {
        *is = true;
        GR_TRY(gr_num_profile(num, s, &s->profile));
        s->phase = EXP;
    }
    return GRAM_OK;
}

/* `at` stays where it is while states are added: stores do not move. */
gram_status gr_num_move_column(GrNum *num, uint32_t from, uint32_t column,
                               uint32_t *to)
{
    State *at = state_at(num, from);
    if (at->row[column] == 0) {
        State s = *at;
        bool is;
        memset(s.row, 0, sizeof s.row);
        s.cost = s.vector = 0;
        *to = GR_NUM_NONE;
        GR_TRY(successor(num, &s, column, &is));
        if (is) GR_TRY(gr_num_intern_state(num, &s, to));
        at->row[column] = *to == GR_NUM_NONE ? GR_NUM_NONE : *to + 1;
    }
    *to = at->row[column] == GR_NUM_NONE ? GR_NUM_NONE : at->row[column] - 1;
    return GRAM_OK;
}

/* E is e: all that follows is equal. */
static uint32_t column_of(uint8_t byte)
{
    if (byte - (unsigned)'0' < 10) return byte - (unsigned)'0';
    switch (byte) {
    case '-': return COLUMN_MINUS;
    case '+': return COLUMN_PLUS;
    case '.': return COLUMN_POINT;
    case 'e':
    case 'E': return COLUMN_E;
    default: return N_COLUMNS;
    }
}

gram_status gr_num_move(GrNum *num, GrNumStateId from, uint8_t byte,
                        GrNumStateId *to, bool *dead)
{
    uint32_t column = column_of(byte), next = GR_NUM_NONE;
    if (column < N_COLUMNS)
        GR_TRY(gr_num_move_column(num, from.v, column, &next));
    *dead = next == GR_NUM_NONE;
    if (!*dead) to->v = next;
    return GRAM_OK;
}

gram_status gr_num_start(GrNum *num, GrNumSpecId spec, GrNumStateId *state,
                         bool *dead)
{
    Spec *s = gr_store_at(&num->specs, spec.v);
    if (s->start == 0) {
        State start = {.spec = spec.v, .phase = START};
        uint32_t id;
        GR_TRY(gr_num_intern_state(num, &start, &id));
        s->start = id == GR_NUM_NONE ? GR_NUM_NONE : id + 1;
    }
    *dead = s->start == GR_NUM_NONE;
    if (!*dead) state->v = s->start - 1;
    return GRAM_OK;
}

const uint32_t *gr_num_end(const GrNum *num, GrNumStateId state, uint32_t *id)
{
    uint32_t vector = state_at(num, state.v)->vector;
    if (vector == 0) return NULL;
    if (id != NULL) *id = vector - 1;
    return gr_num_vector(num, vector - 1);
}
