/* language: a compiled grammar as a test asks it: is this text in it? */
#ifndef ORACLE_LANGUAGE_H
#define ORACLE_LANGUAGE_H

#include "grammar/grammar.h"

typedef struct Language {
    GrEnv env;
    gram_error error; /* located */
    GrReport report;
    GrPda *pda;
} Language;

/* Compile a text; *l is to be closed whatever comes of it. */
gram_status language_open(Language *l, gram_kind kind, const char *text,
                          size_t len);
/* Give all back; false where some memory is not. */
bool language_close(Language *l);

bool language_accepts(Language *l, const char *text, size_t n);
/* Is there an entry about this rule with these words in its note? */
bool language_reports(const Language *l, const char *rule, const char *note);

/* A grammar and texts that are in it and that are not: separated by |, and a
 * lone _ is the empty one. */
typedef struct LanguageCase {
    gram_kind kind;
    const char *grammar, *yes, *no;
} LanguageCase;

/* A grammar that is refused, and where. */
typedef struct LanguageMistake {
    gram_kind kind;
    const char *grammar;
    gram_status code;
    uint32_t line, column;
} LanguageMistake;

/* NULL, or a sentence about what is not so, valid until the next call. */
const char *language_check(const LanguageCase *x);
const char *language_check_mistake(const LanguageMistake *x);
/* Change each byte of a text to each of `poison`: whatever comes of it is a
 * grammar, or an error with a sentence; and all memory is given back. */
const char *language_check_damaged(gram_kind kind, const char *text,
                                   const char *poison);
/* Compile it, and ask for `sample`, with a memory that fails after 0, 1, 2
 * ... allocations, until that is enough; *n of them. */
const char *language_check_memory(gram_kind kind, const char *grammar,
                                  const char *sample, uint64_t *n);

#endif
