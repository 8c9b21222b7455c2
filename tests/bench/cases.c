/* cases: run the grammar and regex cases, one result line for each.
 *
 *     cases --cases FILE.jsonl[.xz] [--out FILE.jsonl] [--syntax S]
 *
 * A case is a grammar, strings that it must accept and strings that it must
 * refuse.  Strings are run byte by byte through the waist: no vocabulary is
 * needed, so what is judged is the front end and the machine alone.  A list
 * of integers and strings is a row of tokens and texts: a token is taken by
 * its id where the grammar lets it, and is its bytes in the case's own
 * `vocab` as well, if there is one.
 *
 * Output: {"id","status","error","wrong_accept":[...],"wrong_reject":[...]},
 * status ok, compile_error or limit; an empty language is status ok with
 * "empty":true.  Lines keep the order of the input. */
#include "grammar/grammar.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Bytes {
    char *at;
    size_t n, cap;
} Bytes;

typedef struct Runner {
    GrEnv env; /* of the case at hand */
    GrArena arena;
    GrJson json;
    gram_error error;
    FILE *out;
    Bytes text; /* a string of the case, decoded */
} Runner;

enum { CASE_STEPS = 400000000, CASE_MIB = 1024 };

static void die(const char *what)
{
    fprintf(stderr, "cases: %s\n", what);
    exit(2);
}

static void put(Bytes *b, const void *p, size_t n)
{
    if (b->n + n > b->cap) {
        b->cap = (b->n + n) * 2;
        b->at = realloc(b->at, b->cap);
        if (b->at == NULL) die("out of memory");
    }
    if (n) memcpy(b->at + b->n, p, n);
    b->n += n;
}

/* --- fields of a case ----------------------------------------------------- */

static const GrJsonNode *node(const Runner *r, uint32_t i)
{
    return &r->json.node[i];
}

static uint32_t field(const Runner *r, uint32_t object, const char *key)
{
    return gr_json_member(&r->json, object, key, strlen(key));
}

static bool is_type(const Runner *r, uint32_t i, GrJsonType type)
{
    return i != UINT32_MAX && node(r, i)->type == type;
}

/* A string member as bytes; "" where there is none. */
static const char *string(const Runner *r, uint32_t object, const char *key,
                          size_t *len)
{
    uint32_t i = field(r, object, key);
    *len = 0;
    if (!is_type(r, i, GR_JSON_STRING)) return "";
    *len = node(r, i)->n;
    return node(r, i)->text;
}

static bool equals(const char *s, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(s, word, n) == 0;
}

/* The strings of the case's vocabulary, or UINT32_MAX. */
static uint32_t vocab_of(const Runner *r)
{
    uint32_t opts = field(r, 0, "opts"), vocab = UINT32_MAX;
    if (is_type(r, opts, GR_JSON_OBJECT)) vocab = field(r, opts, "vocab");
    return is_type(r, vocab, GR_JSON_ARRAY) ? vocab : UINT32_MAX;
}

/* Node of a token of the vocabulary, or UINT32_MAX. */
static uint32_t token_node(const Runner *r, uint64_t id)
{
    uint32_t vocab = vocab_of(r);
    if (vocab == UINT32_MAX || id >= node(r, vocab)->n) return UINT32_MAX;
    uint32_t i = vocab + 1;
    while (id-- > 0) i = node(r, i)->next;
    return i;
}

/* The bytes of a token: vocab strings are latin-1 images. */
static void put_token(Runner *r, uint32_t i)
{
    for (uint32_t k = 0, n; k < node(r, i)->n; k += n) {
        const char *s = node(r, i)->text + k;
        char c = (char)gr_utf8_get(s, node(r, i)->n - k, &n);
        put(&r->text, &c, 1);
    }
}

static bool token_exists(const void *ctx, uint32_t id, bool *is_text)
{
    *is_text = true;
    return token_node(ctx, id) != UINT32_MAX;
}

