/* zone.h - private to src/mask: zones, the states inside a string from which no
 * ordinary character leads to a dead end.  zone.c and zone_beyond.c find them,
 * zone_mask.c and zone_exits.c make masks of their states; zone_mortal.c and
 * zone_dead.c do it where some characters are dead, zone_deep.c where some are
 * so far ahead. */
#ifndef GR_MASK_ZONE_H
#define GR_MASK_ZONE_H

#include "mask/mask_int.h"

/* A state of a zone, in front of the word of a token or in it. */
typedef struct Place {
    uint32_t state;
    bool word; /* behind the spaces */
} Place;

/* Of a zone in which some ASCII is dead the places that were looked at, each of
 * which takes a dozen cells, at least.  A token that leaves them behind its
 * first two bytes has one of the grams there. */
enum { MORTAL_MOST = 80 };
/* Tokens that may be stepped for it: a walk takes less than more. */
enum { STEPPED_MOST = 24576 };
typedef struct Mortal {
    Grams grams;
    Place place[MORTAL_MOST];
    uint32_t n;
} Mortal;

/* What is known of the tokens inside a string that one state takes: see
 * zone.c. */
typedef struct Zone {
    uint32_t base; /* class: the slice and the rests */
    uint32_t cls;  /* of the characters that are never dead but by a count */
    uint32_t reg;  /* that counts characters, or GR_REGS */
    uint32_t least, most; /* that its moves allow the count to come to */
    uint32_t deep;        /* characters behind which nothing was looked at */
    const Mortal *mortal; /* NULL: no ASCII is dead */
    bool alive; /* some character that is not of `cls` is, in some state */
    /* Bit b & 63 of the bytes b that begin characters beyond ASCII of which
     * some are not of `cls`. */
    uint64_t parted;
} Zone;

enum { ZONE_OUT_MOST = 32 };

/* A zone that was found, and the ranges of characters taken out of its class.
 */
typedef struct KnownZone {
    Zone zone;
    uint32_t out[2 * ZONE_OUT_MOST], n_out;
} KnownZone;

typedef enum ZoneAnswer {
    ZONE_NONE,
    ZONE_FOUND,
    ZONE_UNKNOWN /* more cells would have to be looked at */
} ZoneAnswer;

/* What a search may take: looks at cells, and cells that have to be filled for
 * them, each of which is worth some dozens of looks. */
typedef struct ZoneMost {
    uint32_t looks, fills;
} ZoneMost;
enum { GR_ZONE_LOOKS = 6144 }; /* whatever takes more is no zone */
/* Tokens stepped because of their lengths: more of them are walked. */
enum { GR_ZONE_BETWEEN = 8192 };

enum { ZONE_MOST = 256 }; /* states at the end of a character */
enum { ZONE_SLOTS = 1024 /* more than there are places, a power of two */ };

/* The classes of a map that bytes of ASCII are of, by their first bytes, and
 * how often tokens have one of each. */
typedef struct ZoneBytes {
    const uint8_t *map; /* NULL: not listed yet */
    uint32_t n, often[128];
    uint8_t byte[128];
} ZoneBytes;

/* A search for the places of a zone, from a state. */
typedef struct ZoneSearch {
    GrWork *w;
    Place place[2 * ZONE_MOST];
    uint8_t depth[2 * ZONE_MOST]; /* characters that lead to each, at least */
    uint16_t slot[ZONE_SLOTS];    /* indices of places + 1, by hash */
    ZoneBytes bytes; /* of the map met last: most states share it */
    /* About how often tokens come to each, where some may be dead. */
    uint64_t comes[2 * ZONE_MOST], all; /* all: to the first */
    uint32_t n, looks, filled;          /* filled: of the work space, before */
    uint32_t chars, counted; /* moves that end a character; that count */
    uint32_t out[2 * ZONE_OUT_MOST], n_out;
    GrMap inside; /* (state, bytes left) -> all its characters stay */
    Zone zone;
    uint32_t joined; /* a zone found before, whose places need no search */
    bool is_one;
    ZoneMost most;
    bool cut;     /* there were more */
    bool grammar; /* not a string of JSON, which only steps */
    /* Where some ASCII may be dead: is some, or was the search ended before all
     * places were looked at?  And the states that characters beyond ASCII lead
     * to. */
    bool mortal, some_dead, comes_back; /* to a place that was looked at */
    GrMap wide;
    /* Where places are looked at up to a depth, or to what is dead or too much
     * at `deep`: none of those before it is.  `from`: of the place at hand. */
    uint32_t deepest, deep, from; /* deepest 0: to the end */
    bool ended;
} ZoneSearch;

