import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { addressOf } from "../../src/core/address"
import { defaultExcluded, excluded } from "../../src/core/excluded"
import { Quota } from "../../src/core/quota"
import { type Answer, WireError } from "../../src/core/wire"
import { cursorAfter, follow } from "../../src/core/typed"

const at = (line: number, character: number) => ({ line, character })
const insert = (line: number, character: number, text: string) => ({ range: { start: at(line, character), end: at(line, character) }, text })

test("where the cursor is after what looks typed", () => {
  assert.deepEqual(cursorAfter(insert(3, 4, "x")), at(3, 5))
  assert.deepEqual(cursorAfter(insert(3, 4, "😀")), at(3, 6), "a character of two UTF-16 units")
  assert.deepEqual(cursorAfter(insert(3, 4, "()")), at(3, 5), "a pair that the editor closes")
  assert.deepEqual(cursorAfter(insert(3, 4, "\r\n    ")), at(4, 4), "a line end with its indentation")
  assert.deepEqual(cursorAfter({ range: { start: at(3, 4), end: at(3, 5) }, text: "" }), at(3, 4), "a character is deleted")
  assert.equal(cursorAfter(insert(3, 4, "pasted")), null)
  assert.equal(cursorAfter({ range: { start: at(3, 0), end: at(3, 9) }, text: "" }), null, "a selection is deleted")
  assert.equal(cursorAfter({ text: "x" }), null, "the whole is replaced")
})

test("what is left of a suggestion after an edit", () => {
  const shown = { token: 1, item: 0, position: at(1, 4), text: "return a\nb", taken: 0 }
  assert.deepEqual(follow(shown, insert(1, 4, "r")), { left: { ...shown, position: at(1, 5), text: "eturn a\nb", taken: 1 }, took: 1 })
  const word = follow(shown, insert(1, 4, "return a\r\n")).left
  assert.deepEqual(word, { ...shown, position: at(2, 0), text: "b", taken: 9 })
  assert.deepEqual(follow(word!, insert(2, 0, "b")), { left: null, took: 1 }, "all of it")
  assert.deepEqual(follow(shown, insert(1, 4, "x")), { left: null, took: 0 })
  assert.deepEqual(follow(shown, insert(0, 4, "r")), { left: null, took: 0 }, "at another place")
})

test("addresses as people write them", () => {
  for (const [written, stream] of [
    ["http://127.0.0.1:8000", "ws://127.0.0.1:8000/api/v1/stream"],
    ["  localhost:8000/ ", "ws://localhost:8000/api/v1/stream"],
    ["https://code.example.org/inkling/", "wss://code.example.org/inkling/api/v1/stream"],
    ["ws://host:1/api/v1/stream", "ws://host:1/api/v1/stream"],
  ] as const) assert.equal(addressOf(written).stream, stream)
  assert.throws(() => addressOf(""), /inkling.server: empty/)
  assert.throws(() => addressOf("ftp://host"), /ftp:\/\/ is not known/)
  assert.throws(() => addressOf("http://user:secret@host"), (error: Error) => /holds a user or a password/.test(error.message) && !error.message.includes("secret"))
  assert.throws(() => addressOf("http://"), /is no address/)
})

test("files that are never sent", () => {
  for (const path of ["/w/.env", "/w/.ENV.local", "/w/deploy.pem", "/home/me/.ssh/id_rsa", "C:\\w\\secrets.yaml", "/w/secrets.yml"]) {
    assert.notEqual(excluded(path, defaultExcluded), "", path)
  }
  for (const path of ["/w/.env.example", "/w/env.py", "/w/id_rsa.pub", "/w/keys.go", "/w/xsecrets.json"]) assert.equal(excluded(path, defaultExcluded), "", path)
  assert.equal(excluded("/w/private/a.py", ["private/*"]), "private/*")
  assert.equal(excluded("/w/private/deep/a.py", ["private/*"]), "")
  assert.equal(excluded("/w/a.py", ["?.py"]), "?.py")
})

test("what is left of a quota is asked for, but not often", async () => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 })
  try {
    let asked = 0, answer: () => Promise<unknown> = () => Promise.resolve({ limit: 1000, remaining: 1000 - asked * 300 })
    const quota = new Quota({ request: <T>() => { asked++; return answer() as Promise<T> } }, () => {})
    const answered = async (said: Partial<Answer>) => { quota.answered(said as Answer); await Promise.resolve() }
    quota.begin()
    await answered({})
    assert.equal(asked, 1)
    assert.deepEqual(quota.left, { limit: 1000, remaining: 700 })
    for (let i = 0; i < 2; i++) { mock.timers.tick(30_000); await answered({}) }
    assert.equal(asked, 3)
    assert.equal(quota.isScarce, false)
    await answered({ why: "quota", retryAfterMs: 5000 })
    assert.equal(quota.until, Date.now() + 5000)
    await answered({})
    assert.equal(quota.until, 0)
    answer = () => Promise.reject(new WireError(-32601, "not known"))
    quota.begin()
    await Promise.resolve()
    assert.equal(quota.left, null)
    mock.timers.tick(60_000)
    await answered({})
    assert.equal(asked, 4, "a server that does not know it is asked again")
  } finally {
    mock.timers.reset()
  }
})
