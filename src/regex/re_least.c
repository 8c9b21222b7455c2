/* The length of some shortest word, or of one not much longer.
 *
 * Read off the term: a union takes the least, a concatenation the sum, a
 * repeat its lower bound times.  Intersections and complements are not known,
 * but a union needs one known branch only.  That touches every node once,
 * whereas a search for a shortest word may derive its way through every
 * minute of a day (date-time, whose leap second is an intersection).  Terms
 * of which nothing is known are searched.
 *
 * Operands are older than their term and so have smaller ids; a node waits on
 * an explicit stack until all of them are known. */
#include "regex/re_pool.h"

#define UNKNOWN UINT32_MAX /* there is an intersection or complement */

static uint32_t words_least(const GrRe *re, const ReNode *node)
{
    uint32_t least = UNKNOWN;
    for (uint32_t i = node->lo; i < node->hi; i++) {
        uint32_t len, n = 0;
        const char *text = gr_words_text(re, node, i, &len);
        for (uint32_t j = 0; j < len; j++) n += (text[j] & 0xC0) != 0x80;
        if (n < least) least = n;
    }
    return least;
}

static uint32_t sum(uint64_t a, uint64_t b)
{
    return a + b < UNKNOWN ? (uint32_t)(a + b) : UNKNOWN;
}

/* Push the operands of a that are not known yet. */
static gram_status push_operands(GrRe *re, ReId a, ReVec *todo)
{
    const ReNode *node = gr_re_node(re, a);
    const uint32_t *kid = &node->a;
    uint32_t n = node->kind == RE_CAT ? 2 : node->kind == RE_REP;
    if (node->kind == RE_OR) kid = gr_re_kids(re, a, &n);
    for (uint32_t i = 0; i < n; i++)
        if (gr_re_node(re, gr_re_id(kid[i]))->least == 0)
            GR_TRY(gr_vec_push(re->env, todo, kid[i]));
    return GRAM_OK;
}

/* The least length of a whose operands are known. */
static uint32_t node_least(GrRe *re, ReId a)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n, least = UNKNOWN;
    if (node->nullable) return 0;
    switch ((ReKind)node->kind) {
    case RE_SET: return 1;
    case RE_WORDS: return words_least(re, node);
    case RE_CAT:
        return sum(gr_re_node(re, gr_re_id(node->a))->least - 1,
                   gr_re_node(re, gr_re_id(node->b))->least - 1);
    case RE_REP:
        least = gr_re_node(re, gr_re_id(node->a))->least - 1;
        return least == UNKNOWN - 1 || (uint64_t)least * node->lo >= UNKNOWN
                   ? UNKNOWN
                   : least * node->lo;
    case RE_OR: {
        const uint32_t *kid = gr_re_kids(re, a, &n);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t one = gr_re_node(re, gr_re_id(kid[i]))->least - 1;
            if (one < least && one != UNKNOWN - 1) least = one;
        }
        return least;
    }
    default: return UNKNOWN;
    }
}

static gram_status read_off(GrRe *re, ReId a, ReVec *todo)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t n = todo->n;
        ReId top = gr_re_id(todo->at[n - 1]);
        GR_TRY(gr_step(re->env, 1));
        if (!gr_re_node(re, top)->nullable)
            GR_TRY(push_operands(re, top, todo));
        if (todo->n > n) continue;
        uint32_t least = node_least(re, top);
        gr_re_node(re, top)->least = least >= UNKNOWN - 1 ? UNKNOWN : least + 1;
        todo->n--;
    }
    return GRAM_OK;
}

/* Length of the word that a search finds. */
static gram_status search(GrRe *re, ReId a, uint32_t *out)
{
    GrText word = {0};
    gram_status status = gr_re_shortest(re, a, &word);
    *out = 0;
    for (uint32_t i = 0; i < word.n; i++) *out += (word.at[i] & 0xC0) != 0x80;
    gr_vec_clear(re->env, &word);
    return status;
}

gram_status gr_re_least(GrRe *re, ReId a, uint32_t *out)
{
    if (gr_re_node(re, a)->least == 0) {
        ReVec todo = {0};
        gram_status status = read_off(re, a, &todo);
        gr_vec_clear(re->env, &todo);
        GR_TRY(status);
    }
    uint32_t known = gr_re_node(re, a)->least;
    if (known == UNKNOWN) return search(re, a, out);
    *out = known - 1;
    return GRAM_OK;
}
