/* Object keys: decoding their spellings, and the keys used already.
 *
 * The list of seen keys is persistent (rollback and fork cost nothing) and
 * short; looking a key up compares 64-bit hashes first.
 *
 * gr_key_live decides "can this prefix still become a key that is not seen"
 * by counting: the words of the key language from here, against the seen
 * keys that go on from here and belong to it.  Both are finite, so strictly
 * more words means that one is left, and equality that none is. */
#include "pda/run.h"

static uint32_t hex_digit(uint8_t b)
{
    if (b >= '0' && b <= '9') return b - '0';
    if (b >= 'a' && b <= 'f') return b - 'a' + 10;
    if (b >= 'A' && b <= 'F') return b - 'A' + 10;
    return 16;
}

/* RFC 8259 section 7: a letter behind the backslash, and what it stands for, in
 * one order. */
static const char short_names[] = "\"\\/bfnrt";
static const char short_values[] = "\"\\/\b\f\n\r\t";

/* The four digits are complete: a unit, or half of a pair. */
static uint32_t end_unit(GrUnescape *u, char out[4])
{
    uint32_t unit = u->acc, high = u->high;
    u->mode = 0;
    u->acc = u->high = 0;
    if (high == 0 && unit >= 0xD800 && unit < 0xDC00) {
        u->high = unit;
        return 0;
    }
    bool low = unit >= 0xDC00 && unit < 0xE000;
    if (low != (high != 0)) return UINT32_MAX;
    if (low) unit = 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00);
    return gr_utf8_put(unit, out);
}

/* Behind a high surrogate only \u may come: its other half. */
static uint32_t after_backslash(GrUnescape *u, uint8_t byte, char out[4])
{
    if (byte == 'u') {
        u->mode = 5;
        u->acc = 0;
        return 0;
    }
    const char *at = byte ? strchr(short_names, byte) : NULL;
    if (at == NULL || u->high != 0) return UINT32_MAX;
    u->mode = 0;
    out[0] = short_values[at - short_names];
    return 1;
}

/* Byte by byte, because a key may end at any byte of a token.  Bytes of UTF-8
 * pass as they are: that they are well formed is the states' business. */
uint32_t gr_unescape(GrUnescape *u, uint8_t byte, char out[4])
{
    if (u->mode == 0) {
        if (byte == '\\') {
            u->mode = 1;
            return 0;
        }
        if (u->high != 0 || byte == '"' || byte < 0x20) return UINT32_MAX;
        out[0] = (char)byte;
        return 1;
    }
    if (u->mode == 1) return after_backslash(u, byte, out);
    uint32_t digit = hex_digit(byte);
    if (digit > 15) return UINT32_MAX;
    u->acc = u->acc << 4 | digit;
    return --u->mode == 1 ? end_unit(u, out) : 0;
}

/* Texts are compared only where hashes are equal, so a list of a hundred keys
 * is a hundred loads.  A key without a text is one of a walk. */
bool gr_seen_has(const GrSeen *seen, const char *key, size_t len)
{
    uint64_t hash = gr_hash(key, len, 0);
    for (; seen != NULL; seen = seen->older)
        if (seen->hash == hash && seen->len == len && seen->text != NULL &&
            memcmp(seen->text, key, len) == 0)
            return true;
    return false;
}

/* Does a key begin with what these bytes spell?  `true` where they end inside
 * of an escape. */
static bool begins_with(const GrSeen *key, const char *raw, size_t len)
{
    GrUnescape u = {0};
    uint32_t at = 0;
    for (size_t i = 0; i < len; i++) {
        char out[4];
        uint32_t n = gr_unescape(&u, (uint8_t)raw[i], out);
        if (n > 4 || n > key->len - at) return false;
        if (n && memcmp(key->text + at, out, n) != 0) return false;
        at += n;
    }
    return true;
}

/* Objects whose keys are all named, and most are, need no texts compared. */
bool gr_seen_other(const GrSeen *seen)
{
    while (seen != NULL && seen->named != UINT32_MAX) seen = seen->older;
    return seen != NULL;
}

/* Most keys that do not begin alike differ in their first byte. */
static bool differs_at_once(const GrSeen *key, const char *raw, size_t len)
{
    if (len == 0 || raw[0] == '\\') return false;
    return key->len == 0 || key->text[0] != raw[0];
}

/* Without an escape the bytes are what they spell. */
static bool begins_alike(const GrSeen *seen, const char *raw, size_t len)
{
    for (; seen != NULL; seen = seen->older)
        if (seen->len >= len && seen->text[0] == raw[0] &&
            memcmp(seen->text, raw, len) == 0)
            return true;
    return false;
}

