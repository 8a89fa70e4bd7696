// What the page reckons by itself, without a browser: its modules are bundled for Node and called.
import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { after, before, test } from "node:test"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const here = dirname(fileURLToPath(import.meta.url))
let folder, unit
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "playground-unit-"))
  const contents = ["mirror", "ghost", "files", "languages", "glass"].map((name) => `export * from "./${name}"`).join("\n") + `\nexport { ChangeSet, Text } from "@codemirror/state"\n`
  await build({ stdin: { contents, resolveDir: join(here, "../src"), loader: "ts" }, outfile: join(folder, "unit.mjs"), bundle: true, format: "esm", platform: "node", loader: { ".txt": "text" }, logLevel: "warning" })
  unit = await import(pathToFileURL(join(folder, "unit.mjs")))
})
after(() => rm(folder, { recursive: true, force: true }))

// played applies the changes of one message to a text as the protocol says: one after the other, by line and UTF-16 character.
function played(text, changes) {
  for (const { range, text: inserted } of changes) {
    const at = ({ line, character }) => text.split("\n").slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + character
    text = text.slice(0, at(range.start)) + inserted + text.slice(at(range.end))
  }
  return text
}

// random returns numbers below n, the same in every run.
function random(seed) {
  return (n) => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed % n }
}

test("edits as they are sent make the text that the editor has", () => {
  const below = random(7), letters = ["a", "😀", "e\u0301", "\n", "\n\n", "x\ny", "\0", ""]
  for (let round = 0; round < 500; round++) {
    let text = Array.from({ length: below(40) }, () => letters[below(letters.length)]).join("")
    const doc = unit.Text.of(text.split("\n")), list = []
    for (let from = below(10); from <= text.length; from += 1 + below(20)) {
      const to = Math.min(text.length, from + below(4))
      list.push({ from, to, insert: unit.Text.of(letters[below(letters.length)].split("\n")) })
      from = to
    }
    const changes = unit.ChangeSet.of(list, doc.length)
    assert.equal(played(text, unit.changesOf(doc, changes, "\n")), changes.apply(doc).toString())
  }
})

test("lines end as in the file", () => {
  const doc = unit.Text.of(["a", "b"])
  const [change] = unit.changesOf(doc, unit.ChangeSet.of({ from: 1, to: 2, insert: unit.Text.of(["", "", ""]) }, doc.length), "\r\n")
  assert.deepEqual(change, { range: { start: { line: 0, character: 1 }, end: { line: 1, character: 0 } }, text: "\r\n\r\n" })
})

test("a word is what is accepted by word", () => {
  for (const [text, word] of [["  return x", "  return"], ["(self.value)", "("], ["naïve_2 b", "naïve_2"], ["\n    x", "\n    x"], [" += 1", " +="], ["数える()", "数える"], ["   ", "   "]]) assert.equal(unit.nextWord(text), word)
})

test("files are text in UTF-8, or refused with a sentence", () => {
  const bytes = (...values) => new Uint8Array(values)
  assert.deepEqual(unit.decode("a.py", bytes(0x61, 0x0d, 0x0a)), { name: "a.py", text: "a\r\n", lineEnd: "\r\n" })
  assert.equal(unit.lineEndOf("a\rb\n"), "\r")
  assert.throws(() => unit.decode("a.png", bytes(0x89, 0)), unit.Refused)
  assert.throws(() => unit.decode("a.py", bytes(0xff, 0xfe)), /not text in UTF-8/)
})

test("languages are those that the server lists, and plain text is the rest", () => {
  assert.equal(unit.languageOf("build.zig").id, "plaintext")
  unit.learn([{ id: "zig", aliases: [], extensions: [".zig"], filenames: ["Zigfile"], indent: "    " },
    { id: "python", aliases: ["py"], extensions: [".py", ".pyw"], filenames: [], indent: "    " }])
  for (const [name, id] of [["build.zig", "zig"], ["Zigfile", "zig"], ["a.PYW", "python"], ["a.rs", "plaintext"], ["a.go", "go"]]) assert.equal(unit.languageOf(name).id, id, name)
  assert.equal(unit.languages.find((one) => one.id === "zig").label, "Zig")
})

test("the surer, the darker, and readable always", () => {
  assert.ok(unit.shade(0) >= 0.7 && unit.shade(0) < unit.shade(0.5) && unit.shade(0.5) < unit.shade(1))
  assert.equal(unit.shade(1), 1)
})

test("a life's timeline begins with the key and holds what happened", () => {
  const timings = { firstMs: 9, totalMs: 20, windowMs: 0.5, queueMs: 1, prefillMs: 4, firstTokenMs: 6, promptTokens: 50, reusedTokens: 48, computedTokens: 2, completionTokens: 3 }
  const life = { keyAt: 100, sentAt: 101, askedAt: 102, drawnAt: 112, answeredAt: 125, deltas: [{ at: 111, item: 0, text: "x", probability: 1 }], answer: { timings }, outcome: "shown", editSize: 70, version: 2, counted: false }
  const steps = unit.stepsOf(life)
  assert.deepEqual(steps.map((step) => step.name), ["Edit sent", "Window", "Queue", "Prompt", "First token", "Last token", "Finishing", "Shown"])
  const held = unit.stepsOf({ ...life, deltas: [], drawnAt: 0, outcome: "filtered" })
  assert.deepEqual(held.map((step) => step.name), ["Edit sent", "Window", "Queue", "Prompt", "First token", "Not shown"])
  for (const step of steps) assert.ok(step.from >= 0 && step.to >= step.from, JSON.stringify(step))
})
