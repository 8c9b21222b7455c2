/* One schema against the plain validator: see world.h. */
#include "oracle/world.h"

#include "json/json.h"
#include "oracle/layout.h"
#include "oracle/validate.h"
#include "t.h"

#include <stdarg.h>

/* --- vocabularies --------------------------------------------------------- */

static const char *const hard[] = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "0",
    "1",
    "2",
    "3",
    "-",
    ".",
    "e",
    "a",
    "b",
    "c",
    "ab",
    "aa",
    " ",
    "\n ",
    "null",
    "true",
    "false",
    "nu",
    "ll",
    "tr",
    "ue",
    "\\",
    "\\u",
    "\\u00",
    "61",
    "62",
    "\\u0061",
    "\\u006",
    "{\"",
    "\":",
    "\",\"",
    "\":\"",
    "\":1",
    "\":1,\"",
    "\":{\"",
    "\":[",
    "}}",
    "}]",
    "]]",
    "\"]",
    "\"}",
    "1}",
    "1]",
    "1,",
    "[1,",
    "[[",
    "[{",
    "[]",
    "{}",
    "{\"a\":",
    "{\"a\":1,\"b",
    "{\"a\":1,\"a\":",
    "{\"a\":1}",
    "a\":",
    "b\":",
    "a\",\"b",
    "\"a\"",
    "\"b\"",
    "\"ab\"",
    "\"\"",
    "\"a\":1",
    "\"b\":1}",
    "ab\":1,\"a",
    "0.5",
    ".5",
    "1.5",
    "1.0",
    ".0",
    "e0",
    "E+0",
    "-1",
    "10",
    "1e0",
    "0.",
    "00",
    "[1,\"a\"",
    "null,",
    "true]",
    "\xC3\xA9",
    "\xC3",
    "\xA9",
    "\xE2\x82",
    "\xAC",
    "a\xC3",
    "\xA9\"",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F",
    "\\ud83d",
    "\\ude00",
    "d83d",
    "  ",
    "\t",
    " ]",
    " }",
    ", ",
    ": ",
    "{\"a\"",
    "\"a\":1",
    "\": ",
    ",\n",
    "\n  ",
    ",\n  \"",
    "[\n    ",
    "\n  }",
    "    ",
    "bb",
    "aab",
};
enum { N_HARD = sizeof hard / sizeof *hard };

static gram_vocab *vocab_of(const gram_token *t, uint32_t n, uint32_t end)
{
    gram_vocab *v = NULL;
    gram_vocab_options o = {.size = sizeof o, .end_ids = &end, .n_end_ids = 1};
    return gram_vocab_new(t, n, &o, &v, NULL) == GRAM_OK ? v : NULL;
}

static char all_bytes[256];

static const char *one_byte(uint32_t b)
{
    all_bytes[b] = (char)b;
    return &all_bytes[b];
}

gram_vocab *world_vocab(uint32_t *n_first)
{
    gram_token *t = calloc(N_HARD + 257, sizeof *t);
    if (t == NULL) return NULL;
    for (uint32_t i = 0; i < N_HARD; i++)
        t[i] = (gram_token){hard[i], (uint32_t)strlen(hard[i]), 0};
    for (uint32_t b = 0; b < 256; b++)
        t[N_HARD + b] = (gram_token){one_byte(b), 1, GRAM_TOKEN_BYTE};
    t[N_HARD + 256] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    gram_vocab *v = vocab_of(t, N_HARD + 257, N_HARD + 256);
    *n_first = N_HARD;
    free(t);
    return v;
}

/* A piece of a random spelled value: crosses whatever it crosses. */
static uint32_t piece(Gen *g, Gen *tmp, char *out, uint32_t cap)
{
    gen_clear(tmp);
    gen_value(tmp, 3);
    size_t n = tmp->len;
    gen_spell(tmp, tmp->text, n);
    uint32_t room = (uint32_t)(tmp->len - n), from, len;
    if (room == 0) return 0;
    from = gen_below(g, room);
    len = 1 + gen_below(g, cap);
    if (len > room - from) len = room - from;
    memcpy(out, tmp->text + n + from, len);
    return len;
}

/* Runs longer than most patterns count. */
static const char *const runs[] = {
    "aaaaaaaaaaaaaaaaaaa",       "aaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaa,", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
    "aaaaaaaaaaaaaaaaaa-b",      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,k",
};
enum { N_RUNS = sizeof runs / sizeof *runs };

