/* Masks of states that count characters by states, and of those behind a byte
 * that leads out of such a chain and into one again, over a vocabulary in which
 * a dot, a hyphen and a space head a thousand nodes each.  Byte by byte along
 * texts each row is that of a walk through all tokens. */
#include "api/api.h"
#include "ways.h"

enum { MOST_TOKENS = 12288 };

/* The text is one of the schema, or begins one. */
static const struct {
    const char *schema, *text;
} source[] = {
    /* an x may begin "xn--": it is odd behind the dot */
    {"{\"format\":\"hostname\"}", "\"ab.xn.x-a.b-c.d\""},
    {"{\"format\":\"email\"}", "\"ab.xy-z!@ab.xb-c.d\""},
    {"{\"pattern\":\"^[a-zA-Z0-9]{1,40}([.-][a-zA-Z0-9]{1,30})*$\"}",
     "\"aB.cX-d0.x\""},
    /* odd to the end of its word */
    {"{\"pattern\":\"^([a-wyz][a-z]{0,30}[.-]|x[a-z]{0,30}[.])*$\"}",
     "\"ab.xc.c-xd."},
    /* odd at the beginning, and some of them not taken there at all */
    {"{\"pattern\":\"^(ab|cd|[a-zA-Z][a-zA-Z .-]+)$\"}", "\"cd.x-\""},
    {"{\"anyOf\":[{\"enum\":[\"cab\",\"man\",\"xen\"]},{\"pattern\":"
     "\"^[A-Za-z][A-Za-z @-]+$\"}]}",
     "\"man -@ b"},
    /* characters that no class has which is all letters */
    {"{\"pattern\":\"^([a-z][a-z0-9_]{0,30}[. -])*$\"}", "\"ab.x_1 c-d.\""},
    {"{\"pattern\":\"^(([b-z]|a[b-z])[a-z]{0,50}[.])*$\"}", "\"bcd.ab.cd."},
    /* only what is short: the chain ends before the tokens do */
    {"{\"pattern\":\"^([A-Za-z0-9_]{1,6}[.])+$\"}", "\"abc.d_e.fghijk."},
    /* counted by a register as well */
    {"{\"pattern\":\"^[a-zA-Z0-9]{1,40}([.-][a-zA-Z0-9]{1,30})*$\","
     "\"maxLength\":12}",
     "\"aB.cX-d0.x\""},
    /* and into a loop by a step that counts */
    {"{\"pattern\":\"^(?:\\\\S+\\\\s+){0,9}\\\\S+$\",\"maxLength\":40}",
     "\"a.b- c .-d"},
    /* characters of all scripts, but for some line ends here and there */
    {"{\"pattern\":\"^[^/]$|^[^/](.+)[^/]$\"}", "\"a\xD0\xB6/\xE2\x80\xA8"},
    {"{\"pattern\":\"^[^/]{1,3}[^ /](.+)[^/]$\"}",
     "\"\xE4\xB8\xAD"
     "b\xC3\xA9.\xF0\x9F\x98\x80z\""},
    {"{\"pattern\":\"^(.{1,6}[.])+[a-z]$\"}", "\"a\xD0\xB6.\xC3\xA9"
                                              "bcd\xE2\x80\x9C.z\""},
    /* that still go on where ASCII does not */
    {"{\"pattern\":\"^[^/.]{5,9}[.\\u0080-\\uFFFF]*$\"}",
     "\"abcd\xC3\xA9.\xD0\xB6"},
    /* or not as far, which shows late */
    {"{\"pattern\":\"^[^/]{0,19}$|^[^/]{19}[ -.0-\\u007F]{1,12}$\"}",
     "\"\xD0\xB6 abcdefghijklmnop\xC3\xA9"
     "b\""},
    /* some that one byte, or two, begin are of the class, and some are dead,
     * lead aside, or are no one step */
    {"{\"pattern\":\"^([^/\\u0436]{1,40}/|\\u0436[a-z]{1,20}$)\"}",
     "\"\xD0\xB6z"},
    {"{\"pattern\":\"^([^/\\u2000-\\u203F]{1,40}/|\\u201C[a-z]{1,20}$)\"}",
     "\"\xE2\x80\x9Cz"},
    {"{\"pattern\":\"^([^/\\u2000-\\u203F]{1,40}/|"
     "[\\u2028-\\u203F]b?[a-z]{1,20}$)\"}",
     "\"\xE2\x80\xA9z"},
    {"{\"pattern\":\"^([^/\\u00E9]{1,40}/|\\u00E9[^/]{9})$\",\"maxLength\":30}",
     "\"\xC3\xA9z"},
    /* tokens end inside of one: behind what is dead, behind all there may be */
    {"{\"pattern\":\"^([^ /]{1,40}[.])+[a-z]$\"}", "\"ab\xE4\xB8\xAD"},
    {"{\"pattern\":\"^([^ /]{1,19}[.])+[a-z]$\"}", "\"ab"},
    /* in a key, and counted by a register as well */
    {"{\"patternProperties\":{\"^[^/](.+)[^/]$\":{\"type\":\"null\"}},"
     "\"additionalProperties\":false}",
     "{\"a\xD0\xB6/\xC3\xA9\":null"},
    {"{\"pattern\":\"^[^/](.+)[^/]$\",\"maxLength\":9}",
     "\"a\xD0\xB6/bc\xC3\xA9"
     "e"},
    /* the first state takes a dot like all else, those behind it do not */
    {"{\"pattern\":\"^([^ ]{1,40}[.])+[a-z]$\"}", "\".ab.c"},
    {"{\"pattern\":\"^([^ -]{1,40}[.-])+[a-z]$\",\"maxLength\":12}", "\"a.b"},
    /* beyond ASCII a loop is left for something that is alive */
    {"{\"pattern\":\"^[a-zA-Z\\u0400-\\u04FF]+(?:\\u00E9[a-z]*)?$\"}",
     "\"a\xD0\xB6\xC3\xA9"},
    {"{\"pattern\":\"^[a-zA-Z\\u0400-\\u04FF]+(?:\\u00E9[a-z]*)?$\","
     "\"maxLength\":9}",
     "\"a\xD0\xB6\xC3\xA9"},
    /* capitals lead aside behind the dot, and no letter back */
    {"{\"pattern\":\"^([A-Za-z0-9-]{1,30}[.])+[a-z0-9-]+$\"}",
     "\"ab.Cd.x1-y.z-Q"},
    /* digits are odd there besides */
    {"{\"pattern\":\"^([A-Za-z0-9-]{1,30}[.])+(?![0-9]*$)[a-z0-9-]+$\"}",
     "\"a.B9.9c.d\""},
    /* one of them is dead, small letters lead back, or aside is no one place */
    {"{\"pattern\":\"^([A-Ya-z0-9]{1,30}[.])+[a-z0-9]+$\"}", "\"a.b.C"},
    {"{\"pattern\":\"^([A-Za-z0-9]{1,30}[.])+([A-Z]?[a-z0-9])+$\"}",
     "\"a.bC.d"},
    {"{\"pattern\":\"^[A-Za-z0-9]+[.][a-z0-9]*([A-Z][A-Za-z0-9]{0,2})?$\"}",
     "\"a.bC"},
    /* all but small letters leads aside: what may not follow, what ends, how
     * far each goes */
    {"{\"pattern\":\"^(?!.*://)(?=.{1,90}$)((.{1,30}[.]){1,9}(?![0-9]*$)"
     "[a-z0-9-]+[.]?)$\"}",
     "\"ab.c:/d.9e-f.\""},
    {"{\"pattern\":\"^([^.]{1,9}[.])+[a-z-]+[.]?$\"}", "\"aB.cD.e-f.\""},
    {"{\"pattern\":\"^([^.]{1,40}[.])+[a-z-]{1,6}$\"}", "\"aB.cD.e-f"},
    {"{\"pattern\":\"^([^.\\u0436]{1,9}[.])+[a-z-]{1,29}$\"}",
     "\"\xC3\xA9.cD.e-f"},
    {"{\"pattern\":\"^([^.]{1,40}[.])+([a-z-]|\\u0436)+$\"}",
     "\"a.c\xD0\xB6.ef"},
    {"{\"pattern\":\"^([^.]{1,9}[.])+([a-z-]{1,12}|[a-z-]{12}\\u0436)$\"}",
     "\"a.c\xC3\xA9.ef"},
    /* behind some letters a capital does not lead there, or does too much */
    {"{\"pattern\":\"^([^.]{1,40}[.])+([a-z-]|[a-z-][A-Z][a-z])+$\"}",
     "\"a.c.efG"},
    {"{\"pattern\":\"^([^.]{1,7}[.])+[a-z-]+([A-Z][a-z])?$\"}", "\"a.c.efG"},
    {"{\"pattern\":\"^([^.]{1,40}[.])+[a-z-]+([.-][A-Z])?$\"}", "\"a.c.ef-"},
    {"{\"pattern\":\"^([^.]{1,40}[.])+([a-z-]{1,20}|[a-z-]{3}\\u0436)$\"}",
     "\"a.c.ef"},
    /* or behind more than all others may be */
    {"{\"pattern\":\"^([^.]{1,9}[.])+([a-z-]{1,20}|[a-z-]{16}[A-Z])$\"}",
     "\"a.c.ef"},
    {"{\"pattern\":\"^([^.]{1,9}[.])+([a-z-]{1,20}|[a-z-]{16}\\u0436)$\"}",
     "\"a.c.ef"},
    /* small letters end first */
    {"{\"pattern\":\"^(?=.{1,40}$)[a-z]{0,6}([A-Z0-9][a-zA-Z0-9]*[.])?$\"}",
     "\"a"},
    /* in a key, and counted by a register as well */
    {"{\"patternProperties\":{\"^([^.]{1,40}[.])+[a-z-]+$\":{\"type\":\"null\"}"
     "},"
     "\"additionalProperties\":false}",
     "{\"a.C.ef\":null"},
    {"{\"pattern\":\"^([^.]{1,40}[.])+[a-z-]+$\",\"maxLength\":19}",
     "\"a.C.ef\""},
    /* what a token has behind so many characters, and no other */
    {"{\"pattern\":\"^[a-z*]{1,9}(?<=[*]{7})[/+]$\"}", "\"*******"},
};
enum { N_SOURCES = sizeof source / sizeof *source };

