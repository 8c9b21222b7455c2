/* How many values complete a lead: the arithmetic behind liveness.
 *
 * For each decade s of a shape the completions are P * 10^w + t at the place
 * u = s - w of their last digit, 0 <= t < 10^w.  Where the decade lies in one
 * gap, t is free; where it holds points that start with P, the regions
 * between them bound t by those points' further digits, and a point itself is
 * reached if it has no more digits than w allows.
 *
 *        P*10^s            point k1        point k1+1        (P+1)*10^s
 *          |------ gap k1 -----|---- gap k1+1 ----|---- gap k1+2 --|
 *      t = 0               digits of the points after P          10^w - 1
 *
 * A cube wants v in G * Z for the G that `must` gives, and v outside n * Z
 * for every n of `must_not`.  Multiples of G are met one after the other;
 * m divisors, none dividing G, hit fewer than 2^m neighbours in a row
 * (Kanold's bound on Jacobsthal's function), so the search is short. */
#include "schema/number_parts.h"

/* Powers of ten cost what so many digits do. */
enum { POWER_DIGITS = 64 };

/* One question; n counts up to cap, where everything stops. */
typedef struct Reach {
    GrNum *num;
    const Spec *spec;
    const Line *line;
    const Lead *lead;
    const Shape *shape;
    uint64_t cap, n;
} Reach;

/* One stretch of a decade: t from after point `low` (or 0) to before point
 * `high` (or the end), at place s - w, under a cube. */
typedef struct Piece {
    const DigitString *low, *high;
    int64_t s, u, w;
    uint32_t must, must_not;
} Piece;

/* How many digits a completion may have behind P in decade s. */
static int64_t rho(const Shape *shape, int64_t s)
{
    int64_t lifted = s + shape->lift;
    return lifted < shape->digits ? lifted : shape->digits;
}

/* Digit i of what follows the lead in a point. */
static uint32_t digit_after(const Reach *r, const DigitString *d, int64_t i)
{
    int64_t at = r->lead->len + i;
    return at < d->n ? (uint32_t)(d->at[at] - '0') : 0;
}

/* How many digits the point has after the lead, at most w. */
static int64_t tail_len(const Reach *r, const DigitString *d, int64_t w)
{
    int64_t n = (int64_t)d->n - r->lead->len;
    return n < 0 ? 0 : n < w ? n : w;
}

/* floor(tail / 10^-w) mod m, streamed; w may be far beyond the point's digits:
 * what is missing are zeros. */
static uint64_t tail_rest(const Reach *r, const DigitString *d, int64_t w,
                          uint64_t m)
{
    int64_t n = tail_len(r, d, w);
    uint64_t t = 0;
    for (int64_t i = 0; i < n; i++)
        t = (gr_num_mul(t, 10, m) + digit_after(r, d, i)) % m;
    return gr_num_mul(t, gr_num_ten((uint64_t)(w - n), m), m);
}

/* t_max - t_min of a piece, cut at GR_NUM_MANY; below 0 if there is none.
 * Once the difference of the leading digits is 2, it only grows.  (Both are
 * compared digit by digit from the left, and never made as numbers: they may
 * have thousands.) */
static int64_t width(const Reach *r, const Piece *p)
{
    int64_t diff = 0;
    const int64_t far = GR_NUM_MANY;
    int64_t n = p->w;
    if (p->high != NULL && p->low != NULL) {
        int64_t a = tail_len(r, p->low, p->w), b = tail_len(r, p->high, p->w);
        n = a > b ? a : b;
    } else if (p->high != NULL) {
        n = tail_len(r, p->high, p->w);
    } else if (p->low != NULL) {
        n = tail_len(r, p->low, p->w);
    } else {
        n = 0;
    }
    /* high as a number of n digits; its open end is 10^n where absent */
    diff = p->high == NULL;
    for (int64_t i = 0; i < n && diff < far; i++) {
        diff *= 10;
        if (p->high != NULL) diff += digit_after(r, p->high, i);
        if (p->low != NULL) diff -= digit_after(r, p->low, i);
    }
    for (int64_t i = n; i < p->w && diff < far && diff != 0; i++) diff *= 10;
    if (diff > far) diff = far;
    /* high stands for its own value: past its w digits, or exactly there */
    bool beyond = p->high != NULL && (int64_t)p->high->n - r->lead->len > p->w;
    return diff - (p->low != NULL) - !beyond;
}

/* P * 10^k mod m, for m that divides the lcm. */
static uint64_t lead_rest(const Reach *r, int64_t k, uint64_t m)
{
    uint64_t ten = gr_num_ten((uint64_t)k + r->lead->zeros, m);
    return gr_num_mul(r->lead->rest % m, ten, m);
}

