/* dump, graph, keywords.
 *
 *     dump --stage=rules|rtn|regex|dfa|pda    text, for reading
 *     graph [-o FILE.svg]                     DOT, or what dot draws of it
 *     keywords [--json]                       what is enforced, by draft
 *
 * What each stage prints belongs to the rooms that make it; here it only goes
 * to the right place.  Keywords and formats come from the tables that the
 * compiler itself reads, so that the list cannot promise what is not done. */
#include "gramc/gramc.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A newline at the end, if the text has none. */
static bool put_text(const char *text, size_t len, FILE *to)
{
    bool ok = fwrite(text, 1, len, to) == len;
    if (len == 0 || text[len - 1] != '\n') ok &= putc('\n', to) != EOF;
    return ok;
}

/* dot writes where standard output is while it is started.  pclose tells
 * whether it was there and understood the text: a dot that is gone must not end
 * this process, and that there is none is for this command to say, not for the
 * shell. */
static bool draw(const char *text, size_t len, FILE *to)
{
    int out = dup(STDOUT_FILENO);
    FILE *dot = NULL;
    signal(SIGPIPE, SIG_IGN);
    if (out >= 0 && dup2(fileno(to), STDOUT_FILENO) >= 0) {
        dot = popen("command -v dot >/dev/null && exec dot -Tsvg", "w");
        dup2(out, STDOUT_FILENO);
    }
    if (out >= 0) close(out);
    bool ok = dot != NULL && put_text(text, len, dot);
    return dot != NULL && pclose(dot) == 0 && ok;
}

static bool copy_all(FILE *from, FILE *to)
{
    char block[4096];
    size_t n;
    rewind(from);
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        if (fwrite(block, 1, n, to) != n) return false;
    return !ferror(from);
}

/* What is drawn is kept elsewhere until it is whole: where there is no dot, the
 * file stays as it was. */
static int write_svg(const char *name, const char *text, size_t len)
{
    FILE *drawn = tmpfile(), *to = NULL;
    if (drawn == NULL) return io_error("temporary file");
    int rc = DONE;
    if (!draw(text, len, drawn)) {
        fprintf(stderr, "gramc: dot failed; graphviz draws the graph\n");
        rc = IO;
    } else if ((to = fopen(name, "wb")) == NULL || !copy_all(drawn, to))
        rc = io_error(name);
    if (to != NULL && fclose(to) != 0 && rc == DONE) rc = io_error(name);
    fclose(drawn);
    return rc;
}

static int write_plain(const char *name, const char *text, size_t len)
{
    if (name != NULL && freopen(name, "wb", stdout) == NULL)
        return io_error(name);
    bool ok = put_text(text, len, stdout);
    ok = fflush(stdout) == 0 && ok;
    /* of standard output itself main tells */
    return ok || name == NULL ? DONE : io_error(name);
}

/* The text is made before -o is opened: a dump that fails leaves the file as it
 * was. */
static int print_stage(const Options *o, const char *stage, bool svg)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_error e = {0};
    char *text;
    size_t len;
    int rc = open_grammar(o, &v, &g);
    if (rc != DONE) return rc;
    gram_status s = gram_grammar_dump(g, stage, &text, &len, &e);
    if (s != GRAM_OK)
        rc = report_error(o->file, s, &e);
    else
        rc = svg ? write_svg(o->out, text, len)
                 : write_plain(o->out, text, len);
    if (s == GRAM_OK) gram_text_free(g, text, len);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return rc;
}

/* Without --stage the tables: they are there for every kind of grammar. */
int cmd_dump(const Options *o)
{
    return print_stage(o, o->stage ? o->stage : "pda", false);
}

/* DOT text; -o FILE.svg has it drawn where dot is installed. */
int cmd_graph(const Options *o)
{
    size_t n = o->out ? strlen(o->out) : 0;
    bool svg = n > 4 && strcmp(o->out + n - 4, ".svg") == 0;
    return print_stage(o, "dot", svg);
}

/* Names of the drafts by bit: 1 << gram_draft; bit 0 is "no $schema". */
static const char *const draft_names[] = {"",  "4",       "6",
                                          "7", "2019-09", "2020-12"};

/* Formats follow the keywords in the same list, as further values of one. */
static void print_formats(bool json)
{
    const char *name;
    int openapi;
    for (size_t i = 0; (name = gram_format(i, &openapi)) != NULL; i++) {
        const char *what = openapi ? "openapi" : "assertion";
        if (json)
            printf(",{\"keyword\":\"format\",\"value\":\"%s\","
                   "\"what\":\"%s\"}",
                   name, what);
        else
            printf("format: %-23s %s\n", name, what);
    }
}

/* Needs no vocabulary and no file. */
int cmd_keywords(const Options *o)
{
    uint32_t drafts;
    const char *what, *word;
    if (o->json) putchar('[');
    for (size_t i = 0; (word = gram_keyword(i, &drafts, &what)) != NULL; i++) {
        if (o->json)
            printf("%s{\"keyword\":\"%s\",\"what\":\"%s\",\"drafts\":[",
                   i ? "," : "", word, what);
        else
            printf("%-24s %-12s", word, what);
        /* draft 0 means "no $schema" and is no draft */
        const char *comma = "";
        for (int d = 1; d < 6; d++) {
            if (!(drafts >> d & 1)) continue;
            printf(o->json ? "%s\"%s\"" : "%s%s", o->json ? comma : " ",
                   draft_names[d]);
            comma = ",";
        }
        printf(o->json ? "]}" : "\n");
    }
    print_formats(o->json);
    if (o->json) printf("]\n");
    return DONE;
}
