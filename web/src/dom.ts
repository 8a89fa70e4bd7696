// Small makers of elements. Text is set as text: nothing becomes markup.

// add appends a new element with a text.
export function add<K extends keyof HTMLElementTagNameMap>(parent: HTMLElement, tag: K, text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.textContent = text
  return parent.appendChild(element)
}

// bar draws a part of a track, from and to in parts of its width.
export function bar(track: HTMLElement, from: number, to: number, kind = "bar"): void {
  const element = add(track, "i")
  element.className = kind
  element.style.left = `min(${(from * 100).toFixed(2)}%, 100% - 2px)`
  element.style.width = `${Math.max(0, (to - from) * 100).toFixed(2)}%`
}
