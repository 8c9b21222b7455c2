/* The memo and its masks as bytes, and back.
 *
 *     MasksHead | masks | rows | bases | classes | stores | maps
 *
 * Masks, bases and classes hold pointers, so they are written as records of
 * numbers and made again; everything else lies as it is.  Rows and classes of
 * the vocabulary are not in the file: its tables have them.  Of other classes
 * the file has the rows and the ranges; the class itself, with the rests of
 * all tokens, is built when a mask that is not in the file first needs it.
 *
 * Invariant of a checked load: every index leads to something that exists, a
 * leaf asks only about levels that configurations at its node have, and
 * lists get shorter, so that no search runs in a circle. */
#include "mask/mask_int.h"

typedef struct MasksHead {
    uint32_t mask_words, n_masks, n_bases, n_classes;
    uint32_t n_rows, leaf_size, mark_size, table_bases;
} MasksHead;

/* A mask is a row of its own, or a base and the ids in which it differs. */
typedef struct MaskRecord {
    uint64_t sum;
    uint32_t n, base, ids, n_ids, same_sum;
    uint32_t row; /* + 1; 0: none */
} MaskRecord;

typedef struct BaseRecord {
    uint64_t sum;
    uint32_t n;
    uint32_t row; /* + 1 */
} BaseRecord;

typedef struct ClassRecord {
    uint32_t all, few[LENGTH_ROWS]; /* of those of the vocabulary: 0 */
} ClassRecord;

/* --- writing -------------------------------------------------------------- */

/* Rows are gathered apart and put last: where they begin is known then, and
 * records before them have one size. */
typedef struct Writer {
    GrMasks *m;
    GrEnv *env;
    GrText *image;
    GrText rows;
    uint32_t n_rows;
} Writer;

/* Numbers begin at 1, as a record says "none" by 0. */
static gram_status put_row(Writer *w, const uint32_t *row, uint32_t *at)
{
    size_t bytes = (size_t)w->m->v->mask_words * sizeof *row;
    *at = 0;
    if (row == NULL) return GRAM_OK;
    *at = ++w->n_rows;
    return gr_image_put(w->env, &w->rows, row, bytes);
}

static gram_status put_masks(Writer *w)
{
    for (uint32_t i = 0; i < w->m->masks.n; i++) {
        const Mask *k = mask_at(w->m, i);
        MaskRecord r = {k->sum,   k->n,        k->base, k->ids,
                        k->n_ids, k->same_sum, 0};
        /* other rows are copies that use has made */
        if (k->base == BASE_NONE)
            GR_TRY(put_row(w, atomic_load(&k->row), &r.row));
        GR_TRY(gr_image_put(w->env, w->image, &r, sizeof r));
    }
    return GRAM_OK;
}

/* Those made here; the tables of the vocabulary come first in numbers and are
 * not in the file. */
static gram_status put_bases(Writer *w)
{
    for (uint32_t i = 0; i < w->m->bases.n; i++) {
        const Base *b = gr_store_at(&w->m->bases, i);
        BaseRecord r = {b->sum, b->n, 0};
        GR_TRY(put_row(w, b->row, &r.row));
        GR_TRY(gr_image_put(w->env, w->image, &r, sizeof r));
    }
    return GRAM_OK;
}

/* A class that was loaded and never used has its ranges only: they are passed
 * on. */
static gram_status put_classes(Writer *w)
{
    for (uint32_t i = 1; i < w->m->classes.n; i++) {
        const ClassRef *c = class_at(w->m, i);
        bool own = i >= CLASS_OWN;
        ClassRecord r = {.all = own ? c->all : 0};
        for (uint32_t k = 0; k < LENGTH_ROWS && own; k++)
            r.few[k] = atomic_load(&c->few[k]);
        GR_TRY(gr_image_put(w->env, w->image, &r, sizeof r));
        const Class *cls = atomic_load(&c->cls);
        uint32_t n = cls ? cls->n : c->n_ranges;
        GR_TRY(gr_image_put_words(
            w->env, w->image, cls ? cls->ranges : c->ranges, own ? 2 * n : 0));
    }
    return GRAM_OK;
}

