// Bundles the unit tests, which are TypeScript, into a folder for this run and plays them.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

const here = dirname(fileURLToPath(import.meta.url))
const out = mkdtempSync(join(tmpdir(), "inkling-unit-"))
try {
  const tests = readdirSync(join(here, "unit")).filter((name) => name.endsWith(".test.ts"))
  buildSync({
    entryPoints: tests.map((name) => join(here, "unit", name)), outdir: out, outExtension: { ".js": ".mjs" },
    alias: { vscode: join(here, "unit/vscode.ts") }, bundle: true, platform: "node", format: "esm", sourcemap: "inline", logLevel: "warning",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' }, // the library ws is no module
    define: { "process.env.PROTOCOL": JSON.stringify(join(here, "../../../docs/protocol.md")), "process.env.ROOT": JSON.stringify(join(here, "..")) },
  })
  const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...tests.map((name) => join(out, basename(name, ".ts") + ".mjs"))], { stdio: "inherit" })
  process.exitCode = run.status ?? 1
} finally {
  rmSync(out, { recursive: true, force: true })
}
