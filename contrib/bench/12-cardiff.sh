# shellcheck shell=sh
# at-cardiff: two large repos that hardly differ against openssl's SHA-256

rev=3m5xqkxkcac2a
mkcar -n "${RECORDS:-300000}" >old.car
mkcar -n "${RECORDS:-300000}" -c 100 -r $rev >new.car
ratio 'at-cardiff, 100 records changed / sha256 of both' 1.7 \
    'at-cardiff old.car new.car' 'openssl dgst -sha256 old.car new.car'

mkcar -n "${RECORDS:-300000}" -C 1 -r $rev >new.car
ratio '  1 % of the records' - \
    'at-cardiff old.car new.car' 'openssl dgst -sha256 old.car new.car'
rm old.car new.car
