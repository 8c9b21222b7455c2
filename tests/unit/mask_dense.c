/* Walks of nearly all tokens (dense.c): with classes turned off every mask of a
 * string is one, also where its length is counted.  Along arrays of strings,
 * the first of which is looked at in strides and the second at each character,
 * so that masks remembered at one length are asked for at another, each row is
 * that of the ways that know classes. */
#include "ways.h"

/* What the items of an array are, and texts of two of them. */
static const struct {
    const char *items, *first, *second;
} source[] = {
    {"{\"maxLength\":23,\"pattern\":\"^[^q]*$\"}", "abcdef hij klm nop rst",
     "the of and to in a is it"},
    {"{\"maxLength\":30,\"minLength\":9,\"pattern\":\"^[a-z ]*$\"}",
     "what is there to be seen here", "when it was not to be had"},
    {"{\"maxLength\":40,\"format\":\"email\"}", "john.doe@example.com",
     "jane@mail.example.org"},
    {"{\"maxLength\":17,\"pattern\":\"on|off|[0-9]{3}\"}", "turned on since 12",
     "off and on again"},
    /* not one interval: left to the walk that knows how */
    {"{\"anyOf\":[{\"maxLength\":5},{\"minLength\":12,\"maxLength\":20}],"
     "\"pattern\":\"^[^z]*$\"}",
     "this is too long", "these are not"},
    {"{\"pattern\":\"^(\\\\w+ ){0,6}\\\\w+$\",\"maxLength\":25}",
     "one two three four", "a b c d e f"},
    {"{\"type\":\"string\",\"pattern\":\"admin|maker\"}", "a maker",
     "an admin of"},
    /* one letter of all does something else: at the first byte, behind a known
     * one (a space, a dot), behind any */
    {"{\"pattern\":\"^(?!www)[a-z. ]{2,40}$\"}", "we are", "wwi was"},
    {"{\"pattern\":\"^[a-z]+([ .](?!x)[a-z]+)*$\"}", "one two.three", "a.b c"},
    {"{\"pattern\":\"^[^@ ]+@[^@.]+([.][^@.]*)*.gov.uk\"}", "ann@example",
     "bob@mail.gov.uk"},
    /* marks of all scripts; what is left out beyond ASCII; letters of one */
    {"{\"pattern\":\"^(?!.*://)(?=.{1,25}$)((.{1,9}[.]){1,7}[a-z0-9-]+)$\"}",
     "mail.example.com", "caf\xC3\xA9.fr"},
    {"{\"pattern\":\"^[^\xE2\x80\x93]{1,40}$\"}",
     "a \xE2\x80\x94 b\xE2\x80\x99s", "na\xC3\xAFve"},
    {"{\"pattern\":\"^([\xD0\xB0-\xD1\x8F]+ ?){1,30}$\"}",
     "\xD0\xB4\xD0\xB0 \xD0\xBD\xD0\xB5\xD1\x82", "\xD0\xB8"},
    {"{\"format\":\"regex\"}", "[a-f]+(b|c){2}", "[^x-z]"},
    /* of words that are searched for one must occur, and no other may: more
     * states than are looked at (zone.c) */
    {"{\"type\":\"string\",\"oneOf\":[{\"pattern\":\"customer\"},"
     "{\"pattern\":\"maker\"},{\"pattern\":\"operator\"},{\"pattern\":"
     "\"admin\"},{\"pattern\":\"designer\"},{\"pattern\":\"\u00e9tat\"}]}",
     "the operator", "a maker of admi"},
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"the|ing|ion|re.|  x\"}}",
     "a   thicker inkio", "in  ther"},
    /* many letters are dead behind one text; nearly everywhere */
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"(admin|"
     "customer|designer|maker|net|operator|state)_[a-z]\"}}",
     "a ne net_", "net_X net"},
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"[a-z][a-z]\"}}", "a B c-",
     "A b"},
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"[b\u00e9][cdt]|the\"}}",
     "a bee", "th"},
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"that|with|from|have|will|"
     "your|more|been|said|like|just|know|over|people|could\"}}",
     "a thin wil", "the bee"},
    /* one letter is dead, in all spellings */
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"a\"}}",
     "the \xC3\xA9t\xC3\xA9", "b \\u0062"},
    /* nothing beyond ASCII, where no class loops */
    {"{\"pattern\":\"^[ -~]*[0-9][ -~]*$\"}", "a b c d", "a 9"},
    {"{\"pattern\":\"^[^\u0800-\uFFFF]*[0-9]\"}", "na\u00EFve", "\u00E9 9"},
    /* even of their first letters */
    {"{\"type\":\"string\",\"not\":{\"pattern\":\"also|been|could|does|even|"
     "from|good|have|into|just|know|like|more|never|over|people|quite|right|"
     "such|that|under|very|will|xml|your|zero\"}}",
     "a thin wil", "the bee"},
};
enum { N_SOURCES = sizeof source / sizeof *source };

/* A look at the row before every `stride` bytes.  Both refuse what is too long
 * or not of the pattern. */
static void go(const GrVocab *v, Way way[2], const char *p, size_t stride)
{
    bool going = true;
    for (size_t n; going && *p != 0; p += n) {
        size_t at, left = strlen(p);
        gram_status status[2];
        n = left < stride ? left : stride;
        ways_compare(v, way, p);
        for (int k = 0; k < 2; k++)
            status[k] = gr_matcher_accept_bytes(way[k].m, p, n, &at);
        T_EQ(status[0], status[1]);
        going = status[0] == GRAM_OK;
    }
}

static void check(const GrVocab *v, const GrTables *t, int i, uint32_t flags)
{
    Way way[2];
    char schema[1024];
    snprintf(schema, sizeof schema, "{\"type\":\"array\",\"items\":%s}",
             source[i].items);
    way_start(&way[0], v, t, schema, flags);
    way_start(&way[1], v, t, schema, GR_MASK_NO_CLASSES | GR_MASK_NO_NEAR);
    go(v, way, "[\"", 2);
    go(v, way, source[i].first, 4);
    go(v, way, "\",\"", 3);
    go(v, way, source[i].second, 1);
    go(v, way, "\"]", 1);
    way_stop(&way[0]);
    way_stop(&way[1]);
}

/* Where little dies, in a few places, not all tokens are walked. */
static void check_little(const GrVocab *v, const GrTables *t)
{
    Way way;
    GrMaskView view;
    size_t at;
    way_start(&way, v, t,
              "{\"type\":\"string\",\"not\":{\"pattern\":\"(admin|customer|"
              "designer|maker|net|operator|state)_[a-z]\"}}",
              0);
    T(gr_matcher_accept_bytes(way.m, "\"a", 2, &at) == GRAM_OK);
    T(gr_matcher_mask(way.m, &view) == GRAM_OK);
    T_OK(way_steps(&way) < v->n_nodes / 2, "%u steps of %u nodes",
         (unsigned)way_steps(&way), v->n_nodes);
    way_stop(&way);
}

int main(void)
{
    WayVocab w;
    way_vocab_open(&w);
    /* else no walk is one of these */
    T(w.v->n_nodes >= 1 << 15);
    for (int i = 0; i < N_SOURCES; i++) {
        check(w.v, w.t, i, 0);
        check(w.v, w.t, i, GR_MASK_NO_EXITS);
    }
    check_little(w.v, w.t);
    way_vocab_close(&w);
    return t_done();
}
