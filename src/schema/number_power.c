/* After `e`: profiles and the states that read the exponent.
 *
 * A profile is the interned list of live intervals of the exponent, each five
 * words: from (2), to (2), vector id + 1.  Cuts lie where the value enters or
 * leaves the decade of a point, and where it becomes a multiple of a divisor (a
 * multiple times ten is one, so each divisor cuts once).
 *
 *      exponent   -X' ...... -3 | -2 | -1 ...... 4 | 5 ...... X'
 *      12eN                dead |  v1| v2          | dead
 *
 * Everything that was known about the mantissa is in there, so that 12e and
 * 1.2e1 with one profile are one state.  What remains to be read is a number of
 * at most X digits, and which intervals its sizes can still reach. */
#include "schema/number_parts.h"

enum { PART = 5 };

typedef struct Part {
    int64_t from, to;
    uint32_t vector;
} Part;

static int64_t wide(uint32_t lo, uint32_t hi)
{
    return (int64_t)((uint64_t)hi << 32 | lo);
}

static uint32_t n_parts(const GrNum *num, uint32_t profile)
{
    uint32_t n;
    (void)gr_intern_get(&num->profiles, profile, &n);
    return n / PART;
}

/* Intervals ascend and neither touch with one vector nor overlap. */
static Part part_at(const GrNum *num, uint32_t profile, uint32_t i)
{
    const uint32_t *w = gr_intern_get(&num->profiles, profile, NULL) + PART * i;
    return (Part){wide(w[0], w[1]), wide(w[2], w[3]), w[4]};
}

/* --- building ------------------------------------------------------------- */

/* Kept ascending; cuts outside of the exponents there are part nothing.  Cuts
 * come nearly in order, as points do: so insertion is cheap. */
static gram_status add_cut(GrNum *num, int64_t e)
{
    if (e <= -num->exponent || e > num->exponent) return GRAM_OK;
    GR_TRY(gr_vec_push(num->env, &num->cuts, e));
    int64_t *at = num->cuts.at;
    uint32_t i = num->cuts.n - 1;
    for (; i > 0 && at[i - 1] > e; i--) at[i] = at[i - 1];
    at[i] = e;
    return GRAM_OK;
}

/* Value of a mantissa: rest * 10^place, leading digit just below 10^mag. */
typedef struct Mantissa {
    const Spec *spec;
    const Line *line;
    Lead lead;
    int64_t mag, place;
    bool zero;
} Mantissa;

/* The place is that of the last nonzero digit: zeros behind it are not digits
 * of the word that divisors look at. */
static Mantissa mantissa_of(const GrNum *num, const State *s)
{
    const Spec *spec = spec_at(num, s->spec);
    Mantissa m = {spec,           &spec->line[s->negative],
                  gr_num_lead(s), s->count,
                  s->zeros,       s->zero};
    if (s->phase == FRAC) {
        m.mag = s->mag;
        m.place = (int64_t)s->zeros - s->count;
    }
    return m;
}

/* The least exponent that makes the mantissa a multiple of d, if any.  Beyond
 * d->power nothing changes any more, so a few k decide. */
static bool threshold(const Mantissa *m, const Divisor *d, int64_t *e)
{
    for (int64_t k = 0; k <= d->power; k++) {
        if (m->lead.rest % gr_num_reduced(d, k) != 0) continue;
        *e = d->place + k - m->place;
        return true;
    }
    return false;
}

/* Where the value's decade is that of a point, its digits decide on which
 * side it lies, but they do not change with the exponent: the decade is
 * one interval. */
static gram_status cut_line(GrNum *num, const Mantissa *m)
{
    const Line *line = m->line;
    for (uint32_t k = 0; k < line->n_points; k++) {
        if (k > 0 && line->point[k].exp == line->point[k - 1].exp) continue;
        GR_TRY(gr_step(num->env, 1));
        GR_TRY(add_cut(num, line->point[k].exp - m->mag));
        GR_TRY(add_cut(num, line->point[k].exp - m->mag + 1));
    }
    for (uint32_t k = 0; k < m->spec->n_bits; k++) {
        int64_t e;
        if (m->spec->lexical >> k & 1) continue;
        if (threshold(m, &m->spec->by[k], &e)) GR_TRY(add_cut(num, e));
    }
    return GRAM_OK;
}

/* Of one exponent, which stands for all up to the next cut. */
static gram_status vector_at(GrNum *num, const Mantissa *m, int64_t e,
                             uint32_t *vector)
{
    const Lead *lead = &m->lead;
    uint32_t class = m->spec->zero;
    uint32_t mask = gr_num_mask(m->spec, lead->rest, m->place + e);
    if (!m->zero) {
        bool exact = lead->lo < lead->hi &&
                     m->line->digits[lead->lo].n <= lead->len;
        gr_num_region(m->line, m->mag + e, lead->lo, exact, &class);
    } else {
        mask = gr_num_mask(m->spec, 0, INT64_MAX / 4);
    }
    return gr_num_verdict(num, m->spec, class, mask, vector);
}

/* An interval that goes on where the last one ended, with the same vector,
 * makes it longer: so that profiles are equal where their functions are. */
static gram_status add_part(GrNum *num, int64_t from, int64_t to,
                            uint32_t vector)
{
    uint32_t n = num->parts.n, *w;
    if (vector == 0) return GRAM_OK;
    if (n > 0) {
        w = num->parts.at + n - PART;
        if (w[4] == vector && wide(w[2], w[3]) + 1 == from) {
            w[2] = (uint32_t)to;
            w[3] = (uint32_t)((uint64_t)to >> 32);
            return GRAM_OK;
        }
    }
    GR_TRY(gr_vec_reserve(num->env, &num->parts, PART));
    w = num->parts.at + n;
    w[0] = (uint32_t)from;
    w[1] = (uint32_t)((uint64_t)from >> 32);
    w[2] = (uint32_t)to;
    w[3] = (uint32_t)((uint64_t)to >> 32);
    w[4] = vector;
    num->parts.n += PART;
    return GRAM_OK;
}

