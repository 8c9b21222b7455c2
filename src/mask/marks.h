/* marks.h - private to src/mask: what putting a mask right is made of.
 *
 *   marks.c   a leaf: what may matter, what is known, the order of things
 *   follow.c  keys: spellings of those that are seen
 *   again.c   subtrees walked again, items tried again */
#ifndef GR_MASK_MARKS_H
#define GR_MASK_MARKS_H

#include "mask/mask_int.h"

typedef struct Apply {
    GrWork *w;
    const Leaf *leaf; /* the outermost: its mask is put right */
    const GrConfig *c;
    GrText *log;
    bool loaded;   /* the row holds the mask, as put right so far */
    bool followed; /* keys were followed */
    bool exact;    /* more than the keys was asked about */
} Apply;

/* Have the mask in the row. */
gram_status gr_apply_load(Apply *a);

/* follow.c */
gram_status gr_apply_key(Apply *a, Mark *mark);
/* What the keys of its object mean inside of the open key, which `mark` is
 * about. */
gram_status gr_root_matter(Apply *a, Mark *mark, const GrSeen *seen,
                           RootMatter *what);
/* Clear a node and what is below it, of the trie of tokens or of rests. */
gram_status gr_clear_below(Apply *a, const Trie *trie, const Rests *r,
                           uint32_t node);

/* again.c */
gram_status gr_apply_hard(Apply *a, const Mark *mark);
gram_status gr_apply_again(Apply *a, Mark *mark);
gram_status gr_apply_item(Apply *a, const Mark *mark);
gram_status gr_apply_end(Apply *a);

#endif
