#!/bin/sh
# contrib/examples: what the scripts print about an archive and its database,
# whose records are difficult, and about other files. The expected output is in
# t/data/examples, in files with the scripts' names.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
command -v jq >/dev/null || skip_all "no jq"

examples=$top/contrib/examples
want=$data/examples
bob=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
carol=did:plc:cccccccccccccccccccccccc
dora=did:plc:dddddddddddddddddddddddd
cars="an archive" db="it's records.db"

# says NAME FILE SCRIPT [OPERAND...]: the output is this file of
# t/data/examples, or nothing at all
says() {
	says_name=$1 says_file=$want/$2 says_script=$3
	shift 3
	[ "$says_file" != "$want/nothing" ] || says_file=/dev/null
	exits 0 "$says_name" "$examples/$says_script" "$@"
	same "$says_name: as it should be" out <"$says_file"
	same "$says_name: nothing else" err </dev/null
}

# refuses NAME STATUS MESSAGE SCRIPT [OPERAND...]: it prints only this message
refuses() {
	refuses_name=$1 refuses_status=$2 refuses_message=$3 refuses_script=$4
	shift 4
	exits "$refuses_status" "$refuses_name" "$examples/$refuses_script" "$@"
	is "$refuses_name: the message" "$(cat err)" "$refuses_message"
	same "$refuses_name: nothing else" out </dev/null
}

mkdir -p "$cars/bb" "$cars/cc" empty
mkcar -n 0 -R "$want/bob.records" -d $bob >"$cars/bb/bob.car"
mkcar -n 0 -R "$want/carol.records" -d $carol >"$cars/cc/carol.car"
at-carwalk "$cars"/*/*.car | at-load "$db"
jq -c . <<EOT | at-load "$db"
{"type":"identity","did":"$bob","handle":"bob.test","handleStatus":"valid",
 "pds":"https://pds.example.com","at":"2024-05-01T00:00:00Z"}
{"type":"identity","did":"$carol","handle":"bob.test","handleStatus":"invalid",
 "pds":null,"at":"2024-05-01T00:00:00Z"}
{"type":"identity","did":"$dora","handle":null,
 "pds":null,"at":"2024-05-01T00:00:00Z"}
EOT
at-load empty.db </dev/null

# what a new user does

for script in "$examples"/*-*; do
	name=${script##*/}
	for operand in '' -h; do
		refuses "$name $operand" 2 "$(sed '1d; /^$/,$d; s/^# \{0,1\}//' \
		    "$script")" "$name" ${operand:+"$operand"}
	done
	ok "the usage has its form" sh -c "
	    sed -n 1p err | grep -q '?\$' &&
	    sed -n 3p err | grep -q '^usage: $name ' &&
	    tail -n 1 err | grep -q '^	.*$name '"
	ok "it is in contrib/README" grep -q "^  $name	" \
	    "$top/contrib/README"
	ok "it is installed" grep -qw "contrib/examples/$name" \
	    "$top/Makefile.am"
done
for name in follows-as-graph languages-over-time posts-as-csv \
    watch-backfill; do
	refuses "$name: no file" 2 \
	    "at-status: no.db: unable to open database file: No such file or directory" $name no.db
	refuses "$name: no database" 2 \
	    "at-status: $cars/bb/bob.car: not a database, but a CAR; $(:
		)run at-carwalk on it first" \
	    $name "$cars/bb/bob.car"
	exits 2 "$name: two databases" "$examples/$name" "$db" "$db"
done
refuses "search-posts: no file" 2 \
    "at-status: no.db: unable to open database file: No such file or directory" search-posts no.db tea
ok "no file is made" test ! -e no.db -a ! -e no.db.posts
for name in lexicons-in-use list-blobs; do
	refuses "$name: no directory" 2 \
	    "find: 'no': No such file or directory" $name no
	says "$name: an empty archive" nothing $name empty
done

# posts-as-text

says posts-as-text posts-as-text posts-as-text "$cars/bb/bob.car"
(cd / && PATH=$examples:$PATH posts-as-text -) <"$cars/bb/bob.car" >out
same "found in PATH, of standard input, in another directory" out \
    <"$want/posts-as-text"
cp "$examples/posts-as-text" "$examples/lib.sh" .
sh posts-as-text "$cars/bb/bob.car" >out
same "run by sh" out <"$want/posts-as-text"
mkcar -n 0 >none.car
exits 0 "a repo without posts" "$examples/posts-as-text" none.car
same "a repo without posts: none" out </dev/null
is "a repo without posts: at-carwalk says so" "$(cat err)" \
    "at-carwalk: no repo had records of app.bsky.feed.post"
head -c 3000 "$cars/bb/bob.car" >cut.car
cut="cut.car: CAR is cut inside a block at byte 3000"
refuses "a CAR that is cut" 1 "at-carwalk: $cut" posts-as-text cut.car
exits 1 "a CAR that is cut, and a whole one" "$examples/posts-as-text" \
    cut.car "$cars/bb/bob.car"
