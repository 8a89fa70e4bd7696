// The page around the editor: buttons, settings, status line, announcements.
import type { Status } from "./connection"
import { Glass } from "./glass"
import { languages, plainText } from "./languages"
import type { Life } from "./life"
import { Playground } from "./playground"
import { loadKey, loadSettings, saveKey, saveSettings } from "./settings"
import type { CompletionList } from "./wire"

const settings = loadSettings()

function byId<T extends HTMLElement>(id: string): T { return document.getElementById(id) as T }

const connection = byId("connection"), outcome = byId("outcome"), notice = byId("notice"), live = byId("live")
const languageSelect = byId<HTMLSelectElement>("language")

const glass = new Glass(byId("glass"))

// quiet is how long nothing must happen, in ms, before a suggestion is read out: a screen reader that is fed at every
// keystroke says nothing whole.
const quiet = 600
let announcing = 0, countdown = 0

const playground = new Playground(byId("editor"), byId("tabs"), settings, {
  status: showStatus,
  notice: showNotice,
  announce(sentence) {
    window.clearTimeout(announcing)
    announcing = window.setTimeout(() => { live.textContent = sentence }, quiet)
  },
  life: showLife,
  answer: showAnswer,
  error(error) { outcome.textContent = error.reason === "loading" ? "The model is still loading" : error.message },
  busy(busy) { document.body.dataset.busy = String(busy) },
  languageIs(language) { languageSelect.value = language.id },
})

function showStatus(status: Status): void {
  connection.dataset.kind = status.kind
  if (status.kind === "ready") {
    const { model, tier } = status.capabilities.experimental.inkling
    connection.textContent = (model.name || "Connected, the model is loading") + (tier ? `, ${tier}` : "")
  } else if (status.kind === "connecting") connection.textContent = "Connecting"
  else if (status.kind === "waiting") connection.textContent = "Not connected; trying again by itself, your text is kept"
  else {
    connection.textContent = `Refused: ${status.message}`
    if (status.code === 4100) byId<HTMLDialogElement>("settings").showModal()
  }
}

function showNotice(sentence: string): void {
  notice.textContent = sentence
  notice.hidden = sentence === ""
}

const reasons: Record<string, string> = {
  filtered: "Nothing sure enough to show", unsupported: "This language or file is not supported", excluded: "This file is excluded",
  empty: "Nothing to add here", repeat: "The model only repeated itself", threshold: "Below your least confidence",
}

function showLife(life: Life): void {
  glass.show(life)
  if (life.outcome === "") outcome.textContent = life.deltas.length ? "" : "Thinking"
}

function showAnswer(list: CompletionList): void {
  window.clearInterval(countdown)
  const { why, retryAfterMs, timings, along, cached, confidence } = list.inkling
  if (list.items.length) {
    const from = along ? "typed along" : cached ? "from the cache" : `${timings.firstMs.toFixed(0)} ms to the first text`
    outcome.textContent = `${(confidence * 100).toFixed(0)} % sure, ${from}`
  } else if (why === "quota") countDown(Date.now() + (retryAfterMs ?? 0))
  else outcome.textContent = reasons[why ?? "empty"] ?? why ?? ""
}

// countDown says when there is something left of the quota again.
function countDown(until: number): void {
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000))
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    outcome.textContent = seconds ? `The quota is used up; more in ${clock}` : "The quota is free again"
    if (!seconds) window.clearInterval(countdown)
  }
  countdown = window.setInterval(tick, 1000)
  tick()
}

function fillLanguages(): void {
  for (const language of [...languages, plainText]) languageSelect.add(new Option(language.label, language.id))
  languageSelect.addEventListener("change", () => {
    const language = [...languages, plainText].find((one) => one.id === languageSelect.value)
    if (language) void playground.setLanguage(language)
  })
}

function wireFiles(): void {
  const input = byId<HTMLInputElement>("open"), host = byId("editor")
  input.addEventListener("change", () => {
    showNotice("")
    void playground.openFiles([...input.files ?? []]).then(() => { input.value = "" })
  })
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    host.classList.add("drop")
  })
  window.addEventListener("dragleave", () => host.classList.remove("drop"))
  window.addEventListener("drop", (event) => {
    host.classList.remove("drop")
    if (!carriesFiles(event)) return
    event.preventDefault()
    event.stopPropagation()
    showNotice("")
    void playground.openFiles([...event.dataTransfer!.files])
  }, true)
}

// wireActions makes the buttons that stand in for keys where there are none. They leave the cursor where it is.
function wireActions(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-action]")) {
    button.addEventListener("pointerdown", (event) => event.preventDefault())
    button.addEventListener("click", () => playground.actions[button.dataset.action!]!())
  }
}

function wireGlass(): void {
  const button = byId("glass-button")
  const show = () => {
    button.setAttribute("aria-pressed", String(settings.glass))
    glass.open(settings.glass)
  }
  button.addEventListener("click", () => {
    settings.glass = !settings.glass
    saveSettings(settings)
    show()
  })
  show()
}

function wireSettings(): void {
  const dialog = byId<HTMLDialogElement>("settings"), form = dialog.querySelector("form")!
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement
  byId("settings-button").addEventListener("click", () => dialog.showModal())
  for (const name of ["automatic", "multiline"] as const) {
    field(name).checked = settings[name]
    field(name).addEventListener("change", () => { settings[name] = field(name).checked; saveSettings(settings) })
  }
  for (const name of ["suggestions", "temperature", "threshold"] as const) {
    field(name).value = String(settings[name])
    field(name).addEventListener("change", () => {
      if (field(name).value === "" || !field(name).checkValidity()) { field(name).reportValidity(); return }
      settings[name] = field(name).valueAsNumber
      saveSettings(settings)
    })
  }
  field("key").value = loadKey()
  dialog.addEventListener("close", () => {
    if (field("key").value !== loadKey()) {
      saveKey(field("key").value)
      playground.connection.connect()
    }
    playground.view.focus()
  })
}

fillLanguages()
wireFiles()
wireSettings()
wireGlass()
wireActions()
window.addEventListener("online", () => { if (!playground.connection.isReady) playground.connection.connect() })
void playground.start()
