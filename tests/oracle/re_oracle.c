/* See re_oracle.h. */
#include "tests/oracle/re_oracle.h"
#include "tests/t.h"

bool re_oracle_fault;

const uint32_t re_oracle_char[OR_CHARS] = {'a',  'b',    '"',
                                           0xE9, 0x20AC, 0x1F600};

/* --- matching ------------------------------------------------------------- */

/* Relations: bit 8 i + j, i <= j <= n <= 7. */
static uint64_t pair(int i, int j)
{
    return (uint64_t)1 << (8 * i + j);
}

static uint64_t identity(int n)
{
    uint64_t r = 0;
    for (int i = 0; i <= n; i++) r |= pair(i, i);
    return r;
}

static uint64_t everything(int n)
{
    uint64_t r = 0;
    for (int i = 0; i <= n; i++)
        for (int j = i; j <= n; j++) r |= pair(i, j);
    return r;
}

static uint64_t compose(uint64_t x, uint64_t y, int n)
{
    uint64_t r = 0;
    for (int i = 0; i <= n; i++)
        for (int k = i; k <= n; k++)
            for (int j = k; j <= n; j++)
                if ((x & pair(i, k)) && (y & pair(k, j))) r |= pair(i, j);
    return r;
}

static uint64_t repeat(uint64_t x, uint32_t lo, uint32_t hi, int n)
{
    uint64_t power = identity(n), sum = 0;
    if (lo > hi) return 0;
    /* after n + 1 rounds powers of a relation on n + 1 points only lose
     * pairs that an eps step could keep; so lo and hi above are cut there */
    uint32_t top = (uint32_t)n + 1;
    uint32_t from = lo < top ? lo : top, to = hi < top ? hi : top;
    for (uint32_t k = 0; k <= to; k++) {
        if (k >= from) sum |= power;
        power = compose(power, x, n);
    }
    return sum;
}

static uint64_t match_word(const OrString *w, const OrString *s)
{
    uint64_t r = 0;
    for (int i = 0; i + w->n <= s->n; i++)
        if (w->n == 0 || memcmp(s->at + i, w->at, (size_t)w->n) == 0)
            r |= pair(i, i + w->n);
    return r;
}

static uint64_t match_set(uint32_t mask, const OrString *s)
{
    uint64_t r = 0;
    for (int i = 0; i < s->n; i++)
        if (mask >> s->at[i] & 1) r |= pair(i, i + 1);
    return r;
}

static uint64_t match_words(const OrNode *n, const OrString *s)
{
    uint64_t r = 0;
    for (uint32_t k = 0; k < n->hi; k++) {
        OrString w = re_oracle_word(n, k);
        r |= match_word(&w, s);
    }
    return r;
}

static uint64_t match_cat(uint64_t x, uint64_t y, int n)
{
    if (re_oracle_fault) x &= ~identity(n);
    return compose(x, y, n);
}

static uint64_t match(const OrTree *t, int at, const OrString *s)
{
    const OrNode *n = &t->node[at];
    uint64_t x = n->a >= 0 ? match(t, n->a, s) : 0;
    uint64_t y = n->b >= 0 ? match(t, n->b, s) : 0;
    switch (n->kind) {
    case OR_SET: return match_set(n->lo, s);
    case OR_EPS: return identity(s->n);
    case OR_NONE: return 0;
    case OR_ALL: return everything(s->n);
    case OR_TEXT:
    case OR_WORDS: return match_words(n, s);
    case OR_CAT: return match_cat(x, y, s->n);
    case OR_UNION: return x | y;
    case OR_BOTH: return x & y;
    case OR_NOT: return everything(s->n) & ~x;
    case OR_REPEAT: return repeat(x, n->lo, n->hi, s->n);
    }
    return 0;
}

bool re_oracle_match(const OrTree *t, const OrString *s)
{
    return (match(t, t->n - 1, s) & pair(0, s->n)) != 0;
}

/* --- random trees --------------------------------------------------------- */

