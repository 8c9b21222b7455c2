/* Patterns through PCRE2: the only file that includes it.
 *
 * Patterns come with tokenizers and were written for other engines
 * (Oniguruma, Rust's fancy-regex, std::regex).  PCRE2 reads them with UTF
 * and UCP; three things differ and are mended here: \s also matches U+180E
 * (so it is spelled out), $ also matches before a last newline
 * (DOLLAR_ENDONLY), and in Oniguruma ^ and $ work at every line (MULTILINE).
 * Classes in classes, which PCRE2 reads as something else, are written out
 * where one is joined with or cut with another, and refused otherwise.
 *
 * Matching is compiled to machine code; where its stack does not suffice the
 * interpreter takes over, on the heap, under PCRE2's own limits.  Memory is
 * the env's: PCRE2 frees blocks without their size, so each carries it in
 * front. */
#include "vocab/split.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    BLOCK_HEAD = 16,
    MATCH_LIMIT = 10000000, /* of one match, and as many a byte of its text: */
    MATCH_LIMIT_EACH = 16,
    HEAP_LIMIT_KIB = 65536,
    JIT_STACK_FIRST = 32 * 1024,
    JIT_STACK_MAX = 8 << 20,
    LENGTH_MAX = 1 << 16
};

struct GrPattern {
    GrEnv *env;
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    bool jit;
};

/* What PCRE2 allocates is counted and limited like everything else. */
static void *allocate(PCRE2_SIZE n, void *ctx)
{
    GrPattern *x = ctx;
    if (n > SIZE_MAX - BLOCK_HEAD) return NULL;
    size_t *p = gr_resize(x->env, NULL, 0, n + BLOCK_HEAD);
    if (p == NULL) return NULL;
    *p = n + BLOCK_HEAD;
    return (char *)p + BLOCK_HEAD;
}

static void release(void *p, void *ctx)
{
    GrPattern *x = ctx;
    if (p == NULL) return;
    size_t *block = (size_t *)(void *)((char *)p - BLOCK_HEAD);
    gr_free(x->env, block, *block);
}

/* White space of Unicode without U+180E, to stand inside brackets. */
#define SPACE_SET                                                              \
    "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}"           \
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

static gram_status put(GrEnv *env, GrText *t, const char *p, size_t n)
{
    GR_TRY(gr_vec_reserve(env, t, n));
    memcpy(t->at + t->n, p, n);
    t->n += (uint32_t)n;
    return GRAM_OK;
}

static bool is_hex(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'F') ||
              (p[i] >= 'a' && p[i] <= 'f')))
            return false;
    return true;
}

/* Oniguruma's \uHHHH, as \x{HHHH}; false where p is something else. */
static bool is_point(const char *p, size_t n)
{
    return n >= 5 && p[0] == 'u' && is_hex(p + 1, 4);
}

/* Copy the pattern with \s and \S spelled out; \S inside brackets stays,
 * which no known tokenizer has. */
static gram_status spell_spaces(GrEnv *env, const char *p, size_t n,
                                GrText *out)
{
    bool in_class = false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '\\' || i + 1 == n) {
            /* "[]" and "[^]" do not end at the first ] */
            if (p[i] == '[' && !in_class)
                in_class = true;
            else if (p[i] == ']' && p[i - (i > 0)] != '[')
                in_class = false;
            GR_TRY(put(env, out, p + i, 1));
            continue;
        }
        char c = p[++i];
        if (is_point(p + i, n - i)) {
            GR_TRY(put(env, out, "\\x{", 3));
            GR_TRY(put(env, out, p + i + 1, 4));
            GR_TRY(put(env, out, "}", 1));
            i += 4;
            continue;
        }
        const char *set = c == 's' ? (in_class ? SPACE_SET : "[" SPACE_SET "]")
                          : c == 'S' && !in_class ? "[^" SPACE_SET "]"
                                                  : NULL;
        if (set != NULL)
            GR_TRY(put(env, out, set, strlen(set)));
        else
            GR_TRY(put(env, out, p + i - 1, 2));
    }
    return GRAM_OK;
}

/* --- classes in classes --------------------------------------------------- */

/* A class of Oniguruma or Rust, by places in the pattern. */
typedef struct Class {
    size_t end;            /* behind its last bracket */
    size_t cut;            /* of "&&" */
    size_t inner, closing; /* brackets of the last class inside */
    uint32_t n_cuts, n_inner;
    bool negated, odd; /* odd: inner ones that cannot be written out */
} Class;

static char char_at(const char *p, size_t n, size_t i)
{
    return i < n ? p[i] : 0;
}

/* Members of an inner class may stand in the outer one, unless a hyphen or a
 * caret would get another meaning there. */
