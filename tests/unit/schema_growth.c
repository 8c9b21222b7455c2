/* How the work on a schema grows with the schema.
 *
 * Steps are counted, not timed, so the ratios are the same on every machine.
 * A family is compiled at n, 2n, 4n, ... and its text walked with every byte
 * tried at every place, as a mask of single bytes would: from one size to
 * the next the steps may grow 2.6 times at most.  The blow-ups have one size,
 * at which they answer or name a limit, within the memory and steps that a
 * second buys; a limit that was met is met again, at once. */
#include "t.h"

#include "pda/pda.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <time.h>

typedef struct Text {
    char *at;
    size_t n, cap;
} Text;

static void put(Text *t, const char *fmt, ...)
{
    char buf[512];
    va_list args;
    va_start(args, fmt);
    size_t n = (size_t)vsnprintf(buf, sizeof buf, fmt, args);
    va_end(args);
    if (t->n + n + 1 > t->cap) {
        t->cap = 2 * (t->cap + n + 64);
        t->at = realloc(t->at, t->cap);
        if (t->at == NULL) abort();
    }
    memcpy(t->at + t->n, buf, n + 1);
    t->n += n;
}

/* put(t, ", ") but for the first */
static void comma(Text *t, int i)
{
    if (i > 0) put(t, ",");
}

/* --- families: a schema of size n, and a text of it ----------------------- */

typedef void Family(Text *schema, Text *text, int n);

static void nesting(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++) put(s, "{\"items\":{\"properties\":{\"a\":");
    put(s, "{\"type\":\"integer\"}");
    for (int i = 0; i < n; i++) put(s, "}}}");
    for (int i = 0; i < n; i++) put(t, "[{\"a\":");
    put(t, "1");
    for (int i = 0; i < n; i++) put(t, "}]");
}

static void enumeration(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++) comma(s, i), put(s, "\"v%d\"", i * 7919 % n);
    put(s, "]}");
    put(t, "\"v%d\"", n / 2);
}

/* Values of all types, told apart by what they are equal to. */
static void mixed_enumeration(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, i % 2 ? "{\"k\":%d}" : "[%d,\"x\"]", i);
    put(s, "]}");
    put(t, "{\"k\":%d}", n / 2 | 1);
}

/* Arrays of different lengths, most of them alike at the start. */
static void array_enumeration(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++) {
        comma(s, i), put(s, "[");
        for (int k = 0; k < i % 9; k++) put(s, "%d,", k);
        put(s, "\"%d\"]", i);
    }
    put(s, "]}");
    put(t, "[0,1,2,\"%d\"]", n / 9 * 9 - 6);
}

/* Objects of different keys that share values. */
static void object_enumeration(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"a%d\":%d,\"b%d\":[%d],\"c\":{\"d\":%d}}",
                         i % 17, i, i % 13, i, i % 3);
    put(s, "]}");
    put(t, "{\"b7\":[7],\"c\":{\"d\":1},\"a7\":7}");
}

static void properties(Text *s, Text *t, int n)
{
    put(s, "{\"additionalProperties\":false,\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"k%d\":{\"type\":\"null\"}", i);
    put(s, "},\"required\":[\"k0\",\"k1\"]}");
    put(t, "{");
    for (int i = 0; i < 20; i++)
        comma(t, i), put(t, "\"k%d\":null", (i * 13 + 1) % n);
    put(t, n > 16 ? ",\"k0\":null}" : "}");
}

static void any_of(Text *s, Text *t, int n)
{
    put(s, "{\"anyOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"p%d\":{\"type\":\"null\"}},"
                         "\"required\":[\"p%d\"]}",
                         i, i);
    put(s, "]}");
    put(t, "{\"p%d\":null,\"p0\":null}", n - 1);
}

static void counted_any_of(Text *s, Text *t, int n)
{
    put(s, "{\"anyOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"type\":\"array\",\"minItems\":%d,"
                         "\"items\":{\"minimum\":%d}}",
                         i, i);
    put(s, "]}");
    put(t, "[%d,%d]", n, n + 1);
}

/* A union told apart by one key, the most frequent of wide ones. */
static void tagged_union(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\"]}",
                         i, i);
    put(s, "]}");
    put(t, "{\"kind\":\"t%d\",\"v%d\":1}", n / 2, n / 2);
}

