#!/bin/sh
# A test that doesn't end is killed with all its processes, and fails.
. "${0%/*}/lib/tap.sh"

[ -n "${ATPIPE_BOUND-}" ] || skip_all "no timeout, or env without signals"

mkdir x x/t
ln -s "$top/t/lib" x/t/lib
cat >x/t/hang.t <<'EOT'
#!/bin/sh
. "${0%/*}/lib/tap.sh"
at_exit 'echo "# removed"'
sleep 1000 &
echo $! >"$top/pids"
sh -c 'echo $$ >>"$1"; exec sleep 1000' sh "$top/pids"
pass "is never reached"
done_testing
EOT
chmod +x x/t/hang.t

# hang MINUTES: run a test that hangs, with this time limit
hang() {
	env -u ATPIPE_BOUND ATPIPE_BUILD="$build" ATPIPE_MINUTES="$1" \
	    x/t/hang.t
}

# gone: have all of its processes ended?
gone() {
	while read -r pid; do
		! kill -0 "$pid" || return
	done <x/pids
}

exits 124 "a test that hangs fails" hang 0.02
same "and says why" out <<'EOT'
# removed
not ok - no end within 0.02 minutes: killed
EOT
is "it had begun two processes" "$(wc -l <x/pids)" 2
wait_for "both to end" gone && pass "both have ended"

rm x/pids
begun() {
	[ "$(wc -l <x/pids)" -eq 2 ]
}
env -u ATPIPE_BOUND ATPIPE_BUILD="$build" x/t/hang.t >out 2>err &
wait_for "another one" begun
kill $!
status=0
wait $! 2>/dev/null || status=$?
is "a test that gets SIGTERM ends" "$status $(cat out)" "143 # removed"
wait_for "its processes to end" gone && pass "and so do its processes"

done_testing
