// A connection carries JSON-RPC over one socket at a time and comes back by itself. Whoever uses it opens its documents
// again in onReady, which is called after each initialize.
//
//   - After a close code from 4100 on, and after a server that is no match, it stays away until connect is called.
//   - A request's promise is always settled: by its answer, or by a WireError of code 0 when the socket is gone. A server that
//     says nothing at all while one waits is left: a network that swallows everything closes nothing.
import { frameOf } from "./frame"
import type { Socket, Transport } from "./socket"
import { closeIdle, closeRestart, closeSessions, closeUnauthenticated, type Delta, firstFinalClose, protocolVersion, type Server, WireError } from "./wire"

export type Status =
  | { kind: "connecting" }
  | { kind: "ready"; server: Server }
  | { kind: "waiting"; until: number; why: string } // until: the time, in ms, of the next attempt
  | { kind: "asleep" } // the server ended a session in which nothing was said for long; wake comes back
  | { kind: "refused"; problem: Problem; message: string } // for good, until something changes
  | { kind: "closed" }

// Problem says what a person can do about a refusal.
export type Problem = "address" | "key" | "server" | "protocol" | "sessions" | "origin" | "ended"

export interface Handlers {
  onStatus(status: Status): void
  onReady(server: Server): void
  onDelta(token: number, delta: Delta): void
  onResync(uri: string): void
  onLog(message: string): void
}

interface Pending { resolve(result: unknown): void; reject(error: Error): void }

interface Message {
  id?: number | string | null
  method?: string
  params?: unknown
  result?: unknown
  error?: { code: number; message: string; data?: { reason?: string; retryAfterMs?: number } }
}

// notServed is said where a server's check of names refuses, and says no more.
const notServed = "the server does not serve this host name or origin (HTTP 403): start it with --allowed-hosts or --allowed-origins and the name that is used here"

// Delays between attempts, in ms; the last one repeats. A random part keeps many editors from coming at once.
const delays = [100, 250, 500, 1000, 2000, 4000, 8000, 15_000]

// steadyAfter is how long, in ms, a session has to stand for the delays to begin anew: one that is ended at once, each time,
// is come back to ever later.
const steadyAfter = 5000

// initializeTimeout is how long a server may take to answer initialize, in ms: what listens but never answers is none.
const initializeTimeout = 10_000

// silenceTimeout is how long a server may say nothing while a request waits, in ms: a suggestion is whole after 60 s.
const silenceTimeout = 70_000

export interface Options {
  transport: Transport
  key(): Promise<string>
  clientName: string
  clientVersion: string
}

export class Connection {
  private socket: Socket | null = null
  private opening: object | null = null
  private pending = new Map<number, Pending>()
  private lastId = 0
  private attempts = 0
  private readyAt = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private deadline: ReturnType<typeof setTimeout> | undefined
  private silence: ReturnType<typeof setTimeout> | undefined
  private current: Status = { kind: "closed" }
  private hasKey = false // the last attempt was made with one
  private server: Server | null = null

  constructor(private readonly options: Options, private readonly handlers: Handlers) {}

  get status(): Status { return this.current }

  get isReady(): boolean { return this.server !== null }

  // connect starts, and starts again at once where it is waiting or was refused.
  connect(): void {
    this.drop()
    const opening = {}
    this.opening = opening
    this.report({ kind: "connecting" })
    const mine = () => this.opening === opening
    const { key, transport } = this.options
    key().then((text) => {
      this.hasKey = text !== ""
      return transport.credential(text)
    }).then((credential) => {
      if (!mine()) return
      this.socket = transport.open(credential, {
        onOpen: () => { if (mine()) void this.initialize(opening) },
        onMessage: (text) => { if (mine()) this.receive(text) },
        onClose: (code, reason, refused) => { if (mine()) this.closed(code, reason, refused) },
      })
    }).catch((error: unknown) => { if (mine()) this.failed(error) })
  }

