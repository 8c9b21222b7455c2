/* pda: equal operations are one cell, whatever finds no memory on the way. */
#include "pda/pda_int.h"
#include "t.h"
#include "tools/alloc.h"

enum { OPS = 300 };

/* The i-th of OPS operations; none is like another. */
static gram_status make(GrPda *p, uint32_t i, Cell *out)
{
    Cell next = {2u << 30 | i / 6}, none = {0};
    switch (i % 6) {
    case 0: return gr_cell_set(p, 1, i, none, out);
    case 1: return gr_cell_add(p, 1, i, none, out);
    case 2: return gr_cell_test(p, 1, 0, 5, next, none, out);
    case 3: return gr_cell_test(p, 1, 0, 5, none, next, out);
    case 4: return gr_cell_ask(p, i, out);
    default: return gr_cell_item(p, 2, next, out);
    }
}

/* Each twice; how many are wrong?  One that fails is made at the next try. */
static int make_all(GrPda *p, int *failed)
{
    int wrong = 0;
    for (uint32_t i = 0; i < 2 * OPS; i++) {
        Cell c = {0}, again = {0}, other = {0};
        gram_status status = make(p, i % OPS, &c);
        *failed += status == GRAM_E_MEMORY;
        wrong += status != GRAM_OK && status != GRAM_E_MEMORY;
        if (status != GRAM_OK && make(p, i % OPS, &c) != GRAM_OK) wrong++;
        wrong += make(p, i % OPS, &again) != GRAM_OK || again.v != c.v;
        wrong += make(p, (i + 1) % OPS, &other) == GRAM_OK && other.v == c.v;
        wrong += !gr_cell_is_op(c) || gr_pda_get_op(p, c)->kind == 0;
    }
    return wrong + (p->op.n != OPS);
}

/* Two operations with the same hash, which does not happen by itself. */
static void same_hash(void)
{
    GrEnv env;
    GrPda *p;
    GrOp op = {GR_OP_SET, 1, 2, 0, {0}, {0}};
    Cell first, second, again;
    uint32_t id;
    uint64_t key;
    gr_env_init(&env, NULL, 0, 0);
    T_EQ(gr_pda_new(&env, &p), GRAM_OK);
    T_EQ(gr_cell_set(p, 1, 1, (Cell){0}, &first), GRAM_OK);
    T(!gr_op_find(p, &op, &id, &key));
    T_EQ(gr_map_put(&env, &p->op_ids, key, first.v & 0x3FFFFFFF), GRAM_OK);
    T_EQ(gr_cell_set(p, 1, 2, (Cell){0}, &second), GRAM_OK);
    T_EQ(gr_cell_set(p, 1, 2, (Cell){0}, &again), GRAM_OK);
    T(first.v != second.v && second.v == again.v);
    T_EQ(gr_pda_get_op(p, second)->b, 2);
    gr_pda_free(p);
    T_EQ(env.used, 0);
}

int main(void)
{
    same_hash();
    for (unsigned long k = 1;; k++) {
        TestAlloc a = {0};
        gram_allocator g = test_alloc(&a);
        GrEnv env;
        GrPda *p;
        int failed = 0;
        gr_env_init(&env, &g, 0, 0);
        T_EQ(gr_pda_new(&env, &p), GRAM_OK);
        a.calls = 0;
        a.fail_at = k;
        T_EQ(make_all(p, &failed), 0);
        gr_pda_free(p);
        T_EQ(env.used + a.live + (size_t)a.wrong, 0);
        if (a.calls < k) break;
        T(failed <= 1 && k < 100);
    }
    return t_done();
}
