/* Sorting byte strings: MSD radix in steps of eight bytes.
 *
 * A group of strings that agree in their first `depth` bytes is sorted by
 * the next eight, read as one big-endian number padded with zeros (LSD radix
 * for large groups, insertion for small ones).  Runs of equal keys fall into
 * strings that have ended, which are ordered by length and id, and the rest,
 * which become groups eight bytes deeper.  Every byte is read once, so equal
 * or nearly equal strings, the worst case of a comparison sort, cost no more
 * than others.  Groups wait on an explicit stack. */
#include "vocab/draft.h"

typedef struct Item {
    uint64_t key;
    uint32_t id;
} Item;

typedef struct Group {
    uint32_t from, to, depth;
} Group;

typedef struct Sorter {
    GrEnv *env;
    const char *text;
    const GrSpan *span;
    Item *item, *spare;
    GrVec(Group) todo;
} Sorter;

enum { SMALL = 48 };

static void sort_small(Item *a, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        Item x = a[i];
        uint32_t j = i;
        for (; j > 0 && a[j - 1].key > x.key; j--) a[j] = a[j - 1];
        a[j] = x;
    }
}

/* Sort a by key, stably; b is scratch of the same size. */
static void sort_keys(Item *a, Item *b, uint32_t n)
{
    if (n < SMALL) {
        sort_small(a, n);
        return;
    }
    uint32_t count[8][256];
    memset(count, 0, sizeof count);
    for (uint32_t i = 0; i < n; i++)
        for (int d = 0; d < 8; d++) count[d][a[i].key >> 8 * d & 255]++;
    Item *from = a, *to = b;
    for (int d = 0; d < 8; d++) {
        if (count[d][a[0].key >> 8 * d & 255] == n) continue;
        uint32_t sum = 0;
        for (int v = 0; v < 256; v++) {
            uint32_t c = count[d][v];
            count[d][v] = sum;
            sum += c;
        }
        for (uint32_t i = 0; i < n; i++)
            to[count[d][from[i].key >> 8 * d & 255]++] = from[i];
        Item *t = from;
        from = to;
        to = t;
    }
    if (from != a) memcpy(a, from, (size_t)n * sizeof *a);
}

static uint64_t key_at(const Sorter *s, uint32_t id, uint32_t depth)
{
    GrSpan t = s->span[id];
    uint64_t key = 0;
    if (t.len <= depth) return 0;
    const uint8_t *p = (const uint8_t *)s->text + t.at + depth;
    uint32_t n = t.len - depth;
    if (n > 8) n = 8;
    for (uint32_t i = 0; i < n; i++) key |= (uint64_t)p[i] << (56 - 8 * i);
    return key;
}

/* Items from .. to-1 have equal keys at `depth`. */
static gram_status split_run(Sorter *s, uint32_t from, uint32_t to,
                             uint32_t depth)
{
    Item *a = s->item + from;
    uint32_t n = to - from, ended = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = a[i].id, len = s->span[id].len;
        if (len > depth + 8) continue;
        Item x = {gr_pair(len, id), id};
        a[i] = a[ended];
        a[ended++] = x;
    }
    sort_keys(a, s->spare, ended);
    if (n - ended < 2) return GRAM_OK;
    return gr_vec_push(s->env, &s->todo, (Group){from + ended, to, depth + 8});
}

static gram_status sort_group(Sorter *s, Group g)
{
    for (uint32_t i = g.from; i < g.to; i++)
        s->item[i].key = key_at(s, s->item[i].id, g.depth);
    sort_keys(s->item + g.from, s->spare, g.to - g.from);
    for (uint32_t i = g.from, j; i < g.to; i = j) {
        uint64_t key = s->item[i].key;
        for (j = i + 1; j < g.to && s->item[j].key == key;) j++;
        if (j - i > 1) GR_TRY(split_run(s, i, j, g.depth));
    }
    return GRAM_OK;
}

static gram_status run(Sorter *s, uint32_t *ids, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) s->item[i] = (Item){0, ids[i]};
    GR_TRY(gr_vec_push(s->env, &s->todo, (Group){0, n, 0}));
    while (s->todo.n > 0) GR_TRY(sort_group(s, s->todo.at[--s->todo.n]));
    for (uint32_t i = 0; i < n; i++) ids[i] = s->item[i].id;
    return GRAM_OK;
}

gram_status gr_span_sort(GrEnv *env, const char *text, const GrSpan *span,
                         uint32_t *ids, uint32_t n)
{
    Sorter s = {env, text, span, NULL, NULL, {0}};
    size_t size = (size_t)n * 2 * sizeof *s.item;
    if (n < 2) return GRAM_OK;
    s.item = gr_resize(env, NULL, 0, size);
    if (s.item == NULL) return GRAM_E_MEMORY;
    s.spare = s.item + n;
    gram_status status = run(&s, ids, n);
    gr_vec_clear(env, &s.todo);
    gr_free(env, s.item, size);
    return status;
}
