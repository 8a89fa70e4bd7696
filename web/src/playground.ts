// Playground ties the view, the open documents and the session together.
import { Prec, type Transaction } from "@codemirror/state"
import { EditorView, type ViewUpdate, keymap } from "@codemirror/view"
import { Completer } from "./completer"
import { Connection, type Status } from "./connection"
import { stateOf } from "./editor"
import { type Opened, Refused, readFile } from "./files"
import { chosen, ghostOf, textOf } from "./ghost"
import { type Language, cursorMark, languageOf, languages } from "./languages"
import { parseNow } from "./late"
import { type Life, newLife } from "./life"
import { Mirror } from "./mirror"
import { paceSelection } from "./selection"
import { loadKey, type Settings } from "./settings"
import { type Tab, Tabs } from "./tabs"
import type { CompletionList, WireError } from "./wire"

export interface Page {
  status(status: Status): void
  notice(sentence: string): void
  announce(sentence: string): void
  life(life: Life): void
  answer(list: CompletionList): void
  error(error: WireError): void
  busy(busy: boolean): void
  languageIs(language: Language): void
}

export class Playground {
  readonly view: EditorView
  readonly connection: Connection
  private tabs: Tabs
  private completer: Completer
  private lastKey = 0
  private opened = 0
  private due: Life | null = null // of the last edit, where it is to be asked for