/* Is P * 10^s itself a multiple of divisor k? */
static bool lead_divides(const Reach *r, uint32_t k, int64_t s)
{
    return gr_num_rest_divides(&r->spec->by[k], r->lead->rest,
                               s + r->lead->zeros);
}

/* Is the value P * 10^s as the cube wants it?  Whether it lies in the piece
 * is the caller's business. */
static bool lead_fits(const Reach *r, const Piece *p)
{
    for (uint32_t k = 0; k < r->spec->n_bits; k++) {
        uint32_t bit = 1u << k;
        if (!((p->must | p->must_not) & bit)) continue;
        if (lead_divides(r, k, p->s) != !!(p->must & bit)) return false;
    }
    return true;
}

/* The digits of t = tail of low + add, w of them, into num->spare. */
static gram_status spell(const Reach *r, const Piece *p, uint64_t add)
{
    GrNum *num = r->num;
    GR_TRY(gr_step(num->env, (uint64_t)p->w / 8));
    num->spare.n = 0;
    GR_TRY(gr_vec_reserve(num->env, &num->spare, (uint64_t)p->w + 1));
    char *out = num->spare.at;
    for (int64_t i = 0; i < p->w; i++)
        out[i] = (char)(p->low ? digit_after(r, p->low, i) : 0);
    for (int64_t i = p->w; i-- > 0 && add != 0;) {
        add += (uint64_t)out[i];
        out[i] = (char)(add % 10);
        add /= 10;
    }
    return GRAM_OK;
}

/* Is P * 10^w + t a multiple of d.m * 10^k, k > 0?  Then t ends in k zeros
 * (t is 0 where it has fewer digits). */
static gram_status deep_divides(const Reach *r, const Piece *p, uint64_t add,
                                uint32_t bit, int64_t k, bool *out)
{
    const Divisor *d = &r->spec->by[bit];
    *out = false;
    if (p->low == NULL && add == 0) {
        *out = lead_divides(r, bit, p->s);
        return GRAM_OK;
    }
    if (k > p->w) return GRAM_OK;
    GR_TRY(spell(r, p, add));
    uint64_t t = 0;
    for (int64_t i = 0; i < p->w - k; i++)
        t = (gr_num_mul(t, 10, d->m) + (uint64_t)r->num->spare.at[i]) % d->m;
    for (int64_t i = p->w - k; i < p->w; i++)
        if (r->num->spare.at[i] != 0) return GRAM_OK;
    *out = (lead_rest(r, p->w - k, d->m) + t) % d->m == 0;
    return GRAM_OK;
}

/* Is the candidate t = t_min + add a multiple of some `must_not`?  Where the
 * candidate's last digit stands at the divisor's place or above it, its
 * remainder tells; below, its last digits must be zeros too. */
static gram_status is_hit(const Reach *r, const Piece *p, uint64_t add,
                          bool *out)
{
    add += p->low != NULL;
    for (uint32_t k = 0; k < r->spec->n_bits; k++) {
        if (!(p->must_not >> k & 1)) continue;
        const Divisor *d = &r->spec->by[k];
        int64_t up = p->u - d->place;
        if (up >= 0) {
            uint64_t m = gr_num_reduced(d, up), t = add % m;
            if (p->low != NULL) t += tail_rest(r, p->low, p->w, m);
            *out = (lead_rest(r, p->w, m) + t) % m == 0;
        } else {
            GR_TRY(deep_divides(r, p, add, k, -up, out));
        }
        if (*out) return GRAM_OK;
    }
    *out = false;
    return GRAM_OK;
}

/* The G of the cube at the piece's place.  It divides the lcm of all m, so
 * it fits. */
static uint64_t step_of(const Reach *r, const Piece *p)
{
    uint64_t g = 1;
    for (uint32_t k = 0; k < r->spec->n_bits; k++) {
        const Divisor *d = &r->spec->by[k];
        if (p->must >> k & 1)
            (void)gr_num_lcm(g, gr_num_reduced(d, p->u - d->place), &g);
    }
    return g;
}

/* Do all multiples of g at the piece's place meet a `must_not`? */
static bool all_hit(const Reach *r, const Piece *p, uint64_t g)
{
    for (uint32_t k = 0; k < r->spec->n_bits; k++)
        if (p->must_not >> k & 1 &&
            gr_num_word_divides(&r->spec->by[k], g, p->u))
            return true;
    return false;
}

static void add_count(Reach *r, uint64_t n)
{
    r->n = r->cap - r->n < n ? r->cap : r->n + n;
}

