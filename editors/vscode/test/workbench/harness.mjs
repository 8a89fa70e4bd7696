// What the workbench tests share: the real server with the real model, VS Code's server with the built extension, and its
// workbench in a real browser.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { chromium } from "playwright-core"

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, "../../../..")
export const program = process.env.INKLING_BIN ?? join(root, "bin/inkling")
const vsix = join(here, "../../dist/inkling.vsix")
const codeServer = process.env.CODE_SERVER
const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]

// patience is how long something is waited for, in ms, before a test says what there is instead. No test hangs on how fast
// anything is.
export const patience = 60_000

// lines starts a program and resolves with what pick makes of one of its lines.
function lines(command, args, options, pick) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options })
  const gone = new Promise((resolve) => child.on("exit", resolve)), log = []
  const started = new Promise((resolve, reject) => {
    const read = (line) => {
      log.push(line)
      const picked = pick(line)
      if (picked) resolve(picked)
    }
    createInterface({ input: child.stdout }).on("line", read)
    createInterface({ input: child.stderr }).on("line", read)
    child.on("error", reject)
    child.on("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${log.join("\n")}`)))
  })
  return started.then((picked) => ({ picked, log, child, async stop() { child.kill("SIGTERM"); await gone } }))
}

// serve starts the completion server on loopback and waits until its model is loaded. port 0 takes a free one.
export async function serve(port = 0, flags = [], env = {}) {
  let listening = ""
  const server = await lines(program, ["serve", "--host", "127.0.0.1", "--port", String(port), ...flags], { env: { ...process.env, ...env } }, (line) => {
    listening ||= /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? ""
    return listening && line.includes('"ready"') && listening
  })
  return { ...server, url: server.picked, port: Number(new URL(server.picked).port) }
}

// home makes a data folder of its own, with the library and the models of the real one, and returns its environment.
export function home() {
  const real = process.env.INKLING_HOME ?? join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local/share"), "inkling")
  const folder = mkdtempSync(join(tmpdir(), "inkling-home-"))
  for (const name of ["lib", "models", "cache"]) if (existsSync(join(real, name))) symlinkSync(join(real, name), join(folder, name))
  return { env: { INKLING_HOME: folder }, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

// stage keeps what a file of tests has started, to end it all, the newest first.
export function stage() {
  const closing = []
  return {
    ends(close) { closing.push(close) },
    // editor starts VS Code with settings of its own.
    async editor(settings, options) {
      const vscode = await code({ "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" }, ...settings }, options)
      closing.push(() => vscode.stop())
      return vscode
    },
    async end() { for (const close of closing.reverse()) await close() },
  }
}

// code starts VS Code's own server on loopback, with the built extension, or another one, and these settings. worker runs
// the extension in the browser's worker in place of Node.
export async function code(settings, { worker = false, id = "inkling.inkling", packed = vsix } = {}) {
  if (!codeServer) throw new Error("CODE_SERVER names no folder of VS Code's server: run make test-vscode")
  const folder = mkdtempSync(join(tmpdir(), "inkling-code-"))
  const at = (name) => join(folder, name)
  const workspace = at("workspace"), data = ["--server-data-dir", at("server"), "--user-data-dir", at("user"), "--extensions-dir", at("extensions"), "--accept-server-license-terms"]
  const main = join(codeServer, "out/server-main.js")
  mkdirSync(workspace)
  const installed = spawnSync(process.execPath, [main, "--install-extension", packed, ...data], { encoding: "utf8" })
  if (installed.status !== 0) throw new Error(`the extension cannot be installed: ${installed.stdout}${installed.stderr}`)
  mkdirSync(at("user/User"), { recursive: true })
  const write = (more) => writeFileSync(at("user/User/settings.json"), JSON.stringify({
    "security.workspace.trust.enabled": false, "workbench.startupEditor": "none", "workbench.tips.enabled": false,
    "telemetry.telemetryLevel": "off", "extensions.ignoreRecommendations": true, "window.titleBarStyle": "custom",
    ...(worker && { "remote.extensionKind": { [id]: ["ui"] } }), ...settings, ...more,
  }))
  write({})
  mkdirSync(join(workspace, ".vscode"))
  writeFileSync(join(workspace, ".vscode/inkling.code-snippets"), JSON.stringify({ first: { prefix: "first", body: ["${1:one}(${2:two})$0"], description: "first" } }))
  const server = await lines(process.execPath, [main, "--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--telemetry-level", "off", ...data], {},
    (line) => /Extension host agent listening on (\d+)/.exec(line)?.[1])
  return {
    url: `http://127.0.0.1:${server.picked}/`, workspace, log: server.log, configure: write,
    // hosts lists the processes of its hosts of extensions.
    hosts() {
      const all = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).stdout.split("\n").map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line)).filter(Boolean)
      return all.filter(([, , parent, args]) => Number(parent) === server.child.pid && args.includes("--type=extensionHost")).map(([, pid]) => Number(pid))
    },
    put(name, text) { writeFileSync(join(workspace, name), text); return join(workspace, name) },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// launch starts the machine's own Chromium, or the browser that BROWSER_PATH names.
export function launch() {
  const executablePath = process.env.BROWSER_PATH ?? browsers.find(existsSync)
  if (!executablePath) throw new Error("no Chromium: install it (Debian: apt-get install chromium) or name it by BROWSER_PATH")
  return chromium.launch({ executablePath, args: ["--no-sandbox"] }) // without a sandbox: it runs as root in containers
}

