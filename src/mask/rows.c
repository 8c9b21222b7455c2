/* The row of a work space: what masks are made in, and shown from.
 *
 * A row is a base xor a short list of toggled ids, so that going from one
 * sparse mask to the next costs their ids and not 16 KiB.  Rows of other
 * bases are put aside, and taken up again when one of theirs is wanted.
 *
 *     work space ends --> its bases, and some of its rows --> next one begins
 *
 * Rejected: patches from one base to another that is near (150 ids are as dear
 * as a copy); a row for each mask from the start (13 masks are 200 KB). */
#include "mask/mask_int.h"

/* Spare rows are a share of what there is, and of what there may be; bases are
 * wanted until IDLE_MOST texts in turn have not come to them. */
enum { SPARE_SHARE = 4, SPARE_LIMIT = 16, IDLE_MOST = 8 };

static size_t work_row_bytes(const GrMasks *m)
{
    return row_bytes(m) + sizeof(uint32_t);
}

/* The row becomes its base.  The empty base has no row. */
static void fill_row(const GrMasks *m, uint32_t *row, uint32_t base)
{
    const uint32_t *from = base_at(m, base)->row;
    if (from == NULL)
        memset(row, 0, row_bytes(m));
    else
        memcpy(row, from, row_bytes(m));
}

static Patch patch_of(const GrMasks *m, const Mask *k)
{
    return (Patch){array_at(&m->ids, k->ids, k->n_ids), k->n_ids};
}

void gr_row_fill(const GrMasks *m, uint32_t *row, const Mask *k)
{
    Patch p = patch_of(m, k);
    fill_row(m, row, k->base);
    toggle(row, p.ids, p.n);
}

/* The row becomes its base again: what was toggled is in the list, but for a
 * mask that is only shown, which has one. */
static void take_back(GrWork *w)
{
    if (w->shown)
        toggle(w->row, w->on.ids, w->on.n);
    else
        toggle(w->row, w->held.at, w->held.n);
}

/* --- rows of other bases -------------------------------------------------- */

/* Pointers change places, no words of a row do.  A row that is loose is no
 * patch of a base: where it is put aside it will only be written over. */
static void change_places(GrWork *w, Held *o)
{
    uint32_t *base = &w->base[o - w->other], was_base = w->held_base;
    Held was = {w->row,  w->on,  w->held_mask, ++w->turn,
                w->held, w->sum, w->n,         w->shown};
    const Mask *k = o->shown ? mask_at(w->m, o->mask) : NULL;
    w->loose = false;
    w->row = o->row;
    w->on = o->on;
    w->held_base = *base;
    w->held_mask = o->mask;
    w->held = o->ids;
    w->sum = k ? k->sum : o->sum;
    w->n = k ? k->n : o->n;
    w->shown = o->shown;
    *o = was;
    *base = was_base;
}

/* It is filled at once, but for the word behind all of them. */
static uint32_t *raw_row(GrWork *w)
{
    uint32_t *row = gr_resize(w->env, NULL, 0, work_row_bytes(w->m));
    if (row != NULL) row[w->m->v->mask_words] = 0;
    return row;
}

/* Most looks at patches begin with this: bases lie side by side, and where the
 * row was found last it is looked for first. */
static Held *row_of_base(GrWork *w, uint32_t base)
{
    uint8_t *hint = &w->hint[base % N_ROW_HINTS];
    if (GR_LIKELY(*hint < w->n_other && w->base[*hint] == base))
        return &w->other[*hint];
    for (uint8_t i = 0; i < w->n_other; i++) {
        if (w->base[i] != base) continue;
        *hint = i;
        return &w->other[i];
    }
    return NULL;
}

static Held *row_of_mask(GrWork *w, uint32_t mask)
{
    for (uint32_t i = 0; i < w->n_other; i++)
        if (w->other[i].mask == mask) return &w->other[i];
    return NULL;
}

/* That was asked for longest ago; NULL: there is none. */
static Held *oldest_row(GrWork *w)
{
    Held *oldest = NULL;
    for (uint32_t i = 0; i < w->n_other; i++)
        if (oldest == NULL || w->other[i].turn <= oldest->turn)
            oldest = &w->other[i];
    return oldest;
}

static Held *put_aside(GrWork *w, uint32_t *row, uint32_t base)
{
    w->base[w->n_other] = base;
    w->other[w->n_other] = (Held){.row = row};
    return &w->other[w->n_other++];
}

/* A new row, else the oldest one.  Many work spaces at a time have few rows
 * each.  Where there is no memory for the first of them that is the row at
 * hand. */
static Held *row_to_fill(GrWork *w)
{
    uint32_t most = gr_works_are_few(w->m) ? N_HELD : MANY_HELD;
    uint32_t *row = w->n_other < most ? raw_row(w) : NULL;
    return row != NULL ? put_aside(w, row, BASE_NONE) : oldest_row(w);
}

