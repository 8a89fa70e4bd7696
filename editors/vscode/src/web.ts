// The extension in a browser's worker, which can send no header: a key is changed for a ticket that serves once. Nor does a
// browser tell why a socket never opened: whether the server is away or serves other origins is asked for apart.
import type { ExtensionContext } from "vscode"
import type { SocketHandlers, Transport } from "./core/socket"
import { WireError } from "./core/wire"
import { begin } from "./editor/activate"

// probeTimeout is how long, in ms, an answer of any kind is waited for.
const probeTimeout = 5000

export function activate(context: ExtensionContext): void {
  begin(context, ({ stream, ticket }): Transport => {
    let served = false // this origin, once: what fails later is a server that is away
    const refusal = async () => served || !await answers(ticket) ? "" : notServed()
    return {
      credential: (key) => key ? ticketFor(ticket, key, refusal) : Promise.resolve(""),
      open: (credential, handlers) => open(stream, credential, {
        ...handlers,
        onOpen: () => { served = true; handlers.onOpen() },
        onClose: (code, reason) => {
          if (code !== 1006) { handlers.onClose(code, reason, 0); return }
          void refusal().then((why) => handlers.onClose(code, why, why ? 403 : 0))
        },
      }),
    }
  })
}

async function ticketFor(url: string, key: string, refusal: () => Promise<string>): Promise<string> {
  let response
  try {
    response = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${key}` } })
  } catch (error) {
    const why = await refusal()
    throw why ? new WireError(403, why, "origin") : error
  }
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

// answers reports whether anything answers at an address; what it says may not be read here.
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(probeTimeout) })
    return true
  } catch {
    return false
  }
}

function notServed(): string { return `what answers there opens no session for this editor; if it is an Inkling server, start it with --allowed-origins ${origin}` }
