/* The cases of tests/cases/schema/keywords, each text by bytes, by random
 * tokens, by the tokens of the embedded vocabulary with each mask looked at
 * on the way, and over precomputed masks; every schema cut short at every
 * byte; every keyword that asserts something has a case. */
#include "oracle/cases.h"
#include "oracle/gen.h"
#include "oracle/world.h"
#include "t.h"

#include <dirent.h>

static const char *const FOLDER = "tests/cases/schema/keywords";

typedef struct Run {
    World *w;
    Gen *g;
    gram_vocab *vocab; /* embedded */
    gram_options opt;
    gram_grammar *small, *full; /* over w->vocab and over vocab */
    gram_matcher *m, *n;
    uint32_t *mask;
    size_t words;
    char all[1 << 16]; /* every schema, to look keywords up in */
    char where[128];
} Run;

/* --- options -------------------------------------------------------------- */

static void set_option(Run *r, const char *line)
{
    struct {
        const char *text;
        int *at, value;
    } table[] = {
        {"whitespace=none", (int *)&r->opt.whitespace, GRAM_WHITESPACE_NONE},
        {"whitespace=any", (int *)&r->opt.whitespace, GRAM_WHITESPACE_ANY},
        {"numbers=no-exponent", (int *)&r->opt.numbers,
         GRAM_NUMBERS_NO_EXPONENT},
        {"escapes=canonical", (int *)&r->opt.escapes, GRAM_ESCAPES_CANONICAL},
        {"additional=closed", (int *)&r->opt.additional,
         GRAM_ADDITIONAL_CLOSED},
        {"key-order=schema", (int *)&r->opt.key_order, GRAM_KEY_ORDER_SCHEMA},
        {"max-depth=2", (int *)&r->opt.max_depth, 2},
        {"max-depth=3", (int *)&r->opt.max_depth, 3},
        {"max-items=1", (int *)&r->opt.max_items, 1},
        {"max-string=2", (int *)&r->opt.max_string, 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].text, line) != 0) continue;
        *table[i].at = table[i].value;
        return;
    }
    T_OK(0, "%s: no option %s", r->where, line);
}

/* --- one schema ----------------------------------------------------------- */

static void drop(Run *r)
{
    gram_matcher_free(r->m);
    gram_matcher_free(r->n);
    gram_grammar_free(r->small);
    gram_grammar_free(r->full);
    r->m = r->n = NULL;
    r->small = r->full = NULL;
}

/* What the library does not take yet is refused at the keyword. */
static void check_refusal(Run *r, gram_status s, const gram_error *e,
                          const char *schema)
{
    const char *keyword = strrchr(e->pointer, '/');
    T_OK(s == GRAM_E_UNSUPPORTED, "%s: status %d: %s", r->where, s, e->message);
    T_OK(e->line == 1 && e->column > 1 && keyword != NULL &&
             strstr(schema, keyword + 1) != NULL,
         "%s: at %u:%u %s", r->where, e->line, e->column, e->pointer);
    T_SKIP("%s: %s", r->where, e->message);
}

static void begin(Run *r, const char *schema)
{
    gram_error e = {0};
    uint64_t n;
    size_t len = strlen(schema), used = strlen(r->all);
    drop(r);
    if (used + len + 1 < sizeof r->all) memcpy(r->all + used, schema, len + 1);
    gram_status s = gram_grammar_new(r->w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                                     len, &r->opt, &r->small, &e);
    if (s != GRAM_OK) {
        check_refusal(r, s, &e, schema);
        return;
    }
    T(gram_grammar_new(r->vocab, GRAM_KIND_JSON_SCHEMA, schema, len, &r->opt,
                       &r->full, &e) == GRAM_OK);
    T(gram_matcher_new(r->small, &r->m, &e) == GRAM_OK);
    T(gram_matcher_new(r->full, &r->n, &e) == GRAM_OK);
    if (gen_below(r->g, 4) == 0)
        T(gram_grammar_precompute(r->small, 4096, NULL, NULL, &n, &e) ==
          GRAM_OK);
}

/* Cut short everywhere: an error or a grammar, never a crash. */
static void cut(Run *r, const char *schema)
{
    size_t len = strlen(schema);
    for (size_t n = 0; n < len; n++) {
        gram_grammar *g = NULL;
        gram_error e = {0};
        char *exact = malloc(n + 1); /* so that reading past it is seen */
        memcpy(exact, schema, n);
        gram_status s = gram_grammar_new(r->w->vocab, GRAM_KIND_JSON_SCHEMA,
                                         exact, n, &r->opt, &g, &e);
        T_OK(s == GRAM_E_SYNTAX && e.line == 1 && e.offset <= n,
             "%s: cut at %zu: status %d at %zu", r->where, n, s, e.offset);
        if (s == GRAM_OK) gram_grammar_free(g);
        free(exact);
    }
}

/* --- one text ------------------------------------------------------------- */

static bool by_bytes(Run *r, const char *text, size_t len)
{
    gram_matcher_reset(r->m);
    return gram_matcher_accept_bytes(r->m, text, len, NULL) == GRAM_OK &&
           gram_matcher_may_stop(r->m);
}

