/* Real tokenizer files: digests, kinds, end ids and encodings must equal the
 * reference facts of the collection (GRAM_DATA, by default ../shared/data).
 * Each is unpacked to a temporary folder with its side files. */
#include "../t.h"
#include "json/json.h"
#include "vocab/vocab.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

static char data[512], folder[] = "/tmp/gram-vocab-XXXXXX";

static void run(const char *command)
{
    if (system(command) != 0) T_OK(false, "failed: %s", command);
}

static char *slurp(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *p = malloc(*n + 1);
    *n = fread(p, 1, *n, f);
    fclose(f);
    return p;
}

static uint32_t member(const GrJson *j, uint32_t o, const char *key)
{
    return gr_json_member(j, o, key, strlen(key));
}

static void text_of(const GrJson *j, uint32_t i, char *out, size_t room)
{
    snprintf(out, room, "%.*s", (int)j->node[i].n, j->node[i].text);
}

static void check_digests(const char *name, const GrJson *j, GrVocab *v)
{
    uint8_t sum[2][32];
    static const char *const keys[] = {"tokens_sha256", "kinds_sha256"};
    gr_vocab_digest(v, sum[0], sum[1]);
    for (int k = 0; k < 2; k++) {
        char want[80], got[65];
        text_of(j, member(j, 0, keys[k]), want, sizeof want);
        for (int i = 0; i < 32; i++) sprintf(got + 2 * i, "%02x", sum[k][i]);
        T_OK(strcmp(want, got) == 0, "%s: %s is %s", name, keys[k], got);
    }
}

static void check_ends(const char *name, const GrJson *j, GrVocab *v)
{
    uint32_t eos = member(j, 0, "eos_id");
    if (j->node[eos].type == GR_JSON_NUMBER)
        T_OK(gr_vocab_is_end(v, (uint32_t)atoi(j->node[eos].text)),
             "%s: the end id %.*s is missing", name, (int)j->node[eos].n,
             j->node[eos].text);
    uint32_t all = member(j, 0, "eog_ids_llama_cpp");
    if (all == UINT32_MAX || j->node[all].type != GR_JSON_ARRAY) return;
    T_OK(v->n_end == j->node[all].n, "%s: %u end ids", name, v->n_end);
    for (uint32_t k = all + 1; k < j->node[all].next; k++)
        T_OK(gr_vocab_is_end(v, (uint32_t)atoi(j->node[k].text)),
             "%s: an end id is missing", name);
}

/* {"id", "hex", ...}: the bytes of a sample of ids. */
static void check_samples(const char *name, const GrJson *j, GrVocab *v)
{
    uint32_t all = member(j, 0, "samples");
    for (uint32_t k = all + 1; k < j->node[all].next; k = j->node[k].next) {
        uint32_t id = (uint32_t)atoi(j->node[member(j, k, "id")].text), len;
        uint32_t hex = member(j, k, "hex");
        char got[2 * 600 + 1] = "", want[2 * 600 + 1] = "";
        const char *p = gr_vocab_bytes(v, id, &len);
        if (j->node[hex].type == GR_JSON_STRING)
            text_of(j, hex, want, sizeof want);
        for (uint32_t i = 0; i < len && i < 600; i++)
            sprintf(got + 2 * i, "%02x", (unsigned char)p[i]);
        T_OK(strcmp(want, got) == 0, "%s: token %u is %s", name, id, got);
    }
}

/* --- encoding and back ---------------------------------------------------- */

/* What decode(encode(text)) is.  A tokenizer that does not keep the text says
 * so in its file; then this is the reason, and the rule that the bytes still
 * follow.  Not listed: the text itself. */
typedef enum Rule {
    TEXT,    /* the text itself */
    MARK,    /* its U+2581 are spaces: the tokens cannot tell them apart */
    NFC,     /* its NFC, the file's normalizer */
    DECODED, /* what the reference's own decoder prints */
    BYTES,   /* the reference's bytes */
    TRIMMED  /* the same without the dummy space: its decoder prints unknown
                tokens, or cleans up */
} Rule;

static const struct {
    const char *name;
    Rule rule;
    const char *why;
} RULES[] = {
    {"gemma-3", MARK, "Replace of spaces by U+2581"},
    {"gguf-gemma-4", MARK, "spaces are written U+2581"},
    {"mistral-v1", MARK, "spaces are written U+2581"},
    {"mistral-v1-hf", MARK, "Replace of spaces by U+2581"},
    {"gguf-llama-spm", MARK, "spaces are written U+2581"},
    {"gguf-phi-3", MARK, "spaces are written U+2581"},
    {"qwen3", NFC, "NFC"},
    {"gguf-falcon", BYTES, "28 bytes have no token, its runtime drops them"},
    {"botchan-bpe", TRIMMED,
     "nmt_nfkc, joined spaces, no token for most bytes"},
    {"botchan-unigram", TRIMMED,
     "nfkc, joined spaces, no token for most bytes"},
    {"gguf-nomic-bert-moe", DECODED, "a character map, joined spaces"},
    {"mon", DECODED, "Replace of invisible characters, NFC"},
    {"minilm", TRIMMED, "BertNormalizer: lower case, no accents, no spaces"},
    {"gguf-bert-bge", TRIMMED, "BERT: lower case, no accents, no spaces"}};

