/* Lists of keys and items as numbers, and answers by them.
 *
 *      older list + one more  ->  list        (older, named, text)
 *      question about a level ->  answer      (question, list, registers)
 *
 * A question to a machine costs a microsecond, and whoever comes to the same
 * place with the same keys asks the same.  So lists are interned, one link at
 * a time, and what a question depends on is a few numbers: of keys which
 * named ones there are, in their order; of items their texts.
 *
 * A number stands for one list; a list may be without one, where there is no
 * room for it: then nothing is remembered about it.  Lists and answers may
 * take a small part of the memory that the grammar has. */
#include "pda/pda_int.h"

enum {
    TEXT_MOST = 256,
    SHARE = 16, /* of the memory, and at most: */
    BYTES_MOST = 1 << 21
};
#define NO_TEXT UINT32_MAX

typedef struct Link {
    uint64_t hash;
    uint32_t older, named;
    uint32_t text, len; /* len NO_TEXT: none */
} Link;

typedef struct Answer {
    uint32_t question, list;
    uint32_t reg[GR_REGS - 1];
    uint32_t answer;
    _Atomic uint32_t cell; /* behind it, once that was asked for */
} Answer;

void gr_levels_init(GrLevels *l)
{
    gr_store_init(&l->links, sizeof(Link));
    gr_store_init(&l->texts, 1);
    gr_store_init(&l->answers, sizeof(Answer));
}

void gr_levels_clear(GrEnv *env, GrLevels *l)
{
    gr_index_clear(env, &l->by_link);
    gr_index_clear(env, &l->by_question);
    gr_store_clear(env, &l->links);
    gr_store_clear(env, &l->texts);
    gr_store_clear(env, &l->answers);
}

/* --- hashes -------------------------------------------------------------- */

static uint64_t link_hash(uint32_t older, uint32_t named, uint64_t text)
{
    return gr_mix(gr_pair(older, named) + gr_mix(text));
}

static uint64_t answer_hash(uint32_t question, uint32_t list,
                            const uint32_t *reg)
{
    uint64_t h = gr_mix(gr_pair(question, list));
    for (uint32_t r = 0; r + 1 < GR_REGS; r++)
        h = reg[r] ? gr_mix(h + gr_pair(r + 1, reg[r])) : h;
    return h;
}

static const Link *link_at(const GrLevels *l, uint32_t i)
{
    return gr_store_at(&l->links, i);
}

static Answer *answer_at(const GrLevels *l, uint32_t i)
{
    return gr_store_at(&l->answers, i);
}

/* Is there room for `more` bytes? */
static bool fits(const GrPda *p, size_t more)
{
    const GrLevels *l = &p->levels;
    size_t used = l->links.n * sizeof(Link) + l->texts.n +
                  l->answers.n * sizeof(Answer);
    size_t most = p->env->max_memory / SHARE;
    return used + more <= (most < BYTES_MOST ? most : BYTES_MOST);
}

/* --- lists ---------------------------------------------------------------- */

static bool is_link(const GrLevels *l, const Link *a, const Link *b,
                    const char *text)
{
    return a->hash == b->hash && a->older == b->older && a->named == b->named &&
           a->len == b->len &&
           (a->len == NO_TEXT || a->len == 0 ||
            memcmp(gr_store_at(&l->texts, a->text), text, a->len) == 0);
}

static uint32_t find_link(const GrLevels *l, const Link *want, const char *text)
{
    GrProbe q = gr_index_probe(&l->by_link, want->hash);
    for (uint32_t i; gr_index_next(&q, &i);)
        if (is_link(l, link_at(l, i), want, text)) return i + 1;
    return 0;
}

static uint64_t hash_of_link(const void *l, uint32_t i)
{
    return link_at(l, i)->hash;
}

