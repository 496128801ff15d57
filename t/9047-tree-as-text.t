#!/bin/sh
# contrib/examples/tree-as-text: the layers of keys, and the nodes they make
. "${0%/*}/lib/tap.sh"
tree=$top/contrib/examples/tree-as-text
did=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb

# The tests of the protocol give the layers of these keys: 0, 1, 4, 8. The other
# keys' layers are counted by hand.
cat >records <<'END'
app.bsky.feed.post/454397e440ec {"n":4}
app.bsky.feed.post/9adeb165882c {"n":8}
app.bsky.feed.post/454397e440ed {"n":0}
END
mkcar -n 0 -R records -d $did >car
at-carwalk car >lines
cid_of() {
	sed -n "s/.*\"rkey\":\"$1\".*\"cid\":\"\([^\"]*\)\".*/\1/p" lines
}
exits 0 "a tree" "$tree" car
is "says nothing else" "$(cat err)" ""
sum=$(printf 'app.bsky.feed.post/454397e440ed' | sha256sum | cut -c 1)
ok "the third key is of layer 0" test "$sum" != 0 -a "$sum" != 1 -a \
    "$sum" != 2 -a "$sum" != 3
same "is drawn" out <<END
root $(sed -n 's/.*"data":"\([^"]*\)".*/\1/p' lines)
node, layer 8
  node, layer 7
    node, layer 6
      node, layer 5
        node, layer 4
          app.bsky.feed.post/454397e440ec $(cid_of 454397e440ec)
          node, layer 3
            node, layer 2
              node, layer 1
                node, layer 0
                  app.bsky.feed.post/454397e440ed $(cid_of 454397e440ed)
  app.bsky.feed.post/9adeb165882c $(cid_of 9adeb165882c)
END

exits 0 "a larger one" "$tree" "$data/car/alice.car"
is "has every key once, in order" "$(sed -n 's/^ *\([^ ]*\/[^ ]*\) .*/\1/p' \
    out)" "$(at-carwalk "$data/car/alice.car" |
    sed -n 's/.*"collection":"\([^"]*\)","rkey":"\([^"]*\)".*/\1\/\2/p')"
# Its blocks of the form {"e": ..., "l": ...} were counted.
is "and every node" "$(grep -c '^ *node,' out)" 35
mkcar -n 0 >none
exits 0 "a repo without records" "$tree" none
is "is one node" "$(sed 1d out)" "node, layer 0"
head -c 2000 "$data/car/alice.car" >cut.car
exits 1 "a CAR that is cut" "$tree" cut.car
is "has no tree" "$(cat out)" ""
printf no | mkhostile record >bad
exits 1 "a record that can't be decoded" "$tree" bad
ok "is in its place" grep -q "^ *com.example.bbb/2 bafy" out
done_testing
