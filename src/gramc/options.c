/* The command line: one table, one loop.
 *
 * Every option takes a value except those marked FLAG.  A value is kept as a
 * string, parsed as a number, or looked up among named choices.
 *
 * The table says where in Options a value goes and of what type it is; help is
 * printed from it, so that no option is without a line.  OWN are those that set
 * more than one field, or whose words are mixed with numbers.
 *
 * Library options are set in place, in o->grammar: a field that no option
 * mentions stays 0, its default. */
#define _POSIX_C_SOURCE 200809L
#include "gramc/gramc.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* NUMBER is a uint64_t, LONG an unsigned long: what their fields are. */
typedef enum Takes { FLAG, STRING, NUMBER, LONG, CHOICE, OWN } Takes;

/* Lists end with the name NULL. */
typedef struct Choice {
    const char *name;
    int value;
} Choice;

/* `choices`: of a CHOICE.  `help` begins with what the value is called. */
typedef struct Option {
    const char *name;
    Takes takes;
    size_t at; /* offset in Options */
    const Choice *choices;
    const char *help;
} Option;

#define AT(field) offsetof(Options, field)

static const Choice drafts[] = {{"auto", GRAM_DRAFT_AUTO},
                                {"4", GRAM_DRAFT_4},
                                {"6", GRAM_DRAFT_6},
                                {"7", GRAM_DRAFT_7},
                                {"2019-09", GRAM_DRAFT_2019_09},
                                {"2020-12", GRAM_DRAFT_2020_12},
                                {NULL, 0}};
static const Choice kinds[] = {{"json-schema", GRAM_KIND_JSON_SCHEMA},
                               {"ebnf", GRAM_KIND_EBNF},
                               {"gbnf", GRAM_KIND_GBNF},
                               {"lark", GRAM_KIND_LARK},
                               {"regex", GRAM_KIND_REGEX},
                               {"structural-tag", GRAM_KIND_STRUCTURAL_TAG},
                               {NULL, 0}};
static const Choice key_orders[] = {
    {"any", GRAM_KEY_ORDER_ANY}, {"schema", GRAM_KEY_ORDER_SCHEMA}, {NULL, 0}};
static const Choice escapes[] = {{"any", GRAM_ESCAPES_ANY},
                                 {"canonical", GRAM_ESCAPES_CANONICAL},
                                 {NULL, 0}};
static const Choice formats[] = {{"assert", GRAM_FORMATS_ASSERT},
                                 {"annotate", GRAM_FORMATS_ANNOTATE},
                                 {"openapi", GRAM_FORMATS_OPENAPI},
                                 {NULL, 0}};
static const Choice unknowns[] = {{"annotate", GRAM_UNKNOWN_ANNOTATE},
                                  {"error", GRAM_UNKNOWN_ERROR},
                                  {NULL, 0}};
static const Choice additionals[] = {{"open", GRAM_ADDITIONAL_OPEN},
                                     {"closed", GRAM_ADDITIONAL_CLOSED},
                                     {NULL, 0}};

/* Its field is an int as parse_choice wants it, hence no flag. */
static const Choice biases[] = {{"none", 0}, {"structure", 1}, {NULL, 0}};
/* The order is that of the help: what is read, one command's own, how a schema
 * is read, limits. */
