# shellcheck shell=sh
# TAP for shell scripts. A test t/NNNN-name.t begins with
#
#	#!/bin/sh
#	. "${0%/*}/lib/tap.sh"
#
# After that it is in a new directory of its own. $top is the source tree,
# $build the build directory, $data is $top/t/data, and PATH begins with the
# built programs. The script ends with done_testing.

set -u
umask 022

# A script may run for $ATPIPE_MINUTES, by default 10. After that, timeout(1)
# kills its process group with everything that it waits for, and the script has
# failed. A shell ignores SIGINT in its background jobs, and the tests need the
# default.
lib_bound() {
	lib_minutes=${ATPIPE_MINUTES:-10}
	ATPIPE_BOUND=yes
	export ATPIPE_BOUND
	timeout -k 30 "${lib_minutes}m" env --default-signal=INT,QUIT \
	    "$0" "$@" </dev/null &
	trap 'lib_stop 129' HUP
	trap 'lib_stop 130' INT
	trap 'lib_stop 143' TERM
	lib_status=0
	wait $! || lib_status=$?
	case $lib_status in
	124 | 137) echo "not ok - no end within $lib_minutes minutes: killed" ;;
	esac
	exit $lib_status
}
lib_stop() {
	kill $! 2>/dev/null
	wait $!
	exit "$1"
}
if [ -z "${ATPIPE_BOUND-}" ] &&
    timeout 9 env --default-signal=INT,QUIT true 2>/dev/null; then
	lib_bound "$@"
fi

LC_ALL=C
TZ=UTC
export LC_ALL TZ
unset ATPIPE_PLC_URL ATPIPE_RELAY_URL ATPIPE_CACHE
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY
# Options of the make that runs the tests
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# No test expects 99, so a sanitizer's finding never looks like an exit status
# of 1.
ASAN_OPTIONS=exitcode=99
UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS

top=$(cd "${0%/*}/.." && pwd) || exit 2
build=$(cd "${ATPIPE_BUILD:-$top}" && pwd) || exit 2
# shellcheck disable=SC2034	# for the scripts
data=$top/t/data
unit=$build/t/unit
PATH=$build/bin:$build/t/tool:$PATH
export PATH unit

lib_count=0
lib_failed=0
lib_tmp=$(mktemp -d "${TMPDIR:-/tmp}/atpipe.XXXXXX") || exit 2
PARALLEL_HOME=$lib_tmp/parallel
export PARALLEL_HOME
lib_exit=:
trap 'eval "$lib_exit"; cd / && rm -rf "$lib_tmp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
mkdir "$lib_tmp/w" && cd "$lib_tmp/w" || exit 2

# at_exit CMD: run CMD when the script ends, the last one first
at_exit() {
	lib_exit="$1; $lib_exit"
}

# hears PID: does the program handle SIGUSR1 by now? Some shells block all
# signals until the program has started, and then still let it be killed.
hears() {
	grep -q '^Name:.at-' "/proc/$1/status" &&
		grep -q '^SigBlk:.*[2367abef]..$' "/proc/$1/status"
}

# wait_for NAME CMD...: wait until CMD succeeds, for at most a minute
wait_for() {
	lib_name=$1 lib_tries=1200
	shift
	until "$@" >/dev/null 2>&1; do
		lib_tries=$((lib_tries - 1))
		if [ $lib_tries -eq 0 ]; then
			fail "waited for: $lib_name"
			return 1
		fi
		sleep 0.05
	done
}

# has_network: does this build have the programs that use a network?
has_network() {
	[ -x "$build/bin/at-fetchrepo" ]
}

# need_network: skip the script if this build has no network programs
need_network() {
	has_network || skip_all "this build has no network"
}

# has_terminal: can a command have a terminal here?
has_terminal() {
	script -qec true /dev/null </dev/null >/dev/null 2>&1
}

# find_lexicons: set $lexicons, a directory of published lexicons: the one in
# ATPIPE_LEXICONS, or one beside the sources, or none
find_lexicons() {
	lexicons=${ATPIPE_LEXICONS-}
	for lib_dir in "$top"/../*/lexicons; do
		[ -n "$lexicons" ] || [ ! -d "$lib_dir/com/atproto" ] ||
			lexicons=$lib_dir
	done
}

# diag: print standard input as diagnostics
diag() {
	sed 's/^/# /'
}

# not CMD...: succeed if CMD fails
not() {
	! "$@"
}

# run CMD...: its standard output goes to the file out, its standard error to
# err, its exit status to $status
run() {
	status=0
	"$@" >out 2>err || status=$?
}

# pass NAME, fail NAME: print one line of TAP
pass() {
	lib_count=$((lib_count + 1))
	printf 'ok %d - %s\n' "$lib_count" "$1"
}

fail() {
	lib_count=$((lib_count + 1))
	lib_failed=$((lib_failed + 1))
	printf 'not ok %d - %s\n' "$lib_count" "$1"
}

# ok NAME CMD...: does CMD succeed? If not, show its output, without the lines
# of successful tests if it prints TAP.
ok() {
	lib_name=$1
	shift
	lib_status=0
	"$@" >"$lib_tmp/said" 2>&1 || lib_status=$?
	if [ "$lib_status" -eq 0 ]; then
		pass "$lib_name"
		return 0
	fi
	fail "$lib_name"
	printf '%s: status %d\n' "$*" "$lib_status" | diag
	grep -av '^ok ' "$lib_tmp/said" | diag
	return 1
}

# exits N NAME CMD...: run CMD; is its exit status N?
exits() {
	lib_want=$1 lib_name=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$lib_want" ]; then
		pass "$lib_name"
		return 0
	fi
	fail "$lib_name"
	printf '%s: status %d, want %d\n' "$*" "$status" "$lib_want" | diag
	diag <err
	return 1
}

# is NAME GOT WANT: are the texts equal?
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
		return 0
	fi
	fail "$1"
	printf ' got: %s\nwant: %s\n' "$2" "$3" | diag
	return 1
}

# same NAME FILE: is FILE equal to standard input?
same() {
	if diff -u --label want --label got - "$2" >"$lib_tmp/said" 2>&1; then
		pass "$1"
		return 0
	fi
	fail "$1"
	diag <"$lib_tmp/said"
	return 1
}

# usage_error NAME MESSAGE PROGRAM ARGUMENT...: its exit status is 2, and it
# prints only this message and how to get help
usage_error() {
	lib_usage=$1 lib_message=$2
	shift 2
	run "$@" </dev/null
	is "$lib_usage: exit status, and no output" "$status $(cat out)" '2 '
	same "$lib_usage: message" err <<-EOT
	$1: $lib_message
	Try '$1 --help'.
	EOT
}

# skip NAME REASON: skip one test
skip() {
	lib_count=$((lib_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$lib_count" "$1" "$2"
}

# skip_all REASON: skip the whole script, or what is left of it
skip_all() {
	if [ "$lib_count" -gt 0 ]; then
		skip 'the other tests' "$1"
		done_testing
	fi
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# done_testing: print the plan, and end the script
done_testing() {
	printf '1..%d\n' "$lib_count"
	[ "$lib_failed" -eq 0 ]
	exit
}
