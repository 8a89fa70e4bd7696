import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { after, before, describe, test } from "node:test"
import { WebSocketServer } from "ws"
import { launch, notifications, open, serve, stage } from "./harness.mjs"

const on = stage(), start = "def add(a, b):\n    "
let browser
before(async () => {
  browser = await launch()
  on.ends(() => browser.close())
})
after(() => on.end())

describe("servers that do not fit", { timeout: 900_000 }, () => {
  // said opens a file with a server at an address and returns what is said of it, once.
  async function said(url, pattern) {
    const vscode = await on.editor({ "inkling.server": url })
    const { page, context } = await open(browser, vscode, vscode.put("fits.py", start), pattern)
    await page.waitForSelector(".notification-toast")
    await page.keyboard.type("x")
    const all = await notifications(page)
    await context.close()
    return all
  }

  test("another program is told apart", async () => {
    const web = createServer((_, answer) => answer.writeHead(404).end()).listen(0, "127.0.0.1")
    await once(web, "listening")
    on.ends(() => web.close())
    const all = await said(`http://127.0.0.1:${web.address().port}`, /^Inkling, no server\./)
    assert.equal(all.length, 1)
    assert.match(all[0], /no Inkling server, or one from before sessions/)
  })

  // speaks starts a server that answers initialize in its own way.
  async function speaks(result) {
    const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" })
    await once(sockets, "listening")
    sockets.on("connection", (socket) => socket.on("message", (data) => {
      const { id, method } = JSON.parse(data)
      if (method === "initialize") socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }))
    }))
    on.ends(() => { for (const socket of sockets.clients) socket.terminate(); sockets.close() })
    return `ws://127.0.0.1:${sockets.address().port}`
  }

  test("an old server is told", async () => {
    const all = await said(await speaks({ serverInfo: { name: "inkling" }, capabilities: {} }), /^Inkling, other version\./)
    assert.deepEqual(all.length, 1)
    assert.match(all[0], /no Inkling server, or an old one/)
  })

  test("another protocol is told", async () => {
    const all = await said(await speaks({ serverInfo: { name: "inkling" }, capabilities: { inlineCompletionProvider: {}, experimental: { inkling: { protocol: 9 } } } }), /^Inkling, other version\./)
    assert.match(all.join(), /speaks protocol 9, this extension 1: update the extension/)
  })

  test("too many sessions are told, and it stays away", async () => {
    const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" })
    await once(sockets, "listening")
    on.ends(() => sockets.close())
    let sessions = 0
    sockets.on("connection", (socket) => { sessions++; socket.close(4101, "the user has 64 sessions, which is the most") })
    const all = await said(`ws://127.0.0.1:${sockets.address().port}`, /^Inkling, too many sessions\./)
    assert.deepEqual([all, sessions], [["Inkling: the user has 64 sessions, which is the most"], 1])
  })

  test("a server of other origins is told, in a browser's worker", async () => {
    const other = await serve(0, ["--allowed-origins", "https://elsewhere.example"])
    on.ends(other.stop)
    const vscode = await on.editor({ "inkling.server": other.url }, { worker: true })
    const { page, context } = await open(browser, vscode, vscode.put("origin.py", start), /^Inkling, refused\./)
    await page.waitForSelector(".notification-toast")
    const all = await notifications(page)
    assert.equal(all.length, 1)
    assert.ok(all[0].includes(`--allowed-origins ${vscode.url.slice(0, -1)}`), all[0])
    await context.close()
  })

  test("an address that is none is told", async () => {
    assert.match((await said("ftp://host", /^Inkling, bad address\./)).join(), /ftp:\/\/ is not known/)
  })
})
