/* Classes of characters that schemas have everywhere.
 *
 * Formats bring them (a `uri` has two, an `email` three, numbers of a port or
 * a date the digits), and so do words in patterns.  To find the tokens of a
 * class takes some 60 us, and what they have before a closing quote or an
 * escape as much again; two thirds of all classes that real schemas need are
 * among a dozen.  So these are made with the vocabulary, and grammars refer to
 * them.  They are never written again, so that threads need no lock.
 *
 *     ranges of a loop --> common? --> the vocabulary's Class and its rests
 *                             |
 *                             `-----> a Class of the grammar's own
 *
 * Beyond ASCII classes of patterns have all characters, or all but those that
 * `.` or `\S` leaves out.  Which tokens have such a character is a row (gap),
 * since otherwise every token of the scripts around it has to be decoded.
 *
 * Rejected: masks of the states of formats.  They depend on policies and on
 * what else holds for the string.
 *
 * Cost: 55 KB each for 128k tokens, all of them 3 ms. */
#include "mask/mask_int.h"

/* --- the ranges ----------------------------------------------------------- */

/* What `.` and `\S` of ECMAScript leave out beyond ASCII: all of it without
 * what lies between one range and the next. */
static const uint32_t lines[] = {0x80, 0x2027, 0x202A, 0x10FFFF};
static const uint32_t spaces[] = {
    0x80,   0x9F,   0xA1,   0x167F, 0x1681, 0x1FFF, 0x200B, 0x2027, 0x202A,
    0x202E, 0x2030, 0x205E, 0x2060, 0x2FFF, 0x3001, 0xFEFE, 0xFF00, 0x10FFFF};

enum { MOST = 24, N_SPACES = sizeof spaces / sizeof *spaces / 2 };

/* ASCII ranges, first and last character of each; beyond: one of the above. */
typedef struct Common {
    const char *ascii;
    const uint32_t *beyond;
    uint32_t n_beyond;
} Common;

static const Common common[GR_COMMON] = {
    {.ascii = "09"},
    {.ascii = "!!$$&;==@Z__az~~"},     /* uri, behind the host */
    {.ascii = "!!$$&.09;;==AZ__az~~"}, /* uri, its host */
    {.ascii = "++-.09AZaz"},           /* uri, its scheme */
    {.ascii = "!!#'*+--/9==??AZ^~"},   /* email, before the @ */
    {.ascii = "09AZaz"},               /* email and hostname, a label */
    {.ascii = "--09AZ__az"},
    {.ascii = "09AZ__az"}, /* \w */
    {.ascii = "--09az"},
    {.ascii = "-.09AZ__az"},
    {.ascii = " !#[]\x7F", lines, 2},        /* . */
    {.ascii = "!!#[]\x7F", spaces, N_SPACES} /* \S */
};

static void put_range(uint32_t *to, uint32_t *n, uint32_t lo, uint32_t hi)
{
    if (*n > 0 && to[2 * *n - 1] + 1 == lo) {
        to[2 * *n - 1] = hi;
        return;
    }
    to[2 * *n] = lo;
    to[2 * *n + 1] = hi;
    ++*n;
}

/* Of a string: neither quote nor backslash nor control characters. */
static uint32_t ranges_of(const Common *from, uint32_t to[2 * MOST])
{
    uint32_t n = 0;
    for (const char *p = from->ascii; *p != 0; p += 2)
        put_range(to, &n, (uint8_t)p[0], (uint8_t)p[1]);
    for (uint32_t i = 0; i < from->n_beyond; i++)
        put_range(to, &n, from->beyond[2 * i], from->beyond[2 * i + 1]);
    return n;
}

/* --- gaps ----------------------------------------------------------------- */

/* All of ASCII, and beyond it what the gap is not in. */
static gram_status make_gap(GrEnv *env, GrTables *t, const uint32_t *beyond,
                            uint32_t n_beyond, Gap *out)
{
    uint32_t ranges[2 * MOST], n = 0;
    Class *c = NULL;
    put_range(ranges, &n, 0, 0x7F);
    for (uint32_t i = 0; i < n_beyond; i++)
        put_range(ranges, &n, beyond[2 * i], beyond[2 * i + 1]);
    uint32_t words = t->v->mask_words;
    uint32_t *row =
        gr_arena_take(env, &t->plain->arena, words * sizeof *row + 1);
    if (row == NULL) return GRAM_E_MEMORY;
    GR_TRY(gr_class_build(env, t, ranges, n, &c));
    for (uint32_t w = 0; w < words; w++) row[w] = ~c->all.row[w];
    gr_class_free(env, c);
    *out = (Gap){beyond, n_beyond, row};
    return gr_step(env, words);
}

/* The ranges of c beyond ASCII; the first of them may begin in it. */
static bool has_gap(const Class *c, const Gap *g)
{
    uint32_t from = 0;
    while (from < c->n && c->ranges[2 * from + 1] < 0x80) from++;
    if (from == c->n || c->ranges[2 * from] > 0x80) return false;
    uint32_t ranges[2 * MOST], n = 0;
    for (uint32_t i = from; i < c->n && n < MOST; i++) {
        uint32_t lo = c->ranges[2 * i];
        ranges[2 * n] = lo < 0x80 ? 0x80 : lo;
        ranges[2 * n++ + 1] = c->ranges[2 * i + 1];
    }
    return n == c->n - from && gr_class_is(ranges, n, g->beyond, g->n);
}

const uint32_t *gr_gap_of(const GrTables *t, const Class *c)
{
    for (uint32_t i = 0; i < GR_GAPS; i++)
        if (t->gap[i].row != NULL && has_gap(c, &t->gap[i]))
            return t->gap[i].row;
    return NULL;
}

/* --- making --------------------------------------------------------------- */

/* Rests behind the quote and the backslash, which are where strings end and
 * where escapes begin. */
static gram_status put_rests(GrEnv *env, const GrTables *t, Class *c)
{
    static const uint8_t bytes[2] = {'"', '\\'};
    Sweep none = {0};
    c->rests = gr_arena_take(env, &c->arena, ('\\' + 1) * sizeof *c->rests);
    if (c->rests == NULL) return GRAM_E_MEMORY;
    memset(c->rests, 0, ('\\' + 1) * sizeof *c->rests);
    for (uint32_t i = 0; i < 2; i++) {
        GR_TRY(gr_rests_build(env, &c->arena, t, c, bytes[i], &none,
                              &c->rests[bytes[i]]));
        gr_bit_set(c->complete, bytes[i]);
    }
    return GRAM_OK;
}

static gram_status make_class(GrEnv *env, GrTables *t, uint32_t i)
{
    uint32_t ranges[2 * MOST], n = ranges_of(&common[i], ranges);
    GR_TRY(gr_class_build(env, t, ranges, n, &t->common[i]));
    Class *c = t->common[i];
    c->common = true;
    GR_TRY(gr_class_count(env, t->v, t->plain, c));
    return put_rests(env, t, c);
}

gram_status gr_common_build(GrEnv *env, GrTables *t)
{
    GR_TRY(make_gap(env, t, lines, 2, &t->gap[0]));
    GR_TRY(make_gap(env, t, spaces, N_SPACES, &t->gap[1]));
    for (uint32_t i = 0; i < GR_COMMON; i++) GR_TRY(make_class(env, t, i));
    return GRAM_OK;
}

Class *gr_common_find(const GrTables *t, const uint32_t *ranges, uint32_t n)
{
    for (uint32_t i = 0; i < GR_COMMON; i++) {
        Class *c = t->common[i];
        if (gr_class_is(c->ranges, c->n, ranges, n)) return c;
    }
    return NULL;
}
