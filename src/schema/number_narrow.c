/* Constants that a number can still equal.
 *
 * Which numbers are excluded, or listed, is part of a spec.  But from some
 * digits on only those of them matter that begin with these digits, and
 * usually none: then the number goes on in the spec that has no others, so
 * that after "12" there is one state, whatever constants begin otherwise.
 * An array whose items all differ has another set of constants for each
 * item; so its numbers are compared as in a trie.
 *
 * Sound since nothing that follows changes the first significant digits.  A
 * prefix of zeros has none; and once a magnitude was cut (number_move.c), or
 * an exponent has begun, the state no longer has its digits. */
#include "schema/number_parts.h"

bool gr_num_may_narrow(const GrNum *num, GrNumStateId state)
{
    const State *s = state_at(num, state.v);
    const Line *line = &spec_at(num, s->spec)->line[s->negative];
    if ((s->phase != INT && s->phase != FRAC) || s->zero) return false;
    if (s->phase == INT || line->n_points == 0) return true;
    return s->mag > line->point[0].exp - num->exponent - 1 &&
           s->mag < line->point[line->n_points - 1].exp + num->exponent + 1;
}

/* Behind its last digit a decimal goes on with zeros. */
static uint32_t digit_at(const DigitString *d, uint32_t i)
{
    return i < d->n ? (uint32_t)(d->at[i] - '0') : 0;
}

/* Does a decimal begin with the digits that lead to the state? */
static bool begins(const State *s, const Line *line, const GrDecimal *d)
{
    if (d->n == 0 || d->negative != (s->negative != 0) || s->lo == s->hi)
        return false;
    DigitString own = {d->digits, d->n};
    for (uint32_t i = 0; i < s->len; i++)
        if (digit_at(&own, i) != digit_at(&line->digits[s->lo], i))
            return false;
    return true;
}

gram_status gr_num_narrow(GrNum *num, GrNumStateId state, GrNumAtomId atom,
                          GrNumAtomId *to, bool *none)
{
    const State *s = state_at(num, state.v);
    const Atom *a = gr_store_at(&num->atoms, atom.v);
    const Line *line = &spec_at(num, s->spec)->line[s->negative];
    GrVec(GrDecimal) left = {0};
    gram_status status = GRAM_OK;
    *to = atom;
    *none = false;
    if (a->kind != IN_SET) return GRAM_OK;
    GR_TRY(gr_step(num->env, 1 + a->n / 8));
    for (uint32_t i = 0; i < a->n && status == GRAM_OK; i++)
        if (begins(s, line, &a->d[i]))
            status = gr_vec_push(num->env, &left, a->d[i]);
    *none = left.n == 0;
    if (status == GRAM_OK && left.n > 0 && left.n < a->n)
        status = gr_num_atom_in(num, left.at, left.n, to);
    gr_vec_clear(num->env, &left);
    return status;
}

/* --- the same place in another spec --------------------------------------- */

/* Digits with zeros behind them. */
static int compare_digits(const DigitString *a, const DigitString *b)
{
    uint32_t n = a->n > b->n ? a->n : b->n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = digit_at(a, i), y = digit_at(b, i);
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

/* Where digits between two neighbours of one line lie in another; false if
 * that has others between the two. */
static bool place_between(const Line *from, uint32_t at, const Line *to,
                          Lead *lead)
{
    uint32_t lo = 0, hi = to->n_digits;
    while (lo < hi && at > 0) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (compare_digits(&to->digits[mid], &from->digits[at - 1]) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *lead = (Lead){.lo = lo, .hi = lo};
    return lo == to->n_digits ||
           (at < from->n_digits &&
            compare_digits(&to->digits[lo], &from->digits[at]) >= 0);
}

/* Read the digits of the state again. */
static void read_again(const State *s, const Line *from, const Spec *spec,
                       const Line *to, Lead *lead)
{
    *lead = (Lead){.hi = to->n_digits};
    for (uint32_t i = 0; i < s->len; i++)
        gr_num_lead_digit(to, spec, lead, digit_at(&from->digits[s->lo], i));
}

gram_status gr_num_carry(GrNum *num, GrNumStateId state, GrNumSpecId spec,
                         GrNumStateId *to, bool *is)
{
    State s = *state_at(num, state.v);
    const Spec *old = spec_at(num, s.spec), *other = spec_at(num, spec.v);
    const Line *from = &old->line[s.negative], *line = &other->line[s.negative];
    Lead lead;
    *is = old->lcm % other->lcm == 0;
    if (*is && s.lo < s.hi)
        read_again(&s, from, other, line, &lead);
    else if (*is)
        *is = place_between(from, s.lo, line, &lead);
    if (!*is) return GRAM_OK;
    memset(s.row, 0, sizeof s.row);
    s.cost = s.vector = 0;
    s.spec = spec.v;
    s.lo = lead.lo;
    s.hi = lead.hi;
    s.len = lead.len;
    s.rest %= other->lcm;
    GR_TRY(gr_num_intern_state(num, &s, &to->v));
    *is = to->v != GR_NUM_NONE;
    return GRAM_OK;
}
