/* tiktoken rank files: lines of "BASE64 RANK".
 *
 * The rank is the id and the order of merging.  The base64 of real files is
 * not always canonical ("=" alone is a token without bytes in a Whisper
 * file), so padding is read leniently: as much as there is, at the end.
 * The file knows neither special tokens nor the pattern; both come from the
 * specials form beside it.  One pass, O(file). */
#include "vocab/readers.h"

typedef struct Line {
    const char *p;
    size_t at, n; /* the line, without its end */
} Line;

/* The value of each base64 digit; 64: no digit. */
static const uint8_t digit64[256] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 62, 64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    61, 64, 64, 64, 64, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
    11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64,
    64, 64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
    43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64};

/* Decode to out (3 bytes for 4 characters); false where it is no base64. */
bool gr_base64_decode(const char *p, size_t n, char *out, size_t *out_len)
{
    const uint8_t *b = (const uint8_t *)p;
    size_t put = 0;
    uint32_t bits = 0, have = 0, bad = 0;
    while (n > 0 && b[n - 1] == '=') n--;
    if (n % 4 == 1) return false;
    for (size_t i = 0; i < n; i++) {
        uint32_t d = digit64[b[i]];
        bad |= d;
        bits = bits << 6 | d;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out[put++] = (char)(uint8_t)(bits >> have);
    }
    *out_len = put;
    return bad < 64;
}

static bool read_rank(const char *p, size_t n, uint64_t *out)
{
    if (n == 0 || n > 10) return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return false;
        *out = *out * 10 + (uint64_t)(p[i] - '0');
    }
    return true;
}

static gram_status read_line(GrVocabDraft *d, const Line *l, char *buffer)
{
    const char *space = memchr(l->p, ' ', l->n);
    size_t n = space ? (size_t)(space - l->p) : l->n, len;
    uint64_t rank;
    if (space == NULL || !read_rank(space + 1, l->n - n - 1, &rank))
        return gr_fail(&d->env, GRAM_E_VOCAB, l->at + n,
                       "a line of a rank file is not \"BASE64 RANK\"");
    /* as decoded, which padding makes up to two bytes less */
    if (n / 4 * 3 > GR_LIMIT_TOKEN_BYTES + 2)
        return gr_fail(&d->env, GRAM_E_VOCAB, l->at,
                       "a token is longer than %d bytes", GR_LIMIT_TOKEN_BYTES);
    if (!gr_base64_decode(l->p, n, buffer, &len))
        return gr_fail(&d->env, GRAM_E_VOCAB, l->at, "bad base64");
    if (rank < d->kind.n && d->kind.at[rank] != GR_TOKEN_GAP)
        return gr_fail(&d->env, GRAM_E_VOCAB, l->at, "rank %llu is given twice",
                       (unsigned long long)rank);
    return gr_draft_set(d, rank, GR_TOKEN_NORMAL, buffer, len, l->at);
}

static gram_status read_lines(GrVocabDraft *d, GrBytes file, char *buffer)
{
    const char *text = file.p;
    for (size_t at = 0; at < file.n;) {
        const char *nl = memchr(text + at, '\n', file.n - at);
        size_t end = nl ? (size_t)(nl - text) : file.n;
        Line l = {text + at, at, end - at};
        if (l.n > 0 && l.p[l.n - 1] == '\r') l.n--;
        if (l.n > 0) GR_TRY(read_line(d, &l, buffer));
        at = end + 1;
    }
    return GRAM_OK;
}

gram_status gr_read_tiktoken(GrVocabDraft *d, GrBytes file)
{
    size_t room = GR_LIMIT_TOKEN_BYTES + 16;
    char *buffer = gr_zalloc(&d->env, room, 1);
    GrSpan pattern;
    if (buffer == NULL) return GRAM_E_MEMORY;
    gram_status s = read_lines(d, file, buffer);
    gr_free(&d->env, buffer, room);
    GR_TRY(s);
    GR_TRY(gr_read_specials(d, &pattern));
    if (pattern.len == 0)
        return gr_recipe_add(d, GR_OP_UNSUPPORTED, 0,
                             "a rank file without a pattern", 29);
    GR_TRY(gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                         gr_draft_at(d, pattern), pattern.len));
    return gr_recipe_add(d, GR_OP_RANKS, GR_BPE_WHOLE, NULL, 0);
}
