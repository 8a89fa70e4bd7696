// A link stands between the extension and the real server: it keeps what travels, makes of it what the server's documents
// are, and can hold messages back or say some of its own.
import { once } from "node:events"
import { createServer, request } from "node:http"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { WebSocket, WebSocketServer } from "ws"

const here = dirname(fileURLToPath(import.meta.url))

// patience is how long a frame is waited for, in ms, before a test says what came instead.
const patience = 60_000

// naive returns a server of documents as the unit tests have it.
async function naive() {
  const { outputFiles: [file] } = await build({ entryPoints: [join(here, "../unit/naive.ts")], bundle: true, platform: "node", format: "esm", write: false })
  const { NaiveServer } = await import(`data:text/javascript;base64,${Buffer.from(file.contents).toString("base64")}`)
  return new NaiveServer()
}

export async function between(target) {
  const waiting = new Set()
  const link = {
    frames: [], connections: 0, protocols: [], tickets: 0, target,
    documents: (await naive()), // what the newest session has open
    intercept: () => false, // of a message from the server; true: it is not passed on
    say: () => { throw new Error("nobody is connected") }, // to the extension
    drop: () => {},
    // until resolves with the first frame, of those that came or come, that passes.
    until(passes) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`no such frame within ${patience / 1000} s; the last ones: ${JSON.stringify(link.frames.slice(-8))}`))
        }, patience)
        const look = () => {
          const found = link.frames.find(passes)
          if (!found) return
          clearTimeout(late)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
  }
  const note = (sent, message) => {
    const before = link.frames.at(-1)
    link.frames.push({ sent, at: performance.now(), bytes: JSON.stringify(message).length, ...message, index: (before?.index ?? -1) + 1 })
    for (const look of [...waiting]) look()
  }
  const server = createServer((incoming, outgoing) => {
    if (incoming.url.endsWith("/ticket")) link.tickets++
    const passed = request(new URL(incoming.url, link.target), { method: incoming.method, headers: { ...incoming.headers, host: new URL(link.target).host } }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on("error", () => outgoing.writeHead(502).end())
    incoming.pipe(passed)
  })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "inkling.v1" })
  server.on("upgrade", (incoming, socket, head) => {
    const protocols = (incoming.headers["sec-websocket-protocol"] ?? "").split(/, */)
    const headers = Object.fromEntries(["authorization", "origin"].flatMap((name) => incoming.headers[name] ? [[name, incoming.headers[name]]] : []))
    const upstream = new WebSocket(new URL(incoming.url, link.target.replace("http", "ws")), protocols, { headers, perMessageDeflate: false })
    upstream.on("unexpected-response", (_, answer) => socket.end(`HTTP/1.1 ${answer.statusCode} refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`))
    upstream.on("error", () => socket.destroy())
    upstream.on("open", () => sockets.handleUpgrade(incoming, socket, head, async (client) => {
      link.connections++
      link.protocols.push(protocols)
      link.documents.documents.clear()
      link.documents.highest.clear()
      link.say = (message) => client.send(JSON.stringify({ jsonrpc: "2.0", ...message }))
      link.drop = () => { client.terminate(); upstream.terminate() }
      client.on("message", (data) => {
        const message = JSON.parse(data)
        if (/^textDocument\/did(Open|Change|Close)$/.test(message.method)) link.documents.notification(message.method, message.params)
        note(true, message)
        upstream.send(String(data))
      })
      upstream.on("message", (data) => {
        const message = JSON.parse(data)
        note(false, message)
        if (!link.intercept(message)) client.send(String(data))
      })
      client.on("close", () => upstream.close())
      upstream.on("close", (code, reason) => code >= 1000 && code !== 1005 && code !== 1006 ? client.close(code, reason) : client.terminate())
    }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  link.url = `http://127.0.0.1:${server.address().port}`
  link.stop = () => { link.drop(); server.closeAllConnections(); server.close() }
  return link
}
