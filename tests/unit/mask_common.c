/* The classes that come with a vocabulary, and those built for a grammar with
 * what the vocabulary knows: their rows and rests are those found by decoding
 * every token, character by character.  And formats have the former. */
#include "ways.h"

/* --- by decoding ---------------------------------------------------------- */

/* Characters of the class that p begins with; *at: their bytes. */
static uint32_t split(const Class *c, const char *p, uint32_t len, uint32_t *at)
{
    uint32_t chars = 0, size;
    for (*at = 0; *at < len; *at += size, chars++) {
        uint32_t code = gr_utf8_get(p + *at, len - *at, &size), i = 0;
        while (i < c->n && c->ranges[2 * i + 1] < code) i++;
        if (code == UINT32_MAX || i == c->n || c->ranges[2 * i] > code) break;
    }
    return chars;
}

static void check_row(const GrVocab *v, const Class *c)
{
    uint32_t wrong = 0, len, at;
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        const char *p = gr_vocab_bytes(v, t, &len);
        split(c, p, len, &at);
        bool in = gr_vocab_is_text(v, t) && len > 0 && at == len;
        wrong += in != gr_bit_get(c->all.row, t);
    }
    T_EQ(wrong, 0);
}

/* Every token that leaves the class by the byte is there once. */
static void check_rests(const GrVocab *v, const Class *c, uint8_t byte)
{
    const Rests *r = &c->rests[byte];
    uint32_t n = 0, wrong = 0, len, at;
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        const char *p = gr_vocab_bytes(v, t, &len);
        split(c, p, len, &at);
        n += gr_vocab_is_text(v, t) && at < len && (uint8_t)p[at] == byte &&
             (at > 0 || r->whole);
    }
    T_EQ(r->n, n);
    for (uint32_t i = 0; i < r->n; i++) {
        const Exit *e = &r->exit[i];
        const char *p = gr_vocab_bytes(v, e->token, &len);
        wrong += e->chars != split(c, p, len, &at) || e->len != len - at;
        for (uint32_t j = 0; j < i; j++) wrong += r->exit[j].token == e->token;
    }
    T_EQ(wrong, 0);
}

/* --- classes -------------------------------------------------------------- */

static void check_common(const GrTables *t)
{
    for (uint32_t i = 0; i < GR_COMMON; i++) {
        const Class *c = t->common[i];
        T(c->common && c->part && c->n > 0);
        T(gr_common_find(t, c->ranges, c->n) == c);
        check_row(t->v, c);
        for (uint32_t b = 0; b < 128; b++)
            if (gr_bit_get(c->complete, b)) check_rests(t->v, c, (uint8_t)b);
        T(gr_bit_get(c->complete, '"') && gr_bit_get(c->complete, '\\'));
    }
}

/* Behind this text of a schema characters of such a class are read, and what
 * leaves it by a byte that goes on is known. */
static void check_format(GrEnv *env, const GrTables *t, const char *schema,
                         const char *text)
{
    GrArena arena = {0};
    GrPda *pda = NULL;
    GrConfig at;
    GrLoop loop = {0};
    GrRun run = {.env = env, .arena = &arena, .log = text};
    gram_status s = gr_pda_new(env, &pda);
    run.pda = pda;
    if (s == GRAM_OK)
        s = gr_schema_compile(env, schema, strlen(schema), NULL, pda);
    if (s == GRAM_OK) s = gr_run_start(&run, &at);
    for (size_t i = 0; s == GRAM_OK && text[i] != 0; i++) {
        run.log_len = i + 1;
        s = gr_run_byte(&run, &at, (uint8_t)text[i]);
    }
    if (s == GRAM_OK) s = gr_pda_loop(pda, at.state, &loop);
    const Class *c = gr_common_find(t, loop.ranges, loop.n);
    T_OK(s == GRAM_OK && c != NULL, "%s at %s: no such class", schema, text);
    for (uint32_t b = 0x20; b < 128 && c != NULL; b++) {
        GrConfig to = at;
        if (gr_bit_get(c->ascii, b) || gr_bit_get(c->complete, b)) continue;
        T(gr_run_byte(&run, &to, (uint8_t)b) == GRAM_E_REFUSED);
    }
    gr_arena_clear(env, &arena);
    gr_pda_free(pda);
}

static void check_formats(GrEnv *env, const GrTables *t)
{
    check_format(env, t, "{\"format\":\"uri\"}", "\"http://a/b");
    check_format(env, t, "{\"format\":\"uri\"}", "\"http://a");
    check_format(env, t, "{\"format\":\"uri\"}", "\"http");
    check_format(env, t, "{\"format\":\"regex\"}", "\"a");
    check_format(env, t, "{\"pattern\":\"^.*$\"}", "\"a");
    check_format(env, t, "{\"pattern\":\"^\\\\S+$\"}", "\"a");
}

/* What leaves a class by bytes that characters begin with. */
static void check_beyond_rests(GrEnv *env, const GrTables *t, Class *c)
{
    T_EQ(gr_class_rests(env, c), GRAM_OK);
    for (uint32_t b = 0xC0; c->rests != NULL && b < 0xF8; b++) {
        Sweep none = {0};
        Rests *r = &c->rests[b];
        if (c->part && gr_class_same(c, t->plain, (uint8_t)b)) continue;
        T_EQ(gr_rests_build(env, c->arena, t, c, (uint8_t)b, &none, r),
             GRAM_OK);
        check_rests(t->v, c, (uint8_t)b);
    }
}