/* Surveys are made again where they are needed. */
static void forget_surveys(GrMasks *m)
{
    for (uint32_t i = 0; i < m->leaves.n; i++) {
        const Leaf *l = leaf_at(m, i);
        Mark *mark = l->n_marks ? gr_store_at(&m->marks, l->marks) : NULL;
        for (uint32_t k = 0; k < l->n_marks; k++)
            atomic_store(&mark[k].survey, 0);
    }
}

/* In the order in which take_all reads them. */
static gram_status put_all(Writer *w)
{
    GrMasks *m = w->m;
    const GrStore *stores[] = {&m->ids,   &m->leaves, &m->boxes,
                               &m->asked, &m->marks,  &m->over,
                               &m->nodes, &m->roots,  &m->groups};
    forget_surveys(m);
    GR_TRY(put_masks(w));
    GR_TRY(put_bases(w));
    GR_TRY(put_classes(w));
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        GR_TRY(gr_image_put_store(w->env, w->image, stores[i]));
    GR_TRY(gr_image_put_map(w->env, w->image, &m->by_sum));
    GR_TRY(gr_image_put_map(w->env, w->image, &m->children));
    GR_TRY(gr_image_put_map(w->env, w->image, &m->rest_roots));
    return gr_image_put(w->env, w->image, w->rows.at, w->rows.n);
}

/* The head is written first and completed at the end, when the rows have been
 * counted. */
gram_status gr_masks_save(GrMasks *m, GrEnv *env, GrText *image)
{
    Writer w = {.m = m, .env = env, .image = image};
    MasksHead head = {
        m->v->mask_words, m->masks.n,   m->bases.n,        m->classes.n, 0,
        sizeof(Leaf),     sizeof(Mark), m->tables->n_bases};
    uint32_t at = image->n;
    gram_status status = gr_image_put(env, image, &head, sizeof head);
    if (status == GRAM_OK) status = put_all(&w);
    if (status == GRAM_OK)
        memcpy(image->at + at + offsetof(MasksHead, n_rows), &w.n_rows,
               sizeof w.n_rows);
    gr_vec_clear(env, &w.rows);
    return status;
}

/* --- reading -------------------------------------------------------------- */

/* What a fresh GrMasks has is among what is read. */
static void clear_zeroth(GrMasks *m)
{
    GrStore *stores[] = {&m->masks, &m->nodes};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        gr_store_clear(&m->env, stores[i]);
}

typedef struct Reader {
    GrMasks *m;
    GrImage *img;
    const MasksHead *head;
    const MaskRecord *mask;
    const BaseRecord *base;
    char *rows;
} Reader;

/* Rows are padded to eight bytes, as the image pads each part; NULL where there
 * is none of that number. */
static uint32_t *row_at(const Reader *r, uint32_t row)
{
    size_t bytes = (size_t)r->head->mask_words * sizeof(uint32_t);
    size_t padded = (bytes + 7) & ~(size_t)7;
    if (row == 0 || row > r->head->n_rows) return NULL;
    return (uint32_t *)(void *)(r->rows + (row - 1) * padded);
}

/* A mask without a base must have a row, or there would be nothing to show. */
static gram_status make_masks(Reader *r)
{
    GrMasks *m = r->m;
    uint32_t at;
    for (uint32_t i = 0; i < r->head->n_masks; i++) {
        const MaskRecord *from = &r->mask[i];
        GR_TRY(gr_store_add(&m->env, &m->masks, 1, &at));
        Mask *k = mask_at(m, at);
        k->sum = from->sum, k->n = from->n, k->base = from->base;
        k->ids = from->ids, k->n_ids = from->n_ids;
        k->same_sum = from->same_sum;
        atomic_store(&k->row, row_at(r, from->row));
        r->img->bad |= k->base == BASE_NONE && from->row == 0;
    }
    return GRAM_OK;
}

