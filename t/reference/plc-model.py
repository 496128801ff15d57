#!/usr/bin/env python3
"""Random operations of a PLC directory, and what an audit must say of them.

    plc-model.py SEED DIDS OPERATIONS FORM

writes, in the current directory,
    operations  `plc` lines, OPERATIONS for each of DIDS DIDs, mixed
    want        for each line that at-plcaudit --state must write: the CID, and
                valid, null (nullified) or invalid

FORM is `plain`, `wild` (JSON with escapes, white space and any order of
members), or `steady` (createdAt rises over all DIDs, as in a real directory).
The rules are written from the specification alone, share no code with libcar,
and keep every operation for ever. The same arguments make the same lines, but
for signatures. Needs the package `cryptography`.
https://web.plc.directory/spec/v0.1/did-plc
"""
import base64
import hashlib
import json
import random
import sys
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

HOUR = 3600 * 1000
WINDOW = 72 * HOUR
EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)
ORDERS = {
    'k': 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    'p': 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
CURVES = {'k': ec.SECP256K1(), 'p': ec.SECP256R1()}
CODECS = {'k': b'\xe7\x01', 'p': b'\x80\x24'}
BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
UNREADABLE_KEYS = [
    '', 'did:key:', 'did:key:zx', 'did:web:x',
    'did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwd',
]
WRONG_SIGNATURES = [
    'high', 'der', 'padded', 'spaced', 'bits', 'cut', 'zero r', 'zero s',
    'large r', 'other',
]
rnd = random.Random()


# ---- encodings ----

def base58(data):
    n, text = int.from_bytes(data, 'big'), ''
    while n:
        n, digit = divmod(n, 58)
        text = BASE58[digit] + text
    return text


def base32(data):
    return base64.b32encode(data).decode().lower().rstrip('=')


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size = next(i for i in range(4) if n < 1 << (8 << i))
    return bytes([major << 5 | 24 + size]) + n.to_bytes(1 << size, 'big')


def cbor(value):
    if value is None or value is True:
        return b'\xf6' if value is None else b'\xf5'
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, str):
        data = value.encode()
        return head(3, len(data)) + data
    if isinstance(value, list):
        return head(4, len(value)) + b''.join(cbor(v) for v in value)
    keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
    return head(5, len(keys)) + b''.join(
        cbor(k) + cbor(value[k]) for k in keys)


def digest(op):
    return hashlib.sha256(cbor(op)).digest()


def cid_of(op):
    return 'b' + base32(b'\x01\x71\x12\x20' + digest(op))


def did_of(op):
    return 'did:plc:' + base32(digest(op))[:24]


# ---- keys and signatures ----

class Key:
    def __init__(self, kind, number):
        self.kind = kind
        self.private = ec.derive_private_key(1000 + number, CURVES[kind])
        point = self.private.public_key().public_numbers()
        self.text = 'did:key:z' + base58(CODECS[kind] + bytes(
            [2 + (point.y & 1)]) + point.x.to_bytes(32, 'big'))

    def sign(self, data):
        r, s = utils.decode_dss_signature(
            self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r, min(s, ORDERS[self.kind] - s)


KEYS = [Key(kind, number) for number in range(4) for kind in 'kp']


def compact(r, s):
    return base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))


def wrong_signature(how, key, data, r, s):
    good = compact(r, s)
    return {
        'high': lambda: compact(r, ORDERS[key.kind] - s),
        'der': lambda: base64url(utils.encode_dss_signature(r, s)),
        'padded': lambda: good + '==',
        'spaced': lambda: rnd.choice([good + '\n', ' ' + good]),
        'bits': lambda: good[:-1] + chr(ord(good[-1]) + 1),
        'cut': lambda: good[:-2],
        'zero r': lambda: compact(0, s),
        'zero s': lambda: compact(r, 0),
        'large r': lambda: compact(ORDERS[key.kind], s),
        'other': lambda: compact(*key.sign(data + b'x')),
    }[how]()


def sign(op, key, how=None):
    data = cbor({k: v for k, v in op.items() if k != 'sig'})
    r, s = key.sign(data)
    op['sig'] = wrong_signature(how, key, data, r, s) if how else compact(r, s)


# ---- random operations ----

def chance(share):
    return rnd.random() < share


def text():
    parts = ['a', 'é', '€', '\U0001f600', '"', '\\', '/', '\0', '\n', 'at:']
    return ''.join(rnd.choices(parts, k=rnd.randrange(6)))


