#!/bin/sh
# check_symbols.sh ARCHIVE SHARED: both libraries define gram_* and no other
# global name, and neither calls what a library must not call.
#
# `check_symbols.sh --selftest ARCHIVE`: a planted stray name and a planted
# abort() are found.
set -u

stray() { # nm-options file
    nm "$1" --defined-only "$2" | awk 'NF == 3 && $3 !~ /^gram_/ {print $3}'
}
forbidden() { # file
    nm --undefined-only "$1" |
        awk '$NF ~ /^(abort|exit|_exit|printf|puts|putchar|perror|rand|strtok)(@|$)/ \
             || $NF ~ /^(stdout|stderr|stdin)(@|$)/ {print $NF}' | sort -u
}
report() { # names, what is wrong with them
    [ -z "$1" ] && { passed=$((passed + 1)); return; }
    for name in $1; do echo "symbols: $name $2"; done
    failed=$((failed + 1))
}
check() { # archive shared
    report "$(stray -g "$1")" "is visible in $1"
    report "$(forbidden "$1")" "is used by $1"
    [ -z "${2:-}" ] || report "$(stray -D "$2")" "is visible in $2"
}

passed=0 failed=0
if [ "$1" = --selftest ]; then
    tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
    cp "$2" "$tmp/a.a"
    echo 'void abort(void); void stray(void); void stray(void) { abort(); }' |
        ${CC:-cc} -x c -c -o "$tmp/stray.o" - && ar rs "$tmp/a.a" "$tmp/stray.o"
    found=$(check "$tmp/a.a")
    for name in stray abort; do
        case $found in
        *"symbols: $name "*) passed=$((passed + 1)) ;;
        *) failed=$((failed + 1)); echo "symbols: planted $name not found" ;;
        esac
    done
else
    check "$1" "${2:-}"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
