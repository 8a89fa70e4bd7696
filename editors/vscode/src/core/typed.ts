// What an edit says about the one who edits: whether a person typed, where the cursor is then, and how much of a suggestion
// was taken.
import type { Change, Position } from "./wire"

// pairs are what editors close by themselves, with the cursor between the two.
const pairs = new Set(["()", "[]", "{}", "<>", "\"\"", "''", "``"])

// maxTyped is how long an inserted text may be and still count as typed: a character, or a line end with its indentation.
const maxTyped = 64

// cursorAfter returns where the cursor is after a change that a person typed; null where it does not look typed.
export function cursorAfter(change: Change): Position | null {
  const { range, text } = change
  if (!range || text.length > maxTyped || range.start.line !== range.end.line) return null
  const characters = [...text].length
  if (pairs.has(text)) return { line: range.start.line, character: range.start.character + 1 }
  if (/^\r?\n[ \t]*$/.test(text)) return { line: range.start.line + 1, character: text.length - text.lastIndexOf("\n") - 1 }
  if (characters > 1 || text.includes("\n")) return null
  if (characters === 0 && range.end.character - range.start.character > 1) return null
  return { line: range.start.line, character: range.start.character + text.length }
}

// endOf returns the position at the end of a text that was inserted at start.
export function endOf(start: Position, text: string): Position {
  const lines = text.split(/\r\n|\r|\n/)
  const last = lines[lines.length - 1]!
  return lines.length === 1 ? { line: start.line, character: start.character + last.length } : { line: start.line + lines.length - 1, character: last.length }
}

// Shown is a suggestion that is shown: the text from a place on.
export interface Shown {
  token: number
  item: number
  position: Position
  text: string // what is left of it
  taken: number // UTF-16 units that were typed or accepted already
}

// follow returns what is left of a suggestion after a change, and how much the change took at once; null where the change is
// something else, or all of it.
export function follow(shown: Shown, change: Change): { left: Shown | null; took: number } {
  const { range, text } = change
  const atEnd = range && range.end.line === shown.position.line && range.end.character === shown.position.character
  if (!atEnd || range.start.line !== range.end.line || range.start.character !== range.end.character) return { left: null, took: 0 }
  const plain = text.replaceAll("\r\n", "\n")
  if (plain === "" || !shown.text.startsWith(plain)) return { left: null, took: 0 }
  const left = { ...shown, position: endOf(shown.position, plain), text: shown.text.slice(plain.length), taken: shown.taken + plain.length }
  return { left: left.text === "" ? null : left, took: plain.length }
}
