/* growth.h: schemas of any size, and what they cost.
 *
 * Two programs measure growth: schema_growth doubles sizes, schema_blowup has
 * one large size for each.  Steps are counted, not timed, so that figures are
 * the same on every machine. */
#ifndef GROWTH_H
#define GROWTH_H

#include "t.h"

#include "pda/pda.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <time.h>

typedef struct Text {
    char *at;
    size_t n, cap;
} Text;

static void put(Text *t, const char *fmt, ...)
{
    char buf[512];
    va_list args;
    va_start(args, fmt);
    size_t n = (size_t)vsnprintf(buf, sizeof buf, fmt, args);
    va_end(args);
    if (t->n + n + 1 > t->cap) {
        t->cap = 2 * (t->cap + n + 64);
        t->at = realloc(t->at, t->cap);
        if (t->at == NULL) abort();
    }
    memcpy(t->at + t->n, buf, n + 1);
    t->n += n;
}

/* put(t, ", ") but for the first */
static void comma(Text *t, int i)
{
    if (i > 0) put(t, ",");
}

/* --- families: a schema of size n, and a text of it ----------------------- */

typedef void Family(Text *schema, Text *text, int n);

/* Those of both programs. */

/* Arrays of different lengths, most of them alike at the start. */
static inline void array_enumeration(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++) {
        comma(s, i), put(s, "[");
        for (int k = 0; k < i % 9; k++) put(s, "%d,", k);
        put(s, "\"%d\"]", i);
    }
    put(s, "]}");
    put(t, "[0,1,2,\"%d\"]", n / 9 * 9 - 6);
}

/* Objects of different keys that share values. */
static inline void object_enumeration(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"a%d\":%d,\"b%d\":[%d],\"c\":{\"d\":%d}}",
                         i % 17, i, i % 13, i, i % 3);
    put(s, "]}");
    put(t, "{\"b7\":[7],\"c\":{\"d\":1},\"a7\":7}");
}

/* A union told apart by one key, the most frequent of wide ones. */
static inline void tagged_union(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\"]}",
                         i, i);
    put(s, "]}");
    put(t, "{\"kind\":\"t%d\",\"v%d\":1}", n / 2, n / 2);
}

/* A union of closed objects, as generators of code write it. */
static inline void closed_union(Text *s, Text *t, int n)
{
    put(s, "{\"anyOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\"],"
                         "\"additionalProperties\":false}",
                         i, i);
    put(s, "]}");
    put(t, "{\"kind\":\"t%d\",\"v%d\":1}", n / 2, n / 2);
}

/* Conditions on what lies in one nested object. */
static inline void nested_ifs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"if\":{\"properties\":{\"o\":{\"properties\":{\"t%d\":"
                "{\"const\":%d}},\"required\":[\"t%d\"]}},\"required\":"
                "[\"o\"]},\"then\":{\"properties\":{\"o\":{\"properties\":"
                "{\"v%d\":{\"maxLength\":%d}}}}}}",
                i, i, i, i, i);
    put(s, "]}");
    put(t, "{\"o\":{\"t1\":1,\"v1\":\"a\",\"t2\":0}}");
}

/* --- one run -------------------------------------------------------------- */

typedef struct Run {
    gram_status status;
    bool accepted;
    uint64_t compile, walk; /* steps */
    uint64_t again;         /* steps of the same walk once more */
    gram_status status_again;
    uint64_t states; /* after both */
    size_t memory;   /* the most held, in bytes */
    double seconds;
    gram_error error;
} Run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Every byte from every configuration along the text. */
static gram_status walk(GrRun *run, const Text *text, bool *accepted)
{
    GrConfig c, copy;
    GR_TRY(gr_run_start(run, &c));
    run->log = text->at;
    for (size_t i = 0; i < text->n; i++) {
        run->log_len = i + 1;
        for (int b = 0; b < 256; b++) {
            if (b == (uint8_t)text->at[i]) continue;
            copy = c;
            char *log = text->at, was = log[i];
            log[i] = (char)b;
            gram_status s = gr_run_byte(run, &copy, (uint8_t)b);
            log[i] = was;
            if (s != GRAM_OK && s != GRAM_E_REFUSED) return s;
        }
        GR_TRY(gr_run_byte(run, &c, (uint8_t)text->at[i]));
    }
    return gr_run_end(run, &c, accepted);
}

static void run_family(Family *make, int n, Run *r)
{
    Text schema = {0}, text = {0};
    GrEnv env, own;
    GrPda *pda = NULL;
    GrArena arena = {0};
    GrPdaStats stats;
    memset(r, 0, sizeof *r);
    make(&schema, &text, n);
    gr_env_init(&env, NULL, 256u << 20, 0);
    gr_env_init(&own, NULL, 0, 0);
    env.error = own.error = &r->error;
    double from = now();
    r->status = gr_pda_new(&env, &pda);
    if (r->status == GRAM_OK)
        r->status = gr_schema_compile(&env, schema.at, schema.n, NULL, pda);
    r->compile = env.steps;
    if (r->status == GRAM_OK) {
        GrRun run = {.pda = pda, .env = &own, .arena = &arena};
        env.error = NULL;
        r->status = walk(&run, &text, &r->accepted);
        if (r->status != GRAM_OK) gr_pda_last_error(pda, &r->error);
        gr_pda_stats(pda, &stats);
        r->walk = stats.steps;
        bool accepted;
        r->status_again = walk(&run, &text, &accepted);
        gr_pda_stats(pda, &stats);
        r->again = stats.steps - r->walk;
        r->states = stats.states;
    }
    r->seconds = now() - from;
    r->memory = env.peak;
    gr_arena_clear(&own, &arena);
    gr_pda_free(pda);
    free(schema.at);
    free(text.at);
}

static void report(const char *name, int n, const Run *r)
{
    printf("%-24s %7d: status %d, steps %llu + %llu, %zu KiB, %.3f s\n", name,
           n, r->status, (unsigned long long)r->compile,
           (unsigned long long)r->walk, r->memory >> 10, r->seconds);
}

#endif
