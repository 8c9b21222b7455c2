/* vocab: tokenizer files -> the bytes of every token, and the trie of them.
 *
 * It refuses to know grammars, masks and models.  It answers three
 * questions: which bytes does token t add to a text, which tokens does a
 * text become, and, for the mask room, how do all tokens share prefixes.
 * A mask over the wrong bytes is silently wrong, so every reader works from
 * the tokenizer's own file and never from detokenized output.
 *
 *     file(s) --format.c--> reader --+
 *     raw arrays --------------------+--> GrVocabDraft --seal--> one block
 *     embedded table ----------------+     (growable)              |
 *                                                                  v
 *     pack file --map and check-------------------------------> GrVocab
 *
 * A GrVocab is one immutable block (the "pack") and pointers into it.  The
 * block holds 32-bit offsets only, so that the file is the memory: writing a
 * pack is one write, loading one is one mmap, and equal vocabularies give
 * byte-identical packs on every build.
 *
 *     | head with a table of sections | section | section | ...     |
 *     0                               ^ each at a multiple of 64 bytes
 *
 * Memory: a file is mapped and read once; what building holds at most is
 * the file's size, four times the bytes of the tokens and 8 bytes a node
 * (128,256 tokens of a 2.2 MB file: 5.5 MB; a vocabulary whose tokens are a
 * byte or two each needs 24 bytes a token for its tables instead, and one of
 * a thousand tokens what its map of characters takes in the pack).
 *
 * The trie
 *
 * All text ids (below) are laid out depth-first, siblings sorted by byte, in
 * nodes of 8 bytes.  `next` is the index of the node after the subtree, so a
 * walk that prunes is one loop over one array, without a stack of pointers:
 *
 *     tokens "a"=0 "ab"=1 "abc"=2 "b"=3
 *
 *     index   0    1    2    3
 *     byte    a    b    c    b          child of i:    i + 1 if < next(i)
 *     token   0    1    2    3          sibling of i:  next(i), while it
 *     next    3    3    3    4          is < next of their parent
 *
 * There is no root node; root[b] is the index of the top node for byte b, or
 * GR_TRIE_NONE.  Two ids with equal bytes share a node: the node names the
 * lowest id and carries the "shared" bit; gr_vocab_same lists all of them.
 * Sorting is MSD radix, a byte at a time, so building costs O(bytes).
 * A double-array trie was rejected: faster to jump in, but a mask walks
 * everything, and then the order in memory is what counts.
 *
 * Text ids
 *
 * Kinds are those of the files (GrTokenKind); only normal, byte and user
 * tokens have bytes.  A *text id* is one of these that is not an
 * end-of-generation id, lies below the width, and has at least one byte.
 * Only text ids are in the trie; every other id must never be set in a mask
 * for its bytes (end ids are set when the matcher may stop; ids that a
 * grammar names are set by name).
 *
 * Signatures
 *
 * A token has a sign for each group of code points that occurs in it
 * (gr_sig_first: ASCII punctuation each alone, digits, letters and the
 * Unicode blocks in ranges), GR_SIG_BEYOND where a character is beyond ASCII,
 * GR_SIG_CUT where it begins or ends inside a character or is not UTF-8, and
 * GR_SIG_NOT_TEXT for ids that are not text ids.  They are kept sign by sign,
 * a row of all ids each:
 *
 *                 0 1 2 3 4 5 ..  ids
 *     row of "    . 1 . . 1 .
 *     row of a-f  1 1 . 1 . .     so id 1 is made of quotes and a to f
 *     ...
 *
 * For a class of code points S let
 *
 *     outside = signs of the groups that have no code point in S
 *     cut     = signs of the groups that S has a part of
 *
 * Then an id in a row of `outside` is no text of S alone, one in no row of
 * either is, and what is only in rows of `cut` must be walked.  So a class
 * costs a union of rows, 16 KiB each for 128k ids.  An array of 64 bits for
 * each id was rejected: every class and every byte that ends one had to read
 * all of it.
 *
 * Spelling
 *
 * Where some byte is no token of its own, not every text is a row of tokens.
 * Those that are can be told byte by byte, by a trie of the tokens that are no
 * row of others themselves (spelling.c).
 *
 * Encoding
 *
 * The pack carries the tokenizer's recipe (normalizer, split patterns,
 * merges or scores).  A GrEncoder compiles it (PCRE2 patterns, hash tables)
 * and belongs to one thread; making one costs milliseconds and is separate,
 * because most vocabularies never encode a text.  Pairs that may merge wait in
 * lists by priority, the lists in a binary heap: O(n log n), and O(n) for ten
 * megabytes of one letter; short stretches that were met before are
 * remembered.
 *
 * Invariants
 *   - off[0] = 0 <= off[1] <= ... <= off[n]; token t is bytes[off[t] ..
 *     off[t + 1]); empty for kinds 3 to 6.
 *   - node i: i < next(i) <= n_nodes; every leaf has a token; the ids of the
 *     trie and their duplicates are exactly the text ids, each once.
 *   - n_tokens and width <= GR_LIMIT_VOCAB_TOKENS - 1: ids fit 22 bits.
 *   - the end ids are sorted and distinct; one may lie at or above n_tokens
 *     but never at or above the width.
 *
 * Threads: a GrVocab is immutable but for its reference count, which is
 * atomic.  Cost: see each call.
 */
