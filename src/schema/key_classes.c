/* The classes of keys that have no name, by the patterns that they match.
 *
 * Only inhabited classes exist.  They are found by splitting: starting from
 * "not a name", each pattern parts every class in two, and empty parts vanish,
 * so that 2^patterns is met only where it is true.
 *
 *     all but names -- ^x- --+-- x-...  -- \d$ --+-- x-...7
 *                            |                   +-- x-...y
 *                            +-- others -- \d$ --+-- ...7
 *                                                +-- ...
 *
 * Whether a part is empty is a question to the product of all patterns'
 * automata.  It is seldom asked: patterns that begin differently are apart
 * (leads), and a class remembers a key, from which keys of its parts can be
 * guessed. */
#include "schema/cells.h"

/* LEAD_MAX: bytes of a lead that are looked at.  MAX_CLASSES ends what patterns
 * in general position would make of it.  COUNT_CAP: a class with so many keys
 * counts as endless.  GUESS_MAX: bytes of a key that is tried, see
 * guess_keys. */
enum {
    LEAD_MAX = 64,
    MAX_CLASSES = 4096,
    COUNT_CAP = 1 << 20,
    GUESS_MAX = 4096
};

typedef GrVec(uint32_t) Words;

/* All names as one expression, each word with its number: the automaton of keys
 * reads them all at once. */
static gram_status make_words(Sm *sm, Universe *u)
{
    if (u->n_names == 0) {
        u->words = gr_re_none(sm->re);
        return GRAM_OK;
    }
    size_t size = u->n_names * sizeof(GrWord);
    GrWord *word = gr_resize(sm->env, NULL, 0, size);
    if (word == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < u->n_names; i++) {
        const GrName *k = &sm->key.at[u->names[i]];
        word[i] = (GrWord){k->text, k->len, k->id};
    }
    gram_status status = gr_re_words(sm->re, word, u->n_names, &u->words);
    gr_free(sm->env, word, size);
    return status;
}

/* --- leads ---------------------------------------------------------------- */

/* The parting of keys in progress. */
typedef struct Split {
    Universe *u;
    KeyText *lead;  /* by pattern */
    KeyText *least; /* by pattern: its shortest key, if that was asked for */
    uint32_t *of;   /* by class: the pattern of its longest lead + 1, or 0 */
    KeyText *some;  /* by class: a key of it, where one is known */
    Words part;     /* scratch */
} Split;

/* Do all keys of re begin so?  Is "re and not (text, then anything)" empty? */
static gram_status begins(Sm *sm, ReId re, const char *text, uint32_t n,
                          bool *yes)
{
    ReId head, part[2] = {re, {0}};
    GR_TRY(gr_re_text(sm->re, text, n, &head));
    GR_TRY(gr_re_cat(sm->re, head, gr_re_all(sm->re), &head));
    GR_TRY(gr_re_not(sm->re, head, &part[1]));
    GR_TRY(gr_re_and(sm->re, part, 2, &head));
    return gr_re_is_none(sm->re, head, yes);
}

/* text[n] must be readable: n is before the end. */
static uint32_t cut_at_char(const char *text, uint32_t n)
{
    while (n > 0 && (text[n] & 0xC0) == 0x80) n--;
    return n;
}

/* What a shortest key of the pattern and all others have in common, by halves:
 * if all keys begin with n bytes of it, they begin with fewer too. */
static gram_status find_lead(Sm *sm, ReId re, const char *word, uint32_t n,
                             KeyText *out)
{
    uint32_t lo = 0, hi = n < LEAD_MAX ? n : LEAD_MAX;
    while (lo < hi) {
        bool yes;
        uint32_t mid = lo + (hi - lo + 1) / 2;
        uint32_t at = mid < n ? cut_at_char(word, mid) : n;
        GR_TRY(begins(sm, re, word, at, &yes));
        if (yes)
            lo = mid;
        else
            hi = mid - 1;
    }
    out->n = lo < n ? cut_at_char(word, lo) : n;
    out->at = gr_arena_copy(sm->env, &sm->arena, word, out->n);
    return out->at ? GRAM_OK : GRAM_E_MEMORY;
}

