/* Rows that masks of JSON documents are usually near.
 *
 * Masks of different grammars are alike: what closes a string that is the
 * value of a member, what may follow a number, white space and a key.  A mask
 * is kept as a patch of some row, and where that row belongs to the
 * vocabulary it costs a grammar nothing.  So here are the masks of the
 * commonest places of JSON in general, made by a small reader of it:
 *
 *     digits | a number begins | goes on | behind a value | a key begins
 *     inside: the value of a member, an item, a key
 *
 * They are patched wherever a grammar allows other things, so nothing
 * depends on their being right; only sizes do.  Numbers are integers, keys
 * and escapes are not looked at closely.
 *
 * Cost: a walk over a tenth of the trie for each, once for a vocabulary. */
#include "mask/mask_int.h"

typedef enum Place {
    DIGITS, /* nothing else follows */
    NUMBER, /* one begins, or white space before it */
    VALUE,
    FIRST_KEY,
    KEY,
    COLON,
    SIGN,  /* behind a minus */
    TAIL,  /* digits of a number, or what follows it */
    AFTER, /* a value */
    WORD,  /* in true, false, null */
    STRING,
    STRING_KEY
} Place;

typedef struct Scan {
    uint8_t place;
    uint8_t spaces; /* read in a run */
    bool escape;    /* a backslash came before */
    const char *word;
    uint32_t arrays; /* bit 0: the innermost is one, then those around it */
} Scan;

enum { SPACES_MAX = 32 };

static bool go(Scan *s, Place to)
{
    s->place = (uint8_t)to;
    return true;
}

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool in_string(Scan *s, uint8_t b)
{
    if (s->escape) {
        s->escape = false;
        return strchr("\"\\/bfnrtu", b) != NULL;
    }
    if (b == '"') return go(s, s->place == STRING ? AFTER : COLON);
    s->escape = b == '\\';
    return b >= 0x20;
}

static bool open_level(Scan *s, bool array)
{
    s->arrays = s->arrays << 1 | array;
    return go(s, array ? VALUE : FIRST_KEY);
}

static bool close_level(Scan *s, bool array)
{
    if ((s->arrays & 1) != array) return false;
    s->arrays >>= 1;
    return go(s, AFTER);
}

static bool begin_number(Scan *s, uint8_t b)
{
    if (b == '-') return go(s, SIGN);
    return is_digit(b) && go(s, b == '0' ? AFTER : TAIL);
}

static bool begin_value(Scan *s, uint8_t b)
{
    static const char *const words[] = {"true", "false", "null"};
    if (b == '"') return go(s, STRING);
    if (b == '{' || b == '[') return open_level(s, b == '[');
    if (b == ']') return close_level(s, true);
    for (int i = 0; i < 3; i++)
        if (b == (uint8_t)words[i][0]) {
            s->word = words[i] + 1;
            return go(s, WORD);
        }
    return begin_number(s, b);
}

static bool in_word(Scan *s, uint8_t b)
{
    if (b != (uint8_t)*s->word++) return false;
    return *s->word != 0 || go(s, AFTER);
}

static bool behind_value(Scan *s, uint8_t b)
{
    bool array = s->arrays & 1;
    if (b == ',') return go(s, array ? VALUE : KEY);
    return (b == '}' || b == ']') && close_level(s, b == ']');
}

static bool is_space(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
}

static bool read_space(Scan *s)
{
    if (s->place == DIGITS || s->place == SIGN || s->place == WORD)
        return false;
    if (s->place == TAIL) s->place = AFTER;
    return ++s->spaces <= SPACES_MAX;
}

static bool read_byte(Scan *s, uint8_t b)
{
    if (s->place >= STRING) return in_string(s, b);
    if (is_space(b)) return read_space(s);
    s->spaces = 0;
    switch (s->place) {
    case DIGITS: return is_digit(b);
    case NUMBER: return begin_number(s, b);
    case VALUE: return begin_value(s, b);
    case FIRST_KEY:
        if (b == '}') return close_level(s, false);
        return b == '"' && go(s, STRING_KEY);
    case KEY: return b == '"' && go(s, STRING_KEY);
    case COLON: return b == ':' && go(s, VALUE);
    case SIGN: return b != '-' && begin_number(s, b);
    case TAIL: return is_digit(b) || behind_value(s, b);
    case WORD: return in_word(s, b);
    default: return behind_value(s, b);
    }
}

/* --- rows ----------------------------------------------------------------- */

/* What is alive of the trie, from a place outside of strings. */
static void walk(const GrVocab *v, const Scan *from, Scan *stack,
                 uint32_t *ends, uint32_t *row)
{
    uint32_t depth = 0;
    stack[0] = *from;
    ends[0] = v->n_nodes;
    for (uint32_t i = 0; i < v->n_nodes;) {
        const GrTrieNode *n = &v->node[i];
        while (depth > 0 && i >= ends[depth]) depth--;
        Scan s = stack[depth];
        if (!read_byte(&s, gr_trie_byte(n))) {
            i = n->next;
            continue;
        }
        if (n->info & GR_TRIE_HAS) gr_bit_set(row, gr_trie_token(n));
        stack[++depth] = s;
        ends[depth] = n->next;
        i++;
    }
}

/* All that stays inside of the string, and rests behind its end. */
static void put_string(const Class *inside, const Scan *from, uint32_t words,
                       uint32_t *row)
{
    const Rests *r = &inside->rests['"'];
    memcpy(row, inside->all.row, words * sizeof *row);
    for (uint32_t i = 0; i < r->n; i++) {
        Scan s = *from;
        const Exit *e = &r->exit[i];
        uint32_t at = 0;
        while (at < e->len && read_byte(&s, (uint8_t)e->rest[at])) at++;
        if (at == e->len) gr_bit_set(row, e->token);
    }
}

static const Scan places[GR_USUAL] = {
    {.place = DIGITS},
    {.place = NUMBER},
    [GR_USUAL_TAIL] = {.place = TAIL},
    {.place = AFTER},
    {.place = KEY},
    {.place = STRING},
    {.place = STRING_KEY},
    {.place = STRING, .arrays = 1},
};

static gram_status make_row(GrEnv *env, const GrVocab *v, const Class *inside,
                            GrArena *arena, const Scan *from, Base *out)
{
    size_t size = (size_t)v->mask_words * sizeof(uint32_t) + 1;
    size_t depth = (size_t)v->longest + 1;
    uint32_t *row = gr_arena_take(env, arena, size);
    Scan *stack = gr_zalloc(env, depth, sizeof *stack);
    uint32_t *ends = gr_zalloc(env, depth, sizeof *ends);
    bool room = row != NULL && stack != NULL && ends != NULL;
    if (room) {
        memset(row, 0, size);
        if (from->place >= STRING)
            put_string(inside, from, v->mask_words, row);
        else
            walk(v, from, stack, ends, row);
        *out = (Base){.row = row};
        gr_base_sum(inside->kernels, out, v->mask_words);
    }
    if (stack != NULL) gr_free(env, stack, depth * sizeof *stack);
    if (ends != NULL) gr_free(env, ends, depth * sizeof *ends);
    return room ? GRAM_OK : GRAM_E_MEMORY;
}

gram_status gr_usual_rows(GrEnv *env, const GrVocab *v, Class *inside,
                          Base out[GR_USUAL])
{
    for (uint32_t i = 0; i < GR_USUAL; i++)
        GR_TRY(make_row(env, v, inside, inside->arena, &places[i], &out[i]));
    return GRAM_OK;
}
