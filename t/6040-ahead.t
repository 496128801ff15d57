#!/bin/sh
# Signatures of recorded frames are verified ahead, in threads
. "${0%/*}/lib/tap.sh"

mkframes -K keys -- +a.b.c/w active 'signature!+a.b.c/x' +a.b.c/y \
    'block!+a.b.c/z' sync >frames
mkframes -r 2 -n 40 -k 3 -K others >many
cat others >>keys
ok 'what is known, and who asks' "$unit"/ahead frames keys many
done_testing
