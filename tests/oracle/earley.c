/* See earley.h.  Sets of positions are bits of one word. */
#include "tests/oracle/earley.h"

#include <string.h>

enum { TOKEN = -1000 };

/* --- reading -------------------------------------------------------------- */

static const char *blanks(const char *s)
{
    while (*s == ' ' || *s == '\t') s++;
    return s;
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
           (n > 0 && s[n] >= '0' && s[n] <= '9') || s[n] == '_')
        n++;
    return n;
}

static int rule_of(Cfg *g, const char *name, size_t n)
{
    if (n == 0 || n >= sizeof g->name[0]) return -1;
    for (int i = 0; i < g->n_rules; i++)
        if (strlen(g->name[i]) == n && memcmp(g->name[i], name, n) == 0)
            return i;
    if (g->n_rules == CFG_RULES) return -1;
    memcpy(g->name[g->n_rules], name, n);
    g->name[g->n_rules][n] = 0;
    return g->n_rules++;
}

/* One symbol at s, added to the last alternative; NULL: there is none. */
static const char *read_symbol(Cfg *g, const char *s)
{
    int symbol;
    CfgAlt *alt = &g->alt[g->n_alts - 1];
    if (*s == '<' || *s == '!') {
        int id = 0, negated = *s == '!';
        for (s += 2 + negated; *s >= '0' && *s <= '9'; s++)
            id = id * 10 + *s - '0';
        if (s[0] != ']' || s[1] != '>') return NULL;
        symbol = TOKEN - 2 * id - negated;
        s += 2;
    } else if (*s == '"') {
        if (s[1] == '"') return s + 2;
        if (s[1] == 0 || s[2] != '"') return NULL;
        symbol = -1 - (unsigned char)s[1];
        s += 3;
    } else {
        size_t n = name_length(s);
        symbol = rule_of(g, s, n);
        if (symbol < 0) return NULL;
        s += n;
    }
    if (g->n_symbols == CFG_SYMBOLS) return NULL;
    g->symbol[g->n_symbols++] = symbol;
    alt->n++;
    return s;
}

static bool new_alt(Cfg *g, int rule)
{
    if (g->n_alts == CFG_ALTS) return false;
    g->alt[g->n_alts++] = (CfgAlt){rule, g->n_symbols, 0};
    return true;
}

static const char *read_rule(Cfg *g, const char *s)
{
    size_t n = name_length(s);
    int rule = rule_of(g, s, n);
    s = blanks(s + n);
    if (rule < 0 || strncmp(s, "::=", 3) != 0 || !new_alt(g, rule)) return NULL;
    for (s = blanks(s + 3); *s != 0 && *s != '\n'; s = blanks(s)) {
        if (*s == '|') {
            if (!new_alt(g, rule)) return NULL;
            s++;
        } else if ((s = read_symbol(g, s)) == NULL) {
            return NULL;
        }
    }
    return s;
}

static void find_productive(Cfg *g)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int a = 0; a < g->n_alts; a++) {
            bool all = true;
            const CfgAlt *x = &g->alt[a];
            for (int k = 0; k < x->n; k++) {
                int symbol = g->symbol[x->first + k];
                all &= symbol < 0 || g->productive[symbol];
            }
            if (!all || g->productive[x->rule]) continue;
            changed = g->productive[x->rule] = true;
        }
    }
}

bool cfg_read(Cfg *g, const char *text, const char *start)
{
    memset(g, 0, sizeof *g);
    if (rule_of(g, start, strlen(start)) != 0) return false;
    while (*text != 0) {
        if (*text == '\n') {
            text++;
            continue;
        }
        text = read_rule(g, text);
        if (text == NULL) return false;
    }
    find_productive(g);
    return true;
}

/* --- deriving ------------------------------------------------------------- */

typedef struct Table {
    const Cfg *g;
    const char *text;
    size_t n;
    uint64_t derives[CFG_RULES][CFG_TEXT + 1]; /* bits: ends */
    bool live[CFG_RULES][CFG_TEXT + 1];
} Table;

