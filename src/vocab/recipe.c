/* Writing and reading the records of recipe.h. */
#include "vocab/recipe.h"

enum { HEAD = 8 };

gram_status gr_recipe_bytes(GrVocabDraft *d, const void *p, size_t len)
{
    if (len > UINT32_MAX / 2 - d->recipe.n)
        return gr_fail(&d->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a tokenizer recipe of more than 2 GiB");
    GR_TRY(gr_vec_reserve(&d->env, &d->recipe, len));
    if (len) memcpy(d->recipe.at + d->recipe.n, p, len);
    d->recipe.n += (uint32_t)len;
    return GRAM_OK;
}

static void store_u32(char *to, uint32_t x)
{
    for (int i = 0; i < 4; i++) to[i] = (char)(uint8_t)(x >> 8 * i);
}

uint32_t gr_load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

gram_status gr_recipe_u32(GrVocabDraft *d, uint32_t x)
{
    char b[4];
    store_u32(b, x);
    return gr_recipe_bytes(d, b, sizeof b);
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
