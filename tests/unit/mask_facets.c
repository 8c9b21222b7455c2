/* Masks of strings by facets that meet each other: lengths near what must still
 * come, patterns with counts, looks ahead and characters beyond ASCII, under
 * `not` and the other operators; as values, keys and items.
 *
 * In: random schemas over the default vocabulary, and walks through their
 * masks.  Each row is that of a walk of all tokens; and a row under a budget
 * has no token that is not in it.
 *
 *     GRAM_SEED=7 GRAM_WALKS=5000 build/unit/mask_facets */
#include "ways.h"

#if defined(__SANITIZE_ADDRESS__)
enum { N_SCHEMAS = 12 };
#else
enum { N_SCHEMAS = 200 };
#endif
enum { TEXT = 2000, STEPS = 4, WORK = 300000 };

/* A text that grows by random choices. */
typedef struct Draw {
    uint64_t seed;
    uint32_t last; /* number */
    size_t n;
    char at[TEXT];
} Draw;

static uint32_t below(Draw *d, uint32_t n)
{
    return (uint32_t)(t_random(&d->seed) % n);
}

static void put(Draw *d, const char *text)
{
    size_t n = strlen(text);
    if (n >= sizeof d->at - d->n) abort();
    memcpy(d->at + d->n, text, n + 1);
    d->n += n;
}

static void put_number(Draw *d, const char *before, uint32_t x)
{
    char text[40];
    snprintf(text, sizeof text, "%s%u", before, x);
    put(d, text);
}

/* Mostly small, and half of the time near the last one: bounds that meet. */
static uint32_t number(Draw *d)
{
    static const uint8_t some[] = {0, 1, 1, 2, 2,  3,  3,  4, 5,
                                   6, 7, 8, 9, 12, 16, 24, 33};
    bool near = below(d, 2) == 0;
    d->last = near ? d->last + below(d, 3) - (d->last > 0)
                   : some[below(d, sizeof some)];
    return d->last;
}

/* --- patterns, as they are in the text of a schema ------------------------ */

static void class_of(Draw *d)
{
    static const char *const all[] = {".",
                                      "[^]",
                                      "\\\\S",
                                      "\\\\w",
                                      "[a-z]",
                                      "[a-zA-Z]",
                                      "[0-9]",
                                      "[^ ]",
                                      "[^x]",
                                      "[a-f0-9]",
                                      "[a-z0-9 ]",
                                      "\\\\p{L}",
                                      "[^a-z]",
                                      "[ -~]",
                                      "[^.]",
                                      "\\\\s",
                                      "x",
                                      "\xC3\xA9",
                                      "[\xC3\xA0-\xC3\xBF]",
                                      "\\\\b.",
                                      "[^\\\\s@]",
                                      "[a-z\xC3\xA9]",
                                      "[^\\u0000-\\u007f]"};
    put(d, all[below(d, sizeof all / sizeof *all)]);
}

static void count(Draw *d)
{
    uint32_t least = number(d), kind = below(d, 8);
    static const char *const plain[] = {"", "*", "+", "?"};
    if (kind < 4) {
        put(d, plain[kind]);
        return;
    }
    put_number(d, "{", least);
    if (kind == 5) put(d, ",");
    if (kind > 5) put_number(d, ",", least + below(d, 9));
    put(d, "}");
}

static void letters(Draw *d)
{
    static const char *const all[] = {"x",        "-",        "ab", "the",
                                      " ",        "@",        "/",  "1",
                                      "\xC3\xA9", "\\\\\\\\", "ing"};
    put(d, all[below(d, sizeof all / sizeof *all)]);
}

static void part(Draw *d, int depth)
{
    uint32_t kind = below(d, depth > 0 ? 9 : 6);
    if (kind == 0 || kind == 3) letters(d);
    if (kind < 6) {
        class_of(d);
        count(d);
    }
    if (kind == 1 || kind == 3) letters(d);
    if (kind < 6) return;
    put(d, "(");
    part(d, depth - 1);
    if (kind > 6) put(d, "|");
    part(d, depth - 1);
    put(d, ")");
    count(d);
}

static void pattern(Draw *d)
{
    static const char *const ahead[] = {"(?!x)", "(?=.*x)", "(?!.*ab)",
                                        "(?!.{3}$)", "(?=.{2,6}$)"};
    bool starts = below(d, 3) > 0, ends = below(d, 3) > 0;
    put(d, "\"pattern\":\"");
    if (starts) put(d, "^");
    if (below(d, 8) == 0) put(d, ahead[below(d, 5)]);
    part(d, 1);
    if (ends) put(d, "$");
    put(d, "\"");
}

/* All texts of some lengths. */
static void counted(Draw *d)
{
    put(d, "\"pattern\":\"^");
    class_of(d);
    put_number(d, "{", number(d));
    if (below(d, 2)) put_number(d, ",", d->last + below(d, 3));
    put(d, "}$\"");
}

/* --- schemas -------------------------------------------------------------- */

