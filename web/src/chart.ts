// A chart of the last values of one figure, as a line with its newest and its middle value in words.

const kept = 60 // values
const width = 340, height = 56 // of the drawing's own units
const svg = "http://www.w3.org/2000/svg"

export class Chart {
  readonly element = document.createElement("figure")
  private readonly caption = document.createElement("figcaption")
  private readonly line = document.createElementNS(svg, "polyline")
  private readonly drawing = document.createElementNS(svg, "svg")
  private values: number[] = []

  constructor(private name: string, private unit: string) {
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`)
    this.drawing.setAttribute("preserveAspectRatio", "none")
    this.drawing.setAttribute("aria-hidden", "true") // the caption says the same
    this.drawing.append(this.line)
    this.element.append(this.caption, this.drawing)
    this.draw()
  }

  push(value: number): void {
    this.values.push(value)
    if (this.values.length > kept) this.values.shift()
  }

  draw(): void {
    const { values } = this
    if (!values.length) { this.caption.textContent = `${this.name}: nothing yet`; return }
    const top = Math.max(...values) || 1, middle = [...values].sort((a, b) => a - b)[values.length >> 1]!
    this.caption.textContent = `${this.name}: ${values.at(-1)!.toFixed(0)}${this.unit && " " + this.unit}, median ${middle.toFixed(0)} of ${values.length}`
    const points = values.map((value, i) => {
      const x = values.length === 1 ? width : (i / (values.length - 1)) * width
      return `${x.toFixed(1)},${(height - 3 - (value / top) * (height - 6)).toFixed(1)}`
    })
    if (points.length === 1) points.unshift(points[0]!.replace(/^[^,]+/, "0"))
    this.line.setAttribute("points", points.join(" "))
  }
}