static void refs(Text *s, Text *t, int n)
{
    put(s, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "\"d%d\":{\"properties\":{\"n\":{\"$ref\":"
                         "\"#/$defs/d%d\"}}}",
                         i, (i + 1) % n);
    put(s, "}}");
    for (int i = 0; i < 8; i++) put(t, "{\"n\":");
    put(t, "0");
    for (int i = 0; i < 8; i++) put(t, "}");
}

static void all_of(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s, "{\"properties\":{\"p%d\":{\"minimum\":%d}}}", i % 16, i);
    put(s, "]}");
    put(t, "{\"p1\":%d}", n);
}

static void patterns(Text *s, Text *t, int n)
{
    put(s, "{\"pattern\":\"^(");
    for (int i = 0; i < n; i++) put(s, "%sx%d[a-f]+", i ? "|" : "", i);
    put(s, ")$\"}");
    put(t, "\"x%dabc\"", n - 1);
}

static void lengths(Text *s, Text *t, int n)
{
    put(s, "{\"pattern\":\"^[a-z-]*$\",\"minLength\":%d,\"maxLength\":%d}",
        n / 2, n);
    put(t, "\"");
    for (int i = 0; i < n; i++) put(t, "%c", 'a' + i % 26);
    put(t, "\"");
}

static void repeats(Text *s, Text *t, int n)
{
    put(s, "{\"pattern\":\"^(ab|c){%d}$\"}", n);
    put(t, "\"");
    for (int i = 0; i < n; i++) put(t, i % 2 ? "ab" : "c");
    put(t, "\"");
}

static void dependencies(Text *s, Text *t, int n)
{
    put(s, "{\"dependentRequired\":{");
    for (int i = 0; i < n; i++) comma(s, i), put(s, "\"a%d\":[\"b%d\"]", i, i);
    put(s, "}}");
    put(t, "{\"a1\":0,\"a%d\":0,\"b1\":0,\"b%d\":0}", n - 1, n - 1);
}

static void when_keys(Text *s, Text *t, int n)
{
    put(s, "{\"dependentSchemas\":{");
    for (int i = 0; i < n; i++) {
        comma(s, i);
        put(s, "\"a%d\":{\"properties\":{\"t\":{\"enum\":[\"b%d\",\"c\"]}}}", i,
            i);
    }
    put(s, "}}");
    put(t, "{\"a1\":0,\"a%d\":0,\"t\":\"c\"}", n - 1);
}

/* A pattern for each property. */
static void pattern_values(Text *s, Text *t, int n)
{
    put(s, "{\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"p%d\":{\"pattern\":\"^[a-f]+%d$\"}", i, i);
    put(s, "}}");
    put(t, "{\"p%d\":\"abc%d\",\"p0\":\"f0\"}", n - 1, n - 1);
}

/* Patterns for keys, no two of which match the same one. */
static void pattern_keys(Text *s, Text *t, int n)
{
    put(s, "{\"patternProperties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"^x%d_\":{\"minimum\":%d}", i, i);
    put(s, "}}");
    put(t, "{\"x%d_a\":%d,\"y\":0}", n - 1, n);
}

/* A union of closed objects, as generators of code write it. */
static void closed_union(Text *s, Text *t, int n)
{
    put(s, "{\"anyOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\"],"
                         "\"additionalProperties\":false}",
                         i, i);
    put(s, "]}");
    put(t, "{\"kind\":\"t%d\",\"v%d\":1}", n / 2, n / 2);
}

/* The same where just one may hold. */
static void closed_one_of(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\"],"
                         "\"additionalProperties\":false}",
                         i, i);
    put(s, "]}");
    put(t, "{\"kind\":\"t%d\",\"v%d\":1}", n / 2, n / 2);
}

/* Conditions on one key, side by side. */
static void many_ifs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"if\":{\"properties\":{\"t\":{\"const\":\"c%d\"}},"
                "\"required\":[\"t\"]},\"then\":{\"properties\":{\"v\":"
                "{\"maxLength\":%d}}}}",
                i, i);
    put(s, "]}");
    put(t, "{\"t\":\"c%d\",\"v\":\"a\"}", n / 2);
}

static void all_of_any(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"anyOf\":[{\"required\":[\"a%d\"]},{\"properties\":"
                         "{\"b%d\":{\"type\":\"null\"}}}]}",
                         i, i);
    put(s, "]}");
    put(t, "{\"a1\":0,\"b1\":0,\"b0\":null}");
}

