/* A class of code points as an acyclic automaton over its UTF-8 bytes.
 *
 * Seen as digits, a code point is a lead byte and up to three continuation
 * bytes of six bits.  A node stands for what remains of a code point; nodes
 * with the same continuation are interned, so that the automaton is minimal:
 * `[^"]` takes 8 states, and equal tails of any class are shared.
 *
 *     entry --22..7F--> exit
 *           --C2..DF--> tail1 --80..BF--> exit
 *           --E1..EC--> tail2 --80..BF--> tail1
 *           --E0------> ...   --A0..BF--> tail1
 *
 * (R. Cox, "Regular Expression Matching with a Trigram Index", and RE2's
 * compiler have the same construction by ranges.)  Surrogates and overlong
 * forms never arise: sets hold scalar values, and each length is clipped to
 * its own code points. */
#include "grammar/nfa.h"

#define EXIT   (UINT32_MAX - 1) /* the code point is complete */
#define NONE   UINT32_MAX       /* no code point goes on so */
#define UNMADE (UINT32_MAX - 2)

typedef struct Utf8 {
    GrEnv *env;
    GrIntern nodes; /* words (lo, hi, next)* by local node */
    const GrRange *range;
    uint32_t n;
} Utf8;

/* Does the class hold all of lo .. hi?  Neighbouring ranges have been joined,
 * so it must be one range that does. */
static bool holds_all(const Utf8 *u, uint32_t lo, uint32_t hi)
{
    for (uint32_t i = 0; i < u->n; i++)
        if (u->range[i].lo <= lo && hi <= u->range[i].hi) return true;
    return false;
}

static bool holds_any(const Utf8 *u, uint32_t lo, uint32_t hi)
{
    for (uint32_t i = 0; i < u->n && u->range[i].lo <= hi; i++)
        if (u->range[i].hi >= lo) return true;
    return false;
}

/* The ranges of u that meet lo..hi, as a view: they are sorted. */
static Utf8 narrow(const Utf8 *u, uint32_t lo, uint32_t hi)
{
    Utf8 v = *u;
    uint32_t a = 0, b = u->n;
    while (a < b) { /* the first range that ends at lo or later */
        uint32_t m = a + (b - a) / 2;
        if (u->range[m].hi < lo)
            a = m + 1;
        else
            b = m;
    }
    v.range += a;
    v.n = 0;
    while (a + v.n < u->n && v.range[v.n].lo <= hi) v.n++;
    return v;
}

/* The node for `left` continuation bytes behind the prefix that makes code
 * points begin at base, clipped to those >= least.  Depth at most three. */
static gram_status tail(Utf8 *owner, const Utf8 *u, uint32_t base,
                        uint32_t left, uint32_t least, uint32_t *out)
{
    if (left == 0) {
        *out = base >= least && holds_all(u, base, base) ? EXIT : NONE;
        return GRAM_OK;
    }
    uint32_t words[3 * 64], n = 0, step = 1u << 6 * (left - 1);
    uint32_t full = UNMADE; /* the child of a full block */
    for (uint32_t b = 0; b < 64; b++) {
        uint32_t lo = base + b * step, hi = lo + step - 1, to;
        if (hi < least || !holds_any(u, lo, hi)) continue;
        bool all = lo >= least && holds_all(u, lo, hi);
        if (all && full != UNMADE) {
            to = full;
        } else {
            Utf8 v = narrow(u, lo, hi);
            GR_TRY(tail(owner, &v, lo, left - 1, least, &to));
            if (all) full = to;
        }
        if (to == NONE) continue;
        if (n > 0 && words[n - 1] == to && words[n - 2] == 0x80 + b - 1) {
            words[n - 2]++;
        } else {
            words[n++] = 0x80 + b;
            words[n++] = 0x80 + b;
            words[n++] = to;
        }
    }
    *out = NONE;
    if (n == 0) return GRAM_OK;
    GR_TRY(gr_step(owner->env, 64));
    return gr_intern(owner->env, &owner->nodes, words, n, out, NULL);
}

