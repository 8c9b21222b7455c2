/* Items of an array that must all differ: which of those that it has can the
 * one that is being written still be equal to?
 *
 *      ["abc", {"k":1}, "abd", ["x    "ab
 *        |        |       |             the item's text so far
 *        +--------+-------+-- the items seen, as sets of values
 *
 * Equal values have the same keys and scalars in them, whatever their order
 * and spelling.  So an item seen is out as soon as the text has a whole key
 * or scalar that it has not; inside a string, one of its strings has to begin
 * like it.  Nearly always none is left after a few characters.  What is left
 * is no proof of anything: marks.c then tries the tokens that can complete a
 * string as one of these goes on.
 *
 * Texts are valid JSON here, and are read once: what is known of a list, and
 * of the item being written, is kept and goes on where it was.
 *
 * Numbers are compared by value: their digits and exponent without zeros at
 * the ends. */
#include "mask/mask_int.h"

#include <stdlib.h>

enum { N_LISTS = 4, EXPONENT_MAX = 15 };

/* Reading a text of JSON value by value, in any number of pieces. */
typedef struct Reading {
    GrUnescape u;
    bool quoted; /* inside a string, of which `text` is read */
    bool odd;    /* a number was met that is not compared */
    GrText text; /* of the string or other scalar that is open */
} Reading;

typedef struct Item {
    uint32_t first, n; /* of its hashes, ascending */
    bool odd;
    const GrSeen *seen;
} Item;

typedef struct List {
    const GrSeen *head;
    GrVec(Item) items; /* the oldest first */
    GrVec(uint64_t) hashes;
    /* The item that is being written. */
    uint64_t from, at; /* of the log: its first byte, and how far it is read */
    Reading r;
    GrVec(uint32_t) left; /* items it can be equal to */
} List;

struct ItemLists {
    List list[N_LISTS];
    GrVec(uint64_t) found; /* hashes of one item */
    Reading r;             /* of an item seen */
    /* What may close the item of list `ends_of`, up to `ends_at` of the log:
     * a token may, if what it has before its quote is one of these. */
    const List *ends_of;
    uint64_t ends_at;
    GrVec(uint64_t) ends;
    bool any_end; /* or whatever it has */
};

/* --- numbers -------------------------------------------------------------- */

static int64_t read_exponent(const char *p, const char *end, bool *odd)
{
    bool minus = p < end && *p == '-';
    int64_t x = 0;
    if (p < end && (*p == '-' || *p == '+')) p++;
    while (p < end && *p == '0') p++;
    if (end - p > EXPONENT_MAX) *odd = true;
    for (; p < end && !*odd; p++) x = x * 10 + (*p - '0');
    return minus ? -x : x;
}

/* A hash of the number's value. */
static uint64_t number_hash(const char *p, uint32_t n, bool *odd)
{
    const char *end = p + n, *digits_end = p;
    uint64_t hash = *p == '-';
    int64_t exponent = 0, zeros = 0;
    bool point = false, some = false;
    while (digits_end < end && (*digits_end | 0x20) != 'e') digits_end++;
    if (digits_end < end) exponent = read_exponent(digits_end + 1, end, odd);
    for (; p < digits_end; p++) {
        if (*p == '.') point = true;
        if (*p < '0' || *p > '9') continue;
        exponent -= point;
        /* zeros count where a digit comes behind them */
        if (*p == '0') {
            zeros += some;
            continue;
        }
        for (; zeros > 0; zeros--) hash = gr_mix(hash + 1);
        hash = gr_mix(hash + 1 + (uint64_t)(*p - '0'));
        some = true;
    }
    return some ? gr_mix(hash ^ (uint64_t)(exponent + zeros)) : 0;
}

/* --- reading -------------------------------------------------------------- */

static uint64_t scalar_hash(Reading *r)
{
    const char *p = r->text.at;
    if (*p == '-' || (*p >= '0' && *p <= '9'))
        return number_hash(p, r->text.n, &r->odd);
    return gr_hash(p, r->text.n, 2);
}

static bool is_scalar_byte(uint8_t b)
{
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || b == '-' ||
           b == '+' || b == '.' || b == 'E';
}

static gram_status put_quoted(GrEnv *env, Reading *r, uint8_t byte)
{
    char out[4];
    uint32_t n = gr_unescape(&r->u, byte, out);
    return n > sizeof out ? GRAM_OK : gr_text_put(env, &r->text, out, n);
}

/* One byte; *hash is that of the value that it ends or comes behind, *ended:
 * there is one. */
static gram_status read_byte(GrEnv *env, Reading *r, uint8_t byte,
                             uint64_t *hash, bool *ended)
{
    *ended = false;
    if (r->quoted) {
        if (byte != '"' || !gr_unescape_between(&r->u))
            return put_quoted(env, r, byte);
        *hash = gr_hash(r->text.at, r->text.n, 3);
        *ended = true;
        r->quoted = false;
        r->text.n = 0;
        return GRAM_OK;
    }
    char c = (char)byte;
    if (is_scalar_byte(byte)) return gr_text_put(env, &r->text, &c, 1);
    if (r->text.n > 0) {
        *hash = scalar_hash(r);
        *ended = true;
        r->text.n = 0;
    }
    r->quoted = byte == '"';
    return GRAM_OK;
}

