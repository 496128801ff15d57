#!/bin/sh
# A directory of CARs: names, commits, look-ups, and what failures leave behind
# shellcheck disable=SC2016	# on_disk() expands its script
. "${0%/*}/lib/tap.sh"

alice=did:plc:h2qnjxmcrp5pdohnb2y5psjt
name=35/did_plc_h2qnjxmcrp5pdohnb2y5psjt.car
car=$data/car/alice.car
at-carwalk "$car" | jq -r 'select(.type == "commit") | .rev + " " + .cid' >commit
head=$(cat commit)

# files DIR: print all its files
files() {
	(cd "$1" && find . ! -type d | LC_ALL=C sort | sed 's/^..//')
}

# holds NAME DIR FILES: does it have exactly these files?
holds() {
	is "$1" "$(files "$2")" "$3"
}

# found NAME DIR FILE REV-AND-HEAD: is this alice's CAR?
found() {
	run "$unit"/archive find "$2" "$alice"
	is "$1" "$(cat out)" "$2/$3 $4 $(wc -c <"$2/$3")"
}

# lost NAME DIR: there is no CAR, and that isn't an error
lost() {
	exits 1 "$1: none" "$unit"/archive find "$2" "$alice"
	is "$1: quietly" "$(cat out err)" ''
}

# put LEVEL CAR [DIR], force LEVEL CAR [DIR]
put() {
	"$unit"/archive put "${3:-cars}" "$alice" "$1" <"$2"
}
force() {
	"$unit"/archive force "${3:-cars}" "$alice" "$1" <"$2"
}

mkdir unit
ok 'paths, and trouble of our own' sh -c 'cd unit && "$unit"/archive'

# plain, compressed, and a change from one to the other
lost 'no directory' cars
exits 0 'a first CAR' put 0 "$car"
is 'its path and size' "$(cat out)" "cars/$name $(wc -c <"$car")"
holds 'alone' cars "$name"
ok 'the same bytes' cmp "$car" "cars/$name"
is 'the umask decides who reads it' \
	"$(find "cars/$name" -perm 644 -o -print)" ''
found 'it is found' cars "$name" "$head"
(umask 027 && put 3 "$car" umask >/dev/null)
is 'the compressed one, too' "$(find umask -type f ! -perm 640)" ''

for level in 1 3 19; do
	exits 0 "level $level" put $level "$car"
	is 'its path and size' "$(cat out)" \
		"cars/$name.zst $(wc -c <"cars/$name.zst")"
	holds 'the only one' cars "$name.zst"
	ok 'it is smaller' test "$(wc -c <"cars/$name.zst")" \
		-lt "$(wc -c <"$car")"
	if command -v zstd >/dev/null; then
		ok 'zstd reads it' zstd -qdf -o got "cars/$name.zst"
		ok 'the same bytes' cmp "$car" got
		zstd -lv "cars/$name.zst" >list 2>/dev/null
		ok 'with a checksum' grep -q 'Check: XXH64' list
		ok 'with its size' grep -q "Decompressed Size:.*($(wc -c \
			<"$car") B)" list
	else
		skip 'zstd reads it' 'no zstd'
	fi
	found 'it is found' cars "$name.zst" "$head"
done
exits 0 'plain again' put 0 "$car"
holds 'the only one' cars "$name"

mkcar -d "$alice" -r 3aaaaaaaaaa22 -n 3000 >old.car
mkcar -d "$alice" -r 3kzzzzzzzzz22 -n 10 >new.car
old="3aaaaaaaaaa22 $(at-carwalk old.car |
	jq -r 'select(.type == "commit").cid')"
new="3kzzzzzzzzz22 $(at-carwalk new.car |
	jq -r 'select(.type == "commit").cid')"
exits 0 'another CAR' force 0 new.car
holds 'in its place' cars "$name"
found 'found' cars "$name" "$new"
# refused NAME LEVEL CAR FILE MESSAGE: the archived CAR stays
refused() {
	exits 2 "$1" put "$2" "$3"
	is "$1: why" "$(cat err)" "$5"
	holds "$1: nothing else" cars "$4"
	found "$1: the later one" cars "$4" "$new"
}
why="OldRev: rev ${old% *} is older than the archive's, ${new% *}"
refused 'an older one' 0 old.car "$name" "$why"
refused 'an older one, compressed' 1 old.car "$name" "$why"
printf 'no CAR' >none
refused 'none at all' 0 none "$name" \
	"BadCar: not a CAR of $alice; the archive has rev ${new% *}"
