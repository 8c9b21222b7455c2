/* Byte classes of byte states: which bytes do the same?
 *
 * A row of moves has a cell for each class, not for each byte, and states with
 * one map share everything that masks learn of it; so maps are interned, as
 * 256 bytes.
 *
 *     boundary   by the partition of its terms and the mode alone, kept there:
 *                ASCII by its class, lead bytes by (form, class) where all
 *                that they open is of one class, else by themselves
 *     inside     by its segments, wherever they lead, and kept by these; behind
 *                a backslash by the partition
 *
 * They may be finer than needed where a lead byte covers several classes,
 * never coarser: two bytes of a class must lead to one state.  Class 0 is
 * dead.  Kept apart from the moves (re_lex.c), which need of a class just its
 * least byte. */
#include "regex/re_lex.h"

/* The bytes that lead to child x; how many. */
static uint32_t bytes_of(LexKind kind, uint32_t x, uint8_t out[2])
{
    LexAlphabet a = (LexAlphabet)gr_lex_shapes[kind].alphabet;
    uint32_t digit = a == A_D ? 0xD : a == A_CF ? x + 12 : x;
    out[0] = (uint8_t)(digit < 10 ? '0' + digit : 'a' + digit - 10);
    out[1] = (uint8_t)('A' + digit - 10);
    switch (a) {
    case A_HEX:
    case A_CF:
    case A_D: return digit < 10 ? 1 : 2;
    case A_LOWER: return 1;
    case A_CONT: out[0] = (uint8_t)(0x80 + x); return 1;
    case A_BS: out[0] = '\\'; return 1;
    case A_U: out[0] = 'u'; return 1;
    case A_ESC: out[0] = (uint8_t)gr_lex_letters[x]; return 1;
    case A_CANON: out[0] = (uint8_t)gr_lex_canon_letters[x]; return 1;
    }
    return 0;
}

/* A map under construction. */
typedef struct Draft {
    uint8_t cls[256];
    uint8_t first[256]; /* the least byte of each class */
    uint64_t tag[256];  /* of classes that draft_class made: what they are */
    uint32_t n;
} Draft;

static void draft_open(Draft *d)
{
    memset(d->cls, 0, sizeof d->cls);
    d->first[0] = 0;
    d->n = 1;
}

static const uint64_t MIXED = (uint64_t)1 << 63;

static uint8_t draft_new(Draft *d, uint32_t byte)
{
    d->first[d->n] = (uint8_t)byte;
    return (uint8_t)d->n++;
}

/* The class with this tag, made if need be, `byte` being its least; `from`
 * skips those of others.  What is mixed has a tag of its own. */
static uint8_t draft_class(Draft *d, uint32_t from, uint64_t tag, uint32_t byte)
{
    for (uint32_t c = tag & MIXED ? from : d->n; c-- > from;)
        if (d->tag[c] == tag) return (uint8_t)c;
    d->tag[d->n] = tag;
    return draft_new(d, byte);
}

static gram_status intern_map(GrRe *re, const Draft *d, uint32_t *map)
{
    uint32_t key[64];
    bool is_new;
    memcpy(key, d->cls, sizeof key);
    GR_TRY(
        gr_re_intern(re->env, &re->maps, &re->map_info, key, 64, map, &is_new));
    LexMap *m = gr_store_at(&re->map_info, *map);
    if (m->n != 0) return GRAM_OK;
    m->first = (uint8_t *)gr_arena_copy(re->env, &re->arena, d->first, d->n);
    if (m->first == NULL) return GRAM_E_MEMORY;
    m->n = d->n;
    return GRAM_OK;
}

/* The bytes lo..hi are in class k of the partition. */
static void draft_range(Draft *d, uint8_t of[128], uint32_t k, uint32_t lo,
                        uint32_t hi)
{
    if (lo > hi || k == 0) return;
    if (of[k] == 0) of[k] = draft_new(d, lo);
    memset(d->cls + lo, of[k], hi - lo + 1);
}

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* In JSON controls and the quote are dead, and the backslash is a class where
 * any character is alive. */
static void draft_ascii(Draft *d, const RePart *p, GrLexMode mode)
{
    uint8_t of[128] = {0};
    bool json = mode != GR_LEX_UTF8;
    for (uint32_t i = 0; i < p->n && p->start[i] < 0x80; i++) {
        uint32_t lo = p->start[i], hi = least_of(gr_re_part_end(p, i), 0x7F);
        uint32_t k = p->cls[i];
        if (json) {
            if (lo < CONTROLS) lo = CONTROLS;
            draft_range(d, of, k, lo, least_of(hi, '"' - 1));
            if (lo <= '"') lo = '"' + 1;
            draft_range(d, of, k, lo, least_of(hi, '\\' - 1));
            bool spells = lo <= '\\' && hi >= '\\' && p->n_classes > 1;
            if (spells) d->cls['\\'] = draft_new(d, '\\');
            if (lo <= '\\') lo = '\\' + 1;
        }
        draft_range(d, of, k, lo, hi);
    }
}

/* All lead bytes lie in one class of p: one class for each form, numbered as
 * draft_leads would. */
static void draft_plain_leads(Draft *d)
{
    static const uint8_t from[] = {0xC2, 0xE0, 0xE1, 0xED, 0xEE,
                                   0xF0, 0xF1, 0xF4, 0xF5};
    static const uint8_t cls[] = {0, 1, 2, 3, 2, 4, 5, 6};
    for (uint32_t i = sizeof cls; i-- > 0;) {
        d->first[d->n + cls[i]] = from[i];
        memset(d->cls + from[i], (int)(d->n + cls[i]),
               (size_t)(from[i + 1] - from[i]));
    }
    d->n += 7;
}

