/* input: the bytes of a fuzz target read as choices.
 *
 *     byte 0      how: the target's own switch
 *     bytes 1-4   seed of the walk: everything that is drawn from masks
 *     the rest    one byte a choice of the thing built (oracle/gen.h)
 *
 * So a mutation of the rest changes a schema or a grammar in one place, and a
 * mutation of the seed walks the same thing again in another way.  Where the
 * bytes end the simplest choice is made: the empty input is an input too. */
#ifndef GR_FUZZ_INPUT_H
#define GR_FUZZ_INPUT_H

#include "oracle/gen.h"

#include <gram.h>

typedef struct FuzzInput {
    uint8_t how;
    uint64_t seed;
    const uint8_t *rest;
    size_t n;
} FuzzInput;

FuzzInput fuzz_input(const uint8_t *data, size_t size);
/* *g makes its choices from the rest ... */
void fuzz_choose(Gen *g, const FuzzInput *in);
/* Its schema: about anything, or where `how` has its two highest bits about
 * strings and keys. */
void fuzz_gen_schema(Gen *g, const FuzzInput *in);
/* ... and from here on from the seed. */
void fuzz_walk(Gen *g, const FuzzInput *in);

/* An allocator that counts what is held and refuses nothing. */
typedef struct FuzzMemory {
    size_t live, peak;
} FuzzMemory;
gram_allocator fuzz_memory(FuzzMemory *m);

/* What every fallible call that reads a text promises: a status of the table,
 * and with an error of the input a place inside the text and a sentence. */
void fuzz_check_error(gram_status s, const gram_error *e, size_t len);

/* A compiled grammar answers for a few tokens: masks, accept, the bound and
 * a text completed within it.  Over a limit is an answer, stuck is not.
 * `source` is what it was made from, to be shown. */
void fuzz_use(gram_grammar *g, Gen *choices, const char *source, size_t len);

#endif
