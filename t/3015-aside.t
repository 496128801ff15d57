#!/bin/sh
# Files that appear complete or not at all. t/3020-archive.t has full disks,
# killed processes, and file systems that can't do everything.
. "${0%/*}/lib/tap.sh"

mkdir here
cd here || exit
"$unit"/aside
