/* Are two states one but for their names?
 *
 *      (https?://)?[a-z.-]+[.][a-z.]{2,6}[a-z/.-]*     behind "https://a.com"
 *
 * What may follow is [a-z/.-]*, but the state has the other parts as well: they
 * go on, and add nothing.  The loop that it nearly is (near.c) takes the same
 * texts, and a walk of the trie tells so when it has seen all of it.  Few
 * pairs of states lie behind these two.  As long as a byte leads both sides of
 * a pair to the same cell, or to a pair with the same count, no text tells them
 * apart: a closure, as where automata are made small.
 *
 * In: two states that configurations are in which differ in nothing else.  Out:
 * whether all tokens are as alive with one as with the other.  `false` says
 * nothing: inside keys, of which more is asked than cells tell, and where there
 * are more pairs than it is worth.
 *
 * Where some bytes do tell them apart, tokens without these are as alive with
 * one as with the other: behind "http" only a colon is read otherwise than
 * behind the name of a host.  Bytes that are in few tokens are among them
 * wherever they lead elsewhere, so that the closure is of letters and digits.
 *
 * Cost: a hundred instructions a cell; the first that differs ends it. */
#include "mask/near.h"

enum { PAIRS_MOST = 256 };

/* The bytes that tell classes of both maps apart, one of each. */
typedef struct Joint {
    const uint8_t *a, *b;
    uint8_t byte[256];
    uint32_t n;
} Joint;

typedef struct Twins {
    GrWork *w;
    uint32_t *tells; /* NULL: no byte may */
    struct {
        uint32_t a, b;
    } pair[PAIRS_MOST];
    uint32_t n, looks;
    Joint joint;
    bool same;
} Twins;

/* Of the bytes of one class the other side's last is remembered, which is
 * that of the next one nearly always. */
static void find_joint(Joint *j, const uint8_t *a, const uint8_t *b)
{
    uint16_t last[256] = {0}; /* class of b + 1, by that of a */
    if (j->a == a && j->b == b) return;
    *j = (Joint){.a = a, .b = b};
    for (uint32_t c = 0; c < 256; c++) {
        if (last[a[c]] == b[c] + 1u || (a[c] == 0 && b[c] == 0)) continue;
        last[a[c]] = (uint16_t)(b[c] + 1u);
        j->byte[j->n++] = (uint8_t)c;
    }
}

static void add_pair(Twins *t, uint32_t a, uint32_t b)
{
    if (a == b) return;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->pair[i].a == a && t->pair[i].b == b) return;
    t->same &= t->n < PAIRS_MOST;
    if (!t->same) return;
    t->pair[t->n].a = a;
    t->pair[t->n++].b = b;
}

/* A byte tells the sides apart, and all that do there what it does; but nearly
 * all tokens have a letter. */
static void tell(Twins *t, uint8_t byte)
{
    const Joint *j = &t->joint;
    t->same &= t->tells != NULL;
    for (uint32_t c = 0; c < 256 && t->same; c++) {
        if (j->a[c] != j->a[byte] || j->b[c] != j->b[byte]) continue;
        gr_bit_set(t->tells, c);
        t->same &= !is_letter(c);
    }
}

/* Where bytes may tell, those that are in few tokens are not followed. */
static bool is_followed(const Twins *t, uint8_t byte)
{
    return t->tells == NULL || byte >= 128 || byte == ' ' || is_letter(byte) ||
           (byte >= '0' && byte <= '9');
}

/* An empty cell is one that a limit keeps from being filled. */
static gram_status try_byte(Twins *t, StateId a, StateId b, uint8_t byte)
{
    Cell at_a, at_b;
    Step to_a, to_b;
    GR_TRY(gr_cell_at(t->w, a, byte, &at_a));
    GR_TRY(gr_cell_at(t->w, b, byte, &at_b));
    bool alike = at_a.v != GR_CELL_EMPTY;
    if (at_a.v == at_b.v && alike) return GRAM_OK;
    alike = alike && gr_cell_step(t->w, at_a, &to_a) &&
            gr_cell_step(t->w, at_b, &to_b) && to_a.reg == to_b.reg &&
            to_a.hi == to_b.hi && to_a.whole == to_b.whole;
    if (!alike)
        tell(t, byte);
    else if (to_a.to.v == a.v && to_b.to.v == b.v)
        return GRAM_OK;
    else if (is_followed(t, byte))
        add_pair(t, to_a.to.v, to_b.to.v);
    else if (to_a.to.v != to_b.to.v)
        tell(t, byte);
    return GRAM_OK;
}

static bool is_key(const GrWork *w, StateId s)
{
    return (gr_pda_get_state(w->m->pda, s)->flags & GR_STATE_KEY) != 0;
}

static gram_status try_pair(Twins *t, StateId a, StateId b, uint64_t most)
{
    WalkLevel at_a, at_b;
    t->same &= !is_key(t->w, a) && !is_key(t->w, b);
    if (!t->same) return GRAM_OK;
    row_ref(t->w, a, &at_a);
    row_ref(t->w, b, &at_b);
    find_joint(&t->joint, at_a.map, at_b.map);
    t->looks += t->joint.n;
    t->same &= t->looks <= most;
    for (uint32_t i = 0; i < t->joint.n && t->same; i++)
        GR_TRY(try_byte(t, a, b, t->joint.byte[i]));
    return GRAM_OK;
}

/* The list of pairs grows while it is read. */
static gram_status close(Twins *t, StateId a, StateId b, uint64_t looks)
{
    t->same = true;
    add_pair(t, a.v, b.v);
    for (uint32_t i = 0; i < t->n && t->same; i++)
        GR_TRY(try_pair(t, (StateId){t->pair[i].a}, (StateId){t->pair[i].b},
                        looks));
    return gr_step(t->w->env, t->looks);
}

gram_status gr_near_same(GrWork *w, StateId a, StateId b, uint64_t looks,
                         bool *same)
{
    Twins t = {.w = w};
    GR_TRY(close(&t, a, b, looks));
    *same = t.same;
    return GRAM_OK;
}

gram_status gr_near_tells(GrWork *w, StateId a, StateId b, uint64_t looks,
                          uint32_t bytes[8], bool *found)
{
    Twins t = {.w = w, .tells = bytes};
    memset(bytes, 0, 8 * sizeof *bytes);
    GR_TRY(close(&t, a, b, looks));
    *found = t.same;
    return GRAM_OK;
}
