// Reads the cases of docs/protocol.md.
import { readFileSync } from "node:fs"

export interface Message { id?: unknown; method?: string; params?: Record<string, unknown>; result?: unknown; error?: { code: number; message: string; data?: object } }

export type Line =
  | { kind: "sent"; message: Message }
  | { kind: "received"; message: Message }
  | { kind: "close"; code: number }
  | { kind: "other"; text: string } // what a model does, settings of a server, frames that are no messages

export interface Case { name: string; lines: Line[] }

// readCases returns the cases, each with those that it names as played before it in front.
export function readCases(path: string): Case[] {
  const bodies = new Map<string, string[]>()
  for (const [, name, body] of readFileSync(path, "utf8").matchAll(/^```session ([^:\n]+):[^\n]*\n(.*?)^```$/gmsu)) {
    bodies.set(name!, body!.split("\n").filter((line) => line !== ""))
  }
  const linesOf = (name: string): Line[] => bodies.get(name)!.flatMap((line) => {
    const earlier = /^after (.+)$/.exec(line)
    return earlier ? linesOf(earlier[1]!) : [lineOf(line)]
  })
  return [...bodies.keys()].map((name) => ({ name, lines: linesOf(name) }))
}

function lineOf(line: string): Line {
  const close = /^<-- close (\d+)$/.exec(line)
  if (close) return { kind: "close", code: Number(close[1]) }
  if (line.startsWith("--> {")) return { kind: "sent", message: JSON.parse(line.slice(4)) as Message }
  if (line.startsWith("<-- {")) return { kind: "received", message: JSON.parse(line.slice(4)) as Message }
  return { kind: "other", text: line }
}

// fill puts values where a case has "…", which stands for any: those of like, where it has one.
export function fill(pattern: unknown, like: unknown): unknown {
  if (pattern === "…") return like ?? "any"
  if (Array.isArray(pattern)) return pattern.map((one, i) => fill(one, Array.isArray(like) ? like[i] ?? like[0] : undefined))
  if (typeof pattern !== "object" || pattern === null) return pattern
  const base = typeof like === "object" && like !== null && !Array.isArray(like) ? like as Record<string, unknown> : {}
  const out: Record<string, unknown> = {}
  const open = "…" in pattern
  if (open) Object.assign(out, base)
  for (const [key, value] of Object.entries(pattern)) if (key !== "…") out[key] = fill(value, base[key])
  return out
}