static void tags_by_ref(Text *s, Text *t, int n)
{
    put(s, "{\"$defs\":{");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "\"d%d\":{\"type\":\"object\",\"properties\":"
                "{\"kind\":{\"const\":\"t%d\"},\"next\":{\"$ref\":\"#\"}},"
                "\"required\":[\"kind\"],"
                "\"additionalProperties\":false}",
                i, i);
    put(s, "},\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"$ref\":\"#/$defs/d%d\"}", i);
    put(s, "]}");
    put(t, "{\"kind\":\"t1\",\"next\":{\"kind\":\"t0\"}}");
}

/* Items that must be there, each once at least. */
static void found_items(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"contains\":{\"const\":\"i%d\"}}", i);
    put(s, "]}");
    put(t, "[\"i1\",\"i0\",0");
    for (int i = 2; i < n; i++) put(t, ",\"i%d\"", i);
    put(t, "]");
}

/* Conditions on what lies in one nested object. */
static void nested_ifs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"if\":{\"properties\":{\"o\":{\"properties\":{\"t%d\":"
                "{\"const\":%d}},\"required\":[\"t%d\"]}},\"required\":"
                "[\"o\"]},\"then\":{\"properties\":{\"o\":{\"properties\":"
                "{\"v%d\":{\"maxLength\":%d}}}}}}",
                i, i, i, i, i);
    put(s, "]}");
    put(t, "{\"o\":{\"t1\":1,\"v1\":\"a\",\"t2\":0}}");
}

/* The same on one key of it. */
static void nested_tags(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"if\":{\"properties\":{\"o\":{\"properties\":"
                         "{\"t\":{\"const\":%d}},\"required\":[\"t\"]}},"
                         "\"required\":[\"o\"]},\"then\":{\"required\":"
                         "[\"v%d\"]}}",
                         i, i);
    put(s, "]}");
    put(t, "{\"o\":{\"t\":1},\"v1\":\"a\"}");
}

/* Conditions on patterns that one string may match in any combination. */
static void pattern_ifs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"if\":{\"properties\":{\"t\":{\"pattern\":\"^%c%d\"}},"
                "\"required\":[\"t\"]},\"then\":{\"required\":[\"v%d\"]}}",
                'a' + i % 26, i, i);
    put(s, "]}");
    put(t, "{\"t\":\"b1\",\"v1\":1}");
}

/* Conditions, one inside the other's then. */
static void then_chain(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++)
        put(s, "{\"if\":{\"required\":[\"k%d\"]},\"then\":", i);
    put(s, "{\"required\":[\"z\"]}");
    for (int i = n; i-- > 0;)
        put(s,
            ",\"else\":{\"properties\":{\"v%d\":{\"type\":\"integer\"}},"
            "\"required\":[\"v%d\"]}}",
            i, i);
    put(t, "{\"k0\":1,\"v1\":1}");
}

static void else_chain(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++)
        put(s,
            "{\"if\":{\"required\":[\"k%d\"]},\"then\":{\"properties\":{"
            "\"v%d\":{\"type\":\"integer\"}},\"required\":[\"v%d\"]},"
            "\"else\":",
            i, i, i);
    put(s, "{}");
    for (int i = 0; i < n; i++) put(s, "}");
    put(t, "{\"k1\":1,\"v1\":1}");
}

/* A union whose branches each bring a key that no other evaluates. */
static void unevaluated(Text *s, Text *t, int n)
{
    put(s, "{\"anyOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"v%d\"]}",
                         i, i);
    put(s, "],\"unevaluatedProperties\":false}");
    put(t, "{\"v1\":1}");
}

