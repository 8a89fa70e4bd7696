// The inline completion provider.
//
//   - An edit that looks typed is asked about at once; the editor asks for it some 50 ms later, and finds the answer
//     running or there.
//   - The editor's cancellation token ends the waiting here and nothing else: the newer edit tells the server, which may go
//     on with what is typed along.
//   - A suggestion is handed over as soon as it says anything, and again when it is whole, since the stable API has no
//     streaming: the editor is asked to ask once more, and served from what is here. It never becomes shorter that way.
//     The editor asks by hand once for a text and a place, not again: so there is one more time, and what is asked for by
//     hand is handed over whole, also where a key overtook our asking and the editor asks for the new place by hand.
import * as vscode from "vscode"
import type { Asker, AskOptions } from "../core/asker"
import type { Mirror } from "../core/mirror"
import { Refresh } from "../core/refresh"
import type { Asked, Place } from "../core/suggestions"
import { cursorAfter, follow, type Shown } from "../core/typed"
import { automatic, type Change, contentModified, invoked, serverCancelled } from "../core/wire"
import { readSettings } from "./settings"

// maxRemembered is how many requests are remembered for feedback, as many as the server remembers.
const maxRemembered = 32

export interface Parts {
  asker: Asker
  mirror: Mirror
  feedback: { shown(asked: Asked, item: number): void; accepted(asked: Asked, item: number): void; partly(asked: Asked, item: number, length: number): void }
  calm(document: vscode.TextDocument): boolean // no snippet is being filled in
  refreshed(yes: boolean): void // the editor has asked by hand for what is shown, and does not ask again by itself
}

export class Provider implements vscode.InlineCompletionItemProvider {
  private shown: (Shown & { uri: string }) | null = null
  private refreshes = new Refresh()
  private growing: (() => void) | null = null
  private retry: ReturnType<typeof setTimeout> | undefined
  private byToken = new Map<number, Asked>()

  constructor(private readonly parts: Parts) {}

  async provideInlineCompletionItems(
    document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext, token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const place = this.placeOf(document, position, context.selectedCompletionInfo)
    if (!place) return undefined
    // VS Code counts the kinds of triggers from 0, the protocol from 1.
    const asking = this.refreshes.told(context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke ? invoked : automatic, place)
    const byHand = asking === "person"
    if (!byHand && !this.parts.calm(document)) return undefined
    const kept = this.leftAt(place)
    let asked = this.parts.asker.at(place)
    const older = asked
    if (!asked || (byHand && !asked.byHand)) asked = this.ask(place, byHand)
    if (asking !== "again") await Promise.race([asked.until((said) => asking === "itself" && !asked.byHand && (!kept.startsWith(said) || said === kept)), ended(token)])
    if (token.isCancellationRequested || this.parts.mirror.versionOf(place.uri) !== place.version) return undefined
    return this.handOver(asked, byHand && older ? older : null, document)
  }

  // edited asks ahead of the editor, where somebody types.
  edited(document: vscode.TextDocument, changes: readonly Change[], reason: vscode.TextDocumentChangeReason | undefined): void {
    const uri = document.uri.toString()
    this.follow(uri, changes)
    this.stopGrowing()
    this.parts.refreshed(false)
    this.parts.asker.forget(uri)
    const editor = vscode.window.activeTextEditor
    const one = changes.length === 1 ? changes[0] : undefined
    const cursor = one && reason === undefined ? cursorAfter(one) : null
    if (!cursor || editor?.document !== document || editor.selections.length > 1 || !this.parts.calm(document)) return
    if (!vscode.workspace.getConfiguration("editor", document).get("inlineSuggest.enabled", true)) return
    const version = this.parts.mirror.versionOf(uri)
    if (version) this.ask({ uri, version, position: cursor }, false)
  }

  // askNow makes the editor ask, by hand.
  async askNow(): Promise<void> {
    this.refreshes.forget()
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger")
  }

  // turn shows the next alternative, or the one before, where the editor would not ask for some by itself any more.
  async turn(step: "showNext" | "showPrevious"): Promise<void> {
    this.parts.refreshed(false)
    await vscode.commands.executeCommand("editor.action.inlineSuggest.hide")
    await this.askNow()
    await vscode.commands.executeCommand(`editor.action.inlineSuggest.${step}`)
  }

  // expects reports whether an edit inserts what is shown, whole or in part.
  expects(document: vscode.TextDocument, changes: readonly Change[]): boolean {
    const { shown } = this
    return shown?.uri === document.uri.toString() && changes.length === 1 && follow(shown, changes[0]!).took > 0
  }

  // accepted is run by the editor when it has accepted an item whole.
  accepted(token: number, item: number): void {
    const asked = this.byToken.get(token)
    if (asked) this.parts.feedback.accepted(asked, item)
  }

  // forget drops what is shown and grows: the connection went, or suggestions are turned off.
  forget(): void {
    this.stopGrowing()
    this.shown = null
    clearTimeout(this.retry)
  }

  private placeOf(document: vscode.TextDocument, position: vscode.Position, selected?: vscode.SelectedCompletionInfo): Place | null {
    const uri = document.uri.toString(), version = this.parts.mirror.versionOf(uri)
    if (!version) return null
    return { uri, version, position: { line: position.line, character: position.character }, selected: selected && { range: plain(selected.range), text: selected.text } }
  }

