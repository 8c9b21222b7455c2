/* Formats: tests/cases/regex/formats.txt,
 *
 *     =NAME
 *     + STRING   is of the format (\uXXXX and \\ are escapes)
 *     - STRING   is not
 *
 * and: every format of strings compiles, is not empty, and has a case. */
#include "regex/regex.h"
#include "tests/t.h"
#include "tests/tools/bytes.h"

enum { MAX_FORMATS = 64 };

typedef struct Current {
    GrEnv env;
    GrRe *re;
    ReId a;
    char name[64];
    gram_status status;
} Current;

static void stop(Current *c)
{
    if (c->re) gr_re_free(c->re);
    c->re = NULL;
    T_OK(c->env.used == 0, "%s leaks", c->name);
}

static void start(Current *c, const char *name)
{
    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%.63s", name);
    gr_env_init(&c->env, NULL, 0, 0);
    c->status = gr_re_new(&c->env, &c->re);
    if (c->status == GRAM_OK) {
        c->status = gr_re_format(c->re, name, strlen(name), &c->a);
    }
}

static bool accepts(Current *c, const char *s, size_t n)
{
    ReId a = c->a;
    for (size_t i = 0; i < n;) {
        uint32_t len, ch = gr_utf8_get(s + i, n - i, &len);
        if (gr_re_derive(c->re, a, ch, &a) != GRAM_OK) return false;
        i += len;
    }
    return gr_re_nullable(c->re, a);
}

/* The number of the format, or MAX_FORMATS. */
static uint32_t number(const char *name)
{
    for (uint32_t i = 0; i < MAX_FORMATS; i++) {
        const char *known = gr_format_name(i, NULL);
        if (!known) return MAX_FORMATS;
        if (strcmp(known, name) == 0) return i;
    }
    return MAX_FORMATS;
}

static void check_line(Current *c, char *line, bool *seen)
{
    if (line[0] == '=') {
        uint32_t i = number(line + 1);
        stop(c);
        start(c, line + 1);
        T_OK(i < MAX_FORMATS && c->status == GRAM_OK, "%s: status %d", line + 1,
             c->status);
        if (i < MAX_FORMATS) seen[i] = true;
    } else if (line[0] == '+' || line[0] == '-') {
        char *s = line[1] ? line + 2 : line + 1;
        size_t n = bytes_unescape(s, strlen(s));
        T_OK(c->status == GRAM_OK && accepts(c, s, n) == (line[0] == '+'),
             "%s: %c %s", c->name, line[0], s);
    }
}

static void test_cases(const char *path, bool *seen)
{
    char line[512];
    Current c = {0};
    FILE *f = fopen(path, "r");
    T_OK(f != NULL, "%s is missing", path);
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        check_line(&c, line, seen);
    }
    if (f) fclose(f);
    stop(&c);
}

static void test_table(const bool *seen)
{
    GrFormatKind kind;
    const char *name;
    uint32_t i;
    for (i = 0; (name = gr_format_name(i, &kind)) != NULL; i++) {
        Current c;
        T_EQ(gr_format_kind(name, strlen(name)), kind);
        start(&c, name);
        if (kind == GR_FORMAT_NUMBER) {
            T_EQ(c.status, GRAM_E_UNSUPPORTED);
        } else {
            T_OK(c.status == GRAM_OK, "%s: status %d", name, c.status);
            T_OK(seen[i], "%s has no case", name);
        }
        stop(&c);
    }
    T(i > 20 && i < MAX_FORMATS);
    T_EQ(gr_format_kind("dat", 3), GR_FORMAT_UNKNOWN);
    T_EQ(gr_format_kind("dates", 5), GR_FORMAT_UNKNOWN);
    T_EQ(gr_format_kind("", 0), GR_FORMAT_UNKNOWN);
}

int main(void)
{
    bool seen[MAX_FORMATS] = {0};
    test_cases("tests/cases/regex/formats.txt", seen);
    test_table(seen);
    return t_done();
}