/* All leads of one encoded length, appended to `list` as (lo, hi, node). */
typedef GrVec(uint32_t) Leads;

/* A lead byte b has `left` continuation bytes and 6 - left value bits of its
 * own (0x3F >> left masks them): it stands for 64^left code points from base
 * on. */
static gram_status leads(Utf8 *u, uint32_t first, uint32_t last, uint32_t left,
                         uint32_t least, Leads *list)
{
    for (uint32_t b = first; b <= last; b++) {
        uint32_t to, span = 1u << 6 * left;
        uint32_t base = (b & (0x3Fu >> left)) << 6 * left;
        if (!holds_any(u, base, base + span - 1)) continue;
        Utf8 v = narrow(u, base, base + span - 1);
        GR_TRY(tail(u, &v, base, left, least, &to));
        if (to == NONE) continue;
        GR_TRY(gr_vec_push(u->env, list, b));
        GR_TRY(gr_vec_push(u->env, list, b));
        GR_TRY(gr_vec_push(u->env, list, to));
    }
    return GRAM_OK;
}

static gram_status ascii(Utf8 *u, Leads *list)
{
    for (uint32_t i = 0; i < u->n && u->range[i].lo < 0x80; i++) {
        uint32_t hi = u->range[i].hi < 0x7F ? u->range[i].hi : 0x7F;
        GR_TRY(gr_vec_push(u->env, list, u->range[i].lo));
        GR_TRY(gr_vec_push(u->env, list, hi));
        GR_TRY(gr_vec_push(u->env, list, EXIT));
    }
    return GRAM_OK;
}

/* One edge per distinct target of a node, its byte ranges joined. */
static gram_status add_edges(GrEnv *env, GrIntern *byte_sets, uint32_t from,
                             const uint32_t *w, uint32_t n, ClassEdges *out)
{
    for (uint32_t i = 0; i < n; i += 3) {
        uint32_t bytes[8] = {0};
        bool seen = false;
        for (uint32_t k = 0; k < i; k += 3) seen |= w[k + 2] == w[i + 2];
        if (seen) continue;
        for (uint32_t k = i; k < n; k += 3)
            if (w[k + 2] == w[i + 2]) gr_bit_fill(bytes, w[k], w[k + 1] + 1);
        ClassEdge e = {from, 0, w[i + 2] == EXIT ? 1 : w[i + 2] + 2};
        GR_TRY(gr_intern(env, byte_sets, bytes, 8, &e.bytes, NULL));
        GR_TRY(gr_vec_push(env, out, e));
    }
    return GRAM_OK;
}

/* Local states: the entry, the exit, then the nodes in order of interning. */
static gram_status build(Utf8 *u, Leads *list, GrIntern *byte_sets,
                         ClassEdges *out, uint32_t *n_locals)
{
    GR_TRY(ascii(u, list));
    GR_TRY(leads(u, 0xC2, 0xDF, 1, 0x80, list));
    GR_TRY(leads(u, 0xE0, 0xEF, 2, 0x800, list));
    GR_TRY(leads(u, 0xF0, 0xF4, 3, 0x10000, list));
    GR_TRY(add_edges(u->env, byte_sets, 0, list->at, list->n, out));
    for (uint32_t i = 0; i < u->nodes.n; i++) {
        uint32_t n;
        const uint32_t *w = gr_intern_get(&u->nodes, i, &n);
        GR_TRY(add_edges(u->env, byte_sets, i + 2, w, n, out));
    }
    *n_locals = u->nodes.n + 2;
    return GRAM_OK;
}

gram_status gr_class_edges(GrEnv *env, GrIntern *byte_sets,
                           const GrRange *range, uint32_t n, ClassEdges *out,
                           uint32_t *n_locals)
{
    Utf8 u = {.env = env, .range = range, .n = n};
    Leads list = {0};
    gr_intern_init(&u.nodes);
    gram_status status = build(&u, &list, byte_sets, out, n_locals);
    gr_intern_clear(env, &u.nodes);
    gr_vec_clear(env, &list);
    return status;
}
