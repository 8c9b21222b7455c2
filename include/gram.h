/* gram.h - libgram: structured generation for any LLM sampling loop.
 *
 * libgram compiles a JSON Schema, a grammar (EBNF, GBNF, Lark) or a regular
 * expression into a pushdown automaton over bytes, combines it with the
 * vocabulary of a tokenizer, and answers one question at every decoding
 * step: which tokens may come next?  The answer is a bit mask.
 *
 *     text of a schema          tokenizer file
 *           |                         |
 *     gram_grammar_new  <------  gram_vocab_new / gram_vocab_default
 *           |
 *     gram_matcher_new          one per generation
 *           |
 *      mask -> sample -> accept -> mask -> ... -> may stop
 *
 * Promises
 *   - A finished output is always valid; every valid output is reachable;
 *     from every allowed prefix a finite completion exists.
 *   - Bit t of a mask is set exactly when accepting token t succeeds.
 *   - No call aborts, exits, prints, or recurses over input-shaped data.
 *     Bad input gives a status and a positioned gram_error.
 *
 * Conventions
 *   - Every fallible call returns a gram_status; outputs come last and are
 *     written on success only, unless it is said otherwise (a matcher that
 *     fails is left unchanged).
 *   - NULL where an object or an output is needed is E_ARGUMENT; freeing
 *     NULL does nothing.  Calls that return a value return what an empty
 *     object has: 0, NULL.
 *   - Option structs begin with `size`: set it to sizeof the struct, zero
 *     the rest; zero always means "the default".
 *   - Texts are (pointer, length) pairs of bytes and need no terminator.
 *     A NULL pointer is allowed where the length is 0.
 *   - Strings returned by the library are UTF-8, zero-terminated, and owned
 *     by the object they were asked of.
 *
 * Owners
 *   What a call makes belongs to the caller, who frees it.  A grammar holds
 *   its vocabulary and a matcher its grammar, so that they may be freed in
 *   any order; the last owner's free is the one that frees.
 *
 * Threads
 *   Vocabularies, grammars and caches are shared freely between threads.  A
 *   matcher belongs to one thread at a time.  Options and errors are
 *   caller-owned, and read or written during the call alone.
 *
 * Costs are of one core, with a vocabulary of 128,000 tokens where it matters;
 * they are no promise.
 */
#ifndef GRAM_H
#define GRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GRAM_API __attribute__((visibility("default")))
#else
#define GRAM_API
#endif

#define GRAM_VERSION_MAJOR 0
#define GRAM_VERSION_MINOR 1
#define GRAM_VERSION_PATCH 0

/* ------------------------------------------------------------------------
 * Status
 *
 * Three families, kept apart so that a server can answer 400, 503 or file a
 * bug: the input is bad, a resource ran out, or the call was wrong.
 *
 *     GRAM_STATUS(NAME, number, text)
 */
#define GRAM_STATUS_TABLE(GRAM_STATUS)                                         \
    GRAM_STATUS(OK, 0, "ok")                                                   \
    /* input: bad or unsupported */                                            \
    GRAM_STATUS(E_SYNTAX, 1, "the text is not well-formed")                    \
    GRAM_STATUS(E_SCHEMA, 2, "well-formed, but not a valid schema")            \
    GRAM_STATUS(E_UNSUPPORTED, 3, "a construct that libgram does not take")    \
    GRAM_STATUS(E_REFERENCE, 4, "a reference that does not resolve")           \
    GRAM_STATUS(E_EMPTY, 5, "the language is empty: nothing is valid")         \
    GRAM_STATUS(E_VOCAB, 6, "a tokenizer file that cannot be used")            \
    GRAM_STATUS(E_ARTIFACT, 7, "not an intact compiled grammar")               \
    GRAM_STATUS(E_REFUSED, 8, "the grammar does not allow this here")          \
    /* resource */                                                             \
    GRAM_STATUS(E_MEMORY, 16, "out of memory, or over the memory limit")       \
    GRAM_STATUS(E_LIMIT, 17, "over a limit on work, size or depth")            \
    GRAM_STATUS(E_IO, 18, "reading or writing failed")                         \
    /* misuse */                                                               \
    GRAM_STATUS(E_ARGUMENT, 32, "an argument is out of range")                 \
    GRAM_STATUS(E_STATE, 33, "the call is not possible in this state")

typedef enum gram_status {
#define GRAM_STATUS_ENUM(name, number, text) GRAM_##name = number,
    GRAM_STATUS_TABLE(GRAM_STATUS_ENUM)
#undef GRAM_STATUS_ENUM
} gram_status;

