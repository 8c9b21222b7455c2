/* Which tokens have a character beyond ASCII.
 *
 * In: a vocabulary.  Out: for each such character in it the tokens that have
 * it, and from these lists the tokens with one that a class lacks.  Signs
 * (vocab.h) tell blocks of characters apart, and classes of patterns cut
 * through most of them: `.` and \S lack a few characters, the letters of all
 * scripts are 600 ranges.  To decode every token of a block that is cut takes
 * 100 instructions each; a character that lacks is in few of them.
 *
 *      code    U+00A0  U+00A1  ..  U+3000 ..
 *      at        |       |           |
 *      token   t t t   t t         t t t
 *
 * Rejected: a row for `.` and one for \S, the classes that patterns have most;
 * others are as dear as they were.
 *
 * Cost: 0.3 MB and 2 ms for 128k tokens; some instructions for each token that
 * has a character which lacks. */
#include "mask/mask_int.h"

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS }; /* two of a code point */

typedef struct Met {
    uint32_t code, token;
} Met;

typedef GrVec(Met) Mets;

/* --- finding them --------------------------------------------------------- */

static gram_status meet(GrEnv *env, const GrVocab *v, uint32_t token, Mets *to)
{
    uint32_t len, size;
    const char *p = gr_vocab_bytes(v, token, &len);
    for (uint32_t i = 0; i < len; i += size) {
        size = 1;
        if ((uint8_t)p[i] < 0x80) continue;
        uint32_t code = gr_utf8_get(p + i, len - i, &size);
        if (code == UINT32_MAX) continue;
        GR_TRY(gr_vec_push(env, to, (Met){code, token}));
    }
    return GRAM_OK;
}

static gram_status meet_all(GrEnv *env, const GrVocab *v, Mets *to)
{
    const uint32_t *row = gr_vocab_signed(v, GR_SIG_BEYOND);
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1)
            GR_TRY(meet(env, v, w * 32 + (uint32_t)__builtin_ctz(bits), to));
    return GRAM_OK;
}

/* A counting sort by one digit of the code points; equal ones stay in order. */
static void sort_by(const Met *from, uint32_t n, uint32_t shift, Met *to)
{
    uint32_t at[DIGITS + 1] = {0};
    for (uint32_t i = 0; i < n; i++) at[(from[i].code >> shift) % DIGITS + 1]++;
    for (uint32_t d = 1; d < DIGITS; d++) at[d] += at[d - 1];
    for (uint32_t i = 0; i < n; i++)
        to[at[(from[i].code >> shift) % DIGITS]++] = from[i];
}

/* --- keeping them --------------------------------------------------------- */

/* In order of the characters; one that a token has twice is there once. */
static gram_status keep(GrEnv *env, GrArena *arena, const Mets *met, Beyond *b)
{
    uint32_t n_codes = 0, n = 0;
    for (uint32_t i = 0; i < met->n; i++)
        n_codes += i == 0 || met->at[i].code != met->at[i - 1].code;
    size_t codes = (size_t)n_codes + 1;
    b->code = gr_arena_take(env, arena, codes * sizeof *b->code);
    b->at = gr_arena_take(env, arena, codes * sizeof *b->at);
    b->token = gr_arena_take(env, arena, met->n * sizeof *b->token + 1);
    if (b->code == NULL || b->at == NULL || b->token == NULL)
        return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < met->n; i++) {
        const Met *e = &met->at[i];
        bool is_new = i == 0 || e->code != e[-1].code;
        if (!is_new && e->token == e[-1].token) continue;
        if (is_new) {
            b->code[b->n] = e->code;
            b->at[b->n++] = n;
        }
        b->token[n++] = e->token;
    }
    b->at[b->n] = n;
    return gr_step(env, met->n);
}

static gram_status sort_and_keep(GrEnv *env, GrTables *t, const Mets *met)
{
    Mets other = {0};
    gram_status status = gr_vec_reserve(env, &other, met->n);
    if (status == GRAM_OK) {
        sort_by(met->at, met->n, 0, other.at);
        sort_by(other.at, met->n, DIGIT_BITS, met->at);
        status = keep(env, &t->arena, met, &t->beyond);
    }
    gr_vec_clear(env, &other);
    return status;
}

gram_status gr_beyond_build(GrEnv *env, GrTables *t)
{
    Mets met = {0};
    gram_status status = meet_all(env, t->v, &met);
    if (status == GRAM_OK) status = sort_and_keep(env, t, &met);
    gr_vec_clear(env, &met);
    return status;
}

/* --- asking --------------------------------------------------------------- */

/* The first of the characters from a code point on. */
static uint32_t first_from(const Beyond *b, uint32_t code)
{
    uint32_t lo = 0, hi = b->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (b->code[mid] < code)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t gr_beyond_count(const Beyond *b, uint32_t lo, uint32_t hi)
{
    return b->at[first_from(b, hi + 1)] - b->at[first_from(b, lo)];
}

uint32_t gr_beyond_lacking(const Beyond *b, const Class *c, uint32_t lo,
                           uint32_t hi, uint32_t *row)
{
    uint32_t r = gr_class_from(c, lo), n = 0;
    for (uint32_t i = first_from(b, lo); i < b->n && b->code[i] <= hi; i++) {
        while (r < c->n && c->ranges[2 * r + 1] < b->code[i]) r++;
        if (r < c->n && c->ranges[2 * r] <= b->code[i]) continue;
        for (uint32_t j = b->at[i]; j < b->at[i + 1]; j++)
            gr_bit_set(row, b->token[j]);
        n += b->at[i + 1] - b->at[i];
    }
    return n;
}

uint32_t gr_beyond_leaving(const GrTables *t, const Class *c, uint8_t byte,
                           uint32_t *row)
{
    const Inner *in = &t->first_inner;
    uint32_t lo, hi, n = in->at[byte + 1] - in->at[byte];
    memset(row, 0, t->v->mask_words * sizeof *row);
    for (uint32_t i = in->at[byte]; i < in->at[byte + 1]; i++)
        gr_bit_set(row, in->token[i]);
    if (!gr_lead_codes(byte, &lo, &hi)) return n;
    return n + gr_beyond_lacking(&t->beyond, c, lo, hi, row);
}
