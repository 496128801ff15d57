#!/bin/sh
# contrib/Makefile.archive: each run does only what is new, resumes after a
# kill, and ends with the same tables as a pipeline.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/load.sh"

for program in jq zstd flock xargs; do
	command -v $program >/dev/null || skip_all "no $program"
done
make --version 2>/dev/null | grep -q '^GNU Make [4-9]' ||
	skip_all "no GNU make of version 4"

# An account: a number, a port, a rev. The file name of one account has a %, and
# one account has a record that can't be written.
r1=3m4xqkxkcac2a r2=3m5xqkxkcac2a r3=3m6xqkxkcac2a
account() {
	case $1 in
	12) did=did:web:localhost%3A$port ;;
	*) did=did:plc:$(printf %024d "$1" | tr 0-9 a-j) ;;
	esac
	[ "$1" = 3 ] && records=bad || records=none
	mkcar -d "$did" -s "$1" -n $(($1 * 30)) -r "$3" -C "${4-0}" \
	    -R "$records" -K key >car
	put_did "$did" "http://127.0.0.1:$2" "$(cat key)" "a$1.test"
	put_repo "$did" car
}
echo 'com.example.x/a!b {}' >bad
start_faultyd -n 3
n=0
for at in $ports $ports $ports $ports; do
	n=$((n + 1))
	account $n "$at" $r1
	echo "$did"
done >dids.txt
one=$(sed -n 1p dids.txt) two=$(sed -n 2p dids.txt)
six=$(sed -n 6p dids.txt)
car_of() {
	printf 'cars/%s/%s.car\n' "$(printf %s "$1" | sha256sum | cut -c 1-2)" \
	    "$(echo "$1" | tr : _)"
}

# Keep the input of each program. If a file hold-PROGRAM names the account, the
# program waits until something comes through the gate.
mkdir bin
mkfifo gate
exec 4<>gate
for program in at-carwalk at-load; do
	cat >bin/$program <<END
#!/bin/sh
in=given/$program/\$\$
cat >\$in
if [ -s hold-$program ] && grep -qFf hold-$program \$in; then
	echo $program >>held
	read -r _ <gate
fi
exec $(command -v $program) "\$@" <\$in
END
	chmod +x bin/$program
done

make_archive() {
	PATH=$PWD/bin:$PATH make -f "$top/contrib/Makefile.archive" -j 8 \
	    NETFLAGS="--allow-private -u $url --retry-delay 10ms --retries 1" \
	    "$@"
}

# given PROGRAM TYPE: print the accounts of these lines
given() {
	find given/"$1" -type f -exec cat {} + |
		jq -r --arg type "$2" 'select(.type == $type).did' | sort
}
# fetched: print the accounts whose CARs were fetched
fetched() {
	asked | sed -n 's/.* 200 .*getRepo?did=//p' |
		sed 's/&.*//; s/%25/%/' | sort
}
forget_all() {
	rm -rf given held
	mkdir -p given/at-carwalk given/at-load
	forget
}

# timeless: remove the times of errors
timeless() {
	sed "/BadKey/s/20[-0-9]*T[0-9:.]*Z//g"
}

# agree NAME: does records.db equal what a pipeline has loaded?
agree() {
	at-resolve --allow-private -u "$url" dids.txt |
		at-fetchrepo --allow-private -u "$url" -d cars |
		at-carwalk | at-load want.db
	rows want.db | timeless >want
	rows records.db | timeless >got
	ok "$1" cmp got want
}

forget_all
exits 2 "a database that at-load refuses" make_archive DB=postgres \
    WALKED=refused
ok "the message is at-load's" grep -q '^at-load: .*postgres' err
is "and no host is asked" "$(asked)" ""
rm -r refused

forget_all
exits 0 "the first run" make_archive
same "no message on standard error" err </dev/null
is "each account is fetched" "$(fetched)" "$(sort dids.txt)"
is "and walked" "$(given at-carwalk repo)" "$(sort dids.txt)"
is "and loaded" "$(given at-load end)" "$(sort dids.txt)"
agree "the tables are a pipeline's"
is "signatures and all" "$(sql records.db 'SELECT signature, count(*)
    FROM repos GROUP BY signature')" "verified|12"

