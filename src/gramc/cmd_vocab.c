/* vocab: what a tokenizer file holds.
 *
 * Counts by kind, and what may make a vocabulary unfit: bytes that no token is,
 * tokens of equal bytes (a model can draw either, so a mask has both), tokens
 * that are no UTF-8 by themselves (normal, but worth knowing).  `--digest` is
 * for comparing with published digests, -o keeps the vocabulary in the form
 * that loads without its tokenizer file.
 *
 * Cost: sorting the tokens. */
#define _XOPEN_SOURCE 700
#include "gramc/gramc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Entries of a list for people; --json has all. */
enum { SHOWN = 16 };

/* By gram_token_kind. */
static const char *const kind_names[] = {"normal",  "byte",   "user", "special",
                                         "unknown", "unused", "gap"};

/* Of ids that are text.  `alone`: some token is exactly this byte; `any`:
 * some token has it. */
typedef struct Facts {
    uint64_t kinds[7];
    size_t longest;
    uint32_t longest_id, n_empty, n_not_utf8, n_groups, n_twins;
    uint32_t twins[2]; /* the first two ids with equal bytes */
    bool alone[256], any[256];
    uint32_t n_missing, n_impossible;
} Facts;

/* --- tokens of equal bytes ------------------------------------------------ */

typedef struct Token {
    const char *bytes;
    size_t len;
    uint32_t id;
} Token;

/* Bytes, not spellings in the tokenizer's file: these may differ. */
static bool same(const Token *a, const Token *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Shorter first: any order in which equal ones meet will do.  Ids last, so that
 * the order does not depend on the C library's qsort. */
static int compare(const void *x, const void *y)
{
    const Token *a = x, *b = y;
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    int c = memcmp(a->bytes, b->bytes, a->len);
    return c != 0 ? c : a->id < b->id ? -1 : 1;
}

/* Equal ids are neighbours once sorted.  `twins` is the pair whose first id is
 * the least: groups come by length. */
static void find_twins(Token *t, size_t n, Facts *f)
{
    if (n > 0) qsort(t, n, sizeof *t, compare);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && same(&t[i], &t[j]);) j++;
        if (j - i < 2) continue;
        if (f->n_groups == 0 || t[i].id < f->twins[0]) {
            f->twins[0] = t[i].id;
            f->twins[1] = t[i + 1].id;
        }
        f->n_groups++;
        f->n_twins += (uint32_t)(j - i);
    }
}

/* --- facts ---------------------------------------------------------------- */

/* Tokens without bytes count as UTF-8, and as nothing else. */
static void add_token(Facts *f, const Token *t)
{
    f->n_empty += t->len == 0;
    f->n_not_utf8 += !is_utf8(t->bytes, t->len);
    if (t->len == 1) f->alone[(unsigned char)t->bytes[0]] = true;
    for (size_t i = 0; i < t->len; i++)
        f->any[(unsigned char)t->bytes[i]] = true;
    if (t->len <= f->longest) return;
    f->longest = t->len;
    f->longest_id = t->id;
}

/* Kinds up to USER are text; names of control tokens count for nothing but
 * their kind.  Tokens without bytes are counted and are no twins. */
static bool find_facts(const gram_vocab *v, Facts *f)
{
    uint32_t size = gram_vocab_size(v);
    Token *t = malloc((size + 1) * sizeof *t);
    size_t n = 0;
    memset(f, 0, sizeof *f);
    if (t == NULL) return false;
    for (uint32_t id = 0; id < size; id++) {
        gram_token_kind kind = gram_vocab_kind(v, id);
        f->kinds[kind]++;
        if (kind > GRAM_TOKEN_USER) continue;
        t[n].bytes = gram_vocab_token(v, id, &t[n].len);
        t[n].id = id;
        add_token(f, &t[n]);
        /* else the place is written again */
        n += t[n].len > 0;
    }
    find_twins(t, n, f);
    for (int b = 0; b < 256; b++) {
        f->n_missing += !f->alone[b];
        f->n_impossible += !f->any[b];
    }
    free(t);
    return true;
}

