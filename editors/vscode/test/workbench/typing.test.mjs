import assert from "node:assert/strict"
import { statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { after, before, describe, test } from "node:test"
import { code, dam, drawn, forgetDrawn, ghost, holds, launch, open, serve, shows } from "./harness.mjs"
import { between } from "./link.mjs"

const images = process.env.INKLING_IMAGES ? join(dirname(fileURLToPath(import.meta.url)), "../../../../docs/images") : tmpdir()

let server, link, vscode, browser
before(async () => {
  [server, browser] = await Promise.all([serve(), launch()])
  link = await between(server.url)
  vscode = await code({ "inkling.server": link.url, "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" } })
})
after(async () => { await browser?.close(); await vscode?.stop(); link?.stop(); await server?.stop() })

const start = "def add(a, b):\n    "

// begin opens a file with the cursor at its end.
async function begin(name, content, prepare) {
  const one = await open(browser, vscode, vscode.put(name, content), undefined, prepare)
  await one.page.keyboard.press("Control+End")
  link.frames.length = 0
  return { ...one, uri: [...link.documents.documents.keys()].find((uri) => uri.endsWith(name)) }
}

// settled waits until the request at the end of a line, as it is typed now, is answered and drawn, and returns the suggestion.
async function settled(page, line) {
  const isIt = (frame) => frame.method === "textDocument/inlineCompletion" && frame.params.position.character === line.length
  let asked = link.frames.findLast(isIt) ?? await link.until(isIt)
  for (;;) {
    const { id } = asked, { result } = await link.until((frame) => !frame.sent && frame.id === id)
    if (result) {
      const text = result.items[0]?.insertText ?? ""
      assert.notEqual(text, "", `nothing is suggested: ${JSON.stringify(result.inkling)}`)
      return shows(page, text)
    }
    asked = await link.until((frame) => isIt(frame) && frame.id > id) // a newer request answered the older one
  }
}

