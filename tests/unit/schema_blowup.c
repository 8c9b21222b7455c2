/* Schemas that are large, or look as if they were: the blow-ups.
 *
 * Each has one size, at which it answers or names a limit, within the memory
 * and steps that a second buys; a limit that was met is met again, at once. */
#include "growth.h"

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

/* A key may hold any set of n words. */
static void word_keys(Text *s, Text *t, int n)
{
    put(s, "{\"patternProperties\":{");
    for (int i = 0; i < n; i++)
        comma(s, i), put(s, "\"%c_word.in.key\":{\"minimum\":%d}", 'a' + i, i);
    put(s, "},\"additionalProperties\":false}");
    put(t, "{\"b_word-in-keyc_word-in-key\":2}");
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

/* One arm always holds; that the last one fails is told by another key than the
 * one that all speak of. */
static void other_key(Text *s, Text *t, int n)
{
    put(s, "{\"oneOf\":[{}");
    for (int i = 0; i < n; i++)
        put(s, ",{\"properties\":{\"t\":{\"required\":[\"r%d\"]}}}", i);
    put(s, ",{\"properties\":{\"k\":false,\"t\":{\"type\":\"object\"}}}]}");
    put(t, "{\"t\":{\"c\":1},\"k\":1}");
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

static void brackets(Text *s, Text *t, int n)
{
    for (int i = 0; i < n; i++) put(s, "[");
    put(t, "0");
}

/* A union by hand: `then` closes what lies under a key, and as the tag need not
 * be there, all of them may hold. */
static void ifs_of_a_tag(Text *s, Text *t, int n)
{
    put(s, "{\"allOf\":[");
    for (int i = 0; i < n; i++)
        comma(s, i),
            put(s,
                "{\"if\":{\"properties\":{\"type\":{\"enum\":[\"t%d\"]}}},"
                "\"then\":{\"properties\":{\"type\":{},\"cfg\":{"
                "\"properties\":{\"a%d\":{\"minimum\":%d},\"b\":{\"if\":"
                "{\"required\":[\"c\"]},\"then\":{\"required\":[\"d%d\"]}}},"
                "\"required\":[\"a%d\"],\"additionalProperties\":false}},"
                "\"required\":[\"cfg\"],\"additionalProperties\":false}}",
                i, i, i, i, i);
    put(s, "],\"properties\":{\"type\":{\"type\":\"string\"}}}");
    put(t, "{\"cfg\":{\"b\":{},\"a1\":1},\"type\":\"t1\"}");
}

typedef struct BlowUp {
    const char *name;
    Family *make;
    int n;
} BlowUp;

static const BlowUp blow_ups[] = {
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

/* Of these a limit is no answer. */
static const BlowUp answered_ones[] = {
    {"keys of words", word_keys, 10},
    {"failing by another key", other_key, 7},
    {"failing by another key, more", other_key, 128},
    {"ifs of a tag", ifs_of_a_tag, 200},
};

/* A step is some nanoseconds: what a second buys, on a slow machine. */
enum { SECOND = 40000000 };

static void blow_up(const BlowUp *b, bool must)
{
    Run r;
    const char *name = b->name;
    run_family(b->make, b->n, &r);
    report(name, b->n, &r);
    bool answered = r.status == GRAM_OK && r.accepted;
    T_OK(answered || (!must && r.status == GRAM_E_LIMIT && r.error.message[0]),
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
static void blow_up_all(const BlowUp *b, size_t n, bool must, const char *only)
{
    for (size_t i = 0; i < n; i++)
        if (only == NULL || strcmp(only, b[i].name) == 0) blow_up(&b[i], must);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    blow_up_all(blow_ups, sizeof blow_ups / sizeof *blow_ups, false, only);
    blow_up_all(answered_ones, sizeof answered_ones / sizeof *answered_ones,
                true, only);
    return t_done();
}
