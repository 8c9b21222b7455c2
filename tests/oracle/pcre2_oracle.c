#include "tests/oracle/pcre2_oracle.h"

#include "regex/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum { MATCH_LIMIT = 200000 };

struct Pcre2Oracle {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    bool wrong;
};

static uint32_t options_of(unsigned flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                       PCRE2_NO_START_OPTIMIZE | PCRE2_ALT_CIRCUMFLEX;
    if (flags & GR_RE_IGNORE_CASE) options |= PCRE2_CASELESS;
    if (flags & GR_RE_DOT_ALL) options |= PCRE2_DOTALL;
    if (flags & GR_RE_MULTILINE) options |= PCRE2_MULTILINE;
    return options;
}

static pcre2_code *compile(const char *pattern, size_t len, unsigned flags)
{
    int error;
    PCRE2_SIZE at;
    pcre2_compile_context *c = pcre2_compile_context_create(NULL);
    if (!c) return NULL;
    pcre2_set_newline(c, PCRE2_NEWLINE_LF);
    pcre2_set_compile_extra_options(c, PCRE2_EXTRA_ALT_BSUX);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, len,
                                     options_of(flags), &error, &at, c);
    pcre2_compile_context_free(c);
    return code;
}

/* Is there a ^ and a group of no repeats? */
static bool is_misread(const char *p, size_t len)
{
    bool edge = false, none = false;
    for (size_t i = 0; i < len; i++) {
        edge |= p[i] == '^' && (i == 0 || p[i - 1] != '[');
        none |= len - i >= 4 && memcmp(p + i, "){0}", 4) == 0;
    }
    return edge && none;
}

Pcre2Oracle *pcre2_oracle_new(const char *pattern, size_t len, unsigned flags,
                              bool wrong)
{
    Pcre2Oracle *o = calloc(1, sizeof *o);
    if (!o) return NULL;
    o->wrong = wrong;
    if (!is_misread(pattern, len)) o->code = compile(pattern, len, flags);
    o->limits = pcre2_match_context_create(NULL);
    if (o->code) o->data = pcre2_match_data_create_from_pattern(o->code, NULL);
    if (!o->data || !o->limits) {
        pcre2_oracle_free(o);
        return NULL;
    }
    pcre2_set_match_limit(o->limits, MATCH_LIMIT);
    return o;
}

int pcre2_oracle_match(Pcre2Oracle *o, const char *text, size_t len, bool whole)
{
    uint32_t options = PCRE2_NO_JIT;
    if (whole) options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    int n = pcre2_match(o->code, (PCRE2_SPTR)text, len, 0, options, o->data,
                        o->limits);
    if (n < 0 && n != PCRE2_ERROR_NOMATCH) return ORACLE_UNKNOWN;
    return (n >= 0) != o->wrong ? ORACLE_YES : ORACLE_NO;
}

int pcre2_oracle_live(Pcre2Oracle *o, const char *text, size_t len)
{
    int n = pcre2_match(o->code, (PCRE2_SPTR)text, len, 0,
                        PCRE2_NO_JIT | PCRE2_ANCHORED | PCRE2_PARTIAL_HARD,
                        o->data, o->limits);
    bool live = n >= 0 || n == PCRE2_ERROR_PARTIAL;
    if (!live && n != PCRE2_ERROR_NOMATCH) return ORACLE_UNKNOWN;
    return live != o->wrong ? ORACLE_YES : ORACLE_NO;
}

void pcre2_oracle_free(Pcre2Oracle *o)
{
    if (!o) return;
    pcre2_code_free(o->code);
    pcre2_match_data_free(o->data);
    pcre2_match_context_free(o->limits);
    free(o);
}
