import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { defaultExcluded } from "../../src/core/excluded"

const at = (name: string) => readFileSync(join(process.env.ROOT!, name), "utf8")
const manifest = JSON.parse(at("package.json")) as {
  contributes: { commands: { command: string }[]; keybindings: { command: string }[]; configuration: { properties: Record<string, { default: unknown; description?: string; markdownDescription?: string }> } }
}

test("the lock file names no host", () => {
  const lock = JSON.parse(at("package-lock.json")) as { packages: Record<string, { resolved?: string }> }
  for (const [name, entry] of Object.entries(lock.packages)) assert.equal(entry.resolved, undefined, name)
})

test("every command of the manifest is registered, and the other way round", () => {
  const source = at("src/editor/commands.ts")
  const registered = new Set([...source.matchAll(/\bon\("(\w+)"/g)].map((found) => `inkling.${found[1]}`))
  for (const { command } of [...manifest.contributes.commands, ...manifest.contributes.keybindings]) assert.ok(registered.delete(command) || manifest.contributes.commands.some((one) => one.command === command), command)
  assert.deepEqual([...registered], ["inkling.accepted"], "registered, and not in the palette")
})

test("every setting is described, read, and in the README", () => {
  const { properties } = manifest.contributes.configuration, source = at("src/editor/settings.ts"), readme = at("README.md")
  for (const [name, { description, markdownDescription }] of Object.entries(properties)) {
    assert.ok(description ?? markdownDescription, name)
    assert.match(source, new RegExp(`"${name.replace("inkling.", "")}"`), `${name} is not read`)
    assert.ok(readme.includes(`\`${name}\``), `${name} is not in the README`)
  }
  assert.deepEqual(properties["inkling.exclude"]!.default, defaultExcluded)
})

test("files that are excluded are those of the server", () => {
  const server = readFileSync(join(process.env.ROOT!, "../../contexts/secrets/exclude.go"), "utf8")
  const list = /var Files = \[\]string\{(.*?)\n\}/s.exec(server)![1]!
  assert.deepEqual([...list.matchAll(/"([^"]+)"/g)].map((found) => found[1]), [...defaultExcluded])
})

test("the web's bundle needs nothing but the editor", () => {
  const needed = [...at("dist/web.js").matchAll(/\brequire\("([^"]+)"\)/g)].map((found) => found[1])
  assert.deepEqual([...new Set(needed)], ["vscode"])
})
