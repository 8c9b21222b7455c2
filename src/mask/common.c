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
 * Rejected: masks of the states of formats.  They depend on policies and on
 * what else holds for the string.
 *
 * Cost: 55 KB each for 128k tokens (that of `regex`, which eleven bytes leave,
 * four times as much), all of them 3 ms. */
#include "mask/mask_int.h"

/* --- the ranges ----------------------------------------------------------- */

/* What `.` and `\S` of ECMAScript leave out beyond ASCII: all of it without
 * what lies between one range and the next. */
static const uint32_t lines[] = {0x80, 0x2027, 0x202A, 0x10FFFF};
static const uint32_t spaces[] = {
    0x80,   0x9F,   0xA1,   0x167F, 0x1681, 0x1FFF, 0x200B, 0x2027, 0x202A,
    0x202E, 0x2030, 0x205E, 0x2060, 0x2FFF, 0x3001, 0xFEFE, 0xFF00, 0x10FFFF};
static const uint32_t all[] = {0x80, 0x10FFFF};

enum { MOST = 24, ASCII = 128, N_SPACES = sizeof spaces / sizeof *spaces / 2 };

/* ASCII ranges, first and last character of each; beyond: one of the above; and
 * what goes on behind its characters besides the quote and the backslash. */
typedef struct Common {
    const char *ascii, *leave;
    const uint32_t *beyond;
    uint32_t n_beyond;
} Common;

static const Common common[GR_COMMON] = {
    {.ascii = "09", .leave = "-+.:Zz"},            /* dates, times, ports */
    {.ascii = "!!$$&;==@Z__az~~", .leave = "%?#"}, /* uri, behind the host */
    {.ascii = "!!$$&.09;;==AZ__az~~", .leave = "/:?#%@"}, /* uri, its host */
    {.ascii = "++-.09AZaz", .leave = ":"},                /* uri, its scheme */
    {.ascii = "!!#'*+--/9==??AZ^~", .leave = ".@"}, /* email, before the @ */
    {.ascii = "09AZaz", .leave = "-."}, /* email and hostname, a label */
    {.ascii = "--09AZ__az", .leave = "/"},
    {.ascii = "09AZ__az", .leave = "-."}, /* \w */
    {.ascii = "--09az", .leave = "./:"},
    {.ascii = "-.09AZ__az", .leave = "/"},
    {" !#[]\x7F", "", lines, 2},               /* . */
    {"!!#[]\x7F", "", spaces, N_SPACES},       /* \S */
    {" !##%',>@Z_z~\x7F", "$(*+?[^{|", all, 1} /* regex, no operator */
};

/* Of a string: neither quote nor backslash nor control characters. */
static uint32_t ranges_of(const Common *from, uint32_t to[2 * MOST])
{
    uint32_t n = 0;
    for (const char *p = from->ascii; *p != 0; p += 2)
        gr_range_put(to, &n, (uint8_t)p[0], (uint8_t)p[1]);
    for (uint32_t i = 0; i < from->n_beyond; i++)
        gr_range_put(to, &n, from->beyond[2 * i], from->beyond[2 * i + 1]);
    return n;
}

/* --- making --------------------------------------------------------------- */

static gram_status put_rests(GrEnv *env, GrTables *t, Class *c,
                             const char *bytes)
{
    for (; *bytes != 0; bytes++) {
        Sweep none = {0};
        uint8_t b = (uint8_t)*bytes;
        GR_TRY(gr_rests_build(env, c->arena, t, c, b, &none, &c->rests[b]));
        gr_bit_set(c->complete, b);
    }
    return GRAM_OK;
}

static gram_status make_class(GrEnv *env, GrTables *t, uint32_t i)
{
    uint32_t ranges[2 * MOST], n = ranges_of(&common[i], ranges);
    GR_TRY(gr_class_build(env, t, &t->arena, ranges, n, &t->common[i]));
    Class *c = t->common[i];
    c->common = true;
    GR_TRY(gr_class_count(env, t->v, t->plain, c));
    c->rests = gr_arena_take(env, c->arena, ASCII * sizeof *c->rests);
    if (c->rests == NULL) return GRAM_E_MEMORY;
    memset(c->rests, 0, ASCII * sizeof *c->rests);
    GR_TRY(put_rests(env, t, c, "\"\\"));
    return put_rests(env, t, c, common[i].leave);
}

gram_status gr_common_build(GrEnv *env, GrTables *t)
{
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
