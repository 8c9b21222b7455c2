/* gen: random small schemas, values and texts, for tests and fuzz targets.
 *
 * Everything is drawn from a tiny world (a handful of keys, strings, numbers
 * and patterns that overlap), so that the keywords of a schema meet each
 * other and instances meet the schema.  Choices come from a seed or, under a
 * fuzzer, from its bytes: each choice takes one byte, and where the bytes end
 * the simplest choice is made, so that every input ends. */
#ifndef ORACLE_GEN_H
#define ORACLE_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GEN_MAX = 1 << 14 };

typedef struct Gen {
    uint64_t seed;
    const uint8_t *data; /* NULL: the seed decides */
    size_t n, at;
    uint32_t n_defs;  /* of the schema being written */
    uint32_t under;   /* containers around the place being written */
    uint32_t without; /* GEN_* keywords to leave out */
    size_t len;
    bool full;  /* the text did not fit */
    bool words; /* values are about strings and keys, too */
    char text[GEN_MAX];
} Gen;

enum { /* keywords that can be left out */
       GEN_CONTAINS = 1,
       GEN_UNIQUE = 2,
       GEN_UNEVALUATED_ITEMS = 4,
       GEN_UNEVALUATED_PROPERTIES = 8,
       GEN_LOOSE_FORMATS = 16 /* that the validator knows by their look */
};

/* A number below n; 0 where the bytes have ended. */
uint32_t gen_below(Gen *g, uint32_t n);
void gen_clear(Gen *g);
void gen_put(Gen *g, const char *s);
void gen_bytes(Gen *g, const char *s, size_t n);

/* Write a schema / a JSON value behind what is there; zero-terminated. */
void gen_schema(Gen *g, int depth);
void gen_value(Gen *g, int depth);

/* A schema of depth 0 to 3, alone, copied to where later use of the generator
 * leaves it; zero-terminated. */
enum { GEN_SCHEMA = 3001 };
void gen_one_schema(Gen *g, char out[GEN_SCHEMA]);

/* A schema of a few definitions that hold each other, in place of what is
 * there. */
void gen_recursive(Gen *g);

/* A schema about strings and keys, in place of what is there: lengths beside
 * patterns that count, `not`, `if`, formats, names of all kinds.  Values that
 * are drawn from then on are often about them, too. */
void gen_words(Gen *g);
void gen_one_words(Gen *g, char out[GEN_SCHEMA]);
void gen_word_value(Gen *g, int depth);

/* All small values of the tiny world, zero-terminated, in a fixed order;
 * NULL past the end. */
const char *gen_small(size_t i);

/* Another spelling of the JSON value in `from`: white space between tokens,
 * escapes, member order, number spellings, all within the default policies.
 * Appends to g->text. */
void gen_spell(Gen *g, const char *from, size_t len);

/* Change one byte of g->text[from..len): overwrite, insert or delete. */
void gen_mutate(Gen *g, size_t from);

#endif
