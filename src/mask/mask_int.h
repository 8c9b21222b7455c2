/* mask_int.h - private to src/mask: what the files of the room do for each
 * other. */
#ifndef GR_MASK_INT_H
#define GR_MASK_INT_H

#include "mask/work.h"

/* shared_plan.c */
void gr_shared_plan_init(SharedPlan *s, const GrEnv *env);
void gr_shared_plan_clear(SharedPlan *s);
uint64_t gr_shared_plan_memory(SharedPlan *s); /* bytes */
/* store.c: masks that are kept */
bool gr_works_are_few(const GrMasks *m);
gram_status gr_base_add(GrMasks *m, Base base, uint32_t *index);
gram_status gr_mask_keep(GrWork *w, uint32_t *id);
/* The row, which was made exactly, gets an id if there is room (mask.c). */
gram_status gr_mask_keep_exact(GrWork *w, GrMaskView *out);
static inline const Base *base_at(const GrMasks *m, uint32_t i)
{
    uint32_t n = m->tables->n_bases;
    return i < n ? &m->tables->base[i] : gr_store_at(&m->bases, i - n);
}
static inline uint32_t n_bases(const GrMasks *m)
{
    return m->tables->n_bases + m->bases.n;
}
static inline Mask *mask_at(const GrMasks *m, uint32_t id)
{
    return gr_store_at(&m->masks, id);
}
/* The row of such a mask, once it has been looked at, is the base's. */
static inline bool gr_mask_is_base(const Mask *k)
{
    return k->n_ids == 0 && k->base != BASE_EMPTY && k->base != BASE_NONE;
}
static inline Leaf *leaf_at(const GrMasks *m, uint32_t i)
{
    return gr_store_at(&m->leaves, i);
}

/* n elements from index i on; NULL where there are none. */
static inline void *array_at(const GrStore *s, uint32_t i, uint32_t n)
{
    return n ? gr_store_at(s, i) : NULL;
}
static inline ClassRef *class_at(const GrMasks *m, uint32_t index)
{
    return *(ClassRef **)gr_store_at(&m->classes, index);
}

/* memo.c */
gram_status gr_memo_find(GrWork *w, const GrConfig *c, const Leaf **out);
/* Keep what a walk found; *out stays NULL where it cannot be kept. */
gram_status gr_memo_add(GrWork *w, const GrTrace *t, Leaf leaf,
                        const Leaf **out);
/* The same for what is alive among some rests of a class: the groups, and
 * marks from first_mark on, of the work space. */
gram_status gr_memo_find_rests(GrWork *w, uint32_t cls, uint8_t byte,
                               const GrConfig *c, const Leaf **out);
gram_status gr_memo_add_rests(GrWork *w, uint32_t cls, uint8_t byte,
                              const GrTrace *t, uint32_t first_mark);
/* Leaf l holds for c with register `reg` at 0 whatever it is. */
gram_status gr_memo_add_alias(GrWork *w, const GrConfig *c, const Leaf *l,
                              uint32_t reg, const Leaf **out);

/* keyed.c: what the marks of a leaf made of its mask, by the keys that were
 * seen; *mask, where it is not 0, is that mask.  It stays 0 where it is not
 * kept.  `levels`: the keys of which levels these are, and whether the open
 * key is one of them; 0: it depends on other things, too. */
void gr_keyed_init(GrMasks *m);
void gr_keyed_clear(GrMasks *m);
uint32_t gr_keyed_levels(const GrMasks *m, const Leaf *leaf);
bool gr_keyed_find(GrWork *w, const Leaf *leaf, uint32_t levels,
                   const GrConfig *c, const GrText *log, uint32_t *mask);
gram_status gr_keyed_add(GrWork *w, const Leaf *leaf, uint32_t levels,
                         const GrConfig *c, const GrText *log, uint32_t *mask);