/* The text of a status, as in the table above; "unknown status" else.  It
 * lives for ever. */
GRAM_API const char *gram_status_text(gram_status status);

/* The library's version, "MAJOR.MINOR.PATCH": that which is linked, where
 * GRAM_VERSION_* are those of this header. */
GRAM_API const char *gram_version(void);

/* Where and why a call failed.  Owned by the caller, who may reuse it; every
 * call that takes one accepts NULL.  `line` and `column` count from 1, the
 * column in bytes; both are 0 where no text position applies (in binary files
 * `offset` and the message say where). */
typedef struct gram_error {
    gram_status code;
    size_t offset; /* byte offset into the text at fault */
    uint32_t line;
    uint32_t column;
    char pointer[128]; /* JSON pointer, or the name of a rule; may be "" */
    char message[256]; /* one sentence in lower case, no full stop */
} gram_error;

/* ------------------------------------------------------------------------
 * Memory
 */

/* One function for all memory: `old_size` 0 allocates (p is NULL), `new_size`
 * 0 frees (the result is ignored), otherwise the block is resized.  Returns
 * NULL on failure, the old block then being untouched.  It must be callable
 * from every thread that uses the objects made with it. */
typedef struct gram_allocator {
    void *(*resize)(void *ctx, void *p, size_t old_size, size_t new_size);
    void *ctx;
} gram_allocator;

/* ------------------------------------------------------------------------
 * Vocabularies
 *
 * Immutable and reference-counted; shared between threads and grammars.
 */
typedef struct gram_vocab gram_vocab;

typedef enum gram_token_kind {
    GRAM_TOKEN_NORMAL = 0,  /* text */
    GRAM_TOKEN_BYTE = 1,    /* text: one byte by fallback */
    GRAM_TOKEN_USER = 2,    /* text: added by the user */
    GRAM_TOKEN_SPECIAL = 3, /* control: never text */
    GRAM_TOKEN_UNKNOWN = 4, /* stands for what cannot be encoded */
    GRAM_TOKEN_UNUSED = 5,  /* a place holder */
    GRAM_TOKEN_GAP = 6      /* an id without a token */
} gram_token_kind;

typedef struct gram_token {
    const char *bytes; /* exactly what the token adds to the text; for a
                               special token its name */
    uint32_t len;      /* at most 65,536 */
    uint32_t kind;     /* gram_token_kind */
} gram_token;

typedef struct gram_vocab_options {
    size_t size;                     /* sizeof(gram_vocab_options) */
    const gram_allocator *allocator; /* NULL: the C library's; copied */
    size_t max_memory;               /* bytes; 0: 1 GiB */
    const uint32_t *end_ids; /* end-of-generation ids, added to the file's */
    size_t n_end_ids;
    uint32_t width;       /* of the model's logits; 0: as the file says.
                               Ids beyond the vocabulary are never allowed,
                               those from the width on have no bit */
    const char *specials; /* text of a NAME.specials.json, for a file that
                               states none of its special tokens; or NULL */
    size_t specials_len;
    int trust_pack; /* 1: of a pack check the head alone, in microseconds;
                               for packs from a place that only you write */
} gram_vocab_options;

/* A vocabulary from an array indexed by token id.
 *
 *   tokens   n entries; bytes are copied.  Ids equal in bytes are allowed:
 *            both are set or neither, but where a grammar names one.  Text
 *            tokens without bytes are never allowed.
 *   opt      NULL for the defaults.
 *   out      [out] release with gram_vocab_free.
 *   returns  GRAM_OK, E_VOCAB, E_ARGUMENT, E_MEMORY, E_LIMIT
 *   cost     about 40 ms for 128,000 tokens.
 */
GRAM_API gram_status gram_vocab_new(const gram_token *tokens, size_t n,
                                    const gram_vocab_options *opt,
                                    gram_vocab **out, gram_error *error);

/* A vocabulary from the bytes of a tokenizer file, its format detected by
 * content: Hugging Face tokenizer.json, tiktoken ranks, SentencePiece .model,
 * GGUF, tekken.json, vocab.json, libgram's own pack.
 *
 *   data     read during the call alone.
 *   returns  GRAM_OK; E_VOCAB or E_SYNTAX at a byte offset, E_UNSUPPORTED,
 *            E_ARGUMENT, E_MEMORY, E_LIMIT.
 *   cost     O(len): 0.1 s for a tokenizer.json of 9 MB, a third of that for
 *            a pack; the tables that all masks share are made here. */