/* Whatever is set before stays: w, most, mortal; all else is zero. */
gram_status gr_zone_search(ZoneSearch *s, StateId from);

/* The index of a place; ZONE_NOWHERE: it is none. */
#define ZONE_NOWHERE UINT32_MAX
uint32_t gr_zone_place(const ZoneSearch *s, uint32_t state, bool word);
/* zone.c, for a search: is the state that of a place?  A look at a cell is
 * counted before it is taken; a step is noted, which ends a character or does
 * not. */
bool gr_zone_has_state(const ZoneSearch *s, uint32_t state);
void gr_zone_look(ZoneSearch *s);
void gr_zone_note(ZoneSearch *s, const Step *step, bool ends);
/* zone_beyond.c: the code points first .. first + n - 1 are no part of the
 * class; all characters beyond ASCII; and the class, when all is looked at. */
void gr_zone_take_out(ZoneSearch *s, uint32_t first, uint32_t n);
gram_status gr_zone_beyond(ZoneSearch *s);
gram_status gr_zone_class(ZoneSearch *s);
/* zone.c: are tokens few enough to be stepped whose lengths lie between? */
bool gr_zone_is_narrow(const GrTables *t, uint32_t least, uint32_t most);
/* Is the state in a zone, of which one?  `own` is its loop. */
gram_status gr_zone_of(GrWork *w, StateId s, const LoopRef *own, ZoneMost most,
                       Zone *out, ZoneAnswer *answer);
/* zone_mask.c: its mask.  *done is false where another way is better, and
 * the row then holds anything. */
gram_status gr_zone_mask(Walk *k, const Zone *z, const GrConfig *c, bool *done);
/* zone_mortal.c: its mask, where it is in a zone that few characters lead out
 * of. */
gram_status gr_zone_mortal(Walk *k, const LoopRef *own, const GrConfig *c,
                           bool *done);
/* Is p one of n places?  What may follow in a word may follow in front of it.
 */
bool gr_zone_has(const Place *place, uint32_t n, Place p);
/* Step over len bytes of characters; *dead where one of them is. */
gram_status gr_zone_run(GrWork *w, StateId *s, uint32_t *count, const char *p,
                        uint32_t len, bool *dead);
/* zone_exits.c: put what of the rests is alive behind the slice. */
gram_status gr_zone_exits(Walk *k, const Zone *z, const GrConfig *c);
/* Where nothing is counted all is as at 0. */
static inline uint32_t gr_zone_count(const Zone *z, const GrConfig *c)
{
    return z->reg < GR_REGS ? c->level.reg[z->reg] : 0;
}
/* One token of plain characters by itself. */
gram_status gr_zone_decide(Walk *k, const Zone *z, const GrConfig *c,
                           uint32_t token);
/* zone_deep.c: its mask, where nothing is dead for as many characters as nearly
 * all tokens have.  Is that so of states that lead to it? */
gram_status gr_zone_deep(Walk *k, const LoopRef *own, const GrConfig *c,
                         bool *done);
bool gr_zone_was_deep(GrMasks *m, StateId s);
bool gr_zone_is_deep(const GrTables *t, uint32_t depth); /* enough? */
/* zone.c: may it be in a zone, by a letter, a space and a digit? */
gram_status gr_zone_may_be(GrWork *w, StateId s, bool *may);
/* zone_dead.c: clear what dies of the slice.  *done is false where that may be
 * too much. */
gram_status gr_zone_clear(Walk *k, const Zone *z, const GrConfig *c,
                          bool *done);

#endif
