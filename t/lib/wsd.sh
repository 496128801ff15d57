# shellcheck shell=sh
# shellcheck disable=SC2154 # lib_tmp is from tap.sh
# For the tests of WebSockets, after tap.sh: wsd, whose URLs its top describes,
# and wsc, whose output says what a client gets.
#
#	. "${0%/*}/lib/tap.sh"
#	. "$top/t/lib/wsd.sh"
#	start_wsd -l log
#	run ws /count?stop=2	# what wsc says of it is in the file out
#	done_testing

need_network
command -v wsd >/dev/null || skip_all "no program wsd"

wsd_pids=
# shellcheck disable=SC2329 # called at exit
wsd_end() {
	for wsd_pid in $wsd_pids; do
		kill "$wsd_pid" 2>/dev/null
		wait "$wsd_pid" 2>/dev/null
	done
}
at_exit wsd_end

# start_wsd ARGUMENT...: sets $port, and $url unless it serves TLS
start_wsd() {
	rm -f "$lib_tmp/wsd.port"
	mkfifo "$lib_tmp/wsd.port"
	wsd "$@" >"$lib_tmp/wsd.port" </dev/null &
	wsd_pids="$wsd_pids $!"
	if ! read -r port <"$lib_tmp/wsd.port"; then
		fail "wsd starts"
		done_testing
	fi
	url=ws://127.0.0.1:$port
}

# ws [OPTION...] PATH: run wsc, and write $url as U
ws() {
	for ws_path; do :; done
	ws_options=
	while [ $# -gt 1 ]; do
		ws_options="$ws_options $1"
		shift
	done
	# shellcheck disable=SC2086 # words
	timeout 60 wsc $ws_options "$url$ws_path" >wsc.out ||
		echo "status $?" >>wsc.out
	sed "s,$url,U," wsc.out
}
