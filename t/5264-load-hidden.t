#!/bin/sh
# at-load: what the views show of a hidden account.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

error() {
	printf '{"type":"error","program":"at-validate","did":"%s",' "$1"
	printf '"rev":"%s",%s"error":"InvalidRecord","message":"secret",' \
	    "$r1" "$2"
	echo '"source":"live","record":{"text":"secret"}}'
}
state() {
	printf '{"type":"account","did":"%s","active":%s,"at":"%s"%s}\n' \
	    did:web:a.example "$@"
}
shown() {
	sql "$db" "SELECT did, collection, rkey, error, message FROM errors
	    ORDER BY did, collection, rkey, error"
}

hides() {
	db=$(database "$1" hidden)
	key='"collection":"com.example.post","rkey":"k",'
	{
		error did:web:a.example "$key"
		error did:web:a.example '"collection":"","key":"a//b",'
		error did:web:b.example "$key"
		printf '{"type":"error","program":"at-fetchrepo",'
		printf '"did":"did:web:a.example","error":"RepoDeactivated",'
		echo '"message":"gone","at":"2026-01-01T00:00:00Z"}'
		printf '{"type":"error","program":"at-resolve",'
		echo '"input":"x","error":"BadHandle","message":"bad"}'
	} | at-load "$db"
	state false '2026-01-02T00:00:00Z' ',"status":"takendown"' |
		at-load "$db"
	shown >got
	sort got >sorted
	same "$1: errors of jobs and of other accounts" sorted <<-'EOF'
	did:web:a.example|||RepoDeactivated|gone
	did:web:b.example|com.example.post|k|InvalidRecord|secret
	||x|BadHandle|bad
	EOF
	is "$1: no line has the text" "$(sql "$db" "SELECT count(*) FROM errors
	    WHERE line LIKE '%secret%' AND did = 'did:web:a.example'")" 0
	state true '2026-01-03T00:00:00Z' '' | at-load "$db"
	is "$1: the others come back with it" "$(shown | wc -l)" 5
}
each_database hides -F

done_testing
