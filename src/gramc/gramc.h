/* gramc: the command.
 *
 * It knows libgram by its public header alone, so that whatever it can do any
 * program can do.  One table of options (options.c), one function a command,
 * one place that prints errors.
 *
 *     main --command--> cmd_compile | cmd_check | cmd_sample | cmd_vocab ...
 *       |                   |
 *     options.c          input.c: files, vocabularies, grammars, errors
 *
 * Every command has the same course, and ends what it began in reverse:
 *
 *     read_grammar -> open_vocab -> compile_grammar -> gram_matcher_new
 *                     ... results on standard output ...
 *     gram_matcher_free -> gram_grammar_free -> gram_vocab_free
 *
 * A function that returns an int returns an exit code; where it is not DONE
 * the reason stands on stderr already (want of memory in the command itself
 * has none), so that callers only pass it on.  Only main ends the process.
 *
 * Exit codes: 0 done, 1 refused, 2 usage, 3 bad input, 4 limit, 5 I/O.
 * Standard output carries results only; everything else goes to stderr, so
 * that `gramc ... --json | jq` never reads a message.  Results that a full
 * disk cuts off end with 5, never with 0 or 1.
 *
 * Rejected: getopt_long (a second list of the options, beside the one that
 * help is printed from), subcommands as programs of their own (each would
 * carry the library). */
#ifndef GRAMC_H
#define GRAMC_H

#include <gram.h>
#include <stdbool.h>
#include <stdio.h>

enum { DONE = 0, REFUSED = 1, USAGE = 2, BAD_INPUT = 3, LIMIT = 4, IO = 5 };

/* Bytes on the heap; `at` may be NULL where len is 0. */
typedef struct Text {
    char *at;
    size_t len;
} Text;

/* What the command line says.  Strings belong to argv, but for the documents,
 * which options_free frees. */
typedef struct Options {
    const char *command;
    const char *file; /* the FILE operand, or NULL */
    gram_kind kind;   /* 0: by extension */
    gram_options grammar;
    gram_document *documents;
    Text *document_texts;
    const char *vocab, *specials, *out, *text, *input, *prefix, *stage;
    const char *policy; /* the first option that reads a source, or NULL */
    int bias;           /* 1: structure */
    uint64_t seed;
    unsigned long count, max_tokens, mask_bytes, width;
    bool json, digest, exact, has_max_tokens;
} Options;

/* Parse argv; USAGE (after a message) or DONE. */
int options_parse(int argc, char **argv, Options *o);
void options_free(Options *o);
void options_help(FILE *to);

/* Read a whole file, "-" for standard input.  IO after a message. */
int read_file(const char *path, Text *out);
/* Say what errno says of a file; returns IO. */
int io_error(const char *path);
/* The vocabulary of --vocab and --specials, or the embedded one. */
int open_vocab(const Options *o, gram_vocab **out);
/* Ids that a mask has a bit for: with --width they may be fewer than there
 * are tokens. */
uint32_t mask_ids(const gram_vocab *v);
/* The text of FILE. */
int read_grammar(const Options *o, Text *out);
/* A grammar of that text; what the library said, and how long that took. */
typedef struct Made {
    gram_status status;
    double us;
} Made;
int compile_grammar(const Options *o, const Text *text, gram_vocab *v,
                    gram_grammar **g, Made *made);
/* All three: vocabulary and grammar of FILE. */
int open_made(const Options *o, gram_vocab **v, gram_grammar **g, Made *made);
int open_grammar(const Options *o, gram_vocab **v, gram_grammar **g);
double now_us(void);
/* Compile FILE into the file of -o. */
int save_grammar(const Options *o, gram_progress *progress, void *ctx);
/* Print `FILE:LINE:COL: [/pointer] message`; the exit code for it. */
int report_error(const char *file, gram_status status, const gram_error *e);

bool is_utf8(const char *bytes, size_t len);
/* A JSON string of bytes that are UTF-8; false (nothing printed) if not. */
bool print_json_string(const char *bytes, size_t len);
void print_hex(const char *bytes, size_t len);

/* One for each command: the exit code.  None changes its options. */
int cmd_compile(const Options *o);
int cmd_check(const Options *o);
int cmd_mask(const Options *o);
int cmd_sample(const Options *o);
int cmd_dump(const Options *o);
int cmd_graph(const Options *o);
int cmd_vocab(const Options *o);
int cmd_encode(const Options *o);
int cmd_decode(const Options *o);
int cmd_keywords(const Options *o);
int cmd_bench(const Options *o);

#endif
