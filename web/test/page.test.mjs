import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { ghost, here, launch, open, serve, settled, text } from "./harness.mjs"

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js")
const images = process.env.INKLING_IMAGES ? join(here, "../../docs/images") : tmpdir()

let server, browser
before(async () => { [server, browser] = await Promise.all([serve(), launch()]) })
after(async () => { await browser?.close(); await server?.stop() })

// violations returns what axe finds, each with its first place. It runs beside the page's own policy: nothing is injected
// as markup.
async function violations(page) {
  await page.evaluate(await readFile(axePath, "utf8"))
  const { violations: found } = await page.evaluate(() => window.axe.run())
  return found.map((one) => `${one.id}: ${one.help}: ${one.nodes[0].html}: ${one.nodes[0].failureSummary}`)
}

function file(name, content) { return { name, mimeType: "application/octet-stream", buffer: Buffer.from(content) } }

describe("the page", { timeout: 600_000 }, () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const [width, height] of [[1100, 720], [360, 740], [3840, 2160]]) {
      test(`has no violation of accessibility, ${colorScheme}, ${width} wide`, async () => {
        const { page, context, errors } = await open(browser, server.url, { colorScheme, viewport: { width, height } })
        await page.keyboard.type("max")
        assert.notEqual(await settled(page), "")
        assert.deepEqual(await violations(page), [])
        await page.click("#glass-button")
        await page.waitForSelector(".timeline li")
        assert.deepEqual(await violations(page), [], "with the glass")
        await page.screenshot({ path: join(tmpdir(), `playground-${colorScheme}-${width}.png`) })
        await page.click("#settings-button")
        assert.deepEqual(await violations(page), [], "with the settings")
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.equal(overflow, 0, "the page is wider than the window")
        assert.deepEqual(errors, [])
        await context.close()
      })
    }
  }

  test("is photographed for the README", async () => {
    const { page, context } = await open(browser, server.url, { deviceScaleFactor: 2 })
    await page.click("#glass-button")
    await page.locator(".cm-content").focus()
    for (const letter of "max") {
      await page.keyboard.type(letter)
      await settled(page)
    }
    assert.notEqual(await ghost(page), "")
    await page.waitForSelector(".tokens li")
    await page.screenshot({ path: join(images, "playground.png") })
    await context.close()
  })

  test("a suggestion is announced politely, once it is whole", async () => {
    const { page, context } = await open(browser, server.url)
    await page.keyboard.type("max")
    const suggestion = await settled(page)
    await page.waitForFunction(() => document.getElementById("live").textContent !== "")
    assert.equal(await page.textContent("#live"), `Suggestion: ${suggestion}`)
    assert.equal(await page.getAttribute("#live", "aria-live"), "polite")
    await context.close()
  })

  test("the keyboard alone reaches everything, and leaves the editor", async () => {
    const { page, context } = await open(browser, server.url)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Tab")
    const reached = new Set()
    for (let i = 0; i < 20; i++) {
      reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent))
      await page.keyboard.press("Tab")
      if (await page.evaluate(() => document.activeElement.id === "editor")) break
    }
    for (const id of ["open", "glass-button", "settings-button", "language", "sample.py"]) assert.ok(reached.has(id), `${id} is not reached: ${[...reached]}`)
    await page.focus("#settings-button")
    await page.keyboard.press("Enter")
    assert.equal(await page.evaluate(() => document.getElementById("settings").open), true)
    await page.keyboard.press("Escape")
    await page.waitForFunction(() => document.activeElement.id === "editor")
    await page.keyboard.type("max")
    assert.match(await text(page), /return max/, "the cursor is not back in the editor")
    await context.close()
  })

  test("works on a phone, by touch", async () => {
    const { page, context } = await open(browser, server.url, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    await page.keyboard.type("max")
    const suggestion = await settled(page)
    await page.tap('[data-action="accept"]')
    assert.ok((await text(page)).includes("return max" + suggestion))
    const box = await page.locator(".cm-content").boundingBox()
    assert.ok(box.width > 250)
    await context.close()
  })

  test("each language has a sample that is completed", async () => {
    const { page, context, errors } = await open(browser, server.url)
    const { languages } = await (await fetch(server.url + "api/v1/languages")).json()
    const wanted = languages.map((one) => one.id)
    assert.ok(wanted.length >= 18)
    await page.waitForFunction((ids) => ids.every((id) => [...document.getElementById("language").options].some((one) => one.value === id)), wanted)
    for (const language of [...wanted.filter((one) => one !== "python"), "python"]) {
      await page.selectOption("#language", language)
      await page.waitForFunction((language) => document.querySelector(".tab.current").dataset.language === language && document.activeElement.id === "editor", language)
      assert.match(await page.textContent(".tab.current button"), /^sample\./)
      await page.keyboard.press("Alt+\\")
      assert.notEqual(await settled(page), "", `nothing is suggested in ${language}`)
      const coloured = await page.evaluate(() => document.getElementById("editor").shadowRoot.querySelectorAll(".cm-line span:not(.cm-ghost)").length)
      assert.ok(coloured >= 5, `${language} is not coloured`)
    }
    assert.equal(await page.locator(".tab").count(), wanted.length)
    assert.deepEqual(errors, [])
    await context.close()
  })

  test("the languages are the server's, and what it does not know is plain text", async () => {
    const { page, context, errors } = await open(browser, server.url)
    const { languages } = await (await fetch(server.url + "api/v1/languages")).json()
    assert.ok(languages.length >= 15)
    const wanted = languages.map((one) => one.id)
    await page.waitForFunction((ids) => ids.every((id) => [...document.getElementById("language").options].some((one) => one.value === id)), wanted)
    await page.setInputFiles("#open", file("main.kt", "fun main() {\n"))
    await page.waitForFunction(() => document.getElementById("language").value === "kotlin")
    await page.setInputFiles("#open", file("notes.unknown", "a text\n"))
    await page.waitForFunction(() => document.getElementById("outcome").textContent.startsWith("Plain text"))
    assert.equal(await page.inputValue("#language"), "plaintext")
    assert.deepEqual(errors, [])
    await context.close()
  })

  test("files are dropped into tabs, and tabs are closed", async () => {
    const { page, context, frames, errors } = await open(browser, server.url)
    await page.evaluate(() => {
      const transfer = new DataTransfer()
      for (const name of ["one.py", "two.go"]) transfer.items.add(new File([`// ${name}\n`], name))
      document.getElementById("editor").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }))
    })
    await page.waitForFunction(() => document.querySelectorAll(".tab").length === 3)
    assert.equal(await page.textContent(".tab.current button"), "two.go")
    assert.equal(await page.inputValue("#language"), "go")
    await page.click('button[aria-label="Close two.go"]')
    assert.equal(await page.textContent(".tab.current button"), "one.py")
    assert.equal(await text(page), "// one.py\n")
    const names = (method) => frames.filter((frame) => frame.method === method).map((frame) => frame.params.textDocument.uri.split("/").at(-1))
    assert.deepEqual(names("textDocument/didOpen"), ["sample.py", "one.py", "two.go"])
    assert.deepEqual(names("textDocument/didClose"), ["two.go"])
    assert.deepEqual(errors, [])
    await context.close()
  })

  test("a document that grows past the server's limit is told to be unsupported", async () => {
    const { page, context } = await open(browser, server.url)
    await page.setInputFiles("#open", file("large.txt", "0123456789abcde\n".repeat(2 * 65536)))
    await page.waitForFunction(() => document.querySelector(".tab.current").textContent.includes("large.txt"))
    await page.keyboard.type("x")
    await page.waitForFunction(() => document.getElementById("outcome").textContent === "This language or file is not supported")
    assert.match(await page.textContent("#notice"), /bytes, at most/)
    await context.close()
  })

  test("settings stay", async () => {
    const { page, context } = await open(browser, server.url)
    await page.click("#settings-button")
    await page.uncheck('dialog input[name="automatic"]')
    await page.fill('dialog input[name="temperature"]', "0.5")
    await page.keyboard.press("Enter")
    await page.reload()
    await page.waitForSelector('#connection[data-kind="ready"]')
    assert.equal(await page.isChecked('dialog input[name="automatic"]'), false)
    assert.equal(await page.inputValue('dialog input[name="temperature"]'), "0.5")
    await page.keyboard.type("max")
    assert.equal(await ghost(page), "")
    await context.close()
  })

  test("settings have their effect: least confidence, several lines, how many", async () => {
    const { page, context, frames } = await open(browser, server.url, {}, (page) => page.addInitScript(() => {
      if (!localStorage.getItem("inkling.settings")) localStorage.setItem("inkling.settings", JSON.stringify({ threshold: 1, multiline: false, suggestions: 2 }))
    }))
    await page.keyboard.type("max")
    assert.equal(await settled(page), "")
    await page.waitForFunction(() => document.getElementById("outcome").textContent.includes("Below your least confidence"))
    const asked = () => frames.findLast((frame) => frame.sent && frame.method === "textDocument/inlineCompletion").params.inkling
    assert.equal(asked().multiline, false)
    await page.keyboard.press("Alt+\\") // asked by hand, however unsure
    assert.notEqual(await settled(page), "")
    assert.equal(asked().maxSuggestions, 2)
    await page.click("#settings-button")
    await page.fill('dialog input[name="threshold"]', "0")
    await page.check('dialog input[name="multiline"]')
    await page.click('#settings button[type="submit"]')
    await page.locator(".cm-content").focus()
    await page.keyboard.press("Control+End")
    await page.keyboard.press("Enter")
    await page.keyboard.type("def maximum(a, b):")
    await page.keyboard.press("Enter")
    await page.keyboard.type("return")
    assert.notEqual(await settled(page), "", "nothing is drawn though all is sure enough")
    assert.equal(asked().multiline, true)
    await context.close()
  })

  test("files keep their line ends and their columns", async () => {
    const { page, context, frames, errors } = await open(browser, server.url)
    await page.setInputFiles("#open", file("windows.py", "x = '😀e\u0301'\r\ny = 2\r\n"))
    await page.waitForFunction(() => document.querySelector(".tab.current").textContent.includes("windows.py"))
    const opened = frames.findLast((frame) => frame.method === "textDocument/didOpen")
    assert.equal(opened.params.textDocument.text, "x = '😀e\u0301'\r\ny = 2\r\n")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await settled(page)
    const change = frames.findLast((frame) => frame.method === "textDocument/didChange").params.contentChanges[0]
    assert.deepEqual(change, { range: { start: { line: 0, character: 10 }, end: { line: 0, character: 10 } }, text: "\r\n" })
    await page.keyboard.insertText("nul \0 here")
    await settled(page)
    assert.equal(frames.findLast((frame) => frame.method === "textDocument/didChange").params.contentChanges[0].text, "nul \0 here")
    assert.ok(frames.findLast((frame) => frame.result?.inkling || frame.error), "the session does not go on")
    assert.deepEqual(errors, [])
    await context.close()
  })

  test("what cannot be edited is refused with a sentence", async () => {
    const { page, context } = await open(browser, server.url)
    for (const [upload, sentence] of [
      [file("big.py", Buffer.alloc(20 * 1024 * 1024, 0x61)), "big.py was not opened: it has 20.0 MB, and the playground takes files of up to 2 MB."],
      [file("image.bin", [0x89, 0x50, 0x00, 0x01]), "image.bin was not opened: it is a binary file, not text."],
      [file("latin.py", [0x61, 0xe9, 0x62]), "latin.py was not opened: it is not text in UTF-8."],
    ]) {
      await page.setInputFiles("#open", upload)
      await page.waitForFunction((want) => document.getElementById("notice").textContent === want, sentence)
    }
    assert.equal(await page.locator(".tab").count(), 1)
    await context.close()
  })
})
