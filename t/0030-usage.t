#!/bin/sh
# What every program prints about its command line: the help, and errors.
. "${0%/*}/lib/tap.sh"
need_network

programs=$(cd "$top/bin" && printf '%s\n' at-*.c | sed 's/\.c$//')

# letter LETTER: print the letter of an option, if it has one
letter() {
	[ "$1" = - ] || printf -- '-%s, ' "$1"
}

# A line of the prompt is left of 24.
for program in $programs; do
	exits 0 "$program --help" "$program" --help
	ok "$program --help fits a screen" test "$(wc -l <out)" -le 23
	is "$program --help: and its width" "$(grep -c '.\{80\}' out)" 0
	"$program" --list-options | sed 1d >options
	while IFS='	' read -r letter name rest; do
		grep -q -e "  *$(letter "$letter")--$name\([[ ]\|\$\)" out ||
			echo "$name"
	done <options >lacking
	same "$program --help has all options" lacking </dev/null
	sed -n 1p out >usage
	is "$program --help: how it is called" "$(cat usage)" \
	    "$("$program" --list-options | awk -F '\t' '
	    NR == 1 { print "usage: " $1 " [option ...]" \
	    ($2 == "" ? "" : " " $2) }')"
done

if [ -w /dev/full ]; then
	exits 2 "a full disk" sh -c "at-load --help >/dev/full"
	is "message" "$(cat err)" \
	    "at-load: can't write: No space left on device"
else
	skip "a full disk" "no /dev/full"
fi

at-fetchrepo --help >out
same "what is special to a program comes first, what is rarely needed last" \
    out <<'EOT'
usage: at-fetchrepo [option ...] [file or account ...]
Download repos as CAR files into an archive.

  -d, --directory dir       the archive
  -o, --output -            write one repo's CAR to standard output
      --max-size size       maximum size of a CAR (4G)
      --zstd[=level]        compress the files (level 3, maximum 19)
      --archived-is-enough  don't ask for a later rev than archived
  -j, --jobs n              maximum number of concurrent requests
      --per-host n          maximum number for one host
  -t, --timeout time        maximum duration of one attempt (10m)
      --allow-private       also use private addresses and plain http
  -u, --url url             PLC directory (https://plc.directory)
      --cache file          keep look-ups in this file
      --ttl time            maximum age of cached look-ups (1h)
      --retry               also take error lines with retry true
  -p, --progress            show progress on standard error

Also:  --hosts n  --stall time  --retries n  --retry-delay time
       --max-wait time  --proxy url  --from url  --exclude file  --keep n
       --full  --dictionary file  --allow-rollback  --no-verify  -q, --quiet
       -v, --verbose  -h, --help  -V, --version
More in at-fetchrepo(1), at-ndjson(5), at-network(7), atpipe(7).
EOT

# wrong MESSAGE COMMAND...
wrong() {
	message=$1
	shift
	usage_error "$*" "$message" "$@"
}
mean="did you mean"
wrong "unknown option '--colection'; $mean '--collection'?" \
    at-carwalk --colection
wrong "unknown option '--colection'; $mean '--collection'?" \
    at-carwalk --colection=app.bsky.feed.post
wrong "unknown option '--collections'; $mean '--collection'?" \
    at-carwalk --collections x
wrong "unknown option '--salvgae'; $mean '--salvage'?" at-carwalk --salvgae
wrong "unknown option '--uqiet'; $mean '--quiet'?" at-carwalk --uqiet
wrong "unknown option '--PARTIAL'; $mean '--partial'?" at-carwalk --PARTIAL
wrong "unknown option '--per_host'; $mean '--per-host'?" at-resolve --per_host 3
wrong "unknown option '--size'; $mean '--max-size'?" at-fetchrepo --size 1G
wrong "unknown option '--verify'; $mean '--no-verify'?" at-fetchrepo --verify
wrong "unknown option '--output-file'; $mean '--output'?" \
    at-fetchrepo --output-file x
wrong "unknown option '--verison'; $mean '--version'?" at-status --verison
wrong "unknown option '-collection'; $mean '--collection'?" \
    at-carwalk -collection app.bsky.feed.post
wrong "unknown option '-directory'; $mean '--directory'?" \
    at-fetchrepo -directory cars
wrong "unknown option '--xyzzy'" at-carwalk --xyzzy
wrong "unknown option '--x'" at-carwalk --x
wrong "unknown option '--did'; it belongs to at-carbuild, at-status" \
    at-load --did did:plc:x
wrong "unknown option '--lexicons'; it belongs to at-validate" \
    at-carwalk --lexicons x
wrong "unknown option '--retry'; it belongs to at-describe, $(:
    )at-fetchblob, at-fetchrepo, at-getrecord, at-listrecords, $(:
    )at-listrepos, at-resolve" at-load --retry x.db
wrong "option '--re' may be --retries, --retry-delay, --retry, --refresh" \
    at-fetchrepo --re
wrong "unknown option '-x'" at-carwalk -x
wrong "unknown option '-x'" at-carwalk --quiet -xq
wrong "unknown option '-P'; $mean '-p'?" at-carwalk -P
wrong "unknown option '-d'; it belongs to at-cardiff, at-carproof, $(:
    )at-fetchblob, at-fetchrepo, at-plcexport (--directory)" \
    at-carwalk -d cars
wrong "unknown option '-\\xc3'" at-carwalk "-$(printf '\303\244')"
wrong "unknown option '--\\x1b[2J'" at-carwalk "--$(printf '\033[2J')"
wrong "option '-c' needs an argument" at-carwalk -qc
wrong "option '--collection' needs an argument" at-carwalk --collection
wrong "option '--quiet=3' takes no argument" at-carwalk --quiet=3
long=$(printf '%0300d' 0)
wrong "unknown option '--$(printf '%032d' 0)'" at-carwalk "--$long"

mkcar -n 1 >-collection
ok "an argument after -- is not an option" at-carwalk -q -- -collection
ok "the beginning of an option is enough" at-carwalk --part --quie -- \
    -collection

# shellcheck disable=SC2086 # words
(cd "$build/bin" && "$top/contrib/completions/generate" suite $programs) >out
same "what a program says of others is so (make suite)" \
    "$top/libcar/cli/suite.c" <out

# A terminal at which nobody types: print the usage, don't wait.
if has_terminal; then
	for program in $programs; do
		case $program in
		at-cardiff | at-carproof | at-firehose) continue ;;
		at-listhosts | at-listrepos | at-plcexport) continue ;;
		at-serve | at-status) continue ;;
		at-carbuild) set -- -o x.car ;;
		at-fetchblob | at-fetchrepo) set -- -d cars ;;
		at-load) set -- x.db ;;
		at-validate) set -- -l . ;;
		*) set -- ;;
		esac
		exits 2 "$program reads no terminal" timeout 60 \
		    script -qec "$program $*" /dev/null </dev/null
		tr -d '\r' <out >said
		same "$program: shows its usage" said <<-EOT
		$program: no file, and standard input is a terminal
		$("$program" --help | head -n 1)
		Try '$program --help'.
		EOT
	done
	is "nothing was made" "$(ls -d x.db cars 2>/dev/null)" ""
else
	skip "a terminal" "no script, or no pseudo-terminals"
fi

done_testing
