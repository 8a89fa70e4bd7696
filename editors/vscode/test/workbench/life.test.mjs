import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { after, before, describe, test } from "node:test"
import { holds, launch, notifications, open, says, serve, shows, stage, text } from "./harness.mjs"
import { between } from "./link.mjs"

const on = stage(), start = "def add(a, b):\n    "
let server, link, browser
before(async () => {
  [server, browser] = await Promise.all([serve(), launch()])
  on.ends(() => server.stop())
  on.ends(() => browser.close())
  link = await between(server.url)
  on.ends(() => link.stop())
})
after(() => on.end())

describe("a server that comes and goes", { timeout: 900_000 }, () => {
  test("the extension comes back after a restart, with the text kept and in step", async () => {
    let own = await serve()
    const { port } = own, through = await between(own.url)
    const vscode = await on.editor({ "inkling.server": through.url })
    try {
      const { page, context } = await open(browser, vscode, vscode.put("restart.py", start))
      await page.keyboard.press("Control+End")
      await page.keyboard.type("ret")
      await shows(page, /^urn a/)
      await own.stop()
      await says(page, /^Inkling, offline\./)
      await page.keyboard.type("urn b")
      await holds(page, `${start}return b`)
      assert.deepEqual(await notifications(page), [], "a server that is away needs no message")
      own = await serve(port)
      await says(page, /^Inkling, ready\./)
      await through.until((frame) => frame.method === "textDocument/didOpen" && frame.params.textDocument.text === `${start}return b`)
      await page.keyboard.press("Enter")
      await page.keyboard.type("pri")
      await shows(page, /^nt/)
      assert.equal([...through.documents.documents.values()][0].text, await text(page))
      await context.close()
    } finally {
      through.stop()
      await own.stop()
    }
  })

  test("a document that the server asks for is opened again", async () => {
    const vscode = await on.editor({ "inkling.server": link.url })
    const { page, context } = await open(browser, vscode, vscode.put("resync.py", start))
    await page.keyboard.press("Control+End")
    const [uri, { version }] = [...link.documents.documents].find(([name]) => name.endsWith("resync.py"))
    link.say({ method: "inkling/resync", params: { uri } })
    await link.until((frame) => frame.method === "textDocument/didOpen" && frame.params.textDocument.uri === uri && frame.params.textDocument.version > version)
    await page.keyboard.type("ret")
    await shows(page, /^urn a/)
    await context.close()
  })

  test("off in one key, and on again", async () => {
    const vscode = await on.editor({ "inkling.server": link.url })
    const { page, context } = await open(browser, vscode, vscode.put("off.py", start))
    await page.keyboard.press("Control+End")
    await page.keyboard.press("Shift+Alt+\\")
    await says(page, /^Inkling, off\./)
    link.frames.length = 0
    await page.keyboard.type("ret")
    await holds(page, `${start}ret`)
    await page.keyboard.press("Shift+Alt+\\")
    await says(page, /^Inkling, ready\./)
    assert.deepEqual(link.frames.filter((frame) => frame.method === "textDocument/didChange"), [], "something was sent while off")
    await page.keyboard.type("u")
    await shows(page, /^rn a/)
    await context.close()
  })

  test("what is left of a quota is said, and when there is more", async () => {
    const own = await serve(0, ["--rate-limit-requests", "1"]) // so that a session may be shown ten
    on.ends(() => own.stop())
    const through = await between(own.url)
    on.ends(() => through.stop())
    const vscode = await on.editor({ "inkling.server": through.url })
    const { page, context } = await open(browser, vscode, vscode.put("quota.py", ""), /10 of 10 suggestions left/)
    const lines = ["def add(a, b):\n    ret", "def mean(values):\n    return sum(values) / le", "numbers = [3, 1, 2]\nfor number in num", "import o"]
    let why = ""
    for (let i = 0; i < 40 && why !== "quota"; i++) {
      const line = `# ${i}\n\n${lines[i % lines.length]}` // another text each time: what is cached is free
      await page.keyboard.press("Control+a")
      await page.keyboard.insertText(line.slice(0, -1))
      await page.keyboard.press("Control+End")
      through.frames.length = 0
      await page.keyboard.type(line.at(-1))
      const asked = await through.until((frame) => frame.method === "textDocument/inlineCompletion")
      const { result } = await through.until((frame) => !frame.sent && frame.id === asked.id)
      why = result?.inkling.why
    }
    const last = await says(page, /^Inkling, quota in \d+ min\./)
    assert.match(last, /The quota is used up; there is more in \d+ min/)
    assert.deepEqual(await notifications(page), [])
    await context.close()
  })

  test("no server is a quiet status", async () => {
    const nobody = createServer().listen(0, "127.0.0.1")
    await once(nobody, "listening")
    const { port } = nobody.address()
    nobody.close()
    const vscode = await on.editor({ "inkling.server": `127.0.0.1:${port}` })
    const { page, context } = await open(browser, vscode, vscode.put("nobody.py", start), /^Inkling, offline\. .*ECONNREFUSED/)
    await page.keyboard.press("Control+End")
    await page.keyboard.type("ret")
    await holds(page, `${start}ret`)
    assert.deepEqual(await notifications(page), [])
    await context.close()
  })
})
