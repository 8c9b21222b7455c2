/* The recipe of a GGUF vocabulary: what llama.cpp does with it.
 *
 * In: what read_gguf.c found in the file, and the tokens that it set.  Out:
 * the records of a recipe, by the form of the file:
 *
 *     gpt2    split patterns by `pre`, then merges of bytes
 *     llama   a space in front, then SentencePiece BPE by scores
 *     gemma4  lines, then merges of characters
 *     t5      a map of characters, spaces, then Unigram by scores
 *     bert    BERT's normalizer, words and punctuation, WordPiece
 *     rwkv    the longest token that begins the text
 *
 * The file names its split patterns by the key `pre`; the patterns themselves
 * are known to its runtime only, so they are a table here.  A name that is not
 * in the table leaves the vocabulary without an encoder (masks do not need
 * one).  Patterns are applied one after the other, what a pattern does not
 * match staying a piece.
 *
 * Source: llama.cpp, src/llama-vocab.cpp, for names and patterns. */
#include "vocab/gguf.h"

/* Parts that families share.  GPT2 lacks the last alternative of OpenAI's
 * pattern, \s+: the rest of a run of spaces is what no alternative matches,
 * and so a piece as well. */
#define SUFFIXES "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define GPT2                                                                   \
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"        \
    "|\\s+(?!\\S)"
#define LLAMA3(digits)                                                         \
    SUFFIXES "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits                          \
             "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* Letters told apart by case only in ASCII, as the runtime has it: what is not
 * a-z may begin a word, what is not A-Z go on with it. */
#define NOT_LOWER "((?=[\\p{L}])([^a-z]))"
#define NOT_UPPER "((?=[\\p{L}])([^A-Z]))"
#define HEAD      "[^\\r\\n\\p{L}\\p{N}]?"
#define CASED(after)                                                           \
    HEAD NOT_LOWER "*" NOT_UPPER "+" after "|" HEAD NOT_LOWER "+" NOT_UPPER    \
                   "*" after
/* The same with marks among the letters; and where the runtime takes letters
 * of all cases for one class. */
#define MARK_LOWER "((?=[\\p{L}\\p{M}])([^a-z]))"
#define MARK_UPPER "((?=[\\p{L}\\p{M}])([^A-Z]))"
#define MARKED(after)                                                          \
    HEAD MARK_LOWER "*" MARK_UPPER "+" after "|" HEAD MARK_LOWER               \
                    "+" MARK_UPPER "*" after
#define ONE_CASE(digits) HEAD "[\\p{L}\\p{M}]+" SUFFIXES "?|" digits CASED_TAIL
#define CASED_TAIL                                                             \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* Ranges as the source has them, in UTF-8; one of them, U+0800 to U+4E00,
 * takes in far more than Han. */
#define CJK_DEEPSEEK                                                           \
    "[\xE4\xB8\x80-\xE9\xBE\xA5\xE0\xA0\x80-\xE4\xB8\x80"                      \
    "\xEA\xB0\x80-\xED\x9F\xBF]+"
#define CJK_V3                                                                 \
    "[\xE4\xB8\x80-\xE9\xBE\xA5\xE3\x81\x80-\xE3\x82\x9F"                      \
    "\xE3\x82\xA0-\xE3\x83\xBF]+"
#define MAIN_V3                                                                \
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"                    \
    "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"                               \
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"

/* Letters as deepseek-llm lists them: cased letters of the scripts that
 * Unicode 12 or so had. */
