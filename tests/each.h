/* each.h: a mask against the matcher, token by token. */
#ifndef EACH_H
#define EACH_H

#include "t.h"

#include <stdbool.h>
#include <string.h>

#include "gram.h"

/* `where`: what comes next, or has come, told where they differ. */
static inline void each_compare(const gram_vocab *v, gram_matcher *m,
                                const char *grammar, const char *where)
{
    const uint32_t *row;
    uint32_t wrong = 0, first = 0;
    T_EQ(gram_matcher_mask_view(m, &row, NULL), GRAM_OK);
    for (uint32_t id = 0; id < gram_vocab_size(v); id++) {
        size_t len;
        if (gram_vocab_kind(v, id) != GRAM_TOKEN_NORMAL) continue;
        const char *p = gram_vocab_token(v, id, &len);
        bool bit = row[id >> 5] >> (id & 31) & 1;
        if (p == NULL || len == 0 ||
            (gram_matcher_check(m, id) == GRAM_OK) == bit)
            continue;
        if (wrong++ == 0) first = id;
    }
    T_OK(wrong == 0, "%s: %u tokens wrong, first %u, at '%s'", grammar,
         (unsigned)wrong, (unsigned)first, where);
}

#endif
