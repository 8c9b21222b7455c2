/* The masks that are kept.
 *
 * A kept mask is what a row of a work space is (rows.c): a base and toggles;
 * where the list would be longer than the row itself, it is the row.
 *
 * Equal masks are found by a sum of token hashes, which does not depend on
 * order and is maintained while bits are set. */
#include "mask/mask_int.h"

/* Rows are worth their memory for masks that are asked for again and again,
 * the sooner the more they cost to patch; and for those that generations share,
 * which OTHERS of them have asked for in turn.  FEW that there are at a time
 * have rows of their own for patches: then rows are a modest share of the
 * memory, but for masks that are asked for so MUCH that it does not matter, and
 * are made where a text ends, unless it asks so often that it is worth it SOON.
 * The longest patches come first, and VAST ones need not be asked for again:
 * these are what a look at a known mask takes longest for. */
enum {
    CHEAP_IDS = 24,
    DEAR_ASKED = 8,
    LONG_IDS = 40,
    LONG_ASKED = 0,
    VAST_IDS = 64,
    FEW_ASKED = 12,
    CHEAP_ASKED = 16,
    SPARSE_ASKED = 255,
    SOON_ASKED = 63,
    MUCH_ASKED = 255,
    OTHERS = 8,
    FEW = 2,
    SMALL = 10, /* in rows */
    LARGE = 12
};

/* --- bases and rows ------------------------------------------------------- */

gram_status gr_base_add(GrMasks *m, Base base, uint32_t *index)
{
    GR_TRY(gr_store_add(&m->env, &m->bases, 1, index));
    *(Base *)gr_store_at(&m->bases, *index) = base;
    *index += m->tables->n_bases;
    return GRAM_OK;
}

/* The empty base has no row. */
static bool base_bit(const GrWork *w, uint32_t token)
{
    const uint32_t *row = base_at(w->m, w->held_base)->row;
    return row != NULL && gr_bit_get(row, token);
}

/* Were all ids of `held` put, or all taken away?  Then none is there twice. */
static bool is_one_way(const GrWork *w)
{
    uint32_t before = base_at(w->m, w->held_base)->n;
    uint32_t moved = w->n > before ? w->n - before : before - w->n;
    return moved == w->held.n;
}

/* Leave in `held` each id once that differs from the base.  Ids that are
 * kept are turned back while looking for further mentions of them. */
static void net_toggles(GrWork *w)
{
    uint32_t n = 0;
    if (is_one_way(w)) return;
    for (uint32_t i = 0; i < w->held.n; i++) {
        uint32_t t = w->held.at[i];
        if (gr_bit_get(w->row, t) == base_bit(w, t)) continue;
        w->row[t >> 5] ^= 1u << (t & 31);
        w->held.at[n++] = t;
    }
    w->held.n = n;
    for (uint32_t i = 0; i < n; i++)
        w->row[w->held.at[i] >> 5] ^= 1u << (w->held.at[i] & 31);
}

/* Do base and toggles of k give the row?  With the toggles taken back, the
 * row has to be the base. */
static bool same_patched(GrWork *w, const Mask *k)
{
    const uint32_t *ids = array_at(&w->m->ids, k->ids, k->n_ids);
    const uint32_t *base = base_at(w->m, k->base)->row;
    toggle(w->row, ids, k->n_ids);
    bool same = memcmp(base, w->row, row_bytes(w->m)) == 0;
    toggle(w->row, ids, k->n_ids);
    return same;
}

/* Does the row differ from k's base in each of k's toggles? */
static bool has_toggles(const GrWork *w, const Mask *k)
{
    const uint32_t *ids = array_at(&w->m->ids, k->ids, k->n_ids);
    const uint32_t *base = base_at(w->m, k->base)->row;
    for (uint32_t i = 0; i < k->n_ids; i++)
        if (gr_bit_get(w->row, ids[i]) == (base && gr_bit_get(base, ids[i])))
            return false;
    return true;
}

/* Is mask k what the row holds?  (Its sum is equal.)  As many of the same
 * toggles or tokens are all of them. */
static bool same_mask(GrWork *w, const Mask *k)
{
    if (k->n != w->n) return false;
    if (k->base == BASE_NONE)
        return memcmp(k->row, w->row, row_bytes(w->m)) == 0;
    if (k->base == w->held_base)
        return k->n_ids == w->held.n && has_toggles(w, k);
    if (k->base == BASE_EMPTY) return has_toggles(w, k);
    return same_patched(w, k);
}

