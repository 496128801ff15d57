// Starts the AT Protocol reference PLC directory and PDS on 127.0.0.1, fills
// them with accounts and records, prints ONE line of JSON on stdout and stays
// up until SIGTERM or SIGINT. Nothing here leaves the loopback interface.
//
//	REALPDS=DIR node start.mjs [--plc-port 2582] [--pds-port 2583]
//	    [--accounts 10] [--records 30] [--public-url http://127.0.0.1:2583]
//	    [--did-plc-url URL] [--data DIR] [--rate-limits] [--log FILE] [--no-seed]
//	    [--legacy-did-docs]
//
// DIR is the directory that setup.sh names; the public URL is what the DID
// documents say; the PDS uses the directory of --did-plc-url instead of the one
// that is started.
import { createRequire } from 'node:module'
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import http from 'node:http'

const { values: opt } = parseArgs({
  options: {
    'plc-port': { type: 'string', default: '2582' },
    'pds-port': { type: 'string', default: '2583' },
    'public-url': { type: 'string' },
    'did-plc-url': { type: 'string' },
    accounts: { type: 'string', default: '10' },
    records: { type: 'string', default: '30' },
    data: { type: 'string' },
    log: { type: 'string' },
    'rate-limits': { type: 'boolean', default: false },
    'no-seed': { type: 'boolean', default: false },
    'legacy-did-docs': { type: 'boolean', default: false },
  },
})

// Both servers log requests through pino; off, or to a file.  Must be set
// before the packages load.
process.env.LOG_ENABLED = opt.log ? 'true' : 'false'
if (opt.log) process.env.LOG_DESTINATION = opt.log

const require = createRequire(join(process.env.REALPDS, 'start.mjs'))
const { PlcServer, MockDatabase } = require('@did-plc/server')
const plcLib = require('@did-plc/lib')
// @did-plc/lib 0.0.4 wants the key classes of the @atproto/crypto it was built with
const { Secp256k1Keypair } = createRequire(require.resolve('@did-plc/lib'))('@atproto/crypto')
const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')

const PLC_PORT = Number(opt['plc-port'])
const PDS_PORT = Number(opt['pds-port'])
const plcUrl = `http://127.0.0.1:${PLC_PORT}`
const pdsUrl = opt['public-url'] ?? `http://127.0.0.1:${PDS_PORT}`
const adminPassword = 'admin-pass'
const bypassKey = 'seed-bypass' // header x-ratelimit-bypass, with --rate-limits

// ---------------------------------------------------------------- PLC server
// The package's in-memory database refuses to export; this one keeps a log.
class MemoryDb extends MockDatabase {
  log = []
  async validateAndAddOp(did, op) {
    await super.validateAndAddOp(did, op)
    this.log.push(this.contents[did].at(-1))
  }
  // legacy form: after = timestamp, exclusive
  legacy(count, after) {
    return this.log
      .filter((o) => !after || o.createdAt > after)
      .slice(0, count)
      .map((o) => ({
        did: o.did,
        operation: o.operation,
        cid: o.cid.toString(),
        nullified: o.nullified,
        createdAt: o.createdAt.toISOString(),
      }))
  }
  // form of did-plc spec v0.1 (2026): after = sequence number, exclusive
  sequenced(count, after) {
    return this.log
      .map((o, i) => ({
        did: o.did,
        operation: o.operation,
        cid: o.cid.toString(),
        createdAt: o.createdAt.toISOString(),
        seq: i + 1,
        type: 'sequenced_op',
      }))
      .filter((o) => o.seq > after)
      .slice(0, count)
  }
}

