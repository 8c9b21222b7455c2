/* The toy machine: every state is an interned tuple, every cell a few lines
 * over one byte that stands for its class. */
#include "oracle/toy.h"

typedef enum Kind {
    VALUE,
    NUMBER,
    END,
    ARR_FIRST,
    ARR_NEXT,
    ARR_ITEM,
    OBJ_FIRST,
    OBJ_NEXT,
    OBJ_KEY,
    COLON,
    MEMBER,
    TEXT, /* key, name, n, what is pending */
} Kind;

enum { F_BOTTOM, F_ITEM, F_KEY, F_MEMBER };
enum { NO_NAME = 8 };
enum { Q_MAY_END, Q_MAY_GO_ON };

/* Inside a string or key.  A key equals the first n bytes of names[name]
 * (the lowest such), or nothing named: NO_NAME. */
typedef struct Text {
    uint32_t kind, key, name, n;
    uint32_t mode; /* 0 plain, 1 after \, 2-5 hex digits left + 1,
                          6.. UTF-8: bytes left + 5 */
    uint32_t acc;  /* hex; UTF-8: code point so far */
} Text;
enum { WORDS = sizeof(Text) / sizeof(uint32_t) };

typedef struct Toy {
    GrEnv *env;
    GrPda *pda;
    ToyOptions o;
    uint32_t n_names, map, n_classes;
    uint8_t sample[256];
    GrIntern states;
} Toy;

static const uint32_t plain[] = {0x20, 0x21, 0x23, 0x5B, 0x5D, 0x10FFFF};
static const uint32_t word[] = {'0', '9', 'a', 'z', 0xE9, 0xE9};

static gram_status intern(Toy *t, Text x, StateId *out)
{
    uint32_t flags = 0;
    bool is_new;
    GR_TRY(
        gr_intern(t->env, &t->states, (uint32_t *)&x, WORDS, &out->v, &is_new));
    if (x.kind == TEXT) flags = GR_STATE_QUOTED | (x.key ? GR_STATE_KEY : 0);
    /* every new id is a new state: both are dense */
    if (is_new || gr_pda_n_states(t->pda) <= out->v) {
        StateId made;
        GR_TRY(gr_pda_state(t->pda, t->map, flags, &made));
    }
    return GRAM_OK;
}

static gram_status go(Toy *t, Text x, Cell *out)
{
    StateId s;
    GR_TRY(intern(t, x, &s));
    *out = gr_cell_goto(s);
    return GRAM_OK;
}

static gram_status go_kind(Toy *t, Kind kind, Cell *out)
{
    return go(t, (Text){.kind = kind}, out);
}

/* --- values --------------------------------------------------------------- */

/* The state in which a value is after its first byte. */
static bool value_start(uint8_t b, Text *x)
{
    *x = (Text){0};
    if (b == '"') {
        x->kind = TEXT;
        x->name = NO_NAME;
    } else if (b >= '0' && b <= '9') {
        x->kind = NUMBER;
    } else if (b == '[') {
        x->kind = ARR_FIRST;
    } else if (b == '{') {
        x->kind = OBJ_FIRST;
    } else {
        return false;
    }
    return true;
}

static gram_status push_value(Toy *t, uint32_t frame, uint8_t b, Cell *out)
{
    Text x;
    StateId s;
    *out = gr_cell_dead();
    if (!value_start(b, &x)) return GRAM_OK;
    GR_TRY(intern(t, x, &s));
    return gr_cell_push(t->pda, (FrameId){frame}, s, out);
}

static gram_status push_item(Toy *t, uint8_t b, Cell *out)
{
    GR_TRY(push_value(t, F_ITEM, b, out));
    if (out->v == GR_CELL_DEAD || t->o.max_items == 0) return GRAM_OK;
    GR_TRY(gr_cell_add(t->pda, 1, 1, *out, out));
    return gr_cell_test(t->pda, 1, 0, t->o.max_items - 1, *out, gr_cell_dead(),
                        out);
}

static gram_status push_key(Toy *t, Cell *out)
{
    StateId s;
    Text x = {TEXT, 1, t->n_names ? 0 : NO_NAME, 0, 0, 0};
    GR_TRY(intern(t, x, &s));
    GR_TRY(gr_cell_push(t->pda, (FrameId){F_KEY}, s, out));
    return gr_cell_key(t->pda, *out, out);
}