/* A row to be filled, which masks or bases own; NULL: no memory. */
static uint32_t *new_row(GrMasks *m)
{
    uint32_t *row = gr_resize(&m->env, NULL, 0, row_bytes(m));
    if (row != NULL) m->row_bytes += row_bytes(m);
    return row;
}

static gram_status copy_row(GrMasks *m, const uint32_t *from, uint32_t **out)
{
    *out = new_row(m);
    if (*out == NULL) return GRAM_E_MEMORY;
    memcpy(*out, from, row_bytes(m));
    return GRAM_OK;
}

/* Half of the cache may be rows. */
static bool row_fits(const GrMasks *m)
{
    return m->row_bytes + row_bytes(m) <= m->env.max_memory / 2;
}

/* --- other bases ---------------------------------------------------------- */

/* A list longer than NEAR_IDS may be a short one of another base: rows of the
 * tables, of classes, and masks that became bases themselves.  One becomes a
 * base where its list is longer than DERIVE_IDS; others may be near it. */
enum { NEAR_IDS = 48, DERIVE_IDS = 256, DERIVED_MAX = 16 };

/* Ids that are listed before it is counted how many are still to come, which
 * takes a tenth of what it takes to list them: rows that are not near differ in
 * thousands. */
enum { LISTED = 64 };

/* Append to w->patch those of a word in which it differs from `base`. */
static void patch_word(GrWork *w, const uint32_t *base, uint32_t i)
{
    for (uint32_t bits = w->row[i] ^ base[i]; bits != 0; bits &= bits - 1)
        w->patch.at[w->patch.n++] = i * 32 + (uint32_t)__builtin_ctz(bits);
}

/* From word i on, in at most n ids? */
static bool is_near(const GrWork *w, const uint32_t *base, uint32_t i,
                    uint32_t n)
{
    uint32_t words = w->m->v->mask_words - i;
    return w->m->tables->kernels->distance(w->row + i, base + i, words, n) <= n;
}

/* Leave in w->patch the ids in which the row differs from a base; false where
 * they are more than `most`. */
static bool make_patch(GrWork *w, const uint32_t *base, uint32_t most)
{
    const Kernels *k = w->m->tables->kernels;
    uint32_t words = w->m->v->mask_words, i = 0;
    bool counted = false;
    w->patch.n = 0;
    for (; (i = k->differ(w->row, base, i, words)) < words; i++) {
        uint32_t left = most - w->patch.n;
        if (left < 32 && gr_bits_in(w->row[i] ^ base[i]) > left) return false;
        if (w->patch.n >= LISTED && !counted) {
            counted = true;
            if (!is_near(w, base, i, left)) return false;
        }
        patch_word(w, base, i);
    }
    return true;
}

/* Patch and list change places: both have room for a list. */
static void hold_patch(GrWork *w, uint32_t base)
{
    uint32_t *at = w->held.at, cap = w->held.cap;
    w->held.at = w->patch.at, w->held.cap = w->patch.cap;
    w->patch.at = at, w->patch.cap = cap;
    w->held.n = w->patch.n;
    w->held_base = base;
}

/* In one piece, which a store never splits: a mask's ids are read as an
 * array. */
static gram_status put_ids(GrMasks *m, const uint32_t *from, uint32_t n,
                           uint32_t *at)
{
    *at = 0;
    if (n == 0) return GRAM_OK;
    GR_TRY(gr_store_add(&m->env, &m->ids, n, at));
    memcpy(gr_store_at(&m->ids, *at), from, n * sizeof(uint32_t));
    return GRAM_OK;
}

/* The mask becomes a base: 16 KiB, for which masks near it cost some ids
 * each. */
static gram_status derive(GrWork *w)
{
    GrMasks *m = w->m;
    Base made = {.sum = w->sum, .n = w->n};
    uint32_t at;
    GR_TRY(copy_row(m, w->row, &made.own));
    made.row = made.own;
    gram_status status = gr_base_add(m, made, &at);
    if (status != GRAM_OK) {
        m->row_bytes -= row_bytes(m);
        gr_free(&m->env, made.own, row_bytes(m));
        return status;
    }
    m->n_derived++;
    w->held_base = at;
    w->held.n = 0;
    return GRAM_OK;
}

/* Can the row of w differ from b in at most `most` tokens? */
static bool may_be_near(const GrWork *w, const Base *b, uint32_t most)
{
    return w->n <= b->n ? b->n - w->n <= most : w->n - b->n <= most;
}

