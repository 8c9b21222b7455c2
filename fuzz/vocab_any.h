/* vocab_any.h: what every reader of tokenizer files promises; the targets
 * fuzz_vocab_<reader>.c differ in how they make a file of their bytes.
 *
 * Property: any bytes are refused, or give a vocabulary that is valid, comes
 * back from its own pack, and encodes texts into ids that it has.  Memory is
 * bounded by the file and by what the vocabulary holds; nothing is left. */
#ifndef GR_FUZZ_VOCAB_ANY_H
#define GR_FUZZ_VOCAB_ANY_H

#include "fuzz/driver.h"
#include "vocab/vocab.h"

/* `head` (may be "") and `data` are the file; with `sides`, a 0xFE byte in
 * data ends the file and each of the side files behind it, in their order. */
int fuzz_vocab(const char *head, size_t head_len, const uint8_t *data,
               size_t size, bool sides);

#endif
