/* The frame of the file: head, sections, sums.  See artifact.h.
 *
 * The hard part is to leave nothing open: of all files that a full check takes,
 * there is one for each list of sections.  So places are computed, not read,
 * padding must be zero, and whatever else is in the head is compared with what
 * this build would write. */
#include "artifact/artifact.h"

#include "mask/mask.h"
#include "pda/pda.h"

/* The newline shows at once where a transfer changed line ends. */
static const char magic[8] = {'g', 'r', 'a', 'm', 'A', 'R', 'T', '\n'};
enum { VERSION = 5, ALIGN = 64, ORDER = 0x01020304 };

/* All offsets are from the start of the file. */
typedef struct Head {
    char magic[8];
    uint32_t version, order;
    uint32_t layout; /* of the structs that lie in the tables */
    uint32_t total;  /* bytes of the file */
    uint64_t vocab;  /* fingerprint */
    struct {
        uint32_t at, len;
        uint64_t sum;
    } section[GR_SECTIONS];
    uint64_t sum; /* of all above */
} Head;

/* A number that differs where structs or limits that masks depend on do. */
static uint32_t layout(void)
{
    const uint32_t parts[] = {
        sizeof(GrOp),       sizeof(GrState),     sizeof(GrBox),
        sizeof(GrAsked),    sizeof(GrMapSlot),   GR_REGS,
        GR_STORE_FIRST_LOG, GR_LIMIT_FILL_STEPS, GR_LIMIT_MATCH_DEPTH,
        GRAM_VERSION_MAJOR, GRAM_VERSION_MINOR,  GRAM_VERSION_PATCH};
    return (uint32_t)gr_hash(parts, sizeof parts, VERSION);
}

/* Sums find damage, not forgery: whoever can change bytes can make sums.  What
 * that may lead to is said in artifact.h. */
static uint64_t head_sum(const Head *h)
{
    return gr_hash(h, offsetof(Head, sum), VERSION);
}

/* Seeded by the number of the section, so that two of them swapped are
 * noticed. */
static uint64_t section_sum(const char *block, const Head *h, int i)
{
    return gr_hash(block + h->section[i].at, h->section[i].len, (uint64_t)i);
}

/* Places for sections of given lengths: there is one layout only, so that
 * nothing overlaps.  False where the file would be too long. */
static bool place(Head *h)
{
    uint64_t at = sizeof *h;
    for (int i = 0; i < GR_SECTIONS; i++) {
        at = (at + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
        if (at + h->section[i].len > UINT32_MAX) return false;
        h->section[i].at = (uint32_t)at;
        at += h->section[i].len;
    }
    h->total = (uint32_t)at;
    return true;
}

/* --- building ------------------------------------------------------------- */

/* Zeros everywhere first, so that padding and the gaps of Head are set; then
 * the sections, their sums, and the sum of the head, which covers these. */
gram_status gr_artifact_build(GrEnv *env, uint64_t vocab,
                              const GrText section[GR_SECTIONS], GrText *out)
{
    Head h;
    memset(&h, 0, sizeof h);
    memcpy(h.magic, magic, sizeof magic);
    h.version = VERSION;
    h.order = ORDER;
    h.layout = layout();
    h.vocab = vocab;
    for (int i = 0; i < GR_SECTIONS; i++) h.section[i].len = section[i].n;
    if (!place(&h))
        return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a compiled grammar of more than 4 GiB");
    GR_TRY(gr_vec_reserve(env, out, h.total));
    memset(out->at, 0, h.total);
    out->n = h.total;
    for (int i = 0; i < GR_SECTIONS; i++)
        if (section[i].n > 0)
            memcpy(out->at + h.section[i].at, section[i].at, section[i].n);
    for (int i = 0; i < GR_SECTIONS; i++)
        h.section[i].sum = section_sum(out->at, &h, i);
    h.sum = head_sum(&h);
    memcpy(out->at, &h, sizeof h);
    return GRAM_OK;
}

/* --- checking ------------------------------------------------------------- */

bool gr_artifact_is(const void *bytes, size_t len)
{
    return len >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* A file of bytes has no line and no column. */
static gram_status bad(GrEnv *env, const char *why)
{
    return gr_fail(env, GRAM_E_ARTIFACT, GR_NOWHERE, "%s", why);
}

/* In an order in which each error is the true one: the version says how to read
 * all else, the sum whether it was read as written, and only a head that is
 * intact can tell of another build. */
static gram_status check_head(GrEnv *env, const Head *h, size_t len)
{
    Head again = *h;
    if (h->version != VERSION || h->order != ORDER)
        return bad(env, "a compiled grammar of another version or machine");
    if (h->sum != head_sum(h) || !place(&again) || again.total != len ||
        memcmp(&again, h, sizeof again) != 0)
        return bad(env, "the head of the compiled grammar is damaged, or the "
                        "file is cut");
    if (h->layout != layout())
        return bad(env, "a compiled grammar of another build of libgram");
    return GRAM_OK;
}

/* Between sections lie zeros, so that equal grammars are equal files: every
 * byte of a file has one right value. */
static bool is_padded(const char *block, const Head *h)
{
    uint32_t at = sizeof *h;
    for (int i = 0; i < GR_SECTIONS; i++) {
        for (; at < h->section[i].at; at++)
            if (block[at] != 0) return false;
        at += h->section[i].len;
    }
    return true;
}

/* The length is compared before the head is read.  Cost: the head, or with
 * `verify` every byte once. */
gram_status gr_artifact_check(GrEnv *env, const GrArtifact *a, uint64_t vocab,
                              bool verify)
{
    const Head *h = (const Head *)a->block;
    if (!gr_artifact_is(a->block, a->len) || a->len < sizeof *h)
        return bad(env, "not a compiled grammar");
    GR_TRY(check_head(env, h, a->len));
    if (h->vocab != vocab) return bad(env, "compiled for another vocabulary");
    if (!verify) return GRAM_OK;
    if (!is_padded(a->block, h)) return bad(env, "bytes between sections");
    for (int i = 0; i < GR_SECTIONS; i++)
        if (h->section[i].sum != section_sum(a->block, h, i))
            return gr_fail(env, GRAM_E_ARTIFACT, GR_NOWHERE,
                           "section %d of the compiled grammar is damaged", i);
    return GRAM_OK;
}

GrImage gr_artifact_section(const GrArtifact *a, GrSection s)
{
    const Head *h = (const Head *)a->block;
    return (GrImage){a->block + h->section[s].at, h->section[s].len, 0, false};
}
