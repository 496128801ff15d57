#!/bin/sh
# at-carwalk: inputs of every length and kind, and unreadable ones
. "${0%/*}/lib/tap.sh"

have_zstd() {
	command -v zstd >/dev/null
}

# The buffers have 256 KiB. Input beyond 16 MiB goes to a temporary file.
mkcar -n 20 >small.car
at-carwalk small.car >want
for size in 262141 262142 262143 262144 262145 524287 524288 524289 \
	16515071 16515072 16515073 16777215 16777216 16777217 40000000; do
	mkcar -n 20 -p $size >x.car
	is "$size bytes" "$(wc -c <x.car)" $size
	run at-carwalk x.car
	ok "$size: a file" cmp want out
	run sh -c 'cat x.car | at-carwalk'
	ok "$size: a pipe" cmp want out
	have_zstd || continue
	zstd -qf1 x.car
	run at-carwalk x.car.zst
	ok "$size: zstd" cmp want out
	run sh -c 'cat x.car.zst | at-carwalk'
	ok "$size: zstd from a pipe" cmp want out
done
have_zstd || skip 'zstd' 'no zstd program'

# The same with a repo on both sides of every boundary.
mkcar -n 60000 -o shuffle >x.car
ok 'a large one' test "$(wc -c <x.car)" -gt 20000000
at-carwalk x.car >want
run sh -c 'cat x.car | at-carwalk'
ok 'a large one from a pipe' cmp want out
mkdir tmp
run sh -c 'cat x.car | TMPDIR=tmp at-carwalk'
ok 'with its own TMPDIR' cmp want out
is 'nothing is left there' "$(ls -A tmp)" ''
run sh -c 'cat x.car | TMPDIR= at-carwalk'
ok 'with an empty TMPDIR' cmp want out

# no room for the temporary file
run sh -c 'cat x.car | TMPDIR=/nonexistent at-carwalk'
is 'no TMPDIR: status' "$status" 2
same 'no TMPDIR: one line' err <<'END'
at-carwalk: -: can't make a file in /nonexistent: No such file or directory
END
is 'no TMPDIR: no output' "$(cat out)" ''
run sh -c 'cat small.car | TMPDIR=/nonexistent at-carwalk'
is 'a small one needs none' "$status" 0
run sh -c 'ulimit -f 30000; trap "" XFSZ; cat x.car | at-carwalk'
is 'no room: status' "$status" 2
same 'no room: one line' err <<'END'
at-carwalk: -: can't write a temporary file: File too large
END
mkdir full
if mount -t tmpfs -o size=1m none full 2>/dev/null; then
	run sh -c 'cat x.car | TMPDIR=full at-carwalk'
	is 'TMPDIR is full: status' "$status" 2
	same 'TMPDIR is full: one line' err <<-'END'
	at-carwalk: -: can't write a temporary file: No space left on device
	END
	umount full
else
	skip 'TMPDIR is full' 'mount is not allowed'
fi
rm x.car

# missing and unreadable inputs; the other inputs are read
# unreadable NAME OPERAND MESSAGE [RETRY]
at-carwalk small.car >want
unreadable() {
	exits 1 "$1" at-carwalk small.car "$2" small.car
	is "$1: says why" "$(cat err)" "at-carwalk: $2: $3"
	is "$1: its error" "$(jq -r 'select(.type == "error") |
	    [.error, .retry, .input, .message] | map(tostring) | join("|")' \
		out)" "Unreadable|${4-true}|$2|$3"
	grep -v '^{"type":"error"' out >got
	cat want want | cmp -s - got
	is "$1: the others go on" $? 0
}
unreadable 'no such file' gone "can't open: No such file or directory"
unreadable 'an empty name' '' "can't open: No such file or directory"
if [ "$(id -u)" -ne 0 ]; then
	cp small.car secret.car
	chmod 000 secret.car
	unreadable 'no permission' secret.car "can't open: Permission denied" \
	    false
else
	skip 'no permission' 'root may read everything'
fi
mkdir dir
run sh -c 'at-carwalk <dir'
is 'standard input is a directory: status' "$status" 2
is 'standard input is a directory: one line' "$(cat err)" \
	"at-carwalk: can't read: Is a directory"
run sh -c 'at-carwalk <&-'
is 'standard input is closed: status' "$status" 2
is 'standard input is closed: one line' "$(wc -l <err)" 1

: >empty
exits 1 'an empty operand' at-carwalk empty
is 'is not a CAR' "$(jq -r .error out)" BadCar
exits 0 'empty standard input' at-carwalk <empty
is 'has no lines' "$(cat out err)" ''
exits 0 'empty standard input as operand' at-carwalk - small.car <empty
ok 'the next goes on' cmp want out
printf '\n\n' >lines
exits 0 'empty lines' at-carwalk <lines
ok 'are copied' cmp lines out
printf '{"type":"repo","car":"small.car"}\n' >lines
exits 1 'NDJSON as an operand' at-carwalk lines
is 'is not a CAR' "$(jq -r .error out)" BadCar

# output that is lost
if [ -w /dev/full ]; then
	run sh -c 'at-carwalk small.car >/dev/full'
	is 'a full disk: status' "$status" 2
	same 'a full disk: one line' err <<-'END'
	at-carwalk: can't write: No space left on device
	END
	mkcar -n 5000 >x.car
	run sh -c 'at-carwalk x.car small.car >/dev/full'
	is 'full on the way: status' "$status" 2
	is 'full on the way: one line' "$(wc -l <err)" 1
else
	skip 'a full disk' 'no /dev/full'
fi
run sh -c 'at-carwalk small.car >&-'
is 'no standard output: status' "$status" 2
is 'no standard output: one line' "$(wc -l <err)" 1

# a reader that ends early
mkcar -n 5000 >x.car
run sh -c '{ at-carwalk x.car x.car; echo $? >code; } | head -n 1'
is 'head: ended by the signal' "$(cat code)" 141
is 'head: quietly' "$(cat err)" ''

# Empty the file after its first line has arrived. The rest waits in the pipe.
run sh -c '{ at-carwalk x.car; echo $? >code; } |
    { read -r line; : >x.car; cat >rest; }'
is 'a file that becomes shorter: status' "$(cat code)" 2
same 'a file that becomes shorter: one line' err <<'END'
at-carwalk: an input file became shorter while it was read
END
is 'a file that becomes shorter: no end' "$(grep -c '"end"' rest)" 0

# If it read the file that it writes, it would never end.
exits 1 'a file that is the output, too' sh -c ': >own.in; at-carwalk own.in >>own.in'
is 'message' "$(cat err)" "at-carwalk: own.in: is also the output"

done_testing
