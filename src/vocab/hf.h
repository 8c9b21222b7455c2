/* hf.h: parts of the tokenizer.json reader; private. */
#ifndef GR_VOCAB_HF_H
#define GR_VOCAB_HF_H

#include "vocab/readers.h"

/* What the readers of a file need to know of its pipeline. */
typedef struct GrHfFacts {
    bool bytelevel; /* a step works on bytes */
    bool prefix;    /* a step puts a space in front of every text */
} GrHfFacts;

/* Write the records of `normalizer` and `pre_tokenizer`. */
gram_status gr_hf_pipeline(GrVocabDraft *d, const GrJson *j, GrHfFacts *out);

/* The double of a JSON number's text as serde_json reads it; false where it
 * is too large. */
bool gr_parse_double(const char *p, size_t n, double *out);

#endif
