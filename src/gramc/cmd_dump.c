/* dump, graph, keywords. */
#include "gramc/gramc.h"

#include <string.h>

static int print_stage(const Options *o, const char *stage)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_error e = {0};
    char *text;
    size_t len;
    int rc = open_grammar(o, &v, &g);
    if (rc != DONE) return rc;
    gram_status s = gram_grammar_dump(g, stage, &text, &len, &e);
    if (s == GRAM_OK) {
        fwrite(text, 1, len, stdout);
        if (len == 0 || text[len - 1] != '\n') putchar('\n');
        gram_text_free(g, text, len);
    } else {
        rc = report_error(o->file, s, &e);
    }
    gram_grammar_free(g);
    gram_vocab_free(v);
    return rc;
}

int cmd_dump(const Options *o)
{
    return print_stage(o, o->stage ? o->stage : "pda");
}

int cmd_graph(const Options *o)
{
    return print_stage(o, "dot");
}

/* Names of the drafts by bit: 1 << gram_draft; bit 0 is "no $schema". */
static const char *const draft_names[] = {"",  "4",       "6",
                                          "7", "2019-09", "2020-12"};

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
        const char *comma = "";
        for (int d = 1; d < 6; d++) {
            if (!(drafts >> d & 1)) continue;
            printf(o->json ? "%s\"%s\"" : "%s%s", o->json ? comma : " ",
                   draft_names[d]);
            comma = ",";
        }
        printf(o->json ? "]}" : "\n");
    }
    if (o->json) printf("]\n");
    return DONE;
}
