/* readers.h: one function for each file format; private to src/vocab.
 *
 * A reader gets the whole file in memory and fills a draft, its recipe
 * included.  Errors carry the byte offset in the file. */
#ifndef GR_VOCAB_READERS_H
#define GR_VOCAB_READERS_H

#include "json/json.h"
#include "vocab/recipe.h"

typedef gram_status GrReader(GrVocabDraft *d, GrBytes file);
/* `j` is folded (json.h): what may be large is read by gr_js_each. */
typedef gram_status GrJsonReader(GrVocabDraft *d, const GrJson *j,
                                 GrBytes file);

GrReader gr_read_tiktoken, gr_read_default, gr_read_flat, gr_read_gguf,
    gr_read_sentencepiece;
GrJsonReader gr_read_tokenizer_json, gr_read_tekken, gr_read_vocab_json;

/* Could these bytes be a SentencePiece model? */
bool gr_is_sentencepiece(GrBytes file);

/* format.c: `v` with what the options add; takes over v's reference. */
gram_status gr_vocab_reseal(const GrVocabOptions *o, GrVocab *v,
                            gram_error *error, GrVocab **out);

/* --- specials.c: what side files say -------------------------------------- */

/* The {pattern, eos_id, special_tokens} form, where the options have one.
 * *pattern is a span of d->text; of length 0 where there is none. */
gram_status gr_read_specials(GrVocabDraft *d, GrSpan *pattern);

/* End ids of tokenizer_config.json, generation_config.json, config.json and
 * special_tokens_map.json, by id or by name; names are
 * looked up among the draft's named tokens and in `keys` (may be NULL). */
gram_status gr_read_side_ends(GrVocabDraft *d, const GrKeys *keys);

/* --- json helpers (specials.c) -------------------------------------------- */

/* Member `key` of object o (UINT32_MAX where o is no object or has none). */
uint32_t gr_js_get(const GrJson *j, uint32_t o, const char *key);
bool gr_js_is(const GrJson *j, uint32_t i, GrJsonType type);
bool gr_js_true(const GrJson *j, uint32_t o, const char *key, bool absent);
bool gr_js_equals(const GrJson *j, uint32_t i, const char *text);
/* Visit the items of container i of the folded document j of `file`. */
gram_status gr_js_each(GrVocabDraft *d, GrBytes file, const GrJson *j,
                       uint32_t i, GrJsonVisit *visit, void *ctx);
/* GRAM_E_LIMIT where container i, or one in it, was folded: for parts that
 * are walked node by node.  An absent i is whole. */
gram_status gr_js_whole(GrEnv *env, const GrJson *j, uint32_t i);
/* A whole number of at most 2^53; false else. */
bool gr_js_u64(const GrJson *j, uint32_t i, uint64_t *out);

/* --- bytelevel.c: the letters that stand for bytes ------------------------ */

/* Translate text in the GPT-2 byte alphabet into bytes at `out` (as long as
 * the text); false where a character is not in the alphabet. */
bool gr_bytelevel_decode(const char *p, size_t n, char *out, size_t *out_len);

/* The same up to the first character that is none of the alphabet: how many
 * bytes of the text were read.  `room`, n at least, are the bytes that may be
 * read at p, and written at out: eight more than n save a loop over bytes. */
size_t gr_bytelevel_run(const char *p, size_t n, size_t room, char *out,
                        size_t *out_len);

/* "left right", a space between two texts in the alphabet: the bytes of both at
 * out, put[0] of them and then put[1]; false where it is none.  As above, with
 * GR_BYTELEVEL_SHORT bytes more. */
enum { GR_BYTELEVEL_SHORT = 16 };
bool gr_bytelevel_merge(const char *p, size_t n, size_t room, char *out,
                        size_t put[2]);

/* The pattern that GPT-2 splits by, and the default of ByteLevel. */
extern const char gr_gpt2_pattern[];

/* read_tiktoken.c: 3 bytes for 4 characters; padding may be missing. */
bool gr_base64_decode(const char *p, size_t n, char *out, size_t *out_len);

/* <0xHH> with two hexadecimal digits: its byte, or -1. */
int gr_byte_piece(const char *p, size_t n);

/* ▁ becomes a space; out has room for n bytes. */
size_t gr_metaspace_decode(const char *p, size_t n, char *out);

#endif
