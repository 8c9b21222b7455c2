/* Writing and reading the records of recipe.h.
 *
 * Writers append to the draft's recipe; a record's length is not known before
 * its payload, so gr_recipe_begin leaves a hole that gr_recipe_end fills.
 * Numbers are written a byte at a time, little endian: the recipe goes into
 * the pack as it is, and equal vocabularies must give equal packs on every
 * machine.  Every payload is padded to four bytes, so that the arrays in it
 * (merges, scores) lie as a reader can load them.
 *
 * The reader trusts nothing: a length is compared with what is left before
 * it is used, so that a damaged recipe ends the walk and never leaves it.
 *
 * Rejected: a table of offsets instead of a list.  A recipe has a dozen
 * records, and order is part of its meaning. */
#include "vocab/recipe.h"

enum { HEAD = 8 }; /* op, flags, length */

/* Half of 32 bits, as for texts: sums of two offsets cannot wrap. */
static gram_status too_long(GrVocabDraft *d)
{
    return gr_fail(&d->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "a tokenizer recipe of more than 2 GiB");
}

gram_status gr_recipe_bytes(GrVocabDraft *d, const void *p, size_t len)
{
    if (len > UINT32_MAX / 2 - d->recipe.n) return too_long(d);
    GR_TRY(gr_vec_reserve(&d->env, &d->recipe, len));
    if (len) memcpy(d->recipe.at + d->recipe.n, p, len);
    d->recipe.n += (uint32_t)len;
    return GRAM_OK;
}

static void store_u32(char *to, uint32_t x)
{
    to[0] = (char)(uint8_t)x;
    to[1] = (char)(uint8_t)(x >> 8);
    to[2] = (char)(uint8_t)(x >> 16);
    to[3] = (char)(uint8_t)(x >> 24);
}

gram_status gr_recipe_u32(GrVocabDraft *d, uint32_t x)
{
    return gr_recipe_u32s(d, &x, 1);
}

/* Merges come in batches: one check of room for many numbers. */
gram_status gr_recipe_u32s(GrVocabDraft *d, const uint32_t *x, uint32_t n)
{
    if (n > (UINT32_MAX / 2 - d->recipe.n) / 4) return too_long(d);
    GR_TRY(gr_vec_reserve(&d->env, &d->recipe, 4 * (uint64_t)n));
    for (uint32_t i = 0; i < n; i++)
        store_u32(d->recipe.at + d->recipe.n + 4 * (size_t)i, x[i]);
    d->recipe.n += 4 * n;
    return GRAM_OK;
}

/* Room for the padding is always reserved, so that it cannot fail. */
gram_status gr_recipe_begin(GrVocabDraft *d, GrOp op, uint32_t flags,
                            uint32_t *mark)
{
    *mark = d->recipe.n;
    GR_TRY(gr_recipe_u32(d, (uint32_t)op | flags << 16));
    GR_TRY(gr_recipe_u32(d, 0));
    return gr_vec_reserve(&d->env, &d->recipe, 4);
}

/* -n & 3 is what is missing to a multiple of four. */
gram_status gr_recipe_pad(GrVocabDraft *d)
{
    return gr_recipe_bytes(d, "\0\0\0", -d->recipe.n & 3);
}

void gr_recipe_end(GrVocabDraft *d, uint32_t mark)
{
    store_u32(d->recipe.at + mark + 4, d->recipe.n - mark - HEAD);
}

void gr_recipe_set_op(GrVocabDraft *d, uint32_t mark, GrOp op, uint32_t flags)
{
    store_u32(d->recipe.at + mark, (uint32_t)op | flags << 16);
}

gram_status gr_recipe_add(GrVocabDraft *d, GrOp op, uint32_t flags,
                          const void *p, size_t len)
{
    uint32_t mark;
    GR_TRY(gr_recipe_begin(d, op, flags, &mark));
    GR_TRY(gr_recipe_bytes(d, p, len));
    gr_recipe_end(d, mark);
    return gr_recipe_pad(d);
}

gram_status gr_recipe_dummy(GrVocabDraft *d, bool at_start, bool at_end)
{
    uint32_t flags = (uint32_t)at_start | (uint32_t)at_end << 8;
    return flags ? gr_recipe_add(d, GR_OP_ENDS, flags, " ", 1) : GRAM_OK;
}

gram_status gr_recipe_key(GrVocabDraft *d, uint32_t id, const void *p,
                          size_t len)
{
    GR_TRY(gr_recipe_u32(d, id));
    GR_TRY(gr_recipe_u32(d, (uint32_t)len));
    GR_TRY(gr_recipe_bytes(d, p, len));
    return gr_recipe_pad(d);
}

gram_status gr_recipe_added(GrVocabDraft *d, uint32_t id, uint32_t flags,
                            const void *p, size_t len)
{
    GR_TRY(gr_recipe_u32(d, id));
    GR_TRY(gr_recipe_u32(d, flags));
    GR_TRY(gr_recipe_u32(d, (uint32_t)len));
    GR_TRY(gr_recipe_bytes(d, p, len));
    return gr_recipe_pad(d);
}

/* The padding of the last record may be missing, where a file was written by
 * hand; anything else that is short is no record. */
bool gr_recipe_next(const uint8_t *recipe, uint32_t len, uint32_t *at,
                    GrRecord *out)
{
    if (len - *at < HEAD || *at > len) return false;
    uint32_t head = gr_load_u32(recipe + *at);
    uint32_t n = gr_load_u32(recipe + *at + 4);
    if ((head & 0xFFFF) >= GR_OP_COUNT || n > len - *at - HEAD) return false;
    *out =
        (GrRecord){(GrOp)(head & 0xFFFF), head >> 16, n, recipe + *at + HEAD};
    uint32_t room = len - *at - HEAD, step = n + (-n & 3);
    *at += HEAD + (step <= room ? step : room);
    return true;
}
