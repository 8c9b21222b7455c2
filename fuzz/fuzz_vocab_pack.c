/* Property (vocab_any.h): any bytes as a pack are refused or give a valid
 * vocabulary.  Checksums only stop accidents, so they are mended first: a
 * pack made by an enemy has right ones. */
#include "fuzz/vocab_any.h"
#include "tests/tools/mend.h"

#include <stdlib.h>

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
