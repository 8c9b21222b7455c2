/* See twin.h.  A part is written into two buffers at once: the text, and the
 * alternative of the plain rule that is being written.  A group is written
 * into a plain rule of its own, which joins the others when it is done. */
#include "fuzz/twin.h"

#include "fuzz/driver.h"
#include "grammar/grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const symbols[] = {"a", "b", "\xC3\xA9"};
static const char *const names[] = {"root", "A", "B", "C", "D"};

/* A plain alternative list under construction. */
typedef struct Rule {
    char text[1024];
    size_t n;
} Rule;

static void put(Twin *t, const char *s)
{
    size_t n = strlen(s);
    if (t->len + n + 1 > TWIN_TEXT) {
        t->full = true;
        return;
    }
    memcpy(t->text + t->len, s, n + 1);
    t->len += n;
}

static void add(Twin *t, Rule *r, const char *s)
{
    size_t n = strlen(s);
    if (r->n + n + 1 > sizeof r->text) {
        t->full = true;
        return;
    }
    memcpy(r->text + r->n, s, n + 1);
    r->n += n;
}

static void add_group(Twin *t, Rule *r, int group)
{
    char name[16];
    snprintf(name, sizeof name, " X%d", group);
    add(t, r, name);
}

/* The plain rule `name` is done. */
static void finish(Twin *t, const char *name, const Rule *r)
{
    int n = snprintf(t->plain + t->plain_len, TWIN_TEXT - t->plain_len,
                     "%s ::=%s\n", name, r->text);
    if (n < 0 || (size_t)n >= TWIN_TEXT - t->plain_len)
        t->full = true;
    else
        t->plain_len += (size_t)n;
}

static void finish_group(Twin *t, int group, const Rule *r)
{
    char name[16];
    snprintf(name, sizeof name, "X%d", group);
    finish(t, name, r);
}

/* The bytes of a symbol, each as a plain literal. */
static void add_symbol(Twin *t, Rule *r, uint32_t s)
{
    for (const char *p = symbols[s]; *p; p++) {
        char one[8];
        snprintf(one, sizeof one, " \"%c\"", *p);
        add(t, r, one);
    }
}

/* --- parts ---------------------------------------------------------------- */

static void literal(Twin *t, Gen *g, Rule *r)
{
    uint32_t n = gen_below(g, 4);
    put(t, " \"");
    if (n == 0) add(t, r, " \"\"");
    for (uint32_t i = 0; i < n; i++) {
        static const char *const spelled[] = {"\\u0061", "\\u0062", "\\u00e9"};
        uint32_t s = gen_below(g, 3);
        put(t, gen_below(g, 4) == 3 ? spelled[s] : symbols[s]);
        add_symbol(t, r, s);
    }
    put(t, "\"");
}

/* The group of one of the symbols in `set`. */
static int one_of(Twin *t, uint32_t set)
{
    Rule body = {.n = 0};
    int group = t->n_groups++;
    for (uint32_t s = 0; s < 3; s++) {
        if (!(set >> s & 1)) continue;
        if (body.n > 0) add(t, &body, " |");
        add_symbol(t, &body, s);
    }
    finish_group(t, group, &body);
    return group;
}

static void set(Twin *t, Gen *g, Rule *r)
{
    static const char *const classes[] = {
        "[a]",         "[b]",         "[a-b]",        "[\xC3\xA9]",
        "[a\xC3\xA9]", "[b\xC3\xA9]", "[a-b\xC3\xA9]"};
    static const uint8_t sets[] = {1, 2, 3, 4, 5, 6, 7};
    uint32_t k = gen_below(g, 7);
    put(t, " ");
    put(t, classes[k]);
    add_group(t, r, one_of(t, sets[k]));
}

/* lo to hi times X<body>; hi < 0: no end.  Returns the group. */
static int repeat(Twin *t, int body, int lo, int hi)
{
    Rule r = {.n = 0};
    int self = t->n_groups++;
    for (int n = lo; n <= (hi < 0 ? lo : hi); n++) {
        add(t, &r, n > lo ? " | \"\"" : " \"\"");
        for (int i = 0; i < n; i++) add_group(t, &r, body);
    }
    if (hi < 0) {
        add(t, &r, " |");
        add_group(t, &r, body);
        add_group(t, &r, self);
    }
    finish_group(t, self, &r);
    return self;
}

static void alternatives(Twin *t, Gen *g, Rule *r, int depth);

static void group(Twin *t, Gen *g, Rule *r, int depth)
{
    static const struct {
        const char *postfix;
        int lo, hi;
    } kinds[] = {{"", 1, 1},      {"*", 0, -1},    {"+", 1, -1},
                 {"?", 0, 1},     {"{2}", 2, 2},   {"{0,3}", 0, 3},
                 {"{1,4}", 1, 4}, {"{3,}", 3, -1}, {"{2,5}", 2, 5}};
    Rule body = {.n = 0};
    int inner = t->n_groups++;
    put(t, " (");
    alternatives(t, g, &body, depth - 1);
    put(t, " )");
    finish_group(t, inner, &body);
    uint32_t k = gen_below(g, sizeof kinds / sizeof *kinds);
    put(t, kinds[k].postfix);
    add_group(t, r, repeat(t, inner, kinds[k].lo, kinds[k].hi));
}

