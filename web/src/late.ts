// Parsing that waits for the paint. A typed character must stand on the page with the next frame; its colour may come a moment
// later. So while typing.ts makes its transaction the language's parser gives a tree of no length, on which the colours that
// are there move along with the text, and the text is parsed when the frame is done.
//
//   - Only what typing.ts says is parsed late. Every other transaction has its tree at once, as ever.
//   - What looks at the tree to decide something (indentation, brackets, quotes) calls parseNow first.
import { Language, LanguageSupport, forceParsing, syntaxTree } from "@codemirror/language"
import type { EditorState } from "@codemirror/state"
import type { EditorView } from "@codemirror/view"
import { type Input, type NodeType, Parser, type PartialParse, Tree, type TreeFragment } from "@lezer/common"

// soon is how long a parse may wait for an idle moment, most is how long it may take at once, in ms; the rest comes later.
const soon = 50, most = 20

let late = false
const waiting = new WeakSet<EditorView>()

class LateParser extends Parser {
  private top: NodeType | null = null // of the last tree: colours are moved only below the same one

  constructor(private parser: Parser) { super() }

  createParse(input: Input, fragments: readonly TreeFragment[], ranges: readonly { from: number; to: number }[]): PartialParse {
    const { top } = this
    if (late && top) return { parsedPos: 0, stoppedAt: null, stopAt() {}, advance: () => new Tree(top, [], [], 0) }
    const parse = this.parser.startParse(input, fragments, ranges), keep = (tree: Tree | null) => {
      if (tree) this.top = tree.type
      return tree
    }
    return {
      get parsedPos() { return parse.parsedPos },
      get stoppedAt() { return parse.stoppedAt },
      stopAt: (pos) => parse.stopAt(pos),
      advance: () => keep(parse.advance()),
    }
  }
}

// parsedLate returns a language that is parsed after the paint where typing asks for it.
export function parsedLate({ language, support }: LanguageSupport): LanguageSupport {
  return new LanguageSupport(new Language(language.data, new LateParser(language.parser), [], language.name), support)
}

// typeLate runs what dispatches a typed character, and has its parse done after the next frame.
export function typeLate(view: EditorView, dispatch: () => void): void {
  late = true
  try { dispatch() } finally { late = false }
  if (waiting.has(view) || !isBehind(view.state)) return
  waiting.add(view)
  requestAnimationFrame(() => {
    const parse = () => parseNow(view)
    if (window.requestIdleCallback) window.requestIdleCallback(parse, { timeout: soon })
    else window.setTimeout(parse)
  })
}

// parseNow parses what waits to be.
export function parseNow(view: EditorView): void {
  if (!waiting.delete(view) || !isBehind(view.state)) return
  forceParsing(view, view.state.doc.length, most)
}

// isBehind reports whether a state's tree waits to be made.
export function isBehind(state: EditorState): boolean {
  const tree = syntaxTree(state)
  return tree.length === 0 && !tree.type.isAnonymous && state.doc.length > 0
}
