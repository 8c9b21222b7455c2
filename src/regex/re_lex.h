/* re_lex: byte states, as the files about them see them; private. */
#ifndef GR_RE_LEX_H
#define GR_RE_LEX_H

#include "regex/re_pool.h"

typedef enum LexKind {
    BOUNDARY,
    CONT1,
    CONT2,
    CONT3, /* UTF-8 continuation bytes left */
    HEX1,
    HEX2,
    HEX3, /* hex digits left */
    LOWER1,
    LOWER2,
    LOWER3,
    LOWER4,
    HIGH1,
    HIGH2, /* digits left of a high surrogate */
    LOW_BS,
    LOW_U,
    LOW_D,
    LOW_CF, /* then \ u D [C-F] of the low one */
    ESC,
    ESC_U,
    ESC_UD,
    CANON_ESC /* key: [kind, boundary] */
} LexKind;

typedef enum LexAlphabet {
    A_CONT,  /* 80..BF */
    A_HEX,   /* 0-9 A-F a-f */
    A_LOWER, /* 0-9 a-f */
    A_BS,    /* \ */
    A_U,     /* u */
    A_D,     /* D d */
    A_CF,    /* C-F c-f */
    A_ESC,   /* the nine of RFC 8259 */
    A_CANON  /* the same without / */
} LexAlphabet;

/* A state of `bits` splits into children of `child_bits` each. */
typedef struct LexShape {
    uint8_t alphabet, children, bits, child_bits, next;
} LexShape;

extern const LexShape gr_lex_shapes[];
/* The letters behind a backslash, by child: of A_ESC, of A_CANON. */
extern const char gr_lex_letters[], gr_lex_canon_letters[];

enum { CONTROLS = 0x20, BEYOND = 0x80, SUPPLEMENTARY = 0x10000 };

static const uint32_t DEAD = UINT32_MAX; /* no character */

/* What a lead byte opens: the kind, the first of its 2^bits code points, and
 * which of them are valid; `form` tells apart the stretches that differ. */
typedef struct LexLead {
    uint8_t kind, form;
    uint32_t base, lo, hi;
} LexLead;

static inline LexState *state_at(const GrRe *re, uint32_t id)
{
    return gr_store_at(&re->states, id);
}
static inline LexKind kind_of(const LexState *s)
{
    return (LexKind)(s->key[0] & 0xFF);
}
static inline GrLexMode mode_of(const LexState *s)
{
    return (GrLexMode)(s->key[0] >> 8 & 0xFF);
}
static inline GrLexNeed need_of(const LexState *s)
{
    return (GrLexNeed)(s->key[0] >> 16);
}
static inline RePart *part_of(const GrRe *re, const LexState *s)
{
    return gr_re_part_get(re, s->part - 1);
}

/* Which child the byte leads to; -1: none. */
int gr_lex_child_of(LexKind kind, uint8_t b);
LexLead gr_lex_lead_of(uint8_t b);
/* What the digit x opens after \u or \uD. */
LexLead gr_lex_hex_lead(LexKind kind, uint32_t x);
/* The character that \letter stands for; 'u' itself for \u. */
uint32_t gr_lex_escaped(uint8_t b);
/* The boundary after a character of class k, of which c is one; DEAD. */
gram_status gr_lex_target_of(GrRe *re, LexState *s, uint32_t k, uint32_t c,
                             uint32_t *to);
/* The partition of code points on which all terms of a boundary agree. */
gram_status gr_lex_ensure_part(GrRe *re, LexState *s);

/* The state of a key. */
gram_status gr_lex_intern(GrRe *re, const uint32_t *key, uint32_t n,
                          uint32_t *id);

/* re_lex_cut.c: the segments of a state inside a character.  Those that are
 * being put go to re->segments, behind the kind: where one starts, and its
 * target. */
gram_status gr_segments_open(GrRe *re, LexKind kind);
gram_status gr_segments_put(GrRe *re, uint32_t start, uint32_t to);
/* The code points lo..hi of boundary s, at their place relative to base. */
gram_status gr_segments_put_range(GrRe *re, LexState *s, uint32_t base,
                                  uint32_t lo, uint32_t hi);
/* The state of what was put. */
gram_status gr_segments_state(GrRe *re, uint32_t *to);
/* The state that a boundary has behind a lead byte, or behind a first digit. */
gram_status gr_lex_open(GrRe *re, LexState *s, const LexLead *l, uint32_t *to);
/* That behind child x of a state inside a character. */
gram_status gr_lex_slice(GrRe *re, const LexState *s, uint32_t x, uint32_t *to,
                         bool *whole);
/* The last segment of s that starts at or before `at`: its index. */
uint32_t gr_lex_segment_at(const GrRe *re, const LexState *s, uint32_t at);
static inline LexCut *gr_lex_cut(const GrRe *re, const LexState *s)
{
    return gr_store_at(&re->cut_info, s->key[1]);
}
/* Where segment i leads. */
static inline uint32_t gr_lex_segment_to(const LexState *s, const LexCut *cut,
                                         uint32_t i)
{
    uint32_t which = cut->pair[2 * i + 1];
    return which == DEAD ? DEAD : s->key[2 + which];
}

/* re_lex_map.c: make the class map and the row of moves. */
gram_status gr_lex_prepare(GrRe *re, LexState *s);

#endif
