import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { command, ghost, holds, launch, notifications, open, says, serve, shows, stage, text, visit } from "./harness.mjs"
import { between } from "./link.mjs"

const on = stage(), start = "def add(a, b):\n    "
let link, vscode, browser
before(async () => {
  const [server, chromium] = await Promise.all([serve(), launch()])
  browser = chromium
  on.ends(() => server.stop())
  on.ends(() => browser.close())
  link = await between(server.url)
  on.ends(() => link.stop())
  vscode = await on.editor({ "inkling.server": link.url, "workbench.editorLargeFileConfirmation": 100 })
})
after(() => on.end())

// untouched types in a file and checks that nothing of it was sent.
async function untouched(name, content, status) {
  const { page, context } = await open(browser, vscode, vscode.put(name, content), status)
  link.frames.length = 0
  await page.keyboard.press("Control+End")
  await page.keyboard.type("ret")
  await page.waitForFunction(() => window.textNow().endsWith("ret"))
  assert.equal(await ghost(page), "")
  assert.deepEqual(link.frames.filter((frame) => JSON.stringify(frame).includes(name)), [])
  assert.deepEqual(await notifications(page), [])
  await context.close()
}

describe("files that are left alone", { timeout: 900_000 }, () => {
  test("one that is excluded by its name", () => untouched("deploy.pem", start, /^Inkling, not here\. .*excluded by \*\.pem/))

  test("one of 10 MB", () => untouched("large.py", `# ${"x".repeat(97)}\n`.repeat(104_858) + start, /^Inkling, not here\. .*too large: 10 MB, at most 2 MB/))

  test("a binary one", async () => {
    const file = vscode.put("program.bin", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 2, 3, 0, 10]))
    link.frames.length = 0
    const { page, context } = await visit(browser, vscode, file)
    await page.click("text=Open Anyway")
    await page.waitForSelector(".quick-input-list .monaco-list-row.focused >> text=Text Editor")
    await page.keyboard.press("Enter")
    await says(page, /^Inkling, not here\. .*binary/)
    assert.deepEqual(link.frames.filter((frame) => JSON.stringify(frame).includes("program.bin")), [])
    await context.close()
  })

  test("one of a language that is turned off, until it is turned on again", async () => {
    const { page, context } = await open(browser, vscode, vscode.put("language.py", start))
    await command(page, "Inkling: Turn On or Off for This Language")
    await says(page, /^Inkling, not here\. .*turned off for python/)
    link.frames.length = 0
    await page.click(".monaco-editor .view-lines")
    await page.keyboard.press("Control+End")
    await page.keyboard.type("ret")
    await holds(page, `${start}ret`)
    assert.deepEqual(link.frames.filter((frame) => frame.sent), [])
    await command(page, "Inkling: Turn On or Off for This Language")
    await says(page, /^Inkling, ready\./)
    await page.click(".monaco-editor .view-lines")
    await page.keyboard.press("Control+End")
    await page.keyboard.type("u")
    await shows(page, /^rn a/)
    await context.close()
  })
})

describe("what the editor does by itself", { timeout: 900_000 }, () => {
  test("nothing is asked for while a snippet is filled in", async () => {
    const { page, context } = await open(browser, vscode, vscode.put("snippet.py", "def add(a, b):\n    return a\n\n"))
    await page.keyboard.press("Control+End")
    await command(page, "Snippets: Insert Snippet")
    await page.waitForSelector(".quick-input-list .monaco-list-row.focused")
    await page.keyboard.type("first")
    await page.waitForFunction(() => document.querySelector(".quick-input-list .monaco-list-row.focused")?.getAttribute("aria-label")?.includes("first"))
    await page.keyboard.press("Enter")
    await page.waitForFunction(() => window.textNow().includes("one(two)"))
    link.frames.length = 0
    await page.keyboard.type("abc")
    await page.waitForFunction(() => window.textNow().includes("abc(two)"))
    await page.keyboard.press("Tab")
    await page.keyboard.type("de")
    await page.waitForFunction(() => window.textNow().includes("abc(de)"))
    assert.deepEqual(link.frames.filter((frame) => frame.method === "textDocument/inlineCompletion"), [])
    await page.keyboard.press("Tab") // the last stop
    await page.keyboard.type("\nx")
    await link.until((frame) => frame.method === "textDocument/inlineCompletion")
    await context.close()
  })

  test("line ends of another kind keep the documents in step", async () => {
    const { page, context } = await open(browser, vscode, vscode.put("ends.py", "a = 1\nb = 2\n"))
    await page.keyboard.press("Control+End")
    await command(page, "Change End of Line Sequence")
    await page.waitForFunction(() => document.querySelector(".quick-input-list .monaco-list-row")?.getAttribute("aria-label")?.match(/LF|CRLF/))
    await page.keyboard.type("CRLF")
    await page.keyboard.press("Enter")
    await link.until((frame) => frame.method === "textDocument/didOpen" && frame.params.textDocument.text === "a = 1\r\nb = 2\r\n")
    await page.click(".monaco-editor .view-lines")
    await page.keyboard.press("Control+End")
    link.frames.length = 0
    await page.keyboard.type("c")
    await holds(page, "a = 1\nb = 2\nc")
    await link.until((frame) => frame.method === "textDocument/inlineCompletion")
    assert.equal([...link.documents.documents].find(([uri]) => uri.endsWith("ends.py"))[1].text, "a = 1\r\nb = 2\r\nc")
    assert.equal(await text(page), "a = 1\nb = 2\nc")
    await context.close()
  })
})
