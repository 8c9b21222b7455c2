/* Normalizers and pre-tokenizers of tokenizer.json as recipe records.
 *
 * In: the members `normalizer` and `pre_tokenizer`, each a step or a Sequence
 * of steps.  Out: a record for each step, in their order, and the two facts
 * that the rest of the reader needs (hf.h).
 *
 * Most pre-tokenizers are splits by a pattern with a behavior; the few that
 * are not have records of their own:
 *
 *     Whitespace        split by \w+|[^\w\s]+, inverted: what matches stays
 *     Digits            split by \p{N}
 *     BertPreTokenizer  split by spaces, which go, then by punctuation
 *     ByteLevel         a space in front, then split by GPT-2's pattern
 *     Metaspace         a record: spaces become ▁, with rules of its own
 *
 * A step that is not known makes the recipe unsupported: masks do not need it,
 * and a wrong encoding would be worse than none.  Source: `tokenizers`,
 * src/normalizers and src/pre_tokenizers, read for behaviour. */
#include "vocab/hf.h"

#include <stdio.h>
#include <stdlib.h>

/* White space as Rust's char::is_whitespace has it. */
#define SPACES                                                                 \
    "[\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}"          \
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]"
#define PUNCTUATION "[\\p{P}$+<=>^`|~]"

typedef struct Pipe {
    GrVocabDraft *d;
    const GrJson *j;
    GrHfFacts *facts;
    const char *what; /* the section, for messages */
} Pipe;

/* 10^e for 0 <= e <= 308, correctly rounded in every locale. */
static double power_of_ten(uint32_t e)
{
    char text[8] = "1e";
    double x = 1;
    if (e <= 22) { /* exact */
        while (e-- > 0) x *= 10;
        return x;
    }
    uint32_t i = 2;
    if (e >= 100) text[i++] = (char)('0' + e / 100);
    text[i++] = (char)('0' + e / 10 % 10);
    text[i++] = (char)('0' + e % 10);
    text[i] = 0;
    return strtod(text, NULL);
}

/* Digits into *m while they fit; the exponent changes by one for each
 * integer digit dropped and each fraction digit kept. */
static size_t read_digits(const char *p, size_t n, bool fraction, uint64_t *m,
                          bool *full, int64_t *exponent)
{
    size_t i = 0;
    for (; i < n && p[i] >= '0' && p[i] <= '9'; i++) {
        uint64_t d = (uint64_t)(p[i] - '0');
        if (*full || *m > (UINT64_MAX - d) / 10) {
            *full = true;
            *exponent += !fraction;
            continue;
        }
        *m = *m * 10 + d;
        *exponent -= fraction;
    }
    return i;
}

/* Not the nearest double, but the one that the tokenizer's own reader makes
 * (serde_json: the digits as an integer, scaled by one power of ten): sums
 * of scores that differ in the last bit decide between equal paths. */
bool gr_parse_double(const char *p, size_t n, double *out)
{
    uint64_t m = 0;
    int64_t exponent = 0, e = 0;
    bool full = false, negative = n > 0 && p[0] == '-';
    size_t i = negative;
    i += read_digits(p + i, n - i, false, &m, &full, &exponent);
    if (i < n && p[i] == '.') {
        i++;
        i += read_digits(p + i, n - i, true, &m, &full, &exponent);
    }
    if (i < n && (p[i] == 'e' || p[i] == 'E')) {
        bool minus = ++i < n && p[i] == '-';
        i += i < n && (p[i] == '-' || p[i] == '+');
        for (; i < n && e < 100000; i++) e = e * 10 + (p[i] - '0');
        exponent += minus ? -e : e;
    }
    double f = (double)m;
    if (exponent > 308 && m != 0) return false;
    for (; exponent < -308 && f != 0; exponent += 308) f /= 1e308;
    if (f != 0 && exponent < 0) f /= power_of_ten((uint32_t)-exponent);
    if (f != 0 && exponent > 0) f *= power_of_ten((uint32_t)exponent);
    *out = negative ? -f : f;
    return true;
}

static gram_status add(const Pipe *p, GrOp op, uint32_t flags)
{
    return gr_recipe_add(p->d, op, flags, NULL, 0);
}

static gram_status add_text(const Pipe *p, GrOp op, uint32_t flags,
                            const char *text)
{
    return gr_recipe_add(p->d, op, flags, text, strlen(text));
}