/* walk.c */
typedef struct Walk Walk;
struct Walk {
    GrWork *w;
    GrRun run;
    Trie trie;
    uint32_t cls; /* whose rests are walked, or 0 */
    uint8_t byte; /* which rests */
    /* Bits: only behind these prefixes of the plain class they count; NULL:
     * behind all. */
    const uint32_t *within;
    char *path;       /* exact walks: the log behind its end; else NULL */
    uint64_t path_at; /* log offset of path */
    uint64_t visited; /* nodes, not counted as steps yet */
    /* The range that is walked, and how deep its first node is. */
    uint32_t first, last, first_depth;
    /* What to do with the token (a group, where rests are walked) of a node
     * that is alive in state s over the configuration w->bases.at[base]. */
    gram_status (*emit)(Walk *k, uint32_t node, StateId s, uint32_t base);
    void *ctx;
};

/* A walk over all tokens; traced, or exact (with the matcher's own rules;
 * the bytes of a path are written behind the end of the log). */
void gr_walk_init(Walk *k, GrWork *w, GrTrace *trace);
gram_status gr_walk_exact(Walk *k, GrWork *w, GrText *log);
/* Walk everything from c; or the subtree of one node whose parent c stands
 * at (depth: bytes up to and including node). */
gram_status gr_walk_all(Walk *k, const GrConfig *c);
gram_status gr_walk_node(Walk *k, const GrConfig *c, uint32_t node,
                         uint32_t depth);
/* Everything but tokens that begin with one of these bytes. */
gram_status gr_walk_others(Walk *k, const GrConfig *c, const uint32_t bytes[8]);
/* Tokens that begin with these bytes; the trie has each of these roots. */
gram_status gr_walk_roots(Walk *k, const GrConfig *c, const uint32_t roots[8]);
/* dense.c: tokens that begin with these bytes into the row of the work space,
 * where it may be so and is worth it for so many nodes. */
bool gr_dense_may(const Walk *k, uint32_t nodes);
gram_status gr_dense_walk(Walk *k, const GrConfig *c, const uint32_t roots[8]);
/* ended.c: names that have come to their ends in front of one state have one
 * mask, if which of them it was is not asked for.  *out is NULL where it is, or
 * this is the first. */
gram_status gr_mask_by_name(GrWork *w, const GrConfig *c, const LoopRef *own,
                            const Leaf **out);
/* wide.c: the mask of c, by the leaf of the wide state of its own, of which the
 * marks below are kept; *done is false where that does not tell. */
gram_status gr_wide_mask(Walk *k, const GrConfig *c, const GrWide *wide,
                         const Leaf *of, bool *done);
/* texts.c: the same where what follows is one of some texts; else *done is
 * false, and nothing has been done. */
gram_status gr_texts_walk(Walk *k, const GrConfig *c, const uint32_t roots[8],
                          bool *done);
/* c stands at the node itself. */
gram_status gr_walk_below(Walk *k, const GrConfig *c, uint32_t node,
                          uint32_t depth);
/* The lowest token below a node (or at it), and its bytes. */
const char *gr_walk_bytes(const Walk *k, uint32_t node, uint32_t *token,
                          uint32_t *len);
gram_status gr_walk_put(Walk *k, uint32_t node, StateId s, uint32_t base);
/* Set the bits of all ids of a node of the trie of tokens. */
void gr_node_bits(const GrVocab *v, uint32_t *bits, uint32_t node, bool bit);
/* The same of a node and of all below it. */
void gr_subtree_bits(const GrVocab *v, uint32_t *bits, uint32_t node, bool bit);
/* As the first in the row of the work space; the node has some. */
gram_status gr_row_put_node(GrWork *w, uint32_t node, bool bit);
gram_status gr_row_put_ends(GrWork *w, bool bit);

/* walk_step.c: step config over a byte at a node: traced outcomes become
 * marks.  *dead: no token below node is alive (or a mark answers for them);
 * depth 0: to be found out, traced walks. */
gram_status gr_walk_step(Walk *k, GrConfig *c, uint8_t byte, uint32_t node,
                         uint32_t depth, bool *dead);
/* Exact walks: step over the first n bytes of p. */
gram_status gr_walk_path(Walk *k, GrConfig *c, const char *p, uint32_t n,
                         bool *dead);
/* The same from byte `from` on, the others have been stepped over. */
gram_status gr_walk_on(Walk *k, GrConfig *c, const char *p, uint32_t from,
                       uint32_t n, bool *dead);