static bool is_odd(const char *p, size_t n, size_t i)
{
    char before = i > 0 ? p[i - 1] : 0, behind = char_at(p, n, i + 1);
    return before == '-' || behind == '-' ||
           (p[i] == '[' && (behind == '^' || behind == ']'));
}

/* Bytes of the member at p[i]: a quoted one, or a named class "[:x:]". */
static size_t member_len(const char *p, size_t n, size_t i)
{
    size_t end = i + 1;
    if (p[i] == '\\') {
        end++;
    } else if (p[i] == '[' && char_at(p, n, end) == ':') {
        while (end < n && (p[end] != ']' || p[end - 1] != ':' || end < i + 3))
            end++;
        end++;
    }
    return (end < n ? end : n) - i;
}

/* p[at] is the bracket that opens it.  A "]" that comes first is a member. */
static Class find_class(const char *p, size_t n, size_t at)
{
    Class c = {.end = n, .negated = char_at(p, n, at + 1) == '^'};
    size_t first = at + 1 + c.negated, depth = 1, len;
    for (size_t i = first; i < n && depth > 0; i += len) {
        len = member_len(p, n, i);
        if (len > 1) continue;
        if (p[i] == ']' && i != first) {
            if (--depth == 0) c.end = i + 1;
            if (depth > 0) c.odd |= is_odd(p, n, i);
            if (depth == 1) c.closing = i;
        } else if (p[i] == '[') {
            if (depth++ == 1) c.inner = i;
            c.n_inner++;
            c.odd |= is_odd(p, n, i);
        } else if (p[i] == '&' && char_at(p, n, i + 1) == '&') {
            c.n_cuts++;
            c.cut = i;
            len = 2;
        }
    }
    return c;
}

/* "[x&&[y]]", and nothing else. */
static bool is_cut(const Class *c)
{
    return c->n_cuts == 1 && c->n_inner == 1 && !c->negated &&
           c->inner == c->cut + 2 && c->closing + 2 == c->end;
}

/* It becomes "(?:(?=[y])[x])". */
static gram_status put_cut(GrEnv *env, const char *p, size_t at, const Class *c,
                           GrText *out)
{
    GR_TRY(put(env, out, "(?:(?=", 6));
    GR_TRY(put(env, out, p + c->inner, c->closing + 1 - c->inner));
    GR_TRY(put(env, out, ")", 1));
    GR_TRY(put(env, out, p + at, c->cut - at));
    return put(env, out, "])", 2);
}

/* The class without the brackets of those inside: "[a[bc]]" is "[abc]". */
static gram_status put_flat(GrEnv *env, const char *p, size_t at,
                            const Class *c, GrText *out)
{
    size_t first = at + 1 + c->negated, len;
    if (c->n_inner == 0) return put(env, out, p + at, c->end - at);
    GR_TRY(put(env, out, p + at, first - at));
    for (size_t i = first; i < c->end; i += len) {
        len = member_len(p, c->end, i);
        bool opens = p[i] == '[', closes = p[i] == ']' && i != first;
        if (len == 1 && (opens || closes) && i + 1 != c->end) continue;
        GR_TRY(put(env, out, p + i, len));
    }
    return GRAM_OK;
}

static gram_status spell_classes(GrEnv *env, const char *p, size_t n,
                                 GrText *out)
{
    for (size_t i = 0; i < n;) {
        size_t step = p[i] == '\\' && i + 1 < n ? 2 : 1;
        if (p[i] != '[') {
            GR_TRY(put(env, out, p + i, step));
            i += step;
            continue;
        }
        Class c = find_class(p, n, i);
        if (c.n_cuts > 0 ? !is_cut(&c) : c.odd)
            return gr_fail(env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                           "the tokenizer's pattern: a class in a class, at "
                           "byte %zu of it",
                           i);
        GR_TRY(c.n_cuts > 0 ? put_cut(env, p, i, &c, out)
                            : put_flat(env, p, i, &c, out));
        i = c.end;
    }
    return GRAM_OK;
}

/* A pattern that another engine takes: no encoder then, but masks. */
static gram_status refused(GrPattern *x, int code)
{
    PCRE2_UCHAR text[120];
    if (code == PCRE2_ERROR_HEAP_FAILED) return GRAM_E_MEMORY;
    pcre2_get_error_message(code, text, sizeof text);
    return gr_fail(x->env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                   "the tokenizer's pattern: %s", (const char *)text);
}

static gram_status no_memory(GrPattern *x)
{
    return gr_fail(x->env, GRAM_E_MEMORY, GR_NOWHERE,
                   "no memory for a pattern");
}

