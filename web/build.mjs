// Builds dist/ from src/: what the Go program embeds. The same sources give the same bytes; test/build.test.mjs holds it.
import { createHash } from "node:crypto"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = dirname(fileURLToPath(import.meta.url))

// bundle writes the page and its assets to out. Names of assets carry a hash of their content.
export async function bundle(out = join(here, "dist")) {
  await rm(out, { recursive: true, force: true })
  await mkdir(join(out, "assets"), { recursive: true })
  const result = await build({
    absWorkingDir: here,
    entryPoints: { main: "src/main.ts", admin: "src/admin.ts", style: "src/style.css" },
    outdir: join(out, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["chrome110", "firefox110", "safari16.4"],
    minify: !process.env.READABLE,
    legalComments: "none",
    charset: "utf8",
    loader: { ".txt": "text" },
    metafile: true,
    logLevel: "warning",
  })
  const names = {}
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint) names[output.entryPoint] = address(path)
  }
  const icon = await readFile(join(here, "src/icon.svg"))
  const iconName = `/assets/icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8).toUpperCase()}.svg`
  await writeFile(join(out, iconName.slice(1)), icon)
  const page = (await readFile(join(here, "src/index.html"), "utf8"))
    .replaceAll("SCRIPT", names["src/main.ts"]).replaceAll("STYLE", names["src/style.css"]).replaceAll("ICON", iconName)
    .replace("PRELOADS\n", firstView(result.metafile, names["src/main.ts"]).map((path) => `<link rel="modulepreload" href="${path}">\n`).join(""))
  await writeFile(join(out, "index.html"), page)
  const admin = (await readFile(join(here, "src/admin.html"), "utf8"))
    .replaceAll("SCRIPT", names["src/admin.ts"]).replaceAll("STYLE", names["src/style.css"]).replaceAll("ICON", iconName)
  await writeFile(join(out, "admin.html"), admin)
  return result.metafile
}

// address returns the path at which the server has an output.
function address(path) { return "/assets/" + path.split("/").pop() }

// firstView returns what the first view loads besides the entry: what the entry and the first sample's language import.
// It is named in the page so that it all comes at once.
function firstView(metafile, entry) {
  const byAddress = new Map(Object.entries(metafile.outputs).map(([path, output]) => [address(path), output]))
  const python = [...byAddress].find(([, output]) => output.entryPoint?.includes("lang-python"))[0]
  const found = new Set()
  const visit = (at) => {
    found.add(at)
    for (const { path, kind } of byAddress.get(at).imports) if (kind === "import-statement" && !found.has(address(path))) visit(address(path))
  }
  visit(entry)
  visit(python)
  found.delete(entry)
  return [...found].sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2])
