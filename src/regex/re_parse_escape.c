/* What follows a backslash, and the names of groups.
 *
 * In: the parser behind a backslash (or behind "(?<").  Out: a term, a code
 * point, a set, or the spelling of a name.  ECMA-262 22.2.1 AtomEscape and
 * B.1.2; where u refuses an escape, Annex B reads the character itself or an
 * octal number.
 *
 * Names of groups are compared as code points, escapes read: (?<\u0061>x) is a
 * group a. */
#include "regex/re_parse.h"

/* -1 for what is none, the end of the pattern among it. */
static int hex_digit(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Exactly n hexadecimal digits `ahead` from here.  Nothing is read: the caller
 * steps over them once it knows what they are. */
static bool hex(const Parser *p, size_t ahead, int n, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        int d = hex_digit(gr_parse_peek(p, ahead + (size_t)i));
        if (d < 0) return false;
        *out = *out << 4 | (uint32_t)d;
    }
    return true;
}

/* {h...h} here, at most 10FFFF; its length or 0.  The limit is looked at with
 * each digit, so that nothing overflows. */
static size_t braced(const Parser *p, uint32_t *out)
{
    size_t i = 1;
    *out = 0;
    for (; hex_digit(gr_parse_peek(p, i)) >= 0; i++) {
        *out = *out << 4 | (uint32_t)hex_digit(gr_parse_peek(p, i));
        if (*out > RE_MAX_CHAR) return 0;
    }
    return i > 1 && gr_parse_peek(p, i) == '}' ? i + 1 : 0;
}

/* What follows "\u": false, nothing read, if it is no code point.  A pair of
 * surrogates is one.  Half a pair alone is a code point here too; no string has
 * it, so it never matches (re_ast.c). */
static bool read_unicode(Parser *p, bool braces, uint32_t *c)
{
    uint32_t low;
    if (braces && gr_parse_peek(p, 0) == '{') {
        size_t n = braced(p, c);
        p->pos += n;
        return n != 0;
    }
    if (!hex(p, 0, 4, c)) return false;
    p->pos += 4;
    if (*c >= 0xD800 && *c < 0xDC00 && gr_parse_peek(p, 0) == '\\' &&
        gr_parse_peek(p, 1) == 'u' && hex(p, 2, 4, &low) && low >= 0xDC00 &&
        low < 0xE000) {
        *c = 0x10000 + ((*c - 0xD800) << 10 | (low - 0xDC00));
        p->pos += 6;
    }
    return true;
}

/* B.1.2 LegacyOctalEscapeSequence: at most \377. */
static uint32_t read_octal(Parser *p)
{
    uint32_t n = 0;
    for (int i = 0; i < 3; i++) {
        int c = gr_parse_peek(p, 0);
        if (c < '0' || c > '7' || n * 8 + (uint32_t)(c - '0') > 0377) break;
        n = n * 8 + (uint32_t)(c - '0');
        p->pos++;
    }
    return n;
}

/* At the backslash. */
static gram_status bad_escape(const Parser *p, size_t at)
{
    return gr_fail(p->env, GRAM_E_SYNTAX, at, "invalid escape");
}

/* \cX; Annex B reads the backslash alone where X is no letter. */
static gram_status read_control(Parser *p, size_t at, bool in_class,
                                uint32_t *c)
{
    int x = gr_parse_peek(p, 1);
    bool letter = (x | 32) >= 'a' && (x | 32) <= 'z' && x < 128;
    /* B.1.2 ClassControlLetter: [\c0], [\c_] */
    if (!p->unicode && in_class) {
        letter |= (x >= '0' && x <= '9') || x == '_';
    }
    if (!letter && p->unicode) return bad_escape(p, at);
    /* Annex B: "\c" is a backslash, and the c is read as the next character */
    *c = letter ? (uint32_t)x & 31 : '\\';
    p->pos += letter ? 2 : 0;
    return GRAM_OK;
}

/* \u and \x; in Annex B without their digits the letter itself. */
static gram_status read_coded(Parser *p, size_t at, uint32_t *c)
{
    char kind = p->text[p->pos++];
    bool good = kind == 'u' ? read_unicode(p, p->unicode, c) : hex(p, 0, 2, c);
    if (!good && p->unicode) return bad_escape(p, at);
    if (!good)
        *c = (unsigned char)kind;
    else if (kind == 'x')
        p->pos += 2;
    return GRAM_OK;
}

/* What is no reference: \0, and in Annex B octal numbers; \8 and \9 are the
 * digits there. */
