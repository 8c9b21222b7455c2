#!/bin/sh
# install.sh DESTDIR PREFIX VERSION: copy what was built to its places.
set -eu
to=$1$2
mkdir -p "$to/bin" "$to/include" "$to/lib/pkgconfig" "$to/share/man/man1" \
    "$to/share/man/man3"
if [ -f "$B/gramc" ]; then install -m 755 "$B/gramc" "$to/bin/gramc"; fi
install -m 644 include/gram.h "$to/include/gram.h"
install -m 644 "$B/libgram.a" "$to/lib/libgram.a"
install -m 644 "$B/libgram-run.a" "$to/lib/libgram-run.a"
install -m 755 "$B/libgram.so.0" "$to/lib/libgram.so.0"
ln -sf libgram.so.0 "$to/lib/libgram.so"
sed -e "s|@PREFIX@|$2|" -e "s|@VERSION@|$3|" src/package/libgram.pc.in \
    >"$to/lib/pkgconfig/libgram.pc"
install -m 644 src/package/gramc.1 "$to/share/man/man1/gramc.1"
install -m 644 src/package/libgram.3 "$to/share/man/man3/libgram.3"