/* Hits come again after so many multiples of g; 0: it is not known. */
static uint64_t round_of(const Reach *r, const Piece *p, uint64_t g)
{
    uint64_t all = g;
    for (uint32_t k = 0; k < r->spec->n_bits; k++) {
        const Divisor *d = &r->spec->by[k];
        int64_t up = p->u - d->place;
        if (!(p->must_not >> k & 1)) continue;
        if (up < 0 || !gr_num_lcm(all, gr_num_reduced(d, up), &all)) return 0;
    }
    return all / g;
}

/* Count n multiples of g that are no hits, from t_min + add on. */
static gram_status count_each(Reach *r, const Piece *p, uint64_t add,
                              uint64_t g, uint64_t n)
{
    for (; n > 0 && r->n < r->cap; n--, add += g) {
        bool hit;
        GR_TRY(gr_step(r->num->env, 1 + r->spec->n_bits));
        GR_TRY(is_hit(r, p, add, &hit));
        if (!hit) add_count(r, 1);
    }
    return GRAM_OK;
}

/* The same by whole rounds, of which one is counted, and what is left, which
 * is as at the beginning. */
static gram_status count_rounds(Reach *r, const Piece *p, uint64_t add,
                                uint64_t g, uint64_t n)
{
    uint64_t round = round_of(r, p, g), before = r->n;
    if (round == 0 || round >= n) return count_each(r, p, add, g, n);
    GR_TRY(count_each(r, p, add, g, round));
    uint64_t one = r->n - before, more = n / round - 1;
    if (one > 0 && more > (r->cap - r->n) / one) r->n = r->cap;
    if (r->n < r->cap) add_count(r, one * more);
    return count_each(r, p, add, g, n % round);
}

/* Count the multiples of g with t from t_min to t_min + span.  `rest` is the
 * remainder of the least candidate, and `add` the way from there to the first
 * multiple.  Without `must_not` the count is a division. */
static gram_status count_multiples(Reach *r, const Piece *p, uint64_t span)
{
    uint64_t g = step_of(r, p), rest = lead_rest(r, p->w, g);
    if (p->low != NULL) rest += tail_rest(r, p->low, p->w, g) + 1;
    uint64_t add = (g - rest % g) % g;
    if (add > span || all_hit(r, p, g)) return GRAM_OK;
    uint64_t n = (span - add) / g + 1;
    if (p->must_not == 0) return add_count(r, n), GRAM_OK;
    /* one divisor hits every second of them at most, as it does not hit all */
    bool one = (p->must_not & (p->must_not - 1)) == 0;
    if (one && (n - 1) / 2 > r->cap - r->n) r->n = r->cap;
    return count_rounds(r, p, add, g, n);
}

/* What a piece costs: the digits of its points, and powers of ten.  Where
 * digits are unbounded, `w` of them are never looked at (but by spell). */
static gram_status pay(const Reach *r, const Piece *p, int64_t w)
{
    uint64_t divisors = p->must != 0 ? r->spec->n_bits : 0;
    int64_t read = POWER_DIGITS + (p->low ? p->low->n : 0) +
                   (p->high ? p->high->n : 0);
    if (w < read) read = w;
    return gr_step(r->num->env, 1 + (uint64_t)read / 32 + 4 * divisors);
}

/* Where the last of `w` digits stands.  A multiple of all `must` ends at the
 * highest of their places or above, so digits below that are not looked at. */
static int64_t end_place(const Reach *r, const Piece *p, int64_t w)
{
    int64_t u = p->s - w;
    for (uint32_t k = 0; k < r->spec->n_bits; k++)
        if (p->must >> k & 1 && r->spec->by[k].place > u)
            u = r->spec->by[k].place;
    return u;
}

/* Count one piece under one cube; `w` is the most digits there may be. */
static gram_status count_piece(Reach *r, Piece p, int64_t w)
{
    GR_TRY(pay(r, &p, w));
    p.u = end_place(r, &p, w);
    p.w = p.s - p.u;
    if (p.w < 0) { /* only P * 10^s can end that high */
        bool inside = p.low == NULL &&
                      !(p.high != NULL && p.high->n <= r->lead->len);
        if (inside && lead_fits(r, &p)) add_count(r, 1);
        return GRAM_OK;
    }
    int64_t span = width(r, &p);
    return span < 0 ? GRAM_OK : count_multiples(r, &p, (uint64_t)span);
}

/* --- whole decades inside one gap ----------------------------------------- */

/* Beyond this s nothing changes but the number of zeros at the end: every
 * divisor is past its powers of ten, and rho is at its maximum. */
