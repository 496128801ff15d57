#!/bin/sh
# Makes ready what generate.mjs needs, once for each user, and prints where
# that is: a directory under ~/.cache/atpipe, with the packages of
# package-lock.json (25 MB). Where that can't be done, the last line on
# standard error says why, and the exit status is 1. A failure isn't tried
# again within the hour.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/atpipe

give_up() {
	printf '%s\n' "$*" >&2
	exit 1
}

for program in node npm flock sha256sum; do
	command -v $program >/dev/null || give_up "no $program"
done
version=$(node -p process.versions.node) || give_up "node doesn't run"
[ "${version%%.*}" -ge 20 ] || give_up "node is $version, and has to be 20"
id=$(sha256sum <"$here/package-lock.json" | cut -c 1-16)
dir=$cache/reference-$id
if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi
mkdir -p "$cache" || give_up "can't make $cache"

exec 9>"$cache/reference.lock"
flock 9
if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi
if [ -n "$(find "$dir.failed" -mmin -60 2>/dev/null)" ]; then
	give_up "$(cat "$dir.failed") (within the last hour)"
fi
work=$dir.new
rm -rf "$work" "$dir.failed"
mkdir "$work"
cp "$here/package.json" "$here/package-lock.json" "$work"
cd "$work"
npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 \
    >setup.log 2>&1 || {
	tail -n 30 setup.log >&2
	echo "npm can't get the packages" >"$dir.failed"
	give_up "npm can't get the packages"
}
mv "$work" "$dir"
printf '%s\n' "$dir"
