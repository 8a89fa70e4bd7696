import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, mock, test } from "node:test"
import { Connection, type Status } from "../../src/core/connection"
import type { SocketHandlers } from "../../src/core/socket"
import { WireError } from "../../src/core/wire"

const capabilities = { inlineCompletionProvider: {}, positionEncoding: "utf-16", experimental: { inkling: { protocol: 1, model: { name: "m" }, limits: { documents: 7 } } } }

interface Attempt extends SocketHandlers { credential: string; sent: { id?: number; method?: string }[]; closed: boolean }

// start returns a connection whose sockets are attempts that the test answers.
function start(credential: (key: string) => Promise<string> = (key) => Promise.resolve(key), key = "key") {
  const attempts: Attempt[] = [], statuses: Status[] = []
  let ready = 0
  const connection = new Connection({
    key: () => Promise.resolve(key), clientName: "test", clientVersion: "1",
    transport: {
      credential,
      open(used, handlers) {
        const attempt: Attempt = { credential: used, sent: [], closed: false, ...handlers }
        attempts.push(attempt)
        return { send: (text) => attempt.sent.push(JSON.parse(text)), close: () => { attempt.closed = true } }
      },
    },
  }, { onStatus: (status) => statuses.push(status), onReady: () => { ready++ }, onDelta() {}, onResync() {}, onLog() {} })
  return {
    connection, attempts, statuses,
    get ready() { return ready },
    get last() { return attempts.at(-1)! },
    get status() { return statuses.at(-1)! },
    async connect() { connection.connect(); await settled() },
    async answer(result: unknown = { serverInfo: { name: "inkling", version: "1" }, capabilities }) {
      attempts.at(-1)!.onOpen()
      await settled()
      attempts.at(-1)!.onMessage(JSON.stringify({ jsonrpc: "2.0", id: attempts.at(-1)!.sent[0]!.id, ...(result instanceof WireError
        ? { error: { code: result.code, message: result.message, data: { reason: result.reason } } } : { result }) }))
      await settled()
    },
  }
}

async function settled() { for (let i = 0; i < 12; i++) await Promise.resolve() }

