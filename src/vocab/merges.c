/* Merges: (left, right) -> the rank of the merge.
 *
 * The pairs of each left token lie together, sorted by the right one, so a
 * look-up is a binary search in a row; equal pairs stand in the order of
 * ranks.  A hash table took six times the memory, which is what a look-up
 * waits for, longer to fill, and a file could be made to defeat it.
 *
 *     row    [ start of left 0 | of left 1 | ... ]       n_tokens + 1
 *     right  [ r r r | r r | ... ]   and ranks beside it
 *
 * Filled by two counting sorts, by right and then by left: O(merges). */
#include "vocab/encoder.h"

#define NONE UINT32_MAX

static uint32_t side(const GrEncoder *e, uint32_t rank, uint32_t which)
{
    return gr_load_u32(e->model.p + 8 * (size_t)rank + 4 * which);
}

/* A merge of what is no token stands for nothing. */
static bool is_pair(const GrEncoder *e, uint32_t rank)
{
    uint32_t n = e->vocab->n_tokens;
    return side(e, rank, 0) < n && side(e, rank, 1) < n;
}

/* Turn the counts of n_tokens + 1 rows, each in the place behind its own,
 * into where they start. */
static void sum_up(uint32_t *row, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) row[i + 1] += row[i];
}

/* `order` becomes the ranks by their right side. */
static void sort_by_right(const GrEncoder *e, uint32_t n, uint32_t *row,
                          uint32_t *order)
{
    for (uint32_t k = 0; k < n; k++)
        if (is_pair(e, k)) row[side(e, k, 1) + 1]++;
    sum_up(row, e->vocab->n_tokens);
    for (uint32_t k = 0; k < n; k++)
        if (is_pair(e, k)) order[row[side(e, k, 1)]++] = k;
}

/* Deal out `order` by the left side; row[l] ends where row l + 1 starts, so
 * the starts are one place behind. */
static void sort_by_left(GrMerges *m, const GrEncoder *e, const uint32_t *order,
                         uint32_t n_pairs)
{
    for (uint32_t i = 0; i < n_pairs; i++) m->row[side(e, order[i], 0) + 2]++;
    sum_up(m->row, e->vocab->n_tokens + 1);
    for (uint32_t i = 0; i < n_pairs; i++) {
        uint32_t at = m->row[side(e, order[i], 0) + 1]++;
        m->right[at] = side(e, order[i], 1);
        m->rank[at] = order[i];
    }
}

gram_status gr_merges_init(GrEncoder *e, GrMerges *m)
{
    GrEnv *env = &e->env;
    uint32_t n = e->model.len / 8, rows = e->vocab->n_tokens + 2;
    m->n = n;
    m->n_rows = rows;
    m->row = gr_zalloc(env, rows, sizeof *m->row);
    m->right = gr_zalloc(env, n, sizeof *m->right);
    m->rank = gr_zalloc(env, n, sizeof *m->rank);
    m->id = gr_zalloc(env, n, sizeof *m->id);
    uint32_t *order = gr_zalloc(env, n, sizeof *order);
    uint32_t *row = gr_zalloc(env, rows, sizeof *row);
    bool good = m->row && m->right && m->rank && m->id && order && row;
    if (good) {
        sort_by_right(e, n, row, order);
        /* each row now ends where it should; the last is the number */
        sort_by_left(m, e, order, row[e->vocab->n_tokens]);
    }
    gr_free(env, order, (size_t)n * sizeof *order);
    gr_free(env, row, (size_t)rows * sizeof *row);
    return good ? GRAM_OK : GRAM_E_MEMORY;
}

void gr_merges_clear(GrEnv *env, GrMerges *m)
{
    gr_free(env, m->row, (size_t)m->n_rows * sizeof *m->row);
    gr_free(env, m->right, (size_t)m->n * sizeof *m->right);
    gr_free(env, m->rank, (size_t)m->n * sizeof *m->rank);
    gr_free(env, m->id, (size_t)m->n * sizeof *m->id);
    memset(m, 0, sizeof *m);
}

uint32_t gr_merges_find(const GrMerges *m, uint32_t left, uint32_t right,
                        bool first)
{
    uint32_t from = m->row[left], to = m->row[left + 1], lo = from, hi = to;
    /* of equal pairs, the first or the one behind the last */
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (m->right[mid] < right || (!first && m->right[mid] == right))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (!first && lo == from) return NONE;
    if (!first) lo--;
    return lo < to && m->right[lo] == right ? m->rank[lo] : NONE;
}
