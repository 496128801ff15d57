#!/bin/sh
# Makes ready what start.mjs needs, once for each user, and prints where that
# is: a directory under ~/.cache/atpipe, with the packages of package-lock.json
# and the one native module among them compiled (two minutes, 250 MB). Where
# that can't be done, the last line on standard error says why, and the exit
# status is 1. A failure isn't tried again within the hour; -f tries at once.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/atpipe

give_up() {
	printf '%s\n' "$*" >&2
	exit 1
}

# remember REASON: give up, and for later runs too
remember() {
	tail -n 30 "$work/setup.log" >&2
	printf '%s\n' "$*" >"$dir.failed"
	give_up "$*"
}

for program in node npm flock sha256sum; do
	command -v $program >/dev/null || give_up "no $program"
done
version=$(node -p process.versions.node) || give_up "node doesn't run"
case $version in
20.* | 22.*) ;;
*)	give_up "node is $version, and has to be 20 or 22" ;;
esac
# Modules are compiled for one ABI.
id=$({ cat "$here/package-lock.json"; node -p process.versions.modules; } |
    sha256sum | cut -c 1-16)
dir=$cache/realpds-$id
if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi

for program in make c++ python3; do
	command -v $program >/dev/null || give_up "no $program"
done
prefix=${NODEDIR:-$(node -p 'path.resolve(process.execPath, "../..")')}
[ -e "$prefix/include/node/node.h" ] ||
	give_up "no headers of node in $prefix/include/node"
npm=$(node -p 'fs.realpathSync(process.argv[1])' "$(command -v npm)")
for gyp in "${npm%/bin/*}/node_modules/node-gyp/bin/node-gyp.js" \
	"$(command -v node-gyp)"; do
	[ ! -f "$gyp" ] || break
done
[ -f "$gyp" ] || give_up "no node-gyp"
mkdir -p "$cache" || give_up "can't make $cache"

exec 9>"$cache/realpds.lock"
flock 9
if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi
[ "${1-}" != -f ] || rm -f "$dir.failed"
if [ -n "$(find "$dir.failed" -mmin -60 2>/dev/null)" ]; then
	give_up "$(cat "$dir.failed") (within the last hour)"
fi
work=$dir.new
rm -rf "$work" "$dir.failed"
mkdir "$work"
cp "$here/package.json" "$here/package-lock.json" "$work"
cd "$work"
# The install script of better-sqlite3 would look for a binary elsewhere.
npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 \
    >setup.log 2>&1 || remember "npm can't get the packages"
cd node_modules/better-sqlite3
node "$gyp" rebuild --release --nodedir="$prefix" -j 2 \
    >>"$work/setup.log" 2>&1 || remember "better-sqlite3 doesn't compile"
rm -rf build/Release/obj build/Release/obj.target deps
cd "$work"
node -e 'new (require("better-sqlite3"))(":memory:").exec("select 1")' \
    >>setup.log 2>&1 || remember "better-sqlite3 doesn't run"
mv "$work" "$dir"
printf '%s\n' "$dir"
