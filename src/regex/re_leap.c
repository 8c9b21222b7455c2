/* Leap seconds: times of RFC 3339 whose second is 60.
 *
 *     HH:MM:60   .digits, or nothing   Z, or an offset
 *
 * A leap second is in the minute 23:59 of UTC (5.7).  Where the clock reads
 * HH:MM then, the offset is -(23 - HH):(59 - MM), or + one minute more than
 * HH:MM, round the day; Z is for 23:59.  So HH:MM must be remembered through
 * any fraction, and says all: what is left of such a time is a term of its
 * own, a leaf that counts,
 *
 *     key  [ RE_LEAP, how far, hour, minute, 0 ]
 *
 * and from the sign on a text.
 *
 * Rejected: a pattern with lookaheads that compare digit by digit what stands
 * before and behind the seconds.  Each of 1440 minutes was an intersection of
 * a dozen terms, which cost as much as all else behind the T of a date-time,
 * and the pattern was a third of what schemas with dates took to compile.
 *
 * Cost: a look-up for each derivative. */
#include "regex/re_pool.h"

/* What comes next. */
typedef enum LeapAt {
    HOUR_1,
    HOUR_2,
    COLON_1,
    MINUTE_1,
    MINUTE_2,
    COLON_2,
    SIX,
    ZERO,
    BEHIND, /* a point, or the offset */
    DIGIT,  /* the first of a fraction */
    DIGITS
} LeapAt;

enum { DAY = 24 * 60, OFFSET = 6 };

gram_status gr_leap_start(GrRe *re, ReId *out)
{
    return gr_re_make(re, RE_LEAP, HOUR_1, 0, 0, 0, out);
}

/* Can it (still) be 23:59? */
static bool may_be_utc(const ReNode *n)
{
    uint32_t hour = n->b, minute = n->lo;
    if (n->a <= HOUR_2) return n->a == HOUR_1 || hour == 2;
    if (n->a <= MINUTE_1) return hour == 23;
    return hour == 23 && minute == (n->a == MINUTE_2 ? 5 : 59);
}

const char *gr_leap_ahead(const ReNode *n)
{
    static const char *const ahead[] = {"001122",
                                        "00112233445566778899",
                                        "::",
                                        "001122334455",
                                        "00112233445566778899",
                                        "::",
                                        "66",
                                        "00",
                                        "++--..",
                                        "09",
                                        "++--09"};
    if (n->a == HOUR_2 && n->b == 2) return "00112233";
    if (n->a == BEHIND && may_be_utc(n)) return "++--..ZZzz";
    if (n->a == DIGITS && may_be_utc(n)) return "++--09ZZzz";
    return ahead[n->a];
}

static gram_status offset(GrRe *re, uint32_t local, bool east, ReId *out)
{
    uint32_t by = east ? (local + 1) % DAY : DAY - 1 - local;
    char text[OFFSET];
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t n = i == 0 ? by / 60 : by % 60;
        text[3 * i] = (char)('0' + n / 10);
        text[3 * i + 1] = (char)('0' + n % 10);
    }
    text[2] = ':';
    return gr_re_text(re, text, OFFSET - 1, out);
}

gram_status gr_leap_derive(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    const ReNode n = *gr_re_node(re, a);
    const char *p = gr_leap_ahead(&n);
    uint32_t hour = n.b, minute = n.lo, digit = c - '0';
    *out = gr_re_none(re);
    while (*p != 0 && (c < (uint8_t)p[0] || c > (uint8_t)p[1])) p += 2;
    if (*p == 0) return GRAM_OK;
    if (c == '+' || c == '-')
        return offset(re, 60 * hour + minute, c == '+', out);
    if (c == 'Z' || c == 'z') return *out = gr_re_eps(re), GRAM_OK;
    if (n.a <= HOUR_2) hour = 10 * hour + digit;
    if (n.a == MINUTE_1 || n.a == MINUTE_2) minute = 10 * minute + digit;
    return gr_re_make(re, RE_LEAP, n.a == DIGITS ? DIGITS : n.a + 1, hour,
                      minute, 0, out);
}

/* Characters before those that may be a fraction. */
static uint32_t before(const ReNode *n)
{
    return n->a < BEHIND ? BEHIND - n->a : 0;
}

uint32_t gr_leap_least(const ReNode *n)
{
    return before(n) + (n->a == DIGIT) + (may_be_utc(n) ? 1 : OFFSET);
}

gram_status gr_leap_project(GrRe *re, const ReNode *n, ReId *out)
{
    ReId any = {re->any}, part[3], two[2] = {gr_re_eps(re)};
    uint32_t least = n->a == DIGITS ? 0 : n->a == DIGIT ? 1 : 2;
    GR_TRY(gr_re_repeat(re, any, before(n), before(n), &part[0]));
    GR_TRY(gr_re_repeat(re, any, least, GR_RE_INF, &two[1]));
    part[1] = two[1];
    if (n->a <= BEHIND) GR_TRY(gr_re_or(re, two, 2, &part[1]));
    GR_TRY(gr_re_repeat(re, any, OFFSET, OFFSET, &part[2]));
    two[0] = any;
    two[1] = part[2];
    if (may_be_utc(n)) GR_TRY(gr_re_or(re, two, 2, &part[2]));
    return gr_re_seq(re, part, 3, out);
}
