// What the browser tests share: the real server with the real model, a real browser, and a page whose every drawn ghost and
// every frame is recorded.
import { execFileSync, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm, symlink } from "node:fs/promises"
import { homedir, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { chromium } from "playwright-core"

export const here = dirname(fileURLToPath(import.meta.url))
const program = process.env.INKLING_BIN ?? join(here, "../../bin/inkling")
export const chromiumPlaces = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]

// serve starts a server on loopback and waits until its model is loaded, or, where loading says so, only until it listens. port 0
// takes a free one.
export async function serve(port = 0, args = [], env = {}, { loading = false } = {}) {
  const child = spawn(program, ["serve", "--host", "127.0.0.1", "--port", String(port), ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } })
  const gone = new Promise((resolve) => child.on("exit", resolve))
  const log = []
  const address = await new Promise((resolve, reject) => {
    let listening = ""
    const read = (line) => {
      log.push(line)
      listening ||= /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? ""
      if (listening && (loading || line.includes('"ready"'))) resolve(listening)
    }
    createInterface({ input: child.stdout }).on("line", read)
    createInterface({ input: child.stderr }).on("line", read)
    child.on("error", reject)
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${log.join("\n")}`)))
  })
  return {
    url: address + "/",
    port: Number(new URL(address).port),
    async stop() { child.kill("SIGTERM"); await gone },
  }
}

// homeWithKeys makes a data folder with keys of its own, which shares the fetched model, and returns it with a key for each user:
// [name, ...flags].
export async function homeWithKeys(...users) {
  const shared = process.env.INKLING_HOME ?? join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local/share"), "inkling")
  const home = await mkdtemp(join(tmpdir(), "inkling-home-"))
  for (const folder of ["lib", "models", "cache"]) await symlink(join(shared, folder), join(home, folder))
  const keys = users.map((user) => execFileSync(program, ["keys", "add", ...user], { env: { ...process.env, INKLING_HOME: home }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim())
  return { home, keys, remove: () => rm(home, { recursive: true, force: true }) }
}

// launch starts the machine's own Chromium, or the browser that BROWSER_PATH names.
export function launch() {
  const executablePath = process.env.BROWSER_PATH ?? chromiumPlaces.find(existsSync)
  if (!executablePath) throw new Error("no Chromium: install it (Debian: apt-get install chromium) or name it by BROWSER_PATH")
  return chromium.launch({ executablePath, args: ["--no-sandbox"] }) // without a sandbox: it runs as root in containers
}

// open opens the playground and waits for its session. errors holds whatever the page complains of, frames what travels.
export async function open(browser, url, options = {}, before = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, ...options })
  context.setDefaultTimeout(120_000) // machines under test may be busy
  const page = await context.newPage()
  const errors = [], frames = []
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") errors.push(message.text()) })
  page.on("pageerror", (error) => errors.push(error.message))
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => frames.push({ sent: true, ...JSON.parse(payload) }))
    socket.on("framereceived", ({ payload }) => frames.push({ sent: false, ...JSON.parse(payload) }))
  })
  await before(page)
  await page.goto(url)
  await page.waitForSelector('#connection[data-kind="ready"]')
  await page.evaluate(record)
  return { context, page, errors, frames }
}

// record keeps what was drawn, after each change of the page, in window.drawn: the ghost and its line.
export function record() {
  const root = document.getElementById("editor").shadowRoot
  window.drawn = []
  const note = () => {
    const ghost = root.querySelector(".cm-ghost"), active = root.querySelector(".cm-activeLine")
    const entry = { ghost: ghost?.textContent ?? "", line: active?.textContent ?? "" }
    const last = window.drawn.at(-1)
    if (!last || last.ghost !== entry.ghost || last.line !== entry.line) window.drawn.push(entry)
  }
  new MutationObserver(note).observe(root, { subtree: true, childList: true, characterData: true })
}

export const drawn = (page) => page.evaluate(() => window.drawn)
export const forgetDrawn = (page) => page.evaluate(() => { window.drawn = [] })

// text returns the current document without the ghost.
export function text(page) {
  return page.evaluate(() => {
    const content = document.getElementById("editor").shadowRoot.querySelector(".cm-content").cloneNode(true)
    content.querySelectorAll(".cm-ghost").forEach((ghost) => ghost.remove())
    return [...content.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n")
  })
}

export function ghost(page) {
  return page.evaluate(() => document.getElementById("editor").shadowRoot.querySelector(".cm-ghost")?.textContent ?? "")
}

// settled waits until no request is running, and returns the ghost that is drawn then.
export async function settled(page) {
  await page.waitForFunction(() => document.body.dataset.busy === "false")
  return ghost(page)
}
