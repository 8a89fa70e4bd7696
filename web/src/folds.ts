// The gutter that folds. Its marks are those of the last tree: while a typed character waits to be parsed they move along.
import { codeFolding, foldEffect, foldable, foldedRanges, syntaxTree, unfoldEffect } from "@codemirror/language"
import { type EditorState, type Extension, type RangeSet, RangeSetBuilder } from "@codemirror/state"
import { type BlockInfo, type EditorView, GutterMarker, ViewPlugin, type ViewUpdate, gutter } from "@codemirror/view"
import { isBehind } from "./late"

class Mark extends GutterMarker {
  constructor(private open: boolean) { super() }

  eq(other: Mark): boolean { return this.open === other.open }

  toDOM(): HTMLElement {
    const dom = document.createElement("span")
    dom.textContent = this.open ? "⌄" : "›"
    dom.title = this.open ? "Fold line" : "Unfold line"
    return dom
  }
}

const canFold = new Mark(true), canUnfold = new Mark(false)

function foldedIn(state: EditorState, { from, to }: { from: number; to: number }) {
  let found: { from: number; to: number } | null = null
  foldedRanges(state).between(from, to, (from, to) => { if (!found || found.from > from) found = { from, to } })
  return found as { from: number; to: number } | null
}

const marks = ViewPlugin.fromClass(class {
  set: RangeSet<GutterMarker>

  constructor(view: EditorView) { this.set = marksOf(view) }

  update(update: ViewUpdate): void {
    const { state, startState, view } = update
    if (isBehind(state)) this.set = this.set.map(update.changes)
    else if (update.docChanged || update.viewportChanged || syntaxTree(state) !== syntaxTree(startState) || foldedRanges(state) !== foldedRanges(startState)) this.set = marksOf(view)
  }
})

function marksOf(view: EditorView): RangeSet<GutterMarker> {
  const builder = new RangeSetBuilder<GutterMarker>()
  for (const line of view.viewportLineBlocks) {
    const mark = foldedIn(view.state, line) ? canUnfold : foldable(view.state, line.from, line.to) ? canFold : null
    if (mark) builder.add(line.from, line.from, mark)
  }
  return builder.finish()
}

// turn folds what begins at a line, or unfolds it.
function turn(view: EditorView, line: BlockInfo): boolean {
  const folded = foldedIn(view.state, line), range = folded ?? foldable(view.state, line.from, line.to)
  if (range) view.dispatch({ effects: (folded ? unfoldEffect : foldEffect).of(range) })
  return range !== null
}

export const folds: Extension = [
  codeFolding(), marks,
  gutter({
    class: "cm-foldGutter", initialSpacer: () => canUnfold, domEventHandlers: { click: turn },
    markers: (view) => view.plugin(marks)!.set,
  }),
]