exits 0 'the same rev' put 0 new.car
exits 0 'an older one that is meant' force 0 old.car
found 'found' cars "$name" "$old"
exits 0 'compressed' put 1 new.car
refused 'an older one over a compressed one' 0 old.car "$name.zst" "$why"
exits 0 'compressed over compressed' force 1 old.car
holds 'in its place' cars "$name.zst"
found 'the one that was put last' cars "$name.zst" "$old"

# several levels of directories, and a slash at the end
exits 0 'a directory of a directory' put 0 "$car" a/b/c/
holds 'is made' a "b/c/$name"
found 'found' a/b/c "$name" "$head"
mkdir real
ln -s real link
exits 0 'a symbolic link to a directory' put 0 "$car" link
holds 'is followed' real "$name"

# both a plain and a compressed file, as another program might leave them
put 0 old.car both >/dev/null
put 1 new.car >/dev/null
cp "cars/$name.zst" "both/$name.zst"
found 'two of a DID: the later rev' both "$name.zst" "$new"
cp "cars/$name.zst" "both/$name"
found 'two of one rev: the plain name' both "$name" "$new"
put 0 new.car both >/dev/null
force 3 old.car >/dev/null
cp "cars/$name.zst" "both/$name.zst"
found 'the plain one is later' both "$name" "$new"
printf 'no CAR' >"both/$name"
found 'the plain one is none' both "$name.zst" "$old"

# other kinds of files with that name
rm -r cars
put 0 "$car" >/dev/null
x=cars/$name
put 1 "$car" packed >/dev/null
cp "packed/$name.zst" "$x"
found 'compressed by content alone' cars "$name" "$head"
: >"$x"
lost 'an empty file' cars
head -c 100000 /dev/zero >"$x"
lost 'zeroes' cars
echo '{"error":"RepoNotFound"}' >"$x"
lost 'no CAR' cars
for n in 1 20 60 100 200; do
	head -c "$n" "$car" >"$x"
	lost "$n bytes" cars
done
# The commit is the first block. 200 bytes aren't all of it. If the commit is
# complete, the rest of the file isn't read.
head -c 400 "$car" >"$x"
found 'a CAR that is cut after its commit' cars "$name" "$head"
mkcar -n 10 >"$x"
lost 'a CAR of another DID' cars
for at in 10 50 70 100 150 250; do
	{
		head -c "$at" "$car"
		printf '\377'
		tail -c "+$((at + 2))" "$car"
	} >"$x"
	lost "byte $at is another" cars
done
mkcar -d "$alice" -r 3kzzzzzzzzz22 -n 10 -o post >"$x"
found 'the commit comes last' cars "$name" "$new"
size=$(wc -c <"$x")
head -c "$((size - 1))" "$x" >y
cp y "$x"
lost 'the commit comes last and is cut' cars
mkcar -d "$alice" -r 3kzzzzzzzzz22 -n 10 -o twice >"$x"
found 'the commit comes twice' cars "$name" "$new"
rm "$x"
mkdir "$x"
lost 'a directory' cars
exits 2 'has the name' put 0 "$car"
is 'has the name: why' "$(cat err)" \
	"System: can't make cars/$name: Is a directory"
holds 'has the name: nothing is left' cars ''
rmdir "$x"
mkfifo "$x"
exits 1 'a FIFO' timeout 60 "$unit"/archive find cars "$alice"
exits 0 'which is replaced' put 0 "$car"
found 'by the CAR' cars "$name" "$head"
rm "$x"
ln -s "$car" "$x"
found 'a symbolic link' cars "$name" "$head"
ln -sf "$name" "$x"
lost 'a symbolic link that leads nowhere' cars
exits 0 'which is replaced' put 0 "$car"
ok 'by a file' test ! -L "$x" -a -f "$x"

# A compressed CAR is read as far as the commit.
rm -r cars
put 1 old.car >/dev/null
z=cars/$name.zst
size=$(wc -c <"$z")
cp "$z" whole
head -c "$((size - 1000))" whole >"$z"
found 'zstd that is cut after the commit' cars "$name.zst" "$old"
head -c 40 whole >"$z"
lost 'zstd that is cut before it' cars
{
	head -c 40 whole
	tail -c +51 whole
} >"$z"
lost 'zstd that is damaged' cars
rm -r cars