  constructor(host: HTMLElement, bar: HTMLElement, private settings: Settings, private page: Page) {
    // In a shadow root CodeMirror's styles are constructed sheets, which the policy against inline styles allows.
    const root = host.attachShadow({ mode: "open" })
    paceSelection(root)
    const inner = root.appendChild(document.createElement("div"))
    inner.style.height = "100%"
    this.view = new EditorView({ parent: inner, root })
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/stream`
    this.connection = new Connection(url, {
      onStatus: (status) => this.onStatus(status),
      onReady: () => this.openAll(),
      onDelta: (token, delta) => this.completer.onDelta(token, delta),
      onResync: (uri) => this.resync(uri),
      onLog: (message) => page.notice(message),
    }, loadKey)
    this.completer = new Completer(this.view, this.connection, settings, {
      onLife: (life) => page.life(life),
      onAnswer: (list) => page.answer(list),
      onError: (error) => page.error(error),
      onBusy: (busy) => page.busy(busy),
      onSettled: (text) => page.announce(text && `Suggestion: ${text}`),
    })
    this.tabs = new Tabs(bar, (tab) => this.choose(tab), (tab) => this.closeTab(tab))
  }

  async start(): Promise<void> {
    await this.openSample(languages[0]!)
    this.connection.connect()
  }

  // openSample shows a language's sample, the one that is open already where there is one.
  async openSample(language: Language): Promise<void> {
    const sample = await language.sample?.() ?? ""
    const cursor = Math.max(0, sample.indexOf(cursorMark))
    await this.add({ name: `sample.${language.extensions[0]}`, text: sample.replace(cursorMark, ""), lineEnd: "\n" }, language, cursor, true)
  }

  async openFiles(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      try {
        await this.add(await readFile(file), languageOf(file.name), 0)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        this.page.notice(error.message)
      }
    }
    this.view.focus()
  }

  private async add(file: Opened, language: Language, cursor: number, sample = false): Promise<void> {
    const colouring = await language.load?.() ?? []
    const state = stateOf(file.text, cursor, language, colouring, this.extensions())
    const uri = `untitled:/${++this.opened}/${encodeURIComponent(file.name)}`
    const tab: Tab = { name: file.name, sample, language, lineEnd: file.lineEnd, state, mirror: new Mirror(this.connection, uri, language.id) }
    this.tabs.add(tab)
    tab.mirror.openWith(state.doc, tab.lineEnd)
    this.choose(tab)
  }

  private extensions() {
    return [Prec.highest(keymap.of(this.keys())), EditorView.updateListener.of((update) => this.updated(update)),
      EditorView.domEventObservers({ keydown: (event) => { this.lastKey = event.timeStamp } })]
  }

  // actions are what keys and buttons do with a suggestion; each reports whether there was something to do.
  readonly actions: Record<string, () => boolean> = {
    ask: () => this.askByHand(),
    accept: () => this.completer.accept(false),
    word: () => this.completer.accept(true),
    next: () => this.turn(1),
    previous: () => this.turn(-1),
    dismiss: () => this.completer.dismiss(),
  }

  private keys() {
    const keys = { Tab: "accept", "Mod-ArrowRight": "word", Escape: "dismiss", "Alt-\\": "ask", "Alt-]": "next", "Alt-[": "previous" }
    return Object.entries(keys).map(([key, action]) => ({ key, run: this.actions[action]! }))
  }

  private askByHand(): boolean {
    if (this.tabs.current) this.completer.ask(this.tabs.current.mirror, true, newLife(performance.now()))
    return true
  }

  private turn(step: 1 | -1): boolean {
    const turned = this.completer.turn(step)
    if (!turned) return this.askByHand()
    const ghost = ghostOf(this.view.state)
    this.page.announce(ghost ? `Suggestion ${turned.index + 1} of ${turned.count}: ${textOf(chosen(ghost))}` : "")
    return true
  }

  private updated(update: ViewUpdate): void {
    const tab = this.tabs.current
    if (!tab || !update.docChanged) return
    const now = performance.now(), life = newLife(now - this.lastKey < 100 ? this.lastKey : now)
    let before = 0
    this.connection.soon(() => { before = this.connection.sent })
    for (const tr of update.transactions) if (tr.docChanged) tab.mirror.change(tr.startState.doc, tr.changes, tab.lineEnd)
    this.connection.soon(() => {
      life.editSize = this.connection.sent - before
      life.sentAt = performance.now()
      if (life === this.due) this.completer.ask(tab.mirror, false, life)
    })
    // Of several edits before the first is sent, the last is the one to ask for.
    this.due = this.settings.automatic && update.transactions.some(asks) ? life : null
    if (this.due) this.completer.expect()
    else this.completer.forget()
  }

  // choose makes a tab the current one.
  choose(tab: Tab): void {
    parseNow(this.view)
    this.due = null
    this.completer.forget()
    this.completer.clear()
    if (this.tabs.current) this.tabs.current.state = this.view.state
    this.tabs.current = tab
    this.view.setState(tab.state)
    this.view.dispatch({ scrollIntoView: true })
    this.tabs.draw()
    this.page.languageIs(tab.language)
    this.view.focus()
  }

  private closeTab(tab: Tab): void {
    tab.mirror.close()
    const next = this.tabs.remove(tab)
    if (tab === this.tabs.current && next) {
      this.tabs.current = null
      this.choose(next)
    } else {
      this.tabs.draw()
    }
  }

  // setLanguage shows a language: its sample in place of another's, and a document that is no sample in that language.
  async setLanguage(language: Language): Promise<void> {
    const tab = this.tabs.current
    if (tab?.sample && language.sample) {
      const open = this.tabs.all.find((one) => one.sample && one.language === language)
      return open ? this.choose(open) : this.openSample(language)
    }
    if (!tab) return
    const colouring = await language.load?.() ?? []
    tab.mirror.close()
    tab.language = language
    tab.mirror.languageId = language.id
    const { doc, selection } = this.view.state
    tab.state = stateOf(doc.toString(), selection.main.head, language, colouring, this.extensions())
    tab.mirror.openWith(doc, tab.lineEnd)
    this.tabs.current = null
    this.choose(tab)
  }

  private onStatus(status: Status): void {
    if (status.kind !== "ready") {
      this.completer.forget()
      this.completer.clear()
      for (const tab of this.tabs.all) tab.mirror.lost()
    }
    this.page.status(status)
  }

  private docOf(tab: Tab) { return tab === this.tabs.current ? this.view.state.doc : tab.state.doc }

  private openAll(): void {
    for (const tab of this.tabs.all) tab.mirror.openWith(this.docOf(tab), tab.lineEnd)
  }

  private resync(uri: string): void {
    const tab = this.tabs.byUri(uri)
    if (!tab) return
    tab.mirror.openWith(this.docOf(tab), tab.lineEnd)
    if (tab === this.tabs.current) this.completer.again()
  }
}

// asks reports whether a transaction is one that suggestions follow: typing, deleting, pasting, accepting; not undo.
function asks(tr: Transaction): boolean {
  return tr.isUserEvent("input") || tr.isUserEvent("delete")
}
