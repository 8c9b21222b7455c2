/* Property (vocab_any.h): any bytes as a SentencePiece model
 * are refused or give a valid vocabulary. */
#include "fuzz/vocab_any.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_vocab("", 0, data, size, false);
}