# killed before the commit, and aborted
# The inner shell says that it was killed, where nobody minds.
killed() {
	run sh -c '"$unit"/archive kill cars "$1" "$2" <"$3"; exit "$?"' \
		sh "$alice" "$1" "$2"
	is "killed, level $1" "$status" 137
	# Only a file without a name disappears with its process.
	grep -q "HAVE_DECL_O_TMPFILE 1" "$build/config.h" ||
		find cars -name ".atpipe.*" -exec rm {} +
}
killed 0 "$car"
holds 'nothing is left' cars ''
put 3 "$car" >/dev/null
killed 3 old.car
holds 'the old one is there' cars "$name.zst"
found 'as it was' cars "$name.zst" "$head"

ok 'eight processes commit one DID' "$unit"/archive together many
is 'one file is left' "$(files many | wc -l)" 1

# A temporary name that a killed process left
put 0 old.car moment >/dev/null
exits 0 'a name that is in use' sh -c ': >"moment/35/.atpipe.$$.0"
    exec "$unit"/archive put moment "$1" 0 <"$2"' sh "$alice" "$car"
found 'is passed over' moment "$name" "$head"
is 'and stays' "$(files moment | wc -l)" 2

# not a directory
: >file
exits 2 'the directory is a file' put 0 "$car" file
is 'the directory is a file: why' "$(cat err)" \
	"System: can't make file/35: Not a directory"
lost 'the directory is a file' file
mkdir shard
: >shard/35
exits 2 'the shard is a file' put 0 "$car" shard
is 'the shard is a file: why' "$(cat err)" \
	"System: can't make a file for shard/$name: Not a directory"
mkdir outside planted
put 0 old.car elsewhere >/dev/null
cp -r elsewhere/35/* outside
ln -s ../outside planted/35
lost 'the shard is a symbolic link' planted
exits 2 'the shard is a symbolic link' put 0 "$car" planted
is 'the shard is a symbolic link: why' "$(cat err)" "System: planted/35: a $(:
	)symbolic link, want a directory"
ok 'the shard is a symbolic link: nothing is written' \
    cmp old.car "outside/${name#*/}"
ln -s elsewhere linked
exits 0 'the archive itself is one' put 0 "$car" linked
found 'the archive itself is one' linked "$name" "$head"
ln -s nowhere dangling
exits 2 'the directory leads nowhere' put 0 "$car" dangling
is 'the directory leads nowhere: why' "$(cat err)" \
	"System: can't make dangling/35: No such file or directory"

# no room for the compressed CAR, but for the plain one
head -c 100000 /dev/urandom >random
run sh -c 'ulimit -f 200; trap "" XFSZ
    "$unit"/archive put limit "$1" 1 <random' sh "$alice"
is 'no limit' "$status" 0
rm -r limit
head -c 60416 random >part
run sh -c 'ulimit -f 118; trap "" XFSZ; exec "$unit"/archive put limit "$1" 1 <part
    ' sh "$alice"
is 'files of 60,416 bytes at most: status' "$status" 2
is 'files of 60,416 bytes at most: why' "$(cat err)" \
	"System: can't write limit/$name.zst: File too large"
holds 'files of 60,416 bytes at most: nothing is left' limit ''

# Tests that need other mounts run in a mount namespace of their own.
if unshare -m true 2>/dev/null; then
	alone='unshare -m'
elif unshare -rm true 2>/dev/null; then
	alone='unshare -rm'
else
	skip 'full disks and the like' 'mount is not allowed'
	done_testing
fi
mkdir disk

# on_disk OPTIONS SCRIPT: run the script with a small file system, then list its
# files
on_disk() {
	# shellcheck disable=SC2086	# two words
	run $alone sh -c 'mount -t tmpfs -o "$1" none disk || exit 77
	    alice=$2 name=$3 car=$4
	    eval "$5"
	    status=$?
	    cd disk && find . -type f | sed "s/^..//" | sort >&3
	    exit "$status"' sh "$1" "$alice" "$name" "$car" "$2" 3>left
}