static Rule rule_of(const char *name)
{
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++)
        if (strcmp(RULES[i].name, name) == 0) return RULES[i].rule;
    return TEXT;
}

/* The text as a tokenizer keeps it that writes spaces as U+2581. */
static char *unmarked(const char *p, size_t len, size_t *out)
{
    char *s = malloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; n++) {
        bool mark = len - i >= 3 && memcmp(p + i, "\xE2\x96\x81", 3) == 0;
        s[n] = mark ? ' ' : p[i];
        i += mark ? 3 : 1;
    }
    *out = n;
    return s;
}

static char *composed(const char *p, size_t len, size_t *out)
{
    utf8proc_uint8_t *nfc = NULL;
    *out = (size_t)utf8proc_map((const utf8proc_uint8_t *)p,
                                (utf8proc_ssize_t)len, &nfc,
                                UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    return (char *)nfc;
}

static char *from_hex(const GrJsonNode *hex, size_t *out)
{
    char *s = malloc(hex->n / 2 + 1);
    *out = hex->n / 2;
    for (size_t i = 0; i < *out; i++) {
        unsigned c = 0;
        sscanf(hex->text + 2 * i, "%2x", &c);
        s[i] = (char)(uint8_t)c;
    }
    return s;
}

/* What a line's ids must decode to by the rule.  The caller frees it. */
static char *expected(const GrJson *j, Rule rule, size_t *n)
{
    uint32_t text = member(j, 0, "text"), decoded = member(j, 0, "decoded");
    const char *p = j->node[text].text;
    size_t len = j->node[text].n;
    if (rule == TEXT || rule == MARK) {
        char *s = unmarked(p, len, n);
        if (rule == TEXT) memcpy(s, p, *n = len);
        return s;
    }
    if (rule == NFC) return composed(p, len, n);
    if (rule == DECODED && decoded != UINT32_MAX)
        return from_hex(&j->node[decoded], n);
    char *s = from_hex(&j->node[member(j, 0, "bytes")], n);
    bool dummy = rule == TRIMMED && *n > 0 && s[0] == ' ';
    if (dummy) memmove(s, s + 1, --*n);
    return s;
}

/* Ids of a kind without bytes: what they stood for is gone. */
static bool has_unknown(const GrVocab *v, const uint32_t *id, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v->kind[id[i]] > GR_TOKEN_USER) return true;
    return false;
}

static bool encodes_to(GrEncoder *e, const char *p, size_t len,
                       const uint32_t *id, size_t n)
{
    const uint32_t *got;
    size_t m;
    gram_error error;
    return gr_encode(e, p, len, &error, &got, &m) == GRAM_OK && m == n &&
           (n == 0 || memcmp(got, id, n * sizeof *id) == 0);
}

/* A space in front, or the mark that becomes one, may be told from no space
 * (HF's Metaspace) or from an added token by the text alone. */
static bool begins_spaced(const GrJsonNode *text)
{
    return text->n > 0 && (text->text[0] == ' ' || text->text[0] == '\xE2');
}

/* A line's ids in the middle of a text give all of their bytes; as a whole
 * text what the rule says; and that encodes to the same ids. */
static bool same_back(GrEncoder *e, const GrVocab *v, const GrJson *j,
                      Rule rule)
{
    uint32_t ids = member(j, 0, "ids"), bytes = member(j, 0, "bytes");
    size_t n = j->node[ids].n, cap = j->node[bytes].n / 2, len = 0, want_len;
    uint32_t *id = malloc(n * sizeof *id + 1);
    char *back = malloc(cap + 1);
    for (size_t i = 0; i < n; i++)
        id[i] = (uint32_t)atoi(j->node[ids + 1 + i].text);
    const uint32_t inner = GR_DECODE_BEFORE | GR_DECODE_AFTER;
    char *want = from_hex(&j->node[bytes], &want_len);
    bool same = gr_decode(v, id, n, inner, back, cap, &len, NULL) == GRAM_OK &&
                len == want_len && memcmp(back, want, len) == 0;
    free(want);
    want = expected(j, rule, &want_len);
    same = same && gr_decode(v, id, n, 0, back, cap, &len, NULL) == GRAM_OK &&
           len == want_len && memcmp(back, want, len) == 0 &&
           (has_unknown(v, id, n) ||
            begins_spaced(&j->node[member(j, 0, "text")]) ||
            encodes_to(e, back, len, id, n));
    free(want);
    free(back);
    free(id);
    return same;
}