#ifndef GR_VOCAB_H
#define GR_VOCAB_H

#include "base/base.h"

#include <stdatomic.h>

/* --- tokens --------------------------------------------------------------- */

typedef enum GrTokenKind {
    GR_TOKEN_NORMAL = 0,
    GR_TOKEN_BYTE = 1,    /* one byte, written <0xHH> in the file */
    GR_TOKEN_USER = 2,    /* added, but text */
    GR_TOKEN_SPECIAL = 3, /* from here on: no bytes, never text */
    GR_TOKEN_UNKNOWN = 4,
    GR_TOKEN_UNUSED = 5,
    GR_TOKEN_GAP = 6 /* an id that the file gives no token */
} GrTokenKind;

/* For raw arrays.  For kinds 0 to 2 `bytes` is what the token adds to a
 * text; for 3 to 5 it is the token's name, which is never text. */
typedef struct GrToken {
    const char *bytes;
    uint32_t len;
    uint8_t kind;
} GrToken;

/* --- the trie ------------------------------------------------------------- */

/*   31            10   9      8     7      0
 *  | token (22 bits) | shared | has | byte |   and the index after the subtree
 */
typedef struct GrTrieNode {
    uint32_t info;
    uint32_t next;
} GrTrieNode;

#define GR_TRIE_NONE   UINT32_MAX
#define GR_TRIE_HAS    0x100u /* a token ends here */
#define GR_TRIE_SHARED 0x200u /* more than one does: gr_vocab_same */
enum { GR_TRIE_TOKEN_SHIFT = 10 };

static inline uint8_t gr_trie_byte(const GrTrieNode *n)
{
    return (uint8_t)n->info;
}
/* The (lowest) token that ends at n, or GR_TRIE_NONE. */
static inline uint32_t gr_trie_token(const GrTrieNode *n)
{
    return n->info & GR_TRIE_HAS ? n->info >> GR_TRIE_TOKEN_SHIFT
                                 : GR_TRIE_NONE;
}

/* --- signatures ----------------------------------------------------------- */

enum {
    GR_SIG_GROUPS = 61,
    GR_SIG_BEYOND = GR_SIG_GROUPS,
    GR_SIG_CUT,
    GR_SIG_NOT_TEXT,
    GR_SIGS
};
/* A set of signs. */
#define GR_SIG_BIT(sign) ((uint64_t)1 << (sign))

/* Group g is the code points gr_sig_first[g] .. gr_sig_first[g + 1] - 1; the
 * last group ends at 0x10FFFF. */
extern const uint32_t gr_sig_first[GR_SIG_GROUPS];
uint32_t gr_sig_group(uint32_t code_point);

/* flag[t] */
enum {
    GR_TOKEN_CUT_HEAD = 1, /* begins with a continuation byte */
    GR_TOKEN_CUT_TAIL = 2, /* ends inside a character */
    GR_TOKEN_NOT_UTF8 = 4, /* part of no valid UTF-8 text */
    GR_TOKEN_TEXT = 8      /* a text id: in the trie */
};

/* --- the vocabulary ------------------------------------------------------- */

