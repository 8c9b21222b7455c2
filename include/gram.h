/* gram.h - libgram: structured generation for any LLM sampling loop.
 *
 * libgram compiles a JSON Schema, a grammar (EBNF, GBNF), a regular
 * expression into a pushdown automaton over bytes, combines it with the
 * vocabulary of a tokenizer, and answers one question at every decoding
 * step: which tokens may come next?  The answer is a bit mask.
 *
 *     text of a schema          tokenizer file
 *           |                         |
 *     gram_grammar_new  <------  gram_vocab_new / gram_vocab_default
 *           |
 *     gram_matcher_new          one per generation
 *           |
 *      mask -> sample -> accept -> mask -> ... -> may stop
 *
 * Promises
 *   - A finished output is always valid; every valid output is reachable;
 *     from every allowed prefix a finite completion exists.
 *   - Bit t of a mask is set exactly when accepting token t succeeds.
 *   - No call aborts, exits, prints, or recurses over input-shaped data.
 *     Bad input gives a status and a positioned gram_error.
 *
 * Conventions
 *   - Every fallible call returns a gram_status; outputs come last and are
 *     written on success only (a matcher that fails is left unchanged).
 *   - Option structs begin with `size`: set it to sizeof the struct, zero
 *     the rest; zero always means "the default".
 *   - Texts are (pointer, length) pairs of bytes and need no terminator.
 *     A NULL pointer is allowed where the length is 0.
 *   - Strings returned by the library are UTF-8, zero-terminated, and owned
 *     by the object they were asked of.
 *
 * Threads
 *   Vocabularies and grammars are shared freely between threads.  A matcher
 *   belongs to one thread at a time.  Options and errors are caller-owned.
 */
#ifndef GRAM_H
#define GRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GRAM_API __attribute__((visibility("default")))
#else
#define GRAM_API
#endif

#define GRAM_VERSION_MAJOR 0
#define GRAM_VERSION_MINOR 1
#define GRAM_VERSION_PATCH 0

/* ------------------------------------------------------------------------
 * Status
 *
 * Three families, kept apart so that a server can answer 400, 503 or file a
 * bug: the input is bad, a resource ran out, or the call was wrong.
 *
 *     GRAM_STATUS(NAME, number, text)
 */
#define GRAM_STATUS_TABLE(GRAM_STATUS)                                      \
    GRAM_STATUS(OK, 0, "ok")                                                \
    /* input: bad or unsupported */                                         \
    GRAM_STATUS(E_SYNTAX, 1, "the text is not well-formed")                 \
    GRAM_STATUS(E_SCHEMA, 2, "well-formed, but not a valid schema")         \
    GRAM_STATUS(E_UNSUPPORTED, 3, "a construct that libgram does not take") \
    GRAM_STATUS(E_REFERENCE, 4, "a reference that does not resolve")        \
    GRAM_STATUS(E_EMPTY, 5, "the language is empty: nothing is valid")      \
    GRAM_STATUS(E_VOCAB, 6, "a tokenizer file that cannot be used")         \
    GRAM_STATUS(E_ARTIFACT, 7, "not an intact compiled grammar")            \
    GRAM_STATUS(E_REFUSED, 8, "the grammar does not allow this here")       \
    /* resource */                                                          \
    GRAM_STATUS(E_MEMORY, 16, "out of memory, or over the memory limit")    \
    GRAM_STATUS(E_LIMIT, 17, "over a limit on work, size or depth")         \
    GRAM_STATUS(E_IO, 18, "reading or writing failed")                      \
    /* misuse */                                                            \
    GRAM_STATUS(E_ARGUMENT, 32, "an argument is out of range")              \
    GRAM_STATUS(E_STATE, 33, "the call is not possible in this state")

typedef enum gram_status {
#define GRAM_STATUS_ENUM(name, number, text) GRAM_##name = number,
    GRAM_STATUS_TABLE(GRAM_STATUS_ENUM)
#undef GRAM_STATUS_ENUM
} gram_status;

/* The text of a status, as in the table above; "unknown status" else. */
GRAM_API const char *gram_status_text(gram_status status);

/* The library's version, "MAJOR.MINOR.PATCH". */
GRAM_API const char *gram_version(void);

/* Where and why a call failed.  Owned by the caller, who may reuse it; every
 * call that takes one accepts NULL.  `line` and `column` count from 1, the
 * column in bytes; both are 0 where no text position applies. */
typedef struct gram_error {
    gram_status code;
    size_t offset;      /* byte offset into the text at fault */
    uint32_t line;
    uint32_t column;
    char pointer[128];  /* JSON pointer, or the name of a rule; may be "" */
    char message[256];  /* one sentence in lower case, no full stop */
} gram_error;

/* ------------------------------------------------------------------------
 * Memory
 */

/* One function for all memory: `old_size` 0 allocates (p is NULL), `new_size`
 * 0 frees (the result is ignored), otherwise the block is resized.  Returns
 * NULL on failure, the old block then being untouched.  It must be callable
 * from every thread that uses the objects made with it. */
typedef struct gram_allocator {
    void *(*resize)(void *ctx, void *p, size_t old_size, size_t new_size);
    void *ctx;
} gram_allocator;

#ifdef __cplusplus
}
#endif
#endif
