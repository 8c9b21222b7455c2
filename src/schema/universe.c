/* Which keys an object's residual can tell apart.
 *
 * Named keys are those of `properties` and of `required` in any living atom.
 * All other keys fall into classes by the set of patterns they match
 * (patternProperties and propertyNames alike); only inhabited classes exist.
 * They are found by splitting: starting from "not a name", each pattern
 * parts every class in two, and empty parts vanish, so that 2^patterns is
 * met only where it is true.  The keys of a class that has few are named
 * too: a class says how many of its keys are used, not which. */
#include "schema/cells.h"

/* LEAD_MAX: bytes of a lead that are looked at.  MAX_CLASSES ends what patterns
 * in general position would make of it.  COUNT_CAP: a class with so many keys
 * counts as endless.  SMALL_CLASS: see name_small.  GUESS_MAX: bytes of a key
 * that is tried, see guess_keys. */
enum {
    LEAD_MAX = 64,
    MAX_CLASSES = 4096,
    COUNT_CAP = 1 << 20,
    SMALL_CLASS = 64,
    GUESS_MAX = 4096
};

typedef GrVec(uint32_t) Words;

/* A copy in the arena, for the universe. */
static gram_status keep(Sm *sm, Words *w, const uint32_t **out, uint32_t *n)
{
    *n = w->n;
    *out = (const uint32_t *)gr_arena_copy(sm->env, &sm->arena, w->at,
                                           w->n * sizeof *w->at);
    return *out ? GRAM_OK : GRAM_E_MEMORY;
}

/* What the atoms of an object speak of, while it is collected. */
typedef struct Parts {
    Words names, patterns, specs, vars;
} Parts;

/* propertyNames is a pattern among others: whether a key matches it is one more
 * bit of its class. */
static gram_status add_spec(Sm *sm, Parts *p, uint32_t spec)
{
    ObjectSpec s = sm_object_spec(sm, spec);
    for (uint32_t i = 0; i < s.n_names; i++)
        GR_TRY(gr_vec_push(sm->env, &p->names, s.names[2 * i]));
    for (uint32_t i = 0; i < s.n_patterns; i++)
        GR_TRY(gr_vec_push(sm->env, &p->patterns, s.patterns[2 * i]));
    if (s.key_text.v != gr_re_all(sm->re).v)
        GR_TRY(gr_vec_push(sm->env, &p->patterns, s.key_text.v));
    return gr_vec_push(sm->env, &p->specs, spec);
}

static gram_status add_atoms(Sm *sm, Bdd f, Parts *p)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode node = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        GR_TRY(gr_vec_push(sm->env, &p->vars, node.var));
    }
    return GRAM_OK;
}

/* Names of REQ atoms too: a key that only `required` mentions must be told
 * apart from others, or nobody could ask for it.  COUNT atoms need no key.
 * p->vars keeps the variables of the specs, in the order of the specs. */
static gram_status read_atoms(Sm *sm, Parts *p)
{
    uint32_t n = 0;
    p->vars.n = sm_sort_unique(p->vars.at, p->vars.n);
    for (uint32_t i = 0; i < p->vars.n; i++) {
        Atom atom = sm_atom_of(sm, p->vars.at[i]);
        if (atom.kind == ATOM_UNIV) {
            GR_TRY(add_spec(sm, p, atom.a));
            p->vars.at[n++] = p->vars.at[i];
        } else if (atom.kind == ATOM_REQ) {
            uint32_t m;
            const uint32_t *key = sm_set(sm, atom.a, &m);
            for (uint32_t j = 0; j < m; j++)
                GR_TRY(gr_vec_push(sm->env, &p->names, key[j]));
        }
    }
    p->vars.n = n;
    p->names.n = sm_sort_unique(p->names.at, p->names.n);
    p->patterns.n = sm_sort_unique(p->patterns.at, p->patterns.n);
    return GRAM_OK;
}

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

/* A key, or what all keys of a pattern begin with, maybe nothing (a lead).
 * NULL: not known. */
typedef struct Text {
    const char *at;
    uint32_t n;
} Text;