/* --- the vocabulary ------------------------------------------------------- */

typedef struct Tokens {
    gram_token at[MOST_TOKENS];
    char text[MOST_TOKENS][48];
    uint32_t n;
} Tokens;

static void add(Tokens *t, const char *head, const char *mid, const char *tail)
{
    char *to = t->text[t->n];
    if (t->n == MOST_TOKENS) return;
    int len = snprintf(to, sizeof t->text[0], "%s%s%s", head, mid, tail);
    t->at[t->n++] = (gram_token){
        .bytes = to, .len = (uint32_t)len, .kind = GRAM_TOKEN_NORMAL};
}

/* Words of two letters behind each head, some of them longer, and what leaves
 * them. */
static void add_words(Tokens *t, const char *head)
{
    static const char *const tail[] = {"",   "x",  "a1", "-b", ".",
                                       "_c", "\"", "*/", "!",  "\",\""};
    enum { N_TAILS = sizeof tail / sizeof *tail };
    for (int a = 'a'; a <= 'z'; a++)
        for (int b = 'a'; b <= 'z'; b++) {
            char mid[3] = {(char)(b % 5 ? a : a - 32), (char)b, 0};
            add(t, head, mid, "");
            if ((a * 7 + b) % 3 == 0)
                add(t, head, mid, tail[(a * 5 + b * 3) % N_TAILS]);
        }
}