/* Make the row one of this base, if there is such a one; else any: it has to be
 * filled. */
static void take_row(GrWork *w, uint32_t base)
{
    if (w->held_base == base) return;
    Held *o = row_of_base(w, base);
    if (o == NULL) o = row_to_fill(w);
    if (o != NULL) change_places(w, o);
}

/* --- rows of texts to come ------------------------------------------------ */

/* Texts of a grammar come to the same places, so that the bases of the last
 * ones are those of the next, and a work space begins with rows of them.  Some
 * of the rows are those that work spaces left behind: what is kept grows with
 * the grammar, so that one that is small stays so. */
static bool may_spare(const GrMasks *m)
{
    size_t spare = (m->n_spare + 1) * work_row_bytes(m);
    return spare <= m->env.used / SPARE_SHARE &&
           spare <= m->env.max_memory / SPARE_LIMIT;
}

static void drop_spare(GrMasks *m, Wanted *x)
{
    if (x->row == NULL) return;
    gr_free(&m->env, x->row, work_row_bytes(m));
    x->row = NULL;
    m->n_spare--;
}

static uint32_t find_wanted(const GrMasks *m, uint32_t base)
{
    uint32_t i = 0;
    while (i < m->n_wanted && m->wanted[i].base != base) i++;
    return i;
}

/* The base in place `at`, before those that are older, or where another work
 * space has put it before that; the last one makes room for it.  Under the
 * lock. */
static Wanted *want_base(GrMasks *m, uint32_t base, uint32_t at)
{
    uint32_t i = find_wanted(m, base);
    if (at > i) at = i;
    if (i == N_HELD) drop_spare(m, &m->wanted[--i]);
    Wanted one = {.base = base};
    if (i == m->n_wanted)
        m->n_wanted++;
    else
        one.row = m->wanted[i].row;
    memmove(&m->wanted[at + 1], &m->wanted[at], (i - at) * sizeof one);
    m->wanted[at] = one;
    return &m->wanted[at];
}

/* A work space had no use for a row of this base: NULL where some others had
 * none, and it is not wanted any more.  Under the lock. */
static Wanted *idle_base(GrMasks *m, uint32_t base)
{
    uint32_t i = find_wanted(m, base);
    if (i == m->n_wanted) return NULL;
    if (++m->wanted[i].idle < IDLE_MOST) return &m->wanted[i];
    drop_spare(m, &m->wanted[i]);
    m->n_wanted--;
    memmove(&m->wanted[i], &m->wanted[i + 1],
            (m->n_wanted - i) * sizeof *m->wanted);
    return NULL;
}

/* The row of w, which is its base.  An empty one is made as fast as copied, and
 * every work space has one. */
static void leave_row(GrWork *w, bool used, uint32_t *at)
{
    GrMasks *m = w->m;
    uint32_t base = w->held_base;
    if (base == BASE_NONE || base == BASE_EMPTY || *at == N_HELD) return;
    pthread_mutex_lock(&m->lock);
    Wanted *x = used ? want_base(m, base, (*at)++) : idle_base(m, base);
    if (x != NULL && x->row == NULL && may_spare(m) &&
        gr_env_pass(w->env, &m->env, work_row_bytes(m))) {
        x->row = w->row;
        w->row = NULL;
        m->n_spare++;
    }
    pthread_mutex_unlock(&m->lock);
}

static Held *latest_row(GrWork *w)
{
    Held *latest = NULL;
    for (uint32_t i = 0; i < w->n_other; i++)
        if (latest == NULL || w->other[i].turn > latest->turn)
            latest = &w->other[i];
    return latest;
}

/* The row at hand is the one that was asked for last, of those that are left;
 * it is NULL where none is.  Was it asked for at all? */
static bool take_latest(GrWork *w)
{
    Held *o = latest_row(w);
    w->row = NULL;
    if (o == NULL) return false;
    bool used = o->turn > 0;
    change_places(w, o);
    *o = w->other[--w->n_other];
    w->base[o - w->other] = w->base[w->n_other];
    return used;
}

/* From the one that was asked for last on. */
void gr_rows_return(GrWork *w)
{
    uint32_t at = 0;
    bool used = true;
    while (w->row != NULL) {
        if (w->held_base != BASE_NONE) take_back(w);
        leave_row(w, used, &at);
        if (w->row != NULL) gr_free(w->env, w->row, work_row_bytes(w->m));
        gr_vec_clear(w->env, &w->held);
        used = take_latest(w);
    }
}

