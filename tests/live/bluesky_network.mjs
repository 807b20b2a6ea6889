// Bluesky's own servers (PLC, PDS, AppView, Ozone) on loopback, with two accounts; says where it is as one line of JSON.
// It ends when its standard input does. Nothing listens on any other address.
import net from 'node:net'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  if (given[0] !== null && typeof given[0] === 'object') {
    if (given[0].port !== undefined) given[0] = { ...given[0], host: '127.0.0.1' }
  } else if (typeof given[0] === 'number' || given[0] === undefined) {
    if (typeof given[1] === 'string') given[1] = '127.0.0.1'
    else given.splice(1, 0, '127.0.0.1')
  }
  return listen.apply(this, given)
}

const modules = createRequire(process.argv[2] + '/package.json')
const { TestNetwork } = await import(pathToFileURL(modules.resolve('@atproto/dev-env')).href)
const network = await TestNetwork.create({ dbPostgresSchema: 'live' })

async function call(method, body) {
  const answer = await fetch(`${network.pds.url}/xrpc/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

const accounts = {}
for (const name of ['parley-desk', 'parley-member']) {
  const made = await call('com.atproto.server.createAccount', {
    handle: `${name}.test`,
    email: `${name}@sandbox.example`,
    password: `${name}-password`,
  })
  accounts[name] = { did: made.did, handle: made.handle, password: `${name}-password` }
}
console.log(JSON.stringify({ url: network.pds.url.replace('localhost', '127.0.0.1'), accounts }))

process.stdin.resume()
process.stdin.on('end', async () => {
  await Promise.race([network.close().catch(() => {}), new Promise((done) => setTimeout(done, 3000))])
  process.exit(0)
})