/* Characters beyond ASCII behind and before others, whole and in part. */
static void add_others(Tokens *t)
{
    static const char *const other[] = {
        "\xC3\xA9",     "\xD0\xB6",         "\xD0\xB6\xC3\xA9", "\xE4\xB8\xAD",
        "\xE4\xB8",     "\xE2\x80\xA8",     "\xE2\x80\xA9",     "\xE2\x80",
        "\xE2\x80\x9C", "\xF0\x9F\x98\x80", "\xF0\x9F",         "\xED\x9F\xBF",
        "\xEF\xBF\xBF"};
    static const char *const end[] = {"", "a", "/", ".", "\"", "\",\"", "bcd"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        for (size_t j = 0; j < sizeof end / sizeof *end; j++) {
            add(t, "", other[i], end[j]);
            add(t, "a", other[i], end[j]);
            add(t, "xyz", other[i], end[j]);
            add(t, "/", other[i], end[j]);
        }
    add(t, "a", "\xE5\xAD", "");
    add(t, "/", "\xE5\xAD", "");
    add(t, "a", "\xE0\x80", ""); /* no character begins so */
    for (int n = 16; n < 23; n++) {
        char letters[24] = "abcdefghijklmnopqrstuv";
        letters[n] = 0;
        add(t, letters, "", "");
        add(t, letters, "\xD0\xB6", "");
        add(t, letters, "\xD0\xB6", "z\"");
        add(t, letters, "\xE5\xAD", "");
        add(t, letters, "Q", "\"");
    }
}

static gram_vocab *make_vocab(void)
{
    static const char *const heads[] = {"",  ".",        "-",       " ",
                                        "@", "\xC3\xA9", "\xD0\xB6"};
    Tokens *t = calloc(1, sizeof *t);
    gram_vocab_options o = {.size = sizeof o};
    uint32_t end = 0;
    gram_vocab *v = NULL;
    if (t == NULL) return NULL;
    add(t, "</s>", "", "");
    t->at[0].kind = GRAM_TOKEN_SPECIAL;
    for (int c = ' '; c <= '~'; c++) add(t, (char[2]){(char)c, 0}, "", "");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        add_words(t, heads[i]);
    for (int n = 7; n < 32; n += 8) {
        char row[32] = "-------------------------------";
        row[n] = 0;
        add(t, row, "", "");
        add(t, row, "+", "");
        add(t, row, "a.", "");
        add(t, row, "\xE5", "");
        add(t, row, "\"", "");
    }
    /* and more than any token has that is not left behind them */
    add(t, "----------------------------------------", "\"", "");
    add(t, "*******", "/", "");
    add(t, "********", "/", "");
    add(t, "*******", "+", "");
    for (int i = 0; i < 8; i++) { /* a capital first, in the middle, last */
        char word[4] = {i & 1 ? 'Q' : 'q', i & 2 ? 'J' : 'j', i & 4 ? 'Z' : 'z',
                        0};
        add(t, "", word, "\"");
        add(t, ".", word, "\"");
        add(t, "-", word, ".\"");
        add(t, ".", word, "abcd");
    }
    for (int b = 0x80; b <= 0xFF; b++) add(t, (char[2]){(char)b, 0}, "", "");
    add_others(t);
    o.end_ids = &end;
    o.n_end_ids = 1;
    T(gram_vocab_new(t->at, t->n, &o, &v, NULL) == GRAM_OK);
    free(t);
    return v;
}

/* --- both ways ------------------------------------------------------------ */

/* A machine whose calls are noted does not say what leads from one state to the
 * next: then cells are asked. */
static void compare(const GrVocab *v, int i, bool noted)
{
    Way way[2];
    way_start(&way[0], v, NULL, source[i].schema, 0);
    way_start(&way[1], v, NULL, source[i].schema,
              GR_MASK_NO_CLASSES | GR_MASK_NO_NEAR);
    if (noted) gr_pda_record(way[0].pda);
    for (const char *p = source[i].text;; p++) {
        size_t at;
        ways_compare(v, way, p);
        if (*p == 0) break;
        for (int k = 0; k < 2; k++)
            T_OK(gr_matcher_accept_bytes(way[k].m, p, 1, &at) == GRAM_OK,
                 "%s at %s", source[i].schema, p);
    }
    way_stop(&way[0]);
    way_stop(&way[1]);
}

/* --- what it costs -------------------------------------------------------- */

/* Steps of the mask behind a text, those of all masks before it aside. */
static uint64_t cost(Way *w, const char *before, const char *more)
{
    GrMaskView view;
    size_t at;
    T(gr_matcher_accept_bytes(w->m, before, strlen(before), &at) == GRAM_OK);
    T(gr_matcher_mask(w->m, &view) == GRAM_OK);
    uint64_t had = way_steps(w);
    T(gr_matcher_accept_bytes(w->m, more, strlen(more), &at) == GRAM_OK);
    T(gr_matcher_mask(w->m, &view) == GRAM_OK);
    return way_steps(w) - had;
}

/* In the second label there is little left to do: no walk through all that is
 * behind a dot or a hyphen. */
static void second_label(const GrVocab *v)
{
    Way w;
    way_start(&w, v, NULL, "{\"format\":\"hostname\"}", 0);
    uint64_t n = cost(&w, "\"ab.cd", "efg");
    T_OK(n < 1200, "%lu steps", (unsigned long)n);
    way_stop(&w);
}

/* Nor are tokens sorted in other chains. */
static void takes_few(const GrVocab *v)
{
    static const struct {
        const char *schema, *text, *next;
        unsigned long most; /* steps */
    } takes[] = {
        /* characters of other scripts go on like others */
        {"{\"pattern\":\"^[^/](.+)[^/]$\"}", "", "\"", 2500},
        /* capitals lead aside: rows are those of all letters */
        {"{\"pattern\":\"^([A-Za-z0-9-]{1,30}[.])+[a-z0-9-]+$\"}", "\"ab.cd",
         "ef", 900},
        /* or the chain is the one that they lead into */
        {"{\"pattern\":\"^([^.]{1,40}[.])+[a-z0-9-]+$\"}", "\"", "ab.c", 1110},
        /* the first state takes more than those behind it */
        {"{\"pattern\":\"^([^ ]{1,40}[.])+[a-z]$\"}", "", "\"", 1234}};
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        Way w;
        way_start(&w, v, NULL, takes[i].schema, 0);
        uint64_t n = cost(&w, takes[i].text, takes[i].next);
        T_OK(n < takes[i].most, "%s: %lu steps", takes[i].schema,
             (unsigned long)n);
        way_stop(&w);
    }
}