GRAM_API gram_status gram_vocab_load(const void *data, size_t len,
                                     const gram_vocab_options *opt,
                                     gram_vocab **out, gram_error *error);

/* The same from a path, which may be the folder of a model; side files beside
 * it are read too (NAME.tokenizer.json -> NAME.tokenizer_config.json, ...).
 * Also E_IO. */
GRAM_API gram_status gram_vocab_load_file(const char *path,
                                          const gram_vocab_options *opt,
                                          gram_vocab **out, gram_error *error);

/* The vocabulary built into the library: byte-level BPE, 32,768 tokens.  About
 * 10 ms. */
GRAM_API gram_status gram_vocab_default(const gram_vocab_options *opt,
                                        gram_vocab **out, gram_error *error);

/* One more owner (returns v), and one less.  From any thread. */
GRAM_API gram_vocab *gram_vocab_share(gram_vocab *v);
GRAM_API void gram_vocab_free(gram_vocab *v);

/* Number of ids that have tokens; and of 32-bit words in a mask row, which has
 * a bit for each id below the width.  A width is stated by the caller or the
 * files, else it is the number of ids: a loop over a mask ends at the smaller
 * of size and 32 * words. */
GRAM_API uint32_t gram_vocab_size(const gram_vocab *v);
GRAM_API uint32_t gram_vocab_mask_words(const gram_vocab *v);

/* The bytes of a token (for a special token its name), not terminated; NULL
 * and *len 0 for ids out of range and those without a name.  They live as long
 * as the vocabulary.  Its kind: GRAM_TOKEN_GAP for ids out of range. */
GRAM_API const char *gram_vocab_token(const gram_vocab *v, uint32_t id,
                                      size_t *len);
GRAM_API gram_token_kind gram_vocab_kind(const gram_vocab *v, uint32_t id);

/* The end-of-generation ids, ascending; they live as long as the vocabulary. */
GRAM_API const uint32_t *gram_vocab_end_ids(const gram_vocab *v, size_t *n);

/* A 64-bit fingerprint of what decides masks: bytes, kinds, end ids and width.
 * It tells mistakes, not forgeries. */
GRAM_API uint64_t gram_vocab_fingerprint(const gram_vocab *v);

/* SHA-256 over the ids' bytes and over their kinds, in the form in which
 * reference digests of tokenizers are published: for every id the length
 * (32-bit little endian) and the bytes of text tokens, ff ff ff ff for
 * others; and one byte a kind.  Zeros without a vocabulary; either output may
 * be NULL. */
GRAM_API void gram_vocab_digest(const gram_vocab *v, uint8_t tokens[32],
                                uint8_t kinds[32]);

/* The vocabulary as one block that gram_vocab_load and a memory map read
 * back; equal vocabularies give equal bytes.  Lives as long as `v`. */
GRAM_API const void *gram_vocab_pack(const gram_vocab *v, size_t *len);

/* Text to token ids, without special tokens: none are added, none are looked
 * for in the text.  Exact where the file states an encoder, longest match from
 * the left where it does not.
 *
 *   ids      [out] none where they are more than `cap`.
 *   n        [out] always how many they are; may be NULL.
 *   returns  GRAM_OK; E_ARGUMENT where cap is too small (call again);
 *            E_UNSUPPORTED where the file's encoder is not known; E_SYNTAX at
 *            the offset where the text is not UTF-8; E_VOCAB for what has no
 *            token, where none stands for the unknown; E_MEMORY, E_LIMIT.
 *   cost     at worst O(len log len); the first call makes the encoder, some
 *            20 ms.
 *   threads  any; calls on one vocabulary wait for each other. */
GRAM_API gram_status gram_vocab_encode(const gram_vocab *v, const char *text,
                                       size_t len, uint32_t *ids, size_t cap,
                                       size_t *n, gram_error *error);

/* Token ids to the text that they spell: their bytes, joined; special,
 * unknown and unused ids add nothing.
 *
 * Some tokenizers put a space before every text they encode (a few behind
 * it).  Of a whole text this dummy is taken away again, so that decoding what
 * was encoded gives the text; it is one space at most, and only where the
 * tokenizer's own file says so.  A part of a text keeps all of its spaces:
 *
 *   flags    0: ids are a whole text.  GRAM_DECODE_BEFORE: there is text
 *            before them.  GRAM_DECODE_AFTER: more will come.  A stream gives
 *            AFTER until the first text is out, from then on BEFORE | AFTER.
 *   text     [out] at most `cap` bytes, not terminated; a part may begin or
 *            end inside a character.
 *   len      [out] always the length of all of it.
 *   returns  GRAM_OK; E_ARGUMENT where cap is too small (call again), or
 *            where ids[error->offset] is none of the vocabulary's.
 *   cost     two passes over the ids, no allocation.   threads  any.
 *
 * A tokenizer that does not keep a text when it encodes (lower case, NFC,
 * runs of spaces made one) gives back what it kept. */
