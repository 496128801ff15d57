# shellcheck shell=sh
# shellcheck disable=SC2154 # top, lib_tmp are from lib.sh
# A private network with names and certificates. After tap.sh:
#
#	. "$top/t/lib/realnet.sh"
#	own_network		# from here on nothing leaves 127.0.0.0/8, ::1
#	echo 'a.test A 60 127.0.0.1' >zone
#	serve_dns zone
#	make_cert a.test b.test # for a server: cert.pem, key.pem

need_network
. "$top/t/lib/namespaces.sh"

ns_pids=

# serve READY CMD...: run CMD until the test ends, in whatever way. It writes
# its output to the file READY; serve waits for that, and sets $served, the
# process.
serve() {
	ns_ready=$1
	shift
	: >"$ns_ready"
	setpriv --pdeathsig TERM "$@" >"$ns_ready" &
	served=$!
	ns_pids="$ns_pids $served"
	while [ ! -s "$ns_ready" ]; do
		kill -0 "$served" 2>/dev/null || return
		sleep 0.1
	done
}

ns_end() {
	for ns_pid in $ns_pids; do
		kill "$ns_pid" && wait "$ns_pid"
	done 2>/dev/null
}
at_exit ns_end

# ns_cover FILE PATH: from here on, PATH is FILE
ns_cover() {
	[ -e "$2" ] || skip_all "there is no $2"
	mount --bind "$1" "$2" || skip_all "$2 can't be covered"
}

# The files that decide how names are looked up, and which CAs to trust
ns_cover_files() {
	mkdir "$lib_tmp/ns"
	echo 'nameserver 127.0.0.1' >"$lib_tmp/ns/resolv.conf"
	ns_cover "$lib_tmp/ns/resolv.conf" /etc/resolv.conf
	echo '127.0.0.1 localhost' >"$lib_tmp/ns/hosts"
	ns_cover "$lib_tmp/ns/hosts" /etc/hosts
	echo 'hosts: files dns' >"$lib_tmp/ns/nsswitch.conf"
	[ ! -e /etc/nsswitch.conf ] ||
		ns_cover "$lib_tmp/ns/nsswitch.conf" /etc/nsswitch.conf
	[ ! -d /run/nscd ] || mount -t tmpfs none /run/nscd ||
		skip_all "/run/nscd can't be covered"
	ns_make_ca
	ns_cover "$lib_tmp/ns/ca.pem" /etc/ssl/certs/ca-certificates.crt
}

# own_network: run the whole script again in new namespaces, or skip it
own_network() {
	for ns_program in ip mount openssl; do
		command -v $ns_program >/dev/null ||
			skip_all "no program $ns_program"
	done
	own_namespaces --net --mount
	ip link set lo up || skip_all 'lo stays down'
	ns_cover_files
}

ns_openssl() {
	openssl "$@" 2>"$lib_tmp/ns/said" ||
		skip_all "openssl: $(tail -n 1 "$lib_tmp/ns/said")"
}

ns_make_ca() {
	ns_openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -nodes -subj '/CN=a CA of a test' -days 2 \
	    -addext keyUsage=keyCertSign \
	    -keyout "$lib_tmp/ns/ca.key" -out "$lib_tmp/ns/ca.pem"
}

# make_cert NAME...: write cert.pem and key.pem for these DNS names or IPv4
# addresses, signed by our CA
make_cert() {
	ns_names=
	for ns_name; do
		case $ns_name in
		*[!0-9.]*) ns_kind=DNS ;;
		*) ns_kind=IP ;;
		esac
		ns_names=${ns_names:+$ns_names,}$ns_kind:$ns_name
	done
	ns_openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj '/CN=a server of a test' -keyout key.pem \
	    -out "$lib_tmp/ns/csr.pem"
	echo "subjectAltName=$ns_names" >"$lib_tmp/ns/extensions"
	ns_openssl x509 -req -in "$lib_tmp/ns/csr.pem" -days 2 \
	    -CA "$lib_tmp/ns/ca.pem" -CAkey "$lib_tmp/ns/ca.key" \
	    -set_serial "0x$(openssl rand -hex 8)" \
	    -extfile "$lib_tmp/ns/extensions" -out cert.pem
}

# serve_dns ZONE [OPTION...]: start dnsd, which writes its queries to the file
# queries. Sets $dns_pid, $dns_address, $dns_port.
serve_dns() {
	dns_zone=$1
	shift
	serve dns.ready dnsd -l queries "$@" "$dns_zone" || return
	dns_pid=$served
	# shellcheck disable=SC2034 # for the scripts
	read -r ns_ready dns_address dns_port <dns.ready
}

# again_dns: make dnsd read its changed zone
again_dns() {
	ns_before=$(wc -l <dns.ready)
	kill -HUP "$dns_pid"
	wait_for "dnsd's new zone" ns_more
}

ns_more() {
	[ "$(wc -l <dns.ready)" -gt "$ns_before" ]
}