/* Bytes up to and including a node of the range that is walked. */
uint32_t gr_walk_depth(const Walk *k, uint32_t node);

/* tokens.c: set what can be taken by id at c; gr_run_take's trace notes what
 * was read.  `keep` (may be NULL) is asked about each class: put its tokens? */
typedef gram_status (*KeepClass)(Walk *k, const GrConfig *c, bool *put);
gram_status gr_row_put_taken(Walk *k, const GrConfig *c, KeepClass keep);

static inline void row_ref(GrWork *w, StateId s, WalkLevel *out)
{
    RowRef *r = &w->row_ref[s.v % N_ROW_REFS];
    if (GR_UNLIKELY(r->state != s.v + 1)) {
        r->row = gr_pda_row(w->m->pda, s, &r->map);
        r->state = s.v + 1;
    }
    out->row = r->row;
    out->map = r->map;
}

static inline bool is_letter(uint32_t byte)
{
    return (byte | 32) >= 'a' && (byte | 32) <= 'z';
}

/* classes.c: a class in use, built if need be */
gram_status gr_class_ref(GrMasks *m, uint32_t index, ClassRef **out);
/* Its characters of ASCII; it need not be built. */
void gr_class_ascii(const ClassRef *r, uint32_t ascii[4]);
/* r is class number `index` of the vocabulary's. */
void gr_class_set(ClassRef *r, const GrTables *t, uint32_t index);
/* The trie of some rests of a class, built on demand. */
gram_status gr_rests_of(GrWork *w, uint32_t cls, uint8_t byte,
                        const Rests **out);
/* These are going to be asked for, one by one. */
gram_status gr_rests_expect(GrWork *w, uint32_t cls, const uint32_t bytes[8]);
/* The same where the class has it, or it was built before; else NULL. */
const Rests *gr_rests_known(const ClassRef *ref, uint8_t byte);
/* The rests that a mark with a class is about. */
gram_status gr_mark_rests(GrWork *w, const Mark *mark, const Rests **out);
/* The index of a class, or 0 where there is no room for it. */
gram_status gr_class_of(GrMasks *m, const GrLoop *loop, uint32_t *index);
/* Have the classes of the vocabulary; *there is false where there is no room
 * for them. */
gram_status gr_table_classes(GrMasks *m, bool *there);
/* Would finding the exits of a loop, or of a chain, by these bytes cost more
 * than a walk does? */
gram_status gr_exits_are_dear(GrWork *w, uint32_t cls, const uint32_t bytes[8],
                              bool loop, bool *dear);
/* Are there so many, by characters of ASCII, that it costs more than a mask? */
bool gr_exits_are_many(const GrWork *w, uint32_t cls);
gram_status gr_count_class(GrMasks *m, ClassRef *r);

/* loop.c: the class of a state's loop, built on demand */
gram_status gr_loop_of(GrWork *w, StateId s, LoopRef *out);
gram_status gr_loop_mask(Walk *k, const LoopRef *loop, const GrConfig *c);
/* Is that a walk of all tokens? */
gram_status gr_loop_is_walked(GrWork *w, const LoopRef *loop, const GrConfig *c,
                              bool *walked);

/* rests.c: groups of rests that are alive behind c, into w->groups */
gram_status gr_rests_walk(Walk *k, const Rests *r, const GrConfig *c);
/* The marks of a leaf that holds at c, where the walk t has come to, as marks
 * of the walk. */
gram_status gr_marks_carry(GrWork *w, const GrTrace *t, const GrConfig *c,
                           const Leaf *l);
/* Narrow the box of a register of a level at the start of the walk. */
void gr_trace_note(GrTrace *t, uint16_t level, uint32_t reg, uint32_t lo,
                   uint32_t hi);

/* marks.c: apply the marks of a leaf to its mask */
gram_status gr_marks_apply(GrWork *w, const Leaf *leaf, const GrConfig *c,
                           GrText *log, GrMaskView *out);
gram_status gr_words_of(GrWork *w, StateId s, uint32_t *words);

