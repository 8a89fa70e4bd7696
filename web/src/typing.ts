// Typing without a detour: a typed character becomes a transaction at once. Left to itself the browser would first change the
// document's elements, which are then read back, laid out and compared; in a long line that costs more than the edit itself.
// Compositions, corrections and several cursors keep that way, which is right for them.
import { EditorSelection, type EditorState } from "@codemirror/state"
import { EditorView } from "@codemirror/view"
import { parseNow, typeLate } from "./late"
import { paced } from "./selection"

export const typing = [
  EditorView.domEventHandlers({
    beforeinput(event, view) {
      const { data } = event, { state } = view
      if (event.inputType !== "insertText" || !data || !event.cancelable || event.isComposing || view.composing || view.compositionStarted) return false
      if (state.readOnly || state.selection.ranges.length !== 1 || data.includes("\n")) return false
      if (!/^[\p{L}\p{N}\p{M}_ .,=]*$/u.test(data)) parseNow(view) // brackets and quotes are closed by what the tree says
      const dispatch = () => paced(view.root, () => type(view, data))
      if (indents(view.state, data)) dispatch()
      else typeLate(view, dispatch)
      return true // which keeps the browser from doing it too
    },
  }),
  EditorView.domEventObservers({ keydown(event, view) { if (event.key.length > 1) parseNow(view) } }),
]

// type dispatches a text as typed at the cursor.
function type(view: EditorView, text: string): void {
  const { state } = view, { from, to } = state.selection.main
  const insert = () => state.update({
    changes: { from, to, insert: text }, selection: EditorSelection.cursor(from + text.length), userEvent: "input.type", scrollIntoView: true,
  })
  if (!state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert())
}

// indents reports whether a typed text makes its line one that is indented anew, as the language's rules have it.
function indents(state: EditorState, text: string): boolean {
  const { head } = state.selection.main, before = state.sliceDoc(state.doc.lineAt(head).from, head) + text
  return state.languageDataAt<RegExp>("indentOnInput", head).some((rule) => rule.test(before))
}