def rotation_keys():
    keys = [k.text for k in rnd.choices(KEYS, k=rnd.randrange(1, 5))]
    if chance(.1):
        keys.insert(rnd.randrange(len(keys) + 1), rnd.choice(UNREADABLE_KEYS))
    return [] if chance(.02) else keys


def operation(prev):
    if prev is None and chance(.2):
        return {'type': 'create', 'prev': None, 'handle': text(),
                'service': text(), 'signingKey': rnd.choice(KEYS).text,
                'recoveryKey': rnd.choice(KEYS).text}
    if prev is not None and chance(.06):
        return {'type': 'plc_tombstone', 'prev': prev}
    few = range(rnd.randrange(3))
    return {'type': 'plc_operation', 'prev': prev,
            'rotationKeys': rotation_keys(),
            'verificationMethods': {text(): text() for _ in few},
            'alsoKnownAs': [text() for _ in few],
            'services': {text(): {'type': text(), 'endpoint': text()}
                         for _ in few}}


def spoil(op):
    """Give the operation a form that its type doesn't have."""
    odd = [1, True, [['x']], {'a': 1}]
    ways = [
        lambda: op.update(more=rnd.choice(odd)),
        lambda: op.pop(rnd.choice(list(op))),
        lambda: op.update({rnd.choice(list(op)): rnd.choice(odd)}),
        lambda: op.update(type=rnd.choice(['', 'Create', 'plc_op'])),
    ]
    if 'services' in op:
        ways += [
            lambda: op['services'].update(z={'type': 'a'}),
            lambda: op['services'].update(
                z={'type': 'a', 'endpoint': 'b', 'more': 'c'}),
            lambda: op['alsoKnownAs'].append(rnd.choice(odd)),
            lambda: op['rotationKeys'].append(rnd.choice(odd)),
        ]
    rnd.choice(ways)()


# ---- the rules ----

def keys_of(op):
    if op['type'] == 'create':
        return [op['recoveryKey'], op['signingKey']]
    return op.get('rotationKeys', [])


class Log:
    """All valid operations of a DID."""

    def __init__(self, did):
        self.did = did
        self.entries = {}  # by CID
        self.chain = []    # those that aren't nullified

    def judge(self, line):
        """Is it valid, and which operations does it nullify?"""
        op, ms = line['op'], line['ms']
        if not line['formed'] or line['cid'] != cid_of(op):
            return False, []
        if line['cid'] in self.entries:
            return self.entries[line['cid']]['ms'] == ms, []
        if not self.chain:
            return self.judge_first(line)
        if op['prev'] not in self.chain:
            return False, []
        prev = self.entries[op['prev']]['op']
        after = self.chain[self.chain.index(op['prev']) + 1:]
        if prev['type'] == 'plc_tombstone' or not line['signed'] or \
                line['signer'] not in keys_of(prev):
            return False, []
        index = keys_of(prev).index(line['signer'])
        if ms <= self.entries[self.chain[-1]]['ms']:
            return False, []
        if after:
            first = self.entries[after[0]]
            if index >= first['index'] or ms - first['ms'] > WINDOW:
                return False, []
        return self.append(line, index, after)

    def judge_first(self, line):
        op, keys = line['op'], keys_of(line['op'])
        if op['prev'] is not None or did_of(op) != self.did or \
                not line['signed'] or line['signer'] not in keys:
            return False, []
        return self.append(line, keys.index(line['signer']), [])

    def append(self, line, index, after):
        for cid in after:
            self.entries[cid]['null'] = True
            self.chain.remove(cid)
        self.chain.append(line['cid'])
        self.entries[line['cid']] = {
            'op': line['op'], 'ms': line['ms'], 'index': index, 'null': False}
        return True, after


# ---- random lines ----

