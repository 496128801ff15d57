// Writes to the PDS that start.mjs runs until SIGTERM or SIGINT: random commits
// of random sizes, and everything else that happens to accounts. In the end all
// accounts are active.
//
//	node write.mjs READY LOG
//
// LOG gets a line for each change of a record: rev, DID, collection/rkey, and
// the CID, or - for a deletion. The first line of output says that all writers
// have an account.
import { appendFileSync } from 'node:fs'
import { open } from './client.mjs'

const [ready, log] = process.argv.slice(2)
const pds = open(ready)
const collections = ['com.example.kit.thing', 'com.example.kit.other']
const KEYS = 150 // in each collection
let accounts = []
let names = 0
let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => (stopping = true))

const below = (n) => Math.floor(Math.random() * n)
const name = () => `w${process.pid}x${names++}`
const pick = (list) => list[below(list.length)]

async function join() {
  const account = await pds.join(name())
  accounts.push({ ...account, paths: new Set(), asleep: null })
}

// One change of each of n random paths: [action, collection, rkey, value]
function choose(account, n) {
  const paths = new Set()
  while (paths.size < n) paths.add(`${pick(collections)}/k${below(KEYS)}`)
  return [...paths].map((path) => {
    const [collection, rkey] = path.split('/')
    const value = { n: below(1e9), text: 'x'.repeat(below(300)) }
    if (!account.paths.has(path)) return ['create', collection, rkey, value]
    if (below(2)) return ['update', collection, rkey, value]
    return ['delete', collection, rkey]
  })
}

async function write(account) {
  const writes = choose(account, pick([1, 1, 1, 1, 1, 5, 20, 50, 200]))
  const { commit, results } = await pds.apply(account, writes)
  const lines = writes.map(([action, collection, rkey], i) => {
    const path = `${collection}/${rkey}`
    if (action === 'delete') account.paths.delete(path)
    else account.paths.add(path)
    return `${commit.rev} ${account.did} ${path} ${results[i].cid ?? '-'}\n`
  })
  appendFileSync(log, lines.join(''))
}

async function sleep(account) {
  account.asleep = pick(['deactivated', 'takendown'])
  if (account.asleep === 'takendown') await pds.takedown(account, true)
  else
    await pds.post(
      'com.atproto.server.deactivateAccount',
      {},
      await pds.login(account),
    )
}

async function wake(account) {
  if (account.asleep === 'takendown') await pds.takedown(account, false)
  account.auth = await pds.login(account)
  if (account.asleep === 'deactivated')
    await pds.post(
      'com.atproto.server.activateAccount',
      undefined,
      account.auth,
    )
  account.asleep = null
}

const rename = (account) =>
  pds.post(
    'com.atproto.identity.updateHandle',
    { handle: `${name()}.test` },
    account.auth,
  )

async function remove(account) {
  accounts = accounts.filter((a) => a !== account)
  await pds.remove(account)
}

async function step() {
  const account = pick(accounts)
  const dice = below(100)
  if (account.asleep) return dice < 30 ? wake(account) : undefined
  if (dice < 4) return sleep(account)
  if (dice < 6) return rename(account)
  if (dice < 7) return accounts.length > 4 ? remove(account) : join()
  return write(account)
}

while (accounts.length < 4) await join()
console.log('writing')
while (!stopping) await step()
for (const account of accounts) if (account.asleep) await wake(account)
