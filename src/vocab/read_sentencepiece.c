/* SentencePiece .model: a protobuf message, read by hand.
 *
 *     ModelProto        1 pieces*, 2 trainer_spec, 3 normalizer_spec
 *     SentencePiece     1 piece, 2 score (float), 3 type
 *     TrainerSpec       3 model_type, 24 whitespace as suffix,
 *                       35 byte_fallback, 40..43 unk, bos, eos, pad ids
 *     NormalizerSpec    2 precompiled_charsmap, 3 add_dummy_prefix,
 *                       4 remove_extra_whitespaces, 5 escape_whitespaces
 *
 * On the wire a message is fields, one after the other, each with its number
 * and one of a few types in front, by which a reader steps over what it does
 * not know:
 *
 *     varint  number << 3 | type      type 0  a varint
 *                                          1  8 bytes, 5  4 bytes
 *                                          2  varint n, n bytes: text, or a
 *                                             message in the message
 *
 * Ids are places in the list of pieces.  Fields that are not named here are
 * skipped by their wire type; groups (types 3 and 4) do not occur in this
 * format and are refused.  A protobuf library would be a dependency for four
 * messages.  One pass, O(file).
 *
 * Source: sentencepiece_model.proto and the protobuf encoding specification. */
#include "vocab/readers.h"

typedef struct Message {
    const uint8_t *p;
    size_t n, at;
    size_t base; /* offset of p in the file, for messages */
} Message;

typedef struct Field {
    uint32_t number, type;
    uint64_t value; /* of types 0, 1 and 5 */
    Message sub;    /* of type 2 */
} Field;

typedef struct Model {
    uint64_t type; /* 1 Unigram, 2 BPE, 3 word, 4 char */
    bool suffix, fallback, prefix, collapse;
    uint64_t unknown, end;
    Message charsmap;
} Model;

/* Seven bits a byte, the lowest first; ten bytes at most.  Bits beyond 64 fall
 * off. */
static bool read_varint(Message *m, uint64_t *out)
{
    *out = 0;
    for (uint32_t shift = 0; shift < 64 && m->at < m->n; shift += 7) {
        uint8_t b = m->p[m->at++];
        *out |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) return true;
    }
    return false;
}

/* Little endian. */
static bool read_fixed(Message *m, uint32_t n, uint64_t *out)
{
    if (n > m->n - m->at) return false;
    *out = 0;
    for (uint32_t i = n; i-- > 0;) *out = *out << 8 | m->p[m->at + i];
    m->at += n;
    return true;
}

/* False where the message ends inside of the field; numbers have 29 bits, and
 * 0 is none. */
