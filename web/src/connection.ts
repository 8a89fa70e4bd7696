// A connection carries JSON-RPC over one WebSocket at a time and comes back by itself. Whoever uses it opens its documents
// again in onReady, which is called after each initialize.
import { ApiError, api } from "./api"
import { type Capabilities, type Delta, closeRestart, closeUnauthenticated, firstFinalClose, WireError } from "./wire"

// ticketPrefix starts the subprotocol that carries the one-use ticket which the key was traded for.
const ticketPrefix = "inkling.ticket."

export type Status =
  | { kind: "connecting" }
  | { kind: "ready"; capabilities: Capabilities }
  | { kind: "waiting"; until: number } // the time, in ms, of the next attempt
  | { kind: "refused"; code: number; message: string } // for good, until something changes

export interface Handlers {
  onStatus(status: Status): void
  onReady(): void
  onDelta(token: number, delta: Delta): void
  onResync(uri: string): void
  onLog(message: string): void
}

interface Pending { resolve(result: unknown): void; reject(error: Error): void }

// Delays between attempts, in ms; the last one repeats. A random part keeps many pages from coming at once.
const delays = [100, 250, 500, 1000, 2000, 4000, 8000]

// steadyAfter is how long a session must have stood, in ms, for delays to begin anew: the next one may end as soon.
const steadyAfter = 5000

export class Connection {
  private socket: WebSocket | null = null
  private pending = new Map<number, Pending>()
  private lastId = 0
  private attempts = 0
  private timer = 0
  private ready = false
  private readyAt = 0 // in ms, of the last session
  private lastError = ""
  private jobs: (() => void)[] = []
  private working = false
  private readonly channel = new MessageChannel()
  private turn = 0 // counts attempts, so that an old one's ticket is not used
  // sent counts the characters of all messages so far: what the glass shows of an edit's size.
  sent = 0

  constructor(private url: string, private handlers: Handlers, private key: () => string) {
    this.channel.port1.onmessage = () => this.work()
  }

  get isReady(): boolean { return this.ready }

  // connect starts, and starts again at once where it is waiting or was refused.
  connect(): void {
    this.drop()
    window.clearTimeout(this.timer)
    this.handlers.onStatus({ kind: "connecting" })
    const turn = ++this.turn
    if (!this.key()) { this.dial([]); return }
    api<{ ticket: string }>(this.key(), "POST", "/api/v1/ticket").then(
      ({ ticket }) => { if (turn === this.turn) this.dial([ticketPrefix + ticket]) },
      (error: unknown) => { if (turn === this.turn) this.withoutTicket(error) })
  }

  // withoutTicket goes on where no ticket was given for the key.
  private withoutTicket(error: unknown): void {
    if (!(error instanceof ApiError)) { this.closed(0, ""); return }
    if (error.status === 404) { this.dial([]); return } // keys are off: nobody is asked
    if (error.status === 401 || error.status === 403) { this.closed(closeUnauthenticated, "a valid key is needed"); return }
    this.closed(0, error.message)
  }

  // dial opens the socket, with a ticket among its subprotocols where there is a key.
  private dial(ticket: string[]): void {
    const socket = new WebSocket(this.url, ["inkling.v1", ...ticket])
    this.socket = socket
    socket.onopen = () => void this.initialize(socket)
    socket.onmessage = (event) => { if (socket === this.socket) this.receive(String(event.data)) }
    socket.onclose = (event) => { if (socket === this.socket) this.closed(event.code, event.reason) }
  }

  // nextId returns the id that the next request will have, which also serves as its stream token.
  nextId(): number { return this.lastId + 1 }

  request<T>(method: string, params: unknown): Promise<T> {
    const id = ++this.lastId
    return new Promise<T>((resolve, reject) => {
      if (!this.send({ id, method, params })) { reject(new WireError(0, "not connected", "offline")); return }
      this.pending.set(id, { resolve: resolve as (result: unknown) => void, reject })
    })
  }

  notify(method: string, params: unknown): void { this.send({ method, params }) }

  // soon does a job that sends right after the running task, and before any later message: a key's own task need not hold it. Jobs
  // are done in order; those of a connection end with it.
  soon(job: () => void): void {
    this.jobs.push(job)
    if (this.jobs.length === 1) this.channel.port2.postMessage(null)
  }

  private work(): void {
    if (this.working) return
    this.working = true
    try { for (let job; (job = this.jobs.shift());) job() } finally { this.working = false }
  }

  private send(message: object): boolean {
    this.work()
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    const text = JSON.stringify({ jsonrpc: "2.0", ...message })
    this.sent += text.length
    this.socket.send(text)
    return true
  }

  private async initialize(socket: WebSocket): Promise<void> {
    try {
      const result = await this.request<{ capabilities: Capabilities }>("initialize", {
        processId: null,
        clientInfo: { name: "inkling-playground" },
        capabilities: { general: { positionEncodings: ["utf-16"] } },
        initializationOptions: { inkling: {} },
      })
      if (socket !== this.socket) return
      this.notify("initialized", {})
      this.ready = true
      this.readyAt = Date.now()
      this.handlers.onStatus({ kind: "ready", capabilities: result.capabilities })
      this.handlers.onReady()
    } catch (error) {
      this.lastError = error instanceof Error ? error.message : String(error)
      socket.close()
    }
  }

  private receive(text: string): void {
    const message = JSON.parse(text)
    if (message.method === "$/progress") this.handlers.onDelta(message.params.token, message.params.value)
    else if (message.method === "inkling/resync") this.handlers.onResync(message.params.uri)
    else if (message.method === "window/logMessage") this.handlers.onLog(message.params.message)
    else if (message.id !== undefined && message.id !== null) this.answered(message)
  }

  private answered(message: { id: number; result?: unknown; error?: { code: number; message: string; data?: { reason?: string; retryAfterMs?: number } } }): void {
    const pending = this.pending.get(message.id)
    if (!pending) return
    this.pending.delete(message.id)
    const error = message.error
    if (error) pending.reject(new WireError(error.code, error.message, error.data?.reason, error.data?.retryAfterMs))
    else pending.resolve(message.result)
  }

  private closed(code: number, reason: string): void {
    if (this.ready && (code === closeRestart || Date.now() - this.readyAt >= steadyAfter)) this.attempts = 0
    this.drop()
    if (code >= firstFinalClose && code < 5000) {
      const message = reason || this.lastError || (code === closeUnauthenticated ? "a valid key is needed" : `closed with ${code}`)
      this.handlers.onStatus({ kind: "refused", code, message })
      return
    }
    const delay = delays[Math.min(this.attempts++, delays.length - 1)]! * (0.75 + Math.random() / 2)
    this.handlers.onStatus({ kind: "waiting", until: Date.now() + delay })
    this.timer = window.setTimeout(() => this.connect(), delay)
  }

  // drop forgets the socket and fails what waits on it.
  private drop(): void {
    const socket = this.socket
    this.socket = null
    this.ready = false
    this.jobs = []
    socket?.close()
    const waiting = [...this.pending.values()]
    this.pending.clear()
    for (const pending of waiting) pending.reject(new WireError(0, "the connection was lost", "offline"))
  }
}
