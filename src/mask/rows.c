/* The row of a work space: what masks are made in, and shown from.
 *
 * A row is a base xor a short list of toggled ids, so that going from one
 * sparse mask to the next costs their ids and not 16 KiB.  Rows of other
 * bases are put aside, and taken up again when one of theirs is wanted. */
#include "mask/mask_int.h"

static void fill_row(GrWork *w, const uint32_t *from)
{
    if (from == NULL)
        memset(w->row, 0, row_bytes(w->m));
    else
        memcpy(w->row, from, row_bytes(w->m));
}

/* Pointers change places, no words of a row do.  A row that is loose is no
 * patch of a base: where it is put aside it will only be written over. */
static void change_places(GrWork *w, Held *o)
{
    w->loose = false;
    Held was = {w->row, w->held_base, w->held_mask, w->held, w->sum, w->n};
    w->row = o->row;
    w->held_base = o->base;
    w->held_mask = o->mask;
    w->held = o->ids;
    w->sum = o->sum;
    w->n = o->n;
    *o = was;
}

/* It is filled at once, but for the word behind all of them. */
static uint32_t *raw_row(GrWork *w)
{
    size_t words = w->m->v->mask_words;
    uint32_t *row = gr_resize(w->env, NULL, 0, (words + 1) * sizeof(uint32_t));
    if (row != NULL) row[words] = 0;
    return row;
}

/* Make the row one of this base, if there is such a one; else one that is
 * given up.  (Where there is no memory for it, that is the present one.) */
static void take_row(GrWork *w, uint32_t base)
{
    if (w->held_base == base) return;
    for (uint32_t i = 0; i < N_HELD; i++)
        if (w->other[i].row != NULL && w->other[i].base == base) {
            change_places(w, &w->other[i]);
            return;
        }
    Held *o = &w->other[w->turn++ % N_HELD];
    if (o->row == NULL) *o = (Held){.row = raw_row(w), .base = BASE_NONE};
    if (o->row != NULL) change_places(w, o);
}

/* Nothing is copied where the row is a patch of this base already: its toggles
 * are taken back. */
gram_status gr_row_load_base(GrWork *w, uint32_t base)
{
    const Base *b = base_at(w->m, base);
    take_row(w, base);
    if (w->held_base == base)
        toggle(w->row, w->held.at, w->held.n);
    else
        fill_row(w, b->row);
    w->held_base = base;
    w->held_mask = 0;
    w->held.n = 0;
    w->sum = b->sum;
    w->n = b->n;
    w->loose = false;
    return gr_step(w->env, 1);
}

/* A list as long as the row is given up. */
gram_status gr_row_note(GrWork *w, uint32_t token)
{
    if (w->held_base == BASE_NONE) return GRAM_OK;
    if (w->held.n < w->m->v->mask_words)
        return gr_vec_push(w->env, &w->held, token);
    w->held_base = BASE_NONE;
    w->held.n = 0;
    return GRAM_OK;
}

/* Toggle ids in a row that is a base, and note them. */
static gram_status put_on(GrWork *w, const uint32_t *ids, uint32_t n)
{
    GR_TRY(gr_vec_reserve(w->env, &w->held, n));
    uint32_t *row = w->row, *held = w->held.at;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = ids[i];
        held[i] = id;
        row[id >> 5] ^= 1u << (id & 31);
    }
    w->held.n = n;
    return GRAM_OK;
}

/* A mask that has a row of its own is none of a base: nothing can be taken
 * back, and the next one is copied as a whole. */
gram_status gr_row_load(GrWork *w, uint32_t id)
{
    const Mask *k = mask_at(w->m, id);
    if (w->held_mask == id) return GRAM_OK;
    if (k->base == BASE_NONE) {
        fill_row(w, k->row);
        w->held_base = BASE_NONE;
        w->held.n = 0;
    } else {
        take_row(w, k->base);
        if (w->held_mask == id) return GRAM_OK;
        GR_TRY(gr_row_load_base(w, k->base));
        GR_TRY(put_on(w, array_at(&w->m->ids, k->ids, k->n_ids), k->n_ids));
    }
    w->sum = k->sum;
    w->n = k->n;
    w->loose = false;
    w->held_mask = id;
    return GRAM_OK;
}

