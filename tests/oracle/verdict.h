/* verdict: what masks say about a whole text, and the official suite's way
 * to compile a schema.
 *
 * A text is accepted where each of its tokens is in the mask before it and
 * an end token is in the last one: the question a sampling loop asks.  Where
 * mask and accept disagree the verdict is an error, not an answer. */
#ifndef ORACLE_VERDICT_H
#define ORACLE_VERDICT_H

#include "tests/oracle/cases.h"

enum { VERDICT_REFUSED, VERDICT_ACCEPTED, VERDICT_ERROR };

/* g NULL: the empty language. */
int verdict_text(gram_grammar *g, const char *text, size_t len);

/* Compile.  GRAM_OK also for the empty language, *out being NULL then. */
gram_status verdict_compile(gram_vocab *v, const char *schema, size_t len,
                            const gram_options *opt, gram_grammar **out,
                            gram_error *error);

/* Set what the id of a case of the suite names: the draft, and formats
 * asserted for format tests alone. */
void verdict_suite_options(const char *id, gram_options *opt);

#endif
