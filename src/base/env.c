/* Budgets, errors and checked arithmetic.
 *
 * Every block is paid for here: gr_resize compares against max_memory before
 * it asks the allocator, so the limit is exact and independent of it.
 *
 * An allocator is one function (gram.h): resize with both sizes told, so that
 * no block needs a header to know its own size, and so that what `used` counts
 * is what callers asked for.  The hard part is that everything here runs when
 * something has gone wrong already: writing an error takes no memory, and a
 * refused resize leaves block, count and tree as they were. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

/* The default.  realloc with a size of 0 is not used: whether it frees and what
 * it returns differs between C libraries. */
static void *libc_resize(void *ctx, void *p, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, new_size);
}

void gr_env_init(GrEnv *env, const gram_allocator *alloc, size_t max_memory,
                 uint64_t max_steps)
{
    memset(env, 0, sizeof *env);
    if (alloc != NULL && alloc->resize != NULL)
        env->alloc = *alloc;
    else
        env->alloc.resize = libc_resize;
    env->max_memory = max_memory ? max_memory
                                 : (size_t)GR_LIMIT_MEMORY_MIB << 20;
    env->max_steps = max_steps ? max_steps : GR_LIMIT_COMPILE_STEPS;
}

/* p lies in lent[0 .. lent_len), by one unsigned comparison: an address before
 * `lent` wraps to a large number.  Integers, since pointers into different
 * objects may not be compared in C11. */
static bool is_lent(const GrEnv *env, const void *p)
{
    return (uintptr_t)p - (uintptr_t)env->lent < env->lent_len;
}

/* In order: lent blocks, freeing, the limit, the allocator.  `used` changes
 * only where the allocator has agreed, so that the sum over all live blocks is
 * right after each failure as well. */
void *gr_resize(GrEnv *env, void *p, size_t old_size, size_t new_size)
{
    if (GR_UNLIKELY(p != NULL && is_lent(env, p))) {
        /* nothing of it was ever counted, so a copy is paid in full */
        void *own = new_size ? gr_resize(env, NULL, 0, new_size) : NULL;
        if (own != NULL)
            memcpy(own, p, old_size < new_size ? old_size : new_size);
        return own;
    }
    if (new_size == 0) {
        if (p != NULL) env->alloc.resize(env->alloc.ctx, p, old_size, 0);
        env->used -= p != NULL ? old_size : 0;
        return NULL;
    }
    /* a vector's first growth tells 0 * element size, others may not */
    if (p == NULL) old_size = 0;
    /* No overflow: used <= max_memory always, and shrinking is never refused,
     * or a tree at its limit could not give anything back. */
    if (new_size > old_size &&
        new_size - old_size > env->max_memory - env->used) {
        gr_fail(env, GRAM_E_MEMORY, GR_NOWHERE,
                "over the memory limit of %zu bytes", env->max_memory);
        return NULL;
    }
    void *q = env->alloc.resize(env->alloc.ctx, p, old_size, new_size);
    if (q == NULL) {
        gr_fail(env, GRAM_E_MEMORY, GR_NOWHERE,
                "the allocator refused %zu bytes", new_size);
        return NULL;
    }
    env->used = env->used - old_size + new_size;
    if (env->used > env->peak) env->peak = env->used;
    return q;
}

/* At least one byte: NULL then means failure and nothing else. */
void *gr_zalloc(GrEnv *env, size_t n, size_t size)
{
    size_t bytes;
    if (!gr_size_mul(n, size, &bytes)) bytes = SIZE_MAX;
    void *p = gr_resize(env, NULL, 0, bytes ? bytes : 1);
    if (p != NULL) memset(p, 0, bytes ? bytes : 1);
    return p;
}

/* Allocators are compared as a whole: what one has given the other takes back.
 */
bool gr_env_pass(GrEnv *from, GrEnv *to, size_t size)
{
    if (from->alloc.resize != to->alloc.resize ||
        from->alloc.ctx != to->alloc.ctx || size > to->max_memory - to->used)
        return false;
    from->used -= size;
    to->used += size;
    if (to->used > to->peak) to->peak = to->used;
    return true;
}

/* The counterpart of gr_zalloc: what was allocated as 0 is 1 byte here too. */
void gr_free(GrEnv *env, void *p, size_t size)
{
    if (p != NULL) gr_resize(env, p, size ? size : 1, 0);
}

/* A message quotes schemas and may be cut anywhere: what is then no UTF-8
 * becomes '?', because gram.h promises UTF-8. */
static void mend_utf8(char *s)
{
    size_t n = strlen(s), i = 0;
    while ((i += gr_utf8_valid(s + i, n - i)) < n) s[i++] = '?';
}

/* Without a buffer (an env whose call has ended) the code alone is the answer.
 * `pointer` is emptied: who knows the place in a schema fills it afterwards. */
gram_status gr_fail(GrEnv *env, gram_status code, size_t at, const char *fmt,
                    ...)
{
    gram_error *e = env->error;
    if (e == NULL) return code;
    e->code = code;
    e->offset = at == GR_NOWHERE ? 0 : at;
    /* line 0 tells gr_error_locate that there is nothing to find */
    e->line = at == GR_NOWHERE ? 0 : 1;
    e->column = 0;
    e->pointer[0] = 0;
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, args);
    va_end(args);
    mend_utf8(e->message);
    return code;
}

/* Out of line, so that gr_step is an addition and a compare where it stands. */
gram_status gr_step_fail(GrEnv *env)
{
    return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                   "over the work limit of %llu steps",
                   (unsigned long long)env->max_steps);
}

/* Lines and columns count from 1, columns in bytes.  Cost: the text before the
 * error, once, instead of a line count in every scanner. */
void gr_error_locate(gram_error *error, const char *text, size_t len)
{
    if (error == NULL || error->line == 0) return;
    size_t end = error->offset < len ? error->offset : len, start = 0;
    error->line = 1;
    for (size_t i = 0; i < end; i++) {
        if (text[i] != '\n') continue;
        error->line++;
        start = i + 1;
    }
    error->column = (uint32_t)(end - start) + 1;
}

bool gr_size_add(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b) return false;
    *out = a + b;
    return true;
}

bool gr_size_mul(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *out = a * b;
    return true;
}