static const struct {
    const char *name;
    Family *make;
    int from; /* the first of four sizes */
} families[] = {
    {"nesting", nesting, 64},
    {"enum", enumeration, 512},
    {"mixed enum", mixed_enumeration, 32},
    {"enum of arrays", array_enumeration, 64},
    {"enum of object shapes", object_enumeration, 64},
    {"properties", properties, 256},
    {"anyOf", any_of, 32},
    {"anyOf of counts", counted_any_of, 4},
    {"tagged oneOf", tagged_union, 8},
    {"tagged anyOf, closed", closed_union, 8},
    {"$ref", refs, 128},
    {"allOf", all_of, 64},
    {"alternatives", patterns, 32},
    {"lengths", lengths, 64},
    {"repeats", repeats, 32},
    {"patterns", pattern_values, 32},
    {"patterns of keys", pattern_keys, 8},
    {"dependentRequired", dependencies, 32},
    {"dependentSchemas", when_keys, 8},
    {"tagged oneOf, closed", closed_one_of, 8},
    {"many ifs", many_ifs, 8},
    {"allOf of anyOf", all_of_any, 16},
    {"tagged $refs", tags_by_ref, 8},
    {"unevaluated keys", unevaluated, 4},
    {"ifs of nested objects", nested_ifs, 8},
    {"ifs of a nested key", nested_tags, 8},
    {"ifs of patterns", pattern_ifs, 8},
    {"ifs in then", then_chain, 4},
    {"ifs in else", else_chain, 8},
};

/* --- one run -------------------------------------------------------------- */

typedef struct Run {
    gram_status status;
    bool accepted;
    uint64_t compile, walk; /* steps */
    uint64_t again;         /* steps of the same walk once more */
    gram_status status_again;
    size_t memory; /* the most held, in bytes */
    double seconds;
    gram_error error;
} Run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Every byte from every configuration along the text. */
static gram_status walk(GrRun *run, const Text *text, bool *accepted)
{
    GrConfig c, copy;
    GR_TRY(gr_run_start(run, &c));
    run->log = text->at;
    for (size_t i = 0; i < text->n; i++) {
        run->log_len = i + 1;
        for (int b = 0; b < 256; b++) {
            if (b == (uint8_t)text->at[i]) continue;
            copy = c;
            char *log = text->at, was = log[i];
            log[i] = (char)b;
            gram_status s = gr_run_byte(run, &copy, (uint8_t)b);
            log[i] = was;
            if (s != GRAM_OK && s != GRAM_E_REFUSED) return s;
        }
        GR_TRY(gr_run_byte(run, &c, (uint8_t)text->at[i]));
    }
    return gr_run_end(run, &c, accepted);
}

static void run_family(Family *make, int n, Run *r)
{
    Text schema = {0}, text = {0};
    GrEnv env, own;
    GrPda *pda = NULL;
    GrArena arena = {0};
    GrPdaStats stats;
    memset(r, 0, sizeof *r);
    make(&schema, &text, n);
    gr_env_init(&env, NULL, 256u << 20, 0);
    gr_env_init(&own, NULL, 0, 0);
    env.error = own.error = &r->error;
    double from = now();
    r->status = gr_pda_new(&env, &pda);
    if (r->status == GRAM_OK)
        r->status = gr_schema_compile(&env, schema.at, schema.n, NULL, pda);
    r->compile = env.steps;
    if (r->status == GRAM_OK) {
        GrRun run = {.pda = pda, .env = &own, .arena = &arena};
        env.error = NULL;
        r->status = walk(&run, &text, &r->accepted);
        if (r->status != GRAM_OK) gr_pda_last_error(pda, &r->error);
        gr_pda_stats(pda, &stats);
        r->walk = stats.steps;
        bool accepted;
        r->status_again = walk(&run, &text, &accepted);
        gr_pda_stats(pda, &stats);
        r->again = stats.steps - r->walk;
    }
    r->seconds = now() - from;
    r->memory = env.peak;
    gr_arena_clear(&own, &arena);
    gr_pda_free(pda);
    free(schema.at);
    free(text.at);
}

static void report(const char *name, int n, const Run *r)
{
    printf("%-24s %7d: status %d, steps %llu + %llu, %zu KiB, %.3f s\n", name,
           n, r->status, (unsigned long long)r->compile,
           (unsigned long long)r->walk, r->memory >> 10, r->seconds);
}

#define MOST 2.6

static void doubling(const char *name, Family *make, int from)
{
    Run before = {0}, r;
    for (int k = 0, n = from; k < 4; k++, n *= 2) {
        run_family(make, n, &r);
        report(name, n, &r);
        T_OK(r.status == GRAM_OK && r.accepted, "%s %d: status %d: %s", name, n,
             r.status, r.error.message);
        uint64_t was = before.compile + before.walk, is = r.compile + r.walk;
        T_OK(k == 0 || (double)is <= MOST * (double)was,
             "%s: from %d to %d steps grow %.2f times", name, n / 2, n,
             (double)is / (double)was);
        before = r;
    }
}

