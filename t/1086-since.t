#!/bin/sh
# What a repo has and an earlier one doesn't
. "${0%/*}/lib/tap.sh"

ok 'since' "$unit"/since
done_testing