/* Not an error of the file: the vocabulary is made, and whoever wants to
 * encode with it is told which step is missing. */
static gram_status unknown(const Pipe *p, uint32_t type)
{
    char text[64];
    const GrJsonNode *name =
        gr_js_is(p->j, type, GR_JSON_STRING) ? &p->j->node[type] : NULL;
    int n = snprintf(text, sizeof text, "the %s '%.*s'", p->what,
                     name && name->n < 40 ? (int)name->n
                     : name               ? 40
                                          : 1,
                     name ? name->text : "?");
    return gr_recipe_add(p->d, GR_OP_UNSUPPORTED, 0, text, (size_t)n);
}

/* --- normalizers ---------------------------------------------------------- */

/* The payload holds both texts (recipe.h); whether the first is a literal or a
 * pattern is the record's kind. */
static gram_status add_replace(const Pipe *p, uint32_t i)
{
    const GrJson *j = p->j;
    uint32_t pattern = gr_js_get(j, i, "pattern"), mark;
    uint32_t literal = gr_js_get(j, pattern, "String");
    uint32_t regex = gr_js_get(j, pattern, "Regex");
    uint32_t content = gr_js_get(j, i, "content");
    uint32_t from = literal != UINT32_MAX ? literal : regex;
    if (!gr_js_is(j, from, GR_JSON_STRING) ||
        !gr_js_is(j, content, GR_JSON_STRING))
        return unknown(p, UINT32_MAX);
    GR_TRY(gr_recipe_begin(
        p->d, from == literal ? GR_OP_REPLACE : GR_OP_REPLACE_REGEX, 0, &mark));
    GR_TRY(gr_recipe_u32(p->d, j->node[from].n));
    GR_TRY(gr_recipe_bytes(p->d, j->node[from].text, j->node[from].n));
    GR_TRY(gr_recipe_bytes(p->d, j->node[content].text, j->node[content].n));
    gr_recipe_end(p->d, mark);
    return gr_recipe_pad(p->d);
}

/* The map goes into the pack as it is; it is checked when it is opened. */
static gram_status add_charsmap(const Pipe *p, uint32_t i)
{
    uint32_t m = gr_js_get(p->j, i, "precompiled_charsmap");
    if (!gr_js_is(p->j, m, GR_JSON_STRING)) return GRAM_OK;
    size_t room = p->j->node[m].n, n = 0;
    char *bytes = gr_zalloc(&p->d->env, room + 1, 1);
    if (bytes == NULL) return GRAM_E_MEMORY;
    bool good = gr_base64_decode(p->j->node[m].text, room, bytes, &n);
    gram_status s = good ? gr_recipe_add(p->d, GR_OP_CHARSMAP, 1, bytes, n)
                         : gr_fail(&p->d->env, GRAM_E_VOCAB, p->j->node[m].at,
                                   "bad base64");
    gr_free(&p->d->env, bytes, room + 1);
    return s;
}

/* Accents are stripped where the file says so or, if it does not say, where
 * letters are lowered. */
static gram_status add_bert(const Pipe *p, uint32_t i)
{
    uint32_t flags = 0;
    bool lower = gr_js_true(p->j, i, "lowercase", true);
    if (gr_js_true(p->j, i, "clean_text", true)) flags |= GR_BERT_CLEAN;
    if (gr_js_true(p->j, i, "handle_chinese_chars", true))
        flags |= GR_BERT_CHINESE;
    if (gr_js_true(p->j, i, "strip_accents", lower)) flags |= GR_BERT_ACCENTS;
    if (lower) flags |= GR_BERT_LOWER;
    return add(p, GR_OP_BERT, flags);
}

/* A prefix that is a space, in either spelling, is one that decoding must take
 * off again.  ByteLevel is no normalizer of texts here: models of bytes begin
 * with bytes anyway. */
