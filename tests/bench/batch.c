/* batch: what a server pays for the masks of a whole batch, all warm.
 *
 *     batch [--vocab V] [--specials S] [--schemas IN] [--out OUT]
 *           [--matchers 256] [--grammars 16] [--rounds 400] [--threads N]
 *           [policy options]
 *
 * IN has cases as maskbench reads them; the first ones with a valid instance
 * are taken, N grammars in all.  Matcher i follows the tokens of an instance
 * of grammar i mod N, and begins again at its end; all instances have been
 * through once before.  A round is one mask for every matcher (timed
 * together; zero-copy), then one token for every matcher (timed together).
 * With threads each has its share of the matchers, and its own rounds.
 *
 * One JSON line: nanoseconds a round (`masks_ns`, `accepts_ns`: mean, p50,
 * p99, max of the slowest thread), and a mean for one mask and one accept. */
#include "bench/bench_options.h"
#include "bench/bench_util.h"
#include "bench/lib/case.h"

#include <pthread.h>

enum { MOST_GRAMMARS = 1024, MOST_THREADS = 64 };

typedef struct Args {
    const char *vocab, *specials, *schemas, *out;
    uint64_t matchers, grammars, rounds, threads;
} Args;

/* A grammar and the tokens of one instance. */
typedef struct Track {
    gram_grammar *g;
    uint32_t *ids;
    size_t n;
} Track;

typedef struct Walker {
    gram_matcher *m;
    const Track *track;
    size_t at;
} Walker;

typedef struct Team {
    Walker *walker;
    uint64_t n, rounds;
    uint64_t *masks, *accepts; /* nanoseconds, by round */
    uint64_t unchanged;
    pthread_t thread;
} Team;

/* --- the grammars --------------------------------------------------------- */

/* Masks and tokens of the whole instance; false where it is refused. */
static bool warm_up(const Track *t)
{
    gram_matcher *m;
    const uint32_t *row;
    bool ok = gram_matcher_new(t->g, &m, NULL) == GRAM_OK;
    if (!ok) bench_die("batch", "out of memory");
    for (size_t i = 0; i < t->n && ok; i++)
        ok = gram_matcher_mask_view(m, &row, NULL) == GRAM_OK &&
             gram_matcher_accept(m, t->ids[i]) == GRAM_OK;
    ok = ok && gram_matcher_mask_view(m, &row, NULL) == GRAM_OK;
    gram_matcher_free(m);
    return ok;
}

/* The case at hand as a track, if it has an instance that is accepted. */
static bool make_track(Bench *b, Track *t)
{
    const char *text;
    size_t len;
    *t = (Track){0};
    if (!bench_case_valid(b) || b->n_ids == 0) return false;
    bench_case_schema(b, &text, &len);
    if (gram_grammar_new(b->v, b->kind, text, len, &b->opt, &t->g, NULL) !=
        GRAM_OK)
        return false;
    t->n = b->n_ids;
    t->ids = bench_alloc(NULL, t->n * sizeof *t->ids);
    memcpy(t->ids, b->ids, t->n * sizeof *t->ids);
    if (warm_up(t) && warm_up(t)) return true;
    gram_grammar_free(t->g);
    free(t->ids);
    return false;
}

static uint64_t read_tracks(Bench *b, const Args *a, Track *track)
{
    BenchLines lines;
    uint64_t n = 0;
    bench_open(&lines, a->schemas);
    while (n < a->grammars && bench_line(&lines)) {
        bench_case_read(b, lines.at, lines.n);
        n += make_track(b, &track[n]);
    }
    bench_close(&lines);
    if (n == 0) bench_die("--schemas", "no case that can be followed");
    return n;
}

/* --- rounds --------------------------------------------------------------- */

static void all_masks(Team *t)
{
    const uint32_t *row;
    for (uint64_t i = 0; i < t->n; i++)
        if (gram_matcher_mask_view(t->walker[i].m, &row, NULL) != GRAM_OK)
            bench_die("batch", "a mask failed");
}

