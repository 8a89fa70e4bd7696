// Builds the floor: an extension whose provider answers at once with one text. What the editor needs for its ghost is what
// no extension can be under.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createVSIX } from "@vscode/vsce"

const manifest = {
  name: "floor", displayName: "Floor", publisher: "inkling", version: "0.0.1", license: "MIT", engines: { vscode: "^1.90.0" },
  main: "./main.js", browser: "./main.js", extensionKind: ["workspace", "ui"], activationEvents: ["onStartupFinished"],
}

// The item in the status bar says that it is ready.
const main = `const vscode = require("vscode")
exports.activate = (context) => {
  const item = vscode.window.createStatusBarItem("status")
  item.text = "floor"
  item.show()
  context.subscriptions.push(item, vscode.languages.registerInlineCompletionItemProvider({ pattern: "**" }, {
    provideInlineCompletionItems: (_, position) => [new vscode.InlineCompletionItem(" = floor", new vscode.Range(position, position))],
  }))
}
`

// floor returns the extension's package, and what removes it.
export async function floor() {
  const folder = mkdtempSync(join(tmpdir(), "inkling-floor-")), source = join(folder, "source"), vsix = join(folder, "floor.vsix")
  mkdirSync(source)
  writeFileSync(join(source, "package.json"), JSON.stringify(manifest))
  writeFileSync(join(source, "README.md"), "The editor's own time to ghost text.\n")
  writeFileSync(join(source, "LICENSE"), "MIT\n")
  writeFileSync(join(source, "main.js"), main)
  await createVSIX({ cwd: source, packagePath: vsix, dependencies: false, allowMissingRepository: true })
  return { vsix, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
