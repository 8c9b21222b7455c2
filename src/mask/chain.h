/* chain.h - private to src/mask: chains of states, and tokens that a byte heads
 * before one (chain.c, chain_beyond.c, chain_rests.c, chain_leads.c,
 * chain_odd.c, chain_aside.c, headed.c). */
#ifndef GR_MASK_CHAIN_H
#define GR_MASK_CHAIN_H

#include "mask/mask_int.h"

enum { CHAIN_MAX = 256, CHAIN_RANGES = 24 };
/* States that are looked at before the class is. */
enum { CHAIN_FIRST = 16 };

/* Classes of a map of bytes, each once. */
typedef struct ByteClasses {
    const uint8_t *map;
    uint32_t n;
    uint8_t cls[256];
} ByteClasses;

/* State n stands behind n characters of the class. */
typedef struct Chain {
    StateId state[CHAIN_MAX];
    uint32_t n;
    uint32_t left;     /* characters until the class is dead */
    uint32_t reg;      /* that counts them, or GR_REGS */
    uint32_t count;    /* what it holds */
    uint32_t highest;  /* what it could hold for all of this to be so */
    uint32_t ascii[4]; /* the class */
    uint32_t odd[4];   /* those of it that the first state has not */
    uint32_t n_beyond, beyond[2 * CHAIN_RANGES]; /* the same beyond ASCII */
    uint32_t spanned; /* states whose characters there are known */
    /* Where characters of `near` alone lead, if they have states of their own:
     * n_near 0, they have none. */
    uint32_t near[4], n_near;
    StateId at_near[CHAIN_MAX];
    ByteClasses own; /* its bytes, by the map of the state at hand */
    uint32_t cls;
} Chain;

/* The class of a state, if it has one, and the first states; `count` is to be
 * set by the caller where `reg` counts, and what is counted is not followed. */
gram_status gr_chain_start(GrWork *w, StateId s, Chain *ch, bool *found);
/* From the last state known on, to one with `most` characters before it, or
 * `left`.  *found is false where a state on the way does something else. */
gram_status gr_chain_follow(GrWork *w, Chain *ch, uint32_t most, bool *found);

/* The same with the class of the second state, where that has all of the first
 * one's and more: these are `odd` in the first.  *wide has two states then. */
gram_status gr_chain_widen(GrWork *w, const Chain *ch, Chain *wide,
                           uint32_t odd[4], bool *found);
/* The characters of ASCII with the cell `to` in state s become the class. */
gram_status gr_chain_gather(GrWork *w, Chain *ch, StateId s, Cell to,
                            uint32_t *n);
/* Inside the same string: a key, or none? */
bool gr_chain_is_alike(GrWork *w, StateId s, StateId t);
/* The one cell of all of these bytes, or EMPTY; `own` keeps their classes by
 * the map of the state asked about last. */
gram_status gr_chain_cell(GrWork *w, ByteClasses *own, const uint32_t bytes[8],
                          StateId s, Cell *out);
/* chain_beyond.c: make n_beyond and beyond true of the states that are known by
 * now.  *changed: they are not what they were. */
gram_status gr_chain_beyond(GrWork *w, Chain *ch, bool *changed);
/* Do all of them lead from one state to another? */
gram_status gr_chain_spans(GrWork *w, const Chain *ch, StateId from, StateId to,
                           bool *all);
/* Have ASCII alone, whatever states take. */
void gr_chain_ascii(Chain *ch);
/* chain_rests.c: put the tokens of which the first byte out of the class is
 * this one.  Those that begin with the byte itself are among its rests where
 * these come from the plain class; else they are below its root: a bit of
 * `begin`. */
gram_status gr_chain_rests(Walk *k, const Chain *ch, uint8_t byte,
                           const GrConfig *c, uint32_t begin[8]);
/* chain_leads.c: put the tokens that begin with a byte beyond ASCII, and not
 * with a character of the class, which has some that the byte begins. */
bool gr_chain_may_lead(const Walk *k, const Chain *ch, uint8_t byte);
gram_status gr_chain_lead(Walk *k, const Chain *ch, const GrConfig *c,
                          uint8_t byte);
/* And those of which the byte begins the first character that is not of the
 * class, because it is not complete.  *done is false where there may be others.
 */
gram_status gr_chain_cut(Walk *k, const Chain *ch, uint8_t byte, bool *done);
/* chain_odd.c: nodes of the tokens that begin with one of these, where the
 * state takes it: what is to be walked. */
gram_status gr_odd_nodes(GrWork *w, StateId s, const uint32_t odd[4],
                         uint32_t *n);
/* Put right what the slice and the rests say of tokens that begin with what is
 * odd. */
gram_status gr_odd_put(Walk *k, const Chain *ch, const GrConfig *c);

/* chain_aside.c: the chain that the letters which a class lacks lead into,
 * with its first states; and, once its class is known, those of the first
 * chain.  *found is false where they are no two chains. */
gram_status gr_chain_aside(GrWork *w, Chain *ch, Chain *wide, bool *found);
gram_status gr_chain_near(GrWork *w, Chain *ch, bool *found);
/* Has a token characters of `near` alone, so many? */
bool gr_chain_is_near(const GrWork *w, const Chain *ch, uint32_t token,
                      uint32_t chars);
/* Set tokens of these alone that are longer than the class goes. */
gram_status gr_chain_put_longer(GrWork *w, const Chain *ch);

/* Has a class all of another? */
bool gr_chain_has(const uint32_t ascii[4], const uint32_t part[4]);
/* All letters and digits? */
bool gr_chain_has_words(const uint32_t ascii[4]);

/* Set the tokens that begin with these bytes, none of which is of the class. */
gram_status gr_headed_walk(Walk *k, const GrConfig *c, const uint32_t bytes[8]);

#endif
