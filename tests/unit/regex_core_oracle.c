/* Random small terms against the oracle of tests/oracle/re_oracle.h: by
 * derivatives, by bytes in all three spellings, and by every question. */
#include "regex/re_pool.h"
#include "tests/oracle/re_oracle.h"
#include "tests/t.h"

#include <stdlib.h>

enum { TREES = 1200, SHORT = 3, LONG = 4 };

typedef struct World {
    GrEnv env;
    gram_error error;
    GrRe *re;
    OrTree tree;
    ReId root;    /* the tree */
    ReId bounded; /* the tree, of at most SHORT characters of the alphabet */
    uint64_t seed;
} World;

static int ended;       /* trees that are none by their last letters */
static int differences; /* counted instead of failed under an injected fault */

static void same(int got, int want, const char *what, World *w, uint32_t i)
{
    if (re_oracle_fault) {
        differences += got != want;
        return;
    }
    if (got == want) {
        t_passed++;
        return;
    }
    GrText text = {0};
    gr_re_print(w->re, w->root, &text);
    T_OK(0, "%s: %d, not %d, string %u of %.*s", what, got, want, i,
         (int)text.n, text.at);
    gr_vec_clear(&w->env, &text);
}

static ReId bound(World *w, ReId a)
{
    GrRange r[OR_CHARS];
    SetId s;
    ReId x[2] = {a, a};
    for (int i = 0; i < OR_CHARS; i++)
        r[i] = (GrRange){re_oracle_char[i], re_oracle_char[i]};
    T(gr_set_make(w->re, r, OR_CHARS, &s) == GRAM_OK);
    T(gr_re_set(w->re, s, &x[1]) == GRAM_OK);
    T(gr_re_repeat(w->re, x[1], 0, SHORT, &x[1]) == GRAM_OK);
    T(gr_re_and(w->re, x, 2, &x[0]) == GRAM_OK);
    return x[0];
}

static void open_world(World *w, uint64_t seed)
{
    w->seed = seed;
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &w->error;
    T(gr_re_new(&w->env, &w->re) == GRAM_OK);
    re_oracle_random(&w->seed, 1 + (int)(t_random(&w->seed) % 8), &w->tree);
    gram_status st = re_oracle_build(&w->tree, w->re, &w->root);
    T_OK(st == GRAM_OK, "build: %s", w->error.message);
    w->bounded = bound(w, w->root);
}

static void close_world(World *w)
{
    gr_re_free(w->re);
    T_EQ(w->env.used, 0);
}

static bool by_derivatives(World *w, const OrString *s)
{
    ReId a = w->root;
    for (int i = 0; i < s->n; i++)
        T(gr_re_derive(w->re, a, re_oracle_char[s->at[i]], &a) == GRAM_OK);
    return gr_re_nullable(w->re, a);
}

static bool holds(World *w, const OrString *s)
{
    char text[4 * OR_LENGTH + 1];
    bool yes = false;
    uint32_t n = 0;
    for (int i = 0; i < s->n; i++)
        n += gr_utf8_put(re_oracle_char[s->at[i]], text + n);
    T(gr_re_holds(w->re, w->root, text, n, &yes) == GRAM_OK);
    return yes;
}

/* Run bytes; -1: dead, 0: inside a character, 1: at a boundary. */
static int run_bytes(World *w, LexId *s, const char *text, uint32_t n,
                     uint32_t *chars)
{
    GrLexInfo info;
    for (uint32_t i = 0; i < n; i++) {
        bool whole;
        if (gr_lex_info(w->re, *s, &info) != GRAM_OK) return -2;
        uint32_t cls = info.classes[(unsigned char)text[i]];
        if (cls == 0) return -1;
        if (gr_lex_move(w->re, *s, cls, s, &whole) != GRAM_OK) return -2;
        *chars += whole;
        if (gr_lex_info(w->re, *s, &info) != GRAM_OK) return -2;
        if (whole != info.boundary) return -3;
    }
    if (gr_lex_info(w->re, *s, &info) != GRAM_OK) return -2;
    return info.boundary;
}