OrString re_oracle_word(const OrNode *n, uint32_t k)
{
    uint64_t seed = (uint64_t)n->lo << 32 | k;
    OrString w = {{0}, (int)(t_random(&seed) % 5)};
    for (int i = 0; i < w.n; i++)
        w.at[i] = (uint8_t)(t_random(&seed) % (i < 2 ? 2 : OR_CHARS));
    return w;
}

static OrNode random_leaf(uint64_t *seed)
{
    uint32_t r = (uint32_t)t_random(seed);
    OrNode n = {OR_SET, 0, 0, -1, -1};
    switch (t_random(seed) % 12) {
    case 0: n.kind = OR_EPS; break;
    case 1: n.kind = OR_ALL; break;
    case 2:
    case 3:
        n.kind = OR_WORDS;
        n.lo = r;
        n.hi = 1 + r % 6;
        break;
    case 4:
        n.kind = OR_TEXT;
        n.lo = r;
        n.hi = 1;
        break;
    case 5:
        n.lo = r % (1 << OR_CHARS);
        n.hi = 1;
        break;
    case 6:
        n.kind = r % 8 ? OR_SET : OR_NONE;
        n.lo = r % 64;
        break;
    default: n.lo = 1u << (r % 3); break;
    }
    if (n.kind == OR_SET && n.lo == 0 && n.hi == 0) n.lo = 1;
    return n;
}

static void random_counts(uint64_t *seed, OrNode *n)
{
    uint32_t r = (uint32_t)t_random(seed);
    n->lo = r % 4 == 0 ? r / 4 % 5 : r / 4 % 2;
    n->hi = r / 64 % 3 == 0 ? GR_RE_INF : n->lo + r / 256 % 3;
}

void re_oracle_random(uint64_t *seed, int size, OrTree *out)
{
    int loose[OR_NODES], n_loose = 0;
    out->n = 0;
    for (int i = 0; i < size; i++) {
        loose[n_loose++] = out->n;
        out->node[out->n++] = random_leaf(seed);
    }
    while (n_loose > 1 || t_random(seed) % 3 == 0) {
        if (out->n == OR_NODES) break;
        static const OrKind kinds[12] = {
            OR_CAT,  OR_CAT, OR_CAT,    OR_CAT,    OR_UNION,  OR_UNION,
            OR_BOTH, OR_NOT, OR_REPEAT, OR_REPEAT, OR_REPEAT, OR_UNION};
        OrNode n = {kinds[t_random(seed) % 12], 0, 0, -1, -1};
        bool two = n.kind == OR_CAT || n.kind == OR_UNION || n.kind == OR_BOTH;
        if (two && n_loose < 2) continue;
        int pick = (int)(t_random(seed) % (uint64_t)n_loose);
        n.a = loose[pick];
        loose[pick] = loose[--n_loose];
        if (two) {
            pick = (int)(t_random(seed) % (uint64_t)n_loose);
            n.b = loose[pick];
            loose[pick] = loose[--n_loose];
        }
        if (n.kind == OR_REPEAT) random_counts(seed, &n);
        loose[n_loose++] = out->n;
        out->node[out->n++] = n;
    }
}

/* --- as a term ------------------------------------------------------------ */

static gram_status build_set(GrRe *re, const OrNode *n, ReId *out)
{
    GrRange r[OR_CHARS];
    uint32_t count = 0;
    SetId s;
    for (uint32_t c = 0; c < OR_CHARS; c++) {
        bool in = n->lo >> c & 1;
        if (in != (n->hi != 0))
            r[count++] = (GrRange){re_oracle_char[c], re_oracle_char[c]};
    }
    /* `all others`: the complement of the alphabet's rest */
    GR_TRY(gr_set_make(re, r, count, &s));
    if (n->hi != 0) GR_TRY(gr_set_not(re, s, &s));
    return gr_re_set(re, s, out);
}

static gram_status build_words(GrRe *re, const OrNode *n, ReId *out)
{
    char text[8][4 * OR_LENGTH];
    GrWord words[8];
    for (uint32_t k = 0; k < n->hi; k++) {
        OrString w = re_oracle_word(n, k);
        uint32_t len = re_oracle_utf8(&w, text[k]);
        words[k] = (GrWord){text[k], len, k};
        if (n->kind == OR_TEXT) return gr_re_text(re, text[k], len, out);
    }
    return gr_re_words(re, words, n->hi, out);
}