static int64_t settled(const Reach *r)
{
    int64_t most = INT64_MIN / 4;
    for (uint32_t k = 0; k < r->spec->n_bits; k++) {
        const Divisor *d = &r->spec->by[k];
        if (r->spec->lexical >> k & 1) continue;
        if (d->place + d->power > most) most = d->place + d->power;
    }
    int64_t full = r->shape->digits - r->shape->lift;
    most += r->shape->digits;
    return most > full ? most : full;
}

/* Below the first: no multiple of all `must`, as P * 10^s ends too low.  At
 * or below the second, where nothing must divide: P * 10^s always fits. */
static void least_places(const Reach *r, const Piece *p, int64_t *must,
                         int64_t *must_not)
{
    *must = INT64_MIN / 4;
    *must_not = INT64_MAX / 4;
    for (uint32_t k = 0; k < r->spec->n_bits; k++) {
        int64_t place = r->spec->by[k].place - r->lead->zeros;
        if (p->must >> k & 1 && place > *must) *must = place;
        if (p->must_not >> k & 1 && place - 1 < *must_not)
            *must_not = place - 1;
    }
}

/* Does every value of a decade meet a `must_not`, and of those below it down to
 * -lift?  So it is where digits end at one place in all of them, and the
 * multiples of G there are multiples of some `must_not`. */
static bool none_below(const Reach *r, Piece p)
{
    if (p.s > r->shape->digits - r->shape->lift) return false;
    p.u = end_place(r, &p, rho(r->shape, p.s));
    return all_hit(r, &p, step_of(r, &p));
}

/* Count s from b down to a, all in one gap.  From above, where decades are
 * alike: if one beyond `high` has none, the others there have none, and are
 * skipped.  With no divisor that must divide, P * 10^a itself is an answer if
 * it is low enough. */
static gram_status count_decades(Reach *r, Piece p, int64_t a, int64_t b)
{
    int64_t must, must_not, high = settled(r);
    least_places(r, &p, &must, &must_not);
    if (p.must != 0 && a < must) a = must;
    if (p.must == 0 && r->cap == 1 && a <= b && a <= must_not) {
        r->n = 1;
        return GRAM_OK;
    }
    for (int64_t s = b; s >= a && r->n < r->cap; s--) {
        uint64_t before = r->n;
        p.s = s;
        GR_TRY(count_piece(r, p, rho(r->shape, s)));
        if (r->n > before) continue;
        if (s > high + 1) s = high + 1;
        if (s > -r->shape->lift && none_below(r, p)) s = -r->shape->lift;
    }
    return GRAM_OK;
}

/* --- classes -------------------------------------------------------------- */

/* Is the cube open to spellings of this shape?  Its other bits are left. */
static bool open_cube(const Reach *r, const Cube *c, Piece *p)
{
    uint32_t lexical = r->spec->lexical;
    p->must = c->must & ~lexical;
    p->must_not = c->must_not & ~lexical;
    return ((r->shape->lexical ? c->must_not : c->must) & lexical) == 0;
}

typedef struct Cubes {
    const Cube *cube;
    uint32_t n;
} Cubes;

/* What to ask for in a region of this class. */
static Cubes cubes_of(const Reach *r, uint32_t class, bool point,
                      const Only *only)
{
    if (class == 0) return (Cubes){NULL, 0};
    if (only != NULL) {
        bool same = only->class == class && only->points == point;
        return (Cubes){&only->cube, same};
    }
    const Class *c = class_at(r->num, class);
    return (Cubes){c->cube, c->n_cubes};
}

static gram_status count_gap(Reach *r, uint32_t class, const Only *only,
                             int64_t a, int64_t b)
{
    Cubes list = cubes_of(r, class, false, only);
    for (uint32_t i = 0; i < list.n && r->n < r->cap && a <= b; i++) {
        Piece p = {0};
        if (open_cube(r, &list.cube[i], &p)) GR_TRY(count_decades(r, p, a, b));
    }
    return GRAM_OK;
}

static gram_status count_part(Reach *r, uint32_t class, const Only *only,
                              Piece p)
{
    Cubes list = cubes_of(r, class, false, only);
    for (uint32_t i = 0; i < list.n && r->n < r->cap; i++)
        if (open_cube(r, &list.cube[i], &p))
            GR_TRY(count_piece(r, p, rho(r->shape, p.s)));
    return GRAM_OK;
}

/* A point's divisibility is settled in its class: of its cubes only the lexical
 * bits are left to look at. */
