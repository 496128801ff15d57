# shellcheck shell=sh
# shellcheck disable=SC2154 # top, build, lib_tmp are from lib.sh
# Private namespaces for a test. After tap.sh:
#
#	. "$top/t/lib/namespaces.sh"
#	own_namespaces --mount
#	mount -t tmpfs tmpfs here	# invisible to others

# own_namespaces OPTION...: run the whole script again in namespaces that
# unshare(1) makes with these options, or skip it. If the script must become
# root for that, ATPIPE_UID is the user's id before.
own_namespaces() {
	[ -z "${ATPIPE_NAMESPACES-}" ] || return 0
	command -v unshare >/dev/null || skip_all "no program unshare"
	ns_root=
	unshare "$@" true 2>/dev/null || ns_root=--map-root-user
	if ! ns_said=$(unshare $ns_root "$@" true 2>&1); then
		skip_all "no namespaces: $ns_said"
	fi
	cd / && rm -rf "$lib_tmp"
	ATPIPE_BUILD=$build ATPIPE_NAMESPACES=$* ATPIPE_UID=$(id -u)
	export ATPIPE_BUILD ATPIPE_NAMESPACES ATPIPE_UID
	trap - EXIT
	exec unshare $ns_root "$@" "$top/t/${0##*/}"
}