static gram_status read_digit(Parser *p, size_t at, uint32_t *c)
{
    int next = gr_parse_peek(p, 1);
    if (p->unicode) {
        bool zero = gr_parse_peek(p, 0) == '0';
        /* \1 is no reference where this is asked, \01 would be octal */
        if (!zero || (next >= '0' && next <= '9')) return bad_escape(p, at);
    }
    if (gr_parse_peek(p, 0) >= '8') {
        *c = (unsigned char)p->text[p->pos++];
    } else {
        *c = read_octal(p);
    }
    return GRAM_OK;
}

/* Under u only syntax characters and /, in a class also -.  Annex B takes any
 * character, but for k where groups have names. */
static gram_status read_identity(Parser *p, size_t at, bool in_class,
                                 uint32_t *c)
{
    int x = gr_parse_peek(p, 0);
    /* named groups make \k<...> the only meaning of \k */
    bool good = !p->unicode ? !(x == 'k' && p->has_names)
                : x == '-'  ? in_class
                            : x && x < 128 && strchr("^$\\.*+?()[]{}|/", x);
    if (!good) return bad_escape(p, at);
    return gr_parse_char(p, c);
}

/* The order is that of the grammar; \c and \0 would be identities otherwise. */
gram_status gr_parse_escape(Parser *p, size_t at, bool in_class, uint32_t *c)
{
    static const char names[] = "fnrtv", values[] = "\f\n\r\t\v";
    int x = gr_parse_peek(p, 0);
    if (x < 0) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "a backslash ends the pattern");
    }
    const char *control = x ? strchr(names, x) : NULL;
    if (control) {
        *c = (unsigned char)values[control - names];
        p->pos++;
        return GRAM_OK;
    }
    if (x == 'c') return read_control(p, at, in_class, c);
    if (x == 'x' || x == 'u') return read_coded(p, at, c);
    if (x >= '0' && x <= '9') return read_digit(p, at, c);
    return read_identity(p, at, in_class, c);
}

/* --- sets ----------------------------------------------------------------- */

/* The key of re_unicode.c for the text of \p{...}; 0 if too long.  Long names
 * of the three kinds become short ones; all others are looked up as they are
 * written. */
static size_t property_key(const char *text, size_t len, char key[64])
{
    static const char *const longs[] = {
        "General_Category=", "gc=", "Script_Extensions=", "scx=",
        "Script=",           "sc="};
    for (int i = 0; i < 6; i += 2) {
        size_t n = strlen(longs[i]), m = strlen(longs[i + 1]);
        if (len < n || memcmp(text, longs[i], n) != 0) continue;
        if (len - n + m > 64) return 0;
        memcpy(key, longs[i + 1], m);
        memcpy(key + m, text + n, len - n);
        return len - n + m;
    }
    if (len > 64) return 0;
    memcpy(key, text, len);
    return len;
}

/* The properties of strings, which v alone has (ECMA-262 table 68), are lists
 * of emoji sequences: several thousand strings that no schema asks for, since
 * `pattern` is read under u.  They are refused by name. */
static bool is_of_strings(const char *key, size_t n)
{
    static const char *const names[] = {"Basic_Emoji",
                                        "Emoji_Keycap_Sequence",
                                        "RGI_Emoji_Modifier_Sequence",
                                        "RGI_Emoji_Flag_Sequence",
                                        "RGI_Emoji_Tag_Sequence",
                                        "RGI_Emoji_ZWJ_Sequence",
                                        "RGI_Emoji"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (n == strlen(names[i]) && memcmp(key, names[i], n) == 0) return true;
    return false;
}

/* Annex B does not get here: \p is a letter there. */
static gram_status unknown_property(const Parser *p, size_t at, const char *key,
                                    size_t n, bool negated)
{
    if (!(p->modes & GR_RE_SETS) || !is_of_strings(key, n))
        return gr_fail(p->env, GRAM_E_SYNTAX, at, "unknown Unicode property");
    if (negated)
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "\\P may not negate a property of strings");
    return gr_fail(p->env, GRAM_E_UNSUPPORTED, at,
                   "\\p{%.*s} is a property of strings, which are not "
                   "supported",
                   (int)n, key);
}

/* \p{...} or \P{...} from the letter on.  Properties that begin with a star are
 * the formats' own (formats.def). */
