// What typing leaves for later (the browser's selection, parsing, sending) must not be seen by anybody who types.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { launch, open, serve, settled, text } from "./harness.mjs"

let server, browser
before(async () => { [server, browser] = await Promise.all([serve(), launch()]) })
after(async () => { await browser?.close(); await server?.stop() })

// typist opens an empty Python file, with suggestions off unless options say otherwise.
// frames may be made to wait, so that a key comes before the frame of the one before it.
async function typist({ automatic = false, content = "", frameWait = 0 } = {}) {
  const opened = await open(browser, server.url, {}, (page) => page.addInitScript(({ automatic, frameWait }) => {
    localStorage.setItem("inkling.settings", JSON.stringify({ automatic }))
    const frame = window.requestAnimationFrame.bind(window)
    if (frameWait) window.requestAnimationFrame = (work) => setTimeout(() => frame(work), frameWait)
  }, { automatic, frameWait }))
  const { page } = opened
  await page.setInputFiles("#open", { name: "typed.py", mimeType: "text/x-python", buffer: Buffer.from(content) })
  await page.waitForFunction(() => document.querySelector(".tab.current").textContent.startsWith("typed.py"))
  await page.keyboard.press("Control+End")
  return opened
}

// selection returns where the browser's own selection is: its line's text, and the offset in its node.
const selection = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const selection = Object.getPrototypeOf(document.getElementById("editor").shadowRoot).getSelection.call(document.getElementById("editor").shadowRoot)
  resolve({ node: selection.focusNode.nodeValue, offset: selection.focusOffset })
}))))

describe("typing", { timeout: 600_000 }, () => {
  test("quickly gives the same text as slowly: indentation, brackets, quotes", async () => {
    const keys = ["def f(a):", "Enter", "if a[\"b\"]:", "Enter", "return 'it\\'s'", "Enter", "else:", "Enter", "g({1: (2)})", "Enter", "x = \"a'b\" + 'c\"d'", "Enter", "elif ", "Backspace", "Backspace", "# it's"]
    const texts = []
    for (const delay of [0, 60]) {
      const { page, context, errors } = await typist()
      for (const key of keys) {
        if (/^[A-Z]/.test(key)) await page.keyboard.press(key)
        else await page.keyboard.type(key, { delay })
      }
      texts.push(await text(page))
      assert.deepEqual(errors, [])
      await context.close()
    }
    assert.equal(texts[0], texts[1])
    assert.match(texts[1], /^def f\(a\):\n {4}if a\["b"\]:\n {8}return/)
    assert.match(texts[1], /\n {4}else:\n {8}g\(\{1: \(2\)\}\)\n/)
  })

  test("reaches the browser's selection with the next frame", async () => {
    const { page, context } = await typist({ content: "first\nsecond" })
    await page.keyboard.type("abc")
    assert.deepEqual(await selection(page), { node: "secondabc", offset: 9 })
    await page.keyboard.press("Delete")
    await page.keyboard.press("Home")
    await page.keyboard.type("de")
    assert.deepEqual(await selection(page), { node: "desecondabc", offset: 2 })
    await context.close()
  })

  test("mixes with keys that move, select, copy, undo and compose", async () => {
    const { page, context, errors } = await typist({ frameWait: 150 })
    await page.keyboard.type("abc")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.type("X")
    assert.equal(await text(page), "abXc")
    await page.keyboard.press("Shift+Home")
    await page.keyboard.type("é")
    assert.equal(await text(page), "éc")
    await page.keyboard.press("Control+z")
    assert.equal(await text(page), "abXc")
    await page.keyboard.press("End")
    await page.keyboard.type("d")
    const cdp = await context.newCDPSession(page)
    await cdp.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 })
    await cdp.send("Input.imeSetComposition", { text: "日", selectionStart: 1, selectionEnd: 1 })
    await cdp.send("Input.insertText", { text: "日本" })
    await page.keyboard.type("e")
    assert.equal(await text(page), "abXcd日本e")
    await page.mouse.click(400, 300)
    await page.keyboard.type("f")
    assert.equal(await text(page), "abXcd日本ef")
    assert.deepEqual(errors, [])
    await context.close()
  })

  test("keeps the colours and the fold marks while a character waits to be parsed", async () => {
    const { page, context } = await typist({ content: "def first(a):\n    return 'one'\n\n\ndef second(a):\n    return 'two'\n\n\nvalue = " })
    await page.waitForFunction(() => document.getElementById("editor").shadowRoot.querySelectorAll(".cm-foldGutter .cm-gutterElement span").length >= 2)
    await page.evaluate(() => {
      const root = document.getElementById("editor").shadowRoot
      window.fewest = { colours: 1e9, marks: 1e9 }
      const count = () => {
        window.fewest.colours = Math.min(window.fewest.colours, root.querySelectorAll(".cm-line span").length)
        window.fewest.marks = Math.min(window.fewest.marks, [...root.querySelectorAll(".cm-foldGutter .cm-gutterElement span")].filter((one) => one.textContent === "⌄").length)
      }
      count()
      window.before = { ...window.fewest }
      new MutationObserver(count).observe(root, { subtree: true, childList: true, characterData: true })
    })
    await page.keyboard.type("12 + 'three'", { delay: 20 })
    await page.waitForFunction(() => [...document.getElementById("editor").shadowRoot.querySelectorAll(".cm-line:last-child span")].map((one) => one.textContent).join(" ") === "12 'three'")
    const { before, fewest } = await page.evaluate(() => ({ before: window.before, fewest: window.fewest }))
    assert.deepEqual(fewest, before)
    assert.equal(before.marks, 2)
    await page.locator(".cm-foldGutter .cm-gutterElement span").nth(1).click()
    assert.match(await text(page), /^def first\(a\):…\n/)
    await context.close()
  })

  test("sends every edit before the request that it leads to, however quick", async () => {
    const { page, context, frames } = await typist({ automatic: true })
    for (const line of ["def one(a):", "return a + 1"]) {
      await page.keyboard.type(line)
      await page.keyboard.press("Enter")
    }
    await settled(page)
    const ours = frames.filter((frame) => frame.sent && frame.params?.textDocument?.uri?.endsWith("typed.py"))
    let version = 0, lines = [""]
    for (const { method, params } of ours) {
      if (method === "textDocument/didOpen") { version = params.textDocument.version; lines = params.textDocument.text.split("\n") }
      else if (method === "textDocument/didChange") {
        assert.equal(params.textDocument.version, ++version)
        for (const { range: { start, end }, text } of params.contentChanges) {
          const inserted = (lines[start.line].slice(0, start.character) + text + lines[end.line].slice(end.character)).split("\n")
          lines.splice(start.line, end.line - start.line + 1, ...inserted)
        }
      } else if (method === "textDocument/inlineCompletion") assert.ok(params.position.character <= lines[params.position.line].length, "asked ahead of its edit")
    }
    assert.equal(lines.join("\n"), await text(page))
    const last = frames.findLast((frame) => !frame.sent && frame.result?.inkling)
    assert.equal(last.result.inkling.version, version)
    await context.close()
  })
})
