/* recipe.h: how a tokenizer turns text into tokens, as bytes in the pack.
 *
 * A recipe is a list of records, written by the readers, read by the
 * encoder, and checked record by record when it is read, so that a damaged
 * one is an error and never a crash:
 *
 *     | u16 op | u16 flags | u32 len | len bytes | padding to 4 |
 *
 * Order matters only within one stage; the stages are
 *
 *     added tokens -> normalizers -> splitters -> model -> (ids)
 *
 * The model looks tokens up by key.  The key of a normal token is its bytes;
 * other tokens have none.  GR_OP_KEYS changes that for single ids: WordPiece
 * and added tokens are matched by other bytes than they print, and some
 * pieces of real files can never match.
 */
#ifndef GR_VOCAB_RECIPE_H
#define GR_VOCAB_RECIPE_H

#include "vocab/draft.h"

typedef enum GrOp {
    GR_OP_END,
    /* normalizers; the payload is UTF-8 */
    GR_OP_NFC,
    GR_OP_NFD,
    GR_OP_NFKC,
    GR_OP_NFKD,
    GR_OP_LOWER,
    GR_OP_STRIP,         /* flags: 1 left, 2 right */
    GR_OP_STRIP_ACCENTS, /* remove nonspacing marks */
    GR_OP_PREPEND,       /* payload before the text, if it is not empty */
    GR_OP_REPLACE,       /* u32 n, n bytes: every occurrence becomes the
                             rest of the payload */
    GR_OP_REPLACE_REGEX, /* the same for a pattern */
    GR_OP_NMT,           /* controls dropped, odd spaces to a space */
    GR_OP_BERT,          /* flags: 1 clean, 2 Chinese, 4 strip accents,
                             8 lower case */
    GR_OP_CHARSMAP,      /* SentencePiece's precompiled map; flags: 1 a
                             grapheme at a time, as Hugging Face has it */
    GR_OP_SPACES,        /* SentencePiece; flags below */
    /* splitters */
    GR_OP_SPLIT_REGEX,  /* payload: pattern; flags: behavior | 8 invert */
    GR_OP_SPLIT_STRING, /* payload: literal; same flags */
    GR_OP_PREFIX_SPACE, /* a space before a section that has none */
    GR_OP_METASPACE,    /* flags GR_META_*: spaces become ▁ */
    /* models */
    GR_OP_RANKS,     /* byte pairs; rank = id; flags GR_BPE_* */
    GR_OP_MERGES,    /* pairs {u32 left, u32 right} by rank; flags
                             GR_BPE_* */
    GR_OP_SCORES,    /* a score by id: SentencePiece BPE; flags */
    GR_OP_UNIGRAM,   /* a score by id; flags GR_BPE_* */
    GR_OP_WORDPIECE, /* u32 longest word in characters, u32 n, n bytes
                             before the first piece of a word, then those
                             before the others */
    GR_OP_GREEDY,    /* the longest token that begins the text */
    GR_OP_UNKNOWN,   /* u32: the id for what has no token */
    /* tables */
    GR_OP_KEYS,        /* {u32 id, u32 n, n bytes, padding}...; n 0: the
                             id has no key */
    GR_OP_ADDED,       /* {u32 id, u32 flags, u32 n, n bytes, padding} */
    GR_OP_UNSUPPORTED, /* payload: what; no encoder then */
    /* decoding */
    GR_OP_ENDS, /* payload: a character; flags: how many of it go at the
                             start of a whole text, << 8 at its end */
    GR_OP_COUNT
} GrOp;

/* behavior of a splitter: what happens to the delimiter that matched */
enum {
    GR_SPLIT_ISOLATED,
    GR_SPLIT_REMOVED,
    GR_SPLIT_WITH_PREVIOUS,
    GR_SPLIT_WITH_NEXT,
    GR_SPLIT_CONTIGUOUS,
    GR_SPLIT_INVERT = 8,
    GR_SPLIT_LINES = 16 /* ^ and $ match at every line, as in Oniguruma */
};

/* GR_OP_MERGES, GR_OP_SCORES and GR_OP_UNIGRAM */
enum {
    GR_BPE_BYTES = 1,          /* start from bytes, not characters */
    GR_BPE_FALLBACK = 2,       /* characters without a token: byte tokens */
    GR_BPE_FUSE_UNKNOWN = 4,   /* neighbouring unknowns become one */
    GR_BPE_WHOLE = 8,          /* a piece that is a token is that token */
    GR_BPE_DROP_UNKNOWN = 16,  /* what has no token vanishes */
    GR_BPE_META = 32,          /* keys have spaces where pieces have ▁ */
    GR_SCORE_F64 = 64,         /* scores are doubles, else floats */
    GR_BPE_NEWLINES = 128,     /* WHOLE, but for runs of newlines only */
    GR_BPE_SENTENCEPIECE = 256 /* its arithmetic, where others differ */
};