  // wake connects where the session was left for being idle.
  wake(): void {
    if (this.current.kind === "asleep") this.connect()
  }

  close(): void {
    this.drop()
    this.report({ kind: "closed" })
  }

  // nextId returns the id that the next request will have, which also serves as its stream token.
  nextId(): number { return this.lastId + 1 }

  request<T>(method: string, params: unknown): Promise<T> {
    const id = ++this.lastId
    return new Promise<T>((resolve, reject) => {
      if (!this.send({ id, method, params })) { reject(new WireError(0, "not connected", "offline")); return }
      this.pending.set(id, { resolve: resolve as (result: unknown) => void, reject })
      if (this.pending.size === 1) this.hear() // a further one puts nothing off
    })
  }

  // notify sends a notification, and reports whether there was somebody to send it to.
  notify(method: string, params: unknown): boolean { return this.send({ method, params }) }

  private send(message: Message): boolean {
    if (!this.socket) return false
    this.socket.send(frameOf(message))
    return true
  }

  private report(status: Status): void {
    this.current = status
    this.handlers.onStatus(status)
  }

  private async initialize(opening: object): Promise<void> {
    this.deadline = setTimeout(() => this.closed(0, `initialize was not answered within ${initializeTimeout / 1000} s`, 0), initializeTimeout)
    try {
      const result = await this.request<unknown>("initialize", {
        processId: null,
        clientInfo: { name: this.options.clientName, version: this.options.clientVersion },
        capabilities: { general: { positionEncodings: ["utf-16"] } },
        initializationOptions: { inkling: {} },
      })
      if (this.opening !== opening) return
      this.server = serverOf(result)
      this.notify("initialized", {})
      clearTimeout(this.deadline)
      this.readyAt = Date.now()
      this.report({ kind: "ready", server: this.server })
      this.handlers.onReady(this.server)
    } catch (error) {
      if (this.opening === opening) this.notInitialized(error)
    }
  }

  // notInitialized keeps what was said, for the close that follows, or ends it here where the server is no match.
  private notInitialized(error: unknown): void {
    if (error instanceof Mismatch) { this.refuse("protocol", error.message); return }
    if (error instanceof WireError && error.reason === "unauthorized") { this.refuseKey(); return }
    if (error instanceof WireError && error.reason === "sessions") { this.refuse("sessions", error.message); return }
    if (error instanceof WireError && error.code === 0) return // the close is on its way
    this.closed(0, error instanceof Error ? error.message : String(error), 0)
  }

  private receive(text: string): void {
    let message: Message
    try {
      message = JSON.parse(text) as Message
    } catch {
      this.refuse("server", "what answers there sends messages that are not JSON")
      return
    }
    if (message.method === "$/progress") {
      const { token, value } = message.params as { token: number; value: Delta }
      this.handlers.onDelta(token, value)
    } else if (message.method === "inkling/resync") this.handlers.onResync((message.params as { uri: string }).uri)
    else if (message.method === "window/logMessage") this.handlers.onLog((message.params as { message: string }).message)
    else if (typeof message.id === "number") this.answered(message.id, message)
    this.hear()
  }

  // hear gives the server its time anew where a request waits.
  private hear(): void {
    clearTimeout(this.silence)
    if (this.pending.size === 0) return
    this.silence = setTimeout(() => this.closed(0, `nothing came from it for ${silenceTimeout / 1000} s`, 0), silenceTimeout)
  }

  private answered(id: number, message: Message): void {
    const pending = this.pending.get(id)
    if (!pending) return
    this.pending.delete(id)
    const { error } = message
    if (error) pending.reject(new WireError(error.code, error.message, error.data?.reason, error.data?.retryAfterMs))
    else pending.resolve(message.result)
  }

