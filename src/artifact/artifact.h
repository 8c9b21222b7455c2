/* artifact: one file that holds a compiled grammar as it lies in memory.
 *
 * It refuses to know how tables and masks are laid out: it asks their rooms
 * for images (base/image.h) and gives images back.  It knows the frame around
 * them, what makes a file unusable, and how a file is replaced.
 *
 *     0        head      magic, version, byte order, layout, vocabulary,
 *                        places and sums of the sections, sum of the head
 *     align 64 SOURCE    kind, options, text, documents: to compile again
 *     align 64 REPORT    what became of the source's parts
 *     align 64 MACHINE   states, rows, calls          (pda)
 *     align 64 MASKS     memo and masks               (mask)
 *
 * Loading.  Tables are used where they lie; cells that are filled later change
 * this process's pages only.  A *fast* load maps the file private and
 * writable, checks the head (its own sum, sizes, vocabulary) and then trusts
 * the sections, for files that a server wrote itself; a *verify* load reads
 * the file, sums every section and has every room look at every id, so that
 * no bytes, however made, lead outside of the tables.  What was looked at is
 * its own: pages of a map change with the file, whoever writes to it.
 *
 * What a file says and its source does not (a changed table with new sums)
 * is found when the machine is first needed, by making the tables again
 * (pda.h); until then it can cause wrong masks, never a wrong access.
 *
 * Writing.  Into NAME.tmp-PID-N beside NAME, synced, renamed over it, and the
 * folder synced: at every moment NAME is the old file or the new one, whole.
 * The same grammar, options, vocabulary and mask budget give the same bytes:
 * nothing in them depends on time, place, addresses or threads.
 *
 * Rejected: one section for each table (a head of its own size for small
 * grammars); a general container such as zip or flatbuffers (neither can be
 * used in place with cells that change); compression (loading would touch
 * everything).
 *
 * Cost: fast load some microseconds; verify about the time to read the file
 * three times.  Threads: none of these share anything.
 */
#ifndef GR_ARTIFACT_H
#define GR_ARTIFACT_H

#include "base/base.h"
#include "base/image.h"

typedef enum GrSection {
    GR_SECTION_SOURCE,
    GR_SECTION_REPORT,
    GR_SECTION_MACHINE,
    GR_SECTION_MASKS,
    GR_SECTIONS
} GrSection;

/* The bytes of a file, until gr_artifact_close. */
typedef struct GrArtifact {
    char *block; /* 64-byte aligned, writable */
    size_t len;
    enum { GR_ARTIFACT_NONE, GR_ARTIFACT_HEAP, GR_ARTIFACT_MAPPED } storage;
} GrArtifact;

/* Append the file of these sections to `out` (empty). */
gram_status gr_artifact_build(GrEnv *env, uint64_t vocab,
                              const GrText section[GR_SECTIONS], GrText *out);

/* Replace the file at `path`; GRAM_E_IO. */
gram_status gr_artifact_write(GrEnv *env, const char *path,
                              const GrText *bytes);

/* Bytes of a file, where they are or a copy, or from memory, not looked at yet.
 */
gram_status gr_artifact_map(GrEnv *env, const char *path, GrArtifact *out);
gram_status gr_artifact_read(GrEnv *env, const char *path, GrArtifact *out);
gram_status gr_artifact_copy(GrEnv *env, const void *bytes, size_t len,
                             GrArtifact *out);
void gr_artifact_close(GrEnv *env, GrArtifact *a);

/* Is it intact, of this build's layout, and for this vocabulary?
 * GRAM_E_ARTIFACT says what is wrong. */
gram_status gr_artifact_check(GrEnv *env, const GrArtifact *a, uint64_t vocab,
                              bool verify);
/* A section of a checked file. */
GrImage gr_artifact_section(const GrArtifact *a, GrSection s);
/* Do the bytes begin like one? */
bool gr_artifact_is(const void *bytes, size_t len);

#endif
