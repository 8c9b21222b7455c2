/* cases: the lines of a data file, one schema with its instances each.
 *
 *     {"id": "...", "schema": any, "tests": [{"valid": bool, "data_text": s}]}
 *
 * Plain or .xz (read through the xz program).  The schema is handed out as
 * the text that stands in the file, untouched. */
#ifndef ORACLE_CASES_H
#define ORACLE_CASES_H

#include "json/json.h"

#include <stdio.h>

typedef struct Cases Cases;

typedef struct CaseTest {
    bool valid;
    const char *text;
    uint32_t len;
} CaseTest;

typedef struct Case {
    const char *id; /* zero-terminated */
    const char *schema;
    size_t schema_len;
    const CaseTest *test;
    uint32_t n_tests;
} Case;

/* The path of a file of the data folder (environment GRAM_DATA, or
 * ../shared/data), or NULL where it does not exist; valid until the next
 * call. */
const char *cases_path(const char *name);

/* NULL where the file cannot be read. */
Cases *cases_open(const char *path);
/* The next line, valid until the next call; false at the end. */
bool cases_next(Cases *c, Case *out);
void cases_close(Cases *c);

/* A whole file in malloc'ed memory, or NULL. */
char *cases_read_file(const char *path, size_t *len);

/* Documents that schemas may refer to. */
typedef struct CaseDocs {
    gram_document *at;
    size_t n;
} CaseDocs;

/* All files below a folder, as `uri` / the path below it. */
void cases_add_folder(CaseDocs *docs, const char *folder, const char *uri);
/* The remotes of the official suite, out of its archive at `path`; false
 * where that cannot be unpacked. */
bool cases_add_remotes(CaseDocs *docs, const char *path);
/* The metaschemas of src/schema/metaschemas, each under its own $id. */
void cases_add_metaschemas(CaseDocs *docs);
void cases_free_docs(CaseDocs *docs);

/* The draft that the first segment of a suite id names. */
gram_draft cases_draft(const char *id);

#endif
