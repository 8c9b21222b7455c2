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

/* re_count.c: is a = s{n,n} tail?  Then what is left is *tail. */
bool gr_re_fixed_head(const GrRe *re, ReId a, RePower *head, ReId *tail);
/* The set that a power is one of. */
SetId gr_re_base_set(const GrRe *re, const RePower *p);

/* By which character does term i lead to term j?  It did. */
gram_status gr_search_char(GrRe *re, ReId i, uint32_t j, uint32_t *c);

#endif