static void facet(Draw *d)
{
    static const char *const others[] = {
        "\"format\":\"date\"", "\"format\":\"email\"",
        "\"enum\":[\"x\",\"the\",\"the cat\",\"\xC3\xA9\",1]"};
    uint32_t kind = below(d, 9);
    if (kind < 3)
        counted(d);
    else if (kind < 6)
        pattern(d);
    else if (kind < 8)
        put_number(d,
                   kind == 6 ? "\"maxLength\":" : "\"minLength\":", number(d));
    else
        put(d, others[below(d, 3)]);
}

/* `%` stands for a facet. */
static void combined(Draw *d)
{
    static const char *const forms[] = {"%",
                                        "\"not\":{%}",
                                        "\"not\":{%}",
                                        "%,\"not\":{%}",
                                        "\"anyOf\":[{%},{%}]",
                                        "\"oneOf\":[{%},{%}]",
                                        "\"allOf\":[{%},{%}]",
                                        "\"if\":{%},\"then\":{%}",
                                        "\"if\":{%},\"else\":{%}",
                                        "\"not\":{\"anyOf\":[{%},{%}]}",
                                        "\"not\":{%,\"not\":{%}}"};
    const char *p = forms[below(d, sizeof forms / sizeof *forms)];
    for (; *p != 0; p++)
        if (*p == '%')
            facet(d);
        else
            put(d, (char[2]){*p});
}

static void lengths(Draw *d)
{
    uint32_t least = number(d), kind = below(d, 5);
    if (kind == 2 || kind == 3) put_number(d, ",\"minLength\":", least);
    if (kind > 0 && kind != 3)
        put_number(d, ",\"maxLength\":", least + below(d, 4));
}

static void schema_of(Draw *d)
{
    static const char *const before[] = {
        "", "", "",
        "{\"type\":\"object\",\"minProperties\":1,"
        "\"additionalProperties\":{\"type\":\"null\"},"
        "\"propertyNames\":",
        "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":2,\"items\":"};
    uint32_t kind = below(d, 5);
    d->n = 0;
    put(d, before[kind]);
    put(d, "{\"type\":\"string\",");
    combined(d);
    lengths(d);
    put(d, kind < 3 ? "}" : "}}");
}

/* --- rows ----------------------------------------------------------------- */

static bool bit_of(const uint32_t *row, uint32_t t)
{
    return row[t / 32] >> (t % 32) & 1;
}

/* Less than what the text needs would leave nothing. */
static void check_budget(const GrVocab *v, Way *w, uint32_t *row,
                         const char *schema)
{
    GrMaskView view;
    uint64_t need, wrong = 0;
    if (gr_matcher_bound(w->m, &need) != GRAM_OK ||
        gr_matcher_mask_budget(w->m, need + 2, row) != GRAM_OK)
        return;
    T(gr_matcher_mask(w->m, &view) == GRAM_OK);
    for (uint32_t i = 0; i < v->mask_words; i++)
        wrong += (row[i] & ~view.row[i]) != 0;
    T_OK(wrong == 0, "under a budget %u words have others: %s", (unsigned)wrong,
         schema);
}

/* A token that is allowed, not an end; long ones are more interesting. */
static uint32_t choose(const GrVocab *v, Way *w, Draw *d)
{
    GrMaskView view;
    uint32_t found = UINT32_MAX, longest = 0;
    if (gr_matcher_mask(w->m, &view) != GRAM_OK) return found;
    for (uint32_t tries = 0; tries < 4000 && longest < 3; tries++) {
        uint32_t len, t = below(d, v->n_tokens);
        if (!bit_of(view.row, t) || gr_vocab_is_end(v, t)) continue;
        gr_vocab_bytes(v, t, &len);
        if (len <= longest) continue;
        found = t;
        longest = len;
    }
    return found;
}

static void walk(const GrVocab *v, Way way[2], Draw *d, uint32_t *row)
{
    for (int i = 0; i < STEPS; i++) {
        ways_compare(v, way, d->at);
        if (i == 1) check_budget(v, &way[0], row, d->at);
        uint32_t t = choose(v, &way[0], d);
        if (t == UINT32_MAX) return;
        T_OK(gr_matcher_accept(way[0].m, t) == GRAM_OK, "%s", d->at);
        T_OK(gr_matcher_accept(way[1].m, t) == GRAM_OK, "%s", d->at);
    }
}

static void check(const WayVocab *w, Draw *d, uint32_t *row)
{
    Way way[2];
    schema_of(d);
    for (int k = 0; k < 2; k++) {
        uint32_t flags = k * (GR_MASK_NO_CLASSES | GR_MASK_NO_NEAR);
        (void)way_try(&way[k], w->v, w->t, d->at, flags, WORK);
        way[k].env.max_steps = UINT64_MAX; /* masks are worth more */
    }
    if (way[0].m != NULL && way[1].m != NULL) walk(w->v, way, d, row);
    for (int k = 0; k < 2; k++) way_stop(&way[k]);
}

int main(void)
{
    WayVocab w;
    Draw *d = calloc(1, sizeof *d);
    way_vocab_open(&w);
    uint32_t *row = calloc(w.v->mask_words, sizeof *row);
    if (d == NULL || row == NULL) return 1;
    d->seed = t_seed();
    for (long i = t_count("GRAM_WALKS", N_SCHEMAS); i > 0; i--)
        check(&w, d, row);
    free(row);
    free(d);
    way_vocab_close(&w);
    return t_done();
}
