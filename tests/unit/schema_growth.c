/* How the work on a schema grows with the schema.
 *
 * A family is compiled at n, 2n, 4n, ... and its text walked with every byte
 * tried at every place, as a mask of single bytes would: from one size to
 * the next the steps may grow 2.6 times at most. */
#include "growth.h"

/* --- families ------------------------------------------------------------- */

static void members(Text *t, int n)
{
    put(t, "{");
    for (int i = 0; i < n; i++) comma(t, i), put(t, "\"k%d\":null", i);
    put(t, "}");
}

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

/* Members beside a rule about two others, which is all that matters about what
 * was seen. */
static void beside_a_rule(Text *s, Text *t, int n)
{
    put(s, "{\"not\":{\"required\":[\"x\",\"y\"]},\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"k%d\":{\"type\":\"null\"}", i);
    put(s, "},\"additionalProperties\":{\"type\":\"null\"}}");
    members(t, n);
}

/* One key of many that is right, while others are there with wrong values. */
static void one_right_key(Text *s, Text *t, int n)
{
    put(s, "{\"additionalProperties\":false,\"properties\":{");
    for (int i = 0; i < n; i++) comma(s, i), put(s, "\"k%d\":{}", i);
    put(s, "},\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"required\":[\"k%d\"],\"properties\":{"
                         "\"k%d\":{\"type\":\"null\"}}}",
                         i, i);
    put(s, "]}");
    put(t, "{\"k1\":null,\"k%d\":0}", n - 1);
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

/* One arm always holds; the others ask for different keys of one member, but
 * two that say what it must not have, and one that fails by another member. */
static void arms_of_a_key(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[{}");
    for (int i = 0; i < n; i++)
        put(s, ",{\"properties\":{\"t\":{\"required\":[\"r%d\"]}}}", i);
    put(s, ",{\"properties\":{\"t\":{\"required\":[\"c\"],"
           "\"additionalProperties\":false}}}"
           ",{\"properties\":{\"t\":{\"additionalProperties\":false}}}"
           ",{\"properties\":{\"k\":false,\"t\":{\"type\":\"object\"}}}]}");
    put(t, "{\"t\":{\"c\":1},\"k\":1}");
}

/* The same where each arm may fail by a member of its own. */
static void arms_of_two_keys(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[{}");
    for (int i = 0; i < n; i++)
        put(s,
            ",{\"properties\":{\"t\":{\"required\":[\"r%d\"]},"
            "\"k%d\":{\"type\":\"null\"}}}",
            i, i);
    put(s, "]}");
    put(t, "{\"t\":{\"r1\":1},\"k1\":1}");
}

/* Each branch has a key of its own, and no other. */
static void closed_own_keys(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"p%d\":{\"type\":\"null\"}},"
                         "\"required\":[\"p%d\"],"
                         "\"additionalProperties\":false}",
                         i, i);
    put(s, "]}");
    put(t, "{\"p%d\":null}", n - 1);
}

/* Just one of many keys. */
static void one_of_keys(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"required\":[\"p%d\"]}", i);
    put(s, "]}");
    put(t, "{\"p%d\":null,\"a\":1}", n - 1);
}

/* A union of which the tag comes last. */
static void tag_behind(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"kind\":{\"const\":\"t%d\"},"
                         "\"v%d\":{\"type\":\"integer\"}},"
                         "\"required\":[\"kind\",\"v%d\"]}",
                         i, i, i);
    put(s, "]}");
    put(t, "{\"v%d\":1,\"kind\":\"t%d\"}", n - 1, n - 1);
}

/* Just one of many flags is set. */
static void one_flag(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"properties\":{\"f%d\":{\"const\":true}},"
                         "\"required\":[\"f%d\"]}",
                         i, i);
    put(s, "]}");
    put(t, "{\"f%d\":false,\"f1\":true,\"f0\":0}", n - 1);
}

/* Keys, each two of which exclude one another. */
static void excluding_pairs(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "{\"not\":{\"required\":[\"a%d\",\"b%d\"]}}", i, i);
    put(s, "]}");
    put(t, "{\"a0\":1,\"b1\":1}");
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
    {"beside a rule", beside_a_rule, 16},
    {"one right key", one_right_key, 4},
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
    {"arms of a key", arms_of_a_key, 4},
    {"arms of two keys", arms_of_two_keys, 8},
    {"closed, own keys", closed_own_keys, 16},
    {"one of many keys", one_of_keys, 16},
    {"a tag that comes last", tag_behind, 16},
    {"one of many flags", one_flag, 16},
    {"keys that exclude", excluding_pairs, 16},
};

