/* Finding a zone: characters beyond ASCII, and the class that is left.
 *
 * In: a search whose places ASCII leads to (zone.c).  Out: the ranges of
 * characters that are dead somewhere, or lead to states that are no places, and
 * the class of all others.
 *
 *      state --E4--> --B8--> --AD--> a place        nearly always, so that
 *        `-- E1 --> --9A--> --80--> dead            what is not is taken out
 *
 * Bytes of a class are asked about once, states inside of characters as well;
 * mostly the machine knows a character of ASCII that does the same. */
#include "mask/zone.h"

/* Ranges taken out are few. */
static bool is_out(const ZoneSearch *s, uint32_t code, uint32_t *skip)
{
    for (uint32_t i = 0; i < s->n_out; i++)
        if (code >= s->out[2 * i] && code <= s->out[2 * i + 1])
            return *skip = s->out[2 * i + 1], true;
    return false;
}

/* The code points first .. first + n - 1 are no part of the class. */
void gr_zone_take_out(ZoneSearch *s, uint32_t first, uint32_t n)
{
    uint32_t *last = &s->out[2 * s->n_out - (s->n_out > 0)], end;
    if (is_out(s, first, &end) && end - first >= n - 1) return;
    if (s->n_out > 0 && *last + 1 == first) {
        *last += n;
    } else if (s->n_out == ZONE_OUT_MOST) {
        s->is_one = false;
    } else {
        s->out[2 * s->n_out] = first;
        s->out[2 * s->n_out++ + 1] = first + n - 1;
    }
}

/* The bytes first .. last of a state, `left` bytes before the end of the
 * characters from `code` on. */
typedef struct Inside {
    StateId at;
    uint32_t left, code, first, last;
} Inside;

static gram_status try_inside(ZoneSearch *s, const Inside *in, bool *all);

/* All characters that go on so: those that fewer bytes spell are no part. */
static void take_out_all(ZoneSearch *s, const Inside *in)
{
    uint32_t shift = in->left > 0 ? 6 * (in->left - 1) : 0;
    uint32_t first = in->left > 0 ? in->first & 0x3Fu : 0;
    uint32_t last = in->left > 0 ? in->last & 0x3Fu : 0;
    gr_zone_take_out(s, in->code + (first << shift),
                     (last - first + 1) << shift);
}

/* What does more than a step is neither of the zone nor dead, and no token is
 * stepped over it (gr_zone_run). */
static gram_status leave_out(ZoneSearch *s, StateId at, uint8_t byte,
                             bool is_step, const Inside *to)
{
    Cell cell;
    GR_TRY(gr_cell_at(s->w, at, byte, &cell));
    s->zone.alive |= cell.v != GR_CELL_DEAD;
    s->is_one &= is_step || cell.v == GR_CELL_DEAD;
    take_out_all(s, to);
    return GRAM_OK;
}

/* The cell of a byte, behind which there are `left` more; *all: all of its
 * characters stay in the zone. */
static gram_status try_byte(ZoneSearch *s, StateId at, uint8_t byte, Inside to,
                            bool *all)
{
    Step step;
    bool is_step;
    GR_TRY(gr_step_of(s->w, at, byte, &step, &is_step));
    *all = is_step && (to.left > 0 || gr_zone_has_state(s, step.to.v));
    if (!*all) return leave_out(s, at, byte, is_step, &to);
    gr_zone_note(s, &step, to.left == 0);
    if (s->mortal && to.left == 0)
        GR_TRY(gr_map_put(s->w->env, &s->wide, step.to.v, 1));
    to.at = step.to;
    return to.left > 0 ? try_inside(s, &to, all) : GRAM_OK;
}

/* Each class of bytes once, unless some of its characters are taken out.
 * Depth is at most three, the length of UTF-8. */
static gram_status try_inside(ZoneSearch *s, const Inside *in, bool *all)
{
    uint64_t key = gr_pair(in->at.v, in->left + 4 * (s->deepest ? s->from : 0));
    uint32_t done[8] = {0}, left = in->left - 1;
    WalkLevel at;
    *all = true;
    if (gr_map_find(&s->inside, key) != NULL) return GRAM_OK;
    for (uint32_t b = in->first; b <= in->last && s->is_one && !s->ended; b++) {
        uint32_t code = in->code + ((b & 0x3F) << 6 * left);
        bool one;
        row_ref(s->w, in->at, &at);
        if (gr_bit_get(done, at.map[b])) continue;
        gr_zone_look(s);
        GR_TRY(try_byte(s, in->at, (uint8_t)b,
                        (Inside){{0}, left, code, 0x80, 0xBF}, &one));
        if (one) gr_bit_set(done, at.map[b]);
        *all &= one;
    }
    if (!*all || in->first != 0x80 || in->last != 0xBF) return GRAM_OK;
    return gr_map_put(s->w->env, &s->inside, key, 1);
}

