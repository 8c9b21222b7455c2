/* image: tables written as they lie in memory, and used where they are read.
 *
 * An image is a run of pieces, each 8-byte aligned and padded with zeros:
 *
 *     | words | store: head, chunk 0, chunk 1, .. | map: head, slots | ...
 *
 * A store keeps its chunks (base.h): all but the last are complete and are
 * used in place; the last one has room to grow, so it is copied.  Hash tables
 * are used in place too.  So reading an image costs its last chunks and the
 * pages that are touched, not its size.
 *
 *     writer   GrText, appended to                 gr_image_put*
 *     reader   GrImage over bytes that outlive     gr_image_take*
 *              what is read, and are writable
 *
 * Whoever reads sets env->lent to the bytes, so that what lies in them is
 * never given back.  A reader that runs past the end takes nothing, and says
 * so once at the end (`bad`): callers check once a section.
 *
 * It refuses to know what the elements mean: sizes and places are checked
 * here, ids inside of elements by the room that owns them.
 *
 * Rejected: a format of its own with numbers of variable length (loading
 * would touch every entry); pointers with relocation (the file would depend
 * on the address). */
#ifndef GR_IMAGE_H
#define GR_IMAGE_H

#include "base/base.h"

typedef struct GrImage {
    char *p; /* 8-byte aligned */
    size_t len, at;
    bool bad;
} GrImage;

gram_status gr_image_put(GrEnv *env, GrText *t, const void *p, size_t n);
gram_status gr_image_put_words(GrEnv *env, GrText *t, const uint32_t *w,
                               uint32_t n);
gram_status gr_image_put_store(GrEnv *env, GrText *t, const GrStore *s);
gram_status gr_image_put_map(GrEnv *env, GrText *t, const GrMap *m);
gram_status gr_image_put_intern(GrEnv *env, GrText *t, const GrIntern *i);

/* n bytes in place, or NULL (then img->bad). */
void *gr_image_take(GrImage *img, size_t n);
/* Words written by gr_image_put_words; *n is how many. */
const uint32_t *gr_image_take_words(GrImage *img, uint32_t *n);
/* Into an initialized, empty store of the same element size, and so on. */
gram_status gr_image_take_store(GrEnv *env, GrImage *img, GrStore *s);
gram_status gr_image_take_map(GrImage *img, GrMap *m);
gram_status gr_image_take_intern(GrEnv *env, GrImage *img, GrIntern *t);

/* May every look-up be trusted?  Spans lie inside of words, tables hold ids
 * that exist and have a free place (or a search would not end). */
bool gr_image_intern_is_valid(const GrIntern *t);
bool gr_image_map_is_valid(const GrMap *m);

#endif