static gram_status read_property(Parser *p, SetId *out)
{
    size_t at = p->pos - 1, start = p->pos + 2, end = start;
    char key[64];
    size_t n = 0;
    bool known = false, negated = gr_parse_peek(p, 0) == 'P';
    bool fold = p->modes & GR_RE_IGNORE_CASE;
    if (gr_parse_peek(p, 1) == '{') {
        while (end < p->len && p->text[end] != '}') end++;
    }
    bool ours = gr_parse_peek(p, 2) == '*';
    if (end < p->len && end > start && (!ours || p->modes & RE_FORMAT)) {
        n = property_key(p->text + start, end - start, key);
        GR_TRY(gr_unicode_property(p->re, key, n, &known, out));
    }
    if (!known) return unknown_property(p, at, key, n, negated);
    p->pos = end + 1;
    /* u folds what \P leaves, v folds before it takes the complement. */
    if (fold && p->modes & GR_RE_SETS) {
        GR_TRY(gr_unicode_close(p->re, *out, out));
    }
    if (negated) GR_TRY(gr_set_not(p->re, *out, out));
    return fold ? gr_unicode_close(p->re, *out, out) : GRAM_OK;
}

/* \d \D \s \S \w \W; without the flag i each is made once a pattern. */
static gram_status read_class(Parser *p, int c, SetId *out)
{
    static const char names[] = "dDsSwW";
    bool fold = p->modes & GR_RE_IGNORE_CASE;
    uint32_t place = 2 + (uint32_t)(strchr(names, c) - names);
    if (!fold && p->has_common >> place & 1) {
        *out = p->common[place];
        return GRAM_OK;
    }
    GR_TRY(gr_unicode_class(p->re, (char)(c | 32), fold, out));
    if (c < 'a') GR_TRY(gr_set_not(p->re, *out, out));
    if (fold) return GRAM_OK;
    p->common[place] = *out;
    p->has_common |= 1u << place;
    return GRAM_OK;
}

/* The position is left where it was if there is none. */
gram_status gr_parse_set(Parser *p, bool *is_set, SetId *out)
{
    int c = gr_parse_peek(p, 0);
    *is_set = true;
    switch (c) {
    case 'p':
    case 'P':
        if (p->unicode) return read_property(p, out);
        break;
    case 'd':
    case 's':
    case 'w':
    case 'D':
    case 'S':
    case 'W': p->pos++; return read_class(p, c, out);
    default: break;
    }
    *is_set = false;
    return GRAM_OK;
}

/* --- references ----------------------------------------------------------- */

/* The list of groups follows at refs[a]; of a name it is filled later. */
static gram_status push_back(Parser *p, size_t at, uint32_t group)
{
    AstNode n = {.kind = AST_BACK,
                 .at = (uint32_t)at,
                 .a = p->ast->refs.n,
                 .b = group != 0,
                 .flags = p->modes & GR_RE_IGNORE_CASE ? AST_FOLD : 0};
    if (group) GR_TRY(gr_vec_push(p->env, &p->ast->refs, group));
    return gr_parse_push(p, n);
}

/* \1 ... \99999; false, nothing read, where Annex B sees none.  A number beyond
 * all groups stops growing: nothing overflows.  \12 is the 12th group where
 * there are so many, and octal in Annex B where not. */
static gram_status read_number_ref(Parser *p, size_t at, bool *is_ref)
{
    size_t pos = p->pos;
    uint32_t n = 0;
    for (int c; c = gr_parse_peek(p, pos - p->pos), c >= '0' && c <= '9';
         pos++) {
        if (n <= p->n_groups) n = n * 10 + (uint32_t)(c - '0');
    }
    *is_ref = n <= p->n_groups;
    if (!*is_ref && !p->unicode) return GRAM_OK;
    if (!*is_ref) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "a reference to a group that does not exist");
    }
    p->pos = pos;
    return push_back(p, at, n);
}

/* The groups of a name may come later in the pattern: see gr_parse_resolve. */
static gram_status read_name_ref(Parser *p, size_t at)
{
    NameRef ref = {.at = (uint32_t)at};
    p->pos++;
    if (!gr_parse_take(p, '<')) return bad_escape(p, at);
    GR_TRY(gr_parse_name(p, &ref.text, &ref.len));
    GR_TRY(push_back(p, at, 0));
    ref.node.v = p->ast->nodes.n - 1;
    return gr_vec_push(p->env, &p->name_refs, ref);
}

/* In the grammar's order: assertion, reference, set, character. */
gram_status gr_parse_atom_escape(Parser *p, size_t at, bool *quantifiable)
{
    int x = gr_parse_peek(p, 0);
    bool done;
    SetId set;
    uint32_t c;
    if (x == 'b' || x == 'B') {
        AstNode n = {.kind = AST_WORD, .at = (uint32_t)at};
        n.flags = (x == 'B' ? AST_NEGATED : 0) |
                  (p->modes & GR_RE_IGNORE_CASE ? AST_FOLD : 0);
        p->pos++;
        *quantifiable = false;
        return gr_parse_push(p, n);
    }
    if (x == 'k' && (p->unicode || p->has_names)) return read_name_ref(p, at);
    if (x >= '1' && x <= '9') {
        GR_TRY(read_number_ref(p, at, &done));
        if (done) return GRAM_OK;
    }
    GR_TRY(gr_parse_set(p, &done, &set));
    if (done) return gr_parse_push_set(p, set, at);
    GR_TRY(gr_parse_escape(p, at, false, &c));
    return gr_parse_push_char(p, c, at);
}