static const Option table[] = {
    {"--kind", CHOICE, AT(kind), kinds,
     "json-schema|ebnf|gbnf|lark|regex|structural-tag"},
    {"--vocab", STRING, AT(vocab), NULL, "FILE  a tokenizer file"},
    {"--specials", STRING, AT(specials), NULL,
     "FILE  special tokens, end id, pattern"},
    {"-o", STRING, AT(out), NULL, "FILE  where to write"},
    {"--json", FLAG, AT(json), NULL, "one JSON object"},
    {"--text", STRING, AT(text), NULL, "S  the text to check"},
    {"--input", STRING, AT(input), NULL, "FILE  the text to check or encode"},
    {"--prefix", STRING, AT(prefix), NULL, "S  bytes before the mask"},
    {"--stage", STRING, AT(stage), NULL, "STAGE  of a dump"},
    {"--count", LONG, AT(count), NULL, "N  documents to sample"},
    {"--seed", NUMBER, AT(seed), NULL, "S  of the sampler"},
    {"--max-tokens", LONG, AT(max_tokens), NULL, "B  of a sampled document"},
    {"--bias", CHOICE, AT(bias), biases, "none|structure  shorter documents"},
    {"--mask-bytes", LONG, AT(mask_bytes), NULL,
     "N  masks to compute ahead, default 8 MiB"},
    {"--digest", FLAG, AT(digest), NULL, "SHA-256 of tokens and kinds"},
    {"--width", LONG, AT(width), NULL, "N  width of the model's logits"},
    {"--whitespace", OWN, 0, NULL, "none|any|N|indent=N"},
    {"--numbers", OWN, 0, NULL, "N|any|no-exponent"},
    {"--max-string", OWN, 0, NULL, "N|any"},
    {"--max-items", OWN, 0, NULL, "N|any"},
    {"--max-depth", OWN, 0, NULL, "N|any"},
    {"--key-order", CHOICE, AT(grammar.key_order), key_orders, "any|schema"},
    {"--escapes", CHOICE, AT(grammar.escapes), escapes, "any|canonical"},
    {"--formats", CHOICE, AT(grammar.formats), formats,
     "assert|annotate|openapi"},
    {"--unknown-format", CHOICE, AT(grammar.unknown_format), unknowns,
     "annotate|error"},
    {"--unknown-keyword", CHOICE, AT(grammar.unknown_keyword), unknowns,
     "annotate|error"},
    {"--strict-patterns", FLAG, AT(grammar.regex_flags), NULL,
     "only those valid with the u flag"},
    {"--additional", CHOICE, AT(grammar.additional), additionals,
     "open|closed"},
    {"--nullable", FLAG, AT(grammar.nullable), NULL, "honour OpenAPI's"},
    {"--draft", CHOICE, AT(grammar.draft), drafts,
     "auto|4|6|7|2019-09|2020-12"},
    {"--exact", FLAG, AT(exact), NULL, "JSON Schema to the letter"},
    {"--document", OWN, 0, NULL, "URI=FILE  a referenced document"},
    {"--start", STRING, AT(grammar.start), NULL, "RULE  of a grammar"},
    {"--max-steps", NUMBER, AT(grammar.max_steps), NULL, "N"},
    {"--max-memory", LONG, AT(grammar.max_memory), NULL, "BYTES"},
    {"--threads", OWN, 0, NULL, "N  (one thread is used today)"},
    {NULL, FLAG, 0, NULL, NULL}};

/* Usage by command, then every option by the table. */
void options_help(FILE *to)
{
    fputs("usage: gramc [compile] FILE [-o OUT.gram]\n"
          "       gramc check FILE [--text S | --input F]\n"
          "       gramc mask FILE [--prefix S] [--json]\n"
          "       gramc sample FILE [--count N] [--seed S] [--max-tokens B]\n"
          "       gramc dump FILE --stage=rules|rtn|regex|dfa|pda\n"
          "       gramc graph FILE [-o OUT.svg]\n"
          "       gramc vocab FILE [--json] [--digest] [-o PACK]\n"
          "       gramc encode|decode --vocab FILE [--input F]\n"
          "       gramc keywords [--json] | bench FILE | version | help\n\n",
          to);
    for (const Option *o = table; o->name; o++)
        fprintf(to, "  %-18s %s\n", o->name, o->help);
    fputs("\nFILE is - for standard input.  Exit codes: 0 done, 1 refused,\n"
          "2 usage, 3 bad input, 4 limit, 5 I/O.\n",
          to);
}

/* What is wrong, and with which word of the command line. */
static int usage(const char *what, const char *value)
{
    fprintf(stderr, "gramc: %s: %s (try gramc help)\n", what, value);
    return USAGE;
}

/* The first character must be a digit: strtoull takes spaces and signs, and
 * makes a large number of -1. */
static bool parse_number(const char *s, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    /* errno tells of more than 64 bits */
    if (*s < '0' || *s > '9' || *end || errno || v > max) return false;
    *out = v;
    return true;
}

/* N, or `any` for no bound: 0, which as a number would be misread. */
static int parse_bound(const char *name, const char *value, uint32_t *out)
{
    uint64_t v = 0;
    bool any = strcmp(value, "any") == 0;
    if (!any && (!parse_number(value, UINT32_MAX, &v) || v == 0))
        return usage(name, value);
    *out = (uint32_t)v;
    return DONE;
}

/* As many spaces as the library takes (gram_options.indent). */
static int parse_indent(const char *value, gram_options *g)
{
    uint64_t v;
    if (!parse_number(value, 64, &v)) return usage("--whitespace", value);
    g->whitespace = GRAM_WHITESPACE_INDENT;
    g->indent = (uint32_t)v;
    return DONE;
}

/* none and 0 are the same; N allows runs of up to N characters. */
static int parse_whitespace(const char *value, gram_options *g)
{
    static const char indent[] = "indent=";
    uint64_t v;
    /* unless the value says otherwise */
    g->whitespace = GRAM_WHITESPACE_RUN;
    if (strcmp(value, "none") == 0)
        g->whitespace = GRAM_WHITESPACE_NONE;
    else if (strcmp(value, "any") == 0)
        g->whitespace = GRAM_WHITESPACE_ANY;
    else if (strncmp(value, indent, strlen(indent)) == 0)
        return parse_indent(value + strlen(indent), g);
    else if (!parse_number(value, 1u << 30, &v))
        return usage("--whitespace", value);
    else if (v == 0)
        g->whitespace = GRAM_WHITESPACE_NONE;
    else
        g->whitespace_max = (uint32_t)v;
    return DONE;
}

