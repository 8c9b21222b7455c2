/* gramc: see gramc.h.  Commands and what runs them; help and version work
 * without a vocabulary or a file.
 *
 * The order matters at both ends: --help and --version, alone, are looked at
 * before anything is parsed, since they need nothing of what a command needs;
 * and standard output is flushed after everything else, because only then it
 * is known whether the results arrived. */
#include "gramc/gramc.h"

#include <string.h>

/* Also by --version, without parsing anything else. */
static int cmd_version(const Options *o)
{
    (void)o;
    printf("gramc %s\n", gram_version());
    return DONE;
}

static int cmd_help(const Options *o)
{
    (void)o;
    options_help(stdout);
    return DONE;
}

/* The parser knows these names as well, for the first word may be a FILE. */
static int run(const Options *o)
{
    static const struct {
        const char *name;
        int (*run)(const Options *o);
    } commands[] = {{"compile", cmd_compile}, {"check", cmd_check},
                    {"mask", cmd_mask},       {"sample", cmd_sample},
                    {"dump", cmd_dump},       {"graph", cmd_graph},
                    {"vocab", cmd_vocab},     {"encode", cmd_encode},
                    {"decode", cmd_decode},   {"keywords", cmd_keywords},
                    {"bench", cmd_bench},     {"version", cmd_version},
                    {"help", cmd_help}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, o->command) == 0)
            return commands[i].run(o);
    return USAGE;
}

int main(int argc, char **argv)
{
    Options o;
    if (argc == 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        options_help(stdout);
        return DONE;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return cmd_version(NULL);
    /* nothing asked: the same text, but as an error */
    if (argc < 2) {
        options_help(stderr);
        return USAGE;
    }
    /* options are freed also where parsing them failed half way */
    int rc = options_parse(argc, argv, &o);
    if (rc == DONE) rc = run(&o);
    options_free(&o);
    /* A full disk shows here, at the latest: results that are not complete must
     * not end as answers do. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("gramc: standard output");
        if (rc <= REFUSED) rc = IO;
    }
    return rc;
}
