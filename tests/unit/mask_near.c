/* Masks of states that are nearly a loop (near.c), and the rows from which the
 * tokens of some first bytes are taken (clear.c).
 *
 * Along texts whose beginnings may not be what their middles may be, each row
 * is that of the ways that know no loop to be near to; what is left of a row is
 * what a look at each token leaves; and states that are one but for their names
 * are told from those that are not, and by which bytes (near_same.c). */
#include "ways.h"

#include "mask/near.h"

/* Strings that are read byte by byte. */
static const struct {
    const char *schema, *text;
} source[] = {
    /* no digit, dot or hyphen begins a scheme */
    {"{\"format\":\"uri\"}", "\"https://example.com:80/a?b#c\""},
    {"{\"format\":\"uri-reference\"}", "\"//www.example.org/x:y\""},
    {"{\"pattern\":\"^[a-z]+(-[a-z0-9]+)*$\"}", "\"this-is-7\""},
    /* little begins it, and all may follow */
    {"{\"pattern\":\"^[kK][^<>]*$\"}", "\"kind of\""},
    {"{\"pattern\":\"^ [^<>]*$\"}", "\" a\""},
    {"{\"pattern\":\"^[^ ][^<>]*$\"}", "\"a b\""},
    {"{\"pattern\":\"^[^ -~][^<>]*$\"}", "\"\xC3\xA9 a\""},
    {"{\"propertyNames\":{\"pattern\":\"^[a-zA-Z_][a-zA-Z0-9_. -]*$\"},"
     "\"additionalProperties\":{\"format\":\"uri\"}}",
     "{\"a_b.c\":\"http://a\",\"a_b.d\":\"x:\"}"},
    /* a count refuses what could still begin it */
    {"{\"pattern\":\"[a-zA-Z]{3}\",\"minLength\":3,\"maxLength\":3}",
     "\"USD\""},
    {"{\"pattern\":\"[a-z]{3}\",\"maxLength\":9}", "\"A b-abc\""},
    /* both sides count, as far as to the bound and further */
    {"{\"format\":\"uri-reference\",\"minLength\":1,\"maxLength\":255}",
     "\"//www.example.org/x:y\""},
    {"{\"format\":\"uri-reference\",\"maxLength\":5}", "\"ab:c\""},
    {"{\"anyOf\":[{\"pattern\":\"^[a-z]{1,4}$\"},"
     "{\"format\":\"uri-reference\"}],\"minLength\":3,\"maxLength\":6}",
     "\"abcde\""},
    /* and come to bounds of their own */
    {"{\"anyOf\":[{\"pattern\":\"^x[a-z]*$\",\"maxLength\":4},"
     "{\"pattern\":\"^[^x].*$\",\"maxLength\":9}]}",
     "\"xab\""},
    /* much goes on that adds nothing */
    {"{\"pattern\":\"^(https?://)?([a-z.-]+)[.]([a-z.]{2,6})[\\\\w ./-]*$\"}",
     "\"https://example.com/b9\""},
    /* an underscore tells them apart, and behind it other bytes do */
    {"{\"pattern\":\"^(c[a-zA-Z]*(_[a-df-zA-Z_]*|[^a-zA-Z_].*)?|b.*)$\"}",
     "\"ca_c\""},
    {"{\"pattern\":\"^[a-z]+[a-z0-9-]*$\",\"minLength\":2,"
     "\"maxLength\":64}",
     "\"abc-9\""},
    /* near one that is near another, which has the marks of items */
    {"{\"uniqueItems\":true,\"items\":{\"type\":\"string\",\"if\":{\"pattern\":"
     "\"^([a-zA-Z]{6,7}|[a-z]){1,13}$\"},\"else\":{\"pattern\":"
     "\"^(\\\\w*|[ -~]+){1,}$\"}}}",
     "[\"a\",\"b"},
};
enum { N_SOURCES = sizeof source / sizeof *source };

static void check_texts(const GrVocab *v, const GrTables *t)
{
    for (int i = 0; i < N_SOURCES; i++) {
        Way way[2];
        size_t at;
        way_start(&way[0], v, t, source[i].schema, 0);
        way_start(&way[1], v, t, source[i].schema, GR_MASK_NO_NEAR);
        for (const char *p = source[i].text; *p != 0; p++) {
            ways_compare(v, way, p);
            for (int k = 0; k < 2; k++)
                T(gr_matcher_accept_bytes(way[k].m, p, 1, &at) == GRAM_OK);
        }
        ways_compare(v, way, "the end");
        way_stop(&way[0]);
        way_stop(&way[1]);
    }
}

