/* scan: the text in blocks, for what ends a run of it.
 *
 * Room-internal.  Everything here steps over bytes and judges none: who calls
 * says what is wrong with the one that is met. */
#ifndef GR_JSON_SCAN_H
#define GR_JSON_SCAN_H

#include "json/reader.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* 1 in each byte of a word, and the top bits. */
#define GR_ONES UINT64_C(0x0101010101010101)
#define GR_TOPS (GR_ONES << 7)

/* The first byte at or behind i that is no space: an indentation at once. */
static inline uint32_t gr_json_indent(const GrJsonReading *r, uint32_t i)
{
    for (; r->len - i >= 8; i += 8) {
        uint64_t other = gr_load_u64(r->text + i) ^ GR_ONES * ' ';
        if (other != 0) return i + (uint32_t)__builtin_ctzll(other) / 8;
    }
    while (i < r->len && r->text[i] == ' ') i++;
    return i;
}

/* The first byte at or behind i that is none of the four of RFC 8259: mostly
 * this one, or one behind a newline and an indentation. */
static inline uint32_t gr_json_space(const GrJsonReading *r, uint32_t i)
{
    while (i < r->len && r->text[i] <= ' ') {
        unsigned c = r->text[i];
        if (c == '\n')
            i = gr_json_indent(r, i + 1);
        else if (c == ' ' || c == '\r' || c == '\t')
            i++;
        else
            break;
    }
    return i;
}

/* Is the seam at i again? */
static inline bool gr_json_is_seam(const GrJsonReading *r, uint32_t i,
                                   const GrJsonSeam *s)
{
    return s->n > 0 && r->len - i >= sizeof s->bytes &&
           (((gr_load_u64(r->text + i) ^ s->bytes[0]) & s->mask[0]) |
            ((gr_load_u64(r->text + i + 8) ^ s->bytes[1]) & s->mask[1])) == 0;
}

/* Over `mark` with the space around it, from *i on; false where it is not
 * there.  Most are as the one before: a comma, a newline and an indentation of
 * so many bytes are one comparison. */
static inline bool gr_json_step(const GrJsonReading *r, uint32_t *i,
                                unsigned mark, GrJsonSeam *s)
{
    if (GR_LIKELY(gr_json_is_seam(r, *i, s))) {
        *i += s->n;
        return true;
    }
    return gr_json_new_seam(r, i, mark, s);
}

/* A block of text at once, and sets of its bytes: GR_MARK bits for each, of
 * which the top one tells.  Only the first byte of a set counts: with words a
 * borrow can mark bytes above a true hit. */
#if defined(__SSE2__)
enum { GR_BLOCK = 16, GR_MARK = 1 };
#define GR_ALL 0xFFFFu
typedef uint32_t GrScanned;

typedef struct GrBeyond {
    GrScanned all, first, next;
} GrBeyond;

static inline __m128i gr_load_block(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i gr_quotes_in(__m128i x)
{
    return _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')),
                        _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
}

/* The bytes that are a quote or a backslash. */
static inline GrScanned gr_quotes_at(const unsigned char *p)
{
    return (GrScanned)_mm_movemask_epi8(gr_quotes_in(gr_load_block(p)));
}

/* Those, and controls; beside them the bytes beyond ASCII, and of these C2 to
 * DF and 80 to BF, which as signed numbers are below -32 and below -64. */
static inline GrScanned gr_stops_at(const unsigned char *p, GrBeyond *b)
{
    const __m128i x = gr_load_block(p),
                  low = _mm_min_epu8(x, _mm_set1_epi8(0x1F)),
                  two = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8(-0x3F)),
                                      _mm_cmplt_epi8(x, _mm_set1_epi8(-0x20)));
    b->all = (GrScanned)_mm_movemask_epi8(x);
    b->first = (GrScanned)_mm_movemask_epi8(two);
    b->next =
        (GrScanned)_mm_movemask_epi8(_mm_cmplt_epi8(x, _mm_set1_epi8(-0x40)));
    return (GrScanned)_mm_movemask_epi8(
        _mm_or_si128(gr_quotes_in(x), _mm_cmpeq_epi8(x, low)));
}
#else
enum { GR_BLOCK = 8, GR_MARK = 8 };
#define GR_ALL GR_TOPS
typedef uint64_t GrScanned;

typedef struct GrBeyond {
    GrScanned all, first, next;
} GrBeyond;

static inline GrScanned gr_quotes_in(uint64_t w)
{
    uint64_t quote = w ^ GR_ONES * '"', back = w ^ GR_ONES * '\\';
    return (((quote - GR_ONES) & ~quote) | ((back - GR_ONES) & ~back)) &
           GR_TOPS;
}

static inline GrScanned gr_quotes_at(const unsigned char *p)
{
    return gr_quotes_in(gr_load_u64(p));
}

static inline GrScanned gr_stops_at(const unsigned char *p, GrBeyond *b)
{
    const uint64_t w = gr_load_u64(p);
    b->all = w & GR_TOPS;
    b->next = b->all & ~(w << 1);
    b->first = b->all & w << 1 & ~(w << 2) &
               (w << 3 | w << 4 | w << 5 | w << 6);
    return gr_quotes_in(w) | ((w - GR_ONES * 0x20) & ~w & GR_TOPS);
}
#endif

/* How many bytes are before the first of a set. */
static inline uint32_t gr_bytes_before(GrScanned set)
{
    return (uint32_t)__builtin_ctzll(set) / GR_MARK;
}

/* The first byte at or after i that is a quote, a backslash or a control.  *odd
 * is 0 if what is before it can only be UTF-8: ASCII and characters of two
 * bytes, the alphabet in which tokenizers write bytes.  Each byte C2..DF has to
 * be followed by one 80..BF, and no other byte may be beyond ASCII.  (Without a
 * branch: half of the tokens have such a character.) */
static inline uint32_t gr_json_run(const GrJsonReading *r, uint32_t i,
                                   GrScanned *odd)
{
    GrScanned due = 0; /* the block begins within a pair */
    for (*odd = 0; r->len - i >= GR_BLOCK; i += GR_BLOCK) {
        GrBeyond b;
        GrScanned stop = gr_stops_at(r->text + i, &b);
        GrScanned before = (stop & -stop) - 1; /* all where there is none */
        b.first &= before;
        *odd |= ((b.first | b.next) ^ b.all) & before;
        *odd |= (b.next & before) ^ ((b.first << GR_MARK | due) & GR_ALL);
        if (stop != 0) return i + gr_bytes_before(stop);
        due = b.first >> GR_MARK * (GR_BLOCK - 1);
    }
    for (*odd |= due; i < r->len; i++) {
        unsigned c = r->text[i];
        if (c < 0x20 || c == '"' || c == '\\') break;
        *odd |= c & 0x80;
    }
    return i;
}

/* The first '"' or '\' at or after i. */
static inline uint32_t gr_json_quote(const GrJsonReading *r, uint32_t i)
{
    for (; r->len - i >= GR_BLOCK; i += GR_BLOCK) {
        GrScanned hit = gr_quotes_at(r->text + i);
        if (hit != 0) return i + gr_bytes_before(hit);
    }
    while (i < r->len && r->text[i] != '"' && r->text[i] != '\\') i++;
    return i;
}

#endif
