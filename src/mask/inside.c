/* Tokens that stay inside a JSON string, and those that close one.
 *
 *      abc   \n   \u00e   \xE2\x80        inside: text, escapes, beginnings
 *      ", "      a\n":                    a piece of inside, then a rest
 *
 * Where a machine takes every character in every spelling, nothing of a token
 * matters but where the string ends.  So here is a class unlike others: its
 * row has all tokens that do not end the string, its only rests begin with
 * the closing quote, and what comes before them counts by characters as they
 * are meant (an escape is one).  A token that ends inside a character needs
 * the whole of it to fit.
 *
 * Cost: a look at each token that is not plain, and a sort, once for a
 * vocabulary. */
#include "mask/mask_int.h"

/* --- one character -------------------------------------------------------- */

typedef enum Piece {
    PIECE_CHAR,  /* a whole character, in any spelling */
    PIECE_CUT,   /* the beginning of one, up to the end */
    PIECE_QUOTE, /* the closing quote */
    PIECE_BAD
} Piece;

static int hex_digit(uint8_t b)
{
    if (b >= '0' && b <= '9') return b - '0';
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* Do n bytes begin a character of UTF-8, and not end it? */
static bool is_cut(const uint8_t *p, uint32_t n)
{
    uint32_t more = p[0] >= 0xF0 ? 3 : p[0] >= 0xE0 ? 2 : 1;
    uint8_t lo = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    uint8_t hi = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n > more) return false;
    if (n > 1 && (p[1] < lo || p[1] > hi)) return false;
    for (uint32_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return false;
    return true;
}

/* `u` and four digits at p, for a surrogate of the kind asked for: low ones
 * only behind high ones. */
static Piece read_unit(const uint8_t *p, uint32_t n, bool low, uint32_t *unit)
{
    *unit = 0;
    if (n > 0 && p[0] != 'u') return PIECE_BAD;
    for (uint32_t i = 1; i < 5 && i < n; i++) {
        int x = hex_digit(p[i]);
        if (x < 0) return PIECE_BAD;
        *unit = *unit << 4 | (uint32_t)x;
        bool is_low = *unit >= 0xDC && *unit < 0xE0;
        if (i == 1 && low && x != 0xD) return PIECE_BAD;
        if (i == 2 && is_low != low) return PIECE_BAD;
    }
    return n < 5 ? PIECE_CUT : PIECE_CHAR;
}

/* Behind a backslash. */
static Piece read_escape(const uint8_t *p, uint32_t n, uint32_t *size,
                         uint32_t *code)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    uint32_t low;
    if (n == 0) return PIECE_CUT;
    for (uint32_t i = 0; letters[i] != 0; i++)
        if (p[0] == (uint8_t)letters[i]) {
            *code = (uint8_t)values[i];
            *size = 2;
            return PIECE_CHAR;
        }
    Piece piece = read_unit(p, n, false, code);
    *size = 6;
    if (piece != PIECE_CHAR || *code < 0xD800 || *code > 0xDBFF) return piece;
    if (n > 5 && p[5] != '\\') return PIECE_BAD;
    piece = n > 6 ? read_unit(p + 6, n - 6, true, &low) : PIECE_CUT;
    if (piece == PIECE_CHAR)
        *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    *size = 12;
    return piece;
}

static Piece read_piece(const char *text, uint32_t n, uint32_t *size,
                        uint32_t *code)
{
    const uint8_t *p = (const uint8_t *)text;
    *size = 1;
    *code = p[0];
    if (p[0] == '"') return PIECE_QUOTE;
    if (p[0] < 0x20) return PIECE_BAD;
    if (p[0] == '\\') return read_escape(p + 1, n - 1, size, code);
    if (p[0] < 0x80) return PIECE_CHAR;
    *code = gr_utf8_get(p, n, size);
    if (*code != UINT32_MAX) return PIECE_CHAR;
    return is_cut(p, n) ? PIECE_CUT : PIECE_BAD;
}

uint32_t gr_inside_char(const char *p, uint32_t n, uint32_t *code)
{
    uint32_t size;
    return read_piece(p, n, &size, code) == PIECE_CHAR ? size : 0;
}

/* --- one token ------------------------------------------------------------ */

typedef struct Token {
    Piece end;      /* CHAR: inside as a whole */
    uint32_t at;    /* of the quote */
    uint32_t chars; /* before it; a beginning counts as one */
} Token;

