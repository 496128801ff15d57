#!/bin/sh
# The installed completions of the programs' arguments.
. "${0%/*}/lib/tap.sh"
need_network

programs=$(cd "$top/bin" && printf '%s\n' at-*.c | sed 's/\.c$//')

unset MAKEFLAGS MFLAGS MAKELEVEL
ok "they are installed" make -C "$build" install-data DESTDIR="$lib_tmp/dest" \
    prefix=/usr datarootdir=/usr/share
share=$lib_tmp/dest/usr/share
for program in $programs; do
	find "$share" \( -name "$program" -o -name "_$program" -o \
	    -name "$program.fish" \) -size +0
done | sort >found
for program in $programs; do
	echo "$share/bash-completion/completions/$program"
	echo "$share/fish/vendor_completions.d/$program.fish"
	echo "$share/zsh/site-functions/_$program"
done | sort >wanted
same "where the shells look for them" found <wanted

mkdir dir
touch x.car "dir/a b.car" -- -odd

# offers NAME WANTED WORD...: does bash offer this for the last word?
cat >offer <<'EOT'
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
spec=$(complete -p "$1")
spec=${spec#*-F }
"${spec%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
for reply in "${COMPREPLY[@]}"; do
	printf '[%s]' "$reply"
done
EOT
offers() {
	name=$1 wanted=$2
	shift 2
	is "bash: $name" "$(command bash --norc --noprofile offer \
	    "$share/bash-completion/completions/$1" "$@" 2>&1)" "$wanted"
}

# options PROGRAM: print all options that are offered
options() {
	"$1" --list-options | sed 1d | cut -f 2 | sed 's/.*/[--&]/' |
		tr -d '\n'
}

if command -v bash >/dev/null; then
	for program in $programs; do
		offers "$program has all its options" "$(options "$program")" \
		    "$program" --
	done
	offers 'an option' '[--salvage]' at-carwalk --sal
	offers 'no option' '' at-carwalk --xyzzy
	offers 'a file' '[x.car]' at-carwalk x
	offers 'a file after others' '[x.car]' at-carwalk -q dir x
	offers 'a directory on the way to a file' '[dir]' at-carwalk d
	offers 'a file with a space' '[dir/a b.car]' at-carwalk dir/a
	offers 'a database' '[x.car]' at-load x
	offers 'a database' '[x.car]' at-status --pending x
	offers 'a file of hosts' '[x.car]' at-listrepos x
	offers 'no operand' '' at-listhosts x
	offers '-d: a directory' '[dir]' at-fetchrepo -d ''
	offers '--directory: a directory' '[dir]' at-fetchrepo --directory d
	offers '--directory=: a directory' '[dir]' \
	    at-fetchrepo --directory = d
	offers '--directory=: not a file' '' at-fetchrepo --directory = x
	offers '--directory=: before anything' '[dir]' \
	    at-fetchrepo --directory =
	offers '--cache: a file' '[x.car]' at-resolve --cache x
	offers '-k: a file' '[x.car]' at-carwalk -k x
	offers '-l: a file' '[x.car]' at-validate -l x
	offers '-l: a directory' '[dir]' at-validate -l d
	offers '-c: nothing' '' at-carwalk -c x
	offers '--collection=: nothing' '' at-carwalk --collection = x
	offers '-o: nothing' '' at-fetchrepo -o x
	offers '--zstd: takes nothing' '[x.car]' at-fetchrepo --zstd x
	offers '--zstd=: nothing' '' at-fetchrepo --zstd = x
	offers '-q: takes nothing' '[x.car]' at-carwalk -q x
	offers 'behind --: a file' '[-odd]' at-carwalk -- -o
else
	skip "bash" "no bash"
fi

if command -v fish >/dev/null; then
	# offered COMMAND: print what fish offers for the end of the command
	offered() {
		HOME=$PWD/home XDG_DATA_DIRS=$share:/usr/share fish -c \
		    "complete -C '$1'" 2>&1 | cut -f 1 | tr '\n' ' '
	}
	mkdir home
	for program in $programs; do
		is "fish: $program has all its options" \
		    "$(offered "$program --" | tr ' ' '\n' | sort)" \
		    "$(options "$program" | tr -d '[' | tr ']' '\n' | sort)"
	done
	is "fish: an option" "$(offered 'at-carwalk --sal')" "--salvage "
	is "fish: a file" "$(offered 'at-carwalk x')" "x.car "
	is "fish: no operand" "$(offered 'at-listhosts x')" ""
	is "fish: -d: a directory" "$(offered 'at-fetchrepo -d ')" \
	    "dir/ home/ "
	is "fish: --directory=: a directory" \
	    "$(offered 'at-fetchrepo --directory=di')" "--directory=dir/ "
	is "fish: --cache: a file" "$(offered 'at-resolve --cache x')" "x.car "
	is "fish: -c: nothing" "$(offered 'at-carwalk -c x')" ""
	is "fish: --zstd: takes nothing" "$(offered 'at-fetchrepo --zstd x')" \
	    "x.car "
else
	skip "fish" "no fish"
fi

if ! command -v tmux >/dev/null || ! has_terminal; then
	skip "as typed" "no tmux, or no pseudo-terminals"
	done_testing
fi
tmux() {
	command tmux -S "$lib_tmp/tmux" -f /dev/null "$@"
}
at_exit 'tmux kill-server 2>/dev/null'

# completed LINE: is this the last line of the screen?
completed() {
	[ "$(tmux capture-pane -p -t "$shell" | sed 's/ *$//' | grep . |
		tail -n 1)" = "$1" ]
}

# typed LINE WANTED: does the tab key turn LINE into WANTED?
typed() {
	tmux send-keys -t "$shell" C-u C-l
	wait_for "$shell's prompt" completed '$'
	tmux send-keys -t "$shell" -l "$1"
	wait_for "what was typed" completed "\$ $1"
	tmux send-keys -t "$shell" Tab
	if wait_for "$shell: $2" completed "\$ $2"; then
		pass "$shell: $1 becomes $2"
	else
		tmux capture-pane -p -t "$shell" | grep . | diag
	fi
}

# start SHELL ARGUMENT...
start() {
	shell=$1
	tmux new-session -d -x 80 -y 24 -s "$shell" \
	    "cd '$PWD'; PATH='$PATH' HOME='$PWD' exec $*"
}

try() {
	typed 'at-fetchrepo --archi' 'at-fetchrepo --archived-is-enough'
	typed 'at-fetchrepo -d di' 'at-fetchrepo -d dir/'
	typed 'at-fetchrepo --directory=di' 'at-fetchrepo --directory=dir/'
	typed 'at-carwalk x' 'at-carwalk x.car'
	typed 'at-carwalk dir/a' 'at-carwalk dir/a\ b.car'
	typed 'at-carwalk -c app.bsky.feed.post x' \
	    'at-carwalk -c app.bsky.feed.post x.car'
	typed 'at-load --sch' 'at-load --schema'
	typed 'at-status x' 'at-status x.car'
}

package=/usr/share/bash-completion/bash_completion
if ! command -v bash >/dev/null; then
	skip "bash: as typed" "no bash"
elif [ ! -e $package ]; then
	skip "bash: as typed" "no bash-completion"
else
	cat >.bashrc <<-EOT
	PS1='\$ ' BASH_COMPLETION_USER_DIR='$share/bash-completion'
	. $package
	EOT
	start bash --noprofile
	try
fi

if command -v zsh >/dev/null; then
	cat >.zshrc <<-EOT
	PS1='\$ ' fpath=('$share/zsh/site-functions' \$fpath)
	autoload -U compinit && compinit -D -u
	EOT
	start zsh -d
	try
else
	skip "zsh: as typed" "no zsh"
fi

done_testing
