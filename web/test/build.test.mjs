import assert from "node:assert/strict"
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { bundle } from "../build.mjs"

const dist = new URL("../dist/", import.meta.url)

test("what is committed is what the sources build", async () => {
  const out = await mkdtemp(join(tmpdir(), "playground-"))
  try {
    await bundle(out)
    const names = async (folder) => (await readdir(folder, { recursive: true })).sort()
    assert.deepEqual(await names(dist), await names(out), "run npm run build and commit dist")
    for (const name of await names(out)) {
      if (!name.includes(".")) continue
      assert.deepEqual(await readFile(new URL(name, dist)), await readFile(join(out, name)), `${name} differs: run npm run build and commit dist`)
    }
  } finally {
    await rm(out, { recursive: true, force: true })
  }
})

test("the lock file names no host", async () => {
  const lock = JSON.parse(await readFile(new URL("../package-lock.json", import.meta.url), "utf8"))
  for (const [name, entry] of Object.entries(lock.packages)) assert.equal(entry.resolved, undefined, name)
})

// What the bundle holds goes to every browser: its licences must be free to do so. Tools of the build stay here.
test("what is bundled may be given away", async () => {
  const free = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"]
  for (const lock of ["../package-lock.json", "../../editors/vscode/package-lock.json"]) {
    const { packages } = JSON.parse(await readFile(new URL(lock, import.meta.url), "utf8"))
    for (const [name, { license, dev }] of Object.entries(packages)) {
      if (name && !dev) assert.ok(free.includes(license), `${lock}: ${name}: licence ${license}`)
    }
  }
})
