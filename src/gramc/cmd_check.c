/* check and mask: one text against a grammar.
 *
 *     check FILE --text S      nothing, refused at byte N, incomplete at byte N
 *     mask FILE --prefix S     the tokens that may follow S
 *
 * Both read the text as bytes, not as tokens: what a grammar allows does not
 * depend on how a tokenizer cuts it.  A position is thus one of the text,
 * whatever vocabulary there is; it is the number of bytes in front of the
 * first that no valid text has there. */
#include "gramc/gramc.h"

#include <stdlib.h>
#include <string.h>

/* The text of --text, --input or standard input.  The caller frees out->at in
 * each case. */
static int given_text(const Options *o, Text *out)
{
    if (o->text == NULL) return read_file(o->input ? o->input : "-", out);
    out->len = strlen(o->text);
    out->at = malloc(out->len + 1);
    if (out->at == NULL) return LIMIT;
    memcpy(out->at, o->text, out->len + 1);
    return DONE;
}

/* Of a text: each call has its own limit of work, a text has none. */
enum { PIECE = 4096 };

/* What is wrong is in the text, and FILE is the grammar. */
static int report_matcher(const Options *o, gram_matcher *m)
{
    gram_error e = *gram_matcher_error(m);
    e.line = 0;
    return report_error(o->file, e.code, &e);
}

/* The bytes of a text up to where it is refused, which goes to standard output,
 * or meets a limit. */
static int accept_text(const Options *o, gram_matcher *m, const char *bytes,
                       size_t len)
{
    size_t at = 0, from = 0;
    gram_status s = GRAM_OK;
    while (s == GRAM_OK && from < len) {
        size_t n = len - from < PIECE ? len - from : PIECE;
        s = gram_matcher_accept_bytes(m, bytes + from, n, &at);
        if (s == GRAM_OK) from += n;
    }
    if (s == GRAM_OK) return DONE;
    if (s == GRAM_E_REFUSED) {
        printf("refused at byte %zu\n", from + at);
        return REFUSED;
    }
    int rc = report_matcher(o, m);
    if (s == GRAM_E_LIMIT) fprintf(stderr, "gramc: at byte %zu\n", from + at);
    return rc;
}

/* DONE: a complete text.  An incomplete one is refused as well, at its end: the
 * answer is about the text as a whole. */
static int judge(const Options *o, gram_matcher *m, const Text *t)
{
    int rc = accept_text(o, m, t->at, t->len);
    if (rc != DONE || gram_matcher_may_stop(m)) return rc;
    if (gram_matcher_error(m)->code != GRAM_OK) return report_matcher(o, m);
    printf("incomplete at byte %zu\n", t->len);
    return REFUSED;
}

/* REFUSED is an answer and goes to standard output; errors do not. */
int cmd_check(const Options *o)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    gram_error e = {0};
    Text text = {0};
    /* standard input can be read once */
    if (o->file && strcmp(o->file, "-") == 0 && !o->text && !o->input) {
        fprintf(stderr, "gramc: the grammar is on standard input: give the "
                        "text with --text or --input\n");
        return USAGE;
    }
    if (o->text && o->input) {
        fprintf(stderr, "gramc: --text and --input: which one? "
                        "(try gramc help)\n");
        return USAGE;
    }
    Made made;
    int rc = open_made(o, &v, &g, &made);
    /* such a grammar has no handle, and is no error here: no text is valid */
    if (made.status == GRAM_E_EMPTY) {
        /* it refuses everything: compiling said why */
        printf("refused at byte 0\n");
        return REFUSED;
    }
    if (rc != DONE) return rc;
    rc = given_text(o, &text);
    if (rc == DONE) {
        gram_status s = gram_matcher_new(g, &m, &e);
        rc = s == GRAM_OK ? judge(o, m, &text) : report_error(o->file, s, &e);
        if (s == GRAM_OK) gram_matcher_free(m);
    }
    free(text.at);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return rc;
}

/* --- mask ----------------------------------------------------------------- */

/* One JSON object, ids ascending, for programs; print_tokens is for people. */
static void print_ids(const uint32_t *mask, uint32_t n, const char *accepting)
{
    uint64_t count = 0;
    for (uint32_t t = 0; t < n; t++) count += mask[t >> 5] >> (t & 31) & 1;
    printf("{\"allowed\":%llu,\"ids\":[", (unsigned long long)count);
    const char *comma = "";
    for (uint32_t t = 0; t < n; t++) {
        if (!(mask[t >> 5] >> (t & 31) & 1)) continue;
        printf("%s%u", comma, t);
        comma = ",";
    }
    printf("],\"accepting\":%s}\n", accepting);
}

/* Tokens printed, in rows of six: the first ids, mostly single characters. */
enum { SHOWN = 24 };

static void print_tokens(const gram_vocab *v, const uint32_t *mask,
                         const char *accepting)
{
    uint32_t n = mask_ids(v), count = 0, shown = 0;
    for (uint32_t t = 0; t < n; t++) count += mask[t >> 5] >> (t & 31) & 1;
    printf("%u of %u tokens allowed, may stop: %s\n", count, gram_vocab_size(v),
           accepting);
    for (uint32_t t = 0; t < n && shown < SHOWN; t++) {
        if (!(mask[t >> 5] >> (t & 31) & 1)) continue;
        size_t len;
        const char *bytes = gram_vocab_token(v, t, &len);
        printf("%s%u ", shown % 6 ? "  " : "\n  ", t);
        /* a token may be part of a character, which no JSON string can hold */
        if (!print_json_string(bytes, len)) print_hex(bytes, len);
        shown++;
    }
    printf("%s%s\n", shown ? "\n" : "", shown < count ? "  ..." : "");
}

/* The prefix is told apart from the mask's errors: where it is refused there is
 * no mask to show. */
static int show_mask(const Options *o, gram_matcher *m, const gram_vocab *v)
{
    const char *prefix = o->prefix ? o->prefix : "";
    const uint32_t *row;
    uint32_t id;
    int rc = accept_text(o, m, prefix, strlen(prefix));
    if (rc != DONE) return rc;
    gram_status s = gram_matcher_mask_view(m, &row, &id);
    if (s != GRAM_OK) return report_error(o->file, s, gram_matcher_error(m));
    /* end tokens are in the mask as well; this is said for those who look at
     * text */
    bool stop = gram_matcher_may_stop(m);
    if (o->json)
        print_ids(row, mask_ids(v), stop ? "true" : "false");
    else
        print_tokens(v, row, stop ? "yes" : "no");
    return DONE;
}

/* No --text: the mask is that behind --prefix, or of the beginning. */
int cmd_mask(const Options *o)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    gram_error e = {0};
    int rc = open_grammar(o, &v, &g);
    if (rc != DONE) return rc;
    gram_status s = gram_matcher_new(g, &m, &e);
    rc = s == GRAM_OK ? show_mask(o, m, v) : report_error(o->file, s, &e);
    if (s == GRAM_OK) gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return rc;
}
