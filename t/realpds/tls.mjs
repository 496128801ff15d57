// An HTTPS server in front of the PLC directory (as plc.test and plc.directory)
// and the PDS (as any other name), so that names and certificates play the part
// they have on the network. As the relay it also lists the repos that have a
// collection, which a PDS does not. Each request is a line of the log: method,
// host, path, version of HTTP (2.0 or 1.1, whichever the client takes).
//
//	node tls.mjs READY CERT KEY LOG [PORT]
import { appendFileSync, readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'

const [ready, cert, key, log, port = '443'] = process.argv.slice(2)
const { plcUrl, pdsPort, accounts } = JSON.parse(readFileSync(ready, 'utf8'))
const plcPort = new URL(plcUrl).port

const holders = (collection) =>
  accounts.filter((a) => a.counts[collection]).map(({ did }) => ({ did }))

function lists(host, path) {
  const { pathname, searchParams } = new URL(path, `https://${host}`)
  if (host.startsWith('relay') && pathname.endsWith('.listReposByCollection'))
    return { repos: holders(searchParams.get('collection')) }
}

function pass(req, res) {
  const { method, url: path, httpVersion } = req
  const host = (req.headers[':authority'] ?? req.headers.host).split(':')[0]
  const headers = { host }
  for (const name in req.headers)
    if (!name.startsWith(':')) headers[name] = req.headers[name]
  appendFileSync(log, `${method} ${host} ${path} ${httpVersion}\n`)
  const list = lists(host, path)
  if (list) {
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify(list))
    return
  }
  const up = http.request(
    {
      host: '127.0.0.1',
      port: host.startsWith('plc.') ? plcPort : pdsPort,
      method,
      path,
      headers,
    },
    (answer) => {
      const { connection, 'keep-alive': k, 'transfer-encoding': t, ...rest } =
        answer.headers
      res.writeHead(answer.statusCode, rest)
      answer.pipe(res)
    },
  )
  up.on('error', () => res.destroy())
  res.on('close', () => up.destroy())
  req.pipe(up)
}

http2
  .createSecureServer(
    { cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true },
    pass,
  )
  .listen(Number(port), '0.0.0.0', () => console.log('ready'))
