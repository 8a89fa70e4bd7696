// Plays a case of docs/protocol.md from the client's side: what the case's client sends is done by an editor to the
// extension's own client, whose messages go to a naive server; what it receives is said to it.
import assert from "node:assert/strict"
import { Client } from "../../src/core/client"
import type { Status } from "../../src/core/connection"
import type { SocketHandlers } from "../../src/core/socket"
import type { Asked } from "../../src/core/suggestions"
import type { Change, CompletionList, Delta } from "../../src/core/wire"
import { type Case, fill, type Message } from "./cases"
import { NaiveServer, splice } from "./naive"

interface OpenParams { textDocument: { uri: string; languageId: string; version: number; text: string } }

export class Player {
  readonly sent: Message[] = []
  readonly asked = new Map<unknown, { asked: Asked; token: unknown; said: string }>() // by the case's ids
  readonly logged: string[] = []
  status: Status = { kind: "closed" }
  played = 0 // lines that our client had a part in
  private readonly editor = new Map<string, { text: string }>()
  private readonly server = new NaiveServer()
  private readonly ids = new Map<unknown, unknown>() // the case's ids to ours
  private readonly checks: (() => void)[] = [] // for when promises have settled
  private handlers: SocketHandlers | null = null
  private readonly client = new Client({
    onStatus: (status) => { this.status = status },
    onReady: () => {},
    onOpened: () => {},
    onAsked: () => {},
    onLog: (message) => this.logged.push(message),
  })

  // hello is what initialize was answered with in the case of that name; it stands in for what other cases leave out.
  constructor(private readonly one: Case, private readonly hello: unknown) {}

  async play(): Promise<void> {
    this.client.go({
      key: () => Promise.resolve("key"), clientName: "test", clientVersion: "1",
      transport: {
        credential: (key) => Promise.resolve(key),
        open: (_credential, handlers) => {
          this.handlers = handlers
          return { send: (text) => this.clientSent(JSON.parse(text) as Message), close: () => {} }
        },
      },
    })
    await settled()
    this.handlers!.onOpen()
    for (const line of this.one.lines) {
      if (line.kind === "sent") this.does(line.message)
      else if (line.kind === "received") this.hears(line.message)
      else if (line.kind === "close") this.closes(line.code)
      await settled()
      for (const check of this.checks.splice(0)) check()
      this.compare()
    }
  }

  // end closes the client, so that no timer of it is left.
  end(): void { this.client.close() }

  private clientSent(message: Message): void {
    this.sent.push(message)
    if (message.id === undefined && message.method?.startsWith("textDocument/did")) this.server.notification(message.method, message.params as never)
  }

  // does does in the editor what the case's client says.
  private does({ id, method, params }: Message): void {
    this.played++
    switch (method) {
      case "initialize": this.initializes(id); return
      case "textDocument/didOpen": this.opens(params as unknown as OpenParams); return
      case "textDocument/didChange": this.changes(params as never); return
      case "textDocument/didClose": {
        const { uri } = (params as unknown as OpenParams).textDocument
        this.editor.delete(uri)
        this.client.mirror.close(uri)
        this.client.asker.forget(uri)
        return
      }
      case "textDocument/inlineCompletion": this.asks(id, params as never); return
      default: this.played-- // nothing that our client ever says
    }
  }

  private initializes(id: unknown): void {
    const ours = this.sent.find((message) => message.method === "initialize")!
    if (this.ids.size > 0) return // a second one, which our client never sends
    assert.deepEqual((ours.params as { capabilities: object }).capabilities, { general: { positionEncodings: ["utf-16"] } })
    this.ids.set(id, ours.id)
  }

  private opens({ textDocument: { uri, languageId, text } }: OpenParams): void {
    if (!uri) return // broken on purpose
    const known = this.editor.get(uri)
    if (known) { // our client has opened it again by itself; here the editor's text becomes the case's
      known.text = text
      this.client.mirror.change(uri, [{ text }])
      return
    }
    const held = { text }
    this.editor.set(uri, held)
    this.client.mirror.open({ uri, languageId, text: () => held.text })
  }