same "that has its text" out <"$want/posts-as-text"
echo 'app.bsky.feed.post/.. {"text":""}' >dots.records
mkcar -n 0 -R dots.records >dots.car
refuses "a post with a bad key" 1 \
    "at-carwalk: dots.car: app.bsky.feed.post/..: bad record key" \
    posts-as-text dots.car
refuses "no CAR" 1 \
    "at-carwalk: no.car: can't open: No such file or directory" \
    posts-as-text no.car
exits 2 "output that is lost" sh -c \
    "'$examples/posts-as-text' '$cars/bb/bob.car' >/dev/full"

# follows-as-graph, languages-over-time

says follows-as-graph follows-as-graph follows-as-graph "$db"
cp out graph
says "follows-as-graph -a" follows-as-graph-a follows-as-graph -a "$db"
says "sqlite: in front of the name" follows-as-graph follows-as-graph \
    "sqlite:$db"
if command -v dot >/dev/null; then
	exits 0 "graphviz draws it" dot -Tsvg graph
	same "without a word" err </dev/null
	is "each follow" "$(grep -c 'class="edge"' out)" 4
	ok "and the names are unchanged" grep -q 'Carol \\N &quot;&amp;lt; ' out
else
	skip "graphviz draws it" "no graphviz"
fi

says languages-over-time languages-over-time languages-over-time "$db"
cp out languages
refuses "languages of no posts" 0 "no posts of any such month" \
    languages-over-time empty.db
if command -v gnuplot >/dev/null; then
	exits 0 "gnuplot draws it" gnuplot languages
	same "without a word" err </dev/null
	is "each language" "$(grep -c '<title>[a-z]*</title>' out)" 4
else
	skip "gnuplot draws it" "no gnuplot"
fi

# posts-as-csv

says posts-as-csv posts-as-csv posts-as-csv "$db"
is "SQLite reads as many rows" "$(sqlite3 -noheader -list :memory: \
    '.import --csv out csv' 'SELECT count(*) FROM csv')" 12
printf '"uri","handle","createdAt","langs","parent","text"\r\n' >header
exits 0 "no posts" "$examples/posts-as-csv" empty.db
same "are a header" out <header

# search-posts

says search-posts search-posts search-posts "$db" tea
says "by the index that is there" search-posts search-posts "$db" tea
exits 0 "phrases" "$examples/search-posts" "$db" TEA 'a cup of'
is "must all be there" "$(cut -f 3 out)" \
    "at://$carol/app.bsky.feed.post/3kaaaaaaaaa22"
exits 0 "accents" "$examples/search-posts" "$db" the
is "don't count" "$(cut -f 3 out)" \
    "at://$bob/app.bsky.feed.post/3kaaaaaaaab22"
says "what FTS5 and SQL would take for something else" nothing \
    search-posts "$db" "don't" 'a" OR "tea' 'x*' 'text:tea' 'AND'
says "nothing in a database without posts" nothing \
    search-posts empty.db tea
cat >coffee.records <<'EOT'
app.bsky.feed.post/3kaaaaaaaaa22 {"text":"Coffee, please"}
EOT
mkcar -n 0 -R coffee.records -d $carol -r 3m5xqkxkcac2a | at-carwalk |
	at-load "$db"
exits 0 "a post that has changed" "$examples/search-posts" "$db" please
same "is found in its present form" out <<EOT
	$carol	at://$carol/app.bsky.feed.post/3kaaaaaaaaa22	Coffee, please
EOT
exits 0 "and no more" "$examples/search-posts" "$db" tea
is "as it was" "$(cut -f 2 out | sort -u)" bob.test
printf '{"type":"account","did":"%s","active":false,"at":"%s"}\n' \
    $bob 2024-06-01T00:00:00Z | at-load "$db"
says "nor is the post of an account that isn't active" nothing \
    search-posts "$db" tea

# broken-repos, lexicons-in-use, list-blobs

exits 0 "broken-repos" "$examples/broken-repos" "$cars"
same "says nothing" out </dev/null
is "but how many are whole" "$(cat err)" "whole repos: 2"
exits 0 "broken-repos: an empty archive" "$examples/broken-repos" empty
is "has no repo" "$(cat out err)" "whole repos: 0"
exits 2 "broken-repos: no directory" "$examples/broken-repos" no
is "has none either" "$(cat out err)" "find: 'no': No such file or directory
whole repos: 0"
says lexicons-in-use lexicons-in-use lexicons-in-use "$cars"
says list-blobs list-blobs list-blobs "$cars"

