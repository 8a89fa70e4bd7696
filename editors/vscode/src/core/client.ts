// A client joins a connection, a mirror and an asker: all of the extension that knows nothing of the editor.
import { Asker } from "./asker"
import { Connection, type Options, type Status } from "./connection"
import { Mirror } from "./mirror"
import type { Asked } from "./suggestions"
import { type Server, WireError } from "./wire"

export interface ClientHandlers {
  onStatus(status: Status): void
  onReady(server: Server): void // before the documents are opened
  onOpened(): void // after they were
  onAsked(asked: Asked): void // a request begins or ends
  onLog(message: string): void
}

export class Client {
  readonly mirror = new Mirror((method, params) => { this.connection?.notify(method, params) })
  readonly asker: Asker
  private connection: Connection | null = null

  constructor(private readonly handlers: ClientHandlers) {
    this.asker = new Asker(this, (asked) => handlers.onAsked(asked))
  }

  get status(): Status { return this.connection?.status ?? { kind: "closed" } }

  // go connects to a server, in place of the one before.
  go(options: Options): void {
    this.close()
    this.connection = new Connection(options, {
      onStatus: (status) => {
        if (status.kind !== "ready") this.mirror.lost()
        this.handlers.onStatus(status)
      },
      onReady: (server) => {
        this.handlers.onReady(server)
        this.mirror.begin(server.limits)
        this.handlers.onOpened()
      },
      onDelta: (token, delta) => this.asker.onDelta(token, delta),
      onResync: (uri) => {
        this.asker.forget(uri)
        this.mirror.again(uri)
      },
      onLog: (message) => this.handlers.onLog(message),
    })
    this.connection.connect()
  }

  // wake connects again where a session was left for being idle.
  wake(): void { this.connection?.wake() }

  close(): void {
    this.connection?.close()
    this.connection = null
    this.mirror.lost()
  }

  // Without a connection, requests fail as on a lost one and notifications go nowhere.
  nextId(): number { return this.connection?.nextId() ?? 0 }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection ? this.connection.request<T>(method, params) : Promise.reject(new WireError(0, "not connected", "offline"))
  }

  notify(method: string, params: unknown): void { this.connection?.notify(method, params) }
}