// npm's @did-plc/server 0.0.1 ignores ?count= (it reads req.count); answer
// /export here as the current directory does, pass everything else on.
function exportOps(db, req, res) {
  const q = new URL(req.url, plcUrl).searchParams
  const fail = (message) => {
    res.writeHead(400, { 'content-type': 'application/json; charset=utf-8' })
    res.end(JSON.stringify({ message }))
  }
  const count = q.has('count') ? parseInt(q.get('count'), 10) : 1000
  if (!(count >= 1)) return fail('Invalid count parameter')
  const n = Math.min(count, 1000)
  const after = q.get('after')
  let ops
  if (after && /^\d+$/.test(after)) ops = db.sequenced(n, Number(after))
  else {
    const date = after ? new Date(after) : undefined
    if (date && isNaN(date.getTime())) return fail('Invalid after parameter')
    ops = db.legacy(n, date)
  }
  res.writeHead(200, { 'content-type': 'application/jsonlines', 'access-control-allow-origin': '*' })
  res.end(ops.map((o) => JSON.stringify(o)).join('\n'))
}

// It also writes DID documents in the form of 2023 (uncompressed key, type
// EcdsaSecp256k1VerificationKey2019, id "#atproto"); write them as the current
// directory does (Multikey), unless --legacy-did-docs.
async function didDoc(db, did, req, res) {
  const log = await db.opsForDid(did)
  const data = log.length ? await plcLib.validateOperationLog(did, log) : null
  if (!data) return plcApp(req, res) // 404, in the package's own words
  res.writeHead(200, { 'content-type': 'application/did+ld+json; charset=utf-8', 'access-control-allow-origin': '*' })
  res.end(
    JSON.stringify({
      '@context': [
        'https://www.w3.org/ns/did/v1',
        'https://w3id.org/security/multikey/v1',
        'https://w3id.org/security/suites/secp256k1-2019/v1',
      ],
      id: did,
      alsoKnownAs: data.alsoKnownAs,
      verificationMethod: Object.entries(data.verificationMethods).map(([name, key]) => ({
        id: `${did}#${name}`, type: 'Multikey', controller: did, publicKeyMultibase: key.replace('did:key:', ''),
      })),
      service: Object.entries(data.services).map(([name, s]) => ({ id: `#${name}`, type: s.type, serviceEndpoint: s.endpoint })),
    }),
  )
}

const plcDb = new MemoryDb()
const plcApp = PlcServer.create({ db: plcDb, port: PLC_PORT, version: '0.0.1' }).app
const plcServer = http.createServer((req, res) => {
  if (req.method !== 'GET') return plcApp(req, res)
  const path = decodeURIComponent(req.url.split('?')[0])
  if (path === '/export') return exportOps(plcDb, req, res)
  if (/^\/did:plc:[a-z2-7]{24}$/.test(path) && !opt['legacy-did-docs']) return didDoc(plcDb, path.slice(1), req, res)
  return plcApp(req, res)
})
await new Promise((ok, bad) => plcServer.once('error', bad).listen(PLC_PORT, '127.0.0.1', ok))

// ---------------------------------------------------------------- PDS
const dataDir = opt.data ?? mkdtempSync(join(tmpdir(), 'realpds-'))
mkdirSync(dataDir, { recursive: true })
if (!opt.data) process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
Object.assign(process.env, {
  PDS_HOSTNAME: 'localhost', // gives http:// and handles under .test
  PDS_PORT: String(PDS_PORT),
  PDS_DATA_DIRECTORY: dataDir,
  PDS_BLOBSTORE_DISK_LOCATION: join(dataDir, 'blobs'),
  PDS_BLOBSTORE_DISK_TMP_LOCATION: join(dataDir, 'blobs-tmp'),
  PDS_DID_PLC_URL: opt['did-plc-url'] ?? plcUrl,
  PDS_JWT_SECRET: 'jwt-secret',
  PDS_ADMIN_PASSWORD: adminPassword,
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: '11'.repeat(32),
  PDS_INVITE_REQUIRED: 'false',
  PDS_DEV_MODE: 'true', // else it insists on https
  PDS_VERSION: require('@atproto/pds/package.json').version,
  ...(opt['rate-limits'] && { PDS_RATE_LIMITS_ENABLED: 'true', PDS_RATE_LIMIT_BYPASS_KEY: bypassKey }),
})
const env = readEnv()
const cfg = envToCfg(env)
cfg.service.publicUrl = pdsUrl // what goes into the DID documents
const pds = await PDS.create(cfg, envToSecrets(env))
const listen = pds.app.listen // else it would listen on every interface
pds.app.listen = (port) => listen.call(pds.app, port, '127.0.0.1')
await pds.start()

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await pds.destroy()
  plcServer.closeAllConnections()
  plcServer.close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

