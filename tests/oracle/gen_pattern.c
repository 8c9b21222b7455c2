/* See gen_pattern.h. */
#include "tests/oracle/gen_pattern.h"

#include <stdio.h>
#include <string.h>

typedef struct Pattern {
    Gen *g;
    int groups; /* capturing ones so far, outside repeats */
    int depth;
} Pattern;

static void one(Pattern *p)
{
    static const char *const ones[] = {
        "a",      "b",       "c",        "a",
        "b",      "1",       "_",        "-",
        " ",      "\\n",     "\xc3\xa9", "\xf0\x9f\x98\x80",
        "[ab]",   "[^a]",    "[a-c1]",   "[^\\w]",
        "[\\d_]", "[^\\n-]", "\\w",      "\\W",
        "\\d",    "\\D",     "[\\s\\S]", ".",
        ".",      "\\u0061", "\\x62",    "\\u{e9}",
        "A",      "[A-C]",   "(?:[])",   "[^]"};
    gen_put(p->g, ones[gen_below(p->g, sizeof ones / sizeof ones[0])]);
}

static void alternatives(Pattern *p, bool in_repeat);

static void fixed(Pattern *p)
{
    static const char *const places[] = {"\\b", "\\B", "^", "$"};
    uint32_t n = gen_below(p->g, 4);
    while (n-- > 0) {
        if (gen_below(p->g, 6) == 0) gen_put(p->g, places[gen_below(p->g, 4)]);
        one(p);
    }
}

static void lookaround(Pattern *p)
{
    if (gen_below(p->g, 2)) {
        gen_put(p->g, gen_below(p->g, 2) ? "(?=" : "(?!");
        alternatives(p, true);
    } else {
        gen_put(p->g, gen_below(p->g, 2) ? "(?<=" : "(?<!");
        fixed(p);
        if (gen_below(p->g, 3) == 0) {
            gen_put(p->g, gen_below(p->g, 2) ? "(?=" : "(?!");
            fixed(p);
            gen_put(p->g, ")");
            fixed(p);
        }
        while (gen_below(p->g, 3) == 1) {
            gen_put(p->g, "|");
            fixed(p);
        }
    }
    gen_put(p->g, ")");
}

static void quantifier(Pattern *p)
{
    static const char *const all[] = {"*",     "+",     "?",    "{2}",
                                      "{0,2}", "{1,3}", "{2,}", "{0}"};
    gen_put(p->g, all[gen_below(p->g, 8)]);
    if (gen_below(p->g, 4) == 0) gen_put(p->g, "?");
}

/* A group that a later \N may name: outside repeats, finite. */
static void capture(Pattern *p)
{
    char back[16];
    static const char *const contents[] = {
        "(a)",      "(ab|a)", "([ab]1?)",     "(\\d|_)",     "(|a)",
        "(\\w\\b)", "(^a|b)", "((?=a)[a-c])", "((?:a|b)c?)", "(A|\xc3\xa9)"};
    gen_put(p->g,
            contents[gen_below(p->g, sizeof contents / sizeof contents[0])]);
    p->groups++;
    if (gen_below(p->g, 3) == 0) gen_put(p->g, "?");
    if (gen_below(p->g, 2)) one(p);
    if (p->groups > 9) return;
    snprintf(back, sizeof back, "\\%u",
             1 + gen_below(p->g, (uint32_t)p->groups));
    gen_put(p->g, "(?:");
    gen_put(p->g, back);
    gen_put(p->g, gen_below(p->g, 2) ? ")" : ")?");
}

static void term(Pattern *p, bool in_repeat)
{
    static const char *const places[] = {"\\b", "\\B", "^", "$"};
    uint32_t kind = gen_below(p->g, 20);
    if (kind < 9 || p->depth > 3) {
        one(p);
        if (gen_below(p->g, 3) == 0) quantifier(p);
    } else if (kind < 12) {
        gen_put(p->g, places[gen_below(p->g, 4)]);
    } else if (kind < 14) {
        lookaround(p);
    } else if (kind == 14 && !in_repeat) {
        capture(p);
    } else {
        bool repeat = gen_below(p->g, 2);
        gen_put(p->g, "(?:");
        alternatives(p, in_repeat || repeat);
        gen_put(p->g, ")");
        if (repeat) quantifier(p);
    }
}

static void alternatives(Pattern *p, bool in_repeat)
{
    p->depth++;
    do {
        uint32_t n = gen_below(p->g, 4);
        while (n-- > 0) term(p, in_repeat);
    } while (gen_below(p->g, 3) == 1 && (gen_put(p->g, "|"), true));
    p->depth--;
}

void gen_pattern(Gen *g)
{
    Pattern p = {.g = g};
    alternatives(&p, false);
}

size_t gen_subject(Gen *g, char out[GEN_SUBJECT])
{
    static const char *const parts[] = {
        "a", "b",  "c",        "a",        "b",
        "1", "_",  "-",        " ",        "A",
        "B", "\n", "\xc3\xa9", "\xc3\x89", "\xf0\x9f\x98\x80"};
    size_t n = 0;
    for (uint32_t k = gen_below(g, 7); k > 0; k--) {
        const char *p = parts[gen_below(g, 15)];
        memcpy(out + n, p, strlen(p));
        n += strlen(p);
    }
    return n;
}
