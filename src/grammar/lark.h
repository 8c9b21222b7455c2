/* lark: what the files that read Lark grammars share; private to the room.
 *
 *     lark.c           statements: rules and terminals
 *     lark_directive.c %ignore, %import, options
 *     lark_body.c      expansions
 *     lark_terminal.c  strings, ranges, regular expressions
 *     lark_regex.c     their patterns in the spelling of the regex room
 *     lark_common.def  the terminals that `%import common` gives
 *
 * Meaning.  A terminal is a sub-grammar like a rule: every way to split a
 * text into terminals counts.  (Lark itself first cuts the text into longest
 * matches; of texts that it would cut otherwise some are accepted here.)
 * Terminals are regular: they refer to no rule and not to themselves.  What
 * %ignore names may follow every terminal of a rule; before the first one
 * only with the option allow_initial_skip.  Priorities, aliases and the
 * prefixes ? and ! do not change a language and are read over. */
#ifndef GR_GRAMMAR_LARK_H
#define GR_GRAMMAR_LARK_H

#include "grammar/parse.h"

typedef struct Lark {
    Parser *p;
    bool terminal;           /* the rule being read is one */
    bool initial_skip;       /* ignored text may come first */
    bool aliased;            /* an alias has ended the alternative */
    bool lazy;               /* of the rule: it ends as soon as it can */
    PartId marker;           /* of the rule: what ends it; or none */
    uint32_t given;          /* of the rule: bits of its attributes */
    uint32_t first;          /* of the rule: its first part */
    RuleId skip;             /* what is ignored, any number of times; or none */
    GrVec(uint32_t) ignored; /* rules of the %ignore directives */
    GrVec(uint32_t) terminals; /* rules that are terminals */
    GrVec(char) pattern;       /* a regular expression being rewritten */
} Lark;

/* Skip blanks and comments, not newlines. */
gram_status gr_lark_space(Lark *l);
/* The length of the name at `from`; *is_terminal by its first letter. */
size_t gr_lark_name(const Lark *l, size_t from, bool *is_terminal);
gram_status gr_lark_fail(Lark *l, size_t at, const char *what);
gram_status gr_lark_unsupported(Lark *l, size_t at, const char *what);

/* A letter, a digit or an underscore. */
bool gr_lark_is_word(int c);
/* The rest of the line must be empty. */
gram_status gr_lark_end_line(Lark *l);

/* The parts from `first` to `body` are the rule's; a terminal is noted. */
gram_status gr_lark_finish(Lark *l, RuleId rule, uint32_t first, PartId body);
/* The rule of a name that begins with a dot, as no name of the text does. */
gram_status gr_lark_dotted(Lark *l, const char *name, RuleId *out);
/* The statement that a percent sign begins. */
gram_status gr_lark_directive(Lark *l);
/* The body of `.skip` once all that is ignored is known. */
gram_status gr_lark_define_skip(Lark *l);

/* A terminal of a rule, followed by what is ignored. */
gram_status gr_lark_skip(Lark *l, PartId part, PartId *out);
/* The alternatives from here to the end of their last line. */
gram_status gr_lark_body(Lark *l, PartId *out);

/* "..." with its flag, or "a".."b". */
gram_status gr_lark_string(Lark *l, PartId *out);
/* /.../ with its flags. */
gram_status gr_lark_pattern(Lark *l, PartId *out);
/* The terminal of the module `common`; false: there is none. */
gram_status gr_lark_common(Lark *l, const char *name, size_t len, size_t at,
                           PartId *out, bool *found);
/* Rewrite the pattern text[from..to) into l->pattern; *flags (GR_RE_*) may
 * gain what the pattern itself switches on. */
gram_status gr_lark_rewrite(Lark *l, size_t from, size_t to, bool verbose,
                            uint32_t *flags);

#endif