/* --- inside strings ------------------------------------------------------- */

static uint32_t names_with(const Toy *t, uint32_t name, uint32_t n)
{
    uint32_t count = 0;
    if (name == NO_NAME) return 0;
    for (uint32_t i = 0; i < t->n_names; i++)
        count += strncmp(t->o.names[i], t->o.names[name], n) == 0;
    return count;
}

/* The lowest name that goes on with byte b behind (name, n). */
static uint32_t name_on(const Toy *t, uint32_t name, uint32_t n, uint32_t b)
{
    if (name == NO_NAME) return NO_NAME;
    for (uint32_t i = 0; i < t->n_names; i++)
        if (strncmp(t->o.names[i], t->o.names[name], n) == 0 &&
            strlen(t->o.names[i]) > n && (uint8_t)t->o.names[i][n] == b)
            return i;
    return NO_NAME;
}

/* A character is complete. */
static gram_status end_char(Toy *t, Text x, uint32_t code, Cell *out)
{
    x.mode = x.acc = 0;
    *out = gr_cell_dead();
    if (x.key) {
        x.name = name_on(t, x.name, x.n, code);
        x.n = x.name == NO_NAME ? 0 : x.n + 1;
        if (x.name == NO_NAME && t->o.closed) return GRAM_OK;
        return go(t, x, out);
    }
    if (t->o.word && !(code >= '0' && code <= '9') &&
        !(code >= 'a' && code <= 'z') && code != 0xE9)
        return GRAM_OK;
    GR_TRY(go(t, x, out));
    GR_TRY(gr_cell_add(t->pda, 0, 1, *out, out));
    if (t->o.max_chars == 0) return GRAM_OK;
    return gr_cell_test(t->pda, 0, 0, t->o.max_chars - 1, *out, gr_cell_dead(),
                        out);
}

/* More bytes of this character follow: there must be room for it. */
static gram_status in_char(Toy *t, Text x, Cell *out)
{
    GR_TRY(go(t, x, out));
    if (x.key || t->o.max_chars == 0) return GRAM_OK;
    return gr_cell_test(t->pda, 0, 0, t->o.max_chars - 1, *out, gr_cell_dead(),
                        out);
}

static gram_status end_text(Toy *t, Text x, Cell *out)
{
    uint32_t verdict = 0;
    if (!x.key) {
        GR_TRY(gr_cell_pop(t->pda, (Verdict){0}, false, out));
        if (t->o.min_chars == 0) return GRAM_OK;
        return gr_cell_test(t->pda, 0, t->o.min_chars, UINT32_MAX, *out,
                            gr_cell_dead(), out);
    }
    for (uint32_t i = 0; i < t->n_names && x.name != NO_NAME; i++)
        if (strlen(t->o.names[i]) == x.n &&
            strncmp(t->o.names[i], t->o.names[x.name], x.n) == 0)
            verdict = i + 1;
    *out = gr_cell_dead();
    if (verdict == 0 && t->o.closed) return GRAM_OK;
    return gr_cell_pop(t->pda, (Verdict){verdict}, false, out);
}

static bool is_hex(uint8_t b, uint32_t *digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *p = b ? strchr(digits, b | ((b & 64) >> 1)) : NULL;
    *digit = p ? (uint32_t)(p - digits) : 0;
    return p != NULL;
}

/* Is some named key still spelled so? Closed objects: else dead. */
static bool hex_live(const Toy *t, const Text *x, uint32_t left)
{
    if (!x->key || !t->o.closed) return true;
    for (uint32_t b = 0; b < 128; b++)
        if (name_on(t, x->name, x->n, b) != NO_NAME && b >> 4 * left == x->acc)
            return true;
    return false;
}

static gram_status fill_hex(Toy *t, Text x, uint8_t b, Cell *out)
{
    uint32_t digit;
    *out = gr_cell_dead();
    if (!is_hex(b, &digit) || (x.mode >= 4 && digit != 0)) return GRAM_OK;
    x.acc = x.acc << 4 | digit;
    x.mode--;
    if (!hex_live(t, &x, x.mode - 1)) return GRAM_OK;
    if (!x.key && t->o.word && x.mode > 1 && x.acc > 7) return GRAM_OK;
    if (!x.key && t->o.word && x.mode == 2 &&
        (x.acc < 3 || x.acc == 4 || x.acc == 5))
        return GRAM_OK;
    return x.mode == 1 ? end_char(t, x, x.acc, out) : in_char(t, x, out);
}