static void check_ranges(GrEnv *env, const GrTables *t, const uint32_t *ranges,
                         uint32_t n)
{
    Class *c = NULL;
    T_EQ(gr_class_build(env, t, NULL, ranges, n, &c), GRAM_OK);
    if (c == NULL) return;
    check_row(t->v, c);
    check_beyond_rests(env, t, c);
    gr_class_free(env, c);
}

/* Classes that lack line ends or spaces beyond ASCII, and are otherwise cut in
 * letters, in punctuation, or not at all; some that have only those, and some
 * that are cut in letters alone. */
static void check_gaps(GrEnv *env, const GrTables *t)
{
#define NO_SPACES                                                              \
    0xA1, 0x167F, 0x1681, 0x1FFF, 0x200B, 0x2027, 0x202A, 0x202E, 0x2030,      \
        0x205E, 0x2060, 0x2FFF, 0x3001, 0xFEFE, 0xFF00, 0x10FFFF
    static const uint32_t ranges[][34] = {
        {'!', '!', '#', '.', '0', '[', ']', 0x9F, NO_SPACES},
        {'!', '!', '#', '[', ']', 'p', 'r', 0x9F, NO_SPACES},
        {' ', '!', '#', '[', ']', 0x9F, NO_SPACES},
        {0x80, 0x9F, NO_SPACES},
        {' ', '!', '#', 'd', 'f', 0x2027, 0x202A, 0x10FFFF},
        {'c', 'c', 0x80, 0x2027, 0x202A, 0x10FFFF},
        {' ',    ' ',    '-',    '-',    '0',    '9',    'b',    'x',
         0xA0,   0xA0,   0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029,
         0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000, 0xFEFF, 0xFEFF},
        {'a', 'z', 0x2028, 0x2029},
        {' ', '!', '#', '[', ']', 0x2027, 0x202B, 0x10FFFF},
        {'a', 'z', 0x2028, 0x2028},
        {' ', '!', '#', '[', ']', 0x7E, 0x81, 0x2027, 0x202A, 0x10FFFF},
        /* letters so rare that who has them is listed */
        {' ', '!', '#', 'J', 'L', '[', ']', 'p', 'r', 0x10FFFF},
        {' ', '!', '#', 'P', 'R', 'Y', 'a', 'y', 0x80, 0x10FFFF},
    };
#undef NO_SPACES
    for (uint32_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        uint32_t n = 0;
        while (n < 16 && ranges[i][2 * n + 1] != 0) n++;
        check_ranges(env, t, ranges[i], n);
    }
}

/* Hundreds of ranges, as the letters of all scripts are: `has` characters of
 * every `of`, some of ASCII among them, up to the end of the basic plane. */
static void check_many(GrEnv *env, const GrTables *t, uint32_t has, uint32_t of)
{
    static uint32_t ranges[2 * 0x10000];
    uint32_t n = 0;
    for (uint32_t at = 'A'; at < 0x10000; at += of)
        gr_range_put(ranges, &n, at, at + has - 1);
    check_ranges(env, t, ranges, n);
}

/* The rests by a byte, looked for by itself and found by the sweep. */
static void check_both(GrEnv *env, const GrTables *t, const Class *c,
                       uint8_t byte, Sweep *sweep)
{
    Rests few, many;
    Sweep none = {0};
    uint32_t wrong = 0;
    T_EQ(gr_rests_build(env, c->arena, t, c, byte, &none, &few), GRAM_OK);
    T(none.at == NULL && few.n > 0);
    T_EQ(gr_rests_build(env, c->arena, t, c, byte, sweep, &many), GRAM_OK);
    T(sweep->at != NULL && many.n == few.n && many.n_groups == few.n_groups);
    for (uint32_t i = 0; i < few.n_groups && i < many.n_groups; i++)
        wrong += few.group[i].sum != many.group[i].sum;
    T_EQ(wrong, 0);
}

/* Where many bytes are going to be asked for, the first is found by the sweep,
 * which has them all; else it is looked for.  Both find the same, whether the
 * class has characters beyond ASCII or not. */
static void check_expected(GrEnv *env, const GrTables *t, uint32_t n)
{
    static const uint32_t ranges[] = {'A',  'Z',  'a',  'm',  'o',   'z',
                                      0xE0, 0xEF, 0xF8, 0xFF, 0x400, 0x450};
    uint32_t bytes[8] = {0};
    Sweep none = {0}, sweep = {0};
    Class *c = NULL;
    T_EQ(gr_class_build(env, t, NULL, ranges, n, &c), GRAM_OK);
    if (c == NULL) return;
    gr_bit_set(bytes, 'n');
    gr_sweep_expect(t, c, bytes, &none);
    T_EQ(none.spent, 0);
    gr_bit_fill(bytes, '0', '9' + 1);
    gr_bit_fill(bytes, 0xC2, 0xF5);
    gr_sweep_expect(t, c, bytes, &sweep);
    check_both(env, t, c, 'n', &sweep);
    check_both(env, t, c, 0xC3, &sweep);
    check_both(env, t, c, 0xC5, &sweep);
    gr_class_free(env, c);
}

int main(void)
{
    WayVocab w;
    way_vocab_open(&w);
    check_common(w.t);
    check_formats(&w.env, w.t);
    check_gaps(&w.env, w.t);
    check_many(&w.env, w.t, 96, 100);
    check_many(&w.env, w.t, 3, 5);
    check_many(&w.env, w.t, 1, 64);
    check_expected(&w.env, w.t, 3);
    check_expected(&w.env, w.t, 6);
    way_vocab_close(&w);
    return t_done();
}
