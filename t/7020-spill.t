#!/bin/sh
# Memory and texts in temporary files.
. "${0%/*}/lib/tap.sh"

mkdir tmp
ok 'they are read as they were written' "$unit"/spill tmp
is 'and no file is left' "$(ls -A tmp)" ''

# Both files of at-plcaudit
mkplc -n 12000 >in
at-plcaudit -q in >want
exits 0 'files in TMPDIR' env TMPDIR=tmp at-plcaudit -q in
ok 'give the same lines' cmp want out
is 'and are gone' "$(ls -A tmp)" ''
exits 2 'no TMPDIR' env TMPDIR=no/where at-plcaudit -q in
is 'message' "$(cat err)" "at-plcaudit: can't make a file in no/where:\
 No such file or directory"

done_testing
