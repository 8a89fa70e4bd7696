// The administrator's page: what the server does now, who uses it, and a folder to warm. It asks again every two seconds while
// it is looked at.
import { ApiError, api } from "./api"
import { Chart } from "./chart"
import { add } from "./dom"
import { loadKey, saveKey } from "./settings"

const every = 2000 // ms

interface Metrics {
  uptimeSeconds: number
  requests: { total: number; running: number }
  latencyMs: { firstToken: { p50: number; p95: number } }
  cache: { kind: string; entries: number; bytes: number; hits: number; misses: number }
  limits: { kind: string; denied: number; addressesDenied: number }
  sessions: { open: number; documents: number }
  engine: { state: string; rows: number; rowsBusy: number; queueLength: number; kvBytes: number; kvLimitBytes: number }
  tokens: { completion: number; computed: number; reused: number }
}
interface Health { version: string; model: { name: string; contextTokens: number } }
interface Session { id: string; user: string; tier: string; client: string; remote: string; opened: string; documents: number; requests: number }
interface Allowance { limit: number; remaining: number }
interface User { user: string; tier: string; admin?: boolean; keys: number; sessions: number; requests: Allowance; shown: Allowance }
interface Warming { running: boolean; folder: string; files: number; filesDone: number; computed: number; known: number; limit: number; error?: string }

const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
let key = loadKey()
let last: { at: number; tokens: number; hits: number; asked: number } | null = null
const charts = {
  first: new Chart("First token, p95", "ms"), tokens: new Chart("Tokens a second", ""), rows: new Chart("Rows busy", ""),
  queue: new Chart("Waiting", ""), sessions: new Chart("Sessions", ""), hits: new Chart("Cache hits", "%"),
}
for (const chart of Object.values(charts)) byId("charts").append(chart.element)