static bool read_field(Message *m, Field *f)
{
    uint64_t tag, n;
    if (!read_varint(m, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF)
        return false;
    f->number = (uint32_t)(tag >> 3);
    f->type = (uint32_t)(tag & 7);
    switch (f->type) {
    case 0: return read_varint(m, &f->value);
    case 1: return read_fixed(m, 8, &f->value);
    case 5: return read_fixed(m, 4, &f->value);
    case 2: break;
    default: return false;
    }
    if (!read_varint(m, &n) || n > m->n - m->at) return false;
    f->sub = (Message){m->p + m->at, (size_t)n, 0, m->base + m->at};
    m->at += (size_t)n;
    return true;
}

static gram_status damaged(GrVocabDraft *d, const Message *m)
{
    return gr_fail(&d->env, GRAM_E_VOCAB, m->base + m->at,
                   "SentencePiece: a field is damaged or cut");
}

/* The beginning of a message whose first field is a piece with a text. */
bool gr_is_sentencepiece(GrBytes file)
{
    Message m = {file.p, file.n, 0, 0};
    Field f, piece;
    uint64_t tag, n;
    if (file.n < 4 || m.p[0] != 0x0A) return false;
    m.at = 1;
    if (!read_varint(&m, &n) || n == 0 || n > 70000) return false;
    if (n > m.n - m.at) /* cut inside: still this format */
        return m.at < m.n && m.p[m.at] == 0x0A;
    f.sub = (Message){m.p + m.at, (size_t)n, 0, m.at};
    tag = f.sub.p[0];
    return (tag == 0x0A || tag == 0x15 || tag == 0x18) &&
           read_field(&f.sub, &piece);
}

/* --- pieces --------------------------------------------------------------- */

/* Types of the format: 1 normal, 2 unknown, 3 control, 4 user defined, 5
 * unused, 6 byte.  What this reader does not know is no text.  User tokens
 * keep their spelling as a name: a grammar may ask for them. */
static gram_status set_piece(GrVocabDraft *d, uint32_t id, uint64_t type,
                             const Message *text, GrText *buffer)
{
    static const GrTokenKind kinds[] = {
        GR_TOKEN_UNUSED, GR_TOKEN_NORMAL, GR_TOKEN_UNKNOWN, GR_TOKEN_SPECIAL,
        GR_TOKEN_USER,   GR_TOKEN_UNUSED, GR_TOKEN_BYTE};
    GrTokenKind kind = type < 7 ? kinds[type] : GR_TOKEN_UNUSED;
    const char *p = (const char *)text->p;
    if (kind > GR_TOKEN_USER || text->n > GR_LIMIT_TOKEN_BYTES)
        return gr_draft_set(d, id, kind, p, text->n, text->base);
    if (kind == GR_TOKEN_BYTE) {
        int byte = gr_byte_piece(p, text->n);
        char b = (char)(uint8_t)byte;
        if (byte >= 0) return gr_draft_set(d, id, kind, &b, 1, text->base);
        return gr_fail(&d->env, GRAM_E_VOCAB, text->base,
                       "SentencePiece: a byte piece that is not <0xHH>");
    }
    GR_TRY(gr_vec_reserve(&d->env, buffer, text->n + 1));
    size_t n = gr_metaspace_decode(p, text->n, buffer->at);
    GR_TRY(gr_draft_set(d, id, kind, buffer->at, n, text->base));
    return kind == GR_TOKEN_USER ? gr_draft_name(d, id, p, text->n) : GRAM_OK;
}

/* Fields may come in any order, and of a field given twice the last counts. */
static gram_status read_piece(GrVocabDraft *d, Message m, uint32_t id,
                              GrText *buffer)
{
    Field f;
    Message text = {m.p, 0, 0, m.base};
    uint64_t type = 1;
    uint32_t score = 0;
    while (m.at < m.n) {
        if (!read_field(&m, &f)) return damaged(d, &m);
        if (f.number == 1 && f.type == 2) text = f.sub;
        if (f.number == 2 && f.type == 5) score = (uint32_t)f.value;
        if (f.number == 3 && f.type == 0) type = f.value;
    }
    GR_TRY(gr_recipe_u32(d, score));
    return set_piece(d, id, type, &text, buffer);
}

/* --- the two specs -------------------------------------------------------- */

/* Of the ids only those of the unknown and of the end decide anything here;
 * begin and padding are control pieces anyway. */
static gram_status read_trainer(GrVocabDraft *d, Message m, Model *out)
{
    Field f;
    while (m.at < m.n) {
        if (!read_field(&m, &f)) return damaged(d, &m);
        if (f.type != 0) continue;
        switch (f.number) {
        case 3: out->type = f.value; break;
        case 24: out->suffix = f.value != 0; break;
        case 35: out->fallback = f.value != 0; break;
        case 40: out->unknown = f.value; break;
        case 42: out->end = f.value; break;
        default: break;
        }
    }
    return GRAM_OK;
}

/* escape_whitespaces is not looked at: tokens are stored with spaces, and
 * texts keep theirs. */
static gram_status read_normalizer(GrVocabDraft *d, Message m, Model *out)
{
    Field f;
    while (m.at < m.n) {
        if (!read_field(&m, &f)) return damaged(d, &m);
        if (f.number == 2 && f.type == 2) out->charsmap = f.sub;
        if (f.number == 3 && f.type == 0) out->prefix = f.value != 0;
        if (f.number == 4 && f.type == 0) out->collapse = f.value != 0;
    }
    return GRAM_OK;
}

/* Pieces first, in one scores record; the specs may lie anywhere. */
static gram_status read_pieces(GrVocabDraft *d, Message m, Model *out,
                               GrText *buffer)
{
    Field f;
    uint32_t id = 0;
    while (m.at < m.n) {
        if (!read_field(&m, &f)) return damaged(d, &m);
        if (f.type != 2) continue;
        if (f.number == 1) GR_TRY(read_piece(d, f.sub, id++, buffer));
        if (f.number == 2) GR_TRY(read_trainer(d, f.sub, out));
        if (f.number == 3) GR_TRY(read_normalizer(d, f.sub, out));
    }
    return GRAM_OK;
}

/* --- the recipe ----------------------------------------------------------- */

/* User tokens are frozen (recipe.h): the normalizer leaves them as they are,
 * and the model, which finds normal tokens by their bytes, finds these by the
 * keys that are stated. */
static gram_status add_users(GrVocabDraft *d)
{
    uint32_t mark;
    GR_TRY(gr_recipe_begin(d, GR_OP_KEYS, 0, &mark));
    for (uint32_t id = 0; id < d->kind.n; id++) {
        GrSpan s = d->span.at[id];
        if (d->kind.at[id] == GR_TOKEN_USER)
            GR_TRY(gr_recipe_key(d, id, gr_draft_at(d, s), s.len));
    }
    gr_recipe_end(d, mark);
    GR_TRY(gr_recipe_begin(d, GR_OP_ADDED, GR_ADDED_FROZEN, &mark));
    for (uint32_t id = 0; id < d->kind.n; id++) {
        if (d->kind.at[id] != GR_TOKEN_USER) continue;
        GrSpan s = d->span.at[id];
        GR_TRY(gr_recipe_added(d, id, 0, gr_draft_at(d, s), s.len));
    }
    gr_recipe_end(d, mark);
    return GRAM_OK;
}

/* Of word and character models the tokens are read, and masks work; they have
 * no encoder. */
static gram_status add_rest(GrVocabDraft *d, const Model *m)
{
    uint32_t spaces = (m->prefix ? GR_SPACES_PREFIX : 0u) |
                      (m->collapse ? GR_SPACES_COLLAPSE : 0u) |
                      (m->suffix ? GR_SPACES_SUFFIX : 0u);
    if (m->charsmap.n > 0)
        GR_TRY(
            gr_recipe_add(d, GR_OP_CHARSMAP, 0, m->charsmap.p, m->charsmap.n));
    GR_TRY(gr_recipe_add(d, GR_OP_SPACES, spaces, NULL, 0));
    GR_TRY(gr_recipe_dummy(d, m->prefix && !m->suffix, m->prefix && m->suffix));
    GR_TRY(add_users(d));
    if (m->type != 1 && m->type != 2)
        GR_TRY(gr_recipe_add(d, GR_OP_UNSUPPORTED, 0,
                             "a word or character model", 25));
    if (m->unknown < d->kind.n) {
        uint8_t le[4];
        for (int k = 0; k < 4; k++) le[k] = (uint8_t)(m->unknown >> 8 * k);
        GR_TRY(gr_recipe_add(d, GR_OP_UNKNOWN, 0, le, sizeof le));
    }
    return m->end < d->kind.n ? gr_draft_end(d, (uint32_t)m->end) : GRAM_OK;
}

/* The scores are written while the pieces are read, before the trainer tells
 * which model they are for; the record's kind is set behind. */
gram_status gr_read_sentencepiece(GrVocabDraft *d, GrBytes file)
{
    Model m = {.type = 1, .prefix = true, .collapse = true, .end = 2};
    GrText buffer = {0};
    GrSpan pattern;
    uint32_t mark;
    GR_TRY(gr_recipe_begin(d, GR_OP_UNIGRAM, 0, &mark));
    gram_status s =
        read_pieces(d, (Message){file.p, file.n, 0, 0}, &m, &buffer);
    gr_vec_clear(&d->env, &buffer);
    GR_TRY(s);
    gr_recipe_end(d, mark);
    uint32_t flags = GR_BPE_META |
                     (m.fallback ? GR_BPE_FALLBACK : GR_BPE_FUSE_UNKNOWN);
    gr_recipe_set_op(d, mark, m.type == 2 ? GR_OP_SCORES : GR_OP_UNIGRAM,
                     flags | GR_BPE_SENTENCEPIECE);
    GR_TRY(add_rest(d, &m));
    GR_TRY(gr_read_specials(d, &pattern));
    return gr_read_side_ends(d, NULL);
}
