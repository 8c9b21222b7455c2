/* Property: any bytes as a JSON Schema are refused with a place and a
 * sentence, or give a grammar that can be used; within the limits on memory
 * and work, and all memory is given back.
 *
 * how: bit 0: the rest is the text itself; else it chooses a schema, of
 * which a few bytes are then changed.  Bits 1-5 choose policies, bits 6 and 7
 * the kind of schema (input.h). */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "oracle/world.h"

#include <string.h>

enum { TEXT_MAX = 1 << 15, MEMORY = 32 << 20, STEPS = 4000000 };

const int fuzz_faults = 3; /* a leak; a limit overrun; an error that lies */
int fuzz_fault;

static const char *text_of(Gen *g, const FuzzInput *in, size_t *len)
{
    fuzz_choose(g, in);
    if (in->how & 1) {
        *len = in->n;
        return (const char *)in->rest;
    }
    fuzz_gen_schema(g, in);
    for (uint32_t n = gen_below(g, 4); n > 0; n--) gen_mutate(g, 0);
    *len = g->len;
    return g->text;
}

static gram_options policies(uint8_t how)
{
    gram_options o = {.size = sizeof o, .max_steps = STEPS};
    o.max_memory = MEMORY;
    if (how & 2) gram_options_exact(&o);
    if (how & 4) o.draft = GRAM_DRAFT_7;
    if (how & 8) o.unknown_keyword = GRAM_UNKNOWN_ERROR;
    o.escapes = how & 16 ? GRAM_ESCAPES_CANONICAL : GRAM_ESCAPES_ANY;
    o.additional = how & 32 ? GRAM_ADDITIONAL_CLOSED : GRAM_ADDITIONAL_OPEN;
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gram_vocab *vocab;
    static Gen g;
    FuzzMemory memory = {0};
    gram_allocator alloc = fuzz_memory(&memory);
    FuzzInput in = fuzz_input(data, size);
    gram_options o = policies(in.how);
    gram_grammar *grammar = NULL;
    gram_error e = {0};
    uint32_t n_first;
    size_t len;
    if (vocab == NULL) vocab = world_vocab(&n_first);
    const char *text = text_of(&g, &in, &len);
    if (len > TEXT_MAX || vocab == NULL) return 0;
    o.allocator = &alloc;
    gram_status s = gram_grammar_new(vocab, GRAM_KIND_JSON_SCHEMA, text, len,
                                     &o, &grammar, &e);
    if (fuzz_fault == 3) e.offset = len + 1;
    fuzz_check_error(s, &e, len);
    if (s == GRAM_OK) {
        fuzz_walk(&g, &in);
        fuzz_use(grammar, &g, text, len);
        gram_grammar_free(grammar);
    }
    if (fuzz_fault == 1) memory.live++;
    if (fuzz_fault == 2) memory.peak += 2 * MEMORY;
    fuzz_must(memory.live == 0, "%zu bytes are not given back", memory.live);
    fuzz_must(memory.peak <= 2 * MEMORY, "%zu bytes at once", memory.peak);
    return 0;
}