/* Two or more ids with equal bytes: ids same_ids[start .. start + n), sorted,
 * of a trie node with GR_TRIE_SHARED. */
typedef struct GrSame {
    uint32_t node; /* sorted by this */
    uint32_t start, n;
} GrSame;

/* Read-only outside this room. */
typedef struct GrVocab {
    uint32_t n_tokens;   /* ids 0 .. n_tokens - 1 have entries */
    uint32_t width;      /* ids at or above are never allowed */
    uint32_t mask_words; /* gr_bit_words(width) */
    uint32_t n_nodes;
    uint32_t longest; /* bytes of the longest text token */
    uint32_t n_text;  /* text ids */
    uint32_t n_end, n_same, n_empty, n_names;
    uint64_t fingerprint; /* of what decides masks: bytes, kinds, end ids
                             and width */

    const char *bytes;
    const uint32_t *off;    /* n_tokens + 1 */
    const uint8_t *kind;    /* n_tokens */
    const uint8_t *flag;    /* n_tokens */
    const uint8_t *chars;   /* n_tokens; bytes that begin a character,
                                   255 for 255 and more */
    const uint32_t *sig;    /* GR_SIGS rows of mask_words, see above */
    const GrTrieNode *node; /* n_nodes */
    const uint32_t *root;   /* 256: node index or GR_TRIE_NONE */
    const GrSame *same;     /* n_same */
    const uint32_t *same_ids;
    const uint32_t *end;         /* n_end, sorted */
    const uint32_t *empty;       /* n_empty ids of kinds 0-2 without bytes,
                                   sorted; never allowed */
    uint32_t alone[8];           /* bit b: some text id is the one byte b */
    struct GrSpelling *spelling; /* NULL: all bytes of UTF-8 are */

    /* names of ids of kinds 2 to 5, sorted by name, then id */
    const uint32_t *name_id;  /* n_names */
    const uint32_t *name_off; /* n_names + 1, into name_text */
    const char *name_text;

    const uint8_t *recipe; /* how to encode; NULL: greedily */
    uint32_t recipe_len;

    GrEnv env;
    const uint8_t *block; /* the pack */
    size_t block_len;
    uint32_t storage; /* who frees the block: vocab.c */
    atomic_uint refs;
} GrVocab;

/* Share and give back; the last gr_vocab_free frees.  Any thread. */
GrVocab *gr_vocab_ref(GrVocab *v);
void gr_vocab_free(GrVocab *v);

/* Bytes at .. at + len - 1 of a text. */
typedef struct GrSpan {
    uint32_t at, len;
} GrSpan;

/* Sort ids[0..n) by the bytes span[id] of `text` (unsigned, a prefix first);
 * equal ones keep their order.  O(bytes + n). */
gram_status gr_span_sort(GrEnv *env, const char *text, const GrSpan *span,
                         uint32_t *ids, uint32_t n);

/* The ids with a sign, a row; those from the width on, up to the end of the
 * row, are not text. */
static inline const uint32_t *gr_vocab_signed(const GrVocab *v, uint32_t sign)
{
    return v->sig + (size_t)sign * v->mask_words;
}

/* Bytes of token t < n_tokens. */
static inline const char *gr_vocab_bytes(const GrVocab *v, uint32_t t,
                                         uint32_t *len)
{
    *len = v->off[t + 1] - v->off[t];
    return v->bytes + v->off[t];
}

static inline bool gr_vocab_is_text(const GrVocab *v, uint32_t t)
{
    return t < v->n_tokens && (v->flag[t] & GR_TOKEN_TEXT) != 0;
}

bool gr_vocab_is_end(const GrVocab *v, uint32_t t);

/* All text ids of a node with GR_TRIE_SHARED, sorted.  O(log n_same). */
const uint32_t *gr_vocab_same(const GrVocab *v, uint32_t node, uint32_t *n);

/* The trie node of the bytes p[0..len), or GR_TRIE_NONE; and the lowest text
 * id with these bytes, or UINT32_MAX.  O(len). */
uint32_t gr_vocab_node(const GrVocab *v, const void *p, size_t len);
uint32_t gr_vocab_find(const GrVocab *v, const void *p, size_t len);

