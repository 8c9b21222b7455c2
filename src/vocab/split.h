/* split.h: patterns; everything that libgram does with PCRE2. */
#ifndef GR_VOCAB_SPLIT_H
#define GR_VOCAB_SPLIT_H

#include "vocab/recipe.h"

typedef GrVec(GrSpan) GrSpans;

typedef struct GrPattern GrPattern;

/* Compile a tokenizer's pattern; flags GR_SPLIT_LINES.  GRAM_E_UNSUPPORTED
 * where PCRE2 does not take it. */
gram_status gr_pattern_new(GrEnv *env, const char *p, size_t n, uint32_t flags,
                           GrPattern **out);
void gr_pattern_free(GrEnv *env, GrPattern *x);

/* The next match that is not empty in text[0..n), valid UTF-8, at or after
 * `from`; out->len 0 where there is none.  GRAM_E_LIMIT where matching takes
 * too many steps. */
gram_status gr_pattern_next(GrEnv *env, GrPattern *x, const char *text,
                            uint32_t n, uint32_t from, GrSpan *out);

#endif
