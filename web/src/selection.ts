// The browser's selection, at a frame's pace. An editor writes the selection after each change of its text and reads it before, and
// Chromium lays the page out for either: twice a key, with the frame's own layout still to come. Here what was written is
// remembered, and reaches the browser with the next frame, or as soon as anything but plain typing could look at it.
//
//   - While something waits to be written, it is what is read: the browser's own is older.
//   - It is written before any event of a key that types no text, of a pointer, the clipboard or a composition is handled.
//   - Browsers whose shadow roots have no selection of their own (Firefox, Safari) are left as they are.

interface Ends { anchorNode: Node | null; anchorOffset: number; focusNode: Node | null; focusOffset: number }

const ends = ["anchorNode", "anchorOffset", "focusNode", "focusOffset"] as const

// early are the events before which the browser must have the selection.
const early = ["keydown", "beforeinput", "compositionstart", "pointerdown", "mousedown", "touchstart", "contextmenu", "focusin", "focusout", "copy", "cut", "paste", "dragstart", "drop"]

type SelectingRoot = ShadowRoot & { getSelection?(): Selection | null }

// paceSelection makes root.getSelection answer with a selection that is written once a frame.
export function paceSelection(root: SelectingRoot): void {
  const own = root.getSelection?.bind(root)
  if (!own) return
  let known: Ends | null = null // what the browser has, or will have; null: it must be asked
  let waiting = false
  const read = (): Ends => {
    if (known) return known
    const selection = own()
    return known = { anchorNode: selection?.anchorNode ?? null, anchorOffset: selection?.anchorOffset ?? 0, focusNode: selection?.focusNode ?? null, focusOffset: selection?.focusOffset ?? 0 }
  }
  const write = () => {
    if (!waiting || !known) return
    waiting = false
    const { anchorNode, anchorOffset } = known
    if (anchorNode?.isConnected && anchorOffset <= (anchorNode.nodeValue ?? anchorNode.childNodes).length) own()?.collapse(anchorNode, anchorOffset)
  }
  const collapse = (node: Node | null, offset = 0) => {
    known = { anchorNode: node, anchorOffset: offset, focusNode: node, focusOffset: offset }
    if (!waiting) requestAnimationFrame(write)
    waiting = true
  }
  const selection = new Proxy({} as Selection, {
    get(_, name) {
      if (name === "collapse") return collapse
      if (ends.includes(name as keyof Ends)) return read()[name as keyof Ends]
      write()
      const real = own() as unknown as Record<PropertyKey, unknown>, value = real[name]
      if (typeof value !== "function") return value
      known = null
      return value.bind(real)
    },
    set(_, name, value) {
      write()
      return Reflect.set(own()!, name, value)
    },
    has: (_, name) => Reflect.has(own()!, name),
  })
  root.getSelection = () => selection
  document.addEventListener("selectionchange", () => { if (!waiting) known = null }, true)
  for (const name of early) window.addEventListener(name, (event) => {
    if (typesText(event)) return
    write()
    known = null
  }, true)
}

// typesText reports whether an event is one of a key that types a character and does nothing else.
function typesText(event: Event): boolean {
  if (event instanceof KeyboardEvent) return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing
  return event instanceof InputEvent && event.inputType === "insertText" && !event.isComposing
}