forget_all
exits 0 "again" make_archive
is "the hosts are asked" "$(asked | grep -c getRepoStatus)" 12
is "nothing is fetched" "$(fetched)" ""
is "nothing is walked" "$(ls given/at-carwalk)" ""
is "nothing is loaded" "$(ls given/at-load)" ""
is "no message" "$(cat out err)" ""

account 1 "$port" $r2 10
forget_all
exits 0 "one has changed" make_archive
is "only it is fetched" "$(fetched)" "$one"
is "and walked" "$(given at-carwalk repo)" "$one"
is "and loaded" "$(given at-load end) $(given at-load repo | sort -u)" \
    "$one $one"
agree "the tables are as they should be"

put_did "$two" "http://127.0.0.1:$port" "$(jq -r .key \
    walked/*/"$(basename "$(car_of "$two")" .car)".job)" new.test
forget_all
exits 0 "one has a new handle" make_archive
is "nothing is walked" "$(ls given/at-carwalk)" ""
is "only its lines are loaded" "$(find given -type f -exec jq -r .did {} + | sort -u)" "$two"
agree "the tables are as they should be"

# Accounts that fail

rules <<END
* *getRepoStatus?did=$one* error=RepoTakendown
* *getRepoStatus?did=$two* status=503
END
account 6 "$port" $r2 10
forget_all
exits 2 "two fail" make_archive
ok "message" grep -q "^at-fetchrepo: .*$one: the account is takendown" err
ok "and how many" grep -q '^failed: 2, ' err
is "the others go on" "$(given at-carwalk repo)" "$six"
is "they are loaded" "$(given at-load end) $(given at-load error |
    paste -sd ' ')" "$six $one $two"
is "hidden records are hidden" "$(sql records.db "SELECT count(*) FROM records
    WHERE did = '$one'")" 0
forget_all
exits 2 "they fail again" make_archive
is "nothing is walked" "$(ls given/at-carwalk)" ""
is "and, as before, loaded" "$(ls given/at-load)" ""
is "they were asked for" "$(asked | grep -c " 400 \| 503 ")" 3
is "a temporary error is reported again, a final one is not" \
    "$(grep -c takendown err) $(grep -c "getRepoStatus.*503" err)" "0 1"
is "only one counts" "$(grep '^failed: ' err)" \
    "failed: 1, of which the next run tries 1 again"
rules <<END
* *getRepoStatus?did=$one* error=RepoTakendown
END
forget_all
exits 0 "one is back, and one is final" make_archive
is "and is not reported again" "$(cat err)" ""
is "though its host was asked" "$(asked | grep -c "400 .*did=$one")" 1
exits 0 "and again" make_archive
is "which says nothing" "$(cat out err)" ""
rules <<END
* *getRepoStatus?did=$one* error=RepoDeactivated
END
forget_all
exits 2 "it fails in another way" make_archive
is "which is new" "$(grep '^failed: ' err)" \
    "failed: 1, of which the next run tries 0 again"
is "and loaded" "$(given at-load error)" "$one"
rules </dev/null
forget_all
exits 0 "they are back" make_archive
is "nothing is walked" "$(ls given/at-carwalk)" ""
is "what was not loaded is" "$(given at-load end)" "$one"
agree "the tables are as they should be"

account 6 "$port" $r3
exits 0 "another rev" make_archive
cp "$(car_of "$six")" whole
printf X | dd of="$(car_of "$six")" bs=1 seek=3000 conv=notrunc 2>/dev/null
rm walked/*/"$(basename "$(car_of "$six")" .car)".job
rules <<END
* *getRepo?did=$six* status=503
END
forget_all
exits 2 "a CAR is damaged" make_archive
ok "message" grep -q "^at-carwalk: cars/.*: block " err
is "its error is loaded" "$(given at-load error)" "$six"
forget_all
exits 2 "and can't be had" make_archive
is "it is walked again" "$(given at-carwalk repo)" "$six"
rules </dev/null
forget_all
exits 0 "it can be had" make_archive
is "only it is fetched" "$(fetched)" "$six"
ok "whole" cmp "$(car_of "$six")" whole
agree "the tables are as they should be"

# What at-carwalk refuses finally

key_of_six=$(jq -r .key walked/*/"$(basename "$(car_of "$six")" .car)".job)
put_did "$six" "http://127.0.0.1:$port" "" a6.test
forget_all
exits 2 "an account has no key" make_archive WALKFLAGS=--require-signature
ok "message" grep -q "^at-carwalk: $(car_of "$six"): .*key" err
is "its error is loaded" "$(cat given/at-load/* |
    jq -r 'select(.error == "NoKey").did')" "$six"
