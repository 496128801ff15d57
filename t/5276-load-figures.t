#!/bin/sh
# at-load: the figures of a narrower pattern that a wider snapshot completes do
# not depend on how lines are split into transactions.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

like=com.example.like

# A loaded part, another part that begins, and the whole repo.
repo $did $r1 60 filter=$like source=list | lines >part1
repo $did $r2 90 filter=$like source=list | lines | head -n 10 >part2
repo $did $r3 300 | lines >whole3

at-load apart.db part1
at-load apart.db part2 2>/dev/null
at-load apart.db whole3
states apart.db >want
same "the part has the figures of the whole" want <<EOT
*|completed|$r3|300|0|0
$like|completed|$r3|100|0|0
EOT
cat part1 part2 whole3 | at-load together.db
states together.db >got
same "also if all come in one transaction" got <want
at-load one.db part1
cat part2 whole3 | at-load one.db
states one.db >got
same "or only what follows" got <want
cat part1 part2 | at-load two.db 2>/dev/null
is "a part that has begun again counts what came of it" "$(states two.db)" \
    "$like|in_progress|$r1|10|0|0"
at-load two.db whole3
states two.db >got
same "and then has those of the whole" got <want

done_testing
