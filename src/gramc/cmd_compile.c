/* compile: a grammar to masks, and what became of its parts.  bench: the same,
 * timed.
 *
 *     compile FILE           summary: times, tables, report
 *     compile FILE -o OUT    OUT is written, then loaded and summed up
 *     bench FILE             the best of some runs: what the machine can do
 *
 * The report is the point of a summary: every keyword and construct is
 * enforced, or said to be an annotation, relaxed or restricted; what cannot be
 * said so is an error with a place, and there is no summary.
 *
 * Times are those of one call each, in microseconds, by a clock that is never
 * set; those of `compile` are of a cold process, with the pages of the
 * vocabulary still to come in.  -o takes what can be known ahead: masks up to
 * --mask-bytes, those nearest to the start first. */
#define _POSIX_C_SOURCE 200809L
#include "gramc/gramc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By gram_report_kind. */
static const char *const kind_names[] = {"enforced", "annotation", "relaxed",
                                         "restricted", "warning"};

/* Bold where a person looks at it. */
static const char *bold(bool on)
{
    if (!isatty(STDOUT_FILENO)) return "";
    return on ? "\033[1m" : "\033[0m";
}

/* ctx: is anybody looking?  1 means to go on. */
static int progress(void *ctx, uint64_t masks, uint64_t bytes)
{
    if (*(bool *)ctx)
        fprintf(stderr, "\r%llu masks, %.1f MiB", (unsigned long long)masks,
                (double)bytes / (1 << 20));
    return 1;
}

/* What a summary shows; masks_us is for the masks computed ahead. */
typedef struct Result {
    double compile_us, first_us, masks_us;
    uint64_t precomputed;
    gram_grammar_stats stats;
} Result;

/* Bytes as they are up to 10 KiB, then a number of at most five digits. */
static void print_bytes(const char *label, uint64_t n)
{
    if (n < 10240)
        printf("  %-18s %llu B\n", label, (unsigned long long)n);
    else if (n < 10u << 20)
        printf("  %-18s %.1f KiB\n", label, (double)n / 1024);
    else
        printf("  %-18s %.1f MiB\n", label, (double)n / (1 << 20));
}

/* Once for each kind, so that entries of a kind stand together, each group in
 * the order in which the front end met them. */
static void print_report(gram_grammar *g)
{
    for (int kind = GRAM_REPORT_ENFORCED; kind <= GRAM_REPORT_WARNING; kind++) {
        size_t n = gram_grammar_report_size(g), shown = 0;
        for (size_t i = 0; i < n; i++) {
            gram_report_entry e;
            if (gram_grammar_report_get(g, i, &e) != GRAM_OK ||
                (int)e.kind != kind)
                continue;
            if (shown++ == 0)
                printf("%s%s%s\n", bold(true), kind_names[kind], bold(false));
            printf("  %-22s %s%s%s\n", e.keyword,
                   e.pointer[0] ? e.pointer : "(root)", e.note[0] ? "  " : "",
                   e.note);
        }
    }
}

/* "distinct masks": equal ones are one, however many places share them.  Those
 * of a file have been computed before. */
static void print_summary(const Options *o, gram_grammar *g, const Result *r)
{
    printf("%s%s%s\n", bold(true), o->file, bold(false));
    printf("  %-18s %.1f us\n", "compile", r->compile_us);
    printf("  %-18s %.1f us\n", "first mask", r->first_us);
    printf("  %-18s %llu\n", "states", (unsigned long long)r->stats.states);
    printf("  %-18s %llu\n", "frames", (unsigned long long)r->stats.frames);
    printf("  %-18s %llu\n", "cells", (unsigned long long)r->stats.cells);
    printf("  %-18s %llu", "distinct masks",
           (unsigned long long)r->stats.masks);
    if (o->mask_bytes > 0)
        printf(" (%llu computed ahead in %.1f ms)",
               (unsigned long long)r->precomputed, r->masks_us / 1e3);
    putchar('\n');
    print_bytes("masks", r->stats.mask_bytes);
    print_bytes("memory", r->stats.memory_bytes);
    print_report(g);
}

/* Keywords and pointers come from the source and may be no UTF-8. */
static void print_string(const char *s)
{
    if (!print_json_string(s, strlen(s))) printf("\"\"");
}

/* The same facts for programs, on one line; nothing is left out. */
static void print_object(const Options *o, gram_grammar *g, const Result *r)
{
    size_t n = gram_grammar_report_size(g);
    printf("{\"file\":");
    print_string(o->file);
    printf(",\"compile_us\":%.1f,\"first_mask_us\":%.1f,\"states\":%llu,"
           "\"frames\":%llu,\"cells\":%llu,\"masks\":%llu,\"mask_bytes\":%llu,"
           "\"memory_bytes\":%llu,\"steps\":%llu,\"report\":[",
           r->compile_us, r->first_us, (unsigned long long)r->stats.states,
           (unsigned long long)r->stats.frames,
           (unsigned long long)r->stats.cells,
           (unsigned long long)r->stats.masks,
           (unsigned long long)r->stats.mask_bytes,
           (unsigned long long)r->stats.memory_bytes,
           (unsigned long long)r->stats.steps);
    for (size_t i = 0; i < n; i++) {
        gram_report_entry e;
        if (gram_grammar_report_get(g, i, &e) != GRAM_OK) continue;
        printf("%s{\"kind\":\"%s\",\"keyword\":", i ? "," : "",
               kind_names[e.kind]);
        print_string(e.keyword);
        printf(",\"pointer\":");
        print_string(e.pointer);
        printf(",\"note\":");
        print_string(e.note);
        printf("}");
    }
    printf("]}\n");
}