// visit opens a workbench with one file; prepare is called before it loads anything.
export async function visit(browser, vscode, file, prepare = () => {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 } })
  await prepare(context)
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const payload = encodeURIComponent(JSON.stringify([["openFile", `vscode-remote://${new URL(vscode.url).host}${file}`]]))
  await page.goto(`${vscode.url}?folder=${encodeURIComponent(vscode.workspace)}&payload=${payload}`)
  return { context, page }
}

// dam makes what stands between a workbench and its host of extensions, and can hold back what the host says.
export function dam() {
  const held = []
  let holding = false, look = () => {}
  // passes resolves when a message with these words passes, or is held back.
  const passes = (words) => new Promise((resolve) => { look = (message) => { if (message.includes(words)) resolve() } })
  return {
    passes,
    prepare: (context) => context.routeWebSocket(/./, (socket) => {
      const upstream = socket.connectToServer()
      socket.onMessage((message) => {
        upstream.send(message)
        look(message)
      })
      upstream.onMessage((message) => {
        if (holding) held.push(() => socket.send(message))
        else socket.send(message)
        look(message)
      })
    }),
    hold() { holding = true },
    release() {
      holding = false
      for (const pass of held.splice(0)) pass()
    },
  }
}

// open opens a workbench with one file and waits until the extension has a word for the status bar.
export async function open(browser, vscode, file, status = /^Inkling, ready\./, prepare) {
  const { context, page } = await visit(browser, vscode, file, prepare)
  await page.waitForSelector(".monaco-editor .view-lines", { timeout: patience })
  await says(page, status)
  await page.click(".monaco-editor .view-lines")
  await watch(page)
  return { context, page }
}

// says waits until the status bar item's label matches.
export async function says(page, pattern) {
  const read = () => page.evaluate(() => document.querySelector('[id="inkling.inkling.inkling.status"]')?.getAttribute("aria-label") ?? "no status item")
  try {
    await page.waitForFunction(({ source, flags }) => {
      const item = document.querySelector('[id="inkling.inkling.inkling.status"]')
      return new RegExp(source, flags).test(item?.getAttribute("aria-label") ?? "")
    }, { source: pattern.source, flags: pattern.flags }, { timeout: patience })
  } catch (error) {
    throw new Error(`the status is ${JSON.stringify(await read())}, not ${pattern}`, { cause: error })
  }
  return read()
}

// watch keeps what is drawn after each change of the page: the cursor's line and its ghost text.
export function watch(page) {
  return page.evaluate(() => {
    const plain = (node) => node?.textContent.replaceAll("\u00a0", " ") ?? ""
    window.ghostNow = () => [...document.querySelectorAll(".monaco-editor [class*='ghost-text-decoration'], .monaco-editor .suggest-preview-text .view-line")].map(plain).join("\n")
    window.textNow = () => {
      const lines = document.querySelector(".monaco-editor .view-lines").cloneNode(true)
      lines.querySelectorAll("[class*='ghost-text-decoration']").forEach((one) => one.remove())
      return [...lines.children].map((line) => [parseFloat(line.style.top), plain(line)]).sort((a, b) => a[0] - b[0]).map(([, text]) => text).join("\n")
    }
    window.drawn = []
    const note = () => {
      const entry = { text: window.textNow(), ghost: window.ghostNow(), at: performance.now() }, last = window.drawn.at(-1)
      if (!last || last.ghost !== entry.ghost || last.text !== entry.text) window.drawn.push(entry)
    }
    const frame = () => { note(); requestAnimationFrame(frame) }
    frame()
  })
}

export const drawn = (page) => page.evaluate(() => window.drawn)
export const forgetDrawn = (page) => page.evaluate(() => { window.drawn = [] })
export const ghost = (page) => page.evaluate(() => window.ghostNow())
export const text = (page) => page.evaluate(() => window.textNow())

// shows waits until the ghost text is as wanted: a text, or what a pattern matches. It returns it.
export async function shows(page, wanted) {
  const pattern = typeof wanted === "string" ? { text: wanted } : { source: wanted.source }
  try {
    await page.waitForFunction(({ text, source }) => text !== undefined ? window.ghostNow() === text : new RegExp(source, "s").test(window.ghostNow()), pattern, { timeout: patience })
  } catch (error) {
    throw new Error(`the ghost is ${JSON.stringify(await ghost(page))} in ${JSON.stringify(await text(page))}, not ${wanted}`, { cause: error })
  }
  return ghost(page)
}

// holds waits until the text of the editor, without the ghost, is as wanted.
export async function holds(page, wanted) {
  try {
    await page.waitForFunction((whole) => window.textNow() === whole, wanted, { timeout: patience })
  } catch (error) {
    throw new Error(`the text is ${JSON.stringify(await text(page))}, not ${JSON.stringify(wanted)}`, { cause: error })
  }
}

// command runs a command of the palette by its title.
export async function command(page, title) {
  await page.keyboard.press("F1")
  await page.waitForSelector(".quick-input-widget .quick-input-box input")
  await page.keyboard.type(title)
  await page.waitForFunction((wanted) => document.querySelector(".quick-input-list .monaco-list-row.focused")?.getAttribute("aria-label")?.startsWith(wanted), title, { timeout: patience })
  await page.keyboard.press("Enter")
}

// notifications returns the texts of the messages that are shown.
export const notifications = (page) => page.evaluate(() => [...document.querySelectorAll(".notification-toast .notification-list-item-message")].map((one) => one.textContent))
