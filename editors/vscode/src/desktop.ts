// The extension where Node runs it: on the desktop, in remote hosts and in code-server. The key travels in a header.
import type { ExtensionContext } from "vscode"
import type { Transport } from "./core/socket"
import { begin } from "./editor/activate"
import { open } from "./nodeSocket"

export function activate(context: ExtensionContext): void {
  begin(context, ({ stream }): Transport => ({
    credential: (key) => Promise.resolve(key),
    open: (key, handlers) => open(stream, key, handlers),
  }))
}
