# shellcheck shell=sh
# The displays of the pages. After lib.sh:
#
#	. "$top/t/lib/pages.sh"
#
# Commands are shown in four ways, told apart by how a display begins:
#
#	$ at-carwalk x.car	run by 9010, without a network; what follows is
#				the output, or after `> ` more of the command
#	% at-resolve x		the same, run by 9017 beside a PDS on loopback
#	apt-get, contrib/quickstart, SELECT, ...
#				by 9015, which says how
#	any other		by 9016, as on the network itself
#
# What begins with `{"` is a line of JSON.

# displays PAGE: its displays to files, each named by its line: 0025. So are
# commands in a sentence: .Ql at-resolve <dids.txt .
displays() {
	awk '
	function text(s) {
		gsub(/\\&/, "", s)
		gsub(/\\\(dq/, "\"", s)
		gsub(/\\e/, "\\", s)
		return s
	}
	function name() { return sprintf("%04d", NR) }
	/^\.Bd/ { file = name(); printf "" >file; next }
	/^\.Ed/ { close(file); file = ""; next }
	file != "" { print text($0) >file; next }
	/^\.D[1l] / { print text(substr($0, 5)) >name() }
	sub(/^\.(Pq )?Ql /, "") {
		sub(/ [])(.,:;?!]$/, "")
		gsub(/^"|"$/, "")
		if (/^(at-[a-z]+|make|psql|sqlite3|contrib\/[a-z\/-]+)( |$)/)
			print text($0) >name()
	}' "$1"
}

# way DISPLAY: in which of these ways is it shown? The name of a test's kind.
way() {
	read -r way_first <"$1"
	case $way_first in
	'$ '*) echo shown ;;
	'% '*) echo loopback ;;
	'{"'*) echo json ;;
	contrib/quickstart*) echo quickstart ;;
	apt-get\ * | make | make\ check | make\ install) echo install ;;
	psql\ * | 'sqlite3 records.db') echo postgres ;;
	SELECT\ * | WITH\ *) echo query ;;
	*) echo network ;;
	esac
}

# in_way WAY PAGE: the names of its displays shown so; all are made files
in_way() {
	displays "$2"
	for in_way_file in [0-9][0-9][0-9][0-9]; do
		[ -e "$in_way_file" ] || continue
		[ "$(way "$in_way_file")" != "$1" ] || echo "$in_way_file"
	done
}

# session PROMPT DISPLAY...: the commands behind the prompt as a script, which
# puts the output of each in N.got; what is shown goes to N.want, and the
# command itself to N.command
session() {
	session_prompt=$1
	shift
	[ $# -eq 0 ] || awk -v prompt="$session_prompt " '
	function finish() {
		if (open)
			printf "} >%d.got 2>&1 </dev/null\n", n
		open = 0
	}
	function command() {
		print substr($0, 3)
		print substr($0, 3) >(n ".command")
	}
	FNR == 1 { finish() }
	index($0, prompt) == 1 {
		finish()
		n++
		open = 1
		print "{"
		command()
		printf "" >(n ".want")
		next
	}
	/^> / && open { command(); next }
	{ finish(); print >(n ".want") }
	END { finish() }' "$@"
}

# as_shown N: does N.got say what N.want does? White space doesn't count, so
# that a page may break long lines; a line `...` stands for any others. Where
# there is no /sys, lscpu(1), which GNU parallel asks, complains.
as_shown() {
	awk '
	BEGIN { n = 0 }
	/^lscpu: / { next }
	{ gsub(/[ \t]/, "") }
	FILENAME ~ /got$/ { got = got $0; next }
	$0 == "..." { n++; next }
	{ chunk[n] = chunk[n] $0 }
	END {
		for (i = 0; i < n; i++) {
			at = index(got, chunk[i])
			if (chunk[i] == "")
				continue
			if (at == 0 || i == 0 && at > 1)
				exit 1
			got = substr(got, at + length(chunk[i]))
		}
		if (n > 0)
			got = substr(got, length(got) - length(chunk[n]) + 1)
		exit got != chunk[n] ""
	}' "$1.got" "$1.want" && return
	echo "shown:"
	cat "$1.want"
	echo "written:"
	cat "$1.got"
	return 1
}

# commands: the numbers of a session's
commands() {
	for commands_file in *.command; do
		[ ! -e "$commands_file" ] || echo "${commands_file%.command}"
	done | sort -n
}

# titled FILE: its first line, as the name of a test
titled() {
	head -n 1 "$1" | sed 's/#/\\#/g'
}
