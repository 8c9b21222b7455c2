/* decoder.h: how a file's spelling of a token becomes bytes; private.
 *
 * What a token adds in the middle of a text, by the decoder of its file:
 * steps in order, each on one token alone.  Steps that touch only the ends
 * of a whole text (Strip after Fuse) add nothing here; what they take away
 * is remembered apart. */
#ifndef GR_VOCAB_DECODER_H
#define GR_VOCAB_DECODER_H

#include "vocab/readers.h"

enum { GR_DECODER_STEPS = 8 };

typedef struct GrDecoderStep {
    enum {
        GR_DECODE_BYTELEVEL,
        GR_DECODE_REPLACE,
        GR_DECODE_BYTES,
        GR_DECODE_WORDPIECE,
        GR_DECODE_STRIP,
        GR_DECODE_CLEANUP
    } op;
    GrBytes from, to;     /* REPLACE; WORDPIECE: the prefix in `from`; STRIP:
                               the character there */
    uint32_t start, stop; /* STRIP: how often at each end */
} GrDecoderStep;

typedef struct GrDecoder {
    GrDecoderStep step[GR_DECODER_STEPS];
    uint32_t n;
    bool bytelevel, fallback, meta, fused;
    GrDecoderStep ends; /* a STRIP of the whole text; .from.n 0: none */
    GrText a, b;        /* the token before and after a step */
} GrDecoder;

void gr_decoder_clear(GrEnv *env, GrDecoder *x);

/* The steps of node `i` of a tokenizer.json; UINT32_MAX or null: none. */
gram_status gr_decoder_read(GrEnv *env, const GrJson *j, uint32_t i,
                            GrDecoder *out);

/* What decoding takes off a whole text, as a record of the recipe; `prefix`:
 * the pipeline puts a space in front of it. */
gram_status gr_decoder_put_ends(GrVocabDraft *d, const GrDecoder *x,
                                bool prefix);

/* Is the byte alphabet all there is to it, as in most files? */
static inline bool gr_decoder_is_alphabet(const GrDecoder *x)
{
    return x->n == 1 && x->step[0].op == GR_DECODE_BYTELEVEL;
}

/* Does it only put a space before words, and cut `prefix` off their rests
 * (and clean up)? */
static inline bool gr_decoder_is_wordpiece(const GrDecoder *x, GrBytes prefix)
{
    const GrDecoderStep *s = &x->step[0];
    return (x->n == 1 || (x->n == 2 && x->step[1].op == GR_DECODE_CLEANUP)) &&
           s->op == GR_DECODE_WORDPIECE && s->from.n == prefix.n &&
           memcmp(s->from.p, prefix.p, prefix.n) == 0;
}

typedef struct GrDecoded {
    GrBytes bytes; /* valid until the next call */
    bool is_byte;  /* it was a <0xHH> piece */
    bool no_key;   /* no text is ever spelled so: a letter outside the
                            byte alphabet, a space where texts have ▁ */
} GrDecoded;

/* A result that grows beyond GR_LIMIT_TOKEN_BYTES is cut somewhere behind
 * that, and refused by whoever makes a token of it. */
gram_status gr_decoder_run(GrEnv *env, GrDecoder *x, GrBytes token,
                           GrDecoded *out);

#endif
