/* Other spellings of a value, and texts with a fault: see gen.h. */
#include "oracle/gen.h"

#include "json/json.h"

#include <stdio.h>

static void space(Gen *g)
{
    uint32_t n = gen_below(g, 8);
    if (n > 2) return;
    for (uint32_t i = 0; i <= n; i++)
        gen_bytes(g, &" \t\n\r"[gen_below(g, 4)], 1);
}

static void spell_char(Gen *g, uint32_t c, const char *raw, uint32_t n)
{
    static const char from[] = "\"\\/\b\f\n\r\t", to[] = "\"\\/bfnrt";
    const char *at = c > 0 && c < 128 ? strchr(from, (int)c) : NULL;
    bool must = c < 32 || c == '"' || c == '\\';
    uint32_t how = gen_below(g, must ? 2 : 6);
    char out[16];
    if (at != NULL && how == 1) {
        snprintf(out, sizeof out, "\\%c", to[at - from]);
        gen_put(g, out);
    } else if (must || how == 0) {
        uint32_t high = c > 0xFFFF ? 0xD800 + ((c - 0x10000) >> 10) : c;
        snprintf(out, sizeof out, gen_below(g, 2) ? "\\u%04x" : "\\u%04X",
                 high);
        gen_put(g, out);
        snprintf(out, sizeof out, "\\u%04x", 0xDC00 + ((c - 0x10000) & 0x3FF));
        if (c > 0xFFFF) gen_put(g, out);
    } else {
        gen_bytes(g, raw, n);
    }
}

static void spell_string(Gen *g, const GrJsonNode *s)
{
    gen_put(g, "\"");
    for (uint32_t i = 0; i < s->n;) {
        uint32_t n, c = gr_utf8_get(s->text + i, s->n - i, &n);
        spell_char(g, c, s->text + i, n);
        i += n;
    }
    gen_put(g, "\"");
}

/* The same value with its point moved by an exponent, or zeros appended. */
static void spell_number(Gen *g, const GrJsonNode *s)
{
    bool plain = memchr(s->text, 'e', s->n) == NULL &&
                 memchr(s->text, 'E', s->n) == NULL;
    bool whole = memchr(s->text, '.', s->n) == NULL;
    bool zero = s->n > 0 && s->text[s->n - 1] == '0' && s->n < 3 &&
                (s->n == 1 || s->text[0] == '-');
    uint32_t how = plain ? gen_below(g, zero ? 4 : 7) : 0;
    gen_bytes(g, s->text, s->n);
    if (how == 1) gen_put(g, whole ? ".0" : "0");
    if (how == 2) gen_put(g, gen_below(g, 2) ? "e0" : "E-0");
    if (how == 3) gen_put(g, whole ? ".00e+00" : "e+000");
    if (how == 4 && whole) gen_put(g, "0e-1");
    if (how == 5 && whole) gen_put(g, "000.0E-03");
}

enum { SPELL_DEPTH = 64 };

static void spell(Gen *g, const GrJson *j, uint32_t i, int depth);

static void spell_members(Gen *g, const GrJson *j, uint32_t at, int depth)
{
    uint32_t start[64], n = 0, child = at + 1;
    for (; n < 64 && child < j->node[at].next; n++) {
        start[n] = child;
        child = j->node[child + 1].next;
    }
    for (uint32_t left = n; left > 0; left--) {
        uint32_t k = gen_below(g, left), m = start[k];
        start[k] = start[left - 1];
        if (left < n) gen_put(g, ",");
        space(g);
        spell_string(g, &j->node[m]);
        space(g);
        gen_put(g, ":");
        space(g);
        spell(g, j, m + 1, depth - 1);
        space(g);
    }
}

static void spell(Gen *g, const GrJson *j, uint32_t i, int depth)
{
    const GrJsonNode *n = &j->node[i];
    switch (depth > 0 ? (GrJsonType)n->type : GR_JSON_NULL) {
    case GR_JSON_NULL: gen_put(g, "null"); break;
    case GR_JSON_FALSE: gen_put(g, "false"); break;
    case GR_JSON_TRUE: gen_put(g, "true"); break;
    case GR_JSON_NUMBER: spell_number(g, n); break;
    case GR_JSON_STRING: spell_string(g, n); break;
    case GR_JSON_ARRAY:
        gen_put(g, "[");
        if (n->n == 0) space(g);
        for (uint32_t c = i + 1; c < n->next; c = j->node[c].next) {
            if (c > i + 1) gen_put(g, ",");
            space(g);
            spell(g, j, c, depth - 1);
            space(g);
        }
        gen_put(g, "]");
        break;
    case GR_JSON_OBJECT:
        gen_put(g, "{");
        if (n->n == 0) space(g);
        spell_members(g, j, i, depth);
        gen_put(g, "}");
        break;
    }
}

void gen_spell(Gen *g, const char *from, size_t len)
{
    GrEnv env;
    GrArena arena = {0};
    GrJson j;
    gr_env_init(&env, NULL, 0, 0);
    if (gr_json_read(&env, &arena, from, len, SPELL_DEPTH, 0, &j) == GRAM_OK)
        spell(g, &j, 0, SPELL_DEPTH);
    gr_arena_clear(&env, &arena);
}

void gen_mutate(Gen *g, size_t from)
{
    static const char bytes[] = "{}[]\":,ab01.-+e \\untl\x80\xC3\xA9/";
    size_t n = g->len - from, at;
    if (n == 0 || g->len + 2 > GEN_MAX) return;
    at = from + gen_below(g, (uint32_t)n);
    char c = bytes[gen_below(g, sizeof bytes - 1)];
    uint32_t how = gen_below(g, 3);
    if (how == 0) {
        g->text[at] = c;
    } else if (how == 1) {
        memmove(g->text + at + 1, g->text + at, g->len - at + 1);
        g->text[at] = c;
        g->len++;
    } else {
        memmove(g->text + at, g->text + at + 1, g->len - at);
        g->len--;
    }
}
