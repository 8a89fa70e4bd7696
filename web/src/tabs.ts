// Tabs are the open documents: each with its editor state, its language and its mirror at the server. One is current.
import type { EditorState } from "@codemirror/state"
import type { Language } from "./languages"
import type { Mirror } from "./mirror"

export interface Tab {
  name: string
  sample: boolean // one of the page's own
  language: Language
  lineEnd: string
  state: EditorState // while the tab is not current; the view has the current one's
  mirror: Mirror
}

export class Tabs {
  readonly all: Tab[] = []
  current: Tab | null = null

  constructor(private bar: HTMLElement, private choose: (tab: Tab) => void, private close: (tab: Tab) => void) {}

  byUri(uri: string): Tab | undefined { return this.all.find((tab) => tab.mirror.uri === uri) }

  add(tab: Tab): void { this.all.push(tab) }

  // remove returns the tab that stands in its place.
  remove(tab: Tab): Tab | undefined {
    const at = this.all.indexOf(tab)
    this.all.splice(at, 1)
    return this.all[Math.min(at, this.all.length - 1)]
  }

  draw(): void {
    this.bar.replaceChildren(...this.all.map((tab) => this.element(tab)))
    this.bar.querySelector(".current")?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  private element(tab: Tab): HTMLElement {
    const element = document.createElement("span")
    element.className = tab === this.current ? "tab current" : "tab"
    element.dataset.language = tab.language.id
    const name = document.createElement("button")
    name.type = "button"
    name.textContent = tab.name
    if (tab === this.current) name.setAttribute("aria-current", "true")
    name.addEventListener("click", () => this.choose(tab))
    element.append(name)
    if (this.all.length > 1) {
      const close = document.createElement("button")
      close.type = "button"
      close.textContent = "×"
      close.setAttribute("aria-label", `Close ${tab.name}`)
      close.addEventListener("click", () => this.close(tab))
      element.append(close)
    }
    return element
  }
}
