import assert from "node:assert/strict"
import { EventEmitter, once } from "node:events"
import type { AddressInfo } from "node:net"
import { describe, mock, type TestContext, test } from "node:test"
import { type WebSocket, WebSocketServer } from "ws"
import { open } from "../../src/nodeSocket"

// start opens a socket at a server that pings where the test says so.
async function start(t: TestContext) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "inkling.v1" })
  t.after(() => { for (const client of server.clients) client.terminate(); server.close() })
  await once(server, "listening")
  const heard = new EventEmitter(), accepted = once(server, "connection"), opened = once(heard, "open"), closed = once(heard, "close")
  const socket = open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, "key", {
    onOpen: () => heard.emit("open"), onMessage: () => {}, onClose: (...how) => heard.emit("close", ...how),
  })
  const [[peer]] = await Promise.all([accepted as Promise<[WebSocket]>, opened])
  return {
    socket, peer, closed,
    async ping() {
      peer.ping()
      await once(peer, "pong")
    },
    async isOpen() {
      await new Promise(setImmediate)
      return peer.readyState === peer.OPEN && heard.listenerCount("close") === 1
    },
  }
}

function timers() { return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length }

describe("a socket in Node", { timeout: 10_000 }, () => {
  test("ends 50 s after the last ping", async (t) => {
    mock.timers.enable({ apis: ["setTimeout"] })
    t.after(() => mock.timers.reset())
    const one = await start(t)
    for (let ping = 0; ping < 3; ping++) {
      await one.ping()
      mock.timers.tick(49_999)
      assert.ok(await one.isOpen())
    }
    mock.timers.tick(1)
    assert.equal(await one.isOpen(), false)
    assert.deepEqual(await one.closed, [1006, "nothing came from it for 50 s", 0])
  })

  test("stays where no ping ever came, as through what keeps them to itself", async (t) => {
    mock.timers.enable({ apis: ["setTimeout"] })
    t.after(() => mock.timers.reset())
    const one = await start(t)
    mock.timers.tick(3_600_000)
    assert.ok(await one.isOpen())
  })

  test("leaves no timer, whichever side closes it", async (t) => {
    for (const side of ["socket", "peer"] as const) {
      const before = timers(), one = await start(t)
      await one.ping()
      const gone = once(one.peer, "close")
      one[side].close()
      await Promise.all([one.closed, gone])
      assert.equal(timers(), before, side)
    }
  })
})