/* N is the most digits in a row (gram_options.number_digits). */
static int parse_numbers(const char *value, gram_options *g)
{
    uint64_t v;
    g->numbers = GRAM_NUMBERS_RUN;
    if (strcmp(value, "any") == 0)
        g->numbers = GRAM_NUMBERS_ANY;
    else if (strcmp(value, "no-exponent") == 0)
        g->numbers = GRAM_NUMBERS_NO_EXPONENT;
    else if (!parse_number(value, 100000, &v) || v == 0)
        return usage("--numbers", value);
    else
        g->number_digits = (uint32_t)v;
    return DONE;
}

/* The last `=` divides, since URIs may hold one.  Both lists grow before the
 * file is read and are freed by options_free, complete or not; n_documents
 * counts those that are complete. */
static int add_document(const char *value, Options *o)
{
    /* URI=FILE with neither part missing */
    const char *eq = strrchr(value, '=');
    size_t n = o->grammar.n_documents;
    if (eq == NULL || eq == value) return usage("--document", value);
    gram_document *docs = realloc(o->documents, (n + 1) * sizeof *docs);
    /* kept even if the next allocation fails: the old block is gone */
    if (docs) o->documents = docs;
    Text *texts = realloc(o->document_texts, (n + 1) * sizeof *texts);
    if (texts) o->document_texts = texts;
    char *uri = malloc((size_t)(eq - value) + 1);
    if (!docs || !texts || !uri) {
        free(uri);
        return LIMIT;
    }
    memcpy(uri, value, (size_t)(eq - value));
    uri[eq - value] = 0;
    int rc = read_file(eq + 1, &texts[n]);
    if (rc != DONE) {
        free(uri);
        return rc;
    }
    docs[n] = (gram_document){uri, texts[n].at, texts[n].len};
    o->grammar.documents = docs;
    o->grammar.n_documents = n + 1;
    return DONE;
}

/* What is left at the end is --threads: checked, and without effect so far. */
static int parse_own(const char *name, const char *value, Options *o)
{
    gram_options *g = &o->grammar;
    uint64_t threads;
    if (strcmp(name, "--whitespace") == 0) return parse_whitespace(value, g);
    if (strcmp(name, "--numbers") == 0) return parse_numbers(value, g);
    if (strcmp(name, "--max-string") == 0)
        return parse_bound(name, value, &g->max_string);
    if (strcmp(name, "--max-items") == 0)
        return parse_bound(name, value, &g->max_items);
    if (strcmp(name, "--max-depth") == 0)
        return parse_bound(name, value, &g->max_depth);
    if (strcmp(name, "--document") == 0) return add_document(value, o);
    return parse_number(value, 1024, &threads) && threads > 0
               ? DONE
               : usage(name, value);
}

/* By memcpy: the field is an enum or an int, which have the same size. */
static int parse_choice(const Option *op, const char *value, void *at)
{
    for (const Choice *c = op->choices; c->name; c++) {
        if (strcmp(c->name, value) != 0) continue;
        memcpy(at, &c->value, sizeof c->value);
        return DONE;
    }
    return usage(op->name, value);
}

/* The table has made sure that `at` points to a field of that type. */
static int set_option(const Option *op, const char *value, Options *o)
{
    void *at = (char *)o + op->at;
    uint64_t v;
    if (op->takes == OWN) return parse_own(op->name, value, o);
    if (op->takes == CHOICE) return parse_choice(op, value, at);
    if (op->takes == STRING) {
        *(const char **)at = value;
        return DONE;
    }
    if (!parse_number(value, UINT64_MAX, &v)) return usage(op->name, value);
    if (op->takes == NUMBER)
        *(uint64_t *)at = v;
    else
        *(unsigned long *)at = (unsigned long)v;
    if (op->at == AT(max_tokens)) o->has_max_tokens = true;
    return DONE;
}

/* Two flags are no bool: an int, and a bit among others. */
static void set_flag(const Option *op, Options *o)
{
    if (op->at == AT(grammar.nullable))
        o->grammar.nullable = 1;
    else if (op->at == AT(grammar.regex_flags))
        o->grammar.regex_flags |= GRAM_REGEX_STRICT;
    else
        *(bool *)((char *)o + op->at) = true;
}

/* Names are compared whole: no abbreviations, which a later option could make
 * ambiguous. */
