/* Random schemas over random vocabularies that lack bytes: what is allowed can
 * be completed by tokens, and what is not cannot soon (world_spelled.c). */
#include "oracle/world.h"
#include "t.h"

static Gen schema_gen, walk_gen;

/* A bit that is wrong is noticed. */
static void test_fault(World *w)
{
    walk_gen.seed = 1;
    gram_vocab *v = world_random_vocab(&walk_gen, true);
    w->fault = WORLD_FAULT_MASK;
    T(v != NULL && !world_spelled(w, &walk_gen, v, "{}", 2));
    w->fault = 0;
    gram_vocab_free(v);
}

int main(void)
{
    static World w;
    static char schema[GEN_SCHEMA];
    uint64_t seed = t_seed();
    long n = t_count("GRAM_SPELLED", 150);
    T(world_open(&w));
    for (long i = 0; i < n && t_failed < 5; i++) {
        schema_gen.seed = t_random(&seed);
        walk_gen.seed = t_random(&seed);
        schema_gen.without = world_without(&w);
        if (i % 3 == 0)
            gen_one_words(&schema_gen, schema);
        else
            gen_one_schema(&schema_gen, schema);
        gram_vocab *v = world_random_vocab(&walk_gen, true);
        T(v != NULL);
        T_OK(world_spelled(&w, &walk_gen, v, schema, 8), "%s", w.why);
        gram_vocab_free(v);
    }
    test_fault(&w);
    world_close(&w);
    return t_done();
}