static gram_status keep_key(Sm *sm, const char *text, uint32_t n, KeyText *out)
{
    *out = (KeyText){gr_arena_copy(sm->env, &sm->arena, text, n), n};
    return out->at ? GRAM_OK : GRAM_E_MEMORY;
}

/* Patterns that begin differently have no key together: most do, and need not
 * be tried with one another.  With FEW patterns that costs more than it saves.
 * A pattern without any key has no lead; its classes turn out empty. */
static gram_status find_leads(Sm *sm, Split *sp)
{
    enum { FEW = 4 };
    Universe *u = sp->u;
    for (uint32_t i = 0; i < u->n_patterns; i++) {
        GrText word = {0};
        bool none = false;
        ReId re = {u->patterns[i]};
        sp->lead[i] = (KeyText){"", 0};
        sp->least[i] = (KeyText){NULL, 0};
        if (u->n_patterns <= FEW) continue;
        GR_TRY(gr_re_is_none(sm->re, re, &none));
        gram_status status = none ? GRAM_OK : gr_re_shortest(sm->re, re, &word);
        if (status == GRAM_OK && !none)
            status = find_lead(sm, re, word.at, word.n, &sp->lead[i]);
        if (status == GRAM_OK && !none)
            status = keep_key(sm, word.at, word.n, &sp->least[i]);
        gr_vec_clear(sm->env, &word);
        GR_TRY(status);
    }
    return GRAM_OK;
}

/* Sufficient only.  No lead is known: nothing is said. */
static bool begin_apart(KeyText x, KeyText y)
{
    uint32_t n = x.n < y.n ? x.n : y.n;
    return n > 0 && memcmp(x.at, y.at, n) != 0;
}

/* --- classes -------------------------------------------------------------- */

/* Is there no key of both?  That their leads differ proves it without
 * an automaton. */
static gram_status are_apart(Sm *sm, const Split *sp, uint32_t i, uint32_t j,
                             bool *apart)
{
    ReId both[2] = {{sp->u->patterns[i]}, {sp->u->patterns[j]}}, meet;
    *apart = begin_apart(sp->lead[i], sp->lead[j]);
    if (*apart) return GRAM_OK;
    GR_TRY(gr_step(sm->env, 1));
    GR_TRY(gr_re_and(sm->re, both, 2, &meet));
    return gr_re_is_none(sm->re, meet, apart);
}

/* The class without a pattern, whatever its number. */
static bool matches_none(const Universe *u, uint32_t cls)
{
    uint32_t i = 0;
    while (i < u->n_patterns && !gr_bit_get(u->classes[cls].bits, i)) i++;
    return i == u->n_patterns;
}

/* The keys of pattern `bit` in a class.  Of the class without a pattern: of
 * those before, only what overlaps needs to be excluded, as every part of an
 * intersection costs something at each character. */
static gram_status keys_in(Sm *sm, Split *sp, uint32_t cls, uint32_t bit,
                           ReId *out)
{
    const Universe *u = sp->u;
    Words *part = &sp->part;
    ReId p = {u->patterns[bit]}, no;
    bool apart, none = matches_none(u, cls);
    part->n = 0;
    GR_TRY(gr_vec_push(sm->env, part, p.v));
    if (!none) GR_TRY(gr_vec_push(sm->env, part, u->classes[cls].re.v));
    if (none && u->n_names > 0) {
        GR_TRY(gr_re_not(sm->re, u->words, &no));
        GR_TRY(gr_vec_push(sm->env, part, no.v));
    }
    for (uint32_t i = 0; i < bit && none; i++) {
        GR_TRY(are_apart(sm, sp, bit, i, &apart));
        if (apart) continue;
        GR_TRY(gr_re_not(sm->re, (ReId){u->patterns[i]}, &no));
        GR_TRY(gr_vec_push(sm->env, part, no.v));
    }
    return gr_re_and(sm->re, (ReId *)part->at, part->n, out);
}