// ---------------------------------------------------------------- client
const api = `http://127.0.0.1:${PDS_PORT}/xrpc/`
const basic = 'Basic ' + Buffer.from(`admin:${adminPassword}`).toString('base64')
async function post(nsid, body, auth, type = 'application/json') {
  const headers = { 'x-ratelimit-bypass': bypassKey }
  if (auth) headers.authorization = auth
  if (body !== undefined) headers['content-type'] = type
  const res = await fetch(api + nsid, {
    method: 'POST',
    headers,
    body: body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body),
  })
  const text = await res.text()
  if (!res.ok) throw new Error(`${nsid}: ${res.status} ${text}`)
  return text ? JSON.parse(text) : null
}

// ---------------------------------------------------------------- seed
const accounts = []
let takendownRecord = null
const bump = (acc, coll, n) => (acc.counts[coll] = (acc.counts[coll] ?? 0) + n)

const PNG = Buffer.from( // 1x1 pixel
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const when = (i) => new Date(Date.UTC(2026, 0, 1) + i * 61_000).toISOString()
const bytes = (s) => Buffer.byteLength(s)

async function createAccount(name, extra = {}) {
  const handle = `${name}.test`
  const password = `${name}-pass`
  const out = await post('com.atproto.server.createAccount', { handle, password, email: `${name}@example.com`, ...extra })
  const acc = { did: out.did, handle, password, status: 'active', auth: `Bearer ${out.accessJwt}`, posts: [], counts: {} }
  accounts.push(acc)
  return acc
}

const create = (acc, collection, value, rkey) => ({
  w: { $type: 'com.atproto.repo.applyWrites#create', collection, rkey, value: { $type: collection, ...value } },
})
async function apply(acc, list, validate) {
  const results = []
  for (let i = 0; i < list.length; i += 100) {
    const writes = list.slice(i, i + 100).map((x) => x.w)
    const out = await post('com.atproto.repo.applyWrites', { repo: acc.did, validate, writes }, acc.auth)
    results.push(...out.results)
    for (const w of writes) bump(acc, w.collection, w.$type.endsWith('#delete') ? -1 : w.$type.endsWith('#create') ? 1 : 0)
  }
  return results
}

// i-th post of an account: text with facets, reply, quote, image or link card
function postRecord(acc, i, friend, image) {
  const texts = ['plain post', 'caffè ☕ und Grüße', '日本語の投稿', '👩‍👩‍👧‍👦 family 🏳️‍🌈', 'שלום עולם', 'line one\nline two\ttab']
  const rec = { text: `${texts[i % texts.length]} #${i}`, createdAt: when(i), langs: [['en'], ['de', 'it'], ['ja'], ['en'], ['he'], ['pt-BR']][i % 6] }
  const prev = acc.posts.at(-1)
  const other = friend.posts[0]
  switch (i % 6) {
    case 1: {
      const head = 'hi ', at = `@${friend.handle}`, link = 'https://example.com/a?b=c'
      rec.text = `${head}${at} ☕ ${link} #tag`
      const linkStart = bytes(`${head}${at} ☕ `), tagStart = bytes(`${head}${at} ☕ ${link} `)
      rec.facets = [
        { index: { byteStart: bytes(head), byteEnd: bytes(head + at) }, features: [{ $type: 'app.bsky.richtext.facet#mention', did: friend.did }] },
        { index: { byteStart: linkStart, byteEnd: linkStart + bytes(link) }, features: [{ $type: 'app.bsky.richtext.facet#link', uri: link }] },
        { index: { byteStart: tagStart, byteEnd: tagStart + 4 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'tag' }] },
      ]
      break
    }
    case 2:
      rec.embed = { $type: 'app.bsky.embed.images', images: [{ alt: 'one pixel', image, aspectRatio: { width: 1, height: 1 } }] }
      break
    case 3:
      rec.embed = { $type: 'app.bsky.embed.external', external: { uri: 'https://example.com/', title: 'Example', description: 'A "card" \\ with escapes', thumb: image } }
      break
    case 4:
      if (prev) rec.reply = { root: acc.posts[0], parent: prev }
      rec.labels = { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'spam' }] }
      rec.tags = ['one', 'two']
      break
    case 5:
      if (other) rec.embed = { $type: 'app.bsky.embed.record', record: other }
      break
  }
  return rec
}

