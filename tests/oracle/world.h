/* world: what must hold of a grammar made from one schema, judged by the
 * plain validator and by brute force.  Shared by tests and fuzz targets.
 *
 *   world_check    verdicts of small and random instances in random
 *                  spellings and tokenizations; documents drawn from masks
 *                  alone are valid and never get stuck
 *   world_spelled  tokens of a vocabulary that lacks bytes: those allowed can
 *                  be completed, others cannot
 *   world_masks    every bit of every mask along a random walk, for every
 *                  way to compute it; rollback, fork, check
 *
 * Each returns true, or false with the reason in `why`. */
#ifndef ORACLE_WORLD_H
#define ORACLE_WORLD_H

#include "oracle/gen.h"

#include <gram.h>

enum { WORLD_WHY = 4096, WORLD_TOKENS = 1024 };

typedef struct World {
    gram_vocab *vocab;
    uint32_t n_tokens, n_words, end;
    uint32_t n_first;   /* tokens 0 .. are the ones to draw often */
    uint32_t instances; /* random ones a schema */
    uint32_t small;     /* of the small values judge one in so many; 0: all */
    uint32_t documents; /* drawn a schema */
    uint32_t cap;       /* tokens of a document before it is steered */
    const char *ignore; /* fault: a keyword that the oracle overlooks */
    int fault;          /* WORLD_FAULT_* */
    const gram_options *options;
    gram_kind kind; /* of the text given to world_masks; 0: a schema */
    /* what has been seen */
    uint64_t compiled, empty, limits, unsupported, references;
    uint64_t valid, invalid, drawn;
    uint64_t masks; /* configurations of grammars judged by brute force */
    char why[WORLD_WHY];
    char document[GEN_MAX];
} World;

enum {
    WORLD_FAULT_DOCUMENT = 1, /* a byte of a drawn document is lost */
    WORLD_FAULT_MASK          /* a bit of a mask is flipped */
};

/* A vocabulary of all single bytes and of tokens that cross quotes, keys,
 * braces, escapes and characters; some bytes twice. */
gram_vocab *world_vocab(uint32_t *n_first);
/* The same chosen at random: at most 512 tokens, bytes missing if `sparse`. */
gram_vocab *world_random_vocab(Gen *g, bool sparse);

bool world_open(World *w);
void world_close(World *w);
bool world_check(World *w, Gen *g, const char *schema);

/* Which GEN_* keywords the library does not take yet. */
uint32_t world_without(World *w);

/* `steps` steps of a random walk over a grammar of `schema` and `v`. */
bool world_masks(World *w, Gen *g, gram_vocab *v, const char *schema,
                 int steps);

/* world_spelled.c: the same for a vocabulary that lacks single bytes. */
bool world_spelled(World *w, Gen *g, gram_vocab *v, const char *source,
                   int steps);

#endif
