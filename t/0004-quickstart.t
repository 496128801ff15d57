#!/bin/sh
# What quickstart prints without installing anything.
. "${0%/*}/lib/tap.sh"
quickstart=$top/contrib/quickstart

exits 2 "no command" "$quickstart"
ok "the usage is shown" grep -q '^usage: ' err
is "and nothing else" "$(cat out)" ""
exits 2 "an unknown command" "$quickstart" install
ok "the usage is shown" grep -q '^usage: ' err
exits 2 "check takes no operands" "$quickstart" check x
exits 2 "other options are refused" "$quickstart" check --al
exits 2 "more than one is refused" "$quickstart" check --all --all
exits 2 "a file that isn't there" "$quickstart" demo nowhere.car
same "is named" err <<'EOT'
quickstart: nowhere.car: no such CAR, and not a handle or a DID
EOT
is "nothing was written" "$(ls)" "$(printf 'err\nout')"

grep -v '^#' "$top/.ci/run" >run
same ".ci/run is quickstart check" run <<'EOT'
exec contrib/quickstart check
EOT

done_testing
