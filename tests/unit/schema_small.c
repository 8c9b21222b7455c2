/* Small schemas as people write them, of two to four keywords: each is
 * compiled and a text goes through it in a few milliseconds, however the
 * keywords come together.  The steps stand for the time. */
#include "growth.h"
#include "oracle/world.h"

typedef struct Small {
    const char *schema, *text;
} Small;

#define IDN_EMAIL    "{\"format\":\"idn-email\""
#define URI          "{\"type\":\"string\",\"format\":\"uri\"},"
#define IDN_HOSTNAME "{\"format\":\"idn-hostname\""

static const Small smalls[] = {
    /* one length alone, where one bound lies beside another */
    {"{\"type\":\"string\",\"anyOf\":[{\"format\":\"uuid\",\"maxLength\":255}"
     "," IDN_EMAIL "}],\"maxLength\":256,\"minLength\":3}",
     "\"j.doe@example.org\""},
    {"{\"type\":\"string\",\"format\":\"regex\",\"minLength\":20,"
     "\"maxLength\":20}",
     "\"^[a-z]+(x|y)?aaaaaa$\""},
    {"{\"type\":\"string\",\"anyOf\":[{\"format\":\"regex\"},"
     "{\"format\":\"uuid\",\"maxLength\":10}],\"maxLength\":11}",
     "\"(a|b)*$\""},
    /* exactly one of formats that have nothing in common */
    {"{\"type\":\"string\",\"oneOf\":[" IDN_EMAIL
     ",\"minLength\":2}," IDN_HOSTNAME
     ",\"maxLength\":253}],\"maxLength\":255}",
     "\"example.org\""},
    {"{\"type\":\"string\",\"oneOf\":[{\"format\":\"email\",\"minLength\":1},"
     "{\"format\":\"hostname\",\"maxLength\":63}],\"maxLength\":64}",
     "\"j.doe@example.org\""},
    {"{\"type\":\"string\",\"oneOf\":[{\"enum\":[\"*\",\"none\",\"auto-1\"]}"
     "," IDN_EMAIL "},{\"format\":\"ipv4\"}],\"maxLength\":100}",
     "\"10.0.0.1\""},
    /* how many numbers are there? */
    {"{\"type\":\"array\",\"items\":{\"not\":{\"type\":\"array\",\"items\":"
     "{\"type\":\"number\",\"minimum\":1,\"exclusiveMaximum\":1000000000,"
     "\"multipleOf\":7,\"not\":{\"multipleOf\":3}},\"uniqueItems\":true}},"
     "\"uniqueItems\":true,\"maxItems\":5}",
     "[[10,12.5],[-3]]"},
    /* a lower bound that tells apart what else a string must be */
    {"{\"type\":\"array\",\"contains\":{\"oneOf\":[" URI
     "{\"minLength\":1},{\"format\":\"email\"}]},\"items\":" IDN_EMAIL "}}",
     "[\"j.\u00f6e@example.org\"]"},
    {"{\"type\":\"array\",\"uniqueItems\":true,\"contains\":{\"oneOf\":[" URI
     "{\"type\":\"string\",\"minLength\":1},{\"type\":\"string\","
     "\"format\":\"email\"}]},\"items\":{\"if\":" IDN_EMAIL
     "},\"then\":{\"type\":\"string\"},\"else\":{\"type\":\"number\"}}}",
     "[\"j.\u00f6e@example.org\"]"},
};

static void make(Text *s, Text *t, int n)
{
    put(s, "%s", smalls[n].schema);
    put(t, "%s", smalls[n].text);
}

/* A step is some nanoseconds. */
enum { STEPS = 1000000, END_STEPS = 4 * STEPS };

/* How far the end is, behind every byte of a text: names that propertyNames
 * does not allow are no way to it, and none is looked for. */
static const Small far_ends[] = {
    {"{\"type\":\"object\",\"not\":{\"patternProperties\":{\"^x-\":true,"
     "\"^a?b?a?b?$\":false},\"unevaluatedProperties\":false},"
     "\"propertyNames\":{\"format\":\"regex\"}}",
     "{\"[a-z]+(?:x|(y))\":0"},
    {"{\"type\":\"array\",\"uniqueItems\":true,\"contains\":{\"oneOf\":[" URI
     "{\"minLength\":1},{\"format\":\"email\"}]},\"if\":{\"items\":" IDN_EMAIL
     "}},\"else\":{\"minItems\":1}}",
     "[1,\"j.\u00f6e@example.org\","},
};

static void check_end(gram_vocab *v, const Small *b)
{
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    gram_grammar_stats stats = {.size = sizeof stats};
    T(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, b->schema, strlen(b->schema),
                       NULL, &g, NULL) == GRAM_OK);
    if (g == NULL || gram_matcher_new(g, &m, NULL) != GRAM_OK) return;
    for (const char *c = b->text; *c != 0; c++) {
        uint64_t bound = 0;
        T(gram_matcher_accept_bytes(m, c, 1, NULL) == GRAM_OK);
        T_OK(gram_matcher_completion_bound(m, &bound) == GRAM_OK,
             "%s: no bound before %s", b->schema, c);
    }
    T(gram_grammar_get_stats(g, &stats) == GRAM_OK);
    T_OK(stats.steps <= END_STEPS, "%s: %llu steps", b->schema,
         (unsigned long long)stats.steps);
    gram_matcher_free(m);
    gram_grammar_free(g);
}

int main(void)
{
    uint32_t n_first;
    gram_vocab *v = world_vocab(&n_first);
    for (size_t i = 0; i < sizeof far_ends / sizeof *far_ends; i++)
        check_end(v, &far_ends[i]);
    gram_vocab_free(v);
    for (int i = 0; i < (int)(sizeof smalls / sizeof *smalls); i++) {
        Run r;
        run_family(make, i, &r);
        report(smalls[i].schema, i, &r);
        T_OK(r.status == GRAM_OK && r.accepted, "%s: status %d: %s",
             smalls[i].schema, r.status, r.error.message);
        T_OK(r.compile + r.walk <= STEPS, "%s: %llu steps", smalls[i].schema,
             (unsigned long long)(r.compile + r.walk));
    }
    return t_done();
}