/* The parting of keys in progress. */
typedef struct Split {
    Universe *u;
    Text *lead;   /* by pattern */
    Text *least;  /* by pattern: its shortest key, if that was asked for */
    uint32_t *of; /* by class: the pattern of its longest lead + 1, or 0 */
    Text *some;   /* by class: a key of it, where one is known */
    Words part;   /* scratch */
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
                             Text *out)
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

static gram_status keep_key(Sm *sm, const char *text, uint32_t n, Text *out)
{
    *out = (Text){gr_arena_copy(sm->env, &sm->arena, text, n), n};
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
        sp->lead[i] = (Text){"", 0};
        sp->least[i] = (Text){NULL, 0};
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
static bool begin_apart(Text x, Text y)
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
static gram_status try_key(Sm *sm, ReId re, Text x, Text y, Text *out)
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
                              const ReId *part, Text *key)
{
    Text none = {"", 0}, old = sp->some[cls], least = sp->least[bit];
    key[0] = key[1] = (Text){NULL, 0};
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
                             const ReId *part, const Text *key)
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
        Text key[2];
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
    sp.lead = gr_resize(sm->env, NULL, 0, leads);
    sp.least = gr_resize(sm->env, NULL, 0, leads);
    sp.of = gr_zalloc(sm->env, cap, sizeof *sp.of);
    sp.some = gr_zalloc(sm->env, cap, sizeof *sp.some);
    bool got = sp.lead && sp.least && sp.of && sp.some;
    gram_status status = got ? GRAM_OK : GRAM_E_MEMORY;
    if (got) sp.some[0] = (Text){"", 0};
    if (status == GRAM_OK) status = find_leads(sm, &sp);
    for (uint32_t i = 0; i < u->n_patterns && status == GRAM_OK; i++)
        status = split(sm, &sp, i);
    gr_free(sm->env, sp.lead, leads);
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

/* The shortest word of re becomes a name, and leaves re. */
static gram_status name_word(Sm *sm, ReId *re, Parts *p)
{
    GrText text = {0};
    uint32_t key = 0;
    ReId part[2] = {*re, {0}};
    gram_status status = gr_re_shortest(sm->re, *re, &text);
    if (status == GRAM_OK) status = sm_key(sm, text.at, text.n, &key);
    if (status == GRAM_OK)
        status = gr_re_text(sm->re, text.at, text.n, &part[1]);
    gr_vec_clear(sm->env, &text);
    GR_TRY(status);
    GR_TRY(gr_re_not(sm->re, part[1], &part[1]));
    GR_TRY(gr_re_and(sm->re, part, 2, re));
    return gr_vec_push(sm->env, &p->names, key);
}

/* The keys of small classes are names: which of them have been used is then
 * known one by one, not only how many at most.  (Of a class that has no names
 * each key seen may have used one up, whichever class it was of.) */
static gram_status name_small(Sm *sm, const Universe *u, Parts *p)
{
    for (uint32_t i = 0; i < u->n_classes; i++) {
        ReId re = u->classes[i].re;
        if (u->classes[i].count > SMALL_CLASS) continue;
        for (uint32_t j = 0; j < u->classes[i].count; j++)
            GR_TRY(name_word(sm, &re, p));
    }
    p->names.n = sm_sort_unique(p->names.at, p->names.n);
    return GRAM_OK;
}

/* From the names so far. */
static gram_status make_keys(Sm *sm, Parts *p, Universe *u)
{
    GR_TRY(keep(sm, &p->names, &u->names, &u->n_names));
    return sm_part_keys(sm, u);
}

/* --- which specs speak of which keys -------------------------------------- */

/* Does it say something about keys that it does not name? */
static bool speaks_of_all(Sm *sm, const ObjectSpec *s)
{
    return s->additional.v != CONJ_TRUE || s->n_patterns > 0 ||
           s->key_text.v != gr_re_all(sm->re).v;
}

