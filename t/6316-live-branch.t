#!/bin/sh
# Two streams of one account, in one transaction or in several: if the host
# returned to an earlier commit, the account is not synced.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# rev N: the Nth rev
rev() {
	printf '3kaaaaaaaaa%d2' "$1"
}

# commit N SINCE [FILTER]: an empty live commit of the Nth rev
commit() {
	printf '{"type":"commit","did":"%s","rev":"%s","source":"live",' \
	    "$did" "$(rev "$1")"
	printf '"since":"%s","prevData":"bafyreidata%d",%s' "$(rev "$2")" \
	    "$2" "${3:+\"filter\":[\"$3\"],}"
	printf '"ops":0,"data":"bafyreidata%d"}\n' "$1"
}

# end N: a whole snapshot of the Nth rev, without records
end() {
	printf '{"type":"end","did":"%s","rev":"%s","source":"car",' "$did" \
	    "$(rev "$1")"
	printf '"collections":{}}\n'
}

a='com.example.a'
# Commit 3 is on another branch than commit 4.
{ end 2; commit 3 2 $a; commit 4 2; } >branch
# Commit 5 is on another branch than commit 6, but nothing leads up to commit 5
# before the snapshot.
{ commit 3 2; commit 5 4 $a; end 4; commit 6 4; } >late
# The same, but commit 4 leads up to commit 5.
{ end 2; commit 5 4 $a; commit 4 2; commit 6 4; } >between
# In these, there is one branch.
{ commit 3 2; commit 5 4 $a; end 4; commit 5 4; commit 6 5; } >same
{ end 2; commit 5 4 $a; commit 4 2; commit 5 4; commit 6 5; } >joint

# state FILE BATCH: load with this number of lines in a transaction
state() {
	db=$(database "$kind" "$1-$2")
	at-load --batch "$2" "$db" "$1"
	sql "$db" "SELECT synced_rev, unsynced FROM repos"
}

branches() {
	kind=$1
	for batch in 1 2 3 100; do
		for file in branch late between; do
			is "$kind: $file, $batch lines at a time" \
			    "$(state "$file" "$batch")" '|returned'
		done
		is "$kind: one branch, $batch lines at a time" \
		    "$(state same "$batch")" "$(rev 6)|"
		is "$kind: found late, $batch lines at a time" \
		    "$(state joint "$batch")" "$(rev 6)|"
	done
}
each_database branches -F

done_testing
