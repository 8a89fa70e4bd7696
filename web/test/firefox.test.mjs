// The playground's core in Firefox, which is driven by WebDriver BiDi.
import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { after, before, describe, test } from "node:test"
import puppeteer from "puppeteer-core"
import { drawn, forgetDrawn, ghost, record, serve, settled, text } from "./harness.mjs"

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
})