describe("the connection", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }))
  afterEach(() => mock.timers.reset())

  test("is ready when initialize is answered", async () => {
    const one = start()
    await one.connect()
    await one.answer()
    assert.equal(one.status.kind === "ready" && one.status.server.limits.documents, 7)
    assert.equal(one.last.credential, "key")
    assert.deepEqual(one.last.sent.map(({ method }) => method), ["initialize", "initialized"])
    assert.equal(one.ready, 1)
    one.connection.close()
  })

  test("comes back by itself, each time a little later, and at most every 19 s", async () => {
    const one = start()
    await one.connect()
    const delays: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      one.last.onClose(1006, "", 0)
      const { status } = one
      assert.equal(status.kind, "waiting")
      const delay = status.kind === "waiting" ? status.until - Date.now() : 0
      delays.push(delay)
      mock.timers.tick(Math.ceil(delay))
      await settled()
      assert.equal(one.attempts.length, attempt + 2, "there is no new attempt when its time has come")
    }
    assert.ok(delays[0]! <= 125 && Math.max(...delays) <= 18_750 && delays.at(-1)! >= 11_250, delays.join())
    await one.answer()
    one.last.onClose(1012, "", 0)
    assert.ok(one.status.kind === "waiting" && one.status.until - Date.now() <= 125, "after it was ready, the next return is soon")
    one.connection.close()
    mock.timers.tick(60_000)
    await settled()
    assert.equal(one.attempts.length, 13, "it comes back though it was closed")
  })

  test("a session that the server ends at once is come back to ever later, one that stood is come back to soon", async () => {
    const one = start()
    await one.connect()
    const ends = async (code: number, after = 0) => {
      await one.answer()
      mock.timers.tick(after)
      one.last.onClose(code, "", 0)
      const { status } = one, delay = status.kind === "waiting" ? status.until - Date.now() : 0
      mock.timers.tick(Math.ceil(delay))
      await settled()
      return delay
    }
    const delays: number[] = []
    for (let round = 0; round < 8; round++) delays.push(await ends(1009))
    assert.equal(one.ready, 8)
    assert.ok(delays[3]! >= 750 && delays[7]! >= 11_250, delays.join())
    assert.ok(await ends(1009, 5000) <= 125, "though it stood for 5 s")
    one.connection.close()
  })

  test("what waits on a lost connection fails at once", async () => {
    const one = start()
    await one.connect()
    await one.answer()
    const request = one.connection.request("x", {})
    one.last.onClose(1006, "", 0)
    await assert.rejects(request, (error: WireError) => error.code === 0 && error.reason === "offline")
    await assert.rejects(one.connection.request("x", {}), WireError)
    one.connection.close()
    mock.timers.tick(3_600_000)
    await settled()
    assert.equal(one.status.kind, "closed")
    assert.equal(one.attempts.length, 1, "a timer of what waited is left")
  })

  test("stays away where coming back changes nothing", async () => {
    for (const [code, refused, problem, message] of [
      [4100, 0, "key", /does not take the key/], [4101, 0, "sessions", /4101/], [4102, 0, "ended", /for good \(4102\)/], [1006, 401, "key", /does not take the key/],
      [1006, 404, "server", /no Inkling server, or one from before sessions/], [1006, 403, "origin", /start it with --allowed-hosts or --allowed-origins/],
    ] as const) {
      const one = start()
      await one.connect()
      one.last.onClose(code, "", refused)
      assert.equal(one.status.kind === "refused" && one.status.problem, problem, `${code} ${refused}`)
      assert.match(one.status.kind === "refused" ? one.status.message : "", message)
      mock.timers.tick(3_600_000)
      await settled()
      assert.equal(one.attempts.length, 1)
    }
  })

  test("a busy server is come back to", async () => {
    const one = start()
    await one.connect()
    one.last.onClose(1006, "", 503)
    assert.equal(one.status.kind === "waiting" && one.status.why, "it answered HTTP 503")
    one.connection.close()
  })

  test("a wrong key is told by the answer to initialize", async () => {
    const one = start()
    await one.connect()
    await one.answer(new WireError(-32803, "a valid token is needed", "unauthorized"))
    assert.equal(one.status.kind === "refused" && one.status.problem, "key")
    assert.ok(one.last.closed)
    const without = start(undefined, "")
    await without.connect()
    await without.answer(new WireError(-32803, "a valid token is needed", "unauthorized"))
    assert.match(without.status.kind === "refused" ? without.status.message : "", /wants a key, and none was entered/)
  })

  test("a key for which there is no ticket is refused before a socket is opened; a server that is away is not", async () => {
    const refused = start(() => Promise.reject(new WireError(401, "the key is not valid", "unauthorized")))
    await refused.connect()
    assert.equal(refused.status.kind === "refused" && refused.status.problem, "key")
    assert.equal(refused.attempts.length, 0)
    const elsewhere = start(() => Promise.reject(new WireError(403, "other origins are served", "origin")))
    await elsewhere.connect()
    assert.equal(elsewhere.status.kind === "refused" && elsewhere.status.problem, "origin")
    const away = start(() => Promise.reject(new TypeError("Failed to fetch")))
    await away.connect()
    assert.equal(away.status.kind, "waiting")
    away.connection.close()
  })

  test("servers that do not match are refused, each with its reason", async () => {
    const ours = capabilities.experimental.inkling
    for (const [result, message] of [
      [{ serverInfo: { name: "gopls" }, capabilities: { inlineCompletionProvider: {} } }, /gopls is no Inkling server, or an old one/],
      [{ capabilities: {} }, /announces no inkling protocol/],
      [{ capabilities: { ...capabilities, experimental: { inkling: { ...ours, protocol: 2 } } } }, /speaks protocol 2, this extension 1: update the extension/],
      [{ capabilities: { ...capabilities, experimental: { inkling: { ...ours, protocol: 0 } } } }, /update the server/],
      [{ capabilities: { ...capabilities, positionEncoding: "utf-8" } }, /counts characters by utf-8/],
    ] as const) {
      const one = start()
      await one.connect()
      await one.answer(result)
      assert.ok(one.status.kind === "refused" && one.status.problem === "protocol", one.status.kind)
      assert.match(one.status.message, message)
      assert.equal(one.ready, 0)
    }
  })

  test("what sends no JSON is no server", async () => {
    const one = start()
    await one.connect()
    one.last.onOpen()
    one.last.onMessage("hello")
    assert.equal(one.status.kind === "refused" && one.status.problem, "server")
  })

  test("a server that does not answer initialize is tried again", async () => {
    const one = start()
    await one.connect()
    one.last.onOpen()
    mock.timers.tick(10_000)
    await settled()
    assert.ok(one.status.kind === "waiting" && /not answered within 10 s/.test(one.status.why))
    assert.ok(one.last.closed)
    one.connection.close()
  })

  test("a server that says nothing for 70 s while a request waits is left, and come back to", async () => {
    const one = start()
    await one.connect()
    await one.answer()
    mock.timers.tick(3_600_000)
    assert.equal(one.connection.isReady, true, "nothing was asked")
    const lost = assert.rejects(one.connection.request("x", {}), (error: WireError) => error.code === 0)
    mock.timers.tick(40_000)
    const again = assert.rejects(one.connection.request("y", {}), (error: WireError) => error.code === 0) // puts nothing off
    mock.timers.tick(29_999)
    assert.equal(one.connection.isReady, true)
    mock.timers.tick(1)
    assert.ok(one.status.kind === "waiting" && /nothing came from it for 70 s/.test(one.status.why) && one.status.until - Date.now() <= 125)
    assert.ok(one.last.closed)
    await Promise.all([lost, again])
    mock.timers.tick(125)
    await settled()
    await one.answer()
    assert.equal(one.ready, 2)
    mock.timers.tick(3_600_000)
    assert.equal(one.connection.isReady, true, "a timer of the session before is left")
    one.connection.close()
  })

  test("whatever a server says while a request waits keeps the session", async () => {
    const one = start()
    await one.connect()
    await one.answer()
    const id = one.connection.nextId(), request = one.connection.request("x", {})
    for (let delta = 0; delta < 5; delta++) {
      mock.timers.tick(69_999)
      one.last.onMessage(JSON.stringify({ jsonrpc: "2.0", method: "$/progress", params: { token: id, value: { kind: "delta", item: 0, text: "a", confidence: 1 } } }))
    }
    mock.timers.tick(69_999)
    one.last.onMessage(JSON.stringify({ jsonrpc: "2.0", id, result: 7 }))
    assert.equal(await request, 7)
    mock.timers.tick(3_600_000)
    assert.equal(one.status.kind, "ready", "no request waits any more")
    one.connection.close()
  })

  test("after a session that was ended for being idle it comes back when there is something to say", async () => {
    const one = start()
    await one.connect()
    await one.answer()
    one.last.onClose(4001, "", 0)
    assert.equal(one.status.kind, "asleep")
    mock.timers.tick(3_600_000)
    await settled()
    assert.equal(one.attempts.length, 1)
    one.connection.wake()
    await settled()
    assert.equal(one.attempts.length, 2)
    one.connection.close()
  })

  test("what an older socket says is not listened to", async () => {
    const one = start()
    await one.connect()
    const older = one.last
    await one.connect()
    await one.answer()
    older.onClose(4100, "", 0)
    assert.equal(one.status.kind, "ready")
    one.connection.close()
  })
})