static const Option *find_option(const char *arg)
{
    size_t len = strcspn(arg, "=");
    for (const Option *op = table; op->name; op++)
        if (strlen(op->name) == len && memcmp(op->name, arg, len) == 0)
            return op;
    return NULL;
}

/* Does it say how a source is read?  A compiled grammar has none of these left
 * to choose; limits are no such choice. */
static bool is_policy(const Option *op)
{
    static const char *const own[] = {"--whitespace", "--numbers",
                                      "--max-string", "--max-items",
                                      "--max-depth",  "--document"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], op->name) == 0) return true;
    if (op->at == AT(exact)) return true;
    return op->at >= AT(grammar) &&
           op->at < AT(grammar) + sizeof(gram_options) &&
           op->at != AT(grammar.max_steps) && op->at != AT(grammar.max_memory);
}

/* One option at argv[*i], as `--name value` or `--name=value`. */
static int parse_option(int argc, char **argv, int *i, Options *o)
{
    const char *arg = argv[*i], *eq = strchr(arg, '=');
    const Option *op = find_option(arg);
    if (op == NULL) return usage("unknown option", arg);
    if (o->policy == NULL && is_policy(op)) o->policy = op->name;
    /* --json=1 would look as if --json=0 were possible */
    if (op->takes == FLAG) {
        if (eq) return usage("takes no value", arg);
        set_flag(op, o);
        return DONE;
    }
    if (!eq && *i + 1 >= argc) return usage("needs a value", arg);
    return set_option(op, eq ? eq + 1 : argv[++*i], o);
}

/* Is --exact among the options?  It is where all others begin, wherever it
 * stands: what else is asked for, holds. */
static bool asks_exact(int argc, char **argv, int i)
{
    for (; i < argc; i++) {
        const Option *op = find_option(argv[i]);
        if (op != NULL && op->at == AT(exact)) return true;
        /* a value may look like an option */
        if (op != NULL && op->takes != FLAG && !strchr(argv[i], '=')) i++;
    }
    return false;
}

/* A file that is named like a command is given as ./NAME. */
static bool is_command(const char *word)
{
    static const char *const names[] = {
        "compile", "check",  "mask",     "sample", "dump",    "graph", "vocab",
        "encode",  "decode", "keywords", "bench",  "version", "help",  NULL};
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], word) == 0) return true;
    return false;
}

/* Would -o write over what is read?  Whatever else the two are called. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return a != NULL && b != NULL && stat(a, &x) == 0 && stat(b, &y) == 0 &&
           S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What would be ignored is told: a FILE that nobody reads, and one of two. */
static int check_file(const Options *o)
{
    bool none = strcmp(o->command, "keywords") == 0 ||
                strcmp(o->command, "version") == 0;
    bool vocab = strcmp(o->command, "vocab") == 0 ||
                 strcmp(o->command, "encode") == 0 ||
                 strcmp(o->command, "decode") == 0;
    if (o->file == NULL) return DONE;
    if (none) return usage("takes no file", o->file);
    if (vocab && o->vocab) return usage("a FILE beside --vocab", o->file);
    return DONE;
}

static int check_out(const Options *o)
{
    const char *const inputs[] = {o->file, o->vocab, o->specials, o->input};
    /* as a FILE it would be standard input; ./- is a file of that name */
    if (o->out && strcmp(o->out, "-") == 0)
        return usage("-o is the name of a file", o->out);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (same_file(o->out, inputs[i]))
            return usage("-o is a file that is read", o->out);
    return DONE;
}

/* The value of an option that needs one may begin with a dash; "-" alone is a
 * FILE. */
int options_parse(int argc, char **argv, Options *o)
{
    memset(o, 0, sizeof *o);
    o->grammar.size = sizeof o->grammar;
    /* defaults that are not 0 */
    o->count = 1;
    o->max_tokens = 1000;
    o->mask_bytes = 8ul << 20;
    o->command = "compile";
    int i = 1;
    if (i < argc && is_command(argv[i])) o->command = argv[i++];
    if (asks_exact(argc, argv, i)) gram_options_exact(&o->grammar);
    for (; i < argc; i++) {
        bool operand = argv[i][0] != '-' || argv[i][1] == 0;
        if (operand && o->file != NULL)
            return usage("more than one file", argv[i]);
        if (operand) {
            o->file = argv[i];
            continue;
        }
        int rc = parse_option(argc, argv, &i, o);
        if (rc != DONE) return rc;
    }
    int rc = check_file(o);
    return rc == DONE ? check_out(o) : rc;
}

/* What the arguments themselves hold belongs to argv. */
void options_free(Options *o)
{
    for (size_t i = 0; i < o->grammar.n_documents; i++) {
        free((char *)o->documents[i].uri);
        free(o->document_texts[i].at);
    }
    free(o->documents);
    free(o->document_texts);
}