/* Of a single expression both needs are one. */
static bool by_bytes(World *w, GrLexMode mode, ReId a, const char *text,
                     uint32_t n, uint32_t want_chars)
{
    LexId s;
    GrLexInfo info;
    uint32_t chars = 0;
    GrLexNeed need = (GrLexNeed)(t_random(&w->seed) % 3);
    if (gr_lex_start(w->re, mode, need, &a, 1, &s) != GRAM_OK) return false;
    int at = run_bytes(w, &s, text, n, &chars);
    if (at != 1 || chars != want_chars) return false;
    return gr_lex_info(w->re, s, &info) == GRAM_OK &&
           gr_re_nullable(w->re, info.expr[0]);
}

static uint32_t spell(World *w, GrLexMode mode, const OrString *s, char *out)
{
    uint32_t n = 0;
    for (int i = 0; i < s->n; i++) {
        uint32_t c = re_oracle_char[s->at[i]];
        n += mode == GR_LEX_UTF8   ? gr_utf8_put(c, out + n)
             : mode == GR_LEX_JSON ? re_oracle_spell(&w->seed, c, out + n)
                                   : re_oracle_spell_canon(c, out + n);
    }
    return n;
}

static void check_membership(World *w)
{
    OrString s;
    for (uint32_t i = 0; re_oracle_string(i, LONG, &s); i++) {
        if (s.n == LONG && t_random(&w->seed) % 4) continue;
        bool want = re_oracle_match(&w->tree, &s);
        same(holds(w, &s), want, "holds", w, i);
        same(by_derivatives(w, &s), want, "derivatives", w, i);
        for (GrLexMode mode = GR_LEX_UTF8; mode <= GR_LEX_CANON; mode++) {
            char text[12 * OR_LENGTH + 1];
            uint32_t n = spell(w, mode, &s, text);
            same(by_bytes(w, mode, w->root, text, n, (uint32_t)s.n), want,
                 "bytes", w, i);
        }
    }
}

/* --- questions ------------------------------------------------------------ */

typedef struct Facts {
    uint32_t count, lengths; /* lengths: one bit each */
    uint32_t last;           /* letters of words, one bit each; "": bit 31 */
    OrString shortest;
} Facts;

static Facts brute_force(const World *w)
{
    Facts f = {0};
    OrString s;
    /* the alphabet is not in the order of code points ('"' < 'a') */
    static const uint8_t order[OR_CHARS] = {2, 0, 1, 3, 4, 5};
    for (uint32_t i = 0; re_oracle_string(i, SHORT, &s); i++) {
        for (int k = 0; k < s.n; k++) s.at[k] = order[s.at[k]];
        if (!re_oracle_match(&w->tree, &s)) continue;
        if (f.count++ == 0) f.shortest = s;
        f.lengths |= 1u << s.n;
        f.last |= 1u << (s.n ? s.at[s.n - 1] : 31);
    }
    return f;
}

/* The shortest length, and bounds of all. */
static void check_bounds(World *w, const Facts *f, ReId a)
{
    uint32_t low, most, least;
    T(gr_re_bounds(w->re, a, &low, &most) == GRAM_OK);
    for (uint32_t n = 0; n < 32; n++)
        if (f->lengths >> n & 1) same(low <= n && n <= most, 1, "bounds", w, n);
    gram_status st = gr_re_least_exact(w->re, a, &least);
    same(st, f->count ? GRAM_OK : GRAM_E_EMPTY, "least length", w, 0);
    if (st == GRAM_OK) same((int)least, f->shortest.n, "least length", w, 1);
    st = gr_re_least(w->re, a, &most);
    same(st == GRAM_OK ? most >= least && f->lengths >> most & 1 : !f->count, 1,
         "a length", w, most);
}

