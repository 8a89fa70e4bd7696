// How many suggestions are left: asked for after the session began, and after answers, but not often.
import type { Link } from "./asker"
import { type Answer, WireError } from "./wire"

// askEvery is how often, in ms, the server is asked at most.
const askEvery = 30_000

// scarce is the part of the limit from which on it is worth a word.
const scarce = 0.1

export class Quota {
  left: { limit: number; remaining: number } | null = null // null: not known, or there is no limit
  until = 0 // the time, in ms, when there is more; 0 where there is some left
  private askedAt = 0
  private unknown = false

  constructor(private readonly link: Pick<Link, "request">, private readonly onChange: () => void) {}

  // begin forgets what another session said, and asks.
  begin(): void {
    this.left = null
    this.until = 0
    this.askedAt = 0
    this.unknown = false
    this.ask()
  }

  // answered takes note of an answer.
  answered({ why, retryAfterMs }: Answer): void {
    this.until = why === "quota" ? Date.now() + (retryAfterMs ?? 60_000) : 0
    this.ask()
  }

  // isScarce reports whether there is little left.
  get isScarce(): boolean { return this.left !== null && this.left.remaining < this.left.limit * scarce }

  private ask(): void {
    const now = Date.now()
    if (this.unknown || (this.askedAt && now - this.askedAt < askEvery)) return
    this.askedAt = now
    this.link.request<{ limit: number; remaining: number }>("inkling/quota", {}).then(({ limit, remaining }) => {
      this.left = { limit, remaining }
      this.onChange()
    }, (error: unknown) => { if (error instanceof WireError && error.code !== 0) this.unknown = true })
  }
}
