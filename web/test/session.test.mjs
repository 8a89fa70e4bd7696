import assert from "node:assert/strict"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { drawn, forgetDrawn, ghost, homeWithKeys, launch, open, serve, settled, text } from "./harness.mjs"

let server, browser
before(async () => { [server, browser] = await Promise.all([serve(), launch()]) })
after(async () => { await browser?.close(); await server?.stop() })

// between puts a hold on what the server says. held are the messages that wait; release sends them on, in order.
function between() {
  const link = { hold: false, held: [], change: (message) => message, sockets: [], sent: [] }
  link.install = (page) => page.routeWebSocket(/\/api\/v1\/stream/, (socket) => {
    const upstream = socket.connectToServer()
    link.sockets.push(socket)
    socket.onMessage((message) => {
      link.sent.push(JSON.parse(message))
      upstream.send(message)
    })
    upstream.onMessage((message) => {
      const send = () => socket.send(JSON.stringify(link.change(JSON.parse(message))))
      if (!link.hold) return send()
      link.held.push({ message: JSON.parse(message), send })
      link.arrived?.()
    })
  })
  // until waits for a held message that passes.
  link.until = async (passes) => {
    while (!link.held.some(({ message }) => passes(message))) await new Promise((resolve) => { link.arrived = resolve })
  }
  link.release = () => { for (const { send } of link.held.splice(0)) send() }
  return link
}