# full NAME STATUS MESSAGE LEFT: check the last run
full() {
	is "$1: status" "$status" "$2"
	is "$1: why" "$(cat err)" "$3"
	is "$1: what is there" "$(cat left)" "$4"
}
no_space='No space left on device'
on_disk size=64k 'cat random random | "$unit"/archive put disk/cars "$alice" 0'
full 'the plain one fills the disk' 3 "write: $no_space" ''
on_disk size=64k '"$unit"/archive put disk/cars "$alice" 1 <part'
full 'the compressed one fills the disk' 2 \
	"System: can't write disk/cars/$name.zst: $no_space" ''
on_disk size=64k '"$unit"/archive put disk/cars "$alice" 1 <new.car >/dev/null &&
    "$unit"/archive put disk/cars "$alice" 1 <part'
full 'the old one stays on a full disk' 2 \
	"System: can't write disk/cars/$name.zst: $no_space" "cars/$name.zst"
on_disk size=64k 'mkdir disk/cars; head -c 64k /dev/zero >disk/filler
    "$unit"/archive put disk/cars "$alice" 1 <new.car'
full 'no room for a small one' 2 \
	"System: disk/cars/$name.zst: can't write: $no_space" filler
on_disk nr_inodes=2 '"$unit"/archive put disk/cars "$alice" 0 <part'
full 'no inode for a directory' 2 \
	"System: can't make disk/cars/35: $no_space" ''
on_disk nr_inodes=3 '"$unit"/archive put disk/cars "$alice" 0 <part'
full 'no inode for a file' 2 \
	"System: can't make a file for disk/cars/$name: $no_space" ''
on_disk nr_inodes=4 '"$unit"/archive put disk/cars "$alice" 1 <part'
full 'no inode for the compressed one' 2 \
	"System: can't make a file for disk/cars/$name.zst: $no_space" ''
on_disk size=1m 'mount -o remount,ro none disk
    "$unit"/archive put disk/cars "$alice" 0 <part'
full 'read-only' 2 \
	"System: can't make disk/cars: Read-only file system" ''
on_disk size=1m '"$unit"/archive put disk/cars "$alice" 0 <new.car >/dev/null &&
    mount -o remount,ro none disk && "$unit"/archive find disk/cars "$alice" &&
    "$unit"/archive put disk/cars "$alice" 0 <part'
full 'read-only, with a CAR' 2 "System: can't make a file for \
disk/cars/$name: Read-only file system" "cars/$name"
is 'read-only, with a CAR: found' "$(cat out)" \
	"disk/cars/$name $new $(wc -c <new.car)"

# Without /proc a file can't get a name later, so it has a name from the
# beginning.
if nm "$unit"/archive | grep -q __asan; then
	skip 'files with names' 'a sanitizer needs /proc'
	done_testing
fi
on_disk size=4m 'mount -t tmpfs none /proc
    "$unit"/archive put disk "$alice" 0 <"$car" && cmp "disk/$name" "$car" &&
    "$unit"/archive force disk "$alice" 0 <old.car && cmp "disk/$name" old.car &&
    stat -c %a "disk/$name"'
full 'with a name' 0 '' "$name"
is 'the umask decides who reads it' "$(tail -n 1 out)" 644
on_disk size=4m 'mount -t tmpfs none /proc
    "$unit"/archive put disk "$alice" 0 <"$car" &&
    "$unit"/archive force disk "$alice" 1 <old.car && "$unit"/archive find disk "$alice"'
full 'compressed' 0 '' "$name.zst"
is 'found' "$(sed -n '$s/ [0-9]*$//p' out)" "disk/$name.zst $old"
on_disk size=64k 'mount -t tmpfs none /proc
    "$unit"/archive put disk "$alice" 1 <part'
full 'no room for the compressed one' 2 \
	"System: can't write disk/$name.zst: $no_space" ''
on_disk size=4m 'mount -t tmpfs none /proc
    "$unit"/archive together disk'
is 'together' "$status" 0
is 'one is left' "$(wc -l <left)" 1
on_disk size=4m 'mount -t tmpfs none /proc
    mkdir disk/35; sh -c ": >disk/35/.atpipe.\$\$.0 >disk/35/.atpipe.\$\$.1
    exec "$unit"/archive put disk \"\$1\" 0" sh "$alice" <"$car"
    cmp "disk/$name" "$car"'
is 'a name that is in use' "$(tail -n 1 left)" "$name"

done_testing
