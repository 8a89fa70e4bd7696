// Ghost text: what is suggested at the cursor, drawn as a decoration and never part of the document. A ghost follows the
// text by itself: typing what it says moves it along, and anything else removes it in the same transaction, so that no
// stale ghost is ever drawn.
import { type EditorState, Prec, StateEffect, StateField, type Transaction } from "@codemirror/state"
import { Decoration, EditorView, WidgetType } from "@codemirror/view"

// Piece is the text of one delta, with the probability of its tokens together.
export interface Piece { text: string; probability: number }

// Suggestion is one alternative. Its item is its number in the protocol.
export interface Suggestion { item: number; pieces: Piece[] }

export interface Ghost {
  pos: number
  suggestions: Suggestion[] // never empty
  index: number // of the one that is drawn
}

export const setGhost = StateEffect.define<Ghost | null>()

export function textOf(suggestion: Suggestion): string {
  return suggestion.pieces.map((piece) => piece.text).join("")
}

// chosen returns the suggestion that is drawn.
export function chosen(ghost: Ghost): Suggestion { return ghost.suggestions[ghost.index]! }

// without returns a suggestion less its first count characters.
function without(suggestion: Suggestion, count: number): Suggestion {
  const pieces: Piece[] = []
  for (const piece of suggestion.pieces) {
    if (count < piece.text.length) pieces.push({ ...piece, text: piece.text.slice(count) })
    count = Math.max(0, count - piece.text.length)
  }
  return { ...suggestion, pieces }
}

// along returns the ghost after a transaction that types what it says, and null after any other.
function along(ghost: Ghost, tr: Transaction): Ghost | null {
  let typed = "", edits = 0, elsewhere = false
  tr.changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    edits++
    elsewhere ||= from !== ghost.pos || to !== ghost.pos
    typed = inserted.toString()
  })
  const current = chosen(ghost)
  if (edits !== 1 || elsewhere || !textOf(current).startsWith(typed)) return null
  const suggestions = ghost.suggestions
    .filter((one) => textOf(one).startsWith(typed) && textOf(one).length > typed.length)
    .map((one) => without(one, typed.length))
  const index = suggestions.findIndex((one) => one.item === current.item)
  return index < 0 ? null : { pos: ghost.pos + typed.length, suggestions, index }
}

export const ghostField = StateField.define<Ghost | null>({
  create: () => null,
  update(ghost, tr) {
    for (const effect of tr.effects) if (effect.is(setGhost)) return effect.value
    if (!ghost) return null
    if (tr.docChanged) ghost = along(ghost, tr)
    if (!ghost) return null
    const { main } = tr.newSelection
    return main.empty && main.head === ghost.pos ? ghost : null
  },
  provide: (field) => EditorView.decorations.from(field, (ghost) => {
    if (!ghost) return Decoration.none
    return Decoration.set(Decoration.widget({ widget: new GhostWidget(chosen(ghost)), side: 1 }).range(ghost.pos))
  }),
})

export function ghostOf(state: EditorState): Ghost | null { return state.field(ghostField, false) ?? null }

// shade maps a probability to an opacity: paler where the model is less sure, and readable always.
export function shade(probability: number): number { return 0.75 + 0.25 * Math.min(1, Math.max(0, probability)) }

class GhostWidget extends WidgetType {
  constructor(private suggestion: Suggestion) { super() }

  eq(other: GhostWidget): boolean {
    const a = this.suggestion.pieces, b = other.suggestion.pieces
    return a.length === b.length && a.every((piece, i) => piece.text === b[i]!.text && piece.probability === b[i]!.probability)
  }

  toDOM(): HTMLElement {
    const dom = document.createElement("span")
    dom.className = "cm-ghost"
    dom.setAttribute("aria-hidden", "true") // it is announced apart, once it is whole
    this.draw(dom)
    return dom
  }

  // updateDOM keeps the pieces that are drawn already: a growing suggestion gets new elements at its end alone.
  updateDOM(dom: HTMLElement): boolean {
    this.draw(dom)
    return true
  }

  private draw(dom: HTMLElement): void {
    this.suggestion.pieces.forEach((piece, i) => {
      const span = (dom.children[i] as HTMLElement | undefined) ?? dom.appendChild(document.createElement("span"))
      if (span.textContent !== piece.text) span.textContent = piece.text
      span.style.opacity = shade(piece.probability).toFixed(2)
    })
    while (dom.children.length > this.suggestion.pieces.length) dom.lastChild!.remove()
  }

  get lineBreaks(): number { return (textOf(this.suggestion).match(/\n/g) ?? []).length }
  ignoreEvent(): boolean { return false }
}

// typeThrough inserts what is typed as it is where the ghost says the same, before brackets are closed by themselves:
// a closing bracket that nobody typed would part the text from the suggestion.
const typeThrough = Prec.highest(EditorView.inputHandler.of((view, from, to, text) => {
  const ghost = ghostOf(view.state)
  if (!ghost || from !== to || from !== ghost.pos || !textOf(chosen(ghost)).startsWith(text)) return false
  view.dispatch({ changes: { from, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.type", scrollIntoView: true })
  return true
}))

const theme = EditorView.baseTheme({
  ".cm-ghost": { color: "var(--ghost)", fontStyle: "italic", whiteSpace: "pre-wrap" },
})

export const ghostText = [ghostField, typeThrough, theme]

// nextWord returns the first word of a text with the blanks before it, or its first run of other characters.
export function nextWord(text: string): string {
  return /^\s*(?:[\p{L}\p{N}\p{M}_]+|[^\p{L}\p{N}\p{M}_\s]+)?/u.exec(text)![0]
}
