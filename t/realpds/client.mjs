// The API of the PDS that start.mjs runs, for the programs beside this file.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

// open READY: READY is the file with the line of start.mjs
export function open(ready) {
  const kit = JSON.parse(readFileSync(ready, 'utf8'))
  const api = `http://127.0.0.1:${kit.pdsPort}/xrpc/`
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

  async function login({ did: identifier, password }) {
    const { accessJwt } = await post('com.atproto.server.createSession', {
      identifier,
      password,
    })
    return `Bearer ${accessJwt}`
  }

  // A new account NAME.test; READY knows it from now on.
  async function join(name) {
    const handle = `${name}.test`
    const password = `${name}-pass`
    const email = `${name}@example.com`
    const { did, accessJwt } = await post(
      'com.atproto.server.createAccount',
      { handle, password, email },
    )
    const account = { did, handle, password, status: 'active', counts: {} }
    kit.accounts.push(account)
    writeFileSync(`${ready}.new`, JSON.stringify(kit) + '\n')
    renameSync(`${ready}.new`, ready)
    return { ...account, auth: `Bearer ${accessJwt}` }
  }

  // What applyWrites did to ACCOUNT by WRITES: [action, collection, rkey,
  // value]
  const apply = ({ did, auth }, writes) =>
    post(
      'com.atproto.repo.applyWrites',
      {
        repo: did,
        validate: false,
        writes: writes.map(([action, collection, rkey, value]) => ({
          $type: `com.atproto.repo.applyWrites#${action}`,
          collection,
          rkey,
          ...(value && { value: { $type: collection, ...value } }),
        })),
      },
      auth,
    )

  async function upload(bytes, type, authorization) {
    const res = await fetch(`${api}com.atproto.repo.uploadBlob`, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: bytes,
    })
    if (!res.ok) throw new Error(`uploadBlob: ${await res.text()}`)
    return (await res.json()).blob
  }

  const takeBlob = ({ did }, cid, applied) =>
    post(
      'com.atproto.admin.updateSubjectStatus',
      {
        subject: { $type: 'com.atproto.admin.defs#repoBlobRef', did, cid },
        takedown: { applied, ref: 'test' },
      },
      admin,
    )

  const takedown = ({ did }, applied) =>
    post(
      'com.atproto.admin.updateSubjectStatus',
      {
        subject: { $type: 'com.atproto.admin.defs#repoRef', did },
        takedown: { applied, ref: 'test' },
      },
      admin,
    )

  const remove = ({ did }) =>
    post('com.atproto.admin.deleteAccount', { did }, admin)

  return {
    kit,
    get,
    post,
    login,
    join,
    apply,
    upload,
    takedown,
    takeBlob,
    remove,
  }
}