/* Outside of both clocks: what is said of masks, and beginning again. */
static void between(Team *t)
{
    for (uint64_t i = 0; i < t->n; i++) {
        Walker *w = &t->walker[i];
        uint32_t facts = gram_matcher_mask_facts(w->m, NULL);
        t->unchanged += (facts & GRAM_MASK_UNCHANGED) != 0;
        if (w->at < w->track->n) continue;
        gram_matcher_reset(w->m);
        w->at = 0;
    }
}

static void all_accepts(Team *t)
{
    for (uint64_t i = 0; i < t->n; i++) {
        Walker *w = &t->walker[i];
        if (gram_matcher_accept(w->m, w->track->ids[w->at++]) != GRAM_OK)
            bench_die("batch", "a token was refused");
    }
}

static void *run(void *ctx)
{
    Team *t = ctx;
    for (uint64_t r = 0; r < t->rounds; r++) {
        uint64_t t0 = bench_ns();
        all_masks(t);
        t->masks[r] = bench_ns() - t0;
        between(t);
        t0 = bench_ns();
        all_accepts(t);
        t->accepts[r] = bench_ns() - t0;
    }
    return NULL;
}

/* Matchers lie at different places of their instances. */
static void start_walkers(Walker *w, uint64_t n, const Track *track,
                          uint64_t n_tracks)
{
    for (uint64_t i = 0; i < n; i++) {
        w[i] = (Walker){.track = &track[i % n_tracks]};
        if (gram_matcher_new(w[i].track->g, &w[i].m, NULL) != GRAM_OK)
            bench_die("batch", "out of memory");
        for (uint64_t k = i / n_tracks * 7 % w[i].track->n; w[i].at < k;)
            if (gram_matcher_accept(w[i].m, w[i].track->ids[w[i].at++]) !=
                GRAM_OK)
                bench_die("batch", "a token was refused");
    }
}

/* --- results -------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts `at`; adds to *mean what one of `each` costs. */
static cJSON *summary(uint64_t *at, uint64_t n, uint64_t each, double *mean)
{
    cJSON *j = cJSON_CreateObject();
    double sum = 0;
    qsort(at, n, sizeof *at, by_value);
    for (uint64_t i = 0; i < n; i++) sum += (double)at[i];
    *mean += sum / (double)n / (double)each;
    cJSON_AddNumberToObject(j, "mean", sum / (double)n);
    cJSON_AddNumberToObject(j, "p50", (double)at[n / 2]);
    cJSON_AddNumberToObject(j, "p99", (double)at[n * 99 / 100]);
    cJSON_AddNumberToObject(j, "max", (double)at[n - 1]);
    return j;
}

static void report(const Bench *b, const Args *a, uint64_t n_tracks, Team *team)
{
    cJSON *j = cJSON_CreateObject();
    double mask = 0, accept = 0;
    uint64_t unchanged = 0, slow = 0;
    for (uint64_t i = 0; i < a->threads; i++) {
        Team *t = &team[i];
        cJSON_Delete(summary(t->masks, t->rounds, t->n, &mask));
        cJSON_Delete(summary(t->accepts, t->rounds, t->n, &accept));
        unchanged += t->unchanged;
        if (t->masks[t->rounds / 2] > team[slow].masks[t->rounds / 2]) slow = i;
    }
    double all = (double)(a->matchers * a->rounds), ignored = 0;
    cJSON_AddStringToObject(j, "bench", "batch");
    cJSON_AddNumberToObject(j, "matchers", (double)a->matchers);
    cJSON_AddNumberToObject(j, "grammars", (double)n_tracks);
    cJSON_AddNumberToObject(j, "threads", (double)a->threads);
    cJSON_AddNumberToObject(j, "rounds", (double)a->rounds);
    cJSON_AddItemToObject(
        j, "masks_ns",
        summary(team[slow].masks, a->rounds, team[slow].n, &ignored));
    cJSON_AddItemToObject(
        j, "accepts_ns",
        summary(team[slow].accepts, a->rounds, team[slow].n, &ignored));
    cJSON_AddNumberToObject(j, "mask_ns_mean", mask / (double)a->threads);
    cJSON_AddNumberToObject(j, "accept_ns_mean", accept / (double)a->threads);
    cJSON_AddNumberToObject(j, "unchanged_share", (double)unchanged / all);
    bench_case_print(b, j);
}

