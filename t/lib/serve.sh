# shellcheck shell=sh
# shellcheck disable=SC2034 # for the scripts
# For tests of at-serve, after tap.sh.
#
#	start_serve plc.db
#	get /did:plc:x -H 'Accept: */*'
#	is 'status' "$code" 200
#	stop_serve

need_network
command -v curl >/dev/null || skip_all "no curl"

serve_end() {
	[ -z "${serve_pid-}" ] || kill -KILL "$serve_pid" 2>/dev/null
}
at_exit serve_end

# start_serve ARGUMENT...: set $url (where it listens, on any port of 127.0.0.1
# unless the arguments say otherwise) and $serve_pid. Its messages go to
# serve.err, which may be emptied meanwhile.
start_serve() {
	rm -f serve.ready
	: >serve.err
	mkfifo serve.ready
	case " $* " in
	*' --listen '* | *' --unix '*) ;;
	*) set -- --listen 127.0.0.1:0 "$@" ;;
	esac
	at-serve "$@" >serve.ready 2>>serve.err </dev/null &
	serve_pid=$!
	if ! read -r url <serve.ready; then
		fail "at-serve starts"
		diag <serve.err
		done_testing
	fi
}

# stop_serve: end it by SIGTERM, and set $serve_status
stop_serve() {
	kill "$serve_pid" 2>/dev/null
	serve_status=0
	wait "$serve_pid" || serve_status=$?
	serve_pid=
}

# get PATH [OPTION of curl...]: the body goes to the file body, the headers to
# the file headers, the status to $code
get() {
	serve_path=$1
	shift
	rm -f body headers
	code=$(curl -s -S -g --path-as-is -m 60 -D headers -o body \
	    -w '%{http_code}' "$@" "$url$serve_path" 2>curl.err)
	[ -e body ] || : >body
	[ -e headers ] || : >headers
}

# header NAME: print its value
header() {
	tr -d '\r' <headers | sed -n "s/^$1: //Ip"
}