static void draft_leads(Draft *d, const RePart *p)
{
    uint32_t from = d->n;
    if (p->start[p->n - 1] <= 0x80) {
        if (p->cls[p->n - 1] != 0) draft_plain_leads(d);
        return;
    }
    for (uint32_t b = 0xC2; b <= 0xF4; b++) {
        LexLead l = gr_lex_lead_of((uint8_t)b);
        uint32_t i = gr_re_part_at(p, l.lo);
        bool uniform = gr_re_part_end(p, i) >= l.hi;
        if (uniform && p->cls[i] == 0) continue;
        uint64_t tag = uniform ? gr_pair(l.form, p->cls[i]) : MIXED | b;
        d->cls[b] = draft_class(d, from, tag, b);
    }
}

static gram_status map_boundary(GrRe *re, LexState *s)
{
    GR_TRY(gr_lex_ensure_part(re, s));
    RePart *p = part_of(re, s);
    GrLexMode mode = mode_of(s);
    if (p->map[mode] == 0) {
        Draft d;
        uint32_t map;
        draft_open(&d);
        draft_ascii(&d, p, mode);
        draft_leads(&d, p);
        GR_TRY(intern_map(re, &d, &map));
        p->map[mode] = map + 1;
    }
    s->map = p->map[mode] - 1;
    return GRAM_OK;
}

/* Children with equal tags behave alike; 0: no character goes on so.  *at:
 * the segment that the child before began in, 0 for the first.  Those up to
 * *end have this tag, too. */
static uint64_t tag_of_slice(const LexCut *cut, LexKind kind, uint32_t x,
                             uint32_t *at, uint32_t *end)
{
    const LexShape *shape = &gr_lex_shapes[kind];
    uint32_t from = x << shape->child_bits, n = cut->n, i = *at;
    while (i + 1 < n && cut->pair[2 * i + 2] <= from) i++;
    *at = i;
    *end = i + 1 < n ? cut->pair[2 * i + 2] >> shape->child_bits
                     : shape->children;
    if (*end == x) return ++*end, MIXED | x;
    uint32_t which = cut->pair[2 * i + 1];
    return which == DEAD ? 0 : (uint64_t)which + 1;
}

static uint64_t tag_of_escape(const GrRe *re, const LexState *s, uint32_t x)
{
    LexKind kind = kind_of(s);
    const RePart *p = part_of(re, state_at(re, s->key[1]));
    LexLead l;
    if (kind == ESC || kind == CANON_ESC) {
        const char *letters = kind == ESC ? gr_lex_letters
                                          : gr_lex_canon_letters;
        if (letters[x] == 'u') return MIXED;
        l.lo = l.hi = gr_lex_escaped((uint8_t)letters[x]);
        l.form = 0;
    } else {
        l = gr_lex_hex_lead(kind, x);
        if (kind == ESC_U && x == 13) return MIXED;
    }
    uint32_t i = gr_re_part_at(p, l.lo);
    bool uniform = gr_re_part_end(p, i) >= l.hi;
    if (uniform && p->cls[i] == 0) return 0;
    return uniform ? gr_pair(1u + l.form, p->cls[i]) : MIXED | (x + 1);
}

/* The children x to end - 1 are of class cls. */
static void draft_children(Draft *d, LexKind kind, uint32_t x, uint32_t end,
                           uint8_t cls)
{
    uint8_t bytes[2];
    if (gr_lex_shapes[kind].alphabet == A_CONT) {
        memset(d->cls + 0x80 + x, cls, end - x);
        return;
    }
    for (; x < end; x++)
        for (uint32_t n = bytes_of(kind, x, bytes); n-- > 0;)
            d->cls[bytes[n]] = cls;
}

static gram_status draft_inside(GrRe *re, LexState *s, uint32_t *map)
{
    LexKind kind = kind_of(s);
    const LexCut *cut = kind < ESC ? gr_lex_cut(re, s) : NULL;
    Draft d;
    uint32_t at = 0, end;
    draft_open(&d);
    for (uint32_t x = 0; x < gr_lex_shapes[kind].children; x = end) {
        uint8_t bytes[2];
        end = x + 1;
        uint64_t tag = cut == NULL ? tag_of_escape(re, s, x)
                                   : tag_of_slice(cut, kind, x, &at, &end);
        if (tag == 0) continue;
        uint32_t n = bytes_of(kind, x, bytes);
        uint8_t cls = draft_class(&d, 1, tag, bytes[n - 1]); /* 'A' < 'a' */
        draft_children(&d, kind, x, end, cls);
    }
    return intern_map(re, &d, map);
}

/* Of what all states with the same segments share, wherever these lead. */
static gram_status map_inside(GrRe *re, LexState *s)
{
    LexKind kind = kind_of(s);
    uint32_t *known;
    if (kind < ESC)
        known = &gr_lex_cut(re, s)->map;
    else
        known = &part_of(re, state_at(re, s->key[1]))->escape_map[kind - ESC];
    if (*known == 0) {
        uint32_t map;
        GR_TRY(draft_inside(re, s, &map));
        *known = map + 1;
    }
    s->map = *known - 1;
    return GRAM_OK;
}

gram_status gr_lex_prepare(GrRe *re, LexState *s)
{
    GR_TRY(kind_of(s) == BOUNDARY ? map_boundary(re, s) : map_inside(re, s));
    const LexMap *m = gr_store_at(&re->map_info, s->map);
    uint32_t *row = gr_arena_take(re->env, &re->arena, m->n * sizeof *row);
    if (row == NULL) return GRAM_E_MEMORY;
    s->move = memset(row, 0, m->n * sizeof *row);
    s->n_classes = m->n;
    s->classes = (const uint8_t *)gr_intern_get(&re->maps, s->map, NULL);
    return gr_step(re->env, 1);
}
