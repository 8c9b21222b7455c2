/* Small schemas as people write them, of two to four keywords: each is
 * compiled and a text goes through it in a few milliseconds, however the
 * keywords come together.  The steps stand for the time. */
#include "growth.h"

typedef struct Small {
    const char *schema, *text;
} Small;

#define IDN_EMAIL    "{\"format\":\"idn-email\""
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
};

static void make(Text *s, Text *t, int n)
{
    put(s, "%s", smalls[n].schema);
    put(t, "%s", smalls[n].text);
}

/* A step is some nanoseconds. */
enum { STEPS = 1000000 };

int main(void)
{
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