  // failed is called where no socket could be opened at all.
  private failed(error: unknown): void {
    if (error instanceof WireError && error.reason === "unauthorized") this.refuseKey()
    else if (error instanceof WireError && error.reason === "origin") this.refuse("origin", error.message)
    else this.closed(0, error instanceof Error ? error.message : String(error), 0)
  }

  private closed(code: number, reason: string, refused: number): void {
    if (refused === 401 || code === closeUnauthenticated) { this.refuseKey(); return }
    if (refused === 404 || refused === 405 || refused === 426) {
      this.refuse("server", `what answers there is no Inkling server, or one from before sessions (HTTP ${refused})`)
      return
    }
    if (refused === 403) { this.refuse("origin", reason || notServed); return }
    if (code >= firstFinalClose && code < 5000) {
      this.refuse(code === closeSessions ? "sessions" : "ended", reason || `the server ended the session for good (${code})`)
      return
    }
    if (this.server && (code === closeRestart || Date.now() - this.readyAt >= steadyAfter)) this.attempts = 0
    this.drop()
    if (code === closeIdle) { this.report({ kind: "asleep" }); return }
    const delay = delays[Math.min(this.attempts++, delays.length - 1)]! * (0.75 + Math.random() / 2)
    this.report({ kind: "waiting", until: Date.now() + delay, why: reason || (refused ? `it answered HTTP ${refused}` : code && code !== 1006 ? `closed with ${code}` : "nothing answers") })
    this.timer = setTimeout(() => this.connect(), delay)
  }

  private refuseKey(): void { this.refuse("key", this.hasKey ? "the server does not take the key that was entered for it" : "the server wants a key, and none was entered for it") }

  private refuse(problem: Problem, message: string): void {
    this.drop()
    this.report({ kind: "refused", problem, message })
  }

  // drop forgets the socket and fails what waits on it.
  private drop(): void {
    clearTimeout(this.timer)
    clearTimeout(this.deadline)
    clearTimeout(this.silence)
    const socket = this.socket
    this.opening = null
    this.socket = null
    this.server = null
    socket?.close()
    const waiting = [...this.pending.values()]
    this.pending.clear()
    for (const pending of waiting) pending.reject(new WireError(0, "the connection was lost", "offline"))
  }
}

// Mismatch says that a server and this extension do not understand each other.
class Mismatch extends Error {}

// serverOf reads the answer to initialize.
function serverOf(result: unknown): Server {
  const answer = result as { serverInfo?: { name?: string; version?: string }; capabilities?: Record<string, unknown> } | null
  const capabilities = answer?.capabilities as { positionEncoding?: string; inlineCompletionProvider?: unknown; experimental?: { inkling?: Ours } } | undefined
  const ours = capabilities?.experimental?.inkling
  const name = answer?.serverInfo?.name ?? "a server without a name"
  if (!ours || !capabilities?.inlineCompletionProvider) throw new Mismatch(`${name} is no Inkling server, or an old one: it announces no inkling protocol`)
  if (ours.protocol !== protocolVersion) {
    throw new Mismatch(`the server speaks protocol ${ours.protocol}, this extension ${protocolVersion}: update the ${ours.protocol > protocolVersion ? "extension" : "server"}`)
  }
  if ((capabilities.positionEncoding ?? "utf-16") !== "utf-16") throw new Mismatch(`the server counts characters by ${capabilities.positionEncoding}, not utf-16`)
  return {
    version: answer?.serverInfo?.version ?? "", session: ours.session ?? "", user: ours.user ?? "", tier: ours.tier ?? "",
    model: ours.model?.name ?? "", limits: { ...ordinary, ...ours.limits },
  }
}

interface Ours { protocol: number; session?: string; user?: string; tier?: string; model?: { name: string }; limits?: Partial<Server["limits"]> }

// ordinary are the limits of docs/protocol.md, for a server that does not say its own.
const ordinary = { frameBytes: 4 << 20, documents: 256, documentBytes: 2 << 20, suggestions: 8, tokens: 1024 }