describe("a session", { timeout: 1_800_000 }, () => {
  test("what comes late is never drawn", async () => {
    const link = between()
    const { page, context, errors } = await open(browser, server.url, {}, link.install)
    link.hold = true
    await page.keyboard.type("max")
    await link.until((message) => message.result?.items?.length)
    const late = link.held.flatMap(({ message }) => message.method === "$/progress" ? [message.params.value.text] : [])
    assert.ok(late.length > 0, "the server streamed nothing")
    await page.keyboard.type("Q")
    await forgetDrawn(page)
    link.hold = false
    link.release()
    await settled(page)
    for (const entry of await drawn(page)) assert.ok(!entry.ghost.startsWith(late[0]), `drawn late: ${entry.line}`)
    assert.deepEqual(errors, [])
    await context.close()
  })

  test("comes back after the server restarts, with the text kept and in step", async () => {
    const own = await serve()
    const { page, context, frames } = await open(browser, own.url)
    await page.keyboard.type("max")
    assert.notEqual(await settled(page), "")
    await own.stop()
    await page.waitForSelector('#connection[data-kind="waiting"]')
    assert.equal(await ghost(page), "", "a suggestion stays though nobody stands behind it")
    await page.keyboard.type("(self.")
    const kept = await text(page)
    assert.match(kept, /return max\(self\.\)/)
    const again = await serve(own.port)
    try {
      await page.waitForSelector('#connection[data-kind="ready"]', { timeout: 60_000 })
      assert.equal(await text(page), kept)
      const opened = frames.findLast((frame) => frame.method === "textDocument/didOpen")
      assert.equal(opened.params.textDocument.text, kept)
      await page.keyboard.type("v")
      assert.notEqual(await settled(page), "", "nothing is suggested after the return")
    } finally {
      await again.stop()
      await context.close()
    }
  })

  test("asks to open the document again are followed", async () => {
    const link = between()
    const { page, context } = await open(browser, server.url, {}, link.install)
    await page.keyboard.type("max")
    await settled(page)
    const opened = () => link.sent.filter((message) => message.method === "textDocument/didOpen").map((message) => message.params.textDocument)
    link.sockets[0].send(JSON.stringify({ jsonrpc: "2.0", method: "inkling/resync", params: { uri: opened()[0].uri } }))
    await page.keyboard.type("(")
    assert.notEqual(await settled(page), "")
    const [first, second] = opened()
    assert.equal(second.uri, first.uri)
    assert.ok(second.version > first.version)
    assert.match(second.text, /return max(\(\)?)?\n/) // before or after the next letter
    await context.close()
  })

  test("a used-up quota is told with its countdown", async () => {
    const link = between()
    link.change = (message) => message.result?.inkling
      ? { ...message, result: { items: [], inkling: { ...message.result.inkling, why: "quota", retryAfterMs: 90_000 } } } : message
    const { page, context } = await open(browser, server.url, {}, link.install)
    await page.keyboard.type("max")
    await settled(page)
    assert.match(await page.textContent("#outcome"), /The quota is used up; more in 1:(30|29)/)
    await context.close()
  })

  test("a quota that is really used up is told, and the text goes on", async () => {
    const own = await serve(0, [], { RATE_LIMIT_REQUESTS: "1", RATE_LIMIT_WINDOW: "600" }) // ten suggestions shown in a session
    const { page, context, errors } = await open(browser, own.url)
    try {
      const told = () => page.evaluate(() => document.getElementById("outcome").textContent)
      for (let i = 0; i < 30 && !/quota/.test(await told()); i++) { // what is typed along is free, so each is on a line of its own
        await page.keyboard.insertText(`\ndef total_of_${i}(values_${i}):\n    return sum(`)
        await page.keyboard.press("Alt+\\")
        await settled(page)
      }
      assert.match(await told(), /^The quota is used up; more in \d+:\d\d$/)
      assert.equal(await ghost(page), "")
      assert.deepEqual(errors, [])
    } finally {
      await context.close()
      await own.stop()
    }
  })

  test("a server that imports its model is waited for, and then completes", async () => {
    const { home, remove } = await homeWithKeys()
    await rm(join(home, "cache")) // so that the model must be made again, which takes long enough to be seen
    const own = await serve(0, [], { INKLING_HOME: home }, { loading: true })
    const { page, context, errors } = await open(browser, own.url)
    try {
      await page.waitForSelector('#connection[data-model="loading"]')
      assert.equal(await page.textContent("#connection"), "Connected; the model is loading")
      await page.keyboard.press("Alt+\\")
      await page.waitForFunction(() => document.getElementById("outcome").textContent === "The model is still loading")
      await page.waitForSelector('#connection[data-model="ready"]')
      assert.match(await page.textContent("#connection"), /SmolLM2/)
      await page.waitForFunction(() => document.getElementById("editor").shadowRoot.querySelector(".cm-ghost"))
      assert.deepEqual(errors.filter((error) => !error.includes("503")), []) // /health says 503 while it loads
    } finally {
      await context.close()
      await own.stop()
      await remove()
    }
  })

  test("a key is forgotten with its tab, or kept where the user says so", async () => {
    const { home, keys: [key], remove } = await homeWithKeys(["ann"])
    const guarded = await serve(0, ["--require-keys"], { INKLING_HOME: home })
    const context = await browser.newContext()
    try {
      const visit = async (state) => {
        const page = await context.newPage()
        page.setDefaultTimeout(120_000)
        await page.goto(guarded.url)
        await page.waitForSelector(`#connection[data-kind="${state}"]`)
        return page
      }
      const enter = async (page, keep) => {
        await page.waitForSelector("#settings[open]")
        await page.fill('input[name="key"]', key)
        await page.setChecked('input[name="keep"]', keep)
        await page.click('#settings button[type="submit"]')
        await page.waitForSelector('#connection[data-kind="ready"]')
      }
      const first = await visit("refused")
      await enter(first, false)
      await first.reload()
      await first.waitForSelector('#connection[data-kind="ready"]')
      assert.equal(await first.evaluate(() => JSON.stringify({ ...localStorage })).then((kept) => kept.includes(key)), false)
      await enter(await visit("refused"), true)
      const third = await visit("ready")
      assert.equal(await third.isChecked('input[name="keep"]'), true)
      await third.click("#settings-button")
      await third.uncheck('input[name="keep"]')
      await third.click('#settings button[type="submit"]')
      await visit("refused")
    } finally {
      await context.close()
      await guarded.stop()
      await remove()
    }
  })

  test("a model that is loading is asked again by itself", async () => {
    const link = between()
    let answers = 0, twice
    const asked = new Promise((resolve) => { twice = resolve })
    link.change = (message) => {
      if (message.result?.inkling && ++answers === 2) twice()
      return message.result?.inkling && answers === 1 ? { jsonrpc: "2.0", id: message.id, error: { code: -32802, message: "the model is still loading", data: { reason: "loading", retryAfterMs: 50 } } } : message
    }
    const { page, context } = await open(browser, server.url, {}, link.install)
    await page.keyboard.press("Alt+\\")
    await asked
    assert.notEqual(await settled(page), "")
    await context.close()
  })

  test("a close code that is final is told, and a key is asked for", async () => {
    const link = between()
    const { page, context } = await open(browser, server.url, {}, link.install)
    await link.sockets[0].close({ code: 4100, reason: "a valid token is needed" })
    await page.waitForSelector('#connection[data-kind="refused"]')
    assert.match(await page.textContent("#connection"), /a valid token is needed/)
    await page.fill('dialog input[name="key"]', "secret-key")
    await page.keyboard.press("Enter")
    await page.waitForSelector('#connection[data-kind="ready"]')
    assert.ok(!JSON.stringify(link.sent).includes("secret-key"), "the key travels in a message")
    assert.ok(!page.url().includes("secret"))
    assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage }).includes("secret-key")), false)
    await context.close()
  })
})
