// The socket of a host of extensions that runs in Node.
import WebSocket from "ws"
import type { Socket, SocketHandlers } from "./core/socket"

// openTimeout is how long a server may take to accept a connection, in ms.
const openTimeout = 10_000

// pingTimeout is how long, in ms, the next ping may take: the server waits 20 s after an answer, and for one 10 s at most.
const pingTimeout = 50_000

// open opens a socket; the key travels in a header. The socket ends where pings stop coming: of a network that swallows
// everything the system itself tells after many minutes.
export function open(url: string, key: string, handlers: SocketHandlers): Socket {
  const socket = new WebSocket(url, ["inkling.v1"], {
    perMessageDeflate: false, handshakeTimeout: openTimeout, headers: key ? { Authorization: `Bearer ${key}` } : {},
  })
  let refused = 0, why = "", silence: ReturnType<typeof setTimeout> | undefined
  socket.on("open", handlers.onOpen)
  socket.on("message", (data: Buffer) => handlers.onMessage(data.toString("utf8")))
  socket.on("ping", () => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      why = `nothing came from it for ${pingTimeout / 1000} s`
      socket.terminate()
    }, pingTimeout)
  })
  socket.on("unexpected-response", (request, response) => {
    refused = response.statusCode ?? 0
    request.destroy()
    handlers.onClose(1006, "", refused)
  })
  socket.on("error", (error: Error) => { why = error.message })
  socket.on("close", (code: number, reason: Buffer) => {
    clearTimeout(silence)
    if (!refused) handlers.onClose(code, reason.toString("utf8") || why, 0)
  })
  return { send: (text: string) => socket.send(text), close: () => socket.close(1000) }
}
