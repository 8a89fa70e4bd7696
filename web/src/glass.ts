// The glass shows the life of the last keystroke: a timeline, where its prompt came from, its tokens, and the figures of
// the last requests. It draws once a frame at most, and nothing while it is closed.
import { Chart } from "./chart"
import { add, bar } from "./dom"
import { shade } from "./ghost"
import type { Life } from "./life"

// Step is one row of the timeline, in ms since the key.
interface Step { name: string; from: number; to: number; marks?: number[] }

const outcomes: Record<string, string> = {
  "": "running", shown: "shown", filtered: "held back: not sure enough", quota: "the quota is used up", unsupported: "not supported here",
  excluded: "the file is excluded", empty: "nothing to add", repeat: "it only repeated itself", superseded: "ended: a newer edit came",
  stale: "thrown away: the text is newer", threshold: "below your least confidence", loading: "the model is loading", offline: "the connection was lost",
}

export class Glass {
  private life: Life | null = null
  private scheduled = false
  private readonly figures: HTMLElement
  private readonly firstText = new Chart("Time to first text", "ms")
  private readonly rate = new Chart("Tokens a second", "")
  private along = 0
  private cached = 0
  private answers = 0

  constructor(private host: HTMLElement) {
    host.tabIndex = 0 // it scrolls, so the keyboard must reach it
    host.setAttribute("role", "region")
    this.figures = add(host, "div")
    add(host, "h2", "The last requests")
    host.append(this.firstText.element, this.rate.element)
  }

  open(is: boolean): void {
    this.host.hidden = !is
    this.schedule()
  }

  // show takes in what has become of a keystroke.
  show(life: Life): void {
    if (life.answer && !life.counted) this.count(life)
    if (this.life && life.keyAt < this.life.keyAt) return // an older one's end
    this.life = life
    this.schedule()
  }

  private count(life: Life): void {
    const { answer } = life
    if (!answer) return
    life.counted = true
    this.answers++
    if (answer.along) this.along++
    if (answer.cached) this.cached++
    if (!life.deltas.length) return
    this.firstText.push(life.deltas[0]!.at - life.askedAt)
    const { completionTokens, totalMs, firstTokenMs } = answer.timings
    if (completionTokens > 1 && totalMs > firstTokenMs) this.rate.push(((completionTokens - 1) * 1000) / (totalMs - firstTokenMs))
  }

  private schedule(): void {
    if (this.scheduled || this.host.hidden) return
    this.scheduled = true
    requestAnimationFrame(() => {
      this.scheduled = false
      this.draw()
    })
  }

  private draw(): void {
    const { life } = this
    this.figures.replaceChildren()
    add(this.figures, "h2", "The last keystroke")
    if (!life) { add(this.figures, "p", "Type something."); return }
    add(this.figures, "p", `Version ${life.version || "not asked"}: ${outcomes[life.outcome] ?? life.outcome}`).className = "outcome"
    this.drawTimeline(stepsOf(life))
    this.drawPrompt(life)
    this.drawTokens(life)
    this.firstText.draw()
    this.rate.draw()
  }

  private drawTimeline(steps: Step[]): void {
    const list = add(this.figures, "ol")
    list.className = "timeline"
    const end = Math.max(1, ...steps.map((step) => step.to))
    for (const step of steps) {
      const row = add(list, "li")
      add(row, "span", step.name)
      const track = add(row, "span")
      track.className = "track"
      bar(track, step.from / end, step.to / end)
      for (const mark of step.marks ?? []) bar(track, mark / end, mark / end, "mark")
      add(row, "span", step.to > step.from ? `${(step.to - step.from).toFixed(1)} ms` : `at ${step.to.toFixed(1)}`).className = "value"
    }
  }

  private drawPrompt(life: Life): void {
    const timings = life.answer?.timings
    if (life.editSize) add(this.figures, "p", `The edit was sent in ${life.editSize} characters, not as a file.`)
    if (timings?.promptTokens) {
      const track = add(this.figures, "div")
      track.className = "track prompt"
      bar(track, 0, timings.reusedTokens / timings.promptTokens, "reused")
      bar(track, timings.reusedTokens / timings.promptTokens, 1, "computed")
      add(this.figures, "p", `Prompt of ${timings.promptTokens} tokens: ${timings.reusedTokens} reused, ${timings.computedTokens} computed.`)
    } else if (life.answer?.along) add(this.figures, "p", "Typed along: nothing was computed.")
    else if (life.answer?.cached) add(this.figures, "p", "From the cache: nothing was computed.")
    add(this.figures, "p", `Of ${this.answers} answers, ${this.along} typed along, ${this.cached} from the cache.`)
  }

  private drawTokens(life: Life): void {
    const first = life.deltas.filter((delta) => delta.item === life.deltas[0]?.item)
    if (!first.length) return
    add(this.figures, "h3", "What was sent, and how sure")
    const list = add(this.figures, "ul")
    list.className = "tokens"
    for (const { text, probability } of first) {
      const row = add(list, "li")
      add(row, "code", visible(text)).style.opacity = shade(probability).toFixed(2)
      add(row, "span", `${(probability * 100).toFixed(0)} %`)
    }
  }
}

// visible shows blanks that would not be seen.
function visible(text: string): string { return text.replace(/ /g, "·").replace(/\n/g, "↵").replace(/\t/g, "→") }

// stepsOf returns the rows of a life's timeline. The server's own times are laid from the moment the request was sent.
export function stepsOf(life: Life): Step[] {
  const at = (time: number) => Math.max(0, time - life.keyAt)
  const steps: Step[] = []
  if (life.sentAt) steps.push({ name: "Edit sent", from: 0, to: at(life.sentAt) })
  const asked = at(life.askedAt || life.sentAt), timings = life.answer?.timings
  if (timings && timings.promptTokens) {
    const built = asked + timings.windowMs, queued = built + timings.queueMs, first = built + timings.firstTokenMs
    steps.push({ name: "Window", from: asked, to: built })
    steps.push({ name: "Queue", from: built, to: queued })
    steps.push({ name: "Prompt", from: queued, to: queued + timings.prefillMs })
    if (timings.firstTokenMs) steps.push({ name: "First token", from: built, to: first })
  }
  const [start] = life.deltas, end = life.deltas.at(-1)
  if (start && end) {
    steps.push({ name: "Last token", from: at(start.at), to: at(end.at), marks: life.deltas.map((delta) => at(delta.at)) })
    if (life.answeredAt) steps.push({ name: "Finishing", from: at(end.at), to: at(Math.max(life.answeredAt, end.at)) })
  }
  if (life.drawnAt && start) steps.push({ name: "Shown", from: at(start.at), to: at(life.drawnAt) })
  else if (life.answeredAt) steps.push({ name: life.outcome === "shown" ? "Shown" : "Not shown", from: at(life.answeredAt), to: at(life.answeredAt) })
  return steps
}
