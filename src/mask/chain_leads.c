/* Tokens that begin with a character beyond ASCII that a chain's class lacks,
 * and those that end inside of one that it has.
 *
 *      E2 --80-- 93  94  A8 ...      U+2013, U+2014: of the class
 *         |      `--- A8             U+2028: not, `.` does not take it
 *         `-94-- 81 94 81 94 81      a line of dashes, all of the class
 *
 * What begins with a character of the class is in the slice, or among the rests
 * behind it.  A walk of all that is below a byte which begins some others as
 * well would ask for the states behind each of these characters again, along
 * tokens of forty bytes.  So the nodes of a first character are told by the
 * class: those of another one are walked, from the state that its bytes lead
 * to; where a token ends inside of a character it is alive, if one of the class
 * begins so.
 *
 * Of most bytes the class has all that they begin.  Then what follows its
 * characters with such a byte is the beginning of one more, and alive, and no
 * rests of the class have to be made of these: they are among those of the
 * plain class.
 *
 * Cost: ten instructions for each first character of tokens that begin with the
 * byte, and a walk of what is left. */
#include "mask/chain.h"

/* The bytes of a character, or its first ones. */
typedef struct Bytes {
    char at[4];
    uint32_t n;
} Bytes;

static uint32_t length_of(uint8_t lead)
{
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The characters that begin so; false where none does. */
static bool codes_of(const Bytes *b, uint32_t *lo, uint32_t *hi)
{
    uint8_t lead = (uint8_t)b->at[0];
    uint32_t need = length_of(lead), bits = 6 * (need - 1);
    uint32_t code = (lead & (0x7Fu >> need)) << bits;
    if (b->n > need || !gr_lead_codes(lead, lo, hi)) return false;
    for (uint32_t i = 1; i < b->n; i++) {
        if (((uint8_t)b->at[i] & 0xC0) != 0x80) return false;
        code |= ((uint8_t)b->at[i] & 0x3Fu) << (bits -= 6);
    }
    uint32_t last = code + (1u << bits) - 1;
    if (code > *lo) *lo = code;
    if (last < *hi) *hi = last;
    return *lo <= *hi;
}

/* Is one of them of the class? */
static bool is_begun(const Chain *ch, const Bytes *b)
{
    uint32_t lo, hi, i = 0;
    if (!codes_of(b, &lo, &hi)) return false;
    while (i < ch->n_beyond && ch->beyond[2 * i + 1] < lo) i++;
    return i < ch->n_beyond && ch->beyond[2 * i] <= hi;
}

/* The last of the bytes is the node's.  Where one before it does more than
 * change the state, all that the first one begins is walked. */
static gram_status walk_from(Walk *k, const GrConfig *c, const Bytes *b,
                             uint32_t node)
{
    GrConfig at = *c;
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        Cell cell;
        GR_TRY(gr_cell_at(k->w, at.state, (uint8_t)b->at[i], &cell));
        if (!gr_cell_is_goto(cell))
            return gr_walk_node(k, c, k->trie.root[(uint8_t)b->at[0]], 1);
        at.state = gr_cell_state(cell);
    }
    return gr_walk_node(k, &at, node, b->n);
}

/* Not in keys, where bytes may do more than lead on. */
bool gr_chain_may_lead(const Walk *k, const Chain *ch, uint8_t byte)
{
    const GrState *s = gr_pda_get_state(k->w->m->pda, ch->state[0]);
    uint32_t lo, hi;
    return byte >= 128 && ch->n_beyond > 0 && !(s->flags & GR_STATE_KEY) &&
           gr_lead_codes(byte, &lo, &hi) &&
           is_begun(ch, &(Bytes){{(char)byte}, 1});
}

gram_status gr_chain_lead(Walk *k, const Chain *ch, const GrConfig *c,
                          uint8_t byte)
{
    const GrTrieNode *node = k->trie.node;
    uint32_t i = k->trie.root[byte], end = node[i].next, ends[4];
    Bytes b = {.n = 0};
    while (i < end) {
        while (b.n > 0 && i >= ends[b.n - 1]) b.n--;
        b.at[b.n++] = (char)gr_trie_byte(&node[i]);
        uint32_t next = node[i].next;
        bool begun = is_begun(ch, &b), whole = b.n == length_of(byte);
        if (!begun) GR_TRY(walk_from(k, c, &b, i));
        if (begun && !whole) {
            if (node[i].info & GR_TRIE_HAS)
                GR_TRY(gr_row_put_node(k->w, i, true));
            ends[b.n - 1] = next;
            i++;
        } else {
            b.n--;
            i = next;
        }
    }
    return gr_step(k->w->env, 1);
}

/* --- inside of a character ------------------------------------------------ */

/* Of the rests of the plain class with a byte, all of whose characters are of
 * the chain's class: are all of them beginnings of these, behind no more
 * characters than are known to lead on? */
static bool are_begun(const Chain *ch, const Rests *r)
{
    bool all = r->most_chars < ch->spanned;
    for (uint32_t g = 0; g < r->n_groups && all; g++) {
        const Exit *e = &r->exit[r->group[g].start];
        Bytes b = {.n = e->len};
        all = e->len < length_of((uint8_t)e->rest[0]);
        if (all) memcpy(b.at, e->rest, e->len);
        all = all && is_begun(ch, &b);
    }
    return all;
}

gram_status gr_chain_cut(Walk *k, const Chain *ch, uint8_t byte, bool *done)
{
    const Class *plain = k->w->m->tables->plain;
    const Rests *r = &plain->rests[byte];
    ClassRef *ref;
    *done = false;
    if (!gr_chain_may_lead(k, ch, byte)) return GRAM_OK;
    GR_TRY(gr_class_ref(k->w->m, ch->cls, &ref));
    *done = ref->cls->part && gr_class_same(ref->cls, plain, byte) &&
            are_begun(ch, r);
    for (uint32_t i = 0; i < r->n && *done; i++)
        if (gr_bit_get(ref->cls->within, r->exit[i].prefix))
            GR_TRY(gr_row_put(k->w, r->exit[i].token, true));
    return gr_step(k->w->env, *done ? r->n : 0);
}