/* Is the state behind one text that behind another, but for its name? */
static const struct {
    const char *schema, *a, *b;
    bool same;
} twins[] = {
#define URL "\"pattern\":\"^([a-z.-]+)[.]([a-z.]{2,6})[\\\\w ./-]*$\"}"
    {"{" URL, "\"example.com", "\"example.com/A", true},
    {"{" URL, "\"example.com", "\"example.c", false},
    {"{" URL, "\"example.com", "\"a", false},
    {"{\"minLength\":20,\"maxLength\":64," URL, "\"example.com",
     "\"example.com/A", true},
    {"{\"minLength\":20,\"maxLength\":64," URL, "\"example.com", "\"example.c",
     false},
    /* not the bound */
    {"{\"anyOf\":[{\"pattern\":\"^a\",\"maxLength\":50},"
     "{\"pattern\":\"^b\",\"maxLength\":90}]}",
     "\"a", "\"b", false},
    /* more is asked of keys */
    {"{\"propertyNames\":{" URL "}", "{\"example.com", "{\"example.com/A",
     false},
#undef URL
};

static StateId behind(const Way *way, const char *text)
{
    GrMatcher *m;
    gram_error e;
    size_t at;
    T(gr_matcher_new(way->masks, NULL, 0, &e, &m) == GRAM_OK);
    T_OK(gr_matcher_accept_bytes(m, text, strlen(text), &at) == GRAM_OK, "%s",
         text);
    StateId s = gr_matcher_config(m)->state;
    gr_matcher_free(m);
    return s;
}

static void check_twins(const GrVocab *v, const GrTables *t)
{
    enum { ENOUGH = 1 << 16, LITTLE = 8 };
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
        Way way;
        GrWork *w;
        bool same, soon;
        way_start(&way, v, t, twins[i].schema, 0);
        T(gr_work_new(way.masks, &way.env, &w) == GRAM_OK);
        StateId a = behind(&way, twins[i].a), b = behind(&way, twins[i].b);
        T_OK(a.v != b.v, "%s, %s", twins[i].a, twins[i].b);
        T(gr_near_same(w, a, b, ENOUGH, &same) == GRAM_OK);
        T(gr_near_same(w, a, b, LITTLE, &soon) == GRAM_OK);
        T_OK(same == twins[i].same, "%s, %s", twins[i].a, twins[i].b);
        T(!soon);
        gr_work_free(w);
        way_stop(&way);
    }
}

/* Which bytes tell the states behind two texts apart? */
static const struct {
    const char *schema, *a, *b;
    bool found;
    const char *tell, *not ; /* of these all, of those none */
} telling[] = {
    /* no scheme begins with a digit */
    {"{\"format\":\"uri-reference\"}", "\"1", "\"a", true, ":", "a5 \"%.-"},
    {"{\"format\":\"uri-reference\"}", "\"a", "\"a?", true, ":%", "a5?#"},
    /* where the pair is not the first one, too */
    {"{\"pattern\":\"^(a[0-9]*b[^,]*|c.*)$\"}", "\"a", "\"c", false, "", ""},
    {"{\"pattern\":\"^(a.?[^,]*|c.*)$\"}", "\"a", "\"c", true, ",", "a5 \""},
    /* letters do, and nearly all tokens have one */
    {"{\"pattern\":\"^(a[a-m]*|b[a-z]*)$\"}", "\"a", "\"b", false, "", ""},
    {"{\"propertyNames\":{\"format\":\"uri-reference\"}}", "{\"1", "{\"a",
     false, "", ""},
};

static bool has_byte(const GrVocab *v, uint32_t token, const uint32_t bytes[8])
{
    uint32_t len;
    const char *p = gr_vocab_bytes(v, token, &len);
    for (uint32_t i = 0; i < len; i++)
        if (gr_bit_get(bytes, (uint8_t)p[i])) return true;
    return false;
}

/* Tokens without such a byte are as alive behind one text as behind the other,
 * and some of the others are not. */
