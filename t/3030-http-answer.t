#!/bin/sh
# How long a host wants to be left alone.
. "${0%/*}/lib.sh"

ok "headers are understood" u-http-answer

done_testing
