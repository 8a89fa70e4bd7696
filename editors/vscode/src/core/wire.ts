// What travels between the extension and the server: docs/protocol.md in TypeScript. Positions count UTF-16 code units.

export const protocolVersion = 1

export interface Position { line: number; character: number }
export interface Range { start: Position; end: Position }

// Change is one change of a document; without a range its text is the whole document.
export interface Change { range?: Range; text: string }

export interface CommandReference { title: string; command: string; arguments: { id: string; item: number }[] }

export interface Item {
  insertText: string
  range?: Range
  command: CommandReference
  inkling: { item: number; confidence: number; stopReason: string }
}

export interface Answer {
  id: string
  version: number
  confidence: number
  cached: boolean
  along: boolean
  stopReason?: string
  why?: string
  retryAfterMs?: number
  timings?: { firstMs: number; totalMs: number }
}

export interface CompletionList { items: Item[]; inkling: Answer }

export interface Delta { kind: string; item: number; text: string; confidence: number }

export interface SelectedCompletion { range: Range; text: string }

export interface Limits { frameBytes: number; documents: number; documentBytes: number; suggestions: number; tokens: number }

// Server is what initialize tells about the server.
export interface Server {
  version: string
  session: string
  user: string
  tier: string
  model: string
  limits: Limits
}

export const invoked = 1
export const automatic = 2

export const contentModified = -32801
export const requestCancelled = -32800
export const serverCancelled = -32802
export const invalidParams = -32602

export const closeRestart = 1012
export const closeIdle = 4001
// Close codes from here to 4999 mean: do not come back unchanged.
export const firstFinalClose = 4100
export const closeUnauthenticated = 4100
export const closeSessions = 4101

// WireError is the error of an answer. Code 0: the connection was lost, or there is none.
export class WireError extends Error {
  constructor(readonly code: number, message: string, readonly reason = "", readonly retryAfterMs = 0) {
    super(message)
  }
}