static gram_status make_bases(Reader *r)
{
    for (uint32_t i = 0; i < r->head->n_bases; i++) {
        const BaseRecord *from = &r->base[i];
        Base b = {.row = row_at(r, from->row), .sum = from->sum, .n = from->n};
        uint32_t at;
        GR_TRY(gr_base_add(r->m, b, &at));
    }
    return GRAM_OK;
}

/* The ranges stay in the file.  A class of the vocabulary is its tables'; any
 * other is built when it is first needed. */
static gram_status make_class(Reader *r, uint32_t i)
{
    GrMasks *m = r->m;
    uint32_t at, n;
    const ClassRecord *from = gr_image_take(r->img, sizeof *from);
    const uint32_t *ranges = gr_image_take_words(r->img, &n);
    if (r->img->bad) return GRAM_OK;
    ClassRef *c = gr_zalloc(&m->env, 1, sizeof *c);
    if (c == NULL) return GRAM_E_MEMORY;
    gram_status status = gr_store_add(&m->env, &m->classes, 1, &at);
    if (status != GRAM_OK) {
        gr_free(&m->env, c, sizeof *c);
        return status;
    }
    *(ClassRef **)gr_store_at(&m->classes, at) = c;
    c->all = from->all;
    for (uint32_t k = 0; k < LENGTH_ROWS; k++)
        atomic_store(&c->few[k], from->few[k]);
    c->ranges = ranges;
    c->n_ranges = n / 2;
    if (i < CLASS_OWN) gr_class_set(c, m->tables, i);
    return GRAM_OK;
}

/* n_roots last: a reader of the memo looks at it before anything else. */
static gram_status take_stores(Reader *r)
{
    GrMasks *m = r->m;
    GrStore *stores[] = {&m->ids,  &m->leaves, &m->boxes, &m->asked, &m->marks,
                         &m->over, &m->nodes,  &m->roots, &m->groups};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        GR_TRY(gr_image_take_store(&m->env, r->img, stores[i]));
    GR_TRY(gr_image_take_map(r->img, &m->by_sum));
    GR_TRY(gr_image_take_map(r->img, &m->children));
    GR_TRY(gr_image_take_map(r->img, &m->rest_roots));
    atomic_store(&m->n_roots, m->roots.n);
    return GRAM_OK;
}

/* Records first, because rows come last. */
static gram_status take_all(Reader *r)
{
    GrImage *img = r->img;
    GrMasks *m = r->m;
    r->head = gr_image_take(img, sizeof *r->head);
    if (r->head == NULL) return GRAM_OK;
    img->bad |= r->head->mask_words != m->v->mask_words ||
                r->head->leaf_size != sizeof(Leaf) ||
                r->head->mark_size != sizeof(Mark) || r->head->n_masks == 0 ||
                r->head->table_bases != m->tables->n_bases ||
                r->head->n_classes == 0;
    r->mask = gr_image_take(img, (size_t)r->head->n_masks * sizeof *r->mask);
    r->base = gr_image_take(img, (size_t)r->head->n_bases * sizeof *r->base);
    size_t classes = img->at;
    for (uint32_t i = 1; i < r->head->n_classes && !img->bad; i++) {
        uint32_t n;
        gr_image_take(img, sizeof(ClassRecord));
        gr_image_take_words(img, &n);
    }
    GR_TRY(take_stores(r));
    size_t row = ((size_t)r->head->mask_words * 4 + 7) & ~(size_t)7;
    r->rows = gr_image_take(img, r->head->n_rows * row);
    if (img->bad) return GRAM_OK;
    GR_TRY(make_bases(r));
    GR_TRY(make_masks(r));
    img->at = classes;
    for (uint32_t i = 1; i < r->head->n_classes && !img->bad; i++)
        GR_TRY(make_class(r, i));
    return GRAM_OK;
}

/* --- checking ------------------------------------------------------------- */

static bool ids_are_valid(const GrStore *s, uint32_t first, uint32_t n,
                          uint32_t limit)
{
    if (!gr_store_holds(s, first, n)) return false;
    const uint32_t *ids = array_at(s, first, n);
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] >= limit) return false;
    return true;
}

