import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { Mirror } from "../../src/core/mirror"
import { NaiveServer, splice } from "./naive"

const limits = { documents: 256, frameBytes: 4 << 20 }

// start returns a mirror at a naive server, and how to edit a document on both sides.
function start(documents = limits.documents, frameBytes = limits.frameBytes) {
  const methods: string[] = []
  let server = new NaiveServer()
  const mirror = new Mirror((method, params) => {
    const bytes = Buffer.byteLength(JSON.stringify({ jsonrpc: "2.0", method, params }))
    assert.ok(bytes <= frameBytes, `${method} of ${bytes} bytes: the server would close with 1009`)
    methods.push(method)
    server.notification(method, params as never)
  })
  const editor = new Map<string, { text: string }>()
  return {
    mirror, editor, methods,
    get server() { return server },
    begin() { server = new NaiveServer(); mirror.begin({ documents, frameBytes }) },
    open(uri: string, text: string, languageId = "python") {
      const held = { text }
      editor.set(uri, held)
      mirror.open({ uri, languageId, text: () => held.text })
    },
    // edit replaces some characters of a document's only line.
    edit(uri: string, from: number, to: number, text: string) {
      const change = { range: { start: { line: 0, character: from }, end: { line: 0, character: to } }, text }, held = editor.get(uri)!
      held.text = splice(held.text, change)
      mirror.change(uri, [change])
    },
  }
}

