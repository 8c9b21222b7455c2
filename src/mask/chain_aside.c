/* Chains out of which some letters lead into another one.
 *
 *      s0 -[a-z]-> s1 -[a-z]-> s2 ...        the last label of a name
 *         -[^a-z]-> t1 -[^.]-> t2 ...        or one before it
 *
 * Behind the dot of a name the last label may begin, in which there are small
 * letters alone, or one that is followed by others.  The class of s0 has no
 * capitals, so that a third of all tokens would be exits; but these are alive,
 * and none of what they have leads back.  So the chain is that of t1, from s0
 * on, and of the states behind n characters there are two: tokens that have
 * had small letters alone are in sn, which is asked wherever it differs, in
 * what they have behind these and in how far they go.
 *
 * Cost: the cells of both chains.  Of those that lead from sn to t(n + 1) none
 * that no token comes to. */
#include "mask/chain.h"

enum {
    LONGER_MOST = 2048, /* tokens that are longer than the class goes */
    REACH_LEAST = 24    /* characters that the first class is followed, where
                           more is only asked for if tokens have it */
};

/* --- finding it ----------------------------------------------------------- */

/* Where the letters that the class lacks lead; *found: aside. */
static gram_status lead_aside(GrWork *w, const Chain *ch, Cell *cell,
                              StateId *to, bool *found)
{
    static const char tries[] = "eA5";
    uint32_t i = 0;
    Step step;
    while (tries[i] != 0 && gr_bit_get(ch->ascii, (uint8_t)tries[i])) i++;
    *found = tries[i] != 0 && ch->reg >= GR_REGS && ch->n > 1;
    if (!*found) return GRAM_OK;
    GR_TRY(gr_cell_at(w, ch->state[0], (uint8_t)tries[i], cell));
    *found = gr_read_step(w->m->pda, *cell, &step) && step.reg >= GR_REGS;
    *to = step.to;
    return GRAM_OK;
}

gram_status gr_chain_aside(GrWork *w, Chain *ch, Chain *wide, bool *found)
{
    Cell cell;
    StateId to = {0};
    uint32_t n;
    GR_TRY(lead_aside(w, ch, &cell, &to, found));
    if (!*found) return GRAM_OK;
    *wide = *ch;
    GR_TRY(gr_chain_gather(w, wide, ch->state[0], cell, &n));
    for (uint32_t i = 0; i < 4; i++) wide->near[i] = ch->ascii[i];
    for (uint32_t i = 0; i < 4; i++) wide->ascii[i] |= ch->ascii[i];
    *found = gr_chain_has_words(wide->ascii);
    if (!*found) return GRAM_OK;
    wide->state[1] = to;
    wide->n = 2;
    wide->left = UINT32_MAX;
    wide->n_near = 1;
    wide->at_near[0] = ch->state[0];
    wide->own.map = NULL;
    return gr_chain_follow(w, wide, CHAIN_FIRST, found);
}

/* --- the states of the first class ---------------------------------------- */

/* Bytes that lead aside, and characters that tokens have before one, at most.
 */
typedef struct Aside {
    GrWork *w;
    Chain *ch;
    const uint32_t *before;
    uint8_t far[128];
    uint32_t n_far;
} Aside;

/* Is that where a character leads which the first class lacks? */
static bool leads_aside(const Aside *a, Cell cell, uint32_t n)
{
    Step step;
    if (n + 1 >= a->ch->n) return cell.v == GR_CELL_DEAD;
    return gr_read_step(a->w->m->pda, cell, &step) && step.reg >= GR_REGS &&
           step.to.v == a->ch->state[n + 1].v;
}

/* ASCII of the n-th state, each class of bytes once. */
static gram_status check_bytes(Aside *a, uint32_t n, bool *found)
{
    uint32_t done[8] = {0};
    WalkLevel at;
    row_ref(a->w, a->ch->at_near[n], &at);
    for (uint32_t i = 0; i < a->n_far && *found; i++) {
        Cell cell;
        uint32_t b = a->far[i];
        if (gr_bit_get(done, at.map[b]) || n > a->before[b]) continue;
        gr_bit_set(done, at.map[b]);
        GR_TRY(gr_cell_at(a->w, a->ch->at_near[n], (uint8_t)b, &cell));
        *found = leads_aside(a, cell, n);
    }
    return gr_step(a->w->env, 1);
}

/* Where the other chain has ended no character may lead on; behind more than
 * tokens have before the first byte of one, nothing is asked. */
static gram_status check_beyond(Aside *a, uint32_t n, bool *found)
{
    Chain *ch = a->ch;
    StateId from = ch->at_near[n];
    for (uint32_t b = 0xC2; b <= 0xF4 && *found && ch->n_beyond > 0; b++) {
        Cell cell;
        if (n > a->before[b]) continue;
        if (n + 1 < ch->n)
            return gr_chain_spans(a->w, ch, from, ch->state[n + 1], found);
        GR_TRY(gr_cell_at(a->w, from, (uint8_t)b, &cell));
        *found = cell.v == GR_CELL_DEAD;
    }
    return GRAM_OK;
}

