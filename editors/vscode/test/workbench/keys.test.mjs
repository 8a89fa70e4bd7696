import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { after, before, describe, test } from "node:test"
import { command, home, launch, notifications, open, program, says, serve, shows, stage } from "./harness.mjs"
import { between } from "./link.mjs"

const on = stage(), start = "def add(a, b):\n    "
let browser
before(async () => {
  browser = await launch()
  on.ends(() => browser.close())
})
after(() => on.end())

describe("keys", { timeout: 900_000 }, () => {
  for (const worker of [false, true]) {
    test(`a key is asked for once and entered, ${worker ? "in a browser's worker" : "in Node"}`, async () => {
      const { env, remove } = home()
      on.ends(remove)
      const made = spawnSync(program, ["keys", "add", "ada"], { env: { ...process.env, ...env }, encoding: "utf8" })
      assert.equal(made.status, 0, made.stderr)
      const key = made.stdout.trim()
      const vscode = await on.editor({}, { worker })
      const own = await serve(0, ["--require-keys", "--allowed-origins", vscode.url.slice(0, -1)], env)
      on.ends(() => own.stop())
      const through = await between(own.url)
      on.ends(() => through.stop())
      vscode.configure({ "inkling.server": through.url })
      const { page, context } = await open(browser, vscode, vscode.put("keys.py", start), /^Inkling, key needed\./)
      await page.waitForSelector(".notification-toast")
      assert.deepEqual(await notifications(page), ["Inkling: the server wants a key, and none was entered for it"])
      await enter(page, "wrong")
      await says(page, /^Inkling, key needed\. The server does not take the key/)
      await page.waitForFunction(() => document.querySelectorAll(".notification-toast").length === 2)
      await enter(page, key)
      assert.match(await says(page, /^Inkling, ready\./), /You are ada/)
      if (worker) assert.ok(through.tickets >= 1 && through.protocols.at(-1).some((name) => name.startsWith("inkling.ticket.")), "no ticket was used")
      await page.click(".monaco-editor .view-lines")
      await page.keyboard.press("Control+End")
      await page.keyboard.type("ret")
      await shows(page, /^urn a/)
      await command(page, "Inkling: Forget Key")
      await says(page, /^Inkling, key needed\./)
      await context.close()
    })
  }

  async function enter(page, key) {
    await command(page, "Inkling: Enter Key")
    await page.waitForSelector(".quick-input-box input[type=password]")
    await page.keyboard.type(key)
    await page.keyboard.press("Enter")
  }
})
