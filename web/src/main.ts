// The page around the editor: buttons, settings, status line, announcements.
import { ApiError, api } from "./api"
import type { Status } from "./connection"
import { Glass } from "./glass"
import { type Listed, learn, languages, plainText } from "./languages"
import type { Life } from "./life"
import { Playground } from "./playground"
import { isKept, loadKey, loadSettings, saveKey, saveSettings } from "./settings"
import type { CompletionList } from "./wire"

const settings = loadSettings()

function byId<T extends HTMLElement>(id: string): T { return document.getElementById(id) as T }

const connection = byId("connection"), outcome = byId("outcome"), notice = byId("notice"), live = byId("live")
const languageSelect = byId<HTMLSelectElement>("language")

const glass = new Glass(byId("glass"))

// quiet is how long nothing must happen, in ms, before a suggestion is read out: a screen reader that is fed at every
// keystroke says nothing whole.
const quiet = 600
// patience is how long nothing is said of a request, in ms: a word that comes and goes with each key says nothing either.
const patience = 200
// lookAgain is the time between looks at a model that loads, in ms.
const lookAgain = 500
let announcing = 0, countdown = 0, thinking = 0, loading = 0

// say shows what has become of the last request. An element that has the text already is left alone: it need not be laid out.
function say(sentence: string): void { if (outcome.textContent !== sentence) outcome.textContent = sentence }

const playground = new Playground(byId("editor"), byId("tabs"), settings, {
  status: showStatus,
  notice: showNotice,
  announce(sentence) {
    window.clearTimeout(announcing)
    announcing = window.setTimeout(() => { live.textContent = sentence }, quiet)
  },
  life: showLife,
  answer: showAnswer,
  error(error) { say(error.reason === "loading" ? "The model is still loading" : error.message) },
  busy(busy) { if (document.body.dataset.busy !== String(busy)) document.body.dataset.busy = String(busy) },
  languageIs(language) {
    languageSelect.value = language.id
    say(language === plainText ? "Plain text: the server knows no more of this file than its words" : "")
  },
})

function showStatus(status: Status): void {
  connection.dataset.kind = status.kind
  window.clearTimeout(loading)
  if (status.kind === "ready") {
    const { model, tier } = status.capabilities.experimental.inkling
    showModel(model.name, tier)
    void askLanguages()
  } else if (status.kind === "connecting") connection.textContent = "Connecting"
  else if (status.kind === "waiting") connection.textContent = "Not connected; trying again by itself, your text is kept"
  else {
    connection.textContent = `Refused: ${status.message}`
    if (status.code === 4100) byId<HTMLDialogElement>("settings").showModal()
  }
}

// showModel names the model, and while there is none, looks again until there is.
function showModel(name: string, tier = ""): void {
  connection.textContent = (name || "Connected; the model is loading") + (tier ? `, ${tier}` : "")
  connection.dataset.model = name ? "ready" : "loading"
  if (name) return
  loading = window.setTimeout(() => {
    fetch("/health", { cache: "no-store" }).then((answer) => answer.json()).then(
      (health: { model: { name: string; status: string } }) => showModel(health.model.status === "ok" ? health.model.name : "", tier),
      () => showModel("", tier))
  }, lookAgain)
}

// askLanguages makes the list of languages what the server lists. An older server lists none: the page's own list stays.
async function askLanguages(): Promise<void> {
  try {
    learn((await api<{ languages: Listed[] }>(loadKey(), "GET", "/api/v1/languages")).languages)
    fillLanguages()
  } catch (error) {
    if (!(error instanceof ApiError)) return // the connection is lost, and says so itself
    if (error.status !== 404) showNotice(`The server does not list its languages: ${error.message}`)
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
  window.clearTimeout(thinking)
  if (life.outcome === "threshold") say(reasons.threshold!)
  if (life.outcome === "" && !life.deltas.length) thinking = window.setTimeout(() => say("Thinking"), patience)
}

function showAnswer(list: CompletionList): void {
  window.clearInterval(countdown)
  const { why, retryAfterMs, timings, along, cached, confidence } = list.inkling
  if (list.items.length) {
    const from = along ? "typed along" : cached ? "from the cache" : `${timings.firstMs.toFixed(0)} ms to the first text`
    say(`${(confidence * 100).toFixed(0)} % sure, ${from}`)
  } else if (why === "quota") countDown(Date.now() + (retryAfterMs ?? 0))
  else say(reasons[why ?? "empty"] ?? why ?? "")
}

// countDown says when there is something left of the quota again.
function countDown(until: number): void {
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000))
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    say(seconds ? `The quota is used up; more in ${clock}` : "The quota is free again")
    if (!seconds) window.clearInterval(countdown)
  }
  countdown = window.setInterval(tick, 1000)
  tick()
}

function fillLanguages(): void {
  const current = languageSelect.value
  languageSelect.replaceChildren(...[...languages, plainText].map((language) => new Option(language.label, language.id)))
  languageSelect.value = current || languages[0]!.id
}

function wireLanguages(): void {
  fillLanguages()
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
  field("keep").checked = isKept()
  field("keep").addEventListener("change", () => saveKey(loadKey(), field("keep").checked))
  dialog.addEventListener("close", () => {
    const key = field("key").value.trim()
    if (key !== loadKey()) {
      saveKey(key, field("keep").checked)
      playground.connection.connect()
    }
    playground.view.focus()
  })
}

wireLanguages()
wireFiles()
wireSettings()
wireGlass()
wireActions()
window.addEventListener("online", () => { if (!playground.connection.isReady) playground.connection.connect() })
void playground.start()
