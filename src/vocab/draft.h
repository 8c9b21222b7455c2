/* draft.h: a vocabulary while it is being read; private to src/vocab.
 *
 * Every reader fills a GrVocabDraft and nothing else; gr_draft_seal turns it
 * into the one immutable block that vocab.h describes.  Token bytes are
 * copied into one growing text, so a draft costs the bytes themselves and
 * nine bytes a token, and no reader keeps its file alive.
 *
 *     text   | token bytes | names | recipe strings ...
 *     span   [ {at, len} ]  by id; kind[id] beside it
 */
#ifndef GR_VOCAB_DRAFT_H
#define GR_VOCAB_DRAFT_H

#include "vocab/vocab.h"

typedef struct GrDraftName {
    GrSpan span;
    uint32_t id;
} GrDraftName;

typedef struct GrVocabDraft {
    GrEnv env;
    const GrVocabOptions *options;
    GrText text;
    GrVec(GrSpan) span;      /* by id; {0, 0} for kinds 3 to 6 */
    GrVec(uint8_t) kind;     /* by id */
    GrVec(GrDraftName) name; /* in order of appearance */
    GrVec(uint32_t) end;     /* unsorted, may repeat */
    GrText recipe;           /* recipe.h; empty: greedy */
    uint32_t id_limit;       /* ids at or above are refused */
    uint32_t width;          /* stated by the file; 0: not */
} GrVocabDraft;

/* `file_len` bounds the ids: a file of a few bytes may not make a table of
 * millions (65,536 ids and one for every 8 bytes). */
void gr_draft_init(GrVocabDraft *d, const GrVocabOptions *o, size_t file_len,
                   gram_error *error);
void gr_draft_clear(GrVocabDraft *d);

/* Make id exist, as a gap if it is new. */
gram_status gr_draft_extend(GrVocabDraft *d, uint64_t id, size_t at);

/* Set token `id`: its bytes for kinds 0 to 2, its name for 3 to 5 (a user
 * token's bytes are its name too).  Replaces what was there.  `at` is where
 * in the file, for messages. */
gram_status gr_draft_set(GrVocabDraft *d, uint64_t id, GrTokenKind kind,
                         const void *bytes, size_t len, size_t at);
/* A normal token, of the `len` bytes that have been written behind d->text,
 * where room for them was reserved. */
gram_status gr_draft_take(GrVocabDraft *d, uint64_t id, size_t len, size_t at);
gram_status gr_draft_name(GrVocabDraft *d, uint32_t id, const void *name,
                          size_t len);

/* `id` ends a generation. */
gram_status gr_draft_end(GrVocabDraft *d, uint32_t id);

/* Append bytes to the draft's text; *out is where. */
gram_status gr_draft_text(GrVocabDraft *d, const void *p, size_t len,
                          GrSpan *out);

/* Build the block; the draft is cleared in any case. */
gram_status gr_draft_seal(GrVocabDraft *d, GrVocab **out);

static inline const char *gr_draft_at(const GrVocabDraft *d, GrSpan s)
{
    return d->text.at + s.at;
}

/* --- trie.c --------------------------------------------------------------- */

/* Nodes of the trie of the sorted ids, and groups of equal ones. */
typedef struct GrTrieSize {
    uint32_t n_nodes, n_same, n_same_ids;
} GrTrieSize;

/* n tokens in the order of their bytes, each at least one byte long. */
typedef struct GrTrieText {
    const char *at;      /* where their bytes are, */
    size_t len;          /* and all that may be read there */
    const GrSpan *span;  /* by id; or, where it is NULL, */
    const uint32_t *off; /* off[id] .. off[id + 1] */
    const uint32_t *ids;
    uint32_t n;
} GrTrieText;

static inline GrSpan gr_trie_span(const GrTrieText *t, uint32_t id)
{
    if (t->span != NULL) return t->span[id];
    return (GrSpan){t->off[id], t->off[id + 1] - t->off[id]};
}

gram_status gr_trie_measure(GrEnv *env, const GrTrieText *text,
                            GrTrieSize *out);

/* Fill arrays of the measured sizes.  `open` is scratch for one index a
 * byte of the longest token, and GR_TRIE_STRIDE more. */
enum { GR_TRIE_STRIDE = 4 };
void gr_trie_build(const GrTrieText *text, const GrTrieSize *size,
                   GrTrieNode *node, uint32_t root[256], GrSame *same,
                   uint32_t *same_ids, uint32_t *open);

/* --- signature.c ---------------------------------------------------------- */

/* What one token's bytes say about characters. */
typedef struct GrTokenFacts {
    uint64_t sig; /* its signs */
    uint8_t flag; /* GR_TOKEN_CUT_HEAD .. NOT_UTF8 */
    uint8_t chars;
} GrTokenFacts;

/* Eight bytes may be read at p, however long the token is: in a block the
 * offsets lie behind the bytes. */
GrTokenFacts gr_token_facts(const char *p, uint32_t n);

/* --- pack.c --------------------------------------------------------------- */

enum {
    GR_PACK_BYTES,
    GR_PACK_OFF,
    GR_PACK_KIND,
    GR_PACK_FLAG,
    GR_PACK_CHARS,
    GR_PACK_SIG,
    GR_PACK_NODE,
    GR_PACK_ROOT,
    GR_PACK_SAME,
    GR_PACK_SAME_IDS,
    GR_PACK_END,
    GR_PACK_EMPTY,
    GR_PACK_NAME_ID,
    GR_PACK_NAME_OFF,
    GR_PACK_NAME_TEXT,
    GR_PACK_RECIPE,
    GR_PACK_SECTIONS
};

/* The head of a block, as it lies in memory and in the file. */
typedef struct GrPackHead {
    char magic[8];
    uint32_t version;
    uint32_t order; /* 0x01020304, in the writer's byte order */
    uint32_t total; /* bytes of the whole block */
    uint32_t n_tokens, width, longest, n_text, zero;
    uint64_t fingerprint;
    uint32_t alone[8];
    struct {
        uint32_t at, len; /* bytes; at is a multiple of 64 */
        uint64_t sum;     /* gr_hash of the section */
    } section[GR_PACK_SECTIONS];
    uint64_t sum; /* gr_hash of all above */
} GrPackHead;

/* Lay sections of len[] bytes one after the other: fills at and len and
 * returns the total, or 0 where it exceeds 32 bits. */
uint32_t gr_pack_layout(GrPackHead *h, const uint64_t len[GR_PACK_SECTIONS]);

/* Zero what lies between the sections; they themselves are filled whole. */
void gr_pack_clear_gaps(uint8_t *block);

/* Fill magic, fingerprint and checksums of a finished block. */
void gr_pack_close(uint8_t *block);

/* How v->block is given back. */
enum { GR_STORAGE_BORROWED, GR_STORAGE_HEAP, GR_STORAGE_MAPPED };

/* spelling.c: *out is NULL where every byte of UTF-8 is a token. */
gram_status gr_spelling_new(GrEnv *env, const GrVocab *v, GrSpelling **out);
void gr_spelling_free(GrEnv *env, GrSpelling *s);

/* Point v's fields into its block, whose head has been checked or written
 * by us. */
void gr_pack_attach(GrVocab *v);

/* A new GrVocab of one reference around a block; takes over `block` and
 * `env` also where it fails. */
gram_status gr_pack_open(const GrEnv *env, const uint8_t *block, size_t len,
                         uint32_t storage, uint32_t flags, GrVocab **out);

bool gr_pack_is(const void *p, size_t len);

/* format.c: the place of an error in a binary file, for its message. */
void gr_error_in_bytes(gram_error *error);

#endif