/* --- printing ------------------------------------------------------------- */

/* The names are those of published digests. */
static void print_digest(const gram_vocab *v)
{
    uint8_t hash[2][32];
    gram_vocab_digest(v, hash[0], hash[1]);
    for (int i = 0; i < 2; i++) {
        printf(i ? "kinds_sha256 " : "tokens_sha256 ");
        for (int j = 0; j < 32; j++) printf("%02x", hash[i][j]);
        putchar('\n');
    }
}

/* Names of control tokens are UTF-8 in all known files; others as hex. */
static void print_name(const gram_vocab *v, uint32_t id)
{
    size_t len;
    const char *name = gram_vocab_token(v, id, &len);
    if (name == NULL)
        printf("null");
    else if (!print_json_string(name, len))
        print_hex(name, len);
}

/* What a prompt may hold as markup, which is what one looks for here. */
static bool is_special(const gram_vocab *v, uint32_t id)
{
    gram_token_kind kind = gram_vocab_kind(v, id);
    return kind >= GRAM_TOKEN_USER && kind <= GRAM_TOKEN_UNKNOWN;
}

/* The first few with their kinds; how many more there are. */
static void print_specials(const gram_vocab *v)
{
    uint32_t shown = 0, n = 0;
    for (uint32_t id = 0; id < gram_vocab_size(v); id++) {
        if (!is_special(v, id) || n++ >= SHOWN) continue;
        printf("%s %7u  %-8s", shown++ ? "            " : "specials    ", id,
               kind_names[gram_vocab_kind(v, id)]);
        print_name(v, id);
        putchar('\n');
    }
    if (n > shown) printf("             and %u more (--json)\n", n - shown);
}

/* The bytes that are *not* in the set. */
static void print_bytes(const char *title, const bool set[256], uint32_t n)
{
    printf("%-12s %u byte values:", title, n);
    for (int b = 0, shown = 0; b < 256 && shown < SHOWN; b++)
        if (!set[b]) printf(" %02x%s", b, ++shown == SHOWN ? " ..." : "");
    putchar('\n');
}

/* Masks stay right without single bytes, but are dearer. */
static void print_missing(const Facts *f)
{
    if (f->n_impossible) print_bytes("in no token", f->any, f->n_impossible);
    if (f->n_missing == 0) return;
    print_bytes("not alone", f->alone, f->n_missing);
    printf("note: what no tokens can spell is never allowed; masks take longer "
           "than with a\ntoken for each byte\n");
}

/* For people: lines that say nothing are left out. */
static void print_facts(const gram_vocab *v, const Facts *f)
{
    size_t n_ends;
    const uint32_t *ends = gram_vocab_end_ids(v, &n_ends);
    printf("tokens       %u\n", gram_vocab_size(v));
    for (int k = 0; k < 7; k++)
        if (f->kinds[k])
            printf("  %-10s %llu\n", kind_names[k],
                   (unsigned long long)f->kinds[k]);
    printf("longest      %zu bytes, id %u\n", f->longest, f->longest_id);
    if (f->n_empty) printf("no bytes     %u\n", f->n_empty);
    printf("not UTF-8    %u\n", f->n_not_utf8);
    printf("duplicates   %u ids in %u groups", f->n_twins, f->n_groups);
    if (f->n_groups) printf(", as %u and %u", f->twins[0], f->twins[1]);
    printf("\nend ids     ");
    for (size_t i = 0; i < n_ends; i++) printf(" %u", ends[i]);
    printf("%s\nfingerprint  %016llx\n", n_ends ? "" : " none",
           (unsigned long long)gram_vocab_fingerprint(v));
    print_specials(v);
    print_missing(f);
}

/* Again those that are *not* in the set, as numbers. */
static void print_byte_list(const char *name, const bool set[256])
{
    const char *comma = "";
    printf(",\"%s\":[", name);
    for (int b = 0; b < 256; b++) {
        if (set[b]) continue;
        printf("%s%d", comma, b);
        comma = ",";
    }
    putchar(']');
}

