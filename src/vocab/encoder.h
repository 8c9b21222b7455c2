/* encoder.h: a recipe made ready to run; private to src/vocab.
 *
 *     text --added tokens--> sections --normalize, split--> pieces --model-->
 *                                                                      ids
 * Texts and pieces go through two buffers each that change places after
 * every step.  A model appends ids to `out`. */
#ifndef GR_VOCAB_ENCODER_H
#define GR_VOCAB_ENCODER_H

#include "vocab/normalize.h"

/* A trie of strings, to find those that begin a text.  Its nodes are laid
 * out breadth-first: the bytes of siblings touch, so that a step reads one
 * line of the cache, where the depth-first trie of the pack jumps from one
 * sibling's subtree to the next. */
struct GrMatcher {
    uint8_t *byte;   /* of each node; siblings in order */
    uint32_t *first; /* n_nodes + 1: children of i: first[i] .. first[i+1] */
    uint32_t *leaf;  /* the string that ends here, or UINT32_MAX */
    uint32_t n_nodes;
    uint32_t n;      /* strings */
    uint32_t *id;    /* of each string */
    uint32_t *flags; /* of each string */
    uint32_t root[256];
};

/* A short part that a splitter leaves as it is. */
enum { GR_WHOLE_BYTES = 15, GR_WHOLE = 1024 };
typedef struct GrWhole {
    char bytes[GR_WHOLE_BYTES];
    uint8_t len; /* 0: none */
} GrWhole;

/* One record of the recipe, compiled where it needs to be. */
typedef struct GrStep {
    GrRecord r;
    GrPattern *pattern; /* REPLACE_REGEX, SPLIT_REGEX */
    GrWhole *whole;     /* GR_WHOLE parts, by hash; NULL: of the first splitter,
                                which sees all of the text */
} GrStep;

/* bpe.c: what begins at a byte of the piece, and its length; at the last byte
 * of a longer symbol the length again. */
typedef struct GrBpeSymbol {
    uint32_t id, len;
} GrBpeSymbol;

/* Pairs that wait to be merged, all into the same token: the places of their
 * left symbols, ascending.  A line of the cache. */
enum { GR_WAITING = 12 };
typedef struct GrBpeList {
    uint32_t next; /* the list goes on there, or UINT32_MAX */
    uint32_t priority, id;
    uint16_t from, n; /* at[from .. n - 1] still wait */
    uint32_t at[GR_WAITING];
} GrBpeList;

typedef struct GrBpeHead {
    uint64_t order; /* priority << 32 | the first place of the list */
    uint32_t list;
} GrBpeHead;

/* A pair that was looked up before: what it becomes, or UINT32_MAX; and the
 * list where it waited last. */
enum { GR_PAIRS = 4096 };
typedef struct GrBpePair {
    uint32_t left, right, priority, id, tail;
} GrBpePair;

/* merges.c */
typedef struct GrMerges {
    uint32_t n, n_rows;
    uint32_t *row;   /* by left token: where its pairs begin */
    uint32_t *right; /* of each pair */
    uint32_t *rank;
    uint32_t *id; /* by rank: the token and 1, or 0: not asked yet */
} GrMerges;

/* A piece that was encoded before. */
enum { GR_SEEN_BYTES = 27, GR_SEEN_IDS = 8, GR_SEEN = 4096 };
typedef struct GrSeen {
    char bytes[GR_SEEN_BYTES];
    uint8_t len; /* 0: none */
    uint32_t n;
    uint32_t ids[GR_SEEN_IDS];
} GrSeen;

typedef struct GrPath {
    double score;
    uint32_t from, id; /* where the last token begins, or UINT32_MAX */
} GrPath;

struct GrEncoder {
    GrEnv env;
    GrVocab *vocab;
    GrVec(GrStep) normalizer, splitter;
    GrRecord model;
    GrRecord keys_record, added_record;
    GrSpan *key; /* by id, into the block */
    GrKeys keys;
    GrMatcher added_raw;    /* matched in the text as it is */
    GrMatcher added_normal; /* matched after normalizing */
    GrMatcher pieces;       /* unigram, WordPiece: all keys */
    uint32_t word_node[2];  /* WordPiece: behind the marks of a word's first
                                   piece and of the others */
    uint32_t *joined;       /* bit x << 8 | y: some key has the bytes x
                                   and y side by side */
    uint32_t byte_id[256];  /* byte tokens, or UINT32_MAX */
    uint32_t unknown;
    uint32_t first_id[256]; /* the key of one byte, or UINT32_MAX */
    GrMerges merges;
    GrSeen *seen;      /* GR_SEEN pieces, by hash */
    uint32_t n_scores; /* ids below have one */
    double unknown_score, best_score;

