/* A tuple of atoms with a goal -> its divisors and two lines of classes.
 *
 * Method: collect the decimals that atoms compare with; every region of the
 * line that they cut is of one class (number_line.c, number_class.c).  Specs
 * are interned by their atoms and the goal's nodes.  All scratch of a build is
 * one block, so that a failure has one thing to free.  Cost: O(regions *
 * (atoms + nodes)), counted in steps. */
#include "schema/number_build.h"

/* Give divisors and lexical atoms their bits, in the order of positions.
 * GR_NUM_DIVISORS fit a word with room to spare. */
static gram_status number_bits(Builder *b)
{
    Spec *spec = b->spec;
    for (uint32_t i = 0; i < spec->n_atoms; i++) {
        NumKind kind = atom_of(b, i)->kind;
        bool bit = kind == IN_MULTIPLE || kind == IN_LEXICAL;
        b->bit_of[i] = bit ? spec->n_bits++ : GR_NUM_NONE;
    }
    if (spec->n_bits <= GR_NUM_DIVISORS) return GRAM_OK;
    return gr_fail(b->num->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "more than %d divisors on one number", GR_NUM_DIVISORS);
}

/* Remainders are kept modulo one number, from which each divisor's can be read:
 * their common multiple. */
static gram_status keep_divisors(Builder *b)
{
    Spec *spec = b->spec;
    GrArena *arena = &b->num->arena;
    GrEnv *env = b->num->env;
    spec->lcm = 1;
    spec->by = gr_arena_take(env, arena, spec->n_bits * sizeof *spec->by);
    spec->position =
        gr_arena_take(env, arena, spec->n_bits * sizeof *spec->position);
    if (!spec->by || !spec->position) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < spec->n_atoms; i++) {
        const Atom *a = atom_of(b, i);
        uint32_t bit = b->bit_of[i];
        if (bit == GR_NUM_NONE) continue;
        spec->position[bit] = i;
        spec->by[bit] = a->by;
        if (a->kind == IN_LEXICAL)
            spec->lexical |= 1u << bit;
        else if (!gr_num_lcm(spec->lcm, a->by.m, &spec->lcm))
            return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                           "divisors whose common multiple is too large");
    }
    return GRAM_OK;
}

/* No digit of the number counts for anything, but that there are so many. */
static bool is_plain(const Spec *spec)
{
    uint32_t all = (spec->n_bits ? UINT32_MAX >> (32 - spec->n_bits) : 0);
    return all == spec->lexical && spec->line[0].n_points == 0 &&
           spec->line[1].n_points == 0 && spec->line[0].gap[0] == spec->zero &&
           spec->line[1].gap[0] == spec->zero;
}

/* 0 is a point of no line; its region is the point "0". */
static gram_status build(Builder *b)
{
    static const GrDecimal zero = {"", 0, false, 0};
    Region r = {&zero, true, false};
    GR_TRY(number_bits(b));
    GR_TRY(keep_divisors(b));
    GR_TRY(gr_num_region_class(b, &r, &b->spec->zero));
    GR_TRY(gr_num_lines(b));
    b->spec->plain = is_plain(b->spec);
    return GRAM_OK;
}

/* Scratch of the builder as one block: marks, decimals, then words.  n decimals
 * at most on one line: 2n + 1 regions. */
static gram_status build_in_block(Builder *b)
{
    size_t n = 0, atoms = b->spec->n_atoms;
    for (uint32_t i = 0; i < atoms; i++) n += atom_of(b, i)->n;
    size_t words = (2 * n + 1) + 3 * (size_t)b->n_nodes + b->spec->words +
                   atoms;
    size_t bytes = n * (sizeof(Mark) + sizeof(GrDecimal)) +
                   words * sizeof(uint32_t);
    char *block = gr_resize(b->num->env, NULL, 0, bytes);
    if (block == NULL) return GRAM_E_MEMORY;
    b->marks = (Mark *)(void *)block;
    b->all = (GrDecimal *)(void *)(b->marks + n);
    b->class = (uint32_t *)(void *)(b->all + n);
    b->value = b->class + 2 * n + 1;
    b->bits = b->value + b->n_nodes;
    b->bit_of = b->bits + b->spec->words;
    b->far = b->bit_of + atoms;
    b->depth = b->far + b->n_nodes;
    gram_status status = build(b);
    gr_free(b->num->env, block, bytes);
    return status;
}

/* What number.h asks of a goal's nodes; a bottom-up pass relies on it. */
static gram_status check_goal(GrNum *num, uint32_t n, const GrNumNode *nodes,
                              uint32_t n_nodes, uint32_t root)
{
    bool good = root < n_nodes + 2;
    for (uint32_t i = 0; i < n_nodes; i++)
        good &= nodes[i].var < n && nodes[i].lo < i + 2 && nodes[i].hi < i + 2;
    return good ? GRAM_OK
                : gr_fail(num->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                          "a goal whose nodes are out of order");
}

/* Key: n, atoms, root, nodes. n in front, so that no tuple with its nodes can
 * be read as another. */
static gram_status spec_key(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                            const GrNumNode *nodes, uint32_t n_nodes,
                            uint32_t root)
{
    num->words.n = 0;
    uint64_t words = 2 + (uint64_t)n + 3 * (uint64_t)n_nodes;
    GR_TRY(gr_vec_reserve(num->env, &num->words, words));
    uint32_t *w = num->words.at;
    *w++ = n;
    for (uint32_t i = 0; i < n; i++) *w++ = atoms[i].v;
    *w++ = root;
    if (n_nodes != 0) memcpy(w, nodes, n_nodes * sizeof *nodes);
    num->words.n = (uint32_t)words;
    return GRAM_OK;
}

/* The key is made again after building, which uses the same words.  The id is
 * given out last: a build that fails leaves no half-made spec. */
static gram_status add_spec(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                            Builder *b, uint32_t *id)
{
    uint32_t *copy = gr_arena_take(num->env, &num->arena, n * sizeof *copy);
    uint32_t at;
    if (copy == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) copy[i] = atoms[i].v;
    b->spec->atom = copy;
    b->spec->n_atoms = n;
    b->spec->words = gr_bit_words(n) + (n == 0);
    b->serial = num->builds++;
    GR_TRY(build_in_block(b));
    if (num->specs.n <= num->spec_ids.n)
        GR_TRY(gr_store_add(num->env, &num->specs, 1, &at));
    GR_TRY(spec_key(num, atoms, n, b->nodes, b->n_nodes, b->root));
    GR_TRY(gr_intern(num->env, &num->spec_ids, num->words.at, num->words.n, id,
                     NULL));
    *(Spec *)gr_store_at(&num->specs, *id) = *b->spec;
    return GRAM_OK;
}

/* Equal tuples with equal diagrams are one spec.  (Equal goals over another
 * order of atoms are not.) */
gram_status gr_num_spec(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                        const GrNumNode *nodes, uint32_t n_nodes, uint32_t root,
                        GrNumSpecId *spec)
{
    GR_TRY(check_goal(num, n, nodes, n_nodes, root));
    GR_TRY(spec_key(num, atoms, n, nodes, n_nodes, root));
    spec->v = gr_intern_find(&num->spec_ids, num->words.at, num->words.n);
    if (spec->v != GR_NUM_NONE) return GRAM_OK;
    Spec made = {0};
    Builder b = {.num = num,
                 .spec = &made,
                 .nodes = nodes,
                 .n_nodes = n_nodes,
                 .root = root};
    return add_spec(num, atoms, n, &b, &spec->v);
}
