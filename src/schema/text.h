/* text.h - private to src/schema: strings, as the files about them see them.
 *
 *     text_spec.c   typed value -> regions of lengths, a tuple of expressions
 *     text_live.c   the lengths at which a byte state is alive; what a string
 *                   still takes
 *     text_wide.c   states without large counts, whose masks do for others
 *     text.c        cells and loops
 */
#ifndef GR_SCHEMA_TEXT_H
#define GR_SCHEMA_TEXT_H

#include "schema/machine.h"

typedef struct Region {
    uint32_t lo, hi;    /* lengths, inclusive */
    const uint32_t *at; /* per root: its place in the tuple */
} Region;

struct TextSpec {
    Region *region; /* those in which the goal can be met */
    uint32_t n_regions;
    ReId *tuple;
    uint32_t n_tuple;
    GrLexNeed need; /* of the tuple */
    bool counted;   /* lengths matter */
};

enum { REG_LENGTH = 0 };

/* text_spec.c: made on first use, and kept by the typed value. */
gram_status sm_text_spec(Sm *sm, Typed *t, const TextSpec **out);
/* Is the goal that one root holds? */
bool sm_text_holds(const Sm *sm, const Typed *t);
/* The first typed value of this shape: byte states are shared by all that
 * have one. */
gram_status sm_text_like(Sm *sm, TypedId id, TypedId *out);
/* The byte state of the whole tuple, behind the opening quote. */
gram_status sm_text_lex(Sm *sm, TypedId id, LexId *out);

/* text_live.c: what must still come so that the goal is met in region r, the
 * tuple having become `expr`. */
gram_status sm_text_rest(Sm *sm, const Typed *t, Bdd goal, const Region *r,
                         const ReId *expr, ReId *out);
/* The lengths at which (typed, byte state) is alive. */
gram_status sm_text_lengths(Sm *sm, TypedId id, LexId lex, Intervals *out);
/* text_wide.c: the state without large counts, if there is one that does what
 * this one does on short texts; else NULL. */
gram_status sm_text_wide(Sm *sm, LexId lex, TypedId id, const GrWide **out);
/* May a byte lead to a boundary that is alive at some length? */
gram_status sm_text_may(Sm *sm, TypedId id, LexId lex, uint32_t cls, bool *may);

#endif