    GrText text[2];             /* the section before and after a step */
    GrSpans part[2];            /* its pieces */
    GrSpans section;            /* of the text being cut */
    GrVec(uint32_t) section_id; /* an added token's id, or UINT32_MAX */
    GrSpans outer;              /* sections of the raw text, while inner */
    GrVec(uint32_t) outer_id;   /* ones of normalized text are cut */
    bool by_length, frozen;     /* flags of the added tokens' record */
    bool greedy;                /* no model: longest match */
    GrPoints points;
    GrText piece;  /* a key being put together */
    GrText spaced; /* a piece with spaces where it had ▁ */
    GrVec(GrBpeSymbol) symbol;
    GrVec(GrBpeList) list;
    uint32_t free_list; /* lists that are done, by next */
    GrVec(GrBpeHead) heap;
    GrBpePair *pair; /* GR_PAIRS, by hash */
    GrVec(GrPath) path;
    GrVec(uint32_t) out;
    GrText decoded;
};

/* Cut p[0..n) at the tokens of m into e->section, e->section_id. */
gram_status gr_added_split(GrEncoder *e, const GrMatcher *m, const char *p,
                           uint32_t n, bool by_length);
gram_status gr_matcher_init(GrEnv *env, GrMatcher *m, const char *text,
                            const GrSpan *span, uint32_t *id, uint32_t *flags,
                            uint32_t n);
void gr_matcher_clear(GrEnv *env, GrMatcher *m);

/* The child of node `at` for byte c, or GR_TRIE_NONE. */
static inline uint32_t gr_matcher_child(const GrMatcher *m, uint32_t at,
                                        uint8_t c)
{
    uint32_t i = m->first[at], end = m->first[at + 1];
    while (i < end && m->byte[i] < c) i++;
    return i < end && m->byte[i] == c ? i : GR_TRIE_NONE;
}

/* The same from GR_MATCHER_ROOT, which is before the first byte. */
#define GR_MATCHER_ROOT 0xFFFFFFFEu
static inline uint32_t gr_matcher_step(const GrMatcher *m, uint32_t at,
                                       uint8_t c)
{
    return at == GR_MATCHER_ROOT ? m->root[c] : gr_matcher_child(m, at, c);
}

/* Apply one splitter to all parts e->part[0] of *text, which it may change
 * (to e->text[0]).  `at_start`: the text begins where the input did. */
gram_status gr_split_parts(GrEncoder *e, const GrStep *s, GrBytes *text,
                           bool at_start);

/* Prepare the model, and run it on one piece. */
gram_status gr_model_open(GrEncoder *e);
gram_status gr_model_run(GrEncoder *e, const char *p, uint32_t n);

/* Fill e->joined; the end of the stretch that begins at p[from], a place
 * that no key spans (n: the end of the piece). */
gram_status gr_joined_open(GrEncoder *e);
uint32_t gr_joined_end(const GrEncoder *e, const char *p, uint32_t n,
                       uint32_t from);

/* merges.c.  Of equal pairs the first or the last counts. */
gram_status gr_merges_init(GrEncoder *e, GrMerges *m);
void gr_merges_clear(GrEnv *env, GrMerges *m);
uint32_t gr_merges_find(const GrMerges *m, uint32_t left, uint32_t right,
                        bool first);

gram_status gr_bpe_open(GrEncoder *e);
gram_status gr_bpe_run(GrEncoder *e, const char *p, uint32_t n);
gram_status gr_unigram_open(GrEncoder *e);
gram_status gr_unigram_run(GrEncoder *e, const char *p, uint32_t n);

/* What has no token: byte tokens, the unknown id, or nothing. */
gram_status gr_put_unknown(GrEncoder *e, const char *p, uint32_t n,
                           bool *was_unknown);
gram_status gr_put_id(GrEncoder *e, uint32_t id);

#endif
