// Settings stay in local storage. The key is kept for the tab's life only, unless the user says otherwise.
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

// stored reads and writes the key in one storage. Where storage is refused there is no key there.
function stored(storage: () => Storage, key?: string): string {
  try {
    if (key) storage().setItem(keyName, key)
    else if (key === "") storage().removeItem(keyName)
    return storage().getItem(keyName) ?? ""
  } catch { return "" }
}

export function loadKey(): string { return stored(() => sessionStorage) || stored(() => localStorage) }

// isKept reports whether the key outlives the tab.
export function isKept(): boolean { return stored(() => localStorage) !== "" }

// saveKey keeps a key until the tab is closed, or, where keep says so, in this browser; "" forgets it.
export function saveKey(key: string, keep = isKept()): void {
  stored(() => sessionStorage, keep ? "" : key)
  stored(() => localStorage, keep ? key : "")
}
