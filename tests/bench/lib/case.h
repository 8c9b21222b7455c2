/* One line of a benchmark's input: a schema and its instances, timed.
 *
 * What maskbench, suite and batch share.  The caller owns the lines and
 * chooses the policies; between reading a case and running it, it may set
 * `opt` by the case's id.
 *
 *     bench_init .. options .. bench_start
 *         { bench_case_read .. bench_case_run }
 *     bench_stop
 *
 * For each schema, in this order: compile; a fresh matcher's first mask; for
 * each instance a fresh matcher and, for each token, mask (timed), is the
 * token in it, accept (timed, and together with its mask); at the end
 * one more mask, in which an end token must be set.  An empty language
 * counts as compiled, every instance being refused. */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include "api/api.h"
#include "bench/bench_util.h"
#include "json/json.h"

typedef struct Bench {
    gram_vocab *v;
    gram_options opt;
    gram_kind kind;
    bool warm, copy;
    uint64_t timeout_ns; /* for a case; 0: none */
    FILE *out;
    GrEnv env; /* reading lines */
    gram_error error;
    GrArena arena;
    GrJson json;
    const char *line;
    const char *id; /* of the case at hand; "" where it has none */
    uint32_t *row;  /* for --copy */
    uint32_t *ids;  /* of the instance at hand */
    size_t n_ids, cap;
    BenchHist mask, accept, both;
    uint64_t deadline; /* of the case at hand; 0: none */
    bool late;
} Bench;

void bench_init(Bench *b);
/* Load the vocabulary (NULL: the embedded one) and print the first line. */
void bench_start(Bench *b, const char *vocab, const char *specials);
/* For another thread: the same vocabulary and options; ends with bench_stop.
 * It prints nothing itself. */
void bench_share(Bench *b, const Bench *from);
/* `line` must live until the case has run. */
void bench_case_read(Bench *b, const char *line, size_t len);
/* Compile, run, and print the line of the case. */
void bench_case_run(Bench *b);
/* The same, the line being for bench_print, which frees it. */
char *bench_case_line(Bench *b);
void bench_print(FILE *out, char *line);
/* The text of the schema, as long as the case. */
void bench_case_schema(const Bench *b, const char **text, size_t *len);
/* Leave in `ids` the tokens of the i-th instance, or of the first valid one;
 * false: there is none. */
bool bench_case_tokens(Bench *b, uint32_t i, bool *valid);
bool bench_case_valid(Bench *b);
/* Print and delete. */
void bench_case_print(const Bench *b, cJSON *j);
/* false where the output could not be written. */
bool bench_stop(Bench *b);

#endif