/* The heap of the interpreter; how much a match may do is set for each. */
static gram_status make_contexts(GrPattern *x)
{
    x->general = pcre2_general_context_create(allocate, release, x);
    if (x->general == NULL) return no_memory(x);
    x->compile = pcre2_compile_context_create(x->general);
    x->match = pcre2_match_context_create(x->general);
    if (x->compile == NULL || x->match == NULL) return no_memory(x);
    pcre2_set_heap_limit(x->match, HEAP_LIMIT_KIB);
    return GRAM_OK;
}

/* Where machine code cannot be made (another processor, memory that may not
 * be executed) the interpreter gives the same matches. */
static gram_status compile(GrPattern *x, const GrText *t, uint32_t flags)
{
    int error;
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY;
    if (flags & GR_SPLIT_LINES) options |= PCRE2_MULTILINE;
    GR_TRY(make_contexts(x));
    x->code = pcre2_compile((PCRE2_SPTR)t->at, t->n, options, &error, &at,
                            x->compile);
    if (x->code == NULL) return refused(x, error);
    x->data = pcre2_match_data_create(1, x->general);
    if (x->data == NULL) return no_memory(x);
    x->jit = pcre2_jit_compile(x->code, PCRE2_JIT_COMPLETE) == 0;
    if (!x->jit) return GRAM_OK;
    x->stack =
        pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, x->general);
    if (x->stack != NULL) pcre2_jit_stack_assign(x->match, NULL, x->stack);
    return GRAM_OK;
}

gram_status gr_pattern_new(GrEnv *env, const char *p, size_t n, uint32_t flags,
                           GrPattern **out)
{
    GrText flat = {0}, text = {0};
    if (n > LENGTH_MAX)
        return gr_fail(env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                       "a tokenizer pattern of %zu bytes", n);
    GrPattern *x = gr_zalloc(env, 1, sizeof *x);
    if (x == NULL) return GRAM_E_MEMORY;
    x->env = env;
    gram_status s = spell_classes(env, p, n, &flat);
    if (s == GRAM_OK) s = spell_spaces(env, flat.at, flat.n, &text);
    if (s == GRAM_OK) s = compile(x, &text, flags);
    gr_vec_clear(env, &flat);
    gr_vec_clear(env, &text);
    if (s == GRAM_OK)
        *out = x;
    else
        gr_pattern_free(env, x);
    return s;
}

/* All of these take NULL: a pattern that was half made is freed alike. */
void gr_pattern_free(GrEnv *env, GrPattern *x)
{
    if (x == NULL) return;
    pcre2_match_data_free(x->data);
    pcre2_code_free(x->code);
    pcre2_jit_stack_free(x->stack);
    pcre2_match_context_free(x->match);
    pcre2_compile_context_free(x->compile);
    pcre2_general_context_free(x->general);
    gr_free(env, x, sizeof *x);
}

/* A pattern with nested quantifiers could take for ever on one text; one that
 * goes back once over a run of ten million spaces is all right. */
static void set_limit(GrPattern *x, uint32_t n)
{
    uint64_t most = MATCH_LIMIT + (uint64_t)MATCH_LIMIT_EACH * n;
    pcre2_set_match_limit(x->match,
                          most < UINT32_MAX ? (uint32_t)most : UINT32_MAX);
}

/* Texts have been checked once, as a whole.  An empty match would cut
 * nothing, and the next one is looked for instead. */
static int match(GrPattern *x, const char *text, uint32_t n, uint32_t from,
                 uint32_t options)
{
    options |= PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY;
    int rc = pcre2_match(x->code, (PCRE2_SPTR)text, n, from, options, x->data,
                         x->match);
    if (rc != PCRE2_ERROR_JIT_STACKLIMIT) return rc;
    return pcre2_match(x->code, (PCRE2_SPTR)text, n, from,
                       options | PCRE2_NO_JIT, x->data, x->match);
}

gram_status gr_pattern_next(GrEnv *env, GrPattern *x, const char *text,
                            uint32_t n, uint32_t from, GrSpan *out)
{
    *out = (GrSpan){n, 0};
    if (from >= n) return GRAM_OK;
    set_limit(x, n);
    int rc = match(x, text, n, from, 0);
    if (rc == PCRE2_ERROR_NOMATCH) return GRAM_OK;
    if (rc < 0)
        return gr_fail(env,
                       rc == PCRE2_ERROR_NOMEMORY ||
                               rc == PCRE2_ERROR_HEAP_FAILED
                           ? GRAM_E_MEMORY
                           : GRAM_E_LIMIT,
                       GR_NOWHERE,
                       "splitting the text takes too much work (PCRE2 %d)", rc);
    const PCRE2_SIZE *o = pcre2_get_ovector_pointer(x->data);
    /* \K in a pattern may put the start behind the end */
    if (o[1] > o[0]) *out = (GrSpan){(uint32_t)o[0], (uint32_t)(o[1] - o[0])};
    return GRAM_OK;
}