gram_vocab *world_random_vocab(Gen *g, bool sparse)
{
    enum { N = 512, LEN = 12 };
    gram_token *t = calloc(N, sizeof *t);
    char *bytes = calloc(N, LEN);
    Gen *tmp = calloc(1, sizeof *tmp);
    uint32_t n = 0, want = gen_below(g, 200);
    gram_vocab *v = NULL;
    if (t != NULL && bytes != NULL && tmp != NULL) {
        tmp->seed = gen_below(g, 65536);
        for (uint32_t b = 0; b < 256; b++)
            if (!sparse || gen_below(g, 3))
                t[n++] = (gram_token){one_byte(b), 1, 0};
        for (uint32_t i = 0; i < want; i++) {
            bool known = gen_below(g, 2);
            const char *h = hard[gen_below(g, N_HARD)];
            uint32_t len = piece(g, tmp, bytes + (size_t)i * LEN, LEN);
            t[n++] = known ? (gram_token){h, (uint32_t)strlen(h), 0}
                           : (gram_token){bytes + (size_t)i * LEN, len, 0};
        }
        for (uint32_t i = 0; i < N_RUNS; i++)
            t[n++] = (gram_token){runs[i], (uint32_t)strlen(runs[i]), 0};
        t[n] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
        v = vocab_of(t, n + 1, n);
    }
    free(tmp);
    free(bytes);
    free(t);
    return v;
}

bool world_open(World *w)
{
    size_t n;
    w->vocab = world_vocab(&w->n_first);
    if (w->vocab == NULL) return false;
    w->n_tokens = gram_vocab_size(w->vocab);
    w->n_words = gram_vocab_mask_words(w->vocab);
    w->end = gram_vocab_end_ids(w->vocab, &n)[0];
    if (w->cap == 0) w->cap = 40;
    return true;
}

void world_close(World *w)
{
    gram_vocab_free(w->vocab);
    w->vocab = NULL;
}

uint32_t world_without(World *w)
{
    static const char *const probes[] = {
        "{\"contains\":{\"const\":1}}", "{\"uniqueItems\":true}",
        "{\"unevaluatedItems\":false}", "{\"unevaluatedProperties\":false}"};
    uint32_t without = 0;
    for (uint32_t i = 0; i < 4; i++) {
        gram_grammar *g = NULL;
        gram_status s = gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA,
                                         probes[i], strlen(probes[i]), NULL, &g,
                                         NULL);
        if (s == GRAM_OK) gram_grammar_free(g);
        if (s == GRAM_E_UNSUPPORTED) without |= 1u << i;
    }
    return without;
}

/* --- saying what is wrong ------------------------------------------------- */

static bool wrong(World *w, const char *schema, const char *fmt, ...)
{
    va_list args;
    int n = snprintf(w->why, WORLD_WHY, "%.3000s\n    ", schema);
    va_start(args, fmt);
    vsnprintf(w->why + n, WORLD_WHY - (size_t)n, fmt, args);
    va_end(args);
    return false;
}

/* --- one text ------------------------------------------------------------- */

typedef struct Here {
    World *w;
    Gen *g;
    const char *schema;
    gram_matcher *m;
    Oracle *oracle;
    uint32_t *mask;
    bool limited; /* the matcher's last answer was that it met a limit */
} Here;

/* A limit is no verdict. */
static bool is_ok(Here *h, gram_status s)
{
    h->limited = s == GRAM_E_LIMIT;
    return s == GRAM_OK;
}

static bool accepts(Here *h, const char *text, size_t len)
{
    gram_matcher_reset(h->m);
    return is_ok(h, gram_matcher_accept_bytes(h->m, text, len, NULL)) &&
           gram_matcher_may_stop(h->m);
}

/* Through random tokens that spell the text. */
static bool accepts_tokens(Here *h, const char *text, size_t len)
{
    gram_matcher_reset(h->m);
    for (size_t at = 0; at < len;) {
        uint32_t from = gen_below(h->g, h->w->n_tokens), i = 0, t = 0;
        size_t n = 0;
        for (; i < h->w->n_tokens; i++) {
            t = (from + i) % h->w->n_tokens;
            const char *b = gram_vocab_token(h->w->vocab, t, &n);
            if (t != h->w->end && n <= len - at && memcmp(b, text + at, n) == 0)
                break;
        }
        if (!is_ok(h, gram_matcher_accept(h->m, t))) return false;
        at += n;
    }
    return is_ok(h, gram_matcher_accept(h->m, h->w->end));
}

static bool judge(Here *h, const char *text, size_t len, int want)
{
    if (want == ORACLE_ERROR) return true;
    bool got = accepts(h, text, len);
    if (got != want)
        return wrong(h->w, h->schema, "%s %s: `%.*s`",
                     want ? "valid, but" : "invalid, but",
                     got ? "accepted" : "refused", (int)len, text);
    got = accepts_tokens(h, text, len);
    if (got != want)
        return wrong(h->w, h->schema, "%s by tokens: `%.*s`",
                     got ? "accepted" : "refused", (int)len, text);
    *(want ? &h->w->valid : &h->w->invalid) += 1;
    return true;
}