/* x without what ends with a character. */
static ReId not_ending(World *w, ReId x, uint32_t c)
{
    SetId s;
    ReId end;
    T(gr_set_make(w->re, &(GrRange){c, c}, 1, &s) == GRAM_OK);
    T(gr_re_set(w->re, s, &end) == GRAM_OK);
    T(gr_re_cat(w->re, gr_re_all(w->re), end, &end) == GRAM_OK);
    T(gr_re_not(w->re, end, &end) == GRAM_OK);
    T(gr_re_and(w->re, (ReId[]){x, end}, 2, &x) == GRAM_OK);
    return x;
}

/* What is none by its last letters has no word. */
static void check_ends(World *w, const Facts *f)
{
    bool none;
    T(gr_re_none_by_ends(w->re, w->root, &none) == GRAM_OK);
    if (none) same(f->count == 0, 1, "none by ends", w, 0);
    for (uint32_t i = 0; i < OR_CHARS; i++) {
        ReId x = not_ending(w, w->bounded, re_oracle_char[i]);
        T(gr_re_none_by_ends(w->re, x, &none) == GRAM_OK);
        if (none) same((f->last & ~(1u << i)) == 0, 1, "none by ends", w, i);
        ended += none;
    }
}

static void check_questions(World *w)
{
    Facts f = brute_force(w);
    bool none;
    uint32_t count;
    GrLengths len;
    T(gr_re_is_none(w->re, w->bounded, &none) == GRAM_OK);
    same(none, f.count == 0, "is_none", w, 0);
    check_ends(w, &f);
    for (uint32_t cap = 1; cap <= 1000; cap *= 10) {
        T(gr_re_count(w->re, w->bounded, cap, &count) == GRAM_OK);
        same((int)count, (int)(f.count < cap ? f.count : cap), "count", w, cap);
    }
    T(gr_re_lengths(w->re, w->bounded, &len) == GRAM_OK);
    same(len.none, f.count == 0, "no lengths", w, 0);
    for (uint32_t n = 0; n <= SHORT + 70; n++)
        same(gr_lengths_has(&len, n), n < 32 && (f.lengths >> n & 1), "length",
             w, n);
    GrText text = {0};
    char want[4 * OR_LENGTH];
    uint32_t n = re_oracle_utf8(&f.shortest, want);
    gram_status st = gr_re_shortest(w->re, w->bounded, &text);
    same(st, f.count ? GRAM_OK : GRAM_E_EMPTY, "shortest", w, 0);
    if (st == GRAM_OK)
        same(text.n == n && (n == 0 || memcmp(text.at, want, n) == 0), 1,
             "shortest word", w, n);
    gr_vec_clear(&w->env, &text);
    check_bounds(w, &f, w->bounded);
}

/* Lengths of the unbounded tree: by derivatives over all characters that it
 * can tell apart. */
static void check_lengths(World *w)
{
    GrLengths len;
    T(gr_re_lengths(w->re, w->root, &len) == GRAM_OK);
    T(len.none || len.contiguous == (len.bits == NULL));
    for (uint32_t n = 0; n < 12; n++) {
        ReId x[2] = {w->root, gr_re_all(w->re)};
        SetId any;
        bool none;
        T(gr_set_make(w->re, &(GrRange){0, 0x10FFFF}, 1, &any) == GRAM_OK);
        T(gr_re_set(w->re, any, &x[1]) == GRAM_OK);
        T(gr_re_repeat(w->re, x[1], n, n, &x[1]) == GRAM_OK);
        T(gr_re_and(w->re, x, 2, &x[0]) == GRAM_OK);
        T(gr_re_is_none(w->re, x[0], &none) == GRAM_OK);
        same(gr_lengths_has(&len, n), !none, "length of all", w, n);
        same(gr_lengths_meet(&len, n, n), !none, "meet", w, n);
    }
}

