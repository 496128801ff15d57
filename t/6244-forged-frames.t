#!/bin/sh
# Frames that somebody forged for a known account, and hosts that go back, leap
# or lie about what came before: no true line is shut out, and no account is
# synced that isn't.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/faulty.sh"

wrong="U: the signature isn't the key's"

# Refused, because the key is known. The next commit of the account shows that
# nothing is missing.
stream forged '' +a.b.c/w 'key,aside!=a.b.c/w' =a.b.c/w <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error BadSignature 2 r2
update a.b.c/w r3
commit 3 r3 since r1 ops 1
cursor 3
at-firehose: $wrong
--
rows w=r3
synced r3 live r3
END
stream forged-last '' +a.b.c/w 'key,aside!-a.b.c/w' <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error BadSignature 2 r2
cursor 2
at-firehose: $wrong
--
rows w=r1
unverified - live r2
job r2
END

# forged_ahead NAME EVENT: a rev that is ahead puts the account in doubt until
# its own revs get there.
forged_ahead() {
	stream "$1" '' +a.b.c/w "$2" =a.b.c/w <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error BadSignature 2 h2
update a.b.c/w r3
commit 3 r3 since r1 ops 1
cursor 3
at-firehose: $wrong
--
rows w=r3
unverified - live h2
job h2
END
}
forged_ahead forged-ahead 'key,aside,ahead!-a.b.c/w'
forged_ahead forged-sync 'key,aside,ahead!sync'
stream forged-passed '' +a.b.c/w 'key,aside,ahead!-a.b.c/w' =a.b.c/w \
    'ahead!+a.b.c/x' <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error BadSignature 2 h2
update a.b.c/w r3
commit 3 r3 since r1 ops 1
create a.b.c/x h4
commit 4 h4 since r3 ops 1
cursor 4
at-firehose: $wrong
--
rows w=r3 x=h4
synced h4 live h4
END
stream forged-behind '' +a.b.c/w 'key,aside,behind!+a.b.c/v' =a.b.c/w <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error BadSignature 2 b2
update a.b.c/w r3
commit 3 r3 since r1 ops 1
cursor 3
at-firehose: $wrong
--
rows w=r3
synced r3 live r3
END

# The key is that of the directory.
options=--require-signature
forged_ahead directory 'key,aside,ahead!-a.b.c/w'

# Without a key at-firehose can't know. The next commit shows that there were
# two after the first one.
options=--offline
stream no-key '' +a.b.c/w 'key,aside!+a.b.c/x' =a.b.c/w <<END
status 0
create a.b.c/w r1
commit 1 r1 whole ops 1 unchecked
create a.b.c/x r2
commit 2 r2 since r1 ops 1 unchecked
update a.b.c/w r3
commit 3 r3 since r1 ops 1 unchecked
cursor 3
--
rows w=r3 x=r2
returned - live r3
job r3
END
stream no-key-sync '' +a.b.c/w 'key,aside!sync' =a.b.c/w <<END
status 0
create a.b.c/w r1
commit 1 r1 whole ops 1 unchecked
commit 2 r2 no ops unchecked
update a.b.c/w r3
commit 3 r3 since r1 ops 1 unchecked
cursor 3
--
rows w=r3
synced r3 live r3
END
options='--offline --require-signature'
stream required '' +a.b.c/w =a.b.c/w <<END
status 1
error Offline 1 r1 retry
error Offline 2 r2 retry
cursor 2
at-firehose: U: the account's key is not known, and its DID document could \
not be read
--
new - live r2
job r2
END
options='-k keys'

# true_but NAME EVENT LINES ROWS STATE: a commit with a good signature that says
# little, or something else about the one before it
true_but() {
	stream "$1" '' +a.b.c/w,+a.b.c/v "$2" =a.b.c/w <<END
status 0
create a.b.c/w r1
create a.b.c/v r1
commit 1 r1 whole ops 2
$3
cursor 3
--
rows $4
$5
END
}
next='update a.b.c/w r3
commit 3 r3 since'
true_but old 'old!=a.b.c/v' "commit 2 r2 since r1 no ops
$next r2 ops 1" 'v=r1 w=r3' 'doubt - live r3
job r3'
true_but sync sync "commit 2 r2 no ops
$next r2 ops 1" 'v=r1 w=r3' 'doubt - live r3
job r3'
true_but since 'since!=a.b.c/v' "update a.b.c/v r2
commit 2 r2 since 3mbd355aaaa23 ops 1
$next r2 ops 1" 'v=r2 w=r3' 'gap - live r3
job r3'
true_but branch 'aside!=a.b.c/v' "update a.b.c/v r2
commit 2 r2 since r1 ops 1
$next r1 ops 1" 'v=r2 w=r3' 'returned - live r3
job r3'
true_but behind 'behind!=a.b.c/v' "update a.b.c/v b2
commit 2 b2 since r1 ops 1
$next b2 ops 1" 'v=r1 w=r3' 'returned - live r3
job r3'
# Below the rev that the host leapt to, its lines are old.
true_but ahead 'ahead!=a.b.c/v' "update a.b.c/v h2
commit 2 h2 since r1 ops 1
$next h2 ops 1" 'v=h2 w=r1' 'synced h2 live h2'

load_streams

# fetched NAME STATE: after a CAR at its job's rev, which has w alone
fetched() {
	did=$(did_of "$1")
	rev=$(at-status --unsynced "$db" |
	    jq -r "select(.did == \"$did\").rev")
	car="\"did\":\"$did\",\"rev\":\"$rev\",\"source\":\"car\""
	at-load "$db" <<END
{"type":"record",$car,"collection":"a.b.c","rkey":"w",\
"cid":"bafyreic","record":{}}
{"type":"end",$car,"collections":{"a.b.c":1},"errors":0}
END
	is "after a fetch $1 is synced, without what was forged" \
	    "$(account "$1" | sed 1d; sql "$db" "SELECT rkey FROM records
		WHERE did = '$did'")" "$2
w"
}
db=apart.db
: >unsynced
fetched forged-last 'synced r2 live r2'
fetched forged-ahead 'synced h2 live h2'
fetched no-key 'synced r3 live r3'
fetched branch 'synced r3 live r3'
done_testing
