/* The classes that a grammar uses, by index, and the rests that it asked for.
 *
 * In: the ranges of a loop, or an index.  Out: the class, built when it is
 * first needed, and what tokens have behind its characters.  The first
 * indices are the vocabulary's own classes, in every grammar. */
#include "mask/mask_int.h"

/* --- classes -------------------------------------------------------------- */

/* Rows and rests of such a class are the vocabulary's: a grammar only has the
 * numbers by which it names them. */
void gr_class_set(ClassRef *r, const GrTables *t, uint32_t index)
{
    Class *c = gr_table_class(t, index);
    r->all = t->all[index];
    for (uint32_t i = 0; i < c->n_few; i++)
        atomic_store(&r->few[c->first_few + i], t->few[index] + i);
    atomic_store(&r->cls, c);
    atomic_store(&r->counted, c->chars_at != NULL);
}

/* The class gets the next index; it is r's from then on. */
static gram_status add_class(GrMasks *m, ClassRef from, uint32_t *index)
{
    ClassRef *r = gr_zalloc(&m->env, 1, sizeof *r);
    if (r == NULL) return GRAM_E_MEMORY;
    gram_status status = gr_store_add(&m->env, &m->classes, 1, index);
    if (status != GRAM_OK) {
        gr_free(&m->env, r, sizeof *r);
        return status;
    }
    *r = from;
    *(ClassRef **)gr_store_at(&m->classes, *index) = r;
    return GRAM_OK;
}

/* Known by its ranges, until a mask needs more: most loops that are asked about
 * are of states in a zone, whose masks come from the plain class. */
static gram_status note_class(GrMasks *m, const GrLoop *loop, uint32_t *index)
{
    ClassRef r = {.all = 0};
    uint32_t *ranges =
        gr_arena_take(&m->env, &m->rests, (size_t)loop->n * 4 * sizeof *ranges);
    if (ranges == NULL) return GRAM_E_MEMORY;
    r.n_ranges = gr_class_ranges(loop->ranges, loop->n, ranges);
    r.ranges = ranges;
    return add_class(m, r, index);
}

/* A class that is not built yet is known by its ranges. */
static bool is_class(const ClassRef *r, const GrLoop *loop)
{
    const Class *c = atomic_load(&r->cls);
    return gr_class_is(c ? c->ranges : r->ranges, c ? c->n : r->n_ranges,
                       loop->ranges, loop->n);
}

/* Under the lock. */
static gram_status add_tables(GrMasks *m)
{
    uint32_t index;
    while (m->classes.n < CLASS_OWN) {
        ClassRef r = {.all = 0};
        gr_class_set(&r, m->tables, m->classes.n);
        GR_TRY(add_class(m, r, &index));
    }
    return GRAM_OK;
}

static gram_status get_class(GrMasks *m, const GrLoop *loop, uint32_t *index)
{
    GR_TRY(add_tables(m));
    uint32_t n = m->classes.n;
    for (*index = 1; *index < n; ++*index)
        if (is_class(class_at(m, *index), loop)) return GRAM_OK;
    return note_class(m, loop, index);
}

/* Its row becomes a base of the grammar's masks, which are patches of it,
 * unless it came with a file, which has the row.  Under the lock. */
static gram_status build(GrMasks *m, ClassRef *r)
{
    Class *c = NULL;
    gram_status status = GRAM_OK;
    if (atomic_load(&r->cls) != NULL) return GRAM_OK;
    c = gr_common_find(m->tables, r->ranges, r->n_ranges);
    if (c == NULL)
        GR_TRY(gr_class_build(&m->env, m->tables, NULL, r->ranges, r->n_ranges,
                              &c));
    if (r->all == 0) status = gr_base_add(m, c->all, &r->all);
    atomic_store(&r->counted, c->common);
    if (status == GRAM_OK)
        atomic_store_explicit(&r->cls, c, memory_order_release);
    else if (!c->common)
        gr_class_free(&m->env, c);
    return status;
}

/* Built when it is first needed. */
gram_status gr_class_ref(GrMasks *m, uint32_t index, ClassRef **out)
{
    *out = class_at(m, index);
    if (GR_LIKELY(atomic_load_explicit(&(*out)->cls, memory_order_acquire) !=
                  NULL))
        return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    gram_status status = build(m, *out);
    pthread_mutex_unlock(&m->lock);
    return status;
}

/* Few classes occur in one grammar (some dozens at most), so they are compared
 * one by one. */
gram_status gr_class_of(GrMasks *m, const GrLoop *loop, uint32_t *index)
{
    pthread_mutex_lock(&m->lock);
    gram_status status = get_class(m, loop, index);
    pthread_mutex_unlock(&m->lock);
    if (status != GRAM_OK) *index = 0; /* no room for the class: walk */
    return GRAM_OK;
}