/* --- keys at hand --------------------------------------------------------- */

/* x then y, if re holds it: *out, else left alone. */
static gram_status try_key(Sm *sm, ReId re, KeyText x, KeyText y, KeyText *out)
{
    GrText both = {0};
    bool yes = false;
    if (out->at || !x.at || !y.at || x.n + y.n > GUESS_MAX) return GRAM_OK;
    gram_status status = gr_text_put(sm->env, &both, x.at, x.n);
    if (status == GRAM_OK) status = gr_text_put(sm->env, &both, y.at, y.n);
    if (status == GRAM_OK)
        status = gr_re_holds(sm->re, re, both.at, both.n, &yes);
    if (status == GRAM_OK && yes) status = keep_key(sm, both.at, both.n, out);
    gr_vec_clear(sm->env, &both);
    return status;
}

/* A key of both parts of a class, if one is at hand: that which the class was
 * known by is in one of them.  For the other, where the pattern or the class
 * is found anywhere in a key, theirs side by side are in both.  Patterns that
 * look for words are the ones that have a class for every set of them. */
static gram_status guess_keys(Sm *sm, Split *sp, uint32_t cls, uint32_t bit,
                              const ReId *part, KeyText *key)
{
    KeyText none = {"", 0}, old = sp->some[cls], least = sp->least[bit];
    key[0] = key[1] = (KeyText){NULL, 0};
    if (least.at == NULL) return GRAM_OK;
    GR_TRY(try_key(sm, part[1], old, none, &key[1]));
    GR_TRY(try_key(sm, part[0], old, none, &key[0]));
    GR_TRY(try_key(sm, part[0], least, none, &key[0]));
    GR_TRY(try_key(sm, part[0], old, least, &key[0]));
    return try_key(sm, part[0], least, old, &key[0]);
}

/* One more class, of the keys part[0] that a pattern has; without any keys left
 * (part[1]) the old one becomes it.  Its longest lead is the one that a class
 * is best told apart from others by.  `cap` places (split_all) suffice too: n
 * patterns part keys into 2^n classes at most.  key: some of each part. */
static gram_status add_class(Sm *sm, Split *sp, uint32_t cls, uint32_t bit,
                             const ReId *part, const KeyText *key)
{
    Universe *u = sp->u;
    uint32_t words = gr_bit_words(u->n_patterns);
    bool none_left;
    uint32_t *bits = gr_arena_take(sm->env, &sm->arena, words * sizeof *bits);
    if (bits == NULL) return GRAM_E_MEMORY;
    memcpy(bits, u->classes[cls].bits, words * sizeof *bits);
    gr_bit_set(bits, bit);
    GR_TRY(gr_re_is_none(sm->re, part[1], &none_left));
    if (none_left) {
        u->classes[cls].bits = bits;
        sp->some[cls] = key[0];
        return GRAM_OK;
    }
    if (u->n_classes == MAX_CLASSES)
        return gr_fail(sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "patterns that part the keys of an object into more "
                       "than %d classes",
                       MAX_CLASSES);
    u->classes[cls].re = part[1];
    sp->some[cls] = key[1];
    sp->some[u->n_classes] = key[0];
    uint32_t was = sp->of[cls];
    bool longer = was == 0 || sp->lead[bit].n > sp->lead[was - 1].n;
    sp->of[u->n_classes] = longer ? bit + 1 : was;
    u->classes[u->n_classes++] = (KeyClass){part[0], bits, 0};
    return GRAM_OK;
}

/* Split every class by one more pattern.  Classes made meanwhile match the
 * pattern already: only the first n are tried. */