class Directory:
    def __init__(self, dids, each, steady):
        self.dids, self.each, self.steady = dids, each, steady
        self.clock = 0
        self.logs = {}    # by DID, of those that have a valid operation
        self.lines = []   # all that were made

    def time_of(self, log, prev):
        if self.steady:
            self.clock += rnd.randrange(HOUR)
            return self.clock + rnd.choice([0, 0, 1, -HOUR // 2])
        if log is None:
            return rnd.randrange(1000 * HOUR)
        last = log.entries[log.chain[-1]]['ms']
        if prev in log.chain[:-1] and chance(.4):
            first = log.chain[log.chain.index(prev) + 1]
            return log.entries[first]['ms'] + WINDOW + rnd.choice([-1, 0, 1])
        if chance(.2):
            return last + rnd.choice([-1, 0, 1, 2])
        return last + rnd.randrange(1, rnd.choice([20, 300]) * HOUR)

    def prev_of(self, log):
        if log is None:
            return None
        if chance(.03):
            return rnd.choice([None, self.lines[-1]['cid'], cid_of({})])
        if chance(.2):
            return rnd.choice(list(log.entries))
        return rnd.choice(log.chain[-4:]) if chance(.3) else log.chain[-1]

    def again(self):
        line = dict(rnd.choice(self.lines[-200:]))
        if chance(.3):
            line['ms'] += rnd.choice([1, -1, 1000, WINDOW])
        if chance(.1):
            line['did'] = rnd.choice(list(self.logs))
        return line

    def new(self):
        log = None
        if self.logs and (len(self.logs) >= self.dids or
                          not chance(1 / self.each)):
            log = rnd.choice(list(self.logs.values()))
        prev = self.prev_of(log)
        op = operation(prev)
        keys = keys_of(log.entries[prev]['op'] if log and
                       prev in log.entries else op)
        fit = [k for k in KEYS if k.text in keys]
        key = rnd.choice(fit) if fit and chance(.93) else rnd.choice(KEYS)
        formed = not chance(.03)
        if not formed:
            spoil(op)
        how = rnd.choice(WRONG_SIGNATURES) if chance(.06) else None
        sign(op, key, how)
        line = {'op': op, 'signer': key.text, 'signed': how is None,
                'formed': formed, 'ms': self.time_of(log, prev),
                'cid': cid_of(op), 'did': log.did if log else did_of(op)}
        self.distort(line)
        return line

    def distort(self, line):
        if chance(.01):
            line['cid'] = cid_of({'a': 'b'})
        if self.logs and chance(.01):
            line['did'] = rnd.choice(list(self.logs))

    def next(self):
        """A line, its verdict, and the CIDs of those that it nullifies."""
        line = self.again() if self.logs and chance(.07) else self.new()
        self.lines.append(line)
        log = self.logs.get(line['did']) or Log(line['did'])
        valid, nullified = log.judge(line)
        if valid:
            self.logs[line['did']] = log
        word = 'invalid' if not valid else \
            'null' if log.entries[line['cid']]['null'] else 'valid'
        return line, word, nullified


# ---- JSON ----

def space():
    return rnd.choice(' \t\r') if chance(.05) else ''


def quote(value):
    out = ''
    for c in value:
        if c in '"\\' or ord(c) < 32 or chance(.1):
            units = c.encode('utf-16-be')
            out += ''.join('\\u' + units[i:i + 2].hex()
                           for i in range(0, len(units), 2))
        else:
            out += '\\/' if c == '/' and chance(.3) else c
    return '"' + out + '"'


def dump_wildly(value):
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return '[' + space() + ','.join(
            space() + dump_wildly(v) + space() for v in value) + ']'
    if not isinstance(value, dict):
        return json.dumps(value)
    members = list(value.items())
    rnd.shuffle(members)
    return '{' + space() + ','.join(
        space() + quote(k) + space() + ':' + space() + dump_wildly(v) + space()
        for k, v in members) + '}'


def created_at(ms, wild):
    zone = rnd.choice([-90, 60, 330]) if wild and chance(.3) else 0
    at = EPOCH + timedelta(milliseconds=ms, minutes=zone)
    sign_of = '-' if zone < 0 else '+'
    return at.strftime('%Y-%m-%dT%H:%M:%S.') + \
        '%03d' % (at.microsecond // 1000) + ('Z' if zone == 0 else '%s%02d:%02d'
        % (sign_of, abs(zone) // 60, abs(zone) % 60))


def dump_line(line, seq, wild):
    fields = {'type': 'plc', 'did': line['did'], 'seq': seq,
              'cid': line['cid'], 'createdAt': created_at(line['ms'], wild),
              'operation': line['op']}
    if wild:
        return dump_wildly(fields)
    return json.dumps(fields, ensure_ascii=False, separators=(',', ':'))


def main():
    seed, dids, each, form = sys.argv[1:]
    rnd.seed(int(seed))
    directory = Directory(int(dids), int(each), form == 'steady')
    with open('operations', 'w', encoding='utf-8', newline='\n') as lines, \
            open('want', 'w', encoding='utf-8') as want:
        for seq in range(1, int(dids) * int(each) + 1):
            line, word, nullified = directory.next()
            lines.write(dump_line(line, seq, form == 'wild') + '\n')
            for cid in nullified:
                want.write(cid + ' null\n')
            want.write('%s %s\n' % (line['cid'], word))


main()
