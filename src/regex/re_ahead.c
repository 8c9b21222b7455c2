/* Where a byte may lead with its character, told without a state for what is
 * inside of the character.
 *
 * Most bytes that somebody asks about inside a string are dead: a lead byte
 * where a pattern takes ASCII, \u where no digit spells a character that may
 * follow.  A state costs a microsecond to make; whether one of the boundaries
 * behind it is worth it is known from their terms.
 *
 * At a boundary, and right behind a backslash, a byte stands for an interval
 * of code points: the classes of the partition that lie in it are ahead.
 * Deeper inside a character the state is a list of targets (re_lex.c), of
 * which the byte takes a slice.
 *
 * The words behind a state are counted in the same way: by what is ahead, and
 * how many characters lead there.
 *
 * Cost: a look at the intervals of the partition, and a derivative for each
 * class that nobody has asked for. */
#include "regex/re_lex.h"

static void ahead_range(GrLexAhead *a, uint32_t b, uint32_t lo, uint32_t hi)
{
    a->from = (LexId){b};
    a->at = lo;
    a->end = hi;
}

static gram_status ahead_boundary(GrRe *re, LexState *s, uint32_t id,
                                  uint8_t byte, GrLexAhead *a)
{
    bool json = mode_of(s) != GR_LEX_UTF8;
    LexLead l = byte < 0x80 ? (LexLead){.lo = byte, .hi = byte}
                            : gr_lex_lead_of(byte);
    if (json && byte == '\\') {
        a->made = mode_of(s) == GR_LEX_CANON;
        l = (LexLead){.lo = 0, .hi = RE_MAX_CHAR};
    }
    ahead_range(a, id, l.lo, l.hi);
    return gr_step(re->env, 1);
}

static void ahead_escape(const LexState *s, uint8_t byte, GrLexAhead *a)
{
    LexKind kind = kind_of(s);
    uint32_t x = (uint32_t)gr_lex_child_of(kind, byte);
    LexLead l = {.lo = 0, .hi = RE_MAX_CHAR};
    a->made = kind == CANON_ESC || (kind == ESC_U && x == 13);
    if (kind == ESC && byte != 'u')
        l.lo = l.hi = gr_lex_escaped(byte);
    else if (kind != ESC)
        l = gr_lex_hex_lead(kind, x);
    ahead_range(a, s->key[1], l.lo, l.hi);
}

static void ahead_slice(const GrRe *re, const LexState *s, uint32_t id,
                        uint8_t byte, GrLexAhead *a)
{
    const LexShape *shape = &gr_lex_shapes[kind_of(s)];
    uint32_t x = (uint32_t)gr_lex_child_of(kind_of(s), byte);
    a->from = (LexId){id};
    a->slice = true;
    a->at = gr_lex_segment_at(re, s, x << shape->child_bits);
    a->end = (x + 1) << shape->child_bits;
}

gram_status gr_lex_ahead(GrRe *re, LexId id, uint32_t cls, GrLexAhead *out)
{
    LexState *s = state_at(re, id.v);
    *out = (GrLexAhead){.last = {DEAD, DEAD}};
    if (s->classes == NULL) GR_TRY(gr_lex_prepare(re, s));
    if (cls == 0 || cls >= s->n_classes) return GRAM_OK;
    const LexMap *m = gr_store_at(&re->map_info, s->map);
    uint8_t byte = m->first[cls];
    if (kind_of(s) == BOUNDARY)
        GR_TRY(ahead_boundary(re, s, id.v, byte, out));
    else if (kind_of(s) >= ESC)
        ahead_escape(s, byte, out);
    else
        ahead_slice(re, s, id.v, byte, out);
    if (!out->made) return GRAM_OK;
    /* several intervals: such states are few */
    bool whole;
    GR_TRY(gr_lex_move(re, id, cls, &out->from, &whole));
    out->at = 0;
    return GRAM_OK;
}

static bool next_made(const LexId *to, uint32_t n, GrLexAhead *a, LexId *out)
{
    if (a->at == n) return false;
    *out = to[a->at++];
    return true;
}

static bool next_slice(const GrRe *re, const LexState *s, GrLexAhead *a,
                       LexId *out)
{
    const LexCut *cut = gr_lex_cut(re, s);
    while (a->at < cut->n && cut->pair[2 * a->at] < a->end) {
        uint32_t to = gr_lex_segment_to(s, cut, a->at++);
        if (to != DEAD) return *out = (LexId){to}, true;
    }
    return false;
}

