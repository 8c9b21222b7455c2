/* book.h: lengths of words by the subset construction as the book has it: all
 * derivatives of all terms, level by level, none of them dropped or known
 * beforehand. */
#ifndef BOOK_H
#define BOOK_H

#include "regex/regex.h"
#include "tests/t.h"

#include <stdarg.h>
#include <stdio.h>

enum { BOOK_LEVELS = 70, BOOK_MOST = 512 };

/* A term of a pattern that is put together as by printf. */
static inline ReId book_parse(GrRe *re, const char *fmt, ...) GR_PRINTF(2, 3);
static inline ReId book_parse(GrRe *re, const char *fmt, ...)
{
    char text[200];
    va_list args;
    ReId a = {0};
    bool annex_b;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    T_OK(gr_re_parse(re, text, (size_t)n, 0, &a, &annex_b) == GRAM_OK, "%s",
         text);
    return a;
}

static inline uint32_t book_below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(t_random(seed) % n);
}

typedef struct BookSet {
    ReId at[BOOK_MOST];
    uint32_t n;
    bool full; /* there are more */
} BookSet;

static inline void book_put(BookSet *s, ReId a)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->at[i].v == a.v) return;
    s->full |= s->n == BOOK_MOST;
    if (!s->full) s->at[s->n++] = a;
}

/* z stands for all other characters but the end of a line, which `.` is not. */
static inline void book_step(GrRe *re, const BookSet *from, BookSet *to)
{
    to->n = 0;
    for (uint32_t i = 0; i < from->n; i++)
        for (const char *c = "abcdez\n"; *c != 0; c++) {
            ReId d = {0};
            T(gr_re_derive(re, from->at[i], (unsigned char)*c, &d) == GRAM_OK);
            if (d.v != gr_re_none(re).v) book_put(to, d);
        }
}

/* Which lengths words of a have; false: too many terms lie ahead of it. */
static inline bool book_lengths(GrRe *re, ReId a, bool has[BOOK_LEVELS])
{
    static BookSet set[2];
    set[0].n = 0;
    set[0].full = set[1].full = false;
    book_put(&set[0], a);
    for (int n = 0; n < BOOK_LEVELS; n++) {
        const BookSet *now = &set[n % 2];
        has[n] = false;
        for (uint32_t i = 0; i < now->n; i++)
            has[n] |= gr_re_nullable(re, now->at[i]);
        book_step(re, now, &set[(n + 1) % 2]);
    }
    return !set[0].full && !set[1].full;
}

#endif
