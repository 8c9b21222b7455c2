/* Which tokens are made of a class of characters alone.
 *
 * In: a class and a vocabulary.  Out: a row.  Signs (vocab.h) settle nearly
 * every token: who has none of what lies outside is a member, and both are
 * unions of rows.  But letters are two groups each, so that a class which cuts
 * through them (all but "a", where "a..." is searched for) leaves two thirds of
 * the vocabulary to be looked at.  For ASCII a kernel does that over the bytes
 * of a thousand tokens at once:
 *
 *      bytes   T h e | cat | an | ...       tokens lie one behind the other
 *      bits    0 0 0   010   10             of no character of the class
 *
 * and a token is a member where its bits are zero: each is looked at, or those
 * with a bit are struck out, what is less.  Where few are left their bytes are
 * looked up.  Who has a character beyond ASCII that the class lacks is listed
 * (beyond.c): classes of letters have hundreds of ranges.
 *
 * Where it lacks rare letters alone (all but "K", where "KONG_" may begin), the
 * tokens that have them are listed, and taken away.
 *
 * Rejected: a row for each letter, kept with the vocabulary (16 KB each).
 *
 * Cost: the rows, 10 us for 128k tokens; 15 instructions a token that is left.
 */
#include "mask/kernels.h"
#include "mask/mask_int.h"

enum {
    BLOCK_BYTES = 8192, /* that a kernel looks at in one go */
    BLOCK_LEAST = 64,   /* tokens among them for which it is worth it */
    STRIKE_LOOKS = 3,   /* at tokens, that take as long as to strike one out */
    LISTED_MOST = 8192  /* listed tokens that are less work than to look */
};

/* What tokens are looked at for: all else is told by rows. */
typedef struct Members {
    const GrVocab *v;
    const Class *c;
    uint64_t cut;   /* signs of ASCII whose tokens are to be looked at */
    AsciiTable out; /* ASCII that it lacks, of what is cut */
} Members;

static void tell(Members *m)
{
    for (uint32_t b = 0; b < 128; b++)
        if (!gr_bit_get(m->c->ascii, b) && m->cut & GR_SIG_BIT(gr_sig_group(b)))
            m->out.low[b & 15] |= (uint8_t)(1u << (b >> 4));
}

/* All its characters beyond ASCII are of the class. */
static bool is_member(const Members *m, uint32_t token)
{
    uint32_t len;
    const uint8_t *p = (const uint8_t *)gr_vocab_bytes(m->v, token, &len);
    for (uint32_t i = 0; i < len; i++)
        if (p[i] < 128 && !gr_bit_get(m->c->ascii, p[i])) return false;
    return true;
}

/* --- a thousand tokens ---------------------------------------------------- */

typedef struct Block {
    uint32_t first, end;                 /* words of the row */
    uint32_t from;                       /* the first token's bytes */
    uint32_t bits[BLOCK_BYTES / 32 + 2]; /* those out of the class */
    bool struck;                         /* no token that is left has one */
} Block;

/* Are the n bits from `from` on zero?  There is a word behind them. */
static inline bool is_clear(const uint32_t *bits, uint32_t from, uint32_t n)
{
    for (uint32_t take; n > 0; n -= take, from += take) {
        const uint32_t *at = bits + from / 32;
        uint64_t both = (uint64_t)at[1] << 32 | at[0];
        take = n < 32 ? n : 32;
        if (both >> from % 32 & (((uint64_t)1 << take) - 1)) return false;
    }
    return true;
}

/* Where the tokens of word w begin, or the last one ends. */
static uint32_t word_at(const GrVocab *v, uint32_t w)
{
    return v->off[w * 32 < v->n_tokens ? w * 32 : v->n_tokens];
}

/* As many words as there is room for, one at least. */
static void take_words(const GrVocab *v, Block *b)
{
    b->from = word_at(v, b->first);
    b->end = b->first + 1;
    while (b->end < v->mask_words &&
           word_at(v, b->end + 1) - b->from <= BLOCK_BYTES)
        b->end++;
}

/* False where so few of its tokens may be members that each is looked at, or
 * where one word alone is too long. */
