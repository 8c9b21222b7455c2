/* What can be written where some byte is no token of its own.
 *
 * With a token for every byte any text can be written.  Without, a text can
 * be if it is a row of tokens; and since a token that is a row of others adds
 * nothing to what can be written, only the *elements* count, those that are
 * none:
 *
 *     tokens    a  b  c  ab  cab  " d"  "é"
 *     elements  a  b  c           " d"  "é"
 *
 * They are few: single bytes, characters that are tokens as a whole, and
 * characters that occur behind a space alone.  So they lie in a trie of their
 * own, in which most texts are always at the top; to go by all tokens would
 * keep every token open that goes on like the text.
 *
 * Those of more than GR_SPELL_MOST bytes are left out.
 *
 * Rejected: the bytes that are tokens alone, and nothing else.  Then no
 * character beyond ASCII could be written with vocabularies that have a
 * thousand of them, nor a space where it only comes with a letter.
 *
 * Cost: O(bytes * longest element) when a vocabulary is made, 6 ms for 30,000
 * tokens, and nothing where no byte is missing. */
#include "vocab/draft.h"

typedef struct Node {
    bool ends, goes_on; /* an element does */
} Node;

/* Node 0 is the top. */
struct GrSpelling {
    GrVec(Node) node;
    GrMap child; /* node << 8 | byte -> node */
};

/* Bytes that no UTF-8 text has are not missed. */
static bool is_complete(const GrVocab *v)
{
    for (uint32_t b = 0; b < 0xF5; b++)
        if (b != 0xC0 && b != 0xC1 && !gr_bit_get(v->alone, b)) return false;
    return true;
}

/* 0: there is none. */
static uint32_t child_of(const GrSpelling *s, uint32_t from, uint8_t byte)
{
    const uint32_t *at = gr_map_find(&s->child, (uint64_t)from << 8 | byte);
    return at ? *at : 0;
}

static gram_status add_byte(GrEnv *env, GrSpelling *s, uint8_t byte,
                            uint32_t *at)
{
    uint32_t from = *at;
    *at = child_of(s, from, byte);
    if (*at != 0) return GRAM_OK;
    *at = s->node.n;
    GR_TRY(gr_vec_push(env, &s->node, (Node){0}));
    s->node.at[from].goes_on = true;
    return gr_map_put(env, &s->child, (uint64_t)from << 8 | byte, *at);
}

static gram_status add(GrEnv *env, GrSpelling *s, const char *text,
                       uint32_t len)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < len; i++)
        GR_TRY(add_byte(env, s, (uint8_t)text[i], &at));
    s->node.at[at].ends = true;
    return GRAM_OK;
}

/* Is the text a row of elements? */
static bool is_row(const GrSpelling *s, const char *text, uint32_t len)
{
    uint64_t ends = 1; /* bit i: the first i bytes are one */
    for (uint32_t i = 0; i < len; i++) {
        if (!(ends >> i & 1)) continue;
        uint32_t at = 0;
        for (uint32_t j = i; j < len; j++) {
            at = child_of(s, at, (uint8_t)text[j]);
            if (at == 0) break;
            if (s->node.at[at].ends) ends |= UINT64_C(2) << j;
        }
    }
    return ends >> len & 1;
}

/* Of the tokens of a length, when all shorter elements are there. */
static gram_status add_elements(GrEnv *env, const GrVocab *v, GrSpelling *s,
                                uint32_t of_len)
{
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t len;
        const char *text = gr_vocab_bytes(v, t, &len);
        if (len != of_len || !gr_vocab_is_text(v, t)) continue;
        if (!is_row(s, text, len)) GR_TRY(add(env, s, text, len));
    }
    return GRAM_OK;
}

static gram_status fill(GrEnv *env, const GrVocab *v, GrSpelling *s)
{
    GR_TRY(gr_vec_push(env, &s->node, (Node){0}));
    for (uint32_t len = 1; len <= GR_SPELL_MOST && len <= v->longest; len++)
        GR_TRY(add_elements(env, v, s, len));
    return GRAM_OK;
}

gram_status gr_spelling_new(GrEnv *env, const GrVocab *v, GrSpelling **out)
{
    *out = NULL;
    if (is_complete(v)) return GRAM_OK;
    GrSpelling *s = gr_zalloc(env, 1, sizeof *s);
    if (s == NULL) return GRAM_E_MEMORY;
    gram_status status = fill(env, v, s);
    if (status == GRAM_OK)
        *out = s;
    else
        gr_spelling_free(env, s);
    return status;
}

void gr_spelling_free(GrEnv *env, GrSpelling *s)
{
    if (s == NULL) return;
    gr_vec_clear(env, &s->node);
    gr_map_clear(env, &s->child);
    gr_free(env, s, sizeof *s);
}

/* A node that no element goes on from is as good as none. */
uint32_t gr_spelling_step(const GrSpelling *s, uint32_t from, uint8_t byte,
                          bool *ends)
{
    uint32_t at = child_of(s, from, byte);
    *ends = s->node.at[at].ends;
    return at != 0 && s->node.at[at].goes_on ? at : 0;
}
