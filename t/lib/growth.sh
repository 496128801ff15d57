# shellcheck shell=sh
# Lines about one account that are many or large in one respect, for tests and
# benchmarks of how at-load's cost grows.

# shellcheck disable=SC2034	# for the scripts
growth_kinds='collections uncommitted listings ends prefixes snapshots
    filters prefix-filters waiting repeated expected errors cursors hosts
    tombstones passed nested runs gaps'

# growth KIND N: print lines whose number, or size, grows with N
growth() {
	awk -v kind="$1" -v n="$2" '
	function nsid(i) {
		return sprintf("com.e%d.c%d.n%d", i % 7, int(i / 50), i)
	}
	function rev(i, text, k) {
		text = ""
		for (k = 0; k < 8; k++) {
			text = substr(letters, i % 26 + 1, 1) text
			i = int(i / 26)
		}
		return "3kaa" text "2"
	}
	function shared(i) {
		return "\"did\":\"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa\"," \
		    "\"rev\":\"" rev(i) "\""
	}
	function record(r, c, key, source) {
		printf "{\"type\":\"record\",%s,\"collection\":\"%s\"," \
		    "\"rkey\":\"%s\",\"action\":\"create\"," \
		    "\"source\":\"%s\",\"cid\":\"bafyreiaaaaaaaaaaaaaaaaaaaa" \
		    "aaaaa\",\"record\":{}}\n", shared(r), c, key, source
	}
	function commit(r, filter) {
		printf "{\"type\":\"commit\",%s%s,\"cid\":\"bafyreia\"," \
		    "\"data\":\"bafyreib\",\"version\":3," \
		    "\"signature\":\"unchecked\",\"records\":0}\n", shared(r),
		    filter == "" ? "" : ",\"filter\":[" filter "]"
	}
	function end(r, counts, source, filter) {
		printf "{\"type\":\"end\",%s,\"collections\":{%s}," \
		    "\"errors\":0,\"source\":\"%s\"%s}\n", shared(r), counts,
		    source, filter == "" ? "" : ",\"filter\":[" filter "]"
	}
	function live(r, since) {
		printf "{\"type\":\"commit\",%s,\"source\":\"live\"," \
		    "\"since\":\"%s\",\"ops\":0}\n", shared(r), rev(since)
	}
	# texts FROM TO AFTER: the NSIDs in quotes, each followed by AFTER
	function texts(from, to, after, list, part, i) {
		list = part = ""
		for (i = from; i < to; i++) {
			part = part (i > from ? "," : "") "\"" nsid(i) "\"" \
			    after
			if (i % 300 == 0) {
				list = list part
				part = ""
			}
		}
		return list part
	}
	BEGIN {
		letters = "abcdefghijklmnopqrstuvwxyz"
		some = n < 1000 ? n : 1000
		if (kind == "collections") {
			commit(1, "")
			for (i = 0; i < n; i++)
				record(1, nsid(i), "k", "car")
			end(1, texts(0, n, ":1"), "car", "")
		} else if (kind == "uncommitted") {
			for (i = 0; i < n; i++)
				record(1, nsid(i), "k", "car")
		} else if (kind == "listings") {
			for (k = 0; k < n; k += some) {
				for (i = k; i < k + some; i++)
					record(1 + k, nsid(i), "k", "list")
				end(1 + k, texts(k, k + some, ":1"), "list",
				    texts(k, k + some, ""))
			}
		} else if (kind == "ends") {
			for (k = 0; k < n; k += some)
				end(1 + k, "", "car", texts(k, k + some, ""))
		} else if (kind == "prefixes") {
			for (i = 0; i < n; i++)
				end(1 + i, "", "car", "\"" nsid(i) ".*\"")
		} else if (kind == "snapshots") {
			for (i = 0; i < n; i++)
				record(1 + i, "com.example.a", "k" i, "car")
		} else if (kind == "filters") {
			for (i = 0; i < n; i++)
				commit(1, "\"" nsid(i) "\"")
		} else if (kind == "prefix-filters") {
			for (i = 0; i < n; i++)
				commit(1, "\"" nsid(i) ".*\"")
			for (i = 0; i < n; i++)
				record(1, nsid(i) ".x", "k", "car")
		} else if (kind == "waiting") {
			for (i = 0; i < n; i++)
				end(1, "\"com.example.a\":" i + 1, "car",
				    "\"com.example.a\",\"" nsid(i) "\"")
			for (i = 0; i < n; i++)
				record(1, "com.example.a", "k" i, "car")
		} else if (kind == "repeated") {
			for (i = 0; i < n; i += some)
				commit(1, texts(0, some, ""))
		} else if (kind == "expected") {
			for (i = 0; i < n; i += some)
				end(1, texts(0, some, ":2"), "car", "")
		} else if (kind == "errors") {
			for (i = 0; i < n; i++)
				printf "{\"type\":\"error\",\"program\":\"x\"" \
				    ",%s,\"collection\":\"%s\",\"rkey\":\"k%d" \
				    "\",\"error\":\"BadRecord\",\"message\":" \
				    "\"m\",\"retry\":false,\"source\":" \
				    "\"car\"}\n", shared(1), nsid(i % 50), i
		} else if (kind == "cursors") {
			for (i = 0; i < n; i++)
				printf "{\"type\":\"cursor\",%s,\"collection" \
				    "\":\"%s\",\"cursor\":\"x\",\"counts\":" \
				    "{}}\n", shared(1), nsid(i)
			for (i = 0; i < n; i++)
				end(2, "", "list", "\"" nsid(i) "\"")
		} else if (kind == "hosts") {
			for (i = 0; i < n; i++)
				printf "{\"type\":\"repo\",%s,\"active\":true" \
				    ",\"host\":\"https://h%d" \
				    ".example.com\",\"at\":\"2026-01-01T00:00" \
				    ":00Z\"}\n", shared(1), i
		} else if (kind == "runs") {
			for (i = 0; i < n; i++) {
				if (i == n / 2)
					live(1, 0)
				end(1, "", "list", "\"" nsid(i) "\"")
			}
			for (i = 1; i < n / 5; i++)
				live(1 + i, i)
		} else if (kind == "gaps") {
			for (i = 0; i < n; i++)
				end(1, "", "list", "\"" nsid(i) ".*\"")
			for (i = 1; i < n / 5; i++)
				live(3 * i, i % 2 ? 3 * i - 3 : 3 * i - 1)
		} else if (kind == "tombstones") {
			for (i = 0; i < n; i++)
				printf "{\"type\":\"record\",%s," \
				    "\"collection\":\"%s\",\"rkey\":\"k\"," \
				    "\"action\":\"delete\",\"source\":" \
				    "\"live\",\"cid\":null,\"record\":null}\n",
				    shared(9), nsid(i)
			for (i = 0; i < n; i++)
				record(2, nsid(i), "j", "car")
		} else if (kind == "passed") {
			for (i = 0; i < n; i++)
				record(999999, nsid(i), "k", "list")
			for (i = 0; i < n; i++)
				commit(1 + i, "\"com.*\"")
		} else if (kind == "nested") {
			for (i = 0; i < n; i += 200) {
				printf "{\"type\":\"record\",%s,\"collection" \
				    "\":\"com.example.a\",\"rkey\":\"k%d\"," \
				    "\"action\":\"create\",\"source\":\"car" \
				    "\",\"cid\":\"bafyreiaaaaaaaaaaaaaaaaaaa" \
				    "\",\"record\":{\"a\":", shared(1), i
				for (k = 0; k < 200; k++)
					printf "[1,"
				printf "1"
				for (k = 0; k < 200; k++)
					printf "]"
				print "}}"
			}
		}
	}'
}
