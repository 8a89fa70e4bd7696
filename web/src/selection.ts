// The browser's selection, at a frame's pace. An editor reads the selection after each change of its text and writes it again,
// and Chromium lays the page out for either, with the frame's own layout still to come. So while a typed character is
// dispatched what was read before stands in for it, and what is written then reaches the browser with the next frame, or as soon
// as anything but plain typing could look at it.
//
//   - While something waits to be written, it is what is read: the browser's own is older. Otherwise the browser's is.
//   - It is written before any event of a key that types no text, of a pointer, the clipboard or a composition is handled, and
//     not at all where the editor has lost the focus.
//   - Browsers whose shadow roots have no selection of their own (Firefox, Safari) are left as they are.

interface Ends { anchorNode: Node | null; anchorOffset: number; focusNode: Node | null; focusOffset: number }

const ends: PropertyKey[] = ["anchorNode", "anchorOffset", "focusNode", "focusOffset"]

// early are the events before which the browser must have the selection.
const early = ["keydown", "beforeinput", "compositionstart", "pointerdown", "mousedown", "touchstart", "contextmenu", "copy", "cut", "paste", "dragstart", "drop"]

const pacers = new WeakMap<object, (dispatch: () => void) => void>()

// paced runs what dispatches a typed character into an editor below root.
export function paced(root: object, dispatch: () => void): void {
  const pacer = pacers.get(root)
  if (pacer) pacer(dispatch)
  else dispatch()
}

// paceSelection makes root.getSelection answer with a selection that can be paced.
export function paceSelection(root: ShadowRoot & { getSelection?(): Selection | null }): void {
  const own = root.getSelection?.bind(root)
  if (!own) return
  let known: Ends | null = null // what is read while it is not null
  let waiting = false // to be written
  const write = () => {
    if (!waiting || !known) return
    const { anchorNode: node, anchorOffset: offset } = known
    waiting = false
    known = null
    if (root.activeElement && node?.isConnected && offset <= (node.nodeValue ?? node.childNodes).length) own()?.collapse(node, offset)
  }
  const collapse = (node: Node | null, offset = 0) => {
    known = { anchorNode: node, anchorOffset: offset, focusNode: node, focusOffset: offset }
    if (!waiting) requestAnimationFrame(write)
    waiting = true
  }
  const selection = new Proxy({} as Selection, {
    get(_, name) {
      if (known && ends.includes(name)) return known[name as keyof Ends]
      if (known && name === "collapse") return collapse
      write()
      const real = own() as unknown as Record<PropertyKey, unknown> | null, value = real?.[name]
      return typeof value === "function" ? value.bind(real) : value
    },
    set(_, name, value) {
      write()
      return Reflect.set(own()!, name, value)
    },
    has: (_, name) => Reflect.has(own()!, name),
  })
  root.getSelection = () => selection
  pacers.set(root, (dispatch) => {
    if (!known) {
      const real = own()
      known = { anchorNode: real?.anchorNode ?? null, anchorOffset: real?.anchorOffset ?? 0, focusNode: real?.focusNode ?? null, focusOffset: real?.focusOffset ?? 0 }
    }
    try { dispatch() } finally { if (!waiting) known = null }
  })
  for (const name of early) window.addEventListener(name, (event) => { if (!typesText(event)) write() }, true)
}

// typesText reports whether an event is one of a key that types a character and does nothing else.
function typesText(event: Event): boolean {
  if (event instanceof KeyboardEvent) return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing
  return event instanceof InputEvent && event.inputType === "insertText" && !event.isComposing
}
