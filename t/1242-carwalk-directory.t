#!/bin/sh
# at-carwalk: a directory as an operand; -C for the names in jobs
. "${0%/*}/lib/tap.sh"

# car DID FILE
car() {
	mkdir -p "${2%/*}"
	mkcar -n 3 -d "did:web:$1" >"$2"
}
car b1 cars/b/1.car
car b2 cars/b/2.car
car a1 cars/a/1.car
car deep cars/a/x.car/y/3.car
car top cars/z.car
car ab cars/ab/1.car
car none cars/.hidden/1.car
car none cars/a/.aside.car
car none cars/a/1.txt
car out other/1.car
ln -s ../../other cars/b/link
ln -s ../../other/1.car cars/b/3.car

# walked: print the accounts in their order
walked() {
	jq -r 'select(.type == "end") | .did' out | paste -s -d ' ' |
	    sed 's/did:web://g'
}
all='a1 deep ab b1 b2 out top'
exits 0 'a directory' at-carwalk cars
is 'its CARs, sorted' "$(walked)" "$all"
is 'no message' "$(cat err)" ''
exits 0 'with a slash behind it' at-carwalk cars//
is 'the same accounts' "$(walked)" "$all"
ln -s cars to-cars
exits 0 'a link to a directory is followed if it is the operand' \
    at-carwalk to-cars other/1.car
is 'and the next operand comes then' "$(walked)" "$all out"
ln -s ../.. cars/b/up
exits 0 'a link to a directory above' at-carwalk -p cars
is 'is not followed' "$(walked)" "$all"
exits 0 'the current directory' sh -c 'cd cars/b && at-carwalk .'
is 'the same accounts' "$(walked)" 'b1 b2 out'
if command -v zstd >/dev/null; then
	zstd -q --rm cars/b/2.car
	exits 0 'compressed files, too' at-carwalk cars
	is 'the same accounts' "$(walked)" "$all"
fi

# Other files with such names
mkfifo cars/f.car
ln -s ../other cars/g.car
exits 0 'a FIFO, and a link to a directory, named *.car' at-carwalk cars
is 'are skipped' "$(walked)" "$all"
same 'and named' err <<'END'
at-carwalk: cars/f.car: skipped: not a regular file
at-carwalk: cars/g.car: skipped: not a regular file
END
exits 0 'with -q' at-carwalk -q cars
is 'no message' "$(cat err)" ''
rm cars/[fg].car
ln -s nowhere cars/a/lost.car
echo x >cars/ab/bad.car
exits 1 'a link to nowhere, a bad CAR' at-carwalk cars
is 'the others go on' "$(walked)" "$all"
is 'each has its error' "$(jq -r 'select(.type == "error") |
    [.input, .error, .retry] | join(" ")' out)" \
    'cars/a/lost.car Unreadable true
cars/ab/bad.car BadCar true'
rm cars/a/lost.car cars/ab/bad.car

mkdir empty
exits 0 'a directory without CARs' at-carwalk empty
same 'says so' err <<'END'
at-carwalk: empty: no *.car or *.car.zst files there
END
exits 0 'with -q' at-carwalk -q empty
is 'no message' "$(cat err)" ''
deep=d
while [ ${#deep} -lt 3000 ]; do
	deep=$deep/$(printf '%050d' 0)
done
mkdir -p "$deep"
exits 0 'a deep directory' at-carwalk -q d
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 cars/a
	exits 1 'an unreadable directory' at-carwalk cars
	is 'the others go on' "$(walked)" 'ab b1 b2 out top'
	is 'it has its error' "$(jq -r 'select(.type == "error") |
	    [.input, .error, .retry, .message] | join(" ")' out)" \
	    "cars/a Unreadable false can't read: Permission denied"
	chmod 755 cars/a
else
	skip 'an unreadable directory' 'root may read everything'
fi

# -C
cat >lines <<END
{"type":"repo","car":"z.car"}
{"type":"repo","car":"a/1.car"}
{"type":"repo","car":"$PWD/other/1.car"}
END
exits 0 '-C' at-carwalk -C cars <lines
is 'relative names start there, absolute ones do not' "$(walked)" 'top a1 out'
is 'jobs are copied unchanged' "$(grep -c '^{"type":"repo"' out)" 3
exits 0 '--base' at-carwalk --base=cars/ other/1.car - <lines
is 'operands are not changed' "$(walked)" 'out top a1 out'
exits 1 'without -C' at-carwalk <lines
is 'a message has the name' "$(head -n 1 err)" \
    "at-carwalk: z.car: can't open: No such file or directory"
exits 1 'a wrong -C' at-carwalk -C other <lines
is 'a message has the whole name' "$(head -n 1 err)" \
    "at-carwalk: other/z.car: can't open: No such file or directory"
exits 2 'no such directory' at-carwalk -C gone
is 'is a usage error' "$(head -n 1 err)" \
    "at-carwalk: -C: 'gone' isn't a directory"

done_testing