/* GR_OP_BERT */
enum {
    GR_BERT_CLEAN = 1,
    GR_BERT_CHINESE = 2,
    GR_BERT_ACCENTS = 4,
    GR_BERT_LOWER = 8,
    GR_BERT_LLAMA = 16 /* as llama.cpp does it */
};

/* GR_OP_METASPACE */
enum { GR_META_SPLIT = 1, GR_META_ALWAYS = 2, GR_META_FIRST = 4 };

/* GR_OP_SPACES */
enum {
    GR_SPACES_PREFIX = 1,   /* a space before the text */
    GR_SPACES_COLLAPSE = 2, /* runs become one, none at the ends */
    GR_SPACES_SUFFIX = 4,   /* the dummy goes to the end instead */
    GR_SPACES_LLAMA = 8     /* as llama.cpp: no space is invented after
                                one that is there */
};

/* GR_OP_ADDED */
enum {
    GR_ADDED_LSTRIP = 1,
    GR_ADDED_RSTRIP = 2,
    GR_ADDED_WORD = 4,
    GR_ADDED_NORMALIZED = 8
};
/* the record's: the longest of all first; or kept whole by normalizer and
 * model, as SentencePiece does, instead of cutting the text */
enum { GR_ADDED_BY_LENGTH = 1, GR_ADDED_FROZEN = 2 };

typedef struct GrRecord {
    GrOp op;
    uint32_t flags, len;
    const uint8_t *p;
} GrRecord;

/* Append a record; of gr_recipe_begin, the payload may follow in pieces
 * before gr_recipe_end, which sets its length. */
gram_status gr_recipe_add(GrVocabDraft *d, GrOp op, uint32_t flags,
                          const void *p, size_t len);
gram_status gr_recipe_begin(GrVocabDraft *d, GrOp op, uint32_t flags,
                            uint32_t *mark);
gram_status gr_recipe_bytes(GrVocabDraft *d, const void *p, size_t len);
gram_status gr_recipe_u32(GrVocabDraft *d, uint32_t x);
gram_status gr_recipe_u32s(GrVocabDraft *d, const uint32_t *x, uint32_t n);
void gr_recipe_end(GrVocabDraft *d, uint32_t mark);
/* The dummy space that goes when a whole text is decoded. */
gram_status gr_recipe_dummy(GrVocabDraft *d, bool at_start, bool at_end);
gram_status gr_recipe_pad(GrVocabDraft *d);
void gr_recipe_set_op(GrVocabDraft *d, uint32_t mark, GrOp op, uint32_t flags);

/* Entries of GR_OP_KEYS and GR_OP_ADDED, padded. */
gram_status gr_recipe_key(GrVocabDraft *d, uint32_t id, const void *p,
                          size_t len);
gram_status gr_recipe_added(GrVocabDraft *d, uint32_t id, uint32_t flags,
                            const void *p, size_t len);

/* Read the record at *at and step over it; false at the end or where the
 * bytes are no record. */
bool gr_recipe_next(const uint8_t *recipe, uint32_t len, uint32_t *at,
                    GrRecord *out);

static inline uint32_t gr_load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* --- keys.c: key -> id ---------------------------------------------------- */

/* Keys are spans of one text; a span of length 0 is no key.  All of the text
 * may be read, also behind a key. */
typedef struct GrKeys {
    const char *text;
    const GrSpan *span;     /* by id */
    struct GrKeySlot *slot; /* open addressing */
    uint64_t seed;
    uint32_t cap;   /* slots; 0: none are made yet */
    uint32_t reach; /* no key is further from its place */
    uint32_t longest;
} GrKeys;

/* Of equal keys the lowest id is found.  GRAM_E_LIMIT for keys that are made
 * to collide. */
gram_status gr_keys_init(GrEnv *env, GrKeys *k, GrBytes text,
                         const GrSpan *span, uint32_t n);
void gr_keys_clear(GrEnv *env, GrKeys *k);
uint32_t gr_keys_find(const GrKeys *k, const void *p, size_t len);

/* Many look-ups at once: the places in the table are fetched ahead, so that
 * their latencies overlap (merges of large files: half the time).  The caller
 * fills span and n; spans are of `text`, and one of length 0 is no key. */
enum { GR_BATCH = 64 };

typedef struct GrBatch {
    uint32_t n;
    GrSpan span[GR_BATCH];
    uint32_t id[GR_BATCH]; /* UINT32_MAX: none */
} GrBatch;

void gr_batch_run(const GrKeys *k, GrBytes text, GrBatch *b);

#endif
