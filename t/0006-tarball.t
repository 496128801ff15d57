#!/bin/sh
# make dist: what is under version control is in the tarball
. "${0%/*}/lib/tap.sh"
command -v make >/dev/null || skip_all "no make"
[ -e "$build/Makefile" ] || skip_all "not a build by make"
files=$(git -C "$top" -c safe.directory='*' ls-files 2>/dev/null) ||
	skip_all "not a checkout by git"
[ -n "$files" ] || skip_all "nothing is under version control"

exits 0 "make distdir" make -C "$build" distdir distdir="$PWD/tarball"
echo "$files" | while read -r file; do
	[ ! -e "$top/$file" ] || [ -e "tarball/$file" ] || echo "$file"
done >lacks
same "each file is in the tarball" lacks </dev/null
done_testing