/* The text id with the longest bytes that begin p, and its length; or
 * UINT32_MAX.  O(length of the longest token). */
uint32_t gr_vocab_longest_prefix(const GrVocab *v, const void *p, size_t len,
                                 uint32_t *token_len);
/* Bit i: some text token is the first i + 1 bytes of p; up to 32 bytes. */
uint32_t gr_vocab_prefixes(const GrVocab *v, const void *p, size_t len);

/* What can be written where some byte is no token of its own (spelling.c):
 * elements, tokens of at most GR_SPELL_MOST bytes that are no row of others.
 * From a node, 0 where an element begins, over a byte: *ends, one may end
 * there, and the node where it may go on; 0: nowhere. */
enum { GR_SPELL_MOST = 32 };
typedef struct GrSpelling GrSpelling;
uint32_t gr_spelling_step(const GrSpelling *s, uint32_t from, uint8_t byte,
                          bool *ends);

/* The id of the special, unknown, unused or user token named so, the lowest
 * of several, or UINT32_MAX; and the name of id t, or NULL (not
 * terminated).  O(log n_names) and O(n_names). */
uint32_t gr_vocab_named(const GrVocab *v, const char *name, size_t len);
const char *gr_vocab_name(const GrVocab *v, uint32_t t, uint32_t *len);

/* SHA-256 over the tokens and over the kinds, as the reference digests of
 * the tokenizer collection define them: u32 length and bytes of kinds 0 to
 * 2, ff ff ff ff for others; one byte of kind per id. */
void gr_vocab_digest(const GrVocab *v, uint8_t tokens[32], uint8_t kinds[32]);

/* Check every invariant above; false only if the room has a bug (tests). */
bool gr_vocab_is_valid(const GrVocab *v);

/* --- making one ----------------------------------------------------------- */

typedef enum GrSide {
    GR_SIDE_SPECIALS,          /* {pattern, eos_id, special_tokens} */
    GR_SIDE_MERGES,            /* merges.txt beside vocab.json */
    GR_SIDE_TOKENIZER_CONFIG,  /* tokenizer_config.json */
    GR_SIDE_GENERATION_CONFIG, /* generation_config.json */
    GR_SIDE_CONFIG,            /* config.json */
    GR_SIDE_SPECIAL_TOKENS,    /* special_tokens_map.json */
    GR_SIDE_COUNT
} GrSide;

typedef struct GrBytes {
    const void *p;
    size_t n;
} GrBytes;

/* All zero is the default. */
typedef struct GrVocabOptions {
    const gram_allocator *alloc; /* NULL: the C library's */
    size_t max_memory;           /* bytes; 0: the default */
    const uint32_t *end_ids;     /* added to those that the files name */
    uint32_t n_end_ids;
    uint32_t width;              /* 0: the number of tokens, or the width
                                     that the file states if larger */
    GrBytes side[GR_SIDE_COUNT]; /* p NULL: absent */
    bool trust_packs;            /* GR_PACK_TRUST for packs */
} GrVocabOptions;

/* From raw arrays; everything is copied.  `pattern` (may be NULL) is the
 * pre-tokenization pattern: then texts encode by byte-pair ranks with
 * rank = id, else greedily.  GRAM_E_VOCAB names the token at fault. */
gram_status gr_vocab_from_tokens(const GrVocabOptions *o, const GrToken *t,
                                 uint32_t n, const char *pattern,
                                 gram_error *error, GrVocab **out);

/* From the bytes of a file in any supported format, told apart by content.
 * Errors: GRAM_E_VOCAB or GRAM_E_SYNTAX at a byte offset of `file`. */
gram_status gr_vocab_from_memory(const GrVocabOptions *o, const void *file,
                                 size_t len, gram_error *error, GrVocab **out);

/* From a path.  Side files that the options leave out are looked for beside
 * it: NAME.tokenizer.json -> NAME.tokenizer_config.json, NAME.vocab.json ->
 * NAME.merges.txt, X.tiktoken -> X.specials.json, and the bare names of a
 * model folder (also where path is the folder).  A pack is mapped. */
gram_status gr_vocab_from_path(const GrVocabOptions *o, const char *path,
                               gram_error *error, GrVocab **out);

