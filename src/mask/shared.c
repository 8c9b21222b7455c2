/* Classes that all grammars over a vocabulary share.
 *
 * In: ranges of code points.  Out: the class, and its rests by byte, or NULL
 * where the grammar is to build its own.
 *
 * A class is a function of its ranges and of the vocabulary alone, and real
 * schemas ask for the same ones again and again: digits, hex digits, what a
 * URI or a mail address may have.  Each took a scan of all signatures, and a
 * sort for each byte that ends it: 0.1 to 1 ms of a first mask.
 *
 * What is asked for once stays with the grammar that asked: most classes are
 * of one pattern and never seen again.  So here are those asked for a second
 * time, until they fill a few megabytes.  Nothing is ever given back before
 * the vocabulary is: grammars then need no counts of references, and a hit
 * costs a lock and a compare of hashes.  (Rejected: the least recently used
 * one goes.  A count for each class and grammar, for a case that a few dozen
 * classes in four megabytes hardly meet.)
 *
 * It must not be noticed by anybody but a clock.  The masks of a grammar are
 * the same, since a class is; and so are its choices between ways to compute
 * one, since these go by what the grammar itself has asked for (classes.c).
 * Lack of memory here is no error: it ends the sharing of what comes later.
 *
 * Threads: all calls take the lock; what was returned never changes. */
#include "mask/mask_int.h"

#include <pthread.h>

/* Bytes up to which something new is begun; what is begun is finished, with
 * the scratch memory that it takes. */
enum { SHARED_BYTES = 4 << 20, SHARED_MOST = 16 << 20 };
enum { N_ONCE = 256 };

struct SharedClass {
    Class *cls;
    uint64_t hash;
    const Rests *rests[256]; /* by first byte; NULL: not made yet */
    Sweep sweep;
    SharedClass *next;
};

struct Shared {
    pthread_mutex_t lock;
    /* Not the vocabulary's, which other threads may be using. */
    GrEnv env;
    GrArena arena; /* holds all but the classes */
    SharedClass *first;
    uint64_t once[N_ONCE]; /* hashes asked for, by their last bits */
    bool full;
};

/* --- life ----------------------------------------------------------------- */

gram_status gr_shared_new(GrEnv *env, Shared **out)
{
    Shared *s = gr_zalloc(env, 1, sizeof *s);
    if (s == NULL) return GRAM_E_MEMORY;
    gr_env_init(&s->env, &env->alloc, SHARED_MOST, UINT64_MAX);
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return GRAM_OK;
}

void gr_shared_free(GrEnv *env, Shared *s)
{
    if (s == NULL) return;
    for (SharedClass *c = s->first; c != NULL; c = c->next)
        gr_class_free(&s->env, c->cls);
    gr_arena_clear(&s->env, &s->arena);
    pthread_mutex_destroy(&s->lock);
    gr_free(env, s, sizeof *s);
}

/* --- classes -------------------------------------------------------------- */

static SharedClass *find(const Shared *s, uint64_t hash, const uint32_t *ranges,
                         uint32_t n)
{
    SharedClass *c = s->first;
    while (c != NULL && !(c->hash == hash &&
                          gr_class_is(c->cls->ranges, c->cls->n, ranges, n)))
        c = c->next;
    return c;
}

/* Complete but for its rests: to count characters later would need memory
 * that may be lacking then, when a grammar relies on the class already. */
static gram_status build(Shared *s, const GrTables *t, const uint32_t *ranges,
                         uint32_t n, Class **out)
{
    GR_TRY(gr_class_build(&s->env, t->v, t->kernels, ranges, n, t->plain, out));
    return gr_class_count(&s->env, t->v, t->plain, *out);
}

static SharedClass *add(Shared *s, const GrTables *t, uint64_t hash,
                        const uint32_t *ranges, uint32_t n)
{
    Class *cls = NULL;
    SharedClass *c = gr_arena_take(&s->env, &s->arena, sizeof *c);
    if (c == NULL || build(s, t, ranges, n, &cls) != GRAM_OK) {
        gr_class_free(&s->env, cls);
        return NULL;
    }
    *c = (SharedClass){.cls = cls, .hash = hash, .next = s->first};
    return s->first = c;
}

/* Asked for before?  A slot has the last one that came to it: to forget one
 * only means that it is built once more. */
static bool again(Shared *s, uint64_t hash)
{
    uint64_t *slot = &s->once[hash % N_ONCE];
    bool yes = *slot == hash;
    *slot = hash;
    return yes;
}

SharedClass *gr_shared_class(const GrTables *t, const uint32_t *ranges,
                             uint32_t n, Class **cls)
{
    Shared *s = t->shared;
    uint64_t hash = gr_hash(ranges, (size_t)n * 2 * sizeof *ranges, 0);
    pthread_mutex_lock(&s->lock);
    SharedClass *c = find(s, hash, ranges, n);
    s->full |= s->env.used >= SHARED_BYTES;
    if (c == NULL && !s->full && again(s, hash)) {
        c = add(s, t, hash, ranges, n);
        s->full |= c == NULL;
    }
    pthread_mutex_unlock(&s->lock);
    if (c != NULL) *cls = c->cls;
    return c;
}

/* --- rests ---------------------------------------------------------------- */

static const Rests *make_rests(Shared *s, const GrTables *t, SharedClass *c,
                               uint8_t byte)
{
    Rests *r = gr_arena_take(&s->env, &s->arena, sizeof *r);
    if (r == NULL || gr_rests_build(&s->env, &s->arena, t->v, t->plain, c->cls,
                                    byte, &c->sweep, r) != GRAM_OK)
        return NULL;
    return c->rests[byte] = r;
}

const Rests *gr_shared_rests(const GrTables *t, SharedClass *c, uint8_t byte)
{
    Shared *s = t->shared;
    pthread_mutex_lock(&s->lock);
    const Rests *r = c->rests[byte];
    s->full |= s->env.used >= SHARED_BYTES;
    if (r == NULL && !s->full) {
        r = make_rests(s, t, c, byte);
        s->full |= r == NULL;
    }
    pthread_mutex_unlock(&s->lock);
    return r;
}
