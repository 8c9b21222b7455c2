/* json_strict: RFC 8259 once more, in the plainest way: a function a
 * production, a byte at a time.  It shares no code with src/json.
 *
 * It lists the values and keys in the order of the text, as a reader should
 * find them. */
#ifndef GR_FUZZ_JSON_STRICT_H
#define GR_FUZZ_JSON_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRICT_DEPTH = 64, STRICT_VALUES = 1 << 13, STRICT_TEXT = 1 << 13 };

typedef enum StrictKind {
    STRICT_NULL,
    STRICT_FALSE,
    STRICT_TRUE,
    STRICT_NUMBER,
    STRICT_STRING,
    STRICT_ARRAY,
    STRICT_OBJECT
} StrictKind;

typedef struct StrictValue {
    StrictKind kind;
    size_t at, len; /* of its text, quotes and brackets included */
    uint32_t n;     /* items or members */
    size_t decoded; /* strings: where in Strict.decoded, and how many bytes */
    size_t decoded_len;
} StrictValue;

typedef struct Strict {
    const uint8_t *text;
    size_t len, at;
    StrictValue value[STRICT_VALUES];
    size_t n_values;
    uint8_t decoded[STRICT_TEXT];
    size_t n_decoded;
    bool too_deep;
    int fault; /* 1: takes a comma before ]; 2: takes lone surrogates */
} Strict;

/* len <= STRICT_TEXT.  Is it JSON?  Beyond STRICT_DEPTH: too_deep. */
bool strict_read(Strict *s, const uint8_t *text, size_t len, int fault);

#endif