const bytes = (n: number) => n < 1024 ? `${n} B` : n < 1 << 20 ? `${(n / 1024).toFixed(0)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`
const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`
const time = (seconds: number) => seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
const share = (part: number, whole: number) => whole ? `${(part / whole * 100).toFixed(1)} %` : "nothing yet"

// mishap is why the last deed was not done: it stays until the next one.
let mishap = ""

function say(message: string): void {
  byId("notice").hidden = message === ""
  if (byId("notice").textContent !== message) byId("notice").textContent = message
}

// terms fills a list of terms, in place where it has the same ones.
function terms(list: HTMLElement, entries: [string, string][]): void {
  const values = list.querySelectorAll("dd")
  if (values.length === entries.length) { entries.forEach(([, value], i) => { values[i]!.textContent = value }); return }
  list.replaceChildren()
  for (const [term, value] of entries) { add(list, "dt", term); add(list, "dd", value) }
}

// table shows rows under headings. cells that are functions make their own content. Nothing is drawn while it is the same.
function table(host: HTMLElement, headings: string[], rows: (string | ((cell: HTMLElement) => void))[][], same: string, empty: string): void {
  if (host.dataset["same"] === same) return
  host.dataset["same"] = same
  host.replaceChildren()
  if (!rows.length) { add(host, "p", empty); return }
  const grid = add(host, "table"), head = add(add(grid, "thead"), "tr"), body = add(grid, "tbody")
  for (const heading of headings) add(head, "th", heading).scope = "col"
  for (const row of rows) {
    const line = add(body, "tr")
    for (const cell of row) {
      if (typeof cell === "string") add(line, "td", cell)
      else cell(add(line, "td"))
    }
  }
}

function showMetrics(m: Metrics, health: Health): void {
  const now = performance.now(), asked = m.cache.hits + m.cache.misses
  terms(byId("server"), [
    ["Version", health.version], ["Running for", time(m.uptimeSeconds)],
    ["Model", `${health.model.name}, ${health.model.contextTokens} tokens`], ["Engine", m.engine.state],
    ["Rows busy", `${m.engine.rowsBusy} of ${m.engine.rows}`], ["Waiting", String(m.engine.queueLength)],
    ["KV memory", `${bytes(m.engine.kvBytes)} of ${bytes(m.engine.kvLimitBytes)}`],
    ["Prompt tokens reused", share(m.tokens.reused, m.tokens.reused + m.tokens.computed)],
    ["Cache", `${m.cache.kind}, ${counted(m.cache.entries, "place")}, ${bytes(m.cache.bytes)}`], ["Cache hits", share(m.cache.hits, asked)],
    ["Limits", `${m.limits.kind}, ${m.limits.denied} refused, ${m.limits.addressesDenied} by address`], ["HTTP requests", String(m.requests.total)],
    ["First token", `p50 ${m.latencyMs.firstToken.p50.toFixed(1)} ms, p95 ${m.latencyMs.firstToken.p95.toFixed(1)} ms`],
    ["Sessions", `${m.sessions.open}, ${counted(m.sessions.documents, "document")}`],
  ])
  charts.first.push(m.latencyMs.firstToken.p95)
  charts.rows.push(m.engine.rowsBusy)
  charts.queue.push(m.engine.queueLength)
  charts.sessions.push(m.sessions.open)
  if (last) {
    charts.tokens.push(Math.max(0, m.tokens.completion - last.tokens) / ((now - last.at) / 1000))
    if (asked > last.asked) charts.hits.push((m.cache.hits - last.hits) / (asked - last.asked) * 100)
  }
  last = { at: now, tokens: m.tokens.completion, hits: m.cache.hits, asked }
  for (const chart of Object.values(charts)) chart.draw()
}

function showSessions(sessions: Session[]): void {
  const rows = sessions.map((s) => [s.user || "local", s.tier || "default", s.client, s.remote, new Date(s.opened).toLocaleTimeString(),
    String(s.documents), String(s.requests), (cell: HTMLElement) => {
      const button = add(cell, "button", "End")
      button.type = "button"
      button.setAttribute("aria-label", `End session ${s.id} of ${s.user || "the local user"}`)
      button.addEventListener("click", () => void act(() => api(key, "DELETE", `/api/v1/sessions/${encodeURIComponent(s.id)}`)))
    }])
  table(byId("sessions"), ["User", "Tier", "Client", "From", "Since", "Documents", "Waiting", ""], rows, JSON.stringify(sessions.map((s) => [s.id, s.documents, s.requests])), "Nobody is connected.")
}

function showUsers(users: User[]): void {
  const left = (a: Allowance) => `${a.remaining} of ${a.limit}`
  table(byId("users"), ["User", "Tier", "Keys", "Sessions", "Requests left", "Suggestions left"], users.map((u) => [
    (u.user || "local") + (u.admin ? " (administrator)" : ""), u.tier || "default", String(u.keys), String(u.sessions), left(u.requests), left(u.shown)]), JSON.stringify(users), "Nobody has asked for anything yet, and there are no keys.")
}

function showWarming(w: Warming): void {
  byId<HTMLButtonElement>("warm-stop").disabled = !w.running
  const text = w.error ?? (w.limit === 0 ? "" : `${w.running ? "Warming" : "Warmed"} ${w.folder}: ${w.filesDone} of ${w.files} files, ${w.computed} places computed, ${w.known} known already.`)
  if (byId("warm").textContent !== text) byId("warm").textContent = text
}

// refresh asks for everything once.
async function refresh(): Promise<void> {
  try {
    const [metrics, health, sessions, users] = await Promise.all([
      api<Metrics>(key, "GET", "/api/v1/metrics"), fetch("/health", { cache: "no-store" }).then((r) => r.json() as Promise<Health>),
      api<{ sessions: Session[] }>(key, "GET", "/api/v1/sessions"), api<{ users: User[] }>(key, "GET", "/api/v1/users"),
    ])
    showMetrics(metrics, health)
    showSessions(sessions.sessions)
    showUsers(users.users)
    const warming = await api<Warming>(key, "GET", "/api/v1/warm").catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    })
    byId("warm-form").hidden = warming === null
    if (warming) showWarming(warming)
    else byId("warm").textContent = "This server warms nothing: it has no cache, or no WARM_ROOT."
    say(mishap)
  } catch (error) { say(sentenceOf(error)) }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof ApiError)) return "The server does not answer. Trying again."
  if (error.status === 401) return "An administrator's key is needed: enter it above."
  if (error.status === 403) return "This needs an administrator's key, or, without keys, a server on a loopback address."
  return error.message
}

// act does something and shows what has become of it.
async function act(what: () => Promise<unknown>): Promise<void> {
  mishap = await what().then(() => "", sentenceOf)
  await refresh()
}

async function loop(): Promise<void> {
  if (!document.hidden) await refresh()
  window.setTimeout(() => void loop(), every)
}

byId<HTMLInputElement>("key").value = key
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault()
  key = byId<HTMLInputElement>("key").value.trim()
  saveKey(key)
  void refresh()
})
byId("warm-form").addEventListener("submit", (event) => {
  event.preventDefault()
  const limit = byId<HTMLInputElement>("limit").valueAsNumber
  void act(() => api(key, "POST", "/api/v1/warm", { folder: byId<HTMLInputElement>("folder").value, limit }))
})
byId("warm-stop").addEventListener("click", () => void act(() => api(key, "DELETE", "/api/v1/warm")))
void loop()