/* Is white space the one of a layout, other policies being what they may? */
static bool has_layout(const World *w)
{
    return w->options != NULL &&
           w->options->whitespace == GRAM_WHITESPACE_INDENT;
}

/* May the verdicts of instances be compared with the oracle's? */
static bool is_judged(const World *w)
{
    gram_options plain = {.size = sizeof plain};
    if (w->options == NULL) return true;
    plain.whitespace = GRAM_WHITESPACE_INDENT;
    plain.indent = w->options->indent;
    return memcmp(&plain, w->options, sizeof plain) == 0;
}

/* Numbers and white space as the default policies want them, in valid JSON:
 * runs of digits are short enough here, exponents may not be. */
static bool fits_policy(const World *w, const char *text, size_t len)
{
    bool quoted = false;
    size_t space = 0, digits = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"') quoted = !quoted;
        if (quoted && c == '\\') i++;
        space = !quoted && strchr(" \t\n\r", c) ? space + 1 : 0;
        bool starts = !quoted && (c == 'e' || c == 'E') && i > 0 &&
                      text[i - 1] >= '0' && text[i - 1] <= '9';
        bool digit = c >= '0' && c <= '9';
        if (starts)
            digits = 1;
        else if (digits > 0)
            digits = digit ? digits + 1 : c == '+' || c == '-' ? digits : 0;
        if ((space > 32 && !has_layout(w)) || digits > 4) return false;
    }
    return !has_layout(w) || layout_is(text, len, w->options->indent);
}

/* Is the text JSON as the policies want it? */
static bool is_json(const World *w, const char *text, size_t len)
{
    GrEnv env;
    GrArena arena = {0};
    GrJson j;
    gr_env_init(&env, NULL, 0, 0);
    bool ok = len > 0 && strchr(" \t\n\r", text[0]) == NULL &&
              strchr(" \t\n\r", text[len - 1]) == NULL &&
              gr_json_read(&env, &arena, text, len, 0, 0, &j) == GRAM_OK &&
              fits_policy(w, text, len);
    gr_arena_clear(&env, &arena);
    return ok;
}

/* The verdict about a text whose value has the verdict `want`: laid out, and
 * as it is. */
static bool judge_both(Here *h, const char *text, size_t len, int want)
{
    if (!has_layout(h->w)) return judge(h, text, len, want);
    unsigned indent = h->w->options->indent;
    char *laid = layout_print(text, len, indent);
    bool same = strcmp(laid, text) == 0;
    bool ok = judge(h, laid, strlen(laid), want) &&
              (same || judge(h, text, len, want == ORACLE_ERROR ? want : 0));
    free(laid);
    return ok;
}

/* A value, another spelling of it, and a broken one. */
static bool instance(Here *h, const char *value, bool more)
{
    size_t len = strlen(value);
    int want = oracle_check(h->oracle, value, len);
    if (!judge_both(h, value, len, want)) return false;
    if (!more) return true;
    gen_clear(h->g);
    gen_spell(h->g, value, len);
    if (!h->g->full && !judge_both(h, h->g->text, h->g->len, want))
        return false;
    gen_mutate(h->g, 0);
    want = 0;
    if (is_json(h->w, h->g->text, h->g->len))
        want = oracle_check(h->oracle, h->g->text, h->g->len);
    return judge(h, h->g->text, h->g->len, want);
}

static bool instances(Here *h)
{
    char *value = malloc(GEN_MAX);
    bool ok = value != NULL;
    const char *small;
    uint32_t skip = gen_below(h->g, 4);
    for (size_t i = 0; ok && (small = gen_small(i)) != NULL; i++)
        if (gen_below(h->g, h->w->small) == 0)
            ok = instance(h, small, (i & 3) == skip);
    for (uint32_t i = 0; ok && i < h->w->instances; i++) {
        gen_clear(h->g);
        gen_value(h->g, 3);
        memcpy(value, h->g->text, h->g->len + 1);
        ok = h->g->full || instance(h, value, true);
    }
    free(value);
    return ok;
}

/* --- documents from masks ------------------------------------------------- */

/* An allowed token: the next one from a random place on, often among the
 * first, which are the interesting ones.  UINT32_MAX: none. */
static uint32_t choose(Here *h)
{
    uint32_t n = h->w->n_tokens;
    uint32_t from = gen_below(h->g, gen_below(h->g, 4) ? h->w->n_first : n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t t = (from + i) % n;
        if (h->mask[t >> 5] >> (t & 31) & 1) return t;
    }
    return UINT32_MAX;
}

