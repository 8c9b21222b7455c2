/* Chains whose characters go on beyond ASCII.
 *
 *      s0 -[^/]-> s1 -.-> s2 -[^/]-> s3 -[^/]-> s3 ...
 *
 * The class of a chain is found by ASCII.  If it had nothing else, each of the
 * 50 bytes that other characters begin with would leave it, and there would be
 * rests behind each of them: all tokens of other scripts, sorted and put into
 * tries, milliseconds.  So it is asked which characters beyond ASCII lead from
 * each state to the next, too, and these are of the class.  Mostly the machine
 * says so at once; where it does not its cells do:
 *
 *      first byte --> all that may follow does the same?  --> where it leads
 *                         | no
 *                         `--> each next byte by itself
 *
 * Nearly always the former holds, but for the bytes at the edges of UTF-8 and
 * the few characters that `.` or \S leave out.
 *
 * Cost: a question for each state that is another one, or some 20 cells.  It is
 * only paid where ideographs lead on, and what comes out has to be most of
 * Unicode. */
#include "mask/chain.h"

enum {
    WORTH = 0x8000, /* characters; fewer are left to the exits */
    SPLITS = 32     /* bytes behind which the next ones differ, of one state */
};

/* --- of one state --------------------------------------------------------- */

/* The characters that lead from a state to another one. */
typedef struct Span {
    GrWork *w;
    StateId to;
    ByteClasses own; /* of the bytes behind the first */
    uint32_t splits;
    uint32_t n, range[2 * CHAIN_RANGES];
} Span;

/* Ascending; what there is no room for is left out, and so no class. */
static void add_range(Span *s, uint32_t lo, uint32_t hi)
{
    if (s->n > 0 && s->range[2 * s->n - 1] + 1 == lo) {
        s->range[2 * s->n - 1] = hi;
    } else if (s->n < CHAIN_RANGES) {
        s->range[2 * s->n] = lo;
        s->range[2 * s->n + 1] = hi;
        s->n++;
    }
}

static bool is_plain(GrWork *w, Cell cell, StateId *to)
{
    Step step;
    bool plain = gr_read_step(w->m->pda, cell, &step) && step.reg >= GR_REGS;
    if (plain) *to = step.to;
    return plain;
}

/* Where `left` more bytes lead; *one is false where that depends on them. */
static gram_status run_through(Span *s, StateId *at, uint32_t left, bool *one)
{
    static const uint32_t follow[8] = {[4] = UINT32_MAX, [5] = UINT32_MAX};
    *one = true;
    for (; left > 0 && *one; left--) {
        Cell cell = {GR_CELL_DEAD};
        GR_TRY(gr_chain_cell(s->w, &s->own, follow, *at, &cell));
        *one = is_plain(s->w, cell, at);
    }
    return GRAM_OK;
}

/* What was found of some characters: all of them lead there, or none does. */
typedef enum Told { TOLD_ALL, TOLD_NONE, TOLD_PARTED } Told;

static gram_status add_parts(Span *s, StateId at, uint32_t code, uint32_t left);

/* Of the characters from `code` on, all with these bytes but the last `left`,
 * behind which the state is `at`. */
static gram_status add_codes(Span *s, StateId at, uint32_t code, uint32_t left,
                             Told *told)
{
    StateId end = at;
    bool one;
    GR_TRY(run_through(s, &end, left, &one));
    *told = !one ? TOLD_PARTED : end.v == s->to.v ? TOLD_ALL : TOLD_NONE;
    if (*told == TOLD_ALL) add_range(s, code, code + (1u << 6 * left) - 1);
    if (*told != TOLD_PARTED || s->splits++ >= SPLITS) return GRAM_OK;
    return add_parts(s, at, code, left);
}

/* By the next byte; those of one class do the same.  Depth is at most three,
 * the length of UTF-8. */
static gram_status add_parts(Span *s, StateId at, uint32_t code, uint32_t left)
{
    uint32_t last = UINT32_MAX, n = 1u << 6 * (left - 1);
    Told told = TOLD_NONE;
    WalkLevel row;
    row_ref(s->w, at, &row);
    for (uint32_t b = 0x80; b < 0xC0; b++, code += n) {
        Cell cell;
        StateId next;
        if (row.map[b] == last && told != TOLD_PARTED) {
            if (told == TOLD_ALL) add_range(s, code, code + n - 1);
            continue;
        }
        last = row.map[b];
        told = TOLD_NONE;
        GR_TRY(gr_cell_at(s->w, at, (uint8_t)b, &cell));
        if (is_plain(s->w, cell, &next))
            GR_TRY(add_codes(s, next, code, left - 1, &told));
    }
    return gr_step(s->w->env, 64);
}

