/* Random schemas whose definitions hold each other: see gen.h.
 *
 * Unions of containers, the members of which are of any definition: so which
 * branch comes to an end, and how soon, depends on all of them. */
#include "oracle/gen.h"

#include <stdio.h>

enum { DEFS = 4 };

static void put_ref(Gen *g, uint32_t from)
{
    char ref[40];
    snprintf(ref, sizeof ref, "{\"$ref\":\"#/$defs/d%u\"}",
             from + gen_below(g, DEFS - from));
    gen_put(g, ref);
}

static void put_leaf(Gen *g)
{
    static const char *const leaf[] = {
        "{\"const\":\"abab\"}", "{\"enum\":[1]}", "{\"type\":\"string\"}",
        "{\"enum\":[\"ab\",[]]}", "{\"type\":\"null\"}"};
    gen_put(g, leaf[gen_below(g, sizeof leaf / sizeof *leaf)]);
}

static void put_member(Gen *g)
{
    if (gen_below(g, 4))
        put_ref(g, 0);
    else
        put_leaf(g);
}

static void put_items(Gen *g)
{
    static const char *const more[] = {"", "", ",\"maxItems\":2",
                                       ",\"contains\":", ",\"prefixItems\":["};
    char least[] = "{\"type\":\"array\",\"minItems\":0,\"items\":";
    uint32_t k = gen_below(g, sizeof more / sizeof *more);
    least[27] += (char)gen_below(g, 3);
    gen_put(g, least);
    put_member(g);
    gen_put(g, more[k]);
    if (k >= 3) put_member(g);
    gen_put(g, k == 4 ? "]}" : "}");
}

static void put_members(Gen *g)
{
    static const char *const needs[] = {
        ",\"required\":[\"a\"]",
        ",\"required\":[\"b\"]",
        ",\"required\":[\"a\",\"b\"]",
        ",\"minProperties\":1",
        ",\"not\":{\"required\":[\"a\"]},\"minProperties\":1",
        ",\"dependentRequired\":{\"a\":[\"b\"]},\"minProperties\":1",
        ""};
    gen_put(g, "{\"type\":\"object\",\"properties\":{\"a\":");
    put_member(g);
    gen_put(g, ",\"b\":");
    put_member(g);
    gen_put(g, "},\"additionalProperties\":");
    if (gen_below(g, 4))
        gen_put(g, "false");
    else
        put_member(g);
    gen_put(g, needs[gen_below(g, sizeof needs / sizeof *needs)]);
    gen_put(g, "}");
}

static void put_container(Gen *g)
{
    if (gen_below(g, 3))
        put_members(g);
    else
        put_items(g);
}

/* A branch of definition i: in place only later ones may be referred to. */
static void put_branch(Gen *g, uint32_t i)
{
    uint32_t k = gen_below(g, 8);
    if (k == 0)
        put_leaf(g);
    else if (k == 1 && i + 1 < DEFS)
        put_ref(g, i + 1);
    else
        put_container(g);
}

static void put_list(Gen *g, const char *head, uint32_t n, uint32_t i)
{
    gen_put(g, head);
    for (uint32_t k = 0; k < n; k++) {
        if (k > 0) gen_put(g, ",");
        put_branch(g, i);
    }
    gen_put(g, "]}");
}

static void put_if(Gen *g, uint32_t i)
{
    gen_put(g, "{\"if\":");
    put_branch(g, i);
    gen_put(g, ",\"then\":");
    put_branch(g, i);
    gen_put(g, ",\"else\":");
    put_branch(g, i);
    gen_put(g, "}");
}

static void put_without(Gen *g, uint32_t i)
{
    gen_put(g, "{\"not\":");
    put_branch(g, i);
    gen_put(g, ",\"anyOf\":[");
    put_branch(g, i);
    gen_put(g, ",");
    put_branch(g, i);
    gen_put(g, "]}");
}

static void put_definition(Gen *g, uint32_t i)
{
    switch (gen_below(g, 8)) {
    case 0: put_container(g); break;
    case 1: put_if(g, i); break;
    case 2: put_without(g, i); break;
    case 3: put_list(g, "{\"allOf\":[", 2, i); break;
    case 4: put_list(g, "{\"oneOf\":[", 2 + gen_below(g, 2), i); break;
    default: put_list(g, "{\"anyOf\":[", 2 + gen_below(g, 2), i);
    }
}

void gen_recursive(Gen *g)
{
    char def[] = "\"d0\":";
    gen_clear(g);
    gen_put(g, "{\"type\":\"object\",\"additionalProperties\":false,"
               "\"properties\":{\"a\":{\"$ref\":\"#/$defs/d0\"},\"b\":"
               "{\"$ref\":\"#/$defs/d1\"}},\"$defs\":{");
    for (uint32_t i = 0; i < DEFS; i++, def[2]++) {
        if (i > 0) gen_put(g, ",");
        gen_put(g, def);
        put_definition(g, i);
    }
    gen_put(g, "}}");
}
