#!/bin/sh
# -p and SIGUSR1: the progress of a program, on a terminal, in a log, and on
# request.
. "${0%/*}/lib/tap.sh"
need_network

[ -r /proc/self/status ] || skip_all "no /proc"
lexicons=$data/lexicons
mkcar -n 20 >small.car
mkcar -n 3000 -o shuffle >big.car
at-carwalk big.car >big
head -n 2 big >two

programs=
for source in "$top"/bin/at-*.c; do
	program=${source##*/} program=${program%.c}
	! "$program" --help | grep -q -e --progress ||
		programs="$programs $program"
done

# begin CMD...: run it in the background. Its input is the FIFO in, open as 3.
# Sets $pid.
begin() {
	rm -f in
	mkfifo in
	"$@" <in >out 2>err &
	pid=$!
	exec 3>in
	wait_for "$1 to begin" hears "$pid"
}

# says PATTERN: after SIGUSR1, does it print this?
says() {
	kill -USR1 "$pid"
	grep -q "$1" err
}

# answers NAME PATTERN: after SIGUSR1 it prints this within a minute
answers() {
	wait_for "$1" says "$2" && pass "$1"
}

# finish: end the input of the process; its exit status goes to $status
finish() {
	exec 3>&-
	status=0
	wait "$pid" 2>/dev/null || status=$?
}

nothing='0 done, 0 failed, 0\.00/s, [0-9m]*s elapsed$'
number='[0-9.]* *[kM]*'
one="1 done, 0 failed, $number/s, $number""B, $number""B/s, $number""s elapsed"

# a log
begin at-resolve -p
mv in log_in
mv err log_err
exec 4>&3
log_pid=$pid

# Each program prints its line while it is blocked in a read of standard input,
# and goes on after that.
for program in $programs; do
	case $program in
	at-carproof | at-fetchblob | at-fetchrepo) set -- -d cars ;;
	at-firehose) set -- - ;;
	at-load) set -- x.db ;;
	at-validate) set -- -l "$lexicons" ;;
	at-carbuild | at-cardiff | at-listhosts) continue ;;
	at-listrepos | at-plcexport) continue ;;
	*) set -- ;;
	esac
	begin "$program" "$@"
	wait_for "$program to answer" says "^$program: $nothing"
	is "$program: says it without -p" "$(sed -n "\$s|$nothing||p" err)" \
	    "$program: "
	finish
	is "$program: and goes on" "$status $(wc -c <out)" "0 0"
	begin "$program" -q "$@"
	answers "$program: also with -q" "$nothing"
	finish
done

# waiting for a network
for program in at-describe at-listrepos; do
	if [ $program = at-listrepos ]; then
		waiting=''
		set -- -u http://127.0.0.1:1
	else
		waiting=' 1 waiting,'
		set --
	fi
	begin $program --allow-private --retry-delay 1h "$@"
	echo '{"did":"did:web:x.test","pds":"http://127.0.0.1:1"}' >&3
	answers "$program: says what waits" \
	    "0 done, 0 failed, 0.00/s,$waiting .*elapsed"
	kill $pid
	finish
	is "$program: can be ended" "$status" 143
done

begin at-validate -l "$lexicons"
head -n 1 two >&3
answers "lines are counted as they come" ": $one"
finish
begin at-carwalk
head -c 100000 big.car >&3
answers "bytes of a CAR, too" ': 0 done, 0 failed, 0.00/s, 9[0-9.]* kB, '
finish

# The signal loses no read and no write.
# in_parts: copy standard input to standard output, with a signal before each
# part
in_parts() {
	while { kill -USR1 "$pid" || :; } 2>killed &&
	    dd bs=20000 count=1 iflag=fullblock 2>copied &&
	    ! grep -q "^0+0" copied; do
		:
	done
}
begin at-carwalk
in_parts <big.car >&3
finish
is "signals while it reads: status" "$status" 0
ok "signals while it reads: all is there" cmp big out
ok "signals while it reads: were heard" test "$(grep -c " done, " err)" -gt 20
mkfifo pipe
at-carwalk big.car >pipe 2>err &
pid=$!
exec 5<pipe
wait_for "at-carwalk to begin" hears "$pid"
answers "blocked in a write it answers" " records, "
in_parts <&5 >out
exec 5<&-
status=0
wait "$pid" || status=$?
is "signals while it writes: status" "$status" 0
ok "signals while it writes: all is there" cmp big out

# -p elsewhere than on a terminal
exits 0 "-p" at-carwalk -p small.car small.car
sed "s/$number\(.\?B\|.\?s\),/N,/g; s/$number/N/g" err >got
is "-p: a line at the end" "$(sed 's/[0-9.]*s elapsed/0s elapsed/; s/,[^,]*\/s//g
    s/[0-9.]* kB/N kB/' err)" \
    "at-carwalk: 2/2 done, 0 failed, N kB, 40 records, 0s elapsed"
exits 0 "-p -q" at-carwalk -p -q small.car
is "-p -q: nothing" "$(cat err)" ""

