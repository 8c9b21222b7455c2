/* Has an object the same key twice?
 *
 * RFC 8259 lets readers do as they please with such a document, and they do:
 * one takes the first, one the last.  A schema that means two things is an
 * error here, with both positions.
 *
 * Few keys are compared pairwise, many are grouped by hash (order.h).  Keys
 * are compared as decoded: "a" and "\u0061" are one. */
#include "json/keys.h"

enum { FEW_MEMBERS = 8, SHOWN = 48 };

/* The key as spelled, cut to SHOWN bytes at a character's end. */
static int shown_key(const GrMembers *m, const GrJsonNode *key)
{
    uint32_t i = key->at + 1, n = 0;
    while (m->text[i + n] != '"') {
        uint32_t step = 1;
        if (m->text[i + n] == '\\')
            step = 2;
        else
            (void)gr_utf8_get(m->text + i + n, m->len - i - n, &step);
        if (n + step > SHOWN) break;
        n += step;
    }
    return (int)n;
}

/* Both places, for one of them is the mistake. */
static gram_status duplicate(const GrMembers *m, uint32_t first,
                             uint32_t second)
{
    const GrJsonNode *key = &m->node[second];
    return gr_fail(m->env, GRAM_E_SYNTAX, key->at,
                   "the key \"%.*s\" at byte %u is already at byte %u",
                   shown_key(m, key), (const char *)m->text + key->at + 1,
                   key->at, m->node[first].at);
}

/* The key after key k of the same object. */
static inline uint32_t next_key(const GrMembers *m, uint32_t k)
{
    return m->node[k + 1].next;
}

/* Pairwise: of 8 keys at most 28 pairs, and no memory. */
static gram_status check_few(const GrMembers *m, uint32_t first)
{
    const GrJsonNode *node = m->node;
    for (uint32_t k = first; k < m->n; k = next_key(m, k))
        for (uint32_t i = first; i < k; i = next_key(m, i))
            if (gr_order_same(&node[i], &node[k])) return duplicate(m, i, k);
    return GRAM_OK;
}

/* Groups keep the text's order, so the earliest repeated key is the least
 * second member of a pair of equal neighbours. */
static gram_status earliest_repeat(const GrMembers *m, const GrOrdered *a,
                                   uint32_t n)
{
    const GrJsonNode *node = m->node;
    uint32_t first = 0, second = UINT32_MAX;
    for (uint32_t i = 1; i < n; i++) {
        if (a[i].node < second && a[i - 1].rank == a[i].rank &&
            gr_order_same(&node[a[i - 1].node], &node[a[i].node])) {
            first = a[i - 1].node;
            second = a[i].node;
        }
    }
    return second == UINT32_MAX ? GRAM_OK : duplicate(m, first, second);
}

/* Hashes first (order.h): O(n) but for collisions. */
static gram_status check_many(const GrMembers *m, GrKeyScratch *scratch,
                              uint32_t first, uint32_t n)
{
    scratch->sorted.n = scratch->counts.n = 0;
    GR_TRY(gr_vec_reserve(m->env, &scratch->sorted, 2 * (uint64_t)n));
    GR_TRY(gr_vec_reserve(m->env, &scratch->counts, (uint64_t)n + 1));
    GrOrdered *a = scratch->sorted.at;
    const GrJsonNode *node = m->node;
    uint32_t i = 0;
    for (uint32_t k = first; k < m->n; k = next_key(m, k))
        a[i++] = (GrOrdered){gr_hash(node[k].text, node[k].n, 0), k};
    memset(scratch->counts.at, 0, ((size_t)n + 1) * sizeof *scratch->counts.at);
    gr_order_group(a, a + n, n, scratch->counts.at, node);
    return earliest_repeat(m, a + n, n);
}

gram_status gr_members_check(const GrMembers *m, uint32_t object,
                             GrKeyScratch *scratch)
{
    uint32_t n = m->node[object].n;
    return n <= FEW_MEMBERS ? check_few(m, object + 1)
                            : check_many(m, scratch, object + 1, n);
}

void gr_members_clear(GrEnv *env, GrKeyScratch *scratch)
{
    gr_vec_clear(env, &scratch->sorted);
    gr_vec_clear(env, &scratch->counts);
}
