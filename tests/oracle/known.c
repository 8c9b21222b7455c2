/* Lists of expected failures; see known.h. */
#include "tests/oracle/known.h"

#include "tests/oracle/cases.h"

#include <stdlib.h>
#include <string.h>

static bool add_line(Known *k, char *line)
{
    char *tab = strchr(line, '\t');
    if (line[0] == 0 || line[0] == '#') return true;
    if (tab == NULL || tab == line || tab[1] == 0) return false;
    *tab = 0;
    const char **grown = realloc(k->id, (k->n + 1) * sizeof *grown);
    if (grown == NULL) abort();
    k->id = grown;
    k->id[k->n++] = line;
    return true;
}

bool known_read(Known *k, const char *path)
{
    size_t len;
    bool ok = true;
    *k = (Known){.text = cases_read_file(path, &len)};
    if (k->text == NULL) return false;
    for (char *at = k->text, *end; *at != 0; at = end) {
        end = at + strcspn(at, "\n");
        if (*end != 0) *end++ = 0;
        ok = add_line(k, at) && ok;
    }
    return ok;
}

bool known_has(const Known *k, const char *id)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->id[i], id) == 0) return true;
    return false;
}

void known_clear(Known *k)
{
    free(k->text);
    free(k->id);
    *k = (Known){0};
}