static void start_reading(Reading *r)
{
    r->u = (GrUnescape){0};
    r->quoted = r->odd = false;
    r->text.n = 0;
}

/* --- the items seen ------------------------------------------------------- */

static int compare(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* The hashes of a text, into found. */
static gram_status read_values(GrWork *w, struct ItemLists *all,
                               const GrSeen *s)
{
    Reading *r = &all->r;
    uint64_t hash;
    bool ended;
    start_reading(r);
    all->found.n = 0;
    for (uint32_t i = 0; i < s->len; i++) {
        GR_TRY(read_byte(w->env, r, (uint8_t)s->text[i], &hash, &ended));
        if (ended) GR_TRY(gr_vec_push(w->env, &all->found, hash));
    }
    if (!r->quoted && r->text.n > 0)
        GR_TRY(gr_vec_push(w->env, &all->found, scalar_hash(r)));
    if (all->found.n > 1)
        qsort(all->found.at, all->found.n, sizeof hash, compare);
    return gr_step(w->env, s->len);
}

static gram_status add_item(GrWork *w, struct ItemLists *all, List *l,
                            const GrSeen *s)
{
    GR_TRY(read_values(w, all, s));
    Item item = {l->hashes.n, all->found.n, all->r.odd, s};
    for (uint32_t i = 0; i < all->found.n; i++)
        GR_TRY(gr_vec_push(w->env, &l->hashes, all->found.at[i]));
    return gr_vec_push(w->env, &l->items, item);
}

/* Make the list that of `head`: by one more item, where one is new. */
static gram_status read_list(GrWork *w, struct ItemLists *all, List *l,
                             const GrSeen *head)
{
    if (l->head == head) return GRAM_OK;
    bool one = l->head != NULL && head->older == l->head;
    l->head = NULL;
    l->from = 0;
    if (!one) {
        uint32_t n = head->count;
        l->items.n = l->hashes.n = 0;
        GR_TRY(gr_vec_reserve(w->env, &l->items, n));
        for (const GrSeen *s = head; s != NULL; s = s->older)
            l->items.at[--n].seen = s;
        for (uint32_t i = 0; i < head->count; i++)
            GR_TRY(add_item(w, all, l, l->items.at[i].seen));
    } else {
        GR_TRY(add_item(w, all, l, head));
    }
    l->head = head;
    return GRAM_OK;
}

static bool has_hash(const List *l, const Item *item, uint64_t hash)
{
    uint32_t lo = item->first, hi = item->first + item->n;
    if (item->odd) return true;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (l->hashes.at[mid] < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < item->first + item->n && l->hashes.at[lo] == hash;
}

/* --- the item that is being written --------------------------------------- */

/* The first byte tells the type, of numbers nothing else. */
static uint8_t type_of(char first)
{
    return first == '-' || (first >= '0' && first <= '9') ? '0'
                                                          : (uint8_t)first;
}

static gram_status start_item(GrWork *w, List *l, uint64_t from, char first)
{
    w->items->ends_of = NULL;
    l->from = 0;
    l->at = from - 1;
    l->left.n = 0;
    start_reading(&l->r);
    for (uint32_t i = 0; i < l->items.n; i++)
        if (l->items.at[i].seen->len > 0 &&
            type_of(l->items.at[i].seen->text[0]) == type_of(first))
            GR_TRY(gr_vec_push(w->env, &l->left, i));
    l->from = from;
    return gr_step(w->env, l->items.n);
}

static void keep_those_with(List *l, uint64_t hash)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->left.n; i++)
        if (has_hash(l, &l->items.at[l->left.at[i]], hash))
            l->left.at[n++] = l->left.at[i];
    l->left.n = n;
}

static gram_status read_on(GrWork *w, List *l, const GrText *log)
{
    uint64_t hash;
    bool ended;
    uint64_t n = log->n - l->at;
    for (; l->at < log->n && l->left.n > 0; l->at++) {
        l->r.odd = false;
        GR_TRY(
            read_byte(w->env, &l->r, (uint8_t)log->at[l->at], &hash, &ended));
        if (ended && !l->r.odd) keep_those_with(l, hash);
    }
    return gr_step(w->env, n);
}

/* --- what may close it ---------------------------------------------------- */

/* A string that ends: one that begins with what is written, and goes on as
 * some token does up to its quote. */