describe("the mirror", () => {
  test("documents that were opened while offline are opened when the server is there", () => {
    const one = start()
    one.open("file:///a.py", "a")
    one.open("file:///b.py", "b")
    assert.deepEqual(one.methods, [])
    one.begin()
    assert.deepEqual([...one.server.documents].map(([uri, { text }]) => [uri, text]), [["file:///a.py", "a"], ["file:///b.py", "b"]])
  })

  test("edits made while offline arrive with the document", () => {
    const one = start()
    one.begin()
    one.open("file:///a.py", "a")
    one.mirror.lost()
    one.editor.get("file:///a.py")!.text = "ab"
    one.mirror.change("file:///a.py", [{ range: { start: { line: 0, character: 1 }, end: { line: 0, character: 1 } }, text: "b" }])
    assert.equal(one.mirror.versionOf("file:///a.py"), 0, "a version names a text that the server has")
    one.begin()
    assert.equal(one.server.documents.get("file:///a.py")?.text, "ab")
  })

  test("versions go on rising over close, open and return", () => {
    const one = start()
    one.begin()
    const seen: number[] = []
    for (let round = 0; round < 3; round++) {
      one.open("file:///a.py", "a")
      seen.push(one.mirror.versionOf("file:///a.py"))
      one.mirror.close("file:///a.py")
      one.mirror.lost()
      one.begin()
    }
    assert.deepEqual(seen, [1, 2, 3])
  })

  test("the document that was used least recently is closed for another one", () => {
    const one = start(2)
    one.begin()
    one.open("file:///a.py", "a")
    one.open("file:///b.py", "b")
    one.open("file:///a.py", "a") // used again
    one.open("file:///c.py", "c")
    assert.deepEqual([...one.server.documents.keys()].sort(), ["file:///a.py", "file:///c.py"])
    assert.equal(one.mirror.has("file:///b.py"), false)
  })

  test("another language opens a document again", () => {
    const one = start()
    one.begin()
    one.open("file:///a", "a", "plaintext")
    one.open("file:///a", "a", "python")
    assert.deepEqual(one.methods, ["textDocument/didOpen", "textDocument/didOpen"])
  })

  test("a document whose message would be over the server's limit is not sent, at any return", () => {
    const one = start()
    one.open("file:///control", "\x01".repeat(1 << 20)) // 1 MiB, and 6 MiB in JSON
    one.open("file:///a.py", "a")
    for (let round = 0; round < 2; round++) {
      one.begin()
      assert.deepEqual([...one.server.documents.keys()], ["file:///a.py"])
      assert.equal(one.mirror.versionOf("file:///control"), 0)
      assert.equal(one.mirror.isLarge("file:///control"), true)
      one.mirror.again("file:///control")
      one.mirror.lost()
    }
    one.mirror.close("file:///control")
    assert.deepEqual(one.methods, ["textDocument/didOpen", "textDocument/didOpen"])
  })

  test("the limit is exact", () => {
    const message = { jsonrpc: "2.0", method: "textDocument/didOpen", params: { textDocument: { uri: "file:///a", languageId: "c", version: 1, text: "é\n\x01" } } }
    for (const [less, open] of [[0, true], [1, false]] as const) {
      const one = start(1, Buffer.byteLength(JSON.stringify(message)) - less)
      one.begin()
      one.open("file:///a", "é\n\x01", "c")
      assert.equal(one.server.documents.has("file:///a"), open)
    }
  })

  test("an edit over the limit closes the document until it fits again", () => {
    const one = start(2, 1000), uri = "file:///a"
    one.begin()
    one.open(uri, "ab")
    one.edit(uri, 1, 1, "\x01".repeat(200))
    assert.deepEqual(one.methods, ["textDocument/didOpen", "textDocument/didClose"])
    one.edit(uri, 0, 0, "c") // makes it no smaller
    one.edit(uri, 1, 2, "") // one character of 203
    assert.equal(one.methods.length, 2)
    assert.equal(one.mirror.isLarge(uri), true)
    one.edit(uri, 1, 100, "")
    assert.equal(one.server.documents.get(uri)?.text, one.editor.get(uri)!.text)
    assert.equal(one.mirror.isLarge(uri), false)
    one.edit(uri, 0, 0, "d")
    assert.equal(one.methods.at(-1), "textDocument/didChange")
    assert.equal(one.server.documents.get(uri)?.text, one.editor.get(uri)!.text)
  })

  test("edits over the limit, of a document that is not, open it again", () => {
    const one = start(2, 1000), uri = "file:///a"
    one.begin()
    one.open(uri, "a".repeat(20))
    one.editor.get(uri)!.text = "b".repeat(20)
    one.mirror.change(uri, Array.from({ length: 20 }, (_, i) => ({ range: { start: { line: 0, character: i }, end: { line: 0, character: i + 1 } }, text: "b" })))
    assert.deepEqual(one.methods, ["textDocument/didOpen", "textDocument/didOpen"])
    assert.equal(one.server.documents.get(uri)?.text, "b".repeat(20))
  })

  test("any edits, losses and demands leave the server with the editor's text", () => {
    const pieces = ["x", "é", "😀", "\n", "\r\n", "\r", "    ", "return a + b\n", "", "漢字", "\ud83d"]
    for (let seed = 1; seed <= 300; seed++) {
      const random = generator(seed), one = start(3, seed % 2 ? limits.frameBytes : 200 + random(200))
      one.begin()
      for (let step = 0; step < 60; step++) {
        const uri = `file:///${random(4)}`
        const dice = random(20)
        const held = one.editor.get(uri)
        if (!held || !one.mirror.has(uri)) one.open(uri, pieces[random(pieces.length)]!)
        else if (dice === 0) { one.mirror.close(uri); one.editor.delete(uri) }
        else if (dice === 1) { one.mirror.lost() }
        else if (dice === 2) one.begin()
        else if (dice === 3) one.mirror.again(uri)
        else {
          const changes = Array.from({ length: 1 + random(3) }, () => {
            const change = { range: between(held.text, random), text: pieces[random(pieces.length)]! }
            held.text = splice(held.text, change)
            return change
          })
          one.mirror.change(uri, changes)
        }
        for (const [at, { text }] of one.server.documents) if (one.mirror.versionOf(at)) assert.equal(text, one.editor.get(at)?.text, `seed ${seed}, step ${step}`)
        for (const at of one.mirror.uris()) if (one.mirror.versionOf(at)) assert.ok(one.server.documents.has(at), `seed ${seed}, step ${step}: ${at} is not open`)
      }
    }
  })
})

// generator returns numbers below a limit, the same for the same seed.
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
}

// between returns a range of a text, both ends at its lines' characters.
function between(text: string, random: (below: number) => number) {
  const lines = text.split(/\r\n|\n|\r/)
  const at = () => { const line = random(lines.length); return { line, character: random(lines[line]!.length + 1) } }
  const [a, b] = [at(), at()]
  return a.line < b.line || (a.line === b.line && a.character <= b.character) ? { start: a, end: b } : { start: b, end: a }
}