  private changes({ textDocument: { uri }, contentChanges }: { textDocument: { uri: string }; contentChanges: Change[] }): void {
    const held = this.editor.get(uri)
    if (!held) return
    let text = held.text
    try {
      for (const change of contentChanges) text = splice(text, change)
    } catch {
      return // an edit that no editor makes
    }
    held.text = text
    this.client.asker.forget(uri)
    this.client.mirror.change(uri, contentChanges)
  }

  private asks(id: unknown, params: { textDocument: { uri: string }; position: never; context: { triggerKind: number; selectedCompletionInfo?: never }; inkling?: { maxSuggestions?: number; streamToken?: unknown } }): void {
    const uri = params.textDocument?.uri, version = uri ? this.client.mirror.versionOf(uri) : 0
    if (!version || (params.inkling?.maxSuggestions ?? 1) > 8 || ![1, 2].includes(params.context?.triggerKind)) return
    const byHand = params.context.triggerKind === 1
    const asked = this.client.asker.ask({ uri, version, position: params.position, selected: params.context.selectedCompletionInfo },
      { byHand, maxSuggestions: params.inkling?.maxSuggestions ?? 1, maxTokens: 0, multiline: true })
    this.ids.set(id, asked.token)
    this.asked.set(id, { asked, token: params.inkling?.streamToken, said: "" })
    const message = this.sent.at(-1)!
    assert.equal(message.id, asked.token)
    assert.deepEqual(message.params!.position, params.position)
    assert.deepEqual(message.params!.context, params.context)
  }

  // hears passes on what the case's server says, with our ids and tokens.
  private hears(message: Message): void {
    this.played++
    const { id, method } = message
    if (method === "$/progress") {
      const { token, value } = message.params as { token: unknown; value: Delta }
      const entry = [...this.asked.values()].find((one) => one.token === token)!
      this.say({ method, params: { token: entry.asked.token, value } })
      entry.said += value.text
      if (value.item === 0) assert.equal(entry.asked.said, entry.said)
      return
    }
    if (method) { this.say(message); return }
    const known = this.ids.get(id), entry = this.asked.get(id)
    if (entry) this.checks.push(() => this.ends(entry, message))
    const like = entry ? { items: [], inkling: { id: "s.1", version: 1, confidence: 0, cached: false, along: false } } : this.hello
    this.say({ ...message, id: known ?? null, ...(message.result !== undefined && { result: fill(message.result, like) }) })
  }

  private say(message: Message): void { this.handlers!.onMessage(JSON.stringify({ jsonrpc: "2.0", ...message })) }

  private closes(code: number): void {
    this.played++
    this.handlers!.onClose(code, "", 0)
    const kind = code >= 4100 ? "refused" : code === 4001 ? "asleep" : "waiting"
    assert.equal(this.status.kind, kind, `after close ${code}`)
  }

  // compare holds the server's documents against the editor's.
  private compare(): void {
    if (this.status.kind !== "ready") return
    for (const [uri, { text }] of this.editor) assert.equal(this.server.documents.get(uri)?.text, text, uri)
    for (const uri of this.server.documents.keys()) assert.ok(this.editor.has(uri), `${uri} is open at the server only`)
  }

  // ends checks that a request ended as the case's answer to it says.
  private ends({ asked }: { asked: Asked }, message: Message): void {
    if (message.error) assert.equal(asked.error?.code, message.error.code)
    else assert.deepEqual(asked.items.map((item) => item.insertText), (message.result as CompletionList).items?.map((item) => item.insertText) ?? [])
  }
}

// settled lets promises that are resolved run.
export function settled(): Promise<void> { return new Promise((resolve) => { setImmediate(resolve) }) }
