// Typing without a detour: a typed character becomes a transaction at once. Left to itself the browser would first change the
// document's elements, which are then read back, laid out and compared; in a long line that costs more than the edit itself.
// Compositions, corrections and several cursors keep that way, which is right for them.
import { EditorSelection } from "@codemirror/state"
import { EditorView } from "@codemirror/view"

export const typing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data } = event, { state } = view
    if (event.inputType !== "insertText" || !data || !event.cancelable || event.isComposing || view.composing || view.compositionStarted) return false
    if (state.readOnly || state.selection.ranges.length !== 1 || data.includes("\n")) return false
    const { from, to } = state.selection.main
    const insert = () => state.update({
      changes: { from, to, insert: data }, selection: EditorSelection.cursor(from + data.length), userEvent: "input.type", scrollIntoView: true,
    })
    if (!state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert))) view.dispatch(insert())
    return true // which keeps the browser from doing it too
  },
})