static gram_status token_find(const void *ctx, GrEnv *env, const char *text,
                              size_t len, uint32_t *id)
{
    const Runner *r = ctx;
    uint32_t vocab = vocab_of(r), t = 0;
    *id = UINT32_MAX;
    for (uint32_t i = vocab + 1; i < node(r, vocab)->next && *id == UINT32_MAX;
         i = node(r, i)->next, t++)
        if (node(r, i)->n == len && memcmp(node(r, i)->text, text, len) == 0)
            *id = t;
    return gr_step(env, t);
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* Decode input i, no list, into r->text. */
static bool decode(Runner *r, uint32_t i)
{
    const GrJsonNode *x = node(r, i);
    r->text.n = 0;
    if (x->type == GR_JSON_STRING) {
        put(&r->text, x->text, x->n);
        return true;
    }
    if (x->type != GR_JSON_OBJECT) return false;
    size_t n;
    const char *s = string(r, i, "hex", &n);
    for (size_t k = 0; k + 1 < n; k += 2) {
        char c = (char)(hex_digit(s[k]) << 4 | hex_digit(s[k + 1]));
        put(&r->text, &c, 1);
    }
    return true;
}

/* --- running -------------------------------------------------------------- */

typedef struct Place {
    GrRun run;
    GrConfig c;
} Place;

static gram_status run_bytes(Runner *r, Place *p)
{
    gram_status status = GRAM_OK;
    p->run.log = r->text.at;
    for (size_t i = 0; i < r->text.n && status == GRAM_OK; i++) {
        p->run.log_len = i + 1;
        status = gr_run_byte(&p->run, &p->c, (uint8_t)r->text.at[i]);
    }
    return status;
}

/* A token: by its id where that is allowed, and by its bytes. */
static gram_status run_token(Runner *r, Place *p, const GrJsonNode *number)
{
    GrPda *pda = p->run.pda;
    uint64_t id = strtoul(number->text, NULL, 10);
    uint32_t i = token_node(r, id);
    uint32_t cls = gr_pda_token_class(pda, (uint32_t)id, true);
    Cell cell = gr_cell_dead();
    r->text.n = 0;
    if (i != UINT32_MAX) put_token(r, i);
    if (cls != GR_NO_CLASS && gr_state_takes(gr_pda_get_state(pda, p->c.state)))
        GR_TRY(gr_pda_take(pda, p->c.state, GR_TAKE, cls, &cell));
    if (cell.v == GR_CELL_DEAD)
        return i == UINT32_MAX ? GRAM_E_REFUSED : run_bytes(r, p);
    if (i == UINT32_MAX) return gr_run_take(&p->run, &p->c, GR_TAKE, cls);
    GR_TRY(gr_run_take(&p->run, &p->c, GR_TAKE_BEGIN, cls));
    GR_TRY(run_bytes(r, p));
    return gr_run_take(&p->run, &p->c, GR_TAKE_END, cls);
}

static gram_status run_pieces(Runner *r, Place *p, uint32_t i)
{
    const GrJsonNode *x = node(r, i);
    if (x->type != GR_JSON_ARRAY)
        return decode(r, i) ? run_bytes(r, p) : GRAM_E_REFUSED;
    for (uint32_t k = i + 1; k < x->next; k = node(r, k)->next) {
        bool number = node(r, k)->type == GR_JSON_NUMBER;
        if (!number && !decode(r, k)) return GRAM_E_REFUSED;
        GR_TRY(number ? run_token(r, p, node(r, k)) : run_bytes(r, p));
    }
    return GRAM_OK;
}

/* Is input i in the language?  GRAM_E_REFUSED or GRAM_OK; else a limit. */
static gram_status run_input(Runner *r, GrPda *pda, uint32_t i)
{
    GrArena arena = {0};
    Place p = {.run = {.pda = pda, .env = &r->env, .arena = &arena}};
    bool may = false;
    gram_status status = gr_run_start(&p.run, &p.c);
    if (status == GRAM_OK) status = run_pieces(r, &p, i);
    if (status == GRAM_OK) status = gr_run_end(&p.run, &p.c, &may);
    gr_arena_clear(&r->env, &arena);
    if (status != GRAM_OK) return status;
    return may ? GRAM_OK : GRAM_E_REFUSED;
}

static void print_node(Runner *r, const char *line, uint32_t i, bool *first)
{
    const GrJsonNode *x = node(r, i);
    size_t from = x->at, to;
    int depth = 0;
    bool quoted = false;
    for (to = from;; to++) { /* the value's own text: it is valid JSON */
        char c = line[to];
        if (quoted) {
            if (c == '\\') to++;
            quoted = c != '"';
        } else {
            quoted = c == '"';
            depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        }
        if (depth == 0 && !quoted) break;
    }
    fprintf(r->out, "%s%.*s", *first ? "" : ",", (int)(to + 1 - from),
            line + from);
    *first = false;
}

/* Run one list; prints what went wrong.  false: a limit was met. */
static bool run_list(Runner *r, const char *line, GrPda *pda, const char *key,
                     bool expected, bool *first)
{
    uint32_t list = field(r, 0, key);
    if (!is_type(r, list, GR_JSON_ARRAY)) return true;
    for (uint32_t i = list + 1; i < node(r, list)->next; i = node(r, i)->next) {
        gram_status status = GRAM_E_REFUSED;
        if (pda != NULL) status = run_input(r, pda, i);
        if (status != GRAM_OK && status != GRAM_E_REFUSED) return false;
        if ((status == GRAM_OK) == expected) continue;
        print_node(r, line, i, first);
    }
    return true;
}

/* --- compiling ------------------------------------------------------------ */

static uint32_t regex_flags(Runner *r)
{
    size_t n;
    uint32_t opts = field(r, 0, "opts"), flags = 0;
    const char *s = "";
    if (is_type(r, opts, GR_JSON_OBJECT) &&
        is_type(r, field(r, opts, "flags"), GR_JSON_STRING))
        s = string(r, opts, "flags", &n);
    else
        s = string(r, 0, "flags", &n);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == 'i') flags |= GRAM_REGEX_IGNORE_CASE;
        if (s[i] == 's') flags |= GRAM_REGEX_DOT_ALL;
        if (s[i] == 'm') flags |= GRAM_REGEX_MULTILINE;
        if (s[i] == 'v') flags |= GRAM_REGEX_SETS | GRAM_REGEX_STRICT;
        if (s[i] == 'u') flags |= GRAM_REGEX_STRICT;
    }
    return n == 0 ? GRAM_REGEX_STRICT : flags;
}

