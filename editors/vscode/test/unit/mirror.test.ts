import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { Mirror } from "../../src/core/mirror"
import { NaiveServer, splice } from "./naive"

const limits = { documents: 256 }

// start returns a mirror at a naive server, and how to edit a document on both sides.
function start(documents = limits.documents) {
  const methods: string[] = []
  let server = new NaiveServer()
  const mirror = new Mirror((method, params) => { methods.push(method); server.notification(method, params as never) })
  const editor = new Map<string, { text: string }>()
  return {
    mirror, editor, methods,
    get server() { return server },
    begin() { server = new NaiveServer(); mirror.begin({ documents }) },
    open(uri: string, text: string, languageId = "python") {
      const held = { text }
      editor.set(uri, held)
      mirror.open({ uri, languageId, text: () => held.text })
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

  test("any edits, losses and demands leave the server with the editor's text", () => {
    const pieces = ["x", "é", "😀", "\n", "\r\n", "\r", "    ", "return a + b\n", "", "漢字", "\ud83d"]
    for (let seed = 1; seed <= 300; seed++) {
      const random = generator(seed), one = start(3)
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
