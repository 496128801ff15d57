#!/bin/sh
# files that appear whole or not at all; t/3020-archive.t has full disks,
# processes that are killed, and file systems that can't do everything
. "${0%/*}/lib/tap.sh"

mkdir here
cd here || exit
"$unit"/aside
