// Acts on the PDS that start.mjs runs, through its API alone.
//
//	node act.mjs READY records
//		at:// URI and CID of every record that listRecords shows, of
//		every account and collection, sorted
//	node act.mjs READY put HANDLE COLLECTION RKEY JSON
//	node act.mjs READY delete HANDLE COLLECTION RKEY
//	node act.mjs READY rename HANDLE NEW
//	node act.mjs READY activate HANDLE
//	node act.mjs READY takedown HANDLE true|false
//
// HANDLE is one that READY, the line of start.mjs, knows.
import { readFileSync } from 'node:fs'

const [ready, verb, handle, ...args] = process.argv.slice(2)
const kit = JSON.parse(readFileSync(ready, 'utf8'))
const api = `http://127.0.0.1:${kit.pdsPort}/xrpc/`
const account = kit.accounts.find((a) => a.handle === handle)
const admin =
  'Basic ' + Buffer.from(`admin:${kit.adminPassword}`).toString('base64')

async function call(method, nsid, { query = {}, body, auth } = {}) {
  const res = await fetch(`${api}${nsid}?${new URLSearchParams(query)}`, {
    method,
    headers: {
      ...(auth && { authorization: auth }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  })
  const text = await res.text()
  if (!res.ok) throw new Error(`${nsid}: ${res.status} ${text}`)
  return text ? JSON.parse(text) : null
}
const get = (nsid, query) => call('GET', nsid, { query })
const post = (nsid, body, auth) => call('POST', nsid, { body, auth })

async function login() {
  const { did: identifier, password } = account
  const { accessJwt } = await post('com.atproto.server.createSession', {
    identifier,
    password,
  })
  return `Bearer ${accessJwt}`
}

async function page(nsid, query, field) {
  const all = []
  let cursor
  do {
    const q = { limit: 100, ...query, ...(cursor && { cursor }) }
    const answer = await get(nsid, q)
    all.push(...answer[field])
    cursor = answer.cursor
  } while (cursor)
  return all
}

async function records() {
  const lines = []
  for (const repo of await page('com.atproto.sync.listRepos', {}, 'repos')) {
    if (!repo.active) continue
    const { did } = repo
    const { collections } = await get('com.atproto.repo.describeRepo', {
      repo: did,
    })
    for (const collection of collections) {
      const query = { repo: did, collection }
      const list = await page('com.atproto.repo.listRecords', query, 'records')
      lines.push(...list.map((r) => `${r.uri} ${r.cid}\n`))
    }
  }
  process.stdout.write(lines.sort().join(''))
}

const verbs = {
  records,
  put: async (collection, rkey, json) =>
    post(
      'com.atproto.repo.putRecord',
      {
        repo: account.did,
        collection,
        rkey,
        validate: false,
        record: { $type: collection, ...JSON.parse(json) },
      },
      await login(),
    ),
  delete: async (collection, rkey) =>
    post(
      'com.atproto.repo.deleteRecord',
      { repo: account.did, collection, rkey },
      await login(),
    ),
  rename: async (name) =>
    post('com.atproto.identity.updateHandle', { handle: name }, await login()),
  activate: async () =>
    post('com.atproto.server.activateAccount', undefined, await login()),
  takedown: (applied) =>
    post(
      'com.atproto.admin.updateSubjectStatus',
      {
        subject: {
          $type: 'com.atproto.admin.defs#repoRef',
          did: account.did,
        },
        takedown: { applied: applied === 'true', ref: 'test' },
      },
      admin,
    ),
}
await verbs[verb](...args)