/* --- blow-ups ------------------------------------------------------------- */

static void nested_one_of(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++)
        put(s,
            "{\"oneOf\":[{\"properties\":{\"k%d\":{\"type\":\"null\"}},"
            "\"required\":[\"k%d\"]},",
            i, i);
    put(s, "{\"required\":[\"end\"]}");
    for (int i = 0; i < n; i++) put(s, "]}");
    put(t, "{\"k%d\":null}", n / 2);
}

static void all_of_any_of(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"anyOf\":[{\"required\":[\"a%d\"]},"
                         "{\"required\":[\"b%d\"]}]}",
                         i, i);
    put(s, "]}");
    put(t, "{");
    for (int i = 0; i < n; i++)
        comma(t, i), put(t, "\"%c%d\":%d", i % 3 ? 'a' : 'b', i, i);
    put(t, "}");
}

static void all_of_any_of_values(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"anyOf\":[{\"properties\":{\"a%d\":"
                         "{\"type\":\"null\"}}},{\"properties\":{\"b%d\":"
                         "{\"type\":\"string\"}}}]}",
                         i, i);
    put(s, "]}");
    put(t, "{\"a0\":null,\"b0\":1,\"a1\":1,\"b1\":\"x\"}");
}

static void min_properties(Text *s, Text *t, int n)
{
    put(s, "{\"additionalProperties\":false,\"minProperties\":3,"
           "\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"o%d\":{\"type\":\"boolean\"}", i);
    put(s, "}}");
    put(t, "{\"o%d\":true,\"o3\":false,\"o%d\":true}", n / 2, n - 1);
}

static void big_enum(Text *s, Text *t, int n)
{
    put(s, "{\"properties\":{\"e\":{\"enum\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"a value of some length, number %d\"", i);
    put(s, "]}}}");
    put(t, "{\"e\":\"a value of some length, number %d\"}", n - 1);
}

static void nested(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++) put(s, "{\"items\":");
    put(s, "{}");
    for (int i = 0; i < n; i++) put(s, "}");
    put(t, "[[[1]]]");
}

static void pattern_properties(Text *s, Text *t, int n)
{
    put(s, "{\"patternProperties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s, "\"%c.*%c\":{\"minimum\":%d}", 'a' + i % 8, 'a' + i / 8, i);
    put(s, "}}");
    put(t, "{\"zz\":1,\"abc\":100}");
}

static void mutual_refs(Text *s, Text *t, int n)
{
    put(s, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "\"d%d\":{\"anyOf\":[{\"type\":\"null\"},"
                         "{\"items\":{\"$ref\":\"#/$defs/d%d\"},"
                         "\"properties\":{\"x\":{\"$ref\":\"#/$defs/d%d\"}},"
                         "\"required\":[\"x\"]}]}",
                         i, (i * 7 + 3) % n, (i * 5 + 1) % n);
    put(s, "}}");
    put(t, "{\"x\":[null,{\"x\":null}]}");
}

static void wide(Text *s, Text *t, int n)
{
    put(s, "{\"additionalProperties\":false,\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"property%d\":{\"type\":\"string\"}", i);
    put(s, "}}");
    put(t, "{\"property%d\":\"\",\"property0\":\"x\"}", n - 1);
}

static void object_enum(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"id\":%d,\"tags\":[\"a\",\"%d\"]}", i, i % 7);
    put(s, "]}");
    put(t, "{\"id\":7,\"tags\":[\"a\",\"0\"]}");
}

static void required_chain(Text *s, Text *t, int n)
{
    put(s, "{\"dependentRequired\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"k%d\":[\"k%d\"]", i, i + 1);
    put(s, "}}");
    put(t, "{\"k%d\":0,\"k%d\":0}", n - 1, n);
}

static void if_chain(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++)
        put(s,
            "{\"if\":{\"properties\":{\"t\":{\"const\":%d}},"
            "\"required\":[\"t\"]},\"then\":{\"required\":[\"v\"]},"
            "\"else\":",
            i);
    put(s, "{\"required\":[\"q\"]}");
    for (int i = 0; i < n; i++) put(s, "}");
    put(t, "{\"q\":0,\"v\":1}");
}

