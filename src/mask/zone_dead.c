/* A zone in which some characters are dead: what of its slice is.
 *
 *      -->  all but "a"  --a-->  --d-->  --m-->  --i-->  n: dead
 *
 * Where "admin" may not occur nearly every token is alive, and a walk of all
 * of them takes milliseconds.  Those that die have the byte that is dead, and
 * before it bytes that lead there: "min" is in 300 tokens of 128,000.
 *
 * Where five words are searched for, of which one must occur and no other may,
 * hundreds of states lie behind a state.  Only those that many tokens come to
 * are looked at (zone.c): what leads on from them, "cus" and "mak", is taken
 * for dead until it is looked at.
 *
 *   - What leaves the places that were looked at with its first or second byte
 *     is found by the first two levels of the trie.
 *   - What leaves them later has three bytes in a row, the last of which leads
 *     out of a state that the others may lead to.  A scan over the bytes of all
 *     tokens finds those that have such three, and each is stepped.
 *
 * In: a row with the slice of the zone.  Out: without what dies.
 *
 * Cost: a scan, 100 us for 128k tokens; 150 instructions a token stepped. */
#include "mask/zone.h"

/* --- the first two bytes -------------------------------------------------- */

/* Bytes that a plain character of ASCII is. */
static bool is_plain(const GrWork *w, uint8_t byte)
{
    return byte < 128 && gr_class_has(w->m->tables->plain, byte);
}

/* To be stepped one by one. */
static gram_status add_below(GrWork *w, uint32_t node, uint32_t *row)
{
    const GrVocab *v = w->m->v;
    gr_subtree_bits(v, row, node, true);
    return gr_step(w->env, v->node[node].next - node);
}

/* What the bytes of plain characters do at a place: they are dead, or lead to
 * what was not looked at.  Most first bytes lead to one place, and hundreds of
 * nodes are below each. */
typedef struct Leads {
    Place from;
    bool any;
    uint32_t dead[4], out[4];
} Leads;

typedef struct Second {
    GrWork *w;
    const Mortal *m;
    uint32_t *row; /* what is not known */
    Leads leads[MORTAL_MOST];
    uint32_t n;
} Second;

static gram_status find_leads(Second *s, Leads *l)
{
    for (uint32_t b = 0; b < 128; b++) {
        Step step;
        bool is_step;
        if (!is_plain(s->w, (uint8_t)b)) continue;
        GR_TRY(gr_step_of(s->w, (StateId){l->from.state}, (uint8_t)b, &step,
                          &is_step));
        Place to = {step.to.v, l->from.word || b != ' '};
        bool stays = is_step && gr_zone_has(s->m->place, s->m->n, to);
        if (!stays) gr_bit_set(is_step ? l->out : l->dead, b);
        l->any |= !stays;
    }
    return gr_step(s->w->env, 4);
}

/* Places are few; where there is no room for one more it takes the last. */
static gram_status leads_of(Second *s, Place from, const Leads **out)
{
    uint32_t i = 0;
    while (i < s->n && (s->leads[i].from.state != from.state ||
                        s->leads[i].from.word != from.word))
        i++;
    if (i == MORTAL_MOST) s->n = --i;
    *out = &s->leads[i];
    if (i < s->n) return GRAM_OK;
    s->n++;
    s->leads[i] = (Leads){.from = from};
    return find_leads(s, &s->leads[i]);
}

/* Nothing of the slice is below other bytes, or it has been decided. */
static gram_status try_second(Second *s, Place from, uint32_t root)
{
    const GrTrieNode *at = s->w->m->v->node;
    const Leads *l;
    GR_TRY(leads_of(s, from, &l));
    for (uint32_t i = root + 1; l->any && i < at[root].next; i = at[i].next) {
        uint8_t byte = gr_trie_byte(&at[i]);
        if (byte >= 128) continue;
        if (gr_bit_get(l->dead, byte))
            GR_TRY(gr_row_clear_below(s->w, i));
        else if (gr_bit_get(l->out, byte))
            GR_TRY(add_below(s->w, i, s->row));
    }
    return GRAM_OK;
}

/* Clear what is dead; into the row what is not known. */
static gram_status try_first(Second *s, StateId from)
{
    for (uint32_t b = 0; b < 128; b++) {
        uint32_t root = s->w->m->v->root[b];
        Step step;
        bool is_step;
        if (root == GR_TRIE_NONE || !is_plain(s->w, (uint8_t)b)) continue;
        GR_TRY(gr_step_of(s->w, from, (uint8_t)b, &step, &is_step));
        Place to = {step.to.v, b != ' '};
        if (!is_step)
            GR_TRY(gr_row_clear_below(s->w, root));
        else if (gr_zone_has(s->m->place, s->m->n, to))
            GR_TRY(try_second(s, to, root));
        else
            GR_TRY(add_below(s->w, root, s->row));
    }
    return GRAM_OK;
}

/* --- the others ----------------------------------------------------------- */

gram_status gr_zone_clear(Walk *k, const Zone *z, const GrConfig *c, bool *done)
{
    GrWork *w = k->w;
    const uint32_t *plain = w->m->tables->plain->all.row;
    uint32_t words = w->m->v->mask_words, n = 0;
    uint32_t *row = gr_arena_take(w->env, &w->arena, words * sizeof *row);
    if (row == NULL) return GRAM_E_MEMORY;
    memset(row, 0, words * sizeof *row);
    gr_grams_find(w->m->v, w->m->tables->kernels, &z->mortal->grams, row);
    Second second = {.w = w, .m = z->mortal, .row = row};
    GR_TRY(try_first(&second, c->state));
    for (uint32_t i = 0; i < words; i++) n += gr_bits_in(row[i] &= plain[i]);
    *done = n <= STEPPED_MOST;
    GR_TRY(gr_step(w->env, words));
    if (!*done) return GRAM_OK;
    for (uint32_t i = 0; i < words; i++)
        for (uint32_t bits = row[i]; bits != 0; bits &= bits - 1)
            GR_TRY(gr_zone_decide(k, z, c,
                                  i * 32 + (uint32_t)__builtin_ctz(bits)));
    return GRAM_OK;
}
