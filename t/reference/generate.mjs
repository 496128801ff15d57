// Records, half of them with one field changed, and what the reference
// implementation says of each: @atproto/lex-schema, which took the place of
// @atproto/lexicon.
//
//	node generate.mjs COUNT SEED VECTORS [LEXICONS]
//
// writes, in the current directory,
//	lexicons/	a file for each document: those that @atproto/api has, or
//			those of the directory LEXICONS
//	records		NDJSON
//	verdicts	for each record a line: what the reference says, strictly
//			and not (1 is valid), what was changed, and where
//
// VECTORS is the directory of the syntax vectors, whose lines are among the
// strings that are tried. The same arguments make the same files.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { schemas } from '@atproto/api'
import {
  LexiconIterableIndexer,
  LexiconSchemaBuilder,
} from '@atproto/lex-document'
import { jsonToLex } from '@atproto/lex-json'

const [count, seed, vectors, directory] = process.argv.slice(2)
const MAX_DEPTH = 6

// ---- chance ----

let state = Number(seed) >>> 0
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const below = (n) => Math.floor(random() * n)
const chance = (p) => random() < p
const pick = (list) => list[below(list.length)]
const times = (n, f) => Array.from({ length: n }, (_, i) => f(i))
const letters = (n, from = 'abcdefghijklmnopqrstuvwxyz234567') =>
  times(n, () => from[below(from.length)]).join('')

// ---- lexicons ----

