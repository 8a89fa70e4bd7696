// Measures the time from a key to ghost text in VS Code's workbench, and how much of it the server did not take.
//
// Each key is one that parts from what is suggested, so that each suggestion is a fresh one. The times are read in the page:
// at the key's own event, at what passes between the workbench and its host of extensions, and where the ghost text of that
// key's document is put into the page, which is drawn with that frame. The server's time is its own, the firstMs of its answer: from the request to the first
// text that it released. What is added is the difference. The floor is the same key with an extension that answers at once.
import { floor } from "./floor.mjs"
import { stamp } from "./hops.mjs"
import { launch, says, serve, shows, stage, visit, watch } from "../test/workbench/harness.mjs"
import { between } from "../test/workbench/link.mjs"

const keys = Number(process.env.KEYS ?? 60)
// Places at which the model is sure enough of what comes, most of the time.
const lines = [
  "def mean(values):\n    return sum(values) / le", "def size(items):\n    return le", "import json\n\n\ndef load(path):\n    with open(path) as f:\n        ret",
  "numbers = [3, 1, 2]\nfor number in num", "def add(a, b):\n    ret", "class Point:\n    def __init__(self, x, y):\n        sel", "import o",
  "if __name__ == \"__ma", "from datetime import da",
]

// What is inserted at once stays as it is.
const plain = { "editor.autoIndent": "none", "editor.autoClosingBrackets": "never", "editor.autoClosingQuotes": "never" }

const on = stage()
try {
  const browser = await launch(), least = await floor()
  on.ends(() => browser.close())
  on.ends(least.remove)
  for (const worker of [false, true]) {
    const where = worker ? "in a browser's worker" : "in Node (desktop, code-server)"
    const bare = await on.editor(plain, { worker, id: "inkling.floor", packed: least.vsix })
    report(`the editor's own, ${where}`, await measure(browser, bare, worker))
    await bare.stop()
    const vscode = await on.editor(plain, { worker })
    const server = await serve(0, ["--allowed-origins", vscode.url.slice(0, -1)])
    const link = await between(server.url)
    vscode.configure({ "inkling.server": link.url })
    report(`Inkling, ${where}`, await measure(browser, vscode, worker, link))
    link.stop()
    await server.stop()
    await vscode.stop()
  }
} finally {
  await on.end()
}

// measure types and returns a sample for each suggestion that was drawn. Without a link: the floor's.
async function measure(browser, vscode, worker, link = null) {
  const { page, context } = await visit(browser, vscode, vscode.put("bench.py", ""), (one) => stamp(one, worker))
  await page.waitForSelector(".monaco-editor .view-lines")
  if (link) await says(page, /^Inkling, ready\./)
  else await page.waitForSelector(".statusbar-item >> text=floor")
  await page.click(".monaco-editor .view-lines")
  await watch(page)
  await page.evaluate(() => {
    window.addEventListener("keydown", () => { window.keyAt = performance.now(); window.hops = {}; window.ghostAt = 0; window.before = window.textNow(); window.had = window.ghostNow() }, true)
    new MutationObserver(() => {
      if (!window.ghostAt && window.keyAt && window.ghostNow() !== "" && window.textNow() !== window.before) window.ghostAt = performance.now()
    }).observe(document.querySelector(".monaco-editor"), { childList: true, subtree: true, characterData: true, attributes: true })
  })
  const samples = []
  let silent = 0
  for (let i = 0; samples.length < keys && i < keys * 4; i++) {
    const line = lines[i % lines.length]
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Delete")
    await page.keyboard.insertText(`# ${i}\n\n${line.slice(0, -1)}`) // another text each time: nothing is cached
    await page.keyboard.press("Control+End")
    if (link) await inStep(link, `# ${i}\n\n${line.slice(0, -1)}`)
    await page.keyboard.type(line.at(-1))
    const served = link && await answer(link)
    if (link && !served) { silent++; continue }
    if (!link) await shows(page, " = floor")
    await page.waitForFunction(() => window.ghostAt > 0)
    if (await page.evaluate(() => window.had)) { silent++; continue } // the ghost may be the one from before
    samples.push(sampleOf(await page.evaluate(() => ({ origin: performance.timeOrigin, keyAt: window.keyAt, ghostAt: window.ghostAt, ...window.hops })), served))
  }
  await context.close()
  return { samples, silent }
}

// inStep waits until the server has a text, and forgets what passed.
async function inStep(link, text) {
  await link.until(() => [...link.documents.documents.values()].some((document) => document.text === text))
  link.frames.length = 0
}

// answer waits for the answer about a key, and returns when its parts passed the link; null where nothing is suggested, or
// nothing was computed.
async function answer(link) {
  const asked = await link.until((frame) => frame.method === "textDocument/inlineCompletion")
  const answered = await link.until((frame) => !frame.sent && frame.id === asked.id)
  const { result } = answered
  if (!result?.items.length || result.inkling.cached || result.inkling.along) return null
  const first = link.frames.find((frame) => frame.method === "$/progress" && frame.params.token === asked.id) ?? answered
  return { asked: asked.at, first: first.at, whole: answered.at, firstMs: result.inkling.timings.firstMs }
}

// sampleOf returns times in ms from the key on, at each hop.
function sampleOf({ origin, keyAt, ghostAt, edit, ask, answer }, served) {
  const sample = { total: ghostAt - keyAt, "edit leaves the workbench": edit - keyAt, "workbench asks": ask - keyAt, "workbench is answered": answer - keyAt }
  if (!served) return sample
  const since = (at) => performance.timeOrigin + at - origin - keyAt // both clocks are the machine's
  return {
    ...sample, server: served.firstMs, added: sample.total - served.firstMs,
    "request at the link": since(served.asked), "first text at the link": since(served.first), "whole text at the link": since(served.whole),
    "first text to ghost": ghostAt - keyAt - since(served.first), "editor's answer to ghost": ghostAt - answer,
  }
}

function report(what, { samples, silent }) {
  console.log(`${what}: ${samples.length} suggestions, ${silent} keys without one`)
  for (const name of Object.keys(samples[0] ?? {})) {
    const sorted = samples.map((sample) => sample[name]).filter((ms) => !Number.isNaN(ms)).sort((a, b) => a - b) // a hop may go unseen
    const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]?.toFixed(1)
    console.log(`  ${name.padEnd(26)} p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`)
  }
}