static gram_status add_link(GrPda *p, Link made, const char *text,
                            uint32_t *list)
{
    GrLevels *l = &p->levels;
    uint32_t at, len = made.len == NO_TEXT ? 0 : made.len;
    *list = find_link(l, &made, text);
    if (*list != 0 || !fits(p, sizeof made + len)) return GRAM_OK;
    if (len > 0) GR_TRY(gr_store_add(p->env, &l->texts, len, &made.text));
    if (len > 0) memcpy(gr_store_at(&l->texts, made.text), text, len);
    GR_TRY(gr_store_add(p->env, &l->links, 1, &at));
    *(Link *)gr_store_at(&l->links, at) = made;
    *list = at + 1;
    return gr_index_add(p->env, &l->by_link, made.hash, at, hash_of_link, l);
}

/* 0 where the list gets no number. */
static uint32_t list_of(GrPda *p, Link want, const char *text)
{
    uint32_t list = find_link(&p->levels, &want, text);
    if (GR_LIKELY(list != 0)) return list;
    pthread_mutex_lock(&p->lock);
    if (add_link(p, want, text, &list) != GRAM_OK) list = 0;
    pthread_mutex_unlock(&p->lock);
    return list;
}

void gr_seen_number(GrPda *p, GrSeen *s)
{
    const GrSeen *older = s->older;
    Link want = {.named = s->named, .len = NO_TEXT};
    s->names = s->texts = 0;
    if (older == NULL || older->names != 0) {
        want.older = older ? older->names : 0;
        want.hash = link_hash(want.older, want.named, 0);
        s->names = list_of(p, want, NULL);
    }
    bool is_short = s->text != NULL && s->len <= TEXT_MOST;
    /* an item without a text is any; a long one must not pass for it */
    bool is_any = s->text == NULL && s->is_item;
    if ((older != NULL && older->texts == 0) || !(is_short || is_any)) return;
    want.older = older ? older->texts : 0;
    if (is_short) want.len = s->len;
    want.hash = link_hash(want.older, want.named, is_short ? s->hash : 1);
    s->texts = list_of(p, want, s->text);
}

/* --- answers -------------------------------------------------------------- */

static bool is_answer(const Answer *a, uint32_t question, uint32_t list,
                      const uint32_t *reg)
{
    return a->question == question && a->list == list &&
           memcmp(a->reg, reg, sizeof a->reg) == 0;
}

/* What an answer about the level depends on, besides its registers; false
 * where that has no number.  Numbers of names and of texts are of one kind. */
static bool list_of_level(const GrLevel *level, uint32_t *list)
{
    const GrSeen *s = level->seen;
    *list = s == NULL ? 0 : s->is_item ? s->texts : s->names;
    return s == NULL || *list != 0;
}

bool gr_answer_find(const GrPda *p, uint32_t question, const GrLevel *level,
                    uint32_t *answer, _Atomic uint32_t **cell)
{
    const GrLevels *l = &p->levels;
    uint32_t list;
    if (!list_of_level(level, &list)) return false;
    uint64_t hash = answer_hash(question, list, level->reg + 1);
    GrProbe q = gr_index_probe(&l->by_question, hash);
    for (uint32_t i; gr_index_next(&q, &i);) {
        Answer *a = answer_at(l, i);
        if (!is_answer(a, question, list, level->reg + 1)) continue;
        *answer = a->answer;
        *cell = &a->cell;
        return true;
    }
    return false;
}

static uint64_t hash_of_answer(const void *l, uint32_t i)
{
    const Answer *a = answer_at(l, i);
    return answer_hash(a->question, a->list, a->reg);
}

void gr_answer_add(GrPda *p, uint32_t question, const GrLevel *level,
                   uint32_t answer)
{
    GrLevels *l = &p->levels;
    _Atomic uint32_t *cell;
    uint32_t at, known, list;
    if (!list_of_level(level, &list) || !fits(p, sizeof(Answer))) return;
    if (gr_answer_find(p, question, level, &known, &cell)) return;
    if (gr_store_add(p->env, &l->answers, 1, &at) != GRAM_OK) return;
    Answer *a = answer_at(l, at);
    a->question = question, a->list = list, a->answer = answer;
    memcpy(a->reg, level->reg + 1, sizeof a->reg);
    /* where there is no room it is not remembered */
    (void)gr_index_add(p->env, &l->by_question,
                       answer_hash(question, list, a->reg), at, hash_of_answer,
                       l);
}
