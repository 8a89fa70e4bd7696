// Settings stay in local storage. The key does not: it is kept for the tab's life only.
export interface Settings {
  automatic: boolean // suggest while typing
  suggestions: number // how many when asked for by hand
  temperature: number
  multiline: boolean
  threshold: number // automatic suggestions whose first stretch is less sure are not drawn
  glass: boolean
}

const defaults: Settings = { automatic: true, suggestions: 3, temperature: 0, multiline: true, threshold: 0, glass: false }
const name = "inkling.settings"
const keyName = "inkling.key"

// within returns value where it is a number in the range, otherwise other.
function within(value: unknown, low: number, high: number, other: number): number {
  return typeof value === "number" && value >= low && value <= high ? value : other
}

export function loadSettings(): Settings {
  let kept: Partial<Record<keyof Settings, unknown>> = {}
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(name) ?? "{}")
    if (parsed && typeof parsed === "object") kept = parsed
  } catch { /* not ours, or storage is refused: the defaults serve */ }
  const flag = (key: "automatic" | "multiline" | "glass") => typeof kept[key] === "boolean" ? kept[key] as boolean : defaults[key]
  return {
    automatic: flag("automatic"),
    multiline: flag("multiline"),
    glass: flag("glass"),
    suggestions: Math.round(within(kept.suggestions, 1, 8, defaults.suggestions)),
    temperature: within(kept.temperature, 0, 2, defaults.temperature),
    threshold: within(kept.threshold, 0, 1, defaults.threshold),
  }
}

export function saveSettings(settings: Settings): void {
  try { localStorage.setItem(name, JSON.stringify(settings)) } catch { /* storage is refused: they hold until the page goes */ }
}

export function loadKey(): string {
  try { return sessionStorage.getItem(keyName) ?? "" } catch { return "" }
}

export function saveKey(key: string): void {
  try { sessionStorage.setItem(keyName, key) } catch { /* as above */ }
}