static gram_status add_end(GrWork *w, struct ItemLists *all, const GrText *open,
                           const GrText *text)
{
    const GrTables *t = w->m->tables;
    if (text->n < open->n ||
        (open->n > 0 && memcmp(text->at, open->at, open->n) != 0))
        return GRAM_OK;
    uint32_t left = text->n - open->n, n;
    if (left > t->longest_closer) return GRAM_OK;
    uint64_t hash = gr_hash(left ? text->at + open->n : "", left, 0);
    if (gr_tables_close(t, hash, &n) == NULL) return GRAM_OK;
    return gr_vec_push(w->env, &all->ends, hash);
}

static gram_status add_ends(GrWork *w, struct ItemLists *all, const List *l,
                            const GrSeen *s)
{
    Reading *r = &all->r;
    uint64_t hash;
    bool ended;
    start_reading(r);
    for (uint32_t i = 0; i < s->len; i++) {
        uint8_t byte = (uint8_t)s->text[i];
        if (r->quoted && byte == '"' && gr_unescape_between(&r->u))
            GR_TRY(add_end(w, all, &l->r.text, &r->text));
        GR_TRY(read_byte(w->env, r, byte, &hash, &ended));
    }
    return gr_step(w->env, s->len);
}

static gram_status find_ends(GrWork *w, struct ItemLists *all, const List *l)
{
    bool whole = !l->r.quoted || !gr_unescape_between(&l->r.u);
    if (all->ends_of == l && all->ends_at == l->at) return GRAM_OK;
    all->ends_of = NULL;
    all->ends.n = 0;
    for (uint32_t i = 0; i < l->left.n && !whole; i++)
        GR_TRY(add_ends(w, all, l, l->items.at[l->left.at[i]].seen));
    all->any_end = whole;
    all->ends_of = l;
    all->ends_at = l->at;
    return GRAM_OK;
}

/* Whatever completes the item may make it equal to one seen. */
static void end_anyhow(struct ItemLists *all)
{
    all->ends_of = NULL;
    all->any_end = true;
}

gram_status gr_items_left(GrWork *w, const GrConfig *c, const GrText *log,
                          const Mark *mark, bool *any)
{
    const GrLevel *array = gr_config_level(c, mark->level);
    *any = false;
    /* those that the walk itself has completed are some, too */
    bool inside = mark->added > 0;
    if (array == NULL || (array->seen == NULL && !inside)) return GRAM_OK;
    if (w->items == NULL) {
        w->items = gr_zalloc(w->env, 1, sizeof *w->items);
        if (w->items == NULL) return GRAM_E_MEMORY;
    }
    struct ItemLists *all = w->items;
    uint64_t from = array->reg[mark->state];
    /* levels that were made up have items without texts */
    bool none = inside || array->seen->text == NULL || from == 0;
    *any = true;
    end_anyhow(all);
    if (none || from > log->n) return GRAM_OK;
    List *l = &all->list[(c->depth - mark->level) % N_LISTS];
    GR_TRY(read_list(w, all, l, array->seen));
    if (l->from != from) GR_TRY(start_item(w, l, from, log->at[from - 1]));
    GR_TRY(read_on(w, l, log));
    if (l->left.n > 0) GR_TRY(find_ends(w, all, l));
    *any = l->left.n > 0 && (all->any_end || all->ends.n > 0);
    return GRAM_OK;
}

/* Is what the token has before its quote one of those ends? */
gram_status gr_items_end(GrWork *w, const char *p, uint32_t n, bool *may)
{
    const struct ItemLists *all = w->items;
    GrUnescape u = {0};
    char out[4];
    *may = all->any_end;
    w->text.n = 0;
    for (uint32_t i = 0; i < n && !*may; i++) {
        if (p[i] == '"' && gr_unescape_between(&u)) {
            uint64_t hash = gr_hash(w->text.at, w->text.n, 0);
            for (uint32_t k = 0; k < all->ends.n && !*may; k++)
                *may = all->ends.at[k] == hash;
            return GRAM_OK;
        }
        uint32_t len = gr_unescape(&u, (uint8_t)p[i], out);
        if (len > sizeof out) break;
        GR_TRY(gr_text_put(w->env, &w->text, out, len));
    }
    return GRAM_OK;
}

/* --- life ----------------------------------------------------------------- */

void gr_items_forget(GrWork *w)
{
    for (uint32_t i = 0; w->items != NULL && i < N_LISTS; i++) {
        w->items->list[i].head = NULL;
        w->items->list[i].from = 0;
    }
    if (w->items != NULL) w->items->ends_of = NULL;
}

void gr_items_free(GrWork *w)
{
    struct ItemLists *all = w->items;
    if (all == NULL) return;
    for (uint32_t i = 0; i < N_LISTS; i++) {
        gr_vec_clear(w->env, &all->list[i].items);
        gr_vec_clear(w->env, &all->list[i].hashes);
        gr_vec_clear(w->env, &all->list[i].left);
        gr_vec_clear(w->env, &all->list[i].r.text);
    }
    gr_vec_clear(w->env, &all->found);
    gr_vec_clear(w->env, &all->ends);
    gr_vec_clear(w->env, &all->r.text);
    gr_free(w->env, all, sizeof *all);
}