static uint64_t cells_of(const GrVocab *v, bool noted)
{
    Way w;
    GrMaskView view;
    GrPdaStats stats;
    size_t at;
    way_start(&w, v, NULL, "{\"pattern\":\"^([^ ]{1,40}[.])+[a-z]$\"}", 0);
    if (noted) gr_pda_record(w.pda);
    T(gr_matcher_accept_bytes(w.m, "\"ab", 3, &at) == GRAM_OK);
    T(gr_matcher_mask(w.m, &view) == GRAM_OK);
    gr_pda_stats(w.pda, &stats);
    way_stop(&w);
    return stats.cells;
}

/* Which characters of theirs go on like others the machine says at once. */
static void few_cells(const GrVocab *v)
{
    uint64_t n = cells_of(v, false), all = cells_of(v, true);
    T_OK(2 * n < all, "%lu cells, not %lu", (unsigned long)n,
         (unsigned long)all);
}

/* Ranges that are told to lead on, behind a text, as b does. */
static uint32_t spans_of(const GrVocab *v, const char *schema, const char *text)
{
    Way w;
    const uint32_t *range;
    uint32_t n;
    size_t at;
    way_start(&w, v, NULL, schema, 0);
    T(gr_matcher_accept_bytes(w.m, text, strlen(text), &at) == GRAM_OK);
    StateId from = gr_matcher_config(w.m)->state;
    T(gr_matcher_accept_bytes(w.m, "b", 1, &at) == GRAM_OK);
    StateId to = gr_matcher_config(w.m)->state;
    T(gr_pda_span(w.pda, from, to, &range, &n) == GRAM_OK);
    way_stop(&w);
    return n;
}