static gram_status split(Sm *sm, Split *sp, uint32_t bit)
{
    Universe *u = sp->u;
    ReId p = {u->patterns[bit]}, no;
    uint32_t n = u->n_classes;
    GR_TRY(gr_re_not(sm->re, p, &no));
    GR_TRY(gr_step(sm->env, n / 16));
    for (uint32_t i = 0; i < n; i++) {
        ReId out[2] = {u->classes[i].re, no}, part[2];
        KeyText key[2];
        bool none = sp->of[i] != 0 &&
                    begin_apart(sp->lead[bit], sp->lead[sp->of[i] - 1]);
        if (none) continue;
        GR_TRY(keys_in(sm, sp, i, bit, &part[0]));
        GR_TRY(gr_re_and(sm->re, out, 2, &part[1]));
        GR_TRY(guess_keys(sm, sp, i, bit, part, key));
        GR_TRY(gr_re_is_none(sm->re, part[0], &none));
        if (!none) GR_TRY(add_class(sm, sp, i, bit, part, key));
    }
    return GRAM_OK;
}

/* cap: places for classes. */
static gram_status split_all(Sm *sm, Universe *u, uint32_t cap)
{
    Split sp = {.u = u};
    size_t leads = (u->n_patterns + (size_t)1) * sizeof *sp.lead;
    u->leads = sp.lead = gr_arena_take(sm->env, &sm->arena, leads);
    sp.least = gr_resize(sm->env, NULL, 0, leads);
    sp.of = gr_zalloc(sm->env, cap, sizeof *sp.of);
    sp.some = gr_zalloc(sm->env, cap, sizeof *sp.some);
    bool got = sp.lead && sp.least && sp.of && sp.some;
    gram_status status = got ? GRAM_OK : GRAM_E_MEMORY;
    if (got) sp.some[0] = (KeyText){"", 0};
    if (status == GRAM_OK) status = find_leads(sm, &sp);
    for (uint32_t i = 0; i < u->n_patterns && status == GRAM_OK; i++)
        status = split(sm, &sp, i);
    gr_free(sm->env, sp.least, leads);
    gr_free(sm->env, sp.of, cap * sizeof *sp.of);
    gr_free(sm->env, sp.some, cap * sizeof *sp.some);
    gr_vec_clear(sm->env, &sp.part);
    return status;
}

/* Without patterns there is one class, of all keys that have no
 * name: endless. */
static gram_status count_classes(Sm *sm, Universe *u)
{
    for (uint32_t i = 0; i < u->n_classes; i++) {
        uint32_t n = COUNT_CAP;
        if (u->n_patterns > 0)
            GR_TRY(gr_re_count(sm->re, u->classes[i].re, COUNT_CAP, &n));
        u->classes[i].count = n < COUNT_CAP ? n : UINT32_MAX;
    }
    return GRAM_OK;
}

/* Class 0 is that of no pattern; it may become another's if nothing is left of
 * it (add_class). */
static gram_status make_classes(Sm *sm, Universe *u)
{
    uint32_t words = gr_bit_words(u->n_patterns);
    uint32_t cap = u->n_patterns < 12 ? 1u << u->n_patterns : MAX_CLASSES;
    uint32_t *bits =
        gr_arena_take(sm->env, &sm->arena, (words + 1) * sizeof *bits);
    u->classes = gr_arena_take(sm->env, &sm->arena, cap * sizeof *u->classes);
    if (bits == NULL || u->classes == NULL) return GRAM_E_MEMORY;
    memset(bits, 0, (words + 1) * sizeof *bits);
    u->classes[0] = (KeyClass){gr_re_all(sm->re), bits, 0};
    if (u->n_names > 0) GR_TRY(gr_re_not(sm->re, u->words, &u->classes[0].re));
    u->n_classes = 1;
    if (u->n_patterns > 0) GR_TRY(split_all(sm, u, cap));
    return count_classes(sm, u);
}

/* Also for evaluated.c, which has names and patterns but no specs. */
gram_status sm_part_keys(Sm *sm, Universe *u)
{
    GR_TRY(make_words(sm, u));
    return make_classes(sm, u);
}
