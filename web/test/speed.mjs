// Measures the page in Chromium against a real server and model, and prints the figures of docs/benchmarks.md: npm run speed.
//
//   - A keystroke's own cost: processor time of the page's main thread in the tasks that handle the key's events, layout that they
//     force included; with the frame after them; and all that the main thread does from one key to the next, parsing in idle time,
//     answers and their frames included. The browser's network inspection is off, since it is part of no real page.
//   - Ghost text: in how many frames after its message a delta stands on the page.
//   - The first view: bytes that travel, and the time until the editor takes keys and until the session is ready.
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { loadavg } from "node:os"
import puppeteer from "puppeteer-core"
import { chromiumPlaces, serve, settled } from "./harness.mjs"

const lines = 5000, keys = Number(process.env.KEYS ?? 400), views = 10
const pause = 60 // ms between keys

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))]
const told = (values, digits = 2) => `p50 ${percentile(values, 0.5).toFixed(digits)}, p95 ${percentile(values, 0.95).toFixed(digits)} ms of ${values.length}`

// longFile repeats a sample, with names of its own in each copy.
async function longFile(name) {
  const sample = (await readFile(new URL(`../src/samples/${name}.txt`, import.meta.url), "utf8")).replace("‸", "")
  const text = []
  for (let copy = 0; text.length < lines; copy++) text.push(...sample.replaceAll(/\b(class|def|function|func) (\w+)/g, `$1 $2${copy}`).split("\n"))
  return text.slice(0, lines).join("\n")
}

// visit opens the playground in a context of its own; before runs in the page ahead of its script.
async function visit(browser, url, before = () => {}, ...args) {
  const context = await browser.createBrowserContext(), page = await context.newPage()
  page.setDefaultTimeout(120_000)
  await page.evaluateOnNewDocument(before, ...args)
  await page.goto(url)
  await page.waitForSelector('#connection[data-kind="ready"]')
  return { context, page }
}

async function openFile(page, name, content) {
  await page.evaluate((name, content) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([content], name))
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }, name, content)
  await page.waitForFunction((want) => document.querySelector(".tab.current")?.textContent.startsWith(want), {}, name)
}

// tasksOf returns the tasks of the page's main thread, in order, each with what it did.
function tasksOf(trace) {
  const whole = trace.filter((event) => event.ph === "X")
  const { pid, tid } = whole.find((event) => event.name === "EventDispatch" && event.args.data.type === "keydown")
  const tasks = []
  for (const event of whole.filter((one) => one.pid === pid && one.tid === tid).sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    const last = tasks.at(-1)
    if (last && event.ts < last.ts + last.dur) last.inside.push(event)
    else tasks.push({ ...event, inside: [event] })
  }
  return tasks
}

const keyEvents = new Set(["keydown", "keypress", "beforeinput", "input", "textInput", "keyup", "selectionchange"])
const isKey = (task) => task.inside.some((event) => event.name === "EventDispatch" && keyEvents.has(event.args.data.type))
const isFrame = (task) => task.inside.some((event) => event.name === "Paint")

// costsOf returns of each key the processor time of its tasks, of the first frame after them, and of all tasks until the next, in ms.
function costsOf(trace) {
  const costs = []
  for (const task of tasksOf(trace)) {
    if (task.inside.some((event) => event.name === "EventDispatch" && event.args.data.type === "keydown")) costs.push({ events: 0, frame: 0, whole: 0 })
    const key = costs.at(-1)
    if (!key) continue
    key.whole += (task.tdur ?? 0) / 1000
    if (isKey(task)) key.events += task.tdur / 1000
    else if (isFrame(task) && !key.frame) key.frame = task.tdur / 1000
  }
  return costs
}

