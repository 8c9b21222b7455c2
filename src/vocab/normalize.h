/* normalize.h: text -> text before it is split; private to src/vocab.
 *
 * Everything that libgram's tokenizers do with utf8proc lies behind this
 * header (normalize.c) and with SentencePiece's maps (charsmap.c). */
#ifndef GR_VOCAB_NORMALIZE_H
#define GR_VOCAB_NORMALIZE_H

#include "vocab/split.h"

typedef GrVec(int32_t) GrPoints; /* scratch: code points */

/* NFC, NFD, NFKC, NFKD, LOWER, STRIP, STRIP_ACCENTS, NMT, BERT: append what
 * `in` (valid UTF-8) becomes to `out`. */
gram_status gr_normalize(GrEnv *env, const GrRecord *r, GrBytes in,
                         GrPoints *scratch, GrText *out);

/* --- charsmap.c ----------------------------------------------------------- */

/* The longest of `users` (a trie of frozen texts, may be NULL) that begins
 * p; 0: none. */
typedef struct GrMatcher GrMatcher;
uint32_t gr_matcher_longest(GrEnv *env, const GrMatcher *m, const char *p,
                            uint32_t n, uint32_t *id);

gram_status gr_charsmap_run(GrEnv *env, const GrRecord *r,
                            const GrMatcher *users, GrBytes in, GrText *out);

/* SentencePiece's treatment of spaces. */
gram_status gr_spaces_run(GrEnv *env, uint32_t flags, GrBytes in, GrText *out);

/* Is a charsmap record's table sound enough to be walked? */
bool gr_charsmap_is_valid(const GrRecord *r);

/* Length of the first grapheme cluster of p[0..n), n > 0. */
uint32_t gr_grapheme_len(const char *p, size_t n);

#endif
