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
/* The last pair of s that starts at or before `at`: its index. */
uint32_t gr_lex_segment_at(const LexState *s, uint32_t at);
/* The boundary after a character of class k, of which c is one; DEAD. */
gram_status gr_lex_target_of(GrRe *re, LexState *s, uint32_t k, uint32_t c,
                             uint32_t *to);
/* The partition of code points on which all terms of a boundary agree. */
gram_status gr_lex_ensure_part(GrRe *re, LexState *s);

/* re_lex_map.c: make the class map and the row of moves. */
gram_status gr_lex_prepare(GrRe *re, LexState *s);

#endif
