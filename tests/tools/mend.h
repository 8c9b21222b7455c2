/* mend.h: the checksums of a damaged pack, made right again.
 *
 * Checksums stop accidents only: a pack made by an enemy has right ones, so
 * readers are also tried on those. */
#ifndef TEST_MEND_H
#define TEST_MEND_H

#include "vocab/draft.h"

/* `p` has the size of a head at least; sections may lie anywhere. */
static inline void mend(uint8_t *p, size_t n)
{
    GrPackHead *h = (GrPackHead *)(void *)p;
    for (int i = 0; i < GR_PACK_SECTIONS; i++) {
        uint64_t at = h->section[i].at, len = h->section[i].len;
        if (at + len <= n)
            h->section[i].sum = gr_hash(p + at, len, (uint64_t)i);
    }
    const uint64_t parts[] = {
        h->section[GR_PACK_BYTES].sum, h->section[GR_PACK_OFF].sum,
        h->section[GR_PACK_KIND].sum, h->section[GR_PACK_END].sum, h->width};
    h->fingerprint = gr_hash(parts, sizeof parts, h->version);
    h->sum = gr_hash(h, offsetof(GrPackHead, sum), h->version);
}

#endif
