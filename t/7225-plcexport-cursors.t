#!/bin/sh
# at-plcexport continues where the cursors of a database say.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/plc.sh"
. "$top/t/lib/load.sh"

start_faultyd -n 1

# export_ ARGUMENT...: with one try
export_() {
	run at-plcexport --allow-private --retries 0 -u "$url" "$@"
}

# resume DATABASE ARGUMENT...: export what the database doesn't have, and load
# it; print the numbers of the new operations
resume() {
	resume_db=$1
	shift
	at-status --cursors "$resume_db" >cursors
	export_ "$@" <cursors
	at-load "$resume_db" out
	jq -r 'select(.type == "plc").seq' out | tr '\n' ' ' | sed 's/ $//'
}

# has DATABASE: print how many operations it has, and its cursor
has() {
	sql "$1" "SELECT (SELECT count(*) FROM plc_operations), cursor
	    FROM cursors WHERE service = '$url' AND stream = '/export'"
}

resumes() {
	db=$(database "$1" resumed)
	served 1 5 | page 0
	page 5 </dev/null
	: >none
	export_ <none
	at-load "$db" out
	is "$1: operations and a cursor" "$(has "$db")" "5|5"
	is "$1: nothing new" "$(resume "$db")" ''
	is "$1: the cursor stays" "$(has "$db")" "5|5"
	served 6 7 | page 5
	page 7 </dev/null
	is "$1: new operations" "$(resume "$db")" '6 7'
	is "$1: a later cursor" "$(has "$db")" "7|7"

	# An archive that is ahead of the database, and one that is behind.
	served 8 9 | page 7
	page 9 </dev/null
	rm -rf plc
	export_ -d plc <cursors
	is "$1: an archive from the cursor on" "$(resume "$db" -d plc)" '8 9'
	is "$1: it is in the database" "$(has "$db")" "9|9"
}
each_database resumes -F

# Other lines, and none.
served 1 5 | page 0
page 5 </dev/null
printf '{"type":"cursor","service":"%s","stream":"/export","cursor":"%s"}\n' \
    "$url" 5 "$url" 3 https://other.test 1 >cursors
printf '{"type":"cursor","service":"%s","stream":"/x","cursor":"1"}\n\n' \
    "$url" >>cursors
echo '{"type":"repo","did":"did:web:a.test"}' >>cursors
served 4 5 | page 3
export_ <cursors
is 'the last cursor of this directory' "$(sed 1q out | jq .seq)" 4
page 0 </dev/null
served 3 5 | page 2
export_ --cursor 2 <cursors
is 'unless there is --cursor' "$(sed 1q out | jq .seq)" 3
echo '{"type":"cursor"' >cursors
export_ <cursors
is 'a line that is cut' "$status $(cat err)" \
    '2 at-plcexport: standard input, line 1: JSON: text without end'
printf '{"type":"cursor","service":"%s","stream":"/export","cursor":"x"}\n' \
    "$url" >cursors
export_ <cursors
is 'a cursor that is no number' "$status $(cat err)" \
    "2 at-plcexport: standard input, line 1: the cursor isn't a number"

done_testing
