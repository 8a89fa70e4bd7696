import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { launch, open, patience, serve, stage } from "./harness.mjs"

const on = stage()
let server, browser
before(async () => {
  browser = await launch()
  on.ends(() => browser.close())
})
after(() => on.end())

// long is what makes a generation long enough to be ended in its middle.
const long = { "inkling.maxTokens": 1024, "inkling.alternatives": 8 }
const content = "def every_month_of_the_year():\n    # each month, its number, its days, and a line about its weather\n    return [\n        "

// figures reads the server's figures, all of one moment.
async function figures() {
  const answer = await fetch(`${server.url}/api/v1/metrics`)
  assert.equal(answer.status, 200)
  const { engine, sessions } = await answer.json()
  return { rows: engine.rowsBusy, cancelled: engine.cancelled, open: sessions.open, answered: sessions.events.answered }
}

// most is the upper end of the last bucket of a histogram that holds anything, in seconds.
async function most(name) {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  let before = 0, last = 0
  for (const [, bound, count] of text.matchAll(new RegExp(`^inkling_${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, "gm"))) {
    if (Number(count) > before) [before, last] = [Number(count), bound === "+Inf" ? Infinity : Number(bound)]
  }
  return last
}

// becomes asks for figures, again and again, until they are as wanted, and returns them.
async function becomes(wanted) {
  const late = performance.now() + patience
  for (;;) {
    const now = await figures()
    if (wanted(now)) return now
    if (performance.now() > late) throw new Error(`the figures stay ${JSON.stringify(now)}`)
  }
}

describe("an editor that is gone in the middle of a generation", { timeout: 900_000 }, () => {
  // generating opens a workbench and asks for suggestions that take long. It returns what ends it, and the figures of the moment
  // at which they were seen to be on their way, or to be there already.
  async function generating(worker) {
    const vscode = await on.editor({}, { worker })
    server = await serve(0, ["--allowed-origins", vscode.url.slice(0, -1)])
    on.ends(server.stop)
    vscode.configure({ "inkling.server": server.url, ...long })
    const { page, context } = await open(browser, vscode, vscode.put("months.py", content))
    const hosts = vscode.hosts()
    await page.keyboard.press("Control+End")
    const { answered } = await figures()
    await page.keyboard.press("Alt+\\")
    return { hosts, context, ...await becomes((now) => now.rows > 0 || now.answered > answered) }
  }

  // free checks that rows and session are free soon, and reports whether what ran was ended: it may have come to its end by itself.
  async function free({ rows, cancelled }, t) {
    const now = await becomes((figures) => figures.rows === 0 && figures.open === 0)
    if (rows === 0 || now.cancelled === cancelled) return false
    // A run that was broken off is not among the steps and may have been longer than they: one bucket more is allowed.
    const row = await most("engine_cancel_to_free_seconds"), step = await most("engine_step_seconds")
    t.diagnostic(`from the cancellation to a free row: at most ${1000 * row} ms, steps at most ${1000 * step}`)
    assert.ok(row > 0 && row <= 2.5 * Math.max(step, 0.001), `a row is free after ${row} s, steps take ${step}`)
    return true
  }

  // inTheMiddle ends an editor while it waits for suggestions: another one where they were there before.
  async function inTheMiddle(worker, t, end) {
    for (let tries = 0; tries < 3; tries++) {
      const at = await generating(worker)
      await end(at)
      const ended = await free(at, t)
      await at.context.close()
      if (ended) return
      await server.stop()
      t.diagnostic("a generation came to its end by itself")
    }
    assert.fail("each of three generations came to its end by itself")
  }

  test("its host of extensions is killed", (t) => inTheMiddle(false, t, ({ hosts }) => {
    assert.equal(hosts.length, 1)
    process.kill(hosts[0], "SIGKILL")
  }))

  test("its page is closed, with the host of extensions in the browser's worker", (t) => inTheMiddle(true, t, ({ context }) => context.close()))
})