/* The row as a patch of the base that is nearest, if its list is long. */
static gram_status rebase(GrWork *w)
{
    GrMasks *m = w->m;
    bool none = w->held_base == BASE_NONE;
    uint32_t n = none ? m->v->mask_words : w->held.n;
    uint32_t most = n / 4 > NEAR_IDS ? n / 4 : NEAR_IDS + 1;
    if (!none && n <= NEAR_IDS) return GRAM_OK;
    if (most > m->v->mask_words) most = m->v->mask_words;
    GR_TRY(gr_vec_reserve(w->env, &w->patch, m->v->mask_words));
    GR_TRY(gr_vec_reserve(w->env, &w->held, m->v->mask_words - w->held.n));
    bool found = false;
    for (uint32_t i = n_bases(m); --i != BASE_EMPTY && most > NEAR_IDS;) {
        const Base *b = base_at(m, i);
        if (!may_be_near(w, b, most) || !make_patch(w, b->row, most)) continue;
        hold_patch(w, i);
        most = w->held.n;
        found = true;
    }
    bool derives = n > DERIVE_IDS && m->n_derived < DERIVED_MAX && row_fits(m);
    return found || !derives ? GRAM_OK : derive(w);
}

/* --- keeping -------------------------------------------------------------- */

/* What can fail comes first, so that a mask is there as a whole or not at
 * all. */
static gram_status add_mask(GrWork *w, uint32_t *id)
{
    GrMasks *m = w->m;
    Mask made = {.sum = w->sum, .n = w->n, .base = w->held_base};
    uint32_t *row = NULL;
    uint32_t *older = gr_map_find(&m->by_sum, w->sum);
    made.same_sum = older ? *older : 0;
    made.n_ids = w->held.n;
    if (made.base == BASE_NONE)
        GR_TRY(copy_row(m, w->row, &row));
    else
        GR_TRY(put_ids(m, w->held.at, w->held.n, &made.ids));
    gram_status status = gr_store_add(&m->env, &m->masks, 1, id);
    if (status == GRAM_OK)
        status = gr_map_put(&m->env, &m->by_sum, w->sum, *id);
    if (status != GRAM_OK) {
        gr_free(&m->env, row, row ? row_bytes(m) : 0);
        return status;
    }
    Mask *k = mask_at(m, *id);
    k->sum = made.sum, k->n = made.n, k->base = made.base;
    k->ids = made.ids, k->n_ids = made.n_ids, k->same_sum = made.same_sum;
    atomic_store(&k->row, row);
    return GRAM_OK;
}

bool gr_works_are_few(const GrMasks *m)
{
    return atomic_load_explicit(&m->n_live, memory_order_relaxed) <= FEW;
}

/* It is to be a row where the text ends. */
static bool put_due(GrWork *w, uint32_t id)
{
    if (w->n_due == N_DUE || !gr_works_are_few(w->m)) return false;
    w->due[w->n_due++] = id;
    return true;
}

/* A new one that is VAST is as if it had been asked for. */
static void put_due_if_vast(GrWork *w, uint32_t id)
{
    if (w->held.n <= VAST_IDS || !put_due(w, id)) return;
    atomic_store_explicit(&mask_at(w->m, id)->asked, 1u << 8 | w->number,
                          memory_order_relaxed);
}

/* Find the row among the masks kept, or keep it.  Under the lock. */
gram_status gr_mask_keep(GrWork *w, uint32_t *id)
{
    gr_row_settle(w);
    if (w->held_base != BASE_NONE) net_toggles(w);
    const uint32_t *first = gr_map_find(&w->m->by_sum, w->sum);
    for (*id = first ? *first : 0; *id != 0; *id = mask_at(w->m, *id)->same_sum)
        if (same_mask(w, mask_at(w->m, *id))) break;
    if (*id == 0) {
        GR_TRY(rebase(w));
        GR_TRY(add_mask(w, id));
        put_due_if_vast(w, *id);
    }
    w->held_mask = *id;
    return GRAM_OK;
}

/* --- looking -------------------------------------------------------------- */

/* How much of it rows may be: as much as all else of the masks; what is left of
 * a SMALL grammar, and of one that is beyond LARGE half of that as well. */
static size_t modest_rows(const GrMasks *m, size_t others, size_t pda)
{
    size_t all = others + pda, row = row_bytes(m);
    if (all < SMALL * row && SMALL * row - all > others)
        return SMALL * row - all;
    return others + (all > LARGE * row ? (all - LARGE * row) / 2 : 0);
}

/* Under the lock.  `pda`: bytes of the machine. */
static bool may_publish(const GrMasks *m, size_t pda)
{
    size_t rows = m->row_bytes + m->n_spare * row_bytes(m);
    size_t most = modest_rows(m, m->env.used - rows, pda);
    return rows + row_bytes(m) <= most || !gr_works_are_few(m);
}