async function keystrokes(browser, url, name, extension, typed, glass) {
  const { page, context } = await visit(browser, url, (glass) => localStorage.setItem("inkling.settings", JSON.stringify({ glass })), glass)
  await openFile(page, `long.${extension}`, await longFile(name))
  await page.keyboard.down("Control")
  await page.keyboard.press("End")
  await page.keyboard.up("Control")
  for (const key of ["PageUp", "PageUp", "PageUp", "End", "Enter"]) await page.keyboard.press(key)
  await settled(page)
  await page.tracing.start({ categories: ["toplevel", "devtools.timeline"] })
  for (let i = 0; i < keys; i++) await page.keyboard.type(typed[i % typed.length], { delay: pause })
  await settled(page)
  const data = new TextDecoder().decode(await page.tracing.stop())
  if (process.env.TRACE) await (await import("node:fs/promises")).writeFile(`${process.env.TRACE}-${name}-${glass}.json`, data)
  const costs = costsOf(JSON.parse(data).traceEvents)
  console.log(`keystroke, ${name} of ${lines} lines, glass ${glass ? "open" : "closed"}: ${told(costs.map((one) => one.events))}; with its frame ${told(costs.map((one) => one.events + one.frame))}; until the next key ${told(costs.map((one) => one.whole))}`)
  await context.close()
}

// watchDeltas counts, for each delta, the frames until its text is on the page.
function watchDeltas() {
  window.seenDeltas = []
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args)
      this.addEventListener("message", ({ data, timeStamp }) => {
        const message = JSON.parse(data)
        if (message.method !== "$/progress") return
        let frames = 0
        const look = () => {
          frames++
          const ghost = document.getElementById("editor").shadowRoot.querySelector(".cm-ghost")?.textContent ?? ""
          if (ghost.includes(message.params.value.text)) window.seenDeltas.push({ frames, ms: performance.now() - timeStamp })
          else if (frames < 10) requestAnimationFrame(look)
          else window.seenDeltas.push({ frames: 99, ms: NaN })
        }
        requestAnimationFrame(look)
      })
    }
  }
}

async function ghosts(browser, url) {
  const { page, context } = await visit(browser, url, watchDeltas)
  await page.keyboard.type("max")
  for (let i = 0; i < 12; i++) {
    await settled(page)
    await page.keyboard.press(i % 3 ? "Tab" : "Enter")
    await settled(page)
    await page.keyboard.type("re")
  }
  await settled(page)
  const seen = await page.evaluate(() => window.seenDeltas)
  console.log(`ghost text: ${seen.filter((one) => one.frames === 1).length} of ${seen.length} deltas stood in the first frame after their message; message to frame ${told(seen.map((one) => one.ms), 1)}`)
  await context.close()
}

// watchStart notes when the editor takes keys, and when the session is ready, in ms since the navigation began.
function watchStart() {
  window.started = {}
  new MutationObserver(() => {
    if (document.activeElement?.id === "editor") window.started.keys ??= performance.now()
    if (document.getElementById("connection")?.dataset.kind === "ready") window.started.session ??= performance.now()
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
}

async function firstViews(browser, url) {
  const all = []
  for (let i = 0; i < views; i++) {
    const { page, context } = await visit(browser, url, watchStart)
    all.push(await page.evaluate(() => {
      const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      return { ...window.started, bytes: entries.reduce((sum, one) => sum + one.transferSize, 0), requests: entries.length }
    }))
    await context.close()
  }
  console.log(`first view: ${all[0].bytes} bytes in ${all[0].requests} requests; takes keys after ${told(all.map((one) => one.keys), 0)}, session ready after ${told(all.map((one) => one.session), 0)}`)
}

const executablePath = process.env.BROWSER_PATH ?? chromiumPlaces.find(existsSync)
const server = await serve()
const browser = await puppeteer.launch({ executablePath, headless: true, networkEnabled: false, args: ["--no-sandbox"], defaultViewport: { width: 1280, height: 800 } })
try {
  console.log(`${await browser.version()}, load ${loadavg()[0].toFixed(1)}`)
  await firstViews(browser, server.url)
  await ghosts(browser, server.url)
  for (const glass of [false, true]) {
    await keystrokes(browser, server.url, "python", "py", "total = sum(value for value in values)\n", glass)
    await keystrokes(browser, server.url, "typescript", "ts", "const total = values.reduce((a, b) => a + b, 0)\n", glass)
  }
  console.log(`load ${loadavg()[0].toFixed(1)}`)
} finally {
  await browser.close()
  await server.stop()
}
