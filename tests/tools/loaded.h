/* loaded.h: a schema text, loaded, with all that it stands in.
 *
 *     LOAD(text, options);      declares `w`, and `s`, the root's schema
 *     ... GET(id) is any other
 *     close_world(&w);          nothing may be left
 *
 * open_world alone is for texts that may be wrong: w.status says. */
#ifndef TEST_LOADED_H
#define TEST_LOADED_H

#include "schema/load_in.h"
#include "tests/t.h"

typedef struct World {
    GrEnv env;
    GrArena arena;
    GrRe *re;
    GrLoaded *l;
    gram_error error;
    gram_status status;
} World;

static inline void open_world(World *w, const char *text,
                              const gram_options *opt)
{
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &w->error;
    w->status = gr_re_new(&w->env, &w->re);
    if (w->status == GRAM_OK)
        w->status = gr_load_schema(&w->env, &w->arena, w->re, text,
                                   strlen(text), opt, &w->l);
}

static inline const GrSchema *load(World *w, const char *text,
                                   const gram_options *opt)
{
    open_world(w, text, opt);
    T_OK(w->status == GRAM_OK, "%s: %s", text, w->error.message);
    static const GrSchema none;
    return w->status == GRAM_OK ? gr_schema_get(w->l, w->l->root) : &none;
}

static inline void close_world(World *w)
{
    gr_re_free(w->re);
    gr_arena_clear(&w->env, &w->arena);
    T_EQ(w->env.used, 0);
}

/* Leaves the test where the text does not load; that counts as failed. */
#define LOAD(text, opt)                                                        \
    World w;                                                                   \
    const GrSchema *s = load(&w, text, opt);                                   \
    if (w.status != GRAM_OK) {                                                 \
        close_world(&w);                                                       \
        return;                                                                \
    }

#define GET(id) gr_schema_get(w.l, (id))

#endif