/* The next class with a code point from `at` on, but for the last two. */
static gram_status next_class(GrRe *re, GrLexAhead *a, LexId *out, bool *more)
{
    LexState *s = state_at(re, a->from.v);
    const RePart *p = part_of(re, s);
    *more = false;
    for (uint32_t i = gr_re_part_at(p, a->at); i < p->n && a->at <= a->end;
         i++) {
        uint32_t k = p->cls[i], c = a->at;
        a->at = gr_re_part_end(p, i) + 1;
        if (k == 0 || k == a->last[0] || k == a->last[1]) continue;
        a->last[1] = a->last[0];
        a->last[0] = k;
        *more = true;
        GR_TRY(gr_lex_target_of(re, s, k, c, &out->v));
        break;
    }
    return GRAM_OK;
}

gram_status gr_lex_ahead_next(GrRe *re, GrLexAhead *a, LexId *to, bool *more)
{
    const LexId *list;
    uint32_t n;
    *more = false;
    if (a->made) {
        GR_TRY(gr_lex_targets(re, a->from, &list, &n));
        *more = next_made(list, n, a, to);
    } else if (a->slice) {
        *more = next_slice(re, state_at(re, a->from.v), a, to);
    } else if (a->at <= a->end) {
        GR_TRY(next_class(re, a, to, more));
    }
    return gr_step(re->env, 1);
}

/* --- words ---------------------------------------------------------------- */

/* The words behind a boundary, for `n` characters that lead there. */
static gram_status add_words(GrRe *re, uint32_t to, uint32_t by, uint32_t n,
                             uint32_t cap, uint64_t *sum)
{
    uint32_t k;
    if (to == DEAD || *sum >= cap) return GRAM_OK;
    GR_TRY(gr_re_count(re, gr_re_id(state_at(re, to)->key[1 + by]), cap, &k));
    *sum += (uint64_t)k * n;
    return gr_step(re->env, 1);
}

/* A slice has each of its characters once, whatever digits spell it. */
static gram_status count_slice(GrRe *re, const LexState *s, uint32_t by,
                               uint32_t cap, uint64_t *sum)
{
    const LexCut *cut = gr_lex_cut(re, s);
    uint32_t end = 1u << gr_lex_shapes[kind_of(s)].bits;
    for (uint32_t i = 0; i < cut->n; i++) {
        uint32_t next = i + 1 < cut->n ? cut->pair[2 * i + 2] : end;
        GR_TRY(add_words(re, gr_lex_segment_to(s, cut, i), by,
                         next - cut->pair[2 * i], cap, sum));
    }
    return GRAM_OK;
}

static gram_status count_range(GrRe *re, LexState *s, GrRange r, uint32_t by,
                               uint32_t cap, uint64_t *sum)
{
    const RePart *p = part_of(re, s);
    for (uint32_t i = gr_re_part_at(p, r.lo); i < p->n && p->start[i] <= r.hi;
         i++) {
        uint32_t lo = p->start[i] > r.lo ? p->start[i] : r.lo;
        uint32_t hi = gr_re_part_end(p, i) < r.hi ? gr_re_part_end(p, i) : r.hi;
        uint32_t to;
        GR_TRY(gr_lex_target_of(re, s, p->cls[i], lo, &to));
        GR_TRY(add_words(re, to, by, hi - lo + 1, cap, sum));
    }
    return GRAM_OK;
}

/* Behind a backslash, and behind its u, every character can be spelled. */
static gram_status count_escape(GrRe *re, const LexState *s, uint32_t by,
                                uint32_t cap, uint64_t *sum)
{
    static const GrRange after_d[] = {{0xD000, 0xD7FF}, {0x10000, RE_MAX_CHAR}};
    static const GrRange canon[] = {{0, 0x1F}, {'"', '"'}, {'\\', '\\'}};
    LexKind kind = kind_of(s);
    LexState *b = state_at(re, s->key[1]);
    if (kind == ESC || kind == ESC_U) {
        GR_TRY(add_words(re, s->key[1], by, 1, cap, sum));
        bool end = gr_re_nullable(re, gr_re_id(b->key[1 + by]));
        *sum -= *sum < cap && end;
        return GRAM_OK;
    }
    const GrRange *r = kind == ESC_UD ? after_d : canon;
    for (uint32_t i = 0; i < (kind == ESC_UD ? 2 : 3); i++)
        GR_TRY(count_range(re, b, r[i], by, cap, sum));
    return GRAM_OK;
}

gram_status gr_lex_count(GrRe *re, LexId id, uint32_t by, uint32_t cap,
                         uint32_t *n)
{
    const LexState *s = state_at(re, id.v);
    uint64_t sum = 0;
    if (kind_of(s) == BOUNDARY)
        GR_TRY(add_words(re, id.v, by, 1, cap, &sum));
    else if (kind_of(s) < ESC)
        GR_TRY(count_slice(re, s, by, cap, &sum));
    else
        GR_TRY(count_escape(re, s, by, cap, &sum));
    *n = sum < cap ? (uint32_t)sum : cap;
    return GRAM_OK;
}
