/* validate: a plain validator of JSON Schema, to judge libgram by.
 *
 * Obviously right rather than fast: it walks the raw schema and the parsed
 * value side by side, recursing freely, and shares with the library only the
 * JSON reader and exact decimals.  References, base URIs, dynamic scopes,
 * annotations and equality are written a second time here, in the simplest
 * way that the specification allows:
 *
 *   - a dynamic scope is the list of resources on the C stack;
 *   - "evaluated" is an array of flags per instance container, merged into
 *     the caller's only when a subschema holds;
 *   - a pattern is PCRE2's, after a small translation from ECMA-262;
 *   - formats are hand-written checks of the common ones.
 *
 * All keywords of drafts 4, 6, 7, 2019-09 and 2020-12.  Without $schema the
 * draft is the option's; 0 reads 2020-12 with the older spellings. */
#ifndef ORACLE_VALIDATE_H
#define ORACLE_VALIDATE_H

#include "json/json.h"

typedef struct Oracle Oracle;

typedef struct OracleOptions {
    gram_draft draft; /* for documents without $schema */
    int formats;      /* assert the formats that it knows */
    const gram_document *documents;
    size_t n_documents;
    const char *ignore; /* fault switch: a keyword to overlook */
} OracleOptions;

/* NULL where the text is not JSON. */
Oracle *oracle_new(const char *schema, size_t len, const OracleOptions *opt);
void oracle_free(Oracle *o);

enum { ORACLE_INVALID, ORACLE_VALID, ORACLE_ERROR };

/* Is the JSON text `value` valid?  ORACLE_ERROR where the schema cannot be
 * followed (see oracle_error) or the value is not JSON. */
int oracle_check(Oracle *o, const char *value, size_t len);
const char *oracle_error(const Oracle *o);

#endif
