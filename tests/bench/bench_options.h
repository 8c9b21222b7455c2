/* The policies of gram_options as command-line options: the one place where
 * benchmark runners spell them. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <gram.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The index of `value` in a list of names ended by NULL, or -1. */
static inline int bench_choice(const char *value, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(value, names[i]) == 0) return i;
    return -1;
}

static inline bool bench_number(const char *value, uint64_t max, uint64_t *out)
{
    char *end;
    *out = strtoull(value, &end, 10);
    return *value >= '0' && *value <= '9' && *end == 0 && *out <= max;
}

static inline bool bench_whitespace(gram_options *o, const char *value)
{
    uint64_t n;
    if (strcmp(value, "none") == 0) {
        o->whitespace = GRAM_WHITESPACE_NONE;
    } else if (strcmp(value, "any") == 0) {
        o->whitespace = GRAM_WHITESPACE_ANY;
    } else if (strncmp(value, "indent=", 7) == 0) {
        if (!bench_number(value + 7, 64, &n)) return false;
        o->whitespace = GRAM_WHITESPACE_INDENT;
        o->indent = (uint32_t)n;
    } else {
        if (!bench_number(value, UINT32_MAX, &n) || n == 0) return false;
        o->whitespace = GRAM_WHITESPACE_RUN;
        o->whitespace_max = (uint32_t)n;
    }
    return true;
}

static inline bool bench_numbers(gram_options *o, const char *value)
{
    uint64_t n;
    if (strcmp(value, "any") == 0) {
        o->numbers = GRAM_NUMBERS_ANY;
    } else if (strcmp(value, "no-exponent") == 0) {
        o->numbers = GRAM_NUMBERS_NO_EXPONENT;
    } else {
        if (!bench_number(value, UINT32_MAX, &n) || n == 0) return false;
        o->numbers = GRAM_NUMBERS_RUN;
        o->number_digits = (uint32_t)n;
    }
    return true;
}

/* A number of at most 32 bits, 0 being spelled "any". */
static inline bool bench_limit(uint32_t *to, const char *value)
{
    uint64_t n = 0;
    if (strcmp(value, "any") != 0 && !bench_number(value, UINT32_MAX, &n))
        return false;
    *to = (uint32_t)n;
    return true;
}

/* Options without a value: 1 taken, 0 unknown. */
static inline int bench_flag(gram_options *o, const char *name)
{
    if (strcmp(name, "--nullable") == 0) {
        o->nullable = 1;
    } else if (strcmp(name, "--strict-patterns") == 0) {
        o->regex_flags |= GRAM_REGEX_STRICT;
    } else if (strcmp(name, "--exact") == 0) {
        gram_options_exact(o);
    } else {
        return 0;
    }
    return 1;
}

/* Options with a value: 1 taken, 0 unknown, -1 a bad value. */
static inline int bench_option(gram_options *o, const char *name,
                               const char *value)
{
    static const char *const drafts[] = {"auto",    "4",       "6", "7",
                                         "2019-09", "2020-12", NULL};
    static const char *const orders[] = {"any", "schema", NULL};
    static const char *const escapes[] = {"any", "canonical", NULL};
    static const char *const formats[] = {"assert", "annotate", "openapi",
                                          NULL};
    static const char *const unknown[] = {"annotate", "error", NULL};
    static const char *const additional[] = {"open", "closed", NULL};
    uint64_t n = 0;
    int k = 0;
    bool ok = true;
    if (strcmp(name, "--draft") == 0)
        o->draft = (gram_draft)(k = bench_choice(value, drafts));
    else if (strcmp(name, "--key-order") == 0)
        o->key_order = (gram_key_order)(k = bench_choice(value, orders));
    else if (strcmp(name, "--escapes") == 0)
        o->escapes = (gram_escapes)(k = bench_choice(value, escapes));
    else if (strcmp(name, "--formats") == 0)
        o->formats = (gram_formats)(k = bench_choice(value, formats));
    else if (strcmp(name, "--unknown-format") == 0)
        o->unknown_format = (gram_unknown)(k = bench_choice(value, unknown));
    else if (strcmp(name, "--unknown-keyword") == 0)
        o->unknown_keyword = (gram_unknown)(k = bench_choice(value, unknown));
    else if (strcmp(name, "--additional") == 0)
        o->additional = (gram_additional)(k = bench_choice(value, additional));
    else if (strcmp(name, "--whitespace") == 0)
        ok = bench_whitespace(o, value);
    else if (strcmp(name, "--numbers") == 0)
        ok = bench_numbers(o, value);
    else if (strcmp(name, "--max-string") == 0)
        ok = bench_limit(&o->max_string, value);
    else if (strcmp(name, "--max-items") == 0)
        ok = bench_limit(&o->max_items, value);
    else if (strcmp(name, "--max-depth") == 0)
        ok = bench_limit(&o->max_depth, value);
    else if (strcmp(name, "--max-steps") == 0)
        ok = bench_number(value, UINT64_MAX, &o->max_steps);
    else if (strcmp(name, "--max-memory") == 0)
        ok = bench_number(value, SIZE_MAX, &n), o->max_memory = (size_t)n;
    else
        return 0;
    return ok && k >= 0 ? 1 : -1;
}

#endif