forget_all
exits 0 "which is final" make_archive WALKFLAGS=--require-signature
is "it is not walked again" "$(ls given/at-carwalk)" ""
is "and is not reported again" "$(cat out err)" ""
put_did "$six" "http://127.0.0.1:$port" "$key_of_six" a6.test
forget_all
exits 0 "it has a key" make_archive WALKFLAGS=--require-signature
is "it is walked" "$(given at-carwalk repo)" "$six"
exits 0 "without the flag" make_archive
agree "the tables are as they should be"

exits 2 "no list" make_archive DIDS=nowhere
ok "says so" grep -q 'nowhere' err
rm records.db want.db
forget_all
exits 0 "the database has gone" make_archive
is "nothing is walked" "$(ls given/at-carwalk)" ""
is "all is loaded" "$(given at-load end)" "$(sort dids.txt)"
agree "the tables are as they should be"

# Flags

exits 0 "V=0" make_archive V=0 WALKFLAGS='-c app.bsky.graph.*'
is "says nothing" "$(cat out err)" ""
is "other records are walked" "$(given at-carwalk repo)" "$(sort dids.txt)"
is "and loaded" "$(given at-load end | sort -u)" "$(sort dids.txt)"
forget_all
exits 0 "the same flags" make_archive WALKFLAGS='-c app.bsky.graph.*'
is "do nothing" "$(find given -type f) $(cat out err)" " "
exits 0 "quoted ones" make_archive WALKFLAGS="-c 'app.bsky.graph.*' -c app.bsky.x"
is "are others" "$(given at-carwalk repo)" "$(sort dids.txt)"
is "which no account has records of" "$(cat err)" \
    "at-carwalk: no repo had records of app.bsky.x"
forget_all
exits 0 "the same" make_archive WALKFLAGS="-c 'app.bsky.graph.*' -c app.bsky.x"
is "say it no more" "$(cat out err)" ""
exits 0 "make -s" make_archive -s WALKFLAGS=-q
is "says nothing" "$(cat out err)" ""
forget_all
exits 0 "none" make_archive
is "are others, too" "$(given at-carwalk repo)" "$(sort dids.txt)"
is "a line for each step" "$(sed 's/ .*//' out | sort | uniq -c |
    sed 's/^ *//' | tr '\n' ' ')" \
    "$(printf '%s load 12 walk ' "$(find cars -mindepth 1 -type d | wc -l)")"
agree "the tables are as they should be"
forget_all
exits 0 "flags of at-load" make_archive LOADFLAGS='--batch 7'
is "walk nothing" "$(ls given/at-carwalk)" ""
is "and load all" "$(given at-load end)" "$(sort dids.txt)"
forget_all
exits 0 "the same" make_archive LOADFLAGS='--batch 7'
is "do nothing" "$(find given -type f) $(cat out err)" " "
exits 0 "of at-fetchrepo" make_archive FETCHFLAGS=-v
is "walk and load nothing" "$(find given -type f)" \
    "$(find given/at-load -type f)"
forget_all
exits 0 "another archive" make_archive CARS=other
is "has all CARs" "$(fetched)" "$(sort dids.txt)"
is "they are walked" "$(given at-carwalk repo)" "$(sort dids.txt)"
is "and loaded" "$(given at-load end)" "$(sort dids.txt)"
rm -r other
exits 0 "and back" make_archive
forget_all
exits 0 "V=1" make_archive V=1
ok "shows the commands" grep -q "at-fetchrepo --allow-private -u $url" out