void gr_row_settle(GrWork *w)
{
    Base b = {.row = w->row};
    if (!w->loose) return;
    gr_base_sum(&b, w->m->v->mask_words);
    w->sum = b.sum;
    w->n = b.n;
    w->loose = false;
}

/* Room for n more toggles, unless they are given up. */
static gram_status reserve_held(GrWork *w, uint32_t n)
{
    if (w->held.n + (uint64_t)n > w->m->v->mask_words) {
        w->held_base = BASE_NONE;
        w->held.n = 0;
    }
    return gr_vec_reserve(w->env, &w->held, n);
}

/* A token of many takes a fifth of what gr_row_put does: nothing is asked, and
 * their sum is known. */
gram_status gr_row_put_group(GrWork *w, const Rests *r, uint32_t group)
{
    const Group *g = &r->group[group];
    const Exit *e = &r->exit[g->start];
    uint32_t n = g->n, *row = w->row;
    if (GR_UNLIKELY(w->held.n + n > w->held.cap ||
                    w->held.n + n > w->m->v->mask_words))
        GR_TRY(reserve_held(w, n));
    /* where no list is kept its room is scratch */
    uint32_t *held = w->held.at + w->held.n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t token = e[i].token;
        row[token >> 5] |= 1u << (token & 31);
        held[i] = token;
    }
    w->held.n += w->held_base == BASE_NONE ? 0 : n;
    w->held_mask = 0;
    w->sum += g->sum;
    w->n += n;
    return GRAM_OK;
}

static gram_status hold_bits(GrWork *w, uint32_t word, uint32_t bits)
{
    GR_TRY(reserve_held(w, 32));
    for (; bits != 0 && w->held_base != BASE_NONE; bits &= bits - 1)
        w->held.at[w->held.n++] = word * 32 + (uint32_t)__builtin_ctz(bits);
    return GRAM_OK;
}

/* Words without new tokens, and most are, are passed in pairs. */
gram_status gr_row_join(GrWork *w, const uint32_t *tokens)
{
    uint32_t words = w->m->v->mask_words;
    for (uint32_t i = 0; i < words; i++) {
        while (i + 2 <= words && (tokens[i] | tokens[i + 1]) == 0) i += 2;
        uint32_t bits = i < words ? tokens[i] & ~w->row[i] : 0;
        if (bits == 0) continue;
        if (w->held_base != BASE_NONE) GR_TRY(hold_bits(w, i, bits));
        w->row[i] |= bits;
        w->sum += word_hash(i) * bits;
        w->n += gr_bits_in(bits);
    }
    w->held_mask = 0;
    return gr_step(w->env, words / 16);
}

static gram_status toggle_word(GrWork *w, uint32_t i, uint32_t bits)
{
    for (; bits != 0; bits &= bits - 1) {
        uint32_t token = i * 32 + (uint32_t)__builtin_ctz(bits);
        GR_TRY(gr_row_put(w, token, !gr_bit_get(w->row, token)));
    }
    return GRAM_OK;
}

gram_status gr_row_unite(GrWork *w, uint32_t base, const uint32_t *a,
                         const uint32_t *b)
{
    const Kernels *k = w->m->tables->kernels;
    const uint32_t *const of[2] = {a, b};
    uint32_t words = w->m->v->mask_words, at;
    uint32_t *both = gr_arena_take(w->env, &w->arena, words * sizeof *both + 1);
    if (both == NULL) return GRAM_E_MEMORY;
    k->unite(of, 2, words, both);
    GR_TRY(gr_row_load_base(w, base));
    for (at = 0; (at = k->differ(both, w->row, at, words)) < words; at++)
        GR_TRY(toggle_word(w, at, both[at] ^ w->row[at]));
    return gr_step(w->env, words / 16);
}

/* These are too many for a list. */
gram_status gr_row_add(GrWork *w, const Base *tokens)
{
    uint32_t words = w->m->v->mask_words;
    for (uint32_t i = 0; i < words; i++) w->row[i] |= tokens->row[i];
    w->sum += tokens->sum;
    w->n += tokens->n;
    w->held_base = BASE_NONE;
    w->held_mask = 0;
    w->held.n = 0;
    return gr_step(w->env, words / 16);
}