/* Each level says the one below it three times. */
static void nested_logic(Text *s, Text *t, int n)
{
    put(s,
        "{\"$ref\":\"#/$defs/d%d\",\"$defs\":{\"d0\":{\"required\":"
        "[\"a\"]}",
        n);
    for (int i = 1; i <= n; i++)
        put(s,
            ",\"d%d\":{\"oneOf\":[{\"not\":{\"$ref\":\"#/$defs/d%d\"}},"
            "{\"if\":{\"required\":[\"k%d\"]},\"then\":{\"$ref\":"
            "\"#/$defs/d%d\"},\"else\":{\"required\":[\"z%d\"]}}]}",
            i, i - 1, i, i - 1, i);
    put(s, "}}");
    put(t, "{\"a\":1}");
}

/* Each key of its own pair is evaluated under a condition on one tag. */
static void unevaluated_ifs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"if\":{\"properties\":{\"t\":{\"const\":%d}},\"required\":"
                "[\"t\"]},\"then\":{\"properties\":{\"a%d\":{\"type\":"
                "\"integer\"}}},\"else\":{\"properties\":{\"b%d\":{\"type\":"
                "\"integer\"}}}}",
                i, i, i);
    put(s, "],\"properties\":{\"t\":{}},\"unevaluatedProperties\":false}");
    put(t, "{\"t\":3,\"a3\":1}");
}

/* Any two bounds of one pair of keys. */
static void shared_pairs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"anyOf\":[{\"properties\":{\"x\":{\"minimum\":%d}}},"
                "{\"properties\":{\"y\":{\"minimum\":%d}}}]}",
                i, i);
    put(s, "]}");
    put(t, "{\"x\":%d}", n);
}

/* Of each pair just one key. */
static void either_key(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"oneOf\":[{\"required\":[\"a%d\"]},"
                         "{\"required\":[\"b%d\"]}]}",
                         i, i);
    put(s, "]}");
    put(t, "{");
    for (int i = 0; i < n; i++)
        comma(t, i), put(t, "\"%c%d\":0", i % 3 ? 'a' : 'b', i);
    put(t, "}");
}

/* No two neighbours in a ring of keys. */
static void no_neighbours(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"not\":{\"required\":[\"k%d\",\"k%d\"]}}", i,
                         (i + 1) % n);
    put(s, "]}");
    put(t, "{\"k1\":0,\"k3\":0}");
}

/* Sets of required keys that share some, just one of them whole. */
static void shared_sets(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"required\":[\"a%d\",\"b%d\"]}", i, i / 2);
    put(s, "]}");
    put(t, "{\"a1\":0,\"b0\":0}");
}

/* Ranges of numbers that overlap. */
static void ranges(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"x\":{\"minimum\":%d,"
                         "\"maximum\":%d}},\"required\":[\"x\"]}",
                         10 * i, 10 * i + 15);
    put(s, "]}");
    put(t, "{\"x\":8}");
}

/* Conditions on how large one number is. */
static void size_ifs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"if\":{\"properties\":{\"t\":{\"minimum\":%d}},"
                         "\"required\":[\"t\"]},\"then\":{\"properties\":"
                         "{\"v\":{\"minimum\":%d}},\"required\":[\"v\"]}}",
                         i, i);
    put(s, "]}");
    put(t, "{\"t\":3,\"v\":5}");
}

