/* Property: any bytes as GBNF or EBNF are refused with a place and a
 * sentence, or give a grammar that can be used and printed; within the limits
 * on memory and work, and all memory is given back.
 *
 * how: bit 0: the rest is the text itself; else it chooses a grammar, of
 * which a few bytes are then changed.  Bit 1: EBNF. */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "fuzz/twin.h"

#include <string.h>

enum { MEMORY = 32 << 20, STEPS = 1000000, CHANGES = 4 };

const int fuzz_faults = 3; /* a leak; a limit overrun; an error that lies */
int fuzz_fault;

/* Change a byte of the text to one that means something. */
static void change(Twin *t, Gen *g)
{
    static const char bytes[] = "\"\\[]()|*+?{},:=-^'#/<>. \n0129aAx\x80\xC3";
    if (t->len == 0) return;
    size_t at = gen_below(g, (uint32_t)t->len);
    char c = bytes[gen_below(g, sizeof bytes - 1)];
    if (gen_below(g, 2)) {
        t->text[at] = c;
    } else if (t->len + 1 < TWIN_TEXT) {
        memmove(t->text + at + 1, t->text + at, t->len - at);
        t->text[at] = c;
        t->len++;
    }
}

static void make_text(Twin *t, Gen *g, const FuzzInput *in)
{
    if (in->how & 1) {
        t->len = in->n < TWIN_TEXT ? in->n : TWIN_TEXT;
        t->kind = in->how & 2 ? GRAM_KIND_EBNF : GRAM_KIND_GBNF;
        if (t->len) memcpy(t->text, in->rest, t->len);
        return;
    }
    twin_make(t, g);
    for (uint32_t n = gen_below(g, CHANGES); n > 0; n--) change(t, g);
}

static void print(gram_grammar *g)
{
    static const char *const stages[] = {"rules", "rtn", "dot", "pda"};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        char *text;
        size_t len;
        gram_error e;
        if (gram_grammar_dump(g, stages[i], &text, &len, &e) == GRAM_OK)
            gram_text_free(g, text, len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gram_vocab *vocab;
    static Gen g;
    static Twin t;
    FuzzMemory memory = {0};
    gram_allocator alloc = fuzz_memory(&memory);
    gram_options o = {.size = sizeof o, .allocator = &alloc};
    FuzzInput in = fuzz_input(data, size);
    gram_grammar *grammar = NULL;
    gram_error e = {0};
    o.max_memory = MEMORY;
    o.max_steps = STEPS;
    if (vocab == NULL) {
        g.seed = 1;
        vocab = twin_vocab(&g, 100);
    }
    fuzz_choose(&g, &in);
    make_text(&t, &g, &in);
    gram_status s =
        gram_grammar_new(vocab, t.kind, t.text, t.len, &o, &grammar, &e);
    if (fuzz_fault == 3) e.offset = t.len + 1;
    fuzz_check_error(s, &e, t.len);
    if (s == GRAM_OK) {
        fuzz_walk(&g, &in);
        fuzz_use(grammar, &g, t.text, t.len);
        print(grammar);
        gram_grammar_free(grammar);
    }
    if (fuzz_fault == 1) memory.live++;
    if (fuzz_fault == 2) memory.peak += 2 * MEMORY;
    fuzz_must(memory.live == 0, "%zu bytes are not given back", memory.live);
    fuzz_must(memory.peak <= 2 * MEMORY, "%zu bytes at once", memory.peak);
    return 0;
}