# Another database, by its URL
mv bin/at-load loads
: >failing
echo 0 >code
cat >bin/at-load <<'EOT'
#!/bin/sh
cat >given/at-load/$$
grep -qFf failing given/at-load/$$ && exit "$(cat code)"
for db; do :; done
echo "$db" >>dbs
EOT
chmod +x bin/at-load
forget_all
db='postgresql://u@db.example:5432/net?sslmode=require&x=%20'
exits 0 "a URL" make_archive DB="$db"
is "is at-load's" "$(sort -u dbs)" "$db"
is "and has all loaded" "$(given at-load end)" "$(sort dids.txt)"
forget_all
exits 0 "again" make_archive DB="$db"
is "nothing is loaded" "$(ls given/at-load)" ""
rm -r "walked/db-$(printf %s "$db" | cksum | cut -d " " -f 1)"
echo "\"type\":\"commit\",\"did\":\"$six\"" >failing
echo 1 >code
exits 2 "at-load fails for an account" make_archive DB="$db"
ok "message" grep -q '^failed: 1, ' err
is "the others are loaded" "$(given at-load end)" "$(sort dids.txt)"
forget_all
exits 2 "and again" make_archive DB="$db"
# An account with a port in its DID may be in the same shard.
shard=walked/$(basename "$(dirname "$(car_of "$six")")")
jq -r .did "$shard"/*.job | sort >beside
is "only its shard is loaded again" "$(given at-load end)" "$(cat beside)"
echo 2 >code
exits 2 "at-load can't go on" make_archive DB="$db"
is "which ends the run" "$(grep '^failed: ' err)" ""
echo 0 >code
forget_all
exits 0 "it can" make_archive DB="$db"
is "it is loaded" "$(given at-load end)" "$(cat beside)"
mv loads bin/at-load
forget_all
exits 0 "the other one" make_archive
is "is still there" "$(ls given/at-load)" ""

# Killed

begun=
# shellcheck disable=SC2016 # for the exit
at_exit '[ -z "$begun" ] || kill -s KILL -- "-$begun" 2>/dev/null'
begin() {
	PATH=$PWD/bin:$PATH setsid env --default-signal=INT make \
	    -f "$top/contrib/Makefile.archive" -j 8 \
	    NETFLAGS="--allow-private -u $url" >said 2>&1 </dev/null &
	begun=$!
}
stop() {
	kill -s "$1" -- "$2"
	wait $begun 2>/dev/null
}
new() {
	rm -rf cars walked records.db* want.db* hold-*
	forget_all
}
none_left() {
	flock -n walked/lock true
}
some_cars() {
	[ "$(find cars -name '*.car' | wc -l)" -ge 9 ]
}

for signal in INT KILL; do
	new
	rules <<END
1 *getRepo* hang
END
	begin
	wait_for "$signal: most CARs" some_cars
	stop $signal -$begun
	wait_for "$signal: no process" none_left
	rules </dev/null
	exits 0 "$signal while it fetches, again" make_archive
	is "$signal: no CAR is fetched twice" "$(fetched)" "$(sort dids.txt)"
	agree "$signal while it fetches: the tables"
	for program in at-carwalk at-load; do
		new
		printf '%s\n' "$two" "$six" >hold-$program
		begin
		wait_for "$signal: $program" test -s held
		stop $signal -$begun
		wait_for "$signal: no process" none_left
		rm hold-$program
		exits 0 "$signal while it's in $program, again" make_archive
		agree "$signal while it's in $program: the tables"
		forget_all
		exits 0 "$signal: once more" make_archive
		is "$signal: nothing is done" "$(find given -type f)" ""
	done
done

# Only make is killed: the programs that it started go on, and the next run
# waits for them.
new
printf '%s\n' "$two" >hold-at-carwalk
begin
wait_for "at-carwalk" test -s held
stop KILL $begun
rm hold-at-carwalk
begin
wait_for "the next run" grep -q '^waiting for another run' said
echo >&4
wait $begun
is "the next run went well" $? 0
begun=
agree "and the tables are as they should be"

stop_faultyd
done_testing