static void check_told(const GrVocab *v, const Way *way,
                       const char *const at[2], const uint32_t bytes[8])
{
    GrMaskView view[2];
    GrMatcher *m[2];
    gram_error e;
    size_t n;
    uint32_t wrong = 0, differ = 0;
    for (int i = 0; i < 2; i++) {
        T(gr_matcher_new(way->masks, NULL, 0, &e, &m[i]) == GRAM_OK);
        T(gr_matcher_accept_bytes(m[i], at[i], strlen(at[i]), &n) == GRAM_OK);
        T(gr_matcher_mask(m[i], &view[i]) == GRAM_OK);
    }
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        bool same = gr_bit_get(view[0].row, t) == gr_bit_get(view[1].row, t);
        wrong += !same && !has_byte(v, t, bytes);
        differ += !same;
    }
    T_EQ(wrong, 0);
    T(differ > 0);
    for (int i = 0; i < 2; i++) gr_matcher_free(m[i]);
}

static void check_telling(const GrVocab *v, const GrTables *t)
{
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        Way way;
        GrWork *w;
        bool found, soon;
        uint32_t bytes[8];
        const char *const at[2] = {telling[i].a, telling[i].b};
        way_start(&way, v, t, telling[i].schema, 0);
        T(gr_work_new(way.masks, &way.env, &w) == GRAM_OK);
        StateId a = behind(&way, at[0]), b = behind(&way, at[1]);
        T(gr_near_tells(w, a, b, 8, bytes, &soon) == GRAM_OK && !soon);
        T(gr_near_tells(w, a, b, 256, bytes, &found) == GRAM_OK);
        T_OK(found == telling[i].found, "%s, %s", at[0], at[1]);
        for (const char *p = telling[i].tell; *p != 0; p++)
            T_OK(gr_bit_get(bytes, (uint8_t)*p), "%s: %c", at[0], *p);
        for (const char *p = telling[i].not ; *p != 0; p++)
            T_OK(!gr_bit_get(bytes, (uint8_t)*p), "%s: %c", at[0], *p);
        if (found) check_told(v, &way, at, bytes);
        gr_work_free(w);
        way_stop(&way);
    }
}

static uint64_t steps_behind(Way *way, const char *text)
{
    GrMaskView view;
    size_t at;
    uint64_t before = way_steps(way);
    gr_matcher_free(way->m);
    T(gr_matcher_new(way->masks, NULL, 0, &way->error, &way->m) == GRAM_OK);
    T(gr_matcher_accept_bytes(way->m, text, strlen(text), &at) == GRAM_OK);
    T(gr_matcher_mask(way->m, &view) == GRAM_OK);
    return way_steps(way) - before;
}

/* Where nothing differs from the loop, or nearly all tokens are dead by their
 * first bytes, that is told without a walk of all tokens. */
static void check_soon(const GrVocab *v, const GrTables *t, const char *schema,
                       const char *loop, const char *text)
{
    Way way;
    way_start(&way, v, t, schema, 0);
    steps_behind(&way, loop);
    uint64_t n = steps_behind(&way, text);
    T_OK(n < v->n_nodes / 16, "%s: %u steps of %u nodes", text, (unsigned)n,
         v->n_nodes);
    way_stop(&way);
}

/* A state may have thousands of tokens that the loop has not, or go on through
 * as many states as tokens have characters: then its mask is made by itself,
 * and that is found out soon. */
static void check_much(const GrVocab *v, const GrTables *t)
{
    static const struct {
        const char *schema, *loop, *text;
        uint32_t most; /* steps */
    } row[] = {
        {"{\"pattern\":\"^[^/][a-z]*$\"}", "\"q", "\"", 80000},
        {"{\"type\":\"string\",\"not\":{\"pattern\":"
         "\"^[.]{0,17}\\\\w{0,17}[.]{3,}\"}}",
         "\"!", "\"", 16000},
        {"{\"pattern\":\"^([A-Za-z0-9-]{1,40}:){1,5}[^A-Z.]+(![a-z])?$\"}",
         "\"q:!", "\"q:", 20000}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        Way way[2];
        way_start(&way[0], v, t, row[i].schema, 0);
        way_start(&way[1], v, t, row[i].schema, GR_MASK_NO_NEAR);
        steps_behind(&way[0], row[i].loop);
        uint64_t n = steps_behind(&way[0], row[i].text);
        steps_behind(&way[1], row[i].text);
        T_OK(n < row[i].most, "%s: %lu steps", row[i].schema, (unsigned long)n);
        ways_compare(v, way, row[i].schema);
        way_stop(&way[0]);
        way_stop(&way[1]);
    }
}

