/* gramc: see gramc.h. */
#include "gramc/gramc.h"

#include <string.h>

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
    if (argc < 2) {
        options_help(stderr);
        return USAGE;
    }
    int rc = options_parse(argc, argv, &o);
    if (rc == DONE) rc = run(&o);
    options_free(&o);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("gramc: standard output");
        if (rc == DONE) rc = IO;
    }
    return rc;
}
