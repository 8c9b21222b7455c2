#!/bin/sh
# check_layers.sh [ROOT]: includes go only where the table in src/README.md
# says they may.
#
#   | room | may include | ...      a line of the table
#
#   - a room includes itself, <gram.h>, and the rooms of its line;
#   - of another room only <room>/<room>.h: nothing else is its interface
#     (base is a tool box: all of its headers are);
#   - a line names only rooms that stand above it, so that no cycle can be
#     written down;
#   - gramc includes nothing of the library but <gram.h>;
#   - an outside library is included by at most one file of a room.
#
# `check_layers.sh --selftest` copies the tree's includes, plants each kind
# of fault in the copy and wants it found.
set -u

check() { # root
    cd "$1" || exit 1
    # shellcheck disable=SC2046
    awk '
    function bad(what) {
        printf "%s:%d: %s\n", FILENAME, FNR, what
        n_bad++
    }
    FILENAME == "src/README.md" {
        if ($0 !~ /^\| *`[a-z]+` *\|/) next
        gsub(/[`,|]/, " ")
        room = $1
        known[room] = 1
        for (i = 2; i <= NF && $i != "-"; i++) {
            if (!($i in known)) bad("room " $i " is not above " room)
            may[room, $i] = 1
        }
        next
    }
    FNR == 1 {
        n_files++
        split(FILENAME, part, "/")
        here = part[2]
        if (!(here in known)) bad("room " here " is not in src/README.md")
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        split($0, quote, "\"")
        path = quote[2]
        n = split(path, step, "/")
        if (step[1] == here && n >= 2) next
        if (n == 1) bad("write \"" here "/" path "\"")
        else if (!((here, step[1]) in may)) bad(here " may not include " path)
        else if (step[1] != "base" && path != step[1] "/" step[1] ".h")
            bad(path " is private to " step[1])
    }
    /^[ \t]*#[ \t]*include[ \t]*<(pcre2|utf8proc|cjson\/cJSON)\.h>/ {
        if ((here, $2) in owner && owner[here, $2] != FILENAME)
            bad($2 " is already behind " owner[here, $2])
        owner[here, $2] = FILENAME
    }
    END {
        printf "%d passed, %d failed\n", n_files - (n_bad < n_files ? n_bad \
               : n_files), n_bad
        exit n_bad > 0
    }' src/README.md $(find src -name '*.[ch]' | sort)
}

plant() { # where, line, what the complaint must say
    cp -R src "$tmp/src"
    mkdir -p "$tmp/$(dirname "$1")"
    printf '%s\n' "$2" >>"$tmp/$1"
    if (check "$tmp") | grep -q -- "$3"; then
        passed=$((passed + 1))
    else
        echo "check_layers: not caught: $2 in $1"
        failed=$((failed + 1))
    fi
    rm -rf "$tmp/src"
}

if [ "${1:-}" = --selftest ]; then
    tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
    passed=0 failed=0
    plant src/base/a.c '#include "json/json.h"' 'base may not include json'
    plant src/schema/a.c '#  include "regex/x.h"' 'regex/x.h is private'
    plant src/json/a.c '#include "../base/base.h"' 'may not include'
    plant src/json/a.c '#include "json.h"' 'write "json/json.h"'
    plant src/gramc/a.c '#include "base/base.h"' 'gramc may not include'
    plant src/attic/a.c 'int x;' 'attic is not in src/README.md'
    plant src/README.md '| `odd` | gramc, later |' 'later is not above odd'
    plant src/pda/a.c '#include <pcre2.h>' ' passed, 0 failed'
    printf '#include <pcre2.h>\n' >"$tmp/pcre.c"
    cp -R src "$tmp/src"
    cp "$tmp/pcre.c" "$tmp/src/pda/a.c"
    cp "$tmp/pcre.c" "$tmp/src/pda/b.c"
    if (check "$tmp") | grep -q 'already behind'; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
    exit
fi
check "${1:-.}"
