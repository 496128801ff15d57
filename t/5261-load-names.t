#!/bin/sh
# Names of databases that are surely a mistake, and files that really have such
# names.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

repo "$did" "$r1" 6 | lines >good
mkdir records.db
forms="a database of PostgreSQL is postgresql://user@host:port/name or \
postgresql:///name; a file of that name is"
forms_of_both="use an SQLite file, such as records.db, or PostgreSQL, as \
postgresql:///name"
file="doesn't name a file; $forms_of_both"
other="isn't a supported database; $forms_of_both"

# refused NAME MESSAGE: both programs refuse it, and make no file
refused() {
	ls -A >before
	exits 2 "at-load: '$1'" at-load -- "$1" good
	is "is refused" "$(cat err)" "at-load: $2"
	exits 2 "at-status: '$1'" at-status -- "$1"
	is "is refused" "$(cat err)" "at-status: $2"
	ls -A >after
	ok "nothing is made" cmp -s before after
}
touch before after out err
for name in postgres postgresql PostgreSQL postgresql: postgres:/x \
    postgres:records psql pgsql://h/x jdbc:postgresql://h/x \
    postgresql+psycopg2://h/x localhost localhost:5432 localhost/records \
    127.0.0.1 db.example:5432/records user@db.example:5432/records; do
	refused "$name" "'$name': $forms ./$name"
done
refused host=127.0.0.1 "'host=...': $forms ./host=..."
refused 'host = h dbname=y' "'host=...': $forms ./host=..."
refused ' dbname=y password=secret' "'dbname=...': $forms ./dbname=..."
refused 'Server=h;Database=x' "'Server=...': $forms ./Server=..."
for name in mysql mysql://h/x mariadb:x sqlite sqlite3 sqlite3://x.db \
    https://pds.example duckdb:x; do
	refused "$name" "'$name' $other"
done
for name in '' sqlite: :memory: sqlite::memory: file:x.db; do
	refused "$name" "'$name' $file"
done
for name in - -- --shema -x; do
	refused "$name" "'$name' isn't a database; a file of that name is \
./$name"
done
refused "$did" "'$did' is a DID, not a database; a file of that name is ./$did"
for slashes in // /// ////; do
	refused sqlite:${slashes}name.db "'sqlite:${slashes}name.db': write \
sqlite:name.db, or sqlite:/name.db for a file in the root directory"
done
refused records.db "records.db: is a directory"
refused records.db/ "records.db/: is a directory"
refused ./records.db "./records.db: is a directory"
refused /dev/null "/dev/null: not a regular file"

# reaches NAME FILE
reaches() {
	exits 0 "$1" at-load "$1" good
	is "is the file $2" "$(sqlite3 "./$2" 'SELECT count(*) FROM records')" 6
	exits 0 "which at-status reads" at-status "$1"
	rm -f -- "./$2"
}
for name in postgres host=127.0.0.1 - -- mysql "$did" localhost:5432; do
	reaches "./$name" "$name"
	reaches "sqlite:$name" "$name"
	reaches "$PWD/$name" "$name"
done
for name in a=b.db my.host=1 name:x 12:34x postgres.db pg.sqlite "b c"; do
	reaches "$name" "$name"
done

done_testing
