import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { command, holds, launch, open, patience, says, serve, shows, stage } from "./harness.mjs"
import { between } from "./link.mjs"

const on = stage(), start = "def add(a, b):\n    "
let link, server, vscode, browser
before(async () => {
  [server, browser] = await Promise.all([serve(), launch()])
  on.ends(() => server.stop())
  on.ends(() => browser.close())
  link = await between(server.url)
  on.ends(() => link.stop())
  vscode = await on.editor({ "inkling.server": link.url })
})
after(() => on.end())

const rows = (page) => page.evaluate(() => [...document.querySelectorAll(".quick-input-list .monaco-list-row")].map((row) => row.getAttribute("aria-label").split(",")[0].trim()))

describe("status and commands", { timeout: 900_000 }, () => {
  test("the status says that a suggestion is on its way, and when it is there", async () => {
    const { page, context } = await open(browser, vscode, vscode.put("thinking.py", start))
    const held = []
    link.intercept = (message) => (message.method === "$/progress" || message.result?.items) && held.push(message)
    await page.keyboard.press("Control+End")
    await page.keyboard.type("ret")
    await says(page, /^Inkling, thinking\./)
    link.frames.length = 0
    link.intercept = () => false
    const asked = held.findLast((message) => message.result) ?? await link.until((frame) => frame.result?.items)
    if (held.includes(asked)) link.say(asked)
    await says(page, /^Inkling, ready\./)
    await shows(page, /^urn a/)
    await context.close()
  })

  test("the status opens a menu, and the menu turns off and on", async () => {
    const { page, context } = await open(browser, vscode, vscode.put("menu.py", start))
    const menu = async (item) => {
      await page.click('[id="inkling.inkling.inkling.status"]')
      await page.waitForSelector(".quick-input-list .monaco-list-row >> text=Show Log")
      const all = await rows(page)
      await page.click(`.quick-input-list .monaco-list-row >> text="${item}"`)
      return all
    }
    const all = await menu("Turn Off")
    for (const item of ["Turn Off in This Workspace", "Turn Off for python", "Ask Now", "Choose Server", "Enter Key"]) assert.ok(all.some((row) => row.endsWith(item)), `${item} is not in ${all}`)
    assert.ok(!all.some((row) => row.endsWith("Connect Again")), "there is nothing to connect again")
    await says(page, /^Inkling, off\. Suggestions are turned off/)
    await menu("Turn On")
    await says(page, /^Inkling, ready\./)
    await context.close()
  })

  test("a workspace is turned off in its own settings, and on again", async () => {
    const { page, context } = await open(browser, vscode, vscode.put("workspace.py", start))
    const inWorkspace = () => JSON.parse(readFileSync(join(vscode.workspace, ".vscode/settings.json"), "utf8"))["inkling.enabled"]
    await command(page, "Inkling: Turn On or Off in This Workspace")
    await says(page, /^Inkling, off\./)
    assert.equal(inWorkspace(), false)
    await command(page, "Inkling: Turn On or Off in This Workspace")
    await says(page, /^Inkling, ready\./)
    assert.equal(inWorkspace(), true)
    await context.close()
  })

  // In the browser's worker: this code-server has no native module for the log of Node's host.
  test("the log says what the session does, and nothing of the text", async () => {
    const working = await on.editor({}, { worker: true })
    const own = await serve(0, ["--allowed-origins", working.url.slice(0, -1)])
    on.ends(own.stop)
    working.configure({ "inkling.server": own.url })
    const { page, context } = await open(browser, working, working.put("log.py", `secret_name = 1\n${start}`))
    await page.keyboard.press("Control+End")
    await page.keyboard.type("ret")
    await shows(page, /^urn/)
    // VS Code knows a log some moments after its first line, and shows none until then.
    const line = () => page.evaluate(() => /ready: http.*/.exec(document.querySelector(".part.panel .view-lines")?.textContent.replaceAll("\u00a0", " ") ?? "")?.[0])
    let log
    for (const end = Date.now() + patience; !(log = await line()) && Date.now() < end; await page.waitForTimeout(1000)) await command(page, "Inkling: Show Log")
    assert.match(log ?? "", /ready: http/)
    assert.doesNotMatch(log, /secret_name|urn a/)
    await context.close()
  })

  test("another server is chosen, once its address is one", async () => {
    const other = await between(server.url)
    on.ends(() => other.stop())
    const { page, context } = await open(browser, vscode, vscode.put("server.py", start))
    await command(page, "Inkling: Choose Server")
    await page.waitForFunction((address) => document.querySelector(".quick-input-box input")?.value === address, link.url)
    await page.keyboard.press("Control+a")
    await page.keyboard.type("ftp://somewhere")
    await page.waitForSelector(".quick-input-message >> text=ftp:// is not known; use http, https, ws or wss")
    await page.keyboard.press("Control+a")
    await page.keyboard.type(other.url)
    await page.keyboard.press("Enter")
    await other.until((frame) => frame.method === "textDocument/didOpen" && frame.params.textDocument.text === start)
    await says(page, new RegExp(`^Inkling, ready\\.`))
    await page.click(".monaco-editor .view-lines")
    await page.keyboard.press("Control+End")
    await page.keyboard.type("ret")
    await holds(page, `${start}ret`)
    await shows(page, /^urn a/)
    await context.close()
  })
})