static Token read_token(const GrVocab *v, uint32_t token)
{
    Token t = {PIECE_CHAR, 0, 0};
    uint32_t len, size, code;
    const char *p = gr_vocab_bytes(v, token, &len);
    while (t.at < len && t.end == PIECE_CHAR) {
        t.end = read_piece(p + t.at, len - t.at, &size, &code);
        t.chars += t.end <= PIECE_CUT;
        if (t.end == PIECE_CHAR) t.at += size;
    }
    if (t.end == PIECE_CUT) t.end = PIECE_CHAR;
    if (len == 0) t.end = PIECE_BAD;
    return t;
}

/* --- the class ------------------------------------------------------------ */

/* All tokens, read once: nearly all are of the plain class, whose characters
 * are counted already. */
static gram_status read_tokens(GrEnv *env, const GrVocab *v, const Class *plain,
                               Token *to, Exits *closing)
{
    for (uint32_t i = 0; i < v->n_tokens; i++) {
        uint32_t len;
        bool text = gr_vocab_is_text(v, i); /* else it may lie behind the row */
        if (text && gr_bit_get(plain->all.row, i)) {
            to[i] = (Token){PIECE_CHAR, 0, gr_chars_of(v, i)};
            continue;
        }
        to[i].end = PIECE_BAD;
        if (!text) continue;
        to[i] = read_token(v, i);
        if (to[i].end != PIECE_QUOTE) continue;
        const char *p = gr_vocab_bytes(v, i, &len) + to[i].at;
        GR_TRY(gr_vec_push(env, closing,
                           (Exit){p, len - to[i].at, i, to[i].chars, 0}));
    }
    return GRAM_OK;
}

/* A counting sort, as in class.c. */
static gram_status sort_tokens(GrEnv *env, const GrVocab *v, const Token *t,
                               Class *c)
{
    for (uint32_t i = 0; i < v->n_tokens; i++)
        if (t[i].end == PIECE_CHAR && t[i].chars > c->longest)
            c->longest = t[i].chars;
    size_t n = (size_t)c->longest + 2;
    uint32_t *at = gr_arena_take(env, c->arena, n * sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memset(at, 0, n * sizeof *at);
    for (uint32_t i = 0; i < v->n_tokens; i++)
        if (t[i].end == PIECE_CHAR) at[t[i].chars + 1]++;
    for (uint32_t k = 1; k < n; k++) at[k] += at[k - 1];
    c->by_chars =
        gr_arena_take(env, c->arena, (size_t)at[n - 1] * sizeof *at + 1);
    if (c->by_chars == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < v->n_tokens; i++)
        if (t[i].end == PIECE_CHAR) c->by_chars[at[t[i].chars]++] = i;
    c->chars_at = at;
    return GRAM_OK;
}

static gram_status fill(GrEnv *env, const GrVocab *v, const Class *plain,
                        Token *token, Exits *closing, Class *c)
{
    memset(c->complete, 0xFF, sizeof c->complete);
    GR_TRY(read_tokens(env, v, plain, token, closing));
    GR_TRY(sort_tokens(env, v, token, c));
    GR_TRY(gr_class_rows(env, v, c));
    GR_TRY(gr_class_rests(env, c));
    return gr_rests_make(env, c->arena, v, closing, true, &c->rests['"']);
}

static gram_status build(GrEnv *env, const GrVocab *v, const Class *plain,
                         Class *c)
{
    Exits closing = {0};
    size_t n = (size_t)v->n_tokens + 1;
    Token *token = gr_zalloc(env, n, sizeof *token);
    if (token == NULL) return GRAM_E_MEMORY;
    gram_status status = fill(env, v, plain, token, &closing, c);
    gr_free(env, token, n * sizeof *token);
    gr_vec_clear(env, &closing);
    return status;
}

gram_status gr_inside_build(GrEnv *env, const GrVocab *v, GrArena *arena,
                            const Class *plain, Class **out)
{
    Class *c = gr_zalloc(env, 1, sizeof *c);
    if (c == NULL) return GRAM_E_MEMORY;
    c->arena = arena;
    c->kernels = plain->kernels;
    gram_status status = build(env, v, plain, c);
    if (status == GRAM_OK)
        *out = c;
    else
        gr_class_free(env, c);
    return status;
}