#define LETTERS_DEEPSEEK                                                       \
    "\\s?[A-Za-z\\x{b5}\\x{c0}-\\x{d6}\\x{d8}-\\x{f6}\\x{f8}-\\x{1ba}"         \
    "\\x{1bc}-\\x{1bf}\\x{1c4}-\\x{293}\\x{295}-\\x{2af}\\x{370}-\\x{373}"     \
    "\\x{376}\\x{377}\\x{37b}-\\x{37d}\\x{37f}\\x{386}\\x{388}-\\x{38a}"       \
    "\\x{38c}\\x{38e}-\\x{3a1}\\x{3a3}-\\x{3f5}\\x{3f7}-\\x{481}"              \
    "\\x{48a}-\\x{52f}\\x{531}-\\x{556}\\x{10a0}-\\x{10c5}"                    \
    "\\x{13a0}-\\x{13f5}\\x{13f8}-\\x{13fd}\\x{1c90}-\\x{1cba}"                \
    "\\x{1cbd}-\\x{1cbf}\\x{1d00}-\\x{1d2b}\\x{1d6b}-\\x{1d77}"                \
    "\\x{1d79}-\\x{1d9a}\\x{1e00}-\\x{1f15}\\x{1f18}-\\x{1f1d}"                \
    "\\x{1f20}-\\x{1f45}\\x{1f48}-\\x{1f4d}\\x{1f50}-\\x{1f57}\\x{1f59}"       \
    "\\x{1f5b}\\x{1f5d}\\x{1f5f}-\\x{1f7d}\\x{1f80}-\\x{1fb4}"                 \
    "\\x{1fb6}-\\x{1fbc}\\x{1fbe}\\x{1fc2}-\\x{1fc4}\\x{1fc6}-\\x{1fcc}"       \
    "\\x{1fd0}-\\x{1fd3}\\x{1fd6}-\\x{1fdb}\\x{1fe0}-\\x{1fec}"                \
    "\\x{1ff2}-\\x{1ff4}\\x{1ff6}-\\x{1ffc}\\x{2102}\\x{2107}"                 \
    "\\x{210a}-\\x{2113}\\x{2115}\\x{2119}-\\x{211d}\\x{2124}\\x{2126}"        \
    "\\x{2128}\\x{212a}-\\x{212d}\\x{212f}-\\x{2134}\\x{2139}"                 \
    "\\x{213c}-\\x{213f}\\x{2145}-\\x{2149}\\x{214e}\\x{2183}\\x{2184}"        \
    "\\x{2c00}-\\x{2c7b}\\x{2c7e}-\\x{2ce4}\\x{2ceb}-\\x{2cee}\\x{2cf2}"       \
    "\\x{2cf3}\\x{a640}-\\x{a66d}\\x{a680}-\\x{a69b}\\x{a722}-\\x{a76f}"       \
    "\\x{a771}-\\x{a787}\\x{a78b}-\\x{a78e}\\x{ab70}-\\x{abbf}"                \
    "\\x{fb00}-\\x{fb06}\\x{fb13}-\\x{fb17}\\x{ff21}-\\x{ff3a}"                \
    "\\x{ff41}-\\x{ff5a}\\x{10400}-\\x{1044f}\\x{104b0}-\\x{104d3}"            \
    "\\x{104d8}-\\x{104fb}\\x{10c80}-\\x{10cb2}\\x{10cc0}-\\x{10cf2}"          \
    "\\x{118a0}-\\x{118df}\\x{1e900}-\\x{1e943}]+"

enum { MAX_PATTERNS = 6 };

/* Split patterns of one family, in order. */
typedef struct Family {
    const char *pattern[MAX_PATTERNS];
} Family;

/* One for each set of patterns; several names may have the same. */
static const Family default_family = {
    {"[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"}};
static const Family gpt2 = {{GPT2}};
static const Family starcoder = {{"\\p{N}", GPT2}};
static const Family llama3 = {{LLAMA3("\\p{N}{1,3}")}};
static const Family qwen2 = {{LLAMA3("\\p{N}")}};
static const Family qwen35 = {
    {SUFFIXES "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
              "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+"
              "|\\s+(?!\\S)|\\s+"}};
static const Family falcon = {
    {"[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]"}};
static const Family deepseek_llm = {
    {"[\r\n]", LETTERS_DEEPSEEK,
     "\\s?[!-/:-~\\x{ff01}-\\x{ff0f}\\x{ff1a}-\\x{ff5e}"
     "\\x{2018}-\\x{201f}\\x{3000}-\\x{3002}]+",
     /* the look-behind changes nothing but the time on long runs */
     "(?<!\\s)\\s+$", CJK_DEEPSEEK, "\\p{N}+"}};
