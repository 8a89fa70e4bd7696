// A session joins the client, the documents and the provider, and says what there is to say.
import * as vscode from "vscode"
import { addressOf } from "../core/address"
import { Client } from "../core/client"
import type { Problem, Status as ConnectionStatus } from "../core/connection"
import { Quota } from "../core/quota"
import type { Transport } from "../core/socket"
import type { Asked } from "../core/suggestions"
import { requestCancelled, contentModified } from "../core/wire"
import { Documents } from "./documents"
import { Provider } from "./provider"
import { readSettings } from "./settings"
import { Snippets } from "./snippets"
import { Status } from "./status"

// secretOf names the place of a server's key in the secret storage.
export function secretOf(base: string): string { return `inkling.key ${base}` }

export class Session implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("Inkling", { log: true })
  readonly provider: Provider
  private readonly status = new Status()
  private readonly snippets = new Snippets()
  private readonly documents: Documents
  private readonly client: Client
  private readonly quota: Quota
  private address = ""
  private told = "" // the problem that was told last
  private note = ""
  private fault = "" // of the address
  private refreshed = false // as the keybindings see it

  constructor(private readonly context: vscode.ExtensionContext, private readonly transport: (address: ReturnType<typeof addressOf>) => Transport) {
    this.client = new Client({
      onStatus: (status) => this.changed(status),
      onReady: (server) => {
        this.documents.documentBytes = server.limits.documentBytes
        this.documents.lookAgain()
        this.quota.begin()
      },
      onOpened: () => this.draw(), // a document may be too large for this server
      onAsked: (asked) => this.asked(asked),
      onLog: (message) => this.log.warn(`server: ${message}`),
    })
    this.quota = new Quota(this.client, () => this.draw())
    const { asker, mirror } = this.client
    this.provider = new Provider({
      asker, mirror, calm: (document) => !this.snippets.running(document),
      refreshed: (yes) => {
        if (this.refreshed !== yes) void vscode.commands.executeCommand("setContext", "inkling.refreshed", yes)
        this.refreshed = yes
      },
      feedback: {
        shown: (asked, item) => this.tell("textDocument/didShowCompletion", asked, item),
        partly: (asked, item, acceptedLength) => this.tell("textDocument/didPartiallyAcceptCompletion", asked, item, { acceptedLength }),
        accepted: (asked, item) => this.run(asked, item),
      },
    })
    this.documents = new Documents(mirror, (document, changes, reason) => {
      this.snippets.edited(document, changes, this.provider.expects(document, changes))
      this.client.wake()
      this.provider.edited(document, changes, reason)
    }, () => this.draw())
  }

  // start connects to the server of the settings, or goes where they have changed.
  start(): void {
    this.client.close()
    this.provider.forget()
    const settings = readSettings()
    this.note = this.fault = this.told = "" // a person has changed something, or asks for it: what is still wrong is told again
    try {
      const address = addressOf(settings.server)
      this.address = address.base
      if (settings.enabled) this.connect(address)
    } catch (error) {
      this.address = settings.server
      this.fault = (error as Error).message
      this.log.error(this.fault)
      this.complain("address", this.fault)
    }
    this.documents.lookAgain()
    this.draw()
  }

  // settled applies settings that need no new connection.
  settled(): void {
    this.documents.lookAgain()
    this.draw()
  }

  get base(): string { return this.address }

  get state(): ConnectionStatus { return this.fault ? { kind: "refused", problem: "address", message: this.fault } : this.client.status }

  // why returns why a document gets no suggestions; "" where it gets some.
  why(document: vscode.TextDocument): string { return this.documents.why(document) }

  dispose(): void {
    this.client.close()
    this.provider.forget()
    this.documents.dispose()
    this.snippets.dispose()
    this.status.dispose()
    this.log.dispose()
  }

  draw(): void {
    const editor = vscode.window.activeTextEditor
    this.status.show({
      address: this.address, connection: this.state, enabled: readSettings().enabled, note: this.note, quota: this.quota,
      why: editor ? this.documents.why(editor.document) : "",
    })
  }

  private connect(address: ReturnType<typeof addressOf>): void {
    this.client.go({
      transport: this.transport(address),
      key: async () => await this.context.secrets.get(secretOf(address.base)) ?? "",
      clientName: `inkling-vscode-${vscode.env.uiKind === vscode.UIKind.Web ? "web" : "desktop"}`,
      clientVersion: String((this.context.extension.packageJSON as { version: string }).version),
    })
  }

  private changed(status: ConnectionStatus): void {
    if (status.kind !== "ready") this.provider.forget()
    switch (status.kind) {
      case "ready":
        this.told = ""
        this.log.info(`ready: ${this.address}, server ${status.server.version}, model ${status.server.model || "not loaded yet"}`)
        break
      case "waiting": this.log.info(`offline: ${status.why}; again in ${Math.max(0, Math.round(status.until - Date.now()))} ms`); break
      case "refused":
        this.log.error(status.message)
        this.complain(status.problem, status.message)
    }
    this.draw()
  }

  // complain shows one message for one problem, and stays quiet until there is another one.
  private complain(problem: Problem, message: string): void {
    if (this.told === problem + message) return
    this.told = problem + message
    const actions = problem === "key" ? ["Enter Key", "Choose Server"] : ["Connect Again", "Choose Server"]
    void vscode.window.showWarningMessage(`Inkling: ${message}`, ...actions).then((chosen) => {
      const command = chosen && { "Enter Key": "inkling.key", "Choose Server": "inkling.server", "Connect Again": "inkling.connect" }[chosen]
      if (command) void vscode.commands.executeCommand(command)
    })
  }

  // asked hears of a request when it begins and when it ends.
  private asked(asked: Asked): void {
    this.status.busy(this.client.asker.busy)
    const { list, error } = asked
    if (list) {
      const { why } = list.inkling
      this.quota.answered(list.inkling)
      this.note = why === "excluded" ? "The server excludes this file" : why === "unsupported" ? "The server makes no suggestions for this file" : ""
      this.log.debug(`answered in ${Date.now() - asked.at} ms: ${list.items.length} suggestions${why ? `, ${why}` : ""}`)
      this.draw()
    } else if (error && error.code !== contentModified && error.code !== requestCancelled && error.code !== 0) {
      this.log.warn(`no suggestion: ${error.message}`)
    }
  }

  private tell(method: string, asked: Asked, number: number, more: object = {}): void {
    const item = asked.items.find((one) => one.inkling.item === number)
    if (item) this.client.notify(method, { item, ...more })
  }

  private run(asked: Asked, number: number): void {
    const item = asked.items.find((one) => one.inkling.item === number)
    if (!item) return // it has not been answered yet: the server sees the edit
    this.client.request("workspace/executeCommand", { command: item.command.command, arguments: item.command.arguments })
      .catch((error: Error) => this.log.debug(`inkling.accept: ${error.message}`))
  }
}
