// Builds dist/: one bundle of the same sources for each host of extensions, desktop (Node) and web (a worker).
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const common = {
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  bundle: true, format: "cjs", target: "es2022", external: ["vscode"], minify: true, keepNames: true, legalComments: "none", logLevel: "warning",
}

await build({ ...common, entryPoints: ["src/desktop.ts"], outfile: "dist/desktop.js", platform: "node", external: ["vscode", "bufferutil", "utf-8-validate"] })
await build({ ...common, entryPoints: ["src/web.ts"], outfile: "dist/web.js", platform: "browser" })