static gram_status add_normalizer(const Pipe *p, uint32_t i)
{
    static const struct {
        const char *name;
        GrOp op;
    } plain[] = {
        {"NFC", GR_OP_NFC},         {"NFD", GR_OP_NFD},
        {"NFKC", GR_OP_NFKC},       {"NFKD", GR_OP_NFKD},
        {"Lowercase", GR_OP_LOWER}, {"StripAccents", GR_OP_STRIP_ACCENTS},
        {"Nmt", GR_OP_NMT}};
    const GrJson *j = p->j;
    uint32_t type = gr_js_get(j, i, "type");
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++)
        if (gr_js_equals(j, type, plain[k].name)) return add(p, plain[k].op, 0);
    if (gr_js_equals(j, type, "Strip"))
        return add(p, GR_OP_STRIP,
                   (uint32_t)gr_js_true(j, i, "strip_left", true) |
                       (uint32_t)gr_js_true(j, i, "strip_right", true) << 1);
    if (gr_js_equals(j, type, "Prepend")) {
        uint32_t t = gr_js_get(j, i, "prepend");
        if (!gr_js_is(j, t, GR_JSON_STRING)) return unknown(p, type);
        p->facts->prefix |= gr_js_equals(j, t, " ") ||
                            gr_js_equals(j, t, "\xE2\x96\x81");
        return gr_recipe_add(p->d, GR_OP_PREPEND, 0, j->node[t].text,
                             j->node[t].n);
    }
    if (gr_js_equals(j, type, "Replace")) return add_replace(p, i);
    if (gr_js_equals(j, type, "Precompiled")) return add_charsmap(p, i);
    if (gr_js_equals(j, type, "BertNormalizer")) return add_bert(p, i);
    if (gr_js_equals(j, type, "ByteLevel")) {
        p->facts->bytelevel = true;
        return GRAM_OK;
    }
    return unknown(p, type);
}

/* --- pre-tokenizers ------------------------------------------------------- */

/* Behaviors are named in two spellings. */
static bool read_behavior(const Pipe *p, uint32_t i, uint32_t *out)
{
    static const char *const names[][2] = {
        {"Isolated", "isolated"},
        {"Removed", "removed"},
        {"MergedWithPrevious", "merged_with_previous"},
        {"MergedWithNext", "merged_with_next"},
        {"Contiguous", "contiguous"}};
    uint32_t b = gr_js_get(p->j, i, "behavior");
    for (uint32_t k = 0; k < 5; k++) {
        *out = k;
        if (gr_js_equals(p->j, b, names[k][0]) ||
            gr_js_equals(p->j, b, names[k][1]))
            return true;
    }
    *out = GR_SPLIT_ISOLATED;
    return b == UINT32_MAX;
}

/* Patterns are for Oniguruma, where ^ and $ match at every line. */
static gram_status add_split(const Pipe *p, uint32_t i, uint32_t type)
{
    const GrJson *j = p->j;
    uint32_t pattern = gr_js_get(j, i, "pattern"), flags;
    uint32_t literal = gr_js_get(j, pattern, "String");
    uint32_t regex = gr_js_get(j, pattern, "Regex");
    uint32_t text = literal != UINT32_MAX ? literal : regex;
    if (!read_behavior(p, i, &flags) || !gr_js_is(j, text, GR_JSON_STRING))
        return unknown(p, type);
    if (gr_js_true(j, i, "invert", false)) flags |= GR_SPLIT_INVERT;
    flags |= GR_SPLIT_LINES;
    GrOp op = text == literal ? GR_OP_SPLIT_STRING : GR_OP_SPLIT_REGEX;
    return gr_recipe_add(p->d, op, flags, j->node[text].text, j->node[text].n);
}

/* Old files say add_prefix_space, new ones prepend_scheme. */
static gram_status add_metaspace(const Pipe *p, uint32_t i)
{
    const GrJson *j = p->j;
    uint32_t scheme = gr_js_get(j, i, "prepend_scheme"), flags = 0;
    uint32_t mark = gr_js_get(j, i, "replacement");
    if (mark != UINT32_MAX && !gr_js_equals(j, mark, "\xE2\x96\x81"))
        return unknown(p, mark);
    if (gr_js_true(j, i, "split", true)) flags |= GR_META_SPLIT;
    if (gr_js_equals(j, scheme, "first"))
        flags |= GR_META_FIRST;
    else if (!gr_js_equals(j, scheme, "never") &&
             gr_js_true(j, i, "add_prefix_space", true))
        flags |= GR_META_ALWAYS;
    p->facts->prefix |= (flags & (GR_META_FIRST | GR_META_ALWAYS)) != 0;
    return add(p, GR_OP_METASPACE, flags);
}

