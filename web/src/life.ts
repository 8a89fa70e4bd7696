// Life is what became of one keystroke. Times are those of performance.now(), in ms; 0 has not happened.
import type { Answer } from "./wire"

export interface Life {
  keyAt: number
  editSize: number // of the didChange message, in characters
  sentAt: number
  askedAt: number
  version: number
  deltas: { at: number; item: number; text: string; probability: number }[]
  drawnAt: number
  answeredAt: number
  answer: Answer | null
  counted: boolean // among the figures of the glass
  outcome: string // "" while it runs, "shown", or why not
}

export function newLife(keyAt: number): Life {
  return { keyAt, editSize: 0, sentAt: 0, askedAt: 0, version: 0, deltas: [], drawnAt: 0, answeredAt: 0, answer: null, counted: false, outcome: "" }
}
