/* tests/cases/grammar/dialects.txt: the table of dialects line by line, as
 * grammars with texts that are accepted, refused, or mistakes with places. */
#include "tests/oracle/cases.h"
#include "tests/oracle/language.h"
#include "tests/t.h"
#include "tests/tools/bytes.h"

#define PATH "tests/cases/grammar/dialects.txt"

enum { TEXT_MAX = 2000 };

typedef struct DialectCase {
    gram_kind kind;
    char text[TEXT_MAX];
    size_t len;
    bool open, failed; /* it is compiled; its mistake is still to come */
    gram_status status;
    Language l;
    int line; /* of the file */
} DialectCase;

static void compile(DialectCase *c)
{
    if (c->open) return;
    c->status = language_open(&c->l, c->kind, c->text, c->len);
    c->open = true;
    c->failed = c->status != GRAM_OK;
}

static void finish(DialectCase *c)
{
    if (!c->open) return;
    T_OK(!c->failed, PATH ":%d: %u:%u: %s", c->line, c->l.error.line,
         c->l.error.column, c->l.error.message);
    T(language_close(&c->l));
    c->open = false;
}

static void start(DialectCase *c, const char *kind)
{
    finish(c);
    c->len = 0;
    c->kind = strcmp(kind, "gbnf") == 0   ? GRAM_KIND_GBNF
              : strcmp(kind, "lark") == 0 ? GRAM_KIND_LARK
                                          : GRAM_KIND_EBNF;
}

static void add_line(DialectCase *c, const char *s, size_t n)
{
    T_OK(c->len + n + 1 < TEXT_MAX, PATH ":%d: too long", c->line);
    if (c->len + n + 1 >= TEXT_MAX) return;
    if (c->len > 0) c->text[c->len++] = '\n';
    memcpy(c->text + c->len, s, n);
    c->len += n;
}

static void check_mistake(DialectCase *c, const char *s)
{
    static const struct {
        const char *name;
        gram_status code;
    } codes[] = {{"syntax", GRAM_E_SYNTAX},
                 {"reference", GRAM_E_REFERENCE},
                 {"unsupported", GRAM_E_UNSUPPORTED},
                 {"empty", GRAM_E_EMPTY},
                 {"limit", GRAM_E_LIMIT}};
    unsigned line = 0, column = 0;
    char name[20] = "";
    gram_status want = GRAM_OK;
    T(sscanf(s, "%u:%u %19s", &line, &column, name) == 3);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(codes[i].name, name) == 0) want = codes[i].code;
    compile(c);
    c->failed = false;
    T_OK(c->status == want && c->l.error.line == line &&
             c->l.error.column == column,
         PATH ":%d: status %d at %u:%u: %s", c->line, c->status,
         c->l.error.line, c->l.error.column, c->l.error.message);
}

static void check_text(DialectCase *c, bool yes, char *s, size_t n)
{
    compile(c);
    if (c->status != GRAM_OK) return; /* said by finish */
    if (n > 0 && *s == ' ') s++, n--;
    n = bytes_unescape(s, n);
    T_OK(language_accepts(&c->l, s, n) == yes, PATH ":%d: %.*s", c->line,
         (int)n, s);
}

static void check_line(DialectCase *c, char *s, size_t n)
{
    s[n] = 0;
    char *rest = s + (n > 1 ? 2 : n);
    switch (*s) {
    case '=': start(c, rest); break;
    case '>': add_line(c, rest, n - (size_t)(rest - s)); break;
    case '+':
    case '-': check_text(c, *s == '+', s + 1, n - 1); break;
    case '!': check_mistake(c, rest); break;
    case '#':
    case 0: break;
    default: T_OK(false, PATH ":%d: what is this?", c->line);
    }
}

int main(void)
{
    size_t len = 0;
    static DialectCase c;
    char *text = cases_read_file(PATH, &len);
    T(text != NULL && len > 0);
    for (size_t i = 0; text != NULL && i < len;) {
        char *end = memchr(text + i, '\n', len - i);
        size_t n = end ? (size_t)(end - text) - i : len - i;
        c.line++;
        check_line(&c, text + i, n);
        i += n + 1;
    }
    finish(&c);
    free(text);
    return t_done();
}