/* Its own pattern is GPT-2's; with use_regex false a Split stands before. */
static gram_status add_bytelevel(const Pipe *p, uint32_t i)
{
    p->facts->bytelevel = true;
    if (gr_js_true(p->j, i, "add_prefix_space", true)) {
        p->facts->prefix = true;
        GR_TRY(add(p, GR_OP_PREFIX_SPACE, 0));
    }
    if (!gr_js_true(p->j, i, "use_regex", true)) return GRAM_OK;
    return add_text(p, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED, gr_gpt2_pattern);
}

/* \p{M} beside \w: the crate's regular expressions count marks as letters of
 * words, those of older PCRE2 do not. */
static gram_status add_pretokenizer(const Pipe *p, uint32_t i)
{
    const GrJson *j = p->j;
    uint32_t type = gr_js_get(j, i, "type"), flags;
    if (gr_js_equals(j, type, "ByteLevel")) return add_bytelevel(p, i);
    if (gr_js_equals(j, type, "Split")) return add_split(p, i, type);
    if (gr_js_equals(j, type, "Metaspace")) return add_metaspace(p, i);
    if (gr_js_equals(j, type, "WhitespaceSplit"))
        return add_text(p, GR_OP_SPLIT_REGEX, GR_SPLIT_REMOVED, SPACES);
    if (gr_js_equals(j, type, "Whitespace"))
        return add_text(p, GR_OP_SPLIT_REGEX,
                        GR_SPLIT_REMOVED | GR_SPLIT_INVERT,
                        "[\\w\\p{M}]+|[^\\w\\p{M}\\s]+");
    if (gr_js_equals(j, type, "Digits"))
        return add_text(p, GR_OP_SPLIT_REGEX,
                        gr_js_true(j, i, "individual_digits", false)
                            ? GR_SPLIT_ISOLATED
                            : GR_SPLIT_CONTIGUOUS,
                        "\\p{N}");
    if (gr_js_equals(j, type, "Punctuation") && read_behavior(p, i, &flags))
        return add_text(p, GR_OP_SPLIT_REGEX, flags, PUNCTUATION);
    if (gr_js_equals(j, type, "CharDelimiterSplit")) {
        uint32_t c = gr_js_get(j, i, "delimiter");
        if (!gr_js_is(j, c, GR_JSON_STRING)) return unknown(p, type);
        return gr_recipe_add(p->d, GR_OP_SPLIT_STRING, GR_SPLIT_REMOVED,
                             j->node[c].text, j->node[c].n);
    }
    if (!gr_js_equals(j, type, "BertPreTokenizer")) return unknown(p, type);
    GR_TRY(add_text(p, GR_OP_SPLIT_REGEX, GR_SPLIT_REMOVED, SPACES));
    return add_text(p, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED, PUNCTUATION);
}

/* Sequences may lie in sequences; their steps run in the order of the text,
 * so a walk that enters "Sequence" and skips the others needs no stack. */
static gram_status each_step(const Pipe *p, uint32_t i, const char *list,
                             gram_status (*step)(const Pipe *, uint32_t))
{
    const GrJson *j = p->j;
    if (!gr_js_is(j, i, GR_JSON_OBJECT)) return GRAM_OK;
    uint32_t end = j->node[i].next;
    while (i < end) {
        uint32_t inner = gr_js_get(j, i, list);
        if (!gr_js_equals(j, gr_js_get(j, i, "type"), "Sequence")) {
            GR_TRY(step(p, i));
            i = j->node[i].next;
        } else if (gr_js_is(j, inner, GR_JSON_ARRAY)) {
            i = inner + 1;
        } else {
            return unknown(p, UINT32_MAX);
        }
        /* whatever lies between two steps belongs to finished sequences */
        while (i < end && !gr_js_is(j, i, GR_JSON_OBJECT)) i++;
    }
    return GRAM_OK;
}

/* A folded list of steps would be half of a pipeline: it is refused. */
gram_status gr_hf_pipeline(GrVocabDraft *d, const GrJson *j, GrHfFacts *out)
{
    Pipe p = {d, j, out, "normalizer"};
    uint32_t normalizer = gr_js_get(j, 0, "normalizer");
    uint32_t splitter = gr_js_get(j, 0, "pre_tokenizer");
    GR_TRY(gr_js_whole(&d->env, j, normalizer));
    GR_TRY(gr_js_whole(&d->env, j, splitter));
    GR_TRY(each_step(&p, normalizer, "normalizers", add_normalizer));
    p.what = "pre-tokenizer";
    return each_step(&p, splitter, "pretokenizers", add_pretokenizer);
}
