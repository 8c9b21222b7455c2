/* number_build.h - private to src/schema: a number's spec under construction.
 *
 *     number_spec.c    bits for divisors, the lines, interning
 *     number_line.c    where the lines are cut, and which class a part is of
 *     number_class.c   a part of a line -> class: truths, function, cubes
 */
#ifndef GR_SCHEMA_NUMBER_BUILD_H
#define GR_SCHEMA_NUMBER_BUILD_H

#include "schema/number_parts.h"

/* A decimal, and the position of an atom that compares with it. */
typedef struct Mark {
    GrDecimal d;
    uint32_t atom;
} Mark;

/* One attempt to make a spec.  What it points to lies in one block, freed at
 * the end; what the spec keeps lies in the pool's arena. */
typedef struct Builder {
    GrNum *num;
    Spec *spec;
    uint32_t serial; /* of this attempt: keeps its classes apart */
    const GrNumNode *nodes;
    uint32_t n_nodes, root;
    uint32_t *value;  /* of each node in the region: function number */
    uint32_t *bits;   /* truth of the comparisons in the region */
    uint32_t *bit_of; /* atom position -> bit of masks, or NONE */
    uint32_t *far;    /* of each node, and how many lie below: see leap */
    uint32_t *depth;
    Mark *marks;     /* of one sign, by size */
    GrDecimal *all;  /* their decimals, each once */
    uint32_t *class; /* of 2 n + 1 regions: gap, point, gap, ... */
    uint32_t n_marks, n_all;
} Builder;

/* A region: the point at `base`, or the gap beyond it, away from 0. */
typedef struct Region {
    const GrDecimal *base;
    bool point, below; /* below: of the negative line */
} Region;

/* The i-th of the tuple, not of the pool. */
static inline const Atom *atom_of(const Builder *b, uint32_t i)
{
    return gr_store_at(&b->num->atoms, b->spec->atom[i]);
}

/* number_class.c: the class where the comparisons have the truths in b->bits
 * and the goal is function f; 0: dead. */
gram_status gr_num_make_class(Builder *b, uint32_t f, uint32_t *id);
gram_status gr_num_region_class(Builder *b, const Region *r, uint32_t *id);

/* number_line.c: both lines of b->spec. */
gram_status gr_num_lines(Builder *b);

#endif