/* What a byte may begin. */
static Inside lead_of(uint8_t b)
{
    uint32_t left = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    return (Inside){.left = left,
                    .code = (b & (0x3Fu >> left)) << 6 * left,
                    .first = b == 0xE0   ? 0xA0
                             : b == 0xF0 ? 0x90
                                         : 0x80,
                    .last = b == 0xED   ? 0x9F
                            : b == 0xF4 ? 0x8F
                                        : 0xBF};
}

/* Where no lead byte has been asked for, the machine may know a character of
 * ASCII that does the same: seven cells and those behind them need not be
 * filled. */
static gram_status try_beyond(ZoneSearch *s, StateId from, bool *done)
{
    Step step;
    WalkLevel at;
    uint8_t byte;
    *done = false;
    row_ref(s->w, from, &at);
    if (atomic_load_explicit(&at.row[at.map[0xF4]], memory_order_acquire) !=
        GR_CELL_EMPTY)
        return GRAM_OK;
    GR_TRY(gr_pda_beyond(s->w->m->pda, from, &byte));
    if (byte == 0) return GRAM_OK;
    GR_TRY(gr_step_of(s->w, from, byte, &step, done));
    *done = *done && gr_zone_has_state(s, step.to.v);
    if (!*done) return GRAM_OK;
    gr_zone_note(s, &step, true);
    return s->mortal ? gr_map_put(s->w->env, &s->wide, step.to.v, 1) : GRAM_OK;
}

/* All characters beyond ASCII, by classes of lead bytes. */
static gram_status try_leads(ZoneSearch *s, StateId from)
{
    uint32_t done[3][8] = {{0}};
    WalkLevel at;
    bool told;
    GR_TRY(try_beyond(s, from, &told));
    for (uint32_t b = 0xC2; b <= 0xF4 && s->is_one && !s->ended && !told; b++) {
        Inside in = lead_of((uint8_t)b);
        bool all, uniform = in.first == 0x80 && in.last == 0xBF;
        row_ref(s->w, from, &at);
        if (uniform && gr_bit_get(done[in.left - 1], at.map[b])) continue;
        gr_zone_look(s);
        GR_TRY(try_byte(s, from, (uint8_t)b, in, &all));
        if (all && uniform) gr_bit_set(done[in.left - 1], at.map[b]);
    }
    return GRAM_OK;
}

/* As a place of spaces and of words. */
static bool is_again(const ZoneSearch *s, uint32_t i)
{
    const Place *p = &s->place[i];
    return gr_zone_place(s, p->state, !p->word) < i;
}

gram_status gr_zone_beyond(ZoneSearch *s)
{
    for (uint32_t i = 0; i < s->n && s->is_one; i++) {
        s->from = s->depth[i];
        if (s->deepest > 0 && s->from >= s->deep) break;
        if (is_again(s, i)) continue;
        GR_TRY(try_leads(s, (StateId){s->place[i].state}));
    }
    s->is_one &= !s->ended;
    return GRAM_OK;
}

/* --- the class ------------------------------------------------------------ */

/* The next code point from `code` on that is taken out. */
static uint32_t next_out(const ZoneSearch *s, uint32_t code)
{
    uint32_t next = UINT32_MAX;
    for (uint32_t i = 0; i < s->n_out; i++)
        if (s->out[2 * i] >= code && s->out[2 * i] < next) next = s->out[2 * i];
    return next;
}

/* Which bytes begin one that is taken out? */
static uint64_t find_parted(const ZoneSearch *s)
{
    uint64_t parted = 0;
    for (uint32_t b = 0xC2; b <= 0xF4; b++) {
        Inside in = lead_of((uint8_t)b);
        uint32_t shift = 6 * (in.left - 1);
        uint32_t lo = in.code + ((in.first & 0x3Fu) << shift);
        uint32_t hi = in.code + (((in.last & 0x3Fu) + 1) << shift) - 1;
        for (uint32_t i = 0; i < s->n_out; i++)
            if (s->out[2 * i] <= hi && s->out[2 * i + 1] >= lo)
                parted |= (uint64_t)1 << (b & 63);
    }
    return parted;
}

/* The plain characters without those taken out. */
gram_status gr_zone_class(ZoneSearch *s)
{
    const Class *plain = s->w->m->tables->plain;
    uint32_t ranges[2 * (4 + ZONE_OUT_MOST)], n = 0, skip;
    for (uint32_t i = 0; i < plain->n; i++) {
        uint32_t at = plain->ranges[2 * i], last = plain->ranges[2 * i + 1];
        while (at <= last) {
            uint32_t end = next_out(s, at);
            if (is_out(s, at, &skip)) {
                at = skip + 1;
                continue;
            }
            ranges[2 * n] = at;
            ranges[2 * n++ + 1] = end <= last ? end - 1 : last;
            if (end > last) break;
            at = end;
        }
    }
    GrLoop loop = {.ranges = ranges, .n = n};
    s->zone.parted = find_parted(s);
    return gr_class_of(s->w->m, &loop, &s->zone.cls);
}