static gram_status fill_utf8(Toy *t, Text x, uint8_t b, Cell *out)
{
    uint32_t acc = x.acc << 6 | (b & 63);
    *out = gr_cell_dead();
    if (b < 0x80 || b > 0xBF) return GRAM_OK;
    /* shortest forms only, no surrogates, at most 0x10FFFF: judged as soon
     * as the second byte is there */
    if (x.n == 99 && x.mode == 7 &&
        (acc < 0x20 || (acc >= 0x360 && acc < 0x380)))
        return GRAM_OK;
    if (x.n == 99 && x.mode == 8 && (acc < 0x10 || acc >= 0x110))
        return GRAM_OK;
    x.n = 98;
    x.acc = acc;
    x.mode--;
    if (x.mode > 5) return in_char(t, x, out);
    x.n = 0;
    return end_char(t, x, acc, out);
}

/* The first byte of a longer character: n 99 marks that the second byte is
 * to be judged (names are ASCII, so n is free). */
static gram_status fill_lead(Toy *t, Text x, uint8_t b, Cell *out)
{
    *out = gr_cell_dead();
    if (b < 0xC2 || b > 0xF4 || (x.key && t->o.closed)) return GRAM_OK;
    if (!x.key && t->o.word && b != 0xC3) return GRAM_OK;
    x.name = NO_NAME;
    x.n = 99;
    x.mode = b < 0xE0 ? 6 : b < 0xF0 ? 7 : 8;
    x.acc = b & (b < 0xE0 ? 31u : b < 0xF0 ? 15u : 7u);
    return in_char(t, x, out);
}

static gram_status fill_escape(Toy *t, Text x, uint8_t b, Cell *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *p = b ? strchr(names, b) : NULL;
    if (p != NULL) return end_char(t, x, (uint8_t)values[p - names], out);
    *out = gr_cell_dead();
    if (b != 'u') return GRAM_OK;
    x.mode = 5;
    x.acc = 0;
    return in_char(t, x, out);
}

static gram_status fill_text(Toy *t, Text x, uint8_t b, Cell *out)
{
    if (x.mode >= 6) return fill_utf8(t, x, b, out);
    if (x.mode >= 2) return fill_hex(t, x, b, out);
    if (x.mode == 1) return fill_escape(t, x, b, out);
    if (b == '"') return end_text(t, x, out);
    *out = gr_cell_dead();
    if (b < 0x20) return GRAM_OK;
    if (b >= 0x80) return fill_lead(t, x, b, out);
    if (b != '\\') return end_char(t, x, b, out);
    if (x.key && t->o.closed &&
        (x.name == NO_NAME || names_with(t, x.name, x.n) == 0))
        return GRAM_OK;
    x.mode = 1;
    if (x.key && t->o.closed) {
        uint32_t longer = 0;
        for (uint32_t c = 1; c < 128; c++)
            longer += name_on(t, x.name, x.n, c) != NO_NAME;
        if (longer == 0) return GRAM_OK;
    }
    return in_char(t, x, out);
}

/* --- the machine ---------------------------------------------------------- */

static Text text_of(const Toy *t, StateId s)
{
    Text x;
    memcpy(&x, gr_intern_get(&t->states, s.v, NULL), sizeof x);
    return x;
}

static gram_status fill_end(Toy *t, Kind kind, Cell *out)
{
    *out = gr_cell_dead();
    if (kind == END) return gr_cell_accept(t->pda, out);
    if (kind == NUMBER) return gr_cell_pop(t->pda, (Verdict){0}, true, out);
    return GRAM_OK;
}

