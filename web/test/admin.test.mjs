import assert from "node:assert/strict"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { homeWithKeys, launch, open, serve, settled } from "./harness.mjs"

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js")
let server, browser, root
before(async () => {
  root = await mkdtemp(join(tmpdir(), "inkling-warm-"))
  await mkdir(join(root, "app"))
  await writeFile(join(root, "app", "a.py"), "import os\n\n\ndef first(a):\n    return a\n\n\ndef second(a):\n    return a\n\n\ndef third(a):\n    return a\n")
  ;[server, browser] = await Promise.all([serve(0, ["--warm-root", root]), launch()])
})
after(async () => { await browser?.close(); await server?.stop(); await rm(root, { recursive: true, force: true }) })

// administer opens the page of administrators and collects what it complains of and which addresses it asks for.
async function administer(url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const errors = [], asked = []
  page.on("pageerror", (error) => errors.push(error.message))
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 40")) errors.push(message.text()) })
  page.on("request", (request) => asked.push(request.url()))
  page.on("websocket", (socket) => asked.push(socket.url()))
  await page.goto(url + "admin")
  return { context, page, errors, asked }
}

const cell = (page, table, text) => page.waitForSelector(`#${table} td:has-text("${text}")`)

describe("administration", { timeout: 600_000 }, () => {
  test("shows the server, its sessions and users, and ends a session", async () => {
    const typing = await open(browser, server.url)
    const { page, context, errors } = await administer(server.url)
    await page.waitForSelector('#server dd:has-text("SmolLM2")')
    await cell(page, "sessions", "inkling-playground")
    await cell(page, "users", "local")
    assert.match(await page.textContent("#users"), /\d+ of 10000/)
    await page.click('#sessions button:has-text("End")')
    await typing.page.waitForSelector('#connection[data-kind="refused"]')
    await page.waitForFunction(() => !document.querySelector("#sessions td"))
    assert.match(await page.textContent("#charts"), /Sessions: \d/)
    assert.deepEqual(errors, [])
    await typing.context.close()
    await context.close()
  })

  test("warms a folder, and says why it does not", async () => {
    const { page, context } = await administer(server.url)
    await page.waitForSelector("#server dd")
    await page.fill("#folder", "app")
    await page.click('#warm-form button[type="submit"]')
    await page.waitForFunction(() => /Warmed app: 1 of 1 files, [1-9]\d* places computed/.test(document.getElementById("warm").textContent))
    await page.fill("#folder", "/etc")
    await page.click('#warm-form button[type="submit"]')
    await page.waitForFunction(() => document.getElementById("notice").textContent.includes("WARM_ROOT"))
    await context.close()
  })

  test("has no violation of accessibility, and no sideways scrolling at 360 px", async () => {
    for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 700 }]) {
      const { page, context } = await administer(server.url, { viewport, bypassCSP: true })
      await page.waitForSelector("#server dd")
      await page.addScriptTag({ path: axe })
      const { violations } = await page.evaluate(() => window.axe.run())
      assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`), [])
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${viewport.width} px: it scrolls sideways`)
      await context.close()
    }
  })

  test("asks for an administrator's key, and the key travels in no address", async () => {
    const { home, keys: [plain, administrator], remove } = await homeWithKeys(["ann"], ["root", "--admin"])
    const guarded = await serve(0, ["--require-keys"], { INKLING_HOME: home })
    try {
      const { page, context, asked } = await administer(guarded.url)
      const notice = (text) => page.waitForFunction((text) => document.getElementById("notice").textContent.includes(text), text)
      await notice("key is needed")
      await page.fill("#key", plain)
      await page.click("#key-form button")
      await notice("needs an administrator's key")
      await page.fill("#key", administrator)
      await page.click("#key-form button")
      await cell(page, "users", "ann")
      await cell(page, "users", "root (administrator)")
      assert.ok(await page.isHidden("#notice"))
      for (const url of asked) assert.ok(!url.includes(plain) && !url.includes(administrator), "a key in an address")
      await context.close()
    } finally {
      await guarded.stop()
      await remove()
    }
  })

  test("the playground trades its key for a ticket, which opens one session", async () => {
    const { home, keys: [key], remove } = await homeWithKeys(["ann", "--tier", "premium"])
    const guarded = await serve(0, ["--require-keys"], { INKLING_HOME: home })
    try {
      const context = await browser.newContext()
      const page = await context.newPage()
      const asked = [], offered = [], frames = []
      page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`))
      page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => frames.push(payload)))
      await page.addInitScript(() => {
        const Real = window.WebSocket
        window.offered = []
        window.WebSocket = class extends Real { constructor(url, protocols) { super(url, protocols); window.offered.push(protocols) } }
      })
      await page.goto(guarded.url)
      await page.waitForSelector('#connection[data-kind="refused"]')
      await page.waitForSelector("#settings[open]") // opens by itself where a key is needed
      await page.fill('input[name="key"]', "ink_wrong")
      await page.click('#settings button[type="submit"]')
      await page.waitForSelector('#connection[data-kind="refused"]')
      await page.waitForSelector("#settings[open]")
      await page.fill('input[name="key"]', key)
      await page.click('#settings button[type="submit"]')
      await page.waitForSelector('#connection[data-kind="ready"]')
      await page.keyboard.type("max")
      assert.notEqual(await settled(page), "")
      offered.push(...await page.evaluate(() => window.offered))
      assert.match(offered.at(-1)[1], /^inkling\.ticket\.[a-z_]+[0-9a-f]{64}$/)
      assert.ok(asked.some((one) => one.startsWith("POST") && one.endsWith("/api/v1/ticket")))
      for (const text of [...asked, ...frames, ...offered.flat()]) assert.ok(!text.includes(key), "the key travels besides the header")
      await context.close()
    } finally {
      await guarded.stop()
      await remove()
    }
  })
})
