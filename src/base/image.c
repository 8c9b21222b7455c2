/* Writing tables as they lie and reading them in place: image.h.
 *
 * Cost: writing is a copy; reading is proportional to the last chunk of each
 * store.  The byte order and the layout of structs are those of the machine;
 * the file's head tells them apart.
 *
 * The hard part is that the reader trusts nothing: every length in the bytes is
 * compared with what is left before it is used, in numbers that cannot
 * overflow, and whatever does not fit sets `bad` and yields nothing.  A reader
 * whose image is bad goes on taking nothing, so that callers need one check. */
#include "base/image.h"

enum { ALIGN = 8 };

/* Both are 8 bytes, so that what follows a head is aligned without padding.
 * `elem` is there to be compared: a store of other elements is refused. */
typedef struct StoreHead {
    uint32_t n, elem;
} StoreHead;

typedef struct TableHead {
    uint32_t cap, n;
} TableHead;

static size_t padded(size_t n)
{
    return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* --- writing -------------------------------------------------------------- */

/* The image's length stays below 2^32, as offsets in files are. */
gram_status gr_image_put(GrEnv *env, GrText *t, const void *p, size_t n)
{
    static const char zeros[ALIGN] = {0};
    if (n > UINT32_MAX - ALIGN || t->n > UINT32_MAX - ALIGN - (uint32_t)n)
        return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a compiled grammar of more than 4 GiB");
    GR_TRY(gr_text_put(env, t, p, n));
    return gr_text_put(env, t, zeros, padded(n) - n);
}

gram_status gr_image_put_words(GrEnv *env, GrText *t, const uint32_t *w,
                               uint32_t n)
{
    TableHead head = {n, n};
    GR_TRY(gr_image_put(env, t, &head, sizeof head));
    return gr_image_put(env, t, w, (size_t)n * sizeof *w);
}

/* Elements of chunk k that are in use when n are.  Chunk k has room for 8 << k
 * of them and begins at (8 << k) - 8.  Those that were skipped (gr_store_add)
 * count as used: they lie in the file too, so that the places of all others
 * are the same when it is read. */
static uint32_t chunk_used(uint32_t n, int k)
{
    uint64_t first = ((uint64_t)1 << (GR_STORE_FIRST_LOG + k)) -
                     (1u << GR_STORE_FIRST_LOG);
    uint64_t size = (uint64_t)1 << (GR_STORE_FIRST_LOG + k);
    if (n <= first) return 0;
    return (uint32_t)(n - first < size ? n - first : size);
}

gram_status gr_image_put_store(GrEnv *env, GrText *t, const GrStore *s)
{
    StoreHead head = {s->n, s->elem};
    GR_TRY(gr_image_put(env, t, &head, sizeof head));
    for (int k = 0; k < GR_STORE_CHUNKS && chunk_used(s->n, k) > 0; k++) {
        size_t n = (size_t)chunk_used(s->n, k) * s->elem;
        static const char zeros[ALIGN] = {0};
        if (s->chunk[k] != NULL) {
            GR_TRY(gr_image_put(env, t, s->chunk[k], n));
            continue;
        }
        /* skipped as a whole: an array did not fit */
        for (size_t i = 0; i < padded(n); i += ALIGN)
            GR_TRY(gr_text_put(env, t, zeros, ALIGN));
    }
    return GRAM_OK;
}

gram_status gr_image_put_map(GrEnv *env, GrText *t, const GrMap *m)
{
    TableHead head = {m->cap, m->n};
    GR_TRY(gr_image_put(env, t, &head, sizeof head));
    return gr_image_put(env, t, m->slot, (size_t)m->cap * sizeof *m->slot);
}

gram_status gr_image_put_intern(GrEnv *env, GrText *t, const GrIntern *i)
{
    static const GrStore no_words = {.elem = sizeof(uint32_t)};
    TableHead head = {i->table_cap, i->n};
    StoreHead spans = {i->n, sizeof *i->spans};
    GR_TRY(gr_image_put_store(env, t, i->words ? i->words : &no_words));
    GR_TRY(gr_image_put(env, t, &spans, sizeof spans));
    GR_TRY(gr_image_put(env, t, i->spans, (size_t)i->n * sizeof *i->spans));
    GR_TRY(gr_image_put(env, t, &head, sizeof head));
    return gr_image_put(env, t, i->table,
                        (size_t)i->table_cap * sizeof *i->table);
}

/* --- reading -------------------------------------------------------------- */

/* n <= len is asked first: padded(n) of a length near SIZE_MAX would wrap. */
void *gr_image_take(GrImage *img, size_t n)
{
    if (img->bad || n > img->len || padded(n) > img->len - img->at) {
        img->bad = true;
        return NULL;
    }
    void *p = img->p + img->at;
    img->at += padded(n);
    return p;
}

/* Where the words do not lie in the image *n may be anything; NULL comes with
 * `bad`, which callers look at before they use either. */
const uint32_t *gr_image_take_words(GrImage *img, uint32_t *n)
{
    const TableHead *head = gr_image_take(img, sizeof *head);
    *n = head != NULL ? head->n : 0;
    return gr_image_take(img, (size_t)*n * sizeof(uint32_t));
}

/* The last chunk has to grow: a copy of full size.  The rest of it is made zero
 * when it is needed (gr_store_grow). */
static gram_status copy_chunk(GrEnv *env, GrStore *s, int k, const void *from,
                              uint32_t used)
{
    size_t n = (size_t)1 << (GR_STORE_FIRST_LOG + k);
    s->chunk[k] = gr_resize(env, NULL, 0, n * s->elem);
    if (s->chunk[k] == NULL) return GRAM_E_MEMORY;
    memcpy(s->chunk[k], from, (size_t)used * s->elem);
    return GRAM_OK;
}

/* n * elem is compared with the image's length before the first chunk is looked
 * at, so that a forged count costs no loop and no allocation.  s->n grows with
 * the chunks that are there: whatever happens, the store can be cleared. */
gram_status gr_image_take_store(GrEnv *env, GrImage *img, GrStore *s)
{
    const StoreHead *head = gr_image_take(img, sizeof *head);
    if (head == NULL || head->elem != s->elem ||
        (uint64_t)head->n * s->elem > img->len) {
        img->bad = true;
        return GRAM_OK;
    }
    for (int k = 0; k < GR_STORE_CHUNKS; k++) {
        uint32_t used = chunk_used(head->n, k);
        if (used == 0) break;
        void *p = gr_image_take(img, (size_t)used * s->elem);
        if (p == NULL) return GRAM_OK;
        /* full: nothing is ever appended to it, so it stays in the image */
        if (used == 1u << (GR_STORE_FIRST_LOG + k))
            s->chunk[k] = p;
        else
            GR_TRY(copy_chunk(env, s, k, p, used));
        s->n += used;
        s->ready = s->n;
    }
    return GRAM_OK;
}

static bool is_power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* A table of `cap` places with n in use, in place; NULL where it is none.  A
 * search takes hash & (cap - 1) and ends at a free place: so a power of two,
 * and not more in use than gr_table_full leaves.  Whether that many slots are
 * really in use is what gr_image_*_is_valid counts. */
static void *take_table(GrImage *img, size_t elem, uint32_t *cap, uint32_t *n)
{
    const TableHead *head = gr_image_take(img, sizeof *head);
    *cap = *n = 0;
    if (head == NULL || head->cap == 0) {
        img->bad |= head != NULL && head->n != 0;
        return NULL;
    }
    img->bad |= !is_power_of_two(head->cap) ||
                head->n > gr_table_full(head->cap);
    void *p = gr_image_take(img, (size_t)head->cap * elem);
    if (p == NULL) return NULL;
    *cap = head->cap;
    *n = head->n;
    return p;
}

/* Never fails; a status to be like the others. */
gram_status gr_image_take_map(GrImage *img, GrMap *m)
{
    m->slot = take_table(img, sizeof *m->slot, &m->cap, &m->n);
    return GRAM_OK;
}

/* There is a span for each key. */
static GrInternSpan *take_spans(GrImage *img, uint32_t *n)
{
    const StoreHead *head = gr_image_take(img, sizeof *head);
    if (head != NULL && head->elem != sizeof(GrInternSpan)) img->bad = true;
    *n = head != NULL ? head->n : 0;
    return gr_image_take(img, (size_t)*n * sizeof(GrInternSpan));
}

gram_status gr_image_take_intern(GrEnv *env, GrImage *img, GrIntern *t)
{
    t->words = gr_zalloc(env, 1, sizeof *t->words);
    if (t->words == NULL) return GRAM_E_MEMORY;
    gr_store_init(t->words, sizeof(uint32_t));
    GR_TRY(gr_image_take_store(env, img, t->words));
    t->spans = take_spans(img, &t->room);
    t->table = take_table(img, sizeof *t->table, &t->table_cap, &t->n);
    img->bad |= t->room != t->n;
    return GRAM_OK;
}

/* --- checking ------------------------------------------------------------- */

/* Cost: the whole table, so for files that are not trusted only.  With as many
 * places in use as there are keys, at most three quarters, some place is free.
 */
bool gr_image_intern_is_valid(const GrIntern *t)
{
    uint32_t used = 0;
    for (uint32_t id = 0; id < t->n; id++) {
        const GrInternSpan *s = &t->spans[id];
        if (s->n != 0 && !gr_store_holds(t->words, s->start, s->n))
            return false;
    }
    for (uint32_t i = 0; i < t->table_cap; i++) {
        uint32_t id = (uint32_t)t->table[i];
        if (id > t->n || (id == 0 && t->table[i] != 0)) return false;
        used += id != 0;
    }
    return used == t->n;
}

bool gr_image_map_is_valid(const GrMap *m)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < m->cap; i++) used += m->slot[i].used != 0;
    return used == m->n;
}
