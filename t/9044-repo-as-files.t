#!/bin/sh
# contrib/examples/repo-as-files: a file for each record, and no files elsewhere
. "${0%/*}/lib/tap.sh"
command -v jq >/dev/null || skip_all "no jq"

files=$top/contrib/examples/repo-as-files
did=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
long=$(printf '%0250d' 0)
thing=com.example.kit.thing

cat >records <<EOF2
com.example.con.nul/con {"n":1}
com.example.kit.thing/: {"n":2}
com.example.kit.thing/... {"n":3}
com.example.kit.thing/-rf {"n":4}
com.example.kit.thing/A {"n":5}
com.example.kit.thing/a {"n":6}
com.example.kit.thing/did:web:x%3A1 {"n":7}
com.example.kit.thing/$long {"n":8}
com.example.kit.thing/~ {"text":"\",\"record\":{\n","n":9007199254740993}
EOF2
grep -v % records >good
mkcar -n 0 -R good -d $did >good.car
at-carwalk good.car >lines

# tree DIRECTORY: print its files and their contents
tree() {
	(cd "$1" && find . -type f | sort | while read -r file; do
		printf '%s %s\n' "$file" "$(cat "./$file")"
	done)
}
exits 0 "a repo" "$files" good.car "a tree"
is "says nothing" "$(cat out err)" ""
tree "a tree" >got
same "each record has its file" got <<EOF2
./com.example.con.nul/con.json {"n":1}
./$thing/-rf.json {"n":4}
./$thing/....json {"n":3}
./$thing/$long.json {"n":8}
./$thing/:.json {"n":2}
./$thing/A.json {"n":5}
./$thing/a.json {"n":6}
./$thing/~.json {"n":9007199254740993,"text":"\",\"record\":{\n"}
EOF2
is "there is nothing else" "$(find "a tree" ! -type f | sort)" "a tree
a tree/com.example.con.nul
a tree/$thing"
is "the directory is as mkdir makes it" "$(stat -c %a "a tree")" 755

exits 2 "the same again" "$files" good.car "a tree"
is "is refused" "$(cat out err)" \
    "repo-as-files: a tree: a file of this name exists already"
ln -s nowhere link
exits 2 "a link that leads nowhere" "$files" good.car link
exits 2 "a directory that can't be made" "$files" good.car no/where
exits 0 "standard input, an absolute name, a slash" "$files" - \
    "$PWD/by pipe/" <good.car
ok "is the same" diff -r "a tree" "by pipe"

# Names that can't be file names
{
	cat good
	echo "$thing/.. {}"
	echo "$thing/x/../../../escaped {}"
	echo "$thing/a%2fb {}"
	echo "../x {}"
	echo "$thing/1$long {}"
} >hostile
mkcar -n 0 -R hostile -d $did >hostile.car
exits 1 "hostile rkeys" "$files" hostile.car hostile.tree
ok "change nothing for the others" diff -r "a tree" hostile.tree
grep "^at-carwalk: " err >refused
is "at-carwalk refuses an invalid rkey" "$(wc -l <refused)" 4
grep -v ^at-carwalk err >got
same "one is too long for a file" got <<EOF2
repo-as-files: at://$did/$thing/1$long: too long for the name of a file
EOF2
is "nothing is outside" "$(find . -name '*escaped*' -o -name 'x*')" ""

head -c 700 good.car >cut.car
exits 1 "a CAR that is cut" "$files" cut.car cut
is "has no directory" "$(find . -maxdepth 1 -name 'cut*')" ./cut.car
mkcar -n 0 >none.car
exits 0 "a repo without records" "$files" none.car none
is "is an empty directory" "$(ls -A none)" ""

# A file system that ignores case, as far as a test can imitate it
mkdir bin
cat >bin/mkdir <<'EOF2'
#!/bin/sh
case $1 in
*/case) : >"${1%case}CASE" ;;
esac
exec /bin/mkdir "$@"
EOF2
chmod +x bin/mkdir
exits 1 "a file system without case" env PATH="$PWD/bin:$PATH" "$files" \
    good.car folded
same "the second of two rkeys is reported" err <<EOF2
repo-as-files: at://$did/$thing/a: differs from another path only in case
EOF2
ok "and the first kept" test "$(cat folded/$thing/A.json)" = '{"n":5}'

done_testing