describe("typing", { timeout: 900_000 }, () => {
  test("ghost text is seen and accepted whole", async () => {
    const { page, context, uri } = await begin("whole.py", start)
    await page.keyboard.type("ret")
    const said = await settled(page, "    ret")
    assert.match(said, /^urn a/)
    const { result } = await link.until((frame) => frame.result?.items?.[0]?.insertText === said)
    await page.keyboard.press("Tab")
    await holds(page, `${start}ret${said}`)
    const accepted = await link.until((frame) => frame.method === "workspace/executeCommand")
    assert.deepEqual(accepted.params, { command: "inkling.accept", arguments: result.items[0].command.arguments })
    assert.equal(link.documents.documents.get(uri).text, `${start}ret${said}`)
    await context.close()
  })

  test("a key travels as an edit, and nothing is cancelled", async () => {
    const { page, context, uri } = await begin("edits.py", `${"# a line that is not sent again\n".repeat(200)}${start}`)
    await page.keyboard.type("return a", { delay: 20 })
    await link.until((frame) => frame.result?.inkling)
    const sent = link.frames.filter((frame) => frame.sent)
    const edits = sent.filter((frame) => frame.method === "textDocument/didChange")
    assert.equal(edits.length, 8)
    assert.ok(Math.max(...edits.map((frame) => frame.bytes)) < 400, "an edit is larger than an edit")
    assert.deepEqual(sent.filter((frame) => ["$/cancelRequest", "textDocument/didOpen"].includes(frame.method)), [])
    assert.ok(link.documents.documents.get(uri).text.endsWith(`${start}return a`))
    await context.close()
  })

  test("a word is accepted, and the rest stays", async () => {
    const { page, context } = await begin("word.py", start)
    await page.keyboard.type("re")
    const said = await settled(page, "    re")
    await forgetDrawn(page)
    await page.keyboard.press("Control+ArrowRight")
    await holds(page, `${start}return`)
    await shows(page, said.slice("turn".length))
    const partly = await link.until((frame) => frame.method === "textDocument/didPartiallyAcceptCompletion")
    assert.equal(partly.params.acceptedLength, "turn".length)
    await link.until((frame) => frame.result?.inkling?.along === true) // nothing was computed again
    for (const one of await drawn(page)) assert.notEqual(one.ghost, "", `nothing is drawn for a while: ${JSON.stringify(await drawn(page))}`)
    await context.close()
  })

  test("typing along keeps the ghost, and nothing is computed again", async () => {
    const { page, context } = await begin("along.py", start)
    await page.keyboard.type("ret")
    const said = await settled(page, "    ret")
    await forgetDrawn(page)
    for (let typed = 1; typed <= 4; typed++) {
      await page.keyboard.type(said[typed - 1])
      await shows(page, said.slice(typed))
    }
    await link.until((frame) => frame.result?.inkling?.along && frame.result.items[0]?.insertText === said.slice(4))
    for (const one of await drawn(page)) assert.ok(`${one.text}${one.ghost}`.endsWith(`ret${said}`), JSON.stringify(one))
    await context.close()
  })

  test("a suggestion is drawn when it begins and when it is whole, and never becomes shorter", async () => {
    const { page, context } = await begin("grows.py", start)
    const held = []
    link.intercept = (message) => (message.method === "$/progress" || message.result?.items) && held.push(message)
    await page.keyboard.type("r")
    await link.until((frame) => frame.result?.items?.length)
    const { token } = held[0].params, whole = held.at(-1).result.items[0].insertText
    assert.ok(whole.length > 6, whole)
    await forgetDrawn(page)
    const say = (text) => link.say({ method: "$/progress", params: { token, value: { kind: "delta", item: 0, text, confidence: 0.5 } } })
    say(whole.slice(0, 3))
    await shows(page, whole.slice(0, 3))
    say(whole.slice(3, 5))
    say(whole.slice(5))
    link.say(held.at(-1))
    await shows(page, whole)
    const ghosts = (await drawn(page)).map((one) => one.ghost)
    ghosts.reduce((before, now) => {
      assert.ok(now.startsWith(before), `${JSON.stringify(before)} became ${JSON.stringify(now)}`)
      return now
    })
    assert.equal(link.frames.filter((frame) => frame.method === "textDocument/inlineCompletion").length, 1, "the editor's asking again went to the server")
    link.intercept = () => false
    await context.close()
  })

  test("a key that overtakes our asking once more does not ask by hand", async () => {
    const { prepare, passes, hold, release } = dam()
    const { page, context } = await begin("overtaken.py", start, prepare)
    const held = []
    link.intercept = (message) => (message.method === "$/progress" || message.result?.items) && held.push(message)
    await page.keyboard.type("r")
    await link.until((frame) => frame.result?.items?.length)
    const { token } = held[0].params, whole = held.at(-1).result.items[0].insertText
    link.intercept = () => false
    link.say({ method: "$/progress", params: { token, value: { kind: "delta", item: 0, text: whole.slice(0, 3), confidence: 0.5 } } })
    await shows(page, whole.slice(0, 3))
    hold()
    const made = passes("inlineSuggest.trigger")
    link.say(held.at(-1)) // it is whole: the editor is made to ask again
    await made
    await page.keyboard.type("Q")
    await holds(page, `${start}rQ`)
    const askedByHand = passes('"triggerKind":1')
    release()
    await askedByHand
    await page.keyboard.type(" = 1")
    await holds(page, `${start}rQ = 1`)
    await link.until((frame) => frame.method === "textDocument/inlineCompletion" && frame.params.position.character === "    rQ = 1".length)
    for (const frame of link.frames.filter((one) => one.method === "textDocument/inlineCompletion")) assert.equal(frame.params.context.triggerKind, 2)
    await context.close()
  })

  test("what comes late is never drawn", async () => {
    const { page, context } = await begin("late.py", start)
    const held = []
    link.intercept = (message) => (message.method === "$/progress" || message.result?.items) && held.push(message)
    await page.keyboard.type("ret")
    await link.until((frame) => frame.result?.items?.length)
    await page.keyboard.type("Q")
    await holds(page, `${start}retQ`)
    await forgetDrawn(page)
    for (const message of held.splice(0)) link.say(message)
    link.intercept = () => false
    await page.keyboard.type(" = a")
    await holds(page, `${start}retQ = a`)
    for (const one of await drawn(page)) assert.ok(!one.ghost.startsWith("urn"), JSON.stringify(one))
    await context.close()
  })

  test("alternatives are asked for by hand, after the one that is shown", async () => {
    const { page, context } = await begin("alternatives.py", "def mean(values):\n    ")
    await page.keyboard.type("t")
    const first = await settled(page, "    t"), other = `${first}  # or so`
    const byHand = (frame) => frame.method === "textDocument/inlineCompletion" && frame.params.inkling.maxSuggestions === 3
    // The model may well say the same three times: what is answered is its first one, and one of ours.
    link.intercept = (message) => {
      if (!message.result?.items?.length || !link.frames.some((frame) => byHand(frame) && frame.id === message.id)) return false
      const [one] = message.result.items
      link.say({ ...message, result: { ...message.result, items: [{ ...one, insertText: first }, { ...one, insertText: other, inkling: { ...one.inkling, item: one.inkling.item + 1 } }] } })
      return true
    }
    await page.keyboard.press("Alt+]")
    const asked = await link.until(byHand)
    assert.equal(asked.params.context.triggerKind, 1)
    await shows(page, other)
    await page.keyboard.press("Alt+[")
    await shows(page, first)
    link.intercept = () => false
    await context.close()
  })

  test("ask now asks by hand", async () => {
    const { page, context } = await begin("ask.py", start)
    await page.keyboard.press("Alt+\\")
    const asked = await link.until((frame) => frame.method === "textDocument/inlineCompletion")
    assert.equal(asked.params.context.triggerKind, 1)
    await shows(page, /./)
    assert.notEqual(await ghost(page), "")
    await context.close()
  })

  // The picture of the README, where INKLING_IMAGES is set; otherwise the test's own.
  test("a picture", async () => {
    const { page, context } = await begin("stock.py", picture)
    await page.keyboard.press("Control+b") // no side bar
    await page.keyboard.type("        de")
    assert.match(await settled(page, "        de"), /^l self/)
    const image = join(images, "vscode.png")
    await page.screenshot({ path: image, animations: "disabled" })
    assert.ok(statSync(image).size > 10_000)
    await context.close()
  })
})

const picture = `class Stock:
    """What is in the store, by name."""

    def __init__(self):
        self.items = {}

    def add(self, item):
        self.items[item.name] = item

    def remove(self, name):
`
