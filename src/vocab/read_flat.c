/* LGV1, the flat file of the benchmark peers (little endian):
 *
 *     "LGV1" u32 n  u32 eos  u32 0
 *     n times {u8 kind (0 text, 1 control)  u8 0  u16 len  len bytes}
 *
 * It states no recipe: texts are encoded greedily.  Nothing may follow the
 * tokens, so that a false count is seen. */
#include "vocab/readers.h"

gram_status gr_read_flat(GrVocabDraft *d, GrBytes file)
{
    const uint8_t *p = file.p;
    size_t at = 16;
    if (file.n < at)
        return gr_fail(&d->env, GRAM_E_VOCAB, file.n,
                       "the file ends inside its head");
    uint32_t n = gr_load_u32(p + 4), end = gr_load_u32(p + 8);
    for (uint32_t id = 0; id < n; id++) {
        size_t left = file.n - at;
        size_t len = left < 4 ? 0 : p[at + 2] | (size_t)p[at + 3] << 8;
        if (left < 4 || len > left - 4 || p[at] > 1)
            return gr_fail(&d->env, GRAM_E_VOCAB, at,
                           "token %u is cut or has no kind", id);
        GR_TRY(gr_draft_set(d, id, p[at] ? GR_TOKEN_SPECIAL : GR_TOKEN_NORMAL,
                            p + at + 4, len, at));
        at += 4 + len;
    }
    if (at != file.n)
        return gr_fail(&d->env, GRAM_E_VOCAB, at, "bytes after the tokens");
    return end < n ? gr_draft_end(d, end) : GRAM_OK;
}