static gram_status follow_near(Aside *a, uint32_t reach, bool *found)
{
    Chain *ch = a->ch;
    ByteClasses own = {.map = NULL};
    uint32_t near[8] = {0};
    memcpy(near, ch->near, sizeof ch->near);
    for (uint32_t n = 0; n < reach && *found; n++) {
        Cell cell = {GR_CELL_DEAD};
        Step step;
        GR_TRY(check_bytes(a, n, found));
        if (*found) GR_TRY(check_beyond(a, n, found));
        if (!*found) break;
        GR_TRY(gr_chain_cell(a->w, &own, near, ch->at_near[n], &cell));
        if (cell.v == GR_CELL_DEAD) {
            *found = n >= ch->left;
            break;
        }
        *found = gr_read_step(a->w->m->pda, cell, &step) &&
                 step.reg >= GR_REGS &&
                 gr_chain_is_alike(a->w, step.to, ch->state[0]);
        ch->at_near[ch->n_near++] = step.to;
    }
    return GRAM_OK;
}

/* --- how far it is asked for ---------------------------------------------- */

static bool is_near(const Chain *ch, uint32_t code)
{
    return code < 128 && gr_bit_get(ch->near, code);
}

/* So many characters of `near` does a token begin with. */
static uint32_t begins_near(const GrWork *w, const Chain *ch, uint32_t token)
{
    uint32_t len, n = 0;
    const uint8_t *p = (const uint8_t *)gr_vocab_bytes(w->m->v, token, &len);
    while (n < len && is_near(ch, p[n])) n++;
    return n;
}

/* The most that come before a rest, if these are more: each is a prefix as
 * well, behind which those with one more character stand. */
static gram_status prefix_reach(GrWork *w, const Chain *ch, uint32_t *reach)
{
    const Class *plain = w->m->tables->plain;
    GrArenaMark mark = gr_arena_mark(&w->arena);
    size_t size = gr_bit_words(plain->n_prefixes + 1) * sizeof(uint32_t);
    uint32_t *near = gr_arena_take(w->env, &w->arena, size);
    if (near == NULL) return GRAM_E_MEMORY;
    memset(near, 0, size);
    gr_bit_set(near, 0);
    for (uint32_t i = 1; i < plain->n_prefixes; i++) {
        const Prefix *p = &plain->prefix[i];
        if (!gr_bit_get(near, p->up) || !is_near(ch, p->code)) continue;
        gr_bit_set(near, i);
        if (p->chars > *reach) *reach = p->chars;
    }
    gr_arena_release(w->env, &w->arena, mark);
    return gr_step(w->env, plain->n_prefixes / 8);
}

/* The most that any has, of those that have more than a few: tokens of plain
 * characters alone, and what others have before the first that is not. */
static gram_status reach_of(GrWork *w, const Chain *ch, uint32_t *reach)
{
    const Class *plain = w->m->tables->plain;
    *reach = REACH_LEAST;
    uint32_t least = plain->longest < *reach ? plain->longest : *reach;
    uint32_t first = plain->chars_at[least];
    uint32_t end = plain->chars_at[plain->longest];
    for (uint32_t i = first; i < end; i++) {
        uint32_t n = begins_near(w, ch, plain->by_chars[i]);
        if (n > *reach) *reach = n;
    }
    GR_TRY(gr_step(w->env, end - first));
    return prefix_reach(w, ch, reach);
}

/* Tokens that are longer than the class goes are looked at one by one. */
static bool are_few(const Class *plain, uint32_t left)
{
    if (left >= plain->longest) return true;
    return plain->chars_at[plain->longest] - plain->chars_at[left] <=
           LONGER_MOST;
}

gram_status gr_chain_near(GrWork *w, Chain *ch, bool *found)
{
    const GrTables *t = w->m->tables;
    Aside a = {.w = w, .ch = ch, .before = t->before_names};
    uint32_t reach;
    *found = are_few(t->plain, ch->left);
    if (!*found) return GRAM_OK;
    for (uint32_t b = 0; b < 128; b++) {
        if (gr_bit_get(ch->near, b) && !gr_is_name(b)) a.before = t->before;
        if (gr_bit_get(ch->ascii, b) && !gr_bit_get(ch->near, b))
            a.far[a.n_far++] = (uint8_t)b;
    }
    ch->n_near = 1;
    GR_TRY(reach_of(w, ch, &reach));
    return follow_near(&a, reach < CHAIN_MAX ? reach : CHAIN_MAX - 1, found);
}

/* --- its tokens ----------------------------------------------------------- */

bool gr_chain_is_near(const GrWork *w, const Chain *ch, uint32_t token,
                      uint32_t chars)
{
    return begins_near(w, ch, token) >= chars;
}

gram_status gr_chain_put_longer(GrWork *w, const Chain *ch)
{
    const Class *by = w->m->tables->plain;
    if (ch->n_near == 0 || ch->left >= by->longest) return GRAM_OK;
    uint32_t first = by->chars_at[ch->left], end = by->chars_at[by->longest];
    for (uint32_t i = first; i < end; i++) {
        uint32_t len, token = by->by_chars[i];
        (void)gr_vocab_bytes(w->m->v, token, &len);
        if (len < ch->n_near && gr_chain_is_near(w, ch, token, len))
            GR_TRY(gr_row_put(w, token, true));
    }
    return gr_step(w->env, end - first);
}