gram_status gr_table_classes(GrMasks *m, bool *there)
{
    pthread_mutex_lock(&m->lock);
    *there = add_tables(m) == GRAM_OK;
    pthread_mutex_unlock(&m->lock);
    return GRAM_OK;
}

/* --- rests ---------------------------------------------------------------- */

/* Of the class itself, or made before; or NULL. */
const Rests *gr_rests_known(const ClassRef *ref, uint8_t byte)
{
    static const Rests none;
    const Class *c = ref->cls;
    if (byte < 128 && gr_bit_get(c->ascii, byte)) return &none;
    if (gr_bit_get(c->complete, byte))
        return c->rests[byte].n ? &c->rests[byte] : &none;
    const RestsPage *page =
        atomic_load_explicit(&ref->page[byte >> 4], memory_order_acquire);
    if (page == NULL) return NULL;
    return atomic_load_explicit(&page->of[byte & 15], memory_order_acquire);
}

/* Under the lock. */
static gram_status get_page(GrMasks *m, ClassRef *ref, uint8_t byte,
                            RestsPage **out)
{
    *out = atomic_load(&ref->page[byte >> 4]);
    if (*out != NULL) return GRAM_OK;
    *out = gr_arena_take(&m->env, &m->rests, sizeof **out);
    if (*out == NULL) return GRAM_E_MEMORY;
    memset(*out, 0, sizeof **out);
    atomic_store_explicit(&ref->page[byte >> 4], *out, memory_order_release);
    return GRAM_OK;
}

/* Under the lock. */
static gram_status build_rests(GrMasks *m, ClassRef *ref, uint8_t byte,
                               const Rests **out)
{
    RestsPage *page;
    *out = gr_rests_known(ref, byte);
    if (*out != NULL) return GRAM_OK;
    GR_TRY(get_page(m, ref, byte, &page));
    Rests *r = gr_arena_take(&m->env, &m->rests, sizeof *r);
    if (r == NULL) return GRAM_E_MEMORY;
    GR_TRY(gr_rests_build(&m->env, &m->rests, m->tables, ref->cls, byte,
                          &ref->sweep, r));
    atomic_store_explicit(&page->of[byte & 15], r, memory_order_release);
    *out = r;
    return GRAM_OK;
}

gram_status gr_rests_of(GrWork *w, uint32_t cls, uint8_t byte,
                        const Rests **out)
{
    GrMasks *m = w->m;
    ClassRef *ref;
    GR_TRY(gr_class_ref(m, cls, &ref));
    *out = gr_rests_known(ref, byte);
    if (*out != NULL) return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    gram_status status = build_rests(m, ref, byte, out);
    pthread_mutex_unlock(&m->lock);
    return status;
}

enum { EXPECT_LEAST = 3 }; /* bytes; fewer are looked for one by one */

gram_status gr_rests_expect(GrWork *w, uint32_t cls, const uint32_t bytes[8])
{
    GrMasks *m = w->m;
    ClassRef *r;
    uint32_t left[8] = {0};
    if (gr_bit_count(bytes, 8) < EXPECT_LEAST) return GRAM_OK;
    GR_TRY(gr_class_ref(m, cls, &r));
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b) && gr_rests_known(r, (uint8_t)b) == NULL)
            gr_bit_set(left, b);
    if (gr_bit_count(left, 8) < EXPECT_LEAST) return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    gr_sweep_expect(m->tables, r->cls, left, &r->sweep);
    pthread_mutex_unlock(&m->lock);
    return GRAM_OK;
}

/* A token among rests is split, sorted and put into a trie; that is to be paid
 * once for a class, a walk for each mask.  A loop has many masks, so that it
 * may take a share of its tokens, too; of a chain's, each has other rests.
 * Exits by a letter are among tenfold as many tokens that have it, and the
 * class without it is none that comes with the vocabulary. */
enum {
    DEAR_EXITS = 4096,
    DEAR_LETTERS = 512,
    DEAR_SHARE = 2,
    MANY_EXITS = 2048
};

void gr_class_ascii(const ClassRef *r, uint32_t ascii[4])
{
    const Class *c = atomic_load_explicit(&r->cls, memory_order_acquire);
    memset(ascii, 0, 4 * sizeof *ascii);
    if (c != NULL) memcpy(ascii, c->ascii, sizeof c->ascii);
    for (uint32_t i = 0; c == NULL && i < 2 * r->n_ranges; i += 2)
        for (uint32_t b = r->ranges[i]; b < 128 && b <= r->ranges[i + 1]; b++)
            gr_bit_set(ascii, b);
}