/* How many specs name each name, and those that speak of all keys. */
static gram_status count_mentions(Sm *sm, const Universe *u, uint32_t *count,
                                  Words *far)
{
    for (uint32_t i = 0; i < u->n_specs; i++) {
        ObjectSpec s = sm_object_spec(sm, u->specs[i]);
        GR_TRY(gr_step(sm->env, 1));
        if (speaks_of_all(sm, &s)) {
            GR_TRY(gr_vec_push(sm->env, far, i));
            continue;
        }
        for (uint32_t j = 0; j < s.n_names; j++)
            count[sm_find_word(u->names, u->n_names, 1, s.names[2 * j])]++;
    }
    return GRAM_OK;
}

/* From the last spec to the first, each list filled from its end: the
 * lists ascend. */
static void place_mentions(Sm *sm, const Universe *u, uint32_t *end,
                           uint32_t *mention)
{
    for (uint32_t i = u->n_specs; i-- > 0;) {
        ObjectSpec s = sm_object_spec(sm, u->specs[i]);
        for (uint32_t j = 0; j < s.n_names && !speaks_of_all(sm, &s); j++) {
            uint32_t at = sm_find_word(u->names, u->n_names, 1, s.names[2 * j]);
            mention[--end[at]] = i;
        }
    }
}

/* Two passes, count and place, as in a sort by counting.  A union of n closed
 * objects has n specs and few that speak of a key: asking all for each key
 * would be n^2. */
static gram_status index_specs(Sm *sm, Universe *u)
{
    static const uint32_t few[4] = {0, 1, 2, 3};
    Words far = {0};
    u->far = few;
    u->n_far = u->n_specs;
    if (u->n_specs <= 4) return GRAM_OK; /* as quick to ask as to look up */
    uint32_t total = 0, n = u->n_names;
    uint32_t *at = gr_arena_take(sm->env, &sm->arena, (n + 1) * sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memset(at, 0, (n + 1) * sizeof *at);
    gram_status status = count_mentions(sm, u, at, &far);
    if (status == GRAM_OK) status = keep(sm, &far, &u->far, &u->n_far);
    gr_vec_clear(sm->env, &far);
    GR_TRY(status);
    /* ends for now: placing from behind turns them into beginnings */
    for (uint32_t i = 0; i <= n; i++) at[i] = total += at[i];
    uint32_t *mention =
        gr_arena_take(sm->env, &sm->arena, (total + 1) * sizeof *mention);
    if (mention == NULL) return GRAM_E_MEMORY;
    place_mentions(sm, u, at, mention);
    u->mention = mention;
    u->mention_at = at;
    return GRAM_OK;
}

/* A class has no name: only the far ones speak of it. */
SpecWalk sm_specs_of_key(const Universe *u, uint32_t key)
{
    SpecWalk w = {.far = u->far, .n_far = u->n_far};
    if ((key & 1) || u->mention_at == NULL) return w;
    uint32_t i = sm_find_word(u->names, u->n_names, 1, key / 2);
    if (i == UINT32_MAX) return w;
    w.near = u->mention + u->mention_at[i];
    w.n_near = u->mention_at[i + 1] - u->mention_at[i];
    return w;
}

/* Two ascending lists merged, so that whoever walks meets specs in the order of
 * the universe. */
bool sm_next_spec(SpecWalk *w, uint32_t *i)
{
    if (w->n_far + w->n_near == 0) return false;
    bool far = w->n_near == 0 || (w->n_far > 0 && *w->far < *w->near);
    *i = far ? *w->far++ : *w->near++;
    if (far)
        w->n_far--;
    else
        w->n_near--;
    return true;
}

/* Keys are parted twice where small classes have given names: the second time
 * without those keys. */
static gram_status make_universe(Sm *sm, Typed *t, Parts *p, Universe *u)
{
    uint32_t n;
    for (uint32_t i = 0; i < t->n; i++)
        GR_TRY(add_atoms(sm, (Bdd){t->root[i]}, p));
    GR_TRY(read_atoms(sm, p));
    GR_TRY(keep(sm, &p->patterns, &u->patterns, &u->n_patterns));
    GR_TRY(keep(sm, &p->specs, &u->specs, &u->n_specs));
    GR_TRY(keep(sm, &p->vars, &u->vars, &n));
    GR_TRY(make_keys(sm, p, u));
    GR_TRY(name_small(sm, u, p));
    if (p->names.n != u->n_names) GR_TRY(make_keys(sm, p, u));
    return index_specs(sm, u);
}

/* Of the functions as they are: what has fallen has left them, and its keys. */
gram_status sm_universe(Sm *sm, TypedId id, const Universe **out)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->universe == NULL) {
        Parts p = {0};
        Universe *u = gr_arena_take(sm->env, &sm->arena, sizeof *u);
        if (u == NULL) return GRAM_E_MEMORY;
        memset(u, 0, sizeof *u);
        gram_status status = make_universe(sm, t, &p, u);
        gr_vec_clear(sm->env, &p.names);
        gr_vec_clear(sm->env, &p.patterns);
        gr_vec_clear(sm->env, &p.specs);
        gr_vec_clear(sm->env, &p.vars);
        GR_TRY(status);
        t->universe = u;
    }
    *out = t->universe;
    return GRAM_OK;
}