/* --- prefixes ------------------------------------------------------------- */

/* Is some word ahead of state s? */
static bool useful(World *w, LexId s)
{
    const LexId *to;
    uint32_t n;
    bool none = true;
    if (gr_lex_targets(w->re, s, &to, &n) != GRAM_OK) return false;
    for (uint32_t i = 0; i < n && none; i++) {
        GrLexInfo info;
        if (i > 0 && to[i].v <= to[i - 1].v) return false;
        if (gr_lex_info(w->re, to[i], &info) != GRAM_OK) return false;
        if (!info.boundary) return false;
        if (gr_re_is_none(w->re, info.expr[0], &none) != GRAM_OK) return false;
    }
    return !none;
}

/* Does some matched string of at most SHORT characters start with it? */
static bool starts_some(const World *w, const char *prefix, uint32_t n)
{
    OrString s;
    for (uint32_t i = 0; re_oracle_string(i, SHORT, &s); i++) {
        char text[4 * OR_LENGTH];
        uint32_t len = re_oracle_utf8(&s, text);
        if (len >= n && (n == 0 || memcmp(text, prefix, n) == 0) &&
            re_oracle_match(&w->tree, &s))
            return true;
    }
    return false;
}

static void check_prefixes(World *w)
{
    for (int round = 0; round < 12; round++) {
        char text[12 * OR_LENGTH + 1];
        OrString s;
        uint32_t chars = 0;
        re_oracle_string((uint32_t)(t_random(&w->seed) % 258), SHORT, &s);
        uint32_t n = re_oracle_utf8(&s, text);
        n = n ? (uint32_t)(t_random(&w->seed) % n) : 0;
        LexId at;
        GrLexNeed need = (GrLexNeed)(t_random(&w->seed) % 3);
        T(gr_lex_start(w->re, GR_LEX_UTF8, need, &w->bounded, 1, &at) ==
          GRAM_OK);
        int run = run_bytes(w, &at, text, n, &chars);
        same(run >= 0 && useful(w, at), starts_some(w, text, n), "prefix", w,
             n);
        if (!re_oracle_match(&w->tree, &s)) continue;
        n = spell(w, GR_LEX_JSON, &s, text);
        T(gr_lex_start(w->re, GR_LEX_JSON, need, &w->bounded, 1, &at) ==
          GRAM_OK);
        for (uint32_t i = 0; i < n; i++) {
            same(useful(w, at), 1, "escape prefix", w, i);
            same(run_bytes(w, &at, text + i, 1, &chars) >= 0, 1, "escape byte",
                 w, i);
        }
    }
}

/* --- what is ahead of a byte ---------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    uint32_t x = ((const LexId *)a)->v, y = ((const LexId *)b)->v;
    return (x > y) - (x < y);
}

/* Told without a move, and behind one, as ascending lists. */
static void check_byte(World *w, LexId s, uint32_t cls, LexId *to)
{
    enum { MOST = 64 };
    GrLexAhead ahead;
    LexId got[MOST];
    const LexId *list;
    uint32_t n = 0, m = 0, n_list;
    bool more = true, whole;
    T(gr_lex_ahead(w->re, s, cls, &ahead) == GRAM_OK);
    while (n < MOST) {
        T(gr_lex_ahead_next(w->re, &ahead, &got[n], &more) == GRAM_OK);
        if (!more) break;
        n++;
    }
    qsort(got, n, sizeof *got, by_id);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || got[i].v != got[m - 1].v) got[m++] = got[i];
    T(gr_lex_move(w->re, s, cls, to, &whole) == GRAM_OK);
    T(gr_lex_targets(w->re, *to, &list, &n_list) == GRAM_OK);
    bool equal = m == n_list && memcmp(got, list, m * sizeof *got) == 0;
    same(equal, 1, "ahead", w, cls);
}