/* items.c: can the item that a mark is about still be equal to one that its
 * array has?  Then gr_items_end tells whether a token may make it so, by its
 * bytes up to a quote. */
gram_status gr_items_left(GrWork *w, const GrConfig *c, const GrText *log,
                          const Mark *mark, bool *any);
gram_status gr_items_end(GrWork *w, const char *p, uint32_t n, bool *may);
void gr_items_forget(GrWork *w);
void gr_items_free(GrWork *w);

/* survey.c: may the keys `seen`, and `added` more, kill anything below a
 * mark?  `true` where that is not known. */
gram_status gr_survey_matters(GrWork *w, Mark *mark, const GrSeen *seen,
                              bool *matters);
/* The same inside a key of which `prefix` is read, and no escape is begun
 * where `between`. */
typedef enum RootMatter {
    ROOT_NEVER, /* nothing, nor will it as the key goes on */
    ROOT_NOTHING,
    ROOT_ENDS, /* tokens that close one of them, and nothing else */
    ROOT_KEYS
} RootMatter;
gram_status gr_survey_root(GrWork *w, Mark *mark, const GrText *prefix,
                           bool between, const GrSeen *seen, RootMatter *out);

/* mask.c: something had no room in the caches */
void gr_masks_lack(GrMasks *m);
/* the leaf of a configuration; NULL where nothing can be kept */
gram_status gr_mask_leaf(GrWork *w, const GrConfig *c, const Leaf **out);

static inline Class *gr_table_class(const GrTables *t, uint32_t index)
{
    return index == CLASS_PLAIN   ? t->plain
           : index == CLASS_SPACE ? t->space
                                  : t->inside;
}
/* The row becomes the class up to `left` characters; it is counted. */
gram_status gr_load_few(GrWork *w, ClassRef *r, uint32_t left);
/* Set the tokens of the groups met, of prefixes from..to characters. */
gram_status gr_put_groups(Walk *k, const Rests *r, uint32_t from, uint32_t to);

/* Marks of the same rests, met from several states that all have some of them
 * alive: `from` on by the present one, `first` on by those before it. */
void gr_marks_merge(GrWork *w, uint32_t first, uint32_t from);
/* The greatest value of a register of the top level for which what was read
 * holds. */
uint32_t gr_trace_highest(const GrTrace *t, uint32_t reg);

/* step.c: *is_step is false where a byte does anything else. */
gram_status gr_step_of(GrWork *w, StateId s, uint8_t byte, Step *out,
                       bool *is_step);
bool gr_read_step(const GrPda *pda, Cell cell, Step *out);
bool gr_cell_step(GrWork *w, Cell cell, Step *out); /* remembered */
/* The cell of a byte, filled; EMPTY where a limit keeps it from being so. */
gram_status gr_cell_at(GrWork *w, StateId s, uint8_t byte, Cell *out);

/* digits.c: are all tokens of digits alive?  Then they are those of the row of
 * the tables, and what goes on behind digits is walked by gr_digits_walk. */
typedef struct DigitRun {
    GrConfig from, at; /* at: behind the digit stepped last, or one like it */
    Cell cell;         /* of that digit */
    uint8_t digit;     /* 0: none yet */
} DigitRun;

gram_status gr_digits_find(Walk *k, const GrConfig *c, DigitRun *r,
                           bool *found);
gram_status gr_digits_walk(Walk *k, DigitRun *r);
/* A limit looks like a cell that is dead: a walk meets it again. */
static inline gram_status gr_cell_or_dead(GrWork *w, StateId s, uint32_t byte,
                                          Cell *out)
{
    gram_status status = gr_pda_cell(w->m->pda, s, (uint8_t)byte, out);
    if (status != GRAM_OK) out->v = GR_CELL_DEAD;
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* blocks.c: fill the row by a walk, but for tokens of digits and those that
 * the state below answers for. */
gram_status gr_blocks_mask(Walk *k, const GrConfig *c);

/* chain.c: fill the row of a state that counts characters by states; *done
 * is false where it is none, and the row then holds anything. */
gram_status gr_chain_mask(Walk *k, const GrConfig *c, bool *done);

#endif
