// What travels between the page and the server: docs/protocol.md in TypeScript. Positions count UTF-16 code units.

export interface Position { line: number; character: number }
export interface Range { start: Position; end: Position }
export interface Change { range: Range; text: string }

export interface CompleteOptions {
  maxSuggestions: number
  temperature: number
  multiline: boolean
}

export interface Timings {
  firstMs: number
  totalMs: number
  windowMs: number
  queueMs: number
  prefillMs: number
  firstTokenMs: number
  promptTokens: number
  reusedTokens: number
  computedTokens: number
  completionTokens: number
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
  timings: Timings
}

export interface Item {
  insertText: string
  range: Range
  command: { title: string; command: string; arguments: { id: string; item: number }[] }
  inkling: { item: number; confidence: number; stopReason: string }
}

export interface CompletionList { items: Item[]; inkling: Answer }

export interface Delta { kind: "delta"; item: number; text: string; confidence: number }

export interface Model { name: string; contextTokens: number; maxTokens: number; fillInMiddle: boolean }

export interface Limits { documents: number; documentBytes: number; sessionBytes: number; suggestions: number; temperature: number }

export interface Capabilities {
  positionEncoding: string
  experimental: { inkling: { session: string; user?: string; tier?: string; model: Model; limits: Limits } }
}

export const invoked = 1
export const automatic = 2

export const contentModified = -32801
export const requestCancelled = -32800
export const serverCancelled = -32802

// Close codes from here to 4999 mean: do not come back unchanged.
export const firstFinalClose = 4100
export const closeRestart = 1012 // the server comes back at once
export const closeUnauthenticated = 4100

// WireError is the error of an answer.
export class WireError extends Error {
  constructor(readonly code: number, message: string, readonly reason = "", readonly retryAfterMs = 0) {
    super(message)
  }
}