/* Words inside a character are those behind its bytes, of which two may spell
 * the same: digits, and after a backslash \u spells everything. */
static void check_count(World *w, LexId s, bool json, const GrLexInfo *info)
{
    enum { CAP = 1000 };
    const uint8_t *cls = info->classes;
    bool letters = json && cls['u'] != 0, whole;
    uint32_t n, sum = 0, k;
    T(gr_lex_count(w->re, s, 0, CAP, &n) == GRAM_OK);
    for (uint32_t b = 0; b < 256; b++) {
        bool digit = b >= 'A' && b <= 'F' && cls[b] == cls[b + 32];
        LexId to;
        if (cls[b] == 0 || digit || (letters && b != 'u')) continue;
        T(gr_lex_move(w->re, s, cls[b], &to, &whole) == GRAM_OK);
        T(gr_lex_count(w->re, to, 0, CAP, &k) == GRAM_OK);
        sum += k;
    }
    same(n, sum < CAP ? sum : CAP, "words ahead", w, s.v);
}

/* Breadth first from the start, in each spelling, with dead classes and
 * without. */
static void check_ahead(World *w)
{
    enum { STATES = 24 };
    static const GrLexMode modes[] = {GR_LEX_UTF8, GR_LEX_JSON, GR_LEX_CANON};
    for (int round = 0; round < 6; round++) {
        LexId at[STATES], to;
        uint32_t n = 1;
        int mode = round % 3;
        GrLexNeed need = round < 3 ? GR_NEED_NOTHING : GR_NEED_FIRST;
        T(gr_lex_start(w->re, modes[mode], need, &w->root, 1, &at[0]) ==
          GRAM_OK);
        for (uint32_t i = 0; i < n; i++) {
            GrLexInfo info;
            T(gr_lex_info(w->re, at[i], &info) == GRAM_OK);
            if (!info.boundary) check_count(w, at[i], mode == 1, &info);
            for (uint32_t c = 1; c < info.n_classes; c++) {
                uint32_t j = 0;
                check_byte(w, at[i], c, &to);
                while (j < n && at[j].v != to.v) j++;
                if (j == n && n < STATES) at[n++] = to;
            }
        }
    }
}

/* --- loops and words ------------------------------------------------------ */

static void check_loops(World *w)
{
    LexId at;
    SetId loop, span;
    ReId d, e;
    LexId to;
    T(gr_lex_start(w->re, GR_LEX_JSON, GR_NEED_NOTHING, &w->root, 1, &at) ==
      GRAM_OK);
    T(gr_lex_loop(w->re, at, &loop) == GRAM_OK);
    static const uint32_t probe[] = {0,      'a',    'b',    '"',     0xE9,
                                     0x20AC, 0xD7FF, 0xE000, 0x1F600, 0x10FFFF};
    for (size_t i = 0; i < sizeof probe / sizeof *probe; i++) {
        T(gr_re_derive(w->re, w->root, probe[i], &d) == GRAM_OK);
        same(gr_set_has(w->re, loop, probe[i]), d.v == w->root.v, "loop", w,
             probe[i]);
        T(gr_lex_start(w->re, GR_LEX_JSON, GR_NEED_NOTHING, &d, 1, &to) ==
          GRAM_OK);
        uint32_t first = probe[i ^ 1]; /* ascending, but for pairs */
        T(gr_lex_span(w->re, at, to, first, &span) == GRAM_OK);
        for (size_t j = 0; j < sizeof probe / sizeof *probe; j++) {
            T(gr_re_derive(w->re, w->root, probe[j], &e) == GRAM_OK);
            same(gr_set_has(w->re, span, probe[j]),
                 d.v == e.v && probe[j] >= first, "span", w, probe[j]);
        }
    }
}