uint32_t sm_name_index(const Universe *u, uint32_t key)
{
    return sm_find_word(u->names, u->n_names, 1, key);
}

/* --- what a spec says about a key ----------------------------------------- */

/* By derivatives, one for each code point, not by an automaton: most keys are
 * asked once for each expression. */
gram_status sm_key_in(Sm *sm, ReId re, uint32_t key, bool *in)
{
    uint64_t memo_key = gr_pair(re.v, key);
    const uint32_t *memo = gr_map_find(&sm->key_in, memo_key);
    if (memo != NULL) {
        *in = *memo;
        return GRAM_OK;
    }
    const GrName *k = &sm->key.at[key];
    for (uint32_t i = 0, len; i < k->len; i += len) {
        uint32_t c = gr_utf8_get(k->text + i, k->len - i, &len);
        GR_TRY(gr_re_derive(sm->re, re, c, &re));
    }
    *in = gr_re_nullable(sm->re, re);
    return gr_map_put(sm->env, &sm->key_in, memo_key, *in);
}

/* What a class matches is known from its bits. */
gram_status sm_key_matches(Sm *sm, const Universe *u, uint32_t re, uint32_t key,
                           bool *yes)
{
    if (!(key & 1)) return sm_key_in(sm, (ReId){re}, key >> 1, yes);
    uint32_t bit = sm_find_word(u->patterns, u->n_patterns, 1, re);
    *yes = bit != UINT32_MAX && gr_bit_get(u->classes[key >> 1].bits, bit);
    return GRAM_OK;
}

/* Core specification, sections 10.3.2.1 to 10.3.2.3: the property's schema and
 * those of all matching patterns; the additional one if there is none of these,
 * even where they say nothing. */
gram_status sm_key_conj(Sm *sm, const Universe *u, uint32_t spec, uint32_t key,
                        ConjId *out)
{
    ObjectSpec s = sm_object_spec(sm, spec);
    bool applied = false, yes = true;
    *out = (ConjId){CONJ_TRUE};
    if (s.key_text.v != gr_re_all(sm->re).v)
        GR_TRY(sm_key_matches(sm, u, s.key_text.v, key, &yes));
    if (!yes) {
        *out = (ConjId){CONJ_FALSE};
        return GRAM_OK;
    }
    uint32_t at = key & 1 ? UINT32_MAX
                          : sm_find_word(s.names, s.n_names, 2, key >> 1);
    if (at != UINT32_MAX) {
        *out = (ConjId){s.names[2 * at + 1]};
        applied = true;
    }
    for (uint32_t i = 0; i < s.n_patterns; i++) {
        GR_TRY(sm_key_matches(sm, u, s.patterns[2 * i], key, &yes));
        if (!yes) continue;
        GR_TRY(sm_conj_and(sm, *out, (ConjId){s.patterns[2 * i + 1]}, out));
        applied = true;
    }
    if (!applied) *out = s.additional;
    return GRAM_OK;
}
