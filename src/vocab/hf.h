/* hf.h: parts of the tokenizer.json reader; private. */
#ifndef GR_VOCAB_HF_H
#define GR_VOCAB_HF_H

#include "vocab/readers.h"

/* Write the records of `normalizer` and `pre_tokenizer`; *bytelevel becomes
 * true where one of them works on bytes. */
gram_status gr_hf_pipeline(GrVocabDraft *d, const GrJson *j, bool *bytelevel);

/* The double of a JSON number's text as serde_json reads it; false where it
 * is too large. */
bool gr_parse_double(const char *p, size_t n, double *out);

#endif
