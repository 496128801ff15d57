#!/bin/sh
# Jobs that another thread does
. "${0%/*}/lib/tap.sh"

"$unit"/handoff