/* Nodes of tokens that begin with a character of the class. */
static uint64_t begun_of(const ClassRef *r, const GrVocab *v)
{
    const Class *c = atomic_load_explicit(&r->cls, memory_order_acquire);
    const uint32_t *ranges = c ? c->ranges : r->ranges;
    uint32_t ascii[4], n = c ? c->n : r->n_ranges;
    gr_class_ascii(r, ascii);
    return gr_begun(v, ascii, n > 0 && ranges[2 * n - 1] >= 128);
}

/* Has the class its rests with this byte, or the plain class those that they
 * are made of?  Not known before it is built. */
static bool has_rests(const GrTables *t, const ClassRef *r, uint8_t byte)
{
    const Class *c = atomic_load_explicit(&r->cls, memory_order_acquire);
    return c != NULL && (gr_rests_known(r, byte) != NULL ||
                         (c->part && gr_class_same(c, t->plain, byte)));
}

/* By these bytes, of which the class has no rests yet; `tokens` are in it.  Of
 * ASCII it lacks letters, which are in so many tokens that walks are soon
 * faster, or marks; beyond, what is counted is mostly of other characters. */
static bool are_dear(const GrTables *t, const ClassRef *r,
                     const uint32_t bytes[8], uint64_t begun, uint64_t tokens)
{
    uint64_t n = 0, ascii = 0, letters = 0, nodes = t->v->n_nodes + 1ull;
    for (uint32_t b = 0; b < 256; b++) {
        if (b == 128) ascii = n;
        if (!gr_bit_get(bytes, b) || (b < 128 && !gr_class_has(t->plain, b)) ||
            has_rests(t, r, (uint8_t)b))
            continue;
        n += t->inner[b];
        if (is_letter(b)) letters += t->inner[b];
    }
    n = n * begun / nodes;
    if (n > begun / 2) n = begun / 2;
    return n > tokens / DEAR_SHARE + DEAR_EXITS ||
           ascii * begun / nodes > DEAR_EXITS ||
           letters * begun / nodes > DEAR_LETTERS;
}

/* A class that lacks letters takes a millisecond to be built: not where it
 * has too many exits anyway, be there a token for every other node. */
gram_status gr_exits_are_dear(GrWork *w, uint32_t cls, const uint32_t bytes[8],
                              bool loop, bool *dear)
{
    const GrTables *t = w->m->tables;
    ClassRef *r = class_at(w->m, cls);
    uint64_t begun = begun_of(r, t->v);
    *dear = w->m->flags & GR_MASK_NO_EXITS;
    if (atomic_load_explicit(&r->cls, memory_order_acquire) == NULL &&
        gr_common_find(t, r->ranges, r->n_ranges) == NULL)
        *dear = *dear || are_dear(t, r, bytes, begun, loop ? begun / 2 : 0);
    if (*dear) return GRAM_OK;
    GR_TRY(gr_class_ref(w->m, cls, &r));
    *dear = are_dear(t, r, bytes, begun, loop ? r->cls->all.n : 0);
    return GRAM_OK;
}

/* Each of them is looked for, split, sorted and put into a trie; those by bytes
 * that the tables list need no looking for, and are few. */
bool gr_exits_are_many(const GrWork *w, uint32_t cls)
{
    const GrTables *t = w->m->tables;
    const ClassRef *r = class_at(w->m, cls);
    uint32_t ascii[4];
    uint64_t n = 0;
    gr_class_ascii(r, ascii);
    for (uint32_t b = ' '; b < 128; b++)
        if (gr_class_has(t->plain, b) && !gr_bit_get(ascii, b) &&
            gr_bit_get(t->first_inner.often, b) && !has_rests(t, r, (uint8_t)b))
            n += t->inner[b];
    return n > MANY_EXITS || w->m->flags & GR_MASK_NO_EXITS;
}

/* Lengths are counted when the first loop that counts asks for them: most do
 * not.  Once only: who found them counted reads them without the lock. */
gram_status gr_count_class(GrMasks *m, ClassRef *r)
{
    if (atomic_load_explicit(&r->counted, memory_order_acquire)) return GRAM_OK;
    pthread_mutex_lock(&m->lock);
    gram_status status = GRAM_OK;
    if (!atomic_load_explicit(&r->counted, memory_order_relaxed))
        status = gr_class_count(&m->env, m->v, m->tables->plain, r->cls);
    if (status == GRAM_OK)
        atomic_store_explicit(&r->counted, true, memory_order_release);
    pthread_mutex_unlock(&m->lock);
    return status;
}

/* A mark may come from a file that was not checked against these rests. */
gram_status gr_mark_rests(GrWork *w, const Mark *mark, const Rests **out)
{
    GR_TRY(gr_rests_of(w, mark->cls, mark->byte, out));
    if (GR_LIKELY(mark->node < (*out)->n_nodes)) return GRAM_OK;
    return gr_fail(w->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                   "a place that the vocabulary does not have");
}
