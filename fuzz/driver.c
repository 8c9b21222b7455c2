/* A plain main for a fuzz target: replay files, no fuzzing engine needed.
 *
 *     <target>-replay [--selftest] PATH...      directories are searched
 *
 * Prints `N passed, N failed, N skipped`; each file is one test.  Files run
 * in a child process, which reports each by a byte through a pipe: a crash
 * is blamed on one file, and a new child goes on behind it.
 * With --selftest each fault that the target can inject is one test, passed
 * when some file makes the target abort. */
#include "fuzz/driver.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Files {
    char **path;
    size_t n, cap;
} Files;

static void *must(void *p)
{
    if (p != NULL) return p;
    fputs("driver: out of memory\n", stderr);
    exit(2);
}

static void add(Files *f, const char *path)
{
    if (f->n == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 64;
        f->path = must(realloc(f->path, f->cap * sizeof *f->path));
    }
    char *copy = must(malloc(strlen(path) + 1));
    f->path[f->n++] = strcpy(copy, path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void add_dir(Files *dirs, Files *files, const char *path)
{
    DIR *d = opendir(path);
    if (d == NULL) return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.') continue;
        size_t len = strlen(path) + strlen(e->d_name) + 2;
        char *name = must(malloc(len));
        snprintf(name, len, "%s/%s", path, e->d_name);
        add(is_dir(name) ? dirs : files, name);
        free(name);
    }
    closedir(d);
}

static void drop(Files *f)
{
    while (f->n > 0) free(f->path[--f->n]);
    free(f->path);
}

/* All files at or below the paths, sorted, so that runs are alike. */
static Files collect(char **path, int n)
{
    Files files = {0}, dirs = {0};
    for (int i = 0; i < n; i++) add(is_dir(path[i]) ? &dirs : &files, path[i]);
    for (size_t i = 0; i < dirs.n; i++) add_dir(&dirs, &files, dirs.path[i]);
    if (files.n) qsort(files.path, files.n, sizeof *files.path, by_name);
    drop(&dirs);
    return files;
}

/* The block has exactly the file's size, so that ASan sees an overrun. */
static void replay(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) exit(3);
    fseek(in, 0, SEEK_END);
    long size = ftell(in);
    rewind(in);
    if (size < 0) exit(3);
    uint8_t *data = must(malloc(size ? (size_t)size : 1));
    size_t got = fread(data, 1, (size_t)size, in);
    fclose(in);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
}

/* Replay from file `from` on in a child; returns the index behind the last
 * file that went well, and the child's wait status. */
static size_t replay_from(const Files *f, size_t from, int fault, int *status)
{
    int report[2];
    if (pipe(report) != 0) exit(2);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) exit(2);
    if (child == 0) {
        close(report[0]);
        if (fault > 0) fuzz_fault = fault;
        for (size_t i = from; i < f->n; i++) {
            replay(f->path[i]);
            if (write(report[1], "", 1) != 1) _exit(2);
        }
        close(report[1]);
        exit(0); /* not _exit: leaks and coverage are reported at exit */
    }
    close(report[1]);
    char buffer[4096];
    ssize_t n;
    while ((n = read(report[0], buffer, sizeof buffer)) > 0) from += (size_t)n;
    close(report[0]);
    waitpid(child, status, 0);
    return from;
}

static int done(size_t passed, size_t failed)
{
    printf("%zu passed, %zu failed, 0 skipped\n", passed, failed);
    return failed != 0;
}

static int replay_all(const Files *f)
{
    size_t failed = 0, i = 0;
    int status = 0;
    do {
        i = replay_from(f, i, 0, &status);
        if (status == 0) break;
        fprintf(stderr, "failed: %s (wait status %d)\n",
                i < f->n ? f->path[i] : "at exit", status);
        failed++;
        i++;
    } while (i < f->n);
    return done(f->n > failed ? f->n - failed : 0, failed);
}

static int selftest(const Files *f)
{
    size_t passed = 0, failed = 0;
    int faults = &fuzz_faults && &fuzz_fault ? fuzz_faults : 0;
    for (int fault = 1; fault <= faults; fault++) {
        int status = 0;
        replay_from(f, 0, fault, &status);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
            passed++;
            continue;
        }
        fprintf(stderr, "failed: fault %d was not caught\n", fault);
        failed++;
    }
    return done(passed, failed);
}

int main(int argc, char **argv)
{
    int test = argc > 1 && strcmp(argv[1], "--selftest") == 0;
    Files files = collect(argv + 1 + test, argc - 1 - test);
    int rc = test ? selftest(&files) : replay_all(&files);
    drop(&files);
    return rc;
}
