# shellcheck shell=sh
# shellcheck disable=SC2119,SC2154 # here and started are from run
# Print at-load's rate while its database grows, for SQLite and PostgreSQL:
# small repos of 1,000 records each, and one repo of a million. This part has no
# bar, and runs only if it is named. MILLIONS (10) is the number of records in
# millions; each million needs 1.5 GB of disk. The table is also written to
# atpipe-grow.dat in the current directory, for
#
#	gnuplot -p -e 'set xlabel "million records"; set ylabel "records/s"
#	    plot for [i=2:3] "atpipe-grow.dat" using 1:i with linespoints
#	    title columnheader(i)'

. "$here/../../t/lib/postgres.sh"

grow_dat=$started/atpipe-grow.dat
grow_postgres=
if postgres_find; then
	postgres_start
	grow_postgres=$(postgres_db grow)
fi

# grow_did N
grow_did() {
	printf 'did:plc:%024d' "$1" | tr 0189 abcd
}

# grow_lines N: print the Nth million of records; the middle one is the large
# repo
grow_lines() {
	if [ "$1" -eq $(((${MILLIONS:-10} + 1) / 2)) ]; then
		mkcar -n 1000000 -d "$(grow_did 0)" | at-carwalk
		return
	fi
	mkdir cars
	grow_repo=$(($1 * 1000))
	while [ $grow_repo -lt $((($1 + 1) * 1000)) ]; do
		mkcar -n 1000 -s $grow_repo -d "$(grow_did $grow_repo)" \
		    >cars/$grow_repo
		grow_repo=$((grow_repo + 1))
	done
	at-carwalk cars/*
	rm -r cars
}

# grow DATABASE: load the lines, and print the records per second
grow() {
	if [ -z "$1" ]; then
		echo -
		return
	fi
	seconds "at-load '$1' lines"
	echo "$ns" | awk '{ printf "%.0f\n", 1e6 / ($1 / 1e9) }'
}

printf '%-8s %10s %10s\n' million SQLite PostgreSQL | tee "$grow_dat"
grow_n=0
while [ $grow_n -lt "${MILLIONS:-10}" ]; do
	grow_n=$((grow_n + 1))
	grow_lines $grow_n >lines
	printf '%-8d %10s %10s\n' $grow_n "$(grow grow.db)" \
	    "$(grow "$grow_postgres")" | tee -a "$grow_dat"
done
postgres_stop