/* The bases that are wanted, and their rows, of those that have one. */
static uint32_t take_wanted(GrWork *w, Wanted out[N_HELD])
{
    GrMasks *m = w->m;
    pthread_mutex_lock(&m->lock);
    uint32_t n = m->n_wanted;
    for (uint32_t i = 0; i < n; i++) {
        Wanted *x = &m->wanted[i];
        out[i] = (Wanted){.base = x->base};
        if (x->row == NULL || !gr_env_pass(&m->env, w->env, work_row_bytes(m)))
            continue;
        out[i].row = x->row;
        x->row = NULL;
        m->n_spare--;
    }
    pthread_mutex_unlock(&m->lock);
    return n;
}

/* Many work spaces at a time share masks that are rows (store.c), and make rows
 * of their own where they come to need them.  No memory: nothing is missing. */
void gr_rows_borrow(GrWork *w)
{
    Wanted wanted[N_HELD];
    uint32_t n = take_wanted(w, wanted);
    gram_error *error = w->env->error;
    w->env->error = NULL;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *row = wanted[i].row;
        if (row == NULL && gr_works_are_few(w->m)) {
            row = raw_row(w);
            if (row != NULL) fill_row(w->m, row, wanted[i].base);
        }
        if (row != NULL) put_aside(w, row, wanted[i].base);
    }
    w->env->error = error;
}

void gr_rows_clear(GrMasks *m)
{
    for (uint32_t i = 0; i < m->n_wanted; i++) drop_spare(m, &m->wanted[i]);
}

/* --- making and showing masks --------------------------------------------- */

/* Nothing is copied where the row is a patch of this base already: its toggles
 * are taken back. */
gram_status gr_row_load_base(GrWork *w, uint32_t base)
{
    const Base *b = base_at(w->m, base);
    take_row(w, base);
    if (w->held_base == base)
        take_back(w);
    else
        fill_row(w->m, w->row, base);
    w->held_base = base;
    w->held_mask = 0;
    w->held.n = 0;
    w->sum = b->sum;
    w->n = b->n;
    w->shown = w->loose = false;
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

/* What is to be changed has a list. */
static gram_status list_toggles(GrWork *w, const Mask *k)
{
    GR_TRY(gr_vec_reserve(w->env, &w->held, k->n_ids));
    const uint32_t *ids = array_at(&w->m->ids, k->ids, k->n_ids);
    if (k->n_ids > 0) memcpy(w->held.at, ids, k->n_ids * sizeof *ids);
    w->held.n = k->n_ids;
    w->shown = false;
    return GRAM_OK;
}

/* Make the row at hand a mask that is a patch, but for the list. */
static gram_status put_on(GrWork *w, uint32_t id, const Mask *k)
{
    if (w->held_base == k->base)
        take_back(w);
    else
        GR_TRY(gr_row_load_base(w, k->base));
    w->on = patch_of(w->m, k);
    toggle(w->row, w->on.ids, w->on.n);
    w->held.n = 0;
    w->sum = k->sum;
    w->n = k->n;
    w->held_mask = id;
    w->shown = true;
    return GRAM_OK;
}

/* A mask that has a row of its own is none of a base: nothing can be taken
 * back, and the next one is copied as a whole. */
gram_status gr_row_load(GrWork *w, uint32_t id)
{
    const Mask *k = mask_at(w->m, id);
    Held *o = w->held_mask != id ? row_of_mask(w, id) : NULL;
    if (o != NULL) change_places(w, o);
    if (w->held_mask == id && !w->shown) return GRAM_OK;
    if (k->base != BASE_NONE) {
        if (w->held_mask != id) GR_TRY(put_on(w, id, k));
        return list_toggles(w, k);
    }
    memcpy(w->row, k->row, row_bytes(w->m));
    w->held_base = BASE_NONE;
    w->held.n = 0;
    w->sum = k->sum;
    w->n = k->n;
    w->shown = w->loose = false;
    w->held_mask = id;
    return GRAM_OK;
}

/* The same of a row that was put aside, where it stays. */
static void put_on_other(GrWork *w, Held *o, uint32_t id, const Mask *k)
{
    if (o->shown)
        toggle(o->row, o->on.ids, o->on.n);
    else
        toggle(o->row, o->ids.at, o->ids.n);
    o->on = patch_of(w->m, k);
    toggle(o->row, o->on.ids, o->on.n);
    o->mask = id;
    o->shown = true;
}

gram_status gr_row_show(GrWork *w, uint32_t id, const Mask *k,
                        const uint32_t **row)
{
    Held *o = w->held_base != k->base ? row_of_base(w, k->base) : NULL;
    if (o == NULL) {
        GR_TRY(put_on(w, id, k));
        *row = w->row;
        return GRAM_OK;
    }
    if (o->mask != id) put_on_other(w, o, id, k);
    o->turn = ++w->turn;
    *row = o->row;
    return GRAM_OK;
}

void gr_row_settle(GrWork *w)
{
    Base b = {.row = w->row};
    if (!w->loose) return;
    gr_base_sum(w->m->tables->kernels, &b, w->m->v->mask_words);
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
