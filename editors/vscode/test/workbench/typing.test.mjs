import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { code, ghost, launch, open, serve } from "./harness.mjs"

let server, vscode, browser
before(async () => {
  [server, browser] = await Promise.all([serve(), launch()])
  vscode = await code({ "inkling.server": server.url })
})
after(async () => { await browser?.close(); await vscode?.stop(); await server?.stop() })

describe("typing", { timeout: 180_000 }, () => {
  test("ghost text is seen and accepted whole", async () => {
    const file = vscode.put("add.py", "def add(a, b):\n    ")
    const { page, context } = await open(browser, vscode, file)
    await page.keyboard.press("Control+End")
    await page.keyboard.type("ret")
    await page.waitForFunction(() => document.querySelector(".ghost-text-decoration, .ghost-text-decoration-preview"))
    const text = await ghost(page)
    assert.match(text, /^urn/)
    await page.keyboard.press("Tab")
    await page.waitForFunction((whole) => document.querySelector(".view-lines").textContent.replaceAll("\u00a0", " ").includes(whole), `ret${text}`)
    assert.equal(await ghost(page), "")
    await context.close()
  })
})