/* Lists of masks with one sum lead to smaller numbers, so they end. */
static bool masks_are_valid(const GrMasks *m)
{
    for (uint32_t i = 1; i < m->masks.n; i++) {
        const Mask *k = mask_at(m, i);
        if (k->base != BASE_NONE && k->base >= n_bases(m)) return false;
        if (k->base == BASE_NONE && atomic_load(&k->row) == NULL) return false;
        if (k->same_sum >= i) return false;
        if (!ids_are_valid(&m->ids, k->ids, k->n_ids, m->v->width))
            return false;
    }
    for (uint32_t i = 0; i < m->bases.n; i++)
        if (((const Base *)gr_store_at(&m->bases, i))->row == NULL)
            return false;
    for (uint32_t i = 0; i < m->by_sum.cap; i++)
        if (m->by_sum.slot[i].value >= m->masks.n) return false;
    return gr_image_map_is_valid(&m->by_sum);
}

/* Ranges ascend, and what they name are code points. */
static bool classes_are_valid(const GrMasks *m)
{
    for (uint32_t i = 1; i < m->classes.n; i++) {
        const ClassRef *c = class_at(m, i);
        if (c->all >= n_bases(m)) return false;
        for (uint32_t k = 0; k < LENGTH_ROWS; k++)
            if (atomic_load(&c->few[k]) >= n_bases(m)) return false;
        for (uint32_t k = 0; k < 2 * c->n_ranges; k++)
            if (c->ranges[k] > 0x10FFFF ||
                (k > 0 && c->ranges[k] < c->ranges[k - 1]))
                return false;
    }
    return true;
}

/* What a mark names is a state or a register, by its kind. */
static bool mark_is_valid(const GrMasks *m, const Mark *k)
{
    uint32_t n_states = gr_pda_n_states(m->pda);
    uint32_t most = k->kind == MARK_ITEM ? GR_REGS : n_states;
    if (k->kind > MARK_END || k->state >= most) return false;
    if (k->cls >= m->classes.n || atomic_load(&k->survey) != 0) return false;
    /* nodes of rests are looked at where the rests are built */
    return k->cls != 0 || k->node == GR_TRIE_NONE ||
           (k->node < m->v->n_nodes && k->depth > 0);
}

/* Conditions about levels 1 .. frames + 1 of a configuration. */
static bool conditions_are_valid(const GrMasks *m, const Leaf *l)
{
    if (!gr_store_holds(&m->boxes, l->boxes, l->n_boxes) ||
        !gr_store_holds(&m->asked, l->asked, l->n_asked))
        return false;
    const GrBox *box = array_at(&m->boxes, l->boxes, l->n_boxes);
    const GrAsked *asked = array_at(&m->asked, l->asked, l->n_asked);
    for (uint32_t i = 0; i < l->n_boxes; i++)
        if (box[i].level > l->frames + 1 ||
            (box[i].level > 0 && box[i].reg >= GR_REGS))
            return false;
    for (uint32_t i = 0; i < l->n_asked; i++)
        if (asked[i].level == 0 || asked[i].level > l->frames + 1 ||
            asked[i].n_keys > GR_ASKED_KEYS)
            return false;
    return true;
}

/* `next` and `below` are numbers + 1, of leaves before this one. */
static bool leaf_is_valid(const GrMasks *m, uint32_t i)
{
    const Leaf *l = leaf_at(m, i);
    /* mask 0: of rests, which have groups; the empty mask elsewhere */
    if (l->self != i || l->next > i || l->below > i || l->mask >= m->masks.n)
        return false;
    if (!conditions_are_valid(m, l) ||
        !gr_store_holds(&m->groups, l->groups, l->n_groups) ||
        !gr_store_holds(&m->marks, l->marks, l->n_marks) ||
        !ids_are_valid(&m->over, l->over, l->n_over, m->v->n_nodes))
        return false;
    const Mark *mark = array_at(&m->marks, l->marks, l->n_marks);
    for (uint32_t k = 0; k < l->n_marks; k++)
        if (!mark_is_valid(m, &mark[k])) return false;
    return true;
}