function* filesOf(dir) {
  const entries = readdirSync(dir, { withFileTypes: true })
  for (const e of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (e.isDirectory()) yield* filesOf(`${dir}/${e.name}`)
    else if (e.name.endsWith('.json')) yield `${dir}/${e.name}`
}

// A copy of a document with its refs as `change` has them.
function mapRefs(v, change) {
  if (Array.isArray(v)) return v.map((x) => mapRefs(x, change))
  if (!v || typeof v !== 'object') return v
  const out = {}
  for (const [k, x] of Object.entries(v))
    if (v.type === 'ref' && k === 'ref') out[k] = change(x)
    else if (v.type === 'union' && k === 'refs') out[k] = x.map(change)
    else out[k] = mapRefs(x, change)
  return out
}

// Those of @atproto/api have been altered for @atproto/lexicon.
const docs = (
  directory
    ? [...filesOf(directory)].map((f) => JSON.parse(readFileSync(f, 'utf8')))
    : schemas.map((s) => mapRefs(s, (ref) => ref.replace(/^lex:/, '')))
).filter((doc) => /^(app\.bsky|com\.atproto|chat\.bsky)\./.test(doc.id))

const whole = (ref, id) =>
  ref.startsWith('#') ? id + ref : ref.includes('#') ? ref : `${ref}#main`
const schemaOf = await LexiconSchemaBuilder.buildAll(
  new LexiconIterableIndexer(
    docs.map((doc) => mapRefs(doc, (ref) => whole(ref, doc.id))),
  ),
)

const defs = new Map()
for (const doc of docs)
  for (const [name, def] of Object.entries(doc.defs))
    defs.set(`${doc.id}#${name}`, { def, id: doc.id })
const resolve = (ref, id) => defs.get(whole(ref, id))
const typeOf = (ref, id) => whole(ref, id).replace(/#main$/, '')
const collections = docs
  .filter((doc) => doc.defs.main?.type === 'record')
  .map((doc) => doc.id)

// ---- strings ----

const vectorFiles = {
  'at-identifier': 'atidentifier',
  'at-uri': 'aturi',
  'record-key': 'recordkey',
}
const vectorLines = new Map()
function vectorsOf(format, kind) {
  const name = `${vectorFiles[format] ?? format}_syntax_${kind}.txt`
  if (!vectorLines.has(name))
    vectorLines.set(
      name,
      readFileSync(`${vectors}/${name}`, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    )
  return vectorLines.get(name)
}

const did = () =>
  chance(0.8) ? `did:plc:${letters(24)}` : `did:web:${letters(8)}.example.com`
const handle = () => `${letters(6, 'abcdef')}.${pick(['bsky.social', 'x.org'])}`
const nsid = () => `com.${letters(5, 'abcxyz')}.${letters(5, 'abcDEF')}`
const tid = () => letters(1, '234567abcdefghij') + letters(12)
// The digits after the prefix have its last bits, and the last one has two
// bits only.
const digest = () => letters(1, 'abcdefgh') + letters(50) + letters(1, 'aeimquy4')
const cid = () => `bafyrei${digest()}`
const digits = (n, max) => String(1 + below(max)).padStart(n, '0')
const formats = {
  'at-identifier': () => (chance(0.5) ? did() : handle()),
  'at-uri': () =>
    `at://${chance(0.7) ? did() : handle()}` +
    (chance(0.9) ? `/${nsid()}` + (chance(0.9) ? `/${tid()}` : '') : ''),
  cid,
  datetime: () =>
    `20${digits(2, 25)}-${digits(2, 12)}-${digits(2, 28)}T` +
    `${digits(2, 23)}:${digits(2, 59)}:${digits(2, 59)}` +
    (chance(0.7) ? `.${digits(3, 999)}` : '') +
    pick(['Z', 'Z', 'Z', '+01:00', '-08:30']),
  did,
  handle,
  language: () => pick(['en', 'de', 'pt-BR', 'zh-Hant', 'ja', 'de-CH-1996']),
  nsid,
  'record-key': () => pick([tid(), 'self', 'a.b-c_d~e:f']),
  tid,
  uri: () => pick(['https://example.com/a?b=c#d', 'mailto:a@b.org', 'urn:x:y']),
}

const words = ['sky', 'grün', '日本', '🦋', '\n', '"', '\\', 'é', 'e\u0301',
  '👩‍👩‍👧‍👦', '🇩🇪', 'ไทย', 'हिन्दी', '한국', '\u1112\u1161\u11ab', '\u0000',
  '🏳️‍🌈', '\r\n', 'a\u200db', '👍🏽', '\u0600١', 'क्ष', '\ufeff', '🇩🇪🇫🇷🇮🇹']
const prose = (n) => times(n, () => pick(words)).join(chance(0.5) ? '' : ' ')
const utf8 = (s) => Buffer.byteLength(s)
const segmenter = new Intl.Segmenter()
const graphemes = (s) => [...segmenter.segment(s)].length

function text(def) {
  let s = prose(below(12))
  while (
    (def.maxLength !== undefined && utf8(s) > def.maxLength) ||
    (def.maxGraphemes !== undefined && graphemes(s) > def.maxGraphemes)
  )
    s = [...s].slice(0, -1).join('')
  while (utf8(s) < (def.minLength ?? 0) || graphemes(s) < (def.minGraphemes ?? 0))
    s += 'x'
  return s
}

function string(def) {
  if (def.const !== undefined) return def.const
  if (def.enum) return pick(def.enum)
  if (def.format) return formats[def.format]()
  if (def.knownValues && chance(0.6)) return pick(def.knownValues)
  return text(def)
}

// ---- valid values ----

const blobLink = () => ({ $link: `bafkrei${digest()}` })
function blob(def) {
  const type = def.accept ? pick(def.accept) : 'image/png'
  return {
    $type: 'blob',
    ref: blobLink(),
    mimeType: type.replace('*/*', 'a/b').replace('/*', '/jpeg'),
    size: below(Math.min(def.maxSize ?? 1e6, 1e6)),
  }
}

function integer(def) {
  if (def.const !== undefined) return def.const
  if (def.enum) return pick(def.enum)
  const min = def.minimum ?? Math.min(0, def.maximum ?? 0)
  const max = def.maximum ?? min + 1000
  return min + below(max - min + 1)
}

function object(def, id, depth) {
  const out = {}
  for (const [key, prop] of Object.entries(def.properties ?? {})) {
    if (def.nullable?.includes(key) && chance(0.2)) out[key] = null
    else if (def.required?.includes(key) || chance(depth > 3 ? 0.1 : 0.6))
      out[key] = value(prop, id, depth + 1)
  }
  return out
}

function union(def, id, depth) {
  if (!def.closed && chance(depth > MAX_DEPTH ? 1 : 0.1))
    return { $type: `com.example.unknown${pick(['', '#x'])}`, a: 1 }
  const ref = pick(def.refs)
  const target = resolve(ref, id)
  const out = { $type: typeOf(ref, id) }
  return Object.assign(out, value(target.def, target.id, depth + 1))
}

function array(def, id, depth) {
  const min = def.minLength ?? 0
  const most = Math.min(def.maxLength ?? 3, depth > MAX_DEPTH ? 0 : 3)
  const n = Math.max(min, below(most + 1))
  return times(n, () => value(def.items, id, depth + 1))
}

// The schema of each value that was made, for the mutations.
const madeBy = new WeakMap()
function value(def, id, depth) {
  const v = make(def, id, depth)
  if (v && typeof v === 'object' && !madeBy.has(v)) madeBy.set(v, { def, id })
  return v
}

function make(def, id, depth) {
  switch (def.type) {
    case 'string':
      return string(def)
    case 'integer':
      return integer(def)
    case 'boolean':
      return def.const ?? chance(0.5)
    case 'bytes':
      return { $bytes: Buffer.from(letters(below(9))).toString('base64') }
    case 'cid-link':
      return { $link: cid() }
    case 'blob':
      return blob(def)
    case 'unknown':
      return { $type: 'com.example.any', b: [1, { c: null }] }
    case 'array':
      return array(def, id, depth)
    case 'object':
      return object(def, id, depth)
    case 'record':
      return object(def.record, id, depth)
    case 'union':
      return union(def, id, depth)
    case 'ref': {
      const target = resolve(def.ref, id)
      const v = value(target.def, target.id, depth)
      if (target.def.type === 'object' && chance(0.1))
        v.$type = typeOf(def.ref, id)
      return v
    }
  }
  throw new Error(`no value of type ${def.type}`)
}

// ---- mutations ----

// The schema of a member, through refs; undefined where there is none.
function memberDef(parent, key) {
  const made = madeBy.get(parent)
  if (!made) return undefined
  let { def, id } = made
  if (def.type === 'union') {
    const target = resolve(parent.$type, id)
    if (!target) return undefined
    ;({ def, id } = target)
  }
  if (def.type === 'record') def = def.record
  const member = Array.isArray(parent) ? def.items : def.properties?.[key]
  return member?.type === 'ref' ? resolve(member.ref, id)?.def : member
}

function* members(v, path) {
  if (!v || typeof v !== 'object') return
  for (const key of Object.keys(v)) {
    yield { parent: v, key, path: `${path}/${key}` }
    yield* members(v[key], `${path}/${key}`)
  }
}

const wrongTypes = [
  () => null,
  () => 7,
  () => -1,
  () => 1.5,
  () => 9007199254740993n,
  () => true,
  () => '',
  () => 'x',
  () => [],
  () => [{}],
  () => ({}),
  () => ({ $type: 'com.example.unknown' }),
  () => ({ $type: 'blob' }),
  () => ({ $link: cid() }),
  () => ({ $bytes: 'AAEC' }),
]
const otherType = () => {
  const i = below(wrongTypes.length)
  return [`value ${i}`, wrongTypes[i]()]
}

function mutateText(def, old) {
  const fill = pick(['x', 'é', '日', '🦋', '👩‍👩‍👧‍👦', 'e\u0301'])
  const by = below(3) - 1
  switch (below(6)) {
    case 0: {
      const n = def?.maxLength + by
      if (!(n < 1e5)) break
      return ['max bytes', 'é'.repeat(n / 2) + (n % 2 ? 'x' : '')]
    }
    case 1:
      if (!(def?.maxGraphemes < 1e4)) break
      return ['max graphemes', fill.repeat(def.maxGraphemes + by)]
    case 2:
      return ['empty', '']
    case 3:
      return ['other text', prose(1 + below(20))]
    case 4:
      return ['a character more', old + pick(words)]
    case 5:
      if (old.length < 2) break
      return ['a character less', [...old].slice(0, -1).join('')]
  }
  return otherType()
}

function mutateFormat(def, old) {
  switch (below(5)) {
    case 0:
      return ['valid vector', pick(vectorsOf(def.format, 'valid'))]
    case 1:
    case 2:
      return ['invalid vector', pick(vectorsOf(def.format, 'invalid'))]
    case 3: {
      const at = below(old.length)
      const c = pick([...'aZ0-_.:/#% +~é'])
      return ['a character', old.slice(0, at) + c + old.slice(at + chance(0.5))]
    }
  }
  const other = pick(Object.keys(formats))
  return ['other format', formats[other]()]
}

function mutateString(def, old) {
  if (chance(0.2)) return otherType()
  if (def?.format && chance(0.85)) return mutateFormat(def, old)
  return mutateText(def, old)
}

function mutateInteger(def, old) {
  const ends = [def?.minimum, def?.maximum].filter((n) => n !== undefined)
  if (ends.length > 0 && chance(0.7)) return ['bound', pick(ends) + below(3) - 1]
  return chance(0.5) ? ['integer', old + below(9) - 4] : otherType()
}

function mutateArray(def, old, id) {
  const ends = [def?.minLength, def?.maxLength].filter((n) => n < 1000)
  if (ends.length > 0 && chance(0.7)) {
    const n = Math.max(0, pick(ends) + below(3) - 1)
    const of = () => (old.length > 0 ? old[0] : value(def.items, id, 3))
    return ['array length', times(n, of)]
  }
  return chance(0.3) ? ['empty array', []] : otherType()
}

const blobChanges = [
  ['size -1', (b) => ({ ...b, size: -1 })],
  ['size 1.5', (b) => ({ ...b, size: 1.5 })],
  ['size 1e12', (b) => ({ ...b, size: 1e12 })],
  ['size is text', (b) => ({ ...b, size: '1' })],
  ['type text/plain', (b) => ({ ...b, mimeType: 'text/plain' })],
  ['type empty', (b) => ({ ...b, mimeType: '' })],
  ['type png', (b) => ({ ...b, mimeType: 'png' })],
  ['type image', (b) => ({ ...b, mimeType: 'image' })],
  ['type image/', (b) => ({ ...b, mimeType: 'image/' })],
  ['type IMAGE/PNG', (b) => ({ ...b, mimeType: 'IMAGE/PNG' })],
  ['type with q', (b) => ({ ...b, mimeType: 'image/png; q=1' })],
  ['type 3', (b) => ({ ...b, mimeType: 3 })],
  ['ref is text', (b) => ({ ...b, ref: b.ref.$link })],
  ['ref no raw', (b) => ({ ...b, ref: { $link: cid() } })],
  ['ref short', (b) => ({ ...b, ref: { $link: 'bafkrei' } })],
  ['ref 3', (b) => ({ ...b, ref: { $link: 3 } })],
  ['ref empty', (b) => ({ ...b, ref: {} })],
  ['more', (b) => ({ ...b, more: 1 })],
  ['$type', (b) => ({ ...b, $type: 'blobs' })],
  ['no ref', ({ ref, ...b }) => b],
  ['no type', ({ mimeType, ...b }) => b],
  ['no size', ({ size, ...b }) => b],
  ['no $type', ({ $type, ...b }) => b],
  ['legacy', (b) => ({ cid: b.ref.$link, mimeType: b.mimeType })],
  ['legacy+', (b) => ({ cid: b.ref.$link, mimeType: b.mimeType, size: 1 })],
  ['legacy, bad CID', (b) => ({ cid: 'x', mimeType: b.mimeType })],
  ['legacy, no type', (b) => ({ cid: b.ref.$link, mimeType: '' })],
]

const typeChanges = [
  () => 'com.example.unknown',
  () => 'com.example.unknown#x',
  () => '',
  () => null,
  () => 3,
  () => 'not a type',
  (t) => `${t}#main`,
  (t) => `lex:${t}`,
  (t) => `${t}#x`,
  (t) => String(t).replace('#', ''),
]
function changeType(old) {
  const i = below(typeChanges.length)
  return [`$type ${i}`, typeChanges[i](old)]
}

function mutateObject(def, old) {
  if (old.$type === 'blob' && old.ref?.$link && chance(0.85)) {
    const [what, change] = pick(blobChanges)
    return [what, change(old)]
  }
  switch (below(4)) {
    case 0: {
      const [what, extra] = otherType()
      return [`a field more, ${what}`, { ...old, extra }]
    }
    case 1: {
      const [what, $type] = changeType(old.$type)
      return [what, { ...old, $type }]
    }
    case 2: {
      const { $type, ...rest } = old
      return ['no $type', rest]
    }
  }
  return otherType()
}

// Change one field of the record: what was done, where.
function mutate(record, id) {
  const all = [...members(record, '')]
  const objects = all.filter(({ parent: p, key: k }) => p[k]?.$type)
  const few = objects.length > 0 && chance(0.2)
  const { parent, key, path } = pick(few ? objects : all)
  const def = memberDef(parent, key)
  const name = def?.format ?? def?.type ?? 'none'
  if (!Array.isArray(parent) && chance(0.15)) {
    delete parent[key]
    return { what: `${name}: gone`, path }
  }
  const old = parent[key]
  let what, v
  if (key === '$type') [what, v] = changeType(old)
  else if (typeof old === 'string') [what, v] = mutateString(def, old)
  else if (typeof old === 'number') [what, v] = mutateInteger(def, old)
  else if (Array.isArray(old)) [what, v] = mutateArray(def, old, id)
  else if (old && typeof old === 'object') [what, v] = mutateObject(def, old)
  else [what, v] = otherType()
  parent[key] = v
  return { what: `${name}: ${what}`, path }
}

// ---- lines ----

// As JSON; sometimes all but ASCII is escaped, which changes no length.
function json(v) {
  const line = JSON.stringify(v, (k, x) =>
    typeof x === 'bigint' ? `\u0001${x}\u0001` : x,
  ).replace(/"\\u0001(\d+)\\u0001"/g, '$1')
  if (chance(0.8)) return line
  return line.replace(
    /[\u007f-\uffff]/g,
    (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'),
  )
}

function verdict(f) {
  try {
    return f() === false ? 0 : 1
  } catch {
    return 0
  }
}

function verdicts(collection, line) {
  const schema = schemaOf.get(`${collection}#main`)
  const says = (strict) => () =>
    schema.safeValidate(jsonToLex(JSON.parse(line)), { strict }).success
  return [says(true), says(false)].map(verdict).join(' ')
}

function rkeyOf(key) {
  if (key.startsWith('literal:')) return key.slice(8)
  return { tid, nsid, any: () => 'a.b-c_d~e:f' }[key]()
}

mkdirSync('lexicons')
for (const doc of docs)
  writeFileSync(`lexicons/${doc.id}.json`, JSON.stringify(doc))
const records = []
const said = []
for (let i = 0; i < Number(count); i++) {
  const collection = collections[(i >> 1) % collections.length]
  const main = defs.get(`${collection}#main`).def
  const record = value(main, collection, 0)
  record.$type = collection
  const done = i % 2 ? mutate(record, collection) : { what: 'unchanged', path: '' }
  const line = json(record)
  const head = {
    type: 'record',
    did: 'did:plc:h2qnjxmcrp5pdohnb2y5psjt',
    rev: '3n2u2zkhk4q2y',
    collection,
    rkey: rkeyOf(main.key),
    action: 'create',
    source: 'car',
    cid: 'bafyreic5q3b3mkijzjocv5kihmsw6cabrzitkwjkdenfufp2aqz25ewkyi',
  }
  records.push(`${JSON.stringify(head).slice(0, -1)},"record":${line}}\n`)
  said.push(`${verdicts(collection, line)}\t${done.what}\t${done.path}\n`)
}
writeFileSync('records', records.join(''))
writeFileSync('verdicts', said.join(''))
