// The status bar item: one short word, with the rest in its tooltip.
import * as vscode from "vscode"
import type { Status as ConnectionStatus } from "../core/connection"
import type { Quota } from "../core/quota"

// thinkingAfter is how long, in ms, a request runs before the item says so: most are answered before, and it would flicker.
const thinkingAfter = 150

export interface View {
  address: string
  connection: ConnectionStatus
  enabled: boolean
  why: string // the active document gets no suggestions, because; "" where it gets some
  note: string // what the last answer said of itself, such as a quota that is used up; "" for nothing
  quota: Pick<Quota, "left" | "until" | "isScarce">
}

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("inkling.status", vscode.StatusBarAlignment.Right, 100)
  private view: View | null = null
  private said = "" // what the item shows
  private thinking = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private clock: ReturnType<typeof setTimeout> | undefined

  constructor() {
    this.item.name = "Inkling"
    this.item.command = "inkling.menu"
    this.item.show()
  }

  show(view: View): void {
    this.view = view
    this.draw()
  }

  busy(busy: boolean): void {
    if (!busy) {
      clearTimeout(this.timer)
      this.timer = undefined
      if (this.thinking) { this.thinking = false; this.draw() }
    } else this.timer ??= setTimeout(() => { this.thinking = true; this.draw() }, thinkingAfter)
  }

  dispose(): void {
    clearTimeout(this.timer)
    clearTimeout(this.clock)
    this.item.dispose()
  }

  private draw(): void {
    if (!this.view) return
    const words = describe(this.view, this.thinking, Date.now()), { icon, word, spoken, detail, warn } = words
    const said = JSON.stringify([words, this.view.address])
    if (said === this.said) return this.tick() // each key comes by, and the workbench would draw it again
    this.said = said
    this.item.text = `$(${icon}) Inkling${word && `: ${word}`}`
    this.item.tooltip = `${detail}\n${this.view.address}`
    this.item.accessibilityInformation = { label: `Inkling, ${word || spoken || "ready"}. ${detail}` }
    this.item.backgroundColor = warn ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined
    this.tick()
  }

  // tick draws again when the minutes of a quota have changed.
  private tick(): void {
    clearTimeout(this.clock)
    if (!this.view) return
    const { until } = this.view.quota
    if (until > Date.now()) this.clock = setTimeout(() => this.draw(), Math.min(60_000, until - Date.now()))
  }
}

// word stands in the bar where there is something to say; spoken is said in its place to those who cannot see the icon.
interface Words { icon: string; word: string; spoken?: string; detail: string; warn?: boolean }

// words of a refusal that a person can do something about.
const refused = { address: "bad address", key: "key needed", server: "no server", protocol: "other version", sessions: "too many sessions", origin: "refused", ended: "ended" }

function sentence(text: string): string { return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".") }

function describe({ connection, enabled, why, note, quota }: View, thinking: boolean, now: number): Words {
  if (!enabled) return { icon: "circle-slash", word: "off", detail: "Suggestions are turned off." }
  switch (connection.kind) {
    case "refused": return { icon: "warning", word: refused[connection.problem], detail: sentence(connection.message), warn: true }
    case "waiting": return { icon: "debug-disconnect", word: "offline", detail: `The server cannot be reached: ${connection.why}. It is tried again by itself.` }
    case "connecting": return { icon: "debug-disconnect", word: "connecting", detail: "Connecting to the server." }
    case "closed": return { icon: "circle-slash", word: "off", detail: "Not connected." }
    case "asleep": return { icon: "edit", word: "", detail: "Nothing was typed for long; the next key connects." }
    case "ready":
  }
  if (why) return { icon: "circle-slash", word: "not here", detail: `No suggestions in this file: ${why}.` }
  if (quota.until > now) {
    const minutes = Math.max(1, Math.ceil((quota.until - now) / 60_000))
    return { icon: "watch", word: `quota in ${minutes} min`, detail: `The quota is used up; there is more in ${minutes} min.` }
  }
  if (thinking) return { icon: "loading~spin", word: "", spoken: "thinking", detail: "A suggestion is on its way." }
  const { model, version, user, tier } = connection.server
  const who = user ? ` You are ${user}${tier && `, ${tier}`}.` : ""
  const left = quota.left ? ` ${quota.left.remaining} of ${quota.left.limit} suggestions left.` : ""
  return { icon: "edit", word: quota.left && quota.isScarce ? `${quota.left.remaining} left` : "", detail: `Ready: ${model || "the model is being loaded"}, server ${version}.${who}${left}${note && ` ${note}.`}` }
}