/* From a pack.  GR_PACK_BORROW: `pack` (64-byte aligned) stays the caller's
 * and outlives the vocabulary; else it is copied.  GR_PACK_TRUST: check the
 * header only (microseconds); else checksums and every invariant. */
enum { GR_PACK_BORROW = 1, GR_PACK_TRUST = 2 };
gram_status gr_vocab_from_pack(const gram_allocator *alloc, const void *pack,
                               size_t len, uint32_t flags, gram_error *error,
                               GrVocab **out);

/* The pack's bytes: v->block, v->block_len.  They are the file. */

/* --- the embedded default vocabulary --------------------------------------
 *
 * A byte-level BPE in a generated table, in this form (integers little
 * endian):
 *
 *     "GRd1"
 *     u32 n              text tokens
 *     u32 s              special tokens
 *     u32 k, k bytes     the pre-tokenization pattern, UTF-8, PCRE2 syntax
 *     n times            {u8 shared, u8 rest, rest bytes}: the tokens in
 *                        sorted order of their bytes (unsigned, shorter
 *                        first); `shared` bytes are those of the token
 *                        before, the others follow; every length 1 to 255
 *     n times            u24 id, in the same order
 *     s times            {u24 id, u8 end, u8 m, m bytes of name}; end is 1
 *                        for an end-of-generation id, else 0
 *
 * The ids of both lists are 0 .. n + s - 1, each once.  Byte-pair ranks are
 * the ids: of two pairs that can merge, the one whose joined bytes have the
 * lower id merges first; all 256 single bytes are tokens.
 */
extern const unsigned char gr_default_vocab[];
extern const unsigned int gr_default_vocab_len;

gram_status gr_vocab_from_default(const GrVocabOptions *o, gram_error *error,
                                  GrVocab **out);

/* --- text -> tokens ------------------------------------------------------- */

typedef struct GrEncoder GrEncoder;

/* An encoder for `v`, which it holds a reference to; one thread at a time.
 * GRAM_E_UNSUPPORTED where the recipe has a step that libgram does not know
 * (masks work without).  GR_ENCODER_GREEDY: longest match from the left
 * whatever the recipe says, which also is what a vocabulary without a recipe
 * gets. */
enum { GR_ENCODER_GREEDY = 1 };
gram_status gr_encoder_new(GrVocab *v, uint32_t flags, gram_error *error,
                           GrEncoder **out);
void gr_encoder_free(GrEncoder *e);

/* The tokens of a text: no special tokens added, none parsed.  *ids belong
 * to the encoder until its next call.  Bytes that the vocabulary cannot
 * express become its unknown id, or GRAM_E_VOCAB at their offset where it
 * has none; text that is not UTF-8 is GRAM_E_SYNTAX at its offset unless
 * the tokenizer works on bytes. */
gram_status gr_encode(GrEncoder *e, const char *text, size_t len,
                      gram_error *error, const uint32_t **ids, size_t *n);

/* True where the vocabulary has an encoder of its own (else greedy). */
bool gr_vocab_has_encoder(const GrVocab *v);

/* The text of ids[0..n): their bytes, joined; special, unknown and unused ids
 * and gaps add nothing.  Where the tokenizer puts a dummy space before (or
 * behind) a text it goes, unless a flag says that this end is not the text's:
 * GR_DECODE_BEFORE, ids came before these; GR_DECODE_AFTER, more will come.
 * Writes at most cap bytes and the whole length to *len; GRAM_E_ARGUMENT where
 * cap is too small, or at the index of an id that is none. */
enum { GR_DECODE_BEFORE = 1, GR_DECODE_AFTER = 2 };
gram_status gr_decode(const GrVocab *v, const uint32_t *ids, size_t n,
                      uint32_t flags, char *text, size_t cap, size_t *len,
                      gram_error *error);

/* --- SHA-256 (FIPS 180-4) ------------------------------------------------- */

typedef struct GrSha256 {
    uint32_t h[8];
    uint64_t n; /* bytes so far */
    uint8_t part[64];
} GrSha256;

void gr_sha256_init(GrSha256 *s);
void gr_sha256_add(GrSha256 *s, const void *p, size_t n);
void gr_sha256_end(GrSha256 *s, uint8_t out[32]);

#endif