static gram_status fill(void *m, StateId s, uint32_t cls, Cell *out)
{
    Toy *t = m;
    Text x = text_of(t, s), start;
    if (cls == t->n_classes) return fill_end(t, (Kind)x.kind, out);
    uint8_t b = t->sample[cls];
    *out = gr_cell_dead();
    GR_TRY(gr_step(t->env, 1));
    switch ((Kind)x.kind) {
    case VALUE: return value_start(b, &start) ? go(t, start, out) : GRAM_OK;
    case NUMBER:
        if (b >= '0' && b <= '9') return go(t, x, out);
        return gr_cell_pop(t->pda, (Verdict){0}, true, out);
    case END: return GRAM_OK;
    case ARR_FIRST:
        if (b == ']') return gr_cell_pop(t->pda, (Verdict){0}, false, out);
        return push_item(t, b, out);
    case ARR_ITEM: return push_item(t, b, out);
    case ARR_NEXT:
        if (b == ']') return gr_cell_pop(t->pda, (Verdict){0}, false, out);
        if (b != ',') return GRAM_OK;
        GR_TRY(go_kind(t, ARR_ITEM, out));
        if (t->o.max_items == 0) return GRAM_OK;
        return gr_cell_test(t->pda, 1, 0, t->o.max_items - 1, *out,
                            gr_cell_dead(), out);
    case OBJ_FIRST:
    case OBJ_NEXT:
        if (b == '}') return gr_cell_ask(t->pda, Q_MAY_END, out);
        if (x.kind == OBJ_FIRST && b == '"') return push_key(t, out);
        if (x.kind == OBJ_NEXT && b == ',')
            return gr_cell_ask(t->pda, Q_MAY_GO_ON, out);
        return GRAM_OK;
    case OBJ_KEY: return b == '"' ? push_key(t, out) : GRAM_OK;
    case COLON: return b == ':' ? go_kind(t, MEMBER, out) : GRAM_OK;
    case MEMBER: return push_value(t, F_MEMBER, b, out);
    case TEXT: return fill_text(t, x, b, out);
    }
    return GRAM_OK;
}

static gram_status resume(void *m, FrameId f, Verdict v, Cell *out)
{
    Toy *t = m;
    if (f.v == F_BOTTOM) return go_kind(t, END, out);
    if (f.v == F_ITEM) return go_kind(t, ARR_NEXT, out);
    if (f.v == F_MEMBER) return go_kind(t, OBJ_NEXT, out);
    GR_TRY(go_kind(t, COLON, out));
    return gr_cell_see(t->pda, v.v ? v.v - 1 : UINT32_MAX, *out, out);
}

static bool has_named(const GrSeen *seen, uint32_t named)
{
    for (; seen != NULL; seen = seen->older)
        if (seen->named == named) return true;
    return false;
}

static gram_status ask(void *m, uint32_t question, const GrLevel *level,
                       uint32_t *answer)
{
    Toy *t = m;
    uint32_t count = level->seen ? level->seen->count : 0;
    if (question == Q_MAY_END)
        *answer = !t->o.required || has_named(level->seen, 0);
    else
        *answer = !t->o.closed || count < t->n_names;
    return GRAM_OK;
}

static gram_status answer(void *m, uint32_t question, uint32_t answer,
                          Cell *out)
{
    Toy *t = m;
    *out = gr_cell_dead();
    if (!answer) return GRAM_OK;
    if (question == Q_MAY_GO_ON) return go_kind(t, OBJ_KEY, out);
    return gr_cell_pop(t->pda, (Verdict){0}, false, out);
}

/* Names that can still be spelled; escapes pending narrow by their hex. */
static gram_status key_words(void *m, StateId s, uint32_t *n)
{
    Toy *t = m;
    Text x = text_of(t, s);
    *n = UINT32_MAX;
    if (!t->o.closed || !x.key) return GRAM_OK;
    *n = 0;
    for (uint32_t i = 0; i < t->n_names && x.name != NO_NAME; i++) {
        const char *name = t->o.names[i];
        if (strncmp(name, t->o.names[x.name], x.n) != 0) continue;
        if (x.mode == 0) {
            ++*n;
            continue;
        }
        uint8_t next = (uint8_t)name[x.n];
        bool fits = next != 0;
        if (x.mode >= 2)
            fits = fits && next >> (4 * (x.mode - 1) & 31) == (int)x.acc;
        *n += fits;
    }
    return GRAM_OK;
}

static gram_status loop(void *m, StateId s, GrLoop *out)
{
    Toy *t = m;
    Text x = text_of(t, s);
    *out =
        (GrLoop){.ranges = plain, .n = 3, .reg = GR_REGS, .limit = UINT32_MAX};
    if (x.kind != TEXT || x.mode != 0 || (x.key && x.name != NO_NAME))
        out->n = 0;
    if (x.key || out->n == 0) return GRAM_OK;
    if (t->o.word) out->ranges = word;
    out->reg = 0;
    if (t->o.max_chars) out->limit = t->o.max_chars;
    return GRAM_OK;
}

