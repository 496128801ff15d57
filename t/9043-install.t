#!/bin/sh
# make install: Makefile.archive and the examples are installed where the pages
# say, and work there
. "${0%/*}/lib/tap.sh"
command -v make >/dev/null || skip_all "no make"

exits 0 "make install" make -C "$build" install-dist_pkgdataDATA \
    install-dist_pkgdataSCRIPTS install-dist_examplesDATA \
    install-dist_examplesSCRIPTS DESTDIR="$PWD/to"
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
ok "Makefile.archive is in share/atpipe" cmp \
    "to$prefix/share/atpipe/Makefile.archive" "$top/contrib/Makefile.archive"
for unit in live serve; do
	ok "the unit $unit is there, too" test -s \
	    "to$prefix/share/atpipe/atpipe-$unit.service"
done
exits 2 "backup finds the examples" "to$prefix/share/atpipe/backup"
ok "and prints its usage" grep -q '^usage: backup account' err
is "the examples are in share/doc/atpipe/examples" \
    "$(ls "to$prefix/share/doc/atpipe/examples")" \
    "$(ls "$top/contrib/examples")"
exits 0 "one finds what they share" \
    "to$prefix/share/doc/atpipe/examples/posts-as-text" "$data/car/alice.car"
done_testing