/* The mask of a loop without most letters is a walk: it is not made for that of
 * a state which may take them. */
static void check_vain(const GrVocab *v, const GrTables *t)
{
    Way way;
    GrMasksStats stats;
    way_start(&way, v, t,
              "{\"pattern\":\"^(?:[^a-df-zA-DF-Z\\\\s]+(?:[umUM][sS]|[a-z])"
              "\\\\s?)+$\"}",
              0);
    steps_behind(&way, "\"30s");
    gr_masks_stats(way.masks, &stats);
    T_EQ(stats.leaves, 1);
    way_stop(&way);
}

/* Of the first bytes that tokens have, those of these ranges. */
static void add_bytes(const GrVocab *v, uint32_t lo, uint32_t hi,
                      uint32_t bytes[8])
{
    for (uint32_t b = lo; b <= hi; b++)
        if (v->root[b] != GR_TRIE_NONE) gr_bit_set(bytes, b);
}

static bool begins(const GrVocab *v, uint32_t token, const uint32_t bytes[8])
{
    uint32_t len;
    const char *p = gr_vocab_bytes(v, token, &len);
    return len > 0 && gr_bit_get(bytes, (uint8_t)*p);
}

/* A row of every third token, or of few, that begins with a byte of either. */
static void check_clear(const GrVocab *v, GrWork *w, uint32_t every,
                        const uint32_t gone[8], const uint32_t left[8])
{
    uint32_t n = 0, wrong = 0;
    T(gr_row_load_base(w, BASE_EMPTY) == GRAM_OK);
    for (uint32_t t = 0; t < v->n_tokens; t += every)
        if (begins(v, t, gone) || begins(v, t, left))
            T(gr_row_put(w, t, true) == GRAM_OK);
    T(gr_row_clear_roots(w, gone, left) == GRAM_OK);
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        bool is = t % every == 0 && begins(v, t, left);
        wrong += gr_bit_get(w->row, t) != is;
        n += is;
    }
    gr_row_settle(w);
    T_EQ(wrong, 0);
    T_EQ(w->n, n);
}

static void check_rows(const GrVocab *v, const GrTables *t)
{
    static const uint8_t range[][4] = {
        {'0', '9', 'a', 'z'},   {'+', ':', '@', 0xFF}, {'A', 0xFF, '.', '.'},
        {' ', ' ', 0x80, 0xF4}, {0, 0xFF, '-', '-'},   {'_', '_', ' ', ' '},
        {0, 0xFF, 1, 0},
    };
    Way way;
    GrWork *w;
    way_start(&way, v, t, "{}", 0);
    T(gr_work_new(way.masks, &way.env, &w) == GRAM_OK);
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        for (int turn = 0; turn < 2; turn++) {
            uint32_t side[2][8] = {{0}};
            for (int k = 0; k < 2; k++)
                add_bytes(v, range[i][2 * k], range[i][2 * k + 1], side[k]);
            for (int j = 0; j < 8; j++) side[0][j] &= ~side[1][j];
            check_clear(v, w, 3, side[turn], side[!turn]);
            check_clear(v, w, 301, side[turn], side[!turn]);
        }
    gr_work_free(w);
    way_stop(&way);
}

int main(void)
{
    WayVocab w;
    way_vocab_open(&w);
    T(w.t->n_headed > 2); /* else no row is used */
    check_texts(w.v, w.t);
    check_rows(w.v, w.t);
    check_twins(w.v, w.t);
    check_telling(w.v, w.t);
    check_much(w.v, w.t);
    check_vain(w.v, w.t);
    check_soon(w.v, w.t, twins[0].schema, "\"example.com/A", "\"example.com");
    check_soon(w.v, w.t, telling[0].schema, "\"a", "\"");
    check_soon(w.v, w.t,
               "{\"pattern\":\"[a-zA-Z]{3}\",\"minLength\":3,"
               "\"maxLength\":3}",
               "\"", "\"US");
    way_vocab_close(&w);
    return t_done();
}
