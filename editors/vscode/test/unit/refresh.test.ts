import assert from "node:assert/strict"
import { test } from "node:test"
import { Refresh } from "../../src/core/refresh"
import { automatic, invoked } from "../../src/core/wire"

const place = (version: number, character: number) => ({ uri: "file:///a.py", version, position: { line: 0, character } })

test("what the editor asks by itself is told from what a person asks for", () => {
  const refresh = new Refresh()
  assert.equal(refresh.told(automatic, place(1, 1)), "itself")
  assert.equal(refresh.told(invoked, place(1, 1)), "person")
})

test("our own asking is told once, and not from what the editor asks by itself", () => {
  const refresh = new Refresh(), begun = refresh.begin(place(1, 1))
  assert.equal(refresh.told(automatic, place(1, 1)), "itself")
  assert.equal(refresh.told(invoked, place(1, 1)), "again")
  assert.equal(refresh.told(invoked, place(1, 1)), "person")
  refresh.end(begun)
})

test("our own asking that a key overtook is no person's", () => {
  const refresh = new Refresh()
  refresh.begin(place(1, 1))
  assert.equal(refresh.told(invoked, place(2, 2)), "overtaken")
  assert.equal(refresh.told(invoked, place(2, 2)), "person")
})

test("an asking that never came is not waited for after its end", () => {
  const refresh = new Refresh()
  refresh.end(refresh.begin(place(1, 1)))
  assert.equal(refresh.told(invoked, place(1, 1)), "person")
  const older = refresh.begin(place(2, 2)), newer = refresh.begin(place(3, 3))
  refresh.end(older)
  assert.equal(refresh.told(invoked, place(3, 3)), "again")
  refresh.end(newer)
})

test("a person who asks meanwhile is told as one", () => {
  const refresh = new Refresh()
  refresh.begin(place(1, 1))
  refresh.forget()
  assert.equal(refresh.told(invoked, place(1, 1)), "person")
})
