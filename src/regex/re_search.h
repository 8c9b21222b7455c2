/* re_search.h - private to src/regex: walks over the derivatives of a term. */
#ifndef GR_RE_SEARCH_H
#define GR_RE_SEARCH_H

#include "regex/re_pool.h"

/* A search: terms found, each with its finder, in a path or done. */
typedef struct Search {
    GrVec(uint32_t) term; /* in order of discovery */
    GrVec(uint32_t) from; /* index of the finder; its own at the root */
    ReVec todo;           /* indexes whose successors are not yet found */
    ReVec done;           /* by index: are they found after all? */
    uint32_t n_done;      /* no index below is to do */
    GrVec(uint64_t) far;  /* by index: how far from its words */
    GrMap seen;           /* term -> index */
    uint32_t patience;    /* how often letters may still tell nothing */
    bool short_one;       /* it is given up soon, and asks nothing else */
} Search;

void gr_search_clear(GrEnv *env, Search *s);
/* A term is found once, by whoever comes first. */
gram_status gr_search_add(GrEnv *env, Search *s, uint32_t term, uint32_t from,
                          bool *is_new);

/* re_order.c: give todo[from ..) their places before all others; from now on,
 * gr_search_next takes a term out of it: the nearest, or the oldest one. */
gram_status gr_search_order(GrRe *re, Search *s, uint32_t from);
uint32_t gr_search_next(Search *s, bool oldest);

/* re_least.c: the length of some word, a shortest one if that was searched for;
 * UINT32_MAX - 1 if none is known.  For who has asked for its bounds. */
uint32_t gr_re_least_known(const GrRe *re, ReId a);

/* re_gaps.c: of a term whose longest word is known, keep all lengths, where a
 * look at the terms of the way to it tells them. */
gram_status gr_gaps_lengths(GrRe *re, ReId a, bool *told);

/* re_count.c: is a = s{n,n} tail?  Then what is left is *tail. */
bool gr_re_fixed_head(const GrRe *re, ReId a, RePower *head, ReId *tail);
/* The set that a power is one of. */
SetId gr_re_base_set(const GrRe *re, const RePower *p);

/* By which character does term i lead to term j?  It did. */
gram_status gr_search_char(GrRe *re, ReId i, uint32_t j, uint32_t *c);

static inline ReLife gr_re_life(const GrRe *re, uint32_t term)
{
    return (ReLife)gr_re_node(re, gr_re_id(term))->life;
}
static inline void gr_re_set_life(const GrRe *re, uint32_t term, ReLife life)
{
    gr_re_node(re, gr_re_id(term))->life = (uint8_t)life;
}

/* re_way.c: of the n characters to a word the last ones are tried with the
 * terms that are asked about next. */
gram_status gr_way_set(GrRe *re, const uint32_t *c, uint32_t n);
/* The same of the way that a search has gone to term i, and c behind it. */
gram_status gr_way_keep(GrRe *re, const Search *s, uint32_t i, uint32_t c);
/* Where a has a word that ends so, its life says so, mostly. */
gram_status gr_way_try(GrRe *re, ReId a);

#endif