enum { GRAM_DECODE_BEFORE = 1, GRAM_DECODE_AFTER = 2 };
GRAM_API gram_status gram_vocab_decode(const gram_vocab *v, const uint32_t *ids,
                                       size_t n, uint32_t flags, char *text,
                                       size_t cap, size_t *len,
                                       gram_error *error);

/* ------------------------------------------------------------------------
 * Grammars
 */
typedef struct gram_grammar gram_grammar;

typedef enum gram_kind {
    GRAM_KIND_JSON_SCHEMA = 1,
    GRAM_KIND_EBNF,
    GRAM_KIND_GBNF,
    GRAM_KIND_LARK,
    GRAM_KIND_REGEX,
    GRAM_KIND_STRUCTURAL_TAG
} gram_kind;

/* Policies (first value = default).  Restrictions are listed in the report. */
typedef enum gram_draft {
    GRAM_DRAFT_AUTO,
    GRAM_DRAFT_4,
    GRAM_DRAFT_6,
    GRAM_DRAFT_7,
    GRAM_DRAFT_2019_09,
    GRAM_DRAFT_2020_12
} gram_draft;
typedef enum gram_whitespace {
    GRAM_WHITESPACE_RUN, /* runs of at most `whitespace_max` (0: 32)
                                between tokens; none at both ends */
    GRAM_WHITESPACE_NONE,
    GRAM_WHITESPACE_ANY,   /* exact JSON: unbounded, also at both ends */
    GRAM_WHITESPACE_INDENT /* as pretty printers write: every member on a line
                                of its own, `indent` spaces a level */
} gram_whitespace;
typedef enum gram_key_order {
    GRAM_KEY_ORDER_ANY,
    GRAM_KEY_ORDER_SCHEMA
} gram_key_order;
typedef enum gram_escapes {
    GRAM_ESCAPES_ANY,
    GRAM_ESCAPES_CANONICAL
} gram_escapes;
typedef enum gram_formats {
    GRAM_FORMATS_ASSERT,   /* the formats of JSON Schema */
    GRAM_FORMATS_ANNOTATE, /* none */
    GRAM_FORMATS_OPENAPI   /* those of OpenAPI too */
} gram_formats;
typedef enum gram_unknown {
    GRAM_UNKNOWN_ANNOTATE,
    GRAM_UNKNOWN_ERROR
} gram_unknown;
typedef enum gram_additional {
    GRAM_ADDITIONAL_OPEN,
    GRAM_ADDITIONAL_CLOSED /* objects whose `properties` stands alone */
} gram_additional;
typedef enum gram_numbers {
    GRAM_NUMBERS_RUN,        /* digits at most `number_digits` (0: 64) a run,
                                exponents at most 3 digits */
    GRAM_NUMBERS_ANY,        /* unbounded */
    GRAM_NUMBERS_NO_EXPONENT /* as RUN, without exponents */
} gram_numbers;

/* A document that a $ref may name. */
typedef struct gram_document {
    const char *uri;
    const char *text;
    size_t len;
} gram_document;

/* Find a document that a schema names and that is not among those supplied.
 * `uri` is absolute where the schema's own is, without a fragment.  Returns
 * its text, which must stay until the next call or the end of the compilation,
 * and *len; NULL: there is none.  It may be asked again for the same. */
typedef const char *gram_find_document(void *ctx, const char *uri, size_t *len);