static const Family deepseek_coder = {
    {"[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK_DEEPSEEK, "\\p{N}"}};
static const Family deepseek_v3 = {{"\\p{N}{1,3}", CJK_V3, MAIN_V3}};
static const Family tekken = {{CASED("") "|\\p{N}" CASED_TAIL}};
static const Family gpt4o = {{CASED(SUFFIXES "?") "|\\p{N}{1,3}" CASED_TAIL}};
static const Family bloom = {
    {" ?[^(\\s|.,!?\\x{2026}\\x{3002}\\x{ff0c}\\x{3001}\\x{964}\\x{6d4}"
     "\\x{60c})]+"}};
static const Family viking = {
    {" ?[^(\\s|.,!?\\x{2026}\\x{3002}\\x{ff0c}\\x{3001}\\x{964}\\x{6d4}"
     "\\x{60c})]+",
     "\\p{N}"}};
static const Family minicpm5 = {{"\\p{N}{1,3}", LLAMA3("\\p{N}+")}};
static const Family spark = {
    {"\\p{N}{1,3}", CJK_V3,
     "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
     "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+|[\r\n]"
     "|\\s+(?!\\S)|\\s+",
     "\\p{N}"}};
static const Family youtu = {
    {"[\\x{ac00}-\\x{d7a3}\\x{3131}-\\x{318e}]+"
     "|[\\x{ff01}\\x{2026}\\x{201c}\\x{201d}\\x{2018}\\x{2019}\\x{2014}"
     "\\x{ff1a}\\x{ff1b}\\x{ff0c}\\x{3001}-\\x{303f}\\x{fe30}-\\x{fe4f}]+"
     "|[\\x{3105}-\\x{312f}]+"
     "|[\\x{4e00}-\\x{9fa5}\\x{3040}-\\x{309f}\\x{30a0}-\\x{30ff}]+",
     ONE_CASE("\\p{N}")}};
/* digits in threes from the right, up to the end of an ASCII word */
static const Family aya = {
    {"[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9A-Za-z_]))", ONE_CASE("\\p{N}{1,3}")}};
/* cut before every third digit from the right */
static const Family superbpe = {
    {"\\p{N}+", "[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))"}};
static const Family jais2 = {
    {SUFFIXES "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
              "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+"
              "|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)"
              "|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)"
              "|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}"}};
static const Family chameleon = {
    {"<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
     "([\\t\\n]|    |  )", "\\p{N}", "[\\p{P}!-/:-@\\[-`{-~]", GPT2}};
static const Family granite_embed = {
    {MARKED(SUFFIXES "?") "|\\p{N}{1,3}" CASED_TAIL}};
static const Family bailing = {
    {"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])"
     "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
     "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"}};
static const Family seed_coder = {{SUFFIXES
                                   "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                                   "| ?[^\\s\\p{L}\\p{N}\\r\\n]+|\\s*[\\r\\n]+"
                                   "|\\s+(?!\\S)|\\s+"}};
static const Family ufakzeka = {
    {"[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
     "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}};
static const Family exaone_moe = {
    {SUFFIXES "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+"
              "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]"
              "|\\s+(?!\\S)|\\s+"}};
static const Family laguna = {{"[^\\n]+|[\\n]+", LLAMA3("\\p{N}")}};
static const Family gemma4 = {{"[^\\n]+|[\\n]+"}};

static const struct {
    const char *pre;
    const Family *family;
    uint32_t flags;
} families[] = {{"default", &default_family, 0},
                {"llama3", &llama3, GR_BPE_WHOLE},
                {"llama-v3", &llama3, GR_BPE_WHOLE},
                {"llama-bpe", &llama3, GR_BPE_WHOLE},
                {"falcon3", &llama3, GR_BPE_WHOLE},
                {"falcon-h1", &llama3, GR_BPE_WHOLE},
                {"pixtral", &llama3, GR_BPE_WHOLE},
                {"midm-2.0", &llama3, GR_BPE_WHOLE},
                {"lfm2", &llama3, GR_BPE_WHOLE},
                {"jina-v5-nano", &llama3, GR_BPE_WHOLE},
                {"dbrx", &llama3, 0},
                {"smaug-bpe", &llama3, 0},
                {"glm4", &llama3, 0},
                {"chatglm-bpe", &llama3, 0},
                {"deepseek-llm", &deepseek_llm, 0},
                {"deepseek-coder", &deepseek_coder, 0},
                {"deepseek-v3", &deepseek_v3, 0},
                {"hunyuan-dense", &deepseek_v3, 0},
                {"joyai-llm", &deepseek_v3, 0},
                {"hy_v4", &deepseek_v3, 0},
                {"falcon", &falcon, 0},
                {"starcoder", &starcoder, 0},
                {"refact", &starcoder, 0},
                {"command-r", &starcoder, 0},
                {"smollm", &starcoder, 0},
                {"codeshell", &starcoder, 0},
                {"exaone", &starcoder, 0},
                {"minerva-7b", &starcoder, 0},
                {"mellum2", &starcoder, 0},
                {"gpt-2", &gpt2, 0},
                {"phi-2", &gpt2, 0},
                {"mpt", &gpt2, 0},
                {"olmo", &gpt2, 0},
                {"jais", &gpt2, 0},
                {"jina-es", &gpt2, 0},
                {"jina-de", &gpt2, 0},
                {"gigachat", &gpt2, 0},
                {"jina-v2-es", &gpt2, 0},
                {"jina-v2-de", &gpt2, 0},
                {"jina-v1-en", &gpt2, 0},
                {"jina-v2-code", &gpt2, 0},
                {"roberta-bpe", &gpt2, 0},
                {"a.x-4.0", &gpt2, 0},
                {"mellum", &gpt2, 0},
                {"modern-bert", &gpt2, 0},
                {"exaone4", &gpt2, 0},
                {"trillion", &gpt2, 0},
                {"granite-docling", &gpt2, 0},
                {"qwen2", &qwen2, 0},
                {"deepseek-r1-qwen", &qwen2, 0},
                {"kormo", &qwen2, 0},
                {"f2llmv2", &qwen2, 0},
                {"stablelm2", &qwen2, 0},
                {"hunyuan", &qwen2, 0},
                {"megrez", &qwen2, 0},
                {"grok-2", &qwen2, 0},
                {"solar-open", &qwen2, 0},
                {"qwen35", &qwen35, 0},
                {"tekken", &tekken, GR_BPE_WHOLE},
                {"gpt-4o", &gpt4o, 0},
                {"llama4", &gpt4o, 0},
                {"kanana2", &gpt4o, 0},
                {"talkie", &gpt4o, 0},
                {"minimax-m2", &gpt4o, 0},
                {"poro-chat", &bloom, 0},
                {"bloom", &bloom, 0},
                {"gpt3-finnish", &bloom, 0},
                {"viking", &viking, 0},
                {"minicpm5", &minicpm5, GR_BPE_WHOLE},
                {"spark2_5", &spark, 0},
                {"youtu", &youtu, GR_BPE_WHOLE},
                {"tiny_aya", &aya, 0},
                {"cohere2moe", &aya, 0},
                {"superbpe", &superbpe, 0},
                {"jais-2", &jais2, 0},
                {"chameleon", &chameleon, 0},
                {"granite-embed-multi-97m", &granite_embed, GR_BPE_WHOLE},
                {"bailingmoe", &bailing, 0},
                {"bailingmoe2", &bailing, 0},
                {"llada-moe", &bailing, 0},
                {"seed-coder", &seed_coder, 0},
                {"ufakzeka", &ufakzeka, 0},
                {"exaone-moe", &exaone_moe, 0},
                {"laguna", &laguna, 0}};

/* Files without the key are older than it: the default patterns. */
static const Family *find_family(GrBytes pre, uint32_t *flags)
{
    *flags = 0;
    if (pre.n == 0) return &default_family;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        size_t n = strlen(families[i].pre);
        if (pre.n != n || memcmp(pre.p, families[i].pre, n) != 0) continue;
        *flags = families[i].flags;
        return families[i].family;
    }
    return NULL;
}

/* Each pattern cuts what the ones before it left. */
static gram_status add_splits(GrVocabDraft *d, const Family *f)
{
    for (int i = 0; i < MAX_PATTERNS && f->pattern[i]; i++)
        GR_TRY(gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                             f->pattern[i], strlen(f->pattern[i])));
    return GRAM_OK;
}

/* --- merges --------------------------------------------------------------- */

/* Merges are resolved as they are spelled: the file writes both sides like
 * the tokens, so that nothing has to be decoded. */
typedef struct Merger {
    GrVocabDraft *d;
    const GrGguf *g;
    const char *base; /* where the arrays of the file begin */
    GrSpan *key;      /* by id: the spelling, behind base */
    GrKeys keys;
    GrBatch batch;
    GrText buffer;
} Merger;

/* The bytes that a spelling is matched by; false where no text is spelled
 * so. */
static bool spell(const Merger *m, GrBytes s, size_t *len)
{
    if (s.n == 0) return false;
    if (m->g->form == GR_GGUF_BYTES)
        return gr_bytelevel_decode(s.p, s.n, m->buffer.at, len);
    *len = gr_metaspace_decode(s.p, s.n, m->buffer.at);
    return memchr(s.p, ' ', s.n) == NULL;
}

/* Has the reader turned the letters of this normal token into other bytes?
 * Then it is in the alphabet, and need not be read again. */
static bool was_decoded(const Merger *m, uint32_t id, GrBytes s)
{
    return m->g->form == GR_GGUF_BYTES &&
           m->d->kind.at[id] == GR_TOKEN_NORMAL && m->d->span.at[id].len < s.n;
}

/* Keys: of normal tokens their bytes, unless a raw character makes them
 * unreachable; of user tokens what their spelling would be as a piece. */
static gram_status add_key(Merger *m, uint32_t id, GrBytes s)
{
    GrVocabDraft *d = m->d;
    uint8_t kind = d->kind.at[id];
    size_t n = 0;
    if (kind != GR_TOKEN_NORMAL && kind != GR_TOKEN_USER) return GRAM_OK;
    GR_TRY(gr_vec_reserve(&d->env, &m->buffer, s.n + 1));
    bool good = was_decoded(m, id, s) || spell(m, s, &n);
    if (good)
        m->key[id] =
            (GrSpan){(uint32_t)((const char *)s.p - m->base), (uint32_t)s.n};
    if (good && kind == GR_TOKEN_USER)
        return gr_recipe_key(d, id, m->buffer.at, n);
    return good || kind == GR_TOKEN_USER ? GRAM_OK
                                         : gr_recipe_key(d, id, NULL, 0);
}

/* One pass over the tokens, with their spelling at hand. */
static gram_status make_keys(Merger *m)
{
    GrVocabDraft *d = m->d;
    GrGgufArray a = m->g->tokens;
    GrBytes s;
    uint32_t mark;
    GR_TRY(gr_recipe_begin(d, GR_OP_KEYS, 0, &mark));
    for (uint32_t id = 0; gr_gguf_string(&a, &s); id++)
        GR_TRY(add_key(m, id, s));
    gr_recipe_end(d, mark);
    return gr_keys_init(&d->env, &m->keys, m->g->file, m->key, d->span.n);
}

/* A side waits with its place in the file; nothing is copied. */
static void add_side(Merger *m, const char *p, size_t n)
{
    if (n > GR_LIMIT_TOKEN_BYTES) n = 0; /* no token is spelled so */
    m->batch.span[m->batch.n++] =
        (GrSpan){(uint32_t)(p - m->base), (uint32_t)n};
}

/* The parts are separated by the first space that does not begin the
 * merge. */
static void add_merge(Merger *m, GrBytes s)
{
    const char *p = s.p;
    const char *space = s.n > 1 ? memchr(p + 1, ' ', s.n - 1) : NULL;
    if (space == NULL) return;
    size_t n = (size_t)(space - p);
    add_side(m, p, n);
    add_side(m, space + 1, s.n - n - 1);
}

/* A part that is no token can never be reached. */
static gram_status put_merges(Merger *m)
{
    uint32_t *id = m->batch.id, n = 0;
    gr_batch_run(&m->keys, m->g->file, &m->batch);
    for (uint32_t i = 0; i + 1 < m->batch.n; i += 2) {
        if (id[i] == UINT32_MAX || id[i + 1] == UINT32_MAX) continue;
        id[n] = id[i];
        id[n + 1] = id[i + 1];
        n += 2;
    }
    m->batch.n = 0;
    return gr_recipe_u32s(m->d, id, n);
}

/* Ranks are places in the list.  Where a merge is left out those behind it
 * move up; their order stays, and order is all that counts. */
static gram_status merge_all(Merger *m, uint32_t flags)
{
    GrGgufArray a = m->g->merges;
    GrBytes s;
    uint32_t mark;
    GR_TRY(make_keys(m));
    GR_TRY(gr_recipe_begin(m->d, GR_OP_MERGES, flags, &mark));
    while (gr_gguf_string(&a, &s)) {
        add_merge(m, s);
        if (m->batch.n == GR_BATCH) GR_TRY(put_merges(m));
    }
    GR_TRY(put_merges(m));
    gr_recipe_end(m->d, mark);
    return GRAM_OK;
}

/* Offsets are 32 bits; tokens and merges lie at the beginning, also of files
 * of many gigabytes. */
static gram_status add_merges(GrVocabDraft *d, const GrGguf *g, uint32_t flags)
{
    Merger m = {.d = d, .g = g, .base = g->file.p};
    size_t n = d->span.n;
    if (g->merges.p == NULL)
        return gr_recipe_add(d, GR_OP_UNSUPPORTED, 0, "no merges", 9);
    if (g->tokens.end > UINT32_MAX || g->merges.end > UINT32_MAX)
        return gr_fail(&d->env, GRAM_E_LIMIT, g->merges.at,
                       "GGUF: tokens and merges beyond the first 4 GiB");
    m.key = gr_zalloc(&d->env, n, sizeof *m.key);
    if (m.key == NULL) return GRAM_E_MEMORY;
    gram_status s = merge_all(&m, flags);
    gr_keys_clear(&d->env, &m.keys);
    gr_vec_clear(&d->env, &m.buffer);
    gr_free(&d->env, m.key, n * sizeof *m.key);
    return s;
}

/* --- the forms ------------------------------------------------------------ */

/* Named in the error, with the key that it is the value of. */
static gram_status unknown_pre(GrVocabDraft *d, GrBytes pre)
{
    static const char key[] = "tokenizer.ggml.pre ";
    char text[60];
    size_t n = sizeof key - 1, m = sizeof text - n;
    memcpy(text, key, n);
    if (m > pre.n) m = pre.n;
    memcpy(text + n, pre.p, m);
    return gr_recipe_add(d, GR_OP_UNSUPPORTED, 0, text, n + m);
}

/* gpt2: bytes of no token vanish, as its runtime drops them. */
static gram_status bytes_recipe(GrVocabDraft *d, const GrGguf *g)
{
    uint32_t flags;
    const Family *f = find_family(g->pre, &flags);
    if (f == NULL) return unknown_pre(d, g->pre);
    GR_TRY(add_splits(d, f));
    return add_merges(d, g, flags | GR_BPE_BYTES | GR_BPE_DROP_UNKNOWN);
}

/* Scores are the floats of the file, copied as they lie. */
static gram_status add_scores(GrVocabDraft *d, const GrGguf *g, GrOp op,
                              uint32_t flags)
{
    if (g->scores.p == NULL)
        return gr_recipe_add(d, GR_OP_UNSUPPORTED, 0, "no scores", 9);
    return gr_recipe_add(d, op, flags | GR_BPE_META, g->scores.p,
                         (size_t)g->tokens.n * 4);
}

/* A space before every text, which decoding takes away again. */
static gram_status add_prefix(GrVocabDraft *d)
{
    GR_TRY(gr_recipe_add(d, GR_OP_PREPEND, 0, " ", 1));
    return gr_recipe_dummy(d, true, false);
}

/* The dummy space is the default where the file does not say. */
static gram_status scores_recipe(GrVocabDraft *d, const GrGguf *g)
{
    if (g->add_space_prefix != 0) GR_TRY(add_prefix(d));
    return add_scores(d, g, GR_OP_SCORES, GR_BPE_FALLBACK);
}

/* The space in front only where the file asks for it. */
static gram_status merges_recipe(GrVocabDraft *d, const GrGguf *g)
{
    if (g->add_space_prefix == 1) GR_TRY(add_prefix(d));
    GR_TRY(add_splits(d, &gemma4));
    return add_merges(d, g,
                      GR_BPE_META | GR_BPE_FALLBACK | GR_BPE_DROP_UNKNOWN |
                          (g->newlines ? GR_BPE_NEWLINES : 0u));
}

/* Collapsing puts a space in front, too: hence the dummy in both cases. */
static gram_status unigram_recipe(GrVocabDraft *d, const GrGguf *g)
{
    uint32_t flags = GR_SPACES_LLAMA;
    if (g->add_space_prefix != 0) flags |= GR_SPACES_PREFIX;
    if (g->remove_extra_spaces == 1) flags |= GR_SPACES_COLLAPSE;
    if (g->charsmap.n > 0)
        GR_TRY(gr_recipe_add(d, GR_OP_CHARSMAP, 0, g->charsmap.p,
                             (size_t)g->charsmap.n));
    GR_TRY(gr_recipe_add(d, GR_OP_SPACES, flags, NULL, 0));
    bool prefix = (flags & (GR_SPACES_PREFIX | GR_SPACES_COLLAPSE)) != 0;
    GR_TRY(gr_recipe_dummy(d, prefix, false));
    return add_scores(d, g, GR_OP_UNIGRAM, GR_BPE_FUSE_UNKNOWN);
}

/* BERT: its normalizer, words and punctuation, then the longest match. */
static gram_status words_recipe(GrVocabDraft *d, const GrGguf *g)
{
    uint32_t mark, flags = GR_BERT_CLEAN | GR_BERT_CHINESE | GR_BERT_LLAMA;
    bool accents = g->strip_accents < 0 ? g->lowercase : g->strip_accents;
    if (accents) flags |= GR_BERT_ACCENTS;
    if (g->lowercase) flags |= GR_BERT_LOWER;
    GR_TRY(gr_recipe_add(d, GR_OP_BERT, flags, NULL, 0));
    GR_TRY(gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_REMOVED, "\\s", 2));
    GR_TRY(gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                         "[\\p{P}$+<=>^`|~]", 16));
    /* no limit on words; tokens that begin one have a space before them */
    GR_TRY(gr_recipe_begin(d, GR_OP_WORDPIECE, GR_BPE_META, &mark));
    GR_TRY(gr_recipe_u32(d, UINT32_MAX));
    GR_TRY(gr_recipe_u32(d, 1));
    GR_TRY(gr_recipe_bytes(d, " ", 1));
    gr_recipe_end(d, mark);
    GR_TRY(gr_recipe_pad(d));
    return gr_recipe_dummy(d, true, false);
}

