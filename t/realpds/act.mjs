// Acts on the PDS that start.mjs runs, through its API alone.
//
//	node act.mjs READY records
//		at:// URI and CID of every record that listRecords shows, of
//		every account and collection, sorted
//	node act.mjs READY join NAME
//		a new account NAME.test
//	node act.mjs READY put HANDLE COLLECTION RKEY JSON
//	node act.mjs READY delete HANDLE COLLECTION RKEY
//	node act.mjs READY batch HANDLE COLLECTION ACTION N
//		create, update or delete the N records k000, k001, ... in one
//		commit
//	node act.mjs READY blob HANDLE TYPE RKEY <BYTES
//		upload a blob, and put the record com.example.blob/RKEY, which
//		names it; print its CID
//	node act.mjs READY takeblob HANDLE CID true|false
//	node act.mjs READY random HANDLE COLLECTION KEYS N
//		create, update or delete N random ones of the records k000,
//		k001, ..., of which there are KEYS, in one commit
//	node act.mjs READY rename HANDLE NEW
//	node act.mjs READY activate HANDLE
//	node act.mjs READY deactivate HANDLE
//	node act.mjs READY takedown HANDLE true|false
//	node act.mjs READY remove HANDLE
//
// HANDLE is the first one of an account that READY, the line of start.mjs,
// knows.
import { readFileSync } from 'node:fs'
import { open } from './client.mjs'

const [ready, verb, handle, ...args] = process.argv.slice(2)
const pds = open(ready)
const account = pds.kit.accounts.find((a) => a.handle === handle)
const { get, post } = pds
const login = () => pds.login(account)

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

const below = (n) => Math.floor(Math.random() * n)
const key = (i) => `k${String(i).padStart(3, '0')}`

const verbs = {
  records,
  join: () => pds.join(handle),
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
  batch: async (collection, action, n) =>
    pds.apply(
      { did: account.did, auth: await login() },
      Array.from({ length: Number(n) }, (_, i) => [
        action,
        collection,
        key(i),
        action === 'delete' ? undefined : { n: i, action },
      ]),
    ),
  blob: async (type, rkey) => {
    const auth = await login()
    const blob = await pds.upload(readFileSync(0), type, auth)
    await pds.apply({ did: account.did, auth }, [
      ['create', 'com.example.blob', rkey, { blob }],
    ])
    console.log(blob.ref.$link)
  },
  takeblob: (cid, applied) => pds.takeBlob(account, cid, applied === 'true'),
  random: async (collection, keys, n) => {
    const query = { repo: account.did, collection }
    const list = await page('com.atproto.repo.listRecords', query, 'records')
    const there = new Set(list.map((r) => r.uri.split('/').pop()))
    const chosen = new Set()
    while (chosen.size < Number(n)) chosen.add(key(below(Number(keys))))
    await pds.apply(
      { did: account.did, auth: await login() },
      [...chosen].map((rkey) => {
        const value = { n: below(1e9), text: 'x'.repeat(below(300)) }
        if (!there.has(rkey)) return ['create', collection, rkey, value]
        if (below(3)) return ['update', collection, rkey, value]
        return ['delete', collection, rkey]
      }),
    )
  },
  rename: async (name) =>
    post('com.atproto.identity.updateHandle', { handle: name }, await login()),
  activate: async () =>
    post('com.atproto.server.activateAccount', undefined, await login()),
  deactivate: async () =>
    post('com.atproto.server.deactivateAccount', {}, await login()),
  takedown: (applied) => pds.takedown(account, applied === 'true'),
  remove: () => pds.remove(account),
}
await verbs[verb](...args)