static void part(Twin *t, Gen *g, Rule *r, int depth)
{
    uint32_t kind = gen_below(g, 8);
    if (kind >= 6 && depth > 0 && t->n_groups < 14) {
        group(t, g, r, depth);
    } else if (kind >= 3) {
        const char *name = names[gen_below(g, t->n_rules)];
        put(t, " ");
        put(t, name);
        add(t, r, " ");
        add(t, r, name);
    } else if (kind == 2 && t->n_groups < 20) {
        set(t, g, r);
    } else {
        literal(t, g, r);
    }
}

static void alternatives(Twin *t, Gen *g, Rule *r, int depth)
{
    uint32_t alts = 1 + gen_below(g, 3);
    for (uint32_t a = 0; a < alts; a++) {
        uint32_t n = 1 + gen_below(g, 3);
        if (a > 0) put(t, " |");
        if (a > 0) add(t, r, " |");
        for (uint32_t i = 0; i < n; i++) part(t, g, r, depth);
    }
}

bool twin_make(Twin *t, Gen *g)
{
    memset(t, 0, sizeof *t);
    t->kind = gen_below(g, 2) ? GRAM_KIND_EBNF : GRAM_KIND_GBNF;
    t->n_rules = 1 + gen_below(g, 5);
    for (uint32_t i = 0; i < t->n_rules; i++) {
        Rule r = {.n = 0};
        put(t, names[i]);
        put(t, " ::=");
        alternatives(t, g, &r, 2);
        put(t, "\n");
        finish(t, names[i], &r);
    }
    return !t->full && cfg_read(&t->cfg, t->plain, "root");
}

/* --- vocabularies --------------------------------------------------------- */

/* One to six symbols; now and then half of one, or a byte outside. */
static uint32_t token_bytes(Gen *g, char *out)
{
    static const char *const odd[] = {"\xC3", "\xA9", "c"};
    uint32_t len = 0;
    for (uint32_t k = 1 + gen_below(g, 6); k > 0; k--) {
        uint32_t s = gen_below(g, 16);
        const char *b = s > 12 ? odd[s - 13] : symbols[s % 3];
        memcpy(out + len, b, strlen(b));
        len += (uint32_t)strlen(b);
    }
    return len;
}

gram_vocab *twin_vocab(Gen *g, uint32_t most)
{
    enum { LEN = 12 };
    static char bytes[TWIN_TOKENS][LEN];
    gram_token token[TWIN_TOKENS];
    gram_vocab *v;
    uint32_t n = gen_below(g, most), all = n + 256;
    for (uint32_t t = 0; t < all; t++) {
        uint32_t len = 1;
        if (t < n)
            len = token_bytes(g, bytes[t]);
        else
            bytes[t][0] = (char)(t - n);
        token[t] = (gram_token){bytes[t], len, 0};
    }
    token[all] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    gram_vocab_options o = {.size = sizeof o, .end_ids = &all, .n_end_ids = 1};
    gram_status s = gram_vocab_new(token, all + 1, &o, &v, NULL);
    fuzz_must(s == GRAM_OK, "no vocabulary: status %d", s);
    return v;
}

gram_grammar *twin_compile(const Twin *t, gram_vocab *v)
{
    gram_grammar *g = NULL;
    gram_error e = {0};
    gram_options o = {.size = sizeof o};
    if (t->loose) o.regex_flags |= GR_GRAMMAR_LOOSE;
    if (t->lists) o.regex_flags |= GR_GRAMMAR_LISTS;
    gram_status s = gram_grammar_new(v, t->kind, t->text, t->len, &o, &g, &e);
    if (s == GRAM_E_LIMIT) return NULL;
    fuzz_must(s == (t->cfg.productive[0] ? GRAM_OK : GRAM_E_EMPTY),
              "compiling says %d (%s):\n%s", s, e.message, t->text);
    return s == GRAM_OK ? g : NULL;
}

uint32_t twin_pick(TwinWalk *w)
{
    uint32_t from = gen_below(w->g, w->n);
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t t = (from + i) % w->n;
        if (w->mask[t >> 5] >> (t & 31) & 1) return t;
    }
    return UINT32_MAX;
}

bool twin_append(TwinWalk *w, uint32_t token)
{
    size_t n;
    const char *bytes = gram_vocab_token(w->v, token, &n);
    if (w->len + n > sizeof w->text) return false;
    memcpy(w->text + w->len, bytes, n);
    w->len += n;
    return true;
}

size_t twin_string(size_t i, size_t n, char *out)
{
    size_t count = 1, len = 0, k = 0;
    for (; k <= n && i >= count; k++, count *= 3) i -= count;
    if (k > n) return SIZE_MAX;
    for (; k > 0; k--, i /= 3) {
        const char *s = symbols[i % 3];
        memcpy(out + len, s, strlen(s));
        len += strlen(s);
    }
    return len;
}
