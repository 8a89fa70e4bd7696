// The extension where Node runs it: on the desktop, in remote hosts and in code-server. The key travels in a header.
import type { ExtensionContext } from "vscode"
import WebSocket from "ws"
import type { SocketHandlers, Transport } from "./core/socket"
import { begin } from "./editor/activate"

// openTimeout is how long a server may take to accept a connection, in ms.
const openTimeout = 10_000

export function activate(context: ExtensionContext): void {
  begin(context, ({ stream }): Transport => ({
    credential: (key) => Promise.resolve(key),
    open: (key, handlers) => open(stream, key, handlers),
  }))
}

function open(url: string, key: string, handlers: SocketHandlers) {
  const socket = new WebSocket(url, ["inkling.v1"], {
    perMessageDeflate: false, handshakeTimeout: openTimeout, headers: key ? { Authorization: `Bearer ${key}` } : {},
  })
  let refused = 0, why = ""
  socket.on("open", handlers.onOpen)
  socket.on("message", (data: Buffer) => handlers.onMessage(data.toString("utf8")))
  socket.on("unexpected-response", (request, response) => {
    refused = response.statusCode ?? 0
    request.destroy()
    handlers.onClose(1006, "", refused)
  })
  socket.on("error", (error: Error) => { why = error.message })
  socket.on("close", (code: number, reason: Buffer) => { if (!refused) handlers.onClose(code, reason.toString("utf8") || why, 0) })
  return { send: (text: string) => socket.send(text), close: () => socket.close(1000) }
}
