/* Property (vocab_any.h): any bytes as a pack are refused or give a valid
 * vocabulary.  Checksums only stop accidents, so they are mended first: a
 * pack made by an enemy has right ones. */
#include "fuzz/vocab_any.h"
#include "vocab/draft.h"

#include <stdlib.h>

static void mend(uint8_t *p, size_t n)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < sizeof(GrPackHead)) return 0;
    uint8_t *pack = malloc(size);
    if (pack == NULL) return 0;
    memcpy(pack, data, size);
    mend(pack, size);
    fuzz_vocab("", 0, pack, size, false);
    free(pack);
    return 0;
}