const CUSTOM = 'com.example.kit.thing'
const customRecord = (acc, i, image) => ({
  int: i, negative: -i - 1, big: Number.MAX_SAFE_INTEGER, small: Number.MIN_SAFE_INTEGER,
  yes: true, no: false, nothing: null, empty: '', list: [], map: {},
  mixed: [1, 'two', null, [3, [4]], { five: 5 }],
  'clé é 🔑': 'unicode key', '': 'empty key', 'a/b~c': 'pointer characters',
  nul: 'a\u0000b', quote: '"\\/\b\f\n\r\t', bytes: { $bytes: Buffer.from(`bytes ${i}`).toString('base64').replace(/=+$/, '') },
  link: image.ref, blob: image, uri: `at://${acc.did}/app.bsky.actor.profile/self`, createdAt: when(i),
})

async function seed(n, m) {
  const names = ['alice', 'bobby', 'carol', 'david', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy']
  const special = { takendown: 'taken', deactivated: 'asleep', deleted: 'gone' }
  const recovery = await Secp256k1Keypair.create()
  for (let i = 0; i < Math.max(n - 4, 1); i++) await createAccount(names[i] ?? `user${i}`)
  const nulla = await createAccount('nulla', { recoveryKey: recovery.did() })
  for (const name of Object.values(special)) await createAccount(name)

  for (let a = 0; a < accounts.length; a++) {
    const acc = accounts[a]
    const friend = accounts[(a + accounts.length - 1) % accounts.length]
    const { blob } = await post('com.atproto.repo.uploadBlob', Buffer.concat([PNG, Buffer.from(acc.handle)]), acc.auth, 'image/png')
    acc.image = blob
    await apply(acc, [create(acc, 'app.bsky.actor.profile', { displayName: `${acc.handle} ✨`, description: 'first', avatar: blob }, 'self')])
    // posts one by one (so that replies can point at the one before)
    for (let i = 0; i < m; i++) {
      const [r] = await apply(acc, [create(acc, 'app.bsky.feed.post', postRecord(acc, i, friend, blob))])
      acc.posts.push({ uri: r.uri, cid: r.cid })
    }
  }
  for (const acc of accounts) {
    const others = accounts.filter((o) => o !== acc)
    const liked = others.flatMap((o) => o.posts).slice(0, m)
    await apply(acc, liked.map((subject, i) => create(acc, 'app.bsky.feed.like', { subject, createdAt: when(i) })))
    await apply(acc, others.slice(0, m).map((o, i) => create(acc, 'app.bsky.graph.follow', { subject: o.did, createdAt: when(i) })))
    const things = Array.from({ length: m }, (_, i) => create(acc, CUSTOM, customRecord(acc, i, acc.image), `thing-${String(i).padStart(4, '0')}`))
    things.push(create(acc, CUSTOM, { note: 'odd rkey' }, 'A.b_c~d:e-f'), create(acc, CUSTOM, { note: 'long rkey' }, 'x'.repeat(512)))
    await apply(acc, things, false)
    // updates and deletes
    await post('com.atproto.repo.putRecord', {
      repo: acc.did, collection: 'app.bsky.actor.profile', rkey: 'self',
      record: { $type: 'app.bsky.actor.profile', displayName: `${acc.handle} ✨`, description: 'second', avatar: acc.image },
    }, acc.auth)
    await apply(acc, things.slice(0, m).filter((_, i) => i % 5 === 0).map(({ w }) => ({
      w: { $type: 'com.atproto.repo.applyWrites#update', collection: CUSTOM, rkey: w.rkey, value: { ...w.value, updated: true } },
    })), false)
    await apply(acc, things.slice(0, m).filter((_, i) => i % 7 === 3).map(({ w }) => ({
      w: { $type: 'com.atproto.repo.applyWrites#delete', collection: CUSTOM, rkey: w.rkey },
    })))
    for (const p of acc.posts.filter((_, i) => i % 9 === 8)) {
      await post('com.atproto.repo.deleteRecord', { repo: acc.did, collection: 'app.bsky.feed.post', rkey: p.uri.split('/').pop() }, acc.auth)
      bump(acc, 'app.bsky.feed.post', -1)
    }
  }

  // PLC history: a rename, then a rename that the recovery key overrules (nullified)
  if (accounts[1].status === 'active' && n > 5) {
    await post('com.atproto.identity.updateHandle', { handle: 'robert.test' }, accounts[1].auth)
    accounts[1].handle = 'robert.test'
  }
  const plc = new plcLib.Client(plcUrl)
  const [genesis] = await plc.getOperationLog(nulla.did)
  await post('com.atproto.identity.updateHandle', { handle: 'nulla2.test' }, nulla.auth)
  nulla.handle = 'nulla2.test'
  const [first] = (await (await fetch(`${plcUrl}/${nulla.did}/log/audit`)).json())
  await plc.sendOperation(nulla.did, await plcLib.addSignature({ ...unsigned(genesis), alsoKnownAs: ['at://nulla2.test'], prev: first.cid }, recovery))
  // and a DID that was created, then tombstoned, with no account behind it
  const tombstoned = await plc.createDid({ signingKey: recovery.did(), rotationKeys: [recovery.did()], handle: 'tomb.test', pds: pdsUrl, signer: recovery })
  await plc.tombstone(tombstoned, recovery)

  // account statuses
  const of = (k) => accounts.find((a) => a.handle === `${special[k]}.test`)
  await post('com.atproto.admin.updateSubjectStatus', {
    subject: { $type: 'com.atproto.admin.defs#repoRef', did: of('takendown').did }, takedown: { applied: true, ref: 'kit' },
  }, basic)
  // one record taken down: listRecords and getRecord hide it, getRepo keeps it
  takendownRecord = accounts[0].posts[0].uri
  await post('com.atproto.admin.updateSubjectStatus', {
    subject: { $type: 'com.atproto.repo.strongRef', ...accounts[0].posts[0] }, takedown: { applied: true, ref: 'kit' },
  }, basic)
  await post('com.atproto.server.deactivateAccount', {}, of('deactivated').auth)
  await post('com.atproto.admin.deleteAccount', { did: of('deleted').did }, basic)
  for (const k of Object.keys(special)) of(k).status = k
  return tombstoned
}
function unsigned({ sig, ...op }) {
  return op
}

const t0 = Date.now()
const tombstonedDid = opt['no-seed'] ? null : await seed(Number(opt.accounts), Number(opt.records))
const counts = {} // live records of every account whose status is not 'deleted'
for (const a of accounts.filter((a) => a.status !== 'deleted'))
  for (const [c, n] of Object.entries(a.counts)) counts[c] = (counts[c] ?? 0) + n
console.log(
  JSON.stringify({
    plcUrl, pdsUrl, pdsPort: PDS_PORT, adminPassword, tombstonedDid, takendownRecord, seedMs: Date.now() - t0, pid: process.pid, dataDir,
    rateLimitBypass: opt['rate-limits'] ? bypassKey : null,
    accounts: accounts.map(({ did, handle, password, status, counts }) => ({ did, handle, password, status, counts })),
    counts,
  }),
)
