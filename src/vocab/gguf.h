/* gguf.h: what read_gguf.c finds and gguf_recipe.c turns into a recipe. */
#ifndef GR_VOCAB_GGUF_H
#define GR_VOCAB_GGUF_H

#include "vocab/readers.h"

/* Elements of an array, all of them inside the file. */
typedef struct GrGgufArray {
    const uint8_t *p; /* NULL: absent */
    uint64_t n;
    uint32_t type;
    size_t at, end; /* of the elements, in the file */
} GrGgufArray;

typedef struct GrGgufValue {
    uint32_t type;
    uint64_t number;
    GrBytes text;
    GrGgufArray array;
} GrGgufValue;

typedef enum GrGgufForm {
    GR_GGUF_BYTES,   /* gpt2: byte alphabet and merges */
    GR_GGUF_SCORES,  /* llama: SentencePiece BPE */
    GR_GGUF_MERGES,  /* gemma4: spaces as in llama, merges as in gpt2 */
    GR_GGUF_UNIGRAM, /* t5 */
    GR_GGUF_WORDS,   /* bert */
    GR_GGUF_RWKV     /* rwkv: escaped bytes */
} GrGgufForm;

/* Ids are UINT64_MAX where the file names none; flags -1. */
typedef struct GrGguf {
    GrBytes file;
    GrGgufForm form;
    GrBytes model, pre;
    GrGgufArray tokens, types, scores, merges, charsmap;
    uint64_t eos, eot, eom, unknown, fim_pad, fim_rep, fim_sep;
    int add_space_prefix, remove_extra_spaces, strip_accents;
    bool lowercase, newlines; /* newlines: a run of them may be a token */
    uint32_t width;
} GrGguf;

/* The next string of an array of strings; false at its end.  Lengths were
 * checked when the array was stepped over. */
static inline bool gr_gguf_string(GrGgufArray *a, GrBytes *out)
{
    if (a->n == 0) return false;
    uint64_t n = gr_load_u64(a->p);
    *out = (GrBytes){a->p + 8, (size_t)n};
    a->p += 8 + n;
    a->n--;
    return true;
}

/* Is it spelled like a token that its runtime never takes for text? */
bool gr_gguf_is_end_name(GrBytes s);

/* Normalizers, splits, merges, scores, user tokens. */
gram_status gr_gguf_recipe(GrVocabDraft *d, const GrGguf *g);

#endif
