/* small_vocab.h: a vocabulary of single bytes, some longer tokens, and an end.
 * Ids: the bytes, the tokens in their order, the end. */
#ifndef TEST_SMALL_VOCAB_H
#define TEST_SMALL_VOCAB_H

#include <gram.h>
#include <string.h>

enum { SMALL_VOCAB_MOST = 32 };

/* n longer tokens, SMALL_VOCAB_MOST at most; `a` may be NULL. */
static inline gram_status small_vocab(const char *const *more, uint32_t n,
                                      const gram_allocator *a, gram_vocab **out)
{
    static char bytes[256];
    gram_token t[256 + SMALL_VOCAB_MOST + 1];
    uint32_t end = 256 + n;
    gram_vocab_options o = {
        .size = sizeof o, .allocator = a, .end_ids = &end, .n_end_ids = 1};
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
        t[i] = (gram_token){bytes + i, 1, GRAM_TOKEN_NORMAL};
    }
    for (uint32_t i = 0; i < n; i++)
        t[256 + i] =
            (gram_token){more[i], (uint32_t)strlen(more[i]), GRAM_TOKEN_NORMAL};
    t[end] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    return gram_vocab_new(t, end + 1, &o, out, NULL);
}

#endif