bool gr_seen_rival(const GrSeen *seen, const char *raw, size_t len)
{
    if (len == 0) return seen != NULL;
    if (memchr(raw, '\\', len) == NULL) return begins_alike(seen, raw, len);
    for (; seen != NULL; seen = seen->older)
        if (!differs_at_once(seen, raw, len) && begins_with(seen, raw, len))
            return true;
    return false;
}

/* Items are kept as written: with an escape in either, equal strings may be
 * spelled differently, and the answer is "it may". */
bool gr_seen_string(const GrSeen *seen, const char *raw, size_t len)
{
    if (memchr(raw, '\\', len) != NULL) return seen != NULL;
    for (; seen != NULL; seen = seen->older) {
        const char *text = seen->text;
        if (text == NULL || seen->len == 0 || text[0] != '"') continue;
        if (memchr(text, '\\', seen->len) != NULL) return true;
        if (seen->len >= len && memcmp(text, raw, len) == 0) return true;
    }
    return false;
}

/* --- keys that are looked for --------------------------------------------- */

static bool is_known(const GrSought *s, const char *text, size_t n, uint32_t as)
{
    const uint32_t *known = gr_map_find(&s->at, gr_hash(text, n, 0));
    return known != NULL && (*known & as) == as;
}

/* Is the text, or does it begin with, a beginning that is looked for? */
static bool has_beginning(const GrSought *s, const char *text, size_t len)
{
    for (size_t n = s->least; n <= len && n <= s->most; n++)
        if (is_known(s, text, n, GR_SOUGHT_BEGIN)) return true;
    return false;
}

static void take_lengths(GrSought *s, size_t len, GrSoughtAs as)
{
    if (len > s->longest) s->longest = (uint32_t)len;
    if (as != GR_SOUGHT_BEGIN) return;
    if (s->most == 0 || len < s->least) s->least = (uint32_t)len;
    if (len > s->most) s->most = (uint32_t)len;
}

/* Once for a text, by its length squared: those that plans make up are
 * short. */
gram_status gr_sought_add(GrEnv *env, GrSought *s, const char *text, size_t len,
                          GrSoughtAs as, bool *full)
{
    uint32_t *known = gr_map_find(&s->at, gr_hash(text, len, 0));
    uint32_t was = known ? *known : 0;
    *full = false;
    if (was & as) return GRAM_OK;
    *full = s->n == GR_SOUGHT_MOST || len == 0 || len > GR_SOUGHT_MOST;
    if (*full) return GRAM_OK;
    GR_TRY(gr_step(env, 1 + len * len / 64));
    for (size_t n = 0; n < len; n++)
        if (!is_known(s, text, n, 0))
            GR_TRY(gr_map_put(env, &s->at, gr_hash(text, n, 0), 0));
    GR_TRY(gr_map_put(env, &s->at, gr_hash(text, len, 0), was | as));
    take_lengths(s, len, as);
    s->n++;
    return GRAM_OK;
}

bool gr_sought_has(const GrSought *s, const GrSeen *key)
{
    if (s->n == 0) return false;
    const uint32_t *known = gr_map_find(&s->at, key->hash);
    return (known != NULL && *known & GR_SOUGHT_KEY) ||
           has_beginning(s, key->text, key->len);
}

/* More than the longest that is looked for need not be decoded. */
bool gr_sought_begins(const GrSought *s, const char *raw, size_t len)
{
    char text[GR_SOUGHT_MOST + 4];
    size_t n = 0;
    GrUnescape u = {0};
    if (s->n == 0) return false;
    for (size_t i = 0; i < len && n <= s->longest; i++) {
        uint32_t more = gr_unescape(&u, (uint8_t)raw[i], text + n);
        if (more > 4) return true;
        n += more;
    }
    if (has_beginning(s, text, n)) return true;
    if (n > s->longest) return false;
    return !gr_unescape_between(&u) || is_known(s, text, n, 0);
}

/* Half of an escape counts as nothing yet: it may still be one byte. */
bool gr_key_is_brief(const char *raw, size_t len)
{
    GrUnescape u = {0};
    uint32_t n = 0;
    for (size_t i = 0; i < len && n <= GR_BRIEF; i++) {
        char out[4];
        uint32_t more = gr_unescape(&u, (uint8_t)raw[i], out);
        if (more <= 4) n += more;
    }
    return n <= GR_BRIEF;
}

/* --- running the rest of a seen key --------------------------------------- */

/* A cursor that feeds bytes to the key states; key states have plain moves
 * only, so following GOTO is enough. */
typedef struct Feed {
    GrPda *pda;
    StateId state;
    bool dead;
} Feed;