/* For a mantissa of 0 the exponent means nothing: one interval. */
gram_status gr_num_profile(GrNum *num, const State *s, uint32_t *profile)
{
    Mantissa m = mantissa_of(num, s);
    num->cuts.n = num->parts.n = 0;
    if (!m.zero) GR_TRY(cut_line(num, &m));
    int64_t from = -num->exponent;
    for (uint32_t i = 0; i <= num->cuts.n; i++) {
        int64_t next = i < num->cuts.n ? num->cuts.at[i] : num->exponent + 1;
        uint32_t vector;
        if (next == from) continue;
        GR_TRY(vector_at(num, &m, from, &vector));
        GR_TRY(add_part(num, from, next - 1, vector));
        from = next;
    }
    return gr_intern(num->env, &num->profiles, num->parts.at, num->parts.n,
                     profile, NULL);
}

/* --- states --------------------------------------------------------------- */

/* Is some exponent from a to b live? */
static bool any_live(const GrNum *num, uint32_t profile, int64_t a, int64_t b)
{
    uint32_t n = n_parts(num, profile);
    for (uint32_t i = 0; i < n; i++) {
        Part p = part_at(num, profile, i);
        if (p.from <= b && p.to >= a) return true;
    }
    return false;
}

/* The same for sizes a to b of an exponent of one sign; those beyond what the
 * policy allows are none. */

static bool sizes_live(const GrNum *num, uint32_t profile, bool negative,
                       int64_t a, int64_t b)
{
    if (b > num->exponent) b = num->exponent;
    if (a > b) return false;
    return negative ? any_live(num, profile, -b, -a)
                    : any_live(num, profile, a, b);
}

/* Digits that may still follow `used` of them. */
static uint32_t digits_left(const GrNum *num, uint32_t used)
{
    uint32_t most = num->policy.max_exponent_digits;
    if (most == 0) return 11; /* enough to reach GR_NUM_EXPONENT_FAR */
    if (most > 9) most = 9;
    return most - used;
}

/* Bytes until a live exponent if `size` was read so far; NONE if never.  With r
 * digits more, sizes size * 10^r to size * 10^r + 10^r - 1 can be reached; the
 * first r that meets an interval is the answer.  An exponent needs one digit at
 * least: hence used + r > 0. */
static uint32_t digits_needed(const GrNum *num, uint32_t profile, bool negative,
                              int64_t size, uint32_t used)
{
    int64_t a = size, room = 1;
    for (uint32_t r = 0; r <= digits_left(num, used); r++) {
        if (used + r > 0 && sizes_live(num, profile, negative, a, a + room - 1))
            return r;
        if (a > num->exponent) break;
        a *= 10;
        room *= 10;
    }
    return GR_NUM_NONE;
}

static bool covers_all(const GrNum *num, uint32_t profile)
{
    if (n_parts(num, profile) != 1) return false;
    Part p = part_at(num, profile, 0);
    return p.from == -num->exponent && p.to == num->exponent;
}

/* Where all larger sizes lie in one interval, the size is its least.  More
 * digits lead only further into it, so all of them are alike. */
static void cut_size(const GrNum *num, State *s)
{
    uint32_t n = n_parts(num, s->profile);
    if (n == 0 || s->phase != DIGITS) return;
    Part p = part_at(num, s->profile, s->e_negative ? 0 : n - 1);
    int64_t end = s->e_negative ? -p.from : p.to;
    int64_t least = s->e_negative ? -p.to : p.from;
    if (least < 0) least = 0;
    if (end == num->exponent && s->power > least) s->power = least;
}

/* Where every exponent has the same verdict neither sign nor size counts. */
void gr_num_power_reduce(const GrNum *num, State *s)
{
    if (num->policy.max_exponent_digits == 0 && s->phase == DIGITS)
        s->count = 1;
    if (covers_all(num, s->profile)) s->e_negative = 0;
    cut_size(num, s);
}

/* The size can pass X' only where digits have no bound; there X' stands for all
 * that is far. */
bool gr_num_power_digit(const GrNum *num, State *s, uint32_t digit)
{
    uint32_t used = s->phase == DIGITS ? s->count : 0;
    if (num->policy.max_exponent_digits != 0 && digits_left(num, used) == 0)
        return false;
    s->phase = DIGITS;
    s->count = used + 1;
    s->power = s->power * 10 + digit;
    if (s->power > num->exponent) s->power = num->exponent;
    return true;
}

bool gr_num_power_live(const GrNum *num, const State *s)
{
    return gr_num_power_cost(num, s) != GR_NUM_NONE;
}

uint32_t gr_num_power_vector(const GrNum *num, const State *s)
{
    int64_t e = s->e_negative ? -s->power : s->power;
    uint32_t n = n_parts(num, s->profile);
    for (uint32_t i = 0; s->phase == DIGITS && i < n; i++) {
        Part p = part_at(num, s->profile, i);
        if (p.from <= e && e <= p.to) return p.vector;
    }
    return 0;
}

/* Before a sign, a minus may be the nearer way. */
uint32_t gr_num_power_cost(const GrNum *num, const State *s)
{
    uint32_t used = s->phase == DIGITS ? s->count : 0;
    uint32_t best =
        digits_needed(num, s->profile, s->e_negative, s->power, used);
    if (s->phase == EXP) {
        uint32_t minus = digits_needed(num, s->profile, true, 0, 0);
        if (minus != GR_NUM_NONE && minus + 1 < best) best = minus + 1;
    }
    return best;
}