static bool fill_block(const Members *m, const uint32_t *maybe, Block *b)
{
    uint32_t len = word_at(m->v, b->end) - b->from;
    if (len > BLOCK_BYTES ||
        gr_bit_count(maybe + b->first, b->end - b->first) < BLOCK_LEAST)
        return false;
    m->c->kernels->scan_bytes((const uint8_t *)m->v->bytes + b->from, len,
                              &m->out, b->bits);
    b->bits[len / 32 + 1] = 0;
    return true;
}

/* The token, t or one behind it, that byte `at` of all is in. */
static uint32_t owner_of(const GrVocab *v, uint32_t t, uint32_t at)
{
    for (uint32_t by = 64; by > 0; by /= 8)
        while (t + by < v->n_tokens && v->off[t + by] <= at) t += by;
    return t;
}

/* Take away the tokens with a bit, where that is less work than a look at each:
 * of most classes that lack a letter it is.  Else false. */
static bool strike(const Members *m, const Block *b, uint32_t *maybe)
{
    uint32_t n = (word_at(m->v, b->end) - b->from) / 32 + 1, t = b->first * 32;
    uint32_t looks = gr_bit_count(maybe + b->first, b->end - b->first);
    if (gr_bit_count(b->bits, n) * STRIKE_LOOKS > looks) return false;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t bits = b->bits[i]; bits != 0; bits &= bits - 1) {
            uint32_t at = i * 32 + (uint32_t)__builtin_ctz(bits);
            t = owner_of(m->v, t, b->from + at);
            gr_bit_clear(maybe, t);
        }
    return true;
}

/* Which of the tokens of word w are members. */
static uint32_t settle(const Members *m, const Block *b, bool filled,
                       uint32_t w, uint32_t maybe)
{
    const uint32_t *off = m->v->off + (size_t)w * 32;
    uint32_t found = 0;
    if (b->struck) return maybe;
    for (; maybe != 0; maybe &= maybe - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(maybe);
        bool in = filled
                      ? is_clear(b->bits, off[i] - b->from, off[i + 1] - off[i])
                      : is_member(m, w * 32 + i);
        found |= (uint32_t)in << i;
    }
    return found;
}

/* The groups beyond ASCII. */
static uint64_t beyond_ascii(void)
{
    return GR_SIG_BIT(GR_SIG_GROUPS) - GR_SIG_BIT(gr_sig_group(128));
}

/* One row has all that is beyond ASCII. */
static uint64_t fewer_rows(uint64_t signs)
{
    uint64_t beyond = beyond_ascii();
    if ((signs & beyond) != beyond) return signs;
    return (signs & ~beyond) | GR_SIG_BIT(GR_SIG_BEYOND);
}

void gr_sign_union(const GrVocab *v, const Kernels *k, uint64_t signs,
                   uint32_t *row)
{
    const uint32_t *of[GR_SIGS];
    uint32_t n = 0;
    for (uint64_t left = fewer_rows(signs); left != 0; left &= left - 1)
        of[n++] = gr_vocab_signed(v, (uint32_t)__builtin_ctzll(left));
    k->unite(of, n, v->mask_words, row);
}

/* Tokens with a character that the class lacks where it cuts through a group
 * beyond ASCII. */
static void put_lacking(const GrTables *t, const Class *c, uint32_t *row)
{
    uint64_t cut = c->cut & beyond_ascii();
    for (; cut != 0; cut &= cut - 1) {
        uint32_t g = (uint32_t)__builtin_ctzll(cut);
        gr_beyond_lacking(&t->beyond, c, gr_sig_first[g], gr_sig_last(g), row);
    }
}

/* --- rare letters --------------------------------------------------------- */

static bool lacks(const Members *m, uint32_t b)
{
    return m->out.low[b & 15] >> (b >> 4) & 1;
}

/* Are the tokens listed that have a byte which the class lacks, of what it
 * cuts, and few?  Those that begin with it are below its root. */
static bool are_listed(const Members *m, const GrTables *t)
{
    const Inner *in = &t->first_inner;
    uint64_t n = 0;
    for (uint32_t b = 0; b < 128; b++) {
        uint32_t root = m->v->root[b];
        if (!lacks(m, b)) continue;
        if (in->at == NULL || gr_bit_get(in->often, b)) return false;
        n += in->at[b + 1] - in->at[b];
        if (root != GR_TRIE_NONE) n += m->v->node[root].next - root;
    }
    return n <= LISTED_MOST;
}

