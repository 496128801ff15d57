#!/bin/sh
# contrib/examples and contrib/systemd: those that follow a live stream, against
# a server of the suite and recorded frames
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/wsd.sh"
command -v jq >/dev/null || skip_all "no jq"

examples=$top/contrib/examples
live=did:plc:ewvi7nxzyoun6zhxrhs64oiz
old=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
post=app.bsky.feed.post
start_faultyd -n 1
pds=$url
ATPIPE_PLC_URL=$pds
export ATPIPE_PLC_URL
mkframes -- +$post/a,+app.bsky.feed.like/b +app.bsky.feed.like/c +$post/d \
    -$post/d =$post/a active >frames
start_wsd -f frames
ATPIPE_RELAY_URL=$url/frames
export ATPIPE_RELAY_URL

# mentions

exits 0 "mentions" "$examples/mentions" HELLO frames
same "prints new posts" out <<EOT
at://$live/$post/a	hello
at://$live/$post/d	hello
EOT
same "and nothing else" err </dev/null
exits 0 "mentions from the stream" "$examples/mentions" hello -n 3 \
    --allow-private
is "prints them, too" "$(wc -l <out)" 2
exits 0 "other words" "$examples/mentions" 'h.l' frames
is "are not in a post" "$(cat out err)" ""
exits 1 "no such file" "$examples/mentions" hello none
ok "is said" grep -q "^at-firehose: none: can't open" err
exits 2 "a wrong option" "$examples/mentions" hello --none

# posts-per-minute: an event has a time one second after that of the last

seq 130 | sed "s,.*,+$post/&," | xargs mkframes -- >many
exits 0 "posts-per-minute" "$examples/posts-per-minute" many
sed -n '/<< end/,/^end/p' out >got
same "counts the posts of each minute" got <<'EOT'
$posts << end
2026-01-01T00:00 59
2026-01-01T00:01 60
2026-01-01T00:02 11
end
EOT
same "and says nothing" err </dev/null
if command -v gnuplot >/dev/null; then
	gnuplot <out >posts.svg 2>err
	same "gnuplot accepts it" err </dev/null
	ok "and draws" grep -q '</svg>' posts.svg
else
	skip "gnuplot accepts it" "no gnuplot"
fi
exits 0 "posts-per-minute from the stream" "$examples/posts-per-minute" \
    3650d --allow-private -n 5
ok "counts, too" grep -qx '2026-01-01T00:00 2' out
mkframes active >none
exits 1 "no commits" "$examples/posts-per-minute" none
is "is said" "$(cat out err)" "no commits"
exits 1 "a broken file" sh -c "head -c 900 many >cut
    '$examples/posts-per-minute' cut"

# follow-collection, backfill-and-live

mkcar -n 5 -d $old -K key >old.car
put_did $old "$pds" "$(cat key)"
put_repo $old old.car
printf '%s\n' $live $old >dids

# uris DATABASE: how many records of which account
uris() {
	sql "$1" "SELECT did, count(*) FROM records GROUP BY did ORDER BY did"
}
has_all() {
	[ "$(uris "$db")" = "$all" ]
}
both=
# shellcheck disable=SC2016 # for eval
at_exit '[ -z "$both" ] || kill -s KILL -- "-$both" 2>/dev/null'
exits 2 "follow-collection: a directory that is missing" \
    "$examples/follow-collection" "$post" none/posts.db
is "is at-load's message alone" "$(cut -d : -f 1-2 err)" \
    "at-load: none/posts.db"
follows() {
	kind=$1
	db=$(database "$kind" posts)
	exits 0 "$kind: follow-collection" "$examples/follow-collection" \
	    "$post" "$db" -n 1 --allow-private
	is "$kind: loads the records of the collection" \
	    "$(sql "$db" 'SELECT collection, rkey FROM records')" "$post|a"
	exits 0 "$kind: again" "$examples/follow-collection" "$post" "$db" \
	    -n 2 --allow-private
	is "$kind: continues after the last event" "$(sql "$db" \
	    'SELECT rkey FROM records ORDER BY rkey')" "a
d"
	same "$kind: and says nothing" err </dev/null
	exits 2 "$kind: a wrong option" "$examples/follow-collection" "$post" \
	    "$db" --none

	db=$(database "$kind" both)
	rm -rf cars
	# a group of its own, as a terminal makes; timeout(1) would send SIGCONT
	# as well, which a leak check at the end waits for in vain
	setsid env --default-signal=INT "$examples/backfill-and-live" dids \
	    "$db" cars --allow-private >out 2>err &
	both=$!
	all="$old|5
$live|3"
	wait_for "$kind: backfill-and-live: all records" has_all || diag <err
	kill -s INT -- "-$both"
	wait "$both"
	both=
	is "$kind: backfill-and-live loads all records" "$(uris "$db")" "$all"
	is "$kind: all accounts are synced" "$(at-status --unsynced "$db")" ""
}
each_database follows -F

# load-unsynced: the first commit of an account comes after those of its CAR

mkframes -- +com.example.a/x +com.example.a/y >two
size=$(mkframes -- +com.example.a/x | wc -c)
tail -c +$((size + 1)) two >second
at-firehose second >late
at-load late.db late
mkcar -n 5 -d $live -r "$(jq -r ".rev // empty" late | tail -n 1)" -K livekey >live.car
put_did $live "$pds" "$(cat livekey)"
put_repo $live live.car
exits 0 "load-unsynced" "$examples/load-unsynced" late.db "late cars" \
    --allow-private
is "prints what is left" "$(cat out)" 0
is "loads the CAR" "$(uris late.db)" "$live|6"
exits 2 "load-unsynced: a database that is missing" \
    "$examples/load-unsynced" missing.db missing
is "is not one whose accounts are synced" "$(cat out)" ""
ok "and makes no directory" test ! -e missing
exec 8<"late cars"
flock 8
exits 0 "while another one runs" "$examples/load-unsynced" late.db "late cars"
is "it does nothing" "$(cat out err)" ""
exec 8<&-

# The unit: its command as systemd would start it

service=$top/contrib/systemd/atpipe-live.service
sed -n '/^ExecStart=/,/[^\\]$/{s/^ExecStart=//;s/\$\$/$/g;s/%%/%/g;s/ \\$/ /;p}' "$service" |
	tr -d '\n' >unit.sh
# --offline: the frames have another key than the directory has by now.
DATABASE=unit.db OPTIONS="--allow-private --offline -n 3 -c $post"
export DATABASE OPTIONS
for left in 'a
d' 'a'; do
	exits 0 "the unit" sh ./unit.sh
	is "loads the stream, and continues" "$(sql unit.db \
	    'SELECT rkey FROM records ORDER BY rkey')" "$left"
done
if command -v systemd-analyze >/dev/null; then
	exits 0 "systemd accepts the unit" \
	    systemd-analyze verify --man=no "$service"
else
	skip "systemd accepts the unit" "no systemd-analyze"
fi

done_testing