/* A token that the text goes on with, from a random one on. */
static uint32_t piece(Run *r, const char *text, size_t len, size_t *n)
{
    uint32_t from = gen_below(r->g, r->w->n_tokens), t = 0;
    for (uint32_t i = 0; i < r->w->n_tokens; i++) {
        t = (from + i) % r->w->n_tokens;
        const char *b = gram_vocab_token(r->w->vocab, t, n);
        if (t != r->w->end && *n <= len && memcmp(b, text, *n) == 0) break;
    }
    return t;
}

/* Mask, check and accept agree on a token; was it accepted? */
static bool take(Run *r, gram_matcher *m, uint32_t t)
{
    T(gram_matcher_mask(m, r->mask, r->words) == GRAM_OK);
    bool bit = r->mask[t >> 5] >> (t & 31) & 1;
    bool may = gram_matcher_check(m, t) == GRAM_OK;
    bool did = gram_matcher_accept(m, t) == GRAM_OK;
    T_OK(bit == may && may == did, "%s: token %u: bit %d, check %d, accept %d",
         r->where, t, bit, may, did);
    return did;
}

static bool by_pieces(Run *r, const char *text, size_t len)
{
    size_t n;
    gram_matcher_reset(r->m);
    for (size_t at = 0; at < len; at += n)
        if (!take(r, r->m, piece(r, text + at, len - at, &n))) return false;
    return take(r, r->m, r->w->end);
}

static bool by_encoding(Run *r, const char *text, size_t len)
{
    uint32_t ids[256];
    size_t n = 0;
    T(gram_vocab_encode(r->vocab, text, len, ids, 256, &n, NULL) == GRAM_OK);
    gram_matcher_reset(r->n);
    for (size_t i = 0; i < n; i++)
        if (!take(r, r->n, ids[i])) return false;
    return gram_matcher_may_stop(r->n);
}

static void judge(Run *r, const char *text, bool want)
{
    size_t len = strlen(text);
    if (r->m == NULL || r->n == NULL) return;
    T_OK(by_bytes(r, text, len) == want, "%s: bytes: %s", r->where, text);
    for (int i = 0; i < 3; i++)
        T_OK(by_pieces(r, text, len) == want, "%s: tokens: %s", r->where, text);
    T_OK(by_encoding(r, text, len) == want, "%s: encoded: %s", r->where, text);
}

/* --- files ---------------------------------------------------------------- */

static void line(Run *r, const char *text)
{
    if (strncmp(text, "option ", 7) == 0) {
        set_option(r, text + 7);
    } else if (strncmp(text, "schema ", 7) == 0) {
        begin(r, text + 7);
        if (text[7] == '{') cut(r, text + 7);
    } else if ((text[0] == '+' || text[0] == '-') && text[1] == ' ') {
        judge(r, text + 2, text[0] == '+');
    } else if (text[0] == 0) {
        memset(&r->opt, 0, sizeof r->opt);
        r->opt.size = sizeof r->opt;
    } else {
        T_OK(text[0] == '#', "%s: what is `%s`?", r->where, text);
    }
}

static void file(Run *r, const char *name)
{
    char path[512];
    size_t len, n = 1;
    snprintf(path, sizeof path, "%s/%s", FOLDER, name);
    char *text = cases_read_file(path, &len);
    T_OK(text != NULL, "%s cannot be read", path);
    if (text == NULL) return;
    line(r, "");
    for (char *p = text, *end; p < text + len; p = end + 1, n++) {
        end = memchr(p, '\n', len - (size_t)(p - text));
        if (end == NULL) break;
        *end = 0;
        snprintf(r->where, sizeof r->where, "%s:%zu", name, n);
        line(r, p);
    }
    drop(r);
    free(text);
}

static void check_keywords(Run *r)
{
    const char *keyword, *what;
    uint32_t drafts;
    char quoted[64];
    for (size_t i = 0; (keyword = gram_keyword(i, &drafts, &what)); i++) {
        if (strcmp(what, "assertion") != 0 && strcmp(what, "applicator") != 0)
            continue;
        snprintf(quoted, sizeof quoted, "\"%s\"", keyword);
        T_OK(strstr(r->all, quoted) != NULL, "no case has %s", keyword);
    }
}

int main(void)
{
    Run *r = calloc(1, sizeof *r);
    r->w = calloc(1, sizeof *r->w);
    r->g = calloc(1, sizeof *r->g);
    r->g->seed = t_seed();
    T(world_open(r->w));
    T(gram_vocab_default(NULL, &r->vocab, NULL) == GRAM_OK);
    r->words = gram_vocab_mask_words(r->vocab);
    r->mask = calloc(r->words, sizeof *r->mask);
    DIR *d = opendir(FOLDER);
    T_OK(d != NULL, "%s: not there", FOLDER);
    int n = 0;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (strstr(e->d_name, ".txt") == NULL) continue;
        file(r, e->d_name);
        n++;
    }
    if (d != NULL) closedir(d);
    T_OK(n >= 45, "only %d files", n);
    check_keywords(r);
    gram_vocab_free(r->vocab);
    world_close(r->w);
    free(r->mask);
    free(r->g);
    free(r->w);
    free(r);
    return t_done();
}
