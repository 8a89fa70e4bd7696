// A completer asks for suggestions at the cursor of one view, and draws what comes as ghost text.
//
//   - Every edit goes to the server before the request that it leads to.
//   - What arrives is drawn only where it belongs to the newest request, and to the document's version of that request.
//   - While the user types along, the ghost stays as it is until the new answer says more, or something else.
import type { EditorView } from "@codemirror/view"
import type { Connection } from "./connection"
import { type Ghost, type Piece, type Suggestion, chosen, ghostOf, nextWord, setGhost, textOf } from "./ghost"
import type { Life } from "./life"
import { type Mirror, positionOf } from "./mirror"
import type { Settings } from "./settings"
import { type CompleteOptions, type CompletionList, type Delta, automatic, contentModified, invoked, serverCancelled, WireError } from "./wire"

// temperatureOfAlternatives is used for several suggestions where none is set: at 0 they would all be the same.
const temperatureOfAlternatives = 0.7

// Stream is what one suggestion of a request has said so far.
interface Stream { pieces: Piece[]; confidence: number; first: number }

interface Request {
  token: number
  mirror: Mirror
  version: number
  pos: number
  byHand: boolean
  options: CompleteOptions
  streams: Map<number, Stream>
  done: boolean
  list: CompletionList | null
  life: Life
}

export interface Listener {
  onLife(life: Life): void
  onAnswer(list: CompletionList): void
  onError(error: WireError): void
  onBusy(busy: boolean): void // a request is running, or none is
  onSettled(text: string): void // the suggestion is whole, or "" where none is drawn any more
}

export class Completer {
  private running: Request | null = null
  private retry = 0
  private expected = false // ask follows

  constructor(private view: EditorView, private connection: Connection, private settings: Settings, private listener: Listener) {}

  // request is the newest one, running or answered; null where none belongs to the text any more.
  private get request(): Request | null { return this.running }

  private set request(request: Request | null) {
    this.running = request
    this.listener.onBusy(this.expected || (request !== null && !request.done))
  }

  // expect says that ask follows right away, or forget.
  expect(): void {
    this.expected = true
    this.listener.onBusy(true)
  }

  // ask requests suggestions at the cursor. The mirror holds the view's document.
  ask(mirror: Mirror, byHand: boolean, life: Life, alternatives = byHand): void {
    window.clearTimeout(this.retry)
    const { state } = this.view, pos = state.selection.main.head
    const older = this.request
    this.expected = false
    this.request = null
    if (!state.selection.main.empty || !this.connection.isReady) return
    const kept = ghostOf(state)
    // What is typed along keeps the options that the ghost was made with: others would be computed anew.
    const options = !byHand && kept && older ? { ...older.options, maxSuggestions: kept.suggestions.length } : this.optionsFor(alternatives)
    const request: Request = {
      token: this.connection.nextId(), mirror, version: mirror.version, pos, byHand, options, streams: new Map(), done: false, list: null, life,
    }
    this.request = request
    life.askedAt = performance.now()
    life.version = mirror.version
    this.connection.request<CompletionList>("textDocument/inlineCompletion", {
      textDocument: { uri: mirror.uri },
      position: positionOf(state.doc, pos),
      context: { triggerKind: byHand ? invoked : automatic },
      inkling: { ...options, streamToken: request.token },
    }).then((list) => this.answered(request, list), (error: WireError) => this.failed(request, error))
    this.listener.onLife(life)
  }

  private optionsFor(alternatives: boolean): CompleteOptions {
    const { suggestions, temperature, multiline } = this.settings
    const maxSuggestions = alternatives ? suggestions : 1
    return { maxSuggestions, multiline, temperature: maxSuggestions > 1 && temperature === 0 ? temperatureOfAlternatives : temperature }
  }

  // again repeats the running request, where there is one, for the document as it was opened again.
  again(): void {
    const { request } = this
    if (request && !request.done) this.ask(request.mirror, request.byHand, request.life)
  }

  // forget drops the running request's answer; an edit has told the server already that it is old.
  forget(): void {
    this.expected = false
    this.request = null
    window.clearTimeout(this.retry)
  }

  onDelta(token: number, delta: Delta): void {
    const request = this.request
    if (!request || request.token !== token || this.isOld(request)) return
    let stream = request.streams.get(delta.item)
    if (!stream) request.streams.set(delta.item, stream = { pieces: [], confidence: 1, first: delta.confidence })
    const probability = stream.confidence > 0 ? Math.min(1, delta.confidence / stream.confidence) : 0
    stream.pieces.push({ text: delta.text, probability })
    stream.confidence = delta.confidence
    request.life.deltas.push({ at: performance.now(), item: delta.item, text: delta.text, probability })
    this.draw(request)
    this.listener.onLife(request.life)
  }

  private isOld(request: Request): boolean {
    const { main } = this.view.state.selection
    return request.mirror.version !== request.version || !main.empty || main.head !== request.pos
  }

