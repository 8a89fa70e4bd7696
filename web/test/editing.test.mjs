import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { drawn, forgetDrawn, ghost, launch, open, serve, settled, text } from "./harness.mjs"

let server, browser
before(async () => { [server, browser] = await Promise.all([serve(), launch()]) })
after(async () => { await browser?.close(); await server?.stop() })

// suggested opens the page, types the start of a call into the sample, and returns once a whole suggestion is drawn.
async function suggested(options) {
  const opened = await open(browser, server.url, options)
  await opened.page.keyboard.type("max")
  const suggestion = await settled(opened.page)
  assert.notEqual(suggestion, "", "nothing is suggested after \"max\"")
  return { ...opened, suggestion }
}

// playing runs a test on a page of its own, and holds that the page complained of nothing.
function playing(name, play) {
  test(name, async () => {
    const opened = await suggested()
    try {
      await play(opened)
      assert.deepEqual(opened.errors, [])
    } finally {
      await opened.context.close()
    }
  })
}

// growth returns what was drawn of the last suggestion, from its first characters on, each once.
function growth(ghosts) {
  const steps = []
  for (const ghost of ghosts.reverse()) {
    if (ghost === "" || steps.length > 0 && !steps[0].startsWith(ghost)) break
    if (ghost !== steps[0]) steps.unshift(ghost)
  }
  return steps
}

describe("editing", { timeout: 600_000 }, () => {
  // A suggestion whose tokens are all known, since a hidden one had said them, comes at once, and a short one within a frame or two: then
  // another is looked at, of several lines, as it is asked for by hand.
  playing("ghost text grows token by token", async ({ page, suggestion }) => {
    let said = suggestion
    for (const line of ["def weekdays(self) -> list[str]:\n# Monday to Sunday, one in each line\nreturn [", "def mean(self) -> float:", "def months(self) -> list[str]:\nreturn [", ""]) {
      const steps = growth((await drawn(page)).map((entry) => entry.ghost))
      assert.equal(steps.at(-1) ?? "", said)
      if (steps.length >= 2) return
      await page.keyboard.press("Escape")
      await page.keyboard.press("Enter")
      await page.keyboard.type(line)
      await forgetDrawn(page)
      await page.keyboard.press("Enter")
      await page.keyboard.press("Alt+\\")
      said = await settled(page)
    }
    assert.fail("no suggestion was drawn in more than one step")
  })

  playing("Tab accepts all of it", async ({ page, suggestion }) => {
    const before = await text(page)
    await page.keyboard.press("Tab")
    assert.equal(await text(page), before.replace("return max", "return max" + suggestion))
    await page.keyboard.press("Control+z")
    assert.equal(await text(page), before, "one step back takes the whole suggestion back")
  })

  playing("a word at a time is accepted, and the rest stays", async ({ page, suggestion }) => {
    await forgetDrawn(page)
    await page.keyboard.press("Control+ArrowRight")
    const first = /^\s*(?:[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+)/u.exec(suggestion)[0]
    assert.ok(first.length < suggestion.length)
    assert.equal(await ghost(page), suggestion.slice(first.length))
    assert.ok((await text(page)).includes("return max" + first))
    assert.equal(await settled(page), suggestion.slice(first.length))
    assert.ok((await drawn(page)).every((entry) => entry.ghost !== ""), "the ghost was gone in between")
  })

  playing("typing along keeps the ghost without a flicker, and computes nothing", async ({ page, suggestion, frames }) => {
    await forgetDrawn(page)
    const typed = suggestion.slice(0, 4)
    for (const letter of typed) {
      await page.keyboard.type(letter)
      await settled(page)
    }
    assert.equal(await ghost(page), suggestion.slice(typed.length))
    for (const entry of await drawn(page)) assert.equal(entry.line, "        return max" + suggestion)
    const answers = frames.filter((frame) => !frame.sent && frame.result?.inkling).slice(-typed.length)
    assert.deepEqual(answers.map((answer) => answer.result.inkling.along), [true, true, true, true])
    assert.deepEqual(answers.map((answer) => answer.result.inkling.timings.computedTokens), [0, 0, 0, 0])
  })

  playing("typing something else removes the ghost in the same step", async ({ page, suggestion }) => {
    await forgetDrawn(page)
    await page.keyboard.type("Q")
    const [entry] = await drawn(page)
    assert.ok(!entry.line.endsWith(suggestion), `drawn after another letter: ${entry.line}`)
    await settled(page)
  })

  playing("Escape dismisses it", async ({ page, frames }) => {
    await page.keyboard.press("Escape")
    assert.equal(await ghost(page), "")
    assert.ok(frames.some((frame) => frame.sent && frame.params?.command === "inkling.dismiss"))
  })

  playing("moving the cursor removes it, and asking by hand brings it back", async ({ page }) => {
    await page.keyboard.press("ArrowLeft")
    assert.equal(await ghost(page), "")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Alt+\\")
    assert.notEqual(await settled(page), "")
  })

  // Alternatives are drawn by chance, and now and then all say the same, which is shown once: then others are asked for.
  playing("alternatives are gone through in both directions", async ({ page }) => {
    await page.keyboard.press("End")
    for (let tries = 0; tries < 6; tries++) {
      await page.keyboard.type(" ")
      await settled(page)
      await page.keyboard.press("Alt+\\")
      const first = await settled(page)
      await page.keyboard.press("Alt+]")
      const second = await settled(page)
      if (second === first) continue
      await page.keyboard.press("Alt+[")
      assert.equal(await ghost(page), first)
      return
    }
    assert.fail("there was one suggestion only, six times")
  })

  playing("a quick typist sees nothing but what belongs to the text", async ({ page, frames }) => {
    await page.keyboard.press("Tab")
    await forgetDrawn(page)
    await page.keyboard.press("Enter")
    await page.keyboard.type("def smallest(self) -> float:", { delay: 5 })
    await settled(page)
    const line = (await text(page)).split("\n").find((one) => one.includes("smallest"))
    assert.match(line, /def smallest\(self\) -> float:$/)
    // The server's document is the page's: every version that was asked about was the newest that had been sent.
    let version = 0
    for (const frame of frames) {
      if (frame.sent && frame.params?.textDocument?.version) {
        assert.ok(frame.params.textDocument.version > version)
        version = frame.params.textDocument.version
      }
    }
    const last = frames.findLast((frame) => frame.result?.inkling)
    assert.equal(last.result.inkling.version, version)
  })
})
