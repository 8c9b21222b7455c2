/* Property: for a random schema, the library says of every small and of
 * random instances what the plain validator says, in any spelling and through
 * any tokens; and documents drawn from masks alone are valid and always come
 * to an end (oracle/world.h).
 *
 * how: bits 6 and 7 choose the kind of schema (input.h). */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "oracle/world.h"

#include <string.h>

enum { SCHEMA_MAX = 3000 };

/* The validator overlooks a keyword; a document loses a byte. */
static const char *const overlooked[] = {
    "type",    "properties", "required",     "enum",    "items",
    "$ref",    "anyOf",      "not",          "minimum", "minLength",
    "pattern", "const",      "propertyNames"};
enum { N_OVERLOOKED = sizeof overlooked / sizeof *overlooked };
const int fuzz_faults = N_OVERLOOKED + 1;
int fuzz_fault;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static World w;
    static Gen g;
    static char schema[SCHEMA_MAX + 1];
    static uint32_t without;
    FuzzInput in = fuzz_input(data, size);
    if (w.vocab == NULL) {
        fuzz_must(world_open(&w), "no vocabulary");
        without = world_without(&w);
        w.instances = 8;
        w.small = 12;
        w.documents = 4;
    }
    w.ignore = fuzz_fault > 0 && fuzz_fault <= N_OVERLOOKED
                   ? overlooked[fuzz_fault - 1]
                   : NULL;
    w.fault = fuzz_fault > N_OVERLOOKED ? WORLD_FAULT_DOCUMENT : 0;
    fuzz_choose(&g, &in);
    g.without = without | GEN_LOOSE_FORMATS;
    fuzz_gen_schema(&g, &in);
    if (g.full || g.len > SCHEMA_MAX) return 0;
    memcpy(schema, g.text, g.len + 1);
    fuzz_walk(&g, &in);
    fuzz_must(world_check(&w, &g, schema), "%s", w.why);
    return 0;
}