  private answered(request: Request, list: CompletionList): void {
    request.life.answeredAt = performance.now()
    request.life.answer = list.inkling
    request.life.outcome = list.items.length ? "shown" : list.inkling.why ?? "empty"
    this.listener.onAnswer(list)
    if (request !== this.request || this.isOld(request) || list.inkling.version !== request.version) {
      if (list.items.length) request.life.outcome = "stale"
      if (request === this.request) this.request = null
      this.listener.onLife(request.life)
      return
    }
    request.done = true
    request.list = list
    this.request = request
    this.complete(request, list)
    this.draw(request)
    const ghost = ghostOf(this.view.state)
    if (list.items.length && !ghost) request.life.outcome = "threshold"
    if (ghost) this.tellShown(request, chosen(ghost).item)
    this.listener.onLife(request.life)
    this.listener.onSettled(ghost ? textOf(chosen(ghost)) : "")
  }

  // complete makes the streams say what the answer says, which repeats every text whole.
  private complete(request: Request, list: CompletionList): void {
    const whole = new Map<number, Stream>()
    for (const item of list.items) {
      const { item: number, confidence } = item.inkling, streamed = request.streams.get(number)
      const same = streamed && streamed.pieces.map((piece) => piece.text).join("") === item.insertText
      whole.set(number, same ? streamed : { pieces: [{ text: item.insertText, probability: confidence }], confidence, first: confidence })
    }
    request.streams = whole
  }

  private failed(request: Request, error: WireError): void {
    request.life.answeredAt = performance.now()
    request.life.outcome = error.code === contentModified ? "superseded" : error.reason || "error"
    this.listener.onLife(request.life)
    if (request !== this.request) return
    if (error.code !== contentModified) this.listener.onError(error)
    this.request = null
    if (error.code === serverCancelled && error.retryAfterMs > 0) {
      this.retry = window.setTimeout(() => {
        if (!this.isOld(request)) this.ask(request.mirror, request.byHand, request.life)
      }, error.retryAfterMs)
      return
    }
    this.clear()
  }

  // draw makes the ghost out of what the request has said.
  private draw(request: Request): void {
    const kept = ghostOf(this.view.state)
    const suggestions: Suggestion[] = []
    for (const [item, stream] of [...request.streams].sort((a, b) => a[0] - b[0])) {
      if (!request.byHand && stream.first < this.settings.threshold) continue
      const said: Suggestion = { item, pieces: stream.pieces.slice() }
      const before = kept?.suggestions.find((one) => one.item === item)
      suggestions.push(before && !request.done && textOf(before).startsWith(textOf(said)) ? before : said)
    }
    if (kept && !request.done) for (const one of kept.suggestions) {
      if (!suggestions.some((other) => other.item === one.item)) suggestions.push(one)
    }
    const drawn = suggestions.filter((one) => textOf(one) !== "")
    if (!drawn.length) { if (request.done) this.clear(); return }
    const index = kept ? drawn.findIndex((one) => one.item === chosen(kept).item) : 0
    this.show({ pos: request.pos, suggestions: drawn, index: Math.max(0, index) }, request.life)
  }

  private show(ghost: Ghost, life?: Life): void {
    this.view.dispatch({ effects: setGhost.of(ghost) })
    if (life && !life.drawnAt) requestAnimationFrame(() => { life.drawnAt ||= performance.now(); this.listener.onLife(life) })
  }

  clear(): boolean {
    if (!ghostOf(this.view.state)) return false
    this.view.dispatch({ effects: setGhost.of(null) })
    return true
  }

  // dismiss removes the ghost and tells the server; false where there was none.
  dismiss(): boolean {
    const ghost = ghostOf(this.view.state), request = this.request
    if (!this.clear() || !ghost) return false
    this.run("inkling.dismiss", chosen(ghost).item)
    if (request && !request.done) this.connection.notify("$/cancelRequest", { id: request.token })
    this.forget()
    this.listener.onSettled("")
    return true
  }

  // accept inserts the ghost, whole or its next word; false where there is none.
  accept(wordOnly: boolean): boolean {
    const ghost = ghostOf(this.view.state)
    if (!ghost) return false
    const text = textOf(chosen(ghost)), part = wordOnly ? nextWord(text) : text
    if (part === text) this.run("inkling.accept", chosen(ghost).item)
    else this.tellPart(chosen(ghost).item, part.length)
    this.view.dispatch({
      changes: { from: ghost.pos, insert: part }, selection: { anchor: ghost.pos + part.length }, userEvent: "input.accept", scrollIntoView: true,
    })
    return true
  }

  // turn draws the next or the previous alternative, and asks for some where there is one only; false without a ghost.
  turn(step: 1 | -1): { index: number; count: number } | null {
    const ghost = ghostOf(this.view.state)
    if (!ghost || ghost.suggestions.length < 2) return null
    const count = ghost.suggestions.length, index = (ghost.index + step + count) % count
    this.show({ ...ghost, index })
    return { index, count }
  }

  private itemOf(number: number) { return this.request?.list?.items.find((one) => one.inkling.item === number) }

  private run(command: string, number: number): void {
    const item = this.itemOf(number)
    if (!item) return // it has not been answered yet: the server sees the edit
    this.connection.request("workspace/executeCommand", { command, arguments: item.command.arguments }).catch(() => undefined)
  }

  private tellShown(request: Request, number: number): void {
    const item = request.list?.items.find((one) => one.inkling.item === number)
    if (item) this.connection.notify("textDocument/didShowCompletion", { item })
  }

  private tellPart(number: number, acceptedLength: number): void {
    const item = this.itemOf(number)
    if (item) this.connection.notify("textDocument/didPartiallyAcceptCompletion", { item, acceptedLength })
  }
}