/* Arrays of one shape, and numbers that tell them apart. */
static void rows(Text *s, Text *t, int n)
{
    put(s, "{\"enum\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "[%d,\"a\",\"%d\"]", i, i % 7);
    put(s, "]}");
    put(t, "[7,\"a\",\"0\"]");
}

/* What is evaluated is asked around each of n unions, one in another. */
static void closed_levels(Text *s, Text *t, int n)
{
    for (int i = n; i-- > 0;)
        put(s,
            "{\"anyOf\":[{\"properties\":{\"a%d\":{\"type\":\"integer\"}}},"
            "{\"allOf\":[{\"properties\":{\"b%d\":{\"type\":\"string\"}},"
            "\"required\":[\"b%d\"]},",
            i, i, i);
    put(s, "{}");
    for (int i = 0; i < n; i++)
        put(s, "]}],\"unevaluatedProperties\":{\"type\":\"integer\"}}");
    put(t, "{\"a1\":1}");
}

/* The same around a union of branches told apart by a tag. */
static void unevaluated_tags(Text *s, Text *t, int n)
{
    put(s, "{\"anyOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\"]}",
                         i, i);
    put(s, "],\"unevaluatedProperties\":false}");
    put(t, "{\"kind\":\"t1\",\"v1\":1}");
}

/* Each key brings two others. */
static void required_web(Text *s, Text *t, int n)
{
    put(s, "{\"dependentRequired\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"k%d\":[\"k%d\",\"k%d\"]", i, (i * 5 + 1) % n,
                         (i * 3 + 2) % n);
    put(s, "}}");
    put(t, "{");
    for (int i = 0; i < n; i++) comma(t, i), put(t, "\"k%d\":0", i);
    put(t, "}");
}

/* A tuple of items that must differ, each of which has two values. */
static void unique_tuple(Text *s, Text *t, int n)
{
    put(s, "{\"uniqueItems\":true,\"items\":false,\"minItems\":%d,", n);
    put(s, "\"prefixItems\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"enum\":[%d,%d]}", i, i + 1);
    put(s, "]}");
    put(t, "[");
    for (int i = 0; i < n; i++) comma(t, i), put(t, "%d", i);
    put(t, "]");
}

static void brackets(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++) put(s, "[");
    put(t, "0");
}

static const struct {
    const char *name;
    Family *make;
    int n;
} blow_ups[] = {
    {"nested oneOf", nested_one_of, 30},
    {"allOf of anyOf", all_of_any_of, 30},
    {"allOf of anyOf, values", all_of_any_of_values, 30},
    {"minProperties 3", min_properties, 200},
    {"big enum", big_enum, 100000},
    {"nested schemas", nested, 9990},
    {"too deeply nested", nested, 20000},
    {"patternProperties", pattern_properties, 64},
    {"mutual $refs", mutual_refs, 200},
    {"wide object", wide, 10000},
    {"brackets", brackets, 1000000},
    {"wide tagged oneOf", tagged_union, 400},
    {"wide closed anyOf", closed_union, 400},
    {"enum of objects", object_enum, 1000},
    {"chain of required", required_chain, 300},
    {"chain of ifs", if_chain, 200},
    {"nested logic", nested_logic, 40},
    {"wide enum of arrays", array_enumeration, 5000},
    {"wide enum of shapes", object_enumeration, 5000},
    {"either key", either_key, 64},
    {"no neighbours", no_neighbours, 64},
    {"shared sets", shared_sets, 64},
    {"oneOf of ranges", ranges, 64},
    {"ifs of sizes", size_ifs, 64},
    {"enum of rows", rows, 20000},
    {"ifs of nested objects", nested_ifs, 256},
    {"closed levels", closed_levels, 64},
    {"unevaluated tags", unevaluated_tags, 64},
    {"web of required", required_web, 64},
    {"unique tuple", unique_tuple, 64},
    {"contains", found_items, 64},
    {"unevaluated ifs", unevaluated_ifs, 64},
    {"bounds of a pair", shared_pairs, 64},
};

/* A step is some nanoseconds: what a second buys, on a slow machine. */
enum { SECOND = 40000000 };

static void blow_up(const char *name, Family *make, int n)
{
    Run r;
    run_family(make, n, &r);
    report(name, n, &r);
    bool answered = r.status == GRAM_OK && r.accepted;
    T_OK(answered || (r.status == GRAM_E_LIMIT && r.error.message[0]),
         "%s: status %d%s: %s", name, r.status, answered ? "" : ", refused",
         r.error.message);
    if (r.walk > 0)
        T_OK(r.status_again == r.status && r.again <= r.walk / 4 + 1000,
             "%s: then status %d after %llu steps", name, r.status_again,
             (unsigned long long)r.again);
    T_OK(r.compile + r.walk <= SECOND, "%s: %llu steps", name,
         (unsigned long long)(r.compile + r.walk));
    T_OK(r.memory <= 256u << 20, "%s: %zu bytes", name, r.memory);
}

/* With an argument: only what has this name. */
int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (argc < 2 || strcmp(argv[1], families[i].name) == 0)
            doubling(families[i].name, families[i].make, families[i].from);
    for (size_t i = 0; i < sizeof blow_ups / sizeof *blow_ups; i++)
        if (argc < 2 || strcmp(argv[1], blow_ups[i].name) == 0)
            blow_up(blow_ups[i].name, blow_ups[i].make, blow_ups[i].n);
    return t_done();
}
