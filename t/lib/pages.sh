# shellcheck shell=sh
# The displays of the man pages. After tap.sh:
#
#	. "$top/t/lib/pages.sh"
#
# Commands are tested in four ways; the beginning of a display decides which:
#
#	$ at-carwalk x.car	9010 runs it, without a network. The next lines
#				are the output, or, after `> `, the rest of the
#				command.
#	% at-resolve x		9017 runs it in the same way, with a PDS on
#				loopback.
#	apt-get, contrib/quickstart, SELECT, ...
#				9015 says how.
#	at-serve x.db, ...	9406 runs it, and the reverse proxies of its
#				page.
#	export COPY=...		9421 runs it, with a server to copy.
#	any other		9016 runs it in a network of its own, in which
#				the names of the page exist.
#
# What begins with `{"` is a line of JSON.

# displays PAGE: write each display to a file, named by its line: 0025. A
# command in a sentence is a display too: .Ql at-resolve <dids.txt .
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

# way DISPLAY: print the way in which the display is tested, which is the name
# of that kind of test
way() {
	read -r way_first <"$1"
	case $way_first in
	'$ '*) echo shown ;;
	'% '*) echo loopback ;;
	'{"'*) echo json ;;
	contrib/quickstart*) echo quickstart ;;
	apt-get\ * | make | make\ check | make\ install) echo install ;;
	psql\ * | 'sqlite3 records.db') echo postgres ;;
	at-serve\ * | mirror.example.com\ * | limit_req_zone\ *)
		echo serve ;;
	export\ COPY=*) echo copy ;;
	SELECT\ * | WITH\ *) echo query ;;
	*) echo network ;;
	esac
}

# in_way WAY PAGE: write all displays to files, and print the names of those
# that are tested in this way
in_way() {
	displays "$2"
	for in_way_file in [0-9][0-9][0-9][0-9]; do
		[ -e "$in_way_file" ] || continue
		[ "$(way "$in_way_file")" != "$1" ] || echo "$in_way_file"
	done
}

# session PROMPT DISPLAY...: write the commands behind the prompt as a script.
# It puts the output of each command in N.got. N.want is what the page shows,
# and N.command is the command itself.
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

# as_shown N: does N.got say what N.want says? White space doesn't count, so a
# page may break long lines. A line `...` stands for any number of lines.
# Without /sys, lscpu(1), which GNU parallel runs, prints a complaint, which is
# ignored.
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

# commands: print the numbers of a session's commands
commands() {
	for commands_file in *.command; do
		[ ! -e "$commands_file" ] || echo "${commands_file%.command}"
	done | sort -n
}

# titled FILE: print its first line, as the name of a test
titled() {
	head -n 1 "$1" | sed 's/#/\\#/g'
}