/* From then on a look at the mask is one load.  Where there is no room it stays
 * a patch, and nobody notices. */
static void publish_row(GrMasks *m, Mask *k, bool much)
{
    uint32_t *row = NULL;
    GrPdaStats pda;
    gr_pda_stats(m->pda, &pda);
    pthread_mutex_lock(&m->lock);
    if (atomic_load(&k->row) == NULL && row_fits(m) &&
        (much || may_publish(m, (size_t)pda.memory)))
        row = new_row(m);
    if (row != NULL) {
        gr_row_fill(m, row, k);
        atomic_store_explicit(&k->row, row, memory_order_release);
    }
    pthread_mutex_unlock(&m->lock);
}

/* Of those that are due, and there are some, the one with the longest patch. */
static Mask *take_longest(GrWork *w)
{
    Mask *longest = NULL;
    uint32_t at = 0;
    for (uint32_t i = 0; i < w->n_due; i++) {
        Mask *k = mask_at(w->m, w->due[i]);
        if (longest != NULL && k->n_ids <= longest->n_ids) continue;
        longest = k;
        at = i;
    }
    w->due[at] = w->due[--w->n_due];
    return longest;
}

/* There may be no room for all of them. */
void gr_rows_publish(GrWork *w)
{
    while (w->n_due > 0) publish_row(w->m, take_longest(w), false);
}

static uint32_t asked_enough(const Mask *k, bool few)
{
    if (k->n_ids > LONG_IDS && few) return LONG_ASKED;
    if (k->n_ids > CHEAP_IDS) return DEAR_ASKED;
    if (few) return FEW_ASKED;
    return k->base != BASE_EMPTY ? CHEAP_ASKED : SPARSE_ASKED;
}

/* It has been asked for often enough.  A row takes as long as ten patches: of
 * FEW generations each puts that off until its text ends, so that no mask has
 * to wait for it. */
static void publish_soon(GrWork *w, uint32_t id, Mask *k)
{
    if (!put_due(w, id)) publish_row(w->m, k, false);
}

/* Has it now been asked for often enough to be the row that it is shown as?
 * One generation puts the patch on a row at hand.  Of many that run side by
 * side each puts it on its own row, which lies in no cache: so who asks is
 * noted, in the low byte, and another one counts for more.  What threads lose
 * of the count is no loss. */
static void note_asked(GrWork *w, uint32_t id, Mask *k)
{
    uint32_t was = atomic_load_explicit(&k->asked, memory_order_relaxed);
    uint32_t before = was >> 8, n = before + 1;
    if (before > MUCH_ASKED) return;
    bool few = gr_works_are_few(w->m);
    uint32_t enough = asked_enough(k, few);
    if ((uint8_t)was != w->number) n += enough / OTHERS;
    atomic_store_explicit(&k->asked, n << 8 | w->number, memory_order_relaxed);
    if (before <= enough && n > enough) publish_soon(w, id, k);
    if ((before <= SOON_ASKED && n > SOON_ASKED) || n > MUCH_ASKED)
        publish_row(w->m, k, n > MUCH_ASKED);
}

/* A mask that is a base as it is gets its row, which lasts as long as the mask
 * does: where it lies need not be looked up again. */
static const uint32_t *use_base_row(const GrWork *w, Mask *k)
{
    const uint32_t *row = base_at(w->m, k->base)->row;
    uint32_t *same = (uint32_t *)(uintptr_t)row;
    atomic_store_explicit(&k->row, same, memory_order_release);
    return row;
}

/* What has no row of its own: without a copy where it is the row at hand, which
 * is not worth one of its own as long as nothing else is. */
GR_APART static gram_status show_patch(GrWork *w, uint32_t id, Mask *k,
                                       const uint32_t **row)
{
    *row = w->row;
    if (w->held_mask == id) return GRAM_OK;
    if (gr_mask_is_base(k)) {
        *row = use_base_row(w, k);
        return GRAM_OK;
    }
    GR_TRY(gr_row_show(w, id, k, row));
    note_asked(w, id, k);
    return GRAM_OK;
}

gram_status gr_mask_view(GrWork *w, uint32_t id, GrMaskView *out)
{
    Mask *k = mask_at(w->m, id);
    out->id = id;
    out->n = k->n;
    out->row = atomic_load_explicit(&k->row, memory_order_acquire);
    if (GR_LIKELY(out->row != NULL)) return GRAM_OK;
    return show_patch(w, id, k, &out->row);
}
