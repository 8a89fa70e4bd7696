// Suggestions of one place: what a request has said so far, and whether there is more to come.
//
//   - A request belongs to one version of one document, one position and one selected item of the editor's menu.
//   - Text that was said is never taken back; said grows until done.
import { type CompletionList, type Delta, type Item, type Position, type SelectedCompletion, WireError } from "./wire"

// Place is where a suggestion belongs.
export interface Place {
  uri: string
  version: number // of the mirror
  position: Position
  selected?: SelectedCompletion | undefined
}

export function samePlace(a: Place, b: Place): boolean {
  return a.uri === b.uri && a.version === b.version && a.position.line === b.position.line && a.position.character === b.position.character
    && a.selected?.text === b.selected?.text && a.selected?.range.start.character === b.selected?.range.start.character
}

// Asked is a request and what it has said.
export class Asked {
  private texts = new Map<number, string>()
  private listeners = new Set<() => void>()
  list: CompletionList | null = null
  error: WireError | null = null
  readonly at = Date.now()

  // token is the request's id and its stream token.
  constructor(readonly token: number, readonly place: Place, readonly byHand: boolean) {}

  get done(): boolean { return this.list !== null || this.error !== null }

  // said returns the text of the first suggestion so far.
  get said(): string {
    const first = this.list?.items[0]
    if (first) return first.insertText
    return this.list ? "" : this.texts.get(Math.min(...this.texts.keys())) ?? ""
  }

  get items(): Item[] { return this.list?.items ?? [] }

  onDelta(delta: Delta): void {
    if (delta.kind !== "delta" || this.done) return
    this.texts.set(delta.item, (this.texts.get(delta.item) ?? "") + delta.text)
    this.tell()
  }

  answered(list: CompletionList): void {
    this.list = list
    this.tell()
  }

  failed(error: WireError): void {
    this.error = error
    this.tell()
  }

  // watch calls listener at each change until the returned function is called.
  watch(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => { this.listeners.delete(listener) }
  }

  // until resolves when enough says so of what was said, or when the request is done.
  until(enough: (said: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.done && !(this.said !== "" && enough(this.said))) return false
        stop()
        resolve()
        return true
      }
      let stop = () => {}
      if (!look()) stop = this.watch(look)
    })
  }

  private tell(): void { for (const listener of [...this.listeners]) listener() }
}