/* Time to the first mask: a matcher and one mask.  On failure *e says why, and
 * *us may be anything. */
static gram_status first_mask(gram_grammar *g, double *us, gram_error *e)
{
    gram_matcher *m;
    const uint32_t *row;
    uint32_t id;
    gram_status s = gram_matcher_new(g, &m, e);
    if (s != GRAM_OK) return s;
    double start = now_us();
    s = gram_matcher_mask_view(m, &row, &id);
    *us = now_us() - start;
    if (s != GRAM_OK) *e = *gram_matcher_error(m);
    gram_matcher_free(m);
    return s;
}

/* The first mask comes first: the masks made ahead would answer it. */
static int measure(const Options *o, gram_grammar *g, Result *r)
{
    gram_error e = {0};
    bool tty = isatty(STDERR_FILENO) && !o->json;
    gram_status s = first_mask(g, &r->first_us, &e);
    double start = now_us();
    if (s == GRAM_OK)
        s = gram_grammar_precompute(g, o->mask_bytes, progress, &tty,
                                    &r->precomputed, &e);
    r->masks_us = now_us() - start;
    if (tty) fprintf(stderr, "\r\033[K");
    r->stats.size = sizeof r->stats;
    if (s == GRAM_OK) s = gram_grammar_get_stats(g, &r->stats);
    return s == GRAM_OK ? DONE : report_error(o->file, s, &e);
}

/* -o: the file, and then the summary of what it holds.  Loading it again shows
 * that it can be read, and its sizes are those of the file. */
static int compile_to_file(const Options *o)
{
    Options loaded = *o;
    bool tty = isatty(STDERR_FILENO) && !o->json;
    if (o->file == NULL) {
        fprintf(stderr, "gramc: no file given (try gramc help)\n");
        return USAGE;
    }
    int rc = save_grammar(o, progress, &tty);
    if (tty) fprintf(stderr, "\r\033[K");
    if (rc != DONE) return rc;
    loaded.out = NULL;
    loaded.file = o->out;
    /* what a file is shows in itself; these were of the source */
    loaded.kind = (gram_kind)0;
    loaded.policy = NULL;
    loaded.mask_bytes = 0;
    return cmd_compile(&loaded);
}

/* The summary is made also where nothing is written: it is what one runs to see
 * whether a schema is taken, and what is enforced of it. */
int cmd_compile(const Options *o)
{
    gram_vocab *v;
    gram_grammar *g;
    Result r = {0};
    if (o->out) return compile_to_file(o);
    Made made;
    int rc = open_made(o, &v, &g, &made);
    if (rc != DONE) return rc;
    r.compile_us = made.us;
    rc = measure(o, g, &r);
    if (rc == DONE && o->json)
        print_object(o, g, &r);
    else if (rc == DONE)
        print_summary(o, g, &r);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return rc;
}

/* One run: a fresh grammar and its first mask.  The smallest times are kept:
 * whatever disturbs a run makes it longer. */
static int bench_once(const Options *o, const Text *text, gram_vocab *v,
                      double *compile_us, double *first_us)
{
    gram_grammar *g;
    gram_error e = {0};
    Made made;
    double us;
    int rc = compile_grammar(o, text, v, &g, &made);
    if (rc != DONE) return rc;
    gram_status s = first_mask(g, &us, &e);
    if (s != GRAM_OK) rc = report_error(o->file, s, &e);
    if (s == GRAM_OK && us < *first_us) *first_us = us;
    if (made.us < *compile_us) *compile_us = made.us;
    gram_grammar_free(g);
    return rc;
}

/* File and vocabulary are read once: they are not what is measured. */
int cmd_bench(const Options *o)
{
    /* enough for the best to settle, few enough to wait for */
    enum { RUNS = 20 };
    gram_vocab *v;
    double compile_us = 1e18, first_us = 1e18;
    Text text = {0};
    int rc = read_grammar(o, &text);
    if (rc != DONE) return rc;
    rc = open_vocab(o, &v);
    if (rc == DONE) {
        for (int i = 0; i < RUNS && rc == DONE; i++)
            rc = bench_once(o, &text, v, &compile_us, &first_us);
        gram_vocab_free(v);
    }
    free(text.at);
    if (rc == DONE)
        printf("best of %d: compile %.1f us, first mask %.1f us\n", RUNS,
               compile_us, first_us);
    return rc;
}