/* ^(?:pattern)$: with the m flag that is not the whole text, so a whole match
 * is a search for this. */
static gram_status whole_lines(Runner *r, const char **text, size_t *len)
{
    char *wrapped = gr_arena_take(&r->env, &r->arena, *len + 6);
    if (wrapped == NULL) return GRAM_E_MEMORY;
    memcpy(wrapped, "^(?:", 4);
    memcpy(wrapped + 4, *text, *len);
    memcpy(wrapped + 4 + *len, ")$", 2);
    *text = wrapped;
    *len += 6;
    return GRAM_OK;
}

static gram_status compile(Runner *r, bool search, GrPda **pda)
{
    size_t n, len, start_len;
    const char *syntax = string(r, 0, "syntax", &n);
    const char *text = string(r, 0, "grammar", &len);
    const char *start = string(r, 0, "start", &start_len);
    char *name = gr_arena_copy(&r->env, &r->arena, start, start_len);
    gram_options opt = {.size = sizeof opt};
    GrReport report = {0};
    gram_kind kind = GRAM_KIND_LARK;
    if (name == NULL) return GRAM_E_MEMORY;
    if (start_len) opt.start = name;
    if (equals(syntax, n, "gbnf") || equals(syntax, n, "cfg"))
        kind = GRAM_KIND_GBNF;
    if (equals(syntax, n, "xgrammar-ebnf")) kind = GRAM_KIND_EBNF;
    if (equals(syntax, n, "structural-tag")) kind = GRAM_KIND_STRUCTURAL_TAG;
    if (equals(syntax, n, "regex-ecma")) kind = GRAM_KIND_REGEX;
    if (kind == GRAM_KIND_REGEX) opt.regex_flags = regex_flags(r);
    if (!search && opt.regex_flags & GRAM_REGEX_MULTILINE) {
        GR_TRY(whole_lines(r, &text, &len));
        search = true;
    }
    if (search) opt.regex_flags |= GR_GRAMMAR_SEARCH;
    GR_TRY(gr_pda_new(&r->env, pda));
    uint32_t vocab = vocab_of(r);
    GrTokenNames names = {r, 0, token_exists, token_find};
    if (vocab != UINT32_MAX) names.n_text = node(r, vocab)->n;
    gram_status status = gr_grammar_compile_for(
        &r->env, kind, text, len, &opt, vocab != UINT32_MAX ? &names : NULL,
        *pda, &report);
    gr_report_clear(&r->env, &report);
    return status;
}

static const char *status_name(gram_status status)
{
    if (status == GRAM_OK || status == GRAM_E_EMPTY) return "ok";
    if (status == GRAM_E_LIMIT || status == GRAM_E_MEMORY) return "limit";
    return "compile_error";
}

static void put_error(Runner *r)
{
    GrText text = {0};
    const char *m = r->error.message;
    if (gr_json_write_string(&r->env, &text, m, strlen(m)) == GRAM_OK)
        fprintf(r->out, ",\"error\":%.*s,\"at\":%zu", (int)text.n, text.at,
                r->error.offset);
    gr_vec_clear(&r->env, &text);
}

/* One pass over accept and reject with one machine; the lists of the two
 * kinds of search cases share the output lists. */
