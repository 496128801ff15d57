"""Fetch repos, walk them and load them into SQLite, like an unchecked script:
it verifies no hash, signature or order, syncs nothing, and keeps records as the
bytes that came.  3-fetch.sh compares the programs with it.

usage: fetch.py JOBS DIRECTORY DATABASE THREADS
JOBS are lines with `did` and `pds`.
"""
import base64
import concurrent.futures
import http.client
import json
import os
import sqlite3
import sys
import threading
import urllib.parse

ROWS = 20000  # in a transaction
local = threading.local()


def head(data, at):
    """A head of CBOR: its major type, its number, and where it ends."""
    first = data[at]
    low = first & 31
    if low < 24:
        return first >> 5, low, at + 1
    size = 1 << (low - 24)
    return (first >> 5,
            int.from_bytes(data[at + 1:at + 1 + size], 'big'), at + 1 + size)


def decode(data, at):
    """A value of DAG-CBOR, and where it ends. A link is the CID's bytes."""
    major, n, at = head(data, at)
    if major == 0:
        return n, at
    if major == 2:
        return data[at:at + n], at + n
    if major == 3:
        return str(data[at:at + n], 'utf-8'), at + n
    if major == 4:
        values = []
        for _ in range(n):
            value, at = decode(data, at)
            values.append(value)
        return values, at
    if major == 5:
        values = {}
        for _ in range(n):
            key, at = decode(data, at)
            values[key], at = decode(data, at)
        return values, at
    if major == 6:
        value, at = decode(data, at)
        return value[1:], at
    return (-1 - n if major == 1 else {20: False, 21: True}.get(n)), at


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def read_car(data):
    """The root and all blocks by their CIDs, which have 36 bytes."""
    size, at = varint(data, 0)
    header, _ = decode(data, at)
    at += size
    blocks = {}
    while at < len(data):
        size, at = varint(data, at)
        blocks[data[at:at + 36]] = data[at + 36:at + size]
        at += size
    return header['roots'][0], blocks


def walk(blocks, link):
    """The keys and links of a tree."""
    node, _ = decode(blocks[link], 0)
    if node['l']:
        yield from walk(blocks, node['l'])
    key = b''
    for entry in node['e']:
        key = key[:entry['p']] + entry['k']
        yield key, entry['v']
        if entry['t']:
            yield from walk(blocks, entry['t'])


def text(cid):
    return 'b' + base64.b32encode(cid).decode().lower().rstrip('=')


def get(url):
    """A body, by a connection that the thread keeps."""
    if not hasattr(local, 'connections'):
        local.connections = {}
    if url.netloc not in local.connections:
        local.connections[url.netloc] = http.client.HTTPConnection(url.netloc)
    connection = local.connections[url.netloc]
    connection.request('GET', url.path + '?' + url.query)
    return connection.getresponse().read()


def fetch(line):
    """Fetch a job's repo and keep its file: the rows of its records."""
    job = json.loads(line)
    did = job['did']
    data = get(urllib.parse.urlsplit(
        job['pds'] + '/xrpc/com.atproto.sync.getRepo?did=' + did))
    with open(os.path.join(sys.argv[2], did.replace(':', '_') + '.car'),
              'wb') as file:
        file.write(data)
    root, blocks = read_car(data)
    commit, _ = decode(blocks[root], 0)
    rows = []
    for key, link in walk(blocks, commit['data']):
        collection, rkey = key.decode().split('/')
        rows.append((did, collection, rkey, commit['rev'], text(link),
                     blocks[link]))
    return rows


def main():
    os.makedirs(sys.argv[2], exist_ok=True)
    database = sqlite3.connect(sys.argv[3])
    database.execute(
        'CREATE TABLE IF NOT EXISTS records (did TEXT, collection TEXT, '
        'rkey TEXT, rev TEXT, cid TEXT, record BLOB, '
        'PRIMARY KEY (did, collection, rkey)) WITHOUT ROWID')
    rows = []
    with open(sys.argv[1], encoding='utf-8') as jobs, \
            concurrent.futures.ThreadPoolExecutor(int(sys.argv[4])) as pool:
        for some in pool.map(fetch, jobs):
            rows += some
            if len(rows) >= ROWS:
                insert(database, rows)
    insert(database, rows)
    database.close()


def insert(database, rows):
    database.executemany('INSERT OR REPLACE INTO records VALUES '
                         '(?, ?, ?, ?, ?, ?)', rows)
    database.commit()
    rows.clear()


main()
