/* Patterns through PCRE2, formats by hand.
 *
 * ECMA-262 and PCRE2 agree on most of what schemas use.  Translated are: \d,
 * \w (ASCII in both without PCRE2_UCP), \s and \S (Unicode spaces in ECMA),
 * the dot (four ends of lines in ECMA), long names of properties, \cX.  `$`
 * means the very end. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tests/oracle/validate_in.h"

#include <arpa/inet.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#define SPACES                                                                 \
    "\\u{9}-\\u{d}\\u{20}\\u{a0}\\u{1680}\\u{2000}-\\u{200a}\\u{2028}"         \
    "\\u{2029}\\u{202f}\\u{205f}\\u{3000}\\u{feff}"

static void add(GrText *out, GrEnv *env, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (gr_vec_push(env, out, p[i]) != GRAM_OK) abort();
}

static void adds(GrText *out, GrEnv *env, const char *p)
{
    add(out, env, p, strlen(p));
}

/* \p{Letter} -> \p{L} and the like; what PCRE2 knows stays. */
static size_t property(GrText *out, GrEnv *env, const char *p, size_t n)
{
    static const struct {
        const char *ecma, *pcre;
    } names[] = {{"{Letter}", "{L}"},
                 {"{Number}", "{N}"},
                 {"{digit}", "{Nd}"},
                 {"{Decimal_Number}", "{Nd}"},
                 {"{Uppercase_Letter}", "{Lu}"},
                 {"{Lowercase_Letter}", "{Ll}"},
                 {"{Punctuation}", "{P}"},
                 {"{Symbol}", "{S}"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t k = strlen(names[i].ecma);
        if (n < k || memcmp(p, names[i].ecma, k) != 0) continue;
        adds(out, env, names[i].pcre);
        return k;
    }
    return 0;
}

static void translate(GrText *out, GrEnv *env, const char *p, size_t n)
{
    bool in_class = false;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '\\' && i + 1 < n) {
            char d = p[++i];
            if (d == 's' && in_class)
                adds(out, env, SPACES);
            else if (d == 's')
                adds(out, env, "[" SPACES "]");
            else if (d == 'S' && !in_class)
                adds(out, env, "[^" SPACES "]");
            else {
                add(out, env, &c, 1);
                add(out, env, &d, 1);
                if (d == 'p' || d == 'P')
                    i += property(out, env, p + i + 1, n - i - 1);
            }
            continue;
        }
        if (c == '.' && !in_class) {
            adds(out, env, "[^\\n\\r\\u{2028}\\u{2029}]");
            continue;
        }
        if (c == '[' && in_class) add(out, env, "\\", 1);
        if (c == '[') in_class = true;
        if (c == ']') in_class = false;
        add(out, env, &c, 1);
    }
}

bool oracle_pattern(Oracle *o, const GrJsonNode *pattern,
                    const GrJsonNode *text)
{
    GrText t = {0};
    int code;
    PCRE2_SIZE at;
    translate(&t, &o->env, pattern->text, pattern->n);
    pcre2_compile_context *cc = pcre2_compile_context_create(NULL);
    pcre2_set_compile_extra_options(cc, PCRE2_EXTRA_ALT_BSUX);
    pcre2_code *re =
        pcre2_compile((PCRE2_SPTR)(t.at ? t.at : ""), t.n,
                      PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                          PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF |
                          PCRE2_NO_START_OPTIMIZE,
                      &code, &at, cc);
    pcre2_compile_context_free(cc);
    gr_vec_clear(&o->env, &t);
    if (re == NULL)
        return oracle_fail(o, "pattern %.*s", (int)pattern->n, pattern->text);
    pcre2_match_data *m = pcre2_match_data_create_from_pattern(re, NULL);
    int rc = pcre2_match(re, (PCRE2_SPTR)(text->n ? text->text : ""), text->n,
                         0, 0, m, NULL);
    pcre2_match_data_free(m);
    pcre2_code_free(re);
    if (rc < -2) oracle_fail(o, "pattern: PCRE2 error %d", rc);
    return rc >= 0;
}

/* --- formats -------------------------------------------------------------- */

static const struct {
    const char *name, *pattern;
} FORMATS[] = {
    {"ipv4", "^(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}$"},
    {"uuid", "^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"},
    {"json-pointer", "^(?:/(?:[^~/]|~0|~1)*)*$"},
    {"relative-json-pointer",
     "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$"},
    {"duration", "^P(?!$)(?:\\d+W|(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|"
                 "\\d+M(?:\\d+D)?|\\d+D)?(?:T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|"
                 "\\d+M(?:\\d+S)?|\\d+S))?)$"},
    {"uri", "^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]"
            "|\\[[0-9A-Fa-fvV:.]+\\]|%[0-9A-Fa-f]{2})*$"},
    {"uri-reference",
     "^(?:[A-Za-z][A-Za-z0-9+.-]*:|(?![^/?#]*:))(?:[A-Za-z0-9._~:/?@!$&'()*+,"
     ";=-]|\\[[0-9A-Fa-fvV:.]+\\]|%[0-9A-Fa-f]{2})*"
     "(?:#(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?$"},
    {"iri", "^[A-Za-z][A-Za-z0-9+.-]*:[^\\u{0}- <>\"{}|\\\\^`]*$"},
    {"uri-template", "^(?:[^{}\"'<>\\\\^`|%\\u{0}- ]|%[0-9A-Fa-f]{2}|"
                     "\\{[+#./;?&=,!@|]?[A-Za-z0-9_.%]+(?:\\*|:[1-9]\\d{0,3})?"
                     "(?:,[A-Za-z0-9_.%]+(?:\\*|:[1-9]\\d{0,3})?)*\\})*$"},
    {"hostname", "^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}"
                 "[A-Za-z0-9])?)(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}"
                 "[A-Za-z0-9])?)*$"},
    {"email", "^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+"
              "/=?^_`{|}~-]+)*|\"(?:[^\"\\\\]|\\\\.)*\")@.+$"},
};

