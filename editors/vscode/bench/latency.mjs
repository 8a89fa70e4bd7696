// Measures the time from a key to ghost text in VS Code's workbench, and how much of it the server did not take.
//
// Each key is one that parts from what is suggested, so that each suggestion is a fresh one. Both times are read in the page:
// at the key's own event, and in the frame that has the ghost text of that key's document. The server's time is its own, the
// firstMs of its answer: from the request to the first text that it released. What is added is the difference.
import { launch, open, serve, stage } from "../test/workbench/harness.mjs"
import { between } from "../test/workbench/link.mjs"

const keys = Number(process.env.KEYS ?? 60)
// Places at which the model is sure enough of what comes, most of the time.
const lines = [
  "def mean(values):\n    return sum(values) / le", "def size(items):\n    return le", "import json\n\n\ndef load(path):\n    with open(path) as f:\n        ret",
  "numbers = [3, 1, 2]\nfor number in num", "def add(a, b):\n    ret", "class Point:\n    def __init__(self, x, y):\n        sel", "import o",
  "if __name__ == \"__ma", "from datetime import da",
]

const on = stage()
try {
  const browser = await launch()
  on.ends(() => browser.close())
  for (const worker of [false, true]) {
    const vscode = await on.editor({}, { worker })
    const server = await serve(0, ["--allowed-origins", vscode.url.slice(0, -1)])
    const link = await between(server.url)
    vscode.configure({ "inkling.server": link.url })
    report(worker ? "in a browser's worker" : "in Node (desktop, code-server)", await measure(browser, vscode, link))
    link.stop()
    await server.stop()
  }
} finally {
  await on.end()
}

// measure types and returns a sample for each suggestion that was drawn.
async function measure(browser, vscode, link) {
  const { page, context } = await open(browser, vscode, vscode.put("bench.py", ""))
  await page.evaluate(() => {
    window.addEventListener("keydown", () => { window.keyAt = performance.now(); window.ghostAt = 0; window.before = window.textNow() }, true)
    const frame = () => {
      if (!window.ghostAt && window.keyAt && window.ghostNow() !== "" && window.textNow() !== window.before) window.ghostAt = performance.now()
      requestAnimationFrame(frame)
    }
    frame()
  })
  const samples = []
  let silent = 0
  for (let i = 0; samples.length < keys && i < keys * 4; i++) {
    const line = lines[i % lines.length]
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Delete")
    await page.keyboard.insertText(`# ${i}\n\n${line.slice(0, -1)}`) // another text each time: nothing is cached
    await page.keyboard.press("Control+End")
    link.frames.length = 0
    await page.keyboard.type(line.at(-1))
    const asked = await link.until((frame) => frame.method === "textDocument/inlineCompletion")
    const { result } = await link.until((frame) => !frame.sent && frame.id === asked.id)
    if (!result?.items.length || result.inkling.cached || result.inkling.along) { silent++; continue }
    await page.waitForFunction(() => window.ghostAt > 0)
    const total = await page.evaluate(() => window.ghostAt - window.keyAt)
    samples.push({ total, server: result.inkling.timings.firstMs, added: total - result.inkling.timings.firstMs })
  }
  await context.close()
  return { samples, silent }
}

function report(where, { samples, silent }) {
  console.log(`${where}: ${samples.length} suggestions, ${silent} keys without one`)
  for (const what of ["total", "server", "added"]) {
    const sorted = samples.map((sample) => sample[what]).sort((a, b) => a - b)
    const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]?.toFixed(1)
    console.log(`  ${what.padEnd(7)} p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`)
  }
}
