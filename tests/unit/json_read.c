/* The JSON reader against an obviously right recursive one, over every text
 * of a few small worlds; then positions, limits and failing memory. */
#include "json/json.h"
#include "t.h"
#include "tools/alloc.h"

#include <time.h>

/* --- the oracle: RFC 8259 as a recursive descent -------------------------- */

typedef struct Oracle {
    const char *s;
    int n, i;
    int at; /* byte of the first offence, or -1 */
} Oracle;

static int fail(Oracle *o, int at)
{
    if (o->at < 0) o->at = at;
    return 0;
}

static int look(Oracle *o)
{
    return o->i < o->n ? (unsigned char)o->s[o->i] : -1;
}

static void ws(Oracle *o)
{
    while (look(o) == ' ' || look(o) == '\n' || look(o) == '\r' ||
           look(o) == '\t')
        o->i++;
}

static int lit(Oracle *o, const char *w)
{
    for (; *w; w++, o->i++)
        if (look(o) != *w) return fail(o, o->i);
    return 1;
}

static int digs(Oracle *o)
{
    if (look(o) < '0' || look(o) > '9') return fail(o, o->i);
    while (look(o) >= '0' && look(o) <= '9') o->i++;
    return 1;
}

static int num(Oracle *o)
{
    if (look(o) == '-') o->i++;
    if (look(o) == '0') {
        o->i++;
        if (look(o) >= '0' && look(o) <= '9') return fail(o, o->i);
    } else if (!digs(o)) {
        return 0;
    }
    if (look(o) == '.') {
        o->i++;
        if (!digs(o)) return 0;
    }
    if (look(o) == 'e' || look(o) == 'E') {
        o->i++;
        if (look(o) == '+' || look(o) == '-') o->i++;
        return digs(o);
    }
    return 1;
}