static void count_point(Reach *r, const Point *point, const Only *only,
                        int64_t s)
{
    const DigitString *d = &r->line->digits[point->rank];
    if ((int64_t)d->n - r->lead->len > rho(r->shape, s)) return;
    Cubes list = cubes_of(r, point->class, true, only);
    Piece p;
    for (uint32_t i = 0; i < list.n; i++) {
        if (!open_cube(r, &list.cube[i], &p)) continue;
        add_count(r, 1);
        return;
    }
}

/* --- the line ------------------------------------------------------------- */

/* The decade that holds points a .. b-1, all starting with the lead. */
static gram_status count_points(Reach *r, uint32_t a, uint32_t b, int64_t s,
                                const Only *only)
{
    const Line *line = r->line;
    for (uint32_t k = a; k <= b && r->n < r->cap; k++) {
        Piece p = {.s = s};
        if (k > a) p.low = &line->digits[line->point[k - 1].rank];
        if (k < b) p.high = &line->digits[line->point[k].rank];
        GR_TRY(count_part(r, line->gap[k], only, p));
        if (k < b) count_point(r, &line->point[k], only, s);
    }
    return GRAM_OK;
}

/* All s of the shape: decades with points one by one, the others in runs.  A
 * run between two such decades lies in one gap, as does a decade none of whose
 * points starts with P. */
static gram_status count_line(Reach *r, const Only *only)
{
    const Line *line = r->line;
    int64_t off = r->lead->off, s = r->shape->s_min, end = r->shape->s_max;
    uint32_t k = gr_num_find_point(line, s + off, 0);
    while (s <= end && r->n < r->cap) {
        int64_t stop = end + 1;
        if (k < line->n_points && line->point[k].exp - off < stop)
            stop = line->point[k].exp - off;
        GR_TRY(count_gap(r, line->gap[k], only, s, stop - 1));
        if (stop > end) break;
        GR_TRY(gr_step(r->num->env, 1));
        uint32_t a = gr_num_find_point(line, stop + off, r->lead->lo);
        uint32_t b = gr_num_find_point(line, stop + off, r->lead->hi);
        if (a == b)
            GR_TRY(count_gap(r, line->gap[a], only, stop, stop));
        else
            GR_TRY(count_points(r, a, b, stop, only));
        k = gr_num_find_point(line, stop + off, GR_NUM_NONE);
        s = stop + 1;
    }
    return GRAM_OK;
}

gram_status gr_num_reach(GrNum *num, const Spec *spec, const Line *line,
                         const Lead *lead, const Shape *shape, const Only *only,
                         uint64_t cap, uint64_t *n)
{
    Reach r = {num, spec, line, lead, shape, cap, 0};
    GR_TRY(count_line(&r, only));
    *n = r.n;
    return GRAM_OK;
}

/* --- leads ---------------------------------------------------------------- */

/* The first of digits[lo, hi) whose digit at `at` is `digit` or more. */
static uint32_t first_digit(const Line *line, uint32_t lo, uint32_t hi,
                            uint32_t at, uint32_t digit)
{
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const DigitString *d = &line->digits[mid];
        uint32_t c = at < d->n ? (uint32_t)(d->at[at] - '0') : 0;
        if (c < digit)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The digits that go on so are a range within the range.  Where none does,
 * P lies between two of them, and no later digit moves it: len is of no
 * use then. */
void gr_num_lead_digit(const Line *line, const Spec *spec, Lead *lead,
                       uint32_t digit)
{
    if (lead->lo < lead->hi) {
        uint32_t at = lead->len++, hi = lead->hi;
        lead->lo = first_digit(line, lead->lo, hi, at, digit);
        lead->hi = first_digit(line, lead->lo, hi, at, digit + 1);
        if (lead->lo == lead->hi) lead->len = 0;
    }
    lead->off++;
    if (digit == 0) {
        lead->zeros++;
        return;
    }
    uint64_t m = spec->lcm, ten = gr_num_ten((uint64_t)lead->zeros + 1, m);
    lead->rest = (gr_num_mul(lead->rest, ten, m) + digit) % m;
    lead->zeros = 0;
}

Lead gr_num_lead_first(const Line *line, const Spec *spec, uint32_t digit)
{
    Lead lead = {.hi = line->n_digits};
    gr_num_lead_digit(line, spec, &lead, digit);
    return lead;
}

bool gr_num_accepts(const Class *c, uint32_t mask)
{
    for (uint32_t i = 0; i < c->n_cubes; i++)
        if ((c->cube[i].must & ~mask) == 0 && (c->cube[i].must_not & mask) == 0)
            return true;
    return false;
}

bool gr_num_zero(const GrNum *num, const Spec *spec, bool lexical)
{
    return spec->zero != 0 && gr_num_accepts(class_at(num, spec->zero),
                                             lexical ? spec->lexical : 0);
}