/* --- names of groups ------------------------------------------------------ */

/* ID_Start and ID_Continue of Unicode, with $, _, and two joiners. */
static gram_status is_name_char(Parser *p, uint32_t c, bool first, bool *out)
{
    bool known;
    SetId set;
    if (c < 128) {
        *out = c == '$' || c == '_' || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
        return GRAM_OK;
    }
    *out = !first && (c == 0x200C || c == 0x200D);
    if (*out) return GRAM_OK;
    GR_TRY(gr_unicode_property(p->re, first ? "IDS" : "IDC", 3, &known, &set));
    *out = gr_set_has(p->re, set, c);
    return GRAM_OK;
}

/* The code points are left in p->spelled, where names are compared. */
gram_status gr_parse_name(Parser *p, uint32_t *text, uint32_t *len)
{
    size_t start = p->pos;
    *text = p->spelled.n;
    for (;;) {
        bool good = true;
        uint32_t c;
        if (gr_parse_end(p)) break;
        if (gr_parse_peek(p, 0) == '>') break;
        GR_TRY(gr_parse_char(p, &c));
        if (c == '\\') {
            good = gr_parse_take(p, 'u') && read_unicode(p, true, &c);
        }
        if (good) GR_TRY(is_name_char(p, c, p->spelled.n == *text, &good));
        if (!good) {
            return gr_fail(p->env, GRAM_E_SYNTAX, start,
                           "invalid name of a group");
        }
        GR_TRY(gr_vec_push(p->env, &p->spelled, c));
    }
    *len = p->spelled.n - *text;
    if (gr_parse_take(p, '>') && *len) return GRAM_OK;
    return gr_fail(p->env, GRAM_E_SYNTAX, start, "invalid name of a group");
}

/* The last group of this name in the chain of its hash, + 1, or 0. */
static uint32_t find_name(const Parser *p, uint32_t text, uint32_t len,
                          uint64_t *key)
{
    const uint32_t *spelling = p->spelled.at + text;
    *key = gr_hash(spelling, len * sizeof *spelling, 0);
    const uint32_t *place = gr_map_find(&p->name_map, *key);
    return place ? *place : 0;
}

/* Chains are by hash: what is in one may still be another name. */
static bool same_name(const Parser *p, const GroupName *g, uint32_t text,
                      uint32_t len)
{
    return g->len == len &&
           memcmp(p->spelled.at + g->text, p->spelled.at + text,
                  len * sizeof *p->spelled.at) == 0;
}

/* 22.2.1.1: two groups of one name must lie in different alternatives.  Then at
 * most one of them takes part in a match.  A linear chain of many groups of one
 * name is counted as work. */
gram_status gr_parse_declare(Parser *p, uint32_t text, uint32_t len,
                             uint32_t group, size_t at)
{
    uint64_t key;
    uint32_t last = find_name(p, text, len, &key);
    for (uint32_t i = last; i; i = p->names.at[i - 1].same) {
        const GroupName *g = p->names.at + i - 1;
        GR_TRY(gr_step(p->env, 1));
        if (g->active && same_name(p, g, text, len)) {
            return gr_fail(p->env, GRAM_E_SYNTAX, at, "two groups of one name");
        }
    }
    GR_TRY(gr_vec_push(p->env, &p->names,
                       (GroupName){text, len, group, last, true}));
    return gr_map_put(p->env, &p->name_map, key, p->names.n);
}

/* All groups of the name, whichever alternative they are in. */
gram_status gr_parse_resolve(Parser *p)
{
    for (uint32_t r = 0; r < p->name_refs.n; r++) {
        NameRef ref = p->name_refs.at[r];
        uint64_t key;
        uint32_t i = find_name(p, ref.text, ref.len, &key);
        AstNode *n = gr_ast_get(p->ast, ref.node);
        n->a = p->ast->refs.n;
        for (; i; i = p->names.at[i - 1].same) {
            const GroupName *g = p->names.at + i - 1;
            GR_TRY(gr_step(p->env, 1));
            if (!same_name(p, g, ref.text, ref.len)) continue;
            GR_TRY(gr_vec_push(p->env, &p->ast->refs, g->group));
        }
        n->b = p->ast->refs.n - n->a;
        if (n->b == 0) {
            return gr_fail(p->env, GRAM_E_SYNTAX, ref.at,
                           "a reference to a group that does not exist");
        }
    }
    return GRAM_OK;
}