static int hex4(Oracle *o)
{
    int v = 0;
    for (int k = 0; k < 4; k++, o->i++) {
        int c = look(o);
        if (c < 0 || strchr("0123456789abcdefABCDEF", c) == NULL || c == 0)
            return fail(o, o->i), -1;
        v = v * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

static int esc(Oracle *o)
{
    int start = o->i++;
    int c = look(o);
    if (c < 0) return fail(o, o->n);
    if (c == 0 || strchr("\"\\/bfnrtu", c) == NULL) return fail(o, start);
    o->i++;
    if (c != 'u') return 1;
    int v = hex4(o);
    if (v < 0) return 0;
    if (v >= 0xDC00 && v <= 0xDFFF) return fail(o, start);
    if (v < 0xD800 || v > 0xDBFF) return 1;
    Oracle tail = *o;
    if (look(&tail) != '\\') return fail(o, start);
    tail.i++;
    if (look(&tail) != 'u') return fail(o, start);
    tail.i++;
    int w = hex4(&tail);
    if (w < 0xDC00 || w > 0xDFFF) return fail(o, start);
    o->i = tail.i;
    return 1;
}

/* UTF-8 by re-encoding: the bytes at i are a code point's if some code point
 * encodes to them. */
static int utf8(Oracle *o)
{
    for (int len = 2; len <= 4 && o->i + len <= o->n; len++) {
        const unsigned char *b = (const unsigned char *)o->s + o->i;
        uint32_t c = b[0] & (0x7Fu >> len);
        for (int k = 1; k < len; k++) c = c << 6 | (b[k] & 0x3F);
        char out[4];
        if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) continue;
        if ((int)gr_utf8_put(c, out) != len || memcmp(out, b, len)) continue;
        o->i += len;
        return 1;
    }
    return fail(o, o->i);
}

static int str(Oracle *o)
{
    if (look(o) != '"') return fail(o, o->i);
    for (o->i++;;) {
        int c = look(o);
        if (c < 0) return fail(o, o->n);
        if (c == '"') break;
        if (c < 0x20) return fail(o, o->i);
        if (c == '\\') {
            if (!esc(o)) return 0;
        } else if (c >= 0x80) {
            if (!utf8(o)) return 0;
        } else {
            o->i++;
        }
    }
    o->i++;
    return 1;
}

static int val(Oracle *o);

/* Keys of these worlds have no escapes that make two spellings equal. */
static int obj(Oracle *o)
{
    int from[16], to[16], n = 0;
    o->i++;
    ws(o);
    if (look(o) == '}') return o->i++, 1;
    for (;;) {
        ws(o);
        from[n] = o->i;
        if (!str(o)) return 0;
        to[n++] = o->i;
        ws(o);
        if (look(o) != ':') return fail(o, o->i);
        o->i++;
        if (!val(o)) return 0;
        ws(o);
        if (look(o) == '}') break;
        if (look(o) != ',') return fail(o, o->i);
        o->i++;
    }
    o->i++;
    for (int k = 0; k < n; k++)
        for (int m = 0; m < k; m++)
            if (to[k] - from[k] == to[m] - from[m] &&
                !memcmp(o->s + from[k], o->s + from[m], to[k] - from[k]))
                return fail(o, from[k]);
    return 1;
}

static int arr(Oracle *o)
{
    o->i++;
    ws(o);
    if (look(o) == ']') return o->i++, 1;
    for (;;) {
        if (!val(o)) return 0;
        ws(o);
        if (look(o) == ']') return o->i++, 1;
        if (look(o) != ',') return fail(o, o->i);
        o->i++;
    }
}

static int val(Oracle *o)
{
    ws(o);
    switch (look(o)) {
    case '{': return obj(o);
    case '[': return arr(o);
    case '"': return str(o);
    case 't': return lit(o, "true");
    case 'f': return lit(o, "false");
    case 'n': return lit(o, "null");
    default: break;
    }
    int c = look(o);
    return c == '-' || (c >= '0' && c <= '9') ? num(o) : fail(o, o->i);
}

static int oracle(const char *s, int n)
{
    Oracle o = {s, n, 0, -1};
    if (val(&o)) {
        ws(&o);
        if (o.i < n) fail(&o, o.i);
    }
    return o.at;
}

/* --- structure ------------------------------------------------------------ */

/* The invariants of json.h, checked over every node. */
static int is_valid(const GrJson *j, const char *text, size_t len)
{
    for (uint32_t i = 0; i < j->n; i++) {
        const GrJsonNode *d = &j->node[i];
        if (d->next <= i || d->next > j->n || d->at >= len) return 0;
        if (i > 0 && d->at <= j->node[i - 1].at) return 0;
        if (strchr("nft-0123456789\"[{", text[d->at]) == NULL) return 0;
        uint32_t kids = 0, k = i + 1;
        for (; k < d->next; k = j->node[k].next) {
            if (d->type == GR_JSON_OBJECT && kids % 2 == 0 &&
                j->node[k].type != GR_JSON_STRING)
                return 0;
            kids++;
        }
        if (k != d->next) return 0;
        if (d->type == GR_JSON_OBJECT && kids != 2 * d->n) return 0;
        if (d->type == GR_JSON_ARRAY && kids != d->n) return 0;
        if (d->type < GR_JSON_ARRAY && kids != 0) return 0;
    }
    return j->n > 0 && j->node[0].next == j->n;
}

static GrEnv env;
static gram_error error;

static gram_status read_text(const char *s, size_t n, GrJson *j, GrArena *arena)
{
    error.offset = 0;
    return gr_json_read(&env, arena, s, n, 0, 0, j);
}

/* Compare on one text; the block is exact, so that ASan sees overreads. */
static int agrees(const char *s, int n)
{
    char *copy = malloc((size_t)n + !n);
    memcpy(copy, s, (size_t)n);
    GrArena arena = {0};
    GrJson j;
    int at = oracle(s, n), same;
    gram_status st = read_text(copy, (size_t)n, &j, &arena);
    if (at < 0)
        same = st == GRAM_OK && is_valid(&j, copy, (size_t)n);
    else
        same = st == GRAM_E_SYNTAX && (int)error.offset == at;
    if (!same)
        fprintf(stderr, "text <%.*s>: oracle %d, reader %d at %d (%s)\n", n, s,
                at, (int)st, (int)error.offset, error.message);
    gr_arena_clear(&env, &arena);
    free(copy);
    return same;
}

/* Every sequence of at most `longest` of the tokens. */
static void world(const char *name, const char *before, const char *const *tok,
                  int n_tok, int longest)
{
    int pick[8] = {0}, wrong = 0;
    long n_texts = 0;
    for (int len = 0; len <= longest; len++) {
        memset(pick, 0, sizeof pick);
        for (int more = 1; more;) {
            char text[128];
            int n = (int)strlen(before);
            memcpy(text, before, (size_t)n);
            for (int k = 0; k < len; k++) {
                size_t m = strlen(tok[pick[k]]);
                memcpy(text + n, tok[pick[k]], m);
                n += (int)m;
            }
            if (wrong < 5) wrong += !agrees(text, n);
            n_texts++;
            int k = 0;
            while (k < len && ++pick[k] == n_tok) pick[k++] = 0;
            more = k < len;
        }
    }
    T_OK(wrong == 0, "world %s", name);
    T_OK(n_texts > 1000, "world %s is too small", name);
}

#define WORLD(name, before, longest, ...)                                      \
    do {                                                                       \
        static const char *const tok_[] = {__VA_ARGS__};                       \
        world(name, before, tok_, (int)(sizeof tok_ / sizeof *tok_), longest); \
    } while (0)

static void small_worlds(void)
{
    WORLD("bytes", "", 4, "{", "}", "[", "]", ":", ",", "\"", "a", "\\", "u",
          "0", "1", "-", "+", ".", "e", "E", " ", "\n", "\x1F", "\xC3", "\xA9");
    WORLD("structure", "", 6, "{", "}", "[", "]", ":", ",", "\"\"", "0");
    WORLD("objects", "{", 6, "\"a\"", "\"b\"", ":", ",", "1", "{", "}", " ");
    WORLD("numbers", "", 6, "-", "+", ".", "e", "E", "0", "7");
    WORLD("numbers in arrays", "[", 5, "-", "+", ".", "e", "0", "9", ",", "]");
    WORLD("strings", "\"", 4, "\\uD800", "\\uDBFF", "\\uDC00", "\\udfff",
          "\\u0041", "\\u", "D8", "\"", "\\n", "\\x", "\\", "/", "\xC3\xA9",
          "\xC3", "\x80", "\t", "a");
    WORLD("UTF-8", "\"", 4, "\x7F", "\x80", "\xBF", "\x90", "\x8F", "\xA0",
          "\x9F", "\xC1", "\xC2", "\xE0", "\xED", "\xEF", "\xF0", "\xF4",
          "\xF5", "\"");
    WORLD("words", "", 5, "t", "r", "u", "e", "n", "l", "true", "fals", "null",
          "[", "]");
}

/* --- positions and messages ----------------------------------------------- */

static void expect(const char *s, size_t n, gram_status want, size_t at,
                   const char *part)
{
    GrArena arena = {0};
    GrJson j;
    gram_status st = read_text(s, n, &j, &arena);
    T_OK(st == want, "%s: status %d", part, (int)st);
    if (st == want && st != GRAM_OK) {
        T_OK(error.offset == at, "%s: at %zu", part, error.offset);
        T_OK(strstr(error.message, part) != NULL, "%s: %s", part,
             error.message);
    }
    gr_arena_clear(&env, &arena);
}

#define EXPECT(s, want, at, part) expect(s, sizeof(s) - 1, want, at, part)

static void positions(void)
{
    EXPECT("\xEF\xBB\xBF{}", GRAM_E_SYNTAX, 0, "byte order mark");
    EXPECT("", GRAM_E_SYNTAX, 0, "ends where a value");
    EXPECT("1 2", GRAM_E_SYNTAX, 2, "end of the text");
    EXPECT("01", GRAM_E_SYNTAX, 1, "leading zero");
    EXPECT("\"a\0b\"", GRAM_E_SYNTAX, 2, "control character");
    EXPECT("[1,\0]", GRAM_E_SYNTAX, 3, "0x00");
    EXPECT("\"abcdefghij\x80\"", GRAM_E_SYNTAX, 11, "UTF-8");
    EXPECT("\"\\u12g4\"", GRAM_E_SYNTAX, 5, "four hexadecimal");
    EXPECT("{\"a\":1, \"\\u0061\" : 2}", GRAM_E_SYNTAX, 8,
           "\"\\u0061\" at byte 8 is already at byte 1");
    EXPECT("{\"x\":{\"b\":1,\"b\":2},\"x\":1}", GRAM_E_SYNTAX, 12,
           "\"b\" at byte 12 is already at byte 6");
}

/* The member 'kN' for every N, one of them twice. */
static char *many_members(int n, int again, size_t *len)
{
    char *s = malloc((size_t)n * 16 + 32), *p = s;
    p += sprintf(p, "{");
    for (int i = 0; i < n; i++) p += sprintf(p, "\"k%d\":%d,", i * 7919 % n, i);
    p += sprintf(p, "\"k%d\":0}", again);
    *len = (size_t)(p - s);
    return s;
}

static void duplicates(void)
{
    static const int sizes[] = {1, 2, 7, 8, 9, 20, 1000, 100000};
    for (int i = 0; i < 8; i++) {
        size_t len;
        char *s = many_members(sizes[i], sizes[i] / 2, &len);
        GrArena arena = {0};
        GrJson j;
        T(read_text(s, len, &j, &arena) == GRAM_E_SYNTAX);
        char want[32];
        sprintf(want, "\"k%d\"", sizes[i] / 2);
        size_t second = error.offset, first = 0;
        T(sscanf(error.message,
                 "%*[^0-9]%*d\" at byte %*u is already at "
                 "byte %zu",
                 &first) == 1);
        T(memcmp(s + second, want, strlen(want)) == 0);
        T(memcmp(s + first, want, strlen(want)) == 0 && first < second);
        T(gr_json_read(&env, &arena, s, len, 0, GR_JSON_KEEP_DUPLICATES, &j) ==
          GRAM_OK);
        T(j.node[0].n == (uint32_t)sizes[i] + 1);
        gr_arena_clear(&env, &arena);
        s = (free(s), many_members(sizes[i], sizes[i], &len));
        T(read_text(s, len, &j, &arena) == GRAM_OK);
        uint32_t v = gr_json_member(&j, 0, "k0", 2);
        T(v != UINT32_MAX && j.node[v].type == GR_JSON_NUMBER);
        T(gr_json_member(&j, 0, "k", 1) == UINT32_MAX);
        T(gr_json_member(&j, 1, "k0", 2) == UINT32_MAX);
        gr_arena_clear(&env, &arena);
        free(s);
    }
}

/* Random objects over few keys: the reader must name the earliest repeat. */
static void earliest_repeat(uint64_t *seed)
{
    int wrong = 0;
    for (int round = 0; round < 2000; round++) {
        char s[1024], *p = s;
        int n = 1 + (int)(t_random(seed) % 40), keys[40], at[40];
        int want = -1;
        *p++ = '{';
        for (int i = 0; i < n; i++) {
            keys[i] = (int)(t_random(seed) % 400);
            if (i) *p++ = ',';
            at[i] = (int)(p - s);
            p += sprintf(p, "\"common prefix %d\":0", keys[i]);
            for (int k = 0; k < i; k++)
                if (keys[k] == keys[i] && want < 0) want = at[i];
        }
        *p++ = '}';
        GrArena arena = {0};
        GrJson j;
        gram_status st = read_text(s, (size_t)(p - s), &j, &arena);
        wrong += want < 0 ? st != GRAM_OK : (int)error.offset != want;
        gr_arena_clear(&env, &arena);
    }
    T_EQ(wrong, 0);
}

/* --- decoding ------------------------------------------------------------- */

static void decoding(void)
{
    static const char s[] =
        "[\"\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\","
        "\"\\uD83D\\uDE00x\\u00e9\",\"plain\",\"\",-0.5e+1]";
    static const char a[] = "\0\"\\/\b\f\n\r\t";
    GrArena arena = {0};
    GrJson j;
    T(read_text(s, sizeof s - 1, &j, &arena) == GRAM_OK);
    T(j.n == 6 && j.node[0].n == 5);
    T(j.node[1].n == 9 && memcmp(j.node[1].text, a, 9) == 0);
    T(j.node[2].n == 7);
    T(memcmp(j.node[2].text, "\xF0\x9F\x98\x80x\xC3\xA9", 7) == 0);
    T(j.node[3].text > s && j.node[3].text < s + sizeof s);
    T(j.node[4].n == 0);
    T(j.node[5].n == 7 && memcmp(j.node[5].text, "-0.5e+1", 7) == 0);
    gr_arena_clear(&env, &arena);
}

/* --- limits --------------------------------------------------------------- */

static void deep(void)
{
    size_t n = 1000000;
    char *s = malloc(2 * n);
    memset(s, '[', n);
    memset(s + n, ']', n);
    GrArena arena = {0};
    GrJson j;
    clock_t start = clock();
    T(read_text(s, n, &j, &arena) == GRAM_E_LIMIT);
    T_EQ(error.offset, GR_LIMIT_JSON_DEPTH);
    T(clock() - start < CLOCKS_PER_SEC);
    uint32_t most = (uint32_t)n;
    T(gr_json_read(&env, &arena, s, 2 * n, most, 0, &j) == GRAM_OK);
    T(gr_json_read(&env, &arena, s, 2 * n, most - 1, 0, &j) == GRAM_E_LIMIT);
    T_EQ(error.offset, n - 1);
    T(gr_json_read(&env, &arena, s, n, most, 0, &j) == GRAM_E_SYNTAX);
    T_EQ(error.offset, n);
    gr_arena_clear(&env, &arena);
    free(s);
}

static void budget(void)
{
    GrEnv tight;
    GrArena arena = {0};
    GrJson j;
    gr_env_init(&tight, NULL, 0, 2);
    T(gr_json_read(&tight, &arena, "[1,2,3,4,5,6,7,8]", 17, 0, 0, &j) ==
      GRAM_E_LIMIT);
    T(tight.used == 0);
}

/* --- failing memory ------------------------------------------------------- */

static void failing_memory(void)
{
    size_t len;
    char *s = many_members(3000, 3000, &len);
    s[len - 2] = '"', s[len - 1] = '\\', s[len] = 'n', s[len + 1] = '"';
    s[len + 2] = '}';
    len += 3;
    gram_status st = GRAM_E_MEMORY;
    long k = 0;
    for (; st == GRAM_E_MEMORY && k < 100; k++) {
        TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
        gram_allocator a = test_alloc(&f);
        GrEnv e;
        GrArena arena = {0};
        GrJson j;
        gr_env_init(&e, &a, 0, 0);
        st = gr_json_read(&e, &arena, s, len, 0, 0, &j);
        gr_arena_clear(&e, &arena);
        T(e.used == 0);
    }
    T(st == GRAM_OK && k > 4);
    free(s);
}

/* Every prefix of a document is refused at its end; the whole is read. */
static void truncations(void)
{
    static const char s[] =
        "{\"a\":[1,-2.5e-3,true,null,{\"b\":\"x\\u00e9\\uD83D\\uDE00\\n\"}],"
        "\"\xC3\xA9\":{},\"c\":[[],false]}";
    for (size_t n = 0; n < sizeof s; n++) T(agrees(s, (int)n));
}

/* --- cases as data -------------------------------------------------------- */

/* Lines "accept TEXT" or "reject OFFSET TEXT"; \xHH stands for a byte. */
static size_t unescape(const char *s, char *out)
{
    size_t n = 0;
    while (*s != 0 && *s != '\n') {
        unsigned v;
        if (s[0] == '\\' && s[1] == 'x' && sscanf(s + 2, "%2x", &v) == 1) {
            out[n++] = (char)v;
            s += 4;
        } else {
            out[n++] = *s++;
        }
    }
    return n;
}

static void cases(const char *path)
{
    FILE *f = fopen(path, "r");
    T_OK(f != NULL, "cannot open %s", path);
    if (f == NULL) return;
    char line[1024], text[1024];
    while (fgets(line, sizeof line, f)) {
        int at = 0, skip = 0;
        if (line[0] == '#' || line[0] == '\n') continue;
        if (sscanf(line, "reject %d %n", &at, &skip) < 1) {
            sscanf(line, "accept %n", &skip);
            at = -1;
        }
        T_OK(skip > 0, "a line that is no case: %s", line);
        GrArena arena = {0};
        GrJson j;
        size_t n = unescape(line + skip, text);
        gram_status st = read_text(text, n, &j, &arena);
        T_OK(at < 0 ? st == GRAM_OK : st != GRAM_OK && (int)error.offset == at,
             "%s got status %d at %zu", line, (int)st, error.offset);
        gr_arena_clear(&env, &arena);
    }
    fclose(f);
}

int main(void)
{
    uint64_t seed = t_seed();
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    env.error = &error;
    small_worlds();
    positions();
    duplicates();
    earliest_repeat(&seed);
    decoding();
    deep();
    budget();
    failing_memory();
    truncations();
    cases("tests/cases/json/reader.txt");
    T(env.used == 0);
    return t_done();
}