/* --- doubling ------------------------------------------------------------- */

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

/* --- states --------------------------------------------------------------- */

/* Members that say the same in schemas of their own. */
static void described(Text *s, Text *t, int n)
{
    put(s, "{\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s, "\"k%d\":{\"type\":\"null\",\"title\":\"%d\"}", i, i);
    put(s, "}}");
    members(t, n);
}

/* The same with something else that each may be. */
static void unlike(Text *s, Text *t, int n)
{
    put(s, "{\"properties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"k%d\":{\"enum\":[null,%d]}", i, i);
    put(s, "}}");
    members(t, n);
}

/* Behind their keys members that are alike are one: the colon, the value, and
 * each of them behind white space. */
static void shared(void)
{
    enum { N = 40 };
    Run alike, other;
    run_family(described, N, &alike);
    run_family(unlike, N, &other);
    T(alike.status == GRAM_OK && alike.accepted);
    T(other.status == GRAM_OK && other.accepted);
    T_OK(alike.states + 4 * (N - 1) <= other.states,
         "%llu states of members that are alike, %llu of others",
         (unsigned long long)alike.states, (unsigned long long)other.states);
}

/* --- work for a key, a branch --------------------------------------------- */

enum { BRANCHES = 6 };

/* A few branches with many keys each. */
static void keys_of_branches(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[");
    for (int i = 0; i < BRANCHES; i++) {
        comma(s, i), put(s,
                         "{\"required\":[\"kind\"],"
                         "\"additionalProperties\":false,"
                         "\"properties\":{\"kind\":{\"const\":%d}",
                         i);
        for (int j = 0; j < n; j++) put(s, ",\"k%d_%d\":{}", i, j);
        put(s, "}}");
    }
    put(s, "]}");
    put(t, "{\"kind\":1,\"k1_0\":1,\"k1_%d\":1}", n - 1);
}

/* The search for one key of a branch shows the others of it. */
static void shown(void)
{
    enum { N = 128, MOST_A_KEY = 35 };
    Run r;
    run_family(keys_of_branches, N, &r);
    T(r.status == GRAM_OK && r.accepted);
    T_OK(r.walk <= MOST_A_KEY * BRANCHES * N, "%llu steps for %d keys",
         (unsigned long long)r.walk, BRANCHES * N);
}

/* What a tag leaves of a union is found for all tags together. */
static void told_apart(void)
{
    enum { N = 128, MOST_A_BRANCH = 600 };
    Run r;
    run_family(closed_one_of, N, &r);
    T(r.status == GRAM_OK && r.accepted);
    T_OK(r.walk <= MOST_A_BRANCH * N, "%llu steps for %d branches",
         (unsigned long long)r.walk, N);
}

/* Conditions on a tag that say what another key is, which comes first. */
static void tagged_values(Text *s, Text *t, int n)
{
    put(s, "{\"type\":\"object\",\"properties\":{\"t\":{\"enum\":[");
    for (int i = 0; i < n; i++) comma(s, i), put(s, "\"t%d\"", i);
    put(s, "]},\"v\":{}},\"required\":[\"t\",\"v\"],\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s,
                         "{\"if\":{\"properties\":{\"t\":{\"const\":\"t%d\"}}},"
                         "\"then\":{\"properties\":{\"v\":{\"enum\":[\"x%d\","
                         "\"y%d\"]}}}}",
                         i, i, i);
    put(s, "]}");
    put(t, "{\"v\":\"x1\",\"t\":\"t1\"}");
}

/* Which of the conditions a value of the tag fails is not asked one by one. */
static void given(void)
{
    enum { N = 64, MOST_A_BRANCH = 5000 };
    Run r;
    run_family(tagged_values, N, &r);
    T(r.status == GRAM_OK && r.accepted);
    T_OK(r.compile + r.walk <= MOST_A_BRANCH * N, "%llu steps for %d branches",
         (unsigned long long)(r.compile + r.walk), N);
}

/* With an argument: only what has this name. */
int main(int argc, char **argv)
{
    if (argc < 2) shared(), shown(), told_apart(), given();
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (argc < 2 || strcmp(argv[1], families[i].name) == 0)
            doubling(families[i].name, families[i].make, families[i].from);
    return t_done();
}