cp -R "$cars" broken
cp cut.car broken/bb
: >broken/cc/empty.car
printf no | mkhostile record >broken/cc/record.car
printf 'com.example.bbb/a\tb' | mkhostile key | zstd -q >broken/cc/key.car.zst
ln -s broken link
exits 1 "broken-repos: a broken archive" "$examples/broken-repos" link
same "its repos and records" out <"$want/broken-repos"
is "and the others" "$(cat err)" "whole repos: 4"
mkdir signed
mkcar -n 1 -K key >signed/a.car
exits 0 "-k" "$examples/broken-repos" signed -k "$(cat key)"
exits 1 "the key of another" "$examples/broken-repos" signed \
    -k did:key:zQ3shV7S2iC3MbktvrVQ9isCtPSLXNQHS6UM7oDgLjUmrKjXg
is "is an error" "$(cut -f 1,2 out)" "$(printf 'signed/a.car\tBadSignature')"
exits 2 "an option that at-carwalk doesn't have" "$examples/broken-repos" \
    "$cars" --none
for name in lexicons-in-use list-blobs; do
	exits 1 "$name: a broken archive" "$examples/$name" broken
	grep -v com.example.aaa out | grep -v com.example.ccc >got
	same "has what is complete" got <"$want/$name"
	sort err >got
	same "and its errors are reported" got <<-'EOT'
	at-carwalk: broken/bb/cut.car: CAR is cut inside a block at byte 3000
	at-carwalk: broken/cc/empty.car: not a CAR: empty
	at-carwalk: broken/cc/key.car.zst: com.example.bbb/a\x09b: bad record key
	at-carwalk: broken/cc/record.car: com.example.bbb/2: DAG-CBOR: value is cut at byte 0
	EOT
done

# More files than a command line can hold
mkdir -p many/"$(printf "%200s" "" | tr ' ' x)"
i=0
while [ $i -lt 400 ]; do
	ln signed/a.car "$(echo many/x*)/$i.car"
	i=$((i + 1))
done
exits 0 "many repos" sh -c "ulimit -s 256 && '$examples/broken-repos' many"
is "are all read" "$(cat err)" "whole repos: 400"

# compare-archives

says "compare-archives: the same" nothing compare-archives "$cars" "$cars"
says "compare-archives: none" nothing compare-archives empty empty
mkdir new new/cc new/dd
mkcar -n 0 -R coffee.records -d $carol -r 3m5xqkxkcac2a |
	zstd -q >new/cc/carol.car.zst
mkcar -n 0 -d $dora >new/dd/dora.car
printf no | mkhostile record >new/dd/record.car
exits 1 "compare-archives" "$examples/compare-archives" "$cars" new
same "what has changed" out <"$want/compare-archives"
is "a record that can't be decoded is none the less one" "$(cat err)" ""
exits 1 "the other way round" "$examples/compare-archives" new "$cars"
sed y/+-/-+/ out >got
same "is the same with other signs" got <"$want/compare-archives"
refuses "compare-archives: broken repos" 2 "at-carwalk: broken/bb/$cut
at-carwalk: broken/cc/empty.car: not a CAR: empty" \
    compare-archives "$cars" broken
refuses "compare-archives: no directory" 2 \
    "find: 'no': No such file or directory" compare-archives no "$cars"
for name in broken-repos lexicons-in-use list-blobs compare-archives; do
	# shellcheck disable=SC2046 # one or two
	refuses "$name: a file" 2 "coffee.records: not a directory" $name \
	    $([ $name != compare-archives ] || echo new) coffee.records
done
exits 2 "compare-archives: one" "$examples/compare-archives" "$cars"

# watch-backfill

repo did:web:a.example $r1 3 | lines >a
repo did:web:b.example $r1 3 | lines >b
failure() {
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' "$1"
	printf '"error":"%s","message":"","retry":true}\n' "$2"
}
{
	cat a
	sed '$d' b
	printf '{"type":"identity","did":"did:web:%s.example"}\n' c d
	failure did:web:e.example Timeout
	failure did:web:f.example Timeout
	failure did:web:g.example RepoTakendown
	failure did:web:h.example 'A B\n7 pending'
} | at-load slow.db 2>said
says watch-backfill watch-backfill watch-backfill -1 slow.db
{
	"$examples/watch-backfill" -i 0 slow.db >watched 2>err
	echo $? >ended
} &
wait_for "two looks" sh -c "grep -c ' are through' watched | grep -qv '^[01]\$'"
{
	cat b
	repo did:web:c.example $r1 3 | lines
	failure did:web:d.example Timeout
} | at-load slow.db
wait_for "its end" test -s ended
is "it ends when none is left" "$(cat ended)" 0
tail -n 5 watched | sed 's/, [0-9]* a minute$//' >got
same "with the last look" got <<'EOT'
      3 completed
      1 failed	A B\n7 pending
      1 failed	RepoTakendown
      3 failed	Timeout
8 of 8 accounts are through
EOT
exits 2 "watch-backfill: output that is lost" \
    sh -c "'$examples/watch-backfill' -1 slow.db >/dev/full"
for options in '-i' '-i x' '-i 1s' '-1 -x'; do
	# shellcheck disable=SC2086 # words
	exits 2 "watch-backfill $options" "$examples/watch-backfill" $options
	ok "shows the usage" grep -q '^usage: ' err
done

done_testing
