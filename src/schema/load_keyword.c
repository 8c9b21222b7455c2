/* Keyword texts -> numbers.
 *
 * Length decides first (keywords.def is sorted by it), then the bytes: at most
 * eight candidates, nearly all told apart by the first or second byte.  A
 * perfect hash was rejected: it needs a generated table, and this already costs
 * less than reading the key from memory. */
#include "schema/load_in.h"

typedef struct Row {
    GrKeyword pub;
    uint8_t vocabulary, sub;
} Row;

static const Row ROWS[K_N + 1] = {
#define GR_KEYWORD_LENGTH(n)
#define GR_KEYWORD(name, text, drafts, vocabulary, what, sub)                  \
    [K_##name] = {{text, sizeof(text) - 1, (drafts), what},                    \
                  VOCABULARY_##vocabulary,                                     \
                  SUB_##sub},
#include "schema/keywords.def"
#undef GR_KEYWORD
#undef GR_KEYWORD_LENGTH
};

enum { LONGEST = 21 };

/* The first keyword of each length; lengths without one stay 0, and the
 * loop below then ends at once because keyword 0 has another length. */
static const uint8_t FIRST[LONGEST + 1] = {
#define GR_KEYWORD_LENGTH(n) [n] = K_FIRST_##n,
#define GR_KEYWORD(name, text, drafts, vocabulary, what, sub)
#include "schema/keywords.def"
#undef GR_KEYWORD
#undef GR_KEYWORD_LENGTH
};

Keyword gr_keyword_find(const char *text, uint32_t len)
{
    if (len > LONGEST) return K_NONE;
    for (uint32_t k = FIRST[len]; ROWS[k].pub.len == len; k++)
        if (memcmp(ROWS[k].pub.text, text, len) == 0) return (Keyword)k;
    return K_NONE;
}

bool gr_keyword_is_on(Keyword k, uint32_t draft, uint32_t vocabularies)
{
    return k != K_NONE && ROWS[k].pub.drafts >> draft & 1 &&
           ROWS[k].vocabulary & vocabularies;
}

SubKind gr_keyword_sub(Keyword k)
{
    return (SubKind)ROWS[k].sub;
}

const GrKeyword *gr_keyword_get(uint32_t i)
{
    return i < K_N ? &ROWS[i].pub : NULL;
}