typedef struct gram_options {
    size_t size;                     /* sizeof(gram_options) */
    const gram_allocator *allocator; /* NULL: the C library's; copied */
    size_t max_memory;  /* bytes, caches included; 0: the default */
    uint64_t max_steps; /* work of the compilation; 0: the default */
    uint32_t max_depth; /* open containers or calls; 0: the default */
    gram_draft draft;   /* for documents without $schema */
    gram_whitespace whitespace;
    uint32_t whitespace_max;
    gram_key_order key_order;
    gram_escapes escapes;
    gram_formats formats;
    gram_unknown unknown_format;
    gram_unknown unknown_keyword;
    gram_additional additional;
    gram_numbers numbers;
    uint32_t number_digits;
    uint32_t max_string; /* code points; 0: unbounded */
    uint32_t max_items;  /* of arrays; 0: unbounded */
    int nullable;        /* honour OpenAPI's `nullable` */
    const gram_document *documents;
    size_t n_documents;
    const char *start;    /* start rule of a grammar; NULL: the dialect's */
    uint32_t regex_flags; /* of GRAM_KIND_REGEX: GRAM_REGEX_*; of these
                             STRICT for patterns in schemas, too */
    uint32_t indent;      /* of GRAM_WHITESPACE_INDENT: at most 64 */
    gram_find_document *find_document; /* NULL: only `documents` and the
                                          metaschemas; not for a cache */
    void *find_ctx;
} gram_options;

enum {
    GRAM_REGEX_IGNORE_CASE = 1,
    GRAM_REGEX_DOT_ALL = 2,
    GRAM_REGEX_MULTILINE = 4,
    GRAM_REGEX_SETS = 8,
    GRAM_REGEX_STRICT = 32 /* what is not valid with the u flag is an error;
                                else it is read by Annex B of ECMA-262, and
                                flags like (?i) as in Perl */
};

/* JSON Schema to the letter: white space, numbers, strings and arrays as JSON
 * allows them, in any order of keys.  Formats stay as they are, and strings
 * remain text: half of a surrogate pair ("\ud800") is refused by any options.
 * Sets options of a struct that has its size already; `opt` may not be NULL. */
GRAM_API void gram_options_exact(gram_options *opt);

/* Compile a text into a grammar over a vocabulary (which gets one more
 * owner).
 *
 *   text     and all that `opt` points to: copied where it is still needed.
 *   opt      NULL for the defaults.
 *   returns  GRAM_OK; E_SYNTAX, E_SCHEMA, E_UNSUPPORTED, E_REFERENCE with a
 *            position; E_EMPTY where nothing is valid, naming the conflict,
 *            or the vocabulary lacks single bytes and its tokens cannot spell
 *            anything that is;
 *            E_MEMORY, E_LIMIT; E_ARGUMENT.
 *   out      [out] release with gram_grammar_free.
 *   cost     40 us for half of all real schemas, 1 ms for one in a hundred:
 *            automata are filled in on first use.
 *   threads  any; the grammar may then be used by all of them at once.
 */
GRAM_API gram_status gram_grammar_new(gram_vocab *vocab, gram_kind kind,
                                      const char *text, size_t len,
                                      const gram_options *opt,
                                      gram_grammar **out, gram_error *error);

/* Any JSON value: the schema {}. */
GRAM_API gram_status gram_grammar_json(gram_vocab *vocab,
                                       const gram_options *opt,
                                       gram_grammar **out, gram_error *error);

/* One more owner (returns g), and one less; its vocabulary, which stays the
 * grammar's.  From any thread. */
GRAM_API gram_grammar *gram_grammar_share(gram_grammar *g);
GRAM_API void gram_grammar_free(gram_grammar *g);
GRAM_API gram_vocab *gram_grammar_vocab(const gram_grammar *g);

/* What has been built so far; E_ARGUMENT where `size` is not set. */
typedef struct gram_grammar_stats {
    size_t size; /* sizeof(gram_grammar_stats), set by caller */
    uint64_t states, frames, cells; /* of the automaton */
    uint64_t masks, mask_bytes;     /* distinct ones; what they take */
    uint64_t memory_bytes;          /* of all, without the vocabulary */
    uint64_t steps;                 /* of work, from the start */
} gram_grammar_stats;
GRAM_API gram_status gram_grammar_get_stats(gram_grammar *g,
                                            gram_grammar_stats *out);

/* What became of the parts of the source: the i-th entry of the report, from
 * 0; E_ARGUMENT past its end.  It is made when first asked for; where memory
 * lacks then, its size is 0 and the entries' status GRAM_E_MEMORY.  Strings
 * live as long as the grammar. */
typedef enum gram_report_kind {
    GRAM_REPORT_ENFORCED,   /* exactly */
    GRAM_REPORT_ANNOTATION, /* says nothing about what is valid */
    GRAM_REPORT_RELAXED,    /* more is allowed, as an option asked for */
    GRAM_REPORT_RESTRICTED, /* less is allowed, as an option asked for */
    GRAM_REPORT_WARNING     /* probably not what was meant */
} gram_report_kind;
typedef struct gram_report_entry {
    gram_report_kind kind;
    const char *keyword; /* or construct */
    const char *pointer; /* JSON pointer or rule name */
    const char *note;    /* "" or a sentence */
} gram_report_entry;
GRAM_API size_t gram_grammar_report_size(const gram_grammar *g);
GRAM_API gram_status gram_grammar_report_get(const gram_grammar *g, size_t i,
                                             gram_report_entry *out);

