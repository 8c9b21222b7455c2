/* The mask oracle: every token on its own, byte by byte, from a copy of the
 * configuration, with the plain stepping.  No trie, no trace, no memo. */
#ifndef ORACLE_MASK_ORACLE_H
#define ORACLE_MASK_ORACLE_H

#include "match/match.h"

typedef struct MaskOracle {
    GrEnv env;
    GrMasks *masks;
    uint32_t *row; /* the last answer */
    GrText log;
    GrArena arena;
    /* Selftest: bit `fault - 1` of what is compared is flipped. */
    uint32_t fault;
} MaskOracle;

gram_status mask_oracle_init(MaskOracle *o, GrMasks *masks);
void mask_oracle_clear(MaskOracle *o);

/* The number of tokens on which `row` is wrong at a configuration reached by
 * the bytes log[0..len); *first (may be NULL) is the lowest. */
uint32_t mask_oracle_compare(MaskOracle *o, const GrConfig *c, const char *log,
                             size_t len, const uint32_t *row, uint32_t *first);

#endif
