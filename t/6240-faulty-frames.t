#!/bin/sh
# Frames with one thing wrong: what at-firehose writes, and what at-load makes
# of it.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/faulty.sh"

# refused NAME EVENT ERROR MESSAGE: an event that fails, between two commits.
# The account is unsynced, for the second one follows what was refused.
refused() {
	case $3 in
	BadBlock | MissingBlock | FutureRev) retry=' retry' ;;
	*) retry= ;;
	esac
	stream "$1" '' +a.b.c/w,+a.b.c/v "$2" =a.b.c/w <<END
status 1
create a.b.c/w r1
create a.b.c/v r1
commit 1 r1 whole ops 2
error $3 2${rev-" r2"}$retry
update a.b.c/w r3
commit 3 r3 since ${since:-r2} ops 1
cursor 3
at-firehose: U: $4
--
rows v=r1 w=r3
${reason:-unverified} - live r3
job r3
END
}
other=did:plc:vath6jhrzqdqegcoffdgrxma
far=56im4a7y36223
lie=3mbd355aaaa23

refused signature 'signature!+a.b.c/x' BadSignature \
    "the signature isn't the key's"
refused key 'key!+a.b.c/x' BadSignature "the signature isn't the key's"
refused did 'did!+a.b.c/x' WrongDid \
    "the commit is of $other, the message of DID"
rev=" $lie" refused rev 'rev!+a.b.c/x' BadRev \
    "the commit has rev r2, the message $lie"
refused root 'root!+a.b.c/x' BadCommit \
    "the CAR's root is not the commit that the message names"
# No error may name a rev that is far ahead, and so the next commit follows one
# that isn't below it.
rev='' since=$far reason=returned refused future 'future!+a.b.c/x' FutureRev \
    "rev $far is more than five minutes in the future"
refused large 'large!+a.b.c/x' TooLarge \
    '2000728 bytes of blocks, at most 2000000'

# Blocks
refused hash 'block!+a.b.c/x' BadBlock 'block CID does not have its hash'
refused record 'record!+a.b.c/x' MissingBlock \
    'a.b.c/x: its record is not in the message'
refused node 'node!+a.b.c/x' MissingBlock 'node CID is missing'

# Operations
refused prev-data 'prev-data!+a.b.c/x' BadOps \
    'undoing the operations does not give prevData'
refused op 'op!+a.b.c/x,+a.b.c/y' BadOps \
    'undoing the operations does not give prevData'
refused twice 'twice!=a.b.c/v' BadOps 'a.b.c/v: comes twice'
refused cid-create 'cid!+a.b.c/x' BadOps \
    'a.b.c/x: has another CID in the tree'
refused cid-update 'cid!=a.b.c/v' BadOps \
    'a.b.c/v: has another CID in the tree'
refused not-created '@a.b.c/q' BadOps \
    'a.b.c/q: is created, and not in the tree'
refused not-deleted '^a.b.c/v' BadOps \
    'a.b.c/v: is deleted, and in the tree'
refused never-there '^a.b.c/q' BadOps \
    'undoing the operations does not give prevData'

# Of #sync only the commit can be wrong.
refused sync-signature 'signature!sync' BadSignature \
    "the signature isn't the key's"
refused sync-did 'did!sync' WrongDid \
    "the commit is of $other, the message of DID"
rev=" $lie" refused sync-rev 'rev!sync' BadRev \
    "the commit has rev r2, the message $lie"
rev='' reason=returned since=$far refused sync-future 'future!sync' FutureRev \
    "rev $far is more than five minutes in the future"

# A message of another form: which account it was about isn't known.
stream form '' +a.b.c/w bad =a.b.c/w <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error BadFrame 2 nobody
update a.b.c/w r3
commit 3 r3 since r1 ops 1
cursor 3
at-firehose: U: frame: blocks is missing
--
rows w=r3
synced r3 live r3
END

load_streams
done_testing