/* Told about work that takes long, now and then; returning 0 stops it early:
 * what has been done by then is kept. */
typedef int gram_progress(void *ctx, uint64_t masks, uint64_t bytes);

/* Compute masks ahead of time, breadth-first from the start, until they and
 * what they are made from take about `max_bytes`, or none is left.
 *
 *   progress may be NULL.
 *   n        [out] how many are new, on failure too; may be NULL.
 *   returns  GRAM_OK; E_MEMORY, E_LIMIT: what was made is kept.
 *   cost     10 to 100 us a mask.   threads  any; others may use g. */
GRAM_API gram_status gram_grammar_precompute(gram_grammar *g, size_t max_bytes,
                                             gram_progress *progress, void *ctx,
                                             uint64_t *n, gram_error *error);

/* Compile a text, compute about `mask_bytes` of masks, and write both to the
 * file at `path`, in one piece: at every moment there is the old file or the
 * new one.  A symbolic link stays, and the file that it leads to is replaced.
 *
 *   returns  as gram_grammar_new; E_IO.
 *   result   equal arguments give equal bytes, on any run.
 *   cost     that of the masks; nothing is kept. */
GRAM_API gram_status gram_grammar_save(gram_vocab *vocab, gram_kind kind,
                                       const char *text, size_t len,
                                       const gram_options *opt,
                                       const char *path, size_t mask_bytes,
                                       gram_progress *progress, void *ctx,
                                       gram_error *error);

/* Use what gram_grammar_save wrote.
 *
 *   flags    0: the file is read, and everything in it is checked.
 *            GRAM_LOAD_FAST: it is mapped, only the head is checked, and
 *            processes share it: for files that nobody else can write to.
 *            It may be replaced while it is in use, by another file of its
 *            name; what writes into it or cuts it short (cp onto it) ends the
 *            process, like any mapped file.
 *   opt      allocator and max_memory are read, the rest is in the file; may
 *            be NULL.
 *   returns  GRAM_OK; E_ARTIFACT where the file is damaged, of another build
 *            of the library, or made for another vocabulary; E_IO, E_MEMORY.
 *   cost     microseconds with GRAM_LOAD_FAST; else about a millisecond a
 *            megabyte.  What the file does not hold is compiled when it is
 *            first needed; libgram-run.a cannot: E_UNSUPPORTED there, from
 *            any call on a matcher. */
enum { GRAM_LOAD_FAST = 1 };
GRAM_API gram_status gram_grammar_load(gram_vocab *vocab, const char *path,
                                       uint32_t flags, const gram_options *opt,
                                       gram_grammar **out, gram_error *error);
/* The same from memory, which is copied. */
GRAM_API gram_status gram_grammar_load_memory(
    gram_vocab *vocab, const void *bytes, size_t len, uint32_t flags,
    const gram_options *opt, gram_grammar **out, gram_error *error);

/* A printed stage of the compilation, by name: "rules" and "rtn" of a
 * grammar, "regex" and "dfa" of its regexes, "pda" of anything, "dot" for a
 * graph.  E_ARGUMENT for others.  Owned by the caller, who gives it back by
 * gram_text_free with the same length; a zero follows it.  The forms are for
 * reading, and may change with any version. */
GRAM_API gram_status gram_grammar_dump(gram_grammar *g, const char *stage,
                                       char **text, size_t *len,
                                       gram_error *error);
GRAM_API void gram_text_free(gram_grammar *g, char *text, size_t len);

/* The i-th keyword of the schema front end, from 0, with a bit per draft that
 * has it (1 << gram_draft) and what becomes of it; NULL past the end.  Both
 * outputs may be NULL; strings live for ever. */
GRAM_API const char *gram_keyword(size_t i, uint32_t *drafts,
                                  const char **what);

/* The i-th value of `format` that can be enforced; NULL past the end.
 * *openapi (may be NULL) tells whether that takes GRAM_FORMATS_OPENAPI. */
GRAM_API const char *gram_format(size_t i, int *openapi);

/* ------------------------------------------------------------------------
 * A cache of grammars, for servers: equal sources with equal options are
 * compiled once.  Shared between threads.
 */