static void check_words(World *w)
{
    for (int i = 0; i < w->tree.n; i++) {
        OrTree one = {.n = 1};
        one.node[0] = w->tree.node[i];
        if (one.node[0].kind != OR_WORDS) continue;
        ReId words;
        T(re_oracle_build(&one, w->re, &words) == GRAM_OK);
        for (uint32_t k = one.node[0].hi; k-- > 0;) {
            OrString s = re_oracle_word(&one.node[0], k);
            ReId a = words;
            for (int c = 0; c < s.n; c++)
                T(gr_re_derive(w->re, a, re_oracle_char[s.at[c]], &a) ==
                  GRAM_OK);
            uint32_t found = gr_re_word(w->re, a);
            OrString f = re_oracle_word(&one.node[0], found % 8);
            T(found <= k && f.n == s.n && memcmp(f.at, s.at, sizeof s.at) == 0);
        }
    }
}

/* --- tuples: side by side is as one by one -------------------------------- */

/* A byte is dead only where nothing is left of what is needed; most that leave
 * nothing are. */
static void check_dead(World *w, GrLexNeed need, const ReId *expr, uint32_t n,
                       LexId at)
{
    GrLexInfo info;
    T(gr_lex_info(w->re, at, &info) == GRAM_OK);
    for (uint32_t c = ' '; c < 127; c++) {
        bool left = need == GR_NEED_NOTHING;
        if (c == '"' || c == '\\' || info.classes[c] != 0) continue;
        for (uint32_t k = 0; k < (need == GR_NEED_FIRST ? 1 : n); k++) {
            ReId d;
            T(gr_re_derive(w->re, expr[k], c, &d) == GRAM_OK);
            left |= d.v != gr_re_none(w->re).v;
        }
        same(left, false, "dead", w, c);
    }
}

static void check_tuple(World *w, GrLexNeed need)
{
    ReId three[3] = {w->root, w->bounded, gr_re_all(w->re)}, one[3];
    LexId at;
    GrLexInfo info;
    OrString s;
    re_oracle_string((uint32_t)(t_random(&w->seed) % 258), SHORT, &s);
    char text[12 * OR_LENGTH + 1];
    uint32_t chars = 0, n = spell(w, GR_LEX_JSON, &s, text);
    memcpy(one, three, sizeof one);
    for (int i = 0; i < 3 * s.n; i++)
        T(gr_re_derive(w->re, one[i % 3], re_oracle_char[s.at[i / 3]],
                       &one[i % 3]) == GRAM_OK);
    T(gr_lex_start(w->re, GR_LEX_JSON, need, three, 3, &at) == GRAM_OK);
    check_dead(w, need, three, 3, at);
    if (run_bytes(w, &at, text, n, &chars) < 0) {
        T_EQ(need, GR_NEED_FIRST);
        T_EQ(one[0].v, gr_re_none(w->re).v);
        return;
    }
    T(gr_lex_info(w->re, at, &info) == GRAM_OK);
    T(info.boundary && info.n == 3);
    T(memcmp(one, info.expr, sizeof one) == 0);
    check_dead(w, need, one, 3, at);
}

static void check_tree(uint64_t seed)
{
    World w;
    open_world(&w, seed);
    check_membership(&w);
    check_questions(&w);
    check_lengths(&w);
    check_prefixes(&w);
    check_ahead(&w);
    check_loops(&w);
    check_words(&w);
    for (GrLexNeed need = GR_NEED_NOTHING; need <= GR_NEED_ANY; need++)
        check_tuple(&w, need);
    close_world(&w);
}

int main(void)
{
    uint64_t seed = t_seed();
    for (int i = 0; i < TREES && t_failed < 20; i++)
        check_tree(t_random(&seed));
    T_OK(ended > TREES / 100, "%d are none by their ends", ended);
    re_oracle_fault = true;
    for (int i = 0; i < 40; i++) {
        World w;
        open_world(&w, t_random(&seed));
        check_membership(&w);
        close_world(&w);
    }
    T_OK(differences > 0, "an injected fault went unnoticed");
    return t_done();
}
