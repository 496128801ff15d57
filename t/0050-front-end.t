#!/bin/sh
# The parts of libcar/cli: how options and operands are understood.
. "${0%/*}/lib/tap.sh"
need_network

ok "texts are values of a kind" "$unit"/value
ok "operands are inputs, one after another" "$unit"/input </dev/null

# says MESSAGE COMMAND...
says() {
	message=$1
	shift
	usage_error "$*" "$message" "$@"
}
says "-j: '0' is too small, the minimum is 1" at-resolve -j 0
says "-j: '0' is too small, the minimum is 1" at-resolve -qj0
says "-j: '0' is too small, the minimum is 1" at-resolve --jobs 5 -j 0
says "--jobs: '1001' is too large, the maximum is 1000" at-resolve --jobs 1001
says "--jobs: '' isn't a number such as 10" at-resolve --jobs=
says "--jobs: 'x' isn't a number such as 10" at-resolve -j 5 --jo x
says "-t: '5x' isn't a time such as 30s" at-load -t 5x x.db
says "--batch: '1k' isn't a number such as 10" at-load --batch 1k x.db
says "--zstd: '20' is too large, the maximum is 19" at-fetchrepo --zstd=20
says "--collection: 'x' is neither an NSID nor a prefix.*" \
    at-carwalk --collection x
says "-m: 'x' is neither optimistic nor required" at-validate -m x
says "--page: '\\x1b' isn't a number such as 10" \
    at-listrecords --page "$(printf '\033')"

mkcar -n 2 >a.car
exits 0 "an option behind an operand" at-carwalk a.car --collection a.b.c
is "is still an option" "$(grep -c '"type":"record"' out)" 0

export ATPIPE_PLC_URL=x
says "ATPIPE_PLC_URL: 'x' isn't an origin such as https://host" at-resolve
says "-u: 'y' isn't an origin such as https://host" at-resolve -u y
export ATPIPE_PLC_URL='' ATPIPE_CACHE=''
says "--offline needs a --cache" at-resolve --offline

done_testing