static void clear_listed(const Members *m, const Inner *in, uint32_t *row)
{
    for (uint32_t b = 0; b < 128; b++) {
        uint32_t root = m->v->root[b];
        if (!lacks(m, b)) continue;
        if (root != GR_TRIE_NONE) gr_subtree_bits(m->v, row, root, false);
        for (uint32_t i = in->at[b]; i < in->at[b + 1]; i++)
            gr_bit_clear(row, in->token[i]);
    }
}

/* --- the row -------------------------------------------------------------- */

/* What is not outside, and has no character beyond ASCII that is cut out. */
static void put_inside(const Members *m, const GrTables *t, uint32_t *row)
{
    gr_sign_union(m->v, m->c->kernels, m->c->outside, row);
    put_lacking(t, m->c, row);
    for (uint32_t w = 0; w < m->v->mask_words; w++) row[w] = ~row[w];
}

/* Of the row, what has a group that is cut goes to `maybe`. */
static void split_rows(const Members *m, uint32_t *restrict row,
                       uint32_t *restrict maybe)
{
    gr_sign_union(m->v, m->c->kernels, m->cut, maybe);
    for (uint32_t w = 0; w < m->v->mask_words; w++) {
        maybe[w] &= row[w];
        row[w] &= ~maybe[w];
    }
}

void gr_class_members(const GrTables *t, const Class *c, uint32_t *row,
                      uint32_t *maybe)
{
    const GrVocab *v = t->v;
    Members m = {.v = v, .c = c, .cut = c->cut & ~beyond_ascii()};
    Block b;
    tell(&m);
    put_inside(&m, t, row);
    if (!m.cut) return;
    if (are_listed(&m, t)) {
        clear_listed(&m, &t->first_inner, row);
        return;
    }
    split_rows(&m, row, maybe);
    for (b.first = 0; b.first < v->mask_words; b.first = b.end) {
        take_words(v, &b);
        bool filled = fill_block(&m, maybe, &b);
        b.struck = filled && strike(&m, &b, maybe);
        for (uint32_t w = b.first; w < b.end; w++)
            if (maybe[w] != 0) row[w] |= settle(&m, &b, filled, w, maybe[w]);
    }
}

/* --- bytes in a row ------------------------------------------------------- */

/* Do these three bytes have a kind? */
static bool is_gram(const uint8_t *p, const Grams *g)
{
    return (g->at[0][p[0]] & g->at[1][p[1]] & g->at[2][p[2]]) != 0;
}

/* The tokens that have all of a gram that may begin at one of the bits: nearly
 * all of these are 0, and two words are looked at in one go. */
static void put_owners(const GrVocab *v, Block *b, const Grams *g, uint32_t n,
                       uint32_t *row)
{
    uint32_t t = b->first * 32, words = n / 32 + 1;
    b->bits[words] = 0;
    for (uint32_t i = 0; i < words; i += 2) {
        uint64_t bits = b->bits[i] | (uint64_t)b->bits[i + 1] << 32;
        for (; bits != 0; bits &= bits - 1) {
            uint32_t at = b->from + i * 32 + (uint32_t)__builtin_ctzll(bits);
            if (!is_gram((const uint8_t *)v->bytes + at, g)) continue;
            t = owner_of(v, t, at);
            if (at + 2 < v->off[t + 1]) gr_bit_set(row, t);
        }
    }
}

static void fill_table(const Grams *g, GramTable *t)
{
    memset(t, 0, sizeof *t);
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t c = 0; c < 256; c++) {
            t->low[i][c & 15] |= g->at[i][c];
            t->high[i][c >> 4] |= g->at[i][c];
        }
}

/* A gram that begins with one of the last two bytes of a block is in no token.
 */
void gr_grams_find(const GrVocab *v, const Kernels *k, const Grams *g,
                   uint32_t *row)
{
    GramTable table;
    Block b;
    fill_table(g, &table);
    for (b.first = 0; b.first < v->mask_words; b.first = b.end) {
        take_words(v, &b);
        uint32_t len = word_at(v, b.end) - b.from, n = len > 2 ? len - 2 : 0;
        const uint8_t *p = (const uint8_t *)v->bytes + b.from;
        if (len > BLOCK_BYTES) {
            row[b.first] = UINT32_MAX;
            continue;
        }
        k->scan_grams(p, n, &table, b.bits);
        put_owners(v, &b, g, n, row);
    }
}
