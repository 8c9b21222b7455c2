/* hf.h: parts of the tokenizer.json reader; private. */
#ifndef GR_VOCAB_HF_H
#define GR_VOCAB_HF_H

#include "vocab/decoder.h"
#include "vocab/readers.h"

/* What the readers of a file need to know of its pipeline. */
typedef struct GrHfFacts {
    bool bytelevel; /* a step works on bytes */
    bool prefix;    /* a step puts a space in front of every text */
} GrHfFacts;

enum { GR_HF_SPARE = GR_BYTELEVEL_SHORT }; /* bytes */

/* A file that is being read. */
typedef struct GrHf {
    GrVocabDraft *d;
    GrEnv *env;
    GrJson j; /* folded */
    GrBytes file;
    uint32_t model;
    GrDecoder decoder;
    GrSpan *key; /* by id of the model's vocabulary */
    uint32_t n_keys;
    GrKeys keys;
    GrBatch batch;          /* sides of merges that wait, */
    GrText sides;           /* their bytes */
    uint32_t at[GR_BATCH];  /* and where in the file they were */
    GrVec(uint32_t) no_key; /* normal tokens that no text spells */
    uint32_t unknown;       /* id or UINT32_MAX */
    bool ambiguous;   /* WordPiece: the rest of a word begins as words do */
    uint64_t next_id; /* of a vocabulary that is a list */
} GrHf;

/* Errors: at a byte of the file, since items of lists are parsed with their
 * offset; or at a node of the outline. */
gram_status gr_hf_bad_at(const GrHf *r, size_t at, const char *what);
gram_status gr_hf_bad(const GrHf *r, uint32_t node, const char *what);
/* Visit the items of a folded list. */
gram_status gr_hf_each(GrHf *r, uint32_t node, GrJsonVisit *visit);
/* Write the record of a byte-pair model. */
gram_status gr_hf_bpe(GrHf *r);

/* How many bytes may be read at p[0..n), as far as anybody cares: a few more
 * than n where they lie in the file, not at its end. */
static inline size_t gr_hf_room(const GrHf *r, const char *p, size_t n)
{
    size_t at = (size_t)((uintptr_t)p - (uintptr_t)r->file.p);
    size_t have = at < r->file.n ? r->file.n - at : n;
    return have < n + GR_HF_SPARE ? have : n + GR_HF_SPARE;
}

/* Write the records of `normalizer` and `pre_tokenizer`. */
gram_status gr_hf_pipeline(GrVocabDraft *d, const GrJson *j, GrHfFacts *out);

/* The double of a JSON number's text as serde_json reads it; false where it
 * is too large. */
bool gr_parse_double(const char *p, size_t n, double *out);

#endif
