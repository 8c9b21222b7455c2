/* toy: a small JSON-like machine made by hand, to test what lies behind the
 * waist without a front end.
 *
 *     value   string | digits | [ value, ... ] | { "key": value, ... }
 *
 * Strings count their characters (min .. max), arrays their items, objects
 * know up to 8 named keys, the first of which is required, and are open (any
 * other key too) or closed.  There is no white space. */
#ifndef ORACLE_TOY_H
#define ORACLE_TOY_H

#include "pda/pda.h"

typedef struct ToyOptions {
    uint32_t min_chars, max_chars; /* of strings; max 0: unbounded */
    uint32_t max_items;            /* of arrays; 0: unbounded */
    const char *names[8];          /* ASCII; NULL ends */
    bool closed;
    bool required; /* names[0] must occur */
    bool word;     /* strings are of [a-z0-9] and e acute */
} ToyOptions;

/* Put the machine into a fresh pda. */
gram_status toy_compile(GrEnv *env, const ToyOptions *options, GrPda *pda);

#endif