typedef struct gram_cache gram_cache;

/* A cache for one vocabulary (which gets one more owner).
 *
 *   allocator   for the cache and its grammars; NULL: the C library's.
 *   max_memory  bytes that the grammars in it may hold, with their masks;
 *               0: the default of one grammar.  Those that have not been
 *               asked for the longest are dropped; the newest always stays.
 *               What callers still use of those is not counted. */
GRAM_API gram_status gram_cache_new(gram_vocab *vocab,
                                    const gram_allocator *allocator,
                                    size_t max_memory, gram_cache **out,
                                    gram_error *error);
/* Grammars that are still in use stay with their other owners.  Nobody may use
 * the cache meanwhile. */
GRAM_API void gram_cache_free(gram_cache *c);

/* As gram_grammar_new, from the cache where it is there: release it with
 * gram_grammar_free.  The options' allocator is not used; their max_memory is
 * by default that of the cache.  Errors are not kept.
 *
 *   cost  of a hit: that of reading the text once; of a miss: compiling, and
 *         a look at the size of every grammar kept. */
GRAM_API gram_status gram_cache_get(gram_cache *c, gram_kind kind,
                                    const char *text, size_t len,
                                    const gram_options *opt, gram_grammar **out,
                                    gram_error *error);

typedef struct gram_cache_stats {
    size_t size; /* sizeof(gram_cache_stats), set by caller */
    uint64_t grammars, hits, misses, evicted, memory_bytes;
} gram_cache_stats;
GRAM_API gram_status gram_cache_get_stats(gram_cache *c, gram_cache_stats *out);

/* ------------------------------------------------------------------------
 * Matchers: one generation each
 */
typedef struct gram_matcher gram_matcher;

/* A matcher at the start; the grammar gets one more owner.  E_MEMORY, E_LIMIT.
 * Microseconds; up to some 150 KB with 128k tokens, mostly rows of bits, and
 * less where more than two live with the grammar. */
GRAM_API gram_status gram_matcher_new(gram_grammar *g, gram_matcher **out,
                                      gram_error *error);
GRAM_API void gram_matcher_free(gram_matcher *m);
/* Back to the start, its memory kept: cheaper than a new one. */
GRAM_API void gram_matcher_reset(gram_matcher *m);
/* An independent copy, for another thread if need be.  It begins with no
 * accepted tokens: it cannot be rolled back behind the fork.  E_MEMORY.  Costs
 * a copy of the text, and O(open containers and their keys). */
GRAM_API gram_status gram_matcher_fork(const gram_matcher *m,
                                       gram_matcher **out);
/* For a matcher that will wait for long: gives back all but its text, which
 * the next call on it runs again.  Those that only wait may else hold on to
 * tables that their grammar has replaced, until its memory is used up and
 * other matchers get E_MEMORY.
 *
 *   cost  of the next call: that of reading the whole text once more. */
GRAM_API void gram_matcher_rest(gram_matcher *m);

/* Write the set of tokens that may come next into `mask`.
 *
 *   mask     [out] `words` 32-bit words, at least gram_vocab_mask_words;
 *            bit (t & 31) of word (t >> 5) is token t; the rest is 0.
 *            End-of-generation ids are set iff the matcher may stop.  Tokens
 *            lead on to an end behind each of the others: where the vocabulary
 *            lacks single bytes, those are left out behind which none was
 *            found.
 *   returns  GRAM_OK; E_STATE after an end token; E_ARGUMENT where `words`
 *            is too small; E_EMPTY where bytes were accepted that leave no
 *            token; E_MEMORY, E_LIMIT (the matcher is unchanged).
 *   cost     a look-up and a copy where the mask is known; microseconds
 *            else, or 0.1 ms and more where single bytes are lacking.
 */
GRAM_API gram_status gram_matcher_mask(gram_matcher *m, uint32_t *mask,
                                       size_t words);

/* The same without a copy: *row is valid until the next call on `m`.  *id
 * (`id` may be NULL) names the mask: ids other than 0 are equal for equal
 * masks of one grammar and stay so as long as it lives; 0 is a mask that was
 * made for this text alone (items that must all differ) and has no name. */
GRAM_API gram_status gram_matcher_mask_view(gram_matcher *m,
                                            const uint32_t **row, uint32_t *id);

/* What the last mask of a matcher was, for callers that keep masks on a
 * device: GRAM_MASK_* together, and in *count (may be NULL) how many tokens
 * it allows.  Both are 0 before the first mask and where it failed. */
