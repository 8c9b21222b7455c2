/* Files: the tokenizer's own, mapped, and the side files beside it.
 *
 * This is the only file of the room that knows a file system; readers get
 * bytes.  What a file is is told by its bytes (format.c), so a name serves
 * for one thing only: to find the files beside it.
 *
 * The main file is mapped, so that of a model of many gigabytes only the
 * pages that a reader touches are read.  Side files share what precedes the
 * format's name ("NAME." of "NAME.tokenizer.json", nothing of
 * "tokenizer.json").  The caller's side files win. */
#include "vocab/readers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, SIDE_MAX = 64 << 20 }; /* bytes */

typedef struct Mapped {
    const void *p;
    size_t n;
} Mapped;

/* No place in a text: what failed is named by the path. */
static gram_status fail_io(GrEnv *env, const char *what, const char *path)
{
    return gr_fail(env, GRAM_E_IO, GR_NOWHERE, "%s '%.160s' (errno %d)", what,
                   path, errno);
}

/* Private and read only: a file that changes under us may change what is
 * read, but nothing is written back.  An empty file has nothing to map; who
 * might open the other end of a pipe is not waited for. */
static gram_status map_file(GrEnv *env, const char *path, Mapped *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fail_io(env, "cannot open", path);
    *out = (Mapped){"", 0};
    gram_status s = GRAM_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        s = gr_fail(env, GRAM_E_IO, GR_NOWHERE, "'%.160s' is no regular file",
                    path);
    } else if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            s = fail_io(env, "cannot map", path);
        else
            *out = (Mapped){p, (size_t)st.st_size};
    }
    close(fd);
    return s;
}

/* munmap takes a pointer to writable memory and writes nothing. */
static void unmap(Mapped m)
{
    union {
        const void *from;
        void *to;
    } p = {m.p};
    if (m.n > 0) munmap(p.to, m.n);
}

/* --- names ---------------------------------------------------------------- */

static const char *const side_name[GR_SIDE_COUNT] = {
    [GR_SIDE_SPECIALS] = "specials.json",
    [GR_SIDE_MERGES] = "merges.txt",
    [GR_SIDE_TOKENIZER_CONFIG] = "tokenizer_config.json",
    [GR_SIDE_GENERATION_CONFIG] = "generation_config.json",
    [GR_SIDE_CONFIG] = "config.json",
    [GR_SIDE_SPECIAL_TOKENS] = "special_tokens_map.json"};

/* Bytes of `path` before the name of its format: its folder, and "NAME." */
static size_t prefix_len(const char *path)
{
    static const char *const formats[] = {
        "tokenizer.json", "vocab.json", "tekken.json", "tokenizer.model",
        "tiktoken",       "model",      "gguf",        "json",
        "pack",           "vocab"};
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t n = strlen(formats[i]);
        if (len < folder + n || strcmp(path + len - n, formats[i]) != 0)
            continue;
        size_t at = len - n;
        if (at == folder || path[at - 1] == '.') return at;
    }
    return folder;
}

/* False where it does not fit: then there is no such file. */
static bool join(char out[PATH_ROOM], const char *path, size_t prefix,
                 const char *name)
{
    size_t n = strlen(name);
    if (prefix + n >= PATH_ROOM) return false;
    memcpy(out, path, prefix);
    memcpy(out + prefix, name, n + 1);
    return true;
}

/* A folder or a device beside the file is not a side file. */
static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A folder stands for the tokenizer file in it. */
static gram_status choose_file(GrEnv *env, const char *path,
                               char out[PATH_ROOM])
{
    static const char *const names[] = {"tokenizer.json", "tekken.json",
                                        "tokenizer.model", "vocab.json"};
    struct stat st;
    char folder[PATH_ROOM];
    if (!join(out, path, 0, path)) {
        errno = ENAMETOOLONG;
        return fail_io(env, "cannot open", path);
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) return GRAM_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int n = snprintf(folder, sizeof folder, "%s/", path);
        if (n > 0 && (size_t)n < sizeof folder &&
            join(out, folder, (size_t)n, names[i]) && is_file(out))
            return GRAM_OK;
    }
    errno = ENOENT;
    return fail_io(env, "no tokenizer file in", path);
}

/* --- loading -------------------------------------------------------------- */

/* A side file that is missing is no error, one that cannot be read is: a
 * tokenizer without its special tokens would be silently wrong. */
static gram_status map_sides(GrEnv *env, const char *path, GrVocabOptions *o,
                             Mapped side[GR_SIDE_COUNT])
{
    char name[PATH_ROOM];
    size_t prefix = prefix_len(path);
    for (int i = 0; i < GR_SIDE_COUNT; i++) {
        if (o->side[i].p != NULL) continue;
        if (!join(name, path, prefix, side_name[i]) || !is_file(name) ||
            strcmp(name, path) == 0)
            continue;
        GR_TRY(map_file(env, name, &side[i]));
        o->side[i] = (GrBytes){side[i].p, side[i].n};
    }
    return GRAM_OK;
}

/* The mapping belongs to the vocabulary from here on.  One that is checked is
 * copied instead: pages of a map change with the file, whoever writes to it. */
static gram_status load_pack(const GrVocabOptions *o, const GrEnv *env,
                             Mapped m, GrVocab **out)
{
    GrVocab *v;
    GR_TRY(gr_pack_open(env, m.p, m.n, GR_STORAGE_MAPPED, GR_PACK_TRUST, &v));
    return gr_vocab_reseal(o, v, env->error, out);
}

/* Side files are needed only while the main file is read. */
static gram_status load(const GrVocabOptions *given, GrEnv *env,
                        const char *path, GrVocab **out)
{
    GrVocabOptions o = *given;
    Mapped side[GR_SIDE_COUNT], file;
    memset(side, 0, sizeof side);
    GR_TRY(map_file(env, path, &file));
    bool is_pack = gr_pack_is(file.p, file.n);
    if (is_pack && o.trust_packs) return load_pack(&o, env, file, out);
    gram_status s = is_pack ? GRAM_OK : map_sides(env, path, &o, side);
    if (s == GRAM_OK)
        s = gr_vocab_from_memory(&o, file.p, file.n, env->error, out);
    for (int i = 0; i < GR_SIDE_COUNT; i++) unmap(side[i]);
    unmap(file);
    return s;
}

gram_status gr_vocab_from_path(const GrVocabOptions *o, const char *path,
                               gram_error *error, GrVocab **out)
{
    static const GrVocabOptions none;
    char file[PATH_ROOM];
    GrEnv env;
    if (o == NULL) o = &none;
    gr_env_init(&env, o->alloc, o->max_memory, UINT64_MAX);
    env.error = error;
    GR_TRY(choose_file(&env, path, file));
    return load(o, &env, file, out);
}