/* Not where characters are counted beside the state. */
static void span_counts(const GrVocab *v)
{
    static const char *const schema[] = {
        "{\"pattern\":\"^.{1,40}[.]$\"}",
        "{\"propertyNames\":{\"pattern\":\"^.{1,40}[.]$\"}}",
        "{\"pattern\":\"^.{1,40}[.]$\",\"maxLength\":9}"};
    T(spans_of(v, schema[0], "\"a") > 1);
    T(spans_of(v, schema[1], "{\"a") > 1);
    T_EQ(spans_of(v, schema[2], "\"a"), 0);
}

/* Classes that are built for a mask. */
static uint32_t built_for(const WayVocab *d, const char *schema,
                          const char *text)
{
    Way w;
    GrMaskView view;
    size_t at;
    uint32_t built = 0;
    way_start(&w, d->v, d->t, schema, 0);
    T(gr_matcher_accept_bytes(w.m, text, strlen(text), &at) == GRAM_OK);
    T(gr_matcher_mask(w.m, &view) == GRAM_OK);
    for (uint32_t i = CLASS_OWN; i < w.masks->classes.n; i++)
        built += class_at(w.masks, i)->cls != NULL;
    way_stop(&w);
    return built;
}

/* Where a word may begin with each of some letters, or a letter leads out of a
 * chain or a loop, a class without these is not built for a mask that walks in
 * the end. */
static void no_class(void)
{
    WayVocab d;
    way_vocab_open(&d);
    T_EQ(built_for(&d,
                   "{\"pattern\":\"^([a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*|[a-p]-"
                   "[a-z]{4,9})$\"}",
                   "\""),
         0);
    T_EQ(built_for(&d, "{\"pattern\":\"^[a-z][^/]?[a-z]{0,17}(ab)?$\"}",
                   "\"xyz"),
         0);
    T_EQ(built_for(&d, "{\"pattern\":\"^[a-zA-Z]+(x|y[a-z]$)[a-z]*$\"}",
                   "\"abc"),
         0);
    way_vocab_close(&d);
}

int main(void)
{
    gram_vocab *v = make_vocab();
    for (int i = 0; i < 2 * N_SOURCES; i++) compare(v->v, i / 2, i % 2 != 0);
    second_label(v->v);
    few_cells(v->v);
    takes_few(v->v);
    no_class();
    span_counts(v->v);
    gram_vocab_free(v);
    return t_done();
}
