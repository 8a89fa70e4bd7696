// The extension in a browser's worker, which can send no header: a key is changed for a ticket that serves once.
import type { ExtensionContext } from "vscode"
import type { SocketHandlers, Transport } from "./core/socket"
import { WireError } from "./core/wire"
import { begin } from "./editor/activate"

export function activate(context: ExtensionContext): void {
  begin(context, ({ stream, ticket }): Transport => ({
    credential: (key) => key ? ticketFor(ticket, key) : Promise.resolve(""),
    open: (credential, handlers) => open(stream, credential, handlers),
  }))
}

async function ticketFor(url: string, key: string): Promise<string> {
  const response = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${key}` } })
  if (response.status === 401) throw new WireError(401, "the key is not valid", "unauthorized")
  if (!response.ok) throw new Error(`no ticket: HTTP ${response.status}`)
  return ((await response.json()) as { ticket: string }).ticket
}

function open(url: string, ticket: string, handlers: SocketHandlers) {
  const socket = new WebSocket(url, ticket ? ["inkling.v1", `inkling.ticket.${ticket}`] : ["inkling.v1"])
  socket.onopen = () => handlers.onOpen()
  socket.onmessage = (event) => handlers.onMessage(String(event.data))
  socket.onclose = (event) => handlers.onClose(event.code, event.reason, 0)
  return { send: (text: string) => socket.send(text), close: () => socket.close(1000) }
}
