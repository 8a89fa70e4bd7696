import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type * as vscode from "vscode"
import { Mirror } from "../../src/core/mirror"
import { Documents } from "../../src/editor/documents"
import { NaiveServer } from "./naive"
import { type Document, EndOfLine, Position, Range, show } from "./vscode"

const line = `${"x".repeat(63)}\n`, most = 2 << 20
let ends = () => {}

// start shows a document in an editor whose extension is connected to a naive server.
function start(text: string) {
  const methods: string[] = [], server = new NaiveServer(), whys: string[] = []
  let edits = 0
  const mirror = new Mirror((method, params) => {
    methods.push(method.replace("textDocument/", ""))
    server.notification(method, params as never)
  })
  mirror.begin({ documents: 256, frameBytes: 4 << 20 })
  const documents: Documents = new Documents(mirror, () => { edits++ }, (one) => { whys.push(documents.why(one)) })
  ends = () => documents.dispose()
  const document = show("/a.py", text)
  return {
    document, methods, whys,
    get edits() { return edits },
    get why() { return documents.why(document as Document & vscode.TextDocument) },
    get held() { return server.documents.get("file:///a.py")?.text },
  }
}

describe("documents of the editor", () => {
  afterEach(() => ends())

  test("one that grows past the limit by a paste is closed, and opened when it is smaller again", () => {
    const one = start(line)
    one.document.replace(0, 0, 0, line.repeat(most / line.length))
    assert.deepEqual(one.methods, ["didOpen", "didClose"])
    assert.match(one.why, /^too large/)
    assert.equal(one.edits, 0)
    one.document.replace(0, 0, 0, "x")
    assert.equal(one.methods.length, 2)
    one.document.edit({ range: new Range(new Position(0, 0), new Position(2, 0)), text: "" })
    assert.deepEqual(one.methods, ["didOpen", "didClose", "didOpen"])
    assert.equal(one.held, one.document.getText())
    assert.deepEqual(one.whys.map((why) => why.slice(0, 9)), ["too large", ""], "the status hears of both, once")
  })

  test("many small changes of one edit count together", () => {
    const one = start("x".repeat(most - 1000) + "\n")
    const range = new Range(new Position(0, 0), new Position(0, 0))
    one.document.edit(...Array.from({ length: 20 }, () => ({ range, text: "y".repeat(100) })))
    assert.deepEqual(one.methods, ["didOpen", "didClose"])
  })

  test("one that becomes binary is closed, and opened when it is none any more", () => {
    const one = start(line)
    one.document.replace(0, 3, 3, "\0")
    assert.deepEqual(one.methods, ["didOpen", "didClose"])
    assert.equal(one.why, "binary")
    one.document.replace(0, 3, 4, "")
    assert.deepEqual(one.methods, ["didOpen", "didClose", "didOpen"])
    assert.equal(one.held, line)
  })

  test("a paste that leaves it within the limit is one edit", () => {
    const one = start(line)
    one.document.replace(0, 5, 5, line.repeat(100))
    assert.deepEqual(one.methods, ["didOpen", "didChange"])
    assert.equal(one.held, one.document.getText())
    assert.equal(one.edits, 1)
  })

  test("keys are sent without a look at the text", () => {
    const one = start(line.repeat(1000))
    one.document.looks = 0
    for (const key of ["a", "\n    ", "x".repeat(1024)]) one.document.replace(0, 0, 0, key)
    assert.equal(one.document.looks, 0)
    assert.equal(one.held, one.document.getText())
    assert.equal(one.edits, 3)
  })

  test("line ends of another kind open a large one again", () => {
    const one = start(line.repeat(1000))
    one.document.end(EndOfLine.CRLF)
    assert.deepEqual(one.methods, ["didOpen", "didOpen"])
    assert.equal(one.held, one.document.getText())
  })
})
