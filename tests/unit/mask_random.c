/* Masks of random grammars and patterns over a whole vocabulary, in which every
 * way to make one is met: along random tokens each mask is compared with what
 * the matcher takes, token by token.  (Small vocabularies, for which there are
 * oracles, are too small for walks of shapes, classes and zones.) */
#include "each.h"

enum { GRAMMARS = 40, RULES = 4, TOKENS = 7 };

typedef struct Source {
    char at[4096];
    size_t n;
    char text[1024]; /* of the walk */
    uint64_t seed;
    bool regex;
} Source;

static uint32_t below(Source *s, uint32_t n)
{
    return (uint32_t)(t_random(&s->seed) % n);
}

static void put(Source *s, const char *p)
{
    size_t n = strlen(p);
    if (s->n + n >= sizeof s->at) return;
    memcpy(s->at + s->n, p, n + 1);
    s->n += n;
}

/* Names of rules are letters of the alphabet from r on. */
static void put_rule(Source *s, uint32_t i)
{
    char name[2] = {(char)('r' + i), 0};
    put(s, i == 0 ? "root" : name);
}

static const char *const classes[] = {"[a-z]",
                                      "[^a]",
                                      "[a-zA-Z_]",
                                      "[0-9]",
                                      "[^\"\\\\]",
                                      "[\xC3\xA0-\xC3\xBF]",
                                      "[^d\xE2\x80\x94]",
                                      "[ \\t]",
                                      "[^a-c\n]",
                                      "[.,;:]"};
static const char *const texts[] = {"the",   "(",           ")",   "a",
                                    "func ", "\xC3\xA9t",   "for", "fo",
                                    "=",     "\xE2\x80\x94"};
static const char *const regexes[] = {".",   "\\w", "\\p{L}", "\\s",
                                      "\\W", "\\d", "\\P{Ll}"};
static const char *const repeats[] = {"*", "+", "?", "{2,5}", "{0,40}", ""};

static void put_quoted(Source *s, const char *p)
{
    if (s->regex && strchr("()", *p)) put(s, "\\");
    if (!s->regex) put(s, "\"");
    put(s, p);
    if (!s->regex) put(s, "\"");
}

static void put_item(Source *s, uint32_t rule, uint32_t depth)
{
    uint32_t kind = below(s, 8);
    bool group = kind == 0 && depth < 2;
    if (group) {
        put(s, s->regex ? "(?:" : "(");
        put_item(s, rule, depth + 1);
        put(s, s->regex ? "|" : " | ");
        put_item(s, rule, depth + 1);
        put(s, ")");
    } else if (kind < 3) {
        put_quoted(s, texts[below(s, sizeof texts / sizeof *texts)]);
        return; /* a repeat would be one of the last letter */
    } else if (kind < 5 && s->regex) {
        put(s, regexes[below(s, sizeof regexes / sizeof *regexes)]);
    } else if (kind < 5) {
        put_rule(s, rule + 1 < RULES ? rule + 1 : rule);
        return; /* nothing is repeated that may be a loop of its own */
    } else {
        put(s, classes[below(s, sizeof classes / sizeof *classes)]);
    }
    put(s, repeats[below(s, sizeof repeats / sizeof *repeats)]);
}

/* The last rule goes on with itself only behind something. */
static void put_body(Source *s, uint32_t rule)
{
    for (uint32_t i = 0, n = 1 + below(s, 3); i < n; i++) {
        if (i > 0) put(s, s->regex ? "|" : " | ");
        put_quoted(s, texts[below(s, sizeof texts / sizeof *texts)]);
        for (uint32_t k = 0, m = 1 + below(s, 3); k < m; k++) {
            if (!s->regex) put(s, " ");
            put_item(s, rule, 0);
        }
    }
}

static void make(Source *s)
{
    s->n = 0;
    s->at[0] = 0;
    s->regex = below(s, 2) == 0;
    if (s->regex) {
        put_item(s, 0, 0);
        put_body(s, 0);
        return;
    }
    for (uint32_t i = 0; i < RULES; i++) {
        put_rule(s, i);
        put(s, " ::= ");
        put_body(s, i);
        if (i + 1 == RULES) put(s, " | \"z\"");
        put(s, "\n");
    }
}

/* Some token that is allowed, from a random one on; false: there is none. */
static bool pick(Source *s, const gram_vocab *v, const uint32_t *row,
                 uint32_t *id)
{
    uint32_t n = gram_vocab_size(v), from = below(s, n);
    for (uint32_t i = 0; i < n; i++) {
        *id = (from + i) % n;
        if ((row[*id >> 5] >> (*id & 31) & 1) &&
            gram_vocab_kind(v, *id) == GRAM_TOKEN_NORMAL)
            return true;
    }
    return false;
}

static void walk(Source *s, const gram_vocab *v, gram_grammar *g)
{
    gram_matcher *m;
    gram_error e;
    T_EQ(gram_matcher_new(g, &m, &e), GRAM_OK);
    s->text[0] = 0;
    for (int i = 0; i < TOKENS; i++) {
        const uint32_t *row;
        uint32_t id;
        size_t len, n = strlen(s->text);
        each_compare(v, m, s->at, s->text);
        T_EQ(gram_matcher_mask_view(m, &row, NULL), GRAM_OK);
        if (!pick(s, v, row, &id)) break;
        T_EQ(gram_matcher_accept(m, id), GRAM_OK);
        const char *p = gram_vocab_token(v, id, &len);
        snprintf(s->text + n, sizeof s->text - n, "%.*s", (int)len, p);
    }
    gram_matcher_free(m);
}

/* What is empty or left-recursive in a way that is not taken is left out. */
static bool try_one(Source *s, gram_vocab *v)
{
    gram_grammar *g;
    gram_error e;
    make(s);
    gram_kind kind = s->regex ? GRAM_KIND_REGEX : GRAM_KIND_GBNF;
    if (gram_grammar_new(v, kind, s->at, s->n, NULL, &g, &e) != GRAM_OK)
        return false;
    walk(s, v, g);
    walk(s, v, g);
    gram_grammar_free(g);
    return true;
}

int main(void)
{
    static Source s;
    gram_vocab *v;
    gram_error e;
    const char *many = getenv("GRAM_WALKS");
    int n = many ? atoi(many) : GRAMMARS, made = 0;
    s.seed = t_seed();
    if (gram_vocab_default(NULL, &v, &e) != GRAM_OK) return 1;
    for (int i = 0; i < n; i++) made += try_one(&s, v);
    T_OK(made > n / 2, "%d of %d grammars", made, n);
    gram_vocab_free(v);
    return t_done();
}
