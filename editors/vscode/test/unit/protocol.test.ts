import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { readCases } from "./cases"
import { Player } from "./player"

const cases = readCases(process.env.PROTOCOL!)
const hello = cases.find((one) => one.name === "hello")!.lines.flatMap((line) => line.kind === "received" && line.message.result ? [line.message.result] : [])[0]

describe("the cases of docs/protocol.md, from the client's side", () => {
  test("there are some", () => assert.ok(cases.length >= 20, `${cases.length}`))
  for (const one of cases) {
    test(one.name, async (t) => {
      const player = new Player(one, hello)
      t.after(() => player.end())
      await player.play()
      assert.ok(player.played > 0)
    })
  }
})