static void measure(const Bench *b, const Args *a, const Track *track,
                    uint64_t n_tracks)
{
    Walker *walker = bench_alloc(NULL, a->matchers * sizeof *walker);
    Team team[MOST_THREADS];
    start_walkers(walker, a->matchers, track, n_tracks);
    for (uint64_t i = 0; i < a->threads; i++) {
        uint64_t from = a->matchers * i / a->threads;
        team[i] = (Team){.walker = walker + from, .rounds = a->rounds};
        team[i].n = a->matchers * (i + 1) / a->threads - from;
        team[i].masks = bench_alloc(NULL, a->rounds * sizeof(uint64_t));
        team[i].accepts = bench_alloc(NULL, a->rounds * sizeof(uint64_t));
        if (i > 0 && pthread_create(&team[i].thread, NULL, run, &team[i]) != 0)
            bench_die("--threads", "no thread to be had");
    }
    run(&team[0]);
    for (uint64_t i = 1; i < a->threads; i++)
        pthread_join(team[i].thread, NULL);
    report(b, a, n_tracks, team);
    for (uint64_t i = 0; i < a->threads; i++) {
        free(team[i].masks);
        free(team[i].accepts);
    }
    for (uint64_t i = 0; i < a->matchers; i++) gram_matcher_free(walker[i].m);
    free(walker);
}

/* --- options -------------------------------------------------------------- */

static bool count(const char *value, uint64_t max, uint64_t *to)
{
    return bench_number(value, max, to) && *to > 0;
}

static void option(Bench *b, Args *a, const char *name, const char *value)
{
    bool ok = true;
    if (strcmp(name, "--vocab") == 0)
        a->vocab = value;
    else if (strcmp(name, "--specials") == 0)
        a->specials = value;
    else if (strcmp(name, "--schemas") == 0)
        a->schemas = value;
    else if (strcmp(name, "--out") == 0)
        a->out = value;
    else if (strcmp(name, "--matchers") == 0)
        ok = count(value, 1 << 20, &a->matchers);
    else if (strcmp(name, "--grammars") == 0)
        ok = count(value, MOST_GRAMMARS, &a->grammars);
    else if (strcmp(name, "--rounds") == 0)
        ok = count(value, 1 << 24, &a->rounds);
    else if (strcmp(name, "--threads") == 0)
        ok = count(value, MOST_THREADS, &a->threads);
    else
        ok = bench_option(&b->opt, name, value) == 1;
    if (!ok) bench_die(name, "unknown option, or a bad value");
}

int main(int argc, char **argv)
{
    Bench *b = bench_alloc(NULL, sizeof *b);
    Args a = {.matchers = 256, .grammars = 16, .rounds = 400, .threads = 1};
    static Track track[MOST_GRAMMARS];
    bench_init(b);
    for (int i = 1; i < argc; i++) {
        if (bench_flag(&b->opt, argv[i]) == 1) continue;
        if (i + 1 == argc) bench_die(argv[i], "a value is missing");
        option(b, &a, argv[i], argv[i + 1]);
        i++;
    }
    if (a.threads > a.matchers) bench_die("--threads", "more than matchers");
    if (a.out != NULL) b->out = fopen(a.out, "wb");
    if (b->out == NULL) bench_die(a.out, "cannot be written");
    bench_start(b, a.vocab, a.specials);
    uint64_t n = read_tracks(b, &a, track);
    measure(b, &a, track, n);
    for (uint64_t i = 0; i < n; i++) {
        gram_grammar_free(track[i].g);
        free(track[i].ids);
    }
    bool ok = bench_stop(b);
    free(b);
    return ok ? 0 : 5;
}