/* One line {"text", "ids", "bytes"} of the reference encodings. */
static bool same_line(GrEncoder *e, const GrJson *j)
{
    const uint32_t *ids;
    size_t n;
    gram_error error;
    uint32_t text = member(j, 0, "text"), want = member(j, 0, "ids");
    if (gr_encode(e, j->node[text].text, j->node[text].n, &error, &ids, &n))
        return false;
    if (n != j->node[want].n) return false;
    for (size_t i = 0; i < n; i++)
        if (ids[i] != (uint32_t)atoi(j->node[want + 1 + i].text)) return false;
    return true;
}

static void check_encode(const char *name, GrVocab *v)
{
    char path[1200];
    gram_error error;
    GrEncoder *e;
    size_t n, at = 0;
    int lines = 0, same = 0, back = 0;
    snprintf(path, sizeof path, "%s/vocabs/encode/%s.jsonl", data, name);
    char *p = slurp(path, &n);
    T_OK(gr_vocab_has_encoder(v), "%s: no encoder", name);
    if (p == NULL || gr_encoder_new(v, 0, &error, &e) != GRAM_OK) {
        T_OK(false, "%s: cannot encode", name);
        free(p);
        return;
    }
    GrEnv env;
    gr_env_init(&env, NULL, 0, 0);
    while (at < n) {
        char *end = memchr(p + at, '\n', n - at);
        size_t len = end ? (size_t)(end - p) - at : n - at;
        GrArena arena = {NULL};
        GrJson j;
        if (len > 0 &&
            gr_json_read(&env, &arena, p + at, len, 0, 0, &j) == GRAM_OK) {
            lines++;
            same += same_line(e, &j);
            back += same_back(e, v, &j, rule_of(name));
        }
        gr_arena_clear(&env, &arena);
        at += len + 1;
    }
    T_OK(same == lines && lines > 0, "%s: %d of %d lines", name, same, lines);
    T_OK(back == lines, "%s: %d of %d lines come back", name, back, lines);
    gr_encoder_free(e);
    free(p);
}

/* Unpack NAME.* into the folder and load the first file that `file` names. */
static GrVocab *load(const char *name, const GrJson *j)
{
    char command[2000], main_file[200], path[900];
    gram_error error = {0};
    GrVocab *v = NULL;
    snprintf(command, sizeof command,
             "cd '%s/vocabs' && for f in '%s'.*; do case $f in "
             "*.xz) xz -dc $f > %s/${f%%.xz};; *) cp $f %s/;; esac; done",
             data, name, folder, folder);
    run(command);
    text_of(j, member(j, 0, "file"), main_file, sizeof main_file);
    main_file[strcspn(main_file, " ")] = 0;
    char *xz = strstr(main_file, ".xz");
    if (xz) *xz = 0;
    snprintf(path, sizeof path, "%s/%s", folder, main_file);
    gram_status s = gr_vocab_from_path(NULL, path, &error, &v);
    T_OK(s == GRAM_OK, "%s: %s", name, error.message);
    snprintf(command, sizeof command, "rm -f %s/*", folder);
    run(command);
    return v;
}

static void check_one(const char *expect)
{
    size_t n = 0;
    char name[100];
    GrEnv env;
    GrArena arena = {NULL};
    GrJson j;
    char *p = slurp(expect, &n);
    gr_env_init(&env, NULL, 0, 0);
    if (gr_json_read(&env, &arena, p, n, 0, 0, &j) == GRAM_OK) {
        text_of(&j, member(&j, 0, "name"), name, sizeof name);
        GrVocab *v = load(name, &j);
        if (v != NULL) {
            T_OK(gr_vocab_is_valid(v), "%s is not valid", name);
            check_digests(name, &j, v);
            check_ends(name, &j, v);
            check_samples(name, &j, v);
            check_encode(name, v);
        }
        gr_vocab_free(v);
    } else {
        T_OK(false, "%s is no JSON", expect);
    }
    gr_arena_clear(&env, &arena);
    free(p);
}

int main(void)
{
    const char *from = getenv("GRAM_DATA"), *ci = getenv("CI");
    char pattern[600];
    glob_t g;
    snprintf(data, sizeof data, "%s", from ? from : "../shared/data");
    snprintf(pattern, sizeof pattern, "%s/vocabs/expect/*.json", data);
    if (glob(pattern, 0, NULL, &g) != 0) {
        if (ci && strcmp(ci, "true") == 0)
            T_OK(false, "no tokenizer files in %s", data);
        else
            T_SKIP("no tokenizer files in %s", data);
        return t_done();
    }
    if (mkdtemp(folder) == NULL) return 1;
    for (size_t i = 0; i < g.gl_pathc; i++) check_one(g.gl_pathv[i]);
    rmdir(folder);
    globfree(&g);
    return t_done();
}
