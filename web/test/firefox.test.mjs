// The playground's core in Firefox, which is driven by WebDriver BiDi.
import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { readFile, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import puppeteer from "puppeteer-core"
import { drawn, forgetDrawn, ghost, homeWithKeys, record, serve, settled, text } from "./harness.mjs"

const places = ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"]

let server, browser
before(async () => {
  const executablePath = process.env.FIREFOX_PATH ?? places.find(existsSync)
  if (!executablePath) throw new Error("no Firefox: install it (Debian: apt-get install firefox-esr) or name it by FIREFOX_PATH")
  ;[server, browser] = await Promise.all([serve(), puppeteer.launch({ browser: "firefox", executablePath, headless: true })])
})
after(async () => { await browser?.close(); await server?.stop() })

// suggested opens the page, types the start of a call into the sample, and returns once a whole suggestion is drawn.
async function suggested(url = server.url, before = () => {}) {
  const page = await browser.newPage()
  await page.evaluateOnNewDocument(before)
  const errors = []
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warn") errors.push(message.text()) })
  page.on("pageerror", (error) => errors.push(error.message))
  await page.setViewport({ width: 1100, height: 720 })
  await page.goto(url)
  await page.waitForSelector('#connection[data-kind="ready"]')
  await page.evaluate(record)
  await page.keyboard.type("max")
  const suggestion = await settled(page)
  assert.notEqual(suggestion, "", "nothing is suggested after \"max\"")
  return { page, errors, suggestion }
}

function playing(name, play) {
  test(name, async () => {
    const opened = await suggested()
    try {
      await play(opened)
      assert.deepEqual(opened.errors, [])
    } finally {
      await opened.page.close()
    }
  })
}

async function chord(page, modifier, key) {
  await page.keyboard.down(modifier)
  await page.keyboard.press(key)
  await page.keyboard.up(modifier)
}

describe("Firefox", { timeout: 600_000 }, () => {
  playing("ghost text grows, and Tab accepts all of it", async ({ page, suggestion }) => {
    const steps = (await drawn(page)).filter((entry) => entry.line === "        return max" + entry.ghost).map((entry) => entry.ghost).filter(Boolean)
    assert.ok(steps.length >= 2, `drawn in ${steps.length} steps`)
    const before = await text(page)
    await page.keyboard.press("Tab")
    assert.equal(await text(page), before.replace("return max", "return max" + suggestion))
  })

  playing("a word at a time is accepted, and the rest stays", async ({ page, suggestion }) => {
    await chord(page, "Control", "ArrowRight")
    const first = /^\s*(?:[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+)/u.exec(suggestion)[0]
    assert.equal(await settled(page), suggestion.slice(first.length))
    assert.ok((await text(page)).includes("return max" + first))
  })

  playing("typing along keeps the ghost, another letter removes it, Escape dismisses it", async ({ page, suggestion }) => {
    await forgetDrawn(page)
    await page.keyboard.type(suggestion[0])
    assert.equal(await settled(page), suggestion.slice(1))
    for (const entry of await drawn(page)) assert.equal(entry.line, "        return max" + suggestion)
    await page.keyboard.press("Escape")
    assert.equal(await ghost(page), "")
    await forgetDrawn(page)
    await page.keyboard.type("Q")
    assert.ok(!(await drawn(page))[0].line.endsWith(suggestion.slice(1)))
    await settled(page)
  })

  playing("alternatives are gone through in both directions", async ({ page }) => {
    await page.keyboard.type(" ")
    await settled(page)
    await chord(page, "Alt", "\\")
    const first = await settled(page)
    await chord(page, "Alt", "]")
    assert.notEqual(await settled(page), first, "there is one suggestion only")
    await chord(page, "Alt", "[")
    assert.equal(await ghost(page), first)
  })

  test("what comes late is never drawn", async () => {
    const { page, errors } = await suggested(server.url, () => {
      const Real = window.WebSocket
      window.held = null // messages that wait, while there is a list
      window.WebSocket = class extends Real {
        set onmessage(take) {
          super.onmessage = (event) => { if (window.held) window.held.push({ message: JSON.parse(event.data), take: () => take(event) }); else take(event) }
        }
      }
    })
    try {
      await page.keyboard.press("Escape")
      await page.evaluate(() => { window.held = [] })
      await chord(page, "Alt", "\\")
      await page.waitForFunction(() => window.held.some(({ message }) => message.result?.items?.length))
      const late = await page.evaluate(() => window.held.flatMap(({ message }) => message.method === "$/progress" ? [message.params.value.text] : []))
      assert.ok(late.length > 0, "the server streamed nothing")
      await page.keyboard.type("Q")
      await forgetDrawn(page)
      await page.evaluate(() => {
        const held = window.held
        window.held = null
        for (const { take } of held) take()
      })
      await settled(page)
      for (const entry of await drawn(page)) assert.ok(!entry.ghost.startsWith(late[0]), `drawn late: ${entry.line}`)
      assert.deepEqual(errors, [])
    } finally {
      await page.close()
    }
  })

  test("comes back after the server restarts, with the text kept", async () => {
    const own = await serve()
    const { page } = await suggested(own.url)
    await own.stop()
    await page.waitForSelector('#connection[data-kind="waiting"]')
    await page.keyboard.type("(self.")
    const kept = await text(page)
    const again = await serve(own.port)
    try {
      await page.waitForSelector('#connection[data-kind="ready"]', { timeout: 60_000 })
      assert.equal(await text(page), kept)
      await page.keyboard.type("v")
      assert.notEqual(await settled(page), "", "nothing is suggested after the return")
    } finally {
      await again.stop()
      await page.close()
    }
  })

  test("has no violation of accessibility, and no sideways scrolling, on a phone and on a large screen, with all panels", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
    const { page, errors } = await suggested()
    try {
      for (const [width, height] of [[360, 740], [3840, 2160]]) {
        await page.setViewport({ width, height })
        for (const path of ["/", "/admin"]) {
          await page.goto(new URL(path, server.url).href)
          await page.waitForSelector(path === "/" ? '#connection[data-kind="ready"]' : "#server dd")
          for (const button of path === "/" ? ["#glass-button", "#settings-button"] : []) await page.click(button)
          await page.evaluate(axe)
          const found = await page.evaluate(() => window.axe.run().then(({ violations }) => violations.map((one) => `${one.id}: ${one.nodes[0].html}`)))
          assert.deepEqual(found, [], `${path} at ${width} px`)
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${path} at ${width} px scrolls sideways`)
        }
      }
      assert.deepEqual(errors, [])
    } finally {
      await page.close()
    }
  })

  test("files keep their line ends and their columns", async () => {
    const { page, errors } = await suggested(server.url, () => {
      const Real = window.WebSocket
      window.sent = []
      window.WebSocket = class extends Real { send(data) { window.sent.push(JSON.parse(data)); super.send(data) } }
    })
    const path = join(tmpdir(), `inkling-${process.pid}.py`), last = (method) => page.evaluate((method) => window.sent.findLast((one) => one.method === method).params, method)
    try {
      await writeFile(path, "x = '😀e\u0301'\r\ny = 2\r\n")
      await (await page.$("#open")).uploadFile(path)
      await page.waitForFunction(() => document.querySelector(".tab.current").textContent.includes("inkling-"))
      assert.equal((await last("textDocument/didOpen")).textDocument.text, "x = '😀e\u0301'\r\ny = 2\r\n")
      await page.keyboard.press("End")
      await page.keyboard.press("Enter")
      await settled(page)
      assert.deepEqual((await last("textDocument/didChange")).contentChanges, [{ range: { start: { line: 0, character: 10 }, end: { line: 0, character: 10 } }, text: "\r\n" }])
      assert.deepEqual(errors, [])
    } finally {
      await page.close()
      await rm(path, { force: true })
    }
  })

  test("a key is asked for, entered, and travels in no address", async () => {
    const { home, keys: [key], remove } = await homeWithKeys(["ann"])
    const guarded = await serve(0, ["--require-keys"], { INKLING_HOME: home })
    const page = await browser.newPage()
    try {
      const asked = []
      page.on("request", (request) => asked.push(request.url()))
      await page.goto(guarded.url)
      await page.waitForSelector('#connection[data-kind="refused"]')
      await page.waitForSelector("#settings[open]") // opens by itself where a key is needed
      await page.type('input[name="key"]', key)
      await page.click('#settings button[type="submit"]')
      await page.waitForSelector('#connection[data-kind="ready"]')
      await page.keyboard.type("max")
      assert.notEqual(await settled(page), "")
      assert.ok(asked.some((url) => url.endsWith("/api/v1/ticket")), "no ticket was asked for")
      for (const url of asked) assert.ok(!url.includes(key), "the key is in an address")
    } finally {
      await page.close()
      await guarded.stop()
      await remove()
    }
  })
})