/* One recipe for each form of the file's `tokenizer.ggml.model`. */
static gram_status form_recipe(GrVocabDraft *d, const GrGguf *g)
{
    switch (g->form) {
    case GR_GGUF_BYTES: return bytes_recipe(d, g);
    case GR_GGUF_SCORES: return scores_recipe(d, g);
    case GR_GGUF_MERGES: return merges_recipe(d, g);
    case GR_GGUF_UNIGRAM: return unigram_recipe(d, g);
    case GR_GGUF_RWKV: return gr_recipe_add(d, GR_OP_GREEDY, 0, NULL, 0);
    case GR_GGUF_WORDS: break;
    }
    return words_recipe(d, g);
}

/* User tokens are cut out of the text first, the longest of all first. */
static gram_status add_users(GrVocabDraft *d, const GrGguf *g)
{
    GrGgufArray a = g->tokens;
    GrBytes s;
    uint32_t mark;
    GR_TRY(gr_recipe_begin(d, GR_OP_ADDED, GR_ADDED_BY_LENGTH, &mark));
    for (uint32_t id = 0; gr_gguf_string(&a, &s); id++)
        if (d->kind.at[id] == GR_TOKEN_USER && !gr_gguf_is_end_name(s))
            GR_TRY(gr_recipe_added(d, id, 0, s.p, s.n));
    gr_recipe_end(d, mark);
    return GRAM_OK;
}

/* The unknown id last: it belongs to every form that has one. */
gram_status gr_gguf_recipe(GrVocabDraft *d, const GrGguf *g)
{
    GR_TRY(form_recipe(d, g));
    GR_TRY(add_users(d, g));
    if (g->unknown >= g->tokens.n) return GRAM_OK;
    uint8_t le[4];
    for (int k = 0; k < 4; k++) le[k] = (uint8_t)(g->unknown >> 8 * k);
    return gr_recipe_add(d, GR_OP_UNKNOWN, 0, le, sizeof le);
}