static bool is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* RFC 3339 full-date; returns the bytes read, or 0. */
static size_t date(const char *s, size_t n)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y, m, d, used = 0;
    char buf[11] = {0};
    if (n < 10) return 0;
    memcpy(buf, s, 10);
    for (int i = 0; i < 10; i++)
        if ((i == 4 || i == 7) != (buf[i] == '-') ||
            (buf[i] != '-' && (buf[i] < '0' || buf[i] > '9')))
            return 0;
    sscanf(buf, "%4d-%2d-%2d%n", &y, &m, &d, &used);
    if (m < 1 || m > 12 || d < 1) return 0;
    return d <= days[m - 1] + (m == 2 && is_leap(y)) ? 10 : 0;
}

static bool digits(const char *s, size_t n, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++)
        if (i >= n || s[i] < '0' || s[i] > '9') return false;
    return true;
}

static int two(const char *s)
{
    return (s[0] - '0') * 10 + s[1] - '0';
}

/* RFC 3339 full-time, leap seconds at 23:59:60 UTC only. */
static bool full_time(const char *s, size_t n)
{
    if (!digits(s, n, 0, 2) || !digits(s, n, 3, 2) || !digits(s, n, 6, 2) ||
        s[2] != ':' || s[5] != ':')
        return false;
    int h = two(s), m = two(s + 3), sec = two(s + 6), zone = 0;
    size_t i = 8;
    if (i < n && s[i] == '.') {
        size_t from = ++i;
        while (i < n && s[i] >= '0' && s[i] <= '9') i++;
        if (i == from) return false;
    }
    if (i >= n) return false;
    if (s[i] == 'Z' || s[i] == 'z') {
        i++;
    } else {
        if ((s[i] != '+' && s[i] != '-') || !digits(s, n, i + 1, 2) ||
            !digits(s, n, i + 4, 2) || s[i + 3] != ':')
            return false;
        int zh = two(s + i + 1), zm = two(s + i + 4);
        if (zh > 23 || zm > 59) return false;
        zone = (s[i] == '-' ? 1 : -1) * (zh * 60 + zm);
        i += 6;
    }
    int utc = (h * 60 + m + zone + 2 * 1440) % 1440;
    return i == n && h < 24 && m < 60 &&
           (sec < 60 || (sec == 60 && utc == 1439));
}

static bool date_time(const char *s, size_t n)
{
    return date(s, n) && n > 11 && (s[10] == 'T' || s[10] == 't') &&
           full_time(s + 11, n - 11);
}

static bool ipv6(const char *s, size_t n)
{
    char text[64] = {0};
    unsigned char bytes[16];
    if (n >= sizeof text || (n && memchr(s, 0, n) != NULL)) return false;
    memcpy(text, s, n);
    return inet_pton(AF_INET6, text, bytes) == 1;
}

/* A pattern that PCRE2 takes; \\Z is Perl's, not ECMA-262's. */
static bool is_pattern(Oracle *o, const GrJsonNode *text)
{
    for (uint32_t i = 0; i + 1 < text->n; i++) {
        if (text->text[i] != '\\') continue;
        if (strchr("aZAz", text->text[++i]) != NULL) return false;
    }
    GrJsonNode empty = {.text = ""};
    bool failed = o->failed;
    oracle_pattern(o, text, &empty);
    bool ok = o->failed == failed;
    o->failed = failed;
    return ok;
}

bool oracle_format(Oracle *o, const GrJsonNode *format, const GrJsonNode *text)
{
    const char *s = text->text;
    size_t n = text->n;
    if (oracle_is(format, "date")) return date(s, n) == 10 && n == 10;
    if (oracle_is(format, "time")) return full_time(s, n);
    if (oracle_is(format, "date-time")) return date_time(s, n);
    if (oracle_is(format, "ipv6")) return ipv6(s, n);
    if (oracle_is(format, "regex")) return is_pattern(o, text);
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        GrJsonNode p = {0};
        if (!oracle_is(format, FORMATS[i].name)) continue;
        p.text = FORMATS[i].pattern;
        p.n = (uint32_t)strlen(p.text);
        return oracle_pattern(o, &p, text);
    }
    return true;
}