enum {
    GRAM_MASK_UNCHANGED = 1, /* that of the call before, by its id: nothing is
                                to be copied.  Without an id it is new */
    GRAM_MASK_ALL = 2        /* every token: it need not be applied */
};
GRAM_API uint32_t gram_matcher_mask_facts(const gram_matcher *m,
                                          uint32_t *count);

/* The numbers that logits are. */
typedef enum gram_logits {
    GRAM_LOGITS_F32,
    GRAM_LOGITS_F16,
    GRAM_LOGITS_BF16
} gram_logits;

/* Set every logit that a mask does not allow to minus infinity, in place.
 *
 *   logits  `rows` rows of `width` numbers, aligned as such numbers are; row
 *           r begins `stride` numbers behind row r - 1 (0: `width`).
 *   masks   one for each row, `words` 32-bit words each, one behind the
 *           other; ids behind the last bit are not allowed.
 *   returns GRAM_OK; E_ARGUMENT for NULL, an unknown type, or a stride less
 *           than the width.
 *   cost    that of the memory touched; words that allow all are not read.
 *   threads any; nothing is allocated. */
GRAM_API gram_status gram_apply_mask(void *logits, gram_logits type,
                                     size_t width, size_t rows, size_t stride,
                                     const uint32_t *masks, size_t words);

/* Accept one token.  An end-of-generation id ends the matcher if it may stop;
 * else it is accepted only where the grammar names it, as any special token.
 *
 *   returns  GRAM_OK; E_REFUSED where its bit is not set, or it is no id;
 *            E_STATE after an end token; E_MEMORY, E_LIMIT.  But for GRAM_OK
 *            nothing has changed.
 *   cost     50 ns on the way of an earlier text, else some 10 ns a byte and
 *            what the automaton must still be filled for. */
GRAM_API gram_status gram_matcher_accept(gram_matcher *m, uint32_t token);
/* Would it be accepted?  The status of accepting it, at the same cost. */
GRAM_API gram_status gram_matcher_check(gram_matcher *m, uint32_t token);
/* Accept bytes, all or none; they need not be tokens of the vocabulary, nor
 * lead on to some.  Counts as one token for rollback.
 *
 *   refused_at  [out] may be NULL; on E_REFUSED and E_LIMIT the index of the
 *               byte that is not allowed, or at which the limit was met (the
 *               error's offset, too).
 *   returns     as accept; E_ARGUMENT for 2 GiB and more at once. */
GRAM_API gram_status gram_matcher_accept_bytes(gram_matcher *m,
                                               const char *bytes, size_t len,
                                               size_t *refused_at);
/* May the text end here?  1 or 0.  0 after an end token, and where it could not
 * be found out: then gram_matcher_error says why. */
GRAM_API int gram_matcher_may_stop(gram_matcher *m);
/* Has an end token been accepted? */
GRAM_API int gram_matcher_is_terminated(const gram_matcher *m);
/* Undo the last n accepted tokens, an end token too; E_ARGUMENT where there are
 * fewer.  O(1) a token. */
GRAM_API gram_status gram_matcher_rollback(gram_matcher *m, size_t n);
/* Tokens that can be undone. */
GRAM_API size_t gram_matcher_n_accepted(const gram_matcher *m);

/* An upper bound of the tokens that complete the text from here (0: it may
 * stop, or has).  Some allowed token lowers it, so a budget of at least this
 * many tokens can always be kept.  (Where the vocabulary lacks single bytes,
 * ways to an end are searched for, and in rare cases the bound rises again.)
 *
 *   returns  GRAM_OK; E_LIMIT where the bound is too large or takes too long to
 *            find; E_EMPTY as for gram_matcher_mask; E_MEMORY.
 *   cost     microseconds; much more where an array must still get many items
 *            that all differ. */
GRAM_API gram_status gram_matcher_completion_bound(gram_matcher *m,
                                                   uint64_t *tokens);
/* The mask of those tokens after which the bound is at most `budget`, the end
 * tokens included where the text may stop; it may be empty.  Arguments and
 * returns as for gram_matcher_mask and the bound.  Made afresh in each call. */
GRAM_API gram_status gram_matcher_mask_budget(gram_matcher *m, uint64_t budget,
                                              uint32_t *mask, size_t words);
/* The error of the last call on this matcher, with code GRAM_OK where it
 * succeeded.  Lives as long as the matcher, and changes with the next call. */
GRAM_API const gram_error *gram_matcher_error(const gram_matcher *m);

#ifdef __cplusplus
}
#endif
#endif
