/* Sorting byte strings: MSD radix, a byte at a time.
 *
 * A group of strings that agree in their first `depth` bytes is dealt out by
 * the next one, those that have ended first; the order of ids, in which they
 * come, is kept.  Small groups are sorted by insertion, comparing eight bytes
 * as one number and the rest only where these are equal.  Equal or nearly
 * equal strings, the worst case of a comparison sort, cost no more than
 * others.  Groups wait on an explicit stack; beside the ids it takes six
 * bytes a string.
 *
 * An LSD pass over eight-byte keys was as fast, but took 32 bytes a string,
 * which made sorting the most that building a vocabulary ever held. */
#include "vocab/draft.h"

enum { SMALL = 48 };

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
    size_t end; /* of the last string in the text */
    uint32_t *id, *spare;
    uint16_t *digit; /* of those that are being dealt */
    GrVec(Group) todo;
} Sorter;

/* Bytes depth .. depth + 7 as a big-endian number, padded with zeros.  Where
 * the text has eight bytes, they are loaded and those behind the string cut
 * off: a loop over bytes was a quarter of sorting. */
static uint64_t key_at(const Sorter *s, uint32_t id, uint32_t depth)
{
    GrSpan t = s->span[id];
    const uint8_t *p = (const uint8_t *)s->text + t.at + depth;
    uint32_t n = t.len - depth < 8 ? t.len - depth : 8;
    uint64_t key = 0;
    if (s->end - t.at - depth >= 8) {
        for (int i = 0; i < 8; i++) key = key << 8 | p[i];
        return n > 0 ? key & UINT64_MAX << (64 - 8 * n) : 0;
    }
    for (uint32_t i = 0; i < n; i++) key |= (uint64_t)p[i] << (56 - 8 * i);
    return key;
}

/* Is a to stand behind b?  Their keys at `depth` are equal. */
static bool is_behind(const Sorter *s, uint32_t a, uint32_t b, uint32_t depth)
{
    GrSpan x = s->span[a], y = s->span[b];
    uint32_t n = x.len < y.len ? x.len : y.len;
    int c = n > depth ? memcmp(s->text + x.at + depth, s->text + y.at + depth,
                               n - depth)
                      : 0;
    return c != 0 ? c > 0 : x.len > y.len;
}

static void sort_small(const Sorter *s, Group g)
{
    Item a[SMALL];
    uint32_t n = g.to - g.from;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = s->id[g.from + i], j = i;
        Item x = {key_at(s, id, g.depth), id};
        for (; j > 0; j--) {
            const Item *b = &a[j - 1];
            if (b->key < x.key ||
                (b->key == x.key && !is_behind(s, b->id, id, g.depth)))
                break;
            a[j] = *b;
        }
        a[j] = x;
    }
    for (uint32_t i = 0; i < n; i++) s->id[g.from + i] = a[i].id;
}

/* 0: the string has ended; else the byte and one. */
static uint32_t digit(const Sorter *s, uint32_t id, uint32_t depth)
{
    GrSpan t = s->span[id];
    return t.len > depth ? (uint8_t)s->text[t.at + depth] + 1u : 0;
}

/* Those that have ended are equal: their order is that of ids.  Where a string
 * lies is the dear part of this, so that its byte is looked at once. */
static gram_status deal(Sorter *s, Group g)
{
    uint32_t end[257] = {0}, from = g.from;
    for (uint32_t i = g.from; i < g.to; i++) {
        s->digit[i] = (uint16_t)digit(s, s->id[i], g.depth);
        end[s->digit[i]]++;
    }
    for (uint32_t d = 0; d < 257; d++) {
        uint32_t n = end[d];
        end[d] = from;
        from += n;
    }
    for (uint32_t i = g.from; i < g.to; i++)
        s->spare[end[s->digit[i]]++] = s->id[i];
    memcpy(s->id + g.from, s->spare + g.from,
           (g.to - g.from) * sizeof *s->spare);
    for (uint32_t d = 1; d < 257; d++)
        if (end[d] - end[d - 1] > 1)
            GR_TRY(gr_vec_push(s->env, &s->todo,
                               (Group){end[d - 1], end[d], g.depth + 1}));
    return GRAM_OK;
}

static gram_status run(Sorter *s, uint32_t n)
{
    GR_TRY(gr_vec_push(s->env, &s->todo, (Group){0, n, 0}));
    while (s->todo.n > 0) {
        Group g = s->todo.at[--s->todo.n];
        if (g.to - g.from > SMALL)
            GR_TRY(deal(s, g));
        else
            sort_small(s, g);
    }
    return GRAM_OK;
}

gram_status gr_span_sort(GrEnv *env, const char *text, const GrSpan *span,
                         uint32_t *ids, uint32_t n)
{
    Sorter s = {.env = env, .text = text, .span = span, .id = ids};
    if (n < 2) return GRAM_OK;
    for (uint32_t i = 0; i < n; i++) {
        size_t end = span[ids[i]].at + (size_t)span[ids[i]].len;
        if (end > s.end) s.end = end;
    }
    s.spare = gr_zalloc(env, n, sizeof *s.spare);
    s.digit = gr_zalloc(env, n, sizeof *s.digit);
    gram_status status = s.spare && s.digit ? run(&s, n) : GRAM_E_MEMORY;
    gr_vec_clear(env, &s.todo);
    gr_free(env, s.spare, n * sizeof *s.spare);
    gr_free(env, s.digit, n * sizeof *s.digit);
    return status;
}
