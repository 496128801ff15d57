# shellcheck shell=sh
# shellcheck disable=SC2154 # peak is set by anonymous
# at-carwalk: large and small repos against openssl's SHA-256, and memory.

mkcar -n "${RECORDS:-300000}" >large.car
mkcar -n "${RECORDS:-300000}" -o shuffle >shuffled.car
hash='openssl dgst -sha256'

ratio 'at-carwalk, large repo / sha256' 2.3 \
    'at-carwalk large.car' "$hash large.car"
ratio '  its blocks shuffled' 4 \
    'at-carwalk shuffled.car' "$hash shuffled.car"
ratio 'at-carwalk -c, 1 % of the records / sha256' 1.7 \
    'at-carwalk -c app.bsky.feed.threadgate large.car' "$hash large.car"

mkdir small
i=0
while [ $i -lt 1000 ]; do
	i=$((i + 1))
	mkcar -n 105 -s $i >small/$i.car
done
cat small/*.car >small.all
ratio 'at-carwalk, 1,000 repos of 40 kB / sha256' 2.6 \
    'at-carwalk small/*.car' "$hash small.all"

# 24 bytes a block: such a CAR has about 4 blocks for each 3 records
allowed=$((16 * 1024 + ${RECORDS:-300000} * 4 * 24 / 3 / 1024))
anonymous at-carwalk 'at-carwalk shuffled.car'
judge 'at-carwalk, anonymous memory, file, kB' "$peak" $allowed
anonymous at-carwalk 'cat shuffled.car | at-carwalk'
judge 'at-carwalk, anonymous memory, pipe, kB' "$peak" $allowed