static bool token_matches(const CfgToken *t, int symbol)
{
    int id = (TOKEN - symbol) / 2, negated = (TOKEN - symbol) % 2;
    if (t->len == 0) return false;
    return negated ? t->is_text && t->id != id : t->id == id;
}

/* The ends of symbol from every position of `from`. */
static uint64_t ends(const Table *t, int symbol, uint64_t from)
{
    uint64_t out = 0;
    for (size_t i = 0; i <= t->n; i++) {
        if (!(from >> i & 1)) continue;
        if (symbol >= 0)
            out |= t->derives[symbol][i];
        else if (symbol <= TOKEN && token_matches(&t->g->token[i], symbol))
            out |= (uint64_t)1 << (i + (size_t)t->g->token[i].len);
        else if (i < t->n && (unsigned char)t->text[i] == -1 - symbol)
            out |= (uint64_t)2 << i;
    }
    return out;
}

static void fill_derives(Table *t)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int a = 0; a < t->g->n_alts; a++)
            for (size_t i = 0; i <= t->n; i++) {
                const CfgAlt *x = &t->g->alt[a];
                uint64_t at = (uint64_t)1 << i;
                for (int k = 0; k < x->n; k++)
                    at = ends(t, t->g->symbol[x->first + k], at);
                if (t->g->fault) at &= ~((uint64_t)1 << i);
                uint64_t *all = &t->derives[x->rule][i];
                if ((*all | at) == *all) continue;
                *all |= at;
                changed = true;
            }
    }
}

/* Is text[i .. n) a prefix of what symbol derives? */
static bool symbol_is_live(const Table *t, int symbol, size_t i)
{
    if (symbol >= 0) return t->live[symbol][i];
    if (symbol <= TOKEN) return i == t->n;
    return i == t->n ||
           (i + 1 == t->n && (unsigned char)t->text[i] == -1 - symbol);
}

static bool alt_is_live(const Table *t, const CfgAlt *x, size_t i)
{
    uint64_t at = (uint64_t)1 << i;
    for (int k = 0; k < x->n; k++) {
        int symbol = t->g->symbol[x->first + k];
        if (symbol >= 0 && !t->g->productive[symbol]) return false;
    }
    for (int k = 0; k < x->n; k++) {
        int symbol = t->g->symbol[x->first + k];
        for (size_t j = 0; j <= t->n; j++)
            if (at >> j & 1 && symbol_is_live(t, symbol, j)) return true;
        at = ends(t, symbol, at);
    }
    return at >> t->n & 1;
}

static void fill_live(Table *t)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int a = 0; a < t->g->n_alts; a++)
            for (size_t i = 0; i <= t->n; i++) {
                const CfgAlt *x = &t->g->alt[a];
                if (t->live[x->rule][i] || !alt_is_live(t, x, i)) continue;
                changed = t->live[x->rule][i] = true;
            }
    }
}

bool cfg_accepts(const Cfg *g, const char *text, size_t len)
{
    Table t = {.g = g, .text = text, .n = len};
    fill_derives(&t);
    return t.derives[0][0] >> len & 1;
}

bool cfg_is_prefix(const Cfg *g, const char *text, size_t len)
{
    Table t = {.g = g, .text = text, .n = len};
    fill_derives(&t);
    fill_live(&t);
    return t.live[0][0];
}

int cfg_ways(const Cfg *g, const char *text, size_t len)
{
    Table t = {.g = g, .text = text, .n = len};
    int n = 0;
    fill_derives(&t);
    for (int a = 0; a < g->n_alts; a++) {
        const CfgAlt *x = &g->alt[a];
        uint64_t at = 1;
        if (x->rule != 0) continue;
        for (int k = 0; k < x->n; k++)
            at = ends(&t, g->symbol[x->first + k], at);
        n += (int)(at >> len & 1);
    }
    return n;
}