static gram_status build_node(GrRe *re, const OrNode *n, const ReId *id,
                              ReId *out)
{
    ReId two[2] = {n->a >= 0 ? id[n->a] : gr_re_none(re),
                   n->b >= 0 ? id[n->b] : gr_re_none(re)};
    switch (n->kind) {
    case OR_SET: return build_set(re, n, out);
    case OR_EPS: return *out = gr_re_eps(re), GRAM_OK;
    case OR_NONE: return *out = gr_re_none(re), GRAM_OK;
    case OR_ALL: return *out = gr_re_all(re), GRAM_OK;
    case OR_TEXT:
    case OR_WORDS: return build_words(re, n, out);
    case OR_CAT: return gr_re_cat(re, two[0], two[1], out);
    case OR_UNION: return gr_re_or(re, two, 2, out);
    case OR_BOTH: return gr_re_and(re, two, 2, out);
    case OR_NOT: return gr_re_not(re, two[0], out);
    case OR_REPEAT: return gr_re_repeat(re, two[0], n->lo, n->hi, out);
    }
    return GRAM_E_ARGUMENT;
}

gram_status re_oracle_build(const OrTree *t, GrRe *re, ReId *out)
{
    ReId id[OR_NODES];
    for (int i = 0; i < t->n; i++)
        GR_TRY(build_node(re, &t->node[i], id, &id[i]));
    *out = id[t->n - 1];
    return GRAM_OK;
}

/* --- strings and spellings ------------------------------------------------ */

bool re_oracle_string(uint32_t i, int max, OrString *out)
{
    uint32_t count = 1;
    for (out->n = 0; i >= count; out->n++) {
        if (out->n == max) return false;
        i -= count;
        count *= OR_CHARS;
    }
    for (int k = out->n; k-- > 0; i /= OR_CHARS)
        out->at[k] = (uint8_t)(i % OR_CHARS);
    return true;
}

uint32_t re_oracle_utf8(const OrString *s, char *out)
{
    uint32_t n = 0;
    for (int i = 0; i < s->n; i++)
        n += gr_utf8_put(re_oracle_char[s->at[i]], out + n);
    return n;
}

/* \uXXXX with each hex letter in a random case. */
static uint32_t spell_hex(uint64_t *seed, uint32_t unit, char *out)
{
    snprintf(out, 7, "\\u%04x", unit & 0xFFFF);
    for (int i = 2; i < 6; i++)
        if (out[i] >= 'a' && t_random(seed) % 2) out[i] -= 'a' - 'A';
    return 6;
}

static char short_escape(uint32_t c)
{
    static const char from[] = "\"\\/\b\f\n\r\t", to[] = "\"\\/bfnrt";
    const char *at = c != 0 && c < 0x80 ? strchr(from, (int)c) : NULL;
    return at != NULL ? to[at - from] : 0;
}

uint32_t re_oracle_spell(uint64_t *seed, uint32_t c, char *out)
{
    bool raw = c >= 0x20 && c != '"' && c != '\\';
    if (raw && t_random(seed) % 2) return gr_utf8_put(c, out);
    if (short_escape(c) && t_random(seed) % 2) {
        out[0] = '\\';
        out[1] = short_escape(c);
        return 2;
    }
    if (c < 0x10000) return spell_hex(seed, c, out);
    c -= 0x10000;
    spell_hex(seed, 0xD800 + (c >> 10), out);
    return 6 + spell_hex(seed, 0xDC00 + (c & 0x3FF), out + 6);
}

uint32_t re_oracle_spell_canon(uint32_t c, char *out)
{
    if (c != '/' && short_escape(c)) {
        out[0] = '\\';
        out[1] = short_escape(c);
        return 2;
    }
    if (c >= 0x20) return gr_utf8_put(c, out);
    snprintf(out, 13, "\\u%04x", c);
    return 6;
}
