/* conflict.h - private to src/schema: which keywords leave no value. */
#ifndef GR_SCHEMA_CONFLICT_H
#define GR_SCHEMA_CONFLICT_H

#include "schema/load.h"

/* machine.c: compile as if the marked nodes of the text were not there (a
 * keyword's key: it is ignored; a schema: it is `true`).  Only the status is
 * of interest; no error is written. */
gram_status gr_schema_try(GrEnv *env, const char *text, size_t len,
                          const gram_options *opt, const uint32_t *without);

/* conflict.c: fail with GRAM_E_EMPTY, for a schema that is known to be empty,
 * naming keywords that conflict. */
gram_status gr_explain_empty(GrEnv *env, const GrLoaded *l, const char *text,
                             size_t len, const gram_options *opt);

#endif