/* --- costs ---------------------------------------------------------------- */

/* `,"name":0` */
static uint64_t required_cost(const Toy *t, const GrLevel *level)
{
    if (!t->o.required || has_named(level->seen, 0)) return 0;
    return strlen(t->o.names[0]) + 5;
}

static gram_status cost(void *m, const GrConfig *c, uint64_t *bytes,
                        const GrNode **rest)
{
    Toy *t = m;
    Text x = text_of(t, c->state);
    bool key = x.kind == TEXT && x.key;
    const GrLevel *level = key ? &c->stack->level : &c->level;
    uint32_t chars = level->reg[0];
    *rest = key ? c->stack->below : c->stack;
    switch ((Kind)x.kind) {
    case VALUE:
    case ARR_NEXT: *bytes = 1; break;
    case NUMBER:
    case END: *bytes = 0; break;
    case ARR_FIRST: *bytes = 1; break;
    case ARR_ITEM: *bytes = 2; break;
    case OBJ_FIRST:
    case OBJ_NEXT: *bytes = 1 + required_cost(t, level); break;
    case OBJ_KEY: *bytes = 30; break;
    case COLON: *bytes = 3 + required_cost(t, level); break;
    case MEMBER: *bytes = 2 + required_cost(t, level); break;
    case TEXT:
        *bytes = 1u + 6u * x.mode;
        if (!x.key && chars < t->o.min_chars) *bytes += t->o.min_chars - chars;
        if (x.key) *bytes += 20;
        break;
    }
    return GRAM_OK;
}

static gram_status frame_cost(void *m, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest)
{
    const GrLevel *level = &n->level;
    FrameId f = n->frame;
    *bytes = 0;
    *rest = n->below;
    if (f.v == F_ITEM) *bytes = 1;
    if (f.v == F_MEMBER) *bytes = 1 + required_cost(m, level);
    if (f.v == F_KEY) *bytes = 3 + required_cost(m, level);
    return GRAM_OK;
}

static gram_status print(void *m, StateId s, GrText *out)
{
    Toy *t = m;
    Text x = text_of(t, s);
    GR_TRY(gr_vec_push(t->env, out, (char)('A' + x.kind)));
    return gr_vec_push(t->env, out, '\n');
}

static void free_toy(void *m)
{
    Toy *t = m;
    gr_intern_clear(t->env, &t->states);
    gr_free(t->env, t, sizeof *t);
}

static const GrMachineOps ops = {
    .name = "toy",
    .fill = fill,
    .resume = resume,
    .ask = ask,
    .answer = answer,
    .key_words = key_words,
    .loop = loop,
    .cost = cost,
    .frame_cost = frame_cost,
    .sure = true,
    .print = print,
    .free = free_toy,
};

/* Class 0 is dead; every other byte is a class of its own, but for upper
 * case letters past G, which no name and no escape uses. */
static gram_status make_map(Toy *t)
{
    uint8_t classes[256];
    t->n_classes = 1;
    memset(classes, 0, sizeof classes);
    for (uint32_t b = 0x20; b < 0xF5; b++) {
        if (b > 'G' && b <= 'Z') {
            classes[b] = classes['G'];
            continue;
        }
        t->sample[t->n_classes] = (uint8_t)b;
        classes[b] = (uint8_t)t->n_classes++;
    }
    return gr_pda_map(t->pda, classes, t->n_classes, &t->map);
}

static gram_status start(Toy *t)
{
    FrameId f;
    StateId s;
    GR_TRY(make_map(t));
    for (int i = F_ITEM; i <= F_MEMBER; i++) GR_TRY(gr_pda_frame(t->pda, &f));
    GR_TRY(intern(t, (Text){.kind = VALUE}, &s));
    gr_pda_set_start(t->pda, s);
    return GRAM_OK;
}

gram_status toy_compile(GrEnv *env, const ToyOptions *options, GrPda *pda)
{
    Toy *t = gr_zalloc(env, 1, sizeof *t);
    if (t == NULL) return GRAM_E_MEMORY;
    t->env = env;
    t->pda = pda;
    t->o = *options;
    while (t->n_names < 8 && t->o.names[t->n_names] != NULL) t->n_names++;
    gr_intern_init(&t->states);
    gr_pda_set_machine(pda, &ops, t);
    return start(t);
}
