/* Files of compiled grammars: read or mapped, replaced to write.
 *
 * The new bytes are complete on the disk before the name leads to them:
 * write, fsync, rename, fsync of the folder.  A process that dies before the
 * rename leaves a temporary file, never a torn one under the name. */
#include "artifact/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* LINKS: as many as Linux follows */
enum { PATH_ROOM = 4096, TRIES = 100, LINKS = 40, ALIGN = 64 };

static gram_status fail_io(GrEnv *env, const char *what, const char *path)
{
    return gr_fail(env, GRAM_E_IO, GR_NOWHERE, "%s '%.160s' (errno %d)", what,
                   path, errno);
}

static gram_status fail_kind(GrEnv *env, const char *path)
{
    return gr_fail(env, GRAM_E_IO, GR_NOWHERE, "'%.160s' is no regular file",
                   path);
}

/* --- writing -------------------------------------------------------------- */

/* A signal, or a disk that takes less at once, is no error. */
static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

/* The name behind links, whether there is a file of it or not: a link stays,
 * and what it leads to is replaced, as where one writes to it.  False with
 * errno. */
static bool follow(const char *path, char to[PATH_ROOM])
{
    char link[PATH_ROOM];
    int n = snprintf(to, PATH_ROOM, "%s", path);
    for (int i = 0; n >= 0 && n < PATH_ROOM && i < LINKS; i++) {
        ssize_t k = readlink(to, link, PATH_ROOM - 1);
        if (k < 0) return true; /* no link, or nothing yet */
        const char *slash = strrchr(to, '/');
        size_t folder = slash && link[0] != '/' ? (size_t)(slash - to) + 1 : 0;
        link[k] = 0;
        n = snprintf(to + folder, PATH_ROOM - folder, "%s", link);
        if (n >= 0) n += (int)folder;
    }
    errno = n < PATH_ROOM ? ELOOP : ENAMETOOLONG;
    return false;
}

/* A name beside `path` that does not exist yet, opened.  O_EXCL, so
 * that no two writers share a file; beside the name, since a rename between
 * file systems is a copy, which is not atomic. */
static int open_temporary(const char *path, char name[PATH_ROOM])
{
    for (int i = 0; i < TRIES; i++) {
        int n =
            snprintf(name, PATH_ROOM, "%s.tmp-%ld-%d", path, (long)getpid(), i);
        if (n < 0 || n >= PATH_ROOM) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

/* The rename itself must last, too.  A folder that cannot be opened is none of
 * the file's: the new bytes are complete either way. */
static void sync_folder(const char *path)
{
    char folder[PATH_ROOM];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    memcpy(folder, n ? path : "./", n ? n : 2);
    folder[n ? n : 2] = 0;
    int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

/* Who could not read the old file is not to read the new one; a file system
 * without modes has none to keep. */
static void keep_mode(int fd, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0) (void)fchmod(fd, st.st_mode & 0777);
}

/* `path` is no link.  close is asked too: some file systems report there that
 * they are full. */
static gram_status replace(GrEnv *env, const char *path, const GrText *bytes)
{
    char name[PATH_ROOM];
    int fd = open_temporary(path, name);
    if (fd < 0) return fail_io(env, "cannot write beside", path);
    keep_mode(fd, path);
    bool ok = write_all(fd, bytes->at, bytes->n) && fsync(fd) == 0;
    ok &= close(fd) == 0;
    if (ok && rename(name, path) == 0) {
        sync_folder(path);
        return GRAM_OK;
    }
    gram_status status = fail_io(env, "cannot write", path);
    unlink(name);
    return status;
}

/* A device or a pipe under the name is no old file: the rename would take it
 * away from everybody (/dev/null from root). */
gram_status gr_artifact_write(GrEnv *env, const char *path, const GrText *bytes)
{
    char to[PATH_ROOM];
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return fail_kind(env, path);
    if (!follow(path, to)) return fail_io(env, "cannot write", path);
    return replace(env, to, bytes);
}

/* --- reading -------------------------------------------------------------- */

/* Nobody is waited for who might open the other end of a pipe. */
static gram_status open_file(GrEnv *env, const char *path, int *fd, size_t *len)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return fail_io(env, "cannot open", path);
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0) {
        *len = (size_t)st.st_size;
        return GRAM_OK;
    }
    close(*fd);
    return fail_kind(env, path);
}

/* Private and writable: cells are filled in place and never reach the file.  An
 * empty file maps to nothing (mmap refuses a length of 0), and is then found to
 * be no compiled grammar. */
gram_status gr_artifact_map(GrEnv *env, const char *path, GrArtifact *out)
{
    gram_status status = GRAM_OK;
    size_t len;
    int fd;
    *out = (GrArtifact){0};
    GR_TRY(open_file(env, path, &fd, &len));
    void *p = NULL;
    if (len > 0)
        p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        status = fail_io(env, "cannot map", path);
    else if (len > 0)
        *out = (GrArtifact){p, len, GR_ARTIFACT_MAPPED};
    close(fd);
    return status;
}

/* The allocator promises less alignment than sections want: the block begins
 * with the distance to the one that was allocated. */
static gram_status allocate(GrEnv *env, size_t len, GrArtifact *out)
{
    *out = (GrArtifact){0};
    if (len > SIZE_MAX / 2) len = SIZE_MAX / 2;
    char *p = gr_resize(env, NULL, 0, len + ALIGN);
    if (p == NULL) return GRAM_E_MEMORY;
    size_t pad = ALIGN - (uintptr_t)p % ALIGN;
    p[pad - 1] = (char)pad;
    *out = (GrArtifact){p + pad, len, GR_ARTIFACT_HEAP};
    return GRAM_OK;
}

gram_status gr_artifact_copy(GrEnv *env, const void *bytes, size_t len,
                             GrArtifact *out)
{
    GR_TRY(allocate(env, len, out));
    if (len) memcpy(out->block, bytes, len);
    return GRAM_OK;
}

static bool read_all(int fd, char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = read(fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

/* A file that is cut short meanwhile ends before its length: an error, too. */
gram_status gr_artifact_read(GrEnv *env, const char *path, GrArtifact *out)
{
    size_t len;
    int fd;
    *out = (GrArtifact){0};
    GR_TRY(open_file(env, path, &fd, &len));
    gram_status status = allocate(env, len, out);
    errno = 0;
    if (status == GRAM_OK && !read_all(fd, out->block, len)) {
        status = fail_io(env, "cannot read", path);
        gr_artifact_close(env, out);
    }
    close(fd);
    return status;
}

void gr_artifact_close(GrEnv *env, GrArtifact *a)
{
    if (a->storage == GR_ARTIFACT_MAPPED) munmap(a->block, a->len);
    if (a->storage == GR_ARTIFACT_HEAP)
        gr_resize(env, a->block - (unsigned char)a->block[-1], a->len + ALIGN,
                  0);
    *a = (GrArtifact){0};
}