static bool run_lists(Runner *r, const char *line, GrPda *whole, GrPda *search,
                      const char *const keys[2], bool expected)
{
    bool first = true;
    fprintf(r->out, ",\"%s\":[", expected ? "wrong_reject" : "wrong_accept");
    bool ok = run_list(r, line, whole, keys[0], expected, &first) &&
              run_list(r, line, search, keys[1], expected, &first);
    fprintf(r->out, "]");
    return ok;
}

static void run_case(Runner *r, const char *line)
{
    static const char *const reject[2] = {"reject", "search_reject"};
    static const char *const accept[2] = {"accept", "search_accept"};
    GrPda *whole = NULL, *search = NULL;
    size_t n;
    const char *id = string(r, 0, "id", &n);
    fprintf(r->out, "{\"id\":\"%.*s\"", (int)n, id);
    gram_status status = compile(r, false, &whole);
    bool has_search = field(r, 0, "search_accept") != UINT32_MAX ||
                      field(r, 0, "search_reject") != UINT32_MAX;
    bool empty = status == GRAM_E_EMPTY;
    gram_status other = GRAM_OK;
    if ((status == GRAM_OK || empty) && has_search)
        other = compile(r, true, &search);
    if (other != GRAM_OK && other != GRAM_E_EMPTY) status = other;
    fprintf(r->out, ",\"status\":\"%s\"", status_name(status));
    if (status != GRAM_OK) put_error(r);
    if (empty) fprintf(r->out, ",\"empty\":true");
    if (status == GRAM_OK || status == GRAM_E_EMPTY) {
        GrPda *w = empty ? NULL : whole;
        GrPda *s = other == GRAM_OK ? search : NULL;
        bool ok = run_lists(r, line, w, s, reject, false);
        ok = run_lists(r, line, w, s, accept, true) && ok;
        if (!ok) fprintf(r->out, ",\"limit\":true");
    } else {
        fprintf(r->out, ",\"wrong_accept\":[],\"wrong_reject\":[]");
    }
    fprintf(r->out, "}\n");
    gr_pda_free(whole);
    gr_pda_free(search);
}

static void run_line(Runner *r, const char *line, size_t len,
                     const char *syntax)
{
    size_t n;
    memset(&r->error, 0, sizeof r->error);
    gr_env_init(&r->env, NULL, (size_t)CASE_MIB << 20, CASE_STEPS);
    r->env.error = &r->error;
    if (gr_json_read(&r->env, &r->arena, line, len, 0, 0, &r->json) != GRAM_OK)
        die(r->error.message);
    const char *s = string(r, 0, "syntax", &n);
    if (syntax == NULL || equals(s, n, syntax)) run_case(r, line);
    gr_arena_clear(&r->env, &r->arena);
}

/* --- files ---------------------------------------------------------------- */

static FILE *open_cases(const char *path, bool *piped)
{
    size_t n = strlen(path);
    *piped = n > 3 && strcmp(path + n - 3, ".xz") == 0;
    if (!*piped) return fopen(path, "rb");
    if (strchr(path, '\'') != NULL) die("a quote in the path");
    Bytes command = {0};
    put(&command, "xz -dc '", 8);
    put(&command, path, n);
    put(&command, "'", 2);
    FILE *f = popen(command.at, "r");
    free(command.at);
    return f;
}

static void run_file(Runner *r, FILE *in, const char *syntax)
{
    Bytes line = {0};
    int c;
    do {
        c = getc(in);
        char byte = (char)c;
        if (c != '\n' && c != EOF) {
            put(&line, &byte, 1);
            continue;
        }
        put(&line, "", 1);
        if (line.n > 1) run_line(r, line.at, line.n - 1, syntax);
        line.n = 0;
    } while (c != EOF);
    free(line.at);
}

int main(int argc, char **argv)
{
    const char *cases = NULL, *out = NULL, *syntax = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--cases") == 0) cases = argv[i + 1];
        if (strcmp(argv[i], "--out") == 0) out = argv[i + 1];
        if (strcmp(argv[i], "--syntax") == 0) syntax = argv[i + 1];
    }
    if (cases == NULL || argc % 2 == 0)
        die("usage: cases --cases FILE [--out FILE] [--syntax S]");
    Runner r = {.out = stdout};
    bool piped;
    FILE *in = open_cases(cases, &piped);
    if (in == NULL) die("cannot read the cases");
    if (out != NULL && (r.out = fopen(out, "wb")) == NULL)
        die("cannot write the results");
    run_file(&r, in, syntax);
    bool ok = piped ? pclose(in) == 0 : fclose(in) == 0;
    ok = (out == NULL || fclose(r.out) == 0) && ok;
    free(r.text.at);
    return ok ? 0 : 5;
}
