#!/bin/sh
# What PLC operations say about an account
. "${0%/*}/lib/tap.sh"

ok 'the rules' "$unit"/plc-identity
done_testing