# a program without -p
mkfifo hold
sqlite3 db <hold >held &
holder=$!
exec 5>hold
echo "CREATE TABLE t (x); BEGIN EXCLUSIVE; SELECT 'it holds db';" >&5
wait_for "another one that holds the database" grep -q holds held
at-status db >out 2>err 5>&- &
pid=$!
wait_for "at-status to begin" grep -q '^SigIgn:.*[2367abef]..$' \
    /proc/$pid/status
kill -USR1 $pid
exec 5>&-
wait $holder
wait $pid
is "at-status: SIGUSR1 is nothing to it" $? 2

# terminal CMD: print what CMD sends to a terminal, escapes as ^[
terminal() {
	TERM=vt100 script -qec "stty cols 40; $1" /dev/null </dev/null |
		tr -d '\r' | sed 's/\x1b/^[/g' >out
}
if has_terminal; then
	terminal 'at-carwalk -p small.car >/dev/null'
	is "a terminal: one line at the end" \
	    "$(sed 's/[0-9.]*k*\/s/N\/s/' out)" \
	    '^[[?7l1/1 done, 0 failed, N/s, 8.28 kB^[[J^[[?7h'
	terminal 'TERM=dumb at-carwalk -p small.car >/dev/null'
	ok "a dumb terminal is a log" grep -q '^at-carwalk: .*elapsed$' out
	terminal 'at-carwalk -p -q small.car >/dev/null'
	is "-q: nothing" "$(cat out)" ""
else
	skip "a terminal" "no script, or no pseudo-terminals"
fi

wait_for "the line of a log" grep -q . log_err
is "a log: a line every ten seconds" \
    "$(head -n 1 log_err | sed "s/: 0 done.* 1[0-9]s elapsed/ 10s/")" \
    "at-resolve 10s"
exec 4>&-
wait "$log_pid"
ok "a log: and at the end" [ "$(wc -l <log_err)" -ge 2 ]

# a terminal whose screen is read
if ! command -v tmux >/dev/null || ! has_terminal; then
	skip "in tmux" "no tmux, or no pseudo-terminals"
	done_testing
fi
tmux() {
	command tmux -S "$lib_tmp/tmux" -f /dev/null "$@"
}
at_exit 'tmux kill-server 2>/dev/null'

# screen: print the screen and its history after the last line 12; a wrapped
# line is one line
screen() {
	tmux capture-pane -p -J -S - -t t | awk '
		/^12$/ { text = ""; next }
		{ sub(/ *$/, "") }
		/./ { text = text $0 "\n" }
		END { printf "%s", text }'
}

# shows PATTERN...: does the screen have exactly these lines?
shows() {
	screen >seen
	[ "$(wc -l <seen)" -eq $# ] || return 1
	for pattern; do
		read -r line
		printf "%s\n" "$line" | grep -qx -e "$pattern" || return 1
	done <seen
}

# shown NAME PATTERN...
shown() {
	shown_name=$1
	shift
	if wait_for "$shown_name" shows "$@"; then
		pass "$shown_name"
	else
		screen | diag
	fi
}

# resize COLUMNS
resize() {
	tmux resize-window -t t -x "$1" -y 12
}

echo "PS1='\$ '" >session
mkfifo lines
cat >validate <<EOT
sh -c 'echo \$\$ >pid; exec at-validate -p -l "\$0"' '$lexicons' <lines >out
EOT
tmux new-session -d -x 40 -y 12 -s t \
    "cd '$PWD'; ENV=session PATH='$PATH' exec sh -i"
shown "a shell" '\$'
tmux send-keys -t t "clear; seq 12; . ./validate" Enter
exec 5>lines
name='at-validate: '
shown "40 columns: nothing is done" "${name}0 done, 0 failed"
head -n 1 two >&5
shown "40 columns: a line" "1 done, 0 failed, $number/s, $number""B"
resize 200
shown "200 columns: all there is" "$name$one"
echo '{' >&5
shown "a message stands above it" \
    "${name}-: line 2: .*" "${name}2 done, 1 failed, .* elapsed"
resize 30
shown "30 columns: nothing is left over" "${name}-: line 2: .*" \
    "2 done, 1 failed, 0.[0-9]*/s"
resize 120
shown "and back" "${name}-: line 2: .*" "${name}2 done, 1 failed, .* elapsed"
awk 'BEGIN { for (i = 0; i < 99997; i++) print "{\"type\":\"x\"}" }' >&5
shown "99,999 lines" "${name}-: line 2: .*" \
    "${name}99999 done, 1 failed, .* elapsed"
exec 5>&-
shown "the end" "${name}-: line 2: .*" \
    "${name}99999 done, 1 failed, .* elapsed" '\$'
tmux send-keys -t t "clear; seq 12; . ./validate" Enter
exec 5>lines
shown "another" "${name}0 done, 0 failed.*"
kill "$(cat pid)"
shown "killed, the line is ended" "${name}0 done, 0 failed.*" Terminated '\$'

done_testing