/* One byte; what is dead stays so, which spares the callers a check for
 * each. */
static gram_status feed(Feed *f, uint8_t byte)
{
    Cell cell;
    if (f->dead) return GRAM_OK;
    GR_TRY(gr_pda_cell(f->pda, f->state, byte, &cell));
    f->dead = !gr_cell_is_goto(cell);
    if (!f->dead) f->state = gr_cell_state(cell);
    return GRAM_OK;
}

/* The last `digits` hex digits of a unit. */
static gram_status feed_hex(Feed *f, uint32_t unit, uint32_t digits)
{
    while (digits-- > 0)
        GR_TRY(feed(f, (uint8_t) "0123456789abcdef"[unit >> 4 * digits & 15]));
    return GRAM_OK;
}

/* \ (unless `after`, when it has been fed) and what names the character. */
static gram_status feed_escape(Feed *f, uint32_t c, bool after)
{
    const char *at = c && c < 0x80 ? strchr(short_values, (int)c) : NULL;
    if (!after) GR_TRY(feed(f, '\\'));
    if (at != NULL) return feed(f, (uint8_t)short_names[at - short_values]);
    if (c >= 0x10000) {
        GR_TRY(feed(f, 'u'));
        GR_TRY(feed_hex(f, 0xD800 + ((c - 0x10000) >> 10), 4));
        GR_TRY(feed(f, '\\'));
        c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    GR_TRY(feed(f, 'u'));
    return feed_hex(f, c, 4);
}

/* Finish the escape that `u` has begun so that it means c; dead where it
 * cannot. */
static gram_status feed_pending(Feed *f, const GrUnescape *u, uint32_t c)
{
    uint32_t left = u->mode ? u->mode - 1u : 4, low = c, high = c;
    if (u->mode == 1 && u->high == 0) return feed_escape(f, c, true);
    if (c >= 0x10000) {
        high = 0xD800 + ((c - 0x10000) >> 10);
        low = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    uint32_t unit = u->high ? low : high;
    if (u->high != 0 && (c < 0x10000 || u->high != high)) f->dead = true;
    if (u->mode >= 2 && unit >> 4 * left != u->acc) f->dead = true;
    if (u->mode == 0) GR_TRY(feed(f, '\\'));
    if (u->mode <= 1) {
        GR_TRY(feed(f, 'u'));
        left = 4;
    }
    GR_TRY(feed_hex(f, unit, left));
    if (c < 0x10000 || u->high != 0) return GRAM_OK;
    GR_TRY(feed(f, '\\'));
    GR_TRY(feed(f, 'u'));
    return feed_hex(f, low, 4);
}

/* Is the seen key among the words from state s behind prefix and u? */
static gram_status is_word(GrPda *pda, StateId s, const GrSeen *key, size_t at,
                           const GrUnescape *u, bool *yes)
{
    Feed f = {pda, s, false};
    uint32_t len;
    *yes = false;
    if (!gr_unescape_between(u)) {
        if (at >= key->len) return GRAM_OK;
        uint32_t c = gr_utf8_get(key->text + at, key->len - at, &len);
        if (c == UINT32_MAX) return GRAM_OK;
        GR_TRY(feed_pending(&f, u, c));
        at += len;
    }
    for (; at < key->len && !f.dead; at++) {
        uint8_t b = (uint8_t)key->text[at];
        if (b < 0x20 || b == '"' || b == '\\')
            GR_TRY(feed_escape(&f, b, false));
        else
            GR_TRY(feed(&f, b));
    }
    if (f.dead) return GRAM_OK;
    Cell end;
    GR_TRY(gr_pda_cell(pda, f.state, '"', &end));
    *yes = end.v != GR_CELL_DEAD;
    return GRAM_OK;
}

/* See the head: words that go on from here, less those that are used.  A key
 * that does not begin with the prefix was never among them. */
gram_status gr_key_live(GrRun *run, StateId s, const GrSeen *seen,
                        const char *prefix, size_t len, const GrUnescape *u,
                        bool *live)
{
    uint32_t words, used = 0;
    *live = true;
    if (seen == NULL) return GRAM_OK;
    GR_TRY(gr_pda_key_words(run->pda, s, &words));
    if (words > seen->count) return GRAM_OK;
    for (; seen != NULL; seen = seen->older) {
        bool yes;
        if (seen->text == NULL || seen->len < len ||
            (len > 0 && memcmp(seen->text, prefix, len) != 0))
            continue;
        GR_TRY(is_word(run->pda, s, seen, len, u, &yes));
        used += yes;
    }
    *live = words > used;
    return GRAM_OK;
}