static gram_status by_cells(Span *s, StateId from)
{
    for (uint32_t b = 0xC2; b <= 0xF4; b++) {
        uint32_t left = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        uint32_t code = (b & (0x3Fu >> left)) << 6 * left;
        Cell cell;
        StateId next;
        Told told;
        GR_TRY(gr_cell_at(s->w, from, (uint8_t)b, &cell));
        if (is_plain(s->w, cell, &next))
            GR_TRY(add_codes(s, next, code, left, &told));
    }
    return GRAM_OK;
}

/* A machine that meets a limit says nothing. */
static gram_status find_span(Span *s, StateId from)
{
    const uint32_t *range;
    uint32_t n;
    s->n = s->splits = 0;
    gram_status status = gr_pda_span(s->w->m->pda, from, s->to, &range, &n);
    if (status == GRAM_E_MEMORY) return status;
    if (status != GRAM_OK || n == 0) return by_cells(s, from);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t lo = range[2 * i] < 128 ? 128 : range[2 * i];
        if (lo <= range[2 * i + 1]) add_range(s, lo, range[2 * i + 1]);
    }
    return gr_step(s->w->env, n);
}

/* --- of all states -------------------------------------------------------- */

static uint32_t count_chars(const Chain *ch)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ch->n_beyond; i++)
        n += ch->beyond[2 * i + 1] - ch->beyond[2 * i] + 1;
    return n;
}

/* What both have.  There may be no room for all of it. */
static void intersect(Chain *ch, const Span *s)
{
    uint32_t out[2 * CHAIN_RANGES], n = 0;
    for (uint32_t i = 0, j = 0;
         i < ch->n_beyond && j < s->n && n < CHAIN_RANGES;) {
        const uint32_t *a = &ch->beyond[2 * i], *b = &s->range[2 * j];
        uint32_t lo = a[0] > b[0] ? a[0] : b[0];
        uint32_t hi = a[1] < b[1] ? a[1] : b[1];
        if (lo <= hi) {
            out[2 * n] = lo;
            out[2 * n + 1] = hi;
            n++;
        }
        if (a[1] <= b[1])
            i++;
        else
            j++;
    }
    memcpy(ch->beyond, out, 2 * n * sizeof *out);
    ch->n_beyond = n;
}

static bool is_again(const Chain *ch, uint32_t n)
{
    return n > 0 && ch->state[n].v == ch->state[n - 1].v &&
           ch->state[n + 1].v == ch->state[n].v;
}

/* Where the chain ends none of them may go on. */
static gram_status check_end(GrWork *w, Chain *ch)
{
    if (ch->left == UINT32_MAX) return GRAM_OK;
    for (uint32_t b = 0xC2; b <= 0xF4; b++) {
        Cell cell;
        GR_TRY(gr_cell_at(w, ch->state[ch->left], (uint8_t)b, &cell));
        if (cell.v != GR_CELL_DEAD) ch->n_beyond = 0;
    }
    return GRAM_OK;
}

gram_status gr_chain_spans(GrWork *w, const Chain *ch, StateId from, StateId to,
                           bool *all)
{
    Span s = {.w = w, .to = to};
    Chain part = *ch;
    GR_TRY(find_span(&s, from));
    intersect(&part, &s);
    *all = count_chars(&part) == count_chars(ch);
    return GRAM_OK;
}

void gr_chain_ascii(Chain *ch)
{
    ch->n_beyond = 0;
    ch->spanned = UINT32_MAX;
}

/* Ideographs are asked about first: nearly all chains have ASCII alone. */
static gram_status begin(GrWork *w, Chain *ch)
{
    Cell cell;
    StateId next;
    gr_chain_ascii(ch);
    if (ch->reg < GR_REGS) return GRAM_OK;
    GR_TRY(gr_cell_at(w, ch->state[0], 0xE4, &cell));
    if (!is_plain(w, cell, &next)) return GRAM_OK;
    ch->beyond[0] = 0x80;
    ch->beyond[1] = 0x10FFFF;
    ch->n_beyond = 1;
    ch->spanned = 0;
    return GRAM_OK;
}

gram_status gr_chain_beyond(GrWork *w, Chain *ch, bool *changed)
{
    Span s = {.w = w};
    if (ch->spanned == 0) GR_TRY(begin(w, ch));
    uint32_t before = count_chars(ch);
    for (; ch->spanned + 1 < ch->n && ch->n_beyond > 0; ch->spanned++) {
        if (is_again(ch, ch->spanned)) continue;
        s.to = ch->state[ch->spanned + 1];
        GR_TRY(find_span(&s, ch->state[ch->spanned]));
        intersect(ch, &s);
        if (count_chars(ch) < WORTH) ch->n_beyond = 0;
    }
    if (ch->n_beyond > 0) GR_TRY(check_end(w, ch));
    *changed = count_chars(ch) != before;
    return GRAM_OK;
}