  private ask(place: Place, byHand: boolean): Asked {
    clearTimeout(this.retry)
    const settings = readSettings(vscode.Uri.parse(place.uri))
    const options: AskOptions = { byHand, maxSuggestions: byHand ? settings.alternatives : 1, maxTokens: settings.maxTokens, multiline: settings.multiline }
    const asked = this.parts.asker.ask(place, options)
    this.byToken.set(asked.token, asked)
    for (const old of [...this.byToken.keys()].slice(0, -maxRemembered)) this.byToken.delete(old)
    return asked
  }

  // leftAt returns what is left, at a place, of the suggestion that is shown.
  private leftAt(place: Place): string {
    const { shown } = this
    const here = shown && shown.uri === place.uri && shown.position.line === place.position.line && shown.position.character === place.position.character
    return here && !place.selected ? shown.text : ""
  }

  private handOver(asked: Asked, older: Asked | null, document: vscode.TextDocument): vscode.InlineCompletionItem[] {
    const texts: { text: string; asked: Asked; item: number }[] = []
    const add = (text: string, from: Asked, item: number) => { if (text !== "" && !texts.some((one) => one.text === text)) texts.push({ text, asked: from, item }) }
    // What was shown before alternatives were asked for stays the first of them.
    if (older) add(older.said, older, older.items[0]?.inkling.item ?? 0)
    if (asked.done) for (const item of asked.items) add(item.insertText, asked, item.inkling.item)
    else add(asked.said, asked, 0)
    if (asked.error) this.failed(asked, document)
    const first = texts[0]
    this.shown = first && !asked.place.selected ? { uri: asked.place.uri, token: first.asked.token, item: first.item, position: asked.place.position, text: first.text, taken: 0 } : null
    if (first && asked.done) this.parts.feedback.shown(first.asked, first.item)
    if (!asked.done) this.grow(asked, document)
    return texts.map(({ text, asked: from, item }) => itemOf(text, from, item))
  }

  // grow hands a suggestion over again when it is whole.
  private grow(asked: Asked, document: vscode.TextDocument): void {
    this.stopGrowing()
    this.growing = asked.watch(() => {
      if (!asked.done) return
      this.stopGrowing()
      void this.refresh(asked, document)
    })
  }

  private stopGrowing(): void {
    this.growing?.()
    this.growing = null
  }

  // refresh makes the editor ask again where the suggestion still belongs and has grown.
  private async refresh(asked: Asked, document: vscode.TextDocument): Promise<void> {
    const { place } = asked
    if (asked.error || !this.isAt(place, document) || this.leftAt(place) === asked.said) return
    const begun = this.refreshes.begin(place)
    this.parts.refreshed(true)
    try {
      await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger")
    } finally {
      this.refreshes.end(begun)
    }
  }

  // isAt reports whether the cursor stands at a place, in the text that it belongs to.
  private isAt(place: Place, document: vscode.TextDocument): boolean {
    const editor = vscode.window.activeTextEditor
    if (editor?.document !== document || editor.selections.length > 1 || !editor.selection.isEmpty) return false
    const { line, character } = editor.selection.active
    return this.parts.mirror.versionOf(place.uri) === place.version && line === place.position.line && character === place.position.character
  }

  // failed asks again after a while where the server had too much to do.
  private failed(asked: Asked, document: vscode.TextDocument): void {
    const { error, place } = asked
    if (!error || error.code === contentModified || error.code !== serverCancelled || error.retryAfterMs <= 0) return
    this.retry = setTimeout(() => {
      if (!this.isAt(place, document)) return
      const again = this.ask(place, asked.byHand)
      void again.until(() => false).then(() => again.error ? this.failed(again, document) : this.refresh(again, document))
    }, error.retryAfterMs)
  }

  // follow moves what is shown on by an edit, and tells where it was accepted in part.
  private follow(uri: string, changes: readonly Change[]): void {
    const { shown } = this
    if (!shown || shown.uri !== uri) return
    const { left, took } = changes.length === 1 ? follow(shown, changes[0]!) : { left: null, took: 0 }
    const asked = this.byToken.get(shown.token)
    if (asked && left && took > 1) this.parts.feedback.partly(asked, shown.item, left.taken)
    this.shown = left && { ...left, uri }
  }
}

function itemOf(text: string, asked: Asked, number: number): vscode.InlineCompletionItem {
  const { position, selected } = asked.place
  const sent = asked.items.find((item) => item.inkling.item === number)?.range ?? selected?.range ?? { start: position, end: position }
  const range = new vscode.Range(sent.start.line, sent.start.character, sent.end.line, sent.end.character)
  return new vscode.InlineCompletionItem(text, range, { title: "Accepted", command: "inkling.accepted", arguments: [asked.token, number] })
}

// ended resolves when a token is cancelled.
function ended(token: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve) => { token.onCancellationRequested(() => resolve()) })
}

function plain(range: vscode.Range) {
  return { start: { line: range.start.line, character: range.start.character }, end: { line: range.end.line, character: range.end.character } }
}