/* One token; *left counts down once the document is to be completed. */
static bool next(Here *h, uint32_t taken, uint64_t *left, uint32_t *token,
                 const char *text)
{
    gram_status s;
    if (taken == h->w->cap) {
        s = gram_matcher_completion_bound(h->m, left);
        if (!is_ok(h, s) || *left > 4000)
            return wrong(h->w, h->schema, "bound: status %d, %llu at `%s`", s,
                         (unsigned long long)*left, text);
    }
    if (taken >= h->w->cap && *left == 0) {
        *token = h->w->end;
        return true;
    }
    if (taken >= h->w->cap)
        s = gram_matcher_mask_budget(h->m, --*left, h->mask, h->w->n_words);
    else
        s = gram_matcher_mask(h->m, h->mask, h->w->n_words);
    if (!is_ok(h, s))
        return wrong(h->w, h->schema, "mask: status %d (%s) at `%s`", s,
                     gram_matcher_error(h->m)->message, text);
    *token = choose(h);
    if (*token == UINT32_MAX)
        return wrong(h->w, h->schema, "stuck (%s) at `%s`",
                     taken >= h->w->cap ? "budget" : "mask", text);
    return true;
}

static bool document(Here *h)
{
    char *text = h->w->document;
    size_t len = 0, n;
    uint64_t left = 0;
    gram_matcher_reset(h->m);
    for (uint32_t taken = 0;; taken++) {
        uint32_t token;
        text[len] = 0;
        if (!next(h, taken, &left, &token, text)) return false;
        if (!is_ok(h, gram_matcher_accept(h->m, token)))
            return wrong(h->w, h->schema, "token %u refused at `%s`", token,
                         text);
        if (token == h->w->end) break;
        const char *b = gram_vocab_token(h->w->vocab, token, &n);
        if (len + n + 1 > GEN_MAX)
            return wrong(h->w, h->schema, "endless: `%.80s`", text);
        memcpy(text + len, b, n);
        len += n;
    }
    if (h->w->fault == WORLD_FAULT_DOCUMENT && len > 0) text[--len] = 0;
    int r = oracle_check(h->oracle, text, len);
    if (r == ORACLE_INVALID || !is_json(h->w, text, len))
        return wrong(h->w, h->schema, "drawn, but not valid: `%s`", text);
    h->w->drawn++;
    return true;
}

/* --- one schema ----------------------------------------------------------- */

/* No small value may be valid. */
static bool check_empty(Here *h)
{
    const char *small;
    h->w->empty++;
    for (size_t i = 0; (small = gen_small(i)) != NULL; i++)
        if (oracle_check(h->oracle, small, strlen(small)) == ORACLE_VALID)
            return wrong(h->w, h->schema, "said to be empty, valid: `%s`",
                         small);
    return true;
}

static bool check_status(Here *h, gram_status s, const gram_error *e)
{
    switch (s) {
    case GRAM_E_EMPTY: return h->w->options != NULL || check_empty(h);
    case GRAM_E_LIMIT: h->w->limits++; return true;
    case GRAM_E_UNSUPPORTED: h->w->unsupported++; return true;
    case GRAM_E_SCHEMA:
        if (strstr(e->message, "cycle") != NULL) {
            h->w->references++;
            return true;
        }
        /* fall through */
    default:
        return wrong(h->w, h->schema, "compile: status %d: %s", s, e->message);
    }
}

static bool check_grammar(Here *h, gram_grammar *g)
{
    bool ok = true;
    h->w->compiled++;
    h->mask = calloc(h->w->n_words, sizeof *h->mask);
    if (h->mask == NULL || gram_matcher_new(g, &h->m, NULL) != GRAM_OK)
        ok = wrong(h->w, h->schema, "no matcher");
    /* policies may refuse what is valid */
    ok = ok && (!is_judged(h->w) || instances(h));
    for (uint32_t i = 0; ok && i < h->w->documents; i++) ok = document(h);
    gram_matcher_free(h->m);
    free(h->mask);
    h->w->limits += !ok && h->limited;
    return ok || h->limited;
}

bool world_check(World *w, Gen *g, const char *schema)
{
    OracleOptions opt = {.ignore = w->ignore, .formats = 1};
    Here h = {.w = w, .g = g, .schema = schema};
    gram_grammar *grammar = NULL;
    gram_error e = {0};
    gram_status s = gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                                     strlen(schema), w->options, &grammar, &e);
    h.oracle = oracle_new(schema, strlen(schema), &opt);
    bool ok = h.oracle == NULL ? wrong(w, schema, "the oracle cannot read it")
              : s == GRAM_OK   ? check_grammar(&h, grammar)
                               : check_status(&h, s, &e);
    oracle_free(h.oracle);
    if (s == GRAM_OK) gram_grammar_free(grammar);
    return ok;
}