/* Leaves of a node need no more frames than lead to it. */
static bool leaves_fit(const GrMasks *m, const MemoNode *n, uint32_t depth)
{
    uint32_t i = atomic_load(&n->leaf);
    if (i > m->leaves.n) return false;
    for (; i != 0; i = leaf_at(m, i - 1)->next)
        if (leaf_at(m, i - 1)->frames > depth) return false;
    return true;
}

/* A child comes after its parent and has one, so that depths are known in
 * one pass.  up: the parent; of a root, itself; 0 while not known. */
static bool set_parent(uint32_t *up, uint32_t n, uint32_t node, uint32_t parent)
{
    if (node == 0 || node >= n || parent > node || up[node] != 0) return false;
    up[node] = parent;
    return true;
}

/* Each node has one way to it: from a root, as a first child, or by the map. */
static bool set_parents(const GrMasks *m, uint32_t *up)
{
    uint32_t n = m->nodes.n;
    for (uint32_t i = 0; i < m->roots.n; i++) {
        uint32_t root =
            atomic_load((_Atomic uint32_t *)gr_store_at(&m->roots, i));
        if (root != 0 && !set_parent(up, n, root, root)) return false;
    }
    for (uint32_t i = 0; i < m->rest_roots.cap; i++) {
        const GrMapSlot *s = &m->rest_roots.slot[i];
        if (s->used && !set_parent(up, n, s->value, s->value)) return false;
    }
    for (uint32_t i = 1; i < n; i++) {
        const MemoNode *node = gr_store_at(&m->nodes, i);
        if (atomic_load(&node->frame) != 0 &&
            !set_parent(up, n, atomic_load(&node->child), i))
            return false;
    }
    for (uint32_t i = 0; i < m->children.cap; i++) {
        const GrMapSlot *s = &m->children.slot[i];
        if (s->used && !set_parent(up, n, s->value, (uint32_t)(s->key >> 32)))
            return false;
    }
    return gr_image_map_is_valid(&m->children) &&
           gr_image_map_is_valid(&m->rest_roots);
}

/* up becomes the depth, parents first. */
static bool nodes_are_valid(const GrMasks *m, uint32_t *up)
{
    if (!set_parents(m, up)) return false;
    for (uint32_t i = 1; i < m->nodes.n; i++) {
        if (up[i] == 0) return false;
        up[i] = up[i] == i ? 0 : up[up[i]] + 1;
        if (!leaves_fit(m, gr_store_at(&m->nodes, i), up[i])) return false;
    }
    return true;
}

/* Leaves before nodes: a list of leaves is followed only once it is known to
 * end. */
static gram_status check(GrMasks *m, bool *valid)
{
    *valid = masks_are_valid(m) && classes_are_valid(m);
    for (uint32_t i = 0; i < m->leaves.n && *valid; i++)
        *valid = leaf_is_valid(m, i);
    if (!*valid) return GRAM_OK;
    uint32_t *up = gr_zalloc(&m->env, m->nodes.n, sizeof *up);
    if (up == NULL) return GRAM_E_MEMORY;
    *valid = nodes_are_valid(m, up);
    gr_free(&m->env, up, m->nodes.n * sizeof *up);
    return GRAM_OK;
}

static gram_status take(GrMasks *m, GrImage *image, bool verify)
{
    Reader r = {.m = m, .img = image};
    bool valid = true;
    clear_zeroth(m);
    GR_TRY(take_all(&r));
    if (!image->bad && verify) GR_TRY(check(m, &valid));
    if (!image->bad && valid) return GRAM_OK;
    return gr_fail(&m->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                   "the masks of the compiled grammar are damaged");
}

/* The image is lent: what has to grow is copied out of it, and errors go to
 * this caller for the length of the call. */
gram_status gr_masks_load(GrMasks *m, GrImage *image, bool verify,
                          gram_error *error)
{
    m->env.lent = image->p;
    m->env.lent_len = image->len;
    m->env.error = error;
    gram_status status = take(m, image, verify);
    m->env.error = NULL;
    return status;
}