/* All of them, where people get the first few. */
static void print_specials_json(const gram_vocab *v)
{
    const char *comma = "";
    printf(",\"specials\":[");
    for (uint32_t id = 0; id < gram_vocab_size(v); id++) {
        if (!is_special(v, id)) continue;
        printf("%s{\"id\":%u,\"kind\":\"%s\",\"name\":", comma, id,
               kind_names[gram_vocab_kind(v, id)]);
        print_name(v, id);
        putchar('}');
        comma = ",";
    }
    putchar(']');
}

/* All of it, and all specials, on one line. */
static void print_facts_json(const gram_vocab *v, const Facts *f)
{
    size_t n_ends;
    const uint32_t *ends = gram_vocab_end_ids(v, &n_ends);
    printf("{\"tokens\":%u,\"kinds\":{", gram_vocab_size(v));
    for (int k = 0; k < 7; k++)
        printf("%s\"%s\":%llu", k ? "," : "", kind_names[k],
               (unsigned long long)f->kinds[k]);
    printf("},\"longest_bytes\":%zu,\"longest_id\":%u,\"end_ids\":[",
           f->longest, f->longest_id);
    for (size_t i = 0; i < n_ends; i++) printf("%s%u", i ? "," : "", ends[i]);
    printf("],\"fingerprint\":\"%016llx\",\"empty\":%u,\"not_utf8\":%u,"
           "\"duplicates\":{\"groups\":%u,\"ids\":%u}",
           (unsigned long long)gram_vocab_fingerprint(v), f->n_empty,
           f->n_not_utf8, f->n_groups, f->n_twins);
    print_byte_list("missing_bytes", f->alone);
    print_byte_list("impossible_bytes", f->any);
    print_specials_json(v);
    printf("}\n");
}

static bool write_to(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(name, "wb");
    bool ok = f != NULL && fwrite(bytes, 1, len, f) == len;
    if (f != NULL) ok = fclose(f) == 0 && ok;
    return ok;
}

/* The file that a name leads to, through links: its own name, to be freed; NULL
 * where there is none, or what is there is no file, as /dev/stdout. */
static char *old_file(const char *name)
{
    char *old = realpath(name, NULL);
    struct stat st;
    if (old != NULL && stat(old, &st) == 0 && S_ISREG(st.st_mode)) return old;
    free(old);
    return NULL;
}

/* Not written into: processes may have it mapped (trust_pack), and a disk that
 * is full leaves what was there. */
static bool replace(const char *old, const void *bytes, size_t len)
{
    char name[PATH_MAX + 32];
    struct stat st;
    snprintf(name, sizeof name, "%s.tmp-%ld", old, (long)getpid());
    bool ok = write_to(name, bytes, len);
    if (stat(old, &st) == 0) (void)chmod(name, st.st_mode & 0777);
    if (ok && rename(name, old) == 0) return true;
    int why = errno;
    remove(name);
    errno = why;
    return false;
}

/* The pack is the vocabulary's own block. */
static int write_pack(const Options *o, const gram_vocab *v)
{
    size_t len;
    const void *pack = gram_vocab_pack(v, &len);
    char *old = old_file(o->out);
    bool ok = old ? replace(old, pack, len) : write_to(o->out, pack, len);
    if (!ok) io_error(o->out);
    free(old);
    return ok ? DONE : IO;
}

/* FILE is the vocabulary here, not a schema. */
int cmd_vocab(const Options *o)
{
    Options from = *o;
    gram_vocab *v;
    Facts f;
    /* without one the embedded vocabulary is shown, or that of --vocab */
    if (from.file) from.vocab = from.file;
    int rc = open_vocab(&from, &v);
    if (rc != DONE) return rc;
    if (o->digest)
        print_digest(v);
    else if (!find_facts(v, &f))
        rc = LIMIT;
    else if (o->json)
        print_facts_json(v, &f);
    else
        print_facts(v, &f);
    if (o->out && rc == DONE) rc = write_pack(o, v);
    gram_vocab_free(v);
    return rc;
}
